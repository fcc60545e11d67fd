"""The register of reports on a page, and a drill as evidence, in builds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from small_project import project

if TYPE_CHECKING:
    from pathlib import Path

    from small_project import Project

PRODUCT = """\
product: {name: Gateway, release: "2.4.0"}
manufacturer: {name: Example Works, main_establishment: {member_state: DE}}
"""

PAGE = """\
Reports
=======

.. cra-reports::
   :now: 2026-11-25T10:30Z
   :zone: Europe/Berlin
   :rules:
"""

REGISTER = """\
reports:
  - id: REP-1
    type: incident
    title: Outage
    aware: 2026-11-24T09:30+01:00
    aware_reason: Two plants called.
    csirt: DE
"""


@pytest.fixture(autouse=True)
def no_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)


def sources(folder: Path, page: str = PAGE, **files: str) -> Project:
    return project(
        folder,
        {"cra.yaml": PRODUCT, "index.rst": page, **files},
        'cra_catalogues = ["cra"]\ncra_mappings = []\n',
    )


def test_a_page_without_a_register_says_that_no_report_is_recorded(tmp_path: Path) -> None:
    built = sources(tmp_path).build()
    assert not built.warnings
    words = built.words("index.html")
    assert "No report recorded. That says nothing about" in words
    assert "nothing happened" not in words


def test_the_register_is_shown_with_lateness_and_rules(tmp_path: Path) -> None:
    source = sources(tmp_path)
    source.write("cra-reports.yaml", REGISTER)
    built = source.build()
    assert not built.warnings
    head, row = built.table("index.html", "cra-reports")
    assert head == ["Case", "Aware", "Reports", "Received by", "Informed", "Status"]
    assert row[0] == "REP-1 incident Outage"
    assert row[1] == "2026-11-24 08:30 UTC (09:30 CET) Two plants called."
    assert "Early warning: late by 2 h due 2026-11-25 08:30 UTC (09:30 CET)" in row[2]
    assert row[3] == "Germany (DE)"
    rules = built.table("index.html", "cra-report-rules")
    assert ["R64 Article 14(4), point (a)", "not met"] in [r[:2] for r in rules]


def test_without_a_stated_time_nothing_is_late(tmp_path: Path) -> None:
    source = sources(tmp_path, ".. cra-reports::\n")
    source.write("cra-reports.yaml", REGISTER)
    assert "no time is stated to look at it, so nothing is late" in source.build().words("index.html")


def test_the_epoch_of_reproducible_builds_is_a_stated_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795606200")  # 2026-11-25T11:30Z
    source = sources(tmp_path, ".. cra-reports::\n")
    source.write("cra-reports.yaml", REGISTER)
    assert "late by 3 h" in source.build().words("index.html")


def test_a_change_to_the_register_alone_changes_the_page(tmp_path: Path) -> None:
    source = sources(tmp_path)
    source.build()
    source.write("cra-reports.yaml", REGISTER)
    assert "REP-1" in source.build().words("index.html")
    source.replace("cra-reports.yaml", "REP-1", "REP-2")
    assert "REP-2" in source.build().words("index.html")
    source.remove("cra-reports.yaml")
    assert "No report recorded" in source.build().words("index.html")


def test_a_register_that_the_product_file_comes_to_name_is_shown(tmp_path: Path) -> None:
    source = sources(tmp_path, **{"own/reports.yaml": REGISTER})
    assert "No report recorded" in source.build().words("index.html")
    source.append("cra.yaml", "reporting: {register: own/reports.yaml}\n")
    assert "REP-1" in source.build().words("index.html")
    source.replace("own/reports.yaml", "REP-1", "REP-3")
    assert "REP-3" in source.build().words("index.html")


def test_a_broken_register_is_a_warning_at_its_line_and_the_page_says_so(tmp_path: Path) -> None:
    source = sources(tmp_path)
    source.write("cra-reports.yaml", REGISTER.replace("+01:00", ""))
    for _ in range(2):  # an unchanged build repeats it
        built = source.build()
        (warning,) = built.warnings
        assert warning.startswith(
            "cra-reports.yaml:5: WARNING: reports.0.aware: '2026-11-24T09:30' does not say"
        )
        assert warning.endswith("[cra.report]")
        assert "The register of reports cannot be used" in built.words("index.html")


def test_a_time_or_zone_that_cannot_be_used_is_a_warning_at_the_directive(tmp_path: Path) -> None:
    page = ".. cra-reports::\n   :now: 2026-11-25\n   :zone: Berlin\n"
    built = sources(tmp_path, page).build()
    assert len(built.warnings) == 2
    assert all(w.startswith("index.rst:1: WARNING: cra-reports: ") for w in built.warnings)
    assert "No report recorded" in built.words("index.html")


@pytest.mark.parametrize("builder", ["text", "latex", "cra"])
def test_other_builders_write_the_register_too(builder: str, tmp_path: Path) -> None:
    source = sources(tmp_path)
    source.write("cra-reports.yaml", REGISTER)
    built = source.build(builder, cra_pdf=False)
    assert not built.others()
    if builder == "text":
        assert "REP-1" in built.read("index.txt")


def test_a_drill_is_evidence(tmp_path: Path) -> None:
    page = """\
    Drill
    =====

    .. control:: Reporting procedure
       :id: CTRL_REPORT
       :satisfies: CRA_ART_14_1

    .. evidence:: Drill
       :id: EVID_DRILL
       :kind: drill
       :file: drill.json
       :verifies: CTRL_REPORT
    """
    built = sources(tmp_path, page, **{"drill.json": "{}"}).build()
    (warning,) = built.cra()
    assert "drill.json: not a record of a reporting drill" in warning
