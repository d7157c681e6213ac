"""Engines of a user without root: rootless Docker, and Podman 5 under its own name or as `docker`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.projects import FOLDER_LABEL, Project, make_project
from support.users import User

OWNER = "rootless"  # the user whom the tests expect to have these engines
PODMAN_5 = Path("/usr/local/lib/podman5")  # the folder with the command podman
ENGINES = ["rootless Docker", "Podman", "Podman as docker"]


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

    def volumes(self, folder: Path) -> list[str]:
        """The names of the volumes of the project in a folder."""
        return self._labeled(folder, "volume", "ls")

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
        for volume in self.engine.volumes(self.folder):
            self.engine.run("volume", "rm", "--force", volume)


def make_rootless_project(folder: Path, engine: RootlessEngine) -> RootlessProject:
    """Render a project without packages for the engine's user, in a new folder below `folder`."""
    project = make_project(folder, engine.user, engine, layout="requirements")
    return RootlessProject(project.folder, project.user, engine, engine.env)


def missing(name: str) -> str:
    """Why one of ENGINES cannot be used here; empty if it can."""
    if os.geteuid() != 0:
        return "only root can be another user"
    try:
        user = User.named(OWNER)
    except KeyError:
        return f"there is no user {OWNER}"
    command = _command(name)
    try:
        result = user.run([command, "info"], _variables(name, user, "/usr/bin:/bin"))
    except OSError as error:
        return f"{OWNER} cannot run {command}: {error}"
    if result.status != 0:
        return f"{name} does not answer: {result.stderr.strip()}"
    return ""


def require_engine(name: str) -> None:
    """Skip the test if one of ENGINES cannot be used here; with REQUIRE_HOSTS=1, let it fail."""
    if reason := missing(name):
        if os.environ.get("REQUIRE_HOSTS") == "1":
            pytest.fail(f"REQUIRE_HOSTS=1, but {reason}")
        pytest.skip(reason)


def rootless_engine(name: str, tools: Path) -> RootlessEngine:
    """One of ENGINES; `tools` is an empty folder for the programs that a script finds."""
    user = User.named(OWNER)
    if name == "rootless Docker":
        return RootlessEngine(user, _variables(name, user, "/usr/bin:/bin"), "docker", name)
    for folder in ["/usr/sbin", "/usr/bin", "/bin"]:  # everything but other engines
        for tool in Path(folder).iterdir():
            if tool.name not in ("docker", "podman") and not (tools / tool.name).is_symlink():
                (tools / tool.name).symlink_to(tool)
    if name == "Podman as docker":
        shim = tools / "docker"
        shim.write_text('#!/bin/sh\nexec podman "$@"\n')
        shim.chmod(0o755)
    return RootlessEngine(user, _variables(name, user, str(tools)), "podman", "Podman")


def _command(name: str) -> str:
    return "docker" if name == "rootless Docker" else "podman"


def _variables(name: str, user: User, path: str) -> dict[str, str]:
    """The environment in which a script finds the engine and the programs in `path`."""
    runtime_dir = f"/run/user/{user.uid}"
    if name == "rootless Docker":
        return {"PATH": path, "DOCKER_HOST": f"unix://{runtime_dir}/docker.sock"}
    return {"PATH": f"{PODMAN_5}:{path}", "XDG_RUNTIME_DIR": runtime_dir}
