"""The repository's own tools: pinned, in one version everywhere, and from the package index alone."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import Bake
from helpers import TEMPLATE

LOCK = dict(
    re.findall(r"^([\w.-]+)==([^\s;\\]+)", (TEMPLATE / "requirements-dev.txt").read_text(), re.MULTILINE)
)


@pytest.fixture(params=["here", "in the generated project"])
def pre_commit(request: pytest.FixtureRequest, bake: Bake) -> dict[str, Any]:
    """A .pre-commit-config.yaml, read."""
    folder: Path = TEMPLATE if request.param == "here" else bake(hooks=False)
    return yaml.safe_load((folder / ".pre-commit-config.yaml").read_text())


def test_every_tool_is_pinned_with_hashes() -> None:
    tools = tomllib.loads((TEMPLATE / "pyproject.toml").read_text())["dependency-groups"]["dev"]
    assert {re.split(r"[<>=~! ]", tool)[0] for tool in tools} <= set(LOCK)
    text = (TEMPLATE / "requirements-dev.txt").read_text()
    entries = re.split(r"\n(?=\w)", text)[1:]
    assert len(entries) >= len(LOCK)
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_lock_names_no_address() -> None:
    assert not re.search(r"://|--index|--find-links", (TEMPLATE / "requirements-dev.txt").read_text())


def test_typer_is_one_that_cruft_works_with() -> None:
    assert tuple(map(int, LOCK["typer"].split(".")[:2])) < (0, 26)


def test_pre_commit_asks_no_address_but_the_package_index(pre_commit: dict[str, Any]) -> None:
    assert [repo["repo"] for repo in pre_commit["repos"]] == ["local"]
    for entry in pre_commit["repos"][0]["hooks"]:
        assert entry["language"] == "python"
        assert all(re.fullmatch(r"[\w-]+==[\w.]+", package) for package in entry["additional_dependencies"])


def test_pre_commit_has_the_versions_of_the_lock(pre_commit: dict[str, Any]) -> None:
    packages = [
        package for entry in pre_commit["repos"][0]["hooks"] for package in entry["additional_dependencies"]
    ]
    shared = {
        name: version for name, version in (package.split("==") for package in packages) if name in LOCK
    }
    assert shared
    assert shared == {name: LOCK[name] for name in shared}
