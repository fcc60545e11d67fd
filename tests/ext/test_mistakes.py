"""What authors get wrong: one clear warning where it can be mended, and a build that goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from small_project import project

if TYPE_CHECKING:
    from pathlib import Path

EMPTY = "T\n=\n"


# ----------------------------------------------------------------------------- data files


PRODUCT = 'product:\n  name: Gateway\n  release: "1.0"\nmanufacturer:\n  name: Works\n'
OWN = """\
catalogue:
  id: house
  title: House rules
  short: House
  edition: "2027"
  prefix: HOUSE_
clauses:
  - id: HOUSE_1
    cite: Rule 1
    title: Lock
  - id: HOUSE_2
    cite: Rule 2
    title: Open
"""
HOUSE = 'cra_catalogues = ["cra", "house.yaml"]\n'
MAPPING = """\
mapping:
  id: own
  title: Ours
  version: "1"
  clauses_of: cra
  supported_by: [house]
rows:
  - clause: CRA_ANX_I_P1_2_D
    overall: partial
    remaining_gap:
      - The rest.
    links:
      - by: [HOUSE_1]
        strength: partial
        basis: expert-judgement
"""
OVERLAY = "overlay:\n  framework: iec62443-4-1\n  licence: Ours\nwording:\n  IEC62443_4_1_SVV_3: Words.\n"


@pytest.mark.parametrize(
    ("files", "conf", "message"),
    [
        (
            {"cra.yaml": "product:\n  name: [Gateway\n"},
            "",
            (
                "cra.yaml:2: WARNING: not YAML: while parsing a flow sequence did not find expected "
                "',' or ']' "
                "[cra.product]"
            ),
        ),
        (
            {"cra.yaml": PRODUCT.replace("manuf", "  intended_purpos: Routing\nmanuf", 1)},
            "",
            (
                "cra.yaml:4: WARNING: product.intended_purpos: unknown key; did you mean 'intended_purpose'? "
                "[cra.product]"
            ),
        ),
        (
            {},
            'cra_product = "product/cra.yaml"\n',
            "WARNING: product/cra.yaml: no such file [cra.product]",
        ),
        (
            {"house.yaml": OWN.replace("id: HOUSE_2", "id: HOUSE_1")},
            HOUSE,
            "house.yaml:11: WARNING: clauses.1.id: HOUSE_1 is given twice, first on line 8 [cra.catalogue]",
        ),
        (
            {"house.yaml": OWN.replace("    title: Open", "\ttitle: Open")},
            HOUSE,
            (
                "house.yaml:13: WARNING: not YAML: while scanning a plain scalar found a tab character that "
                "violates indentation; indent with spaces, not with tabs [cra.catalogue]"
            ),
        ),
        (
            {},
            HOUSE,
            "WARNING: house.yaml: no such file [cra.catalogue]",
        ),
        (
            {},
            'cra_catalogues = ["cra", "../house.yaml"]\n',
            "WARNING: ../house.yaml: leads out of the project [cra.catalogue]",
        ),
        (
            {},
            'cra_catalogues = ["cra", "iec62443-4-1", "iec62443-42"]\n',
            (
                "WARNING: iec62443-42: no such catalogue; did you mean 'iec62443-4-2'? (a file of "
                "the project is "
                "named with its ending, .yaml) [cra.catalogue]"
            ),
        ),
        (
            {"house.yaml": OWN, "map.yaml": MAPPING.replace("[HOUSE_1]", "[HOUSE_11]")},
            HOUSE + 'cra_mappings = ["map.yaml"]\n',
            "map.yaml:13: WARNING: no clause HOUSE_11 in house; did you mean HOUSE_1? [cra.catalogue]",
        ),
        (
            {"house.yaml": OWN, "map.yaml": MAPPING.replace("CRA_ANX_I_P1_2_D", "CRA_ANX_1_P1_2_D")},
            HOUSE + 'cra_mappings = ["map.yaml"]\n',
            (
                "map.yaml:8: WARNING: no clause CRA_ANX_1_P1_2_D in cra; did you mean CRA_ANX_I_P1_2_D? "
                "[cra.catalogue]"
            ),
        ),
        (
            {"map.yaml": "mapping: [\n"},
            'cra_mappings = ["map.yaml"]\n',
            (
                "map.yaml:2: WARNING: not YAML: while parsing a flow node did not find expected node content "
                "[cra.catalogue]"
            ),
        ),
        (
            {"over.yaml": OVERLAY.replace("SVV_3", "SVV_33")},
            'cra_overlays = ["over.yaml"]\n',
            (
                "over.yaml:5: WARNING: no clause IEC62443_4_1_SVV_33 in iec62443-4-1; did you mean "
                "IEC62443_4_1_SVV_3 or IEC62443_4_1_SVV_5 or IEC62443_4_1_SVV_4? [cra.catalogue]"
            ),
        ),
        (
            {"over.yaml": OVERLAY.replace("iec62443-4-1", "nist")},
            'cra_overlays = ["over.yaml"]\n',
            (
                "over.yaml:2: WARNING: no catalogue 'nist' is loaded; loaded are cra, iec62443-4-1, "
                "iec62443-4-2 "
                "[cra.catalogue]"
            ),
        ),
        (
            {"over.yaml": OVERLAY.replace("wording:", "wording: {")},
            'cra_overlays = ["over.yaml"]\n',
            (
                "over.yaml:4: WARNING: not YAML: while parsing a flow mapping did not find expected "
                "',' or '}' "
                "[cra.catalogue]"
            ),
        ),
        (
            {"cra.yaml": PRODUCT + "standards:\n  - id: X\n    clauses: [CRA_ANX_I_P1_2_Z]\n"},
            "",
            (
                "cra.yaml:8: WARNING: standards.0.clauses.0: 'CRA_ANX_I_P1_2_Z' is no known clause; did you "
                "mean 'CRA_ANX_I_P1_2_M' or 'CRA_ANX_I_P1_2_L' or 'CRA_ANX_I_P1_2_K'? [cra.product]"
            ),
        ),
    ],
)
def test_a_fault_in_a_data_file_is_one_warning_at_its_file_and_line(
    tmp_path: Path, files: dict[str, str], conf: str, message: str
) -> None:
    result = project(tmp_path, {"index.rst": EMPTY, **files}, conf).build()

    assert result.warnings == (message,)
    assert result.code == 0
    assert result.row("CRA_ANX_I_P1_2_D")["state"] == "open"  # what is whole is used


def test_a_broken_catalogue_keeps_its_directive_from_nothing_but_itself(tmp_path: Path) -> None:
    source = "T\n=\n\n.. cra-catalogue:: house\n\n.. cra-matrix:: cra\n   :part: CRA_ANX_I\n"
    files = {"index.rst": source, "house.yaml": OWN.replace("title: Lock", "titel: Lock")}
    result = project(tmp_path, files, HOUSE).build()

    assert result.warnings == (
        "house.yaml:8: WARNING: clauses.0: 'title' is required here [cra.catalogue]",
        "house.yaml:10: WARNING: clauses.0.titel: unknown key; did you mean 'title'? [cra.catalogue]",
        "index.rst:4: WARNING: no catalogue 'house' is loaded; loaded are cra [cra.catalogue]",
    )
    assert len(result.table("index.html", "cra-matrix")) > 20


@pytest.mark.parametrize(
    ("conf", "message"),
    [
        ("cra_catalogues = None", "cra_catalogues"),
        ('cra_catalogues = "cra"', "cra_catalogues"),
        ("cra_catalogues = [1]", "cra_catalogues"),
        ("cra_mappings = {}", "cra_mappings"),
        ("cra_overlays = [None]", "cra_overlays"),
        ("cra_types = ['spec']", "cra_types"),
        ("cra_types = {1: 2}", "cra_types"),
        ("cra_types = {'control': {'as': 'control', 'links': 'x'}}", "cra_types"),
        ("cra_types = {'control': {'as': 'control', 'fields': ['x']}}", "cra_types"),
        ("cra_gate = None", "cra_gate"),
        ("cra_gate = 'open'", "cra_gate"),
        ("cra_gate = [1]", "cra_gate"),
        ("cra_product = None", "cra_product"),
        ("cra_product = ''", "WARNING"),
        ("cra_product = '.'", "WARNING"),
        ("cra_base_url = 1", "cra_base_url"),
    ],
)
def test_a_configuration_value_of_another_kind_is_a_warning_and_no_traceback(
    tmp_path: Path, conf: str, message: str
) -> None:
    result = project(tmp_path, {"index.rst": "T\n=\n\n.. cra-gaps::\n"}, conf).build()

    assert result.code == 0
    assert any(message in w for w in result.warnings), result.warnings


# ----------------------------------------------------------------------------------- links


@pytest.mark.parametrize(
    ("source", "messages"),
    [
        (
            (
                ".. control:: C\n   :id: CTRL_1\n   :implements: REQ_LGIN\n\n"
                ".. requirement:: R\n   :id: REQ_LOGIN\n   :satisfies: CRA_ANX_I_P1_2_D\n"
            ),
            [
                (
                    "index.rst:4: WARNING: CTRL_1: implements names REQ_LGIN, and there is no such "
                    "requirement; "
                    "did you mean REQ_LOGIN? [cra.unknown_need]"
                )
            ],
        ),
        (
            ".. requirement:: R\n   :id: REQ_LOGIN\n   :satisfies: CRA_ANX_I_P1_2_Q\n",
            [
                (
                    "index.rst:4: WARNING: REQ_LOGIN: satisfies names the unknown clause "
                    "CRA_ANX_I_P1_2_Q; did you "
                    "mean CRA_ANX_I_P1_2_M, CRA_ANX_I_P1_2_L or CRA_ANX_I_P1_2_K? [cra.unknown_clause]"
                )
            ],
        ),
        (
            ".. requirement:: R\n   :id: REQ_LOGIN\n   :satisfies: cra_anx_i_p1_2_d\n",
            [
                (
                    "index.rst:4: WARNING: REQ_LOGIN: satisfies names the unknown clause "
                    "cra_anx_i_p1_2_d; did you "
                    "mean CRA_ANX_I_P1_2_D? [cra.unknown_clause]"
                )
            ],
        ),
        (
            ".. requirement:: R\n   :id: REQ_LOGIN\n   :satisfies: CRA_ANX_I_P1\n",
            [
                (
                    "index.rst:4: WARNING: REQ_LOGIN: satisfies names CRA_ANX_I_P1, a heading that "
                    "asks nothing "
                    "itself; name one of its points: CRA_ANX_I_P1_1 and CRA_ANX_I_P1_2 [cra.heading]"
                )
            ],
        ),
        (
            ".. control:: C\n   :id: CTRL_1\n   :implements: RISK_1\n\n.. risk:: R\n   :id: RISK_1\n",
            [
                (
                    "index.rst:4: WARNING: CTRL_1: implements leads to RISK_1, a risk; it wants a "
                    "requirement "
                    "[cra.link_kind]"
                )
            ],
        ),
        (
            ".. exclusion:: E\n   :id: EXCL_1\n   :excludes: CRA_ANX_I_P1_2_G\n",
            [
                (
                    "index.rst:4: WARNING: EXCL_1: the exclusion gives no reason; write the "
                    "justification that "
                    "Article 13(4) asks for as its content [cra.no_reason]"
                )
            ],
        ),
        (
            ".. exclusion:: E\n   :id: EXCL_1\n\n   Why.\n",
            ["index.rst:4: WARNING: EXCL_1: the exclusion names no clause; add :excludes: [cra.no_reason]"],
        ),
        (
            ".. exclusion:: E\n   :id: EXCL_1\n   :excludes: CRA_ANX_I_P2_1\n\n   Why.\n",
            [
                (
                    "index.rst:4: WARNING: EXCL_1: CRA_ANX_I_P2_1 (Annex I, Part II, point (1)) "
                    "cannot be declared "
                    "not applicable; only Annex I, Part I, points (2)(a) to (m) of the CRA can "
                    "(Article 13(4)) "
                    "[cra.not_excludable]"
                )
            ],
        ),
        (
            (
                ".. exclusion:: E\n   :id: EXCL_1\n   :excludes: CRA_ANX_I_P1_2_G\n\n   Why.\n\n"
                ".. control:: C\n   :id: CTRL_1\n   :satisfies: CRA_ANX_I_P1_2_G\n"
            ),
            [
                (
                    "index.rst:4: WARNING: EXCL_1 excludes CRA_ANX_I_P1_2_G, which CTRL_1 satisfies; "
                    "the carriers "
                    "win; remove the exclusion or the link [cra.contradiction]"
                )
            ],
        ),
        (
            ".. evidence:: E\n   :id: EVID_1\n   :kind: file\n   :file: ../secret.txt\n",
            [
                (
                    "index.rst:4: WARNING: EVID_1 is unreadable: ../secret.txt leaves the project; "
                    "evidence lies "
                    "inside it, and is named from its root; until then it proves nothing [cra.evidence]"
                )
            ],
        ),
        (
            ".. evidence:: E\n   :id: EVID_1\n   :kind: file\n   :file: reports/*.xml\n",
            [
                (
                    "index.rst:4: WARNING: EVID_1 is missing: reports/*.xml matches no file; until "
                    "then it proves "
                    "nothing [cra.evidence]"
                )
            ],
        ),
        (
            ".. evidence:: E\n   :id: EVID_1\n   :kind: jnuit\n   :file: conf.py\n",
            [
                (
                    "index.rst:4: WARNING: EVID_1: 'jnuit' is not a kind of evidence; did you mean 'junit'? "
                    "[cra.evidence]"
                )
            ],
        ),
        (
            ".. evidence:: E\n   :id: EVID_1\n   :kind: junit\n   :file: conf.py\n",
            [
                (
                    "index.rst:4: WARNING: EVID_1 is unreadable: conf.py: not XML: syntax error (line 1); "
                    "until then it proves nothing [cra.evidence]"
                )
            ],
        ),
        (
            f".. evidence:: E\n   :id: EVID_1\n   :kind: file\n   :file: conf.py\n   :sha256: {'0' * 64}\n",
            [
                (
                    "index.rst:4: WARNING: EVID_1 is altered: conf.py changed: the digest is HERE, "
                    "the recorded one "
                    "000000000000; until then it proves nothing [cra.evidence]"
                )
            ],
        ),
    ],
)
def test_a_mistake_in_a_need_is_one_warning_at_its_line(
    tmp_path: Path, source: str, messages: list[str]
) -> None:
    import hashlib

    made = project(tmp_path, {"index.rst": f"T\n=\n\n{source}", "../secret.txt": "x"})
    here = hashlib.sha256((made.source / "conf.py").read_bytes()).hexdigest()[:12]
    result = made.build()

    assert list(result.warnings) == [m.replace("HERE", here) for m in messages]
    assert result.code == 0


def test_warnings_of_mistakes_are_said_in_a_build_without_changes_too(tmp_path: Path) -> None:
    source = "T\n=\n\n.. exclusion:: E\n   :id: EXCL_1\n   :excludes: CRA_ANX_I_P1_2_G\n"
    made = project(tmp_path, {"index.rst": source})

    assert made.build().warnings == made.build().warnings != ()


@pytest.mark.parametrize("code", ["unknown_need", "no_reason", "evidence", "contradiction", "heading"])
def test_each_code_can_be_silenced_alone(tmp_path: Path, code: str) -> None:
    source = """\
    T
    =

    .. control:: C
       :id: CTRL_1
       :implements: REQ_NONE
       :satisfies: CRA_ANX_I_P1_2_G, CRA_ANX_I_P1

    .. exclusion:: E
       :id: EXCL_1
       :excludes: CRA_ANX_I_P1_2_G

    .. evidence:: E
       :id: EVID_1
       :kind: file
       :file: none.txt
    """
    result = project(tmp_path, {"index.rst": source}, f'suppress_warnings = ["cra.{code}"]').build()

    left = sorted(w.rpartition("[")[2] for w in result.warnings)
    every = {"unknown_need", "no_reason", "evidence", "contradiction", "heading"}
    assert left == sorted(f"cra.{c}]" for c in every - {code})


# ------------------------------------------------------------------------------ the gates


GAPS = """\
T
=

