"""What is stated about vulnerabilities, whatever the format: one model for all of them.

A statement joins a product, a vulnerability and a status at a point in time. Which of several
counts, and whether a name means a component, is decided here once. Knows no format, and no need.
"""

from __future__ import annotations

import datetime
import fnmatch
import functools
import itertools
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from packageurl import PackageURL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Status(StrEnum):
    """What a vulnerability means for a product."""

    NOT_AFFECTED = "not_affected"
    """Nothing has to be done about it, for a reason that is stated."""
    FIXED = "fixed"
    """This version contains a fix."""
    UNDER_INVESTIGATION = "under_investigation"
    """Somebody is finding out."""
    UNKNOWN = "unknown"
    """Nobody has said what it means for the product."""
    AFFECTED = "affected"
    """Something has to be done about it."""

    @property
    def words(self) -> str:
        """For sentences: ``not affected``."""
        return self.value.replace("_", " ")

    @property
    def settled(self) -> bool:
        """Whether nothing is left to do or to find out."""
        return self in (Status.NOT_AFFECTED, Status.FIXED)


_RANK = {status: rank for rank, status in enumerate(Status)}
"""Of two statements of the same moment the later in this order counts."""


class Named(Protocol):
    """A component as an SBOM lists it; the least that a name can be matched with."""

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def purl(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A product or a component of one, under every name that its document gives it."""

    name: str
    version: str = ""
    """One version; empty where the document names none, or a range."""
    range: str = ""
    """A range of versions, as written. It is shown and never computed with."""
    purls: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    """Its other names: an IRI, a CPE, the id that only its document knows."""

    def __str__(self) -> str:
        version = self.version or self.range
        return f"{self.name} {version}" if version and version not in self.name else self.name

    def called(self, pattern: str) -> bool:
        """Whether a pattern names it: name, name@version, purl or another id; ``*`` and ``?`` are wildcards.

        A purl without version, qualifiers or subpath stands for all of them.
        """
        names = {self.name, str(self), *self.purls, *self.ids}
        if self.version:
            names.add(f"{self.name}@{self.version}")
        if "*" in pattern or ("?" in pattern and not pattern.startswith("pkg:")):
            match = re.compile(fnmatch.translate(pattern.replace("[", "[[]"))).match
            return any(match(name) for name in names)
        return pattern in names or any(covers(pattern, purl) for purl in self.purls)

    def is_(self, component: Named) -> bool | None:
        """Whether it is this component of an SBOM; None where only a range of versions could tell."""
        if self.purls and component.purl:
            found = any(covers(purl, component.purl) for purl in self.purls)
        else:
            names = {name.casefold() for name in (self.name, *self.ids)}
            found = component.name.casefold() in names and self.version in ("", component.version)
        return None if found and self.range else found


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The document that states something."""

    format: str
    """``OpenVEX 0.2.0``, ``CSAF 2.0``, ``CycloneDX 1.6``."""
    id: str
    author: str = ""
    version: str = ""
    date: str = ""
    """ISO, when this version of it was issued."""
    tool: str = ""
    draft: bool = False
    """Whether its author says that it is not final."""

    def __str__(self) -> str:
        return self.id or self.format


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What one vulnerability means for one product."""

    source: Source
    product: Part
    component: Part | None = None
    """Where in the product the vulnerability is; None where the document names the product alone."""
    vulnerability: str
    aliases: tuple[str, ...] = ()
    status: Status
    justification: str = ""
    """Why it is not affected, as a label of its format: ``vulnerable_code_not_present``."""
    impact: str = ""
    """Why it is not affected, in free text."""
    action: str = ""
    """What to do about it."""
    date: str = ""
    """ISO, when it was known to be true."""
    fault: str = ""
    """Why the statement cannot be used; empty where it can."""
    supported_by: tuple[str, ...] = ()
    """Ids of the controls or evidence that make it true. No format has a place for them: its caller adds
    what the author of the need says, with :func:`dataclasses.replace`. A statement falls with them."""

    def __str__(self) -> str:
        where = f"{self.component} in {self.product}" if self.component else str(self.product)
        return f"{self.vulnerability} in {where}"

    @property
    def ids(self) -> frozenset[str]:
        """Every name of the vulnerability, so written that two can be compared."""
        return frozenset(name.casefold() for name in (self.vulnerability, *self.aliases))

    @property
    def why(self) -> str:
        """Justification and impact statement, or the action."""
        reasons = [self.justification.replace("_", " "), self.impact]
        return ": ".join(r for r in reasons if r) if self.status is Status.NOT_AFFECTED else self.action

    @property
    def parts(self) -> tuple[Part, ...]:
        return (self.product,) if self.component is None else (self.product, self.component)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One file."""

    source: Source
    statements: tuple[Statement, ...]
    """All of them, in the order of the file, superseded ones too."""
    empty: str = ""
    """Why there is no statement, where the document says so: it was withdrawn."""


def current(statements: Iterable[Statement]) -> tuple[Statement, ...]:
    """The statements that no later one overrides, in their order.

    A statement about a whole product also overrides those about components of it, not the reverse.
    Of two with the same date the worse one counts: nobody said that the better one is newer.
    """
    listed = list(statements)
    ordered = sorted(range(len(listed)), key=lambda n: _order(listed[n]))
    last: dict[_Key, int] = {}
    for position, n in enumerate(ordered):
        one = listed[n]
        for key in _keys(one, _told(one.product), _told(one.component)):
            last[key] = position
    kept = set()
    for position, n in enumerate(ordered):
        one = listed[n]
        around = {*_sought(one.component), _WHOLE}
        if all(last.get(key, -1) <= position for key in _keys(one, _sought(one.product), around)):
            kept.add(n)
    return tuple(one for n, one in enumerate(listed) if n in kept)


_Token = tuple[str, str, str, str]
_Key = tuple[str, _Token, _Token]
_WHOLE: _Token = ("whole", "", "", "")


def _keys(one: Statement, products: Iterable[_Token], components: Iterable[_Token]) -> Iterator[_Key]:
    return itertools.product(one.ids, products, components)


def _told(part: Part | None) -> set[_Token]:
    """Under what others find it. Names that only people read count where one side has nothing better."""
    if part is None:
        return {_WHOLE}
    ids = _ids(part)
    tokens = {("id", i, part.version, part.range) for i in ids}
    return tokens | {("named" if ids else "bare", part.name, part.version, part.range)}


def _sought(part: Part | None) -> set[_Token]:
    """Under what it finds others that mean the same."""
    if part is None:
        return {_WHOLE}
    ids = _ids(part)
    tokens = {("id", i, part.version, part.range) for i in ids}
    words = ("bare",) if ids else ("bare", "named")
    return tokens | {(word, part.name, part.version, part.range) for word in words}


def _ids(part: Part) -> set[str]:
    return {*map(canonical, part.purls), *part.ids}


def latest(statements: Iterable[Statement]) -> Statement | None:
    """The one that counts of statements about the same thing."""
    return max(statements, key=_order, default=None)


def _order(statement: Statement) -> tuple[datetime.datetime, bool, int]:
    return moment(statement.date), bool(statement.fault), _RANK[statement.status]


_NEVER = datetime.datetime.min.replace(tzinfo=datetime.UTC)


def moment(date: str) -> datetime.datetime:
    """A point in time; the beginning of all time for what is not an ISO date."""
    try:
        found = datetime.datetime.fromisoformat(_seconds(date))
    except ValueError:
        return _NEVER
    found = found if found.tzinfo else found.replace(tzinfo=datetime.UTC)
    try:
        return found.astimezone(datetime.UTC)
    except OverflowError:
        return _NEVER


_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.IGNORECASE)


