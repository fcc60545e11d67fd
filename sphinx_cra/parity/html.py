"""What the tables of a site say, read with the parser of the standard library.

A page shows what its author put there, so a site need not have everything; what is on no page is said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from sphinx_cra.parity.files import GAPS, STATES, Expected, contents
from sphinx_cra.parity.seen import Part, Seen, Sighting, Unreadable, Wrong

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OUTCOMES = ("valid", "failed", "void", "expired", "foreign", "altered", "missing", "unreadable", "unchecked")
CODE = "\x01"
"""Begins a line that a page shows as code: the id of a clause."""
_BLOCKS = frozenset({"p", "br", "div", "li", "td", "th"})

Line = str
Cell = list[Line]
_PARTS = {
    **dict.fromkeys(("cra-matrix", "cra-gaps", "cra-clauses"), Part.CLAUSE),
    "cra-items": Part.ITEM,
    "cra-evidence": Part.VERDICT,
    "cra-dossier": Part.POINT,
}
"""Class of a table -> what its rows are about."""


def read(site: Path, expected: Expected) -> Seen:
    """What all pages of a site say.

    :raises Unreadable: if there are no pages.
    """
    seen = Seen()
    pages = [p for p in sorted(site.rglob("*.html")) if "_static" not in p.relative_to(site).parts]
    if not pages:
        raise Unreadable("there are no pages in it")
    found: list[tuple[str, _Table, list[Sighting]]] = []
    for path in pages:
        text = contents(path).decode("utf-8", "replace")
        if "cra-table" not in text:
            continue
        parser = _Tables()
        try:
            parser.feed(text)
            parser.close()
        except AssertionError as error:  # what the parser says of a broken declaration
            raise Unreadable(f"{path.name}: {error}") from error
        place = path.relative_to(site).as_posix()
        for table in parser.found:
            before = len(seen.sightings)
            for row in table.rows:
                _see(seen, table, row, place, expected)
            found.append((place, table, seen.sightings[before:]))
    homes = {s.id for _, table, rows in found if table.name == "cra-clauses" for s in rows}
    for place, table, rows in found:
        _whole(seen, table, rows, place, expected, homes)
    for part, words in ((Part.CLAUSE, "clauses"), (Part.ITEM, "needs"), (Part.VERDICT, "verdicts")):
        known = expected.parts[part]
        there = {s.id for s in seen.sightings if s.part is part}
        if left := len(set(known) - there):
            seen.left.append(f"{left} of {len(known)} {words} are in no table of a page")
    return seen


def _whole(
    seen: Seen, table: _Table, rows: list[Sighting], place: str, expected: Expected, homes: set[str]
) -> None:
    """Note what a table has too much or not: its classes say what was chosen for it.

    A table of clauses that an author spread over pages says only how many it has.

    :param homes: the clauses that are in any of those.
    """
    part = _PARTS[table.name]
    listed = [s.id for s in rows if s.part is part]
    known = expected.parts[part]
    parts, only = table.chosen("cra-part-"), table.chosen("cra-only-")
    match table.name:
        case "cra-matrix" | "cra-gaps":
            if not (framework := "".join(table.chosen("cra-in-"))):
                return
            chosen = {
                name: said
                for name, said in known.items()
                if said["framework"] == framework
                and (not parts or any(name == p or name.startswith(f"{p.rstrip('_')}_") for p in parts))
                and (not only or said["state"] in only)
            }
            if table.name == "cra-gaps":
                counted = {n: said for n, said in chosen.items() if said["counted"] == "yes"}
                chosen = {n: said for n, said in counted.items() if said["state"] in GAPS}
                _sentence(seen, table, f"gaps of {framework}", place, len(chosen), len(counted))
            wanted = set(chosen)
        case "cra-items":
            if not only:
                return
            wanted = {name for name, said in known.items() if said["kind"] in only}
        case "cra-clauses":
            stated = "".join(table.chosen("cra-rows-"))
            if stated and stated != str(len(table.rows)):
                homeless = sorted(set(known) - homes)
                about = f" with {listed[0]}" if listed else ""
                there = f"{stated} rows; in no such table: {', '.join(homeless[:5]) or 'none'}"
                place = f"{place}, table of clauses{about}"
                seen.wrong.append(Wrong(part, "", "", f"{len(table.rows)} rows", there, place))
            return
        case _:
            wanted = set(known)
            if table.name == "cra-dossier":
                present = sum(said["presence"] != "missing" for said in known.values())
                _sentence(seen, table, "points that are there", place, present, len(known))
    seen.compare(part, place, listed, wanted)


def _sentence(seen: Seen, table: _Table, what: str, place: str, count: int, total: int) -> None:
    """Compare the numbers of the sentence above a table: ``26 of 86 clauses ...``."""
    if (found := re.match(r"(\d+) of (\d+) ", table.above)) and found.groups() != (str(count), str(total)):
        here, there = f"{found[1]} of {found[2]}", f"{count} of {total}"
        seen.wrong.append(Wrong(Part.TOTAL, what, "", here, there, place))


def _see(seen: Seen, table: _Table, row: list[Cell], place: str, expected: Expected) -> None:
    """Note what a row says; a heading over all columns says nothing."""

    def cell(name: str) -> Cell:
        if name not in table.head:
            raise Unreadable(f"{place}: a table {table.name} has no column {name}")
        return row[table.head.index(name)]

    head = row[0]
    if len(row) != len(table.head) or not head:
        return
    match table.name:
        case "cra-matrix" | "cra-gaps" | "cra-clauses":
            clause = next((line.removeprefix(CODE) for line in head if line.startswith(CODE)), head[-1])
            state = cell("State and reason" if table.name == "cra-clauses" else "State")
            seen.add(Part.CLAUSE, clause, place, **_state(state))
            evidence = " ".join(row[3]) if table.name == "cra-matrix" else ""
            for found in re.finditer(r"(\S+) \((\w+)\)", evidence):
                if found[2] in OUTCOMES:
                    seen.add(Part.VERDICT, found[1].strip(","), place, outcome=found[2])
        case "cra-items":
            kind = " ".join(cell("Kind"))
            seen.add(Part.ITEM, head[0], place, kind=kind)
            if kind == "evidence":
                seen.add(Part.VERDICT, head[0], place, outcome="".join(cell("Status")[:1]))
        case "cra-evidence":
            seen.add(Part.VERDICT, head[0], place, outcome="".join(cell("Verdict")[:1]))
        case _ if head[0] in expected.points:
            seen.add(Part.POINT, expected.points[head[0]], place, presence=" ".join(cell("State")))


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


@dataclass(slots=True)
class _Table:
    name: str
    classes: list[str]
    above: str
    """The last paragraph before it."""
    head: list[str] = field(default_factory=list)
    rows: list[list[Cell]] = field(default_factory=list)

    def chosen(self, prefix: str) -> list[str]:
        """What the classes that begin so say."""
        return [c.removeprefix(prefix) for c in self.classes if c.startswith(prefix)]


class _Tables(HTMLParser):
    """Collects the cells of our tables, a line for each block in a cell."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[_Table] = []
        self._depth = 0
        self._row: list[Cell] | None = None
        self._cell: list[str] | None = None
        self._said: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            classes = (dict(attrs).get("class") or "").split()
            name = next((t for t in _PARTS if t in classes), None)
            if self._depth:
                self._depth += 1
            elif name:
                self._depth = 1
                self.found.append(_Table(name, classes, " ".join("".join(self._said).split())))
        elif self._depth == 1 and tag == "tr":
            self._end_row()
            self._row = []
        elif self._depth == 1 and tag in ("td", "th") and self._row is not None:
            self._end_cell()
            self._cell = []
        if tag == "p" and not self._depth:
            self._said.clear()
        if self._cell is not None and tag in _BLOCKS:
            self._cell.append("\n")
        elif self._cell is not None and tag == "code":
            self._cell.append(f"\n{CODE}")

    def handle_endtag(self, tag: str) -> None:
        if tag == "table" and self._depth:
            if self._depth == 1:
                self._end_row()
            self._depth -= 1
        elif self._depth == 1 and tag in ("td", "th"):
            self._end_cell()
        elif self._cell is not None and tag == "code":
            self._cell.append("\n")
        elif self._depth == 1 and tag == "tr":
            self._end_row()

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)
        elif not self._depth:
            self._said.append(data)

    def _end_cell(self) -> None:
        if self._cell is not None and self._row is not None:
            self._row.append(list(_lines("".join(self._cell))))
        self._cell = None

    def _end_row(self) -> None:
        self._end_cell()
        table = self.found[-1]
        if self._row and not table.head:
            table.head = [" ".join(cell) for cell in self._row]
        elif self._row:
            table.rows.append(self._row)
        self._row = None


def _lines(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        if words := " ".join(line.split()):
            yield words
