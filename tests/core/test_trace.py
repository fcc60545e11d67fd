"""Records of ``needs.json`` as items and links, and what links may lead to."""

from __future__ import annotations

from typing import Any

import pytest

from build import control, evidence, exclusion, requirement, risk, trace
from sphinx_cra.model import Kind, Link
from sphinx_cra.trace import ENDS, FIELDS, OWN, Adoption, Trace, adoptions, links_of

CLAUSES = frozenset({"LAW_A", "LAW_B"})


def record(need_type: str, need_id: str, **more: Any) -> dict[str, Any]:
    return {"id": need_id, "type": need_type, "title": f"Title of {need_id}", **more}


def read(*records: dict[str, Any], types: dict[str, Any] | None = None) -> Trace:
    known, faults = adoptions(types or {})
    assert faults == ()
    return Trace.from_records(records, adoptions=known, clauses=CLAUSES)


# ------------------------------------------------------------------------- records


def test_a_record_becomes_an_item_with_its_place() -> None:
    made = read(
        record(
            "risk", "K1", content="text", status="open", docname="risks", lineno=4, threat=" Theft ", asset=""
        )
    )
    item = made.items["K1"]
    assert (item.kind, item.type, item.title, item.content, item.status) == (
        Kind.RISK,
        "risk",
        "Title of K1",
        "text",
        "open",
    )
    assert item.fields == {"threat": "Theft"}
    assert str(item.place) == "risks:4"


def test_fields_of_nothing_but_spaces_are_not_set() -> None:
    assert read(record("risk", "K1", treatment="  ")).items["K1"].fields == {}


def test_missing_title_content_and_place_are_no_fault() -> None:
    item = read({"id": "C1", "type": "control", "title": None, "lineno": None}).items["C1"]
    assert (item.title, item.content, item.status, item.place) == ("", "", None, None)


def test_needs_of_other_types_are_left_out() -> None:
    assert list(read(record("story", "S1"), record("control", "C1")).items) == ["C1"]


def test_a_record_without_a_type_is_left_out() -> None:
    assert not read({"id": "S1"}).items


@pytest.mark.parametrize(
    "written",
    [
        ["R1", "R2"],
        "R1, R2",
        "R1;R2",
        " R1 ;, R2,",
        ["R1", "R2", "R1"],
        ["R1.1", "R1.2", "R2.a.b"],
        ['R1[status=="open"]', "R2.part[[a.b]]"],
        ("R1", "R2"),
    ],
)
def test_links_are_read_however_they_are_written(written: object) -> None:
    made = read(
        record("requirement", "R1"), record("requirement", "R2"), record("control", "C1", implements=written)
    )
    assert made.items["C1"].links == {Link.IMPLEMENTS: ("R1", "R2")}
    assert [i.id for i in made.sources("R1", Link.IMPLEMENTS)] == ["C1"]
    assert made.misfits == ()


@pytest.mark.parametrize("written", [None, "", [], "  ", ["", " "], [".part"]])
def test_an_empty_link_is_no_link(written: object) -> None:
    made = read(record("control", "C1", implements=written))
    assert made.items["C1"].links == {}
    assert made.misfits == ()


def test_links_are_found_from_both_ends_in_the_order_of_ids() -> None:
    made = trace([control("C2", satisfies="LAW_A"), control("C1", satisfies="LAW_A"), requirement("R1")])
    assert [i.id for i in made.sources("LAW_A", Link.SATISFIES)] == ["C1", "C2"]
    assert made.sources("LAW_A", Link.EXCLUDES) == ()
    assert list(made.items) == ["C1", "C2", "R1"]
    assert [i.id for i in made.of_kind(Kind.CONTROL)] == ["C1", "C2"]


def test_a_target_named_twice_is_one_link() -> None:
    made = trace([control("C1", satisfies="LAW_A LAW_A"), evidence("E1", verifies="X X")])
    assert len(made.sources("LAW_A", Link.SATISFIES)) == 1
    assert len(made.misfits) == 1


