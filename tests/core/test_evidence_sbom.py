"""SBOMs: which formats are read, what is not valid, and what a verdict says."""

from __future__ import annotations

import builtins
import copy
import json
from pathlib import Path
from typing import Any

import pytest

from build import evidence
from sphinx_cra.evidence import Cache, EvidenceError, sbom, verdict
from sphinx_cra.model import Outcome, Verdict

DATA = Path(__file__).parent / "data" / "sbom"
EXAMPLE = Path(__file__).parents[2] / "example-docs" / "artefacts"
V, F, N, U = Outcome.VALID, Outcome.FAILED, Outcome.VOID, Outcome.UNREADABLE


def shown(root: Path, file: str, **fields: str) -> Verdict:
    return verdict(evidence("EVD_1", kind="sbom", file=file, **fields), root, Cache())


def of(tmp_path: Path, content: object, **fields: str) -> Verdict:
    """The verdict on a file with this content; what is no text is written as JSON."""
    data = content if isinstance(content, bytes | str) else json.dumps(content)
    (tmp_path / "sbom").write_bytes(data.encode() if isinstance(data, str) else data)
    return shown(tmp_path, "sbom", **fields)


def cyclonedx(version: str = "1.6", **more: Any) -> dict[str, Any]:
    return {
        "bomFormat": "CycloneDX",
        "specVersion": version,
        "version": 1,
        "metadata": {
            "timestamp": "2026-03-01T12:00:00Z",
            "tools": {"components": [{"type": "application", "name": "maker", "version": "3"}]},
            "component": {"type": "firmware", "bom-ref": "root", "name": "edgegate", "version": "2.4.0"},
        },
        "components": [
            {
                "type": "library",
                "bom-ref": "a",
                "name": "a",
                "version": "1.0.0",
                "components": [{"type": "library", "bom-ref": "b", "name": "b", "version": "2"}],
            },
            {"type": "file", "bom-ref": "c", "name": "c.bin"},
        ],
        "dependencies": [{"ref": "root", "dependsOn": ["a"]}, {"ref": "a"}],
        **more,
    }


def spdx(**more: Any) -> dict[str, Any]:
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": "edgegate",
        "documentNamespace": "https://example.org/edgegate",
        "creationInfo": {"created": "2026-03-01T12:00:00Z", "creators": ["Tool: maker-3"]},
        "packages": [
            {
                "SPDXID": "SPDXRef-root",
                "name": "edgegate",
                "versionInfo": "2.4.0",
                "downloadLocation": "NONE",
            },
            {"SPDXID": "SPDXRef-a", "name": "a", "versionInfo": "1", "downloadLocation": "NOASSERTION"},
        ],
        "relationships": [
            {
                "spdxElementId": "SPDXRef-DOCUMENT",
                "relationshipType": "DESCRIBES",
                "relatedSpdxElement": "SPDXRef-root",
            },
            {
                "spdxElementId": "SPDXRef-a",
                "relationshipType": "DEPENDENCY_OF",
                "relatedSpdxElement": "SPDXRef-root",
            },
        ],
        **more,
    }


def spdx3(*changed: tuple[str, dict[str, Any]], context: object = None) -> dict[str, Any]:
    """The SPDX 3 file of the tests, with members of elements changed by the end of their ids."""
    found: dict[str, Any] = json.loads((DATA / "spdx" / "edgegate.spdx3.json").read_text(encoding="utf-8"))
    for end, members in changed:
        for element in found["@graph"]:
            if element.get("spdxId", "").endswith(end):
                element.update(members)
    if context:
        found["@context"] = context
    return found


XML = """<?xml version="1.0"?>
<bom xmlns="http://cyclonedx.org/schema/bom/1.6" version="1">
  <metadata>
    <timestamp>2026-03-01T12:00:00Z</timestamp>
    <tools><components>
      <component type="application"><name>maker</name><version>3</version></component>
    </components></tools>
    <component type="firmware" bom-ref="root"><name>edgegate</name><version>2.4.0</version></component>
  </metadata>
  <components>
    <component type="library" bom-ref="a"><name>a</name><version>1.0.0</version>
      <components>
        <component type="library" bom-ref="b"><name>b</name><version>2</version></component>
      </components>
    </component>
    <component type="file" bom-ref="c"><name>c.bin</name></component>
  </components>
  <dependencies><dependency ref="root"><dependency ref="a"/></dependency><dependency ref="a"/></dependencies>
</bom>"""


# ------------------------------------------------------------------------------- real files


