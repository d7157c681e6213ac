"""Every message of the scripts: how a user gets it, and its error or warning with its hint."""

from __future__ import annotations

from dataclasses import dataclass, field

Answer = tuple[str, str, int]  # the arguments of StubEngine.answer

DOCKER_DENIED = (
    "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: "
    'Get "http://%2Fvar%2Frun%2Fdocker.sock/v1.45/version": dial unix /var/run/docker.sock: connect: '
    "permission denied"
)
NOT_RUNNING = (
    "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"
)
UNREADABLE_SETTINGS = (
    "WARNING: Error loading config file: open /home/me/.docker/config.json: permission denied\n"
)
PORT_IN_USE = (
    "Error response from daemon: driver failed programming external connectivity on endpoint x: "
    "Error starting userland proxy: listen tcp4 127.0.0.1:9999: bind: address already in use"
)
GROUP_HINT = "sudo usermod -aG docker {user}, then log in again (the group docker is equivalent to root)"
INSTALL = "install Docker Desktop or Docker Engine: https://docs.docker.com/get-started/get-docker/"
OPTIONS_HINT = "check RUN_OPTIONS and PORTS in requirements/local.sh, and the options after --"
ID_HINT = "use a number below 2100000000, or 'host' for your own ID"
NAME_HINT = "use up to 32 lowercase letters, digits, _ and -, starting with a letter or _"
PORT_HINT = "use a number from 1024 to 65535"
FIX_HINT = "fix the error in requirements/, then run the same command again"
LOCAL_HINT = "fix the error above; if there is none, replace a last line such as [ ... ] && ... with: if"
COMMIT = "git init -q && git add . && git -c user.name=a -c user.email=a@example.com commit -qm first"


@dataclass(frozen=True)
class Case:
    """A message. `{project}` and `{user}` stand for the project's folder and the user's name.

    `{name}` is the name of the project's container, and `{moved}` that of the user's project /gone/my-project.
    """

    command: str
    hint: str
    error: str = ""
    warning: str = ""
    #: What the environment has, and a command that is run in the project before.
    env: dict[str, str] = field(default_factory=dict)
    setup: str = ":"
    #: The engine, and what it answers.
    engine: str = "docker"
    answers: tuple[Answer, ...] = ()
    #: The system: the contents of /etc/os-release, and the output of `uname -s`. Needs root.
    os_release: str | None = None
    uname: str = "Linux"
    #: The owner of the project. Needs root.
    owner: int | None = None

    @property
    def needs_root(self) -> bool:
        """Whether only root can arrange this."""
        return self.os_release is not None or self.owner is not None


def container(status: str, *more: Answer) -> tuple[Answer, ...]:
    """Answers of an engine on which the project's container has this status, and port 8888."""
    return (("container inspect *State.Status*", f"0a1b2c {status} 8888 1", 0), *more)


def not_installed(hint: str, os_release: str, uname: str = "Linux") -> Case:
    """No engine on some system."""
    return Case("start", hint, "Docker is not installed", engine="", os_release=os_release, uname=uname)


def no_answer(hint: str, output: str, context: str = "default", **more: str) -> Case:
    """An engine that does not answer."""
    engine = more.get("engine", "docker")
    answers = (("version *", output, 1), ("context show", context, 0))
    return Case("start", hint, f"cannot connect to {engine.title()}: {output}", answers=answers, **more)


def refused_option(command: str, setup: str = ":") -> Case:
    """JupyterLab would be open to the network."""
    hint = "publish more ports with PORTS in requirements/local.sh; reach the host as host.docker.internal"
    return Case(command, hint, "refusing --network host: it opens JupyterLab to your network", setup=setup)


def old_podman(engine: str) -> Case:
    """Podman 4, under one of its names."""
    return Case(
        "start",
        "install Podman 5 or newer, or Docker",
        "Podman 4.3.1 is too old: its builds do not detect a change to a mounted file",
        engine=engine,
        answers=(("version *", "4.3.1", 0),),
    )


