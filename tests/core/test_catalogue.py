"""Catalogues, mappings and overlays of a project: what is read, what is refused, and with what words."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest

from sphinx_cra import catalogue
from sphinx_cra.catalogue import Clauses, CombineError
from sphinx_cra.datafile import DataError
from sphinx_cra.model import Catalogue, Category, Clause, ClauseMapping, Force, Group, Place, Strength
from sphinx_cra.words import is_path

HOUSE = """\
catalogue:
  id: house
  title: House rules for products
  short: House
  edition: "2026"
  prefix: HOUSE_
  publisher: ACME
  url: https://acme.example/rules
  base_url: https://acme.example/rules.html
  note: Internal.
provenance:
  sources:
    WIKI: the wiki
groups:
  - {id: DEV, title: Development}
  - {id: OPS, title: Operation}
clauses:
  - id: HOUSE_DEV_1
    cite: Dev 1
    title: Two people see every change
    summary: Nobody merges alone.
    group: DEV
    addressees: [manufacturer]
    applies_from: 2027-01-01
    url: "#dev-1"
    verified: [WIKI]
    details:
      levels: [low, high]
      weight: 3
  - id: HOUSE_DEV_1_A
    cite: Dev 1(a)
    title: Even a small one
    group: DEV
    parent: HOUSE_DEV_1
    force: option
    unverified: from memory
    verified: {title: [WIKI]}
  - id: HOUSE_OPS_1
    cite: Ops 1
    title: Logs are kept
    group: OPS
    url: https://elsewhere.example/ops
"""

SUPPORT = """\
mapping:
  id: cra-house
  title: The CRA, supported by house rules
  version: "1"
  clauses_of: cra
  supported_by: [house]
provenance:
  sources:
    WIKI: the wiki
rows:
  - clause: CRA_ANX_I_P2_3
    overall: partial
    links:
      - by: [HOUSE_DEV_1]
        strength: partial
        basis: expert-judgement
        source: WIKI
        note: names it
        rationale: Reviews.
    remaining_gap:
      - Tests.
  - clause: [CRA_ANX_I_P1_2_L, CRA_ANX_I_P1_2_D]
    overall: supporting
    links:
      - by: [HOUSE_OPS_1, HOUSE_DEV_1]
        strength: supporting
        basis: derived
        source: [WIKI]
    remaining_gap:
      - Monitoring.
      - An opt-out.
  - clause: CRA_ANX_I_P1_2_G
    overall: none
    remaining_gap: [Everything.]
"""

OVERLAY = """\
overlay:
  framework: house
  licence: Licence 4711 of ACME
wording:
  HOUSE_DEV_1: Every change shall be seen by two people.
titles:
  HOUSE_OPS_1: Log retention
