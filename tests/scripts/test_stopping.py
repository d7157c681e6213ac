"""What stops JupyterLab and what does not: Ctrl-C, signals, a closed terminal, stop.sh."""

from __future__ import annotations

import re
import shutil
import signal
from collections.abc import Callable

import pytest
from support.projects import Project, Session
from support.servers import SLOW_KERNEL, http_status, only_link
from support.template import listing
from support.waiting import until

pytestmark = pytest.mark.docker

CONFIG = ".jupyter/jupyter_server_config.py"
#: A cell that an interrupt does not end.
STUBBORN = """
while True:
    try:
        while True:
            pass
    except KeyboardInterrupt:
        pass
"""


def alarming(text: str) -> list[str]:
    """The lines of an output that look like a failure."""
    words = ("Traceback", "Error", "ERROR", "WARNING", "[W ", "[E ", "Killed", "Terminated", "Hangup", ".sh:")
    lines = [line for line in text.splitlines() if SLOW_KERNEL not in line]
    return [line for line in lines if any(word in line for word in words)]


def is_running(project: Project) -> bool:
    """Whether its container runs."""
    return project.container.attrs["State"]["Running"]


@pytest.mark.parametrize(
    ("cell", "how"),
    [
        ("", "Ctrl-C"),
        (STUBBORN, "SIGTERM"),
        (STUBBORN, "Ctrl-C"),
    ],
    ids=["idle", "SIGTERM during a cell", "Ctrl-C during a cell"],
)
def test_a_signal_ends_the_server(started: Project, cell: str, how: str) -> None:
    started.stop()
    with started.session() as session:
        link = session.link()
        if cell:
            started.busy_cell(cell)
        if how == "Ctrl-C":
            session.interrupt()
        else:
            session.process.send_signal(signal.SIGTERM)
        session.wait()
        assert http_status(link) == 0
        assert not is_running(started)
        # Docker would kill the server after 10 s, and its exit code would be 137.
        assert started.container.attrs["State"]["ExitCode"] == 0
        assert alarming(session.text) == []


def test_a_kernel_finishes_its_files_when_the_server_stops(running: Project) -> None:
    running.start()
    running.busy_cell("rows = open('rows.csv', 'w'); rows.write('42'); import time; time.sleep(600)")
    running.stop()
    assert (running.folder / "rows.csv").read_text() == "42"


def test_ctrl_c_during_a_build_is_not_an_error(running: Project) -> None:
    before = running.image.id
    with running.session("build", "--", "--build-arg", "UPGRADE=now", "--progress", "plain") as session:
        until(lambda: "lock-packages" in session.text, "a step of the build")
        session.interrupt()
        session.wait()
        assert session.process.returncode == 128 + signal.SIGINT
        assert not re.search(r"(?m)^error: ", session.text)
    assert running.image.id == before


def test_stop_ends_a_script_that_follows_the_log(running: Project) -> None:
    running.stop()
    with running.session() as session:
        session.link()
        assert running.succeed("stop").stderr == "Stopped JupyterLab.\n"
        session.wait()
        assert session.process.returncode == 0
        assert alarming(session.text) == []


def test_a_killed_server_is_an_error_of_the_script_that_follows_the_log(running: Project) -> None:
    running.stop()
    with running.session() as session:
        session.link()
        running.container.kill()
        session.wait()
        assert session.process.returncode == 1
        assert [line for line in session.text.splitlines() if line.startswith(("error:", "hint:"))] == [
            "error: JupyterLab ended unexpectedly (status 137, out of memory: false)",
            "hint: see the log above",
        ]


def test_a_closed_terminal_leaves_the_server_running(running: Project) -> None:
    running.stop()
    with running.session() as session:
        link = session.link()
        session.hang_up()
    assert http_status(link) == 200
    assert running.start() == link


def test_a_kernel_that_the_user_shuts_down_finishes_first(running: Project) -> None:
    running.start()
    # cells() shuts the kernel down as JupyterLab does.
    running.cells(
        "import atexit, time; atexit.register(lambda: (time.sleep(0.5), open('saved-at-exit.txt', 'w')))"
    )
    assert (running.folder / "saved-at-exit.txt").exists()


