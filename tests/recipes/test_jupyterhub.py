"""JupyterHub with DockerSpawner, used in a browser, and what Zero to JupyterHub needs from the image."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from playwright.sync_api import Browser, Page, expect
from recipes.tools import RECIPES, SCHEMAS, Venv
from support.browsers import Tab
from support.servers import free_port, http_status
from support.waiting import until

pytestmark = [pytest.mark.docker, pytest.mark.browser, pytest.mark.full]

PASSWORD = "a password for tests"
SECOND = 1000  # Playwright counts in milliseconds
VALUES = RECIPES / "z2jh-values.yaml"

# Runs in the hub's environment: prints what matters of the pod that KubeSpawner creates with the chart's values.
PRINT_POD = """
import json, sys
from kubespawner.objects import make_pod
values = json.loads(sys.argv[1])
user, spawner = values["singleuser"], values["hub"]["config"]["KubeSpawner"]
pod = make_pod(
    name="jupyter-ada", cmd=user["cmd"], port=8888, image="{name}:{tag}".format(**user["image"]),
    uid=user["uid"], fs_gid=user["fsGid"], allow_privilege_escalation=user["allowPrivilegeEscalation"],
    container_security_context=spawner["container_security_context"],
    volumes=user["storage"]["extraVolumes"], volume_mounts=user["storage"]["extraVolumeMounts"],
).spec
(container,) = pod.containers
print(json.dumps({
    "pod": pod.security_context, "container": container.security_context,
    "command": container.command, "args": container.args,
}, default=lambda part: {key: value for key, value in part.to_dict().items() if value is not None}))
"""


class Hub:
    """A running JupyterHub with one user, who is logged in."""

    def __init__(self, url: str, user: str, page: Page, engine: Any) -> None:
        self.url, self.user, self.page, self.engine = url, user, page, engine
        self.spawn_seconds = 0.0

    @property
    def container(self) -> Any:
        """The user's container."""
        return self.engine.containers.get(f"jupyter-{self.user}")

    def log_in(self) -> None:
        """Log in through the web page."""
        self.page.goto(self.url)
        self.page.locator("input[name=username]").fill(self.user)
        self.page.locator("input[name=password]").fill(PASSWORD)
        self.page.locator("#login_submit").click()

    def wait_for_lab(self) -> None:
        """Wait until the page shows JupyterLab."""
        expect(self.page.locator("#jp-main-dock-panel")).to_be_visible(timeout=120 * SECOND)
        expect(self.page.locator("#jupyterlab-splash")).to_have_count(0, timeout=120 * SECOND)

    def run_cell(self, code: str, output: str) -> None:
        """Create a notebook, run one cell, wait for its output, and save."""
        self.page.locator('.jp-LauncherCard[data-category="Notebook"]').first.click()
        tab = Tab(self.page)
        tab.wait_for_kernel()
        tab.run_until(output, code)
        self.page.keyboard.press("Control+s")
        self.page.locator(".jp-Dialog .jp-mod-accept").click()  # confirms the name of the new notebook

    def restart(self) -> None:
        """Stop the server and start it again, with the buttons of the hub's page."""
        self.page.goto(f"{self.url}/hub/home")
        self.page.locator("#stop").click()
        expect(self.page.locator("#stop")).to_be_hidden(timeout=60 * SECOND)
        until(
            lambda: (
                self.engine.containers.list(
                    all=True, filters={"name": f"jupyter-{self.user}"}, ignore_removed=True
                )
                == []
            ),
            "gone",
        )
        started = time.monotonic()
        self.page.goto(f"{self.url}/hub/spawn")
        self.wait_for_lab()
        self.spawn_seconds = time.monotonic() - started


@pytest.fixture(scope="module")
def hub(
    published: str, hub_venv: Venv, npm_programs: Path, browser: Browser, engine: Any, tmp_path_factory: Any
) -> Iterator[Hub]:
    """The hub of the recipe on free ports, with the published image, and a user who is logged in."""
    folder, name = tmp_path_factory.mktemp("hub"), f"ada{os.getpid()}"
    gateway = engine.networks.get("bridge").attrs["IPAM"]["Config"][0]["Gateway"]
    url = f"http://127.0.0.1:{free_port('127.0.0.1')}"
    options = {
        "DockerSpawner.image": published,
        "JupyterHub.bind_url": url,
        "JupyterHub.hub_ip": gateway,
        "JupyterHub.hub_port": free_port(gateway),
        "ConfigurableHTTPProxy.api_url": f"http://127.0.0.1:{free_port('127.0.0.1')}",
    }
    command = [hub_venv.program("jupyterhub"), "--config", str(RECIPES / "jupyterhub_config.py")]
    command += [f"--{option}={value}" for option, value in options.items()]
    environment = os.environ | {"HUB_PASSWORD": PASSWORD, "PATH": f"{npm_programs}:{os.environ['PATH']}"}
    with ExitStack() as stack:
        log = stack.enter_context(open(folder / "log", "w"))
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        stack.callback(remove_user, engine, name)
        stack.callback(process.wait, 60)
        stack.callback(process.send_signal, signal.SIGTERM)
        until(lambda: http_status(f"{url}/hub/login") == 200, f"the hub answers, see {folder}/log")
        context = browser.new_context()
        stack.callback(context.close)
        hub = Hub(url, name, context.new_page(), engine)
        hub.page.set_default_timeout(60 * SECOND)
        hub.log_in()
        hub.wait_for_lab()
        yield hub