.. requirement:: Planned
   :id: REQ_1
   :satisfies: CRA_ANX_I_P1_2_D

.. control:: Failed
   :id: CTRL_1
   :satisfies: CRA_ANX_I_P1_2_E

.. evidence:: Tests
   :id: EVID_1
   :kind: file
   :file: conf.py
   :result: failed
   :verifies: CTRL_1

.. control:: Of IEC
   :id: CTRL_2
   :satisfies: IEC62443_4_1_SUM_1
"""


def test_a_build_is_green_on_honest_gaps_even_where_warnings_are_errors(tmp_path: Path) -> None:
    result = project(tmp_path, {"index.rst": GAPS}).run("html", "-W", "-n", "--keep-going")

    assert result.warnings == ()
    assert result.code == 0


@pytest.fixture(scope="module")
def gated(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    gate = 'cra_gate = ["failed", "open:CRA_ANX_I", "planned", "supported", "annex_vii"]\n'
    return project(tmp_path_factory.mktemp("gate"), {"index.rst": GAPS}, gate).build().warnings


def of(warnings: tuple[str, ...], code: str) -> list[str]:
    return [w for w in warnings if w.endswith(f"[cra.{code}]")]


def test_each_gap_that_is_asked_for_warns_where_it_can_be_closed(gated: tuple[str, ...]) -> None:
    planned = of(gated, "planned")
    assert len(planned) == 1
    assert planned[0].startswith("index.rst:4: WARNING: CRA_ANX_I_P1_2_D (")
    failed = of(gated, "failed")
    assert len(failed) == 1
    assert failed[0].startswith("index.rst:8: WARNING: CRA_ANX_I_P1_2_E (")
    assert len(of(gated, "annex_vii")) == 15
    supported = of(gated, "supported")
    assert supported
    assert all(w.startswith("conf.py:3: WARNING: CRA_") for w in supported)


def test_a_gate_narrowed_to_an_id_warns_of_nothing_else(gated: tuple[str, ...]) -> None:
    found = of(gated, "open")
    assert found
    assert all(w.startswith("conf.py:3: WARNING: CRA_ANX_I_P") for w in found)


def test_a_gate_fails_a_build_whose_warnings_are_errors(tmp_path: Path) -> None:
    made = project(tmp_path, {"index.rst": GAPS}, 'cra_gate = ["failed"]\n')

    assert made.build(strict=True).code == 1


@pytest.mark.parametrize(
    ("gate", "message"),
    [
        (
            '["opne"]',
            "conf.py:8: WARNING: cra_gate: 'opne' is no code of a finding; did you mean open? [cra.config]",
        ),
        (
            '["open:CRA_ANX_IX"]',
            (
                "conf.py:8: WARNING: cra_gate: no clause is at or below CRA_ANX_IX; did you mean CRA_ANX_VI, "
                "CRA_ANX_II or "
                "CRA_ANX_VII? [cra.config]"
            ),
        ),
    ],
)
def test_a_gate_that_would_never_close_is_a_warning(tmp_path: Path, gate: str, message: str) -> None:
    result = project(tmp_path, {"index.rst": EMPTY}, f"cra_gate = {gate}\n").build()

    assert result.warnings == (message,)
