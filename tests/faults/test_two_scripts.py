"""Two scripts of one project at the same time: each succeeds, or ends with one error and a hint."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.projects import Project, temporary_project
from support.servers import http_status, only_link
from support.stub_engine import write_program
from support.users import Result, User

pytestmark = pytest.mark.docker

PATH = "/usr/local/bin:/usr/bin:/bin"
DOCKER = shutil.which("docker")


@pytest.fixture(scope="module")
def twice(workspace: Path, user: User, engine: Any) -> Iterator[Project]:
    """A project that two scripts use at the same time."""
    with temporary_project(workspace, user, engine, layout="requirements") as project:
        project.start()
        yield project


@pytest.fixture
def programs(twice: Project) -> Path:
    """A folder of the user, for programs that come first in PATH."""
    folder = Path(tempfile.mkdtemp(dir=twice.folder.parent))
    twice.give(folder)
    return folder


def run_twice(
    project: Project, name: str, *arguments: str, env: dict[str, str] | None = None
) -> list[Result]:
    """Run a script twice at the same time; AssertionError unless each succeeds or says to run it again."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    command = [str(project.requirements / f"{name}.sh"), *arguments]
    processes = [project.user.popen(command, project.env | (env or {}), **pipes) for _ in range(2)]
    output = [process.communicate(timeout=600) for process in processes]
    both = [Result(process.returncode, *texts) for process, texts in zip(processes, output, strict=True)]
    assert 0 in [result.status for result in both], both
    for result in both:
        if result.status != 0:
            # Before these, there may be a warning: JupyterLab does not answer if the other script has stopped it.
            error, hint = result.messages[-2:]
            assert error.startswith("error: ")
            assert hint == "hint: run the same command again"
    return both


def check_server(project: Project, results: list[Result]) -> None:
    """The script that succeeded has printed the server's link, and the same command prints it again."""
    links = {only_link(result.stdout) for result in results if result.status == 0}
    assert links == {project.start()}
    assert [http_status(link) for link in links] == [200]
    assert len(project.containers()) == len(project.volumes()) == 1


def test_two_starts_without_a_container_give_one_server(twice: Project) -> None:
    twice.start()
    twice.container.remove(force=True)
    check_server(twice, run_twice(twice, "start", "-d"))


def test_two_starts_after_a_change_give_one_server(twice: Project) -> None:
    twice.start()
    twice.add("cowsay==6.0")
    check_server(twice, run_twice(twice, "start", "-d"))
    assert "\ncowsay==6.0" in twice.lock


def test_two_runs_give_one_server(twice: Project) -> None:
    twice.start()
    check_server(twice, run_twice(twice, "run", "-d"))


def test_two_builds_that_save_the_lock_file_at_the_same_time_succeed(twice: Project, programs: Path) -> None:
    """Each has written its new lock file before one of them replaces the old one."""
    twice.start()
    twice.add("six")
    write_program(
        programs / "mv",
        f'arguments=("$@")\ntouch {programs}/waiting-$$\n'
        f"until set -- {programs}/waiting-*; [ $# = 2 ]; do [ $SECONDS -lt 60 ] || exit 1; sleep 0.1; done\n"
        f'exec {shutil.which("mv")} "${{arguments[@]}}"\n',
    )
    results = run_twice(twice, "build", env={"PATH": f"{programs}:{PATH}"})
    assert [result.status for result in results] == [0, 0], results
    assert "\nsix==" in twice.lock
    assert list(twice.requirements.glob(".requirements.lock*")) == []
    twice.succeed("build", "--frozen")


def test_a_build_records_its_own_image_if_another_script_builds_at_the_same_time(
    twice: Project, programs: Path
) -> None:
    """The other script tags an image of other lists when this build ends."""
    twice.start()
    image = f"{twice.container.name}:latest"
    twice.add("toolz")
    write_program(
        programs / "docker",
        f'case $1 in buildx) {DOCKER} "$@" && exec {DOCKER} tag {twice.image.id} {image} ;; esac\n'
        f'exec {DOCKER} "$@"\n',
    )
    twice.succeed("build", env={"PATH": f"{programs}:{PATH}"})
    assert "\ntoolz==" in twice.lock
    twice.start()
    assert twice.script("exec", "python", "-c", "import toolz").status == 0


def run_while_another_script(project: Project, programs: Path, at: str, does: str) -> list[str]:
    """The messages of run.sh if another script runs a command just before the engine command `at`."""
    write_program(
        programs / "docker", f'if [ "$1" = {at} ]; then {does}; fi >/dev/null\nexec {DOCKER} "$@"\n'
    )
    return project.fail("run", "-d", env={"PATH": f"{programs}:{PATH}"}).messages


def test_a_container_that_another_script_has_just_created_is_not_removed(
    twice: Project, programs: Path
) -> None:
    twice.start()
    name, image = twice.container.name, twice.image.id
    replaces = f"{DOCKER} rm --force {name}; {DOCKER} create --name {name} {image}"
    assert run_while_another_script(twice, programs, "stop", replaces) == [
        "error: another script has just created the container",
        "hint: run the same command again",
    ]
    assert twice.container.status == "created"
    twice.container.remove()


@pytest.mark.parametrize(
    ("at", "does", "error"),
    [
        ("create", "rmi --force {image}", "removed the image"),
        ("start", "rm --force {name}", "removed the container"),
        ("exec", "rm --force {name}", "stopped or removed the container"),
        ("exec", "stop {name}", "stopped or removed the container"),
    ],
)
def test_a_script_whose_container_or_image_is_removed_says_to_run_it_again(
    twice: Project, programs: Path, at: str, does: str, error: str
) -> None:
    twice.start()
    values = {"name": twice.container.name, "image": twice.image.id}
    twice.stop()  # so that the engine command `exec` only waits for JupyterLab
    assert run_while_another_script(twice, programs, at, f"{DOCKER} {does.format(**values)}") == [
        f"error: another script has just {error}",
        "hint: run the same command again",
    ]


def test_two_first_starts_give_one_server(twice: Project) -> None:
    twice.succeed("stop", "--remove")
    (twice.requirements / "requirements.lock").unlink()
    check_server(twice, run_twice(twice, "start", "-d"))


def test_two_removals_leave_nothing(twice: Project) -> None:
    twice.start()
    run_twice(twice, "stop", "--remove")
    twice.succeed("stop", "--remove")
    assert twice.containers() == twice.images() == twice.volumes() == []
