"""requirements.lock: it agrees with the image, moves only if it must, and gives everyone the same versions."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from support.builds import build, in_image, installed, layers, locked_packages
from support.projects import Project
from support.template import command

pytestmark = pytest.mark.docker


def test_a_second_build_changes_nothing(built: Project) -> None:
    before = built.lock, built.image.id
    result = build(built)
    assert (built.lock, built.image.id) == before
    assert "requirements.lock" not in result.stderr.splitlines()[-1]


def test_a_deleted_lock_file_is_created_again(built: Project) -> None:
    before = built.lock
    (built.requirements / "requirements.lock").unlink()
    build(built)
    assert built.lock == before


def test_a_new_package_moves_no_other_package(built: Project) -> None:
    before = locked_packages(built)
    assert before["cowsay"] == "6.0"
    built.list_packages("cowsay", "tabulate")
    result = build(built)
    after = locked_packages(built)
    assert after.pop("tabulate")
    assert after == before
    assert "Updated requirements/requirements.lock. Commit it." in result.stderr


def test_a_removed_package_leaves_lock_and_image(built: Project) -> None:
    built.list_packages("tabulate")
    build(built)
    assert {"cowsay", "tabulate"} & set(locked_packages(built)) == {"tabulate"}
    assert {"cowsay", "tabulate"} & set(installed(built)) == {"tabulate"}


def test_upgrade_moves_each_time(built: Project) -> None:
    for _ in range(2):
        built.list_packages("cowsay==6.0")
        build(built)
        assert locked_packages(built)["cowsay"] == "6.0"
        built.list_packages("cowsay")
        build(built, "--upgrade")
        assert locked_packages(built)["cowsay"] > "6.0"


def test_frozen_passes_if_the_lock_is_up_to_date(built: Project) -> None:
    before = built.lock
    build(built, "--frozen")
    assert built.lock == before


def test_frozen_fails_and_shows_what_is_out_of_date(built: Project) -> None:
    before = built.lock, built.image.id
    built.list_packages("cowsay==6.1", "tabulate")
    result = built.fail("build", "--frozen")
    assert re.search(r"< *cowsay==6\.0|-cowsay==6\.0", result.stderr), result.stderr
    assert re.search(r"> *tabulate==|\+tabulate==", result.stderr), result.stderr
    assert (built.lock, built.image.id) == before


def test_frozen_fails_without_a_lock(project: Project) -> None:
    project.list_packages("cowsay")
    assert project.script("build", "--frozen").status == 1
    assert not (project.requirements / "requirements.lock").exists()


def test_a_failed_resolution_changes_nothing(built: Project) -> None:
    built.start()
    before = built.lock, built.image.id, built.container.id
    built.list_packages("cowsay==999")
    result = built.fail("build")
    assert "no version of cowsay==999" in result.stderr
    assert (built.lock, built.image.id, built.container.id) == before
    assert built.container.status == "running"


@pytest.mark.parametrize("machine", ["x86_64-manylinux_2_28", "aarch64-manylinux_2_28"])
def test_the_lock_has_the_hashes_of_the_wheels_for(running: Project, machine: str, tmp_path: Path) -> None:
    arguments = f"--dry-run --target packages --python-version 3.13 --no-deps --python-platform {machine}"
    arguments += " --only-binary :all: --require-hashes"
    lock = str(running.requirements / "requirements.lock")
    result = command(tmp_path, "uv", "pip", "install", *arguments.split(), "--requirement", lock)
    assert result.returncode == 0, result.stderr
    assert f"Would install {len(installed(running))} packages" in result.stderr


def test_the_image_has_the_versions_of_the_lock(running: Project) -> None:
    assert installed(running) == locked_packages(running)


def test_the_lock_gives_another_checkout_the_same_versions(built: Project) -> None:
    built.list_packages("cowsay")  # the list no longer pins it, but the lock file does
    copy = Path(shutil.copytree(built.folder, built.folder.parent / "copy", copy_function=shutil.copy2))
    if os.geteuid() == 0:
        subprocess.run(["chown", "-R", f"{built.user.uid}:{built.user.gid}", str(copy)], check=True)
    project = Project(copy, built.user, built.engine)
    build(project)
    assert installed(project)["cowsay"] == "6.0"


def test_a_list_that_is_edited_while_the_lock_is_made_is_built_next(project: Project) -> None:
    """The image never counts as up to date with a list that it was not built from."""
    project.list_packages("cowsay==6.0")
    with project.session("build", tty=False) as session:
        while "lock-packages.sh" not in session.text and session.process.poll() is None:
            session.reader.join(0.05)
        project.list_packages("cowsay==6.1")
        session.wait(300)
        assert session.process.returncode == 0, session.text
    assert installed(project)["cowsay"] == locked_packages(project)["cowsay"]
    project.start()
    assert installed(project)["cowsay"] == locked_packages(project)["cowsay"] == "6.1"


def test_a_plain_docker_build_works(project: Project) -> None:
    tag = f"{project.folder.parent.name}-plain".lower()
    label = f"jupyter-docker.folder={project.folder}"  # so that the image is removed after the test
    build_command = ["docker", "build", "--label", label, "--tag", tag, str(project.requirements)]
    result = project.user.run(build_command)
    assert result.status == 0, result.stderr
    assert in_image(project, "bash", "-c", "id -un; id -u; id -g") == "jovyan\n1000\n1000"
    assert len(layers(project)) > 5
