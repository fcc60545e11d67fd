"""What the files of a project know about a case: product, components, and known vulnerabilities.

Reads SBOMs, scans and VEX statements with the readers of evidence. Decides nothing and fills nothing in.
"""

from __future__ import annotations

import os
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sphinx_cra.evidence import READERS, binding
from sphinx_cra.evidence.files import Cache, Project
from sphinx_cra.evidence.reader import EvidenceError
from sphinx_cra.model import Outcome, Verdict
from sphinx_cra.product import NONE, ReportingBasis
from sphinx_cra.reporting.recipient import Establishment
from sphinx_cra.words import did_you_mean, listed, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from sphinx_cra.evidence.sbom.model import Component, Sbom
    from sphinx_cra.known_vulnerabilities import Known, Match
    from sphinx_cra.product import Product


class FactsError(Exception):
    """A file that is needed and cannot be used; one sentence that names it and the way out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file that was read."""

    kind: str
    """``sbom``, ``scan`` or ``vex``."""
    path: str
    """Relative to the project where it lies inside it, else its name alone."""
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Affected:
    """A component that the report is about, and how it comes into the product."""

    name: str
    version: str
    purl: str
    match: str
    """Name and version as matches of vulnerabilities give them."""
    sbom: str
    """Path of the file that lists it."""
    path: tuple[str, ...] = ()
    """From the product to it, both included, the shortest; empty where the SBOM does not say."""
    used_by: tuple[str, ...] = ()
    """What depends on it directly."""

    def __str__(self) -> str:
        return f"{self.name} {self.version}" if self.version else self.name

    @property
    def where(self) -> str:
        """Where it is used, as a sentence without its full stop."""
        if not self.path:
            by = f"used by {listed(self.used_by)}" if self.used_by else "the SBOM does not say what uses it"
            return f"listed in {self.sbom}; {by}"
        if len(self.path) <= 2:
            return f"a direct dependency of {self.path[0]}"
        return f"comes in through {' → '.join(self.path[:-1])}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that is known before a person says a word."""

    product: Product
    sources: tuple[Source, ...] = ()
    affected: tuple[Affected, ...] = ()
    matches: tuple[Match, ...] = ()
    """What scans and VEX statements say of the vulnerability or of the affected components."""
    member_states: tuple[str, ...] = ()
    """Codes, from the product file; empty where it does not say."""
    establishment: Establishment = field(default_factory=Establishment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """Files of a project that were read."""

    sources: tuple[Source, ...] = ()
    sboms: tuple[tuple[str, Sbom], ...] = ()
    """Path and content."""
    known: Known | None = None
    """None where no scan and no statement was read."""


def establishment(product: Product) -> Establishment:
    """Where the manufacturer is, as the product file states it."""
    maker, stated = product.manufacturer, product.reporting
    main = maker.main_establishment.member_state
    representative = maker.authorised_representative
    known = {
        "decisions_in": "" if main == NONE else main,
        "representative_in": representative.member_state if representative else "",
        "stated": stated.member_state,
    }
    basis = _BASES.get(stated.basis) if stated.basis else None
    if basis and not known.get(basis):
        known[basis] = stated.member_state
    in_union: bool | None = None
    if main or basis not in (None, "decisions_in"):
        in_union = main not in ("", NONE)
    return Establishment(in_union=in_union, **known)


_BASES = {
    ReportingBasis.MAIN_ESTABLISHMENT: "decisions_in",
    ReportingBasis.AUTHORISED_REPRESENTATIVE: "representative_in",
    ReportingBasis.IMPORTER: "importer_in",
    ReportingBasis.DISTRIBUTOR: "distributor_in",
    ReportingBasis.USERS: "most_users_in",
}


def read(root: Path, files: Iterable[tuple[str, Path]]) -> Library:
    """SBOMs, scans and VEX statements.

    :param files: kind and path of each.
    :raises FactsError: at the first file that cannot be used.
    """
    cache = Cache()
    sources: list[Source] = []
    contents: list[tuple[str, str, Any]] = []
    for kind, path in files:
        try:
            found = Project(path.parent, cache).find(path.name)
            pieces = [(f, f.content(READERS[kind])) for f in found]
        except EvidenceError as error:
            raise FactsError(f"the {_KINDS[kind]} {path} cannot be used: {error.reason}") from error
        for file, content in pieces:
            name = _relative(path.parent / file.path, root)
            sources.append(Source(kind=kind, path=name, sha256=file.artefact.sha256))
            contents.append((kind, name, content))
    sboms = tuple((name, content) for kind, name, content in contents if kind == "sbom")
    return Library(sources=tuple(sources), sboms=sboms, known=_known(contents))


_KINDS = {"sbom": "SBOM", "scan": "scan", "vex": "VEX document"}


def astray(library: Library, product: Product) -> Iterator[str]:
    """What says that an SBOM was made from another version than the product file is about."""
    terms = binding.terms(product)
    for path, sbom in library.sboms:
        if sbom.subject is None:
            continue
        alone = Verdict(outcome=Outcome.VALID, reason="", subject=str(sbom.subject))
        if binding.bound(alone, kind="sbom", fields={}, terms=terms).outcome is Outcome.FOREIGN:
            yield f"{path} is of {sbom.subject}, and {product.name} {product.release} is what is reported on"


def _relative(path: Path, root: Path) -> str:
    real, base = os.path.realpath(path), os.path.realpath(root)
    if os.path.commonpath((real, base)) == base:
        return os.path.relpath(real, base).replace(os.sep, "/")
    return path.name


def _known(contents: Sequence[tuple[str, str, Any]]) -> Known | None:
    from sphinx_cra import known_vulnerabilities
    from sphinx_cra.evidence import vex

    scans = [content for kind, _, content in contents if kind == "scan"]
    documents = [content for kind, _, content in contents if kind == "vex"]
    if not scans and not documents:
        return None
    sboms = [content for kind, _, content in contents if kind == "sbom"]
    subjects = [sbom.subject for sbom in sboms if sbom.subject]
    return known_vulnerabilities.known(
        (component for sbom in sboms for component in sbom.components),
        scans,
        vex.statements("", documents),
        product=subjects[0] if len(subjects) == 1 else None,
    )


def gather(product: Product, library: Library, *, component: str = "", vulnerability: str = "") -> Facts:
    """What is known about a case.

    :param component: purl, ``NAME@VERSION`` or ``NAME``; empty where it is not about a component.
    :param vulnerability: a CVE or another id of it.
    :raises FactsError: if no SBOM lists the component.
    """
    affected = components(library, component) if component else ()
    matches = tuple(_about(library.known, affected, vulnerability))
    if not component and vulnerability:
        named = {m.component for m in matches if m.listed}
        affected = tuple(_chosen(library, lambda c: _match(c) in named))
    return Facts(
        product=product,
        sources=library.sources,
        affected=tuple(sorted(affected, key=lambda a: (a.name, a.version, a.sbom))),
        matches=matches,
        member_states=product.reporting.affected_member_states or product.market.member_states,
        establishment=establishment(product),
    )


def _about(known: Known | None, affected: Sequence[Affected], vulnerability: str) -> list[Match]:
    if known is None:
        return []
    wanted = vulnerability.casefold()
    names = {a.match for a in affected}
    return [
        m
        for m in known.matches
        if (not wanted or wanted in {i.casefold() for i in (m.vulnerability, *m.aliases)})
        and (not names or m.component in names)
        and (wanted or names)
    ]


def components(library: Library, wanted: str) -> tuple[Affected, ...]:
    """The components that a person means, in every SBOM that was read.

    :raises FactsError: if there is none, with what was probably meant.
    """
    if not library.sboms:
        raise FactsError(f"{wanted!r} cannot be looked up: no SBOM was read; name one with --sbom")
    if found := tuple(_chosen(library, lambda c: _is(c, wanted))):
        return found
    names = {
        f"{c.full_name}@{c.version}" if c.version else c.full_name
        for _, s in library.sboms
        for c in s.components
    }
    same = sorted(
        n for n in names if n.rpartition("@")[0].casefold() == wanted.rpartition("@")[0].casefold() != ""
    )
    near = same[:3] or (nearest(wanted, sorted(names)) if len(names) <= 20_000 else [])
    files = listed([path for path, _ in library.sboms])
    hint = did_you_mean(near) or "write it as the SBOM does: NAME, NAME@VERSION or a purl"
    raise FactsError(f"no component {wanted[:100]!r} is in {files}; {hint}")


def _chosen(library: Library, which: Callable[[Component], bool]) -> Iterator[Affected]:
    for path, sbom in library.sboms:
        if chosen := [c for c in sbom.components if which(c)]:
            graph = _Graph(path, sbom)
            yield from (graph.affected(c) for c in chosen)


def first(library: Library) -> str:
    """The component that comes first by name and version, as ``NAME@VERSION``; for a drill.

    :raises FactsError: if no SBOM lists any.
    """
    named = [
        (c.full_name, c.version)
        for _, s in library.sboms
        for c in s.components
        if c.name and c.kind != "file"
    ]
    if not named:
        files = listed([path for path, _ in library.sboms])
        raise FactsError(
            f"{files} lists no component; there is nothing to rehearse with" if files else NO_SBOM
        )
    name, version = min(named)
    return f"{name}@{version}" if version else name


NO_SBOM = "no SBOM was read; name one with --sbom, or build the project with evidence of kind sbom"


def _is(component: Component, wanted: str) -> bool:
    if wanted.startswith("pkg:"):
        from sphinx_cra.evidence.vex.model import covers

        return bool(component.purl) and covers(wanted, component.purl)
    names = {component.name.casefold(), component.full_name.casefold()}
    if wanted.casefold() in names:
        return True
    name, at, version = wanted.rpartition("@")
    return bool(at) and name.casefold() in names and version == component.version


class _Graph:
    """How the components of an SBOM hang together, looked at once for all of them."""

    def __init__(self, path: str, sbom: Sbom) -> None:
        self._path = path
        every = (*sbom.components, *([sbom.subject] if sbom.subject else []))
        self._names = {c.ref: str(c) for c in every if c.ref}
        self._came: dict[str, str] = {}
        self._users: dict[str, list[str]] = defaultdict(list)
        for ref, needs in sbom.dependencies.items():
            for needed in needs:
                self._users[needed].append(ref)
        if sbom.subject is None or not sbom.subject.ref:
            return
        self._came[sbom.subject.ref] = ""
        queue = deque(self._came)
        while queue:
            ref = queue.popleft()
            for needed in sbom.dependencies.get(ref, ()):
                if needed not in self._came:
                    self._came[needed] = ref
                    queue.append(needed)

    def affected(self, component: Component) -> Affected:
        ref = component.ref
        return Affected(
            name=component.full_name,
            version=component.version,
            purl=component.purl,
            match=_match(component),
            sbom=self._path,
            path=tuple(self._names.get(r, r) for r in self._way(ref)),
            used_by=tuple(sorted({self._names[u] for u in self._users.get(ref, ()) if u in self._names})),
        )

    def _way(self, ref: str) -> list[str]:
        """Refs from the product to a component, the shortest way; empty where none leads there."""
        if not ref or ref not in self._came:
            return []
        way = [ref]
        while self._came[way[-1]]:
            way.append(self._came[way[-1]])
        return way[::-1]


def _match(component: Component) -> str:
    return f"{component.name} {component.version}" if component.version else component.name
