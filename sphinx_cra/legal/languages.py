"""Languages as the rules compare them: by the language alone, so that ``en`` is enough for ``en-IE``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sphinx_cra.product import Market


def primary(tag: str) -> str:
    """``en`` of ``en-IE``."""
    return tag.split("-")[0].casefold()


def unserved(market: Market, languages: Iterable[str]) -> list[str]:
    """Member States of which none of the languages is there, each with those that it requires."""
    there = set(map(primary, languages))
    return [
        f"{state} ({' or '.join(market.languages[state])})"
        for state in market.member_states
        if there.isdisjoint(map(primary, market.languages[state]))
    ]
