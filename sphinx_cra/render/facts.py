"""What points of Annex VII show of ``cra.yaml``: a function a point, Product in, Tables out.

Shown is what Annex VII asks for, and the facts that an assessor needs to follow it. What is asked
for and not given is said not to be stated; the rest is left out where it is not given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sphinx_cra.dossier import remote_processing
from sphinx_cra.language import english
from sphinx_cra.render.table import NONE, Table, Text, lines, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sphinx_cra.product import Product, Standard
    from sphinx_cra.render.table import Cell


def pairs(stated: Iterable[tuple[str, str]]) -> Table:
    """Names and what is stated under each."""
    return Table(
        headers=("What", "As stated"),
        widths=(30, 70),
        rows=tuple((text(name, None, "strong"), text(value) or text("not stated")) for name, value in stated),
        classes=("cra-facts",),
    )


def _given(stated: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Those that are stated."""
    return ((name, value) for name, value in stated if value)


def _answer(said: bool | None) -> str:
    return "" if said is None else "yes" if said else "no"


def _day(day: object) -> str:
    return str(day) if day is not None else ""


# --------------------------------------------------------------------------- point 1


def general(product: Product) -> tuple[Table, ...]:
    """Point 1: the product, its class and who makes it."""
    tables = [pairs(_general(product))]
    if product.variants:
        tables.append(
            Table(
                headers=("Variant", "Told apart by", "What differs for security"),
                widths=(24, 32, 44),
                rows=tuple(
                    (
                        text(v.name, None, "strong"),
                        text(v.identification) or NONE,
                        text(v.differences) or text("not stated"),
                    )
                    for v in product.variants
                ),
                classes=("cra-variants",),
            )
        )
    return tuple(tables)


def _general(product: Product) -> Iterator[tuple[str, str]]:
    manufacturer = product.manufacturer
    yield "Product", product.name
    yield "Type", product.type
    yield "Description", product.description
    yield "Release that this file is about", product.release
    yield "Identification", product.identification
    yield "Class", product.product_class.value if product.product_class else ""
    yield "Category", product.category
    yield "Reasons for the class", product.class_reason
    procedure = product.conformity.procedure
    yield "Conformity assessment procedure", procedure.value if procedure else ""
    if body := product.conformity.notified_body:
        yield "Notified body", " ".join(filter(None, (body.name, body.number, body.certificate)))
    if certificate := product.conformity.certification:
        level = certificate.level.value if certificate.level else ""
        named = (certificate.scheme, level, certificate.certificate)
        yield "European cybersecurity certificate", ", ".join(filter(None, named))
    if product.open_source.qualifies:
        yield "Free and open-source software", product.open_source.licence or "yes; licence not stated"
    yield "Manufacturer", ", ".join(filter(None, (manufacturer.name, manufacturer.address)))
    contact = (manufacturer.email, manufacturer.digital_contact, manufacturer.website)
    yield "Contact", ", ".join(filter(None, contact))


def purpose(product: Product) -> tuple[Table, ...]:
    """Point 1(a)."""
    return (
        pairs(
            [
                ("Intended purpose", product.intended_purpose),
                ("Core functionality", product.core_functionality),
                ("Reasonably foreseeable use", product.foreseeable_use),
                ("Conditions of use", product.operating_environment),
                ("Remote data processing", remote_processing(product)),
            ]
        ),
    )


def versions(product: Product) -> tuple[Table, ...]:
    """Point 1(b)."""
    if not product.versions:
        return ()
    return (
        Table(
            headers=("Part", "Version", "Placed on the market", "Identified by", "Note"),
            widths=(12, 16, 16, 32, 24),
            rows=tuple(
                (
                    text(v.part.value if v.part else "not stated"),
                    text(v.version, None, "strong"),
                    lines(
                        [
                            text(_day(v.placed_on_market) or "not stated"),
                            text(f"last unit {v.last_placed_on_market}" if v.last_placed_on_market else ""),
                        ]
                    ),
                    lines([text(v.commit, None, "literal"), text(v.sha256, None, "literal")]) or NONE,
                    lines(
                        [text("Substantial modification" if v.substantial_modification else ""), text(v.note)]
                    )
                    or NONE,
                )
                for v in product.versions
            ),
            classes=("cra-versions",),
        ),
    )


# --------------------------------------------------------------------------- point 2


def design(product: Product) -> tuple[Table, ...]:
    """Point 2(a): services at a distance, which are part of the architecture (Article 3(2))."""
    if not product.remote_services:
        return ()
    run = {True: "a third party", False: "the manufacturer", None: "not stated by whom"}
    return (
        Table(
            headers=("Service at a distance", "Run by", "What it does", "Agreed with the provider"),
            widths=(24, 22, 32, 22),
            rows=tuple(
                (
                    text(s.name, None, "strong"),
                    lines([text(s.provider), text(run[s.third_party])]),
                    text(s.purpose) or text("not stated"),
                    text(s.contract) or (text("not stated") if s.third_party else NONE),
                )
                for s in product.remote_services
            ),
            classes=("cra-services",),
        ),
    )


