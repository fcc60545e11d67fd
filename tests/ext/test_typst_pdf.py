"""The PDF of a small project, read back with another library."""

from __future__ import annotations

import dataclasses
import functools
import os
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pypdf
import pytest
from docutils import nodes
from sphinx import addnodes
from sphinx.testing.util import SphinxTestApp
from sphinx.util.console import strip_colors

sys.path.insert(0, str(Path(__file__).parent))

import typst_builder
from sphinx_cra.ext.typst import Attachment, PdfError, PdfUnavailable, write_pdf

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOTS = Path(__file__).parent.parent / "roots"
NAMESPACES = {"pdfaid": "http://www.aiim.org/pdfa/ns/id/", "pdfuaid": "http://www.aiim.org/pdfua/ns/id/"}


@dataclasses.dataclass
class Built:
    """A finished build."""

    app: SphinxTestApp
    pdf: pypdf.PdfReader
    warnings: str

    @property
    def report(self) -> Any:
        return self.app.builder.report

    @property
    def tree(self) -> nodes.document:
        return self.app.builder.tree

    @functools.cached_property
    def pages(self) -> list[str]:
        return [page.extract_text() for page in self.pdf.pages]

    def text(self) -> str:
        return "\n".join(self.pages)


def build(root: str, folder: Path, files: dict[str, str] | None = None, **attributes: Any) -> Built:
    """Build a root, with some of its files replaced."""
    source = folder / "source"
    shutil.copytree(ROOTS / f"test-{root}", source)
    for name, content in (files or {}).items():
        (source / name).write_text(content, "utf-8")
    app = SphinxTestApp("pages", source, builddir=folder / "build", freshenv=True)
    for name, value in attributes.items():
        setattr(app.builder, name, value)
    app.build(force_all=True)
    path = Path(app.outdir, "technical-file.pdf")
    return Built(app, pypdf.PdfReader(path), strip_colors(app.warning.getvalue()))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    folder = tmp_path_factory.mktemp("typst")
    data = folder / "assessment.json"
    data.write_text('{"states": []}\n', "utf-8")
    attachment = Attachment(
        name="assessment.json", path=data, mime_type="application/json", description="States of all clauses"
    )
    built = build("typst", folder, attachments=(attachment,))
    yield built
    built.app.cleanup()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Any]:
    """Builds a project of one page."""
    apps = []

    def make(text: str, conf: str = "", **attributes: Any) -> Built:
        folder = tmp_path / str(len(apps))
        folder.mkdir()
        result = build("typst-small", folder, {"index.rst": text}, **attributes)
        apps.append(result.app)
        return result

    yield make
    for app in apps:
        app.cleanup()


def squeezed(text: str) -> str:
    """Without white space and what a list puts before its items: how lines are broken is no loss."""
    return re.sub(r"[\s•‣–]+", "", text)


# --------------------------------------------------------------------------- nothing is lost


def test_the_text_of_every_paragraph_is_in_the_pdf(built: Built) -> None:
    printed = squeezed(built.text())
    gone = ("中", "<b>not in the PDF</b>")
    for paragraph in built.tree.findall(nodes.paragraph):
        inside = [type(node) for node in ancestors(paragraph)]
        if addnodes.compact_paragraph in inside or nodes.footnote in inside:
            continue
        words = [
            text.astext()
            for text in paragraph.findall(nodes.Text)
            if not isinstance(text.parent, nodes.raw | nodes.math | nodes.footnote_reference)
            and not re.search(r"[֐-ۿ]", text)
        ]
        for word in words:
            if squeezed(word) and not any(mark in word for mark in gone):
                assert squeezed(word) in printed, paragraph.astext()


def ancestors(node: nodes.Node) -> Iterator[nodes.Node]:
    while node.parent is not None:
        node = node.parent
        yield node


@pytest.mark.parametrize(
    "words",
    [
        "A footnote that nothing refers to keeps its text.",
        "The first footnote",
        "The same name as in another document.",
        "Content of the Windows tab.",
        "Hidden in HTML, printed here.",
        "Its subtitle",
        "The legend: solid lines are authenticated.",
        "Fig. 1 The zones and the conduit between them",
        "Table 1 Zones of the product",
        "Listing 1 Verifying an image",
        "class Store(path)",
        "expression ::=",
        "--long=ARG",
        "parsed literal with a link",
        "CRA (Cyber Resilience Act)",
        "From a raw block",
        "☑ hardened",
    ],
)
def test_odd_corners_are_printed(built: Built, words: str) -> None:
    assert squeezed(words) in squeezed(built.text())


