"""What every flavour's running JupyterLab gives the person."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable

import pytest
from projects import Project, get, until

pytestmark = pytest.mark.docker

IMPORTS = """
import importlib, importlib.metadata as metadata, re, sys
modules = {}
for module, names in metadata.packages_distributions().items():
    for name in names: modules.setdefault(re.sub("[-_.]+", "-", name).lower(), []).append(module)
for name in sys.argv[1:]:
    public = [m for m in modules[name] if m.isidentifier() and not m.startswith("_")]
    print(name, *[importlib.import_module(m).__name__ for m in public])
"""


def listed(project: Project) -> list[str]:
    """The names in the lists of Python packages, normalised."""
    lines = "\n".join(
        path.read_text() for path in sorted(project.requirements.glob("*[pe]-requirements.txt"))
    )
    return [
        re.sub("[-_.]+", "-", match[0]).lower()
        for line in lines.splitlines()
        if (match := re.match(r"[A-Za-z0-9][\w.-]*", line))
    ]


def troubles(log: str) -> list[str]:
    """The lines of a log that report something wrong; Jupyter writes levels as `[W ...`."""
    return [
        line for line in log.splitlines() if re.search(r"^\[[WE] |ERROR|WARNING|CRITICAL|Traceback", line)
    ]


def test_link_answers_with_its_token_only(flavour: Project) -> None:
    link = flavour.start()
    assert "?token=" in link
    assert get(link) == 200
    bare = link.split("/lab")[0]
    assert get(f"{bare}/api/contents") == 403
    assert get(f"{bare}/api/contents?token=wrong") == 403


def test_published_on_this_machine_alone(flavour: Project) -> None:
    flavour.start()
    assert [(b["HostIp"], p) for p, bindings in flavour.container.ports.items() for b in bindings or ()] == [
        ("127.0.0.1", "8888/tcp")
    ]


def test_file_from_inside_is_the_persons(flavour: Project) -> None:
    flavour.cells("open('from-inside.txt', 'w').write('x')")
    stat = (flavour.folder / "from-inside.txt").stat()
    assert (stat.st_uid, stat.st_gid) == (flavour.person.uid, flavour.person.gid)


def test_file_of_the_host_is_writable_inside(flavour: Project) -> None:
    path = flavour.write("from-host.txt", "host\n")
    path.chmod(0o600)
    flavour.exec("sh", "-c", "echo inside >> from-host.txt")
    assert path.read_text() == "host\ninside\n"


def test_everything_made_belongs_to_the_person(flavour: Project) -> None:
    strangers = [
        path
        for path in [flavour.folder, *flavour.folder.rglob("*")]
        if (path.stat().st_uid, path.stat().st_gid) != (flavour.person.uid, flavour.person.gid)
    ]
    assert strangers == []


def test_user_inside_is_as_answered(flavour: Project) -> None:
    assert flavour.exec("whoami") == "jovyan"
    assert flavour.exec("id", "-u") == str(flavour.person.uid)
    assert flavour.exec("id", "-g") == str(flavour.person.gid)
    groups = {flavour.person.gid, *flavour.person.groups}
    if "quay.io/jupyter" in (flavour.requirements / "Dockerfile").read_text():
        groups.add(100)  # that base's group users, to whom its folder of packages belongs
    assert set(map(int, flavour.exec("id", "-G").split())) == groups
    assert flavour.exec("sh", "-c", "echo $HOME; cd; pwd") == "/home/jovyan\n/home/jovyan"


def test_sudo_needs_no_password(flavour: Project) -> None:
    assert flavour.exec("sudo", "-n", "id", "-u") == "0"


def test_kernel_executes_a_notebook(flavour: Project) -> None:
    cell = {"cell_type": "code", "id": "a", "execution_count": None, "metadata": {}, "outputs": []}
    notebook = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        "cells": [cell | {"source": "6 * 7"}],
    }
    path = flavour.write("executed.ipynb", json.dumps(notebook))
    flavour.exec("jupyter", "execute", "--inplace", "executed.ipynb")
    assert json.loads(path.read_text())["cells"][0]["outputs"][0]["data"]["text/plain"] == ["42"]


def test_kernel_starts_in_the_project(flavour: Project) -> None:
    assert flavour.cells("import os; os.getcwd()") == ["'/home/jovyan/work'"]


def test_every_listed_package_imports(flavour: Project) -> None:
    names = listed(flavour)
    assert {"jupyterlab", "pandas", "ipympl"} <= set(names)
    assert [line.split()[0] for line in flavour.exec("python", "-c", IMPORTS, *names).splitlines()] == names


def test_no_package_is_there_twice(flavour: Project) -> None:
    code = (
        "import importlib.metadata as m; print(*sorted(d.name.lower() for d in m.distributions()), sep='\\n')"
    )
    names = flavour.exec("python", "-c", code).splitlines()
    assert "jupyterlab" in names
    assert len(set(names)) == len(names)


def test_python_is_the_one_answered(flavour: Project) -> None:
    assert flavour.cells("import sys; print(*sys.version_info[:2], sep='.')") == ["3.13"]


def test_tini_is_pid_1(flavour: Project) -> None:
    assert flavour.exec("cat", "/proc/1/comm") == "tini"


def test_health_turns_healthy(flavour: Project) -> None:
    flavour.start()
    until(lambda: flavour.engine.api.inspect_container(flavour.container.id)["State"]["Health"]["Status"] == "healthy",
          "healthy")  # fmt: skip


def test_nothing_left_in_tmp_and_home(flavour: Project) -> None:
    flavour.cells("import pandas, matplotlib.pyplot")
    sizes = flavour.exec("sudo", "du", "-xsk", "/tmp", "/home/jovyan", "/root").splitlines()
    assert len(sizes) == 3
    assert [line for line in sizes if int(line.split()[0]) > 1024] == []


def test_no_trouble_in_the_log(flavour: Project) -> None:
    flavour.stop()
    before = len(flavour.log())  # other tests' refused tokens are in there, rightly as warnings
    flavour.start()
    flavour.cells("import pandas", "print('a cell')")
    flavour.stop()
    log = flavour.log()[before:]
    assert "Kernel shutdown" in log
    assert troubles(log) == []
    flavour.start()


@pytest.mark.parametrize("base_image", ["miniforge", "docker-stacks"])
def test_conda_package_is_kept_by_pip_as_it_is(new: Callable[..., Project], base_image: str) -> None:
    project = new(layout="requirements", base_image=base_image)
    project.write("requirements/conda-requirements.txt", "# An old one\ntabulate=0.9.0\n")
    project.add("tabulate")
    project.start()
    assert project.exec("python", "-c", "import tabulate; print(tabulate.__version__)") == "0.9.0"
    assert "tabulate==0.9.0 " in (project.requirements / "requirements.lock").read_text()
    [record] = project.exec(
        "bash", "-c", "ls -d /opt/conda/lib/python*/site-packages/tabulate-*/INSTALLER"
    ).split()
    assert project.exec("cat", record) != "uv"


def test_no_way_to_root_without_sudo(new: Callable[..., Project]) -> None:
    project = new(passwordless_sudo="no")
    assert get(project.start()) == 200
    assert project.cells("6 * 7") == ["42"]
    code, _ = project.container.exec_run(["sudo", "-n", "true"])
    assert code != 0
    status = dict(line.split(":", 1) for line in project.exec("cat", "/proc/1/status").splitlines())
    assert {name: int(status[name], 16) for name in ("CapEff", "CapPrm", "CapBnd")} == {
        "CapEff": 0,
        "CapPrm": 0,
        "CapBnd": 0,
    }
    assert status["NoNewPrivs"].strip() == "1"
    path = project.write("mine.txt", "")
    project.exec("sh", "-c", "echo x > mine.txt")
    assert path.read_text() == "x\n"
    assert os.stat(project.folder / ".jupyter").st_uid == project.person.uid


def test_healthy_behind_a_dead_proxy(project: Project) -> None:
    project.start()
    dead = "http://127.0.0.1:9"
    ran = project.script("run", "-d", env={"HTTP_PROXY": dead, "http_proxy": dead})
    assert ran.code == 0, ran.err
    assert project.exec("printenv", "HTTP_PROXY") == dead
    until(lambda: project.engine.api.inspect_container(project.container.id)["State"]["Health"]["Status"] == "healthy",
          "healthy")  # fmt: skip
