"""ReqIF: fits the schema of the format, comes back as it went, and takes nothing harmful with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

import exchanged
from sphinx_cra import reqif_import
from sphinx_cra.cli import app
from sphinx_cra.datafile import DataError
from sphinx_cra.model import Link
from sphinx_cra.render.reqif import reqif
from sphinx_cra.trace import Trace
from test_exchange_oscal import CASES, case

if TYPE_CHECKING:
    from pathlib import Path

    from sphinx_cra.reqif_import import Imported

FOREIGN = """\
<?xml version="1.0" encoding="UTF-8"?>
<REQ-IF xmlns="http://www.omg.org/spec/ReqIF/20110401/reqif.xsd" xmlns:xhtml="http://www.w3.org/1999/xhtml">
  <THE-HEADER><REQ-IF-HEADER IDENTIFIER="h"><SOURCE-TOOL-ID>Other</SOURCE-TOOL-ID><TITLE>Their file</TITLE>
  </REQ-IF-HEADER></THE-HEADER>
  <CORE-CONTENT><REQ-IF-CONTENT>
    <DATATYPES>
      <DATATYPE-DEFINITION-STRING IDENTIFIER="s" MAX-LENGTH="99"/>
      <DATATYPE-DEFINITION-XHTML IDENTIFIER="x"/>
      <DATATYPE-DEFINITION-ENUMERATION IDENTIFIER="e"><SPECIFIED-VALUES>
        <ENUM-VALUE IDENTIFIER="v1" LONG-NAME="draft"><PROPERTIES>
        <EMBEDDED-VALUE KEY="1" OTHER-CONTENT=""/></PROPERTIES></ENUM-VALUE></SPECIFIED-VALUES>
      </DATATYPE-DEFINITION-ENUMERATION>
    </DATATYPES>
    <SPEC-TYPES>
      <SPEC-OBJECT-TYPE IDENTIFIER="t" LONG-NAME="System Requirement"><SPEC-ATTRIBUTES>
        <ATTRIBUTE-DEFINITION-STRING IDENTIFIER="a1" LONG-NAME="ReqIF.ForeignID"><TYPE>
          <DATATYPE-DEFINITION-STRING-REF>s</DATATYPE-DEFINITION-STRING-REF></TYPE></ATTRIBUTE-DEFINITION-STRING>
        <ATTRIBUTE-DEFINITION-XHTML IDENTIFIER="a2" LONG-NAME="ReqIF.Text"><TYPE>
          <DATATYPE-DEFINITION-XHTML-REF>x</DATATYPE-DEFINITION-XHTML-REF></TYPE></ATTRIBUTE-DEFINITION-XHTML>
        <ATTRIBUTE-DEFINITION-ENUMERATION IDENTIFIER="a3" LONG-NAME="Status" MULTI-VALUED="false"><TYPE>
          <DATATYPE-DEFINITION-ENUMERATION-REF>e</DATATYPE-DEFINITION-ENUMERATION-REF></TYPE>
        </ATTRIBUTE-DEFINITION-ENUMERATION>
        <ATTRIBUTE-DEFINITION-STRING IDENTIFIER="a4" LONG-NAME="Cost"><TYPE>
          <DATATYPE-DEFINITION-STRING-REF>s</DATATYPE-DEFINITION-STRING-REF></TYPE></ATTRIBUTE-DEFINITION-STRING>
      </SPEC-ATTRIBUTES></SPEC-OBJECT-TYPE>
      <SPEC-OBJECT-TYPE IDENTIFIER="t2" LONG-NAME="Heading"/>
      <SPEC-RELATION-TYPE IDENTIFIER="r" LONG-NAME="derives"/>
    </SPEC-TYPES>
    <SPEC-OBJECTS>
      <SPEC-OBJECT IDENTIFIER="o1"><TYPE><SPEC-OBJECT-TYPE-REF>t</SPEC-OBJECT-TYPE-REF></TYPE><VALUES>
        <ATTRIBUTE-VALUE-STRING THE-VALUE="req-1">
          <DEFINITION><ATTRIBUTE-DEFINITION-STRING-REF>a1</ATTRIBUTE-DEFINITION-STRING-REF>
          </DEFINITION></ATTRIBUTE-VALUE-STRING>
        <ATTRIBUTE-VALUE-XHTML><DEFINITION><ATTRIBUTE-DEFINITION-XHTML-REF>a2</ATTRIBUTE-DEFINITION-XHTML-REF>
          </DEFINITION><THE-VALUE><xhtml:div><xhtml:p>First <xhtml:b>bold</xhtml:b>.</xhtml:p><xhtml:ul>
          <xhtml:li>one</xhtml:li><xhtml:li>two</xhtml:li></xhtml:ul><!-- no -->
          <xhtml:p>.. include:: /etc/passwd</xhtml:p>
          </xhtml:div></THE-VALUE></ATTRIBUTE-VALUE-XHTML>
        <ATTRIBUTE-VALUE-ENUMERATION><DEFINITION><ATTRIBUTE-DEFINITION-ENUMERATION-REF>a3</ATTRIBUTE-DEFINITION-ENUMERATION-REF></DEFINITION>
          <VALUES><ENUM-VALUE-REF>v1</ENUM-VALUE-REF></VALUES>
          </ATTRIBUTE-VALUE-ENUMERATION>
        <ATTRIBUTE-VALUE-STRING THE-VALUE="7">
          <DEFINITION><ATTRIBUTE-DEFINITION-STRING-REF>a4</ATTRIBUTE-DEFINITION-STRING-REF>
          </DEFINITION></ATTRIBUTE-VALUE-STRING>
      </VALUES></SPEC-OBJECT>
      <SPEC-OBJECT IDENTIFIER="o2"><TYPE><SPEC-OBJECT-TYPE-REF>t</SPEC-OBJECT-TYPE-REF></TYPE><VALUES/>
      </SPEC-OBJECT>
      <SPEC-OBJECT IDENTIFIER="o3"><TYPE><SPEC-OBJECT-TYPE-REF>t2</SPEC-OBJECT-TYPE-REF></TYPE><VALUES/>
      </SPEC-OBJECT>
    </SPEC-OBJECTS>
    <SPEC-RELATIONS>
      <SPEC-RELATION IDENTIFIER="l1"><TYPE><SPEC-RELATION-TYPE-REF>r</SPEC-RELATION-TYPE-REF></TYPE>
        <SOURCE><SPEC-OBJECT-REF>o1</SPEC-OBJECT-REF></SOURCE><TARGET><SPEC-OBJECT-REF>o2</SPEC-OBJECT-REF></TARGET>
      </SPEC-RELATION>
    </SPEC-RELATIONS>
  </REQ-IF-CONTENT></CORE-CONTENT>
