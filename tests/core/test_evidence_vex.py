"""VEX: what OpenVEX, CSAF and CycloneDX state, which statement counts, and what cannot be used."""

from __future__ import annotations

import contextlib
import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sphinx_cra.evidence import Cache, EvidenceError, verdict, vex
from sphinx_cra.evidence.vex.model import Document, Part, Status, covers, current, is_date_time
from sphinx_cra.model import Item, Kind, Outcome, Verdict

DATA = Path(__file__).parent / "data" / "vex"
V, F, N, M, U, C = (
    Outcome.VALID,
    Outcome.FAILED,
    Outcome.VOID,
    Outcome.MISSING,
    Outcome.UNREADABLE,
    Outcome.UNCHECKED,
)


def shown(root: Path, file: str, select: str = "", **fields: str) -> Verdict:
    fields |= {"kind": "vex", "file": file, "select": select}
    item = Item(id="EVD_1", kind=Kind.EVIDENCE, type="evidence", title="Status", fields=fields)
    return verdict(item, root, Cache())


def of(tmp_path: Path, data: Any, select: str = "") -> Verdict:
    """The verdict on a file with this content."""
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    (tmp_path / "v.json").write_bytes(raw)
    return shown(tmp_path, "v.json", select)


def read(data: Any) -> Document:
    return vex.parse(json.dumps(data).encode())


# ------------------------------------------------------------------------------- OpenVEX


def statement(status: str = "fixed", product: str = "pkg:generic/hub@2.4", **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "vulnerability": {"name": "CVE-2024-0001"},
        "products": [{"@id": product}],
        "status": status,
    }
    if status == "affected":
        found["action_statement"] = "Update to 2.5."
    return {**found, **more}


def openvex(*statements: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": "https://example.com/vex/1",
        "author": "Example PSIRT",
        "timestamp": "2026-10-01T08:00:00Z",
        "version": 2,
        "statements": list(statements),
        **more,
    }


JUSTIFIED = {"justification": "vulnerable_code_not_present"}


@pytest.mark.parametrize(
    ("statements", "outcome", "words"),
    [
        ([statement()], V, "1 statement in v.json: 1 fixed"),
        ([statement("not_affected", **JUSTIFIED)], V, "1 not affected"),
        ([statement("not_affected", impact_statement="Removed in our build.")], V, "1 not affected"),
        ([statement("affected")], F, "states that the product is affected: CVE-2024-0001 in hub 2.4"),
        ([statement("under_investigation")], C, "is under investigation in v.json: CVE-2024-0001 in hub"),
        (
            [statement(), statement("under_investigation", "pkg:generic/other@1")],
            C,
            "CVE-2024-0001 in other 1",
        ),
        (
            [statement("under_investigation"), statement("affected", "pkg:generic/other@1")],
            F,
            "CVE-2024-0001 in other 1",
        ),
        ([], N, "v.json states nothing about a vulnerability"),
        (
            [statement("not_affected")],
            U,
            (
                "on CVE-2024-0001 in hub 2.4 in v.json cannot be used: it says not affected without a "
                "justification"
            ),
        ),
        ([statement("not_affected", impact_statement=" ")], U, "without a justification or an impact"),
        ([statement(products=[])], U, "it names no product"),
        ([statement("fine")], U, "statements.0.status: 'fine' is not one of"),
        ([statement("not_affected", justification="we_say_so")], U, "'we_say_so' is not one of"),
        ([statement(note="x")], U, "Additional properties are not allowed ('note' was unexpected)"),
        ([statement(timestamp="yesterday")], U, "'yesterday' is not a 'date-time'"),
    ],
)
def test_an_openvex_document_is_judged_by_its_statements(
    tmp_path: Path, statements: list[dict[str, Any]], outcome: Outcome, words: str
) -> None:
    found = of(tmp_path, openvex(*statements))
    assert (found.outcome, words in found.reason) == (outcome, True), found.reason


def test_a_verdict_counts_and_names_document_date_and_product_version(tmp_path: Path) -> None:
    document = openvex(
        statement(),
        statement("not_affected", **JUSTIFIED, vulnerability={"name": "CVE-2"}),
        tooling="vexctl 0.3",
    )
    found = of(tmp_path, document)
    assert found.counts == {"fixed": 1, "not_affected": 1}
    assert (found.tool, found.date, found.subject) == ("vexctl 0.3", "2026-10-01T08:00:00Z", "2.4")


