"""The data files of a technical file: read back, they say what the assessment says."""

from __future__ import annotations

import copy
import csv
import dataclasses
import datetime as dt
import io
import json
import os
import re
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from sphinx_cra import catalogue, datafile, product, schemadoc
from sphinx_cra.assessment import Assessment, assess
from sphinx_cra.model import (
    Artefact,
    Basis,
    Catalogue,
    Clause,
    ClauseMapping,
    Code,
    Finding,
    Force,
    Group,
    Item,
    Kind,
    Link,
    Outcome,
    Place,
    Relation,
    Section,
    Severity,
    State,
    Strength,
    Verdict,
)
from sphinx_cra.render import sheet, views, workbook
from sphinx_cra.render.data import assessment_data, assessment_json, json_text
from sphinx_cra.render.matrix_csv import matrix_csv
from sphinx_cra.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

GENERATOR = "sphinx-cra 9.9"

# ------------------------------------------------------------------ a small project


def clause(name: str, **fields: Any) -> Clause:
    framework = "law" if name.startswith("LAW") else "std"
    stated = {"printed": f"point {name[-1]}", "title": f"Title of {name}", "group": f"{framework}-1"}
    return Clause(id=name, framework=framework, **{**stated, **fields})


LAW = Catalogue(
    id="law",
    title="A law",
    short="LAW",
    edition="2024",
    prefix="LAW_",
    groups=(Group(id="law-1", title="Part one"),),
    clauses=(
        clause("LAW_H", force=Force.HEADING),
        clause("LAW_A", summary="Own words.", url="https://law.example/a", wording="LICENSED WORDING"),
        clause("LAW_B", parent="LAW_A", details={"kind": "product"}),
        clause("LAW_C", excludable=True),
        clause("LAW_D"),
        clause("LAW_E"),
        clause("LAW_F", applies_from="2027-12-11"),
        clause("LAW_G"),
        clause("LAW_Z", addressees=("importer",)),
    ),
)
STANDARD = Catalogue(
    id="std", title="A standard", short="STD", edition="1", prefix="STD_", clauses=(clause("STD_1"),)
)
MAPPING = ClauseMapping(
    id="law-std",
    title="Law to standard",
    version="1.0",
    clauses_of="law",
    supported_by=("std",),
    relations=(
        Relation(
            mapping="law-std",
            clause="LAW_F",
            by="STD_1",
            strength=Strength.PARTIAL,
            basis=Basis.DERIVED,
            source="S1",
            rationale="It does half of it.",
        ),
    ),
    remaining={"LAW_F": ("Do the other half.",)},
    overall={"LAW_F": "partial"},
)
RECORDS: tuple[dict[str, Any], ...] = (
    {"id": "REQ_1", "type": "requirement", "title": "Keys", "satisfies": ["LAW_A", "STD_1"]},
    {"id": "REQ_2", "type": "requirement", "title": "Idle", "satisfies": ["LAW_D", "NOWHERE"]},
    {"id": "CTL_1", "type": "control", "title": "Store", "implements": ["REQ_1"], "mitigates": ["RSK_1"]},
    {"id": "CTL_2", "type": "control", "title": "Direct", "satisfies": ["LAW_B"], "status": "done"},
    {"id": "CTL_3", "type": "control", "title": "Broken", "satisfies": ["LAW_E"]},
    {
        "id": "EVD_1",
        "type": "evidence",
        "title": "Tests",
        "verifies": ["CTL_1"],
        "kind": "junit",
        "file": "a",
    },
    {"id": "EVD_2", "type": "evidence", "title": "Report", "verifies": ["CTL_2"], "url": "https://x.example"},
    {"id": "EVD_3", "type": "evidence", "title": "Bad", "verifies": ["CTL_3"], "file": "b.xml"},
    {"id": "RSK_1", "type": "risk", "title": "Theft", "concerns": ["LAW_A"], "asset": "keys"},
    {"id": "EXC_1", "type": "exclusion", "title": "No radio", "excludes": ["LAW_C"], "content": "No radio."},
)
VERDICTS = {
    "EVD_1": Verdict(
        outcome=Outcome.VALID,
        reason="3 tests passed.",
        artefacts=(Artefact(path="a/junit.xml", sha256="a" * 64, size=12),),
        counts={"passed": 3},
        tool="pytest",
        date="2026-11-20",
        subject="2.4.1",
    ),
    "EVD_3": Verdict(outcome=Outcome.FAILED, reason="1 test failed."),
}
STATES = {
    "LAW_H": None,
    "LAW_A": State.VERIFIED,
    "LAW_B": State.COVERED,
    "LAW_C": State.EXCLUDED,
    "LAW_D": State.PLANNED,
    "LAW_E": State.FAILED,
    "LAW_F": State.SUPPORTED,
    "LAW_G": State.OPEN,
    "LAW_Z": None,
    "STD_1": State.VERIFIED,
}
PRODUCT = product.parse("""\
product:
  name: Gateway 500
  release: "2.4.1"
  class: important-class-I
  hardware: false
  expected_use_years: 10
  assets: [keys, logs]
  versions:
    - {version: "2.4.1", part: firmware, placed_on_market: 2026-01-31}
manufacturer: {name: ACME, authorised_representative: {name: Rep}}
support_period: {start: 2026-01-31, end: 2031-01}
standards:
  - {id: EN 1, kind: harmonised, extent: partial, parts: ["5"], clauses: [CRA_ANX_I_P1_1]}
""")


