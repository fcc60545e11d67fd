"""Where the SBOMs of two builds are, which builds withhold, and what is in them.

A file counts only if its digest is the one that the build wrote down, wherever it comes from: a
file that is named, the folder of ``conf.py``, or an earlier commit of that folder.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sphinx_cra.cli.shared import stop
from sphinx_cra.difference import UNREAD, Inventory, Part, sbom_files
from sphinx_cra.evidence import EvidenceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from sphinx_cra.evidence.sbom import Component
    from sphinx_cra.snapshot import Snapshot

_MOST_BYTES = 512 * 1024 * 1024
_MOST_COMMITS = 200
"""Commits that changed the file, the newest first."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two builds."""

    snapshot: Snapshot
    path: Path
    """The build, as it was named."""
    root: Path | None
    """The folder of its ``conf.py``, where that was named."""

    def roots(self) -> Iterator[Path]:
        """Folders that its artefacts may be in: the one that was named, or those around the build."""
        if self.root is not None:
            yield self.root
            return
        inside = self.path.resolve()
        for parent in (inside, *inside.parents[:6]):
            if (parent / "conf.py").is_file():
                yield parent
            for below in ("docs", "doc", "source", "docs/source"):
                if (parent / below / "conf.py").is_file():
                    yield parent / below


def read(sides: tuple[Side, Side], named: Sequence[Path]) -> tuple[Inventory, Inventory]:
    """What the SBOMs of the two list; unread where both have the same ones and nothing was named.

    :param named: files, each of which is an SBOM of one of the two.
    """
    for side in sides:
        if side.root is not None and not side.root.is_dir():
            stop(f"{side.root} is no folder")
    old, new = (sbom_files(side.snapshot) for side in sides)
    contents: dict[str, bytes] = {}
    for path in named:
        content = _named(path)
        contents[_digest(content)] = content
        if _digest(content) not in (*old.values(), *new.values()):
            stop(f"{path} is no SBOM of either side: neither build looked at a file with its digest")
    if old == new and not named and not all(side.root for side in sides):
        return UNREAD, UNREAD
    roots = list(dict.fromkeys(root.resolve() for side in sides for root in side.roots()))
    one, other = (
        _inventory(files, contents, roots, _hint(side)) for side, files in zip(sides, (old, new), strict=True)
    )
    return one, other


def _hint(side: Side) -> str:
    """What to do where a file was not found."""
    if side.root:
        return "none there is what the build looked at"
    return "name it (--sbom), or its folder (--old-root, --new-root)"


def _inventory(files: dict[str, str], named: dict[str, bytes], roots: Sequence[Path], hint: str) -> Inventory:
    """The components in the SBOM files of a build.

    :param files: path and digest of each.
    :param named: digest and content of files that the caller was given.
    """
    from sphinx_cra.evidence import sbom  # few differences need its libraries

    if not files:
        return Inventory(parts=None, why="it has no SBOM")
    parts: dict[Part, None] = {}
    for name, digest in sorted(files.items()):
        content = named.get(digest)
        if content is None:
            content = next((c for c in _candidates(name, roots) if _digest(c) == digest), None)
        if content is None:
            return Inventory(parts=None, why=f"{name} was not found; {hint}")
        try:
            components = sbom.parse(content).components
        except EvidenceError as error:
            return Inventory(parts=None, why=f"{name} cannot be used: {error.reason}")
        parts.update((_part(c), None) for c in components if c.kind != "file")
    return Inventory(parts=tuple(parts))


def _part(component: Component) -> Part:
    return Part(
        name=component.full_name or "?",
        version=component.version,
        ecosystem=component.purl[4:].partition("/")[0].lower() if component.purl.startswith("pkg:") else "",
        licences=tuple(dict.fromkeys(licence.text for licence in component.licences)),
        supplier=component.supplier,
        hashes=component.hashes,
    )


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _named(path: Path) -> bytes:
    """A file that was named; ends with 2 where it cannot be read."""
    try:
        if not path.is_file():
            stop(f"{path}: no such file")
        if path.stat().st_size > _MOST_BYTES:
            stop(f"{path} is larger than {_MOST_BYTES // 1024**2} MB")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        stop(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}")


def _candidates(name: str, roots: Iterable[Path]) -> Iterator[bytes]:
    """What a file of a project is, in each of the folders, and then what it was there."""
    roots = list(roots)
    for root in roots:
        try:
            file = (root / name).resolve()
            if file.is_relative_to(root) and file.is_file() and file.stat().st_size <= _MOST_BYTES:
                yield file.read_bytes()
        except (OSError, ValueError):
            continue
    for root in roots:
        yield from _earlier(root, name)


def _earlier(root: Path, name: str) -> Iterator[bytes]:
    """What a file was in earlier commits, as git has it; nothing where there is no git."""
    commits = _git(
        root, "rev-list", f"--max-count={_MOST_COMMITS}", "HEAD", "--all", "--", f":(literal){name}"
    )
    for commit in (commits or b"").decode("ascii", "replace").split():
        content = _git(root, "cat-file", "blob", f"{commit}:./{name}")
        if content is not None:
            yield content


def _git(root: Path, *words: str) -> bytes | None:
    """What git says. It fetches nothing, and runs nothing that the repository configures."""
    try:
        done = subprocess.run(
            ["git", "--no-optional-locks", "-C", str(root), *words],
            capture_output=True,
            check=True,
            timeout=30,
            env={**os.environ, "GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none"},
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return done.stdout
