"""The linters accept the generated files of every combination of answers."""

import json
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

Distinct = Callable[..., list[Path]]

SCRIPTS = ["requirements/*.sh", "requirements/lib/*.sh", "requirements/image/scripts/*.sh"]

#: The scripts are one program in several files, and some commands are expanded by another shell.
SHELLCHECK_EXCEPTIONS = {
    "SC1090": "a sourced file has a path from a variable",
    "SC1091": "a sourced file is checked by itself",
    "SC2015": "in A && B || die, die is for both",
    "SC2016": "another shell expands the variables of this command",
    "SC2034": "another file uses the variable",
    "SC2094": "the function uses only the name of the file",
    "SC2119": "another file passes arguments to the function",
    "SC2120": "another file passes arguments to the function",
    "SC2153": "another file sets the variable",
    "SC2154": "another file sets the variable",
}
HADOLINT_EXCEPTIONS = {
    "DL3002": "hadolint does not see that a later stage sets a numeric USER",
    "DL3008": "Debian removes old versions, so a pinned version breaks the build",
    "DL4006": "hadolint does not see that stages inherit SHELL",
    "SC2046": "a list of packages is several words",
}


def lint(*words: str, files: list[Path]) -> None:
    """Run a linter on files, and fail with its output."""
    program = Path(sys.executable).parent / words[0]
    result = subprocess.run(
        [str(program), *words[1:], *map(str, files)], capture_output=True, text=True, timeout=120
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_shellcheck_accepts_the_scripts(distinct: Distinct) -> None:
    lint(
        "shellcheck", "--shell=bash", f"--exclude={','.join(SHELLCHECK_EXCEPTIONS)}", files=distinct(*SCRIPTS)
    )


def test_shfmt_accepts_the_scripts(distinct: Distinct) -> None:
    lint("shfmt", "-d", "-i", "2", "-ci", "-bn", files=distinct(*SCRIPTS))


def test_hadolint_accepts_the_dockerfile(distinct: Distinct) -> None:
    ignored = [f"--ignore={rule}" for rule in HADOLINT_EXCEPTIONS]
    lint("hadolint", *ignored, files=distinct("requirements/Dockerfile"))


def test_yamllint_accepts_the_yaml_files(distinct: Distinct) -> None:
    rules = {
        "document-start": "disable",
        "line-length": {"max": 110},
        "comments": {"min-spaces-from-content": 1},
    }
    config = json.dumps({"extends": "default", "rules": rules})
    lint("yamllint", "--strict", "--config-data", config, files=distinct("**/*.yaml"))


def test_pre_commit_accepts_its_configuration(distinct: Distinct) -> None:
    lint("pre-commit", "validate-config", files=distinct(".pre-commit-config.yaml"))


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]], ids=" ".join)
def test_ruff_accepts_python_files_and_notebooks(command: list[str], distinct: Distinct) -> None:
    files = distinct("**/*.py", "**/*.ipynb")
    # EXE001: the Dockerfile sets the run bits.
    options = ["--ignore=EXE001"] if command == ["check"] else []
    lint("ruff", *command, *options, "--isolated", "--no-cache", "--line-length=120", files=files)


def test_json_and_toml_files_can_be_parsed(distinct: Distinct) -> None:
    for path in distinct("**/*.json"):
        json.loads(path.read_text())
    for path in distinct("**/*.toml"):
        tomllib.loads(path.read_text())


def test_dev_container_refers_to_files_of_the_project(distinct: Distinct) -> None:
    for path in distinct(".devcontainer/devcontainer.json"):
        build = json.loads(path.read_text())["build"]
        assert (path.parent / build["dockerfile"]).is_file()
        assert (path.parent / build["context"]).is_dir()


def test_notebooks_are_valid_and_without_outputs(distinct: Distinct) -> None:
    for path in distinct("**/*.ipynb"):
        notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
        nbformat.validate(notebook)
        assert notebook.nbformat == 4
        assert not any(cell.get("outputs") or cell.get("execution_count") for cell in notebook.cells)
