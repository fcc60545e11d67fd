"""Two assessments beside each other: what changed, whether for the worse, and what cannot be compared."""

from __future__ import annotations

import contextlib
import copy
import hashlib
import json
import shutil
import subprocess
import time
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

import sphinx_cra
from build import LAW, STD, assessed, control, cra, evidence, exclusion, requirement, risk
from sphinx_cra import product, snapshot
from sphinx_cra.cli import app
from sphinx_cra.difference import (
    Change,
    Difference,
    DifferenceError,
    Direction,
    Inventory,
    Part,
    Topic,
    What,
    compare,
)
from sphinx_cra.evidence.vex.model import Status
from sphinx_cra.legal.rule import Outcome as Answer
from sphinx_cra.model import Item, Section
from sphinx_cra.render.data import assessment_data
from sphinx_cra.snapshot import SnapshotError

if TYPE_CHECKING:
    from typer.testing import Result

Data = dict[str, Any]
CRA = (cra(),)
D = "CRA_ANX_I_P1_2_D"


def data(*items: Item, **more: Any) -> Data:
    made = assessment_data(assessed(*items, **more), generator="sphinx-cra 1")
    found: Data = json.loads(json.dumps(made))
    return found


def lock(**blocks: Any) -> Any:
    base = {"product": {"name": "Lock", "release": "1.0"}, "manufacturer": {"name": "Example"}}
    for route, value in blocks.items():
        block, _, key = route.partition("__")
        if key:
            base.setdefault(block, {})[key] = value
        else:
            base[block] = value
    return product.parse(yaml.safe_dump(base))


def between(old: Data, new: Data, **options: Any) -> Difference:
    return compare(snapshot.read(old, source="old"), snapshot.read(new, source="new"), **options)


def only(found: Difference, topic: Topic) -> Change:
    (change,) = found.of(topic)
    return change


def fact(found: Difference, begin: str) -> Any:
    return next(f for f in found.facts if f.question.startswith(begin))


CARRIED = (requirement("REQ_A", satisfies="LAW_A"), control("CTRL_A", implements="REQ_A"))
PROVEN = (*CARRIED, evidence("EVID_A", verifies="CTRL_A"))


# ------------------------------------------------------------------------------- clauses


def test_nothing_differs_between_a_build_and_itself() -> None:
    found = between(data(*PROVEN, EVID_A="valid"), data(*PROVEN, EVID_A="valid"))
    assert found.changes == ()
    assert not found.worse


def test_a_clause_that_lost_its_proof_is_worse_and_comes_first() -> None:
    more = requirement("REQ_B", satisfies="LAW_B"), control("CTRL_B", implements="REQ_B")
    old = data(*PROVEN, more[0], EVID_A="valid")
    new = data(*PROVEN, *more, EVID_A="failed")
    clauses = between(old, new).of(Topic.CLAUSES)
    assert [(c.title, c.before, c.after, c.direction) for c in clauses] == [
        ("LAW_A", "verified", "failed", Direction.WORSE),
        ("LAW_B", "planned", "covered", Direction.BETTER),
    ]
    assert between(new, old).of(Topic.CLAUSES)[0].title == "LAW_B"


def test_an_exclusion_in_place_of_what_was_shown_is_worse_and_of_a_gap_a_matter_of_judgement() -> None:
    out = exclusion("EXCL_A", excludes="LAW_A")
    assert only(between(data(*PROVEN, EVID_A="valid"), data(out)), Topic.CLAUSES).direction is Direction.WORSE
    found = between(data(), data(out))
    assert only(found, Topic.CLAUSES).direction is Direction.OTHER
    assert only(found, Topic.EXCLUSIONS).what is What.ADDED
    assert not found.worse
    assert only(between(data(out), data()), Topic.CLAUSES).direction is Direction.WORSE


def test_progress_within_a_state_is_told() -> None:
    one, other = requirement("REQ_A", satisfies="LAW_A"), requirement("REQ_B", satisfies="LAW_A")
    old, new = data(one, other), data(one, other, control("CTRL_A", implements="REQ_A"))
    change = only(between(old, new), Topic.CLAUSES)
    assert (change.before, change.after) == (
        "planned, 0 of 2 implemented, 0 proven",
        "planned, 1 of 2 implemented, 0 proven",
    )
    assert change.direction is Direction.BETTER
    assert only(between(new, old), Topic.CLAUSES).direction is Direction.WORSE


def test_a_framework_that_comes_or_goes_is_one_line() -> None:
    one, both = data(catalogues=(LAW,)), data(catalogues=(LAW, STD))
    assert not between(one, both).of(Topic.CLAUSES)
    assert only(between(one, both), Topic.FRAMEWORKS).direction is Direction.OTHER
    assert only(between(both, one), Topic.FRAMEWORKS).direction is Direction.WORSE


def test_another_edition_is_told_with_the_clauses_that_came_and_went() -> None:
    old, new = data(*PROVEN, EVID_A="valid"), data()
    new["catalogues"][0]["edition"] = "2"
    new["rows"] = [r for r in new["rows"] if r["clause"] != "LAW_A"]
    old["rows"] = [r for r in old["rows"] if r["clause"] != "LAW_B"]
    found = between(old, new)
    assert only(found, Topic.FRAMEWORKS).after == "2"
    assert {(c.title, c.what, c.direction) for c in found.of(Topic.CLAUSES)} == {
        ("LAW_A", What.LOST, Direction.WORSE),
        ("LAW_B", What.ADDED, Direction.WORSE),
    }


# ----------------------------------------------------------------------------- needs


def test_a_need_that_is_gone_is_worse_and_one_that_came_is_not() -> None:
    found = between(data(*CARRIED), data(CARRIED[0], risk("RISK_A", concerns="LAW_A")))
    assert [(c.id, c.what, c.direction) for c in found.of(Topic.NEEDS)] == [
        ("CTRL_A", What.LOST, Direction.WORSE),
        ("RISK_A", What.ADDED, Direction.OTHER),
    ]


def test_needs_under_other_ids_are_the_same_needs() -> None:
    new = (requirement("SYS_1", satisfies="LAW_A"), control("SYS_2", implements="SYS_1"))
    renamed = [
        Item(**{f: getattr(n, f) for f in n.__slots__} | {"title": o.title})
        for n, o in zip(new, CARRIED, strict=True)
    ]
    found = between(data(*CARRIED), data(*renamed))
    assert [(c.before, c.after, c.what, c.note) for c in found.of(Topic.NEEDS)] == [
        ("REQ_A", "SYS_1", What.RENAMED, ""),
        ("CTRL_A", "SYS_2", What.RENAMED, ""),
    ]
    assert not found.worse


def test_a_need_with_the_same_title_alone_is_said_to_be_a_guess() -> None:
    one, other = risk("RISK_A", title="T", threat="a"), risk("RISK_B", title="T", threat="b")
    change = only(between(data(one), data(other)), Topic.NEEDS)
    assert change.what is What.RENAMED
    assert "a guess" in change.note
    assert "threat a -> b" in change.note


