"""Findings: what deserves to be told to somebody, one small function a rule.

``mistakes`` are what an author wrote and we cannot use; they always warn. ``gaps`` are what the
project lacks; they are in every export, and warn only where ``cra_gate`` asks for it.
"""

from __future__ import annotations

import datetime as dt
import itertools
from types import MappingProxyType
from typing import TYPE_CHECKING

from sphinx_cra import certificates
from sphinx_cra.coverage import REFUTES, gives_reason
from sphinx_cra.evidence import READERS, unknown_kind
from sphinx_cra.legal.rule import Outcome as Answered
from sphinx_cra.model import (
    Code,
    Finding,
    Force,
    Kind,
    Link,
    Outcome,
    Place,
    Presence,
    Severity,
    State,
)
from sphinx_cra.trace import ENDS, links_of
from sphinx_cra.words import a, did_you_mean, either, listed, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from sphinx_cra.catalogue import Clauses
    from sphinx_cra.evidence import Reader
    from sphinx_cra.legal.rule import Ruling
    from sphinx_cra.model import Dossier, Item, Matrix, Row, Section, Verdict
    from sphinx_cra.suspect import Suspect
    from sphinx_cra.trace import Misfit, Trace

_UNUSABLE = frozenset(
    {
        Outcome.MISSING,
        Outcome.UNREADABLE,
        Outcome.ALTERED,
        Outcome.VOID,
        Outcome.EXPIRED,
        Outcome.FOREIGN,
    }
)
"""Outcomes that an author has to mend; a failed test is a gap of the product, not a slip of theirs."""


HINTS = 20
"""How many dead links are answered with what was probably meant: each answer reads every id there is."""


def mistakes(
    trace: Trace,
    clauses: Clauses,
    verdicts: Mapping[str, Verdict],
    matrices: Sequence[Matrix],
    sections: Iterable[Section] = (),
    day: dt.date | None = None,
    readers: Mapping[str, Reader] = READERS,
) -> Iterator[Finding]:
    """What authors wrote that cannot be used as it stands.

    :param day: when the file has to hold; without one no date is overdue.
    :param readers: kinds of evidence that are read, those of the project included.
    """
    dead = dict.fromkeys(m.target for m in trace.misfits if m.found is None and not m.clause)
    hinted = frozenset(itertools.islice(dead, HINTS))
    for misfit in trace.misfits:
        yield _misfit(misfit, trace, clauses, hint=misfit.target in hinted)
    yield from headings(trace, clauses)
    yield from exclusions(trace, clauses)
    yield from reviews(trace, day)
    yield from certificates.mistakes(trace, clauses)
    yield from contradictions(matrices)
    yield from evidence(trace, verdicts, readers)
    yield from claims(sections)


def _misfit(misfit: Misfit, trace: Trace, clauses: Clauses, *, hint: bool) -> Finding:
    item, link, target = misfit.item, misfit.link, misfit.target
    ends = ENDS[link]
    what = f"{link.value} {target}"
    kinds = sorted([*ends.targets, *(["clause"] if ends.clause else [])])
    if misfit.back:
        wanted = either(sorted(ends.sources))
        message = f"{item.id}: {misfit.back} names {target}, and there is no such {wanted}"
        near = nearest(target, [i.id for i in trace.items.values() if i.kind in ends.sources]) if hint else []
        what = f"{misfit.back} {target}"
        return _about(item, Code.UNKNOWN_NEED, message, way_out=did_you_mean(near), what=what)
    if item.kind not in ends.sources:
        sources = either([a(k) for k in sorted(ends.sources)])
        message = f"{item.id}: {link.value} is a link of {sources}, not of {a(item.kind.value)}"
        return _about(item, Code.LINK_KIND, message, what=what)
    if misfit.found or misfit.clause:
        found = misfit.found.value if misfit.found else "clause"
        wanted = either([a(k) for k in kinds])
        message = f"{item.id}: {link.value} leads to {target}, {a(found)}; it wants {wanted}"
        return _about(item, Code.LINK_KIND, message, what=what)
    known = clauses.looks_like(target)
    if ends.clause and (known or not ends.targets):
        message = f"{item.id}: {link.value} names the unknown clause {target}"
        if now := clauses.replacing(target):  # looked up, not searched: answered however many there are
            return _about(item, Code.UNKNOWN_CLAUSE, message, way_out=f"it is now {listed(now)}", what=what)
        near = clauses.nearest(target) if hint else []
        return _about(item, Code.UNKNOWN_CLAUSE, message, way_out=did_you_mean(near), what=what)
    near = nearest(target, [i.id for i in trace.items.values() if i.kind in ends.targets]) if hint else []
    message = f"{item.id}: {link.value} names {target}, and there is no such {either(kinds)}"
    return _about(item, Code.UNKNOWN_NEED, message, way_out=did_you_mean(near), what=what)


