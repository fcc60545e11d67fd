"""Two editions of one framework set beside each other, and the needs that the difference touches.

A clause that has another id now counts as moved where the later edition says so (``replaces``), and
is guessed to be where the number behind the prefix or the title is the same; a guess is marked as
one. What rests on a clause that changed since somebody reviewed it is another question: ``suspect``.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sphinx_cra.model import Place
from sphinx_cra.words import either, listed, short

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping

    from sphinx_cra.model import Catalogue, Clause


class EditionError(Exception):
    """Why two catalogues, or a file of needs, cannot be compared; one sentence."""


class Change(StrEnum):
    """What became of a clause."""

    MOVED = "moved"
    """It has another id."""
    CHANGED = "changed"
    """It has its id and says something else."""
    DELETED = "deleted"
    """Nothing is known to have taken its place."""
    ADDED = "added"
    """Only the later edition has it."""


class Because(StrEnum):
    """Why a clause counts as moved."""

    DECLARED = "declared"
    """The later edition says that it replaces it."""
    SAME_NUMBER = "same number"
    """Only the prefix is another. A guess: an edition may have given the number to something else."""
    SAME_TITLE = "same title"
    """No other clause has it. A guess."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One thing that a clause says otherwise."""

    name: str
    """``title``, ``force``, ``text digest``."""
    before: str
    after: str

    def __str__(self) -> str:
        if self.name in _UNTOLD:
            return self.name
        return f"{self.name} {_shown(self.before)} -> {_shown(self.after)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One clause that is not as it was."""

    change: Change
    clause: str
    """Its id in the earlier edition; of an added clause, in the later one."""
    title: str
    now: tuple[str, ...] = ()
    """Of a moved clause: where it is."""
    because: Because | None = None
    parts: tuple[Part, ...] = ()

    @property
    def guessed(self) -> bool:
        """Whether nobody said that the clause moved."""
        return self.because in (Because.SAME_NUMBER, Because.SAME_TITLE)

    def __str__(self) -> str:
        parts = "; ".join(map(str, self.parts))
        match self.change:
            case Change.MOVED:
                why = f"a guess: {self.because}" if self.guessed else self.because
                also = f"; {parts}" if parts else ""
                return f"moved    {self.clause} -> {listed(self.now, limit=20)} ({why}){also}"
            case Change.CHANGED:
                return f"changed  {self.clause}: {parts}"
            case _:
                return f"{self.change.value:<8} {self.clause}  {self.title}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What a later edition does to an earlier one."""

    old: Catalogue
    new: Catalogue
    differences: tuple[Difference, ...]
    unchanged: int

    def count(self, change: Change) -> int:
        """How many clauses that happened to."""
        return sum(d.change is change for d in self.differences)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Use:
    """A need links to a clause."""

    item: str
    link: str
    """Name of the link as the project has it."""
    clause: str
    title: str = ""
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """A link to a clause that is not as it was."""

    use: Use
    difference: Difference

    @property
    def way_out(self) -> str:
        """What to do with the link."""
        now = either(self.difference.now)
        match self.difference.change:
            case Change.MOVED if self.difference.guessed:
                return f"perhaps it is {now} now: compare them, then link to that"
            case Change.MOVED:
                return f"link to {now} instead"
            case Change.CHANGED:
                return "read it again, and keep the link if it still fits"
            case _:
                return "nothing is known to replace it: remove the link, or find what asks for it now"

    def __str__(self) -> str:
        use, found = self.use, self.difference
        where = f" ({use.place})" if use.place else ""
        what = found.change.value
        if found.change is Change.CHANGED:
            what = f"changed ({listed([p.name for p in found.parts])})"
        return f"{use.item}{where}: {use.link} {use.clause}, which is {what}; {self.way_out}"


# --------------------------------------------------------------------------- catalogues


_UNTOLD = frozenset({"summary", "text digest"})
"""Parts that are too long, or mean nothing, to a reader."""

