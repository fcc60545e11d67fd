"""Languages: the German catalogue is whole, a project may bring its own, and broken ones say so."""

from __future__ import annotations

import datetime as dt
import string
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from sphinx_cra import language
from sphinx_cra.language import LanguageError
from sphinx_cra.product import EndDate

RENDER = Path(language.__file__).parent / "render"
TEXTS = (RENDER / "declaration.py", RENDER / "user_information.py")


def in_code() -> list[str]:
    found = (m for path in TEXTS for _, m, _, _ in extract_from_file("python", path, keywords={"say": None}))
    return list(dict.fromkeys(str(m) for m in found))


def in_file(path: Path) -> dict[str, str]:
    with path.open("rb") as file:
        return {str(m.id): str(m.string) for m in read_po(file, abort_invalid=True) if m.id and not m.fuzzy}


def own(folder: Path, tag: str, text: str | bytes) -> Path:
    path = folder / tag / "LC_MESSAGES" / "sphinx_cra.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


PO = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'


def test_the_template_has_exactly_the_texts_of_the_code() -> None:
    assert list(in_file(language.FOLDER / "sphinx_cra.pot")) == in_code()


def test_german_has_every_text_and_no_other() -> None:
    german = in_file(language.FOLDER / "de" / "LC_MESSAGES" / "sphinx_cra.po")
    assert list(german) == in_code()
    assert all(german.values())
    assert language.untranslated(language.load("de")) == ()


def test_a_translation_has_the_values_of_its_text() -> None:
    def values(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    german = in_file(language.FOLDER / "de" / "LC_MESSAGES" / "sphinx_cra.po")
    assert {m for m, t in german.items() if values(m) != values(t)} == set()


@pytest.mark.parametrize("tag", ["de", "de-AT", "de_CH", "DE"])
def test_a_region_takes_the_texts_of_its_language(tag: str) -> None:
    assert language.load(tag).say("Manufacturer") == "Hersteller"


@pytest.mark.parametrize("tag", ["xx", "fr", "../de", "de/../..", "d" * 1000, "日本"])
def test_an_unknown_language_is_answered_with_those_that_there_are(tag: str) -> None:
    with pytest.raises(LanguageError, match="there are in de and en"):
        language.load(tag)


def test_a_project_adds_a_language_and_changes_a_word_of_ours(tmp_path: Path) -> None:
    folder = own(tmp_path, "fr", PO + 'msgid "Manufacturer"\nmsgstr "Fabricant"\n')
    own(tmp_path, "de", PO + 'msgid "Manufacturer"\nmsgstr "Der Hersteller"\n')
    french = language.load("fr", [folder])
    assert french.say("Manufacturer") == "Fabricant"
    assert french.say("Address") == "Address"
    assert french.end(EndDate(text="2032-12", last_day=dt.date(2032, 12, 31))) == "décembre 2032"
    assert "Address" in language.untranslated(french)
    assert language.load("de", [folder]).say("Manufacturer") == "Der Hersteller"
    assert language.available([folder]) == ("de", "en", "fr")


def test_a_changed_catalogue_is_read_anew(tmp_path: Path) -> None:
    import os

    folder = own(tmp_path, "fr", PO + 'msgid "Manufacturer"\nmsgstr "Fabricant"\n')
    assert language.load("fr", [folder]).say("Manufacturer") == "Fabricant"
    own(tmp_path, "fr", PO + 'msgid "Manufacturer"\nmsgstr "Producteur"\n')
    os.utime(folder / "fr" / "LC_MESSAGES" / "sphinx_cra.po", ns=(1, 1))
    assert language.load("fr", [folder]).say("Manufacturer") == "Producteur"


@pytest.mark.parametrize(
    "text",
    [
        PO + "msgid Manufacturer\n",
        b'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "A"\nmsgstr "\xff"\n',
        b'msgid ""\nmsgstr "Content-Type: text/plain; charset=none\\n"\n\nmsgid "A"\nmsgstr "b"\n',
    ],
    ids=["no quotes", "not UTF-8", "no such charset"],
)
def test_a_broken_catalogue_is_one_sentence(tmp_path: Path, text: str | bytes) -> None:
    with pytest.raises(LanguageError, match=r"^sphinx_cra\.po"):
        language.load("fr", [own(tmp_path, "fr", text)])


@pytest.mark.parametrize("broken", ["Nr. {nummer}", "Nr. {", "Nr. {number.x}", "Nr. {0}"])
def test_a_translation_whose_values_do_not_fit_gives_way_to_english(tmp_path: Path, broken: str) -> None:
    folder = own(tmp_path, "de", PO + f'msgid "No {{number}}"\nmsgstr "{broken}"\n')
    assert language.load("de", [folder]).say("No {number}", number="7") == "No 7"


def test_a_fuzzy_translation_is_none(tmp_path: Path) -> None:
    folder = own(tmp_path, "fr", PO + '#, fuzzy\nmsgid "Manufacturer"\nmsgstr "Marchand"\n')
    assert language.load("fr", [folder]).say("Manufacturer") == "Manufacturer"
