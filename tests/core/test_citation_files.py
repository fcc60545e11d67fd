"""``sphinx-cra cite``: files of every form in, places and ways out; nothing that a file holds breaks it."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from sphinx_cra.citation import find, texts
from sphinx_cra.cli import app

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


def run(*words: Any, given: bytes | None = None) -> Result:
    return CliRunner().invoke(app, ["cite", *map(str, words)], input=given)


def wrong(path: Path) -> list[str]:
    """``line:column text`` of every wrong citation."""
    result = run(path, "--wrong", "--format", "json")
    return [
        f"{c['line']}:{c['column']} {c['text']}"
        for file in json.loads(result.stdout)["files"]
        for c in file["citations"]
    ]


@pytest.mark.parametrize(
    ("name", "content", "places"),
    [
        (
            "a.md",
            "# CRA\n\n**Annex I**, [Part I](x.md), point (3)(a)\n",
            ["3:3 Annex I, Part I, point (3)(a)"],
        ),
        ("a.md", "CRA `Article`\u00a0`99` and Art.&nbsp;98 CRA\n", ["1:6 Article 99", "1:24 Art. 98"]),
        ("a.rst", "CRA\n===\n\nThe *Annex VII*,\npoint 9.\n", ["4:6 Annex VII, point 9"]),
        ("a.txt", "Regulation (EU) 2024/2847\r\n\r\nArticle 72\r\n", ["3:1 Article 72"]),
        ("a.yaml", "law: CRA\nrefs:\n  - Annex II(10)\n  - Annex II(9)\n", ["3:5 Annex II(10)"]),
        (
            "a.json",
            '{"law": "CRA",\n "a": "Art.\\u00a099", "b": "x\\n\\"Article 13(26)\\""}\n',
            ["2:8 Art. 99", "2:34 Article 13(26)"],
        ),
        (
            "a.html",
            (
                "<!doctype html><title>CRA</title><script>CRA Art. 97</script>\n<style>CRA Art. 96</style>\n"
                "<p>CRA <b>Article</b>&nbsp;<i>99</i>\n<td>GDPR Article 99</td><td>CRA Annex&#32;IX</td>"
            ),
            ["3:11 Article 99", "4:33 Annex IX"],
        ),
        ("a.csv", "law,ref\nCRA,Article 13(26)\nGDPR,Article 99\n", ["2:5 Article 13(26)"]),
    ],
)
def test_each_form_is_read_at_its_lines(tmp_path: Path, name: str, content: str, places: list[str]) -> None:
    path = tmp_path / name
    path.write_bytes(content.encode())
    assert wrong(path) == places


def test_the_listing_names_clauses_and_ways_out(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("CRA Annex I Part I (2)(d), CRA Annex I Part I (3)(a), GDPR Art. 5\n\nArticle 5 of it.\n")
    result = run(path)
    lines = result.stdout.splitlines()
    assert result.exit_code == 1
    assert lines[0].startswith(f"{path.as_posix()}:1:5: Annex I, Part I, point (2)(d): CRA_ANX_I_P1_2_D, ")
    assert "1:32: does not exist: Annex I Part I (3)(a): " in lines[1]
    assert lines[1].endswith("which was Section 1, (3)(a) in the proposal of 2022?")
    assert lines[-1].startswith("1 file: 4 citations, of which 1 exist, 1 do not exist, ")


def test_json_holds_clauses_with_titles_and_links(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("CRA Article 28(2) and IEC 62443-4-1 SVV-3\n")
    data = json.loads(run(tmp_path, "--format", "json").stdout)
    first, second = data["files"][0]["citations"]
    assert [c["id"] for c in first["clauses"]] == ["CRA_ART_28_2", "CRA_ART_28_2_SP2"]
    assert first["clauses"][0]["url"].startswith("https://eur-lex.europa.eu/")
    assert second["clauses"][0]["id"] == "IEC62443_4_1_SVV_3"
    assert data["unread"] == []


def test_nothing_wrong_ends_with_0_and_a_law_may_be_assumed(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("Article 99\n")
    assert run(tmp_path).exit_code == 0
    assert "not checked: Article 99: no law is named; --law cra" in run(tmp_path).stdout
    assert run(tmp_path, "--law", "cra").exit_code == 1


def test_the_standard_input_is_read() -> None:
    result = run("-", "--wrong", given=b"CRA Article 99")
    assert (result.exit_code, result.stdout.splitlines()[0][:9]) == (1, "-:1:5: do")
    assert "-:1:20: does not exist" in run("-", given=b'{"a": "CRA", "b": "Article 99"}').stdout
    assert run("-", given=b"\0\1").exit_code == 2


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\x7fELF\0\0\0 CRA Article 99", "not text; name text files only"),
        (b"\xff\xfeA\xd8\x00\xd8", "begins as UTF-16 and is not; save it as UTF-8"),
    ],
)
def test_what_is_no_text_is_refused_in_one_sentence(tmp_path: Path, content: bytes, says: str) -> None:
    good = tmp_path / "b.md"
    good.write_text("CRA Article 99\n")
    bad = tmp_path / "a.md"
    bad.write_bytes(content)
    result = run(tmp_path)
    assert result.exit_code == 2
    assert result.stderr == f"sphinx-cra: {bad.as_posix()}: {says}\n"
    assert "b.md:1:5: does not exist" in result.stdout


def test_other_encodings_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("CRA Anhänge I und IX\n".encode("latin-1"))
    (tmp_path / "b.txt").write_bytes("CRA Article 99\n".encode("utf-16"))
    (tmp_path / "c.txt").write_bytes(b"\xef\xbb\xbfCRA Article 99\n")
    (tmp_path / "d.txt").write_bytes(b"CRA \xc3\x28 Article 99\n")
    assert [w.split()[-1] for w in wrong(tmp_path)] == ["IX", "99", "99", "99"]


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with path.open("wb") as file:
        file.truncate(500_000_000)
    result = run(path)
    assert (result.exit_code, result.stderr) == (
        2,
        f"sphinx-cra: {path.as_posix()}: larger than 50 MB; split it\n",
    )


def test_links_that_turn_in_circles_end(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("CRA Article 99\n")
    (tmp_path / "again").symlink_to(tmp_path)
    (tmp_path / "b.md").symlink_to(tmp_path / "b.md")
    (tmp_path / "c.md").symlink_to(tmp_path / "a.md")
    assert wrong(tmp_path) == ["1:5 Article 99"]
    assert run(tmp_path / "b.md").exit_code == 2


def test_a_pipe_or_a_missing_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    assert "not a file" in run(tmp_path / "pipe.md").stderr
    assert "there is no such file" in run(tmp_path / "none.md").stderr
    empty = tmp_path / "empty"
    empty.mkdir()
    assert run(empty).exit_code == 2
    assert run("a\0b").exit_code == 2


@pytest.mark.parametrize("piece", ["<", "<a ", "<!--", "&#", "</", "<script>", "<!", "<![CDATA[", "<p>"])
def test_hostile_html_is_read_in_time(piece: str) -> None:
    source = texts.source(piece * 20_000 + " CRA Article 99", "html")
    find(source.text, layout=source.layout)


@pytest.mark.parametrize(
    "piece", ["*", "[", "[a](", "`", "<a ", "http://", "\\u00", "&#", "\n ", "\n>", "|", "\n-"]
)
@pytest.mark.parametrize("form", ["prose", "data"])
def test_hostile_markup_is_read_in_time(form: str, piece: str) -> None:
    source = texts.source(piece * 100_000 + " CRA Article 99", form)
    assert source.place(len(source.text))[0] >= 1


@pytest.mark.parametrize("form", ["prose", "html"])
@pytest.mark.parametrize(
    "written",
    [
        "<div>CRA<small>Annex I Part I (3)(d)</small></div>",
        "<p><span>CRA</span><span>Annex I Part I (3)(d)</span></p>",
        "<p>CRA A<b>nnex</b> I, <i>Part I</i> <a href='x'>(3)</a>(d)</p>",
        "<p>CRA Annex I Part I<span> (3)</span><span>(d)</span></p>",
    ],
)
def test_tags_part_words_unless_they_only_change_the_font(form: str, written: str) -> None:
    (found,) = [c for c in find(texts.source(written, form).text) if c.wrong]
    assert "(2)(f)" in found.message
