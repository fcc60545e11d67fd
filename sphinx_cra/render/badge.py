"""A badge: one small SVG that says how many points are verified and how many are gaps.

Counts only: there is no share of a law that is complied with. Complete in itself, without a font or a
script from elsewhere, and readable for who does not see it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sphinx_cra.model import State, under
from sphinx_cra.render.overview import COLOURS, escape

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from sphinx_cra.checking import Checked

LABEL = "CRA Annex I"
PART = "CRA_ANX_I"
_CHAR, _PAD, _HEIGHT = 6.6, 9, 20
"""Width of a character of Verdana at 11 pixels, on average; ``textLength`` makes any font fit."""
_LEFT = "#3b3f46"


def badge(found: Checked) -> str:
    """The picture: ``22 points: 15 verified, 3 gaps`` for Annex I, or for all that is counted without it."""
    counted = [r for r in found.data["rows"] if r["counted"]]
    rows = [r for r in counted if under(r["clause"], PART)]
    label = LABEL if rows else "Clauses"
    said = text(rows or counted)
    gaps = any(r["gap"] for r in rows or counted)
    failed = any(r["state"] == State.FAILED for r in rows or counted)
    state = State.FAILED if failed else State.PLANNED if gaps else State.VERIFIED
    product = " ".join(filter(None, (found.product, found.release)))
    title = escape(f"{label}: {said}")
    about = escape(f"{product or 'The product'}: {said}. Counts of what is traced.")
    left, right = _width(label), _width(said)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="{_HEIGHT}" role="img" '
        f'aria-labelledby="title desc"><title id="title">{title}</title><desc id="desc">{about}</desc>'
        f'<rect width="{left}" height="{_HEIGHT}" fill="{_LEFT}"/>'
        f'<rect x="{left}" width="{right}" height="{_HEIGHT}" fill="{COLOURS[state][0]}"/>'
        '<g fill="#fff" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="11">'
        f"{_text(label, 0, left)}{_text(said, left, right)}</g></svg>\n"
    )


def text(rows: list[Mapping[str, Any]]) -> str:
    """What it says of these rows."""
    verified = sum(r["state"] == State.VERIFIED for r in rows)
    gaps = sum(bool(r["gap"]) for r in rows)
    points = f"{len(rows)} point{'' if len(rows) == 1 else 's'}"
    return f"{points}: {verified} verified, {gaps} gap{'' if gaps == 1 else 's'}"


def _width(said: str) -> int:
    return round(len(said) * _CHAR) + 2 * _PAD


def _text(said: str, x: int, width: int) -> str:
    return (
        f'<text x="{x + _PAD}" y="14" textLength="{width - 2 * _PAD}" '
        f'lengthAdjust="spacingAndGlyphs">{escape(said)}</text>'
    )
