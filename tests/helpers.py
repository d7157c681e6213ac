"""What the tests share: where the template is, which combinations it has, how it is rendered."""

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

TEMPLATE = Path(__file__).resolve().parent.parent
CONTEXT: dict[str, Any] = json.loads((TEMPLATE / "cookiecutter.json").read_text())

#: Each answer that is a choice, with all its values.
CHOICES: dict[str, list[str]] = {
    name: value for name, value in CONTEXT.items() if isinstance(value, list) and not name.startswith("_")
}

PYTHON_VERSIONS: dict[str, list[str]] = CONTEXT["_python_versions"]

#: Every combination of choices and Python versions that the template has, as answers.
COMBINATIONS: list[dict[str, str]] = [
    {**answers, "python_version": version}
    for values in itertools.product(*CHOICES.values())
    for answers in [dict(zip(CHOICES, values, strict=True))]
    for version in PYTHON_VERSIONS[answers["base_image"]]
]


def title(answers: dict[str, str]) -> str:
    """Answers as a short name, for a test's id."""
    return "-".join(answers.values())


def render(
    folder: Path, *, template: Path = TEMPLATE, hooks: bool = True, overwrite: bool = False, **answers: str
) -> Path:
    """Make a project in `folder` with plain cookiecutter, in this process, and return the project's folder.

    Raises cookiecutter.exceptions.FailedHookException where the hooks refuse the answers.
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
    """Run a command of this Python's environment (`cookiecutter`, `cruft`, ...) in `folder`, output kept as text."""
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
    """Make a project in `folder` from a replay file, whose answers cookiecutter neither checks nor renders."""
    record = folder.parent / f"{folder.name}-replay.json"
    defaults = {name: value[0] if name in CHOICES else value for name, value in CONTEXT.items()}
    answers = {**defaults, "project_slug": "my-project", **answers}
    record.write_text(json.dumps({"cookiecutter": answers}))
    try:
        return Path(
            cookiecutter(
                str(TEMPLATE), replay=str(record), output_dir=str(folder), overwrite_if_exists=overwrite
            )
        )
    finally:
        record.unlink()


def hook(name: str) -> ModuleType:
    """The hook `name` as a module: its functions without its side effects."""
    spec = importlib.util.spec_from_file_location(name, TEMPLATE / "hooks" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def copy_template(folder: Path) -> Path:
    """A copy of the template in `folder`, to be changed by a test."""
    for name in ["cookiecutter.json", "hooks", "{{cookiecutter.project_slug}}"]:
        source = TEMPLATE / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, folder / name)
    return folder


def listing(folder: Path) -> dict[str, bytes | None]:
    """Every path below `folder`, with its bytes if it is a file: equal before and after means untouched."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }
