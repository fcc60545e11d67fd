"""What a reader saw in a file: which clause, need, verdict or total, and what was said of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence


class Unreadable(Exception):  # noqa: N818
    """A file is there and cannot be read; its text says why in one sentence."""


class Part(StrEnum):
    """What can be compared."""

    CLAUSE = "clause"
    ITEM = "item"
    VERDICT = "verdict"
    TOTAL = "total"
    POINT = "point"
    """Of Annex VII."""
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Sighting:
    """One thing that a file says."""

    part: Part
    id: str
    said: Mapping[str, str]
    place: str = ""


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing that stands otherwise in a file than it has to."""

    part: Part
    id: str
    what: str
    here: str
    there: str
    place: str = ""


@dataclass(slots=True)
class Seen:
    """What a file says, and of what it has to say everything."""

    form: str = ""
    """For exports: which format it is."""
    sightings: list[Sighting] = field(default_factory=list)
    whole: frozenset[Part] = frozenset()
    """Of these, what is missing or there twice is a difference."""
    stated_only: bool = False
    """Whether it has only the clauses that have a state."""
    left: list[str] = field(default_factory=list)
    """What of the assessment is not in it, and need not be."""
    wrong: list[Wrong] = field(default_factory=list)
    """What a list in it has or lacks, where a list must not have everything."""

    def add(self, part: Part, name: object, place: str = "", **said: object) -> None:
        """Note one thing; a file of somebody else may hold anything where a text should stand."""
        self.sightings.append(Sighting(part, str(name), {k: str(v) for k, v in said.items()}, place))

    def compare(self, part: Part, place: str, listed: Sequence[object], wanted: Collection[str]) -> None:
        """Note what a list, which has to have just what is wanted, has too much, twice or not."""
        names = [str(name) for name in listed]
        twice = [n for n, count in Counter(names).items() if count > 1]
        self.wrong += [Wrong(part, n, "", "is there twice", "is there once", place) for n in twice]
        for name in sorted(set(wanted) - set(names)):
            self.wrong.append(Wrong(part, name, "", "is not there", "belongs there", place))
        for name in sorted(set(names) - set(wanted)):
            self.wrong.append(Wrong(part, name, "", "is there", "does not belong there", place))

    def counts(self) -> dict[str, int]:
        """How many different things of each part were seen."""
        found = Counter(part for part, _ in {(s.part, s.id) for s in self.sightings})
        return {part.value: found[part] for part in Part if found[part]}
