"""Builds that fail: the cause is on the screen, and the running server and its image stay."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.projects import Project, temporary_project
from support.servers import http_status
from support.users import User

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def started(workspace: Path, user: User, engine: Any) -> Iterator[Project]:
    """A running project, which every failed build leaves as it is."""
    with temporary_project(workspace, user, engine, layout="requirements") as project:
        project.start()
        yield project


def test_a_failed_build_names_the_package_and_leaves_the_server_running(started: Project) -> None:
    link = started.start()
    before = started.container.id, started.lock, sorted(image.id for image in started.images())
    text = (started.requirements / "pip-requirements.txt").read_text()
    started.list_packages("cowsay==999")
    for script in ["start", "run"]:
        result = started.fail(script, "-d")
        assert "no version of cowsay==999" in result.stderr
        assert result.messages[-2] == "error: the build failed (see the messages above)"
    assert http_status(link) == 200
    started.write("requirements/pip-requirements.txt", text)
    assert started.start() == link
    assert (started.container.id, started.lock, sorted(image.id for image in started.images())) == before


def test_a_base_image_that_does_not_exist_is_named(started: Project) -> None:
    result = started.fail("build", env={"BASE_IMAGE": "localhost:1/none:1"})
    assert "localhost:1/none:1" in result.stderr
    assert result.messages[0] == "error: the build failed (see the messages above)"


def test_an_engine_that_does_not_run_is_one_error(started: Project) -> None:
    error, hint = started.fail("start", env={"DOCKER_HOST": "unix:///nowhere.sock"}).stderr.splitlines()
    assert error.startswith(
        "error: cannot connect to Docker: Cannot connect to the Docker daemon at unix:///nowhere"
    )
    assert hint == "hint: sudo systemctl start docker"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_missing_permission_is_one_error(new_project: Callable[..., Project], user: User) -> None:
    outsider = User(user.name, user.uid, user.gid, user.home)  # without the group docker
    error, hint = new_project(user=outsider).fail("start").stderr.splitlines()
    assert error == "error: permission denied by Docker"
    assert hint.startswith("hint: sudo usermod -aG docker ")


def test_after_an_option_that_docker_refuses_the_next_start_works(started: Project) -> None:
    error, _ = started.fail("run", "-d", "--", "--memory", "abc").messages
    assert error.startswith('error: cannot start the container: invalid argument "abc" for "-m, --memory"')
    assert http_status(started.start()) == 200


def test_after_an_option_with_which_no_container_starts_the_next_start_works(started: Project) -> None:
    error, _ = started.fail("run", "-d", "--", "--entrypoint", "nowhere").messages
    assert re.match("error: cannot start the container: .*nowhere.*executable file not found", error)
    assert started.containers() == []
    assert http_status(started.start()) == 200
