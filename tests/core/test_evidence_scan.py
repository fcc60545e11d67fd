"""Scans: what Grype and OSV-Scanner found, and whether they show that they looked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sphinx_cra.evidence import Cache, scan, verdict
from sphinx_cra.model import Item, Kind, Outcome, Verdict

DATA = Path(__file__).parent / "data" / "scan"
V, F, N, U = Outcome.VALID, Outcome.FAILED, Outcome.VOID, Outcome.UNREADABLE


def shown(root: Path, file: str, **fields: str) -> Verdict:
    fields |= {"kind": "scan", "file": file}
    item = Item(id="EVD_1", kind=Kind.EVIDENCE, type="evidence", title="Scan", fields=fields)
    return verdict(item, root, Cache())


def of(tmp_path: Path, data: Any, **fields: str) -> Verdict:
    """The verdict on a file with this content."""
    (tmp_path / "s.json").write_bytes(data if isinstance(data, bytes) else json.dumps(data).encode())
    return shown(tmp_path, "s.json", **fields)


def read(data: Any) -> scan.Scan:
    return scan.parse(json.dumps(data).encode())


# ------------------------------------------------------------------------------- Grype

DB = {"schemaVersion": 5, "built": "2026-09-30T01:24:19Z", "error": None}


def match(name: str = "CVE-2024-0001", severity: str = "High", **more: Any) -> dict[str, Any]:
    return {
        "vulnerability": {"id": name, "severity": severity, "fix": {"versions": ["2.1"], "state": "fixed"}},
        "relatedVulnerabilities": [],
        "matchDetails": [],
        "artifact": {"name": "urllib3", "version": "2.0", "type": "python", "purl": "pkg:pypi/urllib3@2.0"},
        **more,
    }


def grype(*matches: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "matches": list(matches),
        "source": {"type": "sbom-file", "target": "sbom.cdx.json"},
        "distro": {},
        "descriptor": {
            "name": "grype",
            "version": "0.87.0",
            "timestamp": "2026-10-01T15:13:32.377177123-04:00",
            "db": DB,
        },
        **more,
    }


def without(data: dict[str, Any], *path: str) -> dict[str, Any]:
    inner = data
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    return data


def test_a_scan_that_found_nothing_is_valid_and_names_its_database(tmp_path: Path) -> None:
    found = of(tmp_path, grype())
    assert (found.outcome, found.tool, dict(found.counts)) == (V, "grype 0.87.0", {})
    assert found.date == "2026-10-01T15:13:32.377177123-04:00"
    assert found.reason == (
        "s.json shows no known vulnerability: grype 0.87.0 (run 2026-10-01, database of 2026-09-30)"
    )


@pytest.mark.parametrize(
    ("threshold", "outcome"),
    [("", F), ("negligible", F), ("medium", F), ("HIGH", F), ("critical", V), ("hihg", U), ("unknown", U)],
)
def test_a_finding_counts_from_the_threshold_up(tmp_path: Path, threshold: str, outcome: Outcome) -> None:
    found = of(tmp_path, grype(match()), threshold=threshold)
    assert found.outcome is outcome
    if outcome is not U:
        assert dict(found.counts) == {"high": 1}
    if outcome is V:
        assert found.reason.endswith("; 1 below the threshold critical")


def test_a_finding_that_nobody_rated_is_above_every_threshold(tmp_path: Path) -> None:
    found = of(tmp_path, grype(match(severity="Unknown")), threshold="critical")
    assert found.reason == "s.json shows 1 known vulnerability: CVE-2024-0001 in urllib3 2.0 (unknown)"
    assert found.outcome is F


def test_the_worst_findings_are_named_first(tmp_path: Path) -> None:
    found = of(tmp_path, grype(match("CVE-1", "Low"), match("CVE-2", "Critical"), match("CVE-3", "Medium")))
    assert "3 known vulnerabilities: CVE-2 in urllib3 2.0 (critical), CVE-3 in" in found.reason
    assert dict(found.counts) == {"critical": 1, "medium": 1, "low": 1}


def test_what_the_scanner_was_told_to_ignore_is_counted_apart(tmp_path: Path) -> None:
    found = of(tmp_path, grype(ignoredMatches=[match(appliedIgnoreRules=[{"reason": "no"}])]))
    assert (found.outcome, dict(found.counts)) == (V, {"ignored": 1})
    assert found.reason.endswith("; 1 more that the scanner was told to ignore")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (without(grype(), "descriptor", "db"), "it names no database of vulnerabilities"),
        (without(grype(), "source"), "it does not say what was scanned"),
        (grype(source=None), "it does not say what was scanned"),
    ],
)
def test_a_scan_that_does_not_show_that_it_looked_is_void(
    tmp_path: Path, data: dict[str, Any], words: str
) -> None:
    found = of(tmp_path, data)
    assert (found.outcome, words in found.reason) == (N, True), found.reason


@pytest.mark.parametrize("state", [{"valid": False}, {"error": "too old"}])
def test_a_database_that_was_not_valid_proves_nothing(tmp_path: Path, state: dict[str, Any]) -> None:
    data = grype()
    data["descriptor"]["db"] = {"status": {**DB, **state}, "providers": {}}
    assert of(tmp_path, data).outcome is N
    data["descriptor"]["db"] = {"status": DB | {"valid": True}}
    assert of(tmp_path, data).outcome is V


def test_grype_says_what_it_matched() -> None:
    target = {"userInput": "hub:2.4", "imageID": "sha256:1", "manifestDigest": "sha256:2"}
    data = grype(
        match("GHSA-x", relatedVulnerabilities=[{"id": "CVE-2024-0001"}]),
        source={"type": "image", "target": target},
    )
    found = read(data)
    assert (found.target, found.subject) == ("image hub:2.4", "sha256:2")
    [one] = found.findings
    assert (one.vulnerability, one.aliases, one.fixed_in) == ("GHSA-x", ("CVE-2024-0001",), ("2.1",))
    assert one.component.purls == ("pkg:pypi/urllib3@2.0",)


@pytest.mark.parametrize(
    ("file", "outcome", "counts"),
    [
        ("grype-image.json", F, {"critical": 1, "low": 1}),
        ("grype-empty.json", N, {}),
        ("osv-some.json", F, {"unknown": 1}),
        ("osv-empty.json", N, {}),
    ],
)
def test_files_of_the_tools_themselves(file: str, outcome: Outcome, counts: dict[str, int]) -> None:
    found = shown(DATA, file)
    assert (found.outcome, dict(found.counts)) == (outcome, counts), found.reason


# ------------------------------------------------------------------------------- OSV-Scanner


def osv(*packages: dict[str, Any]) -> dict[str, Any]:
    return {
        "results": [{"source": {"path": "uv.lock", "type": "lockfile"}, "packages": list(packages)}],
        "experimental_config": {"licenses": {"summary": False, "allowlist": None}},
    }


def package(name: str = "urllib3", ecosystem: str = "PyPI", **more: Any) -> dict[str, Any]:
    return {"package": {"name": name, "version": "2.0", "ecosystem": ecosystem}, **more}


RECORDS = [
    {"id": "GHSA-x", "aliases": ["CVE-2024-0001"], "database_specific": {"severity": "MODERATE"}},
    {"id": "PYSEC-1", "aliases": ["CVE-2024-0001"]},
]
GROUP = {"ids": ["GHSA-x", "PYSEC-1"], "aliases": ["CVE-2024-0001", "GHSA-x"], "max_severity": "9.8"}


def test_records_of_one_group_are_one_vulnerability() -> None:
    [one] = read(osv(package(vulnerabilities=RECORDS, groups=[GROUP]))).findings
    assert (one.vulnerability, one.aliases) == ("CVE-2024-0001", ("GHSA-x", "PYSEC-1"))
    assert (one.severity, one.component.purls) == ("critical", ("pkg:pypi/urllib3@2.0",))


@pytest.mark.parametrize(
    ("score", "level"),
    [
        ("", "medium"),
        ("9.0", "critical"),
        ("7", "high"),
        ("4.0", "medium"),
        ("3.9", "low"),
        ("0.0", "negligible"),
        ("11", "medium"),
        ("high", "medium"),
    ],
)
def test_a_score_is_rated_as_cvss_rates_it(score: str, level: str) -> None:
    group = {**GROUP, "max_severity": score}
    [one] = read(osv(package(vulnerabilities=RECORDS, groups=[group]))).findings
    assert one.severity == level


def test_a_record_in_no_group_counts_alone() -> None:
    found = read(osv(package(vulnerabilities=[*RECORDS, {"id": "OSV-1"}], groups=[GROUP]))).findings
    assert [(one.vulnerability, one.severity) for one in found] == [
        ("CVE-2024-0001", "critical"),
        ("OSV-1", "unknown"),
    ]


def test_osv_scanner_has_to_list_the_packages_that_it_looked_at(tmp_path: Path) -> None:
    found = of(tmp_path, osv())
    assert (found.outcome, "run it with --all-packages" in found.reason) == (N, True)
    found = of(tmp_path, osv(package()))
    assert found.outcome is V
    assert found.reason.endswith("OSV-Scanner (database of unstated date)")
    assert read(osv(package(), package("a"))).packages == 2


@pytest.mark.parametrize(
    ("name", "ecosystem", "purl"),
    [
        ("@angular/core", "npm", "pkg:npm/%40angular/core@2.0"),
        ("org.a:b", "Maven", "pkg:maven/org.a/b@2.0"),
        ("github.com/a/b", "Go", "pkg:golang/github.com/a/b@2.0"),
        ("zlib", "Alpine:v3.20", "pkg:apk/alpine/zlib@2.0"),
        ("zlib", "Nowhere", ""),
    ],
)
def test_a_package_of_an_ecosystem_has_a_purl(name: str, ecosystem: str, purl: str) -> None:
    [one] = read(osv(package(name, ecosystem, vulnerabilities=[{"id": "OSV-1"}]))).findings
    assert one.component.purls == ((purl,) if purl else ())


# ------------------------------------------------------------------------------- other files


@pytest.mark.parametrize(
    ("data", "outcome", "words"),
    [
        (b"", N, "is empty"),
        (b"{", U, "not JSON"),
        (b"[]", U, "neither the JSON of Grype nor that of OSV-Scanner"),
        (b'{"version": "2.1.0", "runs": []}', U, "it is SARIF, which is evidence of kind sarif"),
        (b'{"matches": 3, "descriptor": {"name": "grype", "version": "1"}}', U, "not valid Grype JSON"),
        (b'{"matches": [{}], "descriptor": {"name": "g", "version": "1"}}', U, "matches.0: 'vulnerability'"),
        (b'{"results": [3], "experimental_config": {}}', U, "not valid OSV-Scanner JSON"),
        (b"[" * 100_000, U, "nested more than 200 deep"),
    ],
)
def test_a_file_that_is_not_one_is_named(tmp_path: Path, data: bytes, outcome: Outcome, words: str) -> None:
    found = of(tmp_path, data)
    assert (found.outcome, words in found.reason) == (outcome, True), found.reason


def test_a_selection_does_not_hide_a_finding(tmp_path: Path) -> None:
    found = of(tmp_path, grype(match()), select="other")
    assert (found.outcome, "`select` has no effect" in found.reason) == (F, True)


def test_a_package_that_is_known_by_its_commit_alone_is_a_package(tmp_path: Path) -> None:
    commit = "9a6bd55c9d0722cb101fe85a3b22d89e4ff4fe52"
    package = {"package": {"commit": commit}, "vulnerabilities": [{"id": "OSV-2024-1"}]}
    result = {"source": {"path": "/src", "type": "git"}, "packages": [package]}
    found = of(tmp_path, {"results": [result]})
    assert found.outcome is F
    assert f"OSV-2024-1 in {commit} (unknown)" in found.reason
    del package["vulnerabilities"]
    assert of(tmp_path, {"results": [result]}).outcome is V
    package["package"] = {}
    assert of(tmp_path, {"results": [result]}).outcome is U
