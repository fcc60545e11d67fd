"""What the product is made of, from the SBOMs of the two sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sphinx_cra.difference.model import Change, Direction, Topic, What, at
from sphinx_cra.model import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx_cra.difference.sides import Sides
    from sphinx_cra.snapshot import Snapshot


def sbom_files(snapshot: Snapshot) -> dict[str, str]:
    """Path and digest of each file that is a software bill of materials."""
    named = str(at(snapshot.product or {}, "sbom", "evidence") or "")
    found: dict[str, str] = {}
    for item in (snapshot.items or {}).values():
        if item.kind is Kind.EVIDENCE and (item.fields.get("kind") == "sbom" or item.id == named):
            verdict = (snapshot.verdicts or {}).get(item.id)
            found.update(verdict.artefacts if verdict else {})
    return found


def components(sides: Sides) -> Iterator[Change]:
    one, other = (i.versions for i in sides.inventories)
    if one is None or other is None:
        was, now = sides.old.vulnerabilities, sides.new.vulnerabilities
        if was and now and was.components != now.components:
            yield Change(
                topic=Topic.COMPONENTS,
                what=What.CHANGED,
                direction=Direction.OTHER,
                id="components",
                before=str(was.components),
                after=str(now.components),
                note="by number only",
            )
        return
    for name in sorted({*one, *other}):
        before, after = one.get(name), other.get(name)
        if before != after:
            yield Change(
                topic=Topic.COMPONENTS,
                what=What.CHANGED if before and after else What.ADDED if after else What.LOST,
                direction=Direction.OTHER,
                id=name,
                before=", ".join(v or "no version" for v in before or ()),
                after=", ".join(v or "no version" for v in after or ()),
            )
