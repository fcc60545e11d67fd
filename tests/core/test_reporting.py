"""Drafts of reports: what Article 14 orders, what is known, and what a person still has to say."""

from __future__ import annotations

import json
from dataclasses import replace
from textwrap import dedent, indent
from typing import TYPE_CHECKING

import pytest

from build import cra
from sphinx_cra import datafile, product
from sphinx_cra.datafile import DataError
from sphinx_cra.evidence.vex.model import Status
from sphinx_cra.known_vulnerabilities import Match
from sphinx_cra.reporting import answers, content, facts, register, text
from sphinx_cra.reporting.answers import Answers
from sphinx_cra.reporting.clock import STAGES, Kind, Stage, moment, zone
from sphinx_cra.reporting.content import Need
from sphinx_cra.reporting.draft import Draft, Filled, draft
from sphinx_cra.reporting.facts import Facts, FactsError
from sphinx_cra.reporting.recipient import Establishment, member_state, recipient

if TYPE_CHECKING:
    from pathlib import Path

V, I = Kind.VULNERABILITY, Kind.INCIDENT  # noqa: E741

PRODUCT = """\
product: {name: Gateway, release: "2.4.0", type: GW-1}
manufacturer:
  name: Example Works
  email: info@example.org
  main_establishment: {member_state: DE}
market: {member_states: [FR, DE]}
reporting: {platform: true}
"""

SBOM = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "version": 1,
    "metadata": {"component": {"type": "application", "bom-ref": "app", "name": "app", "version": "2.4.0"}},
    "components": [
        {"type": "library", "bom-ref": "a", "name": "liba", "version": "1.0", "purl": "pkg:pypi/liba@1.0"},
        {"type": "library", "bom-ref": "b", "name": "libb", "version": "2.0", "purl": "pkg:pypi/libb@2.0"},
        {"type": "library", "bom-ref": "c", "group": "@scope", "name": "libc", "version": "3.0"},
        {"type": "library", "bom-ref": "d", "name": "libd", "version": "4.0"},
    ],
    "dependencies": [
        {"ref": "app", "dependsOn": ["a", "c"]},
        {"ref": "a", "dependsOn": ["b"]},
        {"ref": "b", "dependsOn": ["a"]},
    ],
}

VEX = {
    "@context": "https://openvex.dev/ns/v0.2.0",
    "@id": "https://example.org/vex/1",
    "author": "Example Works",
    "timestamp": "2026-11-20T10:00:00Z",
    "version": 1,
    "statements": [
        {
            "vulnerability": {"name": "CVE-2026-1"},
            "products": [{"@id": "pkg:pypi/libb@2.0"}],
            "status": "affected",
            "action_statement": "Turn the feature off.",
        },
        {
            "vulnerability": {"name": "CVE-2026-2"},
            "products": [{"@id": "pkg:pypi/liba@1.0"}],
            "status": "not_affected",
            "justification": "vulnerable_code_not_present",
        },
    ],
}

SAID = """\
type: vulnerability
id: CASE-1
aware: 2026-11-24T09:30+01:00
aware_reason: The on-call engineer reproduced it.
vulnerability: CVE-2026-1
component: libb@2.0
answers:
  exploit: A crafted packet.
  sensitivity: {left_out: Nothing in it is sensitive.}
"""


def library(tmp_path: Path, **files: object) -> facts.Library:
    found = []
    for kind, data in (files or {"sbom": SBOM, "vex": VEX}).items():
        path = tmp_path / f"{kind}.json"
        path.write_text(data if isinstance(data, str) else json.dumps(data), "utf-8")
        found.append((kind, path))
    return facts.read(tmp_path, found)


def gathered(tmp_path: Path, component: str = "", vulnerability: str = "", about: str = PRODUCT) -> Facts:
    return facts.gather(
        product.parse(about), library(tmp_path), component=component, vulnerability=vulnerability
    )


def bare(about: str = PRODUCT) -> Facts:
    return facts.gather(product.parse(about), facts.Library())


def drafted(stage: Stage, known: Facts, said: str = SAID) -> Draft:
    return draft(stage, known, answers.parse(said))


