"""Whoever starts it: files belong to the person, and the person is somebody inside."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from projects import Person, Project, get

pytestmark = [
    pytest.mark.docker,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can be anybody else"),
]

LONGEST = "a23456789-123456789_123456789-12"

#: Pairwise: flavour, uid, gid, user, sudo. Taken by the bases: 33 www-data, 1000 jovyan; groups 20, 50 and 100.
PEOPLE = [
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


def somebody(ground: Path, uid: int, gid: int, groups: tuple[int, ...] = ()) -> Person:
    """A person of those ids who may use Docker; the host's list of users need not know them."""
    home = ground / f"home-{uid}-{gid}"
    home.mkdir(exist_ok=True)
    os.chown(home, uid, gid)
    return Person(f"somebody{uid}", uid, gid, home, (os.stat("/var/run/docker.sock").st_gid, *groups))


def owners(folder: Path) -> set[tuple[int, int]]:
    """The owner and group of everything in `folder`, itself included."""
    return {(path.lstat().st_uid, path.lstat().st_gid) for path in [folder, *folder.rglob("*")]}


def personal_layers(project: Project) -> int:
    """How many bytes the layers add that are made for one person."""
    size = 0
    for layer in project.images()[0].history():
        if "jupyter_server_config.py" in layer["CreatedBy"]:
            return size
        size += layer["Size"]
    raise AssertionError("no layer with jupyter_server_config.py")


@pytest.mark.parametrize(
    ("flavour", "uid", "gid", "user", "sudo"), PEOPLE, ids=["-".join(map(str, row)) for row in PEOPLE]
)
def test_person_is_at_home(
    new: Callable[..., Project], ground: Path, flavour: str, uid: int, gid: int, user: str, sudo: str
) -> None:
    person = somebody(ground, uid, gid)
    project = new(person=person, base_image=flavour, nb_user=user, passwordless_sudo=sudo)
    assert get(project.start()) == 200
    home = f"/home/{user}"
    project.write("from-host.txt", "host")
    made = "open('from-host.txt', 'a').write('!'); import getpass, os; getpass.getuser(), os.environ['HOME']"
    assert project.cells(made) == [repr((user, home))]
    assert (project.folder / "from-host.txt").read_text() == "host!"
    assert owners(project.folder) == {(uid, gid)}
    assert project.exec("id", "-un") == user
    assert project.exec("id", "-u") == str(uid)
    assert project.exec("id", "-g") == str(gid)
    assert project.exec("getent", "passwd", str(uid)) == project.exec("getent", "passwd", user)
    assert project.exec("getent", "passwd", user).split(":")[2:6:3] == [str(uid), home]
    assert project.exec("getent", "group", str(gid)) != ""
    assert project.exec("stat", "-c", "%u:%g", home, home + "/.local") == f"{uid}:{gid}\n{uid}:{gid}"
    project.exec(
        "bash", "-c", 'touch "$HOME/here" && rm "$HOME/here" && mkdir -p "$(python -m site --user-site)/x"'
    )
    if sudo == "yes":
        assert project.exec("sudo", "-n", "id", "-u") == "0"
    else:
        assert project.container.exec_run(["bash", "-c", "command -v sudo && sudo -n true"])[0] != 0
    assert personal_layers(project) < 1_000_000


def test_group_folder_is_writable(new: Callable[..., Project], ground: Path) -> None:
    project = new(person=somebody(ground, 1001, 1001, groups=(54321,)), layout="requirements")
    shared = project.folder / "shared"
    shared.mkdir()
    os.chown(shared, 0, 54321)
    shared.chmod(0o2770)
    project.start()
    project.cells("open('shared/x', 'w').close()")
    assert ((shared / "x").stat().st_uid, (shared / "x").stat().st_gid) == (1001, 54321)


def test_sudo_start_is_for_the_person_who_typed_it(new: Callable[..., Project], person: Person) -> None:
    project = new(layout="project")
    root = Person("root", 0, 0, Path("/root"))
    typed = {"SUDO_UID": str(person.uid), "SUDO_GID": str(person.gid), "SUDO_USER": person.name}
    ran = root.run([str(project.requirements / "start.sh"), "-d"], env=typed)
    assert ran.code == 0, ran.err
    project.cells("open('made.txt', 'w').close()")
    assert owners(project.folder) == {(person.uid, person.gid)}
    assert {"requirements.lock"} <= {path.name for path in project.requirements.iterdir()}
    assert project.start() == ran.link
