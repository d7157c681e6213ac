"""Dask: a scheduler and workers from the project's image compute what one machine computes."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from recipes.tools import RECIPES, Venv, documented
from support.documents import block
from support.projects import Project
from support.waiting import until

pytestmark = [pytest.mark.docker, pytest.mark.full]

COMPOSE = "dask-compose.yaml"
CONNECT = """
from dask.distributed import Client
client = Client("tcp://scheduler:8786", timeout=60)
client.wait_for_workers(4, timeout=60)
"""


@pytest.fixture(scope="module")
def dask_project(team_project: Project, workspace: Path) -> Iterator[Project]:
    """The team's project with the recipe's cluster: four workers and a scheduler."""
    project, name = team_project, f"my-project-dask-{os.getpid()}"
    text = (RECIPES / COMPOSE).read_text()
    for old, new in {
        "my-project-dask": name,
        "my-project:dask": f"{name}:dask",
        '"127.0.0.1:8787:8787"': '"127.0.0.1::8787"',
    }.items():
        assert old in text
        text = text.replace(old, new)
    project.write(f"requirements/{COMPOSE}", text)
    local = block("docs/beyond-one-machine.md", "sh", "my-project-dask").replace("my-project-dask", name)
    project.write("requirements/local.sh", local)
    project.write("src/own_module.py", "def triple(x):\n    return 3 * x\n")
    try:
        deploy(project, name)
        yield project
    finally:
        project.typed(documented("docker compose --file requirements/dask-compose.yaml down"))
        for image in project.engine.images.list(f"{name}"):
            project.engine.images.remove(image.id, force=True)
        (project.requirements / "local.sh").unlink()


def deploy(project: Project, name: str) -> None:
    """Build the image with the tag of the recipe, and start or replace the containers."""
    project.typed(documented("requirements/build.sh -- --tag my-project:dask", {"my-project": name}))
    project.typed(documented("docker compose --file requirements/dask-compose.yaml up --detach"))


def cluster_name(project: Project) -> str:
    """The name of the cluster and of its network."""
    return yaml.safe_load((project.requirements / COMPOSE).read_text())["name"]


def workers(project: Project) -> list[Any]:
    """The containers of the workers."""
    labels = [f"com.docker.compose.project={cluster_name(project)}", "com.docker.compose.service=worker"]
    return project.engine.containers.list(filters={"label": labels})


def analyze(project: Project, code: str) -> list[str]:
    """Run code with a client of the cluster, in a container like the one of JupyterLab; returns what it prints."""
    project.write("analysis.py", CONNECT + code)
    return project.typed(documented("requirements/exec.sh python analysis.py")).stdout.splitlines()


@contextmanager
def running_analysis(project: Project, code: str) -> Iterator[subprocess.Popen]:
    """Start code with a client of the cluster."""
    project.write("analysis.py", CONNECT + code)
    command = [str(project.requirements / "exec.sh"), "python", "-u", "analysis.py"]
    pipe = subprocess.PIPE
    with project.user.popen(
        command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True
    ) as process:
        yield process


def test_arrays_and_bags_have_the_same_values_as_without_a_cluster(dask_project: Project) -> None:
    code = """
import dask, dask.array, dask.bag
x = dask.array.arange(4_000_000, chunks=500_000)
groups = dask.bag.range(10_000, npartitions=8).groupby(lambda number: number % 7)
tasks = (x**2 % 7).sum(), groups.starmap(lambda remainder, numbers: (remainder, sum(numbers)))
cluster, local = dask.compute(*tasks), dask.compute(*tasks, scheduler="synchronous")
print(len(client.scheduler_info(n_workers=-1)["workers"]), cluster[0] == local[0], sorted(cluster[1]) == sorted(local[1]))
"""
    assert analyze(dask_project, code) == ["4 True True"]


def test_versions_agree_and_own_modules_import_on_the_workers(dask_project: Project) -> None:
    code = """
from own_module import triple
client.get_versions(check=True)
print(sum(client.gather(client.map(triple, range(10)))))
"""
    assert analyze(dask_project, code) == ["135"]


def test_a_killed_worker_loses_no_result(dask_project: Project) -> None:
    code = """
import time
def slow(number):
    time.sleep(0.2)
    return number**2
futures = client.map(slow, range(100))
while sum(future.done() for future in futures) < 20:
    time.sleep(0.05)
print("computing")
print(sum(client.gather(futures)) == sum(number**2 for number in range(100)))
print(len(client.scheduler_info(n_workers=-1)["workers"]))
"""
    with running_analysis(dask_project, code) as process:
        assert process.stdout.readline() == "computing\n", process.stderr.read()
        workers(dask_project)[0].kill("SIGKILL")
        output, errors = process.communicate(timeout=120)
    assert output.split() == ["True", "3"], errors
    deploy(dask_project, cluster_name(dask_project))  # starts the missing worker
    until(lambda: len(workers(dask_project)) == 4, "four workers")


def test_a_new_package_is_on_the_workers_after_they_are_replaced(dask_project: Project) -> None:
    before = {container.id for container in workers(dask_project)}
    dask_project.add("humanize")
    deploy(dask_project, cluster_name(dask_project))
    assert before.isdisjoint(container.id for container in workers(dask_project))
    code = """
