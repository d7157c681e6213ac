"""The image without the scripts: as others run it, for example a hub or a cluster."""

from __future__ import annotations

import pytest
from support.builds import in_image
from support.containers import HEALTH_EACH_SECOND, container_of, is_healthy
from support.projects import FOLDER_LABEL, Project
from support.servers import http_status
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
    command = ["jupyter", "lab", *prefix]
    with container_of(flavor, 9999, command, healthcheck=HEALTH_EACH_SECOND) as (address, container):
        until(lambda: http_status(f"{address}/user/alice/api") == 200, "an answer")
        until(lambda: is_healthy(container), "the container is healthy")


def test_a_plain_docker_build_works(project: Project) -> None:
    tag = f"jupyter-docker-test-plain:{project.folder.parent.name}"
    label = f"{FOLDER_LABEL}={project.folder}"  # so that the image is removed after the test
    build = ["docker", "build", "--label", label, "--tag", tag, str(project.requirements)]
    result = project.user.run(build)
    assert result.status == 0, result.stderr
    assert in_image(project, "bash", "-c", "id -un; id -u; id -g") == "jovyan\n1000\n1000"
    assert in_image(project, "jupyter", "lab", "--version").startswith("4.")
