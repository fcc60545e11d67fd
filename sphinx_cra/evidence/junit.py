"""Test results in JUnit XML: did the cases that are cited run, and pass?

JUnit XML has no specification, so the dialects of pytest, googletest, ctest, Surefire, Jest,
node and gotestsum are read as those tools write them (``docs/evidence.md`` says what was
learned of each). A word or an element that none of them writes is refused and never guessed.
Text is not even kept: only elements and attributes decide.
"""

from __future__ import annotations

import datetime
import fnmatch
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar
from xml.sax.handler import ContentHandler

from sphinx_cra.evidence import xmlfile
from sphinx_cra.evidence.reader import EvidenceError, refuted
from sphinx_cra.model import Outcome, Verdict
from sphinx_cra.words import counted, nearest, short

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from xml.sax.xmlreader import AttributesImpl, Locator

    from sphinx_cra.evidence.reader import Claim, Exhibit

max_bytes: int | None = 256 * 1024 * 1024
"""A million cases of real names take some 150 MiB."""
MAX_DEPTH = 100
"""Of elements; suites nest a handful deep."""

_NAMED = 3
"""How many test cases a reason names."""
_SUGGESTED_FROM = 1000
"""Names up to which a pattern without a match is compared with all of them."""


class Result(IntEnum):
    """What happened to one test case; where a case says several things, the greatest counts."""

    PASSED = 0
    SKIPPED = 1
    FAILED = 2
    ERROR = 3


_CHILDREN = {
    "skipped": Result.SKIPPED,
    "disabled": Result.SKIPPED,
    "ignored": Result.SKIPPED,
    "failure": Result.FAILED,
    "error": Result.ERROR,
}
# Surefire and nextest: attempts before the one that counted. A rerun without a failure beside it is refused.
_FLAKY = frozenset({"flakyFailure", "flakyError"})
_RERUN = frozenset({"rerunFailure", "rerunError"})
_BESIDES = frozenset({"properties", "property", "system-out", "system-err"})

_TOTALS = {
    "tests": ("tests",),
    "failures": ("failures",),
    "errors": ("errors",),
    "skipped": ("skipped", "skips", "skip"),
}
_TOOLS = {"pytest": "pytest", "pytest tests": "pytest", "jest tests": "Jest"}
"""Names of suites that their tool gives where the project gives none."""

_WORDS = {
    # googletest: status and result
    "run": Result.PASSED,
    "completed": Result.PASSED,
    "suppressed": Result.SKIPPED,
    # ctest (and googletest): status
    "notrun": Result.SKIPPED,
    "disabled": Result.SKIPPED,
    "fail": Result.FAILED,
    # behave, tst and others, in plain words
    "pass": Result.PASSED,
    "passed": Result.PASSED,
    "success": Result.PASSED,
    "skip": Result.SKIPPED,
    "skipped": Result.SKIPPED,
    "ignored": Result.SKIPPED,
    "pending": Result.SKIPPED,
    "untested": Result.SKIPPED,
    "failed": Result.FAILED,
    "failure": Result.FAILED,
    "error": Result.ERROR,
    "errored": Result.ERROR,
}
"""What the attributes ``status`` and ``result`` of a test case may say."""


VERIFIES = "verifies="
"""Begins a pattern that selects the cases which name a need themselves: ``verifies=CTRL_LOGIN``."""


@dataclass(slots=True, eq=False)
class Case:
    """One test case of a report; without a name, what failed in a suite outside of any case."""

    owner: str
    """Its class: ``classname``."""
    name: str
    suite: Suite
    result: Result = Result.PASSED
    flaky: bool = False
    """It failed, was run again and passed."""
    rerun: bool = False
    """It failed, and failed again."""
    verifies: tuple[str, ...] = ()
    """Ids of needs that it names itself, in a property ``verifies``."""

    def __str__(self) -> str:
        if self.owner and self.name and self.owner != self.name:
            return f"{self.owner}::{self.name}"
        return self.name or self.owner or f"{self.suite}, outside of any named test case"


