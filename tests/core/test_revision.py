"""Which commit a build was made from, and never a guess."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from sphinx_cra import revision as module
from sphinx_cra.revision import Revision, revision

if TYPE_CHECKING:
    from pathlib import Path


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", "-C", str(folder), *who, *words], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.rst").write_text("text\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    return tmp_path


def test_a_clean_working_copy_is_its_commit(copy: Path) -> None:
    found = revision(copy / "docs")
    assert found == Revision(git(copy, "rev-parse", "HEAD"), False)
    assert str(found) == found.commit


@pytest.mark.parametrize("name", ["index.rst", "new.rst", "ünï côdé.rst"])
def test_a_changed_or_new_file_is_said(copy: Path, name: str) -> None:
    (copy / "docs" / name).write_text("other\n")
    found = revision(copy / "docs")
    assert found.changed
    assert str(found).endswith(" with uncommitted changes")


def test_a_change_outside_the_documentation_does_not_matter(copy: Path) -> None:
    (copy / "code.py").write_text("")
    assert not revision(copy / "docs").changed


def test_an_ignored_file_does_not_matter(copy: Path) -> None:
    (copy / ".git" / "info" / "exclude").write_text("_build/\n")
    (copy / "docs" / "_build").mkdir()
    (copy / "docs" / "_build" / "index.html").write_text("")
    assert not revision(copy / "docs").changed


def test_a_folder_without_git_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert str(revision(tmp_path)) == "unknown"
    assert not revision(tmp_path).changed


def test_a_repository_without_a_commit_is_unknown(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert revision(tmp_path) == Revision("")


def test_without_the_git_program_the_revision_is_unknown(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert revision(copy) == Revision("")


def test_asking_takes_no_lock_of_the_repository(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build beside somebody's commit must not be what makes the commit fail."""
    asked = []
    run = subprocess.run

    def spy(words: list[str], **more: object) -> object:
        asked.append(words)
        return run(words, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(module.subprocess, "run", spy)
    revision(copy)
    assert asked
    assert all("--no-optional-locks" in words for words in asked)
