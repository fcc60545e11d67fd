"""Catalogues and mappings: files in, the nouns or one error naming every fault out.

Knows which files we ship and which a project may add, and what has to hold inside one file
(ids, parents, groups) and between several (equal ids, ends of relations). Decides nothing about
the project: what is covered by what is in ``coverage``.
"""

from __future__ import annotations

import difflib
import functools
import re
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path, PureWindowsPath
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

import yaml

from sphinx_cra import datafile
from sphinx_cra.datafile import DataError, DataFile, Fault
from sphinx_cra.model import (
    NOT_VERIFIED,
    Basis,
    Catalogue,
    Category,
    Clause,
    ClauseMapping,
    Force,
    Group,
    Place,
    Relation,
    Strength,
)
from sphinx_cra.words import is_path, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    T = TypeVar("T", Catalogue, ClauseMapping)

_HERE = Path(__file__).parent / "catalogues"
_SOURCE = "sphinx_cra/catalogues"
_MAPPING = "mapping-"


# --------------------------------------------------------------------------- which file


def names() -> tuple[str, ...]:
    """The catalogues we ship."""
    return tuple(sorted(p.stem for p in _HERE.glob("*.yaml") if not p.stem.startswith(_MAPPING)))


def mapping_names() -> tuple[str, ...]:
    """The mappings we ship."""
    return tuple(sorted(p.stem.removeprefix(_MAPPING) for p in _HERE.glob(f"{_MAPPING}*.yaml")))


def fitting_mappings(catalogues: Iterable[str]) -> tuple[str, ...]:
    """The mappings we ship that relate these catalogues: the supported one, and a supporting one at least.

    :param catalogues: ids of the loaded ones.
    """
    loaded = frozenset(catalogues)
    sides = ((name, *_sides(name)) for name in mapping_names())
    return tuple(name for name, of, by in sides if of in loaded and not loaded.isdisjoint(by))


@functools.cache
def _sides(name: str) -> tuple[str, tuple[str, ...]]:
    """What a mapping that we ship relates; reads no more than its head, as most are not asked for."""
    lines: list[str] = []
    with (_HERE / f"{_MAPPING}{name}.yaml").open(encoding="utf-8") as file:
        for line in file:
            if lines and not line.startswith((" ", "#", "\n")):
                break
            if lines or line.startswith("mapping:"):
                lines.append(line)
    head = yaml.safe_load("".join(lines))["mapping"]
    return head["clauses_of"], tuple(head["supported_by"])


def load(name: str, *, root: Path) -> Catalogue:
    """The catalogue of that name: one that we ship, or a file of the project.

    :param name: ``cra``, or a path relative to ``root``.
    :raises DataError: naming every fault with its line.
    """
    if is_path(name):
        return _catalogue(_read(name, root=root, schema="catalogue.schema.json"))
    return _known(name, names(), "catalogue", _shipped)


def load_mapping(name: str, *, root: Path) -> ClauseMapping:
    """The mapping of that name: one that we ship, or a file of the project.

    :param name: ``cra-iec62443``, or a path relative to ``root``.
    :raises DataError: naming every fault with its line.
    """
    if is_path(name):
        return _mapping(_read(name, root=root, schema="mapping.schema.json"))
    return _known(name, mapping_names(), "mapping", _shipped_mapping)


def parse(text: str, *, source: str) -> Catalogue:
    """A catalogue of anybody's, from the text of its file.

    :param source: how messages name the file.
    :raises DataError: naming every fault with its line.
    """
    file = datafile.parse(text, source=source)
    return _catalogue(_File(file, datafile.violations(file, "catalogue.schema.json")))


def parse_mapping(text: str, *, source: str) -> ClauseMapping:
    """A mapping of anybody's, from the text of its file; like :func:`parse`."""
    file = datafile.parse(text, source=source)
    return _mapping(_File(file, datafile.violations(file, "mapping.schema.json")))


