"""CycloneDX 1.6 attestations of an assessment: frameworks as standards, what carries a clause as claims.

A requirement of a standard is mapped to claims, and claims to evidence. A gap is a counter claim. The
format can hold a score of conformance and one of confidence: neither is written, because no count of
ours measures either. The file holds no component but the product; it is no bill of materials.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from sphinx_cra.render import exchange
from sphinx_cra.render.exchange import filled, line, outcome, uid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sphinx_cra.render.exchange import Data

NAME = "cyclonedx-attestation.json"
_COUNTER = frozenset({"failed", "altered"})
"""Outcomes that show the opposite of what is claimed."""


def attestation(data: Data, *, epoch: str | None = None) -> str:
    """The text of ``cyclonedx-attestation.json``."""
    bom = _Writer(data).bom(exchange.moment(data, epoch))
    # Its number follows from everything else in it: what says something else is another document.
    digest = hashlib.sha256(json.dumps(bom, sort_keys=True).encode()).hexdigest()
    head = {key: bom.pop(key) for key in ("$schema", "bomFormat", "specVersion")}
    numbered = {**head, "serialNumber": f"urn:uuid:{uid('attestation', digest)}", **bom}
    return json.dumps(numbered, ensure_ascii=False, indent=1) + "\n"


class _Writer:
    def __init__(self, data: Data) -> None:
        self.data = data
        self.items = exchange.items(data)
        self.verdicts = exchange.verdicts(data)
        self.proof = exchange.proof_of(data)
        self.name = exchange.product_name(data)

    def bom(self, moment: str) -> dict[str, Any]:
        release = (self.data["product"] or {}).get("release")
        product = filled({"type": "application", "name": self.name, "version": line(release, "")})
        if (self.data["product"] or {}).get("hardware"):
            product["type"] = "device"
        rows = [r for r in self.data["rows"] if r["state"]]
        maker = exchange.manufacturer(self.data) or "Not stated"
        declarations = {
            "assessors": [
                {"bom-ref": "assessor", "thirdParty": False, "organization": {"name": maker}},
            ],
            "attestations": [
                filled(
                    {
                        "summary": f"{line(catalogue['title'])}: what the documentation traces. "
                        f"{exchange.NOT_CLAIMED}",
                        "assessor": "assessor",
                        "map": [self._mapped(r) for r in found if r["state"]],
                    }
                )
                for catalogue, found in exchange.rows_of(self.data)
            ],
            "claims": [*self._claims(rows), *self._counter_claims(rows)],
            "evidence": [self._evidence(i) for i in self.data["items"] if i["kind"] == "evidence"],
            "targets": {"components": [{"bom-ref": "product", **product}]},
        }
        return {
            "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "version": 1,
            "metadata": {
                "timestamp": moment,
                "tools": {"components": [{"type": "application", "name": line(self.data["generator"])}]},
                "component": product,
            },
            "declarations": filled(declarations),
            "definitions": {"standards": [_standard(c, found) for c, found in exchange.rows_of(self.data)]},
        }

    def _mapped(self, row: Mapping[str, Any]) -> dict[str, Any]:
        named = [n for n in (*exchange.carriers(row), *row["exclusions"]) if n in self.items]
        return filled(
            {
                "requirement": _clause(row["clause"]),
                "claims": [f"claim:{n}" for n in exchange.unique(named)],
                "counterClaims": [_gap(row["clause"])] if row["gap"] else [],
            }
        )

    def _claims(self, rows: list[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
        """What the needs say that stand for clauses, each once, and what proves it."""
        named = (n for r in rows for n in (*exchange.carriers(r), *r["exclusions"]))
        for item in (self.items[n] for n in exchange.unique(named) if n in self.items):
            proof = [e for e in self.proof.get(item["id"], []) if e in self.items]
            counter = [e for e in proof if outcome(self.verdicts, e) in _COUNTER]
            valid = [e for e in proof if outcome(self.verdicts, e) == "valid"]
            yield filled(
                {
                    "bom-ref": f"claim:{item['id']}",
                    "target": "product",
                    "predicate": f"{item['id']}, {item['kind']}: {line(item['title'])}",
                    "reasoning": exchange.text(item["content"]),
                    "evidence": [f"evidence:{e}" for e in valid],
                    "counterEvidence": [f"evidence:{e}" for e in counter],
                }
            )

    def _counter_claims(self, rows: list[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
        for row in rows:
            if row["gap"]:
                yield filled(
                    {
                        "bom-ref": _gap(row["clause"]),
                        "target": "product",
                        "predicate": f"{row['clause']} is a gap: {exchange.standing(row)}",
                        "reasoning": line(row["reason"], ""),
                    }
                )

    def _evidence(self, item: Mapping[str, Any]) -> dict[str, Any]:
        verdict = self.verdicts.get(item["id"]) or {"outcome": "unchecked", "reason": "", "artefacts": []}
        data: list[dict[str, Any]] = [
            {"name": "outcome", "contents": {"attachment": {"content": verdict["outcome"]}}},
            *(
                {
                    "name": line(a["path"]),
                    "contents": {"attachment": {"content": f"sha256 {a['sha256']}, {a['size']} bytes"}},
                }
                for a in verdict["artefacts"]
            ),
        ]
        return {
            "bom-ref": f"evidence:{item['id']}",
            "description": f"{line(item['title'])}. {exchange.evidence_said(item, verdict)}",
            "data": data,
        }


def _clause(clause: str) -> str:
    return f"clause:{clause}"


def _gap(clause: str) -> str:
    return f"gap:{clause}"


def _standard(catalogue: Mapping[str, Any], rows: list[Mapping[str, Any]]) -> dict[str, Any]:
    known = {r["clause"] for r in rows}
    return filled(
        {
            "bom-ref": f"standard:{catalogue['id']}",
            "name": line(catalogue["title"]),
            "version": line(catalogue["edition"], ""),
            "description": line(catalogue["note"], ""),
            "owner": line(catalogue["publisher"], ""),
            "requirements": [
                filled(
                    {
                        "bom-ref": _clause(r["clause"]),
                        "identifier": line(r["printed"]),
                        "title": line(r["title"]),
                        "parent": _clause(r["parent"]) if r["parent"] in known else "",
                        "properties": _properties(r),
                    }
                )
                for r in rows
            ],
        }
    )


def _properties(row: Mapping[str, Any]) -> list[dict[str, str]]:
    """What the trace shows for a clause; the map of an attestation has no place for it."""
    said = {"clause": row["clause"], "asked": "yes" if row["asked"] else "no"}
    if row["state"]:
        said |= {"state": row["state"], "counted": "yes" if row["counted"] else "no"}
        said |= {"reason": line(row["reason"], "")}
    return [{"name": f"sphinx-cra:{k}", "value": v} for k, v in said.items() if v]
