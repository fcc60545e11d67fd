"""The example that ``sphinx-cra explain`` gives is pasted into a page, and the state changes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from small_project import project
from sphinx_cra.cli import app

if TYPE_CHECKING:
    from pathlib import Path

    from small_project import Result

CLAUSE = "CRA_ANX_I_P1_2_D"
PASSED = b'<testsuite name="s" tests="1"><testcase classname="a" name="b" time="1"/></testsuite>'
FAILED = (
    b'<testsuite tests="1" failures="1"><testcase classname="a" name="b"><failure/></testcase></testsuite>'
)
RST = {"index.rst": "T\n=\n\n"}
MYST = {"index.md": "# T\n\n", "more.md": "---\norphan: true\n---\n\n# More\n\nText.\n"}


def explained(built: Result, name: str) -> dict[str, Any]:
    done = CliRunner().invoke(app, ["explain", name, "--from", str(data(built)), "--format", "json"])
    assert done.exit_code == 0, done.output
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def data(built: Result) -> Path:
    path = built.out / "_cra" / "assessment.json"
    return path if path.is_file() else built.out / "assessment.json"


@pytest.mark.parametrize("files", [RST, MYST], ids=["rst", "myst"])
def test_each_example_leads_to_the_next_state(files: dict[str, str], tmp_path: Path) -> None:
    page = next(iter(files))
    made = project(tmp_path, files, 'cra_catalogues = ["cra"]\ncra_mappings = []\n')
    made.write("reports/junit.xml", PASSED)
    made.append(
        page,
        ".. control:: First\n   :id: CTRL_FIRST\n"
        if files is RST
        else "```{control} First\n:id: CTRL_FIRST\n```\n",
    )
    states = []
    for _ in range(4):
        built = made.build()
        assert built.others() == ()
        states.append(built.row(CLAUSE)["state"])
        made.append(page, f"\n{explained(built, CLAUSE)['example']}\n")
    assert states == ["open", "planned", "covered", "verified"]
    assert explained(built, CLAUSE)["example"] == ""
    made.write("reports/junit.xml", FAILED)
    said = explained(made.build(), CLAUSE)
    assert said["why"][0].startswith("It is failed")
    assert said["change"]


def test_the_example_of_a_supported_clause_and_of_a_point_of_the_file_change_their_states(
    tmp_path: Path,
) -> None:
    control = ".. control:: Testing\n   :id: CTRL_T\n   :satisfies: IEC62443_4_1_SVV_1\n"
    made = project(tmp_path, {"index.rst": f"T\n=\n\n{control}", "two.rst": ":orphan:\n\nDesign\n======\n\n"})
    built = made.build()
    supported = next(r["clause"] for r in built.data["rows"] if r["state"] == "supported")
    assert supported.startswith("CRA_")
    assert built.row("CRA_ANX_VII_2_A")["state"] == "open"
    made.append("index.rst", f"\n{explained(built, supported)['example']}\n")
    made.append("two.rst", f"{explained(built, 'annex vii 2a')['example']}\n\nWords of the design.\n")
    again = made.build()
    assert again.others() == ()
    assert again.row(supported)["state"] == "planned"
    assert again.row("CRA_ANX_VII_2_A")["state"] == "covered"
