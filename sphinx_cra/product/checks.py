"""The product file against what stands elsewhere: categories, clauses, kinds of evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sphinx_cra.product.model import NONE, ProductClass
from sphinx_cra.words import nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from sphinx_cra.datafile import Fault
    from sphinx_cra.model import Category
    from sphinx_cra.product.model import Product


def check_category(product: Product, categories: Iterable[Category]) -> tuple[Fault, ...]:
    """Where class and category contradict each other, or the category is none of Annex III and IV."""
    return tuple(_category_faults(product, {c.id: c for c in categories}))


def _category_faults(product: Product, known: Mapping[str, Category]) -> Iterator[Fault]:
    route = ("product", "category")
    stated, name = product.product_class, product.category
    if name in ("", NONE):
        if name == NONE and stated not in (None, ProductClass.DEFAULT):
            message = (
                f"class {stated} needs the category of Annex III or IV that the product is in, not {NONE}"
            )
            yield product.file.fault(message, *route)
        return
    if (category := known.get(name)) is None:
        near = nearest(name, [*known, NONE])
        hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
        yield product.file.fault(
            f"{product.file.shown(name)} is no category of Annex III or IV{hint}", *route
        )
    elif stated is not None and stated != category.product_class:
        wanted = f"{category.printed} ({category.title}) is {category.product_class}"
        message = f"{wanted}, and the class here is {stated}"
        yield product.file.fault(message, *route)


def check_clauses(product: Product, known: Collection[str]) -> tuple[Fault, ...]:
    """Where a standard is applied for a clause that no catalogue has."""
    return tuple(_clause_faults(product, known))


def _clause_faults(product: Product, known: Collection[str]) -> Iterator[Fault]:
    for n, standard in enumerate(product.standards):
        stated: list[tuple[str, tuple[str | int, ...]]] = [
            *((clause, ("clauses", m)) for m, clause in enumerate(standard.clauses)),
            *((clause, ("per_clause", clause)) for clause in standard.per_clause),
        ]
        for clause, route in stated:
            if clause not in known:
                near = nearest(clause, known)
                hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
                yield product.file.fault(
                    f"{product.file.shown(clause)} is no known clause{hint}", "standards", n, *route
                )


def check_kinds(product: Product, known: Collection[str]) -> tuple[Fault, ...]:
    """Where a rule is about a kind of evidence that there is not, and would never apply."""
    return tuple(_kind_faults(product, known))


def _kind_faults(product: Product, known: Collection[str]) -> Iterator[Fault]:
    for kind in product.evidence.valid_days:
        if kind not in known:
            near = nearest(kind, known)
            meant = " or ".join(map(repr, near))
            hint = f"did you mean {meant}?" if near else f"known are {', '.join(sorted(known))}"
            message = f"{product.file.shown(kind)} is not a kind of evidence; {hint}"
            yield product.file.fault(message, "evidence", "valid_days", kind)
