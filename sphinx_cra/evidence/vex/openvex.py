"""OpenVEX 0.2.0."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sphinx_cra.evidence import jsonfile
from sphinx_cra.evidence.reader import EvidenceError
from sphinx_cra.evidence.vex.model import Document, Part, Source, Statement, Status, parsed
from sphinx_cra.evidence.vex.shapes import FILLED, TEXT, WHEN, Shape, many, of, one_of, validator

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NAMESPACE = "https://openvex.dev/ns"
_CONTEXT = f"{NAMESPACE}/v0.2.0"

_HASHES = (
    "md5 sha1 sha-256 sha-384 sha-512 sha3-224 sha3-256 sha3-384 sha3-512 blake2s-256 blake2b-256 blake2b-512"
)
_JUSTIFICATIONS = (
    "component_not_present",
    "vulnerable_code_not_present",
    "vulnerable_code_not_in_execute_path",
    "vulnerable_code_cannot_be_controlled_by_adversary",
    "inline_mitigations_already_exist",
)
_STATUSES = ("not_affected", "affected", "fixed", "under_investigation")


def _component(**more: Shape) -> Shape:
    identifiers = of(closed=True, least=1, purl=TEXT, cpe22=TEXT, cpe23=TEXT)
    digests: dict[str, Shape] = dict.fromkeys(_HASHES.split(), TEXT)
    hashes = of(closed=True, **digests)
    shape = of(closed=True, identifiers=identifiers, hashes=hashes, **{"@id": TEXT}, **more)
    return shape | {"anyOf": [{"required": ["@id"]}, {"required": ["identifiers"]}]}


_STATEMENT = of(
    "vulnerability status",
    closed=True,
    version={"type": "integer", "minimum": 0},  # the text lets it default to zero, the schema begins at one
    vulnerability=of(
        "name", closed=True, name=FILLED, description=TEXT, aliases=many(TEXT, 0), **{"@id": TEXT}
    ),
    timestamp=WHEN,
    last_updated=WHEN,
    products=many(_component(subcomponents=many(_component(), 0)), 0),
    status=one_of(*_STATUSES),
    supplier=TEXT,
    status_notes=TEXT,
    justification=one_of(*_JUSTIFICATIONS),
    impact_statement=TEXT,
    action_statement=TEXT,
    action_statement_timestamp=WHEN,
    **{"@id": TEXT},
)
_DOCUMENT = validator(
    of(
        "@context @id author timestamp version statements",
        closed=True,
        author=FILLED,
        role=TEXT,
        timestamp=WHEN,
        last_updated=WHEN,
        version={"type": "integer", "minimum": 1},
        tooling=TEXT,
        statements=many(_STATEMENT, 0),  # none at all is void, which says more than a broken schema
        **{"@context": TEXT, "@id": FILLED},
    )
)


def read(data: Mapping[str, Any]) -> Document:
    """The statements of an OpenVEX document.

    :raises EvidenceError: if it is of another version, or not as the schema of this one says.
    """
    if data["@context"] != _CONTEXT:
        raise EvidenceError(f"its @context is {data['@context'][:80]!r}, and {_CONTEXT} is read")
    jsonfile.check(_DOCUMENT, data, "OpenVEX 0.2.0")
    source = Source(
        format="OpenVEX 0.2.0",
        id=data["@id"],
        author=data["author"],
        version=str(data["version"]),
        date=data.get("last_updated", data["timestamp"]),
        tool=data.get("tooling", ""),
    )
    found = tuple(s for item in data["statements"] for s in _statements(item, data["timestamp"], source))
    return Document(source=source, statements=found)


def _statements(item: Mapping[str, Any], issued: str, source: Source) -> Iterator[Statement]:
    """One for each product, or for each component of it that is named."""
    products = item.get("products") or [{}]
    for product in products:
        for component in product.get("subcomponents") or [None]:
            yield Statement(
                source=source,
                product=_part(product),
                component=_part(component) if component else None,
                vulnerability=item["vulnerability"]["name"],
                aliases=tuple(item["vulnerability"].get("aliases", ())),
                status=Status(item["status"]),
                justification=item.get("justification", ""),
                impact=item.get("impact_statement", "").strip(),
                action=item.get("action_statement", "").strip(),
                # When it was last known to be true: the document's date is for statements that have none.
                date=item.get("last_updated", item.get("timestamp", issued)),
                fault=_fault(item, product),
            )


def _fault(item: Mapping[str, Any], product: Mapping[str, Any]) -> str:
    if not product:
        return "it names no product"
    if (
        item["status"] == "not_affected"
        and not item.get("justification")
        and not item.get("impact_statement", "").strip()
    ):
        return "it says not affected without a justification or an impact statement"
    if item["status"] == "affected" and not item.get("action_statement", "").strip():
        return "it says affected without an action statement"
    return ""


def _part(component: Mapping[str, Any]) -> Part:
    identifiers = component.get("identifiers", {})
    iri = component.get("@id", "")
    purls = tuple(dict.fromkeys(p for p in (identifiers.get("purl", ""), iri) if p and parsed(p)))
    other = (iri, identifiers.get("purl", ""), identifiers.get("cpe23", ""), identifiers.get("cpe22", ""))
    hashes = (f"{name}:{digest}" for name, digest in sorted(component.get("hashes", {}).items()))
    ids = tuple(dict.fromkeys(i for i in (*other, *hashes) if i and i not in purls))
    package = parsed(purls[0]) if purls else None
    if package is not None:
        return Part(name=package.name, version=package.version or "", purls=purls, ids=ids)
    return Part(name=ids[0] if ids else "a product that is not named", ids=ids)
