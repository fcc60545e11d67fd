"""SARIF: what real tools write, how defaults are resolved, and what proves nothing."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sphinx_cra.evidence import Cache, EvidenceError, sarif, verdict
from sphinx_cra.model import Item, Kind, Outcome, Verdict

DATA = Path(__file__).parent / "data" / "sarif"
V, F, N, M = Outcome.VALID, Outcome.FAILED, Outcome.VOID, Outcome.MISSING
U, X = Outcome.UNREADABLE, Outcome.UNCHECKED


def shown(root: Path, file: str, **fields: str) -> Verdict:
    fields |= {"kind": "sarif", "file": file}
    return verdict(
        Item(id="EVD_1", kind=Kind.EVIDENCE, type="evidence", title="Scan", fields=fields), root, Cache()
    )


class Log:
    """Writes a log and asks for the verdict on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def of(self, *runs: dict[str, Any], **fields: str) -> Verdict:
        return self.text(json.dumps({"version": "2.1.0", "runs": runs}), **fields)

    def text(self, text: str | bytes, **fields: str) -> Verdict:
        (self.folder / "r.sarif").write_bytes(text.encode() if isinstance(text, str) else text)
        return shown(self.folder, "r.sarif", **fields)


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path)


def run(*results: dict[str, Any], rules: Any = ("R1", "R2"), **parts: Any) -> dict[str, Any]:
    declared = [r if isinstance(r, dict) else {"id": r} for r in rules]
    return {
        "tool": {"driver": {"name": "scan", "version": "1", "rules": declared}},
        "results": list(results),
    } | parts


def result(rule: str = "R1", /, **parts: Any) -> dict[str, Any]:
    return {"ruleId": rule, "message": {"text": "found"}} | parts


def level(verdict: Verdict) -> str:
    """The one level that something was found of."""
    return ", ".join(k for k, n in verdict.counts.items() if n)


# ------------------------------------------------------------------------------- real tools


@pytest.mark.parametrize(
    ("file", "outcome", "error", "warning", "note", "suppressed", "tool", "day"),
    [
        ("bandit-found.sarif", F, 2, 0, 2, 0, "Bandit 1.9.4", "2026-11-24"),
        ("bandit-clean.sarif", V, 0, 0, 0, 0, "Bandit 1.9.4", "2026-11-24"),
        ("bandit-broken.sarif", N, 0, 0, 0, 0, "Bandit 1.9.4", "2026-11-24"),
        ("ruff-found.sarif", F, 3, 0, 0, 0, "ruff 0.17.6", ""),
        ("ruff-broken.sarif", F, 2, 0, 0, 0, "ruff 0.17.6", ""),
        ("ruff-clean.sarif", N, 0, 0, 0, 0, "ruff 0.17.6", ""),
        ("semgrep-found.sarif", F, 1, 0, 0, 1, "Semgrep OSS 1.182.0", ""),
        ("semgrep-clean.sarif", V, 0, 0, 0, 0, "Semgrep OSS 1.182.0", ""),
        ("semgrep-norules.sarif", N, 0, 0, 0, 0, "Semgrep OSS 1.182.0", ""),
        ("eslint-found.sarif", F, 2, 2, 0, 1, "ESLint 9.39.5", ""),
        ("eslint-clean.sarif", N, 0, 0, 0, 0, "ESLint 9.39.5", ""),
        ("eslint-broken.sarif", N, 0, 0, 0, 0, "ESLint 9.39.5", ""),
    ],
)
def test_what_real_tools_write_is_read_as_they_mean_it(
    file: str, outcome: Outcome, error: int, warning: int, note: int, suppressed: int, tool: str, day: str
) -> None:
    verdict = shown(DATA, file)
    assert verdict.outcome is outcome, verdict.reason
    counts = [verdict.counts.get(k, 0) for k in ("error", "warning", "note", "suppressed")]
    assert counts == [error, warning, note, suppressed]
    assert (verdict.tool, verdict.date[:10]) == (tool, day)


