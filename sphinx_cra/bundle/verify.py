#!/usr/bin/env python3
"""Check a technical file that sphinx-cra wrote: intact or altered, signed by whom, about which artefacts.

    python3 -I verify.py technical-file.zip
    python3 -I verify.py FOLDER --artefact firmware.bin --signature FILE --key maker.pub

Needs Python 3.8 or later and nothing else; a signature is checked where the package *cryptography* is
installed, and otherwise the command for it is printed. Reads, and never unpacks, writes, runs or
connects to anything. Ends with 0: intact; 1: altered, or not what was asked for; 2: could not check.

Every byte of a bundle is accounted for. ``manifest.json`` lists each file with its digest, the
statement follows from the manifest, and the container follows from the files, so that each is made
again here and compared. Contents are stored and not compressed: what a program has to unpack can be
a bomb, and two versions of a compressor seldom write the same bytes.
"""

from __future__ import annotations

import sys

if __name__ == "__main__" and not (sys.flags.isolated or getattr(sys.flags, "safe_path", False)):
    sys.path.pop(0)  # the folder of this file: in one that somebody sent, a zipfile.py may wait

import argparse
import base64
import binascii
import hashlib
import importlib
import json
import os
import re
import shlex
import stat
import struct
import unicodedata
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

BUNDLE = "technical-file.zip"
MANIFEST = "manifest.json"
STATEMENT = "statement.intoto.json"
VERIFIER = "verify.py"
WORK = ".technical-file.part"
"""Where a build writes before anything of an older file is replaced."""
SUMS = "SHA256SUMS"
FORMAT = "sphinx-cra manifest"
FORMAT_VERSION = "1.0"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "urn:sphinx-cra:predicate:technical-file:v1"
PAYLOAD_TYPE = "application/vnd.in-toto+json"

INTACT = "intact"
ALTERED = "altered"
NOT_CHECKED = "not checked"
INVALID = "invalid"
VALID = "valid"
NONE = "none"

PROVES_NOT = (
    "that the evidence in it is true, or that what it says was done",
    "that nothing was left out of it before it was written",
    "that the released files were made from these sources: that is what the maker says",
    "who built the product or this file, unless a signature was checked with a key that you know",
    "when it was written or signed",
    "that the product meets the law",
)

MAX_FILES = 65_534
"""As many as a zip holds without extensions."""
MAX_SIZE = 2**32 - 1
MAX_DIRECTORY = 32 * 2**20
MAX_MANIFEST = 16 * 2**20
"""A file listed in it takes some 160 bytes."""
MAX_NAME = 1024
MAX_DEPTH = 32
MAX_SIGNATURE = 2**20
CUT_OFF = "it has no end: it was cut off, or its end is damaged; fetch it once more"
_CHUNK = 2**20
_SHOWN = 50
_SINGLE = 10
"""More entries than these were not changed one by one."""


class AlteredError(Exception):
    """What was read is not what was written."""


class UnreadableError(Exception):
    """There is nothing here to be checked, or it cannot be read."""


# ----------------------------------------------------------------------------- what is written


def canonical(value: Any) -> bytes:
    """JSON in the canonical form of RFC 8785; of numbers whole ones only, which is all that we write.

    :raises ValueError: for anything that has no such form.
    """
    return _canonical(value).encode("utf-8")


def _canonical(value: Any) -> str:
    if value is None or isinstance(value, (bool, str)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int):
        if abs(value) >= 2**53:
            raise ValueError(f"{value} is too large for a number in JSON")
        return str(value)
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(_canonical, value)) + "]"
    if isinstance(value, dict):
        keys = sorted(value, key=lambda k: str(k).encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(f"{_canonical(_key(k))}:{_canonical(value[k])}" for k in keys) + "}"
    raise ValueError(f"{type(value).__name__} has no canonical form")


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise ValueError(f"a key is text, and {key!r} is not")
    return key


def statement(manifest: Mapping[str, Any], digest: str) -> bytes:
    """The in-toto statement of a technical file, which follows from its manifest alone.

    :param digest: SHA-256 of the manifest.
    """
    artefacts = [{"name": a["name"], "digest": {"sha256": a["sha256"]}} for a in manifest["artefacts"]]
    file = {"name": MANIFEST, "digest": {"sha256": digest}}
    said = {
        "_type": STATEMENT_TYPE,
        "subject": artefacts or [file],  # a statement without a subject would be about nothing
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "bound": bool(artefacts),
            "generator": manifest["generator"],
            "manifest": file,
            "product": manifest["product"],
            "release": manifest["release"],
            "revision": manifest["revision"],
        },
    }
    return canonical(said)


def sha256(raw: bytes) -> str:
    """In hexadecimal digits."""
    return hashlib.sha256(raw).hexdigest()


def sums(files: Iterable[Mapping[str, Any]]) -> bytes:
    """``SHA256SUMS``: the files of a manifest as ``sha256sum`` reads them."""
    return "".join(f"{f['sha256']}  {f['path']}\n" for f in files if f["path"] != SUMS).encode("utf-8")


# Always the same: version 2.0 on Unix, names in UTF-8, stored, midnight of 1980-01-01, rw-r--r--.
_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_UTF8, _DAY = 0x800, 0x21
_MODE = (stat.S_IFREG | 0o644) << 16


def local_header(name: str, crc: int, size: int) -> bytes:
    """What stands before a file in the container."""
    raw = name.encode("utf-8")
    return _LOCAL.pack(b"PK\3\4", 20, _UTF8, 0, 0, _DAY, crc, size, size, len(raw), 0) + raw


