"""What the directives show: catalogues, matrix, gaps, items, picture, evidence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from small_project import Result, dead_links, project

if TYPE_CHECKING:
    from pathlib import Path

NEEDS = """\
Needs
=====

.. toctree::
   :glob:

   *

.. risk:: Guessed password
   :id: RISK_1
   :treatment: mitigate
   :concerns: CRA_ANX_I_P1_2_D

.. requirement:: Users log in
   :id: REQ_1
   :satisfies: CRA_ANX_I_P1_2_D
   :mitigates: RISK_1

.. requirement:: Data is encrypted
   :id: REQ_2
   :satisfies: CRA_ANX_I_P1_2_E

.. control:: Accounts
   :id: CTRL_1
   :implements: REQ_1

.. control:: Signed updates
   :id: CTRL_2
   :satisfies: CRA_ANX_I_P1_2_C, IEC62443_4_2_CR_1_1

.. evidence:: Tests
   :id: EVID_1
   :kind: junit
   :file: parts/good.xml
   :version: 1.2
   :verifies: CTRL_1

.. evidence:: Broken tests
   :id: EVID_2
   :kind: junit
   :file: parts/bad.xml
   :verifies: CTRL_2

.. exclusion:: No personal data
   :id: EXCL_1
   :excludes: CRA_ANX_I_P1_2_G

   None is processed.