def headings(trace: Trace, clauses: Clauses) -> Iterator[Finding]:
    """A heading demands nothing itself, so whoever links to it means one of its points."""
    for item in trace.items.values():
        for link in (Link.SATISFIES, Link.EXCLUDES, Link.VERIFIES):
            for target in item.links.get(link, ()):
                clause = clauses.get(target)
                if clause is not None and clause.force is Force.HEADING:
                    points = [c.id for c in clauses.children(target)]
                    way_out = f"name one of its points: {listed(points)}" if points else ""
                    message = f"{item.id}: {link.value} names {target}, a heading that asks nothing itself"
                    yield _about(item, Code.HEADING, message, way_out=way_out, clause=target, what=link.value)


def exclusions(trace: Trace, clauses: Clauses) -> Iterator[Finding]:
    """Art. 13(4): a reason, and only for Annex I, Part I, points (2)(a) to (m). R18 and R19."""
    for item in trace.of_kind(Kind.EXCLUSION):
        if not gives_reason(item):
            yield _about(
                item,
                Code.NO_REASON,
                f"{item.id}: the exclusion gives no reason",
                way_out="write the justification that Article 13(4) asks for as its content",
                severity=Severity.ERROR,
            )
        if not item.links.get(Link.EXCLUDES):
            yield _about(
                item,
                Code.NO_REASON,
                f"{item.id}: the exclusion names no clause",
                way_out="add :excludes:",
                what="excludes",
            )
        for target in item.links.get(Link.EXCLUDES, ()):
            clause = clauses.get(target)
            if clause is not None and not clause.excludable and clause.force is not Force.HEADING:
                yield _about(
                    item,
                    Code.NOT_EXCLUDABLE,
                    f"{item.id}: {target} ({clause.printed}) cannot be declared not applicable",
                    way_out="only Annex I, Part I, points (2)(a) to (m) of the CRA can (Article 13(4))",
                    severity=Severity.ERROR,
                    clause=target,
                )


def reviews(trace: Trace, day: dt.date | None) -> Iterator[Finding]:
    """A decision that a clause does not apply is looked at again when it says so (Art. 13(3), (4))."""
    for item in trace.of_kind(Kind.EXCLUSION):
        stated = item.fields.get("review_by", "")
        if stated and _date(stated) is None:
            message = f"{item.id}: review_by {stated!r} is no date"
            yield _about(item, Code.REVIEW, message, way_out="write it as 2027-12-31")
        elif is_overdue(item, day):
            message = f"{item.id} was to be reviewed by {stated}, and this file holds on {day}"
            yield _about(item, Code.REVIEW, message, way_out="look at the reasons again, and set a new date")


def is_overdue(item: Item, day: dt.date | None) -> bool:
    """Whether an exclusion should have been looked at again before ``day``; never without a day."""
    by = _date(item.fields.get("review_by", ""))
    return bool(day and by and by < day)


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def contradictions(matrices: Iterable[Matrix]) -> Iterator[Finding]:
    """A clause cannot be inapplicable to a product that does what it asks."""
    for matrix in matrices:
        for row in matrix.rows:
            if row.exclusions and row.carriers:
                carriers = listed([c.id for c in row.carriers])
                verb = "satisfies" if len(row.carriers) == 1 else "satisfy"
                for item in row.exclusions:
                    yield _about(
                        item,
                        Code.CONTRADICTION,
                        f"{item.id} excludes {row.clause.id}, which {carriers} {verb}; the carriers win",
                        way_out="remove the exclusion or the link",
                        clause=row.clause.id,
                    )


def evidence(
    trace: Trace, verdicts: Mapping[str, Verdict], readers: Mapping[str, Reader] = READERS
) -> Iterator[Finding]:
    """Evidence that an author has to mend before it can prove anything."""
    for item in trace.of_kind(Kind.EVIDENCE):
        if fault := unknown_kind(item.fields.get("kind", ""), readers):
            yield _about(item, Code.EVIDENCE, f"{item.id}: {fault}", what="kind")
            continue
        verdict = verdicts.get(item.id)
        if verdict is not None and verdict.outcome in _UNUSABLE:
            yield _about(
                item,
                Code.EVIDENCE,
                f"{item.id} is {verdict.outcome.value}: {verdict.reason.rstrip('.')}",
                way_out="until then it proves nothing",
                what=verdict.outcome.value,
                causes=_changed(verdict),
            )


def claims(sections: Iterable[Section]) -> Iterator[Finding]:
    """A point cannot be in the file and not apply."""
    sections = tuple(sections)
    content = {s.point: s for s in sections if not s.not_applicable}
    for section in sections:
        if section.not_applicable and (other := content.get(section.point)):
            yield Finding(
                code=Code.SECTION,
                message=f"point {section.point} of Annex VII is said not to apply, "
                f"but {other.title} is claimed for it; the claim wins",
                way_out="remove one of them",
                about=f"point {section.point}",
                place=Place(source=section.docname, line=section.line),
            )


def _changed(verdict: Verdict) -> tuple[str, ...]:
    """What an altered file holds now: who accepts that accepts no other change of it."""
    return tuple(a.sha256[:12] for a in verdict.artefacts) if verdict.outcome is Outcome.ALTERED else ()


