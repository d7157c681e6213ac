"""The base image: a lock file pins it by digest if a registry has it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from support.builds import build, in_image
from support.engine_fixtures import NewProject
from support.projects import FOLDER_LABEL, Project

pytestmark = pytest.mark.docker

STATE = "/base-image-state"


@pytest.fixture(scope="module")
def repository(engine: Any, registry: str) -> str:
    """The name of a base image in a registry."""
    return f"{registry}/team/python"


@pytest.fixture
def project(new_project: NewProject, repository: str) -> Iterator[Project]:
    """A project with this base image, which has been pushed once."""
    project = new_project()
    project.replace_jupyter()
    project.env["BASE_IMAGE"] = f"{repository}:3.13"
    push(project, "first")
    return project


def push(project: Project, state: str) -> None:
    """Push a base image that has the file STATE, and forget it, as on another machine."""
    reference = project.env["BASE_IMAGE"]
    container = project.engine.containers.create(project.base_image, ["sh", "-c", f"echo {state} >{STATE}"])
    try:
        container.start()
        container.wait()
        container.commit(reference)
    finally:
        container.remove(force=True)
    for line in project.engine.images.push(reference, stream=True, decode=True):
        assert "error" not in line, line
    project.engine.images.remove(reference)


def first_line(project: Project) -> str:
    """The first line of the lock file."""
    return project.lock.partition("\n")[0]


def state(project: Project) -> str:
    """The state of the base image that the project's image is made from."""
    return in_image(project, "cat", STATE)


def test_lock_pins_the_base_image_and_only_upgrade_moves_it(project: Project) -> None:
    build(project)
    reference = re.escape(project.env["BASE_IMAGE"])
    pinned = first_line(project)
    assert re.fullmatch(rf"# base image: {reference}@sha256:[0-9a-f]{{64}}", pinned)
    push(project, "second")
    project.list_packages("cowsay")
    build(project)
    assert (first_line(project), state(project)) == (pinned, "first")
    build(project, "--upgrade")
    assert first_line(project) != pinned
    assert state(project) == "second"


@pytest.mark.full
def test_another_machine_gets_the_pinned_base_image(project: Project, new_project: NewProject) -> None:
    build(project)
    push(project, "second")
    colleague = new_project()
    colleague.replace_jupyter()
    colleague.env |= project.env
    colleague.write("requirements/requirements.lock", project.lock)
    build(colleague, "--frozen")
    assert state(colleague) == "first"
    assert colleague.lock == project.lock


@pytest.mark.full
def test_another_base_image_gets_its_own_digest(project: Project) -> None:
    before = f"# base image: {project.env['BASE_IMAGE']}@sha256:{'0' * 64}"
    project.write("requirements/requirements.lock", f"{before}\n")
    project.env["BASE_IMAGE"] = project.env["BASE_IMAGE"].replace(":3.13", ":other")
    push(project, "other")
    build(project)
    after = first_line(project)
    assert after.startswith(f"# base image: {project.env['BASE_IMAGE']}@sha256:")
    assert state(project) == "other"
    project.write("requirements/requirements.lock", project.lock.replace(after, before))
    project.fail("build", "--frozen")


@pytest.mark.full
def test_plain_docker_build_accepts_a_pinned_lock(project: Project) -> None:
    build(project)
    arguments = ["--build-arg", f"BASE_IMAGE={project.env['BASE_IMAGE']}", "--build-arg", "FROZEN=yes"]
    # So that the image, which has no name, is removed after the test.
    arguments += ["--label", f"{FOLDER_LABEL}={project.folder}"]
    result = project.user.run(
        ["docker", "build", "--target", "resolve", *arguments, str(project.requirements)]
    )
    assert result.status == 0, result.stderr


def test_base_image_that_is_only_on_this_machine_is_not_pinned(project: Project) -> None:
    tag = "jupyter-docker-test-base:only-here"
    project.engine.images.get("python:3.13-slim").tag(tag)
    try:
        result = project.succeed("build", env={"BASE_IMAGE": tag})
    finally:
        project.engine.images.remove(tag)
    assert f"Cannot pull {tag} (see above)." in result.stderr
    assert "base image" not in first_line(project)
