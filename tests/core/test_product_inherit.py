"""Product files that extend others: what is merged, where it stands, and chains that lead nowhere."""

from __future__ import annotations

import os
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from sphinx_cra import product
from sphinx_cra.datafile import DataError
from sphinx_cra.product import inherit

if TYPE_CHECKING:
    from pathlib import Path

COMMON = """\
manufacturer:
  name: ACME
  address: Street 1
  website: https://acme.example
  authorised_representative: {name: Rep}
product:
  name: Gateway
  assets: [Keys, Configuration]
  hardware: true
standards:
  - id: A
    extent: full
support_period:
  end: 2037-12
market:
  languages: {DE: [de], FR: [fr]}
"""
CHILD = """\
extends: ../common.yaml
product:
  name: Gateway 500
  release: "2.4.1"
"""


def project(root: Path, **texts: str) -> Path:
    """``common.yaml`` and ``gw/cra.yaml``, and what is given instead or besides; the latter's path."""
    written = {"common.yaml": COMMON, "gw/cra.yaml": CHILD, **texts}
    for name, text in written.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), "utf-8")
    return root / "gw" / "cra.yaml"


def loaded(root: Path, child: str = "", common: str = COMMON) -> product.Product:
    path = project(root, **{"gw/cra.yaml": CHILD + dedent(child), "common.yaml": common})
    return product.load(path, source="gw/cra.yaml", root=root)


def faults(root: Path, **texts: str) -> list[str]:
    path = project(root, **texts)
    with pytest.raises(DataError) as caught:
        product.load(path, source="gw/cra.yaml", root=root)
    return list(caught.value.lines())


# --------------------------------------------------------------------------- what is merged


def test_mappings_merge_and_single_values_replace(tmp_path: Path) -> None:
    read = loaded(tmp_path, "manufacturer: {address: Street 2}\nmarket: {languages: {FR: [fr, en]}}")
    assert (read.name, read.release, read.hardware) == ("Gateway 500", "2.4.1", True)
    assert (read.manufacturer.name, read.manufacturer.address) == ("ACME", "Street 2")
    assert read.market.languages == {"DE": ("de",), "FR": ("fr", "en")}


def test_a_list_replaces_the_whole_list(tmp_path: Path) -> None:
    assert [s.id for s in loaded(tmp_path, "standards: [{id: B}]").standards] == ["B"]
    assert loaded(tmp_path, "standards: []").standards == ()


@pytest.mark.parametrize("null", ["null", "~", "Null"])
def test_an_explicit_null_takes_away_what_the_base_states(tmp_path: Path, null: str) -> None:
    read = loaded(tmp_path, f"manufacturer: {{website: {null}, authorised_representative: {null}}}")
    assert read.manufacturer.website == ""
    assert read.manufacturer.authorised_representative is None
    assert loaded(tmp_path, f"support_period: {null}").support_period.end is None


def test_an_empty_value_is_not_given_and_hides_nothing(tmp_path: Path) -> None:
    read = loaded(tmp_path, "manufacturer:\n  website:\n  name:\nsupport_period:\nstandards:\n")
    assert (read.manufacturer.name, read.manufacturer.website) == ("ACME", "https://acme.example")
    assert read.support_period.end is not None
    assert len(read.standards) == 1


def test_what_is_taken_away_in_the_middle_stays_away(tmp_path: Path) -> None:
    path = project(
        tmp_path,
        **{"middle.yaml": "extends: common.yaml\nmanufacturer: {website: null}\n"},
        **{"gw/cra.yaml": CHILD.replace("common", "middle") + "manufacturer: {trade_name: A}\n"},
    )
    read = product.load(path, source="gw/cra.yaml", root=tmp_path)
    assert (read.manufacturer.name, read.manufacturer.website) == ("ACME", "")
    assert read.file.files == ("gw/cra.yaml", "middle.yaml", "common.yaml")


def test_the_same_file_written_out_is_the_same_product(tmp_path: Path) -> None:
    whole = COMMON.replace("name: Gateway", 'name: Gateway 500\n  release: "2.4.1"')
    assert loaded(tmp_path) == product.parse(whole)


def test_a_file_that_extends_nothing_has_one_source(tmp_path: Path) -> None:
    path = project(tmp_path, **{"gw/cra.yaml": COMMON.replace("assets", "release: '1'\n  assets")})
    read = product.load(path, source="gw/cra.yaml", root=tmp_path)
    assert (read.file.files, read.file.sources) == ((), {})


# --------------------------------------------------------------------------- where it stands


def test_every_value_leads_back_to_its_file_and_line(tmp_path: Path) -> None:
    read = loaded(tmp_path)
    assert str(read.place("product", "name")) == "gw/cra.yaml:3"
    assert str(read.place("support_period", "end")) == "common.yaml:14"
    assert str(read.place("standards", 0, "extent")) == "common.yaml:12"
    assert str(read.place("product", "class")) == "gw/cra.yaml:2"
    assert str(read.place("support_period", "start")) == "common.yaml:13"


def test_a_fault_names_the_file_in_which_the_value_stands(tmp_path: Path) -> None:
    found = faults(
        tmp_path,
        **{"common.yaml": COMMON.replace("2037-12", "2037-13").replace("true", "yes")},
        **{"gw/cra.yaml": CHILD + "conformity: {procedure: B}\nmanufacturer: {adress: x}\n"},
    )
    assert found == [
        "gw/cra.yaml:5: conformity.procedure: 'B' is not one of A, B+C, H, certification",
        "gw/cra.yaml:6: manufacturer.adress: unknown key; did you mean 'address'?",
        "common.yaml:9: product.hardware: 'yes' is not true or false",
    ]
    assert faults(tmp_path, **{"common.yaml": COMMON.replace("2037-12", "2037-13")}) == [
        "common.yaml:14: support_period.end: '2037-13' is not in the calendar"
    ]


