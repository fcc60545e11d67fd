"""Clauses as people write them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sphinx_cra import catalogue, explaining, spelling
from sphinx_cra.codes import of
from sphinx_cra.legal import rules
from sphinx_cra.model import Code

if TYPE_CHECKING:
    from sphinx_cra.spelling import Named

ACT = catalogue.load("cra", root=Path())


@pytest.fixture(scope="module")
def known() -> list[Named]:
    return explaining.of_shipped()


@pytest.mark.parametrize(
    ("typed", "clause"),
    [
        ("cra_anx_i_p1_2_a", "CRA_ANX_I_P1_2_A"),
        ("CRA-ANX-I-P1-2-A", "CRA_ANX_I_P1_2_A"),
        ("Annex I Part I (2)(a)", "CRA_ANX_I_P1_2_A"),
        ("Annex I, Part I, point (2)(a)", "CRA_ANX_I_P1_2_A"),
        ("I.I.2a", "CRA_ANX_I_P1_2_A"),
        ("annex vii 2b", "CRA_ANX_VII_2_B"),
        ("Art. 13(5)", "CRA_ART_13_5"),
        ("article 13 (5) CRA", "CRA_ART_13_5"),
        ("13.5", "CRA_ART_13_5"),
        ("13(8) third subparagraph", "CRA_ART_13_8_SP3"),
        ("Anhang I Teil I Nummer 2 Buchstabe a", "CRA_ANX_I_P1_2_A"),
        ("CR 1.1", "IEC62443_4_2_CR_1_1"),
        ("IEC 62443-4-2 CR 1.1 RE(1)", "IEC62443_4_2_CR_1_1_RE_1"),
        ("svv-3", "IEC62443_4_1_SVV_3"),
        ("SSDF PW.4.1", "SSDF_PW_4_1"),
    ],
)
def test_a_clause_is_found_however_it_is_written(typed: str, clause: str, known: list[Named]) -> None:
    assert spelling.meant(typed, known) == ([clause], [])


def test_the_printed_form_of_every_clause_of_the_act_names_it(known: list[Named]) -> None:
    assert len(ACT.clauses) == 305
    lost = [c.id for c in ACT.clauses if spelling.meant(c.printed, known)[0] != [c.id]]
    assert lost == []


@pytest.mark.parametrize("typed", ["Annex I", "CRA_ANX_I", "Article 13", "13"])
def test_a_place_above_clauses_names_those_below(typed: str, known: list[Named]) -> None:
    exact, below = spelling.meant(typed, known)
    assert (exact, len(below) > 10) == ([], True)


@pytest.mark.parametrize(
    "typed", ["", "x", "?", "\x00", "((((", "9" * 5000, "Art. 99", "CRA_ART_99", "13.99"]
)
def test_what_names_nothing_finds_nothing(typed: str, known: list[Named]) -> None:
    assert spelling.meant(typed, known) == ([], [])
    with pytest.raises(explaining.UnknownError, match="nothing is named"):
        explaining.explain(typed, None)


def test_a_place_without_a_clause_is_told_from_one_that_does_not_exist() -> None:
    assert "exists, and no catalogue has a clause" in spelling.refused("CRA_ART_3_1")
    assert "71 Articles" in spelling.refused("CRA_ART_99")


def test_everything_that_is_shipped_is_explained() -> None:
    for name in [*(f"cra.{c.value}" for c in Code), *(r.id for r in rules()), *(c.id for c in ACT.clauses)]:
        said = explaining.explain(name, None)
        assert all((said.title, *said.why)), name
    assert all(of(c).way_out and of(c).example for c in Code)


def test_a_shell_completes_all_ids_without_reading_catalogues() -> None:
    assert set(explaining.shipped_ids()) >= {n.id for n in explaining.of_shipped()}
    assert explaining.begins("r6", [])[0] == "R60"
