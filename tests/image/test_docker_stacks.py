"""What users of the Jupyter Docker Stacks expect of an image: run-time users, its own configuration, pip and conda."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support.containers import container_of
from support.projects import Project
from support.servers import http_status
from support.template import FLAVORS
from support.waiting import until

pytestmark = pytest.mark.docker

CONFIG = "/etc/jupyter/jupyter_server_config.py"
stacks = pytest.mark.parametrize("flavor", ["docker-stacks"], indirect=True)


def in_container(project: Project, *command: str, **more: Any) -> str:
    """What `command` prints in a new container, started by the image's own entry point."""
    image = project.image.id
    return project.engine.containers.run(image, list(command), remove=True, stderr=True, **more).decode()


@stacks
def test_user_and_ids_can_be_set_at_run_time(flavor: Project) -> None:
    ids = {"NB_USER": "alice", "NB_UID": "4242", "NB_GID": "100"}
    output = in_container(flavor, "bash", "-c", "id -un; id -u; id -g", user="root", environment=ids)
    assert output.splitlines()[-3:] == ["alice", "4242", "100"]


def test_sudo_can_be_granted_at_run_time(new_project: Callable[..., Project]) -> None:
    project = new_project(base_image="docker-stacks", passwordless_sudo="no")
    project.succeed("build")
    command = ("sudo", "-n", "id", "-u")
    output = in_container(project, *command, user="root", environment={"GRANT_SUDO": "yes"})
    assert output.splitlines()[-1] == "0"


@stacks
def test_jupyter_port_sets_the_port(flavor: Project) -> None:
    command, environment = ["start-notebook.py"], {"JUPYTER_PORT": "9999"}
    with container_of(flavor, 9999, command, environment=environment) as (address, _):
        until(lambda: http_status(f"{address}/api") == 200, "an answer")


@stacks
def test_the_user_can_install_and_uninstall_packages(flavor: Project) -> None:
    container = flavor.engine.containers.run(flavor.image.id, ["sleep", "infinity"], detach=True)
    try:
        for arguments in ["install --quiet cowsay", "uninstall --yes cowsay", "uninstall --yes tqdm pandas"]:
            status, output = container.exec_run(["pip", *arguments.split()])
            assert status == 0, output.decode()
        assert container.exec_run(["python", "-c", "import pandas"]).exit_code == 1
    finally:
        container.remove(force=True)


@stacks
def test_the_configuration_of_the_base_image_is_kept(flavor: Project) -> None:
    checksum = ["bash", "-c", f"cksum {CONFIG} 2>&1 || :"]
    tag = FLAVORS["docker-stacks"]["image"].replace("PYTHON_VERSION", "3.13")
    base = flavor.engine.containers.run(tag, checksum, remove=True, stderr=True)
    assert in_container(flavor, *checksum).splitlines()[-1] == base.decode().splitlines()[-1]
