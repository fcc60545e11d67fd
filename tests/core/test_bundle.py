"""Bundles: what is written, and whatever is done to it, it is never called intact."""

from __future__ import annotations

import ast
import base64
import hashlib
import json
import os
import random
import shutil
import struct
import subprocess
import sys
import time
import unicodedata
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from build import assessed, evidence
from sphinx_cra import product
from sphinx_cra.bundle import archive, subjects, verify
from sphinx_cra.cli import app

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sphinx_cra.product import Product

FIRMWARE = b"\x7fELF the released firmware"
ARTEFACTS = ({"name": "Gateway 2.4.0 (firmware)", "sha256": hashlib.sha256(FIRMWARE).hexdigest()},)
FILES = {
    "technical-file.pdf": b"%PDF-1.7\n" + bytes(range(256)) * 8,
    "assessment.json": b'{"format": "sphinx-cra assessment"}\n',
    "matrix.xlsx": b"PK\3\4 a spreadsheet, which is a zip itself",
    "annex-vii/6-test-reports/README.txt": "Prüfberichte\n".encode(),
    "annex-vii/6-test-reports/reports/a.xml": b"<testsuite name='a'/>",
    "annex-vii/6-test-reports/reports/b.xml": b"<testsuite name='b'/>",
    "annex-vii/6-test-reports/reports/empty.log": b"",
    "annex-vii/6-test-reports/reports/größe 測試.txt": b"a name outside of ASCII",
}


def stated(**more: Any) -> dict[str, Any]:
    return {
        "generator": "sphinx-cra 9.9",
        "product": "Gateway",
        "release": "2.4.0",
        "revision": "abc",
        "tools": {},
        "artefacts": ARTEFACTS,
        "withheld": [{"path": "bom.json", "sha256": "0" * 64, "size": 1}],
        **more,
    }


