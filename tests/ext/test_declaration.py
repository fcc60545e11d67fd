"""Declaration, user information and support line on pages, in the technical file, and in its PDFs."""

from __future__ import annotations

import json
import re
from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest
import yaml
from pypdf import PdfReader

from papers import GONE, STATED
from small_project import dead_links, project

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

    from small_project import Project, Result

PAGES = {
    "index.rst": """\
        Lock
        ====

        .. cra-support::

        .. toctree::

           declaration
           short
           users
           file
        """,
    "declaration.rst": """\
        Declaration
        ===========

        .. cra-declaration::
        """,
    "short.rst": """\
        Kurz
        ====

        .. cra-declaration::
           :form: simplified
           :language: de
        """,
    "users.rst": """\
        Users
        =====

        .. cra-section:: 1d

        .. cra-user-information::
        """,
    "file.rst": """\
        File
        ====

        .. cra-annex-vii::
        """,
}


def product_file(changes: Mapping[str, Any] = MappingProxyType({})) -> str:
    data = json.loads(json.dumps(STATED))
    for route, value in changes.items():
        *path, last = route.split(".")
        block = data
        for step in path:
            block = block.setdefault(step, {})
        if value is GONE:
            block.pop(last, None)
        else:
            block[last] = value
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False)


def made(
    folder: Path,
    changes: Mapping[str, Any] = MappingProxyType({}),
    pages: Mapping[str, str] = MappingProxyType({}),
    conf: str = "",
) -> Project:
    return project(folder, {**PAGES, **pages, "cra.yaml": product_file(changes)}, conf)


def pdf_text(path: Path) -> str:
    return " ".join(" ".join(p.extract_text() for p in PdfReader(path).pages).split())


def folder_7(result: Result) -> list[str]:
    return sorted(p.name for p in (result.out / "annex-vii/7-eu-declaration-of-conformity").iterdir())


# --------------------------------------------------------------------------- pages


def test_the_pages_show_draft_declaration_user_information_and_support(tmp_path: Path) -> None:
    result = made(tmp_path).build()
    assert result.cra() == ()
    assert dead_links(result) == []
    said = result.words("declaration.html")
    assert said.count("DRAFT: not an EU declaration of conformity") == 2  # above it, and below the signature
    assert "8. Additional information" in said
    short = result.words("short.html")
    assert "ENTWURF" in short
    assert "Hiermit erklärt Works" in short
    assert "Security support until December 2035" in result.words("index.html")
    assert "End of the support period December 2035" in result.words("users.html")


def test_a_paper_says_in_which_language_it_is(tmp_path: Path) -> None:
    result = made(tmp_path).build()
    (box,) = result.page("short.html").select(".cra-paper")
    assert box["lang"] == "de"


def test_where_it_is_refused_the_page_has_the_reasons_alone(tmp_path: Path) -> None:
    result = made(tmp_path, {"declaration.date": GONE}).build()
    said = result.words("declaration.html")
    assert "No declaration is drawn up" in said
    assert re.search(r"R53 \(Annex V\), cra\.yaml:\d+", said)
    assert "responsibility" not in said
    assert "No declaration is drawn up" in result.words("file.html")
    assert result.point("7")["presence"] == "missing"


def test_the_technical_file_says_what_becomes_of_the_declaration_and_where_it_is(tmp_path: Path) -> None:
    result = made(tmp_path).build()
    said = result.words("file.html")
    assert "The declaration is a draft: points of this file are open, or it is not signed." in said
    assert "See Declaration . See Kurz ." in said
    assert result.data["declaration"]["state"] == "draft"
    assert result.data["declaration"]["refused_by"] == []


def test_papers_follow_the_language_of_the_site(tmp_path: Path) -> None:
    result = made(tmp_path, conf='language = "de"\n').build()
    assert "2. Hersteller" in result.words("declaration.html")
    assert "Sicherheitsunterstützung bis Dezember 2035" in result.words("index.html")


