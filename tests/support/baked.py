"""A baked project: a folder that Cookiecutter or cruft has generated from the template."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cruft
import pytest
from cookiecutter.exceptions import FailedHookException
from support.repositories import commit_all, files, git, new_repository, pack


@dataclass(frozen=True)
class BakedProject:
    """A generated project. The methods after `track` need a repository in its folder or above it."""

    folder: Path

    def __truediv__(self, name: str) -> Path:
        return self.folder / name

    def text(self, name: str) -> str:
        """The text of a file."""
        return (self / name).read_text(encoding="utf-8")

    def texts(self) -> dict[str, str]:
        """The text of every generated file, by its path. Without .cruft.json, which repeats the answers."""
        return {
            str(path.relative_to(self.folder)): path.read_text(encoding="utf-8")
            for path in sorted(self.folder.rglob("*"))
            if path.is_file() and path.name != ".cruft.json" and path.parent.name != "__pycache__"
        }

    def track(self) -> BakedProject:
        """Start a repository in the folder and commit all files."""
        new_repository(self.folder)
        self.commit()
        pack(self.folder)
        return self

    def commit(self) -> str:
        """Commit all files and return the ID of the commit."""
        return commit_all(self.folder)

    def update(
        self, to: str | None = None, answers: Mapping[str, str] | None = None, untracked: bool = False
    ) -> bool:
        """`cruft update -y` to a branch (default: the main one) with new answers; False if cruft refuses."""
        return cruft.update(
            self.folder,
            skip_apply_ask=True,
            checkout=to,
            extra_context=dict(answers or {}),
            allow_untracked_files=untracked,
        )

    def status(self) -> dict[str, str]:
        """Git's letter for each file that differs from the last commit: A added, M modified, D deleted, ..."""
        git(self.folder, "add", "--all")
        lines = git(self.folder, "status", "--porcelain", "--no-renames").splitlines()
        return {line[3:]: line[:2].strip() for line in lines if line[3:] != ".cruft.json"}

    def conflicts(self) -> set[str]:
        """The files with conflict markers of Git or with a separate .rej file."""
        marked = {
            name
            for name, file in files(self.folder).items()
            if b"\n<<<<<<< " in b"\n" + file.content and b"\n>>>>>>> " in file.content
        }
        rejected = {name.removesuffix(".rej") for name in files(self.folder) if name.endswith(".rej")}
        return marked | rejected


@contextmanager
def hooks_in_this_process() -> Iterator[None]:
    """Run the hooks in this process: starting two others would take most of the time of generating a project."""

    def run(script: str, cwd: str | Path = ".") -> None:
        code = Path(script).read_text(encoding="utf-8")
        Path(script).unlink()
        before = Path.cwd()
        os.chdir(cwd)
        try:
            exec(compile(code, script, "exec"), {"__name__": "__main__"})  # noqa: S102
        except SystemExit as end:
            if end.code:
                raise FailedHookException("refused") from end
        finally:
            os.chdir(before)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cookiecutter.hooks.run_script", run)
        yield
