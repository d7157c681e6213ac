"""Updates to new versions of the template: the files of the user stay, and what they deleted stays deleted."""

import json
from pathlib import Path

import pytest
from cookiecutter.main import cookiecutter
from support.baked import BakedProject
from support.repositories import (
    USER_FILES,
    append,
    commit_all,
    files,
    git,
    last_release,
    new_repository,
    pack,
)
from support.template import CHOICES, RENDERED
from updates.conftest import Create


@pytest.fixture(scope="session")
def touched(repository: Path) -> str:
    """A version with one more line in each file that takes comments, except the files of the user."""
    git(repository, "checkout", "--quiet", "-b", "touched", "plain")
    folders = [repository / "templates", repository / RENDERED]
    for path in (path for folder in folders for path in folder.rglob("*")):
        users = path.name in USER_FILES or "conda-requirements.txt" in path.name
        if (
            path.is_file()
            and not users
            and path.suffix != ".json"
            and ".json" not in path.name
            and "ipynb" not in path.name
        ):
            append(path, "# one more line\n")
    commit_all(repository, "Add a line to each file")
    git(repository, "checkout", "--quiet", "main")
    pack(repository)
    return "touched"


def user_files(repository: Path, version: str, folder: Path, answers: dict[str, str]) -> dict[str, bytes]:
    """The files of the user as a version of the template generates them, by name."""
    project = cookiecutter(
        f"git+file://{repository}",
        checkout=version,
        no_input=True,
        extra_context=answers,
        output_dir=str(folder / version),
        accept_hooks=False,
    )
    paths = [Path(project, "requirements", name) for name in USER_FILES]
    return {path.name: path.read_bytes() for path in paths if path.exists()}


@pytest.mark.parametrize("layout", CHOICES["layout"])
@pytest.mark.parametrize("flavor", ["python-slim", "docker-stacks"])  # without and with a Conda list
def test_files_of_the_user_are_those_of_the_last_release(
    repository: Path, tmp_path: Path, flavor: str, layout: str
) -> None:
    answers = {"base_image": flavor, "layout": layout}
    old = user_files(repository, "released", tmp_path, answers)
    assert len(old) == (3 if flavor == "docker-stacks" else 2)
    assert user_files(repository, "main", tmp_path, answers) == old


def test_files_of_the_user_depend_only_on_the_layout(create: Create) -> None:
    one = create("plain", base_image="miniforge", python_version="3.12")
    before = {name: one.text(f"requirements/{name}") for name in USER_FILES}
    answers = {
        "base_image": "docker-stacks",
        "python_version": "3.13",
        "nb_user": "marie",
        "nb_uid": "1234",
        "passwordless_sudo": "no",
        "first_build": "yes",
        "project_name": "Another",
    }
    assert one.update(answers=answers, to="plain")
    assert {name: one.text(f"requirements/{name}") for name in USER_FILES} == before


def test_update_does_not_change_the_files_of_the_user(create: Create, touched: str) -> None:
    one = create("plain", base_image="miniforge")
    assert one.update(to=touched)
    assert {"requirements/Dockerfile", "requirements/start.sh"} <= one.status().keys()
    assert not {f"requirements/{name}" for name in USER_FILES} & one.status().keys()


def test_update_never_restores_a_deleted_file(create: Create, touched: str) -> None:
    one = create("plain", base_image="miniforge")
    kept = {".cruft.json", "requirements/settings.sh"}
    deleted = files(one.folder).keys() - kept
    assert len(deleted) > 8
    for name in deleted:
        (one / name).unlink()
    one.commit()
    for version in (touched, "every-change"):
        assert one.update(to=version)
        assert deleted & files(one.folder).keys() == set()
        one.commit()


def check_update_keeps_work(one: BakedProject, to: str | None) -> None:
    """Do what users do, update, and check that nothing of it is lost."""
    mine = {
        "requirements/pip-requirements.txt": "pandas==2.3.3\nscikit-learn\n-r ../requirements.txt\n",
        "requirements/apt-requirements.txt": "git\ngraphviz\n",
        "requirements/requirements.lock": "pandas==2.3.3 \\\n    --hash=sha256:00\n",
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
    dockerfile = one / "requirements/Dockerfile"
    dockerfile.write_text(dockerfile.read_text().replace("\nFROM scratch", "\n# Mine.\n\nFROM scratch", 1))
    (one / "requirements/stop.sh").unlink()
    one.commit()

    assert one.update(to=to)

    assert {name: one.text(name) for name in mine} == mine
    assert not (one / "requirements/stop.sh").exists()
    assert "DOCKERPORT:-9000}" in one.text("requirements/settings.sh")
    assert "# Mine.\n" in one.text("requirements/Dockerfile")


@pytest.mark.parametrize(
    "answers",
    [{}, pytest.param({"layout": "requirements"}, marks=pytest.mark.full)],
    ids=["project", "requirements"],
)
def test_update_keeps_the_work_of_the_user(create: Create, repository: Path, answers: dict[str, str]) -> None:
    one = create("plain", **answers)
    check_update_keeps_work(one, "every-change")
    assert (
        json.loads(one.text(".cruft.json"))["commit"] == git(repository, "rev-parse", "every-change").strip()
    )


def test_update_from_the_last_release_keeps_the_work_of_the_user(create: Create) -> None:
    check_update_keeps_work(create("released"), None)


def check_update_generates(one: BakedProject, to: str | None, new: BakedProject) -> None:
    """Update a project without edits and check that it equals a new one."""
    one.update(to=to)
    assert one.conflicts() == set()
    updated, expected = files(one.folder), files(new.folder)
    assert {name for name in updated.keys() | expected.keys() if updated.get(name) != expected.get(name)} <= {
        ".cruft.json"
    }


def test_update_without_edits_gives_the_same_files_as_a_new_project(create: Create) -> None:
    check_update_generates(create("plain"), "every-change", create("every-change", "new"))


def test_update_from_the_last_release_gives_the_same_files_as_a_new_project(create: Create) -> None:
    check_update_generates(create("released"), None, create("main", "new"))


def test_state_follows_the_version_of_the_template(create: Create, repository: Path) -> None:
    git(repository, "checkout", "--quiet", "-b", "next-version", "plain")
    context = json.loads((repository / "cookiecutter.json").read_text())
    (repository / "cookiecutter.json").write_text(json.dumps({**context, "_version": "99.0"}, indent=2))
    append(repository / RENDERED / "requirements/settings.sh", "# changed\n")
    commit_all(repository)
    git(repository, "checkout", "--quiet", "main")

    one = create("plain")
    assert one.update(to="next-version")
    assert json.loads(one.text(".cruft.json"))["context"]["cookiecutter"]["_version"] == "99.0"


def test_last_release_is_the_newest_version_tag(tmp_path: Path) -> None:
    new_repository(tmp_path)
    commit_all(tmp_path)
    assert last_release(tmp_path) is None
    for tag in ["v1.9.0", "v1.10.0", "other"]:
        commit_all(tmp_path)
        git(tmp_path, "tag", tag)
    assert last_release(tmp_path) == "v1.10.0"
