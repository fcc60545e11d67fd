"""Which clause somebody means: ``Art. 13(5)``, ``13.5``, ``I.I.2a``, ``annex i part i (2)(a)``, ``CR 1.1``.

Compares what is typed with how clauses are printed, sign by sign left out that says nothing. What is a
sentence, or in another language, is read by ``citation``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sphinx_cra.gate import LAW
from sphinx_cra.model import under

if TYPE_CHECKING:
    from collections.abc import Iterable

_WORD = re.compile(r"[a-z]+|[0-9]+")
_SAYS_NOTHING = frozenset(
    ("part", "point", "points", "paragraph", "para", "subparagraph", "p", "sp", "pt", "of", "the", "to", "no")
)
_MARKS = {"annex": "@annex", "anx": "@annex", "article": "@art", "art": "@art", "articles": "@art"}
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii")
_NUMBERS = {word: str(n) for words in (_ORDINALS, _ROMAN) for n, word in enumerate(words, 1)}
_ARTICLE = re.compile(r"CRA_ART_([0-9]+)((?:_(?:[0-9]+|[A-Z]))*)")

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A clause that can be meant."""

    id: str
    printed: str
    framework: str
    """Its catalogue, with the short name: ``iec62443-4-2 IEC 62443-4-2``."""


def meant(text: str, known: Iterable[Named]) -> tuple[list[str], list[str]]:
    """Ids of the clauses that are named, and of those below the place that is named."""
    if not text.strip():
        return [], []
    known = list(known)
    as_id = re.sub(r"[\s.\-]+", "_", text.strip()).upper()
    exact = [n.id for n in known if n.id.upper() == as_id]
    if exact:
        return exact, []
    below = [n.id for n in known if under(n.id, as_id)]
    if below:
        return [], below
    typed = _key(text)
    keys = [(n, _key(n.printed)) for n in known]
    for one, other in ((typed, None), (_marked(text, typed), LAW)):
        if not one:
            continue
        fitting = [(n, k) for n, k in keys if other is None or n.framework.split()[0] == other]
        exact = [n.id for n, k in fitting if _without_framework(one, k, n) == k]
        if exact:
            return exact, []
        below = [n.id for n, k in fitting if (w := _without_framework(one, k, n)) and k[: len(w)] == w]
        if below:
            return [], below
    cited = _citation(text, known)
    return (cited, []) if len(cited) == 1 else ([], cited)


def _key(text: str) -> Key:
    words = _WORD.findall(text.casefold())
    kept = (_MARKS.get(w, w) for w in words if w not in _SAYS_NOTHING)
    return tuple(_NUMBERS.get(w, w) for w in kept)


def _marked(text: str, key: Key) -> Key:
    """What is typed without *Annex* or *Article*: a Roman number begins an annex, another an article."""
    words = _WORD.findall(text.casefold())
    if not key or key[0].startswith("@"):
        return ()
    return ("@annex" if words[0] in _ROMAN else "@art" if words[0].isdigit() else "@none", *key)


def _without_framework(typed: Key, key: Key, named: Named) -> Key:
    """What is typed, without words at its ends that name the framework."""
    words = set(_WORD.findall(named.framework.casefold()))
    while typed[1:] and typed[-1].isalpha() and typed[-1] in words:
        typed = typed[:-1]
    begin = next((n for n, word in enumerate(typed) if key and word == key[0]), 0)
    return typed[begin:] if set(typed[:begin]) <= words else typed


def _citation(text: str, known: list[Named]) -> list[str]:
    from sphinx_cra.citation import Outcome, clause_at, find

    for found in find(text, assumed=True):
        if found.outcome is Outcome.EXISTS and len(found.text) >= len(text.strip()) - 2:
            return clause_at(found.ids, [n.id for n in known])
    return []


def refused(text: str) -> str:
    """Why a place that is cited is no clause, in a sentence; empty where it is no citation."""
    from sphinx_cra.citation import Outcome, find

    if of_article := _ARTICLE.fullmatch(text.strip().upper()):
        first, rest = of_article.groups()
        text = f"Article {first}" + "".join(f"({step.lower()})" for step in rest.split("_") if step)
    for found in find(text, assumed=True):
        if found.outcome is Outcome.WRONG:
            return found.message
        if found.outcome is Outcome.EXISTS:
            return f"{found.printed} exists, and no catalogue has a clause for it"
    return ""
