"""Known vulnerabilities: what a scan found in the components, and what is stated about it.

Annex I, Part I, point (2)(a) asks for a product without known exploitable vulnerabilities. Here
three sources meet: the components of the SBOM, the findings of scanners, and VEX statements.
Each state has the date and the source of the data that it rests on. Nothing is looked up, and
without a scan nothing is said to be clean.
"""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sphinx_cra.evidence import READERS
from sphinx_cra.evidence.files import Project
from sphinx_cra.evidence.reader import EvidenceError
from sphinx_cra.evidence.scan import LEVELS
from sphinx_cra.evidence.vex import statements as vex_statements
from sphinx_cra.evidence.vex.model import Named, Part, Status, canonical, current, latest, parsed
from sphinx_cra.model import Kind, Outcome
from sphinx_cra.words import listed

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from sphinx_cra.evidence.files import Cache
    from sphinx_cra.evidence.scan import Finding, Scan
    from sphinx_cra.evidence.vex.model import Statement
    from sphinx_cra.model import Verdict
    from sphinx_cra.trace import Trace

CLAUSE = "Annex I, Part I, point (2)(a)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One vulnerability in one component, and what is known about it."""

    vulnerability: str
    aliases: tuple[str, ...] = ()
    component: str
    """Name and version."""
    status: Status
    why: str
    """One or more sentences: justification, action, or why it is unknown."""
    source: str
    """The document or scanner that the state rests on."""
    date: str = ""
    """ISO, of that data; empty where it states none."""
    severity: str = ""
    """The worst that a scanner gives it; empty where no scanner found it."""
    listed: bool = True
    """Whether the SBOM lists the component."""

    def __str__(self) -> str:
        return f"{self.vulnerability} in {self.component}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Everything that is known, on the day of its sources."""

    matches: tuple[Match, ...]
    """The worst first."""
    components: int
    """How many the SBOM lists."""
    scans: tuple[Scan, ...]
    unchecked: str = ""
    """Why nobody can say that there is no other; empty where a scan looked."""
    names: tuple[str, ...] = ()
    """The components, by name and version, in the order of the SBOM."""

    @property
    def open(self) -> tuple[Match, ...]:
        """What is affected, or not settled yet."""
        return tuple(match for match in self.matches if not match.status.settled)

    @property
    def summary(self) -> str:
        """One sentence about the clause: what was found, by what, on data of which date."""
        counts = Counter(match.status for match in self.matches)
        states = [f"{counts[s]} {s.words}" for s in reversed(Status) if counts[s]]
        if self.unchecked:
            said = f", and what is stated is {listed(states)}" if states else ""
            return f"{CLAUSE} was not checked: {self.unchecked}{said}."
        by = listed([str(scan) for scan in self.scans], limit=3)
        what = f"{self.components} component{'' if self.components == 1 else 's'}"
        if not self.matches:
            return f"{CLAUSE}: no known vulnerability was found in {what} by {by}."
        number = len(self.matches)
        noun = "vulnerability is" if number == 1 else "vulnerabilities are"
        names = listed([str(match) for match in self.open], limit=3)
        left = f"; open: {names}" if names else "; none is open"
        return f"{CLAUSE}: {number} {noun} known in {what}, by {by}: {listed(states)}{left}."