"""
GOOD = '<testsuite name="a" tests="1"><testcase classname="a" name="b"/></testsuite>'
BAD = '<testsuite name="a" tests="1"><testcase classname="a" name="b"><failure/></testcase></testsuite>'
FILES = {
    "index.rst": NEEDS,
    "parts/good.xml": GOOD,
    "parts/bad.xml": BAD,
    "matrix.rst": """\
        Matrix
        ======

        .. cra-matrix:: cra
           :part: CRA_ANX_I_P1

        .. cra-matrix::
           :states: failed, excluded

        .. cra-matrix:: iec62443-4-2
           :states: verified
        """,
    "gaps.rst": "Gaps\n====\n\n.. cra-gaps:: cra\n   :part: CRA_ANX_I\n",
    "items.rst": "Items\n=====\n\n.. cra-items::\n\n.. cra-items::\n   :kinds: risk, control\n",
    "evidence.rst": "Evidence\n========\n\n.. cra-evidence::\n",
    "picture.rst": "Picture\n=======\n\n.. cra-overview::\n",
    "law.rst": "Law\n===\n\n.. cra-catalogue:: cra\n   :part: CRA_ANX_I, CRA_ANX_VII\n",
    "duties.rst": "Duties\n======\n\n.. cra-catalogue:: cra\n   :part: CRA_ART_13\n",
    "iec.rst": "IEC\n===\n\n.. cra-catalogue:: iec62443-4-1\n",
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return project(tmp_path_factory.mktemp("views"), FILES).build()


def test_nothing_is_warned_of(built: Result) -> None:
    assert built.warnings == ()


def states(table: list[list[str]]) -> dict[str, str]:
    return {row[0].split()[-1]: row[-1] for row in table[1:] if len(row) == 6}


def test_the_matrix_has_a_row_for_every_clause_of_its_part_with_links_both_ways(built: Result) -> None:
    table = built.table("matrix.html", "cra-matrix")
    assert table[0] == ["Clause", "Requirements", "Controls", "Evidence", "Other frameworks", "State"]
    found = states(table)
    assert len(found) == 16  # two headings, (1), and (2)(a) to (m)
    assert found["CRA_ANX_I_P1_2_D"] == "verified 1/1 implemented 1/1 proven"
    assert found["CRA_ANX_I_P1_2_C"].startswith("failed")
    assert found["CRA_ANX_I_P1_2_E"].startswith("planned 0/1 implemented 0/1 proven")
    assert found["CRA_ANX_I_P1_2_G"] == "excluded"
    row = next(r for r in built.page("matrix.html").select("table.cra-matrix tr") if "P1_2_D" in r.get_text())
    assert [
        a["href"] for a in row.select("a.reference") if a.get_text() in ("REQ_1", "CTRL_1", "EVID_1")
    ] == [
        "index.html#REQ_1",
        "index.html#CTRL_1",
        "index.html#EVID_1",
    ]
    assert row.select_one('a[href="law.html#CRA_ANX_I_P1_2_D"]') is not None


def test_the_matrix_filters_by_state(built: Result) -> None:
    found = states(built.table("matrix.html", "cra-matrix", 1))
    assert sorted(found) == ["CRA_ANX_I_P1_2_C", "CRA_ANX_I_P1_2_G"]


def test_a_filter_that_leaves_nothing_says_so(built: Result) -> None:
    assert len(built.page("matrix.html").select("table.cra-matrix")) == 2
    assert "No clause is in one of these states." in built.words("matrix.html")


def test_gaps_have_their_count_of_how_many_a_reason_and_a_way_out(built: Result) -> None:
    words = built.words("gaps.html")
    table = built.table("gaps.html", "cra-gaps")
    counted = [r for r in built.data["rows"] if r["clause"].startswith("CRA_ANX_I_") and r["counted"]]
    gaps = [r for r in counted if r["gap"]]
    assert f"{len(gaps)} of {len(counted)} clauses that ask something of the maker are gaps." in words
    assert len(table) - 1 == len(gaps)
    assert all(row[2] and row[3] for row in table[1:])
    assert table[1][1].startswith("failed")
    assert not any("CRA_ANX_I_P1_2_G" in row[0] for row in table)  # excluded


def test_items_are_listed_with_all_their_links(built: Result) -> None:
    rows = {row[0]: row for row in built.table("items.html", "cra-items")[1:]}
    assert sorted(rows) == sorted(built.data["items"][n]["id"] for n in range(len(built.data["items"])))
    assert rows["REQ_1"][4:] == ["satisfies CRA_ANX_I_P1_2_D mitigates RISK_1", "implemented by CTRL_1"]
    assert rows["RISK_1"][5] == "mitigated by REQ_1"
    assert rows["EVID_2"][3] == "failed"


def test_items_can_be_narrowed_to_kinds(built: Result) -> None:
    rows = built.table("items.html", "cra-items", 1)[1:]
    assert [row[0] for row in rows] == ["RISK_1", "CTRL_1", "CTRL_2"]


def test_the_register_of_evidence_says_what_each_artefact_shows(built: Result) -> None:
    rows = built.table("evidence.html", "cra-evidence")
    assert rows[0] == ["Evidence", "Verifies", "Artefact", "Version and date", "Verdict"]
    assert [row[0].split()[0] for row in rows[1:]] == ["EVID_1", "EVID_2"]
    assert "parts/good.xml SHA-256 " in rows[1][2]
    assert rows[1][3] == "1.2 date not stated"
    assert rows[1][4].startswith("valid 1 passed")
    assert rows[2][4].startswith("failed")


def test_the_picture_names_the_state_of_every_point_of_annex_one_in_words(built: Result) -> None:
    svg = built.page("picture.html").select_one(".cra-overview svg")
    assert svg is not None
    points = [r for r in built.data["rows"] if re.fullmatch(r"CRA_ANX_I_P(1_1|1_2_[A-M]|2_\d)", r["clause"])]
    assert len(points) == 22
    boxes = [t.get_text() for t in svg.find_all("title")]
    for point in points:
        assert any(b.startswith(f"{point['printed']}, {point['title']}: {point['state']}. ") for b in boxes)
    link = svg.find("a", href="law.html#CRA_ANX_I_P1_2_D")
    assert link is not None


def test_a_catalogue_is_shown_in_the_structure_of_its_framework(built: Result) -> None:
    titles = [h.get_text().strip("¶") for h in built.page("law.html").select("h2")]
    assert len(titles) == len(set(titles)) == 3  # Annex I has two parts
    rows = [r for n in range(3) for r in built.table("law.html", "cra-clauses", n)[1:]]
    shown = [row[0].split()[-1] for row in rows]
    asked = [c["clause"] for c in built.data["rows"] if re.match(r"CRA_ANX_(I|VII)(_|$)", c["clause"])]
    assert shown == asked
    login = next(r for r in rows if r[0].endswith("CRA_ANX_I_P1_2_D"))
    assert login[3].startswith("REQ_1")


def test_every_anchor_of_a_catalogue_page_is_there_once(built: Result) -> None:
    for name in ("law.html", "duties.html", "iec.html"):
        ids = [n["id"] for n in built.page(name).find_all(id=True)]
        assert sorted(ids) == sorted(set(ids))


def test_the_page_of_a_clause_leads_back_to_what_links_to_it(built: Result) -> None:
    row = next(
        r
        for r in built.page("law.html").select("tr")
        if r.find(id="CRA_ANX_I_P1_2_D") or r.get("id") == "CRA_ANX_I_P1_2_D"
    )
    assert row.find("a", href="index.html#REQ_1") is not None
    need = built.page("index.html").find("a", href="law.html#CRA_ANX_I_P1_2_D")
    assert need is not None


# --------------------------------------------------------------------------- catalogues


def test_a_catalogue_that_is_shown_twice_is_shown_where_it_came_first(tmp_path: Path) -> None:
    source = """\
    T
    =

    .. cra-catalogue:: cra
       :part: CRA_ANX_I

    .. cra-catalogue:: cra
       :part: CRA_ANX_I_P2
    """
    result = project(tmp_path, {"index.rst": source}).build()

    assert result.warnings == (
        (
            "index.rst:7: WARNING: CRA_ANX_I_P2 is shown in index already; use :part: to show each once "
            "[cra.catalogue]"
        ),
    )
    ids = [n["id"] for n in result.page("index.html").find_all(id=True)]
    assert ids.count("CRA_ANX_I_P2_1") == 1


OWN = """\
catalogue:
  id: house
  title: House rules <b>bold</b>
  short: House
  edition: "2027"
  prefix: HOUSE_
  note: Ours alone.
