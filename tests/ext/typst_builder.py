"""A builder for the tests of the PDF: every page of a project, one after the other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx import addnodes
from sphinx.builders import Builder

from sphinx_cra.ext.typst import PdfMeta, write_pdf

if TYPE_CHECKING:
    from collections.abc import Set

    from sphinx.application import Sphinx

META = PdfMeta(
    title="Technical documentation",
    subtitle="Cyber Resilience Act, Annex VII",
    document_id="TF-GX200",
    version="2.1.0",
    author="Example Works GmbH",
    language="en",
    facts=(("Product", "Gateway GX-200"), ("Versions", "2.1.0, 2.1.1"), ("Class", "important, class I")),
    date=None,
)


class PagesBuilder(Builder):
    """Puts all pages into one PDF."""

    name = "pages"
    format = "typst"
    supported_image_types = ["image/svg+xml", "image/png", "image/jpeg"]
    supported_data_uri_images = True
    attachments: tuple[Any, ...] = ()
    meta = META

    def get_outdated_docs(self) -> list[str]:
        return []

    def get_target_uri(self, docname: str, typ: str | None = None) -> str:
        return f"%{docname}"

    def get_relative_uri(self, from_: str, to: str, typ: str | None = None) -> str:
        return self.get_target_uri(to, typ)

    def write_documents(self, docnames: Set[str]) -> None:
        pass

    def assemble(self) -> nodes.document:
        tree = nodes.document(self.env.get_doctree(self.config.root_doc).settings, None)
        order = [self.config.root_doc, *sorted(self.env.found_docs - {self.config.root_doc})]
        for docname in order:
            page = self.env.get_and_resolve_doctree(docname, self)
            self.post_process_images(page)
            file = addnodes.start_of_file(docname=docname)
            file += page.children
            tree += file
        return tree

    def finish(self) -> None:
        out = Path(self.outdir)
        self.tree = self.assemble()
        self.report = write_pdf(
            self,
            self.tree,
            meta=self.meta,
            attachments=self.attachments,
            target=out / "technical-file.pdf",
            workdir=out / "work",
            font_paths=[Path(folder) for folder in self.config.pages_font_paths],
        )


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_builder(PagesBuilder)
    app.add_config_value("pages_font_paths", [], "")
    return {"parallel_read_safe": True}
