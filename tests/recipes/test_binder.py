"""Binder: the published image with a two-line Dockerfile, built by repo2docker and started as BinderHub does."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from recipes.tools import RECIPES, Venv
from support.containers import HEALTH_EACH_SECOND, is_healthy
from support.projects import RUN_CELLS
from support.servers import http_status, notebook
from support.waiting import until

pytestmark = [pytest.mark.docker, pytest.mark.full]

# BinderHub's own command: it passes the arguments on to JupyterLab if there is one, else to Jupyter Notebook.
LAUNCH = """
import os, sys
try:
    import jupyterlab
    program = "jupyter-lab"
except ImportError:
    program = "jupyter-notebook"
os.execvp(program, sys.argv)
"""
PREFIX, TOKEN, PORT = "/user/ada-my-project-x1y2/", "t" * 22, 8899


@pytest.fixture(scope="module")
def binder(published: str, repo2docker_venv: Venv, engine: Any, workspace: Path) -> Iterator[Any]:
    """The container that BinderHub would start for a repository with the recipe's Dockerfile."""
    repository, image = workspace / "binder-repository", f"binder-test-{os.getpid()}:x1y2"
    shutil.copytree(RECIPES / "binder", repository / "binder")
    dockerfile = repository / "binder/Dockerfile"
    text = dockerfile.read_text()
    assert text.count("ghcr.io/my-team/my-project:v1") == 1
    dockerfile.write_text(text.replace("ghcr.io/my-team/my-project:v1", published))
    (repository / "first.ipynb").write_text(json.dumps(notebook("print(6 * 7)")))
    options = ["--no-run", "--user-id", "1000", "--user-name", "jovyan", "--image-name", image]
    try:
        repo2docker_venv.run("repo2docker", *options, str(repository))
        arguments = ["--ip=0.0.0.0", f"--port={PORT}", f"--NotebookApp.base_url={PREFIX}"]
        arguments += [f"--NotebookApp.token={TOKEN}", "--NotebookApp.trust_xheaders=True"]
        container = engine.containers.run(
            image,
            ["python3", "-c", LAUNCH, *arguments],
            user="1000",
            security_opt=["no-new-privileges"],
            ports={f"{PORT}/tcp": ("127.0.0.1", None)},
            detach=True,
            healthcheck=HEALTH_EACH_SECOND,
        )
        try:
            yield container
        finally:
            container.remove(force=True)
    finally:
        if engine.images.list(image):
            engine.images.remove(image, force=True)


def url(container: Any) -> str:
    """The address of the server from the host."""
    container.reload()
    return f"http://127.0.0.1:{container.ports[f'{PORT}/tcp'][0]['HostPort']}{PREFIX}"


def test_the_dockerfile_has_two_lines() -> None:
    assert len((RECIPES / "binder/Dockerfile").read_text().splitlines()) == 2


def test_the_server_answers_on_binders_port_and_prefix_with_its_token(binder: Any) -> None:
    until(lambda: http_status(f"{url(binder)}api") == 200, "the server answers")
    assert http_status(f"{url(binder)}api/contents?token={TOKEN}") == 200
    assert http_status(f"{url(binder)}api/contents") == 403


def test_the_container_becomes_healthy(binder: Any) -> None:
    until(lambda: is_healthy(binder), "the container is healthy")


def test_the_repository_is_in_the_home_folder_and_can_be_changed(binder: Any) -> None:
    lines = "id -un; pwd; stat -c '%u:%g' first.ipynb; jupyter execute --inplace first.ipynb 2>&1; grep -cF '\"42\\n\"' first.ipynb"
    status, output = binder.exec_run(["bash", "-c", lines])
    assert status == 0, output.decode()
    words = output.decode().split()
    assert (words[:3], words[-1]) == (["jovyan", "/home/jovyan", "1000:100"], "1")


def test_cells_run(binder: Any) -> None:
    until(lambda: http_status(f"{url(binder)}api") == 200, "the server answers")
    status, output = binder.exec_run(["python", "-c", RUN_CELLS, json.dumps(["6 * 7"]), "all"])
    assert (status, output.decode()) == (0, '"42"\n')
