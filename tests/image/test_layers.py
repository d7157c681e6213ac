"""Layers: a change rebuilds only what depends on it."""

from __future__ import annotations

import pytest
from support.builds import build, cached, layers, layers_after
from support.projects import Project

pytestmark = pytest.mark.docker


def test_a_project_package_keeps_the_jupyter_layer(built: Project) -> None:
    before = layers(built)
    built.list_packages("cowsay==6.0", "tabulate")
    result = build(built)
    packages = -1 - layers_after(built, "install-packages.sh /mnt/requirements.lock")
    assert layers(built)[:packages] == before[:packages]
    assert layers(built)[packages] != before[packages]
    assert cached(result, "install-packages.sh /mnt/jupyter.lock") == [True]


def test_other_ids_rebuild_only_the_user(built: Project) -> None:
    before = layers(built)
    build(built, NB_UID="4321", NB_GID="4321")
    user = -1 - layers_after(built, "bash /mnt/create-user.sh")
    assert layers(built)[:user] == before[:user]
    assert layers(built)[user] != before[user]


def test_a_debian_package_resolves_nothing(built: Project) -> None:
    before = built.lock
    built.write("requirements/apt-requirements.txt", "tree\n")
    result = build(built)
    assert built.lock == before
    assert all(cached(result, "lock-packages.sh"))


@pytest.mark.parametrize(("umask", "mode"), [("002", "ug=rwX,o=rX"), ("077", "u=rwX,go=")])
def test_files_with_another_umask_reuse_all_layers(built: Project, umask: str, mode: str) -> None:
    before = layers(built)
    script = f"umask {umask}; chmod -R {mode} requirements; requirements/build.sh"
    assert built.user.run(["bash", "-c", script], cwd=built.folder).status == 0
    assert layers(built) == before


def test_a_second_project_reuses_the_layers(built: Project, running: Project) -> None:
    jupyter = -layers_after(built, "install-packages.sh /mnt/jupyter.lock")
    assert layers(built)[:jupyter] == layers(running)[:jupyter]
