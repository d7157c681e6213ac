"""Users of the host."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from support.servers import only_link


@dataclass(frozen=True)
class Result:
    """How a command ended."""

    status: int
    stdout: str
    stderr: str

    @property
    def link(self) -> str:
        """The link that a script printed; AssertionError if it printed another one or anything else to stdout."""
        link = only_link(self.stdout)
        assert self.stdout == f"JupyterLab: {link}\n", self.stdout
        assert "token=" not in self.stderr
        return link

    @property
    def messages(self) -> list[str]:
        """The lines `error: ...`, `hint: ...` and `warning: ...`."""
        kinds = ("error: ", "hint: ", "warning: ")
        return [line for line in self.stderr.splitlines() if line.startswith(kinds)]


@dataclass(frozen=True)
class User:
    """A user of the host who may use Docker; `groups` are the IDs of further groups."""

    name: str
    uid: int
    gid: int
    home: Path
    groups: tuple[int, ...] = ()

    @classmethod
    def named(cls, name: str) -> User:
        """The user of that name; KeyError if there is none."""
        entry = pwd.getpwnam(name)
        groups = tuple(os.getgrouplist(name, entry.pw_gid))
        return cls(name, entry.pw_uid, entry.pw_gid, Path(entry.pw_dir), groups)

    @property
    def ids(self) -> tuple[int, int]:
        """The user ID and the group ID."""
        return self.uid, self.gid

    def popen(
        self, command: list[str], env: Mapping[str, str] | None = None, **more: Any
    ) -> subprocess.Popen:
        """Start `command` as this user, in a plain environment plus `env`."""
        if os.geteuid() == 0:
            more |= {"user": self.uid, "group": self.gid, "extra_groups": list(self.groups)}
        plain = {
            "HOME": str(self.home),
            "USER": self.name,
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
        }
        if "DOCKER_HOST" in os.environ:
            plain["DOCKER_HOST"] = os.environ["DOCKER_HOST"]
        return subprocess.Popen(command, env=plain | dict(env or {}), **({"cwd": "/"} | more))

    def run(
        self, command: list[str], env: Mapping[str, str] | None = None, text: str | None = None, **more: Any
    ) -> Result:
        """Run `command` as this user to its end, with `text` as standard input; at most for half an hour."""
        pipe = subprocess.PIPE
        stdin = subprocess.DEVNULL if text is None else pipe
        more = {"stdin": stdin, "stdout": pipe, "stderr": pipe, "text": True} | more
        with self.popen(command, env, start_new_session=True, **more) as process:
            try:
                out, err = process.communicate(text, timeout=1800)
            except BaseException:  # also if pytest's own time limit is reached
                os.killpg(process.pid, signal.SIGKILL)
                raise
        return Result(process.returncode, out, err)


ROOT = User("root", 0, 0, Path("/root"))


@contextmanager
def host_user(name: str, uid: int) -> Iterator[User]:
    """A user of the host with their own group (`uid` + 1) who may use Docker; removed at the end."""
    if os.geteuid() != 0:
        yield User.named(pwd.getpwuid(os.geteuid()).pw_name)
        return
    docker_group = os.stat("/var/run/docker.sock").st_gid
    subprocess.run(["groupadd", "--gid", str(uid + 1), name], check=True)
    try:
        ids = ["--uid", str(uid), "--gid", str(uid + 1), "--groups", str(docker_group)]
        subprocess.run(["useradd", "--create-home", "--shell", "/bin/bash", *ids, name], check=True)
        try:
            yield User.named(name)
        finally:
            subprocess.run(["userdel", "--force", "--remove", name], check=True, capture_output=True)
    finally:
        if subprocess.run(["getent", "group", name], capture_output=True).returncode == 0:
            subprocess.run(["groupdel", name], check=True)


def unnamed_user(folder: Path, uid: int, gid: int, *groups: int) -> User:
    """A user with these IDs who may use Docker, with a home in `folder`; the host has no name for them."""
    home = folder / f"home-{uid}-{gid}"
    home.mkdir(exist_ok=True)
    os.chown(home, uid, gid)
    return User(f"user{uid}", uid, gid, home, (os.stat("/var/run/docker.sock").st_gid, *groups))


def with_new_home(user: User, folder: Path) -> User:
    """The same user with a new, empty home in `folder`."""
    home = Path(tempfile.mkdtemp(prefix="home-", dir=folder))
    if os.geteuid() == 0:
        os.chown(home, user.uid, user.gid)
    return replace(user, home=home)


def owners(folder: Path) -> set[tuple[int, int]]:
    """The owner and the group of everything in `folder`, itself included."""
    return {(path.lstat().st_uid, path.lstat().st_gid) for path in [folder, *folder.rglob("*")]}
