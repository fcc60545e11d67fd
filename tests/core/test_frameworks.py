"""Frameworks beside the CRA and IEC 62443: their counts, citations and caveats, and what mappings may say."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import sphinx_cra
from sphinx_cra import catalogue, datafile
from sphinx_cra.catalogue import NOT_VERIFIED, Clauses
from sphinx_cra.evidence.sbom import bsi
from sphinx_cra.model import Basis, Catalogue, ClauseMapping, Force, Strength

HERE = Path(__file__).parent
FOLDER = Path(sphinx_cra.__file__).parent / "catalogues"

# How many clauses each has, as counted when the sources were read.
COUNTS = {
    "bsi-tr-03183-1": 47,
    "bsi-tr-03183-2": 41,
    "bsi-tr-03183-3": 31,
    "cra": 305,
    "en-18031-1": 33,
    "enisa-sbd": 22,
    "etsi-en-303-645": 78,
    "first-psirt": 118,
    "iec62443-4-1": 47,
    "iec62443-4-2": 141,
    "iso-iec-29147": 70,
    "iso-iec-30111": 37,
    "nist-ssdf": 61,
    "osps-baseline": 41,
}
OURS = tuple(n for n in COUNTS if n not in ("cra", "iec62443-4-1", "iec62443-4-2"))

# Prefix of the ids, and what a citation of the framework looks like.
CITED = {
    "bsi-tr-03183-1": ("BSI_TR_03183_1_", r"(ER|VH)\.\d+[a-d]?|RH_(RA|RT|DOC|UPD)(\.\d)+"),
    "bsi-tr-03183-2": ("BSI_TR_03183_2_", r"section \d(\.\d+){0,2} \([A-Z]+-[A-Za-z0-9-]+\)"),
    "bsi-tr-03183-3": ("BSI_TR_03183_3_", r"section 4\.[1-5](\.\d+)?"),
    "en-18031-1": ("EN_18031_1_", r"(ACM|AUM|SUM|SSM|SCM|RLM|NMM|TCM|CCK|GEC|CRY)-\d(-\d)?"),
    "enisa-sbd": ("ENISA_SBD_", r"principle 4\.\d+"),
    "etsi-en-303-645": ("EN_303_645_", r"Provision (5\.\d+|6)-\d+[AB]?"),
    "first-psirt": ("PSIRT_", r"Service Area [1-6]|[1-6](\.\d+){1,2}"),
    "iso-iec-29147": ("ISO_29147_", r"clause \d(\.\d+){0,2}|Annex [A-D]"),
    "iso-iec-30111": ("ISO_30111_", r"clause \d(\.\d+){0,2}"),
    "nist-ssdf": ("SSDF_", r"(PO|PS|PW|RV)\.\d(\.\d)?"),
    "osps-baseline": ("OSPS_", r"OSPS-(AC|BR|DO|GV|LE|QA|SA|VM)-\d\d"),
}

# Clauses that demand nothing of a maker by themselves.
FORCES = {
    "bsi-tr-03183-1": {Force.DUTY: 47},
    "bsi-tr-03183-2": {Force.DUTY: 36, Force.OPTION: 4, Force.RULE: 1},
    "bsi-tr-03183-3": {Force.DUTY: 26, Force.OPTION: 5},
    "en-18031-1": {Force.DUTY: 33},
    "enisa-sbd": {Force.DUTY: 22},
    "etsi-en-303-645": {Force.DUTY: 36, Force.OPTION: 42},
    "first-psirt": {Force.DUTY: 85, Force.HEADING: 33},
    "iso-iec-29147": {Force.DUTY: 41, Force.RULE: 19, Force.HEADING: 8, Force.OPTION: 2},
    "iso-iec-30111": {Force.DUTY: 23, Force.RULE: 8, Force.HEADING: 6},
    "nist-ssdf": {Force.DUTY: 42, Force.HEADING: 19},
    "osps-baseline": {Force.DUTY: 41},
}

# Relations of each mapping, and how many clauses have a row.
MAPPINGS = {
    "cra-bsi-tr-03183": (100, 25),
    "cra-enisa-jrc": (13, 22),
    "cra-enisa-sbd": (62, 22),
    "cra-etsi-en-303-645": (106, 29),
    "cra-first-psirt": (48, 15),
    "cra-iec62443": (326, 109),
    "cra-iso-29147-30111": (32, 9),
    "cra-nist-ssdf": (76, 27),
    "cra-osps-baseline": (102, 23),
    "nist-ssdf-iso-29147-30111": (15, 9),
    "nist-ssdf-osps-baseline": (101, 25),
}
OUR_MAPPINGS = tuple(n for n in MAPPINGS if n != "cra-iec62443")

PROPERTIES = {f"CRA_ANX_I_P1_2_{x}" for x in "ABCDEFGHIJKLM"}


@pytest.fixture(scope="module")
def shipped() -> tuple[Catalogue, ...]:
    return tuple(catalogue.load(n, root=HERE) for n in catalogue.names())


@pytest.fixture(scope="module")
def clauses(shipped: tuple[Catalogue, ...]) -> Clauses:
    return Clauses(shipped)


@pytest.fixture(scope="module")
def mappings() -> tuple[ClauseMapping, ...]:
    return tuple(catalogue.load_mapping(n, root=HERE) for n in catalogue.mapping_names())


def raw(name: str) -> Any:
    return datafile.load(FOLDER / f"{name}.yaml", source=name).data


def load(name: str) -> Catalogue:
    return catalogue.load(name, root=HERE)


def load_mapping(name: str) -> ClauseMapping:
    return catalogue.load_mapping(name, root=HERE)


# --------------------------------------------------------------------------- all catalogues


def test_every_framework_has_as_many_clauses_as_were_counted(shipped: tuple[Catalogue, ...]) -> None:
    assert {c.id: len(c.clauses) for c in shipped} == COUNTS


def test_each_id_occurs_once_in_all_catalogues(shipped: tuple[Catalogue, ...]) -> None:
    ids = Counter(i for c in shipped for i in (*(x.id for x in c.clauses), *(x.id for x in c.categories)))
    assert [i for i, n in ids.items() if n > 1] == []


def test_ids_are_those_that_sphinx_needs_can_link_to(shipped: tuple[Catalogue, ...]) -> None:
    assert [x.id for c in shipped for x in c.clauses if not re.fullmatch(r"[A-Z0-9_]{5,}", x.id)] == []


def test_no_prefix_is_the_beginning_of_another(shipped: tuple[Catalogue, ...]) -> None:
    prefixes = [c.prefix for c in shipped]
    assert len(set(prefixes)) == len(prefixes)
    assert [(a, b) for a in prefixes for b in prefixes if a != b and b.startswith(a)] == []


@pytest.mark.parametrize("name", OURS)
def test_clauses_are_cited_as_their_field_cites_them(name: str) -> None:
    prefix, pattern = CITED[name]
    c = load(name)
    assert c.prefix == prefix
    assert [x.printed for x in c.clauses if not re.fullmatch(pattern, x.printed)] == []
    assert [p for p, n in Counter(x.printed for x in c.clauses).items() if n > 1] == []


@pytest.mark.parametrize("name", OURS)
def test_an_id_spells_its_citation(name: str) -> None:
    def spelled(printed: str) -> str:
        if m := re.search(r"\((.+)\)", printed):  # a section without ids of its own
            printed = m[1]
        printed = re.sub(r"^(section|principle|Provision|clause|Annex|OSPS-) ?", "", printed)
        printed = re.sub(r"^Service Area ", "SA", printed)
        return re.sub(r"[.\- ]", "_", printed).upper()

    c = load(name)
    assert {x.id: x.printed for x in c.clauses if x.id != c.prefix + spelled(x.printed)} == {}


@pytest.mark.parametrize("name", OURS)
def test_every_clause_has_a_short_title_and_stands_in_its_group(name: str) -> None:
    c = load(name)
    assert [x.id for x in c.clauses if not 2 < len(x.title) <= 120] == []
    runs = [x.group for n, x in enumerate(c.clauses) if n == 0 or x.group != c.clauses[n - 1].group]
    assert runs == [g.id for g in c.groups]
    order = {x.id: n for n, x in enumerate(c.clauses)}
    assert [x.id for x in c.clauses if x.parent and order[x.parent] > order[x.id]] == []


@pytest.mark.parametrize("name", OURS)
def test_what_demands_nothing_is_told_apart(name: str) -> None:
    c = load(name)
    assert Counter(x.force for x in c.clauses) == FORCES[name]
    parents = {x.parent for x in c.clauses if x.parent}
    assert {x.id for x in c.clauses if x.force is Force.HEADING} == parents


@pytest.mark.parametrize("name", OURS)
def test_nothing_in_a_framework_can_be_excluded_under_article_13_4(name: str) -> None:
    assert [x.id for x in load(name).clauses if x.excludable] == []


@pytest.mark.parametrize("name", OURS)
def test_a_reader_is_told_edition_publisher_address_and_what_to_mind(name: str) -> None:
    c = load(name)
    assert c.edition
    assert c.publisher
    assert c.note
    assert (c.url or "").startswith("https://")


# --------------------------------------------------------------------------- what was not verified


def test_what_is_weakly_verified_says_so_on_every_item(shipped: tuple[Catalogue, ...]) -> None:
    weak = {
        c.id: n
        for c in shipped
        if (n := sum((x.verified or NOT_VERIFIED).startswith(NOT_VERIFIED) for x in c.clauses))
    }
    assert weak == {
        "bsi-tr-03183-3": 31,
        "en-18031-1": 33,
        "enisa-sbd": 22,
        "iec62443-4-2": 5,
        "iso-iec-29147": 70,
        "iso-iec-30111": 37,
    }


def test_titles_from_memory_and_inferred_numbers_are_told_apart() -> None:
    def saying(name: str, words: str) -> int:
        return sum(words in (x.verified or "") for x in load(name).clauses)

    assert saying("iso-iec-29147", "from memory") == 21
    assert saying("iso-iec-30111", "from memory") == 17
    assert saying("bsi-tr-03183-3", "section number of 1.0.0 follows") == 10
    assert saying("en-18031-1", "from memory") == 1


@pytest.mark.parametrize("name", ["iso-iec-29147", "iso-iec-30111"])
def test_the_iso_standards_have_numbers_and_titles_only(name: str) -> None:
    rows = raw(name)["clauses"]
    allowed = {"id", "cite", "title", "group", "parent", "force", "verified", "unverified", "details"}
    assert [r["id"] for r in rows if not r.keys() <= allowed] == []
    assert {v for r in rows for v in r.get("details", {}).values()} <= {"informative"}


@pytest.mark.parametrize("name", sorted(set(OURS) - {"iso-iec-29147", "iso-iec-30111"}))
def test_all_others_have_a_summary(name: str) -> None:
    assert [x.id for x in load(name).clauses if not x.summary] == []


def test_en_18031_1_is_for_those_who_ask_for_it(mappings: tuple[ClauseMapping, ...]) -> None:
    assert load("en-18031-1").note.startswith("Opt-in.")
    assert [m.id for m in mappings if "en-18031-1" in (m.clauses_of, *m.supported_by)] == []


def test_data_minimisation_is_missing_from_bsi_tr_03183_1() -> None:
    ids = {x.printed for x in load("bsi-tr-03183-1").clauses}
    assert not {"ER.3", "ER.8", "VH.2"} & ids
    assert load_mapping("cra-bsi-tr-03183").overall["CRA_ANX_I_P1_2_G"] == "none"


# --------------------------------------------------------------------------- single catalogues


def test_the_sbom_guideline_says_what_the_sbom_check_says() -> None:
    rules = dict(bsi.guideline().rules)
    people = {r.id for r in bsi.guideline().for_people}
    for x in load("bsi-tr-03183-2").clauses:
        rule = rules.pop(x.details["id in the SBOM check"])
        assert (x.title, x.summary, x.details["level"]) == (rule.title, rule.summary, rule.level)
        assert re.findall(r"[\d.]+", x.details["section"]) == re.findall(r"[\d.]+", rule.section)
        assert x.details["checked by"].startswith("people") == (rule.id in people)
    assert rules == {}


def test_the_provisions_are_mandatory_or_recommended_as_table_b_1_says() -> None:
    kinds = Counter(x.details["status"] for x in load("etsi-en-303-645").clauses)
    assert kinds == {"mandatory": 36, "recommendation": 42}
    for x in load("etsi-en-303-645").clauses:
        assert (x.force is Force.DUTY) == (x.details["status"] == "mandatory")


def test_void_provisions_are_not_in_the_catalogue() -> None:
    printed = {x.printed.removeprefix("Provision ") for x in load("etsi-en-303-645").clauses}
    assert not {"5.3-4", "5.3-6", "5.3-15", "5.6-4", "5.13-1", "6-3"} & printed


def test_the_baseline_keeps_its_65_assessment_requirements() -> None:
    rows = raw("osps-baseline")["clauses"]
    requirements = [a for r in rows for a in r["details"]["assessment requirements"]]
    assert len(requirements) == 65
    assert [a for a in requirements if "retired" in a] == ["OSPS-BR-01.02 (retired)"]
    for r in rows:
        assert all(a.startswith(f"{r['cite']}.") for a in r["details"]["assessment requirements"])


def test_the_psirt_framework_has_6_areas_28_services_and_84_functions() -> None:
    kinds = Counter(x.details["kind"] for x in load("first-psirt").clauses)
    assert kinds == {"service area": 6, "service": 28, "function": 84}


# --------------------------------------------------------------------------- mappings


def test_the_mappings_are_those_that_the_configuration_names() -> None:
    assert catalogue.mapping_names() == tuple(MAPPINGS)


def test_every_end_of_every_mapping_resolves(
    shipped: tuple[Catalogue, ...], mappings: tuple[ClauseMapping, ...]
) -> None:
    assert catalogue.check(shipped, mappings) == ()
    assert {m.id: (len(m.relations), len(m.overall)) for m in mappings} == MAPPINGS


@pytest.mark.parametrize("name", OUR_MAPPINGS)
def test_both_ends_of_a_relation_ask_something(name: str, clauses: Clauses) -> None:
    """A recommendation may support, a heading or a definition may not."""
    m = load_mapping(name)
    assert [c for c in m.overall if not clauses.get(c).asked] == []  # type: ignore[union-attr]
    asking = {Force.DUTY, Force.OPTION}
    assert [r.by for r in m.relations if clauses.get(r.by).force not in asking] == []  # type: ignore[union-attr]


@pytest.mark.parametrize("name", OUR_MAPPINGS)
def test_every_relation_gives_a_reason_and_every_row_what_remains(name: str) -> None:
    m = load_mapping(name)
    assert [(r.clause, r.by) for r in m.relations if not r.rationale] == []
    assert [c for c in m.overall if not m.remaining[c]] == []
    assert Counter((r.clause, r.by) for r in m.relations).most_common(1)[0][1] == 1


@pytest.mark.parametrize("name", OUR_MAPPINGS)
def test_a_row_goes_no_further_than_its_relations(name: str) -> None:
    m = load_mapping(name)
    for clause, overall in m.overall.items():
        strengths = {r.strength.value for r in m.relations if r.clause == clause}
        if overall == "none":
            assert "partial" not in strengths, clause
        else:
            assert overall == ("partial" if "partial" in strengths else "supporting"), clause


@pytest.mark.parametrize("name", OUR_MAPPINGS)
def test_what_remains_can_be_read_beside_that_of_other_mappings(name: str) -> None:
    """A clause's gaps of all mappings are shown together, so that none may say "the standard"."""
    vague = re.compile(
        r"\b(the|this) (standard|framework|guideline|baseline|report|playbook)\b(?! of)", re.IGNORECASE
    )
    named = re.compile(r"SSDF|BSI|TR-03183|PSIRT|ISO/IEC|EN 303 645|OSPS|ENISA|JRC|OpenSSF|ETSI|NIST")
    gaps = {s for sentences in load_mapping(name).remaining.values() for s in sentences}
    assert [s for s in gaps if vague.search(s) and not named.search(s)] == []
    assert [s for s in gaps if s[0].islower() or s[-1] not in ".!"] == []


