"""One piece of evidence of each bad kind: each is named with its reason, and none proves anything."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from small_project import Result, project
from sphinx_cra.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PASSED = '<testsuite name="unit" tests="1"><testcase classname="unit" name="test_a"/></testsuite>'
SKIPPED = (
    '<testsuite name="unit" tests="1" skipped="1"><testcase classname="unit" name="test_a"><skipped/>'
    "</testcase></testsuite>"
)
FAILED = (
    '<testsuite name="unit" tests="1" failures="1"><testcase classname="unit" name="test_a">'
    '<failure message="no"/></testcase></testsuite>'
)
FILES = {
    "passed.xml": PASSED,
    "skipped.xml": SKIPPED,
    "failed.xml": FAILED,
    "cut.xml": PASSED[:60],
    "record.txt": "Looked at, and found good.\n",
    "changed.txt": "Looked at, and found good. And then some more.\n",
}
LOCK = "".join(
    f'"{name}": "{hashlib.sha256(content.encode()).hexdigest()}"\n'
    for name, content in sorted({**FILES, "changed.txt": "Looked at, and found good.\n"}.items())
)
WANTED: Mapping[str, tuple[Mapping[str, str], str]] = {
    "valid": ({"kind": "junit", "file": "passed.xml"}, "1 of 1 test case in passed.xml passed"),
    "void": ({"kind": "junit", "file": "skipped.xml"}, "nothing ran in skipped.xml"),
    "failed": ({"kind": "junit", "file": "failed.xml"}, "unit::test_a"),
    "expired": (
        {"kind": "report", "file": "record.txt", "valid_until": "2026-10-31"},
        "it held until 2026-10-31",
    ),
    "foreign": ({"kind": "file", "file": "record.txt", "version": "1.9"}, "the author states version 1.9"),
    "altered": ({"kind": "file", "file": "changed.txt"}, "changed since cra-evidence.lock was written"),
    "missing": ({"kind": "junit", "file": "never/*.xml"}, "never/*.xml"),
    "unreadable": ({"kind": "junit", "file": "cut.xml"}, "cut.xml: not XML"),
    "unchecked": ({"kind": "file", "url": "https://norderland.example/report"}, "norderland.example"),
}
"""Outcome -> fields of evidence that has it, and what its reason has to name."""
REFUTES = {"failed", "altered"}
"""Show the opposite of what they are cited for, and so make a clause failed; the others count as none."""


def test_every_outcome_has_its_piece() -> None:
    assert set(WANTED) == {str(o) for o in Outcome}


def page(outcome: str) -> str:
    fields = {"version": "2.0", **WANTED[outcome][0]}
    said = "".join(f"   :{name}: {value}\n" for name, value in fields.items())
    return (
        f".. control:: How it is done, {outcome}\n   :id: CTRL_{outcome.upper()}\n"
        "   :satisfies: CRA_ANX_I_P1_2_D\n\n"
        f".. evidence:: Proof that is {outcome}\n   :id: EVID_{outcome.upper()}\n{said}"
        f"   :verifies: CTRL_{outcome.upper()}\n\n"
    )


def built(folder: Path, *outcomes: str, builder: str = "html") -> Result:
    """A gateway with one control for each outcome, all of which carry the same clause."""
    views = ".. cra-evidence::\n\n.. cra-matrix::\n   :part: CRA_ANX_I_P1_2_D\n"
    made = project(
        folder,
        {
            **FILES,
            "index.rst": "Gateway\n=======\n\n" + "".join(map(page, outcomes)) + views,
            "cra-evidence.lock": LOCK,
            "cra.yaml": """\
                document: {id: D-1, date: 2026-11-24}
                product: {name: Gateway, release: "2.0"}
                manufacturer: {name: Example Works}
                """,
        },
    )
    return made.build(builder)


def test_the_register_names_each_with_its_reason(tmp_path: Path) -> None:
    result = built(tmp_path, *WANTED)
    head, *rows = result.table("index.html", "cra-evidence")
    verdict = next(n for n, cell in enumerate(head) if cell.startswith("Verdict"))
    assert len(rows) == len(WANTED)
    shown = {row[0].split()[0]: row[verdict] for row in rows}
    for outcome, (_, words) in WANTED.items():
        cell = shown[f"EVID_{outcome.upper()}"]
        assert cell.split()[0] == outcome
        assert words in cell
    reasons = {v["item"]: v["reason"] for v in result.data["verdicts"]}
    assert all(reasons.values())


@pytest.mark.parametrize("outcome", [o for o in WANTED if o != "valid"])
def test_alone_it_proves_nothing(tmp_path: Path, outcome: str) -> None:
    row = built(tmp_path, outcome).row("CRA_ANX_I_P1_2_D")
    assert row["state"] == ("failed" if outcome in REFUTES else "covered")
    assert row["proven"] == 0
    assert f"EVID_{outcome.upper()}" in row["reason"]
    assert outcome in row["reason"]


@pytest.mark.parametrize("outcome", [o for o in WANTED if o != "valid"])
def test_beside_valid_evidence_of_another_control_it_turns_nothing_green(
    tmp_path: Path, outcome: str
) -> None:
    row = built(tmp_path, "valid", outcome).row("CRA_ANX_I_P1_2_D")
    assert row["state"] == ("failed" if outcome in REFUTES else "covered")
    assert row["proven"] == 1


def test_valid_evidence_alone_proves(tmp_path: Path) -> None:
    row = built(tmp_path, "valid").row("CRA_ANX_I_P1_2_D")
    assert (row["state"], row["proven"]) == ("verified", 1)
