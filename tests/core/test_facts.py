"""What points of Annex VII show of the product file."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from build import assessed
from sphinx_cra import product
from sphinx_cra.render import facts, views

if TYPE_CHECKING:
    from sphinx_cra.render.table import Table

LEAST = """\
product:
  name: Gateway
  release: "1"
{}manufacturer:
  name: Works
"""


def read(extra: str = "", own: str = "") -> product.Product:
    """The least there can be, with more blocks and more of the block ``product``."""
    return product.parse(LEAST.format(own) + dedent(extra))


def grid(table: Table) -> list[list[str]]:
    return [["".join(piece.text for piece in cell) for cell in row] for row in table.rows]  # type: ignore[union-attr]


def one(tables: tuple[Table, ...]) -> list[list[str]]:
    (table,) = tables
    return grid(table)


def test_variants_are_shown_with_what_differs() -> None:
    own = (
        "  variants:\n  - {name: GW-520, identification: Label, differences: Second port}\n  - name: GW-530\n"
    )
    _, table = facts.general(read(own=own))
    assert grid(table) == [["GW-520", "Label", "Second port"], ["GW-530", "—", "not stated"]]


def test_certificate_and_open_source_are_shown_where_there_are_any() -> None:
    plain = dict(one(facts.general(read())))
    assert "European cybersecurity certificate" not in plain
    assert "Free and open-source software" not in plain
    full = dict(
        one(
            facts.general(
                read(
                    """\
                    open_source: {qualifies: true, licence: EUPL-1.2}
                    conformity: {certification: {scheme: EUCC, level: high, certificate: C-1}}
                    """
                )
            )
        )
    )
    assert full["European cybersecurity certificate"] == "EUCC, high, C-1"
    assert full["Free and open-source software"] == "EUPL-1.2"
    assert "Free and open-source software" not in dict(
        one(facts.general(read("open_source: {qualifies: false, licence: MIT}")))
    )


def test_versions_show_the_last_unit_and_a_substantial_modification() -> None:
    own = (
        '  versions:\n  - version: "1"\n    part: software\n    placed_on_market: 2028-01-01\n'
        "    last_placed_on_market: 2029-01-01\n    substantial_modification: true\n    note: New protocol\n"
    )
    (row,) = one(facts.versions(read(own=own)))
    assert row[2].splitlines() == ["2028-01-01", "last unit 2029-01-01"]
    assert row[4].splitlines() == ["Substantial modification", "New protocol"]


def test_a_contracted_service_without_its_contract_says_so() -> None:
    own = (
        "  remote_services:\n  - {name: Relay, provider: Cloud, third_party: true, purpose: Passes on}\n"
        "  - {name: Updates, third_party: false}\n  - name: Log\n"
    )
    assert one(facts.design(read(own=own))) == [
        ["Relay", "Cloud\na third party", "Passes on", "not stated"],
        ["Updates", "the manufacturer", "not stated", "—"],
        ["Log", "not stated by whom", "not stated", "—"],
    ]


def test_handling_shows_how_updates_are_distributed_where_that_is_stated() -> None:
    stated = read(
        """\
        contacts: {means: [{kind: email, value: psirt@a.example}, {kind: telephone}]}
        updates:
          automatic_by_default: false
          automatic_reason: It would stop the machine.
          separate_security_updates: true
          free_of_charge: true
          available_years: 10
          location: updates.a.example
        """
    )
    found = dict(one(facts.handling(stated, sboms="EV_SBOM", known="nothing known")))
    assert found["Means of communication"] == "email: psirt@a.example, telephone"
    assert found["Security updates install automatically"] == "no. It would stop the machine"
    assert found["Security updates apart from new functions"] == "yes"
    assert found["Each security update stays available"] == "10 years after issue"
    least = dict(one(facts.handling(read(), sboms="", known="x")))
    assert not [name for name in least if "update" in name.lower()]
    assert least["Software bill of materials"] == "not stated"


def test_risk_assessment_production_and_requests_are_left_out_until_something_is_stated() -> None:
    least = read()
    assert facts.risk_assessment(least) == facts.production(least) == facts.sbom_requests(least) == ()
    assert facts.risk_assessment(None) == facts.sbom_requests(None) == ()
    assert facts.design(least) == facts.versions(least) == facts.standards(least) == ()
    stated = read(
        """\
        risk_assessment: {version: "2"}
        production: {validated_on: 2028-01-01}
        sbom: {requests: [{authority: Office, date: 2028-02-01}]}
        """
    )
    assert one(facts.risk_assessment(stated))[0] == ["Version of the risk assessment", "2"]
    assert one(facts.production(stated))[2] == ["Validated on", "2028-01-01"]
    assert one(facts.sbom_requests(stated)) == [
        ["Office", "2028-02-01", "not stated", "not stated", "not supplied"]
    ]


def test_a_version_with_an_end_of_its_own_shows_it() -> None:
    own = '  versions:\n  - {version: "1", support_end: 2039-01}\n'
    assert ["End of support of version 1", "January 2039"] in one(facts.support_period(read(own=own)))


def test_a_standard_shows_draft_level_and_the_extent_of_a_clause_that_differs() -> None:
    (row,) = one(
        facts.standards(
            read(
                """\
                standards:
                - id: A
                  draft: true
                  level: high
                  extent: full
                  clauses: [CRA_A, CRA_B]
                  per_clause: {CRA_B: partial, CRA_C: full}
                """
            )
        )
    )
    assert row[1].splitlines() == ["not stated", "level high", "draft"]
    assert row[4] == "CRA_A, CRA_B (partial), CRA_C"


@pytest.mark.parametrize("point", ["2a", "2c"])
def test_points_that_need_a_section_show_facts_beside_it(point: str) -> None:
    own = "  remote_services: [{name: Relay}]\n"
    stated = read("production: {controls: Six steps}", own=own)
    (table,) = views.facts(assessed(product=stated), point)
    assert table.rows
