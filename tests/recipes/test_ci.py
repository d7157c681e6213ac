"""The files for GitHub and GitLab: valid, pinned, and their shell lines work in a real project."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from recipes.tools import RECIPES, documented
from support.projects import Project, make_project, sweep
from support.servers import notebook
from support.template import TEMPLATE, command
from support.users import Result, User, with_new_home

pytestmark = [pytest.mark.docker, pytest.mark.full]

WORKFLOWS = ["github-notebooks.yml", "github-upgrade.yml"]
BUILTIN_SCHEMAS = {
    "github-notebooks.yml": "vendor.github-workflows",
    "github-upgrade.yml": "vendor.github-workflows",
    "gitlab-ci.yml": "vendor.gitlab-ci",
}

# Records its arguments; there is an open pull request after the first `gh pr create`.
GH = """#!/bin/bash
echo "$*" >>"$GH_LOG"
if [ "$1 $2" = "pr list" ] && grep -q "^pr create" "$GH_LOG"; then echo '{"number": 1}'; fi
"""


def steps(workflow: str) -> dict[str, str]:
    """The shell lines of a GitHub workflow's only job, by the name of their step."""
    (job,) = yaml.safe_load((RECIPES / workflow).read_text())["jobs"].values()
    return {step["name"]: step["run"] for step in job["steps"] if "run" in step}


def job_environment(workflow: str, step: str) -> dict[str, str]:
    """The variables that a step of a GitHub workflow sets to constants."""
    (job,) = yaml.safe_load((RECIPES / workflow).read_text())["jobs"].values()
    (variables,) = [entry.get("env", {}) for entry in job["steps"] if entry.get("name") == step]
    return {name: value for name, value in variables.items() if "${{" not in value}


