"""The profile of BSI TR-03183-2: each rule that is checked, the component classes, the errata."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from build import evidence
from sphinx_cra.evidence import Cache, sbom, verdict
from sphinx_cra.evidence.sbom import bsi
from sphinx_cra.model import Outcome, Severity, Verdict

DATA = Path(__file__).parent / "data" / "sbom"
MAKER = {"contact": [{"email": "security@example.org"}]}


def full(**members: Any) -> dict[str, Any]:
    """A component that keeps the whole profile."""
    facts = {
        "filename": "a.whl",
        "executable": "non-executable",
        "archive": "archive",
        "structured": "structured",
    }
    return {
        "type": "library",
        "bom-ref": "a",
        "name": "a",
        "version": "1.2.3",
        "purl": "pkg:pypi/a@1.2.3",
        "manufacturer": MAKER,
        "licenses": [
            {"license": {"id": "MIT", "acknowledgement": "concluded"}},
            {"license": {"name": "LicenseRef-maker-own", "acknowledgement": "declared"}},
        ],
        "externalReferences": [
            {
                "type": "distribution",
                "url": "https://example.org/a.whl",
                "hashes": [{"alg": "SHA-512", "content": "a" * 128}],
            },
            {"type": "source-distribution", "url": "https://example.org/a.tar.gz"},
        ],
        "properties": [{"name": f"bsi:component:{k}", "value": v} for k, v in facts.items()],
        **members,
    }


def bom(*components: dict[str, Any], **more: Any) -> dict[str, Any]:
    refs = [c["bom-ref"] for c in components if "bom-ref" in c]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
        "version": 1,
        "metadata": {
            "timestamp": "2026-03-01T12:00:00Z",
            "manufacturer": MAKER,
            "component": full(**{"bom-ref": "root", "name": "edgegate"}),
        },
        "components": list(components),
        "dependencies": [{"ref": "root", "dependsOn": refs}, *({"ref": ref} for ref in refs)],
        "compositions": [{"aggregate": "complete", "dependencies": ["root", *refs]}],
        **more,
    }


def observed(document: dict[str, Any]) -> list[bsi.Observation]:
    return list(bsi.observations(sbom.parse(json.dumps(document).encode())))


def rules(document: dict[str, Any]) -> set[str]:
    return {one.rule.id for one in observed(document)}


def of(tmp_path: Path, document: dict[str, Any], profile: str = bsi.PROFILE) -> Verdict:
    (tmp_path / "s.json").write_text(json.dumps(document), encoding="utf-8")
    return verdict(evidence("E", kind="sbom", file="s.json", profile=profile), tmp_path, Cache())


def without(*names: str, **changed: Any) -> dict[str, Any]:
    return {k: v for k, v in full(**changed).items() if k not in names}


def fact(name: str, *values: str) -> dict[str, Any]:
    kept = [p for p in full()["properties"] if not p["name"].endswith(f":{name}")]
    return full(properties=[*kept, *({"name": f"bsi:component:{name}", "value": v} for v in values)])


def test_an_sbom_that_keeps_the_profile_is_valid(tmp_path: Path) -> None:
    assert observed(bom(full())) == []
    found = of(tmp_path, bom(full()))
    assert found.outcome is Outcome.VALID, found.reason
    assert "nothing that can be checked mechanically differs from BSI TR-03183-2 v2.1.0" in found.reason


def test_errors_make_it_failed_and_warnings_do_not(tmp_path: Path) -> None:
    found = of(tmp_path, bom(without("purl")))
    assert found.outcome is Outcome.VALID
    assert (found.counts["profile error"], found.counts["profile warning"]) == (0, 1)
    found = of(tmp_path, bom(without("manufacturer", "purl")))
    assert found.outcome is Outcome.FAILED
    assert "2 findings against BSI TR-03183-2 v2.1.0 (1 error, 1 warning)" in found.reason
    assert "first: TR2-COMP-creator a 1.2.3: " in found.reason


def test_without_the_option_the_profile_is_not_looked_at(tmp_path: Path) -> None:
    assert of(tmp_path, bom(without("manufacturer")), profile="").outcome is Outcome.VALID


def test_an_unknown_profile_is_unreadable(tmp_path: Path) -> None:
    found = of(tmp_path, bom(full()), profile="bsi-tr-03183")
    assert found.outcome is Outcome.UNREADABLE
    assert "did you mean 'bsi-tr-03183-2'?" in found.reason


@pytest.mark.parametrize(
    ("document", "rule"),
    [
        (bom({"type": "library", "name": "a"}, specVersion="1.5", metadata={}), "TR2-FMT-2"),
        (bom(full(), vulnerabilities=[{"id": "CVE-2026-1"}]), "TR2-GEN-2"),
        (bom(full(), metadata={"timestamp": "2026-03-01T12:00:00Z"}), "TR2-SBOM-creator"),
        (bom(full(), metadata={"manufacturer": {"name": "a bare name"}}), "TR2-SBOM-creator"),
        (bom(full(), metadata={"manufacturer": MAKER}), "TR2-SBOM-timestamp"),
        ({k: v for k, v in bom(full()).items() if k != "serialNumber"}, "TR2-SBOM-uri"),
        (bom(without("manufacturer")), "TR2-COMP-creator"),
        (bom(full(name=" ")), "TR2-COMP-name"),
        (bom(without("version")), "TR2-COMP-version"),
        (bom(full(version="r1")), "TR2-COMP-version"),
        (bom(fact("filename")), "TR2-COMP-filename"),
        (bom(fact("filename", "dir/a.whl")), "TR2-COMP-filename"),
        (bom(fact("executable")), "TR2-COMP-executable"),
        (bom(fact("executable", "executable", "executable")), "TR2-COMP-executable"),
        (bom(fact("archive", "no-archive")), "TR2-COMP-archive"),
        (bom(fact("structured", "yes")), "TR2-COMP-structured"),
        (bom(without("licenses")), "TR2-COMP-licence-distribution"),
        (bom(full(licenses=full()["licenses"][:1])), "TR2-COMP-licence-original"),
        (bom(fact("effectiveLicense", "MIT OR")), "TR2-COMP-licence-effective"),
        (bom(without("externalReferences")), "TR2-COMP-hash-deployable"),
        (bom(without("externalReferences")), "TR2-COMP-source-uri"),
        (bom(without("externalReferences")), "TR2-COMP-deployable-uri"),
        (bom(without("purl")), "TR2-COMP-identifiers"),
        (bom(full(purl="nothing")), "TR2-COMP-identifiers"),
        (bom(full(externalReferences=[{"type": "rfc-9116", "url": "x"}])), "TR2-COMP-security-txt"),
        (bom(full(), compositions=[]), "TR2-COMP-dependencies"),
        (bom(full(), compositions=[{"aggregate": "not_specified", "assemblies": ["root", "a"]}]),
         "TR2-COMP-dependencies"),
        (bom(full(), dependencies=[{"ref": "root", "dependsOn": ["a"]}, {"ref": "a", "dependsOn": ["zz"]}]),
         "TR2-COMP-dependencies"),
        (bom(without("bom-ref")), "TR2-COMP-dependencies"),
        (bom(full(), dependencies=[{"ref": "root", "dependsOn": ["a"]}]), "TR2-DEP-5"),
        (bom(full(), dependencies=[{"ref": "root"}, {"ref": "a"}]), "TR2-DEP-1"),
    ],
)  # fmt: skip
def test_each_rule_is_observed(document: dict[str, Any], rule: str) -> None:
    assert rule in rules(document)


def test_what_is_broken_alone_is_observed_alone() -> None:
    assert rules(bom(fact("archive", "no-archive"))) == {"TR2-COMP-archive"}
    assert rules(bom(full(), dependencies=[{"ref": "root", "dependsOn": ["a"]}])) == {"TR2-DEP-5"}


@pytest.mark.parametrize(
    ("text", "named", "rule"),
    [
        ("MIT", False, None),
        ("GPL-2.0-only WITH Classpath-exception-2.0", False, None),
        ("Apache-2.0 AND (MIT OR LicenseRef-maker-own)", False, None),
        ("LicenseRef-scancode-public-domain", True, None),
        ("The MIT licence", True, "TR2-LIC-1"),
        ("NOASSERTION", False, "TR2-LIC-1"),
        ("Nobodys-1.0", False, "TR2-LIC-1"),
        ("LicenseRef-scancode-surely-not-there", True, "TR2-LIC-2"),
        ("LicenseRef-own", True, "TR2-LIC-3"),
        ("MIT OR", False, "TR2-LIC-4"),
        ("MIT WITH Apache-2.0", False, "TR2-LIC-4"),
    ],
)
def test_licences_are_identifiers_and_expressions_of_spdx(text: str, named: bool, rule: str | None) -> None:
    found = bsi._licence_deviation(text, named)
    assert (found and found[0]) == rule, found


def test_a_component_class_asks_only_for_its_fields() -> None:
    bare = {"type": "library", "bom-ref": "a", "name": "a", "version": "1.2.3", "manufacturer": MAKER}
    referenced = {**bare, "externalReferences": [{"type": "bom", "url": "https://example.org/a.cdx.json"}]}
    assert rules(bom(referenced)) == {"TR2-DEP-4"}
    assert rules(bom({**bare, "scope": "excluded"})) == {"TR2-COMP-identifiers"}
    logical = observed(bom({**bare, "type": "framework"}))
    assert {one.rule.id for one in logical} == {
        "TR2-COMP-licence-distribution",
        "TR2-COMP-licence-original",
        "TR2-COMP-identifiers",
    }
    assert {one.component_class for one in logical} == {bsi.ComponentClass.LOGICAL}
    assert "TR2-COMP-filename" in rules(bom(bare))


def test_a_hash_of_the_component_is_a_warning_only() -> None:
    reference = {"type": "distribution", "url": "https://example.org/a.whl"}
    source = {"type": "source-distribution", "url": "https://example.org/a"}
    hashed = full(externalReferences=[reference, source], hashes=[{"alg": "SHA-512", "content": "a" * 128}])
    assert [(o.rule.id, o.severity) for o in observed(bom(hashed))] == [
        ("TR2-COMP-hash-deployable", Severity.WARNING)
    ]


def test_one_expression_leaves_no_place_for_a_declared_licence_in_1_6() -> None:
    one = full(licenses=[{"expression": "MIT OR Apache-2.0", "acknowledgement": "concluded"}])
    assert [(o.rule.id, o.severity) for o in observed(bom(one))] == [
        ("TR2-COMP-licence-original", Severity.INFO)
    ]


def test_a_time_that_is_not_utc_is_a_warning() -> None:
    document = bom(full())
    document["metadata"]["timestamp"] = "2026-03-01T12:00:00+01:00"
    assert [(o.rule.id, o.severity) for o in observed(document)] == [("TR2-SBOM-timestamp", Severity.WARNING)]


def test_spdx_2_is_rejected_and_nothing_else_is_said() -> None:
    text = (DATA / "spdx" / "SPDXTagExample-v2.3.spdx").read_bytes()
    assert [o.rule.id for o in bsi.observations(sbom.parse(text))][:2] == ["TR2-FMT-1", "TR2-FMT-2"]
    assert not any(o.component for o in bsi.observations(sbom.parse(text)))


def test_spdx_3_is_checked_by_its_own_paths() -> None:
    found = list(bsi.observations(sbom.parse((DATA / "spdx" / "edgegate.spdx3.json").read_bytes())))
    assert not [o for o in found if not o.component]
    attrs = {o.rule.id for o in found if o.component == "attrs 26.1.0"}
    assert attrs == {"TR2-COMP-dependencies", "TR2-COMP-source-uri"}


def test_every_rule_is_checked_or_left_to_people_and_says_so() -> None:
    rules = bsi.guideline().rules
    checked = {*bsi._WHOLE, *bsi._FIELDS}
    kept_by_reading = {"TR2-FMT-3", "TR2-COMP-hash-source", "TR2-DEP-2", "TR2-SIG-1"}
    people = {rule.id for rule in bsi.guideline().for_people}
    assert checked | kept_by_reading | people == set(rules)
    assert not checked & people
