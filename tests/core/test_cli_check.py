"""``sphinx-cra check``, ``export``, ``baseline`` and ``explain``: codes of exit, and what is said."""

from __future__ import annotations

import json
import os
import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from build import assessed, control, cra, evidence, requirement
from sphinx_cra.cli import app
from sphinx_cra.gate import BASELINE, read
from sphinx_cra.render.data import assessment_json

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

    from sphinx_cra.model import Item

REQ = requirement("REQ_1", satisfies="LAW_A NOWHERE")
ITEMS = (REQ, control("CTRL_1", implements="REQ_1"), evidence("EVID_1", verifies="CTRL_1"))
GATE = {"failed": "error", "unknown_clause": "warning"}


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """A project whose clause LAW_A failed: one error, one warning."""
    folder = tmp_path / "repo" / "docs"
    folder.mkdir(parents=True)
    (tmp_path / "repo" / ".git").mkdir()
    (folder / "conf.py").write_text("raise SystemExit('a command must not run this')\n")
    build(folder)
    return folder


def build(docs: Path, *items: Item, gate: Any = GATE, outcome: str = "failed") -> Path:
    """What a build of these items writes."""
    asked, _ = read(gate)
    done = replace(assessed(*(items or ITEMS), EVID_1=outcome), gate=asked)
    path = docs / "_build" / "html" / "_cra" / "assessment.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(assessment_json(done, generator="sphinx-cra 1.0", file=lambda s: f"{s}.rst"), "utf-8")
    return path


def run(*words: Any) -> Result:
    return CliRunner().invoke(app, [str(w) for w in words])


def check(docs: Path, *words: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("check", docs, "--format", "json", *words).stdout)
    return found


# ----------------------------------------------------------------------------------- check


def test_what_is_found_is_said_at_its_line_and_fails(docs: Path) -> None:
    done = run("check", docs)
    assert done.exit_code == 1
    first, second, count = done.stdout.splitlines()
    assert first.startswith("index.rst:5: error: LAW_A (Title of LAW_A) is failed")
    assert first.endswith("[cra.failed]")
    assert second.startswith("index.rst:5: warning: REQ_1: satisfies names the unknown clause NOWHERE")
    assert count.startswith("1 error, 1 warning, 0 accepted, ")
    assert "\x1b" not in done.stdout


def test_a_gate_that_is_met_exits_with_0(docs: Path) -> None:
    build(docs, gate={"unknown_clause": "quiet"})
    assert run("check", docs).exit_code == 0
    build(docs)
    assert run("check", docs, "--gate", "unknown_clause=quiet").exit_code == 0


def test_warnings_fail_unless_they_are_allowed(docs: Path) -> None:
    build(docs, gate={"unknown_clause": "warning"})
    assert run("check", docs).exit_code == 1
    assert run("check", docs, "--allow-warnings").exit_code == 0


def test_a_gate_of_the_command_line_takes_the_place_of_that_of_the_build(docs: Path) -> None:
    data = check(docs, "--gate", "open", "--gate", "severity:warning=warning")
    assert data["gate"] == {"open": "error", "severity:warning": "warning"}
    assert data["counts"]["errors"] == sum(f["code"] == "cra.open" for f in data["findings"]) > 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--gate", "opne"), "--gate: 'opne' is no code of a finding; did you mean open?"),
        (("--gate", "open=loud"), "write error, warning or quiet"),
        (("--gate", "open:LAW_X"), "no clause is at or below LAW_X"),
        (("--gate", "rule:R99"), "there is no rule R99"),
        (("--date", "2027-13-01"), "'2027-13-01' is no date"),
        (("--baseline", "nowhere.yaml"), "nowhere.yaml: no such file"),
        (("--from", "nowhere.json"), "nowhere.json cannot be read"),
        (("--root", "/usr", "--format", "sarif"), "does not lie in /usr"),
    ],
)
def test_what_cannot_be_checked_exits_with_2_and_one_sentence(docs: Path, words: Any, says: str) -> None:
    done = run("check", docs, *words)
    assert done.exit_code == 2
    assert says in done.stderr
    assert "Traceback" not in done.output


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "\x00",
        '{"format": "sphinx-cra assessment"}',
        '{"format": "sphinx-cra assessment", "baseline": null}',
        '{"format": "sphinx-cra assessment", "baseline": null, "gate": {}, "mistakes": [1], "gaps": []}',
        '{"versions": {}, "current_version": "1"}',
        '{"versions": {"1": {"needs": []}}, "current_version": "1"}',
        "[" * 100_000,
    ],
)
@pytest.mark.parametrize("command", ["check", "export", "baseline list"])
def test_what_is_no_build_is_refused(docs: Path, content: str, command: str) -> None:
    (docs / "_build/html/_cra/assessment.json").write_text(content, "utf-8")
    done = run(*command.split(), docs)
    assert done.exit_code == 2, done.output
    assert done.stderr.startswith("sphinx-cra: ")
    assert "Traceback" not in done.output


