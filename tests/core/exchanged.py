"""Assessments to be exchanged, a common, a hostile and an empty one, as ``assessment.json`` has them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from build import assessed, control, evidence, exclusion, frame, item, mapping, relation, requirement, risk
from sphinx_cra import product
from sphinx_cra.render.data import assessment_data, json_text

if TYPE_CHECKING:
    from pathlib import Path

    from sphinx_cra.assessment import Assessment

HOSTILE = (
    '=HYPERLINK("https://evil.example","x")',
    "<script>alert(1)</script> & <b>b</b>",
    "\u202egnisrever\u202c التحكم في الوصول",
    "z" * 500,
    "*bold* `code` [link](javascript:alert(1)) {{ insert: param, x }} _em_ \\",
    "]]> <!-- --> <?php ?> \x00\x0b\ud800",
)
YAML = """\
product:
  name: Gateway <2>
  release: "1.0"
  description: A box & more.
manufacturer:
  name: Works "A" & <B>
document:
  date: 2026-03-01
"""


def data(assessment: Assessment) -> dict[str, Any]:
    """The assessment as a program finds it on disk."""
    text = json_text(assessment_data(assessment, generator="sphinx-cra 1"))
    found: dict[str, Any] = json.loads(text)
    return found


def common() -> dict[str, Any]:
    """A clause in each state that the small law can have, and every outcome that matters."""
    return data(
        assessed(
            requirement("REQ_A", satisfies="LAW_B", mitigates="RISK_1"),
            replace(control("CTRL_A", implements="REQ_A"), status="done"),
            control("CTRL_B", satisfies="STD_1"),
            control("CTRL_F", satisfies="ISO_1"),
            requirement("REQ_LOST", mitigates="RISK_1"),
            risk("RISK_1", concerns="LAW_B", treatment="mitigate"),
            evidence("EVID_A", verifies="CTRL_A", file="a.xml"),
            evidence("EVID_F", verifies="CTRL_F", file="f.xml"),
            evidence("EVID_NONE", verifies="CTRL_NOWHERE", url="https://example.org/report"),
            exclusion("EXCL_A", excludes="LAW_A"),
            mappings=(mapping(relation("LAW_B", "STD_1")),),
            EVID_A="valid",
            EVID_F="failed",
            EVID_NONE="unchecked",
        )
    )


def hostile(folder: Path) -> dict[str, Any]:
    """Titles, contents and fields that each format could take for something else; a product file as well."""
    path = folder / "cra.yaml"
    path.write_text(YAML, "utf-8")
    items = [
        item(
            "requirement",
            f"REQ_{n}",
            f"{text}\n   indented\n\n.. raw:: html\n\n   {text}",
            title=text,
            satisfies="LAW_B",
        )
        for n, text in enumerate(HOSTILE)
    ]
    proof = [
        evidence(f"EVID_{n}", title=text, verifies=f"REQ_{n}", file=f"../{text}", version=text)
        for n, text in enumerate(HOSTILE)
    ]
    return data(assessed(*items, *proof, product=product.load(path, source="cra.yaml"), EVID_0="valid"))


def empty() -> dict[str, Any]:
    """No needs, no product file."""
    return data(assessed())


def nothing() -> dict[str, Any]:
    """Not even a catalogue that asks anything."""
    return data(assessed(catalogues=(frame(),)))


def large(count: int) -> dict[str, Any]:
    """``count`` needs: requirements, as many controls, and evidence."""
    third = count // 3
    items = [requirement(f"REQ_{n}", satisfies="LAW_B") for n in range(third)]
    items += [control(f"CTRL_{n}", implements=f"REQ_{n}") for n in range(third)]
    items += [evidence(f"EVID_{n}", verifies=f"CTRL_{n}") for n in range(count - 2 * third)]
    return data(assessed(*items))
