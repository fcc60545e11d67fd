"""What we ship: every clause once, cited as in the Official Journal, and nothing that leads nowhere."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import sphinx_cra
from sphinx_cra import catalogue, datafile
from sphinx_cra.catalogue import NOT_VERIFIED, Clauses
from sphinx_cra.model import Basis, Catalogue, Category, Clause, ClauseMapping, Force, Strength

HERE = Path(__file__).parent
FILES = sorted((Path(sphinx_cra.__file__).parent / "catalogues").glob("*.yaml"))

ANNEX_I = {
    "CRA_ANX_I_P1_1": "Annex I, Part I, point (1)",
    "CRA_ANX_I_P1_2_A": "Annex I, Part I, point (2)(a)",
    "CRA_ANX_I_P1_2_B": "Annex I, Part I, point (2)(b)",
    "CRA_ANX_I_P1_2_C": "Annex I, Part I, point (2)(c)",
    "CRA_ANX_I_P1_2_D": "Annex I, Part I, point (2)(d)",
    "CRA_ANX_I_P1_2_E": "Annex I, Part I, point (2)(e)",
    "CRA_ANX_I_P1_2_F": "Annex I, Part I, point (2)(f)",
    "CRA_ANX_I_P1_2_G": "Annex I, Part I, point (2)(g)",
    "CRA_ANX_I_P1_2_H": "Annex I, Part I, point (2)(h)",
    "CRA_ANX_I_P1_2_I": "Annex I, Part I, point (2)(i)",
    "CRA_ANX_I_P1_2_J": "Annex I, Part I, point (2)(j)",
    "CRA_ANX_I_P1_2_K": "Annex I, Part I, point (2)(k)",
    "CRA_ANX_I_P1_2_L": "Annex I, Part I, point (2)(l)",
    "CRA_ANX_I_P1_2_M": "Annex I, Part I, point (2)(m)",
    "CRA_ANX_I_P2_1": "Annex I, Part II, point (1)",
    "CRA_ANX_I_P2_2": "Annex I, Part II, point (2)",
    "CRA_ANX_I_P2_3": "Annex I, Part II, point (3)",
    "CRA_ANX_I_P2_4": "Annex I, Part II, point (4)",
    "CRA_ANX_I_P2_5": "Annex I, Part II, point (5)",
    "CRA_ANX_I_P2_6": "Annex I, Part II, point (6)",
    "CRA_ANX_I_P2_7": "Annex I, Part II, point (7)",
    "CRA_ANX_I_P2_8": "Annex I, Part II, point (8)",
}

ANNEX_VII = {
    "CRA_ANX_VII": "Annex VII",
    "CRA_ANX_VII_1": "Annex VII, point 1",
    "CRA_ANX_VII_1_A": "Annex VII, point 1(a)",
    "CRA_ANX_VII_1_B": "Annex VII, point 1(b)",
    "CRA_ANX_VII_1_C": "Annex VII, point 1(c)",
    "CRA_ANX_VII_1_D": "Annex VII, point 1(d)",
    "CRA_ANX_VII_2": "Annex VII, point 2",
    "CRA_ANX_VII_2_A": "Annex VII, point 2(a)",
    "CRA_ANX_VII_2_B": "Annex VII, point 2(b)",
    "CRA_ANX_VII_2_C": "Annex VII, point 2(c)",
    "CRA_ANX_VII_3": "Annex VII, point 3",
    "CRA_ANX_VII_4": "Annex VII, point 4",
    "CRA_ANX_VII_5": "Annex VII, point 5",
    "CRA_ANX_VII_6": "Annex VII, point 6",
    "CRA_ANX_VII_7": "Annex VII, point 7",
    "CRA_ANX_VII_8": "Annex VII, point 8",
}

# Component type -> for SL-C 1 to 4: requirements and enhancements that apply.
LEVELS = {
    "SAR": ((34, 0), (44, 9), (45, 22), (45, 28)),
    "EDR": ((36, 0), (50, 11), (51, 26), (51, 32)),
    "HDR": ((36, 0), (50, 12), (51, 27), (51, 33)),
    "NDR": ((40, 0), (54, 13), (55, 31), (55, 37)),
}


@pytest.fixture(scope="module")
def cra() -> Catalogue:
    return catalogue.load("cra", root=HERE)


@pytest.fixture(scope="module")
def process() -> Catalogue:
    return catalogue.load("iec62443-4-1", root=HERE)


@pytest.fixture(scope="module")
def components() -> Catalogue:
    return catalogue.load("iec62443-4-2", root=HERE)


@pytest.fixture(scope="module")
def mapping() -> ClauseMapping:
    return catalogue.load_mapping("cra-iec62443", root=HERE)


@pytest.fixture(scope="module")
def shipped(cra: Catalogue, process: Catalogue, components: Catalogue) -> tuple[Catalogue, ...]:
    return (cra, process, components)


def cited(c: Catalogue) -> tuple[Clause | Category, ...]:
    return *c.clauses, *c.categories


def raw(name: str) -> Any:
    return datafile.load(next(f for f in FILES if f.name == name), source=name).data


# --------------------------------------------------------------------------- all files


def test_the_names_are_those_that_the_configuration_uses() -> None:
    assert {"cra", "iec62443-4-1", "iec62443-4-2"} <= set(catalogue.names())
    assert "cra-iec62443" in catalogue.mapping_names()


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.name)
def test_every_file_fits_its_schema(file: Path) -> None:
    schema = "mapping" if file.name.startswith("mapping-") else "catalogue"
    datafile.load(file, source=file.name, schema=f"{schema}.schema.json")


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.name)
def test_every_file_says_where_it_comes_from_and_why_it_may_be_shipped(file: Path) -> None:
    provenance = datafile.load(file, source=file.name).data["provenance"]
    assert provenance.keys() >= {"text_from", "status", "verification", "sources", "changed", "ship"}


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.name)
def test_the_id_in_a_file_is_its_name(file: Path) -> None:
    data = datafile.load(file, source=file.name).data
    head = data.get("mapping") or data["catalogue"]
    assert head["id"] == file.stem.removeprefix("mapping-")


def test_the_files_hold_as_many_clauses_as_their_frameworks(shipped: tuple[Catalogue, ...]) -> None:
    assert [len(c.clauses) for c in shipped] == [305, 47, 141]
    assert [len(c.categories) for c in shipped] == [26, 0, 0]


def test_no_id_occurs_twice(shipped: tuple[Catalogue, ...]) -> None:
    ids = [x.id for c in shipped for x in cited(c)]
    assert [i for i, n in Counter(ids).items() if n > 1] == []


def test_no_citation_occurs_twice_in_a_framework(shipped: tuple[Catalogue, ...]) -> None:
    for c in shipped:
        printed = Counter(x.printed for x in cited(c))
        assert [p for p, n in printed.items() if n > 1] == []


def test_the_files_fit_each_other(shipped: tuple[Catalogue, ...], mapping: ClauseMapping) -> None:
    assert catalogue.check(shipped, [mapping]) == ()


def test_every_clause_has_a_title_a_summary_and_a_group(shipped: tuple[Catalogue, ...]) -> None:
    for c in shipped:
        groups = {g.id for g in c.groups}
        assert [x.id for x in c.clauses if not (x.title and x.summary and x.group in groups)] == []


def test_every_group_has_clauses_and_they_stand_together(shipped: tuple[Catalogue, ...]) -> None:
    for c in shipped:
        runs = [x.group for n, x in enumerate(c.clauses) if n == 0 or x.group != c.clauses[n - 1].group]
        assert runs == [g.id for g in c.groups]


def test_a_point_stands_behind_the_clause_it_is_a_point_of(shipped: tuple[Catalogue, ...]) -> None:
    for c in shipped:
        order = {x.id: n for n, x in enumerate(c.clauses)}
        assert [x.id for x in c.clauses if x.parent and order[x.parent] > order[x.id]] == []


# --------------------------------------------------------------------------- CRA


def test_the_22_points_of_annex_i_are_cited_as_in_the_official_journal(cra: Catalogue) -> None:
    points = {c.id: c.printed for c in cra.clauses if c.id.startswith("CRA_ANX_I_") and c.asked}
    assert points == ANNEX_I


def test_annex_vii_is_cited_as_in_the_official_journal(cra: Catalogue) -> None:
    assert {c.id: c.printed for c in cra.clauses if c.group == "ANX_VII"} == ANNEX_VII


def test_only_the_13_points_of_annex_i_part_i_point_2_can_be_excluded(cra: Catalogue) -> None:
    assert {c.id for c in cra.clauses if c.excludable} == {f"CRA_ANX_I_P1_2_{x}" for x in "ABCDEFGHIJKLM"}


def test_no_other_framework_has_clauses_that_article_13_4_lets_be_excluded(
    process: Catalogue, components: Catalogue
) -> None:
    assert [c.id for c in (*process.clauses, *components.clauses) if c.excludable] == []


ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")
ROMAN = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII")


def spelled(printed: str) -> str:
    """The id that a citation of the Official Journal spells, by the rules of DESIGN section 2."""
    parts = ["CRA"]
    for piece in printed.split(", "):
        if m := re.fullmatch(r"Article (\d+)(?:\((\d+a?)\))?", piece):
            parts += ["ART", m[1], *([m[2].upper()] if m[2] else [])]
        elif m := re.fullmatch(r"Annex ([IV]+)", piece):
            parts += ["ANX", m[1]]
        elif m := re.fullmatch(r"(Part|Class) ([IV]+)", piece):
            parts.append(f"{'P' if m[1] == 'Part' else 'C'}{ROMAN.index(m[2])}")
        elif m := re.fullmatch(r"(\w+) subparagraph", piece):
            number = ORDINALS.index(m[1]) + 1
            parts += [f"SP{number}"] if number > 1 else []
        elif m := re.fullmatch(r"point (.+)", piece):
            parts += [p.upper() for p in re.findall(r"\w+", m[1])]
        else:
            raise AssertionError(f"cannot read {piece!r} of {printed!r}")
    return "_".join(parts)


def test_every_id_spells_its_citation(cra: Catalogue) -> None:
    wrong = {c.id: c.printed for c in cited(cra) if spelled(c.printed) != c.id}
    assert wrong == {}


def test_the_design_s_example_is_printed_as_it_says(cra: Catalogue) -> None:
    assert Clauses([cra]).get("CRA_ART_13_8_SP3").printed == "Article 13(8), third subparagraph"  # type: ignore[union-attr]


def test_a_parent_is_the_beginning_of_its_points_ids(cra: Catalogue) -> None:
    assert [c.id for c in cra.clauses if c.parent and not c.id.startswith(f"{c.parent}_")] == []


def test_what_demands_nothing_itself_is_a_heading(cra: Catalogue) -> None:
    headings = {c.id for c in cra.clauses if c.force is Force.HEADING}
    assert {
        "CRA_ANX_I_P1",
        "CRA_ANX_I_P1_2",
        "CRA_ANX_I_P2",
        "CRA_ANX_II",
        "CRA_ANX_V",
        "CRA_ANX_VII",
    } <= headings
    parents = {c.parent for c in cra.clauses}
    assert headings <= parents, "a heading without points"


def test_every_clause_of_the_cra_leads_to_its_place_at_eur_lex(cra: Catalogue) -> None:
    base = "https://eur-lex.europa.eu/legal-content/EN/TXT/HTML/?uri=OJ:L_202402847#"
    elsewhere = {c.id: c.url for c in cra.clauses if not (c.url or "").startswith(base)}
    # Inserted by another Regulation, so the Official Journal text of this one does not hold it.
    assert elsewhere == {"CRA_ART_32_5A": "http://data.europa.eu/eli/reg/2025/327/oj"}
    clauses = Clauses([cra])
    for clause, fragment in (
        ("CRA_ANX_I_P1_2_D", "anx_I"),
        ("CRA_ART_13_8_SP3", "013.008"),
        ("CRA_ART_29", "art_29"),
        ("CRA_ANX_VII_2_B", "anx_VII"),
    ):
        assert clauses.get(clause).url == base + fragment  # type: ignore[union-attr]


def test_the_fragment_is_that_of_the_article_or_annex(cra: Catalogue) -> None:
    for c in cited(cra):
        if c.id == "CRA_ART_32_5A":
            continue
        kind, number, *rest = c.id.removeprefix("CRA_").split("_")
        paragraph = rest[0] if rest else ""
        if kind == "ANX":
            want = f"anx_{number}"
        elif paragraph.isdigit():
            want = f"{int(number):03}.{int(paragraph):03}"
        else:
            want = f"art_{number}"
        assert (c.url or "").partition("#")[2] == want, c.id


def test_reporting_applies_early_and_the_rest_from_december_2027(cra: Catalogue) -> None:
    dates = Counter(c.applies_from for c in cra.clauses)
    assert dates == {"2027-12-11": 271, "2026-09-11": 32, None: 2}
    assert {c.group for c in cra.clauses if c.applies_from == "2026-09-11"} == {"ART_14", "ART_69"}
    assert {c.group for c in cra.clauses if c.applies_from is None} == {"ART_71"}


def test_deadlines_of_article_14_can_be_read_by_people(cra: Catalogue) -> None:
    deadlines = {c.printed: c.details["deadline"] for c in cra.clauses if "deadline" in c.details}
    assert deadlines == {
        "Article 14(2), point (a)": "24 hours",
        "Article 14(2), point (b)": "72 hours",
        "Article 14(2), point (c)": "14 days",
        "Article 14(4), point (a)": "24 hours",
        "Article 14(4), point (b)": "72 hours",
        "Article 14(4), point (c)": "1 month",
    }


def test_the_digest_of_every_wording_is_kept(cra: Catalogue) -> None:
    without = [
        c.id for c in cra.clauses if not re.fullmatch(r"[0-9a-f]{16}", c.details.get("text digest", ""))
    ]
    assert without == ["CRA_ART_32_5A"]


def test_addressees_come_from_one_vocabulary(cra: Catalogue) -> None:
    assert {a for c in cra.clauses for a in c.addressees} == {
        "authorised-representative",
        "commission",
        "csirt",
        "distributor",
        "economic-operator",
        "importer",
        "manufacturer",
        "market-surveillance-authority",
        "member-state",
        "notified-body",
        "open-source-steward",
    }
    assert [c.id for c in cra.clauses if not c.addressees] == []


def test_the_categories_are_those_of_annexes_iii_and_iv(cra: Catalogue) -> None:
    assert Counter(c.product_class for c in cra.categories) == {
        "important-class-I": 19,
        "important-class-II": 4,
        "critical": 3,
    }
    assert cra.categories[0].printed == "Annex III, Class I, point 1"
    assert cra.categories[-1].printed == "Annex IV, point 3"


def test_corrected_summaries_say_what_the_law_says(cra: Catalogue) -> None:
    clauses = Clauses([cra])

    def summary(clause: str) -> str:
        return clauses.get(clause).summary  # type: ignore[union-attr]

    assert "made available on the market" in summary("CRA_ANX_I_P1_2_A")
    assert "must affect" in summary("CRA_ANX_I_P1_2_I")
    assert "including the SBOM" in summary("CRA_ANX_VII_2_B")
    assert summary("CRA_ART_14_2_C").startswith("Unless already provided")
    assert clauses.get("CRA_ART_14_7_SP3").force is Force.DUTY  # type: ignore[union-attr]


# --------------------------------------------------------------------------- IEC 62443


def test_the_practices_have_as_many_requirements_as_the_standard(process: Catalogue) -> None:
    assert Counter(c.group for c in process.clauses) == {
        "SM": 13,
        "SR": 5,
        "SD": 4,
        "SI": 2,
        "SVV": 5,
        "DM": 6,
        "SUM": 5,
        "SG": 7,
    }
    assert all(c.asked for c in process.clauses)


def test_ids_of_iec_62443_spell_their_printed_form(process: Catalogue, components: Catalogue) -> None:
    for c in (process, components):
        for clause in c.clauses:
            parts = re.findall(r"[A-Z]+|\d+", clause.printed)
            assert clause.id == c.prefix + "_".join(parts)


def test_the_components_part_has_its_141_clauses(components: Catalogue) -> None:
    assert Counter(c.details["kind"] for c in components.clauses) == {
        "common constraint": 4,
        "common": 43,
        "pointer": 12,
        "no component requirement": 3,
        "type-specific": 30,
        "enhancement": 49,
    }


@pytest.mark.parametrize("component", LEVELS)
def test_as_many_clauses_apply_at_a_level_as_were_counted(components: Catalogue, component: str) -> None:
    def applies(clause: Clause, level: int) -> bool:
        types = clause.details.get("component types", "").split(", ")
        return component in types and int(clause.details.get("lowest SL-C", 9)) <= level

    counted = tuple(
        (
            sum(applies(c, level) and " RE(" not in c.printed for c in components.clauses),
            sum(applies(c, level) and " RE(" in c.printed for c in components.clauses),
        )
        for level in (1, 2, 3, 4)
    )
    assert counted == LEVELS[component]


def test_pointers_and_empty_numbers_demand_nothing(components: Catalogue) -> None:
    idle = {c.printed: c.force for c in components.clauses if not c.asked}
    pointers = ("1.6", "1.13", "2.4", "2.13", "3.2", "3.10", "3.11", "3.12", "3.13", "3.14", "5.2", "5.3")
    assert idle == {f"CR {n}": Force.HEADING for n in pointers} | {
        f"CR {n}": Force.RULE for n in ("2.3", "5.4", "7.5")
    }


def test_every_pointer_has_its_type_specific_clauses_under_it(components: Catalogue) -> None:
    clauses = Clauses([components])
    for c in components.clauses:
        if c.force is Force.HEADING:
            types = [p.printed.split()[0] for p in clauses.children(c.id)]
            assert ", ".join(types) == c.details["component types"]


def test_an_enhancement_stands_under_what_it_enhances(components: Catalogue) -> None:
    for c in components.clauses:
        base, _, number = c.id.partition("_RE_")
        if number:
            assert c.parent == base


def test_what_rests_on_one_source_says_so(components: Catalogue) -> None:
    weak = [c.printed for c in components.clauses if (c.verified or NOT_VERIFIED).startswith(NOT_VERIFIED)]
    assert sorted(weak) == [
        "EDR 2.4 RE(1)",
        "HDR 2.4 RE(1)",
        "HDR 3.2 RE(1)",
        "NDR 2.4 RE(1)",
        "SAR 2.4 RE(1)",
    ]


# --------------------------------------------------------------------------- mapping


def test_the_22_points_of_annex_i_have_a_row_each() -> None:
    rows = raw("mapping-cra-iec62443.yaml")["rows"]
    assert [r["clause"] for r in rows[:22]] == list(ANNEX_I)
    beyond = [c for r in rows[22:] for c in ([r["clause"]] if isinstance(r["clause"], str) else r["clause"])]
    assert not set(beyond) & set(ANNEX_I)


def test_the_rows_of_annex_i_keep_every_pair(mapping: ClauseMapping) -> None:
    relations = [r for r in mapping.relations if r.clause in ANNEX_I]
    assert len(relations) == 263
    assert Counter(r.strength for r in relations) == {Strength.PARTIAL: 119, Strength.SUPPORTING: 144}
    assert Counter((r.basis, r.source) for r in relations) == {
        (Basis.DERIVED, "ENISA-JRC"): 52,
        (Basis.DERIVED, "XWALK"): 73,
        (Basis.DERIVED, "XWALK, OTBLOG"): 6,
        (Basis.EXPERT_JUDGEMENT, ""): 132,
    }
    assert Counter(mapping.overall[c] for c in ANNEX_I) == {"partial": 18, "supporting": 3, "none": 1}


def test_every_obligation_beyond_annex_i_is_reached(mapping: ClauseMapping) -> None:
    articles = {c.removeprefix("CRA_").rsplit("_", 1)[0] for c in mapping.remaining}
    groups = (
        "ART_13_",
        "ART_14_",
        "ART_28_",
        "ART_30_",
        "ART_31_",
        "ART_32_",
        "ANX_II_",
        "ANX_V_",
        "ANX_VII_",
        "ANX_VIII_",
    )
    assert [g for g in groups if not any(f"{a}_".startswith(g) for a in articles)] == []
    for paragraph in (2, 3, 4, 5, 6, 8, 9, 10, 12, 13, 17, 18, 19, 20):
        assert f"CRA_ART_13_{paragraph}" in mapping.remaining


def test_nothing_is_called_published_that_no_publisher_relates(mapping: ClauseMapping) -> None:
    assert [r for r in mapping.relations if r.basis is Basis.PUBLISHED] == []


def test_a_row_goes_as_far_as_its_strongest_relation(mapping: ClauseMapping) -> None:
    for clause, overall in mapping.overall.items():
        strengths = {r.strength.value for r in mapping.relations if r.clause == clause}
        if overall == "none":
            assert "partial" not in strengths, clause
        else:
            assert overall == ("partial" if "partial" in strengths else "supporting"), clause


def test_data_minimisation_is_supported_by_nothing(mapping: ClauseMapping) -> None:
    assert mapping.overall["CRA_ANX_I_P1_2_G"] == "none"


def test_every_row_says_what_remains(mapping: ClauseMapping) -> None:
    assert [c for c, gap in mapping.remaining.items() if not gap] == []


def test_relations_lead_to_clauses_that_ask_something(
    mapping: ClauseMapping, shipped: tuple[Catalogue, ...]
) -> None:
    clauses = Clauses(shipped)
    idle = {e for r in mapping.relations for e in (r.clause, r.by) if not clauses.get(e).asked}  # type: ignore[union-attr]
    assert idle == set()