def project(records: Iterable[Mapping[str, Any]] = RECORDS, **parts: Any) -> Assessment:
    chosen: dict[str, Any] = {
        "product": PRODUCT,
        "catalogues": (LAW, STANDARD),
        "mappings": (MAPPING,),
        "verdicts": VERDICTS,
        "sections": [Section(point="2a", docname="design", anchor="arch", title="Architecture", line=3)],
        **parts,
    }
    known = frozenset(c.id for cat in chosen["catalogues"] for c in cat.clauses)
    placed = ({"docname": "design", "lineno": int(r["id"][-1]), **r} for r in records)
    return assess(trace=Trace.from_records(placed, clauses=known), **chosen)


def shipped() -> Assessment:
    root = Path(__file__).parent
    catalogues = tuple(catalogue.load(name, root=root) for name in ("cra", "iec62443-4-1", "iec62443-4-2"))
    records = [
        {"id": "REQ_1", "type": "requirement", "title": "Keys", "satisfies": ["CRA_ANX_I_P1_2_D"]},
        {"id": "CTL_1", "type": "control", "title": "Train", "satisfies": ["IEC62443_4_1_SM_4"]},
        {"id": "EXC_1", "type": "exclusion", "excludes": ["CRA_ANX_I_P1_2_M"], "content": "No data."},
    ]
    mapping = catalogue.load_mapping("cra-iec62443", root=root)
    return project(records, catalogues=catalogues, mappings=(mapping,), verdicts={})


HOSTILE = (
    '=HYPERLINK("http://evil.example","x")',
    "=1+1",
    "+1",
    "-1",
    "@SUM(1)",
    "  =1+1",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    '"=1+1"',
    "a;=1+1",
    "a;  +1;-2",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(1)",
    "\u200b=1+1",
    "\ufeff=1+1",
    "\u202e=1+1",
    "'=1+1",
    "<script>alert(1)</script>",
    "]]> & <!-- -->",
    "x" * 500,
    "\u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd",
    "\U0001f512 lock",
    "two\nlines\r\nand\rmore",
    "nul \0 bell \x07 escape \x1b",
    "half \ud83d of a pair",
    "not a character \uffff",
    "_x0041_ is no A",
    'quote " comma , end',
    "https://evil.example/",
    "internal:'Gaps'!A1",
)


def hostile() -> Assessment:
    records = [
        {"id": f"REQ_{n:02}", "type": "requirement", "title": t, "content": t, "satisfies": ["LAW_A"]}
        for n, t in enumerate(HOSTILE)
    ]
    clauses = tuple(clause(f"LAW_{n:02}", title=t) for n, t in enumerate(HOSTILE))
    law = Catalogue(id="law", title="=1", short="@law", edition="-1", prefix="LAW_", clauses=clauses)
    return project(records, catalogues=(law,), mappings=(), verdicts={})


# ------------------------------------------------------------------------------ JSON