def test_needs_that_look_alike_are_not_paired_at_random() -> None:
    old = data(*(requirement(f"OLD_{n}", title="T") for n in range(3)))
    new = data(*(requirement(f"NEW_{n}", title="T") for n in range(3)))
    whats = [c.what for c in between(old, new).of(Topic.NEEDS)]
    assert sorted(whats) == [What.ADDED] * 3 + [What.LOST] * 3


def test_what_a_need_means_is_compared_part_by_part_and_how_its_lines_are_wrapped_is_not() -> None:
    old = data(risk("RISK_A", asset="keys", residual="low"), requirement("REQ_A"))
    new = data(risk("RISK_A", asset="keys", residual="high"), requirement("REQ_A", satisfies="LAW_A"))
    changes = {c.id: c for c in between(old, new).of(Topic.NEEDS)}
    assert changes["RISK_A"].note == "residual low -> high"
    assert changes["RISK_A"].direction is Direction.WORSE
    assert changes["REQ_A"].note == "satisfies LAW_A as well"
    wrapped = copy.deepcopy(old)
    wrapped["items"][1]["content"] = " \n " + wrapped["items"][1]["content"]
    assert not between(old, wrapped).changes


@pytest.mark.parametrize(
    ("before", "after", "worse"),
    [
        ("1", "2", True),
        ("9", "10", True),
        ("2", "1", False),
        ("low", "medium", True),
        ("Very High", "high", False),
        ("low", "4", False),
        ("green", "red", False),
    ],
)
def test_a_residual_risk_is_worse_only_on_a_scale_that_is_known(before: str, after: str, worse: bool) -> None:
    found = between(data(risk("RISK_A", residual=before)), data(risk("RISK_A", residual=after)))
    assert found.worse is worse
    assert only(found, Topic.NEEDS).note == f"residual {before} -> {after}"


# -------------------------------------------------------------------------- evidence


def files(built: Data, item: str, digest: str, **counts: int) -> Data:
    verdict = next(v for v in built["verdicts"] if v["item"] == item)
    sha = hashlib.sha256(digest.encode()).hexdigest()
    verdict |= {"artefacts": [{"path": "r.xml", "sha256": sha, "size": 1}], "counts": counts}
    verdict["date"] = "2026-11-01T10:00:00"
    return built


def test_a_report_that_failed_and_is_empty_now_makes_no_clause_better() -> None:
    other = (*PROVEN, evidence("EVID_B", verifies="REQ_A"))
    old = data(*other, EVID_A="failed", EVID_B="valid")
    for new in (
        data(*other, EVID_A="void", EVID_B="valid"),
        data(*CARRIED, other[-1], EVID_B="valid"),
    ):
        found = between(old, new)
        change = only(found, Topic.CLAUSES)
        assert (change.before, change.after, change.direction) == ("failed", "verified", Direction.OTHER)
        assert change.note.startswith("EVID_A failed, and nothing shows that it no longer does; ")
        assert found.worse
    mended = data(*other, EVID_A="valid", EVID_B="valid")
    assert only(between(old, mended), Topic.CLAUSES).direction is Direction.BETTER
    renamed = data(*CARRIED, other[-1], evidence("EVID_C", verifies="CTRL_A"), EVID_B="valid", EVID_C="valid")
    assert only(between(old, renamed), Topic.CLAUSES).direction is Direction.BETTER


def test_more_failures_in_a_report_that_failed_are_worse() -> None:
    def counted(digest: str, **counts: int) -> Data:
        return files(data(*PROVEN, EVID_A="failed"), "EVID_A", digest, **counts)

    few, many = counted("a", passed=3, failed=1), counted("b", passed=9, failed=2)
    assert only(between(few, many), Topic.EVIDENCE).direction is Direction.WORSE
    assert only(between(counted("a", error=1), counted("b", error=1)), Topic.EVIDENCE).direction is (
        Direction.OTHER
    )


def test_evidence_from_another_file_is_replaced() -> None:
    old = files(data(*PROVEN, EVID_A="valid"), "EVID_A", "a", passed=3)
    new = files(data(*PROVEN, EVID_A="valid"), "EVID_A", "b", passed=4)
    change = only(between(old, new), Topic.EVIDENCE)
    assert (change.what, change.direction) == (What.REPLACED, Direction.OTHER)
    assert "r.xml ca978112ca1b -> 3e23e8160039" in change.note
    assert "passed 3 -> 4" in change.note
    assert only(between(new, old), Topic.EVIDENCE).direction is Direction.WORSE


def test_other_evidence_for_the_same_takes_its_place() -> None:
    new = (*CARRIED, evidence("EVID_NEW", title="Other", verifies="CTRL_A"))
    found = between(data(*PROVEN, EVID_A="valid"), data(*new, EVID_NEW="valid"))
    assert {(c.id, c.what) for c in found.of(Topic.EVIDENCE)} == {
        ("EVID_A", What.REPLACED),
        ("EVID_NEW", What.ADDED),
    }
    assert not found.worse


@pytest.mark.parametrize(
    ("before", "after", "direction"),
    [
        ("valid", "expired", Direction.WORSE),
        ("missing", "valid", Direction.BETTER),
        ("missing", "failed", Direction.WORSE),
        ("failed", "missing", Direction.WORSE),
        ("failed", "void", Direction.WORSE),
        ("missing", "void", Direction.OTHER),
        ("altered", "valid", Direction.BETTER),
        ("unchecked", "altered", Direction.WORSE),
    ],
)
def test_what_evidence_shows_has_a_direction(before: str, after: str, direction: Direction) -> None:
    found = between(data(*PROVEN, EVID_A=before), data(*PROVEN, EVID_A=after))
    assert only(found, Topic.EVIDENCE).direction is direction


# ------------------------------------------------------------ rules, Annex VII, product


def test_answers_of_rules_have_a_direction() -> None:
    old, new = data(product=lock()), data(product=lock())
    ids = [r["rule"] for r in old["rules"][:5]]
    pairs = [("met", "not met"), ("not met", "met"), ("met", "not decidable"), ("does not apply", "met")]
    pairs.append(("not met", "not decidable"))
    for number, (before, after) in enumerate(pairs):
        old["rules"][number]["outcome"], new["rules"][number]["outcome"] = before, after
    found = {c.id: c.direction for c in between(old, new).of(Topic.RULES)}
    expected = (Direction.WORSE, Direction.BETTER, Direction.WORSE, Direction.BETTER, Direction.OTHER)
    assert found == dict(zip(ids, expected, strict=True))


def test_points_of_annex_vii_have_a_direction() -> None:
    text = Section(point="2a", docname="design", anchor="", title="Design")
    old, new = data(), data(sections=[text])
    better = [c for c in between(old, new).of(Topic.ANNEX_VII) if c.direction is Direction.BETTER]
    assert [(c.id, c.before, c.after) for c in better] == [("Annex VII, point 2(a)", "missing", "present")]
    assert between(new, old).worse


