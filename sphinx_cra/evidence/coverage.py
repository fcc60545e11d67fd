"""Code coverage in Cobertura XML and LCOV tracefiles: is as much reached as was asked for?

Lines and branches are counted one by one, and the totals that a file states have to agree with
them. A number is measured against what the author asks for; without that it proves nothing.
Reports of several files are added up and never merged.
"""

from __future__ import annotations

import datetime
import re
import xml.sax
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING
from xml.sax.handler import (
    ContentHandler,
    feature_external_ges,
    feature_external_pes,
    property_lexical_handler,
)

import defusedxml
from defusedxml.sax import make_parser

from sphinx_cra.evidence.junit import patterns
from sphinx_cra.evidence.reader import EvidenceError
from sphinx_cra.model import Outcome, Verdict
from sphinx_cra.words import did_you_mean, listed, nearest

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence
    from xml.sax.xmlreader import AttributesImpl, Locator

    from sphinx_cra.evidence.reader import Claim, Exhibit

max_bytes: int | None = 64 * 1024 * 1024
MAX_DEPTH = 100
"""Of elements; Cobertura nests ten deep."""

METRICS = ("lines", "branches")
_MINIMUM = re.compile(r"(\d{1,3}(?:\.\d{1,6})?) ?%?(?: ?(lines?|branch(?:es)?))?")
_NAMED = 3
"""How many faults a reason names."""
_SUGGESTED_FROM = 1000
"""Files up to which a pattern without a match is compared with all of them."""


class Count(Enum):
    """What counts as one line, or one branch. Each file is held to the first that gives its totals."""

    ONCE = "once"
    """One place in a file, however often it is listed."""
    EACH = "each"
    """Each time that it is listed, as for two instances of a template."""
    METHODS = "methods"
    """Each line of each method: dotnet-coverage adds up methods, some of which share a line."""


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    covered: int = 0
    valid: int = 0

    def __add__(self, other: Share) -> Share:
        return Share(self.covered + other.covered, self.valid + other.valid)

    def __str__(self) -> str:
        return f"{self.covered} of {self.valid}"

    @property
    def percent(self) -> str:
        """Cut off and not rounded: 79.996 % is not 80 %."""
        cut = self.covered * 10_000 // self.valid
        return f"{cut // 100}.{cut % 100:02}%"


@dataclass(slots=True)
class Source:
    """One source file of a report."""

    path: str
    packages: set[str] = field(default_factory=set)
    lines: list[tuple[int, bool]] = field(default_factory=list)
    """Number of a line, and whether it was reached; one that is listed twice stands twice."""
    branches: list[tuple[Hashable, int, int]] = field(default_factory=list)
    """What tells a branch, or the branches of a line, from the others; reached, and of how many."""
    of_methods: list[tuple[int, bool]] = field(default_factory=list)
    """Lines of methods, where the class around them lists its own."""

    def share(self, metric: str, count: Count) -> Share:
        """How much was reached, if it is counted like this."""
        lines = self.of_methods if count is Count.METHODS else self.lines
        found = [(n, int(hit), 1) for n, hit in lines] if metric == "lines" else self.branches
        if count is Count.ONCE:
            known: dict[Hashable, tuple[int, int]] = {}
            for key, covered, valid in found:
                before = known.get(key, (0, 0))
                known[key] = max(before[0], covered), max(before[1], valid)
            return Share(sum(c for c, _ in known.values()), sum(v for _, v in known.values()))
        return Share(sum(c for _, c, _ in found), sum(v for _, _, v in found))


