"""Engines of a user without root: rootless Docker, and Podman under its own name or as `docker`."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from support.projects import FOLDER_LABEL, Project
from support.users import User

OWNER = "rootless"  # the user whom the tests expect to have these engines
PODMAN_5 = Path("/usr/local/lib/podman5")  # a folder with a newer podman
ENGINES = ["rootless Docker", "Podman 4.3", "Podman 5.4", "Podman as docker"]


@dataclass(frozen=True)
class RootlessEngine:
    """An engine, the user who owns it, and the environment in which a script finds only this engine."""

    user: User
    env: dict[str, str]
    command: str
    storage: str  # the name of the engine whose images and containers it uses

    def run(self, *arguments: str) -> str:
        """The output of `docker ARGUMENTS` or `podman ARGUMENTS`, stripped; AssertionError if it fails."""
        result = self.user.run([self.command, *arguments], env=self.env)
        assert result.status == 0, f"{arguments}: {result.stderr}"
        return result.stdout.strip()

    def containers(self, folder: Path) -> list[str]:
        """The IDs of all containers of the projects in a folder."""
        return self._labeled(folder, "ps", "--all")

    def images(self, folder: Path) -> list[str]:
        """The IDs of all images of the project in a folder, on Podman also those that it keeps as its build cache."""
        return self._labeled(folder, "images")

    def tagged_images(self, folder: Path) -> list[str]:
        """The IDs of those with a tag."""
        return self._labeled(folder, "images", "--filter", "dangling=false")

    def _labeled(self, folder: Path, *command: str) -> list[str]:
        found = self.run(*command, "--quiet", "--filter", f"label={FOLDER_LABEL}={folder}")
        return sorted(set(found.split()))


class RootlessProject(Project):
    """A project whose engine is a RootlessEngine."""

    def exec(self, *command: str) -> str:
        """Run `command` in the one running container; returns its output, stripped."""
        [container] = self.engine.containers(self.folder)
        return self.engine.run("exec", container, *command)

    def clean_up(self) -> None:
        """Remove everything that it has on the engine."""
        for container in self.engine.containers(self.folder):
            self.engine.run("rm", "--force", container)
        for image in self.engine.images(self.folder):
            self.engine.run("rmi", "--force", image)


def missing(name: str) -> str:
    """Why an engine cannot be used here; empty if it can."""
    if os.geteuid() != 0:
        return "only root can be another user"
    if OWNER not in {entry.pw_name for entry in pwd.getpwall()}:
        return f"there is no user {OWNER}"
    if name == "Podman 5.4" and not PODMAN_5.exists():
        return f"there is no {PODMAN_5}"
    return ""


@contextmanager
def rootless_engine(name: str, tools: Path) -> Iterator[RootlessEngine]:
    """One of ENGINES; `tools` is an empty folder for what PATH has."""
    entry = pwd.getpwnam(OWNER)
    user = User(OWNER, entry.pw_uid, entry.pw_gid, Path(entry.pw_dir))
    runtime_dir = f"/run/user/{entry.pw_uid}"
    if name == "rootless Docker":
        host = f"unix://{runtime_dir}/docker.sock"
        yield RootlessEngine(user, {"PATH": "/usr/bin:/bin", "DOCKER_HOST": host}, "docker", name)
        return

    for folder in ["/usr/sbin", "/usr/bin", "/bin"]:  # everything but docker
        for tool in Path(folder).iterdir():
            if tool.name != "docker" and not (tools / tool.name).is_symlink():
                (tools / tool.name).symlink_to(tool)
    if name == "Podman as docker":
        shim = tools / "docker"
        shim.write_text('#!/bin/sh\nexec podman "$@"\n')
        shim.chmod(0o755)
    storage = "Podman 4.3" if name == "Podman as docker" else name
    path = f"{PODMAN_5}:{tools}" if name == "Podman 5.4" else str(tools)
    yield RootlessEngine(user, {"PATH": path, "XDG_RUNTIME_DIR": runtime_dir}, "podman", storage)