def test_an_affected_statement_without_an_action_is_still_a_failure(tmp_path: Path) -> None:
    one = statement("affected")
    del one["action_statement"]
    assert of(tmp_path, openvex(one)).outcome is F


def test_the_latest_statement_of_a_product_counts_also_under_another_name_of_the_vulnerability(
    tmp_path: Path,
) -> None:
    old = statement("affected", timestamp="2026-01-01T00:00:00Z")
    new = statement(vulnerability={"name": "GHSA-x", "aliases": ["cve-2024-0001"]})
    assert of(tmp_path, openvex(new, old)).outcome is V
    old["timestamp"] = "2026-12-01T00:00:00+01:00"
    assert of(tmp_path, openvex(new, old)).outcome is F


def test_a_date_counts_in_its_own_time_zone(tmp_path: Path) -> None:
    good = statement(timestamp="2026-10-01T10:00:00+02:00")
    bad = statement("affected", timestamp="2026-10-01T09:00:00Z")
    assert of(tmp_path, openvex(bad, good)).outcome is F


def test_of_two_statements_of_one_moment_the_worse_counts(tmp_path: Path) -> None:
    assert of(tmp_path, openvex(statement("affected"), statement())).outcome is F
    assert of(tmp_path, openvex(statement(), statement("affected"))).outcome is F


def test_a_later_statement_about_another_component_replaces_none_of_the_same_product() -> None:
    def about(status: str, day: int, *components: str) -> dict[str, Any]:
        product = {"@id": "pkg:generic/hub@2.4", "subcomponents": [{"@id": c} for c in components]}
        return statement(status, timestamp=f"2026-01-{day:02}T00:00:00Z") | {"products": [product]}

    def counts(*said: dict[str, Any]) -> list[tuple[str, str]]:
        found = current(read(openvex(*said)).statements)
        return [(str(s.component), s.status.value) for s in found]

    one, other = "pkg:golang/golang.org/x/crypto@v0.43.0", "pkg:golang/golang.org/x/crypto@v0.49.0"
    both = about("affected", 1, one, other)
    assert counts(both, about("fixed", 2, other)) == [
        ("crypto v0.43.0", "affected"),
        ("crypto v0.49.0", "fixed"),
    ]
    assert counts(both, about("fixed", 2, "pkg:golang/stdlib@v1.26.4")) == [
        ("crypto v0.43.0", "affected"),
        ("crypto v0.49.0", "affected"),
        ("stdlib v1.26.4", "fixed"),
    ]
    assert counts(both, about("fixed", 2)) == [("None", "fixed")]


def test_a_later_statement_about_a_component_leaves_the_product_as_it_was(tmp_path: Path) -> None:
    inner = {"@id": "pkg:generic/hub@2.4", "subcomponents": [{"@id": "pkg:pypi/urllib3@2.0"}]}
    old = statement("affected", timestamp="2026-01-01T00:00:00Z")
    assert of(tmp_path, openvex(old, statement(products=[inner]))).outcome is F
    old["products"] = [inner]
    assert of(tmp_path, openvex(old, statement())).outcome is V


def test_every_name_of_an_openvex_component_is_kept() -> None:
    product = {
        "@id": "https://example.com/hub",
        "identifiers": {"purl": "pkg:generic/hub@2.4", "cpe23": "cpe:2.3:a:e:hub:2.4:*:*:*:*:*:*:*"},
        "hashes": {"sha-256": "ab"},
        "subcomponents": [{"identifiers": {"purl": "pkg:pypi/urllib3@2.0"}}],
    }
    [one] = read(openvex(statement(products=[product]))).statements
    assert one.product == Part(
        name="hub",
        version="2.4",
        purls=("pkg:generic/hub@2.4",),
        ids=("https://example.com/hub", "cpe:2.3:a:e:hub:2.4:*:*:*:*:*:*:*", "sha-256:ab"),
    )
    assert one.component is not None
    assert one.component.purls == ("pkg:pypi/urllib3@2.0",)
    assert (one.source.format, one.source.id, one.source.author, one.source.version) == (
        "OpenVEX 0.2.0",
        "https://example.com/vex/1",
        "Example PSIRT",
        "2",
    )


