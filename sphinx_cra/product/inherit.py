"""A product file that builds on another one, as one file for each product beside a common one.

What both state is taken from the file that extends: mappings are merged, lists and single values
replaced; ``null`` or ``~`` takes away what the other states. An empty value is not given, here as
everywhere, and hides nothing. Every value keeps the file and the line that it stands on.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Any

from sphinx_cra import datafile
from sphinx_cra.datafile import DataError, DataFile, Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx_cra.datafile import Route

KEY = "extends"
MAX_FILES = 8
"""In a chain. Whoever looks for a value has to follow it as well."""


def load(path: Path, *, source: str, root: Path, schema: str) -> DataFile:
    """The contents of a file with everything that it extends, valid against one of our schemas.

    :param source: how messages name the file.
    :param root: no file outside of this folder is read as one that is extended.
    :raises DataError: naming every fault.
    """
    first, *bases = _chain(path, source, root)
    if not bases:
        merged = first
    else:
        merged = bases[-1]
        for file in reversed((first, *bases[:-1])):
            merged = _Merge().merged(file, merged)
        merged = replace(merged, files=tuple(f.source for f in (first, *bases)))
    if faults := datafile.violations(merged, schema):
        raise DataError(source, faults)
    return merged


def files(path: Path, *, root: Path) -> tuple[Path, ...]:
    """A file and those that it extends, as far as they can be followed; the last may not be there."""
    found = [path]
    try:
        if KEY.encode() not in path.read_bytes():
            return (path,)
        for file in _chain(path, path.name, root):
            if (named := _named(file)) is None:
                break
            target = (found[-1].parent / named).resolve()
            if target.is_relative_to(root.resolve()) and (target.is_file() or not target.exists()):
                found.append(target)
    except (DataError, OSError, RuntimeError, ValueError):
        pass  # said when the file is used
    return tuple(found)


def _chain(path: Path, source: str, root: Path) -> Iterator[DataFile]:
    """The file, the one that it extends, and so on."""
    real = root.resolve()
    seen: dict[Path, str] = {}
    while True:
        try:
            file = datafile.load(path, source=source)
        except DataError as error:
            raise _of_first(seen, error) from error
        seen[path.resolve()] = source
        if len(seen) > 1 and not isinstance(file.data, dict):
            stated = "is empty" if file.data is None else "is not a mapping"
            raise _of_first(
                seen, DataError(source, [Fault(message=f"{stated}, and another file extends it")])
            )
        yield file
        named = _named(file)
        if named is None:
            return
        try:
            path = _inside(path.parent / named, real, named)
            if path in seen:
                way = " -> ".join((*seen.values(), seen[path]))
                raise _StopError(f"leads back to {seen[path]}: {way}")
            if len(seen) == MAX_FILES:
                raise _StopError(f"is the end of a chain of {MAX_FILES} files; we follow no more")
        except _StopError as stop:
            fault = file.fault(f"{file.shown(named)} {stop}", KEY)
            raise _of_first(seen, DataError(source, [fault])) from stop
        source = path.relative_to(real).as_posix()


class _StopError(Exception):
    """Why the chain ends here."""


def _named(file: DataFile) -> str | None:
    """What a file extends, as its author wrote it."""
    data = file.data if isinstance(file.data, dict) else {}
    value = data.get(KEY)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        shown = file.shown(value, KEY)
        raise DataError(file.source, [file.fault(f"{shown} is not the path of a product file", KEY)])
    return value.strip()


def _inside(path: Path, root: Path, named: str) -> Path:
    """The file itself, which lies in the project."""
    if Path(named).is_absolute() or PureWindowsPath(named).drive:
        raise _StopError("is an absolute path: name the file relative to this one")
    try:
        real = path.resolve()
        if not real.is_relative_to(root):
            raise _StopError("leads out of the project: name a file inside it")
        if not real.exists():
            raise _StopError("does not exist")
    except (OSError, RuntimeError, ValueError) as error:  # a link to itself, a name too long
        raise _StopError("cannot be followed") from error
    return real


def _of_first(seen: dict[Path, str], error: DataError) -> DataError:
    """The error as one of the file that was asked for."""
    first = next(iter(seen.values()), error.source)
    named = (replace(f, source=f.source or error.source) for f in error.faults)
    return DataError(first, (replace(f, source="") if f.source == first else f for f in named))


@dataclass(slots=True)
class _Merge:
    """Two files made one, with the place of every value."""

    lines: dict[Route, int] = field(default_factory=dict)
    written: dict[Route, str] = field(default_factory=dict)
    sources: dict[Route, str] = field(default_factory=dict)
    source: str = ""

    def merged(self, file: DataFile, base: DataFile) -> DataFile:
        self.source = file.source
        # What the base extends is read already.
        rest = {k: v for k, v in base.data.items() if k != KEY}
        data = self._both(file, file.data, base, rest, ())
        return DataFile(
            source=file.source, data=data, lines=self.lines, written=self.written, sources=self.sources
        )

    def _both(self, file: DataFile, value: Any, base: DataFile, below: Any, route: Route) -> Any:
        if not (isinstance(value, dict) and isinstance(below, dict)):
            return self._copied(file, value, route)
        self._note(file, route)
        result: dict[str, Any] = {}
        for key in dict.fromkeys((*below, *value)):
            here = (*route, key)
            if key not in value:
                result[key] = self._copied(base, below[key], here)
            elif key not in below:
                result[key] = self._copied(file, value[key], here)
            elif value[key] is not None:
                result[key] = self._both(file, value[key], base, below[key], here)
            elif file.written.get(here) == "":  # nothing after the colon
                result[key] = self._copied(base, below[key], here)
        return result

    def _copied(self, file: DataFile, value: Any, route: Route) -> Any:
        self._note(file, route)
        if isinstance(value, dict):
            return {k: self._copied(file, v, (*route, k)) for k, v in value.items()}
        if isinstance(value, list):
            return [self._copied(file, v, (*route, n)) for n, v in enumerate(value)]
        return value

    def _note(self, file: DataFile, route: Route) -> None:
        if route in file.lines:
            self.lines[route] = file.lines[route]
            if (source := file.sources.get(route, file.source)) != self.source:
                self.sources[route] = source
        if route in file.written:
            self.written[route] = file.written[route]
