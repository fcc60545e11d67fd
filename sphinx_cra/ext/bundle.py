"""What ends a technical file: the manifest, and with ``cra_bundle`` all of it in one file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sphinx_cra.bundle import archive, subjects, verify
from sphinx_cra.ext.project import domain, warn_late
from sphinx_cra.model import Code, Finding
from sphinx_cra.render import manifest
from sphinx_cra.render.data import finding_record
from sphinx_cra.revision import revision

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from sphinx.environment import BuildEnvironment

    from sphinx_cra.ext.project import CraDomain
    from sphinx_cra.model import Artefact
    from sphinx_cra.product.model import SbomRequest

PARTS = (verify.BUNDLE, verify.STATEMENT)
"""What goes with a manifest that says ``bundle``, and cannot be listed in it."""


def sbom_request(cra: CraDomain) -> SbomRequest | None:
    """The request on which the SBOM goes into the technical file; None where it is withheld."""
    config = cra.project.config
    if not (config.bundle and config.bundle_sbom):
        return None
    product = cra.project.product
    found = subjects.request(product)
    if found is None:
        warn_late(
            cra.env,
            Finding(
                code=Code.BUNDLE,
                message="the software bill of materials is withheld: cra_bundle_sbom asks for it, and no "
                "request of an authority for this release is recorded",
                way_out="state authority and reason under sbom.requests in cra.yaml (Annex VII, point 8)",
                place=product.place("sbom", "requests") if product else None,
            ),
        )
    return found


def finish(
    env: BuildEnvironment,
    work: Path,
    written: Sequence[str],
    *,
    generator: str,
    tools: Mapping[str, str],
    withheld: Iterable[Artefact],
) -> list[str]:
    """Write the manifest, and with ``cra_bundle`` the statement and the bundle.

    :param work: where the technical file is.
    :param written: its files.
    :returns: the names of all its files, the manifest last.
    :raises OSError: if something cannot be written.
    """
    cra = domain(env)
    product = cra.project.product
    stated: dict[str, Any] = {
        "generator": generator,
        "product": product.name if product else "",
        "release": product.release if product else "",
        "revision": str(revision(cra.root)),
        "tools": tools,
        "artefacts": subjects.artefacts(cra.assessment),
        "withheld": [{"path": a.path, "sha256": a.sha256, "size": a.size} for a in withheld],
    }

    def findings() -> list[dict[str, Any]]:
        return [finding_record(f, cra.file) for f in cra.late]

    if cra.project.config.bundle:
        try:
            return list(archive.seal(work, written, **stated, findings=findings()))
        except archive.BundleError as error:
            warn_late(env, Finding(code=Code.BUNDLE, message=f"{verify.BUNDLE} is not written: {error}"))
    archive.listing(work, manifest.manifest_data(work, written, **stated, findings=findings()))
    return [*written, verify.MANIFEST]