def test_facts_of_the_product_file_are_compared_by_field() -> None:
    old = lock(support_period={"end": "2035-12"}, market={"member_states": ["DE"]}, product__type="A")
    new = lock(
        support_period={"end": "2034-12-31"},
        market={"member_states": ["DE", "AT"]},
        updates={"location": "x"},
    )
    found = between(data(product=old), data(product=new))
    assert [(c.id, c.before, c.after, c.direction) for c in found.of(Topic.PRODUCT)] == [
        ("support_period.end", "2035-12", "2034-12-31", Direction.WORSE),
        ("market.member_states", "DE", "DE, AT", Direction.OTHER),
        ("type", "A", "", Direction.OTHER),
        ("updates", "", "location x", Direction.OTHER),
    ]


def test_the_same_month_to_the_day_is_no_shorter_support() -> None:
    old, new = lock(support_period={"end": "2035-12"}), lock(support_period={"end": "2035-12-31"})
    assert not between(data(product=old), data(product=new)).worse


def test_a_new_entry_of_a_list_is_one_change() -> None:
    versions = [{"version": "1.0", "part": "firmware", "note": "a"}]
    old = lock(product__versions=versions)
    new = lock(product__versions=[*versions, {"version": "2.0", "part": "firmware", "note": "b"}])
    change = only(between(data(product=old), data(product=new)), Topic.PRODUCT)
    assert change.id == "versions[2.0 firmware]"
    assert change.after == "version 2.0, part firmware, note b"


def test_a_product_file_that_is_gone_is_worse() -> None:
    found = between(data(product=lock()), data())
    assert only(found, Topic.PRODUCT).direction is Direction.WORSE
    assert "The product could not be compared: new has no cra.yaml." in found.not_compared


# --------------------------------------------------------------- vulnerabilities, SBOM


def known(built: Data, *matches: tuple[str, str, str], checked: bool = True) -> Data:
    keys = ("vulnerability", "component", "status")
    found = [dict(zip(keys, m, strict=True)) | {"why": "because"} for m in matches]
    built["vulnerabilities"] = {"checked": checked, "components": 3, "matches": found}
    return built


def test_vulnerabilities_are_followed_through_versions_of_their_component() -> None:
    old = known(
        data(), ("CVE-1", "lib 1.0", "affected"), ("CVE-2", "lib 1.0", "fixed"), ("CVE-4", "b 1", "unknown")
    )
    new = known(
        data(), ("CVE-1", "lib 1.1", "fixed"), ("CVE-2", "lib 1.1", "fixed"), ("CVE-3", "a", "affected")
    )
    found = between(old, new)
    assert [(c.id, c.before, c.after, c.direction) for c in found.of(Topic.VULNERABILITIES)] == [
        ("CVE-3", "not known", "affected", Direction.WORSE),
        ("CVE-1", "affected", "fixed", Direction.BETTER),
        ("CVE-4", "unknown", "not named any more", Direction.BETTER),
    ]
    assert len(fact(found, "Which vulnerabilities were settled").found) == 2


def test_a_vulnerability_under_another_of_its_names_is_the_same() -> None:
    old = known(data(), ("GO-1", "lib 1.0", "affected"), ("GO-2", "lib 1.0", "affected"))
    new = known(data(), ("CVE-1", "lib 1.1", "affected"), ("GO-2", "lib 1.1", "fixed"))
    old["vulnerabilities"]["matches"][0]["aliases"] = ["CVE-1", "GHSA-1"]
    for sides in ((old, new), (new, old)):
        assert [c.id for c in between(*sides).of(Topic.VULNERABILITIES)] == ["GO-2"]


def test_a_scan_that_is_no_longer_made_is_worse() -> None:
    assert between(known(data()), known(data(), checked=False)).worse
    assert between(known(data()), data()).worse
    assert not between(data(), known(data())).worse


def parts(*said: str, **more: Any) -> Inventory:
    """Components as ``name version``."""
    return Inventory(
        parts=tuple(Part(name=n, version=v, **more) for n, _, v in (s.partition(" ") for s in said))
    )


def bom(old: Inventory, new: Inventory) -> list[tuple[str, str, str, str]]:
    found = between(data(), data(), inventories=(old, new)).of(Topic.COMPONENTS)
    assert {c.direction for c in found} <= {Direction.OTHER}
    return [(c.id, c.before, c.after, c.note) for c in found]


def test_components_are_compared_where_they_were_read() -> None:
    old, new = parts("a 1", "b 1", "c 1", "c 2"), parts("a 2", "c 1", "c 2", "d")
    assert bom(old, new) == [("a", "1", "2", "higher"), ("b", "1", "", ""), ("d", "", "no version", "")]
    assert bom(new, old)[0] == ("a", "2", "1", "lower")
    found = between(data(), data(), inventories=(old, new))
    assert fact(found, "Are other components").found == (
        "1 added, 1 gone, 1 in other versions, 1 of them higher",
    )


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("1.9", "1.10", "higher"),
        ("v2.0", "1.9.9", "lower"),
        ("1.0", "1.0.0", ""),
        ("1.0-rc1", "1.0", ""),
        ("abc", "abd", ""),
        ("9" * 5000, "1", ""),
    ],
)
def test_a_version_is_called_higher_only_where_numbers_tell(before: str, after: str, said: str) -> None:
    assert bom(parts(f"a {before}"), parts(f"a {after}"))[0][3] == said


def test_of_several_versions_of_a_component_those_that_came_and_went_are_told() -> None:
    assert bom(parts("a 1", "a 2", "a 10"), parts("a 2", "a 10", "a 3")) == [
        ("a", "1, 2, 10", "2, 3, 10", "higher")
    ]
    assert bom(parts("a 1"), parts("a 1", "a 1")) == []


def test_packages_of_two_ecosystems_under_one_name_are_two_components() -> None:
    old = Inventory(parts=(Part(name="six", version="1", ecosystem="pypi"),))
    new = Inventory(parts=(*(old.parts or ()), Part(name="six", version="7", ecosystem="npm")))
    assert bom(old, new) == [("six (npm)", "", "7", "")]
    plain = Inventory(parts=(Part(name="six", version="1"),))
    assert bom(plain, old) == []  # one of the tools gives no package URL


def test_names_that_pypi_takes_for_one_are_one() -> None:
    assert bom(parts("Ruamel.Yaml 1", ecosystem="pypi"), parts("ruamel-yaml 1", ecosystem="pypi")) == []
    assert len(bom(parts("Ruamel.Yaml 1", ecosystem="npm"), parts("ruamel-yaml 1", ecosystem="npm"))) == 2


