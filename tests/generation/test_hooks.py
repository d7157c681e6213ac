"""The hooks as a person meets them: on the command line, in a folder that exists, under cruft, with a first build."""

import os
import subprocess
from pathlib import Path

import pytest
from conftest import Bake, Rendered
from cookiecutter.exceptions import FailedHookException
from helpers import (
    CHOICES,
    COMBINATIONS,
    CONTEXT,
    TEMPLATE,
    command,
    copy_template,
    hook,
    listing,
    render,
    title,
)

PRE_GEN = hook("pre_gen_project")
POST_GEN = hook("post_gen_project")
QUESTIONS = [name for name in CONTEXT if not name.startswith("_")]


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """An empty folder to stand in."""
    folder = tmp_path / "here"
    folder.mkdir()
    return folder


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A copy of the template whose build.sh only notes that it ran, and with which words and input."""
    copy = copy_template(tmp_path / "template")
    script = copy / "{{cookiecutter.project_slug}}" / "requirements" / "build.sh"
    script.write_text('#!/usr/bin/env bash\necho "building with ($*)"\npwd >built.txt\n')
    return copy


def committed(template: Path) -> Path:
    """The template as a git repository with one commit, which cruft needs."""
    git = ["git", "-C", str(template), "-c", "user.name=x", "-c", "user.email=x@localhost"]
    for words in [["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "x"]]:
        subprocess.run([*git, *words], check=True)
    return template


def test_choices_of_the_hook_are_those_of_the_template() -> None:
    assert PRE_GEN.CHOICES == CHOICES


@pytest.mark.parametrize("answers", COMBINATIONS, ids=title)
def test_list_of_what_is_written_is_what_is_written(answers: dict[str, str], rendered: Rendered) -> None:
    # Only post_gen removes the folder that a layout leaves empty.
    written = {path.name for path in rendered(answers).iterdir() if path.is_file() or any(path.iterdir())}
    assert written == set(PRE_GEN.WRITTEN[answers["layout"]])


@pytest.mark.parametrize(
    ("layout", "name"), [(layout, name) for layout, names in PRE_GEN.WRITTEN.items() for name in names]
)
def test_file_in_the_way_is_refused_and_kept(
    layout: str, name: str, here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (here / name).write_text("mine")
    before = listing(here)

    with pytest.raises(FailedHookException):
        render(here, overwrite=True, project_slug=".", layout=layout)

    said = capfd.readouterr().err
    assert f"{name} is in {here} already" in said
    assert "rename it" in said
    assert ("layout=requirements" in said) == (name != "requirements")
    assert listing(here) == before


def test_broken_link_in_the_way_is_refused(here: Path) -> None:
    (here / "README.md").symlink_to(here / "nowhere")

    with pytest.raises(FailedHookException):
        render(here, overwrite=True, project_slug=".")

    assert not (here / "nowhere").exists()


def test_requirements_layout_adds_one_folder_to_a_project_that_exists(here: Path) -> None:
    for name in ["README.md", ".gitignore", ".pre-commit-config.yaml", ".cruft.json"]:
        (here / name).write_text("mine")
    (here / "notebooks").mkdir()
    (here / "notebooks" / "mine.ipynb").write_text("mine")
    before = listing(here)

    render(here, overwrite=True, project_slug=".", layout="requirements")

    after = listing(here)
    assert {path: after[path] for path in before} == before
    assert {path.split("/")[0] for path in set(after) - set(before)} == {"requirements"}


def test_requirements_layout_keeps_an_empty_notebooks_folder_of_before(here: Path) -> None:
    (here / "notebooks").mkdir()
    os.utime(here / "notebooks", (1_000_000_000, 1_000_000_000))

    render(here, overwrite=True, project_slug=".", layout="requirements")

    assert (here / "notebooks").is_dir()


def test_requirements_layout_leaves_no_empty_folder(bake: Bake) -> None:
    assert [path.name for path in bake(layout="requirements").iterdir()] == ["requirements"]


def test_scripts_of_a_template_without_run_bits_can_be_run(tmp_path: Path) -> None:
    template = copy_template(tmp_path / "template")
    for script in template.rglob("*.sh"):
        script.chmod(0o644)

    project = render(tmp_path, template=template)

    scripts = sorted((project / "requirements").glob("*.sh"))
    assert scripts
    assert {script.stat().st_mode & 0o777 for script in scripts} == {0o755}


def test_bad_answers_on_the_command_line_are_named_and_leave_nothing(here: Path) -> None:
    answer = command(here, "cookiecutter", "--no-input", str(TEMPLATE), "nb_user=root", "nb_uid=-1")

    assert answer.returncode != 0
    ours = answer.stderr.partition("Nothing was written:\n")[2].splitlines()
    assert ours[0].startswith('nb_user is "root": ')
    assert ours[1].startswith('nb_uid is "-1": ')
    assert listing(here) == {}


def test_nested_slug_on_the_command_line_leaves_nothing(here: Path) -> None:
    answer = command(here, "cookiecutter", "--no-input", "-o", "new", str(TEMPLATE), "project_slug=a/b/c")

    assert answer.returncode != 0
    assert 'project_slug is "a/b/c": ' in answer.stderr
    assert listing(here) == {}


def test_next_steps_are_said_in_two_lines_that_work(here: Path) -> None:
    answer = command(here, "cookiecutter", "--no-input", str(TEMPLATE))

    assert answer.returncode == 0
    assert answer.stderr == ""
    assert answer.stdout.splitlines() == [
        "The project is made. Now:",
        "  cd my-project",
        "  requirements/start.sh",
    ]
    assert (here / "my-project" / "requirements" / "start.sh").is_file()


def test_enter_at_every_question_makes_a_project(here: Path, bake: Bake) -> None:
    answer = command(here, "cookiecutter", str(TEMPLATE), typed="\n" * len(QUESTIONS))

    assert answer.returncode == 0, answer.stderr
    assert listing(here / "my-project") == listing(bake())


def test_every_question_is_a_sentence_and_every_choice_has_a_label(here: Path) -> None:
    asked = command(here, "cookiecutter", str(TEMPLATE), typed="\n" * len(QUESTIONS)).stdout

    for name in QUESTIONS:
        prompt = CONTEXT["__prompts__"][name]
        words = list(prompt.values()) if name in CHOICES else [prompt]
        assert len(words) == len(CHOICES.get(name, [])) + 1
        # Where the label were taken for markup, a part of it would be missing.
        assert all(word in asked.replace("\n", " ") for word in words), name


def test_typed_jinja_is_refused_and_not_run(here: Path) -> None:
    answer = command(here, "cookiecutter", str(TEMPLATE), typed="{{ 6 * 7 }}\nslug\n" + "\n" * len(QUESTIONS))

    assert answer.returncode != 0
    assert 'project_name is "{{ 6 * 7 }}": ' in answer.stderr
    assert listing(here) == {}


@pytest.mark.parametrize("output", ["two words", "it's"])
def test_next_steps_quote_a_folder_that_needs_it(output: str, here: Path) -> None:
    answer = command(here, "cookiecutter", "--no-input", "--output-dir", output, str(TEMPLATE))

    cd = answer.stdout.splitlines()[1]
    subprocess.run(["bash", "-c", f"{cd} && test -x requirements/start.sh"], cwd=here, check=True)


def test_next_step_in_the_folder_one_stands_in_needs_no_cd(here: Path) -> None:
    answer = command(here, "cookiecutter", "--no-input", "-f", str(TEMPLATE), "project_slug=.")

    assert answer.stdout.splitlines()[1:] == ["  requirements/start.sh"]


def test_first_build_is_run_in_the_project_when_asked_for(template: Path, here: Path) -> None:
    answer = command(here, "cookiecutter", "--no-input", str(template), "first_build=yes")

    assert answer.returncode == 0
    assert (here / "my-project" / "built.txt").read_text().strip() == str(here / "my-project")
    # First the build's own words, as they come, then ours.
    assert answer.stdout.splitlines()[:2] == ["building with ()", "The project is made. Now:"]


def test_first_build_is_not_run_unless_asked_for(template: Path, here: Path) -> None:
    command(here, "cookiecutter", "--no-input", str(template))

    assert not list(here.rglob("built.txt"))


def test_failed_first_build_leaves_the_project_whole_and_says_what_to_do(tmp_path: Path, here: Path) -> None:
    # All that the machine has, but neither docker nor podman.
    tools = tmp_path / "bin"
    tools.mkdir()
    for program in (path for folder in ["/bin", "/usr/bin"] for path in Path(folder).iterdir()):
        if program.name not in {"docker", "podman"} and not (tools / program.name).is_symlink():
            (tools / program.name).symlink_to(program)

    answer = command(
        here, "cookiecutter", "--no-input", str(TEMPLATE), "first_build=yes", env={"PATH": str(tools)}
    )

    assert answer.returncode == 0
    assert "Docker is not installed" in answer.stderr
    assert "The image was not built" in answer.stderr
    assert "The project is whole" in answer.stderr
    assert answer.stdout.splitlines() == ["  cd my-project", "  requirements/start.sh"]
    whole = command(tmp_path, "cookiecutter", "--no-input", str(TEMPLATE))
    assert whole.returncode == 0
    assert listing(here / "my-project") == listing(tmp_path / "my-project")


def test_first_build_without_bash_is_a_failed_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert POST_GEN.build(tmp_path) is False


def test_first_build_that_is_interrupted_is_a_failed_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_words: object, **_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(POST_GEN.subprocess, "run", interrupt)

    assert POST_GEN.build(tmp_path) is False


def test_cruft_create_prints_the_command_in_place_of_the_first_build(template: Path, here: Path) -> None:
    answer = command(
        here,
        "cruft",
        "create",
        "--no-input",
        "--extra-context",
        '{"first_build": "yes"}',
        str(committed(template)),
    )

    assert answer.returncode == 0, answer.stderr
    assert "run requirements/build.sh" in answer.stdout
    assert (here / "my-project" / ".cruft.json").is_file()
    assert not list(here.rglob("built.txt"))


def test_nested_slug_under_cruft_leaves_nothing(template: Path, here: Path) -> None:
    answer = command(
        here,
        "cruft",
        "create",
        "--no-input",
        "--extra-context",
        '{"project_slug": "a/b/c"}',
        str(committed(template)),
    )

    assert answer.returncode != 0
    assert 'project_slug is "a/b/c": ' in answer.stderr
    assert listing(here) == {}


def test_cruft_create_refuses_to_overwrite_the_record_of_another_template(template: Path, here: Path) -> None:
    (here / ".cruft.json").write_text("another template's")
    before = listing(here)

    answer = command(
        here,
        *["cruft", "create", "--no-input", "--overwrite-if-exists", str(committed(template))],
        *["--extra-context", '{"project_slug": ".", "layout": "requirements"}'],
    )

    assert answer.returncode != 0
    assert ".cruft.json of another template is in" in answer.stderr
    assert listing(here) == before
