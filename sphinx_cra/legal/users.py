"""R46 to R52: information and instructions to the user (Annex II; Art. 13(16) to (18), (20))."""

from __future__ import annotations

from sphinx_cra.legal.dates import ten_years_or_support
from sphinx_cra.legal.languages import unserved
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
from sphinx_cra.product import Form
from sphinx_cra.words import listed

RULES = Rules()
rule = RULES.rule


def _points(lacks: list[str]) -> str:
    return f"{'point' if len(lacks) == 1 else 'each of points'} {listed(lacks, 10)}"


@rule(
    "R46",
    "The information to the user holds points 1, 2, 3, 4, 5, 7 and 8(a) to (d) of Annex II",
    cites=("Annex II", "Article 13(18)"),
    severity=Severity.ERROR,
    inputs="manufacturer; contacts; product; user_information; support_period.end",
)
def informed(facts: Facts) -> Answer:
    """Point 5 may say that none is known (own reading); then ``known_risks: none``."""
    product = facts.product
    told, instructions = product.user_information, product.user_information.instructions
    lacks = lacking(
        {
            "1 (name and address of the manufacturer, and a digital contact)": product.manufacturer.name
            and product.manufacturer.address
            and (product.manufacturer.email or product.manufacturer.digital_contact),
            "2 (single point of contact and disclosure policy)": product.contacts.single_point_of_contact
            and product.contacts.disclosure_policy,
            "3 (name, type and what else identifies the product)": product.type,
            "4 (intended purpose, security environment, essential functionalities, security properties)": (
                product.intended_purpose
                and told.security_environment
                and told.essential_functionalities
                and told.security_properties
            ),
            "5 (known circumstances that may lead to risks)": told.known_risks,
            "7 (type of support and its end)": told.support_type and product.support_period.end,
            "8(a) (commissioning and use)": instructions.commissioning_and_use,
            "8(b) (how changes affect security)": instructions.changes,
            "8(c) (how updates are installed)": instructions.updates,
            "8(d) (secure decommissioning)": instructions.decommissioning,
        }
    )
    if lacks:
        return not_met(
            f"The product file does not state what {_points(lacks)} of Annex II asks for",
            "state it in product, user_information, manufacturer, contacts and support_period",
            product.place("user_information"),
            causes=lacks,
        )
    return met(
        "What these points ask for is stated; whether the documents say so as clearly is for people to read"
    )


@rule(
    "R47",
    "Users are told where the declaration of conformity is, if it is online, and always with the "
    "simplified one",
    cites=("Annex II, point 6", "Article 13(20)"),
    severity=Severity.ERROR,
    inputs="declaration.form; contacts.declaration",
)
def declared(facts: Facts) -> Answer:
    """The simplified declaration lives from the address of the full one."""
    product = facts.product
    form = product.declaration.form
    if product.contacts.declaration:
        return met(f"Users are told that the declaration is at {product.contacts.declaration}")
    place = product.place("contacts")
    if form in (Form.SIMPLIFIED, Form.BOTH):
        return not_met(
            "The simplified declaration is given, and the address of the full one is not stated",
            "state contacts.declaration",
            place,
        )
    if form is None:
        return undecidable(
            "The form of the declaration is not stated",
            "state declaration.form",
            product.place("declaration"),
        )
    return not_applicable("The full declaration goes with the product, and no address of it is stated")


@rule(
    "R48",
    "Where updates are automatic users are told how to turn them off, where the product is made for "
    "integration how",
    cites=("Annex II, point 8(e)", "Annex II, point 8(f)", "Annex II, point 9"),
    severity=Severity.ERROR,
    inputs="updates.automatic_by_default; product.intended_for_integration; user_information.instructions",
)
def conditional(facts: Facts) -> Answer:
    """Point 9, the SBOM, is R34."""
    product = facts.product
    instructions = product.user_information.instructions
    automatic, integrated = product.updates.automatic_by_default, product.intended_for_integration
    lacks = []
    if automatic and not instructions.automatic_updates_off:
        lacks.append("point 8(e) (how to turn automatic updates off)")
    if integrated and not instructions.integration:
        lacks.append("point 8(f) (what an integrator needs)")
    if lacks:
        return not_met(
            f"The product file does not state what {listed(lacks)} of Annex II asks for",
            "state it in user_information.instructions",
            product.place("user_information", "instructions"),
            causes=lacks,
        )
    unstated = [
        words
        for words, fact in (
            ("whether updates are automatic by default", automatic),
            ("whether the product is made to be integrated", integrated),
        )
        if fact is None
    ]
    if unstated:
        return undecidable(
            f"It is not stated {listed(unstated)}",
            "state updates.automatic_by_default and product.intended_for_integration",
            product.place("updates"),
        )
    if not (automatic or integrated):
        return not_applicable(
            "Updates are not automatic, and the product is not made for integration, as stated"
        )
    return met("The conditional instructions are stated")


