"""CycloneDX 1.4 to 1.7 in JSON: the vulnerabilities of a BOM, and what their analysis says.

The rest of the BOM is the business of the SBOM reader; of it only names are read here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sphinx_cra.evidence import jsonfile
from sphinx_cra.evidence.reader import EvidenceError
from sphinx_cra.evidence.vex.model import Document, Part, Source, Statement, Status, parsed
from sphinx_cra.evidence.vex.shapes import ANY, FILLED, TEXT, WHEN, like, many, of, one_of, validator

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jsonschema import Draft202012Validator

VERSIONS = ("1.4", "1.5", "1.6", "1.7")

STATES = {
    "resolved": Status.FIXED,
    "resolved_with_pedigree": Status.FIXED,
    "exploitable": Status.AFFECTED,
    "in_triage": Status.UNDER_INVESTIGATION,
    "false_positive": Status.NOT_AFFECTED,
    "not_affected": Status.NOT_AFFECTED,
}
"""A vulnerability without an analysis is ``unknown``: the BOM only says that it exists."""

_JUSTIFICATIONS = (
    "code_not_present",
    "code_not_reachable",
    "requires_configuration",
    "requires_dependency",
    "requires_environment",
    "protected_by_compiler",
    "protected_at_runtime",
    "protected_at_perimeter",
    "protected_by_mitigating_control",
)
_RESPONSES = ("can_not_fix", "will_not_fix", "update", "rollback", "workaround_available")
_SERIAL = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_LINK = re.compile(rf"urn:cdx:({_SERIAL})/([1-9][0-9]*)#(.+)")


def _schema(version: str) -> Draft202012Validator:
    later = version != "1.4"
    source = of(closed=True, url=TEXT, name=TEXT)
    dates = {"firstIssued": WHEN, "lastUpdated": WHEN} if later else {}
    analysis = of(
        closed=True,
        state=one_of(*STATES),
        justification=one_of(*_JUSTIFICATIONS),
        response=many(one_of(*_RESPONSES), 0),
        detail=TEXT,
        **dates,
    )
    span = of(closed=True, version=TEXT, range=FILLED, status=one_of("affected", "unaffected", "unknown"))
    span["oneOf"] = [{"required": ["version"]}, {"required": ["range"]}]
    rejected = {"rejected": WHEN, "proofOfConcept": ANY, "workaround": TEXT} if later else {}
    vulnerability = of(
        closed=True,
        id=TEXT,
        source=source,
        references=many(of("id source", closed=True, id=TEXT, source=source), 0),
        ratings=ANY,
        cwes=many({"type": "integer", "minimum": 1}, 0),
        description=TEXT,
        detail=TEXT,
        recommendation=TEXT,
        advisories=ANY,
        created=WHEN,
        published=WHEN,
        updated=WHEN,
        credits=ANY,
        tools=ANY,
        analysis=analysis,
        affects=many(of("ref", closed=True, ref=FILLED, versions=many(span, 0)), 0),
        properties=ANY,
        **{"bom-ref": FILLED},
        **rejected,
    )
    whole = of(
        "bomFormat specVersion" + ("" if later else " version"),
        bomFormat=one_of("CycloneDX"),
        specVersion=one_of(version),
        serialNumber=like(rf"^urn:uuid:{_SERIAL}$"),
        version={"type": "integer", "minimum": 1},
        metadata=of(timestamp=WHEN, component={"type": "object"}),
        components=many({"type": "object"}, 0),
        services=many({"type": "object"}, 0),
        vulnerabilities=many(vulnerability, 0),
    )
    return validator(whole)


_SCHEMAS = {version: _schema(version) for version in VERSIONS}
_NAMED = validator(
    of("name", name=TEXT, version=TEXT, group=TEXT, purl=TEXT, cpe=TEXT, **{"bom-ref": FILLED})
)


def read(data: Mapping[str, Any]) -> Document:
    """The statements of a BOM.

    :raises EvidenceError: if it is of another version, or what it says of vulnerabilities breaks its schema.
    """
    version = data.get("specVersion")
    if not isinstance(version, str) or version not in _SCHEMAS:
        raise EvidenceError(f"its specVersion is {str(version)[:40]!r}, and 1.4 to 1.7 are read")
    what = f"CycloneDX {version}"
    jsonfile.check(_SCHEMAS[version], data, what)
    metadata: Mapping[str, Any] = data.get("metadata", {})
    serial = data.get("serialNumber", "")
    source = Source(
        format=what,
        id=serial,
        author=_author(metadata),
        version=str(data.get("version", 1)),
        date=metadata.get("timestamp", ""),
        tool=", ".join(_tools(metadata.get("tools"))),
    )
    known = _components(data, what)
    subject = metadata.get("component")
    product = _part(subject) if subject else None
    root = subject.get("bom-ref", "") if subject else ""
    bom = _Bom(source, serial.removeprefix("urn:uuid:"), known, product, root)
    found: list[Statement] = []
    for item in data.get("vulnerabilities", ()):
        found += bom.statements(item)
    if bom.lost:
        jsonfile.refuse(what, (f"nothing in it has the bom-ref {ref[:80]!r}" for ref in bom.lost))
    return Document(source=source, statements=tuple(found))


class _Bom:
    def __init__(
        self, source: Source, serial: str, known: Mapping[str, Part], product: Part | None, root: str
    ) -> None:
        self._source = source
        self._serial = serial
        self._known = known
        self._product = product
        self._root = root
        self.lost: list[str] = []
        """References that lead nowhere."""

    def statements(self, item: Mapping[str, Any]) -> Iterator[Statement]:
        """One for each thing that is affected, or for each version of it where the BOM names none."""
        if not item.get("affects"):
            nothing = "it names nothing that the vulnerability is in"
            yield self._statement(item, self._product or Part(name="a product that is not named"), nothing)
        for affected in item.get("affects", ()):
            part = self._found(affected["ref"])
            spans = affected.get("versions", ())
            if part is None:
                continue
            if part.version or not spans:
                # The versions are those of everybody's component, and this one has its version.
                yield self._statement(item, part, root=affected["ref"] == self._root)
                continue
            for span in spans:
                one = Part(
                    name=part.name,
                    version=span.get("version", ""),
                    range=span.get("range", ""),
                    purls=part.purls,
                    ids=part.ids,
                )
                yield self._statement(item, one, root=affected["ref"] == self._root, span=span)

    def _found(self, ref: str) -> Part | None:
        link = _LINK.fullmatch(ref)
        if link and link[1] == self._serial and link[2] == self._source.version:
            ref = link[3]
        elif link or (ref.startswith("urn:cdx:") and ref not in self._known):
            name = link[3] if link else ref
            return Part(name=name, ids=(ref,) if name != ref else ())
        if ref not in self._known:
            self.lost.append(ref)
            return None
        return self._known[ref]

    def _statement(
        self,
        item: Mapping[str, Any],
        part: Part,
        fault: str = "",
        *,
        root: bool = False,
        span: Mapping[str, Any] | None = None,
    ) -> Statement:
        analysis: Mapping[str, Any] = item.get("analysis", {})
        status = STATES[analysis["state"]] if "state" in analysis else Status.UNKNOWN
        stated = (span or {}).get("status", "affected")
        detail = analysis.get("detail", "").strip()
        justification = analysis.get("justification", "")
        if stated == "unknown":
            status = Status.UNKNOWN
        elif stated == "unaffected" and not status.settled:
            # The analysis is about the versions that are affected, so its reasons are not about this one.
            status, justification, detail = Status.NOT_AFFECTED, "", ""
        denied = status is Status.NOT_AFFECTED
        if denied and not justification and not detail:
            fault = fault or "it says not affected without a justification or an impact statement"
        name = item.get("id", "")
        if not name:
            name, fault = item.get("bom-ref", "a vulnerability without an id"), "it names no vulnerability"
        whole = part if root or self._product is None else self._product
        return Statement(
            source=self._source,
            product=whole,
            component=None if whole is part else part,
            vulnerability=name,
            aliases=tuple(dict.fromkeys(r["id"] for r in item.get("references", ()) if r["id"] != name)),
            status=status,
            justification=justification if denied else "",
            impact=detail if denied else "",
            action="" if denied else _action(item, analysis, detail),
            date=analysis.get("lastUpdated") or analysis.get("firstIssued") or self._source.date,
            fault=fault,
        )


def _action(item: Mapping[str, Any], analysis: Mapping[str, Any], detail: str) -> str:
    responses = ", ".join(r.replace("_", " ") for r in analysis.get("response", ()))
    words = (responses, detail, item.get("recommendation", "").strip(), item.get("workaround", "").strip())
    return "; ".join(filter(None, words))


def _components(data: Mapping[str, Any], what: str) -> dict[str, Part]:
    """Everything that can be referred to, by its bom-ref."""
    known: dict[str, Part] = {}
    ahead: list[Any] = [data.get("metadata", {}).get("component"), *data.get("components", ())]
    ahead += data.get("services", ())
    while ahead:
        component = ahead.pop()
        if component is None:
            continue
        jsonfile.check(_NAMED, component, what)
        if ref := component.get("bom-ref"):
            if ref in known:
                jsonfile.refuse(what, [f"two components have the bom-ref {ref[:80]!r}"])
            known[ref] = _part(component)
        for inside in ("components", "services"):
            inner = component.get(inside, ())
            ahead += inner if isinstance(inner, list) else ()
    return known


def _part(component: Mapping[str, Any]) -> Part:
    purl = component.get("purl", "")
    group = component.get("group", "")
    name = str(component.get("name", ""))
    package = parsed(purl) if purl else None
    ids = (f"{group}/{name}" if group else "", component.get("bom-ref", ""), component.get("cpe", ""))
    return Part(
        name=name,
        version=component.get("version", "") or ((package and package.version) or ""),
        purls=(purl,) if purl else (),
        ids=tuple(dict.fromkeys(i for i in ids if i and i not in (name, purl))),
    )


def _author(metadata: Mapping[str, Any]) -> str:
    names = [a.get("name", "") for a in _objects(metadata.get("authors"))]
    for role in ("manufacturer", "manufacture", "supplier"):
        if not any(names) and isinstance(metadata.get(role), dict):
            names = [metadata[role].get("name", "")]
    return ", ".join(str(n) for n in names if n)


def _tools(tools: Any) -> Iterator[str]:
    if isinstance(tools, dict):  # from 1.5
        found = [*_objects(tools.get("components")), *_objects(tools.get("services"))]
    else:
        found = list(_objects(tools))
    for tool in found:
        if name := " ".join(str(tool[k]) for k in ("name", "version") if tool.get(k)):
            yield name


def _objects(value: Any) -> Iterable[Mapping[str, Any]]:
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else ()
