"""Facts for rules: a small product file, changed here and there, and what surrounds it."""

from __future__ import annotations

import copy
from collections import Counter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import yaml

from build import cra, trace
from sphinx_cra import legal, product
from sphinx_cra.assessment import assess
from sphinx_cra.legal import status
from sphinx_cra.legal.rule import Facts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sphinx_cra.known_vulnerabilities import Known
    from sphinx_cra.legal.rule import Answer
    from sphinx_cra.legal.status import Fact
    from sphinx_cra.model import Item, Section, Verdict
    from sphinx_cra.reporting.register import Register

BASE: dict[str, Any] = {
    "product": {"name": "Lock", "release": "1.0"},
    "manufacturer": {"name": "Example"},
}
"""The least that a product file holds."""

DELETE = object()


class _Dumper(yaml.SafeDumper):
    """Writes out what is named twice: product files have no aliases."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def facts(
    blocks: Mapping[str, Any] = MappingProxyType({}),
    *,
    items: Iterable[Item] = (),
    verdicts: Mapping[str, Verdict] | None = None,
    sections: Iterable[Section] = (),
    known: Mapping[str, Fact] | None = None,
    vulnerabilities: Known | None = None,
    reports: Register | None = None,
) -> Facts:
    """What a project states whose product file has ``blocks`` over :data:`BASE`; dots lead inside.

    ``facts({"product.class": "default"})``; the value :data:`DELETE` takes a key out.
    """
    data = copy.deepcopy(BASE)
    for route, value in blocks.items():
        *path, last = route.split(".")
        block = data
        for step in path:
            block = block.setdefault(step, {})
        if value is DELETE:
            block.pop(last, None)
        else:
            block[last] = value
    loaded = product.parse(yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False))
    catalogues = (cra(),)
    assessment = assess(
        product=loaded,
        catalogues=catalogues,
        mappings=(),
        trace=trace(items, catalogues),
        verdicts=verdicts or {},
        sections=tuple(sections),
    )
    shipped = status.shipped()
    return Facts(
        product=loaded,
        trace=assessment.trace,
        verdicts=assessment.verdicts,
        rows=assessment.rows,
        dossier=assessment.dossier,
        status=status.Status(facts=MappingProxyType({**shipped.facts, **(known or {})})),
        sections=tuple(sections),
        categories={c.id: c for c in catalogues[0].categories},
        known=vulnerabilities,
        reports=reports,
    )


def named(cases: Iterable[tuple[Any, ...]]) -> list[str]:
    """``R36-not-met``, ``R36-not-met-2``: rule and answer of each case, so that ``-k R36`` shows a rule."""
    seen: Counter[str] = Counter()
    result = []
    for rule, *_, expected in cases:
        name = f"{rule}-{expected.value.replace(' ', '-')}"
        seen[name] += 1
        result.append(name if seen[name] == 1 else f"{name}-{seen[name]}")
    return result


def answer(name: str, given: Facts) -> Answer:
    """What a rule answers."""
    rule = next(r for r in legal.rules() if r.id == name)
    assert rule.check is not None
    return rule.check(given)