def bad_start(error: str, output: str, command: str = "start") -> Case:
    """The engine cannot create or start the container, for another reason than its port."""
    return Case(
        "run -d",
        OPTIONS_HINT,
        f"cannot start the container: {error}",
        answers=((f"{command} *", output, 1),),
    )


def created_twice(output: str) -> Case:
    """Another script has created the container."""
    error = "another script has just created the container"
    return Case("start -d", "run the same command again", error, answers=(("create *", output, 125),))


def removed(what: str, *answers: Answer) -> Case:
    """Another script removes the image or the container that this one needs."""
    error = f"another script has just removed the {what}"
    return Case("start -d", "run the same command again", error, answers=answers)


def gone(state: str, status: int = 0) -> Case:
    """Another script has stopped or removed the container while this one waits for JupyterLab."""
    return Case(
        "start -d",
        "run the same command again",
        "another script has just stopped or removed the container",
        answers=(
            ("container inspect *ExitCode* 0a1b2c", state, status),
            ("exec * server-status wait *", "", 137),
        ),
    )


def again(command: str, error: str, fails: str, status: str = "") -> Case:
    """Another script does the same to a container of this status, so an engine command fails."""
    output = "Error response from daemon: it is already in progress"
    return Case(
        command, "run the same command again", error, answers=container(status, (f"{fails} *", output, 1))
    )


