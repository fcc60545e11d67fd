"""What ``sphinx-cra init`` writes builds at once, without a warning, and claims nothing that is not there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

import sphinx_cra
from small_project import Project
from sphinx_cra import starter
from sphinx_cra.cli import app
from sphinx_cra.starter import Markup

if TYPE_CHECKING:
    from small_project import Result


class Begun(Project):
    """A project that ``init`` made, or added to."""

    def __init__(self, folder: Path, *words: Any) -> None:
        self.folder, self.source = folder, folder / "src"
        done = CliRunner().invoke(app, ["init", str(self.source), *map(str, words)])
        assert done.exit_code == 0, done.output
        self.said = done.stdout


def states(result: Result) -> set[str | None]:
    return {r["state"] for r in result.data["rows"] if r["clause"].startswith("CRA_ANX_I_") and r["counted"]}


@pytest.mark.parametrize("markup", Markup)
def test_a_new_project_builds_without_a_warning_and_shows_its_gaps(tmp_path: Path, markup: Markup) -> None:
    docs = Begun(tmp_path, "--markup", markup, "--name", "Lock *7* _a_ `q`")
    html = docs.build(strict=True)
    assert (html.warnings, html.code) == ((), 0)
    assert "Lock *7* _a_ `q`" in html.words("index.html")
    assert html.data["mistakes"] == []
    assert states(html) <= {"open", "supported"}
    assert {p["presence"] for p in html.data["dossier"]} == {"missing"}
    assert all(p["sections"] for p in html.data["dossier"])
    assert html.table("cra/matrix.html", "cra-matrix")
    cra = docs.build("cra", strict=True)
    assert (cra.warnings, cra.code) == ((), 0)
    assert {"assessment.json", "manifest.json", "technical-file.pdf"} <= {p.name for p in cra.out.iterdir()}


def test_the_examples_in_the_comments_work_once_the_comment_is_taken_away(tmp_path: Path) -> None:
    docs = Begun(tmp_path)
    for path in (docs.source / "cra").glob("*.rst"):
        text = path.read_text("utf-8")
        blocks = re.sub(
            r"\n\.\.\n   For example .*\n((?:   .*\n|\n)+)",
            lambda m: re.sub(r"(?m)^   ", "", m[1]),
            text,
        )
        path.write_text(blocks, "utf-8")
    result = docs.build()
    assert {i["id"] for i in result.data["items"]} == {
        *("REQ_LOGIN", "CTRL_LOGIN", "EVID_LOGIN", "EVID_SBOM", "RISK_SETTINGS", "EXCL_UPLINK")
    }
    assert all("EVID_" in w and "no file" in w for w in result.warnings), result.warnings
    assert len(result.warnings) == 2


def test_an_existing_project_builds_once_the_printed_lines_are_added(tmp_path: Path) -> None:
    source = tmp_path / "src"
    source.mkdir()
    (source / "conf.py").write_text(
        'project = "Door"\nextensions = ["sphinx_needs"]\n'
        'needs_types = [{"directive": "sysreq", "title": "S", "prefix": "SYS_"}]\n'
    )
    (source / "index.rst").write_text("Door\n====\n\n.. sysreq:: It opens\n   :id: SYS_OPEN\n")
    docs = Begun(tmp_path)
    lines = docs.said.splitlines()
    added = [line.removeprefix("    ") for line in lines if line.startswith("    ") or not line]
    conf = next(n for n, line in enumerate(added) if line.startswith("extensions"))
    contents = added.index(".. toctree::")
    docs.append(
        "conf.py", "\n".join(added[conf:contents]).replace('# "sysreq": "..."', '"sysreq": "requirement"')
    )
    docs.append("index.rst", "\n" + "\n".join(added[contents : added.index("   cra/index") + 1]) + "\n")
    result = docs.build(strict=True)
    assert (result.warnings, result.code) == ((), 0)
    assert [i["kind"] for i in result.data["items"]] == ["requirement"]


def test_a_link_of_markdown_by_name_alone_still_builds(tmp_path: Path) -> None:
    docs = Begun(tmp_path, "--markup", "md")
    docs.append("index.md", "\n(here)=\n## A place\n\nSee [it](here).\n")
    result = docs.build(strict=True)
    assert (result.warnings, result.code) == ((), 0)


def test_pages_with_the_types_of_sphinx_needs_itself_still_build(tmp_path: Path) -> None:
    source = tmp_path / "src"
    source.mkdir()
    (source / "conf.py").write_text('extensions = ["sphinx_needs", "sphinx_cra"]\ncra_pdf = False\n')
    (source / "index.rst").write_text(
        "Door\n====\n\n.. req:: It opens\n   :id: R_OPEN\n\n.. test:: It does\n   :id: T_OPEN\n"
    )
    docs = Begun(tmp_path)
    docs.append("index.rst", "\n.. toctree::\n\n   cra/index\n")
    result = docs.build(strict=True)
    assert (result.warnings, result.code) == ((), 0)
    assert result.data["items"] == []
    docs.append("conf.py", 'cra_types = {"req": "requirement"}\n')
    assert [i["id"] for i in docs.build(strict=True).data["items"]] == ["R_OPEN"]


def test_links_and_fields_of_a_project_may_be_called_like_fields_and_links_of_ours(tmp_path: Path) -> None:
    docs = Begun(tmp_path)
    docs.append(
        "conf.py",
        'needs_links = {"supported_by": {"incoming": "supports", "outgoing": "supported by"}}\n'
        'needs_fields = {"concerns": {"schema": {"type": "string"}, "nullable": True}}\n',
    )
    text = "\n.. evidence:: E\n   :id: EVID_{0}\n   :kind: file\n   :file: cra.yaml\n"
    linked = text.format("B") + "   :supported_by: EVID_A\n"
    risk = "\n.. risk:: R\n   :id: RISK_A\n   :concerns: CRA_ANX_I_P1_1\n"
    docs.append("cra/tests.rst", text.format("A") + linked + risk)
    result = docs.build(strict=True)
    assert (result.warnings, result.code) == ((), 0)
    items = {i["id"]: i for i in result.data["items"]}
    assert all("supported_by" not in i["fields"] for i in items.values())
    assert items["RISK_A"]["links"] == {"concerns": ["CRA_ANX_I_P1_1"]}


def test_the_file_for_editors_may_be_the_configuration_of_the_build_too(tmp_path: Path) -> None:
    docs = Begun(tmp_path)
    need = "\n.. risk:: R\n   :id: RISK_A\n   :asset: keys\n   :concerns: CRA_ANX_I_P1_2_D\n"
    docs.append("cra/design.rst", need)
    docs.append("conf.py", 'needs_from_toml = "ubproject.toml"\n')
    result = docs.build(strict=True)
    assert result.warnings == ()
    (item,) = result.data["items"]
    assert item["fields"] == {"asset": "keys"}
    assert item["links"] == {"concerns": ["CRA_ANX_I_P1_2_D"]}


def test_editors_learn_every_directive_of_the_extension() -> None:
    ext = Path(sphinx_cra.__file__).parent / "ext"
    added = re.compile(r'add_directive\("(cra-[a-z-]+)"')
    known = {name for path in ext.rglob("*.py") for name in added.findall(path.read_text("utf-8"))}
    assert set(starter.DIRECTIVES) == known, "name it in sphinx_cra/starter.py too"
    assert list(starter.DIRECTIVES) == sorted(starter.DIRECTIVES)
