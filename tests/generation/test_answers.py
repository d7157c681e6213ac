"""Answers: the wrong ones are refused with a line each and leave nothing behind, the right ones are carried exactly."""

import json
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from conftest import Bake
from cookiecutter.exceptions import CookiecutterException, FailedHookException
from cookiecutter.generate import generate_files
from helpers import CHOICES, CONTEXT, PYTHON_VERSIONS, TEMPLATE, listing, render, replay
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

NAME = "one line of 1 to 100 printable characters"
SLUG = "'.' or up to 63 letters, digits"
USER = "lower-case letters"
ID = "'host' or a whole number from 0 to 4294967294"
JINJA = "an opening brace followed by"
TEXT = "give one value in quotes"
SLIM = "python-slim has 3.11, 3.12, 3.13 or 3.14"

# CANARY becomes the path of a file that must not come into being, ELSEWHERE that of another folder.
TOUCH = "touch CANARY"
PYTHON_CODE = "open('CANARY', 'w')"

#: What is answered, and what the line about it says would be right.
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
    ("nb_uid", "4294967295", ID),
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
    ("layout", "Project", "project or requirements"),
    ("layout", ["project", "requirements"], TEXT),
    ("base_image", "ubuntu", "python-slim, python, miniforge or docker-stacks"),
    ("base_image", "python:3.13", "python-slim, python, miniforge or docker-stacks"),
    ("base_image", f"$({TOUCH})", "python-slim, python, miniforge or docker-stacks"),
    ("passwordless_sudo", "maybe", "yes or no"),
    ("passwordless_sudo", True, TEXT),
    ("first_build", "later", "no or yes"),
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

#: Names of projects that must arrive as they are.
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

#: Answers that look odd, and are right.
CARRIED: list[tuple[str, str]] = [
    *[
        ("project_slug", slug)
        for slug in [*"a0", "foo-", "x_", "a..b", "a___b", "a-.b", "CAPS", "a.", "x" * 63]
    ],
    *[("nb_user", user) for user in ["_", "www-data", "daemon", "nobody", "rooty", "a-", "x" * 32]],
    *[("nb_uid", number) for number in ["host", "0", "33", "1000", "4294967294"]],
    *[("nb_gid", number) for number in ["host", "0", "20", "100", "4294967294"]],
]


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Path]:
    """A folder to answer in, with neighbours; afterwards nothing around it has changed, and no answer was run."""
    here = tmp_path / "outer" / "inner" / "here"
    for folder in [here, tmp_path / "outer" / "elsewhere"]:
        folder.mkdir(parents=True)
        (folder / "kept.txt").write_text("kept")
    before = listing(tmp_path)
    yield here
    assert listing(tmp_path) == before


