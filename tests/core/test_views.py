"""What stands in each table: ids, states, counts, and text that stays text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from build import (
    LAW,
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
)
from sphinx_cra import frameworks
from sphinx_cra.model import NOT_VERIFIED, Item, Kind, State, under
from sphinx_cra.product import Manufacturer, Product, Sbom
from sphinx_cra.render import frameworks as shown
from sphinx_cra.render import sheet, views
from sphinx_cra.render.table import BREAK, Cell, Spanning, Table, Text, joined, lines, text

if TYPE_CHECKING:
    from sphinx_cra.assessment import Assessment

EVIL = '<script>alert("x")</script> =HYPERLINK("http://x") **b** `c` |d| \u202eevil & ' + "long " * 100
PRODUCT = Product(name="Gateway", release="2.0", manufacturer=Manufacturer(name="Maker"))
WORK = (
    risk("K1", asset="keys", threat="theft", likelihood="low", impact="high", treatment="mitigate"),
    requirement("R1", satisfies="LAW_B", mitigates="K1"),
    control("C1", implements="R1", satisfies="STD_1"),
    evidence("E1", verifies="C1", file="a.xml", version="1.2", date="2026-01-02", select="login"),
    evidence("E2", verifies="C1", url="https://example.com/report"),
    exclusion("X1", excludes="LAW_A", because_of="K1"),
)


def said(cell: Cell) -> str:
    return "".join(piece.text for piece in cell)


def grid(table: Table) -> list[list[str]]:
    """The texts of a table; a row over the whole width has one."""
    return [[r.text] if isinstance(r, Spanning) else [said(c) for c in r] for r in table.rows]


def pieces(table: Table) -> list[Text]:
    return [p for r in table.rows if not isinstance(r, Spanning) for c in r for p in c]


def whole(table: Table) -> str:
    return "\n".join(" | ".join(r) for r in grid(table))


def full(*items: Item, **outcomes: str) -> Assessment:
    rows = mapping(
        relation("LAW_B", "STD_1"), relation("LAW_B", "STD_2"), remaining={"LAW_B": ("The rest.",)}
    )
    return assessed(*(items or WORK), mappings=(rows,), **{"E1": "valid", "E2": "unchecked", **outcomes})


DONE = full()


def all_tables(done: Assessment) -> list[Table]:
    every = [r for m in done.matrices for r in m.rows]
    tables = [views.matrix(done, m.catalogue, m.rows) for m in done.matrices]
    tables += [
        views.clauses(done, every),
        views.gaps(done, every),
        views.totals(done, every),
        views.items(done),
        views.evidence(done),
        views.dossier(done),
        views.risks(done),
        views.applicability(done),
    ]
    for point in done.dossier.points:
        tables += views.facts(done, point.id)
    return tables


# ------------------------------------------------------------------------- selecting


@pytest.mark.parametrize(
    ("clause_id", "prefix", "inside"),
    [
        ("CRA_ANX_I_P1_1", "CRA_ANX_I", True),
        ("CRA_ANX_I_P1_1", "CRA_ANX_I_", True),
        ("CRA_ANX_I", "CRA_ANX_I", True),
        ("CRA_ANX_II_1", "CRA_ANX_I", False),
        ("CRA_ANX_I_P1_1", "CRA_ANX_I_P1_2", False),
        ("CRA_ART_13_20", "CRA_ART_13_2", False),
        ("ANYTHING", "", True),
    ],
)
def test_a_part_is_what_lies_below_an_id(clause_id: str, prefix: str, inside: bool) -> None:
    assert under(clause_id, prefix) is inside


def test_rows_are_selected_by_part_and_state() -> None:
    rows = DONE.matrices[0].rows
    assert [r.clause.id for r in views.select(rows, states={State.EXCLUDED})] == ["LAW_A"]
    assert [r.clause.id for r in views.select(rows, parts=("LAW_B", "LAW_O"))] == ["LAW_B", "LAW_O"]
    assert views.select(rows) == rows
    assert views.select(rows, states=frozenset(State)) == rows[:2]


# ---------------------------------------------------------------------------- matrix


def test_the_matrix_shows_clause_items_frameworks_state_and_counts() -> None:
    table = views.matrix(DONE, LAW, DONE.matrices[0].rows)
    cells = grid(table)[1]
    assert cells[0] == "point LAW_B\nTitle of LAW_B\nLAW_B"
    assert cells[1:4] == ["R1", "C1", "E1, E2 (unchecked)"]
    assert "STD point STD_1" in cells[4]
    assert "1 more named, not covered" in cells[4]
    assert cells[5] == "verified\n1/1 implemented\n1/1 proven\n1 of them stated only"
    assert len(table.headers) == len(table.widths) == 6


def test_each_clause_stands_in_the_matrix_once_and_is_linked() -> None:
    catalogue = cra()
    done = assessed(catalogues=(catalogue,))
    table = views.matrix(done, catalogue, done.matrices[0].rows, anchored=True)
    targets = [r[0][0].to for r in table.rows if not isinstance(r, Spanning)]
    assert targets == [c.id for c in catalogue.clauses]
    assert table.anchors is not None
    assert list(table.anchors.values()) == targets
    assert len([r for r in table.rows if isinstance(r, Spanning)]) >= len(catalogue.groups)


def test_a_matrix_of_one_part_has_no_heading_over_it() -> None:
    assert not [r for r in views.matrix(DONE, LAW, DONE.matrices[0].rows).rows if isinstance(r, Spanning)]


def test_what_has_no_state_shows_a_dash_and_what_is_not_counted_says_so() -> None:
    rows = grid(views.matrix(DONE, LAW, DONE.matrices[0].rows))
    assert [r[-1] for r in rows][2:] == ["—", "—", "—"]
    done = assessed(requirement("R1", satisfies="LAW_O"))
    row = done.rows["LAW_O"]
    assert said(views.state_cell(row)) == "planned\n0/1 implemented\n0/1 proven\nnot counted"


def test_the_supporting_framework_shows_what_it_supports() -> None:
    rows = grid(views.matrix(DONE, DONE.catalogues[1], DONE.matrices[1].rows))
    assert rows[0][4] == "supports in part LAW point LAW_B (m: expert-judgement)"


def test_what_a_mapping_says_to_support_nothing_is_shown_from_neither_end() -> None:
    none = mapping(relation("LAW_B", "STD_1"), overall={"LAW_B": "none"})
    done = assessed(*WORK, mappings=(none,))
    cells = [
        grid(views.matrix(done, m.catalogue, m.rows))[n][4]
        for m, n in zip(done.matrices[:2], (1, 0), strict=True)
    ]
    assert cells == ["—", "—"]


# -------------------------------------------------------------------- clauses and gaps


def test_a_page_of_clauses_shows_summary_facts_state_reason_and_carriers() -> None:
    own = frame(
        clause("LAW_B", summary="Do it.", details={"kind": "x", "level": "2"}, wording="The licensed text.")
    )
    done = assessed(*WORK, catalogues=(own,), E1="valid")
    (cells,) = grid(views.clauses(done, done.matrices[0].rows))
    assert cells[1] == "The licensed text.\nDo it.\nlevel: 2"
    assert cells[2].startswith(
        "verified\n1/1 implemented\n1/1 proven\n1 of them stated only\n1 of 1 carrier is proven."
    )
    assert cells[3] == "R1\nEvidence: E1, E2 (unchecked)"


def test_a_weak_check_of_a_clause_is_shown() -> None:
    own = frame(clause("LAW_B", verified=f"{NOT_VERIFIED}: seen in a preview"))
    done = assessed(catalogues=(own,))
    rows = done.matrices[0].rows
    assert "seen in a preview" in whole(views.clauses(done, rows))
    for table in (views.matrix(done, own, rows), views.gaps(done, rows)):
        assert "unverified entry" in whole(table)


def test_a_weak_check_is_said_wherever_another_clause_names_it() -> None:
    weak = f"{NOT_VERIFIED}: from memory"
    law = frame(clause("CRA_ANX_I_P1_1", "cra"), name="cra", prefix="CRA_")
    std = frame(
        clause("STD_1", "std", verified=weak),
        clause("STD_2", "std"),
        clause("STD_3", "std", verified=weak),
        name="std",
        prefix="STD_",
    )
    says = mapping(
        relation("CRA_ANX_I_P1_1", "STD_1"),
        relation("CRA_ANX_I_P1_1", "STD_2"),
        relation("CRA_ANX_I_P1_1", "STD_3", "supporting"),
        of="cra",
    )
    for items, reason in (
        (
            (),
            "STD point STD_1 (unverified entry), STD point STD_2 and STD point STD_3 (unverified entry);",
        ),
        (
            (control("C1", satisfies="STD_1 STD_3"),),
            "STD_1 (covered; unverified entry) and STD point STD_3 (covered; unverified entry), says m.",
        ),
    ):
        done = assessed(*items, catalogues=(law, std), mappings=(says,))
        (row,) = done.matrices[0].rows
        assert reason in row.reason
        blocks = shown.point_blocks(done, frameworks.points(done))
        words = "\n".join(said(cell) for block in blocks for _, cells in block.parts for cell in cells)
        assert "point STD_1 (unverified entry)" in words
        assert "point STD_3 (unverified entry)" in words
        assert "point STD_2 (unverified entry)" not in words
        reverse = whole(shown.supports_table(done, frameworks.supported(done, std)))
        assert reverse.count("unverified entry") == 2
        sheets = [[*sheet.clauses(done)], [*sheet.gaps(done)], [*sheet.relations(done)]]
        assert [sum(weak in record for _, record in s) for s in sheets] == [2, 2 - 2 * bool(items), 2]
    assert "point STD_1 (unverified entry)" in whole(views.matrix(done, law, (row,)))


@pytest.mark.parametrize(
    ("doubted", "words"),
    [
        ("", "point A_1, point A_2"),
        ("A_1", "point A_1 (unverified entry), point A_2"),
        ("A_1 A_2", "point A_1, point A_2 (each an unverified entry)"),
    ],
)
def test_a_doubt_of_all_that_is_named_is_said_once(doubted: str, words: str) -> None:
    clauses = {n: clause(n, verified=NOT_VERIFIED if n in doubted else None) for n in ("A_1", "A_2")}
    assert said(views.cited(clauses)) == words


def test_gaps_come_worst_first_with_why_and_way_out() -> None:
    items = (
        control("C1", satisfies="STD_2"),
        evidence("E1", verifies="C1"),
        requirement("R1", satisfies="ISO_1"),
    )
    done = full(*items, E1="failed")
    rows = [r for m in done.matrices for r in m.rows]
    found = grid(views.gaps(done, rows))
    assert [r[1].split("\n")[0] for r in found] == ["failed", "open", "open", "open", "planned"]
    assert found[0][2] == "E1 is failed (reason of E1).\nLinked: C1"
    assert found[2][4] == "m: The rest."
    assert found[1][3] == "Declare a requirement or control that satisfies it."


def test_totals_are_always_of_how_many() -> None:
    found = grid(views.totals(DONE, DONE.matrices[0].rows))
    assert [r[0] for r in found] == [s.value for s in State]
    assert {r[0]: r[1] for r in found}["excluded"] == "1 of 2"
    assert all(r[1].endswith(" of 2") for r in found)


# ----------------------------------------------------------------------------- items


def test_every_item_is_listed_once_with_its_links_both_ways() -> None:
    table = views.items(DONE, anchored=True)
    found = {r[0]: r for r in grid(table)}
    assert sorted(found) == ["C1", "E1", "E2", "K1", "R1", "X1"]
    assert found["R1"][4:] == ["satisfies LAW_B\nmitigates K1", "implemented by C1"]
    assert found["K1"][5] == "mitigated by R1\nreason for X1"
    assert found["C1"][5] == "verified by E1, E2"
    assert found["X1"][4] == "excludes LAW_A\nbecause of K1"
    assert found["E1"][3] == "valid"
    assert table.anchors == {n: r[0] for n, r in enumerate(grid(table))}


def test_items_are_filtered_by_kind() -> None:
    assert [r[0] for r in grid(views.items(DONE, {Kind.RISK, Kind.CONTROL}))] == ["K1", "C1"]


def test_a_link_that_leads_nowhere_is_still_shown() -> None:
    assert "implements GONE" in whole(views.items(assessed(control("C1", implements="GONE"))))


# -------------------------------------------------------------------------- evidence


def test_the_register_shows_object_version_date_and_verdict() -> None:
    one, two = grid(views.evidence(DONE))
    assert one == [
        "E1\nTitle of E1\nkind: file",
        "C1",
        "a.xml\nselected: login",
        "1.2\n2026-01-02",
        "valid\nreason of E1",
    ]
    assert two[2:] == [
        "https://example.com/report",
        "version not stated\ndate not stated",
        "unchecked\nreason of E2",
    ]


def test_the_register_does_not_invent_a_kind() -> None:
    assert "kind: not stated" in whole(views.evidence(assessed(evidence("E1", kind=""))))
    bare = Item(id="E1", kind=Kind.EVIDENCE, type="evidence", title="t")
    assert "kind: not stated" in whole(views.evidence(assessed(bare)))


@pytest.mark.parametrize(
    ("url", "linked"),
    [
        ("https://example.com/a", True),
        ("HTTP://example.com/a", True),
        ("javascript://%0aalert(1)", False),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("file:///etc/passwd", False),
        ("doc:index#x", False),
        ("LAW_A", False),
    ],
)
def test_only_web_addresses_of_evidence_become_links(url: str, linked: bool) -> None:
    table = views.evidence(assessed(evidence("E1", verifies="LAW_B", url=url)))
    assert url in whole(table)
    assert (url in [p.to for p in pieces(table)]) is linked


# ------------------------------------------------------------------------- Annex VII


def test_the_dossier_lists_fifteen_points_with_content_or_what_is_missing() -> None:
    done = assessed(
        product=PRODUCT,
        sections=(section("2a"), section("1c", not_applicable="No hardware."), section("2c", empty=True)),
    )
    table = views.dossier(done)
    found = {r[0].split("\n")[0]: r for r in grid(table)}
    assert len(found) == 15
    assert found["Annex VII, point 2(a)"][1:] == ["present", "Section for 2a"]
    assert found["Annex VII, point 1(c)"][1:] == ["not applicable", "No hardware."]
    assert found["Annex VII, point 2(c)"][1:] == [
        "missing",
        "The claimed section Section for 2c is empty.\nSection for 2c",
    ]
    assert "doc:page2a#at-2a" in [p.to for p in pieces(table)]


def test_risks_show_treatment_and_what_mitigates_them() -> None:
    (cells,) = grid(views.risks(DONE))
    assert cells == [
        "K1\nTitle of K1",
        "keys\ntheft",
        "likelihood: low\nimpact: high",
        "mitigate\nmitigated by R1\nreason for X1",
        "not stated",
    ]


def test_applicability_says_of_each_of_22_points_whether_and_how() -> None:
    items = (
        requirement("R1", satisfies="CRA_ANX_I_P1_1"),
        exclusion("X1", excludes="CRA_ANX_I_P1_2_A"),
        risk("K1", concerns="CRA_ANX_I_P1_1"),
    )
    found = grid(views.applicability(assessed(*items, catalogues=(cra(),))))
    assert len(found) == 22
    assert found[0][1] == "yes"
    assert "R1" in found[0][2]
    assert found[0][3] == "K1"
    assert found[1][1] == "no"
    assert "It has no such interface." in found[1][2]
    assert {r[1] for r in found[2:]} == {"not shown yet"}


def test_without_the_regulation_there_is_no_applicability() -> None:
    assert views.applicability(DONE).rows == ()


@pytest.mark.parametrize("point", ["1", "1a", "1b", "2b", "4", "5"])
def test_what_comes_from_cra_yaml_is_empty_without_it(point: str) -> None:
    assert views.facts(DONE, point) == ()


def test_what_cra_yaml_does_not_state_is_said_not_to_be_stated() -> None:
    done = assessed(product=PRODUCT)
    (table,) = views.facts(done, "1")
    found = dict(grid(table))
    assert found["Product"] == "Gateway"
    assert found["Class"] == "not stated"
    assert found["Manufacturer"] == "Maker"


def test_the_sbom_is_registered_and_not_shown() -> None:
    product = Product(name="P", release="1", manufacturer=Manufacturer(name="M"), sbom=Sbom(location="safe"))
    done = assessed(evidence("E9", kind="sbom", file="sbom.json"), product=product, E9="valid")
    (table,) = views.facts(done, "8")
    assert grid(table) == [["E9\nTitle of E9", "sbom.json", "—", "valid\nreason of E9"]]
    assert dict(grid(views.facts(done, "2b")[0]))["Kept at"] == "safe"


# ------------------------------------------------------------------------ all of them


def test_every_table_is_whole() -> None:
    for done in (DONE, assessed(), assessed(*WORK, product=PRODUCT, catalogues=(cra(),))):
        for table in all_tables(done):
            assert len(table.headers) == len(table.widths)
            for row in table.rows:
                assert isinstance(row, Spanning) or len(row) == len(table.headers)
            assert all(p is BREAK or "\n" not in p.text for p in pieces(table))


def test_markup_in_titles_stays_text_and_is_not_cut() -> None:
    evil = tuple(
        Item(id=i.id, kind=i.kind, type=i.type, title=EVIL, content=EVIL, fields=i.fields, links=i.links)
        for i in WORK
    )
    own = frame(clause("LAW_B", title=EVIL, summary=EVIL))
    done = assessed(
        *evil, catalogues=(own,), sections=(section("2a", title=EVIL),), product=PRODUCT, E1="valid"
    )
    rows = done.matrices[0].rows
    for table in (
        views.matrix(done, own, rows),
        views.clauses(done, rows),
        views.items(done),
        views.evidence(done),
        views.risks(done),
        views.dossier(done),
    ):
        assert EVIL in [p.text for p in pieces(table)]
        assert EVIL not in [p.to for p in pieces(table)]


def test_cells_are_put_together_without_loose_ends() -> None:
    assert text("") == ()
    assert joined([]) == ()
    assert said(joined([Text("a"), Text("b")])) == "a, b"
    assert said(lines([(), text("a"), (), text("b"), ()])) == "a\nb"


def test_the_ledger_says_which_exclusions_exclude_nothing() -> None:
    items = (
        exclusion("X1", excludes="LAW_A"),
        exclusion("X2", "n/a", excludes="LAW_A"),
        exclusion("X3", excludes="LAW_B"),
        exclusion("X4", excludes="LAW_C"),
        control("C1", satisfies="LAW_C"),
    )
    law = frame(clause("LAW_A", excludable=True), clause("LAW_B"), clause("LAW_C", excludable=True))
    reasons = {row[0][:2]: row[2] for row in grid(views.exclusions(assessed(*items, catalogues=(law,))))}
    assert reasons["X1"] == "It has no such interface."
    assert "excludes nothing: this is no reason" in reasons["X2"]
    assert "does not exclude point LAW_B: the law does not let it" in reasons["X3"]
    assert "does not exclude point LAW_C: the product does what it asks" in reasons["X4"]
