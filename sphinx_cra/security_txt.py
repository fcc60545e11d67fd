"""``security.txt`` (RFC 9116): where vulnerabilities are reported, for people and programs that look there.

Made from ``cra.yaml`` for the site that is built; unsigned, since a build holds no key. Nothing is
taken from a clock: until when the file may be relied on is what its author states.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from sphinx_cra.legal.dates import years_after
from sphinx_cra.model import Code, Finding
from sphinx_cra.product import Means

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from sphinx_cra.product import Product, SecurityTxt

PATH = ".well-known/security.txt"
HEAD = (
    "# Regulation (EU) 2024/2847: Article 13(17), Annex I, Part II, points (5) and (6), Annex II, point 2\n"
)
"""Its first line, by which a file of ours is known."""
_ASCII = "".join(map(chr, range(32, 127)))
"""An address with other characters is written as programs read it."""
_PHONE = re.compile(r"\+?[0-9][0-9 ().-]{3,}")


def text(product: Product) -> str:
    """The file; empty where something that has to stand in it is missing, or nobody asked for it."""
    stated = product.security_txt
    contacts = _contacts(product)
    if not _asked(stated) or stated.expires is None or not contacts:
        return ""
    lines = [HEAD.rstrip("\n")]
    lines += (
        f"{name}: {quote(value, safe=_ASCII)}" for name, value in _fields(product, contacts, stated.expires)
    )
    return "\n".join(lines) + "\n"


def problems(product: Product) -> Iterator[Finding]:
    """Why it is not written, or not relied on for long; nothing where nobody asked for it."""
    stated = product.security_txt
    if not _asked(stated):
        return
    lacks = [
        name
        for name, there in (
            ("security_txt.expires", stated.expires),
            ("security_txt.contact", _contacts(product)),
        )
        if not there
    ]
    place = product.place("security_txt")
    if lacks:
        message = (
            f"security.txt is not written: {' and '.join(lacks)} {'is' if len(lacks) == 1 else 'are'} missing"
        )
        yield Finding(code=Code.PRODUCT, message=message, way_out="RFC 9116 asks for it", place=place)
        return
    assert stated.expires is not None
    ends, day, holds = stated.expires.date(), product.document.date, product.reference_date
    if holds and ends < holds:
        fault, way_out = f"before {holds}, the day of this file", "state a later security_txt.expires"
    elif day and ends > years_after(day, 1):
        fault, way_out = f"more than a year after {day}, the day of this file", "RFC 9116 recommends less"
    else:
        return
    yield Finding(
        code=Code.PRODUCT,
        message=f"security.txt expires on {ends}, {fault}",
        way_out=way_out,
        place=product.place("security_txt", "expires"),
    )


def _asked(stated: SecurityTxt) -> bool:
    """Whether the block says anything."""
    return any(
        (
            stated.contact,
            stated.expires,
            stated.encryption,
            stated.acknowledgments,
            stated.preferred_languages,
            stated.canonical,
            stated.policy,
            stated.hiring,
            stated.csaf,
        )
    )


def _contacts(product: Product) -> tuple[str, ...]:
    """As stated, else the means of communication that a program can follow, in their order."""
    if product.security_txt.contact:
        return product.security_txt.contact
    found = []
    for means in product.contacts.means:
        value = means.value.strip()
        if means.kind is Means.EMAIL and re.fullmatch(r"[^\s@<>\"]+@[^\s@<>\"]+\.[^\s@<>\"]+", value):
            found.append(f"mailto:{value}")
        elif means.kind is Means.TELEPHONE and _PHONE.fullmatch(value):
            found.append("tel:" + re.sub(r"[ ()]", "", value))
        elif re.fullmatch(r"https://[^\s<>\"]+", value):
            found.append(value)
    return tuple(dict.fromkeys(found))


def _fields(product: Product, contacts: tuple[str, ...], expires: dt.datetime) -> Iterator[tuple[str, str]]:
    """In the order of the RFC; an extension last."""
    stated, told = product.security_txt, product.contacts
    policy = stated.policy or ((told.disclosure_policy,) if _is_web(told.disclosure_policy) else ())
    canonical = stated.canonical or ((told.security_txt,) if _is_web(told.security_txt) else ())
    yield from (("Acknowledgments", v) for v in stated.acknowledgments)
    yield from (("Canonical", v) for v in canonical)
    yield from (("Contact", v) for v in contacts)
    yield from (("Encryption", v) for v in stated.encryption)
    yield "Expires", expires.isoformat(timespec="seconds").replace("+00:00", "Z")
    yield from (("Hiring", v) for v in stated.hiring)
    yield from (("Policy", v) for v in policy)
    if stated.preferred_languages:
        yield "Preferred-Languages", ", ".join(stated.preferred_languages)
    yield from (("CSAF", v) for v in stated.csaf)


def _is_web(value: str) -> bool:
    """RFC 9116: an address on the web has to begin with https."""
    return value.startswith("https://") and not any(c.isspace() for c in value)
