"""Proxies and mirrors."""

from __future__ import annotations

import json
import uuid

import docker
import pytest
from support.builds import build
from support.projects import Project
from support.servers import http_status

pytestmark = pytest.mark.docker

PROXY = {
    "HTTP_PROXY": "http://proxy.invalid:3128",
    "NO_PROXY": "localhost,127.0.0.1,.invalid",
    "no_proxy": "*",
}
CLOSED = {"HTTPS_PROXY": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}


def test_a_proxy_is_passed_to_the_container_but_not_to_the_image(locked: Project) -> None:
    link = locked.start(**PROXY)  # ready, so nothing of ours uses the proxy
    environment = dict(line.split("=", 1) for line in locked.exec("env").splitlines())
    assert {name: environment.get(name) for name in PROXY} == PROXY
    image = locked.engine.images.get(locked.container.image.id)
    assert "proxy.invalid" not in json.dumps([image.attrs, image.history()])
    assert http_status(link) == 200


def test_a_build_whose_proxy_fails_keeps_image_and_server(locked: Project) -> None:
    link = locked.start()
    image = locked.image.id
    locked.add(f"acme{uuid.uuid4().hex}")  # so that the step is in no build cache
    result = locked.fail("build", env=CLOSED)
    assert "tunnel error" in result.stderr
    assert locked.image.id == image
    assert http_status(link) == 200


def test_a_proxy_that_local_sh_sets_without_export_is_used_by_the_build(locked: Project) -> None:
    locked.add(f"acme{uuid.uuid4().hex}")  # so that the step is in no build cache
    locked.write("requirements/local.sh", "".join(f"{name}={value}\n" for name, value in CLOSED.items()))
    assert "tunnel error" in locked.fail("build").stderr


def test_another_base_image_is_used(project: Project) -> None:
    tag = f"jupyter-docker-test-base:{project.folder.parent.name.lower()}"
    try:
        base = project.engine.images.get("python:3.13-slim")
    except docker.errors.ImageNotFound:  # a build does not keep its base image as a tag
        base = project.engine.images.pull("python", "3.13-slim")
    base.tag(tag)
    try:
        result = build(project, BASE_IMAGE=tag)
        assert tag in result.stderr
    finally:
        project.engine.images.remove(tag)
