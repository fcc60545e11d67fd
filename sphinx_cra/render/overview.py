"""A picture of Annex I at a glance: the state of each of its 22 points.

Drawn as SVG with a shape and a word for every state, so that nothing rests on colour alone; and
as a table, for builders that take no drawings.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from sphinx_cra.model import State
from sphinx_cra.render.table import BREAK, Table, Text
from sphinx_cra.render.views import select, state_cell

if TYPE_CHECKING:
    from collections.abc import Callable

    from sphinx_cra.assessment import Assessment
    from sphinx_cra.model import Row

PARTS = (
    ("CRA_ANX_I_P1", "Annex I, Part I: properties of the product"),
    ("CRA_ANX_I_P2", "Annex I, Part II: vulnerability handling"),
)

COLOURS = {
    State.VERIFIED: ("#1b6e3c", "#e3f2e8"),
    State.COVERED: ("#1f5d99", "#e4eef8"),
    State.PLANNED: ("#8a5a00", "#fbf0d9"),
    State.SUPPORTED: ("#6b4a9e", "#efe8f8"),
    State.OPEN: ("#5a5a5a", "#ffffff"),
    State.FAILED: ("#a31621", "#fbe4e6"),
    State.EXCLUDED: ("#666666", "#efefef"),
}
"""State -> colour of line and word, colour of the ground; each pair has a contrast above 4.5."""

_WIDTH, _COLUMNS, _GAP, _MARGIN = 960, 4, 10, 12
_BOX_W = (_WIDTH - 2 * _MARGIN - (_COLUMNS - 1) * _GAP) // _COLUMNS
_BOX_H = 66


_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold, not even escaped; one of them makes the whole picture vanish."""


def printable(text: str) -> str:
    """Text that XML can hold."""
    return _NO_XML.sub("\ufffd", text)


def escape(text: str) -> str:
    """Text as XML, in attributes and between tags."""
    return html.escape(printable(text))


def in_repository(prefix: str, file: str) -> str:
    """A path from the root of the repository.

    :param prefix: the folder of ``conf.py``, relative to that root.
    """
    return f"{prefix.rstrip('/')}/{file}" if prefix.strip("/.") else file


def points(assessment: Assessment, part: str) -> tuple[Row, ...]:
    """The points of a part of Annex I that ask something."""
    matrix = assessment.matrix("cra")
    return tuple(r for r in select(matrix.rows, parts=(part,)) if r.clause.asked) if matrix else ()


def description(assessment: Assessment) -> str:
    """What the picture says, in words, for who cannot see it."""
    rows = [r for part, _ in PARTS for r in points(assessment, part)]
    counts, total = assessment.totals(rows)
    said = ", ".join(f"{counts[s]} {s.value}" for s in State if counts[s])
    return f"State of the {total} points of Annex I of the Cyber Resilience Act: {said or 'none'}."


def svg(assessment: Assessment, uri: Callable[[str], str | None] | None = None) -> str:
    """The drawing, complete in itself.

    :param uri: clause id -> where its box leads; None for a drawing without links.
    """
    body: list[str] = []
    y = _MARGIN
    for part, title in PARTS:
        rows = points(assessment, part)
        y += 18
        body.append(f'<text x="{_MARGIN}" y="{y}" class="part">{escape(title)}</text>')
        y += 12
        for number, row in enumerate(rows):
            x = _MARGIN + (number % _COLUMNS) * (_BOX_W + _GAP)
            top = y + (number // _COLUMNS) * (_BOX_H + _GAP)
            body.append(_box(row, x, top, uri))
        y += -(-len(rows) // _COLUMNS) * (_BOX_H + _GAP) + 6
    body.append(_legend(y + 14))
    height = y + 44
    said = escape(description(assessment))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'width="{_WIDTH}" height="{height}" '
        f'role="img" aria-label="{said}" font-family="Helvetica, Arial, sans-serif">'
        f"<title>{said}</title>"
        "<style>.part{font-size:15px;font-weight:bold;fill:#222}.cite{font-size:13px;font-weight:bold;fill:#222}"
        ".name{font-size:11.5px;fill:#333}.word{font-size:12px;font-weight:bold}.count{font-size:11px;fill:#444}</style>"
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>' + "".join(body) + "</svg>"
    )


def _box(row: Row, x: int, y: int, uri: Callable[[str], str | None] | None) -> str:
    state = row.state or State.OPEN
    line, ground = COLOURS[state]
    dash = ' stroke-dasharray="5 3"' if state in (State.OPEN, State.EXCLUDED, State.SUPPORTED) else ""
    cite = row.clause.printed.split("point ")[-1]
    name = _cut(row.clause.title, 38)
    total = len(row.carriers)
    count = f"{row.proven} of {total} proven" if total else ""
    box = (
        f"<title>{escape(f'{row.clause.printed}, {row.clause.title}: {state.value}. {row.reason}')}</title>"
        f'<rect x="{x}" y="{y}" width="{_BOX_W}" height="{_BOX_H}" rx="5" fill="{ground}" stroke="{line}" '
        f'stroke-width="1.6"{dash}/>'
        f'<text x="{x + 10}" y="{y + 20}" class="cite">{escape(cite)}</text>'
        f'<text x="{x + 10}" y="{y + 37}" class="name">{escape(name)}</text>'
        f"{_mark(state, x + 17, y + 51)}"
        f'<text x="{x + 30}" y="{y + 55}" class="word" fill="{line}">{state.value}</text>'
        f'<text x="{x + _BOX_W - 10}" y="{y + 55}" class="count" text-anchor="end">{count}</text>'
    )
    target = uri(row.clause.id) if uri else None
    return f'<a href="{escape(target)}">{box}</a>' if target else f"<g>{box}</g>"


def _mark(state: State, x: int, y: int) -> str:
    """A shape for each state."""
    colour = COLOURS[state][0]
    stroke = (
        f'fill="none" stroke="{colour}" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round"'
    )
    match state:
        case State.VERIFIED:
            return f'<path d="M{x - 5} {y}l4 4l7 -9" {stroke}/>'
        case State.COVERED:
            return f'<circle cx="{x}" cy="{y}" r="5" fill="{colour}"/>'
        case State.PLANNED:
            return f'<circle cx="{x}" cy="{y}" r="4.5" {stroke}/>'
        case State.SUPPORTED:
            return f'<path d="M{x} {y - 6}l6 6l-6 6l-6 -6z" {stroke}/>'
        case State.FAILED:
            return f'<path d="M{x - 5} {y - 5}l10 10m0 -10l-10 10" {stroke}/>'
        case State.EXCLUDED:
            return f'<path d="M{x - 6} {y}h12" {stroke}/>'
        case _:
            return f'<rect x="{x - 5}" y="{y - 5}" width="10" height="10" {stroke}/>'


def _legend(y: int) -> str:
    parts = []
    x = _MARGIN + 8
    for state in State:
        parts.append(f'{_mark(state, x, y)}<text x="{x + 12}" y="{y + 4}" class="count">{state.value}</text>')
        x += 100
    return "".join(parts)


def _cut(words: str, limit: int) -> str:
    return words if len(words) <= limit else words[: limit - 1].rstrip() + "…"


def table(assessment: Assessment) -> Table:
    """The same as a table."""
    rows = [r for part, _ in PARTS for r in points(assessment, part)]
    return Table(
        headers=("Point", "State"),
        widths=(70, 30),
        rows=tuple(
            ((Text(r.clause.printed, r.clause.id, "strong"), BREAK, Text(r.clause.title)), state_cell(r))
            for r in rows
        ),
        classes=("cra-overview",),
    )
