"""Findings in SARIF 2.1.0, as code scanning and other tools read them.

Everything that is found is in it: what is quiet as a note, what is accepted as suppressed with its
reason, what was accepted and is gone as ``absent``. GitHub shows all of these as open alerts, so for
code scanning only what fails is written. Nothing depends on where the file was made.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sphinx_cra import codes
from sphinx_cra.datafile import readable
from sphinx_cra.gate import BASELINE, Level, Standing
from sphinx_cra.model import Code
from sphinx_cra.render.overview import in_repository

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx_cra.baseline import Acceptance
    from sphinx_cra.checking import Checked
    from sphinx_cra.gate import Judged

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT = "sphinxCraFinding/v1"
"""The id of the finding (3.27.17: a name with a version)."""
_GITHUB = "primaryLocationLineHash"
"""The only fingerprint that code scanning looks at; without it the text of the line would be one."""
LIMIT = 25_000
"""Results that code scanning takes; with one more it refuses the whole file."""
_ROOT = "%SRCROOT%"
_LEVELS = {Level.ERROR: "error", Level.WARNING: "warning", Level.QUIET: "note"}
_STATES = {Standing.NEW: "new", Standing.GROWN: "updated"}


def sarif(found: Checked, *, prefix: str = "", only_said: bool = False) -> str:
    """The text of a SARIF file.

    :param prefix: the folder of ``conf.py``, relative to the root of the repository.
    :param only_said: leave out what is quiet, accepted or gone, and what is more than code scanning takes;
        errors come first.
    """
    quiet = (j for j in found.findings if not j.said)
    findings = found.said[:LIMIT] if only_said else (*found.said, *quiet)
    ids = [c for c in Code if any(j.finding.code is c for j in findings)]
    gone = () if only_said else found.gone
    ids += [c for c in dict.fromkeys(a.code for a in gone) if c not in ids]
    name, _, version = str(found.data["generator"]).partition(" ")
    run = {
        "tool": {
            "driver": {
                "name": name,
                "version": version,
                "informationUri": codes.DOCS,
                "rules": [_rule(c) for c in ids],
            }
        },
        "automationDetails": {"id": f"{name}/{readable(found.product)}"},
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the repository."}}},
        "results": [
            *(_result(j, found, ids, prefix) for j in findings),
            *(_absent(a, ids, prefix) for a in gone),
        ],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _rule(code: Code) -> dict[str, Any]:
    help_ = codes.of(code)
    parts = " ".join(filter(None, [help_.meaning, help_.way_out]))
    example = help_.example
    return {
        "id": f"cra.{code.value}",
        "name": "".join(word.title() for word in code.value.split("_")),
        "shortDescription": {"text": help_.meaning},
        "fullDescription": {"text": help_.meaning},
        "help": {
            "text": f"{parts}\n\n{example}" if example else parts,
            "markdown": f"{parts}\n\n```\n{example}\n```" if example else parts,
        },
        "helpUri": help_.url,
        "defaultConfiguration": {"level": "note" if help_.gap else "warning"},
        "properties": {"tags": ["cyber-resilience-act", "gap" if help_.gap else "mistake"]},
    }


def _result(judged: Judged, found: Checked, ids: list[Code], prefix: str) -> dict[str, Any]:
    finding, acceptance = judged.finding, judged.acceptance
    line = finding.place.line if finding.place else None
    return {
        "ruleId": f"cra.{finding.code.value}",
        "ruleIndex": ids.index(finding.code),
        "level": _LEVELS[judged.level],
        "message": {"text": _plain(judged.message)},
        "locations": [_location(prefix, found.file(finding), line)],
        "partialFingerprints": {FINGERPRINT: judged.id, _GITHUB: f"{judged.id}:1"},
        "baselineState": _STATES.get(judged.standing, "unchanged"),
        **(
            {
                "suppressions": [
                    {
                        "kind": "external",
                        "status": "accepted",
                        "justification": readable(f"{acceptance.why} ({acceptance.by})"),
                    }
                ]
            }
            if acceptance and judged.standing.holds
            else {}
        ),
        "properties": dict(_properties(judged)),
    }


def _properties(judged: Judged) -> Iterator[tuple[str, str]]:
    finding = judged.finding
    yield "severity", finding.severity.value
    for key, value in (("clause", finding.clause), ("rule", finding.rule), ("item", finding.item)):
        if value:
            yield key, readable(value)
    if judged.framework:
        yield "framework", judged.framework
    if finding.way_out:
        yield "wayOut", readable(finding.way_out)


def _absent(acceptance: Acceptance, ids: list[Code], prefix: str) -> dict[str, Any]:
    """What was accepted and is found no more: no fault, and a line of the baseline to take out."""
    line = acceptance.place.line if acceptance.place else None
    return {
        "ruleId": f"cra.{acceptance.code.value}",
        "ruleIndex": ids.index(acceptance.code),
        "kind": "pass",
        "level": "none",
        "message": {"text": _plain(f"Found no more: {acceptance.what}")},
        "locations": [_location(prefix, BASELINE, line)],
        "partialFingerprints": {FINGERPRINT: acceptance.id, _GITHUB: f"{acceptance.id}:1"},
        "baselineState": "absent",
    }


def _plain(text: str) -> str:
    """A message that holds no link and no place for an argument (3.11.5, 3.11.6), whatever a title says."""
    return re.sub(r"\](?=\()|\{(?=\d+\})", "\\g<0>\u200b", readable(text))


def _location(prefix: str, file: str, line: int | None) -> dict[str, Any]:
    uri = quote(in_repository(prefix, file).encode("utf-8", "surrogateescape"))
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": uri, "uriBaseId": _ROOT},
            "region": {"startLine": max(line or 1, 1)},
        }
    }
