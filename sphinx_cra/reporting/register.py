"""The register of reports made: ``cra-reports.yaml`` -> cases, each with its clocks.

Holds who, when and under which number, and no detail of a vulnerability or an incident: it is shown
in the technical file. An empty register says that no report is recorded, never that nothing happened.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sphinx_cra import datafile
from sphinx_cra.datafile import DataError, DataFile, Fault
from sphinx_cra.model import Place
from sphinx_cra.reporting import REPORTS, content
from sphinx_cra.reporting.answers import Reader
from sphinx_cra.reporting.clock import STAGES, Kind, Stage, Times, shown, steps
from sphinx_cra.reporting.content import Need

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from sphinx_cra.product import Product
    from sphinx_cra.reporting.clock import Step

NAME = REPORTS
SCHEMA = "reports.schema.json"


class Status(StrEnum):
    """How far a case is."""

    OPEN = "open"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    """It turned out to be nothing that has to be reported; what was submitted stays listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One stage of a case."""

    stage: Stage
    submitted: dt.datetime | None = None
    reference: str = ""
    """Number that the platform or the CSIRT gave."""
    by: str = ""
    already_provided: str = ""
    """Why no report of its own was needed: where its content had been given before."""
    contains: tuple[str, ...] | None = None
    """Keys of the points that it gave; None where that is not recorded."""
    left_out: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Key -> why the point was left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intermediate:
    """An intermediate report that the CSIRT asked for (Article 14(6))."""

    requested: dt.datetime
    due: dt.datetime | None = None
    """As the CSIRT stated it; the Regulation names no time."""
    submitted: dt.datetime | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Informed:
    """Whether somebody was told."""

    when: dt.datetime | None = None
    how: str = ""
    whom: str = ""
    not_needed: str = ""
    """Why nobody had to be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One vulnerability or incident that was, or has to be, reported."""

    id: str
    kind: Kind
    title: str = ""
    aware: dt.datetime
    aware_reason: str = ""
    status: Status = Status.OPEN
    release: str = ""
    component: str = ""
    measure_available: dt.datetime | None = None
    csirt: str = ""
    """Code of the Member State whose CSIRT received it."""
    csirt_reason: str = ""
    submissions: tuple[Submission, ...] = ()
    """In the order of the stages; those that are recorded."""
    intermediate: tuple[Intermediate, ...] = ()
    users: Informed | None = None
    upstream: Informed | None = None
    place: Place | None = None

    def of(self, stage: Stage) -> Submission | None:
        return next((s for s in self.submissions if s.stage is stage), None)

    @property
    def times(self) -> Times:
        """For the clocks. A stage whose content was given before counts as submitted then [own reading]."""
        submitted: list[tuple[Stage, dt.datetime]] = []
        for stage in STAGES:
            one = self.of(stage)
            if one is None:
                continue
            when = one.submitted
            if when is None and one.already_provided and submitted:
                when = submitted[-1][1]
            if when is not None:
                submitted.append((stage, when))
        return Times(aware=self.aware, measure=self.measure_available, submitted=tuple(submitted))

    def steps(self, now: dt.datetime | None = None) -> tuple[Step, ...]:
        """The three clocks; what was not yet submitted at ``now`` counts as open then."""
        return steps(self.kind, self.times, now)

    def given(self, stage: Stage) -> frozenset[str] | None:
        """Keys that were given up to and with a stage; None where one of these does not record it."""
        keys: set[str] = set()
        recorded = False
        for one in self.submissions:
            if one.contains is not None:
                keys.update(one.contains, one.left_out)
            if one.stage is stage:
                recorded = one.contains is not None or bool(one.already_provided)
                break
        return frozenset(keys) if recorded else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """All cases of a project, in the order of awareness."""

    cases: tuple[Case, ...] = ()
    source: str = NAME
    exists: bool = True


def load(path: Path, *, source: str = NAME) -> Register:
    """The register of a project; an empty one if it has none.

    :raises DataError: naming every fault.
    """
    if not path.exists() and not path.is_symlink():
        return Register(source=source, exists=False)
    return _register(datafile.load(path, source=source, schema=SCHEMA))


def of_project(root: Path, product: Product | None) -> Register:
    """The register of a project: the file that the product file names, else the usual one.

    :raises DataError: naming every fault; also where a file that is named does not exist.
    """
    stated = product.reporting.register if product else ""
    name = stated or NAME
    path = root / name
    if not path.resolve().is_relative_to(root.resolve()):
        raise DataError(name, [Fault(message="leads out of the project; keep the register inside it")])
    if stated and not path.exists():
        raise DataError(
            name,
            [
                Fault(
                    message="the product file names it as the register of reports, and there is no such file"
                )
            ],
        )
    return load(path, source=name)


def parse(text: str, *, source: str = NAME) -> Register:
    """Like :func:`load`, from text."""
    return _register(datafile.parse(text, source=source, schema=SCHEMA))


def _register(file: DataFile) -> Register:
    reader = _Reader(file)
    cases = tuple(reader.cases(file.data.get("reports") or []))
    if reader.faults:
        raise DataError(file.source, reader.faults)
    return Register(cases=tuple(sorted(cases, key=lambda c: (c.aware, c.id))), source=file.source)


class _Reader(Reader):
    def cases(self, entries: list[Any]) -> Iterator[Case]:
        seen: dict[str, int] = {}
        for n, data in enumerate(entries):
            route = ("reports", n)
            name = self.text(data["id"])
            if (first := seen.setdefault(name.casefold(), n)) != n:
                line = self.file.line("reports", first)
                self.fault(f"the id {name!r} is given twice, first on line {line}", *route, "id")
            aware = self.time(data["aware"], *route, "aware")
            if aware is not None:
                yield self._case(name, data, aware, *route)

    def _case(self, name: str, data: Mapping[str, Any], aware: dt.datetime, *route: str | int) -> Case:
        kind = Kind(data["type"])
        stages = data.get("stages") or {}
        texts = {
            n: self.text(data.get(n))
            for n in ("title", "aware_reason", "release", "component", "csirt_reason")
        }
        found = Case(
            id=name,
            kind=kind,
            **texts,
            aware=aware,
            status=Status(data.get("status") or "open"),
            measure_available=self.time(data.get("measure_available"), *route, "measure_available"),
            csirt=self.state(data.get("csirt"), *route, "csirt"),
            submissions=tuple(
                self._submission(kind, stage, stages[stage.value], aware, *route, "stages", stage.value)
                for stage in STAGES
                if stages.get(stage.value)
            ),
            intermediate=tuple(
                found
                for n, entry in enumerate(data.get("intermediate") or [])
                if (found := self._intermediate(entry, aware, *route, "intermediate", n))
            ),
            users=self._informed(data.get("users"), aware, *route, "users"),
            upstream=self._informed(data.get("upstream"), aware, *route, "upstream"),
            place=Place(source=self.file.source, line=self.file.line(*route)),
        )
        if kind is Kind.INCIDENT and data.get("measure_available"):
            message = (
                "starts no clock of an incident, whose final report runs from the notification; leave it out"
            )
            self.fault(message, *route, "measure_available")
        return found

    def _submission(
        self, kind: Kind, stage: Stage, data: Mapping[str, Any], aware: dt.datetime, *route: str | int
    ) -> Submission:
        when = self.time(data.get("submitted"), *route, "submitted")
        self.after(when, aware, *route, "submitted")
        provided = self.text(data.get("already_provided"))
        if provided and stage is Stage.EARLY_WARNING:
            self.fault("the early warning is the first report; nothing can have been given before it", *route)
        if provided and data.get("submitted"):
            self.fault("is submitted and already provided at once; keep one of the two", *route)
        asked = {f.key: f for s in STAGES for f in content.fields(kind, s)}
        contains = data.get("contains")
        for n, key in enumerate(contains or ()):
            self._known(key, asked, *route, "contains", n)
        left = {key: self.text(reason) for key, reason in (data.get("left_out") or {}).items()}
        for key, reason in left.items():
            self._known(key, asked, *route, "left_out", key)
            if key in asked and asked[key].need is Need.ALWAYS:
                message = f"cannot be left out: {asked[key].cite} asks for it in every case"
                self.fault(message, *route, "left_out", key)
            elif not reason:
                self.fault("is left out without a reason", *route, "left_out", key)
        return Submission(
            stage=stage,
            submitted=when,
            reference=self.text(data.get("reference")),
            by=self.text(data.get("by")),
            already_provided=provided,
            contains=tuple(contains) if contains is not None else () if left else None,
            left_out=MappingProxyType(left),
        )

    def _known(self, key: str, asked: Mapping[str, content.Field], *route: str | int) -> None:
        if key not in asked:
            from sphinx_cra.words import did_you_mean, nearest

            hint = did_you_mean(nearest(key, asked)) or f"known are {', '.join(asked)}"
            self.fault(f"{key!r} is no point of these reports; {hint}", *route)

    def _intermediate(
        self, data: Mapping[str, Any], aware: dt.datetime, *route: str | int
    ) -> Intermediate | None:
        requested = self.time(data["requested"], *route, "requested")
        due = self.time(data.get("due"), *route, "due")
        submitted = self.time(data.get("submitted"), *route, "submitted")
        if requested is None:
            return None
        self.after(requested, aware, *route, "requested")
        for name, when in (("due", due), ("submitted", submitted)):
            if when is not None and when < requested:
                self.fault(f"{shown(when)} is before the request, {shown(requested)}", *route, name)
        return Intermediate(
            requested=requested, due=due, submitted=submitted, reference=self.text(data.get("reference"))
        )

    def _informed(
        self, data: Mapping[str, Any] | None, aware: dt.datetime, *route: str | int
    ) -> Informed | None:
        if not data:
            return None
        when = self.time(data.get("informed"), *route, "informed")
        self.after(when, aware, *route, "informed")
        found = Informed(
            when=when,
            how=self.text(data.get("how")),
            whom=self.text(data.get("whom")),
            not_needed=self.text(data.get("not_needed")),
        )
        if found.when and found.not_needed:
            self.fault(
                "says that somebody was informed, and that nobody had to be; keep one of the two", *route
            )
        return found
