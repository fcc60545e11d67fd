"""The parts of the PDF writer: text, tables, formulas, fonts."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from docutils import nodes
from hypothesis import given, settings
from hypothesis import strategies as st

from sphinx_cra.ext.typst import compile as compiling
from sphinx_cra.ext.typst.compile import Compiler, explain
from sphinx_cra.ext.typst.formula import formula
from sphinx_cra.ext.typst.tables import grid
from sphinx_cra.ext.typst.text import Glyphs, literal, pieces, right_to_left, squeeze
from sphinx_cra.ext.typst.writer import _length

HOSTILE = (
    '"#panic("x")"',
    "\\",
    "\\u{41}",
    "#let x = 1",
    "$ 1 + $",
    "]] } ) [",
    "<label> @reference ~ * _ ` ``` //c /*",
    "<script>alert(1)</script>",
    '=HYPERLINK("https://example.org")',
    "\x00\x01\x1b[31m\x7f\x85",
    "\ud800 lone \udfff",
    "\ufffe\uffff\U0010ffff",
    "e\u0301 n\u0303\u0323 a\u20dd\u0489",
    "שלום עולם مرحبا",
    "\u202ereversed\u202c",
    "\ue000 \U000f0000",
    "\u200b\u00ad\ufeff\u2028\u2029\u2060",
    "👩‍👩‍👧 ⚠️ 🇪🇺 中文",
    "x" * 500,
    "A_" * 250,
)

texts = st.text(st.characters(codec=None), max_size=60)


@pytest.fixture(scope="module")
def compiler(tmp_path_factory: pytest.TempPathFactory) -> Compiler:
    return Compiler(tmp_path_factory.mktemp("fonts"), (), 0)


def refused(compiler: Compiler, strings: list[str]) -> set[str]:
    """Those of the strings that do not compile as they would be printed."""
    glyphs = Glyphs(compiler.unprintable)
    return compiler.unprintable([squeeze(glyphs.printable(text)) for text in strings])


def test_hostile_strings_compile(compiler: Compiler) -> None:
    assert refused(compiler, list(HOSTILE)) == set()


@settings(max_examples=20, deadline=None)
@given(st.lists(texts, min_size=20, max_size=40))
def test_any_strings_compile(strings: list[str]) -> None:
    assert refused(Compiler(Path(), (), 0), strings) == set()


@given(texts)
def test_a_literal_reads_back_as_the_text(text: str) -> None:
    inner = literal(text)[1:-1]
    read = inner.replace("\\\\", "\0b").replace('\\"', '"').replace("\\n", "\n").replace("\0b", "\\")
    if not set(text) & set("\r\t\0"):
        assert read == text
        assert '"' not in inner.replace("\\\\", "").replace('\\"', "")


@given(st.text(alphabet="abcXYZ019_./-: ", max_size=200), st.integers(min_value=8, max_value=30))
def test_breaking_a_token_loses_nothing_and_leaves_no_long_piece(text: str, limit: int) -> None:
    parts = pieces(text, limit)
    assert "".join(parts) == text
    for part in parts:
        assert all(len(token) <= limit + 6 for token in part.split())


def test_tokens_break_behind_punctuation_first() -> None:
    assert pieces("CRA_ANX_I_P1_2_D and text", 10) == ["CRA_ANX_", "I_P1_", "2_D and text"]
    assert pieces("internationalisation", 28) == ["internationalisation"]


def test_control_characters_and_overrides_are_made_visible(compiler: Compiler) -> None:
    glyphs = Glyphs(compiler.unprintable)
    assert glyphs.printable("a\x00b\ud800c\u202e") == "a[U+0000]b[U+D800]c[U+202E]"
    assert set(glyphs.missing) == {"\x00", "\ud800", "\u202e"}


def test_a_mark_without_a_font_leaves_its_letter() -> None:
    glyphs = Glyphs(lambda clusters: {c for c in clusters if "\u20dd" in c})
    assert glyphs.printable("a\u20dd") == "a[U+20DD]"


def test_a_presentation_selector_without_a_font_is_no_loss() -> None:
    glyphs = Glyphs(lambda clusters: {c for c in clusters if "\ufe0f" in c})
    assert glyphs.printable("⚠\ufe0f") == "⚠"
    assert glyphs.missing == {}


def test_what_the_compiler_refuses_later_is_replaced_from_then_on() -> None:
    glyphs = Glyphs(lambda _: set())
    assert glyphs.printable("aé") == "aé"
    assert glyphs.refuse("é")
    assert not glyphs.refuse("é")
    assert glyphs.printable("aé") == "a[U+00E9]"


def test_white_space_is_squeezed_and_no_break_spaces_are_kept() -> None:
    assert squeeze(" a\n\t b\u00a0\u00a0c ") == " a b\u00a0\u00a0c "


@pytest.mark.parametrize(
    ("text", "expected"),
    [("abc", False), ("12 שלום", True), ("مرحبا", True), ("a שלום", False), ("", False), ("中", False)],
)
def test_direction_follows_the_first_letter(text: str, expected: bool) -> None:
    assert right_to_left(text) is expected


def test_a_folder_of_fonts_makes_more_printable(tmp_path: Path, monkeypatch: Any) -> None:
    (folder,) = compiling._bundled()
    monkeypatch.setattr(compiling, "_bundled", list)
    assert Compiler(tmp_path, (), 0).unprintable(["😀", "a"]) == {"😀"}
    assert Compiler(tmp_path, (folder,), 0).unprintable(["😀", "a"]) == set()


# --------------------------------------------------------------------------- tables


def table(*rows: list[tuple[int, int]], columns: int = 0, head: int = 0) -> nodes.table:
    """A table; each cell is given as morecols, morerows."""
    made = []
    for cells in rows:
        row = nodes.row()
        row += [nodes.entry("", nodes.paragraph("", "x"), morecols=c, morerows=r) for c, r in cells]
        made.append(row)
    group = nodes.tgroup("", *[nodes.colspec(colwidth=1) for _ in range(columns)], cols=columns)
    if head:
        group += nodes.thead("", *made[:head])
    group += nodes.tbody("", *made[head:])
    return nodes.table("", group)


spans = st.lists(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=4), min_size=1, max_size=5
)


@given(spans, st.integers(0, 6))
def test_every_grid_is_without_holes_and_overlaps_and_has_every_cell(rows: Any, columns: int) -> None:
    result = grid(table(*rows, columns=columns), 100)
    taken: list[tuple[int, int]] = []
    for y, row in enumerate(result.body):
        for cell in row:
            taken += [(cell.column + i, y + j) for i in range(cell.colspan) for j in range(cell.rowspan)]
    assert sorted(taken) == sorted((x, y) for x in range(result.columns) for y in range(len(rows)))
    placed = sum(cell.entry is not None for row in result.body for cell in row)
    assert placed == sum(map(len, rows))


def test_a_table_that_says_it_has_no_columns_has_those_of_its_rows() -> None:
    assert grid(table([(0, 0), (1, 0)], columns=0), 100).columns == 3


def test_a_cell_of_the_head_does_not_hang_into_the_body() -> None:
    result = grid(table([(0, 5), (0, 0)], [(0, 0), (0, 0)], head=1, columns=2), 100)
    assert result.head[0][0].rowspan == 1
    assert len(result.body[0]) == 2


# --------------------------------------------------------------------------- the rest


@pytest.mark.parametrize(
    ("value", "scale", "expected"),
    [
        ("80%", 100, "80%"),
        ("400%", 100, "100%"),
        ("40px", 100, "30pt"),
        ("40", 50, "15pt"),
        ("2.54cm", 100, "72pt"),
        ("2em", 100, "20pt"),
        ("wide", 100, ""),
        ("1fr", 100, ""),
        ("1; #panic()", 100, ""),
        ("", 100, ""),
    ],
)
def test_lengths(value: str, scale: int, expected: str) -> None:
    assert _length(value, scale) == expected


def test_a_formula_is_drawn_with_its_size_and_depth() -> None:
    drawn = formula(r"\frac{a}{b}", size=10, block=False)
    assert drawn is not None
    assert drawn.svg.startswith("<svg")
    assert 0 < drawn.depth < drawn.height


@pytest.mark.parametrize("latex", [r"\frac{a", "", r"\unknowncommand{x}"])
def test_what_is_no_formula_is_not_drawn(latex: str) -> None:
    assert formula(latex, size=10, block=True) is None


def test_without_the_package_formulas_are_not_drawn(monkeypatch: Any) -> None:
    monkeypatch.setattr(import_module("sphinx_cra.ext.typst.formula"), "find_spec", lambda _: None)
    assert formula("x", size=10, block=False) is None


def test_a_message_of_the_compiler_names_the_section_above(tmp_path: Path) -> None:
    main = tmp_path / "main.typ"
    main.write_text("#x\n//@ guide\tA title\n#y\n//@ other\tB\n", "utf-8")
    message = explain("PDF/A-3a, PDF/UA-1 error: it broke", ["mend it"], "error\n  ┌─ main.typ:3:1", main)
    assert message == "the technical file could not be set: it broke; near guide, section 'A title'; mend it"
