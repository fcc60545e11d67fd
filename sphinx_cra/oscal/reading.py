"""An OSCAL file in any of its three formats, as one shape: that of OSCAL's JSON.

Knows how the formats differ and which kinds of files OSCAL has, and nothing of what a catalogue
holds. A document type, an alias, a key that stands twice, and what is too deep or too large are refused.
"""

from __future__ import annotations

import stat
import xml.sax.handler
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from sphinx_cra import datafile
from sphinx_cra.datafile import DataError, DataFile, Fault
from sphinx_cra.evidence import EvidenceError, jsonfile, xmlfile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from sphinx_cra.datafile import Route

MAX_BYTES = 24 * 1024 * 1024
"""The largest catalogue that we know, SP 800-53 with its assessment procedures, has ten mebibytes."""
MAX_DEPTH = 100
_STEPS = 8
MAX_ELEMENTS = 1_000_000

NAMESPACE = "http://csrc.nist.gov/ns/oscal/1.0"

_MODELS = {
    "profile": "a profile: it selects controls from catalogues; resolve it, and import the catalogue "
    "that comes out",
    "component-definition": "a component definition: it says how products meet controls; import the "
    "catalogue that it names as its source",
    "system-security-plan": "a system security plan, no catalogue",
    "assessment-plan": "an assessment plan, no catalogue",
    "assessment-results": "assessment results, no catalogue",
    "plan-of-action-and-milestones": "a plan of action and milestones, no catalogue",
    "mapping-collection": "a collection of mappings between catalogues, no catalogue",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """An OSCAL catalogue as read."""

    source: str
    raw: bytes
    data: dict[str, Any]
    """The catalogue in the shape of OSCAL's JSON."""
    line: Callable[[Route], int | None]
    """Line of what stands at a route, where the format says it."""

    def fault(self, message: str, route: Route) -> Fault:
        """A fault at ``route``, of which a message shows the end."""
        shown: Route = ("catalog", *route)
        if len(shown) > _STEPS:
            shown = ("...", *shown[-_STEPS:])
        return Fault(message=message, line=self.line(route), route=shown)


def read(path: Path, *, source: str) -> Document:
    """The catalogue in a file.

    :param source: how messages name the file.
    :raises DataError: if it cannot be read, or is no OSCAL catalogue.
    """
    raw = _bytes(path, source)
    start = raw.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    try:
        if start == b"<" or raw.startswith((b"\xff\xfe<\0", b"\xfe\xff\0<")):
            tree = _xml(raw)
            ours = NAMESPACE in tree.namespaces
            if tree.tag != "catalog" or not ours:
                _refuse(source, tree.tag, known=ours and tree.tag in _MODELS)
            data = _catalog({"catalog": tree.value()}, source)
            return Document(source=source, raw=raw, data=data, line=_nearest(dict(tree.lines())))
        if start == b"{":
            data = _catalog(jsonfile.load(raw), source)
            return Document(source=source, raw=raw, data=data, line=lambda _: None)
    except EvidenceError as error:
        raise DataError(source, [Fault(message=error.reason)]) from error
    file = datafile.parse(datafile.text(path, source=source), source=source)
    found = _catalog(file.data, source)
    return Document(
        source=source,
        raw=raw,
        data=_as_text(found, ("catalog",), file),
        line=lambda route: file.line("catalog", *route),
    )


def _bytes(path: Path, source: str) -> bytes:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise DataError(source, [Fault(message="is no regular file")])
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        message = f"cannot be read: {getattr(error, 'strerror', None) or error}"
        raise DataError(source, [Fault(message=message)]) from error
    if len(raw) > MAX_BYTES:
        limit = MAX_BYTES // 1024 // 1024
        raise DataError(source, [Fault(message=f"is larger than the {limit} MiB that we read")])
    if not raw.strip():
        raise DataError(source, [Fault(message="is empty")])
    return raw


def _catalog(data: Any, source: str) -> dict[str, Any]:
    keys = [k for k in data if k != "$schema"] if isinstance(data, dict) else []
    if keys != ["catalog"]:
        known = next((k for k in keys if k in _MODELS), None)
        _refuse(source, known or (keys[0] if keys else ""), known=known is not None)
    found = data["catalog"]
    if not isinstance(found, dict):
        raise DataError(source, [Fault(message="catalog: is not a mapping")])
    return found


def _refuse(source: str, root: str, *, known: bool) -> NoReturn:
    if known:
        message = f"is {_MODELS[root]}"
    else:
        begins = f"; this file begins with {root[:40]!r}" if root else ""
        message = f"is no OSCAL catalogue: one holds 'catalog' and nothing beside it{begins}"
        if root == "catalog":
            message = f"is no OSCAL catalogue: its root is not in the namespace {NAMESPACE}"
    raise DataError(source, [Fault(message=message)])


def _as_text(value: Any, route: Route, file: DataFile) -> Any:
    """Numbers and truth values as they were written: all of OSCAL that we read is text."""
    match value:
        case dict():
            return {k: _as_text(v, (*route, k), file) for k, v in value.items()}
        case list():
            return [_as_text(v, (*route, n), file) for n, v in enumerate(value)]
        case None | str():
            return value
        case _:
            return file.shown(value, *route)


def _nearest(lines: Mapping[Route, int]) -> Callable[[Route], int | None]:
    def line(route: Route) -> int | None:
        return next((lines[route[:n]] for n in range(len(route), -1, -1) if route[:n] in lines), None)

    return line


# --------------------------------------------------------------------------- XML


_MANY = {
    "control": "controls",
    "group": "groups",
    "link": "links",
    "param": "params",
    "part": "parts",
    "party": "parties",
    "party-uuid": "party-uuids",
    "prop": "props",
    "resource": "resources",
    "responsible-party": "responsible-parties",
    "rlink": "rlinks",
    "role": "roles",
    "value": "values",
    "choice": "choice",
    "guideline": "guidelines",
    "constraint": "constraints",
}
"""Elements that OSCAL's JSON keeps in a list, and its key."""
_INLINE = frozenset(["a", "b", "br", "code", "em", "i", "img", "insert", "q", "strong", "sub", "sup"])
_BLOCK = frozenset(
    ["p", "ul", "ol", "li", "pre", "table", "tr", "td", "th", "thead", "tbody", "hr", "blockquote"]
    + [f"h{n}" for n in range(1, 7)]
)


class _Element:
    """An element, and how OSCAL's JSON says the same."""

    __slots__ = ("attributes", "children", "line", "namespaces", "tag")

    def __init__(self, tag: str, attributes: Mapping[str, str], line: int | None) -> None:
        self.tag = tag.rpartition(":")[2]
        self.namespaces = {v for k, v in attributes.items() if k == "xmlns" or k.startswith("xmlns:")}
        self.attributes = {k: v for k, v in attributes.items() if ":" not in k and k != "xmlns"}
        self.line = line
        self.children: list[_Element | str] = []

    def text(self) -> str:
        """The text with everything inside, a parameter as JSON writes it."""
        if self.tag == "insert":
            kind, name = self.attributes.get("type", "param"), self.attributes.get("id-ref", "")
            return f"{{{{ insert: {kind}, {name} }}}}"
        words = "".join(c if isinstance(c, str) else c.text() for c in self.children)
        return f"{words}\n" if self.tag in _BLOCK else words

    def value(self) -> Any:
        """The element in the shape of OSCAL's JSON."""
        if not self.attributes and all(isinstance(c, str) or c.tag in _INLINE for c in self.children):
            return " ".join(self.text().split())
        found: dict[str, Any] = dict(self.attributes)
        prose = []
        for key, child in self._parts():
            if key == "prose":
                prose.append(child.text())
            elif child.tag in _MANY:
                found.setdefault(key, []).append(child.value())
            else:
                found[key] = child.value()
        if prose:
            found["prose"] = "".join(prose)
        return found

    def lines(self, route: Route = ()) -> Iterator[tuple[Route, int]]:
        """Every route of the value, and its line."""
        if self.line is not None:
            yield route, self.line
        seen: dict[str, int] = {}
        for key, child in self._parts():
            if key == "prose":
                continue
            step: Route = (key,)
            if child.tag in _MANY:
                step = (key, seen.setdefault(key, 0))
                seen[key] += 1
            yield from child.lines((*route, *step))

    def _parts(self) -> Iterator[tuple[str, _Element]]:
        for child in self.children:
            if not isinstance(child, str):
                prose = child.tag in _BLOCK or child.tag in _INLINE
                yield ("prose" if prose else _MANY.get(child.tag, child.tag)), child


class _Handler(xml.sax.handler.ContentHandler):
    def __init__(self, parser: Any) -> None:
        super().__init__()
        self._parser = parser  # it has no locator where it is fed in one piece
        self.root: _Element | None = None
        self._open: list[_Element] = []
        self._count = 0

    def startElement(self, name: str, attrs: Any) -> None:
        self._count += 1
        if self._count > MAX_ELEMENTS:
            raise EvidenceError(f"it holds more than {MAX_ELEMENTS} elements")
        if len(self._open) >= MAX_DEPTH:
            raise EvidenceError(f"its elements are nested more than {MAX_DEPTH} deep")
        element = _Element(name, dict(attrs), self._parser.getLineNumber())
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def endElement(self, name: str) -> None:
        self._open.pop()

    def characters(self, content: str) -> None:
        if self._open:
            self._open[-1].children.append(content)


def _xml(raw: bytes) -> _Element:
    parser = xmlfile.parser()
    handler = _Handler(parser)
    xmlfile.feed(parser, raw, handler)
    if handler.root is None:
        raise EvidenceError("not XML: it has no root")
    return handler.root
