"""Citations: what a text cites of the Act, of IEC 62443-4-1 and -4-2 and of the SSDF, and whether it exists.

Precision comes before completeness. A citation is called wrong only where three things are sure: that
it is one, that it is of this law or standard, and that the place does not exist. Whatever is not sure is
*not checked*, with the reason.

- ``structure``: what exists
- ``grammar``: how people cite
- ``laws``: of which law a citation is
- ``identifiers``: ids of standards, and the short codes of OSPS
- ``texts``: what of a file is text, and at which line
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from sphinx_cra.citation import grammar, identifiers, laws
from sphinx_cra.citation.structure import ROMAN, Act, Address, Found, Node, Step, act, between
from sphinx_cra.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sphinx_cra.citation.grammar import Reading
    from sphinx_cra.citation.laws import Layout

__all__ = ["Citation", "Outcome", "clause_at", "cued", "find", "suspicious"]


class Outcome(StrEnum):
    """What is known of a citation."""

    EXISTS = "exists"
    """There is such a place."""
    WRONG = "does not exist"
    """It is of this law or standard for sure, and there is no such place in it."""
    ELSEWHERE = "other law"
    """It is of another law; nothing was checked."""
    UNCHECKED = "not checked"
    """It is not sure of which law it is, or what exactly it means, or whether the place exists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """One place that a text cites."""

    start: int
    """Where it stands in the text that was read."""
    end: int
    text: str
    """As written, in one line."""
    law: str
    """``cra``, ``iec62443-4-1``, ``iec62443-4-2``, ``ssdf``, another law as it is named, or nothing."""
    outcome: Outcome
    printed: str = ""
    """The place as it is cited properly; both ends of a range."""
    ids: tuple[str, ...] = ()
    """Ids that clauses at this place have; a catalogue need not hold them all."""
    reason: str = ""
    """Why it is wrong or not checked."""
    way_out: str = ""
    """What was probably meant."""

    @property
    def wrong(self) -> bool:
        return self.outcome is Outcome.WRONG

    @property
    def message(self) -> str:
        """What is wrong, and what was probably meant."""
        said = f"{self.text}: {self.reason}"
        return f"{said}; {self.way_out}" if self.way_out else said


def cued(text: str) -> bool:
    """Whether there can be anything to find in a text; quick."""
    return grammar.cued(text) or identifiers.cued(text)


def suspicious(text: str) -> bool:
    """Whether anything in a text may be wrong; quicker than finding out whose law it is of."""
    if identifiers.cued(text):
        return True
    ends = (a for r in grammar.read(text) for a in (r.address, r.to) if a)
    return any(act().find(address).lost for address in ends)


def find(
    text: str,
    *,
    layout: Layout | None = None,
    name: str = "",
    project: bool = False,
    assumed: bool = False,
) -> list[Citation]:
    """Everything that a text cites, from left to right.

    :param layout: where its sentences, paragraphs and sections begin; without it, those of prose.
    :param name: of the file; ``cra-annex-i.md`` speaks of the Act.
    :param project: whether it belongs to the documentation of a product under the Act.
    :param assumed: whether citations that name no law are of the Act.
    """
    if not cued(text):
        return []
    known = laws.Laws(text, layout or laws.prose(text), name=name, project=project, assumed=assumed)
    found = list(_act(text, known))
    found += identifiers.find(text, known)
    return sorted(found, key=lambda c: (c.start, c.end))


# -------------------------------------------------------------------------------- the Act


def _act(text: str, known: laws.Laws) -> Iterator[Citation]:
    readings = list(grammar.read(text))
    cited = {r.start for r in readings}
    hands = [a.group == b.group or known.joined(a.end, b.start) for a, b in pairwise(readings)]
    ends = [r.end for r in readings]
    for n in range(len(hands) - 1, -1, -1):
        if hands[n]:
            ends[n] = ends[n + 1]
    beside = [
        known.beside(r.start, r.end, last=end, cited=cited) for r, end in zip(readings, ends, strict=True)
    ]
    _share(hands, beside)
    for reading, end, law in zip(readings, ends, beside, strict=True):
        sure = True
        if not law:
            law, sure = known.around(
                reading.start,
                end,
                shaped=_shaped(reading.address),
                annex=reading.address[0].kind == "annex",
            )
        yield _judged(text, reading, law, sure, known)


def _share(hands: Sequence[bool], beside: list[str]) -> None:
    """A law that is named at one citation of a list is named for all of it."""
    for n in range(len(hands) - 1, -1, -1):
        if hands[n] and not beside[n]:
            beside[n] = beside[n + 1]
    for n, held in enumerate(hands):
        if held and not beside[n + 1]:
            beside[n + 1] = beside[n]