def closed(schema: Any) -> Any:
    """The schema, in which nothing may stand that it does not describe."""
    if isinstance(schema, list):
        return [closed(s) for s in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: closed(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict):
        result.setdefault("additionalProperties", False)
    return result


def strict() -> Draft202012Validator:
    schema = closed(json.loads(datafile.schema_text("assessment.schema.json")))
    # The product holds whatever cra.yaml holds; another schema describes that.
    schema["properties"]["product"]["additionalProperties"] = True
    schema["properties"]["product"]["properties"]["manufacturer"]["additionalProperties"] = True
    return Draft202012Validator(schema)


def faults(data: Any) -> list[str]:
    return [f"{list(e.absolute_path)}: {e.message[:200]}" for e in strict().iter_errors(data)]


@pytest.mark.parametrize("make", [project, shipped, hostile, lambda: project((), product=None, sections=())])
def test_every_export_fits_its_schema_and_nothing_in_it_is_undescribed(make: Any) -> None:
    assert faults(json.loads(assessment_json(make(), generator=GENERATOR))) == []


def test_a_schema_is_a_valid_schema() -> None:
    for name in ("assessment.schema.json", "manifest.schema.json"):
        Draft202012Validator.check_schema(json.loads(datafile.schema_text(name)))


@pytest.mark.parametrize("name", sorted(assessment_data(project(), generator=GENERATOR)))
def test_the_schema_misses_what_is_left_out(name: str) -> None:
    data = assessment_data(project(), generator=GENERATOR)
    del data[name]
    assert faults(data)
    data = assessment_data(project(), generator=GENERATOR)
    if isinstance(data[name], list):
        for key in data[name][0]:
            spoilt = copy.deepcopy(data)
            del spoilt[name][0][key]
            assert faults(spoilt), key


def test_rows_have_the_states_and_links_of_the_assessment() -> None:
    assessment = project()
    rows = {r["clause"]: r for r in assessment_data(assessment, generator=GENERATOR)["rows"]}
    assert {name: r["state"] for name, r in rows.items()} == STATES
    assert list(rows) == [r.clause.id for m in assessment.matrices for r in m.rows]
    assert rows["LAW_A"]["carriers"] == ["REQ_1"]
    assert rows["LAW_A"]["controls"] == ["CTL_1"]
    assert rows["LAW_A"]["evidence"] == ["EVD_1"]
    assert rows["LAW_A"]["risks"] == ["RSK_1"]
    assert rows["LAW_C"]["exclusions"] == ["EXC_1"]
    assert rows["LAW_F"]["remaining"] == [{"mapping": "law-std", "text": "Do the other half."}]
    assert rows["LAW_F"]["supports"] == [
        {
            "by": "STD_1",
            "state": "verified",
            "holds": True,
            "strength": "partial",
            "basis": "derived",
            "mapping": "law-std",
            "source": "S1",
            "rationale": "It does half of it.",
            "note": "",
        }
    ]


def test_totals_have_their_denominators() -> None:
    totals = assessment_data(project(), generator=GENERATOR)["totals"]
    law = totals["catalogues"]["law"]
    assert (law["clauses"], law["asked"], law["counted"], law["gaps"]) == (9, 7, 7, 4)
    assert law["states"] == dict.fromkeys(map(str, State), 1)
    assert totals["items"] == {"risk": 1, "requirement": 2, "control": 3, "evidence": 3, "exclusion": 1}
    assert totals["evidence"]["unchecked"] == 1
    assert sum(totals["evidence"].values()) == 3
    assert sum(totals["dossier"].values()) == 15


def test_counts_of_the_shipped_catalogues_add_up() -> None:
    data = assessment_data(shipped(), generator=GENERATOR)
    for name, totals in data["totals"]["catalogues"].items():
        rows = [r for r in data["rows"] if r["framework"] == name]
        assert len(rows) == totals["clauses"]
        assert sum(r["counted"] for r in rows) == totals["counted"] == sum(totals["states"].values())
        assert sum(r["gap"] for r in rows) == totals["gaps"]
    assert len(data["gaps"]) == data["totals"]["gaps"]


def test_records_name_only_what_the_file_holds() -> None:
    data = assessment_data(shipped(), generator=GENERATOR)
    clauses = {r["clause"] for r in data["rows"]}
    items = {i["id"] for i in data["items"]}
    groups = {g["id"] for c in data["catalogues"] for g in c["groups"]}
    for row in data["rows"]:
        assert {*row["carriers"], *row["controls"], *row["evidence"], *row["exclusions"]} <= items
        assert {s["by"] for s in row["supports"]} <= clauses
        assert row["parent"] is None or row["parent"] in clauses
        assert row["group"] in groups
    assert {p["clause"] for p in data["dossier"]} <= clauses


def test_the_file_alone_is_enough_to_assess_again() -> None:
    data = json.loads(assessment_json(project(), generator=GENERATOR))
    items = [
        Item(
            id=i["id"],
            kind=Kind(i["kind"]),
            type=i["type"],
            title=i["title"],
            content=i["content"],
            status=i["status"],
            fields=i["fields"],
            links={Link(verb): tuple(targets) for verb, targets in i["links"].items()},
            place=Place(**i["place"]) if i["place"] else None,
        )
        for i in data["items"]
    ]
    verdicts = {
        v["item"]: Verdict(
            outcome=Outcome(v["outcome"]),
            reason=v["reason"],
            artefacts=tuple(Artefact(**a) for a in v["artefacts"]),
            counts=v["counts"],
            tool=v["tool"],
            date=v["date"],
            subject=v["subject"],
            valid_until=v["valid_until"],
            bound=v["bound"],
        )
        for v in data["verdicts"]
    }
    clauses = frozenset(r["clause"] for r in data["rows"])
    again = assess(
        product=PRODUCT,
        catalogues=(LAW, STANDARD),
        mappings=(MAPPING,),
        trace=Trace(items, clauses=clauses),
        verdicts=verdicts,
        sections=[Section(point=p["point"], **section) for p in data["dossier"] for section in p["sections"]],
    )
    repeated = assessment_data(again, generator=GENERATOR)
    for name in ("items", "verdicts", "dossier", "totals", "product", "mistakes"):
        assert repeated[name] == data[name], name
    assert [r["state"] for r in repeated["rows"]] == [r["state"] for r in data["rows"]]


def test_the_order_of_the_sources_does_not_show() -> None:
    backwards = project(reversed(RECORDS), verdicts=dict(reversed(VERDICTS.items())))
    assert assessment_json(backwards, generator=GENERATOR) == assessment_json(project(), generator=GENERATOR)
    assert matrix_csv(backwards) == matrix_csv(project())


DIGESTS = """\
import hashlib, io
import test_render_files as t
stream = io.BytesIO()
t.workbook.workbook(t.project(), stream)
text = t.assessment_json(t.project(), generator="g") + t.assessment_json(t.shipped(), generator="g")
for raw in (text.encode(), t.matrix_csv(t.shipped()), stream.getvalue()):
    print(hashlib.sha256(raw).hexdigest())
"""


def test_another_process_writes_the_same_bytes() -> None:
    def digests(seed: str) -> list[str]:
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(map(str, sys.path))}
        run = [sys.executable, "-c", DIGESTS]
        return subprocess.check_output(run, env=env, cwd=Path(__file__).parent, text=True).split()

    first = digests("1")
    assert len(set(first)) == 3
    assert digests("2") == first


