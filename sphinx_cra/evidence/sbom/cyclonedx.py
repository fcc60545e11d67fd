"""CycloneDX 1.4 to 1.7, in JSON and XML.

Valid is what the schemas of the specification say, which cyclonedx-python-lib carries. They are
applied with jsonschema-rs and lxml, and the result is read as it stands: the library's own
validator needs hours for 100,000 components, and its model leaves out what it has no class for
(``compositions``). XML is brought into the form of the JSON first, so that there is one reading.
"""

from __future__ import annotations

import functools
import json
import re
from importlib import resources
from typing import TYPE_CHECKING, Any

from sphinx_cra.evidence.reader import EvidenceError
from sphinx_cra.evidence.sbom.model import NOBODY, NONE, Component, Licence, Party, Reference, Sbom
from sphinx_cra.words import either, listed, short

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jsonschema_rs import Draft7Validator
    from lxml.etree import XMLSchema, _Element

VERSIONS = ("1.4", "1.5", "1.6", "1.7")
NAMESPACE = "http://cyclonedx.org/schema/bom/"
_SCHEMAS = "http://cyclonedx.org/schema/"
_SHARED = (
    "spdx.SNAPSHOT.schema.json",
    "jsf-0.82.SNAPSHOT.schema.json",
    "cryptography-defs.SNAPSHOT.schema.json",
)
_PLACES = 3
"""How many places of a violation are named."""
_FACTS = "bsi:component:"


def from_json(document: Mapping[str, Any]) -> Sbom:
    """What a JSON document says.

    :raises EvidenceError: naming the first places where it is not valid.
    """
    version = _known(document.get("specVersion"))
    try:
        faults = [
            f"{'/'.join(map(str, error.instance_path)) or 'the file'}: {_told(error.message)}"
            for error in _json_schema(version).iter_errors(document)
        ]
    except ValueError as error:
        raise EvidenceError(f"not valid CycloneDX {version}: nested too deep ({error})") from error
    return _sbom(document, version, "JSON", faults)


def from_xml(data: bytes) -> Sbom:
    """What an XML document says; without a document type, as the caller has seen.

    :raises EvidenceError: naming the first places where it is not valid.
    """
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, huge_tree=True, remove_comments=True
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise EvidenceError(f"not XML: {error.msg}") from error
    name = etree.QName(root)
    if name.localname != "bom" or not (name.namespace or "").startswith(NAMESPACE):
        raise EvidenceError(
            f"its root element is <{name.localname[:40]}>, not <bom> of CycloneDX; SPDX in XML is not read"
        )
    version = _known((name.namespace or "").removeprefix(NAMESPACE))
    schema = _xml_schema(version)
    faults = []
    if not schema.validate(root):
        faults = [
            f"line {error.line}: {re.sub(r'{[^}]*}', '', error.message)[:200].rstrip('.')}"
            for error in schema.error_log
        ]
    return _sbom(_Xml(root).bom(), version, "XML", faults)


def _known(version: object) -> str:
    if version not in VERSIONS:
        shown = repr(version)[:40] if version else "without a version"
        raise EvidenceError(f"CycloneDX {shown} is not read; {either(VERSIONS)} is")
    return str(version)


def _told(message: str) -> str:
    if "oneOf" in message or "anyOf" in message:
        return "it has none of the forms that are allowed there"
    return short(message, 160)


def _schema_file(name: str) -> Any:
    return resources.files("cyclonedx.schema") / "_res" / name


@functools.cache
def _json_schema(version: str) -> Draft7Validator:
    import jsonschema_rs

    schemas = [(_SCHEMAS + name, json.loads(_schema_file(name).read_bytes())) for name in _SHARED]
    return jsonschema_rs.Draft7Validator(
        json.loads(_schema_file(f"bom-{version}.SNAPSHOT.schema.json").read_bytes()),
        registry=jsonschema_rs.Registry(schemas),
        validate_formats=True,
        mask="it",  # what is in the file is not repeated: it may be anything, at any length
        offline=True,
    )


