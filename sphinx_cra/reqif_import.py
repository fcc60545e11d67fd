"""Needs of a ReqIF file: what another tool of requirements, or an export of ours, holds.

Gives records shaped like those of ``needs.json``, or reST to go on writing in. A type of object or
relation that nobody named a kind or a link for is counted and not guessed at; what is computed in
every build (states, verdicts) is never taken over. Needs ``sphinx-cra[exchange]``.
"""

from __future__ import annotations

import io
import json
import re
import shlex
import stat
import unicodedata
import zipfile
import zlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.sax.handler import ContentHandler

from sphinx_cra.datafile import DataError, Fault
from sphinx_cra.evidence import EvidenceError, xmlfile
from sphinx_cra.model import Kind, Link
from sphinx_cra.render import reqif as names
from sphinx_cra.trace import FIELDS
from sphinx_cra.words import listed, told_by

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

MAX_BYTES = 128 * 1024 * 1024
SHORTEST = 5
"""Characters of an id, as sphinx-needs asks of them where a project sets no pattern of its own."""
MAX_DEPTH = 200
"""Of elements; those of a document of another tool nest a few dozen deep."""

_TITLES = (names.TITLE, "ReqIF.ChapterName", "Name", "Title", "Object Heading")
_BODIES = (names.BODY, "ReqIF.Description", "Description", "Object Text")
_IDS = (names.ID, "ID", "Identifier", "Object Identifier")
_TYPE = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_EXPLICIT = re.compile(r"^(\s*)(\.\.(?=\s|$)|__(?=\s))")
"""What begins a directive, a comment or a target of reST."""
_PICTURES = frozenset({"object", "img"})
_PLAIN = frozenset({"title", "content", "status"})
_BLOCKS = frozenset({"div", "p", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "ul", "ol", "table"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What a file held."""

    records: tuple[Mapping[str, Any], ...]
    """Shaped like those of ``needs.json``, in the order of the documents of the file."""
    title: str
    ours: bool
    """Whether the file says that it was written by us."""
    left: tuple[str, ...]
    """What is not in the records, one kind each with how many."""
    renamed: Mapping[str, str]
    """Id in the file -> the id that it became."""
    hints: tuple[str, ...] = ()
    """What could be done about it, a sentence each."""


def load(
    path: Path,
    *,
    source: str,
    kinds: Mapping[str, str] | None = None,
    links: Mapping[str, str] | None = None,
    attributes: Mapping[str, str] | None = None,
    prefix: str = "",
    keep_ids: bool = False,
    keep_markup: bool = False,
) -> Imported:
    """What a ReqIF file, or an archive with one, holds.

    :param source: how messages name the file.
    :param kinds: name of a type of object -> our kind; names of our kinds need no saying.
    :param links: name of a type of relation -> our link; names of our links need no saying.
    :param attributes: name of an attribute -> ``title``, ``content``, ``status`` or a field of ours.
    :param prefix: what stands before every id.
    :param keep_ids: whether ids stay as they are, whatever they hold.
    :param keep_markup: whether lines that begin a directive stay one. Otherwise they become text: a
        directive of somebody else's file can read files where it is built.
    :raises DataError: naming what is wrong.
    :raises ModuleNotFoundError: if the library is not installed; its text is one for people.
    """
    wrong = [
        f"{k!r} is no kind; it is one of {', '.join(Kind)}"
        for k in (kinds or {}).values()
        if k not in list(Kind)
    ]
    wrong += [
        f"{v!r} is no link; it is one of {', '.join(Link)}"
        for v in (links or {}).values()
        if v not in list(Link)
    ]
    if not re.fullmatch(r"[A-Za-z0-9_-]*", prefix):
        wrong.append(f"{prefix!r} cannot begin an id; letters, digits, _ and - can")
    fields = {*_PLAIN, *(f for known in FIELDS.values() for f in known)}
    wrong += [
        f"{v!r} is no field; it is title, content, status, or one of {', '.join(sorted(fields - _PLAIN))}"
        for v in (attributes or {}).values()
        if v not in fields
    ]
    if wrong:
        raise DataError(source, [Fault(message=w) for w in wrong])
    text, beside = _text(path, source)
    bundle = _bundle(text, source)
    reader = _Reader(
        bundle,
        source,
        {**{k.value: k.value for k in Kind}, **(kinds or {})},
        {**{v.value: v.value for v in Link}, **(links or {})},
        dict(attributes or {}),
        prefix,
        keep_ids,
        keep_markup,
    )
    if beside:
        reader.left["other files of the archive"] = beside
    return reader.imported()


def _text(path: Path, source: str) -> tuple[str, int]:
    """The text of the file, and how many other files are in its archive."""

    def refuse(message: str) -> DataError:
        return DataError(source, [Fault(message=message)])

    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise refuse("is no regular file")
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise refuse(f"cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if len(raw) > MAX_BYTES:
        raise refuse(f"is larger than the {MAX_BYTES // 1024 // 1024} MiB that are read")
    beside = 0
    if raw.startswith(b"PK"):
        raw, beside = _unpacked(raw, refuse)
    try:
        handler = _Depth()
        xmlfile.feed(xmlfile.parser(), raw, handler)
        if handler.root.rpartition(":")[2] != "REQ-IF":
            raise EvidenceError(f"its root is {handler.root[:40]!r}, where ReqIF has REQ-IF")
    except EvidenceError as error:
        raise refuse(f"is no ReqIF that can be read: {error.reason}") from error
    return _without_comments(raw, refuse), beside


def _unpacked(raw: bytes, refuse: Callable[[str], DataError]) -> tuple[bytes, int]:
    """The one .reqif of an archive, and how many files are beside it. Nothing is unpacked to a disk."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            files = [
                f for f in archive.infolist() if not f.is_dir() and not f.filename.startswith("__MACOSX/")
            ]
            found = [f for f in files if f.filename.lower().endswith(".reqif")]
            if len(found) != 1:
                raise refuse(f"is an archive with {len(found)} .reqif files; unpack it, and name one of them")
            with archive.open(found[0]) as stream:
                inner = stream.read(MAX_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        # RuntimeError is what the library raises for a password.
        raise refuse(f"is an archive that cannot be read: {told_by(error)}") from error
    if len(inner) > MAX_BYTES:
        raise refuse(f"holds a .reqif larger than the {MAX_BYTES // 1024 // 1024} MiB that are read")
    return inner, len(files) - 1


def _without_comments(raw: bytes, refuse: Callable[[str], DataError]) -> str:
    """The text of a file without comments, over which the library falls in the middle of XHTML."""
    try:
        from lxml import etree
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(names.MISSING, name=error.name) from error
    parser = etree.XMLParser(
        remove_comments=True, remove_pis=True, resolve_entities=False, no_network=True, load_dtd=False
    )
    try:
        root = etree.fromstring(raw, parser)
        for element in root.iter():
            if element.tag.endswith("-REF") and element.text:
                element.text = element.text.strip()  # as files with indented text have it
        return str(etree.tostring(root, encoding="unicode"))
    except (etree.LxmlError, ValueError) as error:
        raise refuse(f"is no ReqIF that can be read: {told_by(error)}") from error


class _Depth(ContentHandler):
    """Refuses what is nested so deep that the library would fall over it."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = 0
        self.root = ""

    def startElement(self, name: str, attrs: Any) -> None:
        self.root = self.root or name
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise EvidenceError(f"its elements are nested more than {MAX_DEPTH} deep")

    def endElement(self, name: str) -> None:
        self.depth -= 1


def _bundle(text: str, source: str) -> Any:
    try:
        from reqif.parser import ReqIFParser
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(names.MISSING, name=error.name) from error
    try:
        bundle = ReqIFParser.parse_from_string(text)
        if bundle.core_content is None or bundle.core_content.req_if_content is None:
            raise ValueError("it has no REQ-IF-CONTENT")
    except RecursionError as error:
        raise DataError(source, [Fault(message="is no ReqIF that can be read: nested too deep")]) from error
    except Exception as error:
        # The library meets what it does not expect with whatever Python raises: asserts, attributes of None.
        message = f"is no ReqIF that can be read: {told_by(error)}; let the tool that wrote it validate it"
        raise DataError(source, [Fault(message=message)]) from error
    return bundle


class _Reader:
    def __init__(
        self,
        bundle: Any,
        source: str,
        kinds: Mapping[str, str],
        links: Mapping[str, str],
        attributes: Mapping[str, str],
        prefix: str,
        keep_ids: bool,
        keep_markup: bool,
    ) -> None:
        header = bundle.req_if_header
        self.content = bundle.core_content.req_if_content
        self.source = source
        self.kinds = kinds
        self.links = links
        self.attributes = attributes
        self.prefix = prefix
        self.title = " ".join(str((header.title if header else "") or "").split())
        self.ours = names.is_ours(header.source_tool_id if header else None)
        self.keep_ids = keep_ids or self.ours
        self.keep_markup = keep_markup
        self.enums: dict[str, dict[str, str]] = {
            t.identifier: {v.identifier: v.long_name or v.key or v.identifier for v in t.values or ()}
            for t in self.content.data_types or ()
            if hasattr(t, "values_map")
        }
        self.left: Counter[str] = Counter()
        self.renamed: dict[str, str] = {}
        self.unnamed = ""
        if bundle.exceptions:
            self.left["broken relations"] = len(bundle.exceptions)

    def imported(self) -> Imported:
        types = {t.identifier: t for t in self.content.spec_types or ()}
        records: dict[str, dict[str, Any]] = {}
        ids: dict[str, str] = {}  # identifier of the object -> id of the need or clause
        twice: list[str] = []
        for found in self.content.spec_objects or ():
            kind_of = types.get(found.spec_object_type)
            name = (kind_of.long_name or kind_of.identifier) if kind_of else ""
            clause = self.ours and name == names.CLAUSE
            if name not in self.kinds and not clause:
                self.left[f"objects of type {name or 'unknown'!r}"] += 1
                self.unnamed = self.unnamed or name
                continue
            values = self._values(found, kind_of)
            need = self._id(found.identifier, values)
            ids[found.identifier] = need
            if clause:
                continue
            if need in records:
                twice.append(need)
            records[need] = self._record(need, Kind(self.kinds[name]), values)
        if twice:
            told = listed(sorted(set(twice)), limit=5)
            way_out = "mend them there" if self.keep_ids else "mend them there, or keep the ids (--keep-ids)"
            message = f"two objects would have one id: {told}; {way_out}"
            raise DataError(self.source, [Fault(message=message)])
        self._relate(records, ids, types)
        order = {ids[o]: n for n, o in enumerate(self._in_order()) if o in ids}
        return Imported(
            records=tuple(records[n] for n in sorted(records, key=lambda n: (order.get(n, len(order)), n))),
            title=self.title,
            ours=self.ours,
            left=tuple(f"{what} ({count})" for what, count in sorted(self.left.items())),
            renamed=dict(sorted(self.renamed.items())),
            hints=tuple(self._hints(records)),
        )

    def _in_order(self) -> list[str]:
        """Objects as the documents of the file have them, each once; that one is below another is lost."""
        found: dict[str, None] = {}
        below = [h for s in self.content.specifications or () for h in s.children or ()][::-1]
        while below:
            place = below.pop()
            found.setdefault(place.spec_object)
            children = place.children or ()
            if children:
                self.left["objects that others stand below"] += 1
            below += reversed(children)
        return list(found)

    def _hints(self, records: Mapping[str, Any]) -> Iterator[str]:
        if self.unnamed:
            yield f"say what a type is with --type {shlex.quote(f'{self.unnamed}=requirement')}"
        if short := [n for n in records if len(n) < SHORTEST]:
            some = listed(sorted(short), limit=5)
            yield f"sphinx-needs wants {SHORTEST} characters of an id; --prefix SYS_ lengthens {some}"

    def _values(self, found: Any, kind: Any) -> dict[str, str]:
        """The values of an object by the names of their attributes, as text."""
        definitions = kind.attribute_map if kind is not None and hasattr(kind, "attribute_map") else {}
        values: dict[str, str] = {}
        for attribute in found.attributes:
            definition = definitions.get(attribute.definition_ref)
            name = (definition.long_name or definition.identifier) if definition else attribute.definition_ref
            if attribute.attribute_type.name == "XHTML":
                node = attribute.xml_node.find("THE-VALUE")
                values[name] = _lines(node) if node is not None else ""
                if pictures := sum(1 for e in (() if node is None else node.iter()) if _tag(e) in _PICTURES):
                    self.left["pictures and files in texts"] += pictures
            elif isinstance(attribute.value, list):
                values[name] = ", ".join(self._enum(definition, v) for v in attribute.value)
            else:
                values[name] = str(attribute.value)
        return values

    def _enum(self, definition: Any, value: str) -> str:
        """What people read for a value of an enumeration."""
        known = self.enums.get(definition.datatype_definition, {}) if definition is not None else {}
        return str(known.get(value, value))

    def _id(self, identifier: str, values: Mapping[str, str]) -> str:
        stated = next((values[n] for n in _IDS if values.get(n, "").strip()), identifier)
        stated = " ".join(stated.split())
        if self.keep_ids:
            return self.prefix + stated
        spelled = self.prefix + re.sub(r"[^A-Z0-9_]", "_", stated.upper())
        if spelled != stated:
            self.renamed[stated] = spelled
        return spelled

    def _record(self, need: str, kind: Kind, values: Mapping[str, str]) -> dict[str, Any]:
        said = {self.attributes[n]: v for n, v in values.items() if n in self.attributes and v.strip()}
        title = said.get("title") or next((values[n] for n in _TITLES if values.get(n, "").strip()), "")
        body = said.get("content") or next((values[n] for n in _BODIES if values.get(n, "").strip()), "")
        own = values.get(names.TYPE, "")
        record: dict[str, Any] = {
            "id": need,
            "type": own if self.ours and _TYPE.fullmatch(own) else kind.value,
            "title": " ".join(title.split()) or need,
            "content": self._harmless(body),
        }
        stated = values.get(names.STATUS if self.ours else "Status", "").strip()
        if status := said.get("status", stated):
            record["status"] = status
        record |= {n: v.strip() for n, v in said.items() if n in FIELDS[kind]}
        computed = {names.PLACE, names.OUTCOME, names.VERDICT}
        taken = {
            *_TITLES,
            *_BODIES,
            *_IDS,
            names.TYPE,
            names.STATUS,
            "Status",
            *(computed if self.ours else ()),
            *(n for n, field in self.attributes.items() if field in {*_PLAIN, *FIELDS[kind]}),
        }
        for name, value in values.items():
            if name in FIELDS[kind] and value.strip():
                record.setdefault(name, value.strip())
            elif name not in taken and value.strip():
                self.left[f"attribute {name!r} of {kind.value} objects"] += 1
        return record

    def _harmless(self, body: str) -> str:
        """The text with what would begin a directive made into text."""
        if self.keep_markup:
            return body
        lines = [_EXPLICIT.sub(r"\1\\\2", line) for line in body.split("\n")]
        changed = sum(1 for new, old in zip(lines, body.split("\n"), strict=True) if new != old)
        if changed:
            self.left["lines that would begin a directive; they are text now (--keep-markup)"] += changed
        return "\n".join(lines)

    def _relate(
        self, records: dict[str, dict[str, Any]], ids: Mapping[str, str], types: Mapping[str, Any]
    ) -> None:
        for relation in self.content.spec_relations or ():
            kind = types.get(relation.relation_type_ref)
            name = (kind.long_name or kind.identifier) if kind else ""
            record = records.get(ids.get(relation.source, ""))
            if name not in self.links:
                self.left[f"relations of type {name or 'unknown'!r}"] += 1
            elif record is None or relation.target not in ids:
                self.left[f"relations {name!r} from or to what is not in the records"] += 1
            else:
                targets = record.setdefault(self.links[name], [])
                if ids[relation.target] not in targets:
                    targets.append(ids[relation.target])


def _tag(element: Any) -> str:
    """The name of an element without its namespace; none of a comment."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _lines(node: Any) -> str:
    """The text of XHTML, with a line where a block or a break begins one; blanks stay."""
    parts: list[str] = []
    begun = False

    def add(text: str | None) -> None:
        nonlocal begun
        if text:
            parts.append(text)
            begun = begun or not text.isspace()

    def walk(element: Any) -> None:
        tag = _tag(element)
        if not tag:
            return
        outer = tag == "THE-VALUE"  # between it and the first block there are only blanks
        if tag == "br" or (tag in _BLOCKS and begun):
            parts.append("\n")
        if not outer or (element.text or "").strip():
            add(element.text)
        for child in element:
            walk(child)
            if not outer or (child.tail or "").strip():
                add(child.tail)

    walk(node)
    return "".join(parts).strip("\n")


# ----------------------------------------------------------------------------- writing


def needs_json(found: Imported, *, project: str = "") -> str:
    """The text of a ``needs.json`` that holds the records, as sphinx-needs reads one."""
    version = {"needs": {r["id"]: r for r in found.records}, "needs_amount": len(found.records)}
    data = {"current_version": "", "project": project or found.title, "versions": {"": version}}
    return json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def rst(found: Imported) -> str:
    """The records as reST, a directive each, for somebody to go on writing in."""
    title = found.title or "Imported needs"
    wide = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in title)
    parts = [f"{title}\n{'=' * max(wide, 3)}\n", *map(_directive, found.records)]
    return "\n".join(parts)


def _directive(record: Mapping[str, Any]) -> str:
    title = re.sub(r"^(?=:)", r"\\", record["title"])  # a colon would begin an option
    head = [f".. {record['type']}:: {title}", f"   :id: {record['id']}"]
    for name, value in record.items():
        if name in ("id", "type", "title", "content"):
            continue
        shown = ", ".join(value) if isinstance(value, list) else " ".join(str(value).split())
        head.append(f"   :{name}: {shown}")
    body = [f"   {part}".rstrip() for part in record["content"].split("\n")] if record["content"] else []
    return "\n".join([*head, "", *body, ""] if body else [*head, ""])


def said(found: Imported) -> Iterator[str]:
    """What became of the file, in lines."""
    kinds: Sequence[tuple[str, int]] = sorted(Counter(str(r["type"]) for r in found.records).items())
    yield "needs: " + (", ".join(f"{n} {kind}" for kind, n in kinds) or "none")
    if found.renamed:
        some = listed([f"{old} is {new}" for old, new in list(found.renamed.items())[:5]], limit=5)
        yield f"ids spelled anew: {len(found.renamed)} ({some})"
    if found.left:
        yield "not carried over:"
        yield from (f"  {left}" for left in found.left)
    yield from (f"note: {hint}" for hint in found.hints)
