"""The technical file that ``sphinx-build -b cra`` writes, read back by other means."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pypdf
import pytest

from small_project import Project, Result, project
from sphinx_cra.datafile import schema_text

BOM = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "version": 1,
    "metadata": {"component": {"type": "application", "name": "Gateway", "version": "1.0"}},
    "components": [
        {
            "type": "library",
            "name": "never-to-be-published",
            "version": "1.2.3",
            "purl": "pkg:pypi/never-to-be-published@1.2.3",
        }
    ],
}
FILES = {
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

        .. requirement:: Users log in
           :id: REQ_1
           :satisfies: CRA_ANX_I_P1_2_D
           :mitigates: RISK_1

        .. requirement:: Someday
           :id: REQ_2
           :satisfies: CRA_ANX_I_P1_2_E

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

        .. exclusion:: No personal data
           :id: EXCL_1
           :excludes: CRA_ANX_I_P1_2_G

           None is processed.
        """,
    "design.rst": """\
        Design
        ======

        .. cra-section:: 2a

        Boxes and arrows, see :need:`CTRL_1`.
        """,
    "law.rst": "Law\n===\n\n.. cra-catalogue:: cra\n   :part: CRA_ANX_I\n",
    "parts/reports/a.xml": '<testsuite name="a" tests="1"><testcase classname="a" name="b"/></testsuite>',
    "parts/reports/b.xml": '<testsuite name="b" tests="1"><testcase classname="b" name="c"/></testsuite>',
    "parts/bom.json": json.dumps(BOM),
    "cra.yaml": 'product:\n  name: Gateway\n  release: "1.0"\nmanufacturer:\n  name: Works\n',
}
FOLDERS = [
    "1-general-description-of-the-product",
    "1a-intended-purpose",
    "1b-versions-of-software",
    "1c-photographs-or-illustrations-of-hardware",
    "1d-user-information-and-instructions",
    "2-design-development-production-and-vulnerability-handling",
    "2a-design-development-and-system-architecture",
    "2b-vulnerability-handling-processes",
    "2c-production-and-monitoring-processes",
    "3-cybersecurity-risk-assessment",
    "4-support-period",
    "5-standards-and-other-solutions-applied",
    "6-test-reports",
    "7-eu-declaration-of-conformity",
    "8-software-bill-of-materials-on-request",
]


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return project(tmp_path_factory.mktemp("file"), FILES).build("cra")


@pytest.fixture(scope="module")
def pdf(built: Result) -> pypdf.PdfReader:
    return pypdf.PdfReader(built.out / "technical-file.pdf")


@pytest.fixture(scope="module")
def text(pdf: pypdf.PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in pdf.pages).split())


def test_nothing_is_warned_of(built: Result) -> None:
    assert built.warnings == ()
    assert built.code == 0


def test_there_is_a_folder_for_each_point_in_the_order_of_annex_seven(built: Result) -> None:
    assert sorted(p.name for p in (built.out / "annex-vii").iterdir()) == sorted(FOLDERS)
    assert sorted(p.name for p in built.out.iterdir()) == [
        "annex-vii",
        "assessment.json",
        "manifest.json",
        "matrix.csv",
        "matrix.xlsx",
        "sbom.sha256",
        "technical-file.pdf",
    ]
    for point, folder in zip(built.data["dossier"], FOLDERS, strict=True):
        readme = built.read(f"annex-vii/{folder}/README.txt")
        assert readme.startswith(f"{point['printed']}: {point['title']}\nState: {point['presence']}\n")
        for sentence in point["lacks"]:
            assert f"- {sentence}\n" in readme


def test_evidence_is_copied_with_the_digest_that_the_assessment_records(built: Result) -> None:
    recorded = {
        a["path"]: a["sha256"]
        for v in built.data["verdicts"]
        if v["item"] == "EVID_1"
        for a in v["artefacts"]
    }
    assert sorted(recorded) == ["parts/reports/a.xml", "parts/reports/b.xml"]
    readme = built.read("annex-vii/6-test-reports/README.txt")
    for path, digest in recorded.items():
        assert sha256((built.out / "annex-vii/6-test-reports" / path).read_bytes()) == digest
        assert f"{digest}  {path}\n" in readme


