"""Static analysis and scans in SARIF 2.1.0: did the tool run with rules, and what did it find?

As the specification of OASIS says it (numbers such as 3.27.10 are its sections): defaults of
kind, level and rank come from the rule and from overrides of the invocation. Only what decides
is checked, not the whole schema. A run that failed or shows no rule at all proves nothing,
however few results it has. Messages are not read.
"""

from __future__ import annotations

import datetime
import fnmatch
import re
from collections import Counter
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeGuard

from sphinx_cra.evidence import jsonfile
from sphinx_cra.evidence.junit import patterns
from sphinx_cra.evidence.reader import EvidenceError, refuted
from sphinx_cra.model import Outcome, Verdict
from sphinx_cra.words import did_you_mean, listed, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sphinx_cra.evidence.reader import Claim, Exhibit

max_bytes: int | None = 64 * 1024 * 1024

LEVELS = ("error", "warning", "note", "none")
"""What a level may be, worst first (3.27.10). The last is no severity, so no threshold reaches it."""
THRESHOLDS = LEVELS[:-1]
DEFAULT = "warning"
"""Lowest level that counts where the author says none: what SARIF gives to a result without one (3.27.10)."""

_KINDS = ("fail", "pass", "open", "review", "informational", "notApplicable")
_UNDECIDED = ("open", "review")
"""Kinds of a rule that was evaluated and whose answer a person still has to give (3.27.9)."""
_STATES = ("new", "unchanged", "updated", "absent")
_STATUSES = ("accepted", "underReview", "rejected")
_ELSEWHERE = ("results", "invocations", "driver", "extensions", "conversion")
"""What decides and may stand in other files (3.15.3)."""
_NAMED = 3
"""How many results a reason names."""
_TIME = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z?)?")