@pytest.mark.parametrize("version", ["1.4", "1.5", "1.6", "1.7"])
@pytest.mark.parametrize("ending", ["json", "xml"])
def test_cyclonedx_is_valid_where_its_own_test_files_say_so(version: str, ending: str) -> None:
    valid = shown(DATA, f"cyclonedx/valid-dependency-{version}.{ending}")
    invalid = shown(DATA, f"cyclonedx/invalid-dependency-{version}.{ending}")
    assert (valid.outcome, valid.counts["components"]) == (V, 3), valid.reason
    assert invalid.outcome is U
    assert f"not valid CycloneDX {version}" in invalid.reason
    assert "ref" in invalid.reason


@pytest.mark.parametrize("file", ["SPDXJSONExample-v2.3.spdx.json", "SPDXTagExample-v2.3.spdx"])
def test_the_example_of_spdx_2_3_is_read_alike_in_both_forms(file: str) -> None:
    found = shown(DATA, f"spdx/{file}")
    assert found.outcome is V, found.reason
    assert dict(found.counts) == {"components": 3, "files": 5, "top-level dependencies": 1}
    assert (found.subject, found.tool, found.date) == (
        "glibc 2.11.1",
        "LicenseFind-1.0",
        "2010-01-29T18:30:22Z",
    )


def test_spdx_3_is_read() -> None:
    found = shown(DATA, "spdx/edgegate.spdx3.json")
    assert found.outcome is V, found.reason
    assert dict(found.counts) == {"components": 3, "top-level dependencies": 2}
    assert (found.subject, found.date) == ("edgegate 2.4.0", "2026-03-01T12:00:00Z")


def test_the_sbom_of_the_example_names_its_product_and_tools() -> None:
    found = shown(EXAMPLE, "sbom.cdx.json")
    assert found.outcome is V, found.reason
    assert dict(found.counts) == {"components": 9, "top-level dependencies": 2}
    assert found.subject == "edgegate 2.4.0"
    assert "cyclonedx-py 7.5.0" in found.tool


# ------------------------------------------------------------------------------- what it says


@pytest.mark.parametrize("content", [cyclonedx(), XML])
def test_nested_components_count_and_files_count_apart(tmp_path: Path, content: object) -> None:
    found = of(tmp_path, content)
    assert found.outcome is V, found.reason
    assert dict(found.counts) == {"components": 2, "files": 1, "top-level dependencies": 1}
    assert (found.subject, found.tool, found.date) == ("edgegate 2.4.0", "maker 3", "2026-03-01T12:00:00Z")


def test_tools_are_read_in_the_form_of_1_4_too(tmp_path: Path) -> None:
    bom = cyclonedx("1.4")
    bom["metadata"]["tools"] = [{"vendor": "v", "name": "old", "version": "0.1"}]
    assert of(tmp_path, bom).tool == "old 0.1"


def test_no_dependencies_of_the_product_are_not_zero_dependencies(tmp_path: Path) -> None:
    found = of(tmp_path, cyclonedx(dependencies=[]))
    assert "top-level dependencies" not in found.counts
    assert "does not say which of them the product depends on directly" in found.reason


def test_a_dependency_of_spdx_counts_from_either_end(tmp_path: Path) -> None:
    found = of(tmp_path, spdx())
    assert found.outcome is V, found.reason
    assert dict(found.counts) == {"components": 1, "top-level dependencies": 1}


def test_what_is_needed_for_tests_is_no_dependency_of_the_product(tmp_path: Path) -> None:
    document = spdx()
    document["relationships"][1]["relationshipType"] = "TEST_DEPENDENCY_OF"
    assert "top-level dependencies" not in of(tmp_path, document).counts


