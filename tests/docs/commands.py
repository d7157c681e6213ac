"""The commands in the bash blocks of the documents, and why no test runs some of them."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

from support.documents import DOCUMENTS, commands
from support.projects import Project
from support.template import TEMPLATE
from support.users import Result

#: The documents, except the one whose commands tests/recipes runs.
OWN_DOCUMENTS = [path for path in DOCUMENTS if path != TEMPLATE / "docs/beyond-one-machine.md"]

#: Every command line of these documents.
COMMANDS = {line for document in OWN_DOCUMENTS for line in commands(document.read_text())}

#: The commands that no test runs, with the reason.
NOT_RUN = {
    "requirements/build.sh -- --no-cache": "takes long; other tests pass other options",
    "UV_DEFAULT_INDEX=https://user:password@pypi.example.com/simple requirements/build.sh": (
        "example.com has no index; tests/packages serves one with a password"
    ),
    "BASE_IMAGE=quay.io/jupyter/scipy-notebook:python-3.13 requirements/build.sh": (
        "a second large base image; tests/packages sets BASE_IMAGE"
    ),
    "uvx pip-audit --disable-pip --require-hashes --requirement requirements/requirements.lock": (
        "needs the public database of vulnerabilities, and its result changes daily"
    ),
    "pixi workspace export conda-environment environment.yml": "pixi is in no package index; a case has its output",
    "ssh -L 8888:127.0.0.1:8888 me@server": "needs a second machine",
    "requirements/exec.sh nvidia-smi": "needs an NVIDIA GPU",
    "docker builder prune": "removes the cache of other builds",
    "rm -rf ~/.cookiecutters/jupyter-docker": "no command of the project",
    ".venv/bin/python benchmarks/run.py": "takes long, and empties the build cache; tests/benchmarks runs its parts",
    "python3 -m venv .venv && .venv/bin/pip install --quiet --requirement requirements-dev.txt": (
        "the beginning of the test command in README.md, which .ci/run runs"
    ),
    ".venv/bin/pre-commit install": "changes the hooks of this repository",
    "dev/setup --test": "changes the machine; .ci/run runs it",
    'git tag --annotate v0.1.0 --message "Version 0.1.0"': "releases a version",
    "git push origin main v0.1.0": "releases a version",
}


def commands_that_tests_run() -> set[str]:
    """Every command that is a string in a test of this folder, or belongs to a case of tests/existing_projects."""
    strings = {
        node.value
        for file in Path(__file__).parent.glob("test_*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant)
    }
    for case in TEMPLATE.glob("tests/existing_projects/cases/*/case.toml"):
        strings.update(tomllib.loads(case.read_text()).get("commands", []))
    return COMMANDS & strings


def typed(project: Project, line: str, **replaced: str) -> Result:
    """Run a line of the documents in the project; start.sh and run.sh return as soon as JupyterLab is ready."""
    assert line in COMMANDS
    for placeholder, value in {"start.sh": "start.sh -d", "run.sh": "run.sh -d", **replaced}.items():
        line = line.replace(placeholder, value)
    return project.typed(line)
