"""The restrictions of clusters: a read-only root file system and any user ID in group 0."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
from recipes.tools import documented, run
from support.containers import is_healthy
from support.engine_fixtures import on_different_flavors
from support.projects import RUN_CELLS, Project
from support.servers import Server, http_status
from support.waiting import until

pytestmark = [
    pytest.mark.docker,
    pytest.mark.full,
    on_different_flavors,
]

TOKEN = "t" * 48


@pytest.fixture(scope="module")
def restricted(flavor: Project, engine: Any) -> Iterator[Any]:
    """A container of each flavor, started with the options of the document and a token."""
    name = f"jupyter-docker-test-restricted-{os.getpid()}"
    line = documented(
        "docker run --read-only --user 1234567:0 --cap-drop ALL --security-opt no-new-privileges "
        "--tmpfs /tmp --workdir /tmp --env HOME=/tmp --env JUPYTER_RUNTIME_DIR=/tmp/jupyter "
        "--publish 127.0.0.1:8888:8888 ghcr.io/my-team/my-project:v1",
        {
            "docker run": f"docker run --detach --health-interval 1s --name {name}",
            ":8888:8888": "::8888",
            "ghcr.io/my-team/my-project:v1": f"{flavor.image.id} jupyter lab --IdentityProvider.token={TOKEN}",
        },
    )
    try:
        run(["bash", "-c", line])
        container = engine.containers.get(name)
        until(lambda: http_status(server(container).link) == 200, "JupyterLab answers")
        yield container
    finally:
        for container in engine.containers.list(all=True, filters={"name": name}):
            container.remove(force=True)


def server(container: Any) -> Server:
    """The server in a container, as the host reaches it."""
    port = container.ports["8888/tcp"][0]["HostPort"]
    return Server(f"http://127.0.0.1:{port}/lab?token={TOKEN}")


def test_a_notebook_can_be_saved_and_opened(restricted: Any) -> None:
    server(restricted).save("first.ipynb", "6 * 7")
    assert server(restricted).open("first.ipynb") == ["6 * 7"]


def test_a_cell_runs(restricted: Any) -> None:
    status, output = restricted.exec_run(["python", "-c", RUN_CELLS, json.dumps(["6 * 7"]), "all"])
    assert (status, output.decode()) == (0, '"42"\n')


def test_the_health_check_succeeds(restricted: Any) -> None:
    until(lambda: is_healthy(restricted), "the container is healthy")
