"""Scratch Git repositories: the template as a release, and projects made from it."""

import contextlib
import io
import os
import shutil
import subprocess
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import cruft
from cookiecutter.exceptions import CookiecutterException
from cookiecutter.main import cookiecutter
from helpers import TEMPLATE

#: No configuration but this, so that nobody's own Git settings change an outcome.
GIT_ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    **{
        f"GIT_{role}_{key}": value
        for role in ("AUTHOR", "COMMITTER")
        for key, value in (("NAME", "A Person"), ("EMAIL", "person@example.com"))
    },
}

#: The files that are the person's: the template never changes them again.
YOURS = ("pip-requirements.txt", "apt-requirements.txt", "conda-requirements.txt")

#: The folder of the template that is rendered.
RENDERED = "{{cookiecutter.project_slug}}"


def git(folder: Path, *words: str) -> str:
    """Run git in `folder` and return what it prints. Raises CalledProcessError."""
    return git_bytes(folder, *words).decode()


def git_bytes(folder: Path, *words: str) -> bytes:
    """As `git`, for output that is no text."""
    return subprocess.run(
        ["git", "-c", "safe.directory=*", *words],
        cwd=folder,
        env={**os.environ, **GIT_ENVIRONMENT},
        check=True,
        capture_output=True,
        stdin=subprocess.DEVNULL,
    ).stdout


def commit_all(folder: Path, message: str = "what the person did") -> str:
    """Commit all there is, also what is ignored by the machine's settings, and return the commit's id."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", message)
    return git(folder, "rev-parse", "HEAD").strip()


def pack(folder: Path) -> None:
    """Keep all objects in one file, as a repository is copied and removed once for each test."""
    git(folder, "repack", "-a", "-d", "--quiet")
    shutil.rmtree(folder / ".git/logs", ignore_errors=True)


def new_repository(folder: Path) -> None:
    """Start an empty repository in `folder`, which may exist."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "--quiet", "--initial-branch=main", "--template=")


def empty_out(folder: Path) -> None:
    """Remove all tracked files, so that the next content replaces them."""
    git(folder, "rm", "-r", "--quiet", "--force", "--ignore-unmatch", ".")


def copy_work_tree(folder: Path) -> None:
    """Copy the template into `folder` as it is now, with what is not committed yet, without what is ignored."""
    listed = git_bytes(TEMPLATE, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in sorted({name for name in listed.decode().split("\0") if name}):
        source, target = TEMPLATE / name, folder / name
        # Not the tests: what they hold is no part of what is rendered.
        if name.split("/")[0] in ("cookiecutter.json", "hooks", RENDERED) and source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
            target.chmod(source.stat().st_mode)


def unpack(commit: str, folder: Path) -> None:
    """Write the template as of `commit` into `folder`; works in a shallow clone, as it needs no history."""
    archive = io.BytesIO(git_bytes(TEMPLATE, "archive", commit))
    with tarfile.open(fileobj=archive) as files:
        files.extractall(folder, filter="tar")


def bakes(template: Path, folder: Path) -> bool:
    """Whether a project can be made from `template`, in `folder`."""
    with contextlib.suppress(CookiecutterException, OSError):
        cookiecutter(str(template), no_input=True, output_dir=str(folder))
        return True
    return False


def previous_release(scratch: Path) -> str:
    """The last tag's commit, or while there is none the first commit that bakes.

    Raises LookupError where no commit bakes.
    """
    with contextlib.suppress(subprocess.CalledProcessError):
        return git(TEMPLATE, "describe", "--tags", "--abbrev=0", "--match=v*").strip()
    for number, commit in enumerate(git(TEMPLATE, "rev-list", "--reverse", "HEAD").split()):
        unpacked = scratch / f"template-{number}"
        unpack(commit, unpacked)
        if bakes(unpacked, scratch / f"project-{number}"):
            return commit
    raise LookupError("no commit of this repository makes a project")


@dataclass(frozen=True)
class Found:
    """One file: its run bit, and its bytes or, for a link, where that points."""

    runs: bool
    content: bytes


def files(folder: Path) -> dict[str, Found]:
    """Every file below `folder` but Git's own, by its path."""
    return {
        str(path.relative_to(folder)): Found(
            bool(path.lstat().st_mode & 0o100),
            os.readlink(path).encode() if path.is_symlink() else path.read_bytes(),
        )
        for path in sorted(folder.rglob("*"))
        if (path.is_symlink() or path.is_file()) and ".git" not in path.relative_to(folder).parts
    }


@dataclass
class Project:
    """A project in a folder, kept up to date with cruft, in this process and with nobody to answer a question."""

    folder: Path

    def __truediv__(self, name: str) -> Path:
        return self.folder / name

    def commit(self) -> str:
        return commit_all(self.folder)

    def text(self, name: str) -> str:
        return self.folder.joinpath(name).read_text()

    def update(
        self, to: str | None = None, answers: Mapping[str, str] | None = None, untracked: bool = False
    ) -> bool:
        """`cruft update -y`, to a branch or the newest version, with new answers; False where it refuses."""
        return cruft.update(
            self.folder,
            skip_apply_ask=True,
            checkout=to,
            extra_context=dict(answers or {}),
            allow_untracked_files=untracked,
        )

    def status(self) -> dict[str, str]:
        """What Git says of each file that differs from the last commit: A added, M modified, D deleted, ..."""
        git(self.folder, "add", "--all")
        lines = git(self.folder, "status", "--porcelain", "--no-renames").splitlines()
        return {line[3:]: line[:2].strip() for line in lines if line[3:] != ".cruft.json"}

    def conflicts(self) -> set[str]:
        """The files in which Git or a .rej beside them shows a conflict."""
        marked = {
            name
            for name, found in files(self.folder).items()
            if b"\n<<<<<<< " in b"\n" + found.content and b"\n>>>>>>> " in found.content
        }
        rejected = {name.removesuffix(".rej") for name in files(self.folder) if name.endswith(".rej")}
        return marked | rejected


def edit(path: Path, old: str, new: str) -> None:
    """Replace the one place where `old` stands in a file, as somebody at an editor would."""
    text = path.read_bytes().decode()
    assert text.count(old) == 1, f"{path.name} holds {old!r} {text.count(old)} times"
    path.write_bytes(text.replace(old, new).encode())


def append(path: Path, text: str) -> None:
    """Add text at the end of a file, or make the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(text.encode())
