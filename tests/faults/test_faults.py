"""Whatever is killed, deleted or raced: no notebook changes, and the same command again is enough."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from engine_fixtures import make
from projects import Person, Project, get, sweep, until

pytestmark = pytest.mark.docker

VICTIMS = ["build", "run", "start", "container", "jupyter", "kernel"]
EVERY_DAY = [(victim, seed) for seed, victim in enumerate(VICTIMS)]
SOAK = [(VICTIMS[seed % 6], seed) for seed in range(6, 60)]


@pytest.fixture(scope="module")
def victim(ground: Path, person: Person, engine: object) -> Iterator[Project]:
    """A project with a notebook; every test leaves it startable."""
    project = make(ground, person, engine, layout="requirements")
    project.write("notebook.ipynb", '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}\n')
    project.start()
    yield project
    sweep(engine, project.folder.parent)


def kill_script(project: Project, name: str, moment: float) -> None:
    """Start a script, and after `moment` seconds kill it and all that it has started."""
    command = [str(project.requirements / f"{name}.sh")] + (["-d"] if name != "build" else [])
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}
    process = project.person.popen(command, **quiet)
    time.sleep(moment)  # the moment of the fault is what is tested
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


def strike(project: Project, what: str, chance: random.Random) -> None:
    """Kill `what` with SIGKILL, at a moment or with a signal that `chance` chooses."""
    if what == "build":
        project.add(f"# {chance.random()}")
        kill_script(project, what, chance.uniform(0, 3))
    elif what == "run":
        kill_script(project, what, chance.uniform(0, 4))
    elif what == "start":
        project.stop()
        kill_script(project, what, chance.uniform(0, 2))
    elif what == "container":
        project.start()
        project.container.kill("SIGKILL")
    elif what == "jupyter":
        project.start()
        kill_inside(project, "jupyter[-]lab")
    else:
        project.start()
        project.busy_cell("import time; time.sleep(600)")
        kill_inside(project, "ipykernel[_]launcher")


def kill_inside(project: Project, pattern: str) -> None:
    """Kill the processes inside whose command matches `pattern` (brackets keep it from matching itself)."""
    project.exec("bash", "-c", f"kill -9 $(grep -lE '{pattern}' /proc/[0-9]*/cmdline | cut -d/ -f3)")


def check_after(project: Project, before: bytes) -> None:
    """The same command again comes up, alone, on the same notebook."""
    assert get(project.start()) == 200
    assert (project.folder / "notebook.ipynb").read_bytes() == before
    assert len(project.containers()) == 1
    assert project.cells("1 + 1") == ["2"]


@pytest.mark.parametrize(("what", "seed"), EVERY_DAY)
def test_killed_at_a_random_moment(victim: Project, what: str, seed: int) -> None:
    before = (victim.folder / "notebook.ipynb").read_bytes()
    strike(victim, what, random.Random(seed))
    check_after(victim, before)


@pytest.mark.soak
@pytest.mark.parametrize(("what", "seed"), SOAK)
def test_killed_at_many_random_moments(victim: Project, what: str, seed: int) -> None:
    test_killed_at_a_random_moment(victim, what, seed)


def test_deleted_container_is_made_again(victim: Project) -> None:
    victim.start()
    before = (victim.folder / "notebook.ipynb").read_bytes()
    victim.container.remove(force=True)
    check_after(victim, before)


def test_deleted_image_is_made_again(victim: Project) -> None:
    victim.start()
    before = (victim.folder / "notebook.ipynb").read_bytes()
    victim.stop()
    for image in victim.images():
        victim.engine.images.remove(image.id, force=True)
    check_after(victim, before)


def test_two_starts_at_once_give_one_server(victim: Project) -> None:
    victim.start()
    victim.container.remove(force=True)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    both = [victim.person.popen([str(victim.requirements / "start.sh"), "-d"], **pipes) for _ in range(2)]
    said = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert said[0][0] == said[1][0]
    assert len(victim.containers()) == 1


def test_port_taken_while_stopped_moves_to_the_next(victim: Project) -> None:
    port = int(victim.start().split(":")[2].split("/")[0])
    victim.stop()
    with socket.create_server(("127.0.0.1", port)):
        link = victim.start()
        assert get(link) == 200
        assert f":{port}/" not in link
    assert len(victim.containers()) == 1


def test_build_without_network_says_so_and_leaves_the_old_image(new: Callable[..., Project]) -> None:
    project = new(layout="requirements")
    project.start()
    [image] = {image.id for image in project.images()}
    project.add("six")
    offline = {"HTTPS_PROXY": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
    ran = project.script("build", env=offline)
    assert ran.code == 1
    assert "HTTPS_PROXY" in ran.err.splitlines()[-1]
    assert image in {image.id for image in project.images()}
    until(lambda: get(project.start()) == 200, "the server that ran before")


@pytest.mark.soak
def test_load_leaves_the_server_up(new: Callable[..., Project]) -> None:
    """20 kernels, 100 requests at once, a 200 MB upload and a 20 MB notebook."""
    project = new()
    link = project.start()
    token = link.split("token=")[1]
    code = f"""
import base64, json, time, urllib.request
from concurrent.futures import ThreadPoolExecutor
def call(method, path, body=None):
    request = urllib.request.Request("http://127.0.0.1:8888/api/" + path, method=method, data=body,
        headers={{"Authorization": "token {token}", "Content-Type": "application/json"}})
    return urllib.request.build_opener(urllib.request.ProxyHandler({{}})).open(request, timeout=300).read()
def timed(what, work):
    begun = time.monotonic(); work(); print(what, round(time.monotonic() - begun, 1), "s", flush=True)
def kernels():
    made = [json.loads(call("POST", "kernels", b"{{}}"))["id"] for _ in range(20)]
    for kernel in made: call("DELETE", "kernels/" + kernel)
def requests():
    with ThreadPoolExecutor(100) as pool: list(pool.map(lambda _: call("GET", "contents"), range(100)))
def upload():
    for number in range(1, 21):
        chunk = -1 if number == 20 else number
        call("PUT", "contents/big.bin", json.dumps(dict(type="file", format="base64", chunk=chunk,
            content=base64.b64encode(bytes(10_000_000)).decode())).encode())
def notebook():
    cell = dict(cell_type="markdown", id="a", metadata={{}}, source="x" * 20_000_000)
    book = dict(cells=[cell], metadata={{}}, nbformat=4, nbformat_minor=5)
    call("PUT", "contents/big.ipynb", json.dumps(dict(type="notebook", content=book)).encode())
    call("GET", "contents/big.ipynb")
for work in [kernels, requests, upload, notebook]: timed(work.__name__, work)
"""
    print(project.exec("python", "-c", code))
    assert (project.folder / "big.bin").stat().st_size == 200_000_000
    assert get(link) == 200


@pytest.mark.soak
def test_memory_limit_stops_the_kernel_or_the_same_command_helps(new: Callable[..., Project]) -> None:
    project = new()
    project.write("requirements/local.sh", "RUN_OPTIONS=(--memory 512m)\n")
    project.start()
    project.busy_cell("hog = [bytearray(10_000_000) for _ in range(200)]")
    until(
        lambda: not project.container.attrs["State"]["Running"] or get(project.start()) == 200,
        "up or down",
        60,
    )
    assert get(project.start()) == 200