groups:
  - id: a
    title: Part A & B
clauses:
  - id: HOUSE_1
    cite: Rule 1
    title: Lock the <script>alert(1)</script> door
    summary: The door is locked.
    group: a
"""
OWN_CONF = 'cra_catalogues = ["cra", "house.yaml"]\ncra_mappings = ["own-mapping.yaml"]\n'
MAPPING = """\
mapping:
  id: own
  title: Ours
  version: "1"
  clauses_of: cra
  supported_by: [house]
rows:
  - clause: CRA_ANX_I_P1_2_D
    overall: partial
    remaining_gap:
      - Everything behind the door.
    links:
      - by: [HOUSE_1]
        strength: partial
        basis: expert-judgement
"""


def test_a_catalogue_and_a_mapping_of_the_project_are_used_like_those_we_ship(tmp_path: Path) -> None:
    source = """\
    T
    =

    Cited :cra:`HOUSE_1`.

    .. cra-catalogue:: house

    .. control:: Key
       :id: CTRL_KEY
       :satisfies: HOUSE_1

    .. cra-gaps:: cra
       :part: CRA_ANX_I_P1_2_D
    """
    files = {"index.rst": source, "house.yaml": OWN, "own-mapping.yaml": MAPPING}
    result = project(tmp_path, files, OWN_CONF).build()

    assert result.warnings == ()
    assert result.row("CRA_ANX_I_P1_2_D")["state"] == "supported"
    assert "Everything behind the door." in result.words("index.html")
    assert "Cited House Rule 1 ." in result.words("index.html")
    assert result.page("index.html").find_all("script", string=re.compile("alert")) == []
    assert "Lock the <script>alert(1)</script> door" in result.words("index.html")
    assert "House rules <b>bold</b>" in result.words("index.html")


OVERLAY = """\
overlay:
  framework: iec62443-4-1
  licence: Company licence 4711
