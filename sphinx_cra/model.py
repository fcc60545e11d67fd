"""The nouns: what a clause, an item, a verdict, a row and a finding are.

Frozen dataclasses, built once and complete, then only read. What can be derived is a
property. Nothing here reads a file, decides a state or knows of Sphinx.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def _nothing() -> Mapping[Any, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Place:
    """Where an author wrote something: a document of the project, or a file, and a line."""

    source: str
    """Document name (``design/keys``) or path relative to the project (``cra.yaml``)."""
    line: int | None = None

    def __str__(self) -> str:
        return self.source if self.line is None else f"{self.source}:{self.line}"


# --------------------------------------------------------------------------- frameworks


class Force(StrEnum):
    """What kind of sentence a clause is."""

    DUTY = "duty"
    """Somebody must do it."""
    OPTION = "option"
    """Somebody may do it."""
    RULE = "rule"
    """A definition, condition or legal effect."""
    EMPOWERMENT = "empowerment"
    """An act that the Commission may or must adopt."""
    HEADING = "heading"
    """A container of other clauses; demands nothing itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One addressable point of a framework."""

    id: str
    """``CRA_ANX_I_P1_2_D``. Never changes its meaning once published."""
    framework: str
    """Id of the catalogue it belongs to."""
    printed: str
    """As people cite it: ``Annex I, Part I, point (2)(d)``."""
    title: str
    summary: str = ""
    """Own words, never the wording of the law or the standard."""
    group: str = ""
    """Id of the group it is shown under."""
    parent: str | None = None
    force: Force = Force.DUTY
    addressees: tuple[str, ...] = ()
    """Whom it binds; empty where the framework does not say."""
    excludable: bool = False
    """Whether it may be declared not applicable (CRA: Art. 13(4), Annex I Part I (2)(a) to (m) only)."""
    url: str | None = None
    """Where the text stands at its publisher."""
    applies_from: str | None = None
    """ISO date."""
    replaces: tuple[str, ...] = ()
    """Ids of an earlier edition whose content it took over."""
    verified: str | None = None
    """How the id and the title were checked, where the catalogue says it; a weak check is shown."""
    details: Mapping[str, str] = field(default_factory=_nothing)
    """What only this framework knows, ready to be shown: ``component types``, ``lowest SL-C``."""
    wording: str | None = None
    """From a project's own overlay, which holds a licence for it. Never shipped by us."""
    place: Place | None = field(default=None, compare=False)
    """Where its catalogue file has it."""

    @property
    def asked(self) -> bool:
        """Whether the maker has to do it: a duty, addressed to the manufacturer or to nobody special."""
        return self.force is Force.DUTY and (not self.addressees or not MAKERS.isdisjoint(self.addressees))

    @property
    def doubted(self) -> bool:
        """Whether its catalogue says that its id, title or content was not verified."""
        return bool(self.verified and self.verified.startswith(NOT_VERIFIED))


NOT_VERIFIED = "not verified"
"""How ``Clause.verified`` begins where the check is weak."""

DOUBT = "unverified entry"
"""What is said of a doubted clause wherever it is named; the catalogue page has the reason."""


MAKERS = frozenset({"manufacturer", "economic-operator"})
"""Addressees that a manufacturer has to listen to."""


def under(clause: str, prefix: str) -> bool:
    """Whether a clause id is ``prefix`` or lies below it; ``CRA_ANX_I`` is not above ``CRA_ANX_II``."""
    return not prefix or clause == prefix or clause.startswith(prefix.rstrip("_") + "_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A part of a framework, in the framework's own structure."""

    id: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """A product category of Annex III or IV of the CRA."""

    id: str
    printed: str
    title: str
    product_class: str
    """``important-class-I``, ``important-class-II`` or ``critical``."""
    url: str | None = None
    details: Mapping[str, str] = field(default_factory=_nothing)
    """Ready to be shown: ``technical description``, ``draft standard``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The clauses of one edition of one framework, in the framework's order."""

    id: str
    """``cra``, ``iec62443-4-1``."""
    title: str
    short: str
    """For narrow columns: ``CRA``, ``IEC 62443-4-1``."""
    edition: str
    prefix: str
    """What every id of a clause starts with: ``CRA_``."""
    publisher: str = ""
    url: str | None = None
    note: str = ""
    """What a reader must know before relying on it; shown wherever the catalogue is."""
    groups: tuple[Group, ...] = ()
    clauses: tuple[Clause, ...] = ()
    categories: tuple[Category, ...] = ()
    place: Place | None = field(default=None, compare=False)
    """Its file."""


class Strength(StrEnum):
    """How far a clause of one framework goes towards a clause of another. There is no *full*."""

    PARTIAL = "partial"
    """It addresses a real part of the clause."""
    SUPPORTING = "supporting"
    """It gives evidence or preconditions only."""


class Basis(StrEnum):
    """On whose authority two clauses are related."""

    PUBLISHED = "published"
    """Stated by a named publisher."""
    DERIVED = "derived"
    """Composed from published references."""
    EXPERT_JUDGEMENT = "expert-judgement"
    """Ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """One clause of a framework supports one clause of another."""

    mapping: str
    """Id of the mapping that says so."""
    clause: str
    """The clause that is supported (CRA)."""
    by: str
    """The clause that supports it (IEC 62443)."""
    strength: Strength
    basis: Basis
    source: str = ""
    """Key of the source in the mapping's provenance, or the publisher."""
    rationale: str = ""
    note: str = ""
    """How far the source goes: ``ids named``, ``part named, not the single ids``."""
    place: Place | None = field(default=None, compare=False)
    """Where its mapping file has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseMapping:
    """Relations between the clauses of two catalogues, and what they leave open."""

    id: str
    title: str
    version: str
    clauses_of: str
    """Catalogue id of the supported side."""
    supported_by: tuple[str, ...]
    """Catalogue ids of the supporting side."""
    relations: tuple[Relation, ...]
    remaining: Mapping[str, tuple[str, ...]]
    """Supported clause -> what remains to be done whatever supports it, one sentence each."""
    note: str = ""
    overall: Mapping[str, str] = field(default_factory=_nothing)
    """Supported clause -> how far all its relations together go: ``partial``, ``supporting`` or ``none``.

    With ``none``, the relations only say where to write the matter down; they support nothing.
    """
    sources: Mapping[str, str] = field(default_factory=_nothing)
    """Key that relations name as their source -> what it is."""
    places: Mapping[str, Place] = field(default_factory=_nothing, compare=False)
    """Supported clause -> where the mapping file has it."""
    place: Place | None = field(default=None, compare=False)
    """Its file."""


# --------------------------------------------------------------------------- the project


class Kind(StrEnum):
    """What a need is to us, whatever its project calls it."""

    RISK = "risk"
    """Asset, threat, likelihood, impact, treatment, residual risk (Art. 13(2) and (3))."""
    REQUIREMENT = "requirement"
    """What the product must do."""
    CONTROL = "control"
    """How it does it: design, code or process."""
    EVIDENCE = "evidence"
    """What proves it; points at an artefact (Annex VII, point 6)."""
    EXCLUSION = "exclusion"
    """Why a clause does not apply (Art. 13(4))."""


class Link(StrEnum):
    """Verbs that read as a sentence: *requirement* ``satisfies`` *clause*."""

    CONCERNS = "concerns"
    SATISFIES = "satisfies"
    MITIGATES = "mitigates"
    IMPLEMENTS = "implements"
    VERIFIES = "verifies"
    EXCLUDES = "excludes"
    BECAUSE_OF = "because_of"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One need of the project that we have a word for."""

    id: str
    kind: Kind
    type: str
    """The project's own name of the need type."""
    title: str
    content: str = ""
    status: str | None = None
    fields: Mapping[str, str] = field(default_factory=_nothing)
    """Set fields only, under our names: ``treatment``, ``file``, ``reason``."""
    links: Mapping[Link, tuple[str, ...]] = field(default_factory=_nothing)
    """Set links only; targets are clause ids or item ids, as the author wrote them."""
    place: Place | None = None


class Outcome(StrEnum):
    """What an artefact shows. Only ``valid`` proves anything."""

    VALID = "valid"
    """Something ran, or exists as stated, and shows what it is cited for."""
    FAILED = "failed"
    """It ran and shows the opposite."""
    VOID = "void"
    """Nothing executed: an empty suite, all skipped, no results, no components."""
    EXPIRED = "expired"
    """Older than its own or the project's rule allows, or not shown to be younger."""
    FOREIGN = "foreign"
    """Made for another version or product."""
    ALTERED = "altered"
    """Its digest differs from the recorded one."""
    MISSING = "missing"
    """No such file, or the evidence names none."""
    UNREADABLE = "unreadable"
    """Broken, too large or not what its kind says."""
    UNCHECKED = "unchecked"
    """Not looked at: a URL, or a kind without a reader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Artefact:
    """One file that a verdict rests on."""

    path: str
    """Relative to the project, with forward slashes."""
    sha256: str
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one piece of evidence shows, and why."""

    outcome: Outcome
    reason: str
    """One sentence, complete without the table around it."""
    artefacts: tuple[Artefact, ...] = ()
    counts: Mapping[str, int] = field(default_factory=_nothing)
    """``passed``, ``failed``, ``errors``, ``skipped``, ... in the artefact's own words."""
    tool: str = ""
    date: str = ""
    """ISO, as the artefact states it."""
    subject: str = ""
    """Version, commit or digest that the artefact says it is about."""
    valid_until: str = ""
    """ISO; last day on which it holds, as the artefact or the author states it."""
    bound: bool | None = None
    """Whether it is shown to be about the release; None where no product file names one."""
    refuted: tuple[str, ...] = ()
    """What in it failed, each worth telling by itself: test cases, vulnerabilities, results."""


# --------------------------------------------------------------------------- results


class State(StrEnum):
    """What the trace shows for a clause. None of them is *compliant*."""

    EXCLUDED = "excluded"
    """An exclusion names it, with a reason, and the law lets it be excluded."""
    FAILED = "failed"
    """Evidence of what carries it is failed or altered."""
    VERIFIED = "verified"
    """Every carrier is proven."""
    COVERED = "covered"
    """Every carrier is a control, or implemented, or proven."""
    PLANNED = "planned"
    """There is a carrier, and at least one is neither implemented nor proven."""
    SUPPORTED = "supported"
    """No carrier; a clause of another framework that is covered or verified supports it."""
    OPEN = "open"
    """Nothing carries or supports it."""

    @property
    def gap(self) -> bool:
        """Whether somebody still has to do something."""
        return self in GAPS


GAPS = frozenset({State.FAILED, State.PLANNED, State.SUPPORTED, State.OPEN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """A relation of a mapping that reaches a clause, with the state at its other end."""

    relation: Relation
    state: State
    """Of the supporting clause. Only ``covered`` and ``verified`` support anything."""

    @property
    def holds(self) -> bool:
        return self.state in (State.COVERED, State.VERIFIED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remaining:
    """What a mapping says is left to do for a clause, whatever supports it."""

    mapping: str
    """Id of the mapping that says so."""
    text: str
    """One sentence."""

    def __str__(self) -> str:
        return f"{self.mapping}: {self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One clause, and what the project shows for it."""

    clause: Clause
    state: State | None
    """None where the clause asks nothing of the maker and nothing is linked to it."""
    reason: str
    """Why this state, in one or more sentences."""
    way_out: str = ""
    """What would close the gap; empty where there is none."""
    carriers: tuple[Item, ...] = ()
    """Requirements that satisfy the clause, and controls that satisfy it directly."""
    controls: tuple[Item, ...] = ()
    """Controls that implement a carrier or are one."""
    evidence: tuple[Item, ...] = ()
    """Evidence of any of these, or of the clause itself."""
    risks: tuple[Item, ...] = ()
    exclusions: tuple[Item, ...] = ()
    supports: tuple[Support, ...] = ()
    """Every relation that reaches the clause, holding or not."""
    remaining: tuple[Remaining, ...] = ()
    """What the mappings say is left to do whatever supports the clause, one mapping after the other."""
    certificates: tuple[Item, ...] = ()
    """Valid certificates that say the clause is met; never for a clause of the Regulation."""
    implemented: int = 0
    """Carriers that are a control, or implemented, or proven."""
    proven: int = 0
    stated: tuple[str, ...] = ()
    """Ids of the proven carriers for which authors state that, with nothing read in the evidence."""
    unfinished: tuple[str, ...] = ()
    """Ids of the carriers that are neither implemented nor proven."""

    @property
    def requirements(self) -> tuple[Item, ...]:
        return tuple(c for c in self.carriers if c.kind is Kind.REQUIREMENT)

    @property
    def counted(self) -> bool:
        """Whether the row is in totals: asked of the maker, and not declared not applicable."""
        return self.clause.asked and self.state is not None

    @property
    def gap(self) -> bool:
        return self.counted and self.state is not None and self.state.gap


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """A catalogue set against a trace: a row for every clause, in the catalogue's order."""

    catalogue: Catalogue
    rows: tuple[Row, ...]

    @property
    def gaps(self) -> tuple[Row, ...]:
        return tuple(r for r in self.rows if r.gap)


class Severity(StrEnum):
    """How loudly a finding speaks."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Code(StrEnum):
    """Subtype of every warning (``cra.<code>``); each can be suppressed alone."""

    CONFIG = "config"
    """A ``cra_*`` value in ``conf.py`` cannot be used as it stands."""
    CATALOGUE = "catalogue"
    """A catalogue, mapping or overlay file is broken or does not fit the others."""
    PRODUCT = "product"
    """``cra.yaml`` is missing or broken."""
    UNKNOWN_CLAUSE = "unknown_clause"
    """A link or role names a clause that no loaded catalogue has."""
    UNKNOWN_NEED = "unknown_need"
    """A link names a need that does not exist."""
    LINK_KIND = "link_kind"
    """A link leads to something its verb does not fit (``implements`` to a risk)."""
    HEADING = "heading"
    """A link leads to a heading, which demands nothing itself: one of its points is meant."""
    NOT_EXCLUDABLE = "not_excludable"
    """An exclusion names a clause that the law does not let be excluded (Art. 13(4); R19)."""
    NO_REASON = "no_reason"
    """An exclusion gives no reason (Art. 13(4); R18)."""
    REVIEW = "review"
    """An exclusion should have been looked at again, or the file of reviews is broken."""
    CONTRADICTION = "contradiction"
    """A clause is excluded and carried at once; the carriers win."""
    EVIDENCE = "evidence"
    """Evidence proves nothing: missing, unreadable, altered, void, expired, foreign, of unknown kind."""
    REPORT = "report"
    """The register of reports made is broken, or cannot be shown as asked."""
    SECTION = "section"
    """A claim for a point of Annex VII cannot be used."""
    CITATION = "citation"
    """The text cites a place that the Act, IEC 62443-4-1 or -4-2 or the SSDF does not have."""
    PDF = "pdf"
    """Something could not be put into the PDF as written."""
    BASELINE = "baseline"
    """The file of accepted findings is broken, or another product's; nothing counts as accepted."""
    BUNDLE = "bundle"
    """The technical file could not be put into one file as asked."""
    FAILED = "failed"
    """Gap: evidence of what carries a clause is failed or altered."""
    PLANNED = "planned"
    """Gap: a carrier of a clause is neither implemented nor proven."""
    SUPPORTED = "supported"
    """Gap: only a clause of another framework supports this one."""
    OPEN = "open"
    """Gap: nothing carries or supports a clause."""
    SUSPECT = "suspect"
    """Gap: an item rests on something that changed since it was reviewed."""
    ANNEX_VII = "annex_vii"
    """Gap: a point of Annex VII lacks something."""
    RULE = "rule"
    """Gap: a rule of the Regulation is not met on the stated facts."""
    UNLINKED = "unlinked"
    """Gap: a requirement, control or piece of evidence leads to nothing, so it carries nothing."""


GAP_CODES = frozenset(
    {
        Code.FAILED,
        Code.PLANNED,
        Code.SUPPORTED,
        Code.OPEN,
        Code.SUSPECT,
        Code.ANNEX_VII,
        Code.RULE,
        Code.UNLINKED,
    }
)
"""Codes that say the project lacks something. They warn only where ``cra_gate`` asks."""
LATE_CODES = frozenset({Code.PDF, Code.BUNDLE})
"""Codes of what only the writing of a technical file tells; a build of pages finds none of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing worth telling somebody, at the line where it can be mended."""

    code: Code
    message: str
    """Names the thing and says what is wrong or missing."""
    way_out: str = ""
    severity: Severity = Severity.WARNING
    item: str | None = None
    clause: str | None = None
    rule: str | None = None
    """``R03``, where one of the rules says it."""
    about: str = ""
    """What else it is about, which tells it from others: the target of a link, a key of a file."""
    causes: tuple[str, ...] = ()
    """What makes it so, each worth telling by itself: tests that failed, facts that are not stated."""
    place: Place | None = None

    def __str__(self) -> str:
        return f"{self.message}; {self.way_out}" if self.way_out else self.message


# --------------------------------------------------------------------------- Annex VII


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A page or section that its author claims for a point of Annex VII."""

    point: str
    """``1``, ``1a`` ... ``8``."""
    docname: str
    anchor: str
    """Id of the section in its document; empty for the whole page."""
    title: str
    empty: bool = False
    """Nothing but a title stands in it."""
    not_applicable: str = ""
    """The reason, where the author says that the point does not apply."""
    line: int | None = None
    filled: bool = False
    """It shows what is computed for the point, so that it says no more than ``cra.yaml`` does."""
    text: str = ""
    """Digest of what is written in it beside the needs, so that two editions can be told apart."""
    needs: tuple[str, ...] = ()
    """Ids of the needs that stand in it or that its text refers to."""


class Presence(StrEnum):
    """Whether the file has what a point of Annex VII asks for."""

    PRESENT = "present"
    MISSING = "missing"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One of the fifteen items of Annex VII, and what the file has for it."""

    id: str
    """``1``, ``1a`` ... ``8``."""
    clause: str
    """``CRA_ANX_VII_1_A``."""
    printed: str
    title: str
    presence: Presence
    reason: str = ""
    """Why not applicable."""
    lacks: tuple[str, ...] = ()
    """What exactly is missing, one sentence each."""
    causes: tuple[str, ...] = ()
    """The same, one word or id for each thing that is missing."""
    sections: tuple[Section, ...] = ()
    computed: bool = False
    """Whether a part of it fills itself from ``cra.yaml`` and the trace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """The fifteen items of Annex VII in order."""

    points: tuple[Point, ...]
