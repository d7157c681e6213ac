"""Start `jupyter lab` without Docker: the files of an image, unpacked on the disk and used by chroot."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from commands import execute, free_port, wait_for_answer

# The mounts disappear with their namespace.
START = """\
mount --bind /proc "$0/proc"
mount --rbind /dev "$0/dev"
exec chroot "$0" env --chdir=/tmp HOME=/tmp PATH=/usr/local/bin:/usr/bin:/bin JUPYTER_RUNTIME_DIR=/tmp/runtime \\
  jupyter lab --allow-root --ServerApp.ip=127.0.0.1 --ServerApp.port="$1"
"""


def is_possible() -> bool:
    """Return whether this user may call chroot."""
    return os.geteuid() == 0


@contextmanager
def unpacked(image: str) -> Iterator[Path]:
    """Unpack the files of an image into a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="jupyter-docker-benchmark-host-") as name:
        folder = Path(name)
        archive, root = folder / "image.tar", folder / "root"
        container = execute("docker", "create", image)
        try:
            execute("docker", "export", "--output", archive, container)
        finally:
            execute("docker", "rm", container)
        root.mkdir()
        execute("tar", "--extract", "--file", archive, "--directory", root)
        yield root


def seconds_without_docker(root: Path) -> float:
    """Return the seconds from the command to the server's first answer."""
    port = free_port()
    command = ["unshare", "--mount", "sh", "-e", "-c", START, str(root), str(port)]
    log = root.parent / "log"
    begin = time.monotonic()
    with log.open("w") as output, subprocess.Popen(command, stdout=output, stderr=output) as server:
        try:
            return wait_for_answer(port) - begin
        except TimeoutError as error:
            raise RuntimeError(f"jupyter lab did not answer:\n{log.read_text()[-2000:]}") from error
        finally:
            server.terminate()
