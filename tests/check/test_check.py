"""check.sh: whether the last commit works in a fresh clone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from support.projects import FOLDER_LABEL, Project, make_project, sweep
from support.servers import free_port, notebook
from support.template import listing
from support.users import User

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def checked(workspace: Path, user: User, engine: object) -> Iterator[Project]:
    """A running project without packages in a Git repository, with its lock file committed."""
    project = make_project(workspace, user, engine, layout="requirements")
    project.start(DOCKERPORT=str(free_port()))
    project.typed(
        "git init --quiet && git config user.name 'A User' && git config user.email user@example.com"
    )
    yield project
    sweep(engine, project.folder.parent)


def commit_all(project: Project) -> None:
    """Commit every change, as the user."""
    project.typed("git add --all && git commit --quiet --allow-empty --message 'Work of the user'")


def commit(project: Project, **notebooks: list[str]) -> None:
    """Commit the project with exactly these notebooks."""
    for path in project.folder.glob("*.ipynb"):
        path.unlink()
    for name, cells in notebooks.items():
        project.write(f"{name}.ipynb", json.dumps(notebook(*cells)))
    commit_all(project)


def test_each_notebook_gets_one_line_and_failures_name_their_cause(checked: Project) -> None:
    checked.write(".gitignore", "data/\n")
    checked.write("data/train.csv", "1\n")
    commit(
        checked,
        good=["1 + 1"],
        missing=["1", "open('data/train.csv')"],
        dead=["import os, signal", "os.kill(os.getpid(), signal.SIGKILL)"],
        kernel=["1"],
    )
    wrong_kernel = json.loads((checked.folder / "kernel.ipynb").read_text())
    wrong_kernel["metadata"]["kernelspec"]["name"] = "no-such-kernel"
    checked.write("kernel.ipynb", json.dumps(wrong_kernel))
    checked.write("broken.ipynb", "[]")
    commit_all(checked)
    before = listing(checked.folder)

    result = checked.script("check", "--junit", "/dev/null")

    lines = {line.split()[0]: line for line in result.stdout.splitlines()}
    assert result.status == 1
    assert "  ok, " in lines["good.ipynb"]
    assert lines["missing.ipynb"].endswith("cell 2: FileNotFoundError: data/train.csv (not in Git)")
    assert "cell 2: the kernel died" in lines["dead.ipynb"]
    assert "  cannot be read: " in lines["broken.ipynb"]
    assert lines["kernel.ipynb"].endswith("there is no kernel 'no-such-kernel' in the image")
    assert "error: 4 of 5 notebooks failed" in result.stderr
    assert listing(checked.folder) == before


@pytest.mark.full
def test_nothing_of_the_clone_is_left(checked: Project) -> None:
    commit(checked, good=["1"])
    checked.succeed("check")
    labels = [container.labels for container in checked.engine.containers.list(all=True, ignore_removed=True)]
    folders = {value[FOLDER_LABEL] for value in labels if FOLDER_LABEL in value}
    assert not [folder for folder in folders if folder.startswith("/tmp/tmp.") and not Path(folder).exists()]


@pytest.mark.full
def test_a_git_hook_can_check(checked: Project) -> None:
    """Before a push from a worktree, for which Git sets GIT_DIR."""
    commit(checked, good=["1"])
    checked.typed("git init --quiet --bare ../remote.git && git worktree add --quiet ../worktree")
    hook = checked.write(".git/hooks/pre-push", "#!/bin/sh\nexec requirements/check.sh\n")
    hook.chmod(0o755)
    try:
        assert "good.ipynb  ok, " in checked.typed("cd ../worktree && git push ../remote.git HEAD").stdout
    finally:
        hook.unlink()
        checked.typed(
            "git worktree remove --force ../worktree && git branch --quiet --delete --force worktree"
        )


@pytest.mark.full
def test_uncommitted_changes_are_reported_and_not_checked(checked: Project) -> None:
    commit(checked, good=["1"])
    checked.write("broken.ipynb", json.dumps(notebook("1 / 0")))
    result = checked.succeed("check")
    (checked.folder / "broken.ipynb").unlink()
    assert "?? broken.ipynb" in result.stderr
    assert "broken" not in result.stdout


@pytest.mark.full
def test_a_manually_installed_package_is_named_as_the_cause(checked: Project) -> None:
    commit(checked, moo=["import cowsay"])
    checked.exec("pip", "install", "--quiet", "cowsay")
    result = checked.script("check")
    assert result.status == 1
    assert "No module named 'cowsay' (installed manually in the running container" in result.stdout


@pytest.mark.full
def test_options_select_notebooks_and_limit_cells(checked: Project) -> None:
    colored = "raise ValueError('\\x1b[31mred')"
    commit(checked, slow=["import time", "time.sleep(600)"], other=["1 / 0"], good=["1"], red=[colored])
    result = checked.script(
        "check", "--timeout", "1", "--skip", "oth*", "--junit", str(checked.folder / "results.xml")
    )
    assert "slow.ipynb  cell 2: takes longer than 1 s" in result.stdout
    assert "other" not in result.stdout
    suite = ElementTree.parse(checked.folder / "results.xml").getroot()
    (checked.folder / "results.xml").unlink()
    assert {case.get("name"): case.find("failure") is None for case in suite} == {
        "good.ipynb": True,
        "red.ipynb": False,
        "slow.ipynb": False,
    }
    assert checked.succeed("check", "good.ipynb", cwd=checked.folder).stdout.startswith("good.ipynb  ok, ")


@pytest.mark.full
def test_a_check_of_no_notebook_fails(checked: Project) -> None:
    commit(checked, draft=["1"])
    result = checked.script("check", "--skip", "draft*")
    assert (result.status, result.stdout) == (1, "")
    assert "error: there are no notebooks to check" in result.stderr


@pytest.mark.full
def test_a_submodule_whose_address_is_relative_to_the_origin_is_cloned(checked: Project) -> None:
    git = "git -c protocol.file.allow=always"
    checked.typed(
        f"{git} init --quiet ../server/common && cd ../server/common"
        " && echo '42' >answer.txt && git add answer.txt"
        " && git -c user.name=A -c user.email=a@example.com commit --quiet --message First"
    )
    checked.typed(f"git remote add origin '{checked.folder.parent}/server/mine.git'")
    checked.typed(f"{git} submodule --quiet add ../common common")
    commit(checked, reads=["assert open('common/answer.txt').read() == '42\\n'"])
    allowed = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "protocol.file.allow",
        "GIT_CONFIG_VALUE_0": "always",
    }
    result = checked.script("check", env=allowed)
    checked.typed("git rm --quiet --force common && rm -r .git/modules && git remote remove origin")
    commit_all(checked)
    assert result.status == 0, result.stdout + result.stderr


@pytest.mark.full
def test_other_outputs_are_reported_but_not_times(checked: Project) -> None:
    commit(checked, outputs=["print(1 + 1)", "print('took 3.1 s')"])
    path = checked.folder / "outputs.ipynb"
    content = json.loads(path.read_text())
    for cell, text in zip(content["cells"], ["3\n", "took 2.7 s\n"], strict=True):
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": text}]
    checked.write("outputs.ipynb", json.dumps(content))
    commit_all(checked)
    result = checked.succeed("check", "--outputs")
    assert "outputs.ipynb: outputs differ from the committed ones (cells: 1)\n" in result.stderr


@pytest.mark.full
def test_options_after_two_dashes_go_to_docker(checked: Project) -> None:
    commit(checked, environment=["import os", "assert os.environ['ANSWER'] == '42'"])
    checked.succeed("check", "--", "--env", "ANSWER=42")


def test_a_lock_file_that_is_out_of_date_is_an_error(checked: Project) -> None:
    commit(checked, good=["1"])
    lock = checked.lock
    checked.add("six")
    commit_all(checked)
    result = checked.script("check")
    checked.list_packages()
    checked.write("requirements/requirements.lock", lock)
    commit_all(checked)
    assert result.status == 1
    assert "requirements.lock is out of date" in result.stderr


def test_a_project_without_a_commit_is_an_error(checked: Project) -> None:
    (checked.folder / ".git").rename(checked.folder.parent / "git")
    try:
        result = checked.fail("check")
    finally:
        (checked.folder.parent / "git").rename(checked.folder / ".git")
    assert "fatal: not a git repository" in result.stderr
    assert result.messages[0] == "error: the project has no Git commit to check (see above)"
