"""The home volume: what the user has there survives every replacement of the container."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.projects import Project
from support.servers import Server
from support.template import listing

pytestmark = pytest.mark.docker

THEMES = "@jupyterlab/apputils-extension:themes"
DARK = '{"theme": "JupyterLab Dark"}'


def rebuild(project: Project) -> None:
    """Change the image, and start it."""
    project.stop()
    project.add("cowsay")
    project.start()


@pytest.mark.parametrize("replace", [Project.run, rebuild], ids=["run", "rebuild"])
def test_settings_files_in_the_home_folder_and_the_link_survive(
    started: Project, replace: Callable[[Project], object]
) -> None:
    link = started.start()
    Server(link).save_setting(THEMES, DARK)
    started.write_in_home("kept.txt", "kept")
    before = started.container.id
    replace(started)
    assert started.container.id != before
    assert started.start() == link
    assert Server(link).setting(THEMES) == DARK
    assert started.exec("cat", "/home/jovyan/kept.txt") == "kept"


def test_the_scripts_write_only_the_lock_file_into_the_project(project: Project) -> None:
    (project.requirements / "requirements.lock").unlink()
    before = listing(project.folder)
    Server(project.start()).save_setting(THEMES, DARK)
    project.succeed("exec", "python", "-c", "import IPython")
    project.cells("1 + 1")
    project.run()
    project.stop()
    assert listing(project.folder).keys() - before.keys() == {"requirements/requirements.lock"}
    assert before.items() <= listing(project.folder).items()
    project.succeed("stop", "--remove")
    assert before.items() <= listing(project.folder).items()
