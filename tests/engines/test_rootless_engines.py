"""The everyday work on rootless Docker and Podman, where root in the container is the user."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest
from support.builds import in_image
from support.engine_fixtures import NewProject
from support.engines import RootlessEngine, RootlessProject, make_rootless_project
from support.servers import Server, http_status, is_free, port_of
from support.users import owners
from support.waiting import until

pytestmark = [pytest.mark.docker, pytest.mark.full]

# Podman under the name docker is the same engine as Podman, so few tests use it.
on_each_engine = pytest.mark.parametrize("rootless", ["rootless Docker", "Podman"], indirect=True)
on_podman = pytest.mark.parametrize("rootless", ["Podman"], indirect=True)


def test_start_prints_a_link_that_answers(project: RootlessProject) -> None:
    assert http_status(project.start()) == 200


@on_each_engine
def test_start_of_a_running_project_prints_the_same_link(project: RootlessProject) -> None:
    link = project.start()
    before = project.engine.containers(project.folder)
    result = project.succeed("start", "-d")
    assert (result.link, result.stderr) == (link, "")
    assert project.engine.containers(project.folder) == before


@on_each_engine
def test_a_saved_notebook_is_in_the_project_and_belongs_to_the_user(project: RootlessProject) -> None:
    server = Server(project.start())
    server.save("saved.ipynb", "1 + 1")
    assert {"requirements", "saved.ipynb"} <= set(server.listing())
    owner = (project.folder / "saved.ipynb").stat()
    assert (owner.st_uid, owner.st_gid) == project.user.ids


def test_a_cell_runs_and_its_files_belong_to_the_user(project: RootlessProject) -> None:
    project.start()
    assert project.cells("open('by-a-cell.txt', 'w').close()", "6 * 7") == ["", "42"]
    assert owners(project.folder) == {project.user.ids}


@on_each_engine
def test_the_user_in_the_container_has_a_name_and_a_home(project: RootlessProject) -> None:
    project.start()
    assert project.exec("bash", "-c", "id -un; echo ~") == "jovyan\n/home/jovyan"


@on_each_engine
def test_the_health_check_succeeds(project: RootlessProject) -> None:
    project.start()
    [container] = project.engine.containers(project.folder)
    if project.engine.command == "podman":
        project.engine.run("healthcheck", "run", container)
    else:
        project.exec("server-status")


@on_each_engine
def test_stop_and_start_keep_container_and_link(project: RootlessProject) -> None:
    link = project.start()
    before = project.engine.containers(project.folder)
    project.stop()
    until(lambda: is_free(port_of(link)), "the engine releases the port", 30)
    assert project.start() == link
    assert project.engine.containers(project.folder) == before


@on_each_engine
def test_run_replaces_the_container_and_keeps_the_link(project: RootlessProject) -> None:
    link = project.start()
    before = project.engine.containers(project.folder)
    assert project.run() == link
    assert project.engine.containers(project.folder) != before
    assert http_status(link) == 200


@on_each_engine
def test_port_in_use_selects_the_next_free_port(project: RootlessProject) -> None:
    port = port_of(project.start())
    project.stop()
    until(lambda: is_free(port), "the engine releases the port", 30)
    with socket.create_server(("127.0.0.1", port)):
        assert f"port {port} is in use" in project.fail("run", "-d", env={"DOCKERPORT": str(port)}).stderr
        result = project.succeed("start", "-d")
    assert port_of(result.link) != port
    assert http_status(result.link) == 200


@on_each_engine
def test_an_added_package_imports_after_start(project: RootlessProject) -> None:
    project.list_packages("cowsay")
    project.start()
    assert "\ncowsay==" in project.lock
    assert project.cells("import cowsay; cowsay.__name__") == ["'cowsay'"]
    assert len(project.engine.tagged_images(project.folder)) == 1


@on_podman
def test_upgrade_moves_a_package(folder: Path, rootless: RootlessEngine) -> None:
    project = make_rootless_project(folder, rootless)
    project.replace_jupyter()
    try:
        project.list_packages("cowsay")
        project.succeed("build", env={"UV_EXCLUDE_NEWER": "2023-08-01"})
        assert "\ncowsay==5.0 " in project.lock
        project.succeed("build", "--upgrade")
        newest = re.findall(r"(?m)^cowsay==(\S+)", project.lock)
        code = "import importlib.metadata as m; print(m.version('cowsay'))"
        assert project.succeed("exec", "python", "-c", code).stdout.split() == newest != ["5.0"]
    finally:
        project.clean_up()


@on_each_engine
def test_a_change_while_a_kernel_runs_keeps_the_container(project: RootlessProject) -> None:
    Server(project.start()).save("open.ipynb")
    project.open_kernel("open.ipynb")
    before = project.engine.containers(project.folder)
    local = project.write("requirements/local.sh", "RUN_OPTIONS=(--env ANSWER=42)\n")
    try:
        result = project.succeed("start", "-d")
        assert "open.ipynb" in result.stderr.split()
        assert project.engine.containers(project.folder) == before
        project.run()
        assert project.exec("printenv", "ANSWER") == "42"
    finally:
        local.unlink()


@on_each_engine
@pytest.mark.parametrize("status", ["running", "stopped"])
def test_manually_installed_packages_are_reported_when_they_are_removed(
    project: RootlessProject, status: str
) -> None:
    project.run()
    project.exec("pip", "install", "--quiet", "--root-user-action=ignore", "humanize==4.9.0")
    if status == "stopped":
        project.stop()
    result = project.succeed("run", "-d")
    [warning] = [line for line in result.messages if line.startswith("warning: ")]
    assert warning.startswith("warning: manually installed packages are removed: humanize")


def test_exec_passes_output_and_status(project: RootlessProject) -> None:
    result = project.script("exec", "bash", "-c", "echo hello; touch by-exec.txt; exit 3")
    assert (result.status, result.stdout) == (3, "hello\n"), result.stderr
    assert (project.folder / "by-exec.txt").stat().st_uid == project.user.uid


# Not Podman, which the tests may call through a program that reads standard input at each call.
@pytest.mark.parametrize("rootless", ["rootless Docker"], indirect=True)
def test_exec_passes_input(project: RootlessProject) -> None:
    assert project.script("exec", "cat", text="hello").stdout == "hello"


@on_each_engine
def test_check_runs_the_notebooks_of_the_last_commit(project: RootlessProject) -> None:
    project.typed("git init --quiet")
    Server(project.start()).save("checked.ipynb", "assert 6 * 7 == 42")
    identity = "-c user.name=Ada -c user.email=ada@example.org"
    project.typed(f"git add requirements checked.ipynb && git {identity} commit --quiet --message Check")
    result = project.succeed("check")
    assert re.fullmatch(r"checked\.ipynb +ok, .*\n", result.stdout), result.stdout + result.stderr


@on_each_engine
def test_a_frozen_build_has_the_versions_of_another_engine(
    project: RootlessProject, new_project: NewProject
) -> None:
    other = new_project(layout="requirements")
    for name in ["pip-requirements.txt", "requirements.lock"]:
        other.write(f"requirements/{name}", (project.requirements / name).read_text())
    other.succeed("build", "--frozen")
    versions = ["sh", "-c", "python --version; python -m pip list --format freeze; dpkg-query --show"]
    assert project.exec(*versions) == in_image(other, *versions)


@on_podman
def test_host_docker_internal_has_an_address(project: RootlessProject) -> None:
    project.start()
    assert project.exec("getent", "hosts", "host.docker.internal").split()[-1].startswith("host.")


# Last, and with the last of Podman's two names, because it removes the projects that the tests share.
@pytest.mark.parametrize("rootless", ["rootless Docker", "Podman as docker"], indirect=True)
def test_remove_removes_the_container_the_image_and_the_volume(project: RootlessProject) -> None:
    link = project.start()
    project.succeed("stop", "--remove")
    assert http_status(link) == 0
    assert project.engine.containers(project.folder) == []
    assert project.engine.tagged_images(project.folder) == []
    assert project.engine.volumes(project.folder) == []
