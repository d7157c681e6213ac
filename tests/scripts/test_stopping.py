"""Ctrl-C, signals, a closed terminal, a crash: what stops JupyterLab and what does not."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from projects import Project, get, only_link, until

pytestmark = pytest.mark.docker

SLEEP = "import time; time.sleep(600)"
SPIN = "while True: pass"


@pytest.fixture(params=["idle", SLEEP, SPIN], ids=["idle", "sleeping cell", "spinning cell"])
def busy(request: pytest.FixtureRequest, running: Project) -> Iterator[str | None]:
    """The cell that shall run while it is stopped, if any."""
    yield None if request.param == "idle" else request.param


def ugly(text: str) -> list[str]:
    """The lines of an output that frighten people."""
    words = ("Traceback", "Error", "ERROR", "WARNING", "[W ", "[E ", "Killed", "Terminated", "Hangup", ".sh:")
    return [line for line in text.splitlines() if any(word in line for word in words)]


@pytest.mark.parametrize("how", ["Ctrl-C", "SIGTERM"])
def test_stops_in_two_seconds(running: Project, busy: str | None, how: str) -> None:
    took = []
    while not took or (min(took) >= 2 and len(took) < 3):  # a machine with other work may be slow once
        with running.session() as session:
            link = session.link()
            if busy:
                running.busy_cell(busy)
            assert get(link) == 200
            if how == "Ctrl-C":
                session.interrupt()
            else:
                session.process.send_signal(signal.SIGTERM)
            took.append(session.wait())
            assert get(link) == 0
            assert running.container.attrs["State"]["Running"] is False
            assert running.container.attrs["State"]["ExitCode"] == 0
            assert ugly(session.text) == []
    assert min(took) < 2


def test_stopped_from_elsewhere_ends_the_script(running: Project) -> None:
    with running.session() as session:
        session.link()
        running.stop()
        session.wait()
        assert session.process.returncode == 0
        assert ugly(session.text) == []


def test_closed_terminal_leaves_the_server_running(running: Project) -> None:
    with running.session() as session:
        link = session.link()
        session.hang_up()
    assert get(link) == 200
    assert running.start() == link


def test_second_start_shows_the_same_link(running: Project) -> None:
    with running.session() as first, running.session() as second:
        assert first.link() == second.link()
        assert get(first.link()) == 200
        second.interrupt()
        second.wait()
        first.wait()
        assert ugly(first.text + second.text) == []


def test_link_after_a_crash_answers(running: Project) -> None:
    old = running.start()
    running.container.kill()
    until(lambda: running.container.status == "exited", "dead")
    link = running.start()
    assert get(link) == 200
    assert link != old


def test_log_is_followed_without_a_terminal(running: Project) -> None:
    running.stop()
    with running.session(tty=False) as session:
        assert get(session.link()) == 200
        running.cells("1")
        until(lambda: "Kernel started" in session.text, "the log")
        assert "\x1b" not in session.text
        session.process.send_signal(signal.SIGTERM)
        session.wait()
        only_link(session.text)


def test_stop_where_there_is_nothing_is_no_error(project: Project) -> None:
    for words in [(), ("--remove",)]:
        ran = project.script("stop", *words)
        assert (ran.code, ran.out, ran.err) == (0, "", "")


def test_remove_takes_container_and_images_and_no_file(project: Project) -> None:
    project.start()
    project.write("kept.txt", "x")
    before = sorted(project.folder.rglob("*.[ts][xh]*"))
    assert project.script("stop", "--remove").code == 0
    assert project.containers() == []
    assert project.images() == []
    assert sorted(project.folder.rglob("*.[ts][xh]*")) == before
