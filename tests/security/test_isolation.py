"""What code in the container can reach: the project, and nothing else of the host."""

from __future__ import annotations

import os
import re
from collections.abc import Callable

import pytest
from support.builds import in_image
from support.projects import Project
from support.servers import Server
from support.users import ROOT, owners

pytestmark = pytest.mark.docker


def test_without_sudo_nothing_leads_to_root(locked: Project) -> None:
    assert locked.container.exec_run(["sudo", "-n", "true"]).exit_code != 0
    fields = "{k: v.strip() for k, v in (l.split(':', 1) for l in open('/proc/self/status'))}"
    [printed] = locked.cells(f"s = {fields}; s['CapEff'], s['CapBnd'], s['NoNewPrivs'], s['Uid'].split()[1]")
    assert printed == repr(("0" * 16, "0" * 16, "1", str(locked.user.uid)))
    [euid] = locked.cells(
        "import subprocess; subprocess.run('cp /bin/id /tmp/id; chmod 4755 /tmp/id; /tmp/id -u', shell=True,"
        " capture_output=True, text=True).stdout.strip()"
    )
    assert euid == repr(str(locked.user.uid))
    [found] = locked.cells(
        "subprocess_ = __import__('subprocess'); [path for path in subprocess_.run('find / -xdev -perm -4000 -uid 0',"
        " shell=True, capture_output=True, text=True).stdout.split() if subprocess_.run([path, '-c', 'id -u'],"
        " stdin=-3, capture_output=True, text=True, timeout=20).stdout.strip() == '0']"
    )
    assert found == "[]"


def test_without_sudo_notebooks_are_saved(locked: Project) -> None:
    Server(locked.start()).save("saved.ipynb")
    assert (locked.folder / "saved.ipynb").stat().st_uid == locked.user.uid


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be root")
def test_root_without_sudo_keeps_only_what_files_need(new_project: Callable[..., Project]) -> None:
    project = new_project(user=ROOT, passwordless_sudo="no")
    Server(project.start()).save("saved.ipynb")
    [bounds] = project.cells("[l.split()[1] for l in open('/proc/self/status') if l.startswith('CapBnd')][0]")
    assert int(bounds.strip("'"), 16) == 0b1011  # CHOWN, DAC_OVERRIDE, FOWNER
    assert (project.folder / "saved.ipynb").stat().st_uid == 0


def test_only_the_project_and_the_home_volume_are_mounted(locked: Project) -> None:
    attributes = locked.container.attrs
    mounts = {(mount["Type"], mount.get("Name") or mount["Source"]) for mount in attributes["Mounts"]}
    assert mounts == {("bind", str(locked.folder)), ("volume", f"{locked.container.name}-home")}
    host = attributes["HostConfig"]
    assert (host["Privileged"], host["PidMode"], host["Devices"] or []) == (False, "", [])
    assert host["NetworkMode"] in ("bridge", "default")
    assert host["IpcMode"] == "private"


def test_the_image_has_no_secret_of_the_project(project: Project) -> None:
    for name in [".env", "id_ed25519", "requirements/.env", "requirements/secret.pem"]:
        project.write(name, "PASSWORD=x\n" * 300_000)
    result = project.succeed("build", "--", "--progress=plain")
    sent = re.findall(r"transferring (?!dockerfile)[\w ]+: ([\d.]+)([kM]?B)", result.stderr)
    assert sent
    assert sum(float(size) * {"B": 1, "kB": 1e3, "MB": 1e6}[unit] for size, unit in sent) < 5_000_000
    names = ["-name", ".env", "-o", "-name", "id_ed25519", "-o", "-name", "secret.pem"]
    assert in_image(project, "find", "/", "-xdev", *names, user="0") == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_the_scripts_change_no_file_of_the_user(project: Project) -> None:
    mine = project.write("mine.txt", "mine\n")
    mine.chmod(0o400)
    project.start()
    project.succeed("stop", "--remove")
    assert (mine.read_text(), mine.stat().st_mode & 0o777) == ("mine\n", 0o400)
    assert owners(project.folder) == {project.user.ids}
