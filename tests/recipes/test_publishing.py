"""A published image: pulled and used by other people."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.projects import Project
from support.servers import DIRECT

pytestmark = pytest.mark.docker


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
