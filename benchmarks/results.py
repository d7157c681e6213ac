"""The measured values, and what is computed from them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median


@dataclass
class Results:
    """`values[figure][subject]` is a list: bytes for the figure `image`, otherwise seconds."""

    machine: str = ""
    values: dict[str, dict[str, list[float]]] = field(default_factory=dict)

    def add(self, figure: str, subject: str, value: float) -> None:
        """Add a value."""
        self.values.setdefault(figure, {}).setdefault(subject, []).append(round(value, 3))

    def median(self, figure: str, subject: str) -> float | None:
        """Return the median, or None if nothing was measured."""
        values = self.values.get(figure, {}).get(subject)
        return median(values) if values else None

    def ratio(self, figure: str, other: str) -> float | None:
        """Return the median of `ours` divided by that of `other`, or None if one is missing."""
        ours, theirs = self.median(figure, "ours"), self.median(figure, other)
        return ours / theirs if ours is not None and theirs else None

    def save(self, path: Path) -> None:
        """Write everything to a JSON file."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def load(cls, path: Path) -> Results:
        """Read what `save` wrote."""
        return cls(**json.loads(path.read_text()))