@pytest.mark.parametrize(
    ("file", "fields", "outcome", "reason"),
    [
        (
            "bandit-found.sarif",
            {"select": "B101"},
            V,
            "found nothing of level warning or above in bandit-found.sarif; below: 1 note",
        ),
        ("bandit-found.sarif", {"select": "B101", "threshold": "note"}, F, "note B101 in app.py:20"),
        ("bandit-found.sarif", {"select": "assert_used", "threshold": "note"}, F, "note B101 in app.py:20"),
        ("bandit-clean.sarif", {"select": "B101"}, M, "it does not list its rules"),
        ("bandit-clean.sarif", {"select": "bandit"}, M, "did you mean 'Bandit'?"),
        ("bandit-broken.sarif", {}, N, "reports 1 error of its own, the first in broken.py"),
        ("semgrep-found.sarif", {"select": "eval"}, V, "found nothing"),
        ("semgrep-found.sarif", {"select": "md5", "threshold": "note"}, V, "1 suppressed"),
        ("semgrep-found.sarif", {"select": "Semgrep OSS::shell-*"}, F, "error shell-true in app2.py:12"),
        ("semgrep-found.sarif", {"select": "shell-tru"}, M, "did you mean 'shell-true'?"),
        ("eslint-found.sarif", {"threshold": "warning"}, F, "4 results of level warning or above"),
        ("eslint-found.sarif", {"select": "no-unused-vars", "threshold": "error"}, V, "below: 2 warning"),
        ("eslint-clean.sarif", {}, N, "names no rule and has no result"),
        ("eslint-broken.sarif", {}, N, "did not run successfully"),
    ],
)
def test_parts_of_real_reports(file: str, fields: dict[str, str], outcome: Outcome, reason: str) -> None:
    verdict = shown(DATA, file, **fields)
    assert verdict.outcome is outcome, verdict.reason
    assert reason in verdict.reason


# -------------------------------------------------------------------------------- thresholds


@pytest.mark.parametrize(
    ("threshold", "found", "outcome"),
    [
        ("", "error", F),
        ("", "warning", F),
        ("", "note", V),
        ("error", "error", F),
        ("error", "warning", V),
        ("warning", "error", F),
        ("warning", "warning", F),
        ("warning", "note", V),
        ("Note", "note", F),
        ("note", "none", V),
    ],
)
def test_the_threshold_is_the_lowest_level_that_counts(
    log: Log, threshold: str, found: str, outcome: Outcome
) -> None:
    fields = {"threshold": threshold} if threshold else {}
    assert log.of(run(result(level=found)), **fields).outcome is outcome


def test_a_result_that_misnames_its_rule_is_as_bad_as_the_rule_it_refers_to(log: Log) -> None:
    rules = [{"id": "R1", "defaultConfiguration": {"level": "error"}}]
    found = log.of(run(result("R9", ruleIndex=0), rules=rules))
    assert (found.outcome, found.counts["error"]) == (F, 1)
    assert "says R9 and refers to the rule R1" in found.reason
    rules = [{"id": "R1", "defaultConfiguration": {"level": "note"}}]
    assert log.of(run(result("R9", ruleIndex=0), rules=rules)).outcome is U


def test_a_problem_without_severity_is_told(log: Log) -> None:
    assert "below: 1 without severity" in log.of(run(result(level="none")), threshold="note").reason


@pytest.mark.parametrize("threshold", ["none", "high", "errors", "7.0", "error, warning"])
def test_an_unknown_threshold_is_refused(log: Log, threshold: str) -> None:
    verdict = log.of(run(), threshold=threshold)
    assert verdict.outcome is U
    assert "is not error, warning or note" in verdict.reason


# -------------------------------------------------------------------------- levels and kinds


def test_without_any_statement_a_result_is_a_warning(log: Log) -> None:
    assert level(log.of(run(result()))) == "warning"
    assert level(log.of(run({"message": {"text": "of no rule"}}))) == "warning"


@pytest.mark.parametrize(
    "reference",
    [
        {"ruleId": "R1", "ruleIndex": 0},
        {"ruleIndex": 0},
        {"rule": {"index": 0}},
        {"rule": {"id": "R1", "index": 0}},
        {"rule": {"guid": "0D5E0B31-3F2C-4A61-8F3F-B1C1F3C6A001"}},
        {"ruleId": "R1/sub", "ruleIndex": 0},
        {"ruleId": "R1"},  # as Semgrep writes it
        {"ruleId": "R1/sub"},
        {"ruleId": "R1", "ruleIndex": -1},
    ],
)
def test_a_result_without_level_has_that_of_its_rule(log: Log, reference: dict[str, Any]) -> None:
    rule = {
        "id": "R1",
        "guid": "0d5e0b31-3f2c-4a61-8f3f-b1c1f3c6a001",
        "defaultConfiguration": {"level": "error"},
    }
    found = log.of(run({"message": {"text": ""}} | reference, rules=[rule, "R2"]))
    assert found.outcome is F, found.reason


