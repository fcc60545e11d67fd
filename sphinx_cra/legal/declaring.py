"""R53 to R62: EU declaration of conformity and CE marking (Art. 28, 30; Annexes V and VI)."""

from __future__ import annotations

from urllib.parse import urlsplit

from sphinx_cra.evidence.binding import day as day_of
from sphinx_cra.legal.languages import unserved
from sphinx_cra.legal.procedures import AI_ACT, elsewhere, names
from sphinx_cra.legal.rule import (
    Answer,
    Basis,
    Facts,
    Rules,
    lacking,
    met,
    not_applicable,
    not_met,
    points,
    undecidable,
)
from sphinx_cra.model import Kind, Severity
from sphinx_cra.model import Outcome as Shown
from sphinx_cra.product import CePlace, DeclarationDecision, Form, Procedure, StandardKind
from sphinx_cra.words import listed

RULES = Rules()
rule = RULES.rule


@rule(
    "R53",
    "The declaration holds points 1 to 6 and 8 of Annex V, and point 7 where a body takes part",
    cites=("Annex V", "Article 28(2), first subparagraph", "Article 58(1), point (d)"),
    severity=Severity.ERROR,
    inputs="product: name, type, identification; manufacturer; conformity; declaration: place, date, "
    "signatory",
)
def eight_points(facts: Facts) -> Answer:
    """Points 3, 5 and 6 are statements that the declaration makes itself."""
    product = facts.product
    declaration, body = product.declaration, product.conformity.notified_body
    representative = product.manufacturer.authorised_representative
    wanted: dict[str, object] = {
        "1 (name, type and what else identifies the product)": product.type,
        "2 (name and address of the manufacturer or its authorised representative)": (
            (product.manufacturer.name and product.manufacturer.address)
            or (representative and representative.name and representative.address)
        ),
        "4 (the object, so that it can be traced)": declaration.object or product.identification,
        "8 (place)": declaration.place,
        "8 (date)": declaration.date,
        "8 (name of who signs)": declaration.signatory.name,
        "8 (function of who signs)": declaration.signatory.function,
    }
    eighth = {key: wanted.pop(key) for key in list(wanted) if key.startswith("8")}
    if product.conformity.procedure in (Procedure.B_C, Procedure.H):
        wanted["7 (name and number of the notified body, certificate)"] = (
            body and body.name and body.number and body.certificate
        )
        wanted["7 (description of the procedure)"] = product.conformity.description
    wanted.update(eighth)
    lacks = lacking(wanted)
    if lacks:
        return not_met(
            f"{'Point' if len(lacks) == 1 else 'Points'} {listed(lacks, 10)} of Annex V cannot be filled in",
            "complete the blocks declaration, product, manufacturer and conformity",
            product.place("declaration"),
            causes=lacks,
        )
    other = elsewhere(product)
    if product.conformity.procedure is None and not (other and other.allowed is False):
        return undecidable(
            "Without a procedure it is not known whether point 7 is needed",
            "state conformity.procedure",
            product.place("conformity"),
        )
    return met("All points can be filled in from the product file")


@rule(
    "R54",
    "There is one declaration for all acts of the Union that ask for one, each with its reference",
    cites=("Annex V, point 5", "Article 28(3)"),
    severity=Severity.ERROR,
    inputs="other_acts: act, oj_reference, declaration_required; product: high_risk_ai, ehr_system",
)
def one_declaration(facts: Facts) -> Answer:
    """Regulation (EU) 2024/2847 itself is always named."""
    product = facts.product
    unlisted = [
        f"{what}, and {act} is not listed"
        for what, act, number, so in (
            ("a high-risk AI system", f"Regulation (EU) {AI_ACT}", AI_ACT, product.high_risk_ai),
            ("an EHR system", "Regulation (EU) 2025/327", "2025/327", product.ehr_system),
        )
        if so and not any(number in a.act for a in product.other_acts)
    ]
    if unlisted:
        return not_met(
            f"The product is {listed(unlisted)}",
            "list the act in other_acts, with its reference and whether it asks for a declaration",
            product.place("other_acts"),
            causes=unlisted,
        )
    unstated = [a.act for a in product.other_acts if a.declaration_required is None]
    asked = [(n, a) for n, a in enumerate(product.other_acts) if a.declaration_required]
    bare = [(n, a) for n, a in asked if not a.oj_reference]
    if bare:
        return not_met(
            f"The reference in the Official Journal is not stated for {listed([a.act for _, a in bare])}",
            "state other_acts.oj_reference",
            product.place("other_acts", bare[0][0]),
            causes=(a.act for _, a in bare),
        )
    if unstated:
        return undecidable(
            f"Whether {listed(unstated)} asks for a declaration is not stated",
            "state other_acts.declaration_required",
            product.place("other_acts"),
        )
    others = listed([a.act for _, a in asked])
    return met(
        f"The declaration names Regulation (EU) 2024/2847"
        f"{f' and {others}' if others else '; no other act is stated'}"
    )