@pytest.mark.parametrize("form", ["sarif", "junit", "markdown", "json", "badge"])
def test_a_build_with_parts_missing_makes_no_export(docs: Path, form: str) -> None:
    path = build(docs)
    data = json.loads(path.read_text("utf-8"))
    for key in ("rows", "catalogues", "generator", "product"):
        path.write_text(json.dumps({k: v for k, v in data.items() if k != key}), "utf-8")
        done = run("export", docs, "--format", form)
        assert done.exit_code in (0, 2)
        assert done.exit_code == 0 or "build again" in done.stderr
        assert done.exception is None or isinstance(done.exception, SystemExit)


def test_nothing_built_says_what_to_do(docs: Path) -> None:
    build(docs).unlink()
    assert "build first, or name it with --from" in run("check", docs).stderr


# ---------------------------------------------------------------------------------- export


@pytest.mark.parametrize("form", ["sarif", "junit", "markdown", "json"])
def test_an_export_is_what_the_check_writes(docs: Path, form: str) -> None:
    exported = docs / "out.txt"
    done = run("export", docs, "--format", form, "--output", exported)
    assert (done.exit_code, done.output) == (0, "")
    assert exported.read_text("utf-8") == run("check", docs, "--format", form).stdout
    assert exported.read_text("utf-8").endswith("\n")


def test_files_are_named_from_the_root_of_the_repository(docs: Path) -> None:
    log = json.loads(run("export", docs, "--format", "sarif", "--new").stdout)
    uris = [
        r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in log["runs"][0]["results"]
    ]
    assert uris == ["docs/index.rst"] * 2
    log = json.loads(run("export", docs, "--root", docs, "--new").stdout)
    result = log["runs"][0]["results"][0]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "index.rst"


def test_the_badge_is_a_picture(docs: Path) -> None:
    assert ET.fromstring(run("export", docs, "--format", "badge").stdout).tag.endswith("svg")


def test_nothing_is_written_through_a_link(docs: Path) -> None:
    (docs / "out.svg").symlink_to(docs / "conf.py")
    done = run("export", docs, "--format", "badge", "--output", docs / "out.svg")
    assert done.exit_code == 2
    assert "SystemExit" in (docs / "conf.py").read_text()


# -------------------------------------------------------------------------------- baseline


def write(docs: Path, *words: Any) -> Result:
    return run("baseline", "write", docs, "--by", "A. Person", "--why", "for 2.1", *words)


def test_what_is_accepted_fails_no_more_and_is_counted(docs: Path) -> None:
    assert write(docs).stdout == f"{docs}/cra-baseline.yaml: 2 findings accepted by A. Person, 2 in all\n"
    done = run("check", docs)
    assert done.exit_code == 0
    assert done.stdout.startswith("no errors, no warnings, 2 accepted, ")
    before = (docs / BASELINE).read_text("utf-8")
    assert write(docs).stdout == f"{docs}/cra-baseline.yaml: no findings accepted by A. Person, 2 in all\n"
    assert (docs / BASELINE).read_text("utf-8") == before