def test_a_record_is_a_line_and_the_file_ends_with_one() -> None:
    text = assessment_json(hostile(), generator=GENERATOR)
    assert text.endswith("}\n")
    lines = [line.rstrip(",") for line in text.split("\n") if line.startswith('{"id": "REQ_')]
    assert [json.loads(line)["id"] for line in lines] == [f"REQ_{n:02}" for n in range(len(HOSTILE))]


def test_titles_come_back_letter_for_letter() -> None:
    raw = assessment_json(hostile(), generator=GENERATOR).encode()
    data = json.loads(raw)
    wanted = [re.sub("[\ud800-\udfff]", "\ufffd", t) for t in HOSTILE]
    assert [i["title"] for i in data["items"]] == wanted
    assert [i["content"] for i in data["items"]] == wanted
    assert [r["title"] for r in data["rows"]] == wanted


@given(
    st.recursive(st.text() | st.integers() | st.none(), lambda c: st.lists(c) | st.dictionaries(st.text(), c))
)
def test_any_data_comes_back(value: Any) -> None:
    assert json.loads(json_text({"value": value}).encode()) == {"value": value}


def test_links_that_carry_nothing_are_kept_but_not_followed_back() -> None:
    records: list[dict[str, Any]] = [
        {"id": "REQ_1", "type": "requirement", "title": "a"},
        {"id": "REQ_2", "type": "requirement", "title": "b", "implements": ["REQ_1"], "satisfies": ["LAW_X"]},
    ]
    items = {i["id"]: i for i in assessment_data(project(records), generator=GENERATOR)["items"]}
    assert items["REQ_2"]["links"] == {"satisfies": ["LAW_X"], "implements": ["REQ_1"]}
    assert items["REQ_1"]["linked_from"] == {}
    related = assessment_data(project(), generator=GENERATOR)["items"]
    assert next(i for i in related if i["id"] == "RSK_1")["linked_from"] == {"mitigates": ["CTL_1"]}


