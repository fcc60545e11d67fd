"""Our need types as data: what sphinx-needs registers in a build, and editors are told of.

Fields and links of each kind are in ``trace``, because reading needs rests on them; here is what
people see of them.
"""

from __future__ import annotations

from sphinx_cra.model import Kind, Link

CLAUSE = "clause"

COLOURS = {
    Kind.RISK: "#f6c6c6",
    Kind.REQUIREMENT: "#bfd8d2",
    Kind.CONTROL: "#c9d7f0",
    Kind.EVIDENCE: "#f0dca0",
    Kind.EXCLUSION: "#dddddd",
}
PREFIXES = {
    Kind.RISK: "RISK_",
    Kind.REQUIREMENT: "REQ_",
    Kind.CONTROL: "CTRL_",
    Kind.EVIDENCE: "EVID_",
    Kind.EXCLUSION: "EXCL_",
}
FIELD_HELP = {
    "asset": "what is worth protecting",
    "threat": "what could happen to it, through whom",
    "likelihood": "how likely, on the project's own scale",
    "impact": "how bad, on the project's own scale",
    "treatment": "avoid, mitigate, transfer or accept",
    "residual": "what remains after treatment",
    "kind": "file, junit, sbom, ...: which reader looks at the artefact",
    "file": "path or pattern, relative to the project",
    "url": "where the artefact lies when not in the project; never fetched in a build",
    "select": "what to look at in the artefact",
    "date": "when it was made (ISO)",
    "version": "version of the product that it is about",
    "result": "passed or failed, where no artefact says it",
    "sha256": "recorded digest of the artefact",
    "minimum": "coverage that is required: 80%, or 80% lines, 70% branches",
    "threshold": "lowest level of a finding that counts, as in the artefact: error, critical, ...",
    "valid_from": "first day on which it holds (ISO)",
    "valid_until": "last day on which it holds (ISO)",
    "commit": "revision of the source that it was made from",
    "artefact_sha256": "digest of the released file that it was made from",
    "issuer": "who issued the certificate or report",
    "number": "number of the certificate or report",
    "scope": "what the certificate or report covers, in its own words",
    "certifies": "clauses that the certificate says are met (ids, or what they begin with); never the CRA's",
    "level": "security level (SL-C) that the certificate of a component states: 1 to 4",
    "components": "components of others (names as in the SBOM) that the record is about",
    "about": "evidence (ids) or files of the project that an attestation speaks of",
    "supported_by": "controls or evidence (ids) that make a VEX statement true",
    "lockfiles": "lock files (paths) whose direct dependencies an SBOM has to list",
    "profile": "bsi-tr-03183-2: what an SBOM is checked for beyond its format",
    "decided_by": "who decided that the clause does not apply",
    "review_by": "when the decision is looked at again (ISO)",
}
CLAUSE_FIELDS = {
    "framework": "catalogue that the clause belongs to",
    "printed": "the clause as people cite it",
}
INCOMING = {
    Link.CONCERNS: "concerned by",
    Link.SATISFIES: "satisfied by",
    Link.MITIGATES: "mitigated by",
    Link.IMPLEMENTS: "implemented by",
    Link.VERIFIES: "verified by",
    Link.EXCLUDES: "excluded by",
    Link.BECAUSE_OF: "reason for",
}


def entry(name: str) -> dict[str, str]:
    """The entry of ``needs_types`` for a type of ours, without its fields and links.

    :param name: ``risk``, ..., ``clause``.
    """
    kind = None if name == CLAUSE else Kind(name)
    return {
        "directive": name,
        "title": name.capitalize(),
        "prefix": PREFIXES[kind] if kind else "CL_",
        "color": COLOURS[kind] if kind else "#eeeeee",
        "style": "node",
    }
