"""R26 and R31 to R35: components and the software bill of materials (Annex I, Part II(1); Art. 13(5))."""

from __future__ import annotations

import fnmatch
import re
from typing import TYPE_CHECKING

from sphinx_cra.dossier import sboms
from sphinx_cra.legal.rule import Answer, Basis, Facts, Rules, met, not_applicable, not_met, undecidable
from sphinx_cra.model import Kind, Severity
from sphinx_cra.model import Outcome as Shown
from sphinx_cra.words import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sized

    from sphinx_cra.model import Item

RULES = Rules()
rule = RULES.rule


def _valid(facts: Facts) -> list[Item]:
    return [i for i in sboms(facts.product, facts.trace) if facts.shown(i) is Shown.VALID]


@rule(
    "R26",
    "Every component of others has a record of the care taken in choosing it",
    cites=("Article 13(5)",),
    severity=Severity.WARNING,
    inputs="valid evidence: components; components of the SBOM",
)
def chosen_with_care(facts: Facts) -> Answer:
    """A record names what it is about in ``components``; whether it says enough is for people to read."""
    if facts.known is None or not facts.known.names:
        return undecidable("No SBOM names the components", "give evidence of kind sbom")
    records = [
        i
        for i in facts.trace.of_kind(Kind.EVIDENCE)
        if i.fields.get("components") and facts.shown(i) is Shown.VALID
    ]
    if not records:
        return undecidable(
            "No valid evidence says which components it is about",
            "name them in :components: of the record of due diligence, with * for several",
        )
    named = {n for i in records for n in _named(i)}
    pattern = _pattern(n for n in named if "*" in n)
    bare = [
        c
        for c in facts.known.names
        if c.casefold() not in named
        and c.casefold().rpartition(" ")[0] not in named
        and not (pattern and pattern.match(c.casefold()))
    ]
    if bare:
        return not_met(
            f"No record is about {listed(bare, 8)} ({len(bare)} of {len(facts.known.names)} components)",
            "look at them as Article 13(5) asks, and name them in the record",
            records[0].place,
            causes=bare,
        )
    ids = listed([i.id for i in records])
    verb = "names" if len(records) == 1 else "name"
    return met(f"{ids} {verb} all {len(facts.known.names)} components of the SBOM")


def _pattern(stated: Iterable[str]) -> re.Pattern[str] | None:
    """One expression for all names with ``*``; as :mod:`fnmatch` writes it, it does not track back."""
    parts = [fnmatch.translate(re.sub(r"([\[?])", r"[\1]", name)) for name in sorted(stated)]
    return re.compile("|".join(parts)) if parts else None


def _named(item: Item) -> set[str]:
    """Components as a record names them: ``name``, ``name version`` or ``name@version``."""
    stated = re.split(r"[,;\n]", item.fields["components"])
    return {" ".join(s.replace("@", " ").split()).casefold() for s in stated if s.strip()}


@rule(
    "R31",
    "A software bill of materials of this version exists, in a common machine-readable format",
    cites=("Annex I, Part II, point (1)",),
    severity=Severity.ERROR,
    inputs="evidence of kind sbom: verdict, and whether it states the release",
)
def listed_components(facts: Facts) -> Answer:
    """CycloneDX and SPDX are accepted practice; the law names no format."""
    product = facts.product
    found = sboms(product, facts.trace)
    named = product.sbom.evidence
    if named and named not in {i.id for i in found}:
        return not_met(
            f"There is no evidence {named}, which the product file names",
            "correct sbom.evidence",
            product.place("sbom", "evidence"),
        )
    if not found:
        return not_met(
            "No evidence of kind sbom is declared", "declare the SBOM as such evidence", product.place("sbom")
        )
    other = next((i for i in found if i.id == named and i.fields.get("kind") != "sbom"), None)
    if other is not None:
        return undecidable(
            f"{named} is evidence of kind {other.fields.get('kind') or 'file'}, and was not read as an SBOM",
            "declare it with kind sbom",
            other.place,
        )
    # One of an earlier version does no harm beside one of this.
    ours = [i for i in found if facts.shown(i) is not Shown.FOREIGN]
    found = tuple(ours) or found
    broken = [i for i in found if facts.shown(i) not in (Shown.VALID, Shown.UNCHECKED)]
    if broken:
        verdict = facts.verdicts.get(broken[0].id)
        reason = verdict.reason.rstrip(".") if verdict else "nobody looked at it"
        return not_met(
            f"{broken[0].id} is {facts.shown(broken[0]).value}: {reason}",
            "mend it",
            broken[0].place,
            causes=[broken[0].id],
        )
    unread = [i for i in found if facts.shown(i) is Shown.UNCHECKED]
    if unread:
        return undecidable(
            f"{listed([i.id for i in unread])} {_was(unread)} not looked at",
            "install sphinx-cra[sbom], and name a file of the project",
            unread[0].place,
        )
    unbound = [i for i in found if (v := facts.verdicts.get(i.id)) is not None and v.bound is not True]
    if unbound:
        return undecidable(
            f"Nothing in {listed([i.id for i in unbound])} states that it is of {product.release}",
            "have the SBOM name the version, or state :version: or :commit:",
            unbound[0].place,
        )
    return met(f"{listed([i.id for i in found])} {_is(found)} valid and of {product.release}")


