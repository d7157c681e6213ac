{% set conda = "conda-requirements.txt" in cookiecutter._flavors[cookiecutter.base_image].extra_files %}
"""Pin every Python package, with hashes. Runs in /project/requirements.

Writes /locks/project/requirements.lock with all packages, and /locks/jupyter/requirements.lock with those that Jupyter
needs. Pins in an existing requirements.lock stay; with the variable UPGRADE, they move to the newest versions. With
FROZEN, a lock file that is out of date is an error.
"""

import os
import platform
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from pip._vendor.packaging.specifiers import SpecifierSet

SCRIPTS = Path(__file__).parent
LISTS = [SCRIPTS / "jupyter-requirements.txt", Path("pip-requirements.txt")]
LOCK = Path("/locks/project/requirements.lock")
JUPYTER_LOCK = Path("/locks/jupyter/requirements.lock")
REQUIREMENTS = re.compile(r"\s*(?:-r|--requirement)[\s=]*([^\s#]+)")
REQUIREMENTS_OR_CONSTRAINTS = re.compile(r"\s*(?:-r|--requirement|-c|--constraint)[\s=]*([^\s#]+)")
LOCAL_PROJECT = re.compile(r"\s*(?:(?:-e|--editable)[\s=]*)?(\.(?!\S*\.(?:whl|gz|zip)\b)[^\s#\[]*)(?:\[([^\]]*)\])?")
INDEX = re.compile(r"\s*(?:-i|--index-url|--extra-index-url)[\s=]")


def fail(error: str, hint: str) -> None:
    """End the build with one error."""
    sys.exit(f"error: {error}\nhint: {hint}")


def uv(*arguments: str | Path) -> None:
    """Run uv, with its warnings and errors on the screen."""
    if subprocess.run(["uv", *arguments], check=False, stdout=subprocess.DEVNULL).returncode != 0:
        fail(
            "the packages cannot be resolved (see above)",
            "if one failed to build, its version may be older than Python "
            f"{platform.python_version()}: require a newer version, or choose an older Python with BASE_IMAGE in "
            "requirements/settings.sh",
        )


def follow(path: Path, include: re.Pattern[str]) -> dict[Path, list[str]]:
    """The lines of a list, and of those that it includes, by file."""
    found: dict[Path, list[str]] = {}
    waiting = [path]
    while waiting:
        path = Path(os.path.normpath(waiting.pop()))
        if path.is_file() and path not in found:
            found[path] = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
            waiting += [path.parent / match[1] for line in found[path] if (match := include.match(line))]
    return found


def take_local_projects(lists: dict[Path, list[str]]) -> dict[Path, set[str]]:
    """Comment out lines such as `-e ..[extra]` and `.`. Returns the extras by the folder of the pyproject.toml."""
    extras: dict[Path, set[str]] = {}
    for path, lines in lists.items():
        for number, line in enumerate(lines):
            if match := LOCAL_PROJECT.match(line):
                folder = Path(os.path.normpath(path.parent.absolute() / match[1]))
                extras.setdefault(folder, set()).update(re.findall(r"[\w.-]+", match[2] or ""))
                lines[number] = f"# {line}"
                path.write_text("\n".join(lines) + "\n")
    return extras


def read_project(folder: Path) -> dict:
    """The pyproject.toml in `folder`. An error if it does not say what the project requires, or excludes this Python."""
    path = folder / "pyproject.toml"
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


def requirements_of(folder: Path, settings: dict, extras: set[str]) -> list[str | Path]:
    """Arguments of `uv pip compile` for the project in `folder`: the versions in its uv.lock, or else its pyproject.toml.

    Other local projects that it requires are not installed either, but their dependencies are.
    """
    options = [f"--extra={extra}" for extra in sorted(extras)]
    if not (folder / "uv.lock").is_file():
        sources = settings.get("tool", {}).get("uv", {}).get("sources", {})
        local = [name for name, source in sources.items() if "path" in source or "workspace" in source]
        return [folder / "pyproject.toml", *options, *(f"--no-emit-package={name}" for name in local)]
    exported = folder / "exported-requirements.txt"
    uv("export", "--frozen", "--project", folder, "--no-emit-local", "--no-hashes", *options, "-o", exported)
    return [exported]


def package_name(line: str) -> str:
    """The normalized name of the package in a line of a list, or nothing."""
    return re.sub(r"[-_.]+", "-", re.match(r"\s*(\w[\w.-]*)?", line)[1] or "").lower()


def apply_hashes(lists: dict[Path, list[str]], lock: str) -> str:
    """The lock file without those hashes that a list excludes, because it lists hashes for a package itself."""
    text = "\n".join("\n".join(lines) for lines in lists.values()).replace("\\\n", " ")
    allowed: dict[str, set[str]] = {}
    for line in text.splitlines():
        if hashes := re.findall(r"--hash=(\S+)", line):
            allowed.setdefault(package_name(line), set()).update(hashes)

    def keep_allowed(match: re.Match[str]) -> str:
        name, found = package_name(match[1]), re.findall(r"--hash=(\S+)", match[2])
        kept = [value for value in found if value in allowed.get(name, found)]
        if not kept:
            fail(f"no {name} file matches a hash in the list", "correct the hashes in the list")
        return match[1] + "".join(f" \\\n    --hash={value}" for value in kept)

    return re.sub(r"(?m)^(\S.*?)((?: \\\n +--hash=\S+)+)", keep_allowed, lock)