JsonObject = dict[str, Any]
Names = tuple[str, ...]
"""What a rule can be selected by."""
Spot = tuple[int, int]
"""Where a rule is declared: which component of the tool (the driver is 0), and which of its rules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of a tool, as its run lists it."""

    id: str
    name: str = ""
    enabled: bool = True
    """Whether it was checked in this run; false only where no invocation enabled it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One result, with everything resolved that it leaves to defaults."""

    rule: str
    """Id as the result states it, which may be longer than that of the rule: ``CA5350/md5``."""
    names: Names
    """What it can be selected by: its own id and the id and name of its rule."""
    kind: str
    level: str
    rank: float
    place: str
    """File and line, empty where it has none."""
    state: str
    """``baselineState``; empty where there is no baseline."""
    suppressed: bool
    pending: str
    """The status of a suppression that does not hold: ``underReview`` or ``rejected``."""

    def __str__(self) -> str:
        return " in ".join(filter(None, (_plain(self.rule) or "a result without a rule", self.place)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of one tool."""

    name: str
    version: str
    rules: tuple[Rule, ...]
    results: tuple[Result, ...]
    failure: str
    """Why it did not do what it was started for; empty if it did."""
    fault: str
    """How it contradicts itself."""
    unread: str
    """What of it stands in other files."""
    refuses_without_rules: bool
    """Whether it is known of the tool that it writes nothing when it has no rules."""
    date: str
    revisions: tuple[str, ...]

    @property
    def tool(self) -> str:
        return _plain(f"{self.name} {self.version}")


@dataclass(slots=True)
class _Chosen:
    """What a claim looks at in one run."""

    run: Run
    results: list[Result]
    rules: list[Rule]
    named: Mapping[str, set[Names]]
    """Patterns that name its rules, and the names that they match; empty where the whole run is meant."""


# --------------------------------------------------------------------------- judging


def judge(claim: Claim, exhibits: Sequence[Exhibit]) -> Verdict:
    """What the selected runs and rules found.

    ``threshold`` is the lowest level that counts as failed; ``select`` holds names of tools and ids
    of rules.
    """
    threshold = _threshold(claim.fields.get("threshold", DEFAULT))
    runs: list[Run] = [run for exhibit in exhibits for run in exhibit.content]
    where = exhibits[0].path if len(exhibits) == 1 else f"{len(exhibits)} files"
    chosen, lost = _selected(runs, patterns(claim.select))
    outcome, reason = _decided(chosen, lost, threshold, where)
    if outcome is Outcome.MISSING:
        reason += _hint(lost[0], runs)
    dates = [c.run.date for c in chosen]
    revisions = {r for c in chosen for r in c.run.revisions or ("",)}
    return Verdict(
        outcome=outcome,
        reason=reason,
        counts=_counts(r for c in chosen for r in c.results),
        tool=", ".join(sorted({c.run.tool for c in chosen})),
        # One run without a date may be older than all others.
        date=min(dates, key=_moment) if dates and all(dates) else "",
        # A scan of several revisions is not about one of them.
        subject=revisions.pop() if len(revisions) == 1 else "",
        refuted=refuted(
            re.sub(r":\d+$", "", str(r)) for c in chosen for r in c.results if _counts_as(r, _from(threshold))
        ),
    )


def _threshold(stated: str) -> str:
    level = stated.strip().casefold()
    if level not in THRESHOLDS:
        hint = did_you_mean(nearest(level, THRESHOLDS, n=1))
        raise EvidenceError(
            f"the threshold {stated[:40]!r} is not error, warning or note" + (f"; {hint}" if hint else "")
        )
    return level


def _from(threshold: str) -> Sequence[str]:
    return THRESHOLDS[: THRESHOLDS.index(threshold) + 1]


def _decided(
    chosen: Sequence[_Chosen], lost: Sequence[str], threshold: str, where: str
) -> tuple[Outcome, str]:
    levels = _from(threshold)
    faults = [f"{c.run.tool} in {where} {c.run.fault}" for c in chosen if c.run.fault]
    unread = [f"{c.run.tool} in {where} {c.run.unread}" for c in chosen if c.run.unread]
    idle = [f"{c.run.tool} in {where} {why}" for c in chosen if (why := _idle(c))]
    results = [r for c in chosen for r in c.results]
    found = [r for r in results if _counts_as(r, levels)]
    if found:  # a finding that is seen is not hidden by anything else
        found.sort(key=lambda r: (LEVELS.index(r.level), -r.rank))
        named = listed([f"{r.level} {r}" for r in found], _NAMED)
        what = f"{_number(len(found), 'result')} of level {_or_above(threshold)} in {where}: {named}"
        lost_too = [f"nothing matches {listed([repr(p) for p in lost], _NAMED)}"] if lost else []
        return Outcome.FAILED, "; ".join([what, *_asides(results, levels), *lost_too, *faults[:1], *idle[:1]])
    if lost:
        return Outcome.MISSING, f"nothing in {where} matches {listed([repr(p) for p in lost], _NAMED)}"
    if faults:
        return Outcome.UNREADABLE, listed(faults, _NAMED)
    if idle:
        return Outcome.VOID, listed(idle, _NAMED)
    if unread:
        return Outcome.UNCHECKED, listed(unread, _NAMED)
    undecided = [r for r in results if r.kind in _UNDECIDED and _stands(r)]
    if undecided:
        named = listed([f"{r.kind} {r}" for r in undecided], _NAMED)
        what = f"{_number(len(undecided), 'result')} in {where} left to be decided by a person: {named}"
        return Outcome.UNCHECKED, "; ".join([what, *_asides(results, levels)])
    tools = listed(list(dict.fromkeys(c.run.tool for c in chosen)), _NAMED)
    what = f"{tools} found nothing of level {_or_above(threshold)} in {where}"
    return Outcome.VALID, "; ".join([what, *_asides(results, levels)])


def _stands(result: Result) -> bool:
    """Whether the tool found it in this run, and nobody accepted it."""
    return not result.suppressed and result.state != "absent"


def _counts_as(result: Result, levels: Sequence[str]) -> bool:
    return result.kind == "fail" and result.level in levels and _stands(result)


def _idle(chosen: _Chosen) -> str:
    """Why a run, or what is selected of it, shows that nothing was evaluated; empty if something was."""
    run = chosen.run
    if run.failure:
        return run.failure
    present = [r for r in chosen.results if r.state != "absent"]
    evaluated = {r.names for r in present if r.kind != "notApplicable"}
    passed_over = {name for r in present if r.kind == "notApplicable" for name in r.names}
    quiet = {_named(rule) for rule in chosen.rules if rule.enabled and rule.id not in passed_over}
    for pattern, names in chosen.named.items():
        if names.isdisjoint(evaluated) and names.isdisjoint(quiet):
            return f"did not evaluate {pattern!r}: disabled, not applicable or only in the baseline"
    if chosen.named or run.unread or evaluated or quiet:
        return ""
    if present:
        return "evaluated nothing: no rule was applicable"
    if run.refuses_without_rules:
        return ""
    if run.rules:
        return f"has {_number(len(run.rules), 'rule')}, and none is enabled"
    return "names no rule and has no result, so nothing shows that any rule was loaded"


def _asides(results: Iterable[Result], levels: Sequence[str]) -> list[str]:
    """What is not counted, in words."""
    results = list(results)
    below = Counter(r.level for r in results if r.kind == "fail" and _stands(r) and r.level not in levels)
    told = [f"{below[x]} {'without severity' if x == 'none' else x}" for x in LEVELS if below[x]]
    suppressed = sum(r.suppressed for r in results)
    pending = Counter(r.pending for r in results)
    notes = [f"below: {', '.join(told)}"] if told else []
    notes += [f"{suppressed} suppressed"] if suppressed else []
    notes += [f"{pending[s]} with a suppression {said}" for s, said in _PENDING.items() if pending[s]]
    return notes


_PENDING = {"underReview": "under review", "rejected": "that was rejected"}
"""Status of a suppression that does not hold, and how a reason says it."""


def _counts(results: Iterable[Result]) -> Mapping[str, int]:
    found: Counter[str] = Counter()
    for r in results:
        if r.state == "absent":
            found["absent"] += 1
        elif r.suppressed:
            found["suppressed"] += 1
        else:
            found[r.level if r.kind == "fail" else r.kind] += 1
            found[r.pending] += 1
    rest = ("none", *_KINDS[1:], "suppressed", "underReview", "rejected", "absent")
    counts = {level: found[level] for level in THRESHOLDS} | {k: found[k] for k in rest if found[k]}
    return MappingProxyType(counts)


def _number(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"


def _or_above(threshold: str) -> str:
    return threshold if threshold == THRESHOLDS[0] else f"{threshold} or above"


def _moment(stamp: str) -> tuple[datetime.datetime, str]:
    when = datetime.datetime.fromisoformat(stamp)
    return (when if when.tzinfo else when.replace(tzinfo=datetime.UTC)), stamp


# --------------------------------------------------------------------------- selecting


def _selected(runs: Sequence[Run], wanted: Sequence[str]) -> tuple[list[_Chosen], list[str]]:
    """What the patterns name, and the patterns that name nothing."""
    if not wanted:
        return [_Chosen(run, list(run.results), list(run.rules), {}) for run in runs], []
    chosen = []
    hit: set[str] = set()
    for run in runs:
        whole = [p for p in wanted if _match(p, run.name)]
        known = {r.names for r in run.results} | {_named(rule) for rule in run.rules}
        named = {p: {n for n in known if _matches(p, run, n)} for p in wanted if p not in whole}
        named = {p: names for p, names in named.items() if names}
        hit.update(whole, named)
        if whole:
            chosen.append(_Chosen(run, list(run.results), list(run.rules), named))
        elif named:
            # A result that names no rule may be of any.
            within = {()}.union(*named.values())
            results = [r for r in run.results if r.names in within]
            chosen.append(_Chosen(run, results, [r for r in run.rules if _named(r) in within], named))
    return chosen, [p for p in wanted if p not in hit]


def _named(rule: Rule) -> Names:
    return rule.id, rule.name


def _matches(pattern: str, run: Run, names: Names) -> bool:
    """Whether a pattern is one of these names, or the beginning of a hierarchical one (3.5.4)."""
    if any(_match(pattern, name) or _match(f"{pattern}/*", name) for name in names):
        return True
    tool, separator, rest = pattern.partition("::")
    return bool(separator) and _match(tool, run.name) and any(_match(rest, n) for n in names)


def _match(pattern: str, name: str) -> bool:
    return pattern == name or fnmatch.fnmatchcase(name, pattern.replace("[", "[[]"))


def _hint(pattern: str, runs: Iterable[Run]) -> str:
    names = {run.name for run in runs}
    for run in runs:
        names.update(*map(_named, run.rules), *{r.names for r in run.results})
    near = nearest(pattern.rpartition("::")[2], sorted(names - {""}), n=1)
    if near:
        return f"; {did_you_mean([repr(near[0])])}"
    if any(not run.rules for run in runs):
        return "; it does not list its rules, so a rule without a result cannot be selected"
    return ""


# --------------------------------------------------------------------------- reading


def parse(data: bytes) -> tuple[Run, ...]:
    """The runs of a log file, in its order."""
    log = jsonfile.load(data)
    if not isinstance(log, dict) or not isinstance(version := log.get("version"), str):
        raise EvidenceError("it is no SARIF log: there is no version")
    if version != "2.1.0":
        raise EvidenceError(f"it is SARIF {version[:40]}; only 2.1.0 is read")
    if "runs" not in log:
        raise EvidenceError("it is no SARIF log: there are no runs")
    if log["runs"] is None:
        raise EvidenceError("its runs are null: its writer failed to get them", Outcome.VOID)
    inline = bool(_objects(log, "inlineExternalProperties", "the log"))
    if not (runs := _objects(log, "runs", "the log")):
        raise EvidenceError("it holds no run of a tool", Outcome.VOID)
    return tuple(_Reader(run, f"run {n}", inline=inline).read() for n, run in enumerate(runs, 1))


def _objects(owner: JsonObject, key: str, what: str) -> list[JsonObject]:
    """An array of objects; absent and null are an empty one."""
    value = owner.get(key)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
        raise EvidenceError(f"{key} of {what} is not an array of objects")
    return value


def _object(owner: JsonObject, key: str, what: str) -> JsonObject:
    value = owner.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise EvidenceError(f"{key} of {what} is not an object")
    return value


def _text(owner: JsonObject, key: str, what: str) -> str:
    value = owner.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise EvidenceError(f"{key} of {what} is not a string")
    return value


def _index(owner: JsonObject, key: str, what: str) -> int | None:
    """An array index; -1 says the same as nothing (3.7.4)."""
    value = owner.get(key)
    if value is None or (value == -1 and not isinstance(value, bool)):
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise EvidenceError(f"{key} of {what} is not an index")
    return value


def _word(owner: JsonObject, key: str, what: str, known: Sequence[str]) -> str:
    word = _text(owner, key, what)
    if word and word not in known:
        raise EvidenceError(f"{key} of {what} is {word[:40]!r}, which SARIF does not know")
    return word


class _Descriptors:
    """The rules, or the notifications, that the components of a tool declare."""

    def __init__(self, components: Sequence[JsonObject], key: str) -> None:
        self.lists = [_objects(c, key, "a tool component") for c in components]
        self._guids = [_text(c, "guid", "a tool component").casefold() for c in components]
        self._by: dict[str, dict[str, list[Spot]]] = {"id": {}, "guid": {}}
        for component, declared in enumerate(self.lists):
            for n, descriptor in enumerate(declared):
                self._by["id"].setdefault(_text(descriptor, "id", "a rule"), []).append((component, n))
                if guid := _text(descriptor, "guid", "a rule").casefold():
                    self._by["guid"].setdefault(guid, []).append((component, n))

    def __getitem__(self, spot: Spot) -> JsonObject:
        return self.lists[spot[0]][spot[1]]

    def spots(self, reference: JsonObject) -> list[Spot]:
        """What a reference names (3.52.3): one, or none, or several where an id is not unique.

        :raises _ContradictionError: if there is no such thing.
        """
        component = self._component(_object(reference, "toolComponent", "a reference"))
        name = _text(reference, "id", "a reference")
        if (index := _index(reference, "index", "a reference")) is not None:
            spot = (component or 0, index)
            if index >= len(self.lists[spot[0]]):
                raise _ContradictionError(f"refers to rule {index} of {len(self.lists[spot[0]])}")
            known = _text(self[spot], "id", "a rule")
            if name and known and name != known and not name.startswith(f"{known}/"):
                raise _ContradictionError(f"says {_plain(name)} and refers to the rule {_plain(known)}", spot)
            return [spot]
        guid = _text(reference, "guid", "a reference").casefold()
        # Many tools give the id alone. That it does not take part in looking up is only a note (3.52.4), and
        # a rule that is an error would count as a warning.
        for by, word in (("guid", guid), ("id", name)):
            while word:
                found = [s for s in self._by[by].get(word, ()) if component in (None, s[0])]
                if found:
                    return found
                word = word.rpartition("/")[0]
        return []

    def _component(self, reference: JsonObject) -> int | None:
        """The component that is meant (3.54.2): 0 is the driver; None where nothing is said."""
        if (index := _index(reference, "index", "a tool component")) is not None:
            if index + 1 >= len(self.lists):
                raise _ContradictionError(f"refers to extension {index} of {len(self.lists) - 1}")
            return index + 1
        if guid := _text(reference, "guid", "a tool component").casefold():
            if guid not in self._guids:
                raise _ContradictionError(f"refers to a tool component {guid[:40]} that there is not")
            return self._guids.index(guid)
        return None

    def changes(self, invocation: JsonObject, key: str) -> Mapping[Spot, JsonObject]:
        """What an invocation configured otherwise than by default (3.51)."""
        found = {}
        for override in _objects(invocation, key, "an invocation"):
            configuration = _object(override, "configuration", "an override")
            for spot in self.spots(_object(override, "descriptor", "an override")):
                found[spot] = configuration
        return found

    def settings(self, key: str, spots: Iterable[Spot], changes: Mapping[Spot, JsonObject]) -> Iterator[Any]:
        """What these have as their level, rank, ...: changed, or by default; nothing where neither says it.

        The indentation of 3.27.10 lets a default count only where there is no invocation; its comments say
        what is meant: wherever nothing was changed.
        """
        for spot in spots:
            default = _object(self[spot], "defaultConfiguration", "a rule")
            for configuration in (changes.get(spot, {}), default):
                if configuration.get(key) is not None:
                    yield configuration[key]
                    break


class _Reader:
    """Reads one run; holds what its results refer to."""

    def __init__(self, run: JsonObject, what: str, *, inline: bool) -> None:
        self.run = run
        self.what = what
        self.inline = inline
        self.fault = ""
        tool = _object(run, "tool", what)
        self.driver = _object(tool, "driver", what)
        if not (name := _text(self.driver, "name", f"the tool of {what}").strip()):
            raise EvidenceError(f"{what} does not name its tool")
        self.name = name
        components = [self.driver, *_objects(tool, "extensions", what)]
        self.rules = _Descriptors(components, "rules")
        self.notifications = _Descriptors(components, "notifications")
        self.invocations = _objects(run, "invocations", what)
        self.changes = [self._changes(i, "ruleConfigurationOverrides") for i in self.invocations]

    def read(self) -> Run:
        unread, failure = self._unread(), self._failure()
        results = self.run.get("results")
        if results is None and not unread and not failure:
            failure = "has no results, not even an empty list, so it did not begin to analyse"  # 3.14.23
        return Run(
            name=self.name,
            version=_text(self.driver, "semanticVersion", self.what)
            or _text(self.driver, "version", self.what),
            rules=tuple(self._rules()),
            results=tuple(
                self._result(r, n) for n, r in enumerate(_objects(self.run, "results", self.what), 1)
            ),
            failure=failure,
            unread=unread,
            refuses_without_rules=_refuses_without_rules(self.name, self.run),
            date=self._date(),
            revisions=tuple(self._revisions()),
            fault=self.fault,
        )

    def _note(self, contradiction: _ContradictionError, what: str) -> None:
        self.fault = self.fault or f"contradicts itself: {what} {contradiction}"

    def _changes(self, invocation: JsonObject, key: str) -> Mapping[Spot, JsonObject]:
        descriptors = self.rules if key.startswith("rule") else self.notifications
        try:
            return descriptors.changes(invocation, key)
        except _ContradictionError as contradiction:
            self._note(contradiction, "an override")
            return {}

    def _unread(self) -> str:
        outside = _object(self.run, "externalPropertyFileReferences", self.what)
        if parts := [part for part in _ELSEWHERE if outside.get(part)]:
            return f"keeps its {listed(parts)} in other files, which are not read"
        return (
            "may keep parts outside of the run (inlineExternalProperties), which are not read"
            if self.inline
            else ""
        )

    # ------------------------------------------------------------------ did it run

    def _failure(self) -> str:
        for invocation in self.invocations:
            if why := self._failed(invocation, self.notifications):
                return why
        conversion = _object(self.run, "conversion", self.what)
        if invocation := _object(conversion, "invocation", self.what):
            tool = _object(conversion, "tool", "the conversion")
            components = [
                _object(tool, "driver", "the conversion"),
                *_objects(tool, "extensions", "the conversion"),
            ]
            if why := self._failed(invocation, _Descriptors(components, "notifications")):
                return f"was converted to SARIF by a tool that {why}"
        return ""

    def _failed(self, invocation: JsonObject, descriptors: _Descriptors) -> str:
        what = f"an invocation of {self.what}"
        if _text(invocation, "processStartFailureMessage", what):
            return "did not start"
        if not isinstance(successful := invocation.get("executionSuccessful"), bool):
            raise EvidenceError(f"executionSuccessful of {what} is neither true nor false")
        if not successful:
            return "did not run successfully"
        for key in ("toolExecutionNotifications", "toolConfigurationNotifications"):
            notifications = _objects(invocation, key, what)
            errors = [n for n in notifications if self._level(n, invocation, descriptors) == "error"]
            if errors:  # in either they mean that the run failed (3.20.21, 3.20.22), whatever else it says
                place = next(filter(None, map(_place, errors)), "")
                return f"reports {_number(len(errors), 'error')} of its own" + (
                    f", the first in {place}" if place else ""
                )
        return ""

    def _level(self, notification: JsonObject, invocation: JsonObject, descriptors: _Descriptors) -> str:
        """The level of a notification (3.58.6)."""
        if level := _word(notification, "level", "a notification", LEVELS):
            return level
        try:
            spots = descriptors.spots(_object(notification, "descriptor", "a notification"))
            changes = descriptors.changes(invocation, "notificationConfigurationOverrides")
        except _ContradictionError as contradiction:
            self._note(contradiction, "a notification")
            return "warning"
        return _worst(descriptors.settings("level", spots, changes))

    def _date(self) -> str:
        """When the last of the invocations ended, or began; nothing if one of them does not say it."""
        stamps = [_time(i.get("endTimeUtc")) or _time(i.get("startTimeUtc")) for i in self.invocations]
        return max(stamps, key=_moment) if stamps and all(stamps) else ""

    def _revisions(self) -> Iterator[str]:
        for details in _objects(self.run, "versionControlProvenance", self.what):
            if revision := _text(details, "revisionId", self.what).strip():
                yield revision

    # ---------------------------------------------------------- rules and results

    def _rules(self) -> Iterator[Rule]:
        for component, declared in enumerate(self.rules.lists):
            for n, rule in enumerate(declared):
                spot = (component, n)
                # Of several invocations one that checked it is enough.
                settings = [
                    next(self.rules.settings("enabled", [spot], c), True) for c in self.changes or [{}]
                ]
                if not all(isinstance(s, bool) for s in settings):
                    raise EvidenceError(f"enabled of a rule of {self.what} is neither true nor false")
                if name := _text(rule, "id", "a rule"):  # what has none, as it has to (3.49.3), shows nothing
                    yield Rule(id=name, name=_text(rule, "name", "a rule"), enabled=any(settings))

    def _result(self, result: JsonObject, n: int) -> Result:
        what = f"result {n} of {self.what}"
        rule, spots = self._rule(result, what)
        kind = _word(result, "kind", what, _KINDS) or "fail"
        level = _word(result, "level", what, LEVELS)
        rank = result.get("rank")
        if kind != "fail":
            if level not in ("", "none"):
                self._note(_ContradictionError(f"is of kind {kind} and of level {level}"), what)
            level, rank = "none", None
        else:
            changes = self._changes_of(result, what)
            level = level or _worst(self.rules.settings("level", spots, changes))
            if rank is None:
                rank = max(filter(_is_rank, self.rules.settings("rank", spots, changes)), default=None)
        held, pending = _suppression(result, what)
        names = [rule, *(_text(self.rules[s], key, "a rule") for s in spots for key in ("id", "name"))]
        return Result(
            rule=rule or next(filter(None, names), ""),
            names=tuple(dict.fromkeys(filter(None, names))),
            kind=kind,
            level=level,
            rank=rank if _is_rank(rank) else -1.0,
            place=_place(result),
            state=_word(result, "baselineState", what, _STATES),
            suppressed=held,
            pending=pending,
        )

    def _rule(self, result: JsonObject, what: str) -> tuple[str, list[Spot]]:
        """The id of the rule of a result, and where its description is (3.27.5 to 3.27.7)."""
        reference = dict(_object(result, "rule", what))
        name, index = _text(result, "ruleId", what), _index(result, "ruleIndex", what)
        own, own_index = _text(reference, "id", what), _index(reference, "index", what)
        try:
            if (name and own and name != own) or (None not in (index, own_index) and index != own_index):
                raise _ContradictionError("says two different things of its rule")
            reference |= {"id": own or name, "index": index if own_index is None else own_index}
            return own or name, self.rules.spots(reference)
        except _ContradictionError as contradiction:
            self._note(contradiction, what)
            return own or name, contradiction.spots

    def _changes_of(self, result: JsonObject, what: str) -> Mapping[Spot, JsonObject]:
        """What the invocation that detected a result had configured (3.48.6)."""
        index = _index(_object(result, "provenance", what), "invocationIndex", what)
        if index is None:
            return self.changes[0] if len(self.changes) == 1 else {}
        if index >= len(self.changes):
            self._note(_ContradictionError(f"refers to invocation {index} of {len(self.changes)}"), what)
            return {}
        return self.changes[index]


class _ContradictionError(Exception):
    """What a run says in two ways; it goes on to be read, so that what it found is seen.

    :param spots: the rule that is referred to, whatever its name: it may be an error.
    """

    def __init__(self, what: str, *spots: Spot) -> None:
        super().__init__(what)
        self.spots = list(spots)


def _worst(levels: Iterable[Any]) -> str:
    found = list(levels)
    for level in found:
        if level not in LEVELS:
            raise EvidenceError(f"the level {str(level)[:40]!r} of a rule is none that SARIF knows")
    return min(found, key=LEVELS.index, default="warning")


def _is_rank(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 100


def _suppression(result: JsonObject, what: str) -> tuple[bool, str]:
    """Whether a result is suppressed, and the status of a suppression that does not hold.

    Each has to hold, as SARIF SDK reads it; one without a status does. The specification (3.27.23) only
    says to look at them, and a sample of its editors takes one that holds for enough.
    """
    found = [
        _word(s, "status", f"a suppression of {what}", _STATUSES) or "accepted"
        for s in _objects(result, "suppressions", what)
    ]
    pending = next((status for status in _PENDING if status in found), "")
    return bool(found) and not pending, pending


def _place(result: JsonObject) -> str:
    """File and line, where they are as usual; nothing rests on them."""
    found: Any = result.get("locations")
    found = found[0] if isinstance(found, list) and found else None
    found = found.get("physicalLocation") if isinstance(found, dict) else None
    if not isinstance(found, dict):
        return ""
    file, region = found.get("artifactLocation"), found.get("region")
    uri = file.get("uri") if isinstance(file, dict) else None
    line = region.get("startLine") if isinstance(region, dict) else None
    if not isinstance(uri, str):
        return ""
    return _plain(uri) + (f":{line}" if isinstance(line, int) else "")


def _plain(text: str) -> str:
    return " ".join(text.split())[:200]


def _time(stamp: Any) -> str:
    """A date or time as 3.9 writes it; nothing for anything else."""
    if not isinstance(stamp, str) or not _TIME.fullmatch(stamp):
        return ""
    for text in (stamp, stamp[:10]):  # 24:00 and the leap second are allowed, and Python knows neither
        try:
            datetime.datetime.fromisoformat(text)
        except ValueError:
            continue
        return text
    return ""


def _refuses_without_rules(name: str, run: JsonObject) -> bool:
    """Whether a run without rules and results is one of a tool that is known to write none in vain.

    Bandit lists only rules that found something, but ends without a report where no test is
    chosen, and counts the lines that it looked at.
    """
    lines: Any = run.get("properties")
    for key in ("metrics", "_totals", "loc"):
        lines = lines.get(key) if isinstance(lines, dict) else None
    return name == "Bandit" and isinstance(lines, int) and lines > 0
