"""Rules about components and versions, from real files: lock, SBOM, scan and test report to the answer."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from build import control, cra, evidence, trace
from sphinx_cra import coverage, known_vulnerabilities, product
from sphinx_cra import evidence as reading
from sphinx_cra.assessment import assess
from sphinx_cra.evidence import Cache
from sphinx_cra.legal.rule import Outcome, Ruling

if TYPE_CHECKING:
    from sphinx_cra.model import Item

DATA = Path(__file__).parent / "data"
MET, NOT, UNKNOWN = Outcome.MET, Outcome.NOT_MET, Outcome.UNDECIDABLE
PRODUCT = """\
product:
  name: edgegate
  type: EG
  release: "2.4.0"
  versions: [{version: "2.4.0", part: software, commit: 0123456789abcdef0123456789abcdef01234567}]
manufacturer: {name: Example}
sbom: {evidence: EV_SBOM}
declaration: {release: "2.4.0"}
user_information: {documents: [{title: Manual, release: "2.4.0"}]}
"""
LIBRARIES = {"attrs": "26.1.0", "colorama": "0.4.6", "typing-extensions": "4.16.0"}
CONTROL = control("CTRL_1", satisfies="CRA_ANX_I_P2_1")
SBOM = evidence("EV_SBOM", kind="sbom", file="sbom.json", lockfiles="uv.lock", verifies="CTRL_1")
SCAN = evidence("EV_SCAN", kind="scan", file="scan.json", verifies="CTRL_1")
COMMIT, OTHER = "0123456789abcdef0123456789abcdef01234567", "f" * 40
TESTS = evidence("EV_TESTS", kind="junit", file="junit.xml", version="2.4.0", verifies="CTRL_1")
OLD_TESTS = evidence("EV_TESTS", kind="junit", file="junit.xml", version="2.3.0", verifies="CTRL_1")
STATIC = evidence("EV_STATIC", kind="sarif", file="static.sarif", verifies="CTRL_1")


def cyclonedx(version: str = "2.4.0", **libraries: str) -> str:
    components = [
        {"type": "library", "bom-ref": n, "name": n, "version": v, "purl": f"pkg:pypi/{n}@{v}"}
        for n, v in libraries.items()
    ]
    bom: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": "2027-11-01T12:00:00Z",
            "component": {"type": "application", "bom-ref": "root", "name": "edgegate", "version": version},
        },
        "components": components,
        "dependencies": [{"ref": "root", "dependsOn": list(libraries)}],
    }
    return json.dumps(bom)


def junit(*, failures: int = 0) -> str:
    failed = '<testcase name="b"><failure message="no"/></testcase>' * failures
    return (
        f'<testsuites><testsuite name="edgegate" tests="{1 + failures}" failures="{failures}">'
        f'<testcase name="a"/>{failed}</testsuite></testsuites>'
    )


def sarif(revision: str) -> str:
    run = {
        "tool": {"driver": {"name": "semgrep", "version": "1"}},
        "results": [],
        "invocations": [{"executionSuccessful": True}],
        "versionControlProvenance": [{"repositoryUri": "https://example.org/r", "revisionId": revision}],
    }
    return json.dumps({"version": "2.1.0", "runs": [run]})


def asked(root: Path, rule: str, *items: Item, about: str = PRODUCT) -> Ruling:
    """The answer of a rule on files that were read and bound to the release as a build does it."""
    loaded = product.parse(about)
    catalogues = (cra(),)
    linked = trace([CONTROL, *items], catalogues)
    cache = Cache()
    verdicts = reading.verdicts(items, root, cache, product=loaded)
    proven = coverage.proven(linked, verdicts)
    known = known_vulnerabilities.shown(linked, verdicts, root, cache, proven=proven)
    found = assess(
        product=loaded, catalogues=catalogues, mappings=(), trace=linked, verdicts=verdicts, known=known
    )
    return next(r for r in found.rulings if r.rule.id == rule)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with a real lock file, an SBOM that lists everything, and a scan that found nothing."""
    shutil.copy(DATA / "sbom" / "lock" / "uv.lock", tmp_path)
    shutil.copy(DATA / "sbom" / "lock" / "pyproject.toml", tmp_path)
    (tmp_path / "sbom.json").write_text(cyclonedx(**LIBRARIES), "utf-8")
    (tmp_path / "junit.xml").write_text(junit(), "utf-8")
    (tmp_path / "static.sarif").write_text(sarif(COMMIT), "utf-8")
    empty = json.loads((DATA / "scan" / "grype-empty.json").read_text("utf-8"))
    empty["descriptor"]["db"] = {"built": "2027-10-31T01:00:00Z", "valid": True}
    (tmp_path / "scan.json").write_text(json.dumps(empty), "utf-8")
    return tmp_path


def test_an_sbom_of_the_release_meets_r31(root: Path) -> None:
    assert asked(root, "R31", SBOM).outcome is MET


def test_an_sbom_of_another_version_does_not_meet_r31(root: Path) -> None:
    (root / "sbom.json").write_text(cyclonedx("2.3.9", **LIBRARIES), "utf-8")
    found = asked(root, "R31", SBOM)
    assert found.outcome is NOT
    assert "2.3.9" in found.answer.message


