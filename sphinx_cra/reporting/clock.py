"""Clocks of Article 14: from when somebody became aware to when each report is due.

Everything is computed in UTC from times that state their offset; no clock of the machine is asked.
Hours are hours: a change to daylight saving time within the 72 hours moves nothing. Fourteen days
are calendar days and one month is a calendar month, both to the same time of day in UTC, the 31st
falling back to the last day of a shorter month. The Regulation names no rule for holidays or for
the end of a day, and Regulation (EEC, Euratom) No 1182/71 was not examined: of the possible
readings this is the one that is due first.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

FIRST_YEAR, LAST_YEAR = 2000, 2199
"""Years in which something can have been noticed; outside of them it is a slip."""

STARTED = dt.datetime(2026, 9, 11, tzinfo=dt.UTC)
"""The day from which Article 14 applies (Article 71(2))."""


class Kind(StrEnum):
    """What is reported."""

    VULNERABILITY = "vulnerability"
    """An actively exploited vulnerability in the product (Article 14(1))."""
    INCIDENT = "incident"
    """A severe incident having an impact on the security of the product (Article 14(3))."""


class Stage(StrEnum):
    """One of the reports that are made about the same thing, in the order of the Article."""

    EARLY_WARNING = "early-warning"
    NOTIFICATION = "notification"
    FINAL = "final"
    INTERMEDIATE = "intermediate"
    """On request of the CSIRT only (Article 14(6)); the Regulation names no time for it."""

    @property
    def words(self) -> str:
        """For sentences: ``early warning``."""
        return {
            "early-warning": "early warning",
            "final": "final report",
            "intermediate": "intermediate report",
        }.get(self.value, self.value)


STAGES = (Stage.EARLY_WARNING, Stage.NOTIFICATION, Stage.FINAL)
"""The three that every case has."""


class TimeError(ValueError):
    """A time that cannot be used. The message is one sentence that says what to write instead."""


_TIME = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)[Tt ](?P<hour>\d\d:\d\d)(?P<second>:\d\d)?(?:[.,]\d+)?"
    r"(?P<offset>Z|z|[+-]\d\d:?\d\d)?",
    re.ASCII,
)


def moment(text: str) -> dt.datetime:
    """A point in time, in UTC, from ISO 8601 with an offset: ``2026-11-24T09:30+01:00``.

    :raises TimeError: if it has no offset, is not in the calendar, or cannot be meant.
    """
    text = text.strip()
    shown = text[:60]
    match = _TIME.fullmatch(text)
    if match is None:
        day = re.fullmatch(r"\d{4}-\d\d-\d\d", text)
        hint = "a day alone is no time; " if day else ""
        raise TimeError(f"{shown!r} is no time; {hint}write it as 2026-11-24T09:30+01:00")
    if match["offset"] is None:
        raise TimeError(
            f"{shown!r} does not say in which time zone; add Z for UTC or an offset, as {shown}+01:00"
        )
    if match["second"] == ":60":
        raise TimeError(f"{shown!r} is a leap second, which no clock here counts; write second 59")
    offset = "Z" if match["offset"] in "Zz" else match["offset"]
    if offset != "Z" and not -12 * 60 <= _minutes(offset) <= 14 * 60:
        raise TimeError(f"{shown!r} has an offset that no place has; it lies between -12:00 and +14:00")
    try:
        found = dt.datetime.fromisoformat(f"{match['day']}T{match['hour']}{match['second'] or ''}{offset}")
    except ValueError as error:
        raise TimeError(f"{shown!r} is not in the calendar: {error}") from error
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise TimeError(f"{shown!r} cannot be meant; its year lies outside of {FIRST_YEAR} to {LAST_YEAR}")
    return found.astimezone(dt.UTC)


def _minutes(offset: str) -> int:
    digits = offset[1:].replace(":", "")
    if int(digits[2:]) > 59:
        return 10_000
    return (int(digits[:2]) * 60 + int(digits[2:])) * (-1 if offset[0] == "-" else 1)


def of_epoch(text: str) -> dt.datetime | None:
    """The time that ``SOURCE_DATE_EPOCH`` states; None where it states none that can be meant."""
    try:
        found = dt.datetime.fromtimestamp(int(text), dt.UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return found if FIRST_YEAR <= found.year <= LAST_YEAR else None


def zone(name: str) -> ZoneInfo:
    """A time zone by its name: ``Europe/Berlin``.

    :raises TimeError: if there is none of that name.
    """
    from zoneinfo import ZoneInfo, available_timezones

    known = available_timezones()
    if name not in known:
        from sphinx_cra.words import did_you_mean, nearest

        hint = did_you_mean(nearest(name, known)) or "names are as Europe/Berlin"
        raise TimeError(f"{name[:60]!r} is no time zone that this machine knows; {hint}")
    return ZoneInfo(name)


def shown(when: dt.datetime, place: ZoneInfo | None = None) -> str:
    """A time for people: ``2026-11-27 08:30 UTC (09:30 CET)``; with the day there where it is another."""
    utc = _written(when.astimezone(dt.UTC)) + " UTC"
    if place is None:
        return utc
    there = when.astimezone(place)
    name = there.tzname() or there.strftime("%z")
    written = _written(there)
    if there.date() == when.astimezone(dt.UTC).date():
        written = written.partition(" ")[2]
    return f"{utc} ({written} {name})"


def _written(when: dt.datetime) -> str:
    return when.strftime("%Y-%m-%d %H:%M:%S" if when.second else "%Y-%m-%d %H:%M")


def stamp(when: dt.datetime) -> str:
    """A time for files: ``2026-11-27T08:30:00Z``."""
    return when.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def month_later(when: dt.datetime) -> dt.datetime:
    """The same day and time one calendar month on; the last day of a month that is shorter."""
    year, month = when.year + when.month // 12, when.month % 12 + 1
    return when.replace(year=year, month=month, day=min(when.day, calendar.monthrange(year, month)[1]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """What is known of one case."""

    aware: dt.datetime
    """When the manufacturer became aware: reasonably certain, after a prompt first look."""
    measure: dt.datetime | None = None
    """When a corrective or mitigating measure was available."""
    submitted: tuple[tuple[Stage, dt.datetime], ...] = ()
    """When each stage was submitted; a stage that gave what another asks for may stand for it."""

    def of(self, stage: Stage) -> dt.datetime | None:
        return dict(self.submitted).get(stage)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """Until when one report is due."""

    stage: Stage
    clause: str
    """Id: ``CRA_ART_14_2_A``."""
    rule: str
    """How it is counted, in words."""
    start: dt.datetime | None
    """What it is counted from; None where that has not happened, or is not stated."""
    due: dt.datetime | None
    waits_for: str = ""
    """What has to happen, or be stated, before it can be computed."""


def clause(kind: Kind, stage: Stage) -> str:
    """Id of the clause that asks for a report."""
    if stage is Stage.INTERMEDIATE:
        return "CRA_ART_14_6"
    paragraph = 2 if kind is Kind.VULNERABILITY else 4
    return f"CRA_ART_14_{paragraph}_{'ABC'[STAGES.index(stage)]}"


def deadlines(kind: Kind, times: Times) -> tuple[Deadline, ...]:
    """When each of the three reports is due.

    Early warning and notification both run from awareness, and not from each other. The final report
    on a vulnerability runs from the measure; where that was available before anybody was aware, from
    awareness, since nobody can report what nobody knows [own reading]. The final report on an
    incident runs from the submission of the notification.

    :raises TimeError: if something was submitted before anybody was aware of it.
    """
    for stage, when in times.submitted:
        if when < times.aware:
            raise TimeError(
                f"the {stage.words} was submitted on {shown(when)}, before awareness on {shown(times.aware)};"
                " one of the two times is wrong"
            )
    early = _hours(kind, Stage.EARLY_WARNING, times.aware, 24)
    notification = _hours(kind, Stage.NOTIFICATION, times.aware, 72)
    if kind is Kind.VULNERABILITY:
        start = None if times.measure is None else max(times.measure, times.aware)
        final = Deadline(
            stage=Stage.FINAL,
            clause=clause(kind, Stage.FINAL),
            rule="14 days after a corrective or mitigating measure is available",
            start=start,
            due=start + dt.timedelta(days=14) if start else None,
            waits_for="" if start else "a corrective or mitigating measure is available (measure_available)",
        )
    else:
        start = times.of(Stage.NOTIFICATION)
        final = Deadline(
            stage=Stage.FINAL,
            clause=clause(kind, Stage.FINAL),
            rule="one month after the notification was submitted",
            start=start,
            due=month_later(start) if start else None,
            waits_for="" if start else "the notification is submitted",
        )
    return early, notification, final


def _hours(kind: Kind, stage: Stage, aware: dt.datetime, hours: int) -> Deadline:
    return Deadline(
        stage=stage,
        clause=clause(kind, stage),
        rule=f"{hours} hours after awareness",
        start=aware,
        due=aware + dt.timedelta(hours=hours),
    )


class Lateness(StrEnum):
    """How a report stands to its deadline."""

    IN_TIME = "in time"
    SUBMITTED_LATE = "submitted late"
    SUBMITTED = "submitted"
    """Whether in time cannot be told: what it is counted from is not stated."""
    DUE = "due"
    LATE = "late"
    WAITING = "not running"
    """What it is counted from has not happened, or is not stated."""
    OPEN = "not submitted"
    """Whether it is late cannot be told: no time was stated to look at it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A deadline, and what was done about it."""

    deadline: Deadline
    submitted: dt.datetime | None
    lateness: Lateness
    by: dt.timedelta | None = None
    """By how much it is, or was, late; of what is due, how much is left."""

    def __str__(self) -> str:
        """``late by 3 h 20 min``."""
        if self.by is None:
            return self.lateness.value
        word = "in" if self.lateness is Lateness.DUE else "by"
        return f"{self.lateness.value} {word} {_span(self.by)}"


def _span(span: dt.timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [f"{days} d" if days else "", f"{hours} h" if hours else "", f"{minutes} min" if minutes else ""]
    return " ".join(filter(None, parts)) or "less than a minute"


def steps(kind: Kind, times: Times, now: dt.datetime | None = None) -> tuple[Step, ...]:
    """How each of the three reports stands.

    :param now: the time to look at it, always stated; without it nothing is late or due.
    :raises TimeError: if ``now`` is before awareness, or before something that is said to be submitted.
    """
    found = deadlines(kind, times)
    if now is not None:
        last = max((times.aware, *(when for _, when in times.submitted)))
        if now < last:
            what = "awareness" if last == times.aware else "the last submission"
            raise TimeError(f"now is stated as {shown(now)}, before {what} on {shown(last)}")
    return tuple(_step(d, times.of(d.stage), now) for d in found)


def _step(deadline: Deadline, submitted: dt.datetime | None, now: dt.datetime | None) -> Step:
    lateness, by = Lateness.OPEN, None
    if submitted is not None:
        lateness = Lateness.SUBMITTED
        if deadline.due is not None:
            late = submitted > deadline.due
            lateness = Lateness.SUBMITTED_LATE if late else Lateness.IN_TIME
            by = submitted - deadline.due if late else None
    elif deadline.due is None:
        lateness = Lateness.WAITING
    elif now is not None:
        late = now > deadline.due
        lateness, by = (Lateness.LATE if late else Lateness.DUE), abs(now - deadline.due)
    return Step(deadline=deadline, submitted=submitted, lateness=lateness, by=by)


def following(found: tuple[Step, ...]) -> Step | None:
    """What is to be done next: of what is not submitted and has a deadline, the one that is due first."""
    left = [s for s in found if s.submitted is None and s.deadline.due is not None]
    return min(left, key=lambda s: s.deadline.due or STARTED, default=None)
