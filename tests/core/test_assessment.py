"""One assessment: everything computed once, and the numbers that every rendering repeats."""

from __future__ import annotations

import dataclasses

import pytest

from build import (
    LAW,
    STD,
    assessed,
    control,
    cra,
    evidence,
    exclusion,
    mapping,
    relation,
    requirement,
    risk,
    section,
)
from sphinx_cra.assessment import item_totals
from sphinx_cra.model import Kind, State

WORK = (
    risk("K1"),
    requirement("R1", satisfies="LAW_B"),
    control("C1", implements="R1", satisfies="STD_1"),
    evidence("E1", verifies="C1"),
    exclusion("X1", excludes="LAW_A"),
)


def test_nothing_at_all_is_an_assessment_too() -> None:
    done = assessed(catalogues=())
    assert (done.matrices, done.mistakes, dict(done.rows)) == ((), (), {})
    assert len(done.dossier.points) == 15
    assert done.totals([]) == (dict.fromkeys(State, 0), 0)


def test_every_clause_has_one_row_in_the_order_of_its_catalogue() -> None:
    done = assessed(*WORK)
    for matrix, catalogue in zip(done.matrices, done.catalogues, strict=True):
        assert tuple(r.clause for r in matrix.rows) == catalogue.clauses
    assert list(done.rows) == [c.id for cat in done.catalogues for c in cat.clauses]


def test_the_order_of_items_and_the_day_change_nothing() -> None:
    one = assessed(*WORK, E1="valid")
    two = assessed(*WORK[::-1], E1="valid")
    assert (one.matrices, one.gaps, one.mistakes, one.dossier) == (
        two.matrices,
        two.gaps,
        two.mistakes,
        two.dossier,
    )


def test_totals_count_what_is_asked_and_always_add_up() -> None:
    done = assessed(*WORK, E1="valid")
    counts, total = done.totals(done.matrices[0].rows)
    assert {s.value: n for s, n in counts.items() if n} == {"excluded": 1, "verified": 1}
    assert total == 2
    assert set(counts) == set(State)


def test_totals_of_the_whole_regulation_add_up() -> None:
    done = assessed(requirement("R1", satisfies="CRA_ANX_I_P1_1"), catalogues=(cra(),))
    counts, total = done.totals(done.matrices[0].rows)
    assert sum(counts.values()) == total == sum(1 for r in done.matrices[0].rows if r.clause.asked)
    assert counts[State.PLANNED] == 1


def test_a_point_of_annex_vii_that_does_not_apply_leaves_the_total() -> None:
    _, before = (one := assessed(catalogues=(cra(),))).totals(one.matrices[0].rows)
    two = assessed(catalogues=(cra(),), sections=(section("1c", not_applicable="Software."),))
    _, after = two.totals(two.matrices[0].rows)
    assert after == before - 1


def test_clauses_are_printed_with_their_framework() -> None:
    done = assessed()
    assert done.printed("STD_1") == "STD point STD_1"
    assert done.printed("NOWHERE") == "NOWHERE"


def test_a_mapping_is_read_from_its_supporting_end_too() -> None:
    rows = mapping(relation("LAW_B", "STD_1"), relation("LAW_A", "STD_1"), relation("LAW_B", "STD_1"))
    done = assessed(mappings=(rows,))
    assert [r.clause for r in done.supported_by("STD_1")] == ["LAW_B", "LAW_A", "LAW_B"]
    assert done.supported_by("STD_2") == ()


def test_a_matrix_is_found_by_its_catalogue() -> None:
    done = assessed(catalogues=(LAW, STD))
    assert done.matrix("std") is done.matrices[1]
    assert done.matrix("cra") is None


def test_items_are_counted_by_kind() -> None:
    assert item_totals(assessed(*WORK).trace) == dict.fromkeys(Kind, 1)


def test_an_assessment_is_read_only() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        assessed().mistakes = ()  # type: ignore[misc]


def test_no_word_of_ours_says_compliant() -> None:
    done = assessed(*WORK, mappings=(mapping(relation("LAW_B", "STD_1")),), E1="valid")
    said = [r.reason + r.way_out for r in done.rows.values()]
    said += [str(f) for f in (*done.gaps, *done.mistakes)]
    said += [s for p in done.dossier.points for s in p.lacks]
    assert not [s for s in said if "complian" in s.lower() or "complies" in s.lower()]