def _shaped(address: Address) -> bool:
    """Whether it has a form that only the Act has: Annex I, Part I or II, with a point."""
    if address[0] != Step("annex", "I") or len(address) < 3:
        return False
    second = address[1]
    if second.kind == "part":
        return second.label in ("I", "II") and len(address) > 2
    return (
        (second.kind, address[2].kind) == ("number", "number") and second.label in "12" and len(address) > 3
    )


def _judged(text: str, reading: Reading, law: str, sure: bool, known: laws.Laws) -> Citation:
    words = " ".join(text[reading.start : reading.end].split())
    start, end = reading.start, reading.end

    def made(outcome: Outcome, **more: Any) -> Citation:
        return Citation(start=start, end=end, text=words, law=law, outcome=outcome, **more)

    if law and law != laws.CRA:
        reason = f"of {law}" if law != laws.OTHER else "of another law that is named around it"
        return made(Outcome.ELSEWHERE, reason=reason)
    ends = [a for a in (reading.address, reading.to) if a]
    results = [act().find(address) for address in ends]
    lost = next(((a, f) for a, f in zip(ends, results, strict=True) if f.lost is not None), None)
    if not law:
        reason = "no law is named; --law cra takes it for one of the Act"
        return made(Outcome.UNCHECKED, reason=reason)
    if lost is not None:
        reason, way_out = _explained(act(), *lost)
        if [s.kind for s in lost[0][:3]] == ["article", "number", "number"]:
            return made(Outcome.UNCHECKED, reason=f"{reason}; it may list several paragraphs")
        if loose := _loosely(lost[0]):
            return made(Outcome.UNCHECKED, reason=f"{reason}; it may be {loose.printed}")
        if not sure:
            return made(Outcome.UNCHECKED, reason=f"{reason}, but several laws are named around it")
        if doubt := known.doubted(start, end):
            return made(Outcome.UNCHECKED, reason=f"{reason}; {doubt}")
        return made(Outcome.WRONG, reason=reason, way_out=way_out)
    if any(f.unknown for f in results):
        return made(Outcome.UNCHECKED, reason="how far this place is divided is not recorded")
    first, last = results[0].nodes, results[-1].nodes
    if len(first) > 1:
        meant = " or ".join(n.printed for n in first[:3])
        return made(Outcome.UNCHECKED, reason=f"it may be {meant}")
    nodes = _range(first[0], last[0]) if len(ends) > 1 and len(last) == 1 else [first[0]]
    name = first[0].printed if len(nodes) < 2 else f"{first[0].printed} to {nodes[-1].printed}"
    ids = tuple(dict.fromkeys(i for n in nodes for i in _ids(n)))
    note = "; ".join(n.note for n in nodes if n.note)
    if reading.section and first[0].steps[0].label == "I":
        note = note or "the Act has Parts where its proposal had sections"
    return made(Outcome.EXISTS, printed=name, ids=ids, reason=note)


def _range(first: Node, last: Node) -> list[Node]:
    """The places from one to another, where they lie side by side."""
    one, other = first.steps[-1], last.steps[-1]
    if first.steps[:-1] != last.steps[:-1] or one.kind != other.kind:
        return [first, last]
    labels = between(one.kind, one.label, other.label)
    steps = [(*first.steps[:-1], Step(one.kind, label)) for label in labels]
    return [n for s in steps if (n := act().node(*s)) is not None] or [first, last]


def _ids(node: Node) -> list[str]:
    """A place is its clause; one with subparagraphs is that of each."""
    count = node.subparagraphs or 1
    inside = [f"{node.id}_SP{n}" for n in range(2, count + 1)] if node.steps[-1].kind == "number" else []
    return [node.id, *inside]


def clause_at(ids: Sequence[str], known: Sequence[str]) -> list[str]:
    """The clauses of a catalogue that stand at a place, else those right below it.

    :param ids: as a citation has them.
    :param known: ids of the catalogue.
    """
    have = set(known)
    here = [i for i in ids if i in have]
    if here:
        return here
    return [k for k in known if any(k.startswith(f"{i}_") for i in ids)]


def _loosely(address: Address) -> Node | None:
    """``Annex I §1(l)``: where the number is meant to be the Part, there is one such place."""
    if address[0] != Step("annex", "I") or [s.kind for s in address[1:]] != ["number", "letter"]:
        return None
    if address[1].label not in ("1", "2"):
        return None
    return act().node(address[0], Step("part", ROMAN[int(address[1].label) - 1]), address[2])


# ------------------------------------------------------------------------------ what is wrong


