"""Finding the files of a project, and their digests.

A file is what lies inside the project after every symbolic link is followed. Files are
streamed for their digest, and what was learned of one is kept as long as its size, times and
inode stay the same. Knows nothing of what is in them.
"""

from __future__ import annotations

import hashlib
import os
import posixpath
import stat
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Any, TypeVar

from sphinx_cra.evidence.reader import EvidenceError
from sphinx_cra.model import Artefact, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence
    from io import BufferedReader

    from sphinx_cra.evidence.reader import Reader

MAX_FILES = 10_000
"""Of one pattern. More is a slip (``**/*``), and each would be read."""

_T = TypeVar("_T")
Stamp = tuple[int, int, int, int, int]


def _stamp(status: os.stat_result) -> Stamp:
    # The change time tells of a file whose modification time was set back by hand.
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_dev


@dataclass(slots=True)
class _Known:
    """What we know of a file while it stays as ``stamp`` says."""

    stamp: Stamp
    sha256: str | None = None
    contents: dict[int, tuple[Reader, Any]] = field(default_factory=dict)
    """What each reader (by identity) made of it, or the :class:`EvidenceError` that it raised."""


class Cache:
    """What was learned of files, for as long as a process lives.

    Every look checks that the file is still the same.
    """

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}

    def known(self, path: str, stamp: Stamp) -> _Known:
        """What is known of a file; nothing, when it is not the one that was seen before."""
        found = self._known.get(path)
        if found is None or found.stamp != stamp:
            found = self._known[path] = _Known(stamp)
        return found


class File:
    """One file of the project, as it was when it was found."""

    def __init__(self, path: str, place: str, stamp: Stamp, cache: Cache) -> None:
        self.path = path
        """Relative to the project, with forward slashes."""
        self._place = place
        self._stamp = stamp
        self._known = cache.known(place, stamp)

    @property
    def size(self) -> int:
        """Bytes."""
        return self._stamp[0]

    @cached_property
    def artefact(self) -> Artefact:
        """Its digest and size; memory does not grow with the file.

        :raises EvidenceError: if it cannot be read.
        """
        if self._known.sha256 is None:
            self._known.sha256 = self._reading(lambda file: hashlib.file_digest(file, "sha256").hexdigest())
        return Artefact(path=self.path, sha256=self._known.sha256, size=self.size)

    def content(self, reader: Reader) -> Any:
        """What a reader makes of the file; None if it does not look inside.

        The bytes that are parsed are the bytes of the digest.

        :raises EvidenceError: if the file or its content cannot be used.
        """
        if (limit := reader.max_bytes) is None:
            return None
        if id(reader) not in self._known.contents:
            self._known.contents[id(reader)] = reader, self._parsed(reader, self.read(limit))
        _, content = self._known.contents[id(reader)]
        if isinstance(content, EvidenceError):
            raise EvidenceError(content.reason, content.outcome)
        return content

    def _parsed(self, reader: Reader, data: bytes) -> Any:
        try:
            return reader.parse(data)
        except EvidenceError as error:
            return EvidenceError(f"{self.path}: {error.reason}", error.outcome)
        except Exception as error:  # a reader may be the project's own, and the build goes on
            return EvidenceError(f"{self.path}: {type(error).__name__}: {error}")

    def read(self, limit: int) -> bytes:
        """All of the file.

        :raises EvidenceError: if it is larger than ``limit``, or is not the file whose digest is known.
        """
        if self.size > limit:
            raise EvidenceError(f"{self.path} has {_mib(self.size)}; no more than {_mib(limit)} are read")
        data: bytes = self._reading(lambda file: file.read(limit + 1))
        digest = hashlib.sha256(data).hexdigest()
        if self._known.sha256 not in (None, digest):
            raise EvidenceError(f"{self.path} changed while it was read")
        self._known.sha256 = digest
        return data

    def _reading(self, use: Callable[[BufferedReader], _T]) -> _T:
        try:
            with Path(self._place).open("rb") as file:
                result = use(file)
                if self._moved(file):
                    raise EvidenceError(f"{self.path} changed while it was read")
                return result
        except OSError as error:
            raise EvidenceError(f"{self.path} cannot be read: {_why(error)}") from error

    def _moved(self, file: BufferedReader) -> bool:
        return _stamp(os.fstat(file.fileno())) != self._stamp


