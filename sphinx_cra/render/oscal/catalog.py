"""The loaded catalogues as one OSCAL catalogue: ids, citations and our titles, no wording.

A clause has a statement and an objective without or with words of ours, because the other files
point at them: the objective says what *we* look at, which is the trace and never the product.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sphinx_cra.render import exchange
from sphinx_cra.render.exchange import filled
from sphinx_cra.render.oscal import address, metadata, props, token, words, written

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sphinx_cra.render.exchange import Data

OBJECTIVE = "Everything that carries this clause in the documentation is proven by valid evidence."


_DEEPEST = 20
"""Clauses above one another; a file whose clauses are above themselves has no end."""


def statement(clause: str) -> str:
    """Id of the statement of a clause."""
    return f"{clause}_smt"


def objective(clause: str) -> str:
    """Id of the objective of a clause."""
    return f"{clause}_obj"


def catalog(data: Data, *, epoch: str | None = None) -> str:
    """The text of ``oscal-catalog.json``."""
    groups = [_framework(c, rows) for c, rows in exchange.rows_of(data)]
    body = {
        "metadata": metadata(data, "Clauses that the assessment refers to", exchange.moment(data, epoch)),
        "groups": groups,
    }
    return written("catalog", filled(body))


def _framework(catalogue: Mapping[str, Any], rows: list[Mapping[str, Any]]) -> dict[str, Any]:
    name = token(catalogue["id"])
    controls = {r["clause"]: _control(r) for r in rows}
    parents = {r["clause"]: r["parent"] for r in rows}
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        parent = row["parent"] if _is_below(row["clause"], parents) else None
        home = controls[parent].setdefault("controls", []) if parent else groups.setdefault(row["group"], [])
        home.append(controls[row["clause"]])
    titles = {g["id"]: g["title"] for g in catalogue["groups"]}
    return filled(
        {
            "id": name,
            "title": words(catalogue["title"]),
            "props": props(
                {
                    "framework": catalogue["id"],
                    "short": catalogue["short"],
                    "edition": catalogue["edition"],
                    "publisher": catalogue["publisher"],
                }
            ),
            "links": _link(catalogue["url"]),
            "controls": groups.pop("", []),
            "groups": [
                {"id": f"{name}.{token(g)}", "title": words(titles.get(g, g)), "controls": controls}
                for g, controls in groups.items()
            ],
        }
    )


def _is_below(clause: str, parents: Mapping[str, str | None]) -> bool:
    """Whether a clause can stand inside its parent: that is there, and above it there is an end."""
    above = parents[clause]
    if above not in parents:
        return False
    for _ in range(_DEEPEST):
        if above is None or above not in parents:
            return True
        above = parents[above]
    return False


def _control(row: Mapping[str, Any]) -> dict[str, Any]:
    clause = row["clause"]
    parts: list[dict[str, Any]] = [{"id": statement(clause), "name": "statement"}]
    if row["asked"] or row["state"]:
        parts.append({"id": objective(clause), "name": "assessment-objective", "prose": OBJECTIVE})
    return filled(
        {
            "id": clause,
            "title": words(row["title"]),
            "props": [
                {"name": "label", "value": exchange.line(row["printed"])},
                *props({"force": row["force"], "addressee": row["addressees"]}),
            ],
            "links": _link(row["url"]),
            "parts": parts,
        }
    )


def _link(url: str | None) -> list[dict[str, str]]:
    return (
        [{"href": address(url), "rel": "canonical"}]
        if url and url.startswith(("https://", "http://"))
        else []
    )
