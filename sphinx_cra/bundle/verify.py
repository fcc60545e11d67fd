#!/usr/bin/env python3
"""Check a technical file that sphinx-cra wrote: intact or altered, signed by whom, about which artefacts.

    python3 verify.py technical-file.zip
    python3 verify.py FOLDER --artefact firmware.bin --signature FILE --key maker.pub

Needs Python 3.9 or later and nothing else; a signature is checked where the package *cryptography* is
installed, and otherwise the command for it is printed. Reads, and never unpacks, writes, runs or
connects to anything. Ends with 0: intact; 1: altered, or not what was asked for; 2: could not check.

Every byte of a bundle is accounted for. ``manifest.json`` lists each file with its digest, the
statement follows from the manifest, and the container follows from the files, so that each is made
again here and compared. Contents are stored and not compressed: what a program has to unpack can be
a bomb, and two versions of a compressor seldom write the same bytes.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import importlib
import json
import os
import re
import stat
import struct
import sys
import unicodedata
import zipfile
import zlib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

BUNDLE = "technical-file.zip"
MANIFEST = "manifest.json"
STATEMENT = "statement.intoto.json"
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
    "who built the product or this file, unless a signature was checked with a key that you know",
    "that the product meets the law",
)

MAX_FILES = 65_534
"""As many as a zip holds without extensions."""
MAX_SIZE = 2**32 - 1
MAX_DIRECTORY = 32 * 2**20
MAX_MANIFEST = 64 * 2**20
MAX_RATIO = 200
MAX_NAME = 1024
MAX_SIGNATURE = 2**20
_CHUNK = 2**20
_SHOWN = 50


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


_WINDOWS = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])( *\..*)?", re.IGNORECASE)


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
    if len(name.encode("utf-8")) > MAX_NAME:
        return f"it is longer than {MAX_NAME} bytes"
    return ""


def clashes(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Names that are one name on a system that does not tell letters apart as another does.

    :returns: each with the one that it clashes with.
    """
    seen: dict[str, tuple[str, bool]] = {}
    for name in names:
        ends = [i for i, c in enumerate(name) if c == "/"]
        for end in (*ends, len(name)):
            part = (name[:end], end < len(name))
            known = seen.setdefault(_folded(name[:end]), part)
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
        for problem in self.problems:
            yield f"  {problem}"
        for word in ("changed", "missing", "added"):
            names = getattr(self, word)
            yield from (f"  {word:<10}{name}" for name in names[:_SHOWN])
            if len(names) > _SHOWN:
                yield f"  {word:<10}... and {len(names) - _SHOWN} more"
        if self.verdict == NOT_CHECKED or not self.manifest_sha256:
            return
        if self.listed:
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


@dataclass
class _Read:
    """One file, as it was read."""

    sha256: str
    crc: int
    size: int


