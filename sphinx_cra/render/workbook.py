"""``matrix.xlsx``: clauses, items and gaps for people who work in spreadsheets.

Holds text and numbers, never a formula, and nothing that changes from one build to the next. What
is too long for a cell is cut with a mark; ``assessment.json`` has it whole.
"""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from typing import TYPE_CHECKING, Any

import xlsxwriter

from sphinx_cra import __version__
from sphinx_cra.model import State
from sphinx_cra.render import sheet, views
from sphinx_cra.render.overview import COLOURS

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import IO

    from sphinx_cra.assessment import Assessment

    Links = Callable[[str], str | None]
    Lines = Iterable[tuple[str, sheet.Record, State | None]]

EPOCH = dt.datetime(1980, 1, 1)  # a workbook knows no time zones
MAX_TEXT = 32_767
"""Characters in a cell of Excel; it counts those beyond U+FFFF twice."""
MAX_LINKS = 65_530
"""Links in a sheet of Excel."""
MAX_URL = 2_079
CUT = " [... cut; the whole text is in assessment.json]"

NOT_CLAIMED = (
    "The states say what the documentation traces. That the product meets the law or a standard is for "
    "people to judge; no state says so.\n"
    "Evidence that is void, expired, missing, unreadable or unchecked proves nothing here.\n"
    "Another framework, such as IEC 62443, supports a clause of the Cyber Resilience Act; it never "
    "satisfies it.\n"
    "Titles are in our own words. Only the Official Journal and the published standards are authentic.\n"
    "Counts are of the clauses that ask something of the maker; the others are listed, not counted."
).splitlines()


def workbook(
    assessment: Assessment,
    file: str | os.PathLike[str] | IO[bytes],
    *,
    links: Links = lambda _: None,
    created: dt.datetime = EPOCH,
    generator: str = f"sphinx-cra {__version__}",
) -> None:
    """Write the workbook.

    :param file: path, or something to write bytes to.
    :param links: id of a clause or an item -> its page, an absolute URL, or None.
    :param created: stands in the file's properties; equal input and equal date give equal bytes.
    """
    packed = io.BytesIO()
    book = xlsxwriter.Workbook(packed, {"in_memory": True, "strings_to_formulas": False})
    product = assessment.product
    title = f"Traceability matrix of {product.name} {product.release}" if product else "Traceability matrix"
    book.set_properties({"title": sheet.shown(title)[:255], "created": created, "comments": generator})
    _Writer(book, links).write(assessment, generator)
    book.close()
    _store(packed, file)


def _store(packed: IO[bytes], file: str | os.PathLike[str] | IO[bytes]) -> None:
    """Write the parts of a workbook as they are: two compressors seldom pack them into the same bytes."""
    with zipfile.ZipFile(packed) as made, zipfile.ZipFile(file, "w") as plain:
        for part in made.infolist():
            entry = zipfile.ZipInfo(part.filename)  # of 1980-01-01
            entry.create_system = 3  # also where it is written on Windows
            entry.external_attr = 0o644 << 16
            plain.writestr(entry, made.read(part))


