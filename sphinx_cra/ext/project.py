"""The project of a build: its files, what its documents hold of ours, and its assessment.

The domain keeps, for each document, what has to survive an incremental build. The assessment is
made once a build, when all needs are complete, and everything that is shown is made from it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from sphinx.domains import Domain
from sphinx.util import logging

from sphinx_cra import catalogue, evidence, product, trace
from sphinx_cra.assessment import Assessment, assess
from sphinx_cra.datafile import DataError, Fault
from sphinx_cra.evidence.files import Project as Files
from sphinx_cra.evidence.reader import EvidenceError
from sphinx_cra.ext import needs
from sphinx_cra.ext.config import CraConfig
from sphinx_cra.model import GAP_CODES, Code, Finding, Kind, Place, Section
from sphinx_cra.render.views import under

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from sphinx.application import Sphinx
    from sphinx.builders import Builder
    from sphinx.config import Config
    from sphinx.environment import BuildEnvironment

    from sphinx_cra.model import Catalogue, ClauseMapping
    from sphinx_cra.product import Product
    from sphinx_cra.trace import Adoption, Trace

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """What the project's configuration and data files say, read once a build."""

    root: Path
    """Folder of ``conf.py``; evidence and data files lie in it."""
    config: CraConfig
    adoptions: Mapping[str, Adoption]
    catalogues: tuple[Catalogue, ...]
    mappings: tuple[ClauseMapping, ...]
    product: Product | None
    findings: tuple[Finding, ...]
    files: tuple[Path, ...]
    """The project's own data files, whether they could be read or not."""
    digest: str
    """Of everything above."""

    def catalogue(self, name: str) -> Catalogue | None:
        return next((c for c in self.catalogues if c.id == name), None)


def load(config: Config, root: Path) -> Project:
    """The project, with everything that is wrong in its files as findings."""
    values = CraConfig.of(config)
    found: list[Finding] = []
    adoptions, faults = trace.adoptions(values.types)
    found.extend(Finding(code=Code.CONFIG, message=f"cra_types: {f}") for f in faults)
    files = [
        root / n for n in (*values.catalogues, *values.mappings, *values.overlays) if catalogue.is_path(n)
    ]
    catalogues: list[Catalogue] = []
    for name in values.catalogues:
        try:
            catalogues.append(catalogue.load(name, root=root))
        except DataError as error:
            found.extend(_faults(error, Code.CATALOGUE))
    for name in values.overlays:
        try:
            catalogues = _laid_over(catalogues, catalogue.load_overlay(name, root=root))
        except DataError as error:
            found.extend(_faults(error, Code.CATALOGUE))
    mappings: list[ClauseMapping] = []
    for name in values.mappings:
        try:
            mappings.append(catalogue.load_mapping(name, root=root))
        except DataError as error:
            found.extend(_faults(error, Code.CATALOGUE))
    try:
        usable, fitting = catalogue.combine(catalogues, mappings)
    except catalogue.CombineError as error:
        found.extend(_faults(error, Code.CATALOGUE))
        usable, fitting = error.catalogues, error.mappings
    path = root / values.product
    files.append(path)
    loaded: Product | None = None
    if path.is_file() or values.product != "cra.yaml":
        try:
            loaded = product.load(path, source=values.product)
        except DataError as error:
            found.extend(_faults(error, Code.PRODUCT))
    if loaded is not None:
        categories = [c for cat in usable for c in cat.categories]
        wrong = [*product.check_clauses(loaded, [c.id for cat in usable for c in cat.clauses])]
        if categories:
            wrong += product.check_category(loaded, categories)
        for fault in wrong:
            place = Place(source=values.product, line=fault.line)
            found.append(Finding(code=Code.PRODUCT, message=str(fault), place=place))
    parts = [repr(values).encode(), *(_bytes(f) for f in files)]
    return Project(
        root=root,
        config=values,
        adoptions=adoptions,
        catalogues=usable,
        mappings=fitting,
        product=loaded,
        findings=tuple(found),
        files=tuple(files),
        digest=_digest(*parts),
    )


def _laid_over(catalogues: list[Catalogue], overlay: catalogue.Overlay) -> list[Catalogue]:
    if all(c.id != overlay.framework for c in catalogues):
        known = ", ".join(c.id for c in catalogues)
        message = f"no catalogue {overlay.framework!r} is loaded; loaded are {known}"
        raise DataError(overlay.place.source, [Fault(message=message, line=overlay.place.line)])
    return [catalogue.laid_over(c, overlay) if c.id == overlay.framework else c for c in catalogues]


