"""How fast and how small, beside a plain Dockerfile: same packages, same machine, same run.

python benchmarks/run.py            all of it, about 20 minutes on two cores
python benchmarks/run.py --quick    without the growth to 20 and 60 packages
python benchmarks/run.py --only ready nothing    these parts again, the other figures as they were
python benchmarks/run.py --redraw   table and chart again, from results.json

Needs Docker and cookiecutter. Ours and plain take turns, so that other load on the machine meets both alike.
Writes results.json and results.md here, docs/benchmark.svg, and the README's table. Leaves no image and no container.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median

from report import Results, chart, table

HERE = Path(__file__).resolve().parent
TEMPLATE = HERE.parent
PACKAGES = (HERE / "packages.txt").read_text().split()
SIZES = [4, 20, 60]
SHORT, LONG = 5, 3  # runs of what takes seconds, and of what takes minutes


def say(text: str) -> None:
    """One line of progress."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def run(*command: str | Path, env: dict[str, str] | None = None) -> str:
    """Run a command to its end and return what it printed; its error output is shown where it fails."""
    done = subprocess.run(
        [str(word) for word in command],
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))} failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done.stdout.strip()


def seconds(action: Callable[[], object]) -> float:
    """How long `action` takes."""
    begun = time.monotonic()
    action()
    return time.monotonic() - begun


def free_port() -> int:
    """A port that nobody uses just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int, limit: float = 120) -> None:
    """Wait for the first HTTP 200 of the server on `port`; SystemExit after `limit` seconds."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    end = time.monotonic() + limit
    while time.monotonic() < end:
        try:
            with opener.open(f"http://127.0.0.1:{port}/api", timeout=2) as page:
                if page.status == 200:
                    return
        except OSError:
            time.sleep(0.02)
    raise SystemExit(f"nothing answered on port {port} in {limit} s")


@dataclass
class Subject:
    """A project that is measured; `port` is where its server is published."""

    folder: Path
    port: int = field(default_factory=free_port)

    def write(self, packages: Sequence[str]) -> None:
        """Set the list of packages."""
        raise NotImplementedError

    def build(self, uid: int | None = None) -> None:
        """Build as a person would after an edit."""
        raise NotImplementedError

    def first_build(self) -> None:
        """Build with no layer and no download kept from before; the base image is there."""
        raise NotImplementedError

    def run(self) -> None:
        """Start a fresh container."""
        raise NotImplementedError

    def start(self) -> None:
        """Start the stopped container."""
        raise NotImplementedError

    def stop(self) -> None:
        """Stop the container."""
        raise NotImplementedError

    def forget_container(self) -> None:
        """Take the container away, running or not."""
        raise NotImplementedError

    def size(self) -> int:
        """The image's size, in bytes."""
        raise NotImplementedError

    def remove(self) -> None:
        """Take container and images away."""
        raise NotImplementedError


class Ours(Subject):
    """A rendered project, by its own scripts."""

    def script(self, name: str, *words: str, **env: str) -> str:
        """Run one of its scripts."""
        return run(self.folder / f"requirements/{name}.sh", *words, env={"DOCKERPORT": str(self.port), **env})

    def write(self, packages: Sequence[str]) -> None:
        own = [package for package in packages if package != "jupyterlab"]  # it is in the template's list
        (self.folder / "requirements/pip-requirements.txt").write_text("\n".join(own) + "\n")

    def build(self, uid: int | None = None) -> None:
        self.script("build", **({"NB_UID": str(uid), "NB_GID": str(uid)} if uid else {}))

    def first_build(self) -> None:
        # Layers and cache mounts of its own, and so new ones, without emptying those of the machine.
        recipe = self.folder / "requirements/Dockerfile"
        new = f"{CACHE}-{time.time_ns()}"
        mine = re.sub(r" AS base\n(ENV NEW=.*\n)?", f" AS base\nENV NEW={new}\n", recipe.read_text())
        mine = re.sub(r"type=cache,(id=[^,]+,)?target=([^ ,]+)", rf"type=cache,id={new}\2,target=\2", mine)
        recipe.write_text(mine)
        (self.folder / "requirements/requirements.lock").unlink(missing_ok=True)
        self.build()

    def run(self) -> None:
        self.script("run", "-d")

    def start(self) -> None:
        self.script("start", "-d")

    def stop(self) -> None:
        self.script("stop")

    def forget_container(self) -> None:
        mine = f"label=jupyter-docker.folder={self.folder}"
        if containers := run("docker", "ps", "--all", "--quiet", "--filter", mine).split():
            run("docker", "rm", "--force", *containers)

    def size(self) -> int:
        image = run(
            "docker", "images", "--quiet", "--filter", f"label=jupyter-docker.folder={self.folder}"
        ).splitlines()[0]
        return int(run("docker", "image", "inspect", "--format", "{{.Size}}", image))

    def remove(self) -> None:
        self.script("stop", "--remove")


