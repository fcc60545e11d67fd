"""From a resolved doctree to Typst source.

Each node type has an entry in one of three places: ``SKIPPED`` (leaves nothing), ``WRAPPED``
(its content between two strings) or a method of its name on :class:`Writer`. A type that is
in none of them keeps its content and is warned about once. How things look is decided in
``templates/technical-file.typ``, whose functions are called here.

Inside a call's parentheses the output is code, and nothing but ``[content]`` may be put there;
everywhere else it is markup.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, cast

from docutils import nodes
from sphinx import addnodes
from sphinx.locale import admonitionlabels

from sphinx_cra.ext.typst import tables
from sphinx_cra.ext.typst.formula import formula
from sphinx_cra.ext.typst.pictures import graph
from sphinx_cra.ext.typst.text import literal, pieces, right_to_left, squeeze

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sphinx.builders import Builder

    from sphinx_cra.ext.typst.pictures import Pictures
    from sphinx_cra.ext.typst.text import Glyphs

MAX_LINKED_ROWS = 3000
"""With more table rows than this, tables have no links: each takes the compiler some 45 kB."""


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


SKIPPED = _names(
    "colspec comment highlightlang index meta Needextend pending sd_tab_input substitution_definition "
    "system_message tabular_col_spec toctree"
)

TRANSPARENT = _names(
    "acks acronym aside_main decoration desc_addname desc_inline desc_name desc_sig_element desc_type "
    "document dropdown_main field_name footer generated glossary header Need NeedCount NeedFunc NeedIncoming "
    "NeedOutgoing NeedPart NeedRef only option option_string PassthroughTextElement pending_xref "
    "pending_xref_condition sd_badge target"
)

WRAPPED: dict[str, tuple[str, str]] = {
    **dict.fromkeys(TRANSPARENT, ("", "")),
    "attribution": ("\n#attributed[", "]\n"),
    "block_quote": ("\n#quote(block: true)[", "]\n"),
    "centered": ("\n#align(center)[#strong[", "]]\n"),
    "classifier": ("#emph[ : ", "]"),
    "desc": ("\n#described[", "]\n"),
    "desc_annotation": ("#emph[", "]"),
    "desc_content": ("#within[", "]\n"),
    "desc_optional": ('#"[";', '#"]";'),
    "desc_parameter": ("#emph[", "]"),
    "desc_returns": ('#" → ";', ""),
    "desc_signature": ("\n#signature[", "]\n"),
    "desc_signature_line": ("", "#linebreak();"),
    "desc_type_parameter": ("#emph[", "]"),
    "dropdown_title": ("\n#minor[", "]\n"),
    "emphasis": ("#emph[", "]"),
    "field": ("terms.item([", ""),
    "hlistcol": ("[", "],"),
    "literal_emphasis": ("#emph[", "]"),
    "literal_strong": ("#strong[", "]"),
    "manpage": ("#emph[", "]"),
    "problematic": ("#strong[", "]"),
    "sd_tab_label": ("\n#minor[", "]\n"),
    "sidebar": ("\n#aside[", "]\n"),
    "strong": ("#strong[", "]"),
    "subscript": ("#sub[", "]"),
    "subtitle": ("\n#minor[", "]\n"),
    "superscript": ("#super[", "]"),
    "title_reference": ("#emph[", "]"),
    "topic": ("\n#aside[", "]\n"),
    "versionmodified": ("\n#changed[", "]\n"),
}

_CALLS = {
    "bullet_list": "list",
    "field_list": "terms",
    "option_list": "terms",
}

_BASES: dict[type, str] = {nodes.Admonition: "admonition"}
"""What an extension's own type is treated as when only its base is known."""

_ENUMERATION = {"arabic": "1", "loweralpha": "a", "upperalpha": "A", "lowerroman": "i", "upperroman": "I"}
_POINTS = {
    "": 0.75,
    "px": 0.75,
    "pt": 1,
    "pc": 12,
    "in": 72,
    "cm": 72 / 2.54,
    "mm": 72 / 25.4,
    "em": 10,
    "ex": 5,
}
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
"""How an address begins that leads to the same place from anywhere."""
_LENGTH = re.compile(r"\s*([0-9]*\.?[0-9]+)\s*([a-z%]*)\s*", re.IGNORECASE)
_WHOLE = 20
"""Lines up to which a table row is not broken across pages."""
_LITTLE_PROSE = 600
"""Characters up to which text beside a wide table is set on its landscape pages."""


