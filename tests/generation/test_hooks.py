"""The hooks: existing files, the project's own list, next steps, the first build, and what Cookiecutter prints."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import cruft
import pytest
from cookiecutter.exceptions import FailedHookException
from support.baked import BakedProject, hooks_in_this_process
from support.repositories import commit_all, git, new_repository
from support.template import (
    CHOICES,
    CONTEXT,
    PROMPTS,
    RENDERED,
    TEMPLATE,
    command,
    copy_template,
    listing,
    load_hook,
    render,
)

Bake = Callable[..., BakedProject]
Generate = Callable[..., None]

PRE_GEN = load_hook("pre_gen_project")
POST_GEN = load_hook("post_gen_project")
REQUIREMENTS_FILES = [f"requirements/{name}" for name in PRE_GEN.REQUIREMENTS_FILES]


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


@pytest.fixture(params=["cookiecutter", "cruft"])
def generate(request: pytest.FixtureRequest, repository: Path) -> Generate:
    """`generate(folder, **answers)`: `cookiecutter -f` or `cruft create -f` in an existing folder."""

    def generate(folder: Path, **answers: str) -> None:
        if request.param == "cruft":
            cruft_create(folder, repository, project_slug=".", **answers)
        else:
            render(folder, template=repository, overwrite=True, project_slug=".", **answers)

    return generate


def cruft_create(folder: Path, repository: Path, **answers: str) -> Path:
    """`cruft create` with answers."""
    overwrite = answers.get("project_slug") == "."
    return Path(
        cruft.create(str(repository), output_dir=folder, extra_context=answers, overwrite_if_exists=overwrite)
    )


def write_files(folder: Path, *names: str) -> dict[str, bytes | None]:
    """Create files of the user, and return the listing of the folder."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("mine")
    return listing(folder)


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
    assert listing(accepted[1]) == listing(bake().folder)


def test_typed_jinja_is_refused_and_not_evaluated(here: Path) -> None:
    result = command(here, "cookiecutter", str(TEMPLATE), typed="{{ 6 * 7 }}\nslug\n" + "\n" * len(PROMPTS))

    assert result.returncode != 0
    assert 'project_name is "{{ 6 * 7 }}": ' in result.stderr
    assert "42" not in result.stderr
    assert listing(here) == {}


def test_invalid_answers_on_the_command_line_are_reported_and_leave_nothing(here: Path) -> None:
    result = command(here, "cookiecutter", "--no-input", str(TEMPLATE), "nb_user=root", "nb_uid=-1")

    assert result.returncode != 0
    first, user, uid, *_ = result.stderr.splitlines()
    assert first == "error: invalid answers; no files were created"
    assert user.startswith('  nb_user is "root": ')
    assert uid.startswith('  nb_uid is "-1": ')
    assert listing(here) == {}


# Existing files


@pytest.mark.parametrize("layout", CHOICES["layout"])
@pytest.mark.parametrize("flavor", CHOICES["base_image"])
def test_files_that_the_hook_protects_are_those_that_are_written(
    flavor: str, layout: str, baked: Bake
) -> None:
    answers = {"base_image": flavor, "layout": layout}
    protected = PRE_GEN.written_files({**CONTEXT, **answers, "_output_dir": "x"})
    assert sorted(protected) == sorted(baked(**answers).texts())


