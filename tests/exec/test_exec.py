"""exec.sh: one-off commands in a temporary container with the project's image, files, and settings."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import docker
import pytest
from support.projects import Project, Session, temporary_project
from support.servers import notebook
from support.users import User
from support.waiting import until

pytestmark = pytest.mark.docker

SLEEP = ["python", "-c", "import time; print('running', flush=True); time.sleep(600)"]


@pytest.fixture(scope="module")
def built(workspace: Path, user: User, engine: object) -> Iterator[Project]:
    """A project without packages whose image exists."""
    with temporary_project(workspace, user, engine, layout="requirements") as project:
        project.succeed("build")
        yield project


def container_is_removed(project: Project) -> bool:
    """Whether the container of exec.sh is gone. (The project's server does not run.)"""
    return project.containers() == []


@contextmanager
def session(project: Project, *command: str) -> Iterator[Session]:
    """A command in a terminal; ended when the block ends."""
    session = Session(project.user, [str(project.requirements / "exec.sh"), *command])
    try:
        yield session
    finally:
        session.end()
        os.close(session.master)
        for container in project.containers():
            with suppress(docker.errors.APIError):  # it removes itself meanwhile
                container.remove(force=True)


@pytest.mark.parametrize("status", [0, 1, 7, 130])
def test_the_exit_status_is_passed_through(built: Project, status: int) -> None:
    assert built.script("exec", "bash", "-c", f"exit {status}").status == status


def test_only_the_command_prints_on_standard_output(built: Project) -> None:
    result = built.succeed("exec", "bash", "-c", "echo out; echo err >&2")
    assert (result.stdout, result.stderr) == ("out\n", "err\n")


def test_standard_input_is_passed_through(built: Project) -> None:
    text = "0123456789\n" * 500_000  # 5.5 MB, more than any pipe buffer
    assert built.succeed("exec", "cat", text=text).stdout == text


def test_without_a_command_a_shell_reads_standard_input(built: Project) -> None:
    assert built.succeed("exec", text="echo $((6 * 7))\n").stdout == "42\n"


def test_arguments_are_passed_unchanged(built: Project) -> None:
    arguments = ["a b", "", "$HOME", "*", "--", "-h"]
    result = built.succeed("exec", "printf", "<%s>", *arguments)
    assert result.stdout == "".join(f"<{argument}>" for argument in arguments)


def test_the_command_runs_in_the_current_folder(built: Project) -> None:
    built.write("data/raw/x.csv", "")
    for folder, expected in [("", ""), ("data", "/data"), ("data/raw", "/data/raw")]:
        result = built.succeed("exec", "pwd", cwd=built.folder / folder)
        assert result.stdout == f"/home/jovyan/work{expected}\n"


def test_outside_the_project_the_command_runs_in_its_root(built: Project) -> None:
    assert built.succeed("exec", "pwd", cwd="/").stdout == "/home/jovyan/work\n"


def test_new_files_belong_to_the_user(built: Project) -> None:
    built.succeed("exec", "touch", "made.txt", cwd=built.folder)
    status = (built.folder / "made.txt").stat()
    assert (status.st_uid, status.st_gid) == built.user.ids


def test_new_files_get_the_permissions_of_the_users_umask(built: Project) -> None:
    built.typed("umask 077; requirements/exec.sh touch private.txt")
    assert (built.folder / "private.txt").stat().st_mode & 0o777 == 0o600


def test_run_options_apply(built: Project) -> None:
    built.write("requirements/local.sh", "RUN_OPTIONS=(--env ANSWER=42)\nPORTS=(6006)\n")
    try:
        assert built.succeed("exec", "printenv", "ANSWER").stdout == "42\n"
    finally:
        (built.requirements / "local.sh").unlink()


def test_a_command_runs_next_to_the_server_with_its_ports_and_its_home_folder(built: Project) -> None:
    built.write("requirements/local.sh", "PORTS=(16006)\n")
    try:
        built.start()
        built.succeed("exec", "bash", "-c", "echo hello >~/file.txt")
        assert built.exec("cat", "/home/jovyan/file.txt") == "hello"
    finally:
        built.succeed("stop", "--remove")
        (built.requirements / "local.sh").unlink()
        built.succeed("build")


def test_a_missing_image_is_built_first(new_project: Callable[..., Project]) -> None:
    result = new_project().succeed("exec", "python", "-c", "import jupyterlab; print('built')")
    assert result.stdout == "built\n"
    assert "Building the image" in result.stderr


def test_no_container_remains_after_the_command(built: Project) -> None:
    built.script("exec", "false")
    assert container_is_removed(built)


def test_sigterm_reaches_the_command(built: Project) -> None:
    command = ["bash", "-c", "trap 'echo stopped >stopped.txt; exit' TERM; echo running; sleep 600 & wait"]
    process = built.user.popen(
        [str(built.requirements / "exec.sh"), *command], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
    )
    assert process.stdout is not None and process.stdout.readline() == b"running\n"
    assert "Health" not in built.container.attrs["State"]  # no server runs, so it would turn unhealthy
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == -signal.SIGTERM
    process.stdout.close()
    until(lambda: container_is_removed(built), "the end of the container")
    assert (built.folder / "stopped.txt").read_text() == "stopped\n"


def test_ctrl_c_reaches_the_command(built: Project) -> None:
    with session(built, *SLEEP) as running:
        until(lambda: "running" in running.text, "the command")
        running.interrupt()
        running.wait(60)
        assert "KeyboardInterrupt" in running.text
        assert running.process.returncode == 128 + signal.SIGINT
        until(lambda: container_is_removed(built), "the end of the container")


def test_a_closed_terminal_ends_the_command(built: Project) -> None:
    with session(built, *SLEEP) as running:
        until(lambda: "running" in running.text, "the command")
        running.process.send_signal(signal.SIGHUP)
        running.wait(60)
        until(lambda: container_is_removed(built), "the end of the container")


def test_a_closed_pipe_ends_the_command(built: Project) -> None:
    assert built.typed("requirements/exec.sh yes 2>/dev/null | head -n 1").stdout == "y\n"
    until(lambda: container_is_removed(built), "the end of the container")


def test_a_terminal_is_a_terminal_in_the_container(built: Project) -> None:
    with session(built, "bash", "-c", 'tty && read -r line && echo "read: $line"') as running:
        until(lambda: "/dev/pts/" in running.text, "the terminal")
        os.write(running.master, b"typed\r")
        running.wait(60)
        assert "read: typed" in running.text


def test_a_failing_cell_of_an_executed_notebook_is_an_error(built: Project) -> None:
    for source, status, error in [("1 + 1", 0, ""), ("1/0", 1, "ZeroDivisionError")]:
        built.write("executed.ipynb", json.dumps(notebook(source)))
        command = ["jupyter", "execute", "executed.ipynb"]
        result = built.script("exec", *command, cwd=built.folder)
        assert (result.status, result.stdout) == (status, ""), result.stderr
        assert error in result.stderr


@pytest.mark.full
def test_the_entrypoint_of_docker_stacks_prints_nothing(new_project: Callable[..., Project]) -> None:
    project = new_project(base_image="docker-stacks")
    project.succeed("build")
    result = project.script("exec", "bash", "-c", "cat; exit 7", text="typed")
    assert (result.status, result.stdout) == (7, "typed")