# ---------------------------------------------------------------------------- content


def test_every_point_of_the_article_is_a_clause_of_the_catalogue() -> None:
    known = {c.id: c for c in cra().clauses}
    for kind in Kind:
        for stage in Stage:
            for field in content.fields(kind, stage):
                assert known[field.clause].printed == field.cite


def test_each_stage_asks_what_the_article_orders() -> None:
    asked = {(kind, stage): [f.key for f in content.fields(kind, stage)] for kind in Kind for stage in STAGES}
    assert asked[V, Stage.EARLY_WARNING] == ["member_states"]
    assert asked[V, Stage.NOTIFICATION] == [
        "product",
        "exploit",
        "vulnerability_nature",
        "measures_taken",
        "measures_users",
        "sensitivity",
    ]
    assert asked[V, Stage.FINAL] == ["description", "severity", "impact", "actor", "remedy"]
    assert asked[I, Stage.EARLY_WARNING] == ["suspected_malicious", "member_states"]
    assert asked[I, Stage.NOTIFICATION] == [
        "incident_nature",
        "assessment",
        "measures_taken",
        "measures_users",
        "sensitivity",
    ]
    assert asked[I, Stage.FINAL] == ["description", "severity", "impact", "cause", "mitigation"]


def test_what_the_article_asks_for_in_every_case_cannot_be_left_out() -> None:
    always = {f.key for k in Kind for s in STAGES for f in content.fields(k, s) if f.need is Need.ALWAYS}
    assert always == {
        "suspected_malicious",
        "description",
        "severity",
        "impact",
        "remedy",
        "cause",
        "mitigation",
    }
    said = "type: incident\nanswers:\n  suspected_malicious: {left_out: We do not know.}\n"
    with pytest.raises(DataError) as error:
        answers.parse(said)
    assert "case.yaml:3: answers.suspected_malicious: cannot be left out" in str(error.value)


# ----------------------------------------------------------------------------- drafts


def test_an_early_warning_is_complete_with_the_member_states_of_the_product_file(tmp_path: Path) -> None:
    done = drafted(Stage.EARLY_WARNING, gathered(tmp_path, "libb@2.0"))
    (entry,) = done.entries
    assert (entry.filled, entry.source) == (Filled.KNOWN, "cra.yaml")
    assert entry.lines == ("France (FR)", "Germany (DE)")
    assert not done.missing


def test_an_answer_comes_before_what_the_product_file_says() -> None:
    said = "type: vulnerability\nanswers: {member_states: [austria, EL]}\n"
    (entry,) = drafted(Stage.EARLY_WARNING, bare(), said).entries
    assert (entry.filled, entry.lines) == (Filled.ANSWERED, ("Austria (AT)", "Greece (GR)"))


def test_reporting_states_come_before_those_of_the_market() -> None:
    about = PRODUCT.replace("platform: true", "platform: true, affected_member_states: [AT]")
    (entry,) = drafted(Stage.EARLY_WARNING, bare(about), "type: vulnerability\n").entries
    assert entry.lines == ("Austria (AT)",)


def test_a_notification_says_which_component_and_how_it_comes_into_the_product(tmp_path: Path) -> None:
    done = drafted(Stage.NOTIFICATION, gathered(tmp_path, "libb@2.0", "CVE-2026-1"))
    entries = {e.field.key: e for e in done.entries}
    assert (
        entries["product"].lines[-1]
        == "component concerned: libb 2.0 (pkg:pypi/libb@2.0), comes in through app 2.4.0 → liba 1.0"
    )
    assert entries["exploit"].filled is Filled.ANSWERED
    assert entries["sensitivity"].filled is Filled.LEFT_OUT
    assert [e.field.key for e in done.missing] == ["vulnerability_nature", "measures_taken", "measures_users"]


def test_what_a_vex_statement_says_is_a_hint_and_fills_nothing(tmp_path: Path) -> None:
    done = drafted(Stage.NOTIFICATION, gathered(tmp_path, "libb@2.0", "CVE-2026-1"))
    measures = next(e for e in done.entries if e.field.key == "measures_users")
    assert measures.filled is Filled.MISSING
    assert measures.hints == ("CVE-2026-1 in libb 2.0: Turn the feature off.",)


