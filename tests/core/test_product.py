"""The product file: what is read, what is refused, and what may stay empty."""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
import json
import pickle
import re
import typing
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest
import yaml

import sphinx_cra
from sphinx_cra import datafile, product, schemadoc, starter
from sphinx_cra.datafile import DataError
from sphinx_cra.model import Category, Place
from sphinx_cra.product import (
    AssuranceLevel,
    CePlace,
    CertificateDecision,
    CompanySize,
    DeclarationDecision,
    EndDate,
    Extent,
    Form,
    Manufacturer,
    Means,
    Part,
    Procedure,
    Product,
    ProductClass,
    ReportingBasis,
    StandardKind,
    StatedAt,
    reading,
)
from sphinx_cra.render import data

if TYPE_CHECKING:
    from collections.abc import Iterator

FIVE_LINES = """\
product:
  name: Gateway
  release: "2.4.1"
manufacturer:
  name: ACME
"""

FULL = """\
document: {id: ACME-TD-001, version: "1.0", date: 2026-11-20, language: no}
product:
  name: Gateway
  type: GW-500
  description: |
    Two lines
    of text.
  intended_purpose: Connects field buses
  core_functionality: Routing between networks
  foreseeable_use: On the open internet
  operating_environment: Locked cabinet
  expected_use_years: 10
  assets: [Keys, Configuration]
  hardware: true
  remote_data_processing: None
  class: important-class-I
  category: CRA_ANX_III_C1_12
  class_reason: It routes
  identification: Serial number on the label
  release: "2.4.1"
  versions:
    - version: "2.4.1"
      part: firmware
      placed_on_market: 2027-12-11
      commit: "4f2a9c1"
      sha256: ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789
      note: first
    - {version: C, part: hardware, placed_on_market: "2028-02-29"}
manufacturer:
  name: ACME
  trade_name: Acme
  address: |
    Street 1
    12345 Town
  email: info@acme.example
  website: https://acme.example
  authorised_representative: {name: Rep, address: Street 2, email: rep@acme.example}
contacts:
  single_point_of_contact: psirt@acme.example, +49 30 1234
  disclosure_policy: https://acme.example/cvd
  security_txt: https://acme.example/.well-known/security.txt
  declaration: https://acme.example/doc?id=1#top
conformity:
  procedure: B+C
  notified_body: {name: Body, number: "0044", certificate: X-1}
standards:
  - id: IEC 62443-4-2
    title: Component requirements
    edition: "2019"
    kind: other
    extent: partial
    parts: [FR 1, FR 3]
    clauses: [CRA_ANX_I_P1_2_D]
    note: SL 2
  - {id: EN 18031-1, kind: harmonised, extent: none, solution: Own measures, oj_reference: OJ L 1}
support_period:
  start: 2027-12-11
  end: 2032-02
  considerations:
    user_expectations: a
    nature_and_purpose: b
    union_law: c
    comparable_products: d
    operating_environment: e
    core_components: f
    guidance: g
  note: why
sbom: {evidence: EV_SBOM, location: Release archive}
iec62443: {component_types: [NDR, EDR], target_sl: 2}
evidence: {valid_days: {junit: 90}}
"""

GATEWAY = Category(
    id="CRA_ANX_III_C1_12",
    printed="Annex III, Class I, point 12",
    title="Routers",
    product_class="important-class-I",
)
FIREWALL = Category(
    id="CRA_ANX_III_C2_2",
    printed="Annex III, Class II, point 2",
    title="Firewalls",
    product_class="important-class-II",
)


def with_lines(extra: str) -> Product:
    return product.parse(FIVE_LINES + dedent(extra))


def in_product(extra: str) -> Product:
    """Lines of the block ``product``; the first of them is line 4 of the file."""
    head, tail = FIVE_LINES.split("manufacturer:")
    return product.parse(f"{head}{extra}\nmanufacturer:{tail}")


def faults(text: str) -> list[str]:
    with pytest.raises(DataError) as caught:
        product.parse(text)
    return list(caught.value.lines())


def faults_in_product(extra: str) -> list[str]:
    with pytest.raises(DataError) as caught:
        in_product(extra)
    return list(caught.value.lines())