def is_date_time(text: object) -> bool:
    """Whether a text is a date and time of RFC 3339, and not only looks like one."""
    if not isinstance(text, str):
        return True
    return bool(_DATE_TIME.fullmatch(text)) and moment(text) != _NEVER


def _seconds(date: str) -> str:
    """Without what is finer than a microsecond, which Python does not read."""
    return re.sub(r"(\.\d{6})\d+", r"\1", date.upper())


@functools.lru_cache(maxsize=65536)
def parsed(purl: str) -> PackageURL | None:
    """A package URL in its parts; None if it is none."""
    try:
        return PackageURL.from_string(purl)
    except ValueError:
        return None


def canonical(purl: str) -> str:
    """A package URL as all of its spellings are written; what is none stays as it is."""
    found = parsed(purl)
    return found.to_string() if found else purl


def covers(stated: str, purl: str) -> bool:
    """Whether a package URL means another one: what it leaves out may be anything."""
    wide, narrow = parsed(stated), parsed(purl)
    if wide is None or narrow is None:
        return stated == purl
    if (wide.type, wide.namespace, wide.name) != (narrow.type, narrow.namespace, narrow.name):
        return False
    if wide.version and wide.version != narrow.version:
        return False
    if wide.subpath and wide.subpath != narrow.subpath:
        return False
    has = _qualifiers(narrow)
    return all(has.get(key) == value for key, value in _qualifiers(wide).items())


def _qualifiers(purl: PackageURL) -> dict[str, str]:
    return purl.qualifiers if isinstance(purl.qualifiers, dict) else {}
