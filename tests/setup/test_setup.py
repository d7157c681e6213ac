"""dev/setup with stub commands: what it asks, refuses, and leaves unchanged."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.template import FLAVORS, TEMPLATE

TOOLS = "bash cat dirname env grep head id sed sleep sort tail timeout tr xargs"
NOBODY = 65534

# Every command writes itself to $LOG. An engine has the images in $IMAGES, and those in $STAND_INS have the label.
STUB = """#!/bin/bash
echo "${0##*/} $*" >>"$LOG"
case "${0##*/} $*" in
  *" info") [ -n "$ENGINE" ] || { echo "$ENGINE_ERROR" >&2; exit 1; } ;;
  "docker buildx version" | apt-* | unshare* | git*) ;;
  *" manifest inspect "*) [ -n "$REGISTRY" ] ;;
  *" image ls "*label=jupyter-docker.stand-in=*) [[ " $STAND_INS " != *" ${4##*=} "* ]] || echo "${4##*=}" ;;
  *" image inspect "*) [[ " $IMAGES $STAND_INS " == *" ${*: -1} "* ]] && echo sha256:1 ;;
  *" image ls "*) printf '%s\\n' $STAND_INS $INHERITED ;;
esac
"""


@dataclass
class Machine:
    """A copy of dev/ on a machine with stub commands."""

    folder: Path
    env: dict[str, str]

    def setup(self, *arguments: str, **more: object) -> subprocess.CompletedProcess[str]:
        """Run dev/setup to its end, without a terminal."""
        command = [str(self.folder / "dev/setup"), *arguments]
        options = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True, "timeout": 60} | more
        return subprocess.run(command, env=self.env, **options)

    def setup_on_a_terminal(self, answer: str) -> str:
        """Run dev/setup on a terminal and type `answer`; returns what the terminal shows."""
        terminal, end = pty.openpty()
        process = subprocess.Popen(
            [str(self.folder / "dev/setup")], env=self.env, stdin=end, stdout=end, stderr=end
        )
        os.close(end)
        os.write(terminal, f"{answer}\n".encode())
        process.wait(60)
        output = os.read(terminal, 100_000).decode()
        os.close(terminal)
        assert process.returncode == 1
        return output.replace("\r\n", "\n")

    @property
    def calls(self) -> list[str]:
        """The commands that it has called."""
        log = self.folder / "log"
        return log.read_text().splitlines() if log.exists() else []

    @property
    def changes(self) -> list[str]:
        """Those that change something."""
        harmless = (" info", "buildx version", "image ls", "image inspect", "manifest inspect", "unshare")
        return [call for call in self.calls if not any(word in call for word in harmless)]


@pytest.fixture
def machine() -> Iterator[Machine]:
    """A Debian 13 with a running engine, its base images, and a registry."""
    folder = Path(tempfile.mkdtemp(dir="/tmp", prefix="jupyter-docker-setup-"))
    folder.chmod(0o755)  # for a user without root
    shutil.copytree(TEMPLATE / "dev", folder / "dev")
    shutil.copy(TEMPLATE / "cookiecutter.json", folder)
    (folder / "bin").mkdir()
    for name in TOOLS.split():
        (folder / "bin" / name).symlink_to(str(shutil.which(name)))
    # A link to the Python of a virtual environment or of a version manager would not work here.
    python = folder / "bin/python3"
    python.write_text(f'#!/bin/bash\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    for name in ["docker", "apt-get", "apt-cache", "git", "unshare", "dockerd"]:
        stub = folder / "bin" / name
        stub.write_text(STUB)
        stub.chmod(0o755)
    (folder / "os-release").write_text("ID=debian\nVERSION_CODENAME=trixie\n")
    env = {"PATH": str(folder / "bin"), "HOME": str(folder), "LOG": str(folder / "log")}
    env |= {"OS_RELEASE": str(folder / "os-release"), "ENGINE_ERROR": "Cannot connect to the Docker daemon"}
    env |= {
        "ENGINE": "yes",
        "REGISTRY": "yes",
        "IMAGES": "python:3.13-slim",
        "STAND_INS": "",
        "INHERITED": "",
    }
    yield Machine(folder, env)
    shutil.rmtree(folder)


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can install packages")


def lines(output: str) -> list[str]:
    """The lines of an output that has exactly one error and one hint."""
    found = output.splitlines()
    assert [line.split(": ")[0] for line in found if line.startswith(("error", "hint"))] == ["error", "hint"]
    return found


def test_help_is_the_comment_at_the_top(machine: Machine) -> None:
    result = machine.setup("--help")
    assert result.returncode == 0
    assert "dev/setup --remove" in result.stdout
    assert "set -euo" not in result.stdout
    assert machine.calls == []


@pytest.mark.parametrize("arguments", [["--tests"], ["--test", "--remove"], ["all"]], ids=" ".join)
def test_unknown_arguments_are_refused(machine: Machine, arguments: list[str]) -> None:
    result = machine.setup(*arguments)
    assert result.returncode == 1
    assert lines(result.stderr) == [
        f"error: unknown argument: '{' '.join(arguments)}'",
        "hint: dev/setup --help",
    ]
    assert machine.calls == []


@pytest.mark.parametrize("registry", ["yes", ""], ids=["registry", "no registry"])
def test_nothing_changes_if_the_engine_has_the_base_image(machine: Machine, registry: str) -> None:
    machine.env["REGISTRY"] = registry
    result = machine.setup()
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert machine.changes == []


def test_nothing_changes_if_the_base_image_can_be_pulled(machine: Machine) -> None:
    machine.env["IMAGES"] = ""
    result = machine.setup()
    assert (result.returncode, result.stderr) == (0, "")
    assert machine.changes == []


def test_podman_alone_is_enough(machine: Machine) -> None:
    (machine.folder / "bin/docker").rename(machine.folder / "bin/podman")
    result = machine.setup()
    assert (result.returncode, result.stderr) == (0, "")
    assert machine.changes == []


def test_stand_ins_are_replaced_when_a_registry_can_be_reached(machine: Machine) -> None:
    machine.env |= {"IMAGES": "", "STAND_INS": "python:3.13-slim python:3.13"}
    assert machine.setup().returncode == 0
    pulls = [call for call in machine.changes if " pull " in call]
    assert pulls == ["docker pull --quiet python:3.13-slim", "docker pull --quiet python:3.13"]


def test_remove_removes_only_stand_ins(machine: Machine) -> None:
    machine.env |= {"STAND_INS": "python:3.13", "INHERITED": "my-project:latest <none>:<none>"}
    result = machine.setup("--remove")
    assert result.returncode == 0
    assert machine.changes == ["docker image rm --force python:3.13"]
    assert result.stderr == "Removed the stand-in for python:3.13.\n"


@pytest.mark.parametrize(
    ("release", "hint"),
    [
        ("ID=fedora\n", "sudo dnf install moby-engine"),
        ("ID=arch\n", "sudo pacman -S docker"),
        ("ID=opensuse-leap\nVERSION_CODENAME=x\n", "https://docs.docker.com/engine/install/"),
    ],
    ids=["Fedora", "Arch", "other"],
)
def test_other_systems_get_the_command_or_the_page(machine: Machine, release: str, hint: str) -> None:
    (machine.folder / "os-release").write_text(release)
    machine.env["ENGINE"] = ""
    result = machine.setup()
    assert result.returncode == 1
    assert len(lines(result.stderr)) == 2
    assert hint in result.stderr
    assert machine.changes == []


def test_missing_permission_is_reported_with_the_fix(machine: Machine) -> None:
    machine.env |= {"ENGINE": "", "ENGINE_ERROR": "permission denied while trying to connect"}
    result = machine.setup()
    assert result.returncode == 1
    assert lines(result.stderr)[0] == "error: permission denied by Docker"
    assert "sudo usermod -aG docker" in result.stderr
    assert machine.changes == []


def test_an_engine_elsewhere_is_not_replaced(machine: Machine) -> None:
    machine.env |= {"ENGINE": "", "DOCKER_HOST": "tcp://192.0.2.1:2375"}
    result = machine.setup()
    assert result.returncode == 1
    assert lines(result.stderr)[1] == "hint: unset DOCKER_HOST"
    assert machine.changes == []


@needs_root
def test_a_user_without_root_and_sudo_gets_one_error(machine: Machine) -> None:
    machine.env["ENGINE"] = ""
    machine.folder.chmod(0o777)  # for the log
    result = machine.setup(user=NOBODY, group=NOBODY, extra_groups=[])
    assert result.returncode == 1
    assert lines(result.stderr)[0] == "error: Setting up this machine requires root"
    assert machine.changes == []


@needs_root
def test_a_container_without_privileges_gets_one_error(machine: Machine) -> None:
    machine.env["ENGINE"] = ""
    (machine.folder / "bin/unshare").write_text("#!/bin/bash\nexit 1\n")
    result = machine.setup()
    assert result.returncode == 1
    assert lines(result.stderr)[0] == "error: no container engine can run here: mounting is not permitted"
    assert machine.changes == []


@needs_root
def test_on_a_terminal_it_asks_before_it_installs(machine: Machine) -> None:
    machine.env["ENGINE"] = ""
    (machine.folder / "bin/git").unlink()
    output = machine.setup_on_a_terminal("n")
    assert "These packages will be installed: git\nContinue? [y/N]" in output
    assert "error: cancelled\nhint: install Docker yourself" in output
    assert machine.changes == []


@needs_root
def test_a_machine_with_only_the_client_of_docker_gets_an_engine(machine: Machine) -> None:
    machine.env["ENGINE"] = ""
    (machine.folder / "bin/dockerd").unlink()
    assert ": docker.io docker-cli docker-buildx" in machine.setup_on_a_terminal("n")


@needs_root
def test_on_a_terminal_it_asks_before_it_builds_stand_ins(machine: Machine) -> None:
    machine.env |= {"IMAGES": "", "REGISTRY": ""}
    output = machine.setup_on_a_terminal("")
    assert "Stand-ins for the base images will be built" in output
    assert "error: cancelled\nhint: run dev/setup again when a registry can be reached" in output
    assert machine.changes == []


def test_every_flavor_has_a_stand_in() -> None:
    flavors = {
        path.name.removesuffix(".Dockerfile") for path in (TEMPLATE / "dev/images").glob("*.Dockerfile")
    }
    assert set(FLAVORS) == flavors - {"podman"}
