"""The scripts of a generated project without an engine: help, arguments, and bash 3.2."""

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from support.template import RENDERED, TEMPLATE

Distinct = Callable[..., list[Path]]

SCRIPTS = ["requirements/*.sh", "requirements/lib/*.sh"]
#: The names of the scripts that a user calls.
COMMANDS = sorted(
    path.stem for path in (TEMPLATE / RENDERED / "requirements").glob("*.sh") if path.name != "settings.sh"
)

#: What bash 3.2, the bash of macOS, lacks, as far as it is likely in these scripts. Running them in an image with
#: bash 3.2 would prove more, but a machine without a registry cannot get one: Debian has no package with it.
NEWER_BASH = re.compile(
    r"\b(mapfile|readarray|globstar|lastpipe|coproc|EPOCHSECONDS|BASHPID)\b"
    r"|\b(declare|local|typeset) -[a-zA-Z]*[Ang]|\bwait -[np]|\[\[ -v "
    r"|\$\{\w+(\[[^]]*\])?([,^]|@[A-Z]\})|&>>|\|&|;;?&"
)


def code(path: Path) -> str:
    """The text of a script without comments."""
    return re.sub(r"(^|\s)#\s.*", "", path.read_text(), flags=re.MULTILINE)


def bash(script: Path, *arguments: str, path: str = os.defpath) -> subprocess.CompletedProcess[str]:
    """Run a script with bash, in an almost empty environment."""
    return subprocess.run(
        ["bash", str(script), *arguments],
        cwd="/",
        env={"PATH": path, "HOME": "/root"},
        stdin=subprocess.DEVNULL,
        text=True,
        capture_output=True,
        timeout=60,
    )


def test_scripts_need_no_newer_bash_than_3_2(distinct: Distinct) -> None:
    assert {path: found for path in distinct(*SCRIPTS) if (found := NEWER_BASH.search(code(path)))} == {}


def test_scripts_have_no_eval(distinct: Distinct) -> None:
    for path in distinct(*SCRIPTS, "requirements/image/scripts/*.sh"):
        assert not re.search(r"\beval\b", code(path)), path


@pytest.mark.parametrize("option", ["-h", "--help"])
@pytest.mark.parametrize("name", COMMANDS)
def test_help_prints_usage_and_examples_without_an_engine(
    name: str, option: str, distinct: Distinct, tmp_path: Path
) -> None:
    # A docker that fails if it is called.
    (tmp_path / "docker").write_text(f"#!/bin/sh\ntouch {tmp_path}/called\nexit 1\n")
    (tmp_path / "docker").chmod(0o755)
    for script in distinct(f"requirements/{name}.sh"):
        result = bash(script, option, path=f"{tmp_path}:{os.defpath}")

        assert (result.returncode, result.stderr) == (0, "")
        assert re.search(rf"^Usage: requirements/{name}\.sh", result.stdout, re.MULTILINE)
        assert re.search(rf"^Examples:\n  .*requirements/{name}\.sh", result.stdout, re.MULTILINE)
        assert not (tmp_path / "called").exists()


def options_of(script: Path) -> set[str]:
    """The options that a script and the functions of lib/ that it calls accept, except for help."""
    library = "".join(path.read_text() for path in sorted((script.parent / "lib").glob("*.sh")))
    functions = dict(re.findall(r"^(\w+)\(\) \{\n(.*?)^\}", library, re.MULTILINE | re.DOTALL))
    text = script.read_text()
    parts = [
        text,
        *(body for name, body in functions.items() if re.search(rf"^{name}\b", text, re.MULTILINE)),
    ]
    cases = re.findall(r"^ +([-\w'| ]+)\)(?: |$)", "\n".join(parts), re.MULTILINE)
    options = {word for case in cases for word in re.split(r"[| ]+", case) if re.fullmatch(r"--?\w+", word)}
    return options - {"-h", "--help"}


@pytest.mark.parametrize("name", COMMANDS)
def test_help_describes_exactly_the_options_of_the_script(name: str, distinct: Distinct) -> None:
    for script in distinct(f"requirements/{name}.sh"):
        text = bash(script, "--help").stdout
        assert set(re.findall(r"^  (--?\w+) ", text, re.MULTILINE)) == options_of(script)


def test_options_of_the_scripts_are_found(distinct: Distinct) -> None:
    found = {path.stem: options_of(path) for path in distinct("requirements/*.sh")}
    assert found["build"] == {"--upgrade", "--frozen"}
    assert found["start"] == found["run"] == {"-d"}
    assert found["stop"] == {"--remove"}


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "exec"])
def test_unknown_argument_is_refused_with_a_hint(name: str, distinct: Distinct) -> None:
    for script in distinct(f"requirements/{name}.sh"):
        result = bash(script, "--nonsense")

        assert (result.returncode, result.stdout) == (1, "")
        assert result.stderr.splitlines() == [
            "error: unknown argument: '--nonsense'",
            f"hint: see requirements/{name}.sh --help",
        ]