def test_a_stated_level_wins_over_the_rule(log: Log) -> None:
    rules = [{"id": "R1", "defaultConfiguration": {"level": "error"}}]
    assert level(log.of(run(result(level="note", ruleIndex=0), rules=rules))) == "note"


def override(level: str | None, index: int = 0, **configuration: Any) -> dict[str, Any]:
    configuration |= {"level": level} if level else {}
    return {"descriptor": {"index": index}, "configuration": configuration}


def invocation(*overrides: dict[str, Any], **parts: Any) -> dict[str, Any]:
    return {"executionSuccessful": True, "ruleConfigurationOverrides": list(overrides)} | parts


def test_an_override_of_the_only_invocation_wins_over_the_rule(log: Log) -> None:
    rules = [{"id": "R1", "defaultConfiguration": {"level": "note"}}]
    found = log.of(run(result(ruleIndex=0), rules=rules, invocations=[invocation(override("error"))]))
    assert level(found) == "error"


def test_without_an_override_the_rule_counts_though_there_is_an_invocation(log: Log) -> None:
    rules = [{"id": "R1", "defaultConfiguration": {"level": "error"}}, "R2"]
    for overrides in ([], [override("note", index=1)], [override(None, rank=5.0)]):
        assert (
            level(log.of(run(result(ruleIndex=0), rules=rules, invocations=[invocation(*overrides)])))
            == "error"
        )


def test_of_several_invocations_the_one_that_detected_the_result_counts(log: Log) -> None:
    rules = [{"id": "R1", "defaultConfiguration": {"level": "note"}}]
    both = [invocation(override("warning")), invocation(override("error"))]
    one = run(result(ruleIndex=0, provenance={"invocationIndex": 1}), rules=rules, invocations=both)
    assert level(log.of(one)) == "error"
    unknown = run(result(ruleIndex=0), rules=rules, invocations=both)
    assert level(log.of(unknown)) == "note"


def test_a_rule_of_an_extension_is_found_by_its_component(log: Log) -> None:
    queries = {
        "name": "queries",
        "guid": "AA",
        "rules": [{"id": "Q", "defaultConfiguration": {"level": "error"}}],
    }
    tool = {"driver": {"name": "CodeQL", "rules": []}, "extensions": [queries]}
    for component in ({"index": 0}, {"guid": "aa"}):
        found = result("Q", rule={"id": "Q", "index": 0, "toolComponent": component})
        assert level(log.of(run(found) | {"tool": tool})) == "error"
    assert log.of(run() | {"tool": tool}).outcome is V  # its rules count as loaded
    assert log.of(run() | {"tool": tool}, select="Q").outcome is V


def test_of_rules_with_one_id_the_worst_level_counts(log: Log) -> None:
    rules = [
        {"id": "R1", "defaultConfiguration": {"level": "note"}},
        {"id": "R1", "defaultConfiguration": {"level": "error"}},
    ]
    assert level(log.of(run(result("R1"), rules=rules))) == "error"
    assert level(log.of(run(result("R1", ruleIndex=0), rules=rules))) == "note"


@pytest.mark.parametrize(
    ("kind", "outcome"), [("pass", V), ("informational", V), ("open", X), ("review", X), ("fail", F)]
)
def test_only_a_failure_fails_and_nothing_undecided_proves(log: Log, kind: str, outcome: Outcome) -> None:
    rules = [{"id": "R1", "defaultConfiguration": {"level": "error"}}]
    verdict = log.of(run(result(kind=kind, ruleIndex=0), rules=rules))
    assert verdict.outcome is outcome, verdict.reason
    assert level(verdict) == ("error" if kind == "fail" else kind)


def test_a_suppressed_review_is_decided(log: Log) -> None:
    assert log.of(run(result(kind="review", suppressions=[{"kind": "external"}]))).outcome is V


def test_what_is_not_applicable_was_not_evaluated(log: Log) -> None:
    idle = result(kind="notApplicable")
    assert log.of(run(idle, rules=["R1"])).outcome is N
    assert log.of(run(idle, rules=["R1", "R2"])).outcome is V
    assert log.of(run(idle, rules=["R1", "R2"]), select="R1").outcome is N
    assert log.of(run(idle, result(kind="pass"), rules=["R1"])).outcome is V


