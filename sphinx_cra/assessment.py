"""The assessment: everything that is known about a project, computed once and rendered many times.

HTML, PDF, CSV, XLSX and JSON of one build come from one ``Assessment`` and cannot disagree.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from sphinx_cra import coverage, declaration, dossier, legal, rules, suspect, user_information
from sphinx_cra.catalogue import Clauses
from sphinx_cra.evidence import READERS
from sphinx_cra.gate import LAW, Gate, judge
from sphinx_cra.legal.rule import Facts
from sphinx_cra.legal.status import shipped
from sphinx_cra.model import DOUBT, Code, Dossier, Kind, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sphinx_cra.baseline import Baseline
    from sphinx_cra.evidence import Reader
    from sphinx_cra.gate import Judged
    from sphinx_cra.known_vulnerabilities import Known
    from sphinx_cra.legal.rule import Ruling
    from sphinx_cra.legal.status import Status
    from sphinx_cra.model import (
        Catalogue,
        ClauseMapping,
        Finding,
        Matrix,
        Place,
        Relation,
        Row,
        Section,
        Verdict,
    )
    from sphinx_cra.product import Product
    from sphinx_cra.reporting.register import Register
    from sphinx_cra.suspect import Reviews, Suspect
    from sphinx_cra.trace import Trace


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """What the project shows for every clause, item and point of Annex VII."""

    product: Product | None
    catalogues: tuple[Catalogue, ...]
    mappings: tuple[ClauseMapping, ...]
    trace: Trace
    verdicts: Mapping[str, Verdict]
    matrices: tuple[Matrix, ...]
    dossier: Dossier
    mistakes: tuple[Finding, ...]
    gaps: tuple[Finding, ...]
    known: Known | None = None
    """What is known of vulnerabilities in the components; None where no evidence speaks of them."""
    suspects: tuple[Suspect, ...] = ()
    """What rests on something that changed since it was reviewed, by id."""
    rulings: tuple[Ruling, ...] = ()
    """The rules of the Regulation that facts can decide, each with its answer."""
    status: Status = field(default_factory=shipped)
    """What changes outside of the project, as far as rules rest on it."""
    gate: Gate = field(default_factory=Gate)
    """What of the findings is an error, a warning or quiet."""
    baseline: Baseline | None = None
    """Which of the findings are accepted; None where there is no usable file."""

    @cached_property
    def clauses(self) -> Clauses:
        """All clauses of the loaded catalogues, by id."""
        return Clauses(self.catalogues)

    @cached_property
    def rows(self) -> Mapping[str, Row]:
        """Clause id -> its row."""
        return {r.clause.id: r for m in self.matrices for r in m.rows}

    @cached_property
    def declaration(self) -> declaration.Standing:
        """Whether the EU declaration of conformity can be drawn up, and what stands against it."""
        return declaration.standing(self, declaration.accepted(self.findings))

    @cached_property
    def findings(self) -> tuple[Judged, ...]:
        """All mistakes and then all gaps, each with what becomes of it."""
        return self.judged([*self.mistakes, *self.gaps])

    def judged(self, findings: Iterable[Finding]) -> tuple[Judged, ...]:
        """What becomes of findings under the gate and the baseline of the project."""

        def framework(clause: str) -> str:
            catalogue = self.clauses.catalogue_of(clause)
            return catalogue.id if catalogue else ""

        day = self.product.reference_date if self.product else None
        return judge(findings, self.gate, self.baseline, framework=framework, day=day)

    @cached_property
    def doubts(self) -> Mapping[str, str]:
        """Item id -> why it is suspect."""
        return {s.item.id: s.reason for s in self.suspects}

    @cached_property
    def _supported(self) -> Mapping[str, tuple[Relation, ...]]:
        found: dict[str, list[Relation]] = {}
        for mapping in self.mappings:
            for relation in mapping.relations:
                if mapping.overall.get(relation.clause) == "none":
                    continue  # they only say where to write the matter down
                found.setdefault(relation.by, []).append(relation)
        return {by: tuple(relations) for by, relations in found.items()}

    def supported_by(self, clause: str) -> tuple[Relation, ...]:
        """What mappings say that ``clause`` supports in other frameworks, one mapping after the other."""
        return self._supported.get(clause, ())

    def printed(self, clause: str) -> str:
        """How people cite a clause, with the short name of its framework; a doubted one says so."""
        found = self.clauses.get(clause)
        catalogue = self.clauses.catalogue_of(clause)
        if not found or not catalogue:
            return clause
        return f"{catalogue.short} {found.printed}{f' ({DOUBT})' if found.doubted else ''}"

    @cached_property
    def _cited(self) -> Mapping[str, str]:
        return _printed(self.catalogues)

    def cited(self, printed: str) -> str | None:
        """Where a citation of the Regulation leads: its clause, or its Article in the Official Journal."""
        if printed in self._cited:
            return self._cited[printed]
        article = re.match(r"Article (\d+)\b", printed)
        official = self.clauses.get(next(iter(self._cited.values()), ""))
        base = (official.url or "").partition("#")[0] if official else ""
        return f"{base}#art_{article[1]}" if article and base else None

    def totals(self, rows: Iterable[Row]) -> tuple[Mapping[State, int], int]:
        """How many of the counted rows are in each state, and how many are counted.

        Only what is asked of the maker counts, and an excluded clause is in no numerator but its own.
        """
        counted = [r for r in rows if r.counted]
        found = Counter(r.state for r in counted)
        return {s: found[s] for s in State}, len(counted)

    def matrix(self, catalogue: str) -> Matrix | None:
        """The matrix of a catalogue, by the catalogue's id."""
        return next((m for m in self.matrices if m.catalogue.id == catalogue), None)


