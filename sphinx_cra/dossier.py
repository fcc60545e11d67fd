"""Dossier: the fifteen items of Annex VII, what each contains and what each lacks.

A point is present when its author claims a section for it and nothing of what the law wants there
is missing from ``cra.yaml`` and the trace; points that are computed need no section. Whether the
prose of a claimed section says enough is for a person to judge. What an authority expects of each
point, beyond the words of the law, is asked for only where a rule of ours cites it.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from sphinx_cra.annex_vii import COMPUTED, POINTS, PointId
from sphinx_cra.model import Dossier, Kind, Outcome, Point, Presence, State
from sphinx_cra.product import NONE, Extent, ProductClass
from sphinx_cra.words import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sphinx_cra.model import Item, Matrix, Row, Section, Verdict
    from sphinx_cra.product import Product
    from sphinx_cra.trace import Trace


_Lack = tuple[str, ...]
"""A sentence that says what is missing, and then each thing that it names, as a word or an id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """Everything that a point is judged by."""

    product: Product | None
    rows: Mapping[str, Row]
    trace: Trace
    verdicts: Mapping[str, Verdict]
    sections: Mapping[str, tuple[Section, ...]]
    lacking: Mapping[str, Sequence[_Lack]]

    def written(self, point: str) -> bool:
        """Whether the author claims a section for it that says something of its own."""
        return any(not (s.empty or s.filled or s.not_applicable) for s in self.sections.get(point, ()))

    def outcome(self, item: Item) -> Outcome:
        verdict = self.verdicts.get(item.id)
        return verdict.outcome if verdict else Outcome.UNCHECKED


def dossier(
    product: Product | None,
    matrices: Sequence[Matrix],
    trace: Trace,
    verdicts: Mapping[str, Verdict],
    sections: Sequence[Section],
    lacking: Mapping[str, Sequence[_Lack]] = MappingProxyType({}),
) -> Dossier:
    """What the technical file holds for each point.

    :param sections: what authors claim, in reading order.
    :param lacking: what rules of the Regulation miss, by point: sentences, each with what it names.
    """
    claimed: dict[str, tuple[Section, ...]] = {}
    for section in sections:
        claimed[section.point] = (*claimed.get(section.point, ()), section)
    rows = {r.clause.id: r for m in matrices for r in m.rows}
    facts = _Facts(
        product=product, rows=rows, trace=trace, verdicts=verdicts, sections=claimed, lacking=lacking
    )
    points: list[Point] = []
    for which in reversed(POINTS):  # the letters of a point before the point itself
        parts = [p for p in points if len(p.id) == 2 and p.id[0] == which.id]
        points.append(_point(which, facts, parts[::-1]))
    return Dossier(points=tuple(reversed(points)))


def _point(which: PointId, facts: _Facts, parts: Sequence[Point]) -> Point:
    sections = facts.sections.get(which.id, ())
    content = tuple(s for s in sections if not s.not_applicable)
    reasons = [s.not_applicable for s in sections if s.not_applicable]
    lacks: list[_Lack] = []
    presence = Presence.PRESENT
    if reasons and not content and which.id == "1c" and facts.product and facts.product.hardware:
        lacks.append(
            (
                "It is said not to apply, but cra.yaml states that the product is or contains hardware.",
                "photographs of the hardware",
            )
        )
        presence = Presence.MISSING
    elif reasons and not content:
        presence = Presence.NOT_APPLICABLE
    else:
        lacks += [(f"The claimed section {s.title} is empty.", "a section") for s in content if s.empty]
        if not content and which.id not in COMPUTED:
            lacks.append(("No section is claimed for it.", "a section"))
        lacks += _LACKS.get(which.id, _nothing)(facts)
        missing = [p for p in parts if p.presence is Presence.MISSING]
        if missing:
            numbers = [PointId(p.id, p.title).number for p in missing]
            lacks.append((f"Missing of it: {', '.join(numbers)}.", *numbers))
        if lacks:
            presence = Presence.MISSING
    return Point(
        id=which.id,
        clause=which.clause,
        printed=which.printed,
        title=which.title,
        presence=presence,
        reason=" ".join(reasons) if presence is Presence.NOT_APPLICABLE else "",
        lacks=tuple(sentence for sentence, *_ in lacks),
        causes=tuple(dict.fromkeys(c for _, *named in lacks for c in named)),
        sections=content,
        computed=which.id in COMPUTED,
    )


