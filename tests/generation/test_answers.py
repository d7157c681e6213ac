"""Answers: invalid ones are refused with one line each before any file exists, valid ones arrive unchanged."""

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from cookiecutter.exceptions import CookiecutterException, FailedHookException
from cookiecutter.generate import generate_files
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from support.baked import BakedProject, hooks_in_this_process
from support.template import (
    CHOICES,
    COMBINATIONS,
    CONTEXT,
    FLAVORS,
    PROMPTS,
    TEMPLATE,
    command,
    listing,
    load_hook,
    render,
    replay,
)

Bake = Callable[..., BakedProject]

NAME = "use one line of 1 to 100 printable characters"
SLUG = "use '.' or up to 63 letters, digits"
USER = "use up to 32 lowercase letters"
ID = "use 'host' or a number from 0 to 2099999999"
JINJA = "must not contain {{, {%, or {#"
TEXT = "use one value in quotes"
SLIM = "python-slim supports only Python 3.13 or 3.14 or 3.12 or 3.11"
FLAVOR = "use docker-stacks or miniforge or python or python-slim"

# CANARY becomes the path of a file that no answer may create, ELSEWHERE that of another folder.
TOUCH = "touch CANARY"
PYTHON_CODE = "open('CANARY', 'w')"

#: An answer, its value, and the hint.
REFUSED: list[tuple[str, object, str]] = [
    ("project_name", "", NAME),
    ("project_name", "   ", NAME),
    ("project_name", "two\nlines", NAME),
    ("project_name", "carriage\rreturn", NAME),
    ("project_name", "ends in a newline\n", NAME),
    ("project_name", "a\ttab", NAME),
    ("project_name", "a bell\a", NAME),
    ("project_name", "line\u2028separator", NAME),
    ("project_name", "turned \u202e round", NAME),
    ("project_name", "half a pair \ud83d", NAME),
    ("project_name", "\0", NAME),
    ("project_name", "x" * 101, NAME),
    ("project_name", "{{ cookiecutter }}", JINJA),
    ("project_name", "{% include 'x' %}", JINJA),
    ("project_name", "{# gone #}", JINJA),
    ("project_name", f"{{{{ cycler.__init__.__globals__.os.system('{TOUCH}') }}}}", JINJA),
    ("project_name", f"'''\n{PYTHON_CODE}\n'''", NAME),
    ("project_name", f'"""\n{PYTHON_CODE}\n"""', NAME),
    ("project_name", ["My Project"], TEXT),
    ("project_name", None, TEXT),
    ("project_slug", "ELSEWHERE/absolute", SLUG),
    ("project_slug", "ELSEWHERE/absolute/deep", SLUG),
    ("project_slug", "../outside", SLUG),
    ("project_slug", "../../outside", SLUG),
    ("project_slug", "a/b", SLUG),
    ("project_slug", "a/b/c/d", SLUG),
    ("project_slug", "a/../b", SLUG),
    ("project_slug", "./a", SLUG),
    ("project_slug", ".hidden", SLUG),
    ("project_slug", ".git", SLUG),
    ("project_slug", "-rf", SLUG),
    ("project_slug", "_x", SLUG),
    ("project_slug", "two words", SLUG),
    ("project_slug", " ", SLUG),
    ("project_slug", "a\n", SLUG),
    ("project_slug", "it's", SLUG),
    ("project_slug", 'a"b', SLUG),
    ("project_slug", "a\\b", SLUG),
    ("project_slug", "a:b", SLUG),
    ("project_slug", "héllo", SLUG),
    ("project_slug", "项目", SLUG),
    ("project_slug", "~", SLUG),
    ("project_slug", "$HOME", SLUG),
    ("project_slug", "$(id)", SLUG),
    ("project_slug", "`id`", SLUG),
    ("project_slug", f"$({TOUCH})", SLUG),
    ("project_slug", f"`{TOUCH}`", SLUG),
    ("project_slug", f"; {TOUCH};", SLUG),
    ("project_slug", "{{ 7 }}", JINJA),
    ("project_slug", "x" * 64, SLUG),
    ("nb_user", "", USER),
    ("nb_user", "root", USER),
    ("nb_user", "Jovyan", USER),
    ("nb_user", "1user", USER),
    ("nb_user", "-user", USER),
    ("nb_user", "a.b", USER),
    ("nb_user", "a:b", USER),
    ("nb_user", "a b", USER),
    ("nb_user", "user\n", USER),
    ("nb_user", "é", USER),
    ("nb_user", "x" * 33, USER),
    ("nb_user", "../x", USER),
    ("nb_user", "a}", USER),
    ("nb_user", f"a; {TOUCH}", USER),
    ("nb_user", f"$({TOUCH})", USER),
    ("nb_user", f"`{TOUCH}`", USER),
    ("nb_user", f"a'\n{TOUCH}\n'", USER),
    ("nb_user", f"{{%x {TOUCH}", JINJA),
    ("nb_uid", "-1", ID),
    ("nb_uid", "+1", ID),
    ("nb_uid", "2100000000", ID),
    ("nb_uid", "4294967296", ID),
    ("nb_uid", "99999999999999999999", ID),
    ("nb_uid", "01000", ID),
    ("nb_uid", "0x10", ID),
    ("nb_uid", "1e3", ID),
    ("nb_uid", "1000 ", ID),
    ("nb_uid", "1000\n", ID),
    ("nb_uid", "", ID),
    ("nb_uid", "Host", ID),
    ("nb_uid", "x", ID),
    ("nb_uid", "\u0661\u0660\u0660\u0660", ID),
    ("nb_uid", 1000, TEXT),
    ("nb_uid", f"$({TOUCH})", ID),
    ("nb_gid", "-1", ID),
    ("nb_gid", "4294967296", ID),
    ("nb_gid", "users", ID),
    ("nb_gid", f"`{TOUCH}`", ID),
    ("layout", "Project", "use project or requirements"),
    ("layout", ["project", "requirements"], TEXT),
    ("base_image", "ubuntu", FLAVOR),
    ("base_image", "python:3.13", FLAVOR),
    ("base_image", f"$({TOUCH})", FLAVOR),
    ("passwordless_sudo", "maybe", "use yes or no"),
    ("passwordless_sudo", True, TEXT),
    ("first_build", "later", "use no or yes"),
    ("python_version", "2.7", SLIM),
    ("python_version", "3.10", SLIM),
    ("python_version", "3.99", SLIM),
    ("python_version", "3.13.1", SLIM),
    ("python_version", "3.13\n", SLIM),
    ("python_version", "3", SLIM),
    ("python_version", "", SLIM),
    ("python_version", "3.13-slim AS x\nRUN id #", SLIM),
    ("python_version", 3.13, TEXT),
]