def test_what_is_for_other_formats_is_not_printed(built: Built) -> None:
    assert "not in the PDF" not in built.text()
    assert "Never here" not in built.text()


def test_every_need_is_printed_once(built: Built) -> None:
    boxes = [table["ids"][0] for table in built.tree.findall(nodes.table) if "need" in table["classes"]]
    assert len(boxes) == 9
    assert built.report.needs == len(boxes)
    heads = re.findall(
        r"(?:Risk|Requirement|Control|Evidence): [^\n]*?\s([A-Z]+_[A-Z0-9]+)$", built.text(), re.MULTILINE
    )
    assert sorted(heads) == sorted(boxes)


def test_a_need_that_is_not_printed_is_told(small: Any, monkeypatch: Any) -> None:
    def assemble(self: Any) -> nodes.document:
        tree = original(self)
        wrapper = nodes.compound("", *tree.children, classes=["toctree-wrapper"])
        tree.children = []
        tree += wrapper
        return tree

    original = typst_builder.PagesBuilder.assemble
    monkeypatch.setattr(typst_builder.PagesBuilder, "assemble", assemble)
    built = small("Title\n=====\n\n.. requirement:: One\n   :id: REQ_ONE\n")
    assert built.report.needs == 0
    assert "0 of 1 needs are in the PDF" in built.warnings


def test_an_unknown_node_keeps_its_text_and_is_warned_about_once(small: Any, monkeypatch: Any) -> None:
    class novelty(nodes.General, nodes.Element):
        pass

    def assemble(self: Any) -> nodes.document:
        tree = original(self)
        for words in ("First new thing.", "Second new thing."):
            tree += novelty("", nodes.paragraph("", words))
        return tree

    original = typst_builder.PagesBuilder.assemble
    monkeypatch.setattr(typst_builder.PagesBuilder, "assemble", assemble)
    built = small("Title\n=====\n\nText.\n")
    assert "First new thing." in built.text()
    assert "Second new thing." in built.text()
    assert built.warnings.count("the PDF knows no node type 'novelty'") == 1
    assert "[cra.pdf]" in built.warnings


# --------------------------------------------------------------------------- the file


def test_it_declares_pdf_a_3a_and_pdf_ua_1(built: Built) -> None:
    xmp = built.pdf.trailer["/Root"]["/Metadata"].get_object().get_data().decode()
    assert re.search(r"<pdfaid:part>3<", xmp)
    assert re.search(r"<pdfaid:conformance>A<", xmp)
    assert re.search(r"<pdfuaid:part>1<", xmp)
    assert built.pdf.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert built.pdf.trailer["/Root"]["/Lang"].startswith("en")


def test_it_carries_title_author_and_a_date_that_is_not_now(built: Built) -> None:
    assert built.pdf.metadata is not None
    assert built.pdf.metadata.title == "Technical documentation"
    assert built.pdf.metadata.author == "Example Works GmbH"
    assert built.pdf.metadata.creation_date.year == 1980


def test_attachments_are_associated_files(built: Built) -> None:
    (file,) = built.pdf.trailer["/Root"]["/AF"]
    file = file.get_object()
    assert file["/UF"] == "assessment.json"
    assert file["/AFRelationship"] == "/Data"
    assert file["/Desc"] == "States of all clauses"
    assert file["/EF"]["/F"].get_object()["/Subtype"] == "/application/json"
    assert built.pdf.attachments["assessment.json"] == [b'{"states": []}\n']


def test_it_ends_with_a_newline_so_that_it_can_be_signed(built: Built) -> None:
    assert built.report.path.read_bytes().endswith(b"%%EOF\n")
    assert built.report.size == built.report.path.stat().st_size


def test_every_section_is_a_bookmark(built: Built) -> None:
    def titles(entries: list[Any]) -> Iterator[str]:
        for entry in entries:
            if isinstance(entry, list):
                yield from titles(entry)
            else:
                yield squeezed(entry.title)

    marks = list(titles(built.pdf.outline))
    for section in built.tree.findall(nodes.section):
        title = squeezed(section[section.first_child_matching_class(nodes.title)].astext())
        assert any(mark.endswith(title) for mark in marks), title


