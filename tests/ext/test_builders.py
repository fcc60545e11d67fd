"""Every builder writes what we show; nothing that an author writes becomes markup; no link is dead."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook

from small_project import Project, Result, dead_links, project

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = "<script>alert(1)</script>"
FORMULA = '=HYPERLINK("https://evil.example","click")'
ARABIC = "التحكم في الوصول"
LONG = "x" * 250 + " " + "y" * 249
FILES = {
    "index.rst": f"""\
        Gateway
        =======

        See :cra:`CRA_ANX_I_P1_2_D` and :cra:`IEC62443_4_1_SVV_3`.

        .. toctree::

           sub/needs
           design
           law
           views

        .. control:: On the first page {SCRIPT}
           :id: CTRL_FIRST
           :satisfies: CRA_ANX_I_P1_2_A
        """,
    "sub/needs.rst": f"""\
        Needs
        =====

        .. requirement:: {SCRIPT}
           :id: REQ_SCRIPT
           :satisfies: CRA_ANX_I_P1_2_D

        .. requirement:: {FORMULA}
           :id: REQ_FORMULA
           :satisfies: CRA_ANX_I_P1_2_E

        .. requirement:: {ARABIC}
           :id: REQ_ARABIC
           :satisfies: CRA_ANX_I_P1_2_F

        .. requirement:: {LONG}
           :id: REQ_LONG
           :satisfies: CRA_ANX_I_P1_2_H

        .. risk:: +1-1 \\<b\\>bold\\</b\\> & co
           :id: RISK_1
           :asset: <img src=x onerror=alert(1)>
           :threat: @SUM(A1)
           :treatment: mitigate
           :concerns: CRA_ANX_I_P1_2_D

        .. control:: 日本語 and Ελληνικά
           :id: CTRL_1
           :implements: REQ_SCRIPT, REQ_FORMULA
           :mitigates: RISK_1

        .. evidence:: Elsewhere
           :id: EVID_URL
           :kind: report
           :url: javascript://%0aalert(1)
           :select: <script>alert(2)</script>
           :verifies: CTRL_1

        .. evidence:: There
           :id: EVID_WEB
           :kind: report
           :url: https://reports.example.org/?a=1&b="2"
           :verifies: CTRL_1

        .. exclusion:: -2+3
           :id: EXCL_1
           :excludes: CRA_ANX_I_P1_2_G

           Because {SCRIPT}.
        """,
    "design.md": "# Design {cra}`CRA_ANX_I_P1_2_D`\n\n```{cra-section} 2a\n```\n\nBoxes, `CTRL_1`.\n",
    "law.rst": "Law\n===\n\n.. cra-catalogue:: cra\n   :part: CRA_ANX_I\n\n.. cra-catalogue:: iec62443-4-1\n",
    "views.rst": """\
        Views
        =====

        .. cra-overview::

        .. cra-matrix:: cra
           :part: CRA_ANX_I

        .. cra-gaps:: cra
           :part: CRA_ANX_I

        .. cra-items::

        .. cra-evidence::

        .. cra-annex-vii::
        """,
    "cra.yaml": """\
        product:
          name: Gateway <script>alert(3)</script>
          release: "1.0"
          intended_purpose: "=1+1"
        manufacturer:
          name: "@Works"
        contacts:
          disclosure_policy: https://example.org/policy
        """,
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return project(tmp_path_factory.mktemp("builders"), FILES, 'version = "1.0"\ncopyright = "us"\n')


@pytest.fixture(scope="module")
def html(made: Project) -> Result:
    return made.build()


@pytest.fixture(scope="module")
def single(made: Project) -> Result:
    return made.build("singlehtml")


# ----------------------------------------------------------------------------- injection


def test_nothing_is_warned_of(html: Result) -> None:
    assert html.warnings == ()


@pytest.mark.parametrize("builder", ["html", "single"])
def test_nothing_that_an_author_writes_becomes_markup(builder: str, request: pytest.FixtureRequest) -> None:
    result: Result = request.getfixturevalue(builder)
    for name in result.files(".html"):
        page = result.page(name)
        assert not [s for s in page.find_all("script") if "alert" in s.get_text()]
        assert not page.find_all("img", src="x")
        assert not [b for b in page.find_all("b") if b.get_text() == "bold"]
        assert not [a for a in page.find_all(href=True) if str(a["href"]).startswith("javascript:")]


def test_what_looks_like_markup_is_shown_as_written(html: Result) -> None:
    titles = {row[0]: row[2] for row in html.table("views.html", "cra-items")[1:]}
    assert titles == {
        "CTRL_1": "日本語 and Ελληνικά",
        "CTRL_FIRST": f"On the first page {SCRIPT}",
        "EVID_URL": "Elsewhere",
        "EVID_WEB": "There",
        "EXCL_1": "-2+3",
        "REQ_ARABIC": ARABIC,
        "REQ_FORMULA": FORMULA,
        "REQ_LONG": LONG,
        "REQ_SCRIPT": SCRIPT,
        "RISK_1": "+1-1 \\<b\\>bold\\</b\\> & co",
    }
    words = html.words("views.html")
    assert "<img src=x onerror=alert(1)>" in words
    assert "javascript://%0aalert(1)" in words
    assert html.page("views.html").find("a", href='https://reports.example.org/?a=1&b="2"') is not None


def test_no_cell_of_the_spreadsheet_or_the_csv_is_a_formula(html: Result) -> None:
    book = load_workbook(html.out / "_cra/matrix.xlsx")
    values = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert [c.coordinate for c in values if c.data_type == "f"] == []
    assert any(str(c.value).endswith(FORMULA) for c in values)
    assert any(c.value == LONG for c in values)
    text = html.read("_cra/matrix.csv")
    assert not re.search(r'(^|,)"?[=+@\t\r-]', text, flags=re.MULTILINE)


# --------------------------------------------------------------------------------- links


def test_no_link_of_the_pages_is_dead(html: Result) -> None:
    assert dead_links(html) == []


def test_no_link_of_pages_in_folders_is_dead(made: Project) -> None:
    result = made.build("dirhtml")

    assert result.warnings == ()
    assert dead_links(result) == []


def test_no_link_in_the_single_page_is_dead(single: Result) -> None:
    assert single.warnings == ()
    body = single.page("index.html").select_one("div.body")
    assert body is not None
    ids = {n["id"] for n in single.page("index.html").find_all(id=True)}
    links = [str(a["href"]) for a in body.find_all("a", href=True)]
    # Sphinx 9 itself leads its table of contents to sections with two hashes.
    ours = [h for h in links if h.startswith("#") and not re.fullmatch(r"#document-[\w/]+#[a-z0-9-]+", h)]
    assert len(ours) > 100
    assert [h for h in ours if h[1:] not in ids] == []


def test_no_reference_of_the_latex_file_is_dead(made: Project) -> None:
    result = made.build("latex")

    assert result.warnings == ()
    tex = next(iter(result.files(".tex").values())).decode()
    labels = set(re.findall(r"\\label\{(?:\\detokenize\{)?([^{}]+)\}", tex))
    labels |= set(re.findall(r"\\hypertarget\{(?:\\detokenize\{)?([^{}]+)\}", tex))
    targets = set(re.findall(r"\\hyperref\[(?:\\detokenize\{)?([^\]{}]+)\}?\]", tex))
    targets |= set(re.findall(r"\\hyperlink\{(?:\\detokenize\{)?([^{}]+)\}", tex))
    assert len(targets) > 30
    assert sorted(targets - labels) == []
    for need in ("REQ_SCRIPT", "CTRL_1", "RISK_1"):
        assert need.replace("_", r"\_") in tex


def test_the_links_of_the_spreadsheet_lead_to_pages_that_are_there(made: Project) -> None:
    base = "https://docs.example.org/gw"
    for builder in ("html", "dirhtml"):
        result = made.build(builder, to=f"{builder}-based", cra_base_url=f"{base}/")
        book = load_workbook(result.out / "_cra/matrix.xlsx")
        links = {
            c.hyperlink.target + (f"#{c.hyperlink.location}" if c.hyperlink.location else "")
            for s in book
            for row in s.iter_rows()
            for c in row
            if c.hyperlink and c.hyperlink.target
        }
        ours = sorted(link for link in links if link.startswith(base))
        assert len(ours) > 50
        ids: dict[str, set[str]] = {}
        for link in ours:
            path, _, anchor = link.removeprefix(f"{base}/").partition("#")
            name = f"{path}index.html" if path == "" or path.endswith("/") else path
            if name not in ids:
                ids[name] = {str(n["id"]) for n in result.page(name).find_all(id=True)}
            assert anchor in ids[name], link


# ------------------------------------------------------------------------- other builders


@pytest.mark.parametrize(
    "builder", ["text", "man", "texinfo", "epub", "gettext", "xml", "pseudoxml", "needs", "json", "changes"]
)
def test_a_builder_writes_without_a_complaint(made: Project, builder: str) -> None:
    result = made.build(builder)

    assert result.cra() == ()
    # sphinx-needs spans cells in its boxes, and leaves files in a book that no reader knows.
    theirs = re.compile(r"^(sub/needs|index).*cell spanning|epub.unknown_project_files")
    assert [w for w in result.warnings if not theirs.search(w)] == []
    assert result.files()


def test_text_has_the_matrix_in_words(made: Project) -> None:
    text = made.build("text").read("views.txt")
    assert "REQ_SCRIPT" in text
    assert SCRIPT in text
    for state in ("planned", "open", "excluded"):
        assert state in text


def test_pages_of_a_book_are_well_formed(made: Project) -> None:
    from xml.etree import ElementTree

    for content in made.build("epub").files(".xhtml").values():
        ElementTree.fromstring(content.decode().replace("&nbsp;", " "))


def test_a_link_check_does_not_stop_at_our_nodes(tmp_path: Path) -> None:
    files = {"index.rst": "T\n=\n\n.. cra-matrix::\n   :part: CRA_ANX_I_P2\n\n.. cra-annex-vii::\n"}
    result = project(tmp_path, files).build("linkcheck", linkcheck_ignore=["https?://.*"])

    assert result.warnings == ()
    assert result.code == 0


def test_the_needs_file_has_the_clauses_and_the_items(made: Project) -> None:
    text = made.build("needs").read("needs.json")
    assert '"CRA_ANX_I_P1_2_D"' in text
    assert '"REQ_SCRIPT"' in text
