"""Two assessments of one product set beside each other: what changed, and whether for the worse.

For the worse is what was shown and no longer is: a clause that lost its state, evidence that fails,
a need that is gone. What merely differs is told as well. Whether changes are a substantial
modification (Article 3(30)) is a person's judgement; the facts for it are gathered, each with what
was found and what could not be looked at. Reads no file.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sphinx_cra.model import Kind, Link, Outcome, Presence, State, under
from sphinx_cra.snapshot import Answer, Status
from sphinx_cra.words import a, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence

    from sphinx_cra.snapshot import Item, Match, Row, Section, Snapshot, Verdict


class DifferenceError(Exception):
    """Why two assessments cannot be compared; one sentence."""


class Direction(StrEnum):
    """Which way something changed."""

    WORSE = "worse"
    """Something was shown and no longer is, or the opposite is."""
    OTHER = "other"
    """It differs; only a person can say what that means."""
    BETTER = "better"
    """Something is shown that was not."""


class Topic(StrEnum):
    """What a change is about."""

    CLAUSES = "clauses"
    ANNEX_VII = "annex_vii"
    RULES = "rules"
    EVIDENCE = "evidence"
    NEEDS = "needs"
    EXCLUSIONS = "exclusions"
    VULNERABILITIES = "vulnerabilities"
    COMPONENTS = "components"
    PRODUCT = "product"
    ACCEPTANCES = "acceptances"
    STALE = "stale"
    FRAMEWORKS = "frameworks"

    @property
    def heading(self) -> str:
        """As people read it."""
        return _TITLES[self]


_TITLES = {
    Topic.CLAUSES: "Clauses",
    Topic.ANNEX_VII: "Annex VII",
    Topic.RULES: "Rules",
    Topic.EVIDENCE: "Evidence",
    Topic.NEEDS: "Requirements, controls and risks",
    Topic.EXCLUSIONS: "Exclusions",
    Topic.VULNERABILITIES: "Known vulnerabilities",
    Topic.COMPONENTS: "Components (SBOM)",
    Topic.PRODUCT: "Product file",
    Topic.ACCEPTANCES: "Accepted findings, which stay gaps",
    Topic.STALE: "Perhaps stale: not changed with what it is about",
    Topic.FRAMEWORKS: "Frameworks and mappings",
}


class What(StrEnum):
    """What happened to it."""

    CHANGED = "changed"
    ADDED = "added"
    LOST = "lost"
    RENAMED = "renamed"
    REPLACED = "replaced"
    """The same, resting on other files."""
    STALE = "stale"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that is not as it was."""

    topic: Topic
    what: What
    direction: Direction
    id: str
    """Clause, need, rule, field of ``cra.yaml``, component, ..."""
    title: str = ""
    before: str = ""
    after: str = ""
    note: str = ""
    """Why, or what exactly; one or more sentences or parts."""

    def __str__(self) -> str:
        return f"{self.subject}: {self.predicate}"

    @property
    def subject(self) -> str:
        """What it happened to."""
        return f"{self.id} ({self.title})" if self.title else self.id

    @property
    def predicate(self) -> str:
        """What happened."""
        said = []
        if self.before != self.after:
            said.append(f"{_short(self.before) or 'nothing'} -> {_short(self.after) or 'nothing'}")
        elif self.before:
            said.append(f"{self.before} as before")
        elif self.what is not What.CHANGED or not self.note:
            said.append(self.what.value)
        return "; ".join([*said, *([_short(self.note, 300)] if self.note else [])])


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that bears on whether the changes are a substantial modification."""

    question: str
    cite: str
    found: tuple[str, ...] = ()
    unknown: str = ""
    """Why nothing can be said; empty where it was looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """The components of a build, where somebody read its SBOM."""

    versions: Mapping[str, tuple[str, ...]] | None
    """Component -> its versions; None where the SBOM was not read."""
    why: str = ""
    """Why not."""


