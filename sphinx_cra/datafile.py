"""Reading a YAML file that people write, so that every fault names its line.

Knows YAML and JSON Schema and nothing of what is in the file. All faults of a file are
reported at once, each with its line and its path inside the file. The YAML is the plain part
that needs no manual: one document of mappings, lists and scalars. Equal keys, tags, merge keys
and aliases are refused; none of our files needs one, a tag can mean code, and a few lines of
aliases can stand for gigabytes. Scalars are read as YAML 1.2 reads them: ``no`` is a word,
``3.10`` in a place that wants text is a fault and not ``3.1``, and a date stays the text that
was written. Keys are always text.
"""

from __future__ import annotations

import functools
import itertools
import json
import math
import re
import stat
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from sphinx_cra.words import either, nearest, short

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 64
MAX_VALUES = 500_000
"""Sixteen mebibytes can be four million dashes, and each has to be kept with its line."""
MAX_FAULTS = 200
"""Nobody reads more; a file can be made of nothing else."""
MAX_ALIASES = 10
"""Of aliases alone; they all say the same."""

Route = tuple[str | int, ...]
"""Where a value stands in its file: ``("clauses", 3, "title")``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong in a file."""

    message: str
    line: int | None = None
    route: Route = ()
    source: str = ""
    """The file, where it is another one than the error names."""

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
        self.faults = tuple(sorted(faults, key=lambda f: (f.source, f.line or 0, str(f))))
        super().__init__("\n".join(self.lines()))

    def __reduce__(self) -> tuple[type[DataError], tuple[str, tuple[Fault, ...]]]:
        return type(self), (self.source, self.faults)

    def lines(self) -> tuple[str, ...]:
        """One line a fault: ``cra.yaml:12: product.class: ...``."""
        return tuple(self._located(f) for f in self.faults)

    def _located(self, fault: Fault) -> str:
        source = fault.source or self.source
        return f"{source}:{fault.line}: {fault}" if fault.line else f"{source}: {fault}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFile:
    """What a file holds, and on which line each part of it begins."""

    source: str
    data: Any
    lines: Mapping[Route, int]
    written: Mapping[Route, str] = field(default_factory=dict)
    """Numbers, truth values and nulls that a reader would not recognise in ``data``: ``3.10``, ``0044``."""
    sources: Mapping[Route, str] = field(default_factory=dict)
    """The file of each value that stands in another one than ``source``."""
    files: tuple[str, ...] = ()
    """All files that it was read from, where there are several."""

    def line(self, *route: str | int) -> int | None:
        """Line of the value at ``route``, or of the nearest thing around it."""
        return self.origin(*route)[1]

    def origin(self, *route: str | int) -> tuple[str, int | None]:
        """File and line of the value at ``route``, or of the nearest thing around it."""
        for end in range(len(route), -1, -1):
            if (found := self.lines.get(route[:end])) is not None:
                return self.sources.get(route[:end], self.source), found
        return self.source, None

    def fault(self, message: str, *route: str | int) -> Fault:
        """A fault at ``route``."""
        source, line = self.origin(*route)
        return Fault(message=message, line=line, route=route, source="" if source == self.source else source)

    def shown(self, value: Any, *route: str | int) -> str:
        """The value at ``route`` as its author wrote it, short enough for a message."""
        match value:
            case dict():
                return "a mapping"
            case list():
                return "a list"
            case str():
                return _short(value)
            case _:
                return self.written.get(route, json.dumps(value))


def load(path: Path, *, source: str, schema: str | None = None) -> DataFile:
    """The contents of a YAML file, valid against one of our schemas.

    :param source: how messages name the file.
    :param schema: file name in ``schemas/``.
    :raises DataError: naming every fault.
    """
    return parse(text(path, source=source), source=source, schema=schema)


def text(path: Path, *, source: str) -> str:
    """The text of a file that people write.

    :raises DataError: if it is not there, too large, no regular file or not UTF-8.
    """
    try:
        return _text(path)
    except _ReadError as stop:
        raise DataError(source, [stop.fault]) from stop


