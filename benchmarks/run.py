"""Compare this template with two Dockerfiles: same packages, same machine, in turn.

Examples:
  python benchmarks/run.py                   all figures (more than an hour)
  python benchmarks/run.py --quick           without the growth to 20 and 60 packages (about 20 minutes)
  python benchmarks/run.py --only run scipy  only these figures; the others stay as they are
  python benchmarks/run.py --redraw          write the tables and the chart again, from results.json

Needs Docker and cookiecutter. first-build, new-project, and growth empty the engine's build cache, so nobody else
should use the engine. Everything that is created is removed. Writes benchmarks/results.json, docs/benchmark.svg,
docs/benchmarks.md, and the table in README.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import signal
import sys
import time

from chart import chart
from commands import execute
from figures import BASE, COLD, FIGURES, GROWTH, MOST_TIMES, SIZES, empty_build_cache
from measure import measure
from report import docs_block, readme_block, replace_block
from results import Results
from subjects import BENCHMARKS, TEMPLATE


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

    signal.signal(
        signal.SIGTERM, lambda *_: sys.exit(143)
    )  # leaves all `with` blocks, which remove what was created
    measure_growth = "growth" in options.only and not options.quick
    if set(options.only) & set(FIGURES):
        results.machine = machine(options.times)
    if measure_growth:
        results.growth_machine = machine(options.times)
    try:
        measure(BASE, options.only, options.times, results, save)
        if measure_growth:
            for size in SIZES[1:]:
                measure(size, GROWTH, options.times, results, save)
    finally:
        if measure_growth or {figure.name for figure in COLD} & set(options.only):
            empty_build_cache()


def parse_arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    names = [*FIGURES, "growth"]
    parser.add_argument("--quick", action="store_true", help="leave out the growth to 20 and 60 packages")
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


def publish(results: Results) -> None:
    """Write the tables and the chart."""
    (TEMPLATE / "docs/benchmark.svg").write_text(chart(results))
    replace_block(TEMPLATE / "docs/benchmarks.md", docs_block(results))
    replace_block(TEMPLATE / "README.md", readme_block(results))


def machine(times: int) -> str:
    """Return one line about how, when, and where this was measured."""
    docker = execute("docker", "version", "--format", "{{.Server.Version}}")
    values = "Single values" if times == 1 else f"Medians of {times}"
    return (
        f"{values}, measured on {time.strftime('%Y-%m-%d')} with {os.cpu_count()} cores, "
        f"{platform.machine()}, Linux {platform.release().split('-')[0]}, Docker {docker.split('+')[0]}."
    )


if __name__ == "__main__":
    main()