def test_how_a_scanner_rates_it_is_a_hint_for_the_severity() -> None:
    match = Match(
        vulnerability="CVE-2026-1",
        component="libb 2.0",
        status=Status.UNKNOWN,
        why="libb is fixed in 2.1",
        source="grype 0.99",
        severity="critical",
    )
    entries = {e.field.key: e for e in drafted(Stage.FINAL, replace(bare(), matches=(match,))).entries}
    assert entries["severity"].filled is Filled.MISSING
    assert entries["severity"].hints == ("CVE-2026-1 in libb 2.0: rated critical, by grype 0.99",)
    assert entries["remedy"].hints == ("CVE-2026-1 in libb 2.0: libb is fixed in 2.1",)


def test_a_vulnerability_alone_finds_its_component(tmp_path: Path) -> None:
    assert [str(a) for a in gathered(tmp_path, vulnerability="cve-2026-1").affected] == ["libb 2.0"]


def test_a_statement_that_the_product_is_not_affected_is_a_contradiction_to_settle(tmp_path: Path) -> None:
    done = drafted(Stage.EARLY_WARNING, gathered(tmp_path, "liba", "CVE-2026-2"))
    assert any("contradiction with" in t.what and "not affected" in t.what for t in done.todo)


def test_what_is_answered_once_is_in_every_later_stage(tmp_path: Path) -> None:
    known = gathered(tmp_path, "libb@2.0")
    earlier = {e.field.key: e.filled for e in drafted(Stage.FINAL, known).earlier}
    assert earlier["member_states"] is Filled.KNOWN
    assert earlier["exploit"] is Filled.ANSWERED


def test_users_and_maintainers_are_to_be_informed_until_somebody_says_how() -> None:
    open_ = drafted(Stage.EARLY_WARNING, bare())
    assert {"CRA_ART_14_8", "CRA_ART_13_6"} <= {t.clause for t in open_.todo}
    settled = drafted(Stage.EARLY_WARNING, bare(), SAID + "users: by mail\nupstream: by mail\n")
    assert not {"CRA_ART_14_8", "CRA_ART_13_6"} & {t.clause for t in settled.todo}


def test_an_incident_asks_why_it_is_severe() -> None:
    assert "CRA_ART_14_5" in {t.clause for t in drafted(Stage.EARLY_WARNING, bare(), "type: incident\n").todo}


def test_what_was_noticed_before_the_article_applied_needs_a_judgement() -> None:
    for aware, asked in (("2026-09-10T23:59:59Z", True), ("2026-09-11T00:00Z", False)):
        done = drafted(Stage.EARLY_WARNING, bare(), f"type: vulnerability\naware: {aware}\n")
        assert ("CRA_ART_71_2" in {t.clause for t in done.todo}) is asked


def test_an_intermediate_report_is_what_the_csirt_asked_for() -> None:
    said = SAID + "  status_update: Patched in the field.\n"
    (entry,) = drafted(Stage.INTERMEDIATE, bare(), said).entries
    assert (entry.field.clause, entry.filled) == ("CRA_ART_14_6", Filled.ANSWERED)


# ------------------------------------------------------------------------------- text


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize("kind", list(Kind))
def test_a_draft_is_marked_as_one_and_valid_against_its_schema(
    stage: Stage, kind: Kind, tmp_path: Path
) -> None:
    said = f"type: {kind}\naware: 2026-11-24T09:30+01:00\n"
    done = draft(stage, gathered(tmp_path, "libb"), answers.parse(said), now=moment("2026-11-25T00:00Z"))
    data = json.loads(text.as_json(done))
    assert not list(datafile.validator("report.schema.json").iter_errors(data))
    assert (data["draft"], data["submitted"]) == (True, False)
    page = text.markdown(done, zone("Europe/Berlin"))
    assert page.startswith("# DRAFT: ")
    assert "Draft, not submitted" in page
    assert "form of that platform is not known" in page
    assert "$" not in page
    for entry in done.missing:
        assert f"`answers.{entry.field.key}`" in page
    assert (page, data) == (text.markdown(done, zone("Europe/Berlin")), json.loads(text.as_json(done)))


