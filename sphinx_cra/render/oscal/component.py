"""The product as an OSCAL component: which requirement and which control of it stands for which clause.

A need and a clause are one implemented requirement; it says how far the need itself is, and as a
property in which state the clause is. A clause that nothing carries is not in here: a component
definition says what is there. The results have them all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sphinx_cra.render import exchange
from sphinx_cra.render.exchange import filled, outcome, uid
from sphinx_cra.render.oscal import CATALOG, metadata, props, prose, resource, words, written
from sphinx_cra.render.oscal.catalog import statement

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sphinx_cra.render.exchange import Data


def component_definition(data: Data, *, epoch: str | None = None) -> str:
    """The text of ``oscal-component.json``."""
    return written("component-definition", _Writer(data).body(exchange.moment(data, epoch)))


def described(data: Data) -> dict[str, Any]:
    """The product, as every file of ours has it that defines it."""
    product = data["product"] or {}
    return {
        "uuid": uid("component", exchange.product_name(data)),
        "type": "hardware" if product.get("hardware") else "software",
        "title": words(exchange.product_name(data)),
        "description": prose(product.get("description"), "No product file describes it."),
    }


class _Writer:
    def __init__(self, data: Data) -> None:
        self.data = data
        self.items = exchange.items(data)
        self.verdicts = exchange.verdicts(data)
        self.proof = exchange.proof_of(data)

    def body(self, moment: str) -> dict[str, Any]:
        product = self.data["product"] or {}
        name = exchange.product_name(self.data)
        implementations = [
            {
                "uuid": uid("implementation", name, catalogue["id"]),
                "source": CATALOG,
                "description": words(f"What {name} has for clauses of {catalogue['title']}."),
                "props": props({"framework": catalogue["id"]}),
                "implemented-requirements": found,
            }
            for catalogue, rows in exchange.rows_of(self.data)
            if (found := [r for row in rows for r in self._implemented(row)])
        ]
        component = {
            **described(self.data),
            "purpose": words(product.get("intended_purpose"), ""),
            "props": props({"release": product.get("release"), "identification": product.get("type")}),
            "control-implementations": implementations,
        }
        evidence = [
            resource(i, self.verdicts.get(i["id"])) for i in self.data["items"] if i["kind"] == "evidence"
        ]
        return filled(
            {
                "metadata": metadata(self.data, f"Component definition of {name}", moment),
                "components": [filled(component)],
                "back-matter": {"resources": evidence} if evidence else {},
            }
        )

    def _implemented(self, row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """An implemented requirement for every need that stands for a clause."""
        clause = row["clause"]
        named = exchange.unique([*exchange.carriers(row), *row["exclusions"]])
        for item in (self.items[n] for n in named if n in self.items):
            proof = self.proof.get(item["id"], [])
            said = props(
                {
                    "item": item["id"],
                    "kind": item["kind"],
                    "status": item["status"],
                    "clause-state": row["state"],
                    "applies": "no" if item["kind"] == "exclusion" else "",
                    "evidence": proof,
                    "evidence-valid": [e for e in proof if outcome(self.verdicts, e) == "valid"],
                }
            )
            about = words(item["title"])
            yield {
                "uuid": uid("implemented", clause, item["id"]),
                "control-id": clause,
                "description": about,
                "props": said,
                "statements": [
                    filled(
                        {
                            "statement-id": statement(clause),
                            "uuid": uid("statement", clause, item["id"]),
                            "description": prose(item["content"], about),
                            "props": props({"item": item["id"]}),
                            "links": [
                                {"href": f"#{uid('resource', e)}", "rel": "evidence"}
                                for e in proof
                                if e in self.items
                            ],
                        }
                    )
                ],
            }
