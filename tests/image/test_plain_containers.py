"""The image without the scripts: as others run it, for example a hub or a cluster."""

from __future__ import annotations

import pytest
from support.containers import container_of, is_healthy
from support.projects import Project
from support.servers import Server, http_status
from support.waiting import until

pytestmark = pytest.mark.docker

TOKEN = "a-token-of-more-than-32-characters-for-the-tests"


def test_the_server_shows_the_home_folder(flavor: Project) -> None:
    with container_of(flavor, 8888, []) as (address, container):
        until(lambda: http_status(f"{address}/api") == 200, "an answer")
        status, output = container.exec_run(["jupyter", "server", "list"])
        assert status == 0
        assert output.decode().strip().endswith(":: /home/jovyan")


def test_the_command_and_its_arguments_are_run(flavor: Project) -> None:
    command = ["jupyter", "lab", "--port=9999", f"--IdentityProvider.token={TOKEN}"]
    with container_of(flavor, 9999, command) as (address, _):
        until(lambda: http_status(f"{address}/api/contents?token={TOKEN}") == 200, "an answer")


def test_behind_a_prefix_on_another_port_the_container_turns_healthy(flavor: Project) -> None:
    prefix = ["--port=9999", "--ServerApp.base_url=/user/alice/"]
    with container_of(flavor, 9999, ["jupyter", "lab", *prefix]) as (address, container):
        until(lambda: http_status(f"{address}/user/alice/api") == 200, "an answer")
        until(lambda: is_healthy(container), "healthy")


@pytest.mark.parametrize("flavor", ["python-slim"], indirect=True)
def test_a_read_only_container_with_another_user_saves_and_runs_a_notebook(flavor: Project) -> None:
    """As OpenShift runs it: any user ID in group 0, a read-only root file system, no capabilities."""
    restricted = {
        "user": "12345:0",
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges"],
        "tmpfs": {"/tmp": "mode=1777"},
        "environment": {"HOME": "/tmp"},
        "working_dir": "/tmp",
    }
    command = ["jupyter", "lab", f"--IdentityProvider.token={TOKEN}"]
    with container_of(flavor, 8888, command, **restricted) as (address, container):
        server = Server(f"{address}/lab?token={TOKEN}")
        until(lambda: http_status(f"{address}/api") == 200, "an answer")
        server.save("saved.ipynb", "6 * 7")
        assert server.open("saved.ipynb") == ["6 * 7"]
        status, output = container.exec_run(["jupyter", "execute", "/tmp/saved.ipynb"])
        assert status == 0, output.decode()