class Project:
    """The files of a project at one moment: each is looked for once, and stays what it was then."""

    def __init__(self, root: Path, cache: Cache) -> None:
        self._root = root
        self._real = os.path.realpath(root)
        self._cache = cache
        self._found: dict[str, tuple[File, ...] | EvidenceError] = {}
        self.memo: dict[Hashable, Any] = {}
        """For readers: what they worked out, and need again for the next claim about the same files."""

    def find(self, pattern: str) -> tuple[File, ...]:
        """The files that a path or pattern names, sorted by name; at least one.

        :param pattern: relative to the project, with forward slashes; ``*``, ``?``, ``[...]`` and ``**``
            as in a shell, unless a file has just that name.
        :raises EvidenceError: naming what is wrong.
        """
        if pattern not in self._found:
            try:
                self._found[pattern] = self._find(pattern)
            except EvidenceError as error:
                self._found[pattern] = error
            except (OSError, ValueError) as error:  # too long a name, a NUL, an impossible pattern
                self._found[pattern] = EvidenceError(f"{pattern!r} cannot be looked up: {_why(error)}")
        if isinstance(found := self._found[pattern], EvidenceError):
            raise EvidenceError(found.reason, found.outcome)
        return found

    def _find(self, pattern: str) -> tuple[File, ...]:
        name = posixpath.normpath(pattern)
        drive = PureWindowsPath(pattern).drive
        if posixpath.isabs(name) or drive or name == ".." or name.startswith("../"):
            raise self._outside(pattern)
        path = os.path.join(self._root, name)  # noqa: PTH118  Path costs a third of a build with 10,000 needs
        self._check_inside(pattern, path)
        if os.path.lexists(path):
            return (self._file(name, path),)
        if not any(c in name for c in "*?["):
            hint = "; paths are written with forward slashes" if "\\" in pattern else ""
            raise EvidenceError(f"there is no file {pattern}{hint}", Outcome.MISSING)
        return self._matches(pattern, name)

    def _matches(self, pattern: str, name: str) -> tuple[File, ...]:
        found: dict[str, str] = {}
        folders = False
        for match in self._root.glob(name):
            if match.is_dir():
                folders = True
                continue
            found[match.relative_to(self._root).as_posix()] = str(match)
            if len(found) > MAX_FILES:
                raise EvidenceError(f"{pattern} matches more than {MAX_FILES} files")
        if not found:
            what = "only folders" if folders else "no file"
            raise EvidenceError(f"{pattern} matches {what}", Outcome.MISSING)
        for path in found.values():
            self._check_inside(pattern, path)
        return tuple(self._file(name, found[name]) for name in sorted(found))

    def _file(self, name: str, path: str) -> File:
        if not name.isascii() and name != name.encode("utf-8", "replace").decode("utf-8"):
            raise EvidenceError(f"the name of {name!a} is not UTF-8")
        try:
            status = os.stat(path)  # noqa: PTH116
        except FileNotFoundError:
            raise EvidenceError(f"{name} is a symbolic link to nothing", Outcome.MISSING) from None
        except OSError as error:
            raise EvidenceError(f"{name} cannot be read: {_why(error)}") from error
        if stat.S_ISDIR(status.st_mode):
            raise EvidenceError(f"{name} is a folder; name its files with a pattern such as {name}/*")
        if not stat.S_ISREG(status.st_mode):
            raise EvidenceError(f"{name} is not a regular file")
        return File(name, path, _stamp(status), self._cache)

    def _check_inside(self, pattern: str, path: str) -> None:
        real = os.path.realpath(path)
        if real != self._real and not real.startswith(self._real.rstrip(os.sep) + os.sep):
            raise self._outside(pattern)

    @staticmethod
    def _outside(pattern: str) -> EvidenceError:
        return EvidenceError(
            f"{pattern} leaves the project; evidence lies inside it, and is named from its root"
        )


def combined(artefacts: Sequence[Artefact]) -> str:
    """One SHA-256 for all files of a piece of evidence.

    Of one file its own. Of several that of the lines which ``sha256sum`` writes for them, sorted by path.
    """
    if len(artefacts) == 1:
        return artefacts[0].sha256
    lines = sorted((a.path, f"{a.sha256}  {a.path}\n") for a in artefacts)
    return hashlib.sha256("".join(line for _, line in lines).encode("utf-8", "surrogateescape")).hexdigest()


def _mib(size: int) -> str:
    return f"{size} bytes" if size < 2**20 else f"{size / 2**20:.1f} MiB"


def _why(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
