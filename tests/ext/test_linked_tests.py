"""A test names what it verifies, and that is the link: nothing is written for it in the documents."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from small_project import Project, project

if TYPE_CHECKING:
    from pathlib import Path

PAGE = """\
    Gateway
    =======

    .. control:: Login
       :id: CTRL_LOGIN
       :satisfies: CRA_ANX_I_P1_2_D

    .. control:: Log
       :id: CTRL_LOG
       :satisfies: CRA_ANX_I_P1_2_L

    .. evidence:: All tests
       :id: EVID_TESTS
       :kind: junit
       :file: junit.xml
       {more}

    .. cra-evidence::

    .. cra-matrix:: cra
       :part: CRA_ANX_I_P1_2
    """
TESTS = """\
import pytest

@pytest.mark.parametrize("name", ["a", "b"])
def test_login(record_property, name):
    record_property("verifies", "CTRL_LOGIN")

def test_log(record_property):
    record_property("verifies", "CTRL_LOG, CTRL_LOGGED")
    assert False

def test_other():
    pass
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What pytest really writes."""
    folder = tmp_path_factory.mktemp("tests")
    (folder / "test_it.py").write_text(TESTS, "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--junitxml=junit.xml"]
    subprocess.run(command, cwd=folder, check=False, capture_output=True)
    return (folder / "junit.xml").read_text("utf-8")


def made(folder: Path, report: str, more: str = "") -> Project:
    return project(folder, {"index.rst": PAGE.format(more=more), "junit.xml": report})


def test_each_need_is_judged_by_the_tests_that_name_it(report: str, tmp_path: Path) -> None:
    built = made(tmp_path, report).build()
    verdicts = {v["item"]: (v["outcome"], v["counts"].get("passed")) for v in built.data["verdicts"]}
    assert verdicts["EVID_TESTS.CTRL_LOGIN"] == ("valid", 2)
    assert verdicts["EVID_TESTS.CTRL_LOG"] == ("failed", 0)
    assert verdicts["EVID_TESTS"][0] == "failed"
    states = {r["clause"]: r["state"] for r in built.data["rows"]}
    assert states["CRA_ANX_I_P1_2_D"] == "verified"
    assert states["CRA_ANX_I_P1_2_L"] == "failed"
    links = {a.get_text(): a["href"] for a in built.page("index.html").select("table.cra-matrix a[href]")}
    assert links["EVID_TESTS.CTRL_LOGIN"] == "#EVID_TESTS"


def test_a_test_that_names_what_is_not_there_is_told_where_its_report_is_cited(
    report: str, tmp_path: Path
) -> None:
    said = [w for w in made(tmp_path, report).build().cra() if "CTRL_LOGGED" in w]
    assert len(said) == 1
    assert said[0].startswith("index.rst:12: WARNING: EVID_TESTS.CTRL_LOGGED: verifies names CTRL_LOGGED")


def test_a_report_that_is_cited_in_part_links_nothing_by_itself(report: str, tmp_path: Path) -> None:
    built = made(tmp_path, report, ":select: test_it::test_other").build()
    assert [v["item"] for v in built.data["verdicts"]] == ["EVID_TESTS"]


def test_an_author_may_select_by_what_tests_name(report: str, tmp_path: Path) -> None:
    built = made(tmp_path, report, ":select: verifies=CTRL_LOGIN").build()
    (verdict,) = built.data["verdicts"]
    assert (verdict["outcome"], verdict["counts"]["passed"]) == ("valid", 2)


def test_a_change_of_the_report_reaches_the_pages(report: str, tmp_path: Path) -> None:
    source = made(tmp_path, report)
    source.build()
    source.write("junit.xml", report.replace("CTRL_LOG, CTRL_LOGGED", "CTRL_LOGIN"))
    states = {r["clause"]: r["state"] for r in source.build().data["rows"]}
    assert states["CRA_ANX_I_P1_2_D"] == "failed"
    assert states["CRA_ANX_I_P1_2_L"] == "covered"
