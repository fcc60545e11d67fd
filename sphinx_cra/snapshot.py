"""An ``assessment.json`` read back, as far as two of them are compared.

The file may be old, edited by hand or somebody else's, so nothing in it is believed to have the
right shape: every fault is named with its place in the file. A part that the file lacks, because
the version that wrote it did not have it yet, is None and not empty.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from sphinx_cra.model import Kind, Outcome, Presence, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

FORMAT = "sphinx-cra assessment"
MAJOR = 1
"""Of the format; another one means another thing by the same names."""
_MOST = 20
"""Faults that are named."""
_VERSION = re.compile(r"(\d{1,4})\.(\d{1,4})")

_T = TypeVar("_T")
_E = TypeVar("_E", bound="StrEnum")


class SnapshotError(Exception):
    """Why a file cannot be used: one sentence a fault."""

    def __init__(self, *faults: str) -> None:
        self.faults = faults
        super().__init__("\n".join(faults))


# ------------------------------------------------------------------------------- records


class Answer(StrEnum):
    """What a rule answered: ``legal.rule.Outcome``, without bringing every rule along. A test compares."""

    MET = "met"
    NOT_MET = "not met"
    UNDECIDABLE = "not decidable"
    NOT_APPLICABLE = "does not apply"
    NOT_CHECKED = "not checked"


class Status(StrEnum):
    """What a vulnerability meant: ``evidence.vex.model.Status``, without bringing its readers along."""

    NOT_AFFECTED = "not_affected"
    FIXED = "fixed"
    UNDER_INVESTIGATION = "under_investigation"
    UNKNOWN = "unknown"
    AFFECTED = "affected"

    @property
    def settled(self) -> bool:
        """Whether nothing is left to do or to find out."""
        return self in (Status.NOT_AFFECTED, Status.FIXED)

    @property
    def words(self) -> str:
        """For sentences."""
        return self.value.replace("_", " ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A clause, and what was shown for it."""

    id: str
    framework: str
    printed: str
    title: str
    state: State | None
    counted: bool
    reason: str
    implemented: int
    proven: int
    carriers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A need."""

    id: str
    kind: Kind
    title: str
    content: str
    fields: Mapping[str, str]
    links: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a piece of evidence showed."""

    id: str
    outcome: Outcome
    reason: str
    date: str
    artefacts: Mapping[str, str]
    """Path -> SHA-256."""
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A claimed section; ``text`` and ``needs`` are None where the file does not say."""

    docname: str
    anchor: str
    title: str
    text: str | None
    needs: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A point of Annex VII."""

    id: str
    printed: str
    title: str
    presence: Presence
    lacks: tuple[str, ...]
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule of the Regulation, and its answer."""

    id: str
    title: str
    outcome: Answer
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A vulnerability in a component."""

    vulnerability: str
    aliases: tuple[str, ...] = ()
    component: str
    status: Status
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What was known of vulnerabilities."""

    checked: bool
    components: int
    matches: tuple[Match, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """An edition of a framework, or a version of a mapping."""

    id: str
    short: str
    edition: str
    clauses: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """A finding that somebody accepted."""

    id: str
    what: str
    by: str
    why: str
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What one build found out."""

    source: str
    """How messages name it."""
    version: str
    """Of the format."""
    generator: str
    product: Mapping[str, Any] | None
    """What ``cra.yaml`` states; None where there was no usable file."""
    rows: Mapping[str, Row] | None
    items: Mapping[str, Item] | None
    verdicts: Mapping[str, Verdict] | None
    points: Mapping[str, Point] | None
    rules: Mapping[str, Rule] | None
    vulnerabilities: Known | None
    has_vulnerabilities: bool
    """Whether the file speaks of them at all."""
    catalogues: Mapping[str, Catalogue] | None
    mappings: Mapping[str, Catalogue] | None
    fingerprints: Mapping[str, Mapping[str, str]] | None
    suspects: Mapping[str, str] | None
    """Item -> why somebody has to look at it again."""
    acceptances: Mapping[str, Acceptance] | None
    """Accepted findings by id; none where there is no baseline."""
    gate: Mapping[str, str] | None
    """Entry of ``cra_gate`` -> what it makes of findings."""
    unknown: tuple[str, ...] = ()
    """What needs alone do not tell, a sentence each; none where it is of a whole build."""

    @property
    def name(self) -> str:
        """Of the product; empty where it is not known."""
        return str((self.product or {}).get("name") or "")

    @property
    def release(self) -> str:
        return str((self.product or {}).get("release") or "")


# ------------------------------------------------------------------------------- reading


_WHOLE = ("dossier", "rules", "vulnerabilities", "catalogues", "mappings", "gaps", "baseline", "gate")
"""What only a whole build knows."""


