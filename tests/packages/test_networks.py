"""Company networks and odd checkouts: a proxy, CRLF, a base image of one's own."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from projects import Project

pytestmark = pytest.mark.docker

PROXY = {
    "HTTP_PROXY": "http://proxy.invalid:3128",
    "NO_PROXY": "localhost,127.0.0.1,.invalid",
    "no_proxy": "*",
}


def test_proxy_reaches_what_runs_and_stays_in_no_image(new: Callable[..., Project]) -> None:
    project = new(layout="requirements")
    project.start(**PROXY)  # healthy and linked, so that nothing of our own goes through the proxy
    inside = dict(line.split("=", 1) for line in project.exec("env").splitlines())
    assert {name: inside.get(name) for name in PROXY} == PROXY
    image = project.engine.images.get(project.container.image.id)
    assert "proxy.invalid" not in json.dumps([image.attrs, image.history()])


def test_proxy_reaches_the_build(new: Callable[..., Project]) -> None:
    project = new(layout="requirements")
    project.add("six")
    dead = {"HTTPS_PROXY": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
    ran = project.script("build", env=dead)
    assert ran.code == 1
    assert "127.0.0.1:9" in ran.err or "proxy" in ran.err.lower() or "tunnel" in ran.err.lower()


def test_crlf_checkout_still_builds(new: Callable[..., Project]) -> None:
    project = new(layout="requirements")
    project.add("six")
    for name in ["pip-requirements.txt", "apt-requirements.txt", "base-requirements.txt"]:
        path = project.requirements / name
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    project.start()
    project.exec("python", "-c", "import six, jupyterlab")


def test_another_base_image_is_built_on(new: Callable[..., Project]) -> None:
    project = new(layout="requirements")
    base = project.engine.images.get("python:3.13-slim")
    tag = "jupyter-docker-test-base:1"
    base.tag(tag)
    try:
        ran = project.script("build", env={"BASE_IMAGE": tag})
        assert ran.code == 0, ran.err
    finally:
        project.engine.images.remove(tag)
