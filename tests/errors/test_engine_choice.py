"""Which engine the scripts use, for whom, and what they take from its answers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support.projects import Project
from support.stub_engine import StubEngine, write_program


def test_podman_is_used_if_docker_is_missing(project: Project, programs: Path) -> None:
    engine = StubEngine(programs, "podman")
    engine.answer("version *", "5.4.2")
    project.start()
    assert any(command.startswith("build ") for command in engine.commands)


def test_docker_is_used_if_there_are_both(project: Project, programs: Path) -> None:
    docker, podman = StubEngine(programs), StubEngine(programs, "podman")
    project.start()
    assert docker.commands != []
    assert podman.commands == []


def test_an_engine_on_another_machine_is_not_asked_for_anything(project: Project, programs: Path) -> None:
    engine = StubEngine(programs)
    engine.answer("context inspect *", "ssh://me@far.example")
    project.fail("start")
    assert [command.split()[0] for command in engine.commands] == ["context"]


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:2375", ""])
def test_an_engine_on_this_machine_is_accepted(project: Project, programs: Path, address: str) -> None:
    StubEngine(programs).answer("context inspect *", address)
    project.start()


def test_a_container_that_restarts_is_stopped(project: Project, programs: Path) -> None:
    StubEngine(programs).answer("container inspect *State.Status*", "0a1b2c restarting 8888 1")
    assert project.succeed("stop").stderr == "Stopped JupyterLab.\n"


def test_the_stop_of_a_project_that_does_not_run_is_not_an_error(project: Project, programs: Path) -> None:
    StubEngine(programs)
    assert project.succeed("stop").stderr == "JupyterLab is not running.\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be root")
@pytest.mark.parametrize("env", [{}, {"SUDO_USER": "alice"}], ids=["a root shell", "sudo"])
def test_root_in_roots_own_project_is_accepted(project: Project, programs: Path, env: dict[str, str]) -> None:
    StubEngine(programs)
    project.start(**env)


@pytest.mark.parametrize(
    "digests",
    [
        "mirror.example/python@sha256:1 python@sha256:2",
        "python@sha256:2 mirror.example/python@sha256:1",
        # Podman 5.4: the digests of the image for this architecture and of the index of all architectures.
        "docker.io/library/python@sha256:1 docker.io/library/python@sha256:2",
    ],
)
def test_the_digest_is_that_of_the_base_images_own_registry(
    project: Project, programs: Path, digests: str
) -> None:
    engine = StubEngine(programs)
    engine.answer("image inspect *RepoDigests*", digests.replace(" ", "\n"))
    project.succeed("build", "--upgrade")
    [build] = [command for command in engine.commands if command.startswith("buildx build ")]
    assert " BASE_IMAGE=docker.io/library/python:3.13-slim@sha256:2 " in build


def test_a_named_default_index_is_also_the_one_of_pip(
    project: Project, programs: Path, tmp_path: Path
) -> None:
    """pip, which installs uv, does not know named indexes."""
    StubEngine(programs)
    stub = (programs / "docker").rename(programs / "stub")
    settings = tmp_path / "settings"
    settings.touch()
    project.give(settings)
    write_program(programs / "docker", f'echo "$package_index" >>{settings}\nexec {stub} "$@"\n')
    project.succeed("build", env={"UV_DEFAULT_INDEX": "company=https://pypi.example/simple"})
    assert {
        "export PIP_INDEX_URL=https://pypi.example/simple",
        "export UV_DEFAULT_INDEX=company=https://pypi.example/simple",
    } <= set(settings.read_text().splitlines())


def test_variables_of_the_users_shell_with_these_names_are_ignored(project: Project, programs: Path) -> None:
    StubEngine(programs)
    project.write("common.txt", "cowsay\n")
    project.list_packages("-r ../common.txt")
    project.start(CDPATH=".:..", PORTS="8080", RUN_OPTIONS="x")
