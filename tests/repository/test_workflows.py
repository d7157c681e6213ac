"""The workflows, the pre-commit configuration, and the layout of the test suite."""

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.template import TEMPLATE

BIN = Path(sys.executable).parent
WORKFLOW: dict[str, Any] = yaml.safe_load((TEMPLATE / ".github/workflows/tests.yml").read_text())
PYPROJECT = tomllib.loads((TEMPLATE / "pyproject.toml").read_text())


def steps(job: str) -> list[str]:
    """The commands of a job."""
    return [step["run"] for step in WORKFLOW["jobs"][job]["steps"] if "run" in step]


@pytest.mark.parametrize(
    ("schema", "pattern"),
    [("vendor.github-workflows", ".github/workflows/*.yml"), ("vendor.dependabot", ".github/dependabot.yml")],
)
def test_configuration_of_github_matches_its_schema(schema: str, pattern: str) -> None:
    files = sorted(map(str, TEMPLATE.glob(pattern)))
    assert files
    command = [str(BIN / "check-jsonschema"), "--builtin-schema", schema, *files]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


def test_workflow_has_no_permissions_except_reading() -> None:
    assert WORKFLOW["permissions"] == {}
    assert {str(job["permissions"]) for job in WORKFLOW["jobs"].values()} == {"{'contents': 'read'}"}


def test_workflow_tests_every_supported_python_version() -> None:
    versions = WORKFLOW["jobs"]["quick"]["strategy"]["matrix"]["python"]
    assert versions[0] == PYPROJECT["project"]["requires-python"].removeprefix(">=")
    assert versions == [f"3.{minor}" for minor in range(11, 11 + len(versions))]


def test_quick_job_selects_the_tests_that_need_no_engine() -> None:
    assert 'pytest -m "not docker and not browser and not soak"' in steps("quick")


def test_jobs_fetch_the_tags_that_updates_are_tested_from() -> None:
    for job in WORKFLOW["jobs"].values():
        assert job["steps"][0]["with"]["fetch-depth"] == 0


def test_every_marker_is_described() -> None:
    markers = [marker.split(":")[0] for marker in PYPROJECT["tool"]["pytest"]["ini_options"]["markers"]]
    assert {"docker", "browser", "soak"} <= set(markers)
    assert all(": " in marker for marker in PYPROJECT["tool"]["pytest"]["ini_options"]["markers"])


def test_tests_are_in_one_folder_per_topic() -> None:
    assert {path.name for path in (TEMPLATE / "tests").glob("*.py")} == {"conftest.py"}


def test_scripts_of_the_repository_pass_shellcheck() -> None:
    command = [str(BIN / "shellcheck"), "--external-sources", str(TEMPLATE / ".ci/run")]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
