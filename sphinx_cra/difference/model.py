"""What a difference is made of: changes, and facts that a person judges by."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sphinx_cra.words import listed, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sphinx_cra.snapshot import Snapshot


_LONG = 120
"""Characters of a title or value that are shown."""


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
    GATE = "gate"
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
    Topic.GATE: "The gate (cra_gate)",
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
        return f"{self.id} ({one_line(self.title, _LONG)})" if self.title else self.id

    @property
    def predicate(self) -> str:
        """What happened."""
        said = []
        if self.before != self.after:
            said.append(
                f"{one_line(self.before, _LONG) or 'nothing'} -> {one_line(self.after, _LONG) or 'nothing'}"
            )
        elif self.before:
            said.append(f"{self.before} as before")
        elif self.what is not What.CHANGED or not self.note:
            said.append(self.what.value)
        return "; ".join([*said, *([one_line(self.note, 300)] if self.note else [])])


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that bears on whether the changes are a substantial modification."""

    question: str
    cite: str
    found: tuple[str, ...] = ()
    unknown: str = ""
    """Why nothing can be said; empty where it was looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A component in one version, as an SBOM lists it."""

    name: str
    version: str = ""
    ecosystem: str = ""
    """``npm``, ``pypi``, ``deb``: the type of its package URL; empty where it has none."""
    licences: tuple[str, ...] = ()
    supplier: str = ""
    hashes: tuple[tuple[str, str], ...] = ()
    """Algorithm and value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """The components of a build, where somebody read its SBOM."""

    parts: tuple[Part, ...] | None
    """None where the SBOM was not read."""
    why: str = ""
    """Why not."""


UNREAD = Inventory(parts=None)


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


def alike(changes: Iterable[Change]) -> list[tuple[Change, str]]:
    """The changes as sentences; of several that happened in the same way, one sentence.

    Forty pieces of evidence from one report would else hide everything beside them.
    """
    groups: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        groups.setdefault((change.direction, change.predicate), []).append(change)
    found = []
    for (_, predicate), group in groups.items():
        if len(group) < 3 or group[0].topic is Topic.PRODUCT:
            found += [(change, str(change)) for change in group]
        else:
            ids = listed([c.id for c in group], 4)
            found.append((group[0], f"{ids} ({len(group)} in all): {predicate}"))
    return found


def folded(text: str) -> str:
    return " ".join(text.casefold().split())


def at(value: Any, *route: str) -> Any:
    """What stands at a place of plain data; None where nothing does."""
    for key in route:
        value = value.get(key) if isinstance(value, dict) else None
    return value
