"""R15 to R70: what each rule answers on which facts; met, not met, and not decidable."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

import pytest

import test_legal_classes
from build import control, cra, evidence, exclusion, requirement, risk, section
from legal import answer, facts, named
from sphinx_cra import legal
from sphinx_cra.annex_vii import POINTS
from sphinx_cra.evidence.vex.model import Status as Standing
from sphinx_cra.known_vulnerabilities import Known, Match
from sphinx_cra.legal import status
from sphinx_cra.legal.rule import Basis, Outcome
from sphinx_cra.model import Dossier, Item, Presence, Section, Verdict
from sphinx_cra.model import Outcome as Shown

MET, NOT, UNKNOWN, NA = Outcome.MET, Outcome.NOT_MET, Outcome.UNDECIDABLE, Outcome.NOT_APPLICABLE
B = "CRA_ANX_I_P1_2_B"
LETTERS = [f"CRA_ANX_I_P1_2_{letter}" for letter in "ABCDEFGHIJKLM"]
HANDLING = [f"CRA_ANX_I_P2_{n}" for n in range(1, 9)]


def shown(outcome: str = "valid", **more: Any) -> Verdict:
    return Verdict(outcome=Shown(outcome), reason="as read", **more)


def case(*items: Item, sections: tuple[Section, ...] = (), **verdicts: Verdict) -> dict[str, Any]:
    """What surrounds the product file of a case."""
    return {"items": items, "sections": sections, "verdicts": verdicts}


def proofs(
    first: str = "valid", *, dated: bool = True, version: str = "1.0", skip: int = 0
) -> dict[str, Any]:
    """A control and a piece of evidence for every point of Annex I; ``first`` is what the first one shows."""
    date = {"date": "2027-01-01"} if dated else {}
    date = {**date, **({"version": version} if version else {})}
    evidenced = [evidence(f"EV_{c}", verifies=f"CTRL_{c}", **date) for c in EVERY_POINT]
    verdicts = {e.id: shown(first if n == 0 else "valid") for n, e in enumerate(evidenced)}
    return {"items": (*PROVEN, *evidenced), "verdicts": dict(list(verdicts.items())[skip:])}


# ---------------------------------------------------------------- R15 to R30: the technical file

RISK = risk("RISK_1", treatment="mitigate", residual="low", asset="keys")
HIGH = risk("RISK_1", treatment="accept", residual="high", asset="keys")
CARRIED = [control(f"CTRL_{c}", satisfies=c, mitigates="RISK_1") for c in LETTERS]
EXCLUDED = exclusion("EXCL_B", excludes=B, because_of="RISK_1")
EVERY_POINT = [*LETTERS, "CRA_ANX_I_P1_1", *HANDLING]
PROVEN = [control(f"CTRL_{c}", satisfies=c) for c in EVERY_POINT]
TIMES: dict[str, Any] = {"document": {"date": "2027-11-01"}, "market": {"first_unit": "2027-12-12"}}
ASSESSED: dict[str, Any] = {
    "product.intended_purpose": "To lock doors.",
    "product.foreseeable_use": "Doors that stand open.",
    "product.operating_environment": "Homes.",
    "product.expected_use_years": 10,
    "risk_assessment": {"version": "3", "date": "2027-10-01"},
}
STANDARDS: dict[str, Any] = {
    "standards": [
        {
            "id": "IEC 62443-4-1",
            "edition": "2018",
            "kind": "other",
            "extent": "partial",
            "parts": ["Practice 1"],
            "clauses": ["CRA_ANX_I_P1_1", "CRA_ANX_I_P2_2"],
        }
    ]
}
IN_FULL: dict[str, Any] = {
    "id": "EN 1",
    "edition": "2027",
    "kind": "harmonised",
    "extent": "full",
    "clauses": ["CRA_ANX_I_P2_2"],
}
CLOUD: dict[str, Any] = {
    "product.remote_data_processing": "An account in the cloud.",
    "product.remote_services": [
        {
            "name": "Lock Cloud",
            "provider": "Example Hosting",
            "third_party": True,
            "purpose": "Opens the door from afar.",
            "contract": "Contract 7 of 2026",
        }
    ],
}
SBOM_EV = evidence("EV_S", kind="sbom")
TEST_EV = evidence("EV_T", kind="junit", verifies=B)
AGREED = case(SBOM_EV, TEST_EV, EV_S=shown(bound=True), EV_T=shown(subject="Lock 1.0", bound=True))
VERSIONS: dict[str, Any] = {
    "product.versions": [{"version": "1.0", "part": "software"}],
    "declaration": {"release": "1.0"},
    "user_information": {"documents": [{"title": "Manual", "release": "1.0"}]},
}
KEPT: dict[str, Any] = {
    "retention": {"archive": "Archive A", "until": "2040-12"},
    "market": {"first_unit": "2027-12-12", "last_unit": "2030-11-30"},
    "support_period": {"end": "2037-12"},
}
FORM = test_legal_classes.published("simplified_form", "Implementing Regulation (EU) 2027/1")
SMALL: dict[str, Any] = {"document": {"simplified_form": True}, "manufacturer.size": "small"}

FILE: list[tuple[str, dict[str, Any], dict[str, Any], Outcome]] = [
    ("R15", {}, {}, NOT),
    ("R16", TIMES, {}, MET),
    ("R16", {**TIMES, "document": {"date": "2027-12-13"}}, {}, NOT),
    ("R16", {**TIMES, "document": {"date": "2028-12-13", "reviewed_on": "2028-12-14"}}, {}, NOT),
    ("R16", {**TIMES, "modifications": [{"date": "2028-03-01", "version": "1.1"}]}, {}, NOT),
    (
        "R16",
        {
            "document": {"date": "2027-11-01", "reviewed_on": "2028-03-02"},
            "market": {"first_unit": "2027-12-12"},
            "modifications": [{"date": "2028-03-01", "version": "1.1"}],
        },
        {},
        MET,
    ),
    ("R16", {**TIMES, "document": {"date": "2027-11-01", "reviewed_on": "2027-10-01"}}, {}, NOT),
    (
        "R16",
        {
            **TIMES,
            "document": {"date": "2027-11-01", "reviewed_on": "2033-01-01"},
            "support_period": {"end": "2032-12"},
        },
        {},
        NOT,
    ),
    ("R16", {**TIMES, "document": {"date": "2027-12-12"}}, {}, MET),
    ("R16", {"document": {"date": "2027-11-01"}}, {}, UNKNOWN),
    ("R16", {}, {}, UNKNOWN),
    ("R17", {}, case(RISK, *CARRIED), MET),
    ("R17", {}, case(RISK, *[c for c in CARRIED if c.id != f"CTRL_{B}"], EXCLUDED), MET),
    ("R17", {}, case(RISK, *CARRIED[1:]), NOT),
    ("R17", {}, case(*[control(f"CTRL_{c}", satisfies=c) for c in LETTERS]), NOT),
    (
        "R17",
        {},
        case(RISK, *CARRIED[1:], requirement("REQ_A", satisfies=LETTERS[0], mitigates="RISK_1")),
        NOT,
    ),
    ("R18", {}, case(RISK, EXCLUDED), MET),
    ("R18", {}, case(RISK, exclusion("EXCL_B", "n/a", excludes=B, because_of="RISK_1")), NOT),
    ("R18", {}, case(exclusion("EXCL_B", excludes=B)), NOT),
    ("R18", {}, case(risk("RISK_1"), EXCLUDED), NOT),
    ("R18", {}, case(HIGH, EXCLUDED), NOT),
    ("R18", {}, case(risk("RISK_1", treatment="mitigate"), EXCLUDED), NOT),
    ("R18", {}, case(risk("RISK_1", treatment="avoid"), EXCLUDED), MET),
    ("R18", {}, case(HIGH, EXCLUDED, control("CTRL_1", mitigates="RISK_1")), MET),
    ("R18", {}, {}, NA),
    ("R19", {}, case(RISK, EXCLUDED), MET),
    ("R19", {}, case(exclusion("EXCL_P2", excludes="CRA_ANX_I_P2_1")), NOT),
    ("R19", {}, case(exclusion("EXCL_1", excludes="CRA_ANX_I_P1_1")), NOT),
    ("R19", {}, case(exclusion("EXCL_P2", excludes="CRA_ANX_I_P2")), NOT),
    ("R19", {}, {}, NA),
    ("R20", {}, case(RISK, EXCLUDED), MET),
    ("R20", {}, case(exclusion("EXCL_B", "It would be too expensive.", excludes=B)), NOT),
    ("R20", {}, case(exclusion("EXCL_B", "Die Kosten wären zu hoch.", excludes=B)), NOT),
    ("R20", {}, case(exclusion("EXCL_B", "It is within our risk tolerance.", excludes=B)), NOT),
    ("R20", {}, {}, NA),
    (
        "R21",
        {"tailor_made": {"business_user": "Plant X", "agreement": "Contract 7", "deviations": [B]}},
        {},
        MET,
    ),
    ("R21", {"updates": {"free_of_charge": False}}, {}, NOT),
    ("R21", {}, case(RISK, EXCLUDED), NOT),
    ("R21", {"tailor_made": {"business_user": "Plant X", "deviations": [B]}}, {}, NOT),
    ("R21", {"updates": {"free_of_charge": True}}, {}, NA),
    ("R21", {}, {}, UNKNOWN),
    ("R22", ASSESSED, case(RISK), MET),
    ("R22", {**ASSESSED, "product.expected_use_years": None}, case(RISK), NOT),
    ("R22", ASSESSED, {}, NOT),
    ("R22", {**ASSESSED, "risk_assessment": {"version": "3"}}, case(RISK), NOT),
    ("R23", {}, proofs(), MET),
    ("R23", {}, proofs(skip=1), UNKNOWN),
    ("R23", {}, proofs("void"), NOT),
    ("R23", {}, proofs("expired"), NOT),
    ("R23", {}, proofs(dated=False), NOT),
    ("R23", {}, proofs(version=""), NOT),
    ("R23", {}, proofs("failed"), NOT),
    ("R23", {}, proofs("unchecked"), UNKNOWN),
    ("R24", STANDARDS, {}, MET),
    ("R24", {}, {}, NOT),
    ("R24", {"standards": [{**STANDARDS["standards"][0], "edition": ""}]}, {}, NOT),
    ("R24", {"standards": [{**STANDARDS["standards"][0], "clauses": ["CRA_ANX_I_P1_1"]}]}, {}, NOT),
    ("R24", {"standards": [{**STANDARDS["standards"][0], "clauses": []}]}, {}, UNKNOWN),
    ("R24", {"standards": [{**IN_FULL, "per_clause": {"CRA_ANX_I_P1_1": "partial"}}]}, {}, NOT),
    ("R24", {"standards": [{**IN_FULL, "per_clause": {"CRA_ANX_I_P1_1": "none"}}]}, {}, NOT),
    (
        "R25",
        CLOUD,
        case(risk("RISK_1", threat="Somebody takes over Lock Cloud."), sections=(section("2a"),)),
        MET,
    ),
    ("R25", CLOUD, case(sections=(section("2a"),)), NOT),
    ("R25", CLOUD, case(risk("RISK_1", threat="Lock Cloud fails")), NOT),
    (
        "R25",
        CLOUD,
        case(risk("RISK_1", threat="Lock Cloud fails"), sections=(section("2a", empty=True),)),
        NOT,
    ),
    ("R25", CLOUD, case(risk("RISK_1", threat="Lock Clouds"), sections=(section("2a"),)), NOT),
    ("R25", {**CLOUD, "product.remote_services": []}, case(sections=(section("2a"),)), UNKNOWN),
    ("R25", {**CLOUD, "product.remote_services": [{"name": "Lock Cloud"}]}, {}, NOT),
    ("R25", {"product.remote_data_processing": "none"}, {}, NA),
    ("R25", {}, {}, UNKNOWN),
    ("R27", VERSIONS, AGREED, MET),
    ("R27", VERSIONS, {}, UNKNOWN),
    ("R27", VERSIONS, case(SBOM_EV, EV_S=shown(bound=True)), UNKNOWN),
    ("R27", VERSIONS, case(SBOM_EV, TEST_EV, EV_S=shown(bound=True), EV_T=shown()), UNKNOWN),
    ("R27", VERSIONS, case(SBOM_EV, TEST_EV, EV_S=shown(bound=True), EV_T=shown(subject="lock 0.9")), NOT),
    (
        "R27",
        VERSIONS,
        case(SBOM_EV, TEST_EV, EV_S=shown(bound=True), EV_T=shown("failed", subject="lock 0.9", bound=False)),
        NOT,
    ),
    ("R27", {**VERSIONS, "declaration": {}}, AGREED, UNKNOWN),
    ("R27", {**VERSIONS, "declaration": {"release": "0.9"}}, {}, NOT),
    ("R27", {**VERSIONS, "product.versions": []}, {}, UNKNOWN),
    ("R27", VERSIONS, case(evidence("EV_1", verifies=B), EV_1=shown("foreign")), NOT),
    (
        "R27",
        {**VERSIONS, "user_information": {"documents": [{"title": "Manual", "release": "0.9"}]}},
        {},
        NOT,
    ),
    ("R27", VERSIONS, case(evidence("EV_S", kind="sbom"), EV_S=shown(bound=False)), UNKNOWN),
    ("R27", {"product.versions": [{"version": "1.0"}]}, {}, UNKNOWN),
    ("R28", SMALL, {}, NOT),
    ("R28", {**SMALL, "manufacturer.size": "medium"}, {}, NOT),
    ("R28", {"document": {"simplified_form": True}}, {}, NOT),
    ("R28", {"document": {"simplified_form": True}}, {"known": FORM}, UNKNOWN),
    ("R28", {**SMALL, "manufacturer.size": "large"}, {"known": FORM}, NOT),
    ("R28", SMALL, {"known": FORM}, MET),
    ("R28", {}, {}, NA),
    ("R29", KEPT, {}, MET),
    ("R29", {**KEPT, "retention": {"archive": "A", "until": "2040-10"}}, {}, NOT),
    ("R29", {**KEPT, "support_period": {"end": "2045-01"}}, {}, NOT),
    ("R29", {**KEPT, "retention": {"until": "2040-12"}}, {}, UNKNOWN),
    ("R29", {**KEPT, "support_period": {}}, {}, UNKNOWN),
    ("R29", {**KEPT, "market": {"first_unit": "2027-12-12"}}, {}, UNKNOWN),
    ("R29", {"retention": {"until": "2030-12"}, "market": {"first_unit": "2027-12-12"}}, {}, NOT),
    ("R29", {"retention": {"until": "2030-12"}, "support_period": {"end": "2031-01"}}, {}, NOT),
    (
        "R29",
        {**KEPT, "product.versions": [{"version": "1.0", "support_end": "2041-01"}]},
        {},
        NOT,
    ),
    ("R29", {}, {}, UNKNOWN),
    ("R30", {"production": {"controls": "Signed builds", "validated_on": "2027-01-01"}}, {}, MET),
    ("R30", {"production": {"validation": "Audit 7"}}, case(sections=(section("2c"),)), MET),
    ("R30", {"production": {"controls": "Signed builds"}}, {}, UNKNOWN),
    ("R30", {}, {}, NOT),
]

# ---------------------------------------------------------------- R26, R31 to R35: SBOM

BOM = evidence("EV_SBOM", kind="sbom", lockfiles="uv.lock")
LISTED = shown(bound=True, counts={"components": 2, "locked dependencies": 2})
SHORT = shown("failed", counts={"locked dependencies": 2, "missing dependencies": 1})
RECORD = evidence("EV_CARE", components="left-pad 1.0; right*")
PARTIAL = evidence("EV_CARE", components="left-pad@1.0")
HOLE = Match(vulnerability="CVE-1", component="left-pad 1.0", status=Standing.AFFECTED, why="", source="scan")
CLEAN = Known(matches=(), components=2, scans=(), names=("left-pad 1.0", "rightpad 2.0"))
UNLOOKED = Known(matches=(), components=2, scans=(), unchecked="no scan looked")
OPEN = Known(matches=(HOLE,), components=2, scans=())

SBOM: list[tuple[str, dict[str, Any], dict[str, Any], Outcome]] = [
    ("R26", {}, {**case(RECORD, EV_CARE=shown()), "vulnerabilities": CLEAN}, MET),
    (
        "R26",
        {},
        {**case(evidence("EV_CARE", components="left-pad@1.0"), EV_CARE=shown()), "vulnerabilities": CLEAN},
        NOT,
    ),
    ("R26", {}, {**case(RECORD, EV_CARE=shown("failed")), "vulnerabilities": CLEAN}, UNKNOWN),
    ("R26", {}, case(RECORD, EV_CARE=shown()), UNKNOWN),
    ("R31", {}, case(BOM, EV_SBOM=LISTED), MET),
    ("R31", {}, {}, NOT),
    ("R31", {}, case(BOM, EV_SBOM=shown("void")), NOT),
    ("R31", {"sbom": {"evidence": "EV_OTHER"}}, case(BOM, EV_SBOM=LISTED), NOT),
    ("R31", {}, case(BOM, EV_SBOM=shown(bound=False)), UNKNOWN),
    ("R31", {}, case(BOM, EV_SBOM=shown("unchecked")), UNKNOWN),
    ("R31", {"sbom": {"evidence": "EV_FILE"}}, case(evidence("EV_FILE"), EV_FILE=LISTED), UNKNOWN),
    (
        "R31",
        {},
        case(BOM, evidence("EV_OLD", kind="sbom"), EV_SBOM=LISTED, EV_OLD=shown("foreign")),
        MET,
    ),
    ("R31", {}, case(BOM, EV_SBOM=shown("foreign")), NOT),
    ("R32", {}, case(BOM, EV_SBOM=LISTED), MET),
    ("R32", {}, case(BOM, EV_SBOM=SHORT), NOT),
    ("R32", {}, {}, NOT),
    ("R32", {}, case(evidence("EV_SBOM", kind="sbom"), EV_SBOM=shown(bound=True)), UNKNOWN),
    ("R32", {}, case(BOM, EV_SBOM=shown("unreadable")), UNKNOWN),
    ("R33", {"sbom": {"location": "Archive A"}}, {}, MET),
    ("R33", {"sbom": {"location": "Archive A", "requests": [{"authority": "BNetzA"}]}}, {}, NOT),
    ("R33", {}, {}, NOT),
    ("R34", {"sbom": {"to_users": True, "user_location": "https://example.org/sbom"}}, {}, MET),
    ("R34", {"sbom": {"to_users": True}}, {}, NOT),
    ("R34", {"sbom": {"to_users": False}}, {}, NA),
    ("R34", {"sbom": {"to_users": False, "user_location": "https://example.org/sbom"}}, {}, NOT),
    ("R34", {}, {}, UNKNOWN),
    ("R35", {}, {"vulnerabilities": CLEAN}, MET),
    ("R35", {}, {"vulnerabilities": OPEN}, NOT),
    ("R35", {}, {"vulnerabilities": UNLOOKED}, UNKNOWN),
    ("R35", {}, {"vulnerabilities": Known(matches=(), components=0, scans=())}, UNKNOWN),
    ("R35", {}, {}, UNKNOWN),
]

# ---------------------------------------------------------------- R36 to R45: support and updates


def period(end: str, *, start: str = "2027-12-12", years: float | None = 5, **more: Any) -> dict[str, Any]:
    return {
        "support_period": {"end": end, **more},
        "market": {"first_unit": start},
        "product.expected_use_years": years,
    }


LATE_START = {"start": "2028-01-01", "end": "2038-12"}
WHY = {"user_expectations": "They expect it.", "nature_and_purpose": "A lock.", "union_law": "None known."}
STATED = [{"at": "purchase", "end": "2032-12"}, {"at": "user-information", "end": "2032-12"}]


def modified(placed: str, end: str) -> dict[str, Any]:
    """Version 1.0 and a substantially modified 1.1 with a support period of its own."""
    later = {"version": "1.1", "substantial_modification": True, "support_end": end}
    return {"product.versions": [{"version": "1.0"}, {**later, "placed_on_market": placed}]}


SUPPORT: list[tuple[str, dict[str, Any], dict[str, Any], Outcome]] = [
    ("R36", period("2032-12"), {}, MET),
    ("R36", period("2032-12-12"), {}, MET),
    ("R36", period("2032-12-11"), {}, NOT),
    ("R36", period("2032-11"), {}, NOT),
    ("R36", period("2033-02-28", start="2028-02-29"), {}, MET),
    ("R36", period("2029-12", years=2, considerations=WHY), {}, MET),
    ("R36", period("2029-12", years=2), {}, NOT),
    ("R36", period("2028-12", years=2, considerations=WHY), {}, NOT),
    ("R36", period("2029-12", years=None), {}, NOT),
    ("R36", period("2029-12", years=10, considerations=WHY), {}, NOT),
    ("R36", period("2029-12", years=2, note="Worn out after two years."), {}, MET),
    ("R36", period("2027-11"), {}, NOT),
    ("R36", period("2038-12", start="2027-12-12") | {"support_period": LATE_START}, {}, NOT),
    ("R36", {"support_period": {"end": "2032-12"}}, {}, UNKNOWN),
    ("R36", {}, {}, UNKNOWN),
    ("R37", period("2037-12", years=10), {}, MET),
    ("R37", period("2032-12", years=10), {}, NOT),
    ("R37", period("2032-12", years=10, note="The radio network is switched off in 2033."), {}, MET),
    ("R37", period("2031-12", years=10, note="The radio network is switched off."), {}, NOT),
    ("R37", period("2029-12", years=4), {}, NA),
    ("R37", period("2032-12", years=None), {}, UNKNOWN),
    ("R37", {}, {}, UNKNOWN),
    ("R38", {"support_period": {"considerations": WHY}}, {}, MET),
    ("R38", {"support_period": {"considerations": {**WHY, "union_law": ""}}}, {}, NOT),
    ("R39", {"support_period": {"end": "2032-12", "stated": STATED}}, {}, MET),
    ("R39", {"support_period": {"end": "2032-12-31", "stated": STATED}}, {}, MET),
    ("R39", {"support_period": {"end": "2032-11", "stated": STATED}}, {}, NOT),
    (
        "R39",
        {"support_period": {"end": "2032-12-31", "stated": [{"at": "purchase", "end": "2032-12-30"}]}},
        {},
        NOT,
    ),
    ("R39", {"support_period": {"end": "2032-12-11", "stated": STATED}}, {}, NOT),
    ("R39", {}, {}, NOT),
    ("R39", {"support_period": {"end": "2032-12", "stated": STATED[:1]}}, {}, UNKNOWN),
    ("R40", KEPT, {}, MET),
    ("R40", {**KEPT, "support_period": {"end": "2033-12"}}, {}, NOT),
    ("R40", {**KEPT, "product.versions": [{"version": "1.0", "substantial_modification": True}]}, {}, NOT),
    ("R40", {**KEPT, **modified("2028-06-01", "2032-06")}, {}, NOT),
    ("R40", {**KEPT, **modified("2028-06-01", "2033-06")}, {}, MET),
    ("R40", {}, {}, UNKNOWN),
    ("R41", {**period("2032-12"), "updates": {"available_years": 10}}, {}, MET),
    ("R41", {"updates": {"available_years": 10}}, {}, UNKNOWN),
    ("R41", {**period("2042-12"), "updates": {"available_years": 10}}, {}, NOT),
    ("R41", {**period("2042-12"), "updates": {"available_years": 16}}, {}, MET),
    # Ten years from 12 December 2027 reach into the month to which the end is stated.
    ("R41", {**period("2037-12"), "updates": {"available_years": 10}}, {}, MET),
    ("R41", {**period("2038-01"), "updates": {"available_years": 10}}, {}, NOT),
    ("R41", {"updates": {"available_years": 9}}, {}, NOT),
    (
        "R41",
        {
            "updates": {
                "available_years": 10,
                "issued": [{"id": "U1", "issued": "2028-01-01", "available_until": "2037-12"}],
            }
        },
        {},
        NOT,
    ),
    (
        "R41",
        {
            "support_period": {"end": "2040-01"},
            "updates": {
                "available_years": 10,
                "issued": [{"id": "U1", "issued": "2028-01-01", "available_until": "2038-01"}],
            },
        },
        {},
        NOT,
    ),
    ("R41", {**period("2032-12"), "updates": {"available_years": 10, "issued": [{"id": "U1"}]}}, {}, UNKNOWN),
    ("R41", {}, {}, UNKNOWN),
    (
        "R42",
        {"updates": {"latest_version_only": True, "free_upgrade": True, "no_environment_cost": True}},
        {},
        MET,
    ),
    ("R42", {"updates": {"latest_version_only": True, "free_upgrade": False}}, {}, NOT),
    ("R42", {"updates": {"latest_version_only": True}}, {}, UNKNOWN),
    ("R42", {"updates": {"latest_version_only": False}}, {}, NA),
    ("R42", {}, {}, UNKNOWN),
    ("R43", {"updates": {"public_archive": {"maintained": True, "warning": "Old, unsupported."}}}, {}, MET),
    ("R43", {"updates": {"public_archive": {"maintained": True}}}, {}, NOT),
    ("R43", {"updates": {"public_archive": {"maintained": False}}}, {}, NA),
    ("R43", {"updates": {"public_archive": {"maintained": False, "url": "https://a.example"}}}, {}, UNKNOWN),
    ("R43", {}, {}, UNKNOWN),
    ("R44", {"support_period": {"notification": {"implemented": True}}}, {}, MET),
    (
        "R44",
        {"support_period": {"notification": {"implemented": False, "infeasible": "No display."}}},
        {},
        MET,
    ),
    ("R44", {"support_period": {"notification": {"implemented": False}}}, {}, NOT),
    ("R44", {}, {}, UNKNOWN),
    ("R45", {"updates": {"separate_security_updates": True}}, {}, MET),
    ("R45", {"updates": {"separate_security_updates": False, "separate_reason": "One image."}}, {}, MET),
    ("R45", {"updates": {"separate_security_updates": False}}, {}, NOT),
    ("R45", {}, {}, UNKNOWN),
]

# ---------------------------------------------------------------- R46 to R52: the user

MAKER = {"manufacturer": {"name": "Example", "address": "Street 1, Town", "email": "info@example.org"}}
NAMELESS = {"manufacturer": {**MAKER["manufacturer"], "name": None}}
CONTACTS: dict[str, Any] = {
    "contacts": {
        "single_point_of_contact": "security@example.org",
        "disclosure_policy": "https://example.org/policy",
        "means": [{"kind": "email", "value": "security@example.org"}],
    }
}
INSTRUCTED = {
    "commissioning_and_use": "Manual 2",
    "changes": "Manual 3",
    "updates": "Manual 4",
    "decommissioning": "Manual 5",
}
TOLD: dict[str, Any] = {
    **MAKER,
    **CONTACTS,
    "product.type": "L1",
    "product.intended_purpose": "To lock doors.",
    "user_information": {
        "security_environment": "Homes",
        "essential_functionalities": "Locking",
        "security_properties": "Encrypted radio",
        "known_risks": "none",
        "support_type": "Updates",
        "instructions": INSTRUCTED,
    },
    "support_period": {"end": "2032-12"},
}
LINKED = {"title": "Manual", "location": "See https://example.org/manual"}
ONLINE: dict[str, Any] = {
    **KEPT,
    "user_information": {
        "instructions": {"updates": "https://example.org/manual"},
        "online_until": "2040-12",
    },
}
SPOKEN: dict[str, Any] = {
    "market": {"member_states": ["DE", "FI"], "languages": {"DE": ["de"], "FI": ["fi", "sv"]}},
    "user_information": {"documents": [{"title": "Manual", "languages": ["de", "sv"]}]},
}


def means(*kinds: dict[str, Any]) -> dict[str, Any]:
    return {"contacts": {**CONTACTS["contacts"], "means": list(kinds)}}


USERS: list[tuple[str, dict[str, Any], dict[str, Any], Outcome]] = [
    ("R46", TOLD, {}, MET),
    ("R46", {**TOLD, "user_information": {**TOLD["user_information"], "known_risks": ""}}, {}, NOT),
    ("R46", {**TOLD, "support_period": {}}, {}, NOT),
    ("R46", {**TOLD, **NAMELESS}, {}, NOT),
    ("R46", {**TOLD, "product.type": "", "product.identification": "Serial number"}, {}, NOT),
    ("R46", {}, {}, NOT),
    ("R47", {"contacts": {"declaration": "https://example.org/doc"}}, {}, MET),
    ("R47", {"declaration": {"form": "simplified"}}, {}, NOT),
    ("R47", {"declaration": {"form": "full"}}, {}, NA),
    ("R47", {}, {}, UNKNOWN),
    (
        "R48",
        {
            "updates": {"automatic_by_default": True},
            "product.intended_for_integration": False,
            "user_information": {"instructions": {"automatic_updates_off": "Manual 6"}},
        },
        {},
        MET,
    ),
    ("R48", {"updates": {"automatic_by_default": True}}, {}, NOT),
    ("R48", {"product.intended_for_integration": True}, {}, NOT),
    (
        "R48",
        {"updates": {"automatic_by_default": False}, "product.intended_for_integration": False},
        {},
        NA,
    ),
    ("R48", {}, {}, UNKNOWN),
    ("R49", ONLINE, {}, MET),
    (
        "R49",
        {**ONLINE, "user_information": {**ONLINE["user_information"], "online_until": "2038-01"}},
        {},
        NOT,
    ),
    ("R49", {**ONLINE, "support_period": {"end": "2041-06"}}, {}, NOT),
    ("R49", {**ONLINE, "support_period": {}}, {}, UNKNOWN),
    ("R49", {**ONLINE, "user_information": {"documents": [LINKED], "online_until": "2031-01"}}, {}, NOT),
    ("R49", {"user_information": {"instructions": INSTRUCTED}}, {}, NA),
    ("R49", {"user_information": {"instructions": {"updates": "https://example.org"}}}, {}, UNKNOWN),
    ("R49", {}, {}, UNKNOWN),
    ("R50", MAKER, {}, MET),
    ("R50", {"manufacturer": {"name": "Example", "address": "Street 1"}}, {}, NOT),
    ("R50", {**MAKER, **NAMELESS}, {}, NOT),
    ("R50", {}, {}, NOT),
    ("R51", CONTACTS, {}, MET),
    ("R51", means({"kind": "chatbot"}), {}, NOT),
    ("R51", means({"kind": "form", "automated": True}, {"kind": "chatbot"}), {}, NOT),
    ("R51", means({"kind": "form"}), {}, UNKNOWN),
    ("R51", means(), {}, UNKNOWN),
    ("R51", {}, {}, NOT),
    ("R52", SPOKEN, {}, MET),
    (
        "R52",
        {**SPOKEN, "user_information": {"documents": [{"title": "Manual", "languages": ["en"]}]}},
        {},
        NOT,
    ),
    ("R52", {"user_information": SPOKEN["user_information"]}, {}, UNKNOWN),
    ("R52", {**SPOKEN, "user_information": {"documents": [{"title": "Manual"}]}}, {}, UNKNOWN),
    ("R52", {}, {}, UNKNOWN),
]

# ---------------------------------------------------------------- R53 to R62: declaration and marking

SIGNED: dict[str, Any] = {
    **MAKER,
    "product.type": "L1",
    "product.identification": "Serial number on the plate",
    "conformity": {"procedure": "A"},
    "document": {"date": "2027-11-01"},
    "market": {"first_unit": "2027-12-12"},
    "declaration": {
        "place": "Town",
        "date": "2027-12-01",
        "signatory": {"name": "A. Person", "function": "Head of products"},
        "signed": True,
        "form": "full",
        "languages": ["de"],
    },
}
HARMONISED: dict[str, Any] = {
    "id": "EN 1",
    "edition": "2027",
    "kind": "harmonised",
    "extent": "full",
    "oj_reference": "OJ L, 2027/1",
}


def declared(**more: Any) -> dict[str, Any]:
    return {**SIGNED, "declaration": {**SIGNED["declaration"], **more}}


DECLARING: list[tuple[str, dict[str, Any], dict[str, Any], Outcome]] = [
    ("R53", SIGNED, {}, MET),
    ("R53", declared(signatory={"name": "A. Person"}), {}, NOT),
    ("R53", {**SIGNED, "conformity": {"procedure": "B+C"}}, {}, NOT),
    (
        "R53",
        {
            **SIGNED,
            "conformity": {
                "procedure": "H",
                "description": "Module H",
                "notified_body": {"name": "Body", "number": "0123", "certificate": "C-1"},
            },
        },
        {},
        MET,
    ),
    ("R53", {**SIGNED, "conformity": {}}, {}, UNKNOWN),
    ("R53", {**SIGNED, "conformity": {}, "product.ehr_system": True}, {}, MET),
    ("R53", {**SIGNED, "product.type": ""}, {}, NOT),
    ("R53", {**SIGNED, **NAMELESS}, {}, NOT),
    (
        "R53",
        {
            **SIGNED,
            "manufacturer": {
                "name": "Example",
                "authorised_representative": {"name": "Rep", "address": "Street 2, Town"},
            },
        },
        {},
        MET,
    ),
    ("R54", {}, {}, MET),
    ("R54", {"product.high_risk_ai": True}, {}, NOT),
    ("R54", {"product.ehr_system": True}, {}, NOT),
    (
        "R54",
        {"other_acts": [{"act": "RED", "declaration_required": True, "oj_reference": "OJ L 153"}]},
        {},
        MET,
    ),
    ("R54", {"other_acts": [{"act": "RED", "declaration_required": True}]}, {}, NOT),
    ("R54", {"other_acts": [{"act": "RED"}]}, {}, UNKNOWN),
    ("R55", {}, proofs(), MET),
    ("R55", {}, {}, NOT),
    ("R56", SIGNED, {}, MET),
    ("R56", declared(date="2027-12-13"), {}, NOT),
    ("R56", declared(date="2027-10-01"), {}, NOT),
    ("R56", SIGNED, case(evidence("EV_1", verifies=B), EV_1=shown(date="2027-12-02T10:00:00Z")), NOT),
    (
        "R56",
        {
            **SIGNED,
            "conformity": {"procedure": "B+C", "notified_body": {"name": "Body", "issued": "2027-12-02"}},
        },
        {},
        NOT,
    ),
    ("R56", SIGNED, case(evidence("EV_1", verifies=B), EV_1=shown(date="2027-12-13")), NOT),
    ("R56", SIGNED, case(evidence("EV_1", verifies=B), EV_1=shown(date="Thu, 2 Dec 2027")), MET),
    ("R56", SIGNED, case(evidence("EV_1", verifies=B), EV_1=shown("failed", date="2027-12-02")), MET),
    (
        "R56",
        {
            **SIGNED,
            "conformity": {
                "procedure": "certification",
                "certification": {"scheme": "EUCC", "issued": "2027-12-02"},
            },
        },
        {},
        NOT,
    ),
    (
        "R56",
        {
            **declared(date="2029-01-10"),
            "product.release": "2.0",
            "product.versions": [
                {"version": "1.0", "placed_on_market": "2027-12-12"},
                {"version": "2.0", "placed_on_market": "2029-02-01"},
            ],
        },
        {},
        MET,
    ),
    ("R56", declared(place=""), {}, NOT),
    ("R56", declared(signed=False), {}, UNKNOWN),
    ("R56", {**SIGNED, "document": {}}, {}, UNKNOWN),
    ("R56", {**SIGNED, "market": {}}, {}, UNKNOWN),
    ("R56", {**SIGNED, "conformity": {"procedure": "B+C"}}, {}, UNKNOWN),
    ("R56", declared(date=None), {}, UNKNOWN),
    ("R57", SIGNED, {}, MET),
    ("R57", {}, {}, NOT),
    ("R57", declared(release="0.9"), {}, NOT),
    ("R58", {"standards": [{**HARMONISED, "oj_date": "2027-01-01"}]}, {}, MET),
    ("R58", STANDARDS, {}, MET),
    ("R58", {"standards": [{**HARMONISED, "oj_reference": ""}]}, {}, NOT),
    ("R58", {"standards": [{**HARMONISED, "draft": True}]}, {}, NOT),
    ("R58", {"standards": [HARMONISED]}, {}, NOT),
    ("R58", {"standards": [{"id": "EN 2"}]}, {}, UNKNOWN),
    ("R59", {**declared(form="both"), "contacts": {"declaration": "https://example.org/doc"}}, {}, MET),
    ("R59", declared(form="simplified"), {}, NOT),
    ("R59", {**declared(form="simplified"), "contacts": {"declaration": "http://example.org"}}, {}, NOT),
    ("R59", SIGNED, {}, NA),
    ("R59", {}, {}, UNKNOWN),
    ("R60", {**SPOKEN, "declaration": {"languages": ["de", "fi"]}}, {}, MET),
    ("R60", {**SPOKEN, "declaration": {"languages": ["de"]}}, {}, NOT),
    ("R60", {"declaration": {"languages": ["de"]}}, {}, UNKNOWN),
    ("R61", {"product.hardware": False, "ce_marking": {"affixed_to": ["declaration"]}}, {}, MET),
    ("R61", {"product.hardware": False, "ce_marking": {"affixed_to": ["packaging"]}}, {}, NOT),
    ("R61", {"product.hardware": False, "ce_marking": {"affixed_to": ["website"]}}, {}, UNKNOWN),
    ("R61", {"product.hardware": True, "ce_marking": {"affixed_to": ["product"]}}, {}, MET),
    ("R61", {"product.hardware": True, "ce_marking": {"affixed_to": ["declaration"]}}, {}, NOT),
    (
        "R61",
        {"product.hardware": True, "ce_marking": {"affixed_to": ["declaration", "packaging"]}},
        {},
        UNKNOWN,
    ),
    (
        "R61",
        {
            "product.hardware": True,
            "ce_marking": {"affixed_to": ["declaration", "packaging"], "not_on_product": "Too small."},
        },
        {},
        MET,
    ),
    ("R61", {}, {}, UNKNOWN),
    ("R62", {"modifications": [{"version": "1.0", "substantial": False}]}, {}, MET),
    ("R62", {"modifications": [{"version": "1.0", "substantial": True, "declaration": "new"}]}, {}, MET),
    ("R62", {"modifications": [{"version": "1.0", "substantial": True}]}, {}, NOT),
    (
        "R62",
        {"modifications": [{"version": "1.0", "substantial": True, "declaration": "unchanged"}]},
        {},
        NOT,
    ),
    ("R62", {"product.versions": [{"version": "1.0", "substantial_modification": True}]}, {}, NOT),
    ("R62", {"modifications": [{"version": "1.0"}]}, {}, UNKNOWN),
    ("R62", {}, {}, NA),
]

CASES = [*FILE, *SBOM, *SUPPORT, *USERS, *DECLARING]


@pytest.mark.parametrize(("rule", "blocks", "around", "expected"), CASES, ids=named(CASES))
def test_a_rule_answers_from_what_is_stated(
    rule: str, blocks: dict[str, Any], around: dict[str, Any], expected: Outcome
) -> None:
    found = answer(rule, facts(blocks, **around))
    assert found.outcome is expected, found.message
    assert found.message
    assert found.message[0] == found.message[0].upper()
    assert not found.message.endswith(".")
    if expected in (NOT, UNKNOWN):
        assert found.way_out


COMPLETE: list[tuple[str, dict[str, Any], dict[str, Presence], Outcome]] = [
    ("R15", {}, {}, MET),
    ("R15", {}, {"8": Presence.NOT_APPLICABLE}, MET),
    ("R15", {"product.hardware": False}, {"1c": Presence.NOT_APPLICABLE}, MET),
    ("R15", {}, {"1c": Presence.NOT_APPLICABLE}, UNKNOWN),
    ("R15", {}, {"1c": Presence.MISSING}, NOT),
    ("R15", {}, {"3": Presence.NOT_APPLICABLE}, NOT),
]


@pytest.mark.parametrize(("rule", "blocks", "others", "expected"), COMPLETE, ids=named(COMPLETE))
def test_the_file_is_complete_when_every_point_is_there(
    rule: str, blocks: dict[str, Any], others: dict[str, Presence], expected: Outcome
) -> None:
    given = facts(blocks)
    points = tuple(
        dataclasses.replace(p, presence=others.get(p.id, Presence.PRESENT)) for p in given.dossier.points
    )
    found = answer(rule, dataclasses.replace(given, dossier=Dossier(points=points)))
    assert found.outcome is expected, found.message


def test_what_is_missing_is_counted_against_fifteen() -> None:
    given = facts({**TOLD, **STANDARDS})
    assert "of 15 items lack something" in answer("R15", given).message
    assert {p.id for p in given.dossier.points} == {p.id for p in POINTS}


# ---------------------------------------------------------------- all rules together


def test_every_rule_from_r01_to_r70_is_known_once() -> None:
    assert [r.id for r in legal.rules()] == [f"R{n:02}" for n in range(1, 71)]


def test_a_rule_that_is_not_checked_says_why() -> None:
    assert {r.id for r in legal.rules() if r.check is None} == {"R02"}
    assert all(r.unchecked for r in legal.rules() if r.check is None)


@pytest.mark.parametrize("outcome", [MET, NOT, UNKNOWN], ids=str)
def test_each_answer_of_each_rule_has_a_case(outcome: Outcome) -> None:
    cases = [(c[0], c[-1]) for c in (*CASES, *COMPLETE, *test_legal_classes.CASES)]
    seen = {rule for rule, answer in cases if answer is outcome}
    asked = {r.id for r in legal.rules() if r.check is not None and r.id < "R63"}
    assert asked - seen == WITHOUT[outcome]


WITHOUT = {
    MET: set(),
    NOT: set(),
    UNKNOWN: {
        # Everything that they look at is there or it is not; a blank is an answer to them.
        *("R01", "R17", "R18", "R19", "R20", "R22", "R33", "R38", "R46"),
        *("R50", "R55", "R57"),
    },
}
"""Rules that have no such answer, or have it in a test of its own."""


def test_every_clause_that_a_rule_cites_is_printed_as_the_catalogue_prints_it() -> None:
    printed = {c.printed for c in cra().clauses}
    cites = {c for r in legal.rules() for c in r.cites} | {f.cite for f in status.shipped().facts.values()}
    # Articles that bind no maker are not in the catalogue; their paragraphs stand in the Official Journal.
    assert {c for c in cites - printed if not c.startswith("Article ")} == set()
    assert {c.split("(")[0].split(",")[0] for c in cites - printed} <= {
        *("Article 3", "Article 7", "Article 8", "Article 12", "Article 27", "Article 64")
    }


def test_nothing_that_a_rule_says_claims_that_the_product_fulfils_the_law() -> None:
    forbidden = ("compliant", "complies", "conforms", "in conformity", "certified by us", "approved")
    for rule, blocks, around, _ in CASES:
        found = answer(rule, facts(blocks, **around))
        said = f"{found.message} {found.way_out}".lower()
        assert not [w for w in forbidden if w in said], said
    for known in legal.rules():
        assert not [w for w in forbidden if w in known.title.lower()]


def test_every_basis_is_used() -> None:
    assert {r.basis for r in legal.rules()} == set(Basis)


def test_without_a_product_file_nothing_is_decided() -> None:
    answers = legal.rulings(None)
    assert {a.outcome for a in answers} == {UNKNOWN, Outcome.NOT_CHECKED}


def test_a_requirement_without_a_risk_is_named() -> None:
    items = [requirement(f"REQ_{c}", satisfies=c) for c in LETTERS]
    assert "no risk is linked" in answer("R17", facts({}, items=items)).message


# ---------------------------------------------------------------- what costs and what is hostile


def test_ten_thousand_items_are_answered_at_once() -> None:
    """About 20 ms on an idle machine; the limit is wide, since others work on it as well."""
    items: list[Item] = [risk(f"RISK_{n}", treatment="mitigate", residual="low") for n in range(1000)]
    for n in range(3000):
        items.append(requirement(f"REQ_{n}", satisfies=LETTERS[n % 13], mitigates=f"RISK_{n % 1000}"))
        items.append(control(f"CTRL_{n}", implements=f"REQ_{n}"))
        items.append(evidence(f"EV_{n}", kind="junit", verifies=f"CTRL_{n}", version="1.0"))
    verdicts = {f"EV_{n}": shown(date="2027-01-01", bound=True) for n in range(3000)}
    given = facts({**CLOUD, **SIGNED}, items=items, verdicts=verdicts)
    start = time.process_time()
    legal.rulings(given)
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize(
    "text", ["cost " * 200_000, "risk " * 200_000, "a" * 1_000_000, "acceptable\n" * 100_000, "un" * 500_000]
)
def test_words_for_cost_are_searched_in_linear_time(text: str) -> None:
    given = facts({}, items=[exclusion("EXCL_B", text, excludes=B)])
    start = time.process_time()
    answer("R20", given)
    assert time.process_time() - start < 2


def test_a_pattern_of_components_cannot_take_forever() -> None:
    record = evidence("EV_CARE", components="*a" * 30 + "b")
    known = Known(matches=(), components=1, scans=(), names=("a" * 5_000,))
    given = facts({}, items=[record], verdicts={"EV_CARE": shown()}, vulnerabilities=known)
    start = time.process_time()
    assert answer("R26", given).outcome is NOT
    assert time.process_time() - start < 2


def test_signs_of_a_pattern_mean_themselves() -> None:
    record = evidence("EV_CARE", components="lib[x]?*")
    known = Known(matches=(), components=1, scans=(), names=("libx1 2.0",))
    given = facts({}, items=[record], verdicts={"EV_CARE": shown()}, vulnerabilities=known)
    assert answer("R26", given).outcome is NOT


def test_a_manufacturer_without_a_name_is_told_at_the_line_of_the_name() -> None:
    given = facts(NAMELESS)
    found = answer("R50", given)
    assert found.message == "The product file does not state the name of the manufacturer"
    assert found.place is not None
    assert found.place == given.product.place("manufacturer", "name")
    assert found.place != given.product.place("manufacturer")
