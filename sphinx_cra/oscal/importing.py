"""An OSCAL catalogue made into a catalogue file of ours, and what was not carried over.

Wording is left out unless it is asked for: whether it may be held and shown is a matter of its
licence, and ours is not to guess. Nothing is dropped silently: what is not carried over is counted
by kind, and two controls whose ids would become one are a fault.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from sphinx_cra import catalogue, datafile
from sphinx_cra.datafile import DataError
from sphinx_cra.oscal.yamlfile import dumped
from sphinx_cra.words import listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sphinx_cra.datafile import Fault, Route
    from sphinx_cra.model import Catalogue
    from sphinx_cra.oscal.reading import Document

_VERSION = re.compile(r"v?1\.(\d+)\.\d+(-.+)?")
_LAST_MINOR = 2
"""OSCAL 1.2 is the latest that was looked at."""
_SHORTEST, _LONGEST = 5, 100
"""Characters of an id; what is shorter is none to sphinx-needs."""
_ADDRESS = re.compile(r"https?://\S+")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_TO_TEXT = ("canonical", "alternate")
"""What a link to the text itself is called."""
_SUCCESSION = frozenset({"moved-to", "incorporated-into", "addressed-by"})
"""What a link from a withdrawn control to what became of it is called; NIST writes ``_`` as well."""
# Control characters have no place in our files; those that turn the direction of writing can make a
# line say something else than it shows.
_CONTROLS = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_INSERT = re.compile(r"\{\{\s*(?:insert:\s*)?(?:param,\s*|([a-z-]+),\s*)?([^\s{}]{1,200})\s*\}\}")
_MARKS = re.compile(r"(?<!\w)(\*\*|\*|`)(?=\S)(.{1,500}?)(?<=\S)\1(?!\w)")
_ANCHOR = re.compile(r"\[([^\[\]]{1,500})\]\([^()\s]{1,500}\)")
_BULLET = re.compile(r"(?m)^\s*(?:[-*+]|\d+\.)\s+")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+.!~\"'-])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the one who imports decides."""

    id: str
    prefix: str
    short: str = ""
    title: str = ""
    """Instead of the title in the file."""
    edition: str = ""
    """Instead of the version in the file, which may be that of the file and not of the framework."""
    prose: bool = False
    """Whether the publisher's wording becomes the summary: a decision about its licence."""
    ids: Literal["id", "label"] = "id"
    """From what our ids are made: the control's id, or what it is printed as."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Left:
    """Something of the file that the catalogue has not."""

    kind: str
    """``parts``, ``links``."""
    what: str
    """``guidance``, ``related``."""
    count: int

    def __str__(self) -> str:
        return f"{self.kind}: {self.what} ({self.count})" if self.what else f"{self.kind} ({self.count})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """A control that the publisher has withdrawn."""

    id: str
    printed: str
    now: tuple[str, ...]
    """Clauses that took it over, where the file names them."""

    def __str__(self) -> str:
        return f"{self.printed} ({self.id}): " + (
            f"now in {listed(self.now, limit=20)}" if self.now else "no successor is named"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What became of a file."""

    title: str
    edition: str
    oscal: str
    clauses: int
    enhancements: int
    """Of the clauses, those below another one."""
    groups: int
    withdrawn: tuple[Withdrawn, ...]
    left: tuple[Left, ...]
    notes: tuple[str, ...]
    """What the reader has to know, one sentence each."""

    def lines(self) -> Iterator[str]:
        """The report as text."""
        yield f"{self.title}, {self.edition} (OSCAL {self.oscal})"
        yield f"clauses: {self.clauses}, of them below another: {self.enhancements}; groups: {self.groups}"
        yield from (f"note: {note}" for note in self.notes)
        if self.left:
            yield "not carried over:"
            yield from (f"  {left}" for left in self.left)
        if self.withdrawn:
            yield f"withdrawn by the publisher, and left out: {len(self.withdrawn)}"
            yield from (f"  {control}" for control in self.withdrawn)

    def data(self) -> dict[str, Any]:
        """The report as plain data."""
        return {
            "format": "sphinx-cra OSCAL import",
            "title": self.title,
            "edition": self.edition,
            "oscal_version": self.oscal,
            "clauses": self.clauses,
            "enhancements": self.enhancements,
            "groups": self.groups,
            "notes": list(self.notes),
            "not_carried_over": [{"kind": x.kind, "what": x.what, "count": x.count} for x in self.left],
            "withdrawn": [{"id": w.id, "cite": w.printed, "now": list(w.now)} for w in self.withdrawn],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A catalogue file of ours, and how it came about."""

    text: str
    catalogue: Catalogue
    report: Report


def convert(document: Document, wanted: Wanted) -> Imported:
    """The catalogue file that an OSCAL catalogue becomes.

    :raises DataError: naming every fault of the OSCAL file.
    """
    return _Import(document, wanted).done()


@dataclass(slots=True, kw_only=True)
class _Control:
    """A control, and where it stands."""

    data: Mapping[str, Any]
    route: Route
    id: str
    """Its OSCAL id."""
    clause: str
    """Our id; empty where none can be made."""
    printed: str
    title: str
    group: str
    above: _Control | None
    withdrawn: bool
    replaces: list[str] = field(default_factory=list)

    @property
    def parent(self) -> _Control | None:
        """The nearest control above it that is still there."""
        above = self.above
        while above is not None and above.withdrawn:
            above = above.above
        return above


class _Import:
    def __init__(self, document: Document, wanted: Wanted) -> None:
        self.document = document
        self.wanted = wanted
        self.faults: list[Fault] = []
        self.left: Counter[tuple[str, str]] = Counter()
        self.notes: list[str] = []
        self.cleaned = 0
        self.unknown: set[str] = set()
        self.controls: list[_Control] = []
        self.groups: dict[str, tuple[str, Route]] = {}
        self.params: dict[str, Mapping[str, Any]] = {}
        self.owner: dict[str, _Control] = {}
        """Id of a control or of a part of it -> the control."""
        self.labelled: dict[str, _Control] = {}
        self.resources: dict[str, Mapping[str, Any]] = {}

    # ---------------------------------------------------------------- reading

    def note(self, message: str, route: Route) -> None:
        fault = self.document.fault(message, route)
        if len(self.faults) < datafile.MAX_FAULTS and fault not in self.faults:
            self.faults.append(fault)

    def rows(
        self, data: Mapping[str, Any], key: str, route: Route
    ) -> Iterator[tuple[Mapping[str, Any], Route]]:
        """The mappings that a key lists."""
        rows = data.get(key, [])
        if not isinstance(rows, list):
            self.note("is not a list", (*route, key))
            return
        for n, row in enumerate(rows):
            if isinstance(row, dict):
                yield row, (*route, key, n)
            else:
                self.note("is not a mapping", (*route, key, n))

    def text(self, value: Any) -> str:
        """A text on one line, with nothing in it that has no place in a file."""
        if isinstance(value, bool | int | float):
            value = str(value)
        if not isinstance(value, str):
            return ""
        plain, dropped = _CONTROLS.subn("", value)
        self.cleaned += dropped
        return " ".join(plain.split())

    def markup(self, value: Any) -> str:
        """A text of OSCAL without its marks, a parameter as its label."""
        if not isinstance(value, str):
            return self.text(value)
        filled = _INSERT.sub(lambda m: self.inserted(m[1] or "param", m[2], 0), value)
        filled = _ANCHOR.sub(r"\1", _BULLET.sub("", filled))
        return self.text(_ESCAPE.sub(r"\1", _MARKS.sub(r"\2", filled)))

    def inserted(self, kind: str, name: str, depth: int) -> str:
        param = self.params.get(name)
        if kind != "param" or param is None or depth > 5:
            self.unknown.add(name)
            return f"[{name}]"
        if label := self.text(param.get("label")):
            return f"[{label}]"
        select = param.get("select")
        choices = select.get("choice", []) if isinstance(select, dict) else []
        choices = choices if isinstance(choices, list) else [choices]
        texts = [c for c in choices if isinstance(c, str)]
        if len(texts) < len(choices):  # YAML takes a choice with a colon in it for a mapping
            self.unknown.add(name)
        shown = [
            _INSERT.sub(lambda m: self.inserted(m[1] or "param", m[2], depth + 1), c).strip() for c in texts
        ]
        return f"[{' / '.join(shown)}]" if shown else f"[{name}]"

    def prop(self, data: Mapping[str, Any], name: str, route: Route) -> str:
        """The plainest property of that name."""
        found = [
            (bool(p.get("class")), self.text(p.get("value")))
            for p, _ in self.rows(data, "props", route)
            if p.get("name") == name
        ]
        return min(found, key=lambda f: f[0])[1] if found else ""

    def index(self) -> None:
        catalog = self.document.data
        self.index_params(catalog, ())
        back = catalog.get("back-matter")
        for resource, _ in self.rows(back if isinstance(back, dict) else {}, "resources", ("back-matter",)):
            self.resources.setdefault(self.text(resource.get("uuid")), resource)
        self.walk(catalog, (), group="", titles=())

    def index_params(self, data: Mapping[str, Any], route: Route) -> None:
        for param, _ in self.rows(data, "params", route):
            self.params.setdefault(self.text(param.get("id")), param)

    def walk(self, data: Mapping[str, Any], route: Route, group: str, titles: tuple[str, ...]) -> None:
        for control, where in self.rows(data, "controls", route):
            self.control(control, where, group, None)
        for inner, where in self.rows(data, "groups", route):
            self.index_params(inner, where)
            title = self.text(inner.get("title"))
            if not title:
                self.note("a group needs a title", where)
            name = re.sub(r"\s+", "-", self.text(inner.get("id"))) or f"unnamed-{len(self.groups) + 1}"
            if name in self.groups:
                self.note(f"the group {name} is given twice", where)
            path = (*titles, title)
            self.groups.setdefault(name, (": ".join(path), where))
            self.count_rest(inner, where, "groups", ("id", "title", "controls", "groups"))
            self.walk(inner, where, name, path)

    def control(self, data: Mapping[str, Any], route: Route, group: str, above: _Control | None) -> None:
        oscal = self.text(data.get("id"))
        if not oscal:
            self.note("a control needs an id", route)
        self.index_params(data, route)
        title = self.text(data.get("title"))
        label = self.prop(data, "label", route)
        # A withdrawn control may have its number as title, and no label.
        printed = _cited(label, title) or (title if title and oscal.endswith(title) else oscal)
        based = printed if self.wanted.ids == "label" else oscal
        rest = re.sub(r"[^A-Z0-9]+", "_", based.upper()).strip("_")
        if oscal and not rest:
            self.note(f"no letter and no digit in {based[:40]!r} to make an id of", route)
        elif rest and not _SHORTEST <= len(self.wanted.prefix + rest) <= _LONGEST:
            clause = self.wanted.prefix + rest[:20]
            self.note(f"{clause}: an id has {_SHORTEST} to {_LONGEST} characters; take another prefix", route)
        control = _Control(
            data=data,
            route=route,
            id=oscal,
            clause=self.wanted.prefix + rest if rest else "",
            printed=printed,
            title=title,
            group=group,
            above=above,
            withdrawn=self.prop(data, "status", route).casefold() == "withdrawn",
        )
        if not title and not control.withdrawn:
            self.note(f"the control {oscal or '?'} needs a title", route)
        self.controls.append(control)
        self.owner.setdefault(oscal, control)
        self.labelled.setdefault(printed, control)
        self.own_parts(data, route, control)
        for inner, where in self.rows(data, "controls", route):
            self.control(inner, where, group, control)

    def own_parts(self, data: Mapping[str, Any], route: Route, control: _Control) -> None:
        for part, where in self.rows(data, "parts", route):
            if name := self.text(part.get("id")):
                self.owner.setdefault(name, control)
            self.own_parts(part, where, control)

    # ---------------------------------------------------------------- judging

    def check_ids(self) -> None:
        first: dict[str, _Control] = {}
        for control in self.controls:
            if not control.clause:
                continue
            other = first.setdefault(control.clause, control)
            if other is control:
                continue
            if other.id == control.id:
                self.note(f"the control {control.id} is given twice", control.route)
            else:
                other_way = "label" if self.wanted.ids == "id" else "id"
                self.note(
                    f"{other.id} and {control.id} would both become {control.clause}; try --ids {other_way}, "
                    "or give one of them another id in the file",
                    control.route,
                )

    def succession(self) -> list[Withdrawn]:
        found = []
        for control in self.controls:
            if control.withdrawn:
                now = self.successors(control, set())
                for clause in now:
                    if control.clause not in clause.replaces:
                        clause.replaces.append(control.clause)
                names = tuple(c.clause for c in now)
                found.append(Withdrawn(id=control.clause, printed=control.printed, now=names))
        return found

    def successors(self, control: _Control, seen: set[int]) -> list[_Control]:
        seen.add(id(control))
        found: dict[str, _Control] = {}
        for link, _ in self.rows(control.data, "links", control.route):
            if not _succeeds(link):
                continue
            name = self.text(link.get("href")).removeprefix("#")
            target = self.owner.get(name) or self.labelled.get(name)
            if target is None or id(target) in seen:
                continue
            further = self.successors(target, seen) if target.withdrawn else [target]
            found.update((c.clause, c) for c in further)
        return list(found.values())

    def version(self, metadata: Mapping[str, Any]) -> str:
        version = self.text(metadata.get("oscal-version"))
        match = _VERSION.fullmatch(version)
        if match is None:
            message = f"{version[:40]} is not read; 1.0 to 1.{_LAST_MINOR} are"
            if not version:
                message = "'oscal-version' is required here"
            self.note(message, ("metadata", "oscal-version") if version else ("metadata",))
        elif int(match[1]) > _LAST_MINOR:
            self.notes.append(f"written for OSCAL {version}, and read as 1.{_LAST_MINOR}")
        elif match[2]:
            self.notes.append(f"written for a draft of OSCAL ({version}), and read as what came of it")
        return version.removeprefix("v")

    # ---------------------------------------------------------------- counting

    def count_rest(self, data: Mapping[str, Any], route: Route, kind: str, known: tuple[str, ...]) -> None:
        """Count what of a group or of the catalogue is not carried over."""
        for key in data:
            if key not in known:
                value = data[key]
                self.left[f"{key} of {kind}", ""] += len(value) if isinstance(value, list) else 1

    def count(self, control: _Control) -> None:
        data, route = control.data, control.route
        for prop, _ in self.rows(data, "props", route):
            name = self.text(prop.get("name"))
            if name not in ("label", "status"):
                self.left["properties", name] += 1
        for link, _ in self.rows(data, "links", route):
            href, rel = self.text(link.get("href")), self.text(link.get("rel")) or "without rel"
            scheme = _SCHEME.match(href)
            if scheme and scheme[1].lower() not in ("http", "https"):
                self.left["links of another scheme", scheme[1].lower()[:20]] += 1
            elif not (control.withdrawn and _succeeds(link)) and not (
                rel in _TO_TEXT and self.address(link) is not None
            ):
                self.left["links", rel] += 1
        if params := sum(1 for _ in self.rows(data, "params", route)):
            self.left["parameters", ""] += params
        if data.get("class"):
            self.left["classes", self.text(data["class"])] += 1
        self.count_parts(data, route, carried=self.wanted.prose and not control.withdrawn)
        known = ("id", "title", "class", "params", "props", "links", "parts", "controls")
        self.count_rest(data, route, "controls", known)

    def count_parts(self, data: Mapping[str, Any], route: Route, *, carried: bool) -> None:
        for part, where in self.rows(data, "parts", route):
            name = self.text(part.get("name"))
            kept = carried and name in ("statement", "item")
            if not kept:
                self.left["parts", name] += 1
            self.left["properties of parts", ""] += sum(1 for _ in self.rows(part, "props", where))
            self.left["links of parts", ""] += sum(1 for _ in self.rows(part, "links", where))
            self.count_parts(part, where, carried=kept)

    # ---------------------------------------------------------------- writing

    def address(self, link: Mapping[str, Any]) -> str | None:
        """Where a link leads on the web, through the back matter where it is kept there."""
        href = self.text(link.get("href"))
        if href.startswith("#"):
            resource = self.resources.get(href[1:], {})
            rlinks = resource.get("rlinks")
            places = (
                [r.get("href") for r in rlinks if isinstance(r, dict)] if isinstance(rlinks, list) else []
            )
            return next((p for p in map(self.text, places) if _ADDRESS.fullmatch(p)), None)
        return href if _ADDRESS.fullmatch(href) else None

    def to_text(self, data: Mapping[str, Any], route: Route) -> str | None:
        links = [link for link, _ in self.rows(data, "links", route)]
        for rel in _TO_TEXT:
            for link in links:
                if link.get("rel") == rel and (address := self.address(link)):
                    return address
        return None

    def publisher(self, metadata: Mapping[str, Any]) -> str:
        where: Route = ("metadata",)
        names = {
            self.text(p.get("uuid")): self.text(p.get("name")) or self.text(p.get("short-name"))
            for p, _ in self.rows(metadata, "parties", where)
        }
        for role in ("publisher", "creator"):
            for said, _ in self.rows(metadata, "responsible-parties", where):
                uuids = said.get("party-uuids")
                if said.get("role-id") == role and isinstance(uuids, list):
                    found = [names[u] for u in uuids if isinstance(u, str) and names.get(u)]
                    if found:
                        return ", ".join(found)
        return next(filter(None, names.values()), "")

    def statement(self, data: Mapping[str, Any], route: Route, *, top: bool = True) -> Iterator[str]:
        for part, where in self.rows(data, "parts", route):
            if part.get("name") == "statement" if top else part.get("name") == "item":
                words = self.markup(part.get("prose"))
                label = "" if top else self.prop(part, "label", where)
                yield from filter(None, (f"{label} {words}".strip(),))
                yield from self.statement(part, where, top=False)

    def asks(self, control: _Control) -> bool:
        """Whether a control demands something itself, and does not only hold others."""
        if not any(True for _ in self.rows(control.data, "controls", control.route)):
            return True
        return any(p.get("name") == "statement" for p, _ in self.rows(control.data, "parts", control.route))

    def row(self, control: _Control) -> dict[str, Any]:
        row: dict[str, Any] = {
            "id": control.clause,
            "cite": control.printed,
            "title": self.markup(control.title),
        }
        if self.wanted.prose and (words := " ".join(self.statement(control.data, control.route))):
            row["summary"] = words
        if control.group:
            row["group"] = control.group
        if control.parent is not None:
            row["parent"] = control.parent.clause
        if not self.asks(control):
            row["force"] = "heading"
        if address := self.to_text(control.data, control.route):
            row["url"] = address
        if control.replaces:
            row["replaces"] = list(control.replaces)
        return row

    def done(self) -> Imported:
        catalog = self.document.data
        metadata = catalog.get("metadata")
        if not isinstance(metadata, dict):
            self.note("'metadata' is required here", ())
            metadata = {}
        wanted = self.wanted
        oscal = self.version(metadata)
        title = wanted.title or self.text(metadata.get("title"))
        edition = wanted.edition or self.text(metadata.get("version"))
        for key, value in (("title", title), ("version", edition)):
            if not value:
                self.note(f"{key!r} is required here", ("metadata",))
        self.index()
        self.check_ids()
        withdrawn = self.succession()
        kept = [c for c in self.controls if not c.withdrawn]
        if not kept and not self.faults:
            self.note("holds no control that is not withdrawn", ())
        if self.faults:
            raise DataError(self.document.source, self.faults)
        rows = [self.row(c) for c in kept]
        for control in self.controls:
            self.count(control)
        self.count_rest(
            catalog, (), "the catalogue", ("uuid", "metadata", "controls", "groups", "back-matter")
        )
        self.left["resources of the back matter", ""] += len(self.resources)
        read = (
            "title",
            "version",
            "oscal-version",
            "last-modified",
            "parties",
            "responsible-parties",
            "links",
        )
        self.count_rest(metadata, ("metadata",), "the metadata", read)
        used = {c.group for c in kept}
        groups = [{"id": g, "title": self.markup(t)} for g, (t, _) in self.groups.items() if g in used]
        self.say(kept, rows)
        report = Report(
            title=self.markup(title),
            edition=edition,
            oscal=oscal,
            clauses=len(rows),
            enhancements=sum("parent" in r for r in rows),
            groups=len(groups),
            withdrawn=tuple(withdrawn),
            left=tuple(sorted(Left(kind=k, what=w, count=n) for (k, w), n in self.left.items() if n)),
            notes=tuple(self.notes),
        )
        data = {
            "catalogue": self.head(metadata, report),
            "provenance": self.provenance(metadata, report),
            **({"groups": groups} if groups else {}),
            "clauses": rows,
        }
        text = _HEAD + dumped(data)
        return Imported(text=text, catalogue=catalogue.parse(text, source=f"{wanted.id}.yaml"), report=report)

    def say(self, kept: list[_Control], rows: list[dict[str, Any]]) -> None:
        if not self.wanted.prose:
            self.notes.append("the wording was left out; --prose takes it over, where its licence lets you")
        if not self.wanted.edition:
            self.notes.append("the edition is the version of the file; --edition names the framework's own")
        if nameless := sum(c.title in (c.id, c.printed) for c in kept):
            self.notes.append(f"{nameless} clauses have no title but their number: the file gives them none")
        if self.wanted.ids == "label" and (bare := sum(c.printed == c.id for c in kept)):
            self.notes.append(f"{bare} controls have no label apart from their id")
        if self.unknown:
            names = listed(sorted(self.unknown))
            self.notes.append(f"parameters that the file does not explain stand as their id: {names}")
        if self.cleaned:
            self.notes.append(f"{self.cleaned} control characters were taken out")

    def head(self, metadata: Mapping[str, Any], report: Report) -> dict[str, Any]:
        wanted = self.wanted
        head = {
            "id": wanted.id,
            "title": report.title,
            "short": wanted.short or wanted.id,
            "edition": report.edition,
            "version": self.text(metadata.get("version")),
            "prefix": wanted.prefix,
            "publisher": self.publisher(metadata),
            "url": self.to_text(metadata, ("metadata",)),
            "note": "Imported from the publisher's OSCAL catalogue; nobody compared it with the publication.",
        }
        return {key: value for key, value in head.items() if value}

    def provenance(self, metadata: Mapping[str, Any], report: Report) -> dict[str, Any]:
        uuid = self.text(self.document.data.get("uuid"))
        facts = [
            f"OSCAL {report.oscal}",
            f"version {self.text(metadata.get('version')) or 'not stated'}",
            f"last modified {self.text(metadata.get('last-modified')) or 'not stated'}",
            *([f"uuid {uuid}"] if uuid else []),
        ]
        digest = hashlib.sha256(self.document.raw).hexdigest()
        said = {
            "text_from": f"OSCAL catalogue: {', '.join(facts)}",
            "licence": "Wording of the publisher is in the summaries; whoever imported it answers for that."
            if self.wanted.prose
            else "No wording was taken over; titles are the publisher's.",
            "sources": {"oscal": f"{self.document.source}, SHA-256 {digest}"},
            "ids": f"{self.wanted.prefix} and the control's {self.wanted.ids}, in capitals, all else as _",
            "not_included": [str(left) for left in report.left],
            "withdrawn": [str(control) for control in report.withdrawn],
            "changed": list(report.notes),
        }
        return {key: value for key, value in said.items() if value}


_HEAD = "# Written by `sphinx-cra catalogue import`. What was not carried over is under provenance.\n"


def _succeeds(link: Mapping[str, Any]) -> bool:
    rel = link.get("rel")
    return isinstance(rel, str) and rel.replace("_", "-") in _SUCCESSION


def _cited(label: str, title: str) -> str:
    """How a label cites its control: some publishers write the title into it, ``Title (AC-1)``."""
    start = f"{title} ("
    if title and label.startswith(start) and label.endswith(")"):
        return label[len(start) : -1].strip() or label
    return label
