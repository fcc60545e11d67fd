"""Citations in prose: one warning at the line of each that does not exist, in every kind of build."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from small_project import project

if TYPE_CHECKING:
    from pathlib import Path

WRONG = "Annex I, Part I has points (1) and (2); did you mean Annex I, Part I, point (2)(b)"
INDEX = """\
Gateway
=======

The gateway is a product under the Cyber Resilience Act.

It follows Annex I, Part I,
point (3)(a), and Article 13(8).

.. toctree::

   other
"""


def only(warnings: tuple[str, ...], *begins: str) -> None:
    assert len(warnings) == len(begins), warnings
    for warning, begin in zip(warnings, begins, strict=True):
        assert warning.startswith(begin), warning
        assert warning.endswith("[cra.citation]")


def test_a_place_that_does_not_exist_is_warned_of_at_its_line(tmp_path: Path) -> None:
    other = """\
        # Rules of the CRA

        Nothing wrong: Article 14(2), point (a).

        | Clause | Why |
        | --- | --- |
        | CRA Art. 13(26) | none |

        - Annex VII of the CRA, point 9

        ```text
        CRA Article 99
        ```

        `CRA Article 98` is code, and GDPR Article 99 is another law.
        """
    result = project(tmp_path, {"index.rst": INDEX, "other.md": other}).build()
    only(
        result.cra(),
        f"index.rst:6: WARNING: Annex I, Part I, point (3)(a): {WRONG}",
        "other.md:7: WARNING: Art. 13(26): Article 13 has paragraphs 1 to 25",
    )


def test_needs_are_prose_too(tmp_path: Path) -> None:
    index = """\
        T
        =

        .. requirement:: As CRA Article 14(12) asks
           :id: REQ_1

           The product does what Annex II of the CRA,
           point 10, and Annex II, point 12, of the CRA ask.
        """
    result = project(tmp_path, {"index.rst": index}).build()
    only(
        result.cra(),
        "index.rst:4: WARNING: Article 14(12)",
        "index.rst:8: WARNING: Annex II, point 12",
    )


def test_a_line_end_within_a_paragraph_is_counted(tmp_path: Path) -> None:
    index = "T\n=\n\nThe CRA is a law.\nIt has many Articles,\nbut CRA Article 72 is none\nof them.\n"
    result = project(tmp_path, {"index.rst": index}).build()
    only(result.cra(), "index.rst:6: WARNING: Article 72: the Act has 71 Articles")


def test_text_of_an_included_file_is_located_there(tmp_path: Path) -> None:
    files = {"index.rst": "T\n=\n\n.. include:: parts/a.txt\n", "parts/a.txt": "One.\n\nCRA Article 80.\n"}
    only(project(tmp_path, files).build().cra(), "parts/a.txt:3: WARNING: Article 80")


@pytest.mark.parametrize("how", [{"cra_citations": False}, {"suppress_warnings": ["cra.citation"]}])
def test_it_can_be_turned_off(tmp_path: Path, how: dict[str, object]) -> None:
    assert not project(tmp_path, {"index.rst": INDEX, "other.rst": "O\n=\n"}).build(**how).cra()


def test_turned_on_again_it_reads_again(tmp_path: Path) -> None:
    made = project(tmp_path, {"index.rst": INDEX, "other.rst": "O\n=\n"})
    assert not made.build(cra_citations=False).cra()
    assert len(made.build().cra()) == 1


def test_a_build_without_a_change_says_it_again_and_a_mended_page_is_silent(tmp_path: Path) -> None:
    made = project(tmp_path, {"index.rst": INDEX, "other.rst": "O\n=\n\nCRA Article 77.\n"})
    first = made.build()
    assert len(first.cra()) == 2
    again = made.build()
    assert again.cra() == first.cra()
    assert "no targets are out of date" in again.status
    made.replace("other.rst", "77", "14")
    only(made.build().cra(), "index.rst:6")
    made.remove("other.rst")
    only(made.build().cra(), "index.rst:6")


def test_reading_in_parallel_finds_the_same(tmp_path: Path) -> None:
    pages = {f"p{n}.rst": f"P{n}\n==\n\nCRA Article {72 + n}.\n" for n in range(12)}
    index = "T\n=\n\n.. toctree::\n   :glob:\n\n   p*\n"
    made = project(tmp_path, {"index.rst": index, **pages})
    alone, many = made.run(to="a"), made.run("html", "-j", "4", to="b")
    assert len(alone.cra()) == 12
    assert alone.cra() == many.cra()


def test_what_we_print_ourselves_is_not_looked_at(tmp_path: Path) -> None:
    index = """\
        T
        =

        :cra:`CRA_ANX_I_P1_2_D` is cited by the role.

        .. cra-catalogue:: cra

        .. cra-matrix::
        """
    assert not project(tmp_path, {"index.rst": index}).build().cra()
