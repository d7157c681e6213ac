"""Set the run bits, then build the image if that was asked for, or say what to type next."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path


def set_run_bits(folder: Path) -> None:
    """Let everybody run the scripts: a template that came as a zip has lost these bits."""
    for script in (folder / "requirements").glob("*.sh"):
        script.chmod(0o755)


def remove_empty_notebooks(folder: Path) -> None:
    """Remove `notebooks` where the layout has none: made in the same second as requirements/, and empty."""
    notebooks, requirements = folder / "notebooks", folder / "requirements"
    try:
        if abs(notebooks.stat().st_mtime - requirements.stat().st_atime) < 1:
            notebooks.rmdir()
    except OSError:
        pass  # it holds something, so it is the person's


def next_steps(folder: Path, typed_in: Path) -> list[str]:
    """What to type to start JupyterLab, for whoever stands in `typed_in`."""
    if folder == typed_in:
        return ["requirements/start.sh"]
    short = folder.relative_to(typed_in) if folder.is_relative_to(typed_in) else folder
    return [f"cd {shlex.quote(str(short))}", "requirements/start.sh"]


def build(folder: Path) -> bool:
    """Build the image, with Docker's own progress on the screen; return whether it was built."""
    try:
        return subprocess.run(["bash", "requirements/build.sh"], cwd=folder).returncode == 0
    except (OSError, KeyboardInterrupt):
        return False


def main(answers: dict, folder: Path) -> None:
    """Finish the project in `folder`. A build that fails leaves it whole, and is no failure of this hook."""
    set_run_bits(folder)
    if answers["layout"] == "requirements":
        remove_empty_notebooks(folder)

    # cruft runs this again at each update, in a scratch folder; only plain cookiecutter says where it writes.
    if "_output_dir" not in answers:
        if answers["first_build"] == "yes":
            print("The image is not built yet: run requirements/build.sh in the project.", flush=True)
        return

    steps = next_steps(folder, Path(os.path.realpath(os.environ.get("PWD", answers["_output_dir"]))))
    if answers["first_build"] == "yes" and not build(folder):
        print(
            "The image was not built: the reason is above. The project is whole;"
            " mend what is wrong, mostly a line in requirements/*-requirements.txt, then:",
            file=sys.stderr,
            flush=True,
        )
    else:
        print("The project is made. Now:", flush=True)
    print("\n".join(f"  {step}" for step in steps), flush=True)


if __name__ == "__main__":
    # JSON without a single apostrophe, so that no answer ends this string.
    # fmt: off
    ANSWERS = json.loads(r'''{{ cookiecutter | tojson }}''')
    # fmt: on
    main(ANSWERS, Path(os.path.realpath(os.getcwd())))
