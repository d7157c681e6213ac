"""The commands and recipes of a project on a real engine, as the documents have them."""

from __future__ import annotations

import json
import os
import shutil
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from docs.commands import COMMANDS, typed
from support.documents import block
from support.projects import Project, make_project, sweep
from support.servers import DIRECT, free_port, http_status, notebook, token_of
from support.users import User, with_new_home
from support.waiting import until

pytestmark = pytest.mark.docker

#: A PNG of one pixel.
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@contextmanager
def local_settings(project: Project, text: str) -> Iterator[None]:
    """Let the project have this requirements/local.sh."""
    path = project.write("requirements/local.sh", text)
    try:
        yield
    finally:
        path.unlink()


def serve(project: Project, port: int) -> None:
    """Start a web server in the container, which lists the project's files."""
    command = ["python", "-m", "http.server", str(port)]
    project.container.exec_run(command, detach=True)
    probe = f"import socket; socket.create_connection(('127.0.0.1', {port}))"
    until(lambda: project.container.exec_run(["python", "-c", probe]).exit_code == 0, "the web server")


@pytest.fixture(scope="module")
def documented(workspace: Path, user: User, engine: Any) -> Iterator[Project]:
    """A running project whose lists contain what the documents ask for; its user has a new home, with a Git identity."""
    project = make_project(workspace, with_new_home(user, workspace), engine)
    project.add("pytest", "jupyter-server-proxy", "bash_kernel")
    project.write("requirements/apt-requirements.txt", "git\nopenssh-client\n")
    project.start(DOCKERPORT=str(free_port()))
    project.typed("git config --global user.name Ada && git config --global user.email ada@example.com")
    project.typed("git init --quiet && git add --all && git commit --quiet --message 'A new project'")
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
    port = str(free_port())
    line = "DOCKERPORT=9123 requirements/start.sh"
    assert f"127.0.0.1:{port}/" in typed(documented, line, **{"9123": port}).link


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


def test_exec_saves_the_outputs_of_a_notebook(documented: Project) -> None:
    typed(documented, "requirements/exec.sh jupyter execute --inplace notebooks/first.ipynb")
    assert '"image/png"' in (documented.folder / "notebooks/first.ipynb").read_text()


def test_exec_is_part_of_a_pipeline(documented: Project) -> None:
    documented.write("data.csv", "a\n\nb\n")
    documented.write("clean.py", "import sys\n\nprint(*filter(str.strip, sys.stdin), sep='', end='')\n")
    typed(documented, "cat data.csv | requirements/exec.sh python clean.py > clean.csv")
    assert (documented.folder / "clean.csv").read_text() == "a\nb\n"


@pytest.mark.full
def test_check_runs_the_first_notebook(documented: Project) -> None:
    assert "notebooks/first.ipynb  ok" in typed(documented, "requirements/check.sh").stdout
    assert "ok" in typed(documented, "requirements/check.sh --timeout 60 notebooks/first.ipynb").stdout


def test_token_is_replaced(documented: Project) -> None:
    link = documented.start()
    typed(documented, "requirements/exec.sh bash -c 'rm ~/.jupyter/token'")
    assert token_of(typed(documented, "requirements/run.sh").link) != token_of(link)


def test_home_volume_is_listed_backed_up_removed_and_restored(documented: Project, tmp_path: Path) -> None:
    link, name = documented.start(), documented.container.name
    listed = typed(documented, "docker volume ls --filter label=jupyter-docker.project").stdout
    assert f"{name}-home" in listed
    documented.stop()
    try:
        typed(
            documented,
            'docker run --rm --volume NAME-home:/from:ro --volume "$PWD":/backup NAME'
            " tar -czf /backup/home.tar.gz -C /from .",
            NAME=name,
        )
        assert (documented.folder / "home.tar.gz").stat().st_uid == documented.user.uid
        typed(documented, "docker rm --force NAME", NAME=name)
        typed(documented, "docker volume rm NAME-home", NAME=name)
        assert documented.containers() == documented.volumes() == []

        assert token_of(documented.start()) != token_of(link)
        documented.stop()
        typed(
            documented,
            'docker run --rm --volume NAME-home:/to --volume "$PWD":/backup:ro NAME'
            " tar -xzf /backup/home.tar.gz -C /to",
            NAME=name,
        )
        assert token_of(documented.start()) == token_of(link)
    finally:
        (documented.folder / "home.tar.gz").unlink(missing_ok=True)


def test_containers_volumes_and_images_are_found_by_label(documented: Project) -> None:
    documented.start()
    name = documented.container.name
    containers = typed(
        documented,
        "docker ps --all --filter label=jupyter-docker.project"
        " --format '{{.Names}} {{.Label \"jupyter-docker.folder\"}}'",
    )
    volumes = typed(
        documented,
        "docker volume ls --filter label=jupyter-docker.project"
        " --format '{{.Name}} {{.Label \"jupyter-docker.folder\"}}'",
    )
    assert f"{name} {documented.folder.resolve()}" in containers.stdout.splitlines()
    assert f"{name}-home {documented.folder.resolve()}" in volumes.stdout.splitlines()
    assert name in typed(documented, "docker image ls --filter label=jupyter-docker.project").stdout