def test_another_version_of_openvex_is_not_read(tmp_path: Path) -> None:
    found = of(tmp_path, openvex(statement(), **{"@context": "https://openvex.dev/ns"}))
    assert (found.outcome, "https://openvex.dev/ns/v0.2.0 is read" in found.reason) == (U, True)


# ------------------------------------------------------------------------------- selection


@pytest.mark.parametrize(
    ("select", "outcome"),
    [
        ("hub", F),
        ("hub@2.4", F),
        ("hub@2.*", F),
        ("hub 2.4", F),
        ("pkg:generic/hub", F),
        ("pkg:generic/hub@2.4", F),
        ("pkg:generic/*", F),
        ("lib", V),
        ("pkg:pypi/lib", V),
        ("pkg:PyPI/Lib@1.0", V),
        ("pkg:pypi/lib@2.0", M),
        ("hub@2.5", M),
        ("lib, hub", F),
        ("lib, nowhere", M),
        ("hu", M),
    ],
)
def test_a_pattern_names_products_and_components(tmp_path: Path, select: str, outcome: Outcome) -> None:
    inner = {"@id": "pkg:generic/box@1", "subcomponents": [{"@id": "pkg:pypi/lib@1.0?os=linux"}]}
    document = openvex(statement("affected"), statement("not_affected", **JUSTIFIED, products=[inner]))
    assert of(tmp_path, document, select).outcome is outcome


def test_a_pattern_that_names_nothing_says_what_was_meant(tmp_path: Path) -> None:
    found = of(tmp_path, openvex(statement(product="pkg:generic/gateway@1")), "gatevay")
    assert found.outcome is M
    assert found.reason == "nothing in v.json is called 'gatevay'; did you mean 'gateway'?"


def test_a_purl_stands_for_what_it_leaves_out() -> None:
    assert covers("pkg:npm/%40a/b", "pkg:npm/@a/b@1?x=y#z")
    assert covers("pkg:npm/b@1?x=y", "pkg:npm/b@1?w=v&x=y")
    assert not covers("pkg:npm/b@1", "pkg:npm/b")
    assert not covers("pkg:npm/b?x=y", "pkg:npm/b")
    assert not covers("pkg:npm/a/b", "pkg:npm/b")


def test_files_are_judged_together_and_a_newer_document_overrides_an_older(tmp_path: Path) -> None:
    old = openvex(statement("affected"), timestamp="2026-01-01T00:00:00Z")
    (tmp_path / "a.json").write_text(json.dumps(old))
    (tmp_path / "b.json").write_text(json.dumps(openvex(statement())))
    found = shown(tmp_path, "*.json")
    assert (found.outcome, found.date) == (V, "2026-01-01T00:00:00Z")
    assert found.reason == "1 statement in 2 files: 1 fixed; about hub 2.4"


# ------------------------------------------------------------------------------- CSAF


