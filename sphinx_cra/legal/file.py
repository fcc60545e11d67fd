"""R15 to R30: the technical file, and what it has to hold (Art. 13, 31, 33(5); Annex VII)."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from sphinx_cra.coverage import gives_reason
from sphinx_cra.dossier import sboms
from sphinx_cra.evidence import binding
from sphinx_cra.legal.dates import support_ends, ten_years_or_support
from sphinx_cra.legal.procedures import names
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
from sphinx_cra.model import Kind, Link, Presence, Severity, State, under
from sphinx_cra.model import Outcome as Shown
from sphinx_cra.product import NONE, CompanySize, Extent
from sphinx_cra.words import listed, sentences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx_cra.model import Item, Row
    from sphinx_cra.product import Standard

RULES = Rules()
rule = RULES.rule

SECURE_DEFAULT = "CRA_ANX_I_P1_2_B"
FREE_UPDATES = "CRA_ANX_I_P2_8"


def _points(facts: Facts) -> tuple[Row, ...]:
    """Points (2)(a) to (m) of Annex I, Part I."""
    return tuple(
        r for r in facts.rows.values() if r.clause.excludable and under(r.clause.id, "CRA_ANX_I_P1_2")
    )


def _annex_one(facts: Facts) -> tuple[Row, ...]:
    """What Annex I asks for, point by point."""
    return tuple(r for r in facts.rows.values() if under(r.clause.id, "CRA_ANX_I") and r.clause.asked)


def _no_catalogue() -> Answer:
    return undecidable("The catalogue of the Regulation is not loaded", "add cra to cra_catalogues")


@rule(
    "R15",
    "Every item of Annex VII is in the file, or said not to apply with a reason",
    cites=("Annex VII", "Article 31(1)", "Article 58(1), point (f)"),
    severity=Severity.ERROR,
    inputs="claimed sections; what each point needs from cra.yaml and the trace; product.hardware",
)
def complete(facts: Facts) -> Answer:
    """What each point lacks stands beside it; only 1(c) may fall away, and for software alone."""
    missing = [p for p in facts.dossier.points if p.presence is Presence.MISSING]
    # 1(c) is for hardware, and 8 for what an authority asked for: the law itself says when they apply.
    excused = [
        p for p in facts.dossier.points if p.presence is Presence.NOT_APPLICABLE and p.id not in ("1c", "8")
    ]
    total = len(facts.dossier.points)
    if missing:
        numbers = listed([p.printed.removeprefix("Annex VII, point ") for p in missing], total)
        return not_met(
            f"{len(missing)} of {total} items {'lacks' if len(missing) == 1 else 'lack'} something: "
            f"{numbers}",
            "see what each item lacks in the file",
            causes=(p.id for p in missing),
        )
    if excused:
        numbers = listed([p.printed.removeprefix("Annex VII, point ") for p in excused], total)
        return not_met(
            f"{numbers} {'is' if len(excused) == 1 else 'are'} said not to apply; the law knows that of 1(c) "
            "and 8 alone",
            "claim a section, or have a lawyer confirm the reason",
            severity=Severity.WARNING,
            causes=(p.id for p in excused),
        )
    photographs = next((p for p in facts.dossier.points if p.id == "1c"), None)
    if photographs and photographs.presence is Presence.NOT_APPLICABLE and facts.product.hardware is None:
        return undecidable(
            "1(c) is said not to apply, which is so of software alone, and it is not stated whether the "
            "product is or contains hardware",
            "state product.hardware",
            facts.product.place("product"),
        )
    return met(f"All {total} items are present or do not apply")


@rule(
    "R16",
    "The file is drawn up before the product is placed on the market, and looked through after every change",
    cites=("Article 31(2)", "Article 13(12), first subparagraph"),
    severity=Severity.ERROR,
    inputs="document.date, reviewed_on; market.first_unit, product.versions: placed_on_market; "
    "modifications: date; support_period.end",
)
def dated(facts: Facts) -> Answer:
    """A file that is late breaks the text; one that was not looked through needs judgement."""
    product = facts.product
    document = product.document
    if document.date is None:
        return undecidable("The file has no date", "state document.date", product.place("document"))
    placed = product.first_placing
    reviewed = document.reviewed_on or document.date
    last = max((m.date for m in product.modifications if m.date), default=None)
    place = product.place("document", "reviewed_on" if document.reviewed_on else "date")
    if placed is not None and document.date > placed and document.reviewed_on is None:
        return not_met(
            f"The file is of {document.date}, and the product was placed on the market on {placed}",
            "state as document.date when it was drawn up, and as document.reviewed_on when it was last "
            "changed",
            product.place("document", "date"),
        )
    if placed is not None and document.date > placed:
        return not_met(
            f"The file was drawn up on {document.date}, after the product was placed on the market on "
            f"{placed}",
            "draw it up before",
            product.place("document", "date"),
        )
    if reviewed < document.date:
        return not_met(
            f"The file was looked through on {reviewed}, before it was drawn up on {document.date}",
            "correct document.date or document.reviewed_on",
            place,
            severity=Severity.WARNING,
        )
    end = support_ends(product)
    if end is not None and reviewed > end:
        return not_met(
            f"The file was last looked through on {reviewed}, after the support period ended on {end}",
            "look it through within the support period, and state when that was",
            place,
            severity=Severity.WARNING,
        )
    if last is not None and reviewed < last:
        return not_met(
            f"The product was changed on {last}, and the file last looked through on {reviewed}",
            "look it through, and state document.reviewed_on",
            place,
            severity=Severity.WARNING,
        )
    if placed is None:
        return undecidable(
            "The day of placing on the market is not stated",
            "state market.first_unit, or placed_on_market of the version",
            product.place("market"),
        )
    return met(
        f"The file is of {document.date}, and the first unit is placed on the market on {placed}; the file "
        f"was last looked through on {reviewed}"
    )


@rule(
    "R17",
    "For each of points (2)(a) to (m) of Annex I, Part I, the file says whether it applies, how it is "
    "implemented, "
    "and which risk it answers",
    cites=("Article 13(3)",),
    severity=Severity.ERROR,
    inputs="requirements, controls and exclusions of these clauses; risks that concern, are mitigated, or "
    "explain",
)
def decided(facts: Facts) -> Answer:
    """An exclusion says that it does not apply; what carries the clause says how it is implemented."""
    rows = _points(facts)
    if not rows:
        return _no_catalogue()
    wrong, ways, names = [], [], []
    for said, way_out, found in (
        (
            "Nothing says whether and how it applies for",
            "declare what satisfies it, or an exclusion with its reason",
            [r for r in rows if not r.carriers and r.state is not State.EXCLUDED],
        ),
        (
            "Nothing says how it is implemented for",
            "declare the control that implements the requirement",
            [r for r in rows if r.carriers and r.state is not State.EXCLUDED and not r.implemented],
        ),
        (
            "No risk is linked for",
            "let a risk concern it, a requirement or control mitigate one, or an exclusion be because of one",
            [r for r in rows if (r.carriers or r.state is State.EXCLUDED) and not _has_risk(facts, r)],
        ),
    ):
        if found:
            wrong.append(f"{said} {points(r.clause.printed for r in found)}")
            ways.append(way_out)
            names += [r.clause.printed for r in found]
    if wrong:
        return not_met(
            "; ".join((wrong[0], *(w[0].lower() + w[1:] for w in wrong[1:]))), "; ".join(ways), causes=names
        )
    return met(f"All {len(rows)} points are carried or excluded, each with a risk")


def _has_risk(facts: Facts, row: Row) -> bool:
    return bool(row.risks) or any(
        target in facts.trace.items
        for items in (row.carriers, row.controls, row.exclusions)
        for item in items
        for link in (Link.MITIGATES, Link.BECAUSE_OF)
        for target in item.links.get(link, ())
    )


@rule(
    "R18",
    "What is declared not applicable is justified, and the justification rests on the risk assessment",
    cites=("Article 13(4)",),
    severity=Severity.ERROR,
    inputs="exclusions: content, because_of; risks: treatment, residual; what mitigates them",
)
def justified(facts: Facts) -> Answer:
    """Recital 55 and FAQ 4.1.3: a risk that remains is dealt with otherwise."""
    exclusions = facts.trace.of_kind(Kind.EXCLUSION)
    if not exclusions:
        return not_applicable("Nothing is excluded")
    empty = [e for e in exclusions if not gives_reason(e)]
    if empty:
        return not_met(
            f"{listed([e.id for e in empty])} {_gives(empty)} no reason",
            "write it as content",
            empty[0].place,
            causes=(e.id for e in empty),
        )
    unlinked = [
        e for e in exclusions if not any(t in facts.trace.items for t in e.links.get(Link.BECAUSE_OF, ()))
    ]
    if unlinked:
        return not_met(
            f"{listed([e.id for e in unlinked])} {_names(unlinked)} no risk",
            "link the risk that was looked at with because_of",
            unlinked[0].place,
            severity=Severity.WARNING,
            causes=(e.id for e in unlinked),
        )
    untreated = sorted(
        {
            t
            for e in exclusions
            for t in e.links.get(Link.BECAUSE_OF, ())
            if (r := facts.trace.items.get(t)) is not None and not r.fields.get("treatment")
        }
    )
    if untreated:
        return not_met(
            f"An exclusion rests on {listed(untreated)}, and how that is treated is not stated",
            "state treatment of the risk",
            facts.trace.items[untreated[0]].place,
            severity=Severity.WARNING,
            causes=untreated,
        )
    mitigated = {
        t
        for kind in (Kind.REQUIREMENT, Kind.CONTROL)
        for i in facts.trace.of_kind(kind)
        for t in i.links.get(Link.MITIGATES, ())
    }
    bare = sorted(
        {
            t
            for e in exclusions
            for t in e.links.get(Link.BECAUSE_OF, ())
            if t not in mitigated and (r := facts.trace.items.get(t)) is not None and _remains(r)
        }
    )
    if bare:
        return not_met(
            f"An exclusion rests on {listed(bare)}, of which a risk remains, and no other measure is "
            "recorded",
            "link the requirement or control that mitigates it, or state residual of the risk",
            facts.trace.items[bare[0]].place,
            severity=Severity.WARNING,
            causes=bare,
        )
    return met(
        f"{listed([e.id for e in exclusions])} {_gives(exclusions)} a reason and {_names(exclusions)} a risk"
    )


_LITTLE = re.compile(
    r"(?:none|negligible|very low|low)\b|no(?: residual| remaining)?(?: risk)?$", re.IGNORECASE
)


def _remains(risk: Item) -> bool:
    """Whether a risk is left to deal with: as far as that is stated, else unless it is avoided."""
    residual = " ".join(risk.fields.get("residual", "").split()).rstrip(".")
    if residual:
        return _LITTLE.match(residual) is None
    return risk.fields.get("treatment", "").strip().casefold() != "avoid"


def _gives(items: tuple[Item, ...] | list[Item]) -> str:
    return "gives" if len(items) == 1 else "give"


def _names(items: tuple[Item, ...] | list[Item]) -> str:
    return "names" if len(items) == 1 else "name"


@rule(
    "R19",
    "Nothing is declared not applicable but points (2)(a) to (m) of Annex I, Part I",
    cites=("Article 13(3)", "Article 13(4)", "Article 13(8), first subparagraph"),
    severity=Severity.ERROR,
    inputs="exclusions: excludes",
)
def excludable(facts: Facts) -> Answer:
    """FAQ 4.1.3: neither Part I, point (1), nor anything of Part II."""
    exclusions = facts.trace.of_kind(Kind.EXCLUSION)
    if not exclusions:
        return not_applicable("Nothing is excluded")
    wrong = [
        (e, facts.rows[t].clause)
        for e in exclusions
        for t in e.links.get(Link.EXCLUDES, ())
        if t in facts.rows and facts.rows[t].clause.framework == "cra" and not facts.rows[t].clause.excludable
    ]
    if wrong:
        said = listed([f"{e.id} excludes {c.printed}" for e, c in wrong])
        return not_met(
            said,
            "remove the exclusion, and implement what is asked",
            wrong[0][0].place,
            causes=(f"{e.id} {c.id}" for e, c in wrong),
        )
    return met("Only points that may be excluded are")


_THRIFT = re.compile(
    r"\b(costs?|costly|expens\w*|budget\w*|econom\w*|price[sd]?|cheap\w*|afford\w*|profit\w*|"
    r"business case|risk (?:appetite|tolerance|acceptance)|(?:accepted|acceptable|tolerable) risk|"
    r"kosten\w*|teuer\w*|aufwand|(?:un)?wirtschaftlich\w*|rentab\w*|risiko(?:appetit|bereitschaft|toleranz))\b",
    re.IGNORECASE,
)


@rule(
    "R20",
    "Cost or risk appetite alone is no reason for an exclusion",
    cites=("Article 13(4)",),
    severity=Severity.WARNING,
    inputs="exclusions: content (words for cost and risk appetite, English and German)",
    basis=Basis.GUIDANCE,
)
def thrifty(facts: Facts) -> Answer:
    """Guidance points 158 and 163."""
    exclusions = facts.trace.of_kind(Kind.EXCLUSION)
    if not exclusions:
        return not_applicable("Nothing is excluded")
    found = [(e, m.group()) for e in exclusions if (m := _THRIFT.search(e.content))]
    if found:
        said = listed([f"{e.id} speaks of {word!r}" for e, word in found])
        return not_met(
            said,
            "argue from the nature of the product and its risks",
            found[0][0].place,
            causes=(e.id for e, _ in found),
        )
    return met("No exclusion has a word for cost or risk appetite in it")


@rule(
    "R21",
    "A deviation from the secure default configuration or from free updates is agreed with the business "
    "user of a "
    "tailor-made product",
    cites=("Annex I, Part I, point (2)(b)", "Annex I, Part II, point (8)"),
    severity=Severity.ERROR,
    inputs="exclusion of point (2)(b); updates.free_of_charge; tailor_made: business_user, agreement, "
    "deviations",
)
def tailored(facts: Facts) -> Answer:
    """FAQ 4.2.5. An exclusion of (2)(b) may also rest on the nature of the product: that is for people."""
    product = facts.product
    tailor = product.tailor_made
    deviates = set(tailor.deviations if tailor else ())
    if product.updates.free_of_charge is False:
        deviates.add(FREE_UPDATES)
    default = facts.rows.get(SECURE_DEFAULT)
    if not deviates and default is not None and default.state is State.EXCLUDED:
        return not_met(
            f"{default.clause.printed} is declared not applicable, and no agreement with the business user "
            "of a tailor-made product is stated",
            "state the agreement in tailor_made, or have a lawyer confirm that the nature of the product is "
            "the reason",
            default.exclusions[0].place if default.exclusions else None,
            severity=Severity.WARNING,
        )
    if not deviates and product.updates.free_of_charge is None:
        return undecidable(
            "It is not stated whether security updates are free of charge",
            "state updates.free_of_charge",
            product.place("updates"),
        )
    if not deviates:
        return not_applicable("Nothing deviates from them, as stated")
    which = points(facts.rows[c].clause.printed if c in facts.rows else c for c in sorted(deviates))
    lacks = lacking(
        {
            "the business user": tailor and tailor.business_user,
            "the agreement": tailor and tailor.agreement,
        }
    )
    if lacks:
        return not_met(
            f"The product deviates from {which}, and {listed(lacks)} {'is' if len(lacks) == 1 else 'are'} "
            "not stated",
            "state it in tailor_made, or do not deviate",
            product.place("tailor_made"),
            causes=lacks,
        )
    assert tailor is not None
    return met(f"The deviation from {which} is agreed with {tailor.business_user}, as stated")


@rule(
    "R22",
    "The risk assessment says what it rests on: purpose, foreseeable use, conditions of use, assets, time "
    "in use; "
    "it has a version and a date",
    cites=("Article 13(3)", "Annex VII, point 3"),
    severity=Severity.ERROR,
    inputs="product: intended_purpose, foreseeable_use, operating_environment, assets, expected_use_years; "
    "risk_assessment: version, date; risks",
)
def assessed(facts: Facts) -> Answer:
    """Assets may be stated in the product file or in each risk."""
    product = facts.product
    risks = facts.trace.of_kind(Kind.RISK)
    wanted = {
        "the intended purpose": product.intended_purpose,
        "the reasonably foreseeable use": product.foreseeable_use,
        "the conditions of use": product.operating_environment,
        "the assets": product.assets or any(r.fields.get("asset") for r in risks),
        "the expected time in use": product.expected_use_years,
        "any risk": risks,
        "its version": product.risk_assessment.version,
        "its date": product.risk_assessment.date,
    }
    lacks = [name for name, there in wanted.items() if not there]
    if lacks:
        return not_met(
            f"The risk assessment does not state {listed(lacks, 8)}",
            "state it in the blocks product and risk_assessment, and declare risks",
            product.place("risk_assessment"),
            causes=lacks,
        )
    day = product.risk_assessment.date
    many = "one risk" if len(risks) == 1 else f"{len(risks)} risks"
    return met(f"Version {product.risk_assessment.version} of {day} with {many} states all of it")


@rule(
    "R23",
    "Every point of Annex I that applies has a report: of which object and version, of which date, with "
    "which result",
    cites=("Annex VII, point 6",),
    severity=Severity.ERROR,
    inputs="evidence of what carries each point: outcome, date, and of which version it is",
)
def reported(facts: Facts) -> Answer:
    """A point without any valid evidence breaks the text; evidence that is old, or does not say of what
    or of when it is, needs judgement."""
    rows = [r for r in _annex_one(facts) if r.counted and r.state is not State.EXCLUDED]
    if not rows:
        return _no_catalogue()
    bare, unread, stale, undated, unnamed = [], [], [], [], []
    for row in rows:
        shown = {facts.shown(e) for e in row.evidence}
        name = row.clause.printed
        valid = [e for e in row.evidence if facts.shown(e) is Shown.VALID]
        if valid:
            dated = [e for e in valid if _says_when(facts, e)]
            if not dated:
                undated.append(name)
            elif not any(_says_of_what(facts, e) for e in dated):
                unnamed.append(name)
        elif Shown.EXPIRED in shown or Shown.FOREIGN in shown:
            stale.append(name)
        elif Shown.UNCHECKED in shown and Shown.FAILED not in shown:
            unread.append(name)
        else:
            bare.append(name)
    if bare:
        return not_met(
            f"There is no valid report for {points(bare)}", "give evidence of what carries them", causes=bare
        )
    if unread:
        return undecidable(
            f"Nobody looked at the reports for {points(unread)}",
            "keep them as files of the project, of a kind that is read",
        )
    if stale:
        return not_met(
            f"The reports are too old or of another version for {points(stale)}",
            "run what they report again",
            severity=Severity.WARNING,
            causes=stale,
        )
    if undated:
        return not_met(
            f"No report states its date for {points(undated)}",
            "state date and version of the evidence",
            severity=Severity.WARNING,
            causes=undated,
        )
    if unnamed:
        return not_met(
            f"No report states of which version it is for {points(unnamed)}",
            "state :version: or :commit: of the evidence",
            severity=Severity.WARNING,
            causes=unnamed,
        )
    return met(f"All {len(rows)} points that apply have a valid report")


def _says_when(facts: Facts, item: Item) -> bool:
    verdict = facts.verdicts.get(item.id)
    return bool(item.fields.get("date") or (verdict and verdict.date))


def _says_of_what(facts: Facts, item: Item) -> bool:
    verdict = facts.verdicts.get(item.id)
    stated = ("version", "commit", "artefact_sha256")
    return bool(verdict and verdict.bound) or any(item.fields.get(name) for name in stated)


@rule(
    "R24",
    "Standards are listed with edition and how far they are applied; in part: which parts; not: which "
    "solution",
    cites=("Annex VII, point 5",),
    severity=Severity.ERROR,
    inputs="standards: id, edition, extent, parts, solution, clauses, per_clause",
)
def specified(facts: Facts) -> Answer:
    """For Part I and for Part II of Annex I."""
    product = facts.product
    standards = product.standards
    if not standards:
        return not_met(
            "No standard, specification or other solution is listed",
            "list them, with extent none and the solution where none is applied",
            product.place("standards"),
        )
    lacks = [(n, lack) for n, s in enumerate(standards) for lack in _lacks(s)]
    if lacks:
        return not_met(
            listed([f"{standards[n].id}: {lack}" for n, lack in lacks], 6),
            "complete the entry",
            product.place("standards", lacks[0][0]),
            causes=(f"{standards[n].id}: {lack}" for n, lack in lacks),
        )
    covered = {c for s in standards for c in s.applied_for}
    if not covered:
        return undecidable(
            f"For which requirements of Annex I {'it is' if len(standards) == 1 else 'they are'} applied is "
            "not stated",
            "name them in clauses of each entry",
            product.place("standards"),
        )
    for part, name in (("CRA_ANX_I_P1", "Part I"), ("CRA_ANX_I_P2", "Part II")):
        if not any(under(c, part) for c in covered):
            return not_met(
                f"No entry names a clause of Annex I, {name}",
                "list what is applied for it, or an entry with extent none and the solution",
                product.place("standards"),
            )
    many = "One entry" if len(standards) == 1 else f"{len(standards)} entries"
    return met(f"{many} with edition and extent, for Parts I and II of Annex I")


def _lacks(standard: Standard) -> Iterator[str]:
    if not standard.edition:
        yield "the edition is not stated"
    if standard.extent is None:
        yield "how far it is applied is not stated"
    extents = {standard.extent, *standard.per_clause.values()}
    if Extent.PARTIAL in extents and not standard.parts:
        yield "which parts are applied is not stated"
    if Extent.NONE in extents and not standard.solution:
        yield "which solution takes its place is not stated"


@rule(
    "R25",
    "Remote data processing and services of others are described in the file and in the risk assessment",
    cites=("Article 3, point (2)", "Article 13(2)", "Annex VII, point 2(a)"),
    severity=Severity.WARNING,
    inputs="product: remote_data_processing, remote_services; section for point 2(a); risks that name the "
    "service",
    basis=Basis.GUIDANCE,
)
def remote(facts: Facts) -> Answer:
    """Guidance points 204 and 206. Whether a description is enough is for people to read."""
    product = facts.product
    if not product.remote_data_processing and not product.remote_services:
        return undecidable(
            "It is not stated whether data is processed remotely",
            "state product.remote_data_processing; write none where there is none",
            product.place("product"),
        )
    if product.remote_data_processing == NONE and not product.remote_services:
        return not_applicable("Nothing is processed remotely, as stated")
    place = product.place("product", "remote_services")
    vague = [
        s.name
        for s in product.remote_services
        if not (s.provider and s.purpose and s.third_party is not None)
    ]
    if vague:
        return not_met(
            f"Provider, purpose and whether a third party runs it are not stated for {listed(vague)}",
            "complete product.remote_services",
            place,
            causes=vague,
        )
    uncontracted = [s.name for s in product.remote_services if s.third_party and not s.contract]
    if uncontracted:
        return not_met(
            f"The contracted service is not described for {listed(uncontracted)}",
            "state contract",
            place,
            causes=uncontracted,
        )
    if not any(s.point == "2a" and not s.not_applicable and not s.empty for s in facts.sections):
        return not_met("No section is claimed for point 2(a), or it is empty", "claim one with cra-section")
    if not product.remote_services:
        return undecidable(
            "Data is processed remotely, and no service is listed that does it",
            "list it in product.remote_services",
            product.place("product", "remote_data_processing"),
        )
    said = "\n".join(
        " ".join((r.title, r.content, *r.fields.values())) for r in facts.trace.of_kind(Kind.RISK)
    )
    unrisked = [s.name for s in product.remote_services if not names(said, s.name)]
    if unrisked:
        return not_met(
            f"No risk names {listed(unrisked)}",
            "declare the risk that it brings, by the same name",
            place,
            causes=unrisked,
        )
    return met("Services are described, and risks name them")


@rule(
    "R27",
    "The versions in product file, SBOM, reports, declaration and user information agree",
    cites=("Annex VII, point 1(b)",),
    severity=Severity.ERROR,
    inputs="product.release, versions; evidence: version, commit, artefact digest, what SBOM and reports "
    "state; "
    "declaration.release; user_information.documents: release",
)
def agreeing(facts: Facts) -> Answer:
    """FAQ 4.1.8. Evidence is compared whatever it shows; each disagreement is named."""
    product = facts.product
    release = product.release
    wrong: list[tuple[str, str]] = []
    places = []
    silent: list[str] = []
    if not product.versions:
        silent.append("no version is listed (product.versions)")
    materials = {i.id for i in sboms(product, facts.trace)}
    if not materials:
        silent.append("no SBOM is declared")
    terms = binding.terms(product)
    told, untold = 0, 0
    for item in facts.trace.of_kind(Kind.EVIDENCE):
        verdict = facts.verdicts.get(item.id)
        if verdict is None:
            continue
        # What failed, or shows nothing, still says of which version it is.
        foreign = verdict.outcome is Shown.FOREIGN
        if not foreign and (verdict.bound is None or verdict.outcome not in _COMPARED):
            alone = dataclasses.replace(verdict, outcome=Shown.VALID, reason="")
            compared = binding.bound(alone, kind="", fields=item.fields, terms=terms)
        else:
            compared = verdict
        if compared.outcome is Shown.FOREIGN:
            wrong.append((item.id, f"{item.id}: {_other_version(compared.reason, release)}"))
            places.append(item.place or product.place("product", "release"))
        elif compared.bound:
            told += item.id not in materials
        elif item.id in materials and verdict.outcome is Shown.VALID:
            silent.append(f"{item.id} states no version")
        elif verdict.outcome is Shown.VALID:
            untold += 1
    if not told:
        silent.append("no report states a version")
    declared = product.declaration.release
    if declared and declared != release:
        wrong.append(("the declaration", f"the declaration is about {declared}"))
        places.append(product.place("declaration", "release"))
    elif not declared:
        silent.append("the declaration states no version (declaration.release)")
    for n, document in enumerate(product.user_information.documents):
        if document.release and document.release != release:
            wrong.append((document.title, f"{document.title} is about {document.release}"))
            places.append(product.place("user_information", "documents", n, "release"))
        elif not document.release:
            silent.append(f"{document.title} states no version of the product")
    if not product.user_information.documents:
        silent.append("no user document is listed (user_information.documents)")
    if wrong:
        return not_met(
            f"The file is about {release}, and not all agree: {sentences([said for _, said in wrong], 20)}",
            "make them agree",
            places[0] if places else None,
            causes=(what for what, _ in wrong),
        )
    if silent:
        return undecidable(
            f"The file is about {release}, and not all say so: {sentences(silent, 8)}",
            "state the version where it is missing",
            product.place("product", "release"),
        )
    others = sorted({v.version for v in product.versions} - set(terms.versions))
    notes = [
        *(
            [f"{untold} reports state no version"]
            if untold > 1
            else ["one report states no version"] * untold
        ),
        *([f"whether the file covers {listed(others)} as well is for people to read"] if others else []),
    ]
    return met(
        "; ".join(
            [f"Product file, SBOM, reports, declaration and user information are about {release}", *notes]
        )
    )


def _other_version(reason: str, release: str) -> str:
    """What a foreign verdict says of the version, without the rest that it says."""
    own = f", and this file is about {release}"
    said = [piece.removesuffix(own) for piece in reason.strip("; .").split("; ") if piece.endswith(own)]
    return ", ".join(said) or reason.strip("; .")


_COMPARED = (Shown.VALID, Shown.EXPIRED)


@rule(
    "R28",
    "The simplified form is for micro and small enterprises, and only once the Commission has published it",
    cites=("Article 33(5), first subparagraph",),
    severity=Severity.ERROR,
    inputs="document.simplified_form; manufacturer.size; status: simplified_form",
)
def simplified(facts: Facts) -> Answer:
    """Never for a medium-sized firm."""
    product = facts.product
    if not product.document.simplified_form:
        said = "" if product.document.simplified_form is None else ", as stated"
        return not_applicable(f"The simplified form is not used{said}")
    place = product.place("document", "simplified_form")
    size = product.manufacturer.size
    if size not in (None, CompanySize.MICRO, CompanySize.SMALL):
        return not_met(
            f"A {size.value} enterprise may not use the simplified form", "write the full file", place
        )
    form = facts.status["simplified_form"]
    if not form.found:
        return not_met(
            f"There is no form of the Commission yet: {form.says(facts.day)}", "write the full file", place
        )
    if size is None:
        return undecidable("The size of the manufacturer is not stated", "state manufacturer.size", place)
    return met(f"A {size.value} enterprise, and the form is {listed(form.found)}")


@rule(
    "R29",
    "File and declaration are kept for ten years after the last unit was placed on the market, or for the "
    "support "
    "period if that is longer",
    cites=("Article 13(13)", "Article 13(18)"),
    severity=Severity.ERROR,
    inputs="retention: until, archive; market.last_unit; product.versions: last_placed_on_market, "
    "support_end; support_period.end",
)
def kept(facts: Facts) -> Answer:
    """Placing on the market is of each unit, so it counts from the last (own reading)."""
    product = facts.product
    until = product.retention.until
    place = product.place("retention")
    wanted, why, unknown = ten_years_or_support(product)
    if until is not None and wanted is not None and until.last_day < wanted:
        return not_met(
            f"The file is kept until {until}, and has to be kept until {wanted}, {why}",
            "keep it longer",
            product.place("retention", "until"),
        )
    lacks = lacking(
        {
            "until when it is kept": until,
            "where it is kept": product.retention.archive,
        }
    )
    lacks += unknown
    if lacks:
        return undecidable(
            f"It is not stated {listed(lacks)}", "complete retention, market and support_period", place
        )
    return met(f"The file is kept until {until}, as stated: {product.retention.archive.rstrip('.')}")


@rule(
    "R30",
    "Controls of series production are described and were validated",
    cites=("Article 13(14)", "Annex VII, point 2(c)"),
    severity=Severity.WARNING,
    inputs="production: controls, validation, validated_on; section for point 2(c)",
)
def produced(facts: Facts) -> Answer:
    """Software is produced as well: by its build and release."""
    product = facts.product
    claimed = any(s.point == "2c" and not s.not_applicable and not s.empty for s in facts.sections)
    if not (product.production.controls or claimed):
        return not_met(
            "No control of production is described",
            "claim a section for point 2(c), or state production.controls",
            product.place("production"),
        )
    if not (product.production.validation or product.production.validated_on):
        return undecidable(
            "It is not stated that the controls of production were validated",
            "state production.validation and validated_on",
            product.place("production"),
        )
    day = product.production.validated_on
    return met(f"Controls are described, and were validated{f' on {day}' if day else ', as stated'}")
