"""What the views of the legal half show, as tables."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sphinx_cra.legal.procedures import TITLES, routes
from sphinx_cra.legal.rule import Basis, Outcome
from sphinx_cra.render.table import BREAK, Cell, Table, Text, joined, lines, text
from sphinx_cra.words import sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from enum import StrEnum

    from sphinx_cra.assessment import Assessment
    from sphinx_cra.legal.procedures import Route
    from sphinx_cra.legal.rule import Ruling

ORDER = (Outcome.NOT_MET, Outcome.UNDECIDABLE, Outcome.MET, Outcome.NOT_APPLICABLE, Outcome.NOT_CHECKED)
"""What somebody has to do something about first."""


def rules(assessment: Assessment, rulings: Iterable[Ruling]) -> Table:
    """Every rule with its clause and the answer that the facts give, what is not met first."""
    chosen = sorted(rulings, key=lambda r: (ORDER.index(r.outcome), r.rule.id))
    return Table(
        headers=("Rule", "What has to be so", "Answer", "On these facts"),
        widths=(11, 32, 14, 43),
        rows=tuple(
            (
                (Text(r.rule.id, None, "strong"), BREAK, Text(r.severity.value)),
                lines([text(f"{r.rule.title}."), _cites(assessment, r)]),
                (answer_text(r.outcome),),
                lines([text(sentence(r.answer.message)), text(sentence(r.answer.way_out))]),
            )
            for r in chosen
        ),
        classes=("cra-rules",),
    )


def answer_text(outcome: StrEnum) -> Text:
    """The answer to a rule as a badge."""
    return Text(outcome.value, None, f"cra-state cra-rule-{outcome.value.replace(' ', '-')}")


def tally(rulings: Sequence[Ruling]) -> str:
    """How many rules have which answer, as a sentence."""
    found = Counter(r.outcome for r in rulings)
    said = ", ".join(f"{found[o]} {o.value}" for o in ORDER if found[o])
    return f"{len(rulings)} rules: {said}. That a rule is met does not say that the product meets the law."


def procedures(assessment: Assessment) -> Table:
    """Every conformity assessment procedure, whether the product may choose it, and why."""
    product = assessment.product
    found = routes(product, assessment.status) if product else ()
    chosen = product.conformity.procedure if product else None
    return Table(
        headers=("Procedure", "Open to this product", "Why"),
        widths=(30, 16, 54),
        rows=tuple(
            (
                (
                    Text(r.procedure.value, None, "strong"),
                    BREAK,
                    Text(TITLES[r.procedure]),
                    *((BREAK, Text("chosen", None, "cra-state cra-chosen")) if r.procedure is chosen else ()),
                ),
                (_allowed(r),),
                lines(
                    [
                        text(sentence(r.reason)),
                        text(sentence(r.needs)),
                        joined(Text(cite, assessment.cited(cite), "cra-cited") for cite in r.cites),
                    ]
                ),
            )
            for r in found
        ),
        classes=("cra-procedures",),
    )


def _allowed(route: Route) -> Text:
    words = {True: "yes", False: "no", None: "not decidable"}[route.allowed]
    outcome = {True: Outcome.MET, False: Outcome.NOT_MET, None: Outcome.UNDECIDABLE}[route.allowed]
    return Text(words, None, f"cra-state cra-rule-{outcome.value.replace(' ', '-')}")


def status(assessment: Assessment) -> Table:
    """What changes outside of the project, as of when."""
    day = assessment.product.reference_date if assessment.product else None
    return Table(
        headers=("Fact", "Found", "How it was looked up"),
        widths=(40, 30, 30),
        rows=tuple(
            (
                (Text(f.title), Text(f" ({f.cite})")),
                lines([text(f.what), text(f.age(day))]),
                lines([text(f.note), text("stated by the project" if f.own else "shipped with sphinx-cra")]),
            )
            for f in assessment.status.facts.values()
        ),
        classes=("cra-status",),
    )


def _cites(assessment: Assessment, ruling: Ruling) -> Cell:
    pieces = [Text(cite, assessment.cited(cite), "cra-cited") for cite in ruling.rule.cites]
    basis = ruling.rule.basis
    return (*joined(pieces), Text("" if basis is Basis.LAW else f" ({basis.value})"))
