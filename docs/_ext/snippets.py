"""Pages as projects: the captioned code blocks of a page, put together and built.

A code block with a caption is a file: ``:caption: conf.py`` begins or replaces it, and
``:caption: index.rst (added)`` goes on at its end. What a page shows is so what it builds.
"""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_BLOCK = re.compile(
    r"^(?P<fence>`{3,})\{code-block\}[^\n]*\n:caption: (?P<caption>[^\n]+)\n\n?(?P<body>.*?)^(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)


def files(page: str) -> dict[str, str]:
    """The files that the code blocks of a page make, by name.

    :param page: the source of the page, or of its first steps.
    """
    found: dict[str, str] = {}
    for block in _BLOCK.finditer(page):
        name, _, note = block["caption"].strip().partition(" ")
        body = block["body"]
        found[name] = f"{found[name]}\n{body}" if note == "(added)" else body
    return found


def write(project: Mapping[str, str], folder: Path) -> None:
    """Put the files of a project into a folder."""
    for name, content in project.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")


def build(source: Path, target: Path, builder: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Build a project as its author would; ``stderr`` holds the warnings."""
    command = [sys.executable, "-m", "sphinx", "-q", "-E", "-n", "--no-color", "-b", builder]
    command += [*options, str(source), str(target)]
    return subprocess.run(command, capture_output=True, text=True, check=False)