def faults_with(extra: str) -> list[str]:
    """Lines at the end of the file; the first of them is line 6."""
    return faults(FIVE_LINES + dedent(extra))


# --------------------------------------------------------------------------- what is read


def test_five_lines_are_enough() -> None:
    read = product.parse(FIVE_LINES)
    assert read == Product(name="Gateway", release="2.4.1", manufacturer=Manufacturer(name="ACME"))
    assert not read.intended_purpose
    assert read.support_period.end is None
    assert not read.support_period.considerations.union_law
    assert read.manufacturer.authorised_representative is None
    assert read.conformity.notified_body is None


def test_every_field_of_a_full_file_arrives() -> None:
    read = product.parse(FULL)
    assert (read.name, read.type, read.release) == ("Gateway", "GW-500", "2.4.1")
    assert read.description == "Two lines\nof text."
    assert (read.expected_use_years, read.assets, read.hardware) == (10, ("Keys", "Configuration"), True)
    assert read.product_class is ProductClass.IMPORTANT_I
    assert read.remote_data_processing == product.NONE
    firmware, hardware = read.versions
    assert (firmware.part, firmware.placed_on_market) == (Part.FIRMWARE, dt.date(2027, 12, 11))
    assert firmware.sha256 == "abcdef0123456789" * 4
    assert hardware.placed_on_market == dt.date(2028, 2, 29)
    assert read.released == (firmware,)
    assert read.document.date == dt.date(2026, 11, 20)
    assert read.document.language == "no"
    assert read.manufacturer.address == "Street 1\n12345 Town"
    assert read.manufacturer.authorised_representative is not None
    assert read.manufacturer.authorised_representative.name == "Rep"
    assert read.conformity.procedure is Procedure.B_C
    assert read.conformity.notified_body is not None
    assert read.conformity.notified_body.number == "0044"
    partial, unapplied = read.standards
    assert (partial.kind, partial.extent, partial.parts) == (
        StandardKind.OTHER,
        Extent.PARTIAL,
        ("FR 1", "FR 3"),
    )
    assert (unapplied.kind, unapplied.solution) == (StandardKind.HARMONISED, "Own measures")
    assert read.support_period.end == EndDate(text="2032-02", last_day=dt.date(2032, 2, 29))
    assert read.iec62443.component_types == ("NDR", "EDR")
    assert read.iec62443.target_sl == 2


SCHEMA: dict[str, Any] = json.loads(datafile.schema_text(product.SCHEMA))
SAMPLES = {
    "date": "2028-06-01",
    "month": "2037-12",
    "moment": "2027-11-30T12:00:00+00:00",
    "url": "https://acme.example/{}",
    "uri": "https://acme.example/{}",
    "email": "{}@acme.example",
    "language": "pt-BR",
    "required_language": "de",
    "sha256": "ab" * 32,
}


def sample(part: dict[str, Any], path: str) -> Any:
    """Something that the schema allows at this path, and that tells by its text where it stood."""
    kind = part.get("$ref", "").rpartition("/")[2]
    stated = {**SCHEMA["$defs"].get(kind, {}), **part}
    if path in ("product.release", "product.versions.version"):
        return "2.4.1"
    if kind in SAMPLES:
        return SAMPLES[kind].format(path)
    if "enum" in stated:
        return [v for v in stated["enum"] if v is not None][-1]
    match [t for t in [stated["type"]] if isinstance(t, str)] or [t for t in stated["type"] if t != "null"]:
        case ["string"]:
            return f"text of {path}"
        case ["boolean"]:
            return True
        case ["array"]:
            return [sample(stated["items"], path)]
        case ["object"] if stated.get("additionalProperties"):
            return {"DE": sample(stated["additionalProperties"], path)}
        case ["object"]:
            return {k: sample(v, f"{path}.{k}" if path else k) for k, v in stated["properties"].items()}
        case _:
            return 4


