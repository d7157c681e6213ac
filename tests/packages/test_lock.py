"""requirements.lock: it agrees with the image, moves only if it must, and gives everyone the same versions."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from support.builds import build, installed, locked_packages
from support.projects import Project
from support.template import command
from support.waiting import until

pytestmark = pytest.mark.docker


def test_a_second_build_changes_nothing(locked: Project) -> None:
    build(locked)
    before = locked.lock, locked.image.id
    result = build(locked)
    assert (locked.lock, locked.image.id) == before
    assert "requirements.lock" not in result.stderr.splitlines()[-1]


def test_a_deleted_lock_file_is_created_again(locked: Project) -> None:
    before = locked.lock
    (locked.requirements / "requirements.lock").unlink()
    build(locked)
    assert locked.lock == before


def test_a_new_package_moves_no_other_package(locked: Project) -> None:
    before = locked_packages(locked)
    assert before["cowsay"] == "6.0"
    locked.list_packages("cowsay", "tabulate")
    result = build(locked)
    after = locked_packages(locked)
    assert after.pop("tabulate")
    assert after == before
    assert "Updated requirements/requirements.lock. Commit it." in result.stderr


def test_a_removed_package_leaves_lock_and_image(locked: Project) -> None:
    locked.list_packages("tabulate")
    build(locked)
    assert {"cowsay", "tabulate"} & set(locked_packages(locked)) == {"tabulate"}
    assert {"cowsay", "tabulate"} & set(installed(locked)) == {"tabulate"}


def test_upgrade_moves_each_time(locked: Project) -> None:
    before = locked.lock
    for _ in range(2):
        locked.list_packages("cowsay")
        locked.write("requirements/requirements.lock", before)
        build(locked, "--upgrade")
        assert locked_packages(locked)["cowsay"] > "6.0"


def test_frozen_passes_if_the_lock_is_up_to_date(locked: Project) -> None:
    before = locked.lock
    build(locked, "--frozen")
    assert locked.lock == before


def test_frozen_fails_and_shows_what_is_out_of_date(locked: Project) -> None:
    before = locked.lock, locked.image.id
    locked.list_packages("cowsay==6.1", "tabulate")
    result = locked.fail("build", "--frozen")
    assert re.search(r"< *cowsay==6\.0|-cowsay==6\.0", result.stderr), result.stderr
    assert re.search(r"> *tabulate==|\+tabulate==", result.stderr), result.stderr
    assert "error: requirements.lock is out of date" in result.stderr
    assert "hint: run requirements/build.sh and commit requirements/requirements.lock" in result.stderr
    assert (locked.lock, locked.image.id) == before


def test_frozen_fails_without_a_lock(locked: Project) -> None:
    path = locked.requirements / "requirements.lock"
    path.unlink()
    result = locked.fail("build", "--frozen")
    assert "requirements.lock is out of date" in result.stderr
    assert "cowsay" not in result.stderr  # no difference that is the whole file
    assert not path.exists()


def test_a_failed_resolution_changes_nothing(locked: Project) -> None:
    locked.start()
    before = locked.lock, locked.image.id, locked.container.id
    locked.list_packages("cowsay==999")
    result = locked.fail("build")
    assert "no version of cowsay==999" in result.stderr
    assert (locked.lock, locked.image.id, locked.container.id) == before
    assert locked.container.status == "running"


@pytest.mark.parametrize("machine", ["x86_64-manylinux_2_28", "aarch64-manylinux_2_28"])
def test_the_lock_has_the_hashes_of_the_wheels_for(locked: Project, machine: str, tmp_path: Path) -> None:
    arguments = f"--dry-run --target packages --python-version 3.13 --no-deps --python-platform {machine}"
    arguments += " --only-binary :all: --require-hashes"
    build(locked)
    lock = str(locked.requirements / "requirements.lock")
    result = command(tmp_path, "uv", "pip", "install", *arguments.split(), "--requirement", lock)
    assert result.returncode == 0, result.stderr
    assert f"Would install {len(installed(locked))} packages" in result.stderr


def test_the_image_has_the_versions_of_the_lock(locked: Project) -> None:
    build(locked)
    assert installed(locked) == locked_packages(locked)


def test_the_lock_gives_another_checkout_the_same_versions(locked: Project) -> None:
    locked.list_packages("cowsay")  # the list no longer pins it, but the lock file does
    copy = Path(shutil.copytree(locked.folder, locked.folder.parent / "copy", copy_function=shutil.copy2))
    if os.geteuid() == 0:
        subprocess.run(["chown", "-R", f"{locked.user.uid}:{locked.user.gid}", str(copy)], check=True)
    project = Project(copy, locked.user, locked.engine)
    build(project)
    assert installed(project)["cowsay"] == "6.0"


def test_a_list_that_is_edited_while_the_lock_is_made_is_built_next(locked: Project) -> None:
    """The image never counts as up to date with a list that it was not built from."""
    with locked.session("build", tty=False) as session:
        until(lambda: "lock-packages.sh" in session.text or session.process.poll() is not None, "the step")
        locked.list_packages("cowsay==6.1")
        session.wait(300)
        assert session.process.returncode == 0, session.text
    assert installed(locked)["cowsay"] == locked_packages(locked)["cowsay"]
    locked.succeed("exec", "true")
    assert installed(locked)["cowsay"] == locked_packages(locked)["cowsay"] == "6.1"