def test_a_site_in_a_language_without_texts_has_them_in_english_and_says_so_once_a_place(
    tmp_path: Path,
) -> None:
    result = made(tmp_path, conf='language = "fr"\n').build()
    assert "2. Manufacturer" in result.words("declaration.html")
    (warning,) = [w for w in result.cra() if w.startswith("declaration.rst")]
    assert warning == (
        "declaration.rst:4: WARNING: cra-declaration: there are no texts in 'fr'; there are in de and en; "
        "it is in English; give :language:, or a sphinx_cra.po of your own below locale_dirs [cra.config]"
    )


@pytest.mark.parametrize("name", ["cra-declaration", "cra-user-information", "cra-support"])
def test_an_unknown_language_is_one_warning_that_names_those_that_there_are(
    tmp_path: Path, name: str
) -> None:
    page = f"X\n=\n\n.. {name}::\n   :language: xx\n"
    result = project(tmp_path, {"index.rst": page, "cra.yaml": product_file()}).build()
    (warning,) = result.cra()
    assert warning.startswith(
        f"index.rst:4: WARNING: {name}: there are no texts in 'xx'; there are in de and en;"
    )


def test_a_project_brings_a_language_of_its_own_and_a_change_of_it_is_noticed(tmp_path: Path) -> None:
    po = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    po += 'msgid "Manufacturer"\nmsgstr "{}"\n'
    page = "X\n=\n\n.. cra-declaration::\n   :language: fr\n"
    built = project(tmp_path, {"index.rst": page, "cra.yaml": product_file()}, 'locale_dirs = ["words"]\n')
    built.write("words/fr/LC_MESSAGES/sphinx_cra.po", po.format("Fabricant"))
    result = built.build()
    assert "2. Fabricant" in result.words("index.html")
    (warning,) = result.cra()
    assert re.search(
        r"cra-declaration: \d+ texts have no translation into 'fr' and stand in English", warning
    )
    built.write("words/fr/LC_MESSAGES/sphinx_cra.po", po.format("Producteur"))
    assert "2. Producteur" in built.build().words("index.html")


def test_pages_of_the_project_that_instructions_name_are_links_and_missing_ones_warn(tmp_path: Path) -> None:
    changes = {
        "user_information.instructions.changes": "doc:declaration",
        "user_information.instructions.updates": "doc:nowhere#x",
    }
    result = made(tmp_path, changes).build()
    (link,) = [a for a in result.page("users.html").select(".cra-paper a") if a.get_text() == "Declaration"]
    assert link["href"] == "declaration.html"
    (warning,) = result.cra()
    assert re.fullmatch(
        r"cra\.yaml:\d+: WARNING: user_information\.instructions\.updates names the page 'nowhere', "
        r"and there is none \[cra\.product\]",
        warning,
    )


def test_hostile_names_are_words_and_nothing_else(tmp_path: Path) -> None:
    name = '<script>alert(1)</script>"&' + "W" * 500
    result = made(tmp_path, {"manufacturer.name": name, "product.type": "مصنع <b>"}).build()
    for page in ("declaration.html", "short.html", "users.html"):
        assert "<script>alert" not in result.read(page)
        assert name in result.page(page).get_text()
    assert "مصنع <b>" in result.page("short.html").get_text()


@pytest.mark.parametrize("builder", ["dirhtml", "singlehtml", "text", "latex", "man", "epub"])
def test_every_builder_writes_them(tmp_path: Path, builder: str) -> None:
    result = made(tmp_path).build(builder)
    assert result.cra() == ()


def test_without_a_product_file_the_pages_say_so(tmp_path: Path) -> None:
    built = made(tmp_path)
    built.remove("cra.yaml")
    result = built.build()
    for page in ("declaration.html", "users.html"):
        assert "There is no product file that can be used." in result.words(page)
    assert "The end of the security support is not stated yet." in result.words("index.html")


# --------------------------------------------------------------------------- the technical file


def test_the_declaration_is_in_the_pdf_on_pages_of_its_own_that_all_say_that_it_is_a_draft(
    tmp_path: Path,
) -> None:
    result = made(tmp_path).build("cra")
    assert result.cra() == ()
    pages = [" ".join(p.extract_text().split()) for p in PdfReader(result.out / "technical-file.pdf").pages]
    own = [p for p in pages if "DRAFT: not an EU declaration of conformity" in p]
    assert len(own) >= 2  # the full one, and the simplified one
    assert not any("Annex VII, point 7: present" in p or "Annex VII, point 8" in p for p in own)
    assert all(p.count("DRAFT: not an EU declaration of conformity") >= 2 for p in own)
    assert any("Annex VII, point 7: present" in p for p in pages)


