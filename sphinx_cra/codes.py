"""What each code of a finding means, what would change it, and an example.

The meaning is the docstring of the member of ``model.Code``, so that there is one sentence of it; the
reference page, ``sphinx-cra explain`` and the rules in a SARIF file all read it here.
"""

from __future__ import annotations

import ast
import functools
import inspect
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sphinx_cra import model
from sphinx_cra.model import GAP_CODES, Code

if TYPE_CHECKING:
    from collections.abc import Mapping

DOCS = "https://sphinx-cra.readthedocs.io"
"""Where the documentation is published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Help:
    """What is to be known of a code."""

    code: Code
    meaning: str
    """When it is said, in a sentence."""
    way_out: str
    """What would change it, in a sentence."""
    example: str = ""
    """A few lines of source that mend it."""

    @property
    def gap(self) -> bool:
        """Whether it says that the project lacks something; only ``cra_gate`` makes it warn."""
        return self.code in GAP_CODES

    @property
    def url(self) -> str:
        """Where it is documented."""
        return f"{DOCS}/reference/warnings.html#cra-{self.code.value.replace('_', '-')}"


def of(code: Code) -> Help:
    """What is to be known of a code."""
    said, example = _WAYS_OUT[code]
    return Help(code=code, meaning=_meanings()[code.value], way_out=said, example=example)


def way_out(code: Code) -> str:
    """What would change a finding that says nothing of it itself, as the second half of a sentence."""
    said = _WAYS_OUT[code][0].rstrip(".")
    return said[:1].lower() + said[1:]


@functools.cache
def _meanings() -> Mapping[str, str]:
    """Value of each code -> its docstring, which Python itself does not keep."""
    tree = ast.parse(inspect.getsource(model))
    body = next(n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == Code.__name__).body
    found = {}
    for member, doc in itertools.pairwise(body):
        if isinstance(member, ast.Assign) and isinstance(doc, ast.Expr):
            value, said = ast.literal_eval(member.value), ast.literal_eval(doc.value)
            found[str(value)] = " ".join(str(said).split())
    return found


_WAYS_OUT: Mapping[Code, tuple[str, str]] = {
    Code.CONFIG: (
        "Mend the value in conf.py that the message names.",
        'cra_gate = {"failed": "error"}',
    ),
    Code.CATALOGUE: (
        (
            "Mend the file at the line that the message names, or name it in cra_catalogues; "
            "sphinx-cra catalogue check finds its faults without a build."
        ),
        'cra_catalogues = ["cra", "iec62443-4-2", "catalogues/house.yaml"]',
    ),
    Code.PRODUCT: (
        "Mend cra.yaml at the line that the message names.",
        'product:\n  name: Gateway\n  release: "1.0"',
    ),
    Code.UNKNOWN_CLAUSE: (
        "Use the id of a clause that is loaded; sphinx-cra explain answers an unknown one with the nearest.",
        ":satisfies: CRA_ANX_I_P1_2_D",
    ),
    Code.UNKNOWN_NEED: ("Use the id of a need of the project, or write the need.", ":implements: REQ_LOGIN"),
    Code.LINK_KIND: (
        "Use the link that fits what stands at its two ends.",
        ":implements: REQ_LOGIN\n:mitigates: RISK_GUESSING",
    ),
    Code.HEADING: ("Link to the points below the heading that are meant.", ":satisfies: CRA_ANX_I_P1_2_D"),
    Code.NOT_EXCLUDABLE: (
        "Remove the exclusion: only Annex I, Part I, points (2)(a) to (m) may not apply (Article 13(4)).",
        ".. requirement:: Updates are free of charge\n   :satisfies: CRA_ANX_I_P2_8",
    ),
    Code.NO_REASON: (
        "Write the justification as the content of the exclusion, and name the clause.",
        (
            ".. exclusion:: No remote data processing\n   :excludes: CRA_ANX_I_P1_2_E\n\n"
            "   The product keeps no data outside of itself."
        ),
    ),
    Code.REVIEW: (
        "Look at the reasons again and set a new date, or mend cra-reviews.yaml.",
        ":review_by: 2028-06-30",
    ),
    Code.CONTRADICTION: (
        "Remove the exclusion, or the link of what carries the clause.",
        ".. requirement:: Stored data is encrypted\n   :satisfies: CRA_ANX_I_P1_2_E",
    ),
    Code.EVIDENCE: (
        "Mend the artefact or what the evidence says of it; until then it proves nothing.",
        ".. evidence:: Login tests\n   :kind: junit\n   :file: reports/login.xml\n   :verifies: CTRL_LOGIN",
    ),
    Code.REPORT: ("Mend cra-reports.yaml, or the options of cra-reports.", ":now: 2027-01-31T12:00Z"),
    Code.SECTION: (
        "Put cra-section under the title of what is claimed, once a point.",
        ".. cra-section:: 2a",
    ),
    Code.CITATION: (
        "Cite a place that exists; sphinx-cra cite says how a citation is read.",
        "Annex I, Part I, point (2)(d)",
    ),
    Code.PDF: (
        "Do what the message says; the HTML pages are not touched by it.",
        'cra_pdf_font_paths = ["fonts"]',
    ),
    Code.BUNDLE: (
        "Do what the message says, and pack again; the technical file is whole.",
        "sbom:\n  requests:\n    - authority: BSI\n      date: 2028-01-31\n      reason: a severe incident",
    ),
    Code.BASELINE: (
        (
            "Mend cra-baseline.yaml at the line that the message names, or write it again with "
            "sphinx-cra baseline write."
        ),
        'sphinx-cra baseline write docs --by "A. Person" --why "planned for release 2.1"',
    ),
    Code.FAILED: (
        (
            "Make the evidence pass, or mend what it shows to be wrong; an altered file is recorded again "
            "with sphinx-cra evidence lock."
        ),
        "sphinx-cra explain CRA_ANX_I_P1_2_D --dir docs",
    ),
    Code.PLANNED: (
        "Implement every carrier with a control, or prove it with evidence.",
        ".. control:: Lockout after five attempts\n   :implements: REQ_LOGIN",
    ),
    Code.SUPPORTED: (
        "Let a requirement or control of the product satisfy the clause itself; support is not enough.",
        ":satisfies: CRA_ANX_I_P1_2_D",
    ),
    Code.OPEN: (
        "Write a requirement or control that satisfies the clause or, where the law allows it, an exclusion.",
        ".. requirement:: Only the owner logs in\n   :satisfies: CRA_ANX_I_P1_2_D",
    ),
    Code.SUSPECT: (
        "Look at the item beside what changed, and record that with sphinx-cra review accept.",
        'sphinx-cra review accept CTRL_LOGIN --by "A. Person" --why "the new limit is still kept"',
    ),
    Code.ANNEX_VII: (
        "Claim the section that says it, state the facts in cra.yaml, or link the evidence that it names.",
        ".. cra-section:: 2a",
    ),
    Code.UNLINKED: (
        "Say with a link what the item is there for, or leave it out.",
        ":verifies: CTRL_LOGIN",
    ),
    Code.RULE: (
        "Change the fact that the rule names, or state the missing one in cra.yaml.",
        "support_period:\n  end: 2032-12",
    ),
}