@rule(
    "R49",
    "Information that is online stays there for ten years, or for the support period if that is longer",
    cites=("Annex II, point 8", "Article 13(18)"),
    severity=Severity.ERROR,
    inputs="user_information: instructions, documents: location, online_until; market.last_unit; "
    "product.versions: last_placed_on_market, support_end; support_period.end",
)
def online(facts: Facts) -> Answer:
    """Point 8 may be an address. Nothing is fetched: whether it can be reached is not looked at."""
    product = facts.product
    told = product.user_information
    given = [
        told.instructions.commissioning_and_use,
        told.instructions.changes,
        told.instructions.updates,
        told.instructions.decommissioning,
        told.instructions.automatic_updates_off,
        told.instructions.integration,
        *(d.location for d in told.documents),
    ]
    if not any(given):
        return undecidable(
            "Where the instructions are is not stated",
            "state user_information.instructions",
            product.place("user_information"),
        )
    if not any("http://" in g.lower() or "https://" in g.lower() for g in given):
        return not_applicable("No instruction and no document is at an address on the internet, as stated")
    until = told.online_until
    wanted, why, unknown = ten_years_or_support(product)
    if until is not None and wanted is not None and until.last_day < wanted:
        return not_met(
            f"What is online stays there until {until}, and has to until {wanted}, {why}",
            "keep them online for longer",
            product.place("user_information", "online_until"),
        )
    lacks = [*(["until when it stays online"] if until is None else []), *unknown]
    if lacks:
        return undecidable(
            f"It is not stated {listed(lacks)}",
            "state user_information.online_until, market.last_unit and support_period.end",
            product.place("user_information"),
        )
    return met(f"What is online stays there until {until}, as stated")


@rule(
    "R50",
    "The manufacturer is named with postal address and a digital contact",
    cites=("Annex II, point 1", "Article 13(16)", "Annex V, point 2"),
    severity=Severity.ERROR,
    inputs="manufacturer: name, address, email, digital_contact",
)
def manufacturer(facts: Facts) -> Answer:
    """The declaration takes the same words from here, so they cannot differ."""
    stated = facts.product.manufacturer
    lacks = lacking(
        {
            "the name": stated.name,
            "the postal address": stated.address,
            "an e-mail address or other digital contact": stated.email or stated.digital_contact,
        }
    )
    if lacks:
        return not_met(
            f"The product file does not state {listed(lacks)} of the manufacturer",
            "state it in the block manufacturer",
            facts.product.place("manufacturer", *(() if stated.name else ("name",))),
            causes=lacks,
        )
    return met(f"{stated.name}, {stated.address}, {stated.email or stated.digital_contact}")


@rule(
    "R51",
    "The single point of contact is more than an automated one, and the disclosure policy can be read",
    cites=(
        "Article 13(17), third subparagraph",
        "Article 13(17), first subparagraph",
        "Annex II, point 2",
    ),
    severity=Severity.ERROR,
    inputs="contacts: single_point_of_contact, means (kind, automated), disclosure_policy",
)
def reachable(facts: Facts) -> Answer:
    """Users choose how they communicate; not by automated tools alone."""
    product = facts.product
    contacts = product.contacts
    place = product.place("contacts")
    lacks = lacking(
        {
            "the single point of contact": contacts.single_point_of_contact or contacts.means,
            "the coordinated vulnerability disclosure policy": contacts.disclosure_policy,
        }
    )
    if lacks:
        return not_met(
            f"The product file does not state {listed(lacks)}", "state it in contacts", place, causes=lacks
        )
    if not contacts.means:
        return undecidable(
            "By which means the point of contact is reached is not stated",
            "list them in contacts.means",
            place,
        )
    automated = [m.is_automated for m in contacts.means]
    kinds = listed([m.kind.value for m in contacts.means])
    if all(automated):
        return not_met(
            f"Every means is automated: {kinds}",
            "let users reach a person as well",
            product.place("contacts", "means"),
        )
    if False not in automated:
        return undecidable(
            f"Whether a person answers is not stated: {kinds}",
            "state automated for each means",
            product.place("contacts", "means"),
        )
    policy = contacts.disclosure_policy
    return met(f"Users reach the single point of contact by {kinds}, and the policy is at {policy}")


@rule(
    "R52",
    "Users find a document in a language of each market",
    cites=("Article 13(18)",),
    severity=Severity.WARNING,
    inputs="market: member_states, languages; user_information.documents: languages",
    basis=Basis.LAW,
)
def understood(facts: Facts) -> Answer:
    """Which languages a Member State asks for is what the manufacturer found out."""
    product = facts.product
    market, told = product.market, product.user_information
    if not told.documents:
        return undecidable(
            "No user document is listed",
            "list them in user_information.documents",
            product.place("user_information"),
        )
    unknown = [s for s in market.member_states if not market.languages.get(s)]
    if not market.member_states or unknown:
        what = f"The languages of {listed(unknown)} are" if unknown else "The markets are"
        return undecidable(
            f"{what} not stated", "state market.member_states and market.languages", product.place("market")
        )
    silent = [d.title for d in told.documents if not d.languages]
    if silent:
        return undecidable(
            f"The language of {listed(silent)} is not stated",
            "state user_information.documents.languages",
            product.place("user_information", "documents"),
        )
    bare = unserved(market, told.languages)
    if bare:
        return not_met(
            f"There is no document for {listed(bare, 10)}",
            "translate one",
            product.place("user_information", "documents"),
            causes=bare,
        )
    return met(f"There are documents in {listed(told.languages, 10)} for {listed(market.member_states, 10)}")