def test_each_declaration_is_a_pdf_of_its_own_in_every_language_that_there_is(tmp_path: Path) -> None:
    result = made(tmp_path, {"declaration.languages": ["de", "en", "nl"]}).build("cra")
    assert folder_7(result) == [
        "README.txt",
        "eu-declaration-of-conformity-de.pdf",
        "eu-declaration-of-conformity-en.pdf",
        "simplified-eu-declaration-of-conformity-de.pdf",
        "simplified-eu-declaration-of-conformity-en.pdf",
    ]
    folder = "annex-vii/7-eu-declaration-of-conformity"
    assert "2. Hersteller" in pdf_text(result.out / folder / "eu-declaration-of-conformity-de.pdf")
    for page in PdfReader(result.out / folder / "eu-declaration-of-conformity-de.pdf").pages:
        assert "ENTWURF: keine EU-Konformitätserklärung" in " ".join(page.extract_text().split())
    assert "The declaration is a draft" in result.read(f"{folder}/README.txt")
    listed = json.loads(result.read("manifest.json"))
    assert f"{folder}/eu-declaration-of-conformity-de.pdf" in json.dumps(listed)


def test_where_it_is_refused_there_is_no_declaration_in_the_technical_file(tmp_path: Path) -> None:
    result = made(tmp_path, {"declaration.place": GONE}).build("cra")
    assert folder_7(result) == ["README.txt"]
    said = result.read("annex-vii/7-eu-declaration-of-conformity/README.txt")
    assert "The declaration is not drawn up" in said
    assert "8 (place)" in said
    assert "sole responsibility" not in pdf_text(result.out / "technical-file.pdf")


def test_point_1d_of_the_pdf_is_the_claimed_page_or_what_is_computed(tmp_path: Path) -> None:
    claimed = made(tmp_path / "a").build("cra")
    computed = made(tmp_path / "b", pages={"users.rst": "Users\n=====\n\nNothing.\n"}).build("cra")
    for result in (claimed, computed):
        said = pdf_text(result.out / "technical-file.pdf")
        assert said.count("Information and instructions to the user Lock 1.0") == 1
        assert "End of the support period December 2035" in said
        assert result.point("1d")["presence"] == "present"


def test_a_paper_within_a_section_has_no_larger_title_than_the_section(tmp_path: Path) -> None:
    sizes: dict[str, float] = {}

    def note(text: str, _: Any, matrix: list[float], __: Any, size: float) -> None:
        words = " ".join(text.split())
        sizes[words] = max(size * abs(matrix[0]), sizes.get(words, 0))

    out = made(tmp_path).build("cra").out
    for page in PdfReader(out / "technical-file.pdf").pages:
        page.extract_text(visitor_text=note)
    paper = max(size for words, size in sizes.items() if words == "Information and instructions to the user")
    point = max(size for words, size in sizes.items() if words.startswith("1(d)"))
    assert 0 < paper < point


def test_two_builds_write_the_same_bytes(tmp_path: Path) -> None:
    built = made(tmp_path)
    one, two = built.build("cra", to="one"), built.build("cra", to="two")
    assert one.files(".pdf") == two.files(".pdf")
    assert len(one.files(".pdf")) == 3


# --------------------------------------------------------------------------- one end everywhere


@pytest.mark.parametrize(("end", "shown"), [("2035-12", "December 2035"), ("2036-02-29", "29 February 2036")])
def test_the_end_of_support_is_the_same_in_pages_pdf_user_information_and_data(
    tmp_path: Path, end: str, shown: str
) -> None:
    built = made(tmp_path, {"support_period.end": end})
    site, file = built.build(), built.build("cra")
    for page in ("index.html", "users.html", "file.html"):
        assert shown in site.words(page)
    said = pdf_text(file.out / "technical-file.pdf")
    assert said.count(shown) >= 2  # user information, and point 4
    assert site.data["product"]["support_period"]["end"] == end
    assert file.data["product"]["support_period"]["end"] == end
