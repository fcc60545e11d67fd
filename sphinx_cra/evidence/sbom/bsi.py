"""The profile of BSI TR-03183-2: what its guideline wants of an SBOM, observation by observation.

The guideline is data (``bsi_tr_03183_2.yaml``: rules, component classes, errata); how each rule is
checked is here. Keeping it is nobody's duty under the Regulation, so it is looked at only where an
author asks. What a file cannot show (``check: manual`` or ``process``) is left to people.
"""

from __future__ import annotations

import datetime
import functools
import re
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from typing import TYPE_CHECKING, Any, NamedTuple

from sphinx_cra import datafile
from sphinx_cra.model import Severity
from sphinx_cra.words import short

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sphinx_cra.evidence.sbom.model import Component, Party, Reference, Sbom

PROFILE = "bsi-tr-03183-2"
_DATA = "bsi_tr_03183_2.yaml"
_STATED = frozenset({"complete", "incomplete", "unknown", "noAssertion"})
"""What a statement of completeness may say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One demand of the guideline."""

    id: str
    title: str
    group: str
    level: str
    """``required``, ``required-if-exists``, ``optional``, ``MUST``, ..."""
    severity: Severity
    section: str
    check: str
    """``auto``, ``partial``, ``manual``, ``process``."""
    summary: str
    rule: str = ""
    cyclonedx: str = ""
    spdx3: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guideline:
    """One version of the guideline."""

    title: str
    """With its version: ``BSI TR-03183-2 v2.1.0``."""
    url: str
    rules: Mapping[str, Rule]
    fields: Mapping[str, frozenset[str]]
    """Component class -> rules for its fields."""
    accepted: Mapping[str, tuple[int, ...]]
    """Format -> lowest version."""
    errata: Mapping[str, str]

    @property
    def for_people(self) -> tuple[Rule, ...]:
        """Rules that no file can show."""
        return tuple(r for r in self.rules.values() if r.check in ("manual", "process"))


class ComponentClass(StrEnum):
    """How much the guideline wants to know of a component."""

    FULLY_DESCRIBED = "fully_described"
    LOGICAL = "logical"
    """Without a file of its own."""
    IDENTIFIED = "identified"
    """Outside of what is delivered."""
    REFERENCED = "referenced"
    """Described by an SBOM of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One thing in an SBOM that a rule of the guideline speaks of."""

    rule: Rule
    message: str
    component: str = ""
    """Name and version; empty where it is about the SBOM."""
    ref: str = ""
    """What the SBOM calls the component."""
    component_class: ComponentClass | None = None
    severity: Severity

    def __str__(self) -> str:
        about = f"{self.component}: " if self.component else ""
        return f"{self.rule.id} {about}{self.message}"


class _Said(NamedTuple):
    message: str
    severity: Severity | None = None
    """Where it differs from that of the rule."""


@functools.cache
def guideline() -> Guideline:
    """The guideline, as we ship it."""
    text = resources.files(__package__).joinpath(_DATA).read_text(encoding="utf-8")
    data = datafile.parse(text, source=_DATA).data
    rules = [Rule(**{**raw, "severity": Severity(raw["severity"])}) for raw in data["rules"]]
    return Guideline(
        title=f"{data['title']} v{data['version']}",
        url=data["url"],
        rules={rule.id: rule for rule in rules},
        fields={name: frozenset(raw["fields"]) for name, raw in data["classes"].items()},
        accepted={a["name"]: _numbers(a["min_version"]) for a in data["accepted"]},
        errata={e["id"]: e["text"] for e in data["errata"]},
    )


def component_class(component: Component) -> ComponentClass:
    """The class that a component belongs to, as far as an SBOM shows it (5.1: the first that fits)."""
    if any(reference.kind == "bom" for reference in component.references):
        return ComponentClass.REFERENCED
    if component.external:
        return ComponentClass.IDENTIFIED
    if component.kind in _LOGICAL and not component.facts.get("filename"):
        return ComponentClass.LOGICAL
    return ComponentClass.FULLY_DESCRIBED


_LOGICAL = frozenset({"application", "framework", "operating-system", "platform", "container"})


def observations(sbom: Sbom) -> Iterator[Observation]:
    """Everything that differs from the guideline, the SBOM itself first, then each component.

    Made one by one: a large SBOM has millions. An SPDX 2 document has only the format against it,
    because the guideline names no places for its fields there.
    """
    rules = guideline().rules
    for rule, check in _WHOLE.items():
        for said in check(sbom):
            yield _observation(rules[rule], said)
    if sbom.format == "SPDX" and sbom.version.startswith("2"):
        return
    look = _Look(sbom)
    everything = (*((sbom.subject,) if sbom.subject else ()), *sbom.components)
    for component in everything:
        kind = component_class(component)
        wanted = guideline().fields[kind]
        for rule, field in _FIELDS.items():
            if rule in wanted or rule not in rules or rules[rule].group != "component":
                for said in field(component, look):
                    yield _observation(rules[rule], said, component, kind)


