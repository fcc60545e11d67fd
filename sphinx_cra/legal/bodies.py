"""R09 to R14: the notified body (Art. 30(4), 31(4); Annex V, point 7; Annex VIII)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sphinx_cra.legal.classes import expired
from sphinx_cra.legal.languages import primary
from sphinx_cra.legal.rule import (
    Answer,
    Basis,
    Facts,
    Rules,
    lacking,
    met,
    not_applicable,
    not_met,
    undecidable,
)
from sphinx_cra.model import Severity
from sphinx_cra.product import CertificateDecision, NotifiedBody, Procedure
from sphinx_cra.words import capital, listed

if TYPE_CHECKING:
    from sphinx_cra.model import Place
    from sphinx_cra.product import Modification

RULES = Rules()
rule = RULES.rule

_WITH_BODY = (Procedure.B_C, Procedure.H)


def _body(facts: Facts) -> NotifiedBody:
    return facts.product.conformity.notified_body or NotifiedBody()


def _without_body(facts: Facts, *only: Procedure) -> Answer | None:
    """The answer where no body takes part, or in another procedure than ``only``."""
    chosen = facts.product.conformity.procedure
    if chosen is None:
        return undecidable(
            "No procedure is chosen", "state conformity.procedure", facts.product.place("conformity")
        )
    if chosen not in (only or _WITH_BODY):
        return not_applicable(f"The procedure is {chosen.value}")
    return None


@rule(
    "R09",
    "With procedures B+C and H the declaration names the body, its number, the procedure and the "
    "certificate; with procedure A it names none",
    cites=("Annex V, point 7",),
    severity=Severity.ERROR,
    inputs="conformity.procedure, description, notified_body: name, number, certificate",
)
def named(facts: Facts) -> Answer:
    """What the declaration takes from the product file."""
    product = facts.product
    chosen = product.conformity.procedure
    body = _body(facts)
    place = product.place("conformity", "notified_body")
    given = [
        w for w, v in (("name", body.name), ("number", body.number), ("certificate", body.certificate)) if v
    ]
    if chosen is None:
        return undecidable(
            "No procedure is chosen", "state conformity.procedure", product.place("conformity")
        )
    are = "is" if len(given) == 1 else "are"
    if chosen is Procedure.A:
        if given:
            return not_met(
                f"Procedure A knows no notified body, and its {listed(given)} {are} stated",
                "take it out, or choose the procedure that the body took part in",
                place,
                causes=given,
            )
        return met("Procedure A, and no notified body is stated")
    if chosen is Procedure.CERTIFICATION:
        if given:
            return not_met(
                f"No notified body takes part in a certification, and its {listed(given)} {are} stated",
                "take it out, or choose the procedure that the body took part in",
                place,
                severity=Severity.WARNING,
                causes=given,
            )
        return not_applicable("A certificate is issued by a certification body, not by a notified body")
    lacks = [w for w in ("name", "number", "certificate") if w not in given]
    wanted = [f"the {w} of the notified body" if w != "certificate" else "the certificate" for w in lacks]
    if not product.conformity.description:
        wanted.append("the description of the procedure performed")
    if wanted:
        return not_met(
            f"Procedure {chosen.value}, and the product file does not state {listed(wanted)}",
            "state it in the block conformity",
            place,
            causes=wanted,
        )
    return met(f"The declaration can name {body.name} ({body.number}) and certificate {body.certificate}")


@rule(
    "R10",
    "The number of the body stands next to the CE marking with procedure H, and with no other",
    cites=("Article 30(4), first subparagraph", "Article 58(1), point (e)"),
    severity=Severity.ERROR,
    inputs="ce_marking.body_number; conformity.procedure, notified_body.number",
)
def marked(facts: Facts) -> Answer:
    """Annex VIII, Part IV, point 5.1 against Part I, point 4.1, and Part III, point 3.1."""
    product = facts.product
    chosen = product.conformity.procedure
    number = product.ce_marking.body_number
    place = product.place("ce_marking", "body_number")
    if chosen is None:
        return undecidable(
            "No procedure is chosen", "state conformity.procedure", product.place("conformity")
        )
    if chosen is Procedure.H:
        if not number:
            return not_met(
                "Procedure H, and no number of a body is stated for the CE marking",
                "state ce_marking.body_number, and put it on the product",
                product.place("ce_marking"),
            )
        stated = _body(facts).number
        if stated and stated != number:
            return not_met(
                f"The CE marking has the number {number}, and the notified body has {stated}",
                "use the number of the body",
                place,
            )
        return met(f"Procedure H, and {number} stands next to the CE marking, as stated")
    if number:
        return not_met(
            f"Procedure {chosen.value} puts no number next to the CE marking, and {number} is stated",
            "take the number off the marking",
            place,
            severity=Severity.WARNING,
        )
    return met(f"Procedure {chosen.value}, and no number is stated for the CE marking")


@rule(
    "R11",
    "The number of the body has four digits",
    cites=("Annex VIII, Part II", "Annex VIII, Part IV"),
    severity=Severity.WARNING,
    inputs="conformity.notified_body.number",
    basis=Basis.READING,
)
def numbered(facts: Facts) -> Answer:
    """Practice of the database of notified bodies. That one body only was asked cannot be seen here."""
    skipped = _without_body(facts)
    if skipped is not None:
        return skipped
    number = _body(facts).number
    place = facts.product.place("conformity", "notified_body", "number")
    if not number:
        return undecidable("No number is stated", "state conformity.notified_body.number", place)
    if not (len(number) == 4 and number.isascii() and number.isdigit()):
        return not_met(f"{number} is not of four digits", "look it up in the NANDO database", place)
    return met(f"{number} has four digits; that it is the number of this body is not checked")


@rule(
    "R12",
    "The certificate of an EU-type examination is identified, holds, and is about the version of the file",
    cites=("Annex VIII, Part II, point 6", "Annex VIII, Part II, point 7"),
    severity=Severity.ERROR,
    inputs="conformity.notified_body: certificate, issued, conditions, valid_until, certified_type, "
    "certified_versions; product: name, type, release; modifications: certificate; dates of placing on the "
    "market, declaration and file",
)
def type_examined(facts: Facts) -> Answer:
    """A missing certificate breaks the text; the rest needs judgement."""
    skipped = _without_body(facts, Procedure.B_C)
    if skipped is not None:
        return skipped
    product, body = facts.product, _body(facts)
    place = product.place("conformity", "notified_body")
    if not body.certificate:
        return not_met("No certificate is named", "state conformity.notified_body.certificate", place)
    wrong: list[tuple[str, str, Place]] = []
    ended = expired(facts, body.valid_until)
    if ended is not None:
        wrong.append(
            (
                f"certificate {body.certificate} {ended}",
                "have it renewed",
                product.place("conformity", "notified_body", "valid_until"),
            )
        )
    certified = body.certified_type.casefold()
    if certified and product.type and product.type.casefold() not in certified:
        wrong.append(
            (
                f"the file is about the type {product.type}, and the certificate about {body.certified_type}",
                "name the certificate of this type, or correct product.type",
                product.place("conformity", "notified_body", "certified_type"),
            )
        )
    undecided = [
        m
        for m in product.modifications
        if (m.certificate is None or m.certificate is CertificateDecision.PENDING)
        and not (m.date and body.issued and m.date < body.issued)
    ]
    if undecided:
        wrong.append(
            (
                f"what {_modified(undecided)} for the certificate is not decided",
                "state modifications.certificate",
                product.place("modifications"),
            )
        )
    covered = {
        m.version
        for m in product.modifications
        if m.certificate in (CertificateDecision.ADDITION, CertificateDecision.NOT_NEEDED)
    }
    if body.certified_versions and product.release not in {*body.certified_versions, *covered}:
        wrong.append(
            (
                f"the file is about {product.release}, the certificate about "
                + listed(body.certified_versions),
                "have the body look at the change, and record its decision in modifications",
                product.place("conformity", "notified_body", "certified_versions"),
            )
        )
    if wrong:
        message = "; ".join(said for said, _, _ in wrong)
        return not_met(
            capital(message),
            "; ".join(way_out for _, way_out, _ in wrong),
            wrong[0][2],
            severity=Severity.WARNING,
            causes=(way_out for _, way_out, _ in wrong),
        )
    lacks = lacking(
        {
            "whether it has conditions": body.conditions,
            "until when it is valid": body.valid_until,
            "which versions it certifies": body.certified_versions,
        }
    )
    if lacks:
        return undecidable(f"It is not stated {listed(lacks)}", "complete conformity.notified_body", place)
    said = "is about" if product.release in body.certified_versions else "covers, by the recorded decision,"
    return met(
        f"Certificate {body.certificate} {said} {product.release} and is valid until {body.valid_until}"
    )


def _modified(modifications: list[Modification]) -> str:
    """``the modification 1.1 means``, ``the modifications 1.1 and 1.2 mean``."""
    names = listed([m.version or str(m.date or m.description or "without a version") for m in modifications])
    return f"the modification {names} means" if len(modifications) == 1 else f"the modifications {names} mean"


@rule(
    "R13",
    "The approval of the quality system covers the product category, and the body was told of its changes",
    cites=("Annex VIII, Part IV, point 3.1", "Annex VIII, Part IV, point 3.5"),
    severity=Severity.WARNING,
    inputs="conformity.notified_body: certificate, scope, valid_until; modifications: substantial, "
    "body_informed, certificate; dates of placing on the market, declaration and file",
)
def quality_assured(facts: Facts) -> Answer:
    """Whether the words of the scope mean this product is for people to read.

    The body is told of changes of the quality system, not of the product; whether a modification was one
    of these as well is a fact that only the manufacturer knows.
    """
    skipped = _without_body(facts, Procedure.H)
    if skipped is not None:
        return skipped
    product, body = facts.product, _body(facts)
    place = product.place("conformity", "notified_body")
    ended = expired(facts, body.valid_until)
    if ended is not None:
        return not_met(
            f"The approval {body.certificate or 'of the quality system'} {ended}",
            "have it renewed",
            product.place("conformity", "notified_body", "valid_until"),
        )
    if not body.scope:
        return undecidable(
            "The scope of the approval is not stated", "state conformity.notified_body.scope", place
        )
    untold = [
        m.version or str(m.date)
        for m in product.modifications
        if m.substantial and m.body_informed is None and m.certificate is None
    ]
    if untold:
        return undecidable(
            f"Whether the quality system changed with {listed(untold)}, and the body was told, is not stated",
            "state modifications.body_informed or modifications.certificate",
            product.place("modifications"),
        )
    return met(
        f"The approval covers {body.scope}, as stated; that this product is among it is for people to read"
    )


@rule(
    "R14",
    "The technical file is in a language of the body's Member State, or in one that it accepts",
    cites=("Article 31(4)",),
    severity=Severity.WARNING,
    inputs="document.language; conformity.notified_body.languages",
)
def readable(facts: Facts) -> Answer:
    """Compared by the language alone: ``en`` is enough for ``en-IE``."""
    skipped = _without_body(facts)
    if skipped is not None:
        return skipped
    product, body = facts.product, _body(facts)
    language = product.document.language
    if not language:
        return undecidable(
            "The language of the file is not stated", "state document.language", product.place("document")
        )
    if not body.languages:
        return undecidable(
            "The languages of the notified body are not stated",
            "state conformity.notified_body.languages",
            product.place("conformity", "notified_body"),
        )
    if primary(language) not in map(primary, body.languages):
        return not_met(
            f"The file is in {language}, and the body reads {listed(body.languages)}",
            "translate the file, or have the body accept the language",
            product.place("document", "language"),
        )
    return met(f"The file is in {language}, which the body reads")