def test_only_what_is_new_fails_after_that(docs: Path) -> None:
    write(docs)
    build(docs, *ITEMS, requirement("REQ_2", satisfies="ELSEWHERE"))
    data = check(docs)
    assert data["counts"]["warnings"] == 1
    (new,) = [f for f in data["findings"] if f["standing"] == "new" and f["level"] != "quiet"]
    assert "ELSEWHERE" in new["message"]


def test_what_is_mended_is_told_and_pruned(docs: Path) -> None:
    write(docs)
    build(docs, outcome="valid")
    done = run("check", docs)
    assert done.exit_code == 0
    assert "is found no more: LAW_A (Title of LAW_A) is failed" in done.stdout
    assert "1 finding taken out, 1 in all" in run("baseline", "prune", docs).stdout
    assert "LAW_A" not in (docs / BASELINE).read_text("utf-8")


def test_an_acceptance_is_held_against_a_stated_day_alone(docs: Path) -> None:
    write(docs, "--until", "2027-06-30")
    undated = run("check", docs)
    assert undated.exit_code == 0
    (line,) = [line for line in undated.stdout.splitlines() if line.startswith("not checked: ")]
    assert line.startswith("not checked: 2 acceptances until 2027-06-30, ")
    assert line.endswith("give --date, or document.date in cra.yaml")
    sentence = line.removeprefix("not checked: ")
    as_data = run("check", docs, "--format", "json")
    assert (as_data.exit_code, json.loads(as_data.stdout)["not_checked"]) == (0, [sentence])
    assert "\nNot checked: 2 acceptances until " in run("check", docs, "--format", "markdown").stdout
    assert f"not checked: {sentence}\n" in run("check", docs, "--format", "sarif").stderr
    assert run("check", docs, "--date", "2027-06-30").exit_code == 0
    over = run("check", docs, "--date", "2027-07-01")
    assert over.exit_code == 1
    assert "until 2027-06-30, which is over" in over.stdout
    assert run("baseline", "list", docs, "--date", "2027-07-01").exit_code == 1
    assert run("baseline", "list", docs).exit_code == 0
    again = write(docs, "--until", "2027-12-31", "--date", "2027-07-01")
    assert "2 findings accepted by A. Person, 2 in all; 2 had been accepted, and that held no" in again.stdout
    assert run("check", docs, "--date", "2027-07-01").exit_code == 0
    refused = write(docs, "--until", "2027-06-30", "--date", "2027-07-01")
    assert (refused.exit_code, "is over on 2027-07-01" in refused.stderr) == (2, True)


def test_only_some_can_be_accepted(docs: Path) -> None:
    write(docs, "--only", "unknown_clause")
    assert [f["code"] for f in check(docs)["findings"] if f["standing"] == "accepted"] == [
        "cra.unknown_clause"
    ]
    name = next(f["id"] for f in check(docs)["findings"] if f["code"] == "cra.failed")
    write(docs, "--only", name)
    assert run("check", docs).exit_code == 0
    assert write(docs, "--only", "0" * 12).exit_code == 2
    assert write(docs, "--only", "suspect").exit_code == 2
    assert write(docs, "--only", "suspekt").exit_code == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.replace("findings:\n", "findings:\n<<<<<<< ours\n"),
        lambda t: t.replace('product: ""', "product: Gateway"),
        lambda t: "",
        lambda t: t + t.split("findings:\n")[1],
    ],
)
@pytest.mark.parametrize("command", ["check", "write", "prune", "list", "export"])
def test_a_broken_baseline_is_named_and_never_overwritten(docs: Path, change: Any, command: str) -> None:
    write(docs)
    path = docs / BASELINE
    broken = change(path.read_text("utf-8"))
    path.write_text(broken, "utf-8")
    words = {"check": ["check"], "export": ["export"]}.get(command, ["baseline", command])
    more = ["--by", "A", "--why", "b"] if command == "write" else []
    done = run(*words, docs, *more)
    assert done.exit_code == 2
    assert f"{BASELINE}:" in done.stderr
    assert path.read_text("utf-8") == broken