</REQ-IF>
"""


def read(folder: Path, text: str, **options: Any) -> Imported:
    path = folder / "a.reqif"
    path.write_text(text, "utf-8")
    return reqif_import.load(path, source="a.reqif", **options)


def validated(path: Path) -> tuple[int, str]:
    """What the library says of a file, held against the schema of the OMG."""
    command = [sys.executable, "-m", "reqif.cli.main", "validate", "--use-reqif-schema", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout.rpartition("complete with ")[2].strip()


@pytest.mark.parametrize("name", CASES)
def test_it_fits_the_schema(name: str, tmp_path: Path) -> None:
    path = tmp_path / "a.reqif"
    path.write_text(reqif(case(name, tmp_path)), "utf-8")
    assert validated(path) == (0, "0 errors, 0 schema issues found, 0 semantic issues found.")
    path.write_text(path.read_text("utf-8").replace("SPEC-OBJECT-REF>", "SPEC-OBJECT-REFS>", 2), "utf-8")
    assert name == "nothing" or validated(path)[0] == 1


@pytest.mark.parametrize("name", CASES)
def test_what_goes_comes_back(name: str, tmp_path: Path) -> None:
    data = case(name, tmp_path)
    there = {r["clause"] for r in data["rows"]} | {i["id"] for i in data["items"]}
    found = read(tmp_path, reqif(data), keep_markup=True)
    back = {r["id"]: r for r in found.records}
    assert back.keys() == {i["id"] for i in data["items"]}
    for item in data["items"]:
        record = back[item["id"]]
        broken = str.maketrans(dict.fromkeys("\x00\x0b", "\ufffd"))
        assert record["title"] == " ".join(item["title"].translate(broken).split())
        assert record["content"] == item["content"].translate(broken)
        assert record["type"] == item["type"]
        for field, value in item["fields"].items():
            assert record[field] == " ".join(value.translate(broken).split())
        links = {k: sorted(v) for k, v in record.items() if k in list(Link)}
        assert links == {
            k: sorted(t for t in v if t in there) for k, v in item["links"].items() if there & set(v)
        }
    assert found.left == ()
    assert found.renamed == {}


def test_the_trace_of_what_comes_back_is_the_trace_that_went(tmp_path: Path) -> None:
    data = exchanged.common()
    found = read(tmp_path, reqif(data))
    trace = Trace.from_records(found.records, clauses={r["clause"] for r in data["rows"]})
    assert {i.id: (i.kind.value, dict(i.fields)) for i in trace.items.values()} == {
        i["id"]: (i["kind"], i["fields"]) for i in data["items"]
    }
    assert [i.id for i in trace.sources("LAW_B", Link.SATISFIES)] == ["REQ_A"]


def test_a_link_that_leads_nowhere_is_the_only_thing_of_needs_that_is_lost(tmp_path: Path) -> None:
    back = {r["id"]: r for r in read(tmp_path, reqif(exchanged.common())).records}
    assert "verifies" not in back["EVID_NONE"]  # CTRL_NOWHERE is nowhere


def test_states_and_verdicts_are_in_the_file_and_never_taken_back(tmp_path: Path) -> None:
    text = reqif(exchanged.common())
    assert 'THE-VALUE="verified"' in text
    assert 'THE-VALUE="failed"' in text
    for record in read(tmp_path, text).records:
        assert record.keys().isdisjoint({"state", "outcome", "verdict", "cra.outcome", "cra.verdict"})


def test_the_same_data_give_the_same_bytes(tmp_path: Path) -> None:
    assert reqif(exchanged.hostile(tmp_path)) == reqif(exchanged.hostile(tmp_path))


# ----------------------------------------------------------------- files of other tools


def test_types_of_another_tool_are_counted_until_somebody_names_them(tmp_path: Path) -> None:
    found = read(tmp_path, FOREIGN)
    assert found.records == ()
    assert found.left == (
        "objects of type 'Heading' (1)",
        "objects of type 'System Requirement' (2)",
        "relations of type 'derives' (1)",
    )


def named(tmp_path: Path, **options: Any) -> Imported:
    return read(
        tmp_path,
        FOREIGN,
        kinds={"System Requirement": "requirement"},
        links={"derives": "satisfies"},
        **options,
    )


def test_what_is_named_is_taken_over_and_the_rest_is_counted(tmp_path: Path) -> None:
    found = named(tmp_path)
    first, second = found.records
    assert (first["id"], first["type"], first["title"]) == ("O2", "requirement", "O2")
    assert second["id"] == "REQ_1"
    assert second["status"] == "draft"
    assert second["satisfies"] == ["O2"]
    assert found.renamed == {"o2": "O2", "req-1": "REQ_1"}
    assert "attribute 'Cost' of requirement objects (1)" in found.left
    assert {r["id"] for r in named(tmp_path, keep_ids=True).records} == {"req-1", "o2"}


def test_paragraphs_and_items_become_lines_and_directives_become_text(tmp_path: Path) -> None:
    found = named(tmp_path)
    content = [line.strip() for line in found.records[1]["content"].split("\n") if line.strip()]
    assert content == ["First bold.", "one", "two", "\\.. include:: /etc/passwd"]
    assert any("would begin a directive" in left for left in found.left)
    kept = named(tmp_path, keep_markup=True).records[1]["content"]
    assert "\n.. include:: /etc/passwd" in kept


def test_two_objects_that_would_have_one_id_are_named(tmp_path: Path) -> None:
    text = FOREIGN.replace('THE-VALUE="req-1"', 'THE-VALUE="O2"')
    with pytest.raises(DataError, match="two objects would have one id: O2"):
        read(tmp_path, text, kinds={"System Requirement": "requirement"})


def test_a_file_that_says_it_is_ours_cannot_bring_a_directive_of_its_own(tmp_path: Path) -> None:
    text = reqif(exchanged.common()).replace('THE-VALUE="control"', 'THE-VALUE="raw:: html"')
    found = read(tmp_path, text)
    assert {r["type"] for r in found.records} == {"requirement", "control", "risk", "evidence", "exclusion"}


def test_rest_of_hostile_needs_is_a_directive_each(tmp_path: Path) -> None:
    found = read(tmp_path, reqif(exchanged.hostile(tmp_path)))
    lines = reqif_import.rst(found).split("\n")
    assert sum(line.startswith(".. ") for line in lines) == len(found.records)
    assert all(line.startswith((".. ", "   ")) for line in lines[3:] if line)
    assert not [line for line in lines if line.strip().startswith(".. raw")]


def test_a_title_cannot_become_an_option_nor_an_id_a_line(tmp_path: Path) -> None:
    text = reqif(exchanged.common()).replace("Title of CTRL_B", ":file: /etc/passwd")
    text = text.replace('THE-VALUE="CTRL_F"', 'THE-VALUE="CTRL_F&#10;   :status: done"')
    found = read(tmp_path, text)
    lines = reqif_import.rst(found).split("\n")
    assert ".. control:: \\:file: /etc/passwd" in lines
    assert lines.count("   :status: done") == 1  # that of CTRL_A
    assert "   :id: CTRL_F :status: done" in lines


def test_needs_json_is_as_sphinx_needs_writes_it(tmp_path: Path) -> None:
    found = read(tmp_path, reqif(exchanged.common()))
    written = json.loads(reqif_import.needs_json(found))
    assert written["versions"][written["current_version"]]["needs"]["REQ_A"]["satisfies"] == ["LAW_B"]


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><REQ-IF>&b;</REQ-IF>'
BROKEN = {
    "empty": (b"", "not XML"),
    "text": (b"nothing", "not XML"),
    "another root": (b"<html/>", "its root is 'html'"),
    "archive": (b"PK\x03\x04", "is an archive that cannot be read"),
    "entities": (BOMB.encode(), "declares a document type"),
    "latin-1": ("<REQ-IF>\xe4</REQ-IF>".encode("latin-1"), "not XML"),
    "nothing in it": (b"<REQ-IF xmlns='x'/>", "it has no REQ-IF-CONTENT"),
    "cut": (FOREIGN.encode()[:3000], "not XML"),
    "deep": (b"<REQ-IF>" + b"<a>" * 5000 + b"</a>" * 5000 + b"</REQ-IF>", "nested more than"),
    "no type": (
        FOREIGN.replace("<TYPE><SPEC-OBJECT-TYPE-REF>t</SPEC-OBJECT-TYPE-REF></TYPE>", "").encode(),
        "is no ReqIF",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_one_sentence(name: str, tmp_path: Path) -> None:
    content, message = BROKEN[name]
    path = tmp_path / "a.reqif"
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        reqif_import.load(path, source="a.reqif")
    (told,) = caught.value.lines()
    assert told.startswith("a.reqif")
    assert message in told
    assert "\n" not in told


def archive(path: Path, **files: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return path


def test_the_file_of_an_archive_is_read_where_it_lies_and_what_is_beside_it_counted(tmp_path: Path) -> None:
    files = {"../../a.reqif": FOREIGN.encode(), "a.png": b"x", "__MACOSX/._a.reqif": b"y"}
    path = archive(tmp_path / "a.reqifz", **files)
    found = reqif_import.load(path, source="a.reqifz", kinds={"System Requirement": "requirement"})
    assert [r["id"] for r in found.records] == ["O2", "REQ_1"]
    assert "other files of the archive (1)" in found.left
    assert [p.name for p in tmp_path.iterdir()] == ["a.reqifz"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a.txt": b""}, "is an archive with 0 .reqif files"),
        ({"a.reqif": b"", "b.reqif": b""}, "is an archive with 2 .reqif files"),
        ({"a.reqif": b"0" * (reqif_import.MAX_BYTES + 9)}, "holds a .reqif larger than the 128 MiB"),
        ({"a.reqif": BOMB.encode()}, "declares a document type"),
    ],
    ids=["none", "two", "bomb", "entities"],
)
def test_an_archive_that_is_not_one_file_is_refused(
    files: dict[str, bytes], message: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=message):
        reqif_import.load(archive(tmp_path / "a.reqifz", **files), source="a.reqifz")


def test_an_archive_that_is_cut_or_altered_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.reqifz", **{"a.reqif": FOREIGN.encode()})
    whole = path.read_bytes()
    for broken in (whole[:500], whole[:200] + b"\x00\x00\x00" + whole[203:]):
        path.write_bytes(broken)
        with pytest.raises(DataError, match="is an archive that cannot be read"):
            reqif_import.load(path, source="a.reqifz")


DOCUMENT = """\
    <SPECIFICATIONS><SPECIFICATION IDENTIFIER="d"><CHILDREN>
      <SPEC-HIERARCHY IDENTIFIER="h3"><OBJECT><SPEC-OBJECT-REF>o3</SPEC-OBJECT-REF></OBJECT><CHILDREN>
      <SPEC-HIERARCHY IDENTIFIER="h1"><OBJECT><SPEC-OBJECT-REF>o1</SPEC-OBJECT-REF></OBJECT></SPEC-HIERARCHY>
      </CHILDREN></SPEC-HIERARCHY>
      <SPEC-HIERARCHY IDENTIFIER="h2"><OBJECT><SPEC-OBJECT-REF>o2</SPEC-OBJECT-REF></OBJECT></SPEC-HIERARCHY>
    </CHILDREN></SPECIFICATION></SPECIFICATIONS>
  </REQ-IF-CONTENT>"""


def test_needs_stand_in_the_order_of_the_documents_and_their_levels_are_counted(tmp_path: Path) -> None:
    text = FOREIGN.replace("  </REQ-IF-CONTENT>", DOCUMENT)
    found = read(tmp_path, text, kinds={"System Requirement": "requirement"})
    assert [r["id"] for r in found.records] == ["REQ_1", "O2"]
    assert "objects that others stand below (1)" in found.left


def test_a_link_to_an_object_that_is_left_out_is_counted_and_not_made(tmp_path: Path) -> None:
    text = FOREIGN.replace("<TARGET><SPEC-OBJECT-REF>o2<", "<TARGET><SPEC-OBJECT-REF>o3<")
    options: dict[str, Any] = {
        "kinds": {"System Requirement": "requirement"},
        "links": {"derives": "satisfies"},
    }
    found = read(tmp_path, text, **options)
    assert not [r for r in found.records if "satisfies" in r]
    assert "relations 'derives' from or to what is not in the records (1)" in found.left


def test_a_picture_in_a_text_is_counted_and_what_stands_for_it_kept(tmp_path: Path) -> None:
    picture = '<xhtml:object data="a.png" type="image/png">A drawing</xhtml:object>'
    text = FOREIGN.replace("<xhtml:b>bold</xhtml:b>", picture)
    found = read(tmp_path, text, kinds={"System Requirement": "requirement"})
    assert "First A drawing." in found.records[1]["content"]
    assert "pictures and files in texts (1)" in found.left


def test_attributes_are_taken_for_what_somebody_says_they_are(tmp_path: Path) -> None:
    found = named(tmp_path, attributes={"Cost": "title", "Status": "content"})
    assert found.records[1].items() >= {"title": "7", "content": "draft"}.items()
    assert not [left for left in found.left if "Cost" in left]
    with pytest.raises(DataError, match="'price' is no field; it is title, content, status, or one of "):
        named(tmp_path, attributes={"Cost": "price"})


def test_ids_that_a_build_would_refuse_are_said_and_a_prefix_helps(tmp_path: Path) -> None:
    text = FOREIGN.replace('THE-VALUE="req-1"', 'THE-VALUE="1"')
    kinds = {"System Requirement": "requirement"}
    found = read(tmp_path, text, kinds=kinds)
    assert found.hints == (
        "say what a type is with --type Heading=requirement",
        "sphinx-needs wants 5 characters of an id; --prefix SYS_ lengthens 1 and O2",
    )
    longer = read(tmp_path, text, kinds=kinds, prefix="SYS_")
    assert [r["id"] for r in longer.records] == ["SYS_1", "SYS_O2"]
    assert len(longer.hints) == 1
    with pytest.raises(DataError, match="cannot begin an id"):
        read(tmp_path, text, prefix="a\n:b")


# ------------------------------------------------------------------------ command line


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(a) for a in arguments])


def test_the_command_writes_once_and_says_what_it_left(tmp_path: Path) -> None:
    path, out = tmp_path / "a.reqif", tmp_path / "out.rst"
    path.write_text(FOREIGN, "utf-8")
    done = run("import", path, "--type", "System Requirement=requirement", "--output", out)
    assert done.exit_code == 0, done.output
    assert "needs: 2 requirement" in done.output
    assert "relations of type 'derives' (1)" in done.output
    assert ".. requirement:: REQ_1\n   :id: REQ_1\n" in out.read_text("utf-8")
    again = run("import", path, "--output", out)
    assert again.exit_code == 2
    assert "is there" in again.output
    nothing = run("import", path, "--output", tmp_path / "nothing.rst")
    assert nothing.exit_code == 2
    assert "say what a type is with --type 'System Requirement=requirement'" in nothing.output
    assert not (tmp_path / "nothing.rst").exists()
    told = json.loads(run("import", path, "--output", tmp_path / "nothing.rst", "--format", "json").stdout)
    assert "say what a type is with --type 'System Requirement=requirement'" in told["message"]
    named = ("--type", "System Requirement=requirement", "--output", out, "--force", "--format", "json")
    told = json.loads(run("import", path, *named).stdout)
    assert told["file"] == out.as_posix()
    assert [n["id"] for n in told["needs"]] == ["O2", "REQ_1"]
    assert "relations of type 'derives' (1)" in told["left"]
    for wrong in (
        ["--attribute", "x=y"],
        ["--type", "x"],
        ["--type", "x=thing"],
        ["--link", "x=y"],
        ["--output", tmp_path / "a.txt"],
    ):
        assert run("import", path, *wrong).exit_code == 2


@pytest.mark.parametrize("form", ["oscal-catalog", "oscal-component", "oscal-results", "cyclonedx", "reqif"])
def test_the_command_exports_each_format_and_without_a_date_takes_that_of_the_environment(
    form: str, tmp_path: Path
) -> None:
    path, out = tmp_path / "assessment.json", tmp_path / "out"
    data = exchanged.common()
    path.write_text(json.dumps({**data, "baseline": data.get("baseline")}), "utf-8")
    environment = {"SOURCE_DATE_EPOCH": "1700000000"}
    arguments = ["export", str(tmp_path), "--from", str(path), "--format", form, "--output", str(out)]
    done = CliRunner().invoke(app, arguments, env=environment)
    assert done.exit_code == 0, done.output
    assert "2023-11-14T22:13:20Z" in out.read_text("utf-8")


def test_without_the_library_there_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "assessment.json"
    path.write_text(json.dumps({**exchanged.common(), "baseline": None}), "utf-8")
    code = "import sys; sys.modules['reqif'] = None; from sphinx_cra.cli import app; app()"
    command = [sys.executable, "-c", code, "export", "--from", str(path), "--format", "reqif"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=tmp_path, env=dict(os.environ)
    )
    assert done.returncode == 2
    assert "sphinx-cra[exchange]" in done.stderr
    assert "Traceback" not in done.stderr
