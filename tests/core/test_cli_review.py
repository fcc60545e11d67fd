"""``sphinx-cra review``: from a change to a recorded review, through the files of two builds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from build import assessed, control, evidence, requirement
from sphinx_cra import suspect
from sphinx_cra.cli import app
from sphinx_cra.render.data import assessment_json

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

    from sphinx_cra.model import Item

REQ = replace(requirement("REQ_1", satisfies="LAW_A"), content="The user logs in.")
ITEMS = (REQ, control("CTRL_1", implements="REQ_1"), evidence("EVID_1", verifies="CTRL_1"))
CHANGED = (replace(REQ, content="The user logs in twice."), *ITEMS[1:])


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    (tmp_path / "conf.py").write_text("raise SystemExit('a command must not run this')\n")
    build(tmp_path, *ITEMS)
    return tmp_path


def build(docs: Path, *items: Item) -> None:
    """What a build of these items writes."""
    done = assessed(*items, reviews=suspect.load(docs / suspect.NAME))
    path = docs / "_build" / "cra" / "assessment.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(assessment_json(done, generator="sphinx-cra 1"), "utf-8")


def run(*words: Any) -> Result:
    return CliRunner().invoke(app, ["review", *map(str, words)])


def accept(docs: Path, *ids: str) -> Result:
    return run("accept", *ids, "--by", "A. Person", "--why", "read both", "--dir", docs)


def test_a_change_is_listed_until_it_is_accepted(docs: Path) -> None:
    assert accept(docs, "CTRL_1", "EVID_1").stdout == "cra-reviews.yaml: 2 reviews by A. Person, 2 in all\n"
    build(docs, *CHANGED)
    listed = run("list", docs)
    assert listed.exit_code == 1
    first, second, count = listed.stdout.splitlines()
    assert first.startswith("CTRL_1 is suspect: REQ_1 has another content since it was reviewed; look at it")
    assert second.endswith("it is settled once what lies nearer to REQ_1 is")
    assert count == "2 items suspect"
    assert accept(docs, "CTRL_1").exit_code == 0
    build(docs, *CHANGED)
    assert run("list", docs).stdout == "no items suspect\n"
    assert run("list", docs).exit_code == 0


def test_the_clock_is_not_asked(docs: Path) -> None:
    accept(docs, "CTRL_1")
    assert "date" not in (docs / suspect.NAME).read_text("utf-8")
    dated = run("accept", "CTRL_1", "--by", "A", "--why", "b", "--date", "2027-02-29", "--dir", docs)
    assert dated.exit_code == 2
    assert "'2027-02-29' is no date" in dated.stderr


def test_an_unknown_item_is_answered_with_the_nearest(docs: Path) -> None:
    done = accept(docs, "CTRL_11")
    assert (done.exit_code, done.stderr) == (
        2,
        "sphinx-cra: there is no item CTRL_11; did you mean CTRL_1?\n",
    )
    assert not (docs / suspect.NAME).exists()


def test_a_broken_file_of_reviews_is_not_overwritten(docs: Path) -> None:
    (docs / suspect.NAME).write_text("reviews:\n<<<<<<< ours\n", "utf-8")
    done = accept(docs, "CTRL_1")
    assert done.exit_code == 2
    assert "cra-reviews.yaml:2:" in done.stderr
    assert (docs / suspect.NAME).read_text("utf-8") == "reviews:\n<<<<<<< ours\n"


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"format": "sphinx-cra assessment"}', "\x00"])
def test_what_is_no_assessment_is_refused(docs: Path, content: str) -> None:
    (docs / "_build" / "cra" / "assessment.json").write_text(content, "utf-8")
    done = run("list", docs)
    assert done.exit_code == 2
    assert "Traceback" not in done.output
    assert "assessment.json" in done.stderr


def test_nothing_built_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "conf.py").write_text("")
    done = run("list", tmp_path)
    assert done.exit_code == 2
    assert "build first, or name it with --from" in done.stderr
