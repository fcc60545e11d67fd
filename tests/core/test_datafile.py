"""YAML files that people write, and files that were made to hurt."""

from __future__ import annotations

import contextlib
import os
import pickle
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from sphinx_cra import datafile
from sphinx_cra.datafile import DataError
from sphinx_cra.words import nearest

if TYPE_CHECKING:
    from pathlib import Path


def parsed(text: str) -> Any:
    return datafile.parse(text, source="f.yaml").data


def faults(text: str) -> str:
    with pytest.raises(DataError) as caught:
        datafile.parse(text, source="f.yaml")
    return str(caught.value)


def load_faults(path: Path) -> str:
    with pytest.raises(DataError) as caught:
        datafile.load(path, source="f.yaml")
    return str(caught.value)


@pytest.fixture
def violations(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What a text violates in a schema given as data."""

    def find(schema: dict[str, Any], text: str) -> str:
        monkeypatch.setattr(datafile, "validator", lambda name: Draft202012Validator(schema))
        with pytest.raises(DataError) as caught:
            datafile.parse(text, source="f.yaml", schema="any")
        return str(caught.value)

    return find


# --------------------------------------------------------------------------- scalars


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("true", True),
        ("FALSE", False),
        ("~", None),
        ("", None),
        ("12", 12),
        ("0044", 44),
        ("3.10", 3.1),
        ("1e999", "1e999"),
        (".inf", ".inf"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("12:30:00", "12:30:00"),
        ("2027-12-11", "2027-12-11"),
        ("'2027-12-11'", "2027-12-11"),
        ("2027-12", "2027-12"),
        ("'3.10'", "3.10"),
        ("'true'", "true"),
        ("9" * 64, "9" * 64),
    ],
)
def test_a_scalar_is_what_its_author_sees(text: str, value: object) -> None:
    read = parsed(f"a: {text}")["a"]
    assert read == value
    assert type(read) is type(value)


def test_a_number_is_shown_as_it_was_written() -> None:
    file = datafile.parse("a: 3.10\nb: 0044\nc: True\nd: 7", source="f")
    assert [file.shown(file.data[key], key) for key in "abcd"] == ["3.10", "0044", "True", "7"]


def test_keys_are_always_text() -> None:
    assert parsed("1: a\ntrue: b\n2.0: c\nno: d") == {"1": "a", "true": "b", "2.0": "c", "no": "d"}


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(DataError):
        datafile.parse(text, source="f")


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(10**6), 10**6)
        | st.from_regex(r"[ -~äß😀א]*", fullmatch=True),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.from_regex(r"[a-z]{1,5}", fullmatch=True), inner, max_size=3)
        ),
        max_leaves=8,
    )
)
def test_what_a_yaml_library_writes_is_read_back(data: object) -> None:
    text = yaml.safe_dump(data, allow_unicode=True)
    if "&id" not in text:
        assert parsed(text) == data


# --------------------------------------------------------------------------- lines


def test_every_value_of_block_style_has_its_line() -> None:
    file = datafile.parse(
        "# first\na:\n  b: 1\n  c:\n    - x\n    -\n      d: 2\ne: |\n  long\n  text\nf: 3\n", source="f"
    )
    assert dict(file.lines) == {
        (): 2,
        ("a",): 2,
        ("a", "b"): 3,
        ("a", "c"): 4,
        ("a", "c", 0): 5,
        ("a", "c", 1): 7,
        ("a", "c", 1, "d"): 7,
        ("e",): 8,
        ("f",): 11,
    }


def test_every_value_of_flow_style_has_its_line() -> None:
    file = datafile.parse("a: {b: [1,\n 2, {c: 3,\n d: 4}],\n e: 5}", source="f")
    wanted = {
        ("a",): 1,
        ("a", "b", 0): 1,
        ("a", "b", 1): 2,
        ("a", "b", 2, "c"): 2,
        ("a", "b", 2, "d"): 3,
        ("a", "e"): 4,
    }
    assert {route: file.lines[route] for route in wanted} == wanted


def test_a_value_that_is_not_there_has_the_line_of_what_should_hold_it() -> None:
    file = datafile.parse("x: 0\na:\n  b:\n    c: 1\n", source="f")
    assert file.line("a", "b", "missing", 3) == 3
    assert file.line("nothing") == 1


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_lines_are_the_same_with_every_line_ending(ending: str) -> None:
    file = datafile.parse(ending.join(["a: 1", "", "b: |", "  x", "  y", "c: 2", ""]), source="f")
    assert [file.lines[(key,)] for key in "abc"] == [1, 3, 6]
    assert file.data["b"] == "x\ny\n"


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    file = datafile.load(path, source="f")
    assert file.data == {"a": 1, "b": 2}
    assert file.lines["b",] == 2


# --------------------------------------------------------------------------- what is refused


def test_equal_keys_are_refused_with_both_lines() -> None:
    assert faults("a: 1\nb:\n  c: 1\n  c: [2]\na: {d: 1}\n") == (
        "f.yaml:4: b.c: given twice, first on line 3\nf.yaml:5: a: given twice, first on line 1"
    )


def test_an_alias_is_refused_with_the_line_of_its_anchor() -> None:
    assert faults("a: &x 1\nb: [*x, *y]\n") == (
        "f.yaml:2: b.0: an alias (*x) is not allowed: write the value out; it stands on line 1\n"
        "f.yaml:2: b.1: an alias (*y) is not allowed: write the value out"
    )


def test_an_anchor_that_nobody_uses_harms_nobody() -> None:
    assert parsed("a: &x {b: 1}") == {"a": {"b": 1}}


def test_a_billion_laughs_are_not_laughed() -> None:
    layers = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    message = faults("\n".join(["a0: &a0 lol", *layers]))
    assert message.startswith("f.yaml:2: a1.0: an alias (*a0) is not allowed")
    assert len(message.splitlines()) == 11


def test_a_file_of_nothing_but_faults_is_cut_short() -> None:
    lines = faults("- !x a\n" * 50_000).splitlines()
    assert len(lines) == datafile.MAX_FAULTS + 1
    assert lines[-1].endswith("more faults follow")


def test_of_many_aliases_the_first_are_told() -> None:
    lines = faults("a: &x 1\nb:\n" + "- *x\n" * 100_000).splitlines()
    assert len(lines) == datafile.MAX_ALIASES + 1
    assert lines[-1] == "f.yaml:13: more aliases follow, and none is allowed"


def test_an_alias_that_a_line_repeats_is_told_once() -> None:
    message = faults("a: &x 1\nb: [*x, *x, *x]\nc: *x\n")
    assert message.splitlines() == [
        "f.yaml:2: b.0: an alias (*x) is not allowed: write the value out; it stands on line 1",
        "f.yaml:3: c: an alias (*x) is not allowed: write the value out; it stands on line 1",
    ]


def test_a_merge_key_is_refused_whether_or_not_it_has_an_alias() -> None:
    assert "f.yaml:2: x: a merge key (<<) is not allowed: write the values out" in faults(
        "x:\n  <<: {a: 1}\n  b: 2"
    )
    assert "a merge key" in faults("base: &b {a: 1}\nx:\n  <<: *b")
    assert parsed("'<<': 1") == {"<<": 1}


@pytest.mark.parametrize("key", ["? [a, [b]]\n: ", "? {a: {b: c}}\n: ", "[a]: ", "{a: b}: ", "*a : "])
def test_a_key_that_is_no_word_is_refused_and_reading_goes_on(key: str) -> None:
    message = faults(f"{key}{{x: [1, 2]}}\nc: 1\nc: 2\n")
    assert "f.yaml:1: a key must be a word, not a list, a mapping or an alias" in message
    assert "c: given twice" in message


@pytest.mark.parametrize("text", ["? \n: 1", "'': 1"])
def test_a_missing_key_is_refused(text: str) -> None:
    assert faults(text) == "f.yaml:1: a key is missing before the colon"


@pytest.mark.parametrize(
    "text",
    [
        "a: !!python/object:os.system {}",
        "a: !!python/object/apply:os.system [id]",
        "a: !mine 1",
        "a: ! 1",
        "!!str a: 1",
    ],
)
def test_a_tag_is_refused(text: str) -> None:
    assert "is not allowed: leave it out" in faults(text)


def test_a_tag_behind_a_handle_is_refused() -> None:
    assert "a tag ('!!python/name:os.system')" in faults(
        "%TAG !e! tag:yaml.org,2002:python/\n---\na: !e!name:os.system 1\n"
    )


@pytest.mark.parametrize("text", ["a: 1\n---\nb: 2\n", "---\na: 1\n...\n---\nb: 2\n"])
def test_a_second_document_is_refused(text: str) -> None:
    line = text.rindex("---")
    assert (
        faults(text)
        == f"f.yaml:{text[:line].count(chr(10)) + 1}: a second document begins here (---): one file holds one"
    )


def test_one_document_may_be_marked_as_one() -> None:
    assert parsed("%YAML 1.2\n---\na: yes\n...\n") == {"a": "yes"}


@pytest.mark.parametrize("deep", ["[", "{a: ", "- ", "? ", "{? ["])
def test_a_hundred_thousand_levels_are_refused_and_nothing_crashes(deep: str) -> None:
    assert f"nested more than {datafile.MAX_DEPTH} deep" in faults(deep * 100_000)


def test_a_value_that_is_passed_over_is_not_followed_into_the_deep() -> None:
    message = faults("a: 1\na: " + "[" * 100_000)
    assert message.splitlines()[1] == f"f.yaml:2: nested more than {datafile.MAX_DEPTH} deep"


def test_balanced_brackets_are_no_way_in() -> None:
    assert f"nested more than {datafile.MAX_DEPTH} deep" in faults("a:\n  " + "[" * 100_000 + "]" * 100_000)


def test_sixty_four_levels_are_read() -> None:
    parsed("[" * datafile.MAX_DEPTH + "]" * datafile.MAX_DEPTH)
    assert "nested" in faults("[" * (datafile.MAX_DEPTH + 1) + "]" * (datafile.MAX_DEPTH + 1))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\nb: x\0y", 2),
        ("a: 1\r\n\x1b[31m: 2", 2),
        ("a\n\n\x85b", 3),
        ("a: \u2028b", 1),
        ("a: \ud800", 1),
        ("a: \x7f", 1),
    ],
)
def test_a_control_character_is_refused_at_its_line(text: str, line: int) -> None:
    assert faults(text).startswith(f"f.yaml:{line}: the character U+")


@pytest.mark.parametrize("escape", [r"\0", r"\x1b", r"\u2028", r"\b"])
def test_a_control_character_is_refused_when_it_is_escaped(escape: str) -> None:
    assert "b: the character U+" in faults(f'a: 1\nb: "x{escape}"')
    assert "has no place in a key" in faults(f'"x{escape}": 1')


def test_text_of_every_script_is_welcome() -> None:
    assert parsed('a: "عربى \U0001f512"\nb: Größe\tmit Tab\n') == {"a": "عربى 🔒", "b": "Größe\tmit Tab"}


@pytest.mark.parametrize(
    ("text", "line", "hint"),
    [
        ("a:\n\tb: 1", 2, "indent with spaces, not with tabs"),
        ("a: 1\n \tb: 1", 2, "indent with spaces, not with tabs"),
        ("a: 1\nb: c: d", 2, "a text with a colon and a space in it needs quotes"),
        ("a: 1\nb: @home", 2, "needs quotes"),
        ("a: `x`", 1, "needs quotes"),
        ("a: *very* good", 1, "needs quotes"),
        ('a: 1\nb: "open\nc: 2\nd: 3', 2, "while scanning a quoted scalar"),
        ("a: 1\nb: [1,\n 2\n", 2, "while parsing a flow sequence"),
    ],
)
def test_a_slip_in_the_yaml_is_named_at_its_line_with_a_way_out(text: str, line: int, hint: str) -> None:
    message = faults(text)
    assert message.startswith(f"f.yaml:{line}: not YAML: ")
    assert hint in message


def test_the_reader_without_libyaml_refuses_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datafile, "_Parser", yaml.SafeLoader)
    assert parsed("a: [1, no, 2027-12-11]\nb: {c: }") == {"a": [1, "no", "2027-12-11"], "b": {"c": None}}
    assert "nested more than" in faults("[" * 1000)
    for text in ("a: *x", "<<: {}", "a: !!python/name:os 1", "a: 1\n---\nb: 1", "a:\n\tb: 1", "a: 1\na: 2"):
        assert faults(text).startswith("f.yaml:")


# --------------------------------------------------------------------------- files


@pytest.mark.parametrize("raw", [b"", b"\n\n", b"# only a comment\n", b"---\n", b"\xef\xbb\xbf", b"~\n"])
def test_an_empty_file_is_said_to_be_empty(tmp_path: Path, violations: Any, raw: bytes) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(raw)
    assert datafile.load(path, source="f").data is None
    assert (
        violations({"type": "object"}, raw.decode("utf-8-sig"))
        == "f.yaml: the file is empty, or holds nothing but comments"
    )


def test_a_byte_that_is_not_utf8_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(b"a: 1\r\nb: 2\r\nname: M\xfcller\n")
    assert load_faults(path) == "f.yaml:3: byte 0xFC is not UTF-8: save the file as UTF-8"


def test_utf16_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_text("a: 1\n", "utf-16")
    assert load_faults(path) == "f.yaml:1: byte 0xFF is not UTF-8: save the file as UTF-8"


def test_a_file_of_sixteen_mebibytes_is_read_and_not_one_byte_more(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(b"a: 1\n#".ljust(datafile.MAX_BYTES, b"x"))
    assert datafile.load(path, source="f").data == {"a": 1}
    with path.open("ab") as stream:
        stream.write(b"x")
    assert load_faults(path) == "f.yaml: is larger than the 16 MiB we read"


def test_a_file_of_millions_of_values_is_refused_before_they_fill_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(datafile, "MAX_VALUES", 1000)
    parsed("- \n" * 999)
    assert faults("- \n" * 1000) == "f.yaml:1000: holds more than 1000 values"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert load_faults(tmp_path) == "f.yaml: is a folder, not a file"


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    assert load_faults(tmp_path / "none.yaml") == "f.yaml: no such file"
    assert load_faults(tmp_path / "nul\0.yaml").startswith("f.yaml: cannot be a file name")


def test_a_link_to_nowhere_says_where_it_leads(tmp_path: Path) -> None:
    link = tmp_path / "f.yaml"
    link.symlink_to("gone.yaml")
    assert load_faults(link) == "f.yaml: is a link to 'gone.yaml', which does not exist"


def test_a_link_to_itself_is_refused(tmp_path: Path) -> None:
    link = tmp_path / "f.yaml"
    link.symlink_to("f.yaml")
    assert load_faults(link).startswith("f.yaml: ")


def test_a_link_to_a_file_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real.yaml").write_text("a: 1", "utf-8")
    (tmp_path / "f.yaml").symlink_to("real.yaml")
    assert datafile.load(tmp_path / "f.yaml", source="f").data == {"a": 1}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert load_faults(tmp_path / "pipe") == "f.yaml: is not a regular file"


def test_a_file_that_may_not_be_read_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "f.yaml"
    path.write_text("a: 1", "utf-8")
    if os.access(path, os.R_OK) and hasattr(os, "geteuid") and os.geteuid() == 0:  # root reads everything

        def refuse(*args: object, **kwargs: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(type(path), "open", refuse)
    path.chmod(0)
    assert load_faults(path) == "f.yaml: may not be read: permission denied"


# --------------------------------------------------------------------------- schemas


def test_all_violations_are_reported_in_the_order_of_the_file(violations: Any) -> None:
    schema = {
        "type": "object",
        "required": ["name"],
        "additionalProperties": False,
        "properties": {
            "name": {"type": "string"},
            "size": {"type": "integer", "minimum": 1, "maximum": 9},
            "kind": {"enum": ["small", "large", None]},
            "tags": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        },
    }
    text = "nmae: x\nsize: 12\nkind: smal\ntags:\n  - a\n  - 3.10\n  - a\n"
    assert violations(schema, text).splitlines() == [
        "f.yaml:1: 'name' is required here",
        "f.yaml:1: nmae: unknown key; did you mean 'name'?",
        "f.yaml:2: size: 12 is more than 9",
        "f.yaml:3: kind: 'smal' is not one of small, large; did you mean 'small'?",
        "f.yaml:6: tags.1: 3.10 is not text; put it in quotes",
        "f.yaml:7: tags.2: 'a' is listed twice",
    ]


@pytest.mark.parametrize(
    ("schema", "text", "message"),
    [
        ({"type": "string"}, "a: [1]", "a list is not text"),
        ({"type": "string"}, "a: {b: 1}", "a mapping is not text"),
        ({"type": "string"}, "a: True", "True is not text; put it in quotes"),
        ({"anyOf": [{"type": "string"}, {"type": "array"}]}, "a: 3.10", "3.10 is not text; put it in quotes"),
        ({"type": ["string", "null"]}, "a: 0044", "0044 is not text; put it in quotes"),
        ({"type": "string"}, "a:", "is empty, where text is needed"),
        ({"type": "boolean"}, "a: yes", "'yes' is not true or false"),
        ({"type": "array"}, "a: x", "'x' is not a list; write each entry on a line of its own, after a dash"),
        ({"type": "object"}, "a: x", "'x' is not a mapping"),
        ({"type": "integer"}, "a: 1.5", "1.5 is not a whole number"),
        ({"type": "array", "minItems": 1}, "a: []", "is empty"),
        ({"type": "string", "minLength": 1}, "a: ''", "is empty"),
        ({"exclusiveMinimum": 0}, "a: 0", "0 is not more than 0"),
        ({"const": "x"}, "a: y", "'y' is not 'x'"),
        (
            {"type": "string", "pattern": "^x", "description": "begins with x"},
            "a: y",
            "'y' does not fit: begins with x",
        ),
        (
            {"pattern": "^[0-9]{4}-", "patternErrorMessage": "a day", "type": "string"},
            "a: 2027",
            "2027 does not fit: a day",
        ),
        ({"not": {"type": "string"}, "description": "no text"}, "a: y", "'y' does not fit: no text"),
        ({"dependentRequired": {"b": ["c"]}}, "a: {b: 1}", "'c' is required where 'b' is given"),
    ],
)
def test_a_violation_is_said_in_plain_words(violations: Any, schema: Any, text: str, message: str) -> None:
    assert violations({"properties": {"a": schema}}, text) == f"f.yaml:1: a: {message}"


def test_the_fault_of_a_condition_is_that_of_its_consequence(violations: Any) -> None:
    schema = {
        "if": {"properties": {"extent": {"const": "partial"}}},
        "then": {"required": ["parts"]},
        "else": {"properties": {"parts": {"maxItems": 0}}},
    }
    assert (
        violations({"items": schema}, "- x: 1\n  extent: partial\n")
        == "f.yaml:1: 0: 'parts' is required here"
    )


@pytest.mark.parametrize("keyword", ["oneOf", "anyOf"])
def test_of_several_shapes_the_one_that_was_meant_explains_the_fault(violations: Any, keyword: str) -> None:
    schema = {
        keyword: [
            {"type": "string"},
            {"type": "object", "required": ["number"], "properties": {"number": {"type": "string"}}},
        ]
    }
    found = violations({"properties": {"a": schema}}, "x: 1\na:\n  nmber: 1\n")
    assert found == "f.yaml:2: a: 'number' is required here"
    assert (
        violations({"properties": {"a": schema}}, "a: [1]")
        == "f.yaml:1: a: a list does not fit: text or a mapping"
    )


def test_a_telling_key_chooses_among_the_shapes(violations: Any) -> None:
    shape = {"required": ["kind", "x"], "properties": {"kind": {"const": "one"}}}
    other = {"required": ["kind", "y"], "properties": {"kind": {"const": "two"}}}
    found = violations({"properties": {"a": {"oneOf": [shape, other]}}}, "a:\n  kind: two\n")
    assert found == "f.yaml:1: a: 'y' is required here"


def test_a_value_that_fits_two_of_one_shape_is_refused_readably(violations: Any) -> None:
    schema = {"oneOf": [{"minimum": 1}, {"minimum": 2}]}
    assert (
        violations({"properties": {"a": schema}}, "a: 3")
        == "f.yaml:1: a: 3 fits more than one of the shapes allowed here"
    )


def test_a_long_value_is_shortened_in_a_message(violations: Any) -> None:
    message = violations({"properties": {"a": {"type": "integer"}}}, f"a: {'x' * 10_000}")
    assert len(message) < 120


def test_near_words_ignore_case_and_long_ones_cost_nothing() -> None:
    assert nearest("b+c", ["A", "B+C", "H"]) == ["B+C"]
    assert nearest("x" * 1_000_000, ["x" * 999_999]) == []


def test_an_error_survives_the_way_between_processes() -> None:
    with pytest.raises(DataError) as caught:
        datafile.parse("a: 1\na: 2", source="f.yaml")
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (str(copy), copy.faults) == (str(caught.value), caught.value.faults)
