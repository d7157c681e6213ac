"""What users of the Jupyter Docker Stacks expect of an image: run-time users, its own configuration, pip and conda."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.builds import build
from support.containers import container_of
from support.projects import Project, make_project, sweep
from support.servers import http_status
from support.template import FLAVORS
from support.users import User
from support.waiting import until

pytestmark = [pytest.mark.docker, pytest.mark.full]

CONFIG = "/etc/jupyter/jupyter_server_config.py"


@pytest.fixture(scope="module")
def stacks(workspace: Path, user: User, engine: Any) -> Iterator[Project]:
    """An image with one package, in which the user has no sudo. Nothing is started."""
    answers = {"base_image": "docker-stacks", "layout": "requirements", "passwordless_sudo": "no"}
    project = make_project(workspace, user, engine, **answers)
    project.list_packages("tabulate")
    build(project)
    yield project
    sweep(engine, project.folder.parent)


def in_container(project: Project, *command: str, **more: Any) -> str:
    """What `command` prints in a new container, started by the image's own entry point."""
    image = project.image.id
    return project.engine.containers.run(image, list(command), remove=True, stderr=True, **more).decode()


def test_user_and_ids_can_be_set_at_run_time(stacks: Project) -> None:
    ids = {"NB_USER": "alice", "NB_UID": "4242", "NB_GID": "100"}
    output = in_container(stacks, "bash", "-c", "id -un; id -u; id -g", user="root", environment=ids)
    assert output.splitlines()[-3:] == ["alice", "4242", "100"]


def test_sudo_can_be_granted_at_run_time(stacks: Project) -> None:
    command = ("sudo", "-n", "id", "-u")
    output = in_container(stacks, *command, user="root", environment={"GRANT_SUDO": "yes"})
    assert output.splitlines()[-1] == "0"


def test_jupyter_port_sets_the_port(stacks: Project) -> None:
    command, environment = ["start-notebook.py"], {"JUPYTER_PORT": "9999"}
    with container_of(stacks, 9999, command, environment=environment) as (address, _):
        until(lambda: http_status(f"{address}/api") == 200, "an answer")


def test_the_user_can_install_and_uninstall_packages(stacks: Project) -> None:
    commands = ["install --quiet cowsay", "uninstall --yes cowsay", "uninstall --yes jupyterlab tabulate"]
    output = in_container(stacks, "bash", "-ec", "; ".join(f"pip {command}" for command in commands))
    for name in ["cowsay", "jupyterlab", "tabulate"]:
        assert f"Successfully uninstalled {name}-" in output


def test_the_configuration_of_the_base_image_is_kept(stacks: Project) -> None:
    checksum = ["bash", "-c", f"cksum {CONFIG} 2>&1 || :"]
    tag = FLAVORS["docker-stacks"]["image"].replace("PYTHON_VERSION", "3.13")
    base = stacks.engine.containers.run(tag, checksum, remove=True, stderr=True)
    assert in_container(stacks, *checksum).splitlines()[-1] == base.decode().splitlines()[-1]
