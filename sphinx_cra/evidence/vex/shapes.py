"""How the schemas of the formats are written here: small pieces, put together to JSON Schema.

What a format demands is in the module of that format.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from jsonschema import Draft202012Validator, FormatChecker

from sphinx_cra.evidence.vex.model import is_date_time

Shape: TypeAlias = Any
"""A JSON Schema."""

TEXT: Shape = {"type": "string"}
FILLED: Shape = {"type": "string", "minLength": 1}
WHEN: Shape = {"type": "string", "format": "date-time"}
ANY: Shape = {}


def one_of(*words: str) -> Shape:
    """One of some words."""
    return {"enum": list(words)}


def like(pattern: str) -> Shape:
    """Text that a pattern matches."""
    return {"type": "string", "pattern": pattern}


def many(items: Shape, least: int = 1) -> Shape:
    """A list."""
    return {"type": "array", "items": items, "minItems": least}


def of(needed: str = "", *, closed: bool = False, least: int = 0, **properties: Any) -> Shape:
    """An object.

    :param needed: names of the properties that must be there, between spaces.
    :param closed: whether other properties are refused.
    """
    shape: dict[str, Any] = {"type": "object", "required": needed.split(), "properties": properties}
    if closed:
        shape["additionalProperties"] = False
    if least:
        shape["minProperties"] = least
    return shape


def validator(shape: Shape) -> Draft202012Validator:
    """Checks values, and dates and times among them, against a shape."""
    formats = FormatChecker(formats=())
    formats.checks("date-time")(is_date_time)
    return Draft202012Validator(shape, format_checker=formats)