@dataclass(slots=True)
class Report:
    """One file."""

    sources: list[Source] = field(default_factory=list)
    counts: dict[str, Count] = field(default_factory=lambda: dict.fromkeys(METRICS, Count.ONCE))
    """For each metric, how the file counts."""
    faults: dict[str, str] = field(default_factory=lambda: dict.fromkeys(METRICS, ""))
    """For each metric, how the file contradicts itself."""
    tool: str = ""
    date: str = ""

    def select(self, pattern: str) -> list[Source]:
        """The files that a pattern names: by path, the end of a path, a folder, or a package."""
        wanted = _regex(pattern.strip("/").replace("\\", "/"))
        path = re.compile(rf"(?:.*/)?(?:{wanted})(?:/.*)?", re.DOTALL)
        package = re.compile(rf"(?:{wanted})(?:[./].*)?", re.DOTALL)
        return [
            s
            for s in self.sources
            if path.fullmatch(s.path.replace("\\", "/")) or any(map(package.fullmatch, s.packages - {""}))
        ]

    def share(self, metric: str, sources: Iterable[Source]) -> Share:
        return sum((s.share(metric, self.counts[metric]) for s in sources), Share())

    def compare(self, metric: str, stated: Mapping[str, int | None], rate: str, what: str) -> None:
        """Set the totals that the file states against what it lists.

        :param stated: ``covered`` and ``valid``, where the file says them.
        """
        found = {count: sum((s.share(metric, count) for s in self.sources), Share()) for count in Count}
        for count, share in found.items():
            if count is Count.METHODS and not share.valid:
                continue
            agrees = all(v is None or v == getattr(share, k) for k, v in stated.items())
            if agrees and (not rate or not share.valid or _agrees(rate, share)):
                self.counts[metric] = count
                return
        told = [f"{v} {k} {metric}" for k, v in stated.items() if v is not None]
        told += [f"a rate of {rate} for {metric}"] if rate else []
        self.faults[metric] = (
            f"{what} {' and '.join(told)}, and lists {found[Count.ONCE]} {metric} as covered"
        )


# --------------------------------------------------------------------------- judging


def judge(claim: Claim, exhibits: Sequence[Exhibit]) -> Verdict:
    """Whether the selected files reach the ``minimum``."""
    minimum = required(claim.fields.get("minimum", ""))
    where = exhibits[0].path if len(exhibits) == 1 else f"{len(exhibits)} files"
    wanted = patterns(claim.select)
    shares = dict.fromkeys(METRICS, Share())
    hit: set[str] = set()
    measured: set[str] = set()
    faults: list[str] = []
    used: list[Report] = []
    for exhibit in exhibits:
        report: Report = exhibit.content
        sources = report.sources
        if wanted:
            found = {p: report.select(p) for p in wanted}
            hit.update(p for p, matches in found.items() if matches)
            measured.update(p for p, matches in found.items() if any(s.lines for s in matches))
            chosen = {id(s) for matches in found.values() for s in matches}
            sources = [s for s in sources if id(s) in chosen]
        if sources or not wanted:
            used.append(report)
            faults += [
                f"{exhibit.path} {report.faults[m]}" for m in minimum or ("lines",) if report.faults[m]
            ]
            shares = {m: shares[m] + report.share(m, sources) for m in METRICS}
    lost = [p for p in wanted if p not in hit]
    outcome, reason = _decided(shares, minimum, faults, lost, where)
    if outcome is Outcome.MISSING:
        reason += _hint(lost[0], [e.content for e in exhibits])
    idle = [repr(p) for p in wanted if p in hit - measured]
    if outcome in (Outcome.VALID, Outcome.UNCHECKED) and idle:
        outcome, reason = Outcome.VOID, f"no lines of {listed(idle, _NAMED)} were measured in {where}"
    dates = [r.date for r in used]
    return Verdict(
        outcome=outcome,
        reason=reason,
        counts=MappingProxyType(
            {
                name: n
                for metric, share in shares.items()
                if share.valid or metric == "lines"
                for name, n in ((f"{metric} covered", share.covered), (f"{metric} valid", share.valid))
            }
        ),
        tool=", ".join(sorted({r.tool for r in used if r.tool})),
        date=min(dates) if dates and all(dates) else "",
    )


def required(stated: str) -> dict[str, tuple[Fraction, str]]:
    """What has to be reached of lines and branches, in per cent, and how the author wrote it.

    :raises EvidenceError: where it cannot be understood in one way.
    """
    found: dict[str, tuple[Fraction, str]] = {}
    for part in re.split(r"[,;\n]|\band\b", stated) if stated.strip() else ():
        match = _MINIMUM.fullmatch(" ".join(part.split()))
        if match is None:
            wanted = "80%, or 80% lines, 70% branches"
            raise EvidenceError(f"the minimum {stated[:60]!r} is not written as {wanted}")
        metric = "branches" if (match[2] or "").startswith("branch") else "lines"
        if metric in found:
            raise EvidenceError(f"the minimum {stated[:60]!r} says two things of {metric}")
        if not 0 < Fraction(match[1]) <= 100:
            raise EvidenceError(f"the minimum {stated[:60]!r} is not above 0% and up to 100%")
        found[metric] = Fraction(match[1]), f"{match[1]}%"
    return found


