"""Two editions of a framework, what became of each clause, and the needs that it touches."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from build import assessed, clause, control, evidence, frame, requirement, trace
from sphinx_cra import catalogue, editions, rules
from sphinx_cra.catalogue import Clauses
from sphinx_cra.cli import app
from sphinx_cra.datafile import DataError
from sphinx_cra.editions import Because, Change, EditionError, compare
from sphinx_cra.model import Code, Force
from sphinx_cra.render.data import assessment_json

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

    from sphinx_cra.model import Catalogue

A, B, C = clause("LAW_A"), clause("LAW_B", parent="LAW_A"), clause("LAW_C")
OLD = frame(A, B, C)


def law(*clauses: Any, prefix: str = "LAW_") -> Catalogue:
    return replace(frame(*clauses, prefix=prefix), edition="2")


def became(new: Catalogue, old: Catalogue = OLD) -> dict[str, tuple[str, tuple[str, ...], str]]:
    """Clause -> what became of it, where it is, and which parts differ."""
    return {
        d.clause: (d.change.value, d.now, ", ".join(p.name for p in d.parts))
        for d in compare(old, new).differences
    }


# --------------------------------------------------------------------------- clauses


def test_the_same_edition_differs_in_nothing() -> None:
    found = compare(OLD, OLD)
    assert (found.differences, found.unchanged) == ((), 3)


def test_clauses_are_added_deleted_and_changed() -> None:
    new = law(A, replace(B, title="Other"), clause("LAW_D"))
    found = compare(OLD, new)
    assert became(new) == {
        "LAW_B": ("changed", (), "title"),
        "LAW_C": ("deleted", (), ""),
        "LAW_D": ("added", (), ""),
    }
    assert [found.count(c) for c in Change] == [0, 1, 1, 1]
    assert found.unchanged == 1


@pytest.mark.parametrize(
    ("more", "part"),
    [
        ({"printed": "point 9"}, "citation"),
        ({"force": Force.OPTION}, "force"),
        ({"parent": "LAW_C"}, "parent"),
        ({"parent": None}, "parent"),
        ({"excludable": True}, "excludable"),
        ({"applies_from": "2027-12-11"}, "applies from"),
        ({"addressees": ("importer",)}, "addressees"),
        ({"details": {"text digest": "abc"}}, "text digest"),
    ],
)
def test_each_thing_that_a_clause_says_is_compared(more: dict[str, Any], part: str) -> None:
    assert became(law(A, replace(B, **more), C)) == {"LAW_B": ("changed", (), part)}


def test_a_summary_or_title_that_one_file_lacks_says_nothing_of_the_clause() -> None:
    stated = frame(replace(A, summary="One."), B, C)
    assert became(law(A, B, replace(C, title=C.printed)), stated) == {}
    assert became(law(replace(A, summary="Two."), B, C), stated) == {"LAW_A": ("changed", (), "summary")}


def test_a_clause_that_is_replaced_has_moved_and_may_have_changed() -> None:
    new = law(A, replace(B, id="LAW_X", title="Other", replaces=("LAW_B",)), C)
    assert became(new) == {"LAW_B": ("moved", ("LAW_X",), "title")}
    assert compare(OLD, new).differences[0].because is Because.DECLARED


def test_a_clause_may_be_split_and_others_joined() -> None:
    new = law(
        A, clause("LAW_X", replaces=("LAW_B", "LAW_C")), clause("LAW_Y", replaces=("LAW_B",)), clause("LAW_Z")
    )
    found = {k: v[:2] for k, v in became(new).items()}
    assert found == {
        "LAW_B": ("moved", ("LAW_X", "LAW_Y")),
        "LAW_C": ("moved", ("LAW_X",)),
        "LAW_Z": ("added", ()),
    }


def test_a_parent_that_moved_is_no_change_of_its_points() -> None:
    new = law(replace(A, id="LAW_X", replaces=("LAW_A",)), replace(B, parent="LAW_X"), C)
    assert became(new) == {"LAW_A": ("moved", ("LAW_X",), "")}


def test_the_same_number_behind_another_prefix_is_a_guess() -> None:
    new = law(*(replace(c, id=c.id.replace("LAW_", "LAW2_")) for c in (A, C)), prefix="LAW2_")
    found = compare(OLD, new).differences
    assert [(d.clause, d.change, d.because) for d in found] == [
        ("LAW_A", Change.MOVED, Because.SAME_NUMBER),
        ("LAW_B", Change.DELETED, None),
        ("LAW_C", Change.MOVED, Because.SAME_NUMBER),
    ]
    assert "(a guess: same number)" in str(found[0])


def test_where_an_edition_is_numbered_anew_the_title_is_the_better_guess() -> None:
    new = law(
        clause("LAW2_A", title="Something else"),
        clause("LAW2_B", title=A.title),
        clause("LAW2_C", title="Third"),
        prefix="LAW2_",
    )
    found = {d.clause: (d.change, d.now, d.because) for d in compare(OLD, new).differences}
    assert found["LAW_A"] == (Change.MOVED, ("LAW2_B",), Because.SAME_TITLE)
    assert found["LAW_B"] == (Change.DELETED, (), None)
    assert found["LAW_C"] == (Change.MOVED, ("LAW2_C",), Because.SAME_NUMBER)


def test_the_same_title_is_a_guess_and_no_guess_where_two_have_it() -> None:
    moved = replace(C, id="LAW_X", title=C.title.upper())
    found = compare(OLD, law(A, B, moved)).differences
    assert [(d.clause, d.now, d.because, d.guessed) for d in found] == [
        ("LAW_C", ("LAW_X",), Because.SAME_TITLE, True)
    ]
    twice = law(A, B, moved, replace(moved, id="LAW_Y"))
    assert became(twice)["LAW_C"][0] == "deleted"


def test_a_declaration_goes_before_a_guess() -> None:
    new = law(A, B, replace(C, id="LAW_X"), clause("LAW_Y", replaces=("LAW_C",)))
    assert became(new)["LAW_C"][:2] == ("moved", ("LAW_Y",))
    assert became(new)["LAW_X"][0] == "added"


def test_what_has_nothing_in_common_cannot_be_compared() -> None:
    with pytest.raises(EditionError, match="no clause in common"):
        compare(OLD, frame(clause("STD_1"), name="std", prefix="STD_"))


# --------------------------------------------------------------------------- needs


def told(data: Any, new: Catalogue) -> list[str]:
    known = {c.id for c in OLD.clauses}
    return [str(t) for t in editions.touched(compare(OLD, new), editions.uses(data, known))]


def needs(*records: dict[str, Any]) -> dict[str, Any]:
    return {"current_version": "1", "versions": {"1": {"needs": {r["id"]: r for r in records}}}}


NEW = law(A, replace(B, force=Force.OPTION), clause("LAW_X", replaces=("LAW_C",)))


def test_needs_of_any_type_and_link_are_found_with_their_line() -> None:
    found = told(
        needs(
            {"id": "REQ_2", "type": "spec", "covers": ["LAW_C", "LAW_A"], "docname": "a/b", "lineno": 7},
            {"id": "REQ_1", "type": "requirement", "satisfies": ["LAW_B.part"], "satisfies_back": ["LAW_C"]},
            {"id": "LAW_B", "type": "clause", "satisfies": ["LAW_C"]},
        ),
        NEW,
    )
    assert found == [
        "REQ_1: satisfies LAW_B, which is changed (force); read it again, and keep the link if it still fits",
        "REQ_2 (a/b:7): covers LAW_C, which is moved; link to LAW_X instead",
    ]


def test_the_items_of_an_assessment_are_found_with_their_line() -> None:
    done = assessed(
        requirement("REQ_1", satisfies="LAW_B"),
        control("CTRL_1", satisfies="LAW_C", implements="REQ_1"),
        evidence("EVID_1", verifies="LAW_A"),
        catalogues=(OLD,),
    )
    found = told(json.loads(assessment_json(done, generator="sphinx-cra 1")), NEW)
    assert [x.partition(",")[0] for x in found] == [
        "CTRL_1 (index:6): satisfies LAW_C",
        "REQ_1 (index:5): satisfies LAW_B",
    ]


def test_a_deleted_and_a_guessed_clause_are_told_with_care() -> None:
    use = {"id": "REQ_1", "satisfies": ["LAW_B", "LAW_C"]}
    found = told(needs(use), law(A, replace(C, id="LAW_X")))
    assert found == [
        (
            "REQ_1: satisfies LAW_B, which is deleted; nothing is known to replace it: remove the link, "
            "or find what asks for it now"
        ),
        "REQ_1: satisfies LAW_C, which is moved; perhaps it is LAW_X now: compare them, then link to that",
    ]


@pytest.mark.parametrize("data", [[], {}, None, "x", {"versions": []}, {"format": "sphinx-cra assessment"}])
def test_other_files_are_no_needs(data: Any) -> None:
    with pytest.raises(EditionError, match=r"no assessment\.json and no needs\.json"):
        editions.uses(data, {"LAW_A"})


# --------------------------------------------------------------------------- in a build


def test_a_link_to_a_replaced_id_says_what_it_is_now() -> None:
    loaded = law(A, clause("LAW_X", replaces=("OLD_C",)), clause("LAW_Y", replaces=("OLD_C",)))
    items = [requirement(f"REQ_{n}", satisfies="OLD_C") for n in range(rules.HINTS + 5)]
    found = list(rules.mistakes(trace(items, [loaded]), Clauses([loaded]), {}, []))
    assert {(f.code, f.way_out) for f in found} == {(Code.UNKNOWN_CLAUSE, "it is now LAW_X and LAW_Y")}
    assert len(found) == rules.HINTS + 5


def test_an_id_that_is_still_loaded_is_not_replaced() -> None:
    both = Clauses(
        [frame(clause("OLD_C"), name="old", prefix="OLD_"), law(clause("LAW_X", replaces=("OLD_C",)))]
    )
    assert both.replacing("OLD_C") == ()
    assert Clauses([law(clause("LAW_X", replaces=("OLD_C",)))]).nearest("OLD_C") == ["LAW_X"]


HEAD = 'catalogue: {id: house, title: House, short: House, edition: "2", prefix: HOUSE_}\nclauses:\n'


def test_a_clause_does_not_replace_one_of_its_own_file() -> None:
    text = (
        HEAD
        + "  - {id: HOUSE_1, cite: a, title: a}\n  - {id: HOUSE_2, cite: b, title: b, replaces: [HOUSE_1]}\n"
    )
    with pytest.raises(
        DataError, match=r"f.yaml:4: .*HOUSE_1 cannot be replaced: it is in the file, on line 3"
    ):
        catalogue.parse(text, source="f.yaml")


# --------------------------------------------------------------------------- commands


def run(*words: Any) -> Result:
    return CliRunner().invoke(app, ["catalogue", *map(str, words)])


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    old.write_text(HEAD + "  - {id: HOUSE_1, cite: a, title: One}\n  - {id: HOUSE_2, cite: b, title: Two}\n")
    new.write_text(
        HEAD
        + "  - {id: HOUSE_1, cite: a, title: One}\n"
        + "  - {id: HOUSE_3, cite: b, title: Three, replaces: [HOUSE_2]}\n"
    )
    return old, new


def test_the_exit_code_says_whether_a_need_is_touched(files: tuple[Path, Path], tmp_path: Path) -> None:
    path = tmp_path / "needs.json"
    path.write_text(json.dumps(needs({"id": "R", "satisfies": ["HOUSE_1"]})))
    done = run("diff", *files, "--from", path)
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, "no needs are touched, by no links")
    path.write_text(json.dumps(needs({"id": "R", "satisfies": ["HOUSE_2"]})))
    done = run("diff", *files, "--from", path)
    assert done.exit_code == 1
    assert "R: satisfies HOUSE_2, which is moved; link to HOUSE_3 instead" in done.stdout
    as_json = run("diff", *files, "--from", path, "--format", "json")
    said = json.loads(as_json.stdout)
    assert as_json.exit_code == 1
    assert said["counts"] == {"moved": 1, "changed": 0, "deleted": 0, "added": 0, "unchanged": 1}
    assert (said["needs"][0]["id"], said["needs"][0]["now"]) == ("R", ["HOUSE_3"])


def test_without_needs_the_command_says_that_none_were_looked_at(files: tuple[Path, Path]) -> None:
    done = run("diff", *files)
    assert done.exit_code == 0
    assert "no needs were looked at" in done.stdout
    assert json.loads(run("diff", *files, "--format", "json").stdout)["needs"] is None


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("cra", "iec62443-4-1"), "no clause in common"),
        (("cra", "nothing"), "no such catalogue"),
        (("cra", "nowhere.yaml"), "nowhere.yaml: no such file"),
        (("cra", "cra", "--from", "nowhere.json"), "cannot be read"),
    ],
)
def test_what_cannot_be_compared_ends_with_two(words: tuple[str, ...], message: str) -> None:
    done = run("diff", *words)
    assert done.exit_code == 2
    assert message in done.stderr


def test_all_that_is_shipped_is_listed() -> None:
    lines = run("list").stdout.splitlines()
    assert {x.split()[0] for x in lines if x.startswith("  ")} == {
        *catalogue.names(),
        *catalogue.mapping_names(),
    }
    assert any("cra " in x and "305 clauses" in x for x in lines)


def test_every_fault_of_own_files_is_named_with_its_line(files: tuple[Path, Path], tmp_path: Path) -> None:
    old, _ = files
    mapping = tmp_path / "m.yaml"
    mapping.write_text(
        'mapping: {id: cra-house, title: M, version: "1", clauses_of: cra, supported_by: [house]}\n'
        "rows:\n"
        "  - clause: CRA_ANX_I_P1_2_D\n"
        "    overall: partial\n"
        "    links:\n"
        "      - {by: [HOUSE_1], strength: partial, basis: expert-judgement, rationale: r}\n"
        "    remaining_gap: [Something.]\n"
    )
    good = run("check", old, mapping)
    assert (good.exit_code, good.stdout.splitlines()[-1]) == (0, "2 files, no faults")
    mapping.write_text(mapping.read_text().replace("HOUSE_1", "HOUSE_9").replace("P1_2_D", "P1_2_Z"))
    bad = run("check", old, mapping)
    assert bad.exit_code == 1
    assert f"{mapping}:3: no clause CRA_ANX_I_P1_2_Z" in bad.stdout
    old.write_text(old.read_text().replace("title: Two", "titel: Two"))
    bad = run("check", old)
    assert f"{old}:4: clauses.1.titel: unknown key; did you mean 'title'?" in bad.stdout


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("catalog: {}", "is an OSCAL catalogue"),
        ("x: 1", "has neither 'catalogue' nor 'mapping'"),
        ("catalogue: {}\nmapping: {}", "is one thing only"),
        ("", "has neither"),
        ("catalogue: [", "not YAML"),
    ],
)
def test_files_of_another_kind_are_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "f.yaml"
    path.write_text(text)
    done = run("check", path)
    assert done.exit_code == 1
    assert message in done.stdout


def test_a_file_that_is_not_there_ends_with_two(tmp_path: Path) -> None:
    assert run("check", tmp_path / "f.yaml").exit_code == 2
