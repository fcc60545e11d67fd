"""A build holds evidence to the lock, the release and the day, also when only these changed."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from small_project import Project, Result, project

if TYPE_CHECKING:
    from pathlib import Path

DIGEST = hashlib.sha256(b"a").hexdigest()
STATEMENT = {
    "_type": "https://in-toto.io/Statement/v1",
    "subject": [{"digest": {"sha256": DIGEST}}],
    "predicateType": "https://slsa.dev/provenance/v1",
}
FILES = {
    "index.rst": """\
        Gateway
        =======

        .. evidence:: Record
           :id: EVID_1
           :kind: file
           :file: a.txt
           :version: 1.0
           :valid_until: 2027-01-01

        .. evidence:: Origin
           :id: EVID_2
           :kind: attestation
           :file: att.json
           :about: a.txt
           :version: 1.0

        .. cra-evidence::
        """,
    "a.txt": b"a",
    "att.json": json.dumps(STATEMENT).encode(),
    "cra.yaml": """\
        product: {name: P, release: "1.0"}
        manufacturer: {name: M}
        """,
}


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    made = project(tmp_path, FILES)
    first = made.build()
    assert outcomes(first) == ("valid", "valid")
    assert first.warnings == ()
    return made


def outcomes(built: Result) -> tuple[str, str]:
    shown = {v["item"]: v["outcome"] for v in built.data["verdicts"]}
    page = built.words("index.html")
    assert all(outcome in page for outcome in shown.values())
    return shown["EVID_1"], shown["EVID_2"]


def test_a_new_lock_is_applied_and_told(made: Project) -> None:
    made.write("cra-evidence.lock", f'"a.txt": "{"0" * 64}"\n')
    again = made.build()
    assert outcomes(again) == ("altered", "valid")
    assert "EVID_1 is altered: a.txt changed since cra-evidence.lock was written" in again.cra()[0]


def test_a_broken_lock_is_told_at_its_line(made: Project) -> None:
    made.write("cra-evidence.lock", f'"a.txt": "{DIGEST}"\n"../b": "{DIGEST}"\n')
    again = made.build()
    assert outcomes(again) == ("unchecked", "unchecked")
    (warning,) = again.warnings
    assert warning.startswith("cra-evidence.lock:2: WARNING: ../b: '..' has no place here")
    assert warning.endswith("[cra.evidence]")


def test_a_file_that_only_an_attestation_is_about_is_looked_at_again(made: Project) -> None:
    made.replace("index.rst", ":kind: file\n   :file: a.txt", ":kind: file\n   :file: att.json")
    made.build()
    made.write("a.txt", b"other")
    assert outcomes(made.build()) == ("valid", "failed")


def test_a_new_release_makes_evidence_foreign(made: Project) -> None:
    made.replace("cra.yaml", '"1.0"', '"1.1"')
    again = made.build()
    assert outcomes(again) == ("foreign", "foreign")
    assert len(again.cra()) == 2


def test_the_time_of_a_reproducible_build_counts_when_it_is_given(
    made: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1900000000")
    assert outcomes(made.build()) == ("expired", "valid")


def test_a_rule_for_no_kind_is_told_at_its_line(made: Project) -> None:
    made.append("cra.yaml", "evidence:\n  valid_days:\n    junitt: 30\n")
    (warning,) = made.build().cra()
    assert warning.startswith("cra.yaml:5: WARNING: evidence.valid_days.junitt: 'junitt' is not a kind")


def test_nothing_is_valid_beside_a_product_file_that_cannot_be_used(made: Project) -> None:
    made.replace("cra.yaml", "manufacturer: {name: M}", "maker: {name: M}")
    again = made.build()
    assert outcomes(again) == ("unchecked", "unchecked")
    reason = again.data["verdicts"][0]["reason"]
    assert reason.startswith("which release it is about is not known (cra.yaml:1: ")
    assert reason in again.words("index.html")


def test_a_product_file_that_leads_nowhere_is_not_taken_for_none(made: Project) -> None:
    made.remove("cra.yaml")
    (made.source / "cra.yaml").symlink_to("nowhere.yaml")
    again = made.build()
    assert outcomes(again) == ("unchecked", "unchecked")
    assert any("cra.yaml" in w and "does not exist" in w for w in again.cra())
