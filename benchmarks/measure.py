"""Measure figures for all subjects in turn, so that other load on the machine affects each of them equally."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Collection
from contextlib import ExitStack
from functools import partial

import without_docker
from figures import ALL_PACKAGES, BASE, COLD, FIGURES, WARM, ColdFigure, Figure, WarmFigure
from report import amount
from results import Results
from subjects import CREATE, Subject, project


def measure(
    size: int, names: Collection[str], times: int, results: Results, save: Callable[[], None]
) -> None:
    """Measure the figures called `names` for projects with `size` packages. Call `save` after each figure."""
    for cold in [figure for figure in COLD if figure.name in names]:
        measure_cold(size, cold, times, results)
        save()
    if warm_figures := [figure for figure in WARM if figure.name in names]:
        with ExitStack() as stack:
            subjects = {}
            for name in CREATE:
                say(f"{size} packages, building the project to measure: {name}...")
                subjects[name] = stack.enter_context(project(name, ALL_PACKAGES[:size]))
                subjects[name].build()
                say("\n", stamp=False)
            for warm in warm_figures:
                measure_warm(size, warm, subjects, times, results)
                if warm.name == "run" and size == BASE:
                    measure_without_docker(subjects["ours"].image(), times, results)
                save()


def measure_cold(size: int, figure: ColdFigure, times: int, results: Results) -> None:
    """Measure a figure of new projects."""
    results.forget(size, figure.name)
    for number in range(times):
        for name in CREATE:
            record(results, size, figure, name, number, partial(figure.measure, name, ALL_PACKAGES[:size]))


def measure_warm(
    size: int, figure: WarmFigure, subjects: dict[str, Subject], times: int, results: Results
) -> None:
    """Measure a figure of projects that are built."""
    results.forget(size, figure.name)
    for number in range(times):
        for name, subject in subjects.items():
            action = partial(figure.measure, subject, ALL_PACKAGES[:size], number)
            record(results, size, figure, name, number, action)


def measure_without_docker(image: str, times: int, results: Results) -> None:
    """Measure the start of JupyterLab without Docker, if this user may do so."""
    if not without_docker.is_possible():
        say("Skipping `jupyter lab` without Docker: it needs root.\n")
        return
    with without_docker.unpacked(image) as root:
        without_docker.seconds_without_docker(root)  # the first start reads the files from the disk
        for number in range(times):
            action = partial(without_docker.seconds_without_docker, root)
            record(results, BASE, FIGURES["run"], "without Docker", number, action)


def record(
    results: Results,
    size: int,
    figure: Figure,
    name: str,
    number: int,
    action: Callable[[], float],
) -> None:
    """Add the value that `action` returns to the results, and show the progress."""
    say(f"{size} packages, {figure.name}, round {number + 1}: {name}...")
    value = action()
    results.add(size, figure.name, name, value)
    say(f" {amount(value, figure.unit)}\n", stamp=False)


def say(text: str, *, stamp: bool = True) -> None:
    """Write progress to stderr."""
    print(f"{time.strftime('%H:%M:%S')} {text}" if stamp else text, end="", file=sys.stderr, flush=True)
