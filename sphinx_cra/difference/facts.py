"""The facts for judging a substantial modification (Article 3(30)), and never the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sphinx_cra.difference.components import moves, sbom_files
from sphinx_cra.difference.model import Change, Direction, Fact, Topic, What, alike, at
from sphinx_cra.model import Kind, under
from sphinx_cra.words import listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sphinx_cra.difference.sides import Sides

_NO_PRODUCT = "one of the two has no cra.yaml"
_ASKED: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "Was it placed on the market, and since when?",
        "Articles 3(30) and 69(2)",
        ("market.first_unit", "versions", "modifications"),
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
        "Article 3(30), recital 42",
        ("hardware", "variants", "intended_for_integration"),
    ),
    (
        "Is other data processed at a distance, or are other services relied on?",
        "Article 3(2)",
        ("remote_data_processing", "remote_services"),
    ),
    ("Are there other assets to protect?", "Article 13(3)", ("assets",)),
    ("Is the class or category another?", "Articles 7 and 8", ("class", "category", "high_risk_ai")),
    (
        "Is the manufacturer another?",
        "Articles 21 and 22",
        ("manufacturer",),
    ),
    (
        "Does a third party assess conformity?",
        "recital 41",
        ("conformity.notified_body", "conformity.certification", "conformity.procedure"),
    ),
)


def facts(sides: Sides, changes: Sequence[Change]) -> Iterator[Fact]:
    """What bears on a substantial modification: facts, and never the answer."""
    product = [c for c in changes if c.topic is Topic.PRODUCT]
    known = sides.old.product is not None and sides.new.product is not None
    told = {"market.first_unit": _market, "conformity.notified_body": _third_party}
    for question, cite, routes in _ASKED:
        found = [str(c) for c in product if any(_below(c.id, r) for r in routes)]
        if routes[0] in told:
            found = [*told[routes[0]](sides), *found]
        yield Fact(question=question, cite=cite, found=tuple(found), unknown="" if known else _NO_PRODUCT)
    needs = [c for c in changes if c.topic in (Topic.NEEDS, Topic.EXCLUSIONS)]
    compared = sides.old.items is not None and sides.new.items is not None

    def of(question: str, cite: str, kinds: tuple[Kind, ...], *whats: What) -> Fact:
        found = [
            c
            for c in needs
            if sides.kind(c.id) in kinds and c.what in whats and (c.what is not What.RENAMED or c.note)
        ]
        return Fact(
            question=question,
            cite=cite,
            found=tuple(_in_short(found) if kinds == shown else (said for _, said in alike(found))),
            unknown="" if compared else "one of the two has no needs",
        )

    others = (What.CHANGED, What.RENAMED, What.LOST)
    risks, shown = (Kind.RISK,), (Kind.REQUIREMENT, Kind.CONTROL)
    yield of(
        "Are there risks that were not assessed before?",
        "Article 13(2) and (3), recitals 38 and 39",
        risks,
        What.ADDED,
    )
    yield of("Are risks valued or treated otherwise, or gone?", "Article 13(3), recital 39", risks, *others)
    yield of("Are requirements or controls gone or others?", "Annex I, Part I", shown, *others)
    yield of(
        "Are there new requirements or controls, as new functions have?", "recital 39", shown, What.ADDED
    )
    yield of("Does something no longer apply, or apply again?", "Article 13(4)", (Kind.EXCLUSION,), *What)
    rows = {**(sides.old.rows or {}), **(sides.new.rows or {})}
    part_one = {r.printed or r.id for r in rows.values() if under(r.id, "CRA_ANX_I_P1")}
    yield Fact(
        question="Do points of Annex I, Part I, stand otherwise?",
        cite="Article 3(30)",
        found=tuple(str(c) for c in changes if c.topic is Topic.CLAUSES and c.id in part_one),
        unknown="" if sides.old.rows and sides.new.rows else "one of the two has no clauses",
    )
    yield _built_in(sides, [c for c in changes if c.topic is Topic.COMPONENTS])
    speak = sides.old.has_vulnerabilities and sides.new.has_vulnerabilities
    for question, direction in (
        ("Are there vulnerabilities that were not there, or not open?", Direction.WORSE),
        (
            "Which vulnerabilities were settled, as security updates do?",
            Direction.BETTER,
        ),
    ):
        those = [c for c in changes if c.topic is Topic.VULNERABILITIES and c.direction is direction]
        yield Fact(
            question=question,
            cite="recital 39",
            found=tuple(sentence for _, sentence in alike(those)),
            unknown="" if speak else "one of the two does not say",
        )
    yield _architecture(sides)


_WORDS = {What.LOST: "gone", What.ADDED: "new", What.CHANGED: "changed", What.RENAMED: "renamed and changed"}


def _in_short(changes: Sequence[Change]) -> Iterator[str]:
    """Of what there are hundreds, how many and which; the changes say the rest of each."""
    for what, word in _WORDS.items():
        if ids := sorted(c.id for c in changes if c.what is what):
            yield f"{len(ids)} {word}: {listed(ids, 12)}"


def _below(route: str, block: str) -> bool:
    """Whether one of the two stands in the other."""
    one, other = sorted((route, block), key=len)
    return one == other or other.startswith((f"{one}.", f"{one}["))


_APPLIES = "2027-12-11"
"""What was placed on the market before is concerned only if it is substantially modified later."""


def _market(sides: Sides) -> Iterator[str]:
    """Only a change after the product was placed on the market can be one."""
    product = sides.new.product
    if product is None:
        return
    first = at(product, "market", "first_unit")
    if isinstance(first, str) and first:
        before = f", before {_APPLIES}" if first < _APPLIES else ""
        yield f"first unit placed on the market: {first}{before}"
    else:
        yield "cra.yaml states no first unit"
    for version in _records(product, "versions"):
        said = version.get("substantial_modification")
        if isinstance(said, bool):
            verb = "states" if said else "denies"
            yield f"the manufacturer {verb} that version {version.get('version')} is one"
    for change in _records(product, "modifications"):
        said = change.get("substantial")
        if isinstance(said, bool):
            verb = "states" if said else "denies"
            what = change.get("version") or change.get("date") or "?"
            why = change.get("reason") or "no reason is given"
            yield f"the manufacturer {verb} that the change of {what} is one: {why}"


def _records(product: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    value = product.get(key)
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []


def _third_party(sides: Sides) -> Iterator[str]:
    conformity = at(sides.new.product or {}, "conformity")
    if name := at(conformity, "notified_body", "name"):
        yield f"notified body: {name}"
    elif procedure := at(conformity, "procedure"):
        yield f"procedure: {procedure}, without a notified body"


def _built_in(sides: Sides, changes: Sequence[Change]) -> Fact:
    """Of several hundred components the numbers; the changes name each."""
    found = moves(sides)
    said = [str(c) for c in changes]
    if found:
        numbers = {
            "added": sum(not m.before for m in found),
            "gone": sum(not m.after for m in found),
            "in other versions": sum(bool(m.before and m.after and m.before != m.after) for m in found),
            "of them higher": sum(m.higher is True for m in found),
            "of them lower": sum(m.higher is False for m in found),
            "of another licence": sum(bool(m.licence) for m in found),
            "of another supplier": sum(bool(m.supplier) for m in found),
            "with other content under the same version": sum(bool(m.content) for m in found),
        }
        said = [", ".join(f"{number} {words}" for words, number in numbers.items() if number)]
    same = sbom_files(sides.old) == sbom_files(sides.new)
    return Fact(
        question="Are other components built in?",
        cite="Article 13(5)",
        found=tuple(said),
        unknown="" if found is not None or same else "the SBOMs were not read",
    )


def _architecture(sides: Sides) -> Fact:
    """New interfaces are described in text, so the texts that changed are named."""
    found: list[str] = []
    unknown = "one of the two does not say what stands in claimed sections"
    has = all(side.points and "2a" in side.points for side in (sides.old, sides.new))
    pairs = sides.sections("2a") if has else ()
    if has and all(s.text is not None for pair in pairs for s in pair[:2] if s is not None):
        unknown = ""
        for one, other, _ in pairs:
            section = other or one
            if section is not None and (one is None or other is None or one.text != other.text):
                verb = "new" if one is None else "gone" if other is None else "another text"
                found.append(f"{section.docname}, {section.title}: {verb}")
    return Fact(
        question="Are there new interfaces or data flows? The description of the architecture says it",
        cite="Annex VII, point 2(a)",
        found=tuple(sorted(found)),
        unknown=unknown,
    )