def test_the_bill_of_materials_is_withheld_and_only_its_digest_shown(built: Result) -> None:
    digest = sha256(FILES["parts/bom.json"].encode())
    assert built.read("sbom.sha256") == f"{digest}  parts/bom.json\n"
    assert f"{digest}  parts/bom.json" in built.read(f"annex-vii/{FOLDERS[-1]}/README.txt")
    assert not list(built.out.rglob("bom.json"))
    assert all(b"never-to-be-published" not in content for content in built.files().values())


def manifest(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.read("manifest.json"))
    return found


def test_the_manifest_lists_every_file_with_its_digest(built: Result) -> None:
    listed = {f["path"]: (f["sha256"], f["size"]) for f in manifest(built)["files"]}
    there = {n: (sha256(c), len(c)) for n, c in built.files().items() if n != "manifest.json"}
    assert listed == there
    assert list(listed) == sorted(listed)


def test_the_files_fit_their_schemas(built: Result) -> None:
    for name, schema in (("manifest.json", "manifest"), ("assessment.json", "assessment")):
        validator = jsonschema.Draft202012Validator(json.loads(schema_text(f"{schema}.schema.json")))
        assert [e.message for e in validator.iter_errors(json.loads(built.read(name)))] == []


# ------------------------------------------------------------------------------- the PDF


def test_the_pdf_names_every_need_and_every_clause(built: Result, text: str) -> None:
    squeezed = text.replace(" ", "")
    for need in built.items:
        assert need in squeezed, need
    for row in built.data["rows"]:
        assert row["printed"].replace(" ", "") in squeezed, row["printed"]


def test_the_pdf_counts_what_the_data_counts(built: Result, text: str) -> None:
    for totals in built.data["totals"]["catalogues"].values():
        for state, count in totals["states"].items():
            assert f"{state} {count} of {totals['counted']}" in text
        assert (
            f"{totals['gaps']} of {totals['counted']} clauses that ask something of the maker are gaps."
            in text
        )


def test_the_pdf_holds_the_claimed_sections_and_the_data(
    pdf: pypdf.PdfReader, text: str, built: Result
) -> None:
    assert "Boxes and arrows, see Accounts (CTRL_1)." in text
    attached = {name: content[0] for name, content in pdf.attachments.items()}
    assert attached["assessment.json"] == built.files()["assessment.json"]
    assert attached["matrix.csv"] == built.files()["matrix.csv"]
    assert attached["sbom.sha256"] == built.files()["sbom.sha256"]


# ------------------------------------------------------------------------- again and again


def light(folder: Path, files: dict[str, Any] | None = None, conf: str = "") -> Project:
    """Without the PDF, which takes most of the time."""
    return project(folder, {**FILES, **(files or {})}, f"cra_pdf = False\n{conf}")


def test_without_the_pdf_the_rest_is_written(tmp_path: Path) -> None:
    result = light(tmp_path).build("cra")

    assert result.warnings == ()
    assert "technical-file.pdf" not in result.files()
    assert {f["path"] for f in manifest(result)["files"]} == set(result.files()) - {"manifest.json"}


def test_a_build_in_another_folder_writes_the_same_bytes(built: Result, tmp_path: Path) -> None:
    other = project(tmp_path / "some/where/else", FILES).run("cra")

    assert other.code == 0
    assert sorted(built.files()) == sorted(other.files())
    assert [n for n, content in built.files().items() if other.files()[n] != content] == []


def test_what_an_earlier_build_left_goes_and_what_others_left_stays(tmp_path: Path) -> None:
    made = light(tmp_path)
    first = made.build("cra")
    (first.out / "signature.p7s").write_bytes(b"signed")
    (first.out / "annex-vii/6-test-reports/note.txt").write_bytes(b"by hand")
    made.remove("parts/reports/b.xml")
    again = made.build("cra")
    third = made.build("cra")

    for result in (again, third):
        files = result.files()
        assert "annex-vii/6-test-reports/parts/reports/a.xml" in files
        assert "annex-vii/6-test-reports/parts/reports/b.xml" not in files
        assert files["signature.p7s"] == b"signed"
        assert files["annex-vii/6-test-reports/note.txt"] == b"by hand"
        assert "signature.p7s" not in {f["path"] for f in manifest(result)["files"]}


