"""Edits of a user, combined with changes of the template: an update loses nothing without a conflict or a message."""

import difflib
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.baked import BakedProject
from support.repositories import append, commit_all, edit, files, git, new_repository
from updates.changes import CHANGES, DOCKERFILE, JUPYTER, SERVER, SETTINGS, Change
from updates.conftest import Create

COMMIT = "0" * 40


@dataclass(frozen=True)
class Edit:
    """What a user changes in a project, and where its folder is."""

    name: str
    apply: Callable[[Path], None]
    place: str = "git"  # or: monorepo, crlf (Git for Windows), none (not under Git)


def change(name: str, old: str, new: str) -> Callable[[Path], None]:
    return lambda folder: edit(folder / name, old, new)


def add(name: str, text: str, runs: bool = False) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        append(folder / name, text)
        if runs:
            (folder / name).chmod(0o755)

    return apply


def delete(*names: str) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        for name in names:
            path = folder / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()

    return apply


def both(*steps: Callable[[Path], None]) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        for step in steps:
            step(folder)

    return apply


def to_crlf(name: str) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        path = folder / name
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))

    return apply


def rename_notebooks(folder: Path) -> None:
    for number, path in enumerate(sorted((folder / "notebooks").glob("*.ipynb"))):
        path.rename(path.with_name(f"Größe {number}.ipynb"))


def use_notebook(folder: Path) -> None:
    for path in (folder / "notebooks").glob("*.ipynb"):
        edit(path, '"nbformat_minor":', '"edited": true,\n "nbformat_minor":')


def link_readme(folder: Path) -> None:
    (folder / "README.md").rename(folder / "index.md")
    (folder / "README.md").symlink_to("index.md")


PIP, APT = "requirements/pip-requirements.txt", "requirements/apt-requirements.txt"