@pytest.mark.full
def test_git_in_the_container_knows_the_user(documented: Project) -> None:
    typed(documented, 'git config user.name "$(git config user.name)"')
    typed(documented, 'git config user.email "$(git config user.email)"')
    commit = "git commit --quiet --allow-empty --message test && git log -1 --format='%an <%ae>'"
    result = documented.script("exec", "bash", "-c", commit, cwd=documented.folder)
    assert result.stdout == "Ada <ada@example.com>\n", result.stderr


@pytest.mark.full
def test_git_works_in_a_linked_worktree(documented: Project) -> None:
    linked = replace(documented, folder=documented.folder.with_name("linked"))
    documented.typed(f"git worktree add --quiet {linked.folder}")
    with local_settings(linked, block("docs/recipes.md", "sh", "--git-common-dir")):
        script = "git -c user.name=Ada -c user.email=a@example.com commit -q --allow-empty -m inside && git worktree list"
        result = linked.script("exec", "bash", "-c", script)
    assert f"{linked.folder} " in result.stdout, result.stderr
    assert documented.typed("git log -1 --format=%s linked").stdout == "inside\n"


@pytest.mark.full
def test_ssh_agent_answers_in_the_container(documented: Project) -> None:
    if shutil.which("ssh-agent") is None and os.environ.get("REQUIRE_DOCKER") != "1":
        pytest.skip("the host has no ssh-agent")
    line = "requirements/exec.sh ssh-add -l"
    assert line in COMMANDS
    keys = "mkdir -p ~/.ssh && touch ~/.ssh/known_hosts && ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/test && ssh-add -q ~/.ssh/test"
    with local_settings(documented, block("docs/recipes.md", "sh", "SSH_AUTH_SOCK")):
        result = documented.user.run(["ssh-agent", "bash", "-c", f"{keys} && {line}"], cwd=documented.folder)
    assert "(ED25519)" in result.stdout, result.stderr


@pytest.mark.full
def test_second_port_is_published(documented: Project) -> None:
    port = free_port()
    with local_settings(documented, block("docs/recipes.md", "sh", "PORTS").replace("6006", str(port))):
        documented.run()
        serve(documented, port)
        assert http_status(f"http://127.0.0.1:{port}/") == 200


@pytest.mark.full
def test_jupyter_server_proxy_protects_a_second_port_by_the_token(documented: Project) -> None:
    link = documented.run()
    serve(documented, 6006)
    url = link.split("/lab?")[0] + "/proxy/6006/"

    def page(**headers: str) -> str:
        with DIRECT.open(urllib.request.Request(url, headers=headers), timeout=10) as response:
            return response.read().decode()

    assert "Directory listing" in page(Authorization=f"token {token_of(link)}")
    assert "Directory listing" not in page()


@pytest.fixture(scope="module")
def with_pdf(workspace: Path, user: User, engine: Any) -> Iterator[Project]:
    """A running project with what the recipe for PDF lists; its notebook is saved with its outputs."""
    project = make_project(workspace, user, engine, layout="requirements")
    project.list_packages("typst")
    project.write("requirements/apt-requirements.txt", block("docs/recipes.md", "text", "texlive-xetex"))
    cell = f"import base64, IPython.display; IPython.display.Image(base64.b64decode('{PIXEL}'))"
    project.write("notebooks/first.ipynb", json.dumps(notebook(cell)))
    project.start(DOCKERPORT=str(free_port()))
    project.exec("jupyter", "execute", "--inplace", "notebooks/first.ipynb")
    yield project
    sweep(engine, project.folder.parent)


@pytest.mark.full
def test_jupyterlab_exports_a_notebook_as_pdf(with_pdf: Project) -> None:
    link = with_pdf.start()
    url = f"{link.split('/lab?')[0]}/nbconvert/pdf/notebooks/first.ipynb?token={token_of(link)}"
    with DIRECT.open(url, timeout=300) as response:
        assert response.read(5) == b"%PDF-"


@pytest.mark.full
def test_typst_converts_a_notebook_to_pdf(with_pdf: Project) -> None:
    typed(
        with_pdf,
        "requirements/exec.sh pandoc notebooks/first.ipynb --standalone --extract-media media"
        ' --variable mainfont="New Computer Modern" --output first.typ',
    )
    typed(
        with_pdf,
        'requirements/exec.sh python -c \'import typst; typst.compile("first.typ", output="first.pdf")\'',
    )
    assert (with_pdf.folder / "first.pdf").read_bytes().startswith(b"%PDF-")


@pytest.mark.full
def test_a_kernel_for_bash_stays_installed(documented: Project) -> None:
    typed(documented, "requirements/exec.sh python -m bash_kernel.install")
    documented.run()
    assert documented.cells("echo $((6 * 7))", kernel="bash") == ["42"]


