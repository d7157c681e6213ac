"""Tools have one pinned version each, that of requirements-dev.txt. Actions are pinned by commit."""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.baked import BakedProject
from support.repositories import git
from support.template import TEMPLATE

LOCK_TEXT = (TEMPLATE / "requirements-dev.txt").read_text()
LOCK = dict(re.findall(r"^([\w.-]+)==([^\s;\\]+)", LOCK_TEXT, re.MULTILINE))
WORKFLOWS = sorted((TEMPLATE / ".github/workflows").glob("*.yml"))
PYPROJECT = tomllib.loads((TEMPLATE / "pyproject.toml").read_text())
TOOLS = {re.split(r"[<>=~! ]", tool)[0] for tool in PYPROJECT["dependency-groups"]["dev"]}


@pytest.fixture(params=["repository", "generated project"])
def pre_commit(request: pytest.FixtureRequest, baked: Callable[..., BakedProject]) -> dict[str, Any]:
    """The content of a .pre-commit-config.yaml."""
    folder = TEMPLATE if request.param == "repository" else baked().folder
    return yaml.safe_load((folder / ".pre-commit-config.yaml").read_text())


def packages(config: dict[str, Any]) -> list[str]:
    """The packages that a .pre-commit-config.yaml installs."""
    return [package for hook in config["repos"][0]["hooks"] for package in hook["additional_dependencies"]]


def test_every_tool_is_pinned_with_hashes() -> None:
    assert set(LOCK) >= TOOLS
    entries = re.split(r"\n(?=\w)", LOCK_TEXT)[1:]
    assert len(entries) >= len(LOCK)
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_every_file_that_pins_a_tool_has_the_version_of_the_lock() -> None:
    pin = re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, sorted(TOOLS)))})==([\w.]+)")
    pins = [
        (name, *found)
        for name in git(TEMPLATE, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
        if (TEMPLATE / name).is_file()
        for found in pin.findall((TEMPLATE / name).read_text(errors="ignore"))
    ]
    assert [found for found in pins if found[2] != LOCK[found[1]]] == []
    assert len({name for name, tool, _ in pins if tool == "ruff"}) >= 3  # in both files for pre-commit
    assert any(name.endswith("install-uv.sh") for name, tool, _ in pins if tool == "uv")


def test_lock_names_no_index() -> None:
    assert not re.search(r"://|--index|--find-links", LOCK_TEXT)


def test_pre_commit_uses_only_the_package_index(pre_commit: dict[str, Any]) -> None:
    assert [repo["repo"] for repo in pre_commit["repos"]] == ["local"]
    assert {hook["language"] for hook in pre_commit["repos"][0]["hooks"]} == {"python"}
    assert [name for name in packages(pre_commit) if not re.fullmatch(r"[\w-]+==[\w.]+", name)] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_commit(path: Path) -> None:
    actions = re.findall(r"uses: (.*)", path.read_text())
    assert actions
    assert [
        action for action in actions if not re.fullmatch(r"[\w/.-]+@[0-9a-f]{40} # v[\d.]+", action)
    ] == []


def test_version_is_the_same_everywhere() -> None:
    version = PYPROJECT["project"]["version"]
    context = (TEMPLATE / "cookiecutter.json").read_text()
    assert f'"_version": "{version}"' in context