# --------------------------------------------------------------- what each point lacks


def _nothing(facts: _Facts) -> Iterator[_Lack]:
    yield from ()


def _general(facts: _Facts) -> Iterator[_Lack]:
    """Point 1: which product, of which class (R01)."""
    product = facts.product
    if product is None:
        yield ("There is no usable product file (cra.yaml).", "a product file")
        return
    if product.product_class is None:
        yield ("cra.yaml does not state the class of the product.", "the class")
    elif product.product_class is not ProductClass.DEFAULT and not product.category:
        yield (
            "cra.yaml does not name the category of Annex III or IV that the product is in.",
            "the category",
        )
    if not product.class_reason:
        yield ("cra.yaml gives no reasons for the class of the product.", "the reasons for the class")


def _purpose(facts: _Facts) -> Iterator[_Lack]:
    """Point 1(a), with the core functionality that the class rests on (R01)."""
    product = facts.product
    if product is None or not product.intended_purpose:
        yield ("cra.yaml does not state the intended purpose.", "the intended purpose")
    if product is None or not product.core_functionality:
        yield ("cra.yaml does not state the core functionality.", "the core functionality")


def _versions(facts: _Facts) -> Iterator[_Lack]:
    """Point 1(b)."""
    if facts.product is None or not facts.product.versions:
        yield ("cra.yaml lists no versions.", "versions")


def _user_information(facts: _Facts) -> Iterator[_Lack]:
    """Point 1(d): what Annex II asks for (R34, R46, R47, R48)."""
    yield from _ruled(facts, "1d")


def _declaration(facts: _Facts) -> Iterator[_Lack]:
    """Point 7: the declaration can be drawn up (``declaration.NEEDED``)."""
    yield from _ruled(facts, "7")


def _ruled(facts: _Facts, point: str) -> Iterator[_Lack]:
    """What rules miss of a point, where no section of the author's own holds it."""
    if facts.written(point):
        return
    if facts.product is None:
        yield ("There is no usable product file (cra.yaml), and no section is claimed for it.", "a section")
    yield from facts.lacking.get(point, ())


def _vulnerability_handling(facts: _Facts) -> Iterator[_Lack]:
    """Point 2(b): the SBOM, the disclosure policy, evidence of a contact address (R33, R51)."""
    contacts = facts.product.contacts if facts.product else None
    if contacts is None or not contacts.disclosure_policy:
        yield ("cra.yaml names no coordinated vulnerability disclosure policy.", "the disclosure policy")
    if contacts is None or not contacts.single_point_of_contact:
        yield ("cra.yaml names no contact address for vulnerability reports.", "the contact address")
    yield from _sbom(facts)


def _sbom(facts: _Facts) -> Iterator[_Lack]:
    found = sboms(facts.product, facts.trace)
    named = facts.product.sbom.evidence if facts.product else ""
    if named and all(i.id != named for i in found):
        yield (
            f"cra.yaml names {named} as the software bill of materials, and there is no such evidence.",
            named,
        )
    elif not found:
        yield ("No evidence of kind sbom is declared.", "the SBOM")
    for item in found:
        outcome = facts.outcome(item)
        if outcome not in (Outcome.VALID, Outcome.UNCHECKED):
            yield (f"The software bill of materials {item.id} is {outcome.value}.", item.id)


def sboms(product: Product | None, trace: Trace) -> tuple[Item, ...]:
    """The evidence that is a software bill of materials."""
    named = product.sbom.evidence if product else ""
    return tuple(i for i in trace.of_kind(Kind.EVIDENCE) if i.fields.get("kind") == "sbom" or i.id == named)


