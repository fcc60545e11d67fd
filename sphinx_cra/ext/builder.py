"""The ``cra`` builder, and the data files that an HTML build writes beside its pages.

``sphinx-build -b cra`` writes the technical file: data in every format, a folder for each point of
Annex VII with the evidence that it refers to, one PDF in the order of Annex VII, and a manifest
with a digest of every file. It is complete before it takes the place of an older one, of which
nothing is left.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import docutils
import sphinx
from sphinx.builders import Builder
from sphinx.util import logging

from sphinx_cra import __version__, annex_vii, security_txt
from sphinx_cra.declaration import State
from sphinx_cra.exclusive import BusyError, exclusive
from sphinx_cra.ext.project import domain, warn_late
from sphinx_cra.model import Code, Finding, Kind, Place

if TYPE_CHECKING:
    from collections.abc import Iterable

    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

    from sphinx_cra.assessment import Assessment
    from sphinx_cra.model import Artefact, Point
    from sphinx_cra.product.model import SbomRequest

logger = logging.getLogger(__name__)

GENERATOR = f"sphinx-cra {__version__}"
DATA = "_cra"
"""Folder of the data files in HTML output."""
PDF = "technical-file.pdf"
MANIFEST = "manifest.json"
WORK = ".technical-file.part"
"""Folder in the output where a technical file stands until it is whole."""
ASSETS = ("_static", "permalink.html", "schema_violations.json", ".ignore")
"""What others (sphinx-needs, sphinx-codelinks) write for pages, also where there are none."""
SBOM = "sbom.sha256"
"""Digests of the software bills of materials, which themselves are withheld."""


class CraBuilder(Builder):
    """Writes the technical file; no page of the project is written for itself."""

    name = "cra"
    format = "cra"
    epilog = "The technical file is in %(outdir)s."
    allow_parallel = True
    supported_image_types = ["image/svg+xml", "image/png", "image/jpeg", "image/gif", "image/webp"]

    assets: tuple[str, ...] = ()
    """Those of ``ASSETS`` that go with the build."""

    def get_outdated_docs(self) -> Iterable[str]:
        return []

    def get_target_uri(self, docname: str, typ: str | None = None) -> str:
        return f"%{docname}"

    def get_relative_uri(self, from_: str, to: str, typ: str | None = None) -> str:
        return self.get_target_uri(to)

    def write_documents(self, _docnames: Any) -> None:
        """Nothing: the work is done once every check has run, in ``finish``."""

    def finish(self) -> None:
        out = Path(self.outdir)
        work = out / WORK
        shutil.rmtree(work, ignore_errors=True)
        try:
            work.mkdir(parents=True)
            written = self._write(work)
            _take_over(work, out, written)
        except OSError as error:
            said = "the technical file is not written, and an older one is as it was: %s"
            logger.error(said, _reason(error))
            domain(self.env).app.statuscode = 1
            return
        finally:
            self.tidy()
        logger.info("technical file: %d files", len(written))

    def tidy(self) -> None:
        """Remove what is no part of the technical file and was not there before."""
        out = Path(self.outdir)
        for name in (*self.assets, WORK):
            shutil.rmtree(out / name, ignore_errors=True)
            with suppress(OSError):
                (out / name).unlink()

    def say(self, code: Code, message: str, node: nodes.Node | None = None) -> None:
        """Say what could not be written as asked, as loudly as ``cra_gate`` has it.

        :param node: where it stands.
        """
        warn_late(self.env, Finding(code=code, message=message, place=_place(self.env, node)))

    def _write(self, work: Path) -> list[str]:
        """Write the whole technical file into a folder of its own.

        :returns: the names of the files, the manifest last.
        """
        # a page build has no use for them, and they take long to import
        from sphinx_cra.ext import bundle, pdf

        cra = domain(self.env)
        written = write_data(domain(self.env).app, work)
        request = bundle.sbom_request(cra)
        written += _write_points(cra.assessment, cra.root, work, request=request)
        if cra.project.config.pdf:
            try:
                pdf.write(self, cra, work / PDF, attached=written)
                written.append(PDF)
                folder = f"annex-vii/{_slug(next(p for p in cra.assessment.dossier.points if p.id == '7'))}"
                written += [f"{folder}/{name}" for name in pdf.write_papers(self, cra, work / folder)]
            except pdf.PdfError as error:
                warn_late(self.env, Finding(code=Code.PDF, message=f"{PDF} is not written: {error}"))
        withheld = () if request else _artefacts(cra.assessment)[1].values()
        return bundle.finish(self.env, work, written, generator=GENERATOR, tools=_tools(), withheld=withheld)


def _place(env: BuildEnvironment, node: nodes.Node | None) -> Place | None:
    """Where a node of an assembled document stands; None where nobody wrote it."""
    while node is not None and not node.source:
        node = node.parent
    if node is None or not node.source:
        return None
    docname = env.path2doc(node.source)
    return Place(source=docname, line=node.line) if docname in env.found_docs else None


def _reason(error: OSError) -> str:
    return f"{error.strerror or error}" + (f" ({error.filename})" if error.filename else "")


def _tools() -> dict[str, str]:
    import sphinx_needs

    from sphinx_cra.ext import pdf

    tools = {
        "docutils": docutils.__version__,
        "python": platform.python_version(),
        "sphinx": sphinx.__version__,
        "sphinx-cra": __version__,
        "sphinx-needs": sphinx_needs.__version__,
    }
    if version := pdf.compiler_version():
        tools["typst"] = version
    return tools


# ----------------------------------------------------------------------- data files


def write_data(app: Sphinx, out: Path) -> list[str]:
    """Write the assessment in every data format.

    :returns: the names of the files.
    """
    cra = domain(app.env)
    names = ["assessment.json", "matrix.csv", "matrix.xlsx"]
    kept = Path(app.doctreedir) / f"cra-data-{app.builder.name}.json"
    if not app.fresh_env_used and _is_written(out, names, kept, cra.seal):
        return names
    from sphinx_cra.render import data, matrix_csv, workbook  # a build without a change has no use for them

    assessment = cra.assessment
    encoded = data.assessment_json(assessment, generator=GENERATOR, file=cra.file)
    replace(out / "assessment.json", encoded.encode())
    replace(out / "matrix.csv", matrix_csv.matrix_csv(assessment))
    with _replacing(out / "matrix.xlsx") as path:
        workbook.workbook(assessment, path, links=_links(app, assessment))
    digests = {n: _sha256(out / n) for n in names}
    kept.write_text(json.dumps({"seal": cra.seal, "files": digests}), "utf-8")
    return names


def _is_written(out: Path, names: list[str], kept: Path, seal: str) -> bool:
    """Whether these files are there as an earlier build made them from the same sources."""
    try:
        known = json.loads(kept.read_bytes())
        return bool(known["seal"] == seal and known["files"] == {n: _sha256(out / n) for n in names})
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _links(app: Sphinx, assessment: Assessment) -> Any:
    """Where the published HTML shows an item or clause; nowhere without ``cra_base_url``."""
    cra = domain(app.env)
    base = cra.project.config.base_url.rstrip("/")
    if not base:
        return lambda target: None
    config = app.config
    suffix = config.html_link_suffix or config.html_file_suffix or ".html"
    is_html = app.builder.format == "html"

    def link(target: str) -> str | None:
        item = assessment.trace.items.get(target)
        docname = item.place.source if item and item.place else cra.clauses.get(target)
        if not docname:
            return None
        if app.builder.name == "singlehtml":
            return f"{base}/{config.root_doc}{suffix}#{target}"
        page = app.builder.get_target_uri(docname) if is_html else f"{quote(docname)}{suffix}"
        return f"{base}/{page}#{target}"

    return link


def beside_html(app: Sphinx, exception: Exception | None) -> None:
    """``build-finished``: HTML builds write the data files too."""
    if exception is None and app.builder.format == "html" and app.builder.name != "epub":
        try:
            write_data(app, Path(app.outdir) / DATA)
            _write_security_txt(app)
        except OSError as error:
            logger.error("the data files beside the pages are not all written: %s", _reason(error))
            app.statuscode = 1


def _write_security_txt(app: Sphinx) -> None:
    """Write ``security.txt`` of a site whose pages are files; never over one that the project brings."""
    own = [Path(app.confdir) / folder / security_txt.PATH for folder in app.config.html_extra_path]
    if app.builder.name not in ("html", "dirhtml") or any(path.is_file() for path in own):
        return
    product = domain(app.env).project.product
    path = Path(app.outdir) / security_txt.PATH
    content = security_txt.text(product).encode("utf-8", "replace") if product else b""
    try:
        old = path.read_bytes()
    except OSError:
        old = b""
    if content and content != old:
        replace(path, content)
    elif not content and old.startswith(security_txt.HEAD.encode()):
        path.unlink()


# ---------------------------------------------------------------------- the folders


def _write_points(assessment: Assessment, root: Path, out: Path, *, request: SbomRequest | None) -> list[str]:
    """A folder for each point of Annex VII, with the evidence it refers to.

    The software bill of materials stays with the manufacturer, who hands it over on a reasoned request
    (Annex VII, point 8): its digest is in the file.

    :param request: the request on which it goes into the file.
    """
    written = []
    shown, withheld = _artefacts(assessment)
    there = {"6": shown, "8": withheld if request else {}}
    for point in assessment.dossier.points:
        folder = f"annex-vii/{_slug(point)}"
        files = there.get(point.id, {})
        for path in files:
            name = f"{folder}/{path}"
            with _replacing(out / name) as target:
                shutil.copyfile(root / path, target)
                if _sha256(target) != files[path].sha256:
                    raise OSError(f"{path} changed during the build")
            written.append(name)
        readme = _readme(assessment, point, files, withheld if point.id == "8" else {}, request)
        replace(out / folder / "README.txt", readme.encode("utf-8", "backslashreplace"))
        written.append(f"{folder}/README.txt")
    if withheld:
        replace(
            out / SBOM,
            "".join(f"{line}\n" for line in _digests(withheld)).encode("utf-8", "backslashreplace"),
        )
        written.append(SBOM)
    return written


def _artefacts(assessment: Assessment) -> tuple[dict[str, Artefact], dict[str, Artefact]]:
    """The files of all evidence, by path: those that go into the file, and those that are withheld."""
    from sphinx_cra.dossier import sboms

    kept = {i.id for i in sboms(assessment.product, assessment.trace)}
    shown: dict[str, Artefact] = {}
    withheld: dict[str, Artefact] = {}
    for item in assessment.trace.of_kind(Kind.EVIDENCE):
        verdict = assessment.verdicts.get(item.id)
        for artefact in verdict.artefacts if verdict else ():
            (withheld if item.id in kept else shown)[artefact.path] = artefact
    return {p: shown[p] for p in sorted(shown) if p not in withheld}, {
        p: withheld[p] for p in sorted(withheld)
    }


def _digests(files: dict[str, Artefact]) -> list[str]:
    """As ``sha256sum`` writes them."""
    return [f"{a.sha256}  {a.path}" for a in files.values()]


def _slug(point: Point) -> str:
    words = "".join(c if c.isalnum() else " " for c in point.title.lower()).split()
    return "-".join([point.id, *words])


_DECLARED = {
    State.REFUSED: "not drawn up, see what is missing",
    State.DRAFT: "a draft: points of this file are open, or it is not signed",
    State.SIGNED: "signed, as stated, and every point of this file is closed or accepted",
}


def _readme(
    assessment: Assessment,
    point: Point,
    files: dict[str, Artefact],
    withheld: dict[str, Artefact],
    request: SbomRequest | None,
) -> str:
    lines = [f"{point.printed}: {point.title}", f"State: {point.presence.value}", ""]
    if point.id == "7" and assessment.product:
        lines += [f"The declaration is {_DECLARED[assessment.declaration.state]}.", ""]
    if point.reason:
        lines += [f"Why it does not apply: {point.reason}", ""]
    if point.lacks:
        lines += ["Missing:", *(f"- {sentence}" for sentence in point.lacks), ""]
    if point.sections:
        where = [f"- {s.title} ({s.docname})" for s in point.sections]
        lines += [f"Content, in {PDF}, chapter {annex_vii.PointId(point.id, '').number}:", *where, ""]
    elif point.computed:
        lines += [f"Content: computed, in {PDF} and assessment.json.", ""]
    if files:
        lines += ["Files here (SHA-256):", *_digests(files), ""]
    if withheld and request:
        when = f" of {request.date}" if request.date else ""
        lines += [f"Handed over on the reasoned request{when} of {request.authority}.", ""]
    elif withheld:
        lines += [
            "Kept by the manufacturer, and handed over to a market surveillance authority on its reasoned",
            "request (SHA-256):",
            *_digests(withheld),
            "",
        ]
    return "\n".join(lines)


# -------------------------------------------------------------------------- writing


def replace(path: Path, content: bytes) -> None:
    """Write a file so that whoever looks sees the old or the new one, never a half."""
    with _replacing(path) as target:
        target.write_bytes(content)


class _replacing:
    """A path beside ``path`` to write to; takes its place once the block is left without an error."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.target = path.with_name(f".{path.name}.{os.getpid()}.part")

    def __enter__(self) -> Path:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        return self.target

    def __exit__(self, kind: object, *_: object) -> None:
        try:
            if kind is None:
                self.target.replace(self.path)
        finally:
            self.target.unlink(missing_ok=True)


