"""The everyday work on rootless Docker and Podman, where root in the container is the user."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable

import pytest
from support.engines import RootlessProject
from support.servers import Server, http_status, port_of
from support.users import owners

pytestmark = [pytest.mark.docker, pytest.mark.timeout(1800)]  # Podman 4.3 copies the image for each layer

NewProject = Callable[..., RootlessProject]

# Podman under the name docker is the same engine as Podman 4.3, so slow tests leave it out.
on_each_engine = pytest.mark.parametrize(
    "rootless", ["rootless Docker", "Podman 4.3", "Podman 5.4"], indirect=True
)


def test_start_prints_a_link_that_answers(project: RootlessProject) -> None:
    assert http_status(project.start()) == 200


# While no other test has changed the shared project, the second one takes every step from the build cache.
@on_each_engine
def test_a_second_project_starts_on_the_next_free_port_and_is_removed(
    project: RootlessProject, second_project: NewProject
) -> None:
    link = project.start()
    other = second_project(project_name="Other")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        other.write(f".jupyter/{other.user.uid}/port", f"{port}\n")
        result = other.succeed("start", "-d")
    assert f"Port {port} is in use" in result.stderr
    assert port_of(result.link) not in (port, port_of(link))
    assert (http_status(link), http_status(result.link)) == (200, 200)
    assert len(other.engine.tagged_images(other.folder)) == 1
    other.succeed("stop", "--remove")
    assert other.engine.containers(other.folder) == []
    assert other.engine.tagged_images(other.folder) == []
    assert http_status(link) == 200


def test_start_of_a_running_project_prints_the_same_link(project: RootlessProject) -> None:
    link = project.start()
    before = project.engine.containers(project.folder)
    result = project.succeed("start", "-d")
    assert (result.link, result.stderr) == (link, "")
    assert project.engine.containers(project.folder) == before


def test_the_root_folder_is_the_project(project: RootlessProject) -> None:
    assert "requirements" in Server(project.start()).listing()


def test_a_saved_notebook_is_in_the_project_and_belongs_to_the_user(project: RootlessProject) -> None:
    server = Server(project.start())
    server.save("saved.ipynb", "1 + 1")
    assert server.open("saved.ipynb") == ["1 + 1"]
    owner = (project.folder / "saved.ipynb").stat()
    assert (owner.st_uid, owner.st_gid) == project.user.ids


def test_everything_in_the_project_belongs_to_the_user(project: RootlessProject) -> None:
    project.cells("open('by-a-cell.txt', 'w').close()")
    assert owners(project.folder) == {project.user.ids}


def test_the_user_in_the_container_has_a_name_and_a_home(project: RootlessProject) -> None:
    project.start()
    assert project.exec("bash", "-c", "id -un; echo ~") == "jovyan\n/home/jovyan"


def test_a_cell_runs(project: RootlessProject) -> None:
    project.start()
    assert project.cells("6 * 7") == ["42"]


def test_the_health_check_succeeds(project: RootlessProject) -> None:
    project.start()
    [container] = project.engine.containers(project.folder)
    if project.engine.command == "podman":
        project.engine.run("healthcheck", "run", container)
    else:
        project.exec("is-ready.sh")


def test_stop_and_start_keep_container_and_link(project: RootlessProject) -> None:
    link = project.start()
    before = project.engine.containers(project.folder)
    project.stop()
    assert http_status(link) == 0
    assert project.start() == link
    assert project.engine.containers(project.folder) == before


def test_run_replaces_the_container_and_keeps_the_link(project: RootlessProject) -> None:
    link = project.start()
    before = project.engine.containers(project.folder)
    assert project.run() == link
    assert project.engine.containers(project.folder) != before
    assert http_status(link) == 200


@on_each_engine
def test_an_added_package_imports_after_start(project: RootlessProject) -> None:
    project.list_packages("cowsay")
    project.start()
    assert "\ncowsay==" in project.lock
    assert project.cells("import cowsay; cowsay.__name__") == ["'cowsay'"]


@pytest.mark.parametrize("rootless", ["Podman 5.4"], indirect=True)
def test_upgrade_moves_a_package(project: RootlessProject) -> None:
    project.list_packages("cowsay")
    project.succeed("build")
    older = re.sub(r"(?m)^cowsay==.*\n( .*\n)*", "cowsay==6.0\n", project.lock)
    project.write("requirements/requirements.lock", older)
    project.succeed("build")
    assert "\ncowsay==6.0 " in project.lock
    project.succeed("build", "--upgrade")
    newest = re.findall(r"(?m)^cowsay==(\S+)", project.lock)
    code = "import importlib.metadata as m; print(m.version('cowsay'))"
    assert project.script("exec", "python", "-c", code).stdout.split() == newest != ["6.0"]


@on_each_engine
def test_a_change_while_a_kernel_runs_keeps_the_container(project: RootlessProject) -> None:
    project.start()
    before = project.engine.containers(project.folder)
    Server(project.start()).save("open.ipynb")
    project.open_kernel("open.ipynb")
    project.write("requirements/local.sh", "RUN_OPTIONS=(--env ANSWER=42)\n")
    result = project.succeed("start", "-d")
    assert "open.ipynb" in result.stderr.splitlines()
    assert project.engine.containers(project.folder) == before
    project.run()
    assert project.exec("printenv", "ANSWER") == "42"
    (project.requirements / "local.sh").unlink()


def test_exec_passes_output_and_status(project: RootlessProject) -> None:
    result = project.script("exec", "bash", "-c", "echo hello; touch by-exec.txt; exit 3")
    assert (result.status, result.stdout) == (3, "hello\n"), result.stderr
    assert (project.folder / "by-exec.txt").stat().st_uid == project.user.uid


@pytest.mark.parametrize("rootless", ["Podman 5.4"], indirect=True)
def test_host_docker_internal_has_an_address(project: RootlessProject) -> None:
    project.start()
    assert project.exec("getent", "hosts", "host.docker.internal").split()[-1].startswith("host.")


@on_each_engine
def test_the_host_network_is_refused(project: RootlessProject) -> None:
    local = project.write("requirements/local.sh", "RUN_OPTIONS=(--network host)\n")
    result = project.fail("run", "-d")
    local.unlink()
    assert "--network host" in result.messages[0]
    assert http_status(project.start()) == 200


# Not Podman 5.4, which the tests call through a wrapper that reads standard input at each call.
@pytest.mark.parametrize("rootless", ["rootless Docker", "Podman 4.3", "Podman as docker"], indirect=True)
def test_exec_passes_input(project: RootlessProject) -> None:
    assert project.script("exec", "cat", text="hello").stdout == "hello"
