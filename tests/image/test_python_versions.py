"""The other Python versions that the user can choose."""

from __future__ import annotations

from collections.abc import Callable

import docker
import pytest
from support.projects import Project
from support.servers import Server
from support.template import FLAVORS

pytestmark = [pytest.mark.docker, pytest.mark.full]


@pytest.mark.parametrize("python_version", FLAVORS["python-slim"]["python_versions"][1:])
def test_every_python_version_starts(new_project: Callable[..., Project], python_version: str) -> None:
    project = new_project(python_version=python_version)
    require_base_image(project)
    Server(project.start()).save("saved.ipynb")
    assert project.cells("import sys; print(*sys.version_info[:2], sep='.')") == [python_version]


def require_base_image(project: Project) -> None:
    """Skip the test if the engine has no base image of the project and no registry answers."""
    tag = project.base_image
    try:
        project.engine.images.get(tag)
    except docker.errors.ImageNotFound:
        try:
            project.engine.images.pull(tag)
        except docker.errors.NotFound:
            raise
        except docker.errors.APIError as error:
            pytest.skip(f"no registry for {tag}: {error}")