def test_a_kind_and_a_level_that_exclude_each_other_are_a_contradiction(log: Log) -> None:
    verdict = log.of(run(result(kind="pass", level="error")))
    assert verdict.outcome is U
    assert "contradicts itself: result 1 of run 1 is of kind pass and of level error" in verdict.reason
    assert log.of(run(result(kind="pass", level="none"))).outcome is V
    assert log.of(run(result(kind="pass", level="error"), result(level="error"))).outcome is F


def test_the_worst_and_highest_ranked_results_are_named_first(log: Log) -> None:
    rules = [{"id": "R1", "defaultConfiguration": {"rank": 90}}, "R2", "R3", "R4"]
    found = [result("R4", level="warning"), result("R2", level="error", rank=10), result("R3", level="error")]
    reason = log.of(
        run(*found, result("R1", level="error", ruleIndex=0), rules=rules), threshold="warning"
    ).reason
    assert "error R1, error R2, error R3 and 1 more" in reason


# --------------------------------------------------------------------- baseline, suppression


@pytest.mark.parametrize(("state", "outcome"), [("new", F), ("unchanged", F), ("updated", F), ("absent", V)])
def test_what_is_in_the_run_counts_whatever_the_baseline_was(log: Log, state: str, outcome: Outcome) -> None:
    verdict = log.of(run(result(level="error", baselineState=state)))
    assert verdict.outcome is outcome
    assert level(verdict) == ("absent" if state == "absent" else "error")


def test_a_result_that_is_only_in_the_baseline_shows_no_rule(log: Log) -> None:
    assert log.of(run(result(baselineState="absent"), rules=[])).outcome is N
    assert log.of(run(result(baselineState="absent"), rules=["R2"]), select="R1").outcome is N


@pytest.mark.parametrize(
    ("suppressions", "outcome", "counts"),
    [
        (None, F, "error"),
        ([], F, "error"),
        ([{"kind": "inSource"}], V, "suppressed"),
        ([{"kind": "external"}], V, "suppressed"),
        ([{"kind": "external", "status": "accepted"}], V, "suppressed"),
        ([{"kind": "external", "status": "underReview"}], F, "error, underReview"),
        ([{"kind": "external", "status": "rejected"}], F, "error, rejected"),
        ([{"kind": "external", "status": "accepted"}, {"kind": "inSource"}], V, "suppressed"),
        ([{"kind": "external", "status": "rejected"}, {"kind": "inSource"}], F, "error, rejected"),
        (
            [{"kind": "external", "status": "underReview"}, {"kind": "external", "status": "accepted"}],
            F,
            "error, underReview",
        ),
        (
            [{"kind": "external", "status": "rejected"}, {"kind": "external", "status": "underReview"}],
            F,
            "error, underReview",
        ),
    ],
)
def test_only_suppressions_that_all_hold_take_a_result_away(
    log: Log, suppressions: Any, outcome: Outcome, counts: str
) -> None:
    verdict = log.of(run(result(level="error", suppressions=suppressions)))
    assert verdict.outcome is outcome
    assert level(verdict) == counts


def test_suppressed_results_are_told_apart(log: Log) -> None:
    found = log.of(run(result(level="error", suppressions=[{"kind": "inSource"}]), result(level="note")))
    assert found.reason == (
        "scan 1 found nothing of level warning or above in r.sarif; below: 1 note; 1 suppressed"
    )


# ------------------------------------------------------------------------------- did it run


@pytest.mark.parametrize("rules", [[], None])
def test_a_run_that_loaded_no_rules_is_void(log: Log, rules: Any) -> None:
    one = run(rules=[])
    one["tool"]["driver"]["rules"] = rules
    assert log.of(one).outcome is N


def test_a_run_whose_rules_are_all_disabled_is_void(log: Log) -> None:
    off = [{"id": "R1", "defaultConfiguration": {"enabled": False}}]
    assert log.of(run(rules=off)).outcome is N
    assert log.of(run(rules=off, invocations=[invocation(override(None, enabled=True))])).outcome is V
    assert log.of(run(rules=["R1"], invocations=[invocation(override(None, enabled=False))])).outcome is N
    assert log.of(run(rules=[*off, "R2"]), select="R1").outcome is N


def test_without_results_no_analysis_began(log: Log) -> None:
    for absent in ({}, {"results": None}):
        one = run() | absent
        if not absent:
            del one["results"]
        verdict = log.of(one)
        assert verdict.outcome is N
        assert "not even an empty list" in verdict.reason


