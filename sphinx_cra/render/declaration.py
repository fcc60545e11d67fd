"""The words of the EU declaration of conformity: Annex V point by point, and the text of Annex VI.

Made from ``cra.yaml`` alone, so that it says what the rest of the file says. The sentence that Article
28(1) wants is the manufacturer's, who signs it; nothing else here says it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sphinx_cra import declaration
from sphinx_cra.declaration import State
from sphinx_cra.legal.rule import Outcome
from sphinx_cra.product import CePlace, Extent, StandardKind
from sphinx_cra.render.paper import Fact, Notice, Paper, Part, link, sentence
from sphinx_cra.render.table import Text, joined, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sphinx_cra.assessment import Assessment
    from sphinx_cra.declaration import Standing
    from sphinx_cra.language import Language
    from sphinx_cra.legal.rule import Ruling
    from sphinx_cra.product import Product, Standard
    from sphinx_cra.render.table import Cell

    Say = Callable[..., str]


ELI = "http://data.europa.eu/eli/reg/2024/2847/oj"
_POINT = re.compile(r"Annex I, Part (?P<part>I+), point \((?P<number>\d+)\)(?:\((?P<letter>[a-z])\))?")


def full(assessment: Assessment, language: Language) -> Paper:
    """The declaration with the eight points of Annex V, or the reasons for which there is none."""
    say = language.say
    stands = assessment.declaration
    product = assessment.product
    title = say("EU declaration of conformity")
    if product is None or stands.reasons:
        return Paper(
            kind="declaration", language=language, title=title, notice=_refusal(stands.reasons, say, product)
        )
    number = product.declaration.id
    return Paper(
        kind="declaration",
        language=language,
        title=title,
        subtitle=say("No {number}", number=number) if number else "",
        notice=_draft(stands, say),
        parts=tuple(_parts(product, language)),
        signature=_signature(product, language),
    )


def simplified(assessment: Assessment, language: Language) -> Paper:
    """The declaration of Annex VI, which prescribes its text, or the reasons for which there is none."""
    say = language.say
    stands = assessment.declaration
    product = assessment.product
    title = say("Simplified EU declaration of conformity")
    reasons = stands.reasons
    unfit = declaration.simplified_refusal(assessment)
    if unfit is not None and unfit not in reasons:
        reasons = (*reasons, unfit)
    if product is None or reasons:
        return Paper(
            kind="simplified", language=language, title=title, notice=_refusal(reasons, say, product)
        )
    return Paper(
        kind="simplified",
        language=language,
        title=title,
        notice=_draft(stands, say),
        closing=(
            sentence(
                say(
                    "Hereby, {manufacturer} declares that the product with digital elements type {type} is "
                    "in compliance with Regulation (EU) 2024/2847 ({reference}).",
                    manufacturer=product.manufacturer.name,
                    type=product.type,
                    reference=_reference(say),
                )
            ),
            sentence(
                say(
                    "The full text of the EU declaration of conformity is available at the following "
                    "internet address:"
                )
                + " ",
                link(product.contacts.declaration),
            ),
        ),
    )


def _reference(say: Say) -> str:
    return say("OJ L, 2024/2847, 20.11.2024, ELI: {eli}", eli=ELI)


# --------------------------------------------------------------------------- what stands before it


def _refusal(reasons: tuple[Ruling, ...], say: Say, product: Product | None) -> Notice:
    """Why there is none: each rule with the place in the product file, in the words of the rule."""
    if product is None:
        facts: tuple[Fact, ...] = (sentence(say("There is no product file that can be used.")),)
    else:
        facts = tuple(Fact(name=_name(r), cells=(_why(r),)) for r in reasons)
    return Notice(
        title=say("No declaration is drawn up"),
        facts=(
            sentence(say("What the declaration has to say is missing or contradicts itself.")),
            *facts,
        ),
    )


def _name(ruling: Ruling) -> str:
    place = ruling.answer.place
    where = f", {place}" if place else ""
    return f"{ruling.rule.id} ({ruling.rule.cites[0]}){where}"


def _why(ruling: Ruling) -> Cell:
    answer = ruling.answer
    way_out = answer.way_out
    if ruling.rule.id == "R59" and ruling.outcome is Outcome.NOT_APPLICABLE:
        way_out = "state declaration.form: simplified, or both"
    return text(f"{answer.message}; {way_out}." if way_out else f"{answer.message}.")


def _draft(stands: Standing, say: Say) -> Notice | None:
    if stands.state is not State.DRAFT:
        return None
    facts = []
    if stands.gaps:
        points = joined(Text(point(r.clause.printed, say), r.clause.id) for r in stands.gaps)
        facts.append(Fact(name=say("Gaps in Annex I"), cells=(points,)))
    if stands.points:
        numbers = joined(Text(p.printed.rpartition(" ")[2], p.clause) for p in stands.points)
        facts.append(Fact(name=say("Missing from Annex VII"), cells=(numbers,)))
    if stands.rules:
        rules = joined(Text(r.rule.id) for r in stands.rules)
        facts.append(Fact(name=say("Rules that are not met or cannot be decided"), cells=(rules,)))
    if not stands.signed:
        facts.append(sentence(say("It is not signed.")))
    return Notice(
        title=say("DRAFT: not an EU declaration of conformity"),
        facts=(
            sentence(say("It must not go with the product until the following is settled.")),
            *facts,
        ),
    )


def point(printed: str, say: Say) -> str:
    """A point of Annex I as the language cites it; as printed where it is no such point."""
    found = _POINT.fullmatch(printed)
    if found is None:
        return printed
    if found["letter"]:
        return say("Part {part}, point ({number})({letter})", **found.groupdict())
    return say("Part {part}, point ({number})", part=found["part"], number=found["number"])


# --------------------------------------------------------------------------- Annex V


def _parts(product: Product, language: Language) -> Iterator[Part]:
    say = language.say
    yield Part(number="1", title=say("Product"), facts=tuple(_product(product, say)))
    representative = product.manufacturer.authorised_representative
    yield Part(
        number="2",
        title=say("Manufacturer and authorised representative") if representative else say("Manufacturer"),
        facts=tuple(_maker(product, say)),
    )
    yield Part(
        number="3",
        title=say("Sole responsibility"),
        facts=(
            sentence(
                say(
                    "This EU declaration of conformity is issued under the sole responsibility of the "
                    "manufacturer."
                )
            ),
        ),
    )
    yield Part(number="4", title=say("Object of the declaration"), facts=tuple(_object(product, say)))
    yield Part(number="5", title=say("Legislation of the Union"), facts=tuple(_legislation(product, say)))
    yield Part(
        number="6",
        title=say("Standards, specifications and certification"),
        facts=tuple(_references(product, language)),
    )
    if facts := tuple(_body(product, language)):
        yield Part(number="7", title=say("Notified body"), facts=facts)
    yield Part(number="8", title=say("Additional information"), facts=tuple(_additional(product, language)))


def _facts(*stated: tuple[str, str]) -> Iterator[Fact]:
    return (Fact(name=name, cells=(link(value),)) for name, value in stated if value)


def _product(product: Product, say: Say) -> Iterator[Fact]:
    yield from _facts(
        (say("Name"), product.name),
        (say("Type"), product.type),
        (say("Version"), product.declaration.release or product.release),
        (say("Identification"), product.identification),
    )
    if product.variants:
        variants = tuple(
            text(f"{v.name}: {v.identification}" if v.identification else v.name) for v in product.variants
        )
        yield Fact(name=say("Variants"), cells=variants)


def _maker(product: Product, say: Say) -> Iterator[Fact]:
    maker = product.manufacturer
    yield from _facts(
        (say("Name"), maker.name), (say("Trade name"), maker.trade_name), (say("Address"), maker.address)
    )
    if acting := maker.authorised_representative:
        yield from _facts(
            (say("Authorised representative"), acting.name),
            (say("Address of the authorised representative"), acting.address),
        )


def _object(product: Product, say: Say) -> Iterator[Fact]:
    declared = product.declaration
    named = " ".join(filter(None, (product.name, declared.release or product.release)))
    yield sentence(declared.object or f"{named}. {product.identification}")
    yield from _facts((say("Photograph"), declared.photograph))


def _legislation(product: Product, say: Say) -> Iterator[Fact]:
    acts: list[Cell] = [
        (
            Text(say("Regulation (EU) 2024/2847") + " ("),
            Text(say("OJ L, 2024/2847, 20.11.2024"), ELI),
            Text(")"),
        )
    ]
    for act in declaration.acts(product):
        name = f"{act.act}, {act.title}" if act.title else act.act
        acts.append((Text(f"{name} ({act.oj_reference})"),))
    yield sentence(
        say(
            "The object of the declaration described above is in conformity with the relevant Union "
            "harmonisation legislation:"
        )
    )
    yield Fact(cells=tuple(acts) if len(acts) > 1 else (acts[0],), name=say("Acts"))
    yield sentence(
        say(
            "The fulfilment of the applicable essential cybersecurity requirements set out in Annex I to "
            "Regulation (EU) 2024/2847 has been demonstrated."
        )
    )
    if product.high_risk_ai and product.declaration.high_risk_ai:
        yield Fact(
            name=say("Level of cybersecurity under Article 15 of Regulation (EU) 2024/1689"),
            cells=(text(product.declaration.high_risk_ai),),
        )


def _references(product: Product, language: Language) -> Iterator[Fact]:
    say = language.say

    def given(name: str, *kinds: StandardKind) -> Iterator[Fact]:
        found = declaration.standards(product, *kinds)
        if found:
            yield Fact(name=name, cells=tuple(text(_standard(s, language)) for s in found))

    harmonised = tuple(given(say("Harmonised standards"), StandardKind.HARMONISED))
    if harmonised:
        yield from harmonised
    else:
        yield Fact(name=say("Harmonised standards"), cells=(text(say("None was used.")),))
    yield from given(say("Common specifications"), StandardKind.COMMON_SPECIFICATION)
    yield from given(say("Certification schemes"), StandardKind.CERTIFICATION_SCHEME)
    if held := product.conformity.certification:
        level = held.level.value if held.level else ""
        issued = say("issued on {day}", day=language.day(held.issued)) if held.issued else ""
        words = (held.scheme, level, held.certificate, held.issuer, issued)
        yield Fact(
            name=say("European cybersecurity certificate"), cells=(text(", ".join(filter(None, words))),)
        )
    yield from given(
        say("Other technical specifications, which give no presumption of conformity"), StandardKind.OTHER
    )


def _standard(standard: Standard, language: Language) -> str:
    say = language.say
    named = f"{standard.id}:{standard.edition}" if _is_year(standard.edition) else standard.id
    words = [named, standard.title]
    if standard.edition and not _is_year(standard.edition):
        words.append(standard.edition)
    if standard.draft:
        words.append(say("draft"))
    said = ", ".join(filter(None, words))
    if standard.oj_reference:
        said += f" ({standard.oj_reference})"
    parts = "; ".join(standard.parts)
    extent = {
        Extent.FULL: say("applied in full"),
        Extent.PARTIAL: say("applied in part") + (f": {parts}" if parts else ""),
    }
    return f"{said}; {extent[standard.extent]}" if standard.extent in extent else said


def _is_year(edition: str) -> bool:
    return edition.isascii() and edition.isdecimal()


def _body(product: Product, language: Language) -> Iterator[Fact]:
    body = declaration.notified_body(product)
    if body is None:
        return
    say = language.say
    issued = say("issued on {day}", day=language.day(body.issued)) if body.issued else ""
    yield from _facts(
        (say("Name"), body.name),
        (say("Number"), body.number),
        (say("Procedure performed"), product.conformity.description),
        (say("Certificate"), ", ".join(filter(None, (body.certificate, issued)))),
    )


def _additional(product: Product, language: Language) -> Iterator[Fact]:
    say = language.say
    if product.declaration.additional_information:
        yield sentence(product.declaration.additional_information)
    places = {
        CePlace.PRODUCT: say("the product"),
        CePlace.PACKAGING: say("the packaging"),
        CePlace.DECLARATION: say("this declaration"),
        CePlace.WEBSITE: say("the website"),
    }
    marking = product.ce_marking
    if where := [words for place, words in places.items() if place in marking.affixed_to]:
        yield Fact(name=say("CE marking on"), cells=(text(language.listed(where)),))
        yield from _facts((say("Page with the CE marking"), marking.website))


def _signature(product: Product, language: Language) -> tuple[tuple[str, str], ...]:
    say = language.say
    declared = product.declaration
    day = language.day(declared.date) if declared.date else ""
    # Without a copy the line stays empty: this is the print that is signed.
    copy = declared.signed_copy if declared.signed else ""
    signed = say("signed; the signed copy is kept here: {place}", place=copy) if copy else ""
    return (
        (say("Signed for and on behalf of"), product.manufacturer.name),
        (say("Place and date of issue"), ", ".join(filter(None, (declared.place, day)))),
        (say("Name, function"), f"{declared.signatory.name}, {declared.signatory.function}"),
        (say("Signature"), signed),
    )
