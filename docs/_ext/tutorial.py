"""``result``: what the project of a page has become so far, built and shown where it stands.

.. code-block:: markdown

   ```{result} index cra-matrix     the table of that class, or the picture, on that page
   ```
   ```{result} warnings             what the build says
   ```
   ```{result} files cra            what the builder writes
   ```

A build that fails, or that warns where no ``warnings`` are shown, is a warning of these docs.
"""

from __future__ import annotations

import functools
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import snippets
from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from sphinx.application import Sphinx

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Built:
    """What a build left."""

    warnings: str
    pages: dict[str, str]
    files: tuple[str, ...]


@functools.cache
def built(project: tuple[tuple[str, str], ...], builder: str) -> Built:
    """The project, built once however often it is shown."""
    with tempfile.TemporaryDirectory() as name:
        source, target = Path(name, "docs"), Path(name, "out")
        snippets.write(dict(project), source)
        done = snippets.build(source, target, builder, "-d", Path(name, "doctrees").as_posix())
        written = sorted(p.relative_to(target).as_posix() for p in target.rglob("*") if p.is_file())
        pages = {p: (target / p).read_text("utf-8") for p in written if p.endswith(".html")}
        return Built(done.stderr.replace(f"{source}/", "docs/").strip(), pages, tuple(written))


class Result(SphinxDirective):
    """Shows a part of what the code blocks above it build."""

    required_arguments = 1
    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        source = Path(self.env.doc2path(self.env.docname)).read_text("utf-8")
        above = "\n".join(source.splitlines()[: self.lineno])
        what, detail = (*self.arguments, "")[:2]
        done = built(tuple(snippets.files(above).items()), detail if what == "files" else "html")
        if what == "warnings":
            return [_listing(done.warnings or "(no warnings)")]
        if done.warnings:
            logger.warning("the snippets above warn: %s", done.warnings, location=self.get_location())
        if what == "files":
            return [_listing("\n".join(done.files))]
        fragment = _fragment(done.pages.get(f"{what}.html", ""), detail)
        if not fragment:
            logger.warning("%s.html has no %s", what, detail, location=self.get_location())
        return [nodes.raw("", f'<div class="result">{fragment}</div>', format="html")]


def _listing(text: str) -> nodes.Node:
    return nodes.container("", nodes.literal_block("", text, language="text"), classes=["result"])


def _fragment(page: str, name: str) -> str:
    """The table of a class on a page, the picture, or the list of a class; its links lead nowhere here."""
    for pattern in (
        rf'<table class="[^"]*\b{name}\b.*?</table>',
        rf'<div class="{name}">.*?</svg></div>',
        rf'<ul class="[^"]*\b{name}\b.*?</ul>',
    ):
        if found := re.search(pattern, page, re.DOTALL):
            plain = re.sub(r"</?a\b[^>]*>", "", found[0])
            return re.sub(r'(<(?:tr|span|td|p)\b[^>]*?) id="[^"]*"', r"\1", plain)
    return ""


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("result", Result)
    return {"parallel_read_safe": True}
