"""``manifest.json``: what a technical file consists of, with a digest of each file.

Lets a reader who trusts nobody check offline that nothing was changed, added or lost.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx_cra.render.data import json_text

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

FORMAT = "sphinx-cra manifest"
FORMAT_VERSION = "1.0"
NAME = "manifest.json"
SCHEMA = "manifest.schema.json"


class ManifestError(Exception):
    """A folder that cannot be listed so that others could check it, with every reason."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        self.faults = faults
        super().__init__("\n".join(faults))

    def __reduce__(self) -> tuple[type[ManifestError], tuple[tuple[str, ...]]]:
        return type(self), (self.faults,)


def manifest_json(
    folder: Path,
    *,
    generator: str,
    product: str,
    release: str,
    revision: str | None = None,
    tools: Mapping[str, str] | None = None,
    leave_out: Container[str] = (),
) -> str:
    """The text of ``manifest.json`` for everything in ``folder`` but itself.

    :param generator: name and version of what writes it: ``sphinx-cra 1.0``.
    :param revision: of the sources: a commit, with a sign if they were changed since.
    :param tools: name of a tool -> its version.
    :param leave_out: names directly in ``folder`` that are no part of the technical file.
    :raises ManifestError: where something in it is no plain file, or has a name that is not UTF-8.
    """
    return json_text(
        {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "generator": generator,
            "product": product,
            "release": release,
            "revision": revision,
            "tools": dict(sorted((tools or {}).items())),
            "files": files(folder, leave_out=leave_out),
        }
    )


def files(folder: Path, *, leave_out: Container[str] = ()) -> list[dict[str, Any]]:
    """Path, digest and size of every file in ``folder``, sorted by path; the manifest itself is left out."""
    faults: list[str] = []
    found: dict[str, Path] = {}
    for path, kind in _walk(folder):
        parts = path.relative_to(folder).parts
        name = "/".join(parts)
        if parts[0] in leave_out or name == NAME:
            continue
        if kind:
            faults.append(f"{name}: is {kind}, and only files can be checked by others")
        elif not _is_utf8(name):
            faults.append(f"{name!r}: is no name in UTF-8")
        else:
            found[name] = path
    if faults:
        raise ManifestError(tuple(sorted(faults)))
    return [_entry(name, found[name]) for name in sorted(found)]


def _walk(folder: Path) -> Iterator[tuple[Path, str]]:
    """Everything that is not a folder, with what it is where it is not a file either."""
    with os.scandir(folder) as entries:
        for entry in entries:
            path = Path(entry.path)
            if entry.is_symlink():
                yield path, "a symbolic link"
            elif entry.is_dir():
                yield from _walk(path)
            else:
                yield path, "" if entry.is_file() else "neither file nor folder"


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _entry(name: str, path: Path) -> dict[str, Any]:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256")
        return {"path": name, "sha256": digest.hexdigest(), "size": stream.tell()}
