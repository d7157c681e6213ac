"""Where a project may be, and how its scripts may be called."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable

import pytest
from support.projects import Project
from support.servers import Server, http_status
from support.users import Result

pytestmark = pytest.mark.docker


def test_a_moved_project_starts_again(project: Project) -> None:
    project.start()
    project.stop()
    old = project.folder
    project.folder = old.rename(old.with_name("moved-project"))
    Server(project.start()).save("moved.ipynb")
    assert (project.folder / "moved.ipynb").exists()
    assert not old.exists()


def test_a_copied_folder_is_another_project(project: Project) -> None:
    link = project.start()
    folder = project.folder.with_name("copied")
    project.user.run(["cp", "-a", str(project.folder), str(folder)])
    copy = Project(folder, project.user, project.engine)
    copied_link = copy.start()
    assert copied_link != link
    Server(copied_link).save("copy.ipynb")
    assert not (project.folder / "copy.ipynb").exists()
    assert project.start() == link
    copy.succeed("stop", "--remove")
    assert http_status(link) == 200


def test_projects_of_the_same_name_are_separate(new_project: Callable[..., Project]) -> None:
    first, second = new_project(), new_project()
    assert first.folder.name == second.folder.name
    links = first.start(), second.start()
    assert [http_status(link) for link in links] == [200, 200]
    assert first.container.name != second.container.name


@pytest.mark.parametrize(
    "parent",
    ["it's a: b, c", 'say "hi", please', "$(touch x) `id`", "ünïcode 項目"],
)
def test_the_path_may_have_special_characters(new_project: Callable[..., Project], parent: str) -> None:
    project = new_project(parent)
    Server(project.start()).save("saved.ipynb")
    owner = (project.folder / "saved.ipynb").stat()
    assert (owner.st_uid, owner.st_gid) == project.user.ids
    project.succeed("stop", "--remove")
    assert project.images() == []


def test_scripts_work_from_any_folder(running: Project) -> None:
    link = running.start()
    path = os.path.relpath(running.requirements / "start.sh", running.folder.parent)
    assert running.user.run([f"./{path}", "-d"], cwd=running.folder.parent).link == link
    assert running.user.run(["./start.sh", "-d"], cwd=running.requirements).link == link
    assert running.user.run(["bash", "start.sh", "-d"], cwd=running.requirements).link == link


def test_scripts_work_through_a_symbolic_link_to_the_folder(running: Project) -> None:
    link = running.start()
    folder = running.folder.with_name("symlink")
    folder.symlink_to(running.folder)
    assert running.user.run([str(folder / "requirements/start.sh"), "-d"]).link == link


def test_scripts_work_through_a_symbolic_link_to_the_script(running: Project) -> None:
    link = running.start()
    script = running.folder.parent / "lab"
    script.symlink_to(running.requirements / "start.sh")
    assert running.user.run([str(script), "-d"]).link == link


def test_scripts_work_without_run_bits(project: Project) -> None:
    for path in project.requirements.rglob("*.sh"):
        path.chmod(0o644)

    def bash(script: str, *arguments: str) -> Result:
        result = project.user.run(["bash", str(project.requirements / f"{script}.sh"), *arguments])
        assert result.status == 0, result.stderr
        return result

    assert http_status(bash("start", "-d").link) == 200
    assert bash("exec", "echo", "hello").stdout == "hello\n"
    bash("run", "-d")
    bash("stop", "--remove")
    bash("build")


def assert_refused(result: Result, project: Project) -> None:
    assert result.status == 1, result.stderr
    assert result.messages[0].startswith("error: refusing to use ")
    assert project.containers() == []
    assert not (project.folder / ".jupyter").exists()


def test_the_home_folder_is_refused(project: Project) -> None:
    home = project.folder
    assert_refused(project.script("start", "-d", env={"HOME": str(home)}), project)
    assert_refused(project.script("start", "-d", env={"HOME": f"{home}/"}), project)


def test_the_home_folder_is_refused_through_a_symbolic_link(project: Project) -> None:
    home = project.folder.with_name("home")
    home.symlink_to(project.folder)
    assert_refused(project.script("start", "-d", env={"HOME": str(home)}), project)


def test_without_home_the_project_starts(project: Project) -> None:
    command = ["env", "-u", "HOME", str(project.requirements / "start.sh"), "-d"]
    result = project.user.run(command)
    assert result.status == 0, result.stderr
    assert http_status(result.link) == 200


def test_a_deleted_folder_is_not_created_again(project: Project) -> None:
    project.start()
    project.stop()
    container = project.container
    shutil.rmtree(project.folder)
    with pytest.raises(Exception, match="bind source path does not exist"):
        container.start()
    assert not project.folder.exists()


def test_the_project_is_the_root_folder_of_jupyterlab(running: Project) -> None:
    names = Server(running.start()).listing()
    assert {"README.md", "notebooks", "requirements"} <= set(names)
    assert running.cells("!ls requirements/start.sh") == ["requirements/start.sh"]


def test_a_folder_that_the_user_cannot_read_does_not_stop_a_build(project: Project) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can create another user's files")
    database = project.folder / "database"
    database.mkdir(mode=0o700)
    (database / "secret.txt").write_text("x")
    assert http_status(project.start()) == 200


@pytest.mark.parametrize("name", [".dockerignore", "requirements/.dockerignore"])
def test_a_dockerignore_that_allows_nothing_does_not_stop_a_build(project: Project, name: str) -> None:
    project.write(name, "*\n")
    project.write("requirements.txt", "cowsay==6.0\n")
    project.list_packages("-r ../requirements.txt")
    project.start()
    assert project.exec("python", "-c", "import cowsay; print('imported')") == "imported"


def test_a_gitignore_of_the_user_in_the_state_folder_is_kept(project: Project) -> None:
    path = project.write(".jupyter/.gitignore", "# mine\n")
    project.start()
    project.run()
    assert path.read_text() == "# mine\n"


def test_git_ignores_the_state_folder(project: Project) -> None:
    project.start()
    project.user.run(["git", "init", "--quiet"], cwd=project.folder)
    result = project.user.run(["git", "status", "--porcelain", "--untracked-files=all"], cwd=project.folder)
    assert "requirements/start.sh" in result.stdout
    assert ".jupyter" not in result.stdout


def test_a_read_only_project_is_one_error(project: Project) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give the folder to another user")
    os.chown(project.folder, 0, 0)
    result = project.fail("start", "-d")
    assert result.messages[0].startswith("error: cannot write to ")
    assert project.containers() == []
    assert project.images() == []