def assess(
    *,
    product: Product | None,
    catalogues: Sequence[Catalogue],
    mappings: Sequence[ClauseMapping],
    trace: Trace,
    verdicts: Mapping[str, Verdict],
    sections: Iterable[Section] = (),
    reviews: Reviews | None = None,
    readers: Mapping[str, Reader] = READERS,
    known: Known | None = None,
    status: Status | None = None,
    reports: Register | None = None,
    faults: Iterable[Finding] = (),
    gate: Gate | None = None,
    baseline: Baseline | None = None,
    shown: Mapping[str, Place] = MappingProxyType({}),
    asked: Place | None = None,
) -> Assessment:
    """The assessment of a project.

    :param verdicts: evidence id -> what it shows.
    :param known: what is known of vulnerabilities in the components.
    :param readers: kinds of evidence that are read, those of the project included.
    :param reviews: who looked at what, and what that meant at the time.
    :param status: what changes outside of the project; what we ship where it is not given.
    :param reports: the register of reports made under Article 14.
    :param faults: what is wrong in the project's files and was found when they were read.
    :param gate: what of the findings is an error, a warning or quiet.
    :param baseline: which of the findings are accepted.
    :param sections: what authors claim for the points of Annex VII, in reading order.
    :param shown: clause id -> where a page shows it: gaps of what nobody wrote yet are told there.
    :param asked: where the project says which frameworks it is held against, for gaps shown nowhere.
    """
    matrices = coverage.matrices(catalogues, mappings, trace, verdicts, product)
    sections = tuple(sections)
    status = status or shipped()
    facts = None
    if product is not None:
        facts = Facts(
            product=product,
            trace=trace,
            verdicts=verdicts,
            rows=_rows(matrices),
            dossier=Dossier(points=()),
            status=status,
            sections=sections,
            categories={c.id: c for catalogue in catalogues for c in catalogue.categories},
            known=known,
            reports=reports,
        )
    # Points 1(d) and 7 follow from rules; those look at the product and not at the file.
    first = legal.rulings(facts, {*declaration.NEEDED, *user_information.NEEDED}) if facts else ()
    lacking = {"1d": user_information.lacks(first), "7": declaration.lacks(first)}
    file = dossier.dossier(product, matrices, trace, verdicts, sections, lacking)
    matrices = tuple(coverage.documented(m, file) for m in matrices)
    if known is not None:
        matrices = tuple(coverage.informed(m, known.summary) for m in matrices)
    clauses = Clauses(catalogues)
    day = product.reference_date if product else None
    doubtful = suspect.suspects(trace, clauses, reviews or {})
    rulings = legal.rulings(replace(facts, rows=_rows(matrices), dossier=file) if facts else None)
    unmet = rules.unmet(rulings, partial(_clause_of, _printed(catalogues)))
    return Assessment(
        product=product,
        catalogues=tuple(catalogues),
        mappings=tuple(mappings),
        trace=trace,
        verdicts=verdicts,
        matrices=matrices,
        dossier=file,
        mistakes=_sorted(
            [*faults, *rules.mistakes(trace, clauses, verdicts, matrices, sections, day, readers)]
        ),
        gaps=_sorted(
            [
                *_placed([*rules.gaps(matrices, file, verdicts), *unmet], product, shown, asked),
                *rules.suspects(doubtful),
                *rules.unlinked(trace),
            ]
        ),
        suspects=doubtful,
        rulings=rulings,
        status=status,
        known=known,
        gate=gate or Gate(),
        baseline=baseline,
    )


def _printed(catalogues: Iterable[Catalogue]) -> Mapping[str, str]:
    """Clauses of the Regulation as people cite them -> their ids."""
    cra = next((c for c in catalogues if c.id == LAW), None)
    return {c.printed: c.id for c in cra.clauses} if cra else {}


def _clause_of(known: Mapping[str, str], printed: str) -> str | None:
    """The clause of a citation, or the nearest around it that is one."""
    while printed not in known and (shorter := re.sub(r"(?:, |\()[^,(]*$", "", printed)) != printed:
        printed = shorter
    return known.get(printed)


def _placed(
    findings: Iterable[Finding], product: Product | None, shown: Mapping[str, Place], asked: Place | None
) -> Iterator[Finding]:
    """Findings of what nobody wrote yet, at the place that asks for it."""
    for finding in findings:
        clause = finding.clause or ""
        if finding.place is not None:
            yield finding
        elif product is not None and finding.code in (Code.ANNEX_VII, Code.RULE):
            yield replace(finding, place=product.place(*_BLOCKS.get(clause, ())))
        else:
            yield replace(finding, place=shown.get(clause, asked))


_BLOCKS = {
    "CRA_ANX_VII_2_B": ("contacts",),
    "CRA_ANX_VII_4": ("support_period",),
    "CRA_ANX_VII_5": ("standards",),
    "CRA_ANX_VII_7": ("declaration",),
    "CRA_ANX_VII_8": ("sbom",),
}
"""Points of Annex VII, and where the product file would state what they lack."""


def _rows(matrices: Iterable[Matrix]) -> Mapping[str, Row]:
    return {r.clause.id: r for m in matrices for r in m.rows}


def item_totals(trace: Trace) -> Mapping[Kind, int]:
    """How many items of each kind there are."""
    found = Counter(i.kind for i in trace.items.values())
    return {k: found[k] for k in Kind}


def _sorted(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    def key(f: Finding) -> tuple[str, int, str, str]:
        where = f.place
        return (where.source if where else "", (where.line or 0) if where else 0, f.code.value, f.message)

    return tuple(sorted(findings, key=key))
