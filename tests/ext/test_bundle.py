"""The bundle as a build writes it: whole or not at all, by one build at a time, and the same everywhere."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from small_project import Project, Result, project
from sphinx_cra.bundle import verify
from sphinx_cra.exclusive import exclusive
from sphinx_cra.ext import builder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FIRMWARE = b"the released firmware"
BOM = json.dumps(
    {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "Gateway", "version": "1.0"}},
        "components": [{"type": "library", "name": "never-to-be-published", "version": "1.2.3"}],
    }
)
PRODUCT = f"""\
product:
  name: Gateway
  release: "1.0"
  versions:
    - {{version: "1.0", part: firmware, sha256: "{hashlib.sha256(FIRMWARE).hexdigest()}"}}
manufacturer:
  name: Works
"""
REQUEST = """\
sbom:
  requests:
    - {authority: Market Surveillance, date: 2028-02-03, reason: check of Annex I, version: "1.0"}
"""
FILES: dict[str, str | bytes] = {
    "index.rst": """\
        Gateway
        =======

        .. toctree::

           design
           law

        .. risk:: Guessed password
           :id: RISK_1
           :treatment: mitigate
           :concerns: CRA_ANX_I_P1_2_D

        .. requirement:: Users log in, geprüft
           :id: REQ_1
           :satisfies: CRA_ANX_I_P1_2_D
           :mitigates: RISK_1

        .. control:: Accounts
           :id: CTRL_1
           :implements: REQ_1

        .. evidence:: Tests
           :id: EVID_1
           :kind: junit
           :file: parts/reports/*.xml
           :verifies: CTRL_1

        .. evidence:: Components
           :id: EVID_SBOM
           :kind: sbom
           :file: parts/bom.json
        """,
    "design.rst": "Design\n======\n\n.. cra-section:: 2a\n\nBoxes and arrows, see :need:`CTRL_1`.\n",
    "law.rst": "Law\n===\n\n.. cra-catalogue:: cra\n   :part: CRA_ANX_I\n\n.. cra-matrix:: cra\n",
    "parts/reports/a.xml": '<testsuite name="a" tests="1"><testcase classname="a" name="b"/></testsuite>',
    "parts/reports/B.xml": '<testsuite name="b" tests="1"><testcase classname="b" name="c"/></testsuite>',
    "parts/bom.json": BOM,
    "cra.yaml": PRODUCT,
}
CONF = "cra_bundle = True\n"
LIGHT = f"cra_pdf = False\n{CONF}"
OWN = {"README.txt", "SHA256SUMS", "verify.py", verify.STATEMENT, verify.BUNDLE}


def bundle(result: Result) -> Path:
    return result.out / verify.BUNDLE


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return project(tmp_path_factory.mktemp("bundle"), FILES, CONF).build("cra")


def test_a_build_writes_an_intact_bundle_of_everything(built: Result, tmp_path: Path) -> None:
    assert (built.warnings, built.code) == ((), 0)
    assert set(built.files()) >= OWN
    (tmp_path / "fw.bin").write_bytes(FIRMWARE)
    for path in (bundle(built), built.out):
        report = verify.verify(path, artefacts=[str(tmp_path / "fw.bin")])
        assert report.exit == 0, list(report.lines())
    with zipfile.ZipFile(bundle(built)) as there:
        packed = {n: there.read(n) for n in there.namelist()}
    assert packed == {n: c for n, c in built.files().items() if n != verify.BUNDLE}


def test_it_is_bound_to_the_release_that_cra_yaml_names(built: Result) -> None:
    said = json.loads(built.read(verify.STATEMENT))
    assert said["subject"] == [
        {"name": "Gateway 1.0 (firmware)", "digest": {"sha256": hashlib.sha256(FIRMWARE).hexdigest()}}
    ]


def test_the_sbom_is_withheld_and_its_digest_in_the_manifest(built: Result) -> None:
    digest = hashlib.sha256(BOM.encode()).hexdigest()
    withheld = [{"path": "parts/bom.json", "sha256": digest, "size": len(BOM)}]
    assert json.loads(built.read("manifest.json"))["withheld"] == withheld
    assert all(b"never-to-be-published" not in c for c in built.files().values())


def test_the_sbom_goes_along_on_a_recorded_request(tmp_path: Path) -> None:
    made = project(tmp_path, {**FILES, "cra.yaml": PRODUCT + REQUEST}, f"{LIGHT}cra_bundle_sbom = True\n")
    result = made.build("cra")
    folder = "annex-vii/8-software-bill-of-materials-on-request"
    assert result.warnings == ()
    assert result.read(f"{folder}/parts/bom.json") == BOM
    readme = result.read(f"{folder}/README.txt")
    assert "Handed over on the reasoned request of 2028-02-03 of Market Surveillance." in readme
    assert json.loads(result.read("manifest.json"))["withheld"] == []
    assert verify.verify(bundle(result)).exit == 0


def test_without_a_recorded_request_the_sbom_stays_where_it_is(tmp_path: Path) -> None:
    result = project(tmp_path, FILES, f"{LIGHT}cra_bundle_sbom = True\n").build("cra")
    (warning,) = result.warnings
    assert warning.startswith("cra.yaml")
    assert "the software bill of materials is withheld" in warning
    assert warning.endswith("[cra.bundle]")
    assert not list(result.out.rglob("bom.json"))
    assert verify.verify(bundle(result)).exit == 0


def test_nothing_of_a_bundle_is_written_unless_it_is_asked_for_and_an_old_one_goes(tmp_path: Path) -> None:
    made = project(tmp_path, FILES, LIGHT)
    first = made.build("cra")
    assert set(first.files()) >= OWN
    (first.out / "statement.intoto.json.sig").write_bytes(b"signed")
    made.replace("conf.py", "cra_bundle = True", "cra_bundle = False")
    again = made.build("cra")
    assert not OWN & set(again.files())
    assert "statement.intoto.json.sig" in again.files()
    (again.out / "statement.intoto.json.sig").unlink()
    assert verify.verify(again.out).exit == 0


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("parts/reports/a:b.xml",), "the character : is in it, which not every system can hold"),
        (("parts/reports/A.xml",), "are one to some systems; rename one of the files"),
    ],
)
def test_files_that_cannot_be_in_one_are_named_and_the_rest_is_written(
    tmp_path: Path, names: tuple[str, ...], said: str
) -> None:
    more = dict.fromkeys(names, FILES["parts/reports/a.xml"])
    result = project(tmp_path, {**FILES, **more}, LIGHT).build("cra")
    (warning,) = result.warnings
    assert "technical-file.zip is not written: " in warning
    assert said in warning
    assert warning.endswith("[cra.bundle]")
    assert not OWN & set(result.files())
    assert json.loads(result.read("manifest.json"))["bundle"] is False


# ------------------------------------------------------------------------- whole or not at all


def limited(made: Project, size: int) -> subprocess.CompletedProcess[str]:
    """Build where no file may be larger, as on a disk that gets full while it is written."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    out = made.folder / "out/cra"
    command = [sys.executable, "-m", "sphinx", "-b", "cra", "--no-color", "-d"]
    command += [str(made.folder / "doctrees/cra"), str(made.source), str(out)]
    return subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=limit)


def test_a_disk_that_gets_full_leaves_the_old_bundle_usable(tmp_path: Path) -> None:
    made = project(tmp_path, {**FILES, "parts/reports/large.log": b"0" * 40_000_000}, LIGHT)
    made.append(
        "index.rst",
        "\n.. evidence:: Log\n   :id: EVID_LOG\n   :kind: file\n   :file: parts/reports/large.log\n"
        "   :verifies: CTRL_1\n",
    )
    first = made.run("cra")
    assert first.code == 0
    before = first.files()
    made.append("design.rst", "\nMore.\n")
    largest = max(len(c) for n, c in before.items() if n != verify.BUNDLE)
    done = limited(made, largest + 1000)
    assert done.returncode == 1
    assert "the technical file is not written, and an older one is as it was: File too large" in done.stderr
    assert "Traceback" not in done.stderr
    assert first.files() == before
    assert verify.verify(bundle(first)).exit == 0
    assert verify.verify(first.out).exit == 0
    assert not list(first.out.glob(".technical*"))
    assert made.run("cra").code == 0


def test_a_pdf_for_which_there_is_no_room_leaves_the_old_file_whole(tmp_path: Path) -> None:
    made = project(tmp_path, FILES, CONF)
    made.append("design.rst", "\n.. image:: noise.png\n   :alt: noise\n")
    made.write("noise.png", noise())
    first = made.run("cra")
    assert first.code == 0
    before = first.files()
    pdf = len(before["technical-file.pdf"])
    assert all(
        len(c) < pdf - 100_000 for n, c in before.items() if n not in ("technical-file.pdf", verify.BUNDLE)
    )
    made.append("design.rst", "\nMore.\n")
    done = limited(made, pdf - 50_000)
    assert done.returncode == 1
    assert "the technical file is not written, and an older one is as it was: File too large" in done.stderr
    assert "Traceback" not in done.stderr
    assert first.files() == before


def noise() -> bytes:
    """A picture that cannot be compressed."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = random.Random(0)
    data = zlib.compress(b"".join(b"\0" + rows.randbytes(3 * 900) for _ in range(900)))
    head = struct.pack(">IIBBBBB", 900, 900, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.mark.parametrize("room", [300, 900, 1500, 2500])
def test_a_small_disk_leaves_the_old_bundle_usable(tmp_path: Path, room: int) -> None:
    """On a file system of its own that is filled up to some KiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no file system may be mounted here")
    try:
        made = project(tmp_path / "project", FILES, LIGHT)
        (made.folder / "out").symlink_to(disk)
        first = made.run("cra")
        before = first.files()
        assert first.code == 0
        free = shutil.disk_usage(disk).free
        (disk / "other").write_bytes(b"0" * (free - room * 1024))
        made.append("index.rst", "\n.. control:: New\n   :id: CTRL_NEW\n   :satisfies: CRA_ANX_I_P1_2_F\n")
        again = made.run("cra")
        assert again.code == (0 if "CTRL_NEW" in again.read("assessment.json") else 1)
        if again.code:
            assert again.files() == before
            assert any("No space left" in w for w in again.warnings), again.warnings
        assert verify.verify(bundle(again)).exit == 0
        assert verify.verify(again.out).exit == 0
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_while_another_build_has_the_folder_a_second_one_says_so_and_writes_nothing(tmp_path: Path) -> None:
    made = project(tmp_path, FILES, LIGHT)
    first = made.run("cra")
    before = first.files()
    made.append("design.rst", "\nMore.\n")
    (first.out / ".technical-file.part").mkdir()
    with exclusive(first.out):
        second = made.run("cra")
    assert second.code == 2
    # assets for pages, of others, are left to the one that has the folder
    assert {n: c for n, c in second.files().items() if not n.startswith("_static/")} == before
    said = " ".join(second.warnings)
    assert f"another build is writing to {first.out}; this one has written nothing" in said
    assert "Traceback" not in said
    assert made.run("cra").code == 0
    assert set(second.files()) == set(before)


@pytest.mark.parametrize("builder", ["html", "cra"])
def test_pages_and_a_technical_file_are_not_written_to_one_folder_at_one_time(
    tmp_path: Path, builder: str
) -> None:
    made = project(tmp_path, FILES, LIGHT)
    out = made.folder / "out" / builder
    with exclusive(out):
        second = made.run(builder)
    assert second.code == 2
    assert [name for name in second.files() if not name.startswith("_static/")] == []  # scripts of others
    assert f"another build is writing to {out}; this one has written nothing" in " ".join(second.warnings)


def test_two_technical_files_are_not_made_from_one_folder_of_doctrees_at_one_time(tmp_path: Path) -> None:
    made = project(tmp_path, FILES, LIGHT)
    with exclusive(made.folder / "doctrees/cra"):
        second = made.run("cra")
    assert (second.code, second.files()) == (2, {})
    assert "Wait for the other, or name another folder with -d" in " ".join(second.warnings)


def test_of_builds_at_one_time_at_least_one_writes_and_the_file_is_whole(tmp_path: Path) -> None:
    made = project(tmp_path, FILES, LIGHT)
    out = tmp_path / "out"
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "cra", str(made.source), str(out)]
    running = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    ended = [(build.communicate()[1], build.returncode) for build in running]
    assert 0 in {code for _, code in ended}, ended
    for said, code in ended:
        assert (code, "another build is writing" in said) in ((0, False), (2, True)), said
    assert verify.verify(out).exit == 0
    assert verify.verify(out / verify.BUNDLE).exit == 0


def test_a_build_that_was_killed_does_not_block_the_next(tmp_path: Path) -> None:
    made = project(tmp_path, FILES, LIGHT)
    out = made.folder / "out/cra"
    out.mkdir(parents=True)
    code = (
        "import pathlib, os\nfrom sphinx_cra.exclusive import exclusive\n"
        f"with exclusive(pathlib.Path({str(out)!r})):\n    os.kill(os.getpid(), 9)\n"
    )
    killed = subprocess.run([sys.executable, "-c", code], check=False)
    assert killed.returncode == -9
    assert verify.WORK == builder.WORK
    (out / verify.WORK).mkdir()
    (out / verify.WORK / "half.txt").write_bytes(b"x")
    result = made.run("cra")
    assert result.code == 0
    assert verify.verify(result.out).exit == 0


# ------------------------------------------------------------------------- the same everywhere


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "safe.directory=*"]
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


def elsewhere(
    source: Path, out: Path, *options: str, before: Sequence[str] = (), umask: int = 0o022, **env: str
) -> dict[str, bytes]:
    """Every file of a build in surroundings of its own.

    :param before: words before the command, which change who runs it.
    """
    base = {k: v for k, v in os.environ.items() if k in ("PATH", "PYTHONPATH", "SYSTEMROOT", "VIRTUAL_ENV")}
    command = [*before, sys.executable, "-m", "sphinx", "-q", "-W", "-b", "cra", "-d"]
    done = subprocess.run(
        [*command, str(out.parent / "doctrees"), *options, str(source), str(out)],
        capture_output=True,
        text=True,
        check=False,
        cwd=out.parent,
        env={**base, "LC_ALL": "C", "TZ": "Pacific/Apia", "PYTHONHASHSEED": "1", **env},
        umask=umask,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def commit(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes]]:
    """A repository with one commit, and what a build of it writes."""
    folder = tmp_path_factory.mktemp("commit")
    source = project(folder, {**FILES, ".gitattributes": "parts/** -text\n"}, CONF).source
    git(source, "init", "-q")
    git(source, "add", ".")
    git(source, "commit", "-q", "-m", "one")
    (folder / "home").mkdir()
    files = elsewhere(source, folder / "out", HOME=str(folder / "home"), USER="a")
    assert {verify.BUNDLE, "technical-file.pdf"} <= set(files)
    assert len(json.loads(files["manifest.json"])["revision"]) == 40
    return source, files


def cloned(source: Path, folder: Path, *options: str) -> Path:
    """A checkout of the commit in another folder."""
    folder.mkdir(parents=True)
    git(folder, "clone", "-q", *options, source.as_uri(), "checkout")
    return folder / "checkout"


def language() -> str:
    """A locale of this machine with other rules than C."""
    known = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=False).stdout.split()
    others = [name for name in known if name.partition(".")[0] not in ("C", "POSIX", "en_US")]
    if not others:
        pytest.skip("no locale is installed but C")
    return max(others, key=lambda name: (name.startswith("tr"), name))  # its I and i are other letters


def test_one_commit_gives_the_same_bytes_in_any_folder_time_zone_and_order(
    commit: tuple[Path, dict[str, bytes]], tmp_path: Path
) -> None:
    source, files = commit
    other = tmp_path / "Ein anderer Ordner, 測試/deeper/still deeper"
    checkout = cloned(source, other)
    for path in checkout.rglob("*.*"):
        os.utime(path, (981_000_000, 981_000_000))
    env = {"TZ": "America/St_Johns", "PYTHONHASHSEED": "4242", "PYTHONUTF8": "1", "COLUMNS": "40"}
    env |= {"USER": "b", "LC_ALL": "C.UTF-8", "LANGUAGE": "de"}  # and no HOME
    built = elsewhere(checkout, other / "out", "-j", "2", umask=0o077, **env)
    assert differing(files, built) == []


def test_one_commit_gives_the_same_bytes_in_another_locale(
    commit: tuple[Path, dict[str, bytes]], tmp_path: Path
) -> None:
    source, files = commit
    name = language()
    built = elsewhere(
        cloned(source, tmp_path / "a"), tmp_path / "out", LC_ALL=name, LANG=name, PYTHONUTF8="0"
    )
    assert differing(files, built) == []


def test_one_commit_gives_the_same_bytes_for_another_user_who_may_write_nothing_else(
    commit: tuple[Path, dict[str, bytes]],
) -> None:
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or not shutil.which("setpriv"):
        pytest.skip("nobody but root can become another user, with setpriv")
    source, files = commit
    # only reading is left of what root may: the interpreter may stand where others cannot look
    other = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    other += ["--inh-caps=-all,+dac_read_search", "--ambient-caps=+dac_read_search"]
    if subprocess.run([*other, "true"], capture_output=True, check=False).returncode:
        pytest.skip("setpriv may not do it here")
    with tempfile.TemporaryDirectory() as folder:  # where others may look, other than below tmp_path
        Path(folder).chmod(0o755)
        checkout = cloned(source, Path(folder, "a"))  # it is root's, which git does not like
        mine = Path(folder, "mine")
        mine.mkdir()
        os.chown(mine, 65534, 65534)
        built = elsewhere(checkout, mine / "out", before=other, umask=0o027, HOME=str(mine))
        assert (mine / "out").stat().st_uid == 65534
    assert differing(files, built) == []


@pytest.mark.parametrize("options", [("--depth=1",), ("-c", "core.autocrlf=true")], ids=" ".join)
def test_one_commit_gives_the_same_bytes_from_every_checkout(
    commit: tuple[Path, dict[str, bytes]], tmp_path: Path, options: tuple[str, ...]
) -> None:
    source, files = commit
    checkout = cloned(source, tmp_path / "a", *options)
    assert (b"\r\n" in (checkout / "index.rst").read_bytes()) == (options[0] == "-c")
    built = elsewhere(checkout, tmp_path / "out")
    assert differing(files, built) == []


def differing(one: Mapping[str, bytes], other: Mapping[str, bytes]) -> list[str]:
    """Names of the files that are in one alone, or not the same."""
    return sorted(n for n in {*one, *other} if one.get(n) != other.get(n))


def test_a_second_build_over_the_first_is_the_same(built: Result) -> None:
    made = Project.__new__(Project)
    made.folder, made.source = built.out.parents[1], built.source
    before = built.files()
    assert made.build("cra").files() == before


# ------------------------------------------------------------------------------- the how-to guide

PAGE = Path(__file__).parents[2] / "docs/howto/bundle.md"


def test_the_steps_of_the_guide_succeed_one_after_the_other(tmp_path: Path) -> None:
    for program in ("bash", "openssl", "sha256sum", "unzip"):
        if not shutil.which(program):
            pytest.skip(f"{program} is not installed")
    made = project(tmp_path, FILES, LIGHT)
    made.source.rename(tmp_path / "docs")
    (tmp_path / "firmware.bin").write_bytes(FIRMWARE)
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, code in (
        ("sphinx-build", "from sphinx.cmd.build import main; import sys; sys.exit(main(sys.argv[1:]))"),
        ("sphinx-cra", "from sphinx_cra.cli import app; app()"),
        ("python3", ""),
    ):
        words = f'-c "{code}" "$@"' if code else '"$@"'
        (tools / name).write_text(f"#!/bin/sh\nexec {sys.executable} {words}\n", "utf-8")
        (tools / name).chmod(0o755)
    text = PAGE.read_text("utf-8")
    steps = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(steps) == 6
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(steps)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-6:] == [
        "the files are those that SHA256SUMS lists",
        "there are no others",
        "the manifest lists this SHA256SUMS",
        "the statement is about this manifest",
        "Signature Verified Successfully",
        "the product is one that it is about",
    ]
    assert done.stdout.count(": intact\n") == 3
    assert "signed     with the key Ed25519" in done.stdout
    assert "(is firmware.bin)" in done.stdout
