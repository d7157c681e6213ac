"""The measured figures as a table and as a chart."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One line of the table: `most` is the target, of the ratio to `beside` or (if that is empty) in seconds."""

    key: str
    title: str
    most: float | None = None
    beside: str = "plain"
    unit: str = "s"


FIGURES = [
    Figure("image", "Image", 0.40, unit="MB"),
    Figure("image", "Image, beside the least it can weigh", 1.03, "floor", "MB"),
    Figure("first build", "First build, lock included, nothing cached", 0.75),
    Figure("scipy", "scipy added, lock included", 0.30),
    Figure("ids", "A colleague's ids", 0.03),
    Figure("start.sh, running", "Nothing changed: `start.sh -d`", 1.0, ""),
    Figure("nothing changed", "Nothing changed: `build.sh`", 1.0, ""),
    Figure("run", "`run.sh -d` to the first answer", 0.65),
    Figure("run", "the same, beside `jupyter lab` without Docker", 1.15, "host"),
    Figure("start", "`start.sh -d` of a stopped container, to the first answer", 0.65),
    Figure("generate", "Generating a project, beside an empty template", 1.3),
] + [
    Figure(f"{count}: {key}", f"{count} packages: {title}", unit=unit)
    for count in (20, 60)
    for key, title, unit in [
        ("image", "image", "MB"),
        ("first build", "first build", "s"),
        ("added", "one package added", "s"),
        ("run", "`run.sh -d` to the first answer", "s"),
    ]
]


@dataclass
class Results:
    """What was measured: `values[figure][who]` are seconds, or bytes where the figure is an image."""

    machine: str
    values: dict[str, dict[str, list[float]]] = field(default_factory=dict)

    def add(self, figure: str, who: str, value: float) -> None:
        """Keep one more measurement."""
        self.values.setdefault(figure, {}).setdefault(who, []).append(round(value, 3))

    def forget(self, figure: str) -> None:
        """Take a figure away, to measure it again."""
        self.values.pop(figure, None)

    def middle(self, figure: str, who: str) -> float | None:
        """The median, in seconds or bytes; None where nothing was measured."""
        measured = self.values.get(figure, {}).get(who)
        return median(measured) if measured else None

    def ratio(self, figure: str, beside: str) -> float | None:
        """Ours divided by another's; None where either was not measured."""
        ours, other = self.middle(figure, "ours"), self.middle(figure, beside)
        return ours / other if ours is not None and other else None

    def as_dict(self) -> dict[str, Any]:
        """For results.json."""
        return {"machine": self.machine, "values": self.values}

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Results:
        """From results.json; KeyError where it is something else."""
        return cls(stored["machine"], stored["values"])


def amount(value: float, unit: str) -> str:
    """A value as people read it: `0.44 s`, `41 s`, `531 MB`."""
    if unit == "MB":
        return f"{value / 1e6:.0f} MB"
    return f"{value:.2f} s" if value < 10 else f"{value:.0f} s"


def met(figure: Figure, results: Results) -> bool | None:
    """Whether the target is met; None where there is none or nothing to compare."""
    value = results.ratio(figure.key, figure.beside) if figure.beside else results.middle(figure.key, "ours")
    return None if figure.most is None or value is None else round(value, 2) <= figure.most


def table(results: Results) -> str:
    """A Markdown table of all figures that were measured."""
    lines = ["| | ours | beside | ratio | target |", "|---|---:|---:|---:|---:|"]
    for figure in FIGURES:
        ours = results.middle(figure.key, "ours")
        beside = results.middle(figure.key, figure.beside or "plain")
        ratio = results.ratio(figure.key, figure.beside or "plain")
        if ours is None or (figure.beside and beside is None):
            continue
        reached = met(figure, results)
        target = "" if figure.most is None else f"{figure.most:.2f}{'' if figure.beside else ' s'}"
        mark = {None: "", True: " ✓", False: " ✗"}[reached]
        other = "" if beside is None else amount(beside, figure.unit)
        share = "" if ratio is None else f"{ratio:.2f}"
        lines.append(f"| {figure.title} | {amount(ours, figure.unit)} | {other} | {share} | {target}{mark} |")
    return "\n".join(lines) + "\n"


def chart(results: Results) -> str:
    """An SVG: a bar for each figure beside plain, whose own bar has the full width."""
    figures = [
        figure
        for figure in FIGURES
        if figure.beside == "plain" and figure.key != "generate" and results.ratio(figure.key, "plain")
    ]
    left, width, row = 330, 300, 26
    height = 64 + row * len(figures)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + width + 190} {height}" role="img"',
        'font-family="system-ui, sans-serif" font-size="13">',
        "<title>Size and time beside a plain Dockerfile: shorter is better</title>",
        f'<rect width="100%" height="{height}" fill="#fff"/>',
        f'<text x="{left}" y="22" font-weight="bold">this template</text>',
        f'<text x="{left + width}" y="22" text-anchor="end" fill="#777">a plain Dockerfile</text>',
    ]
    for number, figure in enumerate(figures):
        ratio = results.ratio(figure.key, "plain") or 0
        ours = amount(results.middle(figure.key, "ours") or 0, figure.unit)
        plain = amount(results.middle(figure.key, "plain") or 0, figure.unit)
        y = 36 + row * number
        parts += [
            f'<text x="{left - 10}" y="{y + 14}" text-anchor="end">{escape(figure.title.replace("`", ""))}</text>',
            f'<rect x="{left}" y="{y}" width="{width}" height="18" fill="#e4e4e4"/>',
            f'<rect x="{left}" y="{y}" width="{max(width * min(ratio, 1.25), 1):.0f}" height="18" fill="#f37726"/>',
            f'<text x="{left + width * max(1, min(ratio, 1.25)) + 10:.0f}" y="{y + 14}">{ours} of {plain}</text>',
        ]
    return "\n".join([*parts, "</svg>"]) + "\n"
