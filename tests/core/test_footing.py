"""Evidence that names what makes it true falls with it."""

from __future__ import annotations

import pytest

from build import control, evidence, trace, verdicts
from sphinx_cra import footing

ITEMS = (
    control("CTRL_A"),
    control("CTRL_B"),
    evidence("TESTS", verifies="CTRL_A"),
    evidence("VEX", verifies="CTRL_B", supported_by="CTRL_A"),
)


def outcomes(*items: object, **stated: str) -> dict[str, str]:
    found = footing.fallen(trace(items), verdicts(**stated))  # type: ignore[arg-type]
    return {name: verdict.outcome.value for name, verdict in found.items()}


def test_it_is_valid_while_what_it_rests_on_is_proven() -> None:
    assert outcomes(*ITEMS, TESTS="valid", VEX="valid") == {"TESTS": "valid", "VEX": "valid"}


@pytest.mark.parametrize("tests", ["failed", "void", "expired", "foreign", "altered", "missing", "unchecked"])
def test_it_falls_with_what_it_rests_on(tests: str) -> None:
    found = footing.fallen(trace(ITEMS), verdicts(TESTS=tests, VEX="valid"))["VEX"]
    assert (found.outcome.value, found.reason) == (
        "unchecked",
        "it rests on CTRL_A, not proven; reason of VEX",
    )


def test_it_may_rest_on_evidence_and_on_several() -> None:
    both = (*ITEMS[:3], evidence("VEX", supported_by="TESTS, CTRL_A NOBODY"))
    found = footing.fallen(trace(both), verdicts(TESTS="valid", VEX="valid"))["VEX"]
    assert found.reason == "it rests on NOBODY, not proven; reason of VEX"


def test_what_it_alone_proves_is_no_footing() -> None:
    alone = (control("CTRL_A"), evidence("VEX", verifies="CTRL_A", supported_by="CTRL_A"))
    ring = (
        control("CTRL_A"),
        evidence("V1", verifies="CTRL_A", supported_by="V2"),
        evidence("V2", supported_by="V1"),
    )
    assert outcomes(*alone, VEX="valid") == {"VEX": "unchecked"}
    assert outcomes(*ring, V1="valid", V2="valid") == {"V1": "unchecked", "V2": "unchecked"}


def test_a_chain_stands_on_its_first_link() -> None:
    chain = (*ITEMS, evidence("LAST", supported_by="CTRL_B"))
    assert set(outcomes(*chain, TESTS="valid", VEX="valid", LAST="valid").values()) == {"valid"}
    assert outcomes(*chain, TESTS="void", VEX="valid", LAST="valid")["LAST"] == "unchecked"


def test_what_failed_stays_failed() -> None:
    assert outcomes(*ITEMS, TESTS="void", VEX="failed")["VEX"] == "failed"