def _explained(law: Act, address: Address, found: Found) -> tuple[str, str]:
    """Why there is no such place, and what was probably meant."""
    lost, at = found.lost, found.at
    assert lost is not None
    if at is None:
        if lost.kind == "article":
            return f"the Act has {law.articles} Articles", ""
        return f"the Act has Annexes I to {ROMAN[len(law.data['annexes']) - 1]}", ""
    why = f"{at.printed} has {_inside(at, lost)}"
    if (
        address[0] == Step("annex", "I")
        and len(address) > 1
        and address[1].kind == "number"
        and len(address) < 4
    ):
        why = f"neither Part of Annex I has a point {''.join(f'({s.label})' for s in address[1:])}"
    if (guess := _guess(law, address, lost)) is not None:
        return why, guess
    return why, ""


def _inside(node: Node, lost: Step) -> str:
    """``paragraphs 1 to 10``, ``points (a) to (m)``, ``no points``."""
    if lost.kind == "sub":
        return counted(node.subparagraphs or 0, "subparagraph")
    article = node.steps[0].kind == "article"
    kinds = {s.kind for s in node.below}
    labels = [s.label for s in node.below]
    if lost.kind == "number" and article and "number" not in kinds and node.steps[-1].kind == "article":
        return "no numbered paragraphs"
    if not labels:
        return "no points"
    join = "and" if len(labels) == 2 else "to"
    if kinds & {"part", "class"}:
        plural = "Parts" if "part" in kinds else "Classes"
        if lost.kind in ("part", "class"):
            return f"{plural} {labels[0]} {join} {labels[-1]}"
        return f"no point ({lost.label}) in any of its {plural}"
    if lost.kind in ("letter", "roman") and "number" in kinds:
        return f"no point ({lost.label})"
    word = "paragraph" if article and "number" in kinds and node.steps[0].label != "3" else "point"
    bare = word == "paragraph" or ("number" in kinds and node.steps[0].label != "I")
    first, last = (label if bare else f"({label})" for label in (labels[0], labels[-1]))
    return f"{word} {first} only" if len(labels) == 1 else f"{word}s {first} {join} {last}"


def _guess(law: Act, address: Address, lost: Step) -> str | None:
    """What was probably meant; None where nothing suggests itself."""
    head = address[0]
    if head == Step("annex", "I"):
        return _guess_annex(law, address)
    replaced = law.data["proposal articles"].get(head.label) if head.kind == "article" else None
    if replaced and len(address) > 1:
        return (
            f"Article {head.label} of the proposal of 2022 became Article {replaced}, with other paragraphs"
        )
    if head.kind == "article" and lost.kind == "number" and len(address) > 2:
        return None
    shorter = address[: address.index(lost)] if lost in address else address[:-1]
    up = law.node(*shorter)
    return f"did you mean {up.printed}?" if up is not None and len(shorter) > 1 else None


def _guess_annex(law: Act, address: Address) -> str | None:
    steps = list(address[1:])
    if len(steps) > 1 and steps[0].kind == steps[1].kind == "number":
        steps[0] = Step("part", ROMAN[int(steps[0].label) - 1])
    part = steps[0].label if steps[0].kind == "part" else ""
    rest = steps[1:] if steps[0].kind == "part" else steps
    points: dict[str, str] = law.data["proposal points"]
    if part in ("I", "") and rest[:1] == [Step("number", "3")] and len(rest) > 1 and rest[1].label in points:
        now = f"Annex I, Part I, point (2)({points[rest[1].label]})"
        return f"did you mean {now}, which was Section 1, (3)({rest[1].label}) in the proposal of 2022?"
    if part == "I" and len(rest) > 1 and rest[0].kind == rest[1].kind == "number":
        if rest[0].label != "1":  # ``Part I, 2(1)`` may be Part II, or anything
            return None
        up = law.node(Step("annex", "I"), *(Step("part", part), *rest[1:]))
        return f"did you mean {up.printed}?" if up is not None else None
    if (
        part == "I"
        and rest[:1]
        and rest[0].kind == "number"
        and 3 <= int(rest[0].label) <= 13
        and len(rest) == 1
    ):
        letter = "abcdefghijklm"[int(rest[0].label) - 1]
        near = f"did you mean Annex I, Part I, point (2)({letter})?"
        return f"its requirements are the points (2)(a) to (m): {near}"
    if part == "II" and len(rest) > 1 and rest[0].kind == "number":
        up = law.node(Step("annex", "I"), Step("part", part), rest[0])
        return f"did you mean {up.printed}?" if up is not None else None
    if part == "II" and rest[:1] and rest[0].kind == "letter":
        return None
    if part == "I" and len(rest) > 1 and rest[0] == Step("number", "1") and rest[1].kind == "letter":
        up = law.node(Step("annex", "I"), Step("part", "I"), Step("number", "2"), *rest[1:])
        return f"did you mean {up.printed}?" if up is not None else None
    return None