def of_needs(data: Mapping[str, Any], *, source: str, unknown: Iterable[str], evidence: bool) -> Snapshot:
    """What is known of a build of which there is only a ``needs.json``.

    :param data: an assessment of these needs.
    :param unknown: what could not be looked at.
    :param evidence: whether files of evidence were looked at.
    """
    left = {k: v for k, v in data.items() if k not in _WHOLE and (evidence or k != "verdicts")}
    return replace(read(left, source=source), unknown=tuple(unknown))


def read(data: Any, *, source: str) -> Snapshot:
    """What the value of an ``assessment.json`` says.

    :param source: how messages name the file.
    :raises SnapshotError: naming what is wrong with it.
    """
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise SnapshotError(f"{source} is no assessment.json of sphinx-cra")
    version = data.get("format_version")
    numbers = _VERSION.fullmatch(version) if isinstance(version, str) else None
    if numbers is None:
        raise SnapshotError(f"{source}: format_version is no version of the format")
    if int(numbers[1]) != MAJOR:
        raise SnapshotError(
            f"{source} is of version {version} of its format, and this program reads {MAJOR}.x: "
            "compare it with the sphinx-cra that wrote it, or build again"
        )
    reading = _Reading(data)
    product = data.get("product")
    if product is not None and not isinstance(product, dict):
        reading.fault("product", "is no object")
        product = None
    for name in ("name", "release"):
        if product and not isinstance(product.get(name, ""), str):
            reading.fault(f"product.{name}", "is no text")
    found = Snapshot(
        source=source,
        version=str(version),
        generator=str(data.get("generator") or ""),
        product=product,
        rows=reading.records("rows", "clause", _row),
        items=reading.records("items", "id", _item),
        verdicts=reading.records("verdicts", "item", _verdict),
        points=reading.records("dossier", "point", _point),
        rules=reading.records("rules", "rule", _rule),
        vulnerabilities=_known(reading, data.get("vulnerabilities")),
        has_vulnerabilities="vulnerabilities" in data,
        catalogues=reading.records("catalogues", "id", _catalogue),
        mappings=reading.records("mappings", "id", _mapping),
        fingerprints=_prints(reading, data.get("fingerprints")),
        suspects=_suspects(reading, data.get("gaps")),
        acceptances=_acceptances(reading),
        gate=_gate(reading, data.get("gate")),
    )
    if reading.faults:
        more = [f"{source}: and more"] if len(reading.faults) > _MOST else []
        raise SnapshotError(*(f"{source}: {f}" for f in reading.faults[:_MOST]), *more)
    return found


class _WrongError(Exception):
    """A value that is not what its key holds; key and sentence."""


