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
from collections.abc import Iterable
from pathlib import Path

from project_lists import (
    REQUIREMENTS,
    Lists,
    LocalProject,
    fail,
    find_indexes,
    listed_hashes,
    package_name,
    read_lists,
    read_text,
    take_local_projects,
)

JUPYTER_LIST = Path(__file__).parent / "jupyter-requirements.txt"
LIST = Path("pip-requirements.txt")
LOCK = Path("/locks/project/requirements.lock")
JUPYTER_LOCK = Path("/locks/jupyter/requirements.lock")


def uv(*arguments: str | Path) -> None:
    """Run uv, with its warnings and errors on the screen."""
    if subprocess.run(["uv", *arguments], check=False, stdout=subprocess.DEVNULL).returncode != 0:
        fail(
            "the packages cannot be resolved (see above)",
            "if one failed to build, its version may be older than Python "
            f"{platform.python_version()}: require a newer version, or choose an older Python with BASE_IMAGE in "
            "requirements/settings.sh",
        )


def requirements_of(project: LocalProject) -> list[str | Path]:
    """Arguments of `uv pip compile` for a project: the versions in its uv.lock, or else its pyproject.toml.

    Other local projects that it requires are not installed either, but their dependencies are.
    """
    options = [f"--extra={extra}" for extra in sorted(project.extras)]
    if not project.is_locked:
        sources = project.uv_settings.get("sources", {})
        local = [name for name, source in sources.items() if "path" in source or "workspace" in source]
        return [project.folder / "pyproject.toml", *options, *(f"--no-emit-package={name}" for name in local)]
    exported = project.folder / "exported-requirements.txt"
    options += ["--project", str(project.folder), "--output-file", str(exported)]
    uv("export", "--frozen", "--no-emit-local", *options)
    return [exported]


def install_git_if_needed(lists: Lists, projects: list[LocalProject]) -> None:
    """uv needs git to resolve packages from a Git repository. (To install them, list git in apt-requirements.txt.)"""
    texts = ["\n".join(lines) for lines in lists.values()]
    files = [project.folder / name for project in projects for name in ("pyproject.toml", "uv.lock")]
    texts += [read_text(file) for file in files]
    if any(re.search(r"\bgit(\+|\s*=\s*[\"'])", text) for text in texts):
        subprocess.run(["apt-get", "update", "--quiet=2"], check=True)
        subprocess.run(["apt-get", "install", "--quiet=2", "--yes", "--no-install-recommends", "git"], check=True)


def compile_options(indexes: list[str]) -> list[str]:
    """Options of `uv pip compile`."""
    options = ["--universal", "--generate-hashes", "--emit-find-links", "--emit-build-options"]
    options += ["--custom-compile-command", "requirements/build.sh"]
    options += [word for line in indexes for word in re.split(r"[\s=]+", line, maxsplit=1)]
{% if conda %}
    with Path("/tmp/conda-packages.txt").open("w") as file:
        subprocess.run(["uv", "pip", "list", "--quiet", "--system", "--format=freeze"], stdout=file, check=True)
    options += ["--constraint", "/tmp/conda-packages.txt"]
{% endif %}
    return options


def apply_hashes(lists: Iterable[str | Path], lock: str) -> str:
    """The lock file without the hashes that the lists exclude, because they contain other ones for the package."""
    allowed = listed_hashes(lists)

    def keep_allowed(match: re.Match[str]) -> str:
        name, found = package_name(match[1]), re.findall(r"--hash=(\S+)", match[2])
        kept = [value for value in found if value in allowed.get(name, found)]
        if not kept:
            fail(f"no {name} file matches a hash in the list or in uv.lock", "correct the hashes")
        return match[1] + "".join(f" \\\n    --hash={value}" for value in kept)

    return re.sub(r"(?m)^(\S.*?)((?: \\\n +--hash=\S+)+)", keep_allowed, lock)


def check_markers(projects: list[LocalProject], lock: str) -> None:
    """An error if the lock file has none of the packages, for example because all of them are for an older Python."""
    if any(project.extras or project.is_locked for project in projects):
        return  # extras and uv.lock may add packages that are not in `dependencies`
    lines = [line for lines in read_lists(LIST, REQUIREMENTS).values() for line in lines]
    lines += [line for project in projects for line in project.settings["project"].get("dependencies", [])]
    requirements = [line for line in lines if package_name(line)]
    locked = {package_name(line) for line in lock.splitlines()}
    if requirements and all(";" in line and package_name(line) not in locked for line in requirements):
        fail(
            f"none of the listed packages applies to Python {platform.python_version()} on Linux",
            "correct the markers after `;` in the list",
        )


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
        if committed:
            subprocess.run(["diff", "requirements.lock", LOCK], check=False)
        fail("requirements.lock is out of date", "run requirements/build.sh and commit requirements/requirements.lock")


def lock_jupyter(lock: str, options: list[str]) -> str:
    """Jupyter's part of the lock file. Offline, because uv has just cached what it needs, and would ask the index again."""
    JUPYTER_LOCK.write_text(lock)
    options = [*options, "--offline", "--no-header", "--no-annotate"]
    uv("pip", "compile", *options, "--output-file", JUPYTER_LOCK, JUPYTER_LIST)
    return JUPYTER_LOCK.read_text()


def main() -> None:
    """Lock what Jupyter, pip-requirements.txt, and the files that it includes require."""
    lists = read_lists(LIST)
    projects = take_local_projects(lists)
    install_git_if_needed(lists, projects)
    indexes, strategy = find_indexes(lists, projects)
    os.environ.setdefault("UV_INDEX_STRATEGY", strategy)
    options = compile_options(indexes)
    committed = read_text(Path("requirements.lock"))
    LOCK.write_text(committed)  # uv keeps the pins that it finds in its output file, and writes the new ones to it
    upgrade = ["--upgrade"] if os.environ.get("UPGRADE") else []
    sources = [word for project in projects for word in requirements_of(project)]
    uv("pip", "compile", *options, *upgrade, "--output-file", LOCK, JUPYTER_LIST, LIST, *sources)
    lock = apply_hashes(sources, apply_hashes(lists, LOCK.read_text()))
    check_markers(projects, lock)
    # The installation needs the indexes, too. (uv's --emit-index-url would also write private ones.)
    index_lines = "".join(f"{line}\n" for line in indexes)
    LOCK.write_text(base_image_line(committed) + index_lines + lock)
    check_frozen(committed)
    JUPYTER_LOCK.write_text(index_lines + lock_jupyter(lock, options))


if __name__ == "__main__":
    main()