def test_an_acceptance_without_a_name_or_a_reason_is_none(docs: Path) -> None:
    assert run("baseline", "write", docs, "--by", " ", "--why", "x").exit_code == 2
    assert run("baseline", "write", docs).exit_code == 2
    assert not (docs / BASELINE).exists()


def test_far_from_the_project_the_baseline_of_the_build_counts(docs: Path, tmp_path: Path) -> None:
    from sphinx_cra import baseline

    write(docs)
    asked, _ = read(GATE)
    known = baseline.load(docs / BASELINE, "")
    done = replace(assessed(*ITEMS, EVID_1="failed"), gate=asked, baseline=known)
    far = tmp_path / "assessment.json"
    far.write_text(assessment_json(done, generator="sphinx-cra 1.0"), "utf-8")
    assert run("check", tmp_path, "--from", far).exit_code == 0
    (docs / BASELINE).unlink()
    assert run("check", docs, "--from", far).exit_code == 1


# ------------------------------------------------------------------------------ needs.json

NEEDS = {
    "REQ_1": {"id": "REQ_1", "type": "requirement", "title": "T",
              "satisfies": ["CRA_ANX_I_P1_2_D", "NOWHERE"],
              "docname": "a/b", "lineno": 7, "doctype": ".rst"},
    "CTRL_1": {"id": "CTRL_1", "type": "control", "title": "T", "implements": ["REQ_1"]},
    "EVID_1": {"id": "EVID_1", "type": "evidence", "title": "T", "kind": "file", "file": "proof.txt",
               "verifies": ["CTRL_1"]},
    "SPEC_1": {"id": "SPEC_1", "type": "spec", "title": "T"},
    "CRA_ANX_I": {"id": "CRA_ANX_I", "type": "clause", "title": "T"},
}  # fmt: skip


def needs(folder: Path) -> Path:
    path = folder / "needs.json"
    path.write_text(json.dumps({"current_version": "1", "versions": {"1": {"needs": NEEDS}}}), "utf-8")
    return path


def test_needs_alone_are_checked_as_far_as_they_go(tmp_path: Path) -> None:
    done = run("check", tmp_path, "--from", needs(tmp_path))
    assert done.exit_code == 1
    assert "a/b.rst:7: warning: REQ_1: satisfies names the unknown clause NOWHERE" in done.stdout
    assert "not checked: no file of evidence was looked at" in done.stdout
    assert "not checked: needs of type spec are left out" in done.stdout
    assert "annex_vii" not in json.dumps(
        json.loads(run("check", tmp_path, "--from", needs(tmp_path), "--format", "json").stdout)["findings"]
    )


def test_evidence_is_read_where_the_folder_of_the_project_is_named(docs: Path) -> None:
    (docs / "proof.txt").write_text("it holds")
    done = run("explain", "CRA_ANX_I_P1_2_D", "--dir", docs, "--from", needs(docs))
    assert "It is verified." in done.stdout
    (docs / "proof.txt").unlink()
    done = run("explain", "CRA_ANX_I_P1_2_D", "--dir", docs, "--from", needs(docs))
    assert "It is covered." in done.stdout


def test_a_gate_that_asks_for_what_no_needs_hold_is_not_met(tmp_path: Path) -> None:
    words = ["check", tmp_path, "--from", needs(tmp_path), "--gate", "unknown_clause=quiet", "--gate"]
    assert run(*words, "failed").exit_code == 0
    undecided = run(*words, "annex_vii")
    assert undecided.exit_code == 2
    assert "the gate asks for what could not be checked" in undecided.stderr
    assert run(*words, "annex_vii", "--gate", "open").exit_code == 1


# --------------------------------------------------------------------------------- explain


