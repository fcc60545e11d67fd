"""The views of other frameworks, in every builder: who says what, what remains, and nothing more."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from small_project import dead_links, project

if TYPE_CHECKING:
    from pathlib import Path

PRODUCT = """\
product:
  name: Gateway
  release: "1.0"
manufacturer:
  name: Works
document:
  date: 2027-01-01
iec62443:
  component_types: [NDR]
  target_sl: 2
"""
INDEX = """\
Gateway
=======

.. toctree::

   gap
   plan
   reverse
   levels

.. requirement:: Login
   :id: REQ_LOGIN
   :satisfies: CRA_ANX_I_P1_2_D

.. control:: Practice
   :id: CTRL_PRACTICE
   :satisfies: SSDF_RV_1_1

.. evidence:: Process
   :id: EVID_CERT_41
   :kind: certificate
   :file: cert.txt
   :issuer: Body
   :number: 4711
   :valid_until: 2028-01-01
   :certifies: IEC62443_4_1

.. evidence:: Component
   :id: EVID_CERT_42
   :kind: certificate
   :file: cert.txt
   :issuer: Body
   :number: 4712
   :valid_until: 2028-01-01
   :certifies: IEC62443_4_2
   :level: 1
"""
FILES = {
    "index.rst": INDEX,
    "gap.rst": "Gap\n===\n\n.. cra-frameworks::\n",
    "plan.md": "# Plan\n\n```{cra-certificate} EVID_CERT_41, EVID_CERT_42\n```\n",
    "reverse.md": "# Reverse\n\n```{cra-supports} iec62443-4-1\n:part: IEC62443_4_1_DM\n```\n",
    "levels.rst": "Levels\n======\n\n.. cra-security-levels::\n",
    "cra.yaml": PRODUCT,
    "cert.txt": "certified",
}
CONF = 'cra_catalogues = ["cra", "iec62443-4-1", "iec62443-4-2", "nist-ssdf"]\n'


def test_the_gap_page_says_what_the_product_has_who_supports_it_and_what_remains(tmp_path: Path) -> None:
    result = project(tmp_path, FILES, CONF).build()

    assert result.warnings == ()
    page = result.page("gap.html")
    blocks = {b.p.a.get_text() if b.p.a else b.p.get_text(): b for b in page.select("div.cra-block")}
    heads = [b.p.get_text() for b in page.select("div.cra-block")]
    assert sum(h.startswith("Annex I, ") for h in heads) == 22
    assert any(h.startswith("Article 14(") for h in heads)
    block = next(b for h, b in blocks.items() if h.startswith("Annex I, Part I, point (2)(d)"))
    terms = [t.get_text() for t in block.select("dt")]
    assert terms[0] == "The product itself"
    assert "Supported by IEC 62443-4-2" in terms
    assert "What remains, says cra-iec62443" in terms
    assert terms[-1] == "Next"
    words = " ".join(block.get_text(" ").split())
    assert "Carried by REQ_LOGIN" in words
    assert re.search(r"\(cra-iec62443: (derived|expert-judgement)", words)
    assert "Declare a control that implements REQ_LOGIN" in words
    assert dead_links(result) == []


def test_two_mappings_that_name_one_clause_are_both_shown(tmp_path: Path) -> None:
    own = """\
    mapping:
      id: own
      title: Ours
      version: "1"
      clauses_of: cra
      supported_by: [iec62443-4-1]
    rows:
      - clause: CRA_ANX_I_P2_5
        overall: supporting
        remaining_gap:
          - Our own rest.
        links:
          - by: [IEC62443_4_1_DM_5]
            strength: supporting
            basis: published
            source: [HOUSE]
    """
    made = project(tmp_path, {**FILES, "own.yaml": own}, CONF + 'cra_mappings = ["shipped", "own.yaml"]\n')
    result = made.build()

    assert result.warnings == ()
    row = result.row("CRA_ANX_I_P2_5")
    assert {s["mapping"] for s in row["supports"] if s["by"] == "IEC62443_4_1_DM_5"} >= {
        "own",
        "cra-iec62443",
    }
    assert {"mapping": "own", "text": "Our own rest."} in row["remaining"]
    words = result.words("gap.html")
    assert "(own: published, HOUSE)" in words
    assert "What remains, says own Our own rest." in words


def test_a_mapping_comes_with_its_catalogues_and_goes_with_the_configuration(tmp_path: Path) -> None:
    made = project(tmp_path, FILES, CONF)
    shipped = {m["id"] for m in made.build().data["mappings"]}
    assert {"cra-iec62443", "cra-nist-ssdf"} <= shipped
    assert "cra-osps-baseline" not in shipped
    one = made.build(to="one", cra_mappings=["cra-nist-ssdf"])
    assert [m["id"] for m in one.data["mappings"]] == ["cra-nist-ssdf"]
    none = made.build(to="none", cra_mappings=[])
    assert none.warnings == ()
    assert none.data["mappings"] == []
    assert none.row("CRA_ANX_I_P2_5")["state"] == "open"
    assert "No mapping is loaded" in none.words("gap.html")


def test_a_default_mapping_is_silent_about_catalogues_that_are_not_loaded(tmp_path: Path) -> None:
    made = project(tmp_path, {"index.rst": "T\n=\n"}, 'cra_catalogues = ["cra", "iec62443-4-1"]\n')
    result = made.build()
    assert result.warnings == ()
    assert "cra-iec62443" in {m["id"] for m in result.data["mappings"]}
    supports = [s["by"] for r in result.data["rows"] for s in r["supports"]]
    assert supports
    assert not [s for s in supports if s.startswith("IEC62443_4_2")]


def test_the_plan_orders_what_remains_by_date_and_then_by_what_supports_it(tmp_path: Path) -> None:
    result = project(tmp_path, FILES, CONF).build()
    page = result.page("plan.html")
    parts = [r.get_text().strip() for r in page.select("table.cra-steps tr.cra-spanning")]
    assert parts == [
        "Applies from 2026-09-11: nothing in this scope supports it",
        *(["Applies from 2026-09-11: supported by this scope"] if len(parts) > 4 else []),
        "Applies from 2027-12-11: nothing in this scope supports it",
        "Applies from 2027-12-11: supported by this scope",
        "Applies from 2027-12-11: supported in part by this scope",
    ]
    words = result.words("plan.html")
    assert "EVID_CERT_41 Process, for IEC62443_4_1. It is valid" in words
    assert "IEC 62443-4-1: 47 of 47 clauses that are asked of this product." in words
    assert "above level 1" in words
    assert "cra-nist-ssdf" not in " ".join(c for r in result.table("plan.html", "cra-supported") for c in r)


def test_a_scope_for_planning_needs_no_certificate(tmp_path: Path) -> None:
    source = "T\n=\n\n.. cra-certificate::\n   :scope: IEC62443_4_1_DM\n   :part: CRA_ANX_I_P2\n"
    result = project(tmp_path, {"index.rst": source}).build()
    assert result.warnings == ()
    assert "A scope stated for planning: IEC62443_4_1_DM. No certificate is behind it." in result.words(
        "index.html"
    )
    assert {r["state"] for r in result.data["rows"] if r["clause"].startswith("IEC62443_4_1_DM")} == {"open"}
    assert len(result.table("index.html", "cra-steps")) > 5


def test_levels_are_reached_by_covered_and_by_verified_clauses(tmp_path: Path) -> None:
    result = project(tmp_path, FILES, CONF).build()
    rows = result.table("levels.html", "cra-security-levels")
    assert len(rows) == 8
    assert all(r[1] == "SL-C 2" for r in rows[1:])
    assert {r[2].partition(" of ")[0].rsplit(" ", 1)[0] for r in rows[1:]} == {"SL-C 1"}
    assert all(re.fullmatch(r"SL-C 1 \d+ of \d+ verified", r[3]) for r in rows[1:])
    assert "%" not in " ".join(c for r in rows for c in r)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            ".. cra-frameworks::\n   :mappings: cra-iec6244\n",
            "no mapping 'cra-iec6244' is loaded; did you mean cra-iec62443? [cra.catalogue]",
        ),
        (
            ".. cra-frameworks::\n   :part: CRA_ANX_I_P3\n",
            "cra has no clause at or below CRA_ANX_I_P3",
        ),
        (
            ".. cra-certificate::\n",
            "cra-certificate names no certificate and no scope; name certificates (evidence",
        ),
        (
            ".. cra-certificate:: EVID_X\n",
            "cra-certificate names EVID_X, which is no evidence of kind certificate [cra.evidence]",
        ),
        (
            ".. cra-certificate::\n   :scope: CRA_ANX_I\n",
            "the scope names CRA_ANX_I, of the Regulation itself; it is left aside",
        ),
        (
            ".. cra-certificate::\n   :scope: iec62443-4-1\n",
            "the scope names iec62443-4-1, and no loaded clause is or begins so; did you mean IEC62443_4_1?",
        ),
        (
            ".. cra-certificate::\n   :scope: IEC62443_4_2\n   :level: high\n",
            "the level 'high' is no security level; write 1, 2, 3 or 4 [cra.evidence]",
        ),
        (
            ".. cra-supports:: iec62443\n",
            "no catalogue 'iec62443' is loaded; did you mean iec62443-4",
        ),
    ],
)
def test_a_slip_is_answered_at_its_line(tmp_path: Path, source: str, message: str) -> None:
    result = project(tmp_path, {"index.rst": f"T\n=\n\n{source}"}).build()
    (warning,) = result.warnings
    assert warning.startswith(f"index.rst:4: WARNING: {message}")


def test_a_certificate_that_certifies_the_law_warns_at_its_line_and_lifts_nothing(tmp_path: Path) -> None:
    source = INDEX.replace("IEC62443_4_1\n", "CRA_ANX_I\n", 1)
    result = project(tmp_path, {**FILES, "index.rst": source}, CONF).build()
    (warning,) = result.warnings
    assert warning.startswith(
        "index.rst:19: WARNING: EVID_CERT_41: certifies names CRA_ANX_I, of the Regulation"
    )
    states = {r["clause"]: r["state"] for r in result.data["rows"] if r["framework"] == "cra"}
    assert not {"verified", "covered"} & {s for c, s in states.items() if c.startswith("CRA_ANX_I_")}


def test_an_expired_certificate_carries_nothing_any_more(tmp_path: Path) -> None:
    made = project(tmp_path, FILES, CONF)
    assert made.build().row("IEC62443_4_1_DM_1")["state"] == "verified"
    made.replace("cra.yaml", "date: 2027-01-01", "date: 2029-01-01")
    result = made.build()
    assert result.row("IEC62443_4_1_DM_1")["state"] == "open"
    assert "It is expired" in result.words("plan.html")
    assert "✓ verified" not in result.words("gap.html")
    assert "no level" in result.words("levels.html")


@pytest.mark.parametrize("builder", ["text", "latex", "singlehtml", "man"])
def test_every_builder_writes_the_views(tmp_path: Path, builder: str) -> None:
    result = project(tmp_path, FILES, CONF + "man_pages = [('index', 'g', 'G', [], 1)]\n").build(builder)
    assert result.cra() == ()
    if builder == "text":
        text = (result.out / "gap.txt").read_text("utf-8")
        assert "What remains, says cra-iec62443" in text
        assert "The product itself" in text
    if builder == "singlehtml":
        assert dead_links(result) == []


def test_the_technical_file_has_the_gap_page_and_no_percentage_of_the_law(tmp_path: Path) -> None:
    import pypdf

    result = project(tmp_path, FILES, CONF).build("cra")
    assert [w for w in result.cra() if "cra.pdf" in w] == []
    text = "\n".join(p.extract_text() for p in pypdf.PdfReader(result.out / "technical-file.pdf").pages)
    assert "What other frameworks support, and what they leave open" in text
    assert "says cra-iec62443" in text
    texts = [text, *(c.decode("utf-8", "replace") for c in result.files(".json", ".csv", ".txt").values())]
    for found in texts:
        assert not re.search(r"\d\s*%", found)


def test_pages_of_a_parallel_build_are_those_of_a_serial_one(tmp_path: Path) -> None:
    made = project(tmp_path, FILES, CONF)
    serial, parallel = made.run("html", to="serial"), made.run("html", "-j", "2", to="parallel")
    assert serial.warnings == parallel.warnings == ()
    for name in ("gap.html", "plan.html", "reverse.html", "levels.html"):
        assert serial.read(name) == parallel.read(name)


def test_a_change_elsewhere_reaches_the_pages_in_the_next_build(tmp_path: Path) -> None:
    made = project(tmp_path, FILES, CONF)
    made.build()
    made.replace("index.rst", ":level: 1", ":level: 2")
    made.replace("index.rst", ":satisfies: SSDF_RV_1_1", ":satisfies: SSDF_RV_1_1, CRA_ANX_I_P2_5")
    result = made.build()
    fresh = made.build(to="fresh")
    for name in ("gap.html", "plan.html", "levels.html"):
        assert result.words(name) == fresh.words(name)
    assert "Carried by CTRL_PRACTICE" in result.words("gap.html")
    assert "SL-C 2" in result.table("levels.html", "cra-security-levels")[1][2]
