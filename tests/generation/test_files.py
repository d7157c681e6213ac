"""The generated files of every combination of answers, and what they contain."""

import itertools
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.baked import BakedProject
from support.template import CHOICES, FLAVORS, RENDERED, TEMPLATE, title

Combinations = list[tuple[dict[str, str], BakedProject]]
Distinct = Callable[..., list[Path]]

WITH_CONDA = {name for name, flavor in FLAVORS.items() if "conda-requirements.txt" in flavor["extra_files"]}

#: Words that only an option uses: answer, values, words, and the files that may contain them in any case.
WORDS_OF_OPTIONS: list[tuple[str, set[str], str, set[str]]] = [
    # These two name the sudo of the host.
    ("passwordless_sudo", {"yes"}, r"sudo|NOPASSWD", {"common.sh", "engine.sh"}),
    ("passwordless_sudo", {"no"}, r"no-new-privileges|--cap-drop|--cap-add|capabilit", set()),
    ("base_image", WITH_CONDA, r"conda|mamba", {"image.sh"}),  # the list of the files that a build reads
    ("base_image", {"miniforge"}, r"miniforge|condaforge", set()),
    (
        "base_image",
        {"docker-stacks"},
        r"stacks|quay\.io|minimal-notebook|fix-permissions|start-notebook",
        set(),
    ),
    ("base_image", {"python-slim"}, r"-slim", set()),
    ("layout", {"project"}, r"^pandas$|first\.ipynb", {"exec.sh", "check.sh"}),  # examples in their help
]

#: The names of the base images, without their tags.
IMAGE_NAMES = {re.split(r"[:@]", flavor["image"])[0] for flavor in FLAVORS.values()}


def template_files() -> Iterator[tuple[Path, str]]:
    """Every file of the template that is rendered or run, with its text."""
    for name in [RENDERED, "templates", "hooks"]:
        for path in sorted((TEMPLATE / name).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path, path.read_text(encoding="utf-8")


def test_flavor_table_and_choices_agree() -> None:
    assert list(FLAVORS) == CHOICES["base_image"]
    for flavor in FLAVORS.values():
        assert set(flavor["python_versions"]) <= set(CHOICES["python_version"])
        assert flavor["python_versions"][0] == CHOICES["python_version"][0]
        assert (TEMPLATE / "templates" / flavor["dockerfile"]).is_file()


def test_options_that_were_not_chosen_leave_no_trace(combinations: Combinations) -> None:
    traces = [
        f"{title(answers)}: {path}: {match.group()}"
        for answers, project in combinations
        for option, values, words, exempt in WORDS_OF_OPTIONS
        if answers[option] not in values
        for path, text in project.texts().items()
        if Path(path).name not in exempt
        for match in re.finditer(words, text, re.IGNORECASE | re.MULTILINE)
    ]
    assert traces == []


@pytest.mark.parametrize(
    ("name", "values", "words", "exempt"),
    WORDS_OF_OPTIONS,
    ids=[f"{name}-{'-'.join(sorted(values))}" for name, values, _, _ in WORDS_OF_OPTIONS],
)
def test_options_that_were_chosen_appear_in_the_files(
    name: str, values: set[str], words: str, exempt: set[str], combinations: Combinations
) -> None:
    for answers, project in combinations:
        if answers[name] in values:
            texts = [text for path, text in project.texts().items() if Path(path).name not in exempt]
            assert any(re.search(words, text, re.IGNORECASE | re.MULTILINE) for text in texts)


def test_first_build_changes_no_file() -> None:
    users = {path.parent.name for path, text in template_files() if "first_build" in text}
    assert users == {"hooks"}


def test_no_jinja_remains(distinct: Distinct) -> None:
    # The scripts pass --format '{{...}}' to docker.
    jinja = r"\{%|%\}|\{#|\{\{[^}\n]*cookiecutter|cookiecutter\.(?!\w+\.)\w|\bend(if|raw|for|set|block)\b"
    for path in distinct("**/*"):
        text = path.read_text(encoding="utf-8").replace("cookiecutter.readthedocs.io", "")
        if path.suffix == ".sh":
            text = text.replace("${#", "")
        assert re.search(jinja, text) is None, path


def test_files_have_no_superfluous_blank_lines_or_spaces(distinct: Distinct) -> None:
    for path in distinct("**/*"):
        text = path.read_text(encoding="utf-8")
        lines = text.split("\n")
        assert lines[0] != "" and lines[-1] == "" and (len(lines) == 2 or lines[-2] != ""), path
        assert "\r" not in text, path
        numbers = [number for number, line in enumerate(lines, 1) if line != line.rstrip()]
        if path.suffix not in {".py", ".ipynb"}:
            numbers += [
                number for number, pair in enumerate(itertools.pairwise(lines), 1) if pair == ("", "")
            ]
        assert numbers == [], path


def test_python_version_is_named_once(combinations: Combinations) -> None:
    for answers, project in combinations:
        version = re.escape(answers["python_version"])
        lines = [
            f"{path}: {line}"
            for path, text in project.texts().items()
            if not path.endswith(".ipynb")
            for line in text.splitlines()
            if re.search(rf"(?<![\d.]){version}(?![\d.])", line)
        ]
        assert len(lines) == 1, lines
        assert lines[0].startswith("requirements/Dockerfile: ")


def test_base_images_are_named_only_in_the_flavor_table() -> None:
    pattern = "|".join(rf"(?<![\w/.-]){re.escape(name)}[:@][\w$P]" for name in IMAGE_NAMES)
    for flavor in FLAVORS.values():
        assert re.search(pattern, flavor["image"]), "the pattern matches what it looks for"
    assert [f"{path}: {line}" for path, text in template_files() for line in re.findall(pattern, text)] == []


def test_base_image_is_the_one_of_the_flavor(combinations: Combinations) -> None:
    for answers, project in combinations:
        image = FLAVORS[answers["base_image"]]["image"].replace("PYTHON_VERSION", answers["python_version"])
        text = project.text("requirements/Dockerfile")
        assert re.findall("^ARG BASE_IMAGE=(.*)", text, re.MULTILINE) == [image]


def test_nothing_depends_on_another_frontend_or_on_one_architecture(distinct: Distinct) -> None:
    for path in distinct("requirements/**/*"):
        text = path.read_text()
        assert not re.search(r"^# *syntax *=", text, re.MULTILINE | re.IGNORECASE), path
        assert not re.search(r"amd64|x86_64|x86-64|--platform|aarch64|arm64", text), path


def test_base_images_have_full_names_which_podman_needs() -> None:
    assert [flavor["image"] for flavor in FLAVORS.values() if "." not in flavor["image"].split("/")[0]] == []


def test_the_examples_of_debian_packages_can_be_uncommented(baked: Callable[..., BakedProject]) -> None:
    lines = baked().folder.joinpath("requirements/apt-requirements.txt").read_text().splitlines()[1:]
    assert lines
    for line in lines:
        assert len(line.removeprefix("# ").partition("#")[0].split()) == 1, line