def parse(text: str, *, source: str, schema: str | None = None) -> DataFile:
    """Like :func:`load`, from text."""
    builder = _Builder()
    try:
        data = builder.build(text)
    except _ReadError as stop:
        raise DataError(source, [*builder.faults, stop.fault]) from stop
    except yaml.MarkedYAMLError as error:
        raise DataError(source, [*builder.faults, _syntax_fault(text, error)]) from error
    except yaml.YAMLError as error:
        raise DataError(source, [*builder.faults, Fault(message=f"not YAML: {error}")]) from error
    file = DataFile(source=source, data=data, lines=builder.lines, written=builder.written)
    faults = builder.faults
    if schema is not None and not faults:
        faults.extend(violations(file, schema))
    if faults:
        raise DataError(source, faults)
    return file


# --------------------------------------------------------------------------- bytes to text


class _ReadError(Exception):
    """Reading stops here: what follows cannot be trusted or is not worth its time."""

    def __init__(self, message: str, line: int | None = None, route: Route = ()) -> None:
        super().__init__(message)
        self.fault = Fault(message=message, line=line, route=route)


def _text(path: Path) -> str:
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise _ReadError("is a folder, not a file")
        if not stat.S_ISREG(mode):  # a pipe would wait for ever, a device never end
            raise _ReadError("is not a regular file")
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise _ReadError(_missing(path)) from error
    except PermissionError as error:
        raise _ReadError("may not be read: permission denied") from error
    except OSError as error:
        raise _ReadError(error.strerror or str(error)) from error
    except ValueError as error:  # a NUL in the name
        raise _ReadError(f"cannot be a file name: {error}") from error
    if len(raw) > MAX_BYTES:
        raise _ReadError(f"is larger than the {MAX_BYTES // 1024 // 1024} MiB we read")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = _line_at(raw[: error.start].decode("latin-1"))
        raise _ReadError(
            f"byte 0x{raw[error.start]:02X} is not UTF-8: save the file as UTF-8", line
        ) from error


def _missing(path: Path) -> str:
    if path.is_symlink():
        return f"is a link to {str(path.readlink())!r}, which does not exist"
    return "no such file"


_BREAK = re.compile(r"\r\n|\r|\n")
# Controls have no place in text, and the three rare line breaks (U+0085, U+2028, U+2029) count
# as a line to YAML but not to an editor, so that every later line number would be off.
_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")


def readable(text: str) -> str:
    """A text as a file of ours can hold it: what has no place in one is replaced by a mark."""
    return _UNREADABLE.sub("\ufffd", text)


def _line_at(before: str) -> int:
    return len(_BREAK.findall(before)) + 1


# --------------------------------------------------------------------------- text to data


_Parser = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INT = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


def plain(text: str) -> str | int | float | bool | None:
    """An unquoted scalar, as in YAML 1.2 core without its exotic numbers; dates stay text."""
    if text in _WORDS:
        return _WORDS[text]
    # Long numbers (serials, digests) and infinite ones are better off as they were written.
    if _INT.fullmatch(text):
        return int(text) if len(text) <= 18 else text
    if len(text) <= 40 and _FLOAT.fullmatch(text) and math.isfinite(number := float(text)):
        return number
    return text


