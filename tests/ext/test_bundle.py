"""The bundle as a build writes it: whole or not at all, by one build at a time, and the same everywhere."""

from __future__ import annotations

import hashlib
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from small_project import Project, Result, project
from sphinx_cra.bundle import verify
from sphinx_cra.exclusive import exclusive

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    (out / ".technical-file.part").mkdir()
    (out / ".technical-file.part/half.txt").write_bytes(b"x")
    result = made.run("cra")
    assert result.code == 0
    assert verify.verify(result.out).exit == 0


# ------------------------------------------------------------------------- the same everywhere


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "safe.directory=*"]
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


def elsewhere(source: Path, out: Path, *options: str, umask: int, env: Mapping[str, str]) -> dict[str, bytes]:
    """Every file of a build in surroundings of its own."""
    base = {k: v for k, v in os.environ.items() if k in ("PATH", "PYTHONPATH", "SYSTEMROOT", "VIRTUAL_ENV")}
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-b", "cra", "-d", str(out.parent / "doctrees")]
    done = subprocess.run(
        [*command, *options, str(source), str(out)],
        capture_output=True,
        text=True,
        check=False,
        cwd=out.parent,
        env={**base, **env},
        umask=umask,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file()}


def test_one_commit_gives_the_same_bytes_wherever_and_by_whomever_it_is_built(tmp_path: Path) -> None:
    made = project(tmp_path / "one", FILES, CONF)
    git(made.source, "init", "-q")
    git(made.source, "add", ".")
    git(made.source, "commit", "-q", "-m", "one")
    other = tmp_path / "Ein anderer Ordner, 測試/deeper/still deeper"
    other.mkdir(parents=True)
    git(made.source, "clone", "-q", str(made.source), str(other / "checkout"))
    homes = [tmp_path / "home-a", other / "home"]
    for home in homes:
        home.mkdir()
    if os.geteuid() == 0:  # the checkout is another user's, which git does not like
        for path in (other / "checkout", *(other / "checkout").rglob("*")):
            os.chown(path, 65534, 65534)
    one = elsewhere(
        made.source,
        tmp_path / "one/out",
        umask=0o022,
        env={"HOME": str(homes[0]), "USER": "a", "TZ": "Pacific/Apia", "LC_ALL": "C", "PYTHONHASHSEED": "1"},
    )
    two = elsewhere(
        other / "checkout",
        other / "out",
        "-j",
        "2",
        umask=0o077,
        env={
            "HOME": str(homes[1]),
            "USER": "b",
            "TZ": "America/St_Johns",
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "LANGUAGE": "de",
            "PYTHONHASHSEED": "4242",
            "PYTHONUTF8": "1",
            "COLUMNS": "40",
        },
    )
    assert sorted(one) == sorted(two)
    assert [n for n, content in one.items() if two[n] != content] == []
    assert {verify.BUNDLE, "technical-file.pdf"} <= set(one)
    assert len(json.loads(one["manifest.json"])["revision"]) == 40


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
    assert done.stdout.count(": intact\n") == 3
    assert "signed     with the key Ed25519" in done.stdout
    assert "(is firmware.bin)" in done.stdout