def test_several_files_are_counted_together(tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text(json.dumps(cyclonedx()), encoding="utf-8")
    found = shown(tmp_path, "*.json")
    assert (found.outcome, found.counts["components"], found.subject) == (V, 4, "edgegate 2.4.0")


def test_a_selection_is_said_to_have_no_effect(tmp_path: Path) -> None:
    assert "`select` has no effect" in of(tmp_path, cyclonedx(), select="a").reason


def test_the_oldest_date_counts(tmp_path: Path) -> None:
    newer = cyclonedx()
    newer["metadata"]["timestamp"] = "2026-03-01T09:00:00-08:00"  # later than noon in UTC
    (tmp_path / "a.json").write_text(json.dumps(newer), encoding="utf-8")
    (tmp_path / "b.json").write_text(json.dumps(cyclonedx()), encoding="utf-8")
    assert shown(tmp_path, "*.json").date == "2026-03-01T12:00:00Z"


# ------------------------------------------------------------------------------- void


@pytest.mark.parametrize(
    "content",
    [
        cyclonedx(components=[], dependencies=[]),
        {"bomFormat": "CycloneDX", "specVersion": "1.6"},
        {"bomFormat": "CycloneDX", "specVersion": "1.5", "vulnerabilities": []},
        spdx(packages=[], relationships=[]),
        spdx(packages=spdx()["packages"][:1], relationships=spdx()["relationships"][:1]),
    ],
)
def test_an_sbom_without_components_is_void(tmp_path: Path, content: object) -> None:
    found = of(tmp_path, content)
    assert found.outcome is N, found.reason
    assert "lists no component" in found.reason


def test_an_sbom_that_lists_the_product_alone_is_void(tmp_path: Path) -> None:
    product = {"type": "library", "name": "edgegate", "version": "2.4.0"}
    bare = {"dependencies": [], "components": [product]}
    assert of(tmp_path, cyclonedx(**bare)).outcome is Outcome.VOID
    assert of(tmp_path, cyclonedx(**bare)).reason == "sbom lists no component but the product itself"
    other = {**product, "version": "2.3.0"}
    assert of(tmp_path, cyclonedx(dependencies=[], components=[product, other])).outcome is V


def test_one_file_without_components_makes_all_of_it_void(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(cyclonedx()), encoding="utf-8")
    (tmp_path / "b.json").write_text(json.dumps(cyclonedx(components=[])), encoding="utf-8")
    found = shown(tmp_path, "*.json")
    assert found.outcome is N
    assert "b.json" in found.reason


# ------------------------------------------------------------------------------- not valid


def component(**members: Any) -> dict[str, Any]:
    return cyclonedx(components=[{"type": "library", "name": "a", **members}])


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (component(type="libary"), "components/0/type"),
        (component(licenses=[{"license": {"id": "Not-A-Licence"}}]), "components/0/licenses"),
        (component(hashes=[{"alg": "SHA-512", "content": "xyz"}]), "components/0/hashes/0/content"),
        (component(made_up=1), "made_up"),
        (component(externalReferences=[{"type": "website", "url": "a b"}]), "externalReferences/0/url"),
        (cyclonedx(serialNumber="1"), "serialNumber"),
        (cyclonedx(metadata={"timestamp": "yesterday"}), "metadata/timestamp"),
        (cyclonedx(components={}), "components"),
        (cyclonedx("1.3"), "'1.3' is not read"),
        (cyclonedx("2.0"), "'2.0' is not read"),
        (cyclonedx(specVersion=1.6), "is not read"),
        (cyclonedx(components=[{"type": "library", "name": "x", "bom-ref": "r"}] * 1 + [
            {"type": "library", "name": "y", "bom-ref": "r"}]), "'r' is given twice"),
        (XML.replace('type="file"', 'type="fyle"'), "line 16"),
        (XML.replace("<name>c.bin</name>", ""), "line 16"),
        (XML.replace('bom-ref="b"', 'bom-ref="a"'), "line 11: "),
        (XML.replace("bom/1.6", "bom/1.0"), "'1.0' is not read"),
        (XML.replace("bom/1.6", "bom/1.7")
            .replace("<version>2</version>", "<versionRange>vers:npm/&gt;1</versionRange>"),
         "has a versionRange and is not external"),
    ],
)  # fmt: skip
def test_a_violation_of_cyclonedx_names_its_place(tmp_path: Path, content: object, place: str) -> None:
    found = of(tmp_path, content)
    assert found.outcome is U
    assert place in found.reason


