"""The legal half: what the Regulation asks of the manufacturer, decided from facts.

``rule`` says what a rule and its answer are; one module a part of the rules (``classes``, ``file``,
...), one function a rule; ``procedures`` finds the conformity assessment procedures that are
allowed; ``status`` holds what changes outside of a project. Nothing here says that a product
fulfils the Regulation.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from sphinx_cra.legal.rule import Answer, Outcome, Ruling

if TYPE_CHECKING:
    from collections.abc import Collection

    from sphinx_cra.legal.rule import Facts, Rule


@functools.cache
def rules() -> tuple[Rule, ...]:
    """Every rule that we know, in order, checked or not."""
    # A build without a change asks none of them, and does not wait for them to be imported.
    from sphinx_cra.legal import bodies, classes, declaring, file, reports, sbom, support, users

    parts = (classes, bodies, file, sbom, support, users, declaring, reports)
    return tuple(sorted((r for part in parts for r in part.RULES.all), key=lambda r: r.id))


def rulings(facts: Facts | None, only: Collection[str] | None = None) -> tuple[Ruling, ...]:
    """The answer to every rule.

    :param facts: None where there is no usable product file; then nothing can be decided.
    :param only: ids of rules, where not all are asked.
    """
    asked = (rule for rule in rules() if only is None or rule.id in only)
    return tuple(Ruling(rule=rule, answer=_answer(rule, facts)) for rule in asked)


def _answer(rule: Rule, facts: Facts | None) -> Answer:
    if rule.check is None:
        return Answer(outcome=Outcome.NOT_CHECKED, message=rule.unchecked)
    if facts is None:
        return Answer(
            outcome=Outcome.UNDECIDABLE,
            message="There is no usable product file",
            way_out="write cra.yaml",
        )
    return rule.check(facts)
