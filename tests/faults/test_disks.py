"""A project on an unusual disk: full, or without owners, modes, and symbolic links."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.projects import Project
from support.servers import Server, http_status

pytestmark = [
    pytest.mark.docker,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a disk"),
]


def move_to_disk(project: Project, disk: Path) -> None:
    """Move a project to a mounted disk."""
    shutil.copytree(project.folder, disk / "my-project")
    project.folder = disk / "my-project"


@pytest.fixture
def small(project: Project) -> Iterator[Project]:
    """A project with a lock file, on a disk of 8 MB."""
    disk = project.folder.parent / "disk"
    disk.mkdir()
    options = f"size=8m,uid={project.user.uid},gid={project.user.gid},mode=755"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(disk)], check=True)
    try:
        move_to_disk(project, disk)
        for path in [project.folder, *project.folder.rglob("*")]:
            project.give(path)
        project.succeed("build")
        yield project
    finally:
        for container in project.containers():
            container.remove(force=True)
        subprocess.run(["umount", str(disk)], check=True)


@pytest.fixture
def fat(project: Project) -> Iterator[Project]:
    """A project on a FAT disk, as on a USB drive: no owners, no modes, no symbolic links."""
    if shutil.which("mkfs.vfat") is None:
        pytest.skip("mkfs.vfat is not installed")
    disk, image = project.folder.parent / "disk", project.folder.parent / "disk.img"
    disk.mkdir()
    subprocess.run(["truncate", "--size", "64M", str(image)], check=True)
    subprocess.run(["mkfs.vfat", str(image)], check=True, capture_output=True)
    options = f"loop,uid={project.user.uid},gid={project.user.gid}"
    mount = ["mount", "-t", "vfat", "-o", options, str(image), str(disk)]
    if subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("this kernel cannot mount FAT")
    try:
        move_to_disk(project, disk)
        yield project
    finally:
        for container in project.containers():
            container.remove(force=True)
        subprocess.run(["umount", str(disk)], check=True)


def fill(folder: Path) -> None:
    """Use all the space of a disk."""
    with (folder / "filler").open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(bytes(4096)):
            pass


def test_a_full_disk_changes_no_file(small: Project) -> None:
    before = small.lock
    small.add("cowsay")
    fill(small.folder)
    result = small.fail("start", "-d")
    assert result.messages[0] == f"error: cannot write {small.requirements}/requirements.lock"
    assert small.lock == before
    assert list(small.requirements.glob(".requirements.lock*")) == []
    (small.folder / "filler").unlink()
    assert http_status(small.start()) == 200
    assert "\ncowsay==" in small.lock


@pytest.mark.full
def test_a_project_on_a_fat_disk_starts_and_saves(fat: Project) -> None:
    result = fat.user.run(["bash", str(fat.requirements / "start.sh"), "-d"])
    assert result.status == 0, result.stderr
    server = Server(result.link)
    server.save("saved.ipynb", "1")
    assert server.open("saved.ipynb") == ["1"]
    assert fat.cells("6 * 7") == ["42"]
