"""A published image: pulled and used by other people."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from recipes.tools import documented
from support.projects import Project, Session
from support.servers import DIRECT, Server, free_port, token_of
from support.users import User
from support.waiting import until

pytestmark = [pytest.mark.docker, pytest.mark.full]


def test_another_engine_can_pull_the_image_and_run_it(published: str, engine: Any) -> None:
    engine.images.remove(published, force=True)
    engine.images.pull(published)
    output = engine.containers.run(published, ["bash", "-c", "id -un; id -u; id -g; pwd"], remove=True)
    assert output.decode().split() == ["jovyan", "1000", "100", "/home/jovyan"]


def test_the_packages_are_those_of_the_lock_file(published: str, engine: Any, team_project: Project) -> None:
    lines = engine.containers.run(published, ["pip", "freeze"], remove=True).decode().lower().splitlines()
    locked = [line.split(" ")[0] for line in team_project.lock.splitlines() if line.startswith("dask==")]
    assert locked and set(locked) <= set(lines)


def test_the_image_does_not_name_the_folder_where_it_was_built(
    published: str, engine: Any, team_project: Project
) -> None:
    repository, tag = published.rsplit(":", 1)
    host, path = repository.split("/", 1)
    with DIRECT.open(f"http://{host}/v2/{path}/tags/list", timeout=10) as response:
        assert tag in json.load(response)["tags"]
    assert str(team_project.folder) not in json.dumps(engine.images.get(published).attrs)


def test_removing_the_project_keeps_the_published_image(
    published: str, engine: Any, team_project: Project
) -> None:
    team_project.succeed("stop", "--remove")
    assert engine.images.get(published)
    assert [tag for image in team_project.images() for tag in image.tags] == []
    team_project.succeed("build")  # other tests use it


def test_one_file_starts_in_another_folder_for_another_user(
    team_project: Project, another_user: User, workspace: Path
) -> None:
    # Compresses in a third of the time.
    project = replace(team_project, env={**team_project.env, "GZIP": "-1"})
    for line in [
        documented("requirements/build.sh --frozen -- --tag my-project:v1"),
        documented("docker save --output ../my-project-image.tar my-project:v1"),
        documented("tar -C .. -czf ../my-project-v1.tar.gz my-project-image.tar my-project"),
    ]:
        project.typed(line)
    team_project.engine.images.remove("my-project:v1", force=True)
    received = Path(tempfile.mkdtemp(dir=workspace))
    shutil.move(team_project.folder.parent / "my-project-v1.tar.gz", received)
    os.chown(received, another_user.uid, another_user.gid)
    port = free_port()
    steps = [
        documented("tar -xzf my-project-v1.tar.gz"),
        documented("docker load --input my-project-image.tar"),
        documented("cd my-project"),
        documented(
            'docker run --rm --interactive --tty --user "$(id -u):$(id -g)" --env HOME=/tmp '
            '--publish 127.0.0.1:8888:8888 --mount type=bind,source="$PWD",target=/home/jovyan/work '
            "--workdir /home/jovyan/work my-project:v1",
            {"127.0.0.1:8888:": f"127.0.0.1:{port}:"},
        ),
    ]
    session = Session(another_user, ["bash", "-c", " && ".join(steps)], cwd=received)
    try:
        until(lambda: re.search(r"http://127\.0\.0\.1:8888/lab\?token=\w+\s", session.text), "the link", 120)
        link = re.findall(r"http://127\.0\.0\.1:8888/lab\?token=\w+", session.text)[0]
        server = Server(f"http://127.0.0.1:{port}/lab?token={token_of(link)}")
        assert "first.ipynb" in server.listing("notebooks")
        server.save("saved.ipynb")
        assert (received / "my-project/saved.ipynb").stat().st_uid == another_user.uid
    finally:
        session.interrupt()
        session.end()
        team_project.engine.images.remove("my-project:v1", force=True)
        (team_project.folder.parent / "my-project-image.tar").unlink()
