"""Records of reporting drills: could every report be written, on that day, for that release?

Valid where the record says that everything could be filled that Article 14 orders, failed where not,
void where nothing was rehearsed. The record is not signed: it is held to its schema and to itself.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sphinx_cra import datafile
from sphinx_cra.evidence import jsonfile
from sphinx_cra.evidence.reader import EvidenceError
from sphinx_cra.model import Outcome, Verdict
from sphinx_cra.reporting import drill
from sphinx_cra.words import a, listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sphinx_cra.evidence.reader import Claim, Exhibit

max_bytes: int | None = 4 * 1024 * 1024


def parse(data: bytes) -> dict[str, Any]:
    """The record.

    :raises EvidenceError: if it is none, or contradicts itself.
    """
    found = jsonfile.load(data)
    what = "a record of a reporting drill"
    if not isinstance(found, dict) or found.get("format") != drill.FORMAT:
        raise EvidenceError(f"not {what}: its format is not {drill.FORMAT!r}")
    jsonfile.check(datafile.validator(drill.SCHEMA), found, what)
    if wrong := drill.contradictions(found):
        raise EvidenceError(f"the record contradicts itself: {'; '.join(wrong[:3])}")
    record: dict[str, Any] = found
    return record


def judge(claim: Claim, exhibits: Sequence[Exhibit]) -> Verdict:
    """The worst of the records: a later one that passed does not take back one that failed beside it."""
    records: list[dict[str, Any]] = [e.content for e in exhibits]
    counts = {"drills": len(records)}
    for name in ("points", "filled", "left out", "missing"):
        counts[name] = sum(r["counts"][name] for r in records)
    outcome, said = Outcome.VALID, [_said(e.path, e.content) for e in exhibits]
    if empty := [e.path for e in exhibits if not e.content["stages"] or not e.content["component"]["found"]]:
        outcome, said = Outcome.VOID, [f"{listed(empty)} rehearsed nothing"]
    elif any(r["result"] == "failed" for r in records):
        outcome = Outcome.FAILED
        said.sort(key=lambda sentence: "could not" not in sentence)
    if claim.select:
        said.append("`select` has no effect on a drill")
    return Verdict(
        outcome=outcome,
        reason="; ".join(said[:4]),
        counts=MappingProxyType(counts),
        tool="sphinx-cra report drill",
        date=min(r["date"] for r in records),
        subject=listed(list(dict.fromkeys(r["product"]["release"] for r in records))),
    )


def _said(path: str, record: dict[str, Any]) -> str:
    lacks = [f["key"] for s in record["stages"] for f in s["fields"] if f["state"] == "missing"]
    if record["recipient"]["member_state"] is None:
        lacks.append("the CSIRT that receives it")
    about = f"{a(record['type'])} in {record['component']['name']}, rehearsed on {record['date']},"
    if lacks:
        return f"{path}: the reports on {about} could not be completed; missing: {listed(lacks)}"
    counts = record["counts"]
    filled = (
        f"{counts['filled']} of {counts['points']} points filled, {counts['left out']} left out with a reason"
    )
    return f"{path}: the reports on {about} could be written, {filled}"