def csaf(version: str = "2.0", **status: list[str]) -> dict[str, Any]:
    """A VEX document about two versions of a product and a component that one of them ships."""
    helper = {"purl": "pkg:pypi/urllib3@2.0"} if version == "2.0" else {"purls": ["pkg:pypi/urllib3@2.0"]}
    combined = {"product_id": "HUB-LIB", "name": "urllib3 as a part of Hub 2.4"}
    tree: dict[str, Any] = {
        "branches": [
            {
                "category": "vendor",
                "name": "Example",
                "branches": [
                    {
                        "category": "product_name",
                        "name": "Hub",
                        "branches": [
                            _version("product_version", "2.4", "HUB-24"),
                            _version("product_version", "2.5", "HUB-25"),
                            _version("product_version_range", "vers:semver/<2.4", "HUB-OLD"),
                        ],
                    }
                ],
            }
        ],
        "full_product_names": [
            {"product_id": "LIB", "name": "urllib3", "product_identification_helper": helper}
        ],
        "product_groups": [{"group_id": "ALL", "product_ids": ["HUB-24", "HUB-25"]}],
    }
    if version == "2.0":
        tree["relationships"] = [
            {
                "category": "default_component_of",
                "full_product_name": combined,
                "product_reference": "LIB",
                "relates_to_product_reference": "HUB-24",
            }
        ]
    else:
        step = {"category": "default_component_of", "next_product_reference": "HUB-24"}
        tree["product_paths"] = [
            {
                "beginning_product_reference": "LIB",
                "full_product_name": combined,
                "subpaths": [step],
            }
        ]
    document: dict[str, Any] = {
        "category": "csaf_vex",
        "csaf_version": version,
        "publisher": {"category": "vendor", "name": "Example PSIRT", "namespace": "https://example.com"},
        "title": "Hub",
        "tracking": {
            "current_release_date": "2026-10-01T08:00:00.000Z",
            "generator": {"engine": {"name": "Secvisogram", "version": "2.5"}},
            "id": "EX-1",
            "initial_release_date": "2026-10-01T08:00:00.000Z",
            "revision_history": [{"date": "2026-10-01T08:00:00.000Z", "number": "1", "summary": "First."}],
            "status": "final",
            "version": "1",
        },
    }
    if version == "2.1":
        document["distribution"] = {"tlp": {"label": "CLEAR"}}
    item: dict[str, Any] = {
        "cve": "CVE-2024-0001",
        "ids": [{"system_name": "Example", "text": "EX-BUG-7"}],
        "notes": [{"category": "description", "text": "A hole."}],
        "product_status": status,
    }
    whole = {"document": document, "product_tree": tree, "vulnerabilities": [item]}
    if version == "2.1":
        whole["$schema"] = "https://docs.oasis-open.org/csaf/csaf/v2.1/schema/csaf.json"
    return whole


def _version(category: str, name: str, product: str) -> dict[str, Any]:
    return {
        "category": category,
        "name": name,
        "product": {"product_id": product, "name": f"Example Hub {name}"},
    }


