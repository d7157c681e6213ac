"""The measured values, and what is computed from them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median


@dataclass
class Results:
    """`values[packages][figure][subject]` is a list: bytes for the figure `image`, otherwise seconds."""

    machine: str = ""
    growth_machine: str = ""  # of the values for more than the first number of packages
    values: dict[str, dict[str, dict[str, list[float]]]] = field(default_factory=dict)

    def add(self, packages: int, figure: str, subject: str, value: float) -> None:
        """Add a value."""
        figures = self.values.setdefault(str(packages), {})
        figures.setdefault(figure, {}).setdefault(subject, []).append(round(value, 3))

    def forget(self, packages: int, figure: str) -> None:
        """Remove the values of a figure, before it is measured again."""
        self.values.get(str(packages), {}).pop(figure, None)

    def median(self, packages: int, figure: str, subject: str) -> float | None:
        """Return the median, or None if nothing was measured."""
        values = self.values.get(str(packages), {}).get(figure, {}).get(subject)
        return median(values) if values else None

    def ratio(self, packages: int, figure: str, other: str, subject: str = "ours") -> float | None:
        """Return the median of `subject` divided by that of `other`, or None if one is missing."""
        ours, theirs = self.median(packages, figure, subject), self.median(packages, figure, other)
        return ours / theirs if ours is not None and theirs else None

    def save(self, path: Path) -> None:
        """Write everything to a JSON file."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def load(cls, path: Path) -> Results:
        """Read what `save` wrote."""
        return cls(**json.loads(path.read_text()))
