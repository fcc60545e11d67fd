"""Whole product files as somebody else writes them: what each telling rule answers, and where it points."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from build import cra, trace
from sphinx_cra import product
from sphinx_cra.assessment import Assessment, assess
from sphinx_cra.datafile import DataError
from sphinx_cra.legal.rule import Outcome, Ruling
from sphinx_cra.model import Severity

FILES = Path(__file__).parent / "data" / "products"


def assessment(text: str) -> Assessment:
    """What a project shows that has nothing but this product file."""
    return assessed_with(product.parse(text))


def assessed_with(loaded: product.Product) -> Assessment:
    catalogues = (cra(),)
    return assess(
        product=loaded, catalogues=catalogues, mappings=(), trace=trace((), catalogues), verdicts={}
    )


def of_file(name: str) -> Assessment:
    return assessment((FILES / f"{name}.yaml").read_text("utf-8"))


def sign(ruling: Ruling) -> str:
    """``+`` met, ``!`` not met (error), ``~`` not met (milder), ``?`` not decidable, ``0`` does not apply."""
    match ruling.outcome:
        case Outcome.NOT_MET:
            return "!" if ruling.severity is Severity.ERROR else "~"
        case Outcome.MET:
            return "+"
        case Outcome.UNDECIDABLE:
            return "?"
        case _:
            return "0"


EXPECTED = {
    # What an ordinary careful maker writes: nothing about the product itself is left open.
    "lamp": "R01+ R03+ R04 0 R05 0 R06 0 R07 0 R08 0 R09+ R10+ R11 0 R12 0 R13 0 R14 0 R16+ R21 0 R24+ R25 0 "
    "R28 0 R29+ R30+ R33+ R34 0 R36+ R37+ R38+ R39+ R40+ R41+ R42+ R43 0 R44+ R45+ R46+ R47+ R48+ R49 0 R50+ "
    "R51+ R52+ R53+ R54+ R56+ R57+ R58+ R59+ R60+ R61+ R62 0 R69 0 R70+",
    "default-h-no-body": "R03+ R09! R10! R11? R12 0 R13? R14? R53!",
    # The number is superfluous, the certificate a day younger than the declaration.
    "number-without-h": "R01+ R03+ R04 0 R09+ R10~ R11+ R12+ R13 0 R14+ R16+ R56!",
    "backwards": "R29! R36! R37~ R39? R40~ R41!",
    # 29 February plus ten years is 28 February; a day less is too early.
    "five-of-ten": "R36+ R37~ R38+ R39! R40+ R41!",
    "leap-day": "R16+ R29+ R36+ R37+ R40+ R41+ R49!",
    "medium-simplified": "R28! R70 0",
    "certificate-expired": "R03+ R09+ R10+ R12~ R13 0 R16+ R62~",
    # Public a day late: neither Article 32(5) nor a standard opens internal control.
    "password-manager": "R01+ R03! R04! R05! R06! R61+",
    "open-firewall": "R03+ R04 0 R06 0 R07+ R09 0 R10+",
    "vpn-draft": "R03! R04! R05! R24+ R58!",
    "vpn-cited": "R03+ R04+ R05+ R24+ R58+",
    "smartcard": "R03! R07 0 R09!",
    "meter": "R01+ R03! R06!",
    "camera-ai": "R03! R04 0 R08! R09+ R54!",
    "record-system": "R03 0 R08 0 R54+",
    "plant-module": "R21+",
    "paid-updates": "R21! R42! R45~",
    # What contradicts itself decides nothing: default is no way around the category.
    "wrong-category": "R01! R03? R04? R05? R06 0 R09+",
    "chatbot": "R34! R43! R47! R48! R49? R51! R52~ R59! R60? R61!",
    "short-lived": "R36+ R37+ R40~",
    # Each answer is about another version of the three dates.
    "versions": "R16~ R27! R29! R36+ R37+ R40~ R62+",
}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_the_rules_answer_a_product_file_as_its_facts_say(name: str) -> None:
    wanted = dict(re.findall(r"(R\d\d) ?([+!~?0])", EXPECTED[name]))
    found = {r.rule.id: sign(r) for r in of_file(name).rulings}
    said = {r.rule.id: r.answer.message for r in of_file(name).rulings}
    assert {i: (found[i], said[i]) for i in wanted} == {i: (wanted[i], said[i]) for i in wanted}


def test_every_product_file_is_expected() -> None:
    assert {p.stem for p in FILES.glob("*.yaml")} == set(EXPECTED)


@pytest.mark.parametrize(
    ("name", "rule", "says"),
    [
        ("default-h-no-body", "R10", "Procedure H, and no number of a body"),
        ("number-without-h", "R10", "B+C puts no number next to the CE marking, and 1234 is stated"),
        ("backwards", "R36", "ends on 2027-12, before the first unit is placed on the market on 2028-01-01"),
        (
            "five-of-ten",
            "R37",
            "expected to be used for 10 years from 2027-12-20, and supported until 2032-12",
        ),
        ("five-of-ten", "R39", "purchase: 2033-01"),
        ("medium-simplified", "R28", "A medium enterprise may not use the simplified form"),
        ("certificate-expired", "R12", "ends on 2029-02-28, before 2029-03-01, the day 4.1 is placed"),
        ("certificate-expired", "R12", "what the modification 4.1 means for the certificate is not decided"),
        ("certificate-expired", "R12", "the file is about 4.1, the certificate about 4.0"),
        ("password-manager", "R06", "public since 2028-03-02, after the first placing on 2028-03-01"),
        ("vpn-draft", "R04", "EN 40000-1-2 is a draft"),
        ("vpn-draft", "R04", "EN 304 620 is stated to be a harmonised standard, and as of 2026-10-06 none"),
        ("vpn-cited", "R05", "cited on 2027-09-01, after the status data of 2026-10-06"),
        (
            "smartcard",
            "R03",
            "A certificate is required for CRA_ANX_IV_3 (Delegated Regulation (EU) 2028/44)",
        ),
        ("meter", "R06", "in no category of Annex III"),
        ("wrong-category", "R01", "Browsers"),
        ("versions", "R40", "2.0 from 2029-06-01 to 2034-05"),
    ],
)
def test_the_answer_names_the_facts(name: str, rule: str, says: str) -> None:
    (found,) = (r for r in of_file(name).rulings if r.rule.id == rule)
    assert says in found.answer.message


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_what_is_not_met_or_not_decidable_leads_to_a_line_and_a_way_out(name: str) -> None:
    of_the_trace = {"R15", "R17", "R23", "R26", "R35", *(f"R{n}" for n in range(63, 71))}
    for ruling in of_file(name).rulings:
        if ruling.outcome not in (Outcome.NOT_MET, Outcome.UNDECIDABLE):
            continue
        assert ruling.answer.way_out, ruling.rule.id
        if ruling.rule.id not in of_the_trace:
            assert ruling.answer.place is not None, ruling.rule.id
            assert ruling.answer.place.line is not None, ruling.rule.id


def test_the_line_is_the_one_that_states_it() -> None:
    lines = (FILES / "number-without-h.yaml").read_text("utf-8").splitlines()
    (found,) = (r for r in of_file("number-without-h").rulings if r.rule.id == "R10")
    assert found.answer.place is not None
    assert found.answer.place.line is not None
    assert "body_number" in lines[found.answer.place.line - 1]


def test_what_a_base_file_states_leads_to_the_base_file(tmp_path: Path) -> None:
    base = (
        "manufacturer: {name: Example}\nmarket: {first_unit: 2027-12-12}\nsupport_period:\n  end: 2030-01\n"
    )
    (tmp_path / "common.yaml").write_text(base, "utf-8")
    own = 'extends: common.yaml\nproduct: {name: Lock, release: "1.0", expected_use_years: 8}\n'
    (tmp_path / "cra.yaml").write_text(own, "utf-8")
    loaded = product.load(tmp_path / "cra.yaml", source="cra.yaml")
    places = {r.rule.id: str(r.answer.place) for r in assessed_with(loaded).rulings}
    assert (places["R36"], places["R22"]) == ("common.yaml:4", "cra.yaml:1")


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_every_answer_is_a_sentence(name: str) -> None:
    for ruling in of_file(name).rulings:
        said = ruling.answer.message
        assert len(said.split()) > 2, said
        assert said[0].isupper() or said.split()[0].isalnum(), said
        assert not said.endswith((".", " ")), said
        assert not ruling.answer.way_out.endswith("."), ruling.answer.way_out
        assert not re.search(r"\bNone\b|\[\]|  |\{|'[a-z_]+'", said), said


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_no_rule_breaks_where_a_block_or_a_key_is_left_out(name: str) -> None:
    data = yaml.load((FILES / f"{name}.yaml").read_text("utf-8"), Loader=yaml.BaseLoader)
    kept = {"product": ("name", "release", "versions"), "manufacturer": ("name",)}
    read = 0
    for block, content in data.items():
        for key in content if isinstance(content, dict) else ("",):
            if key in kept.get(block, ()):
                continue
            less = {**data, block: {k: v for k, v in content.items() if k != key} if key else None}
            text = re.sub(r'(_years": )"([\d.]+)"', r"\1\2", json.dumps(less))
            try:
                loaded = product.parse(re.sub(r'"(true|false)"', r"\1", text))
            except DataError:
                continue  # what is left contradicts itself
            read += 1
            assert all(r.answer.message for r in assessed_with(loaded).rulings)
    assert read


MINIMAL = 'product: {name: Lock, release: "1.0"}\nmanufacturer: {name: Example}\n'


def test_of_a_file_that_states_nothing_hardly_anything_is_met() -> None:
    met = {r.rule.id for r in assessment(MINIMAL).rulings if r.outcome is Outcome.MET}
    # The declaration names the Regulation always, and nothing is listed as harmonised.
    assert met == {"R54", "R58"}


def test_of_a_file_that_states_nothing_only_what_needs_a_claim_does_not_apply() -> None:
    away = {r.rule.id for r in assessment(MINIMAL).rulings if r.outcome is Outcome.NOT_APPLICABLE}
    assert away == {"R06", "R07", "R18", "R19", "R20", "R28", "R62"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("support_period: {end: 2032}", "2032"),
        ("support_period: {end: 2032-13}", "not in the calendar"),
        ("market: {first_unit: 2027-02-29}", "not in the calendar"),
        ("market: {first_unit: 2027-12-11T10:00:00}", "2027-12-11"),
        ("market: {first_unit: 2028-01-01, last_unit: 2027-12-31}", "before"),
    ],
)
def test_a_date_that_cannot_be_meant_is_refused(text: str, says: str) -> None:
    with pytest.raises(DataError) as caught:
        assessment(f"{MINIMAL}{text}\n")
    assert says in "\n".join(caught.value.lines())
