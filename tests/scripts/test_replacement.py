"""What replaces the container, what does not, and what the user reads before something would be lost."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
from support.projects import Project
from support.servers import Server, http_status

pytestmark = pytest.mark.docker

OTHER_OPTIONS = "RUN_OPTIONS=(--env ANSWER=42)\n"


def open_and_close_notebook(server: Server) -> str:
    """Open a notebook, as JupyterLab does. No tab is connected to its kernel."""
    body = {"path": "analysis/plot.ipynb", "name": "", "type": "notebook", "kernel": {"name": "python3"}}
    kernel = server.call("POST", "sessions", body)["kernel"]
    assert server.call("GET", f"kernels/{kernel['id']}")["connections"] == 0
    return "analysis/plot.ipynb"


WORK: dict[str, Callable[[Server], str]] = {
    "kernel of a closed notebook": open_and_close_notebook,
    "idle kernel": lambda server: f"kernel {server.call('POST', 'kernels', {})['id']}",
    "terminal": lambda server: f"terminal {server.call('POST', 'terminals')['name']}",
}


@pytest.mark.parametrize("work", WORK)
def test_running_work_keeps_the_container_and_is_listed(started: Project, work: str) -> None:
    link, before = started.start(), started.container.id
    listed = WORK[work](Server(link))
    started.write("requirements/local.sh", OTHER_OPTIONS)
    result = started.succeed("start", "-d")
    assert (started.container.id, result.link) == (before, link)
    assert result.stderr.splitlines() == [
        "warning: requirements/ or the options have changed, but JupyterLab has running work:",
        f"  {listed}",
        "hint: save your work, then run requirements/run.sh",
    ]


@pytest.mark.parametrize("state", ["idle", "stopped"])
def test_other_options_replace_the_container(started: Project, state: str) -> None:
    before = started.container.id
    if state == "stopped":
        started.stop()
    started.write("requirements/local.sh", OTHER_OPTIONS)
    result = started.succeed("start", "-d")
    assert started.container.id != before
    assert result.stderr == "Starting JupyterLab...\n"
    assert started.exec("printenv", "ANSWER") == "42"


@pytest.mark.parametrize("state", ["idle", "stopped"])
def test_another_shell_does_not_replace_the_container(started: Project, state: str) -> None:
    before = started.container.id
    if state == "stopped":
        started.stop()
    shell = {"TZ": "Asia/Tokyo", "HTTP_PROXY": "http://proxy.invalid:3128", "no_proxy": ".invalid"}
    groups = (*started.user.groups, 54321)
    other = dataclasses.replace(started, user=dataclasses.replace(started.user, groups=groups))
    result = other.succeed("start", "-d", env=shell)
    assert (started.container.id, result.stderr) == (before, "")


def test_run_always_replaces_the_container(running: Project) -> None:
    before = running.container.id
    link = running.run()
    assert running.container.id != before
    assert http_status(link) == 200


def install_with_pip(project: Project) -> str:
    """Install a package with dependencies as the user; returns it with its version."""
    project.exec("pip", "install", "--quiet", "pytest")
    return f"pytest=={project.exec('python', '-c', 'import pluggy, pytest; print(pytest.__version__)')}"


def removed(installed: str) -> list[str]:
    """What the scripts print before they remove something that the user has installed."""
    return [
        f"warning: manually installed packages are removed: {installed}",
        "hint: to keep them, add them to requirements/pip-requirements.txt or apt-requirements.txt",
    ]


@pytest.mark.parametrize("state", ["running", "stopped"])
def test_run_removes_what_pip_installed_and_lists_what_the_user_typed(started: Project, state: str) -> None:
    installed = install_with_pip(started)
    if state == "stopped":
        started.stop()
    result = started.succeed("run", "-d")
    assert result.messages == removed(installed)
    for module in ["pytest", "pluggy"]:
        assert started.container.exec_run(["python", "-c", f"import {module}"]).exit_code == 1


def test_start_lists_what_the_user_installed_if_it_replaces_the_container(started: Project) -> None:
    installed = install_with_pip(started)
    assert started.succeed("start", "-d").messages == []
    started.write("requirements/local.sh", OTHER_OPTIONS)
    assert started.succeed("start", "-d").messages == removed(installed)


@pytest.mark.parametrize("status", ["running", "stopped"])
def test_run_reports_manually_installed_debian_packages(started: Project, status: str) -> None:
    command = "apt-get install --yes --no-install-recommends tree"
    started.exec("bash", "-c", f"sudo apt-get update && sudo {command}")
    if status == "stopped":
        started.stop()
    reported = command if status == "running" else "Debian packages"
    assert started.succeed("run", "-d").messages == removed(reported)
    assert started.container.exec_run(["which", "tree"]).exit_code == 1


def test_the_anonymous_volumes_of_replaced_containers_are_removed(project: Project) -> None:
    def volumes() -> set[str]:
        mounts = project.container.attrs["Mounts"]
        names = {mount["Name"] for mount in mounts if mount["Type"] == "volume"}
        return names - {volume.name for volume in project.volumes()}

    project.write("requirements/local.sh", "RUN_OPTIONS=(--volume /data)\n")
    project.start()
    [first] = volumes()
    project.run()
    [second] = volumes()
    assert second != first
    project.succeed("stop", "--remove")
    existing = {volume.name for volume in project.engine.volumes.list()}
    assert existing & {first, second} == set()
