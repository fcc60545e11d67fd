"""Clauses, items, verdicts and whole assessments by hand, in one line each."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from sphinx_cra import catalogue
from sphinx_cra.assessment import assess
from sphinx_cra.model import (
    Basis,
    Catalogue,
    Clause,
    ClauseMapping,
    Force,
    Item,
    Kind,
    Link,
    Outcome,
    Place,
    Relation,
    Section,
    Strength,
    Verdict,
)
from sphinx_cra.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sphinx_cra.assessment import Assessment
    from sphinx_cra.model import Row
    from sphinx_cra.product import Product
    from sphinx_cra.suspect import Reviews


def clause(clause_id: str, framework: str = "law", **more: object) -> Clause:
    """A duty that anybody may have, unless said otherwise."""
    known = {"printed": f"point {clause_id}", "title": f"Title of {clause_id}", **more}
    return Clause(id=clause_id, framework=framework, **known)  # type: ignore[arg-type]


def frame(*clauses: Clause, name: str = "law", prefix: str = "LAW_") -> Catalogue:
    """A catalogue of these clauses."""
    return Catalogue(id=name, title=name, short=name.upper(), edition="1", prefix=prefix, clauses=clauses)


LAW = frame(
    clause("LAW_A", excludable=True),
    clause("LAW_B", parent="LAW_H"),
    clause("LAW_H", force=Force.HEADING),
    clause("LAW_O", force=Force.OPTION),
    clause("LAW_I", addressees=("importer",)),
)
"""A may be excluded, B may not, H is a heading over B, O an option, I is not for the maker."""
STD = frame(clause("STD_1", "std"), clause("STD_2", "std"), name="std", prefix="STD_")
ISO = frame(clause("ISO_1", "iso"), name="iso", prefix="ISO_")


def relation(supported: str, by: str, strength: str = "partial", mapping: str = "m") -> Relation:
    return Relation(
        mapping=mapping,
        clause=supported,
        by=by,
        strength=Strength(strength),
        basis=Basis.EXPERT_JUDGEMENT,
    )


def mapping(
    *relations: Relation,
    of: str = "law",
    by: str = "std",
    remaining: Mapping[str, tuple[str, ...]] | None = None,
    overall: Mapping[str, str] | None = None,
    name: str = "m",
) -> ClauseMapping:
    return ClauseMapping(
        id=name,
        title=name,
        version="1",
        clauses_of=of,
        supported_by=(by,),
        relations=relations,
        remaining=remaining or {},
        overall=overall or {},
    )


def item(what: str, item_id: str, content: str = "", /, *, title: str = "", **said: str) -> Item:
    """An item; what names a link is a list of targets with spaces between, everything else a field."""
    links = {Link(k): tuple(v.split()) for k, v in said.items() if k in list(Link)}
    fields = {k: v for k, v in said.items() if k not in list(Link)}
    return Item(
        id=item_id,
        kind=Kind(what),
        type=what,
        title=title or f"Title of {item_id}",
        content=content,
        fields=MappingProxyType(fields),
        links=MappingProxyType(links),
        place=Place(source="index", line=len(item_id)),
    )


def requirement(item_id: str, **said: str) -> Item:
    return item("requirement", item_id, **said)


def control(item_id: str, **said: str) -> Item:
    return item("control", item_id, **said)


def evidence(item_id: str, **said: str) -> Item:
    return item("evidence", item_id, **{"kind": "file", **said})


def risk(item_id: str, **said: str) -> Item:
    return item("risk", item_id, **said)


def exclusion(item_id: str, reason: str = "It has no such interface.", **said: str) -> Item:
    return item("exclusion", item_id, reason, **said)


def verdict(outcome: str, reason: str = "as read") -> Verdict:
    return Verdict(outcome=Outcome(outcome), reason=reason)


def verdicts(**outcomes: str) -> dict[str, Verdict]:
    return {name: verdict(outcome, f"reason of {name}") for name, outcome in outcomes.items()}


def section(point: str, *, empty: bool = False, not_applicable: str = "", title: str = "") -> Section:
    return Section(
        point=point,
        docname=f"page{point}",
        anchor=f"at-{point}",
        title=title or f"Section for {point}",
        empty=empty,
        not_applicable=not_applicable,
        line=7,
    )


def trace(items: Iterable[Item], catalogues: Iterable[Catalogue] = (LAW, STD, ISO)) -> Trace:
    return Trace(items, clauses=catalogue.Clauses(catalogues))


def assessed(
    *items: Item,
    catalogues: tuple[Catalogue, ...] = (LAW, STD, ISO),
    mappings: tuple[ClauseMapping, ...] = (),
    product: Product | None = None,
    sections: Iterable[Section] = (),
    reviews: Reviews | None = None,
    **outcomes: str,
) -> Assessment:
    """The assessment of these items; keywords are the outcomes of pieces of evidence by id."""
    return assess(
        product=product,
        catalogues=catalogues,
        mappings=mappings,
        trace=trace(items, catalogues),
        verdicts=verdicts(**outcomes),
        sections=sections,
        reviews=reviews,
    )


def row(clause_id: str, *items: Item, mappings: tuple[ClauseMapping, ...] = (), **outcomes: str) -> Row:
    """The row of one clause."""
    return assessed(*items, mappings=mappings, **outcomes).rows[clause_id]


def cra() -> Catalogue:
    """The Regulation, as we ship it."""
    return catalogue.load("cra", root=Path())
