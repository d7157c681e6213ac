"""The link: there is exactly one, it answers, and it stays the same. The port is the project's own."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.projects import Project, make_project, sweep
from support.servers import LINK, free_port, http_status, only_link, port_of, token_of
from support.users import User
from support.waiting import until

pytestmark = pytest.mark.docker


@contextmanager
def occupied(port: int = 0) -> Iterator[int]:
    """Another program that listens on a port, by default a free one; yields the port."""
    with socket.create_server(("127.0.0.1", port)) as server:
        yield server.getsockname()[1]


@pytest.fixture(scope="module")
def linked(workspace: Path, user: User, engine: object) -> Iterator[Project]:
    """A running project on a port that no other project takes; each test leaves it running."""
    project = make_project(workspace, user, engine, layout="requirements")
    project.start(DOCKERPORT=str(free_port()))
    yield project
    sweep(engine, project.folder.parent)


def crash(project: Project) -> None:
    """Kill the container."""
    project.container.kill()
    until(lambda: project.container.status == "exited", "the end of the container")


def rebuild(project: Project) -> None:
    """Change the image."""
    project.stop()
    project.list_packages("cowsay")
    project.succeed("build")


EVENTS: dict[str, Callable[[Project], object]] = {
    "a second start": lambda project: None,
    "stop": Project.stop,
    "run": Project.run,
    "a crash": crash,
    "a rebuild": rebuild,
    "other options": lambda project: project.run("--", "--memory", "600m"),
    "removal": lambda project: project.succeed("stop", "--remove"),
}


@pytest.mark.parametrize("event", EVENTS)
def test_the_link_stays_the_same_after(linked: Project, event: str) -> None:
    link = linked.start()
    EVENTS[event](linked)
    assert linked.start() == link
    assert http_status(link) == 200


def test_a_bookmark_keeps_working_after_replacement(linked: Project) -> None:
    link = linked.start()
    before = linked.container.id
    assert linked.run() == link
    assert linked.container.id != before
    assert http_status(link.replace("/lab?", "/api/contents?")) == 200


def test_the_token_is_in_a_file_that_only_the_user_can_read(linked: Project) -> None:
    token = linked.state / "token"
    assert token.read_text().strip() == token_of(linked.start())
    assert (token.stat().st_mode & 0o777, token.stat().st_uid) == (0o600, linked.user.uid)
    assert linked.state.stat().st_mode & 0o777 == 0o700


def test_deleting_the_token_file_and_run_give_a_new_token(linked: Project) -> None:
    old = linked.start()
    (linked.state / "token").unlink()
    new = linked.run()
    assert (http_status(new), token_of(new) != token_of(old)) == (200, True)
    assert http_status(old.replace("/lab?", "/api/contents?")) == 403


def test_a_token_that_is_too_short_is_refused(project: Project) -> None:
    project.start()
    project.stop()
    project.write(f".jupyter/{project.user.uid}/token", "short\n")
    result = project.fail("start", "-d")
    assert "fewer than 32 characters" in result.stderr
    assert "did not start" in result.messages[0]


def test_each_start_prints_exactly_one_link(running: Project) -> None:
    """The server's own banner never appears, whatever the timing."""
    for _ in range(5):
        running.stop()
        with running.session() as session:
            assert http_status(session.link()) == 200
            session.interrupt()
            session.wait()
            only_link(session.text)


def test_run_prints_exactly_one_link(running: Project) -> None:
    with running.session("run") as session:
        assert http_status(session.link()) == 200
        session.interrupt()
        session.wait()
        only_link(session.text)


def test_a_second_server_in_a_terminal_changes_no_link(linked: Project) -> None:
    link = linked.start()
    linked.exec("bash", "-c", "jupyter server --ServerApp.port=9999 >/dev/null 2>&1 &")
    servers = ("bash", "-c", 'ls "$JUPYTER_RUNTIME_DIR"/jpserver-*.json | wc -l')
    until(lambda: linked.exec(*servers) == "2", "two servers")
    assert linked.start() == link
    linked.run()


def test_dockerport_is_used(project: Project) -> None:
    port = free_port()
    link = project.start(DOCKERPORT=str(port))
    assert port_of(link) == port
    assert http_status(link) == 200


def test_dockerport_in_use_is_an_error(project: Project) -> None:
    with occupied() as port:
        result = project.fail("start", "-d", env={"DOCKERPORT": str(port)})
    assert result.messages[0] == f"error: port {port} is in use"
    assert LINK.findall(result.stdout) == []
    assert project.containers() == []


def test_dockerport_moves_a_stopped_project(project: Project) -> None:
    project.start()
    project.stop()
    port = free_port()
    link = project.start(DOCKERPORT=str(port))
    assert (port_of(link), http_status(link)) == (port, 200)


def test_dockerport_is_kept_by_later_starts(project: Project) -> None:
    link = project.start(DOCKERPORT=str(free_port()))
    project.stop()
    assert project.start() == link


def test_a_port_in_use_selects_the_next_free_port(project: Project) -> None:
    first = port_of(project.start())
    project.stop()
    with occupied(first):
        result = project.succeed("start", "-d")
        assert port_of(result.link) != first
        assert http_status(result.link) == 200
        assert f"Port {first} is in use; using {port_of(result.link)}." in result.stderr
    project.stop()
    assert project.start() == result.link, "the new port is the project's own"


def test_two_projects_run_if_the_second_was_created_while_the_first_was_stopped(
    new_project: Callable[..., Project],
) -> None:
    first, second = new_project(project_name="A"), new_project(project_name="B")
    first.start()
    first.stop()
    other = second.start()
    link = first.start()
    assert port_of(link) != port_of(other)
    assert (http_status(link), http_status(other)) == (200, 200)


def test_a_published_port_in_use_is_one_error_at_the_first_try(project: Project) -> None:
    with occupied() as port:
        project.write("requirements/local.sh", f"RUN_OPTIONS=(--publish 127.0.0.1:{port}:6006)\n")
        result = project.fail("start", "-d")
    assert f"{port}" in result.messages[0]
    assert "; using " not in result.stderr
    assert project.containers() == []


def test_ports_of_local_sh_are_published_on_loopback(project: Project) -> None:
    port = free_port()
    project.write("requirements/local.sh", f"PORTS=({port})\n")
    project.start()
    bindings = project.container.ports[f"{port}/tcp"]
    assert bindings == [{"HostIp": "127.0.0.1", "HostPort": str(port)}]
