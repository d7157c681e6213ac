"""Fixtures of the recipes: programs from package registries, and a published image."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from recipes.tools import Venv, documented, run
from support.projects import Project, make_project, sweep
from support.registry import require
from support.users import User


@pytest.fixture(scope="session")
def npm_programs(workspace: Path) -> Path:
    """A folder with the programs `devcontainer` and `configurable-http-proxy`."""
    npm, folder = require("npm"), workspace / "npm"
    folder.mkdir()
    packages = ["@devcontainers/cli", "configurable-http-proxy"]
    run([npm, "install", "--silent", "--prefix", str(folder), *packages], cwd=folder)
    return folder / "node_modules/.bin"


@pytest.fixture(scope="session")
def hub_venv(tmp_path_factory: pytest.TempPathFactory) -> Venv:
    """A virtual environment with JupyterHub, DockerSpawner, and KubeSpawner."""
    return Venv.create(
        tmp_path_factory.mktemp("hub-venv"), "jupyterhub", "dockerspawner", "jupyterhub-kubespawner"
    )


@pytest.fixture(scope="session")
def repo2docker_venv(tmp_path_factory: pytest.TempPathFactory) -> Venv:
    """A virtual environment with repo2docker."""
    return Venv.create(tmp_path_factory.mktemp("repo2docker-venv"), "jupyter-repo2docker")


@pytest.fixture(scope="session")
def team_project(workspace: Path, user: User, engine: Any, hub_venv: Venv) -> Iterator[Project]:
    """A project whose image has what JupyterHub and Dask need."""
    project = make_project(workspace, user, engine, passwordless_sudo="no")
    version = hub_venv.run("python", "-c", "import jupyterhub; print(jupyterhub.__version__)").stdout.strip()
    project.list_packages(f"jupyterhub=={version}", "dask[array,distributed]")
    project.succeed("build")
    yield project
    sweep(engine, project.folder.parent)


@pytest.fixture(scope="session")
def published(team_project: Project, registry: str) -> str:
    """The reference of the team's image after `docker push`, built by the command in the documents."""
    line = documented(
        "docker buildx build --build-arg FROZEN=yes --build-arg NB_GID=100 --build-context project=. "
        "--tag ghcr.io/my-team/my-project:v1 --push requirements",
        {"ghcr.io": registry},
    )
    result = team_project.user.run(["bash", "-c", line], cwd=team_project.folder)
    assert result.status == 0, result.stdout + result.stderr
    return f"{registry}/my-team/my-project:v1"


@pytest.fixture
def folder(workspace: Path) -> Iterator[Path]:
    """A folder that every user may read, removed after the test."""
    folder = Path(tempfile.mkdtemp(dir=workspace))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)
