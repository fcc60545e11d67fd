"""The register of reports made, and what rules R63 to R70 say of it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from textwrap import dedent, indent
from typing import TYPE_CHECKING

import pytest

from sphinx_cra import product, schemadoc
from sphinx_cra.datafile import DataError
from sphinx_cra.model import Severity
from sphinx_cra.render import reports
from sphinx_cra.reporting import content, register
from sphinx_cra.reporting.checks import NO_CASE, NOTHING, RULES, Answer, checks, ground
from sphinx_cra.reporting.clock import Kind, Lateness, moment, stamp

if TYPE_CHECKING:
    from sphinx_cra.reporting.checks import Check
    from sphinx_cra.reporting.register import Register

MET, NOT_MET, OPEN, NA = Answer.MET, Answer.NOT_MET, Answer.UNDECIDABLE, Answer.NOT_APPLICABLE

AWARE = """\
- id: REP-1
  type: vulnerability
  aware: 2026-11-24T09:30+01:00
"""
INCIDENT = AWARE.replace("vulnerability", "incident")

WHOLE = """\
- id: REP-1
  type: vulnerability
  title: Flaw in a component
  aware: 2026-11-24T09:30+01:00
  aware_reason: The on-call engineer reproduced it at 09:30.
  release: "2.4.0"
  component: libb@2.0
  measure_available: 2026-11-26T12:00Z
  csirt: DE
  status: closed
  stages:
    early-warning:
      submitted: 2026-11-24T20:00Z
      reference: SRP-1
      contains: [member_states]
    notification:
      submitted: 2026-11-26T20:00Z
      contains: [product, exploit, vulnerability_nature, measures_taken, measures_users]
      left_out: {sensitivity: Nothing in it is sensitive.}
    final:
      submitted: 2026-12-04T20:00Z
      contains: [description, severity, impact, remedy]
      left_out: {actor: Nothing is known of one.}
  users: {informed: 2026-11-25T08:00Z, how: by mail, whom: all users}
  upstream: {informed: 2026-11-24T10:00Z, how: by their form}