def spell(number):
    import humanize
    return humanize.intword(number)
client.get_versions(check=True)
print(client.submit(spell, 10**6).result())
"""
    assert analyze(dask_project, code) == ["1.0 million"]


def manifest() -> dict[str, Any]:
    """The cluster that the recipe describes for the Kubernetes operator."""
    return yaml.safe_load((RECIPES / "dask-cluster.yaml").read_text())


def pod(cluster: dict[str, Any], role: str) -> dict[str, Any]:
    """The only container of a role."""
    (container,) = cluster["spec"][role]["spec"]["containers"]
    return container


def test_the_manifest_is_like_the_one_that_dasks_own_package_creates(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    venv = Venv.create(tmp_path_factory.mktemp("dask-venv"), "dask-kubernetes")
    ours = manifest()
    name, image = ours["metadata"]["name"], pod(ours, "worker")["image"]
    code = (
        "import json, sys; from dask_kubernetes.operator import make_cluster_spec; "
        "print(json.dumps(make_cluster_spec(name=sys.argv[1], image=sys.argv[2], n_workers=4)))"
    )
    theirs = json.loads(venv.run("python", "-c", code, name, image).stdout)
    assert {key: ours[key] for key in ["apiVersion", "kind"]} == {
        key: theirs[key] for key in ["apiVersion", "kind"]
    }
    assert ours["spec"].keys() <= theirs["spec"].keys()
    assert ours["spec"]["scheduler"]["service"] == theirs["spec"]["scheduler"]["service"]
    assert ours["spec"]["worker"]["replicas"] == theirs["spec"]["worker"]["replicas"]
    for role in ["scheduler", "worker"]:
        assert pod(ours, role).keys() <= pod(theirs, role).keys()
        assert pod(ours, role)["image"] == pod(theirs, role)["image"]
    assert pod(ours, "scheduler")["ports"] == pod(theirs, "scheduler")["ports"]


def test_the_image_runs_what_the_kubernetes_operator_starts(published: str, engine: Any) -> None:
    network = engine.networks.create(f"jupyter-docker-test-{os.getpid()}")
    # The operator sets these variables in the pod of a worker.
    variables = {"DASK_WORKER_NAME": "worker-1", "DASK_SCHEDULER_ADDRESS": "tcp://scheduler:8786"}
    containers = {}
    try:
        for role, environment in [("scheduler", {}), ("worker", variables)]:
            arguments = [
                word.replace("$(DASK_WORKER_NAME)", "worker-1") for word in pod(manifest(), role)["args"]
            ]
            name = f"jupyter-docker-test-{role}-{os.getpid()}"
            containers[role] = engine.containers.create(
                published, arguments, name=name, environment=environment
            )
            network.connect(containers[role], aliases=[role])
            containers[role].start()
        scheduler = containers["scheduler"]
        until(lambda: b"worker-1" in scheduler.logs(), "the worker registers with the scheduler")
        health = "from urllib.request import urlopen; print(urlopen('http://127.0.0.1:8787/health').read().decode())"
        assert scheduler.exec_run(["python", "-c", health]).output.decode().strip() == "ok"
    finally:
        for container in containers.values():
            container.remove(force=True)
        network.remove()


def test_both_services_use_one_image() -> None:
    services = yaml.safe_load((RECIPES / COMPOSE).read_text())["services"]
    assert len({service["image"] for service in services.values()}) == 1


@pytest.mark.soak
def test_figures_for_workers_and_for_the_overhead_of_a_task(
    dask_project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    code = """
import time, sys
from dask.distributed import Client, LocalCluster
def work(seed):
    total = seed
    for number in range(3_000_000):
        total += number * number % 7
    return total
def measure(client, workers):
    client.wait_for_workers(workers)
    client.gather(client.map(int, range(100), pure=False))  # warm up
    begun = time.perf_counter()
    client.gather(client.map(work, range(16), pure=False))
    computed = time.perf_counter()
    client.gather(client.map(int, range(2000), pure=False))
    return f"{computed - begun:.1f} s, {(time.perf_counter() - computed) / 2:.2f} ms for each task"
if __name__ == "__main__":
    workers = int(sys.argv[1])
    print("containers", workers, measure(Client("tcp://scheduler:8786"), workers))
    with LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as cluster:
        print("LocalCluster", workers, measure(Client(cluster), workers))
"""
    dask_project.write("figures.py", code)
    figures = []
    for count in [1, 2, 4]:
        scale = f"docker compose --file requirements/{COMPOSE} up --detach --scale worker={count}"
        dask_project.typed(scale)
        until(lambda count=count: len(workers(dask_project)) == count, "the workers")
        figures += dask_project.succeed("exec", "python", "figures.py", str(count)).stdout.splitlines()
    assert len(figures) == 6
    with capsys.disabled():
        print("", *figures, sep="\n")
