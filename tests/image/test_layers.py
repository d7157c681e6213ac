"""Layers that stay, a lock that moves only when it must, and nothing left in the image that nobody needs."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from helpers import command
from projects import Project, Ran

pytestmark = pytest.mark.docker

# Runs inside: Python files without bytecode that could have some.
NOT_COMPILED = """
import importlib.util, sys, sysconfig
from pathlib import Path
for folder in {sysconfig.get_path("stdlib"), sysconfig.get_path("purelib")}:
    for path in Path(folder).rglob("*.py"):
        if path.is_relative_to(Path(sysconfig.get_path("purelib"), "pip")):
            continue  # it came with the base, and no start waits for it
        if not Path(importlib.util.cache_from_source(str(path))).exists():
            try:
                compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
            except (SyntaxError, ValueError):
                continue  # it is for another Python, or broken for a test's sake: nobody can import it
            print(path)
"""


def wants(project: Project, *lines: str) -> None:
    """Make these the project's list of packages: few, so that a build takes seconds."""
    project.write("requirements/pip-requirements.txt", "".join(f"{line}\n" for line in lines))


def build(project: Project, *words: str, **env: str) -> Ran:
    """`build.sh` with docker's plain progress; AssertionError where it fails."""
    ran = project.script("build", *words, "--", "--progress", "plain", env=env)
    assert ran.code == 0, ran.err
    return ran


def layers(project: Project) -> list[str]:
    """The ids of the image's layers, the base's first and the user's last."""
    (image,) = project.images()
    return image.attrs["RootFS"]["Layers"]


def lock(project: Project) -> dict[str, str]:
    """Name and version of every package in the lock."""
    text = (project.requirements / "requirements.lock").read_text()
    return dict(re.findall(r"^([\w.-]+)==([^ ]+)", text, re.MULTILINE))


def behind(project: Project, words: str) -> int:
    """How many layers the Dockerfile makes behind the place where it says `words`."""
    _, found, rest = (project.requirements / "Dockerfile").read_text().rpartition(words)
    assert found
    return len(re.findall(r"^(RUN|COPY|ADD|WORKDIR) ", rest, re.MULTILINE))


def cached(ran: Ran, words: str) -> list[bool]:
    """For each build step that says `words`: whether docker took it from its cache."""
    numbers = re.findall(rf"^#(\d+) \[.*{re.escape(words)}", ran.err, re.MULTILINE)
    assert numbers, f"no step says {words!r}:\n{ran.err}"
    return [f"\n#{number} CACHED" in ran.err for number in dict.fromkeys(numbers)]


def inside(project: Project, *words: str) -> str:
    """What a command prints in a throw-away container of the image."""
    return project.engine.containers.run(project.images()[0].id, list(words), remove=True).decode().strip()


@pytest.fixture
def built(project: Project) -> Project:
    """A project with one small package, built twice, so that its own lock is what the second build was made from."""
    wants(project, "cowsay==6.0")
    build(project)
    build(project)
    return project


def test_project_package_keeps_the_jupyter_layer(built: Project) -> None:
    before = layers(built)
    wants(built, "cowsay==6.0", "tabulate")
    ran = build(built)
    packages = -1 - behind(built, "install-packages.sh /mnt/requirements.lock")
    assert layers(built)[:packages] == before[:packages]
    assert layers(built)[packages] != before[packages]
    assert cached(ran, "/mnt/jupyter.lock") == [True]


def test_other_ids_keep_all_layers_but_the_users(built: Project) -> None:
    before = layers(built)
    build(built, NB_UID="4321", NB_GID="4321")
    user = -behind(built, "\nARG NB_USER")
    assert layers(built)[:user] == before[:user]
    assert layers(built)[user] != before[user]


def test_debian_package_does_not_resolve_again(built: Project) -> None:
    before = (built.requirements / "requirements.lock").read_bytes()
    built.write("requirements/apt-requirements.txt", "tree\n")
    ran = build(built)
    assert (built.requirements / "requirements.lock").read_bytes() == before
    assert all(cached(ran, "uv pip compile"))
    assert inside(built, "tree", "--version").startswith("tree")


def test_edit_moves_only_what_must(built: Project) -> None:
    before = lock(built)
    assert before["cowsay"] == "6.0"
    wants(built, "cowsay", "tabulate")
    build(built)
    after = lock(built)
    assert after.pop("tabulate")
    assert after == before


