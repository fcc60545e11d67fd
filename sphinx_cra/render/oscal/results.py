"""The assessment as OSCAL assessment results: a finding for each clause, an observation for each evidence.

OSCAL knows two states of an objective. Ours is that everything that carries a clause is proven by
valid evidence: what is *verified* satisfies that objective, everything else does not, and the state
itself stands beside it. An objective of ours is satisfied, and never a clause of the law.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sphinx_cra.render import exchange
from sphinx_cra.render.exchange import filled, uid
from sphinx_cra.render.oscal import CATALOG, COMPONENT, address, metadata, props, resource, words, written
from sphinx_cra.render.oscal.catalog import objective
from sphinx_cra.render.oscal.component import described

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sphinx_cra.render.exchange import Data

PLAN = (
    "Every clause of the catalogues that asks something of the manufacturer is set against the needs of the "
    "documentation, and every piece of evidence is read by a program; no person assessed anything."
)
_NO_PLAN = "There is no assessment plan in OSCAL; the resource says how states and verdicts are decided."
_STATUS = {"state": "other", "remarks": "Whether it is in operation is not looked at."}
_TESTS = frozenset({"junit", "coverage", "drill"})


def assessment_results(data: Data, *, epoch: str | None = None) -> str:
    """The text of ``oscal-results.json``."""
    return written("assessment-results", _Writer(data, exchange.moment(data, epoch)).body())


class _Writer:
    def __init__(self, data: Data, moment: str) -> None:
        self.data = data
        self.moment = moment
        self.items = exchange.items(data)
        self.verdicts = exchange.verdicts(data)
        self.product = described(data)

    def body(self) -> dict[str, Any]:
        name = exchange.product_name(self.data)
        rows = [r for _, found in exchange.rows_of(self.data) for r in found]
        stated = [r for r in rows if r["state"]]
        plan = uid("plan", name)
        evidence = [i for i in self.data["items"] if i["kind"] == "evidence"]
        result = {
            "uuid": uid("result", name, exchange.product_release(self.data), self.moment),
            "title": words(f"What the documentation of {name} traces and its evidence shows"),
            "description": PLAN,
            "start": self.moment,
            "props": self._totals(),
            "local-definitions": {"components": [{**self.product, "status": _STATUS}]},
            "reviewed-controls": {"control-selections": [_reviewed(stated)]},
            "observations": [self._observation(i) for i in evidence],
            "findings": [self._finding(r) for r in stated if r["state"] != "excluded"],
        }
        resources = [
            {"uuid": plan, "title": "How states and verdicts are decided", "description": PLAN},
            {
                "uuid": uid("resource", "catalog file"),
                "title": "The clauses that are referred to",
                "rlinks": [{"href": CATALOG}],
            },
            {
                "uuid": uid("resource", "component file"),
                "title": "The product that was looked at",
                "rlinks": [{"href": COMPONENT}],
            },
            *(resource(i, self.verdicts.get(i["id"])) for i in evidence),
        ]
        return {
            "metadata": metadata(self.data, f"Assessment results of {name}", self.moment),
            "import-ap": {"href": f"#{plan}", "remarks": _NO_PLAN},
            "results": [filled(result)],
            "back-matter": {"resources": resources},
        }

    def _totals(self) -> list[dict[str, str]]:
        """Counts of each framework, of items and of verdicts, as the assessment has them."""
        totals = self.data["totals"]
        found = []
        for name, total in totals["catalogues"].items():
            counts = {f"total-{k}": str(total[k]) for k in ("clauses", "asked", "counted", "gaps")}
            states = {f"total-{state}": str(n) for state, n in total["states"].items()}
            found += props({**counts, **states}, group=name)
        found += props({f"items-{k}": str(n) for k, n in totals["items"].items()})
        return found + props({f"verdicts-{k}": str(n) for k, n in totals["evidence"].items()})

    def _finding(self, row: Mapping[str, Any]) -> dict[str, Any]:
        clause = row["clause"]
        satisfied = row["state"] == "verified"
        status = {"state": "satisfied"} if satisfied else {"state": "not-satisfied", "reason": "other"}
        way_out = f" What would close it: {exchange.line(row['way_out'])}." if row["way_out"] else ""
        return filled(
            {
                "uuid": uid("finding", clause),
                "title": words(f"{row['printed']}: {row['state']}"),
                "description": words(f"{row['reason']}{way_out}"),
                "props": props(
                    {
                        "framework": row["framework"],
                        "clause": clause,
                        "state": row["state"],
                        "counted": "yes" if row["counted"] else "no",
                        "gap": "yes" if row["gap"] else "no",
                        "carriers": str(len(row["carriers"])),
                        "implemented": str(row["implemented"]),
                        "proven": str(row["proven"]),
                        "carried-by": row["carriers"],
                        "risk": row["risks"],
                        "remaining": [str(r["text"]) for r in row["remaining"]],
                    }
                ),
                "target": {
                    "type": "objective-id",
                    "target-id": objective(clause),
                    "status": {**status, "remarks": words(exchange.standing(row))},
                },
                "related-observations": [
                    {"observation-uuid": uid("observation", e)} for e in row["evidence"] if e in self.items
                ],
            }
        )

    def _observation(self, item: Mapping[str, Any]) -> dict[str, Any]:
        verdict = self.verdicts.get(item["id"]) or {
            "outcome": "unchecked",
            "reason": "It was not looked at.",
            "artefacts": [],
            "date": "",
            "tool": "",
            "subject": "",
            "valid_until": "",
            "counts": {},
        }
        until = verdict["valid_until"]
        return filled(
            {
                "uuid": uid("observation", item["id"]),
                "title": words(item["title"]),
                "description": words(exchange.evidence_said(item, verdict)),
                "props": props(
                    {
                        "item": item["id"],
                        "outcome": verdict["outcome"],
                        "reason": verdict["reason"],
                        "kind": item["fields"].get("kind"),
                        "tool": verdict["tool"],
                        "date": verdict["date"],
                        "subject": verdict["subject"],
                        "valid-until": until,
                        "verifies": item["links"].get("verifies", []),
                        **{f"count-{k}": str(n) for k, n in verdict["counts"].items() if k.isidentifier()},
                    }
                ),
                "methods": ["TEST" if item["fields"].get("kind") in _TESTS else "EXAMINE"],
                "subjects": [{"subject-uuid": self.product["uuid"], "type": "component"}],
                "relevant-evidence": [
                    {
                        "href": address(a["path"]),
                        "description": words(f"{a['path']}, {a['size']} bytes"),
                        "props": props({"sha256": a["sha256"]}),
                    }
                    for a in verdict["artefacts"]
                ],
                "collected": self.moment,
            }
        )


def _reviewed(stated: list[Mapping[str, Any]]) -> dict[str, Any]:
    """The clauses that were looked at; what is declared not applicable is left out of them."""
    chosen = [{"control-id": r["clause"]} for r in stated if r["state"] != "excluded"]
    left = [{"control-id": r["clause"]} for r in stated if r["state"] == "excluded"]
    if not chosen and not left:
        return {"description": "No loaded catalogue asks anything.", "include-all": {}}
    return filled({"include-controls": chosen, "exclude-controls": left})
