"""The EU declaration of conformity (Art. 28, Annexes V and VI): whether it can be drawn up, and as what.

It is refused while what it has to say is missing or contradicts itself; it is a draft while the file
has open points or nobody has signed. The rules R53 to R62 decide that; nothing is decided here again.
Its words are in ``render.declaration``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sphinx_cra.gate import Standing as Accepted
from sphinx_cra.legal.rule import Outcome
from sphinx_cra.model import Presence, Severity
from sphinx_cra.product import Extent, Form, Procedure, StandardKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sphinx_cra.assessment import Assessment
    from sphinx_cra.gate import Judged
    from sphinx_cra.legal.rule import Ruling
    from sphinx_cra.model import Point, Row
    from sphinx_cra.product import NotifiedBody, OtherAct, Product, Standard

NEEDED = ("R08", "R09", "R47", "R53", "R54", "R56", "R57", "R58", "R59", "R61")
"""Rules whose answer *not met*, as an error, leaves nothing that could be declared."""
_ALL_OF_IT = "R53"
"""Has to be met: where it cannot be decided, a mandatory point is unknown."""
_REPEATED = {"R15": "points", "R55": "gaps"}
"""Rules that count what the lists of open points name one by one."""
_SIGNED = "R56"


class State(StrEnum):
    """What becomes of the declaration."""

    REFUSED = "refused"
    """Something that it has to say is missing or contradicts itself."""
    DRAFT = "draft"
    """It says everything, and points of the file are open or it is not signed."""
    SIGNED = "signed"
    """No point is open, and it is stated to be signed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Whether the declaration can be drawn up, and what still stands against it."""

    reasons: tuple[Ruling, ...] = ()
    """Rules for which it is refused."""
    gaps: tuple[Row, ...] = ()
    """Points of Annex I that are gaps."""
    points: tuple[Point, ...] = ()
    """Points of Annex VII that are missing."""
    rules: tuple[Ruling, ...] = ()
    """Rules of severity error that are not met or not decidable."""
    accepted: tuple[str, ...] = ()
    """Ids of what is open and was accepted, so that it keeps nothing a draft."""
    signed: bool = False
    product: bool = True
    """Whether there is a product file that can be used."""

    @property
    def state(self) -> State:
        if self.reasons or not self.product:
            return State.REFUSED
        return State.SIGNED if self.signed and not self.open else State.DRAFT

    @property
    def open(self) -> bool:
        """Whether any point of the file is open."""
        return bool(self.gaps or self.points or self.rules)


def refusals(rulings: Iterable[Ruling]) -> tuple[Ruling, ...]:
    """The rules for which no declaration is drawn up, in order."""
    return tuple(
        r
        for r in rulings
        if r.rule.id in NEEDED
        and r.severity is Severity.ERROR
        and (r.outcome is Outcome.NOT_MET or (r.rule.id == _ALL_OF_IT and r.outcome is Outcome.UNDECIDABLE))
    )


def lacks(rulings: Iterable[Ruling]) -> tuple[tuple[str, ...], ...]:
    """What keeps point 7 of Annex VII from being there: sentences, each with what it names."""
    return tuple(r.lack for r in refusals(rulings))


def standing(assessment: Assessment, accepted: Collection[str] = ()) -> Standing:
    """Whether the declaration of this file can be drawn up, and what still stands against it.

    :param accepted: ids of clauses, points (``CRA_ANX_VII_6``) and rules that are open and were
        accepted with reasons; they do not keep the declaration a draft, and lift no refusal.
    """
    product = assessment.product
    if product is None:
        return Standing(product=False)
    gaps = [r for r in assessment.rows.values() if r.gap and r.clause.id.startswith("CRA_ANX_I_")]
    points = [p for p in assessment.dossier.points if p.presence is Presence.MISSING]
    reasons = refusals(assessment.rulings)
    counted = {"gaps": bool(gaps), "points": bool(points)}
    signed = bool(product.declaration.signed)
    rules = [
        r
        for r in assessment.rulings
        if r.severity is Severity.ERROR
        and r.outcome in (Outcome.NOT_MET, Outcome.UNDECIDABLE)
        and r not in reasons
        and not (r.outcome is Outcome.NOT_MET and counted.get(_REPEATED.get(r.rule.id, ""), False))
        and not (r.rule.id == _SIGNED and not signed)
    ]
    names = [*(r.clause.id for r in gaps), *(p.clause for p in points), *(r.rule.id for r in rules)]
    return Standing(
        reasons=reasons,
        gaps=tuple(r for r in gaps if r.clause.id not in accepted),
        points=tuple(p for p in points if p.clause not in accepted),
        rules=tuple(r for r in rules if r.rule.id not in accepted),
        accepted=tuple(name for name in names if name in accepted),
        signed=signed,
    )


def accepted(findings: Iterable[Judged]) -> frozenset[str]:
    """Ids of the clauses, points and rules of which every finding was accepted, on a day that is known."""
    held: set[str] = set()
    left: set[str] = set()
    for judged in findings:
        if name := judged.finding.rule or judged.finding.clause:
            (held if judged.standing is Accepted.ACCEPTED else left).add(name)
    return frozenset(held - left)


def simplified_refusal(assessment: Assessment) -> Ruling | None:
    """R59, where it does not allow the simplified declaration (Art. 13(20)); None where it does."""
    ruling = next((r for r in assessment.rulings if r.rule.id == "R59"), None)
    return ruling if ruling is not None and ruling.outcome is not Outcome.MET else None


def is_simplified(product: Product) -> bool:
    """Whether the simplified declaration goes with the product, alone or beside the full one."""
    return product.declaration.form in (Form.SIMPLIFIED, Form.BOTH)


# --------------------------------------------------------------------------- what it says


def acts(product: Product) -> tuple[OtherAct, ...]:
    """The other acts that it is for (Art. 28(3); Annex V, point 5)."""
    return tuple(a for a in product.other_acts if a.declaration_required)


def notified_body(product: Product) -> NotifiedBody | None:
    """The body that took part, whom point 7 names; procedure A knows none."""
    taking_part = product.conformity.procedure in (Procedure.B_C, Procedure.H)
    return product.conformity.notified_body if taking_part else None


def standards(product: Product, *kinds: StandardKind) -> tuple[Standard, ...]:
    """What was applied, in full or in part, of these kinds (Annex V, point 6).

    Harmonised is only what has its reference in the Official Journal and is no draft (Art. 27(1));
    everything that is not of a kind for sure is an other specification.
    """
    return tuple(s for s in product.standards if s.extent is not Extent.NONE and _kind(s) in kinds)


def _kind(standard: Standard) -> StandardKind:
    if standard.kind is None:
        return StandardKind.OTHER
    if standard.kind is StandardKind.HARMONISED and (standard.draft or not standard.oj_reference):
        return StandardKind.OTHER
    return standard.kind