@functools.cache
def _xml_schema(version: str) -> XMLSchema:
    from lxml import etree

    with resources.as_file(_schema_file(f"bom-{version}.SNAPSHOT.xsd")) as path:
        return etree.XMLSchema(file=str(path))


# --------------------------------------------------------------------------- from the form of the JSON


def _sbom(bom: Mapping[str, Any], version: str, serialisation: str, faults: list[str]) -> Sbom:
    if faults:
        raise EvidenceError(f"not valid CycloneDX {version}: {listed(faults, _PLACES)}")
    metadata = bom.get("metadata", {})
    root = metadata.get("component")
    parts: dict[str, list[str]] = {}
    found = list(_walk([root], parts)) if root else []
    subject, inside = (found[0], found[1:]) if found else (None, [])
    components = (*inside, *_walk(bom.get("components", ()), parts))
    services = tuple(_services(bom.get("services", ())))
    _check((*found[:1], *components), services)
    serial = bom.get("serialNumber", "")
    return Sbom(
        format="CycloneDX",
        version=version,
        serialisation=serialisation,
        subject=subject,
        components=components,
        dependencies=_dependencies(bom.get("dependencies", ())),
        parts={ref: tuple(refs) for ref, refs in parts.items()},
        completeness=dict(_completeness(bom.get("compositions", ()))),
        created=metadata.get("timestamp", ""),
        tools=tuple(dict.fromkeys(_tools(metadata.get("tools", ())))),
        creator=_party(metadata.get("manufacturer", {})),
        uri=f"urn:cdx:{serial.removeprefix('urn:uuid:')}/{bom.get('version', 1)}" if serial else "",
        services=frozenset(services),
        vulnerabilities=len(bom.get("vulnerabilities", ()))
        + sum(len(c.get("vulnerabilities", ())) for c in bom.get("compositions", ())),
    )


def _walk(components: Iterable[Any], parts: dict[str, list[str]]) -> Iterator[Component]:
    """Components and what they contain, outer before inner; ``parts`` receives what contains what."""
    waiting = [("", component) for component in reversed(list(components))]
    while waiting:
        around, raw = waiting.pop()
        component = _component(raw)
        if around and component.ref:
            parts.setdefault(around, []).append(component.ref)
        waiting.extend((component.ref, inner) for inner in reversed(raw.get("components", ())))
        yield component


def _check(components: Iterable[Component], services: Iterable[str]) -> None:
    """What the specification demands and its schemas cannot say."""
    seen: set[str] = set()
    for ref in (*(c.ref for c in components if c.ref), *services):
        if ref in seen:
            raise EvidenceError(f"not valid CycloneDX: the bom-ref {ref[:80]!r} is given twice")
        seen.add(ref)


