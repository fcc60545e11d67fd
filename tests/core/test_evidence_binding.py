"""Evidence set against the release and its day: which version it is about, and how old it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from build import assessed, control, requirement, row
from sphinx_cra import product
from sphinx_cra.evidence import Cache, EvidenceError, verdicts
from sphinx_cra.model import Item, Kind, Outcome, State, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sphinx_cra.evidence import Claim, Exhibit
    from sphinx_cra.product import Product

COMMIT = "4f2a9c1d" * 5
DIGEST = "ab" * 32


class Reader:
    """A reader whose verdict is chosen by the test."""

    max_bytes: int | None = None

    def __init__(self, **verdict: str) -> None:
        self.verdict = {"outcome": "valid", "reason": "as read", **verdict}

    def parse(self, data: bytes) -> None: ...

    def judge(self, claim: Claim, exhibits: Sequence[Exhibit]) -> Verdict:
        outcome = Outcome(self.verdict["outcome"])
        if outcome in (Outcome.UNREADABLE, Outcome.VOID):
            raise EvidenceError(self.verdict["reason"], outcome)
        more = {k: v for k, v in self.verdict.items() if k not in ("outcome", "reason")}
        return Verdict(outcome=outcome, reason=self.verdict["reason"], **more)  # type: ignore[arg-type]


def stated(*, versions: str = "", days: str = "", date: str = "", release: str = "2.4.0") -> Product:
    return product.parse(
        f"""product:
  name: FieldGate FG-200
  type: FG-200
  release: "{release}"
  versions: [{versions}]
manufacturer: {{name: M}}
document: {{date: {date}}}
evidence:
  valid_days: {{{days}}}