def test_evidence_that_nobody_looked_at_has_a_verdict_that_says_so() -> None:
    verdicts = {v["item"]: v for v in assessment_data(project(), generator=GENERATOR)["verdicts"]}
    assert list(verdicts) == ["EVD_1", "EVD_2", "EVD_3"]
    assert verdicts["EVD_2"]["outcome"] == "unchecked"
    assert verdicts["EVD_1"]["artefacts"] == [{"path": "a/junit.xml", "sha256": "a" * 64, "size": 12}]


def test_findings_lead_to_their_line() -> None:
    data = assessment_data(project(), generator=GENERATOR)
    (mistake,) = [m for m in data["mistakes"] if m["code"] == "unknown_clause" or "NOWHERE" in m["message"]]
    assert (mistake["item"], mistake["place"]) == ("REQ_2", {"source": "design", "line": 2})
    assert {g["code"] for g in data["gaps"]} == {
        "failed",
        "planned",
        "supported",
        "open",
        "annex_vii",
        "rule",
    }


def test_faults_of_the_project_s_own_files_are_among_the_mistakes() -> None:
    place = Place(source="cra.yaml", line=3)
    fault = Finding(code=Code.PRODUCT, message="product.name: is empty", severity=Severity.ERROR, place=place)
    assessment = dataclasses.replace(project(product=None), mistakes=(fault,))
    data = assessment_data(assessment, generator=GENERATOR)
    assert data["mistakes"][0]["place"] == {"source": "cra.yaml", "line": 3}
    assert data["totals"]["mistakes"]["error"] == 1
    assert faults(data) == []


def test_the_product_is_as_the_product_file_has_it() -> None:
    stated = assessment_data(project(), generator=GENERATOR)["product"]
    assert stated["class"] == "important-class-I"
    assert stated["hardware"] is False
    assert stated["support_period"] == {"start": "2026-01-31", "end": "2031-01"}
    assert "foreseeable_use" not in stated
    schema = json.loads(datafile.schema_text("cra.schema.json"))
    block = schema["properties"]["product"]["properties"]
    written = {name: value for name, value in stated.items() if name not in block and name != "source"}
    written["product"] = {name: value for name, value in stated.items() if name in block}
    assert [e.message for e in datafile.validator("cra.schema.json").iter_errors(written)] == []


def test_without_a_product_file_there_is_no_product() -> None:
    data = assessment_data(project(product=None), generator=GENERATOR)
    assert data["product"] is None
    assert data["generator"] == GENERATOR


def test_licensed_wording_stays_where_the_licence_is() -> None:
    assessment = project()
    stream = io.BytesIO()
    workbook.workbook(assessment, stream)
    assert "LICENSED" not in assessment_json(assessment, generator=GENERATOR)
    assert b"LICENSED" not in matrix_csv(assessment)
    assert not any("LICENSED" in str(c) for c in cells(stream))


PAGE = Path(__file__).parents[2] / "docs" / "data-files.md"


@pytest.mark.parametrize("name", ["assessment.schema.json", "manifest.schema.json"])
def test_the_reference_page_has_every_field_in_the_words_of_the_schema(name: str) -> None:
    page = PAGE.read_text("utf-8")
    for field in schemadoc.fields(name):
        if field.description and not field.path.startswith("gaps[]"):
            path = field.path if name.startswith("manifest") else field.path.partition(".")[2] or field.path
            heading = f"### `{path}`\n\n{field.description}"
            assert f"| `{path}` | {field.description}" in page or heading in page, field.path


def test_the_reference_page_has_every_column() -> None:
    page = PAGE.read_text("utf-8")
    for column in sheet.CLAUSES:
        assert f"| `{column.key}` |" in page
    for column in (*sheet.ITEMS, *sheet.GAPS, *sheet.RULES):
        assert f"| {column.title} |" in page


# ------------------------------------------------------------------------------- CSV


def records_of(raw: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline=""), strict=True))


def test_csv_has_a_record_for_every_clause_as_the_json_has_it() -> None:
    for assessment in (project(), shipped()):
        rows = assessment_data(assessment, generator=GENERATOR)["rows"]
        records = records_of(matrix_csv(assessment))
        assert [r["clause"] for r in records] == [r["clause"] for r in rows]
        assert [r["state"] for r in records] == [r["state"] or "" for r in rows]
        assert [r["counted"] == "yes" for r in records] == [r["counted"] for r in rows]
        assert [r["asked"] == "yes" for r in records] == [r["asked"] for r in rows]
        assert [r["carried_by"] for r in records] == ["; ".join(r["carriers"]) for r in rows]
        assert [int(r["carriers"]) for r in records] == [len(r["carriers"]) for r in rows]
        assert [int(r["proven"]) for r in records] == [r["proven"] for r in rows]


