"""The shortest way through the product on rootless Docker, where root in the container is the user."""

from __future__ import annotations

import pytest
from support.engines import RootlessProject
from support.servers import Server, http_status
from support.users import owners

pytestmark = [
    pytest.mark.docker,
    pytest.mark.parametrize("rootless", ["rootless Docker"], indirect=True),
]


def test_a_notebook_runs_and_everything_in_the_project_belongs_to_the_user(project: RootlessProject) -> None:
    server = Server(project.start())
    server.save("saved.ipynb", "1 + 1")
    assert project.cells("open('by-a-cell.txt', 'w').close()", "6 * 7") == ["", "42"]
    assert {"by-a-cell.txt", "requirements", "saved.ipynb"} <= set(server.listing())
    assert owners(project.folder) == {project.user.ids}
    project.stop()
    assert http_status(server.link) == 0