def _decided(
    shares: Mapping[str, Share],
    minimum: Mapping[str, tuple[Fraction, str]],
    faults: Sequence[str],
    lost: Sequence[str],
    where: str,
) -> tuple[Outcome, str]:
    if lost:
        return Outcome.MISSING, f"nothing in {where} matches {listed([repr(p) for p in lost], _NAMED)}"
    if faults:  # a percentage of a file that lost lines means nothing
        return Outcome.UNREADABLE, listed(faults, _NAMED)
    unmeasured = [m for m in minimum or ("lines",) if not shares[m].valid]
    low = [m for m, (least, _) in minimum.items() if shares[m].covered * 100 < least * shares[m].valid]
    if unmeasured and not low:
        return Outcome.VOID, f"no {' and no '.join(unmeasured)} were measured in {where}"
    told = {m: f"{s} {m} ({s.percent})" for m, s in shares.items() if s.valid}
    if not minimum:
        reached = " and ".join(told.values())
        return Outcome.UNCHECKED, f"{reached} were reached in {where}, and no minimum is stated"
    said = " and ".join(
        f"{told[m]} where {words} are required" for m, (_, words) in minimum.items() if m in told
    )
    if low:
        unknown = f"; no {' and no '.join(unmeasured)} were measured" if unmeasured else ""
        return Outcome.FAILED, f"too little was reached in {where}: {said}{unknown}"
    return Outcome.VALID, f"in {where} were reached {said}"


def _hint(pattern: str, reports: Iterable[Report]) -> str:
    names = {n for r in reports for s in r.sources for n in (s.path, s.path.rpartition("/")[2], *s.packages)}
    if len(names) > _SUGGESTED_FROM:
        return ""
    near = nearest(pattern, sorted(names - {""}), n=1)
    return f"; {did_you_mean([repr(near[0])])}" if near else ""


def _regex(pattern: str) -> str:
    """``*`` is any text and ``?`` one character; all else stands for itself."""
    return "".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in re.sub(r"\*+", "*", pattern))


# --------------------------------------------------------------------------- reading


def parse(data: bytes) -> Report:
    """The report in a file; which format it is says its beginning."""
    start = data[:200].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith((b"<", b"\xff\xfe", b"\xfe\xff")):
        return _cobertura(data)
    if re.match(rb"#|[A-Z]{2,4}:", start):
        # Names of files are what the file system has, in any encoding.
        return _lcov(data.decode("utf-8-sig", "backslashreplace"))
    raise EvidenceError("it is neither Cobertura XML nor an LCOV tracefile")


_COUNT = re.compile(r"\d{1,30}(?:\.\d{1,30})?(?:[eE]\+?\d{1,3})?")
"""How often; Perl writes very large numbers as 1.8e+19."""


def _reached(text: str) -> bool | None:
    """Whether a count is more than nothing; None if it is no count."""
    return float(text) > 0 if _COUNT.fullmatch(text) else None


def _agrees(rate: str, share: Share) -> bool:
    """Whether a rate is that share, as exactly as it is written; tools round it, or cut it off."""
    match = re.fullmatch(r"\d{1,3}(?:\.(\d{1,20}))?([eE]-\d{1,2})?", rate)
    if match is None:
        return False
    # 0.95 may be all that is left of 0.9543; where four digits or more are written, four are meant.
    digits = 4 if match[2] else min(max(len(match[1] or ""), 2), 4)
    tolerance = Fraction(1, 10**digits)
    return abs(Fraction(rate) - Fraction(share.covered, share.valid)) <= tolerance


# ------------------------------------------------------------------------------ LCOV

_PASSED_OVER = frozenset({"TN", "VER", "FN", "FNDA", "FNL", "FNA", "FNF", "FNH", "MCDC", "MCF", "MCH", "BA"})
"""Records of functions, conditions and what else is not judged (geninfo(1); ``BA`` is Bazel's)."""
_SUMS = {
    "LF": ("lines", "valid"),
    "LH": ("lines", "covered"),
    "BRF": ("branches", "valid"),
    "BRH": ("branches", "covered"),
}
_RECORDS = _PASSED_OVER | _SUMS.keys() | {"SF", "DA", "BRDA"}
_DA = re.compile(r"(\d{1,12}),([^,]+)(?:,[^,]*)?")
_BRDA = re.compile(r"(\d{1,12}),([ef]*U?)(\d{1,9}),(.+),([^,]+)")
"""e is for exception, f for fall through, U for unreachable; a branch may be an expression with commas."""