@pytest.fixture
def hooks_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run hooks without a process of their own, which would be most of the time."""

    def run(script: str, cwd: str | Path = ".") -> None:
        code = Path(script).read_text(encoding="utf-8")
        Path(script).unlink()
        before = Path.cwd()
        os.chdir(cwd)
        try:
            exec(compile(code, script, "exec"), {"__name__": "__main__"})  # noqa: S102
        except SystemExit as end:
            if end.code:
                raise FailedHookException("refused") from end
        finally:
            os.chdir(before)

    monkeypatch.setattr("cookiecutter.hooks.run_script", run)


def placed(value: Any, here: Path) -> Any:
    """The value with its stand-ins for paths filled in."""
    if not isinstance(value, str):
        return value
    outer = here.parent.parent
    return value.replace("CANARY", str(outer / "canary")).replace("ELSEWHERE", str(outer / "elsewhere"))


def lines_about(output: str) -> list[str]:
    """The lines that the hook said, one an answer."""
    ours = output.partition("Nothing was written:\n")[2].splitlines()
    return ours[: next((i for i, line in enumerate(ours) if " is " not in line), None)]


@pytest.mark.parametrize(
    ("name", "value", "right"), REFUSED, ids=[f"{i}-{case[0]}" for i, case in enumerate(REFUSED)]
)
def test_wrong_answer_is_refused_with_one_line(
    name: str,
    value: object,
    right: str,
    hooks_in_this_process: None,
    here: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises((FailedHookException, FileNotFoundError)):
        replay(here, {name: placed(value, here)})

    [line] = lines_about(capfd.readouterr().err)
    assert line.startswith(f"{name} is ")
    assert right in line
    assert line.isascii() and line.isprintable() and line.endswith(".")


def test_at_least_sixty_wrong_answers_are_tried() -> None:
    assert len({(name, repr(value)) for name, value, _ in REFUSED}) >= 60


def test_all_wrong_answers_are_named_at_once(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(FailedHookException):
        render(
            here,
            project_name="",
            project_slug="-",
            nb_user="root",
            nb_uid="-1",
            nb_gid="x",
            python_version="2",
        )

    names = [line.split()[0] for line in lines_about(capfd.readouterr().err)]
    assert names == ["project_name", "project_slug", "nb_user", "nb_uid", "nb_gid", "python_version"]


@pytest.mark.parametrize("flavour", PYTHON_VERSIONS)
def test_python_version_that_a_flavour_lacks_is_refused_with_those_it_has(
    flavour: str, here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    lacking = "3.12" if flavour == "docker-stacks" else "3.99"
    with pytest.raises(FailedHookException):
        render(here, base_image=flavour, python_version=lacking)

    [line] = lines_about(capfd.readouterr().err)
    said = line.partition(f"{flavour} has ")[2].rstrip(".").replace(" or ", ", ").split(", ")
    assert said == PYTHON_VERSIONS[flavour]


@pytest.mark.parametrize("name", CHOICES)
def test_unknown_choice_on_the_command_line_leaves_nothing(name: str, here: Path) -> None:
    with pytest.raises((ValueError, CookiecutterException), match="nonsense"):
        render(here, **{name: "nonsense"})


@pytest.mark.parametrize("slug", ["\0", "x" * 300, "..", "."])
def test_slug_that_cannot_be_made_leaves_nothing(slug: str, here: Path) -> None:
    with pytest.raises((ValueError, OSError, CookiecutterException)):
        render(here, project_slug=slug)


@pytest.mark.parametrize("slug", ["..", "../here", "../../elsewhere"])
def test_existing_folder_that_a_bad_slug_names_is_left_alone(
    slug: str, here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(FailedHookException):
        render(here, overwrite=True, project_slug=slug)

    assert SLUG in capfd.readouterr().err


@pytest.mark.parametrize("changed", [1_000_000_000, time.time()], ids=["long ago", "just emptied"])
def test_empty_folders_that_were_there_stay(changed: float, tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    for folder in [tmp_path / "a" / "b", tmp_path / "a"]:
        os.utime(folder, (1_000_000_000, changed))

    with pytest.raises((FailedHookException, FileNotFoundError)):
        replay(tmp_path, {"project_slug": "a/b"}, overwrite=True)
    with pytest.raises((FailedHookException, FileNotFoundError)):
        replay(tmp_path, {"project_slug": "a/b/c/d"})

    assert listing(tmp_path) == {"a": None, "a/b": None}


@pytest.mark.parametrize("name", NAMES)
def test_name_of_the_project_arrives_as_it_is(name: str, bake: Bake, hooks_in_this_process: None) -> None:
    project = bake(project_name=name)

    assert (project / "README.md").read_text().splitlines()[0] == f"# {name}"
    notebook = nbformat.read(project / "notebooks" / "first.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert notebook.cells[0].source.splitlines()[0] == f"# {name}"


@pytest.mark.parametrize(("name", "value"), CARRIED)
def test_odd_but_right_answer_arrives_as_it_is(
    name: str, value: str, bake: Bake, hooks_in_this_process: None
) -> None:
    project = bake(**{name: value})

    if name == "project_slug":
        assert project.name == value
    else:
        assert settings_of(project)[name.upper()] == value


@pytest.mark.parametrize("name", ["???", "。。。", "--", "x" * 100])
def test_folder_named_after_an_odd_name_is_a_right_answer(
    name: str, bake: Bake, hooks_in_this_process: None
) -> None:
    assert bake(project_name=name).is_dir()


def settings_of(project: Path) -> dict[str, str]:
    """The variables of settings.sh, as bash reads them in an empty environment."""
    script = (
        'set -u; . "$1"; for name in NB_USER NB_UID NB_GID; do printf "%s=%s\\n" "$name" "${!name}"; done'
    )
    answer = subprocess.run(
        ["bash", "-c", script, "-", str(project / "requirements" / "settings.sh")],
        env={"PATH": os.environ["PATH"]},
        check=True,
        capture_output=True,
        text=True,
    )
    return dict(line.split("=", 1) for line in answer.stdout.splitlines())


# Generated answers. Which are right is said here a second time, after the design, so that the hook is held to it.

LINE = st.text(st.characters(exclude_categories=["C", "Z"], include_characters=" "), min_size=1, max_size=100)
NASTY = st.text(st.sampled_from(list("'\"`$(){}%#;&|<>\\/.\n\r\0 ~*-aé0")), max_size=12)
TEXT_OF_ANY_KIND = st.one_of(NASTY, st.text(max_size=40))
NUMBER = st.one_of(st.just("host"), st.integers(0, 4294967294).map(str))
JINJA_MARKS = ("{{", "{%", "{#")


def without_jinja(text: str) -> bool:
    return not any(mark in text for mark in JINJA_MARKS)


def outside(pattern: str) -> st.SearchStrategy[str]:
    """Text that is not of `pattern` as a whole."""
    return TEXT_OF_ANY_KIND.filter(lambda text: re.fullmatch(pattern, text) is None)


RIGHT = {
    "project_name": LINE.filter(lambda name: name.strip() and without_jinja(name)),
    "project_slug": st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}", fullmatch=True),
    "nb_user": st.from_regex(r"[a-z_][a-z0-9_-]{0,31}", fullmatch=True).filter(lambda user: user != "root"),
    "nb_uid": NUMBER,
    "nb_gid": NUMBER,
    **{name: st.sampled_from(values) for name, values in CHOICES.items() if name != "first_build"},
}
WRONG = {
    "project_name": st.one_of(
        st.tuples(
            st.text(max_size=20), st.sampled_from(["\n", "\r", "\0", *JINJA_MARKS]), st.text(max_size=20)
        ).map("".join),
        st.text(" ", max_size=3),
        st.text("x{", min_size=101, max_size=120),
    ),
    # Not one that cookiecutter itself cannot make a folder of, nor one outside the folder.
    "project_slug": outside(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}").filter(
        lambda slug: (
            slug not in ("", ".", "..") and "/" not in slug and "\0" not in slug and slug.isprintable()
        )
    ),
    "nb_user": outside(r"[a-z_][a-z0-9_-]{0,31}"),
    "nb_uid": outside(r"host|0|[1-9][0-9]{0,9}"),
    "nb_gid": st.one_of(outside(r"host|0|[1-9][0-9]{0,9}"), st.integers(min_value=4294967295).map(str)),
    "layout": outside("|".join(CHOICES["layout"])),
    "base_image": outside("|".join(CHOICES["base_image"])),
    "passwordless_sudo": outside("yes|no"),
    "first_build": outside("yes|no"),
    "python_version": outside(r"3\.1[1-4]"),
}


@st.composite
def answer_sets(draw: st.DrawFn) -> tuple[dict[str, str], set[str]]:
    """Answers to every question, and the names of those that are wrong."""
    wrong = draw(st.one_of(st.just(set()), st.sets(st.sampled_from(sorted(WRONG)), min_size=1, max_size=3)))
    answers = {name: draw(WRONG[name] if name in wrong else right) for name, right in RIGHT.items()}
    answers["first_build"] = draw(WRONG["first_build"]) if "first_build" in wrong else "no"
    versions = PYTHON_VERSIONS.get(answers["base_image"], ["3.13"])
    answers["python_version"] = draw(
        WRONG["python_version"] if "python_version" in wrong else st.sampled_from(versions)
    )
    if "base_image" in wrong:
        wrong = wrong - {"python_version"}  # without a flavour nothing can be said of it, Jinja excepted
        answers["python_version"] = "3.13"
    return answers, wrong


def check_answer_set(
    answers: dict[str, str], wrong: set[str], folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Make a project of the answers: refused if any is wrong, else rendered with each value exactly in place."""
    private = {name: value for name, value in CONTEXT.items() if name.startswith("_")}
    context = {"cookiecutter": {**private, **answers, "_output_dir": str(folder)}}
    capfd.readouterr()
    if wrong:
        with pytest.raises(FailedHookException):
            generate_files(str(TEMPLATE), context, str(folder))
        assert {line.split()[0] for line in lines_about(capfd.readouterr().err)} == wrong
        assert list(folder.iterdir()) == []
        return

    project = Path(generate_files(str(TEMPLATE), context, str(folder)))
    assert [path.name for path in folder.iterdir()] == [answers["project_slug"]]
    lines = (project / "requirements" / "settings.sh").read_text().splitlines()
    for name in ["nb_user", "nb_uid", "nb_gid"]:
        assert f"{name.upper()}=${{{name.upper()}:-{answers[name]}}}" in lines
    if answers["layout"] == "project":
        assert (project / "README.md").read_text().splitlines()[0] == f"# {answers['project_name']}"
        notebook = json.loads((project / "notebooks" / "first.ipynb").read_text())
        assert notebook["cells"][0]["source"][0] == f"# {answers['project_name']}\n"
    else:
        assert [path.name for path in project.iterdir()] == ["requirements"]


def generated(examples: int) -> Any:
    checks = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    return settings(max_examples=examples, deadline=None, suppress_health_check=checks)


@generated(300)
@given(answer_sets())
def test_generated_answers_are_refused_or_arrive(
    hooks_in_this_process: None,
    capfd: pytest.CaptureFixture[str],
    case: tuple[dict[str, str], set[str]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        check_answer_set(*case, Path(folder), capfd)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@generated(5000)
@given(answer_sets())
def test_five_thousand_generated_answers_are_refused_or_arrive(
    hooks_in_this_process: None,
    capfd: pytest.CaptureFixture[str],
    case: tuple[dict[str, str], set[str]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        check_answer_set(*case, Path(folder), capfd)