def test_a_draft_says_what_to_record_of_it(tmp_path: Path) -> None:
    page = text.markdown(drafted(Stage.NOTIFICATION, gathered(tmp_path, "libb@2.0")))
    entry = page.partition("```yaml\n")[2].partition("```")[0]
    assert "A crafted packet" not in entry
    case = "reports:\n- id: a\n  type: vulnerability\n  aware: 2026-11-24T09:30Z\n  stages:\n"
    case += indent(entry, "    ")
    (recorded,) = register.parse(case).cases
    assert recorded.submissions[0].contains == ("product", "exploit")
    assert recorded.submissions[0].left_out == {"sensitivity": "Nothing in it is sensitive."}


def test_text_of_others_means_only_itself_in_markdown() -> None:
    said = SAID.replace("A crafted packet.", '"# <script>x</script> [a](javascript:b) | `c` **d**"')
    page = text.markdown(drafted(Stage.NOTIFICATION, bare(), said))
    line = next(one for one in page.splitlines() if "script" in one)
    assert line == r"\# \<script\>x\</script\> \[a\](javascript:b) \| \`c\` \*\*d\*\*"


def test_without_awareness_no_clock_is_shown() -> None:
    page = text.markdown(drafted(Stage.EARLY_WARNING, bare(), "type: incident\n"))
    assert "Without it no clock can be shown" in page


# -------------------------------------------------------------------------- recipient


@pytest.mark.parametrize(
    ("where", "state", "clause"),
    [
        (Establishment(decisions_in="DE", most_employees_in="FR"), "DE", "CRA_ART_14_7_SP2"),
        (Establishment(most_employees_in="FR"), "FR", "CRA_ART_14_7_SP2"),
        (Establishment(in_union=False, representative_in="IE", importer_in="NL"), "IE", "CRA_ART_14_7_SP3_A"),
        (Establishment(in_union=False, importer_in="NL", distributor_in="BE"), "NL", "CRA_ART_14_7_SP3_B"),
        (Establishment(in_union=False, distributor_in="BE", most_users_in="ES"), "BE", "CRA_ART_14_7_SP3_C"),
        (Establishment(in_union=False, most_users_in="ES"), "ES", "CRA_ART_14_7_SP3_D"),
        (
            Establishment(in_union=False, most_users_in="ES", first_reported_to="IT"),
            "IT",
            "CRA_ART_14_7_SP4",
        ),
        (Establishment(in_union=False, importer_in="NL", first_reported_to="IT"), "NL", "CRA_ART_14_7_SP3_B"),
        (Establishment(in_union=False), "", "CRA_ART_14_7_SP3"),
        (Establishment(), "", "CRA_ART_14_7_SP2"),
        (Establishment(importer_in="NL"), "", "CRA_ART_14_7_SP2"),
        (Establishment(stated="SE"), "SE", "CRA_ART_14_7_SP2"),
    ],
)
def test_the_csirt_is_that_of_the_main_establishment_else_by_the_order_of_the_article(
    where: Establishment, state: str, clause: str
) -> None:
    found = recipient(where)
    assert (found.state, found.clause) == (state, clause)
    assert bool(found.lacks) is (not state or bool(where.stated))


@pytest.mark.parametrize(
    ("manufacturer", "reporting", "state"),
    [
        ("main_establishment: {member_state: DE}", "", "DE"),
        ("main_establishment: {member_state: none}", "", ""),
        (
            (
                "main_establishment: {member_state: none}\n"
                "  authorised_representative: {name: R, member_state: IE}"
            ),
            "",
            "IE",
        ),
        ("", "{member_state: NL, basis: importer}", "NL"),
        ("", "{member_state: NL, basis: main-establishment}", "NL"),
        ("main_establishment: {member_state: DE}", "{member_state: NL, basis: importer}", "DE"),
    ],
)
def test_the_product_file_decides_who_receives_a_report(
    manufacturer: str, reporting: str, state: str
) -> None:
    about = f"product: {{name: G, release: '1'}}\nmanufacturer:\n  name: M\n  {manufacturer}\n"
    known = product.parse(about + (f"reporting: {reporting}\n" if reporting else ""))
    assert recipient(facts.establishment(known)).state == state


