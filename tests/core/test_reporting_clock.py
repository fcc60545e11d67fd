"""Clocks of Article 14: in hours, in days, in months, and never by the clock of the machine."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sphinx_cra.reporting import clock
from sphinx_cra.reporting.clock import Kind, Lateness, Stage, TimeError, Times, moment, shown, stamp, steps

AWARE = moment("2026-11-24T09:30+01:00")
V, I = Kind.VULNERABILITY, Kind.INCIDENT  # noqa: E741


def due(kind: Kind, **known: str) -> list[str | None]:
    """When each report is due, as files write it."""
    times = Times(
        aware=moment(known["aware"]),
        measure=moment(known["measure"]) if "measure" in known else None,
        submitted=((Stage.NOTIFICATION, moment(known["notified"])),) if "notified" in known else (),
    )
    return [stamp(d.due) if d.due else None for d in clock.deadlines(kind, times)]


def test_a_vulnerability_has_24_hours_72_hours_and_14_days_after_a_measure() -> None:
    found = due(V, aware="2026-11-24T09:30+01:00", measure="2026-12-01T16:00Z")
    assert found == ["2026-11-25T08:30:00Z", "2026-11-27T08:30:00Z", "2026-12-15T16:00:00Z"]


def test_an_incident_has_24_hours_72_hours_and_a_month_after_the_notification_was_submitted() -> None:
    found = due(I, aware="2026-11-24T09:30+01:00", notified="2026-11-26T12:00Z")
    assert found == ["2026-11-25T08:30:00Z", "2026-11-27T08:30:00Z", "2026-12-26T12:00:00Z"]


def test_the_month_runs_from_the_submission_and_not_from_the_end_of_the_72_hours() -> None:
    early = due(I, aware="2026-11-24T09:30Z", notified="2026-11-24T10:00Z")
    late = due(I, aware="2026-11-24T09:30Z", notified="2026-12-24T10:00Z")
    assert (early[2], late[2]) == ("2026-12-24T10:00:00Z", "2027-01-24T10:00:00Z")


def test_a_final_report_waits_for_what_starts_its_clock() -> None:
    for kind in Kind:
        final = clock.deadlines(kind, Times(aware=AWARE))[2]
        assert (final.due, final.start) == (None, None)
        assert final.waits_for


def test_72_hours_over_a_change_to_or_from_summer_time_are_72_hours() -> None:
    berlin = clock.zone("Europe/Berlin")
    for aware, there in (
        ("2027-03-27T12:00+01:00", "2027-03-30 11:00 UTC (13:00 CEST)"),
        ("2026-10-24T12:00+02:00", "2026-10-27 10:00 UTC (11:00 CET)"),
    ):
        found = clock.deadlines(V, Times(aware=moment(aware)))[1].due
        assert found is not None
        assert found - moment(aware) == dt.timedelta(hours=72)
        assert shown(found, berlin) == there


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2027-01-31T10:00Z", "2027-02-28T10:00:00Z"),
        ("2028-01-31T10:00Z", "2028-02-29T10:00:00Z"),
        ("2028-02-29T10:00Z", "2028-03-29T10:00:00Z"),
        ("2027-03-31T10:00Z", "2027-04-30T10:00:00Z"),
        ("2026-12-31T23:59Z", "2027-01-31T23:59:00Z"),
        ("2100-01-30T10:00Z", "2100-02-28T10:00:00Z"),
    ],
)
def test_a_month_later_is_the_same_day_or_the_last_of_a_shorter_month(start: str, end: str) -> None:
    assert stamp(clock.month_later(moment(start))) == end


def test_14_days_over_29_february() -> None:
    assert due(V, aware="2028-02-01T00:00Z", measure="2028-02-20T08:00Z")[2] == "2028-03-05T08:00:00Z"
    assert due(V, aware="2027-02-01T00:00Z", measure="2027-02-20T08:00Z")[2] == "2027-03-06T08:00:00Z"


def test_a_measure_that_was_there_before_awareness_starts_the_14_days_at_awareness() -> None:
    found = due(V, aware="2026-11-24T08:30Z", measure="2026-09-20T08:00Z")
    assert found[2] == "2026-12-08T08:30:00Z"


@given(
    st.datetimes(dt.datetime(2000, 1, 2), dt.datetime(2199, 11, 30), timezones=st.just(dt.UTC)),
    st.integers(-12 * 4, 14 * 4),
)
def test_the_offset_in_which_awareness_is_written_changes_no_deadline(
    when: dt.datetime, quarter: int
) -> None:
    when = when.replace(microsecond=0)
    there = when.astimezone(dt.timezone(dt.timedelta(minutes=15 * quarter)))
    written = there.isoformat()
    if not written.startswith(("1999", "2200")):
        assert moment(written) == when
    found = clock.deadlines(I, Times(aware=when, submitted=((Stage.NOTIFICATION, when),)))
    assert [d.due - when for d in found[:2] if d.due] == [dt.timedelta(hours=24), dt.timedelta(hours=72)]
    assert found[2].due is not None
    assert 28 <= (found[2].due - when).days <= 31


# ----------------------------------------------------------------------------- times


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2026-11-24T09:30", "does not say in which time zone; add Z for UTC or an offset"),
        ("2026-11-24", "a day alone is no time"),
        ("yesterday", "is no time; write it as 2026-11-24T09:30+01:00"),
        ("", "is no time"),
        ("2026-02-30T09:30Z", "is not in the calendar"),
        ("2027-02-29T09:30Z", "is not in the calendar"),
        ("2026-11-24T24:01Z", "is not in the calendar"),
        ("2026-12-31T23:59:60Z", "is a leap second"),
        ("9999-12-31T23:59Z", "cannot be meant"),
        ("0001-01-01T00:00Z", "cannot be meant"),
        ("2026-11-24T09:30+14:01", "an offset that no place has"),
        ("2026-11-24T09:30-12:30", "an offset that no place has"),
        ("2026-11-24T09:30+01:75", "an offset that no place has"),
        ("2026-11-24T09:30 CET", "is no time"),
        ("٢٠٢٦-11-24T09:30Z", "is no time"),
        ("x" * 10_000, "is no time"),
    ],
)
def test_a_time_that_could_mean_two_things_or_none_is_refused(text: str, why: str) -> None:
    with pytest.raises(TimeError) as error:
        moment(text)
    assert why in str(error.value)
    assert len(str(error.value)) < 300


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-24T09:30+14:00", "2026-11-23T19:30:00Z"),
        ("2026-11-24T09:30-12:00", "2026-11-24T21:30:00Z"),
        ("2026-11-24T09:30:15.5Z", "2026-11-24T09:30:15Z"),
        ("2026-11-24t09:30z", "2026-11-24T09:30:00Z"),
        ("2026-11-24 09:30+0100", "2026-11-24T08:30:00Z"),
        ("2026-11-24T09:30+05:45", "2026-11-24T03:45:00Z"),
    ],
)
def test_every_offset_in_use_is_read(text: str, utc: str) -> None:
    assert stamp(moment(text)) == utc


def test_a_day_that_is_another_in_the_zone_is_shown() -> None:
    place = clock.zone("Pacific/Kiritimati")
    assert shown(moment("2026-11-24T09:59Z"), place) == "2026-11-24 09:59 UTC (23:59 +14)"
    assert shown(moment("2026-11-24T10:00Z"), place) == "2026-11-24 10:00 UTC (2026-11-25 00:00 +14)"


def test_an_unknown_zone_is_answered_with_the_nearest() -> None:
    with pytest.raises(TimeError, match="did you mean Europe/Berlin"):
        clock.zone("Europe/Berln")


# --------------------------------------------------------------------------- lateness


def states(kind: Kind, now: str | None, *submitted: tuple[Stage, str], measure: str = "") -> list[str]:
    times = Times(
        aware=AWARE,
        measure=moment(measure) if measure else None,
        submitted=tuple((stage, moment(when)) for stage, when in submitted),
    )
    return [str(s) for s in steps(kind, times, moment(now) if now else None)]


def test_without_a_stated_time_nothing_is_late() -> None:
    assert states(V, None) == ["not submitted", "not submitted", "not running"]


def test_what_is_due_and_late_is_said_with_by_how_much() -> None:
    found = states(V, "2026-11-26T08:30Z")
    assert found == ["late by 1 d", "due in 1 d", "not running"]


def test_the_last_moment_is_in_time_and_the_next_second_is_late() -> None:
    assert states(V, None, (Stage.EARLY_WARNING, "2026-11-25T08:30:00Z"))[0] == "in time"
    late = states(V, None, (Stage.EARLY_WARNING, "2026-11-25T08:30:01Z"))[0]
    assert late == "submitted late by less than a minute"


def test_a_late_early_warning_moves_no_other_clock() -> None:
    late = (Stage.EARLY_WARNING, "2026-11-26T20:00Z")
    found = steps(V, Times(aware=AWARE, submitted=((late[0], moment(late[1])),)))
    assert [s.lateness for s in found[:2]] == [Lateness.SUBMITTED_LATE, Lateness.OPEN]
    assert found[1].deadline.due == AWARE + dt.timedelta(hours=72)


def test_a_submission_before_awareness_is_refused() -> None:
    with pytest.raises(TimeError, match=r"the early warning was submitted on .*, before awareness"):
        states(V, None, (Stage.EARLY_WARNING, "2026-11-24T08:29Z"))


def test_a_now_before_awareness_or_before_a_submission_is_refused() -> None:
    with pytest.raises(TimeError, match="before awareness"):
        states(V, "2026-11-24T08:00Z")
    with pytest.raises(TimeError, match="before the last submission"):
        states(V, "2026-11-24T09:00Z", (Stage.EARLY_WARNING, "2026-11-24T10:00Z"))


def test_what_is_next_is_what_is_due_first() -> None:
    found = steps(V, Times(aware=AWARE, measure=AWARE, submitted=((Stage.EARLY_WARNING, AWARE),)))
    step = clock.following(found)
    assert step is not None
    assert step.deadline.stage is Stage.NOTIFICATION
    assert (
        clock.following(steps(V, Times(aware=AWARE, submitted=tuple((s, AWARE) for s in clock.STAGES))))
        is None
    )


def test_the_clocks_agree_with_the_catalogue() -> None:
    from build import cra

    known = {c.id: c for c in cra().clauses}
    for kind in Kind:
        for one in clock.deadlines(kind, Times(aware=AWARE)):
            summary = " ".join(known[one.clause].summary.split())
            told = {"24": "24 hours", "72": "72 hours", "14": "14 days", "on": "one month"}[one.rule[:2]]
            assert told in summary