EDITS = [
    Edit("adds-packages", add(PIP, "scikit-learn\nduckdb>=1\n")),
    Edit("pins-a-package", change(PIP, "pandas\n", "pandas==2.3.3\n")),
    Edit("removes-a-package", change(PIP, "ipympl\n", "")),
    Edit("adds-a-git-package", add(PIP, f"mine @ git+https://example.com/mine@{COMMIT}\n")),
    Edit(
        "reads-the-project's-list",
        both(add(PIP, "-r ../requirements.txt\n"), add("requirements.txt", "polars\n")),
    ),
    Edit("adds-an-apt-package", add(APT, "graphviz\n")),
    Edit(
        "commits-the-lock", add("requirements/requirements.lock", "pandas==2.3.3 \\\n    --hash=sha256:00\n")
    ),
    Edit("Dockerfile-near", change(DOCKERFILE, "EXPOSE 8888\n", "ENV MINE=1\nEXPOSE 8888\n")),
    Edit("Dockerfile-same-line", change(DOCKERFILE, "EXPOSE 8888\n", "EXPOSE 8888 9999\n")),
    Edit(
        "Dockerfile-far",
        change(DOCKERFILE, "\nFROM scratch AS project", "# Ours.\n\nFROM scratch AS project"),
    ),
    Edit("Dockerfile-at-the-end", add(DOCKERFILE, "LABEL mine=yes\n")),
    Edit("Dockerfile-another-Python", change(DOCKERFILE, "python:3.13-slim", "python:3.12-slim")),
    Edit("deletes-the-Dockerfile", delete(DOCKERFILE)),
    Edit("renames-the-image's-tag", change(SETTINGS, "IMAGETAG:-latest", "IMAGETAG:-mine")),
    Edit("changes-the-port", change(SETTINGS, "DOCKERPORT:-}", "DOCKERPORT:-9000}")),
    Edit("changes-the-user", change(SETTINGS, "NB_USER:-jovyan", "NB_USER:-marie")),
    Edit("uses-a-mirror", change(SETTINGS, "BASE_IMAGE:-}", "BASE_IMAGE:-mirror.example.com/python:3.13}")),
    Edit("adds-a-setting", add(SETTINGS, "RUN_OPTIONS=(--memory 8g)\n")),
    Edit("sets-the-server", add(SERVER, "c.ServerApp.websocket_ping_interval = 30\n")),
    Edit("deletes-the-server's-settings", delete(SERVER)),
    Edit("changes-the-Jupyter-set", add(JUPYTER, "jupyterlab-git\n")),
    Edit("adds-a-script", add("requirements/backup.sh", "#!/bin/sh\necho saved\n", runs=True)),
    Edit(
        "adds-a-script-of-the-same-name", add("requirements/doctor.sh", "#!/bin/sh\necho mine\n", runs=True)
    ),
    Edit("deletes-a-script", delete("requirements/stop.sh")),
    Edit("takes-a-run-bit-away", lambda folder: (folder / "requirements/stop.sh").chmod(0o644)),
    Edit("deletes-the-notebook", delete("notebooks")),
    Edit("edits-the-notebook", use_notebook),
    Edit("renames-the-notebook", rename_notebooks),
    Edit("adds-data", add("data/räw data.csv", "a,b\n1,2\n")),
    Edit("rewrites-the-README", lambda folder: (folder / "README.md").write_text("# Mine\n")),
    Edit("makes-the-README-a-link", link_readme),
    Edit("ignores-more", add(".gitignore", "data/\n")),
    Edit("deletes-pre-commit", delete(".pre-commit-config.yaml")),
    Edit("has-ignored-files", add("requirements/local.sh", "RUN_OPTIONS=()\n")),
    Edit("moves-requirements-to-CRLF", both(to_crlf(PIP), to_crlf(APT))),
    Edit("checks-out-with-CRLF", add(PIP, "polars\n"), "crlf"),
    Edit("edits-a-CRLF-Dockerfile", both(change(DOCKERFILE, "EXPOSE 8888", "EXPOSE 8888 9999")), "crlf"),
    Edit("in-a-monorepo", add(PIP, "polars\n"), "monorepo"),
    Edit("in-a-monorepo-same-line", change(DOCKERFILE, "EXPOSE 8888\n", "EXPOSE 8888 9999\n"), "monorepo"),
    Edit(
        "in-a-monorepo-sets-the-server", add(SERVER, "c.ServerApp.websocket_ping_interval = 30\n"), "monorepo"
    ),
    Edit("not-under-git", add(PIP, "polars\n"), "none"),
    Edit("not-under-git-same-line", change(DOCKERFILE, "EXPOSE 8888\n", "EXPOSE 8888 9999\n"), "none"),
    Edit("not-under-git-same-name", add("requirements/doctor.sh", "#!/bin/sh\necho mine\n"), "none"),
    Edit("not-under-git-sets-the-server", add(SERVER, "c.ServerApp.websocket_ping_interval = 30\n"), "none"),
]

#: Edits and changes of the same file, and whether the update ends in a conflict.
CLOSE = {
    ("Dockerfile-same-line", "adds-a-line-to-the-Dockerfile"): True,
    ("Dockerfile-far", "adds-a-line-to-the-Dockerfile"): False,
    ("deletes-the-Dockerfile", "adds-a-line-to-the-Dockerfile"): False,
    ("edits-a-CRLF-Dockerfile", "adds-a-line-to-the-Dockerfile"): True,
    ("in-a-monorepo-same-line", "adds-a-line-to-the-Dockerfile"): True,
    ("not-under-git-same-line", "adds-a-line-to-the-Dockerfile"): True,
    ("changes-the-port", "changes-a-setting"): False,
    ("sets-the-server", "removes-a-file"): False,
    ("adds-a-script-of-the-same-name", "adds-a-file"): True,
}
#: More of the same, in other files and lines.
CLOSE_IN_FULL = {
    ("Dockerfile-near", "adds-a-line-to-the-Dockerfile"): True,
    ("renames-the-image's-tag", "changes-a-setting"): True,
    ("changes-the-port", "adds-an-answer"): False,
    ("adds-a-setting", "adds-an-answer"): False,
    ("not-under-git-same-name", "adds-a-file"): False,
    ("Dockerfile-another-Python", "changes-the-base-image"): True,
    ("changes-the-Jupyter-set", "changes-a-mode"): False,
}
#: All edits that do not affect each other; the soak tier tests each alone.
TOGETHER = Edit(
    "everything-at-once",
    both(*(edit.apply for edit in EDITS if edit.place == "git" and not edit.name.startswith("deletes-"))),
)
PAIRS = {(edit.name, change.name): (edit, change) for edit in EDITS for change in CHANGES}