def _lcov(text: str) -> Report:
    """A tracefile, as geninfo(1) describes it."""
    report = Report()
    sources: dict[str, Source] = {}
    section: Report | None = None
    sums: dict[str, int] = {}
    for n, line in enumerate(text.split("\n"), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line == "end_of_record":
            if section is None:
                raise EvidenceError(f"a section ends that did not begin (line {n})")
            _end(report, sources, section, sums)
            section, sums = None, {}
            continue
        record, colon, value = line.partition(":")
        if not colon or record not in _RECORDS:
            raise EvidenceError(f"{line[:40]!r} is no record of an LCOV tracefile (line {n})")
        if record == "SF":
            if section is not None:
                raise EvidenceError(f"a section begins within another (line {n}): end_of_record is missing")
            section = Report(sources=[Source(path=value.strip())])
        elif record not in ("TN", "VER"):
            if section is None:
                raise EvidenceError(f"{record} stands outside of a section (line {n})")
            _record(section.sources[0], sums, record, value, n)
    if section is not None:
        raise EvidenceError(f"it ends within the section of {section.sources[0].path[:200]}: it was cut off")
    if not sources:
        raise EvidenceError("no source file is in it", Outcome.VOID)
    report.sources = list(sources.values())
    return report


def _record(source: Source, sums: dict[str, int], record: str, value: str, n: int) -> None:
    if record == "DA":
        match = _DA.fullmatch(value)
        if match is None or (hit := _reached(match[2])) is None:
            raise EvidenceError(f"{record}:{value[:40]} cannot be understood (line {n})")
        source.lines.append((int(match[1]), hit))
    elif record == "BRDA":
        match = _BRDA.fullmatch(value)
        if match is None or (hit := False if match[5] == "-" else _reached(match[5])) is None:
            raise EvidenceError(f"{record}:{value[:40]} cannot be understood (line {n})")
        if "U" not in match[2]:
            source.branches.append(((int(match[1]), match[3], match[4]), int(hit), 1))
    elif record in _SUMS:
        if not re.fullmatch(r"\d{1,12}", value):
            raise EvidenceError(f"{record}:{value[:40]} cannot be understood (line {n})")
        sums[record] = int(value)


def _end(report: Report, sources: dict[str, Source], section: Report, sums: Mapping[str, int]) -> None:
    """Close a section: what it states is compared, and several of one file (one a test) are put together."""
    found = section.sources[0]
    for metric in METRICS:
        stated = {part: sums.get(key) for key, (of, part) in _SUMS.items() if of == metric}
        if any(v is not None for v in stated.values()):
            section.compare(metric, stated, "", f"states for {found.path[:200]}")
            report.faults[metric] = report.faults[metric] or section.faults[metric]
    known = sources.setdefault(found.path, found)
    if known is not found:
        known.lines += found.lines
        known.branches += found.branches


# ------------------------------------------------------------------------- Cobertura


def _cobertura(data: bytes) -> Report:
    parser = make_parser()
    # Most tools name the DTD. It is not fetched: external entities, as which it counts, are off. Any entity
    # that the file itself declares is refused.
    parser.forbid_dtd = False
    parser.forbid_entities = True
    parser.forbid_external = False
    parser.setFeature(feature_external_ges, False)
    parser.setFeature(feature_external_pes, False)
    handler = _Handler(parser)
    parser.setContentHandler(handler)
    parser.setProperty(property_lexical_handler, _Comments(handler.report))
    try:
        parser.feed(data)
        parser.close()
    except EvidenceError:
        raise
    except defusedxml.DefusedXmlException as error:
        raise EvidenceError("it declares entities, which is refused") from error
    except xml.sax.SAXParseException as error:
        raise EvidenceError(f"not XML: {error.getMessage()} (line {error.getLineNumber()})") from error
    except (LookupError, ValueError) as error:
        raise EvidenceError(f"not XML: {error}") from error
    return handler.finished()


class _Comments:
    """coverage.py says in a comment what it is, and in ``version`` only which one."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def comment(self, text: str) -> None:
        if text.strip().startswith("Generated by coverage.py"):
            self._report.tool = "coverage.py"

    def _nothing(self, *_: object) -> None:
        """What else a parser tells."""

    startDTD = endDTD = startCDATA = endCDATA = startEntity = endEntity = _nothing


_PATHS = (
    "coverage",
    "coverage/sources/source",
    "coverage/packages/package/classes/class/lines/line/conditions/condition",
    "coverage/packages/package/classes/class/methods/method/lines/line/conditions/condition",
)
"""Every element of Cobertura by the path to it, and what stands around it (coverage-04.dtd)."""
_KNOWN = frozenset("/".join(p.split("/")[:n]) for p in _PATHS for n in range(1, p.count("/") + 2))
_LINE = "coverage/packages/package/classes/class/lines/line"
_METHOD_LINE = "coverage/packages/package/classes/class/methods/method/lines/line"


class _Handler(ContentHandler):
    """Builds a :class:`Report` from the elements of a file as they pass."""

    def __init__(self, locator: Locator) -> None:
        super().__init__()
        self.report = Report()
        self._locator = locator
        self._path: list[str] = []
        self._totals: dict[str, str] = {}
        self._package = ""
        self._sources: dict[str, Source] = {}
        self._own: Source | None = None
        """Lines that stand in the class itself."""
        self._of_methods: Source | None = None
        """Lines that stand in its methods. Most tools write them in the class as well."""

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        self._path.append(name.rpartition(":")[2])
        path = "/".join(self._path)
        if path not in _KNOWN:
            what = "its root element is" if len(self._path) == 1 else f"in <{self._path[-2]}> stands"
            raise EvidenceError(f"{what} <{name[:40]}>, which is not Cobertura{self._line()}")
        if path == "coverage":
            self._totals = dict(attrs.items())
        elif name == "package":
            self._package = attrs.get("name", "")
        elif name == "class":
            if (file := attrs.get("filename")) is None:
                raise EvidenceError(f"a class has no filename{self._line()}")
            self._own, self._of_methods = Source(path=file), Source(path=file)
        elif path == _LINE:
            self._listed(self._own, attrs)
        elif path == _METHOD_LINE:
            self._listed(self._of_methods, attrs)

    def endElement(self, name: str) -> None:
        if self._path.pop() != "class":
            return
        assert self._own is not None
        assert self._of_methods is not None
        found = self._own if self._own.lines else self._of_methods
        known = self._sources.setdefault(found.path, Source(path=found.path))
        known.packages.add(self._package)
        known.lines += found.lines
        known.branches += found.branches
        known.of_methods += self._of_methods.lines

    def _listed(self, source: Source | None, attrs: AttributesImpl) -> None:
        assert source is not None  # a line stands in a class
        number, hits = attrs.get("number", ""), attrs.get("hits", "")
        if not re.fullmatch(r"\d{1,9}", number) or (hit := _reached(hits)) is None:
            raise EvidenceError(f"number={number[:40]!r} hits={hits[:40]!r} is no line{self._line()}")
        source.lines.append((int(number), hit))
        condition = attrs.get("condition-coverage", "").strip()
        if not condition:
            if attrs.get("branch", "").casefold() == "true":
                self._branch_fault("says that it has branches, and not how many")
            return
        match = re.fullmatch(r"[\d.,]{1,20} ?% ?\((\d{1,9})/(\d{1,9})\)", condition)
        if match is None or int(match[1]) > int(match[2]):
            self._branch_fault(f"says condition-coverage={condition[:40]!r}")
            return
        source.branches.append((int(number), int(match[1]), int(match[2])))

    def _branch_fault(self, what: str) -> None:
        self.report.faults["branches"] = (
            self.report.faults["branches"] or f"has a line that {what}{self._line()}"
        )

    def finished(self) -> Report:
        """The report, when all of the file has passed."""
        report = self.report
        report.sources = list(self._sources.values())
        for metric in METRICS:
            stated = {part: self._number(f"{metric}-{part}") for part in ("covered", "valid")}
            rate = self._totals.get("branch-rate" if metric == "branches" else "line-rate", "").strip()
            if not report.faults[metric]:
                report.compare(metric, stated, rate, "states")
        version = self._totals.get("version", "").strip()
        if report.tool or re.match("[A-Za-z]", version):  # gcovr and others write their name into it
            report.tool = f"{report.tool} {version}".strip()[:80]
        report.date = _date(self._totals.get("timestamp", "").strip())
        return report

    def _number(self, key: str) -> int | None:
        text = self._totals.get(key, "").strip()
        if text and not re.fullmatch(r"\d{1,12}", text):
            raise EvidenceError(f"{key}={text[:40]!r} is not a number")
        return int(text) if text else None

    def _line(self) -> str:
        return f" (line {self._locator.getLineNumber()})"


def _date(stamp: str) -> str:
    """The time of a ``timestamp``: seconds since 1970, or thousandths of them, which no year confuses."""
    if not re.fullmatch(r"\d{9,13}", stamp):
        return ""
    seconds = int(stamp) // (1000 if len(stamp) > 11 else 1)
    when = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return when.strftime("%Y-%m-%dT%H:%M:%SZ") if when.year >= 2000 else ""
