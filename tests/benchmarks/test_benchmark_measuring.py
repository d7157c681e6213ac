"""The order of measurements, the removal of everything that was created, and the helpers. No engine is needed."""

import http.server
import subprocess
import threading
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import commands
import figures
import pytest
from commands import execute, free_port, seconds_to_answer
from figures import BASE, SIZES
from measure import measure
from results import Results
from subjects import CREATE, DockerfileProject


class FakeProject:
    """Records its calls. The build with the number `fails_at` fails."""

    port = 0

    def __init__(
        self, folder: Path, packages: Sequence[str], *, name: str, calls: list[str], fails_at: int = 0
    ):
        self.folder, self.name, self.calls, self.fails_at = folder, name, calls, fails_at
        self.builds = 0
        self.record(f"create with {len(packages)} packages")

    def record(self, call: str) -> None:
        """Record one call."""
        self.calls.append(f"{self.name}: {call}")

    def write_packages(self, packages: Sequence[str]) -> None:
        self.record(f"write {len(packages)} packages")

    def build(self, uid: int | None = None) -> None:
        self.builds += 1
        self.record("build")
        if self.builds == self.fails_at:
            raise RuntimeError("the build failed")

    def run(self) -> None:
        self.record("run")

    def start(self) -> None:
        self.record("start")

    def image(self) -> str:
        return "image"

    def remove(self) -> None:
        self.record("remove")
        assert self.folder.is_dir()


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The calls of the three subjects, which are fakes."""
    calls: list[str] = []
    for name in CREATE:
        monkeypatch.setitem(CREATE, name, partial(FakeProject, name=name, calls=calls))
    return calls


def test_subjects_are_measured_in_turn(calls: list[str]) -> None:
    results = Results()
    measure(BASE, ["build-unchanged"], 2, results, lambda: None)
    created = [f"{name}: {call}" for name in CREATE for call in (f"create with {BASE} packages", "build")]
    turns = [f"{name}: build" for _ in range(2) for name in CREATE]
    removed = [f"{name}: remove" for name in reversed(CREATE)]
    assert calls == created + turns + removed
    assert {name: len(values) for name, values in results.values[str(BASE)]["build-unchanged"].items()} == {
        "plain": 2,
        "expert": 2,
        "ours": 2,
    }


def test_adding_a_package_builds_with_one_more_and_restores_the_list(calls: list[str]) -> None:
    measure(SIZES[1], ["pure-python"], 1, Results(), lambda: None)
    own = [call.removeprefix("ours: ") for call in calls if call.startswith("ours: ")]
    size = SIZES[1]
    assert own == [
        f"create with {size} packages",
        "build",
        f"write {size + 1} packages",
        "build",
        f"write {size} packages",
        "build",
        "remove",
    ]


@pytest.mark.parametrize("fails_at", [1, 2])
def test_failed_build_removes_every_project(
    calls: list[str], fails_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CREATE, "ours", partial(FakeProject, name="ours", calls=calls, fails_at=fails_at))
    saved: list[str] = []
    with pytest.raises(RuntimeError, match="the build failed"):
        measure(BASE, ["build-unchanged"], 1, Results(), lambda: saved.append("saved"))
    assert {call for call in calls if "remove" in call} == {f"{name}: remove" for name in CREATE}
    assert saved == []


def test_failed_removal_does_not_keep_the_other_projects(
    calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stuck(FakeProject):
        def remove(self) -> None:
            raise RuntimeError("cannot remove")

    monkeypatch.setitem(CREATE, "ours", partial(Stuck, name="ours", calls=calls))
    with pytest.raises(RuntimeError, match="cannot remove"):
        measure(BASE, ["build-unchanged"], 1, Results(), lambda: None)
    assert [call for call in calls if "remove" in call] == ["expert: remove", "plain: remove"]


def test_each_first_build_is_of_a_new_project_with_an_empty_cache(
    calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "empty_build_cache", lambda: calls.append("empty the cache"))
    measure(BASE, ["first-build"], 1, Results(), lambda: None)
    assert calls == [
        call
        for name in CREATE
        for call in (
            f"{name}: create with {BASE} packages",
            "empty the cache",
            f"{name}: build",
            f"{name}: remove",
        )
    ]


def test_results_are_saved_after_each_figure(calls: list[str]) -> None:
    results, saved = Results(), []
    names = ["build-unchanged", "other-user"]
    measure(BASE, names, 1, results, lambda: saved.append(list(results.values[str(BASE)])))
    assert [len(measured) for measured in saved] == [1, 2]


@pytest.mark.parametrize("name", ["plain", "expert"])
def test_dockerfile_project_has_a_dockerfile_and_the_packages(name: str, tmp_path: Path) -> None:
    DockerfileProject(tmp_path, ["pandas", "scipy"], dockerfile=name)
    assert (tmp_path / "pip-requirements.txt").read_text() == "pandas\nscipy\n"
    assert "COPY pip-requirements.txt" in (tmp_path / "Dockerfile").read_text()


def test_failed_command_is_reported_with_its_output() -> None:
    with pytest.raises(RuntimeError, match=r"(?s)bash -c .* failed.*some output.*some error"):
        execute("bash", "-c", "echo some output; echo some error >&2; exit 3")


def test_interrupted_command_ends_with_its_child_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    groups: list[int] = []

    class Interrupted(subprocess.Popen[str]):
        def communicate(self, *_: object, **__: object) -> tuple[str, str]:
            assert self.stdout is not None and self.stdout.readline() == "started\n"
            groups.append(self.pid)
            raise KeyboardInterrupt

    monkeypatch.setattr(commands.subprocess, "Popen", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        execute("bash", "-c", "tail -f /dev/null & echo started; wait")
    end = time.monotonic() + 10
    while is_alive(groups[0]) and time.monotonic() < end:
        pass  # the shell ends first, its child an instant later
    assert not is_alive(groups[0])


def is_alive(group: int) -> bool:
    """Return whether a process of this group still runs."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, process_group = stat.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(process_group) == group and state != "Z":
            return True
    return False


def test_time_to_the_first_answer_is_measured_while_the_command_still_runs() -> None:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            answered.set()

        def log_message(self, *_: object) -> None:
            pass

    answered = threading.Event()
    port = free_port()
    with http.server.HTTPServer(("127.0.0.1", port), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert 0 < seconds_to_answer(port, lambda: answered.wait(30)) < 30
        server.shutdown()
    assert answered.is_set()


def test_failed_start_command_is_reported_without_waiting_for_an_answer() -> None:
    with pytest.raises(RuntimeError, match="false failed"):
        seconds_to_answer(free_port(), lambda: execute("false"))
