"""Every file of one build says the same, and a file that says something else is found."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from typing import TYPE_CHECKING, Any
from unittest.mock import ANY

import pytest
from typer.testing import CliRunner

from small_project import Result, project
from sphinx_cra import parity
from sphinx_cra.cli import app
from sphinx_cra.parity.files import FORMS
from sphinx_cra.parity.seen import Part
from test_cra_builder import BOM, FILES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


HOSTILE = """\

        .. requirement:: <script>alert(1)</script> =HYPERLINK("https://evil.example") {long}
           :id: REQ_A_VERY_LONG_NAME_THAT_HAS_TO_BREAK_IN_A_NARROW_COLUMN
           :satisfies: CRA_ANX_I_P1_2_F, IEC62443_4_1_SM_1

        .. requirement:: open
           :id: REQ_OPEN
           :status: verified

           التحكم verified open failed 3/4 implemented

        .. evidence:: A page elsewhere
           :id: EVID_URL
           :kind: file
           :url: https://example.org/
           :verifies: REQ_OPEN
""".format(long="z" * 500)
PAGES = {
    **FILES,
    "index.rst": FILES["index.rst"].replace("           law\n", "           law\n           views\n")
    + HOSTILE,
    "views.rst": """\
        Views
        =====

        .. cra-matrix:: cra

        .. cra-matrix:: iec62443-4-1

        .. cra-gaps:: cra

        .. cra-matrix:: cra
           :part: CRA_ANX_I_P1
           :states: verified planned

        .. cra-items::

        .. cra-items::
           :kinds: control risk

        .. cra-evidence::

        .. cra-annex-vii::
        """,
    "parts/bom.json": json.dumps(BOM),
}
NAMES = {"reqif": "reqif.reqif", "cyclonedx": "cyclonedx-attestation.json"}
FORMATS = ("oscal-catalog", "oscal-component", "oscal-results", "cyclonedx", "reqif")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Result]:
    """The technical file with all exports, and the site."""
    made = project(tmp_path_factory.mktemp("parity"), PAGES)
    file, site = made.build("cra"), made.build("html")
    for form in FORMATS:
        source, target = file.out / "assessment.json", file.out / NAMES.get(form, f"{form}.json")
        arguments = ["export", "--from", str(source), "--format", form, "--output", str(target)]
        done = CliRunner().invoke(app, arguments)
        assert done.exit_code == 0, done.output
    return file, site


@pytest.fixture
def with_pdf(built: tuple[Result, Result], tmp_path: Path) -> Path:
    """A copy of both to tamper with."""
    shutil.copytree(built[0].out, tmp_path / "cra")
    shutil.copytree(built[1].out, tmp_path / "html")
    return tmp_path


@pytest.fixture
def copy(with_pdf: Path) -> Path:
    """The same without the PDF, which takes longest to read."""
    (with_pdf / "cra/technical-file.pdf").unlink()
    path = with_pdf / "cra/manifest.json"
    data = json.loads(path.read_bytes())
    data["files"] = [f for f in data["files"] if f["path"] != "technical-file.pdf"]
    path.write_text(json.dumps(data), "utf-8")
    return with_pdf


def check(folder: Path) -> parity.Report:
    return parity.check(folder / "cra", site=folder / "html")


def test_all_files_of_one_build_say_the_same(built: tuple[Result, Result]) -> None:
    report = parity.check(built[0].out, site=built[1].out)
    assert report.differences == ()
    assert report.unreadable == ()
    assert report.code == 0
    counts = {c.file: dict(c.counts) for c in report.compared}
    data = built[0].data
    whole = {"clause": len(data["rows"]), "item": len(data["items"]), "verdict": len(data["verdicts"])}
    assert whole["item"] == 10
    for name in ("matrix.xlsx", "technical-file.pdf", "reqif.reqif", "HTML _cra/matrix.xlsx"):
        assert counts[name].items() >= whole.items(), name
    assert counts["matrix.csv"]["clause"] == counts["cyclonedx-attestation.json"]["clause"] == whole["clause"]
    assert counts["oscal-results.json"]["clause"] == sum(bool(r["state"]) for r in data["rows"])
    assert counts["HTML"].items() >= {"item": 10, "verdict": whole["verdict"], "point": 15}.items()
    shown = [r for r in data["rows"] if r["framework"] in ("cra", "iec62443-4-1")]
    assert counts["HTML"]["clause"] == len(shown) == 352
    assert counts["annex-vii"] == {"point": 15}


def test_what_was_not_there_is_said(built: tuple[Result, Result], tmp_path: Path) -> None:
    shutil.copy(built[0].out / "assessment.json", tmp_path)
    report = parity.check(tmp_path)
    assert report.code == 0
    assert list(report.not_compared) == [
        "matrix.csv: not there",
        "matrix.xlsx: not there",
        "annex-vii: not there",
        "technical-file.pdf: not there",
        f"{', '.join(FORMS)}: no export is there",
        "HTML: no folder was named (--html)",
    ]


# ----------------------------------------------------------------------------- tampering


def replaced(name: str, old: str, new: str, count: int = 1) -> Callable[[Path], None]:
    def tamper(folder: Path) -> None:
        path = folder / name
        text = path.read_bytes().decode()
        assert old in text, old
        path.write_bytes(text.replace(old, new, count).encode())

    return tamper


def near(name: str, anchor: str, old: str, new: str) -> Callable[[Path], None]:
    """Replace the first ``old`` behind ``anchor``."""

    def tamper(folder: Path) -> None:
        path = folder / name
        head, found, tail = path.read_bytes().decode().partition(anchor)
        assert found, anchor
        assert old in tail, old
        path.write_bytes((head + found + tail.replace(old, new, 1)).encode())

    return tamper


def in_workbook(sheet: str, clause: str, column: str, value: str) -> Callable[[Path], None]:
    def tamper(folder: Path) -> None:
        import openpyxl

        path = folder / "cra/matrix.xlsx"
        book = openpyxl.load_workbook(path)
        rows = book[sheet].iter_rows()
        head = [str(c.value) for c in next(rows)]
        row = next(r for r in rows if clause in [c.value for c in r])
        row[head.index(column)].value = value
        book.save(path)

    return tamper


def in_the_totals(state: str, value: str) -> Callable[[Path], None]:
    def tamper(folder: Path) -> None:
        import openpyxl

        path = folder / "cra/matrix.xlsx"
        book = openpyxl.load_workbook(path)
        row = next(r for r in book["About"].iter_rows() if r[0].value == state)
        row[2].value = value
        book.save(path)

    return tamper


def change(name: str, pattern: str, new: str) -> Callable[[Path], None]:
    def tamper(folder: Path) -> None:
        text, count = re.subn(pattern, new, (folder / name).read_text("utf-8"), count=1)
        assert count == 1
        (folder / name).write_text(text, "utf-8")

    return tamper


def first(row: str) -> str:
    return row.partition("</td>")[0]


def without_row(name: str, anchor: str, which: int, instead: int = 0) -> Callable[[Path], None]:
    """Take away a row of a table, the first or the last that is about something; or have it twice."""

    def tamper(folder: Path) -> None:
        text = (folder / name).read_text("utf-8")
        rows = [m for m in re.finditer(r"<tr\b.*?</tr>", text, re.DOTALL) if anchor in first(m[0])]
        row = rows[which]
        (folder / name).write_text(text[: row.start()] + row[0] * instead + text[row.end() :], "utf-8")

    return tamper


D = "CRA_ANX_I_P1_2_D"
WBR = "CRA_<wbr/>ANX_<wbr/>I_<wbr/>P1_<wbr/>2_<wbr/>D"
TAMPERED: dict[str, tuple[Callable[[Path], None], str, str, str, str, str]] = {
    "csv state": (
        near("cra/matrix.csv", D, '"verified"', '"covered"'),
        "matrix.csv",
        D,
        "state",
        "covered",
        "verified",
    ),
    "csv outcome": (
        replaced("cra/matrix.csv", "EVID_1 (valid)", "EVID_1 (void)"),
        "matrix.csv",
        "EVID_1",
        "outcome",
        "void",
        "valid",
    ),
    "csv counts": (
        near("cra/matrix.csv", '"CRA_ANX_I_P1_2_E"', ",1,0,0,", ",1,1,0,"),
        "matrix.csv",
        "CRA_ANX_I_P1_2_E",
        "implemented",
        "1",
        "0",
    ),
    "csv line": (
        replaced("cra/matrix.csv", f'"{D}"', '"CRA_ANX_I_P1_2_X"'),
        "matrix.csv",
        D,
        "",
        "is not there",
        "is there",
    ),
    "xlsx state": (in_workbook("Clauses", D, "State", "open"), "matrix.xlsx", D, "state", "open", "verified"),
    "xlsx kind": (
        in_workbook("Items", "CTRL_1", "Kind", "risk"),
        "matrix.xlsx",
        "CTRL_1",
        "kind",
        "risk",
        "control",
    ),
    "xlsx outcome": (
        in_workbook("Items", "EVID_1", "Outcome", "failed"),
        "matrix.xlsx",
        "EVID_1",
        "outcome",
        "failed",
        "valid",
    ),
    "xlsx total": (
        in_the_totals("verified", "7 of 8"),
        "matrix.xlsx",
        "cra, verified",
        "count",
        "7",
        "1",
    ),
    "json state": (
        near("cra/assessment.json", f'"clause": "{D}"', '"state": "verified"', '"state": "open"'),
        "matrix.csv",
        D,
        "state",
        "verified",
        "open",
    ),
    "json total": (
        near("cra/assessment.json", '"catalogues": {"cra": {', '"verified": 1', '"verified": 9'),
        "assessment.json",
        "cra, verified",
        "count",
        "1",
        "9",
    ),
    "json item": (
        replaced(
            "cra/assessment.json",
            '{"id": "REQ_2", "kind": "requirement"',
            '{"id": "REQ_2", "kind": "control"',
        ),
        "matrix.xlsx",
        "REQ_2",
        "kind",
        "requirement",
        "control",
    ),
    "oscal finding": (
        near("cra/oscal-results.json", '"value": "CRA_ANX_I_P1_2_E"', '"planned"', '"covered"'),
        "oscal-results.json",
        "CRA_ANX_I_P1_2_E",
        "state",
        "covered",
        "planned",
    ),
    "oscal observation": (
        near("cra/oscal-results.json", '"value": "EVID_1"', '"valid"', '"void"'),
        "oscal-results.json",
        "EVID_1",
        "outcome",
        "void",
        "valid",
    ),
    "oscal excluded": (
        near("cra/oscal-results.json", '"exclude-controls"', "CRA_ANX_I_P1_2_G", "CRA_ANX_I_P1_2_H"),
        "oscal-results.json",
        "CRA_ANX_I_P1_2_G",
        "",
        "is not there",
        "is there",
    ),
    "oscal total": (
        near("cra/oscal-results.json", "total-verified", '"value": "1"', '"value": "3"'),
        "oscal-results.json",
        "cra, verified",
        "count",
        "3",
        "1",
    ),
    "oscal component": (
        near("cra/oscal-component.json", f'"control-id": "{D}"', '"verified"', '"open"'),
        "oscal-component.json",
        D,
        "state",
        "open",
        "verified",
    ),
    "oscal implemented requirement": (
        near("cra/oscal-component.json", '"implemented-requirements"', D, "CRA_ANX_I_P1_2_E"),
        "oscal-component.json",
        ANY,
        "",
        "is not there",
        "belongs there",
    ),
    "oscal resource": (
        near("cra/oscal-results.json", '"resources"', '"valid"', '"void"'),
        "oscal-results.json",
        "EVID_1",
        "outcome",
        "void",
        "valid",
    ),
    "oscal reviewed": (
        near("cra/oscal-results.json", '"include-controls"', f'"{D}"', '"CRA_ANX_I_P1_2_G"'),
        "oscal-results.json",
        "CRA_ANX_I_P1_2_G",
        "",
        "is there",
        "does not belong there",
    ),
    "cyclonedx claim": (
        replaced("cra/cyclonedx-attestation.json", '"bom-ref": "claim:CTRL_1"', '"bom-ref": "claim:RISK_1"'),
        "cyclonedx-attestation.json",
        "CTRL_1",
        "",
        "is not there",
        "belongs there",
    ),
    "cyclonedx map": (
        near("cra/cyclonedx-attestation.json", '"map"', f'"clause:{D}"', '"clause:CRA_ANX_I_P1_2_E"'),
        "cyclonedx-attestation.json",
        D,
        "",
        "is not there",
        "belongs there",
    ),
    "cyclonedx counter claim": (
        near("cra/cyclonedx-attestation.json", '"map"', '"gap:CRA_ANX_I_P1_2_E"', f'"gap:{D}"'),
        "cyclonedx-attestation.json",
        D,
        "",
        "is there",
        "does not belong there",
    ),
    "oscal catalogue": (
        replaced("cra/oscal-catalog.json", f'"id": "{D}"', '"id": "CRA_OTHER"'),
        "oscal-catalog.json",
        "CRA_OTHER",
        "",
        "is there",
        "is not there",
    ),
    "cyclonedx state": (
        near("cra/cyclonedx-attestation.json", f'"bom-ref": "clause:{D}"', '"verified"', '"open"'),
        "cyclonedx-attestation.json",
        D,
        "state",
        "open",
        "verified",
    ),
    "cyclonedx evidence": (
        near(
            "cra/cyclonedx-attestation.json",
            '"bom-ref": "evidence:EVID_1"',
            '"content": "valid"',
            '"content": "void"',
        ),
        "cyclonedx-attestation.json",
        "EVID_1",
        "outcome",
        "void",
        "valid",
    ),
    "reqif state": (
        near("cra/reqif.reqif", f'THE-VALUE="{D}"', 'THE-VALUE="verified"', 'THE-VALUE="open"'),
        "reqif.reqif",
        D,
        "state",
        "open",
        "verified",
    ),
    "reqif id": (
        replaced("cra/reqif.reqif", 'THE-VALUE="CTRL_1"', 'THE-VALUE="CTRL_9"'),
        "reqif.reqif",
        "CTRL_9",
        "",
        "is there",
        "is not there",
    ),
    "readme": (
        near("cra/annex-vii/4-support-period/README.txt", "State: ", "missing", "present"),
        "annex-vii",
        "4",
        "presence",
        "present",
        "missing",
    ),
    "html matrix": (
        near("html/views.html", WBR, ">verified<", ">open<"),
        "HTML",
        D,
        "state",
        "open",
        "verified",
    ),
    "html counts": (near("html/views.html", WBR, "1/1 proven", "0/1 proven"), "HTML", D, "proven", "0", "1"),
    "html item": (
        replaced(
            "html/views.html",
            "REQ_<wbr/>2</a></p></td><td><p>requirement",
            "REQ_<wbr/>2</a></p></td><td><p>control",
        ),
        "HTML",
        "REQ_2",
        "kind",
        "control",
        "requirement",
    ),
    "html page of clauses": (
        near("html/law.html", WBR, ">verified<", ">open<"),
        "HTML",
        D,
        "state",
        "open",
        "verified",
    ),
    "html row": (
        without_row("html/views.html", WBR, 0),
        "HTML",
        D,
        "",
        "is not there",
        "belongs there",
    ),
    "html row of a table that shows some": (
        without_row("html/views.html", WBR, -1),
        "HTML",
        D,
        "",
        "is not there",
        "belongs there",
    ),
    "html row of clauses": (
        without_row("html/law.html", WBR, 0),
        "HTML",
        "",
        "",
        ANY,
        ANY,
    ),
    "html row twice": (
        without_row("html/views.html", WBR, 0, instead=2),
        "HTML",
        D,
        "",
        "is there twice",
        "is there once",
    ),
    "html row of an item": (
        without_row("html/views.html", ">CTRL_<wbr/>1<", -1),
        "HTML",
        "CTRL_1",
        "",
        "is not there",
        "belongs there",
    ),
    "html sentence of gaps": (
        change("html/views.html", r"\d+ of (\d+ clauses that ask)", r"1 of \1"),
        "HTML",
        "gaps of cra",
        "",
        ANY,
        ANY,
    ),
    "html sentence of points": (
        change("html/views.html", r"\d+ of 15 items", "14 of 15 items"),
        "HTML",
        "points that are there",
        "",
        "14 of 15",
        ANY,
    ),
    "xlsx gap": (
        in_workbook("Gaps", "CRA_ANX_I_P1_2_E", "State", "open"),
        "matrix.xlsx",
        "CRA_ANX_I_P1_2_E",
        "state",
        "open",
        "planned",
    ),
    "xlsx gap that is none": (
        in_workbook("Gaps", "CRA_ANX_I_P1_2_E", "Clause", D),
        "matrix.xlsx",
        D,
        "",
        "is there",
        "does not belong there",
    ),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_a_file_that_says_something_else_is_named_with_both_values(name: str, copy: Path) -> None:
    tamper, *wanted = TAMPERED[name]
    tamper(copy)
    report = check(copy)
    found = [[d.file, d.id, d.what, d.here, d.there] for d in report.differences]
    assert report.code == 1
    assert wanted in found, found
    # What was altered is one file; where that is the one compared with, all the others differ from it.
    assert name.startswith("json") or {f[0] for f in found} == {wanted[0]}


def test_a_finding_that_is_satisfied_beside_another_state_cannot_be_read(copy: Path) -> None:
    near("cra/oscal-results.json", f'"value": "{D}"', '"verified"', '"covered"')(copy)
    report = check(copy)
    assert report.unreadable == (("oscal-results.json", f"the finding of {D} contradicts itself"),)
    assert report.code == 2


def test_the_pdf_of_another_build_is_found(with_pdf: Path) -> None:
    """Of one in which a control less is there."""
    files = {**PAGES, "index.rst": PAGES["index.rst"].replace(":implements: REQ_1", ":mitigates: RISK_1")}
    other = project(with_pdf / "other", files).build("cra")
    shutil.copy(other.out / "technical-file.pdf", with_pdf / "cra/technical-file.pdf")
    report = check(with_pdf)
    found = {(d.file, d.id, d.what, d.here, d.there) for d in report.differences}
    assert ("technical-file.pdf", D, "state", "planned", "verified") in found
    assert ("technical-file.pdf", "cra, planned", "count", "3", "2") in found
    assert {f[0] for f in found} == {"technical-file.pdf"}
    assert next(d for d in report.differences if d.id == D).place.startswith("page ")


def test_the_pdf_is_compared_item_by_item(with_pdf: Path) -> None:
    path = with_pdf / "cra/assessment.json"
    text = path.read_text("utf-8")
    text = text.replace('{"id": "REQ_2", "kind": "requirement"', '{"id": "REQ_2", "kind": "control"')
    text = text.replace('"item": "EVID_1", "outcome": "valid"', '"item": "EVID_1", "outcome": "void"')
    path.write_text(text, "utf-8")
    found = {(d.id, d.here, d.there) for d in check(with_pdf).differences if d.file == "technical-file.pdf"}
    assert found >= {("REQ_2", "requirement", "control"), ("EVID_1", "valid", "void")}


def test_a_pdf_without_an_id_names_it(with_pdf: Path) -> None:
    """One clause and one need in the assessment that the PDF has not, and what is there still counts."""
    path = with_pdf / "cra/assessment.json"
    data = json.loads(path.read_text("utf-8"))
    data["rows"].append({**data["rows"][-1], "clause": "CRA_ANOTHER"})
    data["items"].append({**data["items"][-1], "id": "CTRL_ANOTHER"})
    path.write_text(json.dumps(data), "utf-8")
    found = {(d.id, d.here) for d in check(with_pdf).differences if d.file == "technical-file.pdf"}
    assert found >= {("CRA_ANOTHER", "is not there"), ("CTRL_ANOTHER", "is not there")}


def test_an_id_that_is_gone_from_a_page_of_the_pdf_is_named(
    with_pdf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sphinx_cra.parity import pdf

    pieces = pdf._pieces
    gone = ("CRA_ANX_I_P1_2_D", "CTRL_1")

    def fewer(page: Any) -> list[tuple[float, float, str]]:
        return [p for p in pieces(page) if p[2] not in gone or p[0] > 100]

    monkeypatch.setattr(pdf, "_pieces", fewer)
    report = check(with_pdf)
    found = {d.id for d in report.differences if d.file == "technical-file.pdf"}
    assert report.code == 1
    assert found <= set(gone)
    assert found


def test_a_file_that_the_manifest_lists_and_that_is_gone_is_said(with_pdf: Path) -> None:
    for name in ("matrix.csv", "technical-file.pdf"):
        (with_pdf / "cra" / name).unlink()
    report = check(with_pdf)
    assert report.code == 2
    assert report.unreadable == (
        ("matrix.csv", "it is not there, and manifest.json lists it"),
        ("technical-file.pdf", "it is not there, and manifest.json lists it"),
    )


def test_pages_of_an_older_build_are_found(built: tuple[Result, Result], copy: Path) -> None:
    """A page that was taken out of the project, and that stays in the folder of the site."""
    old = (copy / "html/views.html").read_text("utf-8").replace(">planned<", ">open<")
    (copy / "html/taken-out.html").write_text(old, "utf-8")
    assert {d.place for d in check(copy).differences} == {"taken-out.html"}


def test_tables_that_do_not_say_what_was_chosen_for_them_need_not_be_whole(copy: Path) -> None:
    """As those of a theme that takes classes away."""
    path = copy / "html/views.html"
    text = re.sub(r" cra-(in|part|only)-[\w-]+", "", path.read_text("utf-8"))
    path.write_text(text, "utf-8")
    without_row("html/views.html", WBR, 0)(copy)
    assert check(copy).code == 0


def test_a_copy_inside_of_the_pdf_that_is_another_is_found(with_pdf: Path) -> None:
    with (with_pdf / "cra/matrix.csv").open("ab") as file:
        file.write(b"\r\n")
    found = [str(d) for d in check(with_pdf).differences]
    assert found == [
        "technical-file.pdf: file matrix.csv attached: 'another', in assessment.json 'as beside it'"
    ]


@pytest.mark.parametrize("value", [None, 5, True, [], ["x"], {}])
def test_what_is_of_another_kind_than_text_is_a_difference_or_unreadable(value: object, copy: Path) -> None:
    for name in ("oscal-catalog", "oscal-component", "oscal-results", "cyclonedx-attestation"):
        path = copy / f"cra/{name}.json"
        text = path.read_text("utf-8")
        for old in ('"planned"', '"EVID_1"', '"CRA_ANX_I_P1_2_E"', '"clause:CRA_ANX_I_P1_2_E"'):
            path.write_text(text.replace(old, json.dumps(value)), "utf-8")
            report = parity.check(copy / "cra")
            assert report.code or old not in text
        path.write_text(text, "utf-8")


def garbage(path: Path) -> None:
    path.write_bytes(b"\xff\xfe nothing" * 20)


def cut(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


@pytest.mark.parametrize(
    "spoil", [garbage, cut, lambda p: p.write_bytes(b"")], ids=["garbage", "cut", "empty"]
)
@pytest.mark.parametrize(
    "name",
    [
        "matrix.csv",
        "matrix.xlsx",
        "technical-file.pdf",
        "oscal-results.json",
        "cyclonedx-attestation.json",
        "reqif.reqif",
    ],
)
def test_a_file_that_cannot_be_read_is_said_and_never_passed_over(
    name: str, spoil: Callable[[Path], None], with_pdf: Path
) -> None:
    if not name.endswith(".pdf"):
        (with_pdf / "cra/technical-file.pdf").unlink()
    spoil(with_pdf / "cra" / name)
    report = check(with_pdf)
    assert name in [f for f, _ in report.unreadable] + [d.file for d in report.differences]
    assert report.code


def test_without_an_assessment_there_is_nothing_to_compare_with(copy: Path) -> None:
    for content in (None, b"", b"{}", b'{"format": "sphinx-cra assessment"}', b"[1]"):
        if content is None:
            (copy / "cra/assessment.json").unlink()
        else:
            (copy / "cra/assessment.json").write_bytes(content)
        done = CliRunner().invoke(app, ["parity", str(copy / "cra")])
        assert done.exit_code == 2
        assert "assessment.json: " in done.output
        assert "Traceback" not in done.output


def test_the_command_says_what_it_compared_and_what_differs(copy: Path) -> None:
    same = CliRunner().invoke(app, ["parity", str(copy / "cra"), "--html", str(copy / "html")])
    assert same.exit_code == 0, same.output
    assert "no differences" in same.output
    near("html/views.html", WBR, ">verified<", ">open<")(copy)
    arguments = ["parity", str(copy / "cra"), "--html", str(copy / "html")]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 1
    assert f"HTML (views.html): clause {D} state: 'open', in assessment.json 'verified'" in done.output
    as_json = CliRunner().invoke(app, [*arguments, "--format", "json"])
    data: dict[str, Any] = json.loads(as_json.output)
    assert [d["id"] for d in data["differences"]] == [D]
    assert data["same"] is False


def test_an_export_that_lies_elsewhere_is_compared_where_it_is_named(copy: Path) -> None:
    (copy / "cra/reqif.reqif").rename(copy / "elsewhere.reqif")
    near("elsewhere.reqif", f'THE-VALUE="{D}"', 'THE-VALUE="verified"', 'THE-VALUE="open"')(copy)
    assert check(copy).code == 0
    report = parity.check(copy / "cra", others=[copy / "elsewhere.reqif"])
    assert [(d.file, d.part, d.here) for d in report.differences] == [
        ("elsewhere.reqif", Part.CLAUSE, "open")
    ]
    assert parity.check(copy / "cra", others=[copy / "nothing.reqif"]).code == 2


def test_a_project_without_needs_and_without_a_product_file_has_parity(tmp_path: Path) -> None:
    made = project(tmp_path, {"index.rst": "Nothing\n=======\n\n.. cra-matrix:: cra\n"})
    file, site = made.build("cra"), made.build("html")
    report = parity.check(file.out, site=site.out)
    assert (report.differences, report.unreadable) == ((), ())
    assert re.search(r"\d", str(report.compared))


def test_a_workbook_that_is_another_archive_is_said(copy: Path) -> None:
    with zipfile.ZipFile(copy / "cra/matrix.xlsx", "w") as archive:
        archive.writestr("a.txt", "x")
    (found,) = check(copy).unreadable
    assert found[0] == "matrix.xlsx"
