"""Options of the scripts, of Docker, and of requirements/local.sh."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest
from support.projects import Project
from support.servers import http_status, port_of
from support.waiting import until

pytestmark = pytest.mark.docker

SCRIPTS = ["build", "exec", "run", "start", "stop"]


def test_arguments_after_two_dashes_reach_docker_run(project: Project) -> None:
    project.start("--", "--memory", "512m", "--env", "ANSWER=4 2")
    assert project.container.attrs["HostConfig"]["Memory"] == 512 * 1024**2
    assert project.exec("printenv", "ANSWER") == "4 2"


def test_arguments_after_two_dashes_reach_docker_build(project: Project) -> None:
    project.succeed("build", "--", "--label", "my.label=a b")
    assert project.image.labels["my.label"] == "a b"


def test_run_options_of_local_sh_are_used(project: Project) -> None:
    project.write("requirements/local.sh", 'RUN_OPTIONS=(--memory 600m --env "ANSWER=4 2")\n')
    project.start()
    assert project.container.attrs["HostConfig"]["Memory"] == 600 * 1024**2
    assert project.exec("printenv", "ANSWER") == "4 2"


def test_changed_run_options_replace_a_stopped_container(project: Project) -> None:
    project.start()
    project.stop()
    before = project.container.id
    project.write("requirements/local.sh", "RUN_OPTIONS=(--memory 600m)\n")
    result = project.succeed("start", "-d")
    assert project.container.id != before
    assert "Building" not in result.stderr


def test_changed_run_options_stop_no_kernel(project: Project) -> None:
    project.start()
    project.busy_cell("import time; time.sleep(600)")
    before = project.container.id
    project.write("requirements/local.sh", "RUN_OPTIONS=(--memory 600m)\n")
    result = project.succeed("start", "-d")
    assert project.container.id == before
    assert "run.sh" in result.messages[0]


def test_an_invalid_run_option_is_one_error(project: Project) -> None:
    project.write("requirements/local.sh", "RUN_OPTIONS=(--no-such-option)\n")
    result = project.fail("start", "-d")
    assert "--no-such-option" in result.messages[0]
    assert "local.sh" in result.messages[1]
    assert project.containers() == []


@pytest.mark.parametrize("option", ["--network host", "--network=host", "--net host", "--net=host"])
def test_the_host_network_is_refused_with_the_reason(project: Project, option: str) -> None:
    project.write("requirements/local.sh", f"RUN_OPTIONS=({option})\n")
    result = project.fail("start", "-d")
    assert result.messages[0] == "error: refusing --network host: it opens JupyterLab to your network"
    assert project.containers() == []


def test_ipc_host_gives_each_project_its_own_runtime_files(new_project: Callable[..., Project]) -> None:
    projects = [new_project(project_name=name) for name in ("A", "B")]
    links = [project.start("--", "--ipc", "host") for project in projects]
    for project, link in zip(projects, links, strict=True):
        assert project.start("--", "--ipc", "host") == link
        assert http_status(link) == 200
        assert project.cells("1 + 1") == ["2"]
    assert len({port_of(link) for link in links}) == 2


@pytest.mark.parametrize("option", ["--user 4321", "--workdir /tmp", "--detach=false", "--restart always"])
def test_an_option_that_the_scripts_also_set_starts_or_is_one_error(project: Project, option: str) -> None:
    project.write("requirements/local.sh", f"RUN_OPTIONS=({option})\n")
    result = project.script("start", "-d")
    if result.status == 0:
        assert http_status(result.link) == 200
        project.stop()
    else:
        assert [line[:7] for line in result.messages].count("error: ") == 1, result.stderr


def test_with_init_a_change_replaces_an_idle_container(project: Project) -> None:
    project.write("requirements/local.sh", "RUN_OPTIONS=(--init)\n")
    project.start()
    before = project.container.id
    project.write("requirements/local.sh", "RUN_OPTIONS=(--init --env ANSWER=42)\n")
    project.start()
    assert project.container.id != before


@pytest.mark.parametrize("option", ["--name mine", "--rm"])
def test_an_option_that_hides_the_container_does_not_break_stop(project: Project, option: str) -> None:
    project.write("requirements/local.sh", f"RUN_OPTIONS=({option})\n")
    result = project.script("start", "-d")
    assert result.status == 0 or "error: " in result.stderr
    project.succeed("stop", "--remove")
    assert project.containers() == []


def test_imagetag_names_the_image(project: Project) -> None:
    project.start(IMAGETAG="release-1")
    assert [tag.split(":")[1] for tag in project.image.tags] == ["release-1"]


def test_each_imagetag_is_kept_up_to_date(project: Project) -> None:
    project.start(IMAGETAG="one")
    project.stop()
    project.add("cowsay")
    project.start(IMAGETAG="two")
    project.stop()
    project.start(IMAGETAG="one")
    assert project.cells("import cowsay; cowsay.__name__") == ["'cowsay'"]


def test_a_server_on_the_host_is_reachable_as_host_docker_internal(running: Project) -> None:
    running.start()
    with socket.create_server(("", 0)) as server:
        port = server.getsockname()[1]
        [result] = running.cells(
            f"import socket; socket.create_connection(('host.docker.internal', {port}), 10).fileno() > 0"
        )
    assert result == "True"


@pytest.mark.parametrize("word", ["-h", "--help"])
@pytest.mark.parametrize("script", SCRIPTS)
def test_help_shows_the_usage_and_starts_nothing(project: Project, script: str, word: str) -> None:
    result = project.succeed(
        script, word, env={"PATH": "/usr/bin:/bin", "DOCKER_HOST": "unix:///nowhere.sock"}
    )
    assert f"Usage: requirements/{script}.sh" in result.stdout
    assert "Examples:" in result.stdout
    assert result.stderr == ""
    assert project.containers() == []


def test_proxies_leave_the_server_healthy(project: Project) -> None:
    closed = "http://127.0.0.1:9"
    link = project.start(HTTP_PROXY=closed, http_proxy=closed)
    assert project.exec("printenv", "HTTP_PROXY") == closed
    assert http_status(link) == 200
    until(lambda: project.health == "healthy", "healthy")


def test_the_help_of_build_says_what_upgrade_moves_and_how_to_move_the_rest(project: Project) -> None:
    usage = project.succeed("build", "--help").stdout
    assert "--upgrade   move every Python package" in usage
    assert "requirements/build.sh -- --pull --no-cache" in usage