@pytest.mark.parametrize(
    "content", ["{}", '{"bomFormat": "CycloneDX"', "", "SPDXVersion: SPDX-9", cyclonedx("2.4.0")]
)
def test_what_is_no_sbom_or_lists_nothing_does_not_meet_r31(root: Path, content: str) -> None:
    (root / "sbom.json").write_text(content, "utf-8")
    assert asked(root, "R31", SBOM).outcome is NOT


def test_an_sbom_that_names_no_version_leaves_r31_open(root: Path) -> None:
    bom = json.loads(cyclonedx(**LIBRARIES))
    del bom["metadata"]["component"]["version"]
    (root / "sbom.json").write_text(json.dumps(bom), "utf-8")
    assert asked(root, "R31", SBOM).outcome is UNKNOWN


def test_r32_compares_the_sbom_with_the_lock_file(root: Path) -> None:
    found = asked(root, "R32", SBOM)
    assert found.outcome is MET
    assert "uv.lock" in found.answer.message


def test_r32_names_the_dependency_that_is_missing(root: Path) -> None:
    (root / "sbom.json").write_text(cyclonedx(attrs="26.1.0", colorama="0.4.6"), "utf-8")
    found = asked(root, "R32", SBOM)
    assert found.outcome is NOT
    assert "typing" in found.answer.message


def test_r32_without_a_lock_file_is_open(root: Path) -> None:
    bare = evidence("EV_SBOM", kind="sbom", file="sbom.json", verifies="CTRL_1")
    assert asked(root, "R32", bare).outcome is UNKNOWN


def test_r35_needs_a_scan(root: Path) -> None:
    found = asked(root, "R35", SBOM)
    assert found.outcome is UNKNOWN
    assert "no scan looked" in found.answer.message


def test_a_scan_that_found_nothing_meets_r35(root: Path) -> None:
    found = asked(root, "R35", SBOM, SCAN)
    assert found.outcome is MET
    assert "grype" in found.answer.message


def test_r35_names_what_a_scan_found(root: Path) -> None:
    shutil.copy(DATA / "scan" / "osv-some.json", root / "scan.json")
    found = asked(root, "R35", SBOM, SCAN)
    assert found.outcome is NOT
    assert "CVE-2021-3121 in github.com/gogo/protobuf 1.3.1" in found.answer.message


def test_r26_compares_the_records_with_the_sbom(root: Path) -> None:
    (root / "care.md").write_text("Looked at.", "utf-8")
    record = evidence("EV_CARE", file="care.md", components="attrs@26.1.0, colorama", result="passed")
    found = asked(root, "R26", SBOM, record)
    assert found.outcome is NOT
    assert "typing-extensions 4.16.0 (1 of 3 components)" in found.answer.message


def test_a_scan_without_a_database_leaves_r35_open(root: Path) -> None:
    shutil.copy(DATA / "scan" / "grype-empty.json", root / "scan.json")
    assert asked(root, "R35", SBOM, SCAN).outcome is UNKNOWN


@pytest.mark.parametrize("report", [TESTS, STATIC], ids=["stated by the author", "stated by the artefact"])
def test_r27_is_met_where_sbom_report_and_documents_state_the_release(root: Path, report: Item) -> None:
    assert asked(root, "R27", SBOM, report).outcome is MET


@pytest.mark.parametrize("failures", [0, 1], ids=["passed", "failed"])
def test_r27_names_the_version_that_a_test_report_is_of(root: Path, failures: int) -> None:
    (root / "junit.xml").write_text(junit(failures=failures), "utf-8")
    found = asked(root, "R27", SBOM, OLD_TESTS)
    assert found.outcome is NOT
    assert found.answer.message == (
        "The file is about 2.4.0, and not all agree: EV_TESTS: the author states version 2.3.0"
    )


def test_r27_names_the_revision_that_an_artefact_states(root: Path) -> None:
    (root / "static.sarif").write_text(sarif(OTHER), "utf-8")
    found = asked(root, "R27", SBOM, TESTS, STATIC)
    assert found.outcome is NOT
    assert f"EV_STATIC: the artefact states {OTHER}" in found.answer.message


def test_r27_names_every_disagreement(root: Path) -> None:
    (root / "static.sarif").write_text(sarif(OTHER), "utf-8")
    (root / "sbom.json").write_text(cyclonedx("2.3.9", **LIBRARIES), "utf-8")
    about = PRODUCT.replace('declaration: {release: "2.4.0"}', 'declaration: {release: "2.2"}')
    about = about.replace('title: Manual, release: "2.4.0"', 'title: Manual, release: "2.1"')
    said = asked(root, "R27", SBOM, OLD_TESTS, STATIC, about=about).answer.message
    for disagreement in ("2.3.0", "2.3.9", OTHER, "declaration is about 2.2", "Manual is about 2.1"):
        assert disagreement in said


def test_r27_is_open_where_no_report_states_a_version(root: Path) -> None:
    silent = evidence("EV_TESTS", kind="junit", file="junit.xml", verifies="CTRL_1")
    found = asked(root, "R27", SBOM, silent)
    assert found.outcome is UNKNOWN
    assert "no report states a version" in found.answer.message