def known(
    components: Iterable[Named],
    scans: Iterable[Scan],
    statements: Iterable[Statement],
    *,
    product: Named | None = None,
    fallen: Container[str] = frozenset(),
) -> Known:
    """The state of each match of a scanner, and of each statement about a component.

    :param product: the product of the SBOM. Statements about another product are left out; without it, the
        caller has selected them.
    :param fallen: ids of controls and evidence that do not hold. A *not affected* or *fixed* that is
        ``supported_by`` one of them is not believed.
    """
    components = tuple(components)
    sbom = _Components(components)
    scans = tuple(scans)
    stated = _Statements(current(statements), product)
    matches: dict[tuple[str, str], Match] = {}
    used: set[int] = set()
    for scan in scans:
        for finding in (one for several in scan.findings for one in _single(several)):
            about = stated.about(finding)
            used.update(map(id, about))
            match = _matched(finding, scan, latest(about), sbom, fallen)
            key = (match.vulnerability.casefold(), match.component)
            matches[key] = _worse(matches.get(key), match)
    for statement in stated.all:
        part = statement.component or statement.product
        found = sbom.find(part)
        whole = statement.component is None and (product is None or part.is_(product) is not False)
        if id(statement) in used or not (found or whole):
            continue
        status, why = _stated(statement, fallen)
        if status.settled and not found:
            continue  # about the product alone, and nobody found it there
        match = Match(
            vulnerability=statement.vulnerability,
            aliases=statement.aliases,
            component=_name(found[0]) if found else str(part),
            status=status,
            why=why,
            source=str(statement.source),
            date=statement.date,
            listed=bool(found),
        )
        matches[(match.vulnerability.casefold(), match.component)] = _worse(
            matches.get((match.vulnerability.casefold(), match.component)), match
        )
    return Known(
        matches=tuple(sorted(matches.values(), key=_order)),
        components=len(sbom),
        scans=scans,
        unchecked=_unchecked(sbom, scans),
        names=tuple(dict.fromkeys(_name(c) for c in components)),
    )


KINDS = frozenset({"sbom", "scan", "vex"})
"""Kinds of evidence that say something of components and their vulnerabilities."""

_UNREAD = frozenset({Outcome.MISSING, Outcome.UNREADABLE, Outcome.ALTERED, Outcome.FOREIGN})


def shown(
    trace: Trace, verdicts: Mapping[str, Verdict], root: Path, cache: Cache, *, proven: Container[str]
) -> Known:
    """What the evidence of a project shows together.

    Files that are altered, or made for another version, say nothing of this product. A statement
    whose evidence names what makes it true (``supported_by``) is believed while that is proven.

    :param proven: ids of the items that have valid evidence, and of the evidence that is valid.
    """
    project = Project(root, cache)
    components: list[Named] = []
    products: list[Named] = []
    scans: list[Scan] = []
    statements: list[Statement] = []
    fallen: set[str] = set()
    for item in trace.of_kind(Kind.EVIDENCE):
        kind = item.fields.get("kind", "")
        verdict = verdicts.get(item.id)
        if kind not in KINDS or verdict is None or verdict.outcome in _UNREAD:
            continue
        try:
            contents = [f.content(READERS[kind]) for f in project.find(item.fields.get("file", ""))]
        except EvidenceError:
            continue  # the verdict says why
        match kind:
            case "sbom":
                for sbom in contents:
                    components += sbom.components
                    products += [sbom.subject] if sbom.subject else []
            case "scan":
                scans += contents
            case _:
                because = tuple(item.fields.get("supported_by", "").replace(",", " ").split())
                fallen.update(name for name in because if name not in proven)
                found = vex_statements(item.fields.get("select", ""), contents)
                statements += (dataclasses.replace(s, supported_by=because) for s in found)
    product = products[0] if len(products) == 1 else None
    return known(components, scans, statements, product=product, fallen=fallen)


def _single(finding: Finding) -> Iterator[Finding]:
    """A finding under its CVE; of an advisory about several of them one for each.

    Else a statement on the first would settle the others.
    """
    names = (finding.vulnerability, *finding.aliases)
    cves = [name for name in names if name.upper().startswith("CVE-")]
    if len(cves) < 2:
        first = cves[0] if cves else finding.vulnerability
        aliases = tuple(name for name in names if name != first)
        yield dataclasses.replace(finding, vulnerability=first, aliases=aliases)
        return
    for cve in cves:
        own = () if finding.vulnerability in cves else (finding.vulnerability,)
        yield dataclasses.replace(finding, vulnerability=cve, aliases=own)


def _unchecked(sbom: _Components, scans: Sequence[Scan]) -> str:
    if not len(sbom):
        return "no SBOM names the components"
    if not scans:
        return "no scan looked for known vulnerabilities"
    if blind := [f"{scan.tool}: {scan.blind}" for scan in scans if scan.blind]:
        return f"no scan shows what it looked at ({blind[0]})" if len(blind) == len(scans) else ""
    return ""