def test_csv_shows_what_evidence_is_worth_and_what_is_left() -> None:
    records = {r["clause"]: r for r in records_of(matrix_csv(project()))}
    assert records["LAW_A"]["evidence"] == "EVD_1 (valid)"
    assert records["LAW_B"]["evidence"] == "EVD_2 (unchecked)"
    assert records["LAW_E"]["evidence"] == "EVD_3 (failed)"
    assert records["LAW_F"]["supported_by"] == "STD point 1 (verified, partial, law-std, derived, S1)"
    assert records["LAW_F"]["remaining"] == "law-std: Do the other half."
    assert records["LAW_A"]["part"] == "Part one"
    assert records["LAW_C"]["exclusions"] == "EXC_1"


def test_csv_opens_with_a_mark_and_has_a_line_for_each_clause() -> None:
    raw = matrix_csv(hostile())
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.endswith(b"\r\n")
    lines = raw.split(b"\r\n")
    assert len(lines) == 1 + len(HOSTILE) + 1
    assert not any(b"\n" in line or b"\r" in line or b"\0" in line for line in lines)


def begins_formula(cell: str) -> bool:
    passed_over = ' "\t\r\n\u00a0\u200b\u200e\u200f\u202e\ufeff'
    return cell.lstrip(passed_over).startswith(tuple("=+-@＝＋－＠"))


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_no_cell_of_the_csv_can_be_a_formula(separator: str) -> None:
    """Also where the system's separator is another, and the program splits the lines elsewhere."""
    text = matrix_csv(hostile()).decode("utf-8-sig")
    read = [c for r in csv.reader(io.StringIO(text, newline=""), delimiter=separator) for c in r]
    split = [c for line in text.split("\r\n") for c in line.split(separator)] if separator != "," else []
    assert [c for c in (*read, *split) if begins_formula(c)] == []


def test_csv_titles_can_be_restored() -> None:
    titles = [sheet.restored(r["title"]) for r in records_of(matrix_csv(hostile()))]
    assert titles == [" ".join(sheet.shown(t).split()) for t in HOSTILE]
    assert titles[0] == HOSTILE[0]


def test_a_guard_is_one_apostrophe() -> None:
    assert sheet.guarded("=1+1") == "'=1+1"
    assert sheet.guarded("  -1") == "  '-1"
    assert sheet.guarded("a;=1") == "a;'=1"
    assert sheet.guarded("a - b = c; d") == "a - b = c; d"
    assert sheet.guarded("'tis") == "'tis"


@given(st.text(alphabet="=+-@＝'\"; \n\tab\u200b", max_size=12) | st.text())
def test_what_is_guarded_is_harmless_and_comes_back(text: str) -> None:
    guarded = sheet.guarded(text)
    assert not begins_formula(guarded)
    assert not any(begins_formula(part) for part in guarded.split(";"))
    assert sheet.restored(guarded) == text


# ------------------------------------------------------------------------------ XLSX


def test_no_byte_of_the_workbook_depends_on_a_compressor_or_a_system(monkeypatch: pytest.MonkeyPatch) -> None:
    _, here = book_of(project())
    packer = zlib.compressobj
    monkeypatch.setattr(zlib, "compressobj", lambda *_: packer(0, zlib.DEFLATED, -15))  # as another would
    monkeypatch.setattr(sys, "platform", "win32")
    _, elsewhere = book_of(project())
    assert here.getvalue() == elsewhere.getvalue()
    for part in zipfile.ZipFile(here).infolist():
        assert (part.compress_type, part.create_system) == (zipfile.ZIP_STORED, 3)


def book_of(assessment: Assessment, **options: Any) -> tuple[Any, io.BytesIO]:
    stream = io.BytesIO()
    workbook.workbook(assessment, stream, **options)
    return openpyxl.load_workbook(stream), stream


def cells(stream: io.BytesIO) -> Iterator[Any]:
    for page in openpyxl.load_workbook(stream).worksheets:
        for line in page.iter_rows():
            yield from (c.value for c in line if c.value is not None)


def columns(page: Any) -> dict[str, list[Any]]:
    header, *lines = page.iter_rows(values_only=True)
    return {name: [line[n] for line in lines] for n, name in enumerate(header)}