class _Writer:
    """The formats of a workbook, and how cells of each sort are written with them."""

    def __init__(self, book: Any, links: Links) -> None:
        self.book = book
        self.links = links
        cell = {"valign": "top", "text_wrap": True, "border": 1, "border_color": "#d9d9d9"}
        self.text = book.add_format(cell)
        # Editing a cell that merely looks like a formula would make it one, but for the prefix.
        self.prefixed = book.add_format({**cell, "quote_prefix": True})
        self.number = book.add_format({**cell, "num_format": "0"})
        self.link = book.add_format({**cell, "font_color": "#0b5394", "underline": 1})
        self.header = book.add_format(
            {**cell, "bold": True, "bg_color": "#e8ecf1", "border_color": "#9aa5b1"}
        )
        self.title = book.add_format({"bold": True, "font_size": 14, "valign": "top"})
        self.strong = book.add_format({**cell, "bold": True})
        self.states = {
            state: book.add_format({**cell, "bold": True, "font_color": line, "bg_color": ground})
            for state, (line, ground) in COLOURS.items()
        }

    def write(self, assessment: Assessment, generator: str) -> None:
        self._about(self.book.add_worksheet("About"), assessment, generator)
        self._table("Clauses", sheet.CLAUSES, 2, _rows(sheet.clauses(assessment)))
        items = ((item.id, record, None) for item, record in sheet.items(assessment))
        self._table("Items", sheet.ITEMS, 1, items)
        self._table("Gaps", sheet.GAPS, 2, _rows(sheet.gaps(assessment)))
        rules = ((str(record[0]), record, None) for record in sheet.rules(assessment))
        self._table("Rules", sheet.RULES, 1, rules)
        if assessment.baseline is not None:
            found = ((str(record[2]), record, None) for record in sheet.accepted(assessment))
            self._table("Accepted", sheet.ACCEPTED, 1, found)
        if assessment.mappings:
            self._table("Frameworks", sheet.RELATIONS, 2, _rows(sheet.relations(assessment)))

    def _table(self, name: str, columns: Sequence[sheet.Column], frozen: int, lines: Lines) -> None:
        """A sheet of records; the cell with the id leads to its page."""
        page = self.book.add_worksheet(name)
        for number, column in enumerate(columns):
            page.set_column(number, number, column.width)
            page.write_string(0, number, column.title, self.header)
        keys = [c.key for c in columns]
        named = keys.index("clause") if "clause" in keys else 0
        stated = keys.index("state") if "state" in keys else None
        linked = last = 0
        for last, (target, record, state) in enumerate(lines, start=1):
            for number, cell in enumerate(record):
                if number == named and linked < MAX_LINKS and (url := self._url(target)):
                    page.write_url(last, number, url, self.link, _fitted(str(cell)))
                    linked += 1
                elif number == stated and state is not None:
                    page.write_string(last, number, state.value, self.states[state])
                else:
                    self._cell(page, last, number, cell)
        page.freeze_panes(1, frozen)
        page.autofilter(0, 0, max(last, 1), len(columns) - 1)
        page.repeat_rows(0)
        _print_wide(page)

    def _cell(self, page: Any, line: int, number: int, cell: sheet.Cell) -> None:
        if isinstance(cell, int):
            page.write_number(line, number, cell, self.number)
            return
        text = _fitted(cell if isinstance(cell, str) else "\n".join(cell))
        if text:  # an empty cell costs as much as a full one, and nobody sees its format
            page.write_string(line, number, text, self.prefixed if sheet.FORMULA.match(text) else self.text)

    def _url(self, target: str) -> str | None:
        url = self.links(target)
        fits = url is not None and url.startswith(("https://", "http://")) and len(url) <= MAX_URL
        return url if fits else None

    def _about(self, page: Any, assessment: Assessment, generator: str) -> None:
        catalogues = [m.catalogue for m in assessment.matrices]
        page.set_column(0, 0, 22)
        page.set_column(1, 1, 74)
        page.set_column(2, 1 + max(len(catalogues), 1), 18)
        page.write_string(0, 0, "Traceability matrix", self.title)
        line = 2
        for name, value in _facts(assessment, generator):
            page.write_string(line, 0, name, self.strong)
            self._cell(page, line, 1, value)
            line += 1
        line += 1
        headers = ["State", "What it means", *(c.short for c in catalogues)]
        for number, header in enumerate(headers):
            page.write_string(line, number, _fitted(header), self.header)
        totals = [assessment.totals(m.rows) for m in assessment.matrices]
        for state in State:
            line += 1
            page.write_string(line, 0, state.value, self.states[state])
            self._cell(page, line, 1, views.MEANINGS[state])
            for number, (counts, total) in enumerate(totals, start=2):
                self._cell(page, line, number, f"{counts[state]} of {total}")
        line += 2
        page.write_string(line, 0, "What this file does not claim", self.title)
        for sentence in NOT_CLAIMED:
            line += 1
            self._cell(page, line, 1, sentence)
        _print_wide(page)


def _rows(lines: Iterable[tuple[Any, sheet.Record]]) -> Lines:
    return ((row.clause.id, record, row.state) for row, record in lines)


def _facts(assessment: Assessment, generator: str) -> Iterator[tuple[str, sheet.Cell]]:
    product = assessment.product
    yield "Product", product.name if product else "not stated: there is no usable product file"
    if product:
        yield "Release", product.release or "not stated"
        yield "Manufacturer", product.manufacturer.name or "not stated"
    for matrix in assessment.matrices:
        catalogue = matrix.catalogue
        _, counted = assessment.totals(matrix.rows)
        what = f"{catalogue.title}, {catalogue.edition}: {len(matrix.rows)} clauses, {counted} counted"
        yield catalogue.short, what
    yield (
        "Sheets",
        (
            "Clauses: every clause of every catalogue",
            "Items: every need",
            "Gaps: what is not done",
            "Rules: what facts answer to rules of the Regulation",
            *(("Accepted: gaps that somebody accepted",) if assessment.baseline else ()),
            *(("Frameworks: what mappings say supports what",) if assessment.mappings else ()),
        ),
    )
    yield "Written by", generator


def _print_wide(page: Any) -> None:
    page.set_paper(9)  # A4
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.set_footer("&L&A&RPage &P of &N")


def _fitted(text: str) -> str:
    """The text as a cell can hold it, with a mark where it had to be cut."""
    text = sheet.shown(text)
    if len(text) * 2 <= MAX_TEXT or len(text.encode("utf-16-le")) // 2 <= MAX_TEXT:
        return text
    kept = text.encode("utf-16-le")[: (MAX_TEXT - len(CUT)) * 2].decode("utf-16-le", "ignore")
    return kept + CUT
