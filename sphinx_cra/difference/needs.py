"""Needs that came, went, are called otherwise or mean something else."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from sphinx_cra.difference.model import Change, Direction, Topic, What
from sphinx_cra.model import Kind, Link
from sphinx_cra.words import a, listed, one_line

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping

    from sphinx_cra.difference.sides import Sides
    from sphinx_cra.snapshot import Item

_TOPICS = {Kind.EVIDENCE: Topic.EVIDENCE, Kind.EXCLUSION: Topic.EXCLUSIONS}


def needs(sides: Sides) -> Iterator[Change]:
    """Needs that came, went, are called otherwise or mean something else."""
    if sides.old.items is None or sides.new.items is None:
        return
    instead = replacements(sides)
    for item in sides.lost.values():
        other = instead.get(item.id)
        lost = item.kind is not Kind.EXCLUSION and other is None
        yield Change(
            topic=_TOPICS.get(item.kind, Topic.NEEDS),
            what=What.LOST if other is None else What.REPLACED,
            direction=Direction.WORSE if lost else Direction.OTHER,
            id=item.id,
            title=item.title,
            note=f"{a(item.kind.value)} with links to {_linked(item)}"
            if other is None
            else f"{other} has its links now",
        )
    for item in sides.added.values():
        yield Change(
            topic=_TOPICS.get(item.kind, Topic.NEEDS),
            what=What.ADDED,
            direction=Direction.OTHER,
            id=item.id,
            title=item.title,
            note=f"{a(item.kind.value)} with links to {_linked(item)}",
        )
    for before, after in sides.pairs():
        yield from _altered(sides, before, after)


def _linked(item: Item) -> str:
    return listed(sorted({t for targets in item.links.values() for t in targets}), 3) or "nothing"


def replacements(sides: Sides) -> dict[str, str]:
    """Lost evidence -> added evidence with the same links, where there is one of each."""

    def links(side: Mapping[str, Item], *, old: bool) -> dict[Hashable, list[str]]:
        found: dict[Hashable, list[str]] = defaultdict(list)
        for item in side.values():
            if item.kind is Kind.EVIDENCE and item.links:
                targets = item.links.get(Link.VERIFIES.value, ())
                found[sides.renaming(targets) if old else tuple(sorted(targets))].append(item.id)
        return found

    come = links(sides.added, old=False)
    gone = links(sides.lost, old=True)
    return {ids[0]: come[k][0] for k, ids in gone.items() if k and len(ids) == len(come.get(k, ())) == 1}


def _altered(sides: Sides, before: Item, after: Item) -> Iterator[Change]:
    topic = _TOPICS.get(after.kind, Topic.NEEDS)
    parts = sides.changed.get(after.id, ())
    notes = []
    direction = Direction.OTHER
    if before.kind is not after.kind:
        notes.append(f"{before.kind.value} -> {after.kind.value}")
    shown = [p for p in parts if p in before.fields or p in after.fields]
    if told := [p for p in parts if p not in shown]:
        notes.append(f"another {listed(told)}")
    for name in shown:
        one, other = before.fields.get(name, ""), after.fields.get(name, "")
        notes.append(f"{name} {one_line(one, 60) or 'nothing'} -> {one_line(other, 60) or 'nothing'}")
        if after.kind is Kind.RISK and name == "residual" and _higher(one, other):
            direction = Direction.WORSE
    for link in sorted({*before.links, *after.links}):
        one_, other_ = set(sides.renaming(before.links.get(link, ()))), set(after.links.get(link, ()))
        if gone := sorted(one_ - other_):
            notes.append(f"no longer {link.replace('_', ' ')} {listed(gone, 3)}")
        if come := sorted(other_ - one_):
            notes.append(f"{link.replace('_', ' ')} {listed(come, 3)} as well")
    renamed = before.id != after.id
    if not (notes or renamed):
        return
    if renamed and before.id in sides.guessed:
        notes.insert(0, "a guess from the title")
    yield Change(
        topic=topic,
        what=What.RENAMED if renamed else What.CHANGED,
        direction=direction,
        id=after.id,
        title=after.title,
        before=before.id if renamed else "",
        after=after.id if renamed else "",
        note="; ".join(notes),
    )


_SCALE = (
    ("none", "negligible", "nil"),
    ("very low", "minimal", "rare"),
    ("low", "minor", "unlikely"),
    ("medium", "moderate", "possible"),
    ("high", "major", "likely"),
    ("very high", "severe", "certain"),
    ("critical", "extreme", "catastrophic"),
)


def _level(text: str) -> float | None:
    """Where a word or number stands on a scale that we recognise."""
    word = " ".join(text.casefold().split())
    if re.fullmatch(r"\d{1,6}(\.\d{1,3})?", word):
        return float(word)
    return next((-100.0 + n for n, words in enumerate(_SCALE) if word in words), None)


def _higher(before: str, after: str) -> bool:
    """Whether a level of risk went up, as far as the words tell."""
    one, other = _level(before), _level(after)
    if one is None or other is None or (one < 0) != (other < 0):
        return False
    return other > one
