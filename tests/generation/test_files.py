"""The generated files of every combination of answers: which there are, and what they contain."""

import itertools
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.template import CHOICES, COMBINATIONS, FLAVORS, RENDERED, TEMPLATE, title

Rendered = Callable[[dict[str, str]], Path]
Distinct = Callable[..., list[Path]]

PROJECT_FILES = {
    ".devcontainer/devcontainer.json",
    ".gitignore",
    ".pre-commit-config.yaml",
    "README.md",
    "notebooks/first.ipynb",
}
REQUIREMENTS_FILES = {
    f"requirements/{name}"
    for name in [
        ".gitattributes",
        ".gitignore",
        "Dockerfile",
        "apt-requirements.txt",
        "build.sh",
        "exec.sh",
        "image/create-user.sh",
        "image/install-packages.sh",
        "image/install-uv.sh",
        "image/is-ready.sh",
        "image/jupyter-requirements.txt",
        "image/jupyter_server_config.py",
        "image/lock-packages.sh",
        "image/page_config.json",
        "image/pyproject.toml",
        "image/running-work.py",
        "image/trust-certificates.sh",
        "lib/build-image.sh",
        "lib/common.sh",
        "lib/container.sh",
        "lib/engine.sh",
        "lib/image.sh",
        "lib/options.sh",
        "lib/server.sh",
        "lib/state.sh",
        "pip-requirements.txt",
        "run.sh",
        "settings.sh",
        "start.sh",
        "stop.sh",
    ]
}
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
    ("layout", {"project"}, r"^pandas$|first\.ipynb", {"exec.sh"}),  # the help of exec.sh has an example
]

#: The most lines that a Dockerfile may have. A Conda stage adds some.
DOCKERFILE_LINES = {flavor: 100 if flavor in WITH_CONDA else 90 for flavor in FLAVORS}

#: The names of the base images, without their tags.
IMAGE_NAMES = {re.split(r"[:@]", flavor["image"])[0] for flavor in FLAVORS.values()}

FILE_COMBINATIONS = [answers for answers in COMBINATIONS if answers["first_build"] == "no"]
each_combination = pytest.mark.parametrize("answers", FILE_COMBINATIONS, ids=title)