def test_of_two_items_with_one_id_the_first_stays_whole() -> None:
    made = read(
        record("control", "C1", satisfies=["LAW_A"]),
        record("evidence", "C1", satisfies=["LAW_B"], verifies=["C1"]),
    )
    item = made.items["C1"]
    assert item.kind is Kind.CONTROL
    assert item.links == {Link.SATISFIES: ("LAW_A",)}
    assert made.sources("LAW_B", Link.SATISFIES) == ()
    assert made.misfits == ()


def test_the_kind_of_the_first_of_two_items_with_one_id_decides_what_a_link_means() -> None:
    made = read(
        record("requirement", "X"),
        record("risk", "X"),
        record("spec", "C1", links=["X"]),
        types={"spec": "control"},
    )
    assert made.items["C1"].links == {Link.IMPLEMENTS: ("X",)}


def test_an_item_with_the_id_of_a_clause_does_not_carry_what_links_to_the_clause() -> None:
    made = trace([requirement("LAW_A"), control("C1", satisfies="LAW_A")])
    assert made.sources("LAW_A", Link.SATISFIES) == ()
    assert [m.found for m in made.misfits] == [Kind.REQUIREMENT]


# -------------------------------------------------------------------------- misfits


FITS = {
    "concerns": ("risk", "clause"),
    "satisfies": ("requirement control", "clause"),
    "mitigates": ("requirement control", "risk"),
    "implements": ("control", "requirement"),
    "verifies": ("evidence", "control requirement clause"),
    "excludes": ("exclusion", "clause"),
    "because_of": ("exclusion", "risk"),
}


@pytest.mark.parametrize("link", list(Link))
@pytest.mark.parametrize("source", list(Kind))
@pytest.mark.parametrize("target", [*Kind, "clause", "nothing"])
def test_only_links_that_fit_both_their_ends_lead_anywhere(link: Link, source: Kind, target: str) -> None:
    makers = {
        "risk": risk,
        "requirement": requirement,
        "control": control,
        "evidence": evidence,
        "exclusion": exclusion,
    }
    name = {"clause": "LAW_A", "nothing": "NOTHING"}.get(target, "T1")
    items = [makers[source]("S1", **{link.value: name})]
    if name == "T1":
        items.append(makers[target]("T1"))
    made = trace(items)
    sources, targets = FITS[link]
    fits = source in sources.split() and target in targets.split()
    assert [i.id for i in made.sources(name, link)] == (["S1"] if fits else [])
    assert len(made.misfits) == (0 if fits else 1)
    if not fits:
        misfit = made.misfits[0]
        assert (misfit.item.id, misfit.link, misfit.target) == ("S1", link, name)
        assert misfit.clause is (target == "clause")
        assert misfit.found == (target if name == "T1" else None)


def test_every_link_of_the_design_is_known() -> None:
    assert set(ENDS) == set(Link) == set(map(Link, FITS))
    assert set(FIELDS) == set(Kind)
    assert links_of(Kind.CONTROL) == (Link.SATISFIES, Link.MITIGATES, Link.IMPLEMENTS)


def test_a_link_to_itself_carries_nothing() -> None:
    made = trace([control("C1", implements="C1"), requirement("R1", satisfies="R1")])
    assert [m.target for m in made.misfits] == ["C1", "R1"]


def test_ids_are_case_sensitive() -> None:
    made = trace([control("C1", satisfies="law_a")])
    assert [m.target for m in made.misfits] == ["law_a"]
    assert made.sources("LAW_A", Link.SATISFIES) == ()


# ------------------------------------------------------------------------ adoption


def test_a_type_is_adopted_by_naming_its_kind() -> None:
    found, faults = adoptions({"spec": "control"})
    assert faults == ()
    assert found["spec"].kind is Kind.CONTROL
    assert found["control"] == OWN["control"]