def central_header(name: str, crc: int, size: int, offset: int) -> bytes:
    """What the directory at the end of the container says of a file."""
    raw = name.encode("utf-8")
    numbers = (0x314, 20, _UTF8, 0, 0, _DAY, crc, size, size, len(raw), 0, 0, 0, 0, _MODE, offset)
    return _CENTRAL.pack(b"PK\1\2", *numbers) + raw


def end_record(count: int, size: int, offset: int) -> bytes:
    """What closes the container."""
    return _END.pack(b"PK\5\6", 0, 0, count, count, size, offset, 0)


_WINDOWS = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])( *\..*)?", re.IGNORECASE)


def unsafe(name: str) -> str:
    """Why a name may not be in a bundle: it leaves the folder, or not every system can hold it.

    :returns: empty if it may.
    """
    parts = name.split("/")
    if not name:
        return "it is empty"
    if name.startswith("/"):
        return "it is absolute"
    if "\\" in name:
        return "a backslash is in it"
    if ".." in parts:
        return "it leaves the folder"
    if "" in parts or "." in parts:
        return "a part of it is empty or a dot"
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in name):
        return "a control character, or a byte that is not UTF-8, is in it"
    if found := next((c for c in name if c in '<>:"|?*'), ""):
        return f"the character {found} is in it, which not every system can hold"
    if any(p[-1] in ". " or _WINDOWS.fullmatch(p) for p in parts):
        return "Windows cannot hold it"
    if len(parts) > MAX_DEPTH:
        return f"it lies deeper than {MAX_DEPTH} folders"
    if len(name.encode("utf-8")) > MAX_NAME:
        return f"it is longer than {MAX_NAME} bytes"
    return ""


