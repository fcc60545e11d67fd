"""What was shown for the clauses, and is now: states, points of Annex VII, rules, editions."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from sphinx_cra.difference.evidence import BAD
from sphinx_cra.difference.model import Change, Direction, Topic, What
from sphinx_cra.difference.needs import replacements
from sphinx_cra.model import Link, Outcome, Presence, State
from sphinx_cra.snapshot import Answer
from sphinx_cra.words import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx_cra.difference.sides import Sides
    from sphinx_cra.snapshot import Row

_RANK = (State.FAILED, State.OPEN, State.SUPPORTED, State.PLANNED, State.COVERED, State.VERIFIED)


def clauses(sides: Sides) -> Iterator[Change]:
    was, now = sides.old.rows, sides.new.rows
    if was is None or now is None or not sides.alike:
        return
    silenced = _silenced(sides)
    both = {r.framework for r in was.values()} & {r.framework for r in now.values()}
    for name in {**was, **now}:
        before, after = was.get(name), now.get(name)
        row = after or before
        if row is None or row.framework not in both:
            continue  # a framework that came or went is one line, and not three hundred
        if sides.partial and (before is None or after is None or not before.state or not after.state):
            continue
        if before is None or after is None:
            change = _came_or_went(row, gone=after is None)
        else:
            change = _moved(before, after)
            if change and change.direction is Direction.BETTER and (quiet := silenced.get(name)):
                said = f"{listed(quiet, 3)} failed, and nothing shows that it no longer does"
                note = f"{said}; {change.note}" if change.note else said
                change = replace(change, direction=Direction.OTHER, note=note)
        if change:
            yield change


def _silenced(sides: Sides) -> dict[str, list[str]]:
    """Clauses that were failed -> evidence that failed for them, and that is gone or shows nothing now."""
    now = sides.new.verdicts or {}
    instead = replacements(sides)
    quiet: dict[str, list[str]] = defaultdict(list)
    for name, before in (sides.old.verdicts or {}).items():
        item = sides.was.get(name)
        after = now.get(instead.get(name) or sides.renamed.get(name, name))
        if item and before.outcome in BAD and (after is None or after.outcome is not Outcome.VALID):
            for target in item.links.get(Link.VERIFIES.value, ()):
                quiet[target].append(name)
                control = sides.was.get(target)
                for above in control.links.get(Link.IMPLEMENTS.value, ()) if control else ():
                    quiet[above].append(name)
    failed = {n: r for n, r in (sides.old.rows or {}).items() if r.state is State.FAILED}
    found = {n: [e for about in (n, *r.carriers) for e in quiet.get(about, ())] for n, r in failed.items()}
    return {name: list(dict.fromkeys(evidence)) for name, evidence in found.items() if evidence}


def _came_or_went(row: Row, *, gone: bool) -> Change | None:
    if row.state is None:
        return None
    bad = row.counted and (row.state in (State.COVERED, State.VERIFIED) if gone else row.state.gap)
    return Change(
        topic=Topic.CLAUSES,
        what=What.LOST if gone else What.ADDED,
        direction=Direction.WORSE if bad else Direction.OTHER,
        id=row.printed or row.id,
        title=row.id if row.printed else "",
        before=row.state.value if gone else "",
        after="" if gone else row.state.value,
        note="another edition of the framework",
    )


def _moved(before: Row, after: Row) -> Change | None:
    reached = _reached(before), _reached(after)
    if before.state is after.state and (before.state is None or reached[0] == reached[1]):
        return None
    state = [r.state.value if r.state else "not asked" for r in (before, after)]
    if before.state is after.state:
        one = (before.implemented, before.proven)
        other = (after.implemented, after.proven)
        direction = Direction.OTHER
        if any(b > a for b, a in zip(one, other, strict=True)):
            direction = Direction.WORSE
        elif other > one:
            direction = Direction.BETTER
        return _clause(after, direction, f"{state[0]}, {reached[0]}", f"{state[1]}, {reached[1]}", "")
    direction = _direction(before, after) if before.counted or after.counted else Direction.OTHER
    return _clause(after, direction, state[0], state[1], after.reason)


def _reached(row: Row) -> str:
    number = len(row.carriers)
    return f"{row.implemented} of {number} implemented, {row.proven} proven" if number else ""


def _direction(before: Row, after: Row) -> Direction:
    one, other = before.state, after.state
    if one is None or other is None:
        return Direction.WORSE if other is not None and other.gap else Direction.OTHER
    if State.EXCLUDED in (one, other):
        # What was shown and is now said not to apply, or needs doing after all.
        lost = other is State.EXCLUDED and one in (State.COVERED, State.VERIFIED)
        return Direction.WORSE if lost or other.gap else Direction.OTHER
    return Direction.BETTER if _RANK.index(other) > _RANK.index(one) else Direction.WORSE


def _clause(row: Row, direction: Direction, before: str, after: str, note: str) -> Change:
    return Change(
        topic=Topic.CLAUSES,
        what=What.CHANGED,
        direction=direction,
        id=row.printed or row.id,
        title=row.id if row.printed else "",
        before=before,
        after=after,
        note=note,
    )


def frameworks(sides: Sides) -> Iterator[Change]:
    for kind, was, now in (
        ("framework", sides.old.catalogues, sides.new.catalogues),
        ("mapping", sides.old.mappings, sides.new.mappings),
    ):
        if was is None or now is None:
            continue
        for name in sorted({**was, **now}):
            before, after = was.get(name), now.get(name)
            if before == after:
                continue
            what, direction = What.CHANGED, Direction.OTHER
            if after is None:
                what = What.LOST
                direction = Direction.WORSE if kind == "framework" else Direction.OTHER
            elif before is None:
                what = What.ADDED
            elif before.edition == after.edition:
                continue  # a longer name or another count of the same edition
            yield Change(
                topic=Topic.FRAMEWORKS,
                what=what,
                direction=direction,
                id=name,
                title=kind,
                before=before.edition if before else "",
                after=after.edition if after else "",
                note="nothing of it is shown any more" if direction is Direction.WORSE else "",
            )


def annex_vii(sides: Sides) -> Iterator[Change]:
    was, now = sides.old.points, sides.new.points
    if was is None or now is None:
        return
    for name, after in now.items():
        before = was.get(name)
        if before is None or (before.presence is after.presence and before.lacks == after.lacks):
            continue
        direction = Direction.OTHER
        if before.presence is not after.presence:
            if after.presence is Presence.MISSING:
                direction = Direction.WORSE
            elif after.presence is Presence.PRESENT:
                direction = Direction.BETTER
        new = [s for s in after.lacks if s not in before.lacks]
        gone = len([s for s in before.lacks if s not in after.lacks])
        note = " ".join(new)
        if before.presence is after.presence and gone and not new:
            note = f"{gone} of {len(before.lacks)} things that it lacked {'is' if gone == 1 else 'are'} there"
            direction = Direction.BETTER
        yield Change(
            topic=Topic.ANNEX_VII,
            what=What.CHANGED,
            direction=direction,
            id=after.printed or name,
            title=after.title,
            before=before.presence.value,
            after=after.presence.value,
            note=note,
        )


_GOOD = (Answer.MET, Answer.NOT_APPLICABLE)


def rules(sides: Sides) -> Iterator[Change]:
    was, now = sides.old.rules, sides.new.rules
    if was is None or now is None:
        return
    for name in sorted({**was, **now}):
        before, after = was.get(name), now.get(name)
        if before is not None and after is not None and before.outcome is after.outcome:
            continue
        rule = after or before
        if rule is None:
            continue
        direction = Direction.OTHER
        if before and after:
            one, other = before.outcome, after.outcome
            unsaid = (one in _GOOD and other is Answer.UNDECIDABLE) or (
                one is Answer.MET and other is Answer.NOT_CHECKED
            )
            if other is Answer.NOT_MET or unsaid:
                direction = Direction.WORSE
            elif other is Answer.MET:
                direction = Direction.BETTER
        yield Change(
            topic=Topic.RULES,
            what=What.CHANGED if before and after else What.ADDED if after else What.LOST,
            direction=direction,
            id=name,
            title=rule.title,
            before=before.outcome.value if before else "",
            after=after.outcome.value if after else "",
            note=after.message if after else "",
        )
