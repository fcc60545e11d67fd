"""Text for Typst: literals that need no escaping rules, places to break, characters no font has.

Every word of a document reaches Typst inside a string literal, so no character in it is
markup. What cannot be printed at all (a control character, a lone surrogate, a script without
a font) is replaced by a visible stand-in and remembered; nothing is dropped in silence.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "", "\t": "    "})
_SPACES = re.compile(r"[ \t\n\r\f\v\x1c-\x1e\x85\u2028\u2029]+")
_PLAIN = re.compile(
    r"[\n\t\r -~\u00a0-\u017f\u0391-\u03c9\u0410-\u044f\u2010-\u2014\u2018-\u201d\u2022\u2026\u20ac\u2192]*"
)
_LONG = re.compile(r"\S{11,}")
_PIECE = re.compile(r"[^_./\\:=&?,;@|-]*[_./\\:=&?,;@|-]*")
_UNPRINTABLE = frozenset({"Cc", "Cs", "Co", "Cn"})
_OVERRIDES = "\u202d\u202e"  # would show the rest of the line in another order than it is written
_SELECTORS = "\ufe0e\ufe0f"  # only choose between a plain and a coloured form


def literal(text: str) -> str:
    """A Typst string literal."""
    return f'"{text.translate(_ESCAPES)}"'


def squeeze(text: str) -> str:
    """``text`` with each run of white space, but for no-break spaces, as one space."""
    return _SPACES.sub(" ", text)


def right_to_left(text: str) -> bool:
    """Whether the first letter with a direction runs from right to left."""
    if text.isascii():
        return False
    directions = (unicodedata.bidirectional(c) for c in text)
    return next((d for d in directions if d in ("L", "R", "AL")), "L") != "L"


def pieces(text: str, limit: int) -> list[str]:
    """``text`` cut where a line may be broken inside a token longer than ``limit``.

    Behind punctuation first; a piece that is still too long (a digest) is cut every ``limit`` characters.
    """
    result, start = [], 0
    for token in _LONG.finditer(text):
        if len(token[0]) > limit:
            at = token.start()
            for size in _cuts(token[0], limit):
                at += size
                result.append(text[start:at])
                start = at
    result.append(text[start:])
    return [piece for piece in result if piece]


def _cuts(token: str, limit: int) -> Iterator[int]:
    """Sizes of the pieces of a long token, without the last."""
    least, size = limit // 2, 0
    rest = len(token)
    for part in _PIECE.findall(token):
        size += len(part)
        while size > limit + 4:
            yield limit
            size, rest = size - limit, rest - limit
        if least <= size and rest - size >= 3:
            yield size
            size, rest = 0, rest - size


def clusters(text: str) -> Iterator[str]:
    """Each character with the combining marks behind it, which one font must have together."""
    cluster = ""
    for char in text:
        if cluster and unicodedata.category(char)[0] != "M":
            yield cluster
            cluster = ""
        cluster += char
    if cluster:
        yield cluster


def stand_in(char: str) -> str:
    """What is printed for a character that cannot be: ``[U+4E2D]``."""
    return f"[U+{ord(char):04X}]"


class Glyphs:
    """What the fonts at hand can print, asked in batches and remembered.

    :param probe: gives those of its arguments that no font can print.
    """

    def __init__(self, probe: Callable[[list[str]], set[str]]) -> None:
        self._probe = probe
        self._printable: dict[str, bool] = {}
        self.missing: dict[str, object] = {}
        """Characters that were replaced -> where the first of each stood."""

    def learn(self, texts: Iterable[str]) -> None:
        """Ask for all that is unusual in ``texts`` at once."""
        asked: dict[str, None] = {}
        for text in texts:
            if _PLAIN.fullmatch(text):
                continue
            for cluster in clusters(text):
                if not _PLAIN.fullmatch(cluster):
                    asked.update(dict.fromkeys((cluster, *cluster)))
        new = [c for c in asked if c not in self._printable]
        clear = [c for c in new if not any(_unprintable(char) for char in c)]
        refused = self._probe(clear) if clear else set()
        self._printable.update({c: c in clear and c not in refused for c in new})

    def refuse(self, text: str) -> bool:
        """Replace ``text`` from now on; False where that is the case already."""
        found = [c for c in clusters(text) if self._printable.get(c, True) and not c.isspace()]
        self._printable.update(dict.fromkeys(found, False))
        return bool(found)

    def printable(self, text: str, place: object = None) -> str:
        """``text`` with stand-ins for what cannot be printed."""
        if _PLAIN.fullmatch(text) and not self._refused_plain(text):
            return text
        self.learn([text])
        return "".join(self._replace(c, place) for c in clusters(text))

    def _refused_plain(self, text: str) -> bool:
        return False if not self._printable else any(not self._printable.get(c, True) for c in set(text))

    def _replace(self, cluster: str, place: object) -> str:
        if self._printable.get(cluster, True):
            return cluster
        base, marks = cluster[0], cluster[1:]
        result = []
        for char in (base, *(m for m in marks if m not in _SELECTORS)):
            alone = char is base and self._printable.get(char, True) and len(cluster) > 1
            if not alone:
                self.missing.setdefault(char, place)
            result.append(char if alone else stand_in(char))
        return "".join(result)


def _unprintable(char: str) -> bool:
    return (unicodedata.category(char) in _UNPRINTABLE and char not in "\n\t\r") or char in _OVERRIDES
