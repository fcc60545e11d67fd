"""The file of answers: what a person says about a case, kept by its author and read again at each stage.

What is written there once is in every later draft, and nothing of it has to be in the documentation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sphinx_cra import datafile
from sphinx_cra.datafile import DataError, DataFile, Fault
from sphinx_cra.reporting import content
from sphinx_cra.reporting.clock import STAGES, Kind, Stage, TimeError, Times, moment, shown
from sphinx_cra.reporting.content import Need
from sphinx_cra.reporting.recipient import MEMBER_STATES, Establishment, member_state
from sphinx_cra.words import did_you_mean, nearest

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from pathlib import Path

SCHEMA = "report-answers.schema.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a person says to one point."""

    lines: tuple[str, ...] = ()
    left_out: str = ""
    """Why the point is left out, where the Article lets it be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What a person says about one case; everything may still be missing."""

    kind: Kind | None = None
    id: str = ""
    aware: dt.datetime | None = None
    aware_reason: str = ""
    """Why it is that moment (R65)."""
    severe_because: str = ""
    """Which point of Article 14(5) makes an incident severe, and why."""
    vulnerability: str = ""
    component: str = ""
    measure_available: dt.datetime | None = None
    submitted: tuple[tuple[Stage, dt.datetime], ...] = ()
    establishment: Establishment = field(default_factory=Establishment)
    users: str = ""
    """How and when impacted users, and where appropriate all, are informed (Article 14(8))."""
    upstream: str = ""
    """How and when whoever maintains the component is informed (Article 13(6))."""
    answers: Mapping[str, Answer] = field(default_factory=lambda: MappingProxyType({}))
    """Key of a field -> what is said."""
    source: str = ""
    """The file; empty where there is none."""

    @property
    def times(self) -> Times | None:
        """For the clocks; None before anybody said when awareness was."""
        if self.aware is None:
            return None
        return Times(aware=self.aware, measure=self.measure_available, submitted=self.submitted)


def load(path: Path, *, source: str) -> Answers:
    """The answers of a file.

    :raises DataError: naming every fault.
    """
    return _answers(datafile.load(path, source=source, schema=SCHEMA))


def parse(text: str, *, source: str = "case.yaml") -> Answers:
    """Like :func:`load`, from text."""
    return _answers(datafile.parse(text, source=source, schema=SCHEMA))


def _answers(file: DataFile) -> Answers:
    data: Mapping[str, Any] = file.data
    reader = Reader(file)
    kind = Kind(data["type"]) if data.get("type") else None
    aware = reader.time(data.get("aware"), "aware")
    submitted = reader.submitted(data.get("submitted") or {}, aware, "submitted")
    found = Answers(
        kind=kind,
        **{
            name: reader.text(data.get(name))
            for name in (
                "id",
                "aware_reason",
                "severe_because",
                "vulnerability",
                "component",
                "users",
                "upstream",
            )
        },
        aware=aware,
        measure_available=reader.time(data.get("measure_available"), "measure_available"),
        submitted=submitted,
        establishment=reader.establishment(data.get("csirt") or {}, "csirt"),
        answers=MappingProxyType(reader.answers(data.get("answers") or {}, kind)),
        source=file.source,
    )
    if reader.faults:
        raise DataError(file.source, reader.faults)
    return found


class Reader:
    """Data that fits a schema -> values of ours, noting what cannot be meant."""

    def __init__(self, file: DataFile) -> None:
        self.file = file
        self.faults: list[Fault] = []

    def fault(self, message: str, *route: str | int) -> None:
        self.faults.append(self.file.fault(message, *route))

    @staticmethod
    def text(value: Any) -> str:
        return str(value or "").strip()

    def time(self, value: Any, *route: str | int) -> dt.datetime | None:
        if value in (None, ""):
            return None
        try:
            return moment(str(value))
        except TimeError as error:
            self.fault(str(error), *route)
            return None

    def after(self, when: dt.datetime | None, aware: dt.datetime | None, *route: str | int) -> None:
        """Note what cannot have been done before awareness."""
        if when is not None and aware is not None and when < aware:
            message = f"{shown(when)} is before awareness, {shown(aware)}; one of the two times is wrong"
            self.fault(message, *route)

    def submitted(
        self, data: Mapping[str, Any], aware: dt.datetime | None, *route: str | int
    ) -> tuple[tuple[Stage, dt.datetime], ...]:
        found = []
        for stage in STAGES:
            when = self.time(data.get(stage.value), *route, stage.value)
            self.after(when, aware, *route, stage.value)
            if when is not None:
                found.append((stage, when))
        return tuple(found)

    def state(self, value: Any, *route: str | int) -> str:
        """The code of a Member State."""
        text = self.text(value)
        if not text:
            return ""
        if (code := member_state(text)) is None:
            near = did_you_mean(nearest(text, [*MEMBER_STATES, *MEMBER_STATES.values()]))
            self.fault(f"{text[:60]!r} is no Member State; {near or 'write its code, as DE'}", *route)
        return code or ""

    def establishment(self, data: Mapping[str, Any], *route: str | int) -> Establishment:
        names = [n for n in Establishment.__dataclass_fields__ if n != "in_union"]
        return Establishment(
            in_union=data.get("in_union"), **{n: self.state(data.get(n), *route, n) for n in names}
        )

    def answers(self, data: Mapping[str, Any], kind: Kind | None) -> dict[str, Answer]:
        known = {f.key: f for k in ([kind] if kind else Kind) for f in content.of_kind(k)}
        known |= {f.key: f for f in content.fields(kind or Kind.VULNERABILITY, Stage.INTERMEDIATE)}
        found = {}
        for key, value in data.items():
            route = ("answers", key)
            if key not in known:
                self.fault(f"is not asked for in reports on {_plural(kind)}; leave it out", *route)
                continue
            if (answer := self._answer(value, known[key], route)) is not None:
                found[key] = answer
        return found

    def _answer(self, value: Any, asked: content.Field, route: tuple[str, str]) -> Answer | None:
        if isinstance(value, dict):
            if asked.need is Need.ALWAYS:
                message = f"cannot be left out: {asked.cite} asks for it in every case; write what is known"
                self.fault(message, *route)
                return None
            reason = self.text(value["left_out"])
            if not reason:
                self.fault("is left out without a reason", *route)
                return None
            return Answer(left_out=reason)
        entries = value if isinstance(value, list) else [value]
        if asked.key == "member_states":
            codes = [
                self.state(e, *route, *([n] if isinstance(value, list) else []))
                for n, e in enumerate(entries)
            ]
            lines = [code for code in dict.fromkeys(codes) if code]
        else:
            lines = [text for e in entries for part in self.text(e).splitlines() if (text := part.strip())]
        return Answer(lines=tuple(lines)) if lines else None


def _plural(kind: Kind | None) -> str:
    return "incidents" if kind is Kind.INCIDENT else "vulnerabilities"


def template(kind: Kind) -> str:
    """A file of answers to fill in, with what each point asks for as comments."""
    last = "measure_available:\n" if kind is Kind.VULNERABILITY else ""
    subject = "vulnerability:\n" if kind is Kind.VULNERABILITY else ""
    lines = [
        "# Answers about one case: `sphinx-cra report draft STAGE --answers THIS_FILE`, at every stage.",
        "# It will hold details of an open case: keep it where only those who need it can read it.",
        "",
        f"type: {kind}",
        "id:",
        "# ISO 8601 with an offset, as 2026-11-24T09:30+01:00. All clocks run from here.",
        "aware:",
        "# Why it is that moment: who knew what, and why that was reasonably certain.",
        "aware_reason:",
    ]
    if kind is Kind.INCIDENT:
        lines += [
            "# Why it is severe: important data or functions (Article 14(5)(a)), or malicious code (b).",
            "severe_because:",
        ]
    lines += [
        f"{subject}# As the SBOM names it: NAME@VERSION or a purl. Empty where no component is concerned.",
        "component:",
    ]
    if last:
        lines += [
            "# When a corrective or mitigating measure was available. The final report is due 14 days later.",
            last.strip(),
        ]
    lines += [
        "",
        "# When each report was submitted.",
        "submitted:",
        *(f"  {stage}:" for stage in STAGES),
        "",
        "# Codes of Member States (Article 14(7)); what cra.yaml says need not be repeated.",
        "csirt:",
        "  decisions_in:",
        "",
        "# When and how impacted users, and where appropriate all users, are informed (Article 14(8)).",
        "users:",
        "# When and how whoever maintains the component is informed (Article 13(6)).",
        "upstream:",
        "",
        "answers:",
    ]
    for one in content.of_kind(kind):
        need = "" if one.need is Need.ALWAYS else f" Asked for {one.need}; else {{left_out: the reason}}."
        lines += [f"  # {one.cite}: {one.ask}{need}", f"  {one.key}:"]
    return "\n".join(lines) + "\n"
