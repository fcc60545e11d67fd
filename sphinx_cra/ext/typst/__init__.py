"""The technical file as a PDF: a resolved doctree in, one accessible, archivable file out.

``writer`` turns nodes into Typst source, ``compile`` runs the compiler, and the template
``technical-file.typ`` decides how things look. Knows nothing of needs but their boxes.
"""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.util import logging

from sphinx_cra.ext.typst.compile import Compiler, MissingGlyphError, PdfError, PdfUnavailable, replace
from sphinx_cra.ext.typst.pictures import Pictures
from sphinx_cra.ext.typst.text import Glyphs, literal, stand_in
from sphinx_cra.ext.typst.writer import MAX_LINKED_ROWS, Writer, Written
from sphinx_cra.model import Code

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sphinx.builders import Builder

__all__ = ["Attachment", "PdfError", "PdfMeta", "PdfReport", "PdfUnavailable", "write_pdf"]

logger = logging.getLogger(__name__)

_EPOCH = 315532800  # 1980-01-01: the earliest date that archives and file systems agree on
_RELATIONSHIPS = frozenset({"source", "data", "alternative", "supplement"})
_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file inside the PDF."""

    name: str
    path: Path
    mime_type: str
    description: str
    relationship: str = "data"
    """``source``, ``data``, ``alternative`` or ``supplement``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfMeta:
    """What the cover, the running header and the file's own metadata say."""

    title: str
    subtitle: str = ""
    document_id: str = ""
    version: str = ""
    author: str = ""
    language: str = "en"
    facts: tuple[tuple[str, str], ...] = ()
    """Rows of the table on the cover: product, versions, class, manufacturer, date."""
    date: datetime | None = None
    """None: ``SOURCE_DATE_EPOCH``, else 1980-01-01; never the clock: equal sources, equal files."""
    bare: bool = False
    """One paper by itself: no cover, no contents, no running header."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfReport:
    """What went into a PDF."""

    path: Path
    size: int
    """Bytes."""
    needs: int
    """Need boxes printed."""
    rows: int
    """Rows of all tables, heads included, need boxes not."""
    linked_tables: bool
    """False where there are so many rows that ids in tables were printed without links."""
    stand_ins: tuple[str, ...]
    """Characters without a font, printed as ``[U+4E2D]``."""

    @property
    def note(self) -> str:
        """What a reader of the log should know; usually empty."""
        if self.linked_tables:
            return ""
        return (
            f"{self.rows} table rows are more than {MAX_LINKED_ROWS}: ids in tables are printed without links"
        )


def write_pdf(
    builder: Builder,
    tree: nodes.document,
    *,
    meta: PdfMeta,
    attachments: Sequence[Attachment],
    target: Path,
    workdir: Path,
    font_paths: Sequence[Path] = (),
) -> PdfReport:
    """Write the technical file; an older one stays as it is until the new one is complete.

    :param tree: assembled and resolved; each document of the project in a ``start_of_file``.
    :param workdir: a folder of our own; emptied first.
    :param font_paths: folders with fonts for scripts that the compiler brings none for.
    :raises PdfUnavailable: naming what to install.
    :raises PdfError: in one readable sentence.
    :raises OSError: if a file cannot be read or written.
    """
    shutil.rmtree(workdir, ignore_errors=True)
    workdir.mkdir(parents=True)
    compiler = Compiler(workdir, _folders(builder, font_paths), _timestamp(meta.date))
    glyphs = Glyphs(compiler.unprintable)
    glyphs.learn(text.astext() for text in tree.findall(nodes.Text))
    pictures = Pictures(builder, workdir, compiler.image_problem)
    template = resources.files("sphinx_cra") / "templates" / "technical-file.typ"
    (workdir / "technical-file.typ").write_text(template.read_text("utf-8"), "utf-8")
    main = workdir / "main.typ"
    while True:
        glyphs.missing.clear()
        frame = "\n".join(_frame(meta, attachments, workdir, compiler.families, glyphs))
        written = Writer(tree, builder, glyphs, pictures).write()
        main.write_text(f"{frame}\n{written.body}", "utf-8")
        try:
            pdf = compiler.compile(main)
            break
        except MissingGlyphError as error:  # a pair of characters that no one font has together
            refused = [text for text in sorted(error.texts) if glyphs.refuse(text)]
            if not refused:
                raise PdfError(f"no font has {', '.join(sorted(error.texts))}") from error
    _warn(builder, written, glyphs, tree)
    replace(target, pdf)
    return PdfReport(
        path=target,
        size=len(pdf),
        needs=written.needs,
        rows=written.rows,
        linked_tables=written.linked_tables,
        stand_ins=tuple(sorted(glyphs.missing)),
    )


def _say(builder: Builder, message: str, location: Any = None) -> None:
    """Say what could not be printed as written: as the builder does where it has a way of its own."""
    if hasattr(builder, "say"):
        builder.say(Code.PDF, message, location)
    else:
        logger.warning("%s", message, location=location, type="cra", subtype=Code.PDF.value)


def _folders(builder: Builder, font_paths: Sequence[Path]) -> list[Path]:
    for folder in font_paths:
        if not folder.is_dir():
            name = os.path.relpath(folder, builder.confdir).replace(os.sep, "/")
            _say(builder, f"no folder {name}: fonts in it are not used")
    return [folder for folder in font_paths if folder.is_dir()]


def _timestamp(date: datetime | None) -> int:
    if date is not None:
        return int((date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp())
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    return int(epoch) if epoch.isdecimal() else _EPOCH


def _frame(
    meta: PdfMeta, attachments: Sequence[Attachment], workdir: Path, families: Sequence[str], glyphs: Glyphs
) -> Iterator[str]:
    """Everything before the body."""

    def string(text: str) -> str:
        return literal(glyphs.printable(" ".join(text.split())))

    language = re.fullmatch(r"([a-z]{2,3})(?:[-_]([A-Za-z]{2}))?(?:[-_.@].*)?", meta.language)
    facts = "".join(f"({string(name)}, {string(value)})," for name, value in meta.facts)
    yield '#import "technical-file.typ": *'
    yield "#show: technical-file.with("
    for name in ("title", "subtitle", "document_id", "version", "author"):
        yield f"  {name.replace('_', '-')}: {string(getattr(meta, name))},"
    yield f"  language: {literal(language[1] if language else 'en')},"
    yield f"  region: {literal(language[2].upper()) if language and language[2] else 'none'},"
    yield f"  facts: ({facts}),"
    yield f"  bare: {str(meta.bare).lower()},"
    yield f"  families: ({''.join(literal(family) + ',' for family in families)}),"
    yield ")"
    for number, attachment in enumerate(attachments):
        copy = workdir / "attachments" / str(number)
        copy.parent.mkdir(exist_ok=True)
        shutil.copyfile(attachment.path, copy)
        relationship = attachment.relationship if attachment.relationship in _RELATIONSHIPS else "data"
        yield (
            f'#pdf.attach({string(attachment.name)}, read("attachments/{number}", encoding: none), '
            f"relationship: {literal(relationship)}, mime-type: {string(attachment.mime_type)}, "
            f"description: {string(attachment.description)})"
        )


def _warn(builder: Builder, written: Written, glyphs: Glyphs, tree: nodes.document) -> None:
    for warned in written.warnings:
        _say(builder, warned.message, warned.place)
    boxes = sum("need" in table["classes"] for table in tree.findall(nodes.table))
    if written.needs != boxes:
        said = f"{written.needs} of {boxes} needs are in the PDF"
        _say(builder, f"{said}; the others stand in a part that is not printed")
    if glyphs.missing:
        origins: dict[str, list[str]] = {}
        for char, place in list(glyphs.missing.items())[:_SHOWN]:
            origins.setdefault(_origin(place), []).append(stand_in(char)[1:-1])
        named = "; ".join(", ".join(chars) + origin for origin, chars in origins.items())
        more = f"; and {len(glyphs.missing) - _SHOWN} more" if len(glyphs.missing) > _SHOWN else ""
        first = next((place for place in glyphs.missing.values() if isinstance(place, nodes.Node)), None)
        message = (
            f"no font has {named}{more}. They are printed as [U+...]; a folder with a font for them "
            "can be named in cra_pdf_font_paths"
        )
        _say(builder, message, first)


def _origin(place: object) -> str:
    """In which need or section a character stands."""
    node = place if isinstance(place, nodes.Node) else None
    while node is not None:
        if isinstance(node, nodes.table) and "need" in node["classes"] and node["ids"]:
            return f" (need {node['ids'][0]})"
        if isinstance(node, nodes.section):
            title = next((child.astext() for child in node.children if isinstance(child, nodes.title)), "")
            return f" (section {title[:60]!r})"
        node = node.parent
    return ""
