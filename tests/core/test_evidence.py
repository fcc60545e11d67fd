"""Finding artefacts, comparing digests, and what becomes of what no reader can use."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from sphinx_cra import evidence
from sphinx_cra.evidence import Cache, EvidenceError, combined, unknown_kind, verdict, verdicts
from sphinx_cra.model import Item, Kind, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sphinx_cra.evidence import Claim, Exhibit


def item(*, name: str = "EVD_1", **fields: str) -> Item:
    return Item(id=name, kind=Kind.EVIDENCE, type="evidence", title="Evidence", fields=fields)


def judged(root: Path, **fields: str) -> Verdict:
    return verdict(item(**fields), root, Cache())


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "reports" / "sub").mkdir(parents=True)
    (root / "reports" / "a.txt").write_bytes(b"a")
    (root / "reports" / "b.txt").write_bytes(b"b")
    (root / "reports" / "sub" / "c.txt").write_bytes(b"c")
    (tmp_path / "secret.txt").write_bytes(b"secret")
    return root


# ------------------------------------------------------------------------------- any file


def test_a_file_that_is_there_is_valid_and_digested(project: Path) -> None:
    shown = judged(project, kind="file", file="reports/a.txt", date="2026-03-01", version="1.2")
    assert shown.outcome is Outcome.VALID
    assert shown.reason == "reports/a.txt is there; nothing in it is read"
    (artefact,) = shown.artefacts
    assert (artefact.path, artefact.size) == ("reports/a.txt", 1)
    assert artefact.sha256 == hashlib.sha256(b"a").hexdigest()
    assert (shown.date, shown.subject) == ("2026-03-01", "1.2")


def test_a_result_of_the_author_is_said_to_be_the_authors(project: Path) -> None:
    passed = judged(project, kind="file", file="reports/a.txt", result="passed")
    assert passed.outcome is Outcome.VALID
    assert "stated by the author, not read" in passed.reason
    failed = judged(project, kind="file", file="reports/a.txt", result="Failed")
    assert failed.outcome is Outcome.FAILED
    assert failed.reason.startswith("the author states that it failed")


def test_an_unknown_result_is_not_guessed(project: Path) -> None:
    shown = judged(project, kind="file", file="reports/a.txt", result="ok")
    assert shown.outcome is Outcome.UNREADABLE
    assert shown.reason == "the result 'ok' is neither 'passed' nor 'failed'"


def test_a_selection_that_has_no_effect_is_said(project: Path) -> None:
    assert "`select` has no effect" in judged(project, kind="file", file="reports/a.txt", select="x").reason


@pytest.mark.parametrize("date", ["1.3.2026", "last spring", "2026-02-30", "20260301", "2026-W10"])
def test_a_date_in_another_form_is_not_a_date(project: Path, date: str) -> None:
    assert judged(project, kind="file", file="reports/a.txt", date=date).date == ""


# ------------------------------------------------------------------------------- locating


def test_a_file_that_is_not_there_is_missing(project: Path) -> None:
    shown = judged(project, kind="file", file="reports/z.txt")
    assert (shown.outcome, shown.reason) == (Outcome.MISSING, "there is no file reports/z.txt")


def test_a_pattern_without_a_match_is_missing_and_named(project: Path) -> None:
    shown = judged(project, kind="file", file="reports/*.xml")
    assert (shown.outcome, shown.reason) == (Outcome.MISSING, "reports/*.xml matches no file")


def test_backslashes_are_explained(project: Path) -> None:
    assert "forward slashes" in judged(project, kind="file", file="reports\\a.txt").reason


def test_evidence_that_names_nothing_is_missing(project: Path) -> None:
    assert judged(project, kind="file").outcome is Outcome.MISSING
    assert judged(project, kind="file", file="  ", url=" ").outcome is Outcome.MISSING


def test_a_url_is_not_fetched(project: Path) -> None:
    shown = judged(project, kind="junit", url="https://ci.example.org/1")
    assert shown.outcome is Outcome.UNCHECKED
    assert "https://ci.example.org/1" in shown.reason
    assert (
        judged(project, kind="junit", url="https://ci.example.org/1", result="failed").outcome
        is Outcome.FAILED
    )


def test_a_file_is_looked_at_although_there_is_a_url(project: Path) -> None:
    shown = judged(project, kind="file", file="reports/a.txt", url="https://ci.example.org/1")
    assert shown.outcome is Outcome.VALID


@pytest.mark.parametrize(
    "path",
    [
        "../secret.txt",
        "reports/../../secret.txt",
        "/etc/passwd",
        "..",
        "../*.txt",
        "C:/secret.txt",
        "//host/share/x",
    ],
)
def test_a_path_that_leaves_the_project_is_not_read(project: Path, path: str) -> None:
    shown = judged(project, kind="file", file=path)
    assert shown.outcome is Outcome.UNREADABLE
    assert f"{path} leaves the project" in shown.reason
    assert shown.artefacts == ()


def test_a_path_may_wander_inside_the_project(project: Path) -> None:
    shown = judged(project, kind="file", file="./reports/../reports//a.txt")
    assert [a.path for a in shown.artefacts] == ["reports/a.txt"]


@pytest.mark.parametrize(
    "pattern", ["link.txt", "links/secret.txt", "links/nothing.txt", "links/*.txt", "l*.txt"]
)
def test_a_link_that_leaves_the_project_is_not_followed(project: Path, pattern: str) -> None:
    (project / "link.txt").symlink_to(project.parent / "secret.txt")
    (project / "links").symlink_to(project.parent)
    shown = judged(project, kind="file", file=pattern)
    assert shown.outcome is Outcome.UNREADABLE
    assert "leaves the project" in shown.reason


def test_a_sibling_with_the_same_beginning_is_outside(project: Path) -> None:
    (project.parent / "project-2").mkdir()
    (project.parent / "project-2" / "x.txt").write_bytes(b"x")
    (project / "x.txt").symlink_to(project.parent / "project-2" / "x.txt")
    assert judged(project, kind="file", file="x.txt").outcome is Outcome.UNREADABLE


def test_a_link_inside_the_project_is_followed(project: Path) -> None:
    (project / "latest.txt").symlink_to("reports/b.txt")
    shown = judged(project, kind="file", file="latest.txt")
    assert shown.outcome is Outcome.VALID
    assert shown.artefacts[0].sha256 == hashlib.sha256(b"b").hexdigest()


def test_links_to_nothing_and_to_themselves_are_told_apart(project: Path) -> None:
    (project / "nothing").symlink_to("gone.txt")
    (project / "loop").symlink_to("loop")
    assert judged(project, kind="file", file="nothing").outcome is Outcome.MISSING
    assert judged(project, kind="file", file="loop").outcome is Outcome.UNREADABLE


def test_a_project_reached_through_a_link_keeps_its_files(project: Path) -> None:
    (project.parent / "here").symlink_to(project)
    shown = judged(project.parent / "here", kind="file", file="reports/*.txt")
    assert [a.path for a in shown.artefacts] == ["reports/a.txt", "reports/b.txt"]


def test_a_folder_is_not_evidence(project: Path) -> None:
    shown = judged(project, kind="file", file="reports")
    assert shown.outcome is Outcome.UNREADABLE
    assert "reports is a folder" in shown.reason
    assert judged(project, kind="file", file=".").outcome is Outcome.UNREADABLE
    assert judged(project, kind="file", file="rep*").reason == "rep* matches only folders"


def test_a_pipe_is_not_opened(project: Path) -> None:
    os.mkfifo(project / "pipe")
    assert judged(project, kind="file", file="pipe").reason == "pipe is not a regular file"


def test_a_name_that_cannot_be_printed_is_not_evidence(project: Path) -> None:
    (project / "reports" / os.fsdecode(b"\xff.txt")).write_bytes(b"x")
    shown = judged(project, kind="file", file="reports/*.txt")
    assert shown.outcome is Outcome.UNREADABLE
    assert shown.reason == "the name of 'reports/\\udcff.txt' is not UTF-8"


@pytest.mark.parametrize("path", ["a\0b", "x" * 5000, "a**b/*"])
def test_an_impossible_path_is_a_verdict(project: Path, path: str) -> None:
    assert judged(project, kind="file", file=path).outcome in (Outcome.UNREADABLE, Outcome.MISSING)


def test_a_file_may_be_named_like_a_pattern(project: Path) -> None:
    (project / "a[1].txt").write_bytes(b"1")
    (project / "a1.txt").write_bytes(b"2")
    shown = judged(project, kind="file", file="a[1].txt")
    assert [a.path for a in shown.artefacts] == ["a[1].txt"]


def test_a_file_without_permission_is_unreadable(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # root may read everything, so a mode of 0 would not do
    shown = judged(project, kind="file", file="reports/a.txt")
    assert shown.outcome is Outcome.UNREADABLE
    assert shown.reason == "reports/a.txt cannot be read: Permission denied"


def test_an_empty_file_is_void(project: Path) -> None:
    (project / "empty.xml").write_bytes(b"")
    for kind in ("file", "junit", "sbom"):
        shown = judged(project, kind=kind, file="empty.xml")
        assert (shown.outcome, shown.reason) == (Outcome.VOID, "empty.xml is empty")


# ------------------------------------------------------------------------------- digests


def test_all_files_of_a_pattern_are_digested_and_sorted(project: Path) -> None:
    shown = judged(project, kind="file", file="**/*.txt")
    assert [a.path for a in shown.artefacts] == ["reports/a.txt", "reports/b.txt", "reports/sub/c.txt"]
    assert shown.reason.startswith("3 files are there")


@pytest.mark.parametrize("kind", ["file", "junit", "sbom", "nonsense"])
def test_a_changed_file_is_altered_whatever_its_kind(project: Path, kind: str) -> None:
    recorded = hashlib.sha256(b"before").hexdigest()
    shown = judged(project, kind=kind, file="reports/a.txt", sha256=recorded)
    found = hashlib.sha256(b"a").hexdigest()
    assert shown.outcome is Outcome.ALTERED
    assert shown.reason == (
        f"reports/a.txt changed: the digest is {found[:12]}, the recorded one {recorded[:12]}"
    )


def test_an_altered_file_stays_altered_whatever_the_author_states(project: Path) -> None:
    assert (
        judged(project, kind="file", file="reports/a.txt", sha256="0" * 64, result="failed").outcome
        is Outcome.ALTERED
    )


def test_the_recorded_digest_may_be_written_in_two_ways(project: Path) -> None:
    digest = hashlib.sha256(b"a").hexdigest()
    for written in (digest, f"sha256:{digest.upper()}"):
        assert judged(project, kind="file", file="reports/a.txt", sha256=written).outcome is Outcome.VALID


def test_what_is_no_digest_cannot_be_compared(project: Path) -> None:
    shown = judged(project, kind="file", file="reports/a.txt", sha256="abc")
    assert shown.outcome is Outcome.UNREADABLE
    assert "64 hexadecimal digits" in shown.reason


def test_the_digest_of_several_files_is_that_of_what_sha256sum_writes(project: Path) -> None:
    written = subprocess.run(
        ["sha256sum", "reports/a.txt", "reports/b.txt"], cwd=project, capture_output=True, check=True
    ).stdout
    digest = hashlib.sha256(written).hexdigest()
    shown = judged(project, kind="file", file="reports/*.txt", sha256=digest)
    assert shown.outcome is Outcome.VALID
    assert combined(shown.artefacts) == combined(shown.artefacts[::-1]) == digest
    (project / "reports" / "d.txt").write_bytes(b"d")
    assert judged(project, kind="file", file="reports/*.txt", sha256=digest).outcome is Outcome.ALTERED


@pytest.mark.skipif(sys.platform != "linux", reason="the limit of memory is not kept elsewhere")
def test_a_large_file_does_not_need_its_size_in_memory(project: Path) -> None:
    size = 640 * 1024**2
    with (project / "image.bin").open("wb") as file:
        file.truncate(size)
    code = (
        "import resource, pathlib; resource.setrlimit(resource.RLIMIT_AS, (400 << 20, 400 << 20))\n"
        "from sphinx_cra.evidence import Cache, Project\n"
        "print(Project(pathlib.Path('.'), Cache()).find('image.bin')[0].artefact.size)"
    )
    env = os.environ | {"PYTHONPATH": str(Path(evidence.__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=project, env=env, capture_output=True, text=True, check=True
    )
    assert int(done.stdout) == size


def test_a_file_that_is_too_large_for_its_reader_is_unreadable(project: Path) -> None:
    with (project / "large.xml").open("wb") as file:
        file.truncate(257 * 1024**2)  # sparse
    shown = judged(project, kind="junit", file="large.xml")
    assert shown.outcome is Outcome.UNREADABLE
    assert shown.reason == "large.xml has 257.0 MiB; no more than 256.0 MiB are read"


# ------------------------------------------------------------------------------- kinds


def test_a_kind_without_a_reader_is_unchecked_but_its_file_is_found(project: Path) -> None:
    one = item(kind="sarif", file="reports/a.txt", result="passed")
    shown = verdict(one, project, Cache(), readers={})
    assert shown.outcome is Outcome.UNCHECKED
    assert "there is no reader for sarif yet" in shown.reason
    assert shown.artefacts[0].sha256 == hashlib.sha256(b"a").hexdigest()


def test_an_unknown_kind_is_unchecked_with_the_nearest_one(project: Path) -> None:
    shown = judged(project, kind="junti", file="reports/a.txt")
    assert shown.outcome is Outcome.UNCHECKED
    assert shown.reason.endswith("'junti' is not a kind of evidence; did you mean 'junit'?")
    assert shown.artefacts


def test_no_kind_proves_nothing(project: Path) -> None:
    shown = judged(project, file="reports/a.txt")
    assert shown.outcome is Outcome.UNCHECKED
    assert "no kind is given" in shown.reason
    assert unknown_kind("file") is None


class Words:
    """A reader of a project's own."""

    __hash__ = None  # type: ignore[assignment]
    max_bytes: int | None = 100

    def __init__(self) -> None:
        self.parsed = 0

    def parse(self, data: bytes) -> list[str]:
        self.parsed += 1
        if b"!" in data:
            raise KeyError("broken reader")
        return data.decode().split()

    def judge(self, claim: Claim, exhibits: Sequence[Exhibit]) -> Verdict:
        words = [word for exhibit in exhibits for word in exhibit.content]
        if claim.select not in words:
            raise EvidenceError(f"no word {claim.select}", Outcome.MISSING)
        if claim.fields.get("minimum") == "none":
            raise ZeroDivisionError
        return Verdict(outcome=Outcome.VALID, reason="it is there", date="2026-01-01")