#: Unusual but valid names of a project.
NAMES = [
    "It's",
    'Say "hi"',
    '"""',
    "'''",
    "$(id) `id` $HOME ${x} !! %s %(x)s",
    "back\\slash \\n \\",
    "<b>&amp; # * _ [x](y)",
    "{x} }} %} #}",
    "Proyecto de Ñandú",
    "项目 проект プロジェクト 🚀",
    " blanks around ",
    "../..",
    "-x",
    "0",
    "x" * 100,
]

#: Other unusual but valid answers.
VALID: list[tuple[str, str]] = [
    *[
        ("project_slug", slug)
        for slug in [*"a0", "foo-", "x_", "a..b", "a___b", "a-.b", "CAPS", "a.", "x" * 63]
    ],
    *[("nb_user", user) for user in ["_", "www-data", "daemon", "nobody", "rooty", "a-", "x" * 32]],
    *[("nb_uid", number) for number in ["host", "0", "33", "1000", "2099999999"]],
    *[("nb_gid", number) for number in ["host", "0", "20", "100", "2099999999"]],
]


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Path]:
    """A folder to generate a project in, with other folders around; checks that no file was created or changed."""
    here = tmp_path / "outer" / "inner" / "here"
    for folder in [here, tmp_path / "outer" / "elsewhere"]:
        folder.mkdir(parents=True)
        (folder / "kept.txt").write_text("kept")
    before = listing(tmp_path)
    yield here
    after = listing(tmp_path)
    assert before.items() <= after.items()
    assert [path for path in after.keys() - before.keys() if after[path] is not None] == []


def with_paths(value: Any, here: Path) -> Any:
    """The value with paths in place of CANARY and ELSEWHERE."""
    if not isinstance(value, str):
        return value
    outer = here.parent.parent
    return value.replace("CANARY", str(outer / "canary")).replace("ELSEWHERE", str(outer / "elsewhere"))


def problem_lines(output: str) -> list[str]:
    """The lines that the hook printed, one for each answer."""
    lines = output.partition("error: invalid answers; no files were created\n")[2].splitlines()
    return [line.removeprefix("  ") for line in lines if re.match(r"  \w+ is ", line)]


def test_every_prompt_is_checked_and_has_a_refused_value() -> None:
    assert set(load_hook("pre_gen_project").CHECKED) == set(PROMPTS)
    assert {name for name, _, _ in REFUSED} == set(PROMPTS)


