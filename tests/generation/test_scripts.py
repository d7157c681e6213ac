"""The scripts of a generated project, as text: style, bash 3.2, and help. No engine is needed."""

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Distinct = Callable[..., list[Path]]

COMMANDS = ["build", "exec", "run", "start", "stop"]
HOST_SCRIPTS = ["requirements/*.sh", "requirements/lib/*.sh"]
IMAGE_SCRIPTS = ["requirements/image/*.sh"]

#: What bash 3.2 (the bash of macOS) lacks, each with an example.
NEWER_BASH = {
    r"\b(mapfile|readarray)\b": "mapfile -t lines <file",
    r"\b(declare|local|typeset) -[a-zA-Z]*[Ang]": "declare -A table",
    r"\$\{\w+(\[[^]]*\])?[,^]": "${name,,}",
    r"\$\{\w+(\[[^]]*\])?@[A-Za-z]\}": "${name@Q}",
    r"\$\{\w+\[-\d": "${list[-1]}",
    r"\$\{\w+:[^-}][^}]*:-": "${name:1:-1}",
    r"&>>|\|&": "make |& tee log",
    r";;?&": "a) b ;;&",
    r"\bcoproc\b": "coproc cat",
    r"\bwait -[np]": "wait -n",
    r"\[\[? -v |\btest -v ": "[[ -v name ]]",
    r"\bBASHPID\b|\bEPOCH(SECONDS|REALTIME)\b|\bBASH_ARGV0\b|\bSRANDOM\b": "$BASHPID",
    r"\b(globstar|lastpipe|inherit_errexit)\b": "shopt -s globstar",
    r"printf .*%[-\d]*\(": "printf '%(%s)T'",
    r"\{[\w]+\.\.\w+\.\.\w+\}|\{0\d+\.\.": "{1..9..2}",
    r"\bread\b[^|;]* -[a-z]*[Ni]": "read -N 1",
    r"exec \{\w+\}[<>]": "exec {fd}<file",
    r"\$\([^)]*\bcase\b": "x=$(case $y in a) b ;; esac)",
}


def code_lines(path: Path) -> list[str]:
    """The lines of a script, without comments."""
    return [re.sub(r"(^|\s)#\s.*", "", line) for line in path.read_text().splitlines()]


def bash(script: Path, *arguments: str, path: str = os.defpath) -> subprocess.CompletedProcess[str]:
    """Run a script with bash, in an almost empty environment."""
    return subprocess.run(
        ["bash", str(script), *arguments],
        cwd="/",
        env={"PATH": path},
        stdin=subprocess.DEVNULL,
        text=True,
        capture_output=True,
        timeout=60,
    )


@pytest.mark.parametrize("feature", NEWER_BASH)
def test_scripts_of_the_host_avoid_what_bash_3_2_lacks(feature: str, distinct: Distinct) -> None:
    assert re.search(feature, NEWER_BASH[feature]), "the pattern matches what it looks for"
    for path in distinct(*HOST_SCRIPTS):
        assert [line for line in code_lines(path) if re.search(feature, line)] == [], path


def test_arrays_that_may_be_empty_are_expanded_as_bash_3_2_needs_it(distinct: Distinct) -> None:
    # In bash 3.2, "${list[@]}" of an empty list is an unbound variable.
    scripts = {path: "\n".join(code_lines(path)) for path in distinct(*HOST_SCRIPTS)}
    names = {name for text in scripts.values() for name in re.findall(r"\b(\w+)=\(\)", text)}
    assert {"RUN_OPTIONS", "PORTS"} <= names
    plain = [
        f"{path.name}: {match}"
        for path, text in scripts.items()
        for name in names
        for match in re.findall(rf'(?<!\+)"\$\{{{name}\[[@*]\]\}}"', text)
    ]
    assert plain == []


def test_scripts_have_no_eval(distinct: Distinct) -> None:
    for path in distinct(*HOST_SCRIPTS, *IMAGE_SCRIPTS):
        assert not any(re.search(r"\beval\b", line) for line in code_lines(path)), path


def test_scripts_begin_with_a_comment_that_says_what_they_are_for(distinct: Distinct) -> None:
    for path in distinct(*HOST_SCRIPTS, *IMAGE_SCRIPTS):
        first, second, *_ = path.read_text().splitlines()
        header = second if first.startswith("#!") else first
        assert re.match(r"# [A-Z].{20,}", header), path


def test_scripts_stop_at_the_first_error(distinct: Distinct) -> None:
    # The other scripts of the host source common.sh. is-ready.sh fails on purpose while the server starts.
    for path in distinct("requirements/lib/common.sh", *IMAGE_SCRIPTS):
        assert path.name == "is-ready.sh" or "\nset -euo pipefail\n" in path.read_text(), path


@pytest.mark.parametrize("name", COMMANDS)
def test_commands_source_the_library_in_the_same_way(name: str, distinct: Distinct) -> None:
    for path in distinct(f"requirements/{name}.sh"):
        lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
        assert lines[0] == '. "$(dirname "$(readlink -f "$0")")/lib/common.sh"'
        assert not any(re.match(r"\s*(\.|source) ", line) for line in lines[1:])


def test_scripts_do_not_call_each_other(distinct: Distinct) -> None:
    call = rf"(\b(bash|exec|sh)\s+|\$requirements_dir/|^\s*\./)\S*({'|'.join(COMMANDS)})\.sh"
    for path in distinct(*HOST_SCRIPTS):
        assert [line for line in code_lines(path) if re.search(call, line)] == [], path


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


@pytest.mark.parametrize("name", COMMANDS)
def test_help_names_every_option_of_the_script(name: str, distinct: Distinct) -> None:
    for script in distinct(f"requirements/{name}.sh"):
        options = set(re.findall(r"^\s+(--\w+)\)", script.read_text(), re.MULTILINE))
        if "parse_start_arguments" in script.read_text():
            options.add("-d")
        text = bash(script, "--help").stdout
        assert [option for option in options if not re.search(rf"^  {option} ", text, re.MULTILINE)] == []


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "exec"])
def test_unknown_argument_is_refused_with_a_hint(name: str, distinct: Distinct) -> None:
    for script in distinct(f"requirements/{name}.sh"):
        result = bash(script, "--nonsense")

        assert (result.returncode, result.stdout) == (1, "")
        assert result.stderr.splitlines() == [
            "error: unknown argument: '--nonsense'",
            f"hint: see requirements/{name}.sh --help",
        ]


def test_scripts_of_a_generated_project_are_executable(bake: Callable[..., Path]) -> None:
    requirements = bake() / "requirements"
    for name in COMMANDS:
        assert os.access(requirements / f"{name}.sh", os.X_OK)