def test_pages_that_stand_in_the_same_folder_keep_their_styles(tmp_path: Path) -> None:
    made = light(tmp_path)
    pages = made.build("html", to="one").files()
    result = made.build("cra", to="one")

    assert "_static/basic.css" in pages
    left = {n: c for n, c in result.files().items() if n in pages and n != "schema_violations.json"}
    assert left == {n: c for n, c in pages.items() if n != "schema_violations.json"}


def test_data_files_that_cannot_be_written_beside_pages_are_one_sentence(tmp_path: Path) -> None:
    made = light(tmp_path)
    (tmp_path / "out/html").mkdir(parents=True)
    (tmp_path / "out/html/_cra").write_bytes(b"")
    result = made.build("html")

    assert result.code == 1
    (said,) = result.warnings
    assert said.startswith("ERROR: the data files beside the pages are not all written: File exists")
    assert "index.html" in result.files()


def test_what_a_build_left_that_was_killed_is_gone_after_the_next(tmp_path: Path) -> None:
    made = light(tmp_path)
    before = made.build("cra").files()
    out = tmp_path / "out/cra"
    (out / ".technical-file.part").mkdir()
    (out / "_static").mkdir()
    (out / "_static/needs.css").write_text("", "utf-8")
    (out / "permalink.html").write_text("", "utf-8")

    assert made.build("cra").files() == before


def test_a_build_again_without_a_change_writes_the_same(tmp_path: Path) -> None:
    made = project(tmp_path, FILES)
    one = made.build("cra").files()

    assert made.build("cra").files() == one


def test_a_manifest_that_names_other_places_makes_nothing_disappear(tmp_path: Path) -> None:
    made = light(tmp_path)
    first = made.build("cra")
    outside = tmp_path / "precious.txt"
    outside.write_bytes(b"x")
    names = ["../../precious.txt", str(outside), "/etc/hostname", 7]
    (first.out / "manifest.json").write_text(json.dumps({"files": [{"path": n} for n in names]}))

    assert made.build("cra").code == 0
    assert outside.read_bytes() == b"x"


def verify(result: Result) -> list[str]:
    """Files of the manifest that are not as it says: what a reader offline finds."""
    wrong = []
    for file in manifest(result)["files"]:
        path = result.out / file["path"]
        if not path.is_file() or sha256(path.read_bytes()) != file["sha256"]:
            wrong.append(file["path"])
    return wrong


def test_an_artefact_that_vanishes_in_the_middle_leaves_the_old_file_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sphinx_cra.ext import builder

    made = light(tmp_path)
    first = made.build("cra")
    before = first.files()
    made.append("index.rst", "\n.. control:: New\n   :id: CTRL_NEW\n   :satisfies: CRA_ANX_I_P1_2_F\n")
    copy = builder.shutil.copyfile

    def vanish(source: Path, target: Path) -> Any:
        if Path(source).name == "b.xml":
            Path(source).unlink()
        return copy(source, target)

    monkeypatch.setattr(builder.shutil, "copyfile", vanish)
    again = made.build("cra")

    assert again.code == 1
    assert again.warnings == (
        (
            "ERROR: the technical file is not written, and an older one is as it was: No such file "
            "or directory "
            "(parts/reports/b.xml)"
        ),
    )
    assert verify(first) == []
    assert first.files() == before


def test_an_artefact_that_changes_in_the_middle_is_not_passed_off_as_the_one_assessed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sphinx_cra.ext import builder

    made = light(tmp_path)
    copy = builder.shutil.copyfile

    def change(source: Path, target: Path) -> Any:
        if Path(source).name == "b.xml":
            Path(source).write_bytes(b"<other/>")
        return copy(source, target)

    monkeypatch.setattr(builder.shutil, "copyfile", change)
    result = made.build("cra")

    assert result.code == 1
    assert result.warnings == (
        (
            "ERROR: the technical file is not written, and an older one is as it was: "
            "parts/reports/b.xml changed "
            "during the build"
        ),
    )
    assert result.files() == {}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    made = light(tmp_path)
    first = made.build("cra")
    first.out.chmod(0o500)
    try:
        again = made.run("cra")
    finally:
        first.out.chmod(0o700)

    assert again.code == 1
    assert "Traceback" not in " ".join(again.warnings)
    assert verify(first) == []


