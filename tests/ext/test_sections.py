"""Annex VII: sections that are claimed for its points, and what the fifteen items lack."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from small_project import Result, project

if TYPE_CHECKING:
    from pathlib import Path

INDEX = """\
Start
=====

.. toctree::

   design
   parts-of-it
   production
   file
"""
DESIGN = """\
Design
======

.. cra-section:: 2a

Boxes and arrows.
"""
PARTS = """\
# Parts

Some words of its own.

## Purpose

```{cra-section} 1(a)
```

It routes.

### Within

Deeper.

## Pictures

:::{cra-section} 1c
:not-applicable:

It is *software* only.
:::
"""
PRODUCTION = """\
Production
==========

How it is made
--------------

.. cra-section:: 2c

The line.

How it is watched
-----------------

.. cra-section:: 2c

Nothing yet.
"""
FILE = "File\n====\n\n.. cra-annex-vii::\n"
PRODUCT = """\
product:
  name: Gateway
  release: "1.0"
  intended_purpose: Routing
  core_functionality: Routing
manufacturer:
  name: Example Works
"""
FILES = {
    "index.rst": INDEX,
    "design.rst": DESIGN,
    "parts-of-it.md": PARTS,
    "production.rst": PRODUCTION,
    "file.rst": FILE,
    "cra.yaml": PRODUCT,
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return project(tmp_path_factory.mktemp("sections"), FILES, "exclude_patterns = []\n").build()


def test_nothing_is_warned_of(built: Result) -> None:
    assert built.warnings == ()


def test_a_page_or_a_section_is_the_content_of_its_point(built: Result) -> None:
    def claimed(point: str) -> list[tuple[str, str, str]]:
        return [(s["docname"], s["anchor"], s["title"]) for s in built.point(point)["sections"]]

    assert claimed("2a") == [("design", "", "Design")]
    assert claimed("1a") == [("parts-of-it", "purpose", "Purpose")]
    assert claimed("2c") == [
        ("production", "how-it-is-made", "How it is made"),
        ("production", "how-it-is-watched", "How it is watched"),
    ]
    assert built.point("2a")["presence"] == built.point("1a")["presence"] == "present"


def test_a_point_that_does_not_apply_says_why(built: Result) -> None:
    point = built.point("1c")
    assert point["presence"] == "not applicable"
    assert point["reason"] == "It is *software* only."
    assert point["sections"] == []


def test_a_claimed_section_says_what_it_is_for(built: Result) -> None:
    assert "Technical file: Annex VII, point 2(a)" in built.words("design.html")
    assert "Technical file: Annex VII, point 1(c) does not apply. It is software only." in built.words(
        "parts-of-it.html"
    )


def test_the_fifteen_items_stand_in_order_with_links_to_their_content(built: Result) -> None:
    page = built.page("file.html")
    titles = [
        h.get_text().strip("¶").split()[0] for h in page.select("section section > h2, section section > h3")
    ]
    assert titles == ["1", "1(a)", "1(b)", "1(c)", "1(d)", "2", "2(a)", "2(b)", "2(c)", *"345678"]
    table = built.table("file.html", "cra-dossier")
    assert len(table) == 16
    assert [row[1] for row in table[1:]] == [p["presence"] for p in built.data["dossier"]]
    for href in ("design.html", "parts-of-it.html#purpose", "production.html#how-it-is-made"):
        assert page.find("a", href=href) is not None
    present = sum(p["presence"] != "missing" for p in built.data["dossier"])
    assert f"{present} of 15 items are present or do not apply." in built.words("file.html")


def test_what_a_missing_item_lacks_is_said(built: Result) -> None:
    words = built.words("file.html")
    for point in built.data["dossier"]:
        assert (point["presence"] == "missing") == bool(point["lacks"])
        for sentence in point["lacks"]:
            assert sentence in words


# ----------------------------------------------------------------------------- mistakes


def build(folder: Path, source: str) -> Result:
    return project(folder, {"index.rst": source}).build()


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            "T\n=\n\n.. cra-section:: 9\n",
            (
                "index.rst:4: WARNING: Annex VII has no point '9'; it has 1, 1a, 1b, 1c, 1d, 2, 2a, "
                "2b, 2c, 3, 4, 5, "
                "6, 7, 8 [cra.section]"
            ),
        ),
        (
            "T\n=\n\n.. cra-section:: 1c\n   :not-applicable:\n",
            (
                "index.rst:4: WARNING: point 1c is said not to apply, without a reason; write it as content "
                "[cra.section]"
            ),
        ),
        (
            "T\n=\n\n.. cra-section:: 2a\n\n   Words.\n\nMore.\n",
            (
                "index.rst:4: WARNING: cra-section takes content only with :not-applicable:; put it below "
                "[cra.section]"
            ),
        ),
        (
            "T\n=\n\n.. note::\n\n   .. cra-section:: 2a\n\nMore.\n",
            "index.rst:6: WARNING: cra-section 2a stands in no section; put it under a title [cra.section]",
        ),
        (
            ".. cra-section:: 2a\n\nNo title at all.\n",
            "index.rst:1: WARNING: cra-section 2a stands in no section; put it under a title [cra.section]",
        ),
        (
            "T\n=\n\n.. cra-section:: 2a\n\nMore.\n\n.. cra-section:: 2a\n",
            (
                "index.rst:8: WARNING: this section is claimed for point 2a already, on line 4; "
                "remove one of the two "
                "[cra.section]"
            ),
        ),
    ],
)
def test_a_claim_that_cannot_be_used_is_one_warning_at_its_line(
    tmp_path: Path, source: str, message: str
) -> None:
    result = build(tmp_path, source)

    assert result.warnings == (message,)
    assert len(result.point("2a")["sections"]) <= 1


def test_one_section_may_be_claimed_for_two_points(tmp_path: Path) -> None:
    result = build(tmp_path, "T\n=\n\n.. cra-section:: 2a\n.. cra-section:: 2c\n\nBoth.\n")

    assert result.warnings == ()
    assert len(result.point("2a")["sections"]) == len(result.point("2c")["sections"]) == 1


def test_a_claimed_section_with_nothing_in_it_is_no_content(tmp_path: Path) -> None:
    source = """\
    T
    =

    Empty
    -----

    .. cra-section:: 2a

    .. A comment is nothing.

    .. _label:

    .. index:: word

    Only a title below
    ~~~~~~~~~~~~~~~~~~
    """
    result = build(tmp_path, source)

    assert result.cra() == ()
    assert result.point("2a")["lacks"] == ["The claimed section Empty is empty."]
    assert result.point("2a")["presence"] == "missing"


@pytest.mark.parametrize(
    "content",
    [
        ".. control:: Only a need, without words of its own\n   :id: CTRL_1",
        ".. needtable::",
        ".. image:: picture.png\n   :alt: Box",
        ".. math:: a = b",
        ".. graphviz::\n\n   digraph { a -> b }",
        ".. cra-items::",
        ".. list-table::\n\n   * - cell",
        "Deeper\n~~~~~~\n\nWords.",
    ],
)
def test_a_claimed_section_may_hold_other_things_than_words(tmp_path: Path, content: str) -> None:
    source = f"T\n=\n\nS\n-\n\n.. cra-section:: 2a\n\n{content}\n"
    files = {"index.rst": source, "picture.png": b"\x89PNG\r\n\x1a\n"}
    result = project(tmp_path, files, 'extensions.append("sphinx.ext.graphviz")').build()

    assert result.cra() == ()
    assert result.point("2a")["lacks"] == []
