"""Procedures: which conformity assessment procedures a product may choose (Art. 32), and why.

The table of section 2 of the decision rules as code: class, standards applied, open source and
certificates in, a route for each procedure out. A fact that is missing makes a route undecided, and
is named; nothing is assumed in the manufacturer's favour.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sphinx_cra.legal.rule import lacking
from sphinx_cra.product import (
    NONE,
    AssuranceLevel,
    Extent,
    Procedure,
    ProductClass,
    StandardKind,
)
from sphinx_cra.words import listed, sentences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx_cra.legal.status import Status
    from sphinx_cra.product import Product, Standard

EHR_FROM = dt.date(2027, 3, 26)
"""Article 32(5a), inserted by Regulation (EU) 2025/327, applies from this day."""

TITLES = {
    Procedure.A: "Internal control (module A)",
    Procedure.B_C: "EU-type examination, then conformity to type (modules B and C)",
    Procedure.H: "Full quality assurance (module H)",
    Procedure.CERTIFICATION: "European cybersecurity certification scheme",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One procedure, and whether the product may choose it."""

    procedure: Procedure
    allowed: bool | None
    """None where a fact is missing."""
    reason: str
    """One or more sentences without the last full stop."""
    cites: tuple[str, ...]
    needs: str = ""
    """What would decide it, or has to hold as well."""


def routes(product: Product, status: Status) -> tuple[Route, ...]:
    """A route for each procedure, in the order of Article 32(1)."""
    return tuple(_route(p, product, status) for p in Procedure)


def route(product: Product, status: Status) -> Route | None:
    """The route of the procedure that the product file chooses; None where it chooses none."""
    chosen = product.conformity.procedure
    return _route(chosen, product, status) if chosen else None


def _route(procedure: Procedure, product: Product, status: Status) -> Route:
    other = elsewhere(product)
    if other is not None:
        return replace(other, procedure=procedure)
    stated = product.product_class
    if stated is None:
        return Route(
            procedure=procedure,
            allowed=None,
            reason="The class of the product is not stated",
            cites=("Article 32(1)",),
            needs="state product.class",
        )
    contradicted = contradiction(product)
    if contradicted is not None:
        return Route(
            procedure=procedure,
            allowed=None,
            reason=contradicted,
            cites=("Article 7(1)", "Article 8(1)"),
            needs="correct product.class or product.category",
        )
    if procedure is Procedure.CERTIFICATION:
        return _certification(stated, product, status)
    required = _required(product, status)
    if stated is ProductClass.CRITICAL and required is not False:
        return _critical(procedure, required, product, status)
    if procedure is Procedure.A:
        return _internal_control(stated, product, status)
    cites = {
        ProductClass.DEFAULT: ("Article 32(1)",),
        ProductClass.IMPORTANT_I: ("Article 32(2)", "Article 32(1)"),
        ProductClass.IMPORTANT_II: ("Article 32(3)",),
        ProductClass.CRITICAL: ("Article 32(4), point (b)", "Article 32(3)"),
    }[stated]
    return Route(
        procedure=procedure,
        allowed=True,
        reason=f"It is open to {_a_product(stated)}",
        cites=cites,
        needs="a notified body takes part",
    )


_CLASS_OF = {
    "CRA_ANX_III_C1_": ProductClass.IMPORTANT_I,
    "CRA_ANX_III_C2_": ProductClass.IMPORTANT_II,
    "CRA_ANX_IV_": ProductClass.CRITICAL,
}


def contradiction(product: Product) -> str | None:
    """How class and category contradict each other, so that nothing can rest on them; None where not."""
    stated, category = product.product_class, product.category
    found = next((c for prefix, c in _CLASS_OF.items() if category.startswith(prefix)), None)
    if category == NONE:
        found = ProductClass.DEFAULT
    if stated is None or found is None or found is stated:
        return None
    said = "is in no category" if category == NONE else f"is in the category {category}"
    return f"The product {said}, as stated, and of the class {stated.value}, as stated as well"


def _a_product(stated: ProductClass) -> str:
    return {
        ProductClass.DEFAULT: "a product in no category of Annex III or IV",
        ProductClass.IMPORTANT_I: "an important product of class I",
        ProductClass.IMPORTANT_II: "an important product of class II",
        ProductClass.CRITICAL: "a critical product for which no certificate is required",
    }[stated]