OTHER = {
    "externalDocumentId": "DocumentRef-other",
    "spdxDocument": "https://example.org/other",
    "checksum": {"algorithm": "SHA1", "checksumValue": "0" * 40},
}


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"packages": 3}, "packages is not a list"),
        ({"packages": [3]}, "packages is not a list"),
        ({"relationships": {"a": 1}}, "relationships is not a list"),
        ({"documentDescribes": "x"}, "documentDescribes is not a list"),
        ({"creationInfo": {}}, "CreationInfo"),
        ({"creationInfo": None}, "not valid SPDX 2.3"),
        ({"packages": [{"SPDXID": "SPDXRef-root", "name": "r"}]}, "Package has no usable download_location"),
        ({"relationships": []}, "nothing says what it describes"),
        ({"packages": [*spdx()["packages"], spdx()["packages"][1]]}, "SPDXRef-a is given 2 times"),
        ({"packages": spdx()["packages"][:1]}, "leads to SPDXRef-a, which is not there"),
        ({"spdxVersion": "SPDX-2.1"}, "'SPDX-2.1' is not read"),
        ({"documentNamespace": "no uri"}, "document_namespace"),
        ({"dataLicense": "MIT"}, "data_license"),
        ({"externalDocumentRefs": [OTHER, None]}, "externalDocumentRefs is not a list of objects"),
        ({"packages": [{**one, "licenseConcluded": "Nobodys"} for one in spdx()["packages"]]}, "Nobodys"),
    ],
)  # fmt: skip
def test_a_violation_of_spdx_2_names_what_is_wrong(
    tmp_path: Path, change: dict[str, Any], place: str
) -> None:
    found = of(tmp_path, spdx(**change))
    assert found.outcome is U, found.reason
    assert place in found.reason
    assert "0x" not in found.reason


@pytest.mark.parametrize(
    ("document", "place"),
    [
        (spdx3(("/attrs", {"type": "software_Packet"})), "software_Packet"),
        (spdx3(("/attrs", {"made_up": 1})), "made_up"),
        (spdx3(("/attrs", {"name": 3})), "@graph/"),
        (spdx3(("/r1", {"relationshipType": "needs"})), "'needs' is not a valid value"),
        (spdx3(("/r1", {"from": None})), "@graph/"),
        (spdx3(("/r1", {"creationInfo": None})), "creationInfo"),
        (spdx3(context="https://example.org/context"), "is not read"),
        (spdx3(context=[{}]), "no context"),
        ({**spdx3(), "@graph": {}}, "@graph is not a list"),
        ({**spdx3(), "@graph": [3]}, "@graph/0: is not an object"),
    ],
)
def test_a_violation_of_spdx_3_names_its_element(tmp_path: Path, document: object, place: str) -> None:
    found = of(tmp_path, document)
    assert found.outcome is U, found.reason
    assert place in found.reason


def test_an_id_of_spdx_3_that_means_two_things_is_refused_and_a_repeated_one_is_not(tmp_path: Path) -> None:
    document = spdx3()
    one = next(e for e in document["@graph"] if e.get("spdxId", "").endswith("/attrs"))
    document["@graph"].append(copy.deepcopy(one))
    assert of(tmp_path, document).counts["components"] == 3
    document["@graph"][-1]["name"] = "other"
    assert "given twice, and not alike" in of(tmp_path, document).reason


def test_identifiers_of_spdx_3_may_stand_apart_or_lead_nowhere(tmp_path: Path) -> None:
    apart = {
        "type": "ExternalIdentifier",
        "@id": "_:purl",
        "externalIdentifierType": "packageUrl",
        "identifier": "pkg:pypi/attrs@26.1.0",
    }
    document = spdx3(("/attrs", {"software_packageUrl": None, "externalIdentifier": ["_:purl", "_:lost"]}))
    for element in document["@graph"]:
        if element.get("software_packageUrl", "") is None:
            del element["software_packageUrl"]
    found = sbom.parse(json.dumps({**document, "@graph": [*document["@graph"], apart]}).encode())
    [attrs] = [c for c in found.components if c.name == "attrs"]
    assert attrs.identifiers == (("purl", "pkg:pypi/attrs@26.1.0"),)
    package = next(e["spdxId"] for e in document["@graph"] if e["type"] == "software_Package")
    wrong = of(tmp_path, spdx3(("/cryptography", {"externalIdentifier": [package]})))
    assert wrong.outcome is U
    assert "a reference leads to what SPDX does not want there" in wrong.reason


def test_spdx_3_0_0_is_read_as_3_0_1(tmp_path: Path) -> None:
    document = spdx3(context="https://spdx.org/rdf/3.0.0/spdx-context.jsonld")
    found = of(tmp_path, document)
    assert found.outcome is V, found.reason
    assert found.reason.startswith("SPDX 3.0.0 in JSON")


def test_only_the_first_places_are_named(tmp_path: Path) -> None:
    found = of(tmp_path, cyclonedx(components=[{"type": "x", "name": f"{n}"} for n in range(500)]))
    assert "components/2/type" in found.reason
    assert "components/3/type" not in found.reason
    assert "497 more" in found.reason


# ------------------------------------------------------------------------------- hostile files


