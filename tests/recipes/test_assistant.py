"""A coding assistant works in a notebook through an MCP server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from recipes.tools import Venv
from support.documents import block
from support.projects import Project
from support.servers import http_status, notebook, token_of

pytestmark = [pytest.mark.docker, pytest.mark.full]


def test_the_configuration_works_before_and_after_a_rebuild(
    project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    venv = Venv.create(tmp_path_factory.mktemp("mcp-venv"), "jupyter-mcp-server", "mcp")
    project.add("jupyter-collaboration")
    project.write("work.ipynb", json.dumps(notebook()))
    link = project.start()
    text = block("docs/recipes.md", "json", "mcpServers")
    assert "http://127.0.0.1:8888" in text
    text = text.replace("http://127.0.0.1:8888", link.partition("/lab")[0]).replace(
        '"TOKEN"', f'"{token_of(link)}"'
    )
    configuration = json.loads(text)["mcpServers"]["jupyter"]
    # uvx would install the program from PyPI at each start.
    configuration["command"], configuration["args"] = venv.program(configuration["args"][0]), []
    client = [str(Path(__file__).with_name("mcp_client.py")), json.dumps(configuration), "work.ipynb"]
    assert venv.run("python", *client, "print(6 * 7)").stdout.startswith("42")
    project.add("cowsay")
    assert project.run() == link
    assert venv.run("python", *client, "import cowsay; print(6 * 8)").stdout.startswith("48")
    assert http_status(f"{link.partition('/lab')[0]}/api/contents") == 403
