"""Files belong to the user who starts JupyterLab, whatever the IDs, and that user has a name inside."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from support.projects import Project
from support.servers import Server, http_status
from support.users import ROOT, owners, unnamed_user

pytestmark = [
    pytest.mark.docker,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can be any other user"),
]

LONGEST = "a23456789-123456789_123456789-12"

#: Pairwise: flavor, user ID, group ID, name, sudo. The base images have 33 www-data, 1000, and groups 20, 50 and 100.
USERS = [
    ("python-slim", 1000, 1000, "jovyan", "yes"),
    ("python-slim", 1001, 1001, "data-sci", "no"),
    ("python-slim", 501, 20, "games", "yes"),
    ("python-slim", 33, 33, "www-data", "no"),
    ("python-slim", 0, 0, "jovyan", "yes"),
    ("python-slim", 0, 0, "data-sci", "no"),
    ("python-slim", 1663316204, 1663316204, LONGEST, "yes"),
    ("python-slim", 65534, 65534, "jovyan", "no"),
    ("python-slim", 1000, 100, "www-data", "yes"),
    ("python-slim", 33, 50, "jovyan", "yes"),
    ("python", 501, 20, "jovyan", "no"),
    ("miniforge", 1001, 1001, "jovyan", "yes"),
    ("miniforge", 33, 33, "games", "no"),
    ("docker-stacks", 1000, 100, "jovyan", "yes"),
    ("docker-stacks", 501, 20, "jovyan", "no"),
    ("docker-stacks", 1001, 1001, "data-sci", "yes"),
    ("docker-stacks", 0, 0, "jovyan", "yes"),
]


def user_layers(project: Project) -> int:
    """How many bytes the layers add that are made for one user."""
    size = 0
    for layer in project.image.history():
        if "running-work.py" in layer["CreatedBy"]:
            return size
        size += layer["Size"]
    raise AssertionError("no layer with running-work.py")


@pytest.mark.parametrize(
    ("base_image", "uid", "gid", "name", "sudo"), USERS, ids=["-".join(map(str, row)) for row in USERS]
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
    link = project.start()
    assert http_status(link) == 200
    home = f"/home/{name}"
    project.write("from-host.txt", "host").chmod(0o600)
    cell = "open('from-host.txt', 'a').write('!'); import getpass, os; getpass.getuser(), os.environ['HOME']"
    assert project.cells(cell) == [repr((name, home))]
    Server(link).save("saved.ipynb")
    assert (project.folder / "from-host.txt").read_text() == "host!"
    assert owners(project.folder) == {(uid, gid)}
    assert project.exec("bash", "-c", "id -un; id -u; id -g") == f"{name}\n{uid}\n{gid}"
    assert project.exec("getent", "passwd", str(uid)) == project.exec("getent", "passwd", name)
    assert project.exec("getent", "passwd", name).split(":")[2:6:3] == [str(uid), home]
    assert project.exec("getent", "group", str(gid)) != ""
    assert project.exec("stat", "-c", "%u:%g", home, f"{home}/.local") == f"{uid}:{gid}\n{uid}:{gid}"
    project.exec("bash", "-c", 'touch ~/here && mkdir -p "$(python -m site --user-site)/x"')
    if sudo == "yes":
        assert project.exec("sudo", "-n", "id", "-u") == "0"
    else:
        assert project.container.exec_run(["bash", "-c", "command -v sudo && sudo -n true"])[0] != 0
    assert user_layers(project) < 1_000_000


def test_a_folder_of_a_group_is_writable(new_project: Callable[..., Project], workspace: Path) -> None:
    project = new_project(user=unnamed_user(workspace, 1001, 1001, 54321))
    shared = project.folder / "shared"
    shared.mkdir()
    os.chown(shared, 0, 54321)
    shared.chmod(0o2770)
    Server(project.start()).save("shared/saved.ipynb")
    saved = (shared / "saved.ipynb").stat()
    assert (saved.st_uid, saved.st_gid) == (1001, 54321)


def test_sudo_start_is_for_the_user_who_typed_it(project: Project) -> None:
    user = project.user
    sudo = {"SUDO_UID": str(user.uid), "SUDO_GID": str(user.gid), "SUDO_USER": user.name}
    result = ROOT.run([str(project.requirements / "start.sh"), "-d"], env=sudo)
    assert result.status == 0, result.stderr
    Server(result.link).save("saved.ipynb")
    assert owners(project.folder) == {user.ids}
    assert (project.requirements / "requirements.lock").exists()
    assert project.start() == result.link


def test_sudo_in_the_home_folder_of_the_user_is_refused(project: Project) -> None:
    user = project.user
    sudo = {"SUDO_UID": str(user.uid), "SUDO_GID": str(user.gid), "SUDO_USER": user.name}
    home = user.home / "requirements"
    project.user.run(["cp", "-a", str(project.requirements), str(home)])
    try:
        result = ROOT.run([str(home / "start.sh"), "-d"], env=sudo)
        assert result.status == 1
        assert result.messages[0] == f"error: refusing to use {user.home} as a project"
    finally:
        project.user.run(["rm", "-r", str(home)])


def test_sudo_to_another_user_is_for_that_user(project: Project) -> None:
    user = project.user
    sudo = {"SUDO_UID": str(user.uid + 1), "SUDO_GID": str(user.gid + 1), "SUDO_USER": "me"}
    link = project.start(**sudo)
    Server(link).save("saved.ipynb")
    assert owners(project.folder) == {user.ids}
    assert project.start() == link


def test_the_host_umask_is_used(project: Project) -> None:
    start = f"umask 027; exec {project.requirements}/start.sh -d"
    result = project.user.run(["bash", "-c", start])
    assert result.status == 0, result.stderr
    Server(result.link).save("saved.ipynb")
    assert (project.folder / "saved.ipynb").stat().st_mode & 0o777 == 0o640


def test_a_checkout_that_only_the_user_can_read_builds(project: Project) -> None:
    for path in project.folder.rglob("*"):
        path.chmod(0o700 if path.is_dir() or path.suffix == ".sh" else 0o600)
    start = f"umask 077; exec {project.requirements}/start.sh -d"
    result = project.user.run(["bash", "-c", start])
    assert result.status == 0, result.stderr
    assert http_status(result.link) == 200
    assert project.exec(
        "python", "-c", "import os; print(os.access('/etc/jupyter/jupyter_server_config.py', 4))"
    )


def test_name_and_ids_of_the_environment_are_used(project: Project) -> None:
    assert http_status(project.start(NB_USER="alice", NB_UID="4001", NB_GID="4002")) == 200
    assert project.exec("sh", "-c", "id -un; id -u; id -g; echo $HOME") == "alice\n4001\n4002\n/home/alice"


@pytest.mark.parametrize(
    "uid, gid", [("0", "0"), ("33", "33"), ("1000", "20"), ("1", "65534"), ("4294967294", "4294967294")]
)
def test_ids_that_the_base_image_has_work(project: Project, uid: str, gid: str) -> None:
    assert http_status(project.start(NB_UID=uid, NB_GID=gid)) == 200
    assert (
        project.exec("sh", "-c", "whoami; id -u; id -g; echo $HOME") == f"jovyan\n{uid}\n{gid}\n/home/jovyan"
    )


@pytest.mark.parametrize("name", ["root", "www-data", "nobody"])
def test_a_name_that_the_base_image_has_is_the_users(project: Project, name: str) -> None:
    project.start(NB_USER=name)
    assert project.exec("whoami") == name
    assert project.exec("id", "-u") == str(project.user.uid)


def test_other_ids_get_another_image(project: Project) -> None:
    project.start()
    project.stop()
    project.start(NB_GID="4001")
    assert project.exec("id", "-g") == "4001"
    project.stop()
    project.start()
    assert project.exec("id", "-g") == str(project.user.gid)


def test_a_terminal_prints_no_message(flavor: Project) -> None:
    flavor.start()
    status, output = flavor.container.exec_run(["bash", "-ic", "true"], tty=True)
    assert (status, output.decode()) == (0, "")


def test_the_user_has_the_groups_of_the_host(flavor: Project) -> None:
    flavor.start()
    groups = {flavor.user.gid, *flavor.user.groups}
    if "quay.io/jupyter" in (flavor.requirements / "Dockerfile").read_text():
        groups.add(100)  # users, to which that base image's packages belong
    assert set(map(int, flavor.exec("id", "-G").split())) == groups
