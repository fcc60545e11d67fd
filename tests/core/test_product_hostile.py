"""Product files in which YAML could turn one thing into another, and files that make no sense."""

from __future__ import annotations

import datetime as dt
import time
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from sphinx_cra import product
from sphinx_cra.datafile import DataError

if TYPE_CHECKING:
    from pathlib import Path

MINIMUM = """\
product:
  name: Gateway
  release: "2.4.1"
manufacturer:
  name: ACME
"""


def read(extra: str) -> product.Product:
    """The least there can be, with more lines; the first of them is line 6."""
    return product.parse(MINIMUM + dedent(extra))


def faults(extra: str) -> list[str]:
    with pytest.raises(DataError) as caught:
        read(extra)
    return list(caught.value.lines())


def fault(extra: str) -> str:
    (only,) = faults(extra)
    return only


# --------------------------------------------------------------------------- scalars that other readers turn


def test_norway_is_a_member_state() -> None:
    assert read("market: {member_states: [NO, SE, DE]}").market.member_states == ("NO", "SE", "DE")
    assert read("market: {languages: {NO: [no, nb]}}").market.languages == {"NO": ("no", "nb")}
    assert read("reporting: {member_state: NO}").reporting.member_state == "NO"


def test_norway_in_small_letters_is_told_how_it_is_written() -> None:
    assert fault("market:\n  member_states:\n  - no\n").startswith(
        "cra.yaml:8: market.member_states.0: 'no' is not one of AT, BE, "
    )
    assert fault("market: {member_states: [no]}").endswith("; did you mean 'NO'?")
    assert fault("market:\n  languages:\n    De: [de]\n").startswith(
        "cra.yaml:8: market.languages.De: 'De' is not one of AT, BE, "
    )


@pytest.mark.parametrize("word", ["yes", "no", "on", "off", "Y", "n", "Yes", "OFF", "1", "'true'", "maybe"])
def test_a_question_is_answered_with_true_or_false_alone(word: str) -> None:
    assert fault(f"updates: {{free_of_charge: {word}}}").endswith("is not true or false")


@pytest.mark.parametrize("word", ["no", "on", "off", "yes", "y", "NO"])
def test_a_word_that_means_a_truth_value_elsewhere_is_text_here(word: str) -> None:
    assert read(f"reporting: {{csirt: {word}}}").reporting.csirt == word


@pytest.mark.parametrize(
    "version",
    [
        "2.4.1",
        "1_000",
        "12:30",
        "12:30:45",
        "0o12",
        "0x1F",
        "0b11",
        "2027-12-11",
        "2027-12-11 10:00:00",
        "1e",
        "v1.0",
        "1.0-rc1",
        "1e999",
        ".inf",
        "0" * 30,
    ],
)
def test_a_version_that_is_no_number_is_taken_as_written(version: str) -> None:
    assert read(f"declaration: {{release: {version}}}").declaration.release == version


@pytest.mark.parametrize(
    "version", ["3.10", "1.0", "1e3", "7", "0044", "1.", "+1", "-0", ".5", "true", "False"]
)
def test_a_version_that_a_number_would_change_has_to_be_quoted(version: str) -> None:
    assert fault(f"declaration:\n  release: {version}\n") == (
        f"cra.yaml:7: declaration.release: {version} is not text; put it in quotes"
    )
    assert read(f"declaration: {{release: '{version}'}}").declaration.release == version


def test_a_version_in_a_list_has_to_be_quoted_too() -> None:
    body = "conformity:\n  notified_body:\n    certified_versions:\n    - 3.10\n    - '3.10'\n"
    assert fault(body) == (
        "cra.yaml:9: conformity.notified_body.certified_versions.0: 3.10 is not text; put it in quotes"
    )


@pytest.mark.parametrize("written", ["2027-12-11", "'2027-12-11'", '"2027-12-11"', "2027-12-11  "])
def test_a_date_is_a_date_in_quotes_or_not(written: str) -> None:
    assert read(f"market:\n  first_unit: {written}\n").market.first_unit == dt.date(2027, 12, 11)


@pytest.mark.parametrize(
    ("written", "hour"),
    [
        ("2027-11-30", 0),
        ("2027-11-30T12:00:00Z", 12),
        ("2027-11-30t12:00:00z", 12),
        ("2027-11-30 12:00:00Z", 12),
        ("2027-11-30T12:00:00+02:00", 10),
        ("2027-11-30T12:00:00-05:00", 17),
    ],
)
def test_a_moment_is_read_in_its_time_zone_and_kept_in_utc(written: str, hour: int) -> None:
    moment = read(f"security_txt: {{expires: {written}}}").security_txt.expires
    assert moment == dt.datetime(2027, 11, 30, hour, tzinfo=dt.UTC)


