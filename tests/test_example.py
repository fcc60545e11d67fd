"""The example product: built by every builder without a warning, and the same wherever it is read."""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import os
import re
import subprocess
import sys
import zipfile
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pypdf
import pytest
import yaml
from bs4 import BeautifulSoup

from sphinx_cra.bundle import verify
from sphinx_cra.evidence import READERS

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "example-docs"
STATES = ("excluded", "failed", "verified", "covered", "planned", "supported", "open")
WANTED = {
    "CRA_ANX_I_P1_1": "verified",
    "CRA_ANX_I_P1_2_C": "planned",
    "CRA_ANX_I_P1_2_D": "verified",
    "CRA_ANX_I_P1_2_G": "excluded",
    "CRA_ANX_I_P1_2_K": "covered",
    "CRA_ANX_I_P2_2": "supported",
    "CRA_ANX_I_P2_4": "supported",
    "CRA_ANX_I_P2_8": "open",
}
"""What the page of known gaps says of the points of Annex I, and some that it says nothing of."""


def build(builder: str, out: Path) -> Path:
    """The example in ``out``; a warning fails."""
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-n", "-b", builder, str(EXAMPLE), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "TZ": "Pacific/Apia"})
    assert (done.returncode, done.stderr) == (0, ""), done.stderr[-3000:]
    return out


