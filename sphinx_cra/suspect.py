"""Suspect links: what was reviewed against something that has changed since.

A fingerprint is taken of what an item or a clause *means*: title, content and the fields that say
something of the product; never its status, who reviewed it, or how its lines are wrapped. The file
of reviews holds, for each reviewed item, the fingerprints of everything it linked to at that time.
Where one differs now, the link is suspect, and so is, one step further away, whatever rests on the
item. Nothing of this changes a state: a person has to look, and to say so.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sphinx_cra import datafile
from sphinx_cra.model import Clause, Link
from sphinx_cra.trace import ENDS, FIELDS
from sphinx_cra.words import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from sphinx_cra.catalogue import Clauses
    from sphinx_cra.model import Item
    from sphinx_cra.trace import Trace

NAME = "cra-reviews.yaml"
"""The file of reviews, in the root of the project."""
SCHEMA = "reviews.schema.json"

Fingerprint = dict[str, str]
"""Part of the meaning (``title``, ``content``, ``threat``) -> short digest; empty parts have none."""

_REVIEW_DATA = frozenset({"decided_by", "review_by", "date", "sha256", "result", "version"})
"""Fields that say when or by whom something was looked at, and not what it is."""
_WIDTH = 16


def fingerprint(what: Item | Clause) -> Fingerprint:
    """What an item or a clause means, part by part."""
    parts = {"title": what.title}
    if isinstance(what, Clause):
        parts |= {"citation": what.printed, "text": what.details.get("text digest") or what.summary}
    else:
        parts |= {"content": what.content}
        parts |= {f: what.fields[f] for f in FIELDS[what.kind] if f in what.fields and f not in _REVIEW_DATA}
    return {name: digest(text) for name, text in parts.items() if text.strip()}


def digest(text: str) -> str:
    """A short digest of a text, however its lines are wrapped."""
    return hashlib.sha256(" ".join(text.split()).encode("utf-8", "surrogatepass")).hexdigest()[:_WIDTH]


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """Somebody looked at an item beside everything that it links to."""

    by: str
    why: str
    date: str = ""
    against: Mapping[str, Fingerprint]
    """Target of a link -> what it meant at the time."""


Reviews = dict[str, Review]
"""Item id -> its last review."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """An item that somebody has to look at again."""

    item: Item
    cause: str
    """Id of the item or clause that changed."""
    changed: tuple[str, ...]
    """Parts of its meaning that differ, or what else happened to it."""
    distance: int
    """Links between the item and the cause."""
    causes: tuple[str, ...] = ()
    """Everything that changed, each with what it is now."""

    @property
    def reason(self) -> str:
        """What changed, and how far away it is, as a sentence."""
        what = f"has another {listed(self.changed)}"
        if self.changed in (("gone",), ("new",)):
            what = "is gone" if self.changed == ("gone",) else "was linked later"
        if self.distance == 1:
            return f"{self.cause} {what} since it was reviewed"
        return f"{self.cause}, {self.distance} links away, {what} since what it rests on was reviewed"


Fingerprints = dict[str, Fingerprint]
"""Id of an item or clause -> what it means."""


def fingerprints(trace: Trace, clauses: Clauses) -> Fingerprints:
    """What every item means, and every clause that one is linked to."""
    found = {i.id: fingerprint(i) for i in trace.items.values()}
    for item in trace.items.values():
        for target in against(item):
            clause = clauses.get(target) if target not in found else None
            if clause is not None:
                found[target] = fingerprint(clause)
    return {i: found[i] for i in sorted(found)}


def against(item: Item) -> tuple[str, ...]:
    """Everything that the item rests on: the targets of its links, each once."""
    fitting = (targets for link, targets in item.links.items() if item.kind in ENDS[link].sources)
    return tuple(dict.fromkeys(target for targets in fitting for target in targets))


def suspects(trace: Trace, clauses: Clauses, reviews: Reviews) -> tuple[Suspect, ...]:
    """What is suspect, by id; of several causes of one item the nearest.

    Items without a review are not suspect: nobody ever said that they were right.
    """
    if not reviews:
        return ()
    prints = fingerprints(trace, clauses)
    found: dict[str, Suspect] = {}
    for item_id in sorted(reviews):
        item = trace.items.get(item_id)
        changes = dict(_changed(item, reviews[item_id], prints)) if item else {}
        if item and changes:
            cause = next(iter(changes))
            found[item_id] = Suspect(
                item=item,
                cause=cause,
                changed=changes[cause],
                distance=1,
                causes=tuple(_now(target, parts, prints) for target, parts in changes.items()),
            )
    ring = list(found.values())
    while ring:
        further = []
        for suspect in ring:
            for item in (i for link in Link for i in trace.sources(suspect.item.id, link)):
                if item.id not in found:
                    found[item.id] = replace(suspect, item=item, distance=suspect.distance + 1)
                    further.append(found[item.id])
        ring = further
    return tuple(found[i] for i in sorted(found))


def _now(target: str, changed: tuple[str, ...], prints: Fingerprints) -> str:
    """A change as it stands now, so that another of the same thing is another."""
    now = prints.get(target, {})
    return " ".join([target, *(f"{part} {now.get(part, '')[:8]}".strip() for part in changed)])


def _changed(item: Item, review: Review, prints: Fingerprints) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What the item rests on and what of it differs from what was reviewed."""
    now = {t: prints[t] for t in against(item) if t in prints}  # dead links are reported elsewhere
    for target in sorted({*now, *review.against}):
        before, after = review.against.get(target), now.get(target)
        if before is None:
            yield target, ("new",)
        elif after is None:
            yield target, ("gone",)
        elif parts := tuple(p for p in sorted({*before, *after}) if before.get(p) != after.get(p)):
            yield target, parts


