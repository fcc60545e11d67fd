"""Data that fits the schema -> :class:`Product`, by the types of its attributes.

Refuses what cannot be meant (an end before its start, the 30th of February), whatever the law says
about it.
"""

from __future__ import annotations

import calendar
import dataclasses
import datetime as dt
import functools
import json
import types
import typing
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sphinx_cra import datafile
from sphinx_cra.datafile import DataError
from sphinx_cra.product.model import EndDate, Extent, Product
from sphinx_cra.words import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx_cra.datafile import DataFile, Fault, Route
    from sphinx_cra.product.model import Part

SCHEMA = "cra.schema.json"


def product(file: DataFile) -> Product:
    """The product that a file describes, which fits the schema.

    :raises DataError: naming every date that there is not, and every contradiction.
    """
    reader = _Reader(file)
    read = reader.product()
    faults = (*reader.faults, *_contradictions(read))
    if faults:
        raise DataError(file.source, faults)
    return read


# --------------------------------------------------------------------------- from data


@dataclasses.dataclass(frozen=True, slots=True)
class _Attribute:
    """An attribute of a dataclass, and how it is read."""

    name: str
    key: str
    hint: Any
    optional: bool
    """Whether nothing given makes it None."""
    spelt: Any
    """How its text is spelt."""


@functools.cache
def _attributes(cls: type[Any]) -> tuple[_Attribute, ...]:
    hints = typing.get_type_hints(cls)
    found = []
    for field in dataclasses.fields(cls):
        hint, optional = hints[field.name], False
        if typing.get_origin(hint) in (types.UnionType, typing.Union):
            (hint,) = (a for a in typing.get_args(hint) if a is not types.NoneType)
            optional = True
        found.append(
            _Attribute(
                field.name,
                field.metadata.get("key", field.name),
                hint,
                optional,
                field.metadata.get("spelt", str),
            )
        )
    return tuple(found)


@functools.cache
def _top() -> frozenset[str]:
    """The blocks of a file; every other attribute of a product stands in its block ``product``."""
    return frozenset(json.loads(datafile.schema_text(SCHEMA))["properties"])


class _Reader:
    """Notes dates that are not in the calendar."""

    def __init__(self, file: DataFile) -> None:
        self.file = file
        self.faults: list[Fault] = []

    def product(self) -> Product:
        root: Mapping[str, Any] = self.file.data
        block: Mapping[str, Any] = root["product"]
        values: dict[str, Any] = {"file": self.file}
        for a in _attributes(Product):
            if a.name != "file":
                holder, route = (root, ()) if a.key in _top() else (block, ("product",))
                values[a.name] = self._value(a, holder.get(a.key), (*route, a.key))
        return Product(**values)

    def _value(self, a: _Attribute, value: Any, route: Route) -> Any:
        if a.optional and not _given(value):
            return None
        return self._read(a.hint, value, route, a.spelt)

    def _read(self, hint: Any, value: Any, route: Route, spelt: Any = str) -> Any:
        match typing.get_origin(hint):
            case origin if origin is tuple:
                inner = typing.get_args(hint)[0]
                return tuple(self._read(inner, v, (*route, n), spelt) for n, v in enumerate(value or ()))
            case origin if origin is Mapping:
                _, inner = typing.get_args(hint)
                given = ((k, v) for k, v in (value or {}).items() if v is not None)
                return {k.strip(): self._read(inner, v, (*route, k), spelt) for k, v in given}
        if isinstance(hint, type) and dataclasses.is_dataclass(hint) and hint is not EndDate:
            data = value or {}
            return hint(
                **{a.name: self._value(a, data.get(a.key), (*route, a.key)) for a in _attributes(hint)}
            )
        if hint is str:
            return spelt(str(value or "").strip())
        if hint is EndDate:
            text = value.strip()
            day = self._day(text, route)
            return EndDate(text=text, last_day=day) if day else None
        if hint is dt.date:
            return self._day(value.strip(), route)
        if hint is dt.datetime:
            return self._moment(value.strip(), route)
        return hint(value) if issubclass(hint, StrEnum) else value

    def _day(self, text: str, route: Route) -> dt.date | None:
        """The day, or the last day of the month; the schema has seen to the shape."""
        year, month, *day = map(int, text.split("-"))
        try:
            return dt.date(year, month, day[0] if day else calendar.monthrange(year, month)[1])
        except ValueError:  # IllegalMonthError is one
            self.faults.append(self.file.fault(f"{text!r} is not in the calendar", *route))
            return None

    def _moment(self, text: str, route: Route) -> dt.datetime | None:
        """The moment; of a day alone, its beginning in UTC."""
        try:
            moment = dt.datetime.fromisoformat(text.upper())
            # An hour before the year 1 in UTC is no moment that anybody can compare with.
            moment = moment.replace(tzinfo=moment.tzinfo or dt.UTC).astimezone(dt.UTC)
        except (ValueError, OverflowError):
            self.faults.append(self.file.fault(f"{text!r} is not in the calendar", *route))
            return None
        return moment


