"""Footing: evidence that names what makes it true proves something only while that holds.

A *not affected* rests on a control or a test, which no format of VEX has a place for; the need has.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from sphinx_cra import coverage
from sphinx_cra.model import Kind, Outcome
from sphinx_cra.words import listed

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from sphinx_cra.model import Verdict
    from sphinx_cra.trace import Trace

FIELD = "supported_by"


def fallen(trace: Trace, verdicts: Mapping[str, Verdict]) -> Mapping[str, Verdict]:
    """The verdicts, where what rests on something that is not proven is ``unchecked``.

    Evidence that rests on itself, or on what it alone proves, has nothing to stand on.
    """
    rests = {
        i.id: tuple(i.fields[FIELD].replace(",", " ").split())
        for i in trace.of_kind(Kind.EVIDENCE)
        if i.fields.get(FIELD) and i.id in verdicts and verdicts[i.id].outcome is Outcome.VALID
    }
    if not rests:
        return verdicts
    standing = {name: verdict for name, verdict in verdicts.items() if name not in rests}
    while True:
        proven = coverage.proven(trace, standing)
        risen = [name for name, on in rests.items() if name not in standing and proven.issuperset(on)]
        if not risen:
            break
        standing |= {name: verdicts[name] for name in risen}
    return {name: standing.get(name) or _without(v, rests[name], proven) for name, v in verdicts.items()}


def _without(verdict: Verdict, on: Sequence[str], proven: Container[str]) -> Verdict:
    gone = [name for name in on if name not in proven]
    reason = f"it rests on {listed(gone)}, not proven; {verdict.reason}"
    return dataclasses.replace(verdict, outcome=Outcome.UNCHECKED, reason=reason)