def _observation(
    rule: Rule, said: _Said, component: Component | None = None, kind: ComponentClass | None = None
) -> Observation:
    return Observation(
        rule=rule,
        message=said.message,
        component=short(str(component)) if component else "",
        ref=component.ref if component else "",
        component_class=kind,
        severity=said.severity or rule.severity,
    )


class _Look:
    """An SBOM, with what its components are looked up in."""

    def __init__(self, sbom: Sbom) -> None:
        self.sbom = sbom
        self.refs = {c.ref for c in sbom.components if c.ref} | sbom.services
        if sbom.subject:
            self.refs.add(sbom.subject.ref)
        self.reached = self._reached()

    def _reached(self) -> set[str]:
        """Refs on a path from the product."""
        waiting = [self.sbom.subject.ref] if self.sbom.subject else []
        reached = set(waiting)
        while waiting:
            ref = waiting.pop()
            for end in (*self.sbom.dependencies.get(ref, ()), *self.sbom.parts.get(ref, ())):
                if end not in reached:
                    reached.add(end)
                    waiting.append(end)
        return reached


# --------------------------------------------------------------------------- the SBOM


def _serialisation(sbom: Sbom) -> Iterator[_Said]:
    if sbom.serialisation not in ("JSON", "XML"):
        yield _Said(f"written as {sbom.serialisation}, and not as JSON or XML")


def _format(sbom: Sbom) -> Iterator[_Said]:
    lowest = guideline().accepted[sbom.format]
    if _numbers(sbom.version) < lowest:
        wanted = ".".join(map(str, lowest))
        yield _Said(f"{sbom.format} {sbom.version}, and not {wanted} or later")


def _no_vulnerabilities(sbom: Sbom) -> Iterator[_Said]:
    if sbom.vulnerabilities:
        yield _Said(f"speaks of vulnerabilities ({sbom.vulnerabilities} entries), which belong elsewhere")


def _sbom_creator(sbom: Sbom) -> Iterator[_Said]:
    return _reachable(sbom.creator, "whoever made the SBOM")


def _timestamp(sbom: Sbom) -> Iterator[_Said]:
    try:
        when = datetime.datetime.fromisoformat(sbom.created)
    except ValueError:
        yield _Said("no date and time at which it was made")
        return
    if when.utcoffset() != datetime.timedelta(0):
        yield _Said(f"the time {short(sbom.created)} is not in UTC", Severity.WARNING)


def _sbom_uri(sbom: Sbom) -> Iterator[_Said]:
    if not sbom.uri:
        yield _Said("no URI of the SBOM itself")


_WHOLE: Mapping[str, Callable[[Sbom], Iterator[_Said]]] = {
    "TR2-FMT-1": _serialisation,
    "TR2-FMT-2": _format,
    "TR2-GEN-2": _no_vulnerabilities,
    "TR2-SBOM-creator": _sbom_creator,
    "TR2-SBOM-timestamp": _timestamp,
    "TR2-SBOM-uri": _sbom_uri,
}
"""TR2-FMT-3 is kept by reading released versions only."""


# --------------------------------------------------------------------------- each component


def _creator(component: Component, look: _Look) -> Iterator[_Said]:
    return _reachable(component.creator, "its creator")


def _name(component: Component, look: _Look) -> Iterator[_Said]:
    if not component.name.strip():
        yield _Said("no name")


def _version(component: Component, look: _Look) -> Iterator[_Said]:
    if not (version := component.version.strip()):
        yield _Said("no version")
    elif not any(form.fullmatch(version) for form in _VERSION_FORMS):
        yield _Said(
            f"the version {short(version)!r} is neither SemVer, CalVer nor a date and time", Severity.INFO
        )


def _filename(component: Component, look: _Look) -> Iterator[_Said]:
    names = component.facts.get("filename", ())
    if len(names) > 1:
        yield _Said(f"{len(names)} file names")
    elif not names or not names[0].strip():
        yield _Said("no file name")
    elif re.search(r"[/\\]", names[0]):
        yield _Said(f"the file name {short(names[0])!r} has a path")


def _dependencies(component: Component, look: _Look) -> Iterator[_Said]:
    if not component.ref:
        yield _Said("no bom-ref, so nothing can be said of its dependencies")
        return
    for end in look.sbom.dependencies.get(component.ref, ()):
        if end not in look.refs and not end.startswith("urn:cdx:"):
            yield _Said(f"depends on {short(end)!r}, which is not in the SBOM")
    stated = look.sbom.completeness.get(component.ref)
    if stated is None:
        yield _Said("no statement whether its dependencies are complete")
    elif stated not in _STATED:
        yield _Said(f"its dependencies are stated as {short(stated)!r}, which says too little")


