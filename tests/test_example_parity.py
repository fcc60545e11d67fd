"""The example product: its site, its technical file and what is exported of it say the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sphinx_cra import parity
from sphinx_cra.cli import app

EXAMPLE = Path(__file__).parent.parent / "example-docs"
FORMATS = ("oscal-catalog", "oscal-component", "oscal-results", "cyclonedx", "reqif")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("example")
    for builder in ("cra", "html"):
        command = [sys.executable, "-m", "sphinx", "-q", "-W", "-b", builder, "-d", str(out / "doctrees")]
        done = subprocess.run(
            [*command, str(EXAMPLE), str(out / builder)], capture_output=True, text=True, env=dict(os.environ)
        )
        assert (done.returncode, done.stderr) == (0, ""), done.stderr[-3000:]
    (out / "cra/exchange").mkdir()
    for form in FORMATS:
        target = out / "cra/exchange" / f"{form}.{'reqif' if form == 'reqif' else 'json'}"
        arguments = [
            "export",
            "--from",
            str(out / "cra/assessment.json"),
            "--format",
            form,
            "--output",
            str(target),
        ]
        done = CliRunner().invoke(app, arguments)
        assert done.exit_code == 0, done.output
    return out


def test_every_file_says_the_same(built: Path) -> None:
    report = parity.check(built / "cra", site=built / "html")
    assert report.differences == ()
    assert report.unreadable == ()
    assert not [
        sentence for sentence in report.not_compared if "not there" in sentence or "no export" in sentence
    ]
    assert len(report.compared) == 14