def test_a_project_can_bring_its_own_reader(project: Path) -> None:
    (project / "words.txt").write_text("red green")
    readers = {**evidence.READERS, "words": Words()}

    def shown(**fields: str) -> Verdict:
        return verdict(item(kind="words", **fields), project, Cache(), readers=readers)

    good = shown(file="words.txt", select="red", date="2020-01-01", version="3")
    assert (good.outcome, good.date, good.subject) == (Outcome.VALID, "2026-01-01", "3")
    assert shown(file="words.txt", select="blue").reason == "no word blue"
    broken = shown(file="words.txt", select="red", minimum="none")
    assert broken.outcome is Outcome.UNREADABLE
    assert "the words reader failed on words.txt: ZeroDivisionError" in broken.reason
    (project / "words.txt").write_text("!")
    assert shown(file="words.txt", select="red").reason.startswith("words.txt: KeyError")


# ------------------------------------------------------------------------------- cache


@pytest.mark.parametrize(
    ("returned", "fault"),
    [
        ("passed", "judge returned str, no Verdict"),
        (None, "judge returned NoneType, no Verdict"),
        (Verdict(outcome="valid", reason="r"), "the verdict has a wrong outcome"),  # type: ignore[arg-type]
        (
            Verdict(outcome=Outcome.VALID, reason="r", date=None, counts={"a": "1"}),  # type: ignore[arg-type,dict-item]
            "the verdict has a wrong date and counts",
        ),
    ],
)
def test_what_a_reader_returns_and_is_no_verdict_proves_nothing(
    project: Path, returned: Any, fault: str
) -> None:
    (project / "a.txt").write_bytes(b"a")
    reader = SimpleNamespace(max_bytes=None, parse=lambda data: None, judge=lambda claim, exhibits: returned)
    one = item(kind="own", file="a.txt")
    found = verdict(one, project, Cache(), readers={"own": reader})  # type: ignore[dict-item]
    assert found.outcome is Outcome.UNREADABLE
    assert found.reason == f"the own reader failed on a.txt: TypeError: {fault}"


