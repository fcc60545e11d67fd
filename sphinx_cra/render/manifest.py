"""``manifest.json``: what a technical file consists of, with a digest of each file.

Lets a reader who trusts nobody check offline that nothing was changed, added or lost. Lists what
the build wrote and nothing that somebody else put beside it.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from sphinx_cra.render.data import json_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

FORMAT = "sphinx-cra manifest"
FORMAT_VERSION = "1.0"


def manifest_json(
    folder: Path,
    names: Iterable[str],
    *,
    generator: str,
    product: str,
    release: str,
    revision: str | None = None,
    tools: Mapping[str, str] | None = None,
) -> str:
    """The text of ``manifest.json``.

    :param names: every file of the technical file but the manifest, relative to ``folder``, with
        forward slashes.
    :param generator: name and version of what writes it: ``sphinx-cra 1.0``.
    :param revision: of the sources: a commit, with a sign if they were changed since.
    :param tools: name of a tool -> its version.
    :raises OSError: where one of the files cannot be read.
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
            "files": [_entry(name, folder / name) for name in sorted(set(names))],
        }
    )


def _entry(name: str, path: Path) -> dict[str, Any]:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256")
        return {"path": name, "sha256": digest.hexdigest(), "size": stream.tell()}
