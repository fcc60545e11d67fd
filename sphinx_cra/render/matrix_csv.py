"""``matrix.csv``: a line for every clause of every loaded catalogue.

RFC 4180 with every text in quotes and never a line break in a cell, so that tools that count lines
count clauses. It opens with a byte order mark: without one Excel reads UTF-8 as the code page of
the system and spoils every name with an accent, while pandas and ``utf-8-sig`` pass over it. No
cell can begin a formula, see ``sheet.guarded``.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from sphinx_cra.render import sheet

if TYPE_CHECKING:
    from sphinx_cra.assessment import Assessment


def matrix_csv(assessment: Assessment) -> bytes:
    """The bytes of ``matrix.csv``."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerow([column.key for column in sheet.CLAUSES])
    writer.writerows(map(_cell, record) for _, record in sheet.clauses(assessment))
    return stream.getvalue().encode("utf-8-sig")


def _cell(cell: sheet.Cell) -> str | int:
    if isinstance(cell, int):
        return cell
    text = cell if isinstance(cell, str) else "; ".join(cell)
    return sheet.guarded(" ".join(sheet.shown(text).split()))
