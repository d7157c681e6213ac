"""Wrong values and arguments are refused before the engine is asked for anything."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.projects import Project
from support.servers import only_link
from support.stub_engine import StubEngine


@pytest.fixture
def engine(programs: Path) -> StubEngine:
    """An engine on which everything would succeed."""
    return StubEngine(programs)


@pytest.mark.parametrize(
    "name, value",
    [
        *(("DOCKERPORT", value) for value in ["abc", "1023", "65536", "08888", "8888 9999", "8888;id"]),
        *(("NB_UID", value) for value in ["-1", "2147483648", "1e3", "1 2", "01000", "$(id)"]),
        ("NB_GID", "users"),
        *(("NB_USER", value) for value in ["a b", "a/b", "-a", "a" * 33, "a;id", "$(id)"]),
        *(("DEBIAN_SNAPSHOT", value) for value in ["2026-11-01", "20261101", "20261101T000000Z;id"]),
        *(("IMAGETAG", value) for value in ["a b", "-a", "a" * 101]),
    ],
)
def test_a_wrong_value_is_one_error_and_one_hint(
    project: Project, engine: StubEngine, name: str, value: str
) -> None:
    error, hint = project.fail("start", env={name: value}).stderr.splitlines()
    assert error == f"error: invalid {name}: '{value}'"
    assert hint.startswith("hint: use ")
    assert engine.commands == []


@pytest.mark.parametrize(
    "name, value",
    [
        ("DOCKERPORT", "1024"),
        ("DOCKERPORT", "65535"),
        ("NB_UID", "2099999999"),
        ("NB_USER", "a" * 32),
        ("IMAGETAG", "a" * 100),
    ],
)
def test_the_longest_values_are_accepted(project: Project, engine: StubEngine, name: str, value: str) -> None:
    project.succeed("start", "-d", env={name: value})
    assert "--tag my-project-" in "\n".join(engine.commands)


def test_variables_of_the_users_shell_with_these_names_are_ignored(
    project: Project, engine: StubEngine
) -> None:
    project.write("common.txt", "cowsay\n")
    project.list_packages("-r ../common.txt")
    project.start(CDPATH=".:..", PORTS="8080", RUN_OPTIONS="x")


def test_bash_called_as_sh_works(project: Project, engine: StubEngine) -> None:
    """As on macOS. bash is then in POSIX mode."""
    path = str(project.requirements / "start.sh")
    result = project.user.run(["bash", "--posix", path, "-d"], project.env)
    assert (result.status, only_link(result.stdout)) == (0, "http://127.0.0.1:8888/lab?token=0"), (
        result.stderr
    )


@pytest.mark.parametrize("script", ["start", "exec"])
def test_another_shell_is_one_error_that_names_bash(project: Project, script: str) -> None:
    path = str(project.requirements / f"{script}.sh")
    result = project.user.run(["dash", path], project.env)
    assert (result.status, result.stdout) == (1, "")
    assert result.stderr == f"error: this is a bash script; run it as: bash {path}\n"


@pytest.mark.parametrize(
    "command",
    [
        f"{script} {word}"
        for script in ["start", "run", "build", "stop", "check"]
        for word in ["--detach", "-x"]
    ]
    + ["start -d now", "stop --remove now", "build --upgrade now"],
)
def test_an_unknown_argument_is_one_error_and_one_hint(
    project: Project, engine: StubEngine, command: str
) -> None:
    script, *words = command.split()
    assert project.fail(script, *words).stderr.splitlines() == [
        f"error: unknown argument: '{words[-1]}'",
        f"hint: see requirements/{script}.sh --help",
    ]
    assert engine.commands == []
