"""The lock: digests that a reviewer accepted, and what becomes of files that differ from them."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from build import control, requirement, row
from sphinx_cra.datafile import DataError
from sphinx_cra.evidence import LOCK, Cache, lock, verdict
from sphinx_cra.model import Item, Kind, Outcome, State, Verdict

if TYPE_CHECKING:
    from pathlib import Path

A = hashlib.sha256(b"a").hexdigest()
B = hashlib.sha256(b"b").hexdigest()


def item(name: str = "EVD_1", **fields: str) -> Item:
    return Item(id=name, kind=Kind.EVIDENCE, type="evidence", title="Evidence", fields=fields)


def judged(root: Path, file: str, **fields: str) -> Verdict:
    return verdict(item(kind="file", file=file, **fields), root, Cache())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "reports").mkdir(parents=True)
    (root / "reports" / "b.txt").write_bytes(b"b")
    (root / "reports" / "a.txt").write_bytes(b"a")
    return root


def locked(root: Path, *items: Item) -> str:
    text = lock.lock(items or [item(file="reports/*.txt")], root)
    (root / LOCK).write_text(text, "utf-8")
    return text


def faults(text: str) -> list[str]:
    with pytest.raises(DataError) as caught:
        lock.parse(text)
    return list(caught.value.lines())


# ------------------------------------------------------------------------------ written


def test_a_lock_holds_the_files_of_all_evidence_sorted_and_once(root: Path) -> None:
    text = lock.lock(
        [item("E2", file="reports/b.txt"), item("E1", file="reports/*"), item("E3", url="u")], root
    )
    assert [line for line in text.splitlines() if not line.startswith("#")] == [
        f'"reports/a.txt": "{A}"',
        f'"reports/b.txt": "{B}"',
    ]
    assert text.endswith("\n")
    assert lock.parse(text).digests == {"reports/a.txt": A, "reports/b.txt": B}


def test_the_same_files_give_the_same_lock_in_any_order(root: Path) -> None:
    items = [item("E1", file="reports/a.txt"), item("E2", file="reports/b.txt")]
    assert lock.lock(items, root) == lock.lock(items[::-1], root)


def test_without_files_there_is_a_lock_that_can_be_read(root: Path) -> None:
    assert lock.parse(lock.lock([item(url="https://example.org")], root)).digests == {}


@pytest.mark.parametrize(
    "name",
    [
        "no.txt",
        "y",
        "1e5",
        "# a",
        'q"uote',
        "colon: a",
        "tab-less é ü 日本",
        "-",
        "🙂",
        "a\u202fb",
        "~",
        "<<",
    ],
)
def test_any_name_that_can_be_read_is_written_so_that_it_is_read_again(root: Path, name: str) -> None:
    (root / name).write_bytes(b"a")
    assert lock.parse(lock.lock([item(file=name)], root)).digests == {name: A}
    locked(root, item(file=name))
    assert judged(root, name).reason.endswith("nothing in it is read")


def test_a_name_that_no_lock_can_hold_is_left_out_and_named(root: Path) -> None:
    for name in ("new\nline", "back\\slash", "x\x85y"):
        (root / name).write_bytes(b"a")
    items = [item("E1", file="new\nline"), item("E2", file="back\\slash"), item("E3", file="x\x85y")]
    found = lock.found(items, root)
    assert (dict(found.digests), sorted(found.left_out)) == ({}, ["E1", "E2", "E3"])
    assert lock.parse(lock.lock(items, root)).digests == {}


def test_evidence_that_cannot_be_found_is_left_out_and_named(root: Path) -> None:
    found = lock.found(
        [item("E1", file="reports/z.txt"), item("E2", file="../x"), item("E3", file="reports/a.txt")], root
    )
    assert dict(found.digests) == {"reports/a.txt": A}
    assert found.left_out["E1"] == "there is no file reports/z.txt"
    assert "leaves the project" in found.left_out["E2"]


# ------------------------------------------------------------------------------ applied


def test_a_file_as_it_is_locked_is_unchanged(root: Path) -> None:
    locked(root)
    shown = judged(root, "reports/a.txt")
    assert (shown.outcome, shown.reason) == (Outcome.VALID, "reports/a.txt is there; nothing in it is read")


def test_a_file_that_changed_is_altered_until_it_is_locked_again(root: Path) -> None:
    locked(root)
    (root / "reports" / "a.txt").write_bytes(b"b")
    shown = judged(root, "reports/*.txt")
    assert shown.outcome is Outcome.ALTERED
    assert shown.reason == (
        f"reports/a.txt changed since {LOCK} was written; the digest is {B[:12]}, the locked one {A[:12]}"
    )
    assert [a.path for a in shown.artefacts] == ["reports/a.txt", "reports/b.txt"]
    locked(root)
    assert judged(root, "reports/*.txt").outcome is Outcome.VALID


def test_a_file_that_was_emptied_is_altered_and_not_only_void(root: Path) -> None:
    locked(root)
    (root / "reports" / "a.txt").write_bytes(b"")
    assert judged(root, "reports/a.txt").outcome is Outcome.ALTERED


def test_the_lock_decides_although_the_need_records_the_new_digest(root: Path) -> None:
    locked(root)
    (root / "reports" / "a.txt").write_bytes(b"b")
    assert judged(root, "reports/a.txt", sha256=B).outcome is Outcome.ALTERED


def test_a_file_that_is_not_in_the_lock_is_named(root: Path) -> None:
    locked(root, item(file="reports/a.txt"))
    shown = judged(root, "reports/*.txt")
    assert (shown.outcome, shown.reason) == (
        Outcome.VALID,
        "2 files are there; nothing in it is read; not locked: reports/b.txt",
    )


def test_without_a_lock_nothing_is_said_of_it(root: Path) -> None:
    assert "lock" not in judged(root, "reports/a.txt").reason


def test_altered_evidence_fails_what_it_verifies() -> None:
    items = (
        requirement("R1", satisfies="LAW_A"),
        control("C1", implements="R1"),
        Item(
            id="E1",
            kind=Kind.EVIDENCE,
            type="evidence",
            title="E",
            links={"verifies": ("C1",)},  # type: ignore[dict-item]
        ),
    )
    assert row("LAW_A", *items, E1="altered").state is State.FAILED


# -------------------------------------------------------------------------------- broken


def test_a_lock_that_cannot_be_used_leaves_its_files_unchecked_and_proves_nothing(root: Path) -> None:
    (root / LOCK).write_text(f'"reports/a.txt": "{A}"\n"reports/a.txt": "{B}"\n', "utf-8")
    shown = judged(root, "reports/a.txt")
    assert shown.outcome is Outcome.UNCHECKED
    assert shown.reason.startswith(f"whether it changed is not known ({LOCK}:2: reports/a.txt: given twice")
    assert judged(root, "reports/a.txt", result="failed").outcome is Outcome.FAILED
    assert judged(root, "reports/z.txt").outcome is Outcome.MISSING


def test_a_conflict_of_a_merge_is_named_with_its_lines() -> None:
    text = f'<<<<<<< HEAD\n"a": "{A}"\n||||||| base\n=======\n"a": "{B}"\n>>>>>>> branch\n'
    found = faults(text)
    assert [line.split(": ")[0] for line in found] == [f"{LOCK}:{n}" for n in (1, 3, 4, 6)]
    assert "a merge left a conflict here" in found[0]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/etc/passwd", "is absolute"),
        ("C:/x", "is absolute"),
        ("../x", "'..' has no place here"),
        ("a/../../x", "'..' has no place here"),
        ("a/..", "'..' has no place here"),
        ("./a", "is written 'a'"),
        ("a//b", "is written 'a/b'"),
        ("a/", "is written 'a'"),
        ("a\\b", "forward slashes"),
    ],
)
def test_a_path_that_no_evidence_has_is_a_fault_with_its_line(path: str, said: str) -> None:
    (found,) = faults(f'# locked\n"ok": "{A}"\n{json.dumps(path)}: "{A}"\n')
    assert found.startswith(f"{LOCK}:3: ")
    assert said in found


@pytest.mark.parametrize("digest", ["", '""', "1234", f'"{A[:-1]}"', f'"{A.upper()}"', f"[{A}]", "true"])
def test_what_is_no_digest_is_a_fault_with_its_line(digest: str) -> None:
    (found,) = faults(f'"ok": "{A}"\n"a": {digest}\n')
    assert found.startswith(f"{LOCK}:2: a: ")
    assert "is not a SHA-256" in found


@pytest.mark.parametrize("text", ["", "# nothing\n", "- a\n", "a\n", '{"a": ', "[" * 100_000, "\x00"])
def test_what_is_no_lock_is_refused_and_never_taken_for_an_empty_one(root: Path, text: str) -> None:
    assert faults(text)
    (root / LOCK).write_text(text, "utf-8")
    assert judged(root, "reports/a.txt").outcome is Outcome.UNCHECKED


def test_a_lock_that_leads_out_of_the_project_is_refused(root: Path) -> None:
    outside = root.parent / "lock"
    outside.write_text(f'"reports/a.txt": "{A}"\n', "utf-8")
    (root / LOCK).symlink_to(outside)
    shown = judged(root, "reports/a.txt")
    assert shown.outcome is Outcome.UNCHECKED
    assert "leads out of the project" in shown.reason


def test_a_lock_that_is_a_folder_or_leads_nowhere_is_refused(root: Path) -> None:
    (root / LOCK).mkdir()
    assert "is a folder" in judged(root, "reports/a.txt").reason
    (root / LOCK).rmdir()
    (root / LOCK).symlink_to(root / "nowhere")
    assert judged(root, "reports/a.txt").outcome is Outcome.UNCHECKED
