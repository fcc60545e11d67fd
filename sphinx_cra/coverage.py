"""Coverage: catalogues set against a trace.

Decides the state of every clause, with the reason for it and the way out. Knows nothing of
where the items came from, and warns of nothing: an open clause is a row like any other. What
deserves a warning is in ``rules``.

Two passes keep the point of view: the first decides what the product itself shows for every
clause of every framework; the second lets a clause that nothing carries be *supported* by what
the first found elsewhere. A supported clause supports nothing, so mappings never chain, and no
mapping, however strong, makes a clause covered or verified.

A valid certificate makes the clauses of the standard that it certifies verified, as carriers that are
proven would; never a clause of the Regulation (``certificates``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sphinx_cra import certificates, scope
from sphinx_cra.model import (
    DOUBT,
    Clause,
    Item,
    Kind,
    Link,
    Matrix,
    Outcome,
    Presence,
    Remaining,
    Row,
    State,
    Support,
)
from sphinx_cra.words import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sphinx_cra.model import Catalogue, ClauseMapping, Dossier, Verdict
    from sphinx_cra.product import Product
    from sphinx_cra.trace import Trace

REFUTES = frozenset({Outcome.FAILED, Outcome.ALTERED})
"""Outcomes that make what they are linked to failed; all others but ``valid`` count as none."""


def matrices(
    catalogues: Sequence[Catalogue],
    mappings: Sequence[ClauseMapping],
    trace: Trace,
    verdicts: Mapping[str, Verdict],
    product: Product | None = None,
) -> tuple[Matrix, ...]:
    """A matrix for every catalogue, in the order given.

    :param verdicts: evidence id -> what it shows; evidence without a verdict counts as none.
    :param product: what it states may take clauses out of scope.
    """
    proofs = _Proofs(trace, verdicts)
    certified = certificates.certified(trace, catalogues, product)
    direct = {
        c.id: _direct(c, trace, proofs, scope.reason(c, product), certified.get(c.id, ()))
        for cat in catalogues
        for c in cat.clauses
    }
    named = {c.id: (f"{cat.short} {c.printed}", c.doubted) for cat in catalogues for c in cat.clauses}
    supports: dict[str, list[Support]] = {}
    remaining: dict[str, list[Remaining]] = {}
    for mapping in mappings:
        for relation in mapping.relations:
            if mapping.overall.get(relation.clause) == "none":
                continue  # they only say where to write the matter down
            state = direct[relation.by].state if relation.by in direct else None
            supports.setdefault(relation.clause, []).append(
                Support(relation=relation, state=state or State.OPEN)
            )
        for clause, sentences in mapping.remaining.items():
            said = (Remaining(mapping=mapping.id, text=s) for s in dict.fromkeys(sentences))
            remaining.setdefault(clause, []).extend(said)
    return tuple(
        Matrix(
            catalogue=catalogue,
            rows=tuple(
                _supported(
                    direct[c.id],
                    tuple(supports.get(c.id, ())),
                    tuple(remaining.get(c.id, ())),
                    named,
                )
                for c in catalogue.clauses
            ),
        )
        for catalogue in catalogues
    )


def documented(matrix: Matrix, dossier: Dossier) -> Matrix:
    """The matrix with the points of Annex VII decided by what the technical file contains.

    Annex VII asks that the file contain something; a section that is claimed for a point is to it
    what a control is to a requirement. Where the product also traces items to the point, or evidence
    of it failed, the trace decides and the file's lacks are named beside it.
    """
    points = {p.clause: p for p in dossier.points}
    rows = []
    for row in matrix.rows:
        point = points.get(row.clause.id)
        if point is None:
            rows.append(row)
            continue
        lacks = " ".join(point.lacks)
        if row.carriers or row.state is State.FAILED:
            rows.append(replace(row, reason=f"{row.reason} {lacks}".strip()))
        elif point.presence is Presence.PRESENT:
            names = ", ".join(s.title for s in point.sections)
            reason = (
                f"The technical file contains it: {names}." if names else "The technical file computes it."
            )
            rows.append(replace(row, state=State.COVERED, reason=reason, way_out=""))
        elif point.presence is Presence.NOT_APPLICABLE:
            rows.append(replace(row, state=None, reason=f"Not applicable: {point.reason}", way_out=""))
        else:
            way_out = f"claim a section for point {point.id} with cra-section, or mend what is named"
            rows.append(replace(row, state=State.OPEN, reason=lacks, way_out=way_out))
    return replace(matrix, rows=tuple(rows))


def proven(trace: Trace, verdicts: Mapping[str, Verdict]) -> frozenset[str]:
    """Ids of the items that are proven, and of the evidence that is valid."""
    proofs = _Proofs(trace, verdicts)
    return frozenset(
        i.id
        for i in trace.items.values()
        if (proofs.outcome(i) is Outcome.VALID if i.kind is Kind.EVIDENCE else proofs.proven(i))
    )


VULNERABILITIES = "CRA_ANX_I_P1_2_A"
"""No known exploitable vulnerabilities: what is known of them is said beside whatever carries the clause."""


def informed(matrix: Matrix, summary: str) -> Matrix:
    """The matrix with what is known of vulnerabilities in the reason of the clause about them."""
    return replace(
        matrix,
        rows=tuple(
            replace(r, reason=f"{r.reason} {summary}") if r.clause.id == VULNERABILITIES else r
            for r in matrix.rows
        ),
    )


# ------------------------------------------------------------------------------- proofs


_STATED = frozenset({"file", "report", "certificate"})
"""Kinds of evidence that are there, and in which nothing is read."""


@dataclass(frozen=True, slots=True)
class _Proof:
    """The evidence of one item or clause, sorted by what it shows."""

    all: tuple[Item, ...]
    valid: tuple[Item, ...]
    refuting: tuple[Item, ...]
    useless: tuple[Item, ...]


class _Proofs:
    """What is proven, each item looked at once."""

    def __init__(self, trace: Trace, verdicts: Mapping[str, Verdict]) -> None:
        self.trace = trace
        self.verdicts = verdicts
        self._proofs: dict[str, _Proof] = {}
        self._proven: dict[str, bool] = {}

    def of(self, target: str) -> _Proof:
        proof = self._proofs.get(target)
        if proof is None:
            evidence = self.trace.sources(target, Link.VERIFIES)
            outcomes = [(e, self.outcome(e)) for e in evidence]
            proof = self._proofs[target] = _Proof(
                evidence,
                tuple(e for e, o in outcomes if o is Outcome.VALID),
                tuple(e for e, o in outcomes if o in REFUTES),
                tuple(e for e, o in outcomes if o is not Outcome.VALID and o not in REFUTES),
            )
        return proof

    def outcome(self, evidence: Item) -> Outcome:
        verdict = self.verdicts.get(evidence.id)
        return verdict.outcome if verdict else Outcome.UNCHECKED

    def controls(self, requirement: Item) -> tuple[Item, ...]:
        return self.trace.sources(requirement.id, Link.IMPLEMENTS)

    def proven(self, item: Item) -> bool:
        """At least one valid piece of evidence; a requirement also by all its controls."""
        known = self._proven.get(item.id)
        if known is None:
            known = bool(self.of(item.id).valid)
            if not known and item.kind is Kind.REQUIREMENT:
                controls = self.controls(item)
                known = bool(controls) and all(self.proven(c) for c in controls)
            self._proven[item.id] = known
        return known

    def read(self, item: Item) -> bool:
        """Whether a proven item is proven by what a reader found, and not by statements of authors alone."""
        if valid := self.of(item.id).valid:
            return any(e.fields.get("kind") not in _STATED for e in valid)
        return all(self.read(c) for c in self.controls(item))

    def implemented(self, item: Item) -> bool:
        """A control is what implements; a requirement needs one, or a proof."""
        return item.kind is Kind.CONTROL or bool(self.controls(item)) or self.proven(item)

    def say(self, evidence: Item) -> str:
        verdict = self.verdicts.get(evidence.id)
        if verdict is None:
            return f"{evidence.id} is unchecked"
        return f"{evidence.id} is {verdict.outcome.value} ({verdict.reason.rstrip('.')})"


# ------------------------------------------------------------------------------- states


def _direct(
    clause: Clause, trace: Trace, proofs: _Proofs, outside: str, certifying: tuple[Item, ...] = ()
) -> Row:
    """What the product itself shows for a clause, mappings left aside.

    :param outside: why it is out of scope; empty where it is not.
    :param certifying: certificates that say it is met, whether they hold or not.
    """
    carriers = trace.sources(clause.id, Link.SATISFIES)
    exclusions = trace.sources(clause.id, Link.EXCLUDES)
    risks = trace.sources(clause.id, Link.CONCERNS)
    own = proofs.of(clause.id)
    if outside and not carriers and not own.refuting:
        return Row(
            clause=clause, state=None, reason=outside, evidence=own.all, risks=risks, exclusions=exclusions
        )
    if not (carriers or exclusions or own.all or certifying):
        if not clause.asked:
            return Row(clause=clause, state=None, reason=_why_not_asked(clause), risks=risks)
        return Row(
            clause=clause,
            state=State.OPEN,
            reason="No requirement or control satisfies it.",
            way_out=_OPEN_WAY_OUT,
            risks=risks,
        )
    controls = _unique(
        c
        for carrier in carriers
        for c in ((carrier,) if carrier.kind is Kind.CONTROL else proofs.controls(carrier))
    )
    looked_at = [*carriers, *controls]
    valid = tuple(c for c in certifying if proofs.outcome(c) is Outcome.VALID)
    lapsed = tuple(c for c in certifying if c not in valid)
    evidence = _unique([*(e for item in looked_at for e in proofs.of(item.id).all), *own.all, *certifying])
    refuting = _unique([*(e for item in looked_at for e in proofs.of(item.id).refuting), *own.refuting])
    implemented = sum(1 for c in carriers if proofs.implemented(c))
    proven = sum(1 for c in carriers if proofs.proven(c))
    stated = tuple(c.id for c in carriers if proofs.proven(c) and not proofs.read(c))
    if valid and not refuting:
        state, reason, way_out = State.VERIFIED, _certified(valid, len(carriers), implemented, proven), ""
    else:
        state, reason, way_out = _decide(
            clause, carriers, exclusions, own, refuting, implemented, proven, stated, proofs
        )
    useless = _unique([*(e for item in looked_at for e in proofs.of(item.id).useless), *own.useless, *lapsed])
    if useless and state is not State.EXCLUDED:
        reason += f" Not counted: {listed([proofs.say(e) for e in useless])}."
    return Row(
        clause=clause,
        state=state,
        reason=reason,
        way_out=way_out,
        carriers=carriers,
        controls=controls,
        evidence=evidence,
        risks=risks,
        exclusions=exclusions,
        implemented=implemented,
        proven=proven,
        stated=stated,
        unfinished=tuple(c.id for c in carriers if not proofs.implemented(c)),
        certificates=valid,
    )


def _certified(certifying: tuple[Item, ...], total: int, implemented: int, proven: int) -> str:
    """The reason of a clause that certificates carry, with what the product's own carriers have reached."""
    fields = [(c.id, c.fields.get("number", ""), c.fields.get("issuer", "")) for c in certifying]
    words = [f"{i} (certificate {number} of {issuer})" for i, number, issuer in fields]
    reason = f"Certified: {listed(words)} {'says' if len(words) == 1 else 'say'} that it is met."
    if total and proven < total:
        reason += f" Of the product's own, {_of(implemented, total)} implemented, {proven} proven."
    return reason