wording:
  IEC62443_4_1_SVV_3: Licensed & <i>exact</i> words.
titles:
  IEC62443_4_1_SVV_3: The true title
"""


def test_wording_of_an_overlay_is_shown_with_the_licence_it_is_held_under(tmp_path: Path) -> None:
    source = "T\n=\n\n.. cra-catalogue:: iec62443-4-1\n   :part: IEC62443_4_1_SVV\n"
    files = {"index.rst": source, "over.yaml": OVERLAY}
    result = project(tmp_path, files, 'cra_overlays = ["over.yaml"]').build()

    assert result.warnings == ()
    words = result.words("index.html")
    assert "Licensed & <i>exact</i> words." in words
    assert "The true title" in words
    assert "Wording shown under: Company licence 4711" in words


# ------------------------------------------------------------------- arguments of views


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            ".. cra-matrix:: iec62443-4-3",
            (
                "index.rst:4: WARNING: no catalogue 'iec62443-4-3' is loaded; did you mean iec62443-4-2 "
                "or iec62443-4-1? [cra.catalogue]"
            ),
        ),
        (
            ".. cra-catalogue:: nist",
            (
                "index.rst:4: WARNING: no catalogue 'nist' is loaded; loaded are cra, iec62443-4-1, "
                "iec62443-4-2 "
                "[cra.catalogue]"
            ),
        ),
        (
            ".. cra-gaps:: cra\n   :part: CRA_ANX_IX",
            (
                "index.rst:4: WARNING: cra has no clause at or below CRA_ANX_IX; did you mean "
                "CRA_ANX_VI, CRA_ANX_II or "
                "CRA_ANX_VII? "
                "[cra.unknown_clause]"
            ),
        ),
        (
            ".. cra-matrix:: cra\n   :states: compliant",
            (
                'index.rst:4: ERROR: Error in "cra-matrix" directive: invalid option value: (option: '
                '"states"; '
                "value: 'compliant') 'compliant' is not one of excluded, failed, verified, covered, planned, "
                "supported, open. .. cra-matrix:: cra :states: compliant [docutils]"
            ),
        ),
    ],
)
def test_an_argument_that_names_nothing_is_one_warning_at_its_line(
    tmp_path: Path, source: str, message: str
) -> None:
    result = project(tmp_path, {"index.rst": f"T\n=\n\n{source}\n"}).build()

    assert result.warnings == (message,)


@pytest.mark.parametrize("builder", ["html", "latex", "singlehtml"])
def test_what_stands_in_a_need_is_shown_where_sphinx_needs_copies_the_need_to(
    tmp_path: Path, builder: str
) -> None:
    need = """\
    Needs
    =====

    .. control:: C
       :id: CTRL_1
       :satisfies: CRA_ANX_I_P2_1

       See :cra:`CRA_ANX_I_P2_2`.

       .. cra-matrix::
          :part: CRA_ANX_I_P2

       .. cra-section:: 2a
    """
    files = {
        "index.rst": "T\n=\n\n.. toctree::\n\n   deep/needs\n   copy\n   law\n",
        "deep/needs.rst": need,
        "copy.rst": "Copy\n====\n\n.. needextract::\n   :filter: id == 'CTRL_1'\n",
        "law.rst": "Law\n===\n\n.. cra-catalogue:: cra\n   :part: CRA_ANX_I_P2\n",
    }
    result = project(tmp_path, files).build(builder)

    assert result.warnings == (
        "deep/needs.rst:13: WARNING: cra-section 2a stands in no section; put it under a title [cra.section]",
    )
    if builder == "html":
        page = result.page("copy.html")
        assert page.find("a", href="law.html#CRA_ANX_I_P2_2", class_="cra-cite") is not None
        assert len(page.select("table.cra-matrix tr")) > 8
        assert dead_links(result) == []
