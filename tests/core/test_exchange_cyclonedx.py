"""CycloneDX attestations: they fit the schema, lead from requirement to evidence, and score nothing."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

import exchanged
from sphinx_cra.render.cyclonedx_attestation import attestation
from test_exchange_oscal import CASES, case, walk

if TYPE_CHECKING:
    from pathlib import Path


def fault(text: str) -> object:
    return JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)


@pytest.mark.parametrize("name", CASES)
def test_it_fits_the_schema(name: str, tmp_path: Path) -> None:
    assert fault(attestation(case(name, tmp_path))) is None


def test_the_schema_would_refuse_what_is_wrong() -> None:
    text = attestation(exchanged.common())
    assert fault(text.replace('"predicate"', '"predicates"'))


@pytest.mark.parametrize("name", CASES)
def test_every_reference_leads_somewhere_and_is_there_once(name: str, tmp_path: Path) -> None:
    bom = json.loads(attestation(case(name, tmp_path)))
    refs = Counter(v["bom-ref"] for v in walk(bom) if isinstance(v, dict) and "bom-ref" in v)
    assert set(refs.values()) <= {1}
    for record in (v for v in walk(bom) if isinstance(v, dict)):
        named: list[Any] = [record.get(k) for k in ("requirement", "target", "assessor", "parent")]
        for key in ("claims", "counterClaims", "evidence", "counterEvidence"):
            named += [v for v in record.get(key, []) if isinstance(v, str)]
        assert {n for n in named if n} <= refs.keys()


def mapped() -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    bom = json.loads(attestation(exchanged.common()))
    maps = {m["requirement"]: m for a in bom["declarations"]["attestations"] for m in a.get("map", [])}
    claims = {c["bom-ref"]: c for c in bom["declarations"]["claims"]}
    return bom, maps, claims


def test_a_requirement_leads_to_claims_and_these_to_evidence() -> None:
    _, maps, claims = mapped()
    assert maps["clause:LAW_B"]["claims"] == ["claim:REQ_A", "claim:CTRL_A"]
    assert "counterClaims" not in maps["clause:LAW_B"]
    assert claims["claim:CTRL_A"]["evidence"] == ["evidence:EVID_A"]
    assert claims["claim:CTRL_A"]["predicate"] == "CTRL_A, control: Title of CTRL_A"


def test_failed_evidence_counts_against_a_claim_and_a_gap_against_a_requirement() -> None:
    _, maps, claims = mapped()
    assert claims["claim:CTRL_F"]["counterEvidence"] == ["evidence:EVID_F"]
    assert "evidence" not in claims["claim:CTRL_F"]
    assert maps["clause:ISO_1"]["counterClaims"] == ["gap:ISO_1"]
    assert claims["gap:ISO_1"]["predicate"].startswith("ISO_1 is a gap: failed (1 of 1 implemented")
    assert maps["clause:STD_2"] == {"requirement": "clause:STD_2", "counterClaims": ["gap:STD_2"]}


def test_the_state_of_a_clause_is_a_property_of_the_requirement() -> None:
    bom, _, _ = mapped()
    found = {
        r["bom-ref"]: {p["name"]: p["value"] for p in r["properties"]}
        for s in bom["definitions"]["standards"]
        for r in s["requirements"]
    }
    states = {r["clause"]: r["state"] for r in exchanged.common()["rows"]}
    assert {c: found[f"clause:{c}"].get("sphinx-cra:state") for c in states} == states


def test_nothing_is_scored_and_the_product_is_called_nothing() -> None:
    text = attestation(exchanged.common())
    keys = {k for v in walk(json.loads(text)) if isinstance(v, dict) for k in v}
    assert keys.isdisjoint({"score", "conformance", "confidence", "affirmation", "signature"})
    assert "complian" not in text.casefold()
    assert "conform" not in text.casefold()
    assert "%" not in text


def test_the_same_data_give_the_same_bytes(tmp_path: Path) -> None:
    text = attestation(exchanged.hostile(tmp_path))
    assert text == attestation(exchanged.hostile(tmp_path))
    text.encode("utf-8")


def test_another_content_has_another_number() -> None:
    def number(data: dict[str, Any]) -> str:
        return str(json.loads(attestation(data))["serialNumber"])

    data = exchanged.common()
    before = number(data)
    assert before == number(exchanged.common())
    data["items"][0]["title"] = "Another"
    assert number(data) != before
