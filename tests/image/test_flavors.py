"""What the running JupyterLab of every flavor offers."""

from __future__ import annotations

import json
import re

import pytest
from support.engine_fixtures import on_flavors
from support.projects import Project
from support.servers import SLOW_KERNEL, Server, http_status, notebook
from support.users import owners

pytestmark = pytest.mark.docker

IMPORTS = """
import importlib, importlib.metadata as metadata, re, sys
modules = {}
for module, names in metadata.packages_distributions().items():
    for name in names: modules.setdefault(re.sub("[-_.]+", "-", name).lower(), []).append(module)
for name in sys.argv[1:]:
    public = [m for m in modules[name] if m.isidentifier() and not m.startswith("_")]
    print(name, *[importlib.import_module(m).__name__ for m in public])
"""


@pytest.fixture(scope="module", autouse=True)
def server(flavor: Project) -> Server:
    """The server of the running project."""
    return Server(flavor.start())


def listed_packages(project: Project) -> list[str]:
    """The normalized names in the lists of Python packages."""
    lists = ["image/scripts/jupyter-requirements.txt", "pip-requirements.txt"]
    lines = "\n".join((project.requirements / name).read_text() for name in lists).splitlines()
    matches = [re.match(r"[A-Za-z0-9][\w.-]*", line) for line in lines]
    return [re.sub("[-_.]+", "-", match[0]).lower() for match in matches if match]


def test_the_link_answers(server: Server) -> None:
    assert http_status(server.link) == 200


def test_the_root_folder_is_the_project(server: Server) -> None:
    assert {"README.md", "requirements"} <= set(server.listing())


def test_a_saved_notebook_belongs_to_the_user(flavor: Project, server: Server) -> None:
    server.save("saved.ipynb", "1")
    server.save("saved.ipynb", "2")
    assert server.open("saved.ipynb") == ["2"]
    owner = (flavor.folder / "saved.ipynb").stat()
    assert (owner.st_uid, owner.st_gid) == flavor.user.ids


def test_a_file_of_the_host_is_writable_in_the_container(flavor: Project) -> None:
    path = flavor.write("from-host.txt", "host\n")
    path.chmod(0o600)
    flavor.cells("open('from-host.txt', 'a').write('cell\\n')")
    assert path.read_text() == "host\ncell\n"


def test_everything_in_the_project_belongs_to_the_user(flavor: Project) -> None:
    assert owners(flavor.folder) == {flavor.user.ids}


def test_a_folder_with_files_can_be_deleted(flavor: Project, server: Server) -> None:
    flavor.write("deleted/file.txt", "x")
    server.delete("deleted")
    assert not (flavor.folder / "deleted").exists()
    assert [path.name for path in flavor.folder.iterdir() if "trash" in path.name.lower()] == []


def test_the_user_is_the_one_in_the_settings(flavor: Project) -> None:
    uid, gid = flavor.user.ids
    command = "whoami; id -u; id -g; echo $HOME; cd; pwd"
    assert flavor.exec("bash", "-c", command) == f"jovyan\n{uid}\n{gid}\n/home/jovyan\n/home/jovyan"


def test_the_encoding_is_utf_8(flavor: Project) -> None:
    assert flavor.cells("import os; print(os.environ['LANG'], open('/tmp/x', 'w').encoding)") == [
        "C.UTF-8 UTF-8"
    ]
    assert flavor.typed("requirements/exec.sh printenv LANG").stdout == "C.UTF-8\n"


def test_sudo_needs_no_password(flavor: Project) -> None:
    assert flavor.exec("sudo", "-n", "id", "-u") == "0"


def test_a_notebook_is_executed(flavor: Project) -> None:
    path = flavor.write("executed.ipynb", json.dumps(notebook("6 * 7")))
    flavor.exec("jupyter", "execute", "--inplace", "executed.ipynb")
    assert json.loads(path.read_text())["cells"][0]["outputs"][0]["data"]["text/plain"] == ["42"]


def test_executing_the_first_notebook_prints_no_warning(flavor: Project) -> None:
    result = flavor.succeed("exec", "jupyter", "execute", "notebooks/first.ipynb")
    assert "Executing notebook with kernel: python3" in result.stderr
    assert re.search("warning", result.stderr, re.IGNORECASE) is None