@dataclass(slots=True, eq=False)
class Suite:
    """One suite of a report, or the report itself (``<testsuites>``)."""

    name: str
    parent: Suite | None
    stated: Mapping[str, int]
    """Totals in its attributes; ``failures`` and ``errors`` are added up as ``bad``."""
    first: int
    """Index of its first case."""
    timestamp: str = ""
    counts_assertions: bool = False
    """Its ``tests`` are no test cases."""
    found: Counter[str] = field(default_factory=Counter)
    """What its cases show.

    Inner suites count as they state, so that a contradiction is told once, where it is.
    """
    trouble: Case | None = None
    """What failed in it outside of any case."""
    fault: str = ""
    """How its totals contradict its cases."""

    def __str__(self) -> str:
        if self.name:
            return f"suite {self.name[:200]}"
        return "an unnamed suite" if self.parent else "the report"

    def path(self) -> Iterator[Suite]:
        """The suite and those around it, innermost first."""
        suite: Suite | None = self
        while suite is not None:
            yield suite
            suite = suite.parent


@dataclass(eq=False)
class Report:
    """One file, indexed by the names that an author may select by."""

    suites: list[Suite] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    tool: str = ""

    def select(self, pattern: str) -> tuple[Case, ...]:
        """The cases that a pattern names, in the order of the file."""
        if pattern.startswith(VERIFIES):
            return self.linked.get(pattern.removeprefix(VERIFIES), ())
        if pattern not in self._selected:
            numbers = set(self._under(pattern, prefixes=True)) | set(self._called(pattern))
            for split in re.finditer("::", pattern):
                name = set(self._called(pattern[split.end() :]))
                if name:
                    numbers |= name & set(self._under(pattern[: split.start()], prefixes=False))
            self._selected[pattern] = tuple(self.cases[n] for n in sorted(numbers))
        return self._selected[pattern]

    @cached_property
    def linked(self) -> Mapping[str, tuple[Case, ...]]:
        """Id of a need -> the cases that name it."""
        index: dict[str, list[Case]] = defaultdict(list)
        for case in self.cases:
            for need in case.verifies:
                index[need].append(case)
        return {need: tuple(index[need]) for need in sorted(index)}

    def names(self) -> tuple[str, ...]:
        """Every name that a pattern can match, without combinations."""
        return tuple(sorted({*self._suites, *self._owners, *self._names} - {""}))

    def _under(self, pattern: str, *, prefixes: bool) -> Iterator[int]:
        for form in _owner_forms(pattern):
            yield from _matching(self._suites, form)
            yield from _matching(self._owners, form)
            if prefixes:
                for owner in _matching(self._prefixes, form):
                    yield from self._owners[owner]

    def _called(self, pattern: str) -> Iterator[int]:
        return _matching(self._names, pattern)

    @cached_property
    def _selected(self) -> dict[str, tuple[Case, ...]]:
        return {}

    @cached_property
    def _suites(self) -> Mapping[str, Sequence[int]]:
        index = defaultdict(list)
        for n, case in enumerate(self.cases):
            for name in {suite.name for suite in case.suite.path()}:
                index[name].append(n)
        return index

    @cached_property
    def _owners(self) -> Mapping[str, Sequence[int]]:
        index = defaultdict(list)
        for n, case in enumerate(self.cases):
            index[case.owner].append(n)
        return index

    @cached_property
    def _prefixes(self) -> Mapping[str, Sequence[str]]:
        """``tests.test_auth`` -> ``tests.test_auth.TestLogin``."""
        index = defaultdict(list)
        for owner in self._owners:
            for dot in re.finditer(r"\.", owner):
                index[owner[: dot.start()]].append(owner)
        return index

    @cached_property
    def _names(self) -> Mapping[str, Sequence[int]]:
        index = defaultdict(list)
        for n, case in enumerate(self.cases):
            index[case.name].append(n)
            if case.name.endswith("]") and "[" in case.name:  # pytest: every parameter of a test
                index[case.name[: case.name.index("[")]].append(n)
        return index