def test_no_field_of_the_schema_is_lost_on_the_way() -> None:
    """What was read of a file that gives every field is, told again, that file."""
    given = sample(SCHEMA, "")
    del given["extends"]
    told = data._product(product.parse(yaml.safe_dump(given, allow_unicode=True)))
    assert told == {"source": "cra.yaml", **given.pop("product"), **given}
    assert len(given) > 20


def test_no_attribute_is_without_a_field_of_the_schema() -> None:
    def compare(cls: Any, keys: dict[str, Any], path: str) -> None:
        attributes = {a.key: a for a in reading._attributes(cls)}
        assert set(attributes) - {"file"} == set(keys), path
        for key, a in attributes.items():
            inner = next((t for t in (a.hint, *typing.get_args(a.hint)) if dataclasses.is_dataclass(t)), None)
            if inner is not None and key != "file" and inner is not EndDate:
                part = keys[key].get("items", keys[key])
                compare(inner, part["properties"], f"{path}.{key}")

    blocks = {k: v for k, v in SCHEMA["properties"].items() if k not in ("extends", "product")}
    own = SCHEMA["properties"]["product"]["properties"]
    assert not set(own) & set(blocks)
    compare(Product, {**own, **blocks}, "")


def routes(value: Any, route: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    parts = value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else ())
    for step, part in parts:
        yield (*route, step)
        yield from routes(part, (*route, step))


ODD: tuple[Any, ...] = (
    [None],
    {"x": 1},
    0,
    3.1,
    True,
    " ",
    "x" * 5000,
    "2027-02-30",
    "0001-01",
    "ß\u202e<b>",
    None,
    [],
)


def test_whatever_stands_somewhere_is_read_or_refused_in_short_sentences() -> None:
    given = sample(SCHEMA, "")
    del given["extends"]
    for n, route in enumerate(routes(given)):
        changed = copy.deepcopy(given)
        holder = changed
        for step in route[:-1]:
            holder = holder[step]
        holder[route[-1]] = ODD[n % len(ODD)]
        lines: tuple[str, ...] = ("",)
        try:
            data._product(product.parse(json.dumps(changed)))
        except DataError as error:
            lines = error.lines()
        assert max(map(len, lines)) < 700, route


def test_what_is_left_empty_counts_as_not_given() -> None:
    paths = {entry.path.split(".")[0].removesuffix("[]") for entry in schemadoc.fields(product.SCHEMA)}
    blocks = "".join(f"{path}:\n" for path in sorted(paths - {"product", "manufacturer"}))
    assert with_lines(blocks) == product.parse(FIVE_LINES)
    assert in_product(
        "  class:\n  category: ''\n  versions:\n  hardware: ~\n  expected_use_years:"
    ) == product.parse(FIVE_LINES)
    assert with_lines("conformity: {notified_body: {name: , number: ''}}").conformity.notified_body is None


@pytest.mark.parametrize("quoted", ["2027-12-11", '"2027-12-11"', "'2027-12-11'"])
def test_a_date_is_the_same_quoted_or_not(quoted: str) -> None:
    assert with_lines(f"document: {{date: {quoted}}}").document.date == dt.date(2027, 12, 11)


@pytest.mark.parametrize(
    ("text", "last"),
    [("2032-11", (2032, 11, 30)), ("2032-12-11", (2032, 12, 11)), ("2027-02", (2027, 2, 28))],
)
def test_the_support_end_may_be_a_month_or_a_day(text: str, last: tuple[int, int, int]) -> None:
    end = with_lines(f"support_period: {{end: {text}}}").support_period.end
    assert end is not None
    assert str(end) == text
    assert end.last_day == dt.date(*last)


def test_none_is_a_word_for_nothing_and_differs_from_not_given() -> None:
    read = in_product("  class: default\n  category: None\n  remote_data_processing: NONE")
    assert (read.category, read.remote_data_processing) == ("none", "none")
    assert product.parse(FIVE_LINES).category == ""


def test_every_value_leads_back_to_its_line() -> None:
    read = product.parse(FULL, source="products/gw.yaml")
    assert read.place("product", "class") == Place(source="products/gw.yaml", line=16)
    assert read.place("product", "versions", 1) == Place(source="products/gw.yaml", line=28)
    assert read.place("support_period", "considerations", "union_law").line == 62
    assert str(product.parse(FIVE_LINES).place("product", "intended_purpose")) == "cra.yaml:1"


