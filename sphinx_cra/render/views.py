"""What each view shows, as tables: a function a view, Assessment in, Table out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sphinx_cra.coverage import gives_reason
from sphinx_cra.dossier import sboms
from sphinx_cra.frameworks import voices
from sphinx_cra.gate import Standing
from sphinx_cra.model import DOUBT, Kind, Link, Outcome, Presence, State, Strength, under
from sphinx_cra.render import facts as facts_of
from sphinx_cra.render.table import BREAK, NONE, Cell, Spanning, Table, Text, joined, lines, text
from sphinx_cra.rules import is_overdue
from sphinx_cra.words import listed, sentence

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

    from sphinx_cra.assessment import Assessment
    from sphinx_cra.frameworks import Voice
    from sphinx_cra.model import Catalogue, Clause, Item, Row, Section, Verdict
    from sphinx_cra.render.table import Row as TableRow

MEANINGS = {
    State.EXCLUDED: "An exclusion names the clause with a reason, and the law lets it be excluded.",
    State.FAILED: "Evidence of what carries the clause is failed or altered. A gap.",
    State.VERIFIED: "Everything that carries the clause is proven by valid evidence.",
    State.COVERED: "Everything that carries the clause is a control, or implemented by one, or proven.",
    State.PLANNED: "Something carries the clause, but is neither implemented nor proven. A gap.",
    State.SUPPORTED: "Nothing carries the clause; a clause of another framework that is covered or "
    "verified goes some way towards it. A gap.",
    State.OPEN: "Nothing carries or supports the clause. A gap.",
}
"""What each state says, for readers who know nothing of how it is decided."""


def select(
    rows: Iterable[Row], *, parts: Sequence[str] = (), states: Container[State] | None = None
) -> tuple[Row, ...]:
    """Rows below one of ``parts`` (ids; all where empty) and in one of ``states``."""
    return tuple(
        r
        for r in rows
        if (not parts or any(under(r.clause.id, p) for p in parts))
        and (states is None or (r.state in states if r.state else False))
    )


# ------------------------------------------------------------------------- the matrix


def matrix(
    assessment: Assessment, catalogue: Catalogue, rows: Sequence[Row], *, anchored: bool = False
) -> Table:
    """Clauses against requirements, controls, evidence, other frameworks and state.

    :param anchored: whether this table is where links to a clause lead.
    """
    grouped = tuple(_grouped(catalogue, rows))
    return Table(
        headers=("Clause", "Requirements", "Controls", "Evidence", "Other frameworks", "State"),
        widths=(22, 14, 15, 16, 21, 12),
        rows=tuple(r if isinstance(r, Spanning) else _matrix_row(assessment, r) for r in grouped),
        classes=("cra-matrix", "landscape"),
        anchors={n: r.clause.id for n, r in enumerate(grouped) if not isinstance(r, Spanning)}
        if anchored
        else None,
    )


def _matrix_row(assessment: Assessment, row: Row) -> TableRow:
    return (
        clause_cell(row.clause),
        refs(row.requirements),
        refs(row.controls),
        evidence_refs(assessment, row.evidence),
        frameworks_cell(assessment, row),
        state_cell(row),
    )


def clause_cell(clause: Clause) -> Cell:
    return (
        Text(clause.printed, clause.id, "strong"),
        BREAK,
        Text(clause.title),
        BREAK,
        Text(clause.id, None, "literal"),
        *((BREAK, Text(DOUBT, None, "cra-facts")) if clause.doubted else ()),
    )


def state_cell(row: Row) -> Cell:
    """The state, how many of its carriers are implemented and proven, and how many by statement alone."""
    if row.state is None:
        return NONE
    cell = [state_text(row.state)]
    if row.carriers:
        total = len(row.carriers)
        cell += [
            BREAK,
            Text(f"{row.implemented}/{total} implemented"),
            BREAK,
            Text(f"{row.proven}/{total} proven"),
        ]
        if row.stated:
            cell += [BREAK, Text(f"{len(row.stated)} of them stated only")]
    if not row.counted:
        cell += [BREAK, Text("not counted")]
    return tuple(cell)


def state_text(state: State) -> Text:
    return Text(state.value, None, f"cra-state cra-state-{state.value}")


def outcome_text(outcome: Outcome) -> Text:
    return Text(outcome.value, None, f"cra-state cra-outcome-{outcome.value}")


def presence_text(presence: Presence) -> Text:
    return Text(presence.value, None, f"cra-state cra-presence-{presence.value.replace(' ', '-')}")


def refs(items: Iterable[Item]) -> Cell:
    """References to items, with their ids as text."""
    return joined(Text(i.id, i.id) for i in items) or NONE


def evidence_refs(assessment: Assessment, items: Iterable[Item]) -> Cell:
    """References to evidence; what it shows is said wherever it is not valid."""
    pieces: list[Text] = []
    for item in items:
        if pieces:
            pieces.append(Text(", "))
        pieces.append(Text(item.id, item.id))
        outcome = outcome_of(assessment, item)
        if outcome is not Outcome.VALID:
            pieces += [Text(" ("), outcome_text(outcome), Text(")")]
    return tuple(pieces) or NONE


def outcome_of(assessment: Assessment, item: Item) -> Outcome:
    verdict = assessment.verdicts.get(item.id)
    return verdict.outcome if verdict else Outcome.UNCHECKED


def frameworks_cell(assessment: Assessment, row: Row) -> Cell:
    """Clauses of other frameworks that support this one, and those that this one supports; who says so."""
    holding = [s.relation for s in row.supports if s.holds]
    parts = [
        (Text(f"{_IN_WORDS[v.strength]} "), *named(v), Text(f" ({authority(v)})"))
        for v in voices(assessment, holding, reasons=False)
    ]
    rest = len({s.relation.by for s in row.supports} - {r.by for r in holding})
    if rest:
        parts.append(text(f"{rest} more named, not covered" if holding else f"{rest} named, none covered"))
    parts += (
        (Text(_SUPPORTS[v.strength]), *named(v), Text(f" ({authority(v)})"))
        for v in voices(assessment, assessment.supported_by(row.clause.id), of="clause", reasons=False)
    )
    return lines(parts) or NONE


_IN_WORDS = {Strength.PARTIAL: "in part by", Strength.SUPPORTING: "supported by"}
_SUPPORTS = {Strength.PARTIAL: "supports in part ", Strength.SUPPORTING: "supports "}


def authority(voice: Voice) -> str:
    """Who says it, on what basis: ``cra-iec62443: derived, ENISA-JRC``."""
    return f"{voice.mapping}: {', '.join(filter(None, (voice.basis.value, voice.source)))}"


def named(voice: Voice) -> Cell:
    """The clauses that a mapping names, the name of their framework said once."""
    return (Text(f"{voice.catalogue.short} " if voice.catalogue else ""), *cited(voice.clauses))


def cited(clauses: Mapping[str, Clause | None]) -> Cell:
    """Clauses as people cite them, by id; what its catalogue doubts is said, once where it is all of them."""
    doubted = [i for i, c in clauses.items() if c and c.doubted]
    at_end = f" ({DOUBT})" if len(doubted) == 1 else f" (each an {DOUBT})"
    pieces: list[Text] = []
    for number, (name, clause) in enumerate(clauses.items()):
        pieces += [Text(", ")] if number else []
        pieces.append(Text(clause.printed if clause else name, name, "cra-cited"))
        if name in doubted and len(doubted) < len(clauses):
            pieces.append(Text(f" ({DOUBT})"))
    return (*pieces, Text(at_end)) if doubted and len(doubted) == len(clauses) else tuple(pieces)


def _grouped(catalogue: Catalogue, rows: Sequence[Row]) -> Iterator[Row | Spanning]:
    """The rows, with the name of each part of the framework before its rows where there are several."""
    titles = {g.id: g.title for g in catalogue.groups}
    several = len({r.clause.group for r in rows}) > 1
    last = None
    for row in rows:
        if several and row.clause.group != last:
            last = row.clause.group
            yield Spanning(titles.get(last, last))
        yield row


# ----------------------------------------------------------------------- a framework


def clauses(assessment: Assessment, rows: Sequence[Row]) -> Table:
    """The clauses of one part of a framework: own-words summary, state with its reason, carriers."""
    return Table(
        headers=("Clause", "What it asks, in our words", "State and reason", "Carried by, other frameworks"),
        widths=(21, 33, 25, 21),
        rows=tuple(_clause_row(assessment, row) for row in rows),
        classes=("cra-clauses",),
        anchors={n: row.clause.id for n, row in enumerate(rows)},
    )


_UNSHOWN = frozenset({"Annex VII basis", "kind", "text digest"})
"""Details for programs; they stay in the data files."""


def _clause_row(assessment: Assessment, row: Row) -> TableRow:
    clause = row.clause
    cite = (
        Text(clause.printed, clause.url, "strong"),
        BREAK,
        Text(clause.title),
        BREAK,
        Text(clause.id, None, "literal"),
    )
    facts = [f"{name}: {value}" for name, value in clause.details.items() if name not in _UNSHOWN]
    if clause.applies_from:
        facts.append(f"applies from {clause.applies_from}")
    if clause.verified and clause.doubted:
        facts.append(clause.verified)
    asks = lines(
        [
            text(clause.wording or "", None, "cra-wording"),
            text(clause.summary),
            text("; ".join(facts), None, "cra-facts"),
        ]
    )
    others = frameworks_cell(assessment, row)
    carried = lines(
        [
            refs(row.carriers) if row.carriers else (),
            _evidence_line(assessment, row),
            others if others is not NONE else (),
        ]
    )
    return (cite, asks or NONE, lines([state_cell(row), text(row.reason)]), carried or NONE)


def _evidence_line(assessment: Assessment, row: Row) -> Cell:
    return (Text("Evidence: "), *evidence_refs(assessment, row.evidence)) if row.evidence else ()


# ------------------------------------------------------------------------------ gaps


def gaps(assessment: Assessment, rows: Sequence[Row]) -> Table:
    """What is not done: why, what would close it, and what other frameworks leave open."""
    order = [State.FAILED, State.OPEN, State.PLANNED, State.SUPPORTED]
    chosen = [r for s in order for r in rows if r.gap and r.state is s]
    return Table(
        headers=("Clause", "State", "Why", "What would close it", "What remains beside other frameworks"),
        widths=(20, 9, 27, 20, 24),
        rows=tuple(
            (
                clause_cell(row.clause),
                state_cell(row),
                lines([text(row.reason), (Text("Linked: "), *refs(row.carriers)) if row.carriers else ()]),
                text(sentence(row.way_out)) or NONE,
                lines(text(str(r)) for r in row.remaining) or NONE,
            )
            for row in chosen
        ),
        classes=("cra-gaps", "landscape"),
    )


def accepted(assessment: Assessment) -> Table:
    """Findings that somebody accepted: they are gaps all the same, and here is who said so and why."""
    chosen = [(j, j.acceptance) for j in assessment.findings if j.acceptance]
    return Table(
        headers=("What is accepted", "By whom, until", "Why"),
        widths=(46, 24, 30),
        rows=tuple(
            (
                lines(
                    [
                        text(judged.finding.message),
                        joined(Text(i, i) for i in (judged.finding.clause, judged.finding.item) if i),
                    ]
                ),
                lines(
                    [
                        text(said.by),
                        text(f"until {said.until}" if said.until else ""),
                        text(STANDINGS[judged.standing]),
                    ]
                ),
                text(said.why),
            )
            for judged, said in chosen
        ),
        classes=("cra-accepted", "landscape"),
    )


STANDINGS = {
    Standing.NEW: "",
    Standing.ACCEPTED: "",
    Standing.UNDATED: "not checked: no reference date is known",
    Standing.EXPIRED: "over: it counts no more",
    Standing.GROWN: "it has a cause more since: it counts no more",
}
"""What is said beside the last day of an acceptance."""


def accepted_summary(assessment: Assessment) -> str:
    """How much is accepted, in a sentence."""
    count = sum(j.standing.holds for j in assessment.findings)
    if assessment.baseline is None:
        return "No finding is accepted."
    return f"{count} of {len(assessment.findings)} findings are accepted, which closes none of them."


def totals(assessment: Assessment, rows: Sequence[Row]) -> Table:
    """How many of the counted clauses are in each state, always of how many."""
    counts, total = assessment.totals(rows)
    return Table(
        headers=("State", "Clauses"),
        widths=(30, 70),
        rows=tuple(((state_text(s),), text(f"{counts[s]} of {total}")) for s in State),
        classes=("cra-totals",),
    )


# ----------------------------------------------------------------------------- items


def items(
    assessment: Assessment, kinds: Container[Kind] = frozenset(Kind), *, anchored: bool = False
) -> Table:
    """Every requirement, control, risk, exclusion and piece of evidence, with all its links.

    :param anchored: whether this table is where links to an item lead.
    """
    chosen = [i for k in Kind if k in kinds for i in assessment.trace.of_kind(k)]
    return Table(
        headers=("Id", "Kind", "Title", "Status", "Links", "Linked from"),
        widths=(17, 12, 23, 12, 19, 17),
        rows=tuple(
            (
                text(i.id, i.id),
                text(i.kind.value),
                text(i.title),
                _status(assessment, i),
                lines(_outgoing(i)) or NONE,
                lines(_incoming(assessment, i)) or NONE,
            )
            for i in chosen
        ),
        classes=("cra-items", "landscape"),
        anchors={n: i.id for n, i in enumerate(chosen)} if anchored else None,
    )


def _status(assessment: Assessment, item: Item) -> Cell:
    shown = item.status or ""
    first = (outcome_text(outcome_of(assessment, item)),) if item.kind is Kind.EVIDENCE else text(shown)
    return lines([first, *_doubt(assessment, item)]) or NONE


def _doubt(assessment: Assessment, item: Item) -> tuple[Cell, ...]:
    """That an item is suspect, and what changed; nothing where it is not."""
    why = assessment.doubts.get(item.id)
    return (text("suspect", None, "cra-state cra-suspect"), text(why)) if why else ()


def _outgoing(item: Item) -> Iterator[Cell]:
    for link, targets in item.links.items():
        yield (Text(f"{_verb(link)} "), *joined(Text(t, t) for t in targets))


_PASSIVE = {
    Link.MITIGATES: "mitigated by",
    Link.IMPLEMENTS: "implemented by",
    Link.VERIFIES: "verified by",
    Link.BECAUSE_OF: "reason for",
}


def _incoming(assessment: Assessment, item: Item) -> Iterator[Cell]:
    for link, verb in _PASSIVE.items():
        sources = assessment.trace.sources(item.id, link)
        if sources:
            yield (Text(f"{verb} "), *refs(sources))


def _verb(link: Link) -> str:
    return link.value.replace("_", " ")


# -------------------------------------------------------------------------- evidence


def evidence(assessment: Assessment) -> Table:
    """The register of Annex VII, point 6: every piece of evidence with object, version, date, verdict."""
    return Table(
        headers=("Evidence", "Verifies", "Artefact", "Version and date", "Verdict"),
        widths=(22, 17, 24, 12, 25),
        rows=tuple(_evidence_row(assessment, i) for i in assessment.trace.of_kind(Kind.EVIDENCE)),
        classes=("cra-evidence", "landscape"),
    )


def _evidence_row(assessment: Assessment, item: Item) -> TableRow:
    verdict = assessment.verdicts.get(item.id)
    artefacts: list[Cell] = []
    for artefact in verdict.artefacts if verdict else ():
        artefacts.append(text(artefact.path, None, "literal"))
        artefacts.append((Text("SHA-256 "), Text(artefact.sha256, None, "literal")))
    if not artefacts and (where := item.fields.get("file") or item.fields.get("url")):
        artefacts.append(text(where, _web(item.fields.get("url", "")), "literal"))
    if select := item.fields.get("select"):
        artefacts.append(text(f"selected: {select}"))
    if certifies := item.fields.get("certifies"):
        level = item.fields.get("level")
        artefacts.append(text(f"certifies: {certifies}{f', at SL-C {level}' if level else ''}"))
    version = (verdict.subject if verdict else "") or item.fields.get("version", "")
    date = (verdict.date if verdict else "") or item.fields.get("date", "")
    return (
        lines(
            [
                text(item.id, item.id, "strong"),
                text(item.title),
                text(f"kind: {item.fields.get('kind') or 'not stated'}"),
            ]
        ),
        joined(Text(t, t) for t in item.links.get(Link.VERIFIES, ())) or NONE,
        lines(artefacts) or NONE,
        lines([text(version or "version not stated"), text(_day(date) or "date not stated")]),
        lines(
            [
                (outcome_text(outcome_of(assessment, item)),),
                text(_counts(verdict)),
                text(verdict.reason if verdict else ""),
                *_doubt(assessment, item),
            ]
        ),
    )


def _web(url: str) -> str | None:
    """The address where a browser may be led; scripts and places of this project are none."""
    return url if url.casefold().startswith(("https://", "http://")) else None


def _counts(verdict: Verdict | None) -> str:
    return ", ".join(f"{n} {name}" for name, n in verdict.counts.items()) if verdict else ""


# ------------------------------------------------------------------------- Annex VII


def dossier(assessment: Assessment) -> Table:
    """The fifteen items of Annex VII at a glance."""
    return Table(
        headers=("Point", "State", "Content, or what is missing"),
        widths=(36, 14, 50),
        rows=tuple(
            (
                (Text(p.printed, p.clause, "strong"), BREAK, Text(p.title)),
                (presence_text(p.presence),),
                lines(
                    [
                        *(text(sentence) for sentence in p.lacks),
                        text(p.reason),
                        joined(Text(s.title, place_of(s)) for s in p.sections),
                    ]
                )
                or text("computed"),
            )
            for p in assessment.dossier.points
        ),
        classes=("cra-dossier",),
    )


def place_of(section: Section) -> str:
    """How a cell leads to a claimed section: ``doc:page#anchor``."""
    return f"doc:{section.docname}#{section.anchor}"


