"""What a rule is: a question of the Regulation that facts can answer, and the answer.

A rule cites the clause it comes from and is decided from facts alone: ``cra.yaml``, the trace, the
evidence and the technical file. It says *met*, *not met* or *not decidable*, never more: whether a
product fulfils the Regulation is for people to say. What we do not check is listed with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from sphinx_cra.model import Outcome as Shown
from sphinx_cra.model import Severity
from sphinx_cra.words import listed

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping

    from sphinx_cra.known_vulnerabilities import Known
    from sphinx_cra.legal.status import Status
    from sphinx_cra.model import Category, Dossier, Item, Place, Row, Section, Verdict
    from sphinx_cra.product import Product
    from sphinx_cra.reporting.register import Register
    from sphinx_cra.trace import Trace


class Outcome(StrEnum):
    """What the facts answer."""

    MET = "met"
    """The facts show what the rule asks for."""
    NOT_MET = "not met"
    """The facts contradict it, or what has to exist is not there."""
    UNDECIDABLE = "not decidable"
    """A fact is missing; the message says which."""
    NOT_APPLICABLE = "does not apply"
    """The rule is about other products or other choices; the message says why."""
    NOT_CHECKED = "not checked"
    """We do not look; the message says why."""


class Basis(StrEnum):
    """What a rule rests on."""

    LAW = "law"
    """The text of the Regulation."""
    GUIDANCE = "guidance"
    """The Commission's guidance C(2026) 5252 or its FAQ; not binding."""
    READING = "own reading"
    """How we read the text; ask a lawyer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one rule found."""

    outcome: Outcome
    message: str
    """Names the facts, one or more sentences without the last full stop."""
    way_out: str = ""
    place: Place | None = None
    severity: Severity | None = None
    """Where it is milder or harder than the rule's own."""
    causes: tuple[str, ...] = ()
    """What makes it so, each worth telling by itself: facts that are not stated, ids."""


def met(message: str) -> Answer:
    """The facts show it."""
    return Answer(outcome=Outcome.MET, message=message)


def not_met(
    message: str,
    way_out: str,
    place: Place | None = None,
    *,
    causes: Iterable[str] = (),
    severity: Severity | None = None,
) -> Answer:
    """The facts show that it is not so, and what would mend it.

    :param causes: each thing that the message lists; who accepts the rule accepts these and no more.
    """
    return Answer(
        outcome=Outcome.NOT_MET,
        message=message,
        way_out=way_out,
        place=place,
        severity=severity,
        causes=tuple(dict.fromkeys(causes)),
    )


def undecidable(message: str, way_out: str, place: Place | None = None) -> Answer:
    """A fact is missing: which, and where it would be stated."""
    return Answer(outcome=Outcome.UNDECIDABLE, message=message, way_out=way_out, place=place)


def not_applicable(message: str) -> Answer:
    """The rule is not about this product."""
    return Answer(outcome=Outcome.NOT_APPLICABLE, message=message)


def points(printed: Iterable[str], limit: int = 22) -> str:
    """Clauses as a sentence lists them: ``Annex I, Part I, points (1) and (2)(a); Part II, point (3)``."""
    groups: dict[str, list[str]] = {}
    shown = list(printed)
    for clause in shown[:limit]:
        head, _, number = clause.rpartition(", point ")
        groups.setdefault(head, []).append(number)
    said, annex = [], ""
    for head, numbers in groups.items():
        first, _, part = head.partition(", ")
        where = part if part and first == annex else head
        annex = first
        word = "point" if len(numbers) == 1 else "points"
        said.append(f"{where}, {word} {listed(numbers, limit)}" if where else listed(numbers, limit))
    more = f"; and {len(shown) - limit} more" if len(shown) > limit else ""
    return "; ".join(said) + more


def lacking(wanted: Mapping[str, object]) -> list[str]:
    """What is not stated: the words of every fact that is empty."""
    return [words for words, there in wanted.items() if not there]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that a rule may look at. Rules read no files and no clock."""

    product: Product
    trace: Trace
    verdicts: Mapping[str, Verdict]
    rows: Mapping[str, Row]
    """Clause id -> its row."""
    dossier: Dossier
    status: Status
    """What changes outside of the project: standards cited, forms published; as of a date."""
    sections: tuple[Section, ...] = ()
    """What authors claim for the points of Annex VII."""
    categories: Mapping[str, Category] = field(default_factory=lambda: MappingProxyType({}))
    """Categories of Annexes III and IV."""
    known: Known | None = None
    reports: Register | None = None
    """Of reports made under Article 14; None where there is none that can be read."""

    @property
    def day(self) -> dt.date | None:
        """The day on which the file has to hold; None where it states none."""
        return self.product.reference_date

    def shown(self, item: Item) -> Shown:
        """What a piece of evidence shows."""
        verdict = self.verdicts.get(item.id)
        return verdict.outcome if verdict else Shown.UNCHECKED


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One question, with the clause that asks it."""

    id: str
    """``R03``."""
    title: str
    """What has to be so, in own words."""
    cites: tuple[str, ...]
    """Where the rule comes from, as people cite it; the first is what asks: ``Article 32(2)``."""
    severity: Severity
    """ERROR: a binding text is broken on the stated facts. WARNING: needs judgement."""
    inputs: str
    """What it is decided from, for the reference: ``cra.yaml conformity.procedure``."""
    basis: Basis = Basis.LAW
    check: Callable[[Facts], Answer] | None = None
    unchecked: str = ""
    """Why we do not check it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """A rule with the answer that the facts of this product give."""

    rule: Rule
    answer: Answer

    @property
    def outcome(self) -> Outcome:
        return self.answer.outcome

    @property
    def severity(self) -> Severity:
        return self.answer.severity or self.rule.severity

    @property
    def lack(self) -> tuple[str, ...]:
        """The answer as a sentence that names the rule, and then each thing that makes it so."""
        return (f"{self.answer.message} ({self.rule.id}).", *(self.answer.causes or (self.rule.id,)))


class Rules:
    """The rules of one module, in the order in which they are written."""

    def __init__(self) -> None:
        self.all: list[Rule] = []

    def rule(
        self,
        name: str,
        title: str,
        *,
        cites: Iterable[str],
        severity: Severity,
        inputs: str,
        basis: Basis = Basis.LAW,
    ) -> Callable[[Callable[[Facts], Answer]], Callable[[Facts], Answer]]:
        """Register the function that answers a rule."""

        def register(check: Callable[[Facts], Answer]) -> Callable[[Facts], Answer]:
            self.all.append(
                Rule(
                    id=name,
                    title=title,
                    cites=tuple(cites),
                    severity=severity,
                    inputs=inputs,
                    basis=basis,
                    check=check,
                )
            )
            return check

        return register

    def unchecked(self, name: str, title: str, why: str, *, cites: Iterable[str], severity: Severity) -> None:
        """Register a rule that we know and do not check."""
        self.all.append(
            Rule(id=name, title=title, cites=tuple(cites), severity=severity, inputs="", unchecked=why)
        )
