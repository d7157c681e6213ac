"""The commands of a project on a real engine, as the documents have them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docs.commands import COMMANDS
from support.projects import Project, make_project, sweep
from support.servers import free_port, http_status
from support.users import Result, User

pytestmark = pytest.mark.docker


def typed(project: Project, line: str) -> Result:
    """Run a line of the documents in the project; start.sh and run.sh return as soon as JupyterLab answers."""
    assert line in COMMANDS
    return project.typed(line.replace("start.sh", "start.sh -d").replace("run.sh", "run.sh -d"))


@pytest.fixture(scope="module")
def documented(workspace: Path, user: User, engine: Any) -> Iterator[Project]:
    """A new project with pytest in its list, built and started once for this module."""
    project = make_project(workspace, user, engine)
    project.add("pytest")
    project.start(DOCKERPORT=str(free_port()))
    yield project
    sweep(engine, project.folder.parent)


def test_start_prints_the_link(documented: Project) -> None:
    assert http_status(typed(documented, "requirements/start.sh").link) == 200


def test_stop_and_start(documented: Project) -> None:
    link = documented.start()
    typed(documented, "requirements/stop.sh")
    assert http_status(link) == 0
    assert documented.start() == link


def test_run_replaces_the_container(documented: Project) -> None:
    link = documented.start()
    before = documented.container.id
    assert typed(documented, "requirements/run.sh").link == link
    assert documented.container.id != before


def test_option_reaches_the_container(documented: Project) -> None:
    typed(documented, "requirements/run.sh -- --env OMP_NUM_THREADS=4")
    assert documented.exec("printenv", "OMP_NUM_THREADS") == "4"


def test_port_is_chosen(documented: Project) -> None:
    documented.stop()
    assert "127.0.0.1:9123/" in typed(documented, "DOCKERPORT=9123 requirements/start.sh").link


def test_exec_starts_a_shell(documented: Project) -> None:
    line = "requirements/exec.sh"
    assert line in COMMANDS
    result = documented.user.run(["bash", "-c", line], cwd=documented.folder, text="echo $SHLVL $PWD\n")
    assert (result.status, result.stdout.split()[1:]) == (0, ["/home/jovyan/work"])


def test_exec_runs_a_command(documented: Project) -> None:
    assert typed(documented, "requirements/exec.sh python --version").stdout.startswith("Python 3.13.")


def test_exec_runs_pytest(documented: Project) -> None:
    documented.write("mymodule.py", "def double(x):\n    return 2 * x\n")
    documented.write(
        "tests/test_mymodule.py", "import mymodule\n\ndef test():\n    assert mymodule.double(2) == 4\n"
    )
    assert "1 passed" in typed(documented, "requirements/exec.sh pytest").stdout


def test_exec_executes_the_first_notebook(documented: Project) -> None:
    typed(documented, "requirements/exec.sh jupyter execute notebooks/first.ipynb")


def test_exec_is_part_of_a_pipeline(documented: Project) -> None:
    documented.write("data.csv", "a\n\nb\n")
    documented.write("clean.py", "import sys\n\nprint(*filter(str.strip, sys.stdin), sep='', end='')\n")
    typed(documented, "cat data.csv | requirements/exec.sh python clean.py > clean.csv")
    assert (documented.folder / "clean.csv").read_text() == "a\nb\n"


def test_build_takes_options_of_docker(project: Project) -> None:
    typed(project, "requirements/build.sh -- --label team=data")
    assert project.image.labels["team"] == "data"


def test_lock_file_is_upgraded_and_then_frozen(project: Project) -> None:
    typed(project, "requirements/build.sh --upgrade")
    lock = project.lock
    typed(project, "requirements/build.sh --frozen")
    assert project.lock == lock


def test_cool_down_limits_an_upgrade(project: Project) -> None:
    # One small package instead of Jupyter, because other versions of Jupyter would be installed from scratch.
    project.write("requirements/image/jupyter-requirements.txt", "packaging\n")
    typed(project, 'UV_EXCLUDE_NEWER="7 days" requirements/build.sh --upgrade')
    recent = project.lock
    project.succeed("build", "--upgrade", env={"UV_EXCLUDE_NEWER": "2022-01-01"})
    assert "packaging==21.3 " in project.lock
    assert "packaging==21.3 " not in recent


def test_plain_build_works(project: Project) -> None:
    line = "docker build requirements"
    assert line in COMMANDS
    tagged = f"{line} --quiet --tag jupyter-docker-tests-plain"
    result = project.user.run(["bash", "-c", tagged], cwd=project.folder)
    try:
        assert result.status == 0, result.stderr
    finally:
        project.engine.images.remove("jupyter-docker-tests-plain", force=True)