class Plain(Subject):
    """The plain Dockerfile, by docker's commands."""

    @property
    def name(self) -> str:
        """Of its image and its container."""
        return f"jupyter-docker-benchmark-{self.folder.name}-{os.getpid()}".lower()

    def write(self, packages: Sequence[str]) -> None:
        (self.folder / "pip-requirements.txt").write_text("\n".join(packages) + "\n")

    def build(self, uid: int | None = None) -> None:
        run(
            *(
                "docker",
                "build",
                "--tag",
                self.name,
                "--label",
                CACHE,
                "--build-arg",
                f"NB_UID={uid or 1000}",
            ),
            self.folder,
        )

    def first_build(self) -> None:
        recipe = self.folder / "Dockerfile"
        new = f"FROM python:3.13\nENV NEW={CACHE}-{time.time_ns()}\n"
        recipe.write_text(re.sub(r"FROM python:3.13\n(ENV NEW=.*\n)?", new, recipe.read_text()))
        self.build()

    def run(self) -> None:
        options = ["--detach", "--publish", f"127.0.0.1:{self.port}:8888", "--name", self.name]
        run("docker", "run", *options, "--volume", f"{self.folder}:/home/myuser/work", self.name)

    def start(self) -> None:
        run("docker", "start", self.name)

    def stop(self) -> None:
        # Its PID 1 minds no SIGTERM for a while: the wait is not what is measured.
        if self.name in run("docker", "ps", "--format", "{{.Names}}").split():
            run("docker", "kill", self.name)

    def forget_container(self) -> None:
        run("docker", "rm", "--force", self.name)

    def size(self) -> int:
        return int(run("docker", "image", "inspect", "--format", "{{.Size}}", self.name))

    def remove(self) -> None:
        self.forget_container()
        for image in run("docker", "images", "--all", "--quiet", "--filter", f"label={CACHE}").split():
            run("docker", "image", "rm", "--force", image)


CACHE = f"jupyter-docker-benchmark-{os.getpid()}"


def ready(subject: Subject, how: Callable[[], None]) -> float:
    """Seconds from the command to the first HTTP 200."""
    with ThreadPoolExecutor(1) as background:
        begun = time.monotonic()
        command = background.submit(how)  # which may still be at work when the server answers
        answers(subject.port)
        taken = time.monotonic() - begun
        command.result()
    return taken


def fresh(subject: Subject) -> float:
    """Seconds to the first answer of a new container, where there is none."""
    subject.forget_container()
    return ready(subject, subject.run)


def again(subject: Subject) -> float:
    """Seconds to the first answer of the stopped container."""
    subject.stop()
    return ready(subject, subject.start)


def generate(template: Path, folder: Path) -> None:
    """Make a project of a template by the whole command, and remove it."""
    with tempfile.TemporaryDirectory(dir=folder) as parent:
        command = [Path(sys.executable).parent / "cookiecutter", "--no-input", "--output-dir", parent]
        run(*command, template, env={"COOKIECUTTER_CONFIG": str(folder / "cookiecutterrc")})


def empty_template(folder: Path) -> Path:
    """A template of one file and two empty hooks."""
    template = folder / "empty-template"
    (template / "hooks").mkdir(parents=True)
    (template / "{{cookiecutter.project_slug}}").mkdir()
    (template / "{{cookiecutter.project_slug}}/README.md").write_text("# {{cookiecutter.project_slug}}\n")
    (template / "cookiecutter.json").write_text('{"project_slug": "my-project"}')
    for name in ["pre_gen_project", "post_gen_project"]:
        (template / f"hooks/{name}.py").touch()
    return template


def make(folder: Path, name: str, packages: Sequence[str]) -> tuple[Ours, Plain]:
    """The two projects with the same packages, rendered and copied but not built."""
    config = folder / "cookiecutterrc"
    config.write_text(f"cookiecutters_dir: {folder}/templates\nreplay_dir: {folder}/replay\n")
    run(
        *(Path(sys.executable).parent / "cookiecutter", "--no-input", "--output-dir", folder, TEMPLATE),
        f"project_slug=ours-{name}",
        env={"COOKIECUTTER_CONFIG": str(config)},
    )
    ours = Ours((folder / f"ours-{name}").resolve())
    plain = Plain(Path(shutil.copytree(HERE / "plain", folder / f"plain-{name}")))
    for subject in (ours, plain):
        subject.write(packages)
    return ours, plain


