"""How the benchmarks measure and clean up. No engine is needed."""

from functools import partial
from pathlib import Path

import pytest
import subjects
from results import Results
from run import measure
from subjects import CREATE, execute, free_port, seconds_to_answer


class FakeProject:
    """Records its calls. `build` fails if `broken`."""

    port = 0

    def __init__(self, folder: Path, name: str, calls: list[str], broken: bool = False) -> None:
        self.name, self.calls, self.broken = name, calls, broken

    def build(self, uid: int | None = None) -> None:
        self.calls.append(f"{self.name}: build")
        if self.broken:
            raise RuntimeError("the build failed")

    def remove(self) -> None:
        self.calls.append(f"{self.name}: remove")


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The calls of the three subjects, which are fakes."""
    calls: list[str] = []
    for name in CREATE:
        monkeypatch.setitem(CREATE, name, partial(FakeProject, name=name, calls=calls))
    return calls


def test_subjects_are_measured_in_turn_and_saved(calls: list[str]) -> None:
    results, saved = Results(), []
    measure(["build-unchanged"], 2, results, lambda: saved.append(dict(results.values)))
    builds = [f"{name}: build" for _ in range(3) for name in CREATE]
    assert calls == builds + [f"{name}: remove" for name in reversed(CREATE)]
    assert {name: len(values) for name, values in saved[0]["build-unchanged"].items()} == dict.fromkeys(
        CREATE, 2
    )


def test_failed_build_removes_every_project(calls: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CREATE, "ours", partial(FakeProject, name="ours", calls=calls, broken=True))
    with pytest.raises(RuntimeError, match="the build failed"):
        measure(["build-unchanged"], 1, Results(), lambda: None)
    assert {call for call in calls if "remove" in call} == {f"{name}: remove" for name in CREATE}


def test_failed_command_is_reported_with_its_output() -> None:
    with pytest.raises(RuntimeError, match=r"(?s)bash -c .* failed.*some output.*some error"):
        execute("bash", "-c", "echo some output; echo some error >&2; exit 3")


def test_requests_begin_when_the_command_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    events, answers = [], iter([False, False, True])

    def answer(port: int) -> bool:
        events.append("request")
        return next(answers)

    monkeypatch.setattr(subjects, "answers", answer)
    assert seconds_to_answer(free_port(), lambda: events.append("command")) > 0
    assert events == ["command", "request", "request", "request"]


def test_failed_start_command_is_reported_without_waiting_for_an_answer() -> None:
    with pytest.raises(RuntimeError, match="false failed"):
        seconds_to_answer(free_port(), lambda: execute("false"))