def _is(items: Sized) -> str:
    return "is" if len(items) == 1 else "are"


def _was(items: Sized) -> str:
    return "was" if len(items) == 1 else "were"


@rule(
    "R32",
    "The SBOM lists at least every direct dependency",
    cites=("Annex I, Part II, point (1)",),
    severity=Severity.ERROR,
    inputs="evidence of kind sbom: lockfiles, and what its verdict counts",
)
def direct_dependencies(facts: Facts) -> Answer:
    """Compared with the lock files that the evidence names."""
    found = sboms(facts.product, facts.trace)
    if not found:
        return not_met(
            "No evidence of kind sbom is declared",
            "declare the SBOM as such evidence",
            facts.product.place("sbom"),
        )
    for item in found:
        verdict = facts.verdicts.get(item.id)
        missing = verdict.counts.get("missing dependencies", 0) if verdict else 0
        if verdict and missing:
            return not_met(f"{item.id}: {verdict.reason.rstrip('.')}", "complete the SBOM", item.place)
    compared = [
        i
        for i in _valid(facts)
        if i.fields.get("lockfiles") and "locked dependencies" in facts.verdicts[i.id].counts
    ]
    uncompared = [i for i in found if i.fields.get("lockfiles") and i not in compared]
    if uncompared and not compared:
        shown = facts.shown(uncompared[0]).value
        return undecidable(
            f"{uncompared[0].id} is {shown}, and could not be compared with {_locks(uncompared)}",
            "mend the SBOM, or what :lockfiles: names",
            uncompared[0].place,
        )
    if not compared:
        return undecidable(
            f"No lock file is named to compare {listed([i.id for i in found])} with",
            "name them in :lockfiles:",
            found[0].place,
        )
    total = sum(facts.verdicts[i.id].counts["locked dependencies"] for i in compared)
    verb = "lists" if len(compared) == 1 else "list"
    many = "the one direct dependency" if total == 1 else f"all {total} direct dependencies"
    return met(f"{listed([i.id for i in compared])} {verb} {many} of {_locks(compared)}")


def _locks(items: list[Item]) -> str:
    return listed(sorted({f.strip() for i in items for f in i.fields["lockfiles"].split(",")}))


@rule(
    "R33",
    "The file says where the SBOM is kept, and hands it over on reasoned request",
    cites=("Annex VII, point 2(b)", "Annex VII, point 8"),
    severity=Severity.ERROR,
    inputs="sbom: evidence, location, requests",
)
def kept(facts: Facts) -> Answer:
    """What the builder writes withholds it and states its digest."""
    product = facts.product
    if not (product.sbom.location or product.sbom.evidence):
        return not_met(
            "The product file does not say where the SBOM is kept",
            "state sbom.evidence and sbom.location",
            product.place("sbom"),
        )
    vague = [r.authority for r in product.sbom.requests if not (r.date and r.reason)]
    if vague:
        return not_met(
            f"Date and reason of the request of {listed(vague)} are not stated",
            "complete sbom.requests",
            product.place("sbom", "requests"),
            severity=Severity.INFO,
            causes=vague,
        )
    many = len(product.sbom.requests)
    kept_at = (product.sbom.location or product.sbom.evidence).rstrip(".")
    log = f"requests that are recorded: {many}" if many else "no request is recorded"
    return met(f"The SBOM is kept, as stated: {kept_at}; {log}")


@rule(
    "R34",
    "If users are given the SBOM, they are told where it is",
    cites=("Annex II, point 9",),
    severity=Severity.ERROR,
    inputs="sbom: to_users, user_location",
)
def told(facts: Facts) -> Answer:
    """No duty to publish: recital 77."""
    product = facts.product
    place = product.place("sbom")
    if product.sbom.to_users is None:
        return undecidable("It is not stated whether users are given the SBOM", "state sbom.to_users", place)
    if not product.sbom.to_users and product.sbom.user_location:
        return not_met(
            f"Users are not given the SBOM, as stated, and told that it is at {product.sbom.user_location}",
            "correct sbom.to_users or sbom.user_location",
            product.place("sbom", "user_location"),
            severity=Severity.WARNING,
        )
    if not product.sbom.to_users:
        return not_applicable("Users are not given the SBOM, as stated; nobody has to publish it")
    if not product.sbom.user_location:
        return not_met("Users are given the SBOM, and not told where", "state sbom.user_location", place)
    return met(f"Users find it at {product.sbom.user_location}")


@rule(
    "R35",
    "Every known vulnerability of a component has a status at the release",
    cites=("Annex I, Part I, point (2)(a)",),
    severity=Severity.WARNING,
    inputs="evidence of kinds sbom, scan and vex",
    basis=Basis.GUIDANCE,
)
def settled(facts: Facts) -> Answer:
    """Guidance points 233 to 237."""
    known = facts.known
    if known is None:
        return undecidable(
            "No evidence speaks of vulnerabilities", "give evidence of kinds sbom, scan and vex"
        )
    if known.open:
        names = listed([f"{m} ({m.status.words})" for m in known.open], 5)
        return not_met(f"Not settled: {names}", "fix them, or state why they do not affect the product")
    if known.unchecked or not known.components:
        why = known.unchecked or "no SBOM names the components"
        return undecidable(f"Nobody knows: {why}", "scan the SBOM of the release")
    return met(known.summary.rstrip("."))
