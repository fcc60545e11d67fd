"""What the product is made of, from the SBOMs of the two sides.

A component is the same where it has the same name; where one name means packages of several
ecosystems, where it has both. Of one name there may be several versions at a time.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sphinx_cra.difference.model import Change, Direction, Part, Topic, What, at
from sphinx_cra.model import Kind
from sphinx_cra.words import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sphinx_cra.difference.sides import Sides
    from sphinx_cra.snapshot import Snapshot


def sbom_files(snapshot: Snapshot) -> dict[str, str]:
    """Path and digest of each file that is a software bill of materials."""
    named = str(at(snapshot.product or {}, "sbom", "evidence") or "")
    found: dict[str, str] = {}
    for item in (snapshot.items or {}).values():
        if item.kind is Kind.EVIDENCE and (item.fields.get("kind") == "sbom" or item.id == named):
            verdict = (snapshot.verdicts or {}).get(item.id)
            found.update(verdict.artefacts if verdict else {})
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A component that is not as it was."""

    name: str
    before: tuple[str, ...]
    """Versions; none where it is new."""
    after: tuple[str, ...]
    higher: bool | None
    """Whether the one version of now is above the one of before; None where their numbers do not tell."""
    licence: str
    supplier: str
    content: str
    """Versions that are the same and have other digests."""

    @property
    def note(self) -> str:
        """What else is to be said of it."""
        order = {True: "higher", False: "lower", None: ""}[self.higher]
        said = (order, self.licence, self.supplier, self.content)
        return "; ".join(filter(None, said))


def moves(sides: Sides) -> tuple[Move, ...] | None:
    """Every component that came, went or is another, by name; None where an SBOM was not read."""
    parts = [i.parts for i in sides.inventories]
    if parts[0] is None or parts[1] is None:
        return None
    was, now = _by_name(parts[0]), _by_name(parts[1])
    found = []
    for name in sorted({*was, *now}):
        before, after = was.get(name, ()), now.get(name, ())
        kinds = sorted({p.ecosystem for p in (*before, *after)} - {""})
        if len(kinds) < 2:
            found.append(_move(before, after, ""))
            continue
        for kind in sorted({p.ecosystem for p in (*before, *after)}):
            one, other = ([p for p in side if p.ecosystem == kind] for side in (before, after))
            found.append(_move(one, other, kind))
    return tuple(move for move in found if move is not None)


def _by_name(parts: Iterable[Part]) -> dict[str, list[Part]]:
    found: dict[str, list[Part]] = defaultdict(list)
    for part in parts:
        name = part.name
        if part.ecosystem == "pypi":  # PyPI takes all of these for one
            name = re.sub(r"[-_.]+", "-", name).lower()
        found[name].append(part)
    return found


def _move(before: Sequence[Part], after: Sequence[Part], kind: str) -> Move | None:
    one, other = ({p.version for p in side} for side in (before, after))
    gone, come = one - other, other - one
    both = bool(before and after)
    move = Move(
        name=(after or before)[0].name + (f" ({kind})" if kind else ""),
        before=_versions(one),
        after=_versions(other),
        higher=_higher(min(gone), min(come)) if len(gone) == len(come) == 1 else None,
        licence=_stated("licence", _licences(before), _licences(after)) if both else "",
        supplier=_stated("supplier", _suppliers(before), _suppliers(after)) if both else "",
        content=_content(before, after, one & other),
    )
    return move if gone or come or move.note else None


def _versions(versions: Iterable[str]) -> tuple[str, ...]:
    return tuple(v or "no version" for v in sorted(versions, key=lambda v: (_numbers(v) or (), v)))


def _numbers(version: str) -> tuple[int, ...] | None:
    """A version that is numbers alone; any other scheme orders its words in its own way."""
    if not re.fullmatch(r"v?\d{1,9}(\.\d{1,9}){0,9}", version):
        return None
    numbers = [int(n) for n in version.removeprefix("v").split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


def _higher(before: str, after: str) -> bool | None:
    one, other = _numbers(before), _numbers(after)
    return None if one is None or other is None or one == other else other > one


def _licences(parts: Iterable[Part]) -> str:
    return listed(sorted({text for p in parts for text in p.licences}), 4)


def _suppliers(parts: Iterable[Part]) -> str:
    return listed(sorted({p.supplier for p in parts} - {""}), 4)


def _stated(what: str, before: str, after: str) -> str:
    return "" if before == after else f"{what} {before or 'not stated'} -> {after or 'not stated'}"


def _content(before: Iterable[Part], after: Iterable[Part], versions: Iterable[str]) -> str:
    """The same version with another digest: built anew, or exchanged."""
    one, other = _digests(before), _digests(after)
    found = set()
    for version in versions:
        for algorithm in {a for v, a in one if v == version} & {a for v, a in other if v == version}:
            if one[version, algorithm] != other[version, algorithm]:
                found.add(version or "no version")
    return f"other content under the same version ({listed(sorted(found), 4)})" if found else ""


def _digests(parts: Iterable[Part]) -> dict[tuple[str, str], set[str]]:
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for part in parts:
        for algorithm, digest in part.hashes:
            found[part.version, algorithm].add(digest.lower())
    return found


def components(sides: Sides) -> Iterator[Change]:
    """What became of each component, or how many there are where no SBOM was read."""
    found = moves(sides)
    if found is None:
        was, now = sides.old.vulnerabilities, sides.new.vulnerabilities
        if was and now and was.components != now.components:
            yield Change(
                topic=Topic.COMPONENTS,
                what=What.CHANGED,
                direction=Direction.OTHER,
                id="components",
                before=str(was.components),
                after=str(now.components),
                note="by number only",
            )
        return
    for move in found:
        yield Change(
            topic=Topic.COMPONENTS,
            what=What.CHANGED if move.before and move.after else What.ADDED if move.after else What.LOST,
            direction=Direction.OTHER,
            id=move.name,
            before=", ".join(move.before),
            after=", ".join(move.after),
            note=move.note,
        )