AI_ACT = "2024/1689"
_INTERNAL = re.compile(r"\binternal control|\bannex vi\b", re.IGNORECASE)
_WITH_BODY = re.compile(r"\bnotified bod|\bannex vii\b", re.IGNORECASE)


def elsewhere(product: Product) -> Route | None:
    """Why conformity is assessed under another act (Art. 12(2) and (3), 32(5a)); None where it is not.

    :return: a route that is not allowed, or undecided where a fact of the other act is missing.
    """
    day = product.placed_on_market or product.first_placing or product.reference_date
    if product.ehr_system and (day is None or day >= EHR_FROM):
        return Route(
            procedure=Procedure.A,
            allowed=False,
            reason="For an EHR system the procedure of Chapter III of Regulation (EU) 2025/327 is used, from "
            "26 March 2027",
            cites=("Article 32(5a)",),
        )
    if not product.high_risk_ai:
        return None
    # Art. 12(3) brings important and critical products back here where the AI Act lets their makers
    # assess themselves; whether it does is what the product file says of that act.
    said = next((a.procedure for a in product.other_acts if AI_ACT in a.act), "")
    itself = bool(_INTERNAL.search(said)) and not _WITH_BODY.search(said)
    stays = product.product_class in (
        ProductClass.IMPORTANT_I,
        ProductClass.IMPORTANT_II,
        ProductClass.CRITICAL,
    )
    if itself and stays:
        return None
    cites = ("Article 12(2)", "Article 12(3)")
    used = f"For a high-risk AI system the procedure of Article 43 of Regulation (EU) {AI_ACT} is used"
    if product.product_class is ProductClass.DEFAULT or _WITH_BODY.search(said):
        return Route(procedure=Procedure.A, allowed=False, reason=used, cites=cites)
    return Route(
        procedure=Procedure.A,
        allowed=None,
        reason=f"{used}; important and critical products under internal control there stay with this "
        "Regulation",
        cites=cites,
        needs="state product.class"
        if product.product_class is None
        else f"state Regulation (EU) {AI_ACT} in other_acts, with procedure: internal control (Annex VI), or "
        "with a notified body (Annex VII)",
    )


def _required(product: Product, status: Status) -> bool | None:
    """Whether a certificate is required of a critical product (Art. 8(1), 32(4)); None if not known."""
    stated, found = product.conformity.article_8_1_act, status["mandatory_certification"].found
    named = {name for entry in found for name in re.findall(r"\bCRA_ANX_IV_[A-Z0-9_]+", entry)}
    listed_there = product.category in named
    if stated:
        # An act that the data know and the product file denies is looked up by a person.
        return None if stated == NONE and listed_there else stated != NONE
    if not found:
        return False
    if product.category in ("", NONE) or len(named) < len(found):
        return True if listed_there else None
    return listed_there


def _critical(procedure: Procedure, required: bool | None, product: Product, status: Status) -> Route:
    if required is None:
        fact = status["mandatory_certification"]
        return Route(
            procedure=procedure,
            allowed=None,
            reason=f"Whether a certificate is required of this product cannot be told: {fact.says()}",
            cites=("Article 32(4)", "Article 8(1)"),
            needs="state product.category, and conformity.article_8_1_act once that act was read",
        )
    return Route(
        procedure=procedure,
        allowed=False,
        reason=f"A certificate is required for {product.category or 'this product'} "
        f"({_act(product.conformity.article_8_1_act) or status['mandatory_certification'].says()})",
        cites=("Article 32(4), point (a)", "Article 8(1)"),
    )


def _act(stated: str) -> str:
    return "" if stated in ("", NONE) else stated


