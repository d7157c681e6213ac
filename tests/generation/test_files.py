"""What is rendered, for every combination of answers: its files, its looks, and what the linters say of it."""

import itertools
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from conftest import Bake, Rendered
from helpers import CHOICES, COMBINATIONS, PYTHON_VERSIONS, listing, title

PROJECT_FILES = {".gitignore", ".pre-commit-config.yaml", "README.md", "notebooks/first.ipynb"}
REQUIREMENTS_FILES = {
    f"requirements/{name}"
    for name in [
        ".gitattributes",
        ".gitignore",
        "Dockerfile",
        "apt-requirements.txt",
        "base-requirements.txt",
        "build.sh",
        "common.sh",
        "install-packages.sh",
        "jupyter_server_config.py",
        "pip-requirements.txt",
        "run.sh",
        "settings.sh",
        "start.sh",
        "stop.sh",
    ]
}
WITH_CONDA = {"miniforge", "docker-stacks"}

#: Words that only an option brings: option, value, words, and the files in which they may stand all the same.
WORDS_OF_OPTIONS: list[tuple[str, set[str], str, set[str]]] = [
    # The scripts name the host's sudo, too.
    ("passwordless_sudo", {"yes"}, r"sudo|NOPASSWD", {"common.sh", "run.sh"}),
    ("passwordless_sudo", {"no"}, r"no-new-privileges|--cap-drop|--cap-add|capabilit", set()),
    ("base_image", WITH_CONDA, r"conda|mamba", set()),
    ("base_image", {"miniforge"}, r"miniforge|condaforge", set()),
    (
        "base_image",
        {"docker-stacks"},
        r"stacks|quay\.io|minimal-notebook|fix-permissions|start-notebook",
        set(),
    ),
    ("base_image", {"python-slim"}, r"-slim", set()),
    ("layout", {"project"}, r"pandas|first\.ipynb", set()),
]

#: What bash 3.2, which macOS has, does not know, each with an example.
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
}


@pytest.fixture(scope="session")
def projects(rendered: Rendered) -> dict[str, Path]:
    """Every combination, rendered: by its title."""
    return {title(answers): rendered(answers) for answers in COMBINATIONS}


@pytest.fixture(scope="session")
def once(projects: dict[str, Path]) -> Callable[[str], list[Path]]:
    """`once(pattern)`: the files of this pattern in all combinations, each content once."""

    def once(pattern: str) -> list[Path]:
        files = (
            path for project in projects.values() for path in sorted(project.glob(pattern)) if path.is_file()
        )
        # Files that differ in the version of Python alone look the same to a linter.
        unique = {(path.name, re.sub(rb"\b3\.\d+\b", b"3.N", path.read_bytes())): path for path in files}
        assert unique, f"no file is called {pattern}"
        return list(unique.values())

    return once


