"""The hooks: existing files, next steps, the first build, and what Cookiecutter's command line prints."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import cruft
import pytest
from cookiecutter.exceptions import FailedHookException
from support.repositories import commit_all, new_repository
from support.template import (
    CHOICES,
    COMBINATIONS,
    CONTEXT,
    FLAVORS,
    RENDERED,
    TEMPLATE,
    command,
    copy_template,
    listing,
    load_hook,
    render,
    title,
)

Bake = Callable[..., Path]

PRE_GEN = load_hook("pre_gen_project")
POST_GEN = load_hook("post_gen_project")
PROMPTS = [name for name in CONTEXT if not name.startswith("_")]


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A copy of the template whose build.sh only records that it ran."""
    copy = copy_template(tmp_path / "template")
    script = copy / RENDERED / "requirements/build.sh"
    script.write_text('#!/usr/bin/env bash\necho "Building with ($*)"\npwd >built.txt\n')
    return copy


@pytest.fixture
def repository(template: Path) -> Path:
    """That copy as a Git repository, which cruft needs."""
    new_repository(template)
    commit_all(template)
    return template


@pytest.fixture
def no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every program of this machine except docker and podman."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for program in (path for parent in ["/bin", "/usr/bin"] for path in Path(parent).iterdir()):
        if program.name not in {"docker", "podman"} and not (folder / program.name).is_symlink():
            (folder / program.name).symlink_to(program)
    monkeypatch.setenv("PATH", str(folder))


