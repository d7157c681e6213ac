"""exec.sh: one-off commands in a temporary container with the project's image, files, and settings."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.engine_fixtures import make_project, sweep
from support.projects import Project, Session
from support.template import CHOICES
from support.users import User
from support.waiting import until

pytestmark = pytest.mark.docker

TEMPORARY_LABEL = "jupyter-docker.temporary"


@pytest.fixture(scope="module")
def built(workspace: Path, user: User, engine: object) -> Iterator[Project]:
    """A project without packages whose image exists; its server never runs."""
    project = make_project(workspace, user, engine, layout="requirements")
    project.succeed("build")
    yield project
    sweep(engine, project.folder.parent)


def temporary_containers(project: Project) -> list[Any]:
    """The containers that exec.sh of this project has started and that still exist."""
    found = project.engine.containers.list(all=True, filters={"label": TEMPORARY_LABEL}, ignore_removed=True)
    return [one for one in found if str(project.folder) in str(one.attrs["Mounts"])]


@pytest.mark.parametrize("status", [0, 1, 7, 130])
def test_the_exit_status_is_passed_through(built: Project, status: int) -> None:
    assert built.script("exec", "bash", "-c", f"exit {status}").status == status


def test_only_the_command_prints_on_standard_output(built: Project) -> None:
    result = built.succeed("exec", "bash", "-c", "echo out; echo err >&2")
    assert (result.stdout, result.stderr) == ("out\n", "err\n")


def test_standard_input_is_passed_through(built: Project) -> None:
    text = "0123456789\n" * 500_000  # 5.5 MB, more than any pipe buffer
    assert built.succeed("exec", "cat", text=text).stdout == text


def test_without_a_command_a_shell_reads_standard_input(built: Project) -> None:
    assert built.succeed("exec", text="echo $((6 * 7))\n").stdout == "42\n"


def test_arguments_are_passed_unchanged(built: Project) -> None:
    arguments = ["a b", "", "$HOME", "*", "--", "-h"]
    result = built.succeed("exec", "printf", "<%s>", *arguments)
    assert result.stdout == "".join(f"<{argument}>" for argument in arguments)


def test_the_command_runs_in_the_current_folder(built: Project) -> None:
    built.write("data/raw/x.csv", "")
    for folder, expected in [("", ""), ("data", "/data"), ("data/raw", "/data/raw")]:
        result = built.succeed("exec", "pwd", cwd=built.folder / folder)
        assert result.stdout == f"/home/jovyan/work{expected}\n"


def test_outside_the_project_the_command_runs_in_its_root(built: Project) -> None:
    assert built.succeed("exec", "pwd", cwd="/").stdout == "/home/jovyan/work\n"


def test_new_files_belong_to_the_user_with_the_host_umask(built: Project) -> None:
    built.user.run(["bash", "-c", f"umask 027; '{built.requirements}/exec.sh' touch made.txt"])
    status = (built.folder / "made.txt").stat()
    assert (status.st_uid, status.st_gid, status.st_mode & 0o777) == (built.user.uid, built.user.gid, 0o640)


def test_run_options_apply(built: Project) -> None:
    built.write("requirements/local.sh", "RUN_OPTIONS=(--env ANSWER=42)\nPORTS=(6006)\n")
    try:
        assert built.succeed("exec", "printenv", "ANSWER").stdout == "42\n"
    finally:
        (built.requirements / "local.sh").unlink()


def test_published_ports_do_not_collide_with_the_running_server(built: Project) -> None:
    built.write("requirements/local.sh", "PORTS=(16006)\n")
    try:
        built.start()
        assert built.succeed("exec", "echo", "hello").stdout == "hello\n"
    finally:
        built.stop()
        (built.requirements / "local.sh").unlink()


def test_a_missing_image_is_built_first(project: Project) -> None:
    result = project.succeed("exec", "python", "-c", "import jupyterlab; print('built')")
    assert result.stdout == "built\n"
    assert "Building the image" in result.stderr


def test_no_container_remains(built: Project) -> None:
    built.script("exec", "false")
    assert temporary_containers(built) == []


def test_sigterm_ends_the_command_itself(built: Project) -> None:
    command = ["python", "-c", "import time; print('running', flush=True); time.sleep(600)"]
    process = built.user.popen(
        [str(built.requirements / "exec.sh"), *command], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
    )
    assert process.stdout is not None and process.stdout.readline() == b"running\n"
    [container] = temporary_containers(built)
    assert "Health" not in container.attrs["State"]  # no server runs, so it would turn unhealthy
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) != 0
    process.stdout.close()
    until(lambda: temporary_containers(built) == [], "the container is gone")


def test_ctrl_c_ends_the_command_itself(built: Project) -> None:
    command = ["python", "-c", "import time; print('running', flush=True); time.sleep(600)"]
    session = Session(built.user, [str(built.requirements / "exec.sh"), *command])
    try:
        until(lambda: "running" in session.text, "the command runs")
        session.interrupt()
        session.wait(60)
        assert "KeyboardInterrupt" in session.text
    finally:
        session.end()
        os.close(session.master)
    until(lambda: temporary_containers(built) == [], "the container is gone")


def test_a_terminal_is_a_terminal_in_the_container(built: Project) -> None:
    session = Session(built.user, [str(built.requirements / "exec.sh"), "bash", "-c", "tty && echo yes"])
    try:
        session.wait(60)
        assert "/dev/pts/" in session.text and "yes" in session.text
    finally:
        session.end()
        os.close(session.master)


@pytest.mark.parametrize("flavor", CHOICES["base_image"], indirect=True)
def test_a_notebook_and_its_failing_cell_are_executed(flavor: Project) -> None:
    assert flavor.succeed("exec", "jupyter", "execute", "notebooks/first.ipynb").stdout == ""
    cell = '{"cell_type": "code", "id": "a", "execution_count": null, "metadata": {}, "outputs": [], "source": "1/0"}'
    flavor.write(
        "failing.ipynb", f'{{"cells": [{cell}], "metadata": {{}}, "nbformat": 4, "nbformat_minor": 5}}'
    )
    result = flavor.script("exec", "jupyter", "execute", "failing.ipynb")
    assert result.status != 0
    assert "ZeroDivisionError" in result.stderr
    (flavor.folder / "failing.ipynb").unlink()