def remove_user(engine: Any, name: str) -> None:
    """Remove what the hub created for a user on the engine."""
    for container in engine.containers.list(all=True, filters={"name": f"jupyter-{name}"}):
        container.remove(force=True)
    for volume in engine.volumes.list(filters={"name": f"jupyterhub-{name}"}):
        volume.remove()


def test_a_cell_runs_and_the_notebook_is_there_after_the_next_start(
    hub: Hub, record_property: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.run_cell("print(6 * 7)", "42")
    first = hub.container.id
    hub.restart()
    assert hub.container.id != first
    expect(hub.page.locator(".jp-DirListing-item", has_text="Untitled.ipynb")).to_be_visible(
        timeout=60 * SECOND
    )
    record_property("spawn_seconds", round(hub.spawn_seconds, 1))
    with capsys.disabled():
        print(f"\nJupyterHub spawns a server and shows JupyterLab in {hub.spawn_seconds:.1f} s.")


def test_the_health_check_succeeds_behind_the_hubs_prefix(hub: Hub) -> None:
    # The command that Docker runs each 30 s.
    kind, *command = hub.container.attrs["Config"]["Healthcheck"]["Test"]
    assert kind == "CMD"
    until(lambda: hub.container.exec_run(command).exit_code == 0, "the server is ready")


def test_the_user_has_no_capabilities_and_cannot_become_root(hub: Hub) -> None:
    lines = "id -u; id -g; grep -h -e CapBnd -e NoNewPrivs /proc/self/status | cut -f 2; command -v sudo || echo none"
    status, output = hub.container.exec_run(["bash", "-c", lines])
    assert (status, output.decode().split()) == (0, ["1000", "100", "0000000000000000", "1", "none"])


def test_a_volume_keeps_the_home_folder(hub: Hub) -> None:
    (mount,) = hub.container.attrs["Mounts"]
    assert (mount["Name"], mount["Destination"]) == (f"jupyterhub-{hub.user}", "/home/jovyan")


def test_the_values_are_valid() -> None:
    schema = json.loads((SCHEMAS / "jupyterhub-chart-values.schema.json").read_text())
    validator = jsonschema.Draft7Validator(schema)
    assert list(validator.iter_errors(yaml.safe_load(VALUES.read_text()))) == []
    assert list(validator.iter_errors({"singleuser": {"misspelled": 1}})) != []


@pytest.fixture(scope="module")
def pod(hub_venv: Venv) -> dict[str, Any]:
    """What the pod that KubeSpawner creates says about users and commands."""
    values = json.dumps(yaml.safe_load(VALUES.read_text()))
    return json.loads(hub_venv.run("python", "-c", PRINT_POD, values).stdout)


def test_the_pod_is_as_restricted_as_the_values_say(pod: dict[str, Any]) -> None:
    assert pod["pod"] == {"fsGroup": 100}
    assert pod["container"] == {
        "runAsUser": 1000,
        "runAsNonRoot": True,
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    }


def test_the_image_runs_as_the_pod_specifies(pod: dict[str, Any], published: str, engine: Any) -> None:
    # Kubernetes can check runAsNonRoot only if the image's user is a number.
    assert engine.images.get(published).attrs["Config"]["User"] == str(pod["container"]["runAsUser"])
    # The `args` of a pod are the command of a container, so the entry point must execute them.
    assert (pod["command"], pod["args"]) == (None, ["jupyterhub-singleuser"])
    options = {
        "user": str(pod["container"]["runAsUser"]),
        "group_add": [str(pod["pod"]["fsGroup"])],
        "security_opt": ["no-new-privileges"],
        "cap_drop": pod["container"]["capabilities"]["drop"],
        "tmpfs": {"/home/jovyan": "uid=1000,gid=100"},  # an empty volume that the user may write to
    }
    output = engine.containers.run(published, [*pod["args"], "--version"], remove=True, **options)
    code = "import jupyterhub; print(jupyterhub.__version__)"
    assert output == engine.containers.run(published, ["python", "-c", code], remove=True)
    lines = ["bash", "-c", "touch ~/file && id -u && id -g"]
    assert engine.containers.run(published, lines, remove=True, **options).decode().split() == ["1000", "100"]