def _services(services: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    waiting = list(services)
    while waiting:
        service = waiting.pop()
        waiting.extend(service.get("services", ()))
        if ref := service.get("bom-ref"):
            yield ref


def _component(raw: Mapping[str, Any]) -> Component:
    external = raw.get("isExternal", False)
    if "versionRange" in raw and not external:
        name = str(raw.get("name", ""))[:80]
        raise EvidenceError(f"not valid CycloneDX 1.7: {name!r} has a versionRange and is not external")
    identifiers = [(kind, raw[kind]) for kind in ("purl", "cpe") if raw.get(kind)]
    if swid := raw.get("swid"):
        identifiers.append(("swid", swid.get("tagId", "")))
    return Component(
        ref=raw.get("bom-ref", ""),
        name=raw.get("name", ""),
        version=raw.get("version", ""),
        group=raw.get("group", ""),
        kind=raw.get("type", ""),
        purl=raw.get("purl", ""),
        identifiers=tuple(identifiers),
        creator=_party(raw.get("manufacturer", {})),
        supplier=_supplier(raw),
        licences=tuple(_licences(raw)),
        hashes=_hashes(raw),
        references=tuple(
            Reference(kind=r["type"], url=r["url"], hashes=_hashes(r))
            for r in raw.get("externalReferences", ())
        ),
        facts=_facts(raw.get("properties", ())),
        external=external or raw.get("scope") == "excluded",
    )


def _supplier(raw: Mapping[str, Any]) -> str:
    names = (
        raw.get("supplier", {}).get("name"),
        raw.get("manufacturer", {}).get("name"),
        raw.get("publisher"),
    )
    return next(filter(None, names), "")


def _party(raw: Mapping[str, Any]) -> Party:
    if not raw:
        return NOBODY
    emails = tuple(c["email"] for c in raw.get("contact", ()) if c.get("email"))
    return Party(emails=emails, urls=tuple(raw.get("url", ())))


def _licences(raw: Mapping[str, Any]) -> Iterator[Licence]:
    for choice in raw.get("licenses", ()):
        if "expression" in choice:
            yield Licence(text=choice["expression"], role=choice.get("acknowledgement", ""), expression=True)
        elif licence := choice.get("license"):
            yield Licence(
                text=licence.get("id") or licence.get("name", ""),
                role=licence.get("acknowledgement", ""),
                named="id" not in licence,
            )
    for value in _facts(raw.get("properties", ())).get("effectiveLicense", ()):
        yield Licence(text=value, role="effective")


def _facts(properties: Iterable[Mapping[str, str]]) -> Mapping[str, tuple[str, ...]]:
    facts: dict[str, tuple[str, ...]] = {}
    for one in properties:
        if (name := one.get("name", "")).startswith(_FACTS):
            key = name.removeprefix(_FACTS)
            facts[key] = (*facts.get(key, ()), one.get("value", ""))
    return facts or NONE


def _hashes(raw: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((h["alg"], h["content"]) for h in raw.get("hashes", ()))


def _dependencies(raw: Iterable[Mapping[str, Any]]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for one in raw:
        found[one["ref"]] = tuple(dict.fromkeys((*found.get(one["ref"], ()), *one.get("dependsOn", ()))))
    return found


def _completeness(compositions: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for one in compositions:
        for ref in (*one.get("assemblies", ()), *one.get("dependencies", ())):
            yield ref, one["aggregate"]


def _tools(raw: Any) -> Iterator[str]:
    tools = [*raw.get("components", ()), *raw.get("services", ())] if isinstance(raw, dict) else raw
    for tool in tools:
        if name := " ".join(filter(None, (tool.get("name", ""), tool.get("version", "")))):
            yield name


# --------------------------------------------------------------------------- from XML


class _Xml:
    """A valid XML document in the form of the JSON, as far as it is read here."""

    def __init__(self, root: _Element) -> None:
        self._root = root
        self._prefix = root.tag[: root.tag.index("}") + 1]

    def bom(self) -> dict[str, Any]:
        root = self._root
        bom: dict[str, Any] = {
            "version": root.get("version", "1"),
            "serialNumber": root.get("serialNumber", ""),
            "components": [self._component(c) for c in self._all(root, "components", "component")],
            "services": [
                dict(s.attrib) for s in root.iter(f"{self._prefix}service") if "bom-ref" in s.attrib
            ],
            "dependencies": [self._dependency(d) for d in self._all(root, "dependencies", "dependency")],
            "compositions": [self._composition(c) for c in self._all(root, "compositions", "composition")],
            "vulnerabilities": list(self._all(root, "vulnerabilities", "vulnerability")),
        }
        if (metadata := root.find(f"{self._prefix}metadata")) is not None:
            bom["metadata"] = self._metadata(metadata)
        return bom

    def _metadata(self, raw: _Element) -> dict[str, Any]:
        tools = [self._texts(t) for t in self._all(raw, "tools", "tool")]
        for group, name in (("components", "component"), ("services", "service")):
            for holder in self._all(raw, "tools", group):
                tools.extend(self._texts(t) for t in holder.iterfind(self._prefix + name))
        metadata: dict[str, Any] = {
            "timestamp": self._text(raw, "timestamp"),
            "tools": tools,
            "manufacturer": self._party(raw, "manufacturer"),
        }
        if (component := raw.find(f"{self._prefix}component")) is not None:
            metadata["component"] = self._component(component)
        return metadata

    def _component(self, raw: _Element) -> dict[str, Any]:
        component = self._flat(raw)
        waiting = [(raw, component)]
        while waiting:
            element, done = waiting.pop()
            inner = [(c, self._flat(c)) for c in self._all(element, "components", "component")]
            done["components"] = [flat for _, flat in inner]
            waiting.extend(inner)
        return component

    def _flat(self, raw: _Element) -> dict[str, Any]:
        """A component without those inside it."""
        swid = raw.find(f"{self._prefix}swid")
        return {
            **self._texts(raw),
            "type": raw.get("type", ""),
            "bom-ref": raw.get("bom-ref", ""),
            "isExternal": raw.get("isExternal", "false") in ("true", "1"),
            "manufacturer": self._party(raw, "manufacturer"),
            "licenses": list(self._licences(raw)),
            "hashes": self._hashes(raw),
            "externalReferences": [
                {"type": r.get("type", ""), "url": self._text(r, "url"), "hashes": self._hashes(r)}
                for r in self._all(raw, "externalReferences", "reference")
            ],
            "properties": [
                {"name": p.get("name", ""), "value": (p.text or "").strip()}
                for p in self._all(raw, "properties", "property")
            ],
            "swid": {"tagId": swid.get("tagId", "")} if swid is not None else None,
        }

    def _licences(self, raw: _Element) -> Iterator[dict[str, Any]]:
        for one in self._all(raw, "licenses", "*"):
            role = {"acknowledgement": one.get("acknowledgement", "")}
            if one.tag == f"{self._prefix}expression":
                yield {"expression": (one.text or "").strip(), **role}
            elif one.tag == f"{self._prefix}expression-detailed":
                yield {"expression": one.get("expression", ""), **role}
            else:
                yield {"license": {**self._texts(one), **role}}

    def _party(self, raw: _Element, name: str) -> dict[str, Any]:
        party = raw.find(self._prefix + name)
        if party is None:
            return {}
        return {
            "url": [u.text or "" for u in party.iterfind(f"{self._prefix}url")],
            "contact": [self._texts(c) for c in party.iterfind(f"{self._prefix}contact")],
        }

    def _dependency(self, raw: _Element) -> dict[str, Any]:
        on = [d.get("ref", "") for d in raw.iterfind(f"{self._prefix}dependency")]
        return {"ref": raw.get("ref", ""), "dependsOn": on}

    def _composition(self, raw: _Element) -> dict[str, Any]:
        return {
            "aggregate": self._text(raw, "aggregate"),
            "assemblies": [a.get("ref", "") for a in self._all(raw, "assemblies", "assembly")],
            "dependencies": [d.get("ref", "") for d in self._all(raw, "dependencies", "dependency")],
            "vulnerabilities": list(self._all(raw, "vulnerabilities", "vulnerability")),
        }

    def _hashes(self, raw: _Element) -> list[dict[str, str]]:
        return [
            {"alg": h.get("alg", ""), "content": (h.text or "").strip()}
            for h in self._all(raw, "hashes", "hash")
        ]

    def _all(self, raw: _Element, group: str, name: str) -> Iterator[_Element]:
        found: Iterator[_Element] = raw.iterfind(f"{self._prefix}{group}/{self._prefix}{name}")
        return found

    def _text(self, raw: _Element, name: str) -> str:
        return (raw.findtext(self._prefix + name) or "").strip()

    def _texts(self, raw: _Element) -> dict[str, str]:
        """Children that are text alone, by their names."""
        return {
            child.tag.removeprefix(self._prefix): (child.text or "").strip()
            for child in raw
            if isinstance(child.tag, str) and not len(child)
        }
