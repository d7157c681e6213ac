"""The page `docs/beyond-one-machine.md` agrees with the files next to it and with the tests."""

import ast
import re
from pathlib import Path

import pytest
from docs.commands import COMMANDS as OTHER_COMMANDS
from recipes.commands import COMMANDS
from recipes.tools import PAGE, RECIPES
from support.documents import commands, links

TESTS = Path(__file__).parent


def test_the_registry_has_every_command_of_the_page_and_no_other() -> None:
    assert set(commands(PAGE.read_text())) - set(OTHER_COMMANDS) == set(COMMANDS) - set(OTHER_COMMANDS)


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_is_run_where_the_registry_says(line: str) -> None:
    if COMMANDS[line].startswith("not run: "):
        return
    file, name = COMMANDS[line].split("::")
    tree = ast.parse((TESTS / file).read_text())
    (function,) = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name]
    assert line in [node.value for node in ast.walk(function) if isinstance(node, ast.Constant)]


def test_the_page_links_every_file_that_readers_copy() -> None:
    files = {str(path.relative_to(PAGE.parent)) for path in RECIPES.rglob("*") if path.is_file()}
    assert files == {target for target in links(PAGE.read_text()) if re.match("beyond/", target)}
