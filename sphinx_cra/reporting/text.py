"""A draft as a file: Markdown for people, JSON for what comes after; both the same every time."""

from __future__ import annotations

import json
import re
from importlib import resources
from string import Template
from typing import TYPE_CHECKING, Any

from sphinx_cra.reporting import clock
from sphinx_cra.reporting.clock import STAGES, Kind, Lateness, shown, stamp
from sphinx_cra.reporting.draft import Filled
from sphinx_cra.reporting.recipient import named
from sphinx_cra.words import capital

if TYPE_CHECKING:
    from collections.abc import Iterable
    from zoneinfo import ZoneInfo

    from sphinx_cra.reporting.clock import Step
    from sphinx_cra.reporting.draft import Draft, Entry

FORMAT = "sphinx-cra report draft"

_ABOUT = {Kind.VULNERABILITY: "an actively exploited vulnerability", Kind.INCIDENT: "a severe incident"}
_MARKS = re.compile(r"([\\`*_\[\]<>|~&])")
_BEGINS = re.compile(r"^(#+ |[-+] |\d+[.)] |=+$|-+$)")


def markdown(draft: Draft, zone: ZoneInfo | None = None) -> str:
    """The draft for people.

    :param zone: in which times are shown beside UTC.
    """
    answers, facts = draft.answers, draft.facts
    title = f"{draft.stage.words} of {_ABOUT[draft.kind]}"
    if answers.id:
        title += f", {_md(answers.id)}"
    missing = len(draft.missing)
    what = "no point of this stage is missing, and a person has to read it before it is sent."
    if missing:
        what = f"points still to be written: {missing} of {len(draft.entries)}, marked **to be filled in**."
    subject = [f"Product: {_md(facts.product.name)} {_md(facts.product.release)}"]
    if answers.vulnerability:
        subject.append(f"Vulnerability: {_md(answers.vulnerability)}")
    components = [str(a) for a in facts.affected] or ([answers.component] if answers.component else [])
    if components:
        subject.append(f"Component: {_md(', '.join(dict.fromkeys(components)))}")
    return _template("report-draft.md").substitute(
        title=title,
        product="  \n".join(subject),
        count=capital(what),
        clocks="\n".join(_clocks(draft, zone)),
        recipient="\n".join(_recipient(draft)),
        stage=draft.stage.words,
        entries="".join(map(_entry, draft.entries)).rstrip(),
        todo=_list(f"`{t.clause}`: {_md(t.what)}" for t in draft.todo) or "Nothing.",
        earlier="".join(map(_entry, draft.earlier)).rstrip() or "Nothing: this is the first stage.",
        register="\n".join(_register(draft)),
        sources=_list(f"`{s.path}` ({s.kind}), SHA-256 `{s.sha256}`" for s in facts.sources)
        or "Nothing but the product file: components and known vulnerabilities were not looked up.",
    )


def _template(name: str) -> Template:
    return Template((resources.files("sphinx_cra") / "templates" / name).read_text("utf-8"))


def _md(text: str) -> str:
    """Text that means only itself in Markdown."""
    one = _MARKS.sub(r"\\\1", " ".join(text.split()))
    return "\\" + one if _BEGINS.match(one) else one