@pytest.fixture(scope="module")
def technical_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("cra", tmp_path_factory.mktemp("cra"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("html", tmp_path_factory.mktemp("html"))


@pytest.fixture(scope="module")
def data(technical_file: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((technical_file / "assessment.json").read_text("utf-8"))
    return loaded


@pytest.fixture(scope="module")
def chapters(technical_file: Path) -> dict[str, str]:
    """Title of a chapter of the PDF -> its text, ids put together again."""
    reader = pypdf.PdfReader(technical_file / "technical-file.pdf")
    starts = [
        (str(entry.title), reader.get_destination_page_number(entry))
        for entry in reader.outline
        if not isinstance(entry, list)
    ]
    ends = [*(page for _, page in starts[1:]), len(reader.pages)]
    texts = {}
    for (title, start), end in zip(starts, ends, strict=True):
        assert start is not None
        pages = [reader.pages[n].extract_text() for n in range(start, end or 0)]
        texts[title] = re.sub(r"_\s*\n\s*", "_", "\n".join(pages))
    return texts


@pytest.mark.parametrize("builder", ["singlehtml", "latex", "text"])
def test_it_builds_without_a_warning(builder: str, tmp_path: Path) -> None:
    build(builder, tmp_path)


def test_it_is_as_large_as_a_small_real_product(data: dict[str, Any]) -> None:
    kinds = Counter(i["kind"] for i in data["items"])
    assert kinds["risk"] >= 12
    assert kinds["requirement"] >= 25
    assert kinds["control"] >= 30
    assert kinds["evidence"] >= 30
    assert kinds["exclusion"] >= 3
    assert data["mistakes"] == []


def test_its_gaps_are_those_that_it_says_it_has(data: dict[str, Any]) -> None:
    states = {r["clause"]: r["state"] for r in data["rows"]}
    assert {c: states[c] for c in WANTED} == WANTED


def test_it_has_evidence_of_each_kind_and_all_of_it_proves_something(data: dict[str, Any]) -> None:
    cited = {i["id"]: i["fields"].get("kind") for i in data["items"] if i["kind"] == "evidence"}
    shown = {cited.get(v["item"].partition(".")[0]) for v in data["verdicts"] if v["outcome"] == "valid"}
    # A scan needs a database of vulnerabilities that is up to date, which no package index has.
    assert shown >= set(READERS) - {"scan"}
    assert {v["outcome"] for v in data["verdicts"]} == {"valid"}


def test_each_artefact_is_in_the_lock(data: dict[str, Any]) -> None:
    locked = yaml.safe_load((EXAMPLE / "cra-evidence.lock").read_text("utf-8"))
    cited = {a["path"]: a["sha256"] for v in data["verdicts"] for a in v["artefacts"]}
    assert cited == locked, "run regenerate.py, or: sphinx-cra evidence lock example-docs"


def test_the_artefacts_were_made_from_the_sources_that_are_here() -> None:
    envelope = json.loads((EXAMPLE / "artefacts" / "tools.link.json").read_text("utf-8"))
    payload = base64.b64decode(envelope["payload"])
    link = json.loads(payload)
    there = {**link["materials"], **link["products"]}
    changed = [
        p for p, d in there.items() if hashlib.sha256((EXAMPLE / p).read_bytes()).hexdigest() != d["sha256"]
    ]
    assert changed == [], "run regenerate.py"
    sources = {p.relative_to(EXAMPLE).as_posix() for p in EXAMPLE.glob("software/*/*.py")}
    assert sources <= set(link["materials"])


def test_the_bundle_is_bound_to_the_released_file_that_is_built_from_these_sources(
    technical_file: Path, tmp_path: Path
) -> None:
    (released,) = (EXAMPLE / "release").glob("*.whl")
    report = verify.verify(technical_file / verify.BUNDLE, artefacts=[str(released)])
    assert (report.verdict, report.exit) == ("intact", 0), list(report.lines())
    assert [a["name"] for a in report.artefacts] == ["FieldGate FG-200 2.4.0 (software)"]
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=EXAMPLE / "software", check=True, capture_output=True)
    (built,) = tmp_path.glob("*.whl")
    assert built.name == released.name
    assert content(built) == content(released), "build it anew, as software/README.md says"


def content(wheel: Path) -> dict[str, bytes]:
    """What is in a wheel, but for what names the version of the builder."""
    with zipfile.ZipFile(wheel) as there:
        return {
            n: there.read(n) for n in there.namelist() if not n.endswith(("/WHEEL", "/RECORD", "/METADATA"))
        }


def test_what_is_said_of_the_certificate_is_in_it(data: dict[str, Any]) -> None:
    (said,) = (i["fields"] for i in data["items"] if i["id"] == "EV_UNIT_CERTIFICATE")
    text = (EXAMPLE / "artefacts" / "test-unit.pem").read_text("utf-8")
    assert f"Issuer: CN={said['issuer']}\n" in text
    assert f"(0x{said['number']})" in text
    for words, name in (("Not Before", "valid_from"), ("Not After ", "valid_until")):
        day = re.search(rf"{words}: (\w+ +\d+) [\d:]+ (\d+) GMT", text)
        assert day is not None
        assert datetime.strptime(f"{day[1]} {day[2]}", "%b %d %Y").date().isoformat() == said[name]


def test_controls_in_the_code_are_traced_and_lead_to_their_lines(data: dict[str, Any], site: Path) -> None:
    states = {i["id"]: i for i in data["items"]}
    code = EXAMPLE / "software" / "edgegate"
    for name, module in (("CTL_FLOOR", "update"), ("CTL_SLOTS", "update"), ("CTL_ATOMIC", "vault")):
        assert states[name]["kind"] == "control"
        lines = (code / f"{module}.py").read_text("utf-8").splitlines()
        wanted = next(n for n, line in enumerate(lines, 1) if name in line)
        pages = (site / "design").glob("*.html")
        found = {
            int(n) for p in pages for n in re.findall(rf"edgegate/{module}\.html#L-(\d+)", p.read_text())
        }
        assert {wanted, wanted - 1} & found
        assert (
            f'id="L-{min({wanted, wanted - 1} & found)}"'
            in (site / "edgegate" / f"{module}.html").read_text()
        )


def test_without_codelinks_it_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.util as u\nold = u.find_spec\n"
        "u.find_spec = lambda name, *a: None if name == 'sphinx_codelinks' else old(name, *a)\n"
    )
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", str(EXAMPLE), str(tmp_path / "out")]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run(command, capture_output=True, text=True, env=environ)
    assert done.returncode == 2
    assert "sphinx-codelinks, which is not installed" in done.stderr
    assert 'python -m pip install "sphinx-codelinks' in done.stderr


def test_every_clause_of_the_matrix_in_the_pdf_has_the_state_of_the_data(
    chapters: dict[str, str], data: dict[str, Any]
) -> None:
    # "12 more named, not covered" may break before a word that is the name of a state
    lines = re.sub(r"(none|not)\s+covered", r"\1", chapters["Traceability matrix"]).splitlines()
    states = {r["clause"]: r["state"] for r in data["rows"]}
    # a row that goes on on the next page has its id there, beside what else of it stands in that line
    ids = [word for line in lines if (word := line.split(" ")[0]) in states and not line.endswith(",")]
    assert Counter(ids) == Counter(list(states)), "a row is missing or doubled"
    printed = [m[1] for line in lines if (m := re.search(rf"(?:^|\s)({'|'.join(STATES)})$", line.strip()))]
    assert printed == [states[clause] for clause in ids if states[clause]]


def test_every_item_has_its_row_in_the_register_of_the_pdf(
    chapters: dict[str, str], data: dict[str, Any]
) -> None:
    title = "Register of requirements, controls, risks, evidence and exclusions"
    register = "".join(chapters[title].split())  # ids and titles break where the column ends
    rows = {i["id"]: "".join(f"{i['id']}{i['kind']}{i['title']}".split()) for i in data["items"]}
    assert {i: register.count(row) for i, row in rows.items()} == dict.fromkeys(rows, 1)


def test_totals_in_the_pdf_are_those_of_the_data(chapters: dict[str, str], data: dict[str, Any]) -> None:
    for totals in data["totals"]["catalogues"].values():
        for state, count in totals["states"].items():
            assert f"{state} {count} of {totals['counted']}" in chapters["Traceability matrix"]
        said = f"{totals['gaps']} of {totals['counted']} clauses that ask something of the maker are gaps"
        assert said in " ".join(chapters["Gaps"].split())


def test_spreadsheet_csv_and_pages_have_the_states_of_the_data(
    technical_file: Path, site: Path, data: dict[str, Any]
) -> None:
    wanted = {r["clause"]: r["state"] or "" for r in data["rows"]}
    with (technical_file / "matrix.csv").open(encoding="utf-8-sig", newline="") as file:
        assert {r["clause"]: r["state"] for r in csv.DictReader(file)} == wanted
    sheet = openpyxl.load_workbook(technical_file / "matrix.xlsx")["Clauses"]
    header, *rows = sheet.iter_rows(values_only=True)
    names = [str(name).lower() for name in header]
    clause, state = names.index("clause"), names.index("state")
    assert {r[clause]: r[state] or "" for r in rows} == wanted
    for page, part in (("annex-i", "CRA_ANX_I_"), ("iec62443", "IEC62443_")):
        soup = BeautifulSoup((site / "matrix" / f"{page}.html").read_text("utf-8"), "html.parser")
        shown = {}
        for row in soup.select("table.cra-matrix tbody tr"):
            cells = row.find_all("td")
            if len(cells) > 1:
                word = cells[-1].select_one(".cra-state")
                ident = cells[0].select_one("code")
                assert ident is not None
                shown[ident.get_text()] = word.get_text() if word else ""
        assert shown == {c: s for c, s in wanted.items() if c in shown}
        assert {c for c in wanted if c.startswith(part)} <= set(shown)
    assert (site / "_cra" / "assessment.json").read_bytes() == (
        technical_file / "assessment.json"
    ).read_bytes()


def test_the_manifest_can_be_checked_with_the_digests_alone(technical_file: Path) -> None:
    manifest = json.loads((technical_file / "manifest.json").read_text("utf-8"))
    listed = {f["path"]: f["sha256"] for f in manifest["files"]}
    there = {
        p.relative_to(technical_file).as_posix()
        for p in technical_file.rglob("*")
        if p.is_file() and ".doctrees" not in p.parts
    }
    assert there == {*listed, "manifest.json", verify.STATEMENT, verify.BUNDLE}
    for path, digest in listed.items():
        assert hashlib.sha256((technical_file / path).read_bytes()).hexdigest() == digest


def test_the_pdf_carries_the_data_and_says_what_it_is(technical_file: Path) -> None:
    reader = pypdf.PdfReader(technical_file / "technical-file.pdf")
    attached = {name: content[0] for name, content in reader.attachments.items()}
    assert attached["assessment.json"] == (technical_file / "assessment.json").read_bytes()
    assert attached["matrix.csv"] == (technical_file / "matrix.csv").read_bytes()
    sbom = hashlib.sha256((EXAMPLE / "artefacts" / "sbom.cdx.json").read_bytes()).hexdigest()
    assert attached["sbom.sha256"].decode() == f"{sbom}  artefacts/sbom.cdx.json\n"
    assert not list(technical_file.rglob("sbom.cdx.json")), "the SBOM itself is withheld"
    xmp = reader.xmp_metadata
    assert xmp is not None
    declared = xmp.stream.get_data().decode()
    assert "<pdfaid:part>3</pdfaid:part>" in declared
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in declared
    assert "<pdfuaid:part>1</pdfuaid:part>" in declared


def test_a_second_build_elsewhere_is_the_same_byte_for_byte(technical_file: Path, tmp_path: Path) -> None:
    again = build("cra", tmp_path / "elsewhere")
    names = sorted(
        p.relative_to(again) for p in again.rglob("*") if p.is_file() and ".doctrees" not in p.parts
    )
    different = [n for n in names if (again / n).read_bytes() != (technical_file / n).read_bytes()]
    assert different == []


def test_no_artefact_or_page_names_a_machine(site: Path, technical_file: Path) -> None:
    pattern = re.compile(rb"(?<![\w./-])/(?:home|root|tmp|Users|var/folders)/\w")
    for folder in (EXAMPLE / "artefacts", technical_file):
        for path in folder.rglob("*"):
            if path.is_file() and ".doctrees" not in path.parts and path.suffix != ".pdf":
                assert not pattern.search(path.read_bytes()), path
