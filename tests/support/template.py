"""The template: its answers, its combinations of choices, and how a test generates a project from it."""

import importlib.util
import itertools
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from cookiecutter.main import cookiecutter

TEMPLATE = Path(__file__).resolve().parent.parent.parent
CONTEXT: dict[str, Any] = json.loads((TEMPLATE / "cookiecutter.json").read_text())

#: The paths of the repository that Cookiecutter uses, and the folder among them that it renders.
TEMPLATE_PATHS = ("cookiecutter.json", "hooks", "templates", "{{cookiecutter.project_slug}}")
RENDERED = TEMPLATE_PATHS[-1]

#: The name of each answer.
PROMPTS = [name for name in CONTEXT if not name.startswith("_")]

#: Each answer that is a choice, with all its values.
CHOICES: dict[str, list[str]] = {name: value for name, value in CONTEXT.items() if isinstance(value, list)}

#: Each flavor (a value of `base_image`) with its image, Python versions, Dockerfile, and extra files.
FLAVORS: dict[str, dict[str, Any]] = CONTEXT["_flavors"]

#: Every combination of choices that the template supports, as answers.
COMBINATIONS: list[dict[str, str]] = [
    answers
    for values in itertools.product(*CHOICES.values())
    for answers in [dict(zip(CHOICES, values, strict=True))]
    if answers["python_version"] in FLAVORS[answers["base_image"]]["python_versions"]
]


def title(answers: dict[str, str]) -> str:
    """Answers as a short name, for the ID of a test."""
    return "-".join(answers.values())


def render(
    folder: Path,
    *,
    template: Path | str = TEMPLATE,
    hooks: bool = True,
    overwrite: bool = False,
    **answers: str,
) -> Path:
    """Generate a project in `folder` with plain cookiecutter, in this process, and return the project's folder.

    For what the fixture `cookies` cannot do: an existing folder, no hooks, the project of a session on the engine.
    Raises cookiecutter.exceptions.FailedHookException if the hooks refuse the answers.
    """
    return Path(
        cookiecutter(
            str(template),
            no_input=True,
            extra_context=answers,
            output_dir=str(folder),
            accept_hooks=hooks,
            overwrite_if_exists=overwrite,
        )
    )


def command(
    folder: Path, *words: str, env: dict[str, str] | None = None, typed: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a command of this Python's environment (`cookiecutter`, `cruft`, ...) in `folder` and capture its output."""
    program = Path(sys.executable).parent / words[0]
    environment = {**os.environ, "TMPDIR": str(folder.parent), "PWD": str(folder), **(env or {})}
    return subprocess.run(
        [str(program), *words[1:]],
        cwd=folder,
        env=environment,
        text=True,
        capture_output=True,
        timeout=600,
        input=typed,
    )


def replay(folder: Path, answers: dict[str, object], *, overwrite: bool = False) -> Path:
    """Generate a project in `folder` from a replay file, whose answers cookiecutter neither checks nor renders."""
    record = folder.parent / f"{folder.name}-replay.json"
    defaults = {name: value[0] if name in CHOICES else value for name, value in CONTEXT.items()}
    record.write_text(json.dumps({"cookiecutter": {**defaults, "project_slug": "my-project", **answers}}))
    try:
        return Path(
            cookiecutter(
                str(TEMPLATE), replay=str(record), output_dir=str(folder), overwrite_if_exists=overwrite
            )
        )
    finally:
        record.unlink()


def load_hook(name: str) -> ModuleType:
    """Import the hook `name` without running it."""
    spec = importlib.util.spec_from_file_location(name, TEMPLATE / "hooks" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def copy_template(folder: Path) -> Path:
    """Copy the template to `folder`, for a test that changes it, and return `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in TEMPLATE_PATHS:
        source = TEMPLATE / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    return folder


def listing(folder: Path) -> dict[str, bytes | None]:
    """Every path below `folder`, with its content if it is a file. Equal before and after means: nothing changed."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }
