"""Drills: every report written for a component of the SBOM as if it had happened, and what was lacking.

The record of a drill says which points could be filled and from what, not what was said: it is
evidence that the manufacturer can report (Annex I, Part II), and may be read by anybody.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sphinx_cra.reporting import clock
from sphinx_cra.reporting.clock import STAGES, Kind, Stage, Times, stamp
from sphinx_cra.reporting.content import Need
from sphinx_cra.reporting.draft import Filled, draft

if TYPE_CHECKING:
    from sphinx_cra.reporting.answers import Answers
    from sphinx_cra.reporting.draft import Draft, Entry
    from sphinx_cra.reporting.facts import Facts

FORMAT = "sphinx-cra reporting drill"
SCHEMA = "drill.schema.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """One run."""

    drafts: tuple[Draft, ...]
    """One a stage."""
    component: str
    """As it was chosen: ``NAME@VERSION``."""
    chosen: str
    """How: ``named``, or ``first`` in the order of names."""

    @property
    def lacks(self) -> tuple[tuple[Stage, Entry], ...]:
        """Points that could not be filled."""
        return tuple((d.stage, e) for d in self.drafts for e in d.missing)

    @property
    def recipient_known(self) -> bool:
        return bool(self.drafts[0].recipient.state)

    @property
    def passed(self) -> bool:
        return not self.lacks and self.recipient_known


def run(facts: Facts, answers: Answers, *, component: str, chosen: str) -> Drill:
    """All three stages.

    :param answers: with a kind; times of a real case are left aside.
    """
    rehearsed = replace(answers, component=component, submitted=(), measure_available=None)
    drafts = tuple(draft(stage, facts, rehearsed) for stage in STAGES)
    return Drill(drafts=drafts, component=component, chosen=chosen)


def assumed(kind: Kind, aware: dt.datetime) -> tuple[clock.Deadline, ...]:
    """The clocks of a drill: the measure is assumed 7 days, the notification 72 hours after awareness."""
    times = Times(
        aware=aware,
        measure=aware + dt.timedelta(days=7) if kind is Kind.VULNERABILITY else None,
        submitted=((Stage.NOTIFICATION, aware + dt.timedelta(hours=72)),),
    )
    return clock.deadlines(kind, times)


def record(drill: Drill, *, date: dt.date, aware: dt.datetime) -> dict[str, Any]:
    """The record, as ``schemas/drill.schema.json`` describes it."""
    first = drill.drafts[0]
    facts = first.facts
    stages = [
        _stage(d, deadline) for d, deadline in zip(drill.drafts, assumed(first.kind, aware), strict=True)
    ]
    return {
        "format": FORMAT,
        "version": 1,
        "date": date.isoformat(),
        "type": first.kind.value,
        "product": {
            "name": facts.product.name,
            "release": facts.product.release,
            "manufacturer": facts.product.manufacturer.name,
        },
        "component": {
            "name": drill.component,
            "chosen": drill.chosen,
            "found": [
                {"name": a.name, "version": a.version, "purl": a.purl, "sbom": a.sbom} for a in facts.affected
            ],
        },
        "sources": [{"kind": s.kind, "path": s.path, "sha256": s.sha256} for s in facts.sources],
        "aware": stamp(aware),
        "recipient": {"member_state": first.recipient.state or None, "clause": first.recipient.clause},
        "stages": stages,
        "counts": counts(stages),
        "result": "passed" if drill.passed else "failed",
    }


def counts(stages: list[dict[str, Any]]) -> dict[str, int]:
    """How many points there are, how many are filled, and of how many somebody is asked for in every case."""
    states = [f["state"] for s in stages for f in s["fields"]]
    return {
        "points": len(states),
        "filled": sum(s in (Filled.ANSWERED, Filled.KNOWN) for s in states),
        "left out": states.count(Filled.LEFT_OUT),
        "missing": states.count(Filled.MISSING),
    }


def _stage(found: Draft, deadline: clock.Deadline) -> dict[str, Any]:
    return {
        "stage": found.stage.value,
        "clause": deadline.clause,
        "due": stamp(deadline.due) if deadline.due else None,
        "fields": [
            {
                "key": e.field.key,
                "clause": e.field.clause,
                "need": e.field.need.value,
                "state": e.filled.value,
                "source": e.source,
            }
            for e in found.entries
        ],
    }


def text(data: dict[str, Any]) -> str:
    """A record as a file."""
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def contradictions(data: dict[str, Any]) -> list[str]:
    """Where a record, valid against its schema, cannot be true: each as a sentence.

    Nothing is signed; this finds what was changed by hand without care, and what another version wrote.
    """
    from sphinx_cra.reporting import content

    kind = Kind(data["type"])
    try:
        aware = clock.moment(data["aware"])
        dt.date.fromisoformat(data["date"])
    except (clock.TimeError, ValueError) as error:
        return [str(error)]
    found = []
    names = [s["stage"] for s in data["stages"]]
    if names != [s.value for s in STAGES[: len(names)]]:
        found.append(f"its stages are {', '.join(names)}")
    for entry, deadline in zip(data["stages"], assumed(kind, aware), strict=False):
        asked = content.fields(kind, deadline.stage)
        stated = [(f["key"], f["clause"], f["need"]) for f in entry["fields"]]
        if stated != [(f.key, f.clause, f.need.value) for f in asked]:
            found.append(f"the points of the {deadline.stage.words} are not those of the Article")
        for one in entry["fields"]:
            if one["state"] == Filled.LEFT_OUT and one["need"] == Need.ALWAYS:
                found.append(f"{one['key']} is left out, which the Article does not allow")
            if one["state"] != Filled.MISSING and not one["source"]:
                found.append(f"{one['key']} is {one['state']} from no file")
        due = stamp(deadline.due) if deadline.due else None
        if entry["due"] != due or entry["clause"] != deadline.clause:
            found.append(
                f"the {deadline.stage.words} is due {due} by {deadline.clause}, and not as it states"
            )
    if data["counts"] != counts(data["stages"]):
        found.append("its counts are not those of its points")
    complete = not data["counts"]["missing"] and data["recipient"]["member_state"] is not None
    whole = complete and len(names) == len(STAGES) and bool(data["component"]["found"])
    if data["result"] == "passed" and not whole and data["stages"]:
        found.append("it says that it passed, and not everything could be filled")
    if data["result"] == "failed" and whole:
        found.append("it says that it failed, and everything could be filled")
    return found
