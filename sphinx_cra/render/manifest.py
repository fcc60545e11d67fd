"""``manifest.json``: what a technical file consists of, with a digest of each file.

Lets a reader who trusts nobody check offline that nothing was changed, added or lost. Lists what
the build wrote and nothing that somebody else put beside it. Its bytes are the canonical form of
RFC 8785, so that its own digest stands for all of it.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

from sphinx_cra.bundle.verify import FORMAT as FORMAT
from sphinx_cra.bundle.verify import FORMAT_VERSION as FORMAT_VERSION
from sphinx_cra.bundle.verify import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_SURROGATES = re.compile("[\ud800-\udfff]")
"""Halves of characters, as a file name that is not UTF-8 brings them; they cannot be written."""


def manifest_data(
    folder: Path,
    names: Iterable[str],
    *,
    generator: str,
    product: str,
    release: str,
    revision: str | None = None,
    tools: Mapping[str, str] | None = None,
    artefacts: Iterable[Mapping[str, str]] = (),
    withheld: Iterable[Mapping[str, Any]] = (),
    findings: Iterable[Mapping[str, Any]] = (),
    bundle: bool = False,
) -> dict[str, Any]:
    """The content of ``manifest.json``.

    :param names: every file of the technical file but the manifest, relative to ``folder``, with
        forward slashes.
    :param generator: name and version of what writes it: ``sphinx-cra 1.0``.
    :param revision: of the sources: a commit, with a sign if they were changed since.
    :param tools: name of a tool -> its version.
    :param artefacts: name and SHA-256 of each released file that it is about.
    :param withheld: path, SHA-256 and size of each file that stays with the manufacturer.
    :param findings: what could not be written as asked, as ``assessment.json`` has its mistakes.
    :param bundle: whether a statement goes with it, and all of it into one file.
    :raises OSError: where one of the files cannot be read.
    """
    data = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "generator": generator,
        "product": product,
        "release": release,
        "revision": revision,
        "tools": dict(sorted((tools or {}).items())),
        "bundle": bundle,
        "artefacts": [dict(a) for a in artefacts],
        "withheld": [dict(f) for f in withheld],
        "findings": [dict(f) for f in findings],
        "files": [entry(name, folder / name) for name in sorted(set(names))],
    }
    clean: dict[str, Any] = _writable(data)
    return clean


def manifest_json(data: Mapping[str, Any]) -> bytes:
    """The bytes of ``manifest.json``; no line end follows, as RFC 8785 has it."""
    return canonical(dict(data))


def entry(name: str, path: Path) -> dict[str, Any]:
    """The entry of one file.

    :raises OSError: where it cannot be read.
    """
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256")
        return {"path": name, "sha256": digest.hexdigest(), "size": stream.tell()}


def _writable(value: Any) -> Any:
    if isinstance(value, str):
        return _SURROGATES.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_writable(k): _writable(v) for k, v in value.items()}
    return [_writable(v) for v in value] if isinstance(value, list) else value