def bomb(text: str) -> str:
    return '<!DOCTYPE bom [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>\n' + text


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("not an sbom", "neither CycloneDX"),
        (b"\xff\xfe\x00", "neither"),
        (b"\x80\x81\x82\x83\x84", "not text in UTF-8"),
        ("[]", "neither CycloneDX"),
        ("{}", "neither CycloneDX (bomFormat) nor SPDX"),
        ('{"bomFormat": "CycloneDX", "specVersion": ', "not JSON"),
        ('{"bomFormat": "CycloneDX", "specVersion": "1.6", "version": NaN}', "NaN"),
        ('{"a": 1, "a": 2}', "'a' stands twice"),
        ('{"bomFormat":' + "[" * 100_000, "nested more than 200 deep"),
        ('{"bomFormat": "CycloneDX", "specVersion": "1.6", "x":' + '{"x":' * 900 + "1" + "}" * 901, "deep"),
        (XML[:-40], "not XML"),
        (XML.replace("<name>c.bin</name>", "<name>&amp;</name>").replace("</bom>", "&x;</bom>"), "not XML"),
        (bomb(XML.partition("\n")[2]), "document type"),
        ('<!DOCTYPE bom SYSTEM "file:///etc/passwd"><bom/>', "document type"),
        ("<a>" * 1000 + "</a>" * 1000, "nested more than"),
        ("<html/>", "<html>, not <bom>"),
        ("<Document><SPDXID>SPDXRef-DOCUMENT</SPDXID></Document>", "SPDX in XML is not read"),
        ("SPDXVersion: SPDX-2.3\nMadeUp: x\n", "Unknown tag"),
        ("SPDXVersion: SPDX-2.3\n", "not valid SPDX 2.3"),
        ("SPDXVersion:\n", "is not read"),
        (json.dumps(component(version="\ud800")), "half a character"),
    ],
)  # fmt: skip
def test_what_is_no_sbom_is_unreadable(tmp_path: Path, content: object, why: str) -> None:
    found = of(tmp_path, content)
    assert found.outcome is U, found.reason
    assert why in found.reason
    found.reason.encode()
    assert len(found.reason) < 1000


def test_an_empty_file_is_void(tmp_path: Path) -> None:
    assert of(tmp_path, b"").outcome is N


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks_are_understood(tmp_path: Path, encoding: str) -> None:
    tag_value = (DATA / "spdx" / "SPDXTagExample-v2.3.spdx").read_text(encoding="utf-8")
    for text in (json.dumps(cyclonedx()), tag_value.replace("\n", "\r\n")):
        assert of(tmp_path, text.encode(encoding)).outcome is V


def test_deeply_nested_components_are_all_found(tmp_path: Path) -> None:
    inner: dict[str, Any] = {"type": "library", "name": "x"}
    for _ in range(50):
        inner = {"type": "library", "name": "x", "components": [inner]}
    assert of(tmp_path, cyclonedx(components=[inner], dependencies=[])).counts["components"] == 51


def test_thousands_of_components_are_read_in_a_line_of_time(tmp_path: Path) -> None:
    """A square of time would take minutes here, and hours for 100,000."""
    n = 5_000
    components = [{"type": "library", "bom-ref": f"c{i}", "name": f"n{i}"} for i in range(n)]
    dependencies = [{"ref": "root", "dependsOn": [f"c{i}" for i in range(n)]}]
    assert of(tmp_path, cyclonedx(components=components, dependencies=dependencies)).counts["components"] == n
    packages = [{"SPDXID": f"SPDXRef-{i}", "name": "p", "downloadLocation": "NONE"} for i in range(n)]
    links = [
        {"spdxElementId": "SPDXRef-0", "relationshipType": "CONTAINS", "relatedSpdxElement": f"SPDXRef-{i}"}
        for i in range(1, n)
    ]
    described = [f"SPDXRef-{i}" for i in range(n)]
    document = spdx(packages=packages, relationships=links, documentDescribes=described)
    assert of(tmp_path, document).counts["components"] == n


def test_without_the_extra_it_is_unchecked_and_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported = builtins.__import__

    def without(name: str, *args: Any, **more: Any) -> Any:
        if name == "jsonschema_rs":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return imported(name, *args, **more)

    sbom.cyclonedx._json_schema.cache_clear()
    monkeypatch.setattr(builtins, "__import__", without)
    found = of(tmp_path, cyclonedx())
    assert found.outcome is Outcome.UNCHECKED
    assert "pip install 'sphinx-cra[sbom]'" in found.reason


def test_a_refusal_is_an_evidence_error() -> None:
    with pytest.raises(EvidenceError, match="neither"):
        sbom.parse(b"x")
