"""What there is to be cited: the Articles, paragraphs, points and Annexes of the Act, as a tree.

``structure.json`` holds it, with where it was counted. What is not recorded there is *not known*,
which is another thing than *not there*: only the second is ever called wrong.
"""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV", "XV")
_LOWER = tuple(r.lower() for r in ROMAN)
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")


class Step(NamedTuple):
    """One step down an address: ``part I``, ``number 2``, ``letter d``."""

    kind: str
    """``article``, ``annex``, ``part``, ``class``, ``number``, ``letter``, ``roman``, ``sub`` (paragraph)."""
    label: str


Address = tuple[Step, ...]


@dataclass(slots=True)
class Node:
    """One place of the Act, and what lies directly below it."""

    steps: Address
    below: dict[Step, Node] = field(default_factory=dict)
    known: bool = True
    """Whether ``below`` is all there is."""
    subparagraphs: int | None = None
    """How many there are; None where nobody counted."""
    points_in: int | None = None
    """The subparagraph that holds the points, where it is not the first."""
    note: str = ""

    @property
    def id(self) -> str:
        """``CRA_ANX_I_P1_2_D``: the id that a clause at this place has, whether or not there is one."""
        words = []
        for kind, label in self.steps:
            if kind == "article":
                words += ["ART", label]
            elif kind == "annex":
                words += ["ANX", label]
            elif kind in ("part", "class"):
                words.append(f"{'P' if kind == 'part' else 'C'}{ROMAN.index(label) + 1}")
            elif kind == "sub":
                words += [] if label == "1" else [f"SP{label}"]
            else:
                words.append(label.upper())
        return "_".join(("CRA", *words))

    @property
    def printed(self) -> str:
        """``Annex I, Part I, point (2)(d)``."""
        return printed(self.steps)


def printed(steps: Address) -> str:
    """An address as the Official Journal prints it, whether or not it exists."""
    (kind, label), *rest = steps
    article = kind == "article"
    bare = label != "I"  # Annex I alone has its numbers in brackets
    text = f"{'Article' if article else 'Annex'} {label}"
    opened = dotted = False
    for kind, label in rest:
        if kind in ("part", "class"):
            text += f", {kind.title()} {label}"
        elif kind == "sub":
            text += f", {ORDINALS[int(label) - 1] if label in '12345678' else f'{label}th'} subparagraph"
            opened = False
        elif article and kind == "number" and steps[0].label != "3":
            text += f"({label})"
        elif kind == "number" and not article and bare:
            text += f".{label}" if dotted else f", point {label}"
            dotted = opened = True
        else:
            text += f"({label})" if opened else f", point ({label})"
            opened = True
    return text


@dataclass(frozen=True, slots=True)
class Found:
    """Where an address leads."""

    nodes: tuple[Node, ...] = ()
    """All places that it may mean; more than one where it leaves out a level."""
    lost: Step | None = None
    """The step that does not exist."""
    at: Node | None = None
    """Below which place it does not exist; None for the Act itself."""
    unknown: bool = False
    """Whether the structure does not say."""


