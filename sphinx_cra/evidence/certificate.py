"""Certificates, and reports of assessments, audits and penetration tests: any file.

Nothing in the file is read. Issuer, number, scope and the days on which it holds are what the
author states, and the reason says so; whether it holds on the reference date is decided in
``binding``. What it certifies is no link: a certificate proves what it ``verifies``, through the
trace like everything else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sphinx_cra.evidence.reader import EvidenceError
from sphinx_cra.model import Outcome, Verdict
from sphinx_cra.words import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sphinx_cra.evidence.reader import Claim, Exhibit

max_bytes: int | None = None

_NEEDED = {"issuer": "issuer", "number": "number", "valid_until": "end date (valid_until)"}
"""What a certificate without is none: nobody can ask its issuer whether it exists and still holds."""

_DAYS = {"from": "valid_from", "until": "valid_until"}


def parse(data: bytes) -> None:
    """Nothing: a certificate is read by people."""


def judge(claim: Claim, exhibits: Sequence[Exhibit]) -> Verdict:
    """Valid where the author states what a certificate needs; a report needs nothing but to be there."""
    fields = claim.fields
    missing = [words for name, words in _NEEDED.items() if not fields.get(name)]
    if claim.kind == "certificate" and missing:
        raise EvidenceError(f"the certificate is stated without {listed(missing)}")
    number, issuer = fields.get("number", ""), fields.get("issuer", "")
    where = exhibits[0].path if len(exhibits) == 1 else f"{len(exhibits)} files"
    what = " ".join(filter(None, (claim.kind, number, f"of {issuer}" if issuer else "")))
    days = [f"{word} {fields[name]}" for word, name in _DAYS.items() if fields.get(name)]
    said = [
        f"{what} is in {where}",
        f"valid {' '.join(days)}" if days else "",
        f"scope: {fields['scope']}" if fields.get("scope") else "",
        "as the author states; nothing in it is read",
    ]
    return Verdict(outcome=Outcome.VALID, reason=", ".join(filter(None, said)))
