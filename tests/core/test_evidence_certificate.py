"""Certificates and reports: what their author has to state, when they hold, and what they can prove."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from build import LAW, STD, mapping, relation, requirement, trace
from sphinx_cra import coverage, product
from sphinx_cra.evidence import Cache, verdicts
from sphinx_cra.model import Item, Kind, Link, Outcome, State, Strength, Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from sphinx_cra.model import Row

STATED = {
    "kind": "certificate",
    "file": "iec.pdf",
    "issuer": "Testing House",
    "number": "IITS2-1234",
    "scope": "IEC 62443-4-1, development of gateways",
    "valid_from": "2026-01-01",
    "valid_until": "2028-12-31",
}


def about(date: str) -> product.Product:
    text = "product: {name: A, release: '1.0'}\nmanufacturer: {name: M}\ndocument: {date: %s}\n"
    return product.parse(text % date)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "iec.pdf").write_bytes(b"%PDF-1.7 IEC 62443-4-1 expired, revoked, FAILED")
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.7")
    return tmp_path


def certificate(name: str = "E1", /, *, verifies: tuple[str, ...] = (), **fields: str) -> Item:
    stated = {k: v for k, v in {**STATED, **fields}.items() if v}
    links = {Link.VERIFIES: verifies} if verifies else {}
    return Item(id=name, kind=Kind.EVIDENCE, type="evidence", title="C", fields=stated, links=links)


def judged(root: Path, date: str = "2027-01-01", /, **fields: str) -> Verdict:
    return verdicts([certificate(**fields)], root, Cache(), product=about(date))["E1"]


def test_a_certificate_is_valid_as_its_author_states_it(root: Path) -> None:
    shown = judged(root, version="1.0")
    assert shown.outcome is Outcome.VALID
    assert shown.reason == (
        "certificate IITS2-1234 of Testing House is in iec.pdf, valid from 2026-01-01 until 2028-12-31, "
        "scope: IEC 62443-4-1, development of gateways, as the author states; nothing in it is read"
    )
    assert shown.valid_until == "2028-12-31"
    assert [a.path for a in shown.artefacts] == ["iec.pdf"]


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({"issuer": ""}, "issuer"),
        ({"number": " "}, "number"),
        ({"valid_until": ""}, "end date (valid_until)"),
        ({"issuer": "", "number": "", "valid_until": ""}, "issuer, number and end date (valid_until)"),
    ],
)
def test_a_certificate_that_nobody_can_ask_for_is_unreadable(
    root: Path, fields: dict[str, str], missing: str
) -> None:
    shown = judged(root, **fields)
    assert shown.outcome is Outcome.UNREADABLE
    assert shown.reason == f"the certificate is stated without {missing}"


@pytest.mark.parametrize(
    ("date", "said"),
    [
        ("2029-01-01", "it held until 2028-12-31, before 2029-01-01"),
        ("2025-12-31", "it holds only from 2026-01-01, after 2025-12-31"),
    ],
)
def test_a_certificate_outside_its_days_is_expired(root: Path, date: str, said: str) -> None:
    shown = judged(root, date)
    assert shown.outcome is Outcome.EXPIRED
    assert said in shown.reason


@pytest.mark.parametrize("date", ["2026-01-01", "2028-12-31"])
def test_a_certificate_holds_on_its_first_and_its_last_day(root: Path, date: str) -> None:
    assert judged(root, date).outcome is Outcome.VALID


@pytest.mark.parametrize(
    "fields",
    [
        {"valid_from": "2029-01-01"},
        {"date": "2029-01-01"},
        {"valid_until": "31 December 2028"},
        {"valid_until": "2028-12-32"},
        {"valid_until": "unlimited"},
    ],
)
def test_days_that_contradict_each_other_or_are_none_are_unreadable(
    root: Path, fields: dict[str, str]
) -> None:
    assert judged(root, **fields).outcome is Outcome.UNREADABLE


def test_without_a_reference_date_a_certificate_does_not_expire_and_it_is_said(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    shown = judged(root, "", valid_from="2000-01-01", valid_until="2001-01-01")
    assert shown.outcome is Outcome.VALID
    assert "age not checked: no reference date" in shown.reason


def test_what_stands_in_the_file_is_no_verdict(root: Path) -> None:
    assert judged(root).outcome is Outcome.VALID
    assert judged(root, result="failed").outcome is Outcome.FAILED


def test_an_empty_a_missing_and_a_distant_certificate_prove_nothing(root: Path) -> None:
    (root / "iec.pdf").write_bytes(b"")
    assert judged(root).outcome is Outcome.VOID
    assert judged(root, file="none.pdf").outcome is Outcome.MISSING
    assert judged(root, file="", url="https://example.org/c").outcome is Outcome.UNCHECKED


def test_a_report_needs_nothing_but_to_be_there(root: Path) -> None:
    shown = judged(
        root, kind="report", issuer="", number="", scope="", valid_from="", valid_until="", version="1.0"
    )
    assert shown.outcome is Outcome.VALID
    assert shown.reason == "report is in iec.pdf, as the author states; nothing in it is read"
    two = judged(root, kind="report", file="*.pdf", number="7", version="1.0")
    assert two.reason.startswith("report 7 of Testing House is in 2 files")


def test_a_report_that_ended_is_expired_as_well(root: Path) -> None:
    assert judged(root, "2029-01-01", kind="report").outcome is Outcome.EXPIRED


# --------------------------------------------------------------------- what it can prove


def rows(root: Path, *items: Item) -> dict[str, Row]:
    """The law is supported by the standard, as far as a mapping can say it."""
    strongest = mapping(relation("LAW_A", "STD_1", Strength.PARTIAL), overall={"LAW_A": "partial"})
    evidence = [i for i in items if i.kind is Kind.EVIDENCE]
    shown = verdicts(evidence, root, Cache(), product=about("2027-01-01"))
    done = coverage.matrices((LAW, STD), (strongest,), trace(items, (LAW, STD)), shown)
    return {r.clause.id: r for m in done for r in m.rows}


def test_a_certificate_for_the_standard_carries_its_clauses_and_only_supports_the_law(root: Path) -> None:
    items = (requirement("R1", satisfies="STD_1"), certificate(verifies=("R1",)))
    found = rows(root, *items)
    assert found["STD_1"].state is State.VERIFIED
    assert found["LAW_A"].state is State.SUPPORTED
    assert found["LAW_A"].gap
    assert found["LAW_A"].evidence == ()
    assert found["STD_2"].state is State.OPEN


def test_a_certificate_verifies_no_clause_that_nothing_of_the_product_satisfies(root: Path) -> None:
    scope = "IEC 62443-4-2 STD_1 LAW_A, all requirements of the Cyber Resilience Act"
    found = rows(root, certificate(verifies=("STD_1", "LAW_A"), scope=scope))
    assert {found[name].state for name in ("STD_1", "STD_2", "LAW_A", "LAW_B")} == {State.OPEN}


def test_a_scope_is_words_and_no_link(root: Path) -> None:
    found = rows(root, requirement("R1", satisfies="STD_1"), certificate(scope="R1, STD_1, LAW_A"))
    assert found["STD_1"].state is State.PLANNED
    assert found["LAW_A"].state is State.OPEN


def test_an_expired_certificate_supports_nothing(root: Path) -> None:
    old = certificate(verifies=("R1",), valid_until="2026-12-31")
    found = rows(root, requirement("R1", satisfies="STD_1"), old)
    assert found["STD_1"].state is State.PLANNED
    assert "Not counted: E1 is expired (it held until 2026-12-31" in found["STD_1"].reason
    assert found["LAW_A"].state is State.OPEN
