"""Authoring: our need types in reST and Markdown, and beside the types of a project."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from small_project import project

if TYPE_CHECKING:
    from pathlib import Path


RST = """\
Login
=====

.. toctree::

   notes

.. risk:: Guessed password
   :id: RISK_GUESS
   :asset: web login
   :threat: guessing from the network
   :likelihood: high
   :impact: high
   :treatment: mitigate
   :residual: low
   :concerns: CRA_ANX_I_P1_2_D

   Somebody tries many.

.. requirement:: Users log in
   :id: REQ_LOGIN
   :satisfies: CRA_ANX_I_P1_2_D
   :mitigates: RISK_GUESS

   Nobody gets in without an account.

.. control:: Rate limit
   :id: CTRL_RATE
   :implements: REQ_LOGIN

   Ten tries a minute.

.. exclusion:: No personal data
   :id: EXCL_DATA
   :excludes: CRA_ANX_I_P1_2_G
   :because_of: RISK_GUESS
   :decided_by: Jo
   :review_by: 2028-01-01

   It stores nothing of anybody.
"""

MYST = """\
# Notes

```{evidence} Login tests
:id: EVID_LOGIN
:kind: file
:file: conf.py
:version: "1.0"
:date: 2027-01-01
:verifies: CTRL_RATE, REQ_LOGIN

What was run.
```

:::{control} Lockout
:id: CTRL_LOCK
:satisfies: CRA_ANX_I_P1_2_D