_OPEN_WAY_OUT = "declare a requirement or control that satisfies it"
_NO_REASONS = (
    "",
    *("na", "no", "none", "nothing", "x", "open", "unknown", "see", "seeabove", "seebelow"),
    *("notapplicable", "inapplicable", "doesnotapply", "doesntapply", "notrelevant", "irrelevant"),
    *("notrequired", "notneeded", "notnecessary", "unnecessary", "tba", "tbc", "tbd", "todo", "pending"),
    *("nichtzutreffend", "trifftnichtzu", "nichtanwendbar", "nichtrelevant", "nichterforderlich"),
    *("nichtnötig", "entfällt", "keine", "offen", "sieheoben"),
)
"""What people write where a reason is asked for and they have none, without spaces, signs and fillers."""
_FILLERS = (
    *("the", "this", "that", "our", "for", "to", "of", "in", "is", "are", "be", "it", "here", "us", "yet"),
    *("product", "clause", "point", "requirement", "case", "reason", "done"),
    *("das", "dies", "dieses", "unser", "für", "hier", "ist", "es", "produkt"),
)
"""Words that make no reason of what is none: *not applicable to our product*."""


def gives_reason(exclusion: Item) -> bool:
    """Whether an exclusion justifies itself: ``n/a`` repeats it, and is no reason (Art. 13(4); R18)."""
    words = re.findall(r"[^\W_]+", exclusion.content.casefold())
    return "".join(w for w in words if w not in _FILLERS) not in _NO_REASONS