def move(project: BakedProject, place: str) -> BakedProject:
    """Move a new project to its place, committed if it is under Git at all."""
    folder = project.folder
    if place == "crlf":
        git(folder, "config", "core.autocrlf", "true")
        git(folder, "rm", "-r", "--quiet", "--cached", ".")
        git(folder, "reset", "--quiet", "--hard")
    elif place in ("none", "monorepo"):
        shutil.rmtree(folder / ".git")
    if place == "monorepo":
        parent = folder.parent / "mono repo"
        new_repository(parent)
        append(parent / "README.md", "# All our projects\n")
        append(parent / "other/requirements/Dockerfile", "FROM scratch\nEXPOSE 8888\n")
        (parent / "packages").mkdir()
        moved = folder.rename(parent / "packages/analysis")
        commit_all(parent)
        return BakedProject(moved)
    return project


def lines_added(before: bytes, after: bytes) -> list[str]:
    """The lines that `after` has and `before` has not."""
    old, new = before.decode().splitlines(), after.decode().splitlines()
    return [line[2:] for line in difflib.ndiff(old, new) if line.startswith("+ ")]


def check_update(project: BakedProject, edit: Edit, change: Change, errors: Callable[[], str]) -> None:
    """Edit, update, and check that nothing of the edit is lost and that the change is applied or reported.

    A change that cannot be applied is a conflict in the file. If the template removes a file that the user
    edited, or without Git adds a file that exists, it is a line of what `errors` returns.
    """
    fresh = files(project.folder)
    edit.apply(project.folder)
    if edit.place != "none":
        commit_all(project.folder)
    mine = files(project.folder)
    assert mine != fresh, "the edit did nothing"

    assert project.update(to=change.name)

    after, conflicts = files(project.folder), project.conflicts()
    touched = {name for name in mine.keys() | after.keys() if mine.get(name) != after.get(name)}
    assert ".cruft.json" in touched
    assert touched <= {".cruft.json", change.path, f"{change.path}.rej"}
    if edit.place == "monorepo":
        changed = git(
            project.folder, "status", "--porcelain", "--no-renames", "-uall", "--", ":/"
        ).splitlines()
        assert all(line[3:].startswith("packages/analysis/") for line in changed), changed

    deleted = change.path in fresh and change.path not in mine
    if deleted:
        assert change.path not in after
    else:
        reported = change.path in conflicts or f"{change.path}: " in errors()
        assert reported or change.is_in(project)
    if change.path in mine:
        lines = lines_added(
            fresh[change.path].content if change.path in fresh else b"", mine[change.path].content
        )
        remaining = after[change.path].content.decode().splitlines() if change.path in after else []
        assert [line for line in lines if line not in remaining] == []


