"""What a change makes suspect, how far it reaches, and what an accepted review settles."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from build import LAW, STD, assessed, control, evidence, requirement, trace
from sphinx_cra import suspect
from sphinx_cra.catalogue import Clauses
from sphinx_cra.datafile import DataError
from sphinx_cra.model import Code

if TYPE_CHECKING:
    from pathlib import Path

    from sphinx_cra.model import Item
    from sphinx_cra.suspect import Reviews

CLAUSES = Clauses((LAW, STD))
REQ = replace(requirement("R1", satisfies="LAW_A"), content="The user logs in.")
CTL = replace(control("C1", implements="R1"), content="By password.")
EVI = evidence("E1", verifies="C1")
ITEMS = (REQ, CTL, EVI)


def reviewed(*items: Item) -> Reviews:
    prints = suspect.fingerprints(trace(items), CLAUSES)
    return suspect.accepted({}, items, prints, by="Ada", why="read it")


def found(items: tuple[Item, ...], reviews: Reviews) -> list[tuple[str, str, tuple[str, ...], int]]:
    return [
        (s.item.id, s.cause, s.changed, s.distance) for s in suspect.suspects(trace(items), CLAUSES, reviews)
    ]


def test_nothing_is_suspect_after_a_review() -> None:
    assert found(ITEMS, reviewed(*ITEMS)) == []


def test_nothing_is_suspect_that_nobody_reviewed() -> None:
    assert found((replace(REQ, content="Other."), CTL, EVI), {}) == []


def test_a_changed_requirement_makes_its_controls_suspect_and_their_evidence_one_step_further() -> None:
    changed = (replace(REQ, content="The user logs in twice."), CTL, EVI)
    assert found(changed, reviewed(*ITEMS)) == [
        ("C1", "R1", ("content",), 1),
        ("E1", "R1", ("content",), 2),
    ]


@pytest.mark.parametrize("content", ["The  user\n   logs in.", "\tThe user logs in.\n\n"])
def test_line_wraps_raise_nothing(content: str) -> None:
    assert found((replace(REQ, content=content), CTL, EVI), reviewed(*ITEMS)) == []


def test_status_and_review_data_raise_nothing() -> None:
    changed = replace(CTL, status="done")
    proof = replace(EVI, fields={"date": "2027-01-01", "version": "9", "sha256": "0" * 64})
    assert found((REQ, changed, proof), reviewed(*ITEMS)) == []


def test_a_changed_clause_reaches_everything_that_rests_on_it() -> None:
    clauses = [replace(c, summary="Something else.") if c.id == "LAW_A" else c for c in LAW.clauses]
    changed = Clauses((replace(LAW, clauses=tuple(clauses)), STD))
    seen = suspect.suspects(trace(ITEMS), changed, reviewed(*ITEMS))
    assert [(s.item.id, s.cause, s.distance) for s in seen] == [
        ("C1", "LAW_A", 2),
        ("E1", "LAW_A", 3),
        ("R1", "LAW_A", 1),
    ]


def test_accepting_what_changed_settles_what_rests_on_it() -> None:
    changed = (replace(REQ, title="Login, twice"), CTL, EVI)
    reviews = reviewed(*ITEMS)
    prints = suspect.fingerprints(trace(changed), CLAUSES)
    reviews = suspect.accepted(reviews, [CTL], prints, by="Bob", why="still does")
    assert found(changed, reviews) == []
    assert reviews["C1"].by == "Bob"
    assert reviews["E1"].by == "Ada"


def test_a_link_that_came_or_went_after_the_review_is_suspect() -> None:
    other = requirement("R2")
    wider = replace(CTL, links={next(iter(CTL.links)): ("R1", "R2")})
    assert found((REQ, other, wider, EVI), reviewed(REQ, other, CTL, EVI))[0] == ("C1", "R2", ("new",), 1)
    assert found((REQ, other, CTL, EVI), reviewed(REQ, other, wider, EVI))[0] == ("C1", "R2", ("gone",), 1)


def test_the_reason_names_cause_and_part() -> None:
    (first, second) = suspect.suspects(trace((replace(REQ, title="x"), CTL, EVI)), CLAUSES, reviewed(*ITEMS))
    assert first.reason == "R1 has another title since it was reviewed"
    assert second.reason == "R1, 2 links away, has another title since what it rests on was reviewed"


def test_the_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    reviews = reviewed(*ITEMS)
    path = tmp_path / suspect.NAME
    path.write_text(suspect.text(reviews), "utf-8")
    again = suspect.load(path)
    assert again == reviews
    assert suspect.text(again) == path.read_text("utf-8")
    assert suspect.load(tmp_path / "none.yaml") == {}


def test_names_and_reasons_may_hold_anything(tmp_path: Path) -> None:
    prints = suspect.fingerprints(trace(ITEMS), CLAUSES)
    said = {"by": 'A: "B" # C', "why": "no\nyes: [", "date": "2026-11-24"}
    reviews = suspect.accepted({}, [CTL], prints, **said)
    path = tmp_path / suspect.NAME
    path.write_text(suspect.text(reviews), "utf-8")
    assert suspect.load(path) == reviews


def test_a_file_with_conflict_marks_is_refused_at_its_line(tmp_path: Path) -> None:
    path = tmp_path / suspect.NAME
    path.write_text("reviews:\n<<<<<<< ours\n  C1: {by: a, why: b, against: {}}\n=======\n", "utf-8")
    with pytest.raises(DataError) as error:
        suspect.load(path)
    assert error.value.faults[0].line is not None


def test_the_review_of_what_is_gone_is_dropped() -> None:
    prints = suspect.fingerprints(trace([REQ]), CLAUSES)
    assert list(suspect.accepted(reviewed(*ITEMS), [], prints, by="a", why="b")) == ["R1"]


def test_what_is_suspect_is_a_gap_and_no_state_changes() -> None:
    changed = (replace(REQ, title="Login, twice"), CTL, EVI)
    before = assessed(*changed)
    after = assessed(*changed, reviews=reviewed(*ITEMS))
    said = [g for g in after.gaps if g.code is Code.SUSPECT]
    assert [g.item for g in said] == ["C1", "E1"]
    assert said[0].message == "C1 is suspect: R1 has another title since it was reviewed"
    assert "review accept C1" in said[0].way_out
    assert [r.state for m in after.matrices for r in m.rows] == [
        r.state for m in before.matrices for r in m.rows
    ]


def test_a_cause_that_changes_again_is_another_cause() -> None:
    def causes(content: str) -> dict[str, tuple[str, ...]]:
        items = (replace(REQ, content=content), CTL, EVI)
        return {s.item.id: s.causes for s in suspect.suspects(trace(items), CLAUSES, reviewed(*ITEMS))}

    once, again = causes("Logs in twice."), causes("Logs in three times.")
    assert once["C1"] == once["E1"] != again["C1"]
    assert once["C1"][0].startswith("R1 content ")
