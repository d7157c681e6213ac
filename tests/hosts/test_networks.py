"""Company networks: a proxy, and certificates of one's own."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

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


@pytest.fixture
def certificate(tmp_path: Path) -> Iterator[Path]:
    """A certificate authority that nobody trusts yet."""
    made = tmp_path / "company.crt"
    key = tmp_path / "company.key"
    subject = ["-subj", "/CN=Company of the Test", "-days", "2"]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", made, *subject],
        check=True,
        capture_output=True,
    )
    yield made


def test_own_certificate_is_trusted_inside(new: Callable[..., Project], certificate: Path) -> None:
    project = new(layout="requirements")
    (project.requirements / "certs").mkdir()
    (project.requirements / "certs" / "company.crt").write_bytes(certificate.read_bytes())
    # What this machine trusts goes along: the build may need it, as the bundle inside is made anew.
    machine = Path("/etc/ssl/certs/ca-certificates.crt")
    if machine.exists():
        (project.requirements / "certs" / "machine.crt").write_bytes(machine.read_bytes())
    project.start()
    trusted = "import ssl; [s for c in ssl.create_default_context().get_ca_certs() for s in c['subject'] if 'Company' in str(s)]"
    [found] = project.cells(trusted)
    assert "Company of the Test" in found
    bundle = project.exec("bash", "-c", 'cat "$SSL_CERT_FILE" "$REQUESTS_CA_BUNDLE"')
    assert bundle.count(certificate.read_text().splitlines()[2]) == 2


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
