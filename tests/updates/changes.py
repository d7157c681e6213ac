"""What a new version of the template may change, each as a separate commit."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from support.baked import BakedProject
from support.repositories import edit
from support.template import RENDERED

DOCKERFILE, SETTINGS = "requirements/Dockerfile", "requirements/settings.sh"
SERVER = "requirements/image/jupyter_server_config.py"
JUPYTER = "requirements/image/scripts/jupyter-requirements.txt"


def add_line(template: Path) -> None:
    edit(template / "templates/base.Dockerfile", "EXPOSE 8888\n", "LABEL from.template=yes\nEXPOSE 8888\n")


def add_file(template: Path) -> None:
    script = template / RENDERED / "requirements/doctor.sh"
    script.write_text("#!/usr/bin/env bash\necho no problems found\n")
    script.chmod(0o755)


def add_answer(template: Path) -> None:
    path = template / "cookiecutter.json"
    path.write_text(json.dumps({"shm_size": "2g", **json.loads(path.read_text())}, indent=2))
    line = "BASE_IMAGE=${BASE_IMAGE:-}\n"
    edit(
        template / RENDERED / SETTINGS,
        line,
        f"{line}\n# Shared memory.\nSHM={{{{ cookiecutter.shm_size }}}}\n",
    )


def change_setting(template: Path) -> None:
    edit(template / RENDERED / SETTINGS, "IMAGETAG:-latest", "IMAGETAG:-newest")


def change_base_image(template: Path) -> None:
    path = template / "cookiecutter.json"
    context = json.loads(path.read_text())
    context["_flavors"]["python-slim"]["image"] += "-trixie"
    path.write_text(json.dumps(context, indent=2))


def remove_file(template: Path) -> None:
    (template / RENDERED / SERVER).unlink()


def change_mode(template: Path) -> None:
    (template / RENDERED / JUPYTER).chmod(0o755)


@dataclass(frozen=True)
class Change:
    """A change of the template: the generated file that it changes, and whether a project has it."""

    name: str
    apply: Callable[[Path], None]
    path: str
    is_in: Callable[[BakedProject], bool]


CHANGES = [
    Change(
        "adds-a-line-to-the-Dockerfile",
        add_line,
        DOCKERFILE,
        lambda project: "LABEL from.template=yes\n" in project.text(DOCKERFILE),
    ),
    Change(
        "adds-a-file",
        add_file,
        "requirements/doctor.sh",
        lambda project: "no problems found" in project.text("requirements/doctor.sh"),
    ),
    Change("adds-an-answer", add_answer, SETTINGS, lambda project: "SHM=2g" in project.text(SETTINGS)),
    Change(
        "changes-a-setting",
        change_setting,
        SETTINGS,
        lambda project: "IMAGETAG:-newest" in project.text(SETTINGS),
    ),
    Change(
        "changes-the-base-image",
        change_base_image,
        DOCKERFILE,
        lambda project: "python:3.13-slim-trixie\n" in project.text(DOCKERFILE),
    ),
    Change("removes-a-file", remove_file, SERVER, lambda project: not (project / SERVER).exists()),
    Change(
        "changes-a-mode",
        change_mode,
        JUPYTER,
        lambda project: bool((project / JUPYTER).stat().st_mode & 0o100),
    ),
]