def explain(docs: Path, name: str) -> dict[str, Any]:
    done = run("explain", name, "--dir", docs, "--format", "json")
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_clause_is_explained_with_its_state_and_way_out(docs: Path) -> None:
    said = explain(docs, "law_a")
    assert said["kind"] == "clause"
    assert said["why"][0].startswith("It is failed.")
    assert any("EVID_1 is failed" in w for w in said["why"])
    assert any("is an error in the gate" in w for w in said["why"])
    assert said["change"]


def test_an_open_clause_has_an_example_of_its_own(docs: Path) -> None:
    assert ":satisfies: LAW_B" in explain(docs, "LAW_B")["example"]


def test_a_need_is_explained_with_what_it_reaches(docs: Path) -> None:
    said = explain(docs, "EVID_1")
    assert "It verifies CTRL_1." in said["why"]
    assert "LAW_A (Title of LAW_A) is failed." in said["why"]


@pytest.mark.parametrize("name", ["open", "cra.open"])
def test_a_code_is_explained_with_and_without_a_build(docs: Path, tmp_path: Path, name: str) -> None:
    assert explain(docs, name)["name"] == "cra.open"
    done = run("explain", name, "--dir", tmp_path)
    assert done.exit_code == 0
    assert "What would change it:" in done.stdout


def test_a_rule_and_a_finding_are_explained(docs: Path) -> None:
    assert explain(docs, "R36")["kind"] == "rule"
    name = next(f["id"] for f in check(docs)["findings"] if f["code"] == "cra.failed")
    assert explain(docs, name)["why"][0].startswith("LAW_A")


def test_a_clause_that_is_shipped_is_told_without_a_build(tmp_path: Path) -> None:
    clause = next(c for c in cra().clauses if c.id == "CRA_ANX_I_P1_2_D")
    done = run("explain", clause.id, "--dir", tmp_path)
    assert done.exit_code == 0
    assert clause.title in done.stdout
    assert "No assessment.json was found" in done.stdout


@pytest.mark.parametrize(
    ("name", "near"), [("CTRL_11", "CTRL_1"), ("opne", "open"), ("x" * 5000, "no clause")]
)
def test_an_unknown_word_is_answered_with_the_nearest(docs: Path, name: str, near: str) -> None:
    done = run("explain", name, "--dir", docs)
    assert done.exit_code == 2
    assert near in done.stderr


def test_every_command_has_an_example_in_its_help() -> None:
    for words in (["check"], ["export"], ["baseline", "write"], ["baseline", "prune"], ["baseline", "list"]):
        assert "sphinx-cra " in run(*words, "--help").stdout
    assert "procedure" in run("explain", "--help").stdout


def test_needs_of_a_strange_shape_are_refused(tmp_path: Path) -> None:
    for need in ({"id": "R", "type": "requirement", "satisfies": 7}, {"type": "requirement"}, []):
        path = tmp_path / "needs.json"
        path.write_text(
            json.dumps({"current_version": "1", "versions": {"1": {"needs": {"R": need}}}}), "utf-8"
        )
        done = run("check", tmp_path, "--from", path)
        assert done.exit_code == 2
        assert done.stderr.startswith("sphinx-cra: ")


def test_a_file_that_cannot_be_written_is_named(docs: Path) -> None:
    place = docs / "conf.py" / "out.svg"
    done = run("export", docs, "--format", "badge", "--output", place)
    assert done.exit_code == 2
    assert f"sphinx-cra: {place} cannot be written: " in done.stderr


def test_the_folder_of_a_file_that_is_asked_for_is_made(docs: Path) -> None:
    build(docs)
    place = docs / "exchange" / "new" / "out.svg"
    assert run("export", docs, "--format", "badge", "--output", place).exit_code == 0
    assert place.read_text("utf-8").startswith("<svg")