@pytest.fixture
def errors(capfd: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """`errors()` returns what was printed on standard error since the last call."""
    return lambda: capfd.readouterr().err


@pytest.mark.parametrize(
    ("names", "conflict"),
    [
        *(pytest.param(*case, id="+".join(case[0])) for case in CLOSE.items()),
        *(
            pytest.param(*case, id="+".join(case[0]), marks=pytest.mark.full)
            for case in CLOSE_IN_FULL.items()
        ),
    ],
)
def test_update_loses_no_edit_of_the_file_that_it_changes(
    create: Create,
    names: tuple[str, str],
    conflict: bool,
    errors: Callable[[], str],
) -> None:
    edit, change = PAIRS[names]
    project = move(create("plain"), edit.place)
    check_update(project, edit, change, errors)
    assert project.conflicts() == ({change.path} if conflict else set())


@pytest.mark.parametrize(
    "change",
    # The first change is enough for the quick tests.
    [CHANGES[0], *(pytest.param(change, marks=pytest.mark.soak) for change in CHANGES[1:])],
    ids=[change.name for change in CHANGES],
)
def test_update_loses_nothing_of_a_project_with_every_edit(
    create: Create, change: Change, errors: Callable[[], str]
) -> None:
    check_update(create("plain"), TOGETHER, change, errors)


@pytest.mark.soak
@pytest.mark.parametrize(("edit", "change"), PAIRS.values(), ids=map("+".join, PAIRS))
def test_update_loses_no_edit(create: Create, edit: Edit, change: Change, errors: Callable[[], str]) -> None:
    check_update(move(create("plain"), edit.place), edit, change, errors)


@pytest.mark.parametrize(
    ("edits", "in_git", "in_rej"),
    [
        (["Dockerfile-same-line"], {DOCKERFILE}, set()),
        # If the template removes an edited file, Git cannot merge, and cruft applies each file on its own.
        (["Dockerfile-same-line", "sets-the-server"], set(), {f"{DOCKERFILE}.rej"}),
        (["adds-packages", "changes-the-port"], set(), set()),
    ],
)
def test_documented_commands_find_every_conflict(
    create: Create, edits: list[str], in_git: set[str], in_rej: set[str]
) -> None:
    marks, rejected = "git grep -n '^<<<<<<<'", "git ls-files --others '*.rej'"
    project = create("plain")
    both(*(edit.apply for edit in EDITS if edit.name in edits))(project.folder)
    project.commit()
    edited = set(git(project.folder, "diff", "--name-only", "HEAD~1").splitlines())

    assert project.update(to="every-change")

    def shown(command: str) -> set[str]:
        words = subprocess.run(shlex.split(command), cwd=project.folder, text=True, capture_output=True)
        return {line.split(":")[0] for line in words.stdout.splitlines()}

    assert shown(marks) == in_git
    assert shown(rejected) == in_rej
    unmerged = in_git | {name.removesuffix(".rej") for name in in_rej} | ({SERVER} & edited)
    assert [c.name for c in CHANGES if c.path not in unmerged and not c.is_in(project)] == []


def test_edit_of_a_setting_merges_with_a_change_of_all_others(create: Create, tmp_path: Path) -> None:
    project = create("plain")
    lines = project.text(SETTINGS).splitlines(keepends=True)
    variables = [number for number, line in enumerate(lines) if re.match(r"[A-Z_]+=", line)]
    assert len(variables) >= 6
    for mine in variables:
        versions = {"base": lines, "mine": list(lines), "theirs": list(lines)}
        for number in variables:
            versions["mine" if number == mine else "theirs"][number] = f"CHANGED_{number}=yes\n"
        for name, content in versions.items():
            (tmp_path / name).write_text("".join(content))
        merged = git(tmp_path, "merge-file", "-p", "mine", "base", "theirs")  # fails if there is a conflict
        assert all(f"CHANGED_{number}=yes\n" in merged for number in variables)


@pytest.mark.parametrize("untracked", [False, True])
def test_update_refuses_uncommitted_work(create: Create, untracked: bool) -> None:
    project = create("plain")
    append(project / ("notes.txt" if untracked else PIP), "polars\n")
    mine = files(project.folder)
    assert not project.update(to=CHANGES[0].name)
    assert files(project.folder) == mine


def test_untracked_file_stays_if_the_update_allows_it(create: Create) -> None:
    project = create("plain")
    append(project / "notes.txt", "mine\n")
    assert project.update(to=CHANGES[0].name, untracked=True)
    assert project.text("notes.txt") == "mine\n"
    assert CHANGES[0].is_in(project)
