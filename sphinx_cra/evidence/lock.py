"""The lock: one file with the digests of all evidence, accepted in a reviewed change.

With a ``cra-evidence.lock`` in the project, a file that differs from it is ``altered`` until
somebody writes the lock again and a reviewer sees the new digest. Decides nothing about a
verdict; ``sphinx-cra evidence lock`` writes the file.
"""

from __future__ import annotations

import json
import os
import posixpath
import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import PureWindowsPath
from types import MappingProxyType
from typing import TYPE_CHECKING

from sphinx_cra import datafile
from sphinx_cra.datafile import DataError, Fault
from sphinx_cra.evidence import LOCK
from sphinx_cra.evidence.files import Cache, Project
from sphinx_cra.evidence.reader import EvidenceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from sphinx_cra.datafile import DataFile
    from sphinx_cra.model import Item

_HEADER = """\
# SHA-256 of every evidence file. A file that differs is "altered" and proves nothing.
# Written by: sphinx-cra evidence lock
"""
_SHA256 = re.compile(r"[0-9a-f]{64}")
_CONFLICT = re.compile(r"(?:<{7}|\|{7}|>{7})(?: |$)|={7}$")
_LONGEST = 1000
"""Of a name as written; YAML ends a key after 1024 characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """What a project has accepted: path -> SHA-256."""

    digests: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The evidence files of a project as they are now."""

    digests: Mapping[str, str]
    """Path -> SHA-256, sorted."""
    left_out: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Evidence whose files cannot be locked -> why."""


def load(root: Path) -> Lock | None:
    """The lock of a project; None if it has none.

    :raises DataError: naming every fault, each with its line.
    """
    path = root / LOCK
    if not os.path.lexists(path):
        return None
    if not path.resolve().is_relative_to(root.resolve()):
        raise DataError(LOCK, [Fault(message="leads out of the project")])
    return parse(datafile.text(path, source=LOCK))


def parse(text: str) -> Lock:
    """Like :func:`load`, from text."""
    lines = enumerate(text.splitlines(), 1)
    conflicts = [n for n, line in lines if _CONFLICT.match(line)]
    if conflicts:
        message = "a merge left a conflict here; resolve it, or write the lock again"
        raise DataError(LOCK, [Fault(message=message, line=n) for n in conflicts])
    file = datafile.parse(text, source=LOCK)
    if faults := list(_faults(file)):
        raise DataError(LOCK, faults)
    return Lock(digests=MappingProxyType(dict(file.data)))


def _faults(file: DataFile) -> Iterator[Fault]:
    if file.data is None:
        yield Fault(message="is empty; a lock without files holds {}")
    elif not isinstance(file.data, dict):
        yield file.fault("is not a mapping of paths to digests")
    else:
        for path, digest in file.data.items():
            if why := _not_a_path(path):
                yield file.fault(why, path)
            elif not isinstance(digest, str) or not _SHA256.fullmatch(digest):
                yield file.fault(f"{file.shown(digest, path)} is not a SHA-256 in lower case", path)


def _not_a_path(path: str) -> str:
    if "\\" in path:
        return "paths are written with forward slashes"
    if posixpath.isabs(path) or PureWindowsPath(path).drive:
        return "is absolute; paths are relative to the project"
    if ".." in path.split("/"):
        return "'..' has no place here; evidence lies inside the project"
    if posixpath.normpath(path) != path:
        return f"is written {posixpath.normpath(path)!r}"
    return ""


def found(items: Iterable[Item], root: Path, cache: Cache | None = None) -> Found:
    """The files of pieces of evidence and their digests, as they are now."""
    project = Project(root, cache or Cache())
    digests: dict[str, str] = {}
    left_out: dict[str, str] = {}
    for item in items:
        pattern = item.fields.get("file", "").strip()
        if not pattern:
            continue
        try:
            for one in project.find(pattern):
                if why := _cannot_be_written(one.path):
                    left_out[item.id] = why
                else:
                    digests[one.path] = one.artefact.sha256
        except EvidenceError as error:
            left_out[item.id] = error.reason
    return Found(
        digests=MappingProxyType(dict(sorted(digests.items()))),
        left_out=MappingProxyType(dict(sorted(left_out.items()))),
    )


def _cannot_be_written(path: str) -> str:
    if any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") or c in "\ufffe\uffff\\" for c in path):
        return f"the name {path!a} holds characters that a lock cannot hold"
    if len(json.dumps(path).encode()) > _LONGEST:
        return f"the name {path[:40]!r}... is too long for a lock"
    return ""


def text(digests: Mapping[str, str]) -> str:
    """The text of a lock: sorted, the same for the same files."""
    if not digests:
        return f"{_HEADER}{{}}\n"
    lines = [
        f"{json.dumps(path, ensure_ascii=False)}: {json.dumps(digests[path])}\n" for path in sorted(digests)
    ]
    return _HEADER + "".join(lines)


def lock(items: Iterable[Item], root: Path) -> str:
    """The text of the lock for pieces of evidence, as their files are now.

    What cannot be locked is left out; :func:`found` says why.
    """
    return text(found(items, root).digests)
