"""The gate: what is an error, what warns and what is quiet, and what of it was accepted.

Every finding has an id that does not depend on where it stands or how it is worded. ``cra_gate``
gives each a level; ``cra-baseline.yaml`` says which of them somebody accepted. Neither takes a
finding out of what is shown: a gap that is quiet or accepted is a gap.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sphinx_cra.datafile import readable
from sphinx_cra.model import GAP_CODES, LATE_CODES, Code, Finding, Severity, under
from sphinx_cra.words import did_you_mean, either, listed, nearest

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from sphinx_cra.baseline import Acceptance, Baseline

BASELINE = "cra-baseline.yaml"
"""The file of accepted findings, in the root of the project."""
LAW = "cra"
"""Catalogue that the rules of the Regulation belong to."""
_WIDTH = 12
_COUNTS = re.compile(r"\d+")


# ------------------------------------------------------------------------------------ ids


def identity(finding: Finding) -> str:
    """The id of a finding: of its code, rule or clause, item and what else it is about.

    Lines, file names, numbers in messages and causes change nothing, nor does which clause a rule is
    filed under. Only where a finding names none of all these, its message stands in, without its numbers.
    """
    clause = "" if finding.rule else finding.clause or ""
    named = [clause, finding.rule or "", finding.item or "", finding.about]
    if not any(named):
        named.append(_COUNTS.sub("#", finding.message))
    text = "\0".join([finding.code.value, *map(readable, named)])
    return hashlib.sha256(text.encode()).hexdigest()[:_WIDTH]


def identities(findings: Iterable[Finding]) -> list[str]:
    """The id of each; the second of one id is ``<id>-2``, so that one more of the same is a new one."""
    seen: Counter[str] = Counter()
    found = []
    for finding in findings:
        base = identity(finding)
        seen[base] += 1
        found.append(base if seen[base] == 1 else f"{base}-{seen[base]}")
    return found


# --------------------------------------------------------------------------------- levels


class Level(StrEnum):
    """What becomes of a finding."""

    ERROR = "error"
    """It fails the build, and the check."""
    WARNING = "warning"
    """It is said; with ``-W`` it fails the build."""
    QUIET = "quiet"
    """It is in every page and file, and is not said."""


class _Width(StrEnum):
    """What an entry chooses by; the later is the more specific."""

    SEVERITY = "severity"
    CODE = "code"
    FRAMEWORK = "framework"
    NARROWED = "narrowed"


_ORDER = list(_Width)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of ``cra_gate``."""

    text: str
    """As it was written."""
    level: Level
    width: _Width
    value: str
    """A code, a severity or a framework."""
    prefix: str = ""
    """Clause id, or rule, that a code is narrowed to."""

    def fits(self, finding: Finding, framework: str) -> bool:
        """Whether the entry speaks of this finding."""
        if self.width is _Width.SEVERITY:
            return finding.severity.value == self.value
        if self.width is _Width.FRAMEWORK:
            return framework == self.value
        return finding.code.value == self.value and under(finding.rule or finding.clause or "", self.prefix)

    @property
    def rank(self) -> tuple[int, int]:
        return (_ORDER.index(self.width), len(self.prefix))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something in ``cra_gate`` that says nothing."""

    message: str
    way_out: str = ""


@dataclass(frozen=True, kw_only=True)
class Gate:
    """The entries of ``cra_gate``, the most specific first."""

    entries: tuple[Entry, ...] = ()

    @cached_property
    def _ranked(self) -> list[Entry]:
        # Of two that are as specific the one written last decides, as it does in a mapping.
        last_first = self.entries[::-1]
        return sorted(last_first, key=lambda e: e.rank, reverse=True)

    def level(self, finding: Finding, framework: str = "") -> Level:
        """What becomes of a finding: as the most specific entry says; else mistakes warn, gaps are quiet."""
        for entry in self._ranked:
            if entry.fits(finding, framework):
                return entry.level
        return Level.QUIET if finding.code in GAP_CODES else Level.WARNING

    def hushed(self, codes: Iterable[Code]) -> Gate:
        """The gate with all findings of these codes quiet, whatever its entries say."""
        names = [c.value for c in codes]
        others = (e for e in self.entries if e.value not in names)
        quiet = (Entry(text=n, level=Level.QUIET, width=_Width.NARROWED, value=n) for n in names)
        return Gate(entries=(*others, *quiet))

    def asks(self, code: Code) -> bool:
        """Whether any finding of this code could be said."""
        named = [e for e in self.entries if e.level is not Level.QUIET]
        of_code = [e for e in named if e.width in (_Width.CODE, _Width.NARROWED)]
        return any(e.value == code for e in of_code) or len(of_code) < len(named)

    @property
    def given(self) -> dict[str, str]:
        """The entries as a mapping, as ``cra_gate`` takes it."""
        return {e.text: e.level.value for e in self.entries}

    def idle(
        self, clauses: Sequence[str], frameworks: Sequence[str], rules: Sequence[str]
    ) -> Iterator[Fault]:
        """Entries that no finding can fit: a gate that never closes is worse than none.

        :param clauses: ids of all clauses that are loaded.
        """
        for entry in self.entries:
            prefix = entry.prefix
            if entry.width is _Width.FRAMEWORK and entry.value not in frameworks:
                way_out = (
                    did_you_mean(nearest(entry.value, frameworks)) or f"loaded are {', '.join(frameworks)}"
                )
                yield Fault(message=f"no framework {entry.value} is loaded", way_out=way_out)
            elif entry.width is not _Width.NARROWED:
                continue
            elif entry.value == Code.RULE and prefix not in rules:
                yield Fault(
                    message=f"there is no rule {prefix}", way_out=did_you_mean(nearest(prefix, rules))
                )
            elif entry.value != Code.RULE and not any(under(c, prefix) for c in clauses):
                way_out = did_you_mean(nearest(prefix, clauses))
                yield Fault(message=f"no clause is at or below {prefix}", way_out=way_out)


def read(value: Mapping[str, Any] | Iterable[str]) -> tuple[Gate, tuple[Fault, ...]]:
    """The gate that ``cra_gate`` or ``--gate`` states, and what of it says nothing.

    :param value: entry -> level, or a list of entries, each of which warns.
    """
    given = dict(value) if isinstance(value, dict) else dict.fromkeys(value, Level.WARNING.value)
    entries, faults = [], []
    for text, level in given.items():
        entry = _entry(str(text), level)
        if isinstance(entry, Fault):
            faults.append(entry)
        else:
            entries.append(entry)
    return Gate(entries=tuple(entries)), tuple(faults)


def _entry(text: str, level: Any) -> Entry | Fault:
    if level not in list(Level):
        return Fault(message=f"{text!r} is to be {level!r}", way_out=f"write {either(list(Level))}")
    head, _, prefix = (part.strip() for part in text.partition(":"))
    known = Level(level)
    if head == _Width.SEVERITY:
        if prefix not in list(Severity):
            return Fault(message=f"{text!r} is no severity", way_out=f"write {either(list(Severity))}")
        return Entry(text=text, level=known, width=_Width.SEVERITY, value=prefix)
    if head == _Width.FRAMEWORK:
        if not prefix:
            way_out = "write the id of a catalogue after the colon, as framework:cra"
            return Fault(message=f"{text!r} names no framework", way_out=way_out)
        return Entry(text=text, level=known, width=_Width.FRAMEWORK, value=prefix)
    code = head.removeprefix("cra.")
    if code not in list(Code):
        near = did_you_mean(nearest(code, [*Code, *(_Width.SEVERITY, _Width.FRAMEWORK)]))
        way_out = near or f"write {', '.join(Code)}, severity:... or framework:..."
        return Fault(message=f"{text!r} is no code of a finding", way_out=way_out)
    width = _Width.NARROWED if prefix else _Width.CODE
    return Entry(text=text, level=known, width=width, value=code, prefix=prefix)


# ------------------------------------------------------------------------------- judgement


class Standing(StrEnum):
    """What the baseline says of a finding."""

    NEW = "new"
    """Nobody accepted it."""
    ACCEPTED = "accepted"
    """It was accepted, and that holds on the reference date."""
    UNDATED = "undated"
    """It was accepted until a day, and no reference date is known to hold that against."""
    EXPIRED = "expired"
    """It was accepted until a day that is over."""
    GROWN = "grown"
    """It was accepted, and has a cause more since."""

    @property
    def holds(self) -> bool:
        """Whether the acceptance counts."""
        return self in (Standing.ACCEPTED, Standing.UNDATED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A finding, with what becomes of it."""

    finding: Finding
    id: str
    framework: str
    """Id of the catalogue that it belongs to; empty where it belongs to none."""
    level: Level
    standing: Standing
    acceptance: Acceptance | None = None

    @property
    def said(self) -> bool:
        """Whether it warns, or is an error."""
        return self.level is not Level.QUIET and not self.standing.holds

    @property
    def message(self) -> str:
        """The finding as a sentence, with what became of its acceptance."""
        text = str(self.finding)
        if self.acceptance is None or self.standing.holds:
            return text
        if self.standing is Standing.EXPIRED:
            return f"{text} (accepted by {self.acceptance.by} until {self.acceptance.until}, which is over)"
        more = sorted(set(self.finding.causes) - set(self.acceptance.causes))
        what = (
            "when it asked for something else"
            if more == [self.finding.way_out]
            else f"without {listed(more)}"
        )
        return f"{text} (accepted by {self.acceptance.by} {what})"


