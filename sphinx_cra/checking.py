"""A project as a gate sees it: read from ``assessment.json``, judged anew where that is asked for.

Knows no Sphinx and runs no ``conf.py``: the gate is the one that the build recorded, or one that is
stated; the baseline is a file, or the one that the build used.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sphinx_cra import gate as gates
from sphinx_cra.baseline import Acceptance, Baseline
from sphinx_cra.gate import Gate, Level
from sphinx_cra.model import Code, Finding, Item, Kind, Link, Place, Severity
from sphinx_cra.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sphinx_cra.gate import Judged


@dataclass(frozen=True, slots=True, kw_only=True)
class Unseen:
    """Something that could not be looked at, so that there may be more findings."""

    says: str
    """What, and why, in a sentence."""
    needs: bool = False
    """Whether it is needs, of which nobody says what their types are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What is found in a project, and what becomes of it."""

    data: Mapping[str, Any]
    """``assessment.json``."""
    gate: Gate
    findings: tuple[Judged, ...]
    """Mistakes, and then gaps."""
    gone: tuple[Acceptance, ...]
    """What was accepted and is found no more."""
    day: dt.date | None
    """When acceptances have to hold."""
    files: Mapping[str, str]
    """Place of a finding -> its file, relative to the folder of ``conf.py``."""
    unchecked: tuple[Unseen, ...] = ()
    written: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Need type of the project -> field of ours -> the field that holds it there."""

    @property
    def product(self) -> str:
        """Name of the product; empty where no product file states one."""
        return str((self.data["product"] or {}).get("name", ""))

    @property
    def release(self) -> str:
        return str((self.data["product"] or {}).get("release", ""))

    @property
    def said(self) -> tuple[Judged, ...]:
        """What fails: errors first, then warnings."""
        return tuple(sorted((j for j in self.findings if j.said), key=lambda j: j.level is not Level.ERROR))

    @property
    def accepted(self) -> tuple[Judged, ...]:
        return tuple(j for j in self.findings if j.standing.holds)

    @property
    def not_checked(self) -> Iterator[str]:
        """What is not decided, a sentence each: until when acceptances hold, and what was not looked at."""
        ends = Counter(j.acceptance.until for j in self.accepted if j.acceptance and j.acceptance.until)
        for until, number in sorted(ends.items()) if self.day is None else ():
            said = f"{counted(number, 'acceptance')} until {until}, as no day is known to hold it against"
            yield f"{said}; give --date, or document.date in cra.yaml"
        yield from (u.says for u in self.unchecked)

    @property
    def quiet(self) -> int:
        """How much is found, and neither said nor accepted."""
        return len(self.findings) - len(self.said) - len(self.accepted)

    def file(self, finding: Finding) -> str:
        """Where a finding is shown: its file, else the product file, else ``conf.py``."""
        if finding.place is not None:
            return self.files.get(finding.place.source, finding.place.source)
        product = self.data["product"] or {}
        return str(product.get("source") or "conf.py")


def checked(
    data: Mapping[str, Any],
    *,
    gate: Gate | None = None,
    baseline: Baseline | None = None,
    recorded: bool = True,
    day: dt.date | None = None,
    unchecked: Iterable[Unseen] = (),
) -> Checked:
    """What is found in the project of an ``assessment.json``.

    :param gate: instead of the one that the build recorded.
    :param baseline: instead of the one that the build used.
    :param recorded: whether the one that the build used counts where there is no other.
    :param day: when acceptances have to hold, instead of the reference date of the product.
    :raises KeyError, TypeError, ValueError: where the data is no assessment of ours.
    """
    if gate is None:
        gate, _ = gates.read(data["gate"])
    if baseline is None and recorded:
        baseline = _recorded(data["baseline"])
    if day is None and data["reference_date"]:
        day = dt.date.fromisoformat(data["reference_date"])
    records = [*data["mistakes"], *data["gaps"]]
    homes = {r["clause"]: r["framework"] or "" for r in records if r["clause"]}
    judged = gates.judge(
        map(finding, records), gate, baseline, framework=lambda clause: homes.get(clause, ""), day=day
    )
    return Checked(
        data=data,
        gate=gate,
        findings=judged,
        gone=gates.gone(judged, baseline),
        day=day,
        files=MappingProxyType({r["place"]["source"]: r["file"] for r in records if r["place"]}),
        unchecked=tuple(unchecked),
    )


def finding(record: Mapping[str, Any]) -> Finding:
    """The finding of a record of ``mistakes`` or ``gaps``."""
    place = record["place"]
    return Finding(
        code=Code(record["code"]),
        message=str(record["message"]),
        way_out=str(record["way_out"]),
        severity=Severity(record["severity"]),
        item=record["item"],
        clause=record["clause"],
        rule=record["rule"],
        about=str(record["about"]),
        causes=tuple(map(str, record["causes"])),
        place=Place(source=str(place["source"]), line=place["line"]) if place else None,
    )


def item(record: Mapping[str, Any]) -> Item:
    """The item of a record of ``items``."""
    return Item(
        id=str(record["id"]),
        kind=Kind(record["kind"]),
        type=str(record["type"]),
        title=str(record["title"]),
        fields={name: str(value) for name, value in record["fields"].items()},
        links={Link(name): tuple(targets) for name, targets in record["links"].items()},
    )


def _recorded(data: Mapping[str, Any] | None) -> Baseline | None:
    """The baseline that a build used."""
    if data is None:
        return None
    found = {}
    for record in data["accepted"]:
        until = record["until"]
        found[str(record["id"])] = Acceptance(
            id=str(record["id"]),
            code=Code(record["code"]),
            what=str(record["what"]),
            by=str(record["by"]),
            why=str(record["why"]),
            until=dt.date.fromisoformat(until) if until else None,
            clause=record["clause"],
            rule=record["rule"],
            item=record["item"],
            about=str(record["about"]),
            causes=tuple(map(str, record["causes"])),
        )
    return Baseline(product=str(data["product"]), acceptances=MappingProxyType(found))


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """The clauses of one framework in numbers."""

    short: str
    counted: int
    states: Mapping[str, int]
    gaps: int
    accepted: int
    """Gaps that are accepted."""
    failing: int
    """Gaps that the gate does not let pass."""


def totals(found: Checked) -> tuple[Total, ...]:
    """The frameworks of a project, in the order of their catalogues."""
    result = []
    for catalogue in found.data["catalogues"]:
        counts = found.data["totals"]["catalogues"][catalogue["id"]]
        ids = {r["clause"] for r in found.data["rows"] if r["framework"] == catalogue["id"] and r["gap"]}
        mine = [
            j
            for j in found.findings
            if j.framework == catalogue["id"] and j.finding.clause in ids and j.finding.rule is None
        ]
        result.append(
            Total(
                short=catalogue["short"],
                counted=counts["counted"],
                states=counts["states"],
                gaps=counts["gaps"],
                accepted=len({j.finding.clause for j in mine if j.standing.holds}),
                failing=len({j.finding.clause for j in mine if j.said}),
            )
        )
    return tuple(result)
