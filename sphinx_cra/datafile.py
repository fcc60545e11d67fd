"""Reading a YAML file that people write, so that every fault names its line.

Knows YAML and JSON Schema and nothing of what is in the file. All faults of a file are
reported at once, each with its line and its path inside the file. Equal keys in one mapping
are refused, and so are aliases: none of our files needs one, and a few lines of them can
stand for gigabytes. Scalars are read as YAML 1.2 reads them: ``no`` is a word, ``3.10`` in
a place that wants text is a fault and not ``3.1``, and a date stays the text that was written.
"""

from __future__ import annotations

import difflib
import functools
import json
import re
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from jsonschema import Draft202012Validator

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jsonschema.exceptions import ValidationError

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 64

Route = tuple[str | int, ...]
"""Where a value stands in its file: ``("clauses", 3, "title")``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong in a file."""

    message: str
    line: int | None = None
    route: Route = ()

    def __str__(self) -> str:
        where = ".".join(str(step) for step in self.route)
        return f"{where}: {self.message}" if where else self.message


class DataError(Exception):
    """A file that we cannot use, and everything that is wrong with it.

    :param source: the file, relative to the project where it lies inside it.
    :param faults: at least one.
    """

    def __init__(self, source: str, faults: Iterable[Fault]) -> None:
        self.source = source
        self.faults = tuple(sorted(faults, key=lambda f: (f.line or 0, str(f))))
        super().__init__("\n".join(self.lines()))

    def lines(self) -> tuple[str, ...]:
        """One line a fault: ``cra.yaml:12: product.class: ...``."""
        return tuple(f"{self.source}:{f.line}: {f}" if f.line else f"{self.source}: {f}" for f in self.faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFile:
    """What a file holds, and on which line each part of it begins."""

    source: str
    data: Any
    lines: Mapping[Route, int]

    def line(self, *route: str | int) -> int | None:
        """Line of the value at ``route``, or of the nearest thing around it."""
        for end in range(len(route), -1, -1):
            if (found := self.lines.get(route[:end])) is not None:
                return found
        return None

    def fault(self, message: str, *route: str | int) -> Fault:
        """A fault at ``route``."""
        return Fault(message=message, line=self.line(*route), route=route)


def load(path: Path, *, source: str, schema: str | None = None) -> DataFile:
    """The contents of a YAML file, valid against one of our schemas.

    :param source: how messages name the file.
    :param schema: file name in ``schemas/``.
    :raises DataError: naming every fault.
    """
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise DataError(source, [Fault(message=f"{size} bytes are more than the {MAX_BYTES} we read")])
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(source, [Fault(message=f"not UTF-8 (byte {error.start})")]) from error
    except OSError as error:
        raise DataError(source, [Fault(message=error.strerror or str(error))]) from error
    return parse(text, source=source, schema=schema)


def parse(text: str, *, source: str, schema: str | None = None) -> DataFile:
    """Like :func:`load`, from text."""
    builder = _Builder()
    try:
        data = builder.build(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = " ".join(filter(None, (error.context, error.problem)))
        line = mark.line + 1 if mark else None
        raise DataError(source, [Fault(message=f"not YAML: {message}", line=line)]) from error
    except yaml.YAMLError as error:
        raise DataError(source, [Fault(message=f"not YAML: {error}")]) from error
    except RecursionError as error:
        raise DataError(source, [Fault(message=f"nested more than {MAX_DEPTH} deep")]) from error
    file = DataFile(source=source, data=data, lines=builder.lines)
    faults = list(builder.faults)
    if schema is not None and not faults:
        faults.extend(_violations(file, schema))
    if faults:
        raise DataError(source, faults)
    return file


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Scalars as in YAML 1.2 core, without its exotic numbers; dates stay text."""

    yaml_implicit_resolvers: dict[str, Any] = {}


for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"[-+]?[0-9]+", list("-+0123456789")),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", list("-+.0123456789")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), _first)


class _Builder:
    """Plain data from a YAML text, with the line of every value."""

    def __init__(self) -> None:
        self.lines: dict[Route, int] = {}
        self.faults: list[Fault] = []
        self._seen: set[int] = set()

    def build(self, text: str) -> Any:
        loader = _Loader(text)
        try:
            root = loader.get_single_node()
            return None if root is None else self._value(loader, root, ())
        finally:
            loader.dispose()

    def _value(self, loader: _Loader, node: yaml.Node, route: Route) -> Any:
        line = node.start_mark.line + 1
        if len(route) > MAX_DEPTH:
            raise RecursionError
        if id(node) in self._seen:  # an alias: the same node a second time
            message = "an alias (*name) is not allowed here: write the value out"
            self.faults.append(Fault(message=f"{message}; its anchor is on line {line}", route=route))
            return None
        self._seen.add(id(node))
        self.lines.setdefault(route, line)
        match node:
            case yaml.MappingNode():
                return self._mapping(loader, node, route)
            case yaml.SequenceNode():
                return [self._value(loader, child, (*route, n)) for n, child in enumerate(node.value)]
            case _:
                return loader.construct_object(node)

    def _mapping(self, loader: _Loader, node: yaml.MappingNode, route: Route) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "?"
            line = key_node.start_mark.line + 1
            if key in result:
                message = f"given twice, first on line {self.lines[(*route, key)]}"
                self.faults.append(Fault(message=message, line=line, route=(*route, key)))
                continue
            self.lines[(*route, key)] = line
            result[key] = self._value(loader, value_node, (*route, key))
        return result


@functools.cache
def schema_text(name: str) -> str:
    """One of our JSON Schemas; they lie in ``schemas/`` and travel in the wheel."""
    packaged = resources.files("sphinx_cra") / "schemas" / name
    if packaged.is_file():
        return packaged.read_text("utf-8")
    return (Path(__file__).parent.parent / "schemas" / name).read_text("utf-8")


@functools.cache
def validator(name: str) -> Draft202012Validator:
    """A validator for one of our schemas."""
    return Draft202012Validator(json.loads(schema_text(name)))


def _violations(file: DataFile, schema: str) -> Iterator[Fault]:
    for error in validator(schema).iter_errors(file.data):
        yield from _faults(file, error)


def _faults(file: DataFile, error: ValidationError) -> Iterator[Fault]:
    route: Route = tuple(error.absolute_path)
    schema: Any = error.schema
    value: Any = error.instance
    match error.validator:
        case "additionalProperties" if isinstance(value, dict):
            known = sorted(schema.get("properties", {}))
            for key in sorted(set(value) - set(known)):
                near = nearest(key, known)
                hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
                yield file.fault(f"unknown key; {hint}", *route, key)
        case "required" if isinstance(value, dict):
            for key in schema["required"]:
                if key not in value and f"{key!r} is a required" in error.message:
                    yield file.fault(f"{key!r} is required here", *route)
        case "enum":
            allowed = [str(v) for v in schema["enum"]]
            near = nearest(str(value), allowed)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            yield file.fault(f"{_short(value)} is not one of {', '.join(allowed)}{hint}", *route)
        case "type":
            wanted = schema["type"] if isinstance(schema["type"], str) else " or ".join(schema["type"])
            quote = wanted == "string" and isinstance(value, int | float)
            hint = "; put it in quotes" if quote else ""
            yield file.fault(f"{_short(value)} is not a {wanted}{hint}", *route)
        case "pattern" | "format" if "description" in schema:
            yield file.fault(f"{_short(value)} does not fit: {schema['description']}", *route)
        case _:
            yield file.fault(_short(error.message, 300), *route)


def nearest(word: str, known: Iterable[str], *, n: int = 3) -> list[str]:
    """Known words that ``word`` is probably a slip of, best first; case is ignored."""
    folded = {k.casefold(): k for k in known}
    return [folded[m] for m in difflib.get_close_matches(word.casefold(), folded, n=n, cutoff=0.7)]


def _short(value: Any, limit: int = 60) -> str:
    text = value if isinstance(value, str) and limit > 60 else repr(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."
