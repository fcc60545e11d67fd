"""Rules R63 to R70, asked of the register: one function a rule, each citing its clause.

They say what the register shows, not whether everything was reported that had to be: what nobody
wrote down, nobody can check. Without a time to look at it (``now``) nothing is late that is not
submitted yet. Without a register nothing is decided; a register that is there and has no such case is a
statement, and asks nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sphinx_cra.model import Place, Severity
from sphinx_cra.product import CompanySize
from sphinx_cra.reporting import content
from sphinx_cra.reporting.clock import Kind, Lateness, Stage, clause, shown
from sphinx_cra.reporting.recipient import named, recipient
from sphinx_cra.reporting.register import Status
from sphinx_cra.words import listed

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator

    from sphinx_cra.product import Product
    from sphinx_cra.reporting.recipient import Establishment
    from sphinx_cra.reporting.register import Case, Informed, Register


class Answer(StrEnum):
    """What the register shows for a rule; the words of the rules of the whole file."""

    MET = "met"
    NOT_MET = "not met"
    UNDECIDABLE = "not decidable"
    NOT_APPLICABLE = "does not apply"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What one rule found, about one case or about the register."""

    rule: str
    clause: str
    """Id of the clause that asks."""
    outcome: Answer
    message: str
    """Names the case and the facts, without the last full stop."""
    way_out: str = ""
    severity: Severity = Severity.ERROR
    case: str = ""
    """Id of the case; empty where it is about the register."""
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What the rules look at."""

    register: Register
    now: dt.datetime | None = None
    product: Product | None = None
    establishment: Establishment | None = None
    """From the product file; None where it does not say."""
    small: bool | None = None
    """Whether the manufacturer is a micro or small enterprise; None where nothing says so."""


def ground(register: Register, product: Product | None, *, now: dt.datetime | None = None) -> Ground:
    """What the rules look at, as the product file has it."""
    if product is None:
        return Ground(register=register, now=now)
    from sphinx_cra.reporting.facts import establishment

    size = product.manufacturer.size
    return Ground(
        register=register,
        now=now,
        product=product,
        establishment=establishment(product),
        small=size in (CompanySize.MICRO, CompanySize.SMALL) if size else None,
    )


NOTHING = "no report is recorded, which says nothing about whether there was something to report"
NO_CASE = "the register of reports has no such case; whether there was something to report is not looked at"
_RECORD = "record the reports that are made in cra-reports.yaml"


def checks(ground: Ground) -> tuple[Check, ...]:
    """What every rule finds, in the order of the rules and of the cases."""
    return tuple(check for rule in RULES.values() for check in rule(ground))


def _none(ground: Ground, rule: str, of: str, severity: Severity = Severity.ERROR) -> Check:
    if ground.register.exists:
        return Check(rule=rule, clause=of, outcome=Answer.NOT_APPLICABLE, message=NO_CASE, severity=severity)
    return Check(
        rule=rule, clause=of, outcome=Answer.UNDECIDABLE, message=NOTHING, way_out=_RECORD, severity=severity
    )


def _said(rule: str, of: str, case: Case, outcome: Answer, message: str, way_out: str = "") -> Check:
    severity = {"R67": Severity.WARNING, "R69": Severity.WARNING}.get(rule, Severity.ERROR)
    return Check(
        rule=rule,
        clause=of,
        outcome=outcome,
        message=f"{case.id}: {message}",
        way_out=way_out,
        severity=severity,
        case=case.id,
        place=case.place,
    )


def _cases(ground: Ground, kind: Kind | None = None) -> list[Case]:
    """Cases that have to be reported; what was withdrawn turned out not to be one."""
    return [
        c
        for c in ground.register.cases
        if c.status is not Status.WITHDRAWN and (kind is None or c.kind is kind)
    ]


# ------------------------------------------------------------------------ R63, R64


def r63(ground: Ground) -> Iterator[Check]:
    """Article 14(2): 24 hours, 72 hours, 14 days after a measure is available."""
    yield from _in_time(ground, "R63", Kind.VULNERABILITY)


def r64(ground: Ground) -> Iterator[Check]:
    """Article 14(4): 24 hours, 72 hours, one month after the notification was submitted."""
    yield from _in_time(ground, "R64", Kind.INCIDENT)


def _in_time(ground: Ground, rule: str, kind: Kind) -> Iterator[Check]:
    cases = _cases(ground, kind)
    if not cases:
        yield _none(ground, rule, "CRA_ART_14_2" if kind is Kind.VULNERABILITY else "CRA_ART_14_4")
    for case in cases:
        now = ground.now if ground.now and ground.now >= _last(case) else None
        for step in case.steps(now):
            stage, of = step.deadline.stage, step.deadline.clause
            what = stage.words
            due = shown(step.deadline.due) if step.deadline.due else ""
            match step.lateness:
                case Lateness.IN_TIME:
                    when = shown(step.submitted) if step.submitted else ""
                    yield _said(rule, of, case, Answer.MET, f"the {what} was submitted on {when}, due {due}")
                case Lateness.SUBMITTED_LATE | Lateness.LATE:
                    late = f"{step}" if step.submitted else f"not submitted, {step}"
                    message = f"the {what} was due {due}: {late}"
                    way_out = (
                        "nothing makes up for it; keep the reason with the case"
                        if step.submitted
                        else "submit it now, or record when it was submitted"
                    )
                    yield _said(rule, of, case, Answer.NOT_MET, message, way_out)
                case Lateness.DUE:
                    message = f"the {what} is not submitted yet; due {due}"
                    yield _said(
                        rule, of, case, Answer.UNDECIDABLE, message, "submit it in time, and record it"
                    )
                case Lateness.WAITING:
                    yield _waiting(rule, case, stage, step.deadline.waits_for)
                case Lateness.SUBMITTED:
                    message = f"the {what} is submitted, and what its time runs from is not recorded"
                    way_out = f"record it: {step.deadline.waits_for}"
                    yield _said(rule, of, case, Answer.UNDECIDABLE, message, way_out)
                case _:
                    message = (
                        f"the {what} is not recorded as submitted, due {due}; no time is stated to look at it"
                    )
                    yield _said(
                        rule,
                        of,
                        case,
                        Answer.UNDECIDABLE,
                        message,
                        "record it, or ask: sphinx-cra report register --now TIME",
                    )


def _waiting(rule: str, case: Case, stage: Stage, waits: str) -> Check:
    of = clause(case.kind, stage)
    if case.status is Status.CLOSED:
        message = f"the case is closed without a {stage.words}, and what its time runs from is not recorded"
        return _said(rule, of, case, Answer.NOT_MET, message, f"submit it, and record both ({waits})")
    message = f"the time of the {stage.words} does not run before {waits}"
    return _said(rule, of, case, Answer.UNDECIDABLE, message, "record it when it happens")


def _last(case: Case) -> dt.datetime:
    return max((case.aware, *(when for _, when in case.times.submitted)))


# ---------------------------------------------------------------------- R65 to R68


def r65(ground: Ground) -> Iterator[Check]:
    """Article 14(2) and (4): the time of awareness, with the reason why it is that one."""
    cases = _cases(ground)
    if not cases:
        yield _none(ground, "R65", "CRA_ART_14_2")
    for case in cases:
        of = "CRA_ART_14_2" if case.kind is Kind.VULNERABILITY else "CRA_ART_14_4"
        if case.aware_reason:
            message = (
                f"awareness is recorded with its reason, {shown(case.aware)}; both clocks run from there"
            )
            yield _said("R65", of, case, Answer.MET, message)
        else:
            message = f"awareness is recorded as {shown(case.aware)}, without the reason why it began then"
            way_out = "write in aware_reason who knew what, and why that was reasonably certain"
            yield _said("R65", of, case, Answer.NOT_MET, message, way_out)


def r66(ground: Ground) -> Iterator[Check]:
    """Article 14(2) and (4), points (a) to (c): each report gives what the Article orders for it."""
    cases = _cases(ground)
    if not cases:
        yield _none(ground, "R66", "CRA_ART_14_2")
    for case in cases:
        if not case.submissions:
            of = "CRA_ART_14_2" if case.kind is Kind.VULNERABILITY else "CRA_ART_14_4"
            yield _said(
                "R66",
                of,
                case,
                Answer.UNDECIDABLE,
                "no stage is recorded as submitted",
                "record under stages what is submitted",
            )
        for one in case.submissions:
            of = clause(case.kind, one.stage)
            what = one.stage.words
            given = case.given(one.stage)
            if given is None:
                message = f"what the {what} gave is not recorded"
                way_out = "list the points that it gave under contains; the draft names them"
                yield _said("R66", of, case, Answer.UNDECIDABLE, message, way_out)
                continue
            lacks = [f for f in content.fields(case.kind, one.stage) if f.key not in given]
            if lacks:
                names = listed([f"{f.title} ({f.key})" for f in lacks])
                message = f"the {what} is recorded without {names}"
                way_out = (
                    "give it to the CSIRT; or record it under contains, or under left_out with the reason"
                )
                yield _said("R66", lacks[0].clause, case, Answer.NOT_MET, message, way_out)
            else:
                message = f"the {what} gave every point, or leaves it out with a reason"
                yield _said("R66", of, case, Answer.MET, message)


def r67(ground: Ground) -> Iterator[Check]:
    """Article 14(7): the CSIRT of the main establishment, else by the order of points (a) to (d)."""
    of = "CRA_ART_14_7"
    cases = _cases(ground)
    if not cases:
        yield _none(ground, "R67", of, Severity.WARNING)
    expected = recipient(ground.establishment) if ground.establishment else None
    for case in cases:
        if not case.csirt:
            way_out = "record the Member State of the CSIRT under csirt"
            yield _said(
                "R67", of, case, Answer.UNDECIDABLE, "which CSIRT received it is not recorded", way_out
            )
        elif expected is None or not expected.state:
            message = f"it went to the CSIRT in {named(case.csirt)}, and what decides that is not stated"
            reason = expected.reason if expected else "the product file names no main establishment"
            yield _said(
                "R67", of, case, Answer.UNDECIDABLE, message, f"state it in the product file: {reason}"
            )
        elif expected.state == case.csirt:
            message = f"it went to the CSIRT in {named(case.csirt)}: {expected.reason}"
            yield _said("R67", expected.clause, case, Answer.MET, message)
        else:
            went, ought = named(case.csirt), named(expected.state)
            message = f"it went to the CSIRT in {went}, and not to that in {ought}, though {expected.reason}"
            way_out = "ask both which of them is right"
            yield _said("R67", expected.clause, case, Answer.NOT_MET, message, way_out)


def r68(ground: Ground) -> Iterator[Check]:
    """Articles 14(8) and 13(6): users are informed, and of flaws in components whoever maintains them."""
    cases = _cases(ground)
    if not cases:
        yield _none(ground, "R68", "CRA_ART_14_8")
    for case in cases:
        yield _informed(case, case.users, "CRA_ART_14_8", "users", "users")
        if case.kind is Kind.VULNERABILITY and case.component:
            yield _informed(
                case, case.upstream, "CRA_ART_13_6", "upstream", f"whoever maintains {case.component}"
            )


def _informed(case: Case, found: Informed | None, of: str, key: str, who: str) -> Check:
    if found is not None and found.when is not None:
        how = f", {found.how}" if found.how else ""
        return _said("R68", of, case, Answer.MET, f"{who}: informed on {shown(found.when)}{how}")
    if found is not None and found.not_needed:
        message = f"{who}: not informed, because {found.not_needed}; whether that is enough needs a judgement"
        return _said(
            "R68", of, case, Answer.UNDECIDABLE, message, "let somebody who knows the law look at the reason"
        )
    message = f"{who}: nothing says that they were informed"
    way_out = (
        f"inform them without delay, and record it under {key}.informed; or {key}.not_needed with the reason"
    )
    if case.status is Status.OPEN:
        return _said("R68", of, case, Answer.UNDECIDABLE, message, way_out)
    return _said("R68", of, case, Answer.NOT_MET, message, way_out)


# ---------------------------------------------------------------------- R69 and R70


def r69(ground: Ground) -> Iterator[Check]:
    """Article 69(3): the duty goes on after support has ended, and for what was sold before."""
    of = "CRA_ART_69_3"
    period = ground.product.support_period if ground.product else None
    end = period.end.last_day if period and period.end else None
    until = str(period.end) if period else ""
    late = [c for c in _cases(ground) if end and c.aware.date() > end]
    day = ground.product.reference_date if ground.product else None
    if not late:
        # Where support has not ended on the day of the file, nothing can have been missed after its end.
        running = end is not None and not (day and day > end)
        runs = f", which runs until {until}" if running else ""
        yield Check(
            rule="R69",
            clause=of,
            outcome=Answer.NOT_APPLICABLE if running else Answer.UNDECIDABLE,
            message=f"no report is recorded from after the support period{runs}; the duty to report does "
            "not end with it, and covers products that were placed on the market before 11 December 2027",
            way_out=""
            if running
            else "keep the reporting procedure in force for as long as the product is in use",
            severity=Severity.WARNING,
        )
    for case in late:
        steps = case.steps(None)
        if any(s.submitted for s in steps):
            message = f"reported although the support period ran until {until}, as it has to be"
            yield _said("R69", of, case, Answer.MET, message)
        else:
            message = (
                f"nothing is recorded as submitted; the duty did not end with the support period ({until})"
            )
            yield _said("R69", of, case, Answer.NOT_MET, message, "submit it, and record it")


def r70(ground: Ground) -> Iterator[Check]:
    """Article 64(10)(a): no fine for small firms that miss the 24 hours; the duty stays as it is."""
    rest = "the duty to warn within 24 hours is the same for all"
    if ground.small is None:
        outcome, message = Answer.UNDECIDABLE, f"the size of the manufacturer is not stated; {rest}"
        way_out = "state it in the product file"
    elif ground.small:
        outcome, way_out = Answer.MET, ""
        message = f"a micro or small enterprise is not fined for missing the 24 hours alone; {rest}"
    else:
        outcome, way_out = Answer.NOT_APPLICABLE, ""
        message = f"the manufacturer is no micro or small enterprise, so nothing is relaxed; {rest}"
    yield Check(
        rule="R70",
        clause="CRA_ART_64_10_A",
        outcome=outcome,
        message=message,
        way_out=way_out,
        severity=Severity.INFO,
    )


RULES: dict[str, Callable[[Ground], Iterator[Check]]] = {
    "R63": r63,
    "R64": r64,
    "R65": r65,
    "R66": r66,
    "R67": r67,
    "R68": r68,
    "R69": r69,
    "R70": r70,
}