def _known(name: str, known: tuple[str, ...], what: str, read: Callable[[str], T]) -> T:
    if name in known:
        return read(name)
    near = nearest(name, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"we ship {', '.join(known)}"
    message = f"no such {what}; {hint} (a file of the project is named with its ending, .yaml)"
    raise DataError(name, [Fault(message=message)])


# Tests hold what we ship to the schemas; validating it in every build would triple the time it takes.
@functools.cache
def _shipped(name: str) -> Catalogue:
    file = datafile.load(_HERE / f"{name}.yaml", source=f"{_SOURCE}/{name}.yaml")
    return _catalogue(_File(file, ()))


@functools.cache
def _shipped_mapping(name: str) -> ClauseMapping:
    name = f"{_MAPPING}{name}.yaml"
    return _mapping(_File(datafile.load(_HERE / name, source=f"{_SOURCE}/{name}"), ()))


def _read(name: str, *, root: Path, schema: str) -> _File:
    """A file of the project. Other people's files are none of a build's business."""
    path = Path(name)
    if path.is_absolute() or PureWindowsPath(name).drive:
        raise DataError(name, [Fault(message="must be a path relative to the project")])
    try:
        inside = (root / path).resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, a NUL
        raise DataError(name, [Fault(message=f"cannot be a path: {error}")]) from error
    if not inside:
        raise DataError(name, [Fault(message="leads out of the project")])
    file = datafile.load(root / path, source=path.as_posix())
    return _File(file, datafile.violations(file, schema))


class _File:
    """A file as read, with what is wrong in it so far.

    Its accessors give nothing where a value has not the shape it should, so that what can still
    be checked is checked although the schema has been violated.
    """

    def __init__(self, file: DataFile, faults: Iterable[Fault]) -> None:
        self.file = file
        self.faults = list(faults)

    def head(self, key: str) -> dict[str, Any]:
        data = self.file.data if isinstance(self.file.data, dict) else {}
        return data[key] if isinstance(data.get(key), dict) else {}

    def rows(self, key: str) -> Iterator[tuple[int, dict[str, Any]]]:
        data = self.file.data if isinstance(self.file.data, dict) else {}
        rows = data.get(key)
        for n, row in enumerate(rows if isinstance(rows, list) else ()):
            if isinstance(row, dict):
                yield n, row

    def place(self, *route: str | int) -> Place:
        return Place(source=self.file.source, line=self.file.line(*route))

    def note(self, message: str, *route: str | int) -> None:
        self.faults.append(self.file.fault(message, *route))

    def stop(self) -> None:
        """Go no further with a file that is broken."""
        if self.faults:
            raise DataError(self.file.source, self.faults)

    def check_sources(self, value: Any, *route: str | int) -> None:
        """Every key of a source that is named is explained, where the file explains any."""
        known = self.head("provenance").get("sources")
        if not isinstance(known, dict):
            return
        for key, where in _keys(value, route):
            if key not in known:
                near = nearest(key, known, n=1)
                hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(sorted(known))}"
                self.note(f"provenance.sources has no {key!r}; {hint}", *where)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _keys(value: Any, route: tuple[str | int, ...]) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    if isinstance(value, str):
        yield value, route
    for step, part in value.items() if isinstance(value, dict) else ():
        yield from _keys(part, (*route, step))
    for n, part in enumerate(value) if isinstance(value, list) else ():
        yield from _keys(part, (*route, n))


# --------------------------------------------------------------------------- catalogue


def _catalogue(read: _File) -> Catalogue:
    _check_clauses(read)
    read.stop()
    head = read.head("catalogue")
    base = head.get("base_url", "")
    return Catalogue(
        id=head["id"],
        title=head["title"],
        short=head["short"],
        edition=head["edition"],
        prefix=head["prefix"],
        publisher=head.get("publisher", ""),
        url=head.get("url"),
        note=head.get("note", ""),
        groups=tuple(Group(id=g["id"], title=g["title"]) for _, g in read.rows("groups")),
        clauses=tuple(
            Clause(
                id=c["id"],
                framework=head["id"],
                printed=c["cite"],
                title=c["title"],
                summary=c.get("summary", ""),
                group=c.get("group", ""),
                parent=c.get("parent"),
                force=Force(c.get("force", Force.DUTY)),
                addressees=tuple(c.get("addressees", ())),
                excludable=c.get("excludable", False),
                url=_url(c, base),
                applies_from=c.get("applies_from"),
                replaces=tuple(c.get("replaces", ())),
                verified=_verified(c),
                details=_details(c),
                place=read.place("clauses", n),
            )
            for n, c in read.rows("clauses")
        ),
        categories=tuple(
            Category(
                id=c["id"],
                printed=c["cite"],
                title=c["title"],
                product_class=c["class"],
                url=_url(c, base),
                details=_details(c),
            )
            for _, c in read.rows("categories")
        ),
        place=read.place("catalogue"),
    )


