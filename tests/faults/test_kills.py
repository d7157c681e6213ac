"""Whatever is killed, deleted, or started twice: no notebook changes, and the same command again is enough."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.projects import Project, make_project, sweep
from support.servers import http_status, port_of
from support.users import User
from support.waiting import until

pytestmark = pytest.mark.docker

VICTIMS = ["build", "run", "start", "container", "jupyter", "kernel"]
EVERYDAY = [(victim, seed) for seed, victim in enumerate(VICTIMS)]
SOAK = [(VICTIMS[seed % 6], seed) for seed in range(6, 60)]


@pytest.fixture(scope="module")
def victim(workspace: Path, user: User, engine: object) -> Iterator[Project]:
    """A project with a notebook; after every test it can be started."""
    project = make_project(workspace, user, engine, layout="requirements")
    project.write("notebook.ipynb", '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}\n')
    project.start()
    yield project
    sweep(engine, project.folder.parent)


def kill_script(project: Project, name: str, moment: float) -> None:
    """Start a script, and after `moment` seconds kill it and everything that it has started."""
    command = [str(project.requirements / f"{name}.sh")] + (["-d"] if name != "build" else [])
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}
    process = project.user.popen(command, **quiet)
    time.sleep(moment)  # the moment of the fault is what is tested
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


def kill(project: Project, what: str, chance: random.Random) -> None:
    """Kill `what` with SIGKILL, at a moment that `chance` chooses."""
    if what == "build":
        project.add(f"# {chance.random()}")
        kill_script(project, what, chance.uniform(0, 3))
    elif what == "run":
        kill_script(project, what, chance.uniform(0, 4))
    elif what == "start":
        project.stop()
        kill_script(project, what, chance.uniform(0, 2))
    elif what == "container":
        project.start()
        project.container.kill("SIGKILL")
    elif what == "jupyter":
        project.start()
        kill_in_container(project, "jupyter[-]lab")
        until(lambda: project.container.status == "exited", "the end of the container")
    else:
        project.start()
        project.busy_cell("import time; time.sleep(600)")
        kill_in_container(project, "ipykernel[_]launcher")


def kill_in_container(project: Project, pattern: str) -> None:
    """Kill the processes whose command matches `pattern` (brackets keep it from matching itself)."""
    # Unchecked, because this command may end together with the container.
    command = f"kill -9 $(grep -lE '{pattern}' /proc/[0-9]*/cmdline | cut -d/ -f3)"
    project.container.exec_run(["bash", "-c", command])


def check_after(project: Project, before: bytes) -> None:
    """The same command again starts one server, and the notebook is the same."""
    assert http_status(project.start()) == 200
    assert (project.folder / "notebook.ipynb").read_bytes() == before
    assert len(project.containers()) == 1
    assert project.cells("1 + 1") == ["2"]


@pytest.mark.parametrize(("what", "seed"), EVERYDAY)
def test_start_is_enough_after_a_kill_at_a_random_moment(victim: Project, what: str, seed: int) -> None:
    before = (victim.folder / "notebook.ipynb").read_bytes()
    kill(victim, what, random.Random(seed))
    check_after(victim, before)


@pytest.mark.soak
@pytest.mark.parametrize(("what", "seed"), SOAK)
def test_start_is_enough_after_a_kill_at_many_random_moments(victim: Project, what: str, seed: int) -> None:
    test_start_is_enough_after_a_kill_at_a_random_moment(victim, what, seed)


def test_git_ignores_what_a_killed_build_leaves(victim: Project) -> None:
    victim.add("cowsay==6.0")
    kill_script(victim, "build", 1)
    victim.user.run(["git", "init", "--quiet"], cwd=victim.folder)
    result = victim.user.run(["git", "status", "--porcelain", "--untracked-files=all"], cwd=victim.folder)
    assert "requirements/build.sh" in result.stdout
    assert ".build." not in result.stdout
    assert http_status(victim.start()) == 200


def test_a_deleted_container_is_created_again(victim: Project) -> None:
    victim.start()
    before = (victim.folder / "notebook.ipynb").read_bytes()
    victim.container.remove(force=True)
    check_after(victim, before)


def test_a_deleted_image_is_built_again(victim: Project) -> None:
    victim.start()
    before = (victim.folder / "notebook.ipynb").read_bytes()
    victim.stop()
    for image in victim.images():
        victim.engine.images.remove(image.id, force=True)
    check_after(victim, before)


def test_a_deleted_state_folder_is_created_again(victim: Project) -> None:
    victim.start()
    before = (victim.folder / "notebook.ipynb").read_bytes()
    victim.stop()
    victim.user.run(["rm", "-rf", str(victim.folder / ".jupyter")])
    check_after(victim, before)


def start_twice(project: Project, delay: float = 0, **env: str) -> None:
    """Call start.sh twice, `delay` seconds apart; AssertionError unless both print the link of one server."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    both = []
    for _ in range(2):
        both.append(project.user.popen([str(project.requirements / "start.sh"), "-d"], env, **pipes))
        time.sleep(delay)  # the distance of the two is what is tested
    output = [process.communicate(timeout=300) for process in both]
    assert [process.returncode for process in both] == [0, 0], "\n".join(out + err for out, err in output)
    assert output[0][0] == output[1][0]
    assert len(project.containers()) == 1
    assert http_status(project.start(**env)) == 200


@pytest.mark.parametrize("delay", [0, 0.3, 1, 2])
def test_two_starts_at_the_same_time_give_one_server(victim: Project, delay: float) -> None:
    victim.start()
    victim.container.remove(force=True)
    start_twice(victim, delay)


def test_two_starts_give_one_server_on_another_port(victim: Project) -> None:
    port = port_of(victim.start())
    victim.container.remove(force=True)
    with socket.create_server(("127.0.0.1", port)):
        start_twice(victim)


def test_two_starts_after_a_change_give_one_server(victim: Project) -> None:
    victim.start()
    victim.add("tabulate" if "cowsay" in victim.lock else "cowsay")
    start_twice(victim)


def test_two_starts_with_another_environment_give_one_server(victim: Project) -> None:
    victim.start()
    start_twice(victim, TZ="Asia/Tokyo")


def test_two_first_starts_give_one_server(victim: Project) -> None:
    victim.succeed("stop", "--remove")
    victim.user.run(["rm", "-rf", str(victim.state.parent)])
    start_twice(victim)


def test_start_goes_on_if_the_container_that_it_asks_is_removed(victim: Project) -> None:
    victim.start()
    victim.exec("bash", "-c", "kill -STOP $(grep -lE 'jupyter[-]lab' /proc/[0-9]*/cmdline | cut -d/ -f3)")
    victim.write("requirements/local.sh", "RUN_OPTIONS=(--env ANSWER=42)\n")
    with victim.session() as session:
        until(lambda: "running-work.py" in str(victim.container.top()), "the question")
        victim.container.remove(force=True)
        assert http_status(session.link()) == 200
    (victim.requirements / "local.sh").unlink()


def test_a_port_taken_while_the_project_is_stopped_is_replaced(victim: Project) -> None:
    port = port_of(victim.start())
    victim.stop()
    with socket.create_server(("127.0.0.1", port)):
        link = victim.start()
        assert http_status(link) == 200
        assert port_of(link) != port
    assert len(victim.containers()) == 1


def test_a_restarted_engine_needs_only_the_same_command(victim: Project) -> None:
    """The container is stopped as an engine stops it, and its files are those of a crash."""
    link = victim.start()
    victim.container.kill()
    until(lambda: victim.container.status == "exited", "the end of the container")
    assert victim.start() == link