@dataclass(slots=True)
class Warned:
    """Something to tell the author once the document is written."""

    message: str
    place: nodes.Node | None = None


@dataclass(slots=True)
class Written:
    """The source of a document, and what was found on the way."""

    body: str
    rows: int
    needs: int
    linked_tables: bool
    warnings: list[Warned] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Link:
    """The start of a link, decided when all labels are known."""

    label: str


class Writer:
    """Writes one document.

    :param glyphs: what can be printed.
    :param pictures: where images are put.
    """

    def __init__(self, tree: nodes.document, builder: Builder, glyphs: Glyphs, pictures: Pictures) -> None:
        self.tree = tree
        self.builder = builder
        self.glyphs = glyphs
        self.pictures = pictures
        self.out: list[str | _Link] = []
        self.warnings: list[Warned] = []
        self.docname = ""
        self.level = 0
        self.depth = 0  # how many blocks deep; page orientation can change at 0 only
        self.landscape = False
        self.limit = 28  # longest token without a place to break
        self.in_title = False
        self.in_table = 0
        self.in_note = False
        self.line_begun = False
        self.line_size = 0
        self.needs = 0
        self.rows = sum("need" not in row.parent.parent.parent["classes"] for row in tree.findall(nodes.row))
        self.linked_tables = self.rows <= MAX_LINKED_ROWS
        self.labels: dict[str, str] = {}
        self.notes: dict[str, nodes.footnote] = {}
        self.referred: set[str] = set()
        self.placed_notes: set[str] = set()
        self.pending: list[str] = []
        self.emitted: set[str] = set()
        self.warned_types: set[str] = set()
        self._collect(tree, "")
        self.wanted = {self.labels[key] for key in self._links(tree, "") if key in self.labels}

    def write(self) -> Written:
        """The whole body."""
        self.children(self.tree)
        self.flush()
        self.orient(False)
        body = "".join(part if isinstance(part, str) else self._open_link(part) for part in self.out)
        return Written(
            body=body,
            rows=self.rows,
            needs=self.needs,
            linked_tables=self.linked_tables,
            warnings=self.warnings,
        )

    # ------------------------------------------------------------------ labels

    def _collect(self, node: nodes.Element, docname: str) -> None:
        """Give every id one label; the first of two equal ids keeps it."""
        if isinstance(node, addnodes.start_of_file):
            docname = node["docname"]
            first = next((c for c in node.children if isinstance(c, nodes.section)), None)
            ids = first["ids"] if first is not None else []
            self.labels.setdefault(
                docname,
                self.labels.setdefault(f"{docname}#{ids[0]}", f"{docname}#{ids[0]}") if ids else docname,
            )
        keys = [f"{docname}#{name}" for name in node["ids"]]
        for key in keys:
            self.labels.setdefault(key, self.labels.get(keys[0], keys[0]))
        if isinstance(node, nodes.footnote):
            self.notes.update(dict.fromkeys(keys, node))
        if isinstance(node, nodes.footnote_reference) and not _inside(node, nodes.footnote):
            self.referred.add(f"{docname}#{node.get('refid')}")
        for child in node.children:
            if isinstance(child, nodes.Element):
                self._collect(child, docname)

    def _links(self, node: nodes.Element, docname: str) -> Iterator[str]:
        if isinstance(node, addnodes.start_of_file):
            docname = node["docname"]
        if key := self._target(node, docname):
            yield key
        for child in node.children:
            if isinstance(child, nodes.Element):
                yield from self._links(child, docname)

    def _target(self, node: nodes.Element, docname: str) -> str:
        """The key that a reference leads to inside the document; empty where it leads nowhere."""
        uri = node.get("refuri", "")
        if uri.startswith("%"):
            key = uri[1:].removesuffix("#")
            return key if key in self.labels else key.partition("#")[0]
        return f"{docname}#{node['refid']}" if node.get("refid") else ""

    def _open_link(self, link: _Link) -> str:
        return f"#link(label({literal(link.label)}))[" if link.label in self.emitted else "#["

    def flush(self) -> None:
        """Set the labels that are due; called where markup may stand."""
        for label in self.pending:
            if label in self.wanted and label not in self.emitted:
                self.emitted.add(label)
                self.out.append(f"#anchor({literal(label)});")
        self.pending.clear()

    # ------------------------------------------------------------------ machinery

    def due(self, node: nodes.Element) -> None:
        """Remember the labels of a node for the next place where markup may stand."""
        keys = (f"{self.docname}#{name}" for name in node["ids"])
        self.pending.extend(self.labels[key] for key in keys if key in self.labels)

    def put(self, text: str) -> None:
        self.out.append(text)

    def children(self, node: nodes.Element, skip: Iterable[nodes.Node] = ()) -> None:
        """Write the children of a node, those in ``skip`` excepted."""
        left_out = {id(child) for child in skip}
        for child in node.children:
            if id(child) not in left_out:
                self.visit(child)

    def visit(self, node: nodes.Node) -> None:
        if isinstance(node, nodes.Text):
            self.text(node.astext(), node)
            return
        element = cast("nodes.Element", node)
        self.due(element)
        for cls in type(node).__mro__:
            name = _BASES.get(cls, cls.__name__)
            if name in SKIPPED:
                return
            if (method := getattr(self, f"do_{name}", None)) is not None:
                cast("Callable[[nodes.Element], None]", method)(element)
                return
            if name in WRAPPED:
                self.wrap(element, *WRAPPED[name])
                return
            if name in _CALLS:
                self.call(element, _CALLS[name])
                return
            if name in admonitionlabels:
                self.notice(element, name, admonitionlabels[name])
                return
        self.unknown(element)

    def wrap(self, node: nodes.Element, before: str, after: str) -> None:
        self.put(before)
        opens = before.endswith("[")
        if opens:
            self.flush()
        block = before.startswith("\n") or before.endswith(", [")
        self.depth += block
        self.children(node)
        self.depth -= block
        self.put(after)

    def call(self, node: nodes.Element, function: str, arguments: str = "") -> None:
        """A Typst call with the children as its arguments."""
        self.flush()
        self.put(f"\n#{function}({arguments}")
        self.children(node)
        self.put(")\n")

    def unknown(self, node: nodes.Element) -> None:
        name = type(node).__name__
        if name not in self.warned_types:
            self.warned_types.add(name)
            self.warn(f"the PDF knows no node type {name!r}: its text is printed without a layout", node)
        source = next((node[key] for key in ("code", "uml") if isinstance(node.get(key), str)), "")
        if source and not node.children:
            self.code(source, node)
        self.children(node)

    def warn(self, message: str, place: nodes.Node | None) -> None:
        located = place
        while located is not None and located.line is None:
            located = located.parent
        self.warnings.append(Warned(message, located or place))

    def orient(self, landscape: bool) -> None:
        """Go on on pages of the other orientation, if they are not already."""
        if landscape is not self.landscape:
            self.landscape = landscape
            self.put(f"\n#set page(flipped: {str(landscape).lower()})\n")

    # ------------------------------------------------------------------ text

    def text(self, text: str, place: nodes.Node | None = None) -> None:
        text = squeeze(self.glyphs.printable(text, place))
        core = text.strip(" ")
        if not core:
            self.put(" " if text else "")
            return
        self.flush()
        body = "#br;".join(f"#{literal(piece)};" for piece in pieces(core, self.limit))
        self.put(f"{' ' * text.startswith(' ')}{body}{' ' * text.endswith(' ')}")

    def string(self, text: str, place: nodes.Node | None = None) -> str:
        """``text`` as an argument."""
        return literal(self.glyphs.printable(text, place))

    def do_literal(self, node: nodes.Element) -> None:
        self.flush()
        self.put(f"#raw({self.string(squeeze(node.astext()), node)});")

    def do_paragraph(self, node: nodes.Element) -> None:
        self.put("\n\n")
        self.directed(node)
        self.put("\n\n")

    do_compact_paragraph = do_paragraph

    def directed(self, node: nodes.Element) -> None:
        """Inline content, from right to left where its first letter runs so."""
        backwards = right_to_left(node.astext())
        self.put("#backwards[" if backwards else "")
        self.flush()
        self.children(node)
        self.put("]" if backwards else "")

    def do_inline(self, node: nodes.Element) -> None:
        state = next((c for c in node["classes"] if c.startswith("cra-state-")), None)
        if state:
            self.wrap(node, f"#state({literal(state.removeprefix('cra-state-'))})[", "]")
        else:
            self.children(node)

    def do_abbreviation(self, node: nodes.Element) -> None:
        self.children(node)
        explanation = node.get("explanation")
        if explanation and not _inside(node, addnodes.desc_signature):
            self.text(f" ({explanation})", node)

    def do_raw(self, node: nodes.Element) -> None:
        if "typst" in node.get("format", "").split():
            self.put(f"\n{node.astext()}\n")
        elif 'type="checkbox"' in (source := node.astext()):  # how a task list in Markdown arrives
            self.text("☑ " if "checked" in source else "☐ ", node)

    # ------------------------------------------------------------------ references

    def do_reference(self, node: nodes.Element) -> None:
        self.flush()
        key = self._target(node, self.docname)
        external = node.get("refuri", "")
        if self.in_title or (self.in_table and not self.linked_tables):
            self.children(node)
            return
        if key:
            self.out.append(_Link(self.labels.get(key, key)))
        elif _ELSEWHERE.match(external):  # a file beside an HTML page is not beside a PDF
            self.put(f"#link({literal(self.glyphs.printable(external, node))})[")
        else:
            self.put("#[")
        self.children(node)
        self.put("]")

    do_number_reference = do_reference

    def do_download_reference(self, node: nodes.Element) -> None:
        if node.get("refuri"):
            self.do_reference(node)
        else:
            self.children(node)

    def do_compound(self, node: nodes.Element) -> None:
        if "toctree-wrapper" not in node["classes"]:  # its pages stand in the file itself
            self.children(node)

    def do_container(self, node: nodes.Element) -> None:
        if "sd-card-title" in node["classes"] or "sd-summary-title" in node["classes"]:
            self.content(node, "\n#minor[", "]\n")
        elif node.get("cra_paper"):
            self.paper(node)
        else:
            self.children(node)

    def paper(self, node: nodes.Element) -> None:
        """A declaration, say: in its own language, on pages of its own that all say that it is a draft."""
        own = node["cra_own_page"] and self.depth == 0
        language, _, region = str(node["cra_language"]).partition("-")
        if own:
            self.orient(False)
            self.put(f"\n#paper({self.string(node['cra_draft'], node)})[\n")
        else:
            self.put("\n#[\n#let paper-title = paper-heading\n")
        self.put(f"#set text(lang: {literal(language)}, region: {literal(region) if region else 'none'})\n")
        limit, self.limit = self.limit, 40  # long words of law: Harmonisierungsrechtsvorschriften
        self.children(node)
        self.limit = limit
        self.put("\n]\n")

    def do_rubric(self, node: nodes.Element) -> None:
        title = "cra-paper-title" in node["classes"]
        self.wrap(node, "\n#paper-title[" if title else "\n#minor[", "]\n")

    def do_start_of_file(self, node: nodes.Element) -> None:
        outer, self.docname = self.docname, node["docname"]
        self.pending.append(self.labels[self.docname])
        self.mark("")
        self.children(node)
        self.docname = outer

    def mark(self, title: str) -> None:
        """A comment that tells from where the source below comes, for messages of the compiler."""
        self.put(f"\n//@ {squeeze(self.docname)}\t{squeeze(title)}\n")

    def do_footnote(self, node: nodes.Element) -> None:
        if not any(f"{self.docname}#{name}" in self.referred for name in node["ids"]):
            self.do_citation(node)

    def do_citation(self, node: nodes.Element) -> None:
        label = next((child for child in node.children if isinstance(child, nodes.label)), None)
        self.put("\n#cited[")
        self.flush()
        self.text(f"[{label.astext()}] " if label else "", node)
        self.content(node, "#[", "]]\n", skip=[label] if label else [])

    def do_footnote_reference(self, node: nodes.Element) -> None:
        key = f"{self.docname}#{node.get('refid')}"
        note = self.notes.get(key)
        if note is None or self.in_note:
            self.wrap(node, "#super[", "]")
            return
        name = literal(f"note:{self.labels.get(key, key)}")
        if key in self.placed_notes and not self.in_title:
            self.put(f"#footnote(label({name}));")
            return
        limit, self.limit, self.in_note = self.limit, 28, True
        closing = "];" if self.in_title else f"]#label({name});"
        self.content(
            note, "#footnote[", closing, skip=[c for c in note.children if isinstance(c, nodes.label)]
        )
        self.limit, self.in_note = limit, False
        if not self.in_title:  # a heading is set again in the contents, and a label may be there only once
            self.placed_notes.add(key)

    do_citation_reference = do_reference

    # ------------------------------------------------------------------ sections

    def do_section(self, node: nodes.Element) -> None:
        self.level += 1
        if self.depth == 0:
            self.orient(_wide_ahead(node.children, otherwise=False))
        self.children(node)
        self.level -= 1

    def do_title(self, node: nodes.Element) -> None:
        parent = node.parent
        if not isinstance(parent, nodes.section):
            self.wrap(node, "\n#minor[", "]\n")
            return
        self.mark(node.astext())
        due = [
            label
            for label in dict.fromkeys(self.pending)
            if label in self.wanted and label not in self.emitted
        ]
        self.pending.clear()
        self.emitted.update(due)
        self.put(f"#heading(level: {self.level})[")
        self.in_title = True
        self.directed(node)
        self.in_title = False
        self.put("]")
        self.put(f"#label({literal(due[0])})" if due else "")
        self.put("".join(f"#anchor({literal(label)});" for label in due[1:]) + "\n\n")

    def do_transition(self, node: nodes.Element) -> None:
        self.put("\n#transition\n")

    # ------------------------------------------------------------------ lists

    def do_enumerated_list(self, node: nodes.Element) -> None:
        style = (
            node.get("prefix", "") + _ENUMERATION.get(node.get("enumtype", ""), "1") + node.get("suffix", ".")
        )
        self.call(node, "enum", f"start: {int(node.get('start', 1))}, numbering: {literal(style)}, ")

    def do_list_item(self, node: nodes.Element) -> None:
        self.content(node, "[", "],\n")

    def content(self, node: nodes.Element, before: str, after: str, skip: Iterable[nodes.Node] = ()) -> None:
        """Content in brackets; a paragraph that opens it is set without the space of a paragraph."""
        self.put(before)
        self.flush()
        left_out = {id(child) for child in skip}
        rest = [child for child in node.children if id(child) not in left_out]
        self.depth += 1
        if rest and isinstance(first := rest[0], nodes.paragraph):
            self.due(first)
            self.directed(first)
            rest = rest[1:]
        for child in rest:
            self.visit(child)
        self.depth -= 1
        self.put(after)

    def do_definition_list(self, node: nodes.Element) -> None:
        self.call(node, "terms", "separator: linebreak(), ")

    def do_definition_list_item(self, node: nodes.Element) -> None:
        self.put("terms.item([")
        self.children(node)
        if not any(isinstance(child, nodes.definition) for child in node):
            self.put("], []),\n")

    def do_definition(self, node: nodes.Element) -> None:
        self.content(node, "], [", "]),\n")

    do_description = do_field_body = do_definition

    def do_term(self, node: nodes.Element) -> None:
        first = node.parent is None or node.parent.index(node) == 0
        self.put("" if first else '#", ";')
        self.flush()
        self.children(node)

    def do_option_list_item(self, node: nodes.Element) -> None:
        self.put("terms.item([")
        self.children(node)

    def do_option_group(self, node: nodes.Element) -> None:
        self.joined(node, '#", ";')

    def joined(self, node: nodes.Element, between: str) -> None:
        for number, child in enumerate(node.children):
            self.put(between if number else "")
            self.visit(child)

    def do_option_argument(self, node: nodes.Element) -> None:
        self.text(node.get("delimiter", " "), node)
        self.wrap(node, "#emph[", "]")

    def do_hlist(self, node: nodes.Element) -> None:
        self.call(node, "grid", f"columns: {max(1, len(node.children))} * (1fr,), gutter: 1em, ")

    def do_line_block(self, node: nodes.Element) -> None:
        nested = isinstance(node.parent, nodes.line_block)
        outer, self.line_begun, self.line_size = self.line_begun, False, 0
        self.put("\n#within[" if nested else "\n#lines[")
        self.flush()
        self.children(node)
        self.put("]\n")
        self.line_begun = outer and not nested

    def do_line(self, node: nodes.Element) -> None:
        if any(True for child in node.findall(nodes.line) if child is not node):
            self.children(node)  # needs put lines into the inline content of lines
            return
        blank = not node.astext().strip() and not any(True for _ in node.findall(nodes.image))
        if blank and _inside(node, nodes.table):
            return
        size = len(node.astext())
        joined = isinstance(node.parent, nodes.inline) and self.line_size > 0 and self.line_size + size < 100
        self.put(('#"  ·  ";' if joined else "#linebreak();") if self.line_begun else "")
        self.line_size = self.line_size + size + 5 if joined else size
        self.line_begun = True
        self.flush()
        self.children(node)

    # ------------------------------------------------------------------ blocks

    def do_literal_block(self, node: nodes.Element) -> None:
        self.code(node.astext(), node, language=node.get("language", ""))

    do_doctest_block = do_literal_block

    def code(self, source: str, node: nodes.Element, *, language: str = "") -> None:
        highlighting: dict[str, Any] = node.get("highlight_args") or {}
        lines = highlighting.get("hl_lines") or []
        arguments = [self.string(source.expandtabs(4), node)]
        if (
            language
            and re.fullmatch(r"[A-Za-z0-9+#]+", language)
            and language not in ("default", "none", "text")
        ):
            arguments.append(f"lang: {literal('python' if language in ('python3', 'pycon') else language)}")
        if lines:
            arguments.append(f"emphasized: ({', '.join(str(int(n)) for n in lines)},)")
        self.flush()
        self.put(f"\n#code({', '.join(arguments)})\n")

    def do_admonition(self, node: nodes.Element) -> None:
        title = next((child for child in node.children if isinstance(child, nodes.title)), None)
        self.notice(node, "note", title.astext() if title else "", skip=[title] if title else [])

    def notice(self, node: nodes.Element, kind: str, title: str, skip: Iterable[nodes.Node] = ()) -> None:
        self.put(f"\n#notice({literal(kind)}, {self.string(squeeze(str(title)), node)})[")
        self.content(node, "", "]\n", skip)

    def do_caption(self, node: nodes.Element) -> None:
        self.put("\n#minor[")
        self.flush()
        self.numbered(node.parent)
        self.directed(node)
        self.put("]\n")

    def numbered(self, node: nodes.Element | None) -> None:
        """``Fig. 3``, as the references to it say; nothing where ``numfig`` is off."""
        domain = self.builder.env.domains.standard_domain
        if node is None or not self.builder.config.numfig or not node.get("ids"):
            return
        kind = domain.get_enumerable_node_type(node)
        numbers = self.builder.env.toc_fignumbers.get(self.docname, {}).get(kind or "", {})
        number = next((numbers[name] for name in node["ids"] if name in numbers), None)
        pattern = self.builder.config.numfig_format.get(kind or "", "")
        if number and pattern:
            self.text(pattern % ".".join(map(str, number)) + " ", node)

    def do_production(self, node: nodes.Element) -> None:
        name = node.get("tokenname", "")
        self.put("#linebreak();" if self.line_begun else "")
        self.line_begun = True
        self.text(f"{name} ::= " if name and "::=" not in node.astext() else "", node)
        self.children(node)

    def do_productionlist(self, node: nodes.Element) -> None:
        outer, self.line_begun = self.line_begun, False
        self.wrap(node, "\n#lines[", "]\n")
        self.line_begun = outer

    def do_desc_parameterlist(self, node: nodes.Element) -> None:
        self.put('#"(";')
        self.joined(node, '#", ";')
        self.put('#")";')

    def do_desc_type_parameter_list(self, node: nodes.Element) -> None:
        self.put('#"[";')
        self.joined(node, '#", ";')
        self.put('#"]";')

    # ------------------------------------------------------------------ pictures and formulas

    def do_image(self, node: nodes.Element) -> None:
        picture = self.pictures.add(node, self.docname)
        alt = squeeze(node.get("alt") or "").strip()
        name = PurePosixPath(node.get("uri", "") or node.get("cra_path", "")).name
        if picture.problem:
            self.warn(f"image {name!r} is not in the PDF: {picture.problem}", node)
            self.text(f"[{alt or name}]", node)
            return
        if not alt:
            self.warn(f"image {name!r} has no alternative text; its file name stands in", node)
        inline = isinstance(node.parent, nodes.TextElement)
        if isinstance(node.parent, nodes.reference):
            inline = isinstance(node.parent.parent, nodes.TextElement)
        arguments = [literal(picture.path), f"alt: {self.string(alt or name, node)}"]
        sizes = {side: _length(node.get(side, ""), node.get("scale", 100)) for side in ("width", "height")}
        arguments += [f"{side}: {length}" for side, length in sizes.items() if length]
        if "width" not in node and "height" not in node and node.get("scale", 100) != 100:
            arguments.append(f"scaled: {float(node['scale'])}%")
        self.flush()
        if inline:
            self.put(f"#icon({', '.join(arguments)});")
            return
        if node.get("align") in ("left", "center", "right"):
            arguments.append(f"side: {node['align']}")
        self.put(f"\n#picture({', '.join(arguments)})\n")

    def do_graphviz(self, node: nodes.Element) -> None:
        options: dict[str, Any] = node.get("options") or {}
        self.graph(node, node["code"], options.get("graphviz_dot"))

    def graph(self, node: nodes.Element, source: str, engine: str | None) -> None:
        config = self.builder.config
        command = [
            engine or getattr(config, "graphviz_dot", "dot"),
            *getattr(config, "graphviz_dot_args", ()),
        ]
        drawn = graph(source, command)
        path = self.pictures.store(drawn, ".svg") if drawn else ""
        if not path or self.pictures.attempt(path):
            self.warn(f"a graph is printed as its source, because {command[0]!r} could not draw it", node)
            self.code(source, node)
            return
        caption = next((c.astext() for c in node.parent.children if isinstance(c, nodes.caption)), "")
        self.flush()
        alt = self.string(node.get("alt") or caption or source, node)
        side = ", side: center" if caption else ""
        self.put(f"\n#picture({literal(path)}, alt: {alt}{side})\n")

    def do_figure(self, node: nodes.Element) -> None:
        caption = next((child for child in node.children if isinstance(child, nodes.caption)), None)
        self.flush()
        images, code = (any(True for _ in node.findall(t)) for t in (nodes.image, nodes.literal_block))
        self.put("\n#illustration(" if images and not code else "\n#captioned(")
        if caption is not None:
            self.put("caption: [")
            self.numbered(node)
            self.directed(caption)
            self.put("], ")
        self.put("[")
        self.depth += 1
        legend = [child for child in node.children if isinstance(child, nodes.legend)]
        self.children(node, skip=[*legend, *([caption] if caption is not None else [])])
        self.depth -= 1
        self.put("])\n")
        for part in legend:
            self.content(part, "\n#legend[", "]\n")

    def do_math(self, node: nodes.Element) -> None:
        self.formula(node, block=False)

    def do_math_block(self, node: nodes.Element) -> None:
        self.formula(node, block=True)

    def formula(self, node: nodes.Element, *, block: bool) -> None:
        latex = node.astext().strip()
        drawn = formula(latex, size=11 if block else 10, block=block)
        self.flush()
        number = f"({node['number']})" if block and node.get("number") else ""
        if drawn is None:
            self.warn("a formula is printed as its LaTeX source, because it could not be drawn", node)
            self.put(f"\n#formula-source({self.string(latex, node)}, {literal(number)})\n" if block else "")
            self.put("" if block else f"#raw({self.string(latex, node)});")
            return
        path = self.pictures.store(drawn.svg.encode(), ".svg")
        alt = self.string(latex, node)
        if block:
            self.put(f"\n#formula({literal(path)}, {alt}, {drawn.width:.2f}pt, {literal(number)})\n")
        else:
            self.put(f"#inline-formula({literal(path)}, {alt}, {drawn.width:.2f}pt, {drawn.depth:.2f}pt);")

    # ------------------------------------------------------------------ tables and needs

    def do_table(self, node: nodes.table) -> None:
        grid = tables.grid(node, self.room(node))
        if "need" in node["classes"]:
            self.needs += 1
            if all(len(row) == 1 for row in grid.body) and not grid.head:
                self.need(node, grid)
                return
        title = next((child for child in node.children if isinstance(child, nodes.title)), None)
        wide = self.depth == 0 and _wide(node)
        if wide:
            self.orient(True)
        self.flush()
        self.put("\n#")
        if title is not None:
            self.put("titled(caption: [")
            self.numbered(node)
            self.directed(title)
            self.put("], ")
        if grid.widths:
            columns = "(" + ", ".join(f"{width:.4g}fr" for width in grid.widths) + ",)"
        else:
            columns = str(grid.columns)
        # Rows go to the next page as a whole where none of them could be longer than a page.
        whole = grid.tallest <= _WHOLE
        self.put(f"data-table({columns}, {str(whole).lower()}, ")
        self.in_table += 1
        limit, self.limit = self.limit, 10
        if grid.head:
            self.put("table.header(")
            self.cells(grid.head, grid, head=True)
            self.put("),\n")
        self.cells(grid.body, grid)
        self.limit = limit
        self.in_table -= 1
        self.put(")")
        self.put(")\n" if title is not None else "\n")
        if wide:
            self.orient(_wide_ahead(_following(node), otherwise=True))

    def room(self, node: nodes.table) -> int:
        """About how many characters of table text go into a line."""
        if self.in_table:
            return 50
        return 165 if self.landscape or (self.depth == 0 and _wide(node)) else 110 - 4 * min(self.depth, 3)

    def cells(
        self, rows: tuple[tuple[tables.Cell, ...], ...], grid: tables.Grid, *, head: bool = False
    ) -> None:
        for number, row in enumerate(rows):
            # A line across the table is the head of what follows, and must not be left alone on a page.
            across = len(row) == 1 and row[0].colspan == grid.columns and number + 1 < len(rows)
            group = across and bool(grid.head) and not head and grid.tallest <= _WHOLE
            self.put("table.header(level: 2, repeat: false, " if group else "")
            for cell in row:
                if cell.entry is None:
                    self.put("[],")
                    continue
                options = [f"colspan: {cell.colspan}"] if cell.colspan > 1 else []
                options += [f"rowspan: {cell.rowspan}"] if cell.rowspan > 1 else []
                options += ["fill: tint"] if group else []
                before = f"table.cell({', '.join(options)})[" if options else "["
                strong = head or cell.column in grid.stubs
                self.due(cell.row)
                self.due(cell.entry)
                self.content(cell.entry, f"{before}#strong[" if strong else before, "]]," if strong else "],")
            self.put("),\n" if group else "\n")

    def need(self, node: nodes.table, grid: tables.Grid) -> None:
        """A need as a box: its head, then each further part that holds anything."""
        kind = next(
            (c.removeprefix("needs_type_") for c in node["classes"] if c.startswith("needs_type_")), ""
        )
        big = nodes.table | nodes.literal_block | nodes.image
        whole = len(node.astext()) < 1500 and sum(1 for _ in node.findall(lambda n: isinstance(n, big))) == 1
        self.flush()
        self.put(f"\n#need({literal(kind)}, {str(whole).lower()}, ")
        for (cell,) in grid.body:
            entry = cell.entry
            if entry is None or not _holds_anything(entry):
                continue
            role = next(
                (c for c in ("head", "meta", "content", "footer") if c in entry["classes"]), "content"
            )
            self.put(f"({literal(role)}, ")
            self.content(entry, "[", "]),\n")
        self.put(")\n")


