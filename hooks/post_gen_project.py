"""Finish a new project: run bits, .cruft.json, the project's own list, the first build if asked for, the next steps."""

import contextlib
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

#: Files that declare packages, but that a build cannot read.
UNREAD = ["setup.py", "Pipfile", "pylock.toml", "environment.yml", "pixi.toml"]


def set_run_bits(folder: Path) -> None:
    """Make the scripts executable, because a template downloaded as a zip file has lost these bits."""
    for script in (folder / "requirements").glob("*.sh"):
        if b'/lib/common.sh"' in script.read_bytes():  # not the user's own scripts
            script.chmod(0o755)


def remove_empty_folders(folder: Path) -> None:
    """Remove the folders that Cookiecutter creates for files that only layout=project has."""
    for name in ["notebooks", ".devcontainer"]:
        with contextlib.suppress(OSError):  # it contains files of the user
            (folder / name).rmdir()


def git(folder: Path, *arguments: str) -> str | None:
    """What git prints, or None if it fails."""
    try:
        command = ["git", "-C", str(folder), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def cruft_state(answers: dict, current: Path) -> dict | None:
    """What `cruft create` would have written into .cruft.json; None if the template is not a Git repository."""
    repository, template = current / answers["_repo_dir"], answers["_template"]
    commit = git(repository, "rev-parse", "HEAD")
    # Not empty: the template is a folder within somebody else's repository.
    if commit is None or git(repository, "rev-parse", "--show-prefix") != "":
        return None
    if (current / template).is_dir():
        template = os.path.abspath(current / template)
    else:  # a clone: cruft does not understand abbreviations such as gh:
        template = git(repository, "remote", "get-url", "origin") or template
    # As cruft has it: in the order of the template's own file, and its private values unchanged.
    defaults = json.loads((repository / "cookiecutter.json").read_text())
    context = {
        name: default if name.startswith("_") else answers[name]
        for name, default in defaults.items()
        if name != "__prompts__"
    }
    return {
        "template": template,
        "commit": commit,
        "checkout": answers["_checkout"],
        "context": {"cookiecutter": {**context, "_template": template, "_commit": commit}},
        "directory": None,
    }


def write_cruft_state(answers: dict, folder: Path, current: Path) -> None:
    """Write .cruft.json, so that `cruft update` works. One that exists stays as it is."""
    path = folder / ".cruft.json"
    state = cruft_state(answers, current)
    if state is None:
        return
    if os.path.lexists(path):
        print(
            f"warning: {path} exists and was not changed; if another template wrote it, cruft cannot update requirements/",
            file=sys.stderr,
        )
        return
    path.write_text(json.dumps(state, ensure_ascii=False, indent=2) + "\n")


def refer_to_own_packages(folder: Path) -> None:
    """Let the new pip-requirements.txt refer to what the project has: its pyproject.toml, or its requirements.txt."""
    pyproject = folder / "pyproject.toml"
    tables = (
        re.findall(r"(?m)^\[(project|tool\.poetry)\]", pyproject.read_text()) if pyproject.is_file() else []
    )
    path = folder / "setup.cfg"  # also the configuration of linters
    setup_cfg = path.read_text() if path.is_file() else ""
    if "project" in tables:
        line = "-e .."
    elif (folder / "requirements.txt").is_file():
        line = "-r ../requirements.txt"
    elif tables or "install_requires" in setup_cfg or any((folder / name).is_file() for name in UNREAD):
        line = "-e .."  # the build then says how to export the dependencies
    else:
        return
    path = folder / "requirements" / "pip-requirements.txt"
    path.write_text(path.read_text().replace("# -r ../requirements.txt", line), newline="\n")
    print(f"Added to requirements/pip-requirements.txt: {line}", flush=True)


def next_steps(folder: Path, current: Path) -> list[str]:
    """The commands that start JupyterLab, for a user in the folder `current`."""
    if folder == current:
        return ["requirements/start.sh"]
    shown = folder.relative_to(current) if folder.is_relative_to(current) else folder
    return [f"cd {shlex.quote(str(shown))}", "requirements/start.sh"]


def build(folder: Path) -> bool:
    """Build the image, with Docker's progress on the screen, and return whether it succeeded."""
    try:
        return subprocess.run(["bash", "requirements/build.sh"], cwd=folder).returncode == 0
    except (OSError, KeyboardInterrupt):
        return False


def main(answers: dict, folder: Path) -> None:
    """Finish the project in `folder`. A failed build leaves it complete."""
    set_run_bits(folder)
    if answers["layout"] == "requirements":
        remove_empty_folders(folder)

    # cruft runs this hook at each update, too, in a temporary folder. Only plain cookiecutter sets _output_dir.
    if "_output_dir" not in answers:
        return

    # The folder in which the user typed the command; a hook itself runs in the project.
    current = Path(os.path.realpath(os.environ.get("PWD", answers["_output_dir"])))
    write_cruft_state(answers, folder, current)
    if answers["layout"] == "requirements":
        refer_to_own_packages(folder)
    steps = next_steps(folder, current)
    if answers["first_build"] == "yes" and not build(folder):
        message = "Project created, but the image build failed. Fix the error above, then run:"
        print(message, file=sys.stderr, flush=True)
    else:
        print("Project created. Next:", flush=True)
    print("\n".join(f"  {step}" for step in steps), flush=True)


if __name__ == "__main__":
    # tojson writes ' as \u0027, so no answer ends this string.
    # fmt: off
    ANSWERS = json.loads(r'''{{ cookiecutter | tojson }}''')
    # fmt: on
    main(ANSWERS, Path(os.path.realpath(os.getcwd())))
