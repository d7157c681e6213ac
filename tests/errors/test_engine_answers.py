"""What the scripts take from the engine's answers, and what they tell it."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.projects import Project
from support.stub_engine import StubEngine, write_program


def test_a_container_that_restarts_is_stopped(project: Project, programs: Path) -> None:
    StubEngine(programs).answer("container inspect *State.Status*", "0a1b2c restarting 8888 1")
    assert project.succeed("stop").stderr == "Stopped JupyterLab.\n"


def test_the_stop_of_a_project_that_does_not_run_is_not_an_error(project: Project, programs: Path) -> None:
    StubEngine(programs)
    assert project.succeed("stop").stderr == "JupyterLab is not running.\n"


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
