"""What code in the container can reach: the project, and nothing else of the host."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from support.projects import Project
from support.servers import Server, http_status
from support.users import ROOT, owners

pytestmark = pytest.mark.docker


def test_without_sudo_nothing_leads_to_root(locked: Project) -> None:
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


def test_without_sudo_the_server_has_no_capability(locked: Project) -> None:
    assert locked.container.exec_run(["sudo", "-n", "true"]).exit_code != 0
    status = dict(line.split(":", 1) for line in locked.exec("cat", "/proc/1/status").splitlines())
    assert [int(status[name], 16) for name in ("CapEff", "CapPrm", "CapBnd")] == [0, 0, 0]
    assert status["NoNewPrivs"].strip() == "1"


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


def test_only_the_project_is_mounted(locked: Project) -> None:
    attributes = locked.container.attrs
    assert [mount["Source"] for mount in attributes["Mounts"]] == [str(locked.folder)]
    host = attributes["HostConfig"]
    assert (host["Privileged"], host["PidMode"], host["Devices"] or []) == (False, "", [])
    assert host["NetworkMode"] in ("bridge", "default")
    assert host["IpcMode"] == "private"


def test_a_build_sends_only_what_it_reads(project: Project) -> None:
    for name in [".env", "id_ed25519", "notebooks.pem"]:
        (project.folder / name).write_bytes(os.urandom(3_000_000))
    result = project.succeed("build", "--", "--progress=plain")
    sent = re.findall(r"transferring (?!dockerfile)[\w ]+: ([\d.]+)([kM]?B)", result.stderr)
    assert sent
    assert sum(float(size) * {"B": 1, "kB": 1e3, "MB": 1e6}[unit] for size, unit in sent) < 500_000


def test_the_image_has_no_secret_of_requirements(project: Project) -> None:
    (project.requirements / ".env").write_text("PASSWORD=x")
    (project.requirements / "secret.pem").write_text("PRIVATE KEY")
    project.start()
    found = project.exec(
        "find", "/", "-xdev", "(", "-name", ".env", "-o", "-name", "secret.pem", ")", user="0"
    )
    assert found == ""


def test_a_state_folder_that_is_a_symbolic_link_is_refused(project: Project) -> None:
    target = project.folder.with_name("target")
    target.mkdir()
    (project.folder / ".jupyter").symlink_to(target)
    result = project.fail("start", "-d")
    assert "symbolic link" in result.messages[0]
    assert list(target.iterdir()) == []


def test_stop_removes_nothing_through_a_symbolic_link(project: Project) -> None:
    project.start()
    target = project.folder.with_name("target")
    (project.folder / ".jupyter").rename(target)
    (project.folder / ".jupyter").symlink_to(target)
    result = project.fail("stop", "--remove")
    assert "symbolic link" in result.messages[0]
    assert (target / str(project.user.uid) / "image-latest").is_file()


def next_process_ids(count: int) -> range:
    """The IDs that the next processes of this machine get."""
    last = int(Path("/proc/loadavg").read_text().split()[-1])
    return range(last + 1, last + 1 + count)


def test_links_that_code_in_the_container_leaves_are_not_followed(project: Project) -> None:
    project.start()
    victim = project.folder.with_name("victim")
    victim.write_text("untouched\n")
    project.give(victim)
    for name in ("port", "token", "image-latest"):
        (project.state / name).unlink()
        (project.state / name).symlink_to(victim)
        for number in next_process_ids(5000):  # the script's temporary name ends with its process ID
            (project.state / f"{name}.new.{number}").symlink_to(victim)
    assert http_status(project.run()) == 200
    assert victim.read_text() == "untouched\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else's sudo")
def test_sudo_follows_no_link_out_of_the_project(project: Project) -> None:
    user = project.user
    sudo = {"SUDO_UID": str(user.uid), "SUDO_GID": str(user.gid), "SUDO_USER": user.name}
    command = [str(project.requirements / "start.sh"), "-d"]
    assert ROOT.run(command, env=sudo).status == 0
    victim = project.folder.with_name("victim")
    victim.write_text("untouched\n")
    victim.chmod(0o600)
    for name in ("port", "token"):
        (project.state / name).unlink()
        (project.state / name).symlink_to(victim)
    (project.folder / ".jupyter/.gitignore").unlink()
    (project.folder / ".jupyter/.gitignore").symlink_to(victim)
    project.succeed("stop", "--remove")
    assert ROOT.run(command, env=sudo).status == 0
    assert victim.read_text() == "untouched\n"
    assert (victim.stat().st_uid, victim.stat().st_mode & 0o777) == (0, 0o600)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_the_scripts_change_no_file_of_the_user(project: Project) -> None:
    mine = project.write("mine.txt", "mine\n")
    mine.chmod(0o400)
    project.start()
    project.succeed("stop", "--remove")
    assert (mine.read_text(), mine.stat().st_mode & 0o777) == ("mine\n", 0o400)
    assert owners(project.folder) == {project.user.ids}
