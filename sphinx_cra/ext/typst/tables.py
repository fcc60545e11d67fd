"""Shape of a docutils table: how many columns it has, which cells lie where, how wide columns are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from docutils import nodes

if TYPE_CHECKING:
    from collections.abc import Iterable

WIDE = 7
"""From this number of columns a table is set on landscape pages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell; ``entry`` is None where the source has none and the grid needs one."""

    entry: nodes.entry | None
    row: nodes.row
    column: int
    colspan: int = 1
    rowspan: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table without holes and overlaps, which is what Typst accepts."""

    columns: int
    head: tuple[tuple[Cell, ...], ...]
    body: tuple[tuple[Cell, ...], ...]
    stubs: frozenset[int]
    widths: tuple[float, ...]
    """Relative; empty where the table is so small that its columns take what they need."""
    tallest: int
    """About how many lines the longest cell has."""


def grid(table: nodes.table, room: int) -> Grid:
    """The grid of a table, whatever its ``cols`` attribute says.

    :param room: about how many characters go into a line of it.
    """
    group = next(iter(table.findall(nodes.tgroup)))
    specs = [child for child in group if isinstance(child, nodes.colspec)]
    head = [row for part in group if isinstance(part, nodes.thead) for row in part]
    body = [row for part in group if isinstance(part, nodes.tbody) for row in part]
    columns = max(len(specs), 1, *(_reach(rows) for rows in (head, body)))
    head_cells, body_cells = _place(head, columns), _place(body, columns)
    stubs = frozenset(n for n, spec in enumerate(specs) if spec.get("stub"))
    widths: tuple[float, ...]
    if len(specs) == columns and _given(table, specs):
        widths = tuple(max(1.0, float(spec.get("colwidth", 1) or 1)) for spec in specs)
    else:
        widths = _widths((*head_cells, *body_cells), columns, room)
    cells = [cell for row in (*head_cells, *body_cells) for cell in row if cell.entry is not None]
    tallest = max((_lines(cell, widths, room) for cell in cells), default=0)
    return Grid(
        columns=columns, head=head_cells, body=body_cells, stubs=stubs, widths=widths, tallest=tallest
    )


def _given(table: nodes.table, specs: list[nodes.colspec]) -> bool:
    """Whether the author chose the widths; a ``needtable`` says so of its own 5 and 15 as well."""
    own = {spec.get("colwidth") for spec in specs} <= {5, 15} and any(
        c.startswith("NEEDS_") for c in table["classes"]
    )
    return "colwidths-given" in table["classes"] and not own


def _entries(row: nodes.Node) -> list[nodes.entry]:
    return [child for child in row.children if isinstance(child, nodes.entry)]


def _reach(rows: Iterable[nodes.Node]) -> int:
    """Columns that the rows need, cells that hang down from above included."""
    hanging: list[tuple[int, int]] = []
    most = 0
    for row in rows:
        width = sum(1 + entry.get("morecols", 0) for entry in _entries(row))
        most = max(most, width + sum(span for span, _ in hanging))
        hanging = [(span, left - 1) for span, left in hanging if left > 1]
        hanging += [(1 + e.get("morecols", 0), e["morerows"]) for e in _entries(row) if e.get("morerows")]
    return most


def _place(rows: list[nodes.Node], columns: int) -> tuple[tuple[Cell, ...], ...]:
    taken: set[tuple[int, int]] = set()
    result = []
    for y, row in enumerate(rows):
        cells, x = [], 0
        for entry in [*_entries(row), *([None] * columns)]:
            while (x, y) in taken:
                x += 1
            if x >= columns:
                break
            room = next((n for n in range(1, columns - x) if (x + n, y) in taken), columns - x)
            colspan = min(1 + (entry.get("morecols", 0) if entry else 0), room)
            rowspan = min(1 + (entry.get("morerows", 0) if entry else 0), len(rows) - y)
            taken.update((x + i, y + j) for i in range(colspan) for j in range(rowspan))
            cells.append(Cell(entry=entry, row=row, column=x, colspan=colspan, rowspan=rowspan))  # type: ignore[arg-type]
            x += colspan
        result.append(tuple(cells))
    return tuple(result)


def _widths(rows: tuple[tuple[Cell, ...], ...], columns: int, room: int) -> tuple[float, ...]:
    """Widths after what stands in the columns: the longest word first, the rest to those with much text."""
    word, most, total, count = ([0.0] * columns for _ in range(4))
    for row in rows:
        for cell in row:
            if cell.entry is None or cell.colspan > 1:
                continue
            text, at = cell.entry.astext(), cell.column
            size = _size(text)
            if any(True for _ in cell.entry.findall(_is_big)):
                size, word[at] = size + 40, max(word[at], 18)
            word[at] = max(word[at], max(map(_size, text.split()), default=0))
            most[at] = max(most[at], size)
            total[at] += size
            count[at] += 1
    if sum(most) + 3 * columns < 0.7 * room and any(most):
        return ()
    need = [min(width, 22) + 2.5 for width in word]
    want = [max(need[n], min(most[n] + 2, 2 * total[n] / max(1, count[n]), 70)) for n in range(columns)]
    extra, missing = max(0.0, room - sum(need)), sum(want) - sum(need)
    share = min(1.0, extra / missing) if missing else 0.0
    return tuple(need[n] + (want[n] - need[n]) * share for n in range(columns))


def _lines(cell: Cell, widths: tuple[float, ...], room: int) -> int:
    if cell.entry is None:
        return 0
    if any(True for _ in cell.entry.findall(_is_big)):
        return 99
    share = sum(widths[cell.column : cell.column + cell.colspan]) / sum(widths) if widths else 1.0
    wide = max(4.0, 0.9 * room * share)
    return sum(1 + int(_size(line) / wide) for line in cell.entry.astext().splitlines())


def _is_big(node: nodes.Node) -> bool:
    """Whether a node takes more room than its text tells."""
    return isinstance(node, nodes.image | nodes.table | nodes.literal_block)


def _size(text: str) -> float:
    """Width in average characters; capitals, as in ids, are wider."""
    return len(text) + 0.4 * sum(char.isupper() for char in text)
