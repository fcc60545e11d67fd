"""What the tables of a site say, read with the parser of the standard library.

A page shows what its author put there, so a site need not have everything; what is on no page is said.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from sphinx_cra.parity.files import STATES, Expected, contents
from sphinx_cra.parity.seen import Part, Seen, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OUTCOMES = ("valid", "failed", "void", "expired", "foreign", "altered", "missing", "unreadable", "unchecked")
PRESENCES = ("present", "missing", "not applicable")
TABLES = ("cra-matrix", "cra-gaps", "cra-items", "cra-evidence", "cra-dossier")
_BLOCKS = frozenset({"p", "br", "div", "li", "td"})

Line = str
Cell = list[Line]


def read(site: Path, expected: Expected) -> Seen:
    """What all pages of a site say.

    :raises Unreadable: if there are no pages.
    """
    seen = Seen()
    pages = [p for p in sorted(site.rglob("*.html")) if "_static" not in p.relative_to(site).parts]
    if not pages:
        raise Unreadable("there are no pages in it")
    for path in pages:
        text = contents(path).decode("utf-8", "replace")
        if "cra-table" not in text:
            continue
        parser = _Tables()
        parser.feed(text)
        parser.close()
        place = path.relative_to(site).as_posix()
        for table, rows in parser.found:
            for row in rows:
                _see(seen, table, row, place, expected)
    for part, words in ((Part.CLAUSE, "clauses"), (Part.ITEM, "needs"), (Part.VERDICT, "verdicts")):
        known = expected.parts[part]
        there = {s.id for s in seen.sightings if s.part is part}
        if left := len(set(known) - there):
            seen.left.append(f"{left} of {len(known)} {words} are in no table of a page")
    return seen


def _see(seen: Seen, table: str, row: list[Cell], place: str, expected: Expected) -> None:
    """Note what a row says; one of another shape (a heading over columns) says nothing."""
    head = row[0]
    match table:
        case "cra-matrix" if len(row) == 6 and len(head) >= 3:
            seen.add(Part.CLAUSE, head[-1], place, **_state(row[5]))
            for found in re.finditer(r"(\S+) \((\w+)\)", " ".join(row[3])):
                if found[2] in OUTCOMES:
                    seen.add(Part.VERDICT, found[1].strip(","), place, outcome=found[2])
        case "cra-gaps" if len(row) == 5 and len(head) >= 3:
            seen.add(Part.CLAUSE, head[-1], place, **_state(row[1]))
        case "cra-items" if len(row) == 6 and head:
            seen.add(Part.ITEM, head[0], place, kind=" ".join(row[1]))
            if row[1] == ["evidence"]:
                seen.add(Part.VERDICT, head[0], place, outcome=row[3][0] if row[3] else "")
        case "cra-evidence" if len(row) == 5 and head:
            seen.add(Part.VERDICT, head[0], place, outcome=row[4][0] if row[4] else "")
        case "cra-dossier" if len(row) == 3 and head and head[0] in expected.points:
            seen.add(Part.POINT, expected.points[head[0]], place, presence=" ".join(row[1]))


def _state(cell: Cell) -> dict[str, str]:
    """What a cell of a state says: the state, and how far its carriers are."""
    said: dict[str, str] = {}
    for line in cell:
        if line in STATES:
            said["state"] = line
        elif line == "—":
            said["state"] = ""
        elif line == "not counted":
            said["counted"] = "no"
        elif found := re.fullmatch(r"(\d+)/(\d+) (implemented|proven)", line):
            said |= {found[3]: found[1], "carriers": found[2]}
    return said or {"state": " ".join(cell)}


class _Tables(HTMLParser):
    """Collects the cells of our tables but their heads, a line for each block in a cell."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, list[list[Cell]]]] = []
        self._depth = 0
        self._row: list[Cell] | None = None
        self._cell: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            classes = (dict(attrs).get("class") or "").split()
            name = next((t for t in TABLES if t in classes), None)
            if self._depth:
                self._depth += 1
            elif name:
                self._depth = 1
                self.found.append((name, []))
        elif self._depth == 1 and tag == "tr":
            self._end_row()
            self._row = []
        elif self._depth == 1 and tag == "td" and self._row is not None:
            self._end_cell()
            self._cell = []
        if self._cell is not None and tag in _BLOCKS:
            self._cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "table" and self._depth:
            if self._depth == 1:
                self._end_row()
            self._depth -= 1
        elif self._depth == 1 and tag == "td":
            self._end_cell()
        elif self._depth == 1 and tag == "tr":
            self._end_row()

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def _end_cell(self) -> None:
        if self._cell is not None and self._row is not None:
            self._row.append(list(_lines("".join(self._cell))))
        self._cell = None

    def _end_row(self) -> None:
        self._end_cell()
        if self._row:
            self.found[-1][1].append(self._row)
        self._row = None


def _lines(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        if words := " ".join(line.split()):
            yield words