class _Builder:
    """Plain data from a YAML text, with the line of every value.

    Works on events and not on PyYAML's node graph: libyaml composes nodes by recursion in C,
    and a file of a hundred thousand brackets takes the interpreter down with it.
    """

    def __init__(self) -> None:
        self.lines: dict[Route, int] = {}
        self.written: dict[Route, str] = {}
        self.faults: list[Fault] = []
        self._events: Iterator[yaml.Event] = iter(())
        self._anchors: dict[str, int] = {}
        self._aliases: set[tuple[str, int]] = set()

    def build(self, text: str) -> Any:
        if found := _UNREADABLE.search(text):
            line = _line_at(text[: found.start()])
            raise _ReadError(f"the character U+{ord(found[0]):04X} has no place in a text file", line)
        self._events = yaml.parse(text, Loader=_Parser)
        data, documents = None, 0
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise _ReadError("a second document begins here (---): one file holds one", _line(event))
                data = self._value(next(self._events), ())
        return data

    def _note(self, message: str, line: int, route: Route) -> None:
        if len(self.faults) >= MAX_FAULTS:
            raise _ReadError("more faults follow", line)
        self.faults.append(Fault(message=message, line=line, route=route))

    def _value(self, event: yaml.Event, route: Route) -> Any:
        line = _line(event)
        self.lines.setdefault(route, line)
        if len(self.lines) > MAX_VALUES:
            raise _ReadError(f"holds more than {MAX_VALUES} values", line)
        if isinstance(event, yaml.AliasEvent):
            anchor = self._anchors.get(str(event.anchor))
            where = f"; it stands on line {anchor}" if anchor else ""
            if (str(event.anchor), line) not in self._aliases:  # a line can hold thousands of one
                if len(self._aliases) >= MAX_ALIASES:
                    raise _ReadError("more aliases follow, and none is allowed", line)
                self._aliases.add((str(event.anchor), line))
                message = f"an alias (*{event.anchor}) is not allowed: write the value out{where}"
                self._note(message, line, route)
            return None
        if not isinstance(event, yaml.ScalarEvent | yaml.MappingStartEvent | yaml.SequenceStartEvent):
            raise _ReadError("not YAML", line, route)
        if event.tag is not None:
            self._note(_tag(event.tag), line, route)
        if event.anchor is not None:
            self._anchors[event.anchor] = line
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, route)
        if len(route) >= MAX_DEPTH:
            raise _ReadError(f"nested more than {MAX_DEPTH} deep", line)
        return self._mapping(route) if isinstance(event, yaml.MappingStartEvent) else self._list(route)

    def _list(self, route: Route) -> list[Any]:
        result: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            result.append(self._value(event, (*route, len(result))))
        return result

    def _mapping(self, route: Route) -> dict[str, Any]:
        result: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            line = _line(event)
            key = self._key(event, route)
            if key is None:
                self._skip()
            elif key in result:
                first = self.lines[(*route, key)]
                self._note(f"given twice, first on line {first}", line, (*route, key))
                self._skip()
            else:
                self.lines[(*route, key)] = line
                result[key] = self._value(next(self._events), (*route, key))
        return result

    def _key(self, event: yaml.Event, route: Route) -> str | None:
        """The key, or None where it cannot be one."""
        line = _line(event)
        if not isinstance(event, yaml.ScalarEvent):
            if isinstance(event, yaml.CollectionStartEvent):
                self._skip(depth=1)
            self._note("a key must be a word, not a list, a mapping or an alias", line, route)
            return None
        plain = event.implicit[0]
        if event.tag is not None:
            self._note(_tag(event.tag), line, route)
            return None
        if plain and event.value == "<<":
            self._note("a merge key (<<) is not allowed: write the values out", line, route)
            return None
        if not event.value:
            self._note("a key is missing before the colon", line, route)
            return None
        if (bad := _UNREADABLE.search(event.value)) is not None:
            self._note(f"the character U+{ord(bad[0]):04X} has no place in a key", line, route)
            return None
        return str(event.value)

    def _scalar(self, event: yaml.ScalarEvent, route: Route) -> str | int | float | bool | None:
        text = str(event.value)
        if event.implicit[0]:
            value = plain(text)
            if not isinstance(value, str) and json.dumps(value) != text:
                self.written[route] = text
            return value
        if (bad := _UNREADABLE.search(text)) is not None:  # as an escape in quotes: "\0"
            self._note(f"the character U+{ord(bad[0]):04X} has no place in a text", _line(event), route)
        return text

    def _skip(self, depth: int = 0) -> None:
        """Pass over the next value; with ``depth``, over the rest of the collection we are in."""
        for event in self._events:
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth <= 0:
                return
            if depth > MAX_DEPTH:
                raise _ReadError(f"nested more than {MAX_DEPTH} deep", _line(event))