def test_a_contradiction_between_two_files_is_named_where_the_later_word_stands(tmp_path: Path) -> None:
    assert faults(tmp_path, **{"gw/cra.yaml": CHILD + "support_period: {start: 2038-01-01}\n"}) == [
        "common.yaml:14: support_period.end: 2037-12 is not after the start, 2038-01-01"
    ]


def test_a_broken_base_is_reported_under_its_own_name(tmp_path: Path) -> None:
    assert faults(tmp_path, **{"common.yaml": "a: 1\na: 2\nb: *x\n"}) == [
        "common.yaml:2: a: given twice, first on line 1",
        "common.yaml:3: b: an alias (*x) is not allowed: write the value out",
    ]


# --------------------------------------------------------------------------- chains that lead nowhere


@pytest.mark.parametrize(
    ("extends", "why"),
    [
        ("../nowhere.yaml", "'../nowhere.yaml' does not exist"),
        ("../../common.yaml", "'../../common.yaml' leads out of the project: name a file inside it"),
        ("/etc/passwd", "'/etc/passwd' is an absolute path: name the file relative to this one"),
        ("'C:\\common.yaml'", "is an absolute path: name the file relative to this one"),
        ("cra.yaml", "'cra.yaml' leads back to gw/cra.yaml: gw/cra.yaml -> gw/cra.yaml"),
        ("3", "3 is not the path of a product file"),
        ("[../common.yaml]", "a list is not the path of a product file"),
        (f"{'x' * 5000}.yaml", "cannot be followed"),
    ],
)
def test_a_path_that_leads_nowhere_is_refused_at_its_line(tmp_path: Path, extends: str, why: str) -> None:
    (tmp_path / "in").mkdir()
    (fault,) = faults(tmp_path / "in", **{"gw/cra.yaml": f"extends: {extends}\n"})
    assert fault.startswith("gw/cra.yaml:1: extends: ")
    assert fault.endswith(why)


def test_a_circle_is_shown_as_one(tmp_path: Path) -> None:
    assert faults(tmp_path, **{"common.yaml": "a: 1\nextends: gw/cra.yaml\n"}) == [
        (
            "common.yaml:2: extends: 'gw/cra.yaml' leads back to gw/cra.yaml: "
            "gw/cra.yaml -> common.yaml -> gw/cra.yaml"
        )
    ]


def test_a_long_chain_is_followed_so_far_and_no_further(tmp_path: Path) -> None:
    def chain(n: int) -> dict[str, str]:
        texts = {f"c{i}.yaml": f"extends: c{i + 1}.yaml\n" for i in range(n - 2)}
        return {**texts, f"c{n - 2}.yaml": COMMON, "gw/cra.yaml": CHILD.replace("common", "c0")}

    path = project(tmp_path, **chain(inherit.MAX_FILES))
    assert product.load(path, source="gw/cra.yaml", root=tmp_path).manufacturer.name == "ACME"
    (fault,) = faults(tmp_path, **chain(inherit.MAX_FILES + 1))
    assert fault.endswith("is the end of a chain of 8 files; we follow no more")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "common.yaml: is empty, and another file extends it"),
        ("- a\n", "common.yaml: is not a mapping, and another file extends it"),
        ("word", "common.yaml: is not a mapping, and another file extends it"),
    ],
)
def test_a_base_that_is_no_mapping_is_refused(tmp_path: Path, text: str, why: str) -> None:
    assert faults(tmp_path, **{"common.yaml": text}) == [why]


def test_a_link_may_not_lead_out_of_the_project(tmp_path: Path) -> None:
    (tmp_path / "outside.yaml").write_text(COMMON, "utf-8")
    path = project(tmp_path / "in")
    (tmp_path / "in" / "common.yaml").unlink()
    (tmp_path / "in" / "common.yaml").symlink_to("../outside.yaml")
    with pytest.raises(DataError, match="leads out of the project"):
        product.load(path, source="gw/cra.yaml", root=tmp_path / "in")
    assert inherit.files(path, root=tmp_path / "in") == (path,)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_refused_and_never_waited_for(tmp_path: Path) -> None:
    path = project(tmp_path)
    (tmp_path / "common.yaml").unlink()
    os.mkfifo(tmp_path / "common.yaml")
    with pytest.raises(DataError, match=r"common\.yaml: is not a regular file"):
        product.load(path, source="gw/cra.yaml", root=tmp_path)
    assert inherit.files(path, root=tmp_path) == (path,)


def test_text_without_a_file_extends_nothing() -> None:
    with pytest.raises(DataError, match="another file can be extended only by a file"):
        product.parse(CHILD + "manufacturer: {name: A}\n")


def test_without_a_root_only_files_beside_are_found(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="leads out of the project"):
        product.load(project(tmp_path), source="cra.yaml")


# --------------------------------------------------------------------------- what a build watches


def test_the_files_of_a_chain_are_known_whether_or_not_they_can_be_used(tmp_path: Path) -> None:
    path, common = project(tmp_path), tmp_path / "common.yaml"
    assert inherit.files(path, root=tmp_path) == (path, common)
    common.write_text("a: [", "utf-8")
    assert inherit.files(path, root=tmp_path) == (path, common)
    common.unlink()
    assert inherit.files(path, root=tmp_path) == (path, common)
    path.write_text("a: [", "utf-8")
    assert inherit.files(path, root=tmp_path) == (path,)
    assert inherit.files(tmp_path / "none.yaml", root=tmp_path) == (tmp_path / "none.yaml",)