def test_a_product_file_that_names_another_state_than_its_facts_is_told() -> None:
    about = PRODUCT.replace("platform: true", "platform: true, member_state: NL, basis: importer")
    todo = drafted(Stage.EARLY_WARNING, bare(about)).todo
    assert any("names Netherlands (NL)" in t.what for t in todo)


def test_member_states_are_known_by_code_and_name() -> None:
    assert [member_state(t) for t in ("de", "Germany", " EL ", "XX", "UK", "")] == [
        "DE",
        "DE",
        "GR",
        None,
        None,
        None,
    ]


# ---------------------------------------------------------------------------- answers


@pytest.mark.parametrize("kind", list(Kind))
def test_the_template_can_be_read_and_asks_every_point_once(kind: Kind) -> None:
    page = answers.template(kind)
    said = answers.parse(page)
    assert said.kind is kind
    assert not said.answers
    for field in content.of_kind(kind):
        assert page.count(f"\n  {field.key}:\n") == 1


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("type: breach\n", "case.yaml:1: type: 'breach' is not one of vulnerability, incident"),
        ("type: incident\naware: 2026-11-24T09:30\n", "case.yaml:2: aware: '2026-11-24T09:30' does not say"),
        ("type: incident\nawear: x\n", "case.yaml:2: awear: unknown key; did you mean 'aware'?"),
        ("answers: {sevrity: x}\n", "case.yaml:1: answers.sevrity: unknown key; did you mean 'severity'?"),
        ("type: vulnerability\nanswers: {cause: x}\n", "answers.cause: is not asked for in reports on vuln"),
        ("answers: {member_states: [Germny]}\n", "is no Member State; did you mean Germany?"),
        ("answers: {severity: 9.8}\n", "answers.severity: 9.8 is not text; put it in quotes"),
        ("answers: {actor: {left_out: ''}}\n", "answers.actor"),
        (
            "aware: 2026-11-24T09:30Z\nsubmitted: {early-warning: 2026-11-24T09:29Z}\n",
            "case.yaml:2: submitted.early-warning: 2026-11-24 09:29 UTC is before awareness",
        ),
        ("submitted: {first: 2026-11-24T09:29Z}\n", "submitted.first: unknown key"),
        ("csirt: {decisions_in: XX}\n", "csirt.decisions_in: 'XX' is no Member State"),
        ("id: a\nid: b\n", "id: given twice"),
        ("answers: &a {x: *a}\n", "is not allowed"),
        ("", "is empty"),
        ("- 1\n", "is not a mapping"),
        ("\x00", "has no place in a text file"),
    ],
)
def test_a_fault_in_the_answers_names_its_line_and_the_way_out(said: str, told: str) -> None:
    with pytest.raises(DataError) as error:
        answers.parse(said)
    assert told in str(error.value)


def test_an_empty_answer_is_none() -> None:
    said = answers.parse("type: vulnerability\nanswers: {exploit: '  ', actor: [], remedy: }\n")
    assert said == Answers(kind=V, source="case.yaml")


# ------------------------------------------------------------------------------ files


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("libb", "libb 2.0"),
        ("LIBB@2.0", "libb 2.0"),
        ("pkg:pypi/libb", "libb 2.0"),
        ("pkg:pypi/libb@2.0", "libb 2.0"),
        ("@scope/libc", "@scope/libc 3.0"),
        ("@scope/libc@3.0", "@scope/libc 3.0"),
        ("libc@3.0", "@scope/libc 3.0"),
    ],
)
def test_a_component_is_found_by_every_name_of_it(wanted: str, found: str, tmp_path: Path) -> None:
    assert [str(a) for a in facts.components(library(tmp_path), wanted)] == [found]


