"""Proxies and mirrors."""

from __future__ import annotations

import json

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


def test_a_proxy_is_passed_to_the_container_but_not_to_the_image(project: Project) -> None:
    link = project.start(**PROXY)  # ready, so nothing of ours uses the proxy
    environment = dict(line.split("=", 1) for line in project.exec("env").splitlines())
    assert {name: environment.get(name) for name in PROXY} == PROXY
    image = project.engine.images.get(project.container.image.id)
    assert "proxy.invalid" not in json.dumps([image.attrs, image.history()])
    assert http_status(link) == 200


def test_a_proxy_is_used_by_the_build(project: Project) -> None:
    project.add("six")
    assert "tunnel error" in project.fail("build", env=CLOSED).stderr


def test_a_proxy_that_local_sh_sets_without_export_is_used_by_the_build(project: Project) -> None:
    project.add("six")
    project.write("requirements/local.sh", "".join(f"{name}={value}\n" for name, value in CLOSED.items()))
    assert "tunnel error" in project.fail("build").stderr


def test_a_build_without_network_keeps_image_and_server(project: Project) -> None:
    link = project.start()
    image = project.image.id
    project.add("six")
    result = project.fail("build", env=CLOSED)
    assert "HTTPS_PROXY" in result.messages[-1]
    assert project.image.id == image
    assert http_status(link) == 200


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
