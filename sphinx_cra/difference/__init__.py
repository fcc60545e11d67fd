"""Two assessments of one product set beside each other: what changed, and whether for the worse.

For the worse is what was shown and no longer is: a clause that lost its state, evidence that fails,
a need that is gone. What merely differs is told as well. Whether changes are a substantial
modification (Article 3(30)) is a person's judgement; the facts for it are gathered, each with what
was found and what could not be looked at. Reads no file.

``model`` says what a change is and ``sides`` which needs belong together; each of the other modules
compares one part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sphinx_cra.difference.clauses import annex_vii, clauses, frameworks, rules
from sphinx_cra.difference.components import components, sbom_files
from sphinx_cra.difference.evidence import evidence, vulnerabilities
from sphinx_cra.difference.facts import facts
from sphinx_cra.difference.model import (
    UNREAD,
    Change,
    Difference,
    DifferenceError,
    Direction,
    Fact,
    Inventory,
    Part,
    Topic,
    What,
    alike,
    folded,
)
from sphinx_cra.difference.needs import needs
from sphinx_cra.difference.sides import Sides
from sphinx_cra.difference.stale import stale
from sphinx_cra.difference.stated import acceptances, gate, product

if TYPE_CHECKING:
    from sphinx_cra.snapshot import Snapshot

__all__ = [
    "UNREAD",
    "Change",
    "Difference",
    "DifferenceError",
    "Direction",
    "Fact",
    "Inventory",
    "Part",
    "Topic",
    "What",
    "alike",
    "compare",
    "sbom_files",
]


def compare(
    old: Snapshot,
    new: Snapshot,
    *,
    force: bool = False,
    inventories: tuple[Inventory, Inventory] = (UNREAD, UNREAD),
) -> Difference:
    """What differs between an earlier and a later assessment of one product.

    :param force: compare different products all the same.
    :param inventories: what the SBOMs of the two list.
    :raises DifferenceError: if they are of different products.
    """
    if old.name and new.name and folded(old.name) != folded(new.name) and not force:
        raise DifferenceError(
            f'{old.source} is of "{old.name}" and {new.source} of "{new.name}"; '
            "if that is one product under two names, compare them with --force"
        )
    sides = Sides(old, new, inventories)
    changes: list[Change] = []
    for part in (
        frameworks,
        clauses,
        annex_vii,
        rules,
        needs,
        evidence,
        vulnerabilities,
        components,
        product,
        acceptances,
        gate,
    ):
        changes += part(sides)
    changes += stale(sides, changes)
    order = list(Direction)
    topics = list(Topic)
    changes.sort(key=lambda c: (topics.index(c.topic), order.index(c.direction), c.id))
    return Difference(
        old=old,
        new=new,
        changes=tuple(changes),
        facts=tuple(facts(sides, changes)),
        not_compared=tuple(dict.fromkeys(sides.not_compared())),
    )
