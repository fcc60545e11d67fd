"""Software bills of materials: does one exist, and does it list what the product is made of?

CycloneDX and SPDX, one module a format, give one small model. Judged are the SBOM itself, the
lock files that it is set against (``lockfiles``), and the profile of BSI TR-03183-2 where an
author asks for it (``profile``). Whether a component is vulnerable is another kind of evidence.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from xml.sax.handler import ContentHandler

from sphinx_cra.evidence import jsonfile, xmlfile
from sphinx_cra.evidence.reader import EvidenceError
from sphinx_cra.evidence.sbom import bsi, cyclonedx, lockfiles, spdx
from sphinx_cra.evidence.sbom.model import Component, Sbom
from sphinx_cra.model import Outcome, Severity, Verdict
from sphinx_cra.words import listed, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from xml.sax.xmlreader import AttributesImpl

    from sphinx_cra.evidence.reader import Claim, Exhibit

__all__ = ["Component", "Sbom", "judge", "max_bytes", "parse", "profile_findings"]

max_bytes: int | None = 256 * 1024 * 1024
MAX_DEPTH = 200
"""Of XML elements; components nest a handful deep."""
EXTRA = "an SBOM is read with an extra: pip install 'sphinx-cra[sbom]'"

_NAMED = 5
"""How many missing dependencies a reason names."""
_SHOWN = 3
"""How many findings of a profile a reason shows."""


def parse(data: bytes) -> Sbom:
    """What the file says, valid in its format.

    :raises EvidenceError: if it is neither CycloneDX nor SPDX, or not valid.
    """
    try:
        return _parse(data)
    except ImportError as error:
        raise EvidenceError(f"{EXTRA} ({error.name} is missing)", Outcome.UNCHECKED) from error


def judge(claim: Claim, exhibits: Sequence[Exhibit]) -> Verdict:
    """Valid where every file has components, the lock files are covered and the profile is kept."""
    keys = ("lockfiles", "profile", "select")
    memo = claim.project.memo
    key = (__name__, *(claim.fields.get(k, "") for k in keys), *(e.path for e in exhibits))
    if key not in memo:
        memo[key] = _judged(claim, exhibits)
    verdict: Verdict = memo[key]
    return verdict


def profile_findings(claim: Claim, exhibits: Sequence[Exhibit]) -> Iterator[tuple[str, bsi.Observation]]:
    """Every finding of the profile that the claim asks for, with the file that it is about."""
    if _profile(claim):
        for exhibit in exhibits:
            for finding in bsi.observations(exhibit.content):
                yield exhibit.path, finding


# --------------------------------------------------------------------------- judging


def _judged(claim: Claim, exhibits: Sequence[Exhibit]) -> Verdict:
    sboms: list[Sbom] = [exhibit.content for exhibit in exhibits]
    profile = _profile(claim)
    counts = {"components": sum(len(s.components) - s.files for s in sboms)}
    if files := sum(s.files for s in sboms):
        counts["files"] = files
    if (direct := [len(s.direct) for s in sboms if s.direct is not None]) or not sboms:
        counts["top-level dependencies"] = sum(direct)
    subjects = list(dict.fromkeys(str(s.subject) for s in sboms if s.subject))
    outcome, said = Outcome.VALID, [_contents(exhibits, counts)]
    if empty := [e.path for e in exhibits if not e.content.components]:
        outcome, said = Outcome.VOID, [f"{listed(empty)} lists no component"]
    elif alone := [e.path for e in exhibits if e.content.alone]:
        outcome, said = Outcome.VOID, [f"{listed(alone)} lists no component but the product itself"]
    elif claim.fields.get("lockfiles"):
        found = lockfiles.compared(claim.fields["lockfiles"], sboms, claim.project)
        said.append(found.reason(_NAMED))
        counts["locked dependencies"] = found.wanted
        if found.missing:
            outcome = Outcome.FAILED
            counts["missing dependencies"] = len(found.missing)
            said.insert(0, said.pop())
    if profile and outcome is not Outcome.VOID:
        kept, words = _against_profile(claim, exhibits, counts)
        said.append(words)
        if not kept:
            outcome = Outcome.FAILED
    if claim.select:
        said.append("`select` has no effect on an SBOM")
    return Verdict(
        outcome=outcome,
        reason="; ".join(said),
        counts=MappingProxyType(counts),
        tool=listed(list(dict.fromkeys(t for s in sboms for t in s.tools))),
        date=min(filter(None, (s.created for s in sboms)), key=_instant, default=""),
        subject=listed(subjects),
    )


def _instant(stated: str) -> tuple[dt.datetime, str]:
    """For sorting by time; what cannot be read as one comes last."""
    try:
        when = dt.datetime.fromisoformat(stated)
    except ValueError:
        when = dt.datetime.max
    return when if when.tzinfo else when.replace(tzinfo=dt.UTC), stated


def _contents(exhibits: Sequence[Exhibit], counts: dict[str, int]) -> str:
    first: Sbom = exhibits[0].content
    what = str(first) if len(exhibits) == 1 else f"{len(exhibits)} files"
    about = f" of {first.subject}" if len(exhibits) == 1 and first.subject else ""
    listed_ = [f"{counts['components']} components"]
    if files := counts.get("files"):
        listed_.append(f"{files} files")
    direct = counts.get("top-level dependencies")
    top = (
        f", and names {direct} direct dependencies of the product"
        if direct is not None
        else ", and does not say which of them the product depends on directly"
    )
    return f"{what}{about} lists {listed(listed_)}{top}"


def _profile(claim: Claim) -> bool:
    wanted = claim.fields.get("profile", "")
    if wanted in ("", bsi.PROFILE):
        return bool(wanted)
    near = nearest(wanted, [bsi.PROFILE])
    hint = f"did you mean {near[0]!r}?" if near else f"known is {bsi.PROFILE!r}"
    raise EvidenceError(f"{wanted[:80]!r} is no profile of an SBOM; {hint}")


def _against_profile(claim: Claim, exhibits: Sequence[Exhibit], counts: dict[str, int]) -> tuple[bool, str]:
    """Whether no finding is an error, and how many there are; counted and not kept."""
    first: list[str] = []
    number = dict.fromkeys(Severity, 0)
    for path, finding in profile_findings(claim, exhibits):
        number[finding.severity] += 1
        if len(first) < _SHOWN and finding.severity is Severity.ERROR:
            first.append(f"{path}: {finding}" if len(exhibits) > 1 else str(finding))
    title = bsi.guideline().title
    counts |= {f"profile {severity}": number[severity] for severity in Severity}
    total = sum(number.values())
    if not total:
        return True, f"nothing that can be checked mechanically differs from {title}"
    shown = f", first: {'; '.join(first)}" if first else ""
    parts = [f"{n} {severity}" for severity, n in number.items() if n]
    return not first, f"{total} findings against {title} ({', '.join(parts)}){shown}"


# --------------------------------------------------------------------------- reading


def _parse(data: bytes) -> Sbom:
    head = data[:4000].decode(json.detect_encoding(data[:4]), "replace").lstrip("\ufeff \t\r\n")
    if head.startswith("<"):
        _check_xml(data)
        return cyclonedx.from_xml(data)
    if head.startswith("{"):
        return _from_json(_json(data))
    try:
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise EvidenceError("neither JSON nor XML, and not text in UTF-8") from error
    if re.search(r"^\s*SPDXVersion:", text, re.MULTILINE):
        return spdx.from_tag_value(text)
    raise EvidenceError("neither CycloneDX (JSON, XML) nor SPDX (JSON, tag-value)")


def _from_json(document: dict[str, Any]) -> Sbom:
    if "bomFormat" in document or "specVersion" in document:
        return cyclonedx.from_json(document)
    if "spdxVersion" in document:
        return spdx.from_json(document)
    if "@context" in document:
        return spdx.from_json_ld(document)
    raise EvidenceError("JSON, but neither CycloneDX (bomFormat) nor SPDX (spdxVersion, @context)")


def _json(data: bytes) -> dict[str, Any]:
    try:
        text = data.decode(json.detect_encoding(data))  # tools on Windows write UTF-16
    except UnicodeDecodeError as error:
        raise EvidenceError(f"not JSON: {error.reason} at byte {error.start}") from error
    found = jsonfile.load(text.encode("utf-8", "surrogatepass"))
    assert isinstance(found, dict)  # it begins with a brace
    if re.search(rb"\\u[dD][89a-fA-F]", data):
        try:
            json.dumps(found, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise EvidenceError("not JSON: it has half a character (a lone surrogate)") from error
    return found


class _Shape(ContentHandler):
    """Refuses what nests too deep; looks at nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise EvidenceError(f"its elements are nested more than {MAX_DEPTH} deep")

    def endElement(self, name: str) -> None:
        self._depth -= 1


def _check_xml(data: bytes) -> None:
    """Refuse a document type, and with it all entities, before the file is read for what it says."""
    xmlfile.feed(xmlfile.parser(), data, _Shape())
