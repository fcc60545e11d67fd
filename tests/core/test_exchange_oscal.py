"""OSCAL of an assessment: fits NIST's schema, refers to what is there, and claims nothing."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest

import exchanged
from sphinx_cra import oscal
from sphinx_cra.render.exchange import UNDATED
from sphinx_cra.render.oscal import escaped
from sphinx_cra.render.oscal.catalog import catalog
from sphinx_cra.render.oscal.component import component_definition
from sphinx_cra.render.oscal.results import assessment_results

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DATA = Path(__file__).parent / "data" / "oscal"
WRITERS: dict[str, Callable[..., str]] = {
    "catalog": catalog,
    "component": component_definition,
    "assessment-results": assessment_results,
}
CASES = ("common", "hostile", "empty", "nothing")


def case(name: str, folder: Path) -> dict[str, Any]:
    return exchanged.hostile(folder) if name == "hostile" else getattr(exchanged, name)()


def faults(form: str, text: str) -> list[str]:
    schema = json.loads((DATA / f"oscal_{form}_schema.json").read_text("utf-8"))
    return [e.message for e in jsonschema_rs.validator_for(schema).iter_errors(json.loads(text))]


def props(record: dict[str, Any]) -> dict[str, str]:
    return {p["name"]: p["value"] for p in record.get("props", [])}


def unescaped(value: str) -> str:
    """Markdown as a reader of it takes it: a backslash before a sign is not shown."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", value)


def walk(value: Any) -> Iterator[Any]:
    yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from walk(inner)


@pytest.mark.parametrize("form", WRITERS)
@pytest.mark.parametrize("name", CASES)
def test_it_fits_the_schema_of_nist(form: str, name: str, tmp_path: Path) -> None:
    assert faults(form, WRITERS[form](case(name, tmp_path))) == []


@pytest.mark.parametrize("form", WRITERS)
def test_the_schema_would_refuse_what_is_wrong(form: str) -> None:
    text = WRITERS[form](exchanged.common())
    assert faults(form, text.replace(UNDATED, "yesterday"))
    assert faults(
        form, text.replace('"id": "LAW_', '"id": "1 LAW').replace('"control-id": "LAW_', '"control-id": "1 ')
    )


@pytest.mark.parametrize("name", CASES)
def test_every_reference_leads_somewhere(name: str, tmp_path: Path) -> None:
    data = case(name, tmp_path)
    clauses = json.loads(catalog(data))
    parts = {v["id"] for v in walk(clauses) if isinstance(v, dict) and "id" in v}
    for form in ("component", "assessment-results"):
        file = json.loads(WRITERS[form](data))
        uuids = [v["uuid"] for v in walk(file) if isinstance(v, dict) and "uuid" in v]
        assert len(uuids) == len(set(uuids))
        for record in (v for v in walk(file) if isinstance(v, dict)):
            for key in ("control-id", "statement-id", "target-id"):
                assert record.get(key) in {None, *parts}
            for key in ("observation-uuid", "party-uuid", "subject-uuid"):
                assert record.get(key) in {None, *uuids}
            if str(record.get("href", "")).startswith("#"):
                assert record["href"][1:] in uuids


@pytest.mark.parametrize("form", WRITERS)
def test_properties_in_the_namespace_of_oscal_have_names_that_oscal_knows(form: str) -> None:
    """The schema lets any name pass; NIST's constraints, which tools check as well, know few."""
    records = (v for v in walk(json.loads(WRITERS[form](exchanged.common()))) if isinstance(v, dict))
    assert {p["name"] for v in records for p in v.get("props", []) if "ns" not in p} <= {"label"}


def test_the_product_that_was_looked_at_is_defined_where_the_results_are() -> None:
    file = json.loads(assessment_results(exchanged.common()))["assessment-results"]
    (component,) = file["results"][0]["local-definitions"]["components"]
    definition = json.loads(component_definition(exchanged.common()))["component-definition"]
    assert component["uuid"] == definition["components"][0]["uuid"]
    assert "no assessment plan" in file["import-ap"]["remarks"]