def test_upgrade_moves_twice_in_a_row(built: Project) -> None:
    for _ in range(2):
        wants(built, "cowsay==6.0")
        build(built)
        assert lock(built)["cowsay"] == "6.0"
        wants(built, "cowsay")
        build(built, "--upgrade")
        assert lock(built)["cowsay"] > "6.0"


def test_frozen_passes_on_a_current_lock(built: Project) -> None:
    before = (built.requirements / "requirements.lock").read_bytes()
    build(built, "--frozen")
    assert (built.requirements / "requirements.lock").read_bytes() == before


def test_frozen_fails_on_a_stale_lock_and_shows_what_is_stale(built: Project) -> None:
    before = (built.requirements / "requirements.lock").read_bytes(), built.images()[0].id
    wants(built, "cowsay==6.1", "tabulate")
    ran = built.script("build", "--frozen")
    assert ran.code != 0
    assert re.search(r"< *cowsay==6\.0|-cowsay==6\.0", ran.err), ran.err
    assert re.search(r"> *tabulate==|\+tabulate==", ran.err), ran.err
    assert ((built.requirements / "requirements.lock").read_bytes(), built.images()[0].id) == before


def test_frozen_fails_where_there_is_no_lock(project: Project) -> None:
    wants(project, "cowsay")
    assert project.script("build", "--frozen").code != 0
    assert not (project.requirements / "requirements.lock").exists()


def test_failed_resolution_explains_and_leaves_all_as_it_was(project: Project) -> None:
    wants(project, "cowsay")
    project.start()
    path = project.requirements / "requirements.lock"
    before = path.read_bytes(), project.images()[0].id, project.container.id
    wants(project, "cowsay==999")
    ran = project.script("build")
    assert ran.code != 0
    assert "no version of cowsay==999" in ran.err
    assert (path.read_bytes(), project.images()[0].id, project.container.id) == before
    assert project.container.status == "running"


@pytest.mark.parametrize("machine", ["x86_64-manylinux_2_28", "aarch64-manylinux_2_28"])
def test_lock_has_hashes_of_the_wheels_for(running: Project, machine: str, tmp_path: Path) -> None:
    ran = command(
        tmp_path,
        *(
            "uv",
            "pip",
            "install",
            "--dry-run",
            "--target",
            "packages",
            "--python-version",
            "3.13",
            "--no-deps",
        ),
        *("--only-binary", ":all:", "--require-hashes", "--python-platform", machine),
        *("--requirement", str(running.requirements / "requirements.lock")),
    )
    assert ran.returncode == 0, ran.stderr
    assert f"Would install {len(installed(running))} packages" in ran.stderr


def installed(project: Project) -> dict[str, str]:
    """Name and version of every distribution in the image, but pip, which the base has."""
    code = "import importlib.metadata as m, json; print(json.dumps({d.name: d.version for d in m.distributions()}))"
    packages: dict[str, str] = json.loads(inside(project, "python", "-c", code))
    packages.pop("pip", None)
    return packages


def test_image_has_the_versions_of_the_lock(running: Project) -> None:
    def normal(packages: dict[str, str]) -> set[tuple[str, str]]:
        return {(re.sub(r"[-_.]+", "-", name).lower(), version) for name, version in packages.items()}

    assert normal(installed(running)) == normal(lock(running))