def test_every_source_that_was_read_in_a_transcript_says_so(mappings: tuple[ClauseMapping, ...]) -> None:
    published = {(m.id, r.source) for m in mappings for r in m.relations if r.basis is Basis.PUBLISHED}
    read_at_the_publisher = {"OpenSSF", "NIST SP 800-218"}
    assert {s for _, s in published if "transcript" not in s} == read_at_the_publisher
    for name, source in published:
        explained = raw(f"mapping-{name}")["provenance"]["sources"][source]
        assert ("transcript" in explained) == ("transcript" in source)
        assert "published" in explained


def test_a_published_or_derived_relation_names_its_source(mappings: tuple[ClauseMapping, ...]) -> None:
    for m in mappings:
        assert [r for r in m.relations if r.basis is not Basis.EXPERT_JUDGEMENT and not r.source] == []


@pytest.mark.parametrize(
    "name", ["cra-nist-ssdf", "cra-osps-baseline", "cra-first-psirt", "cra-iso-29147-30111"]
)
def test_a_framework_about_process_is_no_part_of_a_product_s_property(name: str) -> None:
    m = load_mapping(name)
    assert {r.strength for r in m.relations if r.clause in PROPERTIES} <= {Strength.SUPPORTING}


@pytest.mark.parametrize("name", ["cra-enisa-sbd", "nist-ssdf-iso-29147-30111", "nist-ssdf-osps-baseline"])
def test_a_reference_without_a_degree_supports_at_most(name: str) -> None:
    assert {r.strength for r in load_mapping(name).relations} == {Strength.SUPPORTING}


