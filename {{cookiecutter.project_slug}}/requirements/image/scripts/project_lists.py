"""Read pip-requirements.txt, the lists that it includes, and the pyproject.toml files that they refer to."""

import os
import platform
import re
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from pip._vendor.packaging.specifiers import SpecifierSet

Lists = dict[Path, list[str]]  # the lines of each list

# lib/image.sh finds the same files, to copy them into the build and to notice a change.
REQUIREMENTS = re.compile(r"\s*(?:-r|--requirement)[\s=]*([^\s#]+)")
REQUIREMENTS_OR_CONSTRAINTS = re.compile(r"\s*(?:-r|--requirement|-c|--constraint)[\s=]*([^\s#]+)")
INDEX = re.compile(r"\s*(?:-i|--index-url|--extra-index-url)[\s=]+\S+")
LOCAL_PROJECT = re.compile(
    r"""\s* ((-e|--editable)[\s=]*)?
        (?P<folder> \. (?!\S*\.(whl|gz|zip)\b) [^\s\#\[]*)  # such as .. or ./libs/mylib, but not ./wheels/mylib.whl
        (\[ (?P<extras>[^\]]*) \])?""",
    re.VERBOSE,
)


@dataclass
class LocalProject:
    """A project that a list refers to, by `-e ..[extra]` for example. Its dependencies are installed, but not itself."""

    folder: Path
    extras: set[str]
    settings: dict  # its pyproject.toml

    @property
    def uv_settings(self) -> dict:
        """The table [tool.uv]."""
        return self.settings.get("tool", {}).get("uv", {})

    @property
    def is_locked(self) -> bool:
        """Whether it has a uv.lock, or is a member of a workspace that has one."""
        name = package_name(self.settings["project"].get("name", ""))
        locks = [tomllib.loads(read_text(folder / "uv.lock")) for folder in self.folder.parents]
        workspaces = [lock.get("manifest", {}).get("members", []) for lock in locks]
        return (self.folder / "uv.lock").is_file() or any(name in members for members in workspaces)


def fail(error: str, hint: str) -> NoReturn:
    """End the build with one error."""
    sys.exit(f"error: {error}\nhint: {hint}")


def read_text(path: Path) -> str:
    """The text of a file, or nothing if there is none."""
    return path.read_text(encoding="utf-8-sig", errors="replace") if path.is_file() else ""


def read_lists(path: Path, include: re.Pattern[str] = REQUIREMENTS_OR_CONSTRAINTS) -> Lists:
    """The list at `path`, and those that it includes."""
    lists: Lists = {}
    waiting = [path]
    while waiting:
        path = Path(os.path.normpath(waiting.pop()))
        if path.is_file() and path not in lists:
            lists[path] = read_text(path).splitlines()
            waiting += [path.parent / match[1] for line in lists[path] if (match := include.match(line))]
    return lists


def take_local_projects(lists: Lists) -> list[LocalProject]:
    """Read the projects that the lists refer to. Comment out these lines, because uv would build the projects."""
    projects: dict[Path, LocalProject] = {}
    for path, lines in lists.items():
        for number, line in enumerate(lines):
            if match := LOCAL_PROJECT.match(line):
                folder = Path(os.path.normpath(path.parent.absolute() / match["folder"]))
                if folder not in projects:
                    projects[folder] = LocalProject(folder, set(), read_pyproject(folder / "pyproject.toml"))
                projects[folder].extras.update(re.findall(r"[\w.-]+", match["extras"] or ""))
                lines[number] = f"# {line}"
                path.write_text("\n".join(lines) + "\n")
    return list(projects.values())


def read_pyproject(path: Path) -> dict:
    """A pyproject.toml. An error if it does not say what the project requires, or excludes this Python."""
    shown = os.path.relpath(path, "/project")
    if not path.is_file():
        fail(
            f"a list refers to a project without pyproject.toml: {shown}",
            "export its packages to a list, and refer to that list with -r",
        )
    settings = tomllib.loads(path.read_text())
    project = settings.get("project")
    if project is None or {"dependencies", "optional-dependencies"} & set(project.get("dynamic", [])):
        fail(
            f"{shown} does not list the project's dependencies in its [project] table",
            "uv pip compile --universal pyproject.toml -o requirements.txt; then refer to that file with -r",
        )
    check_python(shown, project.get("requires-python", ""))
    return settings


def check_python(shown: str, required: str) -> None:
    """An error if the project does not support the Python of the image."""
    if not SpecifierSet(required).contains(platform.python_version()):
        fail(
            f"{shown} requires Python {required}, but the image has {platform.python_version()}",
            "change requires-python, or choose another Python with BASE_IMAGE in requirements/settings.sh",
        )


def find_indexes(lists: Lists, projects: list[LocalProject]) -> tuple[list[str], str]:
    """Options of uv for the package indexes, and its strategy if a package is in several of them."""
    indexes = [match[0].strip() for lines in lists.values() for line in lines if (match := INDEX.match(line))]
    explicit = []
    for index in [index for project in projects for index in project.uv_settings.get("index", [])]:
        line = f"{'--index-url' if index.get('default') else '--extra-index-url'} {index['url']}"
        (explicit if index.get("explicit") else indexes).append(line)
    # A package that the project does not assign to the explicit index comes from there only if PyPI has no newer version.
    strategy = "unsafe-best-match" if explicit else "first-index"
    if any(line.startswith("--extra-index-url") for line in indexes):
        # An extra index takes precedence. Only versions that it lacks come from PyPI, because some indexes, such as
        # PyTorch's, have old versions of common packages.
        strategy = "unsafe-first-match"
    return list(dict.fromkeys(indexes + explicit)), strategy


def package_name(line: str) -> str:
    """The normalized name of the package in a line of a list, or nothing."""
    return re.sub(r"[-_.]+", "-", re.match(r"\s*(\w[\w.-]*)?", line)[1] or "").lower()


def listed_hashes(lists: Iterable[str | Path]) -> dict[str, set[str]]:
    """The hashes in the lists, by package."""
    hashes: dict[str, set[str]] = {}
    for line in "\n".join(read_text(Path(path)) for path in lists).replace("\\\n", " ").splitlines():
        if found := re.findall(r"--hash=(\S+)", line):
            hashes.setdefault(package_name(line), set()).update(found)
    return hashes
