"""What a technical file is bound to: the released files that its product file and evidence name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sphinx_cra.model import Kind, Outcome

if TYPE_CHECKING:
    from sphinx_cra.assessment import Assessment
    from sphinx_cra.product import Product
    from sphinx_cra.product.model import SbomRequest

_SHA256 = re.compile(r"(?:sha256:)?([0-9a-f]{64})")
_NAMED = 3


def artefacts(assessment: Assessment) -> tuple[dict[str, str], ...]:
    """Name and SHA-256 of each released file, each digest once and each under a name of its own.

    Those of the release in ``product.versions``, then those in ``artefact_sha256`` of evidence; not of
    evidence that is about another release.
    """
    names: dict[str, str] = {}
    product = assessment.product
    for version in product.released if product else ():
        if product and _SHA256.fullmatch(version.sha256):
            part = f" ({version.part.value})" if version.part else ""
            names.setdefault(version.sha256, f"{product.name} {version.version}{part}")
    stated: dict[str, list[str]] = {}
    for item in assessment.trace.of_kind(Kind.EVIDENCE):
        verdict = assessment.verdicts.get(item.id)
        found = _SHA256.fullmatch(item.fields.get("artefact_sha256", "").strip().casefold())
        if found and verdict and verdict.outcome is not Outcome.FOREIGN and found[1] not in names:
            stated.setdefault(found[1], []).append(item.id)
    for digest, items in sorted(stated.items(), key=lambda pair: sorted(pair[1])):
        ids = sorted(items)
        more = f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else ""
        names[digest] = f"file that {', '.join(ids[:_NAMED])}{more} was made from"
    return tuple({"name": name, "sha256": digest} for digest, name in _apart(names).items())


def _apart(names: dict[str, str]) -> dict[str, str]:
    seen: dict[str, int] = {}
    apart = {}
    for digest, name in names.items():
        seen[name] = seen.get(name, 0) + 1
        apart[digest] = name if seen[name] == 1 else f"{name} #{seen[name]}"
    return apart


def request(product: Product | None) -> SbomRequest | None:
    """The latest recorded request for the SBOM of this release (Annex VII, point 8)."""
    if product is None:
        return None
    found = [
        r
        for r in product.sbom.requests
        if r.authority.strip() and r.reason.strip() and r.version in ("", product.release)
    ]
    return max(found, key=lambda r: r.date.isoformat() if r.date else "", default=None)
