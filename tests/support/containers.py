"""Containers that the scripts did not make."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from support.projects import Project

#: An option of `containers.run`: check the health each second (in nanoseconds). Docker waits 30 s before its first check.
HEALTH_EACH_SECOND = {"interval": 1_000_000_000}


@contextmanager
def container_of(project: Project, port: int, command: list[str], **more: Any) -> Iterator[tuple[str, Any]]:
    """A container of the image without the project; yields the address of its `port`, and the container."""
    image = project.container.image if project.containers() else project.image
    container = project.engine.containers.run(
        image.id, command, detach=True, ports={f"{port}/tcp": ("127.0.0.1", None)}, **more
    )
    try:
        container.reload()
        yield f"http://127.0.0.1:{container.ports[f'{port}/tcp'][0]['HostPort']}", container
    finally:
        container.remove(force=True)


def is_healthy(container: Any) -> bool:
    """Whether the health check of a container succeeds."""
    container.reload()
    return container.attrs["State"]["Health"]["Status"] == "healthy"
