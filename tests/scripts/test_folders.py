"""Where a project may be, and how its scripts may be called."""

from __future__ import annotations

import os
from collections.abc import Callable

import docker
import pytest
from support.projects import Project
from support.servers import Server, http_status
from support.users import Result

pytestmark = pytest.mark.docker


def test_a_moved_project_starts_again_and_says_how_to_remove_the_rest(
    new_project: Callable[..., Project],
) -> None:
    project = new_project()
    project.start()
    project.stop()
    old_container, old_folder = project.container, project.folder
    project.folder = old_folder.parent / "elsewhere" / old_folder.name
    project.folder.parent.mkdir(mode=0o755)
    old_folder.rename(project.folder)
    with pytest.raises(docker.errors.APIError, match="bind source path does not exist"):
        old_container.start()
    assert not old_folder.exists()

    result = project.succeed("start", "-d")
    warning, hint = result.messages
    assert warning.startswith(f"warning: the project was in {old_folder} before")
    Server(result.link).save("moved.ipynb")
    assert (project.folder / "moved.ipynb").exists()
    project.typed(hint.removeprefix("hint: "))
    with pytest.raises(docker.errors.NotFound):
        old_container.reload()
    assert project.succeed("run", "-d").messages == []


def test_a_copy_is_another_project(started: Project, new_project: Callable[..., Project]) -> None:
    link = started.start()
    copy = new_project()
    copy.user.run(["rm", "-r", str(copy.folder)])
    copy.user.run(["cp", "-a", str(started.folder), str(copy.folder)])
    assert copy.folder.name == started.folder.name
    copied_link = copy.start()
    assert copied_link != link
    Server(copied_link).save("copy.ipynb")
    assert not (started.folder / "copy.ipynb").exists()
    assert started.start() == link
    copy.succeed("stop", "--remove")
    assert http_status(link) == 200


@pytest.mark.parametrize(
    "folder", ['it\'s a: b, c $(touch x) `id` "hi" ünïcode 項目', "a" * 240], ids=["special", "240 letters"]
)
def test_the_folder_may_have_any_name(new_project: Callable[..., Project], folder: str) -> None:
    project = new_project()
    project.folder = project.folder.rename(project.folder.with_name(folder))
    Server(project.start()).save("saved.ipynb")
    owner = (project.folder / "saved.ipynb").stat()
    assert (owner.st_uid, owner.st_gid) == project.user.ids
    assert project.succeed("exec", "ls", "saved.ipynb", cwd=project.folder).stdout == "saved.ipynb\n"
    project.succeed("stop", "--remove")
    assert (project.containers(), project.images(), project.volumes()) == ([], [], [])


def test_scripts_work_from_any_folder(running: Project) -> None:
    link = running.start()
    path = os.path.relpath(running.requirements / "start.sh", running.folder.parent)
    assert running.user.run([f"./{path}", "-d"], cwd=running.folder.parent).link == link
    assert running.user.run(["./start.sh", "-d"], cwd=running.requirements).link == link
    assert running.user.run(["bash", "start.sh", "-d"], cwd=running.requirements).link == link


def test_scripts_work_through_symbolic_links(running: Project) -> None:
    link = running.start()
    folder = running.folder.with_name("symlink")
    folder.symlink_to(running.folder)
    assert running.user.run([str(folder / "requirements/start.sh"), "-d"]).link == link
    script = running.folder.parent / "lab"
    script.symlink_to(running.requirements / "start.sh")
    assert running.user.run([str(script), "-d"]).link == link


def test_scripts_work_without_home_variable(running: Project) -> None:
    link = running.start()
    command = ["env", "-u", "HOME", str(running.requirements / "start.sh"), "-d"]
    assert running.user.run(command).link == link


def test_scripts_work_without_run_bits(new_project: Callable[..., Project]) -> None:
    project = new_project()
    for path in project.requirements.rglob("*.sh"):
        path.chmod(0o644)

    def bash(script: str, *arguments: str) -> Result:
        result = project.user.run(["bash", str(project.requirements / f"{script}.sh"), *arguments])
        assert result.status == 0, result.stderr
        return result

    assert http_status(bash("start", "-d").link) == 200
    assert bash("exec", "echo", "hello").stdout == "hello\n"
    bash("stop", "--remove")


def test_the_home_folder_is_refused_through_a_symbolic_link(project: Project) -> None:
    home = project.folder.with_name("home")
    home.symlink_to(project.folder)
    for path in [f"{project.folder}/", str(home)]:
        result = project.fail("start", "-d", env={"HOME": path})
        assert result.messages[0] == f"error: refusing to use {project.folder} as a project"
    assert project.containers() == []


def test_the_project_is_the_root_folder_of_jupyterlab(running: Project) -> None:
    names = [path.name for path in running.folder.iterdir() if not path.name.startswith(".")]
    assert Server(running.start()).listing() == sorted(names)
    assert running.cells("!ls requirements/start.sh") == ["requirements/start.sh"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give the folder to another user")
def test_a_folder_that_the_user_cannot_write_to_is_one_error(new_project: Callable[..., Project]) -> None:
    project = new_project()
    os.chown(project.requirements, 0, 0)
    result = project.fail("start", "-d")
    assert result.messages[0].startswith("error: cannot write ")
    assert result.messages[1].endswith(f"ls -ld {project.requirements}")
    project.give(project.requirements)
    assert http_status(project.start()) == 200
