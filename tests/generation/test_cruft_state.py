""".cruft.json: plain cookiecutter writes what `cruft create` writes, so that `cruft update` works later."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cruft
import pytest
from cookiecutter.main import cookiecutter
from support.baked import BakedProject
from support.repositories import (
    GIT_ENVIRONMENT,
    append,
    commit_all,
    copy_work_tree,
    edit,
    files,
    git,
    new_repository,
)
from support.template import RENDERED, copy_template, listing, render


@pytest.fixture(autouse=True)
def no_git_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """cruft runs git, which must not read the settings of this machine."""
    for name, value in GIT_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


def new_template_repository(folder: Path) -> Path:
    """Create a repository of the template. The tag v1 and the branch `next` are other commits than `main`."""
    new_repository(folder)
    copy_work_tree(folder)
    commit_all(folder, "First version")
    git(folder, "tag", "v1")
    append(folder / RENDERED / "requirements/settings.sh", "\n# second version\n")
    commit_all(folder, "Second version")
    git(folder, "checkout", "--quiet", "-b", "next")
    append(folder / RENDERED / "requirements/settings.sh", "# third version\n")
    commit_all(folder, "Third version")
    git(folder, "checkout", "--quiet", "main")
    return folder


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of the template, for tests that do not change it."""
    return new_template_repository(tmp_path_factory.mktemp("cruft-state") / "template")


@pytest.fixture
def changing_repository(tmp_path: Path) -> Path:
    """A repository of the template, for a test that changes it."""
    return new_template_repository(tmp_path / "template")


@dataclass(frozen=True)
class Source:
    """How a user names the template."""

    address: Callable[[Path], str]
    checkout: str | None = None

    def of(self, repository: Path) -> str:
        """The address of this template."""
        return self.address(repository)


SOURCES = {
    "path": Source(str),
    "relative path": Source(lambda repository: os.path.relpath(repository)),
    "Git address, branch": Source(lambda repository: f"git+file://{repository}", "next"),
    "Git address, tag": Source(lambda repository: f"git+file://{repository}", "v1"),
}


def generate(folder: Path, source: Source, repository: Path, **answers: str) -> BakedProject:
    """Generate a project with plain cookiecutter."""
    project = cookiecutter(
        source.of(repository),
        checkout=source.checkout,
        no_input=True,
        extra_context=answers,
        output_dir=str(folder),
        overwrite_if_exists=answers.get("project_slug") == ".",
    )
    return BakedProject(Path(project))


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_state_is_byte_for_byte_what_cruft_writes(source: Source, repository: Path, here: Path) -> None:
    answers = {"layout": "requirements", "base_image": "miniforge", "project_name": "Café « $(id) »"}
    project = generate(here / "plain", source, repository, **answers)
    by_cruft = cruft.create(
        str(repository), output_dir=here / "cruft", checkout=source.checkout, extra_context=answers
    )

    text, expected = project.text(".cruft.json"), Path(by_cruft, ".cruft.json").read_text()
    # Only the spelling of the address differs: Cookiecutter takes no path with --checkout, cruft no git+file://.
    assert text.replace(f'"file://{repository}"', f'"{repository}"') == expected
    assert json.loads(text)["commit"] == git(repository, "rev-parse", source.checkout or "main").strip()


@pytest.mark.parametrize("name", ["path", "Git address, branch"])
def test_cruft_checks_compares_and_updates_the_project(
    name: str, changing_repository: Path, here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source = SOURCES[name]
    branch = source.checkout or "main"
    project = generate(here, source, changing_repository).track()
    capfd.readouterr()
    assert cruft.check(project.folder, checkout=branch)
    assert cruft.diff(project.folder, exit_code=True)
    assert capfd.readouterr().out.splitlines() == [
        "SUCCESS: Good work! Project's cruft is up to date and as clean as possible :)."
    ]

    git(changing_repository, "checkout", "--quiet", branch)
    edit(changing_repository / RENDERED / "requirements/settings.sh", "IMAGETAG:-latest", "IMAGETAG:-newest")
    commit_all(changing_repository)
    append(project / "requirements/pip-requirements.txt", "polars\n")
    project.commit()

    assert not cruft.check(project.folder, checkout=branch)
    assert project.update(to=branch)
    assert "IMAGETAG:-newest" in project.text("requirements/settings.sh")
    assert "polars\n" in project.text("requirements/pip-requirements.txt")
    assert project.conflicts() == set()
    assert cruft.check(project.folder, checkout=branch)


def test_project_in_the_current_folder_has_a_state(repository: Path, here: Path) -> None:
    (here / "analysis.py").write_text("print()\n")

    project = generate(here, SOURCES["path"], repository, project_slug=".", layout="requirements").track()

    assert json.loads(project.text(".cruft.json"))["template"] == str(repository)
    assert cruft.diff(project.folder, exit_code=True)


def test_state_has_no_paths_of_the_machine_other_than_the_template(repository: Path, tmp_path: Path) -> None:
    project = generate(tmp_path / "output", SOURCES["Git address, tag"], repository)

    text = project.text(".cruft.json").replace(f"file://{repository}", "")
    assert str(tmp_path) not in text
    assert not any(f'"{name}"' in text for name in ["_output_dir", "_repo_dir", "_checkout"])


def test_template_without_git_leaves_no_state_and_no_message(
    here: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    project = render(here, template=copy_template(tmp_path / "copy"))

    assert capfd.readouterr().err == ""
    assert not (project / ".cruft.json").exists()


def test_template_inside_another_repository_leaves_no_state(
    here: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    outer = tmp_path / "outer"
    new_repository(outer)
    copy_template(outer / "templates/jupyter")
    commit_all(outer)

    project = render(here, template=outer / "templates/jupyter")

    assert capfd.readouterr().err == ""
    assert not (project / ".cruft.json").exists()


def test_template_without_a_commit_leaves_no_state(
    here: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    copy = copy_template(tmp_path / "copy")
    new_repository(copy)

    project = render(here, template=copy)

    assert capfd.readouterr().err == ""
    assert not (project / ".cruft.json").exists()


def test_machine_without_git_leaves_no_state(
    repository: Path, here: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(here))

    project = render(here, template=repository)

    assert capfd.readouterr().err == ""
    assert not (project / ".cruft.json").exists()


@pytest.mark.parametrize("broken_link", [False, True])
def test_state_of_another_template_is_kept_with_a_warning(
    repository: Path, here: Path, capfd: pytest.CaptureFixture[str], broken_link: bool
) -> None:
    path = here / ".cruft.json"
    if broken_link:
        path.symlink_to(here / "nowhere")
    else:
        path.write_text('{"template": "https://example.com/another"}\n')
    before = listing(here)

    render(here, template=repository, overwrite=True, project_slug=".", layout="requirements")

    assert capfd.readouterr().err == (
        f"warning: {path} exists and was not changed;"
        " if another template wrote it, cruft cannot update requirements/\n"
    )
    assert (here / "requirements/start.sh").is_file()
    assert before.items() <= listing(here).items()
    assert not (here / "nowhere").exists()


def test_hooks_leave_the_state_to_cruft_during_an_update(changing_repository: Path, tmp_path: Path) -> None:
    project = BakedProject(Path(cruft.create(str(changing_repository), output_dir=tmp_path / "old"))).track()
    append(changing_repository / RENDERED / "requirements/settings.sh", "# next version\n")
    commit_all(changing_repository)

    assert project.update()

    new = Path(cruft.create(str(changing_repository), output_dir=tmp_path / "new"))
    assert files(project.folder) == files(new)
