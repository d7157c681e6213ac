"""The dev container: valid, and usable with the reference command-line tool as an ordinary user."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from recipes.tools import RECIPES, documented
from support.projects import Project, make_project
from support.servers import notebook
from support.template import FLAVORS, command
from support.users import Result, User

CONFIGURATION = ".devcontainer/devcontainer.json"


class DevContainer:
    """The dev container of a project, used with `devcontainer`."""

    def __init__(self, project: Project, program: Path) -> None:
        self.project, self.program = project, program

    def call(self, name: str, *words: str) -> Result:
        """Run `devcontainer NAME` as the project's user."""
        folder = self.project.folder
        command = [str(self.program), name, "--workspace-folder", str(folder), *words]
        return self.project.user.run(command, {"TMPDIR": str(folder.parent)})

    def up(self) -> dict[str, str]:
        """Build and start it; returns the tool's answer."""
        result = self.call("up")
        assert result.status == 0, result.stdout + result.stderr
        return json.loads(result.stdout)

    def run(self, *words: str) -> str:
        """Run a command in it; returns the output, stripped."""
        result = self.call("exec", *words)
        assert result.status == 0, result.stdout + result.stderr
        return result.stdout.strip()

    def remove(self) -> None:
        """Remove its container and its images."""
        engine, label = self.project.engine, f"devcontainer.local_folder={self.project.folder}"
        tags = set()
        for container in engine.containers.list(all=True, filters={"label": label}):
            tags |= {container.image.tags[0], container.image.tags[0].replace("-uid:", ":")}
            container.remove(force=True, v=True)
        for tag in tags:
            engine.images.remove(tag, force=True)


@pytest.fixture(scope="module", params=FLAVORS)
def dev_container(
    request: pytest.FixtureRequest, workspace: Path, user: User, engine: Any, npm_programs: Path
) -> Iterator[DevContainer]:
    """A running dev container for each flavor; its list names the project's own requirements file."""
    project = make_project(workspace, user, engine, base_image=request.param, passwordless_sudo="no")
    project.list_packages("-r ../requirements.txt")
    project.write("requirements.txt", "humanize\n")
    project.write("notebooks/first.ipynb", json.dumps(notebook("print(6 * 7)")))
    project.write("src/own_module.py", "ANSWER = 42\n")
    container = DevContainer(project, npm_programs / "devcontainer")
    try:
        container.up()
        yield container
    finally:
        container.remove()


def validate(path: Path, folder: Path) -> None:
    """Validate a configuration against the published schema."""
    if "SCHEMAS" not in os.environ:
        pytest.skip("SCHEMAS is not set")
    schema = Path(os.environ["SCHEMAS"], "devcontainer.schema.json")
    result = command(folder, "check-jsonschema", "--schemafile", str(schema), str(path))
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("sudo", ["yes", "no"])
def test_the_configuration_is_valid(bake: Callable[..., Path], sudo: str) -> None:
    folder = bake(hooks=False, passwordless_sudo=sudo, project_name='Björn\'s "project"')
    validate(folder / CONFIGURATION, folder)


def test_an_existing_project_gets_no_configuration(bake: Callable[..., Path]) -> None:
    assert not (bake(layout="requirements") / ".devcontainer").exists()


def test_the_configuration_for_existing_projects_is_the_generated_one(bake: Callable[..., Path]) -> None:
    generated = json.loads((bake(hooks=False) / CONFIGURATION).read_text())
    assert json.loads((RECIPES / "devcontainer.json").read_text()) == generated


def test_the_user_is_the_answer(bake: Callable[..., Path]) -> None:
    configuration = json.loads((bake(hooks=False, nb_user="ada") / CONFIGURATION).read_text())
    assert configuration["remoteUser"] == configuration["build"]["args"]["NB_USER"] == "ada"
    assert configuration["workspaceFolder"] == "/home/ada/work"
    assert ",target=/home/ada/work," in configuration["workspaceMount"]


def test_without_sudo_every_capability_is_dropped(bake: Callable[..., Path]) -> None:
    options = {"--cap-drop=ALL", "--security-opt=no-new-privileges"}
    for sudo, expected in [("no", options), ("yes", set())]:
        folder = bake(hooks=False, passwordless_sudo=sudo)
        assert options & set(json.loads((folder / CONFIGURATION).read_text())["runArgs"]) == expected


@pytest.mark.docker
def test_commands_run_as_the_user_in_the_projects_folder(dev_container: DevContainer) -> None:
    user = dev_container.project.user
    output = dev_container.run("bash", "-c", "id -un; id -u; id -g; pwd")
    assert output.split() == ["jovyan", str(user.uid), str(user.gid), "/home/jovyan/work"]


@pytest.mark.docker
def test_new_files_belong_to_the_user(dev_container: DevContainer) -> None:
    dev_container.run("touch", "new-file")
    status = (dev_container.project.folder / "new-file").stat()
    assert (status.st_uid, status.st_gid) == dev_container.project.user.ids


@pytest.mark.docker
def test_packages_and_own_modules_import(dev_container: DevContainer) -> None:
    code = "import humanize, own_module; print(own_module.ANSWER)"
    assert dev_container.run("bash", "-c", f"cd notebooks && python -c '{code}'") == "42"


@pytest.mark.docker
def test_the_documented_commands_start_the_container_and_run_a_notebook(dev_container: DevContainer) -> None:
    program, user = {"npx @devcontainers/cli": str(dev_container.program)}, dev_container.project.user
    for line in [
        "npx @devcontainers/cli up --workspace-folder .",
        "npx @devcontainers/cli exec --workspace-folder . jupyter execute notebooks/first.ipynb",
    ]:
        folder = dev_container.project.folder
        environment = {"TMPDIR": str(folder.parent)}
        result = user.run(["bash", "-c", documented(line, program)], environment, cwd=folder)
        assert result.status == 0, result.stdout + result.stderr


@pytest.mark.docker
def test_the_container_is_not_reported_as_unhealthy(dev_container: DevContainer) -> None:
    label = f"devcontainer.local_folder={dev_container.project.folder}"
    (container,) = dev_container.project.engine.containers.list(filters={"label": label})
    assert "Health" not in container.attrs["State"]


@pytest.mark.docker
def test_an_existing_project_starts_with_the_copied_configuration(
    workspace: Path, user: User, engine: Any, npm_programs: Path
) -> None:
    project = make_project(workspace, user, engine, layout="requirements")
    project.write(CONFIGURATION, (RECIPES / "devcontainer.json").read_text())
    container = DevContainer(project, npm_programs / "devcontainer")
    try:
        container.up()
        assert container.run("python", "-c", "import jupyterlab; print('imported')") == "imported"
    finally:
        container.remove()