def gaps(
    matrices: Iterable[Matrix], dossier: Dossier, verdicts: Mapping[str, Verdict] = MappingProxyType({})
) -> Iterator[Finding]:
    """What the project still lacks, a finding for each clause and each point of Annex VII.

    :param verdicts: evidence id -> what it shows; what failed in it is the cause of failed clauses.
    """
    points = {p.clause for p in dossier.points}
    for matrix in matrices:
        for row in matrix.gaps:
            traced = row.carriers or row.state is State.FAILED
            if traced or row.clause.id not in points:  # else the point itself says what it lacks
                yield _gap(row, verdicts)
    for point in dossier.points:
        if point.presence is Presence.MISSING:
            place = next((Place(source=s.docname, line=s.line) for s in point.sections), None)
            yield Finding(
                code=Code.ANNEX_VII,
                message=f"{point.printed} ({point.title}): {' '.join(point.lacks).rstrip('.')}",
                clause=point.clause,
                causes=point.causes,
                place=place,
            )


def suspects(doubtful: Iterable[Suspect]) -> Iterator[Finding]:
    """What rests on something that changed since somebody looked at it."""
    for found in doubtful:
        yield _about(
            found.item,
            Code.SUSPECT,
            f"{found.item.id} is suspect: {found.reason}",
            way_out=f"look at it again, then: sphinx-cra review accept {found.item.id}"
            if found.distance == 1
            else f"it is settled once what lies nearer to {found.cause} is",
            causes=found.causes,
        )


def unlinked(trace: Trace) -> Iterator[Finding]:
    """Requirements, controls and evidence that lead to nothing: nobody sees what they are there for.

    Some evidence speaks without a link: a report whose tests name needs themselves, what other evidence
    rests on or is about, and what is asked for by its kind (bills of materials, certificates, drills).
    """
    spoken = {name.partition(".")[0] for name in trace.items if "." in name}
    for item in trace.of_kind(Kind.EVIDENCE):
        for name in ("supported_by", "about"):
            spoken.update(item.fields.get(name, "").replace(",", " ").split())
    for kind in (Kind.REQUIREMENT, Kind.CONTROL, Kind.EVIDENCE):
        links = links_of(kind)
        for item in trace.of_kind(kind):
            if any(item.links.get(link) for link in links) or item.id in spoken:
                continue
            if item.fields.get("kind") in _SPEAKING:
                continue
            yield _about(
                item,
                Code.UNLINKED,
                f"{item.id}: {a(kind.value)} that {either([link.value for link in links])} nothing",
                severity=Severity.INFO,
            )


_SPEAKING = frozenset({"sbom", "scan", "vex", "drill", "certificate"})


def unmet(
    rulings: Iterable[Ruling], cited: Callable[[str], str | None] = lambda _: None
) -> Iterator[Finding]:
    """Rules of the Regulation that the stated facts do not meet.

    :param cited: a citation as people print it -> id of its clause.
    """
    for ruling in rulings:
        if ruling.outcome is Answered.NOT_MET:
            answer = ruling.answer
            yield Finding(
                code=Code.RULE,
                message=f"{ruling.rule.id} ({ruling.rule.cites[0]}): {answer.message}",
                way_out=answer.way_out,
                severity=ruling.severity,
                clause=next(filter(None, map(cited, ruling.rule.cites)), None),
                rule=ruling.rule.id,
                # An answer that names nothing is told from others of its rule by what it asks for.
                causes=answer.causes or (answer.way_out,),
                place=answer.place,
            )


def _gap(row: Row, verdicts: Mapping[str, Verdict]) -> Finding:
    assert row.state is not None
    where = next((c.place for c in row.carriers if c.place), None)
    clause = row.clause
    return Finding(
        code=Code(row.state.value),  # a state that is a gap has the name of its code
        message=f"{clause.id} ({clause.title}) is {row.state.value}: {row.reason.rstrip('.')}",
        way_out=row.way_out,
        clause=clause.id,
        causes=tuple(_causes(row, verdicts)),
        place=where,
    )


def _causes(row: Row, verdicts: Mapping[str, Verdict]) -> Iterator[str]:
    """What makes a clause failed or planned."""
    if row.state is State.PLANNED:
        yield from row.unfinished
    elif row.state is State.FAILED:
        for item in row.evidence:
            verdict = verdicts.get(item.id)
            if verdict and verdict.outcome in REFUTES:
                parts = _changed(verdict) or verdict.refuted
                yield from (f"{item.id}: {part}" for part in parts)
                if not parts:
                    yield item.id


def _about(
    item: Item,
    code: Code,
    message: str,
    *,
    way_out: str = "",
    severity: Severity = Severity.WARNING,
    clause: str | None = None,
    what: str = "",
    causes: tuple[str, ...] = (),
) -> Finding:
    return Finding(
        code=code,
        message=message,
        way_out=way_out,
        severity=severity,
        item=item.id,
        clause=clause,
        about=what,
        causes=causes,
        place=item.place,
    )
