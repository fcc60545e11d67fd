"""A build after a change, and a parallel one, write what a fresh serial build writes.

Content of pages and data files are compared byte for byte. Left out is what Sphinx itself does not
keep up to date: links to the previous and next page around the content, and pages of documents that
are gone.
"""

from __future__ import annotations

import os
import shutil
import time
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from small_project import Project, Result, project

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FILES = {
    "index.rst": """\
        Gateway
        =======

        .. toctree::

           requirements
           controls
           evidence
           design
           law
           house
           views
           file
           cites
           tables
        """,
    "requirements.rst": """\
        Requirements
        ============

        .. risk:: Guessed password
           :id: RISK_1
           :treatment: mitigate
           :concerns: CRA_ANX_I_P1_2_D

        .. requirement:: Users log in
           :id: REQ_1
           :satisfies: CRA_ANX_I_P1_2_D
           :mitigates: RISK_1
        """,
    "controls.rst": """\
        Controls
        ========

        .. control:: Accounts
           :id: CTRL_1
           :implements: REQ_1

        .. control:: Lock
           :id: CTRL_2
           :satisfies: HOUSE_1
        """,
    "evidence.md": """\
        # Evidence

        ```{evidence} Tests
        :id: EVID_1
        :kind: junit
        :file: parts/report.xml
        :verifies: CTRL_1
        ```
        """,
    "design.rst": """\
        Design
        ======

        Boxes
        -----

        .. cra-section:: 2a

        Boxes and arrows.

        Lines
        -----

        .. cra-section:: 2c

        Belts.
        """,
    "law.rst": "Law\n===\n\n.. cra-catalogue:: cra\n   :part: CRA_ANX_I, CRA_ANX_VII\n",
    "house.rst": "House\n=====\n\n.. cra-catalogue:: house\n",
    "views.rst": """\
        Views
        =====

        .. cra-overview::

        .. cra-matrix:: cra
           :part: CRA_ANX_I

        .. cra-gaps:: cra
           :part: CRA_ANX_I

        .. cra-items::

        .. cra-evidence::
        """,
    "file.rst": "File\n====\n\n.. cra-annex-vii::\n",
    "cites.rst": """\
        Cites :cra:`HOUSE_1`
        ====================

        Of :cra:`CRA_ANX_I_P1_2_D` and :cra:`HOUSE_2`.
        """,
    "tables.rst": """\
        Tables
        ======

        :need:`CTRL_1`

        .. needtable::
           :types: control
           :style: table
        """,
    "parts/report.xml": '<testsuite name="a" tests="1"><testcase classname="a" name="b"/></testsuite>',
    "cra.yaml": 'product:\n  name: Gateway\n  release: "1.0"\nmanufacturer:\n  name: Works\n',
    "house.yaml": """\
        catalogue:
          id: house
          title: House rules
          short: House
          edition: "2027"
          prefix: HOUSE_
        clauses:
          - id: HOUSE_1
            cite: Rule 1
            title: Lock
        """,
    "map.yaml": """\
        mapping:
          id: own
          title: Ours
          version: "1"
          clauses_of: cra
          supported_by: [house]
        rows:
          - clause: CRA_ANX_I_P1_2_E
            overall: partial
            remaining_gap:
              - The rest.
            links:
              - by: [HOUSE_1]
                strength: partial
                basis: expert-judgement
        """,
}
CONF = """\
cra_catalogues = ["cra", "house.yaml"]
cra_mappings = ["map.yaml"]
"""
NEW_CONTROL = "\n.. control:: New\n   :id: CTRL_NEW\n   :implements: REQ_1\n"


def rename_page(made: Project) -> None:
    made.remove("law.rst")
    made.write("statute.rst", FILES["law.rst"])
    made.replace("index.rst", "law", "statute")


def move_control(made: Project) -> None:
    made.write("controls.rst", "Controls\n========\n")
    made.append("design.rst", "\n.. control:: Accounts\n   :id: CTRL_1\n   :implements: REQ_1\n")


def move_control_to_a_page_that_is_read_before(made: Project) -> None:
    made.write("controls.rst", "Controls\n========\n")
    made.append("cites.rst", "\n.. control:: Accounts\n   :id: CTRL_1\n   :implements: REQ_1\n")


def break_catalogue(made: Project) -> None:
    made.replace("house.yaml", "title: Lock", "titel: Lock")


def more_clauses(made: Project) -> None:
    more = "    title: Lock\n  - id: HOUSE_2\n    cite: Rule 2\n    title: Close\n"
    made.replace("house.yaml", "    title: Lock\n", more)