def test_the_workbook_has_the_clauses_items_and_gaps_of_the_json() -> None:
    for assessment in (project(), shipped()):
        data = assessment_data(assessment, generator=GENERATOR)
        book, _ = book_of(assessment)
        assert book.sheetnames == ["About", "Clauses", "Items", "Gaps", "Rules", "Frameworks"]
        clauses, items, gaps = (columns(book[name]) for name in ("Clauses", "Items", "Gaps"))
        assert clauses["Clause"] == [r["clause"] for r in data["rows"]]
        assert clauses["State"] == [r["state"] for r in data["rows"]]
        assert clauses["Proven"] == [r["proven"] for r in data["rows"]]
        assert sorted(items["Id"]) == [i["id"] for i in data["items"]]
        assert sorted(gaps["Clause"]) == sorted(r["clause"] for r in data["rows"] if r["gap"])
        assert len(gaps["Clause"]) == sum(t["gaps"] for t in data["totals"]["catalogues"].values())


def test_the_sheet_of_frameworks_has_every_relation_with_who_says_it() -> None:
    page = columns(book_of(project())[0]["Frameworks"])
    line = {name: values[0] for name, values in page.items()}
    assert len(page["Clause"]) == 1
    assert (line["Clause"], line["Supporting clause"], line["Its state"]) == ("LAW_F", "STD_1", "verified")
    assert (line["Supports"], line["Strength"], line["Mapping"]) == ("yes", "partial", "law-std")
    assert (line["Basis"], line["Source"], line["Why"]) == ("derived", "S1", "It does half of it.")
    data = assessment_data(shipped(), generator=GENERATOR)
    page = columns(book_of(shipped())[0]["Frameworks"])
    assert len(page["Clause"]) == sum(len(r["supports"]) for r in data["rows"])


def test_a_project_without_mappings_has_no_sheet_of_frameworks() -> None:
    book, _ = book_of(dataclasses.replace(project(), mappings=()))
    assert "Frameworks" not in book.sheetnames


def test_gaps_begin_with_what_is_worst() -> None:
    book, _ = book_of(project())
    assert columns(book["Gaps"])["State"] == ["failed", "open", "planned", "supported"]


def test_the_item_sheet_shows_fields_links_both_ways_and_verdicts() -> None:
    page = columns(book_of(project())[0]["Items"])
    line = {name: dict(zip(page["Id"], values, strict=True)) for name, values in page.items()}
    assert line["Links"]["CTL_1"] == "mitigates RSK_1\nimplements REQ_1"
    assert line["Linked from"]["REQ_1"] == "CTL_1 implements it"
    assert line["Outcome"]["EVD_2"] == "unchecked"
    assert line["Outcome"]["CTL_1"] is None
    assert line["Artefacts"]["EVD_1"] == f"a/junit.xml (SHA-256 {'a' * 64})"
    assert line["Fields"]["RSK_1"] == "asset: keys"
    assert line["Written at"]["REQ_1"] == "design:1"


def test_counts_about_the_workbook_are_of_something() -> None:
    book, _ = book_of(project(), generator=GENERATOR)
    lines = [[v for v in line if v is not None] for line in book["About"].iter_rows(values_only=True)]
    for state in State:
        (line,) = [ln for ln in lines if ln and ln[0] == state.value]
        assert line[2:] == ["1 of 7", "1 of 1" if state is State.VERIFIED else "0 of 1"]
    assert ["Product", "Gateway 500"] in lines
    assert ["Release", "2.4.1"] in lines
    assert ["Written by", GENERATOR] in lines
    said = " ".join(str(v) for line in lines for v in line)
    assert not re.search(r"complian|conform", said, re.IGNORECASE)
    assert set(views.MEANINGS) == set(State)


def test_headers_stay_in_view_and_can_be_filtered() -> None:
    book, _ = book_of(project())
    for name, pane, area in (
        ("Clauses", "C2", "A1:V11"),
        ("Items", "B2", "A1:M11"),
        ("Gaps", "C2", "A1:J5"),
    ):
        assert (book[name].freeze_panes, book[name].auto_filter.ref) == (pane, area)
        assert book[name].print_title_rows == "$1:$1"
    assert book["Clauses"]["D2"].alignment.wrap_text


def test_a_state_is_a_word_on_a_ground_of_its_own() -> None:
    page = book_of(project())[0]["Clauses"]
    grounds = {c.value: c.fill.fgColor.rgb for c in page["H"][1:] if c.value}
    assert set(grounds) == set(State)
    assert len(set(grounds.values())) == len(State)


