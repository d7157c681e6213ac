"""Write the results as Markdown tables, and as an SVG that is legible in light and dark mode."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

from figures import FIGURES
from results import Results

README_FIGURES = ["image", "scipy", "run"]
CHART_FIGURES = ["image", "first-build", "scipy", "other-user", "run"]
SUBJECTS = {"ours": "jupyter-docker", "plain": "plain Dockerfile", "expert": "expert Dockerfile"}
BEGIN, END = "<!-- benchmark -->", "<!-- end of benchmark -->"

WIDTH, MARGIN = 720, 20
BAR, GAP = 12, 3  # height of a bar, and space between two bars
LEGEND, GROUP = 64, 84  # height of the legend, and of a figure

STYLE = """\
svg { color-scheme: light dark }
text { font: 14px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600 }
.note { fill: #59636e }
.background { fill: #ffffff; stroke: #d1d9e0 }
.ours { fill: #e8710a }
.expert { fill: #6e8fb5 }
.plain { fill: #afb8c1 }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc }
  .note { fill: #9198a1 }
  .background { fill: #0d1117; stroke: #3d444d }
  .ours { fill: #f58a33 }
  .expert { fill: #5a7da8 }
  .plain { fill: #59636e }
}"""


def amount(value: float | None, figure: str) -> str:
    """Format a value for readers: `0.44 s`, `41 s`, `531 MB`, or `-` if there is none."""
    if value is None:
        return "-"
    if figure == "image":
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
        row(" ", *SUBJECTS.values(), "ratio to plain", "ratio to expert"),
        row("---", *["---:"] * 5),
    ]
    for figure in (FIGURES[name] for name in names):
        values = [results.median(figure.name, subject) for subject in SUBJECTS]
        if values[0] is not None:
            amounts = [amount(value, figure.name) for value in values]
            ratios = [ratio(results.ratio(figure.name, other)) for other in ("plain", "expert")]
            lines.append(row(figure.title, *amounts, *ratios))
    return "\n".join(lines)


def without_docker(results: Results) -> str:
    """Return a sentence that compares `run.sh -d` with `jupyter lab` without Docker; empty if not measured."""
    host, share = results.median("run", "without Docker"), results.ratio("run", "without Docker")
    if host is None or share is None:
        return ""
    return (
        f"Without Docker, `jupyter lab` with the same packages is ready after {amount(host, 'run')}. "
        f"`run.sh -d` takes {ratio(share)} times as long."
    )


def readme_block(results: Results) -> str:
    """Return what the README shows."""
    return f"{comparison(results, README_FIGURES)}\n\n{results.machine}"


def docs_block(results: Results) -> str:
    """Return what docs/benchmarks.md shows."""
    parts = [results.machine, comparison(results, list(FIGURES)), without_docker(results)]
    return "\n\n".join(part for part in parts if part)


def replace_block(path: Path, block: str) -> None:
    """Replace the text between the two markers in a file. Without the markers, the file stays as it is."""
    text = path.read_text()
    new = re.sub(f"{BEGIN}.*?{END}", lambda _: f"{BEGIN}\n{block}\n{END}", text, flags=re.DOTALL)
    if new != text:
        path.write_text(new)


def chart(results: Results) -> str:
    """Return an SVG with a group of bars for each figure of CHART_FIGURES. The longest bar of a group is full width."""
    figures = [FIGURES[name] for name in CHART_FIGURES if results.ratio(name, "plain")]
    height = LEGEND + GROUP * len(figures) + MARGIN // 2
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        "<title>Image size and times of jupyter-docker, compared with two Dockerfiles. Lower is better.</title>",
        f"<style>\n{STYLE}\n</style>",
        f'<rect class="background" x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="6"/>',
        *legend(),
    ]
    for number, figure in enumerate(figures):
        values = {subject: results.median(figure.name, subject) for subject in SUBJECTS}
        top = LEGEND + GROUP * number
        amounts = {subject: amount(value, figure.name) for subject, value in values.items()}
        label = f"{amounts['ours']} vs. {amounts['plain']} (plain)"
        if values["expert"]:
            label += f", {amounts['expert']} (expert)"
        lines += [
            text(MARGIN, top + 14, figure.title.replace("`", ""), "title"),
            text(WIDTH - MARGIN, top + 14, label, anchor="end"),
            *bars(top + 22, values),
        ]
    return "\n".join([*lines, "</svg>"]) + "\n"


def legend() -> list[str]:
    """Return the names of the subjects with their colors, and the caption."""
    lines = []
    x = MARGIN
    for subject, title in SUBJECTS.items():
        lines += [
            f'<rect class="{subject}" x="{x}" y="21" width="{BAR}" height="{BAR}" rx="2"/>',
            text(x + BAR + 6, 32, title),
        ]
        x += 160
    return [*lines, text(WIDTH - MARGIN, 32, "Lower is better", "note", anchor="end")]


def bars(top: int, values: dict[str, float | None]) -> list[str]:
    """Return a bar for each value that was measured, in proportion to the largest one."""
    measured = {subject: value for subject, value in values.items() if value is not None}
    scale = (WIDTH - 2 * MARGIN) / max(measured.values())
    return [
        f'<rect class="{subject}" x="{MARGIN}" y="{top + number * (BAR + GAP)}" '
        f'width="{max(value * scale, 1):.1f}" height="{BAR}" rx="2"/>'
        for number, (subject, value) in enumerate(measured.items())
    ]


def text(x: int, y: int, content: str, style: str = "", anchor: str = "start") -> str:
    """Return a text element."""
    return f'<text class="{style}" x="{x}" y="{y}" text-anchor="{anchor}">{escape(content)}</text>'