def test_another_licence_supplier_or_content_of_the_same_version_is_told() -> None:
    old = parts("a 1", licences=("MIT",), supplier="A", hashes=(("SHA-256", "AB"), ("MD5", "1")))
    assert bom(old, parts("a 1", licences=("MIT",), supplier="A", hashes=(("SHA-256", "ab"),))) == []
    assert bom(old, parts("a 1", licences=("GPL-3.0-only",), supplier="A")) == [
        ("a", "1", "1", "licence MIT -> GPL-3.0-only")
    ]
    other = parts("a 1", licences=("MIT",), hashes=(("SHA-256", "cd"),))
    assert bom(old, other)[0][3] == "supplier A -> not stated; other content under the same version (1)"
    found = between(data(), data(), inventories=(old, other))
    assert str(only(found, Topic.COMPONENTS)).startswith("a: 1 as before; supplier A")
    assert fact(found, "Are other components").found == (
        "1 of another supplier, 1 with other content under the same version",
    )


def test_an_sbom_that_was_not_read_is_said_not_to_be_compared() -> None:
    bom = (*CARRIED, evidence("EVID_SBOM", kind="sbom", verifies="CTRL_A"))
    old = files(data(*bom, EVID_SBOM="valid"), "EVID_SBOM", "a")
    new = files(data(*bom, EVID_SBOM="valid"), "EVID_SBOM", "b")
    found = between(old, new)
    assert "The components of old were not compared: its SBOM was not read." in found.not_compared
    assert fact(found, "Are other components").unknown
    assert not fact(between(old, old), "Are other components").unknown


# ----------------------------------------------------------------------------- stale


def claimed(text: str, *needs: str) -> Section:
    return Section(point="2a", docname="design", anchor="keys", title="Keys", text=text, needs=needs)


def test_a_section_is_stale_whose_needs_changed_and_whose_text_did_not() -> None:
    old = data(risk("R_1", threat="a"), sections=[claimed("t1", "R_1")])
    new = data(risk("R_1", threat="b"), sections=[claimed("t1", "R_1")])
    change = only(between(old, new), Topic.STALE)
    assert (change.id, change.title, change.direction) == ("design#keys", "Keys", Direction.OTHER)
    assert "R_1: another threat" in change.note
    written = data(risk("R_1", threat="b"), sections=[claimed("t2", "R_1")])
    found = between(old, written)
    assert not found.of(Topic.STALE)
    assert fact(found, "Are there new interfaces").found == ("design, Keys: another text",)


def test_a_section_on_another_page_is_the_same_section() -> None:
    old = data(risk("R_1", threat="a"), sections=[claimed("t1", "R_1")])
    moved = replace(claimed("t1", "R_1"), docname="architecture")
    assert not between(old, data(risk("R_1", threat="a"), sections=[moved])).changes
    found = between(old, data(risk("R_1", threat="b"), sections=[moved]))
    assert only(found, Topic.STALE).id == "architecture#keys"
    assert fact(found, "Are there new interfaces").found == ()
    written = replace(moved, text="t2")
    found = between(old, data(risk("R_1", threat="a"), sections=[written]))
    assert fact(found, "Are there new interfaces").found == ("architecture, Keys: another text",)


def test_a_section_is_not_stale_because_a_report_was_made_again() -> None:
    text = claimed("t", "EVID_A")
    old = files(data(*PROVEN, EVID_A="valid", sections=[text]), "EVID_A", "a", passed=3)
    again = files(data(*PROVEN, EVID_A="valid", sections=[text]), "EVID_A", "b", passed=3)
    assert not between(old, again).of(Topic.STALE)
    more = files(data(*PROVEN, EVID_A="valid", sections=[text]), "EVID_A", "b", passed=4)
    assert "EVID_A: other files" in only(between(old, more), Topic.STALE).note


def test_evidence_is_stale_whose_subject_changed_and_whose_files_did_not() -> None:
    new = (CARRIED[0], control("CTRL_A", title="Other", implements="REQ_A"), PROVEN[2])
    old_data = files(data(*PROVEN, EVID_A="valid"), "EVID_A", "a")
    same = files(data(*new, EVID_A="valid"), "EVID_A", "a")
    change = only(between(old_data, same), Topic.STALE)
    assert change.id == "EVID_A"
    assert "made on 2026-11-01" in change.note
    assert "CTRL_A has another title" in change.note
    again = files(data(*new, EVID_A="valid"), "EVID_A", "b")
    assert not between(old_data, again).of(Topic.STALE)


def test_papers_are_stale_that_kept_their_date_while_the_product_changed() -> None:
    marked = {
        "declaration": {"date": "2027-01-01", "release": "1.0"},
        "document": {"version": "1", "date": "2027-01-01"},
        "risk_assessment": {"version": "1", "date": "2027-01-01"},
    }
    old = data(product=lock(**marked))
    new = data(risk("RISK_A"), product=lock(**marked, product__release="1.1"))
    found = {c.id: c.note for c in between(old, new).of(Topic.STALE)}
    assert set(found) == {"declaration", "document", "risk_assessment"}
    assert "release 1.0 -> 1.1" in found["declaration"]
    dated = {k: v | {"date": "2027-02-01"} for k, v in marked.items()}
    fresh = data(risk("RISK_A"), product=lock(**dated, product__release="1.1"))
    assert not between(old, fresh).of(Topic.STALE)


# ---------------------------------------------------------------- facts of Article 3(30)


def test_facts_on_a_substantial_modification_are_gathered_and_not_judged() -> None:
    old = data(
        requirement("REQ_A", satisfies=D),
        catalogues=CRA,
        product=lock(product__intended_purpose="home", market={"first_unit": "2028-01-01"}),
    )
    new = data(
        risk("RISK_NEW"),
        exclusion("EXCL_A", excludes=D),
        catalogues=CRA,
        product=lock(
            product__intended_purpose="industry",
            product__remote_data_processing="cloud",
            market={"first_unit": "2028-01-01"},
            product__class="important-class-I",
        ),
    )
    found = between(old, new)
    assert fact(found, "Is the intended purpose").found == ("intended_purpose: home -> industry",)
    assert fact(found, "Was it placed").found[0] == "first unit placed on the market: 2028-01-01"
    assert fact(found, "Is other data processed").found == ("remote_data_processing: nothing -> cloud",)
    assert fact(found, "Is the class").found == ("class: nothing -> important-class-I",)
    assert "RISK_NEW" in fact(found, "Are there risks").found[0]
    assert "REQ_A" in fact(found, "Are requirements or controls").found[0]
    assert "EXCL_A" in fact(found, "Does something no longer apply").found[0]
    assert "planned -> excluded" in fact(found, "Do points of Annex I").found[0]
    assert not any(
        "is a substantial" in str(f) or "conform" in str(f).replace("conformity", "") for f in found.facts
    )