def judge(
    findings: Iterable[Finding],
    gate: Gate,
    baseline: Baseline | None,
    *,
    framework: Callable[[str], str],
    day: dt.date | None,
) -> tuple[Judged, ...]:
    """What becomes of every finding.

    :param framework: id of a clause -> id of its catalogue, or nothing.
    :param day: when acceptances have to hold; without one none is over.
    """
    findings = tuple(findings)
    accepted = baseline.acceptances if baseline else {}
    judged = []
    for finding, name in zip(findings, identities(findings), strict=True):
        home = LAW if finding.rule else framework(finding.clause) if finding.clause else ""
        acceptance = accepted.get(name)
        judged.append(
            Judged(
                finding=finding,
                id=name,
                framework=home,
                level=gate.level(finding, home),
                standing=_standing(finding, acceptance, day),
                acceptance=acceptance,
            )
        )
    return tuple(judged)


def _standing(finding: Finding, acceptance: Acceptance | None, day: dt.date | None) -> Standing:
    if acceptance is None:
        return Standing.NEW
    if not set(finding.causes) <= set(acceptance.causes):
        return Standing.GROWN
    if acceptance.until is None:
        return Standing.ACCEPTED
    if day is None:
        return Standing.UNDATED
    return Standing.EXPIRED if day > acceptance.until else Standing.ACCEPTED


def mended(judged: Judged) -> tuple[str, ...]:
    """Causes that were accepted with a finding and are found no more, while others of it are."""
    if judged.acceptance is None:
        return ()
    return tuple(c for c in judged.acceptance.causes if c not in judged.finding.causes)


def gone(judged: Iterable[Judged], baseline: Baseline | None) -> tuple[Acceptance, ...]:
    """What was accepted and is found no more; of what only a technical file tells nothing is."""
    if baseline is None:
        return ()
    found: Collection[str] = {j.id for j in judged}
    return tuple(a for i, a in baseline.acceptances.items() if i not in found and a.code not in LATE_CODES)
