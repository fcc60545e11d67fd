"""What a reader of artefacts is: the interface between finding a file and judging it.

Nothing here looks at a file or decides anything.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from sphinx_cra.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sphinx_cra.evidence.files import Project
    from sphinx_cra.model import Artefact, Verdict


class EvidenceError(Exception):
    """Why there is nothing to judge. Becomes the verdict; never leaves this package.

    :param reason: one sentence, complete without anything around it.
    """

    def __init__(self, reason: str, outcome: Outcome = Outcome.UNREADABLE) -> None:
        self.reason = reason
        self.outcome = outcome
        super().__init__(reason)


NAMED = 50
"""Failures of one piece of evidence that are told from each other."""


def refuted(names: Iterable[str]) -> tuple[str, ...]:
    """What failed, for ``Verdict.refuted``: names, the second of one numbered; of many, how many."""
    found = list(names)
    if len(found) > NAMED:
        return (f"{len(found)} failures",)
    seen: Counter[str] = Counter()
    told = []
    for name in (n[:200] for n in found):
        seen[name] += 1
        told.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What the author wrote about a piece of evidence."""

    kind: str
    select: str = ""
    """What to look at in the artefact; each reader says what it understands."""
    result: str = ""
    """``passed`` or ``failed``, stated by the author; empty where nothing is stated."""
    fields: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Everything the author wrote, for what only one reader knows (a threshold, a minimum)."""
    project: Project
    """For readers that set the artefact against another file, as an SBOM against a lock file."""
    evidence: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    """What the author wrote about every piece of evidence of the project, by id; this one too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """One file of a piece of evidence, as its reader parsed it."""

    artefact: Artefact
    content: Any
    """What :meth:`Reader.parse` returned; None where the reader does not look inside."""

    @property
    def path(self) -> str:
        """Relative to the project."""
        return self.artefact.path


class Reader(Protocol):
    """Turns artefacts of one kind into a verdict. A module with these three names is one.

    Both functions see only files that lie inside the project, are not empty and have the recorded
    digest. What they cannot use they refuse with :class:`EvidenceError`; any other exception becomes
    ``unreadable`` as well.
    """

    max_bytes: int | None
    """Largest file that is read; None where ``parse`` is not wanted and any size will do."""

    def parse(self, data: bytes, /) -> Any:
        """What the file holds, however it is cited: called once for a file, and again when it changed."""

    def judge(self, claim: Claim, exhibits: Sequence[Exhibit], /) -> Verdict:
        """What the files, sorted by path, show for the claim.

        The caller adds the artefacts, and the date and version of the author where there are none.
        """
