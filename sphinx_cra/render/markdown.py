"""A short summary in Markdown, for a comment at a pull request or the summary of a job.

What fails comes first, then a line for each framework; what is accepted or gone is counted. Texts
of the project are escaped, so that none of them mentions a person, closes an issue or breaks a table.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sphinx_cra.checking import totals
from sphinx_cra.datafile import readable
from sphinx_cra.gate import BASELINE, Level, Standing
from sphinx_cra.model import State
from sphinx_cra.render.overview import in_repository
from sphinx_cra.words import counted, short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx_cra.checking import Checked
    from sphinx_cra.gate import Judged

SHOWN = 25
"""Findings that are named; a comment that is longer nobody reads."""
_WIDTH = 300
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!&$])")
_LIVE = re.compile(r"[@#](?=\w)|:(?=\w|//)|\bwww(?=\.)|\bgh(?=-\d)", re.IGNORECASE)
"""Where a mention, an issue or an address begins, behind a backslash too; what has no width ends it."""


def markdown(found: Checked, *, prefix: str = "") -> str:
    """The summary.

    :param prefix: the folder of ``conf.py``, relative to the root of the repository.
    """
    return "\n".join(_lines(found, prefix)) + "\n"


def _lines(found: Checked, prefix: str) -> Iterator[str]:
    product = " ".join(filter(None, (found.product, found.release)))
    yield f"### Cyber Resilience Act: {escape(product) or 'state of the technical file'}"
    yield ""
    yield headline(found)
    for sentence in found.not_checked:
        yield f"Not checked: {escape(sentence)}"
    yield ""
    if found.said:
        yield "| | What | Where |"
        yield "| --- | --- | --- |"
        for judged in found.said[:SHOWN]:
            yield _row(judged, found, prefix)
        if len(found.said) > SHOWN:
            yield f"| | and {len(found.said) - SHOWN} more | |"
        yield ""
    states = [s for s in State if any(t.states[s.value] for t in totals(found))]
    yield f"| Framework | {' | '.join(s.value for s in states)} | gaps | accepted |"
    yield f"| --- |{' --- |' * (len(states) + 2)}"
    for total in totals(found):
        counts = " | ".join(str(total.states[s.value]) for s in states)
        gaps = f"{total.gaps} of {total.counted}"
        yield f"| {escape(total.short)} | {counts} | {gaps} | {total.accepted} |"
    if found.gone:
        count = len(found.gone)
        said = "1 accepted finding is" if count == 1 else f"{count} accepted findings are"
        yield ""
        yield f"{said} found no more: `sphinx-cra baseline prune` takes out of `{BASELINE}` what is gone."


def headline(found: Checked) -> str:
    """What is new, accepted and quiet, in a sentence."""
    errors = sum(j.level is Level.ERROR for j in found.said)
    warnings = len(found.said) - errors
    parts = [
        counted(errors, "error"),
        counted(warnings, "warning"),
        f"{len(found.accepted)} accepted",
        f"{found.quiet} quiet",
    ]
    return f"{', '.join(parts)}."


def _row(judged: Judged, found: Checked, prefix: str) -> str:
    finding = judged.finding
    file, line = found.file(finding), finding.place.line if finding.place else None
    path = in_repository(prefix, file)
    where = escape(f"{path}, line {line}" if line else path) if finding.place else ""
    new = "" if judged.standing is Standing.NEW else f" ({judged.standing.value})"
    return f"| {judged.level.value}{new} `cra.{finding.code.value}` | {escape(judged.message)} | {where} |"


def escape(text: str) -> str:
    """Text of a project that stands in a line of Markdown and means nothing but itself."""
    words = short(" ".join(readable(text).split()), _WIDTH)
    return _LIVE.sub("\\g<0>\u200b", _SPECIAL.sub(r"\\\1", words))
