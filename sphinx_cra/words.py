"""How messages are worded: lists, articles, and what somebody probably meant."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def listed(words: Sequence[str], limit: int = 5) -> str:
    """``A, B and C``; of more than ``limit`` the first, and how many more there are."""
    shown = list(words[:limit])
    if len(words) > limit:
        shown.append(f"{len(words) - limit} more")
    return _joined(shown, "and")


def sentences(said: Sequence[str], limit: int = 5) -> str:
    """``A; B; C``, for what holds commas of its own; of more than ``limit`` the first, and how many more."""
    more = [f"{len(said) - limit} more"] if len(said) > limit else []
    return "; ".join([*said[:limit], *more])


def either(words: Sequence[str]) -> str:
    """``A, B or C``."""
    return _joined(words, "or")


def counted(count: int, word: str) -> str:
    """``3 files``, ``1 file``, ``no files``."""
    return f"{count or 'no'} {word}" + ("s" if count != 1 else "")


def capital(words: str) -> str:
    """With a capital at the beginning."""
    return words[:1].upper() + words[1:]


def sentence(words: str) -> str:
    """With a capital and a full stop; empty where there are no words."""
    said = capital(" ".join(words.split()))
    return said if not said or said.endswith((".", "!", "?")) else f"{said}."


def short(text: str, most: int = 100) -> str:
    """At most so many characters; of what is longer the beginning, with dots."""
    return text if len(text) <= most else f"{text[: most - 3]}..."


def one_line(text: str, most: int = 100) -> str:
    """The same of what may have several lines, in one."""
    return short(" ".join(text.split()), most)


def told_by(error: Exception) -> str:
    """What a library says of a file that it cannot read, in one short line."""
    return one_line(str(error), 200) or type(error).__name__


def did_you_mean(near: Sequence[str]) -> str:
    """``did you mean A, B or C?``, or nothing."""
    return f"did you mean {either(near)}?" if near else ""


def nearest(word: str, known: Iterable[str], *, n: int = 3) -> list[str]:
    """Known words that ``word`` is probably a slip of, best first; case is ignored."""
    if len(word) > 100:
        return []
    folded = {k.casefold(): k for k in known}
    return [folded[m] for m in difflib.get_close_matches(word.casefold(), folded, n=n, cutoff=0.7)]


def a(word: str) -> str:
    """A word with its article."""
    if word == "evidence":
        return "a piece of evidence"
    return f"an {word}" if word[:1] in "aeiou" else f"a {word}"


def is_path(name: str) -> bool:
    """Whether a configured name means a file of the project and not one that we ship."""
    return "/" in name or "\\" in name or name.lower().endswith((".yaml", ".yml"))


def _joined(words: Sequence[str], last: str) -> str:
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else "".join(words)
