"""Writing a bundle: one file with everything in it, the same bytes on every machine.

What the bytes are to be is said in ``verify``, which checks the file before anybody gets it.
"""

from __future__ import annotations

import binascii
import os
import shutil
from importlib import resources
from typing import TYPE_CHECKING, Any

from sphinx_cra.bundle import verify
from sphinx_cra.render import manifest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

VERIFIER = "verify.py"
README = "README.txt"


class BundleError(Exception):
    """Why these files cannot be a bundle, and the way out."""


def refused(names: Iterable[str]) -> Iterator[str]:
    """What of these names a bundle cannot hold; one sentence each, with the way out."""
    ordered = sorted(names)
    for name in ordered:
        if why := verify.unsafe(name):
            yield f"the name {name!r} cannot be in it: {why}; rename that file"
    for name, other in verify.clashes(
        [*ordered, README, verify.SUMS, VERIFIER, verify.MANIFEST, verify.STATEMENT, verify.BUNDLE]
    ):
        yield f"the names {name!r} and {other!r} are one to some systems; rename one of the files"


def verifier() -> bytes:
    """The program that checks a bundle."""
    return (resources.files("sphinx_cra.bundle") / "verify.py").read_bytes().replace(b"\r\n", b"\n")


def readme(product: str, release: str) -> bytes:
    """``README.txt``: what the bundle is, and how to check it with what every system has."""
    text = (resources.files("sphinx_cra") / "templates" / "bundle-readme.txt").read_text("utf-8")
    name = " ".join(f"{product} {release}".split()) or "not stated"
    return text.replace("{{ product }}", name).encode("utf-8", "replace")


def seal(folder: Path, names: Iterable[str], **stated: Any) -> tuple[str, ...]:
    """End a technical file: manifest, statement, verifier, steps, and all of it in one file.

    :param names: its files so far, relative to ``folder``.
    :param stated: as :func:`~sphinx_cra.render.manifest.manifest_data` takes it.
    :returns: the names of all its files, the manifest last.
    :raises BundleError: if they cannot be a bundle.
    :raises OSError: if something cannot be written.
    """
    given = sorted(set(names))
    if faults := list(refused(given)):
        raise BundleError("; ".join(faults))
    _put(folder / VERIFIER, verifier())
    _put(folder / README, readme(stated["product"], stated["release"]))
    given += [VERIFIER, README]
    data = manifest.manifest_data(folder, given, **stated, bundle=True)
    _put(folder / verify.SUMS, verify.sums(data["files"]))
    data["files"].append(manifest.entry(verify.SUMS, folder / verify.SUMS))
    data["files"].sort(key=lambda f: f["path"])
    listing(folder, data)
    _put(folder / verify.STATEMENT, verify.statement(data, verify.sha256(manifest.manifest_json(data))))
    write(folder / verify.BUNDLE, folder, data)
    return (*given, verify.SUMS, verify.BUNDLE, verify.STATEMENT, verify.MANIFEST)


def listing(folder: Path, data: Mapping[str, Any]) -> None:
    """Write ``manifest.json``.

    :raises OSError: if it cannot be written.
    """
    _put(folder / verify.MANIFEST, manifest.manifest_json(data))


def _put(path: Path, content: bytes) -> None:
    """Write a file, and see it on the disk: by these others are checked."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def write(target: Path, folder: Path, manifest: Mapping[str, Any]) -> None:
    """Pack a technical file; complete, on the disk, and read back when this returns.

    :param folder: where its files are, with manifest and statement.
    :param manifest: the content of ``manifest.json``.
    :raises BundleError: if it is too large, or does not read back as it was written.
    :raises OSError: if it cannot be written; what there is of ``target`` then is worth nothing.
    """
    names = sorted([*(f["path"] for f in manifest["files"]), verify.MANIFEST, verify.STATEMENT])
    if len(names) > verify.MAX_FILES:
        raise BundleError(f"{len(names)} files are more than the {verify.MAX_FILES} that a bundle holds")
    total = sum((folder / name).stat().st_size + 2 * verify.MAX_NAME for name in names)
    if total > verify.MAX_SIZE:
        raise BundleError("its files are larger than the 4 GiB that a bundle holds")
    directory = bytearray()
    with target.open("wb") as out:
        for name in names:
            source = folder / name
            crc, size, offset = _crc(source), source.stat().st_size, out.tell()
            out.write(verify.local_header(name, crc, size))
            with source.open("rb") as file:
                shutil.copyfileobj(file, out, 2**20)
            directory += verify.central_header(name, crc, size, offset)
        end = out.tell()
        out.write(directory)
        out.write(verify.end_record(len(names), len(directory), end))
        out.flush()
        os.fsync(out.fileno())
    report = verify.verify(target)
    if report.verdict != verify.INTACT:
        raise BundleError("it does not read back as it was written: " + "; ".join(report.lines()))


def _crc(path: Path) -> int:
    crc = 0
    with path.open("rb") as file:
        while chunk := file.read(2**20):
            crc = binascii.crc32(chunk, crc)
    return crc
