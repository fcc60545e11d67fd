"""Information and instructions to the user (Annex II): what each of its points asks for, and what is stated.

Every fact that a point asks for is an item, also the one that nobody stated yet: what users are to be
told cannot be left out without a word. Whether an item is asked for follows R46 to R49 and R34.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sphinx_cra.legal.rule import Outcome
from sphinx_cra.product import Form

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sphinx_cra.legal.rule import Ruling
    from sphinx_cra.product import Product

NEEDED = ("R34", "R46", "R47", "R48")
"""Rules that say whether users are told everything that Annex II asks for."""


def lacks(rulings: Iterable[Ruling]) -> tuple[tuple[str, ...], ...]:
    """What keeps point 1(d) of Annex VII from being there: sentences, each with what it names."""
    return tuple(
        r.lack for r in rulings if r.rule.id in NEEDED and r.outcome in (Outcome.NOT_MET, Outcome.UNDECIDABLE)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One fact that users are told."""

    point: str
    """Of Annex II: ``8(e)``."""
    key: str
    """Where ``cra.yaml`` states it: ``user_information.support_type``."""
    value: str
    """As stated; empty where it is not."""
    asked: bool | None
    """Whether it has to be there; None where what decides that is not stated."""
    decides: str = ""
    """Where ``cra.yaml`` states what decides it."""

    @property
    def missing(self) -> bool:
        return not self.value and self.asked is not False


def items(product: Product) -> tuple[Item, ...]:
    """Everything that Annex II asks to tell users of this product, in its order.

    What may be said, and is not, is left out, except for points that depend on the product.
    """
    return tuple(i for i in _items(product) if i.value or i.asked is not False or i.decides)


def _items(product: Product) -> Iterator[Item]:
    maker, contacts, told = product.manufacturer, product.contacts, product.user_information
    yield _item("1", "manufacturer.name", maker.name)
    yield _item("1", "manufacturer.trade_name", maker.trade_name, False)
    yield _item("1", "manufacturer.address", maker.address)
    yield _item("1", "manufacturer.email", maker.email, not maker.digital_contact)
    yield _item("1", "manufacturer.digital_contact", maker.digital_contact, False)
    yield _item("1", "manufacturer.website", maker.website, False)
    yield _item("2", "contacts.single_point_of_contact", contacts.single_point_of_contact)
    yield _item("2", "contacts.disclosure_policy", contacts.disclosure_policy)
    yield _item("3", "product.name", product.name)
    yield _item("3", "product.type", product.type)
    yield _item("3", "product.identification", product.identification, False)
    yield _item("3", "product.release", product.release, False)
    yield _item("4", "product.intended_purpose", product.intended_purpose)
    yield _item("4", "user_information.security_environment", told.security_environment)
    yield _item("4", "user_information.essential_functionalities", told.essential_functionalities)
    yield _item("4", "user_information.security_properties", told.security_properties)
    yield _item("5", "user_information.known_risks", told.known_risks)
    form = product.declaration.form
    simplified = None if form is None else form in (Form.SIMPLIFIED, Form.BOTH)
    yield _item("6", "contacts.declaration", contacts.declaration, simplified, "declaration.form")
    yield _item("7", "user_information.support_type", told.support_type)
    end = product.support_period.end
    yield _item("7", "support_period.end", end.text if end else "")
    given, where = told.instructions, "user_information.instructions"
    yield _item("8(a)", f"{where}.commissioning_and_use", given.commissioning_and_use)
    yield _item("8(b)", f"{where}.changes", given.changes)
    yield _item("8(c)", f"{where}.updates", given.updates)
    yield _item("8(d)", f"{where}.decommissioning", given.decommissioning)
    automatic = product.updates.automatic_by_default
    yield _item(
        "8(e)",
        f"{where}.automatic_updates_off",
        given.automatic_updates_off,
        automatic,
        "updates.automatic_by_default",
    )
    integrated = product.intended_for_integration
    yield _item(
        "8(f)", f"{where}.integration", given.integration, integrated, "product.intended_for_integration"
    )
    yield _item("9", "sbom.user_location", product.sbom.user_location, product.sbom.to_users, "sbom.to_users")


def _item(point: str, key: str, value: str, asked: bool | None = True, decides: str = "") -> Item:
    return Item(point=point, key=key, value=value.strip(), asked=asked, decides=decides)
