"""Periods in years, as the Regulation counts them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from sphinx_cra.legal.rule import lacking

if TYPE_CHECKING:
    from sphinx_cra.product import Product

_KEPT_YEARS = 10


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


def support_ends(product: Product) -> dt.date | None:
    """The last day on which any version is supported; None where the product file states no end."""
    ends = (product.support_period.end, *(v.support_end for v in product.versions))
    return max((e.last_day for e in ends if e is not None), default=None)


def ten_years_or_support(product: Product) -> tuple[dt.date | None, str, tuple[str, ...]]:
    """Until when something is kept: for ten years or for the support period, whichever is longer.

    Article 13(13) and (18). Placing on the market is of each unit, so ten years count from the last
    (own reading).

    :return: the day, as far as it is known already; why it is that one; and what is missing to know it.
    """
    versions = product.versions
    known = (
        product.market.first_unit,
        product.market.last_unit,
        *(v.placed_on_market for v in versions),
        *(v.last_placed_on_market for v in versions),
    )
    placed, end = max(filter(None, known), default=None), support_ends(product)
    days = []
    if placed is not None:
        days.append((years_after(placed, _KEPT_YEARS), f"ten years after the unit placed on {placed}"))
    if end is not None:
        days.append((end, "the end of the support period"))
    day, why = max(days, key=lambda d: d[0], default=(None, ""))
    lacks = lacking(
        {
            "when the last unit is placed on the market": product.last_placing,
            "when the support period ends": product.support_period.end,
        }
    )
    return day, why, tuple(lacks)
