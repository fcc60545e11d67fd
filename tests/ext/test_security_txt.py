"""``security.txt`` beside the pages of a site."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from small_project import project

if TYPE_CHECKING:
    from pathlib import Path

    from small_project import Project

PRODUCT = """\
    product: {name: Lock, release: "1.0"}
    manufacturer: {name: Works}
    document: {date: 2027-11-01}
    security_txt:
      contact: ["mailto:psirt@works.example"]
      expires: 2028-06-01
    """
PATH = ".well-known/security.txt"


def made(folder: Path, conf: str = "") -> Project:
    return project(folder, {"index.rst": "Lock\n====\n", "cra.yaml": PRODUCT}, conf)


@pytest.mark.parametrize("builder", ["html", "dirhtml"])
def test_a_site_has_it_where_programs_look(tmp_path: Path, builder: str) -> None:
    result = made(tmp_path).build(builder)
    assert result.cra() == ()
    assert result.read(PATH).splitlines()[1:] == [
        "Contact: mailto:psirt@works.example",
        "Expires: 2028-06-01T00:00:00Z",
    ]


@pytest.mark.parametrize("builder", ["cra", "singlehtml", "text", "epub"])
def test_no_other_builder_writes_it(tmp_path: Path, builder: str) -> None:
    assert not (made(tmp_path).build(builder).out / PATH).exists()


def test_without_a_day_it_is_not_written_and_one_warning_names_the_field(tmp_path: Path) -> None:
    built = made(tmp_path)
    built.replace("cra.yaml", "  expires: 2028-06-01\n", "")
    result = built.build()
    (warning,) = result.cra()
    assert warning == (
        "cra.yaml:4: WARNING: security.txt is not written: security_txt.expires is missing; "
        "RFC 9116 asks for it [cra.product]"
    )
    assert not (result.out / PATH).exists()


def test_a_change_of_the_product_file_alone_changes_or_removes_it(tmp_path: Path) -> None:
    built = made(tmp_path)
    first = built.build().read(PATH)
    built.replace("cra.yaml", "2028-06-01", "2028-07-01")
    again = built.build()
    assert again.read(PATH) == first.replace("2028-06-01", "2028-07-01")
    built.replace("cra.yaml", "  expires: 2028-07-01\n", "")
    assert not (built.build().out / PATH).exists()


def test_a_build_without_a_change_does_not_touch_it(tmp_path: Path) -> None:
    built = made(tmp_path)
    path = built.build().out / PATH
    before = path.stat().st_mtime_ns
    built.build()
    assert path.stat().st_mtime_ns == before


def test_one_that_the_project_brings_is_left_alone(tmp_path: Path) -> None:
    built = made(tmp_path, 'html_extra_path = ["extra"]\n')
    built.write(f"extra/{PATH}", "Contact: mailto:own@works.example\n")
    assert built.build().read(PATH) == "Contact: mailto:own@works.example\n"
