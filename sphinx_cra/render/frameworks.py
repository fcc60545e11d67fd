"""The views of other frameworks beside the Regulation: what they support, who says so, what remains.

A clause of the Regulation has a block, since what is to be said of it would not fit into columns. No
view counts across frameworks, and none has a percentage.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from sphinx_cra import scope, security_levels
from sphinx_cra.coverage import itself
from sphinx_cra.frameworks import ANNEX_I, voices
from sphinx_cra.model import State, Strength, under
from sphinx_cra.render.table import BREAK, NONE, Block, Spanning, Table, Text, lines, text
from sphinx_cra.render.views import (
    authority,
    cited,
    clause_cell,
    evidence_refs,
    named,
    refs,
    state_cell,
    state_text,
)
from sphinx_cra.words import listed, sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sphinx_cra.assessment import Assessment
    from sphinx_cra.certificates import Scope
    from sphinx_cra.frameworks import Plan, Point, Reach, Step, Voice
    from sphinx_cra.model import Clause, ClauseMapping, Item, Relation, Row, Support
    from sphinx_cra.product import Product
    from sphinx_cra.render.table import Cell
    from sphinx_cra.render.table import Row as TableRow

FAR = {Strength.PARTIAL: "in part", Strength.SUPPORTING: "supporting only"}
"""How far a clause goes towards another; there is no *full*."""


# ------------------------------------------------------------------------- the gap page


def point_blocks(assessment: Assessment, points: Iterable[Point]) -> tuple[Block, ...]:
    """A block for each clause: the product itself, the other frameworks, what remains, what to do next."""
    return tuple(
        Block(
            head=_heading(p.row),
            parts=(
                ("The product itself", tuple(_itself(assessment, p.row))),
                *_by_framework(assessment, p.holding, "Supported by"),
                *_not_supporting(assessment, p),
                *_remaining(p.remaining),
                ("Next", (text(sentence(p.next) or "Nothing that the trace shows."),)),
            ),
        )
        for p in points
    )


def _heading(row: Row) -> Cell:
    cell = [Text(row.clause.printed, row.clause.id, "strong"), Text(f" {row.clause.title} ")]
    return (*cell, state_text(row.state)) if row.state else tuple(cell)


def _itself(assessment: Assessment, row: Row) -> Iterator[Cell]:
    yield text(itself(row))
    if row.carriers:
        yield (Text("Carried by "), *refs(row.carriers))
    controls = [c for c in row.controls if c not in row.carriers]
    if controls:
        yield (Text("Implemented by "), *refs(controls))
    if row.evidence:
        yield (Text("Evidence: "), *evidence_refs(assessment, row.evidence))


def _by_framework(
    assessment: Assessment, supports: Sequence[Support], label: str
) -> Iterator[tuple[str, tuple[Cell, ...]]]:
    """One part for each framework, a line for each statement of a mapping."""
    states = {s.relation.by: s.state for s in supports}
    grouped: dict[str, list[Cell]] = {}
    for voice in voices(assessment, (s.relation for s in supports)):
        name = voice.catalogue.short if voice.catalogue else "a framework that is not loaded"
        grouped.setdefault(name, []).append(_statement(voice, states))
    for name, cells in grouped.items():
        yield f"{label} {name}", tuple(cells)


def _statement(voice: Voice, states: Mapping[str, State] | None = None) -> Cell:
    """Who names which clauses, how far they go, and why."""
    return (*_with_states(voice, states), _say(voice))


def _say(voice: Voice) -> Text:
    """How far it goes, who says so, and why."""
    why = f" {sentence(voice.rationale)}" if voice.rationale else ""
    note = f"; {voice.note}" if voice.note else ""
    return Text(f": {FAR[voice.strength]} ({authority(voice)}{note}).{why}")


def _with_states(voice: Voice, states: Mapping[str, State] | None) -> Cell:
    """The clauses, each with its state where there are several; doubts of their catalogue are said."""
    by_state: dict[State | None, dict[str, Clause | None]] = {}
    for clause, found in voice.clauses.items():
        state = states.get(clause) if states else None
        by_state.setdefault(state, {})[clause] = found
    pieces: list[Text] = []
    for state, clauses in by_state.items():
        if pieces:
            pieces.append(Text("; "))
        pieces += cited(clauses)
        if state is not None:
            pieces += [Text(" "), state_text(state)]
    return tuple(pieces)


def _not_supporting(assessment: Assessment, point: Point) -> Iterator[tuple[str, tuple[Cell, ...]]]:
    """What mappings name that is neither covered nor verified; or that none names anything."""
    if not (point.holding or point.waiting):
        yield "Other frameworks", (text("No loaded mapping says that a clause supports it."),)
    if point.waiting:
        cells = (
            (*named(v), Text(f" ({FAR[v.strength]}; {authority(v)})"))
            for v in voices(assessment, (s.relation for s in point.waiting), reasons=False)
        )
        yield "Named, neither covered nor verified", tuple(cells)


def _remaining(remaining: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, tuple[Cell, ...]]]:
    for mapping, sentences in remaining.items():
        yield f"What remains, says {mapping}", tuple(text(s) for s in sentences)


def grouped(points: Sequence[Point]) -> Iterator[tuple[str, tuple[Point, ...]]]:
    """The points under the names of the two groups that they are in."""
    for title, annex in (("Annex I", True), ("Further duties that no framework supports", False)):
        group = tuple(p for p in points if under(p.row.clause.id, ANNEX_I) is annex)
        if group:
            yield title, group


def mapping_block(mapping: ClauseMapping) -> Block:
    """A mapping: what it relates, what a reader must know of it, and what its sources are."""
    parts = [("Note", (text(mapping.note),))] if mapping.note else []
    sources = tuple((Text(f"{key}: {sentence(what)}"),) for key, what in mapping.sources.items())
    return Block(
        head=(Text(mapping.id, None, "literal"), Text(f" {mapping.version}: {mapping.title}")),
        parts=(*parts, *((("Sources", sources),) if sources else ())),
    )


def point_words(points: Sequence[Point]) -> str:
    """What stands before the blocks: how many there are of what."""
    annex = sum(under(p.row.clause.id, ANNEX_I) for p in points)
    further = len(points) - annex
    said = [f"{annex} {'point' if annex == 1 else 'points'} of Annex I"] if annex else []
    if further:
        duties = "duty" if further == 1 else "duties"
        said.append(f"{further} further {duties} of the manufacturer that no framework supports")
    if not said:
        return "No clause of the Regulation is in this part."
    return (
        f"{' and '.join(said)}. A framework supports; it never makes a clause of the Regulation covered or "
        "verified."
    )


# ----------------------------------------------------------------------- a certificate


def scope_words(assessment: Assessment, reach: Reach) -> str:
    """How much of a framework a scope covers, always of how many, and why not the rest that it names."""
    matrix = assessment.matrix(reach.catalogue.id)
    rows = matrix.rows if matrix else ()
    asked = sum(1 for r in rows if r.counted and not scope.reason(r.clause, assessment.product))
    said = f"{reach.catalogue.short}: {len(reach.clauses)} of {asked} clauses that are asked of this product"
    left = listed([f"{count} {why}" for why, count in reach.left_out.items()])
    return f"{said}. Named, but not carried: {left}." if left else f"{said}."


def certificate_words(assessment: Assessment, item: Item, stated: Scope) -> Cell:
    """A certificate, what it covers, and whether it holds."""
    verdict = assessment.verdicts.get(item.id)
    level = f" at SL-C {stated.level}" if stated.level else ""
    holds = verdict.outcome.value if verdict else "unchecked"
    reason = f": {verdict.reason.rstrip('.')}" if verdict else ""
    return (
        Text(item.id, item.id, "strong"),
        Text(f" {item.title}, for {', '.join(stated.entries) or 'nothing'}{level}. It is {holds}{reason}."),
    )


def supported_table(assessment: Assessment, plan: Plan) -> Table:
    """What a scope goes some way towards, point by point, and who says so."""
    return Table(
        headers=("Clause of the Regulation", "State here", "What the scope contributes, and who says so"),
        widths=(30, 14, 56),
        rows=tuple(
            (
                clause_cell(s.point.row.clause),
                state_cell(s.point.row),
                lines(_statement_of(v) for v in voices(assessment, s.relations)),
            )
            for s in plan.supported
        ),
        classes=("cra-supported",),
    )


def _statement_of(voice: Voice) -> Cell:
    name = f"{voice.catalogue.short} " if voice.catalogue else ""
    return (Text(name), *_statement(voice))


_NOTHING = "nothing in this scope supports it"
_SOME = {Strength.SUPPORTING: "supported by this scope", Strength.PARTIAL: "supported in part by this scope"}


def steps_table(assessment: Assessment, steps: Sequence[Step]) -> Table:
    """What remains, in the order to work through, under the day from which it applies."""
    rows: list[TableRow] = []
    last = ""
    for number, step in enumerate(steps, start=1):
        clause = step.point.row.clause
        reach = _SOME[step.strength] if step.strength else _NOTHING
        part = f"Applies from {clause.applies_from or 'a day that is not stated'}: {reach}"
        if part != last:
            rows.append(Spanning(part))
            last = part
        rows.append(
            (
                text(str(number)),
                (*clause_cell(clause), BREAK, *state_cell(step.point.row)),
                lines(_left(step.point)) or NONE,
                text(sentence(step.point.next)) or NONE,
            )
        )
    return Table(
        headers=("No.", "Clause", "What remains", "Next"),
        widths=(6, 26, 42, 26),
        rows=tuple(rows),
        classes=("cra-steps",),
    )


def _left(point: Point) -> Iterator[Cell]:
    if not point.remaining:
        yield text("All of it: no loaded mapping says anything of it.")
    for mapping, sentences in point.remaining.items():
        for left in sentences:
            yield text(f"{mapping}: {left}")


# -------------------------------------------------------------------------- the reverse


def supports_table(assessment: Assessment, related: Sequence[tuple[Row, tuple[Relation, ...]]]) -> Table:
    """From a clause of a framework to the clauses that mappings say it supports."""
    return Table(
        headers=("Clause", "State", "Supports, says which mapping, and why"),
        widths=(28, 14, 58),
        rows=tuple(
            (
                clause_cell(row.clause),
                state_cell(row),
                lines((*named(voice), _say(voice)) for voice in voices(assessment, relations, of="clause")),
            )
            for row, relations in related
        ),
        classes=("cra-supports",),
    )


# ---------------------------------------------------------------------- security levels


def security_levels_table(found: Sequence[security_levels.FoundationalRequirement]) -> Table:
    """Target and reached level of each foundational requirement, and what keeps it from the target."""
    return Table(
        headers=(
            "Foundational requirement",
            "Target",
            "Covered to",
            "Verified to",
            "What is missing",
        ),
        widths=(26, 10, 15, 15, 34),
        rows=tuple(
            (
                text(f.group.title, None, "strong"),
                text(f"SL-C {f.target}" if f.target else "not stated"),
                _reached(f, security_levels.COVERED, "covered"),
                _reached(f, security_levels.VERIFIED, "verified"),
                lines(_keeping(f)) or NONE,
            )
            for f in found
        ),
        classes=("cra-security-levels",),
    )


def security_levels_words(product: Product | None) -> str:
    """What the table is about: component types and target, as far as they are stated."""
    stated = product.iec62443 if product else None
    types = ", ".join(stated.component_types) if stated else ""
    target = stated.target_sl if stated else None
    said = [
        f"Component types: {types}." if types else "No component type is stated: clauses for any type count.",
        f"Target: SL-C {target}." if target else "No target is stated, so all levels are looked at.",
        "A level is reached where no clause that is asked at this level or a lower one is missing.",
    ]
    return " ".join(said)


def _reached(found: security_levels.FoundationalRequirement, states: frozenset[State], word: str) -> Cell:
    level = found.reached(states)
    if level is None:
        return text("nothing is asked")
    count = f"{found.count(states)} of {len(found.rows)} {word}"
    return lines([text(f"SL-C {level}" if level else "no level", None, "strong"), text(count)])


def _keeping(found: security_levels.FoundationalRequirement) -> Iterator[Cell]:
    """Clauses that are not covered, then those that are covered and not verified, the lowest level first."""
    open_ = found.missing(security_levels.COVERED)
    unproven = [r for r in found.missing(security_levels.VERIFIED) if r.state in security_levels.COVERED]
    for words, rows in (("Not covered", open_), ("Covered, not verified", unproven)):
        for level, group in itertools.groupby(rows, security_levels.begins):
            lacking: dict[str, Clause | None] = {r.clause.id: r.clause for r in group}
            yield (Text(f"{words}, from SL-C {level}: "), *cited(lacking))
