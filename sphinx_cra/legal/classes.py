"""R01 to R08: the class of the product, and the procedure that it may choose (Art. 7, 8, 12, 32)."""

from __future__ import annotations

from sphinx_cra.legal.rule import Answer, Facts, Rules, met, not_met
from sphinx_cra.model import Severity
from sphinx_cra.product import NONE, ProductClass
from sphinx_cra.words import listed

RULES = Rules()


@RULES.rule(
    "R01",
    "The class is stated, with its category, reasons and the core functionality that it rests on",
    cites=("Article 7(1)", "Article 8(1)", "Annex VII, point 1(a)"),
    severity=Severity.ERROR,
    inputs="cra.yaml: product.class, category, class_reason, core_functionality",
)
def classified(facts: Facts) -> Answer:
    """Whoever checks the procedure has to see how the class was found."""
    product = facts.product
    lacks = []
    if product.product_class is None:
        lacks.append("the class")
    if product.product_class not in (None, ProductClass.DEFAULT) and product.category in ("", NONE):
        lacks.append("the category of Annex III or IV")
    if not product.class_reason:
        lacks.append("the reasons for the class")
    if not product.core_functionality:
        lacks.append("the core functionality")
    if lacks:
        return not_met(
            f"The product file does not state {listed(lacks)}",
            "state it in the block product",
            product.place("product"),
        )
    assert product.product_class is not None
    return met(f"The class is {product.product_class.value}, with its reasons and the core functionality")