def test_of_two_builds_that_differ_the_older_is_named(docs: Path) -> None:
    old, new = build(docs), docs.parent / "build" / "assessment.json"
    new.parent.mkdir()
    new.write_bytes(old.read_bytes())
    build(docs, requirement("REQ_1"))
    os.utime(old, (0, 0))
    done = run("check", docs)
    assert done.exit_code == 2
    assert f"{new} is newer than {old}; build both again" in done.stderr


def test_nothing_that_a_terminal_obeys_is_shown(docs: Path) -> None:
    build(docs, requirement("REQ_1", satisfies="NO\x1b[31mWHERE"), gate={"unknown_clause": "error"})
    assert "\x1b" not in run("check", docs).stdout


def test_programs_learn_what_was_accepted_and_taken_out(docs: Path) -> None:
    done = json.loads(write(docs, "--format", "json").stdout)
    ids = {j["id"] for j in check(docs)["findings"] if j["standing"] == "accepted"}
    path = (docs / BASELINE).as_posix()
    assert set(done["accepted"]) == ids
    assert (done["file"], len(ids), done["dropped"], done["total"]) == (path, 2, [], 2)
    again = json.loads(write(docs, "--format", "json").stdout)
    assert (again["accepted"], again["total"]) == ([], 2)
    build(docs, outcome="valid")
    pruned = json.loads(run("baseline", "prune", docs, "--format", "json").stdout)
    assert set(pruned["dropped"]) <= ids
    assert pruned["dropped"]
    assert pruned["total"] == 2 - len(pruned["dropped"])
    assert (pruned["file"], pruned["shrunk"]) == (path, [])


def test_a_cause_that_is_mended_is_told_and_pruned(docs: Path) -> None:
    two = (*ITEMS, requirement("REQ_8", satisfies="LAW_B"), requirement("REQ_9", satisfies="LAW_B"))
    gate = {**GATE, "planned": "error"}
    build(docs, *two, gate=gate)
    write(docs)
    build(docs, *two[:-1], gate=gate)
    done = run("check", docs)
    assert done.exit_code == 0
    assert "is found without REQ_9: LAW_B (Title of LAW_B) is planned" in done.stdout
    before = (docs / "cra-baseline.yaml").read_text("utf-8")
    kept = write(docs, "--by", "Somebody else")
    assert kept.stdout.endswith(
        "no findings accepted by Somebody else, 3 in all; causes that are mended taken out of 1\n"
    )
    (docs / "cra-baseline.yaml").write_text(before, "utf-8")
    as_data = json.loads(write(docs, "--format", "json").stdout)
    assert (as_data["accepted"], len(as_data["shrunk"])) == ([], 1)
    (docs / "cra-baseline.yaml").write_text(before, "utf-8")
    pruned = run("baseline", "prune", docs)
    assert "no findings taken out, 3 in all; causes taken out of 1" in pruned.stdout
    assert "REQ_9" not in run("check", docs).stdout
    build(docs, *two[:-1], gate=gate)
    assert json.loads(run("baseline", "prune", docs, "--format", "json").stdout)["shrunk"] == []
    build(docs, *two, gate=gate)
    back = run("check", docs)
    assert back.exit_code == 1
    assert "(accepted by A. Person without REQ_9)" in back.stdout


def test_an_example_has_the_fields_that_the_types_of_the_project_have(docs: Path) -> None:
    build(docs, requirement("REQ_1", satisfies="LAW_A"), control("CTRL_1", implements="REQ_1"))
    assert ":file: reports/junit.xml" in run("explain", "LAW_A", "--dir", docs).stdout
    types = 'cra_types = {"evidence": {"as": "evidence", "fields": {"file": "report"}}}\n'
    (docs / "conf.py").write_text(types, "utf-8")
    said = run("explain", "LAW_A", "--dir", docs).stdout
    assert ":report: reports/junit.xml" in said
    assert ":file:" not in said
    (docs / "conf.py").write_text('cra_types = {"a": "nothing"}\n', "utf-8")  # the build says what is wrong
    assert ":file:" in run("explain", "LAW_A", "--dir", docs).stdout