def test_all_is_not_spread_over_the_clauses_of_a_framework() -> None:
    ssdf = load_mapping("cra-nist-ssdf")
    assert [r for r in ssdf.relations if r.clause == "CRA_ANX_I_P1_1"] == []
    assert ssdf.overall["CRA_ANX_I_P1_1"] == "none"
    two_a = [r for r in ssdf.relations if r.clause == "CRA_ANX_I_P1_2_A"]
    assert [(r.by, r.basis) for r in two_a] == [("SSDF_PW_5_1", Basis.EXPERT_JUDGEMENT)]
    policy = load_mapping("nist-ssdf-iso-29147-30111")
    assert policy.overall["SSDF_RV_1_3"] == "none"


def test_no_mapping_says_that_it_fulfils() -> None:
    said = " ".join(
        s
        for name in OUR_MAPPINGS
        for m in [load_mapping(name)]
        for s in (
            m.note,
            *(r.rationale for r in m.relations),
            *(g for gs in m.remaining.values() for g in gs),
        )
    )
    assert re.findall(r"\b(compliant|complies|conforms|fulfils)\b", said) == []


def test_pairs_that_nobody_can_follow_are_named_and_not_counted() -> None:
    rows = raw("mapping-cra-osps-baseline")["rows"]
    named = {
        (r["clause"], i)
        for r in rows
        for i in re.findall(
            r"OSPS-\w\w-\d\d", r.get("details", {}).get("OpenSSF also lists, not counted", "")
        )
    }
    assert len(named) == 15
    counted = {(r.clause, r.by.replace("_", "-")) for r in load_mapping("cra-osps-baseline").relations}
    assert not named & counted