def parse(data: bytes) -> Report:
    """A report, read in one pass without a tree.

    :raises EvidenceError: if it is not well-formed, not JUnit, or says something that we do not know.
    """
    parser = xmlfile.parser()
    handler = _Handler(parser)
    xmlfile.feed(parser, data, handler)
    return handler.report


def judge(claim: Claim, exhibits: Sequence[Exhibit]) -> Verdict:
    """Valid where every pattern selects a case that ran, and nothing that is selected failed."""
    key = (__name__, claim.select, *(exhibit.path for exhibit in exhibits))
    memo = claim.project.memo
    if key not in memo:  # hundreds of needs may cite all of one large report
        memo[key] = _judged(claim.select, exhibits)
    verdict: Verdict = memo[key]
    return verdict


def _judged(select: str, exhibits: Sequence[Exhibit]) -> Verdict:
    reports: list[Report] = [exhibit.content for exhibit in exhibits]
    where = exhibits[0].path if len(exhibits) == 1 else f"{len(exhibits)} files"
    matches = {p: [c for r in reports for c in r.select(p)] for p in patterns(select)}
    if matches:
        chosen = dict.fromkeys(c for found in matches.values() for c in found)
        suites = dict.fromkeys(s for c in chosen for s in c.suite.path())
        chosen |= dict.fromkeys(s.trouble for s in suites if s.trouble)
    else:
        chosen = dict.fromkeys(c for r in reports for c in r.cases)
        suites = dict.fromkeys(s for r in reports for s in r.suites)
    cases = list(chosen)
    lost = [pattern for pattern, found in matches.items() if not found]
    outcome, reason = _decided(cases, lost, suites, where)
    if outcome is Outcome.MISSING:
        reason += _hint(lost[0], reports)
    idle = [p for p, found in matches.items() if not any(_ran(c) for c in found)]
    if outcome is Outcome.VALID and idle:
        outcome = Outcome.VOID
        reason = f"nothing that {_listed(map(repr, idle))} selects in {where} ran"
    return Verdict(
        outcome=outcome,
        reason=reason,
        counts=_counts(cases),
        tool=", ".join(sorted({r.tool for r in reports if r.tool})),
        date=_date(cases),
        refuted=refuted(str(c) for c in cases if c.result >= Result.FAILED),
    )


def _decided(
    cases: Sequence[Case], lost: Sequence[str], suites: Iterable[Suite], where: str
) -> tuple[Outcome, str]:
    faults = [f"{suite} {suite.fault}" for suite in suites if suite.fault]
    total = counted(len(cases), "test case")
    bad = [c for c in cases if c.result >= Result.FAILED]
    if bad:  # a failure that is seen is not hidden by anything else
        passed = {str(c) for c in cases if c.result is Result.PASSED}
        twice = sum(str(c) in passed for c in bad)
        notes = [f"{len(bad)} of {total} in {where} failed: {_listed(map(str, bad))}"]
        notes += [f"{twice} of them also passed"] if twice else []
        notes += [f"nothing matches {_listed(map(repr, lost))}"] if lost else []
        return Outcome.FAILED, "; ".join(notes + faults[:1])
    if lost:
        return Outcome.MISSING, f"nothing in {where} matches {_listed(map(repr, lost))}"
    if faults:
        return Outcome.UNREADABLE, f"{where} contradicts itself: {_listed(faults)}"
    idle = [c for c in cases if not _ran(c)]
    if len(idle) == len(cases):
        what = "there is no test case"
        if cases:
            what = f"all {total} were" if len(cases) > 1 else "the one test case was"
            what += " skipped or disabled"
        return Outcome.VOID, f"nothing ran in {where}: {what}"
    notes = [f"{len(cases) - len(idle)} of {total} in {where} passed"]
    notes += [f"not run: {_listed(map(str, idle))}"] if idle else []
    flaky = [str(c) for c in cases if c.flaky]
    notes += [f"passed only when run again: {_listed(flaky)}"] if flaky else []
    return Outcome.VALID, "; ".join(notes)


