"""What is typed wrongly is refused with one clear line, before anything is made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from projects import Project, get

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def untouched(ground: Path, person: object, engine: object, running: Project) -> Project:
    """A project that no test of this module may start."""
    return running


@pytest.mark.parametrize("script", ["start", "run"])
@pytest.mark.parametrize(
    "name, value",
    [
        *(("DOCKERPORT", value) for value in ["abc", "80", "70000", "-1", "08888", "8888 9999", "8888;id"]),
        *(("NB_UID", value) for value in ["x", "-1", "4294967296", "4294967295", "1e3", "1 2", "01000"]),
        ("NB_GID", "users"),
        *(("NB_USER", value) for value in ["a b", "Alice", "a/b", "-a", "a" * 33, "a;id", "$(id)"]),
        *(("IMAGETAG", value) for value in ["a b", "a:b", "-a"]),
    ],
)
def test_wrong_environment_is_refused_in_one_line(
    project: Project, name: str, value: str, script: str
) -> None:
    ran = project.script(script, "-d", env={name: value})
    assert ran.code != 0
    assert ran.out == ""
    assert len(ran.err.splitlines()) == 1, ran.err
    assert name in ran.err
    assert value in ran.err
    assert project.containers() == []
    assert project.images() == []


@pytest.mark.parametrize("script", ["start", "run", "build", "stop"])
@pytest.mark.parametrize("word", ["--detach", "-x", "now", "-d-", "--help"])
def test_unknown_word_is_refused_in_one_line(project: Project, script: str, word: str) -> None:
    ran = project.script(script, word)
    assert ran.code != 0
    assert len(ran.err.splitlines()) == 1, ran.err
    assert f"{script}.sh" in ran.err
    assert word in ran.err
    assert project.containers() == []


def test_user_and_ids_of_the_environment_are_used(project: Project) -> None:
    assert get(project.start(NB_USER="alice", NB_UID="4001", NB_GID="4002")) == 200
    assert project.exec("id", "-un") == "alice"
    assert project.exec("sh", "-c", "id -u; id -g; echo $HOME") == "4001\n4002\n/home/alice"


@pytest.mark.parametrize(
    "uid, gid", [("0", "0"), ("33", "33"), ("1000", "20"), ("1", "65534"), ("4294967294", "4294967294")]
)
def test_ids_that_the_base_has_work(project: Project, uid: str, gid: str) -> None:
    assert get(project.start(NB_UID=uid, NB_GID=gid)) == 200
    assert (
        project.exec("sh", "-c", "whoami; id -u; id -g; echo $HOME") == f"jovyan\n{uid}\n{gid}\n/home/jovyan"
    )


@pytest.mark.parametrize("user", ["root", "www-data", "nobody"])
def test_user_name_that_the_base_has_is_the_persons(project: Project, user: str) -> None:
    project.start(NB_USER=user)
    assert project.exec("whoami") == user
    assert project.exec("id", "-u") == str(project.person.uid)


def test_two_people_asking_for_ids_never_run_each_others_image(new: Callable[..., Project]) -> None:
    project = new()
    project.start()
    project.stop()
    project.start(NB_GID="4001")
    assert project.exec("id", "-g") == "4001"
    project.stop()
    project.start()
    assert project.exec("id", "-g") == str(project.person.gid)
