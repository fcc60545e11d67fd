"""LaTeX formulas as pictures, where ``ziamath`` is installed and understands them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

_VIEW = re.compile(r'viewBox="\S+ (\S+) (\S+) (\S+)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """An SVG picture of a formula; sizes in points."""

    svg: str
    width: float
    height: float
    depth: float
    """How far it reaches below the line of the text around it."""


def formula(latex: str, *, size: float, block: bool) -> Formula | None:
    """The picture of a formula; None where it has to be shown as written."""
    if find_spec("ziamath") is None:
        return None
    ziamath: Any = import_module("ziamath")
    source = latex
    if block and not latex.lstrip().startswith(r"\begin"):
        rows = re.split(r"\n\s*\n", latex.strip())
        source = " \\\\ ".join(rows)
        if len(rows) > 1 or "\\\\" in latex:
            source = rf"\begin{{aligned}}{source}\end{{aligned}}"
    try:
        svg = ziamath.Latex(source, size=size, inline=not block).svg()
    except Exception:  # whatever a parser of foreign input may raise
        return None
    # It prints what it does not know as written, which would be silent.
    view = _VIEW.search(svg)
    if view is None or _unknown(latex):
        return None
    top, width, height = (float(number) for number in view.groups())
    return Formula(svg=svg, width=width, height=height, depth=max(0.0, top + height))


def _unknown(latex: str) -> bool:
    """Whether a command is left that the converter does not know."""
    converter: Any = import_module("latex2mathml.converter")
    mathml = converter.convert(latex)
    return re.search(r"<m\w+>\\[A-Za-z]", mathml) is not None
