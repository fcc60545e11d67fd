"""The manifest: every file of a folder but itself, so that others can check them."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from sphinx_cra import datafile
from sphinx_cra.render.manifest import ManifestError, manifest_json


def manifest(folder: Path, **facts: Any) -> dict[str, Any]:
    stated = {"generator": "sphinx-cra 9.9", "product": "Gateway", "release": "2.4.1", **facts}
    data: dict[str, Any] = json.loads(manifest_json(folder, **stated))
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
    assert manifest(tmp_path)["files"] == [{"path": "a.txt", "sha256": digest, "size": len(content)}]


def test_files_are_sorted_by_their_whole_path(tmp_path: Path) -> None:
    put(tmp_path, "b/z.txt", "b.txt", "a/ü \U0001f512.txt", "B.txt", ".hidden", "b/a/c.txt")
    paths = [f["path"] for f in manifest(tmp_path)["files"]]
    assert paths == sorted(paths)
    assert set(paths) == {"b/z.txt", "b.txt", "a/ü \U0001f512.txt", "B.txt", ".hidden", "b/a/c.txt"}


def test_only_the_manifest_itself_is_left_out(tmp_path: Path) -> None:
    put(tmp_path, "manifest.json", "6/manifest.json")
    assert [f["path"] for f in manifest(tmp_path)["files"]] == ["6/manifest.json"]


def test_writing_the_manifest_does_not_change_it(tmp_path: Path) -> None:
    put(tmp_path, "a.txt")
    facts = {"generator": "g", "product": "p", "release": "1"}
    first = manifest_json(tmp_path, **facts)
    (tmp_path / "manifest.json").write_text(first, "utf-8")
    assert manifest_json(tmp_path, **facts) == first
    assert first.endswith("}\n")


def test_what_is_no_part_of_the_file_can_be_left_out(tmp_path: Path) -> None:
    put(tmp_path, ".doctrees/a.pickle", "a.txt", "b/.doctrees")
    assert [f["path"] for f in manifest(tmp_path, leave_out=(".doctrees",))["files"]] == [
        "a.txt",
        "b/.doctrees",
    ]


def test_the_facts_are_stated(tmp_path: Path) -> None:
    data = manifest(tmp_path, revision="abc+", tools={"typst": "0.15", "sphinx": "9.0"})
    assert (data["product"], data["release"], data["revision"]) == ("Gateway", "2.4.1", "abc+")
    assert list(data["tools"].items()) == [("sphinx", "9.0"), ("typst", "0.15")]
    assert manifest(tmp_path)["revision"] is None
    assert data["files"] == []


def test_links_are_refused_because_nobody_else_can_check_them(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    put(outside, "secret.txt")
    folder = tmp_path / "file"
    put(folder, "a.txt")
    (folder / "loop").symlink_to(folder)
    (folder / "secret.txt").symlink_to(outside / "secret.txt")
    with pytest.raises(ManifestError) as error:
        manifest(folder)
    assert [f.partition(":")[0] for f in error.value.faults] == ["loop", "secret.txt"]


def test_a_pipe_is_refused_and_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ManifestError, match="pipe: is neither file nor folder"):
        manifest(tmp_path)


def test_a_name_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9")).write_bytes(b"x")
    with pytest.raises(ManifestError, match="is no name in UTF-8"):
        manifest(tmp_path)


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
        "files": [entry],
    }
    validator = datafile.validator("manifest.schema.json")
    assert [list(e.absolute_path) for e in validator.iter_errors(data)] == [["files", 0, "path"]]
    entry["path"] = "a/.b/..c"
    assert list(validator.iter_errors(data)) == []