ERROR = {"level": "error", "message": {"text": "crashed"}}


@pytest.mark.parametrize(
    "broken",
    [
        invocation(executionSuccessful=False),
        invocation(toolExecutionNotifications=[ERROR]),
        invocation(toolConfigurationNotifications=[ERROR]),
        invocation(processStartFailureMessage="no such file"),
    ],
)
def test_a_run_that_failed_is_void_unless_it_found_something(log: Log, broken: dict[str, Any]) -> None:
    assert log.of(run(invocations=[invocation()])).outcome is V
    assert log.of(run(invocations=[invocation(), broken])).outcome is N
    assert log.of(run(result(level="note"), invocations=[broken])).outcome is N
    verdict = log.of(run(result(level="error"), invocations=[broken]))
    assert verdict.outcome is F
    assert "scan 1 in r.sarif" in verdict.reason  # and that it failed as well


def test_a_notification_that_is_no_error_does_not_fail_the_run(log: Log) -> None:
    for mild in ({"message": {"text": ""}}, {"level": "warning"}, {"level": "none"}):
        assert log.of(run(invocations=[invocation(toolExecutionNotifications=[mild])])).outcome is V


def test_a_notification_has_the_level_of_its_descriptor(log: Log) -> None:
    one = run(invocations=[invocation(toolExecutionNotifications=[{"descriptor": {"index": 0}}])])
    one["tool"]["driver"]["notifications"] = [{"id": "CTN1", "defaultConfiguration": {"level": "error"}}]
    assert log.of(one).outcome is N
    changed = {"descriptor": {"id": "CTN1"}, "configuration": {"level": "note"}}
    one["invocations"][0]["notificationConfigurationOverrides"] = [changed]
    assert log.of(one).outcome is V


def test_a_conversion_that_failed_is_void(log: Log) -> None:
    conversion = {"tool": {"driver": {"name": "convert"}}, "invocation": {"executionSuccessful": False}}
    verdict = log.of(run(conversion=conversion))
    assert verdict.outcome is N
    assert "was converted to SARIF by a tool that did not run successfully" in verdict.reason


def test_bandit_without_a_line_of_code_is_void(log: Log) -> None:
    one = json.loads((DATA / "bandit-clean.sarif").read_bytes())["runs"][0]
    assert log.of(one).outcome is V
    one["properties"]["metrics"]["_totals"]["loc"] = 0
    assert log.of(one).outcome is N


def test_parts_in_other_files_are_not_guessed(log: Log) -> None:
    outside = {
        "externalPropertyFileReferences": {
            "results": [{"location": {"uri": "results.sarif-external-properties"}}]
        }
    }
    one = run() | outside
    del one["results"]
    verdict = log.of(one)
    assert verdict.outcome is X
    assert "keeps its results in other files" in verdict.reason
    inline = {
        "version": "2.1.0",
        "runs": [run()],
        "inlineExternalProperties": [{"results": [result(level="error")]}],
    }
    assert log.text(json.dumps(inline)).outcome is X


# -------------------------------------------------------------------- several runs, selecting


def other(*results: dict[str, Any], **parts: Any) -> dict[str, Any]:
    return run(*results, **parts) | {"tool": {"driver": {"name": "other", "rules": [{"id": "O1"}]}}}


def test_every_run_has_to_hold(log: Log) -> None:
    assert log.of(run(), other()).outcome is V
    assert log.of(run(), other()).tool == "other, scan 1"
    assert log.of(run(), run(rules=[])).outcome is N
    assert log.of(run(), other(result("O1", level="error"))).outcome is F


def test_a_selected_tool_stands_for_itself(log: Log) -> None:
    runs = run(), other(result("O1", level="error"))
    assert log.of(*runs, select="scan").outcome is V
    assert log.of(*runs, select="other").outcome is F
    assert log.of(*runs, select="R?").outcome is V
    assert log.of(*runs, select="scan, O1").outcome is F
    assert log.of(*runs, select="scan::O1").outcome is M


def test_a_pattern_without_a_match_is_missing_even_where_others_match(log: Log) -> None:
    verdict = log.of(run(), select="R1, R3")
    assert verdict.outcome is M
    assert "nothing in r.sarif matches 'R3'" in verdict.reason


