"""An engine that only these tests use, on a small disk: filled up, or killed while it works."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import docker
import pytest
from support.projects import Project, make_project
from support.servers import http_status
from support.users import User
from support.waiting import until

pytestmark = [
    pytest.mark.docker,
    pytest.mark.soak,  # each starts with an empty engine
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can run another engine"),
]

BASE = "python:3.13-slim"
NETWORK = "198.51.100.128/25"


def run(*words: str) -> None:
    """Run a command; CalledProcessError if it fails."""
    subprocess.run(words, check=True, capture_output=True, text=True)


def mounts_below(folder: Path) -> list[str]:
    """The mounts in a folder, the deepest first. A killed build leaves some behind."""
    mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    return sorted((mount for mount in mounts if mount.startswith(f"{folder}/")), reverse=True)


@dataclass
class Engine:
    """A dockerd with its data on a separate disk; a test can kill it and start it again."""

    folder: Path
    bridge: str
    settings: dict[str, Any] = field(default_factory=dict)
    processes: list[subprocess.Popen] = field(default_factory=list)

    @property
    def host(self) -> str:
        """Its address, for DOCKER_HOST."""
        return f"unix://{self.folder}/docker.sock"

    def start(self) -> None:
        """Start dockerd, and wait until it answers."""
        (self.folder / "docker.pid").unlink(missing_ok=True)
        (self.folder / "daemon.json").write_text(json.dumps(self.settings))
        command = ["dockerd", "--data-root", f"{self.folder}/data", "--exec-root", f"{self.folder}/run"]
        command += ["--host", self.host, "--group", "docker", "--pidfile", f"{self.folder}/docker.pid"]
        command += ["--config-file", f"{self.folder}/daemon.json"]
        command += ["--bridge", self.bridge, "--iptables=false", "--ip6tables=false"]
        command += [
            "--containerd-namespace",
            self.bridge,
            "--containerd-plugins-namespace",
            f"{self.bridge}p",
        ]
        with (self.folder / "log").open("a") as log:
            self.processes.append(subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True))

        def answers() -> bool:
            assert self.processes[-1].poll() is None, (self.folder / "log").read_text()[-2000:]
            return subprocess.run(["docker", "-H", self.host, "info"], capture_output=True).returncode == 0

        until(answers, "an answer of dockerd", 60)

    def kill(self) -> None:
        """SIGKILL to dockerd alone, as when the kernel runs out of memory."""
        self.processes[-1].kill()
        self.processes[-1].wait(10)

    def stop(self) -> None:
        """End dockerd and the containerd that it started."""
        self.processes[-1].terminate()
        self.processes[-1].wait(30)
        pid = self.folder / "run/containerd/containerd.pid"
        if pid.exists():
            os.kill(int(pid.read_text()), signal.SIGTERM)


@pytest.fixture
def own_engine(engine: object, request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An engine with the base image; the parameter is the size of its disk in MB and its daemon.json."""
    size, settings = request.param
    folder = Path(tempfile.mkdtemp(prefix="jdengine", dir="/tmp"))
    folder.chmod(0o711)
    own = Engine(folder, f"jd{os.getpid()}", settings)
    outward = ["POSTROUTING", "-s", NETWORK, "!", "-o", own.bridge, "-j", "MASQUERADE"]
    (folder / "data").mkdir()
    run("truncate", "--size", f"{size}M", f"{folder}/disk")
    run("mkfs.ext4", "-q", f"{folder}/disk")
    run("mount", "-o", "loop", f"{folder}/disk", f"{folder}/data")
    try:
        run("ip", "link", "add", own.bridge, "type", "bridge")
        run("ip", "address", "add", NETWORK.replace(".128/", ".129/"), "dev", own.bridge)
        run("ip", "link", "set", own.bridge, "up")
        run("iptables", "-t", "nat", "-I", *outward)
        run("iptables", "-I", "FORWARD", "-i", own.bridge, "-j", "ACCEPT")
        run("iptables", "-I", "FORWARD", "-o", own.bridge, "-j", "ACCEPT")
        own.start()
        run("bash", "-c", f"docker save {BASE} | docker -H {own.host} load")
        yield own
    finally:
        if own.processes:
            with suppress(docker.errors.DockerException):  # it does not run any more
                for container in docker.DockerClient(own.host).containers.list(all=True):
                    container.remove(force=True)
            own.stop()
        subprocess.run(["iptables", "-t", "nat", "-D", *outward], capture_output=True)
        subprocess.run(["iptables", "-D", "FORWARD", "-i", own.bridge, "-j", "ACCEPT"], capture_output=True)
        subprocess.run(["iptables", "-D", "FORWARD", "-o", own.bridge, "-j", "ACCEPT"], capture_output=True)
        subprocess.run(["ip", "link", "delete", own.bridge], capture_output=True)
        for mount in mounts_below(folder):
            run("umount", mount)
        shutil.rmtree(folder)


@pytest.fixture
def project(own_engine: Engine, workspace: Path, user: User) -> Project:
    """A project whose scripts see only that engine."""
    project = make_project(workspace, user, docker.DockerClient(own_engine.host))
    project.env = {"DOCKER_HOST": own_engine.host}
    project.write("mine.ipynb", '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}\n')
    return project


@pytest.mark.parametrize("own_engine", [(800, {})], indirect=True, ids=["800 MB"])
def test_a_full_disk_during_a_build_is_reported(own_engine: Engine, project: Project) -> None:
    before = (project.folder / "mine.ipynb").read_bytes()
    result = project.fail("start", "-d")
    assert re.search("no space left on device|enough free space", result.stderr, re.IGNORECASE)  # apt's words
    assert result.messages[0] == "error: the build failed (see the messages above)"
    assert project.containers() == project.images() == []
    assert (project.folder / "mine.ipynb").read_bytes() == before


@pytest.mark.parametrize("own_engine", [(6000, {})], indirect=True, ids=["6 GB"])
def test_start_is_enough_after_the_engine_is_killed_at_random_moments(
    own_engine: Engine, project: Project
) -> None:
    before = (project.folder / "mine.ipynb").read_bytes()
    chance = random.Random(5)
    for longest in [40, 40, 5, 5]:  # seconds; the first in the build, the later ones at a start
        start = project.user.popen(
            [str(project.requirements / "start.sh"), "-d"],
            project.env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(chance.uniform(0, longest))  # the moment of the fault is what is tested
        own_engine.kill()
        start.wait(60)
        own_engine.start()
    assert http_status(project.start()) == 200
    own_engine.kill()
    own_engine.start()
    assert http_status(project.start()) == 200
    assert len(project.containers()) == 1
    assert (project.folder / "mine.ipynb").read_bytes() == before


CONTAINERD = {"features": {"containerd-snapshotter": True}}


@pytest.mark.parametrize("own_engine", [(8000, CONTAINERD)], indirect=True, ids=["containerd"])
def test_with_the_containerd_image_store_start_keeps_image_and_container(
    own_engine: Engine, project: Project
) -> None:
    link = project.start()
    before = project.container.id
    project.stop()
    result = project.succeed("start", "-d")
    assert (project.container.id, result.link) == (before, link)
    assert "Building" not in result.stderr
    project.succeed("stop", "--remove")
    assert project.images() == []