def _url(clause: Mapping[str, Any], base: str) -> str | None:
    url: str | None = clause.get("url")
    return base + url if url is not None and url.startswith("#") else url


def _verified(clause: Mapping[str, Any]) -> str | None:
    sources = clause.get("verified", ())
    if isinstance(sources, dict):
        how = "; ".join(f"{aspect}: {', '.join(keys)}" for aspect, keys in sources.items())
    else:
        how = ", ".join(sources)
    if "unverified" in clause:
        return "; ".join(filter(None, (f"{NOT_VERIFIED}: {clause['unverified'].rstrip('.')}", how)))
    return how or None


def _details(clause: Mapping[str, Any]) -> Mapping[str, str]:
    facts = clause.get("details", {})
    return MappingProxyType({k: ", ".join(v) if isinstance(v, list) else str(v) for k, v in facts.items()})


def _check_clauses(read: _File) -> None:
    """What has to hold inside a catalogue and no schema can say."""
    head = read.head("catalogue")
    prefix, base = _text(head.get("prefix")), _text(head.get("base_url"))
    groups = _first_lines(read, "groups")
    seen: dict[str, int | None] = {}
    parents: dict[str, str] = {}
    for kind in ("clauses", "categories"):
        for n, row in read.rows(kind):
            clause = _text(row.get("id"))
            if clause and not clause.startswith(prefix):
                read.note(f"{clause} does not begin with the catalogue's prefix {prefix}", kind, n, "id")
            if clause in seen:
                read.note(f"{clause} is given twice, first on line {seen[clause]}", kind, n, "id")
            elif clause:
                seen[clause] = read.file.line(kind, n, "id")
                parents[clause] = _text(row.get("parent"))
            group = _text(row.get("group"))
            if group and group not in groups:
                read.note(f"no group {group}; {_hint(group, groups)}", kind, n, "group")
            if _text(row.get("url")).startswith("#") and not base:
                read.note("a fragment needs catalogue.base_url to be appended to", kind, n, "url")
            read.check_sources(row.get("verified"), kind, n, "verified")
    for n, row in read.rows("clauses"):
        clause, parent = _text(row.get("id")), _text(row.get("parent"))
        if parent and parent not in seen:
            read.note(f"no clause {parent}; {_hint(parent, seen)}", "clauses", n, "parent")
        elif parent and clause in _ancestors(clause, parents):
            read.note(f"{clause} is its own ancestor", "clauses", n, "parent")
        for m, old in enumerate(_listed(row.get("replaces")) if "replaces" in row else ()):
            if old in seen:
                message = f"{old} cannot be replaced: it is in the file, on line {seen[old]}"
                read.note(message, "clauses", n, "replaces", m)


def _first_lines(read: _File, key: str) -> dict[str, int | None]:
    lines: dict[str, int | None] = {}
    for n, row in read.rows(key):
        name = _text(row.get("id"))
        if name in lines:
            read.note(f"{name} is given twice, first on line {lines[name]}", key, n, "id")
        elif name:
            lines[name] = read.file.line(key, n, "id")
    return lines


def _ancestors(clause: str, parents: Mapping[str, str]) -> set[str]:
    above: set[str] = set()
    while (clause := parents.get(clause, "")) and clause not in above:
        above.add(clause)
    return above