def test_the_common_link_stands_for_whichever_of_ours_fits() -> None:
    made = read(
        record("req", "R1", links=["LAW_A", "K1", "OTHER"]),
        record("spec", "C1", links=["R1", "K1", "LAW_B"]),
        record("test", "E1", links=["C1", "R1"]),
        record("risk", "K1"),
        types={"req": "requirement", "spec": "control", "test": "evidence"},
    )
    assert made.items["R1"].links == {Link.SATISFIES: ("LAW_A",), Link.MITIGATES: ("K1",)}
    assert made.items["C1"].links == {
        Link.IMPLEMENTS: ("R1",),
        Link.MITIGATES: ("K1",),
        Link.SATISFIES: ("LAW_B",),
    }
    assert made.items["E1"].links == {Link.VERIFIES: ("C1", "R1")}
    assert made.misfits == ()


@pytest.mark.parametrize("need_type", ["req", "spec", "test", "hazard", "waiver"])
def test_the_common_link_to_something_we_have_no_word_for_is_the_project_s_own_affair(need_type: str) -> None:
    kinds = ["requirement", "control", "evidence", "risk", "exclusion"]
    types = dict(zip(["req", "spec", "test", "hazard", "waiver"], kinds, strict=True))
    made = read(record(need_type, "N1", links=["BUG_1", "N1"]), record("bug", "BUG_1"), types=types)
    assert made.misfits == ()
    assert made.items["N1"].links == {}


def test_a_link_that_the_project_says_is_ours_is_held_to_it() -> None:
    types = {"test": {"as": "evidence", "links": {"tests": "verifies", "links": "verifies"}}}
    made = read(record("test", "E1", tests=["BUG_1"], links=["BUG_2"]), types=types)
    assert sorted(m.target for m in made.misfits) == ["BUG_1", "BUG_2"]


def test_our_own_types_do_not_read_the_common_link() -> None:
    assert read(record("control", "C1", links=["LAW_A"])).items["C1"].links == {}


def test_the_common_link_is_read_of_a_type_that_is_named_whatever_it_is_called() -> None:
    records = (record("control", "C1", links=["LAW_A", "R1", "BUG_1"]), record("requirement", "R1"))
    made = read(*records, types={"control": "control"})
    assert made.items["C1"].links == {Link.IMPLEMENTS: ("R1",), Link.SATISFIES: ("LAW_A",)}
    assert made.misfits == ()


def test_the_common_link_is_read_as_it_points_and_backwards_where_that_is_said() -> None:
    records = (record("req", "R1", links=["T1", "LAW_A", "BUG_1"]), record("test", "T1"))
    types: dict[str, Any] = {"req": "requirement", "test": "evidence"}
    assert read(*records, types=types).items["T1"].links == {}
    types["req"] = {"as": "requirement", "links_back": {"links": "verifies"}}
    made = read(*records, types=types)
    assert made.items["T1"].links == {Link.VERIFIES: ("R1",)}
    assert made.items["R1"].links == {Link.SATISFIES: ("LAW_A",)}
    assert made.misfits == ()


def test_fields_and_links_of_a_project_are_read_under_our_names() -> None:
    types = {
        "test": {
            "as": "evidence",
            "fields": {"file": "log", "version": "release"},
            "links": {"tests": ["verifies"]},
        }
    }
    made = read(
        record("test", "E1", log="a.xml", release=3, file="not this", date="2026-01-01", tests="C1"),
        record("control", "C1"),
        types=types,
    )
    assert made.items["E1"].fields == {"file": "a.xml", "version": "3", "date": "2026-01-01"}
    assert [i.id for i in made.sources("C1", Link.VERIFIES)] == ["E1"]
    assert made.items["E1"].type == "test"


def test_a_link_may_be_read_from_its_other_end() -> None:
    types = {"req": {"as": "requirement", "links_back": {"tested_by": "verifies"}}, "test": "evidence"}
    made = read(record("req", "R1", tested_by=["E1", "GONE"]), record("test", "E1"), types=types)
    assert made.items["E1"].links == {Link.VERIFIES: ("R1",)}
    assert [i.id for i in made.sources("R1", Link.VERIFIES)] == ["E1"]
    (gone,) = made.misfits
    assert (gone.item.id, gone.link, gone.target, gone.back) == ("R1", Link.VERIFIES, "GONE", "tested_by")


