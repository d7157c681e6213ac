"""What stops JupyterLab and what does not: Ctrl-C, signals, a closed terminal, stop.sh."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from support.projects import Project
from support.servers import http_status, only_link
from support.template import listing
from support.waiting import until

pytestmark = pytest.mark.docker

SLEEP = "import time; time.sleep(600)"
SPIN = "while True: pass"


@pytest.fixture(params=["idle", SLEEP, SPIN], ids=["idle", "sleeping cell", "spinning cell"])
def cell(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """The cell that runs when the server is stopped, if any."""
    yield None if request.param == "idle" else request.param


def alarming(text: str) -> list[str]:
    """The lines of an output that look like a failure."""
    words = ("Traceback", "Error", "ERROR", "WARNING", "[W ", "[E ", "Killed", "Terminated", "Hangup", ".sh:")
    return [line for line in text.splitlines() if any(word in line for word in words)]


@pytest.mark.parametrize("how", ["Ctrl-C", "SIGTERM"])
def test_the_server_stops_immediately(running: Project, cell: str | None, how: str) -> None:
    with running.session() as session:
        link = session.link()
        if cell:
            running.busy_cell(cell)
        assert http_status(link) == 200
        if how == "Ctrl-C":
            session.interrupt()
        else:
            session.process.send_signal(signal.SIGTERM)
        took = session.wait()
        assert http_status(link) == 0
        assert running.container.attrs["State"]["Running"] is False
        assert running.container.attrs["State"]["ExitCode"] == 0
        assert alarming(session.text) == []
    # By default, Jupyter waits 5 s for a kernel that runs a cell, and Docker kills a container after 10 s.
    assert took < 5


def test_stop_ends_a_script_that_follows_the_log(running: Project) -> None:
    with running.session() as session:
        session.link()
        running.stop()
        session.wait()
        assert session.process.returncode == 0
        assert alarming(session.text) == []


def test_a_closed_terminal_leaves_the_server_running(running: Project) -> None:
    with running.session() as session:
        link = session.link()
        session.hang_up()
    assert http_status(link) == 200
    assert running.start() == link


def test_ctrl_c_while_jupyterlab_starts_stops_it(project: Project) -> None:
    project.start()
    project.stop()
    slow = project.state / "jupyter_server_config.py"
    project.write(str(slow.relative_to(project.folder)), "import time; time.sleep(30)\n")
    with project.session() as session:
        until(lambda: project.container.attrs["State"]["Running"], "the container")
        until(lambda: "is-ready.sh" in str(project.container.top()), "the wait for JupyterLab")
        session.interrupt()
        session.wait()
        assert project.container.attrs["State"]["Running"] is False
        assert alarming(session.text) == []


def test_ctrl_c_in_one_of_two_terminals_ends_both_scripts(running: Project) -> None:
    with running.session() as first, running.session() as second:
        assert first.link() == second.link()
        assert http_status(first.link()) == 200
        second.interrupt()
        second.wait()
        first.wait()
        assert alarming(first.text + second.text) == []


def test_the_log_is_shown_without_a_terminal(running: Project) -> None:
    running.stop()
    with running.session(tty=False) as session:
        assert http_status(session.link()) == 200
        running.cells("1")
        until(lambda: "Kernel started" in session.text, "the log")
        assert "\x1b" not in session.text
        session.process.send_signal(signal.SIGTERM)
        session.wait()
        only_link(session.text)


def test_stop_without_a_container_succeeds(project: Project) -> None:
    for arguments in [(), ("--remove",)]:
        result = project.succeed("stop", *arguments)
        assert (result.stdout, result.stderr) == ("", "")


def test_remove_deletes_container_and_image_but_no_file(project: Project) -> None:
    project.start()
    project.write("kept.txt", "x")
    project.stop()
    before = listing(project.folder)
    project.succeed("stop", "--remove")
    assert project.containers() == []
    assert project.images() == []
    after = listing(project.folder)
    assert before.items() - after.items() == {
        item for item in before.items() if item[0].endswith("/image-latest")
    }


def test_remove_keeps_images_that_the_user_tagged_or_built_on_top(project: Project) -> None:
    project.start()
    own_tag, child = f"{project.container.name}:mine", f"{project.container.name}-child"
    project.image.tag(own_tag)
    project.container.commit(child)
    project.succeed("stop", "--remove")
    assert project.engine.images.get(own_tag).tags == [own_tag]
    assert project.engine.images.get(child).tags == [f"{child}:latest"]


def test_remove_deletes_every_tag_that_build_made(project: Project) -> None:
    project.succeed("build")
    project.succeed("build", env={"IMAGETAG": "release-1"})
    assert len({tag for image in project.images() for tag in image.tags}) == 2
    result = project.succeed("stop", "--remove")
    assert project.images() == []
    assert result.stderr == ""