@rule(
    "R55",
    "The declaration states that fulfilment of the essential cybersecurity requirements has been "
    "demonstrated",
    cites=("Article 28(1)",),
    severity=Severity.ERROR,
    inputs="the declaration that is made from the product file; the state of every point of Annex I",
)
def demonstrated(facts: Facts) -> Answer:
    """The sentence is in the declaration; what would make it untrue on the stated facts is named."""
    gaps = [r.clause.printed for r in facts.rows.values() if r.gap and r.clause.id.startswith("CRA_ANX_I_")]
    if not any(r.clause.id.startswith("CRA_ANX_I_") for r in facts.rows.values()):
        return undecidable("The catalogue of the Regulation is not loaded", "add cra to cra_catalogues")
    if gaps:
        return not_met(
            f"The declaration would state it, and there {'is a gap' if len(gaps) == 1 else 'are gaps'} in "
            f"{points(gaps, 10)}",
            "close them before it is signed",
            facts.product.place("declaration"),
            causes=gaps,
        )
    return met("The declaration states it, and no point of Annex I is a gap")


@rule(
    "R56",
    "The declaration has place, date, name, function and signature; it is not older than the file, the "
    "reports or the "
    "certificate, and not younger than the placing on the market",
    cites=("Annex V, point 8", "Article 13(12), first subparagraph"),
    severity=Severity.ERROR,
    inputs="declaration: place, date, signatory, signed; document.date; conformity.notified_body and "
    "certification: issued; market.first_unit, product.versions: placed_on_market of the release; dates of "
    "valid evidence",
)
def signed(facts: Facts) -> Answer:
    """Dates are compared by day. What is tested again after the product was placed on the market is no
    breach of itself: it may stand beside the report that the declaration rests on."""
    product = facts.product
    declaration = product.declaration
    place = product.place("declaration", "date")
    day = declaration.date
    if day is None:
        return undecidable(
            "The declaration has no date", "state declaration.date", product.place("declaration")
        )
    before = {"the file": product.document.date}
    body, certification = product.conformity.notified_body, product.conformity.certification
    if product.conformity.procedure in (Procedure.B_C, Procedure.H):
        before["the certificate"] = body.issued if body else None
    if product.conformity.procedure is Procedure.CERTIFICATION:
        before["the certificate"] = certification.issued if certification else None
    placed = product.placed_on_market or product.first_placing
    made = [
        (item.id, when)
        for item in facts.trace.of_kind(Kind.EVIDENCE)
        if facts.shown(item) is Shown.VALID
        if (when := day_of(facts.verdicts[item.id].date or item.fields.get("date", ""))) and when > day
    ]
    later = [
        *((what, when) for what, when in before.items() if when is not None and when > day),
        *((i, when) for i, when in made if placed is None or when <= placed),
    ]
    if later:
        said = listed([f"{what} of {when}" for what, when in later])
        return not_met(
            f"The declaration is of {day}, and {said}",
            "date it after the file and what it rests on",
            place,
            causes=(what for what, _ in later),
        )
    if placed is not None and day > placed:
        return not_met(
            f"The declaration is of {day}, and the product was placed on the market on {placed}",
            "draw it up before",
            place,
        )
    lacks = lacking(
        {
            "the place": declaration.place,
            "who signs": declaration.signatory.name,
            "in which function": declaration.signatory.function,
        }
    )
    if lacks:
        return not_met(
            f"The declaration does not state {listed(lacks)}",
            "state it in the block declaration",
            product.place("declaration"),
            causes=lacks,
        )
    if made:
        return not_met(
            f"The declaration is of {day}, and {listed([f'{i} of {when}' for i, when in made])}",
            "keep the reports of before beside them, or draw it up anew if it rests on these",
            place,
            severity=Severity.WARNING,
            causes=(name for name, _ in made),
        )
    if not declaration.signed:
        return undecidable(
            "It is not stated that the declaration is signed", "sign it, and state declaration.signed", place
        )
    unknown = [f"the date of {what}" for what, when in before.items() if when is None]
    unknown += ["when the product is placed on the market"] * (placed is None)
    if unknown:
        return undecidable(
            f"The product file does not state {listed(unknown)}, so that the dates cannot be compared",
            "state document.date, the date of the certificate and market.first_unit",
            place,
        )
    return met(f"Signed on {day} at {declaration.place} by {declaration.signatory.name}, as stated")


