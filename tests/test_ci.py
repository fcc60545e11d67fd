"""The workflows that the documentation offers: their commands run, in a project of their own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

PAGE = Path(__file__).parents[1] / "docs/howto/ci.md"
GITHUB, GITLAB = (
    yaml.safe_load(block)
    for block in re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
)
CONF = """\
project = "Lock"
extensions = ["sphinx_cra"]
cra_catalogues = ["cra"]
cra_mappings = []
cra_pdf = False
cra_gate = {"failed": "error", "open:CRA_ANX_I_P1_2_E": "warning"}
"""
INDEX = """\
Lock
====

.. control:: Only the owner opens it
   :id: CTRL_OWNER
   :satisfies: CRA_ANX_I_P1_2_D

.. evidence:: Tests
   :id: EVID_TESTS
   :kind: junit
   :file: reports/tests.xml
   :verifies: CTRL_OWNER
"""
SHIMS = {
    "pip": "exit 0",
    "pytest": f'exec {sys.executable} -m pytest -q -p no:cacheprovider "$@" test_lock.py',
    "sphinx-build": f'exec {sys.executable} -m sphinx "$@"',
    "sphinx-cra": f'exec {sys.executable} -c "from sphinx_cra.cli import app; app()" "$@"',
}
"""The commands as an installation has them."""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "repo/docs").mkdir(parents=True)
    (tmp_path / "repo/.git").mkdir()
    (tmp_path / "bin").mkdir()
    for name, command in SHIMS.items():
        path = tmp_path / "bin" / name
        path.write_text(f"#!/bin/bash\n{command}\n")
        path.chmod(0o755)
    (tmp_path / "repo/docs/conf.py").write_text(CONF)
    (tmp_path / "repo/docs/index.rst").write_text(INDEX)
    (tmp_path / "repo/test_lock.py").write_text("def test_lock():\n    assert True\n")
    return tmp_path / "repo"


def shell(repository: Path, script: str) -> int:
    """The code with which a step ends; GitHub and GitLab stop at the first command that fails."""
    path = f"{repository.parent / 'bin'}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "GITHUB_STEP_SUMMARY": str(repository / "summary.md")}
    done = subprocess.run(["bash", "-eo", "pipefail", "-c", script], cwd=repository, env=env, check=False)
    return done.returncode


def github(repository: Path) -> bool:
    """Run the steps of the job as GitHub does; whether it succeeds."""
    going = True
    for step in GITHUB["jobs"]["docs"]["steps"]:
        if "run" in step and (going or step.get("if") == "always()"):
            going = (shell(repository, step["run"]) == 0 or step.get("continue-on-error", False)) and going
    return going


def gitlab(repository: Path) -> bool:
    """Run the job as GitLab does; whether it succeeds."""
    job = GITLAB["docs"]
    done = shell(repository, "\n".join(job["script"])) == 0
    assert shell(repository, "\n".join(job["after_script"])) == 0
    return done


def accept(repository: Path) -> None:
    assert shell(repository, 'sphinx-cra baseline write docs --by "A. Person" --why "no data yet"') == 0


def results(repository: Path) -> list[dict[str, Any]]:
    log = json.loads((repository / "build/cra.sarif").read_text("utf-8"))
    found: list[dict[str, Any]] = log["runs"][0]["results"]
    return found


def test_the_workflow_of_github_fails_at_the_line_until_what_is_open_is_accepted(repository: Path) -> None:
    assert not github(repository)
    (result,) = results(repository)
    assert (result["ruleId"], result["level"]) == ("cra.open", "warning")
    assert "no errors, 1 warning" in (repository / "summary.md").read_text("utf-8")
    accept(repository)
    assert github(repository)
    assert results(repository) == []
    assert all((repository / p).is_dir() for p in uses("actions/upload-artifact")["with"]["path"].split())

    (repository / "test_lock.py").write_text("def test_lock():\n    assert False\n")
    assert not github(repository)
    (result,) = results(repository)
    place = result["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("docs/index.rst", 4)


def test_the_job_of_gitlab_reports_what_fails(repository: Path) -> None:
    assert not gitlab(repository)
    assert 'failures="1"' in (repository / "build/cra-findings.xml").read_text("utf-8")
    (issue,) = json.loads((repository / "build/cra-codequality.json").read_text("utf-8"))
    assert (issue["check_name"], issue["location"]["path"]) == ("cra.open", "docs/conf.py")
    artifacts = GITLAB["docs"]["artifacts"]
    reports = [*artifacts["reports"]["junit"], artifacts["reports"]["codequality"]]
    for path in (*artifacts["paths"], *reports):
        assert (repository / path).exists(), path
    accept(repository)
    assert gitlab(repository)
    assert 'failures="1"' not in (repository / "build/cra-findings.xml").read_text("utf-8")
    assert json.loads((repository / "build/cra-codequality.json").read_text("utf-8")) == []
    assert "verified" in (repository / "build/badge.svg").read_text("utf-8")


def uses(action: str) -> dict[str, Any]:
    (step,) = [s for s in GITHUB["jobs"]["docs"]["steps"] if s.get("uses", "").startswith(f"{action}@")]
    found: dict[str, Any] = step
    return found


def test_what_is_uploaded_is_what_is_written_and_an_upload_that_a_fork_may_not_do_fails_alone() -> None:
    upload = uses("github/codeql-action/upload-sarif")
    assert upload["with"] == {"sarif_file": "build/cra.sarif", "category": "sphinx-cra"}
    assert upload["if"].startswith("always() && hashFiles('build/cra.sarif')")
    assert upload["continue-on-error"] is True
    assert uses("actions/upload-artifact")["with"]["path"].split() == ["build/html", "build/cra"]


def test_the_job_may_do_no_more_than_it_does() -> None:
    assert GITHUB["permissions"] == {}
    job = {"contents": "read", "security-events": "write", "actions": "read"}
    assert GITHUB["jobs"]["docs"]["permissions"] == job
    assert uses("actions/checkout")["with"] == {"persist-credentials": False}
    events = GITHUB[True]  # YAML 1.1 reads "on" as true
    assert set(events) == {"push", "pull_request"}, (
        "pull_request_target would run code of forks with our token"
    )
    assert "${{" not in str(GITHUB), "text of a pull request would be run"