def with_(document: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The document, with this in its vulnerability."""
    found = copy.deepcopy(document)
    found["vulnerabilities"][0].update(more)
    return found


FLAG = {"label": "vulnerable_code_not_in_execute_path", "group_ids": ["ALL"]}
IMPACT = {"category": "impact", "details": "Never called.", "product_ids": ["HUB-24"]}
FIX = {"category": "vendor_fix", "details": "Update to 2.5.", "product_ids": ["HUB-24"]}


@pytest.mark.parametrize("version", ["2.0", "2.1"])
@pytest.mark.parametrize(
    ("status", "more", "outcome", "words"),
    [
        ({"fixed": ["HUB-25"]}, {}, V, "1 fixed"),
        ({"fixed": ["HUB-25"], "first_fixed": ["HUB-25"]}, {}, V, "1 statement in v.json: 1 fixed"),
        ({"known_not_affected": ["HUB-24", "HUB-25"]}, {"flags": [FLAG]}, V, "2 not affected"),
        ({"known_not_affected": ["HUB-24"]}, {"threats": [IMPACT]}, V, "1 not affected"),
        ({"known_not_affected": ["HUB-24"]}, {}, U, "in Example Hub 2.4 in v.json cannot be used"),
        (
            {"known_not_affected": ["HUB-24", "HUB-25"]},
            {"threats": [IMPACT]},
            U,
            "CVE-2024-0001 in Example Hub 2.5 in v.json cannot be used: it says not affected without",
        ),
        (
            {"known_affected": ["HUB-24"], "fixed": ["HUB-25"]},
            {"remediations": [FIX]},
            F,
            "CVE-2024-0001 in Example Hub 2.4",
        ),
        ({"known_affected": ["HUB-24"]}, {}, U, "says nothing of what to do about 'HUB-24' (6.1.27.10)"),
        ({"under_investigation": ["HUB-OLD"]}, {}, C, "Example Hub vers:semver/<2.4"),
        ({"recommended": ["HUB-25"]}, {}, U, "has no status of VEX (6.1.27.7)"),
        ({"fixed": ["HUB-99"]}, {}, U, "the product 'HUB-99' is not defined (6.1.1)"),
        ({"fixed": ["HUB-25"]}, {"flags": [{**FLAG, "group_ids": ["X"]}]}, U, "'X' is not defined (6.1.4)"),
        (
            {"fixed": ["HUB-25"], "under_investigation": ["HUB-25"]},
            {},
            U,
            "'HUB-25' is fixed and under investigation in CVE-2024-0001 (6.1.6)",
        ),
        (
            {"known_not_affected": ["HUB-24"]},
            {"flags": [FLAG, {"label": "component_not_present", "product_ids": ["HUB-24"]}]},
            U,
            "'HUB-24' has more than one justification in CVE-2024-0001 (6.1.33)",
        ),
        (
            {"known_not_affected": ["HUB-24"]},
            {"flags": [{"label": "component_not_present"}]},
            U,
            "names no product (6.1.32)",
        ),
    ],
)
def test_a_csaf_document_is_judged_by_its_product_status(
    tmp_path: Path,
    version: str,
    status: dict[str, list[str]],
    more: dict[str, Any],
    outcome: Outcome,
    words: str,
) -> None:
    found = of(tmp_path, with_(csaf(version, **status), **more))
    assert (found.outcome, words in found.reason) == (outcome, True), found.reason


@pytest.mark.parametrize("version", ["2.0", "2.1"])
def test_a_csaf_relation_is_a_component_in_a_product(version: str) -> None:
    flag = {"label": "vulnerable_code_not_present", "product_ids": ["HUB-LIB"]}
    document = with_(csaf(version, known_not_affected=["HUB-LIB"]), flags=[flag])
    [one] = read(document).statements
    assert (one.product.name, one.product.version) == ("Example Hub 2.4", "2.4")
    assert one.component is not None
    assert (one.component.name, one.component.version) == ("urllib3", "2.0")
    assert one.component.purls == ("pkg:pypi/urllib3@2.0",)
    assert str(one) == "CVE-2024-0001 in urllib3 2.0 in Example Hub 2.4"
    assert (one.vulnerability, one.aliases) == ("CVE-2024-0001", ("EX-BUG-7",))
    assert one.why == "vulnerable code not present"
    assert (one.source.id, one.source.version, one.source.tool) == ("EX-1", "1", "Secvisogram 2.5")


def test_a_csaf_product_is_found_by_the_name_of_its_branch(tmp_path: Path) -> None:
    document = csaf(fixed=["HUB-25"])
    assert of(tmp_path, document, "Hub@2.5").outcome is M  # its full name is Example Hub 2.5
    assert of(tmp_path, document, "Hub").outcome is V
    assert of(tmp_path, document, "Example Hub 2.5").outcome is V
    assert of(tmp_path, document, "HUB-25").outcome is V


@pytest.mark.parametrize("version", ["2.0", "2.1"])
def test_an_unknown_status_is_not_settled(tmp_path: Path, version: str) -> None:
    document = csaf(version, unknown=["HUB-24"])
    document["document"]["category"] = "csaf_base"
    found = of(tmp_path, document)
    assert (found.outcome, found.counts) == (C, {"unknown": 1})


def test_an_advisory_is_read_like_a_vex_document(tmp_path: Path) -> None:
    document = csaf(known_not_affected=["HUB-24"])
    document["document"]["category"] = "csaf_security_advisory"
    found = of(tmp_path, document)  # the profile asks for no justification, a statement does
    assert (found.outcome, "cannot be used" in found.reason) == (U, True)


def test_a_draft_states_nothing_yet(tmp_path: Path) -> None:
    document = csaf(fixed=["HUB-25"])
    document["document"]["tracking"]["status"] = "draft"
    found = of(tmp_path, document)
    assert (found.outcome, found.reason) == (C, "EX-1 is a draft, so it does not state anything yet")


def test_a_withdrawn_document_is_void(tmp_path: Path) -> None:
    document = csaf("2.1")
    del document["vulnerabilities"], document["product_tree"]
    document["document"]["category"] = "csaf_withdrawn"
    document["document"]["notes"] = [
        {"category": "description", "title": "Reasoning for Withdrawal", "text": "Wrong product."}
    ]
    tracking = document["document"]["tracking"]
    tracking["revision_history"].append(
        {"date": "2026-10-02T08:00:00.000Z", "number": "2", "summary": "Withdrawn."}
    )
    tracking["version"] = "2"
    found = of(tmp_path, document)
    assert (found.outcome, "it was withdrawn" in found.reason) == (N, True)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"version": "2"}, "(6.1.16)"),
        ({"version": "0"}, "(6.1.17, 6.1.20)"),
        ({"version": "1.0.0"}, "(6.1.30)"),
        ({"status": "published"}, "'published' is not one of"),
        ({"current_release_date": "2026-02-30T00:00:00Z"}, "is not a 'date-time'"),
        ({"id": " x"}, "does not match"),
    ],
)
def test_what_a_csaf_document_says_of_itself_has_to_fit(change: dict[str, str], words: str) -> None:
    document = csaf(fixed=["HUB-25"])
    document["document"]["tracking"].update(change)
    with pytest.raises(EvidenceError) as error:
        read(document)
    assert words in error.value.reason


def test_a_product_that_is_made_of_itself_is_refused() -> None:
    document = csaf(fixed=["HUB-LIB"])
    document["product_tree"]["relationships"][0]["product_reference"] = "HUB-LIB"
    with pytest.raises(EvidenceError, match="defined by itself"):
        read(document)


def test_remediations_of_csaf_2_1_may_not_contradict_the_status() -> None:
    remediation = {**FIX, "product_ids": ["HUB-25"]}
    assert read(with_(csaf("2.0", fixed=["HUB-25"]), remediations=[remediation])).statements
    with pytest.raises(EvidenceError, match="is fixed and has vendor_fix"):
        read(with_(csaf("2.1", fixed=["HUB-25"]), remediations=[remediation]))


def test_branches_are_followed_thirty_deep_and_no_further() -> None:
    for depth, fine in ((30, True), (31, False)):
        document = csaf(fixed=["DEEP"])
        inner: dict[str, Any] = {"product_id": "DEEP", "name": "Deep"}
        branch: dict[str, Any] = {"category": "vendor", "name": "0", "product": inner}
        for n in range(1, depth):
            branch = {"category": "vendor", "name": str(n), "branches": [branch]}
        document["product_tree"]["branches"].append(branch)
        if fine:
            assert read(document).statements[0].product.name == "Deep"
        else:
            with pytest.raises(EvidenceError, match="branches are nested more than 30 deep"):
                read(document)


# ------------------------------------------------------------------------------- CycloneDX


@pytest.mark.parametrize(
    ("file", "outcome", "counts", "subject"),
    [
        ("cyclonedx-affected.json", F, {"affected": 1}, "1.0"),
        ("cyclonedx-fixed.json", V, {"fixed": 1}, "1.1"),
        ("cyclonedx-not_affected.json", V, {"not_affected": 1}, "4.2"),
        ("cyclonedx-under_investigation.json", C, {"under_investigation": 1}, "17.4"),
        ("cyclonedx-versions.json", F, {"not_affected": 4, "affected": 3}, ""),
    ],
)
def test_the_published_examples_of_cyclonedx(
    file: str, outcome: Outcome, counts: dict[str, int], subject: str
) -> None:
    found = shown(DATA, file)
    assert (found.outcome, dict(found.counts), found.subject) == (outcome, counts, subject)
    assert found.date == "2022-03-03T00:00:00Z"


def test_versions_of_a_cyclonedx_component_are_selected_alone() -> None:
    assert shown(DATA, "cyclonedx-versions.json", "ABC@2.5").outcome is V
    assert shown(DATA, "cyclonedx-versions.json", "ABC@2.6").outcome is F
    assert shown(DATA, "cyclonedx-versions.json", "ABC@2.7").outcome is M  # inside a range, never computed


def bom(analysis: dict[str, Any] | None, version: str = "1.6", **more: Any) -> dict[str, Any]:
    """A BOM of a product with one component, and one vulnerability of it."""
    item: dict[str, Any] = {"id": "CVE-2024-0001", "affects": [{"ref": "lib"}], **more}
    if analysis is not None:
        item["analysis"] = analysis
    return {
        "bomFormat": "CycloneDX",
        "specVersion": version,
        "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
        "version": 1,
        "metadata": {
            "timestamp": "2026-10-01T08:00:00Z",
            "tools": {"components": [{"type": "application", "name": "cdxgen", "version": "11"}]},
            "component": {"type": "application", "name": "Hub", "version": "2.4", "bom-ref": "hub"},
        },
        "components": [
            {
                "type": "library",
                "name": "urllib3",
                "version": "2.0",
                "bom-ref": "lib",
                "purl": "pkg:pypi/urllib3@2.0",
                "components": [{"type": "library", "name": "inner", "bom-ref": "inner"}],
            }
        ],
        "vulnerabilities": [item],
    }


@pytest.mark.parametrize(
    ("analysis", "outcome", "words"),
    [
        ({"state": "resolved"}, V, "1 fixed"),
        ({"state": "resolved_with_pedigree"}, V, "1 fixed"),
        ({"state": "exploitable"}, F, "CVE-2024-0001 in urllib3 2.0 in Hub 2.4"),
        ({"state": "in_triage"}, C, "is under investigation"),
        ({"state": "not_affected", "justification": "code_not_reachable"}, V, "1 not affected"),
        ({"state": "not_affected", "detail": "Not called."}, V, "1 not affected"),
        ({"state": "not_affected"}, U, "without a justification or an impact statement"),
        ({"state": "false_positive", "detail": "Another urllib3."}, V, "1 not affected"),
        ({"state": "false_positive"}, U, "without a justification or an impact statement"),
        ({"response": ["update"]}, C, "is unknown"),
        (None, C, "what it means is unknown in v.json: CVE-2024-0001 in urllib3 2.0 in Hub 2.4"),
        ({"state": "vexed"}, U, "'vexed' is not one of"),
    ],
)
def test_a_cyclonedx_analysis_has_a_state(
    tmp_path: Path, analysis: dict[str, Any] | None, outcome: Outcome, words: str
) -> None:
    found = of(tmp_path, bom(analysis))
    assert (found.outcome, words in found.reason) == (outcome, True), found.reason
    assert found.tool == ("cdxgen 11" if outcome is not U or "vexed" not in words else "")


def test_cyclonedx_resolves_names_and_dates() -> None:
    analysis = {"state": "resolved", "firstIssued": "2026-01-01T00:00:00Z"}
    [one] = read(bom(analysis, references=[{"id": "GHSA-x", "source": {}}])).statements
    assert (one.product.name, one.date, one.aliases) == ("Hub", "2026-01-01T00:00:00Z", ("GHSA-x",))
    assert one.component is not None
    assert one.component.purls == ("pkg:pypi/urllib3@2.0",)
    [one] = read(bom({"state": "resolved"}, affects=[{"ref": "hub"}])).statements
    assert (one.product.name, one.component) == ("Hub", None)
    link = "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#inner"
    [one] = read(bom({"state": "resolved"}, affects=[{"ref": link}])).statements
    assert one.component is not None
    assert one.component.name == "inner"


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (bom(None, affects=[{"ref": "nowhere"}]), "nothing in it has the bom-ref 'nowhere'"),
        (bom(None, version="1.3"), "its specVersion is '1.3', and 1.4 to 1.7 are read"),
        (bom({"state": "resolved", "lastUpdated": "2026-01-01T00:00:00Z"}, "1.4"), "'lastUpdated' was"),
        (bom(None, affects=[{"ref": "lib", "versions": [{"status": "affected"}]}]), "not valid under"),
    ],
)
def test_what_cyclonedx_does_not_allow_is_refused(document: dict[str, Any], words: str) -> None:
    with pytest.raises(EvidenceError) as error:
        read(document)
    assert words in error.value.reason


def test_a_bom_that_names_nothing_affected_or_no_vulnerability_cannot_be_used(tmp_path: Path) -> None:
    assert "names nothing that the vulnerability is in" in of(tmp_path, bom(None, affects=[])).reason
    document = bom({"state": "resolved"})
    del document["vulnerabilities"][0]["id"]
    found = of(tmp_path, document)
    assert (found.outcome, "it names no vulnerability" in found.reason) == (U, True)


def test_a_bom_without_vulnerabilities_is_void(tmp_path: Path) -> None:
    document = bom(None)
    del document["vulnerabilities"]
    assert of(tmp_path, document).outcome is N


# ------------------------------------------------------------------------------- hostile files


@pytest.mark.parametrize(
    ("data", "outcome", "words"),
    [
        (b"", N, "v.json is empty"),
        (b"{", U, "not JSON"),
        (b"null", U, "neither OpenVEX nor CSAF nor CycloneDX"),
        (b"[]", U, "neither OpenVEX nor CSAF nor CycloneDX"),
        (b'{"document": 3}', U, "neither OpenVEX nor CSAF nor CycloneDX"),
        (b'{"document": {"csaf_version": "1.2"}}', U, "csaf_version is '1.2', and 2.0 and 2.1 are read"),
        (b'{"document": {"csaf_version": ["2.0"]}}', U, "2.0 and 2.1 are read"),
        (b'{"bomFormat": "CycloneDX", "specVersion": [1]}', U, "1.4 to 1.7 are read"),
        (b'{"@context": "https://openvex.dev/ns/v0.2.0"}', U, "is a required property"),
        (b'{"predicateType": "https://openvex.dev/ns/v0.2.0"}', U, "it is an attestation"),
        (b'{"a": 1, "a": 2}', U, "the key 'a' stands twice"),
        (b'{"a": NaN}', U, "NaN is no number of JSON"),
        (b"\xff\xfe{\x00", U, "not UTF-8"),
        (b"[" * 100_000, U, "nested more than 200 deep"),
        (b"[" * 300 + b"]" * 300, U, "nested more than 200 deep"),
        (b'{"a": ' + b"9" * 10_000 + b"}", U, "not JSON"),
    ],
)
def test_a_file_that_is_not_one_is_named(tmp_path: Path, data: bytes, outcome: Outcome, words: str) -> None:
    found = of(tmp_path, data)
    assert (found.outcome, words in found.reason) == (outcome, True), found.reason


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    data = b"\xef\xbb\xbf" + json.dumps(openvex(statement())).encode()
    assert of(tmp_path, data).outcome is V


@pytest.mark.parametrize("data", [openvex(statement()), csaf(fixed=["HUB-25"]), bom({"state": "resolved"})])
def test_no_part_that_is_something_else_raises_anything_but_a_reason(data: dict[str, Any]) -> None:
    def changed(value: Any) -> Any:
        """Every document in which one value is another."""
        yield from (None, [], {}, "x", 3, [[]], [{}])
        if isinstance(value, dict):
            for key, inner in value.items():
                yield from ({**value, key: one} for one in changed(inner))
                yield {k: v for k, v in value.items() if k != key}
        elif isinstance(value, list):
            for n, inner in enumerate(value):
                yield from ([*value[:n], one, *value[n + 1 :]] for one in changed(inner))

    for one in changed(data):
        with contextlib.suppress(EvidenceError):
            read(one)


@settings(max_examples=200)
@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 3), st.sampled_from(list(Status))), max_size=6)
)
def test_what_counts_does_not_depend_on_the_order_of_a_file(rows: list[tuple[str, int, Status]]) -> None:
    words = {Status.UNKNOWN: "under_investigation"}
    items = [
        statement(
            words.get(status, status.value),
            f"pkg:generic/{name}@1",
            timestamp=f"2026-01-0{day}T00:00:00Z",
            impact_statement="why",
        )
        for name, day, status in rows
    ]
    one = current(read(openvex(*items)).statements)
    other = current(read(openvex(*reversed(items))).statements)
    assert {(s.product, s.status, s.date) for s in one} == {(s.product, s.status, s.date) for s in other}
    worst: dict[str, tuple[int, int]] = {}
    for name, day, status in rows:
        rank = list(Status).index(Status(words.get(status, status.value)))
        worst[name] = max(worst.get(name, (0, 0)), (day, rank))
    assert {s.product.name: list(Status).index(s.status) for s in one} == {
        n: r for n, (_, r) in worst.items()
    }


def test_dates_are_those_of_rfc_3339() -> None:
    assert is_date_time("2023-01-08T18:02:03.647787998-06:00")
    assert is_date_time("2023-01-08T18:02:03Z")
    for text in ("2023-01-08", "2023-01-08 18:02:03Z", "2023-01-08T18:02:03", "2023-13-08T18:02:03Z"):
        assert not is_date_time(text)