_OFTEN_UNSTATED = frozenset({"title", "summary"})
"""Parts that a file may lack, as an import without wording does; that says nothing of the clause."""

_FIELDS: Mapping[str, Callable[[Clause], str]] = {
    "citation": lambda c: c.printed,
    "title": lambda c: "" if c.title == c.printed else c.title,
    "summary": lambda c: c.summary,
    "force": lambda c: c.force.value,
    "addressees": lambda c: ", ".join(c.addressees),
    "excludable": lambda c: "yes" if c.excludable else "no",
    "applies from": lambda c: c.applies_from or "",
}


def compare(old: Catalogue, new: Catalogue) -> Comparison:
    """What became of every clause of ``old``, and what is new.

    :raises EditionError: if they have no clause in common.
    """
    before = {c.id: c for c in old.clauses}
    after = {c.id: c for c in new.clauses}
    moves = _moves(old, new, before, after)
    stayed = [i for i in before if i in after]
    if not stayed and not moves:
        raise EditionError(
            f"{old.id} ({old.edition}) and {new.id} ({new.edition}) have no clause in common: no id, no "
            "number and no title is the same, and nothing is declared with 'replaces'"
        )
    where = {i: now for i, (now, _) in moves.items()} | {i: (i,) for i in stayed}
    differences = []
    for clause in old.clauses:
        if clause.id in after:
            if parts := _parts(clause, after[clause.id], where):
                differences.append(_difference(Change.CHANGED, clause, parts=parts))
        elif clause.id in moves:
            now, because = moves[clause.id]
            parts = _parts(clause, after[now[0]], where) if len(now) == 1 else ()
            differences.append(_difference(Change.MOVED, clause, now=now, because=because, parts=parts))
        else:
            differences.append(_difference(Change.DELETED, clause))
    taken = {n for now, _ in moves.values() for n in now}
    differences += [
        _difference(Change.ADDED, c) for c in new.clauses if c.id not in before and c.id not in taken
    ]
    kept = len(before) - sum(d.change is not Change.ADDED for d in differences)
    return Comparison(old=old, new=new, differences=tuple(differences), unchanged=kept)


def _difference(change: Change, clause: Clause, **more: Any) -> Difference:
    return Difference(change=change, clause=clause.id, title=clause.title, **more)


def _moves(
    old: Catalogue, new: Catalogue, before: Mapping[str, Clause], after: Mapping[str, Clause]
) -> dict[str, tuple[tuple[str, ...], Because]]:
    """Clauses that have another id now: where they are, and why we think so."""
    declared: dict[str, list[str]] = defaultdict(list)
    for clause in new.clauses:
        for name in clause.replaces:
            if name in before and name not in after:
                declared[name].append(clause.id)
    moves = {name: (tuple(now), Because.DECLARED) for name, now in declared.items()}
    # Where an edition is numbered anew, a title is a better guess than a number alone.
    numbers = dict(_same_numbers(old, new, before, after)) if old.prefix != new.prefix else {}
    _guess(
        moves,
        {o: n for o, n in numbers.items() if _titled(before[o]) == _titled(after[n])},
        Because.SAME_NUMBER,
    )
    taken = {n for now, _ in moves.values() for n in now}
    gone = _by_title(c for c in old.clauses if c.id not in after and c.id not in moves)
    come = _by_title(c for c in new.clauses if c.id not in before and c.id not in taken)
    titles = {lost[0]: come[t][0] for t, lost in gone.items() if len(lost) == len(come.get(t, ())) == 1}
    _guess(moves, titles, Because.SAME_TITLE)
    _guess(moves, numbers, Because.SAME_NUMBER)
    return moves


def _guess(
    moves: dict[str, tuple[tuple[str, ...], Because]], pairs: Mapping[str, str], because: Because
) -> None:
    """Add the moves that are guessed, of clauses that nothing better is known of on either side."""
    taken = {n for now, _ in moves.values() for n in now}
    for old, new in pairs.items():
        if old not in moves and new not in taken:
            moves[old] = ((new,), because)


