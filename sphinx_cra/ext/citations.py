"""Citations in the prose of a project: a warning at the line of each that does not exist.

A document is looked at when it is read; what is found is kept and said like everything that is wrong in it.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes

from sphinx_cra.ext import needs
from sphinx_cra.ext.project import warn
from sphinx_cra.model import Code, Finding, Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

    from sphinx_cra.citation.laws import Layout

_SILENT = (
    nodes.literal,
    nodes.math,
    nodes.raw,
    nodes.comment,
    nodes.image,
    nodes.problematic,
    nodes.system_message,
)
"""Inside a paragraph: not prose of the author's."""
_BLOCKS = (
    nodes.literal_block,
    nodes.doctest_block,
    nodes.math_block,
    nodes.raw,
    nodes.comment,
    nodes.system_message,
)
"""Blocks that are no prose."""
_APART = "\N{MIDDLE DOT}"
"""Stands for what is left out, so that the words around it do not become one citation."""


def look(app: Sphinx, doctree: nodes.document) -> None:
    """Find the wrong citations of a document. ``doctree-read``."""
    if app.config.cra_citations is not True:
        return
    pieces = list(_prose(app.env, doctree))
    text = "\n\n".join(words for words, _, _ in pieces)
    from sphinx_cra import citation  # a project that turns it off needs none of it

    if not citation.suspicious(text):
        return
    layout, starts = _layout(text, pieces)
    for found in citation.find(text, layout=layout, name=app.env.docname, project=True):
        if found.wrong:
            piece = bisect_right(starts, found.start) - 1
            _, node, first = pieces[piece]
            line = first and first + text.count("\n", starts[piece], found.start)
            finding = Finding(
                code=Code.CITATION,
                message=f"{found.text}: {found.reason}",
                way_out=found.way_out,
                about=found.text,
                place=Place(source=_file(app, node), line=line),
            )
            warn(app.env, finding)


def _prose(env: BuildEnvironment, doctree: nodes.document) -> Iterator[tuple[str, nodes.Element, int | None]]:
    """What the author wrote, block by block, with the node and the line that it begins at."""
    stack: list[nodes.Node] = [doctree]
    while stack:
        node = stack.pop()
        if isinstance(node, _BLOCKS) or not isinstance(node, nodes.Element):
            continue
        if (title := needs.title_of(env, node)) is not None:
            yield title[0], node, title[1]
        if isinstance(node, nodes.TextElement):
            words = "".join(_words(node))
            if words.strip():
                yield words, node, _line(node)
        else:
            stack.extend(reversed(node.children))


def _words(node: nodes.Element) -> Iterator[str]:
    for child in node.children:
        if isinstance(child, nodes.Text):
            yield str(child)
        elif isinstance(child, nodes.Element):
            if isinstance(child, _SILENT) or "cra_clause" in child:
                yield _APART
            else:
                yield from _words(child)


def _line(node: nodes.Node) -> int | None:
    at: nodes.Node | None = node
    while at is not None and at.line is None:
        at = at.parent
    line = at and at.line
    row = node
    while row is not None and not isinstance(row, nodes.row):
        row = row.parent
    if line and row is not None and isinstance(row.parent, nodes.tbody) and str(row.source).endswith(".md"):
        table = row.parent.parent.parent
        if table.line == line:  # MyST knows the line of a table only: head, rule, rows
            return line + 2 + row.parent.index(row)
    return line


def _file(app: Sphinx, node: nodes.Node) -> str:
    """The document, or the file that it includes the text from."""
    at: nodes.Node | None = node
    while at is not None and not at.source:
        at = at.parent
    docname = app.env.docname
    if at is None or not at.source:
        return docname
    file = Path(os.path.normpath(Path.cwd() / at.source))  # docutils names what is near as seen from there
    if file == Path(app.env.doc2path(docname)):
        return docname
    return file.relative_to(app.srcdir).as_posix() if file.is_relative_to(app.srcdir) else file.name


def _layout(text: str, pieces: list[tuple[str, nodes.Element, int | None]]) -> tuple[Layout, list[int]]:
    """The layout of a document's prose, and where each of its blocks begins."""
    from sphinx_cra.citation import laws

    starts: list[int] = []
    sections: list[int] = []
    position = 0
    for words, node, _ in pieces:
        starts.append(position)
        if isinstance(node, nodes.title):
            sections.append(position)
        position += len(words) + 2
    sentences = laws.prose(text).sentences
    return laws.Layout(sorted({*sentences, *starts}), starts, sections), starts


def setup(app: Sphinx) -> None:
    app.connect("doctree-read", look)