def test_a_file_where_a_folder_should_be_is_one_sentence(tmp_path: Path) -> None:
    made = light(tmp_path)
    (made.folder / "out/cra").mkdir(parents=True)
    (made.folder / "out/cra/annex-vii").write_bytes(b"in the way")
    result = made.run("cra")

    assert result.code == 1
    assert result.warnings == (
        (
            "ERROR: the technical file is not written, and an older one is as it was: annex-vii is a "
            "file, where a "
            "folder is to be"
        ),
    )


def test_names_of_files_that_are_not_utf8_are_a_warning_and_no_traceback(tmp_path: Path) -> None:
    made = light(tmp_path)
    path = os.fsencode(made.source / "parts/reports") + b"/\xff.xml"
    with open(path, "wb") as file:  # noqa: PTH123
        file.write(FILES["parts/reports/a.xml"].encode())
    result = made.run("cra")

    assert result.code == 0, result.warnings
    assert any("EVID_1" in w and w.endswith("[cra.evidence]") for w in result.warnings)


def test_the_revision_of_the_sources_is_named(tmp_path: Path) -> None:
    made = light(tmp_path)

    def git(*arguments: str) -> str:
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments]
        return subprocess.run(command, cwd=made.source, check=True, capture_output=True, text=True).stdout

    git("init", "-q")
    git("add", ".")
    git("commit", "-q", "-m", "one")
    head = git("rev-parse", "HEAD").strip()
    assert head in str(manifest(made.build("cra"))["revision"])
    made.append("design.rst", "\nMore.\n")
    changed = str(manifest(made.build("cra"))["revision"])
    assert head in changed
    assert changed != head


def test_a_section_claimed_for_two_points_is_printed_once(tmp_path: Path) -> None:
    source = "Design\n======\n\n.. cra-section:: 2a\n.. cra-section:: 2c\n\nBoxes and arrows.\n"
    result = project(tmp_path, {**FILES, "design.rst": source}).build("cra")

    text = "".join(p.extract_text() for p in pypdf.PdfReader(result.out / "technical-file.pdf").pages)
    assert result.warnings == ()
    assert len(re.findall(r"Boxes\s+and\s+arrows", text)) == 1


HOSTILE = """\
T
=

.. cra-section:: 2a

.. requirement:: <script>alert(1)</script> #set page(width: 1pt) $x$ *b* @ref \\\\ "q" `c`
   :id: REQ_1
   :satisfies: CRA_ANX_I_P1_2_D

.. requirement:: التحكم في الوصول
   :id: REQ_2

.. requirement:: {long}
   :id: REQ_3

.. control:: =HYPERLINK("https://evil.example")
   :id: CTRL_1
   :implements: REQ_1
""".format(long="z" * 500)


def test_hostile_titles_reach_the_pdf_as_text_or_are_named_in_a_warning(tmp_path: Path) -> None:
    result = project(tmp_path, {"index.rst": HOSTILE}).build("cra")

    reader = pypdf.PdfReader(result.out / "technical-file.pdf")
    text = " ".join(" ".join(p.extract_text() for p in reader.pages).split())
    assert "#set page(width: 1pt)" in text
    assert '=HYPERLINK("https://evil.example")' in text
    squeezed = text.replace(" ", "")
    assert "z" * 500 in squeezed
    for need in ("REQ_1", "REQ_2", "REQ_3", "CTRL_1"):
        assert need in squeezed
    assert all(w.endswith("[cra.pdf]") for w in result.warnings)
    late = json.loads(result.read("manifest.json"))["findings"]
    assert len(late) == len(result.warnings)
    assert all(f["file"] == "index.rst" and f["place"]["line"] for f in late)