def _inside(node: nodes.Node, kind: type[nodes.Element]) -> bool:
    parent = node.parent
    while parent is not None:
        if isinstance(parent, kind):
            return True
        parent = parent.parent
    return False


def _holds_anything(node: nodes.Element) -> bool:
    if any(True for _ in node.findall(lambda n: isinstance(n, nodes.image | nodes.math))):
        return True
    return any(text.strip() and not isinstance(text.parent, nodes.raw) for text in node.findall(nodes.Text))


def _wide(table: nodes.table) -> bool:
    classes = table["classes"]
    if "landscape" in classes:
        # Our own tables ask for it whatever they hold; a few rows are not worth turning the page.
        return "cra-table" not in classes or sum(1 for _ in table.findall(nodes.row)) > 5
    group = next(iter(table.findall(nodes.tgroup)))
    columns = sum(isinstance(child, nodes.colspec) for child in group)
    return columns >= tables.WIDE and "need" not in classes


def _wide_ahead(content: Iterable[nodes.Node], *, otherwise: bool) -> bool:
    """Whether little stands before the next wide table in ``content``.

    :param otherwise: the answer where little stands in it at all, up to the next section.
    """
    prose = 0
    for child in content:
        if isinstance(child, nodes.section | addnodes.start_of_file):
            return otherwise or _wide_ahead(child.children, otherwise=False)
        if any(_wide(table) for table in _own_tables(child)):
            return True
        prose += 0 if isinstance(child, nodes.title) else len(child.astext())
        if prose > _LITTLE_PROSE:
            return False
    return otherwise


def _following(node: nodes.Element) -> list[nodes.Node]:
    """What comes behind a block on its level of the page."""
    while isinstance(node.parent, nodes.container | nodes.compound):
        node = node.parent
    return [] if node.parent is None else node.parent.children[node.parent.index(node) + 1 :]


def _own_tables(node: nodes.Node) -> Iterator[nodes.table]:
    """Tables in the flow of the page: not in a list, a quote or another table."""
    if isinstance(node, nodes.table):
        yield node
    elif isinstance(node, nodes.container | nodes.compound):
        for child in node.children:
            yield from _own_tables(child)


def _length(value: str, scale: float) -> str:
    """A CSS length in Typst; empty where it cannot be one."""
    match = _LENGTH.fullmatch(str(value))
    if match is None:
        return ""
    number, unit = float(match[1]) * float(scale) / 100, match[2].lower()
    if unit == "%":
        return f"{min(number, 100):g}%"
    return f"{number * _POINTS[unit]:g}pt" if unit in _POINTS else ""