class _Record:
    """One object of the file, whose values are asked for by what they have to be."""

    __slots__ = ("_data",)

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = data

    def text(self, key: str) -> str:
        value = self._data.get(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise _WrongError(key, "is no text")
        return value

    def flag(self, key: str) -> bool:
        value = self._data.get(key, False)
        if not isinstance(value, bool):
            raise _WrongError(key, "is neither true nor false")
        return value

    def number(self, key: str) -> int:
        value = self._data.get(key, 0)
        if not isinstance(value, int) or isinstance(value, bool):
            raise _WrongError(key, "is no whole number")
        return value

    def member(self, key: str, enum: type[_E]) -> _E:
        try:
            return enum(str(self._data.get(key)))
        except ValueError:
            raise _WrongError(key, f"is none of {', '.join(enum)}") from None

    def texts(self, key: str) -> tuple[str, ...]:
        value = self._data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise _WrongError(key, "is no list of texts")
        return tuple(value)

    def objects(self, key: str) -> list[_Record]:
        value = self._data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
            raise _WrongError(key, "is no list of objects")
        return [_Record(v) for v in value]

    def mapping(self, key: str, what: str, fits: Callable[[Any], bool]) -> Mapping[str, Any]:
        value = self._data.get(key, {})
        if not isinstance(value, dict) or not all(map(fits, value.values())):
            raise _WrongError(key, f"is no object of {what}")
        return value

    def has(self, key: str) -> bool:
        return key in self._data


class _Reading:
    """A file being read, and what is wrong with it."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data
        self.faults: list[str] = []

    def fault(self, where: str, what: str) -> None:
        self.faults.append(f"{where} {what}")

    def records(self, key: str, by: str, make: Callable[[_Record], _T]) -> dict[str, _T] | None:
        """The records of a list, by their ids; None where the file does not have the list."""
        if key not in self.data:
            return None
        value = self.data[key]
        if not isinstance(value, list):
            self.fault(key, "is no list")
            return None
        found: dict[str, _T] = {}
        for number, record in enumerate(value):
            where = f"{key}.{number}"
            if not isinstance(record, dict):
                self.fault(where, "is no object")
                continue
            name = record.get(by)
            if not isinstance(name, str) or not name:
                self.fault(where, f"has no {by}")
            elif name in found:
                self.fault(where, f"is a second {name}")
            else:
                try:
                    found[name] = make(_Record(record))
                except _WrongError as wrong:
                    inner, what = wrong.args
                    self.fault(f"{where}.{inner}", what)
        return found


def _row(record: _Record) -> Row:
    return Row(
        id=record.text("clause"),
        framework=record.text("framework"),
        printed=record.text("printed"),
        title=record.text("title"),
        state=record.member("state", State) if record.text("state") else None,
        counted=record.flag("counted"),
        reason=record.text("reason"),
        implemented=record.number("implemented"),
        proven=record.number("proven"),
        carriers=record.texts("carriers"),
    )


def _item(record: _Record) -> Item:
    links = record.mapping("links", "lists of ids", _is_texts)
    return Item(
        id=record.text("id"),
        kind=record.member("kind", Kind),
        title=record.text("title"),
        content=record.text("content"),
        fields=record.mapping("fields", "texts", _is_text),
        links={k: tuple(v) for k, v in links.items()},
    )


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(v, str) for v in value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int)


def _verdict(record: _Record) -> Verdict:
    return Verdict(
        id=record.text("item"),
        outcome=record.member("outcome", Outcome),
        reason=record.text("reason"),
        date=record.text("date"),
        artefacts={a.text("path"): a.text("sha256") for a in record.objects("artefacts")},
        counts=record.mapping("counts", "numbers", _is_number),
    )


def _point(record: _Record) -> Point:
    return Point(
        id=record.text("point"),
        printed=record.text("printed"),
        title=record.text("title"),
        presence=record.member("presence", Presence),
        lacks=record.texts("lacks"),
        sections=tuple(
            Section(
                docname=s.text("docname"),
                anchor=s.text("anchor"),
                title=s.text("title"),
                text=s.text("text") if s.has("text") else None,
                needs=s.texts("needs") if s.has("needs") else None,
            )
            for s in record.objects("sections")
        ),
    )


def _rule(record: _Record) -> Rule:
    return Rule(
        id=record.text("rule"),
        title=record.text("title"),
        outcome=record.member("outcome", Answer),
        message=record.text("message"),
    )


def _catalogue(record: _Record) -> Catalogue:
    return Catalogue(
        id=record.text("id"),
        short=record.text("short") or record.text("id"),
        edition=record.text("edition"),
        clauses=record.number("clauses"),
    )


def _mapping(record: _Record) -> Catalogue:
    return Catalogue(id=record.text("id"), short=record.text("id"), edition=record.text("version"), clauses=0)


def _acceptances(reading: _Reading) -> Mapping[str, Acceptance] | None:
    if "baseline" not in reading.data:
        return None
    value = reading.data["baseline"]
    if value is None:
        return {}
    if not isinstance(value, dict):
        reading.fault("baseline", "is no object")
        return None
    inner = _Reading(value)
    found = inner.records("accepted", "id", _acceptance)
    reading.faults += [f"baseline.{fault}" for fault in inner.faults]
    return found or {}


def _acceptance(record: _Record) -> Acceptance:
    return Acceptance(
        id=record.text("id"),
        what=record.text("what"),
        by=record.text("by"),
        why=record.text("why"),
        until=record.text("until"),
    )


def _known(reading: _Reading, value: Any) -> Known | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        reading.fault("vulnerabilities", "is no object")
        return None
    record = _Record(value)
    matches = []
    try:
        for number, match in enumerate(record.objects("matches")):
            try:
                matches.append(
                    Match(
                        vulnerability=match.text("vulnerability"),
                        aliases=match.texts("aliases"),
                        component=match.text("component"),
                        status=match.member("status", Status),
                        why=match.text("why"),
                    )
                )
            except _WrongError as wrong:
                inner, what = wrong.args
                reading.fault(f"vulnerabilities.matches.{number}.{inner}", what)
        return Known(
            checked=record.flag("checked"), components=record.number("components"), matches=tuple(matches)
        )
    except _WrongError as wrong:
        inner, what = wrong.args
        reading.fault(f"vulnerabilities.{inner}", what)
        return None


def _prints(reading: _Reading, value: Any) -> Mapping[str, Mapping[str, str]] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        reading.fault("fingerprints", "is no object")
        return None
    for name, parts in value.items():
        if not isinstance(parts, dict) or not all(map(_is_text, parts.values())):
            reading.fault(f"fingerprints.{name}", "is no object of texts")
    return value


def _gate(reading: _Reading, value: Any) -> Mapping[str, str] | None:
    if value is not None and not (isinstance(value, dict) and all(map(_is_text, value.values()))):
        reading.fault("gate", "is no object of texts")
        return None
    return value


def _suspects(reading: _Reading, value: Any) -> Mapping[str, str] | None:
    if value is None:
        return None
    if not isinstance(value, list):
        reading.fault("gaps", "is no list")
        return None
    found = {}
    for gap in value:
        if isinstance(gap, dict) and gap.get("code") == "suspect" and isinstance(gap.get("item"), str):
            found[gap["item"]] = str(gap.get("message") or "")
    return found
