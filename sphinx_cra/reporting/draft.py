"""Drafts of reports: what is known, and what a person still has to say.

A draft is made from facts and answers, and is never sent. It knows no form of the single reporting
platform: which fields that shows, and in which order, is for whoever submits to see.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sphinx_cra.reporting import clock, content
from sphinx_cra.reporting.clock import STAGES, Kind, Stage
from sphinx_cra.reporting.recipient import Establishment, named, recipient

if TYPE_CHECKING:
    import datetime as dt

    from sphinx_cra.product import Product
    from sphinx_cra.reporting.answers import Answers
    from sphinx_cra.reporting.clock import Step
    from sphinx_cra.reporting.content import Field
    from sphinx_cra.reporting.facts import Facts
    from sphinx_cra.reporting.recipient import Recipient


class Filled(StrEnum):
    """Whether a point has its content."""

    ANSWERED = "answered"
    """A person says it, in the file of answers."""
    KNOWN = "known"
    """The files of the project say it; a person reads it before it is sent."""
    LEFT_OUT = "left out"
    """A person leaves it out with a reason, and the Article lets it be."""
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One point of a report."""

    field: Field
    filled: Filled
    lines: tuple[str, ...] = ()
    """The content, or the reason for leaving it out."""
    source: str = ""
    """File that says it: ``cra.yaml``, ``case.yaml``."""
    hints: tuple[str, ...] = ()
    """What is known that may help; it is not in the report until a person says it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Todo:
    """Something beside the points of the stage that a person has to settle."""

    clause: str
    """Id, or ``R65`` where only a rule asks."""
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One report, as far as it can be written."""

    kind: Kind
    stage: Stage
    facts: Facts
    answers: Answers
    entries: tuple[Entry, ...]
    earlier: tuple[Entry, ...]
    """Points of the stages before; what was given there need not be given again."""
    recipient: Recipient
    steps: tuple[Step, ...]
    """The clocks; empty where awareness is not stated."""
    todo: tuple[Todo, ...]
    now: dt.datetime | None = None

    @property
    def missing(self) -> tuple[Entry, ...]:
        return tuple(e for e in self.entries if e.filled is Filled.MISSING)


def draft(stage: Stage, facts: Facts, answers: Answers, *, now: dt.datetime | None = None) -> Draft:
    """The draft of a stage.

    :param answers: with a kind.
    :raises TimeError: if the times of the case cannot all be true.
    """
    kind = answers.kind
    assert kind is not None
    times = answers.times
    before = STAGES[: STAGES.index(stage)] if stage in STAGES else STAGES
    where = _establishment(facts.establishment, answers.establishment)
    found = recipient(where)
    return Draft(
        kind=kind,
        stage=stage,
        facts=facts,
        answers=answers,
        entries=tuple(_entry(f, facts, answers) for f in content.fields(kind, stage)),
        earlier=tuple(_entry(f, facts, answers) for s in before for f in content.fields(kind, s)),
        recipient=found,
        steps=clock.steps(kind, times, now) if times else (),
        todo=tuple(_todo(kind, stage, facts, answers, found)),
        now=now,
    )


def _establishment(stated: Establishment, answered: Establishment) -> Establishment:
    """What the product file says, with what a person says of this case in its place."""
    given = {
        n: v for n in Establishment.__dataclass_fields__ if (v := getattr(answered, n)) not in ("", None)
    }
    return dataclasses.replace(stated, **given)


def _entry(field: Field, facts: Facts, answers: Answers) -> Entry:
    hints = tuple(_hints(field.key, facts))
    answer = answers.answers.get(field.key)
    known = tuple(_known(field.key, facts))
    if answer is not None and answer.left_out:
        lines: tuple[str, ...] = (answer.left_out,)
        return Entry(field=field, filled=Filled.LEFT_OUT, lines=lines, source=answers.source, hints=hints)
    if answer is not None:
        lines = answer.lines
        if field.key == "member_states":
            lines = tuple(map(named, lines))
        elif field.key == "product":
            lines = (*known, *lines)
        return Entry(field=field, filled=Filled.ANSWERED, lines=lines, source=answers.source, hints=hints)
    if known:
        source = facts.product.file.source
        return Entry(field=field, filled=Filled.KNOWN, lines=known, source=source, hints=hints)
    return Entry(field=field, filled=Filled.MISSING, hints=hints)


def _known(key: str, facts: Facts) -> list[str]:
    """What the files say to a point, complete enough to be sent."""
    if key == "member_states":
        return [named(code) for code in facts.member_states]
    return _product(facts.product) + _affected(facts) if key == "product" else []


def _product(product: Product) -> list[str]:
    maker = product.manufacturer
    name = f"{product.name}, type {product.type}" if product.type not in ("", product.name) else product.name
    lines = [f"{name}, release {product.release}"]
    for version in product.released:
        part = f"{version.part} " if version.part else ""
        placed = f"placed on the market {version.placed_on_market}" if version.placed_on_market else ""
        if placed or part:
            lines.append(", ".join(filter(None, (f"{part}{version.version}", placed))))
    lines += [" ".join(text.split()) for text in (product.description, product.intended_purpose) if text]
    if product.identification:
        lines.append(f"identified by: {product.identification}")
    lines.append(
        "manufacturer: "
        + (", ".join(filter(None, (maker.name, maker.address, maker.email, maker.website))) or "not stated")
    )
    if contact := product.reporting.contact or product.contacts.single_point_of_contact:
        lines.append(f"contact: {contact}")
    return lines


def _affected(facts: Facts) -> list[str]:
    return [
        f"component concerned: {a}" + (f" ({a.purl})" if a.purl else "") + f", {a.where}"
        for a in facts.affected
    ]


def _hints(key: str, facts: Facts) -> list[str]:
    if key == "vulnerability_nature":
        return _affected(facts) + [
            f"{m}: stated as {m.status.words}, by {m.source}" + (f", {m.why}" if m.why else "")
            for m in facts.matches
        ]
    if key == "severity":
        return [f"{m}: rated {m.severity}, by {m.source}" for m in facts.matches if m.severity]
    if key in ("remedy", "measures_taken", "measures_users", "mitigation"):
        return [f"{m}: {m.why}" for m in facts.matches if m.why and m.status.value != "not_affected"]
    if key in ("incident_nature", "assessment"):
        return _affected(facts)
    return []


def _todo(kind: Kind, stage: Stage, facts: Facts, answers: Answers, found: Recipient) -> list[Todo]:
    """What has to be settled beside the points of the stage, in the order in which it presses."""
    todo = []
    paragraph = 2 if kind is Kind.VULNERABILITY else 4
    if answers.aware is None:
        what = "when the manufacturer became aware, with the offset of the zone; without it no clock runs"
        todo.append(Todo(clause=f"CRA_ART_14_{paragraph}", what=what))
    if not answers.aware_reason:
        what = "why awareness began at that moment (R65): who knew what, and why that was reasonably certain"
        todo.append(Todo(clause=f"CRA_ART_14_{paragraph}", what=what))
    if kind is Kind.INCIDENT and not answers.severe_because:
        what = "why the incident is severe: which of the two points, and the facts for it"
        todo.append(Todo(clause="CRA_ART_14_5", what=what))
    if kind is Kind.VULNERABILITY and not (answers.vulnerability or answers.component):
        what = "which vulnerability it is: its id, or the component that it is in"
        todo.append(Todo(clause="CRA_ART_14_1", what=what))
    if found.lacks:
        todo.append(Todo(clause=found.clause, what="which CSIRT receives it, for which a fact is not stated"))
    maker = facts.product.manufacturer
    planned = facts.product.reporting
    if found.state and planned.member_state not in ("", found.state):
        stated = named(planned.member_state)
        what = f"the product file names {stated} as the Member State that coordinates, and its facts do not"
        todo.append(Todo(clause=found.clause, what=what))
    if not planned.platform:
        what = "whether somebody is registered at the single reporting platform (reporting.platform)"
        todo.append(Todo(clause="CRA_ART_14_7", what=what))
    if not (maker.email or planned.contact or facts.product.contacts.single_point_of_contact):
        what = "how the manufacturer can be reached (manufacturer.email in the product file)"
        todo.append(Todo(clause=clock.clause(kind, stage), what=what))
    if not answers.users:
        what = (
            "when and how impacted users, and where appropriate all users, are informed, and what they can do"
        )
        what += _planned(planned.inform_users)
        todo.append(Todo(clause="CRA_ART_14_8", what=what))
    if (facts.affected or answers.component) and not answers.upstream:
        who = ", ".join(dict.fromkeys(str(a) for a in facts.affected)) or answers.component
        what = (
            f"when and how whoever makes or maintains {who} is informed, and given the fix where one was made"
        )
        what += _planned(planned.inform_upstream)
        todo.append(Todo(clause="CRA_ART_13_6", what=what))
    if answers.aware is not None and answers.aware < clock.STARTED:
        what = (
            "whether it has to be reported: awareness was before 11 September 2026, the day from which "
            "Article 14 applies; what goes on after that day needs a judgement"
        )
        todo.append(Todo(clause="CRA_ART_71_2", what=what))
    settled = [m for m in facts.matches if m.status.settled]
    if kind is Kind.VULNERABILITY and settled:
        m = settled[0]
        what = f"the contradiction with {m.source}, which states {m} to be {m.status.words}"
        todo.append(Todo(clause="CRA_ART_14_1", what=what))
    return todo


def _planned(how: str) -> str:
    return f"; the product file plans: {' '.join(how.split())}" if how else ""
