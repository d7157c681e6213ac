"""The everyday loop: change requirements/, start, import."""

from __future__ import annotations

import pytest
from support.projects import Project
from support.waiting import until

pytestmark = pytest.mark.docker

MISSING = "no-such-package-as-this-one"
IMPORT = "import cowsay; cowsay.__name__"


def test_an_added_package_imports_after_start(project: Project) -> None:
    project.start()
    project.stop()
    project.add("cowsay")
    project.start()
    assert project.cells(IMPORT) == ["'cowsay'"]
    assert "\ncowsay==" in project.lock
    owner = (project.requirements / "requirements.lock").stat()
    assert (owner.st_uid, owner.st_gid) == project.user.ids


def test_a_change_while_the_server_is_idle_replaces_the_container(started: Project) -> None:
    before = started.container.id
    started.add("cowsay")
    result = started.succeed("start", "-d")
    assert started.container.id != before
    assert result.messages == []
    assert started.cells(IMPORT) == ["'cowsay'"]
    assert len(started.images()) == 1, "the old image remains"


def test_a_change_while_a_notebook_is_open_is_applied_by_run(started: Project) -> None:
    started.open_kernel("plot.ipynb")
    before, link = started.container.id, started.start()
    started.add("cowsay")
    result = started.succeed("start", "-d")
    assert (started.container.id, result.link) == (before, link)
    assert result.messages[-1] == "hint: save your work, then run requirements/run.sh"
    started.run()
    assert started.cells(IMPORT) == ["'cowsay'"]
    assert len(started.images()) == 1, "the old image remains"


def test_an_import_works_in_the_kernel_that_ran_pip_install(running: Project) -> None:
    installed, imported = running.cells("%pip install --quiet cowsay", IMPORT)
    assert imported == "'cowsay'", installed


def test_a_second_start_builds_nothing_and_keeps_the_container(running: Project) -> None:
    link = running.start()
    before = running.container.id, running.image.id
    result = running.succeed("start", "-d")
    assert (running.container.id, running.image.id, result.link, result.stderr) == (*before, link, "")
    running.stop()
    result = running.succeed("start", "-d")
    assert (running.container.id, running.image.id, result.link, result.stderr) == (*before, link, "")


def test_a_failed_build_keeps_lock_file_image_and_server(started: Project) -> None:
    link = started.start()
    before = started.lock, started.image.id, started.container.id
    started.list_packages(f"{MISSING}==1")
    result = started.fail("start", "-d")
    assert MISSING in result.stderr
    assert (started.lock, started.image.id, started.container.id) == before
    started.list_packages()
    assert started.start() == link


def test_a_comment_in_a_list_keeps_the_container(started: Project) -> None:
    before = started.container.id
    started.add("# a comment")
    result = started.succeed("start", "-d")
    assert "Building" in result.stderr
    assert (started.container.id, result.messages) == (before, [])


@pytest.mark.parametrize("name", ["run.sh", "lib/server.sh", "local.sh", ".env", ".config/notes.txt"])
def test_an_edit_of_a_file_that_is_not_in_the_image_builds_nothing(running: Project, name: str) -> None:
    link = running.start()
    path = running.requirements / name
    text = path.read_text() if path.exists() else ""
    running.write(f"requirements/{name}", f"{text}\n# a comment\n")
    result = running.succeed("start", "-d")
    assert (result.link, result.stderr) == (link, "")


def test_a_list_in_a_subfolder_reaches_the_build(project: Project) -> None:
    project.write("requirements/lists/more.txt", "cowsay==6.0\n")
    project.list_packages("-r lists/more.txt")
    project.succeed("exec", "python", "-c", IMPORT)
    assert "\ncowsay==6.0 " in project.lock


def test_a_subfolder_of_image_reaches_the_build(project: Project) -> None:
    dockerfile = project.requirements / "Dockerfile"
    project.write("requirements/Dockerfile", f"{dockerfile.read_text()}COPY image/fonts /opt/fonts\n")
    for text in ["first", "second"]:
        project.write("requirements/image/fonts/a/b.txt", text)
        assert project.succeed("exec", "cat", "/opt/fonts/a/b.txt").stdout == text


def test_an_unreadable_certificate_fails_the_build(project: Project) -> None:
    project.write("requirements/certs/a.crt", "x").chmod(0)
    result = project.fail("build")
    assert "certs/a.crt" in result.stderr


def test_a_folder_that_the_user_cannot_read_does_not_fail_the_build(project: Project) -> None:
    project.write("pyproject.toml", '[project]\nname = "x"\nversion = "1"\ndependencies = ["cowsay"]\n')
    project.write("database/secret.txt", "x")
    (project.folder / "database").chmod(0)
    project.list_packages("-e ..")
    try:
        project.succeed("exec", "python", "-c", IMPORT)
    finally:
        (project.folder / "database").chmod(0o755)


def test_an_image_that_is_up_to_date_is_built_only_with_options(running: Project) -> None:
    running.start()
    assert running.succeed("build").stderr == "The image is up to date.\n"
    assert "Building" in running.succeed("build", "--frozen").stderr
    assert "Building" in running.succeed("build", "--", "--progress", "plain").stderr


def test_a_list_that_is_edited_during_a_build_is_built_by_the_next_start(project: Project) -> None:
    project.add("tabulate")
    with project.session("build", env={"BUILDKIT_PROGRESS": "plain"}) as session:
        until(lambda: "lock-packages" in session.text, "the step that reads the list")
        project.add("cowsay")
        session.wait(300)
    assert "Building" in project.succeed("start", "-d").stderr
    assert project.cells(IMPORT) == ["'cowsay'"]
    assert "\ncowsay==" in project.lock


def test_a_lock_file_that_changes_during_a_build_is_not_overwritten(project: Project) -> None:
    project.add("cowsay")
    with project.session("build") as session:
        until(lambda: "Building the image" in session.text, "the build")
        pulled = project.lock + "# from git pull\n"
        project.write("requirements/requirements.lock", pulled)
        session.wait(300)
        assert session.process.returncode == 0
    assert project.lock == pulled
    project.succeed("exec", "true")
    assert "\ncowsay==" in project.lock