def test_no_cell_of_the_workbook_is_a_formula_or_an_unasked_link() -> None:
    book, stream = book_of(hostile())
    for page in book.worksheets:
        for line in page.iter_rows():
            assert all(c.data_type != "f" and c.hyperlink is None for c in line)
    with zipfile.ZipFile(stream) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert not any(b"<f>" in raw or b"<f " in raw for raw in parts.values())
    assert not any("externalLink" in name or b'TargetMode="External"' in raw for name, raw in parts.items())


def test_workbook_titles_come_back_but_for_what_xml_cannot_hold() -> None:
    book, _ = book_of(hostile())
    wanted = [sheet.shown(t) for t in HOSTILE]
    assert columns(book["Items"])["Title"] == wanted
    assert columns(book["Clauses"])["Title"] == wanted
    assert "nul ␀ bell ␇ escape ␛" in wanted


def test_what_looks_like_a_formula_stays_text_when_somebody_edits_it() -> None:
    page = book_of(hostile())[0]["Items"]
    prefixed = {line[3].value: line[3].quotePrefix for line in page.iter_rows(min_row=2)}
    assert prefixed["=1+1"]
    assert prefixed["  =1+1"]
    assert not prefixed["<script>alert(1)</script>"]


@pytest.mark.parametrize("sign", ["a", "\U0001f512", "\n"])
def test_a_text_too_long_for_a_cell_is_cut_with_a_mark_and_whole_in_the_json(sign: str) -> None:
    content = sign * 40_000 + "end"
    assessment = project([{"id": "REQ_1", "type": "requirement", "title": "a", "content": content}])
    (shown,) = columns(book_of(assessment)[0]["Items"])["Content"]
    assert shown.endswith(workbook.CUT)
    assert len(shown.encode("utf-16-le")) // 2 <= workbook.MAX_TEXT
    assert shown.startswith(sign * 16_000)
    (item,) = json.loads(assessment_json(assessment, generator=GENERATOR))["items"]
    assert item["content"] == content


def test_a_row_leads_to_its_page_where_there_is_one() -> None:
    def links(target: str) -> str | None:
        return None if target == "LAW_B" else f"https://docs.example/x.html#{target}"

    book, _ = book_of(project(), links=links)
    found = {c.value: c.hyperlink for c in book["Clauses"]["B"][1:]}
    assert found["LAW_B"] is None
    assert (found["LAW_A"].target, found["LAW_A"].location) == ("https://docs.example/x.html", "LAW_A")
    assert book["Items"]["A2"].hyperlink.location == book["Items"]["A2"].value
    assert book["Gaps"]["B2"].hyperlink.location == "LAW_E"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", "internal:Gaps!A1", "x.html"])
def test_only_addresses_on_the_web_become_links(url: str) -> None:
    book, _ = book_of(project(), links=lambda _: url)
    assert all(c.hyperlink is None for page in book.worksheets for line in page.iter_rows() for c in line)


def test_beyond_the_limit_of_links_the_ids_are_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MAX_LINKS", 2)
    book, _ = book_of(project(), links=lambda t: f"https://docs.example/{t}")
    linked = [c.value for c in book["Clauses"]["B"] if c.hyperlink]
    assert linked == ["LAW_H", "LAW_A"]
    assert len(columns(book["Clauses"])["Clause"]) == 10


def test_two_workbooks_of_one_assessment_are_the_same_bytes(tmp_path: Path) -> None:
    _, stream = book_of(project())
    workbook.workbook(project(reversed(RECORDS)), tmp_path / "matrix.xlsx")
    assert (tmp_path / "matrix.xlsx").read_bytes() == stream.getvalue()


def test_a_workbook_has_the_date_it_is_given_and_no_author() -> None:
    book, _ = book_of(project(), created=dt.datetime(2026, 11, 24))
    properties = book.properties
    assert properties.created == properties.modified == dt.datetime(2026, 11, 24)
    assert not properties.creator
    assert not properties.lastModifiedBy
    assert book_of(project())[0].properties.created == dt.datetime(1980, 1, 1)


def test_a_project_without_needs_or_catalogues_still_has_its_files() -> None:
    assessment = project((), catalogues=(), mappings=(), product=None, sections=(), verdicts={})
    book, _ = book_of(assessment)
    assert columns(book["Clauses"])["Clause"] == []
    assert records_of(matrix_csv(assessment)) == []
    assert faults(json.loads(assessment_json(assessment, generator=GENERATOR))) == []
