"""Layers: a change rebuilds only what depends on it."""

from __future__ import annotations

import pytest
from support.builds import build, cached, layers, layers_after
from support.projects import Project

pytestmark = pytest.mark.docker

JUPYTER, PACKAGES, USER = "source=/locks/jupyter", "source=/locks/project", "create-user.sh"


def test_a_project_package_keeps_the_jupyter_layer(built: Project) -> None:
    before = layers(built)
    built.list_packages("cowsay==6.0", "tabulate")
    result = build(built)
    packages = -1 - layers_after(built, PACKAGES)
    assert layers(built)[:packages] == before[:packages]
    assert layers(built)[packages] != before[packages]
    assert cached(result, JUPYTER) == [True]


def test_another_user_rebuilds_only_the_user(built: Project) -> None:
    before = layers(built)
    build(built, NB_USER="alice", NB_UID="4321", NB_GID="4321")
    user = -1 - layers_after(built, USER)
    assert layers(built)[:user] == before[:user]
    assert layers(built)[user] != before[user]


def test_a_plain_docker_build_rebuilds_only_the_user(built: Project) -> None:
    """As a dev container and CI build it."""
    tag = f"jupyter-docker-test-plain:{built.folder.parent.name}"
    result = built.user.run(["docker", "build", "--tag", tag, str(built.requirements)])
    assert result.status == 0, result.stderr
    plain = built.engine.images.get(tag)
    try:
        user = -1 - layers_after(built, USER)
        assert plain.attrs["RootFS"]["Layers"][:user] == layers(built)[:user]
    finally:
        built.engine.images.remove(tag)


def test_a_second_project_reuses_the_jupyter_layer(built: Project, running: Project) -> None:
    jupyter = -layers_after(built, JUPYTER)
    assert layers(built)[:jupyter] == layers(running)[:jupyter]
