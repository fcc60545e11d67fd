"""The two assessments beside each other, and which of their needs belong together."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sphinx_cra.difference.components import sbom_files
from sphinx_cra.difference.model import folded
from sphinx_cra.model import Kind
from sphinx_cra.words import listed, sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping

    from sphinx_cra.difference.model import Inventory
    from sphinx_cra.snapshot import Item, Point, Section, Snapshot


class Sides:
    """The two sides, and what is known of how their needs belong together."""

    def __init__(self, old: Snapshot, new: Snapshot, inventories: tuple[Inventory, Inventory]) -> None:
        self.old, self.new, self.inventories = old, new, inventories
        self.was, self.now = old.items or {}, new.items or {}
        self.lost = {i: self.was[i] for i in self.was if i not in self.now}
        self.added = {i: self.now[i] for i in self.now if i not in self.was}
        self.renamed: dict[str, str] = {}
        """Old id -> new id."""
        self.guessed: set[str] = set()
        """Old ids of those that only look the same."""
        self.printed = old.fingerprints is not None and new.fingerprints is not None
        self._pair(lambda item, prints: (item.kind, tuple(sorted(prints.items()))))
        certain = set(self.renamed)
        self._pair(lambda item, _: (item.kind, folded(item.title)) if item.title else None)
        self.guessed = set(self.renamed) - certain
        self.changed: dict[str, tuple[str, ...]] = {}
        """New id of a need that was there -> parts of its meaning that are others."""
        for before, after in self.pairs():
            if parts := self._parts(before, after):
                self.changed[after.id] = parts

    def pairs(self) -> Iterator[tuple[Item, Item]]:
        """Needs that were and are there."""
        for name, item in self.was.items():
            if (after := self.now.get(self.renamed.get(name, name))) is not None:
                yield item, after

    @property
    def partial(self) -> bool:
        """Whether of one side only the needs are known."""
        return bool(self.old.unknown or self.new.unknown)

    @property
    def alike(self) -> bool:
        """Whether states rest on the same on both sides: on evidence that was looked at, or on none."""
        unread = [s.verdicts is None for s in (self.old, self.new)]
        claimed = any(i.kind is Kind.EVIDENCE for i in (*self.was.values(), *self.now.values()))
        return unread[0] == unread[1] or not claimed

    def kind(self, name: str) -> Kind | None:
        """What a need is; None for what is no need."""
        item = self.now.get(name) or self.was.get(name)
        return item.kind if item else None

    def renaming(self, ids: Iterable[str]) -> tuple[str, ...]:
        """Ids of the old side, as they are called now."""
        return tuple(sorted(self.renamed.get(i, i) for i in ids))

    def sections(self, point: str = "") -> tuple[tuple[Section | None, Section | None, Point], ...]:
        """Claimed sections that belong together: of one place, else of one text, else of one title.

        :param point: of that point of Annex VII only.
        """
        sides = []
        for side in (self.old, self.new):
            points = [p for p in (side.points or {}).values() if not point or p.id == point]
            places = {(s.docname, s.anchor): (s, p) for p in reversed(points) for s in reversed(p.sections)}
            sides.append(places)
        was, now = sides
        found: list[tuple[Section | None, Section | None, Point]] = [
            (was.pop(place)[0], *now.pop(place)) for place in list(now) if place in was
        ]
        for key in (lambda s: s.text or None, lambda s: folded(s.title) or None):
            gone, come = (_once(places, key) for places in (was, now))
            found += [(was.pop(gone[k])[0], *now.pop(come[k])) for k in come if k in gone]
        found += [(None, s, p) for s, p in now.values()]
        found += [(s, None, p) for s, p in was.values()]
        return tuple(found)

    def _pair(self, key: Callable[[Item, Mapping[str, str]], Hashable]) -> None:
        """Take for one what is alike on both sides, where only one of each side is."""

        def alike(side: Mapping[str, Item], snapshot: Snapshot) -> dict[Hashable, list[str]]:
            found: dict[Hashable, list[str]] = defaultdict(list)
            for item in side.values():
                what = key(item, self._meaning(snapshot, item))
                if what is not None:
                    found[what].append(item.id)
            return found

        come = alike(self.added, self.new)
        for what, gone in alike(self.lost, self.old).items():
            if len(gone) == len(come.get(what, ())) == 1:
                self.renamed[gone[0]] = come[what][0]
        for before, after in self.renamed.items():
            self.lost.pop(before, None)
            self.added.pop(after, None)

    def _parts(self, before: Item, after: Item) -> tuple[str, ...]:
        hashed = before.id in (self.old.fingerprints or {}) and after.id in (self.new.fingerprints or {})
        one = self._meaning(self.old, before, hashed=hashed)
        other = self._meaning(self.new, after, hashed=hashed)
        return tuple(p for p in sorted({*one, *other}) if one.get(p) != other.get(p))

    def _meaning(self, snapshot: Snapshot, item: Item, *, hashed: bool = True) -> Mapping[str, str]:
        """What a need means, part by part: as digests where both sides have them, else as text."""
        if self.printed and hashed and item.id in (snapshot.fingerprints or {}):
            return (snapshot.fingerprints or {})[item.id]
        parts = {"title": item.title, "content": item.content, **item.fields}
        return {name: " ".join(text.split()) for name, text in parts.items() if text.strip()}

    def not_compared(self) -> Iterator[str]:
        """Parts that one of the files does not have."""
        parts: dict[str, tuple[object, object]] = {
            "the states of clauses": (self.old.rows, self.new.rows),
            "needs": (self.old.items, self.new.items),
            "evidence": (self.old.verdicts, self.new.verdicts),
            "the points of Annex VII": (self.old.points, self.new.points),
            "rules": (self.old.rules, self.new.rules),
            "editions of frameworks": (self.old.catalogues, self.new.catalogues),
            "mappings": (self.old.mappings, self.new.mappings),
            "accepted findings": (self.old.acceptances, self.new.acceptances),
            "the gate": (self.old.gate, self.new.gate),
        }
        speak = [s.has_vulnerabilities or None for s in (self.old, self.new)]
        parts["known vulnerabilities"] = (speak[0], speak[1])
        lacking: dict[tuple[str, ...], list[str]] = {}
        for name, values in parts.items():
            where = tuple(
                s.source for s, value in zip((self.old, self.new), values, strict=True) if value is None
            )
            lacking.setdefault(where, []).append(name)
        for where, names in lacking.items():
            if where:
                verb = "does" if len(where) == 1 else "do"
                said = sentence(f"{listed(names, len(names))} could not be compared")
                yield f"{said[:-1]}: {listed(where)} {verb} not have them."
        if stateless := [s.source for s in (self.old, self.new) if s.product is None]:
            verb = "has" if len(stateless) == 1 else "have"
            yield f"The product could not be compared: {listed(stateless)} {verb} no cra.yaml."
        for said in dict.fromkeys((*self.old.unknown, *self.new.unknown)):
            whose = [s.source for s in (self.old, self.new) if said in s.unknown]
            yield f"Of {listed(whose)} not everything is known: {said}."
        if not self.alike:
            yield "The states of clauses could not be compared: evidence was looked at on one side only."
        for snapshot in (self.old, self.new):
            if snapshot.fingerprints is None and snapshot.items is not None:
                yield f"{snapshot.source} has no fingerprints: title, content and fields were compared."
            claimed = [s for p in (snapshot.points or {}).values() for s in p.sections]
            if any(s.text is None for s in claimed):
                yield (
                    f"{snapshot.source} does not say what stands in claimed sections, so whether their texts "
                    "changed with their needs was not compared."
                )
        if self.was and self.now and not any(True for _ in self.pairs()):
            yield "No need is on both sides, by id, meaning or title: perhaps they are of two products."
        files = [sbom_files(s) for s in (self.old, self.new)]
        if files[0] != files[1]:
            for snapshot, inventory in zip((self.old, self.new), self.inventories, strict=True):
                if inventory.parts is None:
                    why = inventory.why or "its SBOM was not read"
                    yield f"The components of {snapshot.source} were not compared: {why}."
        if self.old.generator != self.new.generator:
            one, other = (s.generator or "a program that is not named" for s in (self.old, self.new))
            yield f"They were written by {one} and {other}: some of what differs may come from that alone."


def _once(
    places: Mapping[tuple[str, str], tuple[Section, Point]], key: Callable[[Section], str | None]
) -> dict[str, tuple[str, str]]:
    """What only one section of a side says -> its place."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for place, (section, _) in places.items():
        said = key(section)
        if said is not None:
            found[said].append(place)
    return {said: where[0] for said, where in found.items() if len(where) == 1}
