"""R01 to R14: class, procedure, notified body; and the table of Article 32 behind them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest

from legal import answer, facts, named
from sphinx_cra.legal import procedures, status
from sphinx_cra.legal.rule import Outcome
from sphinx_cra.model import Severity
from sphinx_cra.product import Procedure

CLASSED: dict[str, Any] = {
    "product.class": "important-class-I",
    "product.category": "CRA_ANX_III_C1_12",
    "product.class_reason": "It controls flows of data.",
    "product.core_functionality": "To control flows of data.",
}
DEFAULT: dict[str, Any] = {**CLASSED, "product.class": "default", "product.category": "none"}
BODY = {"name": "Body", "number": "0123", "certificate": "C-1", "languages": ["en", "de"]}
OPEN: dict[str, Any] = {
    "open_source": {
        "qualifies": True,
        "licence": "MIT",
        "source_code": "https://example.org/code",
        "technical_file": "https://example.org/file",
        "public_since": "2027-12-01",
    },
    "market": {"first_unit": "2027-12-12"},
}
FULL: dict[str, Any] = {
    "id": "EN 1",
    "edition": "2027",
    "kind": "harmonised",
    "extent": "full",
    "oj_reference": "OJ L, 2027/1",
    "oj_date": "2027-01-02",
    "clauses": ["CRA_ANX_I_P1_1"],
}


CLASS_II = {**CLASSED, "product.class": "important-class-II", "product.category": "CRA_ANX_III_C2_1"}
CRITICAL = {**CLASSED, "product.class": "critical", "product.category": "CRA_ANX_IV_1"}


def ai_act(procedure: str) -> dict[str, Any]:
    return {"other_acts": [{"act": "Regulation (EU) 2024/1689", "procedure": procedure}]}


def scheme(level: str | None) -> dict[str, Any]:
    stated = {"scheme": "EUCC", "article_27_9_act": "Regulation (EU) 2027/9"}
    return {"conformity.certification": {**stated, **({"level": level} if level else {})}}


def published(fact: str, *found: str) -> dict[str, status.Fact]:
    """What is known once something has been published."""
    return {fact: dataclasses.replace(status.shipped()[fact], found=found, as_of=dt.date(2027, 2, 1))}


CITED = published("harmonised_standards", "OJ L, 2027/1")


def allowed(blocks: dict[str, Any]) -> dict[str, bool | None]:
    given = facts(blocks)
    return {r.procedure.value: r.allowed for r in procedures.routes(given.product, given.status)}


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        ({}, {"A": None, "B+C": None, "H": None, "certification": None}),
        (DEFAULT, {"A": True, "B+C": True, "H": True, "certification": False}),
        (CLASSED, {"A": False, "B+C": True, "H": True, "certification": False}),
        (
            {**CLASSED, "product.class": "important-class-II", "product.category": "CRA_ANX_III_C2_1"},
            {"A": False, "B+C": True, "H": True, "certification": False},
        ),
        (
            {**CLASSED, "product.class": "critical", "product.category": "CRA_ANX_IV_1"},
            {"A": False, "B+C": True, "H": True, "certification": False},
        ),
        (
            {
                **CLASSED,
                "product.class": "critical",
                "product.category": "CRA_ANX_IV_1",
                "conformity.article_8_1_act": "Regulation (EU) 2028/1",
                "conformity.certification": {"scheme": "EUCC", "level": "high"},
            },
            {"A": False, "B+C": False, "H": False, "certification": True},
        ),
        ({**CLASSED, **OPEN}, {"A": True, "B+C": True, "H": True, "certification": False}),
        (
            {
                **CLASSED,
                **OPEN,
                "product.class": "important-class-II",
                "product.category": "CRA_ANX_III_C2_1",
            },
            {"A": True, "B+C": True, "H": True, "certification": False},
        ),
        ({**CLASSED, "standards": [FULL]}, {"A": True, "B+C": True, "H": True, "certification": False}),
        (
            {**DEFAULT, "product.ehr_system": True},
            {"A": False, "B+C": False, "H": False, "certification": False},
        ),
        (
            {**DEFAULT, "product.ehr_system": True, "market": {"first_unit": "2027-03-25"}},
            {"A": True, "B+C": True, "H": True, "certification": False},
        ),
        (
            {**DEFAULT, "product.ehr_system": True, "market": {"first_unit": "2027-03-26"}},
            {"A": False, "B+C": False, "H": False, "certification": False},
        ),
        (
            {**DEFAULT, "product.high_risk_ai": True},
            {"A": False, "B+C": False, "H": False, "certification": False},
        ),
        (
            {"product.high_risk_ai": True},
            {"A": None, "B+C": None, "H": None, "certification": None},
        ),
        (
            {**CLASSED, "product.high_risk_ai": True},
            {"A": None, "B+C": None, "H": None, "certification": None},
        ),
        (
            {**CLASSED, "product.high_risk_ai": True, **ai_act("Internal control (Annex VI)")},
            {"A": False, "B+C": True, "H": True, "certification": False},
        ),
        (
            {**CLASSED, "product.high_risk_ai": True, **ai_act("With a notified body (Annex VII)")},
            {"A": False, "B+C": False, "H": False, "certification": False},
        ),
        (
            {**CLASSED, **scheme("basic")},
            {"A": False, "B+C": True, "H": True, "certification": False},
        ),
        (
            {**CLASSED, **scheme("substantial")},
            {"A": False, "B+C": True, "H": True, "certification": True},
        ),
        (
            {**CLASSED, **scheme(None)},
            {"A": False, "B+C": True, "H": True, "certification": None},
        ),
        (
            {**CLASSED, **scheme("basic"), "standards": [FULL]},
            {"A": True, "B+C": True, "H": True, "certification": True},
        ),
        (
            {**CLASS_II, **OPEN, **scheme("basic")},
            {"A": True, "B+C": True, "H": True, "certification": True},
        ),
        (
            {**CLASS_II, **scheme("basic")},
            {"A": False, "B+C": True, "H": True, "certification": False},
        ),
        (
            {**DEFAULT, **scheme("basic")},
            {"A": True, "B+C": True, "H": True, "certification": True},
        ),
        (
            {**CRITICAL, **scheme("high")},
            {"A": False, "B+C": True, "H": True, "certification": True},
        ),
        (
            {**CRITICAL, **scheme("basic"), "conformity.article_8_1_act": "Regulation (EU) 2028/1"},
            {"A": False, "B+C": False, "H": False, "certification": False},
        ),
        ({**CRITICAL, **OPEN}, {"A": False, "B+C": True, "H": True, "certification": False}),
    ],
    ids=[
        "no-class",
        "default",
        "class-I",
        "class-II",
        "critical",
        "critical-act",
        "open-source",
        "open-source-II",
        "standards",
        "ehr",
        "ehr-before",
        "ehr-from",
        "ai",
        "ai-no-class",
        "ai-important",
        "ai-important-internal-control",
        "ai-important-notified-body",
        "class-I-basic-certificate",
        "class-I-certificate",
        "class-I-certificate-without-level",
        "class-I-basic-certificate-and-standards",
        "open-source-II-basic-certificate",
        "class-II-basic-certificate",
        "default-basic-certificate",
        "critical-certificate",
        "critical-act-basic-certificate",
        "critical-open-source",
    ],
)
def test_each_class_has_the_procedures_of_article_32(
    blocks: dict[str, Any], expected: dict[str, bool | None]
) -> None:
    assert allowed(blocks) == expected


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"extent": "partial", "parts": ["clause 5"]}, "not applied in full"),
        ({"oj_reference": ""}, "no reference in the Official Journal"),
        ({"draft": True}, "a draft"),
        ({"oj_date": "2026-01-01"}, "none is known"),
        ({"kind": "other"}, "none is stated"),
        ({"per_clause": {"CRA_ANX_I_P1_2_A": "partial"}}, "for CRA_ANX_I_P1_2_A none is applied in full"),
        ({"clauses": []}, "not stated for which requirements"),
        ({"oj_date": "2028-01-02"}, "after the placing on the market on 2027-12-12"),
        ({"extent": "none", "solution": "Our own."}, "not applied in full (none)"),
        ({"kind": "certification-scheme", "level": "basic"}, "at least substantial"),
    ],
)
def test_a_standard_opens_internal_control_only_when_it_is_cited_and_applied_in_full(
    change: dict[str, Any], says: str
) -> None:
    market = {"market": {"first_unit": "2027-12-12"}}
    given = facts({**CLASSED, **market, "conformity.procedure": "A", "standards": [{**FULL, **change}]})
    found = procedures.route(given.product, given.status)
    assert found is not None
    assert found.allowed is False
    assert says in found.reason
    assert answer("R04", given).outcome is Outcome.NOT_MET
    assert answer("R03", given).outcome is Outcome.NOT_MET


def test_what_the_status_data_knows_counts_for_older_references() -> None:
    older = {**FULL, "oj_date": "2026-01-01"}
    blocks = {**CLASSED, "conformity.procedure": "A", "standards": [older]}
    assert answer("R05", facts(blocks)).outcome is Outcome.NOT_MET
    assert answer("R05", facts(blocks, known=CITED)).outcome is Outcome.MET
    assert answer("R04", facts(blocks, known=CITED)).outcome is Outcome.MET


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, True),
        ({"public_since": "2028-01-01"}, False),
        ({"technical_file": ""}, None),
        ({"licence": ""}, None),
        ({"qualifies": False}, False),
        ({"qualifies": None}, None),
    ],
)
def test_open_source_needs_a_public_file_on_the_day_of_placing(
    change: dict[str, Any], expected: bool | None
) -> None:
    blocks = {**CLASSED, **OPEN, "open_source": {**OPEN["open_source"], **change}}
    found = procedures.open_source_route(facts(blocks).product)
    assert found.allowed is expected


def test_without_a_day_of_placing_nobody_knows_whether_the_file_was_public_in_time() -> None:
    found = procedures.open_source_route(facts({**CLASSED, "open_source": OPEN["open_source"]}).product)
    assert (found.allowed, found.needs) == (None, "state market.first_unit")


MET, NOT, UNKNOWN, NA = Outcome.MET, Outcome.NOT_MET, Outcome.UNDECIDABLE, Outcome.NOT_APPLICABLE
CERTIFICATE = {"conformity.procedure": "certification"}
SCHEME = {"scheme": "EUCC", "level": "substantial", "article_27_9_act": "Regulation (EU) 2027/9"}
CERTIFIED: dict[str, Any] = {
    **CERTIFICATE,
    "conformity.certification": {**SCHEME, "certificate": "E-1", "valid_until": "2027-11"},
}
HELD = {**BODY, "conditions": "none", "valid_until": "2030-01", "certified_versions": ["1.0"]}
EXAMINED: dict[str, Any] = {
    "conformity.procedure": "B+C",
    "conformity.description": "EU-type examination",
    "conformity.notified_body": HELD,
}
BESIDE = {**FULL, "id": "EN 2", "extent": "none", "solution": "EN 1 covers it."}
PARTLY = {**FULL, "id": "EN 2", "extent": "partial", "parts": ["5"], "clauses": ["CRA_ANX_I_P1_2_A"]}


def changed(version: str, decision: str) -> dict[str, Any]:
    return {"modifications": [{"version": version, "certificate": decision}]}


CASES: list[tuple[str, dict[str, Any], Outcome]] = [
    ("R01", CLASSED, MET),
    ("R01", {}, NOT),
    ("R01", {**CLASSED, "product.category": "none", "product.class": "default"}, MET),
    ("R01", {**CLASSED, "product.category": ""}, NOT),
    ("R01", {**CLASSED, "marketing": {"core_functionality": "to control   flows of data"}}, MET),
    ("R01", {**CLASSED, "marketing": {"core_functionality": "A firewall."}}, NOT),
    ("R01", {**CLASSED, "product.class": "default"}, NOT),
    ("R01", {**CLASSED, "product.class": "critical"}, NOT),
    ("R01", {**CLASSED, "product.category": "CRA_ANX_III_C1_99"}, NOT),
    ("R01", {**CLASSED, "product.intended_purpose": "A.", "marketing": {"intended_purpose": "B."}}, NOT),
    ("R03", {**CLASSED, "conformity.procedure": "B+C"}, MET),
    ("R03", {**CLASSED, "conformity.procedure": "A"}, NOT),
    ("R03", {"conformity.procedure": "A"}, UNKNOWN),
    ("R03", CLASSED, UNKNOWN),
    ("R03", {**DEFAULT, "product.ehr_system": True}, NA),
    ("R03", {**CLASSED, "product.class": "default", "conformity.procedure": "A"}, UNKNOWN),
    ("R03", {**DEFAULT, "product.ehr_system": True, "conformity.procedure": "A"}, NOT),
    ("R03", {**DEFAULT, "product.high_risk_ai": True}, NA),
    ("R03", {**CLASSED, "product.high_risk_ai": True, "conformity.procedure": "H"}, UNKNOWN),
    ("R04", {**CLASSED, "conformity.procedure": "A", "standards": [FULL]}, MET),
    ("R04", {**CLASSED, "conformity.procedure": "A"}, NOT),
    ("R04", {**CLASSED, "conformity.procedure": "H"}, NA),
    ("R04", {**DEFAULT, "conformity.procedure": "A"}, NA),
    ("R04", CLASSED, UNKNOWN),
    ("R04", {**CLASSED, "product.class": "default", "conformity.procedure": "A"}, UNKNOWN),
    ("R04", DEFAULT, NA),
    ("R04", {"conformity.procedure": "H"}, NA),
    ("R04", {**CLASSED, "conformity.procedure": "A", "standards": [FULL, BESIDE]}, MET),
    ("R04", {**CLASSED, "conformity.procedure": "A", "standards": [FULL, PARTLY]}, NOT),
    ("R04", {**CLASSED, "conformity.procedure": "A", "open_source": {"qualifies": True}}, UNKNOWN),
    ("R04", {**CLASSED, "conformity.procedure": "A", "product.ehr_system": True}, NA),
    ("R05", {**CLASSED, "conformity.procedure": "A", "standards": [FULL]}, MET),
    ("R05", {**CLASSED, "conformity.procedure": "A"}, NOT),
    ("R05", {**CLASSED, **OPEN, "conformity.procedure": "A"}, NA),
    ("R05", {}, UNKNOWN),
    ("R05", {**CLASSED, "conformity.procedure": "A", "open_source": {"qualifies": True}}, UNKNOWN),
    ("R05", {**CLASSED, "conformity.procedure": "A", "standards": [{**FULL, "draft": True}]}, NOT),
    ("R06", {**CLASSED, **OPEN}, MET),
    ("R06", {**CLASSED, **OPEN, "market": {"first_unit": "2027-11-30"}}, NOT),
    ("R06", {**CLASSED, "open_source": {"qualifies": True}}, UNKNOWN),
    ("R06", CLASSED, NA),
    ("R06", {**CLASSED, "open_source": {"licence": "MIT"}}, UNKNOWN),
    ("R06", {**CLASSED, **OPEN, "conformity.procedure": "B+C"}, NA),
    ("R06", {**DEFAULT, **OPEN}, NA),
    ("R06", {**CLASSED, **OPEN, "product.class": "critical", "product.category": "CRA_ANX_IV_1"}, NOT),
    (
        "R07",
        {**DEFAULT, **CERTIFICATE, "conformity.certification": {**SCHEME, "certificate": "E-1"}},
        MET,
    ),
    ("R07", {**DEFAULT, **CERTIFICATE, "conformity.certification": SCHEME}, UNKNOWN),
    ("R07", {**DEFAULT, **CERTIFICATE}, NOT),
    (
        "R07",
        {
            **CLASSED,
            **CERTIFICATE,
            "product.class": "important-class-II",
            "product.category": "CRA_ANX_III_C2_1",
            "conformity.certification": {**SCHEME, "level": "basic"},
        },
        NOT,
    ),
    (
        "R07",
        {
            **DEFAULT,
            **CERTIFICATE,
            "document": {"date": "2027-06-01"},
            "conformity.certification": {**SCHEME, "certificate": "E-1", "valid_until": "2027-05"},
        },
        NOT,
    ),
    ("R07", {**DEFAULT, "conformity.procedure": "A"}, NA),
    ("R07", {**DEFAULT, **CERTIFIED, "market": {"first_unit": "2027-12-12"}}, NOT),
    ("R07", {**DEFAULT, **CERTIFIED, "market": {"first_unit": "2027-10-31", "last_unit": "2027-10-31"}}, MET),
    ("R07", {**DEFAULT, **CERTIFIED, "market": {"first_unit": "2027-10-31", "last_unit": "2029-10-31"}}, NOT),
    (
        "R08",
        {"product.high_risk_ai": True, "declaration": {"high_risk_ai": "By the measures in 2(a)."}},
        MET,
    ),
    ("R08", {"product.high_risk_ai": True}, NOT),
    ("R08", {"product.high_risk_ai": False}, NA),
    ("R08", {}, UNKNOWN),
    ("R09", EXAMINED, MET),
    ("R09", {"conformity.procedure": "H"}, NOT),
    ("R09", {"conformity.procedure": "A"}, MET),
    ("R09", {"conformity.procedure": "A", "conformity.notified_body": {"number": "0123"}}, NOT),
    ("R09", {"conformity.procedure": "certification"}, NA),
    ("R09", {"conformity.procedure": "certification", "conformity.notified_body": BODY}, NOT),
    ("R09", {}, UNKNOWN),
    ("R10", {"conformity.procedure": "H", "ce_marking": {"body_number": "0123"}}, MET),
    ("R10", {"conformity.procedure": "H"}, NOT),
    (
        "R10",
        {
            "conformity.procedure": "H",
            "conformity.notified_body": BODY,
            "ce_marking": {"body_number": "9999"},
        },
        NOT,
    ),
    ("R10", {"conformity.procedure": "A"}, MET),
    ("R10", {"conformity.procedure": "B+C", "ce_marking": {"body_number": "0123"}}, NOT),
    ("R10", {}, UNKNOWN),
    ("R11", EXAMINED, MET),
    ("R11", {"conformity.procedure": "H", "conformity.notified_body": {"number": "CE 12"}}, NOT),
    ("R11", {"conformity.procedure": "H"}, UNKNOWN),
    ("R11", {"conformity.procedure": "A"}, NA),
    ("R12", EXAMINED, MET),
    ("R12", {"conformity.procedure": "B+C"}, NOT),
    ("R12", {**EXAMINED, "product.release": "1.1"}, NOT),
    ("R12", {**EXAMINED, "document": {"date": "2031-01-01"}}, NOT),
    ("R12", {**EXAMINED, "modifications": [{"version": "1.0", "certificate": "pending"}]}, NOT),
    ("R12", {**EXAMINED, "modifications": [{"version": "1.0"}]}, NOT),
    ("R12", {**EXAMINED, "product.release": "1.1", **changed("1.1", "addition")}, MET),
    ("R12", {**EXAMINED, "product.release": "1.1", **changed("1.1", "new")}, NOT),
    (
        "R12",
        {**EXAMINED, "product.type": "L1", "conformity.notified_body": {**HELD, "certified_type": "L2"}},
        NOT,
    ),
    (
        "R12",
        {**EXAMINED, "product.type": "L1", "conformity.notified_body": {**HELD, "certified_type": "Lock L1"}},
        MET,
    ),
    ("R12", {**EXAMINED, "conformity.notified_body": {**BODY, "certified_versions": ["0.9"]}}, NOT),
    ("R12", {"conformity.procedure": "B+C", "conformity.notified_body": BODY}, UNKNOWN),
    ("R12", {"conformity.procedure": "H"}, NA),
    (
        "R13",
        {"conformity.procedure": "H", "conformity.notified_body": {**BODY, "scope": "gateways"}},
        MET,
    ),
    ("R13", {"conformity.procedure": "H", "conformity.notified_body": BODY}, UNKNOWN),
    (
        "R13",
        {
            "conformity.procedure": "H",
            "conformity.notified_body": {**BODY, "scope": "gateways"},
            "modifications": [{"version": "1.0", "substantial": True}],
        },
        UNKNOWN,
    ),
    (
        "R13",
        {
            "conformity.procedure": "H",
            "conformity.notified_body": {**BODY, "scope": "gateways", "valid_until": "2027-11"},
            "market": {"first_unit": "2027-12-12"},
        },
        NOT,
    ),
    ("R13", {"conformity.procedure": "B+C"}, NA),
    ("R14", {**EXAMINED, "document": {"language": "en-IE"}}, MET),
    ("R14", {**EXAMINED, "document": {"language": "fr"}}, NOT),
    ("R14", EXAMINED, UNKNOWN),
    ("R14", {"conformity.procedure": "A"}, NA),
]


@pytest.mark.parametrize(("rule", "blocks", "expected"), CASES, ids=named(CASES))
def test_a_rule_answers_from_what_is_stated(rule: str, blocks: dict[str, Any], expected: Outcome) -> None:
    found = answer(rule, facts(blocks))
    assert found.outcome is expected, found.message
    assert bool(found.way_out) is (expected in (NOT, UNKNOWN))


def test_a_number_too_many_on_the_marking_is_milder_than_one_too_few() -> None:
    few = answer("R10", facts({"conformity.procedure": "H"}))
    many = answer("R10", facts({"conformity.procedure": "A", "ce_marking": {"body_number": "0123"}}))
    assert (few.severity, many.severity) == (None, Severity.WARNING)


def test_a_standard_that_the_data_do_not_name_is_not_presumed_from() -> None:
    older = {**FULL, "oj_date": "2026-01-01"}
    blocks = {**CLASSED, "conformity.procedure": "A", "standards": [older]}
    other = published("harmonised_standards", "EN 18031-1, OJ L, 2027/11")
    assert answer("R04", facts(blocks, known=other)).outcome is NOT
    assert answer("R04", facts(blocks, known=CITED)).outcome is MET
    named_so = published("harmonised_standards", "EN 1:2027 (OJ L, 2027/9)")
    assert answer("R04", facts(blocks, known=named_so)).outcome is MET


def test_a_route_is_there_for_every_procedure() -> None:
    given = facts(CLASSED)
    assert [r.procedure for r in procedures.routes(given.product, given.status)] == list(Procedure)
