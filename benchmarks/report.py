"""Write the results as Markdown tables."""

from __future__ import annotations

import re
from pathlib import Path

from figures import BASE, FIGURES, GROWTH, SIZES, Figure
from results import Results

README_FIGURES = ["image", "first-build", "scipy", "other-user", "run"]
NAMES = {"ours": "jupyter-docker", "plain": "plain Dockerfile", "expert": "expert Dockerfile"}
BEGIN, END = "<!-- benchmark -->", "<!-- end of benchmark -->"


def amount(value: float | None, unit: str) -> str:
    """Format a value for readers: `0.44 s`, `41 s`, `531 MB`, or `-` if there is none."""
    if value is None:
        return "-"
    if unit == "MB":
        return f"{value / 1e6:.0f} MB"
    return f"{value:.2f} s" if value < 9.995 else f"{value:.0f} s"


def ratio(value: float | None) -> str:
    """Format a ratio: `0.38`, `0.025`."""
    if value is None:
        return "-"
    return f"{value:.2f}" if value >= 0.095 else f"{value:.3f}"


def row(*cells: str) -> str:
    """Return a row of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def comparison(results: Results, names: list[str]) -> str:
    """Return a table: a row for each figure that was measured; each subject has a column."""
    lines = [
        row(" ", *NAMES.values(), "ratio to plain", "ratio to expert"),
        row("---", *["---:"] * 5),
    ]
    for figure in (FIGURES[name] for name in names):
        values = [results.median(BASE, figure.name, subject) for subject in NAMES]
        if values[0] is not None:
            amounts = [amount(value, figure.unit) for value in values]
            ratios = [ratio(results.ratio(BASE, figure.name, other)) for other in ("plain", "expert")]
            lines.append(row(figure.title, *amounts, *ratios))
    return "\n".join(lines)


def growth(results: Results) -> str:
    """Return a table: a column for each number of packages; each figure has a row for each subject.

    A cell has the value and, in parentheses, its ratio to that of the plain Dockerfile.
    """

    def cell(size: int, figure: Figure, subject: str) -> str:
        value = amount(results.median(size, figure.name, subject), figure.unit)
        share = results.ratio(size, figure.name, "plain", subject)
        return value if subject == "plain" or share is None else f"{value} ({ratio(share)})"

    lines = [
        row(" ", " ", *[f"{size} packages" for size in SIZES]),
        row("---", "---", *["---:"] * len(SIZES)),
    ]
    for figure in (FIGURES[name] for name in GROWTH):
        for subject, title in NAMES.items():
            values = [cell(size, figure, subject) for size in SIZES]
            lines.append(row(figure.title if subject == "ours" else " ", title, *values))
    return "\n".join(lines)


def without_docker(results: Results) -> str:
    """Return a sentence that compares `run.sh -d` with `jupyter lab` without Docker; empty if not measured."""
    host, share = results.median(BASE, "run", "without Docker"), results.ratio(BASE, "run", "without Docker")
    if host is None or share is None:
        return ""
    return (
        f"`jupyter lab` without Docker, with the same files, answers after {amount(host, 's')}. "
        f"The ratio of `run.sh -d` to it is {ratio(share)}.\n\n"
    )


def readme_block(results: Results) -> str:
    """Return what the README shows."""
    return f"{comparison(results, README_FIGURES)}\n\n{results.machine}"


def docs_block(results: Results) -> str:
    """Return what docs/benchmarks.md shows."""
    return (
        f"{results.machine}\n\n{comparison(results, list(FIGURES))}\n\n{without_docker(results)}"
        "### Growth with the number of packages\n\n"
        "In parentheses: the ratio to the plain Dockerfile. Compare seconds only within a column: those for 20 and 60\n"
        "packages were measured separately, as the line below the table says.\n\n"
        f"{growth(results)}\n\n{results.growth_machine}"
    )


def replace_block(path: Path, block: str) -> None:
    """Replace the text between the two markers in a file. Without the markers, the file stays as it is."""
    text = path.read_text()
    new = re.sub(f"{BEGIN}.*?{END}", lambda _: f"{BEGIN}\n{block}\n{END}", text, flags=re.DOTALL)
    if new != text:
        path.write_text(new)