def test_what_the_manufacturer_states_of_changes_is_a_fact_and_so_is_who_assesses() -> None:
    change = {"version": "2.0", "substantial": False, "reason": "Only a mended fault."}
    new = lock(
        market={"first_unit": "2026-05-01"},
        modifications=[change],
        conformity={"procedure": "B+C", "notified_body": {"name": "Body", "number": "0044"}},
        manufacturer__name="Another",
    )
    found = between(data(product=lock()), data(product=new))
    assert fact(found, "Was it placed").found[:2] == (
        "first unit placed on the market: 2026-05-01, before 2027-12-11",
        "the manufacturer denies that the change of 2.0 is one: Only a mended fault.",
    )
    assert fact(found, "Does a third party").found[0] == "notified body: Body"
    assert fact(found, "Is the manufacturer").found == ("manufacturer.name: Example -> Another",)


def test_requirements_that_are_new_or_renamed_with_another_meaning_are_facts() -> None:
    old = data(requirement("REQ_A", title="T", satisfies="LAW_A"))
    new = data(requirement("SYS_A", title="T", satisfies="LAW_B"), requirement("SYS_B"))
    found = between(old, new)
    assert fact(found, "Are requirements or controls").found == ("1 renamed and changed: SYS_A",)
    assert fact(found, "Are there new requirements").found == ("1 new: SYS_B",)


def test_facts_that_nobody_could_look_at_say_so() -> None:
    found = between(data(), data(risk("RISK_A")))
    assert fact(found, "Is the intended purpose").unknown == "one of the two has no cra.yaml"


def accepted(built: Data, **why: str) -> Data:
    entries = [
        {"id": i, "what": f"gap {i}", "by": "A. Person", "why": w, "until": None} for i, w in why.items()
    ]
    built["baseline"] = {"product": "", "accepted": entries, "gone": []}
    return built


def test_what_was_accepted_since_is_told_and_closes_nothing() -> None:
    found = between(accepted(data(), a="old", b="old"), accepted(data(), b="new", c="new"))
    assert [(c.id, c.what, c.note) for c in found.of(Topic.ACCEPTANCES)] == [
        ("a", What.LOST, ""),
        ("b", What.CHANGED, "by A. Person: new"),
        ("c", What.ADDED, "by A. Person: new"),
    ]
    assert {c.direction for c in found.changes} == {Direction.OTHER}
    assert between(data(), data()).of(Topic.ACCEPTANCES) == ()
    with pytest.raises(SnapshotError, match=r"baseline\.accepted\.0 has no id"):
        snapshot.read(data() | {"baseline": {"accepted": [{}]}}, source="x")


# ------------------------------------------------------------------- what does not fit


def test_different_products_are_compared_only_by_force() -> None:
    old, new = data(product=lock()), data(product=lock(product__name="Door"))
    with pytest.raises(DifferenceError, match="--force"):
        between(old, new)
    assert only(between(old, new, force=True), Topic.PRODUCT).id == "name"
    assert between(old, data(product=lock(product__name=" LOCK")))
    assert between(old, data())


def test_two_projects_without_a_product_file_and_without_a_common_need_are_doubted() -> None:
    found = between(data(risk("RISK_A")), data(requirement("REQ_B")))
    assert "perhaps they are of two products" in found.not_compared[-1]
    assert fact(found, "Was it placed").found == ()
    assert not any("two products" in s for s in between(data(), data(risk("RISK_A"))).not_compared)


def test_parts_that_an_older_file_lacks_are_named_and_the_rest_is_compared() -> None:
    old, new = data(*PROVEN, EVID_A="valid"), data(*PROVEN, EVID_A="failed")
    for key in ("rules", "dossier", "vulnerabilities", "mappings", "fingerprints", "catalogues", "gaps"):
        del old[key]
    for row in old["rows"]:
        for key in ("implemented", "proven", "carriers", "reason"):
            row.pop(key)
    old["generator"] = "sphinx-cra 0"
    found = between(old, new)
    assert found.worse
    told = "\n".join(found.not_compared)
    for word in ("rules", "points of Annex VII", "vulnerabilities", "mappings", "editions", "fingerprints"):
        assert word in told
    assert "sphinx-cra 0 and sphinx-cra 1" in told
    assert not found.of(Topic.NEEDS)


@pytest.mark.parametrize("version", ["2.0", "0.9", None, 1.0, "1", "1.0.0", "x"])
def test_another_format_is_refused(version: object) -> None:
    with pytest.raises(SnapshotError, match="format"):
        snapshot.read(data() | {"format_version": version}, source="x")


@pytest.mark.parametrize("value", [None, [], "x", {}, {"format": "other"}, {"versions": {}}])
def test_what_is_no_assessment_is_refused(value: object) -> None:
    with pytest.raises(SnapshotError, match="x is no assessment"):
        snapshot.read(value, source="x")


def test_every_fault_of_a_file_is_named_with_its_place() -> None:
    broken = data(*PROVEN, EVID_A="valid")
    broken["rows"][0]["state"] = "great"
    broken["rows"][1] = 7
    broken["items"][0]["links"] = {"satisfies": "LAW_A"}
    broken["items"].append(broken["items"][1])
    broken["items"].append({"kind": "risk"})
    broken["verdicts"][0]["artefacts"] = ["x"]
    broken["rules"] = {}
    broken["product"] = []
    broken["fingerprints"]["REQ_A"] = 3
    with pytest.raises(SnapshotError) as caught:
        snapshot.read(broken, source="x")
    told = "\n".join(caught.value.faults)
    for words in (
        "x: rows.0.state is none of",
        "x: rows.1 is no object",
        "x: items.0.links is no object of lists of ids",
        "x: items.3 is a second EVID_A",
        "x: items.4 has no id",
        "x: verdicts.0.artefacts is no list of objects",
        "x: rules is no list",
        "x: product is no object",
        "x: fingerprints.REQ_A is no object of texts",
    ):
        assert words in told, told


def test_many_faults_are_not_all_told() -> None:
    broken = data()
    broken["items"] = [0] * 1000
    with pytest.raises(SnapshotError) as caught:
        snapshot.read(broken, source="x")
    assert len(caught.value.faults) == 21


def hostile(value: Any) -> Any:
    """Values that a place in a file can be edited to."""
    yield from (None, 0, -1, True, "", "x", [], {}, [[]], [{}], {"x": []}, [None], 1e300, "\ud800")
    if isinstance(value, list):
        yield value * 2
        yield dict.fromkeys(map(str, range(3)))


def test_no_edit_of_a_value_makes_a_traceback() -> None:
    good = known(
        files(data(*PROVEN, EVID_A="valid", product=lock(), sections=[claimed("t", "R")]), "EVID_A", "a")
    )
    other = data(*CARRIED, product=lock(product__type="b"))

    def edit(where: Any, key: Any) -> None:
        before = where[key]
        for bad in hostile(before):
            where[key] = bad
            with contextlib.suppress(SnapshotError):
                found = between(good, other, force=True)
                between(other, good, force=True)
                assert all(str(c) for c in found.changes)
        where[key] = before

    for key in good:
        edit(good, key)
        records = good[key]
        record = records[0] if isinstance(records, list) and records else records
        if isinstance(record, dict):
            for inner in record:
                edit(record, inner)


