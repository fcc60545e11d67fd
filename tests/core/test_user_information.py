"""Information and instructions to the user, and the line that says how long support lasts."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest

from build import section
from papers import ENGLISH, GERMAN, GONE, STATED, assessed, part, words
from sphinx_cra import product, user_information
from sphinx_cra.legal.rule import Outcome
from sphinx_cra.model import Presence
from sphinx_cra.render import facts
from sphinx_cra.render.user_information import paper, support

if TYPE_CHECKING:
    from collections.abc import Mapping


def said(changes: Mapping[str, Any] = MappingProxyType({}), language: Any = ENGLISH, **more: Any) -> str:
    return words(paper(assessed(changes, **more), language))


def missing(changes: dict[str, Any]) -> list[str]:
    """Keys of what is missing."""
    stated = assessed(changes).product
    assert stated is not None
    return [i.key for i in user_information.items(stated) if i.missing]


ALL = {
    "updates.automatic_by_default": True,
    "user_information.instructions.automatic_updates_off": "Manual, chapter 5",
    "product.intended_for_integration": True,
    "user_information.instructions.integration": "Manual, chapter 6",
    "sbom.to_users": True,
    "sbom.user_location": "https://works.example/sbom",
}


def test_every_point_of_annex_ii_is_there_in_its_order() -> None:
    numbers = [p.number for p in paper(assessed(), ENGLISH).parts]
    assert numbers == [
        *("1", "2", "3", "4", "5", "6", "7", "8(a)", "8(b)", "8(c)", "8(d)", "8(e)", "8(f)", "9")
    ]


def test_with_everything_stated_nothing_is_missing_and_no_rule_misses_anything() -> None:
    for changes in ({}, ALL):
        found = assessed(changes)
        assert missing(changes) == []
        assert "Not stated" not in said(changes)
        assert {p.id: p.presence for p in found.dossier.points}["1d"] is Presence.PRESENT


ROUTES = [
    f"{block}.{key}"
    for block in ("product", "manufacturer", "contacts", "declaration", "support_period", "updates", "sbom")
    for key in STATED[block]
    if (block, key) not in {("product", "name"), ("product", "release")}
]
ROUTES += [f"user_information.{k}" for k in STATED["user_information"]]
ROUTES += [f"user_information.instructions.{k}" for k in STATED["user_information"]["instructions"]]


@pytest.mark.parametrize("base", [{}, ALL], ids=["least", "all"])
@pytest.mark.parametrize("route", [*ROUTES, *ALL])
def test_an_item_is_missing_exactly_where_a_rule_misses_it(route: str, base: dict[str, Any]) -> None:
    """R46, R47, R48 and R34 decide whether point 1(d) is there; the page says which item it is."""
    changes = {**base, route: GONE}
    found = assessed(changes)
    answers = {r.rule.id: r.outcome for r in found.rulings if r.rule.id in user_information.NEEDED}
    if Outcome.NOT_MET in answers.values():
        assert missing(changes)
    if missing(changes):
        assert {Outcome.NOT_MET, Outcome.UNDECIDABLE} & {*answers.values()}
    presence = {p.id: p.presence for p in found.dossier.points}["1d"]
    unmet = {Outcome.NOT_MET, Outcome.UNDECIDABLE} & {*answers.values()}
    assert (presence is Presence.MISSING) == bool(unmet)


def test_what_is_missing_is_named_with_its_place_and_not_left_out() -> None:
    text = said({"user_information.support_type": GONE, "support_period.end": GONE})
    assert "Type of support: Not stated yet (user_information.support_type)." in text
    assert "End of the support period: Not stated yet (support_period.end)." in text


def test_a_file_that_states_next_to_nothing_has_every_point_and_says_what_each_lacks() -> None:
    loaded = product.parse("product: {name: Lock, release: '1'}\nmanufacturer: {name: Works}\n")
    made = paper(replace(assessed(), product=loaded), ENGLISH)
    assert len(made.parts) == 14
    text = words(made)
    assert text.count("Not stated") >= 15
    assert "Not stated; whether it is needed is not stated either (updates.automatic_by_default)." in text


def test_that_no_risk_is_known_is_said() -> None:
    assert part(paper(assessed(), ENGLISH), "5") == "The manufacturer knows of none."


def test_what_depends_on_the_product_says_why_it_does_not_apply() -> None:
    made = paper(assessed({"declaration.form": "full", "contacts.declaration": GONE}), ENGLISH)
    assert part(made, "6") == "Goes with the product."
    assert "not installed automatically" in part(made, "8(e)")
    assert "not intended for integration" in part(made, "8(f)")
    assert part(made, "9") == "It is not made available to users."


def test_what_depends_on_the_product_is_told_where_it_applies() -> None:
    made = paper(assessed(ALL), ENGLISH)
    assert part(made, "6") == "https://works.example/declaration"
    assert part(made, "8(e)") == "Manual, chapter 5"
    assert part(made, "8(f)") == "Manual, chapter 6"
    assert part(made, "9") == "https://works.example/sbom"


def test_addresses_and_pages_of_the_project_are_links_and_other_words_are_not() -> None:
    values = {
        "changes": "doc:manual#changes",
        "updates": "doc: no address",
        "decommissioning": "javascript:x",
    }
    changes = {f"user_information.instructions.{k}": v for k, v in values.items()}
    made = paper(assessed(changes), ENGLISH)
    links = {p.number: p.facts[0].cells[0][0].to for p in made.parts if p.number.startswith("8(")}
    assert links["8(a)"] == "https://works.example/manual"
    assert links["8(b)"] == "doc:manual#changes"
    assert (links["8(c)"], links["8(d)"]) == (None, None)


def test_documents_and_claimed_sections_are_listed() -> None:
    document = {
        "title": "Manual",
        "languages": ["de", "en"],
        "version": "3",
        "location": "https://x.example/m",
    }
    made = paper(
        assessed({"user_information.documents": [document]}, sections=[section("1d", title="Handling")]),
        GERMAN,
    )
    text = words(made)
    assert "Unterlagen: Manual, Version 3, Deutsch und Englisch: https://x.example/m" in text
    assert "Siehe auch: Handling" in text


def test_a_section_that_shows_this_very_paper_is_not_listed_in_it() -> None:
    own = replace(section("1d", title="User information"), filled=True)
    assert "See also" not in said(sections=[own])


def test_german_uses_the_terms_of_the_german_text() -> None:
    text = said({"support_period.end": GONE}, GERMAN)
    for term in (
        "Informationen und Anleitungen für den Nutzer",
        "Zentrale Kontaktstelle: Security team",
        "Konzept für die koordinierte Offenlegung von Schwachstellen: https://works.example/policy",
        "Ende des Unterstützungszeitraums: Noch nicht angegeben (support_period.end).",
        "Zweckbestimmung: Keeps a door shut",
        "9. Software-Stückliste",
    ):
        assert term in text


# --------------------------------------------------------------------------- the end of support


@pytest.mark.parametrize(
    ("end", "english", "german"),
    [("2035-12", "December 2035", "Dezember 2035"), ("2036-02-29", "29 February 2036", "29. Februar 2036")],
)
def test_the_end_has_month_and_year_at_least_and_is_the_same_wherever_it_is_shown(
    end: str, english: str, german: str
) -> None:
    found = assessed({"support_period.end": end})
    stated = found.product
    assert stated is not None
    assert support(stated, ENGLISH)[0] == f"Security support until {english}"
    assert support(stated, GERMAN)[0] == f"Sicherheitsunterstützung bis {german}"
    assert f"End of the support period: {english}" in words(paper(found, ENGLISH))
    assert f"Ende des Unterstützungszeitraums: {german}" in words(paper(found, GERMAN))
    shown = {row[0][0].text: row[1][0].text for t in facts.support_period(stated) for row in t.rows}
    assert shown["End"] == english


def test_the_line_says_five_years_only_where_it_is_five_years() -> None:
    assert support(assessed().product, ENGLISH)[1:] == ("At least five years from 13 December 2027.",)
    short = assessed({"support_period.end": "2032-11"}).product
    assert support(short, ENGLISH)[1:] == ("From 13 December 2027.",)


def test_versions_with_an_end_of_their_own_are_named() -> None:
    versions = [{"version": "0.9", "support_end": "2030-06"}, {"version": "1.0"}]
    stated = assessed({"product.versions": versions}).product
    assert support(stated, ENGLISH)[-1] == "Version 0.9: until June 2030."


def test_without_an_end_the_line_says_so() -> None:
    assert support(assessed({"support_period.end": GONE}).product, ENGLISH) == (
        "The end of the security support is not stated yet.",
    )
    assert support(None, GERMAN) == ("Das Ende der Sicherheitsunterstützung ist noch nicht angegeben.",)
