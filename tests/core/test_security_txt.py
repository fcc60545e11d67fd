"""``security.txt``: its fields, and when it is not written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from papers import GONE, assessed
from sphinx_cra import security_txt

if TYPE_CHECKING:
    from sphinx_cra.product import Product

BLOCK = {"contact": ["mailto:psirt@works.example"], "expires": "2028-06-01T12:00:00+02:00"}
ALL = {
    **BLOCK,
    "csaf": ["https://works.example/provider-metadata.json"],
    "acknowledgments": ["https://works.example/thanks"],
    "canonical": ["https://works.example/.well-known/security.txt"],
    "encryption": ["https://works.example/key.txt"],
    "hiring": ["https://works.example/jobs"],
    "policy": ["https://works.example/cvd"],
    "preferred_languages": ["en", "de"],
}


def made(block: Any = BLOCK, **changes: Any) -> Product:
    found = assessed({"security_txt": block, **changes}).product
    assert found is not None
    return found


def problems(product: Product) -> list[str]:
    return [f.message for f in security_txt.problems(product)]


def test_its_fields_are_in_the_order_of_the_rfc_below_the_clauses_it_serves() -> None:
    text = security_txt.text(made(ALL))
    head, *fields = text.splitlines()
    assert head.startswith("# Regulation (EU) 2024/2847: Article 13(17)")
    assert [f.partition(":")[0] for f in fields] == [
        *("Acknowledgments", "Canonical", "Contact", "Encryption", "Expires", "Hiring", "Policy"),
        *("Preferred-Languages", "CSAF"),
    ]
    assert text.endswith("\n")
    assert "\r" not in text
    assert "Preferred-Languages: en, de\n" in text


def test_the_moment_it_expires_is_one_of_rfc_3339_in_utc() -> None:
    assert "\nExpires: 2028-06-01T10:00:00Z\n" in security_txt.text(made())
    text = security_txt.text(made({**BLOCK, "expires": "2028-06-01"}))
    assert "\nExpires: 2028-06-01T00:00:00Z\n" in text
    assert re.search(r"^Expires: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$", text, re.MULTILINE)


def test_contacts_policy_and_address_come_from_contacts_where_the_block_has_none() -> None:
    means = [
        {"kind": "telephone", "value": "+49 (30) 1234"},
        {"kind": "telephone", "value": "on the plate"},
        {"kind": "email", "value": "psirt@works.example"},
        {"kind": "form", "value": "https://works.example/report"},
        {"kind": "form", "value": "http://works.example/report"},
    ]
    text = security_txt.text(
        made(
            {"expires": "2028-06-01"},
            **{
                "contacts.means": means,
                "contacts.security_txt": "https://works.example/.well-known/security.txt",
            },
        )
    )
    assert re.findall(r"^Contact: (.*)$", text, re.MULTILINE) == [
        "tel:+49301234",
        "mailto:psirt@works.example",
        "https://works.example/report",
    ]
    assert "Policy: https://works.example/policy\n" in text
    assert "Canonical: https://works.example/.well-known/security.txt\n" in text


@pytest.mark.parametrize(
    ("block", "means", "lacks"),
    [
        ({"contact": BLOCK["contact"]}, [], "security_txt.expires is missing"),
        ({"expires": "2028-06-01"}, [], "security_txt.contact is missing"),
        ({"policy": ["https://w.example/"]}, [], "security_txt.expires and security_txt.contact are missing"),
    ],
)
def test_without_what_the_rfc_asks_for_it_is_not_written_and_one_message_names_it(
    block: Any, means: Any, lacks: str
) -> None:
    product = made(block, **{"contacts.means": means})
    assert security_txt.text(product) == ""
    (found,) = problems(product)
    assert found == f"security.txt is not written: {lacks}"


@pytest.mark.parametrize("block", [GONE, {}, None, {"contact": []}])
def test_nobody_is_told_about_a_file_that_nobody_asked_for(block: Any) -> None:
    product = made(block)
    assert (security_txt.text(product), problems(product)) == ("", [])


@pytest.mark.parametrize(
    ("expires", "said"),
    [
        ("2027-10-31", "security.txt expires on 2027-10-31, before 2027-11-01, the day of this file"),
        (
            "2028-11-02",
            "security.txt expires on 2028-11-02, more than a year after 2027-11-01, the day of this file",
        ),
    ],
)
def test_a_file_that_expires_too_early_or_too_late_is_written_with_a_warning(expires: str, said: str) -> None:
    product = made({**BLOCK, "expires": expires})
    assert "Expires: " in security_txt.text(product)
    assert problems(product) == [said]


@pytest.mark.parametrize("expires", ["2027-11-01", "2028-06-01", "2028-11-01"])
def test_within_a_year_nothing_is_said(expires: str) -> None:
    assert problems(made({**BLOCK, "expires": expires})) == []


def test_no_value_makes_a_line_of_its_own() -> None:
    odd = {**BLOCK, "policy": ["https://works.example/ä?q=日本"]}
    text = security_txt.text(made(odd))
    assert "Policy: https://works.example/%C3%A4?q=%E6%97%A5%E6%9C%AC\n" in text
    assert text.isascii()
    assert all(re.match(r"# |[A-Za-z-]+: \S", line) for line in text.splitlines())