def test_the_words_of_a_snapshot_are_those_of_what_writes_it() -> None:
    assert list(snapshot.Answer) == list(map(str, Answer))
    assert list(snapshot.Status) == list(map(str, Status))
    for mine, theirs in zip(snapshot.Status, Status, strict=True):
        assert (mine.settled, mine.words) == (theirs.settled, theirs.words)


def test_ten_thousand_needs_take_no_time() -> None:
    def many(shift: int) -> Data:
        made = data()
        made["items"] = [
            {"id": f"REQ_{n + shift}", "kind": "requirement", "title": f"T {n}", "fields": {}, "links": {}}
            for n in range(10_000)
        ]
        made["fingerprints"] = {
            i["id"]: {"title": f"{n:016x}", "content": f"{n * (1 + shift):016x}"}
            for n, i in enumerate(made["items"])
        }
        return made

    old, new = many(0), many(5_000)
    began = time.process_time()
    found = between(old, new)
    assert time.process_time() - began < 2
    assert len(found.changes) >= 5_000


# ---------------------------------------------------------------------- command line


def run(*words: Any) -> Result:
    return CliRunner().invoke(app, ["diff", *map(str, words)])


def put(path: Path, content: Data) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), "utf-8")
    return path


def needs(path: Path, *records: Data) -> Path:
    """A ``needs.json`` as sphinx-needs writes it."""
    found = {r["id"]: {"title": r["id"], "content": "", "docname": "index"} | r for r in records}
    return put(path, {"current_version": "1", "versions": {"1": {"needs": found}}})


def test_two_files_of_needs_are_compared_without_a_build(tmp_path: Path) -> None:
    one = {"id": "REQ_A", "type": "requirement", "satisfies": [D]}
    old = needs(tmp_path / "old" / "needs.json", one)
    new = needs(
        tmp_path / "new" / "needs.json", {"id": "CTRL_B", "type": "control", "implements": ["REQ_A"]}, one
    )
    done = run(old.parent, new, "--format", "json")
    found = json.loads(done.stdout)
    assert [(c["topic"], c["before"], c["after"]) for c in found["changes"] if c["topic"] != "needs"] == [
        ("clauses", "planned", "covered")
    ]
    assert [c["id"] for c in found["changes"] if c["topic"] == "needs"] == ["CTRL_B"]
    assert any("points of Annex VII" in s for s in found["not_compared"])
    assert done.exit_code == 0
    assert run(new, old).exit_code == 1


def test_a_build_and_needs_alone_are_compared_in_what_both_know(tmp_path: Path) -> None:
    built = put(tmp_path / "a.json", data(*PROVEN, EVID_A="valid", catalogues=CRA, product=lock()))
    records = [
        {"id": i.id, "type": i.kind.value, "title": i.title, "content": i.content}
        | dict(i.fields)
        | {link.value: list(targets) for link, targets in i.links.items()}
        for i in PROVEN
    ]
    alone = needs(tmp_path / "needs.json", *records)
    for sides in ((built, alone), (alone, built)):
        done = run(*sides, "--format", "json")
        assert json.loads(done.stdout)["changes"] == []
        assert "evidence was looked at on one side only" in done.stdout


def test_what_need_types_are_is_read_in_conf_py_of_either_side(tmp_path: Path) -> None:
    old = needs(tmp_path / "1" / "needs.json", {"id": "S_1", "type": "sysreq"})
    new = needs(tmp_path / "2" / "needs.json", {"id": "S_2", "type": "sysreq", "title": "S_1"})
    done = run(old, new)
    assert done.exit_code == 2
    assert "needs of type sysreq are left out" in done.stderr
    assert "--old-root" in done.stderr
    (tmp_path / "docs").mkdir()
    conf = tmp_path / "docs" / "conf.py"
    conf.write_text("cra_types = {'sysreq': 'requirement'}\nraise SystemExit('never run')\n", "utf-8")
    for root in ("--old-root", "--new-root"):
        said = run(old, new, root, conf.parent).stdout
        assert "S_1 -> S_2" in said
        assert "on one side" not in said  # no need is evidence
    conf.write_text("cra_types = dict(sysreq='requirement')\n", "utf-8")
    assert "computes its cra_types" in run(old, new, "--new-root", conf.parent).stderr
    conf.write_text("cra_types = {'sysreq': 'recquirement'}\n", "utf-8")
    assert "cra_types: 'sysreq'" in run(old, new, "--new-root", conf.parent).stderr


def test_another_gate_is_told_and_is_neither_worse_nor_better() -> None:
    old, new = (data() | {"gate": gate} for gate in ({"open": "error", "rule": "warning"}, {"open": "quiet"}))
    found = between(old, new)
    assert [(c.id, c.before, c.after, c.direction) for c in found.of(Topic.GATE)] == [
        ("open", "error", "quiet", Direction.OTHER),
        ("rule", "warning", "", Direction.OTHER),
    ]
    with pytest.raises(SnapshotError, match="gate is no object of texts"):
        snapshot.read(data() | {"gate": ["open"]}, source="x")


def test_the_json_is_as_its_schema_says(tmp_path: Path) -> None:
    schema = json.loads(
        (Path(sphinx_cra.__file__).parents[1] / "schemas" / "diff.schema.json").read_text("utf-8")
    )
    check = Draft202012Validator(schema)
    check.check_schema(schema)
    kinds = schema["properties"]["changes"]["items"]["properties"]
    for key, enum in (("topic", Topic), ("what", What), ("direction", Direction)):
        assert kinds[key]["enum"] == [m.value for m in enum]
    old = put(tmp_path / "old.json", data(*PROVEN, EVID_A="valid", product=lock()))
    new = put(tmp_path / "new.json", data(risk("RISK_A")))
    for sides in ((old, new), (new, old), (new, new)):
        check.validate(json.loads(run(*sides, "--format", "json").stdout))


def test_text_fits_into_eighty_columns(tmp_path: Path) -> None:
    many = [requirement(f"REQ_{n}", title="A title of some length", satisfies="LAW_A") for n in range(9)]
    old = put(tmp_path / "old.json", data(product=lock()))
    new = put(tmp_path / "new.json", data(*many, product=lock(product__intended_purpose="word " * 60)))
    lines = run(old, new).stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert "  No change found:" in lines


def test_the_code_of_the_command_says_whether_anything_is_worse(tmp_path: Path) -> None:
    good = put(tmp_path / "good.json", data(*PROVEN, EVID_A="valid", product=lock()))
    bad = put(tmp_path / "bad.json", data(*PROVEN, EVID_A="failed", product=lock()))
    other = put(tmp_path / "other.json", data(product=lock(product__name="Door")))
    assert run(good, good).exit_code == 0
    assert run(bad, good).exit_code == 0
    assert run(good, bad).exit_code == 1
    refused = run(good, other)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "--force" in refused.stderr
    assert run(good, other, "--force").exit_code == 1