def _empty_element(component: Component, look: _Look) -> Iterator[_Said]:
    sbom = look.sbom
    if sbom.format == "CycloneDX" and component.ref and component.ref not in sbom.dependencies:
        yield _Said("not in the dependency graph, not even without dependencies")


def _on_a_path(component: Component, look: _Look) -> Iterator[_Said]:
    if look.sbom.subject and component.ref and component.ref not in look.reached:
        yield _Said("on no dependency path from the product")


def _refers(component: Component, look: _Look) -> Iterator[_Said]:
    if component_class(component) is ComponentClass.REFERENCED:
        yield _Said("described by an SBOM of its own, which is not looked at")


def _licence_distribution(component: Component, look: _Look) -> Iterator[_Said]:
    if not any(one.role == "concluded" for one in component.licences):
        yield _Said("no licence that is concluded for its distribution")


def _licence_original(component: Component, look: _Look) -> Iterator[_Said]:
    if any(one.role == "declared" for one in component.licences):
        return
    # Erratum E2: up to CycloneDX 1.6 one expression leaves no place for a second licence.
    if look.sbom.version == "1.6" and any(one.expression for one in component.licences):
        message = (
            "no licence that its creator declared; CycloneDX 1.6 has no place for it beside an expression"
        )
        yield _Said(message, Severity.INFO)
    else:
        yield _Said("no licence that its creator declared")


def _licence_effective(component: Component, look: _Look) -> Iterator[_Said]:
    for one in component.licences:
        if one.role == "effective" and (fault := _licence_deviation(one.text, one.named)):
            yield _Said(f"the licence {short(one.text)!r} {fault[1]}")


def _licence_rule(rule: str) -> Callable[[Component, _Look], Iterator[_Said]]:
    def check(component: Component, look: _Look) -> Iterator[_Said]:
        for one in component.licences:
            if one.role == "effective":  # has a rule of its own
                continue
            if (found := _licence_deviation(one.text, one.named)) and found[0] == rule:
                yield _Said(f"the licence {short(one.text)!r} {found[1]}")

    return check


def _hash_deployable(component: Component, look: _Look) -> Iterator[_Said]:
    hashes = [h for r in _references(component, "distribution") for h in r.hashes]
    if any(_sha512(*h) for h in hashes):
        return
    if any(_sha512(*h) for h in component.hashes):
        yield _Said("its SHA-512 is given for the component and not for what is deployed", Severity.WARNING)
    else:
        yield _Said("no SHA-512 of what is deployed")


def _one_of(name: str, *values: str) -> Callable[[Component, _Look], Iterator[_Said]]:
    def check(component: Component, look: _Look) -> Iterator[_Said]:
        found = component.facts.get(name, ())
        if len(found) != 1:
            yield _Said(f"{name} is said {len(found)} times" if found else f"not said whether {name}")
        elif found[0] not in values:
            yield _Said(f"{name} is {short(found[0])!r}, and not {' or '.join(map(repr, values))}")

    return check


def _uri_of(kind: str, what: str) -> Callable[[Component, _Look], Iterator[_Said]]:
    def check(component: Component, look: _Look) -> Iterator[_Said]:
        urls = [r.url for r in _references(component, kind) if r.url]
        if not urls:
            yield _Said(f"no URI of its {what}")
        for url in urls:
            if not _URI.fullmatch(url):
                yield _Said(f"{short(url)!r} is no URI of its {what}")

    return check


def _identifiers(component: Component, look: _Look) -> Iterator[_Said]:
    if not component.identifiers:
        yield _Said("no purl, CPE or SWID")
    elif not any(_identifies(kind, value) for kind, value in component.identifiers):
        yield _Said(f"no identifier that is valid; {short(component.identifiers[0][1])!r} is none")


def _security_txt(component: Component, look: _Look) -> Iterator[_Said]:
    for reference in _references(component, "rfc-9116"):
        if not _URL.fullmatch(reference.url):
            yield _Said(f"{short(reference.url)!r} is no URL of a security.txt")


