"""Status: what changes outside of a project and decides rules, each fact as of a date.

Which standards the Official Journal cites, whether a form or an act exists: true on one day and not
on another. We ship what we know with its date; a project that knows better overrides it, fact by
fact, and whoever reads a result sees how old the fact is that it rests on.
"""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from sphinx_cra import datafile
from sphinx_cra.words import listed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sphinx_cra.datafile import DataFile

SCHEMA = "status.schema.json"
_SHIPPED = Path(__file__).parent / "status.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something outside of the project that was looked up on a day."""

    id: str
    """``harmonised_standards``."""
    title: str
    cite: str
    """The Article that it is about: ``Article 27(1)``."""
    as_of: dt.date
    found: tuple[str, ...] = ()
    """What was there: references as the Official Journal gives them."""
    note: str = ""
    own: bool = False
    """Whether the project states it, and not we."""

    def says(self, day: dt.date | None = None) -> str:
        """``as of 2026-10-06 (49 days before 2026-11-24) none``, for a message."""
        return f"{self.age(day)} {self.what}"

    @property
    def what(self) -> str:
        """What was found, or ``none``."""
        return listed(self.found) if self.found else "none"

    def age(self, day: dt.date | None = None) -> str:
        """``as of 2026-10-06 (49 days before 2026-11-24)``."""
        if day is None:
            age = ""
        elif (days := (day - self.as_of).days) < 0:
            age = f", which is after {day}"
        else:
            age = f" ({days} {'day' if days == 1 else 'days'} before {day})"
        return f"as of {self.as_of}{age}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """All facts that change outside of the project."""

    facts: Mapping[str, Fact]

    def __getitem__(self, name: str) -> Fact:
        return self.facts[name]

    @property
    def oldest(self) -> dt.date:
        """The date of the oldest fact."""
        return min(f.as_of for f in self.facts.values())


@functools.cache
def shipped() -> Status:
    """What we knew when this version was made."""
    return Status(facts=_facts(datafile.load(_SHIPPED, source="sphinx_cra/legal/status.yaml"), own=False))


def load(path: Path, *, source: str) -> Status:
    """What we ship, with the facts that a project's file states in their place.

    :raises DataError: naming every fault.
    """
    own = _facts(datafile.load(path, source=source, schema=SCHEMA), own=True)
    return Status(facts=MappingProxyType({**shipped().facts, **own}))


def _facts(file: DataFile, *, own: bool) -> Mapping[str, Fact]:
    known = {} if own is False else shipped().facts
    facts = {}
    faults = []
    for name, entry in file.data["facts"].items():
        base = known.get(name)
        try:
            as_of = dt.date.fromisoformat(entry["as_of"])
        except ValueError as error:
            faults.append(file.fault(f"{entry['as_of']!r} is no date: {error}", "facts", name, "as_of"))
            continue
        facts[name] = Fact(
            id=name,
            title=entry.get("title") or (base.title if base else name),
            cite=entry.get("cite") or (base.cite if base else ""),
            as_of=as_of,
            found=tuple(entry.get("found") or ()),
            note=entry.get("note", ""),
            own=own,
        )
    if faults:
        raise datafile.DataError(file.source, faults)
    return MappingProxyType(facts)