def _tag(tag: str) -> str:
    short = tag.replace("tag:yaml.org,2002:", "!!")
    return f"a tag ({_short(short)}) is not allowed: leave it out"


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _syntax_fault(text: str, error: yaml.MarkedYAMLError) -> Fault:
    problem = error.problem or ""
    mark = error.problem_mark or error.context_mark
    lines = _BREAK.split(text)
    if mark is not None and mark.line >= len(lines) - 1 and error.context_mark is not None:
        mark = error.context_mark  # where a quote or bracket opens, not the end of the file
    message = "not YAML: " + " ".join(filter(None, (error.context, problem)))
    if "nesting depth" in problem:  # libyaml has a limit of its own, which is reached before ours is
        message = f"nested more than {MAX_DEPTH} deep"
    if mark is None:
        return Fault(message=message)
    written = lines[mark.line] if mark.line < len(lines) else ""
    if "\t" in written[: len(written) - len(written.lstrip())]:
        message += "; indent with spaces, not with tabs"
    elif "mapping values are not allowed" in problem:
        message += "; a text with a colon and a space in it needs quotes"
    elif "cannot start any token" in problem or "scanning an a" in message:
        message += "; a text that begins with one of @ ` % * & needs quotes"
    return Fault(message=message, line=mark.line + 1)


# --------------------------------------------------------------------------- schemas


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
    from jsonschema import Draft202012Validator  # takes long to import, and many builds validate nothing

    return Draft202012Validator(json.loads(schema_text(name)))


def violations(file: DataFile, schema: str) -> list[Fault]:
    """In what a file differs from one of our schemas."""
    if file.data is None:
        return [Fault(message="the file is empty, or holds nothing but comments")]
    errors = validator(schema).iter_errors(file.data)
    homes = _Homes(schema)
    return list(itertools.islice((f for e in errors for f in _faults(file, e, homes)), MAX_FAULTS))


class _Homes:
    """Where in a schema a key may stand."""

    def __init__(self, schema: str) -> None:
        self._schema = schema

    def of(self, key: str) -> list[str]:
        """The blocks that have it."""
        return sorted(set(self._all.get(key, ())))

    @functools.cached_property
    def _all(self) -> dict[str, list[str]]:
        root: Any = validator(self._schema).schema
        found: dict[str, list[str]] = {}
        waiting: list[tuple[Any, str, int]] = [(root, "", 0)]
        while waiting:
            schema, path, depth = waiting.pop()
            if isinstance(schema, dict) and "$ref" in schema:
                schema = root.get("$defs", {}).get(schema["$ref"].rpartition("/")[2], {}) | schema
            if not isinstance(schema, dict) or depth > MAX_DEPTH:
                continue
            waiting.append((schema.get("items"), path, depth + 1))
            for key, part in schema.get("properties", {}).items():
                found.setdefault(key, []).append(path)
                waiting.append((part, f"{path}.{key}" if path else key, depth + 1))
        return found


_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
}


