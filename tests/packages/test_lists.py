"""What the lists in requirements/ may contain."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.builds import build, in_image, installed, make_wheel
from support.projects import Project

pytestmark = pytest.mark.docker


@pytest.mark.parametrize(
    "lines",
    [["--find-links wheels/", "jd-own-thing"], ["./wheels/jd_own_thing-1.0-py3-none-any.whl"]],
    ids=["find-links", "path"],
)
def test_a_local_wheel_is_installed(project: Project, lines: list[str]) -> None:
    make_wheel(project.requirements / "wheels", "jd_own_thing")
    project.list_packages(*lines)
    build(project)
    assert in_image(project, "python", "-c", "import jd_own_thing; print(jd_own_thing.answer)") == "42"
    build(project, "--frozen")


def test_an_extra_is_installed(project: Project) -> None:
    project.list_packages("requests[socks]")
    build(project)
    assert "pysocks" in installed(project)


def test_a_package_with_a_script_is_installed(project: Project) -> None:
    project.list_packages("xlsxwriter")  # its wheel has a .py file among the scripts
    build(project)
    assert in_image(project, "bash", "-c", "command -v vba_extract.py") == "/usr/local/bin/vba_extract.py"


def test_an_environment_marker_selects_packages(project: Project) -> None:
    project.list_packages('cowsay; python_version < "3"', 'tabulate; python_version > "3"')
    build(project)
    assert {"cowsay", "tabulate"} & set(installed(project)) == {"tabulate"}


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "dev-requirements.txt"])
def test_a_requirements_file_of_the_project_is_read(project: Project, name: str) -> None:
    project.write(name, "cowsay==6.0\n")
    project.list_packages(f"-r ../{name}")
    build(project)
    assert installed(project)["cowsay"] == "6.0"


def test_a_change_of_that_file_is_built(project: Project) -> None:
    project.write("requirements.txt", "cowsay==6.0\n")
    project.list_packages("-r ../requirements.txt")
    project.start()
    project.write("requirements.txt", "cowsay==6.1\n")
    project.start()
    assert project.exec("python", "-c", "import importlib.metadata as m; print(m.version('cowsay'))") == "6.1"


def test_a_debian_package_is_installed(project: Project) -> None:
    project.write("requirements/apt-requirements.txt", "# a comment\ntree  # another one\n")
    build(project)
    assert in_image(project, "tree", "--version").startswith("tree")


def test_lists_with_windows_line_endings_are_read(project: Project) -> None:
    project.add("six")
    project.write("requirements/apt-requirements.txt", "tree\n")
    for name in ["pip-requirements.txt", "apt-requirements.txt", "image/jupyter-requirements.txt"]:
        path = project.requirements / name
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    build(project)
    in_image(project, "bash", "-c", "python -c 'import six, jupyterlab' && tree --version")


@pytest.mark.parametrize("base_image", ["miniforge", "docker-stacks"])
def test_pip_keeps_a_conda_package(new_project: Callable[..., Project], base_image: str) -> None:
    project = new_project(base_image=base_image)
    project.write("requirements/conda-requirements.txt", "# An old version\ntabulate=0.9.0\n")
    project.add("tabulate")
    build(project)
    assert installed(project)["tabulate"] == "0.9.0"
    assert "tabulate==0.9.0 " in project.lock
    installers = "cat /opt/conda/lib/python*/site-packages/tabulate-*/INSTALLER"
    assert in_image(project, "bash", "-c", installers) != "uv"
