"""What the documentation shows builds, and what it names exists."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from sphinx_cra.model import Code, State

DOCS = Path(__file__).parents[1] / "docs"
sys.path.insert(0, str(DOCS / "_ext"))

import reference  # noqa: E402
import snippets  # noqa: E402

PAGES = sorted(p for p in DOCS.rglob("*.md") if "conf.py" in snippets.files(p.read_text("utf-8")))
WARNS = {"gate": {"cra.planned"}, "citations": {"cra.citation"}}
"""Pages whose project warns on purpose, and of what."""


@pytest.fixture(scope="module")
def technical_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tutorial")
    snippets.write(snippets.files((DOCS / "tutorial.md").read_text("utf-8")), folder / "docs")
    done = snippets.build(folder / "docs", folder / "cra", "cra", "-W", "-d", str(folder / "doctrees"))
    assert done.returncode == 0, done.stderr
    return folder / "cra"


def blocks(page: str, language: str) -> list[str]:
    """The code blocks of a page in a language that are no files."""
    return re.findall(
        rf"^```{language}\n(.*?)^```$", (DOCS / page).read_text("utf-8"), re.MULTILINE | re.DOTALL
    )


def test_there_are_pages_that_are_projects() -> None:
    assert {p.stem for p in PAGES} >= {"tutorial", "existing-project", "gate", "annex-vii", "catalogue"}


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_the_project_that_a_page_shows_builds(page: Path, tmp_path: Path) -> None:
    snippets.write(snippets.files(page.read_text("utf-8")), tmp_path / "docs")
    done = snippets.build(tmp_path / "docs", tmp_path / "html", "html")
    assert done.returncode == 0, done.stderr
    warned = set(re.findall(r"WARNING: .*\[([a-z_.]+)\]$", done.stderr, re.MULTILINE))
    assert warned == WARNS.get(page.stem, set()), done.stderr
    assert "WARNING" not in done.stderr or warned, done.stderr


def test_the_documentation_builds_without_a_warning(tmp_path: Path) -> None:
    pytest.importorskip("furo")
    done = snippets.build(
        DOCS, tmp_path / "html", "html", "-W", "--keep-going", "-d", str(tmp_path / "doctrees")
    )
    assert done.returncode == 0, done.stderr


def test_the_technical_file_has_the_files_that_the_reference_names(technical_file: Path) -> None:
    written = {p.relative_to(technical_file).as_posix() for p in technical_file.rglob("*") if p.is_file()}
    page = (DOCS / "reference/files.md").read_text("utf-8")
    named = {
        n for n in re.findall(r"^\| `([^`]+)` \| yes", page, re.MULTILINE) if "<" not in n and "..." not in n
    }
    assert named == {w for w in written if not w.startswith("annex-vii/")}


def test_the_commands_that_check_digests_find_nothing_in_an_untouched_file(technical_file: Path) -> None:
    for command in blocks("howto/authority.md", "sh"):
        if "jq" in command and not shutil.which("jq"):
            continue
        if not shutil.which("sha256sum") or "sphinx-build" in command:
            continue
        command = command.replace("python -c", f"{sys.executable} -c")
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=technical_file,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stderr}"
        assert "changed:" not in done.stdout


def test_the_commands_that_check_digests_notice_a_change(technical_file: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(technical_file, tmp_path / "copy"))
    (copy / "matrix.csv").write_bytes(b"other")
    command = next(b for b in blocks("howto/authority.md", "sh") if "hashlib" in b)
    done = subprocess.run(
        ["bash", "-c", command.replace("python -c", f"{sys.executable} -c")],
        cwd=copy,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == ["changed:", "matrix.csv"]


def test_the_reference_names_every_directive_and_option() -> None:
    page = (DOCS / "reference/directives.md").read_text("utf-8")
    sections = {s.partition("`")[0]: s for s in page.split("\n## `")[1:]}
    options = reference.options()
    assert set(sections) == set(options)
    for name, section in sections.items():
        assert set(re.findall(r"`:([a-z-]+):`", section.partition("\n## ")[0])) == options[name], name


@pytest.mark.parametrize("enum", [Code, State], ids=lambda e: e.__name__)
def test_every_member_that_the_reference_lists_says_what_it_means(enum: type[Code] | type[State]) -> None:
    assert [name for name, said in reference.docs(enum).items() if not said] == []


def test_the_cases_that_the_reference_decides_reach_every_state() -> None:
    reached = {line.split("|")[2].strip(" `") for line in reference.cases().splitlines()[2:]}
    assert reached == {s.value for s in State}


def test_the_examples_for_ci_are_yaml() -> None:
    examples = [yaml.safe_load(b) for b in blocks("howto/ci.md", "yaml")]
    assert len(examples) == 2
    assert all("docs" in str(e) for e in examples)


def test_no_page_says_that_something_complies() -> None:
    words = re.compile(r"\b(compliant|complies|comply|conformant|conforms)\b", re.IGNORECASE)
    found = {
        p.name: words.findall(p.read_text("utf-8"))
        for p in [*DOCS.rglob("*.md"), DOCS.parent / "CHANGELOG.md"]
    }
    assert {name: hits for name, hits in found.items() if hits} == {}