def risks(assessment: Assessment) -> Table:
    """Risks and their treatment (Annex VII, point 3; Article 13(2) and (3))."""
    trace = assessment.trace
    return Table(
        headers=("Risk", "Asset and threat", "Likelihood and impact", "Treatment", "Residual risk"),
        widths=(22, 30, 14, 22, 12),
        rows=tuple(
            (
                lines([text(r.id, r.id, "strong"), text(r.title)]),
                lines([text(r.fields.get("asset", "")), text(r.fields.get("threat", ""))]) or NONE,
                lines([text(_labelled("likelihood", r)), text(_labelled("impact", r))]) or NONE,
                lines(
                    [
                        text(r.fields.get("treatment", "not stated")),
                        (Text("mitigated by "), *refs(m))
                        if (m := trace.sources(r.id, Link.MITIGATES))
                        else (),
                        (Text("reason for "), *refs(e))
                        if (e := trace.sources(r.id, Link.BECAUSE_OF))
                        else (),
                    ]
                ),
                text(r.fields.get("residual", "not stated")),
            )
            for r in trace.of_kind(Kind.RISK)
        ),
        classes=("cra-risks", "landscape"),
    )


def exclusions(assessment: Assessment) -> Table:
    """The ledger of what does not apply and why (Article 13(4)); overdue reviews come first."""
    day = assessment.product.reference_date if assessment.product else None
    items = sorted(
        assessment.trace.of_kind(Kind.EXCLUSION),
        key=lambda i: (not is_overdue(i, day), i.fields.get("review_by", "9999"), i.id),
    )
    return Table(
        headers=("Exclusion", "Clause", "Reason", "Risks", "Decided by", "Review"),
        widths=(17, 15, 31, 13, 13, 11),
        rows=tuple(
            (
                lines([text(i.id, i.id, "strong"), text(i.title)]),
                joined(_cited(assessment, c) for c in i.links.get(Link.EXCLUDES, ())) or NONE,
                lines(
                    [
                        text(" ".join(i.content.split())) or text("no reason is given"),
                        text(_without_effect(assessment, i), None, "strong"),
                    ]
                ),
                joined(Text(r, r) for r in i.links.get(Link.BECAUSE_OF, ())) or NONE,
                text(i.fields.get("decided_by", "not stated")),
                lines(
                    [
                        text(i.fields.get("review_by", "not stated")),
                        text("overdue", None, "strong") if is_overdue(i, day) else (),
                    ]
                ),
            )
            for i in items
        ),
        classes=("cra-exclusions", "landscape"),
    )


