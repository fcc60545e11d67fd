"""The gate and the baseline in builds: what fails, what is said, and what everything still shows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from small_project import project
from sphinx_cra import baseline
from sphinx_cra.cli import app

if TYPE_CHECKING:
    from pathlib import Path

    from small_project import Project, Result

CRA = 'cra_catalogues = ["cra"]\ncra_mappings = []\n'
FILES = {
    "index.rst": """\
        T
        =

        .. requirement:: Locks open for owners
           :id: REQ_1
           :satisfies: CRA_ANX_I_P1_2_D, NOWHERE

        See :cra:`CRA_ART_99_99`, and Article 99(9) of the Cyber Resilience Act.

        .. cra-accepted::
        """,
    "cra.yaml": 'product: {name: Lock, release: "1.0"}\nmanufacturer: {name: Maker}\n'
    "document: {date: 2027-01-31}\n",
}


def made(folder: Path, gate: str, **files: str) -> Project:
    return project(folder, {**FILES, **files}, f"{CRA}cra_gate = {gate}\n")


def write(source: Path, out: Path, *more: str) -> str:
    """``sphinx-cra baseline write``."""
    words = ["baseline", "write", str(source), "--by", "A. Person", "--why", "for 2.1", *more]
    done = CliRunner().invoke(app, [*words, "--from", str(out / "_cra/assessment.json")])
    assert done.exit_code == 0, done.output
    return done.output


def test_an_error_of_the_gate_fails_a_build_that_writes_everything(tmp_path: Path) -> None:
    result = made(tmp_path, '{"planned": "error"}').run()
    assert result.code == 1
    assert any(w.startswith("index.rst:4: ERROR: CRA_ANX_I_P1_2_D") for w in result.cra())
    assert "1 finding is an error by cra_gate, so this build fails, with everything written." in result.status
    assert (result.out / "index.html").is_file()
    assert result.row("CRA_ANX_I_P1_2_D")["state"] == "planned"
    again = made(tmp_path, '{"planned": "error"}').run()
    assert (again.code, again.warnings) == (1, result.warnings)


def test_a_warning_of_the_gate_fails_only_with_W(tmp_path: Path) -> None:
    source = made(tmp_path, '{"planned": "warning", "severity:warning": "quiet", "unknown_clause": "quiet"}')
    assert source.build().code == 0
    assert source.build(strict=True, to="strict").code == 1


def test_what_is_quiet_is_not_said_and_stays_in_every_file(tmp_path: Path) -> None:
    result = made(tmp_path, '{"unknown_clause": "quiet", "citation": "quiet"}').build(strict=True)
    assert result.cra() == ()
    assert result.code == 0
    found = {m["code"]: m for m in result.data["mistakes"]}
    assert {"unknown_clause", "citation"} <= set(found)
    assert found["unknown_clause"]["level"] == "quiet"
    assert found["citation"]["file"] == "index.rst"


def test_what_was_suppressed_fails_nothing(tmp_path: Path) -> None:
    result = made(tmp_path, '{"planned": "error"}').build(suppress_warnings=["cra.planned"])
    assert result.code == 0


def test_findings_of_reading_are_in_the_data_after_builds_of_every_kind(tmp_path: Path) -> None:
    source = made(tmp_path, "[]", **{"other.rst": ":orphan:\n\nO\n=\n\n:cra:`NO_SUCH`\n"})

    def codes(result: Result) -> list[tuple[str, str]]:
        return sorted((m["code"], m["place"]["source"]) for m in result.data["mistakes"])

    first = source.build()
    assert ("unknown_clause", "other") in codes(first)
    again = source.build()
    assert (codes(again), again.warnings) == (codes(first), first.warnings)
    parallel = source.run("html", "-j", "2", to="two")
    assert codes(parallel) == codes(first)
    source.write("other.rst", ":orphan:\n\nO\n=\n")
    assert ("unknown_clause", "other") not in codes(source.build())
    source.remove("other.rst")
    assert "other" not in {place for _, place in codes(source.build())}


def test_a_certificate_that_is_none_is_told_without_writing_its_page_again(tmp_path: Path) -> None:
    source = made(tmp_path, "[]", **{"c.rst": ":orphan:\n\nC\n=\n\n.. cra-certificate:: NONE_SUCH\n"})
    first = source.build()
    (told,) = [w for w in first.cra() if "cra-certificate names NONE_SUCH" in w]
    assert told.startswith("c.rst:6: WARNING")
    assert told in source.build().cra()
    assert any(m["about"] == "cra-certificate NONE_SUCH" for m in first.data["mistakes"])


# -------------------------------------------------------------------------------- baseline

GATE = '{"planned": "error", "failed": "error", "unknown_clause": "error", "citation": "error"}'


def test_after_a_baseline_only_what_is_new_fails(tmp_path: Path) -> None:
    source = made(tmp_path, GATE)
    before = source.build()
    assert before.code == 1
    assert "findings accepted by A. Person" in write(source.source, before.out)
    accepted = source.build()
    assert (accepted.code, accepted.cra()) == (0, ())
    assert "cra-baseline.yaml: 4 accepted\n" in accepted.status
    assert accepted.row("CRA_ANX_I_P1_2_D")["gap"]

    source.replace("index.rst", "T\n=\n", "Another title\n=============\n\nMoved by a line.\n")
    source.write("renamed.rst", (source.source / "index.rst").read_text("utf-8"))
    source.write("index.rst", "T\n=\n\n.. toctree::\n\n   renamed\n")
    moved = source.build()
    assert (moved.code, moved.cra()) == (0, ())

    source.append(
        "renamed.rst", "\n.. control:: New\n   :id: CTRL_9\n   :implements: GONE\n   :satisfies: ELSEWHERE\n"
    )
    new = source.build()
    assert new.code == 1
    assert [w for w in new.cra() if "ERROR" in w] == [w for w in new.cra() if "ELSEWHERE" in w]


def test_an_accepted_gap_is_shown_as_a_gap_and_as_accepted(tmp_path: Path) -> None:
    source = made(tmp_path, GATE)
    write(source.source, source.build().out, "--until", "2027-06-30")
    result = source.build()
    gap = next(g for g in result.data["gaps"] if g["clause"] == "CRA_ANX_I_P1_2_D")
    assert gap["standing"] == "accepted"
    assert gap["accepted"] == {"by": "A. Person", "why": "for 2.1", "until": "2027-06-30"}
    assert result.data["totals"]["accepted"] == len(result.data["baseline"]["accepted"]) >= 3
    rows = result.table("index.html", "cra-accepted")
    assert rows[0] == ["What is accepted", "By whom, until", "Why"]
    (row,) = [row for row in rows if "CRA_ANX_I_P1_2_D" in row[0]]
    assert row[1:] == ["A. Person until 2027-06-30", "for 2.1"]


def test_an_acceptance_that_is_over_on_the_date_of_the_file_fails(tmp_path: Path) -> None:
    source = made(tmp_path, GATE)
    write(source.source, source.build().out, "--until", "2027-06-30")
    source.replace("cra.yaml", "2027-01-31", "2027-07-01")
    result = source.build()
    assert result.code == 1
    assert all("accepted by A. Person until 2027-06-30, which is over" in w for w in result.cra())


def test_what_is_mended_is_told_until_the_baseline_shrinks(tmp_path: Path) -> None:
    source = made(tmp_path, GATE)
    write(source.source, source.build().out)
    source.replace("index.rst", ", NOWHERE", "")
    result = source.build()
    assert result.code == 0
    assert "cra-baseline.yaml: 3 accepted, 1 found no more: sphinx-cra baseline prune" in result.status
    pruned = CliRunner().invoke(
        app, ["baseline", "prune", str(source.source), "--from", str(result.out / "_cra/assessment.json")]
    )
    assert pruned.exit_code == 0
    assert "1 finding taken out" in pruned.output
    assert "found no more" not in source.build().status


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda t: t.replace("findings:\n", "findings:\n<<<<<<< HEAD\n"), "cra-baseline.yaml:5: "),
        (lambda t: t.replace('product: "Lock"', 'product: "Gateway"'), "cra-baseline.yaml:3: "),
        (lambda t: t + t.split("findings:\n")[1], "given twice"),
        (lambda t: t.replace("CRA_ANX_I_P1_2_D", "CRA_ANX_I_P1_2_E"), "the id does not fit"),
        (lambda t: "\x00" * 99, "U+0000"),
    ],
)
def test_a_baseline_that_cannot_be_trusted_accepts_nothing(tmp_path: Path, change: object, says: str) -> None:
    source = made(tmp_path, GATE)
    first = source.build()
    write(source.source, first.out)
    path = source.source / baseline.BASELINE
    path.write_text(change(path.read_text("utf-8")), "utf-8")  # type: ignore[operator]
    result = source.build()
    assert result.code == 1
    told = [w for w in result.cra() if "[cra.baseline]" in w]
    assert told
    assert any(says in w for w in told)
    assert {w for w in result.cra() if "ERROR" in w} == {w for w in first.cra() if "ERROR" in w}
    assert result.data["baseline"] is None


def test_the_check_without_sphinx_agrees_with_the_build(tmp_path: Path) -> None:
    source = made(tmp_path, GATE)
    result = source.build()
    path = str(result.out / "_cra/assessment.json")
    failing = CliRunner().invoke(app, ["check", str(source.source), "--from", path, "--format", "json"])
    assert failing.exit_code == 1
    data = json.loads(failing.stdout)
    assert data["counts"]["errors"] == sum("ERROR" in w for w in result.cra())
    write(source.source, result.out)
    assert CliRunner().invoke(app, ["check", str(source.source), "--from", path]).exit_code == 0


def test_the_gate_reaches_what_only_the_pdf_knows(tmp_path: Path) -> None:
    fonts = 'cra_pdf_font_paths = ["nowhere"]\ncra_gate = {"pdf": "error"}\n'
    source = project(tmp_path, {"index.rst": "T\n=\n"}, CRA + fonts)
    result = source.build("cra")
    assert result.code == 1
    assert any("ERROR: no folder" in w and w.endswith("[cra.pdf]") for w in result.cra())
    assert (result.out / "technical-file.pdf").is_file()

    # the assessment was complete by then, so the manifest holds it, for the check and for whoever verifies
    (found,) = json.loads(result.read("manifest.json"))["findings"]
    assert (found["code"], found["level"]) == ("pdf", "error")
    assert found["message"] == "no folder nowhere: fonts in it are not used"
    made = str(result.out / "assessment.json")
    for words in ([str(result.out)], [str(source.source), "--from", made]):
        failing = CliRunner().invoke(app, ["check", *words, "--gate", "pdf"])
        assert failing.exit_code == 1
        assert "no folder nowhere" in failing.stdout
    manifest = result.out / "manifest.json"
    kept = manifest.read_bytes()
    for broken in (b"{", b"[" * 100_000, kept.replace(b'"message"', b'"massage"')):
        manifest.write_bytes(broken)
        refused = CliRunner().invoke(app, ["check", str(result.out)])
        assert refused.exit_code == 2
        assert "manifest.json" in refused.stderr
    manifest.write_bytes(kept)
    checked = CliRunner().invoke(app, ["verify", str(result.out)])
    assert checked.exit_code == 0
    assert "remarks    no folder nowhere: fonts in it are not used [cra.pdf]" in checked.stdout

    words = ["baseline", "write", str(source.source), "--by", "A. Person", "--why", "for 2.1"]
    assert CliRunner().invoke(app, [*words, "--from", made]).exit_code == 0
    assert source.build("cra", to="accepted").cra() == ()
    pages = source.build("html", to="pages")
    assert "found no more" not in pages.status
    (source.source / "cra-baseline.yaml").unlink()
    assert source.build("cra", to="quiet", cra_gate={"pdf": "quiet"}).cra() == ()


def test_a_baseline_that_is_no_file_is_told_and_forgotten_with_it(tmp_path: Path) -> None:
    source = project(tmp_path, {"index.rst": "T\n=\n"}, CRA)
    path = source.source / baseline.BASELINE
    for make, says in (
        (path.mkdir, "is a folder, not a file"),
        (lambda: path.symlink_to("/dev/zero"), "is not a regular file"),
        (lambda: path.write_text("", "utf-8"), "the file is empty"),
    ):
        make()
        assert [says in w for w in source.build(to=says[:5].strip()).cra()] == [True]
        path.rmdir() if path.is_dir() else path.unlink()
        assert source.build(to=says[:5].strip()).cra() == ()


def test_a_gap_of_what_nobody_wrote_is_told_where_its_clause_is_shown(tmp_path: Path) -> None:
    law = "L\n=\n\n.. cra-catalogue:: cra\n   :part: CRA_ANX_I_P1\n"
    gate = '["open:CRA_ANX_I", "annex_vii:CRA_ANX_VII_4"]'
    source = made(tmp_path, gate, **{"law.rst": f":orphan:\n\n{law}"})
    first = source.build()
    places = {w.split(" ")[2]: w.split(" ")[0] for w in first.cra() if w.endswith("[cra.open]")}
    assert (places["CRA_ANX_I_P1_2_E"], places["CRA_ANX_I_P2_1"]) == ("law.rst:6:", "conf.py:8:")
    assert any(w.startswith("cra.yaml:") and w.endswith("[cra.annex_vii]") for w in first.cra())
    assert all(f["file"] and f["place"]["line"] and f["way_out"] for f in first.data["gaps"])
    source.write("law.rst", f":orphan:\n\nMoved.\n\n{law}")
    source.write("conf.py", f"# moved\n{(source.source / 'conf.py').read_text('utf-8')}")
    moved = source.build().cra()
    assert any(w.startswith("law.rst:8: WARNING: CRA_ANX_I_P1_2_E") for w in moved)
    assert any(w.startswith("conf.py:9: WARNING: CRA_ANX_I_P2_1") for w in moved)