"""
    )


PARTS = (
    f'{{version: "2.4.0", part: firmware, commit: {COMMIT[:10]}, sha256: {DIGEST}}},'
    '{version: "2.4.0", part: software},'
    '{version: "2.3.0", part: firmware},'
    "{version: rev. B, part: hardware}"
)

WHOLE = (
    f'{{version: "2.4.0", part: firmware, commit: {COMMIT[:10]}, sha256: {DIGEST}}},'
    "{version: rev. B, part: hardware}"
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "a.txt").write_bytes(b"a")
    return tmp_path


def judged(
    root: Path, about: Product | None, read: dict[str, str] | None = None, /, **fields: str
) -> Verdict:
    evidence = Item(
        id="E1",
        kind=Kind.EVIDENCE,
        type="evidence",
        title="E",
        fields={"kind": "mine", "file": "a.txt", **fields},
    )
    readers = {"mine": Reader(**(read or {}))}
    return verdicts([evidence], root, Cache(), readers=readers, product=about)["E1"]


# ------------------------------------------------------------------------------- version


@pytest.mark.parametrize(
    "version",
    ["2.4.0", "v2.4.0", " 2.4.0 ", "FG-200 2.4.0", "fieldgate fg-200 v2.4.0", "rev. B", "FG-200 rev. B"],
)
def test_evidence_that_states_the_release_is_bound_to_it(root: Path, version: str) -> None:
    shown = judged(root, stated(versions=PARTS), version=version)
    assert (shown.outcome, shown.bound, shown.reason) == (Outcome.VALID, True, "as read")


@pytest.mark.parametrize(
    "version",
    ["2.3.0", "2.4", "2.4.0-rc1", "2.4.00", "not 2.4.0", "2.3.0 and 2.4.0", "rev. A", "FG-300 2.4.0"],
)
def test_evidence_for_another_version_is_foreign_and_says_which(root: Path, version: str) -> None:
    shown = judged(root, stated(versions=PARTS), version=version)
    assert (shown.outcome, shown.bound) == (Outcome.FOREIGN, False)
    assert shown.reason == f"the author states version {version}, and this file is about 2.4.0; as read"


def test_a_part_has_versions_of_its_own_only_where_none_of_them_is_the_release(root: Path) -> None:
    without_parts = '{version: "2.4.0"}, {version: "2.3.0", part: firmware}'
    assert judged(root, stated(versions=without_parts), version="2.3.0").outcome is Outcome.FOREIGN


def test_an_artefact_that_states_another_version_is_foreign_whatever_its_author_says(root: Path) -> None:
    shown = judged(root, stated(), {"subject": "2.3.0"}, version="2.4.0")
    assert (shown.outcome, shown.bound) == (Outcome.FOREIGN, False)
    assert shown.reason.startswith("the artefact states 2.3.0, and this file is about 2.4.0")


@pytest.mark.parametrize(
    "subject",
    ["2.4.0", "edgegate 2.4.0", "pkg:generic/edgegate@2.4.0?arch=arm#x", f"git:{COMMIT}", f"sha256:{DIGEST}"],
)
def test_an_artefact_that_states_the_release_is_bound_to_it(root: Path, subject: str) -> None:
    shown = judged(root, stated(versions=PARTS), {"subject": subject})
    assert (shown.outcome, shown.bound) == (Outcome.VALID, True)


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        ("coffee 2.4.0", "coffee"),
        ("pkg:generic/coffee@2.4.0", "pkg:generic/coffee"),
        ("fieldgate 2.4.0", ""),
        ("pkg:generic/fieldgate-app@2.4.0", ""),
        ("FieldGate FG-200 2.4.0", ""),
        ("2.4.0", ""),
        (f"coffee@sha256:{DIGEST}", ""),
    ],
)
def test_an_artefact_with_another_name_says_that_only_the_version_agrees(
    root: Path, subject: str, said: str
) -> None:
    shown = judged(root, stated(versions=WHOLE), {"subject": subject})
    aside = f"; it calls what it is about {said}, and only the version agrees" if said else ""
    assert (shown.bound, shown.reason) == (True, f"as read{aside}")
    assert judged(root, stated(versions=WHOLE), {"subject": subject}, version="2.4.0").reason == "as read"


@pytest.mark.parametrize("subject", ["edgegate 2.4.1", "edgegate@2.3.0", "0" * 40, "c0ffee1", "0" * 64])
def test_an_artefact_that_states_something_else_is_foreign(root: Path, subject: str) -> None:
    assert judged(root, stated(versions=WHOLE), {"subject": subject}).outcome is Outcome.FOREIGN


@pytest.mark.parametrize("subject", ["0" * 40, "c0ffee1", "0" * 64, f"sha256:{'0' * 64}"])
def test_another_commit_or_digest_may_be_of_a_part_that_names_none(root: Path, subject: str) -> None:
    shown = judged(root, stated(versions=PARTS), {"subject": subject})
    assert (shown.outcome, shown.bound) == (Outcome.VALID, False)


@pytest.mark.parametrize("subject", ["edgegate", "FG-200", "0" * 40, "c0ffee1"])
def test_what_cannot_be_compared_is_unbound_and_no_failure(root: Path, subject: str) -> None:
    shown = judged(root, stated(), {"subject": subject})
    assert (shown.outcome, shown.bound) == (Outcome.VALID, False)
    assert f"unbound: the artefact states {subject}, and cra.yaml names no" in shown.reason


def test_evidence_that_states_nothing_is_unbound_and_says_so(root: Path) -> None:
    shown = judged(root, stated())
    assert (shown.outcome, shown.bound) == (Outcome.VALID, False)
    assert shown.reason == "as read; unbound: it states no version, commit or digest of what it was made from"


def test_without_a_product_file_nothing_is_asked(root: Path) -> None:
    shown = judged(root, None, version="2.3.0")
    assert (shown.outcome, shown.bound, shown.reason) == (Outcome.VALID, None, "as read")


# --------------------------------------------------------------------- commit and artefact


@pytest.mark.parametrize("commit", [COMMIT, COMMIT[:10], COMMIT[:7], COMMIT[:7].upper()])
def test_a_commit_is_compared_as_git_shortens_it(root: Path, commit: str) -> None:
    assert judged(root, stated(versions=PARTS), commit=commit).bound is True


@pytest.mark.parametrize("commit", [COMMIT[:6], "0" * 40, "r1234"])
def test_another_commit_is_foreign_although_the_version_is_right(root: Path, commit: str) -> None:
    shown = judged(root, stated(versions=PARTS), commit=commit, version="2.4.0")
    assert (shown.outcome, shown.bound) == (Outcome.FOREIGN, False)
    assert f"commit {commit[:12]}" in shown.reason


def test_a_commit_without_one_to_compare_it_with_is_unbound(root: Path) -> None:
    shown = judged(root, stated(), commit=COMMIT)
    assert (shown.outcome, shown.bound) == (Outcome.VALID, False)
    assert shown.reason == (
        "as read; unbound: the author states commit 4f2a9c1d4f2a, "
        "and cra.yaml names no commit of 2.4.0 to compare it with"
    )


@pytest.mark.parametrize(
    ("digest", "outcome"),
    [
        (DIGEST, Outcome.VALID),
        (f"sha256:{DIGEST.upper()}", Outcome.VALID),
        ("00" * 32, Outcome.FOREIGN),
        ("soon", Outcome.UNREADABLE),
    ],
)
def test_the_digest_of_what_was_tested_is_compared(root: Path, digest: str, outcome: Outcome) -> None:
    shown = judged(root, stated(versions=PARTS), artefact_sha256=digest)
    assert (shown.outcome, shown.bound) == (outcome, outcome is Outcome.VALID)


# -------------------------------------------------------------- nothing gets better by it


def test_what_failed_stays_failed_whatever_it_was_made_for(root: Path) -> None:
    shown = judged(
        root, stated(date="2026-01-01"), {"outcome": "failed"}, version="1", valid_until="2025-01-01"
    )
    assert shown.outcome is Outcome.FAILED
    assert shown.reason == "as read; the author states version 1, and this file is about 2.4.0"


@pytest.mark.parametrize("outcome", ["void", "unreadable", "unchecked", "altered"])
def test_what_is_not_valid_keeps_its_outcome_and_reason(root: Path, outcome: str) -> None:
    shown = judged(root, stated(), {"outcome": outcome}, version="1", valid_until="31.12.2027")
    assert (shown.outcome.value, shown.reason) == (outcome, "as read")


@pytest.mark.parametrize("outcome", ["foreign", "expired"])
def test_foreign_and_expired_evidence_proves_nothing_and_is_told(outcome: str) -> None:
    items = (
        requirement("R1", satisfies="LAW_A"),
        control("C1", implements="R1"),
        Item(
            id="E1",
            kind=Kind.EVIDENCE,
            type="evidence",
            title="E",
            fields={"kind": "file"},
            links={"verifies": ("C1",)},  # type: ignore[dict-item]
        ),
    )
    assert row("LAW_A", *items, E1="valid").state is State.VERIFIED
    found = row("LAW_A", *items, E1=outcome)
    assert found.state is State.COVERED
    assert f"Not counted: E1 is {outcome}" in found.reason
    assert [f.message for f in assessed(*items, E1=outcome).mistakes] == [f"E1 is {outcome}: reason of E1"]


# ----------------------------------------------------------------------------------- age


def test_evidence_holds_until_its_last_day(root: Path) -> None:
    held = judged(root, stated(date="2027-05-01"), valid_until="2027-05-01", version="2.4.0")
    assert (held.outcome, held.valid_until, held.reason) == (Outcome.VALID, "2027-05-01", "as read")
    over = judged(root, stated(date="2027-05-02"), valid_until="2027-05-01")
    assert over.outcome is Outcome.EXPIRED
    assert over.reason == "it held until 2027-05-01, before 2027-05-02 (the day the file is dated); as read"


def test_evidence_that_does_not_hold_yet_is_expired_and_says_why(root: Path) -> None:
    shown = judged(root, stated(date="2027-05-01"), valid_from="2027-05-02")
    assert shown.outcome is Outcome.EXPIRED
    assert shown.reason.startswith("it holds only from 2027-05-02, after 2027-05-01")
    assert judged(root, stated(date="2027-05-02"), valid_from="2027-05-02").outcome is Outcome.VALID


def test_the_earlier_of_two_ends_counts(root: Path) -> None:
    shown = judged(root, stated(date="2027-05-01"), {"valid_until": "2027-04-30"}, valid_until="2030-01-01")
    assert (shown.outcome, shown.valid_until) == (Outcome.EXPIRED, "2027-04-30")


def test_a_rule_limits_the_age_of_evidence_of_its_kind(root: Path) -> None:
    about = stated(date="2027-05-01", days="mine: 90")
    assert judged(root, about, date="2027-01-31").outcome is Outcome.VALID
    old = judged(root, about, date="2027-01-30T10:00:00Z")
    assert old.outcome is Outcome.EXPIRED
    assert old.reason == (
        "it is dated 2027-01-30, 91 days before 2027-05-01 (the day the file is dated), "
        "and evidence of kind mine may be 90 days old; as read"
    )
    assert (
        judged(root, stated(date="2027-05-01", days="junit: 1"), date="2020-01-01").outcome is Outcome.VALID
    )


def test_the_date_in_the_artefact_counts_before_the_one_of_the_author(root: Path) -> None:
    about = stated(date="2027-05-01", days="mine: 90")
    assert judged(root, about, {"date": "2020-01-01"}, date="2027-05-01").outcome is Outcome.EXPIRED


def test_evidence_without_a_date_is_not_young_enough_for_a_rule(root: Path) -> None:
    shown = judged(root, stated(date="2027-05-01", days="mine: 1"), date="last spring")
    assert shown.outcome is Outcome.EXPIRED
    assert shown.reason.startswith(
        "it states no date, and evidence of kind mine may be 1 day old on 2027-05-01"
    )


def test_the_day_of_the_release_is_named(root: Path) -> None:
    versions = '{version: "2.4.0", placed_on_market: 2027-06-01}'
    shown = judged(root, stated(versions=versions), valid_until="2027-05-31")
    assert "before 2027-06-01 (the day 2.4.0 is placed on the market)" in shown.reason


@pytest.mark.parametrize("rule", ["mine: 1", ""])
def test_without_a_reference_date_nothing_expires_and_it_is_said(
    root: Path, rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    end = {} if rule else {"valid_until": "2001-01-01"}
    shown = judged(root, stated(days=rule), date="2000-01-01", version="2.4.0", **end)
    assert (shown.outcome, shown.reason) == (Outcome.VALID, "as read; age not checked: no reference date")


def test_where_nothing_limits_the_age_nothing_is_said_of_it(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert judged(root, stated(), date="2000-01-01", version="2.4.0").reason == "as read"


def test_the_time_of_a_reproducible_build_counts_where_the_file_states_no_day(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1798761600")  # 2027-01-01
    for about in (None, stated()):
        shown = judged(root, about, valid_until="2026-12-31")
        assert shown.outcome is Outcome.EXPIRED
        assert "before 2027-01-01 (of SOURCE_DATE_EPOCH)" in shown.reason
    assert judged(root, stated(date="2026-12-31"), valid_until="2026-12-31").outcome is Outcome.VALID


@pytest.mark.parametrize("epoch", ["soon", "9" * 30, "1.5"])
def test_a_time_that_is_none_is_no_reference_date(
    root: Path, epoch: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    shown = judged(root, None, valid_until="2001-01-01")
    assert shown.outcome is Outcome.VALID
    assert "age not checked: SOURCE_DATE_EPOCH" in shown.reason


def test_a_date_after_the_reference_date_is_named(root: Path) -> None:
    shown = judged(root, stated(date="2027-05-01"), date="2027-05-02", version="2.4.0")
    assert shown.outcome is Outcome.VALID
    assert shown.reason == "as read; its date, 2027-05-02, is after 2027-05-01 (the day the file is dated)"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"valid_until": "31.12.2027"}, "valid_until '31.12.2027' is not a day"),
        ({"valid_until": "2027-02-29"}, "valid_until '2027-02-29' is not a day"),
        ({"valid_from": "2027"}, "valid_from '2027' is not a day"),
        ({"valid_from": "2027-02-01", "valid_until": "2027-01-01"}, "from 2027-02-01 until 2027-01-01"),
        ({"date": "2027-02-01", "valid_until": "2027-01-01"}, "dated 2027-02-01 and hold until 2027-01-01"),
    ],
)
def test_dates_that_cannot_be_meant_prove_nothing(root: Path, fields: dict[str, str], said: str) -> None:
    shown = judged(root, None, **fields)
    assert shown.outcome is Outcome.UNREADABLE
    assert said in shown.reason


def test_evidence_of_another_version_that_is_too_old_says_both(root: Path) -> None:
    shown = judged(root, stated(date="2027-05-01"), version="1", valid_until="2026-01-01")
    assert shown.outcome is Outcome.FOREIGN
    assert "the author states version 1" in shown.reason
    assert "it held until 2026-01-01" in shown.reason
