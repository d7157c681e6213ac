"""Ctrl-C and SIGTERM while the tests run: every process removes what its test has created."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.template import TEMPLATE
from support.waiting import until

SLOW_TEST = """
import pathlib, time
import pytest

@pytest.fixture
def created():
    file = pathlib.Path(__file__).with_name("created")
    file.touch()
    yield file
    time.sleep(7)  # longer than execnet waits before it interrupts a process again
    file.unlink()

def test_slow(created):
    created.with_name("running").touch()
    time.sleep(600)
"""


@pytest.mark.full  # it takes 10 s, and only a change to support/processes.py can break it
@pytest.mark.parametrize("how", ["Ctrl-C", "SIGTERM"])
def test_an_interruption_removes_what_the_running_test_has_created(tmp_path: Path, how: str) -> None:
    (tmp_path / "test_slow.py").write_text(SLOW_TEST)
    options = ["-p", "support.processes", "-n", "1", "--rootdir", str(tmp_path)]
    session = subprocess.Popen(
        [sys.executable, "-m", "pytest", *options],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(TEMPLATE / "tests")},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        until((tmp_path / "running").exists, "the start of the test")
        if how == "Ctrl-C":
            os.killpg(session.pid, signal.SIGINT)
        else:
            session.terminate()
        output, _ = session.communicate(timeout=60)
    finally:
        if session.poll() is None:
            os.killpg(session.pid, signal.SIGKILL)
            session.wait()
    assert session.returncode == pytest.ExitCode.INTERRUPTED, output
    assert not (tmp_path / "created").exists()
