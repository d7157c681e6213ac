"""Engines in which root inside is the person: rootless Docker, and rootless Podman under either name."""

from __future__ import annotations

import os
import pwd
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from projects import Person, Project, get

pytestmark = [pytest.mark.docker, pytest.mark.soak]  # a build without another's cache takes minutes

OWNER = "rootless"


@pytest.fixture(params=["rootless Docker", "Podman", "Podman as docker"])
def owner(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Person, dict[str, str], str]]:
    """Who has an engine of their own, the environment in which they see just that one, and its command."""
    try:
        entry = pwd.getpwnam(OWNER)
    except KeyError:
        pytest.skip(f"no user {OWNER} with engines of their own")
    if os.geteuid() != 0:
        pytest.skip("only root can be somebody else")
    tools = Path("/tmp") / f"{tmp_path.name}-{os.getpid()}-bin"
    tools.mkdir(mode=0o755)
    for folder in ["/usr/sbin", "/usr/bin", "/bin"]:
        for tool in Path(folder).iterdir():
            link = tools / tool.name
            if tool.name != "docker" and not link.is_symlink():
                link.symlink_to(tool)
    run = f"/run/user/{entry.pw_uid}"
    env = {"XDG_RUNTIME_DIR": run, "PATH": str(tools)}
    if request.param == "rootless Docker":
        env |= {"PATH": "/usr/bin:/bin", "DOCKER_HOST": f"unix://{run}/docker.sock"}
    elif request.param == "Podman as docker":
        shim = tools / "docker"
        shim.write_text('#!/bin/sh\nexec podman "$@"\n')
        shim.chmod(0o755)
    command = "docker" if request.param == "rootless Docker" else "podman"
    yield Person(OWNER, entry.pw_uid, entry.pw_gid, Path(entry.pw_dir)), env, command
    shutil.rmtree(tools)


def test_start_health_owner_and_stop(
    new: Callable[..., Project], owner: tuple[Person, dict[str, str], str]
) -> None:
    person, env, engine = owner
    project = new(person=person, layout="requirements")
    try:
        ran = project.script("start", "-d", env=env)
        assert ran.code == 0, ran.err
        assert get(ran.link) == 200
        name = "name=my-project-"
        [container] = person.run([engine, "ps", "--quiet", "--filter", name], env=env).out.split()
        inside = ["bash", "-c", 'touch "$HOME/work/made.txt" && id -un && echo "$HOME"']
        assert person.run([engine, "exec", container, *inside], env=env).out == "jovyan\n/home/jovyan\n"
        assert (project.folder / "made.txt").stat().st_uid == person.uid
        if engine == "podman":
            assert person.run([engine, "healthcheck", "run", container], env=env).code == 0
        assert {path.lstat().st_uid for path in project.folder.rglob("*")} == {person.uid}
        assert project.script("start", "-d", env=env).link == ran.link
    finally:
        ended = project.script("stop", "--remove", env=env)
    assert ended.code == 0, ended.err
    assert person.run([engine, "ps", "--all", "--quiet", "--filter", name], env=env).out == ""
