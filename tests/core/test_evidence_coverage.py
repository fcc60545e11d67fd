"""Coverage: what real tools write, what is asked for, and totals that contradict the lines."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sphinx_cra.evidence import Cache, EvidenceError, coverage, verdict
from sphinx_cra.model import Item, Kind, Outcome, Verdict

DATA = Path(__file__).parent / "data" / "coverage"
V, F, N, M = Outcome.VALID, Outcome.FAILED, Outcome.VOID, Outcome.MISSING
U, X = Outcome.UNREADABLE, Outcome.UNCHECKED


def shown(root: Path, file: str, minimum: str = "", **fields: str) -> Verdict:
    fields |= {"kind": "coverage", "file": file, "minimum": minimum}
    item = Item(id="EVD_1", kind=Kind.EVIDENCE, type="evidence", title="Coverage", fields=fields)
    return verdict(item, root, Cache())


def of(tmp_path: Path, text: str | bytes, minimum: str = "50%", **fields: str) -> Verdict:
    """The verdict on a file with this content."""
    (tmp_path / "c.txt").write_bytes(text.encode() if isinstance(text, str) else text)
    return shown(tmp_path, "c.txt", minimum, **fields)


def cobertura(lines: str, attributes: str = "", file: str = "a.py", doctype: str = "") -> str:
    return (
        f'<?xml version="1.0"?>{doctype}<coverage {attributes}><packages><package name="p"><classes>'
        f'<class name="a" filename="{file}"><methods/><lines>{lines}</lines></class>'
        "</classes></package></packages></coverage>"
    )


def hits(*counts: Any) -> str:
    return "".join(f'<line number="{n}" hits="{c}"/>' for n, c in enumerate(counts, 1))


def lcov(*records: str, file: str = "/build/src/a.c") -> str:
    return "\n".join(["TN:", f"SF:{file}", *records, "end_of_record", ""])


# ------------------------------------------------------------------------------- real tools


@pytest.mark.parametrize(
    ("file", "lines", "branches", "tool", "day"),
    [
        ("coveragepy.xml", (8, 12), None, "coverage.py 7.17.3", "2026-11-24"),
        ("coveragepy.info", (8, 12), None, "", ""),
        ("coveragepy-branch.xml", (8, 12), (2, 6), "coverage.py 7.17.3", "2026-11-24"),
        ("coveragepy-branch.info", (8, 12), (2, 6), "", ""),
        ("gcovr.xml", (12, 19), (4, 10), "gcovr 8.8", "2026-11-24"),
        ("lcov.info", (10, 15), None, "", ""),
        ("lcov-branch.info", (10, 15), (4, 8), "", ""),
        ("lcov-merged.info", (10, 15), (4, 8), "", ""),
        ("lcov-initial.info", (0, 15), None, "", ""),
        ("nyc.xml", (5, 6), (2, 6), "", "2026-11-24"),
        ("nyc.info", (5, 6), (2, 6), "", ""),
        ("c8.xml", (4, 4), (3, 4), "", "2026-11-24"),
        ("c8.info", (4, 4), (3, 4), "", ""),
    ],
)
def test_what_real_tools_write_is_counted_as_they_count(
    file: str, lines: tuple[int, int], branches: tuple[int, int] | None, tool: str, day: str
) -> None:
    verdict = shown(DATA, file)
    assert verdict.outcome is X, verdict.reason  # nothing is asked for
    counts = verdict.counts
    assert (counts["lines covered"], counts["lines valid"]) == lines
    assert (counts.get("branches covered"), counts.get("branches valid")) == (branches or (None, None))
    assert (verdict.tool, verdict.date[:10]) == (tool, day)


@pytest.mark.parametrize(
    ("file", "fields", "outcome", "reason"),
    [
        (
            "coveragepy-branch.xml",
            {"minimum": "66%, 33% branches"},
            V,
            "8 of 12 lines (66.66%) where 66% are required",
        ),
        (
            "coveragepy-branch.xml",
            {"minimum": "67"},
            F,
            "too little was reached in coveragepy-branch.xml: 8 of 12",
        ),
        (
            "coveragepy-branch.xml",
            {"minimum": "60% lines, 34% branches"},
            F,
            "2 of 6 branches (33.33%) where 34%",
        ),
        ("coveragepy.xml", {"minimum": "60%, 1% branches"}, N, "no branches were measured"),
        ("coveragepy.xml", {"minimum": "70%, 1% branches"}, F, "no branches were measured"),
        ("coveragepy.xml", {"minimum": "100%", "select": "sub/keys.py"}, V, "2 of 2 lines"),
        ("coveragepy.xml", {"minimum": "100%", "select": "sub"}, V, "2 of 2 lines"),
        ("coveragepy.xml", {"minimum": "60%", "select": "session.py"}, V, "6 of 10 lines"),
        ("coveragepy.xml", {"minimum": "60%", "select": "sub/__init__.py"}, N, "no lines were measured"),
        (
            "coveragepy.xml",
            {"minimum": "60%", "select": "session.py, sub/__init__.py"},
            N,
            "no lines of 'sub/__init__.py'",
        ),
        ("coveragepy.xml", {"minimum": "60%", "select": "sessions.py"}, M, "did you mean 'session.py'?"),
        ("lcov-branch.info", {"minimum": "100%", "select": "main.cc"}, V, "6 of 6 lines"),
        ("lcov-branch.info", {"minimum": "100%", "select": "*.h"}, V, "1 of 1 lines"),
        ("lcov-branch.info", {"minimum": "100%", "select": "cc"}, M, "matches 'cc'"),
        ("lcov-initial.info", {"minimum": "1%"}, F, "0 of 15 lines (0.00%)"),
        ("gcovr.info", {"minimum": "1%"}, U, "10 valid lines and 8 covered lines, and lists 6 of 6 lines"),
        ("nyc-clover.xml", {"minimum": "1%"}, U, "<project>, which is not Cobertura"),
    ],
)
def test_parts_of_real_reports(file: str, fields: dict[str, str], outcome: Outcome, reason: str) -> None:
    verdict = shown(DATA, file, **fields)
    assert verdict.outcome is outcome, verdict.reason
    assert reason in verdict.reason


# ------------------------------------------------------------------------------- the minimum


def test_without_a_minimum_nothing_is_proven(tmp_path: Path) -> None:
    verdict = of(tmp_path, cobertura(hits(1, 1)), "")
    assert verdict.outcome is X
    assert verdict.reason == "2 of 2 lines (100.00%) were reached in c.txt, and no minimum is stated"
    assert of(tmp_path, cobertura(hits(1, 1)), "", result="passed").outcome is X


@pytest.mark.parametrize(
    ("stated", "lines", "branches"),
    [
        ("80", "80", None),
        ("80%", "80", None),
        ("80 %", "80", None),
        ("79.5 % lines", "159/2", None),
        ("80% line", "80", None),
        ("70% branches", None, "70"),
        ("80%, 70% branches", "80", "70"),
        ("80% lines and 70% branches", "80", "70"),
        ("70% branch\n80% lines", "80", "70"),
        ("100%", "100", None),
    ],
)
def test_a_minimum_is_of_lines_or_of_branches(stated: str, lines: str | None, branches: str | None) -> None:
    found = {metric: str(share) for metric, (share, _) in coverage.required(stated).items()}
    assert found == {k: v for k, v in (("lines", lines), ("branches", branches)) if v}


@pytest.mark.parametrize(
    "stated",
    [
        "eighty",
        "80% of all",
        "80,5%",
        "80%, 90%",
        "0",
        "0%",
        "101%",
        "-5",
        "80% functions",
        "0.8e2",
        "8 0",
        "%",
        ",",
        "80%,",
    ],
)
def test_a_minimum_that_is_not_clear_is_refused(tmp_path: Path, stated: str) -> None:
    verdict = of(tmp_path, cobertura(hits(1)), stated)
    assert verdict.outcome is U
    assert "the minimum" in verdict.reason


def test_what_is_just_below_is_not_rounded_up(tmp_path: Path) -> None:
    text = cobertura(hits(*[1] * 7999, *[0] * 2001))
    assert "(79.99%)" in of(tmp_path, text, "80%").reason
    assert of(tmp_path, text, "80%").outcome is F
    assert of(tmp_path, text, "79.99%").outcome is V
    third = cobertura(hits(1, 1, 0))
    assert of(tmp_path, third, "66.6667%").outcome is F
    assert of(tmp_path, third, "66.6666%").outcome is V


def test_a_line_is_reached_or_not_however_often(tmp_path: Path) -> None:
    assert of(tmp_path, cobertura(hits(1_000_000, 0, 0)), "50%").outcome is F


# ------------------------------------------------------------------------------ contradictions


@pytest.mark.parametrize(
    "attributes",
    [
        'lines-valid="2" lines-covered="1"',
        'lines-valid="2"',
        'line-rate="0.5"',
        'line-rate="0.50"',
        'line-rate="5e-1"',
        'lines-valid="2" lines-covered="1" line-rate="0.5" branches-valid="0" branch-rate="1"',
        "",
    ],
)
def test_totals_that_agree_are_taken(tmp_path: Path, attributes: str) -> None:
    assert of(tmp_path, cobertura(hits(1, 0), attributes)).outcome is V


@pytest.mark.parametrize(
    "attributes",
    [
        'lines-valid="3" lines-covered="1"',
        'lines-valid="2" lines-covered="2"',
        'lines-covered="2"',
        'line-rate="0.9"',
        'line-rate="1"',
        'line-rate="0.5101"',
        'line-rate="50"',
        'line-rate="half"',
        'line-rate="NaN"',
        'line-rate="5.1e-1"',
        'lines-valid="2" lines-covered="1" line-rate="0.75"',
    ],
)
def test_totals_that_contradict_the_lines_are_unreadable(tmp_path: Path, attributes: str) -> None:
    for minimum in ("50%", ""):
        verdict = of(tmp_path, cobertura(hits(1, 0), attributes), minimum)
        assert verdict.outcome is U
        assert "and lists 1 of 2 lines as covered" in verdict.reason


def test_a_rate_may_be_rounded_or_cut_off(tmp_path: Path) -> None:
    two_thirds = cobertura(hits(1, 1, 0), 'line-rate="{}"')
    for rate in ("0.67", "0.66", "0.6666", "0.6667", "0.66666666666666663"):
        assert of(tmp_path, two_thirds.replace("{}", rate)).outcome is V
    for rate in ("0.68", "0.7", "0.669", "0.6669"):
        assert of(tmp_path, two_thirds.replace("{}", rate)).outcome is U


def test_totals_without_any_line_are_no_coverage(tmp_path: Path) -> None:
    assert of(tmp_path, cobertura("", 'lines-valid="100" lines-covered="90"')).outcome is U
    assert of(tmp_path, cobertura("", 'line-rate="1"')).outcome is N
    assert of(tmp_path, '<coverage line-rate="1"/>').outcome is N
    assert of(tmp_path, '<coverage line-rate="1"/>', "").outcome is N


def test_what_is_listed_twice_counts_as_the_totals_count(tmp_path: Path) -> None:
    twice = '<line number="1" hits="0"/><line number="1" hits="2"/><line number="2" hits="0"/>'
    once = of(tmp_path, cobertura(twice, 'lines-valid="2" lines-covered="1"'))
    assert (once.counts["lines covered"], once.counts["lines valid"]) == (1, 2)
    apart = of(tmp_path, cobertura(twice, 'lines-valid="3" lines-covered="1"'))
    assert (apart.counts["lines covered"], apart.counts["lines valid"]) == (1, 3)
    assert apart.outcome is F


def test_lines_of_methods_count_only_where_the_class_has_none(tmp_path: Path) -> None:
    method = "<methods><method name='m'><lines><line number='9' hits='0'/></lines></method></methods>"
    both = cobertura(hits(1)).replace("<methods/>", method)
    assert of(tmp_path, both).counts["lines valid"] == 1
    alone = cobertura("").replace("<methods/>", method)
    assert of(tmp_path, alone).counts["lines valid"] == 1
    assert of(tmp_path, alone).outcome is F


BRANCH = '<line number="1" hits="1" branch="true" condition-coverage="50% (1/2)"/>'


def test_totals_may_be_those_of_the_methods(tmp_path: Path) -> None:
    """dotnet-coverage: two methods share line 3, and lines 5 and 6 stand outside of any."""
    methods = (
        f'<method name="a" signature=""><lines>{hits(1, 1, 0)}</lines></method>'
        '<method name="b" signature=""><lines><line number="3" hits="1"/><line number="4" hits="0"/></lines>'
        "</method>"
    )
    report = cobertura(hits(1, 1, 1, 0, 1, 1), "{}").replace("<methods/>", f"<methods>{methods}</methods>")
    for totals, reached in (
        ('lines-covered="3" lines-valid="5" line-rate="0.6"', (3, 5)),
        ('lines-covered="5" lines-valid="6" line-rate="0.8333"', (5, 6)),
    ):
        verdict = of(tmp_path, report.replace("{}", totals))
        assert verdict.outcome is V, verdict.reason
        assert (verdict.counts["lines covered"], verdict.counts["lines valid"]) == reached
    assert of(tmp_path, report.replace("{}", 'lines-covered="3" lines-valid="6"')).outcome is U


def test_branches_that_contradict_their_total_matter_where_they_are_asked_for(tmp_path: Path) -> None:
    text = cobertura(BRANCH, 'branches-valid="4" branches-covered="1"')
    assert of(tmp_path, text, "50%").outcome is V
    assert of(tmp_path, text, "50%, 10% branches").outcome is U
    assert of(tmp_path, cobertura(BRANCH, 'branch-rate="0.5"'), "50% branches").outcome is V


@pytest.mark.parametrize("condition", ["", "50%", "150% (3/2)", "half", "(1/2)"])
def test_branches_that_are_not_counted_are_not_guessed(tmp_path: Path, condition: str) -> None:
    text = cobertura(BRANCH.replace("50% (1/2)", condition))
    assert of(tmp_path, text, "50% branches").outcome is U
    assert of(tmp_path, text, "50% lines").outcome is V


# ---------------------------------------------------------------------------------------- LCOV


def test_totals_of_a_section_are_held_against_its_lines(tmp_path: Path) -> None:
    assert of(tmp_path, lcov("DA:1,1", "DA:2,0", "LF:2", "LH:1")).outcome is V
    verdict = of(tmp_path, lcov("DA:1,1", "DA:2,0", "LF:3", "LH:1"))
    assert verdict.outcome is U
    assert "states for /build/src/a.c" in verdict.reason
    assert of(tmp_path, lcov("LF:100", "LH:100")).outcome is U
    assert of(tmp_path, lcov("DA:1,1", "LF:1", "LH:1", "BRF:2", "BRH:1")).outcome is V
    assert of(tmp_path, lcov("DA:1,1", "BRDA:1,0,0,1", "BRF:2", "BRH:1"), "10% branches").outcome is U


def test_sections_of_one_file_are_put_together(tmp_path: Path) -> None:
    text = lcov("DA:1,1", "DA:2,0", "LF:2", "LH:1") + lcov("DA:1,0", "DA:2,7", "LF:2", "LH:1")
    assert of(tmp_path, text, "100%").outcome is V
    apart = lcov("DA:1,1", "DA:2,0") + lcov("DA:1,0", "DA:2,7", file="/build/src/b.c")
    assert of(tmp_path, apart, "51%").outcome is F


def test_records_of_every_version_are_known(tmp_path: Path) -> None:
    records = (
        "VER:1f",
        "FNL:0,1,4",
        "FNA:0,1,main",
        "FN:1,4,main",
        "FNDA:1,main",
        "FNF:1",
        "FNH:1",
        "BRDA:3,0,0,1",
        "BRDA:3,e0,1,-",
        "BRDA:3,0,f(a, b) == 1,0",
        "BRDA:3,U0,3,0",
        "BRF:3",
        "BRH:1",
        "MCDC:3,2,t,1,0,a",
        "MCF:2",
        "MCH:1",
        "DA:1,1.84467440737096e+19,q0xF/w",
        "DA:3,0",
        "LF:2",
        "LH:1",
    )
    text = "# comment\r\n" + lcov(*records).replace("\n", "\r\n")
    verdict = of(tmp_path, text, "50%, 33% branches")
    assert verdict.outcome is V, verdict.reason
    assert dict(verdict.counts) == {
        "lines covered": 1,
        "lines valid": 2,
        "branches covered": 1,
        "branches valid": 3,
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("SF:a.c\nDA:1,1\n", "ends within the section of a.c"),
        ("SF:a.c\nDA:1,1\nSF:b.c\nend_of_record\n", "end_of_record is missing"),
        ("TN:\nDA:1,1\nend_of_record\n", "outside of a section (line 2)"),
        ("TN:\nend_of_record\n", "did not begin"),
        ("SF:a.c\nDA:1,-1\nend_of_record\n", "DA:1,-1 cannot be understood (line 2)"),
        ("SF:a.c\nDA:1\nend_of_record\n", "cannot be understood"),
        ("SF:a.c\nDA:x,1\nend_of_record\n", "cannot be understood"),
        ("SF:a.c\nDA:1,yes\nend_of_record\n", "cannot be understood"),
        ("SF:a.c\nDA:1,nan\nend_of_record\n", "cannot be understood"),
        ("SF:a.c\nBRDA:1,0,0\nend_of_record\n", "cannot be understood"),
        ("SF:a.c\nLF:many\nend_of_record\n", "cannot be understood"),
        ("SF:a.c\nDA:1,1\nPASSED\nend_of_record\n", "no record of an LCOV tracefile (line 3)"),
        ("SF:a.c\nXY:1,1\nend_of_record\n", "no record of an LCOV tracefile"),
    ],
)
def test_a_tracefile_that_cannot_be_understood_is_not_guessed(tmp_path: Path, text: str, reason: str) -> None:
    verdict = of(tmp_path, text)
    assert verdict.outcome is U
    assert reason in verdict.reason


def test_a_tracefile_without_any_file_is_void(tmp_path: Path) -> None:
    assert of(tmp_path, "TN:nothing\n").outcome is N
    assert of(tmp_path, lcov()).outcome is N


def test_a_file_name_may_be_in_any_encoding(tmp_path: Path) -> None:
    text = b"TN:\nSF:/b\xfcild/a.c\nDA:1,1\nend_of_record\n"
    assert of(tmp_path, text, select="a.c").outcome is V


# ----------------------------------------------------------------------------------- selecting

TREE = "".join(
    lcov("DA:1,1", "DA:2,0", file=f)
    for f in ("/build/src/net/tls.c", "/build/src/net/tcp.c", "/build/src/network.c")
)


@pytest.mark.parametrize(
    ("select", "valid"),
    [
        ("/build/src/net/tls.c", 2),
        ("src/net/tls.c", 2),
        ("tls.c", 2),
        ("net", 4),
        ("net/", 4),
        ("src/net, network.c", 6),
        ("src/net, tls.c", 4),
        ("*/t*.c", 4),
        ("net/t??.c", 4),
        ("src\\net", 4),
        ("**/tls.c", 2),
        ("", 6),
    ],
)
def test_a_pattern_names_files_and_folders(tmp_path: Path, select: str, valid: int) -> None:
    verdict = of(tmp_path, TREE, select=select)
    assert verdict.outcome is V, verdict.reason
    assert verdict.counts["lines valid"] == valid


@pytest.mark.parametrize("select", ["ls.c", "tls", "build/src/n", "TLS.c", "net.c", "t.s.c", "tls.c, dns.c"])
def test_a_pattern_that_matches_nothing_is_missing(tmp_path: Path, select: str) -> None:
    assert of(tmp_path, TREE, select=select).outcome is M


def test_a_package_is_selected_with_what_is_below_it(tmp_path: Path) -> None:
    text = cobertura(hits(1), file="src/a.py").replace('name="p"', 'name="gate.keys.store"')
    for select in ("gate", "gate.keys", "gate.keys.store", "gate.*"):
        assert of(tmp_path, text, select=select).outcome is V
    for select in ("keys", "gate.key", "store"):
        assert of(tmp_path, text, select=select).outcome is M


def test_several_reports_are_added_up_and_not_merged(tmp_path: Path) -> None:
    (tmp_path / "a.info").write_text(lcov("DA:1,1", "DA:2,0"))
    (tmp_path / "b.info").write_text(lcov("DA:1,0", "DA:2,1"))
    verdict = shown(tmp_path, "*.info", "51%")
    assert verdict.outcome is F
    assert "in 2 files: 2 of 4 lines" in verdict.reason


def test_one_report_that_contradicts_itself_spoils_all(tmp_path: Path) -> None:
    (tmp_path / "a.info").write_text(lcov("DA:1,1", "LF:2"))
    (tmp_path / "b.info").write_text(lcov("DA:1,1", file="b.c"))
    assert shown(tmp_path, "*.info", "50%").outcome is U
    assert shown(tmp_path, "*.info", "50%", select="b.c").outcome is V


@pytest.mark.parametrize(
    ("stamp", "date"),
    [
        ("1795505691536", "2026-11-24T07:34:51Z"),
        ("1795505691", "2026-11-24T07:34:51Z"),
        ("0", ""),
        ("now", ""),
        ("99999999999999", ""),
        ("", ""),
    ],
)
def test_a_timestamp_is_in_seconds_or_thousandths(tmp_path: Path, stamp: str, date: str) -> None:
    assert of(tmp_path, cobertura(hits(1), f'timestamp="{stamp}"')).date == date


# ------------------------------------------------------------------------------- hostile files

DTD = '<!DOCTYPE coverage SYSTEM "{}">'


def test_the_document_type_is_allowed_and_never_fetched(tmp_path: Path) -> None:
    dtd = tmp_path / "coverage.dtd"
    dtd.write_text('<!ATTLIST line hits CDATA "1">')
    for place in ("http://cobertura.sourceforge.net/xml/coverage-04.dtd", dtd.as_uri(), str(dtd)):
        doctype = DTD.replace("{}", place)
        assert of(tmp_path, cobertura(hits(1), doctype=doctype)).outcome is V
        assert of(tmp_path, cobertura('<line number="1"/>', doctype=doctype)).outcome is U


@pytest.mark.parametrize(
    "subset",
    [
        '<!ENTITY x SYSTEM "file:///etc/passwd">',
        '<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;',
        '<!ENTITY a "ha"><!ENTITY b "&a;&a;">',
        '<!NOTATION n SYSTEM "n"><!ENTITY x SYSTEM "x" NDATA n>',
    ],
)
def test_entities_are_refused(tmp_path: Path, subset: str) -> None:
    verdict = of(tmp_path, cobertura(hits(1), doctype=f"<!DOCTYPE coverage [{subset}]>"))
    assert verdict.outcome is U
    assert "declares entities" in verdict.reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<coverage><packages>", "not XML"),
        ("<coverage>" + "<packages>" * 100_000, "not Cobertura"),
        ("<report/>", "its root element is <report>"),
        ("<html/>", "its root element is <html>"),
        ("<coverage><file path='a'/></coverage>", "in <coverage> stands <file>"),
        ("<coverage><line number='1' hits='1'/></coverage>", "not Cobertura"),
        (cobertura('<line number="1"/>'), "is no line (line 1)"),
        (cobertura('<line hits="1"/>'), "is no line"),
        (cobertura('<line number="1" hits="-1"/>'), "is no line"),
        (cobertura('<line number="1" hits="many"/>'), "is no line"),
        (cobertura('<line number="1" hits="inf"/>'), "is no line"),
        (cobertura(hits(1), 'lines-valid="all"'), "lines-valid='all' is not a number"),
        (cobertura(hits(1)).replace('filename="a.py"', ""), "no filename"),
        (cobertura(hits(1)).encode("utf-16").replace(b"\x00", b"", 9), "not XML"),
        ("   \n", "neither Cobertura XML nor an LCOV tracefile"),
        ('{"totals": {"percent_covered": 99.9}}', "neither Cobertura"),
        ("Coverage: 99%, all tests PASSED", "neither Cobertura"),
        (b"\x00\x01\x02", "neither Cobertura"),
    ],
)
def test_what_is_no_coverage_is_named(tmp_path: Path, text: str | bytes, reason: str) -> None:
    verdict = of(tmp_path, text)
    assert verdict.outcome is U, verdict.reason
    assert reason in verdict.reason


def test_an_empty_file_is_void(tmp_path: Path) -> None:
    assert of(tmp_path, "").outcome is N


def test_an_encoding_that_xml_declares_is_read(tmp_path: Path) -> None:
    assert (
        of(tmp_path, cobertura(hits(1)).replace("?>", ' encoding="utf-16"?>', 1).encode("utf-16")).outcome
        is V
    )


def test_an_empty_filename_is_one_name(tmp_path: Path) -> None:
    assert of(tmp_path, cobertura(hits(1), file="")).outcome is V


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(EvidenceError):
        coverage.parse(data)


@given(
    st.lists(st.sampled_from(["TN:", "SF:a", "DA:1,1", "LF:1", "BRDA:1,0,0,-", "end_of_record", "FN:", "#"]))
)
def test_any_order_of_records_is_read_or_refused(records: list[str]) -> None:
    with contextlib.suppress(EvidenceError):
        coverage.parse("\n".join(records).encode())
