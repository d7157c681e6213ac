"""Draw the results as an SVG that is legible in light and dark mode."""

from __future__ import annotations

from html import escape

from figures import BASE, FIGURES
from report import NAMES, README_FIGURES, amount
from results import Results

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


def chart(results: Results) -> str:
    """Return an SVG with a group of bars for each figure of the README. The longest bar of a group is full width."""
    figures = [FIGURES[name] for name in README_FIGURES if results.ratio(BASE, name, "plain")]
    height = LEGEND + GROUP * len(figures) + MARGIN // 2
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        "<title>Image size and times of jupyter-docker, compared with two Dockerfiles. Lower is better.</title>",
        f"<style>\n{STYLE}\n</style>",
        f'<rect class="background" x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="6"/>',
        *legend(),
    ]
    for number, figure in enumerate(figures):
        values = {subject: results.median(BASE, figure.name, subject) for subject in NAMES}
        top = LEGEND + GROUP * number
        amounts = {subject: amount(value, figure.unit) for subject, value in values.items()}
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
    for subject in NAMES:
        lines += [
            f'<rect class="{subject}" x="{x}" y="21" width="{BAR}" height="{BAR}" rx="2"/>',
            text(x + BAR + 6, 32, NAMES[subject]),
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
