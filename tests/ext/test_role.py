"""The role ``cra``: how a clause is cited, and where the citation leads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from small_project import Result, project

if TYPE_CHECKING:
    from pathlib import Path

INDEX = """\
Start
=====

Plain :cra:`CRA_ART_13_8_SP2`, with a title :cra:`where it is said <CRA_ART_13_8_SP3>`, of another framework
:cra:`IEC62443_4_1_SVV_3`, and unknown :cra:`CRA_ART_13_88`.

.. toctree::

   deep/notes
   law
"""
NOTES = """\
# Notes on {cra}`CRA_ANX_I_P1_2_E` and more

In Markdown {cra}`CRA_ANX_I_P1_2_D`,
and unknown {cra}`cra_anx_i_p1_2_d`.
"""
LAW = "Law\n===\n\n.. cra-catalogue:: cra\n   :part: CRA_ANX_I\n"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Result:
    files = {"index.rst": INDEX, "deep/notes.md": NOTES, "law.rst": LAW}
    return project(tmp_path_factory.mktemp("role"), files).build()


def test_a_clause_is_cited_as_people_cite_it(built: Result) -> None:
    words = built.words("index.html")
    assert "Plain Article 13(8), second subparagraph , with a title where it is said , of" in words
    assert "IEC 62443-4-1 SVV-3" in words


def test_a_citation_leads_to_the_page_of_the_clause_and_to_the_official_journal(built: Result) -> None:
    links = built.page("deep/notes.html").select("p a.cra-cite, p .cra-official a")
    assert [(a.get_text(), a["href"]) for a in links] == [
        ("Annex I, Part I, point (2)(d)", "../law.html#CRA_ANX_I_P1_2_D"),
        ("OJ", "https://eur-lex.europa.eu/legal-content/EN/TXT/HTML/?uri=OJ:L_202402847#anx_I"),
    ]
    assert built.page("law.html").find(id="CRA_ANX_I_P1_2_D") is not None


def test_a_citation_of_a_clause_without_a_page_leads_to_the_official_journal(built: Result) -> None:
    link = built.page("index.html").find("a", string="where it is said")
    assert link is not None
    assert link["href"] == "https://eur-lex.europa.eu/legal-content/EN/TXT/HTML/?uri=OJ:L_202402847#013.008"


def test_a_citation_in_a_title_reads_well_wherever_the_title_is_shown(built: Result) -> None:
    title = "Notes on Annex I, Part I, point (2)(e) and more"
    assert built.page("index.html").find("a", string=title) or title in built.words("index.html")
    assert built.page("deep/notes.html").title.get_text() == f"{title} — Gateway  documentation"
    assert built.page("law.html").find("link", rel="prev")["title"] == title
    assert title in built.read("searchindex.js")


def test_an_unknown_clause_is_said_at_its_line_with_the_nearest_ids(built: Result) -> None:
    assert built.warnings == (
        (
            "deep/notes.md:3: WARNING: unknown clause cra_anx_i_p1_2_d; did you mean CRA_ANX_I_P1_2_D? "
            "[cra.unknown_clause]"
        ),
        (
            "index.rst:4: WARNING: unknown clause CRA_ART_13_88; did you mean CRA_ART_13_8, CRA_ART_13_18 or "
            "CRA_ART_19_8? [cra.unknown_clause]"
        ),
    )
    assert "CRA_ART_13_88" in built.words("index.html")


def test_an_unknown_clause_can_be_silenced_alone(tmp_path: Path) -> None:
    files = {"index.rst": INDEX, "deep/notes.md": NOTES, "law.rst": LAW}
    conf = 'suppress_warnings = ["cra.unknown_clause"]'
    assert project(tmp_path, files, conf).build().warnings == ()