def text_files(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every file below `folder` with its text."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path, path.read_text(encoding="utf-8")


def template_files() -> Iterator[tuple[Path, str]]:
    """Every file of the template that is rendered or run."""
    for name in [RENDERED, "templates", "hooks"]:
        yield from text_files(TEMPLATE / name)


def test_combinations_are_all_that_the_flavors_support() -> None:
    other_choices = len(CHOICES["layout"]) * len(CHOICES["passwordless_sudo"]) * len(CHOICES["first_build"])
    versions = sum(len(flavor["python_versions"]) for flavor in FLAVORS.values())
    assert len({title(answers) for answers in COMBINATIONS}) == len(COMBINATIONS) == other_choices * versions


def test_flavor_table_and_choices_agree() -> None:
    assert list(FLAVORS) == CHOICES["base_image"]
    for flavor in FLAVORS.values():
        assert set(flavor["python_versions"]) <= set(CHOICES["python_version"])
        assert flavor["python_versions"][0] == CHOICES["python_version"][0]
        assert (TEMPLATE / "templates" / flavor["dockerfile"]).is_file()


@each_combination
def test_generated_files_are_exactly_the_expected_ones(answers: dict[str, str], rendered: Rendered) -> None:
    project = rendered(answers)
    expected = REQUIREMENTS_FILES | {
        f"requirements/{name}" for name in FLAVORS[answers["base_image"]]["extra_files"]
    }
    if answers["layout"] == "project":
        expected |= PROJECT_FILES
    assert {str(path.relative_to(project)) for path, _ in text_files(project)} == expected


@each_combination
def test_options_that_were_not_chosen_leave_no_trace(answers: dict[str, str], rendered: Rendered) -> None:
    project = rendered(answers)
    traces = [
        f"{path.relative_to(project)}: {match.group()}"
        for option, values, words, exempt in WORDS_OF_OPTIONS
        if answers[option] not in values
        for path, text in text_files(project)
        if path.name not in exempt
        for match in re.finditer(words, text, re.IGNORECASE | re.MULTILINE)
    ]
    assert traces == []


@pytest.mark.parametrize(
    ("name", "values", "words", "exempt"),
    WORDS_OF_OPTIONS,
    ids=[f"{name}-{'-'.join(sorted(values))}" for name, values, _, _ in WORDS_OF_OPTIONS],
)
def test_options_that_were_chosen_appear_in_the_files(
    name: str, values: set[str], words: str, exempt: set[str], projects: dict[str, Path]
) -> None:
    for answers in FILE_COMBINATIONS:
        if answers[name] in values:
            texts = [text for path, text in text_files(projects[title(answers)]) if path.name not in exempt]
            assert any(re.search(words, text, re.IGNORECASE | re.MULTILINE) for text in texts)


def test_first_build_changes_no_file() -> None:
    assert [
        path for path, text in template_files() if "first_build" in text and "hooks" not in path.parts
    ] == []


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


def test_python_version_is_named_once(projects: dict[str, Path]) -> None:
    for answers in FILE_COMBINATIONS:
        version = re.escape(answers["python_version"])
        lines = [
            f"{path.name}: {line}"
            for path, text in text_files(projects[title(answers)])
            if path.suffix != ".ipynb"
            for line in text.splitlines()
            if re.search(rf"(?<![\d.]){version}(?![\d.])", line)
        ]
        assert len(lines) == 1, lines
        assert lines[0].startswith("Dockerfile: ")


def test_base_images_are_named_only_in_the_flavor_table() -> None:
    pattern = "|".join(rf"(?<![\w/.-]){re.escape(name)}[:@][\w$P]" for name in IMAGE_NAMES)
    for flavor in FLAVORS.values():
        assert re.search(pattern, flavor["image"]), "the pattern matches what it looks for"
    assert [f"{path}: {line}" for path, text in template_files() for line in re.findall(pattern, text)] == []


@each_combination
def test_base_image_is_the_one_of_the_flavor(answers: dict[str, str], rendered: Rendered) -> None:
    image = FLAVORS[answers["base_image"]]["image"].replace("PYTHON_VERSION", answers["python_version"])
    text = (rendered(answers) / "requirements/Dockerfile").read_text()
    assert re.findall("^ARG BASE_IMAGE=(.*)", text, re.MULTILINE) == [image]
    # Every stage starts from that image, from another stage, or from nothing.
    stages = re.findall(r"^FROM (\S+)(?: AS (\S+))?$", text, re.MULTILINE)
    names = {name for _, name in stages}
    assert {source for source, _ in stages} <= names | {"${BASE_IMAGE}", "scratch"}


@each_combination
def test_dockerfile_is_short(answers: dict[str, str], rendered: Rendered) -> None:
    lines = (rendered(answers) / "requirements/Dockerfile").read_text().splitlines()
    assert len(lines) <= DOCKERFILE_LINES[answers["base_image"]]
    assert len([line for line in lines if line.startswith("FROM ")]) <= 6


def test_dockerfile_arguments_have_defaults(distinct: Distinct) -> None:
    for path in distinct("requirements/Dockerfile"):
        without = re.findall(r"^ARG (\w+)$", path.read_text(), re.MULTILINE)
        assert set(without) <= {"UPGRADE", "FROZEN", "INPUTS"}  # unset by default


def test_dockerfile_creates_no_files_by_printing(distinct: Distinct) -> None:
    for path in distinct("requirements/Dockerfile"):
        assert not re.search(r"\b(printf|echo)\b", path.read_text()), path


def test_cache_mounts_have_ids_of_their_own(distinct: Distinct) -> None:
    for path in distinct("requirements/Dockerfile"):
        mounts = re.findall(r"--mount=(type=cache\S+)", path.read_text())
        assert mounts
        assert [mount for mount in mounts if "id=jupyter-docker-" not in mount] == []


def test_dockerfile_copies_only_files_that_exist_or_patterns(distinct: Distinct) -> None:
    for path in distinct("requirements/Dockerfile"):
        for line in re.findall(r"^COPY (?!--from)(.*)$", path.read_text(), re.MULTILINE):
            *sources, _ = [word for word in line.split() if not word.startswith("--")]
            for source in sources:
                assert "*" in source or (path.parent / source).is_file(), line


def test_nothing_depends_on_another_frontend_or_on_one_architecture(distinct: Distinct) -> None:
    for path in distinct("requirements/**/*"):
        text = path.read_text()
        assert not re.search(r"^# *syntax *=", text, re.MULTILINE | re.IGNORECASE), path
        assert not re.search(r"amd64|x86_64|x86-64|--platform|aarch64|arm64", text), path
