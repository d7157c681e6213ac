"""What a user reads if the engine fails: one error, and one hint that says how to fix it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from support.projects import Project
from support.template import render
from support.users import User

DENIED = (
    "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: "
    'Get "http://%2Fvar%2Frun%2Fdocker.sock/v1.45/info": dial unix /var/run/docker.sock: connect: '
    "permission denied"
)
NOT_RUNNING = (
    "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"
)
PORT_IN_USE = (
    "Error response from daemon: driver failed programming external connectivity on endpoint x: "
    "Error starting userland proxy: listen tcp4 127.0.0.1:9999: bind: address already in use"
)
DISK_FULL = "Error response from daemon: mkdir /var/lib/docker/overlay2/x: no space left on device."

#: The situation: the script, the engine's command that fails, what it prints, and words of our message.
TABLE = {
    "not running": ("start", "info", NOT_RUNNING, "sudo systemctl start docker"),
    "no permission": ("start", "info", DENIED, "sudo usermod -aG docker"),
    "no BuildKit": ("build", "buildx", "unknown flag: --load", "docker-buildx"),
    "disk full in a build": (
        "build",
        "buildx build",
        "ERROR: failed to solve: failed to copy files: write /x: no space left on device",
        "docker builder prune",
    ),
    "base image not found": (
        "build",
        "buildx build",
        "ERROR: failed to solve: python:3.99-slim: docker.io/library/python:3.99-slim: not found",
        "correct requirements/",
    ),
    "no network in a build": (
        "build",
        "buildx build",
        "ERROR: failed to solve: python:3.13-slim: dial tcp: lookup registry-1.docker.io: no such host",
        "HTTPS_PROXY",
    ),
    "disk full at the start": ("run", "start", DISK_FULL, "no space left on device"),
    "port in use": ("run", "start", PORT_IN_USE, "unset DOCKERPORT"),
    "another failure of the engine": (
        "run",
        "create",
        "docker: Error response from daemon: unknown runtime specified nvidia.",
        "unknown runtime specified nvidia",
    ),
}

# An engine on which everything succeeds but the command $FAILS, which prints $WORDS.
STUB = """#!/bin/bash
case "$1 $2" in "$FAILS"* | "$FAILS "*) printf '%s\\n' "$WORDS" >&2; exit 1 ;; esac
case "$1 $2" in
  "info "*) if [ "${0##*/}" = podman ]; then echo '{"buildahVersion": "1"}'; else echo '{}'; fi ;;
  "context inspect") echo "${DOCKER_HOST-}" ;;
  "container inspect") exit 1 ;;
  "image inspect") echo sha256:1 ;;
  "build "* | "buildx build")
    for argument; do case $argument in type=local,dest=*) touch "${argument#*dest=}/requirements.lock" ;; esac; done ;;
