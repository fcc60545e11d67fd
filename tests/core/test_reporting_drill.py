"""Drills, their record as evidence, and the commands of ``sphinx-cra report``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from build import assessed, item
from sphinx_cra import datafile, evidence, product
from sphinx_cra.cli import app
from sphinx_cra.model import Outcome
from sphinx_cra.render.data import assessment_json
from sphinx_cra.reporting import answers, content
from sphinx_cra.reporting.clock import Kind
from test_reporting import PRODUCT, SBOM, VEX

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    from sphinx_cra.model import Verdict

ANSWERS = "type: vulnerability\nanswers:\n" + "".join(
    f"  {f.key}: Rehearsed.\n"
    for f in content.of_kind(Kind.VULNERABILITY)
    if f.key not in ("member_states", "product")
)


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    (tmp_path / "conf.py").write_text("raise SystemExit('a command must not run this')\n")
    (tmp_path / "cra.yaml").write_text(PRODUCT)
    (tmp_path / "sbom.json").write_text(json.dumps(SBOM))
    (tmp_path / "drill.yaml").write_text(ANSWERS)
    return tmp_path


def run(docs: Path, *words: Any, **env: str) -> Result:
    return CliRunner().invoke(app, ["report", *map(str, words), "--dir", str(docs)], env=env)


def drilled(docs: Path, *words: Any) -> dict[str, Any]:
    done = run(docs, "drill", "--sbom", docs / "sbom.json", "--record", docs / "record.json", *words)
    assert done.exit_code in (0, 1), done.output
    record: dict[str, Any] = json.loads((docs / "record.json").read_bytes())
    return record


def passed(docs: Path) -> dict[str, Any]:
    return drilled(docs, "--answers", docs / "drill.yaml", "--component", "libb", "--date", "2026-11-24")


def shown(docs: Path, record: Any, release: str = "2.4.0") -> Verdict:
    """What a record shows as evidence."""
    path = docs / "record.json"
    path.write_text(record if isinstance(record, str) else json.dumps(record))
    about = product.parse(PRODUCT.replace("2.4.0", release))
    one = item("evidence", "EVID_DRILL", kind="drill", file="record.json")
    return evidence.verdicts([one], docs, evidence.Cache(), product=about)["EVID_DRILL"]


# ------------------------------------------------------------------------------ drills


def test_a_drill_fails_where_a_point_cannot_be_filled_and_names_each(docs: Path) -> None:
    done = run(docs, "drill", "--sbom", docs / "sbom.json")
    assert done.exit_code == 1
    assert "vulnerability in @scope/libc@3.0, the first by name and version" in done.stdout
    for field in content.of_kind(Kind.VULNERABILITY):
        missing = field.key not in ("member_states", "product")
        assert (f"  {field.key} ({field.cite}): " in done.stdout) is missing


def test_a_drill_passes_with_answers_and_its_record_says_from_what(docs: Path) -> None:
    record = passed(docs)
    assert not list(datafile.validator("drill.schema.json").iter_errors(record))
    assert record["result"] == "passed"
    assert record["counts"] == {"points": 12, "filled": 12, "left out": 0, "missing": 0}
    assert record["stages"][0]["fields"][0]["source"] == "cra.yaml"
    assert record["stages"][0]["due"] == "2026-11-25T09:00:00Z"
    assert "Rehearsed" not in json.dumps(record)
    assert passed(docs) == record


def test_a_drill_fails_where_nobody_knows_who_receives_the_report(docs: Path) -> None:
    (docs / "cra.yaml").write_text(PRODUCT.replace("  main_establishment: {member_state: DE}\n", ""))
    assert passed(docs)["result"] == "failed"


def test_a_record_needs_a_day_that_is_stated(docs: Path) -> None:
    words = ("drill", "--sbom", docs / "sbom.json", "--record", docs / "record.json")
    done = run(docs, *words, SOURCE_DATE_EPOCH="")
    assert (done.exit_code, done.stderr) == (
        2,
        "sphinx-cra: a record needs the day of the drill; give --date 2026-11-24, or set SOURCE_DATE_EPOCH\n",
    )
    assert not (docs / "record.json").exists()
    run(docs, *words, SOURCE_DATE_EPOCH="1795478400")
    assert json.loads((docs / "record.json").read_bytes())["date"] == "2026-11-24"


def test_an_incident_is_rehearsed_too(docs: Path) -> None:
    record = drilled(docs, "--type", "incident", "--date", "2026-11-24")
    assert [s["clause"] for s in record["stages"]] == ["CRA_ART_14_4_A", "CRA_ART_14_4_B", "CRA_ART_14_4_C"]
    assert record["result"] == "failed"


def test_a_drill_leaves_the_times_of_a_real_case_aside(docs: Path) -> None:
    real = "aware: 2026-11-24T09:30Z\nsubmitted: {early-warning: 2026-11-24T10:00Z}\n"
    (docs / "drill.yaml").write_text(ANSWERS.replace("answers:", f"{real}answers:", 1))
    assert passed(docs)["result"] == "passed"


# ---------------------------------------------------------------------------- evidence


def test_a_record_that_passed_is_valid_evidence_bound_to_the_release(docs: Path) -> None:
    verdict = shown(docs, passed(docs))
    assert (verdict.outcome, verdict.subject, verdict.bound) == (Outcome.VALID, "2.4.0", True)
    assert verdict.date == "2026-11-24"
    assert verdict.reason.startswith(
        "record.json: the reports on a vulnerability in libb, rehearsed on 2026-11-24, could be written, "
        "12 of 12 points filled"
    )


def test_a_record_that_failed_is_failed_evidence_and_names_what_was_missing(docs: Path) -> None:
    verdict = shown(docs, drilled(docs, "--date", "2026-11-24"))
    assert verdict.outcome is Outcome.FAILED
    assert "missing: exploit, vulnerability_nature" in verdict.reason


def test_a_record_of_another_release_is_foreign(docs: Path) -> None:
    assert shown(docs, passed(docs), release="2.5.0").outcome is Outcome.FOREIGN


def test_a_record_in_which_nothing_was_rehearsed_is_void(docs: Path) -> None:
    record = passed(docs)
    record["stages"] = []
    record["counts"] = dict.fromkeys(record["counts"], 0)
    assert shown(docs, record).outcome is Outcome.VOID


def _set(*route: Any, to: Any) -> Callable[[dict[str, Any]], None]:
    def change(record: Any) -> None:
        for step in route[:-1]:
            record = record[step]
        record[route[-1]] = to

    return change


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_set("stages", 2, "fields", 0, "state", to="missing"), "its counts are not those of its points"),
        (
            _set("stages", 2, "fields", 0, "state", to="left out"),
            "description is left out, which the Article",
        ),
        (_set("stages", 1, "fields", 0, "source", to=""), "product is known from no file"),
        (_set("stages", 1, "fields", to=[]), "the points of the notification are not those of the Article"),
        (
            _set("stages", 0, "due", to="2026-11-26T09:00:00Z"),
            "the early warning is due 2026-11-25T09:00:00Z",
        ),
        (_set("stages", 0, "stage", to="final"), "its stages are final, notification, final"),
        (_set("counts", "filled", to=11), "its counts are not those of its points"),
        (
            _set("recipient", "member_state", to=None),
            "it says that it passed, and not everything could be filled",
        ),
        (_set("component", "found", to=[]), "it says that it passed, and not everything could be filled"),
        (_set("result", to="failed"), "it says that it failed, and everything could be filled"),
        (_set("result", to="approved"), "result: 'approved' is not one of"),
        (_set("date", to="2026-02-30"), "day is out of range"),
        (_set("aware", to="9999-12-31T23:59:59Z"), "cannot be meant"),
        (_set("format", to="x"), "its format is not"),
        (_set("note", to="approved by nobody"), "Additional properties"),
        (_set("type", to="incident"), "not those of the Article"),
    ],
)
def test_a_record_that_was_changed_by_hand_contradicts_itself(
    change: Callable[[dict[str, Any]], None], told: str, docs: Path
) -> None:
    record = passed(docs)
    change(record)
    verdict = shown(docs, record)
    assert verdict.outcome is Outcome.UNREADABLE
    assert told in verdict.reason


@pytest.mark.parametrize("broken", ["{", "[]", "null", '{"a": 1, "a": 2}', "\x00", "[" * 100_000])
def test_what_is_no_record_is_unreadable(broken: str, docs: Path) -> None:
    assert shown(docs, broken).outcome is Outcome.UNREADABLE


# ---------------------------------------------------------------------------- commands


def test_a_draft_is_written_from_the_command_line(docs: Path) -> None:
    (docs / "vex.json").write_text(json.dumps(VEX))
    words = ("draft", "early-warning", "--type", "vulnerability", "--aware", "2026-11-24T09:30+01:00")
    files = ("--sbom", docs / "sbom.json", "--vex", docs / "vex.json")
    done = run(
        docs, *words, "--vulnerability", "CVE-2026-1", "--component", "libb@2.0", *files, "--format", "json"
    )
    assert done.exit_code == 0
    data = json.loads(done.stdout)
    assert not list(datafile.validator("report.schema.json").iter_errors(data))
    assert data["components"][0]["path"] == ["app 2.4.0", "liba 1.0", "libb 2.0"]
    assert data["recipient"]["member_state"] == "DE"


def test_a_report_is_drafted_of_a_product_file_that_builds_on_another_one(docs: Path) -> None:
    (docs / "products").mkdir()
    (docs / "products" / "lock.yaml").write_text("extends: ../cra.yaml\nproduct: {name: Lock}\n")
    done = run(docs, "draft", "final", "--type", "incident", "--product", "products/lock.yaml")
    assert done.exit_code == 0, done.output
    assert "Product: Lock 2.4.0" in done.stdout


@pytest.mark.parametrize(("version", "doubted"), [("2.4.0", False), ("2.3.0", True)])
def test_an_sbom_of_another_version_is_doubted(docs: Path, version: str, *, doubted: bool) -> None:
    text = json.dumps(SBOM).replace('"version": "2.4.0"', f'"version": "{version}"')
    (docs / "sbom.json").write_text(text)
    done = run(docs, "drill", "--sbom", docs / "sbom.json")
    assert (
        f"sbom.json is of app {version}, and Gateway 2.4.0 is what is reported on" in done.stderr
    ) is doubted


def test_the_file_of_answers_serves_every_stage(docs: Path) -> None:
    for stage in ("early-warning", "notification", "final"):
        done = run(docs, "draft", stage, "--answers", docs / "drill.yaml", "--format", "json")
        assert all(f["state"] != "missing" for f in json.loads(done.stdout)["fields"])


def test_the_components_of_the_last_build_are_found(docs: Path) -> None:
    built = docs / "_build" / "cra" / "assessment.json"
    built.parent.mkdir(parents=True)
    sbom = item("evidence", "E", kind="sbom", file="sbom.json")
    words = ("draft", "notification", "--type", "vulnerability", "--component", "libb")
    for outcome, code, told in (("valid", 0, ""), ("altered", 2, "no SBOM was read")):
        built.write_text(assessment_json(assessed(sbom, E=outcome), generator="sphinx-cra 1"))
        done = run(docs, *words)
        assert (done.exit_code, told in done.stderr) == (code, True), done.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["draft", "early-warning"], "what is reported is not stated; give --type"),
        (
            ["draft", "early-warning", "--type", "incident", "--aware", "2026-11-24T09:30"],
            "--aware: '2026-11-24T09:30'",
        ),
        (["draft", "final", "--type", "incident", "--now", "soon"], "--now: 'soon' is no time"),
        (["draft", "final", "--type", "incident", "--zone", "Berlin"], "--zone: 'Berlin' is no time zone"),
        (["draft", "final", "--answers", "none.yaml"], "none.yaml: no such file"),
        (
            ["draft", "final", "--type", "incident", "--answers", "drill.yaml"],
            "--type says incident, and drill.yaml says",
        ),
        (
            ["draft", "final", "--type", "vulnerability", "--component", "libb"],
            "no SBOM was read; name one with --sbom",
        ),
        (["draft", "final", "--type", "incident", "--product", "other.yaml"], "other.yaml: no such file"),
        (
            ["draft", "final", "--type", "incident", "--sbom", "none.json"],
            "the SBOM none.json cannot be used: ",
        ),
        (
            ["draft", "final", "--type", "incident", "--sbom", "cra.yaml"],
            "the SBOM cra.yaml cannot be used: ",
        ),
        (["drill", "--sbom", "sbom.json", "--component", "libx"], "no component 'libx' is in sbom.json"),
        (["drill"], "no SBOM was read"),
        (["drill", "--sbom", "sbom.json", "--date", "2027-02-29"], "--date: '2027-02-29' is no day"),
        (["drill", "--sbom", "sbom.json", "--date", "0001-01-01"], "is no day that can be meant"),
        (["register", "--product", "none.yaml"], "none.yaml: no such file"),
    ],
)
def test_what_cannot_be_done_is_one_message_and_ends_with_2(
    words: list[str], told: str, docs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(docs)
    done = run(docs, *words)
    assert done.exit_code == 2, done.output
    assert told in done.stderr
    assert not done.stdout
    assert "Traceback" not in done.output


def test_an_unknown_stage_is_answered_with_those_that_there_are(docs: Path) -> None:
    done = run(docs, "draft", "second-warning", "--type", "incident")
    assert done.exit_code == 2
    assert "early-warning" in done.output


def test_now_is_asked_of_the_machine_only_by_its_name(docs: Path) -> None:
    words = (
        "draft",
        "early-warning",
        "--type",
        "incident",
        "--aware",
        "2026-09-12T00:00Z",
        "--format",
        "json",
    )
    assert json.loads(run(docs, *words).stdout)["now"] is None
    assert json.loads(run(docs, *words, "--now", "now").stdout)["now"] is not None


def test_answers_are_not_overwritten(docs: Path) -> None:
    words = ["report", "answers", "--type", "incident", "-o"]
    assert CliRunner().invoke(app, [*words, str(docs / "drill.yaml")]).exit_code == 2
    assert (docs / "drill.yaml").read_text() == ANSWERS
    assert CliRunner().invoke(app, [*words, str(docs / "new.yaml")]).exit_code == 0
    assert answers.load(docs / "new.yaml", source="new.yaml").kind is Kind.INCIDENT


def deadlines(*words: str) -> Result:
    return CliRunner().invoke(app, ["report", "deadlines", *words])


def test_deadlines_are_shown_in_utc_and_in_a_zone() -> None:
    done = deadlines(
        *("--type", "incident", "--aware", "2027-03-27T12:00+01:00", "--notified", "2027-03-28T12:00Z"),
        *("--zone", "Europe/Berlin", "--now", "2027-03-28T13:00Z"),
    )
    assert done.exit_code == 1
    first, second, third, following = done.stdout.splitlines()
    assert first.startswith("early warning     2027-03-28 11:00 UTC (13:00 CEST)  late by 2 h")
    assert second.startswith("notification      2027-03-30 11:00 UTC (13:00 CEST)  in time")
    assert third.startswith("final report      2027-04-28 12:00 UTC (14:00 CEST)  due in 30 d 23 h")
    assert following.startswith("Next: the early warning, at the latest 2027-03-28 11:00 UTC")


def test_deadlines_refuse_what_cannot_be() -> None:
    for words, told in (
        (("--type", "incident"), "awareness is not stated"),
        (
            ("--type", "incident", "--aware", "2027-03-27T12:00Z", "--notified", "2027-03-27T11:00Z"),
            "before awareness",
        ),
        (
            ("--type", "incident", "--aware", "2027-03-27T12:00Z", "--measure", "2027-03-27T11:00Z"),
            "starts no clock",
        ),
        (
            ("--type", "incident", "--aware", "2027-03-27T12:00Z", "--now", "2027-03-27T11:00Z"),
            "before awareness",
        ),
    ):
        done = deadlines(*words)
        assert (done.exit_code, told in done.stderr) == (2, True), done.output


def test_the_register_is_looked_at_against_a_stated_time(docs: Path) -> None:
    none = run(docs, "register")
    assert none.exit_code == 0
    assert none.stdout.startswith("cra-reports.yaml: no report recorded\n")
    (docs / "cra-reports.yaml").write_text(
        "reports: [{id: REP-1, type: incident, aware: 2026-11-24T09:30Z, aware_reason: x}]\n"
    )
    assert run(docs, "register").exit_code == 0
    late = run(docs, "register", "--now", "2026-11-25T09:31Z", "--format", "json")
    assert late.exit_code == 1
    data = json.loads(late.stdout)
    assert data["reports"][0]["clocks"][0]["state"] == "late"
    assert [r["outcome"] for r in data["rules"] if r["rule"] == "R64"] == [
        "not met",
        "not decidable",
        "not decidable",
    ]


def test_a_broken_register_is_told_with_its_line(docs: Path) -> None:
    (docs / "cra-reports.yaml").write_text("reports:\n- id: 1\n")
    done = run(docs, "register")
    assert done.exit_code == 2
    assert "cra-reports.yaml:2:" in done.stderr