@on_flavors("python-slim")
def test_a_kernel_that_does_not_support_encryption_starts(flavor: Project) -> None:
    command = ["python", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = json.dumps({"argv": command, "display_name": "Plain", "language": "python"})
    folder = "/home/jovyan/.local/share/jupyter/kernels/plain"
    flavor.exec("bash", "-c", f"mkdir -p {folder}; cat >{folder}/kernel.json <<<'{spec}'")
    try:
        assert flavor.cells("6 * 7", kernel="plain") == ["42"]
    finally:
        flavor.exec("rm", "-r", folder)


def test_an_output_of_ten_megabytes_is_shown(flavor: Project) -> None:
    [output] = flavor.cells("print('x' * 10_000_000)")
    assert len(output) == 10_000_000


def test_a_kernel_starts_in_the_project(flavor: Project) -> None:
    assert flavor.cells("import os; os.getcwd()") == ["'/home/jovyan/work'"]


def test_the_modules_of_the_project_import_from_every_folder(flavor: Project, server: Server) -> None:
    flavor.write("jd_module.py", "answer = 42\n")
    flavor.write("src/jd_package/__init__.py", "answer = 43\n")
    flavor.write("deep/folder/imports.ipynb", json.dumps(notebook("import jd_module, jd_package",
                                                                  "jd_module.answer, jd_package.answer")))  # fmt: skip
    flavor.exec("jupyter", "execute", "--inplace", "imports.ipynb", workdir="/home/jovyan/work/deep/folder")
    cells = server.call("GET", "contents/deep/folder/imports.ipynb")["content"]["cells"]
    assert cells[1]["outputs"][0]["data"]["text/plain"] == "(42, 43)"


def test_a_module_of_the_project_shadows_no_installed_module(flavor: Project) -> None:
    for name in ["pandas", "json", "tornado"]:
        flavor.write(f"src/{name}.py", "raise RuntimeError('shadowed')\n")
    try:
        flavor.write("notebooks/shadow.ipynb", json.dumps(notebook("import json, pandas, tornado")))
        flavor.exec("jupyter", "execute", "shadow.ipynb", workdir="/home/jovyan/work/notebooks")
    finally:
        for name in ["pandas", "json", "tornado"]:
            (flavor.folder / f"src/{name}.py").unlink()


def test_every_listed_package_imports(flavor: Project) -> None:
    names = listed_packages(flavor)
    assert {"jupyterlab", "pandas", "ipympl"} <= set(names)
    assert [line.split()[0] for line in flavor.exec("python", "-c", IMPORTS, *names).splitlines()] == names


def test_no_package_is_installed_twice(flavor: Project) -> None:
    code = (
        "import importlib.metadata as m; print(*sorted(d.name.lower() for d in m.distributions()), sep='\\n')"
    )
    names = flavor.exec("python", "-c", code).splitlines()
    assert "jupyterlab" in names
    assert len(set(names)) == len(names)


def test_the_python_version_is_the_chosen_one(flavor: Project) -> None:
    assert flavor.cells("import sys; print(*sys.version_info[:2], sep='.')") == ["3.13"]


def test_tini_is_process_1(flavor: Project) -> None:
    assert flavor.exec("cat", "/proc/1/comm") == "tini"


def test_the_time_zone_of_the_host_is_used(flavor: Project) -> None:
    link = flavor.run(TZ="Europe/Berlin")
    try:
        offsets = "import datetime as d; print(d.datetime(2026, 7, 1).astimezone().utcoffset().seconds)"
        assert flavor.cells(offsets) == ["7200"]
        assert flavor.exec("date", "-d", "2026-07-01", "+%Z") == "CEST"
    finally:
        assert flavor.run() == link


def test_the_log_has_no_warning(flavor: Project) -> None:
    flavor.run()  # a new log: other tests send wrong tokens, which are rightly warnings
    flavor.cells("import pandas", "print('a cell')")
    flavor.stop()
    log = flavor.log()
    assert "Kernel shutdown" in log
    trouble = r"^\[[WE] |ERROR|WARNING|CRITICAL|Traceback"
    assert [line for line in log.splitlines() if re.search(trouble, line) and SLOW_KERNEL not in line] == []
    flavor.start()