esac
"""
TOOLS = "bash basename cat chgrp chown chmod cksum cmp cp cut date dirname env find grep head id ls mkdir mktemp mv"
TOOLS += " readlink rm sed sort sudo tail touch tr xargs"


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A PATH with the usual tools, and no engine."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in TOOLS.split():
        if tool := shutil.which(name):
            (folder / name).symlink_to(tool)
    return str(folder)


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """The folder with the scripts of a project."""
    return render(tmp_path / "project", hooks=False) / "requirements"


def install_stub(path: str, name: str = "docker") -> None:
    """Put an engine in PATH that only does what the environment says."""
    engine = Path(path) / name
    engine.write_text(STUB)
    engine.chmod(0o755)


def failure(script: Path, **env: str) -> str:
    """What a script prints that must fail; AssertionError if it succeeds."""
    result = subprocess.run(
        ["bash", str(script)], env={"HOME": "/nowhere", **env}, capture_output=True, text=True, timeout=60
    )
    assert result.returncode == 1, result.stdout + result.stderr
    assert result.stdout == ""
    return result.stderr


def errors(output: str) -> list[str]:
    """The errors and hints in an output."""
    return [line for line in output.splitlines() if line.startswith(("error: ", "hint: "))]


@pytest.mark.parametrize("situation", TABLE)
def test_a_failure_is_one_error_and_one_hint(scripts: Path, path: str, situation: str) -> None:
    script, fails, words, fix = TABLE[situation]
    install_stub(path)
    port = "9999" if fails == "start" else ""
    output = failure(scripts / f"{script}.sh", PATH=path, FAILS=fails, WORDS=words, DOCKERPORT=port)
    messages = errors(output)
    assert [message.split(":")[0] for message in messages] in (["error", "hint"], ["error"]), output
    assert fix in "\n".join(messages)
    if "build" in fails:
        assert words in output  # the engine's own message stays visible


def test_a_missing_engine_is_reported_with_a_link_to_the_installation(scripts: Path, path: str) -> None:
    assert failure(scripts / "start.sh", PATH=path).splitlines() == [
        "error: Docker is not installed",
        "hint: see https://docs.docker.com/get-started/get-docker/",
    ]


@pytest.mark.parametrize("host", ["ssh://me@far.example", "tcp://192.0.2.1:2375"])
def test_an_engine_on_another_machine_is_refused_before_it_is_asked(
    scripts: Path, path: str, host: str
) -> None:
    install_stub(path)
    output = failure(scripts / "start.sh", PATH=path, DOCKER_HOST=host, FAILS="info", WORDS="asked")
    error, hint = output.splitlines()
    assert "another machine" in error
    assert "unset DOCKER_HOST" in hint


def test_a_daemon_that_remaps_user_ids_is_refused(scripts: Path, path: str) -> None:
    install_stub(path)
    stub = Path(path) / "docker"
    stub.write_text(stub.read_text().replace("echo '{}'", 'echo \'{"SecurityOptions":["name=userns"]}\''))
    error, hint = failure(scripts / "start.sh", PATH=path, FAILS="none", WORDS="").splitlines()
    assert "userns-remap" in error
    assert "rootless" in hint


def test_podman_is_used_if_docker_is_missing(scripts: Path, path: str) -> None:
    install_stub(path, "podman")
    output = failure(scripts / "build.sh", PATH=path, FAILS="build", WORDS="podman was asked")
    assert "podman was asked" in output


@pytest.mark.docker
def test_a_base_image_that_does_not_exist_is_named(project: Project) -> None:
    result = project.fail("build", env={"BASE_IMAGE": "localhost:1/none:1"})
    assert "localhost:1/none:1" in result.stderr
    assert result.messages[0] == "error: the build failed (see the messages above)"


@pytest.mark.docker
def test_a_package_that_does_not_exist_is_named(project: Project) -> None:
    project.list_packages("cowsay==999")
    result = project.fail("build")
    assert "no version of cowsay==999" in result.stderr


@pytest.mark.docker
def test_an_engine_that_does_not_run_is_one_error(project: Project) -> None:
    result = project.fail("start", env={"DOCKER_HOST": "unix:///nowhere.sock"})
    error, hint = result.stderr.splitlines()
    assert error.startswith("error: cannot connect to Docker: ")
    assert hint == "hint: start Docker Desktop, or run: sudo systemctl start docker"


@pytest.mark.docker
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_missing_permission_is_one_error(new_project: Callable[..., Project], user: User) -> None:
    outsider = User(user.name, user.uid, user.gid, user.home)  # without the group docker
    result = new_project(user=outsider).fail("start")
    error, hint = result.stderr.splitlines()
    assert error == "error: permission denied by Docker"
    assert "sudo usermod -aG docker" in hint
    assert "equivalent to root" in hint


@pytest.mark.docker
def test_another_builder_still_loads_the_image(project: Project) -> None:
    builder = f"jdtest{os.getpid()}"
    create = ["docker", "buildx", "create", "--name", builder, "--driver", "docker-container"]
    if project.user.run(create).status != 0:
        pytest.skip("this Docker has no container builder")
    try:
        booted = project.user.run(["docker", "buildx", "inspect", "--bootstrap", builder])
        if booted.status != 0:
            pytest.skip("the image of BuildKit is not available")
        project.succeed("build", env={"BUILDX_BUILDER": builder})
        assert project.image.tags
    finally:
        project.user.run(["docker", "buildx", "rm", builder])


@pytest.mark.docker
def test_docker_buildkit_0_builds_with_buildkit(project: Project) -> None:
    project.succeed("build", env={"DOCKER_BUILDKIT": "0"})
    assert project.image.tags


@pytest.mark.docker
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can start another user's container")
def test_ids_of_another_user_are_a_warning_that_names_both(project: Project) -> None:
    settings = project.requirements / "settings.sh"
    settings.write_text(settings.read_text().replace("NB_UID:-host", "NB_UID:-501"))
    result = project.succeed("start", "-d")
    [warning] = result.messages
    assert warning.startswith("warning: ")
    assert "501" in warning
    assert str(project.user.uid) in warning