def test_json_says_everything_and_text_and_markdown_are_cut_where_asked(tmp_path: Path) -> None:
    old = put(tmp_path / "old.json", data(*(requirement(f"REQ_{n}") for n in range(30))))
    new = put(tmp_path / "new.json", data(*(requirement(f"REQ_{n}", title=f"<b>*x* {n}") for n in range(30))))
    made = json.loads(run(old, new, "--format", "json").stdout)
    assert len(made["changes"]) == 30
    assert made["worse"] is False
    assert made["counts"] == {"worse": 0, "better": 0, "other": 30}
    text = run(old, new).stdout
    assert "(30 in all): another title" in text
    mixed = put(
        tmp_path / "mixed.json", data(*(requirement(f"REQ_{n}", satisfies=f"LAW_{n}") for n in range(30)))
    )
    assert "... and 25 more; --limit 0 shows all" in run(old, mixed, "--limit", "5").stdout
    assert "more; --limit" not in run(old, mixed, "--limit", "0").stdout
    markdown = run(old, new, "--format", "markdown").stdout
    assert "<b>" not in markdown
    assert "| Requirements, controls and risks | 0 | 0 | 30 |" in markdown


def test_nothing_that_is_compared_can_write_into_a_page_or_a_terminal(tmp_path: Path) -> None:
    evil = "@all <script> ![x](http://y) | `\x1b[31m` **b**\n# head"
    old = put(tmp_path / "old.json", data())
    new = put(tmp_path / "new.json", data(requirement("REQ_A", title=evil)))
    done = run(old, new, "--format", "markdown").stdout
    line = next(line for line in done.splitlines() if "REQ" in line)
    assert r"\@all \<script\> !\[x\](http://y) \|" in line
    assert "\x1b" not in done
    half = json.dumps(data(requirement("REQ_A"))).replace("Title of REQ_A", "\\ud800")
    new.write_text(half, "utf-8")
    for form in ("json", "text", "markdown"):
        assert run(old, new, "--format", form).exit_code == 0
    assert "\x1b" not in run(old, new).stdout


def test_a_folder_or_a_zip_of_a_build_will_do(tmp_path: Path) -> None:
    content = data(*PROVEN, EVID_A="valid", product=lock())
    put(tmp_path / "html" / "_cra" / "assessment.json", content)
    put(tmp_path / "docs" / "_build" / "cra" / "assessment.json", content)
    with zipfile.ZipFile(tmp_path / "v1.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("file/assessment.json", json.dumps(content))
        archive.writestr("../../evil", "x")
    for old in ("html", "docs", "v1.zip"):
        done = run(tmp_path / old, tmp_path / "html")
        assert done.exit_code == 0, done.output
    assert not (tmp_path.parent.parent / "evil").exists()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "not JSON"),
        (b'{"format": "sphinx-cra assess', "not JSON"),
        (b"\xff\xfe{", "not UTF-8"),
        (b"[" * 100_000, "nested"),
        (b'{"format": "sphinx-cra assessment"}', "format_version"),
        (b'{"a": 1, "a": 2}', "twice"),
        (b"PK\x03\x04 broken", "not"),
        (b"{}", "is no assessment.json"),
    ],
)
def test_a_broken_file_ends_with_2_and_one_message(tmp_path: Path, content: bytes, why: str) -> None:
    good = put(tmp_path / "good.json", data())
    (tmp_path / "bad.json").write_bytes(content)
    for words in ((good, tmp_path / "bad.json"), (tmp_path / "bad.json", good)):
        done = run(*words)
        assert done.exit_code == 2
        assert done.stdout == ""
        assert why in done.stderr
        assert "bad.json" in done.stderr
        assert "Traceback" not in done.output


def test_what_is_not_there_or_no_build_is_refused(tmp_path: Path) -> None:
    good = put(tmp_path / "good.json", data())
    assert "no such file" in run(good, tmp_path / "none").stderr
    assert "there is no assessment.json" in run(good, tmp_path).stderr
    for names in ((), ("a/assessment.json", "assessment.json")):
        with zipfile.ZipFile(tmp_path / "v.zip", "w") as archive:
            archive.writestr("x", "")
            for name in names:
                archive.writestr(name, "{}")
        (said,) = run(good, tmp_path / "v.zip").stderr.splitlines()
        assert said.endswith(f"v.zip has {len(names) or 'no'} assessment.json; it has to have one")
    whole = (tmp_path / "v.zip").read_bytes()
    (tmp_path / "v.zip").write_bytes(whole[:10] + b"\xff" * 30 + whole[40:])
    assert run(good, tmp_path / "v.zip").exit_code == 2


def test_markdown_of_thousands_of_changes_fits_a_comment(tmp_path: Path) -> None:
    def release(word: str) -> Data:
        long = f"{word}_" * 150
        made = (
            *(risk(f"RISK_{n}", title=long, threat=f"{n} {long}") for n in range(2000)),
            *(evidence(f"EVID_{n}", title=long, scope=f"{n} {long}", verifies="RISK_1") for n in range(2000)),
        )
        found = known(data(*made), *((f"CVE-{word}-{n}", f"lib {n}", "affected") for n in range(1000)))
        for number, match in enumerate(found["vulnerabilities"]["matches"]):
            match["why"] = f"{number} {long}"
        return found

    old = put(tmp_path / "old.json", release("a"))
    new = put(tmp_path / "new.json", release("b"))
    text = run(old, new, "--format", "markdown").stdout
    assert 20_000 < len(text) < 65_536
    assert "more; --limit 0 shows all" in text
    assert len(run(old, new, "--format", "markdown", "--limit", "50").stdout) > 65_536
    assert run(old, new, "--format", "markdown", "--limit", "0").stdout.count("\n") > 5000
    one, other = (data(risk("R_1", title="t" * 90_000, threat=word)) for word in "ab")
    old, new = put(tmp_path / "old.json", one), put(tmp_path / "new.json", other)
    assert len(run(old, new, "--format", "markdown").stdout) < 65_536