def _without_effect(assessment: Assessment, exclusion: Item) -> str:
    """Why an exclusion takes out no clause, or not all that it names; empty where it does what it says."""
    if not gives_reason(exclusion):
        return "excludes nothing: this is no reason"
    rows = [r for c in exclusion.links.get(Link.EXCLUDES, ()) if (r := assessment.rows.get(c))]
    if barred := [r.clause.printed for r in rows if not r.clause.excludable]:
        return f"does not exclude {listed(barred)}: the law does not let it"
    if carried := [r.clause.printed for r in rows if r.carriers]:
        return f"does not exclude {listed(carried)}: the product does what it asks"
    return ""


def _day(date: str) -> str:
    """The day of a date with a time, as it is written; the data have the time too."""
    return date.partition("T")[0]


def _cited(assessment: Assessment, clause: str) -> Text:
    found = assessment.clauses.get(clause)
    return Text(found.printed if found else clause, clause)


def known_summary(assessment: Assessment) -> str:
    """One sentence on what is known of vulnerabilities, with the date and source of the data."""
    if assessment.known is None:
        return "Not checked: no evidence of kind sbom, scan or vex is declared."
    return assessment.known.summary


def vulnerabilities(assessment: Assessment) -> Table:
    """What is known of vulnerabilities in the components, the worst first (Annex I, Part I, point (2)(a))."""
    matches = assessment.known.matches if assessment.known else ()
    return Table(
        headers=("Vulnerability", "Component", "State", "Why", "Source and date"),
        widths=(18, 20, 14, 30, 18),
        rows=tuple(
            (
                lines([text(m.vulnerability, None, "strong"), text(", ".join(m.aliases)), text(m.severity)]),
                lines([text(m.component), text("" if m.listed else "not in the SBOM")]),
                text(m.status.words, None, f"cra-state cra-vex-{m.status.value.replace('_', '-')}"),
                text(m.why) or NONE,
                lines([text(m.source), text(_day(m.date) or "date not stated")]),
            )
            for m in matches
        ),
        classes=("cra-vulnerabilities", "landscape"),
    )