@rule(
    "R57",
    "The product is identified by the same words in the declaration and in the information to the user",
    cites=("Annex V, point 1", "Annex V, point 4", "Annex II, point 3", "Article 13(15)"),
    severity=Severity.ERROR,
    inputs="product: name, type, identification, release; declaration.release",
)
def identified(facts: Facts) -> Answer:
    """Both are made from the product file here, so that they differ in nothing but a version of its own."""
    product = facts.product
    if not product.identification:
        return not_met(
            "What identifies a unit (type, batch or serial number) is not stated",
            "state product.identification",
            product.place("product"),
        )
    declared = product.declaration.release
    if declared and declared != product.release:
        return not_met(
            f"The declaration names version {declared}, and the information to the user {product.release}",
            "state the same in declaration.release, or leave it empty",
            product.place("declaration", "release"),
        )
    name = " ".join(filter(None, (product.name, product.type if product.type not in product.name else "")))
    return met(f"Both name the product by the same words: {name}, {product.identification.rstrip('.')}")


@rule(
    "R58",
    "Nothing is listed as a harmonised standard without its reference in the Official Journal",
    cites=("Annex V, point 6", "Article 27(1), first subparagraph"),
    severity=Severity.ERROR,
    inputs="standards: kind, oj_reference, oj_date, draft; status: harmonised_standards",
)
def cited(facts: Facts) -> Answer:
    """A draft is never harmonised."""
    product = facts.product
    harmonised = [(n, s) for n, s in enumerate(product.standards) if s.kind is StandardKind.HARMONISED]
    unstated = [s.id for s in product.standards if s.kind is None]
    wrong = [(n, s) for n, s in harmonised if s.draft or not s.oj_reference]
    if wrong:
        said = [
            f"{s.id}, which {'is a draft' if s.draft else 'has no reference in the Official Journal'}"
            for _, s in wrong
        ]
        return not_met(
            f"Listed as harmonised: {listed(said)}",
            "list it with kind other, or state oj_reference",
            product.place("standards", wrong[0][0]),
            causes=(s.id for _, s in wrong),
        )
    fact = facts.status["harmonised_standards"]
    early = [
        (n, s)
        for n, s in harmonised
        if not (s.oj_date and s.oj_date > fact.as_of)
        and not any(names(f, s.oj_reference) or names(f, s.id) for f in fact.found)
    ]
    if early:
        return not_met(
            f"Listed as harmonised: {listed([s.id for _, s in early])}; and {fact.says(facts.day)} "
            f"{'is' if len(fact.found) < 2 else 'are'} known to be cited",
            "check the reference, and state its oj_date or newer facts in cra_status",
            product.place("standards", early[0][0]),
            severity=Severity.WARNING,
            causes=(s.id for _, s in early),
        )
    if unstated:
        return undecidable(
            f"What {listed(unstated)} is to the Regulation is not stated",
            "state standards.kind",
            product.place("standards"),
        )
    harmonised_ids = listed([s.id for _, s in harmonised])
    return met(
        f"Listed as harmonised, each with its reference: {harmonised_ids}"
        if harmonised_ids
        else "Nothing is listed as harmonised"
    )


@rule(
    "R59",
    "The simplified declaration names manufacturer, type, Regulation and the exact address of the full "
    "one, which exists",
    cites=("Article 13(20)", "Annex VI"),
    severity=Severity.ERROR,
    inputs="declaration.form; manufacturer; product.type; contacts.declaration",
)
def short_form(facts: Facts) -> Answer:
    """The address is taken as stated, and not fetched."""
    product = facts.product
    form = product.declaration.form
    if form is None:
        return undecidable(
            "The form of the declaration is not stated",
            "state declaration.form",
            product.place("declaration"),
        )
    if form is Form.FULL:
        return not_applicable("The full declaration goes with the product")
    lacks = [
        (words, key)
        for words, key, there in (
            ("the type of the product", "product.type", product.type),
            ("the address of the full declaration", "contacts.declaration", product.contacts.declaration),
        )
        if not there
    ]
    if lacks:
        return not_met(
            f"The product file does not state {listed([words for words, _ in lacks])}",
            f"state {listed([key for _, key in lacks])}",
            product.place(lacks[0][1].split(".")[0]),
            causes=(words for words, _ in lacks),
        )
    if not urlsplit(product.contacts.declaration).path.strip("/"):
        return not_met(
            f"The address {product.contacts.declaration} leads to a website, and not to the declaration",
            "state its exact address in contacts.declaration",
            product.place("contacts", "declaration"),
            severity=Severity.WARNING,
        )
    return met(f"The full declaration is at {product.contacts.declaration}, as stated")