UNREAD = Inventory(versions=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Everything that differs between two assessments."""

    old: Snapshot
    new: Snapshot
    changes: tuple[Change, ...]
    """By topic, the worse first."""
    facts: tuple[Fact, ...]
    not_compared: tuple[str, ...]
    """What could not be compared, and why; a sentence each."""

    def count(self, direction: Direction) -> int:
        return sum(c.direction is direction for c in self.changes)

    @property
    def worse(self) -> bool:
        """Whether anything changed for the worse."""
        return any(c.direction is Direction.WORSE for c in self.changes)

    def of(self, topic: Topic) -> tuple[Change, ...]:
        return tuple(c for c in self.changes if c.topic is topic)


# ----------------------------------------------------------------------------- comparing


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
    if old.name and new.name and _folded(old.name) != _folded(new.name) and not force:
        raise DifferenceError(
            f'{old.source} is of "{old.name}" and {new.source} of "{new.name}"; '
            "if that is one product under two names, compare them with --force"
        )
    work = _Work(old, new, inventories)
    changes: list[Change] = []
    for part in (
        _frameworks,
        _clauses,
        _annex_vii,
        _rules,
        _needs,
        _evidence,
        _vulnerabilities,
        _components,
        _product,
        _acceptances,
    ):
        changes += part(work)
    changes += _stale(work, changes)
    order = list(Direction)
    topics = list(Topic)
    changes.sort(key=lambda c: (topics.index(c.topic), order.index(c.direction), c.id))
    return Difference(
        old=old,
        new=new,
        changes=tuple(changes),
        facts=tuple(_facts(work, changes)),
        not_compared=tuple(dict.fromkeys(work.not_compared())),
    )


class _Work:
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
        self._pair(lambda item, _: (item.kind, _folded(item.title)) if item.title else None)
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

    def renaming(self, ids: Iterable[str]) -> tuple[str, ...]:
        """Ids of the old side, as they are called now."""
        return tuple(sorted(self.renamed.get(i, i) for i in ids))

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
        parts = {
            "the states of clauses": (self.old.rows, self.new.rows),
            "needs": (self.old.items, self.new.items),
            "evidence": (self.old.verdicts, self.new.verdicts),
            "the points of Annex VII": (self.old.points, self.new.points),
            "rules": (self.old.rules, self.new.rules),
            "editions of frameworks": (self.old.catalogues, self.new.catalogues),
            "mappings": (self.old.mappings, self.new.mappings),
            "accepted findings": (self.old.acceptances, self.new.acceptances),
        }
        for name, (before, after) in parts.items():
            yield from self._absent(name, before is None, after is None)
        yield from self._absent(
            "known vulnerabilities", not self.old.has_vulnerabilities, not self.new.has_vulnerabilities
        )
        yield from self._absent("the product", self.old.product is None, self.new.product is None, "cra.yaml")
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
                if inventory.versions is None and sbom_files(snapshot):
                    why = inventory.why or "its SBOM was not read"
                    yield f"The components of {snapshot.source} were not compared: {why}."
        if self.old.generator != self.new.generator:
            one, other = (s.generator or "a program that is not named" for s in (self.old, self.new))
            yield f"They were written by {one} and {other}: some of what differs may come from that alone."

    def _absent(self, name: str, old: bool, new: bool, file: str = "") -> Iterator[str]:
        where = [s.source for s, absent in ((self.old, old), (self.new, new)) if absent]
        if where:
            what = f"have no {file}" if file else "do not have them"
            if len(where) == 1:
                what = f"has no {file}" if file else "does not have them"
            yield f"{name[0].upper()}{name[1:]} could not be compared: {listed(where)} {what}."


# ------------------------------------------------------------------------------- clauses

_RANK = (State.FAILED, State.OPEN, State.SUPPORTED, State.PLANNED, State.COVERED, State.VERIFIED)


def _clauses(work: _Work) -> Iterator[Change]:
    was, now = work.old.rows, work.new.rows
    if was is None or now is None:
        return
    both = {r.framework for r in was.values()} & {r.framework for r in now.values()}
    for name in {**was, **now}:
        before, after = was.get(name), now.get(name)
        row = after or before
        if row is None or row.framework not in both:
            continue  # a framework that came or went is one line, and not three hundred
        if before is None or after is None:
            change = _came_or_went(row, gone=after is None)
        else:
            change = _moved(before, after)
        if change:
            yield change


def _came_or_went(row: Row, *, gone: bool) -> Change | None:
    if row.state is None:
        return None
    bad = row.counted and (row.state in (State.COVERED, State.VERIFIED) if gone else row.state.gap)
    return Change(
        topic=Topic.CLAUSES,
        what=What.LOST if gone else What.ADDED,
        direction=Direction.WORSE if bad else Direction.OTHER,
        id=row.printed or row.id,
        title=row.id if row.printed else "",
        before=row.state.value if gone else "",
        after="" if gone else row.state.value,
        note="another edition of the framework",
    )


def _moved(before: Row, after: Row) -> Change | None:
    reached = _reached(before), _reached(after)
    if before.state is after.state and (before.state is None or reached[0] == reached[1]):
        return None
    state = [r.state.value if r.state else "not asked" for r in (before, after)]
    if before.state is after.state:
        one = (before.implemented, before.proven)
        other = (after.implemented, after.proven)
        direction = Direction.OTHER
        if any(b > a for b, a in zip(one, other, strict=True)):
            direction = Direction.WORSE
        elif other > one:
            direction = Direction.BETTER
        return _clause(after, direction, f"{state[0]}, {reached[0]}", f"{state[1]}, {reached[1]}", "")
    direction = _direction(before, after) if before.counted or after.counted else Direction.OTHER
    return _clause(after, direction, state[0], state[1], after.reason)


def _reached(row: Row) -> str:
    number = len(row.carriers)
    return f"{row.implemented} of {number} implemented, {row.proven} proven" if number else ""


def _direction(before: Row, after: Row) -> Direction:
    one, other = before.state, after.state
    if one is None or other is None:
        return Direction.WORSE if other is not None and other.gap else Direction.OTHER
    if State.EXCLUDED in (one, other):
        # What was shown and is now said not to apply, or needs doing after all.
        lost = other is State.EXCLUDED and one in (State.COVERED, State.VERIFIED)
        return Direction.WORSE if lost or other.gap else Direction.OTHER
    return Direction.BETTER if _RANK.index(other) > _RANK.index(one) else Direction.WORSE


def _clause(row: Row, direction: Direction, before: str, after: str, note: str) -> Change:
    return Change(
        topic=Topic.CLAUSES,
        what=What.CHANGED,
        direction=direction,
        id=row.printed or row.id,
        title=row.id if row.printed else "",
        before=before,
        after=after,
        note=note,
    )


def _frameworks(work: _Work) -> Iterator[Change]:
    for kind, was, now in (
        ("framework", work.old.catalogues, work.new.catalogues),
        ("mapping", work.old.mappings, work.new.mappings),
    ):
        if was is None or now is None:
            continue
        for name in sorted({**was, **now}):
            before, after = was.get(name), now.get(name)
            if before == after:
                continue
            what, direction = What.CHANGED, Direction.OTHER
            if after is None:
                what = What.LOST
                direction = Direction.WORSE if kind == "framework" else Direction.OTHER
            elif before is None:
                what = What.ADDED
            elif before.edition == after.edition:
                continue  # a longer name or another count of the same edition
            yield Change(
                topic=Topic.FRAMEWORKS,
                what=what,
                direction=direction,
                id=name,
                title=kind,
                before=before.edition if before else "",
                after=after.edition if after else "",
                note="nothing of it is shown any more" if direction is Direction.WORSE else "",
            )


# ----------------------------------------------------------------------- Annex VII, rules


def _annex_vii(work: _Work) -> Iterator[Change]:
    was, now = work.old.points, work.new.points
    if was is None or now is None:
        return
    for name, after in now.items():
        before = was.get(name)
        if before is None or (before.presence is after.presence and before.lacks == after.lacks):
            continue
        direction = Direction.OTHER
        if before.presence is not after.presence:
            if after.presence is Presence.MISSING:
                direction = Direction.WORSE
            elif after.presence is Presence.PRESENT:
                direction = Direction.BETTER
        new = [s for s in after.lacks if s not in before.lacks]
        gone = len([s for s in before.lacks if s not in after.lacks])
        note = " ".join(new)
        if before.presence is after.presence and gone and not new:
            note = f"{gone} of {len(before.lacks)} things that it lacked {'is' if gone == 1 else 'are'} there"
            direction = Direction.BETTER
        yield Change(
            topic=Topic.ANNEX_VII,
            what=What.CHANGED,
            direction=direction,
            id=after.printed or name,
            title=after.title,
            before=before.presence.value,
            after=after.presence.value,
            note=note,
        )


_GOOD = (Answer.MET, Answer.NOT_APPLICABLE)


def _rules(work: _Work) -> Iterator[Change]:
    was, now = work.old.rules, work.new.rules
    if was is None or now is None:
        return
    for name in sorted({**was, **now}):
        before, after = was.get(name), now.get(name)
        if before is not None and after is not None and before.outcome is after.outcome:
            continue
        rule = after or before
        if rule is None:
            continue
        direction = Direction.OTHER
        if before and after:
            one, other = before.outcome, after.outcome
            unsaid = (one in _GOOD and other is Answer.UNDECIDABLE) or (
                one is Answer.MET and other is Answer.NOT_CHECKED
            )
            if other is Answer.NOT_MET or unsaid:
                direction = Direction.WORSE
            elif other is Answer.MET:
                direction = Direction.BETTER
        yield Change(
            topic=Topic.RULES,
            what=What.CHANGED if before and after else What.ADDED if after else What.LOST,
            direction=direction,
            id=name,
            title=rule.title,
            before=before.outcome.value if before else "",
            after=after.outcome.value if after else "",
            note=after.message if after else "",
        )


# --------------------------------------------------------------------- needs and evidence

_TOPICS = {Kind.EVIDENCE: Topic.EVIDENCE, Kind.EXCLUSION: Topic.EXCLUSIONS}


def _needs(work: _Work) -> Iterator[Change]:
    """Needs that came, went, are called otherwise or mean something else."""
    if work.old.items is None or work.new.items is None:
        return
    instead = _instead(work)
    for item in work.lost.values():
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
    for item in work.added.values():
        yield Change(
            topic=_TOPICS.get(item.kind, Topic.NEEDS),
            what=What.ADDED,
            direction=Direction.OTHER,
            id=item.id,
            title=item.title,
            note=f"{a(item.kind.value)} with links to {_linked(item)}",
        )
    for before, after in work.pairs():
        yield from _altered(work, before, after)


def _linked(item: Item) -> str:
    return listed(sorted({t for targets in item.links.values() for t in targets}), 3) or "nothing"


def _instead(work: _Work) -> dict[str, str]:
    """Lost evidence -> added evidence with the same links, where there is one of each."""

    def links(side: Mapping[str, Item], *, old: bool) -> dict[Hashable, list[str]]:
        found: dict[Hashable, list[str]] = defaultdict(list)
        for item in side.values():
            if item.kind is Kind.EVIDENCE and item.links:
                targets = item.links.get(Link.VERIFIES.value, ())
                found[work.renaming(targets) if old else tuple(sorted(targets))].append(item.id)
        return found

    come = links(work.added, old=False)
    gone = links(work.lost, old=True)
    return {ids[0]: come[k][0] for k, ids in gone.items() if k and len(ids) == len(come.get(k, ())) == 1}


def _altered(work: _Work, before: Item, after: Item) -> Iterator[Change]:
    topic = _TOPICS.get(after.kind, Topic.NEEDS)
    parts = work.changed.get(after.id, ())
    notes = []
    direction = Direction.OTHER
    if before.kind is not after.kind:
        notes.append(f"{before.kind.value} -> {after.kind.value}")
    shown = [p for p in parts if p in before.fields or p in after.fields]
    if told := [p for p in parts if p not in shown]:
        notes.append(f"another {listed(told)}")
    for name in shown:
        one, other = before.fields.get(name, ""), after.fields.get(name, "")
        notes.append(f"{name} {_short(one, 60) or 'nothing'} -> {_short(other, 60) or 'nothing'}")
        if after.kind is Kind.RISK and name == "residual" and _higher(one, other):
            direction = Direction.WORSE
    for link in sorted({*before.links, *after.links}):
        one_, other_ = set(work.renaming(before.links.get(link, ()))), set(after.links.get(link, ()))
        if gone := sorted(one_ - other_):
            notes.append(f"no longer {link.replace('_', ' ')} {listed(gone, 3)}")
        if come := sorted(other_ - one_):
            notes.append(f"{link.replace('_', ' ')} {listed(come, 3)} as well")
    renamed = before.id != after.id
    if not (notes or renamed):
        return
    if renamed and before.id in work.guessed:
        notes.insert(0, "a guess: the title is the same")
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


def _evidence(work: _Work) -> Iterator[Change]:
    """What evidence shows, and the files it rests on."""
    was, now = work.old.verdicts, work.new.verdicts
    if was is None or now is None:
        return
    for name, before in was.items():
        after = now.get(work.renamed.get(name, name))
        if after is None:
            continue
        item = work.now.get(after.id)
        title = item.title if item else ""
        replaced = bool(before.artefacts) and dict(before.artefacts) != dict(after.artefacts)
        if before.outcome is not after.outcome:
            yield Change(
                topic=Topic.EVIDENCE,
                what=What.CHANGED,
                direction=_verdict_direction(before.outcome, after.outcome),
                id=after.id,
                title=title,
                before=before.outcome.value,
                after=after.outcome.value,
                note=after.reason,
            )
        elif replaced:
            yield Change(
                topic=Topic.EVIDENCE,
                what=What.REPLACED,
                direction=_counted(before, after),
                id=after.id,
                title=title,
                note=f"{after.outcome.value} as before, from {_files(before, after)}",
            )


def _verdict_direction(one: Outcome, other: Outcome) -> Direction:
    bad = (Outcome.FAILED, Outcome.ALTERED)
    if other in bad or one is Outcome.VALID:
        return Direction.WORSE
    return Direction.BETTER if other is Outcome.VALID else Direction.OTHER


def _counted(before: Verdict, after: Verdict) -> Direction:
    """Fewer passed tests in a valid report are worse: something is no longer shown."""
    one, other = before.counts.get("passed"), after.counts.get("passed")
    return Direction.WORSE if one is not None and other is not None and other < one else Direction.OTHER


def _files(before: Verdict, after: Verdict) -> str:
    other = [p for p, digest in after.artefacts.items() if before.artefacts.get(p) != digest]
    gone = [p for p in before.artefacts if p not in after.artefacts]
    said = []
    for path in other[:3]:
        one = before.artefacts.get(path, "")
        said.append(f"{path} {one[:12]} -> {after.artefacts[path][:12]}" if one else f"{path} (new)")
    if len(other) > 3:
        said.append(f"{len(other) - 3} more")
    said += [f"without {path}" for path in gone[:3]]
    counts = [
        f"{name} {before.counts.get(name, 0)} -> {after.counts.get(name, 0)}"
        for name in sorted({*before.counts, *after.counts})
        if before.counts.get(name, 0) != after.counts.get(name, 0)
    ]
    return "; ".join([", ".join(said), *([", ".join(counts)] if counts else [])])


# -------------------------------------------------------------- vulnerabilities, components


def _vulnerabilities(work: _Work) -> Iterator[Change]:
    old, new = work.old, work.new
    if not (old.has_vulnerabilities and new.has_vulnerabilities):
        return
    was, now = old.vulnerabilities, new.vulnerabilities
    if (was is not None and was.checked) != (now is not None and now.checked):
        checked = now is not None and now.checked
        yield Change(
            topic=Topic.VULNERABILITIES,
            what=What.CHANGED,
            direction=Direction.BETTER if checked else Direction.WORSE,
            id="scan for known vulnerabilities",
            before="not checked" if checked else "checked",
            after="checked" if checked else "not checked",
        )
    before = {_match_key(m): m for m in (was.matches if was else ())}
    after = {_match_key(m): m for m in (now.matches if now else ())}
    # A version of the component that changed alone leaves the match the same.
    again = {_match_key(m, version=False): k for k, m in before.items() if k not in after}
    for key, match in after.items():
        found = before.pop(key, None)
        if found is None and (other := again.pop(_match_key(match, version=False), None)):
            found = before.pop(other, None)
        if found is None or found.status is not match.status:
            yield _match(found, match)
    for match in before.values():
        if now is not None:
            yield _match(match, None)


def _match_key(match: Match, *, version: bool = True) -> tuple[str, str]:
    name = match.component if version else match.component.rpartition(" ")[0] or match.component
    return match.vulnerability.casefold(), name


def _match(before: Match | None, after: Match | None) -> Change:
    found = after or before
    assert found is not None
    direction = Direction.OTHER
    unsettled = after is not None and not after.status.settled
    was_settled = before is None or before.status.settled
    if unsettled and (was_settled or (after is not None and after.status is Status.AFFECTED)):
        direction = Direction.WORSE
    elif before and not before.status.settled and (after is None or after.status.settled):
        direction = Direction.BETTER
    return Change(
        topic=Topic.VULNERABILITIES,
        what=What.CHANGED if before and after else What.ADDED if after else What.LOST,
        direction=direction,
        id=found.vulnerability,
        title=found.component,
        before=before.status.words if before else "not known",
        after=after.status.words if after else "not named any more",
        note=after.why if after else "",
    )


def sbom_files(snapshot: Snapshot) -> dict[str, str]:
    """Path and digest of each file that is a software bill of materials."""
    named = str(_at(snapshot.product or {}, "sbom", "evidence") or "")
    found: dict[str, str] = {}
    for item in (snapshot.items or {}).values():
        if item.kind is Kind.EVIDENCE and (item.fields.get("kind") == "sbom" or item.id == named):
            verdict = (snapshot.verdicts or {}).get(item.id)
            found.update(verdict.artefacts if verdict else {})
    return found


def _components(work: _Work) -> Iterator[Change]:
    one, other = (i.versions for i in work.inventories)
    if one is None or other is None:
        was, now = work.old.vulnerabilities, work.new.vulnerabilities
        if was and now and was.components != now.components:
            yield Change(
                topic=Topic.COMPONENTS,
                what=What.CHANGED,
                direction=Direction.OTHER,
                id="components",
                before=str(was.components),
                after=str(now.components),
                note="by number only",
            )
        return
    for name in sorted({*one, *other}):
        before, after = one.get(name), other.get(name)
        if before != after:
            yield Change(
                topic=Topic.COMPONENTS,
                what=What.CHANGED if before and after else What.ADDED if after else What.LOST,
                direction=Direction.OTHER,
                id=name,
                before=", ".join(v or "no version" for v in before or ()),
                after=", ".join(v or "no version" for v in after or ()),
            )


# ------------------------------------------------------------------------------- product

_NAMES = ("id", "name", "version", "part", "act", "title", "kind", "at", "authority", "date")


def _flat(value: Any, route: str = "") -> Iterator[tuple[str, str]]:
    """Every value that the product file states, by where it stands."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(inner, f"{route}.{key}" if route else str(key))
    elif isinstance(value, list) and any(isinstance(v, dict | list) for v in value):
        seen: Counter[str] = Counter()
        for inner in value:
            name = ""
            if isinstance(inner, dict):
                name = " ".join(str(inner[n]) for n in _NAMES[:2] if isinstance(inner.get(n), str))
                name = name or " ".join(str(inner[n]) for n in _NAMES if isinstance(inner.get(n), str))
            name = " ".join(name.split())[:60] or "?"
            seen[name] += 1
            number = f" #{seen[name]}" if seen[name] > 1 else ""
            yield from _flat(inner, f"{route}[{name}{number}]")
    elif isinstance(value, list):
        yield route, ", ".join(map(_word, value))
    else:
        yield route, _word(value)


def _word(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _product(work: _Work) -> Iterator[Change]:
    was, now = work.old.product, work.new.product
    if was is None or now is None:
        if was is not None:
            yield Change(
                topic=Topic.PRODUCT,
                what=What.LOST,
                direction=Direction.WORSE,
                id="cra.yaml",
                note="there is no usable product file any more",
            )
        elif now is not None:
            yield Change(topic=Topic.PRODUCT, what=What.ADDED, direction=Direction.BETTER, id="cra.yaml")
        return
    before, after = dict(_flat(was)), dict(_flat(now))
    for route, one, other in (*_kept(before, after), *_only(before, after), *_only(after, before, new=True)):
        shorter = route == "support_period.end" and (_day(other) or _FIRST) < (_day(one) or _FIRST)
        unsaid = one and not other and route in ("support_period", "support_period.end")
        yield Change(
            topic=Topic.PRODUCT,
            what=What.CHANGED if one and other else What.LOST if one else What.ADDED,
            direction=Direction.WORSE if (one and shorter) or unsaid else Direction.OTHER,
            id=route,
            before=one,
            after=other,
            note="the support period ends earlier" if one and other and shorter else "",
        )


def _kept(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Fields that both state, and otherwise."""
    for route in before:
        if route in after and before[route] != after[route] and route != "source":
            yield route, before[route], after[route]


def _only(
    one: Mapping[str, str], other: Mapping[str, str], *, new: bool = False
) -> Iterator[tuple[str, str, str]]:
    """What only one of the two states: of a whole block or entry of a list, one line."""
    there = {prefix for route in other for prefix in _prefixes(route)}
    blocks: dict[str, list[str]] = {}
    for route, value in one.items():
        if route in there or route == "source":
            continue
        block = next(p for p in _prefixes(route) if p not in there)
        inner = route[len(block) :].strip(".")
        blocks.setdefault(block, []).append(f"{inner} {value}" if inner else value)
    for block, values in blocks.items():
        text = ", ".join(values)
        yield (block, "", text) if new else (block, text, "")


def _prefixes(route: str) -> Iterator[str]:
    """Everything that a field stands in, the widest first, and the field."""
    depth = 0
    for place, sign in enumerate(route):
        if sign == "]":
            depth -= 1
        elif sign in ".[" and depth == 0:
            yield route[:place]
        if sign == "[":
            depth += 1
    yield route


_FIRST = dt.date(1, 1, 1)


def _day(text: str | None) -> dt.date | None:
    """A date; of a month, a day that is not before any of its days."""
    if text and re.fullmatch(r"\d{4}-\d{2}", text):
        text += "-28"
    try:
        return dt.date.fromisoformat((text or "")[:10])
    except ValueError:
        return None


def _at(value: Any, *route: str) -> Any:
    for key in route:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _acceptances(work: _Work) -> Iterator[Change]:
    """What somebody accepted since, and what is accepted no more; no gap closes by it."""
    was, now = work.old.acceptances, work.new.acceptances
    if was is None or now is None:
        return
    for name in sorted({*was, *now}):
        before, after = was.get(name), now.get(name)
        found = after or before
        if found is None or before == after:
            continue
        until = f", until {after.until}" if after and after.until else ""
        yield Change(
            topic=Topic.ACCEPTANCES,
            what=What.CHANGED if before and after else What.ADDED if after else What.LOST,
            direction=Direction.OTHER,
            id=name,
            title=_short(found.what),
            note=f"by {after.by}{until}: {after.why}" if after else "",
        )


# --------------------------------------------------------------------------------- stale


def _stale(work: _Work, changes: Sequence[Change]) -> Iterator[Change]:
    """Documents and evidence that stayed as they were while what they are about changed."""
    moved = _moved_needs(work)
    yield from _stale_sections(work, moved)
    yield from _stale_evidence(work)
    yield from _stale_papers(work, changes)
    for name, why in (work.new.suspects or {}).items():
        if name not in (work.old.suspects or {}):
            item = work.now.get(name)
            yield _is_stale(name, item.title if item else "", why)


def _is_stale(name: str, title: str, note: str) -> Change:
    return Change(
        topic=Topic.STALE, what=What.STALE, direction=Direction.OTHER, id=name, title=title, note=note
    )


def _moved_needs(work: _Work) -> dict[str, str]:
    """Needs that are not what they were, and what happened; of evidence, its files too."""
    moved = {i: f"another {listed(parts)}" for i, parts in work.changed.items()}
    moved |= dict.fromkeys(work.lost, "gone")
    was, now = work.old.verdicts or {}, work.new.verdicts or {}
    for name, before in was.items():
        after = now.get(work.renamed.get(name, name))
        if after is None:
            continue
        if before.outcome is not after.outcome:
            moved[after.id] = f"{before.outcome.value} -> {after.outcome.value}"
        elif dict(before.artefacts) != dict(after.artefacts) and not _rerun(before, after):
            moved.setdefault(after.id, "other files")
    return moved


def _rerun(before: Verdict, after: Verdict) -> bool:
    """Whether a report was only made again: the same files with the same counts say the same."""
    same = before.artefacts.keys() == after.artefacts.keys()
    return bool(before.counts) and same and dict(before.counts) == dict(after.counts)


def _stale_sections(work: _Work, moved: Mapping[str, str]) -> Iterator[Change]:
    was: dict[tuple[str, str], Section] = {
        (s.docname, s.anchor): s for p in (work.old.points or {}).values() for s in p.sections
    }
    told = set()
    for point in (work.new.points or {}).values():
        for after in point.sections:
            place = after.docname, after.anchor
            before = was.get(place)
            if before is None or not after.text or before.text != after.text or place in told:
                continue
            told.add(place)
            named = {*work.renaming(before.needs or ()), *(after.needs or ())}
            about = [f"{n}: {moved[n]}" for n in sorted(named) if n in moved]
            if about:
                where = f"{after.docname}#{after.anchor}" if after.anchor else after.docname
                note = f"claimed for {point.printed}; its text is as it was, and {listed(about, 3)}"
                yield _is_stale(where, after.title, note)


def _stale_evidence(work: _Work) -> Iterator[Change]:
    """The same files for something that is another thing now."""
    was, now = work.old.verdicts or {}, work.new.verdicts or {}
    for name, before in was.items():
        after = now.get(work.renamed.get(name, name))
        item = work.now.get(after.id) if after else None
        if after is None or item is None or not after.artefacts:
            continue
        if dict(before.artefacts) != dict(after.artefacts):
            continue
        targets = item.links.get(Link.VERIFIES.value, ())
        about = [f"{t} has another {listed(work.changed[t])}" for t in targets if t in work.changed]
        if about:
            made = f", made on {after.date[:10]}," if after.date else ""
            yield _is_stale(
                after.id, item.title, f"the files{made} are those of before, and {listed(about, 3)}"
            )


def _stale_papers(work: _Work, changes: Sequence[Change]) -> Iterator[Change]:
    """Documents of ``cra.yaml`` whose version and date stayed."""
    was, now = work.old.product, work.new.product
    if was is None or now is None:
        return

    def same(block: str, *keys: str) -> str:
        """How the document is marked, where it is marked as before."""
        values = [(_at(was, block, k), _at(now, block, k)) for k in keys]
        stated = [str(new) for _, new in values if new]
        return ", ".join(stated) if stated and all(old == new for old, new in values) else ""

    release = work.old.release != work.new.release
    shown = [c for c in changes if c.topic in _ASSESSED]
    if (marked := same("declaration", "date", "release")) and (release or shown):
        why = f"release {work.old.release} -> {work.new.release}" if release else _numbered(shown)
        yield _is_stale(
            "declaration",
            "EU declaration of conformity",
            f"it is still that of {marked}; {why} (Article 28(2))",
        )
    risks = [c for c in shown if c.topic is Topic.EXCLUSIONS or _kind(work, c.id) is Kind.RISK]
    if (marked := same("risk_assessment", "version", "date")) and risks:
        yield _is_stale(
            "risk_assessment", "risk assessment", f"it is still {marked}; {_numbered(risks)} (Article 13(3))"
        )
    if (marked := same("document", "version", "date")) and (shown or release):
        yield _is_stale(
            "document", "technical file", f"it is still {marked}; {_numbered(shown)} (Article 31(2))"
        )


_ASSESSED = frozenset(Topic) - {Topic.STALE, Topic.FRAMEWORKS, Topic.ACCEPTANCES}


def _numbered(changes: Sequence[Change]) -> str:
    return f"{len(changes)} change{'' if len(changes) == 1 else 's'} since"


def _kind(work: _Work, name: str) -> Kind | None:
    item = work.now.get(name) or work.was.get(name)
    return item.kind if item else None


# ------------------------------------------------------- facts on substantial modification

_NO_PRODUCT = "one of the two has no cra.yaml"
_ASKED: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "Was it placed on the market, and since when?",
        "Article 3(30)",
        ("market.first_unit", "versions"),
    ),
    ("Is the intended purpose another?", "Article 3(30)", ("intended_purpose",)),
    (
        "Are functions, use or surroundings others than assessed?",
        "recital 39",
        (
            "core_functionality",
            "description",
            "foreseeable_use",
            "operating_environment",
            "expected_use_years",
        ),
    ),
    (
        "Is there other hardware, or other variants?",
        "Article 3(30)",
        ("hardware", "variants", "intended_for_integration"),
    ),
    (
        "Is other data processed at a distance, or are other services relied on?",
        "Article 3(2)",
        ("remote_data_processing", "remote_services"),
    ),
    ("Are there other assets to protect?", "Article 13(3)", ("assets",)),
    ("Is the class or category another?", "Articles 7 and 8", ("class", "category", "high_risk_ai")),
)


def _facts(work: _Work, changes: Sequence[Change]) -> Iterator[Fact]:
    """What bears on a substantial modification: facts, and never the answer."""
    product = [c for c in changes if c.topic is Topic.PRODUCT]
    known = work.old.product is not None and work.new.product is not None
    for number, (question, cite, routes) in enumerate(_ASKED):
        found = [str(c) for c in product if any(_below(c.id, r) for r in routes)]
        if number == 0:
            found = list(_market(work)) + found
        yield Fact(question=question, cite=cite, found=tuple(found), unknown="" if known else _NO_PRODUCT)
    needs = work.old.items is not None and work.new.items is not None
    without = "" if needs else "one of the two has no needs"
    by_id = {c.id: c for c in changes if c.topic in (Topic.NEEDS, Topic.EXCLUSIONS)}

    def of(kinds: tuple[Kind, ...], *whats: What) -> tuple[str, ...]:
        return tuple(str(c) for c in by_id.values() if _kind(work, c.id) in kinds and c.what in whats)

    yield Fact(
        question="Are there risks that were not assessed before?",
        cite="Article 13(2) and (3), recital 39",
        found=of((Kind.RISK,), What.ADDED),
        unknown=without,
    )
    yield Fact(
        question="Are risks valued or treated otherwise, or gone?",
        cite="Article 13(3), recital 39",
        found=of((Kind.RISK,), What.CHANGED, What.RENAMED, What.LOST),
        unknown=without,
    )
    yield Fact(
        question="Are requirements or controls gone or others?",
        cite="Annex I, Part I",
        found=of((Kind.REQUIREMENT, Kind.CONTROL), What.LOST, What.CHANGED),
        unknown=without,
    )
    yield Fact(
        question="Does something no longer apply, or apply again?",
        cite="Article 13(4)",
        found=of((Kind.EXCLUSION,), *What),
        unknown=without,
    )
    rows = {**(work.old.rows or {}), **(work.new.rows or {})}
    part_one = {r.printed or r.id for r in rows.values() if under(r.id, "CRA_ANX_I_P1")}
    yield Fact(
        question="Do points of Annex I, Part I, stand otherwise?",
        cite="Article 3(30)",
        found=tuple(str(c) for c in changes if c.topic is Topic.CLAUSES and c.id in part_one),
        unknown="" if work.old.rows and work.new.rows else "one of the two has no clauses",
    )
    components = [c for c in changes if c.topic is Topic.COMPONENTS]
    read = all(i.versions is not None for i in work.inventories)
    same = sbom_files(work.old) == sbom_files(work.new)
    whats = Counter(c.what for c in components)
    yield Fact(
        question="Are other components built in?",
        cite="Article 13(5)",
        found=(
            f"{whats[What.ADDED]} added, {whats[What.LOST]} gone, {whats[What.CHANGED]} in another version",
        )
        if components and read
        else tuple(map(str, components)),
        unknown="" if read or same else "the SBOMs were not read",
    )
    yield Fact(
        question="Were vulnerabilities mended, which alone is no such modification?",
        cite="recital 39",
        found=tuple(
            str(c) for c in changes if c.topic is Topic.VULNERABILITIES and c.direction is Direction.BETTER
        ),
        unknown="" if work.old.has_vulnerabilities and work.new.has_vulnerabilities else "one does not say",
    )
    yield from _architecture(work)


def _below(route: str, block: str) -> bool:
    """Whether one of the two stands in the other."""
    one, other = sorted((route, block), key=len)
    return one == other or other.startswith((f"{one}.", f"{one}["))


def _market(work: _Work) -> Iterator[str]:
    """Only a change after the product was placed on the market can be one."""
    product = work.new.product
    if product is None:
        return
    first = _at(product, "market", "first_unit")
    yield f"first unit placed on the market: {first}" if first else "cra.yaml states no first unit"
    versions = product.get("versions")
    for version in versions if isinstance(versions, list) else ():
        said = _at(version, "substantial_modification")
        if isinstance(said, bool):
            verb = "states" if said else "denies"
            yield f"the manufacturer {verb} that version {_at(version, 'version')} is one"


def _architecture(work: _Work) -> Iterator[Fact]:
    """New interfaces are described in text, so the texts that changed are named."""
    found: list[str] = []
    unknown = "one of the two does not say what stands in claimed sections"
    was, now = (
        {(s.docname, s.anchor): s for s in side.points["2a"].sections}
        if side.points and "2a" in side.points
        else None
        for side in (work.old, work.new)
    )
    both = [] if was is None or now is None else [*was.values(), *now.values()]
    if was is not None and now is not None and all(s.text is not None for s in both):
        unknown = ""
        for place in sorted({*was, *now}):
            one, other = was.get(place), now.get(place)
            section = other or one
            if section is not None and (one is None or other is None or one.text != other.text):
                verb = "new" if one is None else "gone" if other is None else "another text"
                found.append(f"{section.docname}, {section.title}: {verb}")
    yield Fact(
        question="Are there new interfaces or data flows? The description of the architecture says it",
        cite="Annex VII, point 2(a)",
        found=tuple(found),
        unknown=unknown,
    )


# --------------------------------------------------------------------------------- words


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _short(text: str, most: int = 120) -> str:
    one = " ".join(text.split())
    return one if len(one) <= most else one[: most - 3] + "..."