def test_a_finding_of_no_rule_counts_against_every_selection(log: Log) -> None:
    assert log.of(run({"message": {"text": "?"}, "level": "error"}), select="R1").outcome is F


def test_a_pattern_selects_the_parts_of_a_rule_and_not_its_namesakes(log: Log) -> None:
    found = log.of(run(result("R1/md5", level="error")), select="R1")
    assert found.outcome is F
    assert log.of(run(result("R10", level="error"), rules=["R1", "R10"]), select="R1").outcome is V
    assert log.of(run(rules=["a[b]"]), select="a[b]").outcome is V


def test_several_files_are_one_claim(tmp_path: Path) -> None:
    for name, one in (("a.sarif", run()), ("b.sarif", other(result("O1", level="error")))):
        (tmp_path / name).write_text(json.dumps({"version": "2.1.0", "runs": [one]}))
    verdict = shown(tmp_path, "*.sarif")
    assert verdict.outcome is F
    assert "in 2 files" in verdict.reason


# --------------------------------------------------------------------------- date and subject


def at(**times: str) -> dict[str, Any]:
    return run(invocations=[{"executionSuccessful": True} | times])


def test_the_date_is_the_end_of_the_oldest_run(log: Log) -> None:
    runs = (
        at(endTimeUtc="2026-11-24T08:00:00Z"),
        at(endTimeUtc="2026-10-01T08:00Z", startTimeUtc="2026-09-30"),
    )
    assert log.of(*runs).date == "2026-10-01T08:00Z"
    assert log.of(*runs, at()).date == ""
    assert log.of(at(startTimeUtc="2026-09-30")).date == "2026-09-30"
    assert log.of(run(), date="2026-01-02").date == "2026-01-02"


@pytest.mark.parametrize(
    ("stamp", "date"),
    [
        ("2026-02-08T16:08:25.943Z", "2026-02-08T16:08:25.943Z"),
        ("2026-02-08T24:00:00Z", "2026-02-08"),
        ("2026-06-30T23:59:60Z", "2026-06-30"),
        ("2026-02-30", ""),
        ("yesterday", ""),
        ("08/02/2026", ""),
        (1770000000, ""),
    ],
)
def test_only_dates_as_sarif_writes_them_are_dates(log: Log, stamp: Any, date: str) -> None:
    assert log.of(at(endTimeUtc=stamp)).date == date


def test_the_subject_is_the_revision_that_every_run_is_about(log: Log) -> None:
    def of(*revisions: str) -> dict[str, Any]:
        return run(
            versionControlProvenance=[
                {"repositoryUri": "https://example.org", "revisionId": r} for r in revisions
            ]
        )

    assert log.of(of("0a1b2c3")).subject == "0a1b2c3"
    assert log.of(of("0a1b2c3"), of("0a1b2c3")).subject == "0a1b2c3"
    assert log.of(of("0a1b2c3"), of("fffffff")).subject == ""
    assert log.of(of("0a1b2c3", "fffffff")).subject == ""
    assert log.of(of("0a1b2c3"), run()).subject == ""


# ----------------------------------------------------------------------------- hostile files


@pytest.mark.parametrize(
    ("text", "outcome", "reason"),
    [
        ("", N, "is empty"),
        ("{", U, "not JSON"),
        ('{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "t"', U, "not JSON"),
        ("[]", U, "no SARIF log"),
        ("null", U, "no SARIF log"),
        ('{"runs": []}', U, "there is no version"),
        ('{"version": "2.1.0"}', U, "there are no runs"),
        ('{"version": "2.0.0", "runs": []}', U, "SARIF 2.0.0; only 2.1.0 is read"),
        ('{"version": "2.1.0", "runs": []}', N, "it holds no run of a tool"),
        ('{"version": "2.1.0", "runs": null}', N, "null"),
        ('{"version": "2.1.0", "runs": {}}', U, "not an array of objects"),
        ('{"version": "2.1.0", "runs": [1]}', U, "not an array of objects"),
        ('{"version": "2.1.0", "runs": [{"results": []}]}', U, "does not name its tool"),
        ('{"version": "2.1.0", "runs": [], "runs": []}', U, "stands twice"),
        ('{"version": "2.1.0", "runs": [' + "[" * 100_000, U, "nested"),
        ("[" * 100_000 + "]" * 100_000, U, "nested"),
        (b"\xff\xfe{\x00}\x00", U, "not UTF-8"),
        ("<testsuites/>", U, "not JSON"),
    ],
)
def test_what_is_no_sarif_is_named(log: Log, text: str | bytes, outcome: Outcome, reason: str) -> None:
    verdict = log.text(text)
    assert verdict.outcome is outcome
    assert reason in verdict.reason


