"""What is in the image: everything that a fast start needs, and nothing of the build."""

from __future__ import annotations

import pytest
from support.builds import in_image, locked_packages
from support.projects import Project

pytestmark = pytest.mark.docker

# Runs in the container: Python files without bytecode that could have some.
NOT_COMPILED = """
import importlib.util, sys, sysconfig
from pathlib import Path
for folder in {sysconfig.get_path("stdlib"), sysconfig.get_path("purelib")}:
    for path in Path(folder).rglob("*.py"):
        if path.is_relative_to(Path(sysconfig.get_path("purelib"), "pip")) or "tests" in path.parts:
            continue  # pip is part of the base image; nobody imports the packages' own tests
        if not Path(importlib.util.cache_from_source(str(path))).exists():
            try:
                compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
            except (SyntaxError, ValueError):
                continue  # for another Python version, or broken on purpose
            print(path)
"""

BUILD_FILES = [
    "*/bin/uv",
    "/opt/uv*",
    "/project*",
    "*/.cache/*",
    "/var/lib/apt/lists/*_*",
    "/var/cache/apt/*.deb",
    "/mnt/*",
    "/tmp/*",
    "*/requirements.lock",
    "*/jupyter.lock",
    "*requirements.txt",
]


@pytest.mark.parametrize("pattern", BUILD_FILES)
def test_no_file_of_the_build_is_left(running: Project, pattern: str) -> None:
    find = "find / -xdev ( -path /proc -o -path /usr/share/doc -o -path /home/jovyan/work ) -prune -o -path"
    assert running.exec(*find.split(), pattern, "-print", user="0") == ""


def test_every_python_file_has_its_bytecode(running: Project) -> None:
    assert running.exec("python", "-c", NOT_COMPILED, user="0") == ""


def test_the_server_does_not_import_the_slow_check_of_urls(running: Project) -> None:
    code = "import jupyterlab.labapp, sys; print('jsonschema' in sys.modules, 'lark' in sys.modules)"
    assert running.exec("python", "-c", code) == "True False"
    assert "rfc3987-syntax" not in locked_packages(running)


def test_a_container_leaves_little_in_tmp_and_home(flavor: Project) -> None:
    flavor.start()
    flavor.cells("import pandas, matplotlib.pyplot")
    sizes = flavor.exec("sudo", "du", "-xsk", "/tmp", "/home/jovyan", "/root").splitlines()
    assert len(sizes) == 3
    assert [line for line in sizes if int(line.split()[0]) > 1024] == []


def test_bash_and_python_know_the_home_folder(running: Project) -> None:
    assert in_image(running, "bash", "-c", "cd && pwd") == "/home/jovyan"
