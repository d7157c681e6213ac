"""Compare this template with two Dockerfiles: same packages, same machine, in turn.

Examples:
  python benchmarks/run.py                   all figures (about 20 minutes)
  python benchmarks/run.py --only run scipy  only these figures; the others stay as they are
  python benchmarks/run.py --redraw          write the tables and the chart again, from results.json

Needs Docker and cookiecutter. first-build and new-project empty the engine's build cache, so nobody else should use
the engine. Everything that is created is removed. Writes benchmarks/results.json, docs/benchmark.svg,
docs/benchmarks.md, and the table in README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import sys
import time
from collections.abc import Callable, Collection
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from figures import COLD, FIGURES, MOST_TIMES, WARM, empty_build_cache, without_docker
from report import amount, chart, docs_block, readme_block, replace_block
from results import Results
from subjects import BENCHMARKS, CREATE, TEMPLATE, Subject, TemplateProject, execute, project


def main() -> None:
    """Measure, or write the tables and the chart again."""
    options = parse_arguments()
    path = BENCHMARKS / "results.json"
    results = Results.load(path) if path.exists() else Results()
    if options.redraw:
        publish(results)
        return

    def save() -> None:
        results.save(path)
        publish(results)

    # SystemExit leaves all `with` blocks, which remove what was created.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    results.machine = machine(options.times)
    try:
        measure(options.only, options.times, results, save)
    finally:
        if {figure.name for figure in COLD} & set(options.only):
            empty_build_cache()


def parse_arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    names = list(FIGURES)
    parser.add_argument(
        "--only", nargs="+", choices=names, default=names, metavar="NAME", help=", ".join(names)
    )
    parser.add_argument("--redraw", action="store_true", help="measure nothing")
    parser.add_argument(
        "--times",
        type=int,
        choices=range(1, MOST_TIMES + 1),
        default=3,
        help="values per figure (default: 3)",
    )
    return parser.parse_args()


def measure(names: Collection[str], times: int, results: Results, save: Callable[[], None]) -> None:
    """Measure the figures called `names`, all subjects in turn, so that other load affects each of them equally."""
    for cold in [figure for figure in COLD if figure.name in names]:
        rounds(results, cold.name, times, {name: partial(cold.measure, name) for name in CREATE})
        save()
    warm_figures = [figure for figure in WARM if figure.name in names]
    if not warm_figures:
        return
    with ExitStack() as stack:
        subjects: dict[str, Subject] = {}
        for name in CREATE:
            say(f"building the project to measure: {name}...\n")
            subjects[name] = stack.enter_context(project(name))
            subjects[name].build()
        for warm in warm_figures:
            actions = {name: partial(warm.measure, subject) for name, subject in subjects.items()}
            rounds(results, warm.name, times, actions, numbered=True)
            if warm.name == "run":
                measure_without_docker(subjects["ours"], times, results)
            save()


def rounds(
    results: Results,
    figure: str,
    times: int,
    actions: dict[str, Callable[..., float]],
    *,
    numbered: bool = False,
) -> None:
    """Replace the values of a figure by what the actions return. Show the progress."""
    results.values.pop(figure, None)
    for number in range(times):
        for name, action in actions.items():
            value = action(number) if numbered else action()
            results.add(figure, name, value)
            say(f"{figure}, round {number + 1}: {name} {amount(value, figure)}\n")


def measure_without_docker(ours: Subject, times: int, results: Results) -> None:
    """Measure the start of JupyterLab without Docker, with the same packages."""
    assert isinstance(ours, TemplateProject)
    python = json.loads((TEMPLATE / "cookiecutter.json").read_text())["python_version"][0]
    try:
        with without_docker(ours.folder / "requirements/requirements.lock", python) as start:
            start()  # reads the files from the disk
            for _ in range(times):
                results.add("run", "without Docker", start())
    except RuntimeError as error:
        say(f"warning: cannot measure `jupyter lab` without Docker: {error}\n")


def say(text: str) -> None:
    """Write progress to stderr."""
    print(f"{time.strftime('%H:%M:%S')} {text}", end="", file=sys.stderr, flush=True)


def publish(results: Results, folder: Path = TEMPLATE) -> None:
    """Write the tables and the chart."""
    (folder / "docs/benchmark.svg").write_text(chart(results))
    replace_block(folder / "docs/benchmarks.md", docs_block(results))
    replace_block(folder / "README.md", readme_block(results))


def machine(times: int) -> str:
    """Return one line about how, when, and where this was measured."""
    docker = execute("docker", "version", "--format", "{{.Server.Version}}")
    values = "Single values" if times == 1 else f"Medians of {times} runs"
    return (
        f"{values}, measured on {time.strftime('%Y-%m-%d')} on {os.cpu_count()} cores, "
        f"{platform.machine()}, Linux {platform.release().split('-')[0]}, Docker {docker.split('+')[0]}."
    )


if __name__ == "__main__":
    main()
