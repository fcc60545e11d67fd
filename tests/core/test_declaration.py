"""The EU declaration of conformity: refused, a draft, or signed; and what stands in it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from build import section
from papers import ENGLISH, GERMAN, GONE, assessed, part, settled, words
from sphinx_cra import declaration, legal
from sphinx_cra.declaration import State
from sphinx_cra.gate import Judged, Level, Standing
from sphinx_cra.model import Code, Finding, Presence
from sphinx_cra.render.declaration import full, simplified

BODY = {
    "conformity.procedure": "B+C",
    "conformity.description": "EU-type examination",
    "conformity.notified_body": {
        "name": "Body",
        "number": "0000",
        "certificate": "C-1",
        "issued": "2027-10-01",
    },
}
HARMONISED = {
    "id": "EN 1",
    "edition": "2027",
    "title": "Locks",
    "kind": "harmonised",
    "extent": "full",
    "oj_reference": "OJ L, 2027/1",
    "oj_date": "2027-06-01",
}


def standard(**said: Any) -> dict[str, Any]:
    return {"standards": [{**HARMONISED, **said}]}


# --------------------------------------------------------------------------- refused, draft, signed


REFUSED = [
    ("R53", {"declaration.date": GONE}),
    ("R53", {"declaration.place": GONE}),
    ("R53", {"declaration.signatory": {"name": "A. Person"}}),
    ("R53", {"manufacturer.address": GONE}),
    ("R53", {"conformity.procedure": GONE}),
    ("R09", {**BODY, "conformity.notified_body": {"name": "Body"}}),
    ("R09", {"conformity.notified_body": {"name": "Body", "number": "0000"}}),
    ("R54", {"other_acts": [{"act": "Directive 2014/30/EU", "declaration_required": True}]}),
    ("R56", {"declaration.date": "2027-12-14"}),
    ("R56", {"declaration.date": "2027-10-31"}),
    ("R57", {"product.identification": GONE}),
    ("R57", {"declaration.release": "0.9"}),
    ("R58", standard(oj_reference="")),
    ("R58", standard(draft=True)),
    ("R59", {"contacts.declaration": GONE}),
    ("R47", {"contacts.declaration": GONE}),
    ("R59", {"product.type": GONE}),
    ("R61", {"product.hardware": False}),
    ("R08", {"product.high_risk_ai": True}),
]


@pytest.mark.parametrize(("rule", "changes"), REFUSED)
def test_without_a_mandatory_fact_there_is_no_word_of_a_declaration_but_the_rule_and_its_place(
    rule: str, changes: dict[str, Any]
) -> None:
    found = assessed(changes)
    assert found.declaration.state is State.REFUSED
    assert rule in [r.rule.id for r in found.declaration.reasons]
    for make in (full, simplified):
        paper = make(found, ENGLISH)
        assert not paper.parts
        assert not paper.signature
        assert not paper.closing
        said = words(paper)
        assert re.search(rf"^{rule} \(.+\), cra\.yaml(:\d+)?: .+", said, re.MULTILINE), said
        assert not re.search("hereby|has been demonstrated|in conformity with", said, re.IGNORECASE)


def test_every_reason_says_what_to_do() -> None:
    stands = assessed({"declaration": {}}).declaration
    assert stands.reasons
    assert all(r.answer.way_out and r.answer.place for r in stands.reasons)


def test_what_is_stated_in_full_is_a_draft_while_the_file_is_open_and_says_which_points() -> None:
    stands = assessed().declaration
    assert stands.state is State.DRAFT
    assert "CRA_ANX_I_P1_1" in [r.clause.id for r in stands.gaps]
    assert "2a" in [p.id for p in stands.points]
    for paper in (full(assessed(), ENGLISH), simplified(assessed(), ENGLISH)):
        assert paper.notice is not None
        said = words(paper)
        assert "DRAFT: not an EU declaration of conformity" in said
        assert "Gaps in Annex I: Part I, point (1), Part I, point (2)(a)" in said
        assert re.search(r"Missing from Annex VII: 1, .*2\(a\)", said)
        assert "not signed" not in said


def test_a_rule_that_counts_what_is_listed_anyway_is_not_listed_again() -> None:
    listed = {r.rule.id for r in assessed().declaration.rules}
    assert not listed & {"R15", "R55"}
    assert "R17" in listed or "R23" in listed


def test_with_nothing_open_and_a_signature_it_is_no_draft() -> None:
    found = settled(assessed())
    assert found.declaration.state is State.SIGNED
    assert full(found, ENGLISH).notice is None
    assert "DRAFT" not in words(full(found, ENGLISH))


@pytest.mark.parametrize("signed", [False, None])
def test_with_nothing_open_and_no_signature_it_is_a_draft(signed: bool | None) -> None:
    found = settled(assessed({"declaration.signed": signed}))
    assert found.declaration.state is State.DRAFT
    assert "It is not signed." in words(full(found, ENGLISH))


def test_open_points_that_were_accepted_do_not_keep_it_a_draft() -> None:
    found = assessed()
    stands = found.declaration
    ids = [r.clause.id for r in stands.gaps] + [p.clause for p in stands.points]
    left = declaration.standing(found, accepted=ids)
    assert not left.gaps
    assert not left.points
    assert {*left.accepted} == {*ids}
    assert not {"R15", "R55"} & {r.rule.id for r in left.rules}
    assert left.state is State.DRAFT  # other rules are not met all the same
    rules = [r.rule.id for r in left.rules]
    assert declaration.standing(found, accepted=[*ids, *rules]).state is State.SIGNED


def test_a_finding_counts_as_accepted_on_a_day_that_is_known_and_only_with_all_others_of_its_clause() -> None:
    def judged(clause: str, standing: Standing, rule: str | None = None) -> Judged:
        finding = Finding(code=Code.OPEN, message="m", clause=clause or None, rule=rule)
        return Judged(finding=finding, id="i", framework="cra", level=Level.QUIET, standing=standing)

    found = [
        judged("A", Standing.ACCEPTED),
        judged("B", Standing.ACCEPTED),
        judged("B", Standing.NEW),
        *(judged(s.value, s) for s in Standing if s is not Standing.ACCEPTED),
        judged("", Standing.ACCEPTED, rule="R17"),
    ]
    assert declaration.accepted(found) == {"A", "R17"}


def test_nothing_that_was_accepted_lifts_a_refusal() -> None:
    found = assessed({"declaration.date": GONE})
    assert declaration.standing(found, accepted=["R53", "R56"]).state is State.REFUSED


def test_without_a_product_file_there_is_none() -> None:
    from build import assessed as bare

    found = bare()
    assert found.declaration.state is State.REFUSED
    assert "There is no product file that can be used." in words(full(found, ENGLISH))
    assert "There is no product file that can be used." in words(simplified(found, ENGLISH))


def test_rules_that_the_file_follows_from_do_not_look_at_the_file() -> None:
    """Points 1(d) and 7 are decided before the file is there."""
    from sphinx_cra import user_information

    found = assessed(sections=[section(p) for p in ("1a", "2a", "7")])
    needed = {*declaration.NEEDED, *user_information.NEEDED}
    assert needed <= {r.id for r in legal.rules()}
    before = {p.id: p.presence for p in found.dossier.points}
    again = {r.rule.id: r.answer for r in found.rulings}
    for other in (assessed(), assessed(sections=[section(p) for p in ("1", "1d", "8")])):
        assert {r.rule.id: r.answer for r in other.rulings if r.rule.id in needed} == {
            name: answer for name, answer in again.items() if name in needed
        }
    assert before["7"] is Presence.PRESENT


def test_point_7_of_the_file_is_there_once_the_declaration_can_be_drawn_up() -> None:
    point = {p.id: p for p in assessed().dossier.points}["7"]
    assert (point.presence, point.computed, point.sections) == (Presence.PRESENT, True, ())
    point = {p.id: p for p in assessed({"declaration.place": GONE}).dossier.points}["7"]
    assert point.presence is Presence.MISSING
    assert any("8 (place)" in lack and "(R53)" in lack for lack in point.lacks)


# --------------------------------------------------------------------------- Annex V


def test_the_points_of_annex_v_are_in_their_order_and_point_7_only_with_a_body() -> None:
    assert [p.number for p in full(assessed(), ENGLISH).parts] == ["1", "2", "3", "4", "5", "6", "8"]
    with_body = full(assessed(BODY), ENGLISH)
    assert [p.number for p in with_body.parts] == list("12345678")
    said = part(with_body, "7")
    assert "Name: Body\nNumber: 0000\nProcedure performed: EU-type examination" in said
    assert "Certificate: C-1, issued on 1 October 2027" in said


def test_it_identifies_product_and_manufacturer_by_the_words_of_the_product_file() -> None:
    paper = full(
        assessed(
            {
                "product.variants": [{"name": "L-1 W", "identification": "white plate"}],
                "manufacturer.authorised_representative": {"name": "Rep", "address": "Street 2, City"},
            }
        ),
        ENGLISH,
    )
    assert part(paper, "1") == (
        "Name: Lock\nType: L-1\nVersion: 1.0\nIdentification: Serial number on the plate\n"
        "Variants: L-1 W: white plate"
    )
    assert "Name: Works\nAddress: Way 1, Town\nAuthorised representative: Rep\n" in part(paper, "2")
    assert "Street 2, City" in part(paper, "2")
    assert part(paper, "4") == "Lock L-1"


def test_it_says_that_fulfilment_has_been_demonstrated_and_who_answers_for_it() -> None:
    paper = full(assessed(), ENGLISH)
    assert "sole responsibility of the manufacturer" in part(paper, "3")
    assert "essential cybersecurity requirements set out in Annex I" in part(paper, "5")
    assert part(paper, "5").endswith("has been demonstrated.")


def test_all_acts_that_ask_for_a_declaration_are_in_one_with_their_references() -> None:
    acts = [
        {"act": "Directive 2014/30/EU", "oj_reference": "OJ L 96", "declaration_required": True},
        {"act": "Regulation (EU) 2023/988", "oj_reference": "OJ L 135", "declaration_required": False},
    ]
    said = part(full(assessed({"other_acts": acts}), ENGLISH), "5")
    assert "Regulation (EU) 2024/2847 (OJ L, 2024/2847, 20.11.2024) / Directive 2014/30/EU (OJ L 96)" in said
    assert "2023/988" not in said


def test_a_harmonised_standard_is_listed_with_edition_and_reference() -> None:
    said = part(full(assessed(standard()), ENGLISH), "6")
    assert said == "Harmonised standards: EN 1:2027, Locks (OJ L, 2027/1); applied in full"


@pytest.mark.parametrize(
    "said",
    [
        {"kind": "other"},
        {"kind": None},
        {"kind": "other", "draft": True},
        {"kind": "other", "oj_reference": ""},
    ],
)
def test_nothing_is_called_harmonised_that_is_not_cited_as_such(said: dict[str, Any]) -> None:
    found = part(full(assessed(standard(**said)), ENGLISH), "6")
    assert found.startswith("Harmonised standards: None was used.\nOther technical specifications, ")
    assert "no presumption of conformity: EN 1:2027" in found


def test_a_standard_in_part_names_the_parts_and_one_that_is_not_applied_is_not_listed() -> None:
    said = part(full(assessed(standard(kind="other", extent="partial", parts=["1", "2"])), ENGLISH), "6")
    assert said.endswith("applied in part: 1; 2")
    none = standard(kind="other", extent="none", solution="Own design")
    assert "EN 1" not in part(full(assessed(none), ENGLISH), "6")


def test_the_signature_names_who_where_when_and_the_signed_copy() -> None:
    paper = full(assessed({"declaration.signed_copy": "Archive 7"}), ENGLISH)
    assert paper.signature == (
        ("Signed for and on behalf of", "Works"),
        ("Place and date of issue", "Town, 1 December 2027"),
        ("Name, function", "A. Person, Director"),
        ("Signature", "signed; the signed copy is kept here: Archive 7"),
    )
    assert full(assessed({"declaration.signed": False}), ENGLISH).signature[-1] == ("Signature", "")
    assert full(settled(assessed()), ENGLISH).signature[-1] == ("Signature", "")  # the print that is signed


# --------------------------------------------------------------------------- Annex VI


def test_the_simplified_declaration_has_its_four_elements() -> None:
    said = words(simplified(assessed(), ENGLISH))
    assert "Hereby, Works declares that the product with digital elements type L-1 is in compliance" in said
    assert "Regulation (EU) 2024/2847 (OJ L, 2024/2847, 20.11.2024" in said
    assert said.endswith("internet address: https://works.example/declaration")


def test_where_only_the_full_one_goes_with_the_product_there_is_no_simplified_one() -> None:
    found = assessed({"declaration.form": "full"})
    assert full(found, ENGLISH).parts
    said = words(simplified(found, ENGLISH))
    assert "R59" in said
    assert "declaration.form: simplified" in said
    assert "Hereby" not in said


# --------------------------------------------------------------------------- German, and hostile


def test_german_uses_the_terms_of_the_german_text() -> None:
    said = words(full(assessed(BODY), GERMAN))
    for term in (
        "EU-Konformitätserklärung",
        "ENTWURF: keine EU-Konformitätserklärung",
        "2. Hersteller",
        "7. Notifizierte Stelle",
        "Teil I Nummer 2 Buchstabe a",
        "Verordnung (EU) 2024/2847 (ABl. L, 2024/2847, 20.11.2024)",
        "grundlegenden Cybersicherheitsanforderungen in Anhang I",
        "Town, 1. Dezember 2027",
    ):
        assert term in said
    said = words(simplified(assessed(), GERMAN))
    assert "Hiermit erklärt Works, dass das Produkt mit digitalen Elementen des Typs L-1" in said


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "{0}{type.__class__}", "مصنع الأقفال", "W" * 500, "%s & \\ $x_1$"]
)
def test_a_hostile_name_stands_there_as_it_is(name: str) -> None:
    found = assessed({"manufacturer.name": name, "product.type": name})
    for language in (ENGLISH, GERMAN):
        assert words(full(found, language)).count(name) >= 3
        assert words(simplified(found, language)).count(name) == 2


def test_only_the_declaration_itself_states_anything_about_the_product() -> None:
    said = words(full(assessed({"declaration.place": GONE}), ENGLISH))
    assert not re.search(r"\bcompl(y|iant|iance)|\bapproved\b", said, re.IGNORECASE)
