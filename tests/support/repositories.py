"""Git repositories in temporary folders, and what tests do with files in them."""

import io
import os
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

from support.template import TEMPLATE, TEMPLATE_PATHS

#: The only configuration of Git, so that the settings of a machine change no result.
GIT_ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    # Repositories that are deleted after a test need not survive a power failure.
    "GIT_CONFIG_COUNT": "2",
    "GIT_CONFIG_KEY_0": "core.fsync",
    "GIT_CONFIG_VALUE_0": "none",
    "GIT_CONFIG_KEY_1": "gc.auto",
    "GIT_CONFIG_VALUE_1": "0",
    **{
        f"GIT_{role}_{key}": value
        for role in ("AUTHOR", "COMMITTER")
        for key, value in (("NAME", "A User"), ("EMAIL", "user@example.com"))
    },
}

#: The files of requirements/ that belong to the user: no new version of the template changes them.
USER_FILES = ("pip-requirements.txt", "apt-requirements.txt", "conda-requirements.txt")


def git(folder: Path, *words: str) -> str:
    """Run git in `folder` and return its output. Raises CalledProcessError."""
    return git_bytes(folder, *words).decode()


def git_bytes(folder: Path, *words: str) -> bytes:
    """Run git in `folder` and return its output as bytes. Raises CalledProcessError."""
    return subprocess.run(
        ["git", "-c", "safe.directory=*", *words],
        cwd=folder,
        env={**os.environ, **GIT_ENVIRONMENT},
        check=True,
        capture_output=True,
        stdin=subprocess.DEVNULL,
    ).stdout


def commit_all(folder: Path, message: str = "Work of the user") -> str:
    """Commit all files and return the ID of the commit."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", message)
    return git(folder, "rev-parse", "HEAD").strip()


def pack(folder: Path) -> None:
    """Keep all objects in one file: many tests copy the repository."""
    git(folder, "repack", "-a", "-d", "--quiet")
    shutil.rmtree(folder / ".git/logs", ignore_errors=True)


def new_repository(folder: Path) -> None:
    """Start an empty repository in `folder`, which may exist."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "--quiet", "--initial-branch=main", "--template=")


def remove_tracked_files(folder: Path) -> None:
    """Remove all tracked files from the repository and from its folder."""
    git(folder, "rm", "-r", "--quiet", "--force", "--ignore-unmatch", ".")


def copy_work_tree(folder: Path) -> None:
    """Copy the template, with changes that are not committed yet and without ignored files, into `folder`."""
    listed = git_bytes(
        TEMPLATE, "ls-files", "-z", "--cached", "--others", "--exclude-standard", *TEMPLATE_PATHS
    )
    for name in sorted({name for name in listed.decode().split("\0") if name}):
        source, target = TEMPLATE / name, folder / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
            target.chmod(source.stat().st_mode)


def unpack(commit: str, folder: Path) -> None:
    """Write the template as of `commit` into `folder`."""
    archive = io.BytesIO(git_bytes(TEMPLATE, "archive", commit))
    with tarfile.open(fileobj=archive) as files:
        files.extractall(folder, filter="tar")


def last_release(repository: Path = TEMPLATE) -> str | None:
    """The last version tag of a repository, or None if no version has been released."""
    tags = git(repository, "tag", "--list", "v*", "--merged", "HEAD", "--sort=-version:refname").split()
    return tags[0] if tags else None


@dataclass(frozen=True)
class File:
    """A file: whether it is executable, and its content, or the target of a symbolic link."""

    executable: bool
    content: bytes


def files(folder: Path) -> dict[str, File]:
    """Every file below `folder` except those of Git, by its path."""
    return {
        str(path.relative_to(folder)): File(
            bool(path.lstat().st_mode & 0o100),
            os.readlink(path).encode() if path.is_symlink() else path.read_bytes(),
        )
        for path in sorted(folder.rglob("*"))
        if (path.is_symlink() or path.is_file()) and ".git" not in path.relative_to(folder).parts
    }


def edit(path: Path, old: str, new: str) -> None:
    """Replace the only occurrence of `old` in a file."""
    text = path.read_bytes().decode()
    assert text.count(old) == 1, f"{path.name} contains {old!r} {text.count(old)} times"
    path.write_bytes(text.replace(old, new).encode())


def append(path: Path, text: str) -> None:
    """Add text at the end of a file, or create the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(text.encode())
