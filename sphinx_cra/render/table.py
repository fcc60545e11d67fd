"""Tables as data: what every view is made of before a builder writes it.

A table is headers, widths and rows of cells; a cell is a sequence of pieces of text that may lead
somewhere and may have a class. What stands in which cell is decided in ``views``; how it becomes
docutils nodes or HTML is decided in ``ext/tables.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of a cell."""

    text: str
    to: str | None = None
    """Id of an item or clause, an absolute URL, or a place in a document (``doc:page#anchor``)."""
    kind: str = ""
    """``strong``, ``literal``, or a class name (``cra-state-open``)."""


BREAK = Text("\n")
"""A new line within a cell."""

Cell = tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Spanning:
    """A row of one cell over the whole width: the name of a part."""

    text: str


Row = tuple[Cell, ...] | Spanning


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Headers with relative widths, and rows."""

    headers: tuple[str, ...]
    widths: tuple[int, ...]
    rows: tuple[Row, ...]
    classes: tuple[str, ...] = ()
    anchors: Mapping[int, str] | None = None
    """Row number -> id that the row can be linked to by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """What is said of one thing under several words, where columns would be too many or too narrow."""

    head: Cell
    parts: tuple[tuple[str, tuple[Cell, ...]], ...]
    """Words, and one or more cells each."""


def text(value: str, to: str | None = None, kind: str = "") -> Cell:
    """A cell of one piece."""
    return (Text(value, to, kind),) if value else ()


NONE = text("—")
"""A cell in which there is nothing to say."""


def joined(pieces: Iterable[Text], separator: str = ", ") -> Cell:
    """A cell of pieces with a separator between them."""
    result: list[Text] = []
    for piece in pieces:
        if result:
            result.append(Text(separator))
        result.append(piece)
    return tuple(result)


def lines(cells: Iterable[Cell]) -> Cell:
    """A cell of several lines."""
    result: list[Text] = []
    for cell in cells:
        if cell:
            if result:
                result.append(BREAK)
            result.extend(cell)
    return tuple(result)
