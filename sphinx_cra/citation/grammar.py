"""How people cite: ``Annex I, Part I, point (2)(d)``, ``Art. 13 Abs. 8 UAbs. 2``, ``annexe I, 2 l)``.

Reads English, German and French from left to right, each character a bounded number of times. Knows
the form of a citation and nothing of what exists or of whose law it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sphinx_cra.citation.structure import ROMAN, Address, Step

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Reading:
    """One address that a text cites, and where."""

    start: int
    end: int
    address: Address
    to: Address | None = None
    """The other end of a range."""
    group: int = 0
    """Addresses that are read in one go (``Articles 13(8) and 14(2)``) share it."""
    section: bool = False
    """Whether it speaks of a *section*, as the proposal of the Act did."""


# One line end may lie in a citation, with what quotes and comments put before the next line.
_WS = r"(?:[^\S\n]*+(?:\n[^\S\n]*+(?:(?:>|\#|//|\*)[^\S\n]*+)*+)?+)"
_ROMAN = r"(?:[IVX]{1,5}|[ivx]{1,5})"
_NO = r"(?![\w])"

_HEAD = re.compile(
    r"""(?:(?<![\w.\-@])|(?<=CRA-)|(?<=Act-))
    (?:(?P<art>[Aa]rticles?|ARTICLES?|[Aa]rtikel[ns]?|[Aa]rts?\.|Arts?|ARTS?\.?)
      |(?P<anx>(?i:annex(?:es|e|en|s)?|anhang(?:es|s)?|anhänge[n]?|anx\.|anh\.)))
    """
    rf"(?:-|{_WS})(?:(?i:no\.|nr\.|n°){_WS})?"
    rf"(?<=[-\s.°])(?P<label>\d{{1,3}}|{_ROMAN}){_NO}",
    re.VERBOSE,
)
_PLURAL = re.compile(r"(?i)(articles|artikeln|arts|annexes|anhänge)")

_PART = (
    r"(?P<part>parts?|pt\.?(?=\s?I)|teil(?:e|s|en)?|parties?|sections?|sect\.|abschnitte?|"
    r"class(?:es?)?|klassen?)"
)
_PARA = r"(?P<para>paragraphs?|paras?\.?|par\.|absatz(?:es)?|absätze[n]?|abs\.|paragraphes?)"
_LETTER = r"(?P<letter>buchstaben?s?|buchst\.|litt?\.|letters?|lettres?)"
_POINT = (
    r"(?P<point>(?:sub-?)?points?|punkte?[ns]?|items?|nummern?|nrn?\.|nos?\.?|numbers?|n[°o]\.?|ziffern?|ziff\.|"
    r"requirements?|reqs?\.|category|categories|§{1,2})"
)
_SUB = (
    r"(?P<sub>(?P<ordinal>first|second|third|fourth|fifth|sixth|seventh|eighth|[1-8](?:st|nd|rd|th)|"
    r"erste[rns]?|zweite[rns]?|dritte[rns]?|vierte[rns]?|fünfte[rns]?|sechste[rns]?|"
    r"premier|deuxième|troisième|quatrième|cinquième|sixième)\s(?:sub-?paragraphs?|subpara\.?|unterabsatz(?:es)?|"
    r"alinéas?)|(?:sub-?paragraph|unterabsatz|unterabs\.|uabs\.|alinéa|al\.)\s?(?P<nth>[1-8])(?!\w))"
)
_KEY = re.compile(rf"(?i)(?:{_SUB}|(?:{_PART}|{_PARA}|{_LETTER}|{_POINT})(?<![a-zäéà](?=\w)))")
_ORDINALS = {
    word: str(n)
    for n, words in enumerate(
        (
            "first 1st erste erster ersten erstes premier",
            "second 2nd zweite zweiter zweiten zweites deuxième",
            "third 3rd dritte dritter dritten drittes troisième",
            "fourth 4th vierte vierter vierten viertes quatrième",
            "fifth 5th fünfte fünfter fünften fünftes cinquième",
            "sixth 6th sechste sechster sechsten sechstes sixième",
            "seventh 7th",
            "eighth 8th",
        ),
        start=1,
    )
    for word in words.split()
}

_MANY = ("points", "paragraphs", "paragraphes", "absätze", "absätzen", "nummern", "items", "§§", "nrn.")

_COMMA = re.compile(rf"{_WS}(?:,{_WS})?")
_APART = re.compile(rf"{_WS}(?:[,:/]{_WS})?")
"""Between the parts of one citation, where the next begins with a word: ``Annex I: Part I / point 3``."""
_PAREN = re.compile(
    rf"(?:\.(?=\()|{_WS})\({_WS}(?P<label>\d{{1,2}}[a-z]?|[a-z]|[ivx]{{2,5}}){_WS}"
    rf"(?:(?:–|—|-|to|bis|à){_WS}(?P<to>\d{{1,2}}|[a-z]|[ivx]{{2,5}}){_WS})?\)"
)
_CLOSED = re.compile(rf"{_WS}(?P<label>\d{{1,2}}|[a-z]|[ivx]{{2,5}})\)")
_DOTTED = re.compile(rf"\.(?P<label>\d{{1,2}}|[a-z]|{_ROMAN}){_NO}")
_GLUED = re.compile(rf"(?P<label>[a-z]){_NO}")
_NUMBER = re.compile(rf"{_WS}(?P<label>\d{{1,2}})(?![\d%°/]|[.,:]\d|\w\w)")
_ALONE = re.compile(rf"{_WS}(?P<label>[b-z])(?=[,;)\]|\"`]|'(?!\w)|\.\s|{_WS}$|\n\n)")
_KEYED = re.compile(rf"{_WS}(?P<label>\d{{1,2}})(?![\d%°]|\w\w|/\d{{3}})")
_DIGIT = re.compile(rf"{_WS}\(?\d")
_PARTLABEL = re.compile(rf"{_WS}(?P<label>\d|{_ROMAN}){_NO}")
_SUBDIVIDED = re.compile(r"\.\d")
_LETTERLABEL = re.compile(rf"{_WS}\(?(?P<label>[a-z]|[ivx]{{2,5}})(?:\)|{_NO})")
_ARTICLE = re.compile(rf"{_WS}(?P<label>\d{{1,3}}){_NO}")
_ANNEX = re.compile(rf"{_WS}(?P<label>{_ROMAN}){_NO}")
_AND = re.compile(
    rf"{_WS}(?:,|;|/|&|\+|and/or\b|and\b|or\b|und\b|oder\b|sowie\b|et\b|ou\b|as{_WS}well{_WS}as\b)"
    rf"(?:{_WS}(?:and|or|und|oder|et|ou)\b)?"
)
# A dash at the begin of a line is the next entry of a list, and no range.
_TO = re.compile(rf"{_WS}(?:to\b|through\b|thru\b|bis\b|à(?!\w)|\.\.\.?)|[^\S\n]*+(?:–|—|-)")
_OF = re.compile(
    rf"{_WS}(?:,{_WS})?(?:(?:of|in|to|under|der|des|dem|von|vom|zu|zum|in|im|de|du|à)\b{_WS}|d['’]|l['’])"
    rf"(?:(?:the|this|la|l['’]|le|der|dem|des){_WS})?"
)
# What follows a bare number and makes it a count: ``72 hours``, ``10 requirements``.
_COUNTS = re.compile(
    rf"{_WS}(?!(?:and|or|of|to|in|und|oder|der|des|et|ou|de|du|the|CRA|as|is|are|ist|sind|bis|through|for|on|"
    rf"with|are|shall|must|require|requires|verlangt|fordert|sets|lists|says|apply|applies|lit|point|points|"
    rf"letter|buchstabe|absatz|abs|para|paragraph|which|that|under|when|while|where|if|from|gilt|gelten)\b)"
    r"[a-zäöüéà]{2,}|%|\s?[€$]"
)
_UNITS = re.compile(
    rf"(?i)(?:{_WS}|-)(?:h(?!\))|hours?|days?|weeks?|months?|years?|std|stunden|tagen?|monate[n]?|jahre[n]?|heures?|"
    r"jours?|mois|ans|minutes?|percent|prozent|times|pages?)\b|\s?[%€$]"
)

_TRIGGER = re.compile(
    rf"(?<!\w)(?:(?P<head>{_HEAD.pattern})|(?<![.\-])(?P<key>(?i:sub-?points?|points?|paragraphs?|paragraphes?|"
    r"parts?|teil|partie|class|klasse|punkt|nummer|buchstabe|lit\.|absatz|abs\.|"
    r"(?:first|second|third|fourth|fifth|sixth|deuxième|premier|troisième)\ssub-?paragraph|unterabsatz)(?!\w)))",
    re.VERBOSE,
)
_CUE = re.compile(r"(?i)art(?:\b|ic|ik|s)|annex|anhang|anhäng|anx\.|anh\.")


def cued(text: str) -> bool:
    """Whether a text can hold a citation at all; quick."""
    return _CUE.search(text) is not None


def read(text: str) -> Iterator[Reading]:
    """Every citation of an Article or Annex in a text, from left to right."""
    if not cued(text):
        return
    position = group = 0
    while (found := _TRIGGER.search(text, position)) is not None:
        group += 1
        reader = _Reader(text, group)
        head = found["head"] is not None
        position = reader.head(found) if head else reader.reversed(found.start())
        yield from reader.found
        position = max(position, found.start() + 1)


class _Reader:
    """Reads one citation, or several that hang together."""

    def __init__(self, text: str, group: int) -> None:
        self.text = text
        self.group = group
        self.found: list[Reading] = []
        self.section = False
        self.keyed = ""
        """``single`` or ``many`` after a number without brackets that a word announced (``Abs. 9``)."""

    # ------------------------------------------------------------------ one whole citation

    def head(
        self, match: re.Match[str], *, start: int | None = None, under: list[_Member] | None = None
    ) -> int:
        """Read from the word *Article* or *Annex* on; returns where it ends."""
        kind = "article" if match["art"] else "annex"
        label = match["label"]
        if kind == "article" and not label.isdigit():
            return match.end()
        plural = bool(_PLURAL.match(match["art"] or match["anx"]))
        if kind == "annex" and (number := _annex(label)) is None:
            return match.end()
        top = Step(kind, str(int(label)) if kind == "article" else number or "")
        begin = match.start() if start is None else start
        if under:
            # ``Part I of Annex I, point (2)``: what stands before comes in where it belongs
            path, end = self._components(match.end(), (top,))
            for member in under:
                self._add(member.start, end if member is under[-1] else member.end, path, member)
            return end
        return self._members(match.end(), (top,), begin, plural=plural)

    def reversed(self, start: int) -> int:
        """Read ``point (5) of Part II of Annex I``; nothing where no head follows."""
        members, end = self._keyed(start)
        if not members:
            return end
        position = end
        chain: list[tuple[Step, ...]] = []
        while (of := _OF.match(self.text, position)) is not None:
            found = _HEAD.match(self.text, of.end())
            if found is not None:
                for steps in chain:
                    members = [m.below(steps) for m in members]
                return self.head(found, start=start, under=members)
            more, position = self._keyed(of.end())
            if len(more) != 1:
                return max(end, position)
            chain.append(more[0].steps)
            end = position
        return max(end, start + 1)

    # --------------------------------------------------------------------------- members

    def _keyed(self, position: int) -> tuple[list[_Member], int]:
        """Members of a list that begins with a word: ``points (1) and (2)(a)``."""
        steps, end = self._components(position, ())
        if not steps:
            return [], position + 1
        members = [_Member(position, end, steps)]
        while True:
            to = _TO.match(self.text, end)
            link = to or _AND.match(self.text, end)
            if link is None:
                return members, end
            more, after = self._sibling(link.end(), members[-1].steps, plural=True)
            if not more:
                return members, end
            if to is not None and members[-1].to is None:
                members[-1] = _Member(members[-1].start, after, members[-1].steps, more)
            else:
                members.append(_Member(link.end(), after, more))
            end = after

    def _members(self, position: int, path: Address, start: int, *, plural: bool) -> int:
        path, end = self._components(position, path)
        end = self._add(start, end, path)
        while True:
            to = _TO.match(self.text, end)
            link = to or _AND.match(self.text, end)
            if link is None:
                return end
            begin = _COMMA.match(self.text, link.end()).end()  # type: ignore[union-attr]  # matches always
            if _HEAD.match(self.text, begin):
                return end  # a head of its own: the next citation
            if ";" in link[0]:
                return end  # ``per Annex V; (c) the marking``
            more, after = self._sibling(link.end(), path, plural=plural or to is not None)
            if not more:
                return end
            if to is not None and self.found[-1].to is None:
                last = self.found[-1]
                self.found[-1] = Reading(last.start, after, last.address, more, last.group, last.section)
            else:
                after = self._add(begin, after, more)
            path, end = more, after

    def _sibling(self, position: int, path: Address, *, plural: bool) -> tuple[Address, int]:
        """The next member of a list, as an address; nothing where there is none."""
        top = path[0].kind if path and path[0].kind in ("article", "annex") else ""
        if not self._label_follows(position):
            if top == "article" and (found := _ARTICLE.match(self.text, position)) and self.keyed != "many":
                if self.keyed:
                    return (), position  # ``Abs. 9 und 13``: another paragraph or another Article?
                count = _UNITS if plural else _COUNTS
                if not count.match(self.text, found.end()) and int(found["label"]):
                    return self._components(found.end(), (Step("article", str(int(found["label"]))),))
                return (), position
            if top and (found := _ANNEX.match(self.text, position)):
                label = _annex(found["label"])
                single = found["label"] in ("I", "i", "v", "x") and not plural
                if label is None or single or (found["label"].islower() and not plural):
                    return (), position
                if path[-1].kind in ("part", "class"):
                    return self._components(found.end(), (*path[:-1], Step(path[-1].kind, label)))
                if top == "annex" and len(path) == 1:
                    return self._components(found.end(), (Step("annex", label),))
                return (), position
        base = path[:1] if top else ()
        below = path[len(base) :]
        comma = _COMMA.match(self.text, position)
        assert comma is not None
        if key := _KEY.match(self.text, comma.end()):
            kind = _kind(key, top == "article", bool(_DIGIT.match(self.text, key.end())))
            kept = _until(below, kind)
            return self._components(position, (*base, *kept), must=True)
        for pattern in (_PAREN, _CLOSED):
            if found := pattern.match(self.text, position):
                if _COUNTS.match(self.text, found.end()):
                    return (), position  # ``, (b) an importer``: a list of its own
                kept = _until(below, _labelled(found["label"], below))
                return self._components(position, (*base, *kept), must=True)
        if below and below[-1].kind == "number" and (found := _NUMBER.match(self.text, position)):
            if _COUNTS.match(self.text, found.end()) or self.text[found.end() : found.end() + 2][:1] == "(":
                return (), position  # ``Annex V, 28(3)``: the second is an Article
            kept = _until(below, "number")
            step = Step("number", found["label"])
            return self._components(found.end(), (*base, *kept, step))
        return (), position

    def _label_follows(self, position: int) -> bool:
        return _PAREN.match(self.text, position) is not None

    # ------------------------------------------------------------------------ components

    def _components(self, position: int, path: Address, *, must: bool = False) -> tuple[Address, int]:
        """Steps below a head, as far as they go. ``must``: nothing at all where there is not one."""
        begun = path
        while True:
            after = self._component(position, path)
            if after is None:
                break
            path, position = after
        if must and path == begun:
            return (), position
        return path, position

    def _component(self, position: int, path: Address) -> tuple[Address, int] | None:
        text = self.text
        annex = bool(path) and path[0].kind == "annex"
        last = path[-1].kind if path else ""
        comma = _COMMA.match(text, position)
        assert comma is not None
        apart = _APART.match(text, position) if annex else comma
        assert apart is not None
        key = _KEY.match(text, apart.end())
        if key is not None and (path or comma.end() == position):
            return self._after_key(key, path)
        if not path:
            return None
        if last in ("article", "annex", "part", "class", "number", "letter", "sub") and (
            found := _PAREN.match(text, position)
            or (_PAREN.match(text, comma.end()) if last == "part" else None)
        ):
            return self._labels(found, path)
        if last != "letter" and (found := _DOTTED.match(text, position)):
            label = found["label"]
            if label.isdigit() or (last == "number" and label.islower() and len(label) == 1):
                return (*path, *_step(label, path)), found.end()
            if last == "annex" and (part := _annex(label)) and label.isupper():
                return (*path, Step("part", part)), found.end()
            return None
        if last == "number" and text[position - 1].isdigit() and (found := _GLUED.match(text, position)):
            return (*path, Step("letter", found["label"])), found.end()
        if last == "number" and (found := _CLOSED.match(text, position)) and not found["label"].isdigit():
            return (*path, *_step(found["label"], path)), found.end()
        closed = last == "sub" or (last == "number" and text[position - 1] == ")")  # ``point 2), d)``
        if closed and (found := _CLOSED.match(text, comma.end())) and found["label"].isalpha():
            return (*path, *_step(found["label"], path)), found.end()
        if last == "number" and annex and (found := _ALONE.match(text, position)):
            return (*path, Step("letter", found["label"])), found.end()
        if annex and last in ("part", "class", "annex"):
            found = _NUMBER.match(text, comma.end()) if last != "annex" else _NUMBER.match(text, position)
            if found is None or _COUNTS.match(text, found.end()) or _UNITS.match(text, found.end()):
                return None
            if last == "annex":  # ``Annex I 2(d)``; ``Annex I 2`` may be anything
                after = _PAREN.match(text, found.end()) or _GLUED.match(text, found.end())
                if after is None or text[found.end()].isspace():
                    return None
            return (*path, Step("number", found["label"])), found.end()
        return None

    def _after_key(self, key: re.Match[str], path: Address) -> tuple[Address, int] | None:
        text = self.text
        if key["sub"]:
            nth = key["nth"] or _ORDINALS[key["ordinal"].lower()]
            return (*path, Step("sub", nth)), key.end()
        position = key.end()
        if key["part"]:
            found = _PARTLABEL.match(text, position)
            label = _annex(found["label"]) if found else None
            if found is None or label is None or (path and path[0].kind == "article"):
                return None
            word = key["part"].lower()
            if _SUBDIVIDED.match(text, found.end()) and not (path and word[0] in "pt"):
                return None  # ``Part 1.3``, ``Annex III, section 1.1.9`` of something else
            if any(s.kind in ("part", "class") for s in path):  # ``Part II, Section 1``
                again = word[:3] in ("sec", "abs") and found["label"].isdigit()
                if not again or path[-1].kind not in ("part", "class"):
                    return None
                return (*path, Step("number", found["label"])), found.end()
            self.section |= word[:3] in ("sec", "abs")
            kind = "class" if word[0] in "ck" else "part"
            return (*path, Step(kind, label)), found.end()
        if key["letter"]:
            found = _LETTERLABEL.match(text, position)
            return ((*path, *_step(found["label"], path, letter=True)), found.end()) if found else None
        if found := _PAREN.match(text, position):
            return self._labels(found, path)
        if found := _CLOSED.match(text, position):
            return (*path, *_step(found["label"], path)), found.end()
        found = _KEYED.match(text, position)
        if found is None or _UNITS.match(text, found.end()):
            return None
        self.keyed = "many" if key[0].lower() in _MANY else "single"
        if key["point"] and not path and key["point"][:1] in "nN" and key["point"][:6].lower() != "nummer":
            return None
        return (*path, Step("number", found["label"])), found.end()

    def _labels(self, found: re.Match[str], path: Address) -> tuple[Address, int] | None:
        label = found["label"]
        spaced = found[0][0] != "("
        if label[0].isdigit() and len(label) > 1 and label[-1].isalpha():
            number, letter = label[:-1], label[-1]
            if (path[-1:] and path[-1].label, label) == ("32", "5a"):
                return (*path, Step("number", label)), found.end()
            if spaced or letter > "m" or letter in "dh":  # ``(24h)``, ``(14d)``
                return None
            return (*path, Step("number", number), Step("letter", letter)), found.end()
        if spaced and label.isdigit() and int(label) > 60:
            return None
        return (*path, *_step(label, path)), (found.end("label") if found["to"] else found.end())

    def _add(self, start: int, end: int, path: Address, member: _Member | None = None) -> int:
        to = None
        if member is not None:
            to = _merged(path, member.to) if member.to else None
            path = _merged(path, member.steps)
        if to is None and (inner := _INNER.match(self.text, end)):
            # ``(2)(a-c)``: the range lies inside the brackets
            to = (*path[:-1], Step(path[-1].kind, inner["to"]))
            end = inner.end()
        self.found.append(Reading(start, end, path, to, self.group, self.section))
        return end


_INNER = re.compile(rf"{_WS}(?:–|—|-|to|bis|à){_WS}(?P<to>\d{{1,2}}|[a-z]|[ivx]{{2,5}}){_WS}\)")


@dataclass(frozen=True, slots=True)
class _Member:
    start: int
    end: int
    steps: Address
    to: Address | None = None

    def below(self, steps: Address) -> _Member:
        to = _merged(steps, self.to) if self.to else None
        return _Member(self.start, self.end, _merged(steps, self.steps), to)


def _annex(label: str) -> str | None:
    """``vii`` and ``7`` are Annex VII; None for what is no number of a part or an Annex."""
    if label.isdigit():
        return ROMAN[int(label) - 1] if 0 < int(label) <= len(ROMAN) else None
    return label.upper() if label.upper() in ROMAN else None


_ORDER = {"article": 0, "annex": 0, "part": 1, "class": 1, "number": 2, "sub": 3, "letter": 4, "roman": 5}


def _merged(path: Address, steps: Address) -> Address:
    """``Annex I, point (2)`` with ``Part I`` before it: in the order of the law."""
    return tuple(sorted((*path, *steps), key=lambda s: _ORDER[s.kind]))


def _step(label: str, path: Address, *, letter: bool = False) -> Address:
    if label.isdigit():
        return (Step("number", str(int(label))),)
    if path and path[-1].kind == "letter" and not letter and set(label) <= set("ivx"):
        return (Step("roman", label),)
    return (Step("letter", label),) if len(label) == 1 else (Step("roman", label),)


def _labelled(label: str, below: Address) -> str:
    """What kind of step a label is, that follows others in a list."""
    if label[0].isdigit():
        return "number"
    if below and below[-1].kind == "roman" and set(label) <= set("ivx"):
        return "roman"
    return "letter" if len(label) == 1 else "roman"


def _kind(key: re.Match[str], article: bool, digit: bool) -> str:
    if key["sub"]:
        return "sub"
    if key["part"]:
        return "part"
    if key["letter"]:
        return "letter"
    return "number" if key["para"] or not article or digit else "point"


def _until(below: Address, kind: str) -> Address:
    """The steps above the first of a kind: what the next member of a list shares with the one before."""
    if kind == "point":  # ``Article 14(2), points (a) and (b)``: as the label says
        return below if not below or below[-1].kind == "number" else _until(below, below[-1].kind)
    kept = []
    for step in below:
        if _ORDER[step.kind] >= _ORDER[kind]:
            break
        kept.append(step)
    return tuple(kept)
