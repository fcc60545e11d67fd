"""What of a file is text, and at which line and column it stands.

Markup is taken out so that ``**Annex I**, [Part I](...)`` reads as one citation. Every position of
the text that is read leads back to a line and a column of the file.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from sphinx_cra.citation import laws

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sphinx_cra.citation.laws import Layout

LARGEST = 50_000_000
"""Bytes of a file that is read; nothing that people write is as long."""
SUFFIXES = {
    ".md": "prose", ".markdown": "prose", ".rst": "prose", ".txt": "prose", ".adoc": "prose", ".tex": "prose",
    ".csv": "prose", ".tsv": "prose", ".yaml": "data", ".yml": "data", ".json": "data", ".html": "html",
    ".htm": "html", ".xhtml": "html",
}  # fmt: skip
"""What is read in a folder, and as what. A file that is named is read whatever its suffix."""


class UnreadableError(Exception):
    """A file cannot be read as text; the message says why and what to do."""


@dataclass(slots=True)
class Source:
    """The text of a file, and the way back to it."""

    text: str
    layout: Layout
    original: str
    at: list[int] = field(default_factory=lambda: [0])
    """Positions in ``text`` where the way back changes ..."""
    to: list[int] = field(default_factory=lambda: [0])
    """... and the positions in ``original`` that they stand for."""
    _lines: list[int] = field(default_factory=list)

    def place(self, position: int) -> tuple[int, int]:
        """Line and column, both from 1."""
        if not self._lines:
            self._lines = [0, *(m.end() for m in re.finditer(r"\n", self.original))]
        n = bisect_right(self.at, position) - 1
        where = min(self.to[n] + position - self.at[n], len(self.original))
        line = bisect_right(self._lines, where)
        return line, where - self._lines[line - 1] + 1


def decoded(raw: bytes) -> str:
    """The text of a file; :exc:`UnreadableError` for what is none."""
    if len(raw) > LARGEST:
        raise UnreadableError(f"larger than {LARGEST // 1_000_000} MB; split it")
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return _lines(raw.decode("utf-16"))
        except UnicodeDecodeError as error:
            raise UnreadableError("begins as UTF-16 and is not; save it as UTF-8") from error
    if b"\0" in raw:
        raise UnreadableError("not text; name text files only")
    try:
        return _lines(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return _lines(raw.decode("latin-1"))  # what people still save; never fails


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def source(text: str, form: str) -> Source:
    """A text, as the form of its file says: ``prose``, ``data`` or ``html``."""
    if form == "html":
        return _html(text)
    if form == "data":
        return _edited(text, _IN_DATA, laws.data)
    return _edited(text, _IN_PROSE, laws.prose)


def form_of(text: str) -> str:
    """The form of what comes without a name."""
    begin = text[:500].lstrip().lower()
    if begin.startswith(("<!doctype html", "<html")):
        return "html"
    return "data" if begin.startswith(("{", "[{", '["')) else "prose"


# -------------------------------------------------------------------------- prose and data

_ENTITY = (
    r"&(?:nbsp|thinsp|ensp|emsp|amp|sect|ndash|mdash|shy|auml|ouml|uuml|eacute|egrave|agrave"
    r"|\#\d{2,5}|\#x[0-9a-fA-F]{2,4});"
)
_FONT = r"(?:b|strong|i|em|u|s|del|ins|mark|font|sup|sub|q|abbr|cite|bdi|wbr)"
"""Tags that may stand inside a word; all others part two."""
_URL = r"(?:https?|ftp)://[^\s<>\"'`)\]|]{1,2000}"
_IN_PROSE = re.compile(
    rf"""(?P<gone>\*{{1,3}}(?!\s)|(?<=\S)\*{{1,3}}|`{{1,3}}|\[(?!\d{{1,3}}\])|\]\([^()\s]{{0,2000}}(?:\s"[^"\n]{{0,300}}")?\)|\]\[[^\]\n]{{0,100}}\]|\u00ad
        |</?{_FONT}\b[^<>\n]{{0,300}}>)
      |(?P<space></?[a-zA-Z][^<>\n]{{0,300}}>|{_URL})
      |(?P<entity>{_ENTITY})""",
    re.VERBOSE,
)
_IN_DATA = re.compile(
    rf"""(?P<gone>\*{{2,3}}|`|\u00ad)
      |(?P<space>{_URL})
      |(?P<entity>{_ENTITY})
      |(?P<escape>\\(?:u[0-9a-fA-F]{{4}}|[nrt"/\\]))""",
    re.VERBOSE,
)
_ESCAPES = {"n": "\n", "r": "\n", "t": " ", '"': '"', "/": "/", "\\": "\\"}


def _edited(original: str, pattern: re.Pattern[str], layout: Callable[[str], Layout]) -> Source:
    pieces: list[str] = []
    at, to = [0], [0]
    position = length = 0
    for match in pattern.finditer(original):
        kind = match.lastgroup
        put = "" if kind == "gone" else " "
        if kind == "entity":
            put = unescape(match[0])
        elif kind == "escape":
            mark = match[0][1]
            put = chr(int(f"0x{match[0][2:]}", 0)) if mark == "u" else _ESCAPES[mark]
        pieces += (original[position : match.start()], put)
        length += match.start() - position
        at.append(length)
        to.append(match.start())
        length += len(put)
        at.append(length)
        to.append(match.end())
        position = match.end()
    pieces.append(original[position:])
    text = "".join(pieces)
    return Source(text, layout(text), original, at, to)


# ------------------------------------------------------------------------------------ HTML

_BLOCKS = frozenset(
    ("address", "article", "aside", "blockquote", "body", "caption", "dd", "details", "div", "dl", "dt",
     "form", "fieldset", "figcaption", "figure", "footer", "head", "header", "hr", "html", "li", "main",
     "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "tfoot", "thead", "title", "tr", "ul")
)  # fmt: skip
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_FONTS = re.compile(_FONT)
_SILENT = frozenset(("script", "style", "template", "noscript", "svg"))


def _html(original: str) -> Source:
    reader = _Html(original)
    reader.feed(_OPEN.sub("\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}", _uncommented(original)))
    reader.close()
    text = "".join(reader.pieces)
    plain = laws.prose(text)
    sections = sorted({*plain.sections, *reader.sections})
    paragraphs = sorted({*plain.paragraphs, *sections})
    layout = laws.Layout(sorted({*plain.sentences, *paragraphs}), paragraphs, sections)
    return Source(text, layout, original, reader.at, reader.to)


# A tag that is not closed costs html.parser a look at all the rest; with many of them, hours.
_OPEN = re.compile(r"<(?=[^<>]*+(?:<|\Z))")


def _uncommented(text: str) -> str:
    """The text with spaces in place of its comments, so that everything stays where it is."""
    pieces: list[str] = []
    position = 0
    while (begin := text.find("<!--", position)) >= 0 and (end := text.find("-->", begin)) >= 0:
        pieces += (text[position:begin], re.sub(r"[^\n]", " ", text[begin : end + 3]))
        position = end + 3
    return "".join((*pieces, text[position:]))


class _Html(HTMLParser):
    def __init__(self, original: str) -> None:
        super().__init__(convert_charrefs=False)
        self.pieces: list[str] = []
        self.at, self.to, self.sections = [0], [0], [0]
        self._starts = [0, *(m.end() for m in re.finditer(r"\n", original))]
        self._length = 0
        self._silent = 0

    def _put(self, text: str) -> None:
        line, column = self.getpos()
        self.at.append(self._length)
        self.to.append(self._starts[line - 1] + column)
        self.pieces.append(text)
        self._length += len(text)

    def handle_starttag(self, tag: str, attrs: Iterable[object]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag in _HEADINGS:
            self._put("\n\n")
            self.sections.append(self._length)
        elif tag in _BLOCKS:
            self._put("\n\n")
        elif tag in ("td", "th"):
            self._put(" | ")
        elif tag == "br":
            self._put("\n")
        elif not _FONTS.fullmatch(tag) and self.pieces and self.pieces[-1][-1:].isalnum():
            self._put(" ")  # ``<span>CRA</span><span>Article 13</span>``

    def handle_startendtag(self, tag: str, attrs: Iterable[object]) -> None:
        if tag not in _SILENT:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in _BLOCKS or tag in _HEADINGS:
            self._put("\n\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._put(data)

    def handle_entityref(self, name: str) -> None:
        if not self._silent:
            self._put(unescape(f"&{name};"))

    def handle_charref(self, name: str) -> None:
        if not self._silent:
            self._put(unescape(f"&#{name};"))
