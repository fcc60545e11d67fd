"""Findings as JUnit XML, for the test view of GitLab, Jenkins and others.

A framework is a suite, a clause that counts is a case of it: passed where it is no gap, failed where
the gate fails for it, skipped (with its state as the reason) where it is a gap that is quiet or
accepted. Nothing that is a gap is passed. Every other finding is a case of the suite of its code.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

from sphinx_cra.model import Code, State
from sphinx_cra.render.overview import in_repository, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from sphinx_cra.checking import Checked
    from sphinx_cra.gate import Judged

_STATES = frozenset({Code.FAILED, Code.PLANNED, Code.SUPPORTED, Code.OPEN})
"""Codes that say the state of a clause; the case of the clause shows them."""


def junit_xml(found: Checked, *, prefix: str = "") -> str:
    """The text of a JUnit file.

    :param prefix: the folder of ``conf.py``, relative to the root of the repository.
    """
    root = ET.Element("testsuites", name="sphinx-cra")
    by_clause = {j.finding.clause: j for j in found.findings if j.finding.code in _STATES}
    for catalogue in found.data["catalogues"]:
        rows = [r for r in found.data["rows"] if r["framework"] == catalogue["id"] and r["counted"]]
        _suite(
            root,
            f"cra.{catalogue['id']}",
            [_clause(r, by_clause.get(r["clause"]), found, prefix) for r in rows],
        )
    for code in Code:
        of_code = [j for j in found.findings if j.finding.code is code]
        if code in _STATES:  # those of clauses have their case already
            shown = {r["clause"] for r in found.data["rows"] if r["counted"]}
            of_code = [j for j in of_code if j.finding.clause not in shown]
        _suite(root, f"cra.{code.value}", [_finding(j, found, prefix) for j in of_code])
    for key in ("tests", "failures", "errors", "skipped"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in root)))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(root: ET.Element, name: str, cases: Iterable[ET.Element]) -> None:
    cases = list(cases)
    if not cases:
        return
    suite = ET.SubElement(root, "testsuite", name=name)
    for key, tag in (("failures", "failure"), ("skipped", "skipped")):
        suite.set(key, str(sum(case.find(tag) is not None for case in cases)))
    suite.set("errors", "0")
    suite.set("tests", str(len(cases)))
    suite.extend(cases)


def _clause(row: Mapping[str, Any], judged: Judged | None, found: Checked, prefix: str) -> ET.Element:
    name = f"{row['printed']}: {row['title']}"
    case = ET.Element("testcase", classname=f"cra.{row['framework']}", name=printable(name))
    if judged is not None:
        _told(case, judged, found, prefix)
    elif row["state"] in [s.value for s in State if s.gap]:  # a point that the file itself speaks of
        ET.SubElement(case, "skipped", message=printable(f"{row['state']}: {row['reason']}"))
    return case


def _finding(judged: Judged, found: Checked, prefix: str) -> ET.Element:
    finding = judged.finding
    subject = finding.rule or finding.clause or finding.item or finding.about
    name = f"{subject or finding.message} [{judged.id}]"
    case = ET.Element("testcase", classname=f"cra.{finding.code.value}", name=printable(name))
    _told(case, judged, found, prefix)
    return case


def _told(case: ET.Element, judged: Judged, found: Checked, prefix: str) -> None:
    """Whether it fails, and where it can be mended."""
    finding = judged.finding
    file, line = in_repository(prefix, found.file(finding)), finding.place.line if finding.place else None
    case.set("file", printable(file))
    if line:
        case.set("line", str(line))
    if judged.said:
        kind = f"cra.{finding.code.value}"
        failure = ET.SubElement(case, "failure", message=printable(judged.message), type=kind)
        failure.text = printable(f"{file}:{line}: {judged.message}" if line else f"{file}: {judged.message}")
        return
    why = "quiet in the gate"
    if judged.acceptance and judged.standing.holds:
        why = f"accepted by {judged.acceptance.by}: {judged.acceptance.why}"
    ET.SubElement(case, "skipped", message=printable(f"{finding.message} ({why})"))