def _faults(error: DataError, code: Code) -> Iterator[Finding]:
    for fault in error.faults:
        place = Place(source=fault.source or error.source, line=fault.line)
        yield Finding(code=code, message=str(fault), place=place)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _digest(*parts: bytes) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(len(part).to_bytes(8))
        digest.update(part)
    return digest.hexdigest()


class CraDomain(Domain):
    """What each document holds of ours, and the project and its assessment of this build."""

    name = "cra"
    label = "Cyber Resilience Act"
    data_version = 1
    initial_data: ClassVar[dict[str, Any]] = {
        "views": {},  # docname -> names of the views in it
        "sections": {},  # docname -> the sections claimed in it
        "clauses": {},  # clause id -> docname that shows it
        "digests": {},  # what the last build's pages were made from
    }

    project: Project
    app: Sphinx

    def begin(self, app: Sphinx) -> None:
        """Start a build: read the project's own files. Nothing of this is kept for the next."""
        self.app = app
        self.project = load(app.config, Path(app.confdir))
        self.cache = evidence.Cache()
        self._assessment: Assessment | None = None

    # -- what documents hold

    @cached_property
    def index(self) -> catalogue.Clauses:
        """All clauses of the loaded catalogues; known from the start, unlike the assessment."""
        return catalogue.Clauses(self.project.catalogues)

    @property
    def views(self) -> dict[str, set[str]]:
        views: dict[str, set[str]] = self.data["views"]
        return views

    @property
    def sections(self) -> dict[str, list[Section]]:
        sections: dict[str, list[Section]] = self.data["sections"]
        return sections

    @property
    def clauses(self) -> dict[str, str]:
        clauses: dict[str, str] = self.data["clauses"]
        return clauses

    def note_view(self, docname: str, view: str) -> None:
        """The document shows something that is computed from the whole project."""
        self.views.setdefault(docname, set()).add(view)
        needs.note_needs(self.env)

    def clear_doc(self, docname: str) -> None:
        self.views.pop(docname, None)
        self.sections.pop(docname, None)
        for clause in [c for c, doc in self.clauses.items() if doc == docname]:
            del self.clauses[clause]

    def merge_domaindata(self, docnames: AbstractSet[str], otherdata: dict[str, Any]) -> None:
        for key in ("views", "sections"):
            self.data[key].update({d: v for d, v in otherdata[key].items() if d in docnames})
        self.clauses.update({c: d for c, d in otherdata["clauses"].items() if d in docnames})

    def claimed(self) -> tuple[Section, ...]:
        """All claimed sections in reading order."""
        return tuple(s for doc in reading_order(self.env) for s in self.sections.get(doc, ()))

    # -- the assessment

    @property
    def assessment(self) -> Assessment:
        """Everything that is known about the project; complete only once writing has started."""
        if self._assessment is None:
            self._assessment = self._assess()
        return self._assessment

    def _assess(self) -> Assessment:
        project = self.project
        records = needs.records(self.app)
        items: Trace = trace.Trace.from_records(records, adoptions=project.adoptions, clauses=self.index)
        return assess(
            product=project.product,
            catalogues=project.catalogues,
            mappings=project.mappings,
            trace=items,
            verdicts=evidence.verdicts(items.of_kind(Kind.EVIDENCE), project.root, self.cache),
            sections=self.claimed(),
        )


def domain(env: BuildEnvironment) -> CraDomain:
    """Our domain of a build."""
    found = env.get_domain("cra")
    assert isinstance(found, CraDomain)
    return found


def reading_order(env: BuildEnvironment) -> list[str]:
    """All documents, in the order in which a reader of the whole comes to them."""
    order: dict[str, None] = {}
    stack = [env.config.root_doc]
    while stack:
        doc = stack.pop()
        if doc not in order and doc in env.found_docs:
            order[doc] = None
            stack.extend(reversed(env.toctree_includes.get(doc, [])))
    order.update(dict.fromkeys(sorted(env.found_docs)))
    return list(order)


# ------------------------------------------------------------------------- findings


