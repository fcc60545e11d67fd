"""The manifest: every file of a folder but itself, so that others can check them."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from sphinx_cra import datafile
from sphinx_cra.render.manifest import manifest_data, manifest_json

if TYPE_CHECKING:
    from pathlib import Path


def manifest(folder: Path, *names: str, **facts: Any) -> dict[str, Any]:
    stated = {"generator": "sphinx-cra 9.9", "product": "Gateway", "release": "2.4.1", **facts}
    data: dict[str, Any] = json.loads(manifest_json(manifest_data(folder, names, **stated)))
    assert [e.message for e in datafile.validator("manifest.schema.json").iter_errors(data)] == []
    return data


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(f"content of {name}".encode())


def test_a_file_is_listed_with_its_digest_and_size(tmp_path: Path) -> None:
    put(tmp_path, "a.txt")
    content = b"content of a.txt"
    digest = hashlib.sha256(content).hexdigest()
    assert manifest(tmp_path, "a.txt")["files"] == [{"path": "a.txt", "sha256": digest, "size": len(content)}]


def test_files_are_sorted_by_their_whole_path_and_listed_once(tmp_path: Path) -> None:
    names = ("b/z.txt", "b.txt", "a/ü \U0001f512.txt", "B.txt", ".hidden", "b/a/c.txt")
    put(tmp_path, *names)
    assert [f["path"] for f in manifest(tmp_path, *names, "b.txt")["files"]] == sorted(names)


def test_what_somebody_else_put_there_is_not_listed(tmp_path: Path) -> None:
    put(tmp_path, "a.txt", "notes.txt")
    assert [f["path"] for f in manifest(tmp_path, "a.txt")["files"]] == ["a.txt"]


def test_a_file_that_is_gone_is_not_passed_over(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        manifest(tmp_path, "a.txt")


def test_the_facts_are_stated(tmp_path: Path) -> None:
    data = manifest(tmp_path, revision="abc+", tools={"typst": "0.15", "sphinx": "9.0"})
    assert (data["product"], data["release"], data["revision"]) == ("Gateway", "2.4.1", "abc+")
    assert list(data["tools"].items()) == [("sphinx", "9.0"), ("typst", "0.15")]
    assert manifest(tmp_path)["revision"] is None
    assert data["files"] == []


def test_what_it_is_about_and_what_is_withheld_is_stated(tmp_path: Path) -> None:
    artefact = {"name": "Gateway 2.4.1 (firmware)", "sha256": "a" * 64}
    kept = {"path": "bom.json", "sha256": "b" * 64, "size": 3}
    data = manifest(tmp_path, artefacts=[artefact], withheld=[kept], bundle=True)
    assert (data["artefacts"], data["withheld"], data["bundle"]) == ([artefact], [kept], True)


def test_a_text_that_is_no_unicode_is_written_with_a_sign_in_its_place(tmp_path: Path) -> None:
    assert manifest(tmp_path, product="Gate\udcffway")["product"] == "Gate\ufffdway"


@pytest.mark.parametrize("path", ["/etc/passwd", "../a", "a/../b", "a//b", "./a", "a/..", ""])
def test_the_schema_refuses_paths_that_leave_the_folder(path: str) -> None:
    entry = {"path": path, "sha256": "0" * 64, "size": 1}
    data = {
        "format": "sphinx-cra manifest",
        "format_version": "1.0",
        "generator": "g",
        "product": "p",
        "release": "1",
        "revision": None,
        "tools": {},
        "bundle": False,
        "artefacts": [],
        "withheld": [],
        "files": [entry],
    }
    validator = datafile.validator("manifest.schema.json")
    assert [list(e.absolute_path) for e in validator.iter_errors(data)] == [["files", 0, "path"]]
    entry["path"] = "a/.b/..c"
    assert list(validator.iter_errors(data)) == []
