"""The command line: what it writes, what it says, and with which code it ends."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from build import assessed, control, evidence
from sphinx_cra.cli import app
from sphinx_cra.evidence import LOCK, Cache, lock, verdict
from sphinx_cra.model import Item, Kind, Outcome
from sphinx_cra.render.data import assessment_json

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

A, B = hashlib.sha256(b"a").hexdigest(), hashlib.sha256(b"b").hexdigest()


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """A project after a build."""
    docs = tmp_path / "docs"
    (docs / "reports").mkdir(parents=True)
    (docs / "conf.py").write_text("raise SystemExit('a command must not run this')\n")
    (docs / "reports" / "a.txt").write_bytes(b"a")
    (docs / "reports" / "b.txt").write_bytes(b"b")
    built(docs, evidence("E1", file="reports/*.txt"), evidence("E2", url="https://example.org"))
    return docs


def built(docs: Path, *items: Item, folder: str = "_build/cra") -> Path:
    path = docs / folder / "assessment.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(assessment_json(assessed(control("C1"), *items), generator="sphinx-cra 1"), "utf-8")
    return path


def run(*words: Any) -> Result:
    return CliRunner().invoke(app, ["evidence", "lock", *map(str, words)])


def test_a_lock_is_written_for_all_evidence_of_the_build(docs: Path) -> None:
    done = run(docs)
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines() == [
        "added    reports/a.txt",
        "added    reports/b.txt",
        f"{LOCK}: 2 files, 2 changes",
    ]
    assert lock.load(docs).digests == {"reports/a.txt": A, "reports/b.txt": B}  # type: ignore[union-attr]
    again = (docs / LOCK).read_bytes()
    assert run(docs).stdout == f"{LOCK}: 2 files, no changes\n"
    assert (docs / LOCK).read_bytes() == again


def test_a_change_is_shown_when_it_is_accepted(docs: Path) -> None:
    run(docs)
    (docs / "reports" / "a.txt").write_bytes(b"b")
    (docs / "reports" / "b.txt").unlink()
    item = Item(
        id="E1",
        kind=Kind.EVIDENCE,
        type="evidence",
        title="E",
        fields={"kind": "file", "file": "reports/a.txt"},
    )
    assert verdict(item, docs, Cache()).outcome is Outcome.ALTERED
    done = run(docs)
    assert done.stdout.splitlines()[:2] == [
        f"changed  reports/a.txt  {A[:12]} -> {B[:12]}",
        "removed  reports/b.txt",
    ]
    assert verdict(item, docs, Cache()).outcome is Outcome.VALID


def test_a_check_writes_nothing_and_fails_where_the_lock_is_not_up_to_date(docs: Path) -> None:
    missing = run(docs, "--check")
    assert (missing.exit_code, (docs / LOCK).exists()) == (1, False)
    assert f"{LOCK} is not up to date: 2 files" in missing.stdout
    run(docs)
    assert run(docs, "--check").exit_code == 0
    (docs / "reports" / "a.txt").write_bytes(b"b")
    before = (docs / LOCK).read_bytes()
    changed = run(docs, "--check")
    assert (changed.exit_code, (docs / LOCK).read_bytes() == before) == (1, True)
    assert "changed  reports/a.txt" in changed.stdout


def test_evidence_that_cannot_be_locked_is_named_and_left_out(docs: Path) -> None:
    built(docs, evidence("E1", file="reports/a.txt"), evidence("E2", file="../x"), evidence("E3", file="z"))
    done = run(docs)
    assert done.exit_code == 0
    assert "E3 is left out: there is no file z" in done.stderr
    assert "E2 is left out: ../x leaves the project" in done.stderr
    assert lock.load(docs).digests == {"reports/a.txt": A}  # type: ignore[union-attr]


def test_a_broken_lock_is_named_and_written_anew(docs: Path) -> None:
    (docs / LOCK).write_text("<<<<<<< HEAD\n", "utf-8")
    check = run(docs, "--check")
    assert (check.exit_code, f"{LOCK}:1: a merge left a conflict here" in check.stderr) == (1, True)
    assert run(docs).exit_code == 0
    assert run(docs, "--check").exit_code == 0


def test_a_lock_is_never_written_through_a_link(docs: Path) -> None:
    outside = docs.parent / "outside"
    outside.write_text("mine", "utf-8")
    (docs / LOCK).symlink_to(outside)
    done = run(docs)
    assert (done.exit_code, outside.read_text("utf-8")) == (2, "mine")
    assert "is a symbolic link" in done.stderr


def test_needs_of_sphinx_needs_will_do(docs: Path) -> None:
    needs = {
        "E1": {"id": "E1", "type": "evidence", "title": "E", "file": "reports/a.txt"},
        "R1": {"id": "R1", "type": "requirement", "title": "R", "file": "reports/b.txt"},
    }
    path = docs.parent / "needs.json"
    path.write_text(json.dumps({"current_version": "1", "versions": {"1": {"needs": needs}}}), "utf-8")
    assert run(docs, "--from", path).exit_code == 0
    assert lock.load(docs).digests == {"reports/a.txt": A}  # type: ignore[union-attr]


def test_of_several_builds_that_agree_any_will_do(docs: Path) -> None:
    same = (evidence("E1", file="reports/*.txt"), evidence("E2", url="https://example.org"))
    built(docs, *same, folder="_build/html/_cra")
    assert run(docs).exit_code == 0


def test_of_several_builds_that_differ_one_has_to_be_named(docs: Path) -> None:
    other = built(docs, evidence("E1", file="reports/a.txt"), folder="../build/file")
    done = run(docs)
    assert (done.exit_code, (docs / LOCK).exists()) == (2, False)
    assert "builds differ in their evidence" in done.stderr
    assert "--from" in done.stderr
    assert run(docs, "--from", other).exit_code == 0


def test_without_a_build_it_is_said_what_to_do(docs: Path) -> None:
    (docs / "_build" / "cra" / "assessment.json").unlink()
    done = run(docs)
    assert done.exit_code == 2
    assert "build first" in done.stderr


def test_a_folder_that_is_no_project_gets_no_lock(docs: Path) -> None:
    done = run(docs.parent)
    assert (done.exit_code, (docs.parent / LOCK).exists()) == (2, False)
    assert "there is no conf.py" in done.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not JSON"),
        ("[]", "is no assessment.json and no needs.json"),
        ("{}", "is no assessment.json and no needs.json"),
        ('{"format": "sphinx-cra assessment"}', "is no assessment.json and no needs.json"),
        ('{"current_version": "", "versions": {"": {"needs": []}}}', "is no assessment.json"),
        ('{"current_version": "", "versions": {"": {"needs": {}}}}', "names no evidence"),
        ("[" * 100_000, "nested"),
    ],
)
def test_data_that_cannot_be_used_writes_no_lock_and_no_traceback(docs: Path, text: str, said: str) -> None:
    path = docs.parent / "x.json"
    path.write_text(text, "utf-8")
    done = run(docs, "--from", path)
    assert (done.exit_code, (docs / LOCK).exists()) == (2, False)
    assert said in done.stderr
    assert run(docs, "--from", docs).exit_code == 2


def test_sphinx_is_never_loaded() -> None:
    loaded = "any(m.split('.')[0] in ('sphinx', 'docutils') for m in sys.modules)"
    code = f"import sphinx_cra.cli, sys; sys.exit({loaded})"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("words", [[], ["evidence"], ["--help"], ["evidence", "lock", "--help"]])
def test_help_is_shown_where_nothing_is_asked(words: list[str]) -> None:
    shown = CliRunner().invoke(app, words)
    assert "Usage" in shown.output
