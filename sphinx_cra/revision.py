"""Which revision of the sources a build was made from, as git says it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit, and whether the files differ from it."""

    commit: str
    """Empty where there is no git, or no commit."""
    changed: bool = False
    """Files under version control differ from the commit, or files are not under version control."""

    def __str__(self) -> str:
        if not self.commit:
            return "unknown"
        return f"{self.commit} with uncommitted changes" if self.changed else self.commit


def revision(folder: Path) -> Revision:
    """The revision of the working copy that ``folder`` lies in; unknown where there is none."""
    commit = _git(folder, "rev-parse", "HEAD")
    if commit is None:
        return Revision("")
    return Revision(commit.strip(), bool((_git(folder, "status", "--porcelain", "--", ".") or "").strip()))


def _git(folder: Path, *words: str) -> str | None:
    try:
        done = subprocess.run(
            # The checkout may be another user's, as in a container: its conf.py has been run already.
            ["git", "--no-optional-locks", "-c", "safe.directory=*", "-C", str(folder), *words],
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    return done.stdout