class Act:
    """The structure of the Act, indexed."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        counted = {str(n) for n in data["subparagraphs known"]}
        self.top: dict[Step, Node] = {}
        self._found: dict[Address, Found] = {}
        for kind in ("article", "annex"):
            for label, inside in data[f"{kind}{'es' if kind == 'annex' else 's'}"].items():
                step = Step(kind, label)
                self.top[step] = _node((step,), inside, label in counted and kind == "article")

    @property
    def articles(self) -> int:
        return len(self.data["articles"])

    def find(self, path: Address) -> Found:
        """Follow an address; levels that it leaves out are tried."""
        if (found := self._found.get(path)) is None:
            found = self._found[path] = self._find(path)
            if len(self._found) > 5000:
                self._found.clear()
        return found

    def _find(self, path: Address) -> Found:
        node = self.top.get(path[0])
        if node is None:
            return Found(lost=path[0])
        above: tuple[Node, ...] = (node,)
        nodes = above
        last = path[0]
        for step in _meant(node, path[1:]):
            if step.kind == "sub":
                counts = [n.subparagraphs for n in nodes]
                if None in counts:
                    return Found(unknown=True)
                if not any(0 < int(step.label) <= (c or 0) for c in counts):
                    return Found(lost=step, at=nodes[0])
                nodes = tuple(_subparagraph(n, step) for n in nodes)
                continue
            inside = tuple(c for n in nodes for c in _inside(n, step))
            if not inside and (last.kind, step.kind) == ("number", "letter"):  # ``paragraph 5a``
                inserted = Step("number", last.label + step.label)
                inside = tuple(c for n in above for c in _inside(n, inserted))
            if not inside:
                if any(not n.known for n in nodes):
                    return Found(unknown=True)
                return Found(lost=step, at=nodes[0])
            above, nodes, last = nodes, inside, step
        return Found(nodes=nodes)

    def node(self, *steps: Step) -> Node | None:
        """The one place at an address; None where there is none or more than one."""
        found = self.find(steps)
        return found.nodes[0] if len(found.nodes) == 1 else None


def _subparagraph(node: Node, step: Step) -> Node:
    below = node.below if step.label == str(node.points_in or 1) else {}
    return Node((*node.steps, step), {s: _under(n, (*node.steps, step)) for s, n in below.items()})


def _under(node: Node, steps: Address) -> Node:
    here = (*steps, node.steps[-1])
    return Node(here, {s: _under(n, here) for s, n in node.below.items()}, node.known, note=node.note)


def _meant(node: Node, path: Address) -> Address:
    """``Annex I 1(2)(d)`` is Part I, point (2)(d): where there are parts, two numbers begin with one."""
    first = next(iter(node.below), None)
    if first is None or first.kind not in ("part", "class"):
        return path
    if len(path) > 1 and path[0].kind == path[1].kind == "number" and path[0].label in "12345678":
        return (Step(first.kind, ROMAN[int(path[0].label) - 1]), *path[1:])
    if path and path[0].kind in ("part", "class"):
        return (Step(first.kind, path[0].label), *path[1:])
    return path


_RANK = {"part": 0, "class": 0, "number": 1, "letter": 2, "roman": 3}


def _inside(node: Node, step: Step) -> list[Node]:
    """The places that a step leads to, one level down or, where it leaves levels out, further."""
    here = node.below.get(step)
    if here is None and step.kind == "letter":  # (i) is a letter or a number, as its place says
        here = node.below.get(Step("roman", step.label))
    if here is not None:
        return [here]
    first = next(iter(node.below), None)
    if first is None or _RANK[first.kind] >= _RANK[step.kind]:
        return []
    return [found for child in node.below.values() for found in _inside(child, step)]


_NOTES = ("?", "note", "subparagraphs", "points in subparagraph")


def _node(steps: Address, inside: dict[str, Any], counted: bool) -> Node:
    node = Node(steps, known="?" not in inside, note=inside.get("note", ""))
    node.points_in = inside.get("points in subparagraph")
    if steps[-1].kind == "number" and counted:
        node.subparagraphs = inside.get("subparagraphs", 1)
    for labels, child in inside.items():
        if labels in _NOTES:
            continue
        for step in _steps(labels, steps[-1].kind):
            node.below[step] = _node((*steps, step), child, counted and steps[-1].kind == "article")
    return node


def _steps(labels: str, above: str) -> list[Step]:
    """``Part I`` is one step, ``a..m`` are thirteen."""
    word, _, rest = labels.partition(" ")
    if rest:
        return [Step(word.lower(), rest)]
    first, _, last = labels.partition("..")
    kind = "number" if first[0].isdigit() else "roman" if above == "letter" else "letter"
    return [Step(kind, label) for label in between(kind, first, last or first)]


def between(kind: str, first: str, last: str) -> list[str]:
    """All labels from one to another; nothing where they are no series."""
    if first == last:
        return [first]
    if kind in ("number", "article") and first.isdigit() and last.isdigit():
        return [str(n) for n in range(int(first), min(int(last), int(first) + 200) + 1)]
    series: tuple[str, ...] = {"letter": tuple("abcdefghijklmnopqrstuvwxyz"), "roman": _LOWER}.get(
        kind, ROMAN
    )
    if first in series and last in series:
        return list(series[series.index(first) : series.index(last) + 1])
    return []


@functools.cache
def act() -> Act:
    """The Cyber Resilience Act."""
    return Act(_data())


@functools.cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = json.loads((Path(__file__).parent / "structure.json").read_text("utf-8"))
    return data


@functools.cache
def practices() -> dict[str, int]:
    """Practices of IEC 62443-4-1:2018, and how many requirements each has."""
    found: dict[str, int] = _data()["iec62443-4-1"]
    return found


@functools.cache
def components() -> dict[str, int]:
    """Requirements of IEC 62443-4-2:2019 (``CR 1.1``), and how many enhancements each has."""
    found = {}
    for entry in _data()["iec62443-4-2"]:
        name, _, enhancements = entry.partition(" RE")
        found[name] = int(re.sub(r"\D", "", enhancements) or 0)
    return found


@functools.cache
def tasks() -> frozenset[str]:
    """Practices and tasks of NIST SSDF 1.1."""
    return frozenset(_data()["ssdf"])


def moved() -> dict[str, str]:
    """Ids of earlier SSDF drafts, and where 1.1 has them."""
    found: dict[str, str] = _data()["ssdf moved"]
    return found


def drafted() -> tuple[str, ...]:
    """Practices that only the draft of SSDF 1.2 has."""
    return tuple(_data()["ssdf draft 1.2"])