def _take_over(work: Path, out: Path, written: list[str]) -> None:
    """Let a whole technical file take the place of an older one, of which nothing stays.

    What others put into the folder stays.
    """
    for name in written:
        if (out / name).is_dir():
            raise IsADirectoryError(f"{name} is a folder, where a file is to be")
        for folder in Path(name).parents:
            if (out / folder).exists() and not (out / folder).is_dir():
                raise NotADirectoryError(f"{folder} is a file, where a folder is to be")
    stale = _listed(out) - set(written)
    for folder in {(out / name).parent for name in written}:  # before a file moves: the disk may be full
        folder.mkdir(parents=True, exist_ok=True)
    for name in written:  # the manifest last
        (work / name).replace(out / name)
    for name in stale:
        (out / name).unlink()


def _listed(out: Path) -> set[str]:
    """Files of an earlier technical file, as its manifest lists them; never any outside the folder."""
    try:
        manifest = json.loads((out / MANIFEST).read_bytes())
        listed = {str(f["path"]) for f in manifest["files"]}
    except (OSError, ValueError, KeyError, TypeError):
        return set()
    if manifest.get("bundle") is True:
        from sphinx_cra.ext import bundle

        listed.update(bundle.PARTS)
    inside = out.resolve()
    return {n for n in listed if (out / n).is_file() and (out / n).resolve().is_relative_to(inside)}


