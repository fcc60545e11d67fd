"""SBOMs set against lock files: what is direct, what counts as being there, what cannot be read."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from build import evidence
from sphinx_cra.evidence import Cache, verdict
from sphinx_cra.model import Outcome, Verdict

DATA = Path(__file__).parent / "data" / "sbom" / "lock"
V, F, U = Outcome.VALID, Outcome.FAILED, Outcome.UNREADABLE


def against(
    tmp_path: Path, components: list[str | dict[str, Any]], files: dict[str, str], **more: str
) -> Verdict:
    """The verdict on an SBOM of these package URLs or components, against these lock files."""
    listed = [
        {"type": "library", "name": "by-purl-only", "purl": c}
        if isinstance(c, str)
        else {"type": "library", **c}
        for c in components
    ]
    bom = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": listed}
    (tmp_path / "sbom.json").write_text(json.dumps(bom), encoding="utf-8")
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    fields = {"lockfiles": ", ".join(files), **more}
    return verdict(evidence("E", kind="sbom", file="sbom.json", **fields), tmp_path, Cache())


def real(tmp_path: Path, components: list[str | dict[str, Any]], *names: str, **more: str) -> Verdict:
    """The same against lock files that tools wrote; those beside the first are there too."""
    shutil.copytree(DATA, tmp_path, dirs_exist_ok=True)
    return against(tmp_path, components, {}, lockfiles=", ".join(names), **more)


NPM = ["pkg:npm/ms@2.1.3", "pkg:npm/ms@2.0.0"]
UV = ["pkg:pypi/attrs@26.1.0", "pkg:pypi/typing-extensions@4.16.0"]


@pytest.mark.parametrize("version", ["1", "2", "3"])
def test_npm_lock_files_of_each_version_are_read(tmp_path: Path, version: str) -> None:
    lock = f"npm{version}/package-lock.json"
    found = real(tmp_path, NPM, lock)
    assert found.outcome is V, found.reason
    assert found.counts["locked dependencies"] == 2
    assert "needed only under a condition: fsevents 2.3.3" in found.reason
    found = real(tmp_path, NPM[:1], lock)
    assert found.outcome is F
    assert "ms 2.0.0 (listed as 2.1.3)" in found.reason


def test_version_1_of_npm_needs_the_manifest_beside_it(tmp_path: Path) -> None:
    text = (DATA / "npm1" / "package-lock.json").read_text(encoding="utf-8")
    found = against(tmp_path, NPM, {"package-lock.json": text})
    assert found.outcome is Outcome.MISSING
    assert "does not say what is direct, and there is no file package.json" in found.reason


def test_workspaces_of_npm_are_looked_up_from_their_folder(tmp_path: Path) -> None:
    packages = {
        "": {"workspaces": ["ui"]},
        "node_modules/ui": {"resolved": "ui", "link": True},
        "ui": {"dependencies": {"@scope/x": "^1"}, "devDependencies": {"y": "1"}},
        "ui/node_modules/@scope/x": {"version": "1.1.0"},
        "node_modules/@scope/x": {"version": "3.0.0"},
    }
    lock = {"package-lock.json": json.dumps({"lockfileVersion": 3, "packages": packages})}
    assert against(tmp_path, ["pkg:npm/%40scope/x@1.1.0"], lock).outcome is V
    assert against(tmp_path, ["pkg:npm/%40scope/x@3.0.0"], lock).outcome is F


def test_the_lock_file_of_uv_and_its_pyproject_are_read(tmp_path: Path) -> None:
    found = real(tmp_path, UV, "uv.lock", "pyproject.toml")
    assert found.outcome is V, found.reason
    assert "colorama" in found.reason
    assert "iniconfig" not in found.reason
    found = real(tmp_path, [UV[0]], "uv.lock")
    assert found.outcome is F
    assert found.reason.startswith(
        "1 of 2 direct dependencies of uv.lock are not in it: typing-extensions 4.16.0"
    )
    assert found.counts["missing dependencies"] == 1


REQUIREMENTS = """
# a comment
--index-url https://example.org/simple
-c constraints.txt
Typing_Extensions==4.16.0 \\
    --hash=sha256:00
