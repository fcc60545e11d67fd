"""Status of vulnerabilities: does anybody say that the product is affected, or not know yet?

OpenVEX, CSAF and CycloneDX become statements of one model (``model``), one module a format.
Only what the documents state is judged. Whether somebody looked for vulnerabilities at all is
the business of a scan, and both together of ``sphinx_cra.known_vulnerabilities``.
"""

from __future__ import annotations

from collections import Counter
from types import MappingProxyType
from typing import TYPE_CHECKING

from sphinx_cra.evidence import jsonfile
from sphinx_cra.evidence.junit import patterns
from sphinx_cra.evidence.reader import EvidenceError, refuted
from sphinx_cra.evidence.vex import csaf, cyclonedx, openvex
from sphinx_cra.evidence.vex.model import Document, Statement, Status, current, moment
from sphinx_cra.model import Outcome, Verdict
from sphinx_cra.words import counted, listed, nearest, short

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sphinx_cra.evidence.reader import Claim, Exhibit

max_bytes: int | None = 64 * 1024 * 1024

_SUGGESTED_FROM = 1000
"""Names up to which a pattern without a match is compared with all of them."""


def parse(data: bytes) -> Document:
    """One document, in whichever of the formats it is.

    :raises EvidenceError: if it is of no format that we read, or breaks the rules of its own.
    """
    value = jsonfile.load(data)
    if isinstance(value, dict):
        if str(value.get("@context", "")).startswith(openvex.NAMESPACE):
            return openvex.read(value)
        if isinstance(value.get("document"), dict) and "csaf_version" in value["document"]:
            return csaf.read(value)
        if value.get("bomFormat") == "CycloneDX":
            return cyclonedx.read(value)
        if "predicateType" in value or "payloadType" in value:
            raise EvidenceError("it is an attestation; the VEX document inside of it has to stand alone")
    raise EvidenceError("it is neither OpenVEX nor CSAF nor CycloneDX in JSON")


def judge(claim: Claim, exhibits: Sequence[Exhibit]) -> Verdict:
    """Valid where every statement that counts and is selected says fixed, or not affected and why."""
    key = (__name__, claim.select, *(exhibit.path for exhibit in exhibits))
    memo = claim.project.memo
    if key not in memo:
        memo[key] = _judged(claim.select, exhibits)
    verdict: Verdict = memo[key]
    return verdict


def statements(select: str, documents: Iterable[Document]) -> tuple[Statement, ...]:
    """The statements that count, of those that a pattern of ``select`` names; all where it is empty.

    For what goes on with them, such as ``sphinx_cra.known_vulnerabilities``.
    """
    wanted = patterns(select)
    found = current(s for document in documents for s in document.statements)
    return tuple(s for s in found if not wanted or any(p.called(w) for w in wanted for p in s.parts))


def _judged(select: str, exhibits: Sequence[Exhibit]) -> Verdict:
    documents: list[Document] = [exhibit.content for exhibit in exhibits]
    where = exhibits[0].path if len(exhibits) == 1 else f"{len(exhibits)} files"
    every = statements("", documents)
    wanted = patterns(select)
    matches = {w: [s for s in every if any(p.called(w) for p in s.parts)] for w in wanted}
    chosen = list(dict.fromkeys(s for found in matches.values() for s in found)) if wanted else list(every)
    lost = [w for w, found in matches.items() if not found] if every else []
    outcome, reason = _decided(chosen, lost, documents, where)
    if outcome is Outcome.MISSING:
        reason += _hint(lost[0], every)
    sources = [document.source for document in documents]
    versions = {s.product.version for s in chosen}
    return Verdict(
        outcome=outcome,
        reason=reason,
        counts=_counts(chosen),
        tool=", ".join(sorted({source.tool for source in sources if source.tool})),
        date=min((source.date for source in sources if source.date), key=moment, default=""),
        subject=versions.pop() if len(versions) == 1 else "",
        refuted=refuted(str(s) for s in chosen if s.status is Status.AFFECTED),
    )


def _decided(
    chosen: Sequence[Statement], lost: Sequence[str], documents: Sequence[Document], where: str
) -> tuple[Outcome, str]:
    affected = [s for s in chosen if s.status is Status.AFFECTED]
    if affected:
        return Outcome.FAILED, f"{where} states that the product is affected: {_told(affected)}"
    if lost:
        return Outcome.MISSING, f"nothing in {where} is called {listed([repr(w) for w in lost])}"
    if not chosen:
        ended = [document.empty for document in documents if document.empty]
        return Outcome.VOID, f"{where} states nothing about a vulnerability" + "".join(
            f"; {why}" for why in ended[:1]
        )
    if unusable := [s for s in chosen if s.fault]:
        one = unusable[0]
        more = f", and {len(unusable) - 1} more cannot be used" if len(unusable) > 1 else ""
        return Outcome.UNREADABLE, f"the statement on {one} in {where} cannot be used: {one.fault}{more}"
    if unsettled := [s for s in chosen if not s.status.settled]:
        what = "is under investigation" if _any(unsettled, Status.UNDER_INVESTIGATION) else "is unknown"
        return Outcome.UNCHECKED, f"what it means {what} in {where}: {_told(unsettled)}"
    if drafts := [d.source.id for d in documents if d.source.draft]:
        return Outcome.UNCHECKED, f"{listed(drafts)} is a draft, so it does not state anything yet"
    counts = Counter(s.status for s in chosen)
    parts = [f"{counts[status]} {status.words}" for status in Status if counts[status]]
    about = listed(list(dict.fromkeys(str(s.product)[:100] for s in chosen)), limit=3)
    return Outcome.VALID, f"{counted(len(chosen), 'statement')} in {where}: {listed(parts)}; about {about}"


def _any(found: Iterable[Statement], status: Status) -> bool:
    return any(s.status is status for s in found)


def _told(found: Sequence[Statement]) -> str:
    return listed([short(str(s), 200) for s in found], limit=3)


def _counts(chosen: Iterable[Statement]) -> Mapping[str, int]:
    chosen = list(chosen)
    counts = Counter(s.status.value for s in chosen)
    result = {status.value: counts[status.value] for status in Status if counts[status.value]}
    if unusable := sum(bool(s.fault) for s in chosen):
        result["unusable"] = unusable
    return MappingProxyType(result)


def _hint(pattern: str, found: Iterable[Statement]) -> str:
    names = sorted({name for s in found for part in s.parts for name in (part.name, str(part), *part.purls)})
    near = nearest(pattern, names, n=1) if len(names) <= _SUGGESTED_FROM else []
    return f"; did you mean {near[0]!r}?" if near else ""
