"""Periods in years, as the Regulation counts them."""

from __future__ import annotations

import datetime as dt


def years_after(day: dt.date, years: float) -> dt.date:
    """The day on which a period of years ends that begins with an event on ``day``.

    The same day of the year; of 29 February, where the last year has none, the last day of the month
    (as Article 3(2)(c) of Regulation (EEC, Euratom) No 1182/71 has it). Parts of a year count in whole
    months, rounded up.
    """
    months = day.year * 12 + day.month - 1 + -int(-years * 12 // 1)
    year, month = divmod(months, 12)
    if year > dt.MAXYEAR:
        return dt.date.max
    for last in (day.day, 30, 29, 28):
        try:
            return dt.date(year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")
