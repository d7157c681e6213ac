"""A plugin of pytest: how the processes of pytest-xdist share the tests, and how they end."""

from __future__ import annotations

from contextlib import suppress

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

NODES = pytest.StashKey[list[WorkerController]]()


class FolderScheduling(LoadScopeScheduling):
    """Runs all tests of a folder in one process, because they share images and projects."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid.split("::")[0].rpartition("/")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> FolderScheduling:
    """Distribute folders instead of single tests."""
    return FolderScheduling(config, log)


def pytest_testnodeready(node: WorkerController) -> None:
    """Remember a process that has started."""
    node.config.stash.setdefault(NODES, []).append(node)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Wait until the processes have removed what their tests created: after Ctrl-C, execnet kills them in 15 s."""
    for node in session.config.stash.get(NODES, []):
        node.shutdown()  # for one that has received no Ctrl-C
        with suppress(node.channel.RemoteError, EOFError):  # xdist has reported a process that crashed
            node.channel.waitclose()
