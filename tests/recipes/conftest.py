"""Fixtures of the recipes: programs from package registries, a container registry, and a published image."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from recipes.tools import Venv, documented, run
from support.projects import Project, list_images, make_project, sweep
from support.servers import free_port, http_status
from support.users import User
from support.waiting import until


def require(program: str) -> str:
    """The path of a program; without it, the test is skipped, or fails if REQUIRE_DOCKER=1."""
    path = shutil.which(program)
    if path is None:
        if os.environ.get("REQUIRE_DOCKER") == "1":
            pytest.fail(f"REQUIRE_DOCKER=1, but {program} is not installed")
        pytest.skip(f"{program} is not installed")
    return path


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
def registry(engine: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an empty container registry; its images are removed from the engine at the end."""
    program, folder = require("docker-registry"), tmp_path_factory.mktemp("registry")
    address = f"127.0.0.1:{free_port()}"
    config = folder / "config.yml"
    config.write_text(
        f"version: 0.1\nstorage: {{filesystem: {{rootdirectory: {folder}}}}}\nhttp: {{addr: '{address}'}}\n"
    )
    with (
        open(folder / "log", "w") as log,
        subprocess.Popen([program, "serve", config], stdout=log, stderr=log) as process,
    ):
        try:
            until(lambda: http_status(f"http://{address}/v2/") == 200, "the registry answers")
            yield address
        finally:
            process.terminate()
            remove_images(engine, f"{address}/")
            shutil.rmtree(folder)


def remove_images(engine: Any, prefix: str) -> None:
    """Remove every tag that starts with `prefix`, and then the digests without a tag."""
    for kind in ["RepoTags", "RepoDigests"]:
        for image in list_images(engine):
            for reference in image.attrs[kind] or []:
                if reference.startswith(prefix):
                    engine.images.remove(reference, force=True)


@pytest.fixture(scope="session")
def team_project(workspace: Path, user: User, engine: Any, hub_venv: Venv) -> Iterator[Project]:
    """A project whose image has what JupyterHub and Dask need."""
    project = make_project(workspace, user, engine, passwordless_sudo="no")
    version = hub_venv.run("python", "-c", "import jupyterhub; print(jupyterhub.__version__)").stdout.strip()
    project.list_packages(f"jupyterhub=={version}", "dask[array,dataframe,distributed]")
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
