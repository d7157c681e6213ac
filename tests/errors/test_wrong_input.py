"""Wrong values and arguments are refused with one error, before anything is created."""

from __future__ import annotations

import pytest
from support.projects import Project

pytestmark = pytest.mark.docker

SCRIPTS = ["start", "run", "build", "stop"]


@pytest.mark.parametrize("script", ["start", "exec"])
@pytest.mark.parametrize(
    "name, value",
    [
        *(("DOCKERPORT", value) for value in ["abc", "80", "70000", "-1", "08888", "8888 9999", "8888;id"]),
        *(("NB_UID", value) for value in ["x", "-1", "4294967296", "4294967295", "1e3", "1 2", "01000"]),
        ("NB_GID", "users"),
        *(("NB_USER", value) for value in ["a b", "Alice", "a/b", "-a", "a" * 33, "a;id", "$(id)"]),
        *(("IMAGETAG", value) for value in ["a b", "a:b", "-a"]),
    ],
)
def test_a_wrong_variable_is_one_error_and_one_hint(
    project: Project, name: str, value: str, script: str
) -> None:
    result = project.fail(script, env={name: value})
    error, hint = result.stderr.splitlines()
    assert error == f"error: invalid {name}: '{value}'"
    assert hint.startswith("hint: use ")
    assert project.containers() == []
    assert project.images() == []


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("word", ["--detach", "-x", "now", "-d-"])
def test_an_unknown_argument_is_one_error_and_one_hint(project: Project, script: str, word: str) -> None:
    result = project.fail(script, word)
    assert result.stderr.splitlines() == [
        f"error: unknown argument: '{word}'",
        f"hint: see requirements/{script}.sh --help",
    ]
    assert project.containers() == []


@pytest.mark.parametrize("script", ["stop", "build"])
def test_a_further_argument_is_refused(project: Project, script: str) -> None:
    first = {"stop": "--remove", "build": "--upgrade"}[script]
    project.fail(script, first, "now")
    assert project.images() == []
