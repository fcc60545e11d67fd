"""Result of a vulnerability scanner: which known vulnerabilities did it find in which components?

JSON of Grype and of OSV-Scanner. A scan proves something only if it shows that it looked: Grype
names its target and its database, OSV-Scanner the packages, if it is told to list all of them.
What a finding means for the product is stated elsewhere (``vex``), and not asked here.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sphinx_cra.evidence import jsonfile
from sphinx_cra.evidence.reader import EvidenceError, refuted
from sphinx_cra.evidence.vex.model import Part, moment
from sphinx_cra.evidence.vex.shapes import ANY, FILLED, TEXT, many, of, validator
from sphinx_cra.model import Outcome, Verdict
from sphinx_cra.words import either, listed, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sphinx_cra.evidence.reader import Claim, Exhibit

max_bytes: int | None = 64 * 1024 * 1024

LEVELS = ("unknown", "critical", "high", "medium", "low", "negligible")
"""Severities, worst first: what nobody rated may be the worst."""
_WORDS = {"moderate": "medium", "important": "high", "none": "negligible", "informational": "negligible"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One vulnerability in one component, as a scanner reports it."""

    vulnerability: str
    aliases: tuple[str, ...] = ()
    component: Part
    severity: str = "unknown"
    """One of :data:`LEVELS`."""
    fixed_in: tuple[str, ...] = ()
    """Versions of the component that have a fix."""
    ignored: bool = False
    """Whether the scanner was told to leave it out of its result."""

    def __str__(self) -> str:
        return f"{self.vulnerability} in {self.component}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """One run of a scanner."""

    tool: str
    """Name and version."""
    date: str = ""
    """ISO, when it ran; empty where it does not say."""
    database: str = ""
    """ISO, when its data about vulnerabilities was made; empty where it does not say."""
    target: str = ""
    """What it looked at, in its own words."""
    subject: str = ""
    """Digest of what it looked at."""
    packages: int | None = None
    """How many packages it looked at; None where it does not say."""
    findings: tuple[Finding, ...] = ()
    blind: str = ""
    """Why it cannot show that it looked; empty where it does."""

    @property
    def open(self) -> tuple[Finding, ...]:
        """What it was not told to ignore."""
        return tuple(finding for finding in self.findings if not finding.ignored)

    def __str__(self) -> str:
        facts = [f"run {day(self.date)}"] if self.date else []
        facts.append(f"database of {day(self.database)}" if self.database else "database of unstated date")
        return f"{self.tool} ({', '.join(facts)})"


def day(date: str) -> str:
    """The day of a date and time, as it is written."""
    return date[:10]


# ------------------------------------------------------------------------- Grype

_VULNERABILITY = of(
    "id",
    id=FILLED,
    severity=TEXT,
    fix=of(versions={"type": ["array", "null"], "items": TEXT}, state=TEXT),
)
_MATCH = of(
    "vulnerability artifact",
    vulnerability=_VULNERABILITY,
    relatedVulnerabilities={"type": ["array", "null"], "items": of("id", id=FILLED)},
    artifact=of("name version", name=FILLED, version=TEXT, purl=TEXT),
)
_GRYPE = validator(
    of(
        "matches descriptor",
        matches=many(_MATCH, 0),
        ignoredMatches={"type": ["array", "null"], "items": _MATCH},
        source={"anyOf": [of("type", type=TEXT, target=ANY), {"type": "null"}]},
        descriptor=of("name version", name=FILLED, version=TEXT, timestamp=TEXT, db=ANY),
    )
)


def _grype(data: Mapping[str, Any]) -> Scan:
    jsonfile.check(_GRYPE, data, "Grype JSON")
    descriptor: Mapping[str, Any] = data["descriptor"]
    source: Mapping[str, Any] = data.get("source") or {}
    target = source.get("target")
    where: Mapping[str, Any] = target if isinstance(target, dict) else {}
    name = where.get("userInput", "") if where else target
    state = _database(descriptor.get("db"))
    built = str(state.get("built", ""))
    findings = [_grype_finding(match, ignored=False) for match in data["matches"]]
    findings += [_grype_finding(match, ignored=True) for match in data.get("ignoredMatches") or ()]
    blind = ""
    if not source.get("type"):
        blind = "it does not say what was scanned"
    elif not built:
        blind = "it names no database of vulnerabilities"
    elif state.get("error") or state.get("valid") is False:
        blind = "its database of vulnerabilities was not valid"
    return Scan(
        tool=_tool(descriptor["name"], descriptor["version"]),
        date=_iso(str(descriptor.get("timestamp", ""))),
        database=_iso(built),
        target=f"{source.get('type', '')} {name or ''}".strip(),
        subject=str(where.get("manifestDigest") or where.get("imageID") or ""),
        findings=tuple(dict.fromkeys(findings)),
        blind=blind,
    )


def _database(value: Any) -> Mapping[str, Any]:
    """Its state; from schema 6 on it stands one level deeper."""
    if not isinstance(value, dict):
        return {}
    status = value.get("status")
    return status if isinstance(status, dict) else value


def _grype_finding(match: Mapping[str, Any], *, ignored: bool) -> Finding:
    vulnerability, artifact = match["vulnerability"], match["artifact"]
    related = [r["id"] for r in match.get("relatedVulnerabilities") or ()]
    purl = artifact.get("purl", "")
    return Finding(
        vulnerability=vulnerability["id"],
        aliases=tuple(dict.fromkeys(r for r in related if r != vulnerability["id"])),
        component=Part(name=artifact["name"], version=artifact["version"], purls=(purl,) if purl else ()),
        severity=_level(vulnerability.get("severity", "")),
        fixed_in=tuple(vulnerability.get("fix", {}).get("versions") or ()),
        ignored=ignored,
    )


# ------------------------------------------------------------------------- OSV-Scanner

_RECORD = of("id", id=FILLED, aliases={"type": ["array", "null"], "items": TEXT}, database_specific=ANY)
_PACKAGE = of(
    "package",
    package=of(name=TEXT, version=TEXT, ecosystem=TEXT, commit=TEXT)
    | {"anyOf": [{"required": ["name", "version"]}, {"required": ["commit"]}]},
    vulnerabilities={"type": ["array", "null"], "items": _RECORD},
    groups={
        "type": ["array", "null"],
        "items": of(
            "ids",
            ids=many(FILLED),
            aliases={"type": ["array", "null"], "items": TEXT},
            max_severity=TEXT,
        ),
    },
)
_OSV = validator(
    of(
        "results",
        results={
            "type": ["array", "null"],
            "items": of(
                "source packages",
                source=of("path", path=TEXT, type=TEXT),
                packages={"type": ["array", "null"], "items": _PACKAGE},
            ),
        },
    )
)

_TYPES = {
    "almalinux": "rpm",
    "alpine": "apk",
    "chainguard": "apk",
    "crates.io": "cargo",
    "debian": "deb",
    "go": "golang",
    "hex": "hex",
    "maven": "maven",
    "npm": "npm",
    "nuget": "nuget",
    "packagist": "composer",
    "pub": "pub",
    "pypi": "pypi",
    "red hat": "rpm",
    "rocky linux": "rpm",
    "rubygems": "gem",
    "ubuntu": "deb",
    "wolfi": "apk",
}
"""Types of package URLs for the ecosystems of OSV; those of operating systems need a namespace."""
_NAMESPACED = {
    "almalinux": "almalinux",
    "alpine": "alpine",
    "chainguard": "chainguard",
    "debian": "debian",
    "red hat": "redhat",
    "rocky linux": "rocky-linux",
    "ubuntu": "ubuntu",
    "wolfi": "wolfi",
}


def _osv(data: Mapping[str, Any]) -> Scan:
    jsonfile.check(_OSV, data, "OSV-Scanner JSON")
    findings: list[Finding] = []
    seen: set[tuple[str, ...]] = set()
    quiet = False
    for result in data["results"] or ():
        for entry in result["packages"] or ():
            package = entry["package"]
            names = ("ecosystem", "name", "version", "commit")  # of a submodule, often the commit alone
            seen.add(tuple(package.get(name, "") for name in names))
            found = _osv_findings(entry)
            quiet = quiet or not found
            findings += found
    blind = "it lists no package that it looked at; run it with --all-packages" if not seen else ""
    return Scan(
        tool="OSV-Scanner",
        target=listed(sorted({str(result["source"]["path"]) for result in data["results"] or ()}), limit=3),
        packages=len(seen) if quiet else None,  # without --all-packages only those with a finding are listed
        findings=tuple(dict.fromkeys(findings)),
        blind=blind,
    )


def _osv_findings(entry: Mapping[str, Any]) -> list[Finding]:
    """One for each group of records that are the same vulnerability, and for each record in no group."""
    part = _osv_part(entry["package"])
    records = {record["id"]: record for record in entry.get("vulnerabilities") or ()}
    groups: list[tuple[list[str], list[str], str]] = [
        (group["ids"], list(group.get("aliases") or ()), group.get("max_severity", ""))
        for group in entry.get("groups") or ()
    ]
    grouped = {name for ids, _, _ in groups for name in ids}
    groups += [([name], [], "") for name in records if name not in grouped]
    findings = []
    for ids, aliases, score in groups:
        own = [records[name] for name in ids if name in records]
        names = [*ids, *aliases, *(alias for record in own for alias in record.get("aliases") or ())]
        first = next((name for name in names if name.startswith("CVE-")), names[0])
        findings.append(
            Finding(
                vulnerability=first,
                aliases=tuple(dict.fromkeys(name for name in names if name != first)),
                component=part,
                severity=_scored(score) or _rated(own),
            )
        )
    return findings


def _osv_part(package: Mapping[str, Any]) -> Part:
    name, version = package.get("name", ""), package.get("version", "")
    ecosystem = package.get("ecosystem", "").partition(":")[0].casefold()
    kind = _TYPES.get(ecosystem, "")
    purl = ""
    if kind and version:
        path = name.replace(":", "/") if kind == "maven" else name
        if ecosystem in _NAMESPACED:
            path = f"{_NAMESPACED[ecosystem]}/{path}"
        purl = f"pkg:{kind}/{path.replace('@', '%40')}@{version}"
    ids = (package["commit"],) if package.get("commit") else ()
    return Part(
        name=name or (ids[0] if ids else "a package"), version=version, purls=(purl,) if purl else (), ids=ids
    )


def _scored(score: str) -> str:
    """The qualitative rating of a CVSS score (3.x and 4.0); empty if it is none."""
    if not re.fullmatch(r"\d{1,2}(\.\d+)?", score) or float(score) > 10:
        return ""
    number = float(score)
    for least, level in ((9.0, "critical"), (7.0, "high"), (4.0, "medium"), (0.1, "low")):
        if number >= least:
            return level
    return "negligible"


def _rated(records: Iterable[Mapping[str, Any]]) -> str:
    """The worst rating that the databases themselves give."""
    found = []
    for record in records:
        specific = record.get("database_specific")
        word = specific.get("severity") if isinstance(specific, dict) else None
        found.append(_level(word if isinstance(word, str) else ""))
    rated = [level for level in LEVELS if level in found and level != "unknown"]
    return rated[0] if rated else "unknown"


# ------------------------------------------------------------------------- the reader


def parse(data: bytes) -> Scan:
    """One result, of whichever scanner.

    :raises EvidenceError: if it is of no scanner that we read, or not as that scanner writes it.
    """
    value = jsonfile.load(data)
    if isinstance(value, dict):
        if "matches" in value and isinstance(value.get("descriptor"), dict):
            return _grype(value)
        if "results" in value and "experimental_config" in value:
            return _osv(value)
        if "runs" in value:
            raise EvidenceError("it is SARIF, which is evidence of kind sarif")
        results = value.get("results")
        if isinstance(results, list) and all(isinstance(r, dict) and "packages" in r for r in results):
            return _osv(value)
    raise EvidenceError("it is neither the JSON of Grype nor that of OSV-Scanner")


def judge(claim: Claim, exhibits: Sequence[Exhibit]) -> Verdict:
    """Valid where the scanner shows that it looked, and found nothing from the threshold up."""
    scans: list[Scan] = [exhibit.content for exhibit in exhibits]
    where = exhibits[0].path if len(exhibits) == 1 else f"{len(exhibits)} files"
    threshold = claim.fields.get("threshold", "").casefold()
    if threshold and threshold not in LEVELS[1:]:
        near = nearest(threshold, LEVELS[1:], n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known are {either(LEVELS[1:])}"
        raise EvidenceError(f"the threshold {threshold[:40]!r} is no severity; {hint}")
    limit = LEVELS.index(threshold) if threshold else len(LEVELS)
    findings = [finding for scan in scans for finding in scan.open]
    over = [f for f in findings if LEVELS.index(f.severity) <= limit]
    ignored = sum(f.ignored for scan in scans for f in scan.findings)
    outcome, reason = _decided(scans, findings, over, where)
    if outcome is Outcome.VALID and len(findings) > len(over):
        reason += f"; {len(findings) - len(over)} below the threshold {threshold}"
    if ignored:
        reason += f"; {ignored} more that the scanner was told to ignore"
    if claim.select:
        reason += "; all of it counts, so `select` has no effect"
    counts = Counter(f.severity for f in findings)
    return Verdict(
        outcome=outcome,
        reason=reason,
        counts=MappingProxyType(
            {level: counts[level] for level in LEVELS if counts[level]}
            | ({"ignored": ignored} if ignored else {})
        ),
        tool=listed(sorted({scan.tool for scan in scans})),
        date=min((scan.date for scan in scans if scan.date), key=moment, default=""),
        subject=next(iter({scan.subject for scan in scans}), "") if len(scans) == 1 else "",
        refuted=refuted(map(str, over)),
    )


def _decided(
    scans: Sequence[Scan], findings: Sequence[Finding], over: Sequence[Finding], where: str
) -> tuple[Outcome, str]:
    if over:
        worst = sorted(over, key=lambda f: (LEVELS.index(f.severity), str(f)))
        named = listed([f"{f} ({f.severity})" for f in worst], limit=3)
        return Outcome.FAILED, f"{where} shows {_number(over)}: {named}"
    if blind := [scan.blind for scan in scans if scan.blind]:
        return Outcome.VOID, f"{where} does not show that anything was scanned: {blind[0]}"
    what = listed([str(scan) for scan in scans], limit=3)
    return Outcome.VALID, f"{where} shows no known vulnerability{' that counts' if findings else ''}: {what}"


def _number(findings: Sequence[Finding]) -> str:
    return "1 known vulnerability" if len(findings) == 1 else f"{len(findings)} known vulnerabilities"


def _level(word: str) -> str:
    folded = word.casefold()
    folded = _WORDS.get(folded, folded)
    return folded if folded in LEVELS else "unknown"


def _tool(name: str, version: str) -> str:
    return f"{name} {version}" if version and version[:1].isalnum() else name


def _iso(date: str) -> str:
    return date if moment(date).year > 1 else ""
