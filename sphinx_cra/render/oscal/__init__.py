"""OSCAL of an assessment: a catalogue, a component definition and assessment results.

The three files name each other by the names under which they are written, so they belong into one
folder. Prose of OSCAL is Markdown; what authors wrote is escaped, so that no title becomes markup.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sphinx_cra.render import exchange
from sphinx_cra.render.exchange import filled, line, uid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sphinx_cra.render.exchange import Data

VERSION = "1.2.1"
"""Nothing is used that OSCAL 1.1 does not have; tools look at the number."""
CATALOG = "oscal-catalog.json"
COMPONENT = "oscal-component.json"

_MARKS = re.compile(r"([\\`*\[\]<>{}|~!#$^])|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_URL = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*://([^/?#\[\]@]*@)?(\[[0-9A-Fa-f:.]+\]|[^/?#\[\]@:]*)(:\d*)?(?=[/?#]|$)"
)
_SAFE = "/:?&=%@+,;()!$'*~"


def escaped(value: str) -> str:
    """Text as Markdown that shows it as it stands; ids keep their underscores."""
    return _MARKS.sub(lambda m: f"\\{m[0]}", value)


def words(value: object, otherwise: str = "not stated") -> str:
    """One line of Markdown."""
    return escaped(line(value, otherwise))


def prose(value: object, otherwise: str = "not stated") -> str:
    """Lines of Markdown."""
    return escaped(exchange.text(value).strip()) or otherwise


def token(value: str) -> str:
    """A name as OSCAL's ids and names of properties have to be."""
    found = re.sub(r"[^A-Za-z0-9._-]", "_", value)
    return found if found[:1].isalpha() or found[:1] == "_" else f"_{found}"


def props(given: Mapping[str, object], *, group: str = "") -> list[dict[str, str]]:
    """Properties of ours; those without a value are left out, lists become one each."""
    found = []
    for name, value in given.items():
        for single in value if isinstance(value, (list, tuple)) else [value]:
            if said := line(single, ""):
                prop = {"name": name, "ns": exchange.MARKER, "value": said}
                found.append({**prop, "class": token(group)} if group else prop)
    return found


def metadata(data: Data, title: str, moment: str) -> dict[str, Any]:
    """The metadata of a file of ours."""
    maker = exchange.manufacturer(data)
    party = uid("party", maker)
    return filled(
        {
            "title": words(title),
            "last-modified": moment,
            "version": exchange.product_release(data),
            "oscal-version": VERSION,
            "props": props(
                {"generator": data["generator"], "dated": "no" if moment == exchange.UNDATED else ""}
            ),
            "roles": [{"id": "manufacturer", "title": "Manufacturer"}] if maker else [],
            "parties": [{"uuid": party, "type": "organization", "name": maker}] if maker else [],
            "responsible-parties": [{"role-id": "manufacturer", "party-uuids": [party]}] if maker else [],
            "remarks": exchange.NOT_CLAIMED,
        }
    )


def written(kind: str, body: dict[str, Any]) -> str:
    """The text of a file; its UUID follows from everything else in it, as OSCAL wants."""
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    whole = {kind: {"uuid": uid(kind, digest), **body}}
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def resource(item: Mapping[str, Any], verdict: Mapping[str, Any] | None) -> dict[str, Any]:
    """A piece of evidence as a resource: where its artefacts are, with their digests."""
    artefacts = verdict["artefacts"] if verdict else []
    links: list[dict[str, Any]] = [
        {"href": address(a["path"]), "hashes": [{"algorithm": "SHA-256", "value": a["sha256"]}]}
        for a in artefacts
    ]
    if url := item["fields"].get("url"):
        links.append({"href": address(url)})
    return filled(
        {
            "uuid": uid("resource", item["id"]),
            "title": words(item["title"]),
            "props": props({"item": item["id"], "outcome": verdict["outcome"] if verdict else "unchecked"}),
            "rlinks": links,
        }
    )


def address(path: str) -> str:
    """A path or URL as a URI reference."""
    said = exchange.text(path)
    if not (found := _URL.match(said)):
        return quote(said, safe="/")
    rest, sign, fragment = said[found.end() :].partition("#")
    whole = (
        f"{quote(found[0], safe=_SAFE + '[]')}{quote(rest, safe=_SAFE)}{sign}{quote(fragment, safe=_SAFE)}"
    )
    return re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", whole)
