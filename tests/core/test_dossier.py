"""The fifteen items of Annex VII: present, missing with exactly what, or not applicable."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from typing import Any

import pytest

from build import assessed, clause, control, cra, evidence, exclusion, frame, requirement, risk, section
from sphinx_cra import annex_vii
from sphinx_cra.model import Item, Point, Presence
from sphinx_cra.product import (
    NONE,
    Considerations,
    Contacts,
    EndDate,
    Extent,
    Manufacturer,
    Product,
    ProductClass,
    Sbom,
    Standard,
    SupportPeriod,
    Version,
)

CRA = cra()
IDS = ["1", "1a", "1b", "1c", "1d", "2", "2a", "2b", "2c", "3", "4", "5", "6", "7", "8"]
FULL = Product(
    name="Gateway",
    release="2.0",
    manufacturer=Manufacturer(name="Maker"),
    intended_purpose="joins field buses",
    core_functionality="routing",
    foreseeable_use="in cabinets",
    operating_environment="indoors",
    expected_use_years=10,
    assets=("keys",),
    product_class=ProductClass.IMPORTANT_I,
    category="CRA_ANX_III_C1_12",
    class_reason="It routes.",
    versions=(Version(version="2.0"),),
    contacts=Contacts(
        single_point_of_contact="psirt@example.com", disclosure_policy="https://example.com/cvd"
    ),
    standards=(Standard(id="IEC 62443-4-2", edition="2019", extent=Extent.FULL),),
    support_period=SupportPeriod(
        end=EndDate(text="2036-12", last_day=dt.date(2036, 12, 31)),
        considerations=Considerations(
            user_expectations="ten years", nature_and_purpose="long", union_law="none"
        ),
    ),
    sbom=Sbom(evidence="E_SBOM"),
)
PARTS = {c.id: c for c in CRA.clauses if c.id.startswith("CRA_ANX_I_")}
WORK = (
    risk("K1", treatment="mitigate", asset="keys"),
    requirement("R1", satisfies=" ".join(PARTS)),
    control("C1", implements="R1"),
    evidence("E1", verifies="C1"),
    evidence("E_SBOM", kind="sbom", verifies="LAW_B"),
)
SECTIONS = tuple(section(p) for p in ("1a", "1c", "1d", "2a", "2b", "2c", "7"))


def judged(
    *items: Item,
    product: Product | None = FULL,
    sections: Any = SECTIONS,
    catalogues: Any = (CRA,),
    **outcomes: str,
) -> dict[str, Point]:
    known = {"E1": "valid", "E_SBOM": "valid", **outcomes}
    done = assessed(*(items or WORK), product=product, sections=sections, catalogues=catalogues, **known)
    return {p.id: p for p in done.dossier.points}


def lacks(point: str, *items: Item, **more: Any) -> tuple[str, ...]:
    return judged(*items, **more)[point].lacks


def without(point: str) -> tuple[Any, ...]:
    return tuple(s for s in SECTIONS if s.point != point)


# ------------------------------------------------------------------------ all of it


def test_there_are_fifteen_items_in_the_order_of_the_annex() -> None:
    points = list(judged().values())
    assert [p.id for p in points] == IDS
    known = {c.id: c for c in CRA.clauses}
    assert all(known[p.clause].printed == p.printed for p in points)


def test_a_complete_file_has_every_point_present() -> None:
    found = judged()
    assert {i: p.lacks for i, p in found.items() if p.lacks} == {}
    assert {p.presence for p in found.values()} == {Presence.PRESENT}


def test_an_empty_project_has_every_point_missing_and_says_of_each_what() -> None:
    done = assessed(catalogues=(CRA,))
    assert {p.presence for p in done.dossier.points} == {Presence.MISSING}
    assert all(p.lacks for p in done.dossier.points)


@pytest.mark.parametrize("point", ["1a", "1c", "2a", "2b", "2c"])
def test_a_point_of_prose_needs_a_claimed_section(point: str) -> None:
    found = judged(sections=without(point))[point]
    assert found.presence is Presence.MISSING
    assert found.lacks == ("No section is claimed for it.",)
    assert not found.computed


@pytest.mark.parametrize("point", ["1", "1b", "2", "3", "4", "5", "6", "8"])
def test_a_computed_point_needs_none(point: str) -> None:
    found = judged()[point]
    assert (found.presence, found.sections, found.computed) == (Presence.PRESENT, (), True)


@pytest.mark.parametrize("point", IDS)
def test_an_empty_section_is_missing_and_named(point: str) -> None:
    found = judged(sections=(*without(point), section(point, empty=True, title="Blank page")))[point]
    assert found.presence is Presence.MISSING
    assert found.lacks[0] == "The claimed section Blank page is empty."
    assert len(found.lacks) == 1 or point in ("1d", "7")  # these then follow from cra.yaml, which says little


@pytest.mark.parametrize("point", IDS)
def test_a_point_that_does_not_apply_says_why_and_lacks_nothing(point: str) -> None:
    excused = (*without(point), section(point, not_applicable="There is none."))
    found = judged(sections=excused, product=replace(FULL, versions=(), standards=()))[point]
    assert (found.presence, found.reason, found.lacks) == (Presence.NOT_APPLICABLE, "There is none.", ())
    assert found.sections == ()


def test_a_section_claimed_twice_for_a_point_is_shown_twice_in_reading_order() -> None:
    more = section("2a", title="More of it")
    found = judged(sections=(more, *SECTIONS))["2a"]
    assert [s.title for s in found.sections] == ["More of it", "Section for 2a"]
    assert found.presence is Presence.PRESENT


def test_one_empty_section_of_two_is_still_named() -> None:
    found = judged(sections=(*SECTIONS, section("2a", empty=True, title="Blank")))["2a"]
    assert found.lacks == ("The claimed section Blank is empty.",)


def test_content_wins_over_a_claim_that_the_point_does_not_apply() -> None:
    found = judged(sections=(*SECTIONS, section("2a", not_applicable="No design.")))["2a"]
    assert (found.presence, found.reason) == (Presence.PRESENT, "")


def test_two_reasons_why_a_point_does_not_apply_are_both_given() -> None:
    excused = [section("1c", not_applicable=r) for r in ("Software.", "No housing.")]
    assert judged(sections=(*without("1c"), *excused))["1c"].reason == "Software. No housing."


def test_a_section_for_no_point_claims_nothing() -> None:
    assert judged(sections=(*SECTIONS, section("9"))) == judged()


def test_a_point_is_missing_while_a_letter_of_it_is_and_says_which() -> None:
    found = judged(sections=[s for s in SECTIONS if s.point not in ("2a", "2c")])["2"]
    assert found.lacks == ("Missing of it: 2(a), 2(c).",)


def test_letters_that_do_not_apply_are_not_missing() -> None:
    assert judged(sections=(*without("1c"), section("1c", not_applicable="Software.")))["1"].lacks == ()


@pytest.mark.parametrize("written", ["2a", "2A", "2(a)", "2 a", "(2)(a)", "2-a"])
def test_a_point_is_recognised_as_people_write_it(written: str) -> None:
    found = annex_vii.point(written)
    assert found is not None
    assert (found.id, found.number, found.clause) == ("2a", "2(a)", "CRA_ANX_VII_2_A")


@pytest.mark.parametrize("written", ["", "9", "2d", "1e", "a", "12", "2aa", "()"])
def test_what_is_no_point_is_not_taken_for_one(written: str) -> None:
    assert annex_vii.point(written) is None


# ------------------------------------------------------------------------- each point


def test_point_1_wants_class_category_and_reasons() -> None:
    assert lacks("1", product=replace(FULL, product_class=None)) == (
        "cra.yaml does not state the class of the product.",
    )
    assert lacks("1", product=replace(FULL, category="")) == (
        "cra.yaml does not name the category of Annex III or IV that the product is in.",
    )
    assert lacks("1", product=replace(FULL, class_reason="")) == (
        "cra.yaml gives no reasons for the class of the product.",
    )
    assert lacks("1", product=replace(FULL, product_class=ProductClass.DEFAULT, category=NONE)) == ()


def test_without_a_product_file_point_1_says_so() -> None:
    assert "There is no usable product file (cra.yaml)." in lacks("1", product=None)


def test_point_1a_wants_purpose_and_core_functionality_beside_its_section() -> None:
    assert lacks("1a", product=replace(FULL, intended_purpose="", core_functionality="")) == (
        "cra.yaml does not state the intended purpose.",
        "cra.yaml does not state the core functionality.",
    )


def test_point_1b_wants_versions() -> None:
    assert lacks("1b", product=replace(FULL, versions=())) == ("cra.yaml lists no versions.",)


def test_photographs_of_hardware_cannot_be_inapplicable_to_hardware() -> None:
    """Annex VII, point 1(c); R15."""
    excused = (*without("1c"), section("1c", not_applicable="No camera."))
    found = judged(sections=excused, product=replace(FULL, hardware=True))["1c"]
    assert found.presence is Presence.MISSING
    assert found.lacks == (
        "It is said not to apply, but cra.yaml states that the product is or contains hardware.",
    )
    assert judged(sections=excused, product=replace(FULL, hardware=False))["1c"].lacks == ()


def test_point_2b_wants_a_policy_a_contact_and_an_sbom() -> None:
    bare = replace(FULL, contacts=Contacts(), sbom=Sbom())
    assert lacks("2b", *WORK[:-1], product=bare) == (
        "cra.yaml names no coordinated vulnerability disclosure policy.",
        "cra.yaml names no contact address for vulnerability reports.",
        "No evidence of kind sbom is declared.",
    )


def test_point_3_wants_risks() -> None:
    assert lacks("3", *WORK[1:]) == ("No risk is declared.",)


def test_point_3_wants_a_treatment_of_every_risk() -> None:
    more = (risk("K2", asset="a"), risk("K3", treatment="accept"))
    assert lacks("3", *WORK, *more) == ("No treatment is stated for K2.",)


@pytest.mark.parametrize(
    ("field", "empty", "name"),
    [
        ("intended_purpose", "", "the intended purpose"),
        ("foreseeable_use", "", "the reasonably foreseeable use"),
        ("operating_environment", "", "the conditions of use"),
        ("expected_use_years", None, "the expected time in use"),
    ],
)
def test_point_3_wants_what_article_13_3_wants(field: str, empty: object, name: str) -> None:
    product = replace(FULL, **{field: empty})  # type: ignore[arg-type]
    assert lacks("3", product=product) == (f"It does not state {name} (cra.yaml).",)


def test_point_3_takes_the_assets_from_cra_yaml_or_from_the_risks() -> None:
    product = replace(FULL, assets=())
    assert lacks("3", product=product) == ()
    items = (risk("K1", treatment="mitigate"), *WORK[1:])
    assert lacks("3", *items, product=product) == ("It does not state the assets (cra.yaml).",)
    assert lacks("3", *items) == ()


def test_point_3_wants_it_decided_whether_each_of_points_a_to_m_applies() -> None:
    most = " ".join(i for i in PARTS if i not in ("CRA_ANX_I_P1_2_A", "CRA_ANX_I_P1_2_M", "CRA_ANX_I_P1_1"))
    items = (WORK[0], requirement("R1", satisfies=most), *WORK[2:])
    assert lacks("3", *items) == (
        (
            "Whether and how it applies is not shown for Annex I, Part I, point (2)(a) and "
            "Annex I, Part I, point (2)(m)."
        ),
    )
    decided = (*items, exclusion("X1", excludes="CRA_ANX_I_P1_2_A CRA_ANX_I_P1_2_M"))
    assert lacks("3", *decided) == ()


def test_point_3_does_not_ask_about_clauses_of_a_company_s_own_catalogue() -> None:
    own = frame(clause("OWN_1", "own", excludable=True), name="own", prefix="OWN_")
    assert lacks("3", catalogues=(CRA, own)) == ()


def test_point_4_wants_the_end_and_what_was_considered() -> None:
    assert lacks("4", product=replace(FULL, support_period=SupportPeriod())) == (
        "cra.yaml does not state the end of the support period.",
        (
            "cra.yaml does not say how user expectations, the nature and intended purpose of the product "
            "and relevant Union law were taken into account."
        ),
    )


@pytest.mark.parametrize(
    ("standard", "lack"),
    [
        (Standard(id="S", edition="1"), "It is not stated how far S is applied."),
        (Standard(id="S", extent=Extent.FULL), "The edition of S is not stated."),
        (
            Standard(id="S", edition="1", extent=Extent.PARTIAL),
            "It is not stated which parts of S are applied.",
        ),
        (
            Standard(id="S", edition="1", extent=Extent.NONE),
            "It is not stated which solution takes the place of S.",
        ),
    ],
)
def test_point_5_wants_extent_parts_solution_and_edition(standard: Standard, lack: str) -> None:
    assert lacks("5", product=replace(FULL, standards=(standard,))) == (lack,)


def test_point_5_is_missing_without_any_standard_or_solution() -> None:
    assert lacks("5", product=replace(FULL, standards=())) == (
        "cra.yaml lists no standards, specifications or solutions.",
    )


def test_point_6_wants_a_valid_report_for_every_applicable_point_of_annex_i() -> None:
    some = " ".join(i for i in PARTS if i not in ("CRA_ANX_I_P1_2_A", "CRA_ANX_I_P2_8"))
    items = (WORK[0], requirement("R1", satisfies=some), *WORK[2:])
    assert lacks("6", *items) == (
        "There is no valid report for Annex I, Part I, point (2)(a) and Annex I, Part II, point (8).",
    )
    assert lacks("6", *items, exclusion("X1", excludes="CRA_ANX_I_P1_2_A")) == (
        "There is no valid report for Annex I, Part II, point (8).",
    )


@pytest.mark.parametrize(
    "outcome", ["failed", "altered", "void", "expired", "foreign", "missing", "unreadable", "unchecked"]
)
def test_point_6_counts_only_valid_evidence(outcome: str) -> None:
    found = lacks("6", E1=outcome, E_SBOM=outcome)
    assert found[0] == "No valid evidence is declared."
    assert found[1].startswith("There is no valid report for Annex I, Part I, point (1), ")


@pytest.mark.parametrize("point", ["1d", "7"])
def test_user_information_and_declaration_are_a_claimed_section_or_follow_from_cra_yaml(point: str) -> None:
    assert judged()[point].presence is Presence.PRESENT
    found = judged(sections=without(point))[point]
    assert found.presence is Presence.MISSING
    assert found.computed
    assert all(re.search(r" \(R\d\d\)\.$", sentence) for sentence in found.lacks)


@pytest.mark.parametrize("point", ["1d", "7"])
def test_a_section_that_only_shows_what_is_computed_says_no_more_than_cra_yaml(point: str) -> None:
    shown = replace(section(point), filled=True)
    found = judged(sections=(*without(point), shown))[point]
    assert found.presence is Presence.MISSING
    assert found.sections == (shown,)


@pytest.mark.parametrize(
    "outcome", ["failed", "altered", "void", "expired", "foreign", "missing", "unreadable"]
)
@pytest.mark.parametrize("point", ["2b", "8"])
def test_an_sbom_that_shows_nothing_is_no_sbom(point: str, outcome: str) -> None:
    assert lacks(point, E_SBOM=outcome) == (f"The software bill of materials E_SBOM is {outcome}.",)


def test_an_sbom_without_a_reader_or_elsewhere_is_accepted_as_kept() -> None:
    assert lacks("8", E_SBOM="unchecked") == ()


def test_an_sbom_is_found_by_its_kind_or_by_its_name_in_cra_yaml() -> None:
    named = evidence("E_SBOM", kind="file", verifies="LAW_B")
    assert lacks("8", *WORK[:-1], named) == ()
    assert lacks("8", product=replace(FULL, sbom=Sbom())) == ()


def test_an_sbom_that_cra_yaml_names_and_nobody_declares_is_missing() -> None:
    product = replace(FULL, sbom=Sbom(evidence="E_GONE"))
    sentence = "cra.yaml names E_GONE as the software bill of materials, and there is no such evidence."
    assert lacks("8", product=product) == (sentence,)
    assert lacks("2b", *WORK[:-1], product=product) == (sentence,)
