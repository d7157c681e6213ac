"""Where a project may lie, and whom it may meet."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable

import pytest
from projects import Person, Project, get, only_link

pytestmark = pytest.mark.docker


def test_moved_folder_starts_again(project: Project) -> None:
    project.start()
    project.stop()
    old = project.folder
    project.folder = old.rename(old.with_name("moved-project"))
    assert get(project.start()) == 200
    project.cells("open('moved.txt', 'w').close()")
    assert (project.folder / "moved.txt").exists()
    assert not old.exists()


def test_copied_folder_is_another_project(project: Project) -> None:
    link = project.start()
    folder = project.folder.with_name("copied")
    project.person.run(["cp", "-a", str(project.folder), str(folder)])
    copy = Project(folder, project.person, project.engine)
    assert copy.start() != link
    copy.cells("open('copy.txt', 'w').close()")
    assert not (project.folder / "copy.txt").exists()
    assert project.start() == link
    copy.script("stop", "--remove")
    assert get(link) == 200


def test_checkouts_of_the_same_name_never_meet(new: Callable[..., Project]) -> None:
    one, two = new(), new()
    assert one.folder.name == two.folder.name
    links = one.start(), two.start()
    assert [get(link) for link in links] == [200, 200]
    assert one.container.name != two.container.name


def test_people_on_one_daemon_never_meet(new: Callable[..., Project], colleague: Person) -> None:
    one, two = new(), new(person=colleague)
    links = one.start(), two.start()
    assert [get(link) for link in links] == [200, 200]
    for project in (one, two):
        project.cells("open('mine.txt', 'w').close()")
        assert (project.folder / "mine.txt").stat().st_uid == project.person.uid


def test_people_in_one_folder_each_have_their_own(new: Callable[..., Project], colleague: Person) -> None:
    project = new()
    link = project.start()
    subprocess.run(["chmod", "-R", "a+rwX", str(project.folder)], check=True)
    theirs = Project(project.folder, colleague, project.engine)
    other = theirs.start()
    assert other != link
    assert (get(link), get(other)) == (200, 200)
    assert len(project.containers()) == 2
    users = {container.exec_run(["id", "-u"]).output.decode().strip() for container in project.containers()}
    assert users == {str(project.person.uid), str(colleague.uid)}


@pytest.mark.parametrize(
    "parent",
    ["with space", "it's", "a:b", "a,b", 'say "hi"', "$(touch x) `id`", "ünïcode 項目", "it's a: b, c"],
)
def test_path_with_odd_letters(new: Callable[..., Project], parent: str) -> None:
    project = new(parent)
    assert get(project.start()) == 200
    project.cells("open('here.txt', 'w').close()")
    assert (project.folder / "here.txt").stat().st_uid == project.person.uid
    project.stop()
    assert project.script("stop", "--remove").code == 0
    assert project.images() == []


def test_called_from_another_folder(running: Project) -> None:
    link = running.start()
    command = os.path.relpath(running.requirements / "start.sh", running.folder.parent)
    assert running.person.run([f"./{command}", "-d"], cwd=running.folder.parent).link == link
    assert running.person.run(["./start.sh", "-d"], cwd=running.requirements).link == link
    assert running.person.run(["bash", "start.sh", "-d"], cwd=running.requirements).link == link


def test_called_by_a_symlink_to_the_folder(running: Project) -> None:
    link = running.start()
    folder = running.folder.with_name("symlink")
    folder.symlink_to(running.folder)
    assert running.person.run([str(folder / "requirements/start.sh"), "-d"]).link == link


def test_called_by_a_symlink_to_the_script(running: Project) -> None:
    link = running.start()
    script = running.folder.parent / "lab"
    script.symlink_to(running.requirements / "start.sh")
    ran = running.person.run([str(script), "-d"])
    assert ran.code == 0, ran.err
    assert ran.link == link


def test_home_folder_is_refused_as_a_project(project: Project) -> None:
    home = project.folder
    ran = project.script("start", "-d", env={"HOME": str(home)})
    assert ran.code != 0
    assert len(ran.err.splitlines()) == 1
    assert project.containers() == []


def test_deleted_folder_is_not_made_anew(project: Project) -> None:
    project.start()
    project.stop()
    container = project.container
    shutil.rmtree(project.folder)
    with pytest.raises(Exception, match="bind source path does not exist"):
        container.start()
    assert not project.folder.exists()


def test_project_is_the_root_of_jupyterlab(running: Project) -> None:
    running.start()
    assert running.exec("pwd") == "/home/jovyan/work"
    assert only_link(running.script("start", "-d").out)
    listing = running.cells("!ls requirements/start.sh")
    assert listing == ["requirements/start.sh"]