def test_links_lead_to_pages_of_the_file(built: Built) -> None:
    inside = outside = 0
    for page in built.pdf.pages:
        for note in page.get("/Annots", ()):
            action = note.get_object().get("/A")
            target = note.get_object().get("/Dest", action and action.get("/D"))
            inside += target is not None
            outside += bool(action and action.get("/URI"))
    assert inside > 40
    assert outside >= 3


def test_pages_say_what_they_are_part_of(built: Built) -> None:
    pages = built.pages
    assert "Page 1" not in pages[0]
    assert "Gateway GX-200" in pages[0]
    for number, text in enumerate(pages[1:], 2):
        assert f"Page {number} of {len(pages)}" in text
        assert "TF-GX200 · 2.1.0" in text
    (needs,) = [text for text in pages if text.startswith("TF-GX200 · 2.1.0 Needs") and "RISK_001" in text][
        :1
    ]
    assert "Tables" not in needs


def test_a_wide_table_is_set_on_a_landscape_page(built: Built) -> None:
    wide = [page for page in built.pdf.pages if page.mediabox.width > page.mediabox.height]
    assert len(wide) == 1
    assert "Everything in one line" in wide[0].extract_text()
    assert "Spans" not in wide[0].extract_text()


@pytest.mark.parametrize(("rows", "landscape"), [(2, False), (20, True)])
def test_our_own_tables_turn_the_page_only_when_they_are_long(
    small: Any, monkeypatch: Any, rows: int, landscape: bool
) -> None:
    text = "Title\n=====\n\n.. csv-table::\n   :class: cra-table landscape\n\n" + "   a, b\n" * rows
    page = small(text).pdf.pages[2]
    assert (page.mediabox.width > page.mediabox.height) is landscape


def test_the_page_is_turned_back_after_a_wide_table_between_much_text(small: Any) -> None:
    prose = "Many words of prose. " * 120
    built = small(
        f"Title\n=====\n\n{prose}\n\n.. csv-table::\n   :class: landscape\n\n   wide, table\n\n{prose}end.\n"
    )
    turned = [page.mediabox.width > page.mediabox.height for page in built.pdf.pages[2:]]
    assert turned == [False, True, False]
    assert "wide" in built.pages[3]
    assert "prose" not in built.pages[3]


def test_two_builds_in_two_folders_are_equal(built: Built, tmp_path: Path) -> None:
    again = build("typst", tmp_path / "deeper" / "elsewhere", attachments=built.app.builder.attachments)
    again.app.cleanup()
    assert again.report.path.read_bytes() == built.report.path.read_bytes()
    assert str(built.app.srcdir).encode() not in built.report.path.read_bytes()


def test_source_date_epoch_dates_the_file(small: Any, monkeypatch: Any) -> None:
    monkeypatch.setitem(os.environ, "SOURCE_DATE_EPOCH", "1750000000")
    assert small("Title\n=====\n").pdf.metadata.creation_date.year == 2025


def test_a_long_table_repeats_its_head_and_keeps_its_order(small: Any) -> None:
    rows = "\n".join(f'   "CRA_ROW_{n:04d}", "text"' for n in range(300))
    built = small(f"Title\n=====\n\n.. csv-table::\n   :header: Clause, Remark\n\n{rows}\n")
    pages = [page.extract_text() for page in built.pdf.pages if "CRA_ROW" in page.extract_text()]
    assert len(pages) > 3
    assert all("Clause" in page for page in pages)
    assert re.findall(r"CRA_ROW_\d{4}", "".join(pages)) == [f"CRA_ROW_{n:04d}" for n in range(300)]
    assert built.report.rows == 301


