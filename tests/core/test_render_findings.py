"""Findings as SARIF, JUnit, Markdown and a badge: what other programs read in them."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft4Validator
from typer.testing import CliRunner

from build import LAW, STD, assessed, cra, evidence, requirement
from sphinx_cra import baseline, codes
from sphinx_cra.checking import Checked, checked, totals
from sphinx_cra.cli import app
from sphinx_cra.evidence import junit
from sphinx_cra.evidence import sarif as reader
from sphinx_cra.gate import read
from sphinx_cra.model import GAP_CODES, Code, Place
from sphinx_cra.render.badge import badge
from sphinx_cra.render.codequality import codequality
from sphinx_cra.render.data import assessment_data
from sphinx_cra.render.junit_xml import junit_xml
from sphinx_cra.render.markdown import SHOWN, escape, markdown
from sphinx_cra.render.sarif import sarif

if TYPE_CHECKING:
    from typer.testing import Result

DATA = Path(__file__).parent / "data"
HOSTILE = "a|b <script>x</script> **y** @person #12 `z` \x07\ud800 [l](http://e.org)"
LIVE = "http://e.org https://e.org www.e.org GH-12 me@e.org owner/repo#3"
ITEMS = (
    requirement("REQ_1", satisfies="LAW_A NOWHERE"),
    requirement("REQ_2", satisfies="LAW_B", title=HOSTILE),
    evidence("E_1", verifies="REQ_2"),
)
GATE = {"failed": "error", "planned": "warning", "unknown_clause": "error"}


def project(*accept: str, gate: Any = GATE, gone: bool = False, catalogues: Any = (LAW, STD)) -> Checked:
    """Findings as errors, warnings and quiet; those of the codes ``accept`` are accepted."""
    asked, _ = read(gate)
    before = replace(assessed(*ITEMS, requirement("REQ_9", satisfies="GONE"), E_1="failed"), gate=asked)
    chosen = {j.id for j in before.findings if j.finding.code in accept}
    chosen |= {j.id for j in before.findings if gone and j.finding.about == "satisfies GONE"}
    accepted = baseline.accepted(
        None, before.findings, product="", by="A. @Person", why=HOSTILE, chosen=chosen
    )
    done = replace(assessed(*ITEMS, E_1="failed", catalogues=catalogues), gate=asked, baseline=accepted)
    data = assessment_data(done, generator="sphinx-cra 1.0", file=lambda source: f"{source}.rst")
    return checked(json.loads(json.dumps(data)))


# ----------------------------------------------------------------------------------- SARIF

SCHEMA = Draft4Validator(json.loads((DATA / "sarif/schema/sarif-schema-2.1.0.json").read_text("utf-8")))
CASES = [project(), project("failed", gone=True), project(gate=[]), project(catalogues=())]


@pytest.mark.parametrize("found", CASES)
@pytest.mark.parametrize("only_said", [False, True])
def test_sarif_fits_the_schema_of_oasis(found: Checked, only_said: bool) -> None:
    log = json.loads(sarif(found, prefix="docs", only_said=only_said))
    assert [e.message for e in SCHEMA.iter_errors(log)] == []


def results(found: Checked, **more: Any) -> list[dict[str, Any]]:
    run = json.loads(sarif(found, **more))["runs"][0]
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    found_results: list[dict[str, Any]] = run["results"]
    return found_results


def test_sarif_has_every_finding_with_its_level_and_state() -> None:
    found = project("failed", gone=True)
    shown = results(found)
    assert len(shown) == len(found.findings) + 1
    by_code = {r["ruleId"]: r for r in shown if r["baselineState"] != "absent"}
    assert (by_code["cra.failed"]["level"], by_code["cra.failed"]["baselineState"]) == ("error", "unchanged")
    assert by_code["cra.failed"]["suppressions"][0]["status"] == "accepted"
    assert (by_code["cra.planned"]["level"], by_code["cra.planned"]["baselineState"]) == ("warning", "new")
    assert by_code["cra.open"]["level"] == "note"
    (absent,) = [r for r in shown if r["baselineState"] == "absent"]
    assert (absent["ruleId"], absent["kind"], absent["level"]) == ("cra.unknown_clause", "pass", "none")
    assert absent["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "cra-baseline.yaml"


def test_sarif_has_what_code_scanning_needs() -> None:
    """A rule id, a message, a file relative to the root, a line and a fingerprint for each result."""
    for result in results(project(), prefix="some docs/x"):
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"].startswith("some%20docs/x/")
        assert place["region"]["startLine"] >= 1
        assert result["message"]["text"]
        assert re.fullmatch(
            r"[0-9a-f]{12}(-\d+)?:1", result["partialFingerprints"]["primaryLocationLineHash"]
        )
    assert "/work" not in sarif(project())


def test_sarif_for_code_scanning_has_only_what_fails() -> None:
    found = project("failed", gone=True)
    shown = results(found, only_said=True)
    assert [r["ruleId"] for r in shown] == ["cra.unknown_clause", "cra.planned"]
    assert not any("suppressions" in r for r in shown)


def test_sarif_for_code_scanning_stops_where_code_scanning_does_and_errors_come_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sphinx_cra.render.sarif.LIMIT", 1)
    assert [r["level"] for r in results(project(), only_said=True)] == ["error"]
    assert len(results(project())) == len(project().findings)


def test_sarif_shows_no_link_and_no_argument_that_a_title_brings() -> None:
    found = project()
    said = replace(found.findings[0].finding, message="see [here](http://e.org) {0} {x} [a] (b)")
    changed = replace(found, findings=(replace(found.findings[0], finding=said),))
    (result,) = results(changed)
    assert result["message"]["text"].startswith("see [here]\u200b(http://e.org) {\u200b0} {x} [a] (b)")


def test_our_reader_of_sarif_counts_what_fails() -> None:
    (run,) = reader.parse(sarif(project("failed", gone=True)).encode())
    standing = [r for r in run.results if not r.suppressed and r.state != "absent"]
    assert sorted(r.level for r in standing if r.level != "note") == ["error", "warning"]


def test_every_code_has_a_meaning_and_a_way_out() -> None:
    for code in Code:
        help_ = codes.of(code)
        assert help_.meaning.endswith("."), code
        assert help_.way_out.endswith("."), code
        assert help_.gap is (code in GAP_CODES)
        assert help_.meaning.startswith("Gap:") is help_.gap


# ----------------------------------------------------------------------------------- JUnit


def suite(found: Checked) -> ET.Element:
    return ET.fromstring(junit_xml(found).encode())


def test_our_reader_of_junit_counts_what_fails() -> None:
    found = project("failed")
    root = suite(found)
    report = junit.parse(junit_xml(found).encode())
    cases = list(root.iter("testcase"))
    assert int(root.get("tests", "")) == len(cases) == len(report.cases)
    outcomes = [c.result.name.lower() for c in report.cases]
    assert outcomes.count("failed") == int(root.get("failures", "")) == len(found.said) == 2
    assert outcomes.count("skipped") == int(root.get("skipped", ""))
    assert outcomes.count("passed") == len(cases) - 2 - outcomes.count("skipped")


@pytest.mark.parametrize("found", CASES)
def test_no_gap_is_passed(found: Checked) -> None:
    counted = {f"{r['printed']}: {r['title']}": r for r in found.data["rows"] if r["counted"]}
    for case in suite(found).iter("testcase"):
        row = counted.get(case.get("name", ""))
        if row is not None:
            assert bool(len(case)) is row["gap"]
        else:
            assert len(case) == 1


def test_a_case_names_its_file_from_the_root_of_the_repository() -> None:
    root = ET.fromstring(junit_xml(project(), prefix="some docs/x").encode())
    files = {c.get("file") for c in root.iter("testcase")} - {None}
    assert files
    assert all(str(f).startswith("some docs/x/") for f in files)
    assert any(f"{f}:" in (failure.text or "") for f in files for failure in root.iter("failure"))


def test_an_accepted_gap_is_skipped_with_its_reason() -> None:
    (case,) = [c for c in suite(project("failed")).iter("testcase") if "LAW_B" in c.get("name", "")]
    assert "is failed" in case[0].get("message", "")
    assert "accepted by A. @Person" in case[0].get("message", "")


# ---------------------------------------------------------------------------- Code Quality


def test_a_merge_request_is_told_what_fails_at_its_line_and_nothing_else() -> None:
    found = project("failed", gone=True)
    issues = json.loads(codequality(found, prefix="docs"))
    assert [(i["check_name"], i["severity"]) for i in issues] == [
        ("cra.unknown_clause", "major"),
        ("cra.planned", "minor"),
    ]
    assert issues[0]["location"] == {"path": "docs/index.rst", "lines": {"begin": 5}}
    assert [i["fingerprint"] for i in issues] == [j.id for j in found.said]
    assert set(issues[0]) == {"description", "check_name", "fingerprint", "severity", "location"}
    assert json.loads(codequality(replace(found, findings=()))) == []


# -------------------------------------------------------------------------------- Markdown


def test_what_fails_comes_first_and_every_framework_is_counted() -> None:
    text = markdown(project("failed", gone=True), prefix="docs")
    lines = text.splitlines()
    assert lines[2] == f"1 error, 1 warning, 1 accepted, {project('failed').quiet} quiet."
    assert lines[6].startswith(
        "| error `cra.unknown_clause` | REQ\\_1: satisfies names the unknown clause NOWHERE"
    )
    assert lines[6].endswith("| docs/index.rst, line 5 |")
    assert "| Framework | failed | planned | open | gaps | accepted |" in lines
    assert "| LAW | 1 | 1 | 0 | 2 of 2 | 1 |" in lines
    assert "1 accepted finding is found no more" in lines[-1]


def test_a_long_list_is_cut_and_counted() -> None:
    gate = {"open": "error"}
    asked, _ = read(gate)
    done = replace(assessed(catalogues=(cra(),)), gate=asked)
    found = checked(assessment_data(done, generator="sphinx-cra 1.0"))
    text = markdown(found)
    assert text.count("`cra.open`") == SHOWN
    assert f"and {len(found.said) - SHOWN} more" in text
    assert len(text) < 20_000


def test_a_summary_fits_into_a_comment_whatever_the_titles_are() -> None:
    """A comment of GitHub holds 65,536 characters."""
    found = project()
    worst = replace(found.findings[0].finding, message="@#:/|" * 400, place=Place(source="`" * 900, line=1))
    said = replace(found.findings[0], finding=worst)
    assert len(markdown(replace(found, findings=(said,) * 500), prefix="|" * 900)) < 65_536


@pytest.mark.parametrize("text", [HOSTILE, "| |\n\n# x", "~~a~~ $b$ &amp; !c", "x" * 9999, LIVE])
def test_text_of_a_project_means_nothing_but_itself(text: str) -> None:
    shown = escape(text)
    assert "\n" not in shown
    assert not re.search(r"(?<!\\)[|<>`*\[\]~$&]", shown)
    assert not re.search(r"[@#]\w|://|www\.|GH-\d", shown)
    assert len(shown) < 700
    shown.encode()


# ----------------------------------------------------------------------------------- badge


def test_the_badge_counts_and_claims_no_share() -> None:
    done = assessed(requirement("R", satisfies="CRA_ANX_I_P1_1"), catalogues=(cra(),))
    picture = badge(checked(assessment_data(done, generator="sphinx-cra 1.0")))
    root = ET.fromstring(picture)
    assert root.findtext("{*}title") == "CRA Annex I: 22 points: 0 verified, 22 gaps"
    assert "%" not in picture
    assert root.get("aria-labelledby") == "title desc"
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|@import|url\(", picture)


def test_the_badge_of_another_law_counts_its_clauses() -> None:
    assert "2 points: 0 verified, 2 gaps" in badge(project(catalogues=(LAW,)))
    assert "0 points: 0 verified, 0 gaps" in badge(project(catalogues=()))


def test_totals_agree_with_the_assessment() -> None:
    found = project("failed")
    law, _ = totals(found)
    assert (law.counted, law.gaps, law.accepted, law.failing) == (2, 2, 1, 1)


# ---------------------------------------------------------------------------------- export


def export(folder: Path, *words: str) -> Result:
    built = folder / "assessment.json"
    built.write_text(json.dumps(project().data), "utf-8")
    return CliRunner().invoke(app, ["export", str(folder), "--from", str(built), *words])


@pytest.mark.parametrize("form", ["sarif", "junit", "codequality", "markdown", "json", "badge"])
def test_a_dash_is_standard_output(tmp_path: Path, form: str) -> None:
    done = export(tmp_path, "--format", form, "--output", "-")
    assert done.exit_code == 0, done.output
    assert done.stdout == export(tmp_path, "--format", form).stdout
    assert done.stdout.endswith("\n")
    assert [p.name for p in tmp_path.iterdir()] == ["assessment.json"]


def test_what_code_scanning_would_not_take_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sphinx_cra.render.sarif.LIMIT", 1)
    assert export(tmp_path, "--new").stderr == "not written: 2 findings more than code scanning takes\n"
    assert export(tmp_path).stderr == ""
