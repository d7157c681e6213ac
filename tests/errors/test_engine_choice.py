"""Which engine the scripts use, and for whom."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support.projects import Project
from support.stub_engine import StubEngine


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


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be root")
@pytest.mark.parametrize("env", [{}, {"SUDO_USER": "alice"}], ids=["a root shell", "sudo"])
def test_root_in_roots_own_project_is_accepted(project: Project, programs: Path, env: dict[str, str]) -> None:
    StubEngine(programs)
    project.start(**env)
