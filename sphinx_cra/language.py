"""Languages: our sentences as a reader of a page writes them, and dates with them.

English is what stands in the code; every other language is a catalogue ``sphinx_cra.po``, ours below
``locale/`` or the project's own. It is read as it is, so that no compiled copy of it can be stale.
Translated is what a manufacturer hands on (declaration, information to the user, support line);
what the tool says to its user is not.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from sphinx_cra.words import listed

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from babel import Locale

    from sphinx_cra.product import EndDate

SOURCE = "en"
"""The language of the code."""
DOMAIN = "sphinx_cra"
FOLDER = Path(__file__).parent / "locale"


class LanguageError(Exception):
    """A language that we have no texts in, or whose catalogue is broken; in one sentence."""


@dataclass(frozen=True, slots=True)
class Language:
    """One language: its words, and how it writes a date."""

    tag: str
    """``de``, ``pt-BR``."""
    locale: Locale
    messages: Mapping[str, str]
    """Sentence of ours -> translation; those without one are missing."""

    def say(self, message: str, /, **values: object) -> str:
        """A sentence of ours, with values in it; in English where the catalogue has none that fits."""
        translated = self.messages.get(message, message)
        try:
            return translated.format(**values)
        except (LookupError, ValueError, AttributeError):
            return message.format(**values)

    def day(self, day: dt.date) -> str:
        """``31 December 2032``."""
        from babel.dates import format_date

        return format_date(day, "long", locale=self.locale)

    def end(self, end: EndDate) -> str:
        """``December 2032``, or with its day where that is stated: never less than month and year.

        Every place that people read takes it from here (Article 13(19); Annex II, point 7).
        """
        from babel.dates import format_skeleton

        if len(end.text) > len("2032-12"):
            return self.day(end.last_day)
        return format_skeleton("yMMMM", end.last_day, locale=self.locale)

    def listed(self, words: Sequence[str]) -> str:
        """``A, B and C``."""
        from babel.lists import format_list

        return format_list(words, locale=self.locale)

    def name(self, tag: str) -> str:
        """How this language calls another: ``German``."""
        from babel import Locale, UnknownLocaleError

        try:
            return Locale.parse(tag, sep="-").get_display_name(self.locale) or tag
        except (UnknownLocaleError, ValueError):
            return tag


def english() -> Language:
    """The language of the code, with dates as the Official Journal writes them."""
    return load(SOURCE)


def load(tag: str, folders: Iterable[Path] = ()) -> Language:
    """The language of a tag: ``de``, ``de_AT``, ``pt-BR``.

    :param folders: where a project has catalogues of its own, ``<tag>/LC_MESSAGES/sphinx_cra.po``; they
        come before ours.
    :raises LanguageError: naming the languages that there are.
    """
    tag, folders = tag.strip().replace("_", "-") or SOURCE, tuple(folders)
    path = catalogue(tag, folders)
    if path is None and tag.split("-")[0].lower() != SOURCE:
        known = listed(available(folders), 30)
        raise LanguageError(f"there are no texts in {tag!r}; there are in {known}")
    try:
        changed = path.stat().st_mtime_ns if path else 0
    except OSError as error:
        raise LanguageError(f"{DOMAIN}.po for {tag!r} cannot be read: {error.strerror or error}") from error
    return _load(tag, path, changed)


def available(folders: Iterable[Path] = ()) -> tuple[str, ...]:
    """Every language that there are texts in."""
    found = {SOURCE}
    for folder in (FOLDER, *folders):
        found |= {p.parent.parent.name.replace("_", "-") for p in folder.glob(f"*/LC_MESSAGES/{DOMAIN}.po")}
    return tuple(sorted(found))


def untranslated(found: Language) -> tuple[str, ...]:
    """The sentences that a language has no translation of, so that they stand in English."""
    if found.tag.split("-")[0].lower() == SOURCE:
        return ()
    template = FOLDER / f"{DOMAIN}.pot"
    return tuple(m for m in _ids(template) if m not in found.messages)


@functools.cache
def _ids(template: Path) -> tuple[str, ...]:
    from babel.messages.pofile import read_po

    with template.open("rb") as file:
        return tuple(m.id for m in read_po(file) if isinstance(m.id, str) and m.id)


def catalogue(tag: str, folders: Iterable[Path] = ()) -> Path | None:
    """The file with the translations into a language; None for English, and where there is none."""
    tag = tag.strip().replace("_", "-")
    for wanted in dict.fromkeys((tag, tag.split("-")[0])):
        for folder in (*folders, FOLDER):
            for name in dict.fromkeys((wanted, wanted.replace("-", "_"), wanted.lower())):
                path = folder / name / "LC_MESSAGES" / f"{DOMAIN}.po"
                if _is_name(name) and path.is_file():
                    return path
    return None


def _is_name(name: str) -> bool:
    return 0 < len(name) < 40 and name.isascii() and name.replace("_", "").replace("-", "").isalnum()


@functools.lru_cache(maxsize=32)
def _load(tag: str, path: Path | None, changed: int) -> Language:
    """:param changed: when the file was, so that a process that goes on building reads it anew."""
    from babel import Locale, UnknownLocaleError

    try:
        # Plain ``en`` would be American, and the Official Journal writes 31 December 2032.
        locale = Locale.parse("en-GB" if tag.lower() == SOURCE else tag, sep="-")
    except (UnknownLocaleError, ValueError) as error:
        raise LanguageError(f"{tag!r} is no language: {error}") from error
    return Language(tag=tag, locale=locale, messages=_messages(path) if path else MappingProxyType({}))


def _messages(path: Path) -> Mapping[str, str]:
    from babel.messages.pofile import PoFileError, read_po

    try:
        with path.open("rb") as file:
            entries = read_po(file, abort_invalid=True)
    except PoFileError as error:
        raise LanguageError(f"{path.name}: line {error.lineno + 1}: {error}") from error
    except (OSError, ValueError, LookupError) as error:
        raise LanguageError(f"{path.name} cannot be read: {error}") from error
    return MappingProxyType(
        {
            str(m.id): str(m.string)
            for m in entries
            if m.id and m.string and not m.fuzzy and isinstance(m.id, str) and isinstance(m.string, str)
        }
    )
