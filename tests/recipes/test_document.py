"""The page `docs/beyond-one-machine.md` agrees with the files next to it and with the tests."""

import ast
import re
from pathlib import Path

import pytest
from recipes.commands import COMMANDS, NOT_RUN
from recipes.tools import PAGE, RECIPES
from support.documents import links

pytestmark = pytest.mark.full


def commands_that_tests_run() -> set[str]:
    """The first argument of every call of `documented`."""
    return {
        node.args[0].value
        for file in Path(__file__).parent.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "documented"
    }


def test_every_command_of_the_page_is_run_or_has_a_reason_why_not() -> None:
    assert set(COMMANDS) == commands_that_tests_run() | set(NOT_RUN)


def test_the_page_links_every_file_that_readers_copy() -> None:
    files = {str(path.relative_to(PAGE.parent)) for path in RECIPES.rglob("*") if path.is_file()}
    assert files == {target for target in links(PAGE.read_text()) if re.match("beyond/", target)}
