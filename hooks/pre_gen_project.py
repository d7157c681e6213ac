"""Refuse answers that would not work, all of them in one message, before any file is written."""

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
    "nb_uid": "use 'host' or a number from 0 to 4294967294",
    "nb_gid": "use 'host' or a number from 0 to 4294967294",
}
CHOICES = {
    "layout": ["project", "requirements"],
    "passwordless_sudo": ["yes", "no"],
    "first_build": ["no", "yes"],
}
#: What each layout writes. The folder requirements/ is the template's as a whole.
WRITTEN = {
    "project": [
        ".devcontainer/devcontainer.json",
        ".gitignore",
        ".pre-commit-config.yaml",
        "README.md",
        "notebooks/first.ipynb",
        "requirements",
    ],
    "requirements": ["requirements"],
}


def is_valid(name: str, value: str) -> bool:
    """Whether `value` is a valid answer to `name`, one of HINTS."""
    if name == "project_name":
        return len(value) <= 100 and value.isprintable() and value.strip() != ""
    if name == "project_slug":
        return re.fullmatch(SLUG, value) is not None
    if name == "nb_user":
        return re.fullmatch(USER_NAME, value) is not None and value != "root"
    return value == "host" or (
        re.fullmatch(r"0|[1-9][0-9]{0,9}", value) is not None and int(value) < 4294967295
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
    """One line for each answer that would not work: the answer, and what is accepted."""
    problems = []
    for name in [*HINTS, *CHOICES, "base_image", "python_version"]:
        value = answers.get(name)
        if not isinstance(value, str):
            hint = "use one value in quotes"
        elif any("{" + mark in value for mark in "%#{"):
            hint = "remove '{' before '{', '%' or '#', because an update would evaluate it as Jinja"
        elif name in HINTS:
            hint = None if is_valid(name, value) else HINTS[name]
        else:
            hint = choice_hint(name, answers)
        if hint:
            text = json.dumps(value)
            problems.append(f"{name} is {text if len(text) <= 80 else text[:77] + '...'}: {hint}")
    return problems


def find_conflicts(answers: dict, folder: Path) -> list[str]:
    """The paths in `folder` that the template would overwrite."""
    paths = list(WRITTEN[answers["layout"]])
    if (
        "_output_dir" not in answers
    ):  # cruft create writes this file; with plain cookiecutter, post_gen takes care of it
        paths.append(".cruft.json")
    return [path for path in paths if os.path.lexists(folder / path)]


def main(answers: dict, folder: Path) -> int:
    """Print what is wrong, if anything, and return the exit status."""
    problems = find_problems(answers)
    if problems:
        lines = ["No files were created. Fix these answers:", *problems]
    elif conflicts := find_conflicts(answers, folder):
        hint = (
            "hint: rename them; to update a project that this template generated, run `uvx cruft update -y`"
        )
        if "requirements" not in conflicts and answers["layout"] == "project":
            hint += "; to add only requirements/, answer layout=requirements"
        lines = [f"error: these files exist in {folder}: {', '.join(conflicts)}", hint]
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
