"""Two users of one host, with a project each or with one project in a shared folder."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.projects import Project
from support.servers import Server, http_status, port_of
from support.users import User

pytestmark = [
    pytest.mark.docker,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users"),
]

GROUP = 45678


@pytest.fixture
def shared(new_project: Callable[..., Project], another_user: User) -> Iterator[tuple[Project, Project]]:
    """One project in a folder that two users share by a group, as each of them sees it."""
    project = new_project()
    members = [
        User(user.name, user.uid, user.gid, user.home, (*user.groups, GROUP))
        for user in (project.user, another_user)
    ]
    for path in [project.folder, *project.folder.rglob("*")]:
        os.chown(path, project.user.uid, GROUP)
        path.chmod(0o2775 if path.is_dir() else path.stat().st_mode | 0o060)
    yield (
        Project(project.folder, members[0], project.engine),
        Project(project.folder, members[1], project.engine),
    )


def start(project: Project) -> Server:
    """`start.sh` with the umask of a shared folder."""
    command = f"umask 002; exec '{project.requirements}/start.sh' -d"
    result = project.user.run(["bash", "-c", command])
    assert result.status == 0, result.stderr
    return Server(result.link)


def test_projects_of_two_users_are_separate(new_project: Callable[..., Project], another_user: User) -> None:
    first, second = new_project(), new_project(user=another_user)
    links = first.start(), second.start()
    assert [http_status(link) for link in links] == [200, 200]
    for project, link in zip((first, second), links, strict=True):
        Server(link).save("saved.ipynb")
        owner = (project.folder / "saved.ipynb").stat()
        assert (owner.st_uid, owner.st_gid) == project.user.ids


@pytest.mark.parametrize("mode", [0o2775, 0o775], ids=["setgid", "no setgid"])
def test_each_user_of_a_shared_folder_has_a_server(shared: tuple[Project, Project], mode: int) -> None:
    for path in [shared[0].folder, *shared[0].folder.rglob("*/")]:
        path.chmod(mode)
    servers = [start(project) for project in shared]
    assert len({port_of(server.link) for server in servers}) == 2
    assert [http_status(server.link) for server in servers] == [200, 200]
    containers = shared[0].containers()
    users = {container.exec_run(["id", "-u"]).output.decode().strip() for container in containers}
    assert users == {str(project.user.uid) for project in shared}


def test_each_user_opens_and_saves_the_notebooks_of_the_other(shared: tuple[Project, Project]) -> None:
    first, second = (start(project) for project in shared)
    first.save("notebook.ipynb", "1")
    assert second.open("notebook.ipynb") == ["1"]
    second.save("notebook.ipynb", "2")
    assert first.open("notebook.ipynb") == ["2"]
    first.save("notebook.ipynb", "3")
    assert second.open("notebook.ipynb") == ["3"]


def test_the_token_of_one_user_is_not_readable_by_the_other(shared: tuple[Project, Project]) -> None:
    first, second = shared
    start(first)
    start(second)
    token = f"{first.state}/token"
    assert first.user.run(["cat", token]).status == 0
    assert second.user.run(["cat", token]).status != 0


def test_remove_by_one_user_keeps_the_server_of_the_other(shared: tuple[Project, Project]) -> None:
    first, second = shared
    server = start(first)
    start(second)
    second.succeed("stop", "--remove")
    assert http_status(server.link) == 200
    assert len(first.containers()) == 1


def test_a_lock_file_of_another_user_is_replaced(shared: tuple[Project, Project]) -> None:
    first, second = shared
    start(first)
    first.add("cowsay")
    os.chmod(first.requirements / "pip-requirements.txt", 0o664)
    start(second)
    assert "\ncowsay==" in second.lock


def test_the_state_of_each_user_is_separate(shared: tuple[Project, Project], tmp_path: Path) -> None:
    first, second = shared
    start(first)
    start(second)
    owner = {project.state.stat().st_uid for project in shared}
    assert owner == {project.user.uid for project in shared}
    readable = subprocess.run(["find", str(first.folder / ".jupyter"), "-maxdepth", "1", "-perm", "-004"],
                              capture_output=True, text=True)  # fmt: skip
    assert str(first.state) not in readable.stdout.splitlines()
