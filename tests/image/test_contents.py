"""What is in the image: everything that a fast start needs, and nothing of the build."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

import pytest
from support.builds import added_files, in_image, locked_packages
from support.containers import container_of
from support.engine_fixtures import on_flavors
from support.projects import RUN_CELLS, Project
from support.servers import http_status
from support.waiting import until

pytestmark = pytest.mark.docker

# Runs in the container: Python files that Python would compile again, or for the first time.
NOT_COMPILED = """
import importlib.util, sysconfig
from pathlib import Path

def is_compiled(path):
    cache = Path(importlib.util.cache_from_source(str(path)))
    if not cache.exists():
        return False
    flags, time, size = [int.from_bytes(cache.read_bytes()[i : i + 4], "little") for i in (4, 8, 12)]
    return (flags, time, size) == (0, int(path.stat().st_mtime), path.stat().st_size)

packages = Path(sysconfig.get_path("purelib"))
for path in {*Path(sysconfig.get_path("stdlib")).rglob("*.py"), *packages.rglob("*.py")}:
    if path.is_relative_to(packages / "pip") or "tests" in path.parts:
        continue  # pip is part of the base image; nobody imports the packages' own tests
    if not is_compiled(path):
        try:
            compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            continue  # for another Python version, or broken on purpose
        print(path)
"""

BUILD_FILES = [
    "*/bin/uv",
    "*/uv-[0-9]*.dist-info/*",
    "opt/scripts/*",
    "opt/conda/pkgs/*.conda",
    "locks/*",
    "project/*",
    "*/.cache/?*",
    "var/lib/apt/lists/*_*",
    "var/cache/apt/*.deb",
    "mnt/?*",
    "tmp/?*",
    "*-requirements.txt",
]


# The base image of docker-stacks has its own Python and its own Jupyter.
not_docker_stacks = on_flavors("python-slim", "miniforge")


def left_over(names: Iterable[str]) -> list[str]:
    """Those of the paths that belong to the build."""
    return [name for name in names if any(fnmatchcase(name, pattern) for pattern in BUILD_FILES)]


def test_the_image_contains_no_file_of_the_build(flavor: Project) -> None:
    command = ["/", "-xdev", "!", "-type", "d", "-printf", "%P\\n"]
    names = in_image(flavor, *command, entrypoint="find", user="0").splitlines()
    assert "usr/local/share/requirements.lock" in names
    assert left_over(names) == []


@pytest.mark.full
@on_flavors("python-slim")
def test_no_layer_contains_a_file_of_the_build(flavor: Project) -> None:
    """Not even one that a later layer deletes."""
    names = added_files(flavor)
    assert "usr/local/share/requirements.lock" in names
    assert left_over(names) == []


def test_the_lock_file_of_the_image_is_that_of_the_project(flavor: Project) -> None:
    lock = flavor.exec("cat", "/usr/local/share/requirements.lock")
    assert lock == flavor.lock.strip()


@not_docker_stacks
def test_every_python_file_has_valid_bytecode(flavor: Project) -> None:
    assert flavor.exec("python", "-c", NOT_COMPILED, user="0") == ""


def test_python_compiles_nothing_again(flavor: Project) -> None:
    command = "python -v -c 'import jupyterlab.labapp, matplotlib.pyplot, pandas' 2>&1 >/dev/null"
    messages = flavor.exec("bash", "-c", command).splitlines()
    assert len([line for line in messages if ".pyc matches " in line]) > 500
    assert [line for line in messages if re.match(r"# code object from '.*\.py'$", line)] == []


def test_an_edit_of_an_installed_file_takes_effect(flavor: Project) -> None:
    run = "python -c 'import pandas, json.tool; print(pandas.edited, json.tool.edited)'"
    edit = """for module in pandas json.tool; do
        file=$(python -c "import importlib.util as u; print(u.find_spec('$module').origin)")
        echo 'edited = 1' | sudo tee -a "$file" >/dev/null
    done"""
    assert in_image(flavor, "bash", "-c", f"set -e; {edit}; {run}") == "1 1"


@not_docker_stacks
def test_the_server_does_not_import_the_slow_check_of_urls(flavor: Project) -> None:
    code = "import jupyterlab.labapp, sys; print('jsonschema' in sys.modules, 'lark' in sys.modules)"
    assert flavor.exec("python", "-c", code) == "True False"
    assert "rfc3987-syntax" not in locked_packages(flavor)


def test_a_container_leaves_little_in_tmp_and_home(flavor: Project) -> None:
    cells = ["python", "-c", RUN_CELLS, json.dumps(["import pandas, matplotlib.pyplot"]), "all"]
    with container_of(flavor, 8888, []) as (address, container):
        until(lambda: http_status(f"{address}/api") == 200, "an answer")
        assert container.exec_run(cells).exit_code == 0
        status, output = container.exec_run(["sudo", "du", "-xsk", "/tmp", "/home/jovyan", "/root"])
    sizes = [int(line.split()[0]) for line in output.decode().splitlines()]
    assert status == 0 and len(sizes) == 3
    assert max(sizes) <= 1024, output.decode()