def _new_assets(out: Path) -> tuple[str, ...]:
    """Those of ``ASSETS`` that nobody misses after a build that is about to begin."""
    # theirs, too, whose build was killed or is still at it
    worthless = (out / WORK).exists() and not (out / ".buildinfo").exists()
    return tuple(name for name in ASSETS if worthless or not os.path.lexists(out / name))


def alone(app: Sphinx, assets: tuple[str, ...]) -> list[str]:
    """``env-get-outdated``, before anything is read: one build at a time in a folder."""
    builder = app.builder
    if not isinstance(builder, CraBuilder) and builder.format != "html":
        return []
    out = Path(app.outdir)
    folders = {out.resolve(): ""}
    if isinstance(builder, CraBuilder):  # the PDF is set beside the doctrees
        folders.setdefault(Path(app.doctreedir).resolve(), " with -d")
        builder.assets = assets
    with ExitStack() as stack:
        for folder, option in folders.items():
            try:
                stack.enter_context(exclusive(folder))
            except BusyError as error:
                message = "another build is writing to %s; this one has written nothing. %s%s"
                logger.error(message, folder, "Wait for the other, or name another folder", option)
                if option and isinstance(builder, CraBuilder):
                    builder.tidy()
                raise SystemExit(2) from error  # of an exception Sphinx prints a traceback
        if isinstance(builder, CraBuilder):
            with suppress(OSError):  # said in ``finish``
                (out / WORK).mkdir(exist_ok=True)
        held = stack.pop_all()
    app.connect("build-finished", lambda *_: held.close(), priority=900)
    return []


def broken_off(app: Sphinx, exception: Exception | None) -> None:
    """``build-finished``: leave nothing of a technical file whose ``finish`` was not reached."""
    if exception is not None and isinstance(app.builder, CraBuilder):
        app.builder.tidy()


def setup(app: Sphinx) -> None:
    app.add_builder(CraBuilder)
    assets = _new_assets(Path(app.outdir))  # some are written as early as ``config-inited``
    app.connect("env-get-outdated", lambda app, *_: alone(app, assets), priority=0)
    app.connect("build-finished", broken_off)
    app.connect("build-finished", beside_html)
