"""Sheets: the rows and columns that the CSV file and the workbook share.

A cell is text, a number, or several entries; how entries are told apart, and what a spreadsheet
must not take for a formula, is decided by the file that writes them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sphinx_cra.model import Kind, Link, Outcome, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sphinx_cra.assessment import Assessment
    from sphinx_cra.model import Clause, Item, Relation, Row

Cell = str | int | tuple[str, ...]
Record = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a sheet."""

    key: str
    """For programs: ``way_out``."""
    title: str
    """For people: ``Way out``."""
    width: int
    """In characters."""


CLAUSES = (
    Column("framework", "Framework", 14),
    Column("clause", "Clause", 27),
    Column("citation", "Citation", 28),
    Column("title", "Title", 36),
    Column("part", "Part", 24),
    Column("asked", "Asked", 8),
    Column("counted", "Counted", 10),
    Column("state", "State", 12),
    Column("carriers", "Carriers", 10),
    Column("implemented", "Implemented", 13),
    Column("proven", "Proven", 10),
    Column("carried_by", "Carried by", 20),
    Column("requirements", "Requirements", 20),
    Column("controls", "Controls", 20),
    Column("evidence", "Evidence", 24),
    Column("risks", "Risks", 18),
    Column("exclusions", "Exclusions", 18),
    Column("supported_by", "Supported by", 34),
    Column("remaining", "Remaining gap", 44),
    Column("reason", "Reason", 48),
    Column("way_out", "Way out", 36),
    Column("unverified", "Unverified entry", 36),
)
GAPS = (
    Column("framework", "Framework", 14),
    Column("clause", "Clause", 27),
    Column("citation", "Citation", 28),
    Column("title", "Title", 36),
    Column("state", "State", 12),
    Column("reason", "Why", 52),
    Column("way_out", "What would close it", 40),
    Column("carried_by", "Carried by", 20),
    Column("remaining", "What remains beside other frameworks", 48),
    Column("unverified", "Unverified entry", 36),
)
RELATIONS = (
    Column("framework", "Framework", 14),
    Column("clause", "Clause", 27),
    Column("citation", "Citation", 28),
    Column("title", "Title", 36),
    Column("state", "State", 12),
    Column("by_framework", "Supporting framework", 20),
    Column("by", "Supporting clause", 27),
    Column("by_citation", "Cited as", 18),
    Column("by_state", "Its state", 12),
    Column("holds", "Supports", 10),
    Column("strength", "Strength", 12),
    Column("mapping", "Mapping", 20),
    Column("basis", "Basis", 16),
    Column("source", "Source", 16),
    Column("note", "How far the source goes", 30),
    Column("rationale", "Why", 44),
    Column("unverified", "Unverified entry of the supporting clause", 36),
)
ITEMS = (
    Column("id", "Id", 20),
    Column("kind", "Kind", 13),
    Column("type", "Need type", 13),
    Column("title", "Title", 40),
    Column("status", "Status", 12),
    Column("outcome", "Outcome", 12),
    Column("verdict", "Verdict", 40),
    Column("fields", "Fields", 36),
    Column("links", "Links", 34),
    Column("linked_from", "Linked from", 34),
    Column("artefacts", "Artefacts", 36),
    Column("place", "Written at", 24),
    Column("content", "Content", 60),
)


RULES = (
    Column("rule", "Rule", 8),
    Column("title", "What has to be so", 48),
    Column("cites", "Clauses", 30),
    Column("basis", "Basis", 12),
    Column("severity", "Severity", 10),
    Column("outcome", "Answer", 14),
    Column("message", "On these facts", 60),
    Column("way_out", "What would mend it", 44),
    Column("place", "Stated at", 24),
)


ACCEPTED = (
    Column("id", "Finding", 16),
    Column("code", "Code", 14),
    Column("clause", "Clause or rule", 24),
    Column("item", "Item", 20),
    Column("message", "What is accepted", 60),
    Column("by", "Accepted by", 20),
    Column("until", "Until", 12),
    Column("why", "Why", 44),
    Column("standing", "Standing", 12),
)