def test_beyond_3000_rows_tables_have_no_links_and_the_report_says_so(small: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("sphinx_cra.ext.typst.writer.MAX_LINKED_ROWS", 2)
    text = "Title\n=====\n\n.. _here:\n\nA\n-\n\n.. csv-table::\n\n   :ref:`here`\n   b\n"
    linked, plain = small(text), small(text + "   c\n")
    assert len(linked.pdf.pages[2]["/Annots"]) == 1
    assert "/Annots" not in plain.pdf.pages[2]
    assert linked.report.linked_tables
    assert linked.report.note == ""
    assert "printed without links" in plain.report.note


def test_a_line_across_a_table_is_not_left_alone_at_the_foot_of_a_page(small: Any) -> None:
    rule, blank = "+-------+-------+\n", "   "
    lines = f"{blank}{rule}{blank}| One   | Two   |\n{blank}+=======+=======+\n"
    for number in range(150):
        cells = f"| GRP{number:03d}        |\n" if number % 2 == 0 else f"| c{number:03d}  | text  |\n"
        lines += f"{blank}{cells}{blank}{rule}"
    built = small(f"Title\n=====\n\n.. table::\n\n{lines}")
    pages = [re.findall(r"GRP\d{3}|c\d{3}", page.extract_text()) for page in built.pdf.pages[2:]]
    assert len(pages) > 1
    assert [cell for page in pages for cell in page] == [
        f"GRP{n:03d}" if n % 2 == 0 else f"c{n:03d}" for n in range(150)
    ]
    assert not any(page[-1].startswith("GRP") for page in pages)


def test_a_row_longer_than_a_page_is_printed_whole(small: Any) -> None:
    words = " ".join(f"word{n}" for n in range(3000))
    text = small(f"Title\n=====\n\n.. csv-table::\n   :header: A, B\n\n   a, {words}\n").text()
    assert all(f"word{n}" in text for n in range(3000))


def test_titles_of_500_characters_fit(small: Any) -> None:
    title = "A long title. " * 36
    meta = dataclasses.replace(typst_builder.META, title=title, facts=((title, title),), document_id="X" * 80)
    built = small(f"{title}\n{'=' * 510}\n\nText.\n", meta=meta)
    assert squeezed(title) in squeezed(built.pdf.pages[0].extract_text())
    assert squeezed(title) in squeezed(built.pdf.pages[-1].extract_text())


def test_long_tokens_stay_whole_in_copied_text(built: Built) -> None:
    digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert digest in squeezed(built.text())
    assert "\u200b" not in built.text()
    assert "\u00ad" not in built.text()


# --------------------------------------------------------------------------- what goes wrong


def test_an_image_without_alternative_text_is_warned_about_at_its_line(built: Built) -> None:
    assert "design.rst:28: WARNING: image 'pixel.png' has no alternative text" in built.warnings


def test_a_formula_that_cannot_be_drawn_is_printed_as_written(built: Built) -> None:
    assert "design.rst:70: WARNING: a formula is printed as its LaTeX source" in built.warnings
    assert built.warnings.count("a formula is printed") == 1


def test_a_character_without_a_font_is_replaced_and_named(built: Built) -> None:
    assert "[U+4E2D][U+6587] is not covered" in built.text()
    assert re.search(
        r"hostile\.rst:\d+: WARNING: no font has U\+4E2D, U\+6587 \(section 'Hostile", built.warnings
    )
    assert built.report.stand_ins == ("中", "文")


def test_a_missing_character_in_a_need_names_the_need(small: Any) -> None:
    built = small("Title\n=====\n\n.. requirement:: 中\n   :id: REQ_CJK\n")
    assert "no font has U+4E2D (need REQ_CJK)" in built.warnings
    assert "[U+4E2D]" in built.text()


def test_a_graph_is_drawn_and_without_graphviz_printed_as_its_source(small: Any, monkeypatch: Any) -> None:
    text = "Title\n=====\n\n.. graphviz::\n   :caption: Two things\n\n   digraph { first -> second }\n"
    monkeypatch.setattr("sphinx_cra.ext.typst.writer.graph", lambda source, command: None)
    plain = small(text)
    assert "digraph { first -> second }" in plain.text()
    assert (
        ": WARNING: a graph is printed as its source, because 'dot' could not draw it [cra.pdf]"
        in plain.warnings
    )
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><text x="1" y="8">drawn</text></svg>'
    monkeypatch.setattr("sphinx_cra.ext.typst.writer.graph", lambda source, command: svg)
    drawn = small(text)
    assert "digraph" not in drawn.text()
    assert "Two things" in drawn.text()
    assert "cra.pdf" not in drawn.warnings


def test_a_note_of_an_extension_has_its_title_once(small: Any) -> None:
    built = small("Title\n=====\n\n.. todo:: Mend it.\n")
    assert re.findall(r"Todo\s+Mend it\.", built.text())
    assert built.text().count("Todo") == 1
    assert "cra.pdf" not in built.warnings


def test_a_figure_without_its_picture_is_no_fault(small: Any) -> None:
    built = small("Title\n=====\n\n.. figure:: missing.png\n   :alt: gone\n\n   Its caption\n")
    assert "[gone]" in built.text()
    assert "Its caption" in built.text()


def test_broken_and_missing_images_leave_their_text(small: Any) -> None:
    built = small(
        "Title\n=====\n\n.. image:: broken.svg\n   :alt: a broken picture\n\n"
        ".. image:: empty.png\n   :alt: an empty one\n"
    )
    assert "[a broken picture]" in built.text()
    assert "[an empty one]" in built.text()
    assert built.warnings.count("is not in the PDF") == 2


def test_dead_links_and_equal_ids_do_not_stop_it(small: Any, monkeypatch: Any) -> None:
    def assemble(self: Any) -> nodes.document:
        tree = original(self)
        links = ("%nowhere", "%index#gone", "%index#", "#x", "")
        tree += nodes.paragraph(
            "", "", *[nodes.reference("", f"link {n} ", refuri=uri) for n, uri in enumerate(links)]
        )
        tree += nodes.paragraph("", "one", ids=["same"])
        tree += nodes.paragraph("", "two", ids=["same"])
        tree += nodes.paragraph("", "", nodes.reference("", "to the same", refid="same"))
        tree += nodes.paragraph("", "", nodes.reference("", "to a skipped one", refid="hidden"))
        tree += nodes.comment("", "never printed", ids=["hidden"])
        return tree

    original = typst_builder.PagesBuilder.assemble
    monkeypatch.setattr(typst_builder.PagesBuilder, "assemble", assemble)
    text = small("Title\n=====\n\nText.\n").text()
    assert "link 0 link 1 link 2 link 3 link 4" in text
    assert "to the same" in text


def test_only_addresses_that_lead_somewhere_from_a_pdf_are_links(small: Any) -> None:
    built = small(
        "Title\n=====\n\n`there <https://example.org/x>`__, `mail <mailto:a@example.org>`__ and "
        "`beside the page <../code/a.html#L-3>`__.\n"
    )
    assert "beside the page" in built.text()
    notes = [a.get_object() for page in built.pdf.pages for a in page.get("/Annots") or ()]
    uris = {str(note["/A"]["/URI"]) for note in notes if "/URI" in note.get("/A", {})}
    assert uris == {"https://example.org/x", "mailto:a@example.org"}


def test_a_fault_of_the_compiler_is_one_sentence_and_keeps_the_old_file(small: Any) -> None:
    built = small("Title\n=====\n\nText.\n")
    before = built.report.path.read_bytes()
    page = addnodes.start_of_file(docname="guide/broken")
    section = nodes.section("", nodes.title("", "A section"), ids=["a"])
    section += nodes.raw("", '#panic("stop")', format="typst")
    page += section
    built.tree.append(page)
    with pytest.raises(PdfError) as caught:
        write_pdf(
            built.app.builder,
            built.tree,
            meta=typst_builder.META,
            attachments=(),
            target=built.report.path,
            workdir=Path(built.app.outdir, "work"),
        )
    assert "\n" not in str(caught.value)
    assert "near guide/broken, section 'A section'" in str(caught.value)
    assert built.report.path.read_bytes() == before
    assert [path.name for path in built.report.path.parent.glob(".technical-file*")] == []


def test_without_the_compiler_the_message_names_the_extra(small: Any, monkeypatch: Any) -> None:
    built = small("Title\n=====\n")
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(PdfUnavailable, match=r"pip install sphinx-cra\[pdf\]$"):
        write_pdf(
            built.app.builder,
            built.tree,
            meta=typst_builder.META,
            attachments=(),
            target=built.report.path,
            workdir=Path(built.app.outdir, "work"),
        )


def test_a_project_without_needs_or_facts_makes_a_file(small: Any) -> None:
    meta = dataclasses.replace(
        typst_builder.META, facts=(), subtitle="", document_id="", version="", author="", language="klingon"
    )
    built = small("", meta=meta)
    assert len(built.pdf.pages) == 2
    assert built.report.needs == 0
