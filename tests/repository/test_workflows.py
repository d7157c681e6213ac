"""The configuration of GitHub is valid."""

import subprocess
import sys
from pathlib import Path

import pytest
from support.template import TEMPLATE


@pytest.mark.parametrize(
    ("schema", "pattern"),
    [("vendor.github-workflows", ".github/workflows/*.yml"), ("vendor.dependabot", ".github/dependabot.yml")],
)
def test_configuration_of_github_matches_its_schema(schema: str, pattern: str) -> None:
    files = sorted(map(str, TEMPLATE.glob(pattern)))
    assert files
    command = [str(Path(sys.executable).parent / "check-jsonschema"), "--builtin-schema", schema, *files]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
