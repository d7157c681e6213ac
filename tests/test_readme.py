"""The README says what is so: its tables, links and commands, and the workflows beside it."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers import CONTEXT, TEMPLATE, command, render
from projects import get, until

README = (TEMPLATE / "README.md").read_text()
WORKFLOWS = sorted((TEMPLATE / ".github/workflows").glob("*.yml"))

MAIN, TESTS = re.findall(r"^python3 -m venv .*$", README, re.MULTILINE)
GITHUB = "https://github.com/ORG/jupyter-docker"
CRUFT = "uvx --with 'typer<0.26' cruft"

#: Each command of the README's bash blocks, with the test here that runs it, or why none can.
COMMANDS = {
    "cookiecutter gh:ORG/jupyter-docker": "test_a_newcomers_commands_make_a_project",
    "my-project/requirements/start.sh": "test_the_first_command_brings_jupyterlab_up",
    "DOCKERPORT=9123 requirements/start.sh": "test_the_commands_of_a_project_work",
    "BASE_IMAGE=quay.io/jupyter/scipy-notebook:python-3.13 requirements/build.sh": "not run: a second large base image; test_environment.py runs BASE_IMAGE",
    "requirements/build.sh -- --progress plain": "test_the_commands_of_a_project_work",
    "requirements/run.sh -- --env OMP_NUM_THREADS=4": "test_the_commands_of_a_project_work",
    "cookiecutter -f gh:ORG/jupyter-docker project_slug=. layout=requirements": "test_a_project_that_exists_gets_its_folder",
    "requirements/build.sh --upgrade": "test_the_commands_of_a_project_work",
    "requirements/build.sh --frozen": "test_the_commands_of_a_project_work",
    "ssh -L 8888:127.0.0.1:8888 me@server": "not run: needs a second machine",
    f"{CRUFT} link {GITHUB}": "test_cruft_links_checks_and_updates_as_typed",
    f"{CRUFT} update": "test_cruft_links_checks_and_updates_as_typed",
    f"{CRUFT} check": "test_cruft_links_checks_and_updates_as_typed",
    "git grep -n '^<<<<<<<'": "test_cruft_links_checks_and_updates_as_typed",
    "git ls-files --others '*.rej'": "test_cruft_links_checks_and_updates_as_typed",
    f'{CRUFT} update --variables-to-update \'{{"base_image": "miniforge"}}\'': "test_cruft_links_checks_and_updates_as_typed",
    MAIN: "test_the_first_command_brings_jupyterlab_up",
    TESTS: "test_the_second_command_collects_the_tests",
}


def blocks() -> list[str]:
    """Every command of the README's bash blocks."""
    found = re.findall(r"^```bash\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    return [line for block in found for line in block.splitlines() if line]


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table after a line of the README, without its head."""
    after = README.split(heading, 1)[1]
    table = re.search(r"(?:^\|.*\n)+", after, re.MULTILINE).group(0).splitlines()[2:]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in table]


def questions() -> str:
    """The table of questions, as cookiecutter.json has them."""
    lines = ["| answer | question | default | others |", "|---|---|---|---|"]
    for name, value in CONTEXT.items():
        if name.startswith("_"):
            continue
        prompt = CONTEXT["__prompts__"][name]
        if isinstance(value, list):
            labels = [f"`{choice}`: {prompt[choice]}" for choice in value]
            question, default, others = prompt["__prompt__"], labels[0], "; ".join(labels[1:])
        else:
            default = "from the name" if "{{" in value else f"`{value}`" if name != "project_name" else value
            question, others = prompt, ""
        lines.append(f"| `{name}` | {question} | {default} | {others} |")
    return "\n".join(lines)


def test_the_questions_are_those_of_cookiecutter_json() -> None:
    table = README.split("<!-- questions -->\n")[1].split("\n<!-- end of questions -->")[0]
    assert table == questions()


def test_every_generated_file_is_told_of(tmp_path: Path) -> None:
    cells = " ".join(row[0] for row in rows("## What is in the folder"))
    told = {Path(name).name for name in re.findall(r"`([^`]+)`", cells)}
    project = render(tmp_path, base_image="miniforge")
    assert told == {path.name for path in project.rglob("*") if path.is_file()}


def test_every_variable_of_settings_is_told_of(bake: Any) -> None:
    settings = (bake() / "requirements/settings.sh").read_text()
    told = {row[0].strip("`") for row in rows("or in `settings.sh` for good")}
    assert told == set(re.findall(r"^(\w+)=\$\{", settings, re.MULTILINE))


def test_links_lead_somewhere() -> None:
    anchors = {
        re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")
        for title in re.findall(r"^#+ (.*)$", README, re.MULTILINE)
    }
    targets = re.findall(r"\]\(([^)]+)\)", README)
    local = [target for target in targets if not target.startswith("https://")]
    assert local
    for target in local:
        assert target[1:] in anchors if target.startswith("#") else (TEMPLATE / target).is_file(), target


def test_the_picture_is_small() -> None:
    assert (TEMPLATE / "docs/jupyterlab.png").stat().st_size < 200_000


def test_every_command_is_run_by_a_test() -> None:
    assert set(blocks()) == set(COMMANDS)
    tests = [node for node in ast.parse(Path(__file__).read_text()).body if isinstance(node, ast.FunctionDef)]
    names = {node.name for node in tests}
    for line, test in COMMANDS.items():
        assert test.startswith("not run: ") or test in names, line


# Every `typed` line is looked up in COMMANDS, so a line that the README no longer has fails here.
def typed(line: str, folder: Path, env: dict[str, str], answer: str = "") -> subprocess.CompletedProcess[str]:
    """Run a line of the README in bash, in `folder`, with `answer` typed where it asks."""
    assert line in COMMANDS
    return subprocess.run(
        ["bash", "-c", line], cwd=folder, env=env, input=answer, text=True, capture_output=True, timeout=600
    )


@pytest.fixture
def github(tmp_path: Path) -> dict[str, str]:
    """An environment where the template's address on GitHub is this checkout, and git knows a name."""
    hub = tmp_path / "hub" / "jupyter-docker.git"
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=TEMPLATE,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    for name in filter(None, tracked):
        if (TEMPLATE / name).is_file():
            (hub / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(TEMPLATE / name, hub / name)
    settings = {
        f"url.{hub.parent}/.insteadOf": "https://github.com/ORG/",
        "user.name": "Tester",
        "user.email": "tester@example.org",
        "init.defaultBranch": "main",
    }
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    env["GIT_CONFIG_COUNT"] = str(len(settings))
    for number, (key, value) in enumerate(settings.items()):
        env |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    commit(hub, env)
    return env


def commit(folder: Path, env: dict[str, str]) -> None:
    """Commit all that is in `folder`, a repository or not yet one."""
    for line in ["git init --quiet", "git add --all", "git commit --quiet --message commit"]:
        subprocess.run(line.split(), cwd=folder, env=env, check=True)


def test_a_newcomers_commands_make_a_project(tmp_path: Path, github: dict[str, str]) -> None:
    ran = typed("cookiecutter gh:ORG/jupyter-docker", tmp_path, github, "\n" * 20)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert (tmp_path / "my-project/requirements/start.sh").stat().st_mode & 0o111


def test_a_project_that_exists_gets_its_folder(tmp_path: Path, github: dict[str, str]) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "README.md").write_text("Theirs.\n")
    line = "cookiecutter -f gh:ORG/jupyter-docker project_slug=. layout=requirements"
    ran = typed(line, folder, github, "\n" * 20)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert {path.name for path in folder.iterdir()} == {"README.md", "requirements"}
    assert (folder / "README.md").read_text() == "Theirs.\n"


@pytest.mark.docker  # of the slow tier, since uvx installs cruft; tests/updates has the quick ones
def test_cruft_links_checks_and_updates_as_typed(tmp_path: Path, github: dict[str, str]) -> None:
    made = typed("cookiecutter gh:ORG/jupyter-docker", tmp_path, github, "\n" * 20)
    assert made.returncode == 0, made.stderr
    project = tmp_path / "my-project"
    commit(project, github)

    def cruft(words: str, answer: str = "") -> None:
        ran = typed(f"{CRUFT} {words}", project, github, answer)
        assert ran.returncode == 0, ran.stdout + ran.stderr

    cruft(f"link {GITHUB}", "\n" * 20)
    commit(project, github)
    cruft("check")
    cruft("update")
    cruft('update --variables-to-update \'{"base_image": "miniforge"}\'', "y\n")
    assert (project / "requirements/conda-requirements.txt").is_file()
    for line in ["git grep -n '^<<<<<<<'", "git ls-files --others '*.rej'"]:
        assert typed(line, project, github).stdout == ""


def test_ci_runs_the_readmes_test_command_from_anywhere(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    shutil.copytree(TEMPLATE / ".ci", checkout / ".ci")
    (checkout / "README.md").write_text(README.replace(TESTS, "pwd && echo $REQUIRE_DOCKER$REQUIRE_BROWSER"))
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "chromium").symlink_to("/bin/true")
    env = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}
    ran = subprocess.run(
        [checkout / ".ci/run"], cwd="/", env=env, text=True, capture_output=True, timeout=60, check=True
    )
    assert ran.stdout == f"{checkout}\n11\n"


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_are_valid_and_pin_each_action_by_its_commit(workflow: Path) -> None:
    ran = command(TEMPLATE, "check-jsonschema", "--builtin-schema", "vendor.github-workflows", str(workflow))
    assert ran.returncode == 0, ran.stdout
    uses = re.findall(r"uses:(.*)", workflow.read_text())
    assert uses
    for action in uses:
        assert re.fullmatch(r" [\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action


@pytest.fixture
def checkout(tmp_path: Path, github: dict[str, str], engine: Any) -> Iterator[Path]:
    """A fresh clone of this checkout; what it starts on the engine is removed at the end."""
    subprocess.run(["git", "clone", "--quiet", GITHUB, "checkout"], cwd=tmp_path, env=github, check=True)
    folder = tmp_path / "checkout"
    yield folder
    stop = folder / "my-project/requirements/stop.sh"
    if stop.exists():
        subprocess.run([stop, "--remove"], check=True)


@pytest.mark.docker
def test_the_first_command_brings_jupyterlab_up(
    checkout: Path, tmp_path: Path, github: dict[str, str]
) -> None:
    output = tmp_path / "output"
    with output.open("w") as file:
        process = subprocess.Popen(
            ["bash", "-c", MAIN], cwd=checkout, env=github, stdout=file, stderr=file, stdin=subprocess.DEVNULL
        )
    try:
        until(lambda: "Ctrl-C stops it" in output.read_text() or process.poll() is not None, "a link", 600)
        links = re.findall(r"http://127\S+", output.read_text())
        assert len(links) == 1, output.read_text()
        assert get(links[0]) == 200
    finally:
        process.terminate()
        process.wait(30)
    again = subprocess.run(
        ["bash", "-c", "my-project/requirements/start.sh -d"], cwd=checkout, text=True, capture_output=True
    )
    assert again.returncode == 0, again.stderr


@pytest.mark.docker
def test_the_second_command_collects_the_tests(checkout: Path, github: dict[str, str]) -> None:
    # To its end it would run this test, too: so the tests are named only.
    ran = subprocess.run(
        ["bash", "-c", f"{TESTS} --collect-only --quiet"],
        cwd=checkout,
        env=github,
        text=True,
        capture_output=True,
        timeout=600,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "test_links_lead_somewhere" in ran.stdout


@pytest.mark.docker
def test_the_commands_of_a_project_work(project: Any) -> None:
    def run(line: str) -> str:
        assert line in COMMANDS
        detached = re.sub(r"((?:start|run)\.sh)", r"\1 -d", line)
        ran = project.person.run(["bash", "-c", detached], cwd=project.folder)
        assert ran.code == 0, ran.out + ran.err
        return ran.out

    assert "127.0.0.1:9123/" in run("DOCKERPORT=9123 requirements/start.sh")
    run("requirements/build.sh -- --progress plain")
    run("requirements/run.sh -- --env OMP_NUM_THREADS=4")
    assert project.exec("printenv", "OMP_NUM_THREADS") == "4"
    run("requirements/build.sh --upgrade")
    run("requirements/build.sh --frozen")