def _internal_control(stated: ProductClass, product: Product, status: Status) -> Route:
    if stated is ProductClass.DEFAULT:
        return Route(
            procedure=Procedure.A,
            allowed=True,
            reason="It is open to a product in no category of Annex III or IV",
            cites=("Article 32(1)",),
        )
    if stated is ProductClass.CRITICAL:
        return Route(
            procedure=Procedure.A,
            allowed=False,
            reason="It is not open to critical products",
            cites=("Article 32(4), point (b)", "Article 32(3)"),
        )
    open_source = open_source_route(product)
    if open_source.allowed:
        return open_source
    if stated is ProductClass.IMPORTANT_II:
        return Route(
            procedure=Procedure.A,
            allowed=None if open_source.allowed is None else False,
            reason="It is not open to important products of class II, but for free and open-source software "
            f"with a public technical file: {open_source.reason[0].lower()}{open_source.reason[1:]}",
            cites=("Article 32(3)", "Article 32(5)"),
            needs=open_source.needs,
        )
    missing = tuple(unapplied(product, status))
    if not missing:
        return Route(
            procedure=Procedure.A,
            allowed=True,
            reason="Harmonised standards, common specifications or schemes are applied in full, as stated",
            cites=("Article 32(2)", "Article 32(1)"),
            needs="they have to cover every requirement that applies; a gap between standard and product is "
            "closed and documented",
        )
    return Route(
        procedure=Procedure.A,
        allowed=None if open_source.allowed is None else False,
        reason="For an important product of class I it needs harmonised standards, common specifications or "
        f"a scheme applied in full: {sentences(missing, 4)}",
        cites=("Article 32(2)", "Article 27(1), first subparagraph"),
        needs=open_source.needs,
    )


def open_source_route(product: Product) -> Route:
    """Whether Article 32(5) opens the procedures of paragraph 1 to a product of Annex III."""
    software = product.open_source

    def answer(allowed: bool | None, reason: str, needs: str = "") -> Route:
        return Route(
            procedure=Procedure.A,
            allowed=allowed,
            reason=reason,
            cites=("Article 32(5)", "Article 3, point (48)"),
            needs=needs,
        )

    if product.product_class not in (ProductClass.IMPORTANT_I, ProductClass.IMPORTANT_II):
        return answer(False, "The product is in no category of Annex III")
    if software.qualifies is None:
        return answer(
            False if software == type(software)() else None,
            "It is not stated that the product is free and open-source software",
            "state open_source.qualifies",
        )
    if not software.qualifies:
        return answer(False, "The product is not free and open-source software")
    lacks = lacking(
        {
            "its licence": software.licence,
            "where its source code is": software.source_code,
            "where anybody can read the technical file": software.technical_file,
            "since when the file is public": software.public_since,
        }
    )
    if lacks:
        return answer(None, f"It is not stated {listed(lacks)}", "complete the block open_source")
    placed = product.first_placing
    if placed is None:
        return answer(
            None,
            "The file has to be public when the product is placed on the market, and that day is not stated",
            "state market.first_unit",
        )
    assert software.public_since is not None
    if software.public_since > placed:
        return answer(
            False, f"The file is public since {software.public_since}, after the first placing on {placed}"
        )
    return answer(True, f"Free and open-source software whose file is public since {software.public_since}")


def unapplied(product: Product, status: Status) -> Iterator[str]:
    """Why standards, specifications and schemes do not open module A to class I; nothing if they do.

    Article 32(2): applied in full, and existing; Article 27(1): cited in the Official Journal.
    """
    counted = [s for s in product.standards if presumes(s)]
    if not counted:
        yield "none is stated"
        return
    placed = product.placed_on_market or product.first_placing
    faults = {n: tuple(_unusable(s, status, placed)) for n, s in enumerate(counted)}
    full = {
        clause
        for n, s in enumerate(counted)
        if not faults[n]
        for clause, extent in s.applied_for.items()
        if extent is Extent.FULL
    }
    for n, standard in enumerate(counted):
        # What stands in full beside it makes up for a standard that is not applied, or not in full.
        replaced = bool(standard.applied_for) and full.issuperset(standard.applied_for)
        if replaced:
            continue
        yield from faults[n]
        if standard.extent is not Extent.FULL:
            said = standard.extent.value if standard.extent else "not stated"
            yield f"{standard.id} is not applied in full ({said})"
        if not standard.applied_for:
            yield f"it is not stated for which requirements {standard.id} is applied"
    for clause in sorted(
        {c for s in counted for c, e in s.applied_for.items() if e is not Extent.FULL} - full
    ):
        yield f"for {clause} none is applied in full"


def presumes(standard: Standard) -> bool:
    """Whether it is of a kind that Article 27 lets conformity be presumed from."""
    return standard.kind is not None and standard.kind is not StandardKind.OTHER


