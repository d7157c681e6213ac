"""Edit the list, start, import: the loop of every day."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from projects import Project, get, port_of

pytestmark = pytest.mark.docker


def test_package_added_to_the_list_imports_after_start(project: Project) -> None:
    project.start()
    project.stop()
    project.add("cowsay")
    project.start()
    assert project.cells("import cowsay; cowsay.__name__") == ["'cowsay'"]
    assert "\ncowsay==" in (project.requirements / "requirements.lock").read_text()


def test_pip_install_imports_in_the_same_kernel(running: Project) -> None:
    installed, imported = running.cells("%pip install --quiet cowsay", "import cowsay; cowsay.__name__")
    assert imported == "'cowsay'", installed


def test_second_start_builds_nothing_and_keeps_the_container(running: Project) -> None:
    running.stop()
    before = running.container.id, running.images()[0].id
    ran = running.script("start", "-d")
    assert (running.container.id, running.images()[0].id) == before
    assert ran.err == ""


def test_running_container_is_left_alone_when_requirements_change(project: Project) -> None:
    link = project.start()
    before = project.container.id
    project.add("# a thought")
    ran = project.script("start", "-d")
    assert (project.container.id, ran.link) == (before, link)
    assert ran.err.count("\n") == 1
    assert "has changed" in ran.err
    assert "run.sh" in ran.err


def test_stopped_container_is_replaced_and_names_what_goes(project: Project) -> None:
    project.start()
    project.cells("%pip install --quiet cowsay")
    project.stop()
    before = project.container.id
    project.add("# a thought")
    ran = project.script("start", "-d")
    assert ran.code == 0
    assert project.container.id != before
    lines = [line for line in ran.err.splitlines() if "cowsay" in line]
    assert len(lines) == 1
    assert "pandas" not in lines[0]


def test_stopped_container_is_replaced_on_the_port_asked_for_too(project: Project) -> None:
    port = str(port_of(project.start()))
    before = project.container.id
    project.stop()
    project.add("# a thought")
    assert str(port_of(project.start(DOCKERPORT=port))) == port
    assert project.container.id != before


def test_rebuild_leaves_no_image_behind(project: Project) -> None:
    project.start()
    first = project.images()[0].id
    project.stop()
    project.add("# a thought", "cowsay")
    project.start()
    assert len(project.images()) == 1
    assert project.images()[0].id != first


def test_build_beside_a_running_container_leaves_no_image_once_replaced(project: Project) -> None:
    project.start()
    project.add("cowsay")
    assert project.script("build").code == 0
    assert project.script("run", "-d").code == 0
    assert len(project.images()) == 1


def test_words_after_two_dashes_reach_docker_run(new: Callable[..., Project]) -> None:
    project = new()
    project.start("--", "--memory", "512m", "--env", "ANSWER=4 2")
    assert project.container.attrs["HostConfig"]["Memory"] == 512 * 1024**2
    assert project.exec("printenv", "ANSWER") == "4 2"


def test_words_after_two_dashes_reach_docker_build(running: Project) -> None:
    ran = running.script("build", "--", "--label", "by.hand=a b")
    assert ran.code == 0, ran.err
    assert running.engine.images.get(running.container.attrs["Config"]["Image"]).labels["by.hand"] == "a b"


def test_run_options_of_local_sh_are_used(project: Project) -> None:
    project.write("requirements/local.sh", 'RUN_OPTIONS=(--memory 600m --env "ANSWER=4 2")\n')
    project.start()
    assert project.container.attrs["HostConfig"]["Memory"] == 600 * 1024**2
    assert project.exec("printenv", "ANSWER") == "4 2"


def test_imagetag_names_the_image(project: Project) -> None:
    project.start(IMAGETAG="release-1")
    assert [tag.split(":")[1] for image in project.images() for tag in image.tags] == ["release-1"]


def test_run_makes_a_fresh_container(running: Project) -> None:
    before = running.container.id
    ran = running.script("run", "-d")
    assert ran.code == 0, ran.err
    assert running.container.id != before
    assert get(ran.link) == 200