def clauses(assessment: Assessment) -> Iterator[tuple[Row, Record]]:
    """Every clause of every loaded catalogue, in the order of its framework."""
    for matrix in assessment.matrices:
        groups = {g.id: g.title for g in matrix.catalogue.groups}
        for row in matrix.rows:
            clause = row.clause
            yield (
                row,
                (
                    matrix.catalogue.short,
                    clause.id,
                    clause.printed,
                    clause.title,
                    groups.get(clause.group, clause.group),
                    _yes(clause.asked),
                    _yes(row.counted),
                    row.state.value if row.state else "",
                    len(row.carriers),
                    row.implemented,
                    row.proven,
                    ids(row.carriers),
                    ids(row.requirements),
                    ids(row.controls),
                    tuple(f"{e.id} ({outcome(assessment, e).value})" for e in row.evidence),
                    ids(row.risks),
                    ids(row.exclusions),
                    _supporting(assessment, row),
                    tuple(map(str, row.remaining)),
                    row.reason,
                    row.way_out,
                    _doubt(clause),
                ),
            )


def gaps(assessment: Assessment) -> Iterator[tuple[Row, Record]]:
    """Clauses that somebody still has to do something for, what is worst first."""
    for matrix in assessment.matrices:
        for state in (State.FAILED, State.OPEN, State.PLANNED, State.SUPPORTED):
            for row in matrix.gaps:
                if row.state is state:
                    clause = row.clause
                    yield (
                        row,
                        (
                            matrix.catalogue.short,
                            clause.id,
                            clause.printed,
                            clause.title,
                            state.value,
                            row.reason,
                            row.way_out,
                            ids(row.carriers),
                            tuple(map(str, row.remaining)),
                            _doubt(clause),
                        ),
                    )


def relations(assessment: Assessment) -> Iterator[tuple[Row, Record]]:
    """Every relation of every mapping, each on a line of its own: who says that what supports what."""
    clauses = assessment.clauses
    for matrix in assessment.matrices:
        for row in matrix.rows:
            for support in row.supports:
                relation = support.relation
                by, home = clauses.get(relation.by), clauses.catalogue_of(relation.by)
                yield (
                    row,
                    (
                        matrix.catalogue.short,
                        row.clause.id,
                        row.clause.printed,
                        row.clause.title,
                        row.state.value if row.state else "",
                        home.short if home else "",
                        relation.by,
                        by.printed if by else relation.by,
                        support.state.value,
                        _yes(support.holds),
                        relation.strength.value,
                        relation.mapping,
                        relation.basis.value,
                        relation.source,
                        relation.note,
                        relation.rationale,
                        _doubt(by) if by else "",
                    ),
                )


def items(assessment: Assessment) -> Iterator[tuple[Item, Record]]:
    """Every item with all its fields and links, a kind after the other."""
    for kind in Kind:
        for item in assessment.trace.of_kind(kind):
            verdict = assessment.verdicts.get(item.id)
            yield (
                item,
                (
                    item.id,
                    item.kind.value,
                    item.type,
                    item.title,
                    item.status or "",
                    outcome(assessment, item).value if kind is Kind.EVIDENCE else "",
                    verdict.reason if verdict else "",
                    tuple(f"{name}: {value}" for name, value in item.fields.items()),
                    tuple(f"{_words(link)} {t}" for link, targets in item.links.items() for t in targets),
                    tuple(
                        f"{source.id} {_words(link)} it"
                        for link in Link
                        for source in assessment.trace.sources(item.id, link)
                    ),
                    tuple(f"{a.path} (SHA-256 {a.sha256})" for a in verdict.artefacts) if verdict else (),
                    str(item.place or ""),
                    item.content,
                ),
            )