It locks.
:::
"""


def test_each_type_keeps_its_fields_and_links_in_rest_and_in_markdown(tmp_path: Path) -> None:
    result = project(tmp_path, {"index.rst": RST, "notes.md": MYST}).build()

    assert result.warnings == ()
    found = result.items
    assert sorted(found) == ["CTRL_LOCK", "CTRL_RATE", "EVID_LOGIN", "EXCL_DATA", "REQ_LOGIN", "RISK_GUESS"]
    assert found["RISK_GUESS"]["fields"] == {
        "asset": "web login",
        "threat": "guessing from the network",
        "likelihood": "high",
        "impact": "high",
        "treatment": "mitigate",
        "residual": "low",
    }
    assert found["RISK_GUESS"]["links"] == {"concerns": ["CRA_ANX_I_P1_2_D"]}
    assert found["REQ_LOGIN"]["links"] == {"satisfies": ["CRA_ANX_I_P1_2_D"], "mitigates": ["RISK_GUESS"]}
    assert found["CTRL_RATE"]["links"] == {"implements": ["REQ_LOGIN"]}
    assert found["EVID_LOGIN"]["links"] == {"verifies": ["CTRL_RATE", "REQ_LOGIN"]}
    assert found["EVID_LOGIN"]["fields"]["kind"] == "file"
    assert found["EXCL_DATA"]["content"] == "It stores nothing of anybody."
    assert found["EXCL_DATA"]["fields"] == {"decided_by": "Jo", "review_by": "2028-01-01"}
    assert found["EXCL_DATA"]["links"] == {"excludes": ["CRA_ANX_I_P1_2_G"], "because_of": ["RISK_GUESS"]}
    assert result.row("CRA_ANX_I_P1_2_G")["state"] == "excluded"
    assert result.row("CRA_ANX_I_P1_2_D")["state"] == "covered"  # CTRL_LOCK has no evidence


def test_places_name_the_page_and_the_line_of_the_directive(tmp_path: Path) -> None:
    result = project(tmp_path, {"index.rst": RST, "notes.md": MYST}).build()

    places = {i: (v["place"]["source"], v["place"]["line"]) for i, v in result.items.items()}
    assert places["RISK_GUESS"] == ("index", 8)
    assert places["CTRL_RATE"] == ("index", 27)
    assert places["EVID_LOGIN"] == ("notes", 3)
    assert places["CTRL_LOCK"] == ("notes", 14)


# ------------------------------------------------------------------- types of the project


def test_default_types_of_sphinx_needs_go_where_the_project_declares_none(tmp_path: Path) -> None:
    result = project(tmp_path, {"index.rst": "T\n=\n\n.. req:: Old\n   :id: REQ_OLD\n"}).build()

    assert any('Unknown directive type "req"' in w for w in result.warnings)


OWN_TYPES = """\
needs_types = [
    dict(directive="spec", title="Specification", prefix="S_", color="#fff", style="node"),
    dict(directive="control", title="Massnahme", prefix="M_", color="#abc", style="node"),
]
"""


def test_types_of_the_project_stay_and_ours_come_beside_them(tmp_path: Path) -> None:
    source = """\
    T
    =

    .. spec:: Ours
       :id: SPEC_1

    .. requirement:: R
       :id: REQ_1
       :satisfies: CRA_ANX_I_P1_2_D

    .. control:: C
       :id: CTRL_1
       :implements: REQ_1
    """
    result = project(tmp_path, {"index.rst": source}, OWN_TYPES).build()

    assert result.warnings == ()
    assert sorted(result.items) == ["CTRL_1", "REQ_1"]  # a spec is nothing to us
    assert "Massnahme" in result.words("index.html")
    assert result.row("CRA_ANX_I_P1_2_D")["state"] == "covered"


def test_default_types_that_are_adopted_stay(tmp_path: Path) -> None:
    source = """\
    T
    =

    .. req:: R
       :id: REQ_1
       :links: CRA_ANX_I_P1_2_D
    """
    result = project(tmp_path, {"index.rst": source}, 'cra_types = {"req": "requirement"}').build()

    assert result.cra() == ()
    assert result.items["REQ_1"]["links"] == {"satisfies": ["CRA_ANX_I_P1_2_D"]}


ADOPTED = """\
needs_types = [
    dict(directive="feat", title="Feature", prefix="F_", color="#fff", style="node"),
    dict(directive="impl", title="Implementation", prefix="I_", color="#fff", style="node"),
    dict(directive="test", title="Test", prefix="T_", color="#fff", style="node"),
]
needs_fields = {"report": {"nullable": True, "schema": {"type": "string"}}}
needs_links = {
    "realises": {"outgoing": "realises", "incoming": "realised by"},
    "tested_by": {"outgoing": "tested by", "incoming": "tests"},
    "law": {"outgoing": "law", "incoming": "law of", "allow_dead_links": True},
}
cra_types = {
    "feat": {"as": "requirement", "links": {"law": "satisfies"}, "links_back": {"tested_by": "verifies"}},
    "impl": {"as": "control", "links": {"realises": ["implements"]}},
    "test": {"as": "evidence", "fields": {"file": "report"}},
}
"""


def test_adopted_types_bring_their_own_fields_links_and_links_back(tmp_path: Path) -> None:
    source = """\
    T
    =

    .. feat:: F
       :id: FEAT_1
       :law: CRA_ANX_I_P1_2_D
       :tested_by: TEST_1

    .. impl:: I
       :id: IMPL_1
       :realises: FEAT_1

    .. test:: T
       :id: TEST_1
       :kind: file
       :report: conf.py
    """
    result = project(tmp_path, {"index.rst": source}, ADOPTED).build()

    assert result.warnings == ()
    found = result.items
    assert {i: v["kind"] for i, v in found.items()} == {
        "FEAT_1": "requirement",
        "IMPL_1": "control",
        "TEST_1": "evidence",
    }
    assert found["FEAT_1"]["type"] == "feat"
    assert found["TEST_1"]["fields"]["file"] == "conf.py"
    assert found["TEST_1"]["links"] == {"verifies": ["FEAT_1"]}
    assert result.row("CRA_ANX_I_P1_2_D")["state"] == "verified"


def test_a_link_back_to_nothing_is_told_like_any_other_link_to_nothing(tmp_path: Path) -> None:
    source = """\
    T
    =

    .. feat:: F
       :id: FEAT_1
       :tested_by: TEST_2

    .. test:: T
       :id: TEST_1
       :kind: file
       :report: conf.py
       :verifies: FEAT_1
    """
    (said,) = project(tmp_path, {"index.rst": source}, ADOPTED).build().cra()
    assert said == (
        "index.rst:4: WARNING: FEAT_1: tested_by names TEST_2, and there is no such evidence; "
        "did you mean TEST_1? [cra.unknown_need]"
    )


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            '{"feat": "feature"}',
            (
                "conf.py:8: WARNING: cra_types: 'feat' must name one of risk, requirement, control, "
                "evidence, exclusion, "
                "or a mapping whose 'as' does [cra.config]"
            ),
        ),
        (
            '{"control": {"as": "control", "links": {"realises": "realizes"}}}',
            "conf.py:8: WARNING: cra_types: 'control': unknown link 'realizes' [cra.config]",
        ),
        (
            '{"contrl": "control"}',
            (
                "conf.py:8: WARNING: cra_types: the project has no need type 'contrl'; "
                "did you mean control? [cra.config]"
            ),
        ),
    ],
)
def test_a_wrong_adoption_is_one_warning(tmp_path: Path, value: str, message: str) -> None:
    result = project(tmp_path, {"index.rst": "T\n=\n"}, f"cra_types = {value}\n").build()

    assert result.warnings == (message,)


def test_a_field_or_link_that_an_adopted_type_does_not_have_is_a_warning(tmp_path: Path) -> None:
    source = "T\n=\n\n.. impl:: I\n   :id: IMPL_1\n\n.. test:: T\n   :id: TEST_1\n   :kind: file\n"
    conf = ADOPTED.replace('"realises": ["impl', '"realise": ["impl').replace(
        '"file": "report"', '"file": "repot"'
    )
    result = project(tmp_path, {"index.rst": source}, conf).build()

    none = "WARNING: cra_types: {!r} has no field or link {!r}; did you mean {}?"
    assert result.cra()[:2] == (
        f"conf.py:21: {none.format('impl', 'realise', 'realises')} [cra.config]",
        f"conf.py:22: {none.format('test', 'repot', 'report')} [cra.config]",
    )


def test_types_from_toml_stand_beside_ours(tmp_path: Path) -> None:
    toml = """\
    [[needs.types]]
    directive = "spec"
    title = "Specification"
    prefix = "S_"
    color = "#ffffff"
    style = "node"

    [[needs.types]]
    directive = "control"
    title = "Massnahme"
    prefix = "M_"
    color = "#ffffff"
    style = "node"
    """
    source = """\
    T
    =

    .. spec:: S
       :id: SPEC_1

    .. control:: C
       :id: CTRL_1
       :satisfies: CRA_ANX_I_P1_2_D

    .. evidence:: E
       :id: EVID_1
       :kind: file
       :file: conf.py
       :verifies: CTRL_1
    """
    files = {"index.rst": source, "needs.toml": toml}
    result = project(tmp_path, files, 'needs_from_toml = "needs.toml"').build()

    assert result.warnings == ()
    assert result.row("CRA_ANX_I_P1_2_D")["state"] == "verified"
    assert "Massnahme" in result.words("index.html")


def test_a_clause_type_of_the_project_does_not_keep_the_catalogue_away(tmp_path: Path) -> None:
    conf = 'needs_types = [dict(directive="clause", title="C", prefix="C_", color="#fff", style="node")]'
    source = (
        "T\n=\n\n.. clause:: Contract\n   :id: CONTRACT_1\n\n.. cra-catalogue:: cra\n   :part: CRA_ANX_I\n"
    )
    result = project(tmp_path, {"index.rst": source}, conf).build()

    assert result.warnings == ()
    page = result.page("index.html")
    assert page.find(id="CRA_ANX_I_P1_2_D") is not None
    assert page.find(id="CONTRACT_1") is not None


def test_a_pattern_of_the_project_for_ids_does_not_keep_the_catalogue_away(tmp_path: Path) -> None:
    source = """\
    T
    =

    .. cra-catalogue:: cra
       :part: CRA_ANX_I

    .. control:: C
       :id: GW-001
       :satisfies: CRA_ANX_I_P1_2_D
    """
    result = project(tmp_path, {"index.rst": source}, 'needs_id_regex = r"^GW-[0-9]{3}$"').build()

    assert result.warnings == ()
    assert result.page("index.html").find(id="CRA_ANX_I_P1_2_D") is not None
    assert result.row("CRA_ANX_I_P1_2_D")["carriers"] == ["GW-001"]


# --------------------------------------------------------------------- where needs stand


def test_needs_in_needs_in_includes_and_in_other_directives_all_count(tmp_path: Path) -> None:
    source = """\
    T
    =

    .. include:: parts/shared.rst

    .. note::

       .. control:: In a note
          :id: CTRL_NOTE
          :satisfies: CRA_ANX_I_P1_2_A

    .. requirement:: Outer
       :id: REQ_OUTER
       :satisfies: CRA_ANX_I_P1_2_B

       .. control:: Inner
          :id: CTRL_INNER
          :implements: REQ_OUTER

          .. evidence:: Innermost
             :id: EVID_INNER
             :kind: file
             :file: conf.py
             :verifies: CTRL_INNER

    .. list-table::

       * - .. control:: In a table
              :id: CTRL_CELL
              :satisfies: CRA_ANX_I_P1_2_C
    """
    files = {
        "index.rst": source,
        "parts/shared.rst": ".. include:: parts/deeper.rst\n",
        "parts/deeper.rst": ".. control:: Included\n   :id: CTRL_INCL\n   :satisfies: CRA_ANX_I_P1_2_D\n",
    }
    result = project(tmp_path, files).build()

    assert result.warnings == ()
    assert sorted(result.items) == [
        "CTRL_CELL",
        "CTRL_INCL",
        "CTRL_INNER",
        "CTRL_NOTE",
        "EVID_INNER",
        "REQ_OUTER",
    ]
    assert result.row("CRA_ANX_I_P1_2_B")["state"] == "verified"
    assert result.row("CRA_ANX_I_P1_2_D")["state"] == "covered"


def test_an_id_in_lower_case_is_refused_at_its_line(tmp_path: Path) -> None:
    source = "T\n=\n\n.. control:: C\n   :id: ctrl_low\n   :satisfies: CRA_ANX_I_P1_2_D\n"
    result = project(tmp_path, {"index.rst": source}).build()

    assert result.warnings == (
        (
            "index.rst:4: WARNING: Need could not be created: Given ID 'ctrl_low' does not match "
            "configured regex '^[A-Z0-9_]{5,}' [needs.create_need]"
        ),
    )


def test_a_project_without_needs_builds_and_says_that_there_are_none(tmp_path: Path) -> None:
    views = ("items", "evidence", "matrix", "gaps", "annex-vii", "overview")
    source = "T\n=\n\n" + "".join(f".. cra-{view}::\n\n" for view in views)
    result = project(tmp_path, {"index.rst": source}).build()

    assert result.warnings == ()
    words = result.words("index.html")
    assert "No items are declared." in words
    assert "No evidence is declared." in words
    assert "There is no usable product file (cra.yaml)." in words
    assert result.items == {}