"""


def write(root: Path, text: str, name: str = "house.yaml") -> str:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(text), "utf-8")
    return name if "/" in name else f"./{name}"


def house(root: Path, text: str = HOUSE) -> Catalogue:
    return catalogue.load(write(root, text), root=root)


def faults(root: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(DataError) as caught:
        house(root, text)
    return caught.value.lines()


def support(root: Path, text: str = SUPPORT) -> ClauseMapping:
    return catalogue.load_mapping(write(root, text, "support.yaml"), root=root)


def mapping_faults(root: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(DataError) as caught:
        support(root, text)
    return caught.value.lines()


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


@pytest.fixture(scope="module")
def cra() -> Catalogue:
    return catalogue.load("cra", root=Path())


@pytest.fixture(scope="module")
def clauses(cra: Catalogue) -> Clauses:
    iec = (catalogue.load(n, root=Path()) for n in ("iec62443-4-1", "iec62443-4-2"))
    return Clauses([cra, *iec])


# --------------------------------------------------------------------------- a catalogue of the project


def test_a_project_adds_a_catalogue_of_its_own(tmp_path: Path) -> None:
    c = house(tmp_path)
    assert (c.id, c.title, c.short, c.edition) == ("house", "House rules for products", "House", "2026")
    assert (c.publisher, c.url, c.note) == ("ACME", "https://acme.example/rules", "Internal.")
    assert c.groups == (Group(id="DEV", title="Development"), Group(id="OPS", title="Operation"))
    assert c.clauses[0] == Clause(
        id="HOUSE_DEV_1",
        framework="house",
        printed="Dev 1",
        title="Two people see every change",
        summary="Nobody merges alone.",
        group="DEV",
        addressees=("manufacturer",),
        applies_from="2027-01-01",
        url="https://acme.example/rules.html#dev-1",
        verified="WIKI",
        details={"levels": "low, high", "weight": "3"},
    )
    assert c.clauses[1].parent == "HOUSE_DEV_1"
    assert c.clauses[1].force is Force.OPTION
    assert c.clauses[1].verified == "not verified: from memory; title: WIKI"
    assert c.clauses[2].url == "https://elsewhere.example/ops"


def test_a_clause_says_where_its_file_has_it(tmp_path: Path) -> None:
    c = house(tmp_path)
    assert c.clauses[2].place == Place(source="house.yaml", line=line_of(HOUSE, "id: HOUSE_OPS_1"))
    assert c.place == Place(source="house.yaml", line=1)


def test_a_catalogue_needs_no_more_than_ids_citations_and_titles(tmp_path: Path) -> None:
    c = house(
        tmp_path,
        """\
        catalogue: {id: tiny, title: Tiny, short: Tiny, edition: first, prefix: TINY_}
        clauses:
          - {id: TINY_1, cite: "1", title: One}
        """,
    )
    assert c.clauses == (Clause(id="TINY_1", framework="tiny", printed="1", title="One"),)


def test_a_catalogue_may_name_product_categories(tmp_path: Path) -> None:
    text = HOUSE + dedent("""\
        categories:
          - id: HOUSE_CAT_1
            cite: Category 1
            title: Toys
            class: critical
            url: "#toys"
            details: {draft standard: EN 1}
        """)
    assert house(tmp_path, text).categories == (
        Category(
            id="HOUSE_CAT_1",
            printed="Category 1",
            title="Toys",
            product_class="critical",
            url="https://acme.example/rules.html#toys",
            details={"draft standard": "EN 1"},
        ),
    )


def test_a_file_in_a_folder_and_with_unicode_is_read(tmp_path: Path) -> None:
    name = write(tmp_path, HOUSE.replace("Logs are kept", "سجل <script>"), "düster/haus.yaml")
    c = catalogue.load(name, root=tmp_path)
    assert c.clauses[2].title == "سجل <script>"
    assert c.place == Place(source="düster/haus.yaml", line=1)


def test_what_is_written_as_a_path_is_a_file_of_the_project() -> None:
    paths = ["own/cra", "own.yaml", "own.YML", "own\\cra"]
    assert [is_path(p) for p in paths] == [True] * 4
    assert not any(map(is_path, (*catalogue.names(), *catalogue.mapping_names())))


# --------------------------------------------------------------------------- which file


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(DataError) as caught:
        catalogue.load("iec62443-4.2", root=Path())
    assert str(caught.value) == (
        "iec62443-4.2: no such catalogue; did you mean 'iec62443-4-2'? "
        "(a file of the project is named with its ending, .yaml)"
    )


def test_an_unknown_mapping_is_answered_with_what_there_is() -> None:
    with pytest.raises(DataError, match=r"no such mapping; we ship .*cra-iec62443"):
        catalogue.load_mapping("other", root=Path())


def test_a_mapping_is_not_a_catalogue_by_name() -> None:
    with pytest.raises(DataError, match="no such catalogue"):
        catalogue.load("mapping-cra-iec62443", root=Path())


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        catalogue.load("own/house.yaml", root=tmp_path)
    assert str(caught.value) == "own/house.yaml: no such file"


@pytest.mark.parametrize("name", ["../house.yaml", "sub/../../house.yaml", "./../house.yaml"])
def test_a_path_does_not_leave_the_project(tmp_path: Path, name: str) -> None:
    write(tmp_path, HOUSE)
    root = tmp_path / "project"
    (root / "sub").mkdir(parents=True)
    for read in (catalogue.load, catalogue.load_mapping, catalogue.load_overlay):
        with pytest.raises(DataError) as caught:
            read(name, root=root)
        assert str(caught.value) == f"{name}: leads out of the project"


def test_a_link_does_not_lead_out_of_the_project(tmp_path: Path) -> None:
    write(tmp_path, HOUSE)
    root = tmp_path / "project"
    root.mkdir()
    (root / "link.yaml").symlink_to(tmp_path / "house.yaml")
    with pytest.raises(DataError, match="leads out of the project"):
        catalogue.load("link.yaml", root=root)


@pytest.mark.parametrize("name", ["/etc/house.yaml", "C:\\house.yaml"])
def test_a_path_is_relative(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match="must be a path relative to the project"):
        catalogue.load(name, root=tmp_path)


def test_a_path_that_cannot_be_one_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be a"):
        catalogue.load("a\0b.yaml", root=tmp_path)


def test_a_loop_of_links_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").symlink_to("b.yaml")
    (tmp_path / "b.yaml").symlink_to("a.yaml")
    with pytest.raises(DataError):
        catalogue.load("a.yaml", root=tmp_path)


# --------------------------------------------------------------------------- faults of a catalogue


def test_broken_yaml_names_its_line(tmp_path: Path) -> None:
    (found,) = faults(tmp_path, HOUSE.replace("title: Development}", "title: Development"))
    assert found.startswith("house.yaml:")
    assert "not YAML" in found


@pytest.mark.parametrize(
    "text", ["", "# nothing\n", "just a word\n", "- a\n- list\n", "catalogue: 3\nclauses: x\n"]
)
def test_what_is_no_catalogue_at_all_is_a_fault(tmp_path: Path, text: str) -> None:
    assert faults(tmp_path, text)


def test_an_unknown_key_is_answered_with_the_nearest(tmp_path: Path) -> None:
    text = HOUSE.replace("summary: Nobody", "sumary: Nobody")
    assert faults(tmp_path, text) == (
        f"house.yaml:{line_of(text, 'sumary')}: clauses.0.sumary: unknown key; did you mean 'summary'?",
    )


def test_an_id_is_given_once(tmp_path: Path) -> None:
    text = HOUSE.replace("id: HOUSE_OPS_1", "id: HOUSE_DEV_1")
    first, again = line_of(HOUSE, "HOUSE_DEV_1"), line_of(HOUSE, "HOUSE_OPS_1")
    assert faults(tmp_path, text) == (
        f"house.yaml:{again}: clauses.2.id: HOUSE_DEV_1 is given twice, first on line {first}",
    )


def test_a_category_shares_no_id_with_a_clause(tmp_path: Path) -> None:
    text = HOUSE + "categories: [{id: HOUSE_OPS_1, cite: C, title: C, class: critical}]\n"
    (found,) = faults(tmp_path, text)
    assert "categories.0.id: HOUSE_OPS_1 is given twice" in found


def test_an_id_begins_with_the_prefix(tmp_path: Path) -> None:
    text = HOUSE.replace("id: HOUSE_OPS_1", "id: HAUS_OPS_1")
    (found,) = faults(tmp_path, text)
    where = f"house.yaml:{line_of(text, 'HAUS_OPS_1')}: clauses.2.id"
    assert found == f"{where}: HAUS_OPS_1 does not begin with the catalogue's prefix HOUSE_"


@pytest.mark.parametrize(
    "bad", ["house_ops_1", "HOUSE-OPS-1", "HOUSE_OPS.1", "HOUS", "1HOUSE", '"HOUSE_OPS_1 "', "HOUSE_É"]
)
def test_an_id_is_capitals_digits_and_underscores(tmp_path: Path, bad: str) -> None:
    found = faults(tmp_path, HOUSE.replace("id: HOUSE_OPS_1", f"id: {bad}"))
    assert any("an id is capitals, digits and underscores" in f for f in found)


def test_an_unknown_group_is_answered_with_the_nearest(tmp_path: Path) -> None:
    text = HOUSE.replace("group: OPS", "group: OP")
    assert faults(tmp_path, text) == (
        f"house.yaml:{line_of(text, 'group: OP')}: clauses.2.group: no group OP; did you mean OPS?",
    )


def test_a_group_is_given_once(tmp_path: Path) -> None:
    (found, *_) = faults(tmp_path, HOUSE.replace("{id: OPS,", "{id: DEV,"))
    assert "groups.1.id: DEV is given twice" in found


def test_an_unknown_parent_is_answered_with_the_nearest(tmp_path: Path) -> None:
    (found,) = faults(tmp_path, HOUSE.replace("parent: HOUSE_DEV_1", "parent: HOUSE_DEV_7"))
    assert "clauses.1.parent: no clause HOUSE_DEV_7; did you mean HOUSE_DEV_1" in found


def test_no_clause_is_its_own_ancestor(tmp_path: Path) -> None:
    text = HOUSE.replace("    addressees:", "    parent: HOUSE_DEV_1_A\n    addressees:")
    found = faults(tmp_path, text)
    assert len(found) == 2
    assert found[0].endswith("clauses.0.parent: HOUSE_DEV_1 is its own ancestor")
    assert found[1].endswith("clauses.1.parent: HOUSE_DEV_1_A is its own ancestor")


def test_a_clause_below_a_circle_is_not_blamed_for_it(tmp_path: Path) -> None:
    text = HOUSE.replace("    addressees:", "    parent: HOUSE_DEV_1\n    addressees:")
    (found,) = faults(tmp_path, text)
    assert found.endswith("clauses.0.parent: HOUSE_DEV_1 is its own ancestor")


def test_a_fragment_needs_something_to_be_appended_to(tmp_path: Path) -> None:
    (found,) = faults(tmp_path, HOUSE.replace("  base_url: https://acme.example/rules.html\n", ""))
    assert found.endswith("clauses.0.url: a fragment needs catalogue.base_url to be appended to")


@pytest.mark.parametrize("bad", ["javascript:alert(1)", "www.acme.example", "'https://a b'"])
def test_an_address_is_one_that_may_be_linked(tmp_path: Path, bad: str) -> None:
    (found,) = faults(tmp_path, HOUSE.replace("https://elsewhere.example/ops", bad))
    assert "an address begins with https://" in found


def test_an_unexplained_source_is_a_fault(tmp_path: Path) -> None:
    text = HOUSE.replace("verified: [WIKI]", "verified: [WIKY]").replace("{title: [WIKI]}", "{title: [BLOG]}")
    first, second = faults(tmp_path, text)
    assert first.endswith("clauses.0.verified.0: provenance.sources has no 'WIKY'; did you mean 'WIKI'?")
    assert second.endswith("clauses.1.verified.title.0: provenance.sources has no 'BLOG'; known are WIKI")


def test_all_faults_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    text = (
        HOUSE.replace("summary: Nobody", "sumary: Nobody")
        .replace("force: option", "force: must")
        .replace("id: HOUSE_OPS_1", "id: HOUSE_DEV_1")
        .replace("group: OPS", "group: SHOP")
    )
    assert [f.split(": ")[1] for f in faults(tmp_path, text)] == [
        "clauses.0.sumary",
        "clauses.1.force",
        "clauses.2.id",
        "clauses.2.group",
    ]


def test_values_of_a_wrong_kind_are_faults_and_no_traceback(tmp_path: Path) -> None:
    for old, new in (
        ("prefix: HOUSE_", "prefix: [HOUSE_]"),
        ("groups:\n", "groups: word\nclauses_:\n"),
        ("group: DEV", "group: {a: b}"),
        ("parent: HOUSE_DEV_1", "parent: 3"),
        ("id: HOUSE_DEV_1\n", "id: [HOUSE_DEV_1]\n"),
        ("verified: [WIKI]", "verified: WIKI"),
        ("sources:\n    WIKI: the wiki", "sources: [WIKI]"),
        ('url: "#dev-1"', "url: 7"),
    ):
        assert faults(tmp_path, HOUSE.replace(old, new, 1)), new


# --------------------------------------------------------------------------- mapping


def test_a_mapping_relates_each_clause_of_a_row_to_each_supporting_one(tmp_path: Path) -> None:
    m = support(tmp_path)
    assert (m.id, m.clauses_of, m.supported_by) == ("cra-house", "cra", ("house",))
    assert [(r.clause, r.by, r.strength) for r in m.relations] == [
        ("CRA_ANX_I_P2_3", "HOUSE_DEV_1", Strength.PARTIAL),
        ("CRA_ANX_I_P1_2_L", "HOUSE_OPS_1", Strength.SUPPORTING),
        ("CRA_ANX_I_P1_2_L", "HOUSE_DEV_1", Strength.SUPPORTING),
        ("CRA_ANX_I_P1_2_D", "HOUSE_OPS_1", Strength.SUPPORTING),
        ("CRA_ANX_I_P1_2_D", "HOUSE_DEV_1", Strength.SUPPORTING),
    ]
    first = m.relations[0]
    assert (first.mapping, first.source, first.note, first.rationale) == (
        "cra-house",
        "WIKI",
        "names it",
        "Reviews.",
    )
    assert first.place == Place(source="support.yaml", line=line_of(SUPPORT, "[HOUSE_DEV_1]"))


def test_a_row_without_links_still_says_what_remains(tmp_path: Path) -> None:
    m = support(tmp_path)
    assert m.remaining["CRA_ANX_I_P1_2_G"] == ("Everything.",)
    assert m.remaining["CRA_ANX_I_P1_2_D"] == ("Monitoring.", "An opt-out.")
    assert m.overall["CRA_ANX_I_P1_2_G"] == "none"


def test_a_mapping_never_says_full(tmp_path: Path) -> None:
    (found,) = mapping_faults(tmp_path, SUPPORT.replace("strength: partial", "strength: full"))
    assert "'full' is not one of partial, supporting" in found


def test_a_row_without_a_gap_is_a_fault(tmp_path: Path) -> None:
    (found,) = mapping_faults(tmp_path, SUPPORT.replace("    remaining_gap: [Everything.]\n", ""))
    assert found.endswith("rows.2: 'remaining_gap' is required here")


def test_a_clause_has_one_row(tmp_path: Path) -> None:
    text = SUPPORT.replace("clause: CRA_ANX_I_P1_2_G", "clause: CRA_ANX_I_P1_2_D")
    first, again = line_of(SUPPORT, "[CRA_ANX_I_P1_2_L"), line_of(SUPPORT, "clause: CRA_ANX_I_P1_2_G")
    assert mapping_faults(tmp_path, text) == (
        f"support.yaml:{again}: rows.2.clause: CRA_ANX_I_P1_2_D has a row already, on line {first}",
    )


def test_a_pair_is_related_once(tmp_path: Path) -> None:
    gap = "    remaining_gap:\n      - Tests."
    again = "      - {by: [HOUSE_DEV_1], strength: supporting, basis: derived}\n"
    text = SUPPORT.replace(gap, again + gap)
    (found,) = mapping_faults(tmp_path, text)
    assert "HOUSE_DEV_1 is in the row already, on line" in found


def test_a_source_of_a_relation_is_explained(tmp_path: Path) -> None:
    (found,) = mapping_faults(tmp_path, SUPPORT.replace("source: WIKI", "source: WIKY"))
    assert found.endswith("rows.0.links.0.source: provenance.sources has no 'WIKY'; did you mean 'WIKI'?")


def test_a_catalogue_given_as_a_mapping_is_a_fault(tmp_path: Path) -> None:
    found = mapping_faults(tmp_path, HOUSE)
    assert any("'mapping' is required here" in f for f in found)


def test_a_catalogue_does_not_support_itself(tmp_path: Path) -> None:
    (found,) = mapping_faults(tmp_path, SUPPORT.replace("[house]", "[house, cra]"))
    assert found.endswith("a catalogue does not support itself")


def test_a_mapping_of_wrong_shapes_is_faults_and_no_traceback(tmp_path: Path) -> None:
    for old, new in (
        ("by: [HOUSE_DEV_1]", "by: HOUSE_DEV_1"),
        ("clause: CRA_ANX_I_P2_3", "clause: {a: b}"),
        ("remaining_gap:\n      - Tests.", "remaining_gap: {}"),
        ("overall: partial", "overall: 3"),
        ("clauses_of: cra", "clauses_of: []"),
        ("rows:\n", "rows_:\n"),
        ("rows:\n", "rows: 7\nothers:\n"),
    ):
        assert mapping_faults(tmp_path, SUPPORT.replace(old, new, 1)), new


# --------------------------------------------------------------------------- several together


def test_catalogues_and_mappings_that_fit_are_given_back(tmp_path: Path, cra: Catalogue) -> None:
    own, m = house(tmp_path), support(tmp_path)
    assert catalogue.combine([cra, own], [m]) == ((cra, own), (m,))
    assert catalogue.check([cra, own], [m]) == ()


def combine_error(catalogues: list[Catalogue], mappings: list[ClauseMapping]) -> CombineError:
    with pytest.raises(CombineError) as caught:
        catalogue.combine(catalogues, mappings)
    return caught.value


@pytest.mark.parametrize("first", [True, False])
def test_nobody_else_gets_the_ids_of_the_regulation(tmp_path: Path, cra: Catalogue, first: bool) -> None:
    text = HOUSE.replace("HOUSE_OPS_1", "CRA_ANX_I_P1_2_D").replace("HOUSE_", "CRA_")
    own = house(tmp_path, text)
    error = combine_error([own, cra] if first else [cra, own], [])
    assert error.lines() == (
        "house.yaml:1: ids that begin with CRA_ are those of the Regulation; take another prefix",
    )
    left = {c.id: c for c in error.catalogues}
    assert left["cra"] == cra
    assert left["house"].clauses == ()


def test_an_id_is_in_one_catalogue_only(tmp_path: Path, cra: Catalogue) -> None:
    text = HOUSE.replace("id: house", "id: yard").replace("HOUSE_DEV", "HOUSE_YARD")
    own = house(tmp_path)
    other = catalogue.load(write(tmp_path, text, "yard.yaml"), root=tmp_path)
    error = combine_error([cra, own, other], [])
    line = line_of(HOUSE, "id: HOUSE_OPS_1")
    assert error.lines() == (
        f"yard.yaml:{line}: HOUSE_OPS_1 is in the catalogue house too, at house.yaml:{line}",
    )
    kept = error.catalogues[2]
    assert [c.id for c in kept.clauses] == ["HOUSE_YARD_1", "HOUSE_YARD_1_A"]


def test_a_catalogue_is_loaded_once(tmp_path: Path) -> None:
    own = house(tmp_path)
    error = combine_error([own, replace(own, title="Again")], [])
    assert error.lines() == ("house.yaml:1: the catalogue house is loaded already, from house.yaml:1",)
    assert error.catalogues == (own,)


def test_an_end_that_no_catalogue_has_is_answered_with_the_nearest(tmp_path: Path, cra: Catalogue) -> None:
    text = SUPPORT.replace("clause: CRA_ANX_I_P2_3", "clause: CRA_ANX_I_P2_33").replace(
        "by: [HOUSE_OPS_1, HOUSE_DEV_1]", "by: [HOUSE_OPS_11, HOUSE_DEV_1]"
    )
    own = house(tmp_path)
    error = combine_error([cra, own], [support(tmp_path, text)])
    row, link = line_of(text, "CRA_ANX_I_P2_33"), line_of(text, "[HOUSE_OPS_11")
    lines = error.lines()
    assert lines[0].startswith(
        f"support.yaml:{row}: no clause CRA_ANX_I_P2_33 in cra; did you mean CRA_ANX_I_P2_3"
    )
    assert lines[1].startswith(
        f"support.yaml:{link}: no clause HOUSE_OPS_11 in house; did you mean HOUSE_OPS_1"
    )
    (kept,) = error.mappings
    assert [(r.clause, r.by) for r in kept.relations] == [
        ("CRA_ANX_I_P1_2_L", "HOUSE_DEV_1"),
        ("CRA_ANX_I_P1_2_D", "HOUSE_DEV_1"),
    ]
    assert "CRA_ANX_I_P2_33" not in kept.remaining


def test_an_end_in_a_catalogue_that_is_not_meant_is_a_fault(tmp_path: Path, cra: Catalogue) -> None:
    own = house(tmp_path)
    m = support(tmp_path, SUPPORT.replace("[HOUSE_DEV_1]", "[CRA_ART_13_1]"))
    (found,) = combine_error([cra, own], [m]).lines()
    assert found.endswith("CRA_ART_13_1 is a clause of cra, where one of house is meant")


def test_faults_of_several_files_come_together_each_with_its_own(tmp_path: Path, cra: Catalogue) -> None:
    own = house(tmp_path)
    other = catalogue.load(
        write(tmp_path, HOUSE.replace("id: house", "id: yard"), "yard.yaml"), root=tmp_path
    )
    m = support(tmp_path, SUPPORT.replace("[HOUSE_DEV_1]", "[HOUSE_DEV_9]"))
    error = combine_error([cra, own, other], [m])
    assert {f.source for f in error.faults} == {"yard.yaml", "support.yaml"}
    assert len(error.faults) == 4
    again = pickle.loads(pickle.dumps(CombineError("x", error.faults)))
    assert again.lines() == error.lines()


def test_a_mapping_to_a_catalogue_that_is_not_loaded_waits_for_it(cra: Catalogue) -> None:
    m = catalogue.load_mapping("cra-iec62443", root=Path())
    process = catalogue.load("iec62443-4-1", root=Path())
    _, (fitted,) = catalogue.combine([cra, process], [m])
    assert {r.by.rsplit("_", 2)[0] for r in fitted.relations} == {"IEC62443_4_1"}
    assert fitted.remaining == m.remaining
    _, (fitted,) = catalogue.combine([process], [m])
    assert (fitted.relations, dict(fitted.remaining)) == ((), {})


def test_a_mapping_of_a_catalogue_that_nobody_knows_is_a_fault(tmp_path: Path, cra: Catalogue) -> None:
    own = house(tmp_path)
    m = support(tmp_path, SUPPORT.replace("[house]", "[hous]"))
    error = combine_error([cra, own], [m])
    assert "support.yaml:1: no catalogue hous is loaded; did you mean 'house'?" in error.lines()


def test_a_mapping_is_loaded_once(tmp_path: Path, cra: Catalogue) -> None:
    own, m = house(tmp_path), support(tmp_path)
    error = combine_error([cra, own], [m, m])
    assert error.lines() == ("support.yaml:1: the mapping cra-house is loaded already, from support.yaml:1",)
    assert len(error.mappings) == 1


# --------------------------------------------------------------------------- overlay


def overlaid(root: Path, text: str) -> Catalogue:
    own = house(root)
    (result,) = catalogue.overlaid([own], write(root, text, "licensed.yaml"), root=root)
    return result


def test_an_overlay_brings_wording_that_the_project_holds_a_licence_for(tmp_path: Path) -> None:
    c = overlaid(tmp_path, OVERLAY)
    assert [x.wording for x in c.clauses] == ["Every change shall be seen by two people.", None, None]
    assert [x.title for x in c.clauses] == [
        "Two people see every change",
        "Even a small one",
        "Log retention",
    ]


def test_the_licence_of_an_overlay_is_shown_with_the_catalogue(tmp_path: Path) -> None:
    assert overlaid(tmp_path, OVERLAY).note == "Internal. Wording shown under: Licence 4711 of ACME"


def overlay_faults(root: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(DataError) as caught:
        overlaid(root, text)
    return caught.value.lines()


def test_every_unknown_clause_of_an_overlay_is_answered_with_the_nearest(tmp_path: Path) -> None:
    text = OVERLAY.replace("HOUSE_DEV_1", "house-dev-1").replace("HOUSE_OPS_1", "HOUSE_OPS_2")
    assert overlay_faults(tmp_path, text) == (
        "licensed.yaml:5: no clause house-dev-1 in house; did you mean HOUSE_DEV_1?",
        "licensed.yaml:7: no clause HOUSE_OPS_2 in house; did you mean HOUSE_OPS_1?",
    )


def test_an_overlay_without_a_licence_is_a_fault(tmp_path: Path) -> None:
    text = OVERLAY.replace("  licence: Licence 4711 of ACME\n", "")
    assert overlay_faults(tmp_path, text) == ("licensed.yaml:1: overlay: 'licence' is required here",)


def test_an_overlay_of_a_catalogue_that_is_not_loaded_is_a_fault(tmp_path: Path) -> None:
    text = OVERLAY.replace("framework: house", "framework: hosue")
    assert overlay_faults(tmp_path, text) == (
        "licensed.yaml:2: no catalogue 'hosue' is loaded; did you mean 'house'?",
    )


def test_an_overlay_leaves_other_catalogues_alone(tmp_path: Path, cra: Catalogue) -> None:
    own = house(tmp_path)
    first, second = catalogue.overlaid([cra, own], write(tmp_path, OVERLAY, "licensed.yaml"), root=tmp_path)
    assert first is cra
    assert second != own


# --------------------------------------------------------------------------- index


def test_clauses_are_found_by_id(clauses: Clauses) -> None:
    assert "CRA_ANX_I_P1_2_D" in clauses
    assert clauses.get("CRA_ANX_I_P1_2_D").printed == "Annex I, Part I, point (2)(d)"  # type: ignore[union-attr]
    assert clauses.catalogue_of("IEC62443_4_1_SVV_3").id == "iec62443-4-1"  # type: ignore[union-attr]
    assert clauses.get("CRA_ANX_I_P1_2_Z") is None
    assert clauses.catalogue_of("CRA_ANX_I_P1_2_Z") is None
    assert len(clauses) == len(list(clauses)) == 305 + 47 + 141


def test_the_points_of_a_clause_come_in_order(clauses: Clauses) -> None:
    points = [c.id for c in clauses.children("CRA_ANX_I_P1_2")]
    assert points == [f"CRA_ANX_I_P1_2_{x}" for x in "ABCDEFGHIJKLM"]
    assert clauses.children("CRA_ANX_I_P1_2_A") == ()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("cra_anx_i_p1_2_d", "CRA_ANX_I_P1_2_D"),
        ("CRA-ANX-I-P1-2-D", "CRA_ANX_I_P1_2_D"),
        ("CRA_ANX_1_P1_2_D", "CRA_ANX_I_P1_2_D"),
        ("CRA_ANX_I_P1_2D", "CRA_ANX_I_P1_2_D"),
        ("CRAANXIP12D", "CRA_ANX_I_P1_2_D"),
        ("CRA.ANX.I.P1.2.d", "CRA_ANX_I_P1_2_D"),
        ("CRA_ANNEX_I_PART_I_2_D", "CRA_ANX_I_P1_2_D"),
        ("Annex I, Part I, point (2)(d)", "CRA_ANX_I_P1_2_D"),
        ("cra_anx_vii_2b", "CRA_ANX_VII_2_B"),
        ("CRA_ARTICLE_13_8", "CRA_ART_13_8"),
        ("Article 13(8), third subparagraph", "CRA_ART_13_8_SP3"),
        ("CRA_ART_32_5a", "CRA_ART_32_5A"),
        ("IEC62443-4-1-SVV-3", "IEC62443_4_1_SVV_3"),
        ("SVV-3", "IEC62443_4_1_SVV_3"),
        ("IEC62443_4_2_CR_1.1_RE(1)", "IEC62443_4_2_CR_1_1_RE_1"),
        ("CR 1.1 RE(1)", "IEC62443_4_2_CR_1_1_RE_1"),
        ("iec624434_2_edr_3_11", "IEC62443_4_2_EDR_3_11"),
    ],
)
def test_another_spelling_of_a_clause_means_that_clause_alone(
    clauses: Clauses, written: str, meant: str
) -> None:
    assert clauses.nearest(written) == [meant]
    assert clauses.looks_like(written)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("CRA_ANX_I_P2_9", "CRA_ANX_I_P2_8"),
        ("CRA_ANX_I_P1_2_DD", "CRA_ANX_I_P1_2_D"),
        ("CRA_ANX_I_P12_D", "CRA_ANX_I_P1_2_D"),
        ("CRA_ANEX_VII_2_B", "CRA_ANX_VII_2_B"),
        ("CRA_ART_13_8_SP7", "CRA_ART_13_8_SP6"),
        ("IEC62443_4_1_SVV_6", "IEC62443_4_1_SVV_5"),
        ("IEC62443-4-2_2019_CR-1-1_RE-1", "IEC62443_4_2_CR_1_1_RE_1"),
        ("IEC_62443_4_1_SVV_3", "IEC62443_4_1_SVV_3"),
        ("CRE_ANX_VII_2_B", "CRA_ANX_VII_2_B"),
    ],
)
def test_a_slip_is_answered_with_what_is_near(clauses: Clauses, written: str, meant: str) -> None:
    near = clauses.nearest(written)
    assert meant in near
    assert len(near) <= 3


@pytest.mark.parametrize("written", ["", "CTRL_LOGIN", "REQ_1", "hello", "_", "X" * 5000, "ك"])
def test_what_means_no_clause_is_left_alone(clauses: Clauses, written: str) -> None:
    assert clauses.nearest(written) == []
    assert not clauses.looks_like(written)


def test_a_wrong_id_of_a_loaded_framework_looks_like_a_clause(clauses: Clauses) -> None:
    assert clauses.looks_like("cra-anx-xii-1")
    assert not clauses.looks_like("CRAZY_CONTROL")


def test_an_index_of_nothing_knows_nothing() -> None:
    empty = Clauses([])
    assert (len(empty), empty.get("X"), empty.nearest("CRA_ART_13_1"), empty.children("X")) == (
        0,
        None,
        [],
        (),
    )
    assert not empty.looks_like("CRA_ART_13_1")
