"""Refuse answers that would not work, and to overwrite files, before any file is written."""

import json
import os
import re
import sys
from pathlib import Path

USER_NAME = r"[a-z_][a-z0-9_-]{0,31}"
SLUG = r"\.|[A-Za-z0-9][A-Za-z0-9_.-]{0,62}"
HINTS = {
    "project_name": "use one line of 1 to 100 printable characters",
    "project_slug": "use '.' or up to 63 letters, digits, '_', '.' and '-', starting with a letter or digit",
    "nb_user": "use up to 32 lowercase letters, digits, '_' and '-', starting with a letter or '_'; not root",
    "nb_uid": "use 'host' or a number from 0 to 2099999999",
    "nb_gid": "use 'host' or a number from 0 to 2099999999",
}
CHOICES = {
    "layout": ["project", "requirements"],
    "passwordless_sudo": ["yes", "no"],
    "first_build": ["no", "yes"],
}
#: Every answer that this hook checks. The last two depend on the flavors.
CHECKED = [*HINTS, *CHOICES, "base_image", "python_version"]
#: The files that the template writes, apart from the extra files of a flavor.
PROJECT_FILES = [
    ".devcontainer/devcontainer.json",
    ".gitignore",
    ".pre-commit-config.yaml",
    "AGENTS.md",
    "README.md",
    "notebooks/first.ipynb",
]
REQUIREMENTS_FILES = [
    ".dockerignore",
    ".gitattributes",
    ".gitignore",
    "Dockerfile",
    "apt-requirements.txt",
    "build.sh",
    "check.sh",
    "exec.sh",
    "image/check-notebooks.py",
    "image/ipython_kernel_config.py",
    "image/jupyter_server_config.py",
    "image/page_config.json",
    "image/scripts/create-user.sh",
    "image/scripts/install-packages.sh",
    "image/scripts/install-uv.sh",
    "image/scripts/jupyter-requirements.txt",
    "image/scripts/lock-packages.py",
    "image/scripts/lock-packages.sh",
    "image/scripts/project_lists.py",
    "image/scripts/pyproject.toml",
    "image/server-status.py",
    "lib/build-image.sh",
    "lib/common.sh",
    "lib/container.sh",
    "lib/engine.sh",
    "lib/image.sh",
    "lib/options.sh",
    "lib/server.sh",
    "pip-requirements.txt",
    "run.sh",
    "settings.sh",
    "start.sh",
    "stop.sh",
]


def is_valid(name: str, value: str) -> bool:
    """Whether `value` is a valid answer to `name`, one of HINTS."""
    if name == "project_name":
        return len(value) <= 100 and value.isprintable() and value.strip() != ""
    if name == "project_slug":
        return re.fullmatch(SLUG, value) is not None
    if name == "nb_user":
        return re.fullmatch(USER_NAME, value) is not None and value != "root"
    return value == "host" or (
        re.fullmatch(r"0|[1-9][0-9]{0,9}", value) is not None and int(value) < 2100000000
    )


def choice_hint(name: str, answers: dict) -> str | None:
    """The hint for an answer that is not one of its choices; None if it is."""
    flavors = answers["_flavors"]
    choices, prefix = CHOICES.get(name, list(flavors)), "use "
    if name == "python_version":
        flavor = flavors.get(answers["base_image"]) if isinstance(answers["base_image"], str) else None
        if flavor is None:
            return None  # the answer to base_image is refused
        choices, prefix = flavor["python_versions"], f"{answers['base_image']} supports only Python "
    return None if answers[name] in choices else prefix + " or ".join(choices)


def find_problems(answers: dict) -> list[str]:
    """One line for each invalid answer: the answer, and what is accepted."""
    problems = []
    for name in CHECKED:
        value = answers.get(name)
        if not isinstance(value, str):
            hint = "use one value in quotes"
        elif any("{" + mark in value for mark in "%#{"):
            # An update would evaluate it. (Cookiecutter evaluates this file as well, hence `format`.)
            hint = "must not contain {0}{0}, {0}%, or {0}#".format("{")
        elif name in HINTS:
            hint = None if is_valid(name, value) else HINTS[name]
        else:
            hint = choice_hint(name, answers)
        if hint:
            text = json.dumps(value)
            problems.append(f"  {name} is {text if len(text) <= 80 else text[:77] + '...'}: {hint}")
    return problems


def written_files(answers: dict) -> list[str]:
    """The files that the template writes for these answers."""
    extra_files = answers["_flavors"][answers["base_image"]]["extra_files"]
    names = sorted([*REQUIREMENTS_FILES, *extra_files])
    files = [f"requirements/{name}" for name in names]
    if answers["layout"] == "project":
        files = [*PROJECT_FILES, *files]
    # cruft create writes this file. With plain cookiecutter, which sets _output_dir, post_gen takes care of it.
    return files if "_output_dir" in answers else [".cruft.json", *files]


def find_conflict(path: str, folder: Path) -> str | None:
    """What is in the way of `path` in `folder`: a file of that name, or one in place of a folder above it."""
    for parent in reversed(Path(path).parents[:-1]):
        if os.path.lexists(folder / parent) and (
            (folder / parent).is_symlink() or not (folder / parent).is_dir()
        ):
            return str(parent)
    return path if os.path.lexists(folder / path) else None


def find_conflicts(answers: dict, folder: Path) -> list[str]:
    """The files in `folder` that the template would overwrite."""
    conflicts = [find_conflict(path, folder) for path in written_files(answers)]
    return list(dict.fromkeys(path for path in conflicts if path))


def conflict_hint(answers: dict, conflicts: list[str]) -> str:
    """How to avoid overwriting the files."""
    if "requirements/lib/common.sh" in conflicts:
        return "hint: to update a project that this template generated, run `uvx cruft update -y`"
    if ".cruft.json" in conflicts:
        return "hint: use `cookiecutter` instead of `cruft create`, because another template has written .cruft.json"
    if answers["layout"] == "project" and not any(path.startswith("requirements") for path in conflicts):
        return "hint: rename them, or add only requirements/ with the answer layout=requirements"
    return "hint: rename them"


def main(answers: dict, folder: Path) -> int:
    """Print what is wrong, if anything, and return the exit status."""
    problems = find_problems(answers)
    if problems:
        lines = ["error: invalid answers; no files were created", *problems]
    elif conflicts := find_conflicts(answers, folder):
        lines = [
            f"error: refusing to overwrite existing files: {', '.join(conflicts)}",
            conflict_hint(answers, conflicts),
        ]
    else:
        return 0
    print("\n".join(lines), file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    # tojson writes ' as \u0027, so no answer ends this string.
    # fmt: off
    ANSWERS = json.loads(r'''{{ cookiecutter | tojson }}''')
    # fmt: on
    sys.exit(main(ANSWERS, Path.cwd()))