def test_a_file_is_parsed_once_however_often_it_is_cited(project: Path) -> None:
    (project / "words.txt").write_text("red green")
    reader, cache = Words(), Cache()
    readers: dict[str, Any] = {"words": reader}
    items = [
        item(name=f"E{n}", kind="words", file="words.txt", select="red" if n % 2 else "green")
        for n in range(30)
    ]
    found = verdicts(items, project, cache, readers=readers)
    assert len(found) == 30
    assert {v.outcome for v in found.values()} == {Outcome.VALID}
    verdict(items[0], project, cache, readers=readers)
    assert reader.parsed == 1


def test_a_file_that_changed_between_two_builds_is_read_again(project: Path) -> None:
    cache = Cache()
    path = project / "reports" / "a.txt"
    times = path.stat()
    evd = item(kind="file", file="reports/a.txt")
    before = verdict(evd, project, cache)
    path.write_bytes(b"z")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))  # the same size and time: somebody hides it
    after = verdict(evd, project, cache)
    assert before.artefacts[0].sha256 != after.artefacts[0].sha256
    path.unlink()
    assert verdict(evd, project, cache).outcome is Outcome.MISSING


def test_a_file_that_changes_while_it_is_read_is_unreadable(project: Path) -> None:
    path = project / "reports" / "a.txt"
    (found,) = evidence.Project(project, Cache()).find("reports/a.txt")
    path.write_bytes(b"something else")
    with pytest.raises(EvidenceError, match=r"reports/a\.txt changed while it was read"):
        _ = found.artefact


def test_one_look_gives_every_need_the_same_file(project: Path) -> None:
    files = evidence.Project(project, Cache())
    (first,) = files.find("reports/a.txt")
    digest = first.artefact.sha256
    (project / "reports" / "a.txt").write_bytes(b"new")
    (again,) = files.find("reports/a.txt")
    assert again.artefact.sha256 == digest


def test_order_does_not_matter(project: Path) -> None:
    items = [
        item(name=f"E{n}", kind=k, file="reports/*.txt") for n, k in enumerate(("file", "junit", "sbom", "x"))
    ]
    forth = verdicts(items, project, Cache())
    back = verdicts(items[::-1], project, Cache())
    assert forth == back
