"""What a next release of the template may change, each as a commit of its own."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from updates.repositories import RENDERED, Project


def insert_before(path: Path, pattern: str, text: str) -> None:
    """Add lines before the first line that matches, and fail where none does."""
    lines = path.read_bytes().decode().splitlines(keepends=True)
    number = next(number for number, line in enumerate(lines) if re.match(pattern, line))
    lines.insert(number, text)
    path.write_bytes("".join(lines).encode())


def add_line(template: Path) -> None:
    insert_before(template / RENDERED / "requirements/Dockerfile", "EXPOSE", "LABEL from.template=yes\n")


def add_file(template: Path) -> None:
    script = template / RENDERED / "requirements/doctor.sh"
    script.write_text("#!/usr/bin/env bash\necho all is well\n")
    script.chmod(0o755)


def add_answer(template: Path) -> None:
    path = template / "cookiecutter.json"
    answers = json.loads(path.read_text())
    path.write_text(json.dumps({"shm_size": "2g", **answers}, indent=2))
    settings = template / RENDERED / "requirements/settings.sh"
    insert_before(
        settings, "# For this machine alone", "# Shared memory.\nSHM={{ cookiecutter.shm_size }}\n\n"
    )


def change_line(template: Path) -> None:
    path = template / RENDERED / "requirements/settings.sh"
    path.write_text(path.read_text().replace("IMAGETAG:-latest", "IMAGETAG:-newest"))


def remove_file(template: Path) -> None:
    (template / RENDERED / "requirements/jupyter_server_config.py").unlink()


def change_mode(template: Path) -> None:
    (template / RENDERED / "requirements/base-requirements.txt").chmod(0o755)


@dataclass(frozen=True)
class Change:
    """One change of the template: the file of the project that it is in, and how one sees that it has come."""

    name: str
    apply: Callable[[Path], None]
    path: str
    has_come: Callable[[Project], bool]


CHANGES = [
    Change(
        "a-line-in-the-Dockerfile",
        add_line,
        "requirements/Dockerfile",
        lambda project: "LABEL from.template=yes\n" in project.text("requirements/Dockerfile"),
    ),
    Change(
        "a-new-file",
        add_file,
        "requirements/doctor.sh",
        lambda project: "all is well" in project.text("requirements/doctor.sh"),
    ),
    Change(
        "a-new-answer",
        add_answer,
        "requirements/settings.sh",
        lambda project: "SHM=2g" in project.text("requirements/settings.sh"),
    ),
    Change(
        "a-changed-line-in-settings",
        change_line,
        "requirements/settings.sh",
        lambda project: "IMAGETAG:-newest" in project.text("requirements/settings.sh"),
    ),
    Change(
        "a-removed-file",
        remove_file,
        "requirements/jupyter_server_config.py",
        lambda project: not (project / "requirements/jupyter_server_config.py").exists(),
    ),
    Change(
        "a-mode",
        change_mode,
        "requirements/base-requirements.txt",
        lambda project: bool((project / "requirements/base-requirements.txt").stat().st_mode & 0o100),
    ),
]
