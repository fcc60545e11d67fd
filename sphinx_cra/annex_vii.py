"""The fifteen items of Annex VII, and how authors, readers and catalogues name them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PointId:
    """A point of Annex VII, as we name it."""

    id: str
    """``2a``: what authors type."""
    title: str

    @property
    def number(self) -> str:
        """``2(a)``."""
        return self.id if len(self.id) == 1 else f"{self.id[0]}({self.id[1]})"

    @property
    def clause(self) -> str:
        """``CRA_ANX_VII_2_A``."""
        return "_".join(("CRA_ANX_VII", *self.id.upper()))

    @property
    def printed(self) -> str:
        """``Annex VII, point 2(a)``."""
        return f"Annex VII, point {self.number}"


POINTS = (
    PointId("1", "General description of the product"),
    PointId("1a", "Intended purpose"),
    PointId("1b", "Versions of software"),
    PointId("1c", "Photographs or illustrations of hardware"),
    PointId("1d", "User information and instructions"),
    PointId("2", "Design, development, production and vulnerability handling"),
    PointId("2a", "Design, development and system architecture"),
    PointId("2b", "Vulnerability handling processes"),
    PointId("2c", "Production and monitoring processes"),
    PointId("3", "Cybersecurity risk assessment"),
    PointId("4", "Support period"),
    PointId("5", "Standards and other solutions applied"),
    PointId("6", "Test reports"),
    PointId("7", "EU declaration of conformity"),
    PointId("8", "Software bill of materials on request"),
)
COMPUTED = frozenset({"1", "1b", "1d", "2", "3", "4", "5", "6", "7", "8"})
"""Points that fill themselves from ``cra.yaml`` and the trace, with or without a claimed section."""


def point(written: str) -> PointId | None:
    """The point that an author means by ``2a``, ``2(a)`` or ``2 A``."""
    key = "".join(c for c in written.lower() if c.isalnum())
    return next((p for p in POINTS if p.id == key), None)
