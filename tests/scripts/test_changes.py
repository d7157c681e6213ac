"""The everyday loop: change requirements/, start, import. Also while JupyterLab runs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.projects import Project
from support.servers import Server, free_port, http_status
from support.waiting import until

pytestmark = pytest.mark.docker

MISSING = "no-such-package-as-this-one"


@pytest.fixture
def started(project: Project) -> Project:
    """A running project without packages."""
    project.start(DOCKERPORT=str(free_port()))
    return project


def test_an_added_package_imports_after_start(started: Project) -> None:
    started.stop()
    started.add("cowsay")
    started.start()
    assert started.cells("import cowsay; cowsay.__name__") == ["'cowsay'"]
    assert "\ncowsay==" in started.lock


def test_pip_install_imports_in_the_same_kernel(running: Project) -> None:
    installed, imported = running.cells("%pip install --quiet cowsay", "import cowsay; cowsay.__name__")
    assert imported == "'cowsay'", installed


def test_a_second_start_builds_nothing_and_keeps_the_container(running: Project) -> None:
    running.stop()
    before = running.container.id, running.image.id
    result = running.succeed("start", "-d")
    assert (running.container.id, running.image.id) == before
    assert result.stderr == "Starting JupyterLab...\n"


def test_start_of_a_running_project_only_prints_the_link(running: Project) -> None:
    link = running.start()
    before = running.container.id
    result = running.succeed("start", "-d")
    assert (running.container.id, result.link, result.stderr) == (before, link, "")


def test_a_change_while_nothing_runs_replaces_the_container(started: Project) -> None:
    before = started.container.id
    started.add("cowsay")
    result = started.succeed("start", "-d")
    assert started.container.id != before
    assert result.messages == []
    assert started.cells("import cowsay; cowsay.__name__") == ["'cowsay'"]


def test_a_change_while_a_kernel_runs_names_the_notebook_and_the_command(started: Project) -> None:
    started.write("analysis/plot.ipynb", '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    started.open_kernel("analysis/plot.ipynb")
    before, link = started.container.id, started.start()
    started.add("cowsay")
    result = started.succeed("start", "-d")
    assert (started.container.id, result.link) == (before, link)
    assert "run.sh" in result.messages[0]
    assert "analysis/plot.ipynb" in result.stderr.splitlines()
    assert len(started.containers()) == 1
    started.run()
    assert started.cells("import cowsay; cowsay.__name__") == ["'cowsay'"]


def test_a_change_while_a_terminal_runs_keeps_the_container(started: Project) -> None:
    Server(started.start()).call("POST", "terminals")
    before = started.container.id
    started.add("cowsay")
    result = started.succeed("start", "-d")
    assert started.container.id == before
    assert "bash" in result.stderr.splitlines()[-1]


def test_a_change_while_a_background_program_runs_keeps_the_container(started: Project) -> None:
    started.exec("bash", "-c", "nohup sleep 600 >/dev/null 2>&1 &")
    before = started.container.id
    started.add("cowsay")
    result = started.succeed("start", "-d")
    assert started.container.id == before
    assert "sleep 600" in result.stderr.splitlines()


def test_a_failed_build_changes_nothing(started: Project) -> None:
    link = started.start()
    before = started.lock, started.image.id, started.container.id
    started.list_packages(f"{MISSING}==1")
    result = started.fail("start", "-d")
    assert MISSING in result.stderr
    assert (started.lock, started.image.id, started.container.id) == before
    assert http_status(link) == 200


def test_replacement_names_the_manually_installed_packages(started: Project) -> None:
    started.cells("%pip install --quiet cowsay")
    started.stop()
    before = started.container.id
    started.add("tabulate")
    result = started.succeed("start", "-d")
    assert started.container.id != before
    [warning] = result.messages
    assert warning.startswith("warning: manually installed packages are removed: ")
    assert "cowsay" in warning
    assert "tabulate" not in warning


def test_a_comment_in_the_list_keeps_the_container(started: Project) -> None:
    started.stop()
    before = started.container.id
    started.add("# a comment")
    started.start()
    assert started.container.id == before


def test_a_package_added_while_the_image_builds_arrives_at_the_next_start(project: Project) -> None:
    with project.session("build") as session:
        until(lambda: "Building the image" in session.text, "the build")
        project.add("cowsay")
        session.wait(300)
    project.start()
    assert project.cells("import cowsay; cowsay.__name__") == ["'cowsay'"]
    assert "\ncowsay==" in project.lock


def test_a_lock_file_that_changes_while_the_image_builds_is_kept(started: Project) -> None:
    started.add("cowsay")
    with started.session("build") as session:
        until(lambda: "Building the image" in session.text, "the build")
        pulled = started.lock + "# from git pull\n"
        started.write("requirements/requirements.lock", pulled)
        session.wait(300)
    assert started.lock == pulled
    started.start()
    assert "\ncowsay==" in started.lock


def test_a_rebuild_leaves_no_image_behind(started: Project) -> None:
    before = started.image.id
    started.stop()
    started.add("cowsay")
    started.start()
    assert started.image.id != before


def test_a_build_while_the_server_runs_leaves_no_image_once_the_container_is_replaced(
    started: Project,
) -> None:
    started.add("cowsay")
    started.succeed("build")
    started.run()
    assert len(started.images()) == 1


def test_run_replaces_the_container(running: Project) -> None:
    before = running.container.id
    link = running.run()
    assert running.container.id != before
    assert http_status(link) == 200


@pytest.mark.parametrize("name", ["requirements/run.sh", "requirements/notes.txt~", "requirements/local.sh"])
def test_a_file_that_is_not_part_of_the_image_starts_no_build(started: Project, name: str) -> None:
    started.stop()
    before = started.container.id
    path = started.folder / name
    started.write(name, (path.read_text() if path.exists() else "") + "# a comment\n")
    if name.endswith("run.sh"):
        path.chmod(0o755)
    assert "Building" not in started.succeed("start", "-d").stderr
    assert started.container.id == before


@pytest.mark.parametrize(
    "change",
    [{"HTTP_PROXY": "http://proxy.invalid:3128"}, {"TZ": "Asia/Tokyo"}, {"no_proxy": ".invalid"}],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_environment_replaces_the_stopped_container(
    started: Project, change: dict[str, str]
) -> None:
    started.stop()
    before = started.container.id
    started.start(**change)
    assert started.container.id != before
    [(name, value)] = change.items()
    assert started.exec("printenv", name) == value
    started.stop()
    started.start()
    assert started.container.exec_run(["printenv", "HTTP_PROXY"]).exit_code != 0
    assert started.exec("printenv", "TZ") != "Asia/Tokyo"


def test_the_lock_belongs_to_the_user(running: Project) -> None:
    owner = (running.requirements / "requirements.lock").stat()
    assert (owner.st_uid, owner.st_gid) == running.user.ids


def test_projects_do_not_share_images(new_project: Callable[..., Project]) -> None:
    first, second = new_project(), new_project()
    first.succeed("build")
    second.succeed("build")
    first.succeed("stop", "--remove")
    assert second.image.tags