"""

PRODUCT = """\
product: {name: Gateway, release: "2.4.0"}
manufacturer: {name: Example Works, size: small, main_establishment: {member_state: DE}}
support_period: {start: 2020-01-01, end: 2026-01}
"""


def recorded(*cases: str) -> Register:
    return register.parse(
        "reports:\n" + indent("".join(map(dedent, cases)), "  ") if cases else "reports: []\n"
    )


def found(rule: str, *cases: str, now: str = "", about: str = PRODUCT) -> list[tuple[Answer, str]]:
    return [(c.outcome, c.message) for c in asked(rule, *cases, now=now, about=about)]


def asked(rule: str, *cases: str, now: str = "", about: str = PRODUCT) -> list[Check]:
    at = ground(recorded(*cases), product.parse(about) if about else None, now=moment(now) if now else None)
    return list(RULES[rule](at))


def outcomes(rule: str, *cases: str, now: str = "", about: str = PRODUCT) -> list[Answer]:
    return [outcome for outcome, _ in found(rule, *cases, now=now, about=about)]


# --------------------------------------------------------------------------- the file


def test_a_project_without_a_register_has_no_report_recorded(tmp_path: Path) -> None:
    empty = register.load(tmp_path / register.NAME)
    assert (empty.cases, empty.exists) == ((), False)
    assert reports.summary(empty, None).startswith("No report recorded. ")
    assert "says nothing about whether there was something to report" in reports.summary(empty, None)
    assert {c.outcome for c in checks(ground(empty, None))} == {OPEN}


def test_a_whole_case_is_read() -> None:
    (case,) = recorded(WHOLE).cases
    assert stamp(case.aware) == "2026-11-24T08:30:00Z"
    assert [s.lateness for s in case.steps()] == [Lateness.IN_TIME] * 3
    assert case.users is not None
    assert case.users.whom == "all users"
    assert case.place is not None
    assert str(case.place) == "cra-reports.yaml:2"


def test_cases_come_in_the_order_of_awareness() -> None:
    other = AWARE.replace("REP-1", "REP-0").replace("2026-11-24", "2026-12-24")
    assert [c.id for c in recorded(other, AWARE).cases] == ["REP-1", "REP-0"]


@pytest.mark.parametrize(
    ("cases", "told"),
    [
        (AWARE + AWARE, "cra-reports.yaml:5: reports.1.id: the id 'REP-1' is given twice, first on line 2"),
        (AWARE + AWARE.replace("REP-1", "rep-1"), "is given twice"),
        (
            AWARE + "  stages: {intermedate: {submitted: 2026-11-24T10:00Z}}\n",
            "stages.intermedate: unknown key",
        ),
        (AWARE + "  stages: {finl: {}}\n", "stages.finl: unknown key; did you mean 'final'?"),
        (AWARE.replace("+01:00", ""), "reports.0.aware: '2026-11-24T09:30' does not say in which time zone"),
        (AWARE.replace("09:30+01:00", "23:59:60Z"), "is a leap second"),
        (AWARE.replace("2026", "9999"), "cannot be meant"),
        (AWARE.replace("  aware: 2026-11-24T09:30+01:00\n", ""), "'aware' is required here"),
        (
            AWARE + "  stages: {final: {submitted: 2026-11-24T08:29Z}}\n",
            "reports.0.stages.final.submitted: 2026-11-24 08:29 UTC is before awareness",
        ),
        (
            AWARE + "  users: {informed: 2026-11-01T08:29Z}\n",
            "users.informed: 2026-11-01 08:29 UTC is before",
        ),
        (AWARE + "  users: {informed: 2026-12-01T08:29Z, not_needed: x}\n", "keep one of the two"),
        (
            AWARE + "  stages: {final: {contains: [sevrity]}}\n",
            "'sevrity' is no point of these reports; did you",
        ),
        (AWARE + "  stages: {final: {contains: [cause]}}\n", "'cause' is no point of these reports"),
        (AWARE + "  stages: {final: {left_out: {remedy: none}}}\n", "left_out.remedy: cannot be left out"),
        (
            AWARE + "  stages: {final: {left_out: {actor: ''}}}\n",
            "left_out.actor: is left out without a reason",
        ),
        (
            AWARE + "  stages: {early-warning: {already_provided: x}}\n",
            "nothing can have been given before it",
        ),
        (
            AWARE + "  stages: {final: {already_provided: x, submitted: 2026-12-01T08:29Z}}\n",
            "is submitted and already provided at once",
        ),
        (INCIDENT + "  measure_available: 2026-12-01T08:29Z\n", "starts no clock of an incident"),
        (AWARE + "  csirt: XX\n", "reports.0.csirt: 'XX' is no Member State"),
        (AWARE + "  status: done\n", "'done' is not one of open, closed, withdrawn"),
        (
            AWARE + "  intermediate: [{requested: 2026-12-01T08:00Z, due: 2026-11-30T08:00Z}]\n",
            "intermediate.0.due: 2026-11-30 08:00 UTC is before the request",
        ),
        ("- [1]\n", "reports.0: a list is not a mapping"),
        ("- id: ''\n  type: incident\n  aware: 2026-11-24T09:30Z\n", "reports.0.id: is empty"),
        ("- {id: &x a, type: incident, aware: *x}\n", "an alias (*x) is not allowed"),
    ],
)
def test_a_fault_names_its_line_and_the_way_out(cases: str, told: str) -> None:
    with pytest.raises(DataError) as error:
        recorded(cases)
    assert told in str(error.value)
    assert str(error.value).startswith("cra-reports.yaml:")


def test_all_faults_are_said_at_once() -> None:
    with pytest.raises(DataError) as error:
        recorded(AWARE.replace("+01:00", ""), AWARE.replace("REP-1", "REP-2") + "  csirt: XX\n")
    assert len(error.value.faults) == 2


def test_a_register_named_in_the_product_file_has_to_be_there_and_inside_the_project(tmp_path: Path) -> None:
    for name, told in (("own.yaml", "there is no such file"), ("../own.yaml", "leads out of the project")):
        about = product.parse(PRODUCT + f"reporting: {{register: {name}}}\n")
        with pytest.raises(DataError, match=told):
            register.of_project(tmp_path, about)
    (tmp_path / "own.yaml").write_text("reports: []\n")
    named = product.parse(PRODUCT + "reporting: {register: own.yaml}\n")
    assert register.of_project(tmp_path, named).source == "own.yaml"


# -------------------------------------------------------------------------- R63, R64


def test_r63_is_met_by_a_case_whose_reports_were_in_time() -> None:
    assert outcomes("R63", WHOLE) == [MET, MET, MET]


def test_r63_is_not_met_by_a_late_report_and_says_by_how_much() -> None:
    late = WHOLE.replace("2026-11-24T20:00Z", "2026-11-25T10:30Z")
    (outcome, message), *_ = found("R63", late)
    assert outcome is NOT_MET
    assert message == ("REP-1: the early warning was due 2026-11-25 08:30 UTC: submitted late by 2 h")


def test_r63_says_what_is_overdue_only_against_a_stated_time() -> None:
    assert outcomes("R63", AWARE) == [OPEN, OPEN, OPEN]
    assert outcomes("R63", AWARE, now="2026-11-25T08:30Z") == [OPEN, OPEN, OPEN]
    assert outcomes("R63", AWARE, now="2026-11-25T08:31Z") == [NOT_MET, OPEN, OPEN]
    assert outcomes("R63", AWARE, now="2026-11-28T08:31Z") == [NOT_MET, NOT_MET, OPEN]


def test_r63_final_report_waits_for_a_measure_unless_the_case_is_closed() -> None:
    measured = AWARE + "  measure_available: 2026-11-25T00:00Z\n"
    assert outcomes("R63", measured, now="2026-12-09T00:00:01Z")[2] is NOT_MET
    assert outcomes("R63", measured, now="2026-12-09T00:00Z")[2] is OPEN
    assert outcomes("R63", AWARE + "  status: closed\n")[2] is NOT_MET


def test_a_final_report_whose_clock_is_not_recorded_is_not_decidable() -> None:
    (_, _, final) = found("R63", WHOLE.replace("  measure_available: 2026-11-26T12:00Z\n", ""))
    assert final[0] is OPEN
    assert "what its time runs from is not recorded" in final[1]


def test_r64_counts_the_month_from_the_submission_of_the_notification() -> None:
    case = INCIDENT + (
        "  stages:\n"
        "    early-warning: {submitted: 2026-11-24T10:00Z}\n"
        "    notification: {submitted: 2026-11-24T12:00Z}\n"
        "    final: {submitted: 2026-12-24T12:00Z}\n"
    )
    assert outcomes("R64", case) == [MET, MET, MET]
    late = case.replace("2026-12-24T12:00Z", "2026-12-24T12:01Z")
    assert outcomes("R64", late) == [MET, MET, NOT_MET]


def test_a_notification_that_the_early_warning_gave_already_counts_from_there() -> None:
    case = INCIDENT + (
        "  stages:\n"
        "    early-warning: {submitted: 2026-11-24T10:00Z}\n"
        "    notification: {already_provided: the early warning gave everything}\n"
    )
    (kept,) = recorded(case).cases
    assert kept.steps()[2].deadline.due == dt.datetime(2026, 12, 24, 10, tzinfo=dt.UTC)
    assert outcomes("R64", case) == [MET, MET, OPEN]


def test_r63_and_r64_each_look_at_their_own_kind() -> None:
    assert found("R64", AWARE) == [(NA, NO_CASE)]
    assert found("R63", INCIDENT) == [(NA, NO_CASE)]


def test_what_was_withdrawn_is_asked_nothing() -> None:
    assert found("R63", AWARE + "  status: withdrawn\n", now="2027-01-01T00:00Z") == [(NA, NO_CASE)]


# ------------------------------------------------------------------------ R65 to R70


def test_r65_asks_for_the_reason_of_awareness() -> None:
    assert outcomes("R65", WHOLE) == [MET]
    assert outcomes("R65", AWARE) == [NOT_MET]
    assert outcomes("R65") == [NA]


def test_r66_asks_each_report_for_its_points() -> None:
    assert outcomes("R66", WHOLE) == [MET, MET, MET]
    (first, second, third) = asked("R66", WHOLE.replace("impact, remedy", "impact"))
    assert (first.outcome, second.outcome, third.outcome) == (MET, MET, NOT_MET)
    assert third.message == (
        "REP-1: the final report is recorded without Security update or other remedy (remedy)"
    )
    assert third.clause == "CRA_ART_14_2_C_III"
    assert outcomes("R66", AWARE) == [OPEN]
    assert outcomes("R66", AWARE + "  stages: {final: {submitted: 2026-12-01T00:00Z}}\n") == [OPEN]


def test_r66_takes_what_an_earlier_report_gave() -> None:
    case = AWARE + (
        "  stages:\n"
        "    early-warning:\n"
        "      submitted: 2026-11-24T10:00Z\n"
        "      contains: [member_states, product, exploit, vulnerability_nature, measures_taken,\n"
        "        measures_users, sensitivity]\n"
        "    notification: {already_provided: the early warning gave everything}\n"
    )
    assert outcomes("R66", case) == [MET, MET]
    assert outcomes("R66", case.replace("exploit, ", "")) == [MET, NOT_MET]


def test_r67_compares_the_csirt_with_the_main_establishment() -> None:
    assert outcomes("R67", WHOLE) == [MET]
    (wrong,) = asked("R67", WHOLE.replace("csirt: DE", "csirt: FR"))
    assert (wrong.outcome, wrong.severity) == (NOT_MET, Severity.WARNING)
    assert "in France (FR), and not to that in Germany (DE)" in wrong.message
    assert outcomes("R67", AWARE) == [OPEN]
    assert outcomes("R67", WHOLE, about="") == [OPEN]
    assert outcomes("R67", WHOLE, about=PRODUCT.replace(", main_establishment: {member_state: DE}", "")) == [
        OPEN
    ]


def test_r68_asks_for_users_and_of_flaws_in_components_for_their_maintainers() -> None:
    assert [c.clause for c in asked("R68", WHOLE)] == ["CRA_ART_14_8", "CRA_ART_13_6"]
    assert outcomes("R68", WHOLE) == [MET, MET]
    assert outcomes("R68", AWARE) == [OPEN]
    assert outcomes("R68", AWARE + "  status: closed\n") == [NOT_MET]
    assert outcomes("R68", AWARE + "  users: {not_needed: nobody has it}\n") == [OPEN]
    assert outcomes("R68", AWARE + "  status: closed\n  component: x\n") == [NOT_MET, NOT_MET]
    assert outcomes("R68", INCIDENT + "  component: x\n") == [OPEN]


def test_r69_goes_on_after_the_support_period() -> None:
    assert outcomes("R69", WHOLE) == [MET]
    assert outcomes("R69", AWARE) == [NOT_MET]
    (before,) = asked("R69", AWARE, about=PRODUCT.replace("end: 2026-01", "end: 2030-01"))
    assert before.outcome is NA
    assert "does not end with it" in before.message


def test_r70_relaxes_nothing_but_the_fine() -> None:
    for size, outcome in (("micro", MET), ("small", MET), ("medium", NA), ("large", NA)):
        (check,) = asked("R70", about=PRODUCT.replace("size: small", f"size: {size}"))
        assert (check.outcome, check.severity) == (outcome, Severity.INFO)
        assert "the duty to warn within 24 hours is the same for all" in check.message
        assert ("not fined" in check.message) is (size in ("micro", "small"))
    assert outcomes("R70", about="") == [OPEN]


def test_an_empty_register_is_a_statement_and_a_missing_one_decides_nothing() -> None:
    for rule in ("R63", "R64", "R65", "R66", "R67", "R68"):
        assert found(rule) == [(NA, NO_CASE)]
        missing = RULES[rule](ground(register.Register(exists=False), product.parse(PRODUCT)))
        assert [(c.outcome, c.message) for c in missing] == [(OPEN, NOTHING)]


def test_r69_asks_nothing_while_support_runs_on_the_day_of_the_file() -> None:
    running = PRODUCT.replace("end: 2026-01", "end: 2032-12") + "document: {date: 2027-11-01}\n"
    (check,) = asked("R69", AWARE, about=running)
    assert (check.outcome, check.way_out) == (NA, "")
    assert "which runs until 2032-12;" in check.message
    assert outcomes("R69", about=running.replace("2027-11-01", "2033-01-01")) == [OPEN]


def test_no_answer_ever_says_more_than_the_register_shows() -> None:
    for one in checks(ground(recorded(WHOLE), product.parse(PRODUCT))):
        assert not {"compliant", "conform", "compliance"} & set(one.message.casefold().split())


# --------------------------------------------------------------------------- the table


def cells(*cases: str, now: str = "") -> list[str]:
    table = reports.table(recorded(*cases), moment(now) if now else None)
    return ["".join(piece.text for piece in cell) for row in table.rows for cell in row]  # type: ignore[union-attr]


def test_the_table_says_how_late_each_report_is() -> None:
    name, aware, stages, *_ = cells(AWARE, now="2026-11-25T10:30Z")
    assert (name, aware) == ("REP-1\nvulnerability", "2026-11-24 08:30 UTC")
    assert stages.splitlines() == [
        "Early warning: late by 2 h",
        "due 2026-11-25 08:30 UTC",
        "Notification: due in 1 d 22 h",
        "due 2026-11-27 08:30 UTC",
        "Final report: not running",
        "waits until a corrective or mitigating measure is available (measure_available)",
    ]


def test_the_table_looks_at_a_case_that_goes_on_after_the_stated_time_without_it() -> None:
    assert "in time" in cells(WHOLE, now="2026-11-24T12:00Z")[2]


def test_an_intermediate_report_is_shown_with_what_the_csirt_asked() -> None:
    case = AWARE + (
        "  intermediate:\n"
        "    - {requested: 2026-12-01T08:00Z, due: 2026-12-02T08:00Z, submitted: 2026-12-02T09:00Z}\n"
    )
    assert cells(case)[2].splitlines()[-1] == (
        "Intermediate report, asked for 2026-12-01 08:00 UTC, due 2026-12-02 08:00 UTC: "
        "submitted 2026-12-02 09:00 UTC, late"
    )


def test_the_page_of_the_register_is_as_the_schema_has_it() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reports-file.md").read_text("utf-8")
    assert schemadoc.refreshed(page, register.SCHEMA) == page
    asked = {f.key for kind in Kind for f in content.of_kind(kind)}
    assert {key for key in asked if f"`{key}`" not in page} == set()