def show_law_elsewhere(made: Project) -> None:
    made.write("law.rst", "Law\n===\n\nNot here.\n")


CHANGES: dict[str, Callable[[Project], None]] = {
    "a control added": lambda p: p.append("controls.rst", NEW_CONTROL),
    "a control removed": lambda p: p.write("controls.rst", "Controls\n========\n"),
    "a control with another title": lambda p: p.replace("controls.rst", ":: Accounts", ":: User accounts"),
    "a control with another id": lambda p: p.replace("controls.rst", "CTRL_1", "CTRL_ONE"),
    "a control on another page": move_control,
    "a control on an earlier page": move_control_to_a_page_that_is_read_before,
    "a control with a status": lambda p: p.replace(
        "controls.rst", ":implements: REQ_1", ":implements: REQ_1\n   :status: done"
    ),
    "a link removed": lambda p: p.replace("controls.rst", "   :implements: REQ_1\n", ""),
    "a requirement with another title": lambda p: p.replace(
        "requirements.rst", "Users log in", "They log in"
    ),
    "a report that fails": lambda p: p.write(
        "parts/report.xml",
        '<testsuite name="a" tests="1"><testcase classname="a" name="b"><failure/></testcase></testsuite>',
    ),
    "a report that is gone": lambda p: p.remove("parts/report.xml"),
    "a lock that says otherwise": lambda p: p.write("cra-evidence.lock", f"parts/report.xml: {'0' * 64}\n"),
    "another product": lambda p: p.replace("cra.yaml", "name: Gateway", "name: Router"),
    "no product file": lambda p: p.remove("cra.yaml"),
    "a clause with another title": lambda p: p.replace("house.yaml", "title: Lock", "title: Bolt"),
    "a clause cited otherwise": lambda p: p.replace("house.yaml", "cite: Rule 1", "cite: First rule"),
    "a clause added": more_clauses,
    "a broken catalogue": break_catalogue,
    "a mapping that says more": lambda p: p.replace("map.yaml", "The rest.", "All the rest."),
    "a page of views edited": lambda p: p.append("views.rst", "\nMore.\n"),
    "a part of the views changed": lambda p: p.replace(
        "views.rst", ":part: CRA_ANX_I\n", ":part: CRA_ART_13\n"
    ),
    "another configuration": lambda p: p.replace("conf.py", '"house.yaml"]', '"house.yaml", "iec62443-4-1"]'),
    "a gate": lambda p: p.append(
        "conf.py", 'cra_gate = ["failed"]\ncra_base_url = "https://docs.example.org"\n'
    ),
    "a claimed section with another title": lambda p: p.replace("design.rst", "Boxes\n-----", "Cases\n-----"),
    "a claim that is gone": lambda p: p.replace("design.rst", ".. cra-section:: 2a\n", ""),
    "another order of pages": lambda p: p.replace(
        "index.rst", "   controls\n   evidence", "   evidence\n   controls"
    ),
    "the page of the law under another name": rename_page,
    "the law on no page": show_law_elsewhere,
}


def pages(result: Result) -> dict[str, str | bytes]:
    data = {n: c for n, c in result.files().items() if n.startswith("_cra/")}
    content = {n: str(result.page(n).select_one("div.body")) for n in result.files(".html")}
    return content | data


def differing(one: Result, other: Result) -> list[str]:
    left, right = pages(one), pages(other)
    return [name for name in right if left.get(name) != right[name]]


def pass_time() -> None:
    """Sphinx tells a changed source by its time."""
    time.sleep(0.02)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, dict[str, str | bytes]]:
    """The project and its built pages, with a copy of everything beside it."""
    made = project(tmp_path_factory.mktemp("incremental") / "now", FILES, CONF)
    old = pages(made.build())
    shutil.copytree(made.folder, made.folder.with_name("kept"))
    return made, old


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_after_a_change_every_page_is_as_a_fresh_build_writes_it(
    base: tuple[Project, dict[str, str | bytes]], change: Callable[[Project], None]
) -> None:
    made, old = base
    shutil.rmtree(made.folder)
    shutil.copytree(made.folder.with_name("kept"), made.folder)

    change(made)
    again = made.build()
    fresh = made.build(to="fresh")

    assert differing(again, fresh) == []
    assert old != pages(fresh)  # the change shows somewhere
    assert set(again.warnings) <= set(fresh.warnings)


def test_a_catalogue_that_is_mended_comes_back(tmp_path: Path) -> None:
    made = project(tmp_path, FILES, CONF)
    break_catalogue(made)
    made.build()
    pass_time()
    made.replace("house.yaml", "titel", "title")

    assert differing(made.build(), made.build(to="fresh")) == []


