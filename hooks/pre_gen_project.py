"""Refuse answers that would not work, before anything is written; all at once, in plain words."""

import json
import os
import re
import sys
import time
from pathlib import Path

CHOICES = {
    "layout": ["project", "requirements"],
    "base_image": ["python-slim", "python", "miniforge", "docker-stacks"],
    "passwordless_sudo": ["yes", "no"],
    "first_build": ["no", "yes"],
}

# What each layout writes at the top of the project.
WRITTEN = {
    "project": [".gitignore", ".pre-commit-config.yaml", "README.md", "notebooks", "requirements"],
    "requirements": ["requirements"],
}

# Where the words do not say it, what makes a value right.
SLUG = "use '.' or up to 63 letters, digits, '_', '.' and '-', a letter or digit first"
USER = "use up to 32 lower-case letters, digits, '_' and '-', a letter or '_' first, and not root"
ID = "use 'host' or a whole number from 0 to 4294967294"


def shown(value: object) -> str:
    """A value as one line of at most 80 plain characters, whatever is in it."""
    text = json.dumps(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def one_of(words: list[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)


def name_ok(value: str) -> bool:
    return len(value) <= 100 and value.isprintable() and not value.isspace() and value != ""


def slug_ok(value: str) -> bool:
    return value == "." or re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}", value) is not None


def user_ok(value: str) -> bool:
    return re.fullmatch(r"[a-z_][a-z0-9_-]{0,31}", value) is not None and value != "root"


def id_ok(value: str) -> bool:
    number = re.fullmatch(r"0|[1-9][0-9]{0,9}", value)
    return value == "host" or (number is not None and int(value) < 4294967295)


RULES = {
    "project_name": (name_ok, "use one line of 1 to 100 printable characters, not all blank"),
    "project_slug": (slug_ok, SLUG),
    "nb_user": (user_ok, USER),
    "nb_uid": (id_ok, ID),
    "nb_gid": (id_ok, ID),
}


def bad_answers(answers: dict) -> list[str]:
    """One line for each answer that would not work: what was given, and what would be right."""
    lines = []
    for name in [*RULES, *CHOICES, "python_version"]:
        value = answers.get(name)
        if not isinstance(value, str):
            wrong = "it is not text: give one value in quotes"
        elif any("{" + mark in value for mark in "%#{"):
            wrong = "an update would run an opening brace followed by a brace, % or #: leave that out"
        elif name in RULES and not RULES[name][0](value):
            wrong = RULES[name][1]
        elif name in CHOICES and value not in CHOICES[name]:
            wrong = f"use {one_of(CHOICES[name])}"
        elif name == "python_version":
            flavour = answers.get("base_image")
            versions = answers["_python_versions"].get(flavour, []) if isinstance(flavour, str) else []
            if value in versions or not versions:
                continue
            wrong = f"{flavour} has {one_of(versions)}"
        else:
            continue
        lines.append(f"{name} is {shown(value)}: {wrong}.")
    return lines


def in_the_way(answers: dict, folder: Path) -> list[str]:
    """One line for each file in `folder` that would be overwritten."""
    layout = answers["layout"]
    taken = [name for name in WRITTEN[layout] if os.path.lexists(folder / name)]
    lines = []
    for name in taken:
        advice = "rename it, or remove it"
        if "requirements" not in taken:
            advice = "give layout=requirements, which adds requirements/ alone, or rename it"
        lines.append(f"{name} is in {folder} already, and would be overwritten: {advice}.")
    # Only cruft writes this file, and only plain cookiecutter says where it writes to.
    if "_output_dir" not in answers and os.path.lexists(folder / ".cruft.json"):
        lines.append(
            f".cruft.json of another template is in {folder}, and would be overwritten:"
            " use cookiecutter in place of cruft create, or rename it."
        )
    return lines


def remove_made_folders(leaf: Path, target: Path) -> None:
    """Remove the empty folders made for a slug such as a/b or a/../b: cookiecutter itself removes only the last.

    `leaf` is where this runs, `target` the same folder as the answers spell it. A folder just made is empty,
    has never been listed, and is as old as `leaf`, give or take a busy machine.
    """
    made = leaf.stat()
    if made.st_atime != made.st_mtime or time.time() - made.st_mtime > 10:
        return  # it was there before
    on_the_way = {leaf, *leaf.parents, *(Path(os.path.abspath(path)) for path in [target, *target.parents])}
    for folder in sorted(on_the_way, key=lambda path: len(path.parts), reverse=True):
        try:
            if abs(folder.stat().st_atime - made.st_mtime) < 0.5:
                folder.rmdir()
        except OSError:
            pass  # not empty, or in use: it stays


def main(answers: dict, folder: Path) -> int:
    """Print what is wrong, if anything; return the exit status."""
    lines = bad_answers(answers) or in_the_way(answers, folder)
    if not lines:
        return 0
    print("\n".join(["Nothing was written:", *lines]), file=sys.stderr, flush=True)
    slug = answers.get("project_slug")
    if isinstance(slug, str) and not slug_ok(slug) and len(Path(slug).parts) > 1:
        remove_made_folders(folder, Path(answers.get("_output_dir", folder), slug))
    return 1


if __name__ == "__main__":
    # JSON without a single apostrophe, so that no answer ends this string.
    # fmt: off
    ANSWERS = json.loads(r'''{{ cookiecutter | tojson }}''')
    # fmt: on
    sys.exit(main(ANSWERS, Path.cwd()))
