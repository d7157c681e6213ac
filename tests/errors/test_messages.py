"""What a person reads when the engine fails them: one line, with the mend."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers import render

#: The situation; the script; the engine's subcommand that fails; its real words; the mend a person must read.
TABLE = [
    (
        "not running",
        "start",
        "info",
        "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
        "systemctl start docker",
    ),
    (
        "no permission",
        "start",
        "info",
        (
            "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: "
            'Get "http://%2Fvar%2Frun%2Fdocker.sock/v1.45/info": dial unix /var/run/docker.sock: connect: '
            "permission denied"
        ),
        "usermod -aG docker",
    ),
    ("no BuildKit", "build", "buildx", "docker: 'buildx' is not a docker command.", "docker-buildx"),
    (
        "disk full in a build",
        "build",
        "build",
        "ERROR: failed to solve: failed to copy files: write /x: no space left on device",
        "docker system prune",
    ),
    (
        "base image not found",
        "build",
        "build",
        "ERROR: failed to solve: python:3.99-slim: docker.io/library/python:3.99-slim: not found",
        "a name in requirements/",
    ),
    (
        "no network in a build",
        "build",
        "build",
        (
            "ERROR: failed to solve: python:3.13-slim: failed to do request: dial tcp: lookup registry-1.docker.io: "
            "no such host"
        ),
        "HTTPS_PROXY",
    ),
    (
        "disk full in a run",
        "run",
        "run",
        "docker: Error response from daemon: mkdir /var/lib/docker/overlay2/x: no space left on device.",
        "docker system prune",
    ),
    (
        "port taken",
        "run",
        "run",
        (
            "docker: Error response from daemon: driver failed programming external connectivity on endpoint x: "
            "Error starting userland proxy: listen tcp4 127.0.0.1:9999: bind: address already in use."
        ),
        "another DOCKERPORT",
    ),
    (
        "another failure of the engine",
        "run",
        "run",
        "docker: Error response from daemon: unknown runtime specified nvidia.",
        "unknown runtime specified nvidia",
    ),
]

# An engine where all goes well but the subcommand $FAILS, which says $WORDS.
FAKE = """#!/bin/bash
if [ "$1" = "$FAILS" ]; then printf '%s\\n' "$WORDS" >&2; exit 1; fi
case "$1 $2" in
  "info "*) if [ "${0##*/}" = podman ]; then echo '{"buildahVersion": "1"}'; else echo '{}'; fi ;;
  "context inspect") echo "${DOCKER_HOST-}" ;;
  "container inspect") exit 1 ;;
  "image inspect") cat "${0%/*}/checksum" 2>/dev/null ;;
  "build "*) for word; do case $word in jupyter-docker.checksum=*) echo "${word#*=}" >"${0%/*}/checksum" ;; esac; done
    touch "$REQUIREMENTS/requirements.lock" ;;
esac
"""


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A PATH with what every machine has, and no engine."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in [
        "bash",
        "cat",
        "chown",
        "cksum",
        "cut",
        "date",
        "dirname",
        "env",
        "find",
        "id",
        "mkdir",
        "readlink",
    ]:
        (folder / name).symlink_to(str(shutil.which(name)))
    for name in ["sed", "sort", "tail", "touch", "tr"]:
        (folder / name).symlink_to(str(shutil.which(name)))
    return str(folder)


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """The folder with the scripts of a project."""
    return render(tmp_path / "project", hooks=False) / "requirements"


def install_engine(path: str, name: str = "docker") -> None:
    """Put an engine in PATH that only says what the environment tells it."""
    engine = Path(path) / name
    engine.write_text(FAKE)
    engine.chmod(engine.stat().st_mode | stat.S_IXUSR)


def failure(script: Path, **env: str) -> str:
    """What a script that must fail says on the terminal; AssertionError where it succeeds."""
    ran = subprocess.run(
        ["bash", str(script)],
        env={"HOME": "/nowhere", "REQUIREMENTS": str(script.parent), **env},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode != 0, ran.stdout
    assert ran.stdout == ""
    return ran.stderr


@pytest.mark.parametrize(
    ("script", "fails", "words", "mend"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_error_is_told_in_one_line_with_its_mend(
    scripts: Path, path: str, script: str, fails: str, words: str, mend: str
) -> None:
    install_engine(path)
    port = "9999" if fails == "run" else ""
    said = failure(scripts / f"{script}.sh", PATH=path, FAILS=fails, WORDS=words, DOCKERPORT=port)
    own = said.replace(f"{words}\n", "") if fails == "build" else said
    assert len(own.splitlines()) == 1, said
    assert mend in own
    if fails == "build":
        assert words in said  # the engine's own account stays in sight


def test_no_engine_is_told_with_where_to_get_it(scripts: Path, path: str) -> None:
    said = failure(scripts / "start.sh", PATH=path)
    assert said == "Docker is not installed: see https://docs.docker.com/get-started/get-docker/\n"


@pytest.mark.parametrize("host", ["ssh://me@far.example", "tcp://192.0.2.1:2375"])
def test_engine_on_another_machine_is_noticed_before_it_is_asked(scripts: Path, path: str, host: str) -> None:
    install_engine(path)
    said = failure(scripts / "start.sh", PATH=path, DOCKER_HOST=host, FAILS="info", WORDS="asked")
    assert len(said.splitlines()) == 1
    assert "another machine" in said
    assert "unset DOCKER_HOST" in said


def test_podman_serves_where_docker_is_missing(scripts: Path, path: str) -> None:
    install_engine(path, "podman")
    said = failure(scripts / "build.sh", PATH=path, FAILS="build", WORDS="podman was asked")
    assert "podman was asked" in said


@pytest.mark.docker
def test_real_engine_without_that_base_image(new: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = new(layout="requirements").script("build", env={"BASE_IMAGE": "localhost:1/none:1"})
    assert ran.code == 1
    assert "localhost:1/none:1" in ran.err
    assert ran.err.splitlines()[-1].startswith("The build stopped, for the reason above.")


@pytest.mark.docker
def test_real_engine_that_does_not_run(new: Callable) -> None:
    ran = new(layout="requirements").script("start", env={"DOCKER_HOST": "unix:///nowhere.sock"})
    assert ran.code == 1
    assert ran.err.startswith("Docker does not answer: start Docker Desktop, or sudo systemctl start docker.")
    assert len(ran.err.splitlines()) == 1


@pytest.mark.docker
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_real_engine_without_permission(new: Callable) -> None:
    project = new(layout="requirements")
    project.person = type(project.person)(
        project.person.name, project.person.uid, project.person.gid, project.person.home
    )
    ran = project.script("start")
    assert ran.code == 1
    assert "usermod -aG docker" in ran.err
    assert len(ran.err.splitlines()) == 1