def test_a_product_built_by_hand_has_places_without_lines() -> None:
    built = Product(name="x", release="1", manufacturer=Manufacturer(name="y"))
    assert str(built.place("product", "name")) == "cra.yaml"


def test_a_product_survives_pickling() -> None:
    read = product.parse(FULL)
    copy = pickle.loads(pickle.dumps(read))
    assert copy == read
    assert copy.place("product", "class") == read.place("product", "class")


def test_a_file_is_read_from_disk_under_the_name_given(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(FULL, "utf-8")
    read = product.load(path, source="docs/cra.yaml")
    assert read == product.parse(FULL)
    assert read.file.source == "docs/cra.yaml"


# --------------------------------------------------------------------------- what is refused


def test_names_and_release_are_needed() -> None:
    assert faults("document: {}") == [
        "cra.yaml:1: 'manufacturer' is required here",
        "cra.yaml:1: 'product' is required here",
    ]
    assert faults("product:\n  type: x\nmanufacturer:\n  name: y\n") == [
        "cra.yaml:1: product: 'name' is required here",
        "cra.yaml:1: product: 'release' is required here",
    ]
    assert faults("product:\n  name:\n  release: ' '\nmanufacturer:\n") == [
        "cra.yaml:2: product.name: is empty, where text is needed",
        "cra.yaml:3: product.release: ' ' does not fit: a text that is not empty",
        "cra.yaml:4: manufacturer: is empty, where a mapping is needed",
    ]


def test_an_empty_file_is_refused() -> None:
    assert faults("# nothing yet\n") == ["cra.yaml: the file is empty, or holds nothing but comments"]


@pytest.mark.parametrize(
    ("written", "shown"), [("3.10", "3.10"), ("3", "3"), ("0044", "0044"), ("1e3", "1e3"), ("true", "true")]
)
def test_an_unquoted_version_that_would_change_is_refused(written: str, shown: str) -> None:
    assert faults_in_product(f"  versions:\n  - version: {written}") == [
        f"cra.yaml:5: product.versions.0.version: {shown} is not text; put it in quotes"
    ]


def test_a_version_with_two_dots_needs_no_quotes() -> None:
    assert in_product("  versions:\n  - version: 2.4.1").released[0].version == "2.4.1"


def test_a_wrong_word_is_answered_with_the_words_there_are() -> None:
    assert faults_in_product("  class: importnat-class-I") == [
        (
            "cra.yaml:4: product.class: 'importnat-class-I' is not one of "
            "default, important-class-I, important-class-II, critical; did you mean 'important-class-I'?"
        )
    ]
    assert faults_with("conformity: {procedure: b+c}") == [
        "cra.yaml:6: conformity.procedure: 'b+c' is not one of A, B+C, H, certification; did you mean 'B+C'?"
    ]


def test_a_wrong_key_is_answered_with_the_key_there_is() -> None:
    assert faults_in_product("  intended_purpos: x") == [
        "cra.yaml:4: product.intended_purpos: unknown key; did you mean 'intended_purpose'?"
    ]
    assert faults_with("suport_period: {}") == [
        "cra.yaml:6: suport_period: unknown key; did you mean 'support_period'?"
    ]
    (fault,) = faults_with("sbom: {colour: red}")
    known = "evidence, location, requests, to_users, user_location"
    assert fault == f"cra.yaml:6: sbom.colour: unknown key; known are {known}"


def test_all_faults_are_reported_at_once_in_the_order_of_the_file() -> None:
    found = faults(
        FULL.replace("Gateway", "[]")
        .replace("hardware: true", "hardware: yes")
        .replace("target_sl: 2", "target_sl: 5")
    )
    assert found == [
        "cra.yaml:3: product.name: a list is not text",
        "cra.yaml:14: product.hardware: 'yes' is not true or false",
        "cra.yaml:69: iec62443.target_sl: 5 is more than 4",
    ]


@pytest.mark.parametrize(
    "date", ["2027-02-29", "2027-13-01", "2027-00-10", "2100-02-29", "0000-01-01", "2027-04-31"]
)
def test_a_day_that_is_not_in_the_calendar_is_refused(date: str) -> None:
    assert faults_with(f"document: {{date: {date}}}") == [
        f"cra.yaml:6: document.date: '{date}' is not in the calendar"
    ]


def test_a_month_that_is_not_in_the_calendar_is_refused() -> None:
    assert faults_with("support_period: {end: 2032-13}") == [
        "cra.yaml:6: support_period.end: '2032-13' is not in the calendar"
    ]


@pytest.mark.parametrize(
    "date", ["11.12.2027", "2027-12", "2027-12-11T00:00:00", "2027", "20271211", "soon", "２０２７-12-11"]
)
def test_a_date_in_another_form_is_answered_with_the_form(date: str) -> None:
    (fault,) = faults_with(f"document: {{date: {date}}}")
    assert fault.endswith("does not fit: a day written like 2027-12-11")


def test_a_year_alone_is_no_end_of_support() -> None:
    (fault,) = faults_with("support_period: {end: 2032}")
    assert fault.startswith("cra.yaml:6: support_period.end: 2032 does not fit: ")
    assert fault.endswith("a month or a day, written like 2032-12 or 2032-12-31")


@pytest.mark.parametrize(
    "url",
    [
        "www.acme.example",
        "ftp://acme.example",
        "javascript:alert(1)",
        "https://",
        "https:///x",
        "https://a b",
        'https://a/"x',
        "https://user@acme.example",
        "https://a/<b>",
    ],
)
def test_what_is_no_internet_address_is_refused(url: str) -> None:
    (fault,) = faults_with(f"contacts:\n  disclosure_policy: '{url}'\n")
    assert "cra.yaml:7: contacts.disclosure_policy:" in fault
    assert fault.endswith("does not fit: an internet address that begins with https:// or http://")


@pytest.mark.parametrize(
    "url", ["http://acme.example", "https://acme.example:8443/a/ü?x=%20#y", "https://[2001:db8::1]/"]
)
def test_an_internet_address_is_taken_as_written(url: str) -> None:
    assert with_lines(f"contacts: {{security_txt: '{url}'}}").contacts.security_txt == url


@pytest.mark.parametrize(
    "email",
    [
        "acme.example",
        "info@acme",
        "a b@acme.example",
        "a@b@acme.example",
        "@acme.example",
        "Info <a@acme.example>",
    ],
)
def test_what_is_no_email_address_is_refused(email: str) -> None:
    (fault,) = faults(FIVE_LINES + f"  email: '{email}'\n")
    wanted = "an e-mail address like security@example.com"
    assert fault == f"cra.yaml:6: manufacturer.email: '{email}' does not fit: {wanted}"


@pytest.mark.parametrize("answer", ["no", "yes", "No", "false", "true", '"NO"'])
def test_remote_processing_is_described_and_not_answered_with_yes_or_no(answer: str) -> None:
    (fault,) = faults_in_product(f"  remote_data_processing: {answer}")
    assert fault.endswith("does not fit: what is processed at a distance and by whom, or the word none")


def test_a_short_digest_is_refused() -> None:
    (fault,) = faults_in_product("  versions:\n  - {version: a, sha256: abc}")
    assert fault.endswith("'abc' does not fit: a SHA-256 digest, 64 hexadecimal digits")


def test_a_release_that_is_not_among_the_versions_is_refused() -> None:
    assert faults_in_product("  versions:\n  - {version: 2.4.0}\n  - {version: 2.3.0}") == [
        "cra.yaml:3: product.release: '2.4.1' is not among the versions: 2.4.0, 2.3.0; did you mean '2.4.0'?"
    ]


def test_a_version_of_the_same_part_is_listed_once() -> None:
    twice = "  versions:\n  - {version: 2.4.1, part: firmware}\n  - {version: 2.4.1, part: cloud}\n"
    assert len(in_product(twice).released) == 2
    assert faults_in_product(twice + "  - {version: 2.4.1, part: firmware}") == [
        "cra.yaml:7: product.versions.2: '2.4.1' is listed twice, first on line 5"
    ]


@pytest.mark.parametrize("end", ["2027-12-11", "2027-11", "2026-12-31"])
def test_a_support_period_that_ends_before_it_began_is_refused(end: str) -> None:
    assert faults_with(f"support_period:\n  start: 2027-12-11\n  end: {end}\n") == [
        f"cra.yaml:8: support_period.end: {end} is not after the start, 2027-12-11"
    ]


def test_a_support_period_may_end_in_the_month_it_began() -> None:
    assert with_lines("support_period: {start: 2027-12-11, end: 2027-12}").support_period.end


def test_a_standard_applied_in_part_names_its_parts() -> None:
    assert faults_with("standards:\n- id: A\n  extent: full\n- id: B\n  extent: partial\n  parts: []\n") == [
        (
            "cra.yaml:9: standards.1: 'parts' is required where the extent is partial: "
            "name the parts that are applied"
        )
    ]


@pytest.mark.parametrize("solution", ["", "  solution: ' '\n"])
def test_a_standard_that_is_not_applied_names_the_solution(solution: str) -> None:
    assert faults_with(f"standards:\n- id: A\n  extent: none\n{solution}") == [
        "cra.yaml:7: standards.0: 'solution' is required where the extent is none: say what is done instead"
    ]


def test_a_standard_needs_an_id_and_nothing_more() -> None:
    assert with_lines("standards: [{id: A}]").standards[0].extent is None
    assert faults_with("standards:\n- id: A\n- title: B\n") == [
        "cra.yaml:8: standards.1: 'id' is required here"
    ]


def test_component_types_are_those_of_the_standard() -> None:
    (fault,) = faults_with("iec62443: {component_types: [NRD]}")
    assert fault == "cra.yaml:6: iec62443.component_types.0: 'NRD' is not one of SAR, EDR, HDR, NDR"
    (fault,) = faults_with("iec62443: {component_types: [NDR, NDR]}")
    assert fault.endswith("'NDR' is listed twice")


# --------------------------------------------------------------------------- against the catalogue


def category_faults(extra: str) -> list[str]:
    read = in_product(extra)
    return [f"{f.line}: {f}" for f in product.check_category(read, [GATEWAY, FIREWALL])]


@pytest.mark.parametrize(
    "extra",
    [
        "",
        "  class: default",
        "  class: default\n  category: none",
        "  class: important-class-I",
        "  category: none",
        "  class: important-class-I\n  category: CRA_ANX_III_C1_12",
        "  category: CRA_ANX_III_C2_2",
    ],
)
def test_class_and_category_that_agree_or_are_not_given_yet_are_no_fault(extra: str) -> None:
    assert category_faults(extra) == []


def test_a_category_that_does_not_exist_is_answered_with_the_nearest() -> None:
    assert category_faults("  category: CRA_ANX_III_C2_21") == [
        (
            "4: product.category: 'CRA_ANX_III_C2_21' is no category of Annex III or IV; "
            "did you mean 'CRA_ANX_III_C2_2' or 'CRA_ANX_III_C1_12'?"
        )
    ]


@pytest.mark.parametrize("stated", ["default", "important-class-I", "critical"])
def test_a_category_of_another_class_is_a_fault(stated: str) -> None:
    assert category_faults(f"  class: {stated}\n  category: CRA_ANX_III_C2_2") == [
        (
            "5: product.category: Annex III, Class II, point 2 (Firewalls) is important-class-II, "
            f"and the class here is {stated}"
        )
    ]


def test_an_important_product_cannot_be_in_no_category() -> None:
    assert category_faults("  class: critical\n  category: none") == [
        (
            "5: product.category: class critical needs the category of Annex III or IV "
            "that the product is in, not none"
        )
    ]


def test_a_clause_that_no_catalogue_has_is_found_at_its_line() -> None:
    read = with_lines("standards:\n- id: A\n  clauses:\n  - CRA_ANX_I_P1_2_D\n  - CRA_ANX_I_P1_2_DD\n")
    assert [f"{f.line}: {f}" for f in product.check_clauses(read, {"CRA_ANX_I_P1_2_D"})] == [
        "10: standards.0.clauses.1: 'CRA_ANX_I_P1_2_DD' is no known clause; did you mean 'CRA_ANX_I_P1_2_D'?"
    ]


# --------------------------------------------------------------------------- rules for evidence


def dated(*, file: str = "", placed: str = "") -> product.Product:
    versions = "".join(
        f'  - version: "{version}"\n    part: {part}\n    placed_on_market: {day}\n'
        for version, part, day in (
            ("1.0", "firmware", placed),
            ("1.0", "cloud", placed and "2027-06-01"),
            ("0.9", "firmware", "2020-01-01"),
        )
    )
    return product.parse(
        f"""document:
  date: {file}
product:
  name: A
  release: "1.0"
  versions:
{versions}manufacturer:
  name: M
"""
    )


def test_evidence_has_to_hold_on_the_day_the_first_part_of_the_release_is_placed_on_the_market() -> None:
    assert dated(placed="2027-05-01").reference_date == dt.date(2027, 5, 1)
    assert dated(placed="2027-05-01", file="2029-01-01").reference_date == dt.date(2027, 5, 1)


def test_a_file_drawn_up_before_that_day_is_held_to_its_own_day() -> None:
    assert dated(placed="2027-05-01", file="2026-11-24").reference_date == dt.date(2026, 11, 24)
    assert dated(file="2026-11-24").reference_date == dt.date(2026, 11, 24)


def test_without_a_day_there_is_no_reference_date() -> None:
    assert dated().reference_date is None


def test_rules_for_the_age_of_evidence_are_read_by_kind() -> None:
    read = with_lines("evidence:\n  valid_days:\n    junit: 90\n    sbom:\n")
    assert read.evidence.valid_days == {"junit": 90}
    assert with_lines("evidence:\n").evidence.valid_days == {}


@pytest.mark.parametrize("days", ["0", "-1", "1.5", "soon", "40000"])
def test_an_age_that_cannot_be_meant_is_refused(days: str) -> None:
    with pytest.raises(DataError, match=r"evidence\.valid_days\.junit"):
        with_lines(f"evidence:\n  valid_days:\n    junit: {days}\n")


def test_a_rule_for_a_kind_that_there_is_not_names_the_nearest() -> None:
    read = with_lines("evidence:\n  valid_days:\n    junitt: 90\n    sbom: 30\n")
    assert [f"{f.line}: {f}" for f in product.check_kinds(read, ["junit", "sbom"])] == [
        "8: evidence.valid_days.junitt: 'junitt' is not a kind of evidence; did you mean 'junit'?"
    ]


# --------------------------------------------------------------------------- schema, template, page


def test_the_words_of_the_schema_are_those_of_the_code() -> None:
    words = {entry.path: re.findall(r"`([^`]+)`", entry.values) for entry in schemadoc.fields(product.SCHEMA)}
    for path, enum in {
        "product.class": ProductClass,
        "product.versions[].part": Part,
        "conformity.procedure": Procedure,
        "standards[].kind": StandardKind,
        "standards[].extent": Extent,
        "standards[].level": AssuranceLevel,
        "conformity.certification.level": AssuranceLevel,
        "manufacturer.size": CompanySize,
        "contacts.means[].kind": Means,
        "support_period.stated[].at": StatedAt,
        "modifications[].declaration": DeclarationDecision,
        "modifications[].certificate": CertificateDecision,
        "declaration.form": Form,
        "reporting.basis": ReportingBasis,
    }.items():
        assert words[path] == list(enum), path
    affixed = SCHEMA["properties"]["ce_marking"]["properties"]["affixed_to"]["items"]["enum"]
    assert affixed == list(CePlace)


def test_every_field_is_described() -> None:
    listed = schemadoc.fields(product.SCHEMA)
    assert len(listed) > 250
    assert [entry.path for entry in listed if not entry.description or not entry.values] == []


TEMPLATE = Path(sphinx_cra.__file__).parent / "templates" / "cra.yaml"


def test_the_template_is_a_product_file_with_nothing_decided() -> None:
    read = product.parse(starter.product("Gateway"))
    assert read == Product(name="Gateway", release="0.1.0", manufacturer=Manufacturer())


def test_the_template_as_it_is_names_no_product_and_is_asked_for_the_name_at_its_line() -> None:
    with pytest.raises(DataError) as raised:
        product.load(TEMPLATE, source="cra.yaml")
    line = 1 + TEMPLATE.read_text("utf-8").split("\n").index("product:") + 1
    assert raised.value.lines() == (f"cra.yaml:{line}: product.name: is empty, where text is needed",)


def switched_on() -> str:
    """The template with its examples."""
    return re.sub(r"(?m)^#(?=  )", "", starter.product("Gateway"))


def filled(part: dict[str, Any], value: Any, path: str, missing: list[str]) -> Any:
    """The value with samples where it is empty, noting the fields that are not there at all."""
    part = {**SCHEMA["$defs"].get(part.get("$ref", "").rpartition("/")[2], {}), **part}
    if value is None and not part.get("properties"):
        return sample(part, path)
    if isinstance(value, list):
        return [filled(part["items"], v, path, missing) for v in value]
    if isinstance(value, dict) and "properties" in part:
        missing += [f"{path}.{key}" for key in part["properties"] if key not in value]
        return {
            k: filled(part["properties"][k], v, f"{path}.{k}" if path else k, missing)
            for k, v in value.items()
        }
    return value


def test_the_template_has_every_field_in_its_place_and_fits_once_it_is_filled_in() -> None:
    missing: list[str] = []
    given = filled(SCHEMA, datafile.parse(switched_on(), source="cra.yaml").data, "", missing)
    assert missing == []
    del given["extends"]
    read = product.parse(yaml.safe_dump(given, allow_unicode=True))
    assert read.reporting.register == "text of reporting.register"
    assert read.user_information.instructions.changes == "text of user_information.instructions.changes"


def test_the_template_says_something_of_every_field_that_its_name_does_not_say() -> None:
    bare = [
        line.strip(" #-:")
        for line in TEMPLATE.read_text("utf-8").splitlines()
        if re.fullmatch(r"[#\s-]*[a-z0-9_]+:\s*", line)
    ]
    blocks = {e.path.rpartition(".")[2].removesuffix("[]") for e in schemadoc.fields(product.SCHEMA)}
    assert set(bare) <= blocks
    assert len(bare) < 0.4 * len(schemadoc.fields(product.SCHEMA))


def test_the_template_names_every_allowed_word() -> None:
    text = TEMPLATE.read_text("utf-8")
    words = {w for e in schemadoc.fields(product.SCHEMA) for w in re.findall(r"`([^`]+)`", e.values)}
    assert {w for w in words if re.fullmatch(r"[a-z-]{3,}", w)} - set(re.findall(r"[a-z-]+", text)) == set()


def test_the_examples_of_the_template_can_be_switched_on() -> None:
    read = product.parse(switched_on())
    assert len(read.assets) == 2
    assert read.released[0].placed_on_market == dt.date(2027, 12, 11)
    assert read.standards[0].applied_for == {
        "CRA_ANX_I_P1_2_D": Extent.PARTIAL,
        "CRA_ANX_I_P1_2_E": Extent.FULL,
    }
    assert read.contacts.means[0].is_automated is False
    assert read.market.languages == {"BE": ("nl", "fr", "de")}
    assert read.iec62443.component_types == ("NDR",)


PAGE = Path(__file__).parents[2] / "docs" / "product-file.md"


def test_the_reference_page_says_what_the_schema_says() -> None:
    text = PAGE.read_text("utf-8")
    again = "run: python -m sphinx_cra.schemadoc cra.schema.json docs/product-file.md"
    assert text == schemadoc.refreshed(text, product.SCHEMA), again


def test_the_examples_on_the_reference_page_are_read_as_it_says() -> None:
    text = PAGE.read_text("utf-8")
    first = text.split("```yaml\n")[1].split("```")[0]
    assert first.count("\n") == 5
    assert product.parse(first).name == "Gateway 500"
    assert yaml.safe_load(first) == datafile.parse(first, source="x").data
