"""R63 to R70: what the rules about reports answer of a register; each case in depth is tested there."""

from __future__ import annotations

from textwrap import indent
from typing import Any

import pytest

from legal import answer, facts, named
from sphinx_cra.legal.rule import Outcome
from sphinx_cra.reporting import register
from test_reporting_register import AWARE, INCIDENT, WHOLE

MET, NOT, UNKNOWN, NA = Outcome.MET, Outcome.NOT_MET, Outcome.UNDECIDABLE, Outcome.NOT_APPLICABLE
GERMAN = {"manufacturer.main_establishment": {"member_state": "DE"}}
SUPPORTED = {"support_period": {"end": "2032-12"}, "document": {"date": "2027-11-01"}}
ENDED = {"support_period": {"end": "2026-01"}}
LATE = WHOLE.replace("submitted: 2026-11-24T20:00Z", "submitted: 2026-11-25T09:00Z")
INCIDENT_WHOLE = """\
- id: REP-1
  type: incident
  aware: 2026-11-24T09:30+01:00
  stages:
    early-warning: {submitted: 2026-11-24T20:00Z}
    notification: {submitted: 2026-11-26T20:00Z}
    final: {submitted: 2026-12-26T20:00Z}
"""
MONTH_LATE = INCIDENT_WHOLE.replace("2026-12-26T20:00Z", "2026-12-26T20:01Z")
UNTOLD = WHOLE.replace("  users: {informed: 2026-11-25T08:00Z, how: by mail, whom: all users}\n", "")
SHORT = WHOLE.replace("contains: [member_states]", "contains: []")

CASES: list[tuple[str, dict[str, Any], str | None, Outcome]] = [
    ("R63", {}, WHOLE, MET),
    ("R63", {}, LATE, NOT),
    ("R63", {}, AWARE, UNKNOWN),
    ("R63", {}, None, UNKNOWN),
    ("R63", {}, "", NA),
    ("R63", {}, INCIDENT, NA),
    ("R64", {}, INCIDENT_WHOLE, MET),
    ("R64", {}, MONTH_LATE, NOT),
    ("R64", {}, INCIDENT, UNKNOWN),
    ("R64", {}, WHOLE, NA),
    ("R65", {}, WHOLE, MET),
    ("R65", {}, AWARE, NOT),
    ("R65", {}, None, UNKNOWN),
    ("R65", {}, "", NA),
    ("R66", {}, WHOLE, MET),
    ("R66", {}, SHORT, NOT),
    ("R66", {}, None, UNKNOWN),
    ("R66", {}, "", NA),
    ("R67", GERMAN, WHOLE, MET),
    ("R67", {"manufacturer.main_establishment": {"member_state": "FR"}}, WHOLE, NOT),
    ("R67", {}, WHOLE, UNKNOWN),
    ("R67", {}, "", NA),
    ("R68", {}, WHOLE, MET),
    ("R68", {}, UNTOLD, NOT),
    ("R68", {}, AWARE, UNKNOWN),
    ("R68", {}, "", NA),
    ("R69", ENDED, WHOLE, MET),
    ("R69", ENDED, AWARE, NOT),
    ("R69", SUPPORTED, None, NA),
    ("R69", SUPPORTED, WHOLE, NA),
    ("R69", {}, None, UNKNOWN),
    ("R69", {**ENDED, "document": {"date": "2027-11-01"}}, "", UNKNOWN),
    ("R70", {"manufacturer.size": "small"}, None, MET),
    ("R70", {"manufacturer.size": "medium"}, None, NA),
    ("R70", {}, None, UNKNOWN),
]


def recorded(cases: str | None) -> register.Register | None:
    """A register with these cases; None where the project has none."""
    if cases is None:
        return None
    return register.parse("reports:\n" + indent(cases, "  ") if cases else "reports: []\n")


@pytest.mark.parametrize(("rule", "blocks", "cases", "expected"), CASES, ids=named(CASES))
def test_a_rule_answers_from_the_register(
    rule: str, blocks: dict[str, Any], cases: str | None, expected: Outcome
) -> None:
    found = answer(rule, facts(blocks, reports=recorded(cases)))
    assert found.outcome is expected, found.message
    assert bool(found.way_out) is (expected in (NOT, UNKNOWN))
    assert not found.message.endswith(".")


def test_an_empty_register_does_not_say_that_there_was_nothing_to_report() -> None:
    said = answer("R63", facts({}, reports=recorded(""))).message
    assert "whether there was something to report is not looked at" in said


def test_the_worst_case_of_a_register_is_the_answer() -> None:
    two = WHOLE + LATE.replace("REP-1", "REP-2")
    found = answer("R63", facts({}, reports=recorded(two)))
    assert found.outcome is NOT
    assert "REP-2" in found.message
