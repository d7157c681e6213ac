"""Two users of one host with one project, in a folder that they share by a group and a umask of 002."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.projects import Project, make_project, sweep
from support.servers import Server, http_status, port_of
from support.users import User

pytestmark = [
    pytest.mark.docker,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users"),
]

GROUP = 45678


def start(project: Project) -> Server:
    """`start.sh` with the umask of a shared folder."""
    return Server(project.typed("umask 002; exec requirements/start.sh -d").link)


@pytest.fixture(scope="module")
def shared(workspace: Path, user: User, another_user: User, engine: Any) -> Iterator[tuple[Project, Project]]:
    """One project, as each of two users sees it who have started it."""
    project = make_project(workspace, user, engine, layout="requirements")
    for path in [project.folder, *project.folder.rglob("*")]:
        os.chown(path, user.uid, GROUP)
    # Not the other files: their modes are part of the build cache's keys.
    for folder in [project.folder, project.requirements]:
        folder.chmod(0o2775)
    (project.requirements / "pip-requirements.txt").chmod(0o664)
    members = [replace(member, groups=(*member.groups, GROUP)) for member in (user, another_user)]
    projects = [Project(project.folder, member, engine) for member in members]
    for each in projects:
        start(each)
    yield projects[0], projects[1]
    sweep(engine, project.folder.parent)


def test_each_user_has_a_server_and_a_home_volume(shared: tuple[Project, Project]) -> None:
    servers = [start(project) for project in shared]
    assert len({port_of(server.link) for server in servers}) == 2
    assert [http_status(server.link) for server in servers] == [200, 200]
    ids = {container.exec_run(["id", "-u"]).output.decode().strip() for container in shared[0].containers()}
    assert ids == {str(project.user.uid) for project in shared}
    assert len(shared[0].volumes()) == 2


def test_a_saved_file_belongs_to_its_user_and_is_writable_by_the_group(
    shared: tuple[Project, Project],
) -> None:
    for project in shared:
        name = f"{project.user.name}.ipynb"
        start(project).save(name)
        saved = (project.folder / name).stat()
        assert (saved.st_uid, saved.st_gid, saved.st_mode & 0o777) == (project.user.uid, GROUP, 0o664)


def test_each_user_opens_and_saves_the_notebooks_of_the_other(shared: tuple[Project, Project]) -> None:
    first, second = (start(project) for project in shared)
    first.save("notebook.ipynb", "1")
    assert second.open("notebook.ipynb") == ["1"]
    second.save("notebook.ipynb", "2")
    assert first.open("notebook.ipynb") == ["2"]
    first.save("notebook.ipynb", "3")
    assert second.open("notebook.ipynb") == ["3"]


def test_a_lock_file_of_another_user_is_replaced(shared: tuple[Project, Project]) -> None:
    first, second = shared
    first.add("cowsay")
    start(second)
    assert "\ncowsay==" in second.lock
    assert (first.requirements / "requirements.lock").stat().st_uid == second.user.uid


def test_remove_by_one_user_keeps_the_server_of_the_other(shared: tuple[Project, Project]) -> None:
    first, second = shared
    server = start(first)
    start(second)
    second.succeed("stop", "--remove")
    assert http_status(server.link) == 200
    assert len(first.containers()) == len(first.volumes()) == 1
