"""What a user reads if something is wrong: one error or warning, and one hint that says how to fix it."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from errors.cases import CASES, Case
from support.projects import Project
from support.stub_engine import StubEngine, write_program
from support.users import Result

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root can change the system and owners")

STRING = r"""'[^']*'|"(?:\$\([^)]*\)|[^"\\]|\\.)*\""""
#: A call of die or warn, or the two commands of a trap: the error or warning, and the hint.
CALL = re.compile(
    rf"\b(?:die|warn)\s+(?P<text>{STRING})\s+(?:\\\n\s*)?(?P<hint>{STRING})"
    r'|say "error: (?P<text_of_trap>[^"]*)"\s+say "hint: (?P<hint_of_trap>[^"]*)"'
)
PARAMETER = re.compile(r"\$\{[^}]*\}|\$\([^)]*\)|\$\w+")


def sources(project: Path) -> str:
    """The text of all scripts, without comments and without the two functions that print messages."""
    scripts = [*project.glob("requirements/*.sh"), *project.glob("requirements/lib/*.sh")]
    text = re.sub(
        r"^\s*#.*", "", "\n".join(script.read_text() for script in sorted(scripts)), flags=re.MULTILINE
    )
    return re.sub(r"^(die|warn)\(\) \{\n.*?^\}", "", text, flags=re.MULTILINE | re.DOTALL)


def pattern(quoted: str) -> str:
    """A regular expression for the values that a quoted string of bash can have."""
    if quoted.startswith("'"):
        return re.escape(quoted[1:-1])
    return ".*".join(map(re.escape, PARAMETER.split(quoted.strip('"'))))


def name_of(project: Project, folder: str) -> str:
    """The name of the container of the user's project in this folder, which is called my-project."""
    checksum = project.typed(f"printf %s {project.user.uid}:{folder} | cksum").stdout.split()[0]
    return f"my-project-{checksum}"


def prepare(project: Project, case: Case, programs: Path) -> dict[str, str]:
    """Arrange what a case needs; returns what `{...}` in it stands for."""
    values = {
        "project": str(project.folder),
        "user": project.user.name,
        "name": name_of(project, str(project.folder)),
        "moved": name_of(project, "/gone/my-project"),
    }
    if case.engine:
        engine = StubEngine(programs, case.engine)
        for words, output, status in case.answers:
            for key in ("name", "moved"):
                words, output = (text.replace(f"{{{key}}}", values[key]) for text in (words, output))
            engine.answer(words, output, status)
    write_program(programs / "uname", f"echo {case.uname}\n")
    project.typed(case.setup)
    if "{commit}" in case.error:
        values["commit"] = project.typed("git rev-parse --short HEAD").stdout.strip()
    if case.owner is not None:
        os.chown(project.folder, case.owner, -1)
    return values


def run(project: Project, case: Case, values: dict[str, str]) -> Result:
    """Run the command of a case, if needed on another system."""
    name, *arguments = case.command.split()
    command = [str(project.requirements / f"{name}.sh"), *arguments]
    if case.os_release is not None:
        release = project.folder.with_name("os-release")
        release.write_text(case.os_release)
        mount = f'mount --bind {release} /etc/os-release && exec "$@"'
        command = ["unshare", "--mount", "bash", "-c", mount, "bash", *command]
    env = {key: value.format(**values) for key, value in case.env.items()}
    return project.user.run(command, project.env | env)


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=name, marks=[ROOT_ONLY] if case.needs_root else [])
        for name, case in CASES.items()
    ],
)
def test_a_problem_is_one_message_and_one_hint(project: Project, programs: Path, case: Case) -> None:
    values = prepare(project, case, programs)
    result = run(project, case, values)
    text = f"error: {case.error}" if case.error else f"warning: {case.warning}"
    message = f"{text}\nhint: {case.hint}".format(**values)
    assert f"\n{message}\n" in f"\n{result.stderr}"
    assert len(result.messages) == 2, result.stderr
    assert (result.status != 0) == bool(case.error)
    if case.answers and "build" in case.answers[-1][0]:
        assert case.answers[-1][1] in result.stderr  # the engine's own message stays visible


def test_the_table_has_every_message_of_the_scripts(generated: Path) -> None:
    text = sources(generated)
    calls = list(CALL.finditer(text))
    # A call in another form would not be compared with the table.
    assert len(calls) == len(re.findall(r'\b(?:die|warn)\s|say "error', text))
    known = [(case.error or case.warning, case.hint) for case in CASES.values()]
    missing = []
    for call in calls:
        message = pattern(call["text"] or f'"{call["text_of_trap"]}"')
        hint = pattern(call["hint"] or f'"{call["hint_of_trap"]}"')
        if not any(
            re.fullmatch(message, text, re.DOTALL) and re.fullmatch(hint, fix, re.DOTALL)
            for text, fix in known
        ):
            missing.append(call[0])
    assert missing == []
