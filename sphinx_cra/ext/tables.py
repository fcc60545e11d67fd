"""The two renderings of a table: docutils nodes, and HTML text where speed counts."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.errors import NoUri

from sphinx_cra.render.table import BREAK, Spanning

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sphinx.builders import Builder

    from sphinx_cra.assessment import Assessment
    from sphinx_cra.render.table import Block, Cell, Table, Text


class Linker:
    """Where items and clauses are, as seen from one document in one builder.

    :param docname: the document that the directive was *read* in: for LaTeX and singlehtml the
        document being written is another one, and links made from there are dead.
    """

    def __init__(
        self, builder: Builder, docname: str, assessment: Assessment, clauses: Mapping[str, str]
    ) -> None:
        self.builder = builder
        self.docname = docname
        self.assessment = assessment
        self.clauses = clauses
        self._uris: dict[str, str | None] = {}

    def uri(self, target: str) -> str | None:
        """The URI of an item, a clause or a URL; None where it leads nowhere in this build."""
        if "://" in target:  # also what an author wrote as a link, and ``javascript://`` runs
            return target if target.casefold().startswith(("https://", "http://")) else None
        if target.startswith("doc:"):
            docname, _, anchor = target.removeprefix("doc:").partition("#")
            return self.inside(docname, anchor)
        item = self.assessment.trace.items.get(target)
        if item is not None:
            # what a test declares has no need of its own: ``EVID_TESTS.CTRL_LOGIN`` is at EVID_TESTS
            return self.inside(item.place.source, target.partition(".")[0]) if item.place else None
        if target in self.clauses:
            return self.inside(self.clauses[target], target)
        clause = self.assessment.clauses.get(target)
        return clause.url if clause is not None else None

    def inside(self, docname: str, anchor: str) -> str | None:
        """The URI of a place in a document of the project."""
        if docname not in self._uris:
            self._uris[docname] = self._base(docname)
        base = self._uris[docname]
        if base is None:
            return None
        if self.builder.name == "singlehtml" and not anchor:
            return f"#document-{docname}"
        return f"{base}#{anchor}" if anchor else base

    def _base(self, docname: str) -> str | None:
        if self.builder.name == "singlehtml":
            return ""
        if docname == self.docname and self.builder.format != "latex":
            return ""
        try:
            return self.builder.get_relative_uri(self.docname, docname)
        except NoUri:
            return None

    def reference(self, piece: Text) -> nodes.Node:
        """A node for a piece of text, leading where it should."""
        inner: nodes.Node
        if piece.kind == "strong":
            inner = nodes.strong("", piece.text)
        elif piece.kind == "literal":
            inner = nodes.literal("", "", self._text(piece.text))
        elif piece.kind:
            inner = nodes.inline("", piece.text, classes=piece.kind.split())
        else:
            inner = self._text(piece.text)
        uri = self.uri(piece.to) if piece.to else None
        if uri is None:
            return inner
        node = nodes.reference("", "", inner, internal="://" not in uri, classes=["reference"])
        if uri.startswith("#") and self.builder.name != "singlehtml":
            node["refid"] = uri[1:]
        else:
            node["refuri"] = uri
        return node

    def _text(self, text: str) -> nodes.Node:
        """Text; in HTML, one that may break behind the underscores of an id."""
        if self.builder.format == "html" and _is_id(text):
            return nodes.raw("", _breakable(text), format="html")
        return nodes.Text(text)


def _is_id(text: str) -> bool:
    return "_" in text and text.isascii() and text.replace("_", "").isalnum()


def _breakable(text: str) -> str:
    return text.replace("_", "_<wbr/>")


def none(sentence: str) -> nodes.paragraph:
    """What stands where there is nothing to show."""
    return nodes.paragraph("", sentence, classes=["cra-none"])


def as_nodes(table: Table, linker: Linker) -> nodes.table:
    """The table as docutils nodes, which every builder can write."""
    node = nodes.table(classes=["cra-table", "longtable", "colwidths-given", *table.classes])
    group = nodes.tgroup(cols=len(table.headers))
    node += group
    group += [nodes.colspec(colwidth=w) for w in table.widths]
    head = nodes.thead()
    head += _row([nodes.entry("", nodes.paragraph("", h)) for h in table.headers])
    group += head
    body = nodes.tbody()
    anchors = table.anchors or {}
    for number, row in enumerate(table.rows):
        if isinstance(row, Spanning):
            cell = nodes.entry("", nodes.paragraph("", "", nodes.strong("", row.text)))
            if linker.builder.format == "man":  # its writer cannot span
                rest = [nodes.entry("", nodes.paragraph()) for _ in table.headers[1:]]
            else:
                cell["morecols"], rest = len(table.headers) - 1, []
            body += _row([cell, *rest], ["cra-spanning"])
            continue
        entries = [nodes.entry("", *_paragraphs(cell, linker)) for cell in row]
        if number in anchors:
            entries[0].insert(0, nodes.target("", "", ids=[anchors[number]]))
        body += _row(entries)
    group += body
    return node


def as_blocks(blocks: Iterable[Block], linker: Linker) -> list[nodes.Node]:
    """The blocks as docutils nodes: a paragraph, and what is said of it as definitions."""
    result: list[nodes.Node] = []
    for block in blocks:
        box = nodes.container(classes=["cra-block"])
        head = nodes.paragraph(classes=["cra-block-head"])
        head += [linker.reference(piece) for piece in block.head]
        box += head
        parts = nodes.definition_list()
        for words, cells in block.parts:
            part = nodes.definition_list_item()
            part += nodes.term("", words)
            part += nodes.definition("", *_definition(cells, linker))
            parts += part
        box += [parts] if block.parts else []
        result.append(box)
    return result


def _definition(cells: Sequence[Cell], linker: Linker) -> Iterator[nodes.Node]:
    if len(cells) == 1:
        yield from _paragraphs(cells[0], linker)
        return
    points = nodes.bullet_list()
    points += [nodes.list_item("", *_paragraphs(cell, linker)) for cell in cells]
    yield points


def _row(entries: list[nodes.entry], classes: Sequence[str] = ()) -> nodes.row:
    row = nodes.row(classes=list(classes))
    row += entries
    return row


def _paragraphs(cell: Cell, linker: Linker) -> Iterator[nodes.paragraph]:
    paragraph = nodes.paragraph()
    for piece in cell:
        if piece is BREAK:
            yield paragraph
            paragraph = nodes.paragraph()
        else:
            paragraph += linker.reference(piece)
    yield paragraph


_TAGS = {"strong": "strong", "literal": "code"}


def as_html(table: Table, linker: Linker) -> str:
    """The table as HTML text: a tenth of the cost of nodes, for tables with a row for every item."""
    out = [f'<table class="docutils align-default {" ".join(("cra-table", *table.classes))}">\n<thead><tr>']
    out += [f'<th class="head"><p>{escape(h)}</p></th>' for h in table.headers]
    out.append("</tr></thead>\n<tbody>\n")
    anchors = table.anchors or {}
    for number, row in enumerate(table.rows):
        if isinstance(row, Spanning):
            out.append(f'<tr class="cra-spanning"><td colspan="{len(table.headers)}"><p><strong>')
            out.append(f"{escape(row.text)}</strong></p></td></tr>\n")
            continue
        anchor = f' id="{escape(anchors[number])}"' if number in anchors else ""
        out.append(f"<tr{anchor}>")
        for cell in row:
            out.append("<td><p>")
            out += [_html(piece, linker) for piece in cell]
            out.append("</p></td>")
        out.append("</tr>\n")
    out.append("</tbody></table>\n")
    return "".join(out)


def _html(piece: Text, linker: Linker) -> str:
    if piece is BREAK:
        return "<br/>"
    inner = _breakable(piece.text) if _is_id(piece.text) else escape(piece.text)
    if piece.kind in _TAGS:
        inner = f"<{_TAGS[piece.kind]}>{inner}</{_TAGS[piece.kind]}>"
    elif piece.kind:
        inner = f'<span class="{escape(piece.kind)}">{inner}</span>'
    uri = linker.uri(piece.to) if piece.to else None
    return f'<a class="reference" href="{escape(uri)}">{inner}</a>' if uri else inner