def test_a_link_given_from_both_ends_is_one_link() -> None:
    types = {"req": {"as": "requirement", "links_back": {"tested_by": "verifies"}}, "test": "evidence"}
    made = read(record("test", "E1", verifies=["R1"]), record("req", "R1", tested_by=["E1"]), types=types)
    assert made.items["E1"].links == {Link.VERIFIES: ("R1",)}
    assert len(made.sources("R1", Link.VERIFIES)) == 1


def test_of_two_candidates_the_kind_of_the_target_decides() -> None:
    types = {"spec": {"as": "control", "links": {"for": ["satisfies", "implements"]}}}
    made = read(
        record("spec", "C1", **{"for": ["R1", "LAW_A", "X"]}), record("requirement", "R1"), types=types
    )
    assert made.items["C1"].links == {Link.IMPLEMENTS: ("R1",), Link.SATISFIES: ("LAW_A",)}


def test_an_own_type_can_be_adopted_as_another_kind() -> None:
    made = read(
        record("requirement", "R1", mitigates=["K1"]), record("risk", "K1"), types={"requirement": "control"}
    )
    assert made.items["R1"].kind is Kind.CONTROL


@pytest.mark.parametrize(
    ("types", "fault"),
    [
        ({"spec": "controll"}, "'spec' must name one of risk, requirement, control, evidence, exclusion"),
        ({"spec": None}, "'spec' must name one of"),
        ({"spec": ["control"]}, "'spec' must name one of"),
        ({"spec": {}}, "'spec' must name one of"),
        ({"spec": {"as": ["control"]}}, "'spec' must name one of"),
        ({"spec": {"as": "control", "link": {}}}, "'spec': unknown key 'link'"),
        ({"spec": {"as": "control", 3: {}}}, "'spec': unknown key 3"),
        ({"spec": {"as": "control", "links": {"x": "does"}}}, "'spec': unknown link 'does'"),
        ({"spec": {"as": "control", "links": {"x": None}}}, "'spec': unknown link None"),
        ({"spec": {"as": "control", "links": {"x": ["satisfies", 3]}}}, "'spec': unknown link 3"),
        ({"spec": {"as": "control", "links": {"x": "verifies"}}}, "'spec': a control has no link 'verifies'"),
        ({"spec": {"as": "control", "links": ["x"]}}, "'spec': 'links' must be a mapping"),
        ({"spec": {"as": "control", "links": "satisfies"}}, "'spec': 'links' must be a mapping"),
        ({"spec": {"as": "control", "links_back": {"x": "does"}}}, "'spec': unknown link 'does'"),
        ({"spec": {"as": "control", "links_back": {"x": ["verifies"]}}}, "'spec': unknown link ['verifies']"),
        (
            {"spec": {"as": "control", "links_back": {"x": "implements"}}},
            "'spec': 'implements' does not lead to a control",
        ),
        ({"spec": {"as": "control", "links_back": [1]}}, "'spec': 'links_back' must be a mapping"),
        ({"spec": {"as": "control", "fields": {"file": "x"}}}, "'spec': a control has no field 'file'"),
        ({"spec": {"as": "evidence", "fields": ["file"]}}, "'spec': 'fields' must be a mapping"),
    ],
)
def test_a_fault_in_an_adoption_is_named(types: dict[str, Any], fault: str) -> None:
    found, faults = adoptions(types)
    assert len(faults) == 1
    assert faults[0].startswith(fault)
    assert set(OWN) <= set(found)


def test_what_is_sound_beside_a_fault_is_used() -> None:
    found, faults = adoptions(
        {"a": "nothing", "b": "risk", "c": {"as": "control", "links": {"x": "does", "y": "satisfies"}}}
    )
    assert len(faults) == 2
    assert found["b"].kind is Kind.RISK
    assert found["c"].links["y"] == (Link.SATISFIES,)
    assert "a" not in found


def test_nothing_is_adopted_by_default() -> None:
    assert adoptions({}) == (OWN, ())
    assert all(a == Adoption(kind=a.kind) for a in OWN.values())