def made(folder: Path, files: Mapping[str, bytes] = FILES, **more: Any) -> Path:
    """A technical file with its bundle, in a folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    archive.seal(folder, files, **stated(**more))
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("file"))


@pytest.fixture(scope="module")
def bundle(folder: Path) -> bytes:
    return (folder / verify.BUNDLE).read_bytes()


@pytest.fixture
def check(tmp_path: Path) -> Callable[..., verify.Report]:
    """Verify the bytes of a zip."""

    def checked(raw: bytes, **asked: Any) -> verify.Report:
        path = tmp_path / "given.zip"
        path.write_bytes(raw)
        return verify.verify(path, **asked)

    return checked


def repacked(bundle: bytes, tmp_path: Path, change: Callable[[dict[str, bytes]], None]) -> bytes:
    """The bundle with other files in it, in a container that is as ours are."""
    path = tmp_path / "repack"
    path.mkdir()
    whole = path / "whole.zip"
    whole.write_bytes(bundle)
    with zipfile.ZipFile(whole) as there:
        files = {n: there.read(n) for n in there.namelist()}
    change(files)
    return container(files)


def container(files: Mapping[str, bytes]) -> bytes:
    out, directory = bytearray(), bytearray()
    for name in sorted(files):
        content = files[name]
        crc = zipfile.crc32(content)  # type: ignore[attr-defined]
        directory += verify.central_header(name, crc, len(content), len(out))
        out += verify.local_header(name, crc, len(content)) + content
    return bytes(out + directory + verify.end_record(len(files), len(directory), len(out)))


def manifest_of(files: Mapping[str, bytes]) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(files[verify.MANIFEST])
    return data


def resealed(files: dict[str, bytes], data: Mapping[str, Any]) -> None:
    """As somebody does who knows how: everything made anew from a manifest."""
    raw = verify.canonical(data)
    files[verify.MANIFEST] = raw
    files[verify.STATEMENT] = verify.statement(data, verify.sha256(raw))


# ------------------------------------------------------------------------------ what is written


def test_a_bundle_is_intact_as_a_zip_and_as_a_folder(folder: Path, tmp_path: Path) -> None:
    for path in (folder / verify.BUNDLE, folder):
        report = verify.verify(path)
        assert (report.verdict, report.exit) == ("intact", 0), list(report.lines())
        assert report.listed == len(FILES) + 3
    with zipfile.ZipFile(folder / verify.BUNDLE) as there:
        assert there.testzip() is None
        there.extractall(tmp_path)
    assert verify.verify(tmp_path).verdict == "intact"


def test_it_holds_every_file_in_order_stored_and_with_nothing_of_the_machine(folder: Path) -> None:
    with zipfile.ZipFile(folder / verify.BUNDLE) as there:
        infos = there.infolist()
        names = [i.filename for i in infos]
        assert names == sorted(
            [*FILES, "README.txt", "SHA256SUMS", "verify.py", "manifest.json", verify.STATEMENT]
        )
        assert {i.compress_type for i in infos} == {zipfile.ZIP_STORED}
        assert {i.date_time for i in infos} == {(1980, 1, 1, 0, 0, 0)}
        assert {i.external_attr >> 16 for i in infos} == {0o100644}
        assert {n: there.read(n) for n in FILES} == FILES


def test_its_bytes_depend_on_nothing_but_the_files(
    bundle: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    monkeypatch.setenv("TZ", "Pacific/Apia")
    old = os.umask(0o077)
    try:
        made(tmp_path, dict(reversed(FILES.items())))
    finally:
        os.umask(old)
    assert (tmp_path / verify.BUNDLE).read_bytes() == bundle


def test_info_zip_reads_it(folder: Path) -> None:
    needs("unzip")
    done = subprocess.run(
        ["unzip", "-tqq", folder / verify.BUNDLE], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_statement_names_the_released_files_and_the_digest_of_the_manifest(folder: Path) -> None:
    said = json.loads((folder / verify.STATEMENT).read_bytes())
    digest = hashlib.sha256((folder / verify.MANIFEST).read_bytes()).hexdigest()
    assert said["_type"] == "https://in-toto.io/Statement/v1"
    assert said["predicateType"] == "urn:sphinx-cra:predicate:technical-file:v1"
    assert said["subject"] == [
        {"name": "Gateway 2.4.0 (firmware)", "digest": {"sha256": ARTEFACTS[0]["sha256"]}}
    ]
    assert said["predicate"]["manifest"] == {"name": "manifest.json", "digest": {"sha256": digest}}
    assert said["predicate"]["bound"] is True


def test_our_own_reader_of_attestations_reads_the_statement(folder: Path) -> None:
    from sphinx_cra.evidence import attestation

    (read,) = attestation.parse((folder / verify.STATEMENT).read_bytes()).statements
    assert read.speaks_of(ARTEFACTS[0]["sha256"])


def test_without_a_released_file_the_statement_says_that_it_is_bound_to_nothing(tmp_path: Path) -> None:
    made(tmp_path, artefacts=())
    said = json.loads((tmp_path / verify.STATEMENT).read_bytes())
    assert said["predicate"]["bound"] is False
    assert [s["name"] for s in said["subject"]] == ["manifest.json"]
    report = verify.verify(tmp_path / verify.BUNDLE)
    assert report.exit == 0
    assert any(line.startswith("bound to   nothing") for line in report.lines())


def test_the_verifier_in_the_bundle_is_the_one_that_is_shipped(folder: Path) -> None:
    assert (folder / "verify.py").read_bytes() == Path(verify.__file__).read_bytes()


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("annex-vii/../../x", "it leaves the folder"),
        ("a\\b", "a backslash is in it"),
        ("a:b", "the character : is in it, which not every system can hold"),
        ("a\nb", "a control character, or a byte that is not UTF-8, is in it"),
        ("aux.txt", "Windows cannot hold it"),
    ],
)
def test_a_name_that_not_everybody_can_hold_is_refused_with_the_way_out(
    tmp_path: Path, name: str, why: str
) -> None:
    with pytest.raises(archive.BundleError) as error:
        archive.seal(tmp_path, [name], **stated())
    assert str(error.value) == f"the name {name!r} cannot be in it: {why}; rename that file"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "names",
    [
        ("a/X.xml", "a/x.xml"),
        ("a/x", "A/y"),
        ("x", "x/y"),
        ("\u00e9", "e\u0301"),
        ("stra\u00dfe", "STRASSE"),
        ("Manifest.json",),
        ("verify.py/x",),
    ],
)
def test_names_that_are_one_to_some_systems_are_refused(tmp_path: Path, names: tuple[str, ...]) -> None:
    with pytest.raises(archive.BundleError, match="are one to some systems; rename one"):
        archive.seal(tmp_path, names, **stated())


def test_what_does_not_fit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "MAX_FILES", 5)
    with pytest.raises(archive.BundleError, match="13 files are more than the 5 that a bundle holds"):
        made(tmp_path)
    monkeypatch.undo()
    monkeypatch.setattr(verify, "MAX_SIZE", 5000)
    with pytest.raises(archive.BundleError, match="larger than the 4 GiB"):
        made(tmp_path)


# ------------------------------------------------------------------------------ canonical JSON

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(JSON)
def test_the_canonical_form_is_that_of_the_library(value: Any) -> None:
    assert verify.canonical(value) == rfc8785.dumps(value)


def test_the_keys_of_the_standards_example_are_sorted_by_utf_16() -> None:
    # RFC 8785, section 3.2.3
    names = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    wanted = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
    assert list(json.loads(verify.canonical(dict.fromkeys(names, 0)))) == wanted


def test_texts_are_escaped_as_the_standards_example_has_it() -> None:
    # RFC 8785, section 3.2.2
    text = "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/"
    assert verify.canonical(text) == b'"\xe2\x82\xac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'


@pytest.mark.parametrize("value", [1.5, float("nan"), 2**53, {1: 2}, b"x", "\ud800"])
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        verify.canonical(value)


# ------------------------------------------------------------------------------------- tampering


def test_one_flipped_bit_in_any_file_of_the_zip_is_noticed_and_the_file_named(
    bundle: bytes, check: Callable[..., verify.Report], tmp_path: Path
) -> None:
    (tmp_path / "b.zip").write_bytes(bundle)
    with zipfile.ZipFile(tmp_path / "b.zip") as there:
        infos = there.infolist()
    draw = random.Random(5)
    for info in infos:
        if not info.file_size:
            continue
        start = info.header_offset + 30 + len(info.filename.encode())
        for at in {start, start + info.file_size - 1, start + draw.randrange(info.file_size)}:
            raw = bytearray(bundle)
            raw[at] ^= 1 << draw.randrange(8)
            report = check(bytes(raw))
            assert (report.verdict, report.exit) == ("altered", 1), info.filename
            said = [*report.changed, *report.problems]
            assert any(info.filename in line for line in said), (info.filename, said)


def test_one_flipped_bit_anywhere_is_never_intact(bundle: bytes, check: Callable[..., verify.Report]) -> None:
    draw = random.Random(7)
    directory = bundle.index(b"PK\1\2")
    places = [*range(60), *range(directory, len(bundle))]
    places += [draw.randrange(len(bundle)) for _ in range(300)]
    for at in places:
        raw = bytearray(bundle)
        raw[at] ^= 1 << draw.randrange(8)
        report = check(bytes(raw))
        assert report.verdict != "intact", (at, list(report.lines()))
        assert report.exit in (1, 2)


def test_every_bit_of_the_headers_counts(bundle: bytes, check: Callable[..., verify.Report]) -> None:
    at = bundle.index(b"PK\3\4", 10)
    for bit in range(30 * 8):
        raw = bytearray(bundle)
        raw[at + bit // 8] ^= 1 << bit % 8
        assert check(bytes(raw)).verdict != "intact", bit


def test_a_flipped_bit_in_the_directory_names_the_file_that_it_is_about(
    bundle: bytes, check: Callable[..., verify.Report], tmp_path: Path
) -> None:
    (tmp_path / "b.zip").write_bytes(bundle)
    with zipfile.ZipFile(tmp_path / "b.zip") as there:
        infos, at = there.infolist(), there.start_dir
    for info in infos:
        for byte in range(46):
            raw = bytearray(bundle)
            raw[at + byte] ^= 1
            report = check(bytes(raw))
            said = [*report.changed, *report.missing, *report.problems]
            assert report.exit == 1
            assert any(verify.shown(info.filename) in line for line in said), (info.filename, byte, said)
        at += 46 + len(info.filename.encode())


def test_one_entry_that_was_changed_is_the_only_one_to_blame(
    contents: dict[str, bytes], check: Callable[..., verify.Report]
) -> None:
    raw = bytearray(container(contents))
    at = raw.index(b"assessment.json", raw.index(b"PK\1\2"))
    raw[at - 8 : at - 4] = struct.pack("<L", 0o104755 << 16)
    assert check(bytes(raw)).problems == [
        "entry 'assessment.json' is refused: the directory does not say of it what was written"
    ]


def test_a_million_members_are_refused_before_they_are_read(tmp_path: Path) -> None:
    entry = verify.central_header("abc", 0, 0, 0)
    entries = entry * (verify.MAX_DIRECTORY // len(entry))
    path = tmp_path / "many.zip"
    path.write_bytes(entries + verify.end_record(9, len(entries), 0))
    assert alone(path, memory=2**28, seconds=10) == (1, f"{path}: altered\n  it has more than 65534 files\n")


def alone(path: Path, *, memory: int, seconds: int) -> tuple[int, str]:
    """Exit code and output of the verifier where it may take no more than that."""
    code = (
        f"import resource, sys; resource.setrlimit(resource.RLIMIT_AS, ({memory}, {memory})); "
        f"resource.setrlimit(resource.RLIMIT_CPU, ({seconds}, {seconds})); "
        f"sys.path.insert(0, {str(Path(verify.__file__).parent)!r}); import verify; "
        f"sys.exit(verify.main([{str(path)!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_one_flipped_bit_in_any_file_of_the_folder_is_noticed(tmp_path: Path) -> None:
    made(tmp_path)
    for path in sorted(p for p in tmp_path.rglob("*") if p.is_file() and p.name != verify.BUNDLE):
        content = path.read_bytes()
        for at in {0, len(content) // 2, len(content) - 1} if content else ():
            raw = bytearray(content)
            raw[at] ^= 4
            path.write_bytes(raw)
            report = verify.verify(tmp_path)
            assert report.exit == 1, (path, list(report.lines()))
        path.write_bytes(content)
    assert verify.verify(tmp_path).exit == 0


@pytest.mark.parametrize("part", [0.999, 0.9, 0.5, 0.1, 0.001])
def test_a_download_that_was_cut_off_is_altered(
    bundle: bytes, check: Callable[..., verify.Report], part: float
) -> None:
    report = check(bundle[: int(len(bundle) * part)])
    assert report.exit == 1
    assert report.problems == ["it has no end: it was cut off, or its end is damaged; fetch it once more"]


def test_the_end_of_a_spreadsheet_is_not_taken_for_that_of_a_download_that_was_cut_off(
    tmp_path: Path, check: Callable[..., verify.Report]
) -> None:
    with zipfile.ZipFile(tmp_path / "sheet", "w") as there:
        there.writestr("xl/sheet1.xml", "x")
    made(tmp_path / "file", {**FILES, "matrix.xlsx": (tmp_path / "sheet").read_bytes()})
    raw = (tmp_path / "file" / verify.BUNDLE).read_bytes()
    end = raw.index(b"PK\5\6") + 22
    assert check(raw[:end]).exit == 1
    for more in (1, 500):
        report = check(raw[: end + more])
        assert report.exit == 1
        assert report.problems == ["it has no end: it was cut off, or its end is damaged; fetch it once more"]


@pytest.mark.parametrize("count", [1, 1000])
def test_a_piece_that_is_missing_within_is_altered(
    bundle: bytes, check: Callable[..., verify.Report], count: int
) -> None:
    for at in (0, 5000, len(bundle) - 1500):
        report = check(bundle[:at] + bundle[at + count :])
        assert report.exit == 1
        assert [p.partition(":")[0] for p in report.problems] == ["its end does not fit its directory"]
        assert report.problems[0].endswith("fetch it once more")


@pytest.mark.parametrize("count", range(1, 23))
def test_an_end_that_lacks_some_bytes_is_altered(
    bundle: bytes, check: Callable[..., verify.Report], count: int
) -> None:
    assert check(bundle[:-count]).exit == 1


def test_two_pieces_of_evidence_that_changed_places_are_both_named(
    bundle: bytes, check: Callable[..., verify.Report], tmp_path: Path
) -> None:
    a, b = (f"annex-vii/6-test-reports/reports/{n}.xml" for n in "ab")

    def swap(files: dict[str, bytes]) -> None:
        files[a], files[b] = files[b], files[a]

    report = check(repacked(bundle, tmp_path, swap))
    assert (report.verdict, report.changed, report.missing, report.added) == ("altered", [a, b], [], [])


def test_a_file_of_another_product_is_named(
    bundle: bytes, check: Callable[..., verify.Report], tmp_path: Path
) -> None:
    other = made(tmp_path / "other", {**FILES, "assessment.json": b'{"product": "Lock"}'}, product="Lock")

    def take(files: dict[str, bytes]) -> None:
        files["assessment.json"] = (other / "assessment.json").read_bytes()

    report = check(repacked(bundle, tmp_path, take))
    assert report.changed == ["assessment.json"]


@pytest.mark.parametrize("name", [verify.MANIFEST, verify.STATEMENT])
def test_the_manifest_or_the_statement_of_another_product_does_not_fit(
    bundle: bytes, check: Callable[..., verify.Report], tmp_path: Path, name: str
) -> None:
    other = made(tmp_path / "other", product="Lock", release="1.0")

    def take(files: dict[str, bytes]) -> None:
        files[name] = (other / name).read_bytes()

    report = check(repacked(bundle, tmp_path, take))
    assert report.exit == 1
    assert report.problems == [
        "statement.intoto.json is not about this manifest.json: one of them was changed"
    ]


def test_a_manifest_that_lists_less_makes_the_file_an_added_one(
    bundle: bytes, check: Callable[..., verify.Report], tmp_path: Path
) -> None:
    def less(files: dict[str, bytes]) -> None:
        data = manifest_of(files)
        data["files"] = [f for f in data["files"] if f["path"] != "matrix.xlsx"]
        resealed(files, data)

    report = check(repacked(bundle, tmp_path, less))
    assert (report.verdict, report.added) == ("altered", ["matrix.xlsx"])


def test_a_manifest_that_lists_more_makes_the_file_a_missing_one(
    bundle: bytes, check: Callable[..., verify.Report], tmp_path: Path
) -> None:
    def more(files: dict[str, bytes]) -> None:
        data = manifest_of(files)
        data["files"].append({"path": "zzz.txt", "sha256": "0" * 64, "size": 0})
        resealed(files, data)

    report = check(repacked(bundle, tmp_path, more))
    assert (report.verdict, report.missing) == ("altered", ["zzz.txt"])


def test_a_verifier_in_it_that_is_another_program_is_told_even_if_everything_was_made_anew(
    bundle: bytes, folder: Path, check: Callable[..., verify.Report], tmp_path: Path
) -> None:
    def replace(files: dict[str, bytes]) -> None:
        files[verify.VERIFIER] = b"print('technical-file.zip: intact')\n"
        data = manifest_of(files)
        for entry in data["files"]:
            if entry["path"] == verify.VERIFIER:
                entry.update(sha256=verify.sha256(files[verify.VERIFIER]), size=len(files[verify.VERIFIER]))
        files[verify.SUMS] = verify.sums(data["files"])
        for entry in data["files"]:
            if entry["path"] == verify.SUMS:
                entry.update(sha256=verify.sha256(files[verify.SUMS]), size=len(files[verify.SUMS]))
        resealed(files, data)

    report = check(repacked(bundle, tmp_path, replace))
    said = "verify.py  the one in it is another than this program; do not take its word instead"
    assert (report.exit, report.other_verifier) == (0, True)
    assert said in report.lines()
    own = verify.verify(folder)
    assert not own.other_verifier
    assert said not in own.lines()


def test_a_bundle_that_was_wrapped_in_another_is_pointed_at(
    folder: Path, bundle: bytes, tmp_path: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as there:
        there.writestr("letter.txt", b"x")
        there.writestr(f"sent/{verify.BUNDLE}", bundle)
    none = "there is no manifest.json in it, so it is no technical file of sphinx-cra"
    report = verify.verify(tmp_path / "outer.zip")
    assert (report.exit, report.problems) == (2, [f"{none}; look into sent/{verify.BUNDLE}"])
    shutil.copytree(
        folder, tmp_path / "outer/sent/file", ignore=lambda _, names: {verify.BUNDLE} & set(names)
    )
    report = verify.verify(tmp_path / "outer")
    assert (report.exit, report.problems) == (2, [f"{none}; look into sent/file"])


def test_what_a_build_that_was_killed_left_is_called_that(tmp_path: Path) -> None:
    made(tmp_path)
    (tmp_path / verify.WORK / "annex-vii").mkdir(parents=True)
    (tmp_path / verify.WORK / "annex-vii/README.txt").write_bytes(b"x")
    report = verify.verify(tmp_path)
    assert (report.exit, report.added) == (1, [])
    assert report.problems == [
        f"a build is writing to it, or was interrupted ({verify.WORK} is there): build it again"
    ]


def test_names_of_many_folders_in_any_script_take_no_time() -> None:
    names = [f"{i}/" + "/".join(["\u1e69" * 7] * 30) for i in range(15_000)]
    begun = time.monotonic()
    assert list(verify.clashes(names)) == []
    assert time.monotonic() - begun < 6


def test_who_makes_everything_anew_is_found_by_the_digest_that_the_maker_stated(
    bundle: bytes, folder: Path, check: Callable[..., verify.Report], tmp_path: Path
) -> None:
    digest = hashlib.sha256((folder / verify.MANIFEST).read_bytes()).hexdigest()

    def forge(files: dict[str, bytes]) -> None:
        files["assessment.json"] = b"{}"
        data = manifest_of(files)
        for f in data["files"]:
            if f["path"] == "assessment.json":
                f.update(sha256=hashlib.sha256(b"{}").hexdigest(), size=2)
        files["SHA256SUMS"] = verify.sums(data["files"])
        for f in data["files"]:
            if f["path"] == "SHA256SUMS":
                f.update(
                    sha256=hashlib.sha256(files["SHA256SUMS"]).hexdigest(), size=len(files["SHA256SUMS"])
                )
        resealed(files, data)

    forged = repacked(bundle, tmp_path, forge)
    assert check(forged).exit == 0, "nothing in it can tell; that is what signatures are for"
    assert any("could change the digests too" in line for line in check(forged).lines())
    report = check(forged, digest=digest)
    assert report.exit == 1
    assert next(iter(report.lines())).endswith(
        "intact, but the digest of its manifest is not the one that was stated"
    )
    assert check(bundle, digest=digest.upper()).exit == 0
    assert check(bundle, digest="abc").exit == 2


def test_sums_that_say_other_than_the_manifest_are_noticed(
    bundle: bytes, check: Callable[..., verify.Report], tmp_path: Path
) -> None:
    def other(files: dict[str, bytes]) -> None:
        files["SHA256SUMS"] = files["SHA256SUMS"].replace(b"assessment", b"assassment")
        data = manifest_of(files)
        for f in data["files"]:
            if f["path"] == "SHA256SUMS":
                f["sha256"] = hashlib.sha256(files["SHA256SUMS"]).hexdigest()
        resealed(files, data)

    assert check(repacked(bundle, tmp_path, other)).problems == ["SHA256SUMS says other than manifest.json"]


@pytest.mark.parametrize(
    "name", [verify.MANIFEST, verify.STATEMENT, "SHA256SUMS", "verify.py", "matrix.xlsx"]
)
def test_a_file_that_was_taken_out_is_missing(
    bundle: bytes, check: Callable[..., verify.Report], tmp_path: Path, name: str
) -> None:
    report = check(repacked(bundle, tmp_path, lambda files: [files.pop(name)]))  # type: ignore[arg-type]
    assert report.exit == 1
    assert any(name in line for line in [*report.missing, *report.problems])


# ------------------------------------------------------------------------------ hostile containers


def in_any_zip(folder: Path, raw: Mapping[str, bytes] | None = None, **how: Any) -> zipfile.ZipFile:
    """A container that another program writes, with all files of the bundle in it."""
    there = zipfile.ZipFile(folder, "w", **how)
    for name, content in (raw or {}).items():
        there.writestr(name, content)
    return there


@pytest.fixture
def contents(bundle: bytes, tmp_path: Path) -> dict[str, bytes]:
    (tmp_path / "source.zip").write_bytes(bundle)
    with zipfile.ZipFile(tmp_path / "source.zip") as there:
        return {n: there.read(n) for n in there.namelist()}


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../evil", "it leaves the folder"),
        ("a/../../evil", "it leaves the folder"),
        ("/etc/evil", "it is absolute"),
        ("..\\evil", "a backslash is in it"),
        ("\\\\host\\share\\evil", "a backslash is in it"),
        ("C:evil", "the character : is in it, which not every system can hold"),
        ("C:/evil", "the character : is in it, which not every system can hold"),
        ("./evil", "a part of it is empty or a dot"),
        ("a//evil", "a part of it is empty or a dot"),
        ("evil.", "Windows cannot hold it"),
        ("nul", "Windows cannot hold it"),
        ("a\x1b[2Jb", "a control character, or a byte that is not UTF-8, is in it"),
        ("x" * 2000, "it is longer than 1024 bytes"),
    ],
)
def test_an_entry_with_a_dangerous_name_is_refused(
    contents: dict[str, bytes], tmp_path: Path, name: str, why: str
) -> None:
    path = tmp_path / "hostile.zip"
    path.write_bytes(container({**contents, name: b"x"}))
    report = verify.verify(path)
    assert report.exit == 1
    assert verify.shown(f"entry {name!r} is refused: {why}") in report.problems
    assert report.added == [verify.shown(name)]
    assert all(line.isprintable() for line in report.lines())
    with in_any_zip(path, contents) as there:
        there.writestr(name, b"x")
    report = verify.verify(path)
    assert report.exit == 1
    assert report.problems[0] == verify.shown(f"entry {name!r} is refused: {why}")
    assert report.problems[1].startswith("another program packed it again")
    assert len(report.problems) == 3  # and not one for each file that is only packed otherwise


def test_a_name_with_a_nul_is_not_taken_for_the_name_before_it(
    contents: dict[str, bytes], tmp_path: Path
) -> None:
    path = tmp_path / "hostile.zip"
    files = {("matrix.xlsx\0.exe" if n == "matrix.xlsx" else n): c for n, c in contents.items()}
    path.write_bytes(container(files))
    report = verify.verify(path)
    assert report.exit == 1
    assert report.missing == ["matrix.xlsx"]


@pytest.mark.parametrize("kind", [0o120777, 0o010644, 0o020644, 0o040755])
def test_an_entry_that_is_no_plain_file_is_refused(
    contents: dict[str, bytes], tmp_path: Path, kind: int
) -> None:
    path = tmp_path / "hostile.zip"
    with in_any_zip(path, contents) as there:
        info = zipfile.ZipInfo("link")
        info.external_attr = kind << 16
        there.writestr(info, "/etc/passwd")
    report = verify.verify(path)
    assert report.exit == 1
    why = "it is a link" if kind == 0o120777 else "it is no plain file"
    assert f"entry 'link' is refused: {why}" in report.problems


def test_an_entry_for_a_folder_is_no_part_of_a_bundle(contents: dict[str, bytes], tmp_path: Path) -> None:
    path = tmp_path / "hostile.zip"
    with in_any_zip(path, contents) as there:
        there.writestr("annex-vii/", b"")
    assert "entry 'annex-vii/' is refused: it is an entry for a folder" in verify.verify(path).problems


def test_a_name_that_is_there_twice_is_refused(contents: dict[str, bytes], tmp_path: Path) -> None:
    path = tmp_path / "hostile.zip"
    with pytest.warns(UserWarning, match="Duplicate name"), in_any_zip(path, contents) as there:
        there.writestr("assessment.json", b"other")
    report = verify.verify(path)
    assert report.exit == 1
    assert "entry 'assessment.json' is refused: it is there twice" in report.problems


@pytest.mark.parametrize(
    "name", ["ASSESSMENT.json", "annex-vii/6-test-reports/reports/gro\u0308\u00dfe 測試.txt"]
)
def test_a_name_that_some_systems_take_for_another_is_noticed(
    contents: dict[str, bytes], tmp_path: Path, name: str
) -> None:
    path = tmp_path / "hostile.zip"
    path.write_bytes(container({**contents, name: b"x"}))
    report = verify.verify(path)
    assert (report.exit, report.added) == (1, [verify.shown(name)])

    def lists(files: dict[str, bytes]) -> None:
        data = manifest_of(files)
        entry = {"path": name, "sha256": hashlib.sha256(b"x").hexdigest(), "size": 1}
        data["files"] = sorted([*data["files"], entry], key=lambda f: str(f["path"]))
        files[name] = b"x"
        resealed(files, data)

    lists(contents)
    path.write_bytes(container(contents))
    (problem,) = verify.verify(path).problems
    assert problem.startswith("manifest.json is damaged: the names ")
    assert problem.endswith(" are one to some systems")


@pytest.mark.parametrize(
    "entry",
    [
        {"path": "../x", "sha256": "0" * 64, "size": 1},
        {"path": "a\\b", "sha256": "0" * 64, "size": 1},
        {"path": "manifest.json", "sha256": "0" * 64, "size": 1},
        {"path": "technical-file.zip", "sha256": "0" * 64, "size": 1},
        {"path": "x", "sha256": "0" * 63, "size": 1},
        {"path": "x", "sha256": "0" * 64, "size": -1},
        {"path": "x", "sha256": "0" * 64, "size": True},
        {"path": "x", "sha256": "0" * 64},
        {"path": 7, "sha256": "0" * 64, "size": 1},
        "x",
    ],
)
def test_a_manifest_with_an_entry_that_cannot_be_is_damaged(
    contents: dict[str, bytes], tmp_path: Path, entry: Any
) -> None:
    data = manifest_of(contents)
    data["files"] = [*data["files"], entry]
    contents[verify.MANIFEST] = verify.canonical(data)
    contents[verify.STATEMENT] = verify.statement(
        manifest_of(contents), verify.sha256(contents[verify.MANIFEST])
    )
    path = tmp_path / "hostile.zip"
    path.write_bytes(container(contents))
    report = verify.verify(path)
    assert report.exit == 1
    assert report.problems[0].startswith("manifest.json is damaged: ")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"size":' + b"9" * 5_000_000 + b"}",
        b'{"bundle":false,"format":"sphinx-cra manifest","format_version":"1.0","revision":0}',
        b'{"size":' + b"9" * 10_000 + b"}",
        b'{"format":"sphinx-cra manifest","format_version":"1.0","a":1.5}',
        b'{"format":"sphinx-cra manifest","format_version":"1.0","a":NaN}',
        b'{"format":"sphinx-cra manifest","format":"sphinx-cra manifest","format_version":"1.0"}',
        b'{"format":"sphinx-cra manifest","format_version":"1.0"}',
        b'{"format":"sphinx-cra manifest","format_version":"9.0"}',
        b'{"format":"\\ud800"}',
    ],
)
def test_a_manifest_that_is_something_else_is_one_sentence(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / verify.MANIFEST).write_bytes(raw)
    report = verify.verify(tmp_path)
    assert report.exit in (1, 2)
    assert len(report.problems) == 1
    assert "manifest.json" in report.problems[0]


def test_a_manifest_that_is_laid_out_for_people_was_changed(tmp_path: Path) -> None:
    made(tmp_path)
    path = tmp_path / verify.MANIFEST
    path.write_text(json.dumps(json.loads(path.read_bytes()), indent=2), "utf-8")
    (tmp_path / verify.STATEMENT).unlink()
    assert verify.verify(tmp_path).problems == [
        "manifest.json is not in its canonical form, so it was changed"
    ]


def test_a_bomb_is_not_unpacked(contents: dict[str, bytes], tmp_path: Path) -> None:
    path = tmp_path / "hostile.zip"
    data = manifest_of(contents)
    zeros = bytes(300 * 2**20)
    data["files"].append({"path": "zzz", "sha256": hashlib.sha256(zeros).hexdigest(), "size": len(zeros)})
    resealed(contents, data)
    with in_any_zip(path, contents, compression=zipfile.ZIP_DEFLATED) as there:
        there.writestr("zzz", zeros)
    del zeros
    code, said = alone(path, memory=2**28, seconds=5)
    assert code == 1
    assert "another program packed it again" in said


def test_a_size_that_is_not_the_real_one_is_noticed(contents: dict[str, bytes], tmp_path: Path) -> None:
    path = tmp_path / "hostile.zip"
    with in_any_zip(path, contents, compression=zipfile.ZIP_DEFLATED):
        pass
    raw = bytearray(path.read_bytes())
    at = raw.rindex(b"technical-file.pdf") - 46
    size = struct.unpack_from("<L", raw, at + 24)[0]
    for claimed in (0, 1, size - 1, size + 1, 2**31):
        struct.pack_into("<L", raw, at + 24, claimed)
        path.write_bytes(raw)
        assert verify.verify(path).exit == 1, claimed


def test_entries_that_overlap_are_noticed(contents: dict[str, bytes], tmp_path: Path) -> None:
    raw = bytearray(container(contents))
    directory = raw.index(b"PK\1\2")
    first, second = directory, raw.index(b"PK\1\2", directory + 4)
    raw[second + 42 : second + 46] = raw[first + 42 : first + 46]
    path = tmp_path / "hostile.zip"
    path.write_bytes(raw)
    assert verify.verify(path).exit == 1


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_to_pack_are_not_opened(contents: dict[str, bytes], tmp_path: Path, method: int) -> None:
    path = tmp_path / "hostile.zip"
    with in_any_zip(path, contents) as there:
        there.writestr("zzz", b"x", compress_type=method)
    assert verify.verify(path).problems[0].startswith("another program packed it again")
    packed = container(contents)
    for signature, at in ((b"PK\3\4", 8), (b"PK\1\2", 10)):
        where = packed.index(signature) + at
        packed = packed[:where] + bytes([method]) + packed[where + 1 :]
    path.write_bytes(packed)
    assert verify.verify(path).problems == [
        f"entry 'README.txt' is refused: it is packed with method {method}, and a bundle packs nothing"
    ]


def test_an_encrypted_entry_is_not_opened(contents: dict[str, bytes], tmp_path: Path) -> None:
    raw = bytearray(container(contents))
    for signature, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        raw[raw.index(signature) + at] |= 1
    path = tmp_path / "hostile.zip"
    path.write_bytes(raw)
    report = verify.verify(path)
    assert report.exit == 1
    assert report.problems == ["entry 'README.txt' is refused: it is encrypted"]


def test_files_packed_by_another_program_are_unchanged_and_the_container_is_not(
    contents: dict[str, bytes], tmp_path: Path
) -> None:
    path = tmp_path / "hostile.zip"
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        with in_any_zip(path, contents, compression=method):
            pass
        report = verify.verify(path)
        assert (report.verdict, report.exit) == ("altered", 1)
        assert (report.changed, report.missing, report.added) == ([], [], [])
        size = sum(map(len, contents.values()))
        said = f"{len(contents)} files, {size} bytes, it says"
        assert report.problems == [
            f"another program packed it again; unpack it ({said}), and check the folder",
            "manifest.json was not read, so nothing else was",
        ]


def test_many_entries_of_another_program_make_one_line_also_beside_one_as_we_write_it(
    contents: dict[str, bytes], tmp_path: Path
) -> None:
    path = tmp_path / "hostile.zip"
    raw = bytearray(container({**contents, "zzz.exe": b"x"}))
    directory = raw.index(b"PK\1\2")
    for _ in contents:
        raw[directory + 5] = 0  # made on another system
        directory = raw.index(b"PK\1\2", directory + 4)
    path.write_bytes(raw)
    report = verify.verify(path)
    assert len(contents) > 10
    assert (report.exit, len(report.problems)) == (1, 2)
    assert report.problems[0].startswith("another program packed it again")


def test_entries_with_data_descriptors_are_not_as_we_write_them(
    contents: dict[str, bytes], tmp_path: Path
) -> None:
    class Pipe:
        def __init__(self, file: Any) -> None:
            self.write, self.flush = file.write, file.flush

    path = tmp_path / "hostile.zip"
    with path.open("wb") as file, zipfile.ZipFile(Pipe(file), "w") as there:  # type: ignore[call-overload]
        for name in sorted(contents):
            there.writestr(name, contents[name])
    assert verify.verify(path).exit == 1


def test_zip64_is_refused(contents: dict[str, bytes], tmp_path: Path) -> None:
    path = tmp_path / "hostile.zip"
    there = zipfile.ZipFile(path, "w")
    for name in sorted(contents):
        with there.open(name, "w", force_zip64=True) as file:
            file.write(contents[name])
    there.close()
    assert verify.verify(path).exit == 1
    raw = container(contents)
    end = len(raw) - 22
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, 1, 1)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, end, 1)
    for tail in (
        record + locator + raw[end:],
        record + locator + raw[end : end + 8] + b"\xff" * 12 + b"\0\0",
        raw[end : end + 8] + b"\xff" * 12 + b"\0\0",
    ):
        path.write_bytes(raw[:end] + tail)
        report = verify.verify(path)
        assert report.exit == 1
        assert report.problems == ["it is a zip of the kind zip64, which no bundle is"]


@pytest.mark.parametrize("extra", [b"x", b"\0" * 100, b"PK\5\6" + bytes(18)])
def test_data_before_or_behind_is_noticed(
    bundle: bytes, check: Callable[..., verify.Report], extra: bytes
) -> None:
    assert check(bundle + extra).exit == 1
    assert check(extra + bundle).exit == 1


def test_a_program_before_the_zip_is_noticed_even_if_the_offsets_are_mended(
    contents: dict[str, bytes], tmp_path: Path
) -> None:
    path = tmp_path / "hostile.zip"
    path.write_bytes(b"MZ a program")
    with zipfile.ZipFile(path, "a") as there:
        for name in sorted(contents):
            there.writestr(name, contents[name])
    assert verify.verify(path).exit == 1


def test_a_comment_is_noticed(bundle: bytes, check: Callable[..., verify.Report], tmp_path: Path) -> None:
    path = tmp_path / "c.zip"
    path.write_bytes(bundle)
    with zipfile.ZipFile(path, "a") as there:
        there.comment = b"hello"
    report = verify.verify(path)
    assert report.exit == 1
    assert report.problems == ["something follows the end of the container: a comment, or more data"]
    raw = bytearray(bundle)
    at = raw.index(b"PK\1\2")
    struct.pack_into("<H", raw, at + 32, 1)
    assert check(bytes(raw)).exit == 1


def test_a_zip_inside_is_a_file_like_any_other(tmp_path: Path) -> None:
    inner = made(tmp_path / "inner")
    files = {**FILES, "annex-vii/6-test-reports/bundle of a part.zip": (inner / verify.BUNDLE).read_bytes()}
    outer = made(tmp_path / "outer", files)
    assert verify.verify(outer / verify.BUNDLE).exit == 0


@pytest.mark.parametrize("seed", range(30))
def test_noise_is_never_intact_and_never_a_traceback(
    bundle: bytes, check: Callable[..., verify.Report], seed: int
) -> None:
    draw = random.Random(seed)
    raw = bytearray(bundle)
    for _ in range(draw.randrange(1, 40)):
        at = draw.choice((draw.randrange(len(raw)), raw.index(b"PK\1\2") + draw.randrange(1500)))
        raw[at % len(raw)] = draw.randrange(256)
    if bytes(raw) != bundle:
        assert check(bytes(raw)).verdict != "intact"
    cut = draw.randrange(len(bundle))
    assert check(bundle[:cut] + bundle[cut + 1 + draw.randrange(50) :]).verdict != "intact"
    assert check(draw.randbytes(2000)).exit == 2


# ------------------------------------------------------------------------------------------ folders


def test_what_lies_beside_is_told_and_what_was_added_is_altered(tmp_path: Path) -> None:
    made(tmp_path)
    (tmp_path / "statement.intoto.json.sig").write_bytes(b"x")
    (tmp_path / ".doctrees").mkdir()
    report = verify.verify(tmp_path)
    assert report.exit == 0
    assert report.beside == [".doctrees", "statement.intoto.json.sig"]
    (tmp_path / "annex-vii/note.txt").write_bytes(b"x")
    report = verify.verify(tmp_path)
    assert (report.exit, report.added) == (1, ["annex-vii/note.txt"])


def test_the_bundle_in_a_folder_is_checked_with_it(tmp_path: Path) -> None:
    folder = made(tmp_path / "file")
    bundle = folder / verify.BUNDLE
    raw = bytearray(bundle.read_bytes())
    raw[5000] ^= 1
    bundle.write_bytes(raw)
    report = verify.verify(folder)
    assert report.exit == 1
    (problem,) = report.problems
    assert problem.startswith("technical-file.zip is altered: ")
    bundle.write_bytes((made(tmp_path / "other", product="Lock") / verify.BUNDLE).read_bytes())
    assert verify.verify(folder).problems == [
        "technical-file.zip is another technical file than the folder that it lies in"
    ]
    bundle.unlink()
    assert verify.verify(folder).exit == 0
    bundle.mkdir()
    (bundle / "x").write_bytes(b"x")
    assert verify.verify(folder).added == ["technical-file.zip/x"]


def test_a_folder_is_no_signature_and_an_empty_one_is_added(tmp_path: Path) -> None:
    made(tmp_path)
    (tmp_path / "statement.intoto.json.d").mkdir()
    (tmp_path / "statement.intoto.json.d/more.pdf").write_bytes(b"x")
    (tmp_path / "annex-vii/9-more").mkdir()
    report = verify.verify(tmp_path)
    assert (report.exit, report.added) == (1, ["annex-vii/9-more/", "statement.intoto.json.d/more.pdf"])


@pytest.mark.skipif(sys.platform == "win32", reason="needs links")
def test_a_link_is_not_followed_wherever_it_leads(tmp_path: Path) -> None:
    made(tmp_path / "file")
    target = tmp_path / "file/assessment.json"
    target.rename(tmp_path / "elsewhere")
    target.symlink_to(tmp_path / "elsewhere")
    (tmp_path / "file/round").symlink_to(tmp_path / "file")
    os.mkfifo(tmp_path / "file/pipe")
    report = verify.verify(tmp_path / "file")
    assert report.exit == 1
    assert report.missing == ["assessment.json"]
    assert report.problems == [
        "assessment.json is a link, and no file of a technical file is one",
        "pipe is no file",
        "round is a link, and no file of a technical file is one",
    ]


def test_a_folder_that_is_none_of_ours_cannot_be_checked(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"x")
    report = verify.verify(tmp_path)
    assert (report.verdict, report.exit) == ("not checked", 2)
    (tmp_path / "no.zip").write_bytes(b"no zip")
    assert verify.verify(tmp_path / "no.zip").exit == 2
    assert verify.verify(tmp_path / "nothing").exit == 2
    assert verify.verify("").exit == 2
    (tmp_path / "link").symlink_to("x")
    assert verify.verify(tmp_path).exit == 2
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as there:
        there.writestr("a.txt", "x")
    assert verify.verify(tmp_path / "other.zip").exit == 2


# --------------------------------------------------------------------------------------- artefacts


def test_a_file_that_is_the_released_one_is_said_to_be(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "fw.bin").write_bytes(FIRMWARE)
    (tmp_path / "other.bin").write_bytes(FIRMWARE + b"\0")
    good = verify.verify(folder, artefacts=[str(tmp_path / "fw.bin")])
    assert good.exit == 0
    assert any(line.endswith(f"(is {tmp_path / 'fw.bin'})") for line in good.lines())
    bad = verify.verify(folder, artefacts=[str(tmp_path / "fw.bin"), str(tmp_path / "other.bin")])
    assert bad.exit == 1
    assert bad.refused == [f"{tmp_path / 'other.bin'} is none of the artefacts that it is bound to"]
    gone = verify.verify(folder, artefacts=[str(tmp_path / "gone.bin")])
    assert gone.exit == 2


PRODUCT = """\
product:
  name: Gateway
  release: "2.4.0"
  versions:
    - {version: "2.4.0", part: firmware, sha256: "%s"}
    - {version: "2.4.0", part: hardware}
    - {version: "2.3.0", part: firmware, sha256: "%s"}
