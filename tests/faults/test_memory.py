"""Not enough memory: a message says what ended and why, and everything else survives."""

from __future__ import annotations

import json

import pytest
from support.projects import Project
from support.servers import notebook, token_of
from support.waiting import until

pytestmark = pytest.mark.docker

HOG = "hog = [bytearray(10_000_000) for _ in range(200)]"
#: A request for a file, answered with all of its content.
DOWNLOAD = """import sys, urllib.request as r
r.urlopen(r.Request("http://127.0.0.1:8888/api/contents/large.txt", headers={"Authorization": "token " + sys.argv[1]}))
"""


@pytest.fixture
def limited(project: Project) -> Project:
    """A project whose containers may use 512 MB."""
    project.write("requirements/local.sh", "RUN_OPTIONS=(--memory 512m --memory-swap 512m)\n")
    return project


def test_a_kernel_that_needs_too_much_memory_is_named_and_the_others_survive(limited: Project) -> None:
    for name in ["big.ipynb", "small.ipynb"]:
        limited.write(name, json.dumps(notebook()))
    with limited.session() as session:
        session.link()
        limited.busy_cell("1", "small.ipynb")
        limited.busy_cell(HOG, "big.ipynb")
        until(lambda: "big.ipynb: killed because" in session.text, "the report")
        assert "killed because the container ran out of memory (limit: 512 MB)" in session.text
        assert session.text.count("killed because") == session.text.count("restarting kernel") == 1


def test_a_server_that_needs_too_much_memory_is_an_error_of_start(limited: Project) -> None:
    with limited.session() as session:
        link = session.link()
        with limited.write("large.txt", "").open("wb") as file:
            file.truncate(1_000_000_000)
        limited.container.exec_run(["python", "-c", DOWNLOAD, token_of(link)], detach=True)
        session.wait(60)
        assert session.process.returncode == 1
        assert "error: JupyterLab ended unexpectedly (status 137, out of memory: true)" in session.text
