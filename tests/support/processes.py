"""A plugin of pytest: how the processes of pytest-xdist share the tests, and how they end."""

from __future__ import annotations

import os
import signal
from contextlib import suppress

import pytest
from xdist.workermanage import WorkerController

NODES = pytest.StashKey[list[WorkerController]]()

# A shell that starts pytest in the background ignores SIGINT, and programs that the tests start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


#: What takes longest comes first, so that no process is left with it at the end.
LONGEST = ("engines", "recipes", "browser")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest folders."""
    items.sort(key=lambda item: not set(item.path.parts) & set(LONGEST))


def pytest_configure(config: pytest.Config) -> None:
    """End the tests on SIGTERM as on Ctrl-C, which reaches every process."""
    if hasattr(config, "workerinput"):
        signal.signal(signal.SIGTERM, lambda *_: None)
    else:
        signal.signal(signal.SIGTERM, lambda *_: os.killpg(0, signal.SIGINT))


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
