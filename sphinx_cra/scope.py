"""Scope: clauses that a decision in ``cra.yaml`` takes out of what is asked of this product.

A clause out of scope has no state and is not counted; it is neither excluded (Art. 13(4) has nothing
to do with it) nor open. Only what the manufacturer has stated narrows anything: without a statement
everything is asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sphinx_cra.product import Procedure

if TYPE_CHECKING:
    from sphinx_cra.model import Clause
    from sphinx_cra.product import Product

_MODULES = {
    "CRA_ANX_VIII_P1": frozenset({Procedure.A}),
    "CRA_ANX_VIII_P2": frozenset({Procedure.B_C}),
    "CRA_ANX_VIII_P3": frozenset({Procedure.B_C}),
    "CRA_ANX_VIII_P4": frozenset({Procedure.H}),
}
"""Part of Annex VIII -> the procedures that it describes (Art. 32(1))."""


def reason(clause: Clause, product: Product | None) -> str:
    """Why a clause is not asked of this product, as a sentence; empty where it is."""
    if product is None:
        return ""
    return (
        _other_procedure(clause, product)
        or _other_component(clause, product)
        or _above_target(clause, product)
    )


def _other_procedure(clause: Clause, product: Product) -> str:
    """Annex VIII: only the module of the chosen procedure binds the manufacturer (Art. 32)."""
    chosen = product.conformity.procedure
    part = clause.id[: len("CRA_ANX_VIII_P1")]
    if chosen is None or part not in _MODULES or chosen in _MODULES[part]:
        return ""
    return f"Out of scope: describes another procedure than {chosen.value}, which cra.yaml states."


def _other_component(clause: Clause, product: Product) -> str:
    """IEC 62443-4-2: requirements for component types that the product is not."""
    stated = product.iec62443.component_types
    meant = clause.details.get("component types", "")
    if not stated or not meant or set(stated) & set(meant.split(", ")):
        return ""
    return f"Out of scope: for {meant}; cra.yaml states {', '.join(stated)}."


def _above_target(clause: Clause, product: Product) -> str:
    """IEC 62443-4-2: requirements that begin above the target security level (SL-C)."""
    target = product.iec62443.target_sl
    lowest = clause.details.get("lowest SL-C", "")
    if target is None or not lowest.isdigit() or int(lowest) <= target:
        return ""
    return f"Out of scope: begins at SL-C {lowest}; cra.yaml states SL-C {target} as the target."