def wheel(folder: Path) -> Path:
    """A wheel of a package that no index has, in `folder`."""
    folder.mkdir()
    folder.chmod(0o755)
    path = folder / "jd_own_thing-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("jd_own_thing.py", "answer = 42\n")
        about = "jd_own_thing-1.0.dist-info"
        archive.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: jd-own-thing\nVersion: 1.0\n")
        archive.writestr(
            f"{about}/WHEEL",
            "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        archive.writestr(f"{about}/RECORD", "")
    return path


@pytest.mark.parametrize(
    "lines", [["--find-links wheels/", "jd-own-thing"], ["./wheels/jd_own_thing-1.0-py3-none-any.whl"]]
)
def test_wheel_of_ones_own_is_installed(project: Project, lines: list[str]) -> None:
    wheel(project.requirements / "wheels")
    wants(project, *lines)
    build(project)
    assert inside(project, "python", "-c", "import jd_own_thing; print(jd_own_thing.answer)") == "42"
    build(project, "--frozen")


def test_extra_is_installed(project: Project) -> None:
    wants(project, "requests[socks]")
    build(project)
    assert "PySocks" in installed(project)


def test_package_with_a_script_is_installed(built: Project) -> None:
    wants(built, "cowsay==6.0", "xlsxwriter")  # its wheel has a .py file among the scripts
    build(built)
    assert inside(built, "bash", "-c", "command -v vba_extract.py") == "/usr/local/bin/vba_extract.py"


def test_marker_is_minded(project: Project) -> None:
    wants(project, 'cowsay; python_version < "3"', 'tabulate; python_version > "3"')
    build(project)
    assert {"cowsay", "tabulate"} & set(installed(project)) == {"tabulate"}


def test_list_of_the_whole_project_is_read(project: Project) -> None:
    project.write("requirements.txt", "cowsay==6.0\n")
    wants(project, "-r ../requirements.txt")
    build(project)
    assert installed(project)["cowsay"] == "6.0"


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """The address of a Git repository on this machine's loopback, and the full commit of a package in it."""
    work, served = tmp_path / "work", tmp_path / "served"
    work.mkdir()
    (work / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["flit_core"]\nbuild-backend = "flit_core.buildapi"\n'
        '[project]\nname = "jd-own-git"\nversion = "1.0"\ndescription = "A test"\n'
    )
    (work / "jd_own_git.py").write_text("answer = 42\n")
    git = ["git", "-c", "user.name=test", "-c", "user.email=test@example.org"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "test"]):
        subprocess.run([*git, *words], cwd=work, check=True)
    commit = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=work, text=True).strip()
    subprocess.run(["git", "clone", "-q", "--bare", str(work), str(served / "own.git")], check=True)
    subprocess.run(["git", "update-server-info"], cwd=served / "own.git", check=True)

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(served)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"git+http://127.0.0.1:{server.server_port}/own.git", commit
    finally:
        server.shutdown()
        server.server_close()


def test_git_package_with_a_full_commit_is_installed(project: Project, repository: tuple[str, str]) -> None:
    address, commit = repository
    wants(project, f"jd-own-git @ {address}@{commit}")
    project.write("requirements/apt-requirements.txt", "git\n")
    ran = project.script("build", "--", "--network", "host")
    assert ran.code == 0, ran.err
    assert inside(project, "python", "-c", "import jd_own_git; print(jd_own_git.answer)") == "42"


@pytest.mark.parametrize(
    "pattern",
    [
        "*/bin/uv",
        "/opt/uv*",
        "/project*",
        "*/.cache/*",
        "/var/lib/apt/lists/*_*",
        "/var/cache/apt/*.deb",
        "/mnt/*",
        "/tmp/*",
        "*/requirements.lock",
        "*/jupyter.lock",
        "*requirements.txt",
    ],
)
def test_nothing_of_the_build_is_left(running: Project, pattern: str) -> None:
    found = running.exec(
        *("find", "/", "-xdev", "(", "-path", "/proc", "-o", "-path", "/usr/share/doc", ")", "-prune"),
        *("-o", "-path", pattern, "-print"),
        user="0",
    )
    assert found == ""


def test_every_python_file_has_its_bytecode(running: Project) -> None:
    assert running.exec("python", "-c", NOT_COMPILED, user="0") == ""


def test_server_starts_without_the_slow_check_of_iris(running: Project) -> None:
    code = "import jupyterlab.labapp, sys; print('jsonschema' in sys.modules, 'lark' in sys.modules)"
    assert running.exec("python", "-c", code) == "True False"
    assert "rfc3987-syntax" not in lock(running)


def test_lock_belongs_to_the_person(running: Project) -> None:
    owner = os.stat(running.requirements / "requirements.lock")
    assert (owner.st_uid, owner.st_gid) == (running.person.uid, running.person.gid)


def test_lock_brings_the_same_versions_to_a_colleague(built: Project, ground: Path) -> None:
    wants(built, "cowsay")  # not pinned by the list any more, but by the lock
    colleagues = Path(
        shutil.copytree(built.folder, built.folder.parent / "theirs", copy_function=shutil.copy2)
    )
    if os.geteuid() == 0:
        subprocess.run(["chown", "-R", f"{built.person.uid}:{built.person.gid}", str(colleagues)], check=True)
    theirs = Project(colleagues, built.person, built.engine)
    build(theirs)
    assert installed(theirs)["cowsay"] == "6.0"
