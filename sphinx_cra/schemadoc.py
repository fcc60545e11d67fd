"""A JSON Schema as reference pages show it: every field with its values and its description.

``python -m sphinx_cra.schemadoc cra.schema.json docs/product-file.md`` rewrites what stands between
the two markers of the page.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx_cra.datafile import plain, schema_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

BEGIN = "<!-- fields: written from the schema -->"
END = "<!-- fields: end -->"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One key that a file may hold."""

    path: str
    """``standards[].parts``."""
    description: str
    values: str
    """What may stand there, in words or as ``code`` in Markdown."""
    required: bool


def fields(name: str) -> tuple[Field, ...]:
    """The fields of one of our schemas, in its order, each before those inside it."""
    schema = json.loads(schema_text(name))
    return tuple(_fields(schema, schema["$defs"], ""))


def _fields(schema: Mapping[str, Any], defs: Mapping[str, Any], path: str) -> Iterator[Field]:
    for key, stated in schema.get("properties", {}).items():
        part = _resolved(stated, defs)
        inner = _resolved(part.get("items", {}), defs)
        here = f"{path}.{key}" if path else key
        yield Field(
            path=here,
            description=part.get("description", ""),
            values=_values(part, inner),
            required=key in schema.get("required", ()),
        )
        yield from _fields(part, defs, here)
        yield from _fields(inner, defs, f"{here}[]")


def _resolved(schema: Mapping[str, Any], defs: Mapping[str, Any]) -> dict[str, Any]:
    """The schema with what it refers to, its own words first."""
    target = defs[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else {}
    return {**target, **schema}


_WORDS = {"string": "text", "integer": "whole number", "number": "number", "boolean": "`true` or `false`"}


def _values(schema: Mapping[str, Any], inner: Mapping[str, Any]) -> str:
    if "enum" in schema and "title" not in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"] if value is not None)
    stated = schema.get("type", ())
    kind = next((t for t in ([stated] if isinstance(stated, str) else stated) if t != "null"), "")
    if kind == "array":
        return f"list: {_values(inner, {})}"
    if kind == "object" and "title" not in schema:
        return "fields below"
    text = schema.get("title") or _WORDS.get(kind, kind)
    example = next(iter(schema.get("examples", ())), None)
    if not isinstance(example, str):
        return text
    written = example if isinstance(plain(example), str) else json.dumps(example)
    return f"{text}, as `{written}`"


def markdown(name: str) -> str:
    """A section for each block of the file, with a table of its fields."""
    blocks: dict[str, list[Field]] = {}
    for entry in fields(name):
        blocks.setdefault(entry.path.partition(".")[0].removesuffix("[]"), []).append(entry)
    return "\n".join(_section(top, inside) for top, *inside in blocks.values())


def _section(top: Field, inside: Sequence[Field]) -> str:
    need = " Required." if top.required else ""
    rows = ["| Field | Holds | Values |", "| --- | --- | --- |"] if inside else [f"Holds: {top.values}.", ""]
    for entry in inside:
        star = " (required)" if entry.required else ""
        rows.append(f"| `{entry.path.partition('.')[2]}`{star} | {entry.description} | {entry.values} |")
    return "\n".join([f"## `{top.path}`", "", f"{top.description}{need}", "", *rows, ""])


def refreshed(page: str, name: str) -> str:
    """A page whose part between the markers is as the schema has it."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{markdown(name)}\n{END}{after}"


if __name__ == "__main__":
    _schema, _page = sys.argv[1], Path(sys.argv[2])
    _page.write_text(refreshed(_page.read_text("utf-8"), _schema), "utf-8")
