"""Whatever is killed or deleted: no notebook changes, and the same command again is enough."""

from __future__ import annotations

import random
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.projects import Project, make_project, sweep
from support.servers import free_port, http_status, port_of
from support.stub_engine import kill_at, kill_when
from support.users import User
from support.waiting import until

pytestmark = pytest.mark.docker

NOTEBOOK = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}\n'

#: A script, and the engine command before which it is killed.
MOMENTS = [
    ("build", "run *requirements.lock"),
    ("build", "tag *"),
    ("run -d", "rm *"),
    ("run -d", "create *"),
    ("run -d", "start *"),
    ("run -d", "exec *server-status wait*"),
    ("stop --remove", "image rm *"),
]


@pytest.fixture(scope="module")
def victim(workspace: Path, user: User, engine: object) -> Iterator[Project]:
    """A project with a notebook; after every test it can be started."""
    project = make_project(workspace, user, engine, layout="requirements")
    project.write("notebook.ipynb", NOTEBOOK)
    project.start(DOCKERPORT=str(free_port()))
    yield project
    sweep(engine, project.folder.parent)


def kill_in_container(project: Project, pattern: str) -> None:
    """Kill the processes whose command matches `pattern` (brackets keep it from matching itself)."""
    # Unchecked, because this command may end together with the container.
    command = f"kill -9 $(grep -lE '{pattern}' /proc/[0-9]*/cmdline | cut -d/ -f3)"
    project.container.exec_run(["bash", "-c", command])


def check_after(project: Project) -> str:
    """`start.sh` gives one server, and the notebook is the same; returns the link."""
    link = project.start()
    assert http_status(link) == 200
    assert (project.folder / "notebook.ipynb").read_text() == NOTEBOOK
    assert len(project.containers()) == 1, [(found.name, found.status) for found in project.containers()]
    assert len(project.volumes()) == 1
    return link


@pytest.mark.parametrize(("script", "command"), MOMENTS, ids=[" before ".join(moment) for moment in MOMENTS])
def test_the_same_command_is_enough_after_a_kill(victim: Project, script: str, command: str) -> None:
    victim.start()
    name, *arguments = script.split()
    if name == "build":
        victim.add("# a change")
    kill_at(
        victim, name, *arguments, command=command, folder=Path(tempfile.mkdtemp(dir=victim.folder.parent))
    )
    victim.succeed(name, *arguments)
    assert victim.requirements.joinpath("requirements.lock").exists()
    check_after(victim)


def test_the_same_command_is_enough_after_a_kill_during_a_build_step(victim: Project) -> None:
    victim.add("# another change")
    before = {path.name for path in victim.requirements.iterdir()}
    kill_when(victim, lambda output: "lock-packages.sh" in output, "build", "--", "--progress", "plain")
    assert {path.name for path in victim.requirements.iterdir()} == before
    victim.succeed("build")
    check_after(victim)


def test_a_killed_container_is_started_again(victim: Project) -> None:
    """As after a crash of the engine or the machine."""
    link = victim.start()
    victim.container.kill("SIGKILL")
    until(lambda: victim.container.status == "exited", "the end of the container")
    assert check_after(victim) == link


def test_a_killed_server_is_started_again(victim: Project) -> None:
    link = victim.start()
    kill_in_container(victim, "jupyter[-]lab")
    until(lambda: victim.container.status == "exited", "the end of the container")
    assert check_after(victim) == link


def test_a_killed_kernel_leaves_the_server_running(victim: Project) -> None:
    link = victim.start()
    started = victim.container.attrs["State"]["StartedAt"]
    victim.busy_cell("import time; time.sleep(600)")
    kill_in_container(victim, "ipykernel[_]launcher")
    assert check_after(victim) == link
    assert victim.container.attrs["State"]["StartedAt"] == started
    assert victim.cells("1 + 1") == ["2"]
    victim.run()  # without the kernel that the server has restarted


def test_a_deleted_container_is_created_again(victim: Project) -> None:
    victim.start()
    victim.container.remove(force=True)
    check_after(victim)


def test_a_deleted_image_is_built_again(victim: Project) -> None:
    victim.start()
    victim.stop()
    for image in victim.images():
        victim.engine.images.remove(image.id, force=True)
    check_after(victim)


def test_a_deleted_home_volume_is_created_again(victim: Project) -> None:
    victim.start()
    victim.container.remove(force=True)
    [volume] = victim.volumes()
    volume.remove()
    check_after(victim)


def test_a_port_taken_while_the_project_is_stopped_is_replaced(victim: Project) -> None:
    port = port_of(victim.start())
    victim.stop()
    with socket.create_server(("127.0.0.1", port)):
        assert port_of(check_after(victim)) != port


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(50))
def test_the_same_command_is_enough_after_a_kill_at_a_random_moment(victim: Project, seed: int) -> None:
    chance = random.Random(seed)
    name, *arguments = chance.choice(["build", "run -d", "start -d"]).split()
    if name != "run":
        victim.add(f"# {seed}")
    due = time.monotonic() + chance.uniform(0, 0.7)  # the moment of the fault is what is tested
    kill_when(victim, lambda _: time.monotonic() > due, name, *arguments)
    victim.succeed(name, *arguments)
    check_after(victim)