@pytest.mark.parametrize("name", ["README.md", "notebooks/first.ipynb", *REQUIREMENTS_FILES])
def test_existing_file_is_kept_and_reported(name: str, here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before = write_files(here, name)

    with hooks_in_this_process(), pytest.raises(FailedHookException):
        render(here, overwrite=True, project_slug=".")

    assert f"error: refusing to overwrite existing files: {name}\nhint: " in capfd.readouterr().err
    assert listing(here) == before


def test_all_existing_files_are_reported_together(
    generate: Generate, here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    names = [".gitignore", "README.md", "requirements/Dockerfile", "requirements/lib/common.sh"]
    before = write_files(here, *names, "requirements/base.txt", "requirements/lib/mine.sh")

    with pytest.raises(FailedHookException):
        generate(here)

    assert capfd.readouterr().err.startswith(
        f"error: refusing to overwrite existing files: {', '.join(names)}\n"
        "hint: to update a project that this template generated, run `uvx cruft update -y`\n"
    )
    assert listing(here) == before


@pytest.mark.parametrize(
    ("name", "layout", "hint"),
    [
        (
            "README.md",
            "project",
            "rename them, or add only requirements/ with the answer layout=requirements",
        ),
        ("requirements/Dockerfile", "project", "rename them"),
        ("requirements/Dockerfile", "requirements", "rename them"),
    ],
)
def test_existing_files_have_a_hint_that_helps(
    name: str, layout: str, hint: str, here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write_files(here, name)

    with pytest.raises(FailedHookException):
        render(here, overwrite=True, project_slug=".", layout=layout)

    assert f"{name}\nhint: {hint}\n" in capfd.readouterr().err


@pytest.mark.parametrize("layout", CHOICES["layout"])
def test_folders_with_other_files_get_the_files_of_the_template(
    layout: str, generate: Generate, here: Path
) -> None:
    script = here / "requirements/deploy.sh"
    before = write_files(
        here,
        "notebooks/mine.ipynb",
        ".devcontainer/mine.json",
        "requirements/base.txt",
        "requirements/lib/mine.sh",
        "requirements/deploy.sh",
    )
    script.write_text("#!/bin/sh\n")
    before["requirements/deploy.sh"] = script.read_bytes()

    generate(here, layout=layout)

    after = listing(here)
    assert before.items() <= after.items()
    added = {name for name in after.keys() - before.keys() if after[name] is not None}
    assert {".cruft.json", *REQUIREMENTS_FILES} <= added
    assert (added == {".cruft.json", *REQUIREMENTS_FILES}) == (layout == "requirements")
    assert os.access(here / "requirements/start.sh", os.X_OK) and not os.access(script, os.X_OK)


@pytest.mark.parametrize("blocking", ["requirements", "requirements/image"])
def test_file_or_link_in_place_of_a_folder_is_reported(
    blocking: str, here: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "elsewhere").mkdir()
    for make in [Path.touch, lambda path: path.symlink_to(tmp_path / "elsewhere")]:
        (here / blocking).parent.mkdir(exist_ok=True)
        make(here / blocking)

        with pytest.raises(FailedHookException):
            render(here, overwrite=True, project_slug=".", layout="requirements")

        message = f"error: refusing to overwrite existing files: {blocking}\nhint: rename them\n"
        assert message in capfd.readouterr().err
        (here / blocking).unlink()
    assert listing(tmp_path / "elsewhere") == {}


def test_broken_link_counts_as_an_existing_file(here: Path) -> None:
    (here / "README.md").symlink_to(here / "nowhere")

    with pytest.raises(FailedHookException):
        render(here, overwrite=True, project_slug=".")

    assert not (here / "nowhere").exists()


def test_layout_requirements_leaves_no_empty_folder(bake: Bake) -> None:
    project = bake(layout="requirements")

    assert {path.name for path in project.folder.iterdir()} == {"requirements", ".cruft.json"}


def test_scripts_are_tracked_in_a_project_that_ignores_folders_called_lib(here: Path) -> None:
    new_repository(here)
    (here / ".gitignore").write_text("lib/\nlib64/\nbuild/\n.env\n")

    render(here, overwrite=True, project_slug=".", layout="requirements")

    check = ["git", "check-ignore", "--verbose", *REQUIREMENTS_FILES]
    result = subprocess.run(check, cwd=here, text=True, capture_output=True)
    # Git also prints the files that a pattern with ! includes.
    ignored = [line for line in result.stdout.splitlines() if not line.split("\t")[0].endswith(":!lib/")]
    assert (ignored, result.stderr) == ([], "")
    git(here, "add", "--all")
    assert set(REQUIREMENTS_FILES) <= set(git(here, "ls-files").splitlines())


# The project's own list


@pytest.mark.parametrize(
    ("pyproject", "has_list", "line"),
    [
        (None, True, "-r ../requirements.txt"),
        ('[project]\nname = "analysis"\n', True, "-e .."),
        ("[tool.ruff]\n", True, "-r ../requirements.txt"),
        ("[tool.poetry]\n", True, "-r ../requirements.txt"),
        ("[tool.poetry]\n", False, "-e .."),
    ],
)
def test_new_list_refers_to_what_the_project_has(
    here: Path, capfd: pytest.CaptureFixture[str], pyproject: str | None, has_list: bool, line: str
) -> None:
    if has_list:
        write_files(here, "requirements.txt")
    if pyproject is not None:
        (here / "pyproject.toml").write_text(pyproject)
    before = listing(here)

    render(here, overwrite=True, project_slug=".", layout="requirements")

    lines = (here / "requirements/pip-requirements.txt").read_text().splitlines()
    assert [text for text in lines if not text.startswith("#")] == [line]
    first, *_ = capfd.readouterr().out.splitlines()
    assert first == f"Added to requirements/pip-requirements.txt: {line}"
    assert before.items() <= listing(here).items()


@pytest.mark.parametrize("name", ["setup.py", "Pipfile", "pylock.toml", "environment.yml", "pixi.toml"])
def test_packages_that_a_build_cannot_read_are_not_ignored(here: Path, name: str) -> None:
    write_files(here, name)
    render(here, overwrite=True, project_slug=".", layout="requirements")
    assert "\n-e ..\n" in (here / "requirements/pip-requirements.txt").read_text()


def test_packages_in_setup_cfg_are_not_ignored(here: Path) -> None:
    (here / "setup.cfg").write_text("[options]\ninstall_requires =\n    cowsay\n")
    render(here, overwrite=True, project_slug=".", layout="requirements")
    assert "\n-e ..\n" in (here / "requirements/pip-requirements.txt").read_text()


@pytest.mark.parametrize(("name", "layout"), [("setup.cfg", "requirements"), ("requirements.txt", "project")])
def test_new_list_is_unchanged_otherwise(
    name: str, layout: str, baked: Bake, here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write_files(here, name)

    render(here, overwrite=True, project_slug=".", layout=layout)

    expected = baked(layout=layout).text("requirements/pip-requirements.txt")
    assert (here / "requirements/pip-requirements.txt").read_text() == expected
    assert "Added" not in capfd.readouterr().out


def test_cruft_leaves_the_new_list_as_it_is(baked: Bake, repository: Path, here: Path) -> None:
    write_files(here, "requirements.txt")

    cruft_create(here, repository, project_slug=".", layout="requirements")

    expected = baked(layout="requirements").text("requirements/pip-requirements.txt")
    assert (here / "requirements/pip-requirements.txt").read_text() == expected


# After generation


def test_scripts_of_a_template_without_run_bits_are_executable(bake: Bake, tmp_path: Path) -> None:
    template = copy_template(tmp_path / "template")
    for script in template.rglob("*.sh"):
        script.chmod(0o644)

    scripts = (bake(template=template) / "requirements").glob("*.sh")

    assert {script.name for script in scripts if not os.access(script, os.X_OK)} == {"settings.sh"}


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
    complete, generated = listing(bake().folder), listing(project)
    assert complete.keys() == generated.keys()
    assert [name for name in complete if complete[name] != generated[name]] == [".cruft.json"]


def test_first_build_without_bash_counts_as_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert POST_GEN.build(tmp_path) is False


def test_interrupted_first_build_counts_as_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_words: object, **_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(POST_GEN.subprocess, "run", interrupt)

    assert POST_GEN.build(tmp_path) is False


# Under cruft


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

    assert capfd.readouterr().err.startswith(
        "error: refusing to overwrite existing files: .cruft.json\n"
        "hint: use `cookiecutter` instead of `cruft create`, "
    )
    assert listing(here) == before