def _decide(
    clause: Clause,
    carriers: tuple[Item, ...],
    exclusions: tuple[Item, ...],
    own: _Proof,
    refuting: tuple[Item, ...],
    implemented: int,
    proven: int,
    stated: tuple[str, ...],
    proofs: _Proofs,
) -> tuple[State, str, str]:
    """State, reason, way out; the first that fits wins."""
    reasoned = [e for e in exclusions if gives_reason(e)]
    # Art. 13(4): only points (2)(a) to (m) of Annex I, Part I may be declared not applicable. The
    # carriers win over an exclusion: what the product does cannot be inapplicable to it.
    if reasoned and clause.excludable and not carriers:
        first = reasoned[0]
        return State.EXCLUDED, f"{first.id} excludes it: {_sentence(first.content)}", ""
    total = len(carriers)
    if refuting:
        what = listed([proofs.say(e) for e in refuting])
        return State.FAILED, f"{what}.", "mend what fails, or the evidence, and run it again"
    if not carriers:
        reason = "No requirement or control satisfies it."
        if exclusions and not clause.excludable:
            reason += f" {exclusions[0].id} excludes it, but the law does not let it be excluded."
        elif exclusions:
            reason += f" {exclusions[0].id} excludes it, but gives no reason."
        if own.all:
            verb = "verifies" if len(own.all) == 1 else "verify"
            reason += f" {listed([e.id for e in own.all])} {verb} it, but there is nothing to verify."
        return State.OPEN, reason, _OPEN_WAY_OUT
    if proven == total:
        alone = f" Stated by authors, with nothing read in the evidence: {listed(stated)}." if stated else ""
        return State.VERIFIED, f"{_of(proven, total)} proven.{alone}", ""
    unproven = [c for c in carriers if not proofs.proven(c)]
    if implemented == total:
        names = listed([c.id for c in unproven])
        reason = f"{_of(implemented, total)} implemented, {proven} proven; no valid evidence for {names}."
        return State.COVERED, reason, f"give valid evidence for {names}"
    missing = [c for c in carriers if not proofs.implemented(c)]
    names = listed([c.id for c in missing])
    verb = "is" if len(missing) == 1 else "are"
    reason = f"{_of(implemented, total)} implemented, {proven} proven; {names} {verb} neither."
    return State.PLANNED, reason, f"declare a control that implements {names}, or give evidence"


