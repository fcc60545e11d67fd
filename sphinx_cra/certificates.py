"""Certificates: which clauses of a standard a certificate says are met.

What a certificate covers is what its author states in ``certifies`` and ``level``; whether it exists
and holds is the business of ``evidence``. A certificate for another framework never says anything of
a clause of the Regulation itself: that clause it can only support, through a mapping.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from sphinx_cra import scope
from sphinx_cra.model import Code, Finding, Force, Kind, under
from sphinx_cra.words import did_you_mean, listed, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sphinx_cra.catalogue import Clauses
    from sphinx_cra.model import Catalogue, Clause, Item
    from sphinx_cra.product import Product
    from sphinx_cra.trace import Trace

LAW = "cra"
"""Catalogue of the Regulation, whose clauses no certificate of a standard meets."""
LEVEL = "lowest SL-C"
"""What clauses of IEC 62443-4-2 call the security level at which they begin."""
LEVELS = range(1, 5)
_TYPES = "component types"
_ALL_TYPES = frozenset({"SAR", "EDR", "HDR", "NDR"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a certificate says it covers."""

    entries: tuple[str, ...] = ()
    """Ids of clauses, or what they begin with: ``IEC62443_4_1``, ``IEC62443_4_1_SVV``."""
    level: int | None = None
    """Security level (SL-C) that a component is certified for."""

    def covers(self, clause: Clause, product: Product | None = None) -> bool:
        """Whether the certificate says that the clause is met.

        Never a clause of the Regulation, one that is not asked of this product, or one that begins above the
        certified level. A clause for some component types only counts where ``cra.yaml`` states the
        types, or where the scope names its id.
        """
        return not self.without(clause, product)

    def without(self, clause: Clause, product: Product | None = None) -> str:
        """Why the clause is not covered; empty where it is."""
        if clause.framework == LAW or not any(under(clause.id, e) for e in self.entries):
            return "not named"
        named = clause.id in self.entries
        if clause.force is Force.HEADING or not (clause.asked or named):
            return "asks nothing of the maker"
        if scope.reason(clause, product):
            return "out of scope"
        lowest = clause.details.get(LEVEL, "")
        if lowest.isdigit() and (self.level is None or int(lowest) > self.level):
            return f"above level {self.level}" if self.level else "no level stated"
        types = set(filter(None, clause.details.get(_TYPES, "").split(", ")))
        if types and not types >= _ALL_TYPES and not named and not (product and _stated(product)):
            return "for some component types only, and cra.yaml states none"
        return ""


def _stated(product: Product) -> tuple[str, ...]:
    return product.iec62443.component_types


def entries(text: str) -> tuple[str, ...]:
    """Ids that an author lists, separated by commas or spaces."""
    return tuple(dict.fromkeys(text.replace(",", " ").replace(";", " ").split()))


def level(text: str) -> int | None:
    """A security level from 1 to 4, as people write it (``2``, ``SL-C 2``); None where it is none."""
    match = re.fullmatch(r"(?:SL(?:-C)?[ -]?)?([1-4])", text.strip(), re.IGNORECASE)
    return int(match[1]) if match else None


def scope_of(item: Item) -> Scope:
    """What a certificate states that it covers; nothing for other evidence."""
    if item.kind is not Kind.EVIDENCE or item.fields.get("kind") != "certificate":
        return Scope()
    return Scope(entries=entries(item.fields.get("certifies", "")), level=level(item.fields.get("level", "")))


def certified(
    trace: Trace, catalogues: Iterable[Catalogue], product: Product | None = None
) -> Mapping[str, tuple[Item, ...]]:
    """Clause -> the certificates that say it is met, whether they hold or not."""
    scopes = [(item, scope_of(item)) for item in trace.of_kind(Kind.EVIDENCE) if "certifies" in item.fields]
    if not scopes:
        return MappingProxyType({})
    found: dict[str, list[Item]] = {}
    for catalogue in catalogues:
        for clause in catalogue.clauses:
            for item, covered in scopes:
                if covered.covers(clause, product):
                    found.setdefault(clause.id, []).append(item)
    return MappingProxyType({clause: tuple(items) for clause, items in found.items()})


# ---------------------------------------------------------------------------- mistakes


def mistakes(trace: Trace, clauses: Clauses) -> Iterator[Finding]:
    """What authors state of certificates that cannot be meant."""
    for item in trace.of_kind(Kind.EVIDENCE):
        stated, said = item.fields.get("certifies", ""), item.fields.get("level", "")
        if not (stated or said):
            continue
        if item.fields.get("kind") != "certificate":
            yield _about(
                item,
                Code.EVIDENCE,
                "states certifies or level, and is no certificate",
                "use :kind: certificate",
            )
            continue
        scope = scope_of(item)
        for message, way_out, code in faults(scope, clauses):
            yield _about(item, code, message, way_out)
        if said and scope.level is None:
            yield _about(
                item, Code.EVIDENCE, f"the level {said!r} is no security level", "write 1, 2, 3 or 4"
            )
        elif said or scope.entries:
            yield from _levels(item, scope, clauses, stated=bool(said))


def faults(scope: Scope, clauses: Clauses, *, said: str = "certifies") -> Iterator[tuple[str, str, Code]]:
    """What is wrong with the entries of a scope: message, way out, code.

    :param said: where they are stated.
    """
    catalogues = {c.id: c for c in clauses.catalogues}
    for entry in scope.entries:
        home = {c.framework for i in clauses if under(i, entry) and (c := clauses.get(i))}
        if not home:
            if entry in catalogues:
                way_out = did_you_mean([catalogues[entry].prefix.rstrip("_")])
            else:
                prefixes = [c.prefix.rstrip("_") for c in catalogues.values() if c.id != LAW]
                way_out = did_you_mean(clauses.nearest(entry) or nearest(entry, prefixes))
            yield (
                f"{said} names {entry[:80]}, and no loaded clause is or begins so",
                way_out,
                Code.UNKNOWN_CLAUSE,
            )
        elif LAW in home:
            yield (
                f"{said} names {entry}, of the Regulation itself; it is left aside",
                "name clauses of a standard; they support the Regulation through a mapping",
                Code.EVIDENCE,
            )


def _levels(item: Item, scope: Scope, clauses: Clauses, *, stated: bool) -> Iterator[Finding]:
    named = [c for i in clauses if (c := clauses.get(i)) and any(under(i, e) for e in scope.entries)]
    levelled = [c for c in named if c.details.get(LEVEL, "").isdigit()]
    if levelled and not stated:
        yield _about(
            item,
            Code.EVIDENCE,
            f"certifies {listed([c.id for c in levelled], 1)} without a level; none of these counts",
            "add :level: with the security level (SL-C) that the certificate states",
        )
    elif stated and not levelled:
        yield _about(
            item,
            Code.EVIDENCE,
            "states a level, and certifies no clause that has one",
            "a level belongs to a certificate for IEC 62443-4-2",
        )


def _about(item: Item, code: Code, message: str, way_out: str) -> Finding:
    return Finding(
        code=code, message=f"{item.id}: {message}", way_out=way_out, item=item.id, place=item.place
    )
