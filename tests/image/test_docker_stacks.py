"""What others expect of an image: the Jupyter Docker Stacks' start.sh, and places that run it without the scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from projects import Project, get, until

pytestmark = pytest.mark.docker

STACKS_CONFIG = "/etc/jupyter/jupyter_server_config.py"
on_the_stacks = pytest.mark.parametrize("flavour", ["docker-stacks"], indirect=True)


def inside(project: Project, *command: str, **more: Any) -> str:
    """What `command` prints in a fresh container of the project's image, by the image's own entry point."""
    image = project.container.image.id
    return project.engine.containers.run(image, list(command), remove=True, stderr=True, **more).decode()


@contextmanager
def server(project: Project, port: int, command: list[str], **more: Any) -> Iterator[tuple[str, Any]]:
    """A container of the image without the project; yields the address of its `port`, and the container."""
    container = project.engine.containers.run(
        project.container.image.id, command, detach=True, ports={f"{port}/tcp": ("127.0.0.1", None)}, **more
    )
    try:
        container.reload()
        yield f"http://127.0.0.1:{container.ports[f'{port}/tcp'][0]['HostPort']}", container
    finally:
        container.remove(force=True)


def test_plain_image_serves_its_home_folder(flavour: Project) -> None:
    with server(flavour, 8888, []) as (address, container):
        until(lambda: get(f"{address}/api") == 200, "an answer")
        code, said = container.exec_run(["jupyter", "server", "list"])
        assert code == 0
        assert said.decode().strip().endswith(":: /home/jovyan")


def test_command_and_its_arguments_are_taken_as_given(flavour: Project) -> None:
    command = ["jupyter", "lab", "--port=9999", "--IdentityProvider.token=given"]
    with server(flavour, 9999, command) as (address, _):
        until(lambda: get(f"{address}/api/contents?token=given") == 200, "an answer")


@on_the_stacks
def test_stacks_take_user_and_ids_at_run_time(flavour: Project) -> None:
    ids = {"NB_USER": "alice", "NB_UID": "4242", "NB_GID": "100"}
    said = inside(flavour, "bash", "-c", "id -un; id -u; id -g", user="root", environment=ids)
    assert said.splitlines()[-3:] == ["alice", "4242", "100"]


def test_stacks_grant_sudo_at_run_time(new: Callable[..., Project]) -> None:
    project = new(layout="requirements", base_image="docker-stacks", passwordless_sudo="no")
    project.start()
    said = inside(project, "sudo", "-n", "id", "-u", user="root", environment={"GRANT_SUDO": "yes"})
    assert said.splitlines()[-1] == "0"


@on_the_stacks
def test_stacks_start_their_server_on_the_port_asked_for(flavour: Project) -> None:
    with server(flavour, 9999, ["start-notebook.py"], environment={"JUPYTER_PORT": "9999"}) as (address, _):
        until(lambda: get(f"{address}/api") == 200, "an answer")


@on_the_stacks
def test_stacks_let_the_person_install_and_uninstall(flavour: Project) -> None:
    with server(flavour, 8888, ["sleep", "infinity"]) as (_, container):
        for words in ["install --quiet cowsay", "uninstall --yes cowsay", "uninstall --yes tqdm pandas"]:
            code, said = container.exec_run(["pip", *words.split()])
            assert code == 0, said.decode()
        code, _ = container.exec_run(["python", "-c", "import pandas"])
        assert code == 1


@on_the_stacks
def test_stacks_keep_their_own_configuration(flavour: Project) -> None:
    look = ["bash", "-c", f"cksum {STACKS_CONFIG} 2>&1 || :"]
    base = flavour.engine.containers.run(
        "quay.io/jupyter/minimal-notebook:python-3.13", look, remove=True, stderr=True
    )
    assert inside(flavour, *look).splitlines()[-1] == base.decode().splitlines()[-1]
