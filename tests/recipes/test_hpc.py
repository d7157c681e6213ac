"""A cluster without Docker: the image runs with Charliecloud, as an ordinary user."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from recipes.tools import documented
from support.projects import Project, Session
from support.registry import require
from support.servers import Server, free_port, http_status, notebook
from support.users import Result, User
from support.waiting import until

pytestmark = [pytest.mark.docker, pytest.mark.full]

JOB = [
    documented("state=$(mktemp -d)"),
    documented(
        'run() { ch-run --bind "$PWD:/home/jovyan/work" --cd /home/jovyan/work --set-env --set-env=HOME="$state" '
        '--set-env=JUPYTER_RUNTIME_DIR="$state" ../my-project-v1 -- "$@"; }'
    ),
]


@dataclass(frozen=True)
class Cluster:
    """A folder with the image and the project, of a user who may not use Docker."""

    user: User
    project: Path

    def command(self, *lines: str) -> list[str]:
        """The command that runs lines in a job."""
        return ["bash", "-c", " && ".join([f"export USER={self.user.name}", *JOB, *lines])]

    def run(self, *lines: str) -> Result:
        """Run lines in a job; AssertionError if one fails."""
        result = self.user.run(self.command(*lines), cwd=self.project)
        assert result.status == 0, result.stdout + result.stderr
        return result


@pytest.fixture(scope="module")
def cluster(team_project: Project, another_user: User, workspace: Path) -> Iterator[Cluster]:
    """The team's project and its image, as copied to a cluster."""
    require("ch-run")
    folder = Path(tempfile.mkdtemp(dir=workspace))
    build = documented("requirements/build.sh --frozen -- --tag my-project:v1")
    convert = documented("ch-convert -i docker -o tar my-project:v1 ../my-project-v1-image.tar.gz")
    try:
        team_project.typed(f"{build} && export USER={team_project.user.name} && {convert}")
    finally:
        team_project.engine.images.remove("my-project:v1", force=True)
    shutil.move(team_project.folder.parent / "my-project-v1-image.tar.gz", folder)
    project = shutil.copytree(team_project.folder, folder / "my-project")
    (project / "own.py").write_text("ANSWER = 42\n")
    (project / "notebooks/first.ipynb").write_text(json.dumps(notebook("import own, dask", "own.ANSWER")))
    for path in [folder, *folder.rglob("*")]:
        shutil.chown(path, another_user.uid, another_user.gid)
    user = User(
        another_user.name, another_user.uid, another_user.gid, another_user.home
    )  # without the group of Docker
    cluster = Cluster(user, project)
    unpack = documented("ch-convert -o dir my-project-v1-image.tar.gz my-project-v1")
    result = user.run(["bash", "-c", f"export USER={user.name} && {unpack}"], cwd=folder)
    assert result.status == 0, result.stdout + result.stderr
    yield cluster
    shutil.rmtree(folder)


def test_a_notebook_runs_in_a_job(cluster: Cluster) -> None:
    result = cluster.run(documented("run jupyter execute notebooks/first.ipynb"))
    assert "Executing notebook with kernel: python3" in result.stderr


def test_lab_listens_on_loopback_and_saves_files_of_the_user(cluster: Cluster) -> None:
    port = free_port()
    line = documented(
        "run jupyter lab --ServerApp.ip=127.0.0.1 --ServerApp.port=8899 --ServerApp.port_retries=50",
        {"8899": str(port)},
    )
    session = Session(cluster.user, cluster.command(line), cwd=cluster.project)
    try:
        link = until(
            lambda: re.search(r"http://127\.0\.0\.1:\d+/lab\?token=\w+\s", session.text), "the link", 60
        )
        # Jupyter prints the link before it listens.
        until(lambda: http_status(link[0].strip()) == 200, "JupyterLab answers")
        Server(link[0].strip()).save("saved.ipynb")
        assert (cluster.project / "saved.ipynb").stat().st_uid == cluster.user.uid
        assert f"http://127.0.0.1:{port}/lab" in link[0]
    finally:
        session.interrupt()
        session.end()