CASES = {
    # Arguments
    "unknown argument": Case("stop now", "see requirements/stop.sh --help", "unknown argument: 'now'"),
    "upgrade and frozen": Case(
        "build --upgrade --frozen", "use one of them", "--upgrade and --frozen cannot be combined"
    ),
    "no value": Case("check --skip", "see requirements/check.sh --help", "--skip needs a value"),
    "wrong path": Case("check missing/a.ipynb", "correct the path", "cannot find missing/a.ipynb"),
    # The folder and the user
    "home folder": Case(
        "start",
        "move requirements/ into a separate folder",
        "refusing to use {project} as a project",
        env={"HOME": "{project}"},
    ),
    "root in another user's project": Case(
        "start",
        "omit sudo; if Docker needs it: sudo usermod -aG docker USER, then log in again",
        "refusing to run as root in another user's project",
        owner=1234,
    ),
    "sudo in the user's project": Case(
        "start",
        "omit sudo; if Docker needs it: sudo usermod -aG docker alice, then log in again",
        "refusing to run as root in another user's project",
        env={"SUDO_USER": "alice"},
        owner=1234,
    ),
    # Settings
    "syntax error in local.sh": Case(
        "start",
        LOCAL_HINT,
        "a command in requirements/local.sh or settings.sh failed",
        setup="echo 'RUN_OPTIONS=(' >requirements/local.sh",
    ),
    "failing command in local.sh": Case(
        "start",
        LOCAL_HINT,
        "a command in requirements/local.sh or settings.sh failed",
        setup="echo 'cat missing.env' >requirements/local.sh",
    ),
    "NB_USER": Case("start", NAME_HINT, "invalid NB_USER: 'Alice'", env={"NB_USER": "Alice"}),
    "NB_USER=root": Case(
        "start",
        "choose another name; NB_UID=0 makes that user root",
        "invalid NB_USER: 'root'",
        env={"NB_USER": "root"},
    ),
    "NB_UID": Case("start", ID_HINT, "invalid NB_UID: 'me'", env={"NB_UID": "me"}),
    "DEBIAN_SNAPSHOT": Case(
        "start",
        "use a date such as 20261101T000000Z, or leave it empty",
        "invalid DEBIAN_SNAPSHOT: '2026-11-01'",
        env={"DEBIAN_SNAPSHOT": "2026-11-01"},
    ),
    "Git Bash": Case("start", "use a WSL terminal", "Git Bash is not supported", env={"OSTYPE": "msys"}),
    "IMAGETAG": Case(
        "start",
        "use up to 100 letters, digits, _ . and -, but not . or - first",
        "invalid IMAGETAG: 'a:b'",
        env={"IMAGETAG": "a:b"},
    ),
    "DOCKERPORT": Case("start", PORT_HINT, "invalid DOCKERPORT: '80'", env={"DOCKERPORT": "80"}),
    "RUN_OPTIONS": Case(
        "start",
        "use parentheses, for example: RUN_OPTIONS=(--memory 8g)",
        "RUN_OPTIONS in requirements/local.sh is not an array",
        setup="echo 'RUN_OPTIONS=\"--memory 8g\"' >requirements/local.sh",
    ),
    "PORTS": Case(
        "exec true",
        "use parentheses, for example: PORTS=(6006)",
        "PORTS in requirements/local.sh is not an array",
        setup="echo PORTS=6006 >requirements/local.sh",
    ),
    "network host": refused_option("start -- --network host"),
    "network name=host": refused_option("start -- --network name=host"),
    "network=host in local.sh": refused_option(
        "exec", "echo 'RUN_OPTIONS=(--net=host)' >requirements/local.sh"
    ),
    # The engine
    "Ubuntu": not_installed("sudo apt-get install docker.io docker-buildx", "NAME=Ubuntu\nID=ubuntu\n"),
    "Linux Mint": not_installed(
        "sudo apt-get install docker.io docker-buildx", 'ID=linuxmint\nID_LIKE="ubuntu debian"\n'
    ),
    "Fedora": not_installed("sudo dnf install podman", "ID=fedora\nVERSION_ID=42\n"),
    "Debian": not_installed(INSTALL, "ID=debian\n"),
    "macOS": not_installed(INSTALL, "", "Darwin"),
    "another system": not_installed(INSTALL, ""),
    "engine on another machine by SSH": Case(
        "start",
        "docker context use default, or unset DOCKER_HOST",
        "Docker runs on another machine, which cannot read {project}",
        answers=(("context inspect *", "ssh://me@far.example", 0),),
    ),
    "engine on another machine by TCP": Case(
        "start",
        "docker context use default, or unset DOCKER_HOST",
        "Docker runs on another machine, which cannot read {project}",
        answers=(("context inspect *", "tcp://192.0.2.1:2375", 0),),
    ),
    "Podman 4": old_podman("podman"),
    "Podman 4 as docker": old_podman("docker"),
    "no permission": Case(
        "start", GROUP_HINT, "permission denied by Docker", answers=(("version *", DOCKER_DENIED, 1),)
    ),
    "not running": no_answer("sudo systemctl start docker", NOT_RUNNING),
    "rootless Docker not running": no_answer("systemctl --user start docker", NOT_RUNNING, "rootless"),
    "another context": no_answer(
        "start Docker, or select a context other than desktop-linux: docker context ls",
        NOT_RUNNING,
        "desktop-linux",
    ),
    "not running on macOS": no_answer(
        "start Docker, or select a context other than default: docker context ls", NOT_RUNNING, uname="Darwin"
    ),
    "Podman not running": no_answer(
        "podman machine start", "Error: unable to connect to Podman socket", engine="podman", uname="Darwin"
    ),
    "unreadable settings of Docker": Case(
        "start",
        "sudo chown -R {user} ~/.docker",
        "Docker cannot read its settings: open /home/me/.docker/config.json: permission denied",
        answers=(("version *", UNREADABLE_SETTINGS + "{}", 0),),
    ),
    "unreadable settings of Docker with the selected context": Case(
        "start",
        "sudo chown -R {user} ~/.docker",
        "Docker cannot read its settings: open /home/me/.docker/config.json: permission denied",
        answers=(("version *", UNREADABLE_SETTINGS + NOT_RUNNING, 1),),
    ),
    # The build
    "list outside the project": Case(
        "start",
        "copy it into the project, or correct the list",
        "a list refers to a file that is not in the project: requirements/../../other.txt",
        setup="touch ../other.txt && echo '-r ../../other.txt' >requirements/pip-requirements.txt",
    ),
    "missing list": Case(
        "start",
        "restore it from Git, or create an empty file",
        "requirements/pip-requirements.txt is missing",
        setup="rm requirements/pip-requirements.txt",
    ),
    "symbolic link": Case(
        "start",
        "replace it with a copy of the file; to use a list elsewhere, write -r ../FILE in pip-requirements.txt",
        "symbolic links do not work in requirements/: requirements/certs/company.crt",
        setup="mkdir requirements/certs && ln -s /etc/hosts requirements/certs/company.crt",
    ),
    "unreadable file": Case(
        "start",
        "check its owner and permissions with ls -l",
        "cannot read a file that the image is built from (see above)",
        setup="touch $'requirements/name with a\\nline break.txt'",
    ),
    "no Buildx": Case(
        "build",
        "install the package docker-buildx-plugin (Debian and Ubuntu: docker-buildx)",
        "the Docker Buildx plugin does not work: docker: 'buildx' is not a docker command.",
        answers=(("buildx *", "docker: 'buildx' is not a docker command.\nSee 'docker --help'", 1),),
    ),
    "failed build": Case(
        "build",
        FIX_HINT,
        "the build failed (see the messages above)",
        answers=(
            ("buildx build *", "ERROR: failed to solve: failed to copy files: no space left on device", 1),
        ),
    ),
    "failed build of Podman": Case(
        "build",
        FIX_HINT,
        "the build failed (see the messages above)",
        engine="podman",
        answers=(
            ("version *", "5.4.2", 0),
            ("build *", "Error: building", 1),
        ),
    ),
    "lost output": Case(
        "build",
        "run the same command again",
        "cannot read the lock file in the image",
        answers=(("run *requirements.lock", "", 0),),
    ),
    "removal of the image at the same time": again("build", "cannot read the lock file in the image", "run"),
    "removal of the image after the build": again(
        "build", "another script has just removed the image", "tag"
    ),
    "unwritable lock file": Case(
        "build",
        "check the owner of the folder: ls -ld {project}/requirements",
        "cannot write {project}/requirements/requirements.lock",
        setup="echo 'mv() { return 1; }' >requirements/local.sh",
    ),
    # The container
    "running work": Case(
        "start -d",
        "save your work, then run requirements/run.sh",
        warning="requirements/ or the options have changed, but JupyterLab has running work:\n"
        "  first.ipynb\n  terminal 1",
        answers=container("running", ("exec * server-status work", "first.ipynb\nterminal 1", 0)),
    ),
    "work of a server that is not ready": Case(
        "start -d",
        "save your work, then run requirements/run.sh",
        warning="requirements/ or the options have changed, but JupyterLab has running work:\n"
        "  unknown, because JupyterLab is not ready",
        answers=container("running", ("exec * server-status work", "JupyterLab is not ready", 1)),
    ),
    "packages in a running container": Case(
        "run -d",
        "to keep them, add them to requirements/pip-requirements.txt or apt-requirements.txt",
        warning="manually installed packages are removed: cowsay==6.0, apt-get install cowsay",
        answers=container(
            "running", ("exec * server-status installed", "cowsay==6.0\napt-get install cowsay", 0)
        ),
    ),
    "packages in a stopped container": Case(
        "start -d",
        "to keep them, add them to requirements/pip-requirements.txt or apt-requirements.txt",
        warning="manually installed packages are removed: cowsay==6.0",
        answers=container(
            "exited",
            ("container diff *", "C /opt\nA /opt/user/lib/cowsay-6.0.dist-info/REQUESTED\nA /tmp/x", 0),
        ),
    ),
    "removal of the container at the same time": again(
        "run -d", "cannot remove the old container (see above)", "rm", "exited"
    ),
    "removal at the same time": again("stop --remove", "cannot remove everything (see above)", "volume rm"),
    "stop at the same time": again("stop", "cannot stop JupyterLab (see above)", "stop", "running"),
    "moved project": Case(
        "start -d",
        "docker rm --force {moved}; docker volume rm {moved}-home",
        warning="the project was in /gone/my-project before; its container and its home volume are still there",
        answers=(
            ("volume inspect my-project-*", "", 1),
            ("volume ls *", "{moved}-home\nmy-project-1-home", 0),
            # The second one belongs to another user, whose folder this user may be unable to see.
            (
                "volume inspect --format *",
                "{moved}-home /gone/my-project\nmy-project-1-home /gone/my-project",
                0,
            ),
        ),
    ),
    "port in use": Case(
        "start -d",
        "choose another DOCKERPORT, or leave it empty",
        "port 9999 is in use",
        env={"DOCKERPORT": "9999"},
        answers=(("start *", PORT_IN_USE, 1),),
    ),
    "no free port": Case(
        "start -d",
        "set DOCKERPORT to a free port",
        "no port from 8888 to 8987 is free",
        answers=(("ps *", "\n".join(map(str, range(8888, 8988))), 0),),
    ),
    "name in use in Docker": created_twice(
        'Error response from daemon: Conflict. The container name "/x" is already in use by container "1". '
        "You have to remove (or rename) that container to be able to reuse that name."
    ),
    "name in use in Podman": created_twice(
        'Error: creating container storage: the container name "x" is already in use by 1. You have to remove '
        "that container to be able to reuse that name: that name is already in use, or use --replace"
    ),
    "removal of the image before the start": removed(
        "image",
        ("create *", "Error response from daemon: No such image: {name}:latest", 1),
        ("image inspect {name}:latest", "Error: No such image: {name}:latest", 1),
    ),
    "removal of the container before its start": removed(
        "container",
        ("start 0a1b2c", "Error response from daemon: No such container: 0a1b2c", 1),
        ("container inspect 0a1b2c", "Error: No such container: 0a1b2c", 1),
    ),
    "wrong image": bad_start(
        "Error response from daemon: No such image: g:latest",
        "Error response from daemon: No such image: g:latest",
        "create",
    ),
    "wrong container": bad_start(
        "Error response from daemon: No such container: db",
        "Error response from daemon: No such container: db",
        "create",
    ),
    "wrong option": bad_start(
        "unknown flag: --gpu",
        "unknown flag: --gpu\n\nUsage:  docker create [OPTIONS] IMAGE\n\nRun 'docker create --help' for more information",
        "create",
    ),
    "unknown runtime": bad_start(
        "Error response from daemon: unknown or invalid runtime name: nvidia",
        "WARNING: Error loading config file: permission denied\n"
        "Error response from daemon: unknown or invalid runtime name: nvidia",
        "create",
    ),
    "full disk": bad_start(
        "Error response from daemon: mkdir /var/lib/docker/overlay2/x: no space left on device",
        "Error response from daemon: mkdir /var/lib/docker/overlay2/x: no space left on device\n"
        "Error: failed to start containers: my-project-1",
    ),
    # JupyterLab
    "JupyterLab does not start": Case(
        "start -d",
        "fix the error in requirements/, then run requirements/run.sh",
        "JupyterLab did not start (see the log above)",
        answers=(
            ("container inspect *ExitCode* 0a1b2c", "running 0", 0),
            ("logs *", "ImportError: cannot import name 'x'", 0),
            ("exec * server-status wait *", "JupyterLab is not ready", 1),
        ),
    ),
    "stop of JupyterLab while it starts": gone("exited 143"),
    "stop of JupyterLab when it has started": gone("exited 0"),
    "stop of JupyterLab in Podman": gone("stopping 0"),
    "removal of the container while JupyterLab starts": gone("no such object", 1),
    "JupyterLab ends": Case(
        "start",
        "see the log above",
        "JupyterLab ended unexpectedly (status 137, out of memory: true)",
        answers=container("exited", ("container inspect *ExitCode*", "status 137, out of memory: true", 0)),
    ),
    # check.sh
    "no commit": Case(
        "check",
        "git init && git add --all && git commit",
        "the project has no Git commit to check (see above)",
    ),
    "uncommitted changes": Case(
        "check",
        "commit them",
        warning="these changes are not committed, so they are not checked:\n?? notes.txt",
        setup=f"{COMMIT} && touch notes.txt",
    ),
    "requirements/ not committed": Case(
        "check",
        "git add requirements",
        "commit {commit} has no requirements/",
        setup=f"echo requirements/ >.gitignore && {COMMIT}",
    ),
}