@pytest.mark.parametrize("written", ["2027-11-30T12:00:00", "2027-11-30T12:00Z", "2027-11", "12:00:00Z"])
def test_a_moment_without_its_time_zone_is_refused(written: str) -> None:
    assert "does not fit: a day, or a moment with its time zone" in fault(
        f"security_txt: {{expires: '{written}'}}"
    )


@pytest.mark.parametrize(
    "written",
    ["2027-02-29", "2027-11-30T24:30:00Z", "2027-11-30T12:60:00Z", "0001-01-01T00:00:00+14:00", "0000-01-01"],
)
def test_a_moment_that_never_is_is_refused(written: str) -> None:
    assert fault(f"security_txt: {{expires: {written}}}").endswith("is not in the calendar")


def test_the_29th_of_february_is_a_day_in_leap_years_alone() -> None:
    assert read("market: {first_unit: 2028-02-29}").market.first_unit == dt.date(2028, 2, 29)
    assert fault("market: {first_unit: 2027-02-29}").endswith("'2027-02-29' is not in the calendar")
    assert fault("retention: {until: 2047-02-30}").endswith("'2047-02-30' is not in the calendar")


# --------------------------------------------------------------------------- YAML that hurts

LAUGHS = "\n".join(["a0: &a0 lol", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12))])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("contacts: &c {declaration: https://a.example}\nmarketing: *c", "an alias (*c) is not allowed"),
        ("contacts:\n  <<: {declaration: https://a.example}\n", "a merge key (<<) is not allowed"),
        (LAUGHS, "an alias (*a0) is not allowed"),
        ("sbom: {location: a}\nsbom: {location: b}", "given twice, first on line 6"),
        ("sbom:\n\tlocation: a", "indent with spaces, not with tabs"),
        ("sbom: {? [a] : b}", "a key must be a word"),
        ("---\nsbom: {}", "a second document begins here (---): one file holds one"),
        ("sbom: !!python/object/apply:os.system [id]", "is not allowed: leave it out"),
        ("sbom: {location: !!str x}", "is not allowed: leave it out"),
        ('sbom: {location: "a\\0b"}', "the character U+0000 has no place in a text"),
        ("sbom: {location: a\0b}", "the character U+0000 has no place in a text file"),
        ("sbom: " + "[" * 100_000, "nested more than 64 deep"),
        ("sbom: " + "{a: " * 100_000, "nested more than 64 deep"),
        ("sbom: {location: 'open", "while scanning a quoted scalar"),
    ],
)
def test_what_hurts_is_refused_in_one_sentence(text: str, why: str) -> None:
    started = time.monotonic()
    assert why in faults(text)[0]
    assert time.monotonic() - started < 5


def test_numbers_and_truth_values_as_keys_are_unknown_keys() -> None:
    assert faults("1: a\ntrue: b\n2.0: c\n") == [
        f"cra.yaml:{line}: {key}: {message}"
        for line, key, message in (
            (6, "1", faults("1: a")[0].partition("1: ")[2]),
            (7, "true", faults("true: a")[0].partition("true: ")[2]),
            (8, "2.0", faults("2.0: a")[0].partition("2.0: ")[2]),
        )
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1"])
def test_another_encoding_is_refused_and_named(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "cra.yaml"
    path.write_bytes(MINIMUM.replace("ACME", "Müller").encode(encoding))
    with pytest.raises(DataError, match=r"^cra\.yaml:\d: (byte 0x.. is not UTF-8|the character U\+0000)"):
        product.load(path, source="cra.yaml")


def test_a_byte_order_mark_and_windows_lines_are_read(tmp_path: Path) -> None:
    path = tmp_path / "cra.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + MINIMUM.replace("\n", "\r\n").encode())
    loaded = product.load(path, source="cra.yaml")
    assert loaded == product.parse(MINIMUM)
    assert loaded.place("manufacturer", "name").line == 5


def test_a_huge_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cra.yaml"
    path.write_bytes(MINIMUM.encode() + b"#" * (16 * 1024 * 1024))
    with pytest.raises(DataError, match=r"^cra\.yaml: is larger than the 16 MiB we read$"):
        product.load(path, source="cra.yaml")


# --------------------------------------------------------------------------- slips in keys and words


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "conformity:\n  notified_body:\n    nmae: x\n",
            "cra.yaml:8: conformity.notified_body.nmae: unknown key; did you mean 'name'?",
        ),
        (
            "updates:\n  public_archive:\n    maintaned: true\n",
            "cra.yaml:8: updates.public_archive.maintaned: unknown key; did you mean 'maintained'?",
        ),
        (
            "updates:\n  issued:\n  - id: A\n    isued: 2028-01-01\n",
            "cra.yaml:9: updates.issued.0.isued: unknown key; did you mean 'issued'?",
        ),
        (
            "contacts:\n  means:\n  - kind: emial\n",
            (
                "cra.yaml:8: contacts.means.0.kind: 'emial' is not one of email, telephone, post, form, "
                "chat, chatbot, other; did you mean 'email'?"
            ),
        ),
        (
            "tailor_made:\n  deviations: [CRA_ANX_I_P1_2_C]\n",
            (
                "cra.yaml:7: tailor_made.deviations.0: 'CRA_ANX_I_P1_2_C' is not one of CRA_ANX_I_P1_2_B, "
                "CRA_ANX_I_P2_8; did you mean 'CRA_ANX_I_P1_2_B'?"
            ),
        ),
        (
            "standards:\n- id: A\n  per_clause:\n    CRA_ANX_I_P1_2_C: ful\n",
            (
                "cra.yaml:9: standards.0.per_clause.CRA_ANX_I_P1_2_C: 'ful' is not one of "
                "full, partial, none; did you mean 'full'?"
            ),
        ),
    ],
)
def test_a_slip_deep_inside_is_answered_with_what_was_meant(text: str, message: str) -> None:
    assert fault(text) == message