manufacturer: {name: Works}
sbom:
  requests:
    - {authority: BNetzA, date: 2027-01-01, reason: "", version: "2.4.0"}
    - {authority: Old, date: 2027-01-01, reason: because, version: "2.3.0"}
%s
"""


def stating(more: str = "") -> Product:
    return product.parse(PRODUCT % ("a" * 64, "b" * 64, more))


def test_the_released_files_are_those_of_the_release_and_those_that_evidence_was_made_from() -> None:
    made_of = assessed(
        evidence("EV_1", artefact_sha256="a" * 64),
        evidence("EV_2", artefact_sha256="sha256:" + "C" * 64),
        evidence("EV_3", artefact_sha256="c" * 64),
        evidence("EV_4", artefact_sha256="d" * 64),
        evidence("EV_5", artefact_sha256="nonsense"),
        product=stating(),
        EV_1="valid",
        EV_2="valid",
        EV_3="valid",
        EV_4="foreign",
        EV_5="valid",
    )
    assert subjects.artefacts(made_of) == (
        {"name": "Gateway 2.4.0 (firmware)", "sha256": "a" * 64},
        {"name": "file that EV_2, EV_3 was made from", "sha256": "c" * 64},
    )


def test_the_sbom_is_handed_over_only_on_a_request_with_a_reason_for_this_release() -> None:
    assert subjects.request(None) is None
    assert subjects.request(stating()) is None
    more = "    - {authority: MSA, date: 2027-03-01, reason: check of Annex I}"
    found = subjects.request(stating(more))
    assert found is not None
    assert found.authority == "MSA"


# -------------------------------------------------------------------------------------- signatures


def needs(*programs: str) -> None:
    """Skip where one of them is not there."""
    for program in programs:
        if not shutil.which(program):
            pytest.skip(f"{program} is not installed")


def openssl(*words: object, cwd: Path) -> None:
    needs("openssl")
    subprocess.run(["openssl", *map(str, words)], cwd=cwd, check=True, capture_output=True)


KEYS = {
    "ed25519": (["genpkey", "-algorithm", "ed25519"], ["pkeyutl", "-sign", "-rawin", "-inkey"]),
    "p256": (["ecparam", "-name", "prime256v1", "-genkey", "-noout"], ["dgst", "-sha256", "-sign"]),
    "rsa": (["genrsa"], ["dgst", "-sha256", "-sign"]),
}


def signed(where: Path, kind: str, file: Path) -> tuple[str, str]:
    """A signature of a file, and the public key."""
    make, sign = KEYS[kind]
    openssl(*make, "-out", "key.pem", cwd=where)
    openssl("pkey", "-in", "key.pem", "-pubout", "-out", "pub.pem", cwd=where)
    into = ["-in", file] if kind == "ed25519" else [file]
    openssl(*sign, "key.pem", "-out", "file.sig", *into, cwd=where)
    return str(where / "file.sig"), str(where / "pub.pem")


@pytest.mark.parametrize("kind", KEYS)
def test_a_signature_of_openssl_holds_and_one_over_something_else_does_not(
    folder: Path, tmp_path: Path, kind: str
) -> None:
    signature, key = signed(tmp_path, kind, folder / verify.STATEMENT)
    report = verify.verify(folder / verify.BUNDLE, signature=signature, key=key)
    assert (report.exit, report.signature.outcome) == (0, "valid")
    other, key = signed(tmp_path, kind, folder / verify.MANIFEST)
    report = verify.verify(folder / verify.BUNDLE, signature=other, key=key)
    assert (report.exit, report.signature.outcome) == (1, "invalid")
    assert next(iter(report.lines())).endswith("intact, but the signature does not hold")


def test_a_signature_in_base64_is_read_as_cosign_writes_it(folder: Path, tmp_path: Path) -> None:
    signature, key = signed(tmp_path, "p256", folder / verify.STATEMENT)
    openssl("base64", "-A", "-in", signature, "-out", "b64", cwd=tmp_path)
    assert verify.verify(folder, signature=str(tmp_path / "b64"), key=key).signature.outcome == "valid"


def test_a_signature_of_another_product_or_by_another_key_does_not_hold(folder: Path, tmp_path: Path) -> None:
    other = made(tmp_path / "other", product="Lock")
    signature, key = signed(tmp_path, "ed25519", other / verify.STATEMENT)
    assert verify.verify(folder, signature=signature, key=key).exit == 1
    assert verify.verify(other, signature=signature, key=key).exit == 0
    (tmp_path / "second").mkdir()
    _, second = signed(tmp_path / "second", "ed25519", other / verify.STATEMENT)
    assert verify.verify(other, signature=signature, key=second).exit == 1


def envelope(statement: bytes, tmp_path: Path, kind: str = verify.PAYLOAD_TYPE) -> tuple[str, str]:
    pae = tmp_path / "pae"
    pae.write_bytes(b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(statement), statement))
    signature, key = signed(tmp_path, "p256", pae)
    sig = base64.b64encode(Path(signature).read_bytes()).decode()
    payload = base64.b64encode(statement).decode()
    path = tmp_path / "statement.dsse.json"
    path.write_text(
        json.dumps({"payload": payload, "payloadType": kind, "signatures": [{"sig": sig}]}), "utf-8"
    )
    return str(path), key


def test_an_envelope_may_be_in_the_alphabet_for_addresses(folder: Path, tmp_path: Path) -> None:
    given, key = envelope((folder / verify.STATEMENT).read_bytes(), tmp_path)
    held = json.loads(Path(given).read_bytes())
    for holder, name in ((held, "payload"), (held["signatures"][0], "sig")):
        holder[name] = holder[name].replace("+", "-").replace("/", "_")
    Path(given).write_text(json.dumps(held), "utf-8")
    assert verify.verify(folder, signature=given, key=key).signature.outcome == "valid"


def test_an_envelope_holds_only_around_this_statement(folder: Path, tmp_path: Path) -> None:
    statement = (folder / verify.STATEMENT).read_bytes()
    given, key = envelope(statement, tmp_path)
    assert verify.verify(folder, signature=given, key=key).signature.outcome == "valid"
    for what, kind in (
        (statement + b"\n", verify.PAYLOAD_TYPE),
        (b"{}", verify.PAYLOAD_TYPE),
        (statement, "text/plain"),
    ):
        given, key = envelope(what, tmp_path, kind)
        report = verify.verify(folder, signature=given, key=key)
        assert (report.exit, report.signature.outcome) == (1, "invalid")
        assert "about something else" in report.signature.said


@pytest.mark.parametrize(
    "text", ['{"payload": 7}', '{"payload": "!!", "signatures": []}', '{"payload":"e30=","signatures":7}']
)
def test_an_envelope_that_is_broken_does_not_hold(folder: Path, tmp_path: Path, text: str) -> None:
    _, key = envelope(b"{}", tmp_path)
    (tmp_path / "e.json").write_text(text, "utf-8")
    assert verify.verify(folder, signature=str(tmp_path / "e.json"), key=key).exit == 1


def test_the_subject_of_a_certificate_is_named_and_said_to_be_unchecked(folder: Path, tmp_path: Path) -> None:
    signature, _ = signed(tmp_path, "p256", folder / verify.STATEMENT)
    openssl(
        "req", "-x509", "-key", "key.pem", "-subj", "/O=Works/CN=Release", "-out", "cert.pem", cwd=tmp_path
    )
    report = verify.verify(folder, signature=signature, key=str(tmp_path / "cert.pem"))
    assert report.exit == 0
    said = report.signature.said
    assert "of a certificate for CN=Release,O=Works, issued by CN=Release,O=Works, valid from 20" in said
    assert said.endswith("that was not checked itself; whose key that is, you have to know from elsewhere")


@pytest.mark.parametrize(
    "content", [b"", b"no key", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"]
)
def test_a_key_that_is_none_leaves_the_signature_unchecked(
    folder: Path, tmp_path: Path, content: bytes
) -> None:
    signature, _ = signed(tmp_path, "p256", folder / verify.STATEMENT)
    (tmp_path / "bad.pem").write_bytes(content)
    report = verify.verify(folder, signature=signature, key=str(tmp_path / "bad.pem"))
    assert (report.verdict, report.signature.outcome, report.exit) == ("intact", "not checked", 2)


def test_a_private_key_is_not_taken_for_a_public_one(folder: Path, tmp_path: Path) -> None:
    signature, _ = signed(tmp_path, "p256", folder / verify.STATEMENT)
    assert verify.verify(folder, signature=signature, key=str(tmp_path / "key.pem")).exit == 2


def test_a_bundle_of_sigstore_holds_by_its_key_around_this_statement_only(
    folder: Path, tmp_path: Path
) -> None:
    statement = folder / verify.STATEMENT
    signature, key = signed(tmp_path, "p256", statement)
    sig = base64.b64encode(Path(signature).read_bytes()).decode()
    path = tmp_path / "sig.json"
    kind = {"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", "verificationMaterial": {}}
    path.write_text(json.dumps({**kind, "messageSignature": {"signature": sig}}), "utf-8")
    assert verify.verify(folder, signature=str(path), key=key).exit == 0
    other = made(tmp_path / "other", product="Lock")
    assert verify.verify(other, signature=str(path), key=key).exit == 1
    enveloped, key = envelope(statement.read_bytes(), tmp_path)
    inner = json.loads(Path(enveloped).read_bytes())
    path.write_text(json.dumps({**kind, "dsseEnvelope": inner}), "utf-8")
    assert verify.verify(folder, signature=str(path), key=key).exit == 0
    assert verify.verify(other, signature=str(path), key=key).exit == 1


def test_what_cannot_be_checked_here_comes_with_the_command_for_it(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "mini").write_bytes(b"untrusted comment: signature\nRUQ...\n")
    (tmp_path / "gpg.asc").write_bytes(b"-----BEGIN PGP SIGNATURE-----\n")
    sigstore = b'{"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", "verificationMaterial": {}}'
    (tmp_path / "sig store.json").write_bytes(sigstore)
    zipped = folder / verify.BUNDLE
    for name, wanted in (
        ("mini", f"minisign -V -m statement.intoto.json -x {tmp_path}/mini -p KEY"),
        ("gpg.asc", f"gpg --verify {tmp_path}/gpg.asc statement.intoto.json"),
        ("sig store.json", f"cosign verify-blob --bundle '{tmp_path}/sig store.json' --certificate-identity"),
    ):
        report = verify.verify(zipped, signature=str(tmp_path / name))
        assert (report.exit, report.signature.outcome) == (2, "not checked")
        assert report.signature.commands[0].startswith("unzip -p ")
        assert report.signature.commands[1].startswith(wanted)
    assert verify.verify(zipped, signature=str(tmp_path / "gone")).exit == 2


def test_a_signature_with_certificates_comes_with_the_command_that_checks_it(
    folder: Path, tmp_path: Path
) -> None:
    needs("openssl", "sha256sum", "unzip")
    signed(tmp_path, "p256", folder / verify.STATEMENT)
    openssl("req", "-x509", "-key", "key.pem", "-subj", "/CN=Works", "-out", "CA.pem", cwd=tmp_path)
    into = ["-in", folder / verify.STATEMENT, "-out", "s.p7s", "-outform", "DER"]
    openssl("cms", "-sign", "-binary", *into, "-signer", "CA.pem", "-inkey", "key.pem", cwd=tmp_path)
    report = verify.verify(folder / verify.BUNDLE, signature=str(tmp_path / "s.p7s"))
    assert report.exit == 2
    for command in report.signature.commands:
        subprocess.run(command, shell=True, check=True, cwd=tmp_path, capture_output=True)


SIGNERS = {
    "minisign": "minisign -G -W -p KEY -s secret && minisign -S -s secret -m FILE -x OUT </dev/null",
    "gpg": """mkdir -m 700 gpg && touch KEY &&
        gpg -q --batch --passphrase '' --quick-gen-key W ed25519 sign never &&
        gpg -q --batch --detach-sign -o OUT FILE""",
    "ssh-keygen": """ssh-keygen -q -t ed25519 -N '' -f secret && touch KEY &&
        ssh-keygen -q -Y sign -f secret -n file < FILE > OUT &&
        echo "NAME $(cat secret.pub)" > ALLOWED_SIGNERS""",
    "openssl": """openssl req -x509 -newkey rsa:2048 -nodes -keyout secret -subj /CN=W -out CA.pem &&
        touch KEY &&
        openssl cms -sign -binary -in FILE -signer CA.pem -inkey secret -outform PEM -out OUT""",
}
"""How others sign."""


@pytest.mark.parametrize("signer", SIGNERS)
def test_what_other_signers_sign_is_checked_by_the_commands_that_are_printed(
    folder: Path, tmp_path: Path, signer: str
) -> None:
    needs(signer, "unzip")
    home = {**os.environ, "GNUPGHOME": str(tmp_path / "gpg")}

    def run(command: str) -> int:
        return subprocess.run(command, shell=True, cwd=tmp_path, env=home, capture_output=True).returncode

    sign = (
        SIGNERS[signer]
        .replace("FILE", str(folder / verify.STATEMENT))
        .replace("OUT", "given")
        .replace("KEY", "pub")
    )
    assert run(sign) == 0
    bundle = folder / verify.BUNDLE
    report = verify.verify(bundle, signature=str(tmp_path / "given"), key=str(tmp_path / "pub"))
    assert (report.exit, report.signature.outcome) == (2, "not checked")
    commands = report.signature.commands
    assert [run(c) for c in commands] == [0, 0], commands
    (tmp_path / verify.STATEMENT).write_bytes(b"{}")
    assert run(commands[1]) != 0


@pytest.mark.skipif(sys.platform == "win32", reason="needs pipes")
def test_a_pipe_is_not_waited_for(folder: Path, tmp_path: Path) -> None:
    pipe = str(tmp_path / "pipe")
    os.mkfifo(pipe)
    assert verify.verify(pipe).problems == ["it cannot be read: it is no plain file"]
    assert verify.verify(folder, artefacts=[pipe]).exit == 2
    assert verify.verify(folder, signature=pipe, key=pipe).exit == 2
    assert verify.verify(folder, artefacts=["/dev/zero"]).exit == 2


@pytest.mark.parametrize("kind", KEYS)
def test_without_cryptography_the_printed_commands_check_the_signature(
    folder: Path, tmp_path: Path, kind: str
) -> None:
    needs("openssl", "sha256sum", "unzip")
    signature, key = signed(tmp_path, kind, folder / verify.STATEMENT)
    words = [sys.executable, "-I", "-S", str(folder / "verify.py"), str(folder / verify.BUNDLE)]
    words += ["--signature", signature, "--key", key, "--format", "json"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    report = json.loads(done.stdout)
    assert (report["verdict"], report["signature"]["outcome"]) == ("intact", "not checked")
    assert "cryptography is not installed" in report["signature"]["said"]
    for command in report["signature"]["commands"]:
        subprocess.run(command, shell=True, check=True, cwd=tmp_path, capture_output=True)


# -------------------------------------------------------------------------------------- the programs


def test_the_verifier_runs_alone_with_the_standard_library(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "check.py"
    copy.write_bytes(archive.verifier())
    words = [sys.executable, "-I", "-S", str(copy), str(folder / verify.BUNDLE)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env={"LC_ALL": "C"})
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == f"{folder / verify.BUNDLE}: intact"
    names = {n.name.partition(".")[0] for n in imports(archive.verifier())}
    assert names <= set(sys.stdlib_module_names)


def test_parts_of_python_are_not_taken_from_the_folder_that_somebody_sent(tmp_path: Path) -> None:
    made(tmp_path)
    for name in ("json", "struct", "argparse", "hashlib", "unicodedata", "cryptography"):
        (tmp_path / f"{name}.py").write_text("print('hijacked'); raise SystemExit(0)\n", "utf-8")
    (tmp_path / "k").write_bytes(b"x" * 64)
    for options in ([], ["-I"], ["-S"]):
        words = [sys.executable, *options, "verify.py", ".", "--signature", "k", "--key", "k"]
        done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=tmp_path)
        assert (done.returncode, done.stderr) == (1, ""), done.stderr
        assert "added     json.py" in done.stdout
        assert "hijacked" not in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell")
def test_who_reads_no_further_gets_no_traceback(folder: Path) -> None:
    command = f"'{sys.executable}' -I '{folder / 'verify.py'}' '{folder}' | head -c 1; sleep 0.1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_a_key_alone_is_no_question(folder: Path) -> None:
    words = [sys.executable, "-I", str(folder / "verify.py"), str(folder), "--key", "k"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("--key needs --signature: a key alone checks nothing\n")


def imports(source: bytes) -> list[ast.alias]:
    # 3.8 is what it has to be read by
    tree = ast.parse(source, feature_version=(3, 8))
    found = [a for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names]
    return found + [
        ast.alias(node.module or "") for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
    ]


def test_a_verifier_in_a_terminal_that_has_no_unicode_does_not_break(tmp_path: Path) -> None:
    made(tmp_path, product="Geräte 測試")
    words = [sys.executable, "-I", str(tmp_path / "verify.py"), str(tmp_path)]
    done = subprocess.run(words, capture_output=True, check=False, env={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0, done.stderr


def cli(*words: object) -> Any:
    return CliRunner().invoke(app, ["verify", *map(str, words)])


def test_the_command_says_what_the_verifier_says(folder: Path, tmp_path: Path) -> None:
    bundle = folder / verify.BUNDLE
    assert cli(bundle).output.splitlines() == list(verify.verify(bundle).lines())
    data = json.loads(cli(bundle, "--format", "json").output)
    assert data == verify.verify(bundle).data()
    assert (data["format"], data["verdict"], data["exit"]) == ("sphinx-cra verification", "intact", 0)
    (tmp_path / "cut.zip").write_bytes(bundle.read_bytes()[:-1])
    assert cli(tmp_path / "cut.zip").exit_code == 1
    assert cli(tmp_path / "gone.zip").exit_code == 2
    assert cli(bundle, "--key", "k").exit_code == 2


def test_what_it_does_not_prove_is_always_said(folder: Path) -> None:
    said = "\n".join(verify.verify(folder).lines())
    for sentence in verify.PROVES_NOT:
        assert sentence in said
        assert sentence in (folder / "README.txt").read_text("utf-8")


def test_nothing_in_a_hostile_manifest_moves_the_cursor(tmp_path: Path) -> None:
    made(
        tmp_path,
        product="\x1b[2J\u202egnp",
        release="\r1",
        artefacts=[{"name": "\x1b]0;x\7", "sha256": "a" * 64}],
    )
    report = verify.verify(tmp_path)
    assert report.exit == 0
    assert all(line.isprintable() for line in report.lines())
    assert not any(unicodedata.category(c) in ("Cc", "Cf") for line in report.lines() for c in line)


# ------------------------------------------------------------------------- the steps without us


def steps(folder: Path) -> dict[int, str]:
    """The commands of ``README.txt`` by the number of their step."""
    text = (folder / "README.txt").read_text("utf-8").partition("without any of our software")[2]
    text = text.partition("What this does not prove")[0]
    found: dict[int, list[str]] = {}
    number = 0
    for line in text.splitlines():
        if line[:1].isdigit():
            number = int(line.partition(".")[0])
        elif line.startswith("    ") and line.lstrip().startswith(
            ("sha256sum", "(cut", "find", "grep", "openssl", "echo", "statement")
        ):
            found.setdefault(number, []).append(line.strip())
    return {n: "\n".join(lines) for n, lines in found.items()}


def fails(folder: Path, **names: str) -> list[int]:
    """The steps that do not succeed, or do not say that they do to somebody who reads what they print."""
    failed = []
    for number, command in steps(folder).items():
        for name, value in names.items():
            command = command.replace(name, value)
        lines = [c for c in command.splitlines() if number != 5 or c.startswith("openssl pkeyutl")]
        done = subprocess.run(
            ["sh", "-ec", "\n".join(lines)], cwd=folder, capture_output=True, text=True, check=False
        )
        good = "Signature Verified Successfully\n" if number == 5 else f"{number} holds\n"
        assert (done.returncode == 0) == (done.stdout == good), done.stdout
        if done.returncode:
            failed.append(number)
    return failed


@pytest.fixture
def unpacked(bundle: bytes, tmp_path: Path) -> Path:
    (tmp_path / "b.zip").write_bytes(bundle)
    with zipfile.ZipFile(tmp_path / "b.zip") as there:
        there.extractall(tmp_path / "unpacked")
    return tmp_path / "unpacked"


def test_the_steps_with_sha256sum_and_openssl_succeed_and_each_notices_its_part(
    unpacked: Path, tmp_path: Path
) -> None:
    needs("openssl", "sha256sum", "unzip")
    signature, key = signed(tmp_path, "ed25519", unpacked / verify.STATEMENT)
    product_file = tmp_path / "fw.bin"
    product_file.write_bytes(FIRMWARE)
    names = {"KEY": key, "SIGNATURE": signature, "PRODUCT-FILE": str(product_file)}
    assert sorted(steps(unpacked)) == [1, 2, 3, 4, 5, 6]
    assert fails(unpacked, **names) == []

    def after(name: str, change: Callable[[bytes], bytes]) -> list[int]:
        path = unpacked / name
        old = path.read_bytes()
        path.write_bytes(change(old))
        found = fails(unpacked, **names)
        path.write_bytes(old)
        return found

    assert after("assessment.json", lambda c: c + b"\n") == [1]
    assert 3 in after("SHA256SUMS", lambda c: c.replace(b"0", b"1", 1))
    assert after(verify.MANIFEST, lambda c: c.replace(b"Gateway", b"Gatewax", 1)) == [4]
    assert 5 in after(verify.STATEMENT, lambda c: c.replace(b"abc", b"abd"))
    product_file.write_bytes(b"other")
    assert fails(unpacked, **names) == [6]
    (unpacked / "added.txt").write_bytes(b"x")
    assert fails(unpacked, **names) == [2, 6]


def test_a_product_that_is_not_there_or_is_empty_is_no_subject_of_the_statement(
    unpacked: Path, tmp_path: Path
) -> None:
    needs("openssl", "sha256sum")
    signature, key = signed(tmp_path, "ed25519", unpacked / verify.STATEMENT)
    (tmp_path / "empty").write_bytes(b"")
    for name in ("nowhere.bin", "empty"):
        names = {"KEY": key, "SIGNATURE": signature, "PRODUCT-FILE": str(tmp_path / name)}
        assert fails(unpacked, **names) == [6], name
