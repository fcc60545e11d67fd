"""Security levels of IEC 62443-4-2: what is reached of each foundational requirement.

A level is reached where every clause that is asked of this product and begins at that level or below is
covered or verified. Counts have their denominators; nothing is a percentage, and nothing is said of the
Regulation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sphinx_cra import scope
from sphinx_cra.certificates import LEVEL, LEVELS
from sphinx_cra.model import State

if TYPE_CHECKING:
    from sphinx_cra.model import Group, Matrix, Row
    from sphinx_cra.product import Product

CATALOGUE = "iec62443-4-2"
COVERED = frozenset({State.COVERED, State.VERIFIED})
VERIFIED = frozenset({State.VERIFIED})


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundationalRequirement:
    """One of FR 1 to FR 7, and how far it is reached."""

    group: Group
    target: int | None
    """SL-C that ``cra.yaml`` aims at; None where it states none."""
    rows: tuple[Row, ...]
    """The clauses that are asked of this product, up to the target."""

    @property
    def aim(self) -> int:
        """The level that is looked at last: the target, or the highest there is."""
        return self.target or max(LEVELS)

    def reached(self, states: frozenset[State]) -> int | None:
        """The highest level whose clauses are all in one of ``states``; 0 for none.

        None where no clause is asked: nothing is reached by asking for nothing.
        """
        if not self.rows:
            return None
        open_ = [begins(r) for r in self.rows if r.state not in states]
        level = min([*open_, self.aim + 1]) - 1
        return level if any(begins(r) <= level for r in self.rows) else 0

    def count(self, states: frozenset[State]) -> int:
        """How many of the clauses are in one of ``states``."""
        return sum(1 for r in self.rows if r.state in states)

    def missing(self, states: frozenset[State]) -> tuple[Row, ...]:
        """The clauses that keep it from its aim, those of the lowest level first."""
        return tuple(sorted((r for r in self.rows if r.state not in states), key=begins))


def begins(row: Row) -> int:
    """The lowest security level (SL-C) that asks for the clause."""
    lowest = row.clause.details.get(LEVEL, "")
    return int(lowest) if lowest.isdigit() else 0


def levels(matrix: Matrix, product: Product | None) -> tuple[FoundationalRequirement, ...]:
    """The foundational requirements of a catalogue whose clauses say at which level they begin.

    :param product: its component types and target level take clauses out (``scope``).
    """
    target = product.iec62443.target_sl if product else None
    asked = [r for r in matrix.rows if r.counted and begins(r) and not scope.reason(r.clause, product)]
    groups = {r.clause.group for r in matrix.rows if begins(r)}
    return tuple(
        FoundationalRequirement(
            group=group, target=target, rows=tuple(r for r in asked if r.clause.group == group.id)
        )
        for group in matrix.catalogue.groups
        if group.id in groups
    )
