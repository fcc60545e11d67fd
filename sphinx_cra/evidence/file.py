"""Any file: a report, a screenshot, the record of a review.

Shows that the file is there and unchanged, and nothing else. Nothing in it is read, so a
result is only what the author states.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sphinx_cra.model import Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sphinx_cra.evidence.reader import Claim, Exhibit

max_bytes: int | None = None


def parse(data: bytes) -> None:
    """Nothing: what is in the file does not matter here."""


def judge(claim: Claim, exhibits: Sequence[Exhibit]) -> Verdict:
    """Valid: the caller has seen that the files are there."""
    what = f"{exhibits[0].path} is there" if len(exhibits) == 1 else f"{len(exhibits)} files are there"
    said = (
        "that it passed is stated by the author, not read from it"
        if claim.result
        else "nothing in it is read"
    )
    ignored = ", so `select` has no effect" if claim.select else ""
    return Verdict(outcome=Outcome.VALID, reason=f"{what}; {said}{ignored}")
