"""Citations: how people cite, of which law it is, and what of it does not exist."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sphinx_cra import catalogue
from sphinx_cra.citation import Outcome, clause_at, find, suspicious
from sphinx_cra.citation.structure import act, components, practices, tasks

if TYPE_CHECKING:
    from sphinx_cra.citation import Citation
    from sphinx_cra.model import Clause

CRA = catalogue.load("cra", root=Path())
TABLE = (Path(__file__).parent / "data" / "citations.txt").read_text("utf-8")


def cases(kind: str) -> list[tuple[str, list[str]]]:
    """Lines of the table: a text, and what is expected of it."""
    lines = [line.split(" => ") for line in TABLE.splitlines() if line.startswith(f"{kind}: ")]
    return [
        (form.removeprefix(f"{kind}: ").replace("\\n", "\n"), wanted.split(", ")) for form, wanted in lines
    ]


def of_the_act(text: str, **options: bool) -> list[Citation]:
    return [c for c in find(text, **options) if c.law == "cra"]


def test_the_table_is_large() -> None:
    assert sum(len(cases(kind)) for kind in ("right", "wrong", "quiet")) >= 200


@pytest.mark.parametrize(("form", "wanted"), cases("right"))
def test_a_place_is_recognised_however_it_is_cited(form: str, wanted: list[str]) -> None:
    found = [c for c in find(form, assumed=True) if c.outcome is not Outcome.ELSEWHERE]
    assert [c.outcome for c in found] == [Outcome.EXISTS] * len(found), found
    assert [c.ids[0] for c in found] == wanted


@pytest.mark.parametrize(("form", "wanted"), cases("wrong"))
def test_what_does_not_exist_is_said_with_what_was_meant(form: str, wanted: list[str]) -> None:
    found = [c for c in find(form) if c.wrong]
    assert len(found) == 1, find(form)
    assert wanted == ["-"] or ", ".join(wanted) in found[0].message


@pytest.mark.parametrize(("form", "why"), cases("quiet"))
def test_what_is_not_sure_is_never_called_wrong(form: str, why: list[str]) -> None:
    assert why
    assert not [c for c in find(form) if c.wrong]


# ------------------------------------------------------------------- every clause, every style

WORDS = {
    "en": {"article": "Article", "annex": "Annex", "part": "Part", "class": "Class"},
    "de": {"article": "Artikel", "annex": "Anhang", "part": "Teil", "class": "Klasse"},
    "fr": {"article": "article", "annex": "annexe", "part": "partie", "class": "classe"},
}
NTH = {
    "en": ("first", "second", "third", "fourth", "fifth", "sixth"),
    "fr": ("premier", "deuxième", "troisième", "quatrième", "cinquième", "sixième"),
}


def styles(clause: Clause) -> list[str]:
    """A clause as people would cite it in three languages, made from how the catalogue prints it."""
    (first,) = find(clause.printed, assumed=True)
    found = act().find(next(iter(_addresses(clause.printed))))
    assert found.nodes, first
    steps = found.nodes[0].steps
    made = []
    for language, words in WORDS.items():
        text = f"{words[steps[0].kind]} {steps[0].label}"
        short = text
        article = steps[0].kind == "article"
        numbers = 0
        for kind, label in steps[1:]:
            if kind in ("part", "class"):
                text += f", {words[kind]} {label}" if language != "de" else f" {words[kind]} {label}"
                short += f" {words[kind]} {label}"
            elif kind == "number" and numbers:
                text += f".{label}"
                short += f".{label}"
            elif kind == "number":
                numbers += 1
                long = {"en": ", paragraph {}", "de": " Absatz {}", "fr": ", paragraphe {}"}
                if not article:
                    long = {"en": ", point {}", "de": " Nummer {}", "fr": ", point {}"}
                text += long[language].format(label)
                short += (
                    f"({label})"
                    if article
                    else {"en": " ({})", "de": " Nr. {}", "fr": ", point {}"}[language].format(label)
                )
            elif kind == "sub":
                nth = f" Unterabsatz {label}" if language == "de" else f", {NTH[language][int(label) - 1]} "
                text += nth if language == "de" else nth + {"en": "subparagraph", "fr": "alinéa"}[language]
                short += f" UAbs. {label}"
            elif kind == "letter":
                text += {"en": ", point ({})", "de": " Buchstabe {}", "fr": ", point {})"}[language].format(
                    label
                )
                short += {"en": "({})", "de": " lit. {}", "fr": " {})"}[language].format(label)
            else:
                text += f"({label})"
                short += f"({label})"
        made += [text, short, text.replace(" ", "\u00a0"), short.replace(" ", "\n", 1), short.lower()]
    return made


def _addresses(text: str) -> list[tuple[object, ...]]:
    from sphinx_cra.citation import grammar

    return [r.address for r in grammar.read(text)]


@pytest.mark.parametrize("clause", CRA.clauses, ids=lambda c: c.id)
def test_every_clause_is_recognised_as_itself(clause: Clause) -> None:
    (found,) = find(clause.printed, assumed=True)
    assert (found.outcome, found.ids[0]) == (Outcome.EXISTS, clause.id)
    for text in styles(clause):
        read = find(text, assumed=True)
        assert [c.ids[0] if c.ids else c for c in read] == [clause.id], text
        assert find(f"CRA {text}")[0].ids == read[0].ids


def test_categories_are_recognised_too() -> None:
    for category in CRA.categories:
        (found,) = find(category.printed, assumed=True)
        assert found.printed == category.printed


@pytest.mark.parametrize(
    ("name", "law"), [("iec62443-4-1",) * 2, ("iec62443-4-2",) * 2, ("nist-ssdf", "ssdf")]
)
def test_every_requirement_of_the_standards_is_recognised(name: str, law: str) -> None:
    for clause in catalogue.load(name, root=Path()).clauses:
        (found,) = find(f"SSDF, IEC 62443-4-1 and -4-2: {clause.printed}, as asked.")
        assert (found.law, found.ids) == (law, (clause.id,)), clause.printed


def test_the_structure_and_the_catalogues_agree() -> None:
    assert sum(practices().values()) == len(catalogue.load("iec62443-4-1", root=Path()).clauses)
    counted = len(components()) + sum(components().values())
    assert counted == len(catalogue.load("iec62443-4-2", root=Path()).clauses)
    assert len(tasks()) == 19 + 42
    assert act().articles == 71


def test_an_article_stands_for_its_clauses() -> None:
    (found,) = find("CRA Article 28")
    here = clause_at(found.ids, [c.id for c in CRA.clauses])
    assert here == [c.id for c in CRA.clauses if c.id.startswith("CRA_ART_28_")]


def test_a_paragraph_stands_for_its_subparagraphs() -> None:
    (found,) = find("CRA Article 13(12)")
    assert found.ids == ("CRA_ART_13_12", "CRA_ART_13_12_SP2", "CRA_ART_13_12_SP3")


def test_a_range_holds_what_lies_between() -> None:
    (found,) = find("Annex I, Part I, points (2)(a) to (m), of the CRA")
    assert len(found.ids) == 13
    assert found.printed == "Annex I, Part I, point (2)(a) to Annex I, Part I, point (2)(m)"


def test_paragraphs_that_nobody_counted_are_not_checked() -> None:
    (found,) = find("Article 17(2), ninth subparagraph, of the CRA, Article 61(1)")[:1]
    (other,) = find("Article 55(1), second subparagraph, of the CRA")
    assert {found.outcome, other.outcome} <= {Outcome.UNCHECKED, Outcome.EXISTS}
    assert other.outcome is Outcome.UNCHECKED
    assert find("Article 66(9) CRA")[0].outcome is Outcome.UNCHECKED


def test_a_project_has_its_own_citations_checked_where_no_law_is_named() -> None:
    text = "The gateway follows Annex I, Part I, point (3)(a)."
    assert not find(text)[0].wrong
    assert find(text, project=True)[0].wrong
    assert not any(c.wrong for c in find("See Article 99 of the guide.", project=True))


def test_the_name_of_a_file_names_the_law() -> None:
    assert find("Art. 99", name="cra.md")[0].wrong
    assert not find("Art. 99", name="gdpr.md")[0].wrong


def test_codes_of_osps_count_only_in_its_mappings() -> None:
    mapping = (
        "title: OSPS Baseline\nguideline-mappings:\n  - reference-id: CRA\n    entries:\n"
        "      - reference-id: 1.2d\n      - reference-id: 2.9\n"
    )
    first, second = find(mapping)
    assert first.ids == ("CRA_ANX_I_P1_2_D",)
    assert (second.text, second.wrong) == ("2.9", True)
    assert find("OSPS. Version 1.2d of the tool for the CRA; and 2.9.") == []


@given(st.text(alphabet="Articlenx IVXp(123)a.,;-–|\n§GDPRCAof ", max_size=80))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_without_a_fault(text: str) -> None:
    for found in find(text, assumed=True):
        assert 0 <= found.start < found.end <= len(text)
    if any(c.wrong for c in find(text)):
        assert suspicious(text)


@pytest.mark.parametrize(
    "hostile",
    ["Annex I, ", "Article " + "1" * 50_000, "Annex" + " " * 50_000, "CRA Annex I Part I (", "point (1), ",
     "point (1) of ", "Part I of ", "\n ", "(EU) ", "first subparagraph of ", "CRA 62443 CR 9.9 SSDF PW.3 "],
)  # fmt: skip
def test_the_time_is_linear(hostile: str) -> None:
    import time

    def seconds(size: int) -> float:
        text = (hostile * (size // len(hostile) + 1))[:size]
        begin = time.process_time()
        find(text)
        return time.process_time() - begin

    seconds(10_000)
    assert seconds(200_000) < 25 * max(seconds(20_000), 0.02)