def test_a_clause_that_another_page_showed_first_is_shown_once_that_page_is_gone(tmp_path: Path) -> None:
    second = "House\n=====\n\n.. cra-catalogue:: house\n"
    made = project(tmp_path, {**FILES, "law.rst": second}, CONF)
    made.build()
    pass_time()
    made.write("house.rst", "House\n=====\n\nNot here.\n")

    assert differing(made.build(), made.build(to="fresh")) == []


def test_a_build_without_a_change_writes_nothing(tmp_path: Path) -> None:
    made = project(tmp_path, FILES, CONF)
    first = made.build()
    written = [p for p in first.out.glob("*.html") if (made.source / p.name).with_suffix(".rst").is_file()]
    written += (first.out / "_cra").iterdir()
    times = {p: p.stat().st_mtime_ns for p in written}
    again = made.build()

    assert "no targets are out of date" in again.status
    assert {p: p.stat().st_mtime_ns for p in written} == times
    assert len(times) > 10


def test_a_build_without_a_change_and_without_a_product_file_writes_nothing(tmp_path: Path) -> None:
    made = project(tmp_path, {"index.rst": FILES["law.rst"]})
    made.build()

    assert "no targets are out of date" in made.build().status


def test_pages_are_right_where_builders_share_what_was_read(tmp_path: Path) -> None:
    made = project(tmp_path, FILES, CONF)
    made.build(doctrees="shared")
    pass_time()
    made.remove("parts/report.xml")
    made.append("controls.rst", NEW_CONTROL)
    made.build("text", doctrees="shared")

    again = made.build(doctrees="shared")

    assert differing(again, made.build(to="fresh")) == []


def test_a_change_of_the_address_reaches_the_spreadsheet(tmp_path: Path) -> None:
    made = project(tmp_path, FILES, CONF)
    before = made.build().files()["_cra/matrix.xlsx"]
    again = made.build(cra_base_url="https://docs.example.org")

    assert again.files()["_cra/matrix.xlsx"] != before


def test_two_processes_in_another_folder_write_what_one_writes(tmp_path: Path) -> None:
    one = project(tmp_path / "a", FILES, CONF).build()
    two = project(tmp_path / "some/where/else", FILES, CONF).run("html", "-j", "2")

    assert one.code == two.code == 0
    assert differing(one, two) == differing(two, one) == []
    assert sorted(one.warnings) == sorted(two.warnings)


def test_clauses_that_two_processes_read_are_shown_once(tmp_path: Path) -> None:
    others = {f"p{n}.rst": f":orphan:\n\nP{n}\n==\n\nWords.\n" for n in range(8)}
    show = ":orphan:\n\nLaw\n===\n\n.. cra-catalogue:: cra\n   :part: CRA_ANX_I_P2\n"
    made = project(tmp_path, {"index.rst": "T\n=\n", **others, "a.rst": show, "z.rst": show})
    one = made.build(to="one")
    two = made.run("html", "-j", "2", to="two")

    said = "CRA_ANX_I_P2 is shown in a already; use :part: to show each once [cra.catalogue]"
    assert one.warnings == two.warnings == (f"z.rst:6: WARNING: {said}",)
    assert differing(one, two) in ([], ["z.html"])  # z keeps an empty section
    assert two.page("z.html").find(id="CRA_ANX_I_P2_1") is None


def test_a_build_that_is_killed_while_it_writes_leaves_no_page_stale(tmp_path: Path) -> None:
    conf = """
        import os

        def setup(app):
            app.connect("html-page-context", lambda *context: os._exit(3) if "KILL" in os.environ else None)
        """
    made = project(tmp_path, FILES, dedent(conf))
    assert made.run().code == 0
    pass_time()
    made.replace("controls.rst", "Accounts", "Accounts of people")
    os.environ["KILL"] = "yes"
    try:
        assert made.run().code == 3
    finally:
        del os.environ["KILL"]
    assert differing(made.run(), made.run(to="fresh")) == []


def test_a_build_from_scratch_takes_no_data_file_for_written(tmp_path: Path) -> None:
    """Whoever changed the program under the same version, in a checkout say, builds with ``-E``."""
    made = project(tmp_path, FILES, CONF)
    data = made.run().out / "_cra" / "assessment.json"
    written = data.stat().st_mtime_ns
    pass_time()
    made.run()
    assert data.stat().st_mtime_ns == written
    made.run("html", "-E")
    assert data.stat().st_mtime_ns > written
