"""Documents and evidence that stayed as they were while what they are about changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sphinx_cra.difference.model import Change, Direction, Topic, What, at
from sphinx_cra.model import Kind, Link
from sphinx_cra.words import counted, listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sphinx_cra.difference.sides import Sides
    from sphinx_cra.snapshot import Verdict


def stale(sides: Sides, changes: Sequence[Change]) -> Iterator[Change]:
    """Documents and evidence that stayed as they were while what they are about changed."""
    moved = _moved_needs(sides)
    yield from _stale_sections(sides, moved)
    yield from _stale_evidence(sides)
    yield from _stale_papers(sides, changes)
    for name, why in (sides.new.suspects or {}).items():
        if name not in (sides.old.suspects or {}):
            item = sides.now.get(name)
            yield _is_stale(name, item.title if item else "", why)


def _is_stale(name: str, title: str, note: str) -> Change:
    return Change(
        topic=Topic.STALE, what=What.STALE, direction=Direction.OTHER, id=name, title=title, note=note
    )


def _moved_needs(sides: Sides) -> dict[str, str]:
    """Needs that are not what they were, and what happened; of evidence, its files too."""
    moved = {i: f"another {listed(parts)}" for i, parts in sides.changed.items()}
    moved |= dict.fromkeys(sides.lost, "gone")
    was, now = sides.old.verdicts or {}, sides.new.verdicts or {}
    for name, before in was.items():
        after = now.get(sides.renamed.get(name, name))
        if after is None:
            continue
        if before.outcome is not after.outcome:
            moved[after.id] = f"{before.outcome.value} -> {after.outcome.value}"
        elif dict(before.artefacts) != dict(after.artefacts) and not _rerun(before, after):
            moved.setdefault(after.id, "other files")
    return moved


def _rerun(before: Verdict, after: Verdict) -> bool:
    """Whether a report was only made again: the same files with the same counts say the same."""
    same = before.artefacts.keys() == after.artefacts.keys()
    return bool(before.counts) and same and dict(before.counts) == dict(after.counts)


def _stale_sections(sides: Sides, moved: Mapping[str, str]) -> Iterator[Change]:
    for before, after, point in sides.sections():
        if before is None or after is None or not after.text or before.text != after.text:
            continue
        named = {*sides.renaming(before.needs or ()), *(after.needs or ())}
        about = [f"{n}: {moved[n]}" for n in sorted(named) if n in moved]
        if about:
            where = f"{after.docname}#{after.anchor}" if after.anchor else after.docname
            note = f"claimed for {point.printed}; its text is as it was, and {listed(about, 3)}"
            yield _is_stale(where, after.title, note)


def _stale_evidence(sides: Sides) -> Iterator[Change]:
    """The same files for something that is another thing now."""
    was, now = sides.old.verdicts or {}, sides.new.verdicts or {}
    for name, before in was.items():
        after = now.get(sides.renamed.get(name, name))
        item = sides.now.get(after.id) if after else None
        if after is None or item is None or not after.artefacts:
            continue
        if dict(before.artefacts) != dict(after.artefacts):
            continue
        targets = item.links.get(Link.VERIFIES.value, ())
        about = [f"{t} has another {listed(sides.changed[t])}" for t in targets if t in sides.changed]
        if about:
            made = f", made on {after.date[:10]}," if after.date else ""
            yield _is_stale(
                after.id, item.title, f"the files{made} are those of before, and {listed(about, 3)}"
            )


def _stale_papers(sides: Sides, changes: Sequence[Change]) -> Iterator[Change]:
    """Documents of ``cra.yaml`` whose version and date stayed."""
    was, now = sides.old.product, sides.new.product
    if was is None or now is None:
        return

    def same(block: str, *keys: str) -> str:
        """How the document is marked, where it is marked as before."""
        values = [(at(was, block, k), at(now, block, k)) for k in keys]
        stated = [str(new) for _, new in values if new]
        return ", ".join(stated) if stated and all(old == new for old, new in values) else ""

    release = sides.old.release != sides.new.release
    shown = [c for c in changes if c.topic in _ASSESSED]
    if (marked := same("declaration", "date", "release")) and (release or shown):
        why = f"release {sides.old.release} -> {sides.new.release}" if release else _numbered(shown)
        yield _is_stale(
            "declaration",
            "EU declaration of conformity",
            f"it is still that of {marked}; {why} (Article 28(2))",
        )
    risks = [c for c in shown if c.topic is Topic.EXCLUSIONS or sides.kind(c.id) is Kind.RISK]
    if (marked := same("risk_assessment", "version", "date")) and risks:
        yield _is_stale(
            "risk_assessment", "risk assessment", f"it is still {marked}; {_numbered(risks)} (Article 13(3))"
        )
    if (marked := same("document", "version", "date")) and (shown or release):
        yield _is_stale(
            "document", "technical file", f"it is still {marked}; {_numbered(shown)} (Article 31(2))"
        )


_ASSESSED = frozenset(Topic) - {Topic.STALE, Topic.FRAMEWORKS, Topic.ACCEPTANCES, Topic.GATE}


def _numbered(changes: Sequence[Change]) -> str:
    return f"{counted(len(changes), 'change')} since"