@pytest.mark.parametrize("name", BUILTIN_SCHEMAS)
def test_the_file_is_valid(name: str, tmp_path: Path) -> None:
    result = command(
        tmp_path, "check-jsonschema", "--builtin-schema", BUILTIN_SCHEMAS[name], str(RECIPES / name)
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_actions_are_pinned_to_the_commits_that_this_project_uses() -> None:
    pins = set(re.findall(r"uses: (.*)", (TEMPLATE / ".github/workflows/tests.yml").read_text()))
    used = {pin for name in WORKFLOWS for pin in re.findall(r"uses: (.*)", (RECIPES / name).read_text())}
    assert used and used <= pins
    assert all(re.search(r"@[0-9a-f]{40} # v", pin) for pin in used)


def test_no_job_has_permissions_that_it_does_not_list() -> None:
    assert all(yaml.safe_load((RECIPES / name).read_text())["permissions"] == {} for name in WORKFLOWS)


class Repository:
    """A project in a Git repository with a bare `origin`."""

    def __init__(self, project: Project, registry: str) -> None:
        self.project, self.registry = project, registry
        self.github_env = project.write("../github-env", "")
        self.gh_log = project.write("../gh.log", "")
        gh = project.write("../bin/gh", GH)
        gh.chmod(0o755)
        self.environment = {
            "PATH": f"{gh.parent}:/usr/local/bin:/usr/bin:/bin",
            "GH_LOG": str(self.gh_log),
            "GITHUB_ENV": str(self.github_env),
            "GITHUB_ACTOR": "ada",
            "GITHUB_REPOSITORY": "Ada/My-Project",
            "TOKEN": "secret",
            "CI_REGISTRY": registry,
            "CI_REGISTRY_IMAGE": f"{registry}/gitlab/my-project",
            "CI_REGISTRY_USER": "ada",
            "CI_REGISTRY_PASSWORD": "secret",
            "CI_COMMIT_BRANCH": "main",
            "CI_DEFAULT_BRANCH": "main",
        }
        self.git("init", "--quiet", "--initial-branch", "main")
        self.git("init", "--quiet", "--bare", "../origin.git")
        self.git("remote", "add", "origin", "../origin.git")
        self.commit()

    def git(self, *words: str) -> str:
        """Run git as the project's user; returns the output, stripped."""
        identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
        result = self.project.user.run(["git", *identity, *words], cwd=self.project.folder)
        assert result.status == 0, result.stderr
        return result.stdout.strip()

    def commit(self) -> None:
        """Commit everything."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "Change")

    def shell(
        self,
        lines: str,
        shell: str = "bash",
        env: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> Result:
        """Run shell lines as CI does: with the variables of the service and those that earlier steps saved."""
        options = ["-e", "-o", "pipefail"] if shell == "bash" else ["-e"]
        saved = dict(line.split("=", 1) for line in self.github_env.read_text().splitlines())
        return self.project.user.run(
            [shell, *options, "-c", lines.replace("ghcr.io", self.registry)],
            self.environment | saved | dict(env or {}),
            cwd=folder or self.project.folder,
        )

    def run_step(self, workflow: str, name: str) -> Result:
        """Run one step of a GitHub workflow."""
        (full_name,) = [step for step in steps(workflow) if step.startswith(name)]
        return self.shell(steps(workflow)[full_name], env=job_environment(workflow, full_name))

    def run_gitlab(self, last: str | None = None) -> Result:
        """Run the lines of the GitLab job in a clone, up to the one that contains `last`."""
        clone = self.project.folder.parent / "clone"
        if clone.exists():
            shutil.rmtree(clone)
        self.git("clone", "--quiet", ".", str(clone))
        job = yaml.safe_load((RECIPES / "gitlab-ci.yml").read_text())["notebooks"]
        lines = job["before_script"] + job["script"]
        end = next(
            number for number, line in enumerate(lines, 1) if (last and last in line) or number == len(lines)
        )
        cache = job["variables"]["CACHE"].replace("$CI_REGISTRY_IMAGE", self.environment["CI_REGISTRY_IMAGE"])
        variables = {"CACHE": cache, "CI_PROJECT_DIR": str(clone)}
        return self.shell("\n".join(lines[:end]), "sh", variables, clone)


@pytest.fixture(scope="module")
def repository(workspace: Path, user: User, engine: Any, registry: str) -> Iterator[Repository]:
    """A project with a notebook and a test, built and committed; its user has a home for the login to the registry."""
    project = make_project(workspace, with_new_home(user, workspace), engine, parent="ci")
    project.list_packages("humanize==4.9.0", "pytest")
    project.write("notebooks/first.ipynb", json.dumps(notebook("import humanize", "print(40 + 2)")))
    project.write("tests/test_sum.py", "def test_sum():\n    assert 1 + 1 == 2\n")
    project.succeed("build")
    project.list_packages("humanize", "pytest")
    project.succeed("build")
    repository = Repository(project, registry)
    assert repository.run_step("github-notebooks.yml", "Log in").status == 0
    yield repository
    sweep(engine, project.folder.parent)


@pytest.fixture
def failing_notebook(repository: Repository) -> Iterator[None]:
    """A committed notebook with a cell that fails."""
    path = repository.project.write("notebooks/fails.ipynb", json.dumps(notebook("print(1)", "1 / 0")))
    repository.commit()
    yield
    path.unlink()
    repository.commit()


def test_github_builds_runs_notebooks_and_tests_and_saves_the_cache(repository: Repository) -> None:
    results = [repository.run_step("github-notebooks.yml", name) for name in steps("github-notebooks.yml")]
    assert [result.status for result in results] == [0] * 5, results
    assert re.fullmatch(r"notebooks/first\.ipynb +ok, .*\n", results[2].stdout)
    assert "1 passed" in results[3].stdout
    assert f"{repository.registry}/ada/my-project/ci:cache" in results[4].stdout
    again = repository.run_step("github-notebooks.yml", "Build the image")
    assert again.status == 0
    assert "importing cache manifest" in again.stderr and "ERROR" not in again.stderr


def test_the_documented_command_checks_a_project(repository: Repository) -> None:
    result = repository.shell(documented("requirements/check.sh"))
    assert result.status == 0, result.stderr


def test_github_fails_and_shows_the_cell_that_failed(repository: Repository, failing_notebook: None) -> None:
    assert repository.run_step("github-notebooks.yml", "Build the image").status == 0
    result = repository.run_step("github-notebooks.yml", "Run every notebook")
    assert result.status != 0
    assert re.search(r"(?m)^notebooks/fails\.ipynb +cell 2: ZeroDivisionError", result.stdout)
    assert re.search(r"(?m)^notebooks/first\.ipynb +ok, ", result.stdout)


def test_an_outdated_lock_file_fails_the_build(repository: Repository) -> None:
    project = repository.project
    project.list_packages("humanize", "pytest", "tomli-w")
    repository.commit()
    try:
        github, gitlab = (
            repository.run_step("github-notebooks.yml", "Build"),
            repository.run_gitlab("docker build"),
        )
    finally:
        project.list_packages("humanize", "pytest")
        repository.commit()
    for result in github, gitlab:
        assert result.status != 0
        assert "requirements.lock is out of date" in result.stderr


def test_gitlab_builds_runs_notebooks_and_tests_and_saves_the_cache(repository: Repository) -> None:
    result = repository.run_gitlab()
    assert result.status == 0, result.stdout + result.stderr
    assert re.search(r"(?m)^notebooks/first\.ipynb +ok, ", result.stdout)
    assert "1 passed" in result.stdout
    assert f"{repository.registry}/gitlab/my-project/ci:cache" in result.stdout


def test_gitlab_fails_and_shows_the_cell_that_failed(repository: Repository, failing_notebook: None) -> None:
    result = repository.run_gitlab("check-notebooks")
    assert result.status != 0
    assert re.search(r"(?m)^notebooks/fails\.ipynb +cell 2: ZeroDivisionError", result.stdout)
    assert re.search(r"(?m)^notebooks/first\.ipynb +ok, ", result.stdout)


def test_upgrade_proposes_one_pull_request_until_the_lock_is_new(repository: Repository) -> None:
    def upgrade() -> list[str]:
        """Run the job on the branch main; returns what it asked `gh` to do."""
        repository.git("switch", "--quiet", "main")
        repository.gh_log.write_text(calls := repository.gh_log.read_text())
        for name in steps("github-upgrade.yml"):
            result = repository.run_step("github-upgrade.yml", name)
            assert result.status == 0, result.stdout + result.stderr
        return repository.gh_log.read_text().removeprefix(calls).splitlines()

    list_call = "pr list --head upgrade-packages --json number --jq .[]"
    run_call = "workflow run notebooks.yml --ref upgrade-packages"
    assert upgrade() == [list_call, "pr create --head upgrade-packages --fill", run_call]
    changed = repository.git("diff", "--name-only", "main", "origin/upgrade-packages")
    assert changed == "requirements/requirements.lock"
    assert "humanize==4.9.0" not in repository.git(
        "show", "origin/upgrade-packages:requirements/requirements.lock"
    )
    assert repository.git("log", "-1", "--format=%an", "upgrade-packages") == "github-actions[bot]"

    assert upgrade() == [list_call, run_call]  # the pull request is open

    repository.git("switch", "--quiet", "main")
    repository.git("merge", "--quiet", "upgrade-packages")
    assert upgrade() == []


def test_the_workflow_that_upgrade_starts_can_be_started() -> None:
    (started,) = re.findall(r"gh workflow run (\S+)", (RECIPES / "github-upgrade.yml").read_text())
    assert f".github/workflows/{started}" in (RECIPES / "github-notebooks.yml").read_text()
    # YAML 1.1 reads the key `on` as true.
    assert "workflow_dispatch" in yaml.safe_load((RECIPES / "github-notebooks.yml").read_text())[True]


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_the_shell_lines_pass_shellcheck(workflow: str, tmp_path: Path) -> None:
    script = tmp_path / "lines.sh"
    for lines in steps(workflow).values():
        script.write_text(lines)
        result = command(tmp_path, "shellcheck", "--shell=bash", str(script))
        assert result.returncode == 0, result.stdout
