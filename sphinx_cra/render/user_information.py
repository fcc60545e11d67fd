"""The words of the information to the user: Annex II point by point, and how long support lasts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sphinx_cra import user_information
from sphinx_cra.legal.dates import years_after
from sphinx_cra.product import NONE, Means
from sphinx_cra.render.paper import Fact, Paper, Part, link
from sphinx_cra.render.table import Text, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sphinx_cra.assessment import Assessment
    from sphinx_cra.language import Language
    from sphinx_cra.product import Product
    from sphinx_cra.user_information import Item

    Say = Callable[..., str]


def paper(assessment: Assessment, language: Language) -> Paper:
    """Information and instructions to the user, each item stated or said to be missing."""
    say = language.say
    product = assessment.product
    title = say("Information and instructions to the user")
    if product is None:
        missing = Fact(cells=(text(say("There is no product file that can be used.")),), missing=True)
        return Paper(
            kind="user-information", language=language, title=title, closing=(missing,), own_page=False
        )
    names, titles = _names(say), _titles(say)
    items = user_information.items(product)
    parts = []
    for number, heading in titles.items():
        facts = [_fact(i, names, product, language) for i in items if i.point == number]
        if number == "2":
            facts[1:1] = _means(product, say)
        if facts:
            parts.append(Part(number=number, title=heading, facts=tuple(facts)))
    return Paper(
        kind="user-information",
        language=language,
        title=title,
        subtitle=" ".join(filter(None, (product.name, product.release))),
        parts=tuple(parts),
        closing=tuple(_further(assessment, language)),
        own_page=False,
    )


def _titles(say: Say) -> Mapping[str, str]:
    """Points of Annex II; of point 8 the letters."""
    return {
        "1": say("Manufacturer"),
        "2": say("Reporting vulnerabilities"),
        "3": say("Product"),
        "4": say("Purpose and security"),
        "5": say("Circumstances that may lead to significant cybersecurity risks"),
        "6": say("EU declaration of conformity"),
        "7": say("Support"),
        "8(a)": say("Secure commissioning and use"),
        "8(b)": say("Changes to the product and the security of data"),
        "8(c)": say("Installing security updates"),
        "8(d)": say("Secure decommissioning and removal of user data"),
        "8(e)": say("Turning automatic security updates off"),
        "8(f)": say("Integration into other products"),
        "9": say("Software bill of materials"),
    }


def _names(say: Say) -> Mapping[str, str]:
    """What an item is called beside its point; none where the title says it."""
    return {
        "manufacturer.name": say("Name"),
        "manufacturer.trade_name": say("Trade name"),
        "manufacturer.address": say("Address"),
        "manufacturer.email": say("E-mail"),
        "manufacturer.digital_contact": say("Digital contact"),
        "manufacturer.website": say("Website"),
        "contacts.single_point_of_contact": say("Single point of contact"),
        "contacts.disclosure_policy": say("Policy on coordinated vulnerability disclosure"),
        "product.name": say("Name"),
        "product.type": say("Type"),
        "product.identification": say("Identification"),
        "product.release": say("Version"),
        "product.intended_purpose": say("Intended purpose"),
        "user_information.security_environment": say("Security environment"),
        "user_information.essential_functionalities": say("Essential functionalities"),
        "user_information.security_properties": say("Security properties"),
        "user_information.support_type": say("Type of support"),
        "support_period.end": say("End of the support period"),
    }


def _fact(item: Item, names: Mapping[str, str], product: Product, language: Language) -> Fact:
    say = language.say
    name = names.get(item.key, "")
    if not item.value and item.asked is None:
        said = say("Not stated; whether it is needed is not stated either ({key}).", key=item.decides)
        return Fact(name=name, cells=(text(said),), missing=True)
    if not item.value and item.asked:
        said = say("Not stated yet ({key}).", key=item.key)
        return Fact(name=name, cells=(text(said),), missing=True)
    if not item.value:
        return Fact(name=name, cells=(text(_needless(item, say)),))
    if item.key == "user_information.known_risks" and item.value == NONE:
        return Fact(cells=(text(say("The manufacturer knows of none.")),))
    if item.key == "support_period.end" and product.support_period.end:
        return Fact(name=name, cells=(text(language.end(product.support_period.end), None, "strong"),))
    return Fact(name=name, cells=(link(item.value),))


def _needless(item: Item, say: Say) -> str:
    """Why users are not told: an item that depends on the product, and does not apply to this one."""
    return {
        "6": say("Goes with the product."),
        "8(e)": say("Does not apply: security updates are not installed automatically by default."),
        "8(f)": say("Does not apply: the product is not intended for integration into other products."),
        "9": say("It is not made available to users."),
    }[item.point]


def _means(product: Product, say: Say) -> list[Fact]:
    kinds = {
        Means.EMAIL: say("E-mail"),
        Means.TELEPHONE: say("Telephone"),
        Means.POST: say("Post"),
        Means.FORM: say("Form"),
        Means.CHAT: say("Chat"),
        Means.CHATBOT: say("Chatbot"),
    }
    found = [m for m in product.contacts.means if m.value]
    if not found:
        return []
    cells = tuple(
        (Text(f"{kinds[m.kind]}: "), *link(m.value)) if m.kind in kinds else link(m.value) for m in found
    )
    return [Fact(name=say("Means of communication"), cells=cells)]


def _further(assessment: Assessment, language: Language) -> Iterator[Fact]:
    """Documents that go with the product, and sections that the project claims for Annex VII, point 1(d)."""
    say = language.say
    product = assessment.product
    assert product is not None
    told = product.user_information
    if told.documents:
        cells = []
        for document in told.documents:
            languages = language.listed([language.name(tag) for tag in document.languages])
            version = say("version {version}", version=document.version) if document.version else ""
            words = ", ".join(filter(None, (document.title, version, languages)))
            cells.append((Text(f"{words}: "), *link(document.location)) if document.location else text(words))
        yield Fact(name=say("Documents"), cells=tuple(cells))
    if told.online_until:
        until = language.end(told.online_until)
        yield Fact(name=say("Available online until"), cells=(text(until),))
    point = next(p for p in assessment.dossier.points if p.id == "1d")
    sections = [s for s in point.sections if not s.filled]
    if sections:
        cells = [
            text(s.title, f"doc:{s.docname}#{s.anchor}" if s.anchor else f"doc:{s.docname}") for s in sections
        ]
        yield Fact(name=say("See also"), cells=tuple(cells))


# --------------------------------------------------------------------------- support


def support(product: Product | None, language: Language) -> tuple[str, ...]:
    """How long vulnerabilities are handled, in sentences: first the one that has to be read (Art. 13(19))."""
    say = language.say
    period = product.support_period if product else None
    if product is None or period is None or period.end is None:
        return (say("The end of the security support is not stated yet."),)
    end = language.end(period.end)
    said = [say("Security support until {end}", end=end)]
    start = period.start or product.first_placing
    if start is not None:
        day = language.day(start)
        if period.end.last_day >= years_after(start, 5):
            said.append(say("At least five years from {start}.", start=day))
        else:
            said.append(say("From {start}.", start=day))
    own = {v.version: v.support_end for v in product.versions if v.support_end}
    said += [
        say("Version {version}: until {end}.", version=version, end=language.end(own_end))
        for version, own_end in own.items()
    ]
    return tuple(said)