def _list(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _clocks(draft: Draft, zone: ZoneInfo | None) -> list[str]:
    answers = draft.answers
    if answers.aware is None:
        return ["**To be filled in**: when the manufacturer became aware. Without it no clock can be shown."]
    lines = [f"Aware: {shown(answers.aware, zone)}."]
    if answers.aware_reason:
        lines.append(f"Why then: {_md(answers.aware_reason)}")
    lines += ["", "| Report | Clause | Due | How it is counted | State |", "| --- | --- | --- | --- | --- |"]
    for step in draft.steps:
        one = step.deadline
        due = shown(one.due, zone) if one.due else f"not running: waits until {one.waits_for}"
        lines.append(f"| {one.stage.words} | `{one.clause}` | {due} | {one.rule} | {state(step, zone)} |")
    lines += ["", "These are the latest times: early warning and notification are due without undue delay."]
    lines.append(following(draft.steps, zone))
    if draft.now is None:
        lines.append("Nothing is said to be due or late, because no time was stated to look at it (`--now`).")
    else:
        lines.append(f"As of {shown(draft.now, zone)}, as stated.")
    return lines


def state(step: Step, zone: ZoneInfo | None = None) -> str:
    """How a report stands, with when it was submitted."""
    if step.lateness is Lateness.SUBMITTED:
        return f"submitted {_at(step, zone)}; whether in time cannot be told"
    return f"{step} (submitted {_at(step, zone)})" if step.submitted else str(step)


def _at(step: Step, zone: ZoneInfo | None) -> str:
    return shown(step.submitted, zone) if step.submitted else ""


def following(steps: tuple[Step, ...], zone: ZoneInfo | None = None) -> str:
    """What is due next, as a sentence."""
    step = clock.following(steps)
    if step is None:
        waiting = [s for s in steps if s.submitted is None]
        if not waiting:
            return "All three reports are submitted."
        return f"Next: the {waiting[0].deadline.stage.words}, once {waiting[0].deadline.waits_for}."
    assert step.deadline.due is not None
    late = f", {step}" if step.lateness in (Lateness.LATE, Lateness.DUE) else ""
    return f"Next: the {step.deadline.stage.words}, at the latest {shown(step.deadline.due, zone)}{late}."


def _recipient(draft: Draft) -> list[str]:
    found = draft.recipient
    if not found.state:
        lacks = _list(f"**To be filled in**: {lack}" for lack in found.lacks)
        return [f"Not known: {found.reason} (`{found.clause}`).", "", lacks]
    who = f"The CSIRT designated as coordinator in {named(found.state)}, and ENISA at the same time"
    return [f"{who}: {found.reason} (`{found.clause}`)."]


def _entry(entry: Entry) -> str:
    body = [_body(entry)]
    if entry.hints:
        body += [
            "",
            "Known, and not part of the report until a person says it:",
            "",
            _list(map(_md, entry.hints)),
        ]
    field = entry.field
    return _template("report-field.md").substitute(
        title=field.title,
        cite=field.cite,
        clause=field.clause,
        need=_need(field.need.value),
        body="\n".join(body),
    )


def _register(draft: Draft) -> list[str]:
    """What the register would say of it; the points by their keys, and nothing of what they say."""
    given = [e.field.key for e in draft.entries if e.filled in (Filled.ANSWERED, Filled.KNOWN)]
    left = [(e.field.key, e.lines[0]) for e in draft.entries if e.filled is Filled.LEFT_OUT]
    lines = [f"{draft.stage}:", "  submitted:", "  reference:"]
    if draft.stage not in STAGES:
        return ["intermediate:", "  - requested:", "    submitted:", "    reference:"]
    lines.append(f"  contains: [{', '.join(given)}]")
    if left:
        lines.append("  left_out:")
        lines += [f"    {key}: {json.dumps(reason, ensure_ascii=False)}" for key, reason in left]
    return lines


def _need(need: str) -> str:
    return need if need != "always" else "in every case"


def _body(entry: Entry) -> str:
    if entry.filled is Filled.MISSING:
        return f"**To be filled in.** {entry.field.ask} (`answers.{entry.field.key}`)"
    if entry.filled is Filled.LEFT_OUT:
        return f"Left out: {_md(entry.lines[0])} ({_md(entry.source)})"
    lines = _list(map(_md, entry.lines)) if len(entry.lines) > 1 else _md(entry.lines[0])
    return f"{lines}\n\nFrom {_md(entry.source)}."


# --------------------------------------------------------------------------- JSON


def as_json(draft: Draft) -> str:
    """The draft as ``schemas/report.schema.json`` describes it."""
    return json.dumps(data(draft), indent=2, ensure_ascii=False) + "\n"


def data(draft: Draft) -> dict[str, Any]:
    """The draft as plain data."""
    answers, facts = draft.answers, draft.facts
    return {
        "format": FORMAT,
        "version": 1,
        "draft": True,
        "submitted": False,
        "type": draft.kind.value,
        "stage": draft.stage.value,
        "case": answers.id,
        "product": {
            "name": facts.product.name,
            "release": facts.product.release,
            "manufacturer": facts.product.manufacturer.name,
        },
        "vulnerability": answers.vulnerability,
        "components": [
            {"name": a.name, "version": a.version, "purl": a.purl, "sbom": a.sbom, "path": list(a.path)}
            for a in facts.affected
        ],
        "aware": stamp(answers.aware) if answers.aware else None,
        "aware_reason": answers.aware_reason,
        "now": stamp(draft.now) if draft.now else None,
        "clocks": clocks(draft.steps),
        "recipient": {
            "member_state": draft.recipient.state or None,
            "clause": draft.recipient.clause,
            "reason": draft.recipient.reason,
            "lacks": list(draft.recipient.lacks),
        },
        "fields": [_field(e) for e in draft.entries],
        "earlier": [_field(e) for e in draft.earlier],
        "to_settle": [{"clause": t.clause, "what": t.what} for t in draft.todo],
        "sources": [{"kind": s.kind, "path": s.path, "sha256": s.sha256} for s in facts.sources],
    }


def clocks(steps: Iterable[Step]) -> list[dict[str, Any]]:
    """The clocks as plain data."""
    return [
        {
            "stage": s.deadline.stage.value,
            "clause": s.deadline.clause,
            "rule": s.deadline.rule,
            "from": stamp(s.deadline.start) if s.deadline.start else None,
            "due": stamp(s.deadline.due) if s.deadline.due else None,
            "waits_for": s.deadline.waits_for,
            "submitted": stamp(s.submitted) if s.submitted else None,
            "state": s.lateness.value,
            "seconds": int(s.by.total_seconds()) if s.by is not None else None,
        }
        for s in steps
    ]


def _field(entry: Entry) -> dict[str, Any]:
    field = entry.field
    return {
        "key": field.key,
        "title": field.title,
        "clause": field.clause,
        "need": field.need.value,
        "state": entry.filled.value,
        "content": list(entry.lines) if entry.filled is not Filled.LEFT_OUT else [],
        "left_out": entry.lines[0] if entry.filled is Filled.LEFT_OUT else "",
        "source": entry.source,
        "ask": field.ask,
        "known": list(entry.hints),
    }
