"""One link, and it answers."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest
from projects import LINK, Project, get, only_link, port_of

pytestmark = pytest.mark.docker


def free_port() -> int:
    """A port of this machine that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_whole_life_prints_one_link(running: Project) -> None:
    """The server's own banner must not slip in, however the moments fall."""
    for _ in range(5):
        running.stop()
        with running.session() as session:
            assert get(session.link()) == 200
            session.interrupt()
            session.wait()
            only_link(session.text)


def test_fresh_container_prints_one_link(running: Project) -> None:
    with running.session("run") as session:
        assert get(session.link()) == 200
        session.interrupt()
        session.wait()
        only_link(session.text)


def test_dockerport_is_used(project: Project) -> None:
    port = free_port()
    link = project.start(DOCKERPORT=str(port))
    assert port_of(link) == port
    assert get(link) == 200


def test_dockerport_that_is_taken_is_an_error(running: Project, project: Project) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ran = project.script("start", "-d", env={"DOCKERPORT": port})
        assert ran.code != 0
        assert port in ran.err.splitlines()[-1]
        assert LINK.findall(ran.out) == []
        assert project.containers() == []


def test_other_dockerport_moves_a_stopped_container(project: Project) -> None:
    project.start()
    project.stop()
    port = free_port()
    link = project.start(DOCKERPORT=str(port))
    assert (port_of(link), get(link)) == (port, 200)


def test_port_taken_by_another_program_is_passed_over(project: Project) -> None:
    first = port_of(project.start())
    project.stop()
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", first))
        taken.listen()
        ran = project.script("start", "-d")
        assert ran.code == 0, ran.err
        assert port_of(ran.link) != first
        assert get(ran.link) == 200
        assert f"this project uses {port_of(ran.link)}" in ran.err


def test_both_run_where_the_second_was_made_while_the_first_was_stopped(new: Callable[..., Project]) -> None:
    a, b = new(project_name="A"), new(project_name="B")
    a.start()
    a.stop()
    other = b.start()
    link = a.start()
    assert port_of(link) != port_of(other)
    assert (get(link), get(other)) == (200, 200)


def test_token_is_in_no_label_and_no_environment(running: Project) -> None:
    token = running.start().split("token=")[1]
    assert token not in str(running.container.attrs)
