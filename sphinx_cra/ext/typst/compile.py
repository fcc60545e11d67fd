"""Running the Typst compiler: what it is told, and what its complaints mean.

The compiler is a Python package and needs nothing from the system. It is asked twice: small
documents try which characters and images it accepts, the real one is then compiled whole.
"""

from __future__ import annotations

import re
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx.errors import SphinxError

from sphinx_cra.ext.typst.text import literal

if TYPE_CHECKING:
    from collections.abc import Sequence

STANDARDS = ["a-3a", "ua-1"]

_GLYPH = re.compile(r'the text `"((?:[^"\\]|\\.)*)"` could not be displayed')
_PLACE = re.compile(r"\.typ:(\d+):\d+")
_ESCAPE = re.compile(r"\\u\{([0-9a-fA-F]+)\}|\\(.)")
_PREAMBLE = '#set document(title: "-")\n#set text(lang: "en")\n'


class PdfError(SphinxError):
    """The PDF could not be made; the message says why and where."""

    category = "PDF"


class PdfUnavailable(PdfError):  # noqa: N818
    """What makes PDFs is not installed."""


class MissingGlyphError(Exception):
    """The compiler met characters that no font has."""

    def __init__(self, texts: set[str]) -> None:
        super().__init__(", ".join(sorted(texts)))
        self.texts = texts


class Compiler:
    """The compiler with the fonts of one document.

    :param root: the folder that its files lie in.
    :param font_paths: folders with fonts beside those that the compiler brings.
    :param timestamp: seconds since 1970 that the document says it was made at.
    """

    def __init__(self, root: Path, font_paths: Sequence[Path], timestamp: int) -> None:
        try:
            import typst
        except ImportError as error:
            raise PdfUnavailable(
                "the PDF needs the typst compiler, which is not installed: pip install sphinx-cra[pdf]"
            ) from error
        self._typst: Any = typst
        self._root = root
        self._timestamp = timestamp
        folders = [str(path) for path in (*font_paths, *_bundled())]
        self._fonts = typst.Fonts(include_system_fonts=False, font_paths=folders)
        embedded = set(typst.Fonts(include_system_fonts=False).families())
        self.families = tuple(family for family in self._fonts.families() if family not in embedded)
        """Families from folders."""

    def unprintable(self, clusters: list[str]) -> set[str]:
        """Those that no font can print."""
        first = _PREAMBLE.count("\n") + 1
        source = _PREAMBLE + "\n".join(f"#{literal(cluster)};#parbreak();" for cluster in clusters)
        try:
            self._run(source.encode())
        except self._typst.TypstError as error:
            lines = {int(line) - first for line in _PLACE.findall(error.diagnostic)}
            return {clusters[line] for line in lines if 0 <= line < len(clusters)}
        return set()

    def image_problem(self, path: str) -> str:
        """Why the PDF cannot hold an image of the root folder; empty where it can."""
        try:
            self._run(f'{_PREAMBLE}#image({literal(path)}, alt: "-", width: 10cm)\n'.encode())
        except self._typst.TypstError as error:
            missing = sorted(_missing(error))
            return f"no font has its {', '.join(missing)}" if missing else _plain(error.message)
        return ""

    def compile(self, main: Path) -> bytes:
        """The PDF.

        :raises MissingGlyphError: naming what to print instead.
        :raises PdfError: with one readable message.
        """
        try:
            pdf = self._run(str(main))
        except self._typst.TypstError as error:
            if missing := _missing(error):
                raise MissingGlyphError(missing) from error
            raise PdfError(explain(error.message, error.hints, error.diagnostic, main)) from error
        # Without it, signing the file later by appending to it breaks PDF/A.
        return pdf if pdf.endswith(b"\n") else pdf + b"\n"

    def _run(self, source: bytes | str) -> bytes:
        return bytes(
            self._typst.compile(
                source,
                root=str(self._root),
                font_paths=self._fonts,
                ignore_system_fonts=True,
                pdf_standards=STANDARDS,
                timestamp=self._timestamp,
            )
        )


def _bundled() -> list[Path]:
    """The font folder of the package that draws formulas: Hebrew, Arabic and many symbols."""
    spec = find_spec("ziafont")
    folders = [Path(folder, "fonts") for folder in (spec.submodule_search_locations or ())] if spec else []
    return [folder for folder in folders if folder.is_dir()]


def _missing(error: Any) -> set[str]:
    found = _GLYPH.findall(error.diagnostic)
    return {_ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else m[2], text) for text in found}


def _plain(message: str) -> str:
    return re.sub(r"^PDF/[^:]* error: ", "", message.strip().splitlines()[0] if message.strip() else "")


def explain(message: str, hints: Sequence[str], diagnostic: str, main: Path) -> str:
    """One message for a complaint of the compiler, with the section it is about."""
    text = f"the technical file could not be set: {_plain(message)}"
    if place := _PLACE.search(diagnostic):
        lines = main.read_text("utf-8").splitlines()[: int(place[1])]
        if mark := next((line for line in reversed(lines) if line.startswith("//@ ")), None):
            docname, _, title = mark.removeprefix("//@ ").partition("\t")
            text += f"; near {docname or 'the start'}" + (f", section {title!r}" if title else "")
    return text + "".join(f"; {hint}" for hint in hints)


def replace(target: Path, data: bytes) -> None:
    """Write a file so that readers see the old one or the new one and never a part.

    :raises OSError: if it cannot be written.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
        try:
            file.write(data)
            file.close()
            Path(file.name).chmod(0o644)
            Path(file.name).replace(target)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
