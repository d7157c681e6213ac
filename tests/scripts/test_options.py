"""Options of the scripts, of Docker, and of requirements/local.sh."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest
from support.projects import Project
from support.servers import Server, free_port, http_status, port_of
from support.waiting import until

pytestmark = pytest.mark.docker


def test_arguments_after_two_dashes_reach_docker_run(project: Project) -> None:
    project.start("--", "--memory", "512m", "--env", "ANSWER=4 2")
    assert project.container.attrs["HostConfig"]["Memory"] == 512 * 1024**2
    assert project.exec("printenv", "ANSWER") == "4 2"


def test_arguments_after_two_dashes_reach_docker_build(new_project: Callable[..., Project]) -> None:
    project = new_project()
    project.succeed("build", "--", "--label", "my.label=a b")
    assert project.image.labels["my.label"] == "a b"


def test_the_variable_jupyter_port_does_not_change_the_port(project: Project) -> None:
    assert http_status(project.start("--", "--env", "JUPYTER_PORT=9999")) == 200


@pytest.mark.parametrize("zone", [":Asia/Tokyo", ":/usr/share/zoneinfo/Asia/Tokyo"])
def test_every_form_of_tz_sets_the_time_zone(project: Project, zone: str) -> None:
    assert project.succeed("exec", "date", "+%Z", env={"TZ": zone}).stdout == "JST\n"


def test_run_options_of_local_sh_are_used(project: Project) -> None:
    project.write("requirements/local.sh", 'RUN_OPTIONS=(--memory 600m --env "ANSWER=4 2")\n')
    project.start()
    assert project.container.attrs["HostConfig"]["Memory"] == 600 * 1024**2
    assert project.exec("printenv", "ANSWER") == "4 2"


def test_a_link_to_a_folder_that_is_mounted_at_its_own_path_works(project: Project) -> None:
    data = project.folder.with_name("data")
    data.mkdir(mode=0o755)
    (data / "map.txt").write_text("a map")
    (project.folder / "inputs").mkdir(mode=0o755)
    (project.folder / "inputs/maps").symlink_to(data)
    project.write("requirements/local.sh", f"RUN_OPTIONS=(--mount type=bind,source={data},target={data})\n")
    server = Server(project.start())
    assert server.listing("inputs/maps") == ["map.txt"]


def test_local_sh_takes_precedence_over_settings_sh_and_can_let_the_environment_win(project: Project) -> None:
    first, second = free_port(), free_port()
    settings = project.requirements / "settings.sh"
    text = settings.read_text().replace("DOCKERPORT:-", f"DOCKERPORT:-{free_port()}")
    project.write("requirements/settings.sh", text)
    project.write("requirements/local.sh", f"DOCKERPORT=${{DOCKERPORT:-{first}}}\n")
    assert port_of(project.start()) == first
    assert port_of(project.start(DOCKERPORT=str(second))) == second


@pytest.mark.parametrize("option", ["--no-such-option", "--detach"])
def test_an_invalid_run_option_is_one_error(started: Project, option: str) -> None:
    started.write("requirements/local.sh", f"RUN_OPTIONS=({option})\n")
    result = started.fail("run", "-d")
    assert option in result.messages[0]
    assert "local.sh" in result.messages[1]
    assert started.containers() == []


def test_a_failed_command_in_the_middle_of_local_sh_is_an_error(project: Project) -> None:
    project.write("requirements/local.sh", "cat missing.env\nRUN_OPTIONS=(--memory 600m)\n")
    result = project.fail("start", "-d")
    assert "missing.env" in result.stderr
    assert result.messages[0] == "error: a command in requirements/local.sh or settings.sh failed"
    assert project.containers() == []


def test_restart_always_does_not_prevent_stop(project: Project) -> None:
    project.write("requirements/local.sh", "RUN_OPTIONS=(--restart always)\n")
    link = project.start()
    project.stop()
    assert http_status(link) == 0
    assert project.start() == link


def test_a_container_that_removes_itself_can_be_stopped_and_started(project: Project) -> None:
    project.write("requirements/local.sh", "RUN_OPTIONS=(--rm)\n")
    project.start()
    project.stop()
    until(lambda: project.containers() == [], "the removal of the container")
    assert http_status(project.start()) == 200


def test_another_container_name_does_not_hide_the_container(project: Project) -> None:
    project.write("requirements/local.sh", "RUN_OPTIONS=(--name mine)\n")
    link = project.start()
    assert project.start() == link
    project.stop()
    assert http_status(link) == 0


def test_each_imagetag_is_kept_up_to_date(new_project: Callable[..., Project]) -> None:
    project = new_project()
    project.succeed("build", env={"IMAGETAG": "one"})
    assert f"{project.image.tags[0].split(':')[0]}:one" in project.image.tags
    files = ["requirements/pip-requirements.txt", "requirements/requirements.lock"]
    before = [(project.folder / file).read_text() for file in files]
    project.add("cowsay")
    project.succeed("build", env={"IMAGETAG": "two"})
    for file, text in zip(files, before, strict=True):
        project.write(file, text)
    assert "up to date" in project.succeed("build", env={"IMAGETAG": "one"}).stderr
    project.add("cowsay")
    project.succeed("exec", "python", "-c", "import cowsay", env={"IMAGETAG": "one"})


def test_a_server_on_the_host_is_reachable_as_host_docker_internal(running: Project) -> None:
    running.start()
    with socket.create_server(("", 0)) as server:
        port = server.getsockname()[1]
        code = f"import socket; socket.create_connection(('host.docker.internal', {port}), 10)"
        running.exec("python", "-c", code)


def test_proxies_leave_the_server_healthy(project: Project) -> None:
    closed = "http://127.0.0.1:9"
    link = project.start(HTTP_PROXY=closed, http_proxy=closed)
    assert project.exec("printenv", "HTTP_PROXY") == closed
    assert http_status(link) == 200
    project.exec("server-status")  # the health check
