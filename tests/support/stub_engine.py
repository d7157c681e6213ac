"""Small programs in place of the engine: one answers as told, and one stops a script at a command."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from support.projects import Project
from support.waiting import until

#: What a healthy engine without containers prints, for the first pattern (of bash) that matches the command.
ANSWERS = [
    ("version *", '{"Server":{"Components":[]}}', 0),
    ("context show", "default", 0),
    ("context inspect *", "unix:///var/run/docker.sock", 0),
    ("container inspect 0a1b2c", "", 0),
    ("container inspect *", "", 1),
    ("create *", "0a1b2c", 0),
    ("image inspect *Id*", "sha256:1", 0),
    ("run *requirements.lock", "cowsay==6.0", 0),
    ("exec * server-status wait *", "/lab?token=0", 0),
]


def link_tools(folder: Path) -> Path:
    """Fill a new folder for PATH with this machine's commands, apart from the engines; returns it."""
    folder.mkdir()
    for source in ["/usr/local/bin", "/usr/bin", "/bin"]:
        for tool in Path(source).iterdir():
            if tool.name not in ("docker", "podman") and not (folder / tool.name).is_symlink():
                (folder / tool.name).symlink_to(tool)
    return folder


def write_program(path: Path, text: str) -> None:
    """Write a bash script with run bits."""
    path.write_text(f"#!/bin/bash\n{text}")
    path.chmod(0o755)


class StubEngine:
    """A `docker` or `podman` in a folder for PATH. What ANSWERS does not list succeeds and prints nothing."""

    def __init__(self, folder: Path, name: str = "docker") -> None:
        self._program = folder / name
        self._log = folder.parent / f"{name}-commands"
        self._answers = list(ANSWERS)
        self._write()

    def answer(self, pattern: str, output: str = "", status: int = 0) -> None:
        """Answer the commands that match a pattern. If `status` is not 0, `output` goes to standard error."""
        self._answers.insert(0, (pattern, output, status))
        self._write()

    def _write(self) -> None:
        lines = [f'echo "$*" >>{shlex.quote(str(self._log))}', 'case "$*" in']
        for pattern, output, status in self._answers:
            printed = f"printf '%s\\n' {shlex.quote(output)}{' >&2' if status else ''}" if output else ":"
            lines.append(f"  {pattern.replace(' ', chr(92) + ' ')}) {printed}; exit {status} ;;")
        write_program(self._program, "\n".join([*lines, "esac\n"]))

    @property
    def commands(self) -> list[str]:
        """The arguments of each call so far."""
        return self._log.read_text().splitlines() if self._log.exists() else []


def kill_at(project: Project, script: str, *arguments: str, command: str, folder: Path) -> None:
    """Run a script, and kill it and what it has started just before it runs an engine command.

    `command` is a pattern of bash; `folder` is an empty one, which the user can enter.
    """
    folder.chmod(0o755)
    reached = folder / "reached"
    reached.touch()
    project.give(reached)
    write_program(
        folder / "docker",
        f'case "$*" in {command.replace(" ", chr(92) + " ")}) echo yes >{reached}; exec sleep 600 ;; esac\n'
        f'exec {shutil.which("docker")} "$@"\n',
    )
    env = {"PATH": f"{folder}:/usr/local/bin:/usr/bin:/bin"}
    kill_when(project, lambda _: reached.read_text() != "", script, *arguments, env=env)


def kill_when(
    project: Project,
    condition: Callable[[str], bool],
    script: str,
    *arguments: str,
    env: dict[str, str] | None = None,
) -> None:
    """Run a script, and kill it and what it has started when the condition is true of its output so far."""
    with tempfile.NamedTemporaryFile() as output:
        process = project.user.popen(
            [str(project.requirements / f"{script}.sh"), *arguments],
            project.env | (env or {}),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

        def is_due() -> bool:
            text = Path(output.name).read_text()
            assert process.poll() is None, f"the script ended before the condition was true:\n{text}"
            return condition(text)

        try:
            until(is_due, "the moment at which the script is killed")
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
