"""JUnit XML: what each dialect says, what is refused, and what a selection names."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sphinx_cra.evidence import Cache, EvidenceError, junit, verdict, verdicts
from sphinx_cra.model import Item, Kind, Outcome, Verdict

DATA = Path(__file__).parent / "data" / "junit"


def shown(root: Path, file: str, select: str = "", **fields: str) -> Verdict:
    fields |= {"kind": "junit", "file": file, "select": select}
    item = Item(id="EVD_1", kind=Kind.EVIDENCE, type="evidence", title="Tests", fields=fields)
    return verdict(item, root, Cache())


def of(tmp_path: Path, text: str | bytes, select: str = "") -> Verdict:
    """The verdict on a file with this content."""
    data = text.encode() if isinstance(text, str) else text
    (tmp_path / "r.xml").write_bytes(data)
    return shown(tmp_path, "r.xml", select)


def cases(inner: str, totals: str = "") -> str:
    return f'<testsuite name="s" {totals}>{inner}</testsuite>'


# ------------------------------------------------------------------------------- real tools

V, F, N, U = Outcome.VALID, Outcome.FAILED, Outcome.VOID, Outcome.UNREADABLE


@pytest.mark.parametrize(
    ("file", "outcome", "passed", "failed", "errors", "skipped", "tool", "day"),
    [
        ("pytest-login.xml", V, 4, 0, 0, 1, "pytest", "2026-11-24"),
        ("pytest-bad.xml", F, 2, 3, 4, 2, "pytest", "2026-11-24"),
        ("pytest-collect.xml", F, 0, 0, 1, 0, "pytest", "2026-11-24"),
        ("pytest-none.xml", N, 0, 0, 0, 0, "pytest", ""),
        ("ctest.xml", F, 3, 2, 0, 3, "", "2026-11-24"),
        ("googletest.xml", F, 3, 1, 0, 3, "", "2026-11-24"),
        ("surefire-session.xml", F, 2, 1, 1, 2, "Surefire", ""),
        ("surefire-flaky.xml", V, 2, 0, 0, 0, "Surefire", ""),
        ("surefire-broken.xml", F, 0, 0, 1, 0, "Surefire", ""),
        ("jest.xml", F, 3, 1, 0, 1, "Jest", "2026-11-24"),
        ("jest-suite-errors.xml", F, 3, 2, 1, 1, "Jest", "2026-11-24"),
        ("gotestsum.xml", F, 2, 1, 0, 1, "go1.19.8 linux/amd64", "2026-11-24"),
        ("gotestsum-build-error.xml", F, 0, 0, 1, 0, "", ""),
        ("node.xml", V, 2, 0, 0, 2, "", ""),
        ("catch2.xml", F, 1, 3, 1, 0, "Catch2", "2026-11-24"),
    ],
)
def test_what_real_tools_write_is_read_as_they_mean_it(
    file: str, outcome: Outcome, passed: int, failed: int, errors: int, skipped: int, tool: str, day: str
) -> None:
    verdict = shown(DATA, file)
    counts = {k: v for k, v in verdict.counts.items() if k != "flaky"}
    assert counts == {"passed": passed, "failed": failed, "errors": errors, "skipped": skipped}
    assert (verdict.outcome, verdict.tool, verdict.date[:10]) == (outcome, tool, day), verdict.reason


@pytest.mark.parametrize(
    ("file", "select", "outcome", "reason"),
    [
        # pytest
        ("pytest-login.xml", "test_login.TestLogin", V, "3 of 3 test cases in pytest-login.xml passed"),
        ("pytest-login.xml", "test_login.py::TestLogin::test_roles", V, "2 of 2 test cases"),
        ("pytest-login.xml", "test_login::test_hsm", N, "the one test case was skipped"),
        ("pytest-bad.xml", "test_bad::test_props", V, "1 of 1 test case"),
        ("pytest-bad.xml", "test_passes_then_teardown", F, "failed: test_bad::test_passes_then_teardown"),
        ("pytest-bad.xml", "test_xfail, test_late", N, "all 2 test cases were skipped"),
        # ctest
        ("ctest.xml", "tls.*", V, "2 of 2 test cases"),
        ("ctest.xml", "field_bus.off", N, "skipped or disabled"),
        ("ctest.xml", "hsm.present", N, "skipped or disabled"),
        ("ctest.xml", "firmware", F, "1 of 2 test cases in ctest.xml failed: firmware.rollback"),
        # googletest
        (
            "googletest.xml",
            "Session",
            V,
            "1 of 3 test cases in googletest.xml passed; not run: Session::DISABLED_",
        ),
        ("googletest.xml", "Session::DISABLED_SurvivesRestart", N, "skipped or disabled"),
        ("googletest.xml", "All/Role::IsChecked/?", V, "2 of 2 test cases"),
        ("googletest.xml", "Broken", N, "skipped or disabled"),
        # Surefire
        ("surefire-flaky.xml", "gw.FlakyTest::flaky", V, "passed only when run again: gw.FlakyTest::flaky"),
        ("surefire-session.xml", "gw.SessionTest::ends", V, "1 of 1 test case"),
        ("surefire-session.xml", "throwsUp", F, "failed: gw.SessionTest::throwsUp"),
        # Jest: the suite counts three tests and shows four, one of which is a todo
        ("jest.xml", "session ends after 15 minutes\\, also when idle", U, "states 3 tests and shows 4"),
        ("jest.xml", "session is bound to the client", U, "states 3 tests and shows 4"),
        ("jest.xml", "undefined", V, "1 of 1 test case"),
        (
            "jest-suite-errors.xml",
            "t/broken.test.js",
            F,
            "failed: Test suite failed to run::t/broken.test.js",
        ),
        # gotestsum: what did not build is in the totals only, so it may be what is asked for
        ("gotestsum.xml", "TestLocks", U, "states 2 failures or errors and shows 1"),
        ("node.xml", "keys", V, "1 of 3 test cases in node.xml passed; not run"),
        ("catch2.xml", "keys are random/length", V, "1 of 1 test case"),
    ],
)
def test_parts_of_real_reports(file: str, select: str, outcome: Outcome, reason: str) -> None:
    verdict = shown(DATA, file, select)
    assert verdict.outcome is outcome, verdict.reason
    assert reason in verdict.reason


def test_several_reports_are_one_piece_of_evidence(tmp_path: Path) -> None:
    for name in ("flaky", "session"):
        shutil.copy(DATA / f"surefire-{name}.xml", tmp_path)
    every = shown(tmp_path, "surefire-*.xml")
    assert [a.path for a in every.artefacts] == ["surefire-flaky.xml", "surefire-session.xml"]
    assert every.counts == {"passed": 4, "failed": 1, "errors": 1, "skipped": 2, "flaky": 2}
    assert every.outcome is Outcome.FAILED
    one = shown(tmp_path, "*.xml", "gw.FlakyTest::steady, gw.SessionTest::ends")
    assert (one.outcome, one.counts["passed"]) == (Outcome.VALID, 2)
    (tmp_path / "surefire-torn.xml").write_bytes((DATA / "surefire-flaky.xml").read_bytes()[:300])
    torn = shown(tmp_path, "*.xml", "gw.FlakyTest::steady")
    assert torn.outcome is Outcome.UNREADABLE
    assert torn.reason.startswith("surefire-torn.xml: not XML")


# ------------------------------------------------------------------------------- outcomes


@pytest.mark.parametrize(
    ("case", "outcome"),
    [
        ("<testcase name='a'/>", V),
        ("<testcase name='a' status='run'/>", V),
        ("<testcase name='a' status='PASSED'/>", V),
        ("<testcase name='a' status='' result=' '/>", V),
        ("<testcase name='a'><properties/><system-out>FAILED</system-out><system-err/></testcase>", V),
        ("<testcase name='a'><flakyFailure/></testcase>", V),
        ("<testcase name='a'><failure/></testcase>", F),
        ("<testcase name='a'><error/></testcase>", F),
        ("<testcase name='a'><skipped/><failure/></testcase>", F),
        ("<testcase name='a' status='notrun'><error/></testcase>", F),
        ("<testcase name='a' status='passed'><failure/></testcase>", F),
        ("<testcase name='a' status='fail'/>", F),
        ("<testcase name='a' status='error'><skipped/></testcase>", F),
        ("<testcase name='a'><failure/><rerunFailure/></testcase>", F),
        ("<testcase name='a'/><testcase name='a'><failure/></testcase>", F),
        ("<testcase name='a'/><error message='fixture'/>", F),
        ("<more><testcase name='a'><failure/></testcase></more>", F),
        ("<testcase name='a'><skipped/></testcase>", N),
        ("<testcase name='a' status='notrun'/>", N),
        ("<testcase name='a' status='disabled'/>", N),
        ("<testcase name='a' status='run' result='suppressed'/>", N),
        ("<testcase name='a' status='run'><skipped/></testcase>", N),
        ("<testcase name='a' status='ignored'/>", N),
        ("<testcase name='a' status='pending'/>", N),
        ("<testcase name='a' status='disabled'><disabled/></testcase>", N),
        ("<testcase name='a'><ignored/></testcase>", N),
        ("<testcase name='a' status='errored'/>", F),
        ("<testcase name='a' status='failure'/>", F),
        ("<system-out>OK, 12 tests passed</system-out>", N),
        ("", N),
        ("<testcase name='a'><broken/></testcase>", U),
        ("<testcase name='a'><Failure/></testcase>", U),
        ("<testcase name='a'><testcase name='b'/></testcase>", U),
        ("<testcase name='a' status='maybe'/>", U),
        ("<testcase name='a' result='200'/>", U),
        ("<testcase name='a'><rerunFailure/></testcase>", U),
    ],
)
def test_what_a_case_says_decides(tmp_path: Path, case: str, outcome: Outcome) -> None:
    for text in (cases(case), f"<testsuites>{cases(case)}</testsuites>", f"<testsuites>{case}</testsuites>"):
        assert of(tmp_path, text).outcome is outcome


def test_a_skipped_case_is_no_failure_of_its_suite_however_it_is_written(tmp_path: Path) -> None:
    for name in ("skipped", "disabled", "ignored"):
        text = cases(f"<testcase name='a'/><testcase name='b'><{name}/></testcase>", "tests='2' failures='0'")
        verdict = of(tmp_path, text)
        assert (verdict.outcome, verdict.counts["skipped"]) == (V, 1), verdict.reason
        text = cases(f"<testcase name='b'><{name}/></testcase>", "tests='1' failures='1'")
        assert of(tmp_path, text).outcome is U  # the failure that is stated is none of these


def test_an_unknown_result_is_named_with_its_line(tmp_path: Path) -> None:
    text = '<testsuite>\n<testcase classname="c" name="a" status="maybe"/></testsuite>'
    assert of(tmp_path, text).reason == (
        "r.xml: the test case c::a says status='maybe', which is no result we know (line 2)"
    )
    text = '<testsuite>\n<testcase classname="c" name="a">\n<broken/></testcase></testsuite>'
    assert (
        of(tmp_path, text).reason
        == "r.xml: the test case c::a holds <broken>, which is no result we know (line 3)"
    )


def test_a_word_in_free_text_decides_nothing(tmp_path: Path) -> None:
    text = cases("<testcase name='a'><system-out>&lt;failure/&gt; FAILED error</system-out></testcase>")
    assert of(tmp_path, text).outcome is Outcome.VALID
    text = cases("<testcase name='a'><failure>passed: OK</failure></testcase>")
    assert of(tmp_path, text).outcome is Outcome.FAILED


def test_elements_inside_of_a_result_are_text(tmp_path: Path) -> None:
    text = cases(
        "<testcase name='a'><failure><x><testcase name='b'/></x></failure></testcase><testcase name='c'/>"
    )
    assert of(tmp_path, text).counts == {"passed": 1, "failed": 1, "errors": 0, "skipped": 0}


def test_up_to_three_failed_cases_are_named(tmp_path: Path) -> None:
    text = cases("".join(f"<testcase classname='c' name='t{n}'><failure/></testcase>" for n in range(5)))
    assert of(tmp_path, text).reason == "5 of 5 test cases in r.xml failed: c::t0, c::t1, c::t2 and 2 more"


def test_a_case_that_passed_and_failed_is_failed_and_said_so(tmp_path: Path) -> None:
    text = cases("<testcase name='a'/><testcase name='a'><failure/></testcase><testcase name='a'/>")
    verdict = of(tmp_path, text, "a")
    assert verdict.outcome is Outcome.FAILED
    assert verdict.counts == {"passed": 2, "failed": 1, "errors": 0, "skipped": 0}
    assert verdict.reason == "1 of 3 test cases in r.xml failed: a; 1 of them also passed"


def test_what_failed_around_the_cases_counts_for_each_of_them(tmp_path: Path) -> None:
    text = "<testsuites><testsuite name='s'><testcase name='a'/><error/></testsuite>"
    text += "<testsuite name='t'><testcase name='b'/></testsuite></testsuites>"
    assert of(tmp_path, text, "a").outcome is Outcome.FAILED
    assert of(tmp_path, text, "b").outcome is Outcome.VALID


def test_the_artefact_wins_over_the_date_of_the_author(tmp_path: Path) -> None:
    (tmp_path / "r.xml").write_text(
        "<testsuite timestamp='2026-03-01T10:00:00'><testcase name='a'/></testsuite>"
    )
    assert shown(tmp_path, "r.xml", date="2020-01-01").date == "2026-03-01T10:00:00"
    (tmp_path / "r.xml").write_text("<testsuite timestamp='Sun Mar 1 2026'><testcase name='a'/></testsuite>")
    assert shown(tmp_path, "r.xml", date="2020-01-01", version="1.2").date == "2020-01-01"
    assert shown(tmp_path, "r.xml", version="1.2").subject == "1.2"


def test_the_oldest_suite_that_ran_dates_the_evidence(tmp_path: Path) -> None:
    text = "<testsuites>"
    for n, stamp in enumerate(("2026-03-02T00:00:00Z", "2026-03-01T23:30:00-02:00", "1970-01-01T00:00:00")):
        text += f"<testsuite name='s{n}' timestamp='{stamp}'><testcase name='a'/></testsuite>"
    text += (
        "<testsuite timestamp='2001-01-01'><testcase name='b'><skipped/></testcase></testsuite></testsuites>"
    )
    assert of(tmp_path, text).date == "2026-03-02T00:00:00Z"


# ------------------------------------------------------------------------------- totals


@pytest.mark.parametrize(
    ("totals", "reason"),
    [
        ("tests='3'", "suite s states 3 tests and shows 2"),
        ("tests='1'", "suite s states 1 tests and shows 2"),
        ("tests='2' failures='1'", "suite s states 1 failures or errors and shows 0"),
        ("tests='2' errors='1'", "suite s states 1 failures or errors and shows 0"),
        ("tests='2' skipped='1'", "suite s states 1 skipped tests and shows 0"),
        ("tests='2' skips='1'", "suite s states 1 skipped tests and shows 0"),
    ],
)
def test_totals_that_contradict_the_cases_are_unreadable(tmp_path: Path, totals: str, reason: str) -> None:
    verdict = of(tmp_path, cases("<testcase name='a'/><testcase name='b'/>", totals))
    assert verdict.outcome is Outcome.UNREADABLE
    assert reason in verdict.reason


@pytest.mark.parametrize(
    "totals", ["tests='2' failures='0'", "tests=''", "tests=' 2 '", "disabled='1' tests='2'"]
)
def test_totals_that_agree_or_say_nothing_are_fine(tmp_path: Path, totals: str) -> None:
    assert of(tmp_path, cases("<testcase name='a'/><testcase name='b'/>", totals)).outcome is Outcome.VALID


@pytest.mark.parametrize("total", ["many", "-1", "1.5", "1" * 5000])
def test_a_total_that_is_no_number_is_unreadable(tmp_path: Path, total: str) -> None:
    verdict = of(tmp_path, cases("<testcase name='a'/>", f"tests='{total}'"))
    assert verdict.outcome is Outcome.UNREADABLE
    assert "is not a number" in verdict.reason


def test_a_whole_suite_that_is_lost_shows_in_the_totals_around_it(tmp_path: Path) -> None:
    inner = cases("<testcase name='a'/><testcase name='b'/>", "tests='2'")
    verdict = of(tmp_path, f"<testsuites tests='4'>{inner}</testsuites>", "a")
    assert (verdict.outcome, "the report states 4 tests and shows 2" in verdict.reason) == (
        Outcome.UNREADABLE,
        True,
    )


def test_a_contradiction_touches_only_its_suite(tmp_path: Path) -> None:
    text = "<testsuites tests='4'><testsuite name='s' tests='3'><testcase name='a'/></testsuite>"
    text += "<testsuite name='t' tests='1'><testcase name='b'/></testsuite></testsuites>"
    assert of(tmp_path, text).outcome is Outcome.UNREADABLE
    assert of(tmp_path, text, "a").outcome is Outcome.UNREADABLE
    assert of(tmp_path, text, "b").outcome is Outcome.VALID


def test_a_suite_that_only_states_an_error_failed(tmp_path: Path) -> None:
    text = "<testsuites><testsuite name='t' tests='0' errors='1'/>"
    text += cases("<testcase name='a'/>") + "</testsuites>"
    assert of(tmp_path, text).outcome is Outcome.FAILED
    assert of(tmp_path, text, "t").outcome is Outcome.FAILED
    assert of(tmp_path, text, "a").outcome is Outcome.VALID


def test_a_failure_is_not_hidden_by_a_contradiction(tmp_path: Path) -> None:
    verdict = of(tmp_path, cases("<testcase name='a'><failure/></testcase>", "tests='3'"))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.reason.endswith("suite s states 3 tests and shows 1")


# ------------------------------------------------------------------------------- selecting

REPORT = """<testsuites name="all">
<testsuite name="unit">
  <testcase classname="tests.test_auth.TestLogin" name="test_ok"/>
  <testcase classname="tests.test_auth" name="test_roles[a,b]"/>
  <testcase classname="tests.test_auth" name="test_roles[c]"/>
  <testcase classname="tests.test_authority" name="test_ok"/>
