"""``cra-baseline.yaml``: written, read back, and refused where it cannot be trusted."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from build import assessed, requirement
from sphinx_cra import baseline
from sphinx_cra.datafile import MAX_FAULTS, DataError
from sphinx_cra.gate import Standing, gone, mended, read

if TYPE_CHECKING:
    from sphinx_cra.assessment import Assessment
    from sphinx_cra.baseline import Baseline


def project(*targets: str) -> Assessment:
    asked, _ = read({"planned": "error", "unknown_clause": "warning"})
    items = [requirement(f"REQ_{n}", satisfies=target) for n, target in enumerate(targets)]
    return replace(assessed(*items), gate=asked)


def written(found: Assessment, before: Baseline | None = None, **more: object) -> Baseline:
    said = {"by": "A. Person", "why": "for 2.1", **more}
    return baseline.accepted(before, found.findings, product="Lock", **said)  # type: ignore[arg-type]


def load(path: Path, text: str, product: str | None = "Lock") -> Baseline:
    (path / baseline.BASELINE).write_text(text, "utf-8")
    return baseline.load(path / baseline.BASELINE, product)


def faults(path: Path, text: str, product: str | None = "Lock") -> list[str]:
    with pytest.raises(DataError) as caught:
        load(path, text, product)
    return list(caught.value.lines())


def test_what_is_written_reads_back(tmp_path: Path) -> None:
    made = written(project("LAW_A", "LAW_B"), until=dt.date(2027, 6, 30))
    assert len(made.acceptances) == 2
    text = baseline.text(made)
    assert load(tmp_path, text) == made
    assert baseline.text(load(tmp_path, text)) == text


@pytest.mark.parametrize(
    "title", ["a: b", "#x", "'\"", "\u2028", "\x07", "\ud800", "<<<<<<<", "{{x}}", "- \\n", "é"]
)
def test_any_text_reads_back(title: str, tmp_path: Path) -> None:
    found = project("LAW_A")
    items = replace(found, gaps=(replace(found.gaps[0], message=title, about=title),))
    chosen = {items.findings[-1].id}
    made = baseline.accepted(None, items.findings, product="Lock", by=title, why=title, chosen=chosen)
    back = load(tmp_path, baseline.text(made))
    assert set(back.acceptances) == chosen


def test_a_later_write_keeps_who_accepted_what_before() -> None:
    first = written(project("LAW_A"))
    second = written(replace(project("LAW_A", "LAW_B"), baseline=first), first, by="B. Other", why="new")
    assert sorted(a.by for a in second.acceptances.values()) == ["A. Person", "B. Other"]


def test_what_is_found_no_more_is_dropped_by_the_next_write() -> None:
    first = written(project("LAW_A", "LAW_B"))
    later = replace(project("LAW_A"), baseline=first)
    (missing,) = gone(later.findings, first)
    assert missing.clause == "LAW_B"
    assert [a.clause for a in written(later, first).acceptances.values()] == ["LAW_A"]


def test_a_cause_that_is_mended_is_taken_out_so_that_it_cannot_come_back_unseen() -> None:
    def planned(*names: str) -> Assessment:
        asked, _ = read({"planned": "error"})
        return replace(assessed(*(requirement(n, satisfies="LAW_A") for n in names)), gate=asked)

    first = written(planned("REQ_1", "REQ_2"))
    less = replace(planned("REQ_1"), baseline=first)
    (judged,) = [j for j in less.findings if j.acceptance]
    assert (judged.standing, mended(judged)) == (Standing.ACCEPTED, ("REQ_2",))
    second = written(less, first)
    again = replace(planned("REQ_1", "REQ_2"), baseline=second)
    assert [j.standing for j in again.findings if j.acceptance] == [Standing.GROWN]
    assert [(a.by, a.causes) for a in second.acceptances.values()] == [("A. Person", ("REQ_1",))]


def test_an_acceptance_that_is_over_is_written_anew() -> None:
    first = written(project("LAW_A"), until=dt.date(2026, 1, 1))
    found = replace(project("LAW_A"), baseline=first)
    judged = [replace(j, standing=Standing.EXPIRED) if j.acceptance else j for j in found.findings]
    again = baseline.accepted(first, judged, product="Lock", by="B", why="still", until=dt.date(2028, 1, 1))
    (acceptance,) = again.acceptances.values()
    assert (acceptance.by, acceptance.until) == ("B", dt.date(2028, 1, 1))


def test_only_what_is_chosen_is_accepted_though_it_is_quiet() -> None:
    found = project("LAW_A")
    quiet = next(j for j in found.findings if not j.said)
    made = written(found, chosen={quiet.id})
    assert list(made.acceptances) == [quiet.id]


GOOD = baseline.text(written(project("LAW_A", "LAW_B")))
FIRST = GOOD.splitlines()[4].strip().strip('":')


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GOOD.replace("findings:\n", "findings:\n<<<<<<< HEAD\n"), ":5: a merge conflict is left"),
        (GOOD + "=======\n", "a merge conflict is left here (=======)"),
        (GOOD + ">>>>>>> other\n", "a merge conflict is left here (>>>>>>>)"),
        (GOOD + "||||||| base\n", "a merge conflict is left here (|||||||)"),
        (GOOD.replace("findings:\n", "findings:\n=======\n").replace("\n", "\r\n"), ":5: a merge conflict"),
        (GOOD.replace('why: "for 2.1"', "why: |\n      a\n<<<<<<< HEAD\n      b"), "a merge conflict"),
        (GOOD.replace("findings:\n", f"findings:\n{'<' * 20} HEAD\n"), ":5: a merge conflict is left"),
        (GOOD.replace(FIRST, f"{FIRST}-1"), f"'{FIRST}-1' does not fit: the id of a finding"),
        (GOOD + GOOD.split("findings:\n")[1], f"findings.{FIRST}: given twice, first on line 5"),
        (GOOD.replace("LAW_A", "LAW_I"), "what is accepted was changed by hand: take the block out"),
        (GOOD.replace('code: "planned"', 'code: "plan"'), "'plan' is no code of a finding"),
        (GOOD.replace('by: "A. Person"', 'by: " "'), "by: is empty"),
        (GOOD.replace('    by: "A. Person"\n', ""), "'by' is required here"),
        (GOOD.replace('why: "for 2.1"', 'why: "x"\n    until: 2027-02-30'), "'2027-02-30' is no date"),
        (GOOD.replace('why: "for 2.1"', 'why: "x"\n    until: 20270630'), "20270630 does not fit: the last"),
        (GOOD.replace('why: "for 2.1"', 'why: "x"\n    until: soon'), "'soon' does not fit: the last day"),
        (GOOD.replace('product: "Lock"', 'product: "Gateway"'), ":3: product: 'Gateway' is another product"),
        (GOOD.replace('product: "Lock"', 'product: "Gateway"'), "if it was renamed, write the new name here"),
        (GOOD.replace(f'"{FIRST}"', '"xyz"'), "'xyz' does not fit: the id of a finding"),
        ("", "the file is empty"),
        ("findings: []\nproduct: x\n", "findings: "),
        ("\x00", "U+0000"),
        ("a: !!python/object:os.system x\n", "a tag"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_trusted_is_refused_at_its_line(text: str, says: str, tmp_path: Path) -> None:
    found = faults(tmp_path, text)
    assert any(says in line for line in found), found
    assert all(line.startswith("cra-baseline.yaml:") for line in found)


def test_a_link_out_of_the_project_is_refused(tmp_path: Path) -> None:
    inside, outside = tmp_path / "docs", tmp_path / "elsewhere.yaml"
    inside.mkdir()
    outside.write_text(GOOD, "utf-8")
    (inside / baseline.BASELINE).symlink_to(outside)
    with pytest.raises(DataError, match="is a link out of the project"):
        baseline.load(inside / baseline.BASELINE, "Lock")
    (inside / baseline.BASELINE).unlink()
    (inside / "kept.yaml").write_text(GOOD, "utf-8")
    (inside / baseline.BASELINE).symlink_to("kept.yaml")
    assert baseline.load(inside / baseline.BASELINE, "Lock").acceptances


def test_a_file_of_nothing_but_faults_names_no_more_than_anybody_reads(tmp_path: Path) -> None:
    entry = "    code: open\n    what: x\n    by: a\n    why: b\n"
    many = "".join(f'  "{n:012x}":\n{entry}' for n in range(1000))
    assert len(faults(tmp_path, f"product: Lock\nfindings:\n{many}")) == MAX_FAULTS


def test_a_baseline_of_a_product_that_cannot_be_told_is_refused(tmp_path: Path) -> None:
    assert "the product file is broken" in faults(tmp_path, GOOD, None)[0]
    assert "a project without a product file" in faults(tmp_path, GOOD, "")[0]


def test_the_file_is_sorted_by_what_it_is_about() -> None:
    clauses = [line.split('"')[1] for line in GOOD.splitlines() if line.startswith("    clause:")]
    assert clauses == sorted(clauses) == ["LAW_A", "LAW_B"]


def test_the_file_that_the_documentation_shows_is_one(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs/howto/baseline.md").read_text("utf-8")
    (shown,) = re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (acceptance,) = load(tmp_path, shown).acceptances.values()
    assert acceptance.until == dt.date(2027, 6, 30)
