"""The technical file as one document, in the order of Annex VII, for the PDF.

Takes the claimed sections out of their pages, puts the computed parts beside them, and leads every
link to where its target stands in this document.
"""

from __future__ import annotations

import datetime as dt
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sphinx
from docutils import nodes
from docutils.utils import new_document
from sphinx import addnodes

from sphinx_cra.ext import frameworks, papers, typst
from sphinx_cra.ext.tables import as_nodes
from sphinx_cra.ext.typst import PdfError as PdfError
from sphinx_cra.ext.views import View, point_content
from sphinx_cra.model import State
from sphinx_cra.render import legal, overview, views

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sphinx_cra.ext.builder import CraBuilder
    from sphinx_cra.ext.project import CraDomain
    from sphinx_cra.model import Point, Section

FILE = "_cra/file"
"""Name of the document that the computed parts stand in."""

MEDIA = {
    "assessment.json": ("application/json", "Everything this document shows, as data"),
    "matrix.csv": ("text/csv", "The traceability matrix as a table"),
    "sbom.sha256": ("text/plain", "Digest of the software bill of materials, kept by the manufacturer"),
}


def compiler_version() -> str:
    """Version of the Typst compiler; empty where it is not installed."""
    try:
        return metadata.version("typst")
    except metadata.PackageNotFoundError:
        return ""


def write(builder: CraBuilder, cra: CraDomain, target: Path, *, attached: Sequence[str]) -> typst.PdfReport:
    """Write the PDF.

    :param attached: names of files beside ``target``; those with a media type of ours go into it.
    :raises typst.PdfError: in one readable sentence.
    """
    work = Path(builder.doctreedir) / "cra-pdf"
    return typst.write_pdf(
        builder,
        _Assembly(builder, cra).document(),
        meta=_meta(cra),
        attachments=[
            typst.Attachment(name=n, path=target.parent / n, mime_type=MEDIA[n][0], description=MEDIA[n][1])
            for n in attached
            if n in MEDIA
        ],
        target=target,
        workdir=work,
        font_paths=[cra.root / p for p in cra.project.config.pdf_font_paths],
    )


def _meta(cra: CraDomain) -> typst.PdfMeta:
    product = cra.project.product
    config = cra.env.config
    if product is None:
        return typst.PdfMeta(
            title=config.project or "Technical file",
            subtitle="Technical documentation under Annex VII of Regulation (EU) 2024/2847",
            version=config.release,
            author=config.author,
        )
    document = product.document
    facts = [
        ("Product", product.name),
        ("Type", product.type),
        ("Release", product.release),
        ("Class", product.product_class.value if product.product_class else "not stated"),
        ("Manufacturer", product.manufacturer.name or "not stated"),
        ("Address", product.manufacturer.address),
        ("Document", document.id),
        ("Document version", document.version),
        ("Date", document.date.isoformat() if document.date else ""),
    ]
    date = document.date
    return typst.PdfMeta(
        title=product.name,
        subtitle="Technical documentation under Annex VII of Regulation (EU) 2024/2847",
        document_id=document.id or product.name,
        version=document.version or product.release,
        author=product.manufacturer.name,
        language=document.language or "en",
        facts=tuple((name, value) for name, value in facts if value),
        date=dt.datetime(date.year, date.month, date.day, tzinfo=dt.UTC) if date else None,
    )


def write_papers(builder: CraBuilder, cra: CraDomain, folder: Path) -> list[str]:
    """Write each declaration that can be drawn up as a PDF of its own, in every language we have it in.

    :returns: the names of the files in ``folder``.
    :raises typst.PdfError: in one readable sentence.
    """
    written = []
    view = View(cra, builder, FILE)
    for name, made in papers.files(view):
        document = new_document(name)
        document.settings.env = builder.env
        page = addnodes.start_of_file(docname=FILE)
        page += papers.paper(made, view)
        document += page
        product = cra.project.product
        assert product is not None  # nothing is drawn up without one
        date = product.declaration.date
        typst.write_pdf(
            builder,
            document,
            meta=typst.PdfMeta(
                title=made.title,
                subtitle=product.name,
                document_id=product.declaration.id or product.name,
                version=product.release,
                author=product.manufacturer.name,
                language=made.language.tag,
                date=dt.datetime(date.year, date.month, date.day, tzinfo=dt.UTC) if date else None,
                bare=True,
            ),
            attachments=[],
            target=folder / name,
            workdir=Path(builder.doctreedir) / "cra-paper",
            font_paths=[cra.root / p for p in cra.project.config.pdf_font_paths],
        )
        written.append(name)
    return written


