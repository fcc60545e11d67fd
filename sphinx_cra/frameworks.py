"""What other frameworks contribute to the Regulation, who says so, and what they leave open.

Everything here is read from rows that ``coverage`` has decided: nothing changes a state, and nothing is
counted together. Relations of different mappings stay apart, each with its source.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sphinx_cra.certificates import LAW
from sphinx_cra.model import State, Strength, under

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from sphinx_cra.assessment import Assessment
    from sphinx_cra.certificates import Scope
    from sphinx_cra.model import Basis, Catalogue, Clause, Relation, Row, Support

ANNEX_I = "CRA_ANX_I"
FURTHER = ("CRA_ART_13", "CRA_ART_14", "CRA_ART_31", "CRA_ANX_II", "CRA_ANX_VII")
"""Where the further duties of a manufacturer stand that no point of Annex I holds."""

DONE = frozenset({State.COVERED, State.VERIFIED, State.EXCLUDED})
"""States in which the product itself leaves nothing open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One statement of one mapping: these clauses go so far, on this basis, for this reason."""

    catalogue: Catalogue | None
    """Of the clauses named; None where it is not loaded."""
    mapping: str
    strength: Strength
    basis: Basis
    source: str
    note: str = ""
    rationale: str = ""
    relations: tuple[Relation, ...] = ()
    clauses: Mapping[str, Clause | None]
    """The clauses named, by id; None for one that is not loaded."""


def voices(
    assessment: Assessment, relations: Iterable[Relation], *, of: str = "by", reasons: bool = True
) -> tuple[Voice, ...]:
    """Relations that say the same, together; those of two mappings or sources never are.

    :param of: which end is named: ``by``, the supporting one, or ``clause``, the supported one.
    :param reasons: whether different notes and rationales keep relations apart too.
    """
    found: dict[tuple[object, ...], list[Relation]] = {}
    for relation in relations:
        catalogue = assessment.clauses.catalogue_of(getattr(relation, of))
        why = (relation.note, relation.rationale) if reasons else ("", "")
        key = (
            catalogue.id if catalogue else "",
            relation.mapping,
            relation.strength,
            relation.basis,
            relation.source,
            *why,
        )
        found.setdefault(key, []).append(relation)
    return tuple(
        Voice(
            catalogue=assessment.clauses.catalogue_of(getattr(group[0], of)),
            mapping=group[0].mapping,
            strength=group[0].strength,
            basis=group[0].basis,
            source=group[0].source,
            note=group[0].note if reasons else "",
            rationale=group[0].rationale if reasons else "",
            relations=tuple(group),
            clauses={end: assessment.clauses.get(end) for end in (getattr(r, of) for r in group)},
        )
        for group in found.values()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One clause of the Regulation beside the other frameworks."""

    row: Row
    holding: tuple[Support, ...] = ()
    """Relations from clauses that are covered or verified themselves."""
    waiting: tuple[Support, ...] = ()
    """Relations from clauses that are not."""
    remaining: Mapping[str, tuple[str, ...]]
    """Mapping -> what it says is left to do, whatever supports the clause."""

    @property
    def next(self) -> str:
        """What to do next, as a sentence without its full stop."""
        if self.row.way_out:
            return self.row.way_out
        if self.remaining and self.row.state is not State.EXCLUDED:
            return "see that the product's own work answers what remains; no trace can show that it does"
        return ""


def points(
    assessment: Assessment, *, parts: Sequence[str] = (), mappings: Collection[str] | None = None
) -> tuple[Point, ...]:
    """The points of Annex I, and the further duties of the maker that no framework supports.

    :param parts: only clauses at or below these.
    :param mappings: only what these say; None for all that are loaded.
    """
    matrix = assessment.matrix(LAW)
    found = []
    for row in matrix.rows if matrix else ():
        clause = row.clause
        if parts and not any(under(clause.id, p) for p in parts):
            continue
        if under(clause.id, ANNEX_I) and clause.asked:
            found.append(_point(row, mappings))
        elif row.counted and any(under(clause.id, p) for p in FURTHER):
            point = _point(row, mappings)
            if not point.holding:
                found.append(point)
    return tuple(found)


