"""From SBOM, scan and VEX, a build says what is known of vulnerabilities, or that nobody looked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from small_project import Project, project

SBOM = (Path(__file__).parents[2] / "example-docs" / "artefacts" / "sbom.cdx.json").read_bytes()
CVE = "CVE-2026-0001"
SCAN: dict[str, Any] = {
    "results": [
        {
            "source": {"path": "sbom.cdx.json", "type": "sbom"},
            "packages": [
                {"package": {"name": "attrs", "version": "26.1.0", "ecosystem": "PyPI"}},
                {
                    "package": {"name": "cryptography", "version": "50.0.2", "ecosystem": "PyPI"},
                    "vulnerabilities": [{"id": CVE, "modified": "2026-11-01T00:00:00Z"}],
                    "groups": [{"ids": [CVE], "max_severity": "7.5"}],
                },
            ],
        }
    ]
}
VEX: dict[str, Any] = {
    "@context": "https://openvex.dev/ns/v0.2.0",
    "@id": "https://maker.example/vex/1",
    "author": "Maker",
    "timestamp": "2026-11-20T10:00:00Z",
    "version": 1,
    "statements": [
        {
            "vulnerability": {"name": CVE},
            "products": [{"@id": "pkg:pypi/cryptography@50.0.2"}],
            "status": "not_affected",
            "justification": "vulnerable_code_not_in_execute_path",
        }
    ],
}
PAGE = """\
    Gateway
    =======

    .. control:: The weak function is never called
       :id: CTRL_1
       :satisfies: CRA_ANX_I_P1_2_A

    .. evidence:: Proof of it
       :id: EVID_PROOF
       :kind: file
       :file: {proof}
       :verifies: CTRL_1

    .. evidence:: Components
       :id: EVID_SBOM
       :kind: sbom
       :file: sbom.cdx.json
    {more}

    .. cra-vulnerabilities::
    """
SCANNED = """
    .. evidence:: Scan
       :id: EVID_SCAN
       :kind: scan
       :file: scan.json
"""
STATED = """
    .. evidence:: Status
       :id: EVID_VEX
       :kind: vex
       :file: vex.json
       :supported_by: CTRL_1
"""


def made(folder: Path, *more: str, proof: str = "proof.txt") -> Project:
    files = {
        "index.rst": PAGE.format(more="".join(more), proof=proof),
        "sbom.cdx.json": SBOM,
        "scan.json": json.dumps(SCAN),
        "vex.json": json.dumps(VEX),
        "proof.txt": "it was looked at\n",
    }
    return project(folder, files)


def reason(data: dict[str, Any]) -> str:
    (row,) = [r for r in data["rows"] if r["clause"] == "CRA_ANX_I_P1_2_A"]
    return str(row["reason"])


def test_without_a_scan_it_says_that_nobody_looked(tmp_path: Path) -> None:
    built = made(tmp_path).build()
    said = "Annex I, Part I, point (2)(a) was not checked: no scan looked for known vulnerabilities."
    assert built.data["vulnerabilities"]["checked"] is False
    assert built.data["vulnerabilities"]["summary"] == said
    assert said in reason(built.data)
    assert said in built.words("index.html")


@pytest.mark.parametrize(
    ("more", "proof", "status"),
    [
        ((SCANNED,), "proof.txt", "unknown"),
        ((SCANNED, STATED), "proof.txt", "not_affected"),
        ((SCANNED, STATED), "gone.txt", "unknown"),
    ],
)
def test_a_statement_holds_while_what_makes_it_true_is_proven(
    more: tuple[str, ...], proof: str, status: str, tmp_path: Path
) -> None:
    built = made(tmp_path, *more, proof=proof).build()
    (match,) = built.data["vulnerabilities"]["matches"]
    assert (match["vulnerability"], match["component"]) == (CVE, "cryptography 50.0.2")
    assert match["status"] == status
    page = built.words("index.html")
    assert CVE in page
    assert built.data["vulnerabilities"]["summary"] in page


def test_a_file_of_another_release_says_nothing_of_this_one(tmp_path: Path) -> None:
    source = made(tmp_path, SCANNED)
    source.write("cra.yaml", 'product: {name: edgegate, release: "3.0"}\nmanufacturer: {name: Maker}\n')
    summary = source.build().data["vulnerabilities"]["summary"]
    assert "was not checked: no SBOM names the components" in summary


def test_without_any_such_evidence_the_view_says_so(tmp_path: Path) -> None:
    built = project(tmp_path, {"index.rst": "Gateway\n=======\n\n.. cra-vulnerabilities::\n"}).build()
    assert built.data["vulnerabilities"] is None
    assert "Not checked: no evidence of kind sbom, scan or vex is declared." in built.words("index.html")