def facts(assessment: Assessment, point: str) -> tuple[Table, ...]:
    """The tables that a point of Annex VII computes from ``cra.yaml`` and the trace."""
    product = assessment.product
    match point:
        case "3":
            return (
                *facts_of.risk_assessment(product),
                risks(assessment),
                applicability(assessment),
                exclusions(assessment),
            )
        case "6":
            return (evidence(assessment),)
        case "8":
            return (_sbom_register(assessment), *facts_of.sbom_requests(product))
        case _ if product is None:
            return ()
        case "1":
            return facts_of.general(product)
        case "1a":
            return facts_of.purpose(product)
        case "1b":
            return facts_of.versions(product)
        case "2a":
            return facts_of.design(product)
        case "2b":
            found = ", ".join(i.id for i in sboms(product, assessment.trace))
            known = known_summary(assessment)
            return (
                *facts_of.handling(product, sboms=found, known=known),
                vulnerabilities(assessment),
            )
        case "2c":
            return facts_of.production(product)
        case "4":
            return facts_of.support_period(product)
        case "5":
            return facts_of.standards(product)
        case _:
            return ()


def _sbom_register(assessment: Assessment) -> Table:
    """Where each software bill of materials is; the file itself goes to who asks with reasons."""
    return Table(
        headers=("Software bill of materials", "Kept at", "SHA-256", "Verdict"),
        widths=(24, 26, 32, 18),
        rows=tuple(_sbom_row(assessment, i) for i in sboms(assessment.product, assessment.trace)),
        classes=("cra-sbom",),
    )


