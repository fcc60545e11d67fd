"""Catalogues of other publishers in OSCAL: three formats, one catalogue of ours, nothing lost silently."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from sphinx_cra import catalogue, oscal
from sphinx_cra.cli import app
from sphinx_cra.datafile import DataError
from sphinx_cra.model import Force
from sphinx_cra.oscal import Left, Wanted, reading

if TYPE_CHECKING:
    from click.testing import Result

DATA = Path(__file__).parent / "data" / "oscal"
FORMATS = ("json", "xml", "yaml")
HOUSE = Wanted(id="acme", prefix="ACME_", short="ACME")
SPACE = 'xmlns="http://csrc.nist.gov/ns/oscal/1.0"'
METADATA = {"title": "T", "version": "1", "oscal-version": "1.1.2", "last-modified": "2026"}


def house(form: str = "json", **more: Any) -> oscal.Imported:
    wanted = Wanted(**{"id": "acme", "prefix": "ACME_", "short": "ACME", **more})
    return oscal.convert(oscal.read(DATA / f"house.{form}", source="house"), wanted)


def catalog(*controls: Any, **metadata: Any) -> str:
    held = {
        "metadata": METADATA | metadata,
        "groups": [{"id": "g", "title": "G", "controls": list(controls)}],
    }
    return json.dumps({"catalog": held})


def control(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "title": f"Title of {name}", **more}


def imported(tmp_path: Path, text: str | bytes, name: str = "f.json", **more: Any) -> oscal.Imported:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    return oscal.convert(oscal.read(path, source=name), Wanted(id="acme", prefix="ACME_", **more))


def fault(tmp_path: Path, text: str | bytes, name: str = "f.json", **more: Any) -> str:
    with pytest.raises(DataError) as caught:
        imported(tmp_path, text, name, **more)
    return str(caught.value)


# --------------------------------------------------------------------------- what is carried over


@pytest.mark.parametrize("form", FORMATS)
def test_controls_and_enhancements_become_clauses_of_their_groups(form: str) -> None:
    found = house(form).catalogue
    assert [(c.id, c.printed, c.title, c.group, c.parent) for c in found.clauses] == [
        ("ACME_ACC_1", "ACC-1", "Personal accounts", "acc", None),
        ("ACME_ACC_1_1", "ACC-1(1)", "Shared accounts", "acc", "ACME_ACC_1"),
        ("ACME_TST_1", "TST.1", "Tests before a release", "dev.tst", None),
    ]
    assert [(g.id, g.title) for g in found.groups] == [("acc", "Accounts"), ("dev.tst", "Development: Tests")]
    assert (found.title, found.edition, found.publisher) == (
        "ACME rules for products",
        "3.10",
        "ACME security office",
    )
    assert found.url == "https://rules.example/"
    assert [c.url for c in found.clauses] == ["https://rules.example/acc-1", None, None]


@pytest.mark.parametrize("prose", [False, True])
def test_all_formats_give_the_same_file(prose: bool) -> None:
    texts = {
        "\n".join(x for x in house(f, prose=prose).text.splitlines() if "SHA-256" not in x) for f in FORMATS
    }
    assert len(texts) == 1
    assert len({house(f, prose=prose).report for f in FORMATS}) == 1


def test_no_wording_is_taken_over_unless_asked_for() -> None:
    quiet, loud = house(), house(prose=True)
    assert "own account" not in quiet.text
    assert "the wording was left out" in "\n".join(quiet.report.lines())
    assert loud.catalogue.clauses[0].summary == (
        "Every person has an own account. After wrong passwords the product: "
        "a. [locks the account for [a period] / asks an administrator]; b. writes it down."
    )
    assert "Think of service accounts" not in loud.text
    assert "whoever imported it answers for that" in loud.text


def test_a_withdrawn_control_is_left_out_and_replaced_by_what_took_it_over() -> None:
    found = house()
    assert found.catalogue.clauses[1].replaces == ("ACME_ACC_1_2",)
    assert [str(w) for w in found.report.withdrawn] == ["ACC-1(2) (ACME_ACC_1_2): now in ACME_ACC_1_1"]
    assert "ACC-1(2) (ACME_ACC_1_2): now in ACME_ACC_1_1" in found.text


def test_what_is_not_carried_over_is_counted_by_kind() -> None:
    left = set(house().report.left)
    assert {
        Left(kind="parts", what="guidance", count=1),
        Left(kind="parts", what="statement", count=2),
        Left(kind="parts", what="item", count=2),
        Left(kind="parameters", what="", count=2),
        Left(kind="properties", what="sort-id", count=1),
        Left(kind="properties of parts", what="", count=2),
        Left(kind="links", what="reference", count=1),
        Left(kind="links of another scheme", what="javascript", count=1),
        Left(kind="classes", what="rule", count=1),
        Left(kind="resources of the back matter", what="", count=1),
        Left(kind="props of groups", what="", count=1),
        Left(kind="roles of the metadata", what="", count=1),
    } == left
    with_prose = {x.what for x in house(prose=True).report.left if x.kind == "parts"}
    assert with_prose == {"guidance"}


def test_what_we_have_no_name_for_is_counted_too(tmp_path: Path) -> None:
    found = imported(tmp_path, catalog(control("a-1", novelty=[1, 2]), novelty={"x": 1}))
    kinds = {str(x) for x in found.report.left}
    assert {"novelty of controls (2)", "novelty of the metadata (1)"} <= kinds


def test_ids_can_be_made_of_labels(tmp_path: Path) -> None:
    one = control("x-3.1", props=[{"name": "label", "value": "Title of x-3.1 (03.01)"}])
    assert imported(tmp_path, catalog(one), ids="label").catalogue.clauses[0].id == "ACME_03_01"


def test_a_control_that_only_holds_others_is_a_heading(tmp_path: Path) -> None:
    statement = [{"name": "statement", "prose": "Do it."}]
    bare = control("a-1", controls=[control("a-1.1", parts=statement)])
    asking = control("b-1", controls=[control("b-1.1")], parts=statement)
    forces = {c.id: c.force for c in imported(tmp_path, catalog(bare, asking)).catalogue.clauses}
    assert forces["ACME_A_1"] is Force.HEADING
    assert {forces[c] for c in ("ACME_A_1_1", "ACME_B_1", "ACME_B_1_1")} == {Force.DUTY}


def test_succession_follows_withdrawn_controls_and_survives_a_circle(tmp_path: Path) -> None:
    def gone(name: str, to: str) -> dict[str, Any]:
        return control(
            name,
            props=[{"name": "status", "value": "Withdrawn"}],
            links=[{"rel": "moved-to", "href": f"#{to}"}],
        )

    found = imported(
        tmp_path,
        catalog(
            gone("a-1", "a-2"), gone("a-2", "b-1"), gone("c-1", "c-2"), gone("c-2", "c-1"), control("b-1")
        ),
    )
    assert {w.id: w.now for w in found.report.withdrawn} == {
        "ACME_A_1": ("ACME_B_1",),
        "ACME_A_2": ("ACME_B_1",),
        "ACME_C_1": (),
        "ACME_C_2": (),
    }


def test_an_enhancement_of_a_withdrawn_control_hangs_below_what_is_left(tmp_path: Path) -> None:
    gone = control("a-1.1", props=[{"name": "status", "value": "withdrawn"}], controls=[control("a-1.1.1")])
    found = imported(tmp_path, catalog(control("a-1", controls=[gone]))).catalogue
    assert [(c.id, c.parent) for c in found.clauses] == [("ACME_A_1", None), ("ACME_A_1_1_1", "ACME_A_1")]


def test_titles_that_look_like_numbers_or_syntax_come_back_as_they_were(tmp_path: Path) -> None:
    titles = [
        "1e3",
        "no",
        "3.10",
        "- x: #y",
        "2026-01-01",
        "0x1F",
        "é 😀",
        "~",
        "'",
        '"',
        "a\\b",
        "null",
        "@x",
    ]
    controls = [{"id": f"a-{n}", "title": t, "props": []} for n, t in enumerate(titles)]
    found = [c.title for c in imported(tmp_path, catalog(*controls)).catalogue.clauses]
    assert found == ["x: #y" if t.startswith("- ") else t for t in titles]


def test_characters_that_have_no_place_in_a_file_are_taken_out_and_counted(tmp_path: Path) -> None:
    found = imported(tmp_path, catalog(control("a-1", title="A\x00\u202eB\ud800C\u2028D\x85E")))
    assert found.catalogue.clauses[0].title == "ABC D E"
    assert "3 control characters were taken out" in found.report.notes


def test_a_parameter_that_is_explained_by_itself_ends(tmp_path: Path) -> None:
    param = {"id": "p", "select": {"choice": ["{{ insert: param, p }}"]}}
    found = imported(
        tmp_path, catalog(control("a-1", title="{{ p }} {{ insert: param, q }}", params=[param]))
    )
    assert found.catalogue.clauses[0].title.endswith("[q]")
    assert any("p and q" in note for note in found.report.notes)


def test_a_newer_oscal_is_read_and_said_and_another_major_refused(tmp_path: Path) -> None:
    newer = imported(tmp_path, catalog(control("a-1"), **{"oscal-version": "v1.7.0"}))
    assert "written for OSCAL v1.7.0, and read as 1.2" in newer.report.notes
    assert "2.0.0 is not read; 1.0 to 1.2 are" in fault(
        tmp_path, catalog(control("a-1"), **{"oscal-version": "2.0.0"})
    )


# --------------------------------------------------------------------------- what is refused


def test_ids_that_would_become_one_are_a_fault_that_names_both(tmp_path: Path) -> None:
    told = fault(tmp_path, catalog(control("a-1"), control("A.1"), control("b-1"), control("b-1")))
    assert "a-1 and A.1 would both become ACME_A_1" in told
    assert "the control b-1 is given twice" in told


def test_every_fault_of_a_file_is_named(tmp_path: Path) -> None:
    told = fault(
        tmp_path,
        catalog(
            {"title": "x"},
            {"id": "---", "title": "x"},
            control("a-1", props="no", params={}, links=[1]),
            None,
        ).replace('"title": "T"', '"title": ""'),
    )
    assert told.splitlines() == [
        "f.json: catalog.groups.0.controls.0: a control needs an id",
        "f.json: catalog.groups.0.controls.1: no letter and no digit in '---' to make an id of",
        "f.json: catalog.groups.0.controls.2.params: is not a list",
        "f.json: catalog.groups.0.controls.2.props: is not a list",
        "f.json: catalog.groups.0.controls.3: is not a mapping",
        "f.json: catalog.metadata: 'title' is required here",
    ]


def test_faults_of_xml_and_yaml_name_their_line(tmp_path: Path) -> None:
    text = (DATA / "house.xml").read_text("utf-8")
    line = next(n for n, x in enumerate(text.splitlines(), 1) if 'id="tst-1"' in x)
    assert f"f.xml:{line}: " in fault(tmp_path, text.replace('id="tst-1"', 'id="acc-1"'), "f.xml")
    text = (DATA / "house.yaml").read_text("utf-8")
    line = next(n for n, x in enumerate(text.splitlines(), 1) if "id: tst-1" in x)
    assert f"f.yaml:{line}: " in fault(tmp_path, text.replace("id: tst-1", "id: acc-1"), "f.yaml")


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("f.json", '{"profile": {}}', "is a profile"),
        ("f.json", '{"component-definition": {}}', "is a component definition"),
        ("f.json", '{"$schema": "x", "assessment-results": {}}', "is assessment results"),
        ("f.xml", f"<system-security-plan {SPACE}/>", "is a system security plan"),
        ("f.yaml", "mapping-collection: {}", "is a collection of mappings"),
        ("f.yaml", "catalogue: {id: ours}", "this file begins with 'catalogue'"),
        ("f.xml", "<catalog/>", "its root is not in the namespace"),
        ("f.xml", f"<catalog {SPACE}>text</catalog>", "is not a mapping"),
        ("f.xml", "<html/>", "this file begins with 'html'"),
        ("f.json", "", "is empty"),
        ("f.json", "[]", "is no OSCAL catalogue"),
        ("f.json", '{"catalog": {}}', "'metadata' is required here"),
        ("f.json", '{"catalog": {}, "catalog": {}}', "stands twice"),
        ("f.json", '{"catalog": {"uuid": "1"', "not JSON"),
        ("f.json", '{"catalog":' + "[" * 50_000, "nested more than"),
        ("f.xml", f"<catalog {SPACE}>" + "<group>" * 5000, "nested more than 100 deep"),
        ("f.xml", f"<catalog {SPACE}><metadata>", "not XML"),
        ("f.xml", '<!DOCTYPE c [<!ENTITY a "b">]><catalog>&a;</catalog>', "declares a document type"),
        ("f.yaml", "catalog: &a\n  metadata: *a\n", "an alias"),
        ("f.json", '{"catalog": {"x": "\xe4"}}'.encode("latin-1"), "not UTF-8"),
        ("f.yaml", "catalog: \xe4".encode("latin-1"), "is not UTF-8"),
    ],
)
def test_what_is_no_catalogue_is_named(tmp_path: Path, name: str, text: str | bytes, told: str) -> None:
    found = fault(tmp_path, text, name)
    assert told in found
    assert "Traceback" not in found


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "f.json"
    with path.open("wb") as stream:
        stream.write(b'{"catalog":')
        stream.truncate(100_000_000)
    with pytest.raises(DataError, match="is larger than the 24 MiB"):
        oscal.read(path, source="f.json")


def test_xml_of_too_many_elements_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_ELEMENTS", 100)
    assert "more than 100 elements" in fault(tmp_path, f"<catalog {SPACE}>" + "<p/>" * 101, "f.xml")


def test_a_catalogue_without_any_control_left_is_a_fault(tmp_path: Path) -> None:
    gone = control("a-1", props=[{"name": "status", "value": "withdrawn"}])
    assert "no control that is not withdrawn" in fault(tmp_path, catalog(gone))


@pytest.mark.parametrize("form", FORMATS)
def test_a_damaged_file_is_read_or_refused_and_never_breaks_us(form: str, tmp_path: Path) -> None:
    whole = (DATA / f"house.{form}").read_bytes()
    refused = []
    for seed in range(150):
        chance = random.Random(seed)
        data = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(data))
            if chance.random() < 0.5:
                data[at] = chance.randrange(256)
            else:
                del data[at : at + chance.randint(1, 40)]
        try:
            imported(tmp_path, bytes(data), f"f.{form}", prose=True)
        except DataError as error:
            refused.append(error.source)
    assert len(refused) > 30
    assert set(refused) == {f"f.{form}"}  # never acme.yaml: what would be written always loads


# --------------------------------------------------------------------------- the command


def run(*words: Any) -> Result:
    return CliRunner().invoke(app, ["catalogue", *map(str, words)])


def bring(tmp_path: Path, *more: Any) -> Result:
    out = tmp_path / "frameworks" / "acme.yaml"
    return run("import", DATA / "house.json", "--id", "acme", "--prefix", "ACME_", "--output", out, *more)


def test_the_command_writes_a_catalogue_that_loads_and_a_report(tmp_path: Path) -> None:
    report = tmp_path / "r.json"
    done = bring(tmp_path, "--report", report, "--edition", "Third edition", "--short", "ACME")
    assert done.exit_code == 0, done.output
    assert "parts: guidance (1)" in done.stdout
    loaded = catalogue.load("frameworks/acme.yaml", root=tmp_path)
    assert (loaded.edition, len(loaded.clauses)) == ("Third edition", 3)
    said = json.loads(report.read_text("utf-8"))
    assert {"kind": "parts", "what": "guidance", "count": 1} in said["not_carried_over"]
    assert said["withdrawn"] == [{"id": "ACME_ACC_1_2", "cite": "ACC-1(2)", "now": ["ACME_ACC_1_1"]}]
    assert run("check", tmp_path / "frameworks" / "acme.yaml").exit_code == 0
    first = (tmp_path / "frameworks" / "acme.yaml").read_bytes()
    bring(tmp_path, "--edition", "Third edition", "--short", "ACME", "--force")
    assert (tmp_path / "frameworks" / "acme.yaml").read_bytes() == first


def test_an_existing_file_is_not_overwritten_unless_told_to(tmp_path: Path) -> None:
    out = tmp_path / "frameworks" / "acme.yaml"
    out.parent.mkdir()
    out.write_text("mine")
    done = bring(tmp_path)
    assert (done.exit_code, out.read_text()) == (2, "mine")
    assert "overwrite it with --force" in done.stderr
    assert bring(tmp_path, "--force").exit_code == 0
    assert out.read_text("utf-8").startswith("# Written by")
    assert [p.name for p in out.parent.iterdir()] == ["acme.yaml"]  # no draft is left


def test_nothing_is_written_of_a_broken_file(tmp_path: Path) -> None:
    (tmp_path / "f.json").write_text('{"profile": {}}')
    out = tmp_path / "out.yaml"
    done = run("import", tmp_path / "f.json", "--id", "acme", "--prefix", "ACME_", "--output", out)
    assert done.exit_code == 2
    assert done.stderr.startswith("sphinx-cra: f.json: is a profile")
    assert not out.exists()


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--id", "cra"], "a catalogue of that name is shipped"),
        (["--id", "A B"], "is no name"),
        (["--prefix", "acme"], "does not fit"),
        (["--output", "x.txt"], "has to end in .yaml"),
        (["--output", "house.json/../x.yml", "--report", "house.json/../x.yml"], "different files"),
    ],
)
def test_options_that_do_not_fit_are_refused(more: list[str], told: str, tmp_path: Path) -> None:
    done = bring(tmp_path, *more)
    assert done.exit_code == 2
    assert told in done.stderr


def test_a_symbolic_link_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "frameworks").mkdir()
    (tmp_path / "frameworks" / "acme.yaml").symlink_to(tmp_path / "elsewhere")
    assert "symbolic link" in bring(tmp_path, "--force").stderr
    assert not (tmp_path / "elsewhere").exists()
