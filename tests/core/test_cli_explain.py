"""``sphinx-cra explain``: what it says, and with which code it ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from sphinx_cra.cli import app

if TYPE_CHECKING:
    from pathlib import Path

FILE = """\
product:
  name: Lock
  release: "1.0"
  class: important-class-I
  category: CRA_ANX_III_C1_12
manufacturer:
  name: Example
conformity:
  procedure: {procedure}
"""


@pytest.mark.parametrize(("procedure", "code"), [("B+C", 0), ("A", 1), ("", 2)])
def test_the_code_says_whether_the_chosen_procedure_is_open(
    procedure: str, code: int, tmp_path: Path
) -> None:
    path = tmp_path / "cra.yaml"
    path.write_text(FILE.format(procedure=procedure), "utf-8")
    done = CliRunner().invoke(app, ["explain", "procedure", str(path)])
    assert done.exit_code == code, done.output
    assert "A, Internal control (module A): no" in done.output.replace(" (chosen)", "")
    assert ("(chosen)" in done.output) is bool(procedure)


def test_json_holds_every_procedure_with_its_reason(tmp_path: Path) -> None:
    path = tmp_path / "cra.yaml"
    path.write_text(FILE.format(procedure="H"), "utf-8")
    done = CliRunner().invoke(app, ["explain", "procedure", str(path), "--format", "json"])
    data = json.loads(done.output)
    assert data["chosen"] == "H"
    assert {p["procedure"]: p["allowed"] for p in data["procedures"]} == {
        "A": False,
        "B+C": True,
        "H": True,
        "certification": False,
    }
    assert all(p["reason"] and p["cites"] for p in data["procedures"])


def test_a_product_file_may_build_on_another_one_of_its_project(tmp_path: Path) -> None:
    (tmp_path / "conf.py").touch()
    (tmp_path / "common.yaml").write_text("conformity: {procedure: A}\n", "utf-8")
    path = tmp_path / "products" / "lock.yaml"
    path.parent.mkdir()
    path.write_text("extends: ../common.yaml\n" + FILE.format(procedure=""), "utf-8")
    done = CliRunner().invoke(app, ["explain", "procedure", str(path)])
    assert "A (chosen)" in done.output
    (tmp_path / "conf.py").unlink()
    assert "leads out of the project" in CliRunner().invoke(app, ["explain", "procedure", str(path)]).output


@pytest.mark.parametrize(
    ("content", "says"), [(None, "cra.yaml"), ("product: [", "cra.yaml:"), ("product: {name: 1}", "release")]
)
def test_a_broken_product_file_is_named(content: str | None, says: str, tmp_path: Path) -> None:
    path = tmp_path / "cra.yaml"
    if content is not None:
        path.write_text(content, "utf-8")
    done = CliRunner().invoke(app, ["explain", "procedure", str(path)])
    assert done.exit_code == 2
    assert says in done.output
    assert "Traceback" not in done.output


def test_newer_facts_open_what_the_shipped_ones_do_not_know(tmp_path: Path) -> None:
    product, facts = tmp_path / "cra.yaml", tmp_path / "status.yaml"
    product.write_text(
        FILE.format(procedure="A")
        + "standards:\n- {id: EN 1, kind: harmonised, extent: full, oj_reference: OJ 1, "
        + "clauses: [CRA_ANX_I_P1_1]}\n",
        "utf-8",
    )
    facts.write_text("facts:\n  harmonised_standards: {as_of: 2027-01-01, found: [OJ 1]}\n", "utf-8")
    runner = CliRunner()
    assert runner.invoke(app, ["explain", "procedure", str(product)]).exit_code == 1
    known = ["explain", "procedure", str(product), "--status", str(facts)]
    assert runner.invoke(app, known).exit_code == 0
