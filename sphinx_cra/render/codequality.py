"""What fails, in the JSON that GitLab calls Code Quality: merge requests show it at file and line.

A subset of the report of Code Climate. GitLab compares it with that of the target branch, so what is
quiet or accepted is not in it: nobody broke it in the request that is looked at.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sphinx_cra.datafile import readable
from sphinx_cra.gate import Level
from sphinx_cra.render.overview import in_repository

if TYPE_CHECKING:
    from sphinx_cra.checking import Checked

_SEVERITIES = {Level.ERROR: "major", Level.WARNING: "minor", Level.QUIET: "info"}


def codequality(found: Checked, *, prefix: str = "") -> str:
    """The text of a Code Quality report.

    :param prefix: the folder of ``conf.py``, relative to the root of the repository.
    """
    issues = [
        {
            "description": readable(judged.message),
            "check_name": f"cra.{judged.finding.code.value}",
            "fingerprint": judged.id,
            "severity": _SEVERITIES[judged.level],
            "location": {
                "path": readable(in_repository(prefix, found.file(judged.finding))),
                "lines": {"begin": max((judged.finding.place and judged.finding.place.line) or 1, 1)},
            },
        }
        for judged in found.said
    ]
    return json.dumps(issues, indent=1) + "\n"
