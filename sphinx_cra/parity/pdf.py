"""What the matrix and the registers of ``technical-file.pdf`` say, read from its pages with pypdf.

Text of a PDF has places and no cells. A column is what stands below a word of the head of a table; the
clauses are in the first column, their states in the last, both in order, also where a row goes over
two pages. Only the chapters that hold tables of everything are read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sphinx_cra.parity.files import STATES, Expected, contents
from sphinx_cra.parity.html import OUTCOMES
from sphinx_cra.parity.seen import Part, Seen, Unreadable, Wrong
from sphinx_cra.words import told_by

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

NAME = "technical-file.pdf"
NEEDED = "it needs pypdf; pip install 'sphinx-cra[parity]'"
MATRIX, GAPS, ITEMS = "Traceability matrix", "Gaps", "Register of requirements, controls"

_MATRIX_HEAD = ("Clause", "Requirements", "Controls", "Evidence", "Other frameworks", "State")
_TOTALS_HEAD = ("State", "Clauses")
_ITEMS_HEAD = ("Id", "Kind", "Title", "Status", "Links", "Linked from")
_KINDS = ("requirement", "control", "risk", "evidence", "exclusion")
_ID = re.compile(r"[A-Z][A-Z0-9]*_[A-Z0-9_]*")
_REST = re.compile(r"[A-Z0-9_]+")
_COUNTS = re.compile(r"(\d+)/(\d+) (implemented|proven)")

Piece = tuple[int, float, float, str]
"""Page, x, y, text."""


@dataclass(frozen=True, slots=True)
class _Last:
    """The piece of an id before the one that is looked at."""

    page: int = -1
    y: float = 0.0
    text: str = ""

    def goes_on(self, page: int, y: float, text: str) -> bool:
        """Whether the piece belongs to the same id: on one line, or behind where a line may break."""
        same_line = page == self.page and abs(y - self.y) < 1
        return bool(self.text) and (same_line or self.text.endswith(("_", ".", "-")))


def read(path: Path, expected: Expected) -> Seen:
    """What the PDF says.

    :raises Unreadable: if it has not the chapters of a technical file.
    """
    try:
        import pypdf
        from pypdf.errors import PyPdfError
    except ModuleNotFoundError as error:
        raise Unreadable(NEEDED) from error
    contents(path)
    try:
        reader = pypdf.PdfReader(path)
        chapters = _chapters(reader)
        attached = {name: found[0] for name, found in reader.attachments.items() if found}
        pages = {
            title: [(n, *piece) for n in numbers for piece in _pieces(reader.pages[n])]
            for title, numbers in chapters.items()
            if title in (MATRIX, GAPS) or title.startswith(ITEMS)
        }
    except (
        PyPdfError,
        ArithmeticError,
        AttributeError,
        LookupError,
        OSError,
        RuntimeError,
        TypeError,
        ValueError,
    ) as error:
        raise Unreadable(f"not a PDF of ours: {told_by(error)}") from error
    register = next((t for t in pages if t.startswith(ITEMS)), None)
    if MATRIX not in pages or register is None:
        raise Unreadable("it has no chapter with the matrix or with the register of needs")
    seen = Seen(whole=frozenset({Part.CLAUSE, Part.ITEM, Part.VERDICT}))
    _matrix(seen, pages[MATRIX], expected)
    if expected.parts[Part.CLAUSE] and not seen.sightings:
        raise Unreadable("its matrix has other columns than are known")
    _totals(seen, pages[MATRIX], expected)
    _gaps(seen, pages.get(GAPS, []), expected)
    _items(seen, pages[register], expected)
    for name in sorted(attached):
        original = expected.folder / name
        if original.is_file() and original.read_bytes() != attached[name]:
            wrong = Wrong(Part.FILE, name, "attached", "another", "as beside it")
            seen.wrong.append(wrong)
    return seen


def _chapters(reader: Any) -> dict[str, range]:
    """Title of a chapter -> its pages; the last is shared with the next chapter."""
    starts = []
    for entry in reader.outline:
        if not isinstance(entry, list):
            page = reader.get_destination_page_number(entry)
            if page is not None:
                starts.append((str(entry.title), page))
    ends = [*(page for _, page in starts[1:]), len(reader.pages) - 1]
    return {title: range(start, end + 1) for (title, start), end in zip(starts, ends, strict=True)}


def _pieces(page: Any) -> list[tuple[float, float, str]]:
    """Pieces of text of a page with their places, without what stands below the number of the page."""
    found: list[tuple[float, float, str]] = []

    def visit(text: str, cm: Sequence[float], tm: Sequence[float], _font: Any, _size: float) -> None:
        if said := text.strip():
            x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
            y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
            found.append((x, y, said))

    page.extract_text(visitor_text=visit)
    foot = max((y for _, y, said in found if re.fullmatch(r"Page \d+ of \d+", said)), default=-1.0)
    return [piece for piece in found if piece[1] > foot + 1]


def _columns(pieces: Sequence[Piece], head: tuple[str, ...]) -> Iterator[tuple[int, Piece]]:
    """Every piece that stands in a table with that head, and its column; heads come as column -1."""
    columns: list[float] = []
    top = page = 0.0
    n = 0
    while n < len(pieces):
        number, _, y, _ = pieces[n]
        found = pieces[n : n + len(head)]
        if tuple(p[3] for p in found) == head and all(abs(p[2] - y) < 1 for p in found):
            columns, top, page = [p[1] for p in found], y, number
            yield -1, pieces[n]
            n += len(head)
            continue
        if columns and number == page and y < top:
            at = max((c for c, x in enumerate(columns) if pieces[n][1] >= x - 1), default=None)
            if at is not None:
                yield at, pieces[n]
        n += 1


def _matrix(seen: Seen, pieces: Sequence[Piece], expected: Expected) -> None:
    clauses: list[tuple[str, str]] = []
    states: list[dict[str, str]] = []
    last = _Last()
    for column, (page, _, y, text) in _columns(pieces, _MATRIX_HEAD):
        if column == 0 and last.goes_on(page, y, text) and _REST.fullmatch(text):
            clauses[-1] = (clauses[-1][0] + text, clauses[-1][1])
            last = _Last(page, y, text)
        elif column == 0:
            is_id = _ID.fullmatch(text)
            if is_id:
                clauses.append((text, f"page {page + 1}"))
            last = _Last(page, y, text) if is_id else _Last()
        elif column == 5 and (text in STATES or text == "—"):
            states.append({"state": "" if text == "—" else text})
        elif column == 5 and states and (found := _COUNTS.fullmatch(text)):
            states[-1] |= {found[3]: found[1], "carriers": found[2]}
    if len(clauses) != len(states):
        # Which state is whose cannot be told any more; which clauses are there can.
        why = f"its matrix shows {len(clauses)} clauses and {len(states)} states"
        _without_values(seen, Part.CLAUSE, clauses, expected, why)
        return
    for (name, place), said in zip(clauses, states, strict=True):
        seen.add(Part.CLAUSE, name, place, **said)


def _without_values(
    seen: Seen, part: Part, names: Sequence[tuple[str, str]], expected: Expected, said: str
) -> None:
    """Note the names alone, where one that is missing is the reason.

    :raises Unreadable: if none is missing.
    """
    if set(expected.parts[part]) <= {name for name, _ in names}:
        raise Unreadable(said)
    seen.left.append(f"{said}, so that nothing but the ids of them was compared")
    for name, place in names:
        seen.add(part, name, place)


def _totals(seen: Seen, pieces: Sequence[Piece], expected: Expected) -> None:
    """The tables of totals, one before the matrix of each framework."""
    number = -1
    state = ""
    for column, (page, _, _, text) in _columns(pieces, _TOTALS_HEAD):
        if column == 0 and text in STATES:
            state = text
            number += text == STATES[0]  # the head comes again where a table goes over two pages
        elif column == 1 and state and 0 <= number < len(expected.catalogues):
            if found := re.fullmatch(r"(\d+) of (\d+)", text):
                framework, place = expected.catalogues[number][0], f"page {page + 1}"
                seen.add(Part.TOTAL, f"{framework}, {state}", place, count=found[1])
                seen.add(Part.TOTAL, f"{framework}, counted", place, count=found[2])
            state = ""
    if number + 1 != len(expected.catalogues):
        raise Unreadable(f"it has totals of {number + 1} frameworks, of {len(expected.catalogues)}")


def _gaps(seen: Seen, pieces: Sequence[Piece], expected: Expected) -> None:
    """The sentences that say how many clauses are gaps, one for each framework."""
    sentence = re.compile(r"(\d+) of (\d+) clauses that ask something of the maker are gaps")
    text = " ".join(p[3] for p in pieces)
    for (framework, _), found in zip(expected.catalogues, sentence.finditer(text), strict=False):
        seen.add(Part.TOTAL, f"{framework}, gaps", f"chapter {GAPS}", count=found[1])
        seen.add(Part.TOTAL, f"{framework}, counted", f"chapter {GAPS}", count=found[2])


def _items(seen: Seen, pieces: Sequence[Piece], expected: Expected) -> None:
    names: list[tuple[str, str]] = []
    kinds: list[str] = []
    outcomes: dict[int, str] = {}
    last = _Last()
    for column, (page, _, y, text) in _columns(pieces, _ITEMS_HEAD):
        if column == 0:
            if last.goes_on(page, y, text):
                names[-1] = (names[-1][0] + text, names[-1][1])
            else:
                names.append((text, f"page {page + 1}"))
            last = _Last(page, y, text)
        elif column == 1 and text in _KINDS:
            kinds.append(text)
        elif column == 3 and text in OUTCOMES and kinds:
            outcomes.setdefault(len(kinds) - 1, text)
    if len(names) != len(kinds):
        said = f"its register shows {len(names)} ids and {len(kinds)} kinds"
        _without_values(seen, Part.ITEM, names, expected, said)
        seen.whole = seen.whole - {Part.VERDICT}
        return
    for number, ((name, place), kind) in enumerate(zip(names, kinds, strict=True)):
        seen.add(Part.ITEM, name, place, kind=kind)
        if kind == "evidence":
            seen.add(Part.VERDICT, name, place, outcome=outcomes.get(number, ""))