def _sbom_row(assessment: Assessment, item: Item) -> TableRow:
    verdict = assessment.verdicts.get(item.id)
    return (
        lines([text(item.id, item.id, "strong"), text(item.title)]),
        text(item.fields.get("file") or item.fields.get("url", ""), None, "literal") or NONE,
        lines(text(a.sha256, None, "literal") for a in (verdict.artefacts if verdict else ())) or NONE,
        lines([(outcome_text(outcome_of(assessment, item)),), text(verdict.reason if verdict else "")]),
    )


def _labelled(name: str, item: Item) -> str:
    value = item.fields.get(name)
    return f"{name}: {value}" if value else ""


def applicability(assessment: Assessment) -> Table:
    """For each point of Annex I, Part I (2) whether and how it applies (Article 13(3) and (4))."""
    matrix_ = assessment.matrix("cra")
    rows = select(matrix_.rows, parts=("CRA_ANX_I",)) if matrix_ else ()
    return Table(
        headers=("Point", "Applies", "How it is implemented, or why it does not apply", "Risks"),
        widths=(26, 12, 42, 20),
        rows=tuple(
            (
                (Text(r.clause.printed, r.clause.id, "strong"), BREAK, Text(r.clause.title)),
                text(_applies(r)),
                lines([(state_text(r.state),), refs(r.carriers) if r.carriers else (), text(r.reason)])
                if r.state
                else NONE,
                refs(r.risks),
            )
            for r in rows
            if r.counted
        ),
        classes=("cra-applicability",),
    )


def _applies(row: Row) -> str:
    if row.state is State.EXCLUDED:
        return "no"
    return "yes" if row.carriers else "not shown yet"