class _Folder:
    """A technical file that is a folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[str] = []
        self.beside: list[str] = []
        self.names: list[str] = sorted(self._walk(path, ""))

    def _walk(self, folder: Path, prefix: str) -> Iterator[str]:
        try:
            entries = sorted(os.scandir(folder), key=lambda e: e.name)
        except OSError as error:
            raise UnreadableError(f"{shown(str(folder))} cannot be read: {error.strerror}") from error
        for entry in entries:
            name = f"{prefix}{entry.name}"
            if not prefix and (name in (BUNDLE, ".doctrees") or name.startswith(f"{STATEMENT}.")):
                self.beside.append(name)
            elif entry.is_symlink():
                self.problems.append(f"{name} is a link, and no file of a technical file is one")
            elif entry.is_dir(follow_symlinks=False):
                yield from self._walk(Path(entry.path), f"{name}/")
            elif entry.is_file(follow_symlinks=False):
                yield name
            else:
                self.problems.append(f"{name} is no file")

    def content(self, name: str, limit: int) -> bytes:
        with self._open(name) as file:
            found = file.read(limit + 1)
        if len(found) > limit:
            raise AlteredError(f"{name} is larger than {limit} bytes")
        return found

    def read(self, name: str, size: int) -> _Read | None:
        """None where it is not of that size."""
        if (self.path / name).lstat().st_size != size:
            return None
        with self._open(name) as file:
            return _digest(file)

    def _open(self, name: str) -> IO[bytes]:
        try:
            return (self.path / name).open("rb")
        except OSError as error:
            raise UnreadableError(f"{name} cannot be read: {error.strerror}") from error

    def container(self, _files: Mapping[str, _Read]) -> None:
        """A folder has no bytes of its own."""

    def close(self) -> None:
        pass


_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    UnicodeError,
    ValueError,
)
"""What ``zipfile`` raises for archives that are not as they should be."""


class _Zip:
    """A technical file in one container."""

    def __init__(self, path: Path) -> None:
        self.problems: list[str] = []
        self.beside: list[str] = []
        self.file = _plain(path)
        try:
            self.zip = self._opened()
        except BaseException:
            self.file.close()
            raise
        self.infos: dict[str, zipfile.ZipInfo] = {}
        self.names: list[str] = []
        for info in self.zip.infolist():
            self._take(info)

    def _opened(self) -> zipfile.ZipFile:
        self.size = self.file.seek(0, os.SEEK_END)
        if self.size > MAX_SIZE:
            raise UnreadableError("it is larger than a bundle can be")
        self.file.seek(0)
        begins = self.file.read(4) == b"PK\3\4"
        self.file.seek(max(0, self.size - _END.size - 0xFFFF - 20))
        tail = self.file.read()
        at = len(tail) - _END.size
        if at < 0 or tail[at : at + 4] != b"PK\5\6" or tail[-2:] != b"\0\0":
            at = tail.rfind(b"PK\5\6")
            if at < 0 or at + _END.size > len(tail):
                if begins:
                    raise AlteredError("it has no end: it was cut off, or its end is damaged")
                raise UnreadableError("it is neither a zip nor a folder")
            self.problems.append("something follows the end of the container: a comment, or more data")
        _, _, _, here, count, size, offset, _ = _END.unpack_from(tail, at)
        large = 0xFFFF in (here, count) or 0xFFFFFFFF in (size, offset)
        if large or tail[max(0, at - 20) : at].startswith(b"PK\6\7"):
            raise AlteredError("it is a zip of the kind zip64, which no bundle is")
        gap = self.size - len(tail) + at - offset - size
        if gap < 0:
            raise AlteredError(
                "its end does not fit its directory: a part of it is missing, or it is damaged"
            )
        if gap:
            self.problems.append("something stands before or within the container that belongs to nothing")
        if size > MAX_DIRECTORY:
            raise AlteredError(f"its directory is larger than {MAX_DIRECTORY} bytes")
        try:
            return zipfile.ZipFile(self.file)
        except _BROKEN as error:
            raise AlteredError(f"its directory is damaged: {error}") from error

    def _take(self, info: zipfile.ZipInfo) -> None:
        name = info.orig_filename
        why = unsafe(name)
        kind = stat.S_IFMT(info.external_attr >> 16)
        if name.endswith("/"):
            why = "it is an entry for a folder"
        if kind not in (0, stat.S_IFREG) and not name.endswith("/"):
            why = "it is a link" if kind == stat.S_IFLNK else "it is no plain file"
        elif info.flag_bits & 0x41:
            why = "it is encrypted"
        elif info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            why = f"it is packed with method {info.compress_type}"
        elif name in self.infos:
            why = "it is there twice"
        elif info.file_size > max(2**20, MAX_RATIO * info.compress_size):
            why = "it is packed too tightly to be opened"
        if why:
            self.problems.append(f"entry {name!r} is refused: {why}")
        if not name.endswith("/") and name not in self.infos:
            self.infos[name] = info
            self.names.append(name)
            if why:
                info.file_size = -1  # never opened

    def content(self, name: str, limit: int) -> bytes:
        info = self.infos[name]
        if not 0 <= info.file_size <= limit:
            raise AlteredError(f"{name} is refused, or larger than {limit} bytes")
        try:
            with self.zip.open(info) as file:
                return file.read()
        except _BROKEN as error:
            raise AlteredError(f"{name} is damaged: {error}") from error

    def read(self, name: str, size: int) -> _Read | None:
        """None where it is not of that size, or damaged."""
        info = self.infos[name]
        if info.file_size != size:
            return None
        try:
            with self.zip.open(info) as file:
                return _digest(file)
        except _BROKEN:
            return None

    def container(self, files: Mapping[str, _Read]) -> None:
        """Make the container of these files again, and compare every byte that is not theirs.

        :raises AlteredError: if one differs.
        """
        offset, directory = 0, []
        for name in sorted(files):
            found = files[name]
            header = local_header(name, found.crc, found.size)
            self._same(offset, header, f"at {name}")
            directory.append(central_header(name, found.crc, found.size, offset))
            offset += len(header) + found.size
        whole = b"".join(directory)
        self._same(offset, whole + end_record(len(directory), len(whole), offset), "in its directory")
        if self.size != offset + len(whole) + _END.size:
            raise AlteredError("the container has bytes that belong to nothing")

    def _same(self, offset: int, wanted: bytes, where: str) -> None:
        self.file.seek(offset)
        if self.file.read(len(wanted)) != wanted:
            raise AlteredError(
                f"the container is not as it was written, {where}, though every file in it is: it was packed "
                "again, or changed outside of the files; unpack it, and check the folder"
            )

    def close(self) -> None:
        self.zip.close()
        self.file.close()


def _digest(file: IO[bytes]) -> _Read:
    sha256, crc, size = hashlib.sha256(), 0, 0
    while chunk := file.read(_CHUNK):
        sha256.update(chunk)
        crc = binascii.crc32(chunk, crc)
        size += len(chunk)
    return _Read(sha256.hexdigest(), crc, size)


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
        source: _Folder | _Zip = _Folder(Path(path)) if Path(path).is_dir() else _Zip(Path(path))
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
    report.problems += source.problems
    report.beside += source.beside
    names = set(source.names)
    if MANIFEST not in names:
        if STATEMENT in names or SUMS in names:
            raise AlteredError(f"{MANIFEST} is missing")
        if report.problems:
            raise AlteredError(f"there is no {MANIFEST} in it")
        raise UnreadableError(f"there is no {MANIFEST} in it, so it is no technical file of sphinx-cra")
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
    listed = {f["path"]: f for f in manifest["files"]}
    report.listed = len(listed)
    own = {MANIFEST, STATEMENT} if manifest["bundle"] else {MANIFEST}
    report.missing += sorted({*listed, *own} - names)
    report.added += sorted(names - {*listed, *own})
    files = {}
    for path, file in listed.items():
        if path in names:
            found = source.read(path, file["size"])
            if found is None or found.sha256 != file["sha256"]:
                report.changed.append(path)
            else:
                files[path] = found
    said = stated if STATEMENT in own else None
    if said is not None and said != statement(manifest, digest):
        report.changed.append(STATEMENT)
    if SUMS in files and source.content(SUMS, MAX_MANIFEST) != sums(manifest["files"]):
        report.problems.append(f"{SUMS} says other than {MANIFEST}")
    if report.problems or report.changed or report.missing or report.added:
        report.verdict = ALTERED
    else:
        for name in own:
            content = raw if name == MANIFEST else said or b""
            files[name] = _Read("", binascii.crc32(content), len(content))
        source.container(files)
    return said


def _is_sha256(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) is not None


def _refuse(value: str) -> Any:
    raise ValueError(f"{value} is no whole number")


def _manifest(raw: bytes) -> dict[str, Any]:
    try:
        data = json.loads(raw.decode("utf-8"), parse_float=_refuse, parse_constant=_refuse)
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
    if not all(isinstance(t, str) for t in [*texts, data.get("revision") or ""]):
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
            found = _digest(file).sha256
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        return Named(file=shown(name), sha256="", error=f"it cannot be read: {why}")
    artefact = next((a["name"] for a in report.artefacts if a["sha256"] == found), "")
    return Named(file=shown(name), sha256=found, artefact=artefact)


# ---------------------------------------------------------------------------------- the signature


def _signature(said: bytes | None, signature: str, key: str, report: Report) -> Signature:
    if said is None:
        return Signature(NOT_CHECKED, f"not checked: there is no {STATEMENT} that could be signed")
    try:
        given = _small(signature)
        public = _small(key) if key else b""
    except (OSError, ValueError) as error:
        return Signature(NOT_CHECKED, f"not checked: {_why(error)}")
    for kind, is_it, command in _OTHERS:
        if is_it(given) or is_it(public):
            return _by_hand(report, f"it is {kind}", [command(_quoted(signature), _quoted(key or "KEY"))])
    envelope = _json_object(given)
    sigstore = "verificationMaterial" in envelope
    if not key:
        if sigstore:
            return _by_hand(report, "it is a bundle of Sigstore", [_cosign(_quoted(signature))])
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
            return [(said, base64.b64decode(str(envelope["signature"]), validate=True))]
        payload = base64.b64decode(str(envelope["payload"]), validate=True)
        given = [base64.b64decode(str(s["sig"]), validate=True) for s in envelope["signatures"]]
    except (KeyError, TypeError, ValueError):
        return "the envelope is damaged"
    kind = str(envelope.get("payloadType"))
    if kind != PAYLOAD_TYPE or payload != said:
        return f"the envelope is about something else than this {STATEMENT}"
    raw = kind.encode()
    signed = b"DSSEv1 %d %s %d %s" % (len(raw), raw, len(payload), payload)
    return [(signed, s) for s in given]


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
        whose = f"{fingerprint}{f', of a certificate for {name} that was not checked itself' if name else ''}"
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
        """The key, and for whom its certificate was made.

        :raises ValueError: if it is none of the kinds that are known.
        """
        name = ""
        try:
            if b"BEGIN CERTIFICATE" in public:
                certificate = self.x509.load_pem_x509_certificate(public)
                name, key = shown(certificate.subject.rfc4514_string()), certificate.public_key()
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


def _by_hand(report: Report, why: str, commands: list[str], found: Signature | None = None) -> Signature:
    """A signature that others have to check, with how."""
    found = found or Signature(NOT_CHECKED, f"not checked: {why}; check it with", commands=commands)
    if not Path(report.file).is_dir():
        found.commands.insert(0, f"unzip -p {_quoted(report.file)} {STATEMENT} > {STATEMENT}")
    return found


def _quoted(name: str) -> str:
    return name if re.fullmatch(r"[\w./+=@%-]+", name) else "'" + name.replace("'", "'\\''") + "'"


def _openssl(signature: str, key: str, public: bytes) -> str:
    key, signature = _quoted(key), _quoted(signature)
    if b"MCowBQYDK2VwAyEA" in public:  # Ed25519
        return f"openssl pkeyutl -verify -pubin -inkey {key} -rawin -in {STATEMENT} -sigfile {signature}"
    return f"openssl dgst -sha256 -verify {key} -signature {signature} {STATEMENT}"


def _cosign(signature: str) -> str:
    who = "--certificate-identity NAME --certificate-oidc-issuer URL"
    return f"cosign verify-blob --bundle {signature} {who} {STATEMENT}"


_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
"""The object identifier that a signature in CMS opens with."""
_OTHERS: tuple[tuple[str, Callable[[bytes], bool], Callable[[str, str], str]], ...] = (
    (
        "of minisign",
        lambda raw: raw.startswith(b"untrusted comment:"),
        lambda signature, key: f"minisign -V -m {STATEMENT} -x {signature} -p {key}",
    ),
    (
        "of OpenPGP",
        lambda raw: raw.startswith(b"-----BEGIN PGP"),
        lambda signature, key: f"gpg --verify {signature} {STATEMENT}",
    ),
    (
        "in CMS, with certificates",
        lambda raw: _SIGNED_DATA in raw[:40],
        lambda signature, key: (
            f"openssl cms -verify -binary -inform DER -in {signature} -content {STATEMENT} -CAfile CA.pem "
            "-out /dev/null"
        ),
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
    report = verify(
        given.file, artefacts=given.artefact, signature=given.signature, key=given.key, digest=given.digest
    )
    text = json.dumps(report.data(), indent=2) if given.format == "json" else "\n".join(report.lines())
    encoding = sys.stdout.encoding or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding))
    return report.exit


if __name__ == "__main__":
    sys.exit(main())