def test_a_clause_has_a_finding_with_its_state_and_its_reason() -> None:
    data = exchanged.common()
    result = json.loads(assessment_results(data))["assessment-results"]["results"][0]
    findings = {props(f)["clause"]: f for f in result["findings"]}
    wanted = {r["clause"]: r for r in data["rows"] if r["state"] not in (None, "excluded")}
    assert findings.keys() == wanted.keys()
    for clause, row in wanted.items():
        said = props(findings[clause])
        assert said["state"] == row["state"]
        assert unescaped(findings[clause]["description"]).startswith(" ".join(row["reason"].split()))
        assert (said["implemented"], said["proven"]) == (str(row["implemented"]), str(row["proven"]))
    assert Counter(r["state"] for r in wanted.values()) == {
        "verified": 1,
        "covered": 1,
        "failed": 1,
        "open": 1,
    }


def test_only_our_objective_is_satisfied_and_only_where_a_clause_is_verified() -> None:
    data = exchanged.common()
    result = json.loads(assessment_results(data))["assessment-results"]["results"][0]
    satisfied = {
        props(f)["clause"] for f in result["findings"] if f["target"]["status"]["state"] == "satisfied"
    }
    assert satisfied == {r["clause"] for r in data["rows"] if r["state"] == "verified"} == {"LAW_B"}
    objectives = [
        part["prose"]
        for v in walk(json.loads(catalog(data)))
        if isinstance(v, dict)
        for part in v.get("parts", [])
        if part["name"] == "assessment-objective"
    ]
    assert set(objectives) == {
        "Everything that carries this clause in the documentation is proven by valid evidence."
    }


def test_an_excluded_clause_is_left_out_of_what_was_reviewed_and_has_no_finding() -> None:
    result = json.loads(assessment_results(exchanged.common()))["assessment-results"]["results"][0]
    selection = result["reviewed-controls"]["control-selections"][0]
    assert selection["exclude-controls"] == [{"control-id": "LAW_A"}]
    assert "LAW_A" not in {props(f)["clause"] for f in result["findings"]}


def test_an_observation_says_what_evidence_shows_with_digest_and_reason() -> None:
    data = exchanged.common()
    data["verdicts"][0]["artefacts"] = [{"path": "a b.xml", "sha256": "ab" * 32, "size": 3}]
    result = json.loads(assessment_results(data))["assessment-results"]["results"][0]
    first = result["observations"][0]
    assert (props(first)["item"], props(first)["outcome"]) == ("EVID_A", "valid")
    assert "reason of EVID_A" in unescaped(first["description"])
    assert first["relevant-evidence"][0]["href"] == "a%20b.xml"
    assert props(first["relevant-evidence"][0])["sha256"] == "ab" * 32
    assert {props(o)["item"]: props(o)["outcome"] for o in result["observations"]} == {
        "EVID_A": "valid",
        "EVID_F": "failed",
        "EVID_NONE": "unchecked",
    }


def test_the_component_names_each_need_that_stands_for_a_clause_and_its_evidence() -> None:
    file = json.loads(component_definition(exchanged.common()))["component-definition"]
    found = {
        (r["control-id"], props(r)["item"]): r
        for i in file["components"][0]["control-implementations"]
        for r in i["implemented-requirements"]
    }
    assert found.keys() == {
        ("LAW_A", "EXCL_A"),
        ("LAW_B", "REQ_A"),
        ("LAW_B", "CTRL_A"),
        ("STD_1", "CTRL_B"),
        ("ISO_1", "CTRL_F"),
    }
    assert props(found["LAW_A", "EXCL_A"])["applies"] == "no"
    assert "applies" not in props(found["LAW_B", "REQ_A"])
    assert props(found["LAW_B", "CTRL_A"])["evidence-valid"] == "EVID_A"
    assert "evidence-valid" not in props(found["ISO_1", "CTRL_F"])
    assert props(found["ISO_1", "CTRL_F"])["evidence"] == "EVID_F"


def test_uuids_stay_when_another_need_comes_and_that_of_the_file_does_not() -> None:
    before, after = exchanged.large(3), exchanged.large(6)
    one, two = (json.loads(component_definition(d))["component-definition"] for d in (before, after))

    def of(file: dict[str, Any]) -> dict[str, str]:
        return {
            props(r)["item"]: r["uuid"]
            for i in file["components"][0]["control-implementations"]
            for r in i["implemented-requirements"]
        }

    assert of(one).items() <= of(two).items()
    assert one["uuid"] != two["uuid"]
    assert one["components"][0]["uuid"] == two["components"][0]["uuid"]


