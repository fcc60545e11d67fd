"""The register of reports made as tables: who, when, how late, and what rules R65 to R68 say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sphinx_cra.render.legal import answer_text
from sphinx_cra.render.table import BREAK, Table, Text, lines, text
from sphinx_cra.reporting.clock import Lateness, TimeError, shown
from sphinx_cra.reporting.recipient import named

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Iterator
    from zoneinfo import ZoneInfo

    from sphinx_cra.render.table import Cell
    from sphinx_cra.reporting.checks import Check
    from sphinx_cra.reporting.clock import Step
    from sphinx_cra.reporting.register import Case, Informed, Register

NONE = text("—")


def summary(register: Register, now: dt.datetime | None, zone: ZoneInfo | None = None) -> str:
    """What is recorded, and when it was looked at."""
    if not register.cases:
        return "No report recorded. That says nothing about whether there was something to report."
    number = len(register.cases)
    cases = "1 case is" if number == 1 else f"{number} cases are"
    looked = (
        f"looked at as of {shown(now, zone)}"
        if now
        else "no time is stated to look at it, so nothing is late"
    )
    return f"{cases} recorded in {register.source}; {looked}. What nobody recorded is not here."


def table(register: Register, now: dt.datetime | None, zone: ZoneInfo | None = None) -> Table:
    """A row for each case, in the order of awareness."""
    return Table(
        headers=("Case", "Aware", "Reports", "Received by", "Informed", "Status"),
        widths=(16, 16, 34, 12, 14, 8),
        rows=tuple(
            (
                _name(case),
                lines([text(shown(case.aware, zone)), text(case.aware_reason)]),
                lines(_reports(case, now, zone)),
                lines([text(named(case.csirt)), text(case.csirt_reason)]) or NONE,
                lines(_informed(case, zone)) or NONE,
                text(case.status.value),
            )
            for case in register.cases
        ),
        classes=("cra-reports", "landscape"),
    )


def _name(case: Case) -> Cell:
    release = f"release {case.release}" if case.release else ""
    return lines(
        [
            text(case.id, None, "strong"),
            text(case.kind.value),
            text(case.title),
            text(release),
            text(case.component),
        ]
    )


def _steps(case: Case, now: dt.datetime | None) -> tuple[Step, ...]:
    try:
        return case.steps(now)
    except TimeError:  # it says what was done after the time at which it is looked at
        return case.steps(None)


def _reports(case: Case, now: dt.datetime | None, zone: ZoneInfo | None) -> Iterator[Cell]:
    for step in _steps(case, now):
        one = step.deadline
        found = case.of(one.stage)
        words = f"{one.stage.words.capitalize()}: "
        if found and found.already_provided:
            yield (Text(words), Text(f"not needed, {found.already_provided}"))
            continue
        yield (Text(words), _state(step))
        yield text(f"due {shown(one.due, zone)}" if one.due else f"waits until {one.waits_for}")
        if step.submitted:
            reference = f", {found.reference}" if found and found.reference else ""
            yield text(f"submitted {shown(step.submitted, zone)}{reference}")
    for more in case.intermediate:
        due = f", due {shown(more.due, zone)}" if more.due else ""
        done = f"submitted {shown(more.submitted, zone)}" if more.submitted else "not submitted"
        if more.submitted and more.due and more.submitted > more.due:
            done += ", late"
        yield text(f"Intermediate report, asked for {shown(more.requested, zone)}{due}: {done}")


_COLOURS = {
    Lateness.IN_TIME: "valid",
    Lateness.LATE: "failed",
    Lateness.SUBMITTED_LATE: "failed",
}


def _state(step: Step) -> Text:
    """In the colours of the outcomes of evidence; the words alone say everything."""
    return Text(str(step), None, f"cra-state cra-outcome-{_COLOURS.get(step.lateness, 'unchecked')}")


def _informed(case: Case, zone: ZoneInfo | None) -> Iterator[Cell]:
    for who, found in (("Users", case.users), ("Maintainers", case.upstream)):
        if found is not None:
            yield text(f"{who}: {_told(found, zone)}")


def _told(found: Informed, zone: ZoneInfo | None) -> str:
    if found.when is None:
        return f"not needed, {found.not_needed}" if found.not_needed else "not recorded"
    return ", ".join(filter(None, (shown(found.when, zone), found.whom, found.how)))


def rules(checks: Iterable[Check], printed: Callable[[str], str]) -> Table:
    """What each rule says.

    :param printed: how people cite a clause, by its id.
    """
    return Table(
        headers=("Rule", "Answer", "Why"),
        widths=(20, 14, 66),
        rows=tuple(
            (
                (Text(c.rule, None, "strong"), BREAK, _cited(c.clause, printed)),
                (answer_text(c.outcome),),
                text(f"{c.message}; {c.way_out}." if c.way_out else f"{c.message}."),
            )
            for c in checks
        ),
        classes=("cra-report-rules",),
    )


_UNLISTED = {"CRA_ART_64_10_A": "Article 64(10), point (a)"}
"""Clauses that a rule cites and that the catalogue of duties does not hold."""


def _cited(clause: str, printed: Callable[[str], str]) -> Text:
    if clause in _UNLISTED:
        return Text(_UNLISTED[clause], None, "cra-cited")
    return Text(printed(clause), clause, "cra-cited")