def _same_numbers(
    old: Catalogue, new: Catalogue, before: Mapping[str, Clause], after: Mapping[str, Clause]
) -> Iterator[tuple[str, str]]:
    for name in before:
        now = new.prefix + name.removeprefix(old.prefix)
        if name not in after and now in after and now not in before:
            yield name, now


def _by_title(clauses: Iterable[Clause]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for clause in clauses:
        if title := _titled(clause):
            found[title].append(clause.id)
    return found


def _titled(clause: Clause) -> str:
    """The title, however it is written; none where it is the number, which says nothing of the content."""
    return "" if clause.title == clause.printed else " ".join(clause.title.casefold().split())


def _parts(old: Clause, new: Clause, where: Mapping[str, tuple[str, ...]]) -> tuple[Part, ...]:
    found = [
        Part(name=name, before=read(old), after=read(new))
        for name, read in _FIELDS.items()
        if read(old) != read(new) and not (name in _OFTEN_UNSTATED and "" in (read(old), read(new)))
    ]
    expected = where.get(old.parent, ()) if old.parent else (None,)
    if new.parent not in expected:
        found.append(Part(name="parent", before=old.parent or "", after=new.parent or ""))
    for name in sorted({*old.details, *new.details}):
        before, after = old.details.get(name, ""), new.details.get(name, "")
        if before != after:
            found.append(Part(name=name, before=before, after=after))
    return tuple(found)


def _shown(text: str) -> str:
    return f'"{short(text, 80)}"' if text else "none"


# --------------------------------------------------------------------------- needs


def touched(comparison: Comparison, uses: Iterable[Use]) -> tuple[Touched, ...]:
    """The links to clauses that are not as they were, by need."""
    found = {d.clause: d for d in comparison.differences if d.change is not Change.ADDED}
    return tuple(
        Touched(use=u, difference=found[u.clause]) for u in sorted(uses, key=_order) if u.clause in found
    )


def _order(use: Use) -> tuple[str, str, str]:
    return use.item, use.link, use.clause


def uses(data: Any, clauses: Container[str]) -> tuple[Use, ...]:
    """Every link to one of ``clauses`` in an ``assessment.json`` or a ``needs.json``.

    In a ``needs.json`` every need counts, whatever its type and however its links are called.

    :raises EditionError: if it is neither.
    """
    try:
        if isinstance(data, dict) and data.get("format") == "sphinx-cra assessment":
            return tuple(_of_assessment(data["items"], clauses))
        needs = data["versions"][data["current_version"]]["needs"]
        return tuple(_of_needs(needs.values(), clauses))
    except (AttributeError, KeyError, TypeError, ValueError):
        raise EditionError("is no assessment.json and no needs.json") from None


def _of_assessment(items: Iterable[Mapping[str, Any]], clauses: Container[str]) -> Iterator[Use]:
    for item in items:
        place = item.get("place")
        where = Place(source=str(place["source"]), line=_line(place.get("line"))) if place else None
        for link, targets in item["links"].items():
            yield from _each(str(item["id"]), link, targets, clauses, str(item["title"]), where)


def _of_needs(needs: Iterable[Mapping[str, Any]], clauses: Container[str]) -> Iterator[Use]:
    for need in needs:
        name = str(need["id"])
        if name in clauses:  # a clause that a page shows as a need
            continue
        where = None
        if need.get("docname"):
            where = Place(source=str(need["docname"]), line=_line(need.get("lineno")))
        for key, value in need.items():
            if isinstance(value, list) and not key.endswith("_back"):
                yield from _each(name, key, value, clauses, str(need.get("title") or ""), where)


def _each(
    item: str, link: str, targets: Iterable[Any], clauses: Container[str], title: str, place: Place | None
) -> Iterator[Use]:
    for target in dict.fromkeys(t for t in targets if isinstance(t, str)):
        clause = target.partition("[")[0].partition(".")[0].strip()
        if clause in clauses:
            yield Use(item=item, link=link, clause=clause, title=title, place=place)


def _line(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
