"""Content of the reports: what Article 14 orders for each stage, point by point.

A list in own words, in the order of the Article. ``always``: the point has to be there. ``if``: the
Article asks for it where it applies or as far as it is available; it may be left out, with a reason.
A point that an earlier report gave already need not be given again (Article 14(2)(b) and (c), (4)(b)
and (c)), which is why one answer serves all stages.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sphinx_cra.reporting.clock import STAGES, Kind, Stage, clause


class Need(StrEnum):
    """How firmly the Article asks for a point."""

    ALWAYS = "always"
    AVAILABLE = "as far as it is available"
    APPLICABLE = "where it applies"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One thing that a report has to say."""

    key: str
    """Name in the file of answers and in the register."""
    title: str
    ask: str
    """What to write, for whoever has to."""
    clause: str
    """Id of the point that orders it."""
    cite: str
    """As people cite that point."""
    stage: Stage
    kind: Kind
    need: Need = Need.ALWAYS


_A, _B, _C = STAGES
_V, _I = Kind.VULNERABILITY, Kind.INCIDENT

_MEMBER_STATES = (
    "member_states",
    "Member States where the product is available",
    "The Member States in which the product is known to have been made available.",
    Need.APPLICABLE,
)
_MEASURES = (
    "measures_taken",
    "Measures taken",
    "Corrective or mitigating measures that the manufacturer has taken so far.",
    Need.AVAILABLE,
)
_USERS = (
    "measures_users",
    "Measures for users",
    "Corrective or mitigating measures that users can take themselves.",
    Need.AVAILABLE,
)
_SENSITIVITY = (
    "sensitivity",
    "Sensitivity",
    "How sensitive the manufacturer considers what is notified to be, and why.",
    Need.APPLICABLE,
)
_SEVERITY = ("severity", "Severity", "How severe it is, by which scale, and why.", Need.ALWAYS)
_IMPACT = ("impact", "Impact", "What it did or can do to the product, its users and others.", Need.ALWAYS)

_ORDERED: dict[tuple[Kind, Stage, str], tuple[tuple[str, str, str, Need], ...]] = {
    (_V, _A, ""): (_MEMBER_STATES,),
    (_V, _B, ""): (
        ("product", "The product", "General information about the product concerned.", Need.AVAILABLE),
        ("exploit", "Nature of the exploit", "In general terms, how it is exploited.", Need.AVAILABLE),
        (
            "vulnerability_nature",
            "Nature of the vulnerability",
            "In general terms, what kind of vulnerability it is, and where.",
            Need.AVAILABLE,
        ),
        _MEASURES,
        _USERS,
        _SENSITIVITY,
    ),
    (_V, _C, "I"): (
        ("description", "Description of the vulnerability", "What it is and how it works.", Need.ALWAYS),
        _SEVERITY,
        _IMPACT,
    ),
    (_V, _C, "II"): (
        ("actor", "Malicious actor", "What is known of whoever exploited or exploits it.", Need.AVAILABLE),
    ),
    (_V, _C, "III"): (
        (
            "remedy",
            "Security update or other remedy",
            "The security update or other measures that were made available: version, date, where.",
            Need.ALWAYS,
        ),
    ),
    (_I, _A, ""): (
        (
            "suspected_malicious",
            "Unlawful or malicious acts",
            "Whether unlawful or malicious acts are suspected to be the cause: yes or no, and why.",
            Need.ALWAYS,
        ),
        _MEMBER_STATES,
    ),
    (_I, _B, ""): (
        ("incident_nature", "Nature of the incident", "In general terms, what happened.", Need.AVAILABLE),
        ("assessment", "Initial assessment", "A first judgement of the incident.", Need.AVAILABLE),
        _MEASURES,
        _USERS,
        _SENSITIVITY,
    ),
    (_I, _C, "I"): (
        (
            "description",
            "Detailed description of the incident",
            "What happened, when and where.",
            Need.ALWAYS,
        ),
        _SEVERITY,
        _IMPACT,
    ),
    (_I, _C, "II"): (
        (
            "cause",
            "Threat or root cause",
            "What kind of threat or which cause probably led to it.",
            Need.ALWAYS,
        ),
    ),
    (_I, _C, "III"): (
        (
            "mitigation",
            "Mitigation",
            "Measures against it: those applied, and those still running.",
            Need.ALWAYS,
        ),
    ),
}


def fields(kind: Kind, stage: Stage) -> tuple[Field, ...]:
    """What the Article orders for a stage, in its order; of an intermediate report, updates."""
    if stage is Stage.INTERMEDIATE:
        return (
            Field(
                key="status_update",
                title="Status updates",
                ask="What changed since the last report, as far as the CSIRT asked for it.",
                clause=clause(kind, stage),
                cite="Article 14(6)",
                stage=stage,
                kind=kind,
            ),
        )
    paragraph = 2 if kind is _V else 4
    return tuple(
        Field(
            key=key,
            title=title,
            ask=ask,
            clause=clause(kind, at) + (f"_{point}" if point else ""),
            cite=f"Article 14({paragraph}), point ({'abc'[STAGES.index(at)]})"
            + (f"({point.lower()})" if point else ""),
            stage=at,
            kind=of,
            need=need,
        )
        for (of, at, point), entries in _ORDERED.items()
        if (of, at) == (kind, stage)
        for key, title, ask, need in entries
    )


def of_kind(kind: Kind) -> tuple[Field, ...]:
    """All that the three stages ask for, each key once, in the order in which it is first asked."""
    found: dict[str, Field] = {}
    for stage in STAGES:
        for one in fields(kind, stage):
            found.setdefault(one.key, one)
    return tuple(found.values())
