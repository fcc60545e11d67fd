"""Certificates: which clauses of a standard they carry, and that they never carry the law."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from build import assessed, clause, control, evidence, frame, mapping, relation, requirement
from sphinx_cra import catalogue
from sphinx_cra.certificates import Scope, entries, level
from sphinx_cra.model import Code, Force, Outcome, State
from sphinx_cra.product import Iec62443, Manufacturer, Product
from sphinx_cra.render import views

if TYPE_CHECKING:
    from sphinx_cra.assessment import Assessment
    from sphinx_cra.model import Item

LAW = frame(clause("CRA_A", "cra"), clause("CRA_B", "cra"), name="cra", prefix="CRA_")
ANY, NETWORK = "SAR, EDR, HDR, NDR", "NDR"
STD = frame(
    clause("STD_1", "std", details={"lowest SL-C": "1", "component types": ANY}),
    clause("STD_2", "std", details={"lowest SL-C": "2", "component types": ANY}),
    clause("STD_3", "std", details={"lowest SL-C": "3", "component types": ANY}),
    clause("STD_N", "std", details={"lowest SL-C": "1", "component types": NETWORK}),
    clause("STD_H", "std", force=Force.HEADING),
    clause("STD_P", "std"),
    name="std",
    prefix="STD_",
)
NO_LEVEL = (
    "E1: certifies STD_1 and 3 more without a level; none of these counts; add :level: with the security "
    "level (SL-C) that the certificate states"
)
WAYS = (mapping(relation("CRA_A", "STD_1"), of="cra"),)


def certificate(certifies: str = "STD", **said: str) -> Item:
    known = {"issuer": "Body", "number": "4711", "kind": "certificate", **said}
    return evidence("E1", certifies=certifies, **known)


def done(*items: Item, product: Product | None = None, outcome: str = "valid", **more: str) -> Assessment:
    return assessed(*items, catalogues=(LAW, STD), mappings=WAYS, product=product, **{"E1": outcome, **more})


def product(*types: str, target: int | None = None) -> Product:
    stated = Iec62443(component_types=types, target_sl=target)
    return Product(name="G", release="1", manufacturer=Manufacturer(name="M"), iec62443=stated)


def states(found: Assessment) -> dict[str, State | None]:
    return {i: r.state for i, r in found.rows.items()}


def said(found: Assessment) -> list[tuple[Code, str]]:
    return [(f.code, str(f)) for f in found.mistakes if f.item == "E1"]


def test_a_valid_certificate_carries_what_it_certifies_and_only_supports_the_law() -> None:
    found = done(certificate(level="2"), product=product("NDR"))
    assert states(found) == {
        "CRA_A": State.SUPPORTED,
        "CRA_B": State.OPEN,
        "STD_1": State.VERIFIED,
        "STD_2": State.VERIFIED,
        "STD_3": State.OPEN,
        "STD_N": State.VERIFIED,
        "STD_H": None,
        "STD_P": State.VERIFIED,
    }
    row = found.rows["STD_1"]
    assert row.reason == "Certified: E1 (certificate 4711 of Body) says that it is met."
    assert [i.id for i in row.certificates] == [i.id for i in row.evidence] == ["E1"]
    assert found.rows["CRA_A"].certificates == ()
    assert found.rows["CRA_A"].gap
    assert said(found) == []


@pytest.mark.parametrize("outcome", [o.value for o in Outcome if o is not Outcome.VALID])
def test_a_certificate_that_does_not_hold_carries_nothing_and_is_named(outcome: str) -> None:
    found = done(certificate(level="2"), outcome=outcome)
    assert {states(found)[c] for c in ("CRA_A", "STD_1", "STD_2", "STD_P")} == {State.OPEN}
    assert f"Not counted: E1 is {outcome}" in found.rows["STD_1"].reason
    assert found.rows["STD_1"].certificates == ()


def test_a_prefix_ends_where_an_id_does() -> None:
    assert states(done(certificate("STD_P")))["STD_P"] is State.VERIFIED
    assert states(done(certificate("ST")))["STD_P"] is State.OPEN
    assert entries(" STD_1,STD_2;STD_1\nSTD_P ") == ("STD_1", "STD_2", "STD_P")


def test_without_a_level_no_clause_with_a_level_is_carried_and_the_author_is_told() -> None:
    found = done(certificate())
    assert [c for c, s in states(found).items() if s is State.VERIFIED] == ["STD_P"]
    assert said(found) == [(Code.EVIDENCE, NO_LEVEL)]


def test_clauses_for_some_component_types_wait_for_the_types_or_their_own_name() -> None:
    assert states(done(certificate(level="1")))["STD_N"] is State.OPEN
    assert states(done(certificate("STD_N", level="1")))["STD_N"] is State.VERIFIED
    assert states(done(certificate(level="1"), product=product("NDR")))["STD_N"] is State.VERIFIED
    assert states(done(certificate(level="1"), product=product("SAR")))["STD_N"] is None


def test_a_certificate_does_not_pull_in_what_is_above_the_target() -> None:
    found = done(certificate(level="4"), product=product("NDR", target=2))
    assert found.rows["STD_3"].state is None


def test_what_failed_is_failed_whatever_a_certificate_says() -> None:
    items = (control("C1", satisfies="STD_P"), evidence("E2", verifies="C1"))
    assert done(certificate(), *items, E2="failed").rows["STD_P"].state is State.FAILED


def test_what_the_product_itself_lacks_is_said_beside_the_certificate() -> None:
    found = done(certificate(), requirement("R1", satisfies="STD_P")).rows["STD_P"]
    assert found.state is State.VERIFIED
    assert found.reason.endswith("Of the product's own, 0 of 1 carrier is implemented, 0 proven.")
    assert (found.implemented, found.proven) == (0, 0)


@pytest.mark.parametrize("entry", ["CRA_A", "CRA", "CRA_B, STD_P"])
def test_a_certificate_for_the_law_is_a_mistake_and_changes_nothing(entry: str) -> None:
    found = done(certificate(entry))
    assert {s for c, s in states(found).items() if c.startswith("CRA")} == {State.OPEN}
    (finding,) = said(found)
    assert finding[0] is Code.EVIDENCE
    assert "of the Regulation itself; it is left aside" in finding[1]


@pytest.mark.parametrize(
    ("fields", "code", "words"),
    [
        ({"certifies": "STD_9"}, Code.UNKNOWN_CLAUSE, "certifies names STD_9, and no loaded clause is or"),
        ({"certifies": "std"}, Code.UNKNOWN_CLAUSE, "did you mean STD?"),
        ({"certifies": "STD", "level": "5"}, Code.EVIDENCE, "the level '5' is no security level"),
        ({"certifies": "STD", "level": "high"}, Code.EVIDENCE, "write 1, 2, 3 or 4"),
        ({"certifies": "STD_P", "level": "2"}, Code.EVIDENCE, "certifies no clause that has one"),
        ({"certifies": "", "level": "2"}, Code.EVIDENCE, "certifies no clause that has one"),
        ({"certifies": "STD", "kind": "report"}, Code.EVIDENCE, "and is no certificate"),
    ],
)
def test_what_cannot_be_meant_is_said_at_the_certificate(
    fields: dict[str, str], code: Code, words: str
) -> None:
    found = done(certificate(**fields))
    (finding,) = said(found)
    assert finding[0] is code
    assert words in finding[1]
    assert all(f.place for f in found.mistakes if f.item == "E1")


def test_the_register_says_what_a_certificate_certifies() -> None:
    table = views.evidence(done(certificate(level="2")))
    assert "certifies: STD, at SL-C 2" in "".join(p.text for p in table.rows[0][2])  # type: ignore[index]


def test_a_report_certifies_nothing() -> None:
    assert states(done(certificate("STD_P", kind="report")))["STD_P"] is State.OPEN


@pytest.mark.parametrize(
    ("text", "found"),
    [("2", 2), ("SL 2", 2), ("SL-C 3", 3), ("sl4", 4), ("0", None), ("22", None), ("", None)],
)
def test_a_level_is_read_as_people_write_it(text: str, found: int | None) -> None:
    assert level(text) == found


def test_the_process_certificate_reaches_every_clause_of_its_part_and_none_of_the_other() -> None:
    cra, process, parts = (catalogue.load(n, root=Path()) for n in ("cra", "iec62443-4-1", "iec62443-4-2"))
    scope = Scope(entries=("IEC62443_4_1",))
    assert all(scope.covers(c) for c in process.clauses if c.asked)
    assert not any(scope.covers(c) for c in (*cra.clauses, *parts.clauses))
    practice = Scope(entries=("IEC62443_4_1_SVV",))
    assert {c.id for c in process.clauses if practice.covers(c)} == {
        f"IEC62443_4_1_SVV_{n}" for n in range(1, 6)
    }
