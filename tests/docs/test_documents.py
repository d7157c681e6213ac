"""The documents agree with the repository: commands, links, tables, and messages."""

import re
import runpy
from collections.abc import Callable
from pathlib import Path

import pytest
from docs.commands import COMMANDS, NOT_RUN, commands_that_tests_run
from support.baked import BakedProject
from support.documents import DOCUMENTS, anchors, links, read, rows
from support.template import TEMPLATE

TESTS = TEMPLATE / "tests"
every_document = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda path: str(path.relative_to(TEMPLATE))
)
Bake = Callable[..., BakedProject]


def test_every_command_is_run_by_a_test_or_has_a_reason_why_not() -> None:
    assert commands_that_tests_run() == COMMANDS - set(NOT_RUN)
    assert set(NOT_RUN) <= COMMANDS


@every_document
def test_links_lead_to_files_and_headings(document: Path) -> None:
    for target in links(document.read_text()):
        if target.startswith("https://"):
            continue
        file, _, anchor = target.partition("#")
        path = (document.parent / file).resolve() if file else document
        assert path.exists(), target
        if anchor:
            assert anchor in anchors(path.read_text()), target


def test_every_page_is_linked_from_an_index() -> None:
    indexes = [TEMPLATE / name for name in ["README.md", "docs/README.md", "CONTRIBUTING.md"]]
    linked = {(index.parent / target).resolve() for index in indexes for target in links(index.read_text())}
    assert set(DOCUMENTS) - {TEMPLATE / "README.md"} <= linked


def test_readme_has_at_most_110_lines() -> None:
    assert len(read("README.md").splitlines()) <= 110


def test_pictures_are_small() -> None:
    for picture in (TEMPLATE / "docs").glob("*.svg"):
        assert picture.stat().st_size < 200_000, picture


def test_tables_of_the_reference_are_those_of_the_template() -> None:
    text = read("docs/reference.md")
    assert runpy.run_path(str(TEMPLATE / "dev/update_reference.py"))["updated"](text) == text


def test_every_test_folder_is_described() -> None:
    described = {row[0].strip("`") for row in rows(read("CONTRIBUTING.md"), "| folder | tests |")}
    folders = {f"tests/{path.parent.name}" for path in TESTS.glob("*/*.py")}
    assert described == folders


def names_in(cells: list[str]) -> set[str]:
    """The file names in code font, without their folders."""
    return {
        Path(name).name for cell in cells for name in re.findall(r"`([^`]+)`", cell) if not name.endswith("/")
    }


def test_every_generated_file_is_described(bake: Bake) -> None:
    text = read("docs/reference.md")
    described = set()
    for row in [*rows(text, "| file | purpose |"), *rows(text, "| file in `requirements/image/` |")]:
        described |= names_in(row if row[0] == "`lib/`" else row[:1])
    project = bake(base_image="miniforge")
    generated = {Path(name).name for name in project.texts()} | {".cruft.json"}
    assert described == generated


def test_every_variable_is_described(bake: Bake) -> None:
    settings = bake().text("requirements/settings.sh")
    described = {row[0].strip("`") for row in rows(read("docs/reference.md"), "| variable | purpose |")}
    assert described == set(re.findall(r"^(\w+)=\$\{", settings, re.MULTILINE))


def test_every_script_is_described_with_its_options(bake: Bake) -> None:
    described = [
        row[0].strip("`").replace("\\|", "|") for row in rows(read("docs/reference.md"), "| command | does |")
    ]
    scripts = (bake() / "requirements").glob("*.sh")
    usages = {
        usage
        for script in scripts
        for usage in re.findall(r"^# Usage: requirements/(.*)", script.read_text(), re.MULTILINE)
    }
    shortened = {re.sub(r"DOCKER \w+ OPTIONS", "OPTIONS", usage).replace(" | ", "|") for usage in usages}
    assert set(described) == shortened


def as_pattern(message: str) -> str:
    """The first line of a message as a regular expression, in which expansions match anything."""
    text = re.sub(r"\$\{[^}]*\}|\$\([^)]*\)|\$\w+|\{[^}]*\}", "\0", message)
    return ".+".join(re.escape(part) for part in re.split(r"\n|\\n", text)[0].split("\0"))


def shell_messages(text: str) -> set[str]:
    """The errors and warnings of a shell script."""
    called = re.findall(r"\b(die|warn) (['\"])(.*?)\2", text, re.DOTALL)
    return {{"die": "error: ", "warn": "warning: "}[kind] + message for kind, _, message in called} | set(
        re.findall(r"echo \"(error: [^\"]*)\"", text)
    )


def python_messages(text: str) -> set[str]:
    """The errors and warnings of a Python program."""
    printed = re.findall(r"\"((?:error: |warning: |Project created, but)[^\"]*)\"", text)
    return {*printed, *("error: " + message for message in re.findall(r"\bfail\(\s*f?\"([^\"]*)\"", text))}


def all_messages(project: BakedProject) -> set[str]:
    """Every error and warning that a user can see, as regular expressions."""
    files = [*(project / "requirements").rglob("*"), *(TEMPLATE / "hooks").glob("*.py")]
    messages = {
        message for file in files if file.suffix == ".sh" for message in shell_messages(file.read_text())
    }
    messages |= {
        message for file in files if file.suffix == ".py" for message in python_messages(file.read_text())
    }
    return {as_pattern(message) for message in messages} - {"error: .+", "warning: .+"}


def test_every_message_has_an_entry_in_troubleshooting(bake: Bake) -> None:
    text = read("docs/troubleshooting.md")
    entries = re.findall(r"^### `(.*)`$", text, re.MULTILINE) + re.findall(r"`(error: cannot use .*?)`", text)
    messages = all_messages(bake())
    missing = {pattern for pattern in messages if not any(re.fullmatch(pattern, entry) for entry in entries)}
    assert missing == set()
    for entry in entries:
        if entry.startswith(("error: ", "warning: ")):
            assert any(re.fullmatch(pattern, entry) for pattern in messages), entry
