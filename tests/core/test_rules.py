"""What is said to authors, of which severity, where, and with which way out."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from build import (
    LAW,
    STD,
    assessed,
    clause,
    control,
    cra,
    evidence,
    exclusion,
    frame,
    mapping,
    relation,
    requirement,
    risk,
    section,
    trace,
)
from legal import facts
from sphinx_cra import rules
from sphinx_cra.assessment import assess
from sphinx_cra.model import GAP_CODES, Code, Finding, Place, Severity
from sphinx_cra.words import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sphinx_cra.model import Item


def only(*items: Item, **outcomes: str) -> Finding:
    """The single mistake in these items."""
    found = assessed(*items, **outcomes).mistakes
    assert len(found) == 1, [str(f) for f in found]
    return found[0]


# --------------------------------------------------------------------------- links


def test_a_sound_project_has_no_mistakes() -> None:
    done = assessed(
        risk("K1", concerns="LAW_A"),
        requirement("R1", satisfies="LAW_A", mitigates="K1"),
        control("C1", implements="R1", satisfies="LAW_B", mitigates="K1"),
        evidence("E1", verifies="C1 R1 LAW_A"),
        E1="valid",
    )
    assert done.mistakes == ()


def test_an_unknown_clause_is_named_with_the_nearest_ids_at_its_line() -> None:
    done = assessed(control("C1", satisfies="CRA_ANX_I_P1_2_N"), catalogues=(cra(),))
    finding = done.mistakes[0]
    assert finding.code is Code.UNKNOWN_CLAUSE
    assert finding.message == "C1: satisfies names the unknown clause CRA_ANX_I_P1_2_N"
    assert finding.way_out.startswith("did you mean ")
    assert "CRA_ANX_I_P1_2_" in finding.way_out
    assert str(finding.place) == "index:2"
    assert finding.item == "C1"


@pytest.mark.parametrize("written", ["cra_anx_i_p1_2_d", "CRA-ANX-I-P1-2-D", "Cra_Anx_I_P1_2_d"])
def test_a_clause_in_other_spelling_is_recognised(written: str) -> None:
    finding = assessed(control("C1", satisfies=written), catalogues=(cra(),)).mistakes[0]
    assert finding.code is Code.UNKNOWN_CLAUSE
    assert "did you mean CRA_ANX_I_P1_2_D" in finding.way_out


def test_an_unknown_need_is_named_with_the_nearest_that_fits() -> None:
    finding = only(control("LOGIN_CTRL", implements="LOGIN_RQ"), requirement("LOGIN_REQ", satisfies="LAW_B"))
    assert finding.code is Code.UNKNOWN_NEED
    assert str(finding) == (
        "LOGIN_CTRL: implements names LOGIN_RQ, and there is no such requirement; did you mean LOGIN_REQ?"
    )


def test_a_lower_case_id_of_a_need_is_recognised() -> None:
    finding = only(control("C_KEY", implements="r_key"), requirement("R_KEY", satisfies="LAW_B"))
    assert finding.way_out == "did you mean R_KEY?"


def test_evidence_of_an_unknown_clause_is_told_from_evidence_of_an_unknown_need() -> None:
    items = (evidence("E1", verifies="CRA_ANX_I_P1_2_Q"), evidence("E2", verifies="CTRL_9"))
    codes = [f.code for f in assessed(*items, catalogues=(cra(),), E1="valid", E2="valid").mistakes]
    assert codes == [Code.UNKNOWN_CLAUSE, Code.UNKNOWN_NEED]


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (control("X1", implements="K1"), "X1: implements leads to K1, a risk; it wants a requirement"),
        (control("X1", mitigates="E1"), "X1: mitigates leads to E1, a piece of evidence; it wants a risk"),
        (
            control("X1", implements="LAW_A"),
            "X1: implements leads to LAW_A, a clause; it wants a requirement",
        ),
        (control("X1", verifies="K1"), "X1: verifies is a link of a piece of evidence, not of a control"),
        (control("X1", excludes="LAW_A"), "X1: excludes is a link of an exclusion, not of a control"),
        (
            evidence("X1", satisfies="LAW_A"),
            "X1: satisfies is a link of a control or a requirement, not of a piece of evidence",
        ),
        (
            evidence("X1", verifies="K1"),
            "X1: verifies leads to K1, a risk; it wants a clause, a control or a requirement",
        ),
    ],
)
def test_a_link_that_does_not_fit_says_what_it_wants(item: Item, message: str) -> None:
    finding = only(
        item, risk("K1", concerns="LAW_A"), evidence("E1", verifies="LAW_A"), E1="valid", X1="valid"
    )
    assert (finding.code, finding.message) == (Code.LINK_KIND, message)


def test_a_heading_is_answered_with_its_points() -> None:
    finding = only(requirement("R1", satisfies="LAW_H"))
    assert finding.code is Code.HEADING
    assert finding.clause == "LAW_H"
    assert str(finding).endswith("a heading that asks nothing itself; name one of its points: LAW_B")


def test_of_many_dead_links_each_is_reported_and_the_first_get_suggestions() -> None:
    """Each suggestion reads every id there is; thousands of them would never end."""
    items = [requirement(f"REQ_{n:03}") for n in range(100)]
    items += [control(f"C_{n:03}", implements=f"REQ_X{n:03}") for n in range(100)]
    found = assessed(*items).mistakes
    assert len(found) == 100
    assert 0 < sum(1 for f in found if f.way_out) <= rules.HINTS
    assert all("and there is no such requirement" in f.message for f in found)


# ---------------------------------------------------------------------- exclusions


def test_a_sound_exclusion_is_no_mistake() -> None:
    assert assessed(exclusion("X1", excludes="LAW_A")).mistakes == ()


@pytest.mark.parametrize("reason", ["", "  ", "n/a"])
def test_an_exclusion_without_a_reason_is_an_error(reason: str) -> None:
    finding = only(exclusion("X1", reason, excludes="LAW_A"))
    assert (finding.code, finding.severity) == (Code.NO_REASON, Severity.ERROR)
    assert "Article 13(4)" in finding.way_out


def test_what_cannot_be_excluded_is_an_error() -> None:
    finding = only(exclusion("X1", excludes="LAW_B"))
    assert (finding.code, finding.severity, finding.clause) == (
        Code.NOT_EXCLUDABLE,
        Severity.ERROR,
        "LAW_B",
    )
    assert finding.message == "X1: LAW_B (point LAW_B) cannot be declared not applicable"


@pytest.mark.parametrize(
    "clause_id",
    ["CRA_ANX_I_P1_1", *(f"CRA_ANX_I_P2_{n}" for n in range(1, 9)), "CRA_ART_13_2", "CRA_ANX_VII_3"],
)
def test_of_the_regulation_only_points_a_to_m_may_be_excluded(clause_id: str) -> None:
    done = assessed(exclusion("X1", excludes=clause_id), catalogues=(cra(),))
    assert [f.code for f in done.mistakes] == [Code.NOT_EXCLUDABLE]
    assert done.rows[clause_id].state != "excluded"


def test_an_exclusion_of_nothing_is_told() -> None:
    assert only(exclusion("X1")).message == "X1: the exclusion names no clause"


def test_a_clause_excluded_and_carried_is_a_contradiction_of_each_exclusion() -> None:
    done = assessed(
        exclusion("X1", excludes="LAW_A"),
        exclusion("X2", excludes="LAW_A"),
        control("C1", satisfies="LAW_A"),
        control("C2", satisfies="LAW_A"),
    )
    assert [(f.code, f.item, f.clause) for f in done.mistakes] == [
        (Code.CONTRADICTION, "X1", "LAW_A"),
        (Code.CONTRADICTION, "X2", "LAW_A"),
    ]
    assert done.mistakes[0].message == "X1 excludes LAW_A, which C1 and C2 satisfy; the carriers win"


# ------------------------------------------------------------------------ evidence


@pytest.mark.parametrize("outcome", ["missing", "unreadable", "altered", "void", "expired", "foreign"])
def test_evidence_that_cannot_be_used_is_the_author_s_to_mend(outcome: str) -> None:
    finding = only(evidence("E1", verifies="LAW_B"), E1=outcome)
    assert finding.code is Code.EVIDENCE
    assert finding.message == f"E1 is {outcome}: reason of E1"


@pytest.mark.parametrize("outcome", ["valid", "failed", "unchecked"])
def test_what_evidence_shows_is_no_mistake(outcome: str) -> None:
    assert assessed(evidence("E1", verifies="LAW_B"), E1=outcome).mistakes == ()


def test_an_unknown_kind_of_evidence_is_told() -> None:
    finding = only(evidence("E1", kind="junitt", verifies="LAW_B"), E1="unchecked")
    assert finding.code is Code.EVIDENCE
    assert "'junit'" in finding.message


# ------------------------------------------------------------------ claimed sections


def test_a_point_claimed_and_said_not_to_apply_is_told_at_its_line() -> None:
    done = assessed(sections=(section("2a"), section("2a", not_applicable="No design.")))
    finding = done.mistakes[0]
    assert (finding.code, str(finding.place)) == (Code.SECTION, "page2a:7")
    assert finding.message == (
        "point 2a of Annex VII is said not to apply, but Section for 2a is claimed for it; the claim wins"
    )


# ---------------------------------------------------------------------------- gaps


def gap(clause_id: str, done: object) -> list[Finding]:
    return [f for f in done.gaps if f.clause == clause_id]  # type: ignore[attr-defined]


@pytest.mark.parametrize("state", ["open", "planned", "failed", "supported"])
def test_each_gap_is_a_finding_of_its_own_code(state: str) -> None:
    items = {
        "open": [],
        "planned": [requirement("R1", satisfies="LAW_B")],
        "failed": [control("C1", satisfies="LAW_B"), evidence("E1", verifies="C1")],
        "supported": [control("C1", satisfies="STD_1")],
    }[state]
    done = assessed(*items, mappings=(mapping(relation("LAW_B", "STD_1")),), E1="failed")
    (finding,) = gap("LAW_B", done)
    assert finding.code == state
    assert finding.message.startswith(f"LAW_B (Title of LAW_B) is {state}: ")
    assert finding.way_out
    assert not finding.message.endswith(".")
    assert (finding.place is not None) is (state in ("planned", "failed"))


def test_what_is_covered_verified_excluded_or_asks_nothing_is_no_gap() -> None:
    done = assessed(
        exclusion("X1", excludes="LAW_A"),
        control("C1", satisfies="LAW_B"),
        requirement("R1", satisfies="LAW_O"),
        catalogues=(LAW,),
    )
    assert [f for f in done.gaps if f.code is not Code.ANNEX_VII] == []


def test_every_gap_has_a_code_that_a_gate_can_name() -> None:
    done = assessed(catalogues=(LAW, STD))
    assert {f.code for f in done.gaps} == {Code.OPEN, Code.ANNEX_VII}
    assert {f.code for f in done.gaps} <= GAP_CODES
    assert not {f.code for f in assessed(requirement("R1", satisfies="NO")).mistakes} & GAP_CODES


POINT = frame(clause("CRA_ANX_VII_2_A", "cra"), name="cra", prefix="CRA_")


def test_a_missing_point_of_annex_vii_is_one_gap_and_says_what_it_lacks() -> None:
    (finding,) = gap("CRA_ANX_VII_2_A", assessed(catalogues=(POINT,)))
    assert finding.code is Code.ANNEX_VII
    assert finding.message == (
        "Annex VII, point 2(a) (Design, development and system architecture): No section is claimed for it"
    )


def test_planned_work_for_a_point_that_is_present_is_still_a_gap() -> None:
    done = assessed(
        requirement("R1", satisfies="CRA_ANX_VII_2_A"), catalogues=(POINT,), sections=(section("2a"),)
    )
    assert [f.code for f in gap("CRA_ANX_VII_2_A", done)] == [Code.PLANNED]


def test_failed_evidence_of_a_point_that_is_present_is_still_a_gap() -> None:
    done = assessed(
        evidence("E1", verifies="CRA_ANX_VII_2_A"),
        catalogues=(POINT,),
        sections=(section("2a"),),
        E1="failed",
    )
    assert [f.code for f in gap("CRA_ANX_VII_2_A", done)] == [Code.FAILED]


def test_an_empty_claimed_section_is_where_its_gap_is_reported() -> None:
    done = assessed(catalogues=(POINT,), sections=(section("2a", empty=True),))
    assert str(gap("CRA_ANX_VII_2_A", done)[0].place) == "page2a:7"


def test_findings_come_in_the_order_of_their_places() -> None:
    done = assessed(exclusion("LONG_NAME", "", excludes="LAW_A"), exclusion("X1", "", excludes="LAW_A"))
    assert [f.item for f in done.mistakes] == ["X1", "LONG_NAME"]


@pytest.mark.parametrize(
    ("near", "said"),
    [
        ([], ""),
        (["A"], "did you mean A?"),
        (["A", "B"], "did you mean A or B?"),
        (list("ABC"), "did you mean A, B or C?"),
    ],
)
def test_suggestions_are_a_question(near: list[str], said: str) -> None:
    assert did_you_mean(near) == said


def test_an_exclusion_is_to_be_reviewed_again_before_the_day_of_the_file() -> None:
    late = exclusion("X1", review_by="2026-11-23")
    due = exclusion("X2", review_by="2026-11-24")
    day = dt.date(2026, 11, 24)
    (found,) = rules.reviews(trace([late, due]), day)
    assert found.message == "X1 was to be reviewed by 2026-11-23, and this file holds on 2026-11-24"
    assert found.code is Code.REVIEW
    assert list(rules.reviews(trace([late, due]), None)) == []


def test_a_review_date_that_is_none_is_said_to_be_none() -> None:
    wrong = exclusion("X1", review_by="next spring")
    assert [str(f) for f in rules.reviews(trace([wrong]), None)] == [
        "X1: review_by 'next spring' is no date; write it as 2027-12-31"
    ]


def unlinked(*items: Item) -> list[str]:
    return [f.message for f in rules.unlinked(trace(items))]


def test_what_leads_to_nothing_is_told_and_no_more_than_told() -> None:
    items = (requirement("REQ_1"), control("CTRL_1"), evidence("EVD_1"))
    assert unlinked(*items) == [
        "REQ_1: a requirement that satisfies or mitigates nothing",
        "CTRL_1: a control that satisfies, mitigates or implements nothing",
        "EVD_1: a piece of evidence that verifies nothing",
    ]
    found = list(rules.unlinked(trace(items)))
    assert {(f.code, f.severity) for f in found} == {(Code.UNLINKED, Severity.INFO)}
    assert Code.UNLINKED in GAP_CODES


def test_a_link_to_nothing_has_a_finding_of_its_own() -> None:
    assert unlinked(control("CTRL_1", implements="GONE"), requirement("REQ_1", mitigates="K1")) == []


@pytest.mark.parametrize("kind", ["sbom", "scan", "vex", "drill", "certificate"])
def test_what_is_asked_for_by_its_kind_needs_no_link(kind: str) -> None:
    assert unlinked(evidence("EVD_1", kind=kind)) == []


def test_evidence_that_speaks_through_other_evidence_needs_no_link() -> None:
    assert unlinked(evidence("ALL", kind="junit"), evidence("ALL.CTRL_1", verifies="CTRL_1")) == []
    assert unlinked(evidence("TESTS"), evidence("VEX", kind="vex", supported_by="A, TESTS")) == []


# --------------------------------------------------------------- what makes a gap a gap


def test_a_planned_clause_names_the_carriers_that_nobody_built() -> None:
    items = [requirement(f"R{n}", satisfies="LAW_B") for n in (1, 2, 3)]
    (finding,) = gap("LAW_B", assessed(*items, control("C1", implements="R2")))
    assert finding.causes == ("R1", "R3")


def test_a_point_of_annex_vii_names_each_thing_that_it_lacks() -> None:
    (finding,) = gap("CRA_ANX_VII_2_A", assessed(catalogues=(POINT,)))
    assert finding.causes == ("a section",)


def ruled(name: str, blocks: Mapping[str, object]) -> Finding:
    """What a rule says of a product file."""
    done = assessed(product=facts(blocks).product, catalogues=(cra(),))
    return next(f for f in done.gaps if f.rule == name)


def test_a_rule_that_lists_facts_names_each_of_them() -> None:
    less = ruled("R38", {"support_period.considerations.union_law": "None."})
    assert less.causes == ("user expectations", "nature and intended purpose")
    assert set(less.causes) < set(ruled("R38", {}).causes)


def test_a_rule_that_is_not_met_for_another_reason_has_another_cause() -> None:
    period = {"market.first_unit": "2028-01-01", "support_period.end": "2027-01"}
    before = ruled("R36", period)
    after = ruled("R36", {**period, "support_period.end": "2029-01"})
    assert before.rule == after.rule
    assert not set(after.causes) <= set(before.causes)


def test_a_rule_is_filed_under_the_clause_that_asks_and_at_the_file_that_could_answer() -> None:
    finding = ruled("R38", {})
    assert finding.clause == "CRA_ART_13_8_SP2"
    assert finding.place is not None
    assert finding.place.source.endswith("cra.yaml")


def test_a_gap_that_nothing_is_linked_to_is_told_where_the_clause_is_shown() -> None:
    shown, asked = Place(source="law", line=3), Place(source="conf.py", line=7)
    done = assess(
        product=None,
        catalogues=(LAW,),
        mappings=(),
        trace=trace([]),
        verdicts={},
        shown={"LAW_A": shown},
        asked=asked,
    )
    places = {f.clause: f.place for f in done.gaps}
    assert (places["LAW_A"], places["LAW_B"]) == (shown, asked)