class _Assembly:
    """Puts the document together."""

    def __init__(self, builder: CraBuilder, cra: CraDomain) -> None:
        self.builder = builder
        self.cra = cra
        self.assessment = cra.assessment
        self.view = View(cra, builder, FILE)
        self.pages: dict[str, nodes.document] = {}
        self.placed: dict[tuple[str, str], Point] = {}

    def document(self) -> nodes.document:
        document = new_document("technical file")
        document.settings.env = self.builder.env
        body = addnodes.start_of_file(docname=FILE)
        document += body
        body += self._state()
        points = self.assessment.dossier.points
        for point in points:
            if len(point.id) == 1:
                chapter = self._chapter(point)
                for part in points:
                    if len(part.id) == 2 and part.id[0] == point.id:
                        chapter += self._chapter(part)
                body += chapter
        body += self._matrices()
        body += self._gaps()
        if self.assessment.baseline is not None:
            body += self._accepted()
        body += self._rules()
        if self.assessment.mappings and self.assessment.matrix("cra"):
            body += self._frameworks()
        body += self._items()
        _lead_inside(document, self)
        return document

    # -- chapters

    def _state(self) -> nodes.section:
        section = _section("cra-state", "State of this file")
        section += nodes.paragraph(
            "",
            "What follows is what the sources of the product trace and what its evidence shows, computed by "
            "sphinx-cra. No state says that the product meets the law; that judgement, and the declaration "
            "that rests on it, are the manufacturer's.",
        )
        if any(overview.points(self.assessment, part) for part, _ in overview.PARTS):
            section += self._picture()
        section += as_nodes(views.dossier(self.assessment), self.view.linker)
        states = nodes.definition_list()
        for state in State:
            item = nodes.definition_list_item()
            item += nodes.term("", state.value)
            item += nodes.definition("", nodes.paragraph("", views.MEANINGS[state]))
            states += item
        section += nodes.rubric("", "What the states mean")
        section += states
        return section

    def _picture(self) -> nodes.Node:
        path = Path(self.builder.doctreedir) / "cra-overview.svg"
        path.write_text(overview.svg(self.assessment), "utf-8")
        alt = overview.description(self.assessment)
        image = nodes.image(uri=path.name, candidates={"*": path.name}, alt=alt, width="100%")
        image["cra_path"] = str(path)
        figure = nodes.figure("", image)
        figure += nodes.caption("", "Annex I at a glance")
        return figure

    def _chapter(self, point: Point) -> nodes.section:
        number = f"{point.id[0]}({point.id[1]})" if len(point.id) == 2 else point.id
        section = _section(f"cra-point-{point.id}", f"{number} {point.title}")
        section += point_content(self.view, point.id)
        for claimed in point.sections:
            section += self._claimed(claimed, point)
        section += papers.chapter(self.view, point.id)
        return section

    def _claimed(self, claimed: Section, point: Point) -> nodes.Node:
        key = (claimed.docname, claimed.anchor)
        first = self.placed.setdefault(key, point)
        found = self._find(claimed)
        if first is not point or found is None:
            return nodes.paragraph("", f"{claimed.title}: see {first.printed}.")
        page = addnodes.start_of_file(docname=claimed.docname)
        page += self._without_others(found, claimed)
        return page

    def _find(self, claimed: Section) -> nodes.section | None:
        page = self._page(claimed.docname)
        sections = page.findall(nodes.section)
        return next((s for s in sections if not claimed.anchor or claimed.anchor in s["ids"]), None)

    def _page(self, docname: str) -> nodes.document:
        if docname not in self.pages:
            # Sphinx 9 takes the tags, and Sphinx 11 will want them; earlier ones do not know them.
            tags: dict[str, Any] = {"tags": self.builder.tags} if sphinx.version_info >= (9,) else {}
            page = self.builder.env.get_and_resolve_doctree(docname, self.builder, **tags)
            self.builder.post_process_images(page)
            self.pages[docname] = page
        return self.pages[docname]

    def _without_others(self, section: nodes.section, claimed: Section) -> nodes.section:
        """The section without those within it that are claimed for themselves."""
        copy = section.deepcopy()
        others = {
            s.anchor: s
            for p in self.assessment.dossier.points
            for s in p.sections
            if s.docname == claimed.docname and s.anchor and s.anchor != claimed.anchor
        }
        for inner in list(copy.findall(nodes.section)):
            other = next((others[a] for a in inner["ids"] if a in others), None)
            if other is not None and inner is not copy:
                point = next(p for p in self.assessment.dossier.points if other in p.sections)
                inner.replace_self(nodes.paragraph("", f"{other.title}: see {point.printed}."))
        return copy

    def _matrices(self) -> nodes.section:
        section = _section("cra-matrix", "Traceability matrix")
        for matrix in self.assessment.matrices:
            part = _section(
                f"cra-matrix-{matrix.catalogue.id}", f"{matrix.catalogue.title}, {matrix.catalogue.edition}"
            )
            if matrix.catalogue.note:
                part += nodes.paragraph("", matrix.catalogue.note)
            part += as_nodes(views.totals(self.assessment, matrix.rows), self.view.linker)
            part += as_nodes(
                views.matrix(self.assessment, matrix.catalogue, matrix.rows, anchored=True), self.view.linker
            )
            section += part
        return section

    def _gaps(self) -> nodes.section:
        section = _section("cra-gaps", "Gaps")
        for matrix in self.assessment.matrices:
            table = views.gaps(self.assessment, matrix.rows)
            counts, total = self.assessment.totals(matrix.rows)
            count = sum(counts[s] for s in State if s.gap)
            part = _section(f"cra-gaps-{matrix.catalogue.id}", matrix.catalogue.short)
            part += nodes.paragraph(
                "", f"{count} of {total} clauses that ask something of the maker are gaps."
            )
            if table.rows:
                part += as_nodes(table, self.view.linker)
            section += part
        return section

    def _accepted(self) -> nodes.section:
        section = _section("cra-accepted", "Accepted findings")
        section += nodes.paragraph("", views.accepted_summary(self.assessment))
        table = views.accepted(self.assessment)
        if table.rows:
            section += as_nodes(table, self.view.linker)
        return section

    def _rules(self) -> nodes.section:
        section = _section("cra-rules", "Rules of the Regulation")
        rulings = self.assessment.rulings
        section += nodes.paragraph("", legal.tally(rulings))
        parts = [
            ("cra-procedures", "Conformity assessment procedures", legal.procedures(self.assessment)),
            ("cra-rulings", "Answers", legal.rules(self.assessment, rulings)),
            ("cra-status", "What the answers rest on outside of the product", legal.status(self.assessment)),
        ]
        for anchor, title, table in parts:
            if table.rows:
                part = _section(anchor, title)
                part += as_nodes(table, self.view.linker)
                section += part
        return section

    def _frameworks(self) -> nodes.section:
        section = _section("cra-frameworks", "What other frameworks support, and what they leave open")
        section += frameworks.content(self.view)
        return section

    def _items(self) -> nodes.section:
        section = _section("cra-items", "Register of requirements, controls, risks, evidence and exclusions")
        table = views.items(self.assessment, anchored=True)
        section += (
            as_nodes(table, self.view.linker) if table.rows else nodes.paragraph("", "No items are declared.")
        )
        return section


def _section(anchor: str, title: str) -> nodes.section:
    section = nodes.section(ids=[anchor], names=[anchor])
    section += nodes.title("", title)
    return section


def _lead_inside(document: nodes.document, assembly: _Assembly) -> None:
    """Lead links whose target is not in this document to the row that stands for it."""
    here: set[str] = set()
    for page in document.findall(addnodes.start_of_file):
        name = page["docname"]
        for node in page.findall(nodes.Element):
            ids: list[str] = node.get("ids", [])
            here.update(f"%{name}#{anchor}" for anchor in ids)
    known = {*assembly.assessment.trace.items, *assembly.assessment.rows}
    for reference in document.findall(nodes.reference):
        uri = reference.get("refuri", "")
        if uri.startswith("%") and uri not in here:
            target: str = uri.partition("#")[2].partition(".")[0]
            if target in known:
                reference["refuri"] = f"%{FILE}#{target}"
