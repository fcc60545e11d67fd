"""The project of a build: its files, what its documents hold of ours, and its assessment.

The domain keeps, for each document, what has to survive an incremental build. The assessment is
made once a build, when all needs are complete, and everything that is shown is made from it.
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import re
from dataclasses import asdict, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from sphinx.domains import Domain
from sphinx.util import logging

from sphinx_cra import __version__, evidence, product, trace
from sphinx_cra.evidence.files import Project as Files
from sphinx_cra.evidence.reader import EvidenceError
from sphinx_cra.ext import needs
from sphinx_cra.ext.config import CONF, CraConfig
from sphinx_cra.gate import BASELINE, Level, gone, mended
from sphinx_cra.model import Code, Finding, Kind, Place, Section, Severity
from sphinx_cra.reporting import REPORTS
from sphinx_cra.words import did_you_mean, is_path, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.builders import Builder
    from sphinx.config import Config
    from sphinx.environment import BuildEnvironment

    from sphinx_cra.assessment import Assessment
    from sphinx_cra.catalogue import Clauses
    from sphinx_cra.ext.loading import Project
    from sphinx_cra.gate import Judged
    from sphinx_cra.known_vulnerabilities import Known
    from sphinx_cra.model import Verdict

logger = logging.getLogger(__name__)

REVIEWS = "cra-reviews.yaml"
FILE = "file:"
"""A view that begins so is a file that what a page shows is computed from."""
SWEEP, SWEEPS = 12, 5
"""What is set aside of pages is looked through after so many of them, and about so often a build."""


def _bytes(path: Path) -> bytes:
    """What a file holds, told apart from no file and from what is none (a device never ends)."""
    try:
        if path.is_file():
            return b"+" + path.read_bytes()
        return b"?" if os.path.lexists(path) else b""
    except OSError:
        return b"?"


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
    data_version = 6
    initial_data: ClassVar[dict[str, Any]] = {
        "views": {},  # docname -> names of the views in it
        "sections": {},  # docname -> the sections claimed in it
        "clauses": {},  # clause id -> docname that shows it
        "lines": {},  # clause id -> line of the directive that shows it
        "repeats": {},  # docname -> documents that showed its clauses before it
        "said": {},  # docname -> what was found to be wrong when it was read
        "certificates": {},  # docname -> certificates that it names, and where
        "digests": {},  # what the last build's pages were made from
    }

    app: Sphinx
    pages = 0
    """Pages resolved so far in this build."""
    touched = False
    """Whether any document was read or removed in this build."""
    reading = True
    """Whether documents are read: what is wrong in them is said once all of them are."""
    errors = 0
    """Findings of this build that ``cra_gate`` calls errors."""
    late: tuple[Judged, ...] = ()
    """What was found while the technical file was written, with an assessment in it that was complete."""

    def begin(self, app: Sphinx) -> None:
        """Start a build. Nothing of what is read and computed from here on is kept for the next."""
        self.app = app
        self.cache = evidence.Cache()
        self.touched = False
        self.reading, self.errors, self.late = True, 0, ()
        gc.unfreeze()

    def resolve_any_xref(self, *_: Any, **__: Any) -> list[tuple[str, nodes.reference]]:
        """Nothing: clauses have a role of their own. MyST asks every domain, and warns of those without."""
        return []

    @property
    def root(self) -> Path:
        """Folder of ``conf.py``; evidence and data files lie in it."""
        return Path(self.app.confdir)

    def file(self, source: str) -> str:
        """The file of a document, relative to the project; of what is no document, its own name."""
        if source not in self.env.found_docs:
            return source
        path = Path(os.path.relpath(self.env.doc2path(source), self.root)).as_posix()
        return source if path.startswith("..") else path

    @property
    def seal(self) -> str:
        """A digest of everything that is shown; known once all documents are read."""
        seal: str = self.data["digests"]["everything"]
        return seal

    # What follows is made when first asked for: a build without a change asks for none of it.

    @cached_property
    def project(self) -> Project:
        """What the project's own files say."""
        from sphinx_cra.ext.loading import load

        return load(self.app.config, self.root)

    @cached_property
    def index(self) -> Clauses:
        """All clauses of the loaded catalogues; known from the start, unlike the assessment."""
        from sphinx_cra.catalogue import Clauses

        return Clauses(self.project.catalogues)

    @cached_property
    def assessment(self) -> Assessment:
        """Everything that is known about the project; complete only once writing has started."""
        from sphinx_cra import footing
        from sphinx_cra.assessment import assess

        project = self.project
        adoptions, _ = trace.adoptions(project.config.types)
        records = needs.records(self.app)
        items = trace.Trace.from_records(records, adoptions=adoptions, clauses=self.index)
        declared = evidence.linked(
            items.of_kind(Kind.EVIDENCE), self.root, self.cache, readers=project.readers
        )
        if declared:
            known = [*items.items.values(), *declared]
            items = trace.Trace(known, clauses=self.index, astray=items.astray)
        read = evidence.verdicts(
            items.of_kind(Kind.EVIDENCE),
            self.root,
            self.cache,
            readers=project.readers,
            product=project.product,
            product_fault=project.product_fault,
        )
        verdicts = footing.fallen(items, read)
        return assess(
            product=project.product,
            catalogues=project.catalogues,
            mappings=project.mappings,
            trace=items,
            verdicts=verdicts,
            sections=self.claimed(),
            reviews=project.reviews,
            readers=project.readers,
            known=self._known(items, verdicts),
            status=project.status,
            reports=project.reports,
            faults=[
                *project.findings,
                *(finding for found in self.said.values() for finding in found),
                *_idle_adoptions(records, project),
                *self._no_certificates(items),
            ],
            gate=project.gate,
            baseline=project.baseline,
            shown={
                clause: Place(source=docname, line=self.data["lines"].get(clause))
                for clause, docname in self.clauses.items()
            },
            asked=project.conf.place("cra_catalogues", "extensions"),
        )

    def _no_certificates(self, items: trace.Trace) -> Iterator[Finding]:
        """What ``cra-certificate`` names and is none."""
        for name, place in (named for found in self.certificates.values() for named in found):
            item = items.items.get(name)
            if item is None or item.fields.get("kind") != "certificate":
                known = [i.id for i in items.of_kind(Kind.EVIDENCE)]
                yield Finding(
                    code=Code.EVIDENCE,
                    message=f"cra-certificate names {name}, which is no evidence of kind certificate",
                    way_out=did_you_mean(nearest(name, known)),
                    about=f"cra-certificate {name}",
                    place=place,
                )

    def _known(self, items: trace.Trace, verdicts: Mapping[str, Verdict]) -> Known | None:
        """What is known of vulnerabilities; nothing is imported where no evidence speaks of them."""
        kinds = {i.fields.get("kind") for i in items.of_kind(Kind.EVIDENCE)}
        if not kinds & {"sbom", "scan", "vex"}:
            return None
        from sphinx_cra import coverage, known_vulnerabilities

        proven = coverage.proven(items, verdicts)
        return known_vulnerabilities.shown(items, verdicts, self.root, self.cache, proven=proven)

    # -- what documents hold

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

    @property
    def repeats(self) -> dict[str, set[str]]:
        repeats: dict[str, set[str]] = self.data["repeats"]
        return repeats

    @property
    def said(self) -> dict[str, list[Finding]]:
        said: dict[str, list[Finding]] = self.data["said"]
        return said

    @property
    def certificates(self) -> dict[str, list[tuple[str, Place]]]:
        certificates: dict[str, list[tuple[str, Place]]] = self.data["certificates"]
        return certificates

    def files(self) -> set[str]:
        """Files of the project that views are computed from, beside those that every build reads."""
        return {v.removeprefix(FILE) for views in self.views.values() for v in views if v.startswith(FILE)}

    def note_view(self, docname: str, view: str) -> None:
        """The document shows something that is computed from the whole project."""
        self.views.setdefault(docname, set()).add(view)
        needs.note_needs(self.env)

    def clear_doc(self, docname: str) -> None:
        self.touched = True  # the document is gone, or about to be read
        self.views.pop(docname, None)
        self.sections.pop(docname, None)
        self.repeats.pop(docname, None)
        self.said.pop(docname, None)
        self.certificates.pop(docname, None)
        for clause in [c for c, doc in self.clauses.items() if doc == docname]:
            del self.clauses[clause]
            self.data["lines"].pop(clause, None)

    def merge_domaindata(self, docnames: AbstractSet[str], otherdata: dict[str, Any]) -> None:
        for key in ("views", "sections", "repeats", "said", "certificates"):
            self.data[key].update({d: v for d, v in otherdata[key].items() if d in docnames})
        twice: dict[tuple[str, str], tuple[str, int | None]] = {}
        for clause, docname in otherdata["clauses"].items():
            if docname not in docnames:
                continue
            # Two processes read two pages that show it; reading them in turn, the first would keep it.
            lines = {docname: otherdata["lines"].get(clause)}
            if clause in self.clauses:
                lines[self.clauses[clause]] = self.data["lines"].get(clause)
            first, *others = sorted(lines)
            self.clauses[clause], self.data["lines"][clause] = first, lines[first]
            for other in others:
                self.repeats.setdefault(other, set()).add(first)
                twice.setdefault((other, first), (clause, lines[other]))
        for (other, first), (clause, line) in twice.items():
            place = Place(source=other, line=line)
            self.said.setdefault(other, []).append(shown_twice(clause, first, place))

    def claimed(self) -> tuple[Section, ...]:
        """All claimed sections in reading order."""
        return tuple(s for doc in reading_order(self.env) for s in self.sections.get(doc, ()))


