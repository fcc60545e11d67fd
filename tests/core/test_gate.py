"""What becomes of a finding: its id, its level, and what the baseline says of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from build import LAW, assessed, control, evidence, requirement, trace
from sphinx_cra import codes, gate
from sphinx_cra.assessment import assess
from sphinx_cra.baseline import accepted
from sphinx_cra.gate import Level, Standing, identities, identity, read
from sphinx_cra.model import Artefact, Code, Finding, Outcome, Place, Severity, Verdict

OPEN = Finding(code=Code.OPEN, message="CRA_ANX_I_P1_2_D is open: 1 of 3", clause="CRA_ANX_I_P1_2_D")
PLAIN = Finding(code=Code.CATALOGUE, message="house.yaml: 3 faults")


# ------------------------------------------------------------------------------------ ids


@pytest.mark.parametrize(
    "change",
    [
        {"message": "other words, and 7 of 9"},
        {"way_out": "do something"},
        {"place": Place(source="renamed", line=99)},
        {"severity": Severity.ERROR},
        {"causes": ("EVID_1",)},
    ],
)
def test_an_id_survives_moves_and_wording(change: dict[str, object]) -> None:
    assert identity(replace(OPEN, **change)) == identity(OPEN)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [{"code": Code.PLANNED}, {"clause": "CRA_ANX_I_P1_2_E"}, {"item": "X"}, {"rule": "R01"}, {"about": "a"}],
)
def test_an_id_is_of_what_the_finding_is_about(change: dict[str, object]) -> None:
    assert identity(replace(OPEN, **change)) != identity(OPEN)  # type: ignore[arg-type]


def test_what_is_about_nothing_is_told_by_its_words_without_numbers() -> None:
    assert identity(PLAIN) == identity(replace(PLAIN, message="house.yaml: 12 faults"))
    assert identity(PLAIN) != identity(replace(PLAIN, message="home.yaml: 3 faults"))


def test_one_more_of_the_same_is_one_more_id() -> None:
    first = identities([OPEN, PLAIN])
    assert identities([OPEN, PLAIN, OPEN]) == [*first, f"{first[0]}-2"]


def test_every_finding_of_a_project_has_an_id_of_its_own() -> None:
    items = [requirement(f"REQ_{n}", satisfies="LAW_A NOWHERE") for n in range(3)]
    found = assessed(*items, control("C", implements="REQ_0 GONE"), evidence("E"), E="missing").findings
    assert len({j.id for j in found}) == len(found) > 5


# --------------------------------------------------------------------------------- levels


def level(gate_: object, finding: Finding = OPEN, framework: str = "cra") -> Level:
    asked, faults = read(gate_)  # type: ignore[arg-type]
    assert not faults
    return asked.level(finding, framework)


def test_without_a_gate_mistakes_warn_and_gaps_are_quiet() -> None:
    assert level([], PLAIN) is Level.WARNING
    assert level({}) is Level.QUIET


def test_a_list_names_what_warns() -> None:
    assert level(["open"]) is Level.WARNING
    assert level(["cra.open:CRA_ANX_I"]) is Level.WARNING
    assert level(["open:CRA_ANX_II", "failed"]) is Level.QUIET


def test_the_most_specific_entry_wins_in_whatever_order() -> None:
    entries = {
        "severity:warning": "error",
        "open": "warning",
        "framework:cra": "quiet",
        "open:CRA_ANX_I": "error",
        "open:CRA_ANX_I_P1_2_D": "warning",
    }
    expected = ["warning", "error", "quiet", "warning", "error"]
    for ordered in (list(entries.items()), list(entries.items())[::-1]):
        left = dict(ordered)
        for dropped, wanted in zip(reversed(entries), expected, strict=True):
            assert level(left) == wanted, left
            del left[dropped]


def test_a_rule_is_of_the_regulation_and_narrowed_by_its_number() -> None:
    rule = Finding(code=Code.RULE, message="R36", rule="R36", severity=Severity.INFO)
    assert level({"rule": "error", "rule:R36": "quiet"}, rule) is Level.QUIET
    assert level({"rule:R3": "error"}, rule) is Level.QUIET
    assert level({"severity:info": "error"}, rule) is Level.ERROR


CODES = ", ".join(Code)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"open": "loud"}, "'open' is to be 'loud'; write error, warning or quiet"),
        ({"opne": "error"}, "'opne' is no code of a finding; did you mean open?"),
        (
            {"altered_evidence": "error"},
            f"'altered_evidence' is no code of a finding; write {CODES}, severity:... or framework:...",
        ),
        ({"severity:bad": "error"}, "'severity:bad' is no severity; write error, warning or info"),
        (
            {"framework:": "error"},
            "'framework:' names no framework; write the id of a catalogue after the colon, as framework:cra",
        ),
        ({1: 2}, "'1' is to be 2; write error, warning or quiet"),
    ],
)
def test_what_says_nothing_is_a_fault(given: object, message: str) -> None:
    asked, faults = read(given)  # type: ignore[arg-type]
    assert [f"{f.message}; {f.way_out}" for f in faults] == [message]
    assert not asked.entries


def test_what_fits_nothing_that_is_loaded_is_idle() -> None:
    asked, _ = read(
        {"framework:iso": "error", "open:LAW_X": "error", "rule:R99": "error", "open:LAW": "error"}
    )
    idle = [f.message for f in asked.idle(["LAW_A"], ["law"], ["R01"])]
    assert idle == ["no framework iso is loaded", "no clause is at or below LAW_X", "there is no rule R99"]


def test_a_gate_says_which_codes_it_asks_for() -> None:
    asked, _ = read({"open": "error", "rule": "quiet"})
    assert [asked.asks(c) for c in (Code.OPEN, Code.RULE, Code.FAILED)] == [True, False, False]
    by_framework, _ = read({"framework:cra": "warning"})
    assert by_framework.asks(Code.RULE)


# ------------------------------------------------------------------------------- standing

REQ = requirement("REQ", satisfies="LAW_A")
FAILING = (REQ, evidence("E_1", verifies="REQ"), evidence("E_2", verifies="REQ"))


def shown(outcome: str, *refuted: str) -> Verdict:
    return Verdict(outcome=Outcome(outcome), reason="as read", refuted=refuted)


Shown = dict[str, str | Verdict]


def gaps(outcomes: Shown) -> dict[str, object]:
    """What an assessment has of these outcomes."""
    said = {name: o if isinstance(o, Verdict) else shown(o) for name, o in outcomes.items()}
    known = trace(FAILING)
    done = assess(product=None, catalogues=(LAW,), mappings=(), trace=known, verdicts=said)
    return {"gaps": done.gaps, "mistakes": done.mistakes}


def standing(before: Shown, after: Shown, day: str = "", until: str = "") -> gate.Judged:
    """The clause that failed before, as the baseline of then has it now."""
    asked, _ = read(["failed", "planned"])
    known = replace(assessed(*FAILING), **gaps(before))
    judged = replace(known, gate=asked).findings
    baseline = accepted(
        None, judged, product="", by="A", why="b", until=dt.date.fromisoformat(until) if until else None
    )
    now = replace(assessed(*FAILING), **gaps(after))
    found = gate.judge(
        [*now.mistakes, *now.gaps],
        asked,
        baseline,
        framework=lambda _: "law",
        day=dt.date.fromisoformat(day) if day else None,
    )
    return next(j for j in found if j.finding.clause == "LAW_A" and j.finding.code is Code.FAILED)


def test_what_was_accepted_is_said_no_more_and_is_found_all_the_same() -> None:
    found = standing({"E_1": "failed", "E_2": "valid"}, {"E_1": "failed", "E_2": "valid"})
    assert (found.standing, found.said, found.level) == (Standing.ACCEPTED, False, Level.WARNING)


def test_one_more_failing_test_is_not_accepted_with_the_first() -> None:
    found = standing({"E_1": "failed", "E_2": "valid"}, {"E_1": "failed", "E_2": "altered"})
    assert (found.standing, found.said) == (Standing.GROWN, True)
    assert found.message.endswith("(accepted by A without E_2)")


def test_one_more_failing_case_in_a_report_is_not_accepted_with_the_first() -> None:
    one, two = shown("failed", "t::a"), shown("failed", "t::a", "t::b")
    found = standing({"E_1": one, "E_2": "valid"}, {"E_1": two, "E_2": "valid"})
    assert (found.standing, found.message.endswith("(accepted by A without E_1: t::b)")) == (
        Standing.GROWN,
        True,
    )
    assert standing({"E_1": two, "E_2": "valid"}, {"E_1": one, "E_2": "valid"}).standing is Standing.ACCEPTED


def test_an_altered_file_that_changes_again_is_not_accepted_with_the_first_change() -> None:
    def altered(digest: str) -> Verdict:
        file = Artefact(path="a.xml", sha256=digest * 64, size=1)
        return replace(shown("altered"), artefacts=(file,))

    found = standing({"E_1": altered("a"), "E_2": "valid"}, {"E_1": altered("b"), "E_2": "valid"})
    assert found.standing is Standing.GROWN
    moved = replace(altered("a"), artefacts=(Artefact(path="moved.xml", sha256="a" * 64, size=1),))
    found = standing({"E_1": altered("a"), "E_2": "valid"}, {"E_1": moved, "E_2": "valid"})
    assert found.standing is Standing.ACCEPTED


def test_one_failing_test_less_stays_accepted() -> None:
    found = standing({"E_1": "failed", "E_2": "failed"}, {"E_1": "valid", "E_2": "failed"})
    assert found.standing is Standing.ACCEPTED


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2027-06-30", Standing.ACCEPTED), ("2027-07-01", Standing.EXPIRED), ("", Standing.UNDATED)],
)
def test_an_acceptance_holds_to_the_end_of_its_last_day(day: str, expected: Standing) -> None:
    failed = {"E_1": "failed", "E_2": "valid"}
    found = standing(failed, failed, day, until="2027-06-30")
    assert found.standing is expected
    assert found.said is (expected is Standing.EXPIRED)


def test_what_is_hushed_is_quiet_whatever_the_entries_say() -> None:
    asked, _ = read({"open:CRA_ANX_I": "error", "framework:cra": "error", "open": "error"})
    hushed = asked.hushed([Code.OPEN])
    assert hushed.level(OPEN, "cra") is Level.QUIET
    assert hushed.level(replace(OPEN, code=Code.PLANNED), "cra") is Level.ERROR


@pytest.mark.parametrize("code", list(Code))
def test_every_code_has_a_meaning_a_way_out_and_an_example(code: Code) -> None:
    known = codes.of(code)
    assert known.meaning.endswith(".")
    assert known.way_out.endswith(".")
    assert known.example
    assert codes.way_out(code)[0].islower()
