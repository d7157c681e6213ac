"""dev/setup on a Debian with only Python, Git, and CA certificates, in a container of this machine's engine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.template import TEMPLATE

pytestmark = [
    pytest.mark.timeout(3600),  # seconds; building every base image takes minutes
    pytest.mark.docker,
    pytest.mark.soak,  # builds every base image
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can create a root file system"),
    pytest.mark.skipif(shutil.which("mmdebstrap") is None, reason="there is no mmdebstrap"),
]

CERTIFICATES = "/usr/local/share/ca-certificates"
IMPORTS = "import ssl, sqlite3, ctypes, lzma, bz2, readline, curses, uuid"


def run(*words: str) -> str:
    """The output of a command that must succeed."""
    result = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert result.returncode == 0, result.stdout
    return result.stdout


@pytest.fixture(scope="module", params=["bookworm", "trixie"])
def debian(
    request: pytest.FixtureRequest, engine: object, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """An image of a Debian release, with this machine's certificates and APT settings."""
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "apt.conf").write_text(
        "".join(
            line
            for line in run("apt-config", "dump", "Acquire").splitlines(keepends=True)
            if not re.search("::IndexTargets|::Changelogs", line)
        )
    )
    targets = ["--format", "$(REPO_URI)", "Created-By: Packages", "Label: Debian"]
    mirror = run("apt-get", "indextargets", *targets).split()[:1]
    archive, image = f"{folder}/root.tar", f"jupyter-docker-test-setup:{request.param}"
    options = ["--quiet", "--mode=root", "--variant=minbase", "--include=ca-certificates,python3,git"]
    options += [f"--aptopt={folder}/apt.conf", "--dpkgopt=force-unsafe-io"]
    if list(Path(CERTIFICATES).glob("*.crt")):
        options += [f'--customize-hook=cp {CERTIFICATES}/*.crt "$1{CERTIFICATES}"']
        options += ['--customize-hook=chroot "$1" update-ca-certificates >/dev/null 2>&1']
    run("mmdebstrap", *options, request.param, archive, *mirror)
    run("docker", "import", archive, image)
    Path(archive).unlink()
    yield image
    run("docker", "image", "rm", image)


@pytest.fixture
def machine(debian: str) -> Iterator[str]:
    """A running container with the rights that an engine needs, and with the repository in its working folder."""
    options = ["--privileged", "--tmpfs", "/run", "--volume", "/var/lib/docker"]
    options += ["--volume", f"{TEMPLATE}:/repository:ro", "--workdir", "/repository"]
    container = run("docker", "run", "--detach", *options, debian, "sleep", "infinity").strip()
    yield container
    run("docker", "rm", "--force", "--volumes", container)


def test_a_fresh_debian_gets_an_engine_and_all_base_images(machine: str) -> None:
    run("docker", "exec", machine, "dev/setup")
    assert "Docker Compose" in run("docker", "exec", machine, "docker", "compose", "version")
    run("docker", "exec", machine, "docker", "run", "--rm", "python:3.13-slim", "python", "-c", IMPORTS)
    assert run("docker", "exec", machine, "dev/setup") == ""
    # As after a power failure: the processes are gone, and their files are still there.
    run("docker", "kill", machine)
    run("docker", "start", machine)
    assert run("docker", "exec", machine, "dev/setup") == "Starting Docker...\n"
    run("docker", "exec", machine, "dev/setup", "--remove")
    assert run("docker", "exec", machine, "docker", "image", "ls", "--quiet") == ""


def test_a_container_without_privileges_gets_one_error(debian: str) -> None:
    command = [
        "docker",
        "run",
        "--rm",
        "--volume",
        f"{TEMPLATE}:/repository:ro",
        debian,
        "/repository/dev/setup",
    ]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 1
    error = [line for line in result.stderr.splitlines() if line.startswith(("error", "hint"))]
    assert error[0] == "error: no container engine can run here: mounting is not permitted"
    assert len(error) == 2