@pytest.fixture(scope="module")
def accepted(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """What Cookiecutter's command line prints if the user presses Enter at every prompt, and the project."""
    folder = tmp_path_factory.mktemp("accepted") / "here"
    folder.mkdir()
    result = command(folder, "cookiecutter", str(TEMPLATE), typed="\n" * len(PROMPTS))
    assert result.returncode == 0, result.stderr
    return result.stdout, folder / "my-project"


# Choices


def test_choices_of_the_hook_are_those_of_the_template() -> None:
    by_flavor = {"base_image", "python_version"}
    assert {name: values for name, values in CHOICES.items() if name not in by_flavor} == PRE_GEN.CHOICES


def test_every_prompt_has_text_and_every_choice_has_a_label() -> None:
    prompts = CONTEXT["__prompts__"]
    assert set(prompts) == set(PROMPTS)
    for name, values in CHOICES.items():
        assert set(prompts[name]) == {"__prompt__", *values}


def test_prompts_are_printed_as_they_are_written(accepted: tuple[str, Path]) -> None:
    printed = accepted[0].replace("\n", " ")

    for prompt in CONTEXT["__prompts__"].values():
        # If a label were taken for markup, a part of it would be missing.
        texts = [prompt] if isinstance(prompt, str) else list(prompt.values())
        assert [text for text in texts if text not in printed] == []


def test_enter_at_every_prompt_generates_the_default_project(accepted: tuple[str, Path], bake: Bake) -> None:
    assert listing(accepted[1]) == listing(bake())


def test_typed_jinja_is_refused_and_not_evaluated(here: Path) -> None:
    result = command(here, "cookiecutter", str(TEMPLATE), typed="{{ 6 * 7 }}\nslug\n" + "\n" * len(PROMPTS))

    assert result.returncode != 0
    assert 'project_name is "{{ 6 * 7 }}": ' in result.stderr
    assert "42" not in result.stderr
    assert listing(here) == {}


def test_invalid_answers_on_the_command_line_are_reported_and_leave_nothing(here: Path) -> None:
    result = command(here, "cookiecutter", "--no-input", str(TEMPLATE), "nb_user=root", "nb_uid=-1")

    assert result.returncode != 0
    lines = result.stderr.partition("No files were created. Fix these answers:\n")[2].splitlines()
    assert lines[0].startswith('nb_user is "root": ')
    assert lines[1].startswith('nb_uid is "-1": ')
    assert listing(here) == {}


# Existing files


@pytest.mark.parametrize("layout", CHOICES["layout"])
@pytest.mark.parametrize("flavor", FLAVORS)
def test_paths_that_the_hook_protects_are_those_that_are_written(
    flavor: str, layout: str, rendered: Callable[[dict[str, str]], Path]
) -> None:
    for answers in COMBINATIONS:
        if (answers["base_image"], answers["layout"], answers["first_build"]) != (flavor, layout, "no"):
            continue
        project = rendered(answers)
        written = {str(path.relative_to(project)) for path in project.rglob("*") if path.is_file()}
        protected = set(PRE_GEN.WRITTEN[layout])
        assert {path if path in protected else path.split("/")[0] for path in written} == protected, title(
            answers
        )


@pytest.mark.parametrize(
    ("layout", "name"), [(layout, name) for layout, names in PRE_GEN.WRITTEN.items() for name in names]
)
def test_existing_file_is_kept_and_reported(
    layout: str, name: str, here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (here / name).parent.mkdir(exist_ok=True)
    (here / name).write_text("mine")
    before = listing(here)

    with pytest.raises(FailedHookException):
        render(here, overwrite=True, project_slug=".", layout=layout)

    error, hint, *_ = capfd.readouterr().err.splitlines()
    assert error == f"error: these files exist in {here}: {name}"
    assert hint.startswith("hint: rename them; ")
    assert "uvx cruft update -y" in hint
    assert ("layout=requirements" in hint) == (name != "requirements")
    assert listing(here) == before


def test_all_existing_files_are_reported_together(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for name in ["README.md", ".gitignore"]:
        (here / name).write_text("mine")

    with pytest.raises(FailedHookException):
        render(here, overwrite=True, project_slug=".")

    assert f"error: these files exist in {here}: .gitignore, README.md\n" in capfd.readouterr().err


def test_broken_link_counts_as_an_existing_file(here: Path) -> None:
    (here / "README.md").symlink_to(here / "nowhere")

    with pytest.raises(FailedHookException):
        render(here, overwrite=True, project_slug=".")

    assert not (here / "nowhere").exists()


def test_layout_requirements_adds_one_folder_to_an_existing_project(here: Path) -> None:
    for name in ["README.md", ".gitignore", ".pre-commit-config.yaml", "notebooks/mine.ipynb"]:
        (here / name).parent.mkdir(exist_ok=True)
        (here / name).write_text("mine")
    before = listing(here)

    render(here, overwrite=True, project_slug=".", layout="requirements")

    after = listing(here)
    assert before.items() <= after.items()
    assert {path.split("/")[0] for path in after.keys() - before.keys()} <= {"requirements", ".cruft.json"}


def test_layout_requirements_leaves_no_empty_folder(here: Path) -> None:
    project = render(here, layout="requirements")

    assert {path.name for path in project.iterdir()} <= {"requirements", ".cruft.json"}


def test_existing_folder_that_the_template_also_uses_can_contain_other_files(here: Path) -> None:
    for name in ["notebooks/mine.ipynb", ".devcontainer/mine.json"]:
        (here / name).parent.mkdir()
        (here / name).write_text("mine")
    before = listing(here)

    render(here, overwrite=True, project_slug=".")

    assert before.items() <= listing(here).items()
    assert (here / "notebooks/first.ipynb").is_file()


# After generation


def test_scripts_of_a_template_without_run_bits_are_executable(tmp_path: Path) -> None:
    template = copy_template(tmp_path / "template")
    for script in template.rglob("*.sh"):
        script.chmod(0o644)

    project = render(tmp_path, template=template)

    for name in ["build", "exec", "run", "start", "stop"]:
        assert os.access(project / f"requirements/{name}.sh", os.X_OK)


def next_steps(capfd: pytest.CaptureFixture[str]) -> list[str]:
    """The commands that the hook printed."""
    out, err = capfd.readouterr()
    assert err == ""
    first, *steps = out.splitlines()
    assert first == "Project created. Next:"
    return steps


def test_next_steps_are_two_commands(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    render(here)

    assert next_steps(capfd) == ["  cd my-project", "  requirements/start.sh"]


@pytest.mark.parametrize("output", ["two words", "it's"])
def test_next_steps_quote_the_folder_if_necessary(
    output: str, here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    render(here / output)

    cd, _ = next_steps(capfd)
    subprocess.run(["bash", "-c", f"{cd} && test -x requirements/start.sh"], cwd=here, check=True)


def test_next_steps_in_the_current_folder_need_no_cd(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    render(here, overwrite=True, project_slug=".")

    assert next_steps(capfd) == ["  requirements/start.sh"]


# First build


def test_first_build_runs_in_the_project_if_asked_for(
    template: Path, here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    project = render(here, template=template, first_build="yes")

    assert (project / "built.txt").read_text().strip() == str(project)
    assert capfd.readouterr().out.splitlines()[:2] == ["Building with ()", "Project created. Next:"]


def test_first_build_does_not_run_by_default(template: Path, here: Path) -> None:
    assert not (render(here, template=template) / "built.txt").exists()


def test_failed_first_build_leaves_a_complete_project_and_says_how_to_continue(
    here: Path, bake: Bake, no_engine: None, capfd: pytest.CaptureFixture[str]
) -> None:
    project = render(here, first_build="yes")

    out, err = capfd.readouterr()
    assert "error: Docker is not installed\n" in err
    assert err.endswith("Project created, but the image build failed. Fix the error above, then run:\n")
    assert out.splitlines() == ["  cd my-project", "  requirements/start.sh"]
    complete, generated = listing(bake(first_build="yes", hooks=False)), listing(project)
    assert complete.items() <= generated.items()
    assert generated.keys() - complete.keys() <= {".cruft.json"}


def test_first_build_without_bash_counts_as_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert POST_GEN.build(tmp_path) is False


def test_interrupted_first_build_counts_as_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_words: object, **_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(POST_GEN.subprocess, "run", interrupt)

    assert POST_GEN.build(tmp_path) is False


# Under cruft


def cruft_create(here: Path, repository: Path, **answers: str) -> Path:
    """`cruft create` with answers."""
    overwrite = answers.get("project_slug") == "."
    return Path(
        cruft.create(str(repository), output_dir=here, extra_context=answers, overwrite_if_exists=overwrite)
    )


def test_cruft_create_neither_builds_nor_prints_next_steps(
    repository: Path, here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    project = cruft_create(here, repository, first_build="yes")

    assert capfd.readouterr() == ("", "")
    assert (project / ".cruft.json").is_file()
    assert not (project / "built.txt").exists()


def test_nested_slug_is_reported_under_cruft(
    repository: Path, here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(FailedHookException):
        cruft_create(here, repository, project_slug="a/b/c")

    assert 'project_slug is "a/b/c": ' in capfd.readouterr().err
    assert not any(listing(here).values())


def test_cruft_create_refuses_to_overwrite_the_state_of_another_template(
    repository: Path, here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (here / ".cruft.json").write_text("another template's")
    before = listing(here)

    with pytest.raises(FailedHookException):
        cruft_create(here, repository, project_slug=".", layout="requirements")

    assert f"error: these files exist in {here}: .cruft.json\n" in capfd.readouterr().err
    assert listing(here) == before