def test_the_date_is_that_of_the_product_file_then_of_source_date_epoch_and_never_of_the_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.time", lambda: 1 / 0)
    stated, without = exchanged.hostile(tmp_path), exchanged.common()

    def modified(data: dict[str, Any], epoch: str | None) -> str:
        return str(json.loads(catalog(data, epoch=epoch))["catalog"]["metadata"]["last-modified"])

    assert modified(stated, "1700000000") == "2026-03-01T00:00:00Z"
    assert modified(without, "1700000000") == "2023-11-14T22:13:20Z"
    assert [modified(without, e) for e in (None, "", "soon", "9" * 30, "-1e9")] == [UNDATED] * 5


@pytest.mark.parametrize("form", WRITERS)
def test_the_same_data_give_the_same_bytes(form: str, tmp_path: Path) -> None:
    text = WRITERS[form](exchanged.hostile(tmp_path))
    assert text == WRITERS[form](exchanged.hostile(tmp_path))
    assert text.endswith("}\n")
    text.encode("utf-8")
    assert str(tmp_path) not in text


@pytest.mark.parametrize("text", exchanged.HOSTILE)
def test_what_authors_write_is_shown_as_it_stands(text: str) -> None:
    assert unescaped(escaped(text)) == text
    assert not re.search(r"(?<!\\)[<*`\[{]", escaped(text))
    assert escaped("CRA_ANX_I_P1_2_D") == "CRA_ANX_I_P1_2_D"


@pytest.mark.parametrize("form", WRITERS)
def test_nothing_calls_the_product_conforming_and_nothing_is_a_percentage(form: str) -> None:
    text = WRITERS[form](exchanged.common()).casefold()
    assert "complian" not in text
    assert "conform" not in text
    assert "%" not in text


def test_our_catalogue_comes_back_through_the_import(tmp_path: Path) -> None:
    from build import assessed, cra

    official = cra()
    path = tmp_path / "oscal-catalog.json"
    path.write_text(catalog(exchanged.data(assessed(catalogues=(official,)))), "utf-8")
    document = oscal.read(path, source="oscal-catalog.json")
    back = oscal.convert(document, oscal.Wanted(id="again", prefix="X_")).catalogue
    assert {(c.id, c.printed, c.title, c.parent) for c in back.clauses} == {
        (f"X_{c.id}", c.printed, c.title, f"X_{c.parent}" if c.parent else None) for c in official.clauses
    }


def test_clauses_that_are_above_each_other_are_all_there() -> None:
    data = exchanged.common()
    rows = {r["clause"]: r for r in data["rows"]}
    rows["LAW_A"]["parent"], rows["LAW_B"]["parent"] = "LAW_B", "LAW_A"
    text = catalog(data)
    found = [v["id"] for v in walk(json.loads(text)) if isinstance(v, dict) and "parts" in v]
    assert sorted(found) == sorted(rows)
    assert faults("catalog", text) == []


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("a b/ü.xml", "a%20b/%C3%BC.xml"),
        ("https://example.org/a?b=1&c=%20#d", "https://example.org/a?b=1&c=%20#d"),
        ("https://me:x@[::1]:80/a[0]#b#c", "https://me:x@[::1]:80/a%5B0%5D#b%23c"),
        ("https://exämple.org/100%|<x>", "https://ex%C3%A4mple.org/100%25%7C%3Cx%3E"),
        ("https://example.org:port/", "https%3A//example.org%3Aport/"),
        ("no scheme://x", "no%20scheme%3A//x"),
        ("javascript:alert(1)", "javascript%3Aalert%281%29"),
    ],
)
def test_an_address_is_a_uri_reference_whatever_its_author_wrote(said: str, written: str) -> None:
    data = exchanged.common()
    next(i for i in data["items"] if i["id"] == "EVID_NONE")["fields"]["url"] = said
    text = assessment_results(data)
    assert faults("assessment-results", text) == []
    resources = json.loads(text)["assessment-results"]["back-matter"]["resources"]
    assert [r["rlinks"][0]["href"] for r in resources if r["title"].endswith("EVID_NONE")] == [written]