_WORDS = {
    StandardKind.HARMONISED: "harmonised standard",
    StandardKind.COMMON_SPECIFICATION: "common specification",
}
_FACT = {
    StandardKind.HARMONISED: "harmonised_standards",
    StandardKind.COMMON_SPECIFICATION: "common_specifications",
}


def _unusable(standard: Standard, status: Status, placed: dt.date | None) -> Iterator[str]:
    """Why nothing can be presumed from it, however far it is applied."""
    name = standard.id
    if standard.draft:
        yield f"{name} is a draft"
    if standard.kind is StandardKind.CERTIFICATION_SCHEME:
        if standard.level not in (AssuranceLevel.SUBSTANTIAL, AssuranceLevel.HIGH):
            yield f"the assurance level of {name} is not stated to be at least substantial"
        return
    if not standard.oj_reference:
        yield f"{name} has no reference in the Official Journal"
    assert standard.kind is not None
    if standard.oj_date is not None and placed is not None and standard.oj_date > placed:
        yield f"{name} was cited on {standard.oj_date}, after the placing on the market on {placed}"
    fact = status[_FACT[standard.kind]]
    newer = standard.oj_date is not None and standard.oj_date > fact.as_of
    if not newer and not any(names(f, standard.oj_reference) or names(f, name) for f in fact.found):
        yield f"{name} is stated to be a {_WORDS[standard.kind]}, and {fact.says()} is known"


def _certification(stated: ProductClass, product: Product, status: Status) -> Route:
    """Article 32(1)(d), (3)(c), (4): where available and applicable.

    In class I a certificate below *substantial* leaves the product where Article 32(2) puts it, unless
    standards are applied in full; open source with a public file has all of Article 32(1).
    """
    cites = {
        ProductClass.DEFAULT: ("Article 32(1), point (d)", "Article 27(9)"),
        ProductClass.IMPORTANT_I: ("Article 32(1), point (d)", "Article 32(2)", "Article 27(9)"),
        ProductClass.IMPORTANT_II: ("Article 32(3), point (c)", "Article 27(9)"),
        ProductClass.CRITICAL: ("Article 32(4)", "Article 27(9)", "Article 8(1)"),
    }[stated]

    def answer(allowed: bool | None, reason: str, needs: str = "") -> Route:
        return Route(
            procedure=Procedure.CERTIFICATION, allowed=allowed, reason=reason, cites=cites, needs=needs
        )

    fact = status["certification_schemes"]
    certification = product.conformity.certification
    act = _act(certification.article_27_9_act) if certification else ""
    required = stated is ProductClass.CRITICAL and _required(product, status)
    mandatory = (_act(product.conformity.article_8_1_act) or "the act under Article 8(1)") if required else ""
    if not required and not act and not fact.found:
        return answer(False, f"No scheme is available: {fact.says()} is named under Article 27(9)")
    if certification is None or not certification.scheme:
        return answer(None, "It is not stated under which scheme", "state conformity.certification.scheme")
    if not required and not act and not any(names(f, certification.scheme) for f in fact.found):
        return answer(
            False, f"{certification.scheme} is none of the schemes named under Article 27(9) ({fact.says()})"
        )
    free = open_source_route(product)
    strict = not free.allowed and (
        stated in (ProductClass.IMPORTANT_II, ProductClass.CRITICAL)
        or (stated is ProductClass.IMPORTANT_I and any(unapplied(product, status)))
    )
    if strict and certification.level is None:
        return answer(None, "The assurance level is not stated", "state conformity.certification.level")
    if strict and certification.level is AssuranceLevel.BASIC:
        return answer(
            False if free.allowed is False else None,
            "The assurance level has to be at least substantial, and it is basic",
            free.needs,
        )
    if mandatory:
        return answer(
            True, f"A certificate is required by {mandatory}, and is to be had under {certification.scheme}"
        )
    by = f"{act}, as stated" if act else f"a delegated act ({fact.says()})"
    return answer(True, f"{certification.scheme} is named by {by}")


def names(text: str, name: str) -> bool:
    """Whether a name stands in a text as a word of its own: ``EN 1`` is not in ``EN 18031``."""
    return bool(name) and bool(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE))
