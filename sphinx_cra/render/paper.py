"""Papers as data: what a manufacturer hands on, in the language of who receives it.

A paper is a title, numbered parts and perhaps a signature; a part is sentences, and facts with their
names. What stands in them is decided in ``declaration`` and ``user_information``; how it becomes
docutils nodes is decided in ``ext/papers.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sphinx_cra.render.table import text

if TYPE_CHECKING:
    from sphinx_cra.language import Language
    from sphinx_cra.render.table import Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A sentence, or what is stated under a name."""

    cells: tuple[Cell, ...]
    """More than one are a list."""
    name: str = ""
    missing: bool = False
    """Whether it says that something is not stated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One point of the Annex that the paper follows."""

    number: str
    title: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What has to be read before the paper: that it is a draft, or why there is none."""

    title: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One paper in one language."""

    kind: str
    """``declaration``, ``simplified`` or ``user-information``."""
    language: Language
    title: str
    subtitle: str = ""
    notice: Notice | None = None
    parts: tuple[Part, ...] = ()
    signature: tuple[tuple[str, str], ...] = ()
    """Lines to sign on: what stands there, and what is stated."""
    closing: tuple[Fact, ...] = ()
    own_page: bool = True
    """Whether it begins and ends a page in print."""


def sentence(said: str, *more: Cell) -> Fact:
    """A sentence, with pieces that lead somewhere behind it."""
    return Fact(cells=(tuple(piece for cell in (text(said), *more) for piece in cell),))


def link(value: str) -> Cell:
    """What an author wrote, as a link where it is an address."""
    return text(value, value if is_address(value) else None)


def is_address(value: str) -> bool:
    """Whether it leads somewhere by itself: a web page, or a page of the project (``doc:manual#safety``)."""
    return value.casefold().startswith(("https://", "http://", "doc:")) and not any(
        c.isspace() for c in value
    )
