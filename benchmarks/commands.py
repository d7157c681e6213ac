"""Run commands and wait for servers."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Event

TIMEOUT = 120  # seconds for a server to answer


def execute(*command: str | Path, env: Mapping[str, str] | None = None) -> str:
    """Run a command and return its output. Raise RuntimeError with the end of its log if it fails."""
    with subprocess.Popen(
        command,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            output, errors = process.communicate()
        except BaseException:
            # A script's own child processes must end as well: a build that goes on would leave an image behind.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait()
            raise
    if process.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))} failed:\n{output[-2000:]}{errors[-4000:]}")
    return output.strip()


def seconds(action: Callable[[], object]) -> float:
    """Return how long `action` takes."""
    begin = time.monotonic()
    action()
    return time.monotonic() - begin


def free_port() -> int:
    """Return a port on 127.0.0.1 that is not in use."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_answer(port: int, give_up: Event | None = None) -> float:
    """Wait until the Jupyter server on `port` answers with HTTP 200. Return the time of the answer (monotonic)."""
    give_up = give_up or Event()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    end = time.monotonic() + TIMEOUT
    while time.monotonic() < end and not give_up.wait(0.02):
        with suppress(OSError), opener.open(f"http://127.0.0.1:{port}/api", timeout=2):
            return time.monotonic()
    raise TimeoutError(f"no answer on port {port} within {TIMEOUT} s")


def seconds_to_answer(port: int, start: Callable[[], object]) -> float:
    """Return the seconds from calling `start` to the first answer on `port`, even if `start` returns later."""
    give_up = Event()
    with ThreadPoolExecutor(1) as background:
        answer = background.submit(wait_for_answer, port, give_up)
        begin = time.monotonic()
        try:
            start()
        except BaseException:
            give_up.set()
            raise
    return answer.result() - begin