def floor(ours: Ours, folder: Path) -> int:
    """The size in bytes of the base with the same Debian packages and wheels, and nothing else."""
    context = Path(shutil.copytree(HERE / "floor", folder / "floor"))
    shutil.copy(ours.folder / "requirements/requirements.lock", context)
    run("docker", "build", "--quiet", "--tag", f"{CACHE}-floor", context)
    try:
        return int(run("docker", "image", "inspect", "--format", "{{.Size}}", f"{CACHE}-floor"))
    finally:
        run("docker", "image", "rm", "--force", f"{CACHE}-floor")


def on_the_host(ours: Ours, folder: Path) -> list[float]:
    """Seconds to HTTP 200 of the same interpreter and packages straight on the host; empty if not root.

    The image's files are unpacked, and `jupyter lab` runs in them by chroot: no container, the same disk.
    """
    if os.geteuid() != 0:
        return []
    root = folder / "root"
    root.mkdir()
    image = run(
        "docker", "images", "--quiet", "--filter", f"label=jupyter-docker.folder={ours.folder}"
    ).split()[0]
    container = run("docker", "create", image)
    try:
        archive = folder / "root.tar"
        run("docker", "export", "--output", archive, container)
        run("tar", "--extract", "--file", archive, "--directory", root)
        archive.unlink()
    finally:
        run("docker", "rm", container)
    taken = []
    for _ in range(SHORT + 1):
        port = free_port()
        script = (  # the mounts are gone with their namespace
            f"mount --bind /proc {root}/proc && mount --rbind /dev {root}/dev && exec chroot "
            f"{root} env HOME=/home/jovyan PATH=/usr/local/bin:/usr/bin:/bin JUPYTER_RUNTIME_DIR=/tmp/runtime "
            f"JUPYTER_CONFIG_DIR=/tmp/config JUPYTER_DATA_DIR=/tmp/data IPYTHONDIR=/tmp/ipython "
            f"jupyter lab --allow-root --ServerApp.ip=127.0.0.1 --ServerApp.port={port} --ServerApp.root_dir=/tmp"
        )
        begun = time.monotonic()
        with subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", script],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as server:
            answers(port)
            taken.append(time.monotonic() - begun)
            server.terminate()
    return taken[1:]  # the first one read the files from the disk


class Turns:
    """Measures ours and plain in turn, and keeps the figures."""

    def __init__(self, folder: Path, results: Results, ours: Ours, plain: Plain) -> None:
        self.folder, self.results, self.ours, self.plain = folder, results, ours, plain
        self.both: list[tuple[str, Subject]] = [("ours", ours), ("plain", plain)]

    def measure(self, figure: str, times: int, action: Callable[[Subject, int], float | None]) -> None:
        """Time `action` of each; where it returns seconds of its own, those count."""
        self.results.forget(figure)
        for number in range(times):
            for who, subject in self.both:
                begun = time.monotonic()
                own = action(subject, number)
                value = time.monotonic() - begun if own is None else own
                self.results.add(figure, who, value)
                say(f"{figure}, {number + 1} of {times}: {who} {value:.2f} s")

    def generate(self) -> None:
        """A project by the whole command, beside a template of one file and two empty hooks."""
        templates = {"ours": TEMPLATE, "plain": empty_template(self.folder)}
        self.results.forget("generate")
        for _ in range(SHORT + 2):
            for who, template in templates.items():
                self.results.add("generate", who, seconds(partial(generate, template, self.folder)))
        say(f"generate: {self.results.values['generate']}")

    def first(self) -> None:
        """First builds with nothing cached, and the images' sizes."""
        self.measure("first build", LONG, lambda subject, _: subject.first_build())
        self.results.forget("image")
        for who, subject in self.both:
            self.results.add("image", who, subject.size())
        self.results.add("image", "floor", floor(self.ours, self.folder))
        say(f"image: {self.results.values['image']}")

    def ready(self) -> None:
        """From the command to the first answer: a fresh container, a stopped one, and no Docker at all."""
        self.measure("run", SHORT, lambda subject, _: fresh(subject))
        self.measure("start", SHORT, lambda subject, _: again(subject))
        for value in on_the_host(self.ours, self.folder):
            self.results.add("run", "host", value)
        say(f"on the host: {self.results.values['run'].get('host')}")

    def nothing(self) -> None:
        """The commands with nothing changed."""
        self.ours.start()
        self.measure("nothing changed", SHORT, lambda subject, _: subject.build())
        self.results.forget("start.sh, running")
        for _ in range(SHORT):
            self.results.add("start.sh, running", "ours", seconds(self.ours.start))
        say(f"start.sh, running: {self.results.values['start.sh, running']}")

    def ids(self) -> None:
        """A build for a colleague, another each time."""
        self.measure("ids", LONG, lambda subject, number: subject.build(uid=3000 + number))
        for number in range(LONG, SHORT):
            self.results.add("ids", "ours", seconds(partial(self.ours.build, 3000 + number)))
        for _, subject in self.both:
            subject.build()

    def scipy(self) -> None:
        """A package added: another scipy each time, as docker knows one that it has installed before."""

        def add(subject: Subject, number: int) -> None:
            subject.write([*PACKAGES[:4], ["scipy", "scipy<1.17", "scipy<1.16"][number]])
            subject.build()

        self.measure("scipy", LONG, add)