</testsuite>
<testsuite name="system"><testsuite name="inner">
<testcase classname="crate" name="keys::tests::random"/></testsuite>
<testcase classname="crate" name="what*"/><testcase classname="crate" name="whatever"/></testsuite>
</testsuites>"""


@pytest.mark.parametrize(
    ("select", "found"),
    [
        ("", 7),
        ("*", 7),
        ("all", 7),
        ("unit", 4),
        ("system", 3),
        ("inner", 1),
        ("tests.test_auth", 3),  # and the classes in it, but not test_authority
        ("tests.test_auth*", 4),
        ("tests", 4),
        ("test_ok", 2),
        ("tests.test_auth.TestLogin::test_ok", 1),
        ("tests.test_auth::TestLogin::test_ok", 1),
        ("tests/test_auth.py::TestLogin::test_ok", 1),
        ("tests/test_auth.py::TestLogin", 1),
        ("tests/test_auth.py", 3),
        ("tests.test_auth::test_roles", 2),
        ("tests.test_auth::test_roles[c]", 1),
        ("tests.test_auth::test_roles[a,b]", 1),
        ("tests.test_auth::test_roles[*", 2),
        ("unit::test_ok", 2),
        ("tests.*::test_ok", 2),
        ("*::test_o?", 2),
        ("keys::tests::random", 1),
        ("crate::keys::tests::random", 1),
        ("crate::keys::*", 1),
        ("what*", 2),
        ("test_ok, keys::tests::random", 3),
        ("test_ok\n  test_roles[c],\n", 3),
        ("test_ok, unit, unit", 4),
    ],
)
def test_a_selection_names_suites_classes_and_cases(tmp_path: Path, select: str, found: int) -> None:
    verdict = of(tmp_path, REPORT, select)
    assert (verdict.outcome, verdict.counts["passed"]) == (Outcome.VALID, found), verdict.reason


@pytest.mark.parametrize(
    "select",
    [
        "nothing",
        "tests.test_auth::test_ok",
        "TEST_OK",
        "tests.test",
        "test_ok[c]",
        "unit::",
        "::test_ok",
        "test_o?x",
    ],
)
def test_a_pattern_without_a_match_is_missing(tmp_path: Path, select: str) -> None:
    verdict = of(tmp_path, REPORT, select)
    assert verdict.outcome is Outcome.MISSING
    assert f"nothing in r.xml matches {select!r}" in verdict.reason


def test_one_pattern_without_a_match_is_enough(tmp_path: Path) -> None:
    verdict = of(tmp_path, REPORT, "test_ok, test_rolles")
    assert verdict.outcome is Outcome.MISSING
    assert verdict.reason == "nothing in r.xml matches 'test_rolles'; did you mean 'test_roles'?"
    failed = of(tmp_path, cases("<testcase name='a'><failure/></testcase>"), "a, b")
    assert failed.outcome is Outcome.FAILED
    assert failed.reason.endswith("; nothing matches 'b'")


def test_each_pattern_needs_a_case_that_ran(tmp_path: Path) -> None:
    text = cases("<testcase name='a'/><testcase name='b'><skipped/></testcase>")
    assert of(tmp_path, text, "s").outcome is Outcome.VALID
    verdict = of(tmp_path, text, "a, b")
    assert (verdict.outcome, verdict.reason) == (Outcome.VOID, "nothing that 'b' selects in r.xml ran")


def test_a_selection_is_split_outside_of_brackets() -> None:
    assert junit.patterns(" a[1,2], b (x, y),c\n\nd\\, e,, a[1,2]") == ("a[1,2]", "b (x, y)", "c", "d, e")
    assert junit.patterns("a[, b\nc") == ("a[, b", "c")


# ------------------------------------------------------------------------------- hostile input

BOMB = '<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (" \n", "not XML"),
        ("<testsuite><testcase name='a'/>", "not XML"),
        ("<testsuite><testcase name='a'></testsuite>", "not XML"),
        ("<testsuite/><testsuite/>", "not XML"),
        ("hello", "not XML"),
        ("<testsuite>\0</testsuite>", "not XML"),
        (b"\0" * 4096, "not XML"),
        (b"<testsuite name='\xff'/>", "not XML"),
        ("<?xml version='1.0' encoding='klingon'?><testsuite/>", "not XML"),
        ("<?xml version='1.0' encoding='utf-16'?><testsuite/>", "not XML"),
        ('{"tests": []}', "not XML"),
        ("<html/>", "its root element is <html>"),
        ("<test-run/>", "its root element is <test-run>"),
        ("<testcase name='a'/>", "its root element is <testcase>"),
        (BOMB + "]><testsuite><testcase name='&j;'/></testsuite>", "document type"),
        (
            '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
            + cases("<testcase name='a'>&x;</testcase>"),
            "document type",
        ),
        ('<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd"><testsuite/>', "document type"),
        ("<testsuite><testcase name='&x;'/></testsuite>", "not XML"),
        ("<testsuite>" * 100_000 + "</testsuite>" * 100_000, "nested more than 100 deep"),
        (cases("<testcase name='a'><failure>" + "<a>" * 100_000), "nested more than 100 deep"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "bytes",
)
def test_what_is_not_junit_is_unreadable(tmp_path: Path, text: str | bytes, reason: str) -> None:
    verdict = of(tmp_path, text)
    assert verdict.outcome is Outcome.UNREADABLE
    assert verdict.reason.startswith("r.xml: ")
    assert reason in verdict.reason
    assert verdict.artefacts


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1"])
def test_encodings_are_read_as_declared(tmp_path: Path, encoding: str) -> None:
    declared = "utf-8" if encoding == "utf-8-sig" else encoding
    text = f"<?xml version='1.0' encoding='{declared}'?>" + cases("<testcase name='größe'/>")
    assert of(tmp_path, text.encode(encoding), "größe").outcome is Outcome.VALID


def test_huge_attributes_and_texts_do_no_harm(tmp_path: Path) -> None:
    huge = "x" * 12_000_000
    text = cases(f"<testcase name='{huge}'><failure message='{huge}'>{huge}</failure></testcase>")
    verdict = of(tmp_path, text)
    assert verdict.outcome is Outcome.FAILED
    assert len(verdict.reason) < 500
    assert len(of(tmp_path, cases(f"<testcase name='a' status='{huge}'/>")).reason) < 500
    assert len(of(tmp_path, f"<{huge}/>").reason) < 500


@given(st.binary(max_size=200), st.integers(0, 700))
@settings(max_examples=200, deadline=None)
def test_damage_never_raises_anything_but_a_refusal(noise: bytes, at: int) -> None:
    good = (DATA / "pytest-login.xml").read_bytes()
    with contextlib.suppress(EvidenceError):
        assert junit.parse(good[:at] + noise + good[at + len(noise) :]).suites


@pytest.mark.parametrize("size", range(1, 700, 23))
def test_a_truncated_file_is_unreadable(tmp_path: Path, size: int) -> None:
    data = (DATA / "pytest-login.xml").read_bytes()[:size]
    assert of(tmp_path, data).outcome is Outcome.UNREADABLE


def test_needs_for_the_same_report_keep_what_their_authors_state(tmp_path: Path) -> None:
    (tmp_path / "r.xml").write_text(cases("<testcase name='a'/>"))
    fields = {"kind": "junit", "file": "r.xml"}
    items = [
        Item(id=f"E{n}", kind=Kind.EVIDENCE, type="evidence", title="", fields=fields | {"version": version})
        for n, version in enumerate(("1.0", "2.0"))
    ]
    found = verdicts(items, tmp_path, Cache())
    assert [v.subject for v in found.values()] == ["1.0", "2.0"]


def test_ten_thousand_needs_for_twenty_files_look_up_and_do_not_search(tmp_path: Path) -> None:
    for f in range(20):
        inner = "".join(f"<testcase classname='c{f}.k{n // 10}' name='t{n}'/>" for n in range(500))
        (tmp_path / f"r{f}.xml").write_text(cases(inner))
    items = [
        Item(
            id=f"E{n}",
            kind=Kind.EVIDENCE,
            type="evidence",
            title="",
            fields={
                "kind": "junit",
                "file": f"r{n % 20}.xml",
                "select": f"c{n % 20}.k{n // 20 // 10}::t{n // 20}",
            },
        )
        for n in range(10_000)
    ]
    found = verdicts(items, tmp_path, Cache())
    assert {v.outcome for v in found.values()} == {Outcome.VALID}
    assert {v.counts["passed"] for v in found.values()} == {1}