# ------------------------------------------------------------------------------ the file


def accepted(
    reviews: Reviews,
    items: Iterable[Item],
    prints: Fingerprints,
    *,
    by: str,
    why: str,
    date: str = "",
) -> Reviews:
    """The reviews with ``items`` reviewed as everything stands now; those of what is gone are dropped.

    :param prints: what everything means now.
    """
    result = {i: r for i, r in reviews.items() if i in prints}
    for item in items:
        seen = {t: prints[t] for t in against(item) if t in prints}
        result[item.id] = Review(by=by, why=why, date=date, against=MappingProxyType(seen))
    return result


def load(path: Path, *, source: str = NAME) -> Reviews:
    """The reviews of a project; none where there is no file.

    :raises datafile.DataError: naming every fault with its line.
    """
    if not path.exists():
        return {}
    data: dict[str, Any] = datafile.load(path, source=source, schema=SCHEMA).data
    return {
        item: Review(
            by=said["by"],
            why=said["why"],
            date=said.get("date", ""),
            against=MappingProxyType(dict(said["against"])),
        )
        for item, said in data["reviews"].items()
    }


def text(reviews: Reviews) -> str:
    """The file of reviews, one line for each thing that was looked at, so that a change is easy to review."""
    lines = [
        "# Who looked at what, beside what it links to, and what that meant at the time.",
        "# Written by `sphinx-cra review accept`; review it like any other change.",
        "reviews:" if reviews else "reviews: {}",
    ]
    for item in sorted(reviews):
        review = reviews[item]
        lines += [f"  {item}:", f"    by: {json.dumps(review.by)}", f"    why: {json.dumps(review.why)}"]
        if review.date:
            lines.append(f"    date: {json.dumps(review.date)}")
        lines.append("    against:" if review.against else "    against: {}")
        for target in sorted(review.against):
            parts = ", ".join(f"{p}: {json.dumps(d)}" for p, d in sorted(review.against[target].items()))
            lines.append(f"      {target}: {{{parts}}}")
    return "\n".join(lines) + "\n"
