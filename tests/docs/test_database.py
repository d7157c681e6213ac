"""The recipe for a database next to JupyterLab: both containers, and a notebook that reads from it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import docker
import pytest
from docs.commands import typed
from support.documents import block
from support.projects import Project, make_project, sweep
from support.users import User, with_new_home
from support.waiting import until

pytestmark = [pytest.mark.docker, pytest.mark.full]

IMAGE = "postgres:17"


@pytest.fixture(scope="module")
def postgres_image(engine: Any) -> Iterator[None]:
    """The image of the recipe, or a stand-in with its name; removed again if it was not there before."""
    try:
        engine.images.get(IMAGE)
    except docker.errors.ImageNotFound:
        try:
            engine.images.pull(IMAGE)
        except docker.errors.APIError:
            engine.images.build(path=str(Path(__file__).with_name("postgres")), tag=IMAGE, rm=True)
        yield
        engine.images.remove(IMAGE, force=True)
    else:
        yield


@pytest.fixture(scope="module")
def database(
    postgres_image: None, workspace: Path, user: User, engine: Any
) -> Iterator[tuple[Project, dict[str, str]]]:
    """A project as the recipe has it while the database runs, and names that no other test uses, by those of the recipe."""
    project = make_project(workspace, with_new_home(user, workspace), engine, layout="requirements")
    folder = project.folder.parent.name.lower().replace("_", "-")
    names = {"network my-project": f"network {folder}", "my-project-postgres": f"{folder}-postgres"}
    create = {"network create my-project": f"network create {folder}"} | names
    project.add("psycopg[binary]")
    local = block("docs/recipes.md", "sh", "/run/secrets/postgres")
    for old, new in names.items():
        local = local.replace(old, new)
    project.write("requirements/local.sh", local)
    with ExitStack() as stack:
        typed(
            project,
            "(umask 077 && mkdir -p ~/.config && head -c 24 /dev/urandom | base64 >~/.config/my-project-postgres)",
            **names,
        )
        typed(project, "docker network create my-project", **create)
        stack.callback(engine.networks.get(folder).remove)
        stack.callback(sweep, engine, project.folder.parent)
        typed(
            project,
            "docker run --detach --name my-project-postgres --network my-project --restart unless-stopped "
            "--volume my-project-postgres:/var/lib/postgresql/data "
            '--mount "type=bind,source=$HOME/.config/my-project-postgres,target=/run/secrets/postgres,readonly" '
            "--env POSTGRES_PASSWORD_FILE=/run/secrets/postgres postgres:17",
            **names,
        )
        stack.callback(typed, project, "docker volume rm my-project-postgres", **names)
        stack.callback(typed, project, "docker rm --force my-project-postgres", **names)
        yield project, names


def test_a_notebook_reads_from_the_database(database: tuple[Project, dict[str, str]]) -> None:
    project, names = database
    project.start()
    name = names["my-project-postgres"]
    code = block("docs/recipes.md", "python", "psycopg").replace("my-project-postgres", name)
    *connect, select = code.strip().splitlines()
    until(
        lambda: project.cells("\n".join([*connect, f"print({select})"])) == ["(42,)"], "the database is ready"
    )


def test_the_password_is_in_no_container_setting(database: tuple[Project, dict[str, str]]) -> None:
    project, names = database
    password = (project.user.home / ".config" / names["my-project-postgres"]).read_text().strip()
    project.start()
    for container in [project.container, project.engine.containers.get(names["my-project-postgres"])]:
        assert password not in str(container.attrs)
