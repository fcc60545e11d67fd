"""The facts for judging a substantial modification (Article 3(30)), and never the verdict."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sphinx_cra.difference.components import sbom_files
from sphinx_cra.difference.model import Change, Direction, Fact, Topic, What, at
from sphinx_cra.model import Kind, under

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sphinx_cra.difference.sides import Sides

_NO_PRODUCT = "one of the two has no cra.yaml"
_ASKED: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "Was it placed on the market, and since when?",
        "Article 3(30)",
        ("market.first_unit", "versions"),
    ),
    ("Is the intended purpose another?", "Article 3(30)", ("intended_purpose",)),
    (
        "Are functions, use or surroundings others than assessed?",
        "recital 39",
        (
            "core_functionality",
            "description",
            "foreseeable_use",
            "operating_environment",
            "expected_use_years",
        ),
    ),
    (
        "Is there other hardware, or other variants?",
        "Article 3(30)",
        ("hardware", "variants", "intended_for_integration"),
    ),
    (
        "Is other data processed at a distance, or are other services relied on?",
        "Article 3(2)",
        ("remote_data_processing", "remote_services"),
    ),
    ("Are there other assets to protect?", "Article 13(3)", ("assets",)),
    ("Is the class or category another?", "Articles 7 and 8", ("class", "category", "high_risk_ai")),
)


def facts(sides: Sides, changes: Sequence[Change]) -> Iterator[Fact]:
    """What bears on a substantial modification: facts, and never the answer."""
    product = [c for c in changes if c.topic is Topic.PRODUCT]
    known = sides.old.product is not None and sides.new.product is not None
    for number, (question, cite, routes) in enumerate(_ASKED):
        found = [str(c) for c in product if any(_below(c.id, r) for r in routes)]
        if number == 0:
            found = list(_market(sides)) + found
        yield Fact(question=question, cite=cite, found=tuple(found), unknown="" if known else _NO_PRODUCT)
    needs = sides.old.items is not None and sides.new.items is not None
    without = "" if needs else "one of the two has no needs"
    by_id = {c.id: c for c in changes if c.topic in (Topic.NEEDS, Topic.EXCLUSIONS)}

    def of(kinds: tuple[Kind, ...], *whats: What) -> tuple[str, ...]:
        return tuple(str(c) for c in by_id.values() if sides.kind(c.id) in kinds and c.what in whats)

    yield Fact(
        question="Are there risks that were not assessed before?",
        cite="Article 13(2) and (3), recital 39",
        found=of((Kind.RISK,), What.ADDED),
        unknown=without,
    )
    yield Fact(
        question="Are risks valued or treated otherwise, or gone?",
        cite="Article 13(3), recital 39",
        found=of((Kind.RISK,), What.CHANGED, What.RENAMED, What.LOST),
        unknown=without,
    )
    yield Fact(
        question="Are requirements or controls gone or others?",
        cite="Annex I, Part I",
        found=of((Kind.REQUIREMENT, Kind.CONTROL), What.LOST, What.CHANGED),
        unknown=without,
    )
    yield Fact(
        question="Does something no longer apply, or apply again?",
        cite="Article 13(4)",
        found=of((Kind.EXCLUSION,), *What),
        unknown=without,
    )
    rows = {**(sides.old.rows or {}), **(sides.new.rows or {})}
    part_one = {r.printed or r.id for r in rows.values() if under(r.id, "CRA_ANX_I_P1")}
    yield Fact(
        question="Do points of Annex I, Part I, stand otherwise?",
        cite="Article 3(30)",
        found=tuple(str(c) for c in changes if c.topic is Topic.CLAUSES and c.id in part_one),
        unknown="" if sides.old.rows and sides.new.rows else "one of the two has no clauses",
    )
    components = [c for c in changes if c.topic is Topic.COMPONENTS]
    read = all(i.versions is not None for i in sides.inventories)
    same = sbom_files(sides.old) == sbom_files(sides.new)
    whats = Counter(c.what for c in components)
    yield Fact(
        question="Are other components built in?",
        cite="Article 13(5)",
        found=(
            f"{whats[What.ADDED]} added, {whats[What.LOST]} gone, {whats[What.CHANGED]} in another version",
        )
        if components and read
        else tuple(map(str, components)),
        unknown="" if read or same else "the SBOMs were not read",
    )
    yield Fact(
        question="Were vulnerabilities mended, which alone is no such modification?",
        cite="recital 39",
        found=tuple(
            str(c) for c in changes if c.topic is Topic.VULNERABILITIES and c.direction is Direction.BETTER
        ),
        unknown="" if sides.old.has_vulnerabilities and sides.new.has_vulnerabilities else "one does not say",
    )
    yield from _architecture(sides)


def _below(route: str, block: str) -> bool:
    """Whether one of the two stands in the other."""
    one, other = sorted((route, block), key=len)
    return one == other or other.startswith((f"{one}.", f"{one}["))


def _market(sides: Sides) -> Iterator[str]:
    """Only a change after the product was placed on the market can be one."""
    product = sides.new.product
    if product is None:
        return
    first = at(product, "market", "first_unit")
    yield f"first unit placed on the market: {first}" if first else "cra.yaml states no first unit"
    versions = product.get("versions")
    for version in versions if isinstance(versions, list) else ():
        said = at(version, "substantial_modification")
        if isinstance(said, bool):
            verb = "states" if said else "denies"
            yield f"the manufacturer {verb} that version {at(version, 'version')} is one"


def _architecture(sides: Sides) -> Iterator[Fact]:
    """New interfaces are described in text, so the texts that changed are named."""
    found: list[str] = []
    unknown = "one of the two does not say what stands in claimed sections"
    was, now = (
        {(s.docname, s.anchor): s for s in side.points["2a"].sections}
        if side.points and "2a" in side.points
        else None
        for side in (sides.old, sides.new)
    )
    both = [] if was is None or now is None else [*was.values(), *now.values()]
    if was is not None and now is not None and all(s.text is not None for s in both):
        unknown = ""
        for place in sorted({*was, *now}):
            one, other = was.get(place), now.get(place)
            section = other or one
            if section is not None and (one is None or other is None or one.text != other.text):
                verb = "new" if one is None else "gone" if other is None else "another text"
                found.append(f"{section.docname}, {section.title}: {verb}")
    yield Fact(
        question="Are there new interfaces or data flows? The description of the architecture says it",
        cite="Annex VII, point 2(a)",
        found=tuple(found),
        unknown=unknown,
    )
