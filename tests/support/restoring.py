"""Projects that tests share."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import docker
from support.projects import Project
from support.template import listing


@contextmanager
def restored(project: Project) -> Iterator[Project]:
    """After the block, the project has its files from before, and no container and no home volume. Its image stays."""
    before = listing(project.folder)
    try:
        yield project
    finally:
        for container in project.containers():
            with suppress(docker.errors.NotFound):  # one with --rm removes itself
                container.remove(force=True, v=True)
        for volume in project.volumes():
            volume.remove()
        for name, content in listing(project.folder).items():
            path = project.folder / name
            if name in before or not path.exists():
                continue
            if content is None:
                shutil.rmtree(path)
            else:
                path.unlink()
        for name, content in before.items():
            path = project.folder / name
            if content is not None and (not path.exists() or path.read_bytes() != content):
                path.write_bytes(content)
                project.give(path)