def test_the_study_of_2024_is_renumbered_to_the_regulation() -> None:
    """Proposal (3)(k) became (2)(c), so the letters after it moved; (2)(m) is new."""
    points = {
        r["clause"]: r["details"]["point of the 2022 proposal"] for r in raw("mapping-cra-enisa-jrc")["rows"]
    }
    assert len(points) == 22
    assert points["CRA_ANX_I_P1_2_A"] == "Annex I Section 1 (2)"
    assert points["CRA_ANX_I_P1_2_B"] == "Annex I Section 1 (3)(a)"
    assert points["CRA_ANX_I_P1_2_C"] == "Annex I Section 1 (3)(k)"
    for new, old in zip("DEFGHIJKL", "bcdefghij", strict=True):
        assert points[f"CRA_ANX_I_P1_2_{new}"] == f"Annex I Section 1 (3)({old})"
    assert points["CRA_ANX_I_P1_2_M"] == "there was none"
    for n in range(1, 9):
        assert points[f"CRA_ANX_I_P2_{n}"] == f"Annex I Section 2 ({n})"
    iec = {
        r["clause"]: r["details"].get("point of the 2022 proposal")
        for r in raw("mapping-cra-iec62443")["rows"][:22]
    }
    assert {c: p for c, p in iec.items() if p} == {c: p for c, p in points.items() if p != "there was none"}


