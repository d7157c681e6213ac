"""From the last release to the template as it is now, with what people do in between."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cookiecutter.main import cookiecutter
from helpers import CHOICES
from updates.repositories import (
    RENDERED,
    YOURS,
    Project,
    append,
    commit_all,
    files,
    git,
    new_repository,
    pack,
    previous_release,
)

MakeProject = Callable[..., Project]


@pytest.fixture(scope="session")
def touched(template: Path) -> str:
    """A version in which every file of the template that takes comments has one more line; the person's have not."""
    git(template, "checkout", "--quiet", "-b", "touched", "plain")
    for path in (template / RENDERED).rglob("*"):
        if path.is_file() and not path.name.startswith(("{%", *YOURS)) and path.suffix != ".ipynb":
            append(path, "# one more line\n")
    for path in (template / RENDERED).glob("{%*"):
        append(path, "# one more line\n")
    commit_all(template, "one more line in each file")
    git(template, "checkout", "--quiet", "main")
    pack(template)
    return "touched"


def rendered(template: Path, version: str, folder: Path, answers: dict[str, str]) -> dict[str, bytes]:
    """The person's files as a version of the template makes them, by name."""
    made = cookiecutter(
        f"git+file://{template}",
        checkout=version,
        no_input=True,
        extra_context=answers,
        output_dir=str(folder / version),
        accept_hooks=False,
    )
    return {name: path.read_bytes() for name in YOURS if (path := Path(made, "requirements", name)).exists()}


@pytest.mark.parametrize("layout", CHOICES["layout"])
@pytest.mark.parametrize("flavour", ["python-slim", "docker-stacks"])  # without and with a list for conda
def test_files_of_the_person_are_byte_for_byte_those_of_the_last_release(
    template: Path, tmp_path: Path, flavour: str, layout: str
) -> None:
    answers = {"base_image": flavour, "layout": layout}
    old = rendered(template, "released", tmp_path, answers)
    assert len(old) == (3 if flavour == "docker-stacks" else 2)
    assert rendered(template, "main", tmp_path, answers) == old


def test_files_of_the_person_depend_on_no_answer_that_changes_from_time_to_time(project: MakeProject) -> None:
    one = project("plain", base_image="miniforge", python_version="3.12")
    before = {name: one.text(f"requirements/{name}") for name in YOURS}
    assert one.update(
        answers={
            "base_image": "docker-stacks",
            "python_version": "3.13",
            "nb_user": "marie",
            "nb_uid": "1234",
        }
        | {"passwordless_sudo": "no", "first_build": "yes", "project_name": "Another"}
    )
    assert {name: one.text(f"requirements/{name}") for name in YOURS} == before


def test_update_leaves_the_files_of_the_person_alone(project: MakeProject, touched: str) -> None:
    one = project("plain", base_image="miniforge")
    assert one.update(to=touched)
    assert "requirements/Dockerfile" in one.status()
    assert not {f"requirements/{name}" for name in YOURS} & one.status().keys()


def test_update_never_brings_back_what_the_person_deleted(project: MakeProject, touched: str) -> None:
    one = project("released", base_image="miniforge")
    kept = {".cruft.json", "requirements/settings.sh"}
    deleted = files(one.folder).keys() - kept
    assert len(deleted) > 8
    for name in deleted:
        (one / name).unlink()
    one.commit()
    for version in ("main", touched):
        assert one.update(to=version)
        assert deleted & files(one.folder).keys() == set()
        one.commit()


def test_update_from_the_last_release_keeps_what_people_do(project: MakeProject, template: Path) -> None:
    one = project("released")
    lock = "pandas==2.3.3 \\\n    --hash=sha256:00\n"
    mine = {
        "requirements/pip-requirements.txt": "pandas==2.3.3\nscikit-learn\n-r ../requirements.txt\n",
        "requirements/apt-requirements.txt": "git\ngraphviz\n",
        "requirements/requirements.lock": lock,
        "requirements/backup.sh": "#!/bin/sh\necho saved\n",
        "requirements.txt": "polars\n",
        "notebooks/mine.ipynb": "{}\n",
        "src/analysis.py": "import pandas\n",
        "pyproject.toml": '[project]\nname = "analysis"\nversion = "1"\n',
    }
    for name, text in mine.items():
        (one / name).parent.mkdir(exist_ok=True)
        (one / name).write_text(text)
    settings = one / "requirements/settings.sh"
    settings.write_text(settings.read_text().replace("DOCKERPORT:-}", "DOCKERPORT:-9000}"))
    append(one / "requirements/Dockerfile", "LABEL mine=yes\n")
    (one / "requirements/stop.sh").unlink()
    one.commit()

    assert one.update()

    assert {name: one.text(name) for name in mine} == mine
    assert not (one / "requirements/stop.sh").exists()
    assert "DOCKERPORT:-9000}" in one.text("requirements/settings.sh")
    assert "LABEL mine=yes\n" in one.text("requirements/Dockerfile")
    assert json.loads(one.text(".cruft.json"))["commit"] == git(template, "rev-parse", "main").strip()


def test_update_from_the_last_release_without_edits_makes_the_new_project(
    project: MakeProject, make_project: MakeProject, tmp_path: Path
) -> None:
    one = project("released")
    one.update()
    new = make_project(tmp_path / "new")
    assert one.conflicts() == set()
    assert files(one.folder).keys() == files(new.folder).keys()
    assert {name for name, found in files(one.folder).items() if found != files(new.folder)[name]} <= {
        ".cruft.json"
    }


def test_last_release_is_found_in_a_shallow_clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, shallow = tmp_path / "source", tmp_path / "shallow"
    new_repository(source)
    (source / "cookiecutter.json").write_text('{"project_slug": "made"}')
    commit_all(source, "bakes nothing")
    append(source / RENDERED / "file", "text\n")
    first = commit_all(source, "bakes")
    append(source / RENDERED / "file", "more\n")
    last = commit_all(source, "bakes too")
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{source}", str(shallow))

    def found(repository: Path) -> str:
        monkeypatch.setattr("updates.repositories.TEMPLATE", repository)
        return previous_release(tmp_path / f"scratch-{repository.name}-{len(git(repository, 'tag'))}")

    assert found(source) == first
    assert found(shallow) == last
    git(source, "tag", "v1.0.0", last)
    assert found(source) == "v1.0.0"
