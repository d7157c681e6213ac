"""The dev container: valid, and usable with the reference command-line tool as an ordinary user."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from recipes.tools import PAGE, RECIPES, SCHEMAS, documented
from support.engines import require_engine, rootless_engine
from support.projects import Project, make_project
from support.servers import notebook
from support.template import command
from support.users import Result, User

pytestmark = [pytest.mark.docker, pytest.mark.full]

#: What the page says to change for a rootless engine.
ROOTLESS = {
    '"remoteUser": "jovyan"': '"remoteUser": "root"',
    '"NB_USER": "jovyan"': '"NB_USER": "jovyan", "NB_UID": "0", "NB_GID": "0"',
}
CONFIGURATION = ".devcontainer/devcontainer.json"
Bake = Callable[..., Any]


class DevContainer:
    """The dev container of a project, used with `devcontainer`."""

    def __init__(self, project: Project, program: Path) -> None:
        self.project, self.program = project, program

    def call(self, name: str, *words: str) -> Result:
        """Run `devcontainer NAME` as the project's user."""
        folder = self.project.folder
        command = [str(self.program), name, "--workspace-folder", str(folder), *words]
        return self.project.user.run(command, self.project.env | {"TMPDIR": str(folder.parent)})

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


# `python` differs from `python-slim` only in its base image.
@pytest.fixture(scope="module", params=["python-slim", "miniforge", "docker-stacks"])
def dev_container(
    request: pytest.FixtureRequest, workspace: Path, user: User, engine: Any, npm_programs: Path
) -> Iterator[DevContainer]:
    """A running dev container for each flavor, the first one as in an existing project with its own requirements file."""
    # The security tests also build the other two flavors without sudo, so their layers are cached.
    sudo = "yes" if request.param == "miniforge" else "no"
    project = make_project(workspace, user, engine, base_image=request.param, passwordless_sudo=sudo)
    if request.param == "python-slim":
        project.write(CONFIGURATION, (RECIPES / "devcontainer.json").read_text())
        project.list_packages("-r ../requirements.txt")
        project.write("requirements.txt", "humanize\n")
    else:
        project.list_packages("humanize")
    project.write("notebooks/first.ipynb", json.dumps(notebook("print(6 * 7)")))
    project.write("src/own_module.py", "ANSWER = 42\n")
    container = DevContainer(project, npm_programs / "devcontainer")
    try:
        container.up()
        yield container
    finally:
        container.remove()


@pytest.mark.parametrize("sudo", ["yes", "no"])
def test_the_configuration_is_valid(bake: Bake, sudo: str, tmp_path: Path) -> None:
    path = bake(passwordless_sudo=sudo, project_name='Björn\'s "project"') / CONFIGURATION
    schema = SCHEMAS / "devcontainer.schema.json"
    result = command(tmp_path, "check-jsonschema", "--schemafile", str(schema), str(path))
    assert result.returncode == 0, result.stdout + result.stderr


def test_an_existing_project_gets_no_configuration(bake: Bake) -> None:
    assert not (bake(layout="requirements") / ".devcontainer").exists()


def test_the_configuration_for_existing_projects_is_the_generated_one(bake: Bake) -> None:
    generated = json.loads(bake().text(CONFIGURATION))
    # The lists of an existing project refer to its own files.
    generated["build"]["options"] = ["--build-context", "project=${localWorkspaceFolder}"]
    assert json.loads((RECIPES / "devcontainer.json").read_text()) == generated


def test_the_user_is_the_answer(bake: Bake) -> None:
    configuration = json.loads(bake(nb_user="ada").text(CONFIGURATION))
    assert configuration["remoteUser"] == configuration["build"]["args"]["NB_USER"] == "ada"
    assert configuration["workspaceFolder"] == "/home/ada/work"
    assert ",target=/home/ada/work," in configuration["workspaceMount"]


def test_without_sudo_every_capability_is_dropped(bake: Bake) -> None:
    options = {"--cap-drop=ALL", "--security-opt=no-new-privileges"}
    for sudo, expected in [("no", options), ("yes", set())]:
        configuration = json.loads(bake(passwordless_sudo=sudo).text(CONFIGURATION))
        assert options & set(configuration["runArgs"]) == expected


def test_commands_run_as_the_user_in_the_projects_folder(dev_container: DevContainer) -> None:
    user = dev_container.project.user
    output = dev_container.run("bash", "-c", "id -un; id -u; id -g; pwd")
    assert output.split() == ["jovyan", str(user.uid), str(user.gid), "/home/jovyan/work"]


def test_new_files_belong_to_the_user(dev_container: DevContainer) -> None:
    dev_container.run("touch", "new-file")
    status = (dev_container.project.folder / "new-file").stat()
    assert (status.st_uid, status.st_gid) == dev_container.project.user.ids


def test_packages_and_own_modules_import(dev_container: DevContainer) -> None:
    code = "import humanize, own_module; print(own_module.ANSWER)"
    assert dev_container.run("bash", "-c", f"cd notebooks && python -c '{code}'") == "42"


def test_the_documented_commands_start_the_container_and_run_a_notebook(dev_container: DevContainer) -> None:
    program, user = {"npx @devcontainers/cli": str(dev_container.program)}, dev_container.project.user
    for line in [
        documented("npx @devcontainers/cli up --workspace-folder .", program),
        documented(
            "npx @devcontainers/cli exec --workspace-folder . jupyter execute notebooks/first.ipynb", program
        ),
    ]:
        folder = dev_container.project.folder
        result = user.run(["bash", "-c", line], {"TMPDIR": str(folder.parent)}, cwd=folder)
        assert result.status == 0, result.stdout + result.stderr


def test_a_manually_installed_package_imports(dev_container: DevContainer) -> None:
    dev_container.run("pip", "install", "--quiet", "cowsay==6.0")
    assert dev_container.run("python", "-c", "import cowsay; print(cowsay.__version__)") == "6.0"


def test_the_container_is_not_reported_as_unhealthy(dev_container: DevContainer) -> None:
    label = f"devcontainer.local_folder={dev_container.project.folder}"
    (container,) = dev_container.project.engine.containers.list(filters={"label": label})
    assert "Health" not in container.attrs["State"]


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


@pytest.mark.parametrize("sudo", ["yes", "no"])
def test_the_documented_changes_make_files_writable_on_rootless_docker(
    sudo: str, folder: Path, npm_programs: Path
) -> None:
    require_engine("rootless Docker")
    (folder / "tools").mkdir(mode=0o755)
    engine = rootless_engine("rootless Docker", folder / "tools")
    project = make_project(folder, engine.user, engine, passwordless_sudo=sudo)
    project.env = engine.env
    text = (project.folder / CONFIGURATION).read_text()
    for old, new in ROOTLESS.items():
        assert f"`{new.removeprefix(f'{old}, ')}`" in PAGE.read_text()
        text = text.replace(old, new)
    project.write(CONFIGURATION, text)
    project.list_packages()
    container = DevContainer(project, npm_programs / "devcontainer")
    try:
        container.up()
        container.run("touch", "/home/jovyan/work/new-file", "/home/jovyan/new-file")
        assert (project.folder / "new-file").stat().st_uid == engine.user.uid
    finally:
        label = f"label=devcontainer.local_folder={project.folder}"
        for name in engine.run("ps", "--all", "--quiet", "--filter", label).split():
            image = engine.run("inspect", "--format", "{{.Image}}", name)
            engine.run("rm", "--force", name)
            engine.run("rmi", "--force", image)
