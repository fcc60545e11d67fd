"""What the exchange formats share: stable names, one moment, and text that each of them can hold.

They are made from the data of ``assessment.json`` and of nothing else, so that a file that a build
wrote years ago can still be handed to another tool. Nothing here asks the clock.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import uuid
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    Data = Mapping[str, Any]

NAMESPACE = uuid.UUID("6f1c1f5e-2d1b-5b53-9b0e-6f0d7d1d2c1a")
"""Of all our UUIDs; never changes, so that an item has the same one in every release."""
UNDATED = "1980-01-01T00:00:00Z"
"""Stands where neither the product file nor ``SOURCE_DATE_EPOCH`` says a date."""
MARKER = "https://sphinx-cra.readthedocs.io/ns/exchange"
"""Namespace of the properties that are ours; an identifier, nothing has to be there."""
NOT_CLAIMED = (
    "States say what the documentation of the product traces and what its evidence shows. That the product "
    "meets the law or a standard is for people to judge; nothing in this file says so. Titles are in our "
    "own words; only the Official Journal and the published standards are authentic."
)

# What XML 1.0 cannot hold, and what JSON cannot be encoded with.
_BROKEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def moment(data: Data, epoch: str | None = None) -> str:
    """When the file was drawn up: as the product file says, else as ``SOURCE_DATE_EPOCH`` does.

    :param epoch: the value of ``SOURCE_DATE_EPOCH``; what is no number of seconds counts as none.
    """
    document = (data["product"] or {}).get("document") or {}
    with contextlib.suppress(ValueError):
        return f"{dt.date.fromisoformat(str(document.get('date') or ''))}T00:00:00Z"
    try:
        at = dt.datetime.fromtimestamp(int(epoch or ""), tz=dt.UTC)
    except (ValueError, OverflowError, OSError):
        return UNDATED
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at.year > 1900 else UNDATED


def uid(*parts: str) -> str:
    """A UUID that the same parts always have."""
    return str(uuid.uuid5(NAMESPACE, "\x1f".join(parts).encode("utf-8", "replace").decode()))


def text(value: object) -> str:
    """Text without the characters that no XML can hold; lines end as in Unix."""
    found = str(value or "").replace("\r\n", "\n").replace("\r", "\n")
    return _BROKEN.sub("\ufffd", found)


def line(value: object, otherwise: str = "not stated") -> str:
    """Text in one line, and never none."""
    return " ".join(text(value).split()) or otherwise


def product_name(data: Data) -> str:
    """The name of the product."""
    return line((data["product"] or {}).get("name"), "Product without a product file")


def product_release(data: Data) -> str:
    """The release of the product."""
    return line((data["product"] or {}).get("release"))


def manufacturer(data: Data) -> str:
    """The name of the manufacturer; empty where nobody is named."""
    return line(((data["product"] or {}).get("manufacturer") or {}).get("name"), "")


def items(data: Data) -> dict[str, Mapping[str, Any]]:
    """The items by their ids."""
    return {i["id"]: i for i in data["items"]}


def verdicts(data: Data) -> dict[str, Mapping[str, Any]]:
    """The verdicts by the ids of their evidence."""
    return {v["item"]: v for v in data["verdicts"]}


def outcome(verdicts: Mapping[str, Mapping[str, Any]], evidence: str) -> str:
    """What a piece of evidence shows."""
    return str(verdicts[evidence]["outcome"]) if evidence in verdicts else "unchecked"


def rows_of(data: Data) -> Iterator[tuple[Mapping[str, Any], list[Mapping[str, Any]]]]:
    """Each catalogue, and its rows."""
    rows: dict[str, list[Mapping[str, Any]]] = {c["id"]: [] for c in data["catalogues"]}
    for row in data["rows"]:
        rows[row["framework"]].append(row)
    for catalogue in data["catalogues"]:
        yield catalogue, rows[catalogue["id"]]


def carriers(row: Mapping[str, Any]) -> list[str]:
    """What carries a clause, and what implements that: each item once, in the order of the row."""
    return list(dict.fromkeys([*row["carriers"], *row["controls"]]))


def proof_of(data: Data) -> dict[str, list[str]]:
    """Item or clause -> evidence that verifies it itself."""
    found: dict[str, list[str]] = {}
    for item in data["items"]:
        for target in item["links"].get("verifies", ()):
            if item["kind"] == "evidence":
                found.setdefault(target, []).append(item["id"])
    return found


def standing(row: Mapping[str, Any]) -> str:
    """The state with its counts: ``planned (3 of 4 implemented, 3 of 4 proven)``."""
    total = len(row["carriers"])
    counts = f" ({row['implemented']} of {total} implemented, {row['proven']} of {total} proven)"
    return f"{row['state'] or 'no state'}{counts if total else ''}"


def evidence_said(item: Mapping[str, Any], verdict: Mapping[str, Any]) -> str:
    """What a piece of evidence is and what it shows, in sentences."""
    said = [line(item["content"], ""), f"Outcome: {verdict['outcome']}.", line(verdict["reason"], "")]
    return " ".join(filter(None, said))


def filled(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record without what says nothing."""
    return {k: v for k, v in record.items() if v not in (None, "", [], {})}


def unique(values: Iterable[str]) -> list[str]:
    """Each value once, in order."""
    return list(dict.fromkeys(values))
