"""Small Sphinx projects, written by a test and built as users build theirs."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from textwrap import dedent
from typing import TYPE_CHECKING, Any

from bs4 import BeautifulSoup
from sphinx.application import Sphinx
from sphinx.util.console import strip_colors
from sphinx.util.docutils import docutils_namespace, patch_docutils

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CONF = """\
project = "Gateway"
author = "Example Works"
extensions = ["sphinx_cra", "myst_parser"]
myst_enable_extensions = ["colon_fence"]
html_theme = "basic"
html_copy_source = False
exclude_patterns = ["parts"]
"""

ROLES = {"warning", "error", "critical", "severe"}


@dataclass(frozen=True)
class Result:
    """A finished build."""

    source: Path
    out: Path
    warnings: tuple[str, ...]
    """Each on one line, with paths relative to the sources."""
    status: str
    code: int

    def cra(self) -> tuple[str, ...]:
        """The warnings of ours."""
        return tuple(w for w in self.warnings if re.search(r"\[cra\.\w+\]$", w))

    def others(self) -> tuple[str, ...]:
        return tuple(w for w in self.warnings if w not in self.cra())

    def read(self, name: str) -> str:
        return (self.out / name).read_text("utf-8")

    def page(self, name: str) -> BeautifulSoup:
        soup = BeautifulSoup(self.read(name), "html.parser")
        for place in soup.find_all("wbr"):  # where a long word may break: nothing that is read
            place.decompose()
        soup.smooth()
        return soup

    def words(self, name: str) -> str:
        """What a reader of a page sees, with single spaces."""
        soup = self.page(name)
        main = soup.find(attrs={"role": "main"}) or soup
        return " ".join(main.get_text(" ").split())

    def table(self, name: str, cls: str, number: int = 0) -> list[list[str]]:
        """Cells of one of our tables on a page, head first."""
        node = self.page(name).select(f"table.{cls}")[number]
        return [
            [" ".join(c.get_text(" ").split()) for c in row.find_all(["th", "td"], recursive=False)]
            for row in node.find_all("tr")
        ]

    @cached_property
    def data(self) -> dict[str, Any]:
        """The assessment as written, by an HTML build or by ours."""
        path = self.out / "_cra/assessment.json"
        found: dict[str, Any] = json.loads((path if path.is_file() else self.out / path.name).read_bytes())
        return found

    @property
    def items(self) -> dict[str, dict[str, Any]]:
        return {i["id"]: i for i in self.data["items"]}

    def row(self, clause: str) -> dict[str, Any]:
        found: dict[str, Any] = next(r for r in self.data["rows"] if r["clause"] == clause)
        return found

    def point(self, point: str) -> dict[str, Any]:
        found: dict[str, Any] = next(p for p in self.data["dossier"] if p["point"] == point)
        return found

    def files(self, *suffixes: str) -> dict[str, bytes]:
        """Every file written, by its path; only those with one of ``suffixes`` where some are given."""
        return {
            path.relative_to(self.out).as_posix(): path.read_bytes()
            for path in sorted(self.out.rglob("*"))
            if path.is_file() and (not suffixes or path.suffix in suffixes)
        }


class Project:
    """A folder of sources, and builds of it."""

    def __init__(self, folder: Path, files: Mapping[str, str | bytes], conf: str = "") -> None:
        self.folder = folder
        self.source = folder / "src"
        self.write("conf.py", CONF + dedent(conf))
        for name, content in files.items():
            self.write(name, content)

    def write(self, name: str, content: str | bytes) -> None:
        path = self.source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else dedent(content).encode())

    def append(self, name: str, content: str) -> None:
        path = self.source / name
        path.write_text(path.read_text("utf-8") + dedent(content), "utf-8")

    def replace(self, name: str, old: str, new: str) -> None:
        path = self.source / name
        text = path.read_text("utf-8")
        assert old in text, f"{old!r} is not in {name}"
        path.write_text(text.replace(old, new), "utf-8")

    def remove(self, name: str) -> None:
        (self.source / name).unlink()

    def build(
        self,
        builder: str = "html",
        *,
        to: str = "",
        doctrees: str = "",
        strict: bool = False,
        **confoverrides: Any,
    ) -> Result:
        """Build in this process; again into the same folder where ``to`` was built to before.

        :param to: name of the output; every name has doctrees of its own unless ``doctrees`` says which.
        :param strict: let warnings fail the build, as ``-W`` does.
        """
        to = to or builder
        out = self.folder / "out" / to
        doctreedir = self.folder / "doctrees" / (doctrees or to)
        status, warning = io.StringIO(), io.StringIO()
        with patch_docutils(str(self.source)), docutils_namespace():
            app = Sphinx(
                self.source,
                self.source,
                out,
                doctreedir,
                builder,
                confoverrides,
                status=status,
                warning=warning,
                warningiserror=strict,
            )
            app.build()
        return Result(
            source=self.source,
            out=out,
            warnings=_warnings(warning.getvalue(), self.source),
            status=strip_colors(status.getvalue()),
            code=app.statuscode,
        )

    def run(self, builder: str = "html", *arguments: str, to: str = "") -> Result:
        """Build in a process of its own, as the command line does."""
        to = to or builder
        out = self.folder / "out" / to
        command = [sys.executable, "-m", "sphinx", "-b", builder, "--no-color"]
        command += ["-d", str(self.folder / "doctrees" / to), *arguments, str(self.source), str(out)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return Result(
            source=self.source,
            out=out,
            warnings=_warnings(done.stderr, self.source),
            status=done.stdout,
            code=done.returncode,
        )


_BEGINS = re.compile(r"^(?:\S[^\n]*?: )?(?:WARNING|ERROR|CRITICAL|SEVERE)[: ]")


def _warnings(text: str, source: Path) -> tuple[str, ...]:
    """The log, with what belongs to one warning put into one line."""
    found: list[str] = []
    for line in strip_colors(text).replace(f"{source}/", "").splitlines():
        if found and line.strip() and not _BEGINS.match(line):
            found[-1] += f" {line.strip()}"
        elif line.strip():
            found.append(line.strip())
    return tuple(found)


def project(folder: Path, files: Mapping[str, str | bytes], conf: str = "") -> Project:
    """A project of these files; ``conf`` is appended to a ``conf.py`` that has our extension."""
    return Project(folder, files, conf)


def dead_links(result: Result) -> list[str]:
    """Every link inside HTML output that leads to no file, or to no element of it."""
    pages = {name: BeautifulSoup(content, "html.parser") for name, content in result.files(".html").items()}
    ids = {
        name: {node["id"] for node in soup.find_all(id=True)}
        | {a["name"] for a in soup.find_all("a", attrs={"name": True})}
        for name, soup in pages.items()
    }
    dead = []
    for name, soup in pages.items():
        for link in soup.find_all(href=True):
            href = str(link["href"])
            if re.match(r"[a-z]+:", href) or link.name == "link":
                continue
            path, _, anchor = href.partition("#")
            target = (result.out / name).parent / path.partition("?")[0] if path else result.out / name
            if target.is_dir():
                target = target / "index.html"
            key = _relative(target, result.out)
            if not target.is_file() or (anchor and key in ids and anchor not in ids[key]):
                dead.append(f"{name}: {href}")
    return dead


def _relative(path: Path, folder: Path) -> str:
    resolved = path.resolve()
    return (
        resolved.relative_to(folder.resolve()).as_posix()
        if resolved.is_relative_to(folder.resolve())
        else str(path)
    )