def handling(product: Product, *, sboms: str, known: str) -> tuple[Table, ...]:
    """Point 2(b): contact, policy, SBOM, and how updates are distributed.

    :param sboms: ids of the evidence that is a software bill of materials.
    :param known: what is known of vulnerabilities, in a sentence.
    """
    contacts, updates = product.contacts, product.updates
    means = ", ".join(f"{m.kind.value}: {m.value}" if m.value else m.kind.value for m in contacts.means)
    years = f"{updates.available_years:g} years after issue" if updates.available_years else ""
    separate = (_answer(updates.separate_security_updates), updates.separate_reason)
    automatic = (_answer(updates.automatic_by_default), updates.automatic_reason)
    return (
        pairs(
            [
                ("Contact for vulnerability reports", contacts.single_point_of_contact),
                *_given([("Means of communication", means)]),
                ("Disclosure policy", contacts.disclosure_policy),
                ("security.txt", contacts.security_txt),
                ("Software bill of materials", sboms),
                ("Kept at", product.sbom.location),
                ("Known vulnerabilities", known),
                *_given(
                    [
                        ("Updates are obtained from", updates.location),
                        ("Security updates install automatically", _sentence(automatic)),
                        ("Security updates apart from new functions", _sentence(separate)),
                        ("Security updates free of charge", _answer(updates.free_of_charge)),
                        ("Each security update stays available", years),
                        ("Advisories", updates.advisories),
                    ]
                ),
            ]
        ),
    )


def _sentence(parts: Iterable[str]) -> str:
    return ". ".join(p.rstrip(".") for p in parts if p)


def production(product: Product) -> tuple[Table, ...]:
    """Point 2(c)."""
    made = product.production
    if not (made.controls or made.validation or made.validated_on):
        return ()
    stated = [
        ("Controls of production and release", made.controls),
        ("Validation of these controls", made.validation),
        ("Validated on", _day(made.validated_on)),
    ]
    return (pairs(stated),)


# --------------------------------------------------------------------------- points 3, 4, 5 and 8


def risk_assessment(product: Product | None) -> tuple[Table, ...]:
    """Point 3: the assessment as a document."""
    if product is None:
        return ()
    stated = product.risk_assessment
    if not (stated.version or stated.date or stated.method):
        return ()
    return (
        pairs(
            [
                ("Version of the risk assessment", stated.version),
                ("Date", _day(stated.date)),
                ("Method", stated.method),
            ]
        ),
    )


def support_period(product: Product) -> tuple[Table, ...]:
    """Point 4."""
    period = product.support_period
    considered = period.considerations
    years = f"{product.expected_use_years:g} years" if product.expected_use_years else ""
    return (
        pairs(
            [
                ("Start", _day(period.start)),
                ("End", english().end(period.end) if period.end else ""),
                ("Expected time in use", years),
                ("User expectations", considered.user_expectations),
                ("Nature and intended purpose", considered.nature_and_purpose),
                ("Relevant Union law", considered.union_law),
                *_given(
                    [
                        ("Support periods of comparable products", considered.comparable_products),
                        ("Availability of the operating environment", considered.operating_environment),
                        ("Support of core components", considered.core_components),
                        ("Guidance", considered.guidance),
                        ("Note", period.note),
                        *(
                            (
                                f"End of support of version {v.version}",
                                english().end(v.support_end) if v.support_end else "",
                            )
                            for v in product.versions
                        ),
                    ]
                ),
            ]
        ),
    )


def standards(product: Product) -> tuple[Table, ...]:
    """Point 5."""
    if not product.standards:
        return ()
    return (
        Table(
            headers=("Standard", "Kind", "Applied", "Parts, or solution instead", "For"),
            widths=(28, 14, 10, 30, 18),
            rows=tuple(
                (
                    lines([text(s.id, None, "strong"), text(s.title), text(s.edition)]),
                    lines(
                        [
                            text(s.kind.value if s.kind else "not stated"),
                            text(f"level {s.level.value}" if s.level else ""),
                            text("draft" if s.draft else ""),
                            text(s.oj_reference),
                        ]
                    ),
                    text(s.extent.value if s.extent else "not stated"),
                    lines([text("; ".join(s.parts)), text(s.solution), text(s.note)]) or NONE,
                    _clauses(s),
                )
                for s in product.standards
            ),
            classes=("cra-standards",),
        ),
    )


def _clauses(standard: Standard) -> Cell:
    """The clauses that it is applied for; how far is said where it differs."""
    stated: list[Text] = []
    for clause, extent in standard.applied_for.items():
        if stated:
            stated.append(Text(", "))
        stated.append(Text(clause, clause))
        if extent is not None and extent is not standard.extent:
            stated.append(Text(f" ({extent.value})"))
    return tuple(stated) or NONE


def sbom_requests(product: Product | None) -> tuple[Table, ...]:
    """Point 8: reasoned requests of authorities."""
    if product is None or not product.sbom.requests:
        return ()
    return (
        Table(
            headers=("Requested by", "On", "Reasons", "Version", "Supplied on"),
            widths=(24, 14, 36, 12, 14),
            rows=tuple(
                (
                    text(r.authority, None, "strong"),
                    text(_day(r.date) or "not stated"),
                    text(r.reason) or text("not stated"),
                    text(r.version) or text("not stated"),
                    text(_day(r.supplied_on) or "not supplied"),
                )
                for r in product.sbom.requests
            ),
            classes=("cra-sbom-requests",),
        ),
    )
