"""What rests on something that changed since it was reviewed is marked on pages, with what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typer.testing import CliRunner

from small_project import project
from sphinx_cra.cli import app

if TYPE_CHECKING:
    from pathlib import Path

PAGE = """\
    Gateway
    =======

    .. requirement:: Guessing takes long
       :id: REQ_1
       :satisfies: CRA_ANX_I_P1_2_D

       After five failures.

    .. control:: Locked
       :id: CTRL_1
       :implements: REQ_1

    .. evidence:: Looked at
       :id: EVID_1
       :kind: file
       :file: record.txt
       :verifies: CTRL_1

    .. cra-items::

    .. cra-evidence::
    """


def test_items_and_register_say_what_changed(tmp_path: Path) -> None:
    made = project(tmp_path, {"index.rst": PAGE, "record.txt": "Good.\n"})
    first = made.build()
    assert "suspect" not in first.words("index.html")
    built = first.out / "_cra" / "assessment.json"
    accept = ["review", "accept", "CTRL_1", "EVID_1", "--by", "A. Person", "--why", "review"]
    options = ["--date", "2026-11-20", "--dir", str(made.source), "--from", str(built)]
    done = CliRunner().invoke(app, [*accept, *options])
    assert done.exit_code == 0, done.output
    assert "suspect" not in made.build().words("index.html")

    made.replace("index.rst", "After five failures.", "After five\n   failures.")
    assert "suspect" not in made.build().words("index.html"), "other line wraps mean nothing"

    made.replace("index.rst", "After five\n   failures.", "After fifty failures.")
    again = made.build()
    changed = "suspect REQ_1 has another content since it was reviewed"
    further = "suspect REQ_1, 2 links away, has another content since what it rests on was reviewed"
    items = {row[0]: row[3] for row in again.table("index.html", "cra-items")}
    assert changed in items["CTRL_1"]
    assert further in items["EVID_1"]
    assert "suspect" not in items["REQ_1"]
    (_, register) = again.table("index.html", "cra-evidence")
    assert further in register[4]