@pytest.mark.parametrize(
    ("wanted", "hint"),
    [
        ("libb@9.9", "did you mean libb@2.0?"),
        ("lib_b@2.0", "did you mean"),
        ("pkg:npm/libb@2.0", "write it as the SBOM does"),
        ("*", "write it as the SBOM does"),
        ("", "write it as the SBOM does"),
    ],
)
def test_an_unknown_component_is_answered_with_what_was_meant(wanted: str, hint: str, tmp_path: Path) -> None:
    with pytest.raises(FactsError, match=f"no component .* is in sbom.json; {hint}".replace("?", r"\?")):
        facts.components(library(tmp_path), wanted)


def test_where_a_component_is_used_is_said_as_far_as_the_sbom_says_it(tmp_path: Path) -> None:
    known = library(tmp_path)
    where = {name: facts.components(known, name)[0].where for name in ("liba", "libb", "libd")}
    assert where == {
        "liba": "a direct dependency of app 2.4.0",
        "libb": "comes in through app 2.4.0 → liba 1.0",
        "libd": "listed in sbom.json; the SBOM does not say what uses it",
    }


def test_spdx_is_read_as_well(tmp_path: Path) -> None:
    page = dedent("""\
        SPDXVersion: SPDX-2.3
        DataLicense: CC0-1.0
        SPDXID: SPDXRef-DOCUMENT
        DocumentName: app
        DocumentNamespace: https://example.org/app
        Creator: Tool: example
        Created: 2026-11-20T10:00:00Z

        PackageName: libb
        SPDXID: SPDXRef-libb
        PackageVersion: 2.0
        PackageDownloadLocation: NOASSERTION
        FilesAnalyzed: false
        """)
    assert [str(a) for a in facts.components(library(tmp_path, sbom=page), "libb")] == ["libb 2.0"]


@pytest.mark.parametrize("broken", ["", "{", "{}", '{"bomFormat": "CycloneDX"}', "\x00\x01"])
def test_a_broken_sbom_is_one_sentence(broken: str, tmp_path: Path) -> None:
    with pytest.raises(FactsError, match=r"the SBOM .*sbom.json cannot be used: ") as error:
        library(tmp_path, sbom=broken)
    assert "\n" not in str(error.value)


def test_a_missing_file_and_a_folder_are_one_sentence(tmp_path: Path) -> None:
    for name in ("nothing.json", "folder"):
        (tmp_path / "folder").mkdir(exist_ok=True)
        with pytest.raises(FactsError, match="cannot be used"):
            facts.read(tmp_path, [("sbom", tmp_path / name)])


def test_paths_outside_of_the_project_are_named_without_their_folders(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    library(tmp_path)
    found = facts.read(tmp_path / "docs", [("sbom", tmp_path / "sbom.json")])
    assert [s.path for s in found.sources] == ["sbom.json"]


def test_a_large_sbom_costs_no_more_than_its_size(tmp_path: Path) -> None:
    import time

    number = 20_000
    parts = [{"type": "library", "bom-ref": str(n), "name": f"lib{n}", "version": "1"} for n in range(number)]
    chain = [{"ref": str(n), "dependsOn": [str(n + 1)]} for n in range(number - 1)]
    chain.append({"ref": "app", "dependsOn": ["0"]})
    known = library(tmp_path, sbom={**SBOM, "components": parts, "dependencies": chain})
    began = time.perf_counter()
    (found,) = facts.components(known, f"lib{number - 1}")
    assert len(found.path) == number + 1
    assert time.perf_counter() - began < 3


def test_the_schema_of_answers_asks_what_the_article_orders() -> None:
    schema = json.loads(datafile.schema_text(answers.SCHEMA))
    asked = schema["properties"]["answers"]["properties"]
    known = {f.key: f for k in Kind for s in Stage for f in reversed(content.fields(k, s))}
    assert set(asked) == set(known)
    for key, entry in asked.items():
        assert entry["description"].partition(": ")[2] in {
            f.ask for k in Kind for s in Stage for f in content.fields(k, s) if f.key == key
        }
