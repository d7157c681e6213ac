"""What the lists in requirements/ may contain."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from support.builds import build, in_image, installed, make_wheel
from support.engine_fixtures import NewProject
from support.projects import Project

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def listed(shared: Project) -> Project:
    """A project with one of everything in its lists."""
    shared.replace_jupyter()
    make_wheel(shared.requirements / "wheels", "jd_own_thing")
    shared.list_packages(
        "--find-links wheels/",
        "jd-own-thing",
        "requests[socks]",
        "xlsxwriter",  # its wheel has a .py file among the scripts
        'cowsay; python_version < "3"',
        'tabulate; python_version > "3"',
    )
    shared.write("requirements/apt-requirements.txt", "# a comment\ntree  # another one\n")
    build(shared)
    return shared


def test_a_local_wheel_is_found(listed: Project) -> None:
    assert in_image(listed, "python", "-c", "import jd_own_thing; print(jd_own_thing.answer)") == "42"
    build(listed, "--frozen")


def test_an_extra_is_installed(listed: Project) -> None:
    assert "pysocks" in installed(listed)


def test_a_package_with_a_script_is_installed(listed: Project) -> None:
    assert in_image(listed, "bash", "-c", "command -v vba_extract.py") == "/usr/local/bin/vba_extract.py"


def test_an_environment_marker_selects_packages(listed: Project) -> None:
    assert {"cowsay", "tabulate"} & set(installed(listed)) == {"tabulate"}


def test_a_debian_package_is_installed(listed: Project) -> None:
    assert in_image(listed, "tree", "--version").startswith("tree")


@pytest.mark.full
def test_the_last_line_of_a_list_may_lack_a_newline(project: Project) -> None:
    project.write("requirements.txt", "cowsay==6.0")
    project.write("requirements/pip-requirements.txt", "-r ../requirements.txt")
    build(project)
    assert installed(project)["cowsay"] == "6.0"


@pytest.mark.full
def test_a_local_wheel_is_installed_by_its_path(project: Project) -> None:
    make_wheel(project.requirements / "wheels", "jd_own_thing")
    project.list_packages("./wheels/jd_own_thing-1.0-py3-none-any.whl")
    build(project)
    assert in_image(project, "python", "-c", "import jd_own_thing; print(jd_own_thing.answer)") == "42"
    build(project, "--frozen")


@pytest.mark.full
def test_lists_with_windows_line_endings_are_read(project: Project) -> None:
    project.replace_jupyter()
    project.add("six")
    project.write("requirements/apt-requirements.txt", "tree\n")
    for name in ["pip-requirements.txt", "apt-requirements.txt", "image/scripts/jupyter-requirements.txt"]:
        path = project.requirements / name
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    build(project)
    in_image(project, "bash", "-c", "python -c 'import six, packaging' && tree --version")


@pytest.mark.full
@pytest.mark.parametrize("base_image", ["miniforge", "docker-stacks"])
def test_pip_keeps_a_conda_package(new_project: Callable[..., Project], base_image: str) -> None:
    project = new_project(base_image=base_image)
    project.replace_jupyter()
    project.write("requirements/conda-requirements.txt", "# An old version\ntabulate=0.9.0\n")
    project.add("tabulate")
    build(project)
    assert installed(project)["tabulate"] == "0.9.0"
    assert "tabulate==0.9.0 " in project.lock
    installers = "cat /opt/conda/lib/python*/site-packages/tabulate-*/INSTALLER"
    assert in_image(project, "bash", "-c", installers) != "uv"


def test_a_list_of_the_same_size_and_time_is_not_mistaken_for_another(new_project: NewProject) -> None:
    for number, version in enumerate(["6.0", "6.1"]):
        project = new_project(f"parent-{number}")
        project.list_packages(f"cowsay=={version}")
        os.utime(project.requirements / "pip-requirements.txt", (1_700_000_000, 1_700_000_000))
        build(project)
        assert installed(project)["cowsay"] == version
