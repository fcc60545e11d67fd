"""A product file that extends another one, in builds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from small_project import project

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from small_project import Project, Result

FILES = {
    "index.rst": """\
        Gateway
        =======

        .. cra-catalogue:: cra
           :part: CRA_ANX_I

        .. cra-annex-vii::
        """,
    "products/gw.yaml": """\
        extends: ../common.yaml
        product:
          name: Gateway
          release: "1.0"
        """,
    "common.yaml": """\
        manufacturer:
          name: Works
        product:
          intended_purpose: Joins two networks
        support_period:
          end: 2037-12
        standards:
          - id: House rules
            clauses: [CRA_ANX_I_P1_1]
        """,
}
CONF = 'cra_product = "products/gw.yaml"\n'


def made(folder: Path, changed: Mapping[str, str] = {}) -> Project:
    return project(folder, {**FILES, **changed}, CONF)


def page(result: Result) -> str:
    return result.page("index.html").get_text(" ")


def test_the_pages_show_what_the_base_states(tmp_path: Path) -> None:
    text = page(made(tmp_path).build())
    assert "Joins two networks" in text
    assert "December 2037" in text


def test_a_change_in_the_base_is_noticed_and_a_build_without_one_writes_nothing(tmp_path: Path) -> None:
    built = made(tmp_path)
    built.build()
    assert "no targets are out of date" in built.build().status

    built.replace("common.yaml", "2037-12", "2038-06")
    again = built.build()

    assert "June 2038" in page(again)
    assert page(again) == page(built.build(to="fresh"))


def test_a_base_that_was_missing_is_read_once_it_is_there(tmp_path: Path) -> None:
    built = made(tmp_path)
    built.remove("common.yaml")
    assert built.build().cra() == (
        ("products/gw.yaml:1: WARNING: extends: '../common.yaml' does not exist [cra.product]",)
    )
    built.write("common.yaml", FILES["common.yaml"])

    again = built.build()

    assert again.cra() == ()
    assert "Joins two networks" in page(again)


def test_a_mistake_in_the_base_is_a_warning_at_its_line_there(tmp_path: Path) -> None:
    base = FILES["common.yaml"]
    built = made(tmp_path, {"common.yaml": base.replace("CRA_ANX_I_P1_1]", "CRA_ANX_I_P1_11]")})
    (warning,) = built.build().cra()
    assert warning.startswith("common.yaml:9: WARNING: standards.0.clauses.0: 'CRA_ANX_I_P1_11' is no known")
    built.write("common.yaml", base.replace("2037-12", "soon"))
    (warning,) = built.build().cra()
    assert warning.startswith("common.yaml:6: WARNING: support_period.end: 'soon' does not fit")
