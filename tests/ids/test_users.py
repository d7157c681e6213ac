"""Files belong to the user who starts JupyterLab, whatever the IDs, and that user has a name inside."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from support.projects import Project
from support.servers import Server, http_status
from support.users import owners, unnamed_user

pytestmark = [
    pytest.mark.docker,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can be any other user"),
]

LONGEST = "a23456789-123456789_123456789-12"

#: Flavor, user ID, group ID, name, sudo. The base images have 33 www-data, 1000, and groups 20, 50 and 100.
USERS = [
    ("python-slim", 1000, 1000, "jovyan", "yes"),
    ("python-slim", 501, 20, "games", "yes"),
    ("python-slim", 33, 33, "www-data", "yes"),
    ("python-slim", 0, 0, "jovyan", "yes"),
    ("python-slim", 2099999999, 2099999999, LONGEST, "yes"),
]
MORE_USERS = [
    ("python-slim", 1001, 1001, "data-sci", "no"),
    ("python-slim", 65534, 65534, "jovyan", "no"),
    ("python-slim", 1000, 100, "www-data", "yes"),
    ("python-slim", 33, 50, "nobody", "yes"),
    ("miniforge", 33, 33, "games", "yes"),
    ("docker-stacks", 1000, 100, "jovyan", "yes"),
    ("docker-stacks", 501, 20, "data-sci", "yes"),
    ("docker-stacks", 0, 0, "jovyan", "yes"),
]


def parameters(rows: list[tuple[str, int, int, str, str]], *marks: pytest.MarkDecorator) -> list[object]:
    """The rows as parameters of a test."""
    return [pytest.param(*row, marks=marks, id="-".join(map(str, row))) for row in rows]


def start_with_umask(project: Project, umask: str) -> Server:
    """`start.sh` in a shell with this umask."""
    return Server(project.typed(f"umask {umask}; exec requirements/start.sh -d").link)


def saved_file(project: Project, server: Server) -> os.stat_result:
    """Save a notebook, and return what the host knows about its file."""
    server.save("saved.ipynb")
    return (project.folder / "saved.ipynb").stat()


@pytest.mark.parametrize(
    ("base_image", "uid", "gid", "name", "sudo"),
    [*parameters(USERS), *parameters(MORE_USERS, pytest.mark.full)],
)
def test_a_user_with_any_ids_works_on_their_own_files(
    new_project: Callable[..., Project],
    workspace: Path,
    base_image: str,
    uid: int,
    gid: int,
    name: str,
    sudo: str,
) -> None:
    user = unnamed_user(workspace, uid, gid)
    project = new_project(user=user, base_image=base_image, nb_user=name, passwordless_sudo=sudo)
    project.write("from-host.txt", "host").chmod(0o600)
    server = Server(project.start())
    home = f"/home/{name}"
    cell = "open('from-host.txt', 'a').write('!'); import getpass, os; getpass.getuser(), os.environ['HOME']"
    assert project.cells(cell) == [repr((name, home))]
    server.save("saved.ipynb")
    assert (project.folder / "from-host.txt").read_text() == "host!"
    assert owners(project.folder) == {(uid, gid)}
    assert project.exec("bash", "-c", "id -un; id -u; id -g") == f"{name}\n{uid}\n{gid}"
    assert project.exec("getent", "passwd", str(uid)) == project.exec("getent", "passwd", name)
    assert project.exec("getent", "passwd", name).split(":")[2:6:3] == [str(uid), home]
    assert project.exec("getent", "group", str(gid)) != ""
    assert project.exec("stat", "-c", "%u:%g", home, f"{home}/.jupyter/token") == f"{uid}:{gid}\n{uid}:{gid}"
    project.exec("bash", "-c", 'touch ~/here && mkdir -p "$(python -m site --user-site)/x"')
    if sudo == "yes":
        assert project.exec("sudo", "-n", "id", "-u") == "0"


def test_the_user_has_the_groups_of_the_host(new_project: Callable[..., Project], workspace: Path) -> None:
    user = unnamed_user(workspace, 1001, 1001, 54321)
    project = new_project(user=user)
    shared = project.folder / "shared"
    shared.mkdir()
    os.chown(shared, 0, 54321)
    shared.chmod(0o2770)
    Server(project.start()).save("shared/saved.ipynb")
    saved = (shared / "saved.ipynb").stat()
    assert (saved.st_uid, saved.st_gid) == (1001, 54321)
    assert set(map(int, project.exec("id", "-G").split())) == {user.gid, *user.groups}


@pytest.mark.full  # builds every layer, because the modes of files are part of the build cache's keys
def test_a_checkout_that_only_the_user_can_read_builds(project: Project) -> None:
    for path in project.folder.rglob("*"):
        path.chmod(0o700 if path.is_dir() or path.suffix == ".sh" else 0o600)
    server = start_with_umask(project, "077")
    assert saved_file(project, server).st_mode & 0o777 == 0o600


def test_name_and_ids_of_the_environment_are_used(project: Project) -> None:
    link = project.start(NB_USER="alice", NB_UID="4001", NB_GID="4002")
    assert http_status(link) == 200
    assert project.exec("sh", "-c", "id -un; id -u; id -g; echo $HOME") == "alice\n4001\n4002\n/home/alice"


def test_another_group_id_keeps_the_home_folder_and_the_link(project: Project) -> None:
    link = project.start()
    assert project.start(NB_GID="4001") == link
    saved = saved_file(project, Server(link))
    assert (saved.st_uid, saved.st_gid) == (project.user.uid, 4001)
    assert project.start() == link
    assert project.exec("id", "-g") == str(project.user.gid)


def test_another_user_id_is_refused_by_the_server_until_it_is_changed_back(project: Project) -> None:
    link = project.start()
    result = project.script("start", "-d", env={"NB_UID": str(project.user.uid + 1)})
    assert result.status == 1
    assert "error: cannot use the home volume: [Errno 13] Permission denied: " in result.stderr
    assert (
        "hint: if NB_UID has changed, change it back, or remove the volume with requirements/stop.sh --remove\n"
        in result.stderr
    )
    assert "error: JupyterLab did not start (see the log above)\n" in result.stderr
    assert "Traceback" not in result.stderr
    assert project.start() == link
    assert http_status(link) == 200


def test_a_terminal_prints_no_message(flavor: Project) -> None:
    flavor.start()
    status, output = flavor.container.exec_run(["bash", "-ic", "true"], tty=True)
    assert (status, output.decode()) == (0, "")