_FIELDS: Mapping[str, Callable[[Component, _Look], Iterator[_Said]]] = {
    "TR2-COMP-creator": _creator,
    "TR2-COMP-name": _name,
    "TR2-COMP-version": _version,
    "TR2-COMP-filename": _filename,
    "TR2-COMP-dependencies": _dependencies,
    "TR2-DEP-5": _empty_element,
    "TR2-DEP-1": _on_a_path,
    "TR2-DEP-4": _refers,
    "TR2-COMP-licence-distribution": _licence_distribution,
    "TR2-COMP-licence-original": _licence_original,
    "TR2-COMP-licence-effective": _licence_effective,
    "TR2-LIC-1": _licence_rule("TR2-LIC-1"),
    "TR2-LIC-2": _licence_rule("TR2-LIC-2"),
    "TR2-LIC-3": _licence_rule("TR2-LIC-3"),
    "TR2-LIC-4": _licence_rule("TR2-LIC-4"),
    "TR2-COMP-hash-deployable": _hash_deployable,
    "TR2-COMP-executable": _one_of("executable", "executable", "non-executable"),
    "TR2-COMP-archive": _one_of("archive", "archive", "no archive"),
    "TR2-COMP-structured": _one_of("structured", "structured", "unstructured"),
    "TR2-COMP-source-uri": _uri_of("source-distribution", "source"),
    "TR2-COMP-deployable-uri": _uri_of("distribution", "deployable form"),
    "TR2-COMP-identifiers": _identifiers,
    "TR2-COMP-security-txt": _security_txt,
}
"""TR2-COMP-hash-source is optional in any form, and TR2-DEP-2 is what the class *identified* asks."""


# --------------------------------------------------------------------------- values

_EMAIL = re.compile(r"[^\s@<>()]+@[^\s@<>()]+\.[^\s@<>().]+")
_URL = re.compile(r"https?://[^\s/?#]+\S*")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:\S+")
_VERSION_FORMS = (
    re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.\-]+)?(\+[0-9A-Za-z.\-]+)?"),
    re.compile(r"(\d{4}|\d{2})[.\-](0?[1-9]|1[0-2])([.\-]\d+)*([.\-]?[A-Za-z][0-9A-Za-z.\-]*)?"),
    re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+\-]\d\d:\d\d)"),
)
"""SemVer 2.0, CalVer, RFC 3339."""
_CPE = re.compile(r"cpe:(2\.3:[aho*\-](:[^:\s]+(\\:[^:\s]*)*){10}|/[aho]:\S+)")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(n) for n in re.findall(r"\d+", version))


def _reachable(party: Party, who: str) -> Iterator[_Said]:
    if any(_EMAIL.fullmatch(e) for e in party.emails) or any(_URL.fullmatch(u) for u in party.urls):
        return
    given = [*party.emails, *party.urls]
    what = f"{short(given[0])!r} is neither" if given else "neither"
    yield _Said(f"{what} an e-mail address nor a URL of {who}")


def _references(component: Component, kind: str) -> Iterator[Reference]:
    return (r for r in component.references if r.kind == kind)


def _sha512(algorithm: str, value: str) -> bool:
    return algorithm == "SHA-512" and re.fullmatch(r"[0-9a-fA-F]{128}", value) is not None


@functools.lru_cache(maxsize=10_000)
def _identifies(kind: str, value: str) -> bool:
    if kind == "purl":
        from packageurl import PackageURL

        try:
            PackageURL.from_string(value)
        except ValueError:
            return False
        return True
    return bool(_CPE.fullmatch(value)) if kind == "cpe" else bool(value.strip())


@functools.lru_cache(maxsize=10_000)
def _licence_deviation(text: str, named: bool) -> tuple[str, str] | None:
    """The rule that a licence breaks, and how."""
    if text in ("NONE", "NOASSERTION"):
        return "TR2-LIC-1", "names no licence"
    if named and not text.startswith("LicenseRef-"):
        return "TR2-LIC-1", "is a name in words, and no identifier of SPDX"
    licensing = _licensing()
    try:
        symbols = licensing.license_keys(text)
        shape = licensing.validate(re.sub(r"\b(DocumentRef-[\w.\-]+:)?LicenseRef-[\w.\-]+", "MIT", text))
    except Exception as error:  # the library raises several of its own, and bare ones
        return "TR2-LIC-4", f"is no expression of SPDX ({short(str(error))})"
    if unknown := [one for one in shape.invalid_symbols if one not in licensing.known_symbols]:
        return "TR2-LIC-1", f"has {short(str(unknown[0]))!r}, which is no identifier of SPDX"
    if shape.errors:
        return "TR2-LIC-4", f"is no expression of SPDX ({short(str(shape.errors[0]))})"
    for symbol in symbols:
        if symbol.startswith("LicenseRef-scancode-") and symbol not in licensing.known_symbols:
            return "TR2-LIC-2", f"has {symbol}, which LicenseDB did not have when it was last looked at"
        if symbol.startswith("LicenseRef-") and not re.match(r"LicenseRef-[^\-]+-.", symbol):
            return "TR2-LIC-3", f"has {symbol}, which does not name whose it is"
    return None


@functools.cache
def _licensing() -> Any:
    from license_expression import get_spdx_licensing

    return get_spdx_licensing()