_ONLY = " It is only supported, by "
_COULD = " Could be supported by "


def itself(row: Row) -> str:
    """The reason of a row as far as it is about the product itself, mappings left aside."""
    return row.reason.partition(_ONLY)[0].partition(_COULD)[0]


def _supported(
    row: Row,
    supports: tuple[Support, ...],
    remaining: tuple[Remaining, ...],
    named: Mapping[str, tuple[str, bool]],
) -> Row:
    """The row with what mappings say of it: *supported* where nothing carries it and one holds.

    :param named: clause -> how it is cited, and whether its catalogue doubts it.
    """
    if not supports and not remaining:
        return row
    row = replace(row, supports=supports, remaining=remaining)
    if row.state is not State.OPEN:
        return row
    holding = [s for s in supports if s.holds]
    if not holding:
        if supports:
            names = listed(list(dict.fromkeys(_cited(s, named) for s in supports)))
            return replace(row, reason=f"{row.reason}{_COULD}{names}; none is covered.")
        return row
    names = listed(list(dict.fromkeys(_cited(s, named, s.state.value) for s in holding)))
    says = list(dict.fromkeys(s.relation.mapping for s in holding))
    whose = f"{'says' if len(says) == 1 else 'say'} {listed(says)}"
    return replace(
        row,
        state=State.SUPPORTED,
        reason=f"{row.reason}{_ONLY}{names}, {whose}.",
        way_out="declare a requirement or control of the product for what remains",
    )


def _cited(support: Support, named: Mapping[str, tuple[str, bool]], state: str = "") -> str:
    """The supporting clause, with its state where one is given; a doubt of its catalogue is said."""
    printed, doubted = named.get(support.relation.by, (support.relation.by, False))
    said = "; ".join(filter(None, (state, DOUBT if doubted else "")))
    return f"{printed} ({said})" if said else printed


# -------------------------------------------------------------------------------- words


def _why_not_asked(clause: Clause) -> str:
    if clause.addressees and clause.force.value == "duty":
        return f"Addressed to the {', '.join(clause.addressees).replace('-', ' ')}, not to the maker."
    article = "An" if clause.force.value[0] in "eo" else "A"
    return f"{article} {clause.force.value}: asks nothing of the maker by itself."


def _of(count: int, total: int) -> str:
    verb = "is" if total == 1 else "are"
    return f"{count} of {total} {'carrier' if total == 1 else 'carriers'} {verb}"


def _sentence(text: str, limit: int = 300) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 4].rsplit(" ", 1)[0] + " ..."


def _unique(items: Iterable[Item]) -> tuple[Item, ...]:
    return tuple({i.id: i for i in items}.values())
