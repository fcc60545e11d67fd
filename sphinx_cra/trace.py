"""Trace: what the needs of a project say, as items and links in both directions.

Reads mappings shaped like the records of ``needs.json``, so that a live build and a file
written long ago are the same to it. Links that lead nowhere, or to something their verb does
not fit, are kept apart as ``Misfit`` and carry nothing; what to say of them is in ``rules``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sphinx_cra.model import Item, Kind, Link, Place
from sphinx_cra.words import a

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

FIELDS: Mapping[Kind, tuple[str, ...]] = MappingProxyType(
    {
        Kind.RISK: ("asset", "threat", "likelihood", "impact", "treatment", "residual"),
        Kind.REQUIREMENT: (),
        Kind.CONTROL: (),
        Kind.EVIDENCE: (
            "kind",
            "file",
            "url",
            "select",
            "date",
            "version",
            "result",
            "sha256",
            "threshold",
            "minimum",
            "valid_from",
            "valid_until",
            "commit",
            "artefact_sha256",
            "issuer",
            "number",
            "scope",
            "about",
            "lockfiles",
            "supported_by",
            "profile",
            "certifies",
            "level",
            "components",
        ),
        Kind.EXCLUSION: ("decided_by", "review_by"),
    }
)
"""Fields of each kind beside title, content and status, in the order they are shown."""


@dataclass(frozen=True, slots=True)
class Ends:
    """What a link may lead from and to."""

    sources: frozenset[Kind]
    targets: frozenset[Kind]
    clause: bool


def _ends(sources: str, targets: str) -> Ends:
    names = targets.split()
    return Ends(
        frozenset(map(Kind, sources.split())),
        frozenset(Kind(n) for n in names if n != "clause"),
        "clause" in names,
    )


ENDS: Mapping[Link, Ends] = MappingProxyType(
    {
        Link.CONCERNS: _ends("risk", "clause"),
        Link.SATISFIES: _ends("requirement control", "clause"),
        Link.MITIGATES: _ends("requirement control", "risk"),
        Link.IMPLEMENTS: _ends("control", "requirement"),
        Link.VERIFIES: _ends("evidence", "control requirement clause"),
        Link.EXCLUDES: _ends("exclusion", "clause"),
        Link.BECAUSE_OF: _ends("exclusion", "risk"),
    }
)


def links_of(kind: Kind) -> tuple[Link, ...]:
    """The links an item of this kind may have, in the order they are shown."""
    return tuple(link for link, ends in ENDS.items() if kind in ends.sources)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """How a need type of a project is read: as which kind, and under which names of its own."""

    kind: Kind
    fields: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Our field -> the project's field."""
    links: Mapping[str, tuple[Link, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """The project's link -> the links of ours it may stand for; the kind of a target decides."""
    backward: Mapping[str, Link] = field(default_factory=lambda: MappingProxyType({}))
    """The project's link -> the link of ours that it is, read from its other end."""
    guessed: frozenset[str] = frozenset()
    """Links that the project has not said are ours: they count where both ends fit, and say nothing else."""


OWN: Mapping[str, Adoption] = MappingProxyType({k.value: Adoption(kind=k) for k in Kind})
"""Our own need types."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """A link that carries nothing."""

    item: Item
    link: Link
    target: str
    found: Kind | None = None
    """Kind of the item at the other end; None where there is none, or it is a clause."""
    clause: bool = False
    """Whether the other end is a clause."""
    back: str = ""
    """The project's link, where it is read from its other end; ``target`` is then where ours should begin."""


class Trace:
    """Items by id, and the links between them and to clauses, in both directions."""

    def __init__(
        self,
        items: Iterable[Item],
        *,
        clauses: Container[str] = frozenset(),
        astray: Iterable[Misfit] = (),
    ) -> None:
        """Index ``items``; of two with one id the first stays (sphinx-needs reports the other).

        :param clauses: ids of all clauses of the loaded catalogues.
        :param astray: links that are read from their other end, and begin nowhere.
        """
        by_id: dict[str, Item] = {}
        for item in items:
            by_id.setdefault(item.id, item)
        self.items: Mapping[str, Item] = MappingProxyType({i: by_id[i] for i in sorted(by_id)})
        self._sources: dict[tuple[str, Link], list[Item]] = {}
        misfits: list[Misfit] = []
        for item in self.items.values():
            for link, targets in item.links.items():
                ends = ENDS[link]
                for target in dict.fromkeys(targets):
                    found = self.items.get(target)
                    kind = found.kind if found else None
                    clause = found is None and target in clauses
                    if item.kind in ends.sources and (kind in ends.targets or (clause and ends.clause)):
                        self._sources.setdefault((target, link), []).append(item)
                    else:
                        misfits.append(Misfit(item=item, link=link, target=target, found=kind, clause=clause))
        self.astray = tuple(astray)
        self.misfits = (*misfits, *self.astray)

    @classmethod
    def from_records(
        cls,
        records: Iterable[Mapping[str, Any]],
        *,
        adoptions: Mapping[str, Adoption] = OWN,
        clauses: Container[str] = frozenset(),
    ) -> Trace:
        """The trace of records shaped like those of ``needs.json``.

        :param adoptions: need type -> how it is read; other types are left out.
        :param clauses: ids of all clauses of the loaded catalogues.
        """
        first: dict[str, tuple[Mapping[str, Any], Adoption]] = {}
        for record in records:
            if record.get("type") in adoptions:
                first.setdefault(str(record["id"]), (record, adoptions[record["type"]]))
        chosen = list(first.values())
        kinds = {i: a.kind for i, (_, a) in first.items()}
        links: dict[str, dict[Link, dict[str, None]]] = {i: {} for i in kinds}
        nowhere: list[tuple[str, Link, str, str]] = []
        for record, adoption in chosen:
            own = links[str(record["id"])]
            for link in Link:
                for target in _targets(record, link):
                    own.setdefault(link, {})[target] = None
            for name, candidates in adoption.links.items():
                for target in _targets(record, name):
                    fit = _fitting(candidates, adoption.kind, kinds.get(target), target in clauses)
                    if fit is None and len(candidates) == 1 and name not in adoption.guessed:
                        fit = candidates[0]  # cannot mean anything else, and ``rules`` says what is wrong
                    if fit is not None:
                        own.setdefault(fit, {})[target] = None
            for name, link in adoption.backward.items():
                for source in _targets(record, name):
                    if source in links:
                        links[source].setdefault(link, {})[str(record["id"])] = None
                    elif name not in adoption.guessed:  # the common link leads to anything
                        nowhere.append((str(record["id"]), link, source, name))
        items = [
            Item(
                id=str(record["id"]),
                kind=adoption.kind,
                type=record["type"],
                title=str(record.get("title") or ""),
                content=str(record.get("content") or ""),
                status=record.get("status") or None,
                fields=_fields(record, adoption),
                links=MappingProxyType({k: tuple(v) for k, v in links[str(record["id"])].items()}),
                place=_place(record),
            )
            for record, adoption in chosen
        ]
        named = {i.id: i for i in items} if nowhere else {}
        astray = [Misfit(item=named[i], link=k, target=s, back=name) for i, k, s, name in nowhere]
        return cls(items, clauses=clauses, astray=astray)

    def of_kind(self, kind: Kind) -> tuple[Item, ...]:
        """All items of a kind, by id."""
        return self._by_kind.get(kind, ())

    @cached_property
    def _by_kind(self) -> Mapping[Kind, tuple[Item, ...]]:
        found: dict[Kind, list[Item]] = {}
        for item in self.items.values():
            found.setdefault(item.kind, []).append(item)
        return {kind: tuple(items) for kind, items in found.items()}

    def sources(self, target: str, link: Link) -> tuple[Item, ...]:
        """Items that link to ``target`` (a clause or an item), by id."""
        return tuple(self._sources.get((target, link), ()))


def _targets(record: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = record.get(name)
    if not value:
        return ()
    if isinstance(value, str):
        value = _CONDITION.sub("", value).replace(";", ",").split(",")
    # ``ID.part`` addresses a part of a need: for us the need is what carries. sphinx-needs checks the
    # condition of ``ID[condition]``.
    found = (str(v).partition("[")[0].partition(".")[0].strip() for v in value)
    return tuple(target for target in found if target)


_CONDITION = re.compile(r"\[.*?\]+", re.DOTALL)


def _fitting(candidates: tuple[Link, ...], kind: Kind, found: Kind | None, clause: bool) -> Link | None:
    """The first link that fits both ends; a link to what we have no word for is the project's own affair."""
    for link in candidates:
        ends = ENDS[link]
        if kind in ends.sources and (found in ends.targets or (clause and ends.clause)):
            return link
    return None


def _fields(record: Mapping[str, Any], adoption: Adoption) -> Mapping[str, str]:
    found = {}
    for name in FIELDS[adoption.kind]:
        value = record.get(adoption.fields.get(name, name))
        if isinstance(value, list):  # a link of the project's own with the name of our field
            continue
        if value is not None and (words := str(value).strip()):
            found[name] = words
    return MappingProxyType(found)


def _place(record: Mapping[str, Any]) -> Place | None:
    docname = record.get("docname")
    if not docname:
        return None
    line = record.get("lineno")
    return Place(source=str(docname), line=line if isinstance(line, int) else None)


def adoptions(types: Mapping[str, Any]) -> tuple[Mapping[str, Adoption], tuple[str, ...]]:
    """How the need types of a project are read, ours included, and what is wrong with ``types``.

    :param types: need type -> the kind it is to us, or a mapping with ``as`` (the kind), ``fields``
        (our field -> the project's), ``links`` (the project's link -> one or more of ours) and
        ``links_back`` (the project's link -> the link of ours that it is from its other end).
    """
    found: dict[str, Adoption] = dict(OWN)
    faults: list[str] = []
    for name, value in types.items():
        spec: Mapping[str, Any] = {"as": value} if isinstance(value, str) else value
        if not isinstance(spec, dict) or not _is_member(Kind, spec.get("as")):
            kinds = ", ".join(Kind)
            faults.append(f"{name!r} must name one of {kinds}, or a mapping whose 'as' does")
            continue
        kind = Kind(spec["as"])
        wrong = [f"unknown key {key!r}" for key in spec if key not in ("as", *_PARTS)]
        wrong += [
            f"{part!r} must be a mapping" for part in _PARTS if not isinstance(spec.get(part) or {}, dict)
        ]
        parts = {part: v if isinstance(v := spec.get(part), dict) else {} for part in _PARTS}
        # The common link type of sphinx-needs stands for whichever of ours fits its two ends.
        guess = "links" not in parts["links"]
        links = {"links": links_of(kind)} if guess else {}
        for own, ours in parts["links"].items():
            values = tuple(ours) if isinstance(ours, list | tuple) else (ours,)
            wrong += [f"unknown link {v!r}" for v in values if not _is_member(Link, v)]
            known = [Link(v) for v in values if _is_member(Link, v)]
            wrong += [f"{a(kind)} has no link {v.value!r}" for v in known if v not in links_of(kind)]
            links[str(own)] = tuple(v for v in known if v in links_of(kind))
        backward: dict[str, Link] = {}
        for own, ours in parts["links_back"].items():
            if not _is_member(Link, ours):
                wrong.append(f"unknown link {ours!r}")
            elif kind not in ENDS[Link(ours)].targets:
                wrong.append(f"{ours!r} does not lead to {a(kind)}")
            else:
                backward[str(own)] = Link(ours)
        fields = {str(k): str(v) for k, v in parts["fields"].items()}
        wrong += [f"{a(kind)} has no field {f!r}" for f in fields if f not in FIELDS[kind]]
        faults += [f"{name!r}: {w}" for w in wrong]
        found[name] = Adoption(
            kind=kind,
            fields=fields,
            links=links,
            backward=backward,
            guessed=frozenset({"links"} if guess else ()),
        )
    return MappingProxyType(found), tuple(faults)


_PARTS = ("fields", "links", "links_back")


def _is_member(enum: type[Kind] | type[Link], value: object) -> bool:
    return value in list(enum)