def _ran(case: Case) -> bool:
    return case.result is not Result.SKIPPED


def _counts(cases: Iterable[Case]) -> Mapping[str, int]:
    cases = list(cases)
    results = Counter(case.result for case in cases)
    counts = {
        "passed": results[Result.PASSED],
        "failed": results[Result.FAILED],
        "errors": results[Result.ERROR],
        "skipped": results[Result.SKIPPED],
    }
    if flaky := sum(case.flaky for case in cases):
        counts["flaky"] = flaky
    return MappingProxyType(counts)


def _listed(names: Iterable[str]) -> str:
    listed = [short(name, 200) for name in dict.fromkeys(names)]
    more = len(listed) - _NAMED
    return ", ".join(listed[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _hint(pattern: str, reports: Iterable[Report]) -> str:
    names = sorted({name for report in reports for name in report.names()})
    if not names or len(names) > _SUGGESTED_FROM:
        return ""
    near = nearest(pattern.rpartition("::")[2], names, n=1) or nearest(pattern, names, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _date(cases: Iterable[Case]) -> str:
    """When the oldest of the suites ran whose cases did; what is not an ISO date is not a date."""
    stamps: dict[str, datetime.datetime] = {}
    for suite in dict.fromkeys(c.suite for c in cases if _ran(c)):
        stamp = next((s.timestamp for s in suite.path() if s.timestamp), "")
        try:
            when = datetime.datetime.fromisoformat(stamp)
        except ValueError:
            continue
        if when.year > 1970 and re.match(
            r"\d{4}-\d\d-\d\d", stamp
        ):  # Jest, googletest: 1970 for what never ran
            stamps[stamp] = when if when.tzinfo else when.replace(tzinfo=datetime.UTC)
    return min(stamps, key=lambda stamp: (stamps[stamp], stamp), default="")


# --------------------------------------------------------------------------- selecting


def patterns(select: str) -> tuple[str, ...]:
    """What stands between commas and line ends, each once.

    A comma inside ``[...]`` or ``(...)`` or after a backslash belongs to a name, as in ``test_roles[a,b]``.
    """
    parts = [""]
    depth = 0
    for character in select:
        if character == "\n" or (character == "," and not depth and not parts[-1].endswith("\\")):
            parts.append("")
            depth = 0
            continue
        if character == "," and parts[-1].endswith("\\"):
            parts[-1] = parts[-1][:-1]
        depth = max(0, depth + (character in "[(") - (character in "])"))
        parts[-1] += character
    return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))


def _owner_forms(pattern: str) -> tuple[str, ...]:
    """How a report may write it: pytest prints ``tests/test_a.py::TestB`` for ``tests.test_a.TestB``."""
    forms = [pattern, pattern.replace("::", ".")]
    path, suffix, rest = pattern.partition(".py")
    if suffix and (not rest or rest.startswith("::")):
        forms.append(path.replace("/", ".") + rest.replace("::", "."))
    return tuple(dict.fromkeys(forms))


_V = TypeVar("_V")


def _matching(index: Mapping[str, Sequence[_V]], pattern: str) -> Iterator[_V]:
    """Values of the key that a pattern is, or with wildcards of every key that it matches."""
    if "*" not in pattern and "?" not in pattern:
        yield from index.get(pattern, ())
        return
    # Brackets are no wildcards here: they are how pytest writes parameters.
    match = re.compile(fnmatch.translate(pattern.replace("[", "[[]"))).match
    for key, values in index.items():
        if key == pattern or match(key):
            yield from values


# --------------------------------------------------------------------------- reading


class _Handler(ContentHandler):
    """Builds a :class:`Report` from the elements of a file as they pass."""

    def __init__(self, locator: Locator) -> None:
        super().__init__()
        self.report = Report()
        self._locator = locator
        self._depth = 0
        self._mute = 0
        """Depth of the element whose content does not matter; 0 outside of one."""
        self._suite: Suite | None = None
        self._case: Case | None = None

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise EvidenceError(f"its elements are nested more than {MAX_DEPTH} deep")
        if self._mute:
            return
        name = name.rpartition(":")[2]
        if self._depth == 1 and name not in ("testsuites", "testsuite"):
            raise EvidenceError(
                f"its root element is <{name[:40]}>, and that of JUnit XML <testsuites> or <testsuite>"
            )
        if self._case is not None and name == "property":
            if attrs.get("name", "") == "verifies":
                self._case.verifies += tuple(re.findall(r"[^\s,;]+", attrs.get("value", "")))
        elif self._case is not None:
            self._part(self._case, name)
            self._mute = 0 if name == "properties" else self._depth
        elif name in ("testsuites", "testsuite"):
            self._open(attrs)
        elif name == "testcase":
            self._case = self._begun(attrs)
        elif name == "property":
            self._property(attrs.get("name", ""), attrs.get("value", ""))
        elif name in ("failure", "error"):
            self._trouble()
            self._mute = self._depth
        elif name in _BESIDES - {"properties"}:
            self._mute = self._depth
        # Anything else around cases is looked into, so that no case hides there.

    def endElement(self, name: str) -> None:
        if self._mute:
            if self._mute == self._depth:
                self._mute = 0
        elif name.rpartition(":")[2] == "testcase":
            self._finish_case()
        elif name.rpartition(":")[2] in ("testsuites", "testsuite"):
            self._finish_suite()
        self._depth -= 1

    def _open(self, attrs: AttributesImpl) -> None:
        stated = {total: self._number(attrs, *names) for total, names in _TOTALS.items()}
        bad = [n for n in (stated.pop("failures"), stated.pop("errors")) if n is not None]
        self._suite = Suite(
            name=attrs.get("name", ""),
            parent=self._suite,
            stated={total: n for total, n in stated.items() if n is not None}
            | ({"bad": sum(bad)} if bad else {}),
            first=len(self.report.cases),
            timestamp=attrs.get("timestamp", "").strip(),
            counts_assertions=attrs.get("hostname") == "tbd",  # only Catch2 writes that
        )
        self.report.suites.append(self._suite)
        schema = attrs.get("xsi:noNamespaceSchemaLocation", "")
        tool = "Surefire" if "surefire" in schema else _TOOLS.get(self._suite.name, "")
        tool = "Catch2" if self._suite.counts_assertions else tool
        self.report.tool = self.report.tool or tool

    def _number(self, attrs: AttributesImpl, *names: str) -> int | None:
        for name in names:
            if text := attrs.get(name, "").strip():
                if not re.fullmatch(r"[0-9]{1,12}", text):
                    raise EvidenceError(f"{name}={text[:40]!r} is not a number{self._line()}")
                return int(text)
        return None

    def _property(self, name: str, value: str) -> None:
        if name == "go.version" and not self.report.tool:
            self.report.tool = value

    def _begun(self, attrs: AttributesImpl) -> Case:
        assert self._suite is not None  # the root is one
        case = Case(owner=attrs.get("classname", ""), name=attrs.get("name", ""), suite=self._suite)
        for attribute in ("status", "result"):
            word = attrs.get(attribute, "").strip().casefold()
            if word and word not in _WORDS:
                said = f"{attribute}={word[:40]!r}"
                raise EvidenceError(
                    f"the test case {str(case)[:200]} says {said}, which is no result we know{self._line()}"
                )
            case.result = max(case.result, _WORDS.get(word, Result.PASSED))
        self._suite.found["bad"] += case.result >= Result.FAILED
        return case

    def _part(self, case: Case, name: str) -> None:
        found = case.suite.found
        if name in _CHILDREN:
            case.result = max(case.result, _CHILDREN[name])
            found["bad"] += _CHILDREN[name] >= Result.FAILED
            found["errors"] += name == "error"
        elif name in _FLAKY | _RERUN:
            case.flaky |= name in _FLAKY
            case.rerun |= name in _RERUN
            found["reruns"] += 1
        elif name not in _BESIDES:
            what = f"<{name[:40]}>, which is no result we know"
            raise EvidenceError(f"the test case {str(case)[:200]} holds {what}{self._line()}")

    def _finish_case(self) -> None:
        case = self._case
        assert case is not None
        if case.rerun and case.result < Result.FAILED:
            raise EvidenceError(
                f"the test case {str(case)[:200]} failed again, but not at first{self._line()}"
            )
        case.flaky = case.flaky and case.result is Result.PASSED
        case.suite.found["tests"] += 1
        case.suite.found["skipped"] += case.result is Result.SKIPPED
        self.report.cases.append(case)
        self._case = None

    def _trouble(self) -> None:
        suite = self._suite
        assert suite is not None
        suite.found["bad"] += 1
        if suite.trouble is None:
            suite.trouble = Case(owner="", name="", suite=suite, result=Result.ERROR)
            self.report.cases.append(suite.trouble)

    def _finish_suite(self) -> None:
        suite = self._suite
        assert suite is not None
        suite.fault = self._contradiction(suite)
        self._suite = suite.parent
        if suite.parent is not None:
            around = suite.parent.found
            around.update({key: suite.found[key] for key in ("errors", "reruns")})
            around["bad"] += max(suite.found["bad"], suite.stated.get("bad", 0))
            around["skipped"] += max(suite.found["skipped"], suite.stated.get("skipped", 0))
            number = suite.found["tests"] if suite.counts_assertions else suite.stated.get("tests")
            around["tests"] += suite.found["tests"] if number is None else number

    def _contradiction(self, suite: Suite) -> str:
        """How the totals of a suite contradict its cases; empty where they agree, or state nothing."""
        stated, found = suite.stated, suite.found
        tests = None if suite.counts_assertions else stated.get("tests")
        # pytest counts a case that passes and then fails in teardown twice; Surefire counts every attempt.
        again = found["errors"] + found["reruns"]
        if tests is not None and tests > found["tests"] + again:
            return f"states {tests} tests and shows {found['tests']}"
        bad = stated.get("bad", 0)
        if bad > found["bad"] + found["reruns"]:
            if not tests and not found["tests"]:  # Jest, gotestsum: it did not even load
                self._trouble()
                return ""
            return f"states {bad} failures or errors and shows {found['bad']} in its test cases"
        if (skipped := stated.get("skipped", 0)) > found["skipped"]:
            return f"states {skipped} skipped tests and shows {found['skipped']}"
        if tests is not None and tests < found["tests"] - self._doubles(suite):
            # Jest writes a test that is still to do like one that passed, and does not count it.
            return f"states {tests} tests and shows {found['tests']}, so one of them may not have run"
        return ""

    def _doubles(self, suite: Suite) -> int:
        """Cases that need not be in the total: pytest writes a second one for an error in teardown."""
        cases = self.report.cases[suite.first :]
        if all(case.result is not Result.PASSED for case in cases):
            return len(cases)
        results: dict[str, set[Result]] = defaultdict(set)
        for case in cases:
            results[str(case)].add(case.result)
        return sum(found >= {Result.FAILED, Result.ERROR} for found in results.values())

    def _line(self) -> str:
        return f" (line {self._locator.getLineNumber()})"
