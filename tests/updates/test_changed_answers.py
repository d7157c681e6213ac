"""Changed answers: `cruft update --variables-to-update` changes the right files and keeps the user's work."""

import pytest
from cookiecutter.exceptions import FailedHookException
from support.baked import BakedProject
from support.repositories import append, edit, files
from updates.conftest import Create

PIP, CONDA = "requirements/pip-requirements.txt", "requirements/conda-requirements.txt"
DOCKERFILE, SETTINGS = "requirements/Dockerfile", "requirements/settings.sh"
CREATE_USER, OPTIONS = "requirements/image/scripts/create-user.sh", "requirements/lib/options.sh"
TOP = [".devcontainer/devcontainer.json", ".gitignore", ".pre-commit-config.yaml", "AGENTS.md", "README.md"]


def change(project: BakedProject, **answers: str) -> dict[str, str]:
    """Update with new answers, without a conflict, and return Git's letter for each changed file except the README."""
    assert project.update(to="plain", answers=answers)
    assert project.conflicts() == set()
    return {name: state for name, state in project.status().items() if name != "README.md"}


def test_new_python_version_changes_one_file(create: Create) -> None:
    one = create("plain", python_version="3.13")
    assert change(one, python_version="3.14") == {DOCKERFILE: "M"}
    assert "python:3.14-slim" in one.text(DOCKERFILE)


def test_new_user_and_ids_change_the_settings(create: Create) -> None:
    one = create("plain")
    assert change(one, nb_user="marie", nb_uid="1234", nb_gid="4321").get(SETTINGS) == "M"
    assert all(word in one.text(SETTINGS) for word in ("marie", "1234", "4321"))


@pytest.mark.parametrize(("old", "new"), [("yes", "no"), ("no", "yes")])
def test_passwordless_sudo_can_be_changed(create: Create, old: str, new: str) -> None:
    one = create("plain", passwordless_sudo=old)
    states = change(one, passwordless_sudo=new)
    assert {CREATE_USER, DOCKERFILE, OPTIONS} <= states.keys()
    assert ("NOPASSWD" in one.text(CREATE_USER)) == (new == "yes")
    assert ("--cap-drop" in one.text(OPTIONS)) == (new == "no")


def test_flavors_there_and_back_give_the_same_project(create: Create) -> None:
    one = create("plain", base_image="python-slim")
    append(one / PIP, "scikit-learn\n")
    one.commit()
    before = files(one.folder)
    steps = [("miniforge", "A"), ("docker-stacks", None), ("python", "D"), ("python-slim", None)]
    for flavor, conda in steps:
        states = change(one, base_image=flavor)
        assert states.get(CONDA) == conda
        assert states.get(DOCKERFILE) == "M"
        assert PIP not in states
        one.commit()
    assert files(one.folder) == before


def test_edited_conda_list_stays_if_the_new_flavor_has_none(create: Create) -> None:
    one = create("plain", base_image="miniforge")
    append(one / CONDA, "gdal\n")
    one.commit()
    assert one.update(to="plain", answers={"base_image": "python-slim"})
    assert "gdal\n" in one.text(CONDA)
    assert "python:3.13-slim" in one.text(DOCKERFILE)


def test_deleted_conda_list_stays_deleted(create: Create) -> None:
    one = create("plain", base_image="miniforge")
    (one / CONDA).unlink()
    one.commit()
    assert CONDA not in change(one, base_image="docker-stacks")


def test_edits_of_other_lines_stay(create: Create) -> None:
    one = create("plain")
    edit(one / DOCKERFILE, "EXPOSE 8888\n", "EXPOSE 8888 9999\n")
    edit(one / SETTINGS, "DOCKERPORT:-}", "DOCKERPORT:-9000}")
    one.commit()
    change(one, python_version="3.14", nb_user="marie")
    assert "EXPOSE 8888 9999\n" in one.text(DOCKERFILE)
    assert "python:3.14-slim" in one.text(DOCKERFILE)
    assert "DOCKERPORT:-9000}" in one.text(SETTINGS)
    assert "marie" in one.text(SETTINGS)


def test_layout_requirements_removes_only_files_without_edits(create: Create) -> None:
    one = create("plain", layout="project")
    append(one / "notebooks/mine.ipynb", "{}\n")
    append(one / ".gitignore", "data/\n")
    append(one / "README.md", "Mine.\n")
    append(one / PIP, "scikit-learn\n")
    one.commit()
    mine = {name: one.text(name) for name in ("notebooks/mine.ipynb", ".gitignore", "README.md")}
    assert one.update(to="plain", answers={"layout": "requirements"})
    assert {name: one.text(name) for name in mine} == mine
    assert not (one / ".pre-commit-config.yaml").exists()
    assert list((one / "notebooks").iterdir()) == [one / "notebooks/mine.ipynb"]
    assert PIP in one.conflicts()
    assert all(f"{name}\n" in one.text(PIP) for name in ("pandas", "ipympl", "scikit-learn"))


def test_package_list_without_edits_follows_the_layout(create: Create) -> None:
    # The only change of a user's file. After an edit it is a conflict, see above.
    one = create("plain", layout="project")
    assert change(one, layout="requirements")[PIP] == "M"
    assert "pandas" not in one.text(PIP)


def test_layout_project_adds_its_files(create: Create) -> None:
    one = create("plain", layout="requirements")
    states = change(one, layout="project")
    assert all((one / name).exists() for name in TOP)
    assert any(name.startswith("notebooks/") for name in states)


def test_layout_project_keeps_files_of_the_same_name(create: Create) -> None:
    one = create("plain", layout="requirements")
    for name in TOP:
        append(one / name, "# Mine\n")
    append(one / PIP, "-r ../requirements.txt\nscikit-learn\n")
    one.commit()
    assert one.update(to="plain", answers={"layout": "project"})
    assert all("# Mine\n" in one.text(name) for name in TOP)
    assert {*TOP, PIP} <= one.conflicts()
    assert "\n-r ../requirements.txt\nscikit-learn\n" in one.text(PIP)


def test_refused_answer_leaves_the_project_unchanged(
    create: Create, capfd: pytest.CaptureFixture[str]
) -> None:
    one = create("main", python_version="3.12")
    before = files(one.folder)
    with pytest.raises(FailedHookException):
        one.update(answers={"base_image": "docker-stacks"})
    assert files(one.folder) == before
    assert 'python_version is "3.12": docker-stacks supports only Python 3.13\n' in capfd.readouterr().err