@pytest.mark.full
def test_matplotlib_finds_a_new_font_after_its_list_is_deleted(documented: Project) -> None:
    documented.start()
    find = "import matplotlib.font_manager as f; 'Humor' in f.findfont('Humor Sans')"
    documented.cells(find)  # writes the list of fonts
    install = "sudo apt-get update -q && sudo apt-get install -qq -y fonts-humor-sans"
    documented.exec("bash", "-c", install)
    assert "False" in documented.cells(find)[0]
    typed(documented, "requirements/exec.sh bash -c 'rm -rf ~/.cache/matplotlib'")
    assert documented.cells(find) == ["True"]


@pytest.mark.full
def test_secrets_come_from_a_file_outside_the_project(documented: Project) -> None:
    typed(documented, "(umask 077 && mkdir -p ~/.config && touch ~/.config/my-project.env)")
    file = documented.user.home / ".config/my-project.env"
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_text("PASSWORD=secret\n")
    with local_settings(documented, block("docs/recipes.md", "sh", "--env-file")):
        result = documented.script("exec", "printenv", "PASSWORD")
    assert result.stdout == "secret\n", result.stderr


def test_own_modules_are_importable_from_every_folder(documented: Project) -> None:
    documented.write("mymodule.py", "")
    documented.write("src/mypackage/__init__.py", "")
    documented.write("notebooks/deep/x.py", block("docs/packages.md", "python", "mymodule"))
    result = documented.script("exec", "python", "x.py", cwd=documented.folder / "notebooks/deep")
    assert result.status == 0, result.stderr


BACKENDS = {
    "setuptools": "setuptools.build_meta",
    "hatchling": "hatchling.build",
    "poetry-core": "poetry.core.masonry.api",
    "flit-core": "flit_core.buildapi",
}


@pytest.mark.full
@pytest.mark.parametrize("backend", BACKENDS)
def test_own_package_is_installed_with_its_console_script(documented: Project, backend: str) -> None:
    documented.start()
    name = f"own_{backend.replace('-', '_')}"
    documented.write(
        "pyproject.toml",
        f'[build-system]\nrequires = ["{backend}"]\nbuild-backend = "{BACKENDS[backend]}"\n'
        f'[project]\nname = "{name}"\nversion = "1.5"\ndescription = "A package"\n'
        f'scripts = {{ {name}_command = "{name}:main" }}\n',
    )
    shutil.rmtree(documented.folder / "src", ignore_errors=True)  # setuptools installs every package in it
    code = f"import importlib.metadata as m\n\ndef main():\n    print(m.version('{name}'))\n"
    documented.write(f"src/{name}/__init__.py", code)

    run = [f"{name}_command"]
    assert documented.container.exec_run(["python", "-c", f"import {name}"]).exit_code == 0
    assert documented.container.exec_run(["python", "-c", f"import {name}; {name}.main()"]).exit_code == 1
    assert documented.container.exec_run(run).exit_code != 0

    line = "pip install --no-deps -e ."
    assert line in COMMANDS
    documented.exec("bash", "-c", line, workdir="/home/jovyan/work")
    assert documented.exec(*run) == "1.5"
    documented.write(f"src/{name}/__init__.py", code.replace("print(", "print('edited', "))
    assert documented.exec(*run) == "edited 1.5"


def test_lock_file_is_upgraded_and_then_frozen(documented: Project) -> None:
    typed(documented, "requirements/build.sh --upgrade")
    lock = documented.lock
    typed(documented, "requirements/build.sh --frozen")
    assert documented.lock == lock


@pytest.mark.full
def test_cool_down_limits_an_upgrade(project: Project) -> None:
    # One small package instead of Jupyter, because other versions of Jupyter would be installed from scratch.
    project.replace_jupyter()
    typed(project, 'UV_EXCLUDE_NEWER="7 days" requirements/build.sh --upgrade')
    recent = project.lock
    project.succeed("build", "--upgrade", env={"UV_EXCLUDE_NEWER": "2022-01-01"})
    assert "packaging==21.3 " in project.lock
    assert "packaging==21.3 " not in recent


@pytest.mark.full
def test_plain_build_works(documented: Project) -> None:
    line = "docker build requirements"
    assert line in COMMANDS
    tagged = f"{line} --quiet --tag jupyter-docker-tests-plain"
    result = documented.user.run(["bash", "-c", tagged], cwd=documented.folder)
    try:
        assert result.status == 0, result.stderr
    finally:
        documented.engine.images.remove("jupyter-docker-tests-plain", force=True)


def test_build_takes_options_of_docker_and_uninstalling_leaves_only_the_users_files(project: Project) -> None:
    project.write("analysis.py", "")
    project.write(".cruft.json", "{}")
    typed(project, "requirements/build.sh -- --label team=data")
    assert project.image.labels["team"] == "data"
    project.start()
    typed(project, "requirements/stop.sh --remove")
    typed(project, "rm -r requirements .cruft.json")
    assert [path.name for path in project.folder.rglob("*") if path.is_file()] == ["analysis.py"]
    assert project.containers() == project.images() == project.volumes() == []