@pytest.mark.parametrize(
    ("text", "home"),
    [
        ("intended_purpose: x", "; 'intended_purpose' is known in 'marketing' or in 'product'"),
        ("notified_body: {name: x}", "; 'notified_body' is known in 'conformity'"),
        ("considerations: {}", "; 'considerations' is known in 'support_period'"),
        ("updates: {to_users: true}", "; 'to_users' is known in 'sbom'"),
        ("conformity: {retention: {}}", "; 'retention' is known at the top level"),
    ],
)
def test_a_key_in_the_wrong_place_is_told_its_place(text: str, home: str) -> None:
    assert fault(text).endswith(home)


def test_a_single_value_for_a_list_is_told_to_be_a_list() -> None:
    assert fault("market: {member_states: DE}").endswith(
        "'DE' is not a list; write each entry on a line of its own, after a dash"
    )


# --------------------------------------------------------------------------- what cannot be meant

RELEASED = """\
product:
  name: Gateway
  release: "1"
  versions:
  - version: "1"
    placed_on_market: 2028-01-01
{}
manufacturer:
  name: ACME
"""


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            "    last_placed_on_market: 2027-12-31",
            "7: product.versions.0.last_placed_on_market: 2027-12-31 is before its first unit, 2028-01-01",
        ),
        (
            "    support_end: 2027-12",
            "7: product.versions.0.support_end: 2027-12 is before its placing on the market, 2028-01-01",
        ),
    ],
)
def test_a_version_that_ends_before_it_begins_is_refused(more: str, message: str) -> None:
    with pytest.raises(DataError) as caught:
        product.parse(RELEASED.format(more))
    assert str(caught.value) == f"cra.yaml:{message}"


def test_the_last_unit_of_all_is_not_before_the_first_of_a_version() -> None:
    with pytest.raises(DataError, match=r"2027-01-01 is before the first unit of 1, 2028-01-01"):
        product.parse(RELEASED.format("") + "market: {last_unit: 2027-01-01}\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "market: {first_unit: 2028-01-01, last_unit: 2027-01-01}",
            "market.last_unit: 2027-01-01 is before the first unit, 2028-01-01",
        ),
        (
            "conformity: {notified_body: {issued: 2028-01-01, valid_until: 2027-12}}",
            "conformity.notified_body.valid_until: 2027-12 is before the day it was issued, 2028-01-01",
        ),
        (
            "conformity: {certification: {issued: 2028-01-01, valid_until: 2027-12-31}}",
            "conformity.certification.valid_until: 2027-12-31 is before the day it was issued, 2028-01-01",
        ),
        (
            "updates: {issued: [{id: A, issued: 2028-01-01, available_until: 2027-01-01}]}",
            "updates.issued.0.available_until: 2027-01-01 is before the day it was issued, 2028-01-01",
        ),
        (
            "sbom: {requests: [{authority: A, date: 2028-01-01, supplied_on: 2027-01-01}]}",
            "sbom.requests.0.supplied_on: 2027-01-01 is before the request, 2028-01-01",
        ),
    ],
)
def test_an_end_before_its_start_is_refused(text: str, message: str) -> None:
    assert fault(text) == f"cra.yaml:6: {message}"


def test_what_the_law_forbids_is_left_to_the_rules() -> None:
    """Contradictions of law are findings with a clause, and the rest of the file is of use."""
    odd = read(
        """\
        conformity: {procedure: A, notified_body: {number: "0044"}}
        support_period: {start: 2027-12-11, end: 2028-01}
        declaration: {form: simplified, date: 2030-01-01}
        """
    )
    assert odd.conformity.procedure is product.Procedure.A
    assert odd.declaration.form is product.Form.SIMPLIFIED
