"""The recipes in docs/, with their commands and with the text of their code blocks."""

from __future__ import annotations

import os
import shutil
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docs.commands import COMMANDS
from support.documents import block
from support.projects import Project, make_project, sweep
from support.servers import DIRECT, free_port, http_status, token_of
from support.users import Result, User, with_new_home
from support.waiting import until

pytestmark = pytest.mark.docker


def typed(project: Project, line: str) -> Result:
    """Run a line of the documents in the project."""
    assert line in COMMANDS
    return project.typed(line)


def serve(project: Project, port: int) -> None:
    """Start a web server in the container, which lists the project's files."""
    command = ["python", "-m", "http.server", str(port)]
    project.container.exec_run(command, detach=True)
    probe = f"import socket; socket.create_connection(('127.0.0.1', {port}))"
    until(lambda: project.container.exec_run(["python", "-c", probe]).exit_code == 0, "the web server")


@pytest.fixture(scope="module")
def equipped(workspace: Path, user: User, engine: Any) -> Iterator[Project]:
    """A project whose lists have what the recipes need; its user has a home of their own, which the recipes change."""
    user = with_new_home(user, workspace)
    project = make_project(workspace, user, engine, layout="requirements")
    project.list_packages("jupyter-server-proxy")
    project.write("requirements/apt-requirements.txt", "git\nopenssh-client\n")
    project.start(DOCKERPORT=str(free_port()))
    yield project
    sweep(engine, project.folder.parent)


def test_git_in_the_container_knows_the_user(equipped: Project) -> None:
    setup = "git init --quiet && git config --global user.name Ada && git config --global user.email ada@example.com"
    assert equipped.user.run(["bash", "-c", setup], cwd=equipped.folder).status == 0
    typed(equipped, 'git config user.name "$(git config user.name)"')
    typed(equipped, 'git config user.email "$(git config user.email)"')
    commit = "git commit --quiet --allow-empty --message test && git log -1 --format='%an <%ae>'"
    result = equipped.script("exec", "bash", "-c", commit, cwd=equipped.folder)
    assert result.stdout == "Ada <ada@example.com>\n", result.stderr


def test_ssh_agent_answers_in_the_container(equipped: Project) -> None:
    if shutil.which("ssh-agent") is None and os.environ.get("REQUIRE_DOCKER") != "1":
        pytest.skip("the host has no ssh-agent")
    line = "requirements/exec.sh ssh-add -l"
    assert line in COMMANDS
    equipped.write("requirements/local.sh", block("docs/recipes.md", "sh", "SSH_AUTH_SOCK"))
    keys = "mkdir -p ~/.ssh && touch ~/.ssh/known_hosts && ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/test && ssh-add -q ~/.ssh/test"
    try:
        result = equipped.user.run(["ssh-agent", "bash", "-c", f"{keys} && {line}"], cwd=equipped.folder)
    finally:
        (equipped.requirements / "local.sh").unlink()
    assert "(ED25519)" in result.stdout, result.stderr


def test_second_port_is_published(equipped: Project) -> None:
    port = free_port()
    local = block("docs/recipes.md", "sh", "PORTS").replace("6006", str(port))
    equipped.write("requirements/local.sh", local)
    try:
        equipped.run()
        serve(equipped, port)
        assert http_status(f"http://127.0.0.1:{port}/") == 200
    finally:
        (equipped.requirements / "local.sh").unlink()


def test_jupyter_server_proxy_protects_a_second_port_by_the_token(equipped: Project) -> None:
    link = equipped.run()
    serve(equipped, 6006)
    url = link.split("/lab?")[0] + "/proxy/6006/"

    def page(**headers: str) -> str:
        with DIRECT.open(urllib.request.Request(url, headers=headers), timeout=10) as response:
            return response.read().decode()

    assert "Directory listing" in page(Authorization=f"token {token_of(link)}")
    assert "Directory listing" not in page()


def test_passwords_come_from_a_file_outside_the_project(equipped: Project) -> None:
    typed(equipped, "(umask 077 && mkdir -p ~/.config && touch ~/.config/my-project.env)")
    file = equipped.user.home / ".config/my-project.env"
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_text("PASSWORD=secret\n")
    equipped.write("requirements/local.sh", block("docs/recipes.md", "sh", "--env-file"))
    try:
        result = equipped.script("exec", "printenv", "PASSWORD")
    finally:
        (equipped.requirements / "local.sh").unlink()
    assert result.stdout == "secret\n", result.stderr


def test_own_modules_are_importable_from_every_folder(equipped: Project) -> None:
    equipped.write("mymodule.py", "")
    equipped.write("src/mypackage/__init__.py", "")
    equipped.write("notebooks/deep/x.py", block("docs/packages.md", "python", "mymodule"))
    result = equipped.script("exec", "python", "x.py", cwd=equipped.folder / "notebooks/deep")
    assert result.status == 0, result.stderr


def test_image_moves_to_a_machine_without_a_network(equipped: Project) -> None:
    link = equipped.start()
    typed(
        equipped,
        "docker save --output ../image.tar $(docker image ls --filter dangling=false"
        " --filter \"label=jupyter-docker.folder=$(pwd -P)\" --format '{{.Repository}}:{{.Tag}}')",
    )
    # The other machine: it has the folder, but neither the container nor the image.
    equipped.container.remove(force=True)
    for image in equipped.images():
        equipped.engine.images.remove(image.id, force=True)
    typed(equipped, "docker load --input ../image.tar")
    result = equipped.succeed("start", "-d")
    assert result.link == link
    assert "Building" not in result.stderr


def test_uninstalling_leaves_only_the_users_files(project: Project) -> None:
    project.write("analysis.py", "")
    project.write(".cruft.json", "{}")
    project.start()
    typed(project, "requirements/stop.sh --remove")
    typed(project, "rm -r requirements .jupyter .cruft.json")
    assert [path.name for path in project.folder.rglob("*") if path.is_file()] == ["analysis.py"]
    assert project.containers() == project.images() == []