def test_start_continues_a_paused_server(started: Project) -> None:
    link, before = started.start(), started.container.id
    started.container.pause()
    assert started.start() == link
    assert (started.container.id, http_status(link)) == (before, 200)


def test_stop_stops_a_paused_server(started: Project) -> None:
    started.container.pause()
    started.stop()
    assert started.container.status == "exited"


def test_ctrl_c_while_jupyterlab_starts_stops_it(started: Project) -> None:
    started.write_in_home(CONFIG, "import time; time.sleep(600)\n")
    started.stop()
    with started.session() as session:
        until(lambda: is_running(started) and "server-status" in str(started.container.top()), "the wait")
        session.interrupt()
        session.wait()
        assert not is_running(started)
        assert alarming(session.text) == []


def test_ctrl_c_directly_after_docker_start_stops_the_container(project: Project) -> None:
    reached = project.write("reached", "")
    real = shutil.which("docker")
    # What the user interrupts is `docker start`, after it has started the container.
    wrapper = (
        f'#!/bin/bash\n{real} "$@" || exit\nif [ "$1" = start ]; then echo yes >{reached}; sleep 600; fi\n'
    )
    folder = project.write("bin/docker", wrapper)
    folder.chmod(0o755)
    with project.session(env={"PATH": f"{folder.parent}:/usr/local/bin:/usr/bin:/bin"}) as session:
        until(lambda: reached.read_text(), "the start of the container")
        assert is_running(project)
        session.interrupt()
        session.wait()
        assert not is_running(project)
        assert alarming(session.text) == []


def test_start_returns_if_jupyterlab_is_already_running(running: Project) -> None:
    """Ctrl-C in a second terminal must not stop what runs in the first one."""
    running.stop()
    with running.session() as first:
        link = first.link()
        assert running.succeed("start").link == link
        assert first.process.poll() is None
        assert http_status(link) == 200


def test_start_shows_the_log_if_it_has_replaced_the_container(started: Project) -> None:
    started.write("requirements/local.sh", "RUN_OPTIONS=(--env ANSWER=42)\n")
    with started.session() as session:
        assert http_status(session.link()) == 200
        session.interrupt()
        session.wait()
    assert not is_running(started)


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


@pytest.mark.parametrize("state", ["no container", "a stopped container"])
def test_stop_says_that_nothing_is_running(project: Project, state: str) -> None:
    if state == "a stopped container":
        project.start()
        project.stop()
    result = project.succeed("stop")
    assert (result.stdout, result.stderr) == ("", "JupyterLab is not running.\n")


def test_remove_deletes_what_is_in_the_engine_but_no_file(new_project: Callable[..., Project]) -> None:
    project = new_project()
    project.start()
    project.succeed("build", env={"IMAGETAG": "release-1"})
    session = Session(project.user, [str(project.requirements / "exec.sh"), "sleep", "600"], tty=False)
    try:
        until(lambda: len(project.containers()) == 2, "the container of exec.sh")
        before = listing(project.folder)
        result = project.succeed("stop", "--remove")
        session.wait()
    finally:
        session.end()
    assert result.stderr.splitlines() == [
        "Stopped JupyterLab.",
        "Removed the container, the image, and the home volume.",
    ]
    assert (project.containers(), project.images(), project.volumes()) == ([], [], [])
    assert listing(project.folder) == before


def test_remove_keeps_other_images_and_their_containers(new_project: Callable[..., Project]) -> None:
    project, other = new_project(), new_project()
    other.succeed("build")
    project.start()
    name = project.container.name
    own_tag, child = f"{name}-mine", f"{name}-child"
    project.image.tag(own_tag)
    project.container.commit(child)
    service = project.engine.containers.run(child, ["sleep", "600"], detach=True)
    try:
        project.succeed("stop", "--remove")
        service.reload()
        assert service.status == "running"
        assert project.engine.images.get(own_tag).tags == [f"{own_tag}:latest"]
        assert project.engine.images.get(child).tags == [f"{child}:latest"]
        assert other.image.tags
    finally:
        service.remove(force=True)
        for image in [child, own_tag]:
            project.engine.images.remove(image, force=True)