attrs>=25 ; python_version >= "3"   # why
zope.interface [test] ~= 7.0
pkg @ https://example.org/pkg.zip
-e .
./vendored
git+https://example.org/x.git#egg=from_git
"""


def test_requirements_of_pip_are_read_with_what_they_include(tmp_path: Path) -> None:
    files = {
        "requirements.txt": "-r sub/more-requirements.txt\n" + REQUIREMENTS,
        "sub/more-requirements.txt": "six",
    }
    there: list[str | dict[str, Any]] = [
        "pkg:pypi/typing-extensions@4.16",
        {"name": "Zope-Interface", "version": "7.2"},
        {"name": "pkg"},
        "pkg:pypi/from-git@1",
        "pkg:pypi/six@1",
    ]
    found = against(tmp_path, there, files, lockfiles="requirements.txt")
    assert found.outcome is V, found.reason
    assert found.counts["locked dependencies"] == 5
    assert "under a condition: attrs>=25" in found.reason
    found = against(tmp_path, there[:1], files, lockfiles="requirements.txt")
    assert "4 of 5" in found.reason
    assert "zope-interface~=7.0" in found.reason


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_requirements_are_read_in_the_encodings_that_pip_reads(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "requirements.txt").write_bytes("# \u00e9\r\nattrs==26.1.0\r\n".encode(encoding))
    found = against(tmp_path, UV, {}, lockfiles="requirements.txt")
    assert (found.outcome, found.counts["locked dependencies"]) == (V, 1), found.reason
    (tmp_path / "requirements.txt").write_bytes("attrs==26.1.0".encode("utf-16")[:-1])
    found = against(tmp_path, UV, {}, lockfiles="requirements.txt")
    assert (found.outcome, "is not UTF-16, as which it begins" in found.reason) == (U, True)


def test_a_version_outside_of_the_range_is_not_the_dependency(tmp_path: Path) -> None:
    lock = {"requirements.txt": "attrs>=25"}
    assert against(tmp_path, ["pkg:pypi/attrs@26"], lock).outcome is V
    assert "attrs>=25 (listed as 24)" in against(tmp_path, ["pkg:pypi/attrs@24"], lock).reason


def test_a_package_url_of_another_ecosystem_is_another_package(tmp_path: Path) -> None:
    lock = {"requirements.txt": "attrs"}
    assert against(tmp_path, ["pkg:npm/attrs@26"], lock).outcome is F
    assert against(tmp_path, [{"name": "attrs", "purl": "pkg:npm/other@1"}], lock).outcome is F
    assert against(tmp_path, [{"name": "Attrs"}], lock).outcome is V


CARGO = """
version = 4
[[package]]
name = "agent"
version = "1.0.0"
dependencies = ["cfg-if", "fnv", "itoa 0.4.8", "itoa 1.0.1", "own", "proptest"]
[[package]]
name = "own"
version = "1.0.0"
dependencies = ["once"]
""" + "".join(
    f'[[package]]\nname = "{n}"\nversion = "{v}"\nsource = "registry+https://example.org/index"\n'
    for n, v in [("cfg-if", "1.0.0"), ("fnv", "1.0.7"), ("itoa", "0.4.8"), ("itoa", "1.0.1"),
                 ("once", "1.2.0"), ("proptest", "1.5.0")]
)  # fmt: skip
MANIFEST = """
[package]
name = "agent"
[dependencies]
cfg-if = "1"
digits = { package = "itoa", version = "0.4" }
own = { path = "own" }
[dev-dependencies]
proptest = "1"
[target.'cfg(windows)'.dependencies]
fnv = "1"
"""


def test_cargo_tells_what_is_for_development_by_its_manifest(tmp_path: Path) -> None:
    there: list[str | dict[str, Any]] = [
        f"pkg:cargo/{p}" for p in ("cfg-if@1.0.0", "itoa@0.4.8", "itoa@1.0.1", "once@1.2.0")
    ]
    found = against(tmp_path, there, {"Cargo.lock": CARGO})
    assert found.outcome is F
    assert "2 of 6" in found.reason
    assert "fnv 1.0.7 and proptest 1.5.0" in found.reason
    (tmp_path / "Cargo.toml").write_text(MANIFEST, encoding="utf-8")
    found = against(tmp_path, there, {"Cargo.lock": CARGO})
    assert found.outcome is V, found.reason
    assert "under a condition: fnv 1.0.7" in found.reason


GO = """module example.org/agent
go 1.22
require github.com/One/a v1.2.3
require (
    golang.org/x/sys v0.20.0 // indirect
    example.org/b v0.1.0
    example.org/c v0.1.0
)
replace example.org/b => example.org/fork v0.2.0
replace (
    example.org/c v0.1.0 => ../c
)
"""


def test_go_leaves_out_what_is_indirect_and_knows_replacements(tmp_path: Path) -> None:
    there: list[str | dict[str, Any]] = [
        "pkg:golang/github.com/one/a@v1.2.3",
        "pkg:golang/example.org/fork@0.2.0",
        {"name": "example.org/c"},
    ]
    found = against(tmp_path, there, {"go.mod": GO})
    assert found.outcome is V, found.reason
    assert found.counts["locked dependencies"] == 3
    assert "example.org/b v0.1.0" in against(tmp_path, [there[0], there[2]], {"go.mod": GO}).reason


def test_only_a_few_missing_ones_are_named(tmp_path: Path) -> None:
    found = against(
        tmp_path, ["pkg:npm/x@1"], {"requirements.txt": "\n".join(f"p{i:03}" for i in range(100))}
    )
    assert found.outcome is F
    assert "100 of 100" in found.reason
    assert "p004 and 95 more" in found.reason


@pytest.mark.parametrize(
    ("name", "text", "outcome", "why"),
    [
        ("requirements.txt", "a b c", U, "(line 1) is no requirement"),
        ("requirements.txt", "https://example.org/x", U, "names a URL"),
        ("requirements.txt", "-r ../../other.txt", U, "leaves the project"),
        ("requirements.txt", "-r none.txt", Outcome.MISSING, "no file none.txt"),
        ("requirements.txt", "-r requirements.txt", V, "no direct dependency"),
        ("pyproject.toml", "[project", U, "is not TOML"),
        ("pyproject.toml", "[tool.poetry]", U, "no [project] table"),
        ("pyproject.toml", '[project]\ndynamic=["dependencies"]', U, "dynamic"),
        ("pyproject.toml", "[project]\ndependencies=3", U, "pyproject.toml"),
        ("uv.lock", "version = 1", U, "no package of the project"),
        ("uv.lock", "a = 1", U, "no lock file of uv"),
        ("package-lock.json", "[]", U, "not a JSON object"),
        ("package-lock.json", "{", U, "not JSON"),
        ("package-lock.json", '{"a":' + "[" * 100_000, U, "not JSON"),
        ("package-lock.json", '{"packages": {}}', U, "no package of the project"),
        ("package-lock.json", '{"packages": {"": {"dependencies": {"x": "1"}}}}', U, "has no x"),
        ("package-lock.json", '{"packages": {"": 3}}', U, "can be read"),
        ("Cargo.lock", "version = 4", U, "no package of the project"),
        ("Cargo.lock", '[[package]]\nname="a"\ndependencies=["b"]', U, "has no package b"),
        ("Cargo.lock", "package = 3", U, "can be read"),
        ("go.mod", "require x", U, "is no requirement"),
        ("go.mod", "", U, "names no module"),
        ("go.mod", "module a\nrequire (\nx v1\n", U, "ends in a block"),
        ("yarn.lock", "", U, "no lock file that is read"),
    ],
)
def test_a_lock_file_that_cannot_be_used_is_named(
    tmp_path: Path, name: str, text: str, outcome: Outcome, why: str
) -> None:
    found = against(tmp_path, ["pkg:npm/x@1"], {name: text})
    assert (found.outcome, why in found.reason) == (outcome, True), found.reason


def test_a_lock_file_that_is_not_there_is_missing(tmp_path: Path) -> None:
    found = against(tmp_path, ["pkg:npm/x@1"], {}, lockfiles="go.mod")
    assert found.outcome is Outcome.MISSING
    assert "no file go.mod" in found.reason