def _hint(name: str, known: Iterable[str]) -> str:
    near = nearest(name, known)
    return f"did you mean {' or '.join(near)}?" if near else "the file has none like it"


# --------------------------------------------------------------------------- mapping


def _mapping(read: _File) -> ClauseMapping:
    head = read.head("mapping")
    relations: list[Relation] = []
    places: dict[str, Place] = {}
    remaining: dict[str, tuple[str, ...]] = {}
    overall: dict[str, str] = {}
    for n, row in read.rows("rows"):
        for clause in _listed(row.get("clause")):
            if clause in places:
                message = f"{clause} has a row already, on line {places[clause].line}"
                read.note(message, "rows", n, "clause")
                continue
            places[clause] = read.place("rows", n)
            remaining[clause] = tuple(_listed(row.get("remaining_gap")))
            overall[clause] = _text(row.get("overall"))
            relations.extend(_relations(read, _text(head.get("id")), clause, n, row))
        _check_row(read, n, row)
    if _text(head.get("clauses_of")) in _listed(head.get("supported_by")):
        read.note("a catalogue does not support itself", "mapping", "supported_by")
    read.stop()
    return ClauseMapping(
        id=head["id"],
        title=head["title"],
        version=head["version"],
        clauses_of=head["clauses_of"],
        supported_by=tuple(head["supported_by"]),
        relations=tuple(relations),
        remaining=MappingProxyType(remaining),
        note=head.get("note", ""),
        overall=MappingProxyType(overall),
        sources=MappingProxyType(_sources(read)),
        places=MappingProxyType(places),
        place=read.place("mapping"),
    )


def _sources(read: _File) -> dict[str, str]:
    stated = read.head("provenance").get("sources")
    return {k: v for k, v in stated.items() if isinstance(v, str)} if isinstance(stated, dict) else {}


