"""Images of a document, copied beside its Typst source and tried before they are used."""

from __future__ import annotations

import hashlib
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from docutils import nodes
    from sphinx.builders import Builder

FORMATS = frozenset({".svg", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".pdf"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A copied image, or why there is none."""

    path: str = ""
    """As the Typst source names it."""
    problem: str = ""


def graph(source: str, command: Sequence[str]) -> bytes | None:
    """The SVG that Graphviz draws; None where it is not installed or does not understand the source."""
    try:
        return subprocess.run(
            [*command, "-Tsvg"], input=source.encode(), capture_output=True, check=True, timeout=60
        ).stdout
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


class Pictures:
    """Copies images into the work folder under names that depend on their content alone.

    :param attempt: tells what is wrong with an image, if anything; gets its path in the work folder.
    """

    def __init__(self, builder: Builder, workdir: Path, attempt: Callable[[str], str]) -> None:
        self.builder = builder
        self.workdir = workdir
        self.attempt = attempt
        self._known: dict[str, Picture] = {}

    def add(self, node: nodes.Element, docname: str) -> Picture:
        """The picture for an image node."""
        if path := node.get("cra_path"):
            source = Path(path)
        else:
            uri = node.get("uri", "")
            if "://" in uri:
                return Picture(problem="it lies on the web")
            source = self._find(uri)
        if not source.is_file():
            return Picture(problem="there is no such file")
        suffix = source.suffix.lower()
        if suffix not in FORMATS:
            return Picture(problem=f"a PDF cannot hold {suffix or 'this kind of'} files")
        try:
            data = source.read_bytes()
        except OSError as error:
            return Picture(problem=error.strerror or "it cannot be read")
        path = self.store(data, suffix)
        if path not in self._known:
            problem = self.attempt(path)
            self._known[path] = Picture(problem=problem) if problem else Picture(path=path)
        return self._known[path]

    def _find(self, uri: str) -> Path:
        """The file that an image is, relative to the sources but for those that Sphinx itself fetched."""
        candidates = [Path(self.builder.srcdir, name.removeprefix("/")) for name in (uri, unquote(uri))]
        return next((path for path in (*candidates, Path(uri)) if path.is_file()), candidates[0])

    def store(self, data: bytes, suffix: str) -> str:
        """Put ``data`` into the work folder and tell its path there."""
        name = f"/images/{hashlib.sha256(data).hexdigest()[:20]}{suffix}"
        target = self.workdir / name.removeprefix("/")
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        return name
