"""sphinx-codelinks beside us: needs from comments of code are controls and evidence like any others."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from small_project import Project, Result, dead_links, project

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("sphinx_codelinks", reason="sphinx-codelinks comes with the dependency group docs")

CONF = """
extensions.append("sphinx_codelinks")
src_trace_set_local_url = True
src_trace_local_url_field = "declared_in"
src_trace_projects = {
    "gateway": {
        "source_discover": {"src_dir": "../code", "comment_type": "python", "gitignore": False},
        "analyse": {"get_need_id_refs": False, "get_oneline_needs": True, "get_multiline_needs": True},
    },
}
suppress_warnings = [f"codelinks.git_{what}" for what in ("root", "config", "remote", "host", "head", "ref")]
needs_types = [{"directive": "impl", "title": "Implementation", "prefix": "IMPL_"}]
cra_types = {"impl": "control"}
"""
PAGE = """\
    Gateway
    =======

    .. requirement:: Guessing takes long
       :id: REQ_GUESS
       :satisfies: CRA_ANX_I_P1_2_D

    .. src-trace::
       :project: gateway

    .. cra-matrix::
       :part: CRA_ANX_I_P1_2_D
    """
LOGIN = """\
    \"\"\"Login.\"\"\"


    # @ Locked after five failures, IMPL_LOCK, impl, [REQ_GUESS]
    def fail():
        return None


    # @need control: Passwords are digests
    # :id: CTRL_DIGEST
    # :implements: REQ_GUESS
    #
    # Salted, and hard on memory.
    # @endneed
    def digest():
        return None
    """
TESTS = """\
    # @need evidence: The lock opens late
    # :id: EVID_LOCK
    # :kind: junit
    # :file: unit.xml
    # :verifies: IMPL_LOCK, CTRL_DIGEST
    # @endneed
    def test_lock():
        pass
    """
REPORT = '<testsuite name="unit" tests="1"><testcase classname="unit" name="test_lock"/></testsuite>'


@pytest.fixture
def made(tmp_path: Path) -> Project:
    made = project(tmp_path, {"index.rst": PAGE, "unit.xml": REPORT}, CONF)
    made.write("../code/login.py", LOGIN)
    made.write("../code/test_login.py", TESTS)
    return made


def clean(result: Result) -> Result:
    assert result.warnings == ()
    return result


def test_needs_from_comments_are_traced(made: Project) -> None:
    result = clean(made.build())
    kinds = {name: item["kind"] for name, item in result.items.items()}
    assert kinds["IMPL_LOCK"] == kinds["CTRL_DIGEST"] == "control"
    assert kinds["EVID_LOCK"] == "evidence"
    row = result.row("CRA_ANX_I_P1_2_D")
    assert (row["state"], row["implemented"], row["proven"]) == ("verified", 1, 1)
    assert "IMPL_LOCK" in result.words("index.html")
    assert "Salted, and hard on memory." in result.words("index.html")


def test_each_leads_to_its_line(made: Project) -> None:
    result = clean(made.build())
    links = {str(a["href"]) for a in result.page("index.html").find_all("a", href=True)}
    assert {"code/login.html#L-4", "code/login.html#L-9", "code/test_login.html#L-1"} <= links
    assert dead_links(result) == []


@pytest.mark.parametrize("builder", ["cra", "text", "latex", "singlehtml"])
def test_every_builder_writes_them(made: Project, builder: str) -> None:
    result = clean(made.build(builder))
    if builder == "cra":
        assert result.row("CRA_ANX_I_P1_2_D")["state"] == "verified"
        listed = {f["path"] for f in json.loads(result.read("manifest.json"))["files"]}
        assert set(result.files()) == {*listed, "manifest.json"}


def test_a_change_of_the_code_alone_changes_the_matrix(made: Project) -> None:
    clean(made.build())
    made.replace("../code/login.py", "[REQ_GUESS]", "[]")
    made.replace("../code/login.py", "# :implements: REQ_GUESS\n", "")
    again = made.build()
    assert again.row("CRA_ANX_I_P1_2_D")["state"] == "planned"
    assert "planned" in again.words("index.html")


def test_a_new_file_of_the_code_is_found(made: Project) -> None:
    clean(made.build())
    made.write("../code/more.py", "# @ One more, IMPL_MORE, impl, [REQ_GUESS]\n")
    again = clean(made.build())
    assert "IMPL_MORE" in again.items
    assert again.row("CRA_ANX_I_P1_2_D")["state"] == "covered"


def test_a_parallel_build_gives_the_same(made: Project) -> None:
    made.append("index.rst", "\n.. toctree::\n\n   a\n   b\n")
    for name in "ab":
        made.write(f"{name}.rst", f"{name}\n=\n\nText.\n")
    one = made.run("html", "-q", to="one")
    two = made.run("html", "-q", "-j", "2", to="two")
    assert (one.warnings, two.warnings) == ((), ())
    assert one.read("_cra/assessment.json") == two.read("_cra/assessment.json")
    assert one.read("index.html") == two.read("index.html")


def test_a_comment_that_names_what_is_not_there_is_told(made: Project) -> None:
    made.write("../code/more.py", "# @ One more, IMPL_MORE, impl, [REQ_GES]\n")
    (warning,) = made.build().warnings
    assert "'IMPL_MORE' has unknown outgoing link 'REQ_GES'" in warning