PARTS = ["generate", "first", "ready", "nothing", "ids", "scipy", "growth"]


def basic(folder: Path, results: Results, parts: Sequence[str]) -> None:
    """The figures of one project with four packages."""
    ours, plain = make(folder, "4", PACKAGES[:4])
    with removed(ours, plain):
        turns = Turns(folder, results, ours, plain)
        if "first" not in parts:
            say("building, with what the machine has cached")
            ours.build()
            plain.build()
        for part in parts:
            getattr(turns, part)()
            write(results)


def growth(folder: Path, results: Results) -> None:
    """The same with more packages, once each."""
    for count in SIZES[1:]:
        ours, plain = make(folder, str(count), PACKAGES[:count])
        with removed(ours, plain):
            steps: dict[str, Callable[[Subject], float]] = {
                "first build": lambda subject: seconds(subject.first_build),
                "image": lambda subject: subject.size(),
                "run": lambda subject: median(fresh(subject) for _ in range(3)),
                "added": lambda subject: seconds(subject.build),
            }
            for step, action in steps.items():
                for who, subject in (("ours", ours), ("plain", plain)):
                    if who == "ours":
                        results.forget(f"{count}: {step}")
                    if step == "added":
                        subject.write([*PACKAGES[:count], "cowsay"])
                    value = action(subject)
                    results.add(f"{count}: {step}", who, value)
                    say(f"{count} packages, {step}: {who} {value:.2f}")
                write(results)


@contextmanager
def removed(*subjects: Subject) -> Iterator[None]:
    """Whatever happens in the block, the subjects' containers and images are gone after it."""
    try:
        yield
    finally:
        for subject in subjects:
            subject.remove()


def forget_caches() -> None:
    """Take away the cache mounts of this run, and no others."""
    listed = run("docker", "buildx", "du", "--verbose")
    for record in listed.split("\n\n"):
        found = re.search(r"^ID:\s+(\S+)", record, re.MULTILINE)
        if found and CACHE in record:
            run("docker", "buildx", "prune", "--force", "--filter", f"id={found[1]}")


def write(results: Results) -> None:
    """All files that show the results."""
    (HERE / "results.json").write_text(json.dumps(results.as_dict(), indent=2) + "\n")
    (HERE / "results.md").write_text(
        f"# How fast, how small\n\n{results.machine}\n\n{table(results)}\n{(HERE / 'notes.md').read_text()}"
    )
    (TEMPLATE / "docs/benchmark.svg").write_text(chart(results))
    readme = TEMPLATE / "README.md"
    shown = f"<!-- benchmark -->\n{table(results)}\n{results.machine}\n<!-- end of benchmark -->"
    readme.write_text(
        re.sub(
            "<!-- benchmark -->.*<!-- end of benchmark -->",
            lambda _: shown,
            readme.read_text(),
            flags=re.DOTALL,
        )
    )


def machine() -> str:
    """One line on where and when this was measured."""
    docker = run("docker", "version", "--format", "{{.Server.Version}}")
    return (
        f"Measured on {time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, {platform.machine()}, "
        f"Linux {platform.release().split('-')[0]}, Docker {docker}; medians; ours and plain in turn; "
        f"load when it began {os.getloadavg()[0]:.1f}."
    )


def main() -> None:
    """Measure, or draw again what was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="without the growth to 20 and 60 packages")
    parser.add_argument("--redraw", action="store_true", help="table and chart from results.json")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="measure these parts again")
    options = parser.parse_args()
    kept = HERE / "results.json"
    results = Results.from_dict(json.loads(kept.read_text())) if kept.exists() else Results("")
    if options.redraw:
        write(results)
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was made is removed
    results.machine = machine()
    folder = Path(tempfile.mkdtemp(prefix="jupyter-docker-benchmark-"))
    folder.chmod(0o755)
    try:
        if parts := [part for part in options.only if part != "growth"]:
            basic(folder, results, parts)
        if "growth" in options.only and not options.quick:
            growth(folder, results)
    finally:
        forget_caches()
        shutil.rmtree(folder)
    print(table(results))


if __name__ == "__main__":
    main()