def check_markers(projects: list[dict], lock: str) -> None:
    """An error if the lock file has none of the packages, for example because all of them are for an older Python."""
    lines = [line for lines in follow(LISTS[1], REQUIREMENTS).values() for line in lines]
    lines += [line for project in projects for line in project["project"].get("dependencies", [])]
    requirements = [line for line in lines if package_name(line)]
    locked = {package_name(line) for line in lock.splitlines()}
    if requirements and all(";" in line and package_name(line) not in locked for line in requirements):
        fail(
            f"none of the listed packages applies to Python {platform.python_version()} on Linux",
            "correct the markers after `;` in the list",
        )


def install_git_if_needed(lists: dict[Path, list[str]], projects: list[Path]) -> None:
    """uv needs git to resolve packages from a Git repository. (To install them, list git in apt-requirements.txt.)"""
    texts = ["\n".join(lines) for lines in lists.values()]
    files = [folder / name for folder in projects for name in ("pyproject.toml", "uv.lock")]
    texts += [file.read_text() for file in files if file.exists()]
    if any(re.search(r"\bgit(\+|\s*=\s*[\"'])", text) for text in texts):
        subprocess.run(["apt-get", "update", "--quiet=2"], check=True)
        subprocess.run(["apt-get", "install", "--quiet=2", "--yes", "--no-install-recommends", "git"], check=True)


def find_indexes(lists: dict[Path, list[str]], projects: list[dict]) -> tuple[list[str], str]:
    """Options of uv for the package indexes, and its strategy if a package is in several of them.

    The installation needs them, too. (uv's --emit-index-url would also write private indexes.)
    """
    indexes = [line.strip() for lines in lists.values() for line in lines if INDEX.match(line)]
    explicit = []
    for project in projects:
        for index in project.get("tool", {}).get("uv", {}).get("index", []):
            line = f"{'--index-url' if index.get('default') else '--extra-index-url'} {index['url']}"
            (explicit if index.get("explicit") else indexes).append(line)
    strategy = "unsafe-best-match" if explicit else "first-index"
    if any(line.startswith("--extra-index-url") for line in indexes):
        strategy = "unsafe-first-match"  # an extra index takes precedence over PyPI (see install-packages.sh)
    return list(dict.fromkeys(indexes + explicit)), strategy


def base_image_line(committed: str) -> str:
    """The first line of the lock file. A plain `docker build` knows no digest, so it keeps that of the same image."""
    base_image = os.environ["BASE_IMAGE"]
    if "@" in base_image:
        return f"# base image: {base_image}\n"
    pinned = re.match(rf"# base image: {re.escape(base_image)}@.*\n", committed)
    return pinned[0] if pinned else ""


def check_frozen(committed: str) -> None:
    """With FROZEN, an error if the lock file differs from the committed one."""
    if os.environ.get("FROZEN") and LOCK.read_text() != committed:
        subprocess.run(["diff", "--new-file", "requirements.lock", LOCK], check=False)
        fail("requirements.lock is out of date", "run requirements/build.sh and commit requirements/requirements.lock")


def compile_options(indexes: list[str]) -> list[str]:
    """Options of `uv pip compile`."""
    options = ["--universal", "--generate-hashes", "--emit-find-links"]
    options += ["--custom-compile-command", "requirements/build.sh"]
    options += [word for line in indexes for word in re.split(r"[\s=]+", line, maxsplit=1)]
{% if conda %}
    with Path("/tmp/conda-packages.txt").open("w") as file:
        subprocess.run(["uv", "pip", "list", "--quiet", "--system", "--format=freeze"], stdout=file, check=True)
    options += ["--constraint", "/tmp/conda-packages.txt"]
{% endif %}
    return options


def lock_jupyter(lock: str, options: list[str]) -> str:
    """Jupyter's part of the lock file. Offline, because uv has just cached what it needs, and would ask the index again."""
    JUPYTER_LOCK.write_text(lock)
    options = [*options, "--offline", "--no-header", "--no-annotate"]
    uv("pip", "compile", *options, "--output-file", JUPYTER_LOCK, LISTS[0])
    return JUPYTER_LOCK.read_text()


def main() -> None:
    """Lock what pip-requirements.txt and the files that it includes require."""
    lists = follow(LISTS[1], REQUIREMENTS_OR_CONSTRAINTS)
    extras = take_local_projects(lists)
    projects = {folder: read_project(folder) for folder in extras}
    install_git_if_needed(lists, list(projects))
    indexes, strategy = find_indexes(lists, list(projects.values()))
    os.environ.setdefault("UV_INDEX_STRATEGY", strategy)
    options = compile_options(indexes)
    committed = Path("requirements.lock").read_text() if Path("requirements.lock").is_file() else ""
    LOCK.write_text(committed)  # uv keeps the pins that it finds in its output file
    upgrade = ["--upgrade"] if os.environ.get("UPGRADE") else []
    sources = [word for folder in projects for word in requirements_of(folder, projects[folder], extras[folder])]
    uv("pip", "compile", *options, *upgrade, "--output-file", LOCK, *LISTS, *sources)
    lock = apply_hashes(lists, LOCK.read_text())
    check_markers(list(projects.values()), lock)
    index_lines = "".join(f"{line}\n" for line in indexes)
    LOCK.write_text(base_image_line(committed) + index_lines + lock)
    check_frozen(committed)
    JUPYTER_LOCK.write_text(index_lines + lock_jupyter(lock, options))


if __name__ == "__main__":
    main()
