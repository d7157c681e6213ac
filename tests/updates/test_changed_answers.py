"""Changing one's mind: `cruft update --variables-to-update` brings the right files, and keeps the person's."""

from collections.abc import Callable

import pytest
from cookiecutter.exceptions import FailedHookException
from updates.repositories import Project, append, edit, files

MakeProject = Callable[..., Project]

PIP, CONDA = "requirements/pip-requirements.txt", "requirements/conda-requirements.txt"
DOCKERFILE, SETTINGS = "requirements/Dockerfile", "requirements/settings.sh"
TOP = [".gitignore", ".pre-commit-config.yaml", "README.md"]


def change(project: Project, **answers: str) -> dict[str, str]:
    """Update with new answers, without a conflict; return what Git says of each file, the README aside."""
    assert project.update(to="plain", answers=answers)
    assert project.conflicts() == set()
    return {name: state for name, state in project.status().items() if name != "README.md"}


def test_python_version_is_changed_in_one_file(project: MakeProject) -> None:
    one = project("plain", python_version="3.13")
    assert change(one, python_version="3.14") == {DOCKERFILE: "M"}
    assert "python:3.14-slim" in one.text(DOCKERFILE)


def test_user_and_ids_are_changed_in_settings(project: MakeProject) -> None:
    one = project("plain")
    assert change(one, nb_user="marie", nb_uid="1234", nb_gid="4321").get(SETTINGS) == "M"
    assert all(word in one.text(SETTINGS) for word in ("marie", "1234", "4321"))


@pytest.mark.parametrize(("old", "new"), [("yes", "no"), ("no", "yes")])
def test_sudo_comes_and_goes_in_the_image(project: MakeProject, old: str, new: str) -> None:
    one = project("plain", passwordless_sudo=old)
    assert change(one, passwordless_sudo=new).get(DOCKERFILE) == "M"
    assert ("NOPASSWD" in one.text(DOCKERFILE)) == (new == "yes")


def test_flavours_there_and_back_are_as_never_left(project: MakeProject) -> None:
    one = project("plain", base_image="python-slim")
    before = one.text(DOCKERFILE)
    append(one / PIP, "scikit-learn\n")
    one.commit()
    steps = [("miniforge", "A"), ("docker-stacks", None), ("python", "D"), ("python-slim", None)]
    for flavour, conda in steps:
        states = change(one, base_image=flavour)
        assert states.get(CONDA) == conda
        assert states.get(DOCKERFILE) == "M"
        assert PIP not in states
        one.commit()
    assert one.text(DOCKERFILE) == before


def test_edited_list_for_conda_stays_when_the_flavour_has_none(project: MakeProject) -> None:
    one = project("plain", base_image="miniforge")
    append(one / CONDA, "gdal\n")
    one.commit()
    assert one.update(to="plain", answers={"base_image": "python-slim"})
    assert "gdal\n" in one.text(CONDA)
    assert "python:3.13-slim" in one.text(DOCKERFILE)


def test_deleted_list_for_conda_stays_deleted(project: MakeProject) -> None:
    one = project("plain", base_image="miniforge")
    (one / CONDA).unlink()
    one.commit()
    assert CONDA not in change(one, base_image="docker-stacks")


def test_edits_far_from_the_answer_stay(project: MakeProject) -> None:
    one = project("plain")
    edit(one / DOCKERFILE, "EXPOSE 8888\n", "EXPOSE 8888 9999\n")
    edit(one / SETTINGS, "DOCKERPORT:-}", "DOCKERPORT:-9000}")
    one.commit()
    change(one, python_version="3.14", nb_user="marie")
    assert "EXPOSE 8888 9999\n" in one.text(DOCKERFILE)
    assert "python:3.14-slim" in one.text(DOCKERFILE)
    assert "DOCKERPORT:-9000}" in one.text(SETTINGS)
    assert "marie" in one.text(SETTINGS)


def test_to_layout_requirements_takes_only_what_is_untouched(project: MakeProject) -> None:
    one = project("plain", layout="project")
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


def test_a_first_list_of_packages_that_nobody_edited_follows_the_layout(project: MakeProject) -> None:
    # The one change of a file of the person's; git shows it, and one edit is enough to be asked (above).
    one = project("plain", layout="project")
    assert change(one, layout="requirements")[PIP] == "M"
    assert "pandas" not in one.text(PIP)


def test_to_layout_project_brings_its_files(project: MakeProject) -> None:
    one = project("plain", layout="requirements")
    states = change(one, layout="project")
    assert all((one / name).exists() for name in TOP)
    assert any(name.startswith("notebooks/") for name in states)


def test_to_layout_project_keeps_files_of_the_same_name(project: MakeProject) -> None:
    one = project("plain", layout="requirements")
    for name in TOP:
        append(one / name, "# Mine\n")
    append(one / PIP, "-r ../requirements.txt\nscikit-learn\n")
    one.commit()
    assert one.update(to="plain", answers={"layout": "project"})
    assert all("# Mine\n" in one.text(name) for name in TOP)
    assert {*TOP, PIP} <= one.conflicts()
    assert "\n-r ../requirements.txt\nscikit-learn\n" in one.text(PIP)


def test_refused_answer_leaves_the_project_as_it_was(
    project: MakeProject, capfd: pytest.CaptureFixture[str]
) -> None:
    one = project("main", python_version="3.12")
    before = files(one.folder)
    with pytest.raises(FailedHookException):
        one.update(answers={"base_image": "docker-stacks"})
    assert files(one.folder) == before
    assert 'python_version is "3.12": docker-stacks has 3.13.' in capfd.readouterr().err
