"""What people state: the product file, field by field, and findings that are accepted."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from sphinx_cra.difference.model import Change, Direction, Topic, What
from sphinx_cra.words import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sphinx_cra.difference.sides import Sides

_NAMES = ("id", "name", "version", "part", "act", "title", "kind", "at", "authority", "date")


def _flat(value: Any, route: str = "") -> Iterator[tuple[str, str]]:
    """Every value that the product file states, by where it stands."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(inner, f"{route}.{key}" if route else str(key))
    elif isinstance(value, list) and any(isinstance(v, dict | list) for v in value):
        seen: Counter[str] = Counter()
        for inner in value:
            name = ""
            if isinstance(inner, dict):
                name = " ".join(str(inner[n]) for n in _NAMES[:2] if isinstance(inner.get(n), str))
                name = name or " ".join(str(inner[n]) for n in _NAMES if isinstance(inner.get(n), str))
            name = " ".join(name.split())[:60] or "?"
            seen[name] += 1
            number = f" #{seen[name]}" if seen[name] > 1 else ""
            yield from _flat(inner, f"{route}[{name}{number}]")
    elif isinstance(value, list):
        yield route, ", ".join(map(_word, value))
    else:
        yield route, _word(value)


def _word(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def product(sides: Sides) -> Iterator[Change]:
    was, now = sides.old.product, sides.new.product
    if was is None or now is None:
        if sides.partial:
            return
        if was is not None:
            yield Change(
                topic=Topic.PRODUCT,
                what=What.LOST,
                direction=Direction.WORSE,
                id="cra.yaml",
                note="there is no usable product file any more",
            )
        elif now is not None:
            yield Change(topic=Topic.PRODUCT, what=What.ADDED, direction=Direction.BETTER, id="cra.yaml")
        return
    before, after = dict(_flat(was)), dict(_flat(now))
    for route, one, other in (*_kept(before, after), *_only(before, after), *_only(after, before, new=True)):
        shorter = route == "support_period.end" and (_day(other) or _FIRST) < (_day(one) or _FIRST)
        unsaid = one and not other and route in ("support_period", "support_period.end")
        yield Change(
            topic=Topic.PRODUCT,
            what=What.CHANGED if one and other else What.LOST if one else What.ADDED,
            direction=Direction.WORSE if (one and shorter) or unsaid else Direction.OTHER,
            id=route,
            before=one,
            after=other,
            note="the support period ends earlier" if one and other and shorter else "",
        )


def _kept(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Fields that both state, and otherwise."""
    for route in before:
        if route in after and before[route] != after[route] and route != "source":
            yield route, before[route], after[route]


def _only(
    one: Mapping[str, str], other: Mapping[str, str], *, new: bool = False
) -> Iterator[tuple[str, str, str]]:
    """What only one of the two states: of a whole block or entry of a list, one line."""
    there = {prefix for route in other for prefix in _prefixes(route)}
    blocks: dict[str, list[str]] = {}
    for route, value in one.items():
        if route in there or route == "source":
            continue
        block = next(p for p in _prefixes(route) if p not in there)
        inner = route[len(block) :].strip(".")
        blocks.setdefault(block, []).append(f"{inner} {value}" if inner else value)
    for block, values in blocks.items():
        text = ", ".join(values)
        yield (block, "", text) if new else (block, text, "")


def _prefixes(route: str) -> Iterator[str]:
    """Everything that a field stands in, the widest first, and the field."""
    depth = 0
    for place, sign in enumerate(route):
        if sign == "]":
            depth -= 1
        elif sign in ".[" and depth == 0:
            yield route[:place]
        if sign == "[":
            depth += 1
    yield route


_FIRST = dt.date(1, 1, 1)


def _day(text: str | None) -> dt.date | None:
    """A date; of a month, a day that is not before any of its days."""
    if text and re.fullmatch(r"\d{4}-\d{2}", text):
        text += "-28"
    try:
        return dt.date.fromisoformat((text or "")[:10])
    except ValueError:
        return None


def acceptances(sides: Sides) -> Iterator[Change]:
    """What somebody accepted since, and what is accepted no more; no gap closes by it."""
    was, now = sides.old.acceptances, sides.new.acceptances
    if was is None or now is None:
        return
    for name in sorted({*was, *now}):
        before, after = was.get(name), now.get(name)
        found = after or before
        if found is None or before == after:
            continue
        until = f", until {after.until}" if after and after.until else ""
        yield Change(
            topic=Topic.ACCEPTANCES,
            what=What.CHANGED if before and after else What.ADDED if after else What.LOST,
            direction=Direction.OTHER,
            id=name,
            title=one_line(found.what, 120),
            note=f"by {after.by}{until}: {after.why}" if after else "",
        )


def gate(sides: Sides) -> Iterator[Change]:
    """What findings have to be for a build to fail; a gate that lets more pass closes no gap either."""
    was, now = sides.old.gate, sides.new.gate
    if was is None or now is None:
        return
    for entry in sorted({*was, *now}):
        before, after = was.get(entry, ""), now.get(entry, "")
        if before != after:
            yield Change(
                topic=Topic.GATE,
                what=What.CHANGED if before and after else What.ADDED if after else What.LOST,
                direction=Direction.OTHER,
                id=entry,
                before=before,
                after=after,
            )