@rule(
    "R60",
    "The declaration is in every language that the Member States of the market require",
    cites=("Article 28(2), first subparagraph",),
    severity=Severity.WARNING,
    inputs="declaration.languages; market: member_states, languages",
)
def translated(facts: Facts) -> Answer:
    """What a Member State requires is what the manufacturer found out; one of several languages is enough."""
    product = facts.product
    market = product.market
    unknown = [s for s in market.member_states if not market.languages.get(s)]
    lacks = [
        words
        for words, missing in (
            ("the languages of the declaration", not product.declaration.languages),
            ("the markets", not market.member_states),
            (f"the languages of {listed(unknown)}", unknown),
        )
        if missing
    ]
    if lacks:
        return undecidable(
            f"The product file does not state {listed(lacks)}",
            "state declaration.languages, market.member_states and market.languages",
            product.place("market"),
        )
    bare = unserved(market, product.declaration.languages)
    if bare:
        return not_met(
            f"There is no declaration for {listed(bare, 10)}",
            "translate it",
            product.place("declaration", "languages"),
            causes=bare,
        )
    return met(
        f"The declaration is in {listed(product.declaration.languages, 10)} for "
        f"{listed(market.member_states, 10)}"
    )


@rule(
    "R61",
    "The CE marking of software is on the declaration or a page of the website; of hardware on the "
    "product, else on "
    "packaging and declaration",
    cites=("Article 30(1)",),
    severity=Severity.ERROR,
    inputs="product.hardware; ce_marking: affixed_to, not_on_product, website",
)
def marked(facts: Facts) -> Answer:
    """The section of the website has to be easily and directly accessible."""
    product = facts.product
    marking = product.ce_marking
    place = product.place("ce_marking")
    if product.hardware is None:
        return undecidable(
            "It is not stated whether the product is or contains hardware",
            "state product.hardware",
            product.place("product"),
        )
    if not marking.affixed_to:
        return undecidable("It is not stated where the CE marking is", "state ce_marking.affixed_to", place)
    where = set(marking.affixed_to)
    if not product.hardware:
        if not where & {CePlace.DECLARATION, CePlace.WEBSITE}:
            return not_met(
                "The product is software, and the marking is neither on the declaration nor on a website",
                "put it there",
                place,
            )
        if CePlace.WEBSITE in where and CePlace.DECLARATION not in where and not marking.website:
            return undecidable("The page with the marking is not stated", "state ce_marking.website", place)
        return met(f"The marking is on {listed(sorted(w.value for w in where))}, as stated")
    if CePlace.PRODUCT in where:
        return met("The marking is on the product, as stated")
    if not {CePlace.PACKAGING, CePlace.DECLARATION} <= where:
        return not_met(
            "The marking is not on the product, and not on both packaging and declaration",
            "put it on the product, or on both of them",
            place,
        )
    if not marking.not_on_product:
        return undecidable(
            "Why the marking cannot be on the product is not stated", "state ce_marking.not_on_product", place
        )
    return met("The marking is on packaging and declaration, with the reason why it is not on the product")


@rule(
    "R62",
    "Each substantial modification was considered for a new or updated declaration",
    cites=("Article 28(2), first subparagraph",),
    severity=Severity.WARNING,
    inputs="modifications: substantial, declaration",
    basis=Basis.GUIDANCE,
)
def considered(facts: Facts) -> Answer:
    """FAQ 6.8. Whether a modification is substantial is a judgement (Art. 3(30)) that has to be recorded."""
    product = facts.product
    place = product.place("modifications")
    versions = [v.version for v in product.versions if v.substantial_modification]
    recorded = {m.version for m in product.modifications}
    missing = [v for v in versions if v not in recorded]
    if missing:
        return not_met(
            f"Substantially modified, and not listed in modifications: {listed(missing)}",
            "record the decision in modifications",
            place,
            causes=missing,
        )
    unjudged = [m.version or str(m.date) for m in product.modifications if m.substantial is None]
    if unjudged:
        return undecidable(
            f"Whether {listed(unjudged)} is substantial is not stated",
            "state modifications.substantial",
            place,
        )
    silent = [
        m.version or str(m.date) for m in product.modifications if m.substantial and m.declaration is None
    ]
    if silent:
        return not_met(
            f"What {listed(silent)} means for the declaration is not stated",
            "state modifications.declaration",
            place,
            causes=silent,
        )
    unchanged = [
        m.version or str(m.date)
        for m in product.modifications
        if m.substantial and m.declaration is DeclarationDecision.UNCHANGED
    ]
    if unchanged:
        return not_met(
            f"The declaration was left unchanged after the substantial modification {listed(unchanged)}",
            "draw it up anew; a substantially modified product is placed on the market again",
            place,
            causes=unchanged,
        )
    if not product.modifications:
        return not_applicable("No modification is listed")
    many = len(product.modifications)
    listed_so = "One modification is listed" if many == 1 else f"{many} modifications are listed, each"
    return met(f"{listed_so} with its decision")
