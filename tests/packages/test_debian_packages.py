"""Debian packages as of a date."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from email.utils import formatdate
from hashlib import sha256
from pathlib import Path

import pytest
from support.builds import in_image
from support.projects import Project
from support.web_server import ON_HOST, web_server

pytestmark = pytest.mark.docker

DATE = "20261101T000000Z"
VERSION = ("dpkg-query", "--show", "--showformat=${Version}", "acme")


def publish(folder: Path, version: str, snapshots: str) -> None:
    """Write a Debian archive with one package, acme, and the address of its snapshots."""
    package = folder / "package/DEBIAN"
    package.mkdir(parents=True)
    control = f"Package: acme\nVersion: {version}\nArchitecture: all\nMaintainer: Acme <acme@example.com>\nDescription: test\n"
    (package / "control").write_text(control)
    file = folder / f"acme_{version}_all.deb"
    subprocess.run(["dpkg-deb", "--build", package.parent, file], check=True, capture_output=True)
    content = file.read_bytes()
    packages = (
        f"{control}Filename: ./{file.name}\nSize: {len(content)}\nSHA256: {sha256(content).hexdigest()}\n"
    )
    (folder / "Packages").write_text(packages)
    (folder / "Release").write_text(
        f"Origin: Acme\nDate: {formatdate(usegmt=True)}\nSnapshots: {snapshots}\n"
        f"SHA256:\n {sha256(packages.encode()).hexdigest()} {len(packages)} Packages\n"
    )


@pytest.fixture
def archive(project: Project, tmp_path: Path) -> Iterator[Project]:
    """A project that lists acme. The archive has version 2, and had version 1 at DATE. Its base image has the rest."""
    project.replace_jupyter()
    with web_server(tmp_path) as port:
        address = f"http://127.0.0.1:{port}/open"
        publish(tmp_path / "open/now", "2", f"{address}/@SNAPSHOTID@/")
        publish(tmp_path / "open" / DATE, "1", f"{address}/@SNAPSHOTID@/")
        tag = f"jupyter-docker-test-archive:{project.folder.parent.name.lower()}"
        source = f"deb [trusted=yes] {address}/now/ ./"
        install = (
            "apt-get update -qq && apt-get install -qq -y --no-install-recommends tini tzdata sudo >/dev/null"
            f" && rm -f /etc/apt/sources.list.d/* && echo '{source}' >/etc/apt/sources.list"
        )
        container = project.engine.containers.create("python:3.13-slim", ["sh", "-c", install], user="0")
        try:
            container.start()
            assert container.wait()["StatusCode"] == 0, container.logs()
            container.commit(tag)
        finally:
            container.remove(force=True)
        project.env["BASE_IMAGE"] = tag
        project.write("requirements/apt-requirements.txt", "acme\n")
        yield project
        project.engine.images.remove(tag, force=True)


@pytest.mark.full
def test_debian_packages_are_taken_as_of_the_date_in_the_settings(archive: Project) -> None:
    """With the date from the start, because APT does not know yet where the archive has its snapshots."""
    settings = (archive.requirements / "settings.sh").read_text()
    dated = settings.replace("{DEBIAN_SNAPSHOT:-}", f"{{DEBIAN_SNAPSHOT:-{DATE}}}")
    archive.write("requirements/settings.sh", dated)
    archive.succeed("build", *ON_HOST)
    assert in_image(archive, *VERSION) == "1"
    archive.write("requirements/settings.sh", settings)
    archive.succeed("build", *ON_HOST)
    assert in_image(archive, *VERSION) == "2"
    assert "Building" not in archive.succeed("exec", "true").stderr