def _given(value: Any) -> bool:
    """Whether anything is said in a value, however deep."""
    if isinstance(value, dict):
        return any(map(_given, value.values()))
    if isinstance(value, list):
        return any(map(_given, value))
    if isinstance(value, str):
        return bool(value.strip())
    return value is not None


# --------------------------------------------------------------------------- what cannot be meant


def _contradictions(product: Product) -> Iterator[Fault]:
    """What cannot be meant, whatever the law says about it."""
    yield from _versions(product)
    yield from _reversed(product)
    fault = product.file.fault
    for n, standard in enumerate(product.standards):
        # Annex VII, point 5: which parts where applied in part, which solutions where not.
        if standard.extent is Extent.PARTIAL and not standard.parts:
            message = "'parts' is required where the extent is partial: name the parts that are applied"
            yield fault(message, "standards", n)
        if standard.extent is Extent.NONE and not standard.solution:
            message = "'solution' is required where the extent is none: say what is done instead"
            yield fault(message, "standards", n)


def _versions(product: Product) -> Iterator[Fault]:
    fault = product.file.fault
    listed = [v.version for v in product.versions]
    if listed and product.release not in listed:
        known = list(dict.fromkeys(listed))
        near = nearest(product.release, known, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        shown = product.file.shown(product.release)
        some = ", ".join(v[:40] for v in known[:10]) + (", ..." if len(known) > 10 else "")
        message = f"{shown} is not among the versions: {some}{hint}"
        yield fault(message, "product", "release")
    seen: dict[tuple[str, Part | None], int] = {}
    for n, version in enumerate(product.versions):
        key = (version.version, version.part)
        if (first := seen.setdefault(key, n)) != n:
            line = product.file.line("product", "versions", first)
            yield fault(
                f"{product.file.shown(version.version)} is listed twice, first on line {line}",
                "product",
                "versions",
                n,
            )


def _reversed(product: Product) -> Iterator[Fault]:
    """Where an end comes before its start. Some ends may fall on the day of the start, some not."""
    period = product.support_period
    if period.start and period.end and period.end.last_day <= period.start:
        message = f"{period.end} is not after the start, {period.start}"
        yield product.file.fault(message, "support_period", "end")
    for start, end, said, route in _spans(product):
        last = end.last_day if isinstance(end, EndDate) else end
        if start is not None and last is not None and last < start:
            yield product.file.fault(f"{end} is before {said}, {start}", *route)


_Span = tuple[dt.date | None, "dt.date | EndDate | None", str, "Route"]


def _spans(product: Product) -> Iterator[_Span]:
    market, body = product.market, product.conformity.notified_body
    certification = product.conformity.certification
    yield market.first_unit, market.last_unit, "the first unit", ("market", "last_unit")
    for n, v in enumerate(product.versions):
        at = ("product", "versions", n)
        yield v.placed_on_market, v.last_placed_on_market, "its first unit", (*at, "last_placed_on_market")
        yield v.placed_on_market, v.support_end, "its placing on the market", (*at, "support_end")
        first = f"the first unit of {v.version[:40]}"
        yield v.placed_on_market, market.last_unit, first, ("market", "last_unit")
    if body is not None:
        route = ("conformity", "notified_body", "valid_until")
        yield body.issued, body.valid_until, "the day it was issued", route
    if certification is not None:
        route = ("conformity", "certification", "valid_until")
        yield certification.issued, certification.valid_until, "the day it was issued", route
    for n, update in enumerate(product.updates.issued):
        at = ("updates", "issued", n)
        yield update.issued, update.available_until, "the day it was issued", (*at, "available_until")
    for n, request in enumerate(product.sbom.requests):
        yield request.date, request.supplied_on, "the request", ("sbom", "requests", n, "supplied_on")
