"""The assessment as JSON: complete in itself, for programs that have neither us nor the sources.

Holds everything that the views show, in records that name each other by id. What each field means
is in ``schemas/assessment.schema.json``. A record is one line of the file, so that two releases can
be compared with ``diff`` and ten thousand records cost no more than their text.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any

from sphinx_cra import codes
from sphinx_cra.assessment import item_totals
from sphinx_cra.datafile import DataFile
from sphinx_cra.gate import gone
from sphinx_cra.model import Kind, Link, Outcome, Presence, State, Verdict
from sphinx_cra.product import EndDate
from sphinx_cra.suspect import fingerprints

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sphinx_cra.assessment import Assessment
    from sphinx_cra.declaration import Standing
    from sphinx_cra.gate import Judged
    from sphinx_cra.known_vulnerabilities import Known
    from sphinx_cra.legal.rule import Ruling
    from sphinx_cra.legal.status import Fact
    from sphinx_cra.model import (
        Catalogue,
        ClauseMapping,
        Item,
        Place,
        Point,
        Row,
        Support,
    )
    from sphinx_cra.product import Product

FORMAT = "sphinx-cra assessment"
FORMAT_VERSION = "1.0"
"""The second number grows when fields are added, the first when one goes or changes its meaning."""
SCHEMA = "assessment.schema.json"

NOT_LOOKED_AT = Verdict(outcome=Outcome.UNCHECKED, reason="It was not looked at.")

_SURROGATES = re.compile("[\ud800-\udfff]")
"""Halves of characters, as a file name that is not UTF-8 brings them; they cannot be written."""


def assessment_json(
    assessment: Assessment, *, generator: str, file: Callable[[str], str] | None = None
) -> str:
    """The text of ``assessment.json``.

    :param generator: name and version of what writes it: ``sphinx-cra 1.0``.
    :param file: the file of a document, relative to the project; what is no document it gives back.
    """
    return json_text(assessment_data(assessment, generator=generator, file=file))


def json_text(data: Mapping[str, Any]) -> str:
    """JSON that can always be encoded, with every record of every list on a line of its own."""
    parts = ",\n".join(f"{_compact(key)}: {_laid_out(value)}" for key, value in data.items())
    return _SURROGATES.sub("\ufffd", f"{{\n{parts}\n}}\n")


def _laid_out(value: Any) -> str:
    if isinstance(value, dict) and value:
        return "{\n" + ",\n".join(f"{_compact(k)}: {_compact(v)}" for k, v in value.items()) + "\n}"
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(map(_compact, value)) + "\n]"
    return _compact(value)


_compact = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def assessment_data(
    assessment: Assessment, *, generator: str, file: Callable[[str], str] | None = None
) -> dict[str, Any]:
    """What ``assessment.json`` holds; parameters as of :func:`assessment_json`."""
    findings = [finding_record(f, file) for f in assessment.findings]
    mistakes = len(assessment.mistakes)
    day = assessment.product.reference_date if assessment.product else None
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "generator": generator,
        "product": _product(assessment.product),
        "reference_date": day.isoformat() if day else None,
        "totals": _totals(assessment),
        "catalogues": [_catalogue(c) for c in assessment.catalogues],
        "mappings": [_mapping(m) for m in assessment.mappings],
        "rows": [_row(r) for m in assessment.matrices for r in m.rows],
        "items": [_item(i, assessment) for i in assessment.trace.items.values()],
        "verdicts": [_verdict(name, verdict) for name, verdict in _verdicts(assessment)],
        "dossier": [_point(p) for p in assessment.dossier.points],
        "vulnerabilities": _known(assessment.known),
        "rules": [_ruling(r) for r in assessment.rulings],
        "declaration": _declaration(assessment.declaration),
        "status": [_status(f) for f in assessment.status.facts.values()],
        "fingerprints": fingerprints(assessment.trace, assessment.clauses),
        "mistakes": findings[:mistakes],
        "gaps": findings[mistakes:],
        "gate": assessment.gate.given,
        "baseline": _baseline(assessment),
    }


# --------------------------------------------------------------------------- the project


def _product(product: Product | None) -> dict[str, Any] | None:
    """The fields of ``cra.yaml``; those of its block ``product`` stand directly in here."""
    if product is None:
        return None
    stated: dict[str, Any] = _stated(product)
    renamed = {"class" if key == "product_class" else key: value for key, value in stated.items()}
    return {"source": product.file.source, **renamed}


def _stated(value: Any) -> Any:
    """Plain data of what ``cra.yaml`` states; what is not given is left out."""
    match value:
        case EndDate():
            return value.text
        case Enum():
            return value.value
        case dt.date():
            return value.isoformat()
        case tuple():
            return [_stated(v) for v in value]
        case Mapping():
            return {str(k): _stated(v) for k, v in value.items()}
        case _ if dataclasses.is_dataclass(value):
            fields = ((f.name, getattr(value, f.name)) for f in dataclasses.fields(value))
            found = ((name, _stated(v)) for name, v in fields if not isinstance(v, DataFile))
            return {name: v for name, v in found if v not in (None, "", [], {})}
        case _:
            return value


def _declaration(stands: Standing) -> dict[str, Any]:
    """What becomes of the EU declaration of conformity, and what stands against it, by ids."""
    return {
        "state": stands.state.value,
        "signed": stands.signed,
        "accepted": list(stands.accepted),
        "refused_by": [r.rule.id for r in stands.reasons],
        "open": {
            "clauses": [r.clause.id for r in stands.gaps],
            "points": [p.id for p in stands.points],
            "rules": [r.rule.id for r in stands.rules],
        },
    }


def _totals(assessment: Assessment) -> dict[str, Any]:
    outcomes = Counter(verdict.outcome for _, verdict in _verdicts(assessment))
    presences = Counter(p.presence for p in assessment.dossier.points)
    severities = Counter(f.severity.value for f in assessment.mistakes)
    catalogues: dict[str, Any] = {}
    for matrix in assessment.matrices:
        states, counted = assessment.totals(matrix.rows)
        catalogues[matrix.catalogue.id] = {
            "clauses": len(matrix.rows),
            "asked": sum(1 for r in matrix.rows if r.clause.asked),
            "counted": counted,
            "gaps": len(matrix.gaps),
            "states": {s.value: states[s] for s in State},
        }
    return {
        "catalogues": catalogues,
        "items": {k.value: n for k, n in item_totals(assessment.trace).items()},
        "evidence": {o.value: outcomes[o] for o in Outcome},
        "dossier": {p.value: presences[p] for p in Presence},
        "mistakes": dict(sorted(severities.items())),
        "gaps": len(assessment.gaps),
        "accepted": sum(1 for j in assessment.findings if j.standing.holds),
    }


def _catalogue(catalogue: Catalogue) -> dict[str, Any]:
    return {
        "id": catalogue.id,
        "title": catalogue.title,
        "short": catalogue.short,
        "edition": catalogue.edition,
        "prefix": catalogue.prefix,
        "publisher": catalogue.publisher,
        "url": catalogue.url,
        "note": catalogue.note,
        "clauses": len(catalogue.clauses),
        "groups": [{"id": g.id, "title": g.title} for g in catalogue.groups],
        "categories": [
            {"id": c.id, "printed": c.printed, "title": c.title, "class": c.product_class, "url": c.url}
            for c in catalogue.categories
        ],
    }


def _mapping(mapping: ClauseMapping) -> dict[str, Any]:
    return {
        "id": mapping.id,
        "title": mapping.title,
        "version": mapping.version,
        "clauses_of": mapping.clauses_of,
        "supported_by": list(mapping.supported_by),
        "relations": len(mapping.relations),
        "note": mapping.note,
        "overall": dict(mapping.overall),
        "sources": dict(mapping.sources),
    }


# ------------------------------------------------------------------------------- records


def _row(row: Row) -> dict[str, Any]:
    """A clause with what is shown for it; licensed wording stays in the project that holds the licence."""
    clause = row.clause
    return {
        "framework": clause.framework,
        "clause": clause.id,
        "printed": clause.printed,
        "title": clause.title,
        "state": row.state.value if row.state else None,
        "asked": clause.asked,
        "counted": row.counted,
        "gap": row.gap,
        "reason": row.reason,
        "way_out": row.way_out,
        "implemented": row.implemented,
        "proven": row.proven,
        "stated": list(row.stated),
        "carriers": _ids(row.carriers),
        "controls": _ids(row.controls),
        "evidence": _ids(row.evidence),
        "risks": _ids(row.risks),
        "exclusions": _ids(row.exclusions),
        "supports": [_support(s) for s in row.supports],
        "remaining": [{"mapping": r.mapping, "text": r.text} for r in row.remaining],
        "certificates": _ids(row.certificates),
        "group": clause.group,
        "parent": clause.parent,
        "force": clause.force.value,
        "addressees": list(clause.addressees),
        "excludable": clause.excludable,
        "applies_from": clause.applies_from,
        "url": clause.url,
        "summary": clause.summary,
        "verified": clause.verified,
        "details": dict(clause.details),
    }


def _support(support: Support) -> dict[str, Any]:
    relation = support.relation
    return {
        "by": relation.by,
        "state": support.state.value,
        "holds": support.holds,
        "strength": relation.strength.value,
        "basis": relation.basis.value,
        "mapping": relation.mapping,
        "source": relation.source,
        "rationale": relation.rationale,
        "note": relation.note,
    }


def _item(item: Item, assessment: Assessment) -> dict[str, Any]:
    incoming = ((link, assessment.trace.sources(item.id, link)) for link in Link)
    return {
        "id": item.id,
        "kind": item.kind.value,
        "type": item.type,
        "title": item.title,
        "status": item.status,
        "fields": dict(item.fields),
        "links": {link.value: list(targets) for link, targets in item.links.items()},
        "linked_from": {link.value: _ids(sources) for link, sources in incoming if sources},
        "place": _place(item.place),
        "content": item.content,
    }


def _known(known: Known | None) -> dict[str, Any] | None:
    """What is known of vulnerabilities; null where no evidence speaks of them."""
    if known is None:
        return None
    return {
        "summary": known.summary,
        "checked": not known.unchecked,
        "components": known.components,
        "scans": [str(scan) for scan in known.scans],
        "matches": [
            {
                "vulnerability": m.vulnerability,
                "aliases": list(m.aliases),
                "component": m.component,
                "in_sbom": m.listed,
                "status": m.status.value,
                "why": m.why,
                "severity": m.severity,
                "source": m.source,
                "date": m.date,
            }
            for m in known.matches
        ],
    }


def _verdicts(assessment: Assessment) -> Iterator[tuple[str, Verdict]]:
    """A verdict for every piece of evidence, by id."""
    for item in assessment.trace.of_kind(Kind.EVIDENCE):
        yield item.id, assessment.verdicts.get(item.id, NOT_LOOKED_AT)


def _verdict(item: str, verdict: Verdict) -> dict[str, Any]:
    return {
        "item": item,
        "outcome": verdict.outcome.value,
        "reason": verdict.reason,
        "counts": dict(verdict.counts),
        "artefacts": [{"path": a.path, "sha256": a.sha256, "size": a.size} for a in verdict.artefacts],
        "tool": verdict.tool,
        "date": verdict.date,
        "subject": verdict.subject,
        "valid_until": verdict.valid_until,
        "bound": verdict.bound,
    }


def _point(point: Point) -> dict[str, Any]:
    return {
        "point": point.id,
        "clause": point.clause,
        "printed": point.printed,
        "title": point.title,
        "presence": point.presence.value,
        "reason": point.reason,
        "lacks": list(point.lacks),
        "computed": point.computed,
        "sections": [
            {
                "docname": s.docname,
                "anchor": s.anchor,
                "title": s.title,
                "empty": s.empty,
                "line": s.line,
                "text": s.text,
                "needs": list(s.needs),
            }
            for s in point.sections
        ],
    }


def _ruling(ruling: Ruling) -> dict[str, Any]:
    """A rule of the Regulation, and what the facts answer."""
    return {
        "rule": ruling.rule.id,
        "title": ruling.rule.title,
        "cites": list(ruling.rule.cites),
        "basis": ruling.rule.basis.value,
        "severity": ruling.severity.value,
        "outcome": ruling.outcome.value,
        "message": ruling.answer.message,
        "way_out": ruling.answer.way_out,
        "place": _place(ruling.answer.place),
    }


def _status(fact: Fact) -> dict[str, Any]:
    """Something outside of the project that rules rest on, as of a day."""
    return {
        "fact": fact.id,
        "title": fact.title,
        "cite": fact.cite,
        "as_of": fact.as_of.isoformat(),
        "found": list(fact.found),
        "note": fact.note,
        "own": fact.own,
    }


def finding_record(judged: Judged, file: Callable[[str], str] | None) -> dict[str, Any]:
    """A finding as plain data, with what becomes of it.

    :param file: document -> its file.
    """
    finding, acceptance = judged.finding, judged.acceptance
    source = finding.place.source if finding.place else None
    return {
        "id": judged.id,
        "code": finding.code.value,
        "severity": finding.severity.value,
        "level": judged.level.value,
        "standing": judged.standing.value,
        "framework": judged.framework or None,
        "message": finding.message,
        "way_out": finding.way_out or codes.way_out(finding.code),
        "item": finding.item,
        "clause": finding.clause,
        "rule": finding.rule,
        "about": finding.about,
        "causes": list(finding.causes),
        "place": _place(finding.place),
        "file": file(source) if file and source else source,
        "accepted": {
            "by": acceptance.by,
            "why": acceptance.why,
            "until": acceptance.until.isoformat() if acceptance.until else None,
        }
        if acceptance
        else None,
    }


def _baseline(assessment: Assessment) -> dict[str, Any] | None:
    """What is accepted, and what of it is found no more; null where there is no usable file."""
    if assessment.baseline is None:
        return None
    from sphinx_cra import baseline  # few projects have one

    return {
        "product": assessment.baseline.product,
        "accepted": [baseline.record(a) for a in assessment.baseline.acceptances.values()],
        "gone": [a.id for a in gone(assessment.findings, assessment.baseline)],
    }


def _place(place: Place | None) -> dict[str, Any] | None:
    return {"source": place.source, "line": place.line} if place else None


def _ids(items: tuple[Item, ...]) -> list[str]:
    return [i.id for i in items]
