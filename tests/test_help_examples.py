"""Every example in a help text, typed beside the example product."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sphinx_cra import cli

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLE = Path(__file__).parents[1] / "example-docs"
OWN = (
    "acme-rules.yaml", "case-004.yaml", "drill.yaml", "needs.json", "requirements.reqif", "rev5.json",
    "ssdf-1.2.yaml", "technical-file.zip", "v1.zip", "v1/", "build/cra",
)  # fmt: skip
"""Files that a user has and the example has not; what needs one says that it is not there."""


def examples() -> Iterator[str]:
    for name in cli.COMMANDS:
        command: Any = cli.load(name)
        for inner in getattr(command, "commands", {name: command}).values():
            for paragraph in inner.help.split("\n\n"):
                line = " ".join(paragraph.split()).removeprefix("Examples:").removeprefix("Example:").strip()
                if line.startswith(("sphinx-cra ", "echo ")):
                    yield line


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the example product in ``docs``, built, with a baseline, and the program."""
    place = tmp_path_factory.mktemp("built")
    shutil.copytree(EXAMPLE, place / "docs")
    (place / "README.md").write_text("# Product\n")
    build = ["-m", "sphinx", "-q", "-b", "html", "docs", "build/html"]
    subprocess.run([sys.executable, *build], cwd=place, check=True, capture_output=True)
    program = place / "bin" / "sphinx-cra"
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable}\nfrom sphinx_cra.cli import app\napp()\n")
    program.chmod(0o755)
    accept = [str(program), "baseline", "write", "docs", "--by", "A. Person", "--why", "known"]
    subprocess.run(accept, cwd=place, check=True, capture_output=True)
    return place


@pytest.fixture
def place(built: Path, tmp_path: Path) -> Path:
    """The same for one example alone, so that none needs what another one wrote."""
    return Path(shutil.copytree(built, tmp_path / "place"))


@pytest.mark.skipif(os.name == "nt", reason="the examples are typed into a POSIX shell")
@pytest.mark.parametrize("line", list(dict.fromkeys(examples())))
def test_an_example_of_a_help_text_runs(line: str, place: Path) -> None:
    path = os.pathsep.join([str(place / "bin"), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=place,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    assert "Traceback" not in said
    assert "Usage:" not in said, said
    if done.returncode == 2:
        assert any(name in line for name in OWN) or "fits" in said, said
    else:
        assert done.returncode in (0, 1), said