def sbom(**components: str) -> bytes:
    listed = [{"type": "library", "name": n, "version": v} for n, v in components.items()]
    return json.dumps(
        {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": listed}
    ).encode()


def with_sbom(folder: Path, content: bytes) -> Path:
    """A project after a build, with its SBOM beside."""
    (folder / "docs").mkdir(parents=True)
    (folder / "docs" / "conf.py").write_text("")
    (folder / "docs" / "bom.json").write_bytes(content)
    built = data(
        *CARRIED, evidence("EVID_SBOM", kind="sbom", file="bom.json", verifies="CTRL_A"), EVID_SBOM="valid"
    )
    digest = hashlib.sha256(content).hexdigest()
    built["verdicts"][0]["artefacts"] = [{"path": "bom.json", "sha256": digest, "size": len(content)}]
    return put(folder / "build" / "cra" / "assessment.json", built)


def test_components_are_read_from_the_sbom_beside_the_build(tmp_path: Path) -> None:
    old = with_sbom(tmp_path / "one", sbom(zlib="1.3", curl="8.0"))
    new = with_sbom(tmp_path / "two", sbom(zlib="1.4", lwip="2.2"))
    made = json.loads(run(old, new, "--format", "json").stdout)
    found = {(c["id"], c["before"], c["after"]) for c in made["changes"] if c["topic"] == "components"}
    assert found == {("zlib", "1.3", "1.4"), ("curl", "8.0", ""), ("lwip", "", "2.2")}


def test_an_sbom_is_read_from_the_folder_that_is_named_and_only_if_it_is_the_one(tmp_path: Path) -> None:
    old = with_sbom(tmp_path / "one", sbom(zlib="1.3"))
    new = with_sbom(tmp_path / "two", sbom(zlib="1.4"))
    moved = tmp_path / "old.json"
    old.replace(moved)
    assert "bom.json was not found" in run(moved, new).stdout
    assert "zlib: 1.3 -> 1.4" in run(moved, new, "--old-root", tmp_path / "one" / "docs").stdout
    wrong = run(moved, new, "--old-root", tmp_path / "two" / "docs").stdout
    assert "none there is what the build looked at" in " ".join(wrong.split())
    assert run(moved, new, "--old-root", tmp_path / "none").exit_code == 2


def test_an_sbom_that_is_named_is_known_by_its_digest(tmp_path: Path) -> None:
    old = with_sbom(tmp_path / "one", sbom(zlib="1.3"))
    new = with_sbom(tmp_path / "two", sbom(zlib="1.4"))
    for build in (old, new):
        build.replace(tmp_path / f"{build.parents[2].name}.json")
    builds = (tmp_path / "one.json", tmp_path / "two.json")
    files = [tmp_path / side / "docs" / "bom.json" for side in ("one", "two")]
    assert "name it (--sbom)" in " ".join(run(*builds).stdout.split())
    for first, second in (files, reversed(files)):
        done = run(*builds, "--sbom", first, "--sbom", second)
        assert "zlib: 1.3 -> 1.4" in done.stdout
        assert "were not compared" not in done.stdout
    stranger = tmp_path / "other.json"
    stranger.write_bytes(sbom(zlib="1.5"))
    done = run(*builds, "--sbom", files[0], "--sbom", stranger)
    assert done.exit_code == 2
    assert f"{stranger} is no SBOM of either side" in " ".join(done.stderr.split())
    assert run(put(tmp_path / "none.json", data()), tmp_path / "none.json", "--sbom", stranger).exit_code == 2
    assert run(*builds, "--sbom", tmp_path / "none").exit_code == 2
    assert run(*builds, "--sbom", tmp_path).exit_code == 2


def test_an_sbom_of_an_earlier_commit_is_found_in_the_history_of_its_folder(tmp_path: Path) -> None:
    old = with_sbom(tmp_path / "work", sbom(zlib="1.3"))
    kept = tmp_path / "release-1.json"
    old.replace(kept)

    def git(*words: str) -> None:
        who = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *who, "-C", str(tmp_path / "work"), *words], check=True, capture_output=True)

    git("init", "-q")
    for number in ("1.3", "1.4", "1.5"):
        (tmp_path / "work" / "docs" / "bom.json").write_bytes(sbom(zlib=number))
        git("add", "docs")
        git("commit", "-q", "-m", number)
    git("branch", "release")
    git("checkout", "-q", "--orphan", "next")
    git("commit", "-q", "-m", "a branch that does not know the first")
    shutil.rmtree(tmp_path / "work" / "docs")
    new = with_sbom(tmp_path / "work", sbom(zlib="1.6"))
    done = run(kept, new)
    assert "zlib: 1.3 -> 1.6" in done.stdout
    assert "were not compared" not in done.stdout
    shutil.rmtree(tmp_path / "work" / ".git")
    assert "bom.json was not found" in run(kept, new).stdout


def test_an_sbom_with_faults_is_said_not_to_be_usable(tmp_path: Path) -> None:
    old = with_sbom(tmp_path / "one", sbom(zlib="1.3"))
    new = with_sbom(tmp_path / "two", sbom(zlib="1.4").replace(b'"library"', b'"librery"'))
    said = " ".join(run(old, new).stdout.split())
    assert "were not compared: bom.json cannot be used: not valid CycloneDX 1.6: components/0/type: " in said


def test_licence_supplier_and_digest_are_read_from_both_formats(tmp_path: Path) -> None:
    def cyclonedx(supplier: Data, licence: str, digest: str) -> bytes:
        one = {
            "type": "library",
            "name": "zlib",
            "version": "1.3",
            "licenses": [{"license": {"id": licence}}],
            "hashes": [{"alg": "SHA-256", "content": digest * 64}],
        }
        whole = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": [one | supplier]}
        return json.dumps(whole).encode()

    def spdx(supplier: Data, licence: str, digest: str) -> bytes:
        one = {
            "SPDXID": "SPDXRef-zlib",
            "name": "zlib",
            "versionInfo": "1.3",
            "downloadLocation": "NOASSERTION",
            "licenseDeclared": licence,
            "checksums": [{"algorithm": "SHA256", "checksumValue": digest * 64}],
        }
        whole = {
            "spdxVersion": "SPDX-2.3",
            "dataLicense": "CC0-1.0",
            "SPDXID": "SPDXRef-DOCUMENT",
            "name": "bom",
            "documentNamespace": "https://example.org/bom",
            "creationInfo": {"created": "2026-01-01T00:00:00Z", "creators": ["Tool: x"]},
            "packages": [one | supplier],
        }
        return json.dumps(whole).encode()

    for number, (one, other) in enumerate(
        (
            (cyclonedx({"publisher": "A"}, "Zlib", "a"), cyclonedx({"supplier": {"name": "B"}}, "MIT", "b")),
            (
                spdx({"originator": "Person: A"}, "Zlib", "a"),
                spdx({"supplier": "Organization: B"}, "MIT", "b"),
            ),
        )
    ):
        old = with_sbom(tmp_path / f"old{number}", one)
        new = with_sbom(tmp_path / f"new{number}", other)
        found = json.loads(run(old, new, "--format", "json").stdout)
        assert [c["note"] for c in found["changes"] if c["topic"] == "components"] == [
            "licence Zlib -> MIT; supplier A -> B; other content under the same version (1.3)"
        ]


def test_a_project_that_is_named_itself_has_its_sbom_beside_its_needs(tmp_path: Path) -> None:
    record = {"id": "EVID_A", "type": "evidence", "kind": "sbom", "file": "bom.json", "verifies": ["REQ_A"]}
    for name, version in (("old", "1.3"), ("new", "1.4")):
        needs(tmp_path / name / "needs.json", {"id": "REQ_A", "type": "requirement"}, record)
        (tmp_path / name / "conf.py").write_text("")
        (tmp_path / name / "bom.json").write_bytes(sbom(zlib=version))
    assert "zlib: 1.3 -> 1.4; higher" in run(tmp_path / "old", tmp_path / "new").stdout
