"""Real people of the host, and projects of theirs on the real engine."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import docker
import pytest
from helpers import CHOICES, render
from projects import Person, Project, sweep


@pytest.fixture(scope="session")
def engine() -> Iterator[Any]:
    """A client of the Docker Engine; without one the test is skipped, or fails where REQUIRE_DOCKER=1."""
    try:
        client = docker.from_env(timeout=120)
        client.ping()
    except docker.errors.DockerException as error:
        if os.environ.get("REQUIRE_DOCKER") == "1":
            pytest.fail(f"REQUIRE_DOCKER=1, but no engine answers: {error}")
        pytest.skip(f"no Docker Engine answers: {error}")
    yield client
    client.close()


@contextmanager
def host_user(name: str, uid: int) -> Iterator[Person]:
    """A user of the host with a group of its own (one more than `uid`) who may use Docker; removed at the end."""
    if os.geteuid() != 0:
        yield Person.named(pwd.getpwuid(os.geteuid()).pw_name)
        return
    socket = os.stat("/var/run/docker.sock")
    subprocess.run(["groupadd", "--gid", str(uid + 1), name], check=True)
    try:
        ids = ["--uid", str(uid), "--gid", str(uid + 1), "--groups", str(socket.st_gid)]
        subprocess.run(["useradd", "--create-home", "--shell", "/bin/bash", *ids, name], check=True)
        try:
            yield Person.named(name)
        finally:
            subprocess.run(["userdel", "--remove", name], check=True, capture_output=True)
    finally:
        if subprocess.run(["getent", "group", name], capture_output=True).returncode == 0:
            subprocess.run(["groupdel", name], check=True)


@pytest.fixture(scope="session")
def person(engine: Any) -> Iterator[Person]:
    """A person of the host, neither root nor 1000."""
    with host_user(f"jdtest{os.getpid()}a", 20000 + os.getpid() % 20000 * 2) as person:
        yield person


@pytest.fixture(scope="session")
def colleague(engine: Any, person: Person) -> Iterator[Person]:
    """Another person of the same host."""
    if os.geteuid() != 0:
        pytest.skip("only root can make a second user")
    with host_user(f"jdtest{os.getpid()}b", person.uid + 20000 * 2) as colleague:
        yield colleague


@pytest.fixture(scope="session")
def ground(engine: Any) -> Iterator[Path]:
    """A folder that every person may enter; all that was made below it on the engine is removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="jupyter-docker-tests-", dir="/tmp")).resolve()
    folder.chmod(0o711)
    yield folder
    sweep(engine, folder)
    shutil.rmtree(folder)


def make(ground: Path, person: Person, engine: Any, parent: str = "", **answers: str) -> Project:
    """Render a project that is the person's own, in a folder of its own (below `parent`, if that is given)."""
    folder = Path(tempfile.mkdtemp(dir=ground)) / parent
    folder.mkdir(parents=True, exist_ok=True)
    project = Project(render(folder, hooks=False, **answers), person, engine)
    if os.geteuid() == 0:
        subprocess.run(["chown", "-R", f"{person.uid}:{person.gid}", str(folder)], check=True)
        folder.parent.chmod(0o755)
        folder.chmod(0o755)
    return project


@pytest.fixture(scope="session", params=CHOICES["base_image"])
def flavour(request: pytest.FixtureRequest, ground: Path, person: Person, engine: Any) -> Iterator[Project]:
    """A running project of each flavour, one for the whole session."""
    project = make(ground, person, engine, base_image=request.param)
    project.start()
    yield project
    sweep(engine, project.folder.parent)


@pytest.fixture(scope="module")
def running(ground: Path, person: Person, engine: Any) -> Iterator[Project]:
    """A running project of the default answers, for tests that leave it as it is."""
    project = make(ground, person, engine)
    project.start()
    yield project
    sweep(engine, project.folder.parent)


@pytest.fixture
def new(ground: Path, person: Person, engine: Any) -> Iterator[Callable[..., Project]]:
    """Make projects by `new(parent=..., person=..., **answers)`; all is removed after the test."""
    folder = Path(tempfile.mkdtemp(dir=ground))
    folder.chmod(0o711)

    def new(parent: str = "", person: Person = person, **answers: str) -> Project:
        return make(folder, person, engine, parent, **answers)

    yield new
    sweep(engine, folder)


@pytest.fixture
def project(new: Callable[..., Project]) -> Project:
    """A project of the default answers, not started yet."""
    return new()