def clashes(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Names that are one name on a system that does not tell letters apart as another does.

    :returns: each with the one that it clashes with.
    """
    seen: dict[str, tuple[str, bool]] = {}
    for name in names:
        folded = _folded(name)
        ends = [[i for i, c in enumerate(n) if c == "/"] + [len(n)] for n in (name, folded)]
        for end, folded_end in zip(*ends):
            part = (name[:end], end < len(name))
            known = seen.setdefault(folded[:folded_end], part)
            if known != part:
                yield name, f"{known[0]}/" if known[1] else known[0]


def _folded(name: str) -> str:
    if name.isascii():
        return name.casefold()
    folded = unicodedata.normalize("NFD", name).casefold()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", folded))


# ------------------------------------------------------------------------------------- the report


@dataclass
class Signature:
    """What is known of who signed."""

    outcome: str = NONE
    """``valid``, ``invalid``, ``not checked`` or ``none``."""
    said: str = "by nobody: whoever could change a file could change the digests too"
    key: str = ""
    """Kind and SHA-256 of the public key."""
    commands: list[str] = field(default_factory=list)
    """What checks it without us."""


@dataclass
class Named:
    """A file that was named with ``--artefact``."""

    file: str
    sha256: str
    artefact: str = ""
    """Name of the artefact that it is; empty if it is none."""
    error: str = ""


@dataclass
class Report:
    """What was found out about a technical file."""

    file: str
    folder: bool = False
    """Whether it is a folder."""
    verdict: str = NOT_CHECKED
    """``intact``, ``altered`` or ``not checked``."""
    problems: list[str] = field(default_factory=list)
    """Of the container, the manifest and the statement; one sentence each."""
    changed: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    beside: list[str] = field(default_factory=list)
    """In the folder, no part of the technical file, and not looked at."""
    listed: int = 0
    manifest_sha256: str = ""
    expected_sha256: str = ""
    """Digest of the manifest that the maker is said to have stated."""
    generator: str = ""
    product: str = ""
    release: str = ""
    revision: str = ""
    artefacts: list[dict[str, str]] = field(default_factory=list)
    """What the file is bound to: name and SHA-256."""
    withheld: list[dict[str, str]] = field(default_factory=list)
    """What stays with the manufacturer: path and SHA-256."""
    other_verifier: bool = False
    """Whether the ``verify.py`` in it is another than this program."""
    remarks: list[str] = field(default_factory=list)
    """What could not be written as asked, by its own account."""
    named: list[Named] = field(default_factory=list)
    signature: Signature = field(default_factory=Signature)

    @property
    def refused(self) -> list[str]:
        """What was asked for and is not so."""
        found = [
            f"{n.file} is none of the artefacts that it is bound to"
            for n in self.named
            if not n.error and not n.artefact
        ]
        if self.expected_sha256 and self.manifest_sha256 and self.expected_sha256 != self.manifest_sha256:
            found.append("the digest of its manifest is not the one that was stated")
        if self.signature.outcome == INVALID:
            found.append("the signature does not hold")
        return found

    @property
    def exit(self) -> int:
        """0: intact; 1: altered, or not what was asked for; 2: could not check."""
        if self.verdict == ALTERED or (self.verdict == INTACT and self.refused):
            return 1
        unsure = self.signature.outcome == NOT_CHECKED or any(n.error for n in self.named)
        return 2 if self.verdict == NOT_CHECKED or unsure else 0

    def data(self) -> dict[str, Any]:
        """The report for programs."""
        return {
            "format": "sphinx-cra verification",
            "format_version": "1.0",
            **asdict(self),
            "refused": self.refused,
            "exit": self.exit,
            "does_not_prove": list(PROVES_NOT),
        }

    def lines(self) -> Iterator[str]:
        """The report for people."""
        but = f", but {'; '.join(self.refused)}" if self.verdict == INTACT and self.refused else ""
        yield f"{self.file}: {self.verdict}{but}"
        yield from (f"  {problem}" for problem in self.problems[:_SHOWN])
        if len(self.problems) > _SHOWN:
            yield f"  ... and {len(self.problems) - _SHOWN} more"
        for word in ("changed", "missing", "added"):
            names = getattr(self, word)
            yield from (f"  {word:<10}{name}" for name in names[:_SHOWN])
            if len(names) > _SHOWN:
                yield f"  {word:<10}... and {len(names) - _SHOWN} more"
        if self.verdict == NOT_CHECKED or not self.manifest_sha256:
            return
        if self.listed and not self.problems:  # an entry that was refused was not looked at
            good = self.listed - len(self.changed) - len(self.missing)
            yield f"files      {good} of {self.listed} are as the manifest lists them"
        if self.beside:
            yield f"beside it  not looked at: {', '.join(self.beside)}"
        yield f"product    {self.product or 'not stated'} {self.release}".rstrip()
        yield f"sources    {self.revision or 'unknown'}; written by {self.generator}"
        yield f"manifest   SHA-256 {self.manifest_sha256}"
        yield from self._signed()
        yield from self._bound()
        for file in self.withheld:
            yield f"withheld   {file['path']}: SHA-256 {file['sha256']}"
        if self.other_verifier:
            yield f"{VERIFIER}  the one in it is another than this program; do not take its word instead"
        for n, remark in enumerate(self.remarks[:_SHOWN]):
            yield f"{'' if n else 'remarks':<11}{remark}"
        if len(self.remarks) > _SHOWN:
            yield f"           ... and {len(self.remarks) - _SHOWN} more"
        for n, sentence in enumerate(PROVES_NOT):
            yield f"{'' if n else 'not proven':<11}{sentence}"

    def _signed(self) -> Iterator[str]:
        signature = self.signature
        word = {VALID: "signed", NONE: "signed", INVALID: "signature"}.get(signature.outcome, "signature")
        yield f"{word:<11}{signature.said}"
        yield from (f"           {command}" for command in signature.commands)
        if self.expected_sha256 and self.expected_sha256 == self.manifest_sha256:
            yield "           its manifest has the digest that was stated"
        elif signature.outcome == NONE:
            yield "           compare the digest of the manifest with one that the maker gave on another way"

    def _bound(self) -> Iterator[str]:
        if not self.artefacts:
            yield "bound to   nothing: the file names no digest of a released artefact"
        for n, artefact in enumerate(self.artefacts):
            name, digest = artefact["name"], artefact["sha256"]
            here = ", ".join(f.file for f in self.named if f.artefact and f.sha256 == digest)
            compared = f"is {here}" if here else "not compared; name it with --artefact"
            yield f"{'' if n else 'bound to':<11}{name}: SHA-256 {digest} ({compared})"
        for file in self.named:
            if file.error:
                yield f"           {file.file}: {file.error}"
            elif not file.artefact:
                yield f"           {file.file} is none of these: SHA-256 {file.sha256}"


def shown(text: str) -> str:
    """Text from a file as a terminal may show it: nothing that moves the cursor or hides letters."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


# ------------------------------------------------------------------------------------ the sources


class _Folder:
    """A technical file that is a folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[str] = []
        self.beside: list[str] = []
        self.other: list[str] = []
        self.refused: set[str] = set()
        self.names: list[str] = sorted(self._walk(path, ""))

    def _walk(self, folder: Path, prefix: str) -> Iterator[str]:
        try:
            entries = sorted(os.scandir(folder), key=lambda e: e.name)
        except OSError as error:
            raise UnreadableError(f"{shown(str(folder))} cannot be read: {error.strerror}") from error
        if prefix and not entries:
            yield prefix  # a folder with nothing in it, which nobody wrote
        for entry in entries:
            name = f"{prefix}{entry.name}"
            if entry.is_symlink():
                self.problems.append(f"{name} is a link, and no file of a technical file is one")
            elif entry.is_dir(follow_symlinks=False):
                if not prefix and name == ".doctrees":
                    self.beside.append(name)
                elif not prefix and name == WORK:
                    self.problems.append(
                        f"a build is writing to it, or was interrupted ({WORK} is there): build it again"
                    )
                else:
                    yield from self._walk(Path(entry.path), f"{name}/")
            elif entry.is_file(follow_symlinks=False):
                if not prefix and name.startswith(f"{STATEMENT}."):
                    self.beside.append(name)
                else:
                    yield name
            else:
                self.problems.append(f"{name} is no file")

    def content(self, name: str, limit: int) -> bytes:
        with self._open(name) as file:
            found = file.read(limit + 1)
        if len(found) > limit:
            raise AlteredError(f"{name} is larger than {limit} bytes")
        return found

    def read(self, name: str, size: int) -> str:
        """SHA-256; empty where it is not of that size."""
        if (self.path / name).lstat().st_size != size:
            return ""
        with self._open(name) as file:
            return _digest(file)[0]

    def _open(self, name: str) -> IO[bytes]:
        try:
            return (self.path / name).open("rb")
        except OSError as error:
            raise UnreadableError(f"{name} cannot be read: {error.strerror}") from error

    def close(self) -> None:
        pass


@dataclass
class _Entry:
    """Where in the container the content of a file is; no size, if it is not to be read."""

    start: int
    size: int
    crc: int


class _Zip:
    """A technical file in one container, which is read as it is written and in no other way.

    What another program would make of a container that is not so, we do not guess: nothing of it is
    skipped, searched for or unpacked, and each byte outside of the files is compared with what it has
    to be.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.problems: list[str] = []
        self.beside: list[str] = []
        self.names: list[str] = []
        self.refused: set[str] = set()
        self.other: list[str] = []
        """Entries that another program may have written, and has written otherwise."""
        self._entries: dict[str, _Entry] = {}
        self._dangerous = self._unpacked = 0
        self._file = _plain(path)
        try:
            self._take(*self._directory())
        except BaseException:
            self._file.close()
            raise

    def _directory(self) -> tuple[bytes, int]:
        """The directory, and where it begins."""
        whole = self._file.seek(0, os.SEEK_END)
        if whole > MAX_SIZE:
            raise UnreadableError("it is larger than a bundle can be")
        begins = self._at(0, 4) == b"PK\3\4"
        tail = self._at(max(0, whole - _END.size - 0xFFFF - 20), whole)
        at = len(tail) - _END.size
        if at < 0 or tail[at : at + 4] != b"PK\5\6" or tail[-2:] != b"\0\0":
            at = tail.rfind(b"PK\5\6")
            if at < 0 or at + _END.size > len(tail):
                if begins:
                    raise AlteredError(CUT_OFF)
                raise UnreadableError("it is neither a zip nor a folder")
            self.problems.append("something follows the end of the container: a comment, or more data")
        _, _, _, here, count, size, offset, _ = _END.unpack_from(tail, at)
        large = 0xFFFF in (here, count) or 0xFFFFFFFF in (size, offset)
        if large or tail[max(0, at - 20) : at].startswith(b"PK\6\7"):
            raise AlteredError("it is a zip of the kind zip64, which no bundle is")
        end = whole - len(tail) + at
        if self.problems and offset + size != end:  # the end of a spreadsheet, which is a zip itself
            raise AlteredError(CUT_OFF)
        if offset + size > end:
            raise AlteredError(
                "its end does not fit its directory: a part of it is missing, or it is damaged; "
                "fetch it once more"
            )
        if offset + size < end:
            self.problems.append("something stands before or within the container that belongs to nothing")
        elif not self.problems and tail[at:] != end_record(count, size, offset):
            self.problems.append("the end of the container is not as it was written")
        if size > MAX_DIRECTORY:
            raise AlteredError(f"its directory is larger than {MAX_DIRECTORY} bytes")
        self._count = count
        return self._at(end - size, size), end - size

    def _take(self, directory: bytes, end: int) -> None:
        """Read the directory, and compare what it says of each file with what stands before the file."""
        at = count = 0
        offset: int | None = 0
        while at < len(directory):
            found = directory.find(b"PK\1\2", at)
            if found != at:
                after = f" after {self.names[-1]!r}" if self.names else ""
                self.problems.append(f"the directory of the container is damaged{after}")
                offset = None
            if found < 0 or len(directory) - found < _CENTRAL.size:
                break
            count += 1
            if count > MAX_FILES:
                raise AlteredError(f"it has more than {MAX_FILES} files")
            at, offset = self._one(directory, found, offset, end)
        if count != self._count:
            self.problems.append(f"the container is said to have {self._count} files, and has {count}")
        if offset not in (None, end):
            self.problems.append("the container has bytes that belong to nothing, or lacks some")
        if self.other and (len(self.other) == count - self._dangerous or len(self.other) > _SINGLE):
            said = f"{count} files, {self._unpacked} bytes, it says"
            self.other = [f"another program packed it again; unpack it ({said}), and check the folder"]
        elif self.names != sorted(self.names):
            self.problems.append("the files in the container are in another order than they were written")

    def _one(self, directory: bytes, at: int, offset: int | None, end: int) -> tuple[int, int | None]:
        """Read one entry of the directory.

        :param offset: where its file has to be; None after one that was refused, which alone is to blame.
        :returns: where the next entry is, and where its file has to be.
        """
        numbers = _CENTRAL.unpack_from(directory, at)
        _, _, _, flags, method, _, _, crc, _, size, length, extra, comment, _, _, mode, here = numbers
        next_at = at + _CENTRAL.size + length + extra + comment
        name = directory[at + _CENTRAL.size : at + _CENTRAL.size + length].decode("utf-8", "surrogateescape")
        kind = stat.S_IFMT(mode >> 16)
        why = unsafe(name)
        if name.endswith("/"):
            why = "it is an entry for a folder"
        elif kind not in (0, stat.S_IFREG):
            why = "it is a link" if kind == stat.S_IFLNK else "it is no plain file"
        elif flags & 0x41:
            why = "it is encrypted"
        elif name in self._entries:
            why = "it is there twice"
        other = ""
        if not why:
            header = local_header(name, crc, size)
            if method:
                other = f"it is packed with method {method}, and a bundle packs nothing"
            elif directory[at:next_at] != central_header(name, crc, size, here):
                other = "the directory does not say of it what was written"
            elif offset not in (None, here) or here + len(header) + size > end:
                other = "it is at another place than it was written to"
            elif self._at(here, len(header)) != header:
                other = "what stands before it is not what was written"
        self._unpacked += size
        if why:
            self._dangerous += 1
            self.problems.append(f"entry {name!r} is refused: {why}")
        if other:
            self.other.append(f"entry {name!r} is refused: {other}")
        if why or other:
            self.refused.add(name)
        start = here + _LOCAL.size + length
        if not name.endswith("/") and name not in self._entries:
            self._entries[name] = _Entry(start, -1 if why or other else size, crc)
            self.names.append(name)
        return next_at, None if why or other else start + size

    def _at(self, offset: int, size: int) -> bytes:
        self._file.seek(offset)
        return self._file.read(size)

    def content(self, name: str, limit: int) -> bytes:
        entry = self._entries[name]
        if entry.size < 0:
            raise AlteredError(f"{name} was not read, so nothing else was")
        if entry.size > limit:
            raise AlteredError(f"{name} is larger than {limit} bytes")
        found = self._at(entry.start, entry.size)
        if binascii.crc32(found) != entry.crc:
            raise AlteredError(f"{name} is damaged: its checksum is another")
        return found

    def read(self, name: str, size: int) -> str:
        """SHA-256; empty where it is not of that size, or damaged."""
        entry = self._entries[name]
        if entry.size != size:
            return ""
        self._file.seek(entry.start)
        found, crc = _digest(self._file, size)
        return found if crc == entry.crc else ""

    def close(self) -> None:
        self._file.close()


def _digest(file: IO[bytes], size: int = sys.maxsize) -> tuple[str, int]:
    """SHA-256 and checksum of what follows in a file, up to a size."""
    sha256, crc = hashlib.sha256(), 0
    while size and (chunk := file.read(min(_CHUNK, size))):
        sha256.update(chunk)
        crc = binascii.crc32(chunk, crc)
        size -= len(chunk)
    return sha256.hexdigest(), crc


# ------------------------------------------------------------------------------------- the checks


def verify(
    path: str | os.PathLike[str],
    *,
    artefacts: Sequence[str] = (),
    signature: str = "",
    key: str = "",
    digest: str = "",
) -> Report:
    """Check a technical file.

    :param path: a bundle, or a folder.
    :param artefacts: files that it should be bound to.
    :param signature: a file with a signature of the statement, or a DSSE envelope of it.
    :param key: a file with the public key, or the certificate, in PEM.
    :param digest: SHA-256 that the manifest should have.
    """
    report = Report(file=shown(os.fspath(path)))
    report.expected_sha256 = digest.strip().lower()
    if report.expected_sha256 and not _is_sha256(report.expected_sha256):
        report.problems.append("the digest to compare with is not 64 hexadecimal digits")
        return report
    said: bytes | None = None
    try:
        report.folder = os.path.isdir(path)  # noqa: PTH112 (of an empty name, Path makes the folder one is in)
        source: _Folder | _Zip = _Folder(Path(path)) if report.folder else _Zip(path)
        try:
            report.verdict = INTACT
            said = _check(source, report)
        finally:
            source.close()
    except AlteredError as error:
        report.verdict = ALTERED
        report.problems.append(str(error))
    except UnreadableError as error:
        report.verdict = NOT_CHECKED
        report.problems.append(str(error))
    except OSError as error:
        report.verdict = NOT_CHECKED
        report.problems.append(f"it cannot be read: {error.strerror or error}")
    for found in (report.problems, report.changed, report.missing, report.added, report.beside):
        found[:] = [shown(text) for text in found]
    if report.verdict != NOT_CHECKED:
        report.named = [_named(name, report) for name in artefacts]
        if signature:
            report.signature = _signature(said, signature, key, report)
    return report


def _check(source: _Folder | _Zip, report: Report) -> bytes | None:
    """Fill the report.

    :returns: the statement, where there is one.
    """
    names = set(source.names)
    foreign = report.folder or not source.problems
    if foreign and not names & {MANIFEST, STATEMENT, SUMS}:
        inner = min((n for n in names if n.endswith((f"/{MANIFEST}", ".zip"))), key=len, default="")
        hint = f"; look into {inner.split(f'/{MANIFEST}')[0]}" if inner else ""
        raise UnreadableError(f"there is no {MANIFEST} in it, so it is no technical file of sphinx-cra{hint}")
    report.problems += source.problems + source.other
    report.beside += source.beside
    if MANIFEST not in names:
        raise AlteredError(f"{MANIFEST} is missing")
    if len(names) > MAX_FILES:
        raise AlteredError(f"it has more than {MAX_FILES} files")
    raw = source.content(MANIFEST, MAX_MANIFEST)
    digest = sha256(raw)
    stated = source.content(STATEMENT, MAX_MANIFEST) if STATEMENT in names else None
    if stated is not None and digest.encode() not in stated:
        raise AlteredError(f"{STATEMENT} is not about this {MANIFEST}: one of them was changed")
    manifest = _manifest(raw)
    report.manifest_sha256 = digest
    for name in ("generator", "product", "release"):
        setattr(report, name, shown(manifest[name]))
    report.revision = shown(manifest["revision"] or "")
    report.artefacts = [{"name": shown(a["name"]), "sha256": a["sha256"]} for a in manifest["artefacts"]]
    report.withheld = [{"path": shown(f["path"]), "sha256": f["sha256"]} for f in manifest["withheld"]]
    report.remarks = [shown(f"{f['message']} [cra.{f['code']}]") for f in manifest.get("findings", ())]
    listed = {f["path"]: f for f in manifest["files"]}
    report.listed = len(listed)
    own = {MANIFEST, STATEMENT} if manifest["bundle"] else {MANIFEST}
    if BUNDLE in names and manifest["bundle"] and isinstance(source, _Folder):
        names.remove(BUNDLE)
        report.problems += _beside(source.path / BUNDLE, digest)
    report.missing += sorted({*listed, *own} - names)
    report.added += sorted(names - {*listed, *own})
    report.other_verifier = VERIFIER in listed and _own_sha256() not in ("", listed[VERIFIER]["sha256"])
    there = [f for f in manifest["files"] if f["path"] in names - source.refused]
    report.changed += [f["path"] for f in there if source.read(f["path"], f["size"]) != f["sha256"]]
    said = stated if STATEMENT in own else None
    if said is not None and said != statement(manifest, digest):
        report.changed.append(STATEMENT)
    whole = SUMS in listed and SUMS not in {*report.missing, *report.changed, *source.refused}
    if whole and source.content(SUMS, MAX_MANIFEST) != sums(manifest["files"]):
        report.problems.append(f"{SUMS} says other than {MANIFEST}")
    if report.problems or report.changed or report.missing or report.added:
        report.verdict = ALTERED
    return said


def _own_sha256() -> str:
    """Of this program, whatever its line ends are here; empty where it is no file."""
    try:
        return sha256(Path(__file__).read_bytes().replace(b"\r\n", b"\n"))
    except (NameError, OSError):
        return ""


def _beside(path: Path, digest: str) -> Iterator[str]:
    """What is wrong with the bundle that lies in the folder which was packed into it."""
    report = verify(path)
    if report.verdict != INTACT:
        yield from (f"{BUNDLE} is {report.verdict}: {line.strip()}" for line in [*report.lines()][1:2])
    elif report.manifest_sha256 != digest:
        yield f"{BUNDLE} is another technical file than the folder that it lies in"


def _is_sha256(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) is not None


def _refuse(value: str) -> Any:
    raise ValueError(f"{value[:20]} is no whole number")


def _whole(value: str) -> int:
    if len(value) > 17:  # older Pythons take hours for a number of a million digits
        raise ValueError(f"{value[:20]}... is too large for a number in JSON")
    return int(value)


def _manifest(raw: bytes) -> dict[str, Any]:
    try:
        data = json.loads(raw.decode("utf-8"), parse_int=_whole, parse_float=_refuse, parse_constant=_refuse)
        exact = canonical(data) == raw
    except (ValueError, RecursionError) as error:
        raise AlteredError(f"{MANIFEST} is damaged: {error}") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise UnreadableError(f"{MANIFEST} is none of sphinx-cra")
    if exact and data.get("format_version") != FORMAT_VERSION:
        version = shown(str(data.get("format_version")))[:20]
        raise UnreadableError(
            f"{MANIFEST} is of version {version}, and this program knows {FORMAT_VERSION}; use a newer one"
        )
    if not exact:
        raise AlteredError(f"{MANIFEST} is not in its canonical form, so it was changed")
    if fault := _fault(data):
        raise AlteredError(f"{MANIFEST} is damaged: {fault}")
    return data


def _fault(data: Mapping[str, Any]) -> str:
    """What of a manifest is not as its format has it."""
    texts = [data.get(k) for k in ("generator", "product", "release")]
    texts.append("" if data.get("revision") is None else data["revision"])
    if not isinstance(data.get("tools"), dict):
        return "tools is no list of names"
    if not all(isinstance(t, str) for t in [*texts, *data["tools"].values()]):
        return "a text is something else"
    if not isinstance(data.get("bundle"), bool):
        return "it does not say whether it is of a bundle"
    for kind, name in (("files", "path"), ("withheld", "path"), ("artefacts", "name")):
        records = data.get(kind)
        if not isinstance(records, list):
            return f"{kind} is no list"
        for record in records:
            if not isinstance(record, dict) or not isinstance(record.get(name), str):
                return f"an entry of {kind} has no {name}"
            if not _is_sha256(record.get("sha256")):
                return f"{record[name]} has no digest"
    findings = data.get("findings", [])
    if not isinstance(findings, list):
        return "findings is no list"
    for found in findings:
        if not isinstance(found, dict) or not all(isinstance(found.get(k), str) for k in ("code", "message")):
            return "an entry of findings has no code or no message"
    paths = [f["path"] for f in data["files"]]
    for file in data["files"]:
        size = file.get("size")
        if isinstance(size, bool) or not isinstance(size, int) or size < 0:
            return f"{file['path']} has no size"
        if why := unsafe(file["path"]):
            return f"the name {file['path']!r} is refused: {why}"
    if paths != sorted(set(paths)):
        return "its files are not sorted, or one is there twice"
    for name, other in clashes([*paths, MANIFEST, STATEMENT, BUNDLE]):
        return f"the names {name!r} and {other!r} are one to some systems"
    if {MANIFEST, STATEMENT, BUNDLE} & set(paths):
        return "it lists a file that cannot be listed"
    return ""


def _named(name: str, report: Report) -> Named:
    try:
        with _plain(name) as file:
            found, _ = _digest(file)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        return Named(file=shown(name), sha256="", error=f"it cannot be read: {why}")
    artefact = next((a["name"] for a in report.artefacts if a["sha256"] == found), "")
    return Named(file=shown(name), sha256=found, artefact=artefact)


# ---------------------------------------------------------------------------------- the signature


def _signature(said: bytes | None, signature: str, key: str, report: Report) -> Signature:
    if said is None:
        return Signature(NOT_CHECKED, f"not checked: there is no {STATEMENT} of this technical file")
    try:
        given = _small(signature)
        public = _small(key) if key else b""
    except (OSError, ValueError) as error:
        return Signature(NOT_CHECKED, f"not checked: {_why(error)}")
    for kind, is_it, command in _OTHERS:
        if is_it(given) or is_it(public):
            return _by_hand(
                report, f"it is {kind}", [command(shlex.quote(signature), shlex.quote(key or "KEY"))]
            )
    envelope = _json_object(given)
    sigstore = "verificationMaterial" in envelope
    if not key:
        if sigstore:
            return _by_hand(report, "it is a bundle of Sigstore", [_cosign(shlex.quote(signature))])
        return _by_hand(report, "name the maker's public key with --key", [_openssl(signature, "KEY", b"")])
    if envelope:
        return _checked(_of_envelope(_without_log(envelope), said), public, [])
    found = _checked([(said, given), (said, _from_base64(given))], public, [_openssl(signature, key, public)])
    return _by_hand(report, "", found.commands, found) if found.outcome == NOT_CHECKED else found


def _from_base64(given: bytes) -> bytes:
    """A signature as cosign writes it; empty if it is not."""
    try:
        return base64.b64decode(b"".join(given.split()), validate=True)
    except ValueError:
        return b""


def _plain(path: str | os.PathLike[str]) -> IO[bytes]:
    """A file opened for reading; not what never ends, as a pipe may.

    :raises OSError: if it is none, or cannot be opened.
    """
    if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116
        raise OSError(None, "it is no plain file", os.fspath(path))
    return open(path, "rb")  # noqa: PTH123


def _small(name: str) -> bytes:
    with _plain(name) as file:
        found = file.read(MAX_SIGNATURE + 1)
    if len(found) > MAX_SIGNATURE:
        raise ValueError(f"{shown(name)} is too large for a key or a signature")
    return found


def _why(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"{shown(str(error.filename))} cannot be read: {error.strerror}"
    return str(error)


def _json_object(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _without_log(envelope: dict[str, Any]) -> dict[str, Any]:
    """What a bundle of Sigstore holds beside certificates and entries of a log, which a key stands for."""
    inner = envelope.get("dsseEnvelope") or envelope.get("messageSignature")
    return inner if isinstance(inner, dict) else envelope


def _of_envelope(envelope: Mapping[str, Any], said: bytes) -> list[tuple[bytes, bytes]] | str:
    """What was signed, with each signature; or why the envelope is about something else."""
    try:
        if "signature" in envelope:  # of a blob
            return [(said, _decoded(envelope["signature"]))]
        payload = _decoded(envelope["payload"])
        given = [_decoded(s["sig"]) for s in envelope["signatures"]]
    except (KeyError, TypeError, ValueError):
        return "the envelope is damaged"
    kind = str(envelope.get("payloadType"))
    if kind != PAYLOAD_TYPE or payload != said:
        return f"the envelope is about something else than this {STATEMENT}"
    raw = kind.encode()
    signed = b"DSSEv1 %d %s %d %s" % (len(raw), raw, len(payload), payload)
    return [(signed, s) for s in given]


def _decoded(text: Any) -> bytes:
    """Base64 of either alphabet, as DSSE has it."""
    return base64.b64decode(str(text).translate({ord("-"): "+", ord("_"): "/"}), validate=True)


def _checked(candidates: list[tuple[bytes, bytes]] | str, public: bytes, commands: list[str]) -> Signature:
    if isinstance(candidates, str):
        return Signature(INVALID, f"invalid: {candidates}")
    try:
        keys = _Keys()
    except ImportError:
        why = "not checked: the Python package cryptography is not installed"
        return Signature(NOT_CHECKED, why, commands=commands)
    try:
        key, name = keys.load(public)
    except ValueError as error:
        return Signature(NOT_CHECKED, f"not checked: {error}", commands=commands)
    fingerprint = keys.fingerprint(key)
    if any(keys.holds(key, signed, given) for signed, given in candidates):
        whose = f"{fingerprint}{f', of a certificate {name} that was not checked itself' if name else ''}"
        said = f"with the key {whose}; whose key that is, you have to know from elsewhere"
        return Signature(VALID, said, fingerprint)
    return Signature(INVALID, f"invalid: it is no signature of {STATEMENT} with {fingerprint}", fingerprint)


class _Keys:
    """Public keys, by the package *cryptography*.

    :raises ImportError: where it is not installed.
    """

    def __init__(self) -> None:
        base = "cryptography"
        self.exceptions: Any = importlib.import_module(f"{base}.exceptions")
        self.x509: Any = importlib.import_module(f"{base}.x509")
        self.hashes: Any = importlib.import_module(f"{base}.hazmat.primitives.hashes")
        self.serial: Any = importlib.import_module(f"{base}.hazmat.primitives.serialization")
        self.ec: Any = importlib.import_module(f"{base}.hazmat.primitives.asymmetric.ec")
        self.rsa: Any = importlib.import_module(f"{base}.hazmat.primitives.asymmetric.rsa")
        self.padding: Any = importlib.import_module(f"{base}.hazmat.primitives.asymmetric.padding")
        self.ed25519: Any = importlib.import_module(f"{base}.hazmat.primitives.asymmetric.ed25519")

    def load(self, public: bytes) -> tuple[Any, str]:
        """The key, and what its certificate says: for whom, by whom, and for how long.

        :raises ValueError: if it is none of the kinds that are known.
        """
        name = ""
        try:
            if b"BEGIN CERTIFICATE" in public:
                certificate = self.x509.load_pem_x509_certificate(public)
                key = certificate.public_key()
                name = (
                    f"for {shown(certificate.subject.rfc4514_string())}, "
                    f"issued by {shown(certificate.issuer.rfc4514_string())}, "
                    f"valid from {_day(certificate, 'not_valid_before')} "
                    f"to {_day(certificate, 'not_valid_after')},"
                )
            else:
                key = self.serial.load_pem_public_key(public)
        except (ValueError, TypeError, self.exceptions.UnsupportedAlgorithm) as error:
            raise ValueError("the key is no public key and no certificate in PEM") from error
        kinds = (self.ed25519.Ed25519PublicKey, self.ec.EllipticCurvePublicKey, self.rsa.RSAPublicKey)
        if not isinstance(key, kinds):
            raise ValueError("the key is neither Ed25519 nor ECDSA nor RSA")
        return key, name

    def fingerprint(self, key: Any) -> str:
        raw = key.public_bytes(self.serial.Encoding.DER, self.serial.PublicFormat.SubjectPublicKeyInfo)
        kind = (
            "Ed25519"
            if isinstance(key, self.ed25519.Ed25519PublicKey)
            else f"ECDSA {key.curve.name}"
            if isinstance(key, self.ec.EllipticCurvePublicKey)
            else f"RSA {key.key_size}"
        )
        return f"{kind} SHA-256 {hashlib.sha256(raw).hexdigest()}"

    def holds(self, key: Any, signed: bytes, given: bytes) -> bool:
        sha256 = self.hashes.SHA256()
        if isinstance(key, self.ed25519.Ed25519PublicKey):
            ways: list[tuple[Any, ...]] = [()]
        elif isinstance(key, self.ec.EllipticCurvePublicKey):
            ways = [(self.ec.ECDSA(h),) for h in (sha256, self.hashes.SHA384(), self.hashes.SHA512())]
        else:
            pss = self.padding.PSS(self.padding.MGF1(sha256), self.padding.PSS.AUTO)
            ways = [(self.padding.PKCS1v15(), sha256), (pss, sha256)]
        for way in ways:
            try:
                key.verify(given, signed, *way)
            except (self.exceptions.InvalidSignature, ValueError):
                continue
            return True
        return False


def _day(certificate: Any, name: str) -> str:
    moment = getattr(certificate, f"{name}_utc", None) or getattr(
        certificate, name
    )  # as older versions call it
    return f"{moment:%Y-%m-%d}"


def _by_hand(report: Report, why: str, commands: list[str], found: Signature | None = None) -> Signature:
    """A signature that others have to check, with how."""
    found = found or Signature(NOT_CHECKED, f"not checked: {why}; check it with", commands=commands)
    if not report.folder:
        found.commands.insert(0, f"unzip -p {shlex.quote(report.file)} {STATEMENT} > {STATEMENT}")
    return found


def _openssl(signature: str, key: str, public: bytes) -> str:
    key, signature = shlex.quote(key), shlex.quote(signature)
    if b"MCowBQYDK2VwAyEA" in public:  # Ed25519
        return f"openssl pkeyutl -verify -pubin -inkey {key} -rawin -in {STATEMENT} -sigfile {signature}"
    return f"openssl dgst -sha256 -verify {key} -signature {signature} {STATEMENT}"


def _cosign(signature: str) -> str:
    who = "--certificate-identity NAME --certificate-oidc-issuer URL"
    return f"cosign verify-blob --bundle {signature} {who} {STATEMENT}"


_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
"""The object identifier that a signature in CMS opens with."""


def _openpgp(raw: bytes) -> bool:
    """Whether it is a signature of OpenPGP: armoured, or one binary packet (RFC 9580, section 4.2)."""
    one = raw[:1] == b"\x88" and len(raw) == 2 + raw[1] and raw[2] in (4, 6)
    two = raw[:1] == b"\x89" and len(raw) == 3 + int.from_bytes(raw[1:3], "big") and raw[3] in (4, 6)
    return raw.startswith(b"-----BEGIN PGP") or one or two


def _cms(form: str) -> Callable[[str, str], str]:
    return lambda signature, key: (
        f"openssl cms -verify -binary -inform {form} -in {signature} -content {STATEMENT} -CAfile CA.pem "
        "-out /dev/null"
    )


_OTHERS: tuple[tuple[str, Callable[[bytes], bool], Callable[[str, str], str]], ...] = (
    (
        "of minisign",
        lambda raw: raw.startswith(b"untrusted comment:"),
        lambda signature, key: f"minisign -V -m {STATEMENT} -x {signature} -p {key}",
    ),
    (
        "of OpenPGP",
        _openpgp,
        lambda signature, key: f"gpg --verify {signature} {STATEMENT}",
    ),
    (
        "of OpenSSH",
        lambda raw: raw.startswith(b"-----BEGIN SSH SIGNATURE"),
        lambda signature, key: (
            f"ssh-keygen -Y verify -f ALLOWED_SIGNERS -I NAME -n file -s {signature} < {STATEMENT}"
        ),
    ),
    ("in CMS, with certificates", lambda raw: _SIGNED_DATA in raw[:40], _cms("DER")),
    (
        "in CMS, with certificates",
        lambda raw: raw.startswith((b"-----BEGIN CMS", b"-----BEGIN PKCS7")),
        _cms("PEM"),
    ),
)
"""Kinds of signatures that others check: what they are, how one is told, and the command."""


# ------------------------------------------------------------------------------- the command line


def main(arguments: Sequence[str] | None = None) -> int:
    """As a program of its own."""
    parser = argparse.ArgumentParser(
        prog="verify.py",
        description="Check a technical file of sphinx-cra: intact or altered, signed by whom, about what.",
        epilog="Ends with 0: intact; 1: altered, or not what was asked for; 2: could not check.",
    )
    parser.add_argument("file", metavar="FILE|DIR", help="technical-file.zip, or the folder")
    parser.add_argument("--artefact", action="append", default=[], help="a file that it should be about")
    parser.add_argument("--signature", default="", help=f"signature or DSSE envelope of {STATEMENT}")
    parser.add_argument("--key", default="", help="public key or certificate of the maker, in PEM")
    parser.add_argument("--digest", default="", help="SHA-256 that the manifest should have")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to write it")
    given = parser.parse_args(arguments)
    if given.key and not given.signature:
        parser.error("--key needs --signature: a key alone checks nothing")
    report = verify(
        given.file, artefacts=given.artefact, signature=given.signature, key=given.key, digest=given.digest
    )
    text = json.dumps(report.data(), indent=2) if given.format == "json" else "\n".join(report.lines())
    encoding = sys.stdout.encoding or "utf-8"
    try:
        print(text.encode(encoding, "backslashreplace").decode(encoding), flush=True)
    except BrokenPipeError:  # who reads it has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return report.exit


if __name__ == "__main__":
    sys.exit(main())
