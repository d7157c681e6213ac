"""Tools and actions have pinned versions, the same everywhere, and come from the package index only."""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.template import RENDERED, TEMPLATE

LOCK_TEXT = (TEMPLATE / "requirements-dev.txt").read_text()
LOCK = dict(re.findall(r"^([\w.-]+)==([^\s;\\]+)", LOCK_TEXT, re.MULTILINE))
WORKFLOWS = sorted((TEMPLATE / ".github/workflows").glob("*.yml"))


@pytest.fixture(params=["repository", "generated project"])
def pre_commit(request: pytest.FixtureRequest, bake: Callable[..., Path]) -> dict[str, Any]:
    """The content of a .pre-commit-config.yaml."""
    folder = TEMPLATE if request.param == "repository" else bake(hooks=False)
    return yaml.safe_load((folder / ".pre-commit-config.yaml").read_text())


def packages(config: dict[str, Any]) -> list[str]:
    """The packages that a .pre-commit-config.yaml installs."""
    return [package for hook in config["repos"][0]["hooks"] for package in hook["additional_dependencies"]]


def test_every_tool_is_pinned_with_hashes() -> None:
    tools = tomllib.loads((TEMPLATE / "pyproject.toml").read_text())["dependency-groups"]["dev"]
    assert {re.split(r"[<>=~! ]", tool)[0] for tool in tools} <= set(LOCK)
    entries = re.split(r"\n(?=\w)", LOCK_TEXT)[1:]
    assert len(entries) >= len(LOCK)
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_lock_names_no_index() -> None:
    assert not re.search(r"://|--index|--find-links", LOCK_TEXT)


def test_typer_is_a_version_that_cruft_works_with() -> None:
    assert tuple(map(int, LOCK["typer"].split(".")[:2])) < (0, 26)


def test_pre_commit_uses_only_the_package_index(pre_commit: dict[str, Any]) -> None:
    assert [repo["repo"] for repo in pre_commit["repos"]] == ["local"]
    assert {hook["language"] for hook in pre_commit["repos"][0]["hooks"]} == {"python"}
    assert [name for name in packages(pre_commit) if not re.fullmatch(r"[\w-]+==[\w.]+", name)] == []


def test_pre_commit_uses_the_versions_of_the_lock(pre_commit: dict[str, Any]) -> None:
    versions = dict(package.split("==") for package in packages(pre_commit))
    shared = {name: version for name, version in versions.items() if name in LOCK}
    assert shared
    assert shared == {name: LOCK[name] for name in shared}


def test_uv_of_the_image_has_a_pinned_version() -> None:
    script = (TEMPLATE / RENDERED / "requirements/image/install-uv.sh").read_text()
    assert re.search(r" uv==\d+\.\d+\.\d+$", script, re.MULTILINE)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_commit(path: Path) -> None:
    actions = re.findall(r"uses: (.*)", path.read_text())
    assert actions
    assert [
        action for action in actions if not re.fullmatch(r"[\w/.-]+@[0-9a-f]{40} # v[\d.]+", action)
    ] == []


def test_version_is_the_same_everywhere() -> None:
    version = tomllib.loads((TEMPLATE / "pyproject.toml").read_text())["project"]["version"]
    context = (TEMPLATE / "cookiecutter.json").read_text()
    assert f'"_version": "{version}"' in context