def lint(*words: str, files: list[Path]) -> None:
    """Run a linter on files, and fail with what it says."""
    program = Path(sys.executable).parent / words[0]
    answer = subprocess.run(
        [str(program), *words[1:], *map(str, files)], capture_output=True, text=True, timeout=120
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr


def text_files(project: Path) -> Iterator[tuple[Path, str]]:
    for path in project.rglob("*"):
        if path.is_file():
            yield path, path.read_text(encoding="utf-8")


def test_combinations_are_all_that_the_template_has() -> None:
    sets = {tuple(answers.items()) for answers in COMBINATIONS}
    count = len(CHOICES["layout"]) * len(CHOICES["passwordless_sudo"]) * len(CHOICES["first_build"])
    assert len(sets) == len(COMBINATIONS) == count * sum(map(len, PYTHON_VERSIONS.values()))
    assert set(PYTHON_VERSIONS) == set(CHOICES["base_image"])


@pytest.mark.parametrize("answers", COMBINATIONS, ids=title)
def test_files_are_exactly_these(answers: dict[str, str], rendered: Rendered) -> None:
    project = rendered(answers)
    expected = set(REQUIREMENTS_FILES)
    if answers["base_image"] in WITH_CONDA:
        expected.add("requirements/conda-requirements.txt")
    if answers["layout"] == "project":
        expected |= PROJECT_FILES
    assert {str(path.relative_to(project)) for path, _ in text_files(project)} == expected


@pytest.mark.parametrize("answers", COMBINATIONS, ids=title)
def test_no_trace_of_an_option_not_taken(answers: dict[str, str], rendered: Rendered) -> None:
    project = rendered(answers)
    traces = [
        f"{path.relative_to(project)}: {found.group()}"
        for option, values, words, exempt in WORDS_OF_OPTIONS
        if answers[option] not in values
        for path, text in text_files(project)
        if path.name not in exempt
        for found in re.finditer(words, text, re.IGNORECASE)
    ]
    assert traces == []


@pytest.mark.parametrize(
    "option", WORDS_OF_OPTIONS, ids=lambda option: f"{option[0]}-{'-'.join(sorted(option[1]))}"
)
def test_words_of_an_option_are_there_where_it_is_taken(
    option: tuple[str, set[str], str, set[str]], projects: dict[str, Path]
) -> None:
    name, values, words, exempt = option
    for answers in COMBINATIONS:
        if answers[name] in values:
            texts = [text for path, text in text_files(projects[title(answers)]) if path.name not in exempt]
            assert any(re.search(words, text, re.IGNORECASE) for text in texts)


def test_no_jinja_is_left(once: Callable[[str], list[Path]]) -> None:
    # Docker's own --format '{{...}}' may stay.
    left = r"\{%|%\}|\{\{[^}\n]*cookiecutter|cookiecutter\.(?!\w+\.)\w|\bend(if|raw|for|set)\b"
    for path in once("**/*"):
        text = path.read_text(encoding="utf-8")
        assert re.search(left, text.replace("cookiecutter.readthedocs.io", "")) is None, path


def test_no_blank_holes(once: Callable[[str], list[Path]]) -> None:
    for path in once("**/*"):
        text = path.read_text(encoding="utf-8")
        lines = text.split("\n")
        assert lines[-1] == "" and lines[0] != "" and (len(lines) == 2 or lines[-2] != ""), (
            f"blank end of {path}"
        )
        assert "\r" not in text, path
        holes = [number for number, line in enumerate(lines, 1) if line != line.rstrip()]
        if path.suffix not in {".py", ".ipynb"}:
            holes += [number for number, pair in enumerate(itertools.pairwise(lines), 1) if pair == ("", "")]
        assert holes == [], path


@pytest.mark.parametrize("choice", ["yes", "no"])
def test_first_build_changes_no_file(choice: str, projects: dict[str, Path]) -> None:
    for answers in COMBINATIONS:
        other = {**answers, "first_build": choice}
        assert listing(projects[title(answers)]) == listing(projects[title(other)])


def test_python_version_stands_in_one_place(projects: dict[str, Path]) -> None:
    for answers in COMBINATIONS:
        version = answers["python_version"]
        lines = [
            line
            for path, text in text_files(projects[title(answers)])
            if path.suffix != ".ipynb"
            for line in text.splitlines()
            if re.search(rf"(?<![\d.]){re.escape(version)}(?![\d.])", line)
        ]
        assert len(lines) == 1, lines


def test_shellcheck_is_content(projects: dict[str, Path]) -> None:
    seen = set()
    for project in projects.values():
        scripts = sorted((project / "requirements").glob("*.sh"))
        contents = tuple(script.read_bytes() for script in scripts)
        if contents not in seen:
            lint("shellcheck", "--external-sources", "--source-path=SCRIPTDIR", files=scripts)
            seen.add(contents)
    assert seen


def test_shfmt_is_content(once: Callable[[str], list[Path]]) -> None:
    lint("shfmt", "-d", "-i", "2", "-ci", "-bn", files=once("requirements/*.sh"))


def test_hadolint_is_content(once: Callable[[str], list[Path]]) -> None:
    lint("hadolint", files=once("requirements/Dockerfile"))


def test_yamllint_is_content(once: Callable[[str], list[Path]]) -> None:
    rules = "{extends: default, rules: {document-start: disable, line-length: {max: 110}, comments: {min-spaces-from-content: 1}}}"
    lint("yamllint", "--strict", "--config-data", rules, files=once("**/*.yaml"))


def test_pre_commit_takes_its_configuration(once: Callable[[str], list[Path]]) -> None:
    lint("pre-commit", "validate-config", files=once(".pre-commit-config.yaml"))


@pytest.mark.parametrize("pattern", ["**/*.py", "**/*.ipynb"])
@pytest.mark.parametrize("command", [["check"], ["format", "--check"]], ids=" ".join)
def test_ruff_is_content(command: list[str], pattern: str, once: Callable[[str], list[Path]]) -> None:
    lint("ruff", *command, "--isolated", "--no-cache", "--line-length", "110", files=once(pattern))


def test_notebooks_are_valid_and_without_outputs(once: Callable[[str], list[Path]]) -> None:
    for path in once("**/*.ipynb"):
        notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
        nbformat.validate(notebook)
        assert notebook.nbformat == 4
        assert not any(cell.get("outputs") or cell.get("execution_count") for cell in notebook.cells)


def test_scripts_are_read_in_a_minute(once: Callable[[str], list[Path]]) -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in once("requirements/*.sh")}
    assert {path: length for path, length in lengths.items() if length > 80} == {}


@pytest.mark.parametrize("feature", NEWER_BASH)
def test_scripts_do_with_bash_3_2(feature: str, once: Callable[[str], list[Path]]) -> None:
    assert re.search(feature, NEWER_BASH[feature]), "the pattern finds what it is for"
    for path in once("requirements/*.sh"):
        found = [
            line for line in path.read_text().splitlines() if re.search(feature, line.partition(" # ")[0])
        ]
        assert found == [], path


def test_arrays_that_may_be_empty_are_expanded_the_bash_3_2_way(once: Callable[[str], list[Path]]) -> None:
    # There, "${list[@]}" of an empty list is an unbound variable.
    for path in once("requirements/*.sh"):
        text = path.read_text()
        for name in {*re.findall(r"\b(\w+)=\(\)", text), "RUN_OPTIONS"}:
            plain = re.findall(rf'(?<!\+)"\$\{{{name}\[[@*]\]\}}"', text)
            assert plain == [], f"{path}: {name}"


def test_scripts_have_no_eval(once: Callable[[str], list[Path]]) -> None:
    for path in once("requirements/*.sh"):
        assert not re.search(r"\beval\b", path.read_text()), path


def test_dockerfile_needs_no_other_frontend_nor_one_kind_of_processor(
    once: Callable[[str], list[Path]],
) -> None:
    for path in once("requirements/*"):
        text = path.read_text()
        assert not re.search(r"^# *syntax *=", text, re.MULTILINE | re.IGNORECASE), path
        assert not re.search(r"amd64|x86_64|x86-64|--platform|aarch64|arm64", text), path


def test_scripts_can_be_run(bake: Bake) -> None:
    scripts = sorted((bake() / "requirements").glob("*.sh"))
    assert [script.name for script in scripts if script.stat().st_mode & 0o111 != 0o111] == []
