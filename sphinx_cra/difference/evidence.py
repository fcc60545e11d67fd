"""What evidence shows, the files it rests on, and what was known of vulnerabilities."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sphinx_cra.difference.model import Change, Direction, Topic, What
from sphinx_cra.model import Outcome
from sphinx_cra.snapshot import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx_cra.difference.sides import Sides
    from sphinx_cra.snapshot import Match, Verdict


BAD = (Outcome.FAILED, Outcome.ALTERED)
"""What shows the opposite."""


def evidence(sides: Sides) -> Iterator[Change]:
    """What evidence shows, and the files it rests on."""
    was, now = sides.old.verdicts, sides.new.verdicts
    if was is None or now is None:
        return
    for name, before in was.items():
        after = now.get(sides.renamed.get(name, name))
        if after is None:
            continue
        item = sides.now.get(after.id)
        title = item.title if item else ""
        replaced = bool(before.artefacts) and dict(before.artefacts) != dict(after.artefacts)
        if before.outcome is not after.outcome:
            yield Change(
                topic=Topic.EVIDENCE,
                what=What.CHANGED,
                direction=_verdict_direction(before.outcome, after.outcome),
                id=after.id,
                title=title,
                before=before.outcome.value,
                after=after.outcome.value,
                note=after.reason,
            )
        elif replaced:
            yield Change(
                topic=Topic.EVIDENCE,
                what=What.REPLACED,
                direction=_counted(before, after),
                id=after.id,
                title=title,
                note=f"{after.outcome.value} as before, from {_files(before, after)}",
            )


def _verdict_direction(one: Outcome, other: Outcome) -> Direction:
    if other in BAD or one is Outcome.VALID:
        return Direction.WORSE
    if one in BAD and other is not Outcome.VALID:
        return Direction.WORSE  # an empty report in place of one that fails mends nothing
    return Direction.BETTER if other is Outcome.VALID else Direction.OTHER


def _counted(before: Verdict, after: Verdict) -> Direction:
    """Fewer passed tests are worse: something is no longer shown; and so are more failures."""
    one, other = before.counts.get("passed"), after.counts.get("passed")
    fewer = one is not None and other is not None and other < one
    failures = [sum(v.counts.get(name, 0) for name in _FAILURES) for v in (before, after)]
    return Direction.WORSE if fewer or failures[1] > failures[0] else Direction.OTHER


_FAILURES = ("failed", "errors", "error", "affected", "critical", "high")
"""Counts of any reader that nobody wants more of."""


def _files(before: Verdict, after: Verdict) -> str:
    other = [p for p, digest in after.artefacts.items() if before.artefacts.get(p) != digest]
    gone = [p for p in before.artefacts if p not in after.artefacts]
    said = []
    for path in other[:3]:
        one = before.artefacts.get(path, "")
        said.append(f"{path} {one[:12]} -> {after.artefacts[path][:12]}" if one else f"{path} (new)")
    if len(other) > 3:
        said.append(f"{len(other) - 3} more")
    said += [f"without {path}" for path in gone[:3]]
    counts = [
        f"{name} {before.counts.get(name, 0)} -> {after.counts.get(name, 0)}"
        for name in sorted({*before.counts, *after.counts})
        if before.counts.get(name, 0) != after.counts.get(name, 0)
    ]
    return "; ".join([", ".join(said), *([", ".join(counts)] if counts else [])])


def vulnerabilities(sides: Sides) -> Iterator[Change]:
    old, new = sides.old, sides.new
    if not (old.has_vulnerabilities and new.has_vulnerabilities):
        return
    was, now = old.vulnerabilities, new.vulnerabilities
    if (was is not None and was.checked) != (now is not None and now.checked):
        checked = now is not None and now.checked
        yield Change(
            topic=Topic.VULNERABILITIES,
            what=What.CHANGED,
            direction=Direction.BETTER if checked else Direction.WORSE,
            id="scan for known vulnerabilities",
            before="not checked" if checked else "checked",
            after="checked" if checked else "not checked",
        )
    before = {_match_key(m): m for m in (was.matches if was else ())}
    after = {_match_key(m): m for m in (now.matches if now else ())}
    # A version of the component that changed alone leaves the match the same, and so does another name.
    again: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for key, match in before.items():
        if key not in after:
            for name in _names(match):
                for place in (match.component, _unversioned(match)):
                    again[name, place].append(key)
    for key, match in after.items():
        found = before.pop(key, None)
        if found is None:
            places = (match.component, _unversioned(match))
            others = (k for p in places for n in _names(match) for k in again[n, p] if k in before)
            if other := next(others, None):
                found = before.pop(other)
        if found is None or found.status is not match.status:
            yield _match(found, match)
    for match in before.values():
        if now is not None:
            yield _match(match, None)


def _match_key(match: Match) -> tuple[str, str]:
    return match.vulnerability.casefold(), match.component


def _names(match: Match) -> list[str]:
    return [name.casefold() for name in (match.vulnerability, *match.aliases)]


def _unversioned(match: Match) -> str:
    return match.component.rpartition(" ")[0] or match.component


def _match(before: Match | None, after: Match | None) -> Change:
    found = after or before
    assert found is not None
    direction = Direction.OTHER
    unsettled = after is not None and not after.status.settled
    was_settled = before is None or before.status.settled
    if unsettled and (was_settled or (after is not None and after.status is Status.AFFECTED)):
        direction = Direction.WORSE
    elif before and not before.status.settled and (after is None or after.status.settled):
        direction = Direction.BETTER
    return Change(
        topic=Topic.VULNERABILITIES,
        what=What.CHANGED if before and after else What.ADDED if after else What.LOST,
        direction=direction,
        id=found.vulnerability,
        title=found.component,
        before=before.status.words if before else "not known",
        after=after.status.words if after else "not named any more",
        note=after.why if after else "",
    )