def _matched(
    finding: Finding, scan: Scan, statement: Statement | None, sbom: _Components, fallen: Container[str]
) -> Match:
    found = sbom.find(finding.component)
    status, why = Status.UNKNOWN, "no statement says what it means for the product"
    source, date = scan.tool, scan.database or scan.date
    if finding.ignored:
        why = "the scanner was told to ignore it, and no statement says why"
    if statement is not None:
        status, why = _stated(statement, fallen)
        source, date = str(statement.source), statement.date
    if not status.settled and finding.fixed_in:
        fixes = f"{finding.component.name} is fixed in {listed(finding.fixed_in, limit=3)}"
        why = f"{why}; {fixes}" if why else fixes
    return Match(
        vulnerability=finding.vulnerability,
        aliases=finding.aliases,
        component=_name(found[0]) if found else str(finding.component),
        status=status,
        why=why,
        source=source,
        date=date,
        severity=finding.severity,
        listed=bool(found),
    )


def _stated(statement: Statement, fallen: Container[str]) -> tuple[Status, str]:
    """The state that a statement leads to, and why."""
    status = statement.status
    if statement.fault and status is not Status.AFFECTED:
        return Status.UNKNOWN, f"the statement in {statement.source} cannot be used: {statement.fault}"
    if status.settled and (gone := [name for name in statement.supported_by if name in fallen]):
        return Status.UNKNOWN, f"it is stated to be {status.words}, but {listed(gone)} does not hold"
    return status, statement.why


def _worse(one: Match | None, other: Match) -> Match:
    """What two sources say of the same match: the worse state, and the worst severity."""
    return other if one is None or _order(other) < _order(one) else one


def _order(match: Match) -> tuple[int, int, str, str]:
    severity = LEVELS.index(match.severity) if match.severity in LEVELS else len(LEVELS)
    return -list(Status).index(match.status), severity, match.vulnerability, match.component


def _name(component: Named) -> str:
    return f"{component.name} {component.version}" if component.version else component.name


class _Components:
    """The components of an SBOM, by what can name them."""

    def __init__(self, components: Iterable[Named]) -> None:
        self._by_name: dict[str, list[Named]] = defaultdict(list)
        self._number = 0
        for component in components:
            self._number += 1
            for name in _names((component.purl,), component.name):
                self._by_name[name].append(component)

    def __len__(self) -> int:
        return self._number

    def find(self, part: Part) -> list[Named]:
        """The components that a part means; of a range of versions, all that it may mean."""
        near = {id(c): c for name in _names(part.purls, part.name) for c in self._by_name.get(name, ())}
        return [component for component in near.values() if part.is_(component) is not False]


class _Statements:
    """The statements that count, by vulnerability."""

    def __init__(self, statements: Sequence[Statement], product: Named | None) -> None:
        self._product = product
        self.all = tuple(s for s in statements if self._ours(s))
        self._by_id: dict[str, list[Statement]] = defaultdict(list)
        for statement in self.all:
            for name in statement.ids:
                self._by_id[name].append(statement)

    def _ours(self, statement: Statement) -> bool:
        """About our product, or about a component on its own, as its maker speaks of it."""
        if self._product is None or statement.component is None:
            return True
        return statement.product.is_(self._product) is not False

    def about(self, finding: Finding) -> list[Statement]:
        """Statements on a finding. A good one has to be about exactly this version."""
        names = {name.casefold() for name in (finding.vulnerability, *finding.aliases)}
        near = {id(s): s for name in names for s in self._by_id.get(name, ())}
        return [s for s in near.values() if self._on(s, finding.component)]

    def _on(self, statement: Statement, component: Part) -> bool:
        part = statement.component
        if part is None:
            if self._product is not None and statement.product.is_(self._product):
                return True  # the product as a whole, whatever is in it
            part = statement.product
        found = _means(part, component)
        return not statement.status.settled if found is None else found


def _means(part: Part, component: Part) -> bool | None:
    return part.is_(_Plain(component.name, component.version, next(iter(component.purls), "")))


@dataclass(frozen=True, slots=True)
class _Plain:
    name: str
    version: str
    purl: str


def _names(purls: Iterable[str], name: str) -> set[str]:
    """Under what a component is looked for: its name, and that of its package without a version."""
    names = {name.casefold()}
    for purl in purls:
        package = parsed(purl)
        names.add(package.name.casefold() if package else canonical(purl))
    return names