def _faults(file: DataFile, error: ValidationError, homes: _Homes) -> Iterator[Fault]:
    """The violation in words. Keywords we do not use keep the library's own sentence."""
    route: Route = tuple(error.absolute_path)
    schema: Any = error.schema
    value: Any = error.instance
    shown = file.shown(value, *route)
    match error.validator:
        case "additionalProperties" if isinstance(value, dict):
            known = sorted(schema.get("properties", {}))
            for key in sorted(set(value) - set(known)):
                near = nearest(key, known)
                hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
                elsewhere = [] if near else homes.of(key)
                if 0 < len(elsewhere) < 3:
                    where = either([f"in {h!r}" if h else "at the top level" for h in elsewhere])
                    hint += f"; {key!r} is known {where}"
                yield file.fault(f"unknown key; {hint}", *route, key)
        case "required" if isinstance(value, dict):
            for key in schema["required"]:
                if key not in value and f"{key!r} is a required" in error.message:
                    yield file.fault(f"{key!r} is required here", *route)
        case "enum":
            allowed = [str(v) for v in schema["enum"] if v is not None]
            near = nearest(str(value), allowed)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            if "propertyNames" in error.absolute_schema_path:  # the value is a key
                route = (*route, str(value))
            yield file.fault(f"{shown} is not one of {', '.join(allowed)}{hint}", *route)
        case "const":
            yield file.fault(f"{shown} is not {schema['const']!r}", *route)
        case "type":
            yield file.fault(_type_message(shown, value, schema), *route)
        case "pattern" | "format" if hint := schema.get("patternErrorMessage", schema.get("description")):
            yield file.fault(f"{shown} does not fit: {hint}", *route)
        case "minLength" | "minItems" | "minProperties" if not value:
            yield file.fault("is empty", *route)
        case "minimum":
            yield file.fault(f"{shown} is less than {schema['minimum']}", *route)
        case "maximum":
            yield file.fault(f"{shown} is more than {schema['maximum']}", *route)
        case "exclusiveMinimum":
            yield file.fault(f"{shown} is not more than {schema['exclusiveMinimum']}", *route)
        case "uniqueItems" if isinstance(value, list):
            for n, part in enumerate(value):
                if part in value[:n]:
                    yield file.fault(f"{file.shown(part, *route, n)} is listed twice", *route, n)
        case "dependentRequired" if isinstance(value, dict):
            for key, others in schema["dependentRequired"].items():
                for other in others:
                    if key in value and other not in value:
                        yield file.fault(f"{other!r} is required where {key!r} is given", *route)
        case "anyOf" | "oneOf":
            yield from _branch_faults(file, error, shown, homes)
        case "not" if hint := schema.get("description"):
            yield file.fault(f"{shown} does not fit: {hint}", *route)
        case _:
            yield file.fault(_short(error.message, 300), *route)


def _type_message(shown: str, value: Any, schema: Any) -> str:
    allowed = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    wanted = " or ".join(_TYPES[t] for t in allowed if t != "null")
    if value is None:
        return f"is empty, where {wanted} is needed"
    if "string" in allowed and isinstance(value, int | float):
        if re.search(schema.get("pattern", ""), shown):  # quotes would help
            return f"{shown} is not {wanted}; put it in quotes"
        return f"{shown} does not fit: {schema.get('patternErrorMessage', wanted)}"
    if "array" in allowed and isinstance(value, str):
        return f"{shown} is not {wanted}; write each entry on a line of its own, after a dash"
    return f"{shown} is not {wanted}"


def _branch_faults(file: DataFile, error: ValidationError, shown: str, homes: _Homes) -> Iterator[Fault]:
    """Why none of several shapes fits: the faults of the one the author most likely meant."""
    route: Route = tuple(error.absolute_path)
    branches: dict[Any, list[ValidationError]] = {}
    for inner in error.context or ():
        branches.setdefault(inner.relative_schema_path[0], []).append(inner)
    if not branches:  # oneOf, and more than one fits
        yield file.fault(f"{shown} fits more than one of the shapes allowed here", *route)
        return
    meant = [b for b in branches.values() if not any(_is_of_another_kind(e) for e in b)]
    if meant:
        from jsonschema.exceptions import relevance

        best = min(meant, key=lambda b: (len(b), min(map(relevance, b))))
        for inner in best:
            yield from _faults(file, inner, homes)
        return
    value: Any = error.instance
    if isinstance(value, int | float):
        for inner in itertools.chain.from_iterable(branches.values()):
            if _only_type(inner) == "string":  # a version or a number that was meant as text
                yield file.fault(_type_message(shown, value, inner.schema), *route)
                return
    schema: Any = error.schema
    shapes = [_TYPES[t] for b in branches.values() for e in b if (t := _only_type(e)) in _TYPES]
    expected = (
        schema.get("description") or " or ".join(dict.fromkeys(shapes)) or "one of the shapes allowed here"
    )
    yield file.fault(f"{shown} does not fit: {expected}", *route)


def _is_of_another_kind(error: ValidationError) -> bool:
    """Whether the branch was about something else: another type, or another value of its telling key."""
    return error.validator == "const" or (error.validator == "type" and not error.relative_path)


def _only_type(error: ValidationError) -> str:
    kind = error.validator_value if error.validator == "type" else ""
    return kind if isinstance(kind, str) else ""


def _short(value: Any, limit: int = 60) -> str:
    text = value if isinstance(value, str) and limit > 60 else repr(value)
    return short(text, limit)
