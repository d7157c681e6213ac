"""A container registry for the tests."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from support.projects import list_images
from support.servers import free_port, http_status
from support.waiting import until


def require(program: str) -> str:
    """The path of a program; without it, the test is skipped, or fails if REQUIRE_DOCKER=1."""
    path = shutil.which(program)
    if path is None:
        if os.environ.get("REQUIRE_DOCKER") == "1":
            pytest.fail(f"REQUIRE_DOCKER=1, but {program} is not installed")
        pytest.skip(f"{program} is not installed")
    return path


@pytest.fixture(scope="session")
def registry(engine: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an empty container registry; its images are removed from the engine at the end."""
    program, folder = require("docker-registry"), tmp_path_factory.mktemp("registry")
    address = f"127.0.0.1:{free_port()}"
    config = folder / "config.yml"
    config.write_text(
        f"version: 0.1\nstorage: {{filesystem: {{rootdirectory: {folder}}}}}\nhttp: {{addr: '{address}'}}\n"
    )
    with (
        open(folder / "log", "w") as log,
        subprocess.Popen([program, "serve", config], stdout=log, stderr=log) as process,
    ):
        try:
            until(lambda: http_status(f"http://{address}/v2/") == 200, "the registry answers")
            yield address
        finally:
            process.terminate()
            remove_images(engine, f"{address}/")
            shutil.rmtree(folder)


def remove_images(engine: Any, prefix: str) -> None:
    """Remove every tag that starts with `prefix`, and then the digests without a tag."""
    for kind in ["RepoTags", "RepoDigests"]:
        for image in list_images(engine):
            for reference in image.attrs[kind] or []:
                if reference.startswith(prefix):
                    engine.images.remove(reference, force=True)
