"""R63 to R70: reporting to CSIRT and ENISA (Art. 14), asked of the register of reports.

What each rule asks is in ``reporting.checks``, case by case; here the answers of all cases become one.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sphinx_cra.legal.rule import Answer, Basis, Facts, Outcome, Rule, Rules
from sphinx_cra.model import Severity
from sphinx_cra.words import capital, listed, sentences

if TYPE_CHECKING:
    from sphinx_cra.reporting.checks import Check

RULES = Rules()

_WORST = (Outcome.NOT_MET, Outcome.UNDECIDABLE, Outcome.MET, Outcome.NOT_APPLICABLE)


def _asked(rule: str, facts: Facts) -> Answer:
    """The worst answer of all cases, and every case that has it."""
    from sphinx_cra.reporting import checks, register  # few projects have reports

    known = facts.reports or register.Register(exists=False)
    found = list(checks.RULES[rule](checks.ground(known, facts.product)))
    outcome = next(o for o in _WORST if any(c.outcome.value == o.value for c in found))
    worst = [c for c in found if c.outcome.value == outcome.value]
    return Answer(
        outcome=outcome,
        message=capital(sentences([c.message for c in worst], 3)),
        way_out=_way_out(worst),
        place=worst[0].place,
        severity=worst[0].severity,
        causes=tuple(dict.fromkeys(c.message for c in worst if c.outcome is checks.Answer.NOT_MET)),
    )


def _way_out(checks: list[Check]) -> str:
    return listed(list(dict.fromkeys(c.way_out for c in checks if c.way_out)), 3)


_REGISTER = "register of reports (cra-reports.yaml)"
_INPUTS = {
    "R67": f"{_REGISTER}; manufacturer: main_establishment, authorised_representative; reporting: "
    "member_state, basis",
    "R69": f"{_REGISTER}; support_period.end; document.date",
    "R70": "manufacturer.size",
}

for _name, _title, _cites, _severity, _basis in (
    (
        "R63",
        "An actively exploited vulnerability is reported within 24 and 72 hours, and 14 days after a measure",
        ("Article 14(2)",),
        Severity.ERROR,
        Basis.LAW,
    ),
    (
        "R64",
        "A severe incident is reported within 24 hours, 72 hours, and one month after the notification",
        ("Article 14(4)",),
        Severity.ERROR,
        Basis.LAW,
    ),
    (
        "R65",
        "It is recorded when the manufacturer became aware and why then; both clocks run from that time",
        ("Article 14(2)", "Article 14(4)"),
        Severity.ERROR,
        Basis.GUIDANCE,
    ),
    (
        "R66",
        "Each stage holds what is asked of it",
        ("Article 14(2)", "Article 14(4)"),
        Severity.ERROR,
        Basis.LAW,
    ),
    (
        "R67",
        "The report goes to the CSIRT of the main establishment, or else by the order of the law",
        ("Article 14(7), first subparagraph",),
        Severity.WARNING,
        Basis.LAW,
    ),
    (
        "R68",
        "Users were informed, and of a flaw in a component whoever maintains it",
        ("Article 14(8)", "Article 13(6)"),
        Severity.ERROR,
        Basis.LAW,
    ),
    (
        "R69",
        "Reporting goes on after the support period, and for products from before December 2027",
        ("Article 69(3)",),
        Severity.WARNING,
        Basis.LAW,
    ),
    (
        "R70",
        "Micro and small enterprises are not fined for missing the 24 hours alone; the duty stays",
        ("Article 64(10), point (a)",),
        Severity.INFO,
        Basis.LAW,
    ),
):
    RULES.all.append(
        Rule(
            id=_name,
            title=_title,
            cites=_cites,
            severity=_severity,
            inputs=_INPUTS.get(_name, _REGISTER),
            basis=_basis,
            check=partial(_asked, _name),
        )
    )