def report(app: Sphinx, builder: Builder) -> None:
    """Say what is wrong, and the gaps that ``cra_gate`` asks for. ``write-started``, every build."""
    cra = domain(app.env)
    assessment = cra.assessment
    for finding in (*cra.project.findings, *assessment.mistakes):
        warn(app.env, finding)
    for finding in assessment.gaps:
        if gated(finding, cra.project.config.gate):
            warn(app.env, finding)


def warn(env: BuildEnvironment, finding: Finding) -> None:
    """One warning, of type ``cra`` and the finding's code, at its line."""
    location: Any = None
    if finding.place is not None:
        source, line = finding.place.source, finding.place.line
        location = (source, line) if source in env.found_docs else str(finding.place)
    logger.warning("%s", finding, type="cra", subtype=finding.code.value, location=location)


def gated(finding: Finding, gate: Iterable[str]) -> bool:
    """Whether ``cra_gate`` asks for this gap: ``open``, or ``open:CRA_ANX_I`` for ids that begin so."""
    for entry in gate:
        code, _, prefix = entry.partition(":")
        if code.strip() == finding.code.value and under(finding.clause or "", prefix.strip()):
            return True
    return False


def check_gate(app: Sphinx, config: Config) -> None:
    """An entry of ``cra_gate`` that asks for nothing would be a gate that never closes."""
    for entry in config.cra_gate:
        if str(entry).partition(":")[0].strip() not in GAP_CODES:
            codes = ", ".join(sorted(GAP_CODES))
            logger.warning("cra_gate: %r is none of %s", entry, codes, type="cra", subtype=Code.CONFIG.value)


# ------------------------------------------------------------------------ need types


def register_types(app: Sphinx, config: Config) -> None:
    """Our need types; after sphinx-needs has made ``needs_types`` a list, before it makes directives."""
    adoptions, _ = trace.adoptions(config.cra_types)
    needs.register(config, adoptions)


# ---------------------------------------------------------------------- incremental


def reread(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> set[str]:
    """Read pages that show clauses again when a catalogue or mapping of the project changed."""
    cra = domain(env)
    digest = _digest(*(_bytes(f) for f in cra.project.files if f.name != cra.project.config.product))
    old = cra.data["digests"].get("catalogues")
    cra.data["digests"]["catalogues"] = digest
    if old is None or old == digest:
        return set()
    return set(cra.clauses.values())


def rewrite(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Pages to write again although their source did not change.

    Views when anything they are computed from changed; pages with needs when another page's links
    into them changed, which sphinx-needs leaves stale (its issue 354).
    """
    cra = domain(env)
    digests = cra.data["digests"]
    all_needs, incoming = needs.digests(env)
    everything = _digest(
        all_needs.encode(),
        cra.project.digest.encode(),
        repr(sorted((d, s) for d, s in cra.sections.items())).encode(),
        repr(sorted(cra.clauses.items())).encode(),
        _artefacts(cra),
    )
    old_incoming: dict[str, str] = digests.get("incoming", {})
    stale = {d for d in {*incoming, *old_incoming} if incoming.get(d) != old_incoming.get(d)}
    if digests.get("everything") != everything:
        stale |= set(cra.views)
    digests["everything"] = everything
    digests["incoming"] = incoming
    return sorted(stale & env.found_docs)


def _artefacts(cra: CraDomain) -> bytes:
    """Which evidence files there are, and what is in them."""
    types = {name: a for name, a in cra.project.adoptions.items() if a.kind is Kind.EVIDENCE}
    fields = {name: a.fields.get("file", "file") for name, a in types.items()}
    files = Files(cra.project.root, cra.cache)
    seen = []
    for pattern in sorted(needs.field_values(cra.env, fields)):
        try:
            seen += [f"{f.path}\0{f.artefact.sha256}" for f in files.find(pattern)]
        except EvidenceError as error:
            seen.append(f"{pattern}\0{error.reason}")
    return "\n".join(seen).encode("utf-8", "surrogatepass")


def setup(app: Sphinx) -> None:
    app.add_domain(CraDomain)
    app.connect("config-inited", register_types, priority=100)
    app.connect("config-inited", check_gate)
    app.connect("builder-inited", lambda app: domain(app.env).begin(app))
    app.connect("env-get-outdated", reread)
    app.connect("env-updated", rewrite)
    app.connect("write-started", report, priority=900)