@pytest.mark.parametrize(
    "broken",
    [
        result(kind="passed"),
        result(level="critical"),
        result(level=3),
        result(level="Error"),
        result(baselineState="existing"),
        result(suppressions=[{"kind": "external", "status": "wontfix"}]),
        result(suppressions={"kind": "external"}),
        result(ruleIndex="0"),
        result(ruleIndex=True),
        result(ruleIndex=9),
        result(ruleIndex=1),  # is R2
        result(rule={"id": "R2"}),
        result(ruleIndex=0, rule={"index": 1}),
        result(rule={"index": 0, "toolComponent": {"index": 0}}),
        result(provenance={"invocationIndex": 4}),
        {"ruleId": 7},
    ],
)
def test_a_result_that_cannot_be_understood_is_not_guessed(log: Log, broken: dict[str, Any]) -> None:
    verdict = log.of(run(broken), threshold="error")
    assert verdict.outcome is U, verdict.reason


@pytest.mark.parametrize("said", [None, "true", 1])
def test_an_invocation_has_to_say_whether_it_succeeded(log: Log, said: Any) -> None:
    assert log.of(run(invocations=[{"executionSuccessful": said}])).outcome is U


def test_a_rule_without_an_id_shows_nothing_and_hides_nothing(log: Log) -> None:
    assert log.of(run(rules=[{}])).outcome is N
    assert log.of(run(result(level="error"), rules=[{}])).outcome is F


@pytest.mark.parametrize("rule", [{"id": 1}, {"id": "R1", "defaultConfiguration": {"enabled": "no"}}])
def test_a_rule_that_cannot_be_understood_is_refused(log: Log, rule: dict[str, Any]) -> None:
    assert log.of(run(rules=[rule])).outcome is U


def test_a_rule_with_an_unknown_level_is_refused(log: Log) -> None:
    rules = [{"id": "R1", "defaultConfiguration": {"level": "high"}}]
    assert log.of(run(result(ruleIndex=0), rules=rules)).outcome is U


def test_no_result_is_taken_from_words(log: Log) -> None:
    assert (
        log.of(run(result(level="note", message={"text": "CRITICAL: build FAILED, 7 errors"}))).outcome is V
    )


def test_a_byte_order_mark_is_passed_over(log: Log) -> None:
    assert log.text("\ufeff" + json.dumps({"version": "2.1.0", "runs": [run()]})).outcome is V


def test_names_of_an_artefact_do_not_break_the_reason(log: Log) -> None:
    place = {
        "physicalLocation": {"artifactLocation": {"uri": "a\nb" + "x" * 5000}, "region": {"startLine": 1}}
    }
    reason = log.of(run(result("R\n" + "1" * 5000, level="error", locations=[place]))).reason
    assert "\n" not in reason
    assert len(reason) < 1000


def test_the_author_may_say_that_it_failed(log: Log) -> None:
    assert log.of(run(), result="failed").outcome is F
    assert log.of(run(result(level="error")), result="passed").outcome is F


_KEYS = (
    *("id", "index", "guid", "rule", "ruleId", "ruleIndex", "kind", "level", "rank", "enabled", "locations"),
    *("suppressions", "status", "baselineState", "provenance", "invocationIndex", "toolComponent"),
    *("defaultConfiguration", "rules", "notifications", "descriptor", "configuration"),
    *("ruleConfigurationOverrides", "executionSuccessful", "toolExecutionNotifications"),
)
_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 3)
    | st.floats(allow_nan=False)
    | st.sampled_from(["R1", "error", "fail", ""]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(_KEYS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["results", "invocations", "tool", "conversion", "versionControlProvenance"]),
        st.lists(_VALUES, max_size=2) | _VALUES,
    ),
    st.lists(_VALUES, max_size=2),
)
def test_whatever_stands_in_a_run_nothing_but_a_named_fault_is_raised(
    parts: dict[str, Any], rules: list[Any]
) -> None:
    one = {"tool": {"driver": {"name": "t", "rules": rules}}, "results": []} | parts
    with contextlib.suppress(EvidenceError):
        sarif.parse(json.dumps({"version": "2.1.0", "runs": [one]}).encode())


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(EvidenceError):
        sarif.parse(data)