def rules(assessment: Assessment) -> Iterator[Record]:
    """Every rule of the Regulation with its answer, in the order of their ids."""
    for ruling in assessment.rulings:
        rule, answer = ruling.rule, ruling.answer
        yield (
            rule.id,
            rule.title,
            rule.cites,
            rule.basis.value,
            ruling.severity.value,
            ruling.outcome.value,
            answer.message,
            answer.way_out,
            str(answer.place or ""),
        )


def accepted(assessment: Assessment) -> Iterator[Record]:
    """Every finding that somebody accepted, and whether that still holds."""
    for judged in assessment.findings:
        finding, acceptance = judged.finding, judged.acceptance
        if acceptance is not None:
            yield (
                judged.id,
                finding.code.value,
                finding.rule or finding.clause or "",
                finding.item or "",
                finding.message,
                acceptance.by,
                acceptance.until.isoformat() if acceptance.until else "",
                acceptance.why,
                judged.standing.value,
            )


def outcome(assessment: Assessment, evidence: Item) -> Outcome:
    """What a piece of evidence shows; unchecked where nobody looked."""
    verdict = assessment.verdicts.get(evidence.id)
    return verdict.outcome if verdict else Outcome.UNCHECKED


def ids(items: Iterable[Item]) -> tuple[str, ...]:
    return tuple(i.id for i in items)


def _supporting(assessment: Assessment, row: Row) -> tuple[str, ...]:
    """Clauses of other frameworks that really support this one, and who says so.

    The others are on the sheet of relations, and in ``assessment.json``.
    """
    return tuple(
        f"{assessment.printed(s.relation.by)} "
        f"({', '.join(filter(None, (s.state.value, s.relation.strength.value, *said(s.relation))))})"
        for s in row.supports
        if s.holds
    )


def said(relation: Relation) -> tuple[str, ...]:
    """Who relates two clauses: the mapping, on what basis, from which source."""
    return (relation.mapping, relation.basis.value, relation.source)


def _doubt(clause: Clause) -> str:
    """What its catalogue says was not verified of a clause, and what the entry rests on."""
    return clause.verified or "" if clause.doubted else ""


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _words(link: Link) -> str:
    return link.value.replace("_", " ")


# -------------------------------------------------------------------------- safe text


def _visible() -> dict[int, str]:
    """Characters that XML and spreadsheets cannot hold -> the sign that shows which one stood there."""
    signs = {n: chr(0x2400 + n) for n in range(0x20)} | {0x7F: "\u2421"}
    blanks = {ord("\t"): " ", ord("\n"): "\n"}
    broken = dict.fromkeys([0xFFFE, 0xFFFF], "\ufffd")
    return signs | blanks | broken


_VISIBLE = _visible()
_SURROGATES = re.compile("[\ud800-\udfff]")
_RARE = re.compile("[\x00-\x09\x0b-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


def shown(text: str) -> str:
    """The text without what a spreadsheet cannot hold: ``\\0`` becomes ``␀``, a tab a blank."""
    if not _RARE.search(text):
        return text
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    return _SURROGATES.sub("\ufffd", unified.translate(_VISIBLE))


# What a spreadsheet passes over before it looks for a formula, then what begins one. The full-width
# forms count: some versions fold them to ASCII. Marks of direction and width are invisible.
_LEAD = '[\\s"\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]*'
_TRIGGER = "[=+\\-@\uff1d\uff0b\uff0d\uff20]"
FORMULA = re.compile(f"{_LEAD}{_TRIGGER}")
"""Matches at the beginning of a text that a spreadsheet might take for a formula."""

# Where the list separator of the system is a semicolon, as in German or French, a program may begin a
# new cell after one in the middle of ours.
_UNGUARDED = re.compile(f"((?:^|;){_LEAD})('*{_TRIGGER})")
_GUARDED = re.compile(f"((?:^|;){_LEAD})'('*{_TRIGGER})")


def guarded(text: str) -> str:
    """The text with an apostrophe before whatever a spreadsheet might take for a formula."""
    return _UNGUARDED.sub(r"\1'\2", text)


def restored(text: str) -> str:
    """The text that :func:`guarded` was given."""
    return _GUARDED.sub(r"\1\2", text)