def test_the_study_counts_only_clauses_that_it_names() -> None:
    ids = {(r.clause.removeprefix("CRA_ANX_I_"), r.by) for r in load_mapping("cra-enisa-jrc").relations}
    assert ids == {
        ("P1_2_A", "EN_303_645_5_2_3"),
        ("P1_2_D", "IEC62443_4_2_CR_2_1"),
        ("P1_2_E", "IEC62443_4_2_CR_4_1"),
        ("P1_2_H", "IEC62443_4_2_CR_7_1"),
        ("P1_2_H", "IEC62443_4_2_CR_7_2"),
        ("P1_2_L", "IEC62443_4_2_CR_2_8"),
        ("P1_2_L", "IEC62443_4_2_CR_2_11"),
        ("P1_2_L", "IEC62443_4_2_CR_2_12"),
        ("P2_2", "IEC62443_4_1_SUM_1"),
        ("P2_2", "IEC62443_4_1_SUM_5"),
        ("P2_4", "IEC62443_4_1_DM_5"),
        ("P2_8", "IEC62443_4_1_DM_5"),
        ("P2_8", "IEC62443_4_1_SUM_5"),
    }


# --------------------------------------------------------------------------- cost


def test_only_what_is_named_is_read() -> None:
    code = """
from pathlib import Path
from sphinx_cra import catalogue, datafile
read, load = [], datafile.load
datafile.load = lambda path, **options: read.append(Path(path).name) or load(path, **options)
catalogue.load("nist-ssdf", root=Path())
catalogue.load_mapping("cra-nist-ssdf", root=Path())
print(*read)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["nist-ssdf.yaml", "mapping-cra-nist-ssdf.yaml"]
