"""Programs that the recipes use, each in a separate environment."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.documents import commands
from support.template import TEMPLATE

PAGE = TEMPLATE / "docs/beyond-one-machine.md"
RECIPES = TEMPLATE / "docs/beyond"
SCHEMAS = Path(__file__).with_name("schemas")


def documented(line: str, replacements: Mapping[str, str] | None = None) -> str:
    """A command of the page, with names replaced; AssertionError if the page or the line lacks one."""
    assert line in commands(PAGE.read_text()), line
    for old, new in (replacements or {}).items():
        assert old in line
        line = line.replace(old, new)
    return line


def run(
    command: list[str], env: Mapping[str, str] | None = None, **more: Any
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end with its output as text; AssertionError if it fails."""
    result = subprocess.run(
        command,
        env=os.environ | dict(env or {}),
        stdin=subprocess.DEVNULL,
        text=True,
        capture_output=True,
        timeout=600,
        **more,
    )
    assert result.returncode == 0, f"{command}:\n{result.stdout}{result.stderr}"
    return result


@dataclass(frozen=True)
class Venv:
    """A virtual environment with packages that the project itself does not depend on."""

    folder: Path

    @classmethod
    def create(cls, folder: Path, *packages: str) -> Venv:
        """Create the environment in `folder` and install the packages."""
        uv = str(Path(sys.executable).with_name("uv"))
        run([uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(folder)])
        run([uv, "pip", "install", "--quiet", "--python", str(folder), *packages])
        return cls(folder)

    def program(self, name: str) -> str:
        """The path of one of its programs."""
        return str(self.folder / "bin" / name)

    def run(self, name: str, *words: str, **more: Any) -> subprocess.CompletedProcess[str]:
        """Run one of its programs; AssertionError if it fails."""
        return run([self.program(name), *words], **more)