def _risk_assessment(facts: _Facts) -> Iterator[_Lack]:
    """Point 3, with what Article 13(3) wants in it (R17, R18, R22)."""
    risks = facts.trace.of_kind(Kind.RISK)
    if not risks:
        yield ("No risk is declared.", "any risk")
    untreated = [r.id for r in risks if not r.fields.get("treatment")]
    if untreated:
        yield (f"No treatment is stated for {listed(untreated)}.", *untreated)
    product = facts.product
    wanted = {
        "the intended purpose": bool(product and product.intended_purpose),
        "the reasonably foreseeable use": bool(product and product.foreseeable_use),
        "the conditions of use": bool(product and product.operating_environment),
        "the assets": bool(product and product.assets) or any(r.fields.get("asset") for r in risks),
        "the expected time in use": bool(product and product.expected_use_years),
    }
    absent = [name for name, there in wanted.items() if not there]
    if absent:
        yield (f"It does not state {listed(absent)} (cra.yaml).", *absent)
    undecided = [
        r.clause.printed
        for r in facts.rows.values()
        if r.clause.excludable
        and r.clause.id.startswith("CRA_ANX_I_")
        and r.state in (State.OPEN, State.SUPPORTED)
    ]
    if undecided:
        yield (f"Whether and how it applies is not shown for {listed(undecided, 13)}.", *undecided)


def _support_period(facts: _Facts) -> Iterator[_Lack]:
    """Point 4: what was taken into account (R38), and the end itself (R39)."""
    period = facts.product.support_period if facts.product else None
    if period is None or period.end is None:
        yield ("cra.yaml does not state the end of the support period.", "the end of the support period")
    considered = period.considerations if period else None
    wanted = {
        "user expectations": bool(considered and considered.user_expectations),
        "the nature and intended purpose of the product": bool(considered and considered.nature_and_purpose),
        "relevant Union law": bool(considered and considered.union_law),
    }
    absent = [name for name, there in wanted.items() if not there]
    if absent:
        yield (f"cra.yaml does not say how {listed(absent)} were taken into account.", *absent)


def _standards(facts: _Facts) -> Iterator[_Lack]:
    """Point 5: applied in full, in part (which parts) or not (which solution) (R24)."""
    standards = facts.product.standards if facts.product else ()
    if not standards:
        yield ("cra.yaml lists no standards, specifications or solutions.", "standards")
    for standard in standards:
        if standard.extent is None:
            yield (f"It is not stated how far {standard.id} is applied.", f"how far {standard.id} is applied")
        elif standard.extent is Extent.PARTIAL and not standard.parts:
            yield (
                f"It is not stated which parts of {standard.id} are applied.",
                f"which parts of {standard.id} are applied",
            )
        elif standard.extent is Extent.NONE and not standard.solution:
            yield (
                f"It is not stated which solution takes the place of {standard.id}.",
                f"which solution takes the place of {standard.id}",
            )
        if not standard.edition:
            yield (f"The edition of {standard.id} is not stated.", f"the edition of {standard.id}")


def _reports(facts: _Facts) -> Iterator[_Lack]:
    """Point 6: a report for every applicable point of Annex I (R23)."""
    evidence = facts.trace.of_kind(Kind.EVIDENCE)
    if not any(facts.outcome(e) is Outcome.VALID for e in evidence):
        yield ("No valid evidence is declared.", "valid evidence")
    unproven = [
        r.clause.printed
        for r in facts.rows.values()
        if r.clause.id.startswith("CRA_ANX_I_")
        and r.counted
        and r.state is not State.EXCLUDED
        and not any(facts.outcome(e) is Outcome.VALID for e in r.evidence)
    ]
    if unproven:
        yield (f"There is no valid report for {listed(unproven, 22)}.", *unproven)


_LACKS: Mapping[str, Callable[[_Facts], Iterator[_Lack]]] = {
    "1": _general,
    "1a": _purpose,
    "1b": _versions,
    "1d": _user_information,
    "2b": _vulnerability_handling,
    "3": _risk_assessment,
    "4": _support_period,
    "5": _standards,
    "6": _reports,
    "7": _declaration,
    "8": _sbom,
}


def remote_processing(product: Product) -> str:
    """What ``cra.yaml`` says of remote data processing, as a sentence."""
    said = product.remote_data_processing
    if not said:
        return "not stated"
    return "none, as the manufacturer states" if said == NONE else said