@pytest.mark.parametrize("name", PROMPTS)
def test_every_prompt_refuses_a_second_line(name: str, here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    default = CONTEXT[name][0] if name in CHOICES else CONTEXT[name].partition("{{")[0]
    with hooks_in_this_process(), pytest.raises(FailedHookException):
        replay(here, {name: f"{default}\nx"})

    [line] = problem_lines(capfd.readouterr().err)
    assert line.startswith(f"{name} is ")


@pytest.mark.parametrize(
    ("name", "value", "hint"), REFUSED, ids=[f"{number}-{case[0]}" for number, case in enumerate(REFUSED)]
)
def test_invalid_answer_is_refused_with_one_line(
    name: str,
    value: object,
    hint: str,
    here: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    value = with_paths(value, here)
    before = listing(here)

    with hooks_in_this_process(), pytest.raises((FailedHookException, FileNotFoundError)):
        replay(here, {name: value})

    [line] = problem_lines(capfd.readouterr().err)
    assert line.startswith(f"{name} is ")
    assert f": {hint}" in line
    assert line.isascii() and line.isprintable()
    if "/" not in str(value):  # Cookiecutter leaves the empty parents of a nested folder
        assert listing(here) == before


def test_all_invalid_answers_are_reported_together(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    answers = {
        "project_name": "",
        "project_slug": "-",
        "nb_user": "root",
        "nb_uid": "-1",
        "nb_gid": "x",
        "base_image": "docker-stacks",
        "python_version": "3.12",
    }
    with pytest.raises(FailedHookException):
        render(here, **answers)

    names = [line.split()[0] for line in problem_lines(capfd.readouterr().err)]
    assert names == ["project_name", "project_slug", "nb_user", "nb_uid", "nb_gid", "python_version"]


SUPPORTED = {(answers["base_image"], answers["python_version"]) for answers in COMBINATIONS}


@pytest.mark.parametrize(
    ("flavor", "version"),
    [
        (flavor, version)
        for flavor in FLAVORS
        for version in CHOICES["python_version"]
        if (flavor, version) not in SUPPORTED
    ],
)
def test_python_version_that_a_flavor_lacks_is_refused_with_those_it_supports(
    flavor: str, version: str, here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(FailedHookException):
        render(here, base_image=flavor, python_version=version)

    supported = " or ".join(FLAVORS[flavor]["python_versions"])
    assert problem_lines(capfd.readouterr().err) == [
        f'python_version is "{version}": {flavor} supports only Python {supported}'
    ]


@pytest.mark.parametrize("name", CHOICES)
def test_unknown_choice_on_the_command_line_is_refused(name: str, here: Path) -> None:
    with pytest.raises((ValueError, CookiecutterException), match="nonsense"):
        render(here, **{name: "nonsense"})


@pytest.mark.parametrize("slug", ["\0", "x" * 300, "..", "."])
def test_slug_that_cannot_be_a_new_folder_is_refused(slug: str, here: Path) -> None:
    with pytest.raises((ValueError, OSError, CookiecutterException)):
        render(here, project_slug=slug)


@pytest.mark.parametrize("slug", ["..", "../here", "../../elsewhere"])
def test_existing_folder_with_an_invalid_slug_is_left_alone(
    slug: str, here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(FailedHookException):
        render(here, overwrite=True, project_slug=slug)

    assert SLUG in capfd.readouterr().err


def test_existing_empty_folders_of_a_nested_slug_stay(here: Path) -> None:
    (here / "a" / "b").mkdir(parents=True)

    with pytest.raises((FailedHookException, FileNotFoundError)):
        replay(here, {"project_slug": "a/b"}, overwrite=True)

    assert (here / "a" / "b").is_dir()


@pytest.mark.parametrize("slug", ["a/b", "a/b/c"])
def test_nested_slug_prints_at_most_one_traceback(slug: str, tmp_path: Path) -> None:
    result = command(tmp_path, "cookiecutter", "--no-input", str(TEMPLATE), f"project_slug={slug}")

    assert result.returncode != 0
    [line] = problem_lines(result.stderr)
    assert line.startswith(f'project_slug is "{slug}": {SLUG}')
    assert (result.stdout + result.stderr).count("Traceback") <= 1
    assert not any(listing(tmp_path).values())


@pytest.mark.parametrize("name", NAMES)
def test_unusual_name_arrives_unchanged(name: str, bake: Bake) -> None:
    project = bake(project_name=name)

    assert project.text("README.md").splitlines()[0] == f"# {name}"
    assert json.loads(project.text(".devcontainer/devcontainer.json"))["name"] == name
    notebook = nbformat.read(project / "notebooks" / "first.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert notebook.cells[0].source.splitlines()[0] == f"# {name}"


@pytest.mark.parametrize(("name", "value"), VALID)
def test_unusual_answer_arrives_unchanged(name: str, value: str, bake: Bake) -> None:
    project = bake(**{name: value})

    if name == "project_slug":
        assert project.folder.name == value
    else:
        assert read_settings(project)[name.upper()] == value


@pytest.mark.parametrize("name", ["???", "。。。", "--", "x" * 100])
def test_default_slug_of_an_unusual_name_is_valid(name: str, bake: Bake) -> None:
    assert (bake(project_name=name) / "requirements/start.sh").is_file()


SETTINGS = ["NB_USER", "NB_UID", "NB_GID"]


def read_settings(project: BakedProject) -> dict[str, str]:
    """NB_USER, NB_UID, and NB_GID as bash reads them from settings.sh, which may only assign variables."""
    script = '. "$1"; set +x; for name; do if [ "$name" != "$1" ]; then echo "$name=${!name}"; fi; done'
    result = subprocess.run(
        ["bash", "-uxc", script, "-", str(project / "requirements/settings.sh"), *SETTINGS],
        env={"PATH": os.environ["PATH"]},
        check=True,
        capture_output=True,
        text=True,
    )
    # With -x, bash prints each command that it runs, with ++ those of the file.
    source, *commands, end = result.stderr.splitlines()
    assert (source.split()[:2], end) == (["+", "."], "+ set +x")
    assert [command for command in commands if not re.fullmatch(r"\+\+ [A-Z_]+=[a-z0-9_-]*", command)] == []
    return dict(line.split("=", 1) for line in result.stdout.splitlines())


# Generated answers. What is valid is defined here independently of the hook.

#: What a shell, Docker, or a browser would run if an answer were not only data.
ATTACKS = [
    "$(touch ran)",
    "`touch ran`",
    "'; touch ran; '",
    '"; touch ran; "',
    "x}; touch ran",
    "&& RUN touch ran",
]
LINE = st.text(st.characters(exclude_categories=["C", "Z"], include_characters=" "), min_size=1, max_size=100)
NASTY = st.text(st.sampled_from(list("'\"`$(){}%#;&|<>\\/.\n\r\0 ~*-aé0")), max_size=12)
ANY_TEXT = st.one_of(NASTY, st.text(max_size=40))
NUMBER = st.one_of(st.just("host"), st.integers(0, 2099999999).map(str))
JINJA_MARKS = ("{{", "{%", "{#")


def without_jinja(text: str) -> bool:
    return not any(mark in text for mark in JINJA_MARKS)


def unlike(pattern: str) -> st.SearchStrategy[str]:
    """Text that does not match `pattern`."""
    return ANY_TEXT.filter(lambda text: re.fullmatch(pattern, text) is None)


VALID_ANSWERS = {
    "project_name": st.one_of(LINE, st.tuples(LINE, st.sampled_from(ATTACKS)).map("".join)).filter(
        lambda name: name.strip() and len(name) <= 100 and without_jinja(name)
    ),
    "project_slug": st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}", fullmatch=True),
    "nb_user": st.from_regex(r"[a-z_][a-z0-9_-]{0,31}", fullmatch=True).filter(lambda user: user != "root"),
    "nb_uid": NUMBER,
    "nb_gid": NUMBER,
    **{name: st.sampled_from(values) for name, values in CHOICES.items() if name != "first_build"},
}
INVALID_ANSWERS = {
    "project_name": st.one_of(
        st.tuples(
            st.text(max_size=20), st.sampled_from(["\n", "\r", "\0", *JINJA_MARKS]), st.text(max_size=20)
        ).map("".join),
        st.text(" ", max_size=3),
        st.text("x{", min_size=101, max_size=120),
    ),
    # Without those that Cookiecutter refuses, and those outside the folder.
    "project_slug": unlike(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}").filter(
        lambda slug: (
            slug not in ("", ".", "..") and "/" not in slug and "\0" not in slug and slug.isprintable()
        )
    ),
    "nb_user": st.one_of(st.sampled_from(ATTACKS), unlike(r"[a-z_][a-z0-9_-]{0,31}")),
    "nb_uid": unlike(r"host|0|[1-9][0-9]{0,9}"),
    "nb_gid": st.one_of(unlike(r"host|0|[1-9][0-9]{0,9}"), st.integers(min_value=2100000000).map(str)),
    "layout": unlike("|".join(CHOICES["layout"])),
    "base_image": unlike("|".join(CHOICES["base_image"])),
    "passwordless_sudo": unlike("yes|no"),
    "first_build": unlike("yes|no"),
    "python_version": unlike("|".join(map(re.escape, CHOICES["python_version"]))),
}


@st.composite
def answer_sets(draw: st.DrawFn) -> tuple[dict[str, str], set[str]]:
    """Answers to every prompt, and the names of the invalid ones."""
    names = st.sets(st.sampled_from(sorted(INVALID_ANSWERS)), min_size=1, max_size=3)
    invalid = draw(st.one_of(st.just(set()), names))
    answers = {
        name: draw(INVALID_ANSWERS[name] if name in invalid else valid)
        for name, valid in VALID_ANSWERS.items()
    }
    answers["first_build"] = draw(INVALID_ANSWERS["first_build"]) if "first_build" in invalid else "no"
    if "base_image" in invalid:
        # Which versions an unknown flavor supports is unknown.
        return {**answers, "python_version": "3.13"}, invalid - {"python_version"}
    if "python_version" not in invalid:
        answers["python_version"] = draw(st.sampled_from(FLAVORS[answers["base_image"]]["python_versions"]))
    return answers, invalid


#: The files that contain answers which are not a choice.
FILES_WITH_TEXT = {
    ".devcontainer/devcontainer.json",
    "README.md",
    "notebooks/first.ipynb",
    "requirements/settings.sh",
}


def check_answers(
    answers: dict[str, str], invalid: set[str], folder: Path, baked: Bake, capfd: pytest.CaptureFixture[str]
) -> None:
    """Check that the answers are refused if any is invalid, or else that each is data, and only in the right place."""
    private = {name: value for name, value in CONTEXT.items() if name.startswith("_")}
    context = {**private, **answers, "_output_dir": str(folder), "_repo_dir": str(folder), "_template": "x"}
    capfd.readouterr()
    if invalid:
        with hooks_in_this_process(), pytest.raises(FailedHookException):
            generate_files(str(TEMPLATE), {"cookiecutter": context}, str(folder))
        assert {line.split()[0] for line in problem_lines(capfd.readouterr().err)} == invalid
        assert list(folder.iterdir()) == []
        return

    with hooks_in_this_process():
        generated = generate_files(str(TEMPLATE), {"cookiecutter": context}, str(folder))
    project = BakedProject(Path(generated))
    assert [path.name for path in folder.iterdir()] == [answers["project_slug"]]
    settings = read_settings(project)
    assert settings == {name: answers[name.lower()] for name in SETTINGS}
    # No other file depends on an answer that is not a choice. So none of them can run a part of such an answer.
    texts, expected = project.texts(), baked(**{name: answers[name] for name in CHOICES}).texts()
    assert texts.keys() == expected.keys()
    assert [name for name in texts if texts[name] != expected[name] and name not in FILES_WITH_TEXT] == []
    if answers["layout"] == "project":
        check_project_files(texts, expected, answers)


def check_project_files(texts: dict[str, str], expected: dict[str, str], answers: dict[str, str]) -> None:
    """Check that the files of layout=project differ from those of the default answers only in these answers."""
    name, user = answers["project_name"], answers["nb_user"]
    assert texts["README.md"] == expected["README.md"].replace("# My Project\n", f"# {name}\n", 1)

    path = "notebooks/first.ipynb"
    notebook = json.loads(expected[path])
    notebook["cells"][0]["source"][0] = f"# {name}\n"
    assert json.loads(texts[path]) == notebook

    path = ".devcontainer/devcontainer.json"
    container = json.loads(expected[path].replace("jovyan", user))
    assert json.loads(texts[path]) == {**container, "name": name}


def generated(examples: int) -> Any:
    """The settings of Hypothesis for this number of examples. Answers are short enough to be read without shrinking."""
    phases = [Phase.reuse, Phase.generate]
    checks = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    return settings(max_examples=examples, deadline=None, phases=phases, suppress_health_check=checks)


@generated(40)
@given(answer_sets())
def test_no_accepted_answer_is_more_than_data(
    baked: Bake,
    capfd: pytest.CaptureFixture[str],
    case: tuple[dict[str, str], set[str]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        check_answers(*case, Path(folder), baked, capfd)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@generated(5000)
@given(answer_sets())
def test_none_of_five_thousand_accepted_answers_is_more_than_data(
    baked: Bake,
    capfd: pytest.CaptureFixture[str],
    case: tuple[dict[str, str], set[str]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        check_answers(*case, Path(folder), baked, capfd)