def _listed(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [v for v in values if isinstance(v, str)]


def _links(row: Mapping[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    links = row.get("links")
    for n, link in enumerate(links if isinstance(links, list) else ()):
        if isinstance(link, dict):
            yield n, link


def _check_row(read: _File, n: int, row: Mapping[str, Any]) -> None:
    seen: dict[str, int | None] = {}
    for m, link in _links(row):
        read.check_sources(link.get("source"), "rows", n, "links", m, "source")
        for by in _listed(link.get("by")):
            if by in seen:
                message = f"{by} is in the row already, on line {seen[by]}"
                read.note(message, "rows", n, "links", m, "by")
            seen[by] = read.file.line("rows", n, "links", m)


def _relations(read: _File, mapping: str, clause: str, n: int, row: Mapping[str, Any]) -> Iterator[Relation]:
    if read.faults:  # they will never be seen, and may not have the right shape
        return
    for m, link in _links(row):
        for k, by in enumerate(link["by"]):
            yield Relation(
                mapping=mapping,
                clause=clause,
                by=by,
                strength=Strength(link["strength"]),
                basis=Basis(link["basis"]),
                source=", ".join(_listed(link.get("source"))),
                rationale=link.get("rationale", ""),
                note=link.get("note", ""),
                place=read.place("rows", n, "links", m, "by", k),
            )


# --------------------------------------------------------------------------- overlay


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """Wording that a project holds a licence for."""

    framework: str
    """Id of the catalogue that it belongs to."""
    licence: str
    """What entitles the project to hold and show it."""
    wording: Mapping[str, str]
    """Clause -> wording."""
    titles: Mapping[str, str]
    """Clause -> title, where the project may show the original one."""
    places: Mapping[str, Place]
    """Clause -> where the file has it first."""
    place: Place
    """Its file."""


def load_overlay(name: str, *, root: Path) -> Overlay:
    """An overlay from a file of the project.

    :param name: a path relative to ``root``.
    :raises DataError: naming every fault with its line.
    """
    read = _read(name, root=root, schema="overlay.schema.json")
    read.stop()
    head, wording, titles = read.head("overlay"), read.head("wording"), read.head("titles")
    places = {i: read.place("titles", i) for i in titles} | {i: read.place("wording", i) for i in wording}
    return Overlay(
        framework=head["framework"],
        licence=head["licence"],
        wording=MappingProxyType(wording),
        titles=MappingProxyType(titles),
        places=MappingProxyType(places),
        place=read.place("overlay", "framework"),
    )


def laid_over(catalogue: Catalogue, overlay: Overlay) -> Catalogue:
    """The catalogue with the overlay's wording and titles, and its licence in the note.

    :raises DataError: naming every clause that the catalogue has not.
    """
    clauses = Clauses([catalogue])
    faults = [
        Fault(message=f"no clause {i} in {catalogue.id}{_near(clauses, i)}", line=place.line)
        for i, place in overlay.places.items()
        if i not in clauses
    ]
    if faults:
        raise DataError(overlay.place.source, faults)
    return replace(
        catalogue,
        note=" ".join(filter(None, (catalogue.note, f"Wording shown under: {overlay.licence}"))),
        clauses=tuple(
            replace(
                c,
                title=overlay.titles.get(c.id, c.title),
                wording=overlay.wording.get(c.id, c.wording),
            )
            if c.id in overlay.places
            else c
            for c in catalogue.clauses
        ),
    )


def overlaid(catalogues: Iterable[Catalogue], name: str, *, root: Path) -> tuple[Catalogue, ...]:
    """The catalogues, one of them with the wording of an overlay file of the project.

    :param name: a path relative to ``root``.
    :raises DataError: naming every fault with its line.
    """
    overlay = load_overlay(name, root=root)
    catalogues = tuple(catalogues)
    known = [c.id for c in catalogues]
    if overlay.framework not in known:
        near = nearest(overlay.framework, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"loaded are {', '.join(known) or 'none'}"
        message = f"no catalogue {overlay.framework!r} is loaded; {hint}"
        raise DataError(overlay.place.source, [Fault(message=message, line=overlay.place.line)])
    return tuple(laid_over(c, overlay) if c.id == overlay.framework else c for c in catalogues)


# --------------------------------------------------------------------------- several together


class CombineError(DataError):
    """Catalogues and mappings that do not fit each other, and what of them can be used still."""

    def __init__(
        self,
        source: str,
        faults: Iterable[Fault],
        catalogues: tuple[Catalogue, ...] = (),
        mappings: tuple[ClauseMapping, ...] = (),
    ) -> None:
        super().__init__(source, faults)
        self.catalogues = catalogues
        self.mappings = mappings

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.source, self.faults, self.catalogues, self.mappings)


def combine(
    catalogues: Iterable[Catalogue], mappings: Iterable[ClauseMapping]
) -> tuple[tuple[Catalogue, ...], tuple[ClauseMapping, ...]]:
    """Catalogues and mappings that fit each other.

    A mapping may name a shipped catalogue that is not loaded; what is about that one is left out.

    :raises CombineError: naming every misfit with its file and line, and holding what fits.
    """
    faults: list[Fault] = []
    usable = tuple(_distinct(catalogues, faults))
    clauses = Clauses(usable)
    fitting: dict[str, ClauseMapping] = {}
    for mapping in mappings:
        if mapping.id in fitting:
            where = fitting[mapping.id].place
            _misfit(faults, mapping.place, f"the mapping {mapping.id} is loaded already, from {where}")
            continue
        fitting[mapping.id] = _fitted(mapping, clauses, usable, faults)
    if faults:
        source = next(filter(None, (f.source for f in faults)), "")
        raise CombineError(source, faults, usable, tuple(fitting.values()))
    return usable, tuple(fitting.values())


def check(catalogues: Iterable[Catalogue], mappings: Iterable[ClauseMapping]) -> tuple[Fault, ...]:
    """Everything in which they do not fit each other, with file and line."""
    try:
        combine(catalogues, mappings)
    except CombineError as error:
        return error.faults
    return ()


def _misfit(faults: list[Fault], place: Place | None, message: str) -> None:
    faults.append(
        Fault(message=message, line=place.line if place else None, source=place.source if place else "")
    )


_LAW = "cra"
_LAWS = "CRA_"
"""What every id of the Regulation begins with; much is decided by it, so nobody else may have it."""


def _distinct(catalogues: Iterable[Catalogue], faults: list[Fault]) -> Iterator[Catalogue]:
    """The catalogues without those and their clauses that came before under the same id."""
    loaded: dict[str, Catalogue] = {}
    owner: dict[str, Clause] = {}
    for catalogue in catalogues:
        if (first := loaded.setdefault(catalogue.id, catalogue)) is not catalogue:
            _misfit(
                faults, catalogue.place, f"the catalogue {catalogue.id} is loaded already, from {first.place}"
            )
            continue
        if catalogue.id != _LAW and any(c.id.startswith(_LAWS) for c in catalogue.clauses):
            message = f"ids that begin with {_LAWS} are those of the Regulation; take another prefix"
            _misfit(faults, catalogue.place, message)
            kept = tuple(c for c in catalogue.clauses if not c.id.startswith(_LAWS))
            catalogue = replace(catalogue, clauses=kept)
        twice = [c for c in catalogue.clauses if c.id in owner]
        for clause in twice:
            other = owner[clause.id]
            where = other.place or other.framework
            _misfit(
                faults, clause.place, f"{clause.id} is in the catalogue {other.framework} too, at {where}"
            )
        if twice:
            gone = {c.id for c in twice}
            kept = tuple(c for c in catalogue.clauses if c.id not in gone)
            catalogue = replace(catalogue, clauses=kept)
        owner.update((c.id, c) for c in catalogue.clauses)
        yield catalogue


def _fitted(
    mapping: ClauseMapping, clauses: Clauses, catalogues: Sequence[Catalogue], faults: list[Fault]
) -> ClauseMapping:
    """The mapping without what leads to clauses that are not there."""
    loaded = {c.id for c in catalogues}
    for named in (mapping.clauses_of, *mapping.supported_by):
        if named not in loaded and named not in names():
            near = nearest(named, {*loaded, *names()}, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            _misfit(faults, mapping.place, f"no catalogue {named} is loaded{hint}")

    def fits(end: str, sides: Sequence[str], place: Place | None) -> bool:
        home = clauses.catalogue_of(end)
        if home is not None and home.id in sides:
            return True
        side = " or ".join(sides)
        if home is not None:
            _misfit(faults, place, f"{end} is a clause of {home.id}, where one of {side} is meant")
        elif loaded.issuperset(sides) or any(end.startswith(c.prefix) for c in catalogues if c.id in sides):
            _misfit(faults, place, f"no clause {end} in {side}{_near(clauses, end)}")
        return False  # without a fault where it may well be in a catalogue that is not loaded

    known = {c for c, place in mapping.places.items() if fits(c, (mapping.clauses_of,), place)}
    kept = tuple(
        r
        for r in mapping.relations
        if (r.clause in known or r.clause not in mapping.places) and fits(r.by, mapping.supported_by, r.place)
    )
    return replace(
        mapping,
        relations=kept,
        remaining=MappingProxyType({c: g for c, g in mapping.remaining.items() if c in known}),
        overall=MappingProxyType({c: o for c, o in mapping.overall.items() if c in known}),
    )


def _near(clauses: Clauses, name: str) -> str:
    near = clauses.nearest(name)
    return f"; did you mean {' or '.join(near)}?" if near else ""


# --------------------------------------------------------------------------- index


class Clauses:
    """The clauses of all loaded catalogues, by id; where two have an id, the first."""

    def __init__(self, catalogues: Iterable[Catalogue]) -> None:
        self.catalogues = tuple(catalogues)
        self._by_id: dict[str, Clause] = {}
        self._home: dict[str, Catalogue] = {}
        for catalogue in self.catalogues:
            for clause in catalogue.clauses:
                if clause.id not in self._by_id:
                    self._by_id[clause.id] = clause
                    self._home[clause.id] = catalogue
        self._near: dict[str, list[str]] = {}

    def __contains__(self, clause: object) -> bool:
        return clause in self._by_id

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_id)

    def __len__(self) -> int:
        return len(self._by_id)

    def get(self, clause: str) -> Clause | None:
        """The clause of that id."""
        return self._by_id.get(clause)

    def catalogue_of(self, clause: str) -> Catalogue | None:
        """The catalogue that the clause is in."""
        return self._home.get(clause)

    def children(self, clause: str) -> tuple[Clause, ...]:
        """The points of a clause, in the catalogue's order."""
        return self._children.get(clause, ())

    @functools.cached_property
    def _children(self) -> Mapping[str, tuple[Clause, ...]]:
        children: dict[str, list[Clause]] = defaultdict(list)
        for clause in self._by_id.values():
            if clause.parent is not None:
                children[clause.parent].append(clause)
        return {parent: tuple(points) for parent, points in children.items()}

    def replacing(self, name: str) -> tuple[str, ...]:
        """The clauses that say they took over an id which is none any more, in the catalogues' order."""
        return () if name in self._by_id else self._replacing.get(name, ())

    @functools.cached_property
    def _replacing(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, list[str]] = defaultdict(list)
        for clause in self._by_id.values():
            for old in clause.replaces:
                found[old].append(clause.id)
        return {old: tuple(new) for old, new in found.items()}

    def looks_like(self, name: str) -> bool:
        """Whether somebody who wrote this meant a clause, right or wrong."""
        meant = self.replacing(name) or self._meant(name) is not None
        return bool(meant) or _squeezed(name) in self._spellings

    def nearest(self, name: str) -> list[str]:
        """Ids that ``name`` is probably a slip of, best first; three at most.

        Case, separators, arabic for roman numerals and the printed form are understood and give
        the ids that they mean alone; an id that was replaced gives those that took it over.
        """
        if now := self.replacing(name):
            return list(now[:3])
        if name not in self._near:
            self._near[name] = self._search(name) if len(name) <= 100 else []
        return list(self._near[name])

    def _meant(self, name: str) -> Catalogue | None:
        spelled = re.sub(r"[^A-Z0-9]+", "_", name.upper())
        return next((c for c in self.catalogues if spelled.startswith(c.prefix)), None)

    @functools.cached_property
    def _spellings(self) -> Mapping[str, tuple[str, ...]]:
        """Spelling without case and separators -> the ids that it stands for."""
        spellings: dict[str, dict[str, None]] = defaultdict(dict)
        for clause in self._by_id.values():
            catalogue = self._home[clause.id]
            for spelling in (_squeezed(clause.id), *_spoken(clause.id), _squeezed(clause.printed)):
                spellings[spelling][clause.id] = None
            for short in _spoken(clause.id.removeprefix(catalogue.prefix)):
                spellings[short][clause.id] = None
        return {spelling: tuple(ids) for spelling, ids in spellings.items()}

    def _search(self, name: str) -> list[str]:
        for spelling in (_squeezed(name), *_spoken(name)):
            if spelling in self._spellings:
                return list(self._spellings[spelling][:3])
        catalogue = self._meant(name)
        prefix = catalogue.prefix if catalogue else ""
        # The prefix is the same for all of them, and would make everything look near.
        rest = {c.removeprefix(prefix): c for c in self._by_id if c.startswith(prefix)}
        spelled = re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_").removeprefix(prefix)
        found = difflib.get_close_matches(spelled, rest, n=3, cutoff=0.6 if catalogue else 0.75)
        return [rest[f] for f in found]


_ROMAN = {r: str(n) for n, r in enumerate(("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X"), 1)}
_WORDS = {"ANNEX": "ANX", "ARTICLE": "ART", "PART": "P", "CLASS": "C", "POINT": "", "PARAGRAPH": ""}


def _squeezed(name: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", name.upper())


def _spoken(name: str) -> tuple[str, ...]:
    """How a name may be spelled that says the same: numerals in arabic, and our words for the law's."""
    parts = re.findall(r"[A-Z]+|[0-9]+", name.upper())
    plain = [_WORDS.get(p, p) for p in parts]
    return (".".join(filter(None, (_ROMAN.get(p, p) for p in plain))),)
