"""A product file from which declaration and user information can be made, changed here and there."""

from __future__ import annotations

import copy
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import yaml

from build import cra, trace
from sphinx_cra import language, product
from sphinx_cra.assessment import assess
from sphinx_cra.legal.rule import Outcome
from sphinx_cra.model import Dossier

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sphinx_cra.assessment import Assessment
    from sphinx_cra.model import Section
    from sphinx_cra.render.paper import Fact, Paper

STATED: dict[str, Any] = {
    "document": {"date": "2027-11-01"},
    "product": {
        "name": "Lock",
        "type": "L-1",
        "release": "1.0",
        "identification": "Serial number on the plate",
        "intended_purpose": "Keeps a door shut",
        "core_functionality": "To keep a door shut",
        "class": "default",
        "category": "none",
        "class_reason": "It is in no category.",
        "hardware": True,
        "intended_for_integration": False,
        "expected_use_years": 8,
    },
    "manufacturer": {"name": "Works", "address": "Way 1, Town", "email": "info@works.example"},
    "contacts": {
        "single_point_of_contact": "Security team",
        "means": [{"kind": "email", "value": "psirt@works.example"}],
        "disclosure_policy": "https://works.example/policy",
        "declaration": "https://works.example/declaration",
    },
    "market": {"first_unit": "2027-12-13", "last_unit": "2032-01-01"},
    "conformity": {"procedure": "A"},
    "support_period": {"end": "2035-12"},
    "updates": {"automatic_by_default": False},
    "sbom": {"to_users": False},
    "declaration": {
        "id": "D-1",
        "form": "both",
        "object": "Lock L-1",
        "place": "Town",
        "date": "2027-12-01",
        "signatory": {"name": "A. Person", "function": "Director"},
        "signed": True,
    },
    "user_information": {
        "security_environment": "None is needed",
        "essential_functionalities": "Locks and unlocks",
        "security_properties": "Signed updates",
        "known_risks": "none",
        "support_type": "Security updates by download",
        "instructions": {
            "commissioning_and_use": "https://works.example/manual",
            "changes": "Manual, chapter 2",
            "updates": "Manual, chapter 3",
            "decommissioning": "Manual, chapter 4",
        },
    },
    "ce_marking": {"affixed_to": ["product"]},
}

GONE = object()


def assessed(
    changes: Mapping[str, Any] = MappingProxyType({}), *, sections: Iterable[Section] = ()
) -> Assessment:
    """The assessment of a project with this product file; ``{"declaration.date": GONE}`` takes a key out."""
    data = copy.deepcopy(STATED)
    for route, value in changes.items():
        *path, last = route.split(".")
        block = data
        for step in path:
            block = block.setdefault(step, {})
        if value is GONE:
            block.pop(last, None)
        else:
            block[last] = value
    loaded = product.parse(yaml.safe_dump(data, allow_unicode=True, sort_keys=False))
    return assess(
        product=loaded,
        catalogues=(cra(),),
        mappings=(),
        trace=trace((), (cra(),)),
        verdicts={},
        sections=tuple(sections),
    )


def settled(found: Assessment) -> Assessment:
    """The same with no gap, no missing point, and every rule met that is not met or not decidable."""
    rulings = tuple(
        replace(r, answer=replace(r.answer, outcome=Outcome.MET))
        if r.outcome in (Outcome.NOT_MET, Outcome.UNDECIDABLE)
        else r
        for r in found.rulings
    )
    return replace(found, matrices=(), dossier=Dossier(points=()), rulings=rulings)


def words(paper: Paper) -> str:
    """Everything that stands in a paper, line by line."""
    lines = [paper.title, paper.subtitle]
    if paper.notice:
        lines += [paper.notice.title, *(_line(f) for f in paper.notice.facts)]
    for part in paper.parts:
        lines += [f"{part.number}. {part.title}", *(_line(f) for f in part.facts)]
    lines += [_line(f) for f in paper.closing]
    lines += [f"{name}: {value}" for name, value in paper.signature]
    return "\n".join(filter(None, lines))


def part(paper: Paper, number: str) -> str:
    """What stands in one part."""
    return "\n".join(_line(f) for p in paper.parts if p.number == number for f in p.facts)


def _line(fact: Fact) -> str:
    said = " / ".join("".join(piece.text for piece in cell) for cell in fact.cells)
    return f"{fact.name}: {said}" if fact.name else said


GERMAN = language.load("de")
ENGLISH = language.english()
