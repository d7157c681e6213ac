"""The link: there is exactly one, it works, and it stays the same. Each project has its own port."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from support.projects import Project
from support.servers import free_port, http_status, only_link, port_of, token_of
from support.waiting import until

pytestmark = pytest.mark.docker


@contextmanager
def occupied(port: int = 0) -> Iterator[int]:
    """Another program that listens on a port, by default a free one; yields the port."""
    with socket.create_server(("127.0.0.1", port)) as server:
        yield server.getsockname()[1]


def crash(project: Project) -> None:
    """Kill the container."""
    project.container.kill()
    until(lambda: project.container.status == "exited", "the end of the container")


EVENTS: dict[str, Callable[[Project], object]] = {
    "stop": Project.stop,
    "a crash": crash,
    "other options": lambda project: project.run("--", "--memory", "600m"),
}


@pytest.mark.parametrize("event", EVENTS)
def test_the_link_stays_the_same_after(started: Project, event: str) -> None:
    link = started.start()
    EVENTS[event](started)
    assert started.start() == link
    assert http_status(link) == 200


def test_the_token_stays_the_same_if_the_container_is_removed(started: Project) -> None:
    token = token_of(started.start())
    started.container.remove(force=True)
    assert token_of(started.start(DOCKERPORT=str(free_port()))) == token


def test_the_token_is_in_a_file_that_only_the_user_can_read(running: Project) -> None:
    token = token_of(running.start())
    path = "/home/jovyan/.jupyter/token"
    assert running.exec("cat", path) == token
    assert running.exec("stat", "--format", "%a %u", path) == f"600 {running.user.uid}"
    mounts = {mount["Destination"]: mount.get("Name") for mount in running.container.attrs["Mounts"]}
    [volume] = running.volumes()
    assert mounts["/home/jovyan"] == volume.name
    for item in [running.container, running.image, volume]:
        assert token not in json.dumps(item.attrs)


def test_deleting_the_token_file_and_run_give_a_new_token(started: Project) -> None:
    old = started.start()
    started.exec("rm", "/home/jovyan/.jupyter/token")
    new = started.run()
    assert (http_status(new), token_of(new) != token_of(old)) == (200, True)
    assert http_status(old.replace("/lab?", "/api/contents?")) == 403


@pytest.mark.parametrize("script", ["start", "run"])
def test_the_output_contains_exactly_one_link(running: Project, script: str) -> None:
    """The server's own banner does not appear."""
    running.stop()
    with running.session(script) as session:
        assert http_status(session.link()) == 200
        session.interrupt()
        session.wait()
        only_link(session.text)


def test_a_second_server_in_a_terminal_changes_no_link(started: Project) -> None:
    link = started.start()
    started.exec("bash", "-c", "jupyter server --ServerApp.port=9999 >/dev/null 2>&1 &")
    servers = ("bash", "-c", 'ls "$JUPYTER_RUNTIME_DIR"/jpserver-*.json | wc -l')
    until(lambda: started.exec(*servers) == "2", "two servers")
    assert started.start() == link


def test_the_link_contains_the_base_url_of_the_users_configuration(started: Project) -> None:
    before = started.start()
    config = "c.ServerApp.base_url = '/my/lab'\n"
    started.write_in_home(".jupyter/jupyter_server_config.py", config)
    link = started.run()
    assert link == before.replace("/lab?", "/my/lab/lab?")
    assert http_status(link) == 200
    started.exec("server-status")  # the health check


def test_dockerport_is_used_and_kept_by_later_starts(project: Project) -> None:
    port = free_port()
    link = project.start(DOCKERPORT=str(port))
    assert (port_of(link), http_status(link)) == (port, 200)
    project.stop()
    assert project.start() == link


def test_another_dockerport_moves_the_project(started: Project) -> None:
    link = started.start()
    port = free_port()
    moved = started.start(DOCKERPORT=str(port))
    assert (port_of(moved), token_of(moved), http_status(moved)) == (port, token_of(link), 200)
    assert http_status(link) == 0


def test_a_dockerport_in_use_is_an_error(project: Project) -> None:
    with occupied() as port:
        result = project.fail("start", "-d", env={"DOCKERPORT": str(port)})
    assert result.messages[0] == f"error: port {port} is in use"
    assert project.containers() == []


def test_after_a_dockerport_in_use_the_next_start_works(started: Project) -> None:
    with occupied() as port:
        result = started.fail("run", "-d", env={"DOCKERPORT": str(port)})
    assert result.messages[-2] == f"error: port {port} is in use"
    assert http_status(started.start()) == 200


def test_the_chosen_port_in_use_keeps_the_stopped_container(project: Project) -> None:
    port = free_port()
    link = project.start(DOCKERPORT=str(port))
    before = project.container.id
    project.stop()
    with occupied(port):
        project.fail("start", "-d", env={"DOCKERPORT": str(port)})
    assert project.start() == link
    assert project.container.id == before


def test_a_port_in_use_selects_the_next_free_port(started: Project) -> None:
    first = port_of(started.start())
    started.stop()
    with occupied(first):
        result = started.succeed("start", "-d")
        second = port_of(result.link)
        assert http_status(result.link) == 200
        assert f"Port {first} is in use; using {second}." in result.stderr.splitlines()
    started.stop()
    assert started.start() == result.link, "the project keeps the new port"


def test_a_stopped_project_keeps_its_port(new_project: Callable[..., Project]) -> None:
    first, second = new_project(project_name="A"), new_project(project_name="B")
    first_link = first.start()
    first.stop()
    second_link = second.start()
    assert first.start() == first_link
    assert (http_status(first_link), http_status(second_link)) == (200, 200)


def test_a_further_port_in_use_is_one_error(project: Project) -> None:
    with occupied() as port:
        project.write("requirements/local.sh", f"PORTS=({port})\n")
        result = project.fail("start", "-d")
    assert f"{port}" in result.messages[0]
    assert "; using " not in result.stderr


def test_ports_of_local_sh_are_published_on_loopback(project: Project) -> None:
    port = free_port()
    project.write("requirements/local.sh", f"PORTS=({port})\n")
    project.start()
    bindings = project.container.ports[f"{port}/tcp"]
    assert bindings == [{"HostIp": "127.0.0.1", "HostPort": str(port)}]
