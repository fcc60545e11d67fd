"""R01 to R08: the class of the product, and the procedure that it may choose (Art. 7, 8, 12, 32)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sphinx_cra.legal import procedures
from sphinx_cra.legal.rule import (
    Answer,
    Basis,
    Facts,
    Rules,
    met,
    not_applicable,
    not_met,
    points,
    undecidable,
)
from sphinx_cra.model import Severity
from sphinx_cra.product import (
    NONE,
    AssuranceLevel,
    OpenSource,
    Procedure,
    ProductClass,
    StandardKind,
    check_category,
)
from sphinx_cra.words import either, listed, sentences

if TYPE_CHECKING:
    import datetime as dt

    from sphinx_cra.product import EndDate

RULES = Rules()
rule = RULES.rule

_ENOUGH = (AssuranceLevel.SUBSTANTIAL, AssuranceLevel.HIGH)


@rule(
    "R01",
    "The class is stated, with its category, reasons and the core functionality that it rests on",
    cites=("Article 7(1)", "Article 8(1)", "Annex VII, point 1(a)"),
    severity=Severity.ERROR,
    inputs="product.class, category, class_reason, core_functionality, intended_purpose; marketing: "
    "core_functionality, intended_purpose; categories of Annexes III and IV",
)
def classified(facts: Facts) -> Answer:
    """Whoever checks the procedure has to see how the class was found; guidance points 143 and 144."""
    product = facts.product
    lacks = []
    if product.product_class is None:
        lacks.append("the class")
    if product.product_class not in (None, ProductClass.DEFAULT) and product.category in ("", NONE):
        lacks.append("the category of Annex III or IV")
    if not product.class_reason:
        lacks.append("the reasons for the class")
    if not product.core_functionality:
        lacks.append("the core functionality")
    if lacks:
        return not_met(
            f"The product file does not state {listed(lacks)}",
            "state it in the block product",
            product.place("product"),
            causes=lacks,
        )
    assert product.product_class is not None
    if facts.categories and (faults := check_category(product, facts.categories.values())):
        message = faults[0].message
        return not_met(
            f"Class and category contradict each other: {message}",
            "state the class of the category, or the category of the class",
            product.place("product", "category"),
        )
    marketing = product.marketing
    for what, key, said, ours in (
        (
            "core functionality",
            "core_functionality",
            marketing.core_functionality,
            product.core_functionality,
        ),
        ("intended purpose", "intended_purpose", marketing.intended_purpose, product.intended_purpose),
    ):
        if said and ours and _plain(said) != _plain(ours):
            return not_met(
                f"The {what} is worded differently in the product file and in sales material",
                "use the same words; an authority compares them",
                product.place("marketing", key),
                severity=Severity.WARNING,
                causes=[what],
            )
    return met(f"The class is {product.product_class.value}, with its reasons and the core functionality")


def _plain(text: str) -> str:
    return " ".join(text.split()).rstrip(".").casefold()


RULES.unchecked(
    "R02",
    "A component of Annex III does not by itself raise the class of the product that contains it",
    "There is nothing to check: no class is derived from components here, and the class is the one that "
    "the product file states",
    cites=("Article 7(1)",),
    severity=Severity.INFO,
)


@rule(
    "R03",
    "The chosen procedure is one that the class allows",
    cites=("Article 32(1)", "Article 32(2)", "Article 32(3)", "Article 32(4)", "Article 32(5)"),
    severity=Severity.ERROR,
    inputs="conformity.procedure; product.class, category; standards; open_source; conformity.certification",
)
def allowed(facts: Facts) -> Answer:
    """The table of ``procedures``."""
    product = facts.product
    place = product.place("conformity", "procedure")
    found = procedures.route(product, facts.status)
    if found is None:
        other = procedures.elsewhere(product)
        if other is not None and other.allowed is False:
            return not_applicable(f"No procedure of Article 32(1) is chosen. {other.reason}")
        return undecidable("No procedure is chosen", "state conformity.procedure", place)
    said = f"Procedure {found.procedure.value} is chosen. {found.reason}"
    if found.allowed is None:
        return undecidable(said, found.needs, place)
    if not found.allowed:
        every = procedures.routes(product, facts.status)
        others = [r.procedure.value for r in every if r.allowed] or [
            f"{r.procedure.value} ({r.needs})" for r in every if r.allowed is None
        ]
        way_out = (
            f"choose {either(others)}"
            if others
            else "leave conformity.procedure empty, and state the other one in other_acts.procedure"
        )
        return not_met(said, way_out, place)
    return met(said)


@rule(
    "R04",
    "Internal control of an important product of class I rests on standards that are applied in full and "
    "cited in the Official Journal",
    cites=("Article 32(2)", "Article 27(1), first subparagraph"),
    severity=Severity.ERROR,
    inputs="standards: kind, extent, clauses, per_clause, oj_reference, oj_date, draft, level; open_source; "
    "status",
)
def presumed(facts: Facts) -> Answer:
    """Guidance point 149: a standard has to cover at least the risks of the core functionality."""
    skipped = _no_class_one_internal_control(facts)
    if skipped is not None:
        return skipped
    missing = tuple(procedures.unapplied(facts.product, facts.status))
    if missing:
        return not_met(
            f"Procedure A needs standards applied in full: {sentences(missing, 6)}",
            "choose B+C or H, or state what is applied and its reference",
            facts.product.place("standards"),
            causes=missing,
        )
    names = [s.id for s in facts.product.standards if procedures.presumes(s)]
    relied = {c for s in facts.product.standards if procedures.presumes(s) for c in s.applied_for}
    rest = [
        r.clause.printed
        for r in facts.rows.values()
        if r.counted and r.clause.id.startswith("CRA_ANX_I_") and r.clause.id not in relied
    ]
    left = (
        f"for {points(rest)} none of them is stated, and how that is closed has to be documented; "
        if rest
        else ""
    )
    return met(
        f"{listed(names)} {'is' if len(names) == 1 else 'are'} stated to be applied in full; {left}that they "
        "cover the risks of the core functionality is for people to check"
    )


@rule(
    "R05",
    "Internal control of an important product of class I needs a standard, specification or scheme that "
    "exists",
    cites=("Article 32(2)",),
    severity=Severity.ERROR,
    inputs="status: harmonised_standards, common_specifications; standards: kind, oj_date, level",
)
def existing(facts: Facts) -> Answer:
    """On the day of the status data; a reference that is newer than the data is believed."""
    skipped = _no_class_one_internal_control(facts)
    if skipped is not None:
        return skipped
    status = facts.status
    names = ("harmonised_standards", "common_specifications")
    for name in names:
        if status[name].found:
            return met(f"{status[name].title}: {status[name].says(facts.day)}")
    newest = max(status[name].as_of for name in names)
    newer = [
        s
        for s in facts.product.standards
        if procedures.presumes(s) and not s.draft and s.oj_reference and s.oj_date and s.oj_date > newest
    ]
    if newer:
        return met(f"{newer[0].id} was cited on {newer[0].oj_date}, after the status data of {newest}")
    schemes = [
        s
        for s in facts.product.standards
        if s.kind is StandardKind.CERTIFICATION_SCHEME and s.level in _ENOUGH
    ]
    if schemes:
        return met(f"{schemes[0].id} is a certification scheme of level {schemes[0].level}")
    known = status["harmonised_standards"].says(facts.day)
    return not_met(
        f"No harmonised standard or common specification is known: {known}",
        "choose B+C or H, or state newer facts in cra_status",
        facts.product.place("conformity", "procedure"),
    )


def _no_class_one_internal_control(facts: Facts) -> Answer | None:
    product = facts.product
    stated, chosen = product.product_class, product.conformity.procedure
    contradiction = procedures.contradiction(product)
    if contradiction is not None:
        return undecidable(
            contradiction, "correct product.class or product.category", product.place("product")
        )
    if stated not in (None, ProductClass.IMPORTANT_I):
        return not_applicable(f"The class is {stated.value}")
    if chosen not in (None, Procedure.A):
        return not_applicable(f"The procedure is {chosen.value}")
    if stated is None or chosen is None:
        lacks = ["the class"] * (stated is None) + ["the procedure"] * (chosen is None)
        return undecidable(
            f"The product file does not state {listed(lacks)}",
            "state product.class and conformity.procedure",
            product.place("conformity"),
        )
    other = procedures.elsewhere(product)
    if other is not None:
        return not_applicable(other.reason) if other.allowed is False else _open(facts, other)
    free = procedures.open_source_route(product)
    if free.allowed:
        return not_applicable("Article 32(5) opens procedure A to free and open-source software")
    if free.allowed is None and tuple(procedures.unapplied(product, facts.status)):
        return _open(facts, free)
    return None


def _open(facts: Facts, route: procedures.Route) -> Answer:
    return undecidable(route.reason, route.needs, facts.product.place("conformity", "procedure"))


@rule(
    "R06",
    "Open source may use the procedures of Article 32(1) if its category is in Annex III and its technical "
    "file is public when it is placed on the market",
    cites=("Article 32(5)", "Article 3, point (48)"),
    severity=Severity.ERROR,
    inputs="open_source; product.class; market.first_unit, product.versions: placed_on_market",
)
def open_source(facts: Facts) -> Answer:
    """Asked only where the product claims to be open source and uses that way."""
    product = facts.product
    if product.open_source.qualifies is False or product.open_source == OpenSource():
        return not_applicable(
            "The product file does not state that the product is free and open-source software"
        )
    if product.product_class is ProductClass.DEFAULT:
        return not_applicable("A product of the default class needs no open source to choose procedure A")
    found = procedures.open_source_route(product)
    place = product.place("open_source")
    if product.product_class is None:
        return undecidable("The class is not stated", "state product.class", product.place("product"))
    if product.open_source.qualifies is None and product.product_class is ProductClass.CRITICAL:
        return not_applicable("It is not stated that the product is free and open-source software")
    if product.conformity.procedure not in (None, Procedure.A):
        return not_applicable(f"The procedure is {product.conformity.procedure}, which needs no open source")
    if found.allowed is None:
        return undecidable(found.reason, found.needs, place)
    if not found.allowed:
        return not_met(found.reason, "choose another procedure", place)
    return met(found.reason)


@rule(
    "R07",
    "Certification names a scheme that an act under Article 27(9) allows, of at least level substantial for "
    "class II and critical products",
    cites=("Article 32(1), point (d)", "Article 32(3), point (c)", "Article 32(4)", "Article 27(9)"),
    severity=Severity.ERROR,
    inputs="conformity.certification: scheme, level, certificate, article_27_9_act, valid_until; "
    "conformity.article_8_1_act; status; dates of placing on the market, declaration and file",
)
def certified(facts: Facts) -> Answer:
    """Also whether the certificate holds as long as units are placed on the market."""
    product = facts.product
    if product.conformity.procedure is not Procedure.CERTIFICATION:
        chosen = product.conformity.procedure
        return not_applicable(f"The procedure is {chosen.value}" if chosen else "No certification is chosen")
    found = procedures.route(product, facts.status)
    assert found is not None
    place = product.place("conformity", "certification")
    if found.allowed is None:
        return undecidable(found.reason, found.needs, place)
    if not found.allowed:
        return not_met(found.reason, "choose another procedure, or state the act", place)
    certificate = product.conformity.certification
    if certificate is None or not certificate.certificate:
        return undecidable("No certificate is named", "state conformity.certification.certificate", place)
    ended = expired(facts, certificate.valid_until)
    if ended is not None:
        return not_met(
            f"Certificate {certificate.certificate} {ended}",
            "name one that holds",
            product.place("conformity", "certification", "valid_until"),
        )
    return met(f"{found.reason}; certificate {certificate.certificate}")


def expired(facts: Facts, end: EndDate | None) -> str | None:
    """How a certificate ends too early: before a day on which it has to hold. None where it does not.

    It has to hold when the declaration is signed and while units are placed on the market, as far as
    that is known; what a file of a later day says of it is about units that are still sold.
    """
    if end is None:
        return None
    product = facts.product
    last = product.last_placing
    days: list[tuple[dt.date | None, str]] = [
        (product.first_placing, "the first unit is placed on the market"),
        (product.placed_on_market, f"{product.release} is placed on the market"),
        (product.declaration.date, "the declaration is dated"),
        (last, "the last unit is placed on the market"),
    ]
    for day, what in (
        (product.document.date, "the file is dated"),
        (product.document.reviewed_on, "the file was looked through"),
    ):
        if day is not None and (last is None or day <= last):
            days.append((day, what))
    late = [(day, what) for day, what in days if day is not None and day > end.last_day]
    if not late:
        return None
    day, what = min(late, key=lambda d: d[0])
    return f"ends on {end}, before {day}, the day {what}"


@rule(
    "R08",
    "The declaration of a high-risk AI system shows the level of cybersecurity that the AI Act asks for",
    cites=("Article 12(1), point (c)",),
    severity=Severity.ERROR,
    inputs="product.high_risk_ai; declaration.high_risk_ai",
    basis=Basis.LAW,
)
def artificial_intelligence(facts: Facts) -> Answer:
    """Article 15 of Regulation (EU) 2024/1689."""
    product = facts.product
    if product.high_risk_ai is None:
        return undecidable(
            "It is not stated whether the product is a high-risk AI system",
            "state product.high_risk_ai",
            product.place("product"),
        )
    if not product.high_risk_ai:
        return not_applicable("The product is no high-risk AI system, as stated")
    if not product.declaration.high_risk_ai:
        return not_met(
            "The declaration does not say how the level of Article 15 of Regulation (EU) 2024/1689 is "
            "reached",
            "state declaration.high_risk_ai",
            product.place("declaration"),
        )
    return met("The declaration says how the level is reached")