def shown_twice(clause: str, first: str, place: Place) -> Finding:
    """The finding that a page shows clauses of another page."""
    message = f"{clause} is shown in {first} already"
    return Finding(
        code=Code.CATALOGUE,
        message=message,
        way_out="use :part: to show each once",
        about=clause,
        place=place,
    )


def merge_needs(
    app: Sphinx, env: BuildEnvironment, docnames: AbstractSet[str], other: BuildEnvironment
) -> None:
    """Keep one need for a clause that two processes read, before sphinx-needs merges theirs."""
    needs.drop_repeated_clauses(env, other, domain(env).clauses)


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


def settle(app: Sphinx, builder: Builder) -> None:
    """Take what was read out of the garbage collector's rounds.

    All of it is needed until the build ends, and looking through it again and again while pages are
    written costs more than everything else that we do. A next build in this process takes it back.
    """
    gc.freeze()


def sweep(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Give back what was read of pages that are written, a few times a build: all of it would be kept."""
    cra = domain(app.env)
    cra.pages += 1
    if cra.pages % max(SWEEP, len(app.env.found_docs) // SWEEPS) == 0:
        gc.unfreeze()
        gc.collect()
        gc.freeze()


def report(app: Sphinx, builder: Builder) -> None:
    """Say what is wrong, and the gaps that ``cra_gate`` asks for. ``write-started``, every build."""
    cra = domain(app.env)
    cra.reading = False
    found, accepted, gone = _findings(app)
    for finding, level in found:
        _say(app.env, finding, level)
    if accepted or gone:
        more = f", {gone} found no more: sphinx-cra baseline prune" if gone else ""
        logger.info("%s: %d accepted%s", BASELINE, accepted, more)


Said = list[tuple[Finding, Level]]


def _findings(app: Sphinx) -> tuple[Said, int, int]:
    """What to say, how much is accepted, and how much of that is found no more.

    As the last build found it where nothing changed since, else found anew.
    """
    cra = domain(app.env)
    kept = Path(app.doctreedir) / "cra-findings.json"
    try:
        known = json.loads(kept.read_bytes())
        if known["seal"] == cra.seal:
            found = [(_finding(f), Level(level)) for f, level in known["findings"]]
            return found, int(known["accepted"]), int(known["gone"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    assessment = cra.assessment
    judged = assessment.findings
    said = [(_told(j), j.level) for j in judged if j.said]
    accepted = sum(j.standing.holds for j in judged)
    missing = len(gone(judged, assessment.baseline)) + sum(bool(mended(j)) for j in judged)
    record = {
        "seal": cra.seal,
        "findings": [(asdict(f), level) for f, level in said],
        "accepted": accepted,
        "gone": missing,
    }
    kept.write_text(json.dumps(record), "utf-8")
    return said, accepted, missing


def _told(judged: Judged) -> Finding:
    """The finding, with what became of its acceptance."""
    if judged.acceptance is None:
        return judged.finding
    return replace(judged.finding, message=judged.message, way_out="")


def _idle_adoptions(records: list[dict[str, Any]], project: Project) -> Iterator[Finding]:
    """Names in ``cra_types`` of fields and links that no need of the type can have."""
    adopted, _ = trace.adoptions(project.config.types)
    first = {r["type"]: r for r in reversed(records)} if project.config.types else {}
    for name, record in sorted(first.items()):
        adoption = adopted.get(name)
        if adoption is None:
            continue
        for own in sorted({*adoption.fields.values(), *adoption.links, *adoption.backward} - set(record)):
            message = f"cra_types: {name!r} has no field or link {own!r}"
            yield Finding(
                code=Code.CONFIG,
                message=message,
                way_out=did_you_mean(nearest(own, record)),
                about=f"cra_types {name} {own}",
                place=project.conf.of(message),
            )


def _finding(data: dict[str, Any]) -> Finding:
    place, causes = data.pop("place"), tuple(data.pop("causes"))
    code, severity = Code(data.pop("code")), Severity(data.pop("severity"))
    return Finding(
        **data, code=code, severity=severity, causes=causes, place=Place(**place) if place else None
    )


def warn(env: BuildEnvironment, finding: Finding) -> None:
    """Say that something is wrong: once all documents are read, so that every file knows of it too."""
    cra = domain(env)
    here = env.docname or (finding.place.source if finding.place else "")
    if cra.reading and here in env.found_docs:
        cra.said.setdefault(here, []).append(finding)
    else:
        _say(env, finding, cra.project.gate.level(finding))


def warn_late(env: BuildEnvironment, finding: Finding) -> None:
    """Say what is found while the technical file is written: the manifest holds it."""
    cra = domain(env)
    cra.late = cra.assessment.judged([*(j.finding for j in cra.late), finding])
    if (judged := cra.late[-1]).said:
        _say(env, _told(judged), judged.level)


def _say(env: BuildEnvironment, finding: Finding, level: Level) -> None:
    """One warning, of type ``cra`` and the finding's code, at its line.

    An error fails the build once everything is written.
    """
    if level is Level.QUIET:
        return
    location: Any = None
    message = str(finding)
    if finding.place is not None:
        source, line = finding.place.source, finding.place.line
        if source in env.found_docs:
            location = (source, line)
        elif line is None:  # Sphinx would take a location without a line for the name of a document
            message = f"{source}: {message}"
        else:
            location = str(finding.place)
    speak = logger.error if level is Level.ERROR else logger.warning
    speak("%s", message, type="cra", subtype=finding.code.value, location=location)
    if level is Level.ERROR:
        domain(env).errors += 1


def fail(app: Sphinx, exception: Exception | None) -> None:
    """Let errors of the gate fail a build that has written everything. ``build-finished``."""
    errors = domain(app.env).errors
    if exception is None and errors:
        app.statuscode = 1
        said = "1 finding is an error" if errors == 1 else f"{errors} findings are errors"
        logger.info("%s by cra_gate, so this build fails, with everything written.", said, color="red")


# ------------------------------------------------------------------------ need types


def register_types(app: Sphinx, config: Config) -> None:
    """Our need types; after sphinx-needs has made ``needs_types`` a list, before it makes directives."""
    adoptions, _ = trace.adoptions(CraConfig.of(config).types)
    needs.register(config, adoptions)


# ---------------------------------------------------------------------- incremental


def data_files(config: CraConfig) -> list[str]:
    """The project's own catalogues, mappings and overlays."""
    named = (*config.catalogues, *config.mappings, *config.overlays)
    return [n for n in named if is_path(n)]


def reread(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> set[str]:
    """Pages to read again although their source did not change.

    All that speak of clauses when a catalogue, mapping or overlay changed; and those whose clauses
    another page showed before them, since that page may show them no longer.
    """
    cra = domain(env)
    files = data_files(CraConfig.of(app.config))
    digest = _digest(__version__.encode(), *(_bytes(cra.root / f) for f in files))
    old = cra.data["digests"].get("catalogues")
    cra.data["digests"]["catalogues"] = digest
    again = {doc for doc, first in cra.repeats.items() if first & (changed | removed)}
    if old is not None and old != digest:
        again |= {*cra.clauses.values(), *cra.views}
    return again


def note_needs_views(app: Sphinx, doctree: nodes.document) -> None:
    """Note documents that show needs of others by means of sphinx-needs. ``doctree-read``."""
    if needs.shows_others(doctree):
        domain(app.env).views.setdefault(app.env.docname, set()).add("needs")


def rewrite(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Pages to write again although their source did not change.

    Views when anything they are computed from changed; pages with needs when their links from or to
    another page changed, which sphinx-needs leaves stale (its issue 354). Each output folder is
    compared with what was written there, since several may share one environment.
    """
    cra = domain(env)
    digests = cra.data["digests"]
    config = CraConfig.of(app.config)
    if cra.touched or "needs" not in digests or app.config.needs_external_needs:
        adoptions, _ = trace.adoptions(config.types)
        digests["needs"] = (*needs.digests(env), sorted(_patterns(env, adoptions)))
    all_needs, across, files = digests["needs"]
    everything = digests["everything"] = _digest(
        digests.get("catalogues", "").encode(),
        repr((config, sorted(app.config.suppress_warnings))).encode(),
        *map(_bytes, product.files(cra.root / config.product, root=cra.root)),
        _bytes(cra.root / config.status) if config.status else b"",
        _bytes(cra.root / evidence.LOCK),
        _bytes(cra.root / REVIEWS),
        _bytes(cra.root / BASELINE),
        repr((sorted(cra.said.items()), sorted(cra.certificates.items()))).encode("utf-8", "surrogatepass"),
        *(_bytes(cra.root / name) for name in sorted({REPORTS, *cra.files()})),
        os.environ.get(evidence.EPOCH, "").encode("utf-8", "surrogateescape"),
        all_needs.encode(),
        repr(cra.claimed()).encode("utf-8", "surrogatepass"),
        repr(sorted(cra.clauses.items())).encode(),
        repr(sorted(cra.data["lines"].items())).encode(),
        _bytes(cra.root / CONF),  # findings name its lines
        _artefacts(cra, files),
    )
    old = _written(app).get(_output(app), {})
    old_across = old.get("across", {})
    stale = {d for d in {*across, *old_across} if across.get(d) != old_across.get(d)}
    if old.get("everything") != everything:
        stale |= set(cra.views)
    return sorted(stale & env.found_docs)


def note_written(app: Sphinx, exception: Exception | None) -> None:
    """Remember what the pages were made from, once they are all written. ``build-finished``.

    Not kept in the environment: that is saved before the pages are written, and a build that is
    broken off in between would leave them stale for good.
    """
    digests = domain(app.env).data["digests"]
    if exception is None and "everything" in digests:
        _, across, _ = digests["needs"]
        known = _written(app)
        new = {"everything": digests["everything"], "across": across}
        if known.get(_output(app)) != new:
            known[_output(app)] = new
            _written_file(app).write_text(json.dumps(known), "utf-8")


def _output(app: Sphinx) -> str:
    return f"{app.builder.name} {app.outdir}"


def _written_file(app: Sphinx) -> Path:
    return Path(app.doctreedir) / "cra-written.json"


def _written(app: Sphinx) -> dict[str, Any]:
    """Output folder -> what its pages were made from."""
    try:
        known = json.loads(_written_file(app).read_bytes())
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _patterns(env: BuildEnvironment, adoptions: Mapping[str, trace.Adoption]) -> set[str]:
    """Paths and patterns of every file that a verdict may rest on."""
    found: set[str] = set()
    for name in ("file", "about", "lockfiles"):
        fields = {n: a.fields.get(name, name) for n, a in adoptions.items() if a.kind is Kind.EVIDENCE}
        for value in needs.field_values(env, fields):
            found |= {value} if name == "file" else {p.strip() for p in re.split(r"[,;\n]", value)}
    return found - {""}


def _artefacts(cra: CraDomain, patterns: list[str]) -> bytes:
    """Which evidence files there are, and what is in them."""
    files = Files(cra.root, cra.cache)
    seen = []
    for pattern in patterns:
        try:
            seen += [f"{f.path}\0{f.artefact.sha256}" for f in files.find(pattern)]
        except EvidenceError as error:
            seen.append(f"{pattern}\0{error.reason}")
    return "\n".join(seen).encode("utf-8", "surrogatepass")


def setup(app: Sphinx) -> None:
    app.add_domain(CraDomain)
    app.connect("config-inited", register_types, priority=100)
    app.connect("builder-inited", lambda app: domain(app.env).begin(app))
    app.connect("env-get-outdated", reread)
    app.connect("doctree-read", note_needs_views)
    app.connect("env-merge-info", merge_needs, priority=100)
    app.connect("env-updated", rewrite)
    app.connect("write-started", settle, priority=899)
    app.connect("doctree-resolved", sweep)
    app.connect("write-started", report, priority=900)
    app.connect("build-finished", note_written)
    app.connect("build-finished", fail, priority=900)