def _point(row: Row, mappings: Collection[str] | None) -> Point:
    remaining: dict[str, list[str]] = {}
    for left in row.remaining:
        if mappings is None or left.mapping in mappings:
            remaining.setdefault(left.mapping, []).append(left.text)
    supports = [s for s in row.supports if mappings is None or s.relation.mapping in mappings]
    return Point(
        row=row,
        holding=tuple(s for s in supports if s.holds),
        waiting=tuple(s for s in supports if not s.holds),
        remaining={m: tuple(texts) for m, texts in remaining.items()},
    )


# ------------------------------------------------------------------------ a certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How much of one framework a scope covers."""

    catalogue: Catalogue
    clauses: tuple[Clause, ...]
    """Those that it covers."""
    left_out: Mapping[str, int]
    """Why a clause that it names is not covered -> how many there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A clause of the Regulation, and how far a scope goes towards it."""

    point: Point
    relations: tuple[Relation, ...]
    """From the clauses that the scope covers."""

    @property
    def strength(self) -> Strength | None:
        """The furthest that a single mapping says it goes; None where none says anything."""
        found = {r.strength for r in self.relations}
        return next((s for s in Strength if s in found), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """From a certified scope to the Regulation."""

    reach: tuple[Reach, ...]
    supported: tuple[Step, ...]
    """Every duty that the scope goes some way towards, in the order of the law."""
    steps: tuple[Step, ...]
    """Every duty that the product itself leaves open, in the order to work through."""
    duties: int
    """Duties looked at."""


_ORDER = (None, Strength.SUPPORTING, Strength.PARTIAL)


def plan(
    assessment: Assessment,
    scopes: Iterable[Scope],
    *,
    parts: Sequence[str] = (),
    mappings: Collection[str] | None = None,
) -> Plan:
    """What certified scopes support point by point, and what remains, in an order to work through.

    What applies first comes first (``applies_from``); of what applies on one day, what nothing in the
    scope supports, then what is supported, then what is supported in part; then the order of the law.
    The states of the standard's clauses do not matter here: a scope may be a plan.
    """
    scopes = tuple(scopes)
    product = assessment.product
    reach = []
    covered: set[str] = set()
    for catalogue in assessment.catalogues:
        clauses = tuple(c for c in catalogue.clauses if any(s.covers(c, product) for s in scopes))
        mine = {c.id for c in clauses}
        left_out: dict[str, int] = {}
        for clause in catalogue.clauses if catalogue.id != LAW else ():
            if clause.asked and clause.id not in mine:
                whys = [w for s in scopes if (w := s.without(clause, product)) != "not named"]
                if whys:
                    left_out[whys[0]] = left_out.get(whys[0], 0) + 1
        if clauses or left_out:
            reach.append(Reach(catalogue=catalogue, clauses=clauses, left_out=left_out))
        covered |= mine
    matrix = assessment.matrix(LAW)
    rows = [
        r
        for r in (matrix.rows if matrix else ())
        if r.counted and (not parts or any(under(r.clause.id, p) for p in parts))
    ]
    steps = []
    for row in rows:
        point = _point(row, mappings)
        reaching = (s.relation for s in (*point.holding, *point.waiting) if s.relation.by in covered)
        steps.append(Step(point=point, relations=tuple(sorted(reaching, key=_as_mapped(row)))))
    return Plan(
        reach=tuple(reach),
        supported=tuple(s for s in steps if s.relations),
        steps=tuple(sorted((s for s in steps if s.point.row.state not in DONE), key=_first)),
        duties=len(rows),
    )


def _as_mapped(row: Row) -> Callable[[Relation], int]:
    places = {id(s.relation): n for n, s in enumerate(row.supports)}
    return lambda relation: places[id(relation)]


def _first(step: Step) -> tuple[str, int]:
    return step.point.row.clause.applies_from or "9999", _ORDER.index(step.strength)


# -------------------------------------------------------------------------- the reverse


def supported(
    assessment: Assessment, catalogue: Catalogue, *, parts: Sequence[str] = ()
) -> tuple[tuple[Row, tuple[Relation, ...]], ...]:
    """The clauses of a framework that mappings relate to clauses of others, with these relations."""
    matrix = assessment.matrix(catalogue.id)
    found = (
        (row, assessment.supported_by(row.clause.id))
        for row in (matrix.rows if matrix else ())
        if not parts or any(under(row.clause.id, p) for p in parts)
    )
    return tuple((row, relations) for row, relations in found if relations)
