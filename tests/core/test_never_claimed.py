"""What software must not claim: over everything that rules, procedures, pages and commands can say.

The texts are searched for the claims, and the decisions behind them are tried with many facts.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import test_legal_classes
import test_legal_rules
from build import exclusion
from legal import answer, facts
from sphinx_cra import cli, legal
from sphinx_cra.language import load
from sphinx_cra.legal import procedures
from sphinx_cra.legal.rule import Outcome
from sphinx_cra.product import Procedure
from sphinx_cra.render import declaration, user_information
from sphinx_cra.render import legal as shown
from sphinx_cra.render.table import Block, Spanning
from test_cli_all import COMMANDS
from test_legal_products import FILES, of_file

if TYPE_CHECKING:
    from collections.abc import Iterator

CLASSED = test_legal_classes.CLASSED
PRESCRIBED = (
    # Annex VI gives the sentence, and Annex V, point 5, what is stated; the manufacturer signs it.
    "is in compliance with Regulation (EU) 2024/2847",
    "is in conformity with the relevant Union",
    # The opposite of a claim.
    "give no presumption of conformity",
)

_NEEDED = r"\b(?:required|requires|mandatory|must|shall)\b"
_FORMAT = r"(?:SPDX|CycloneDX)"
CLAIMS = {
    "conformity that is presumed, stated or verified": (
        r"\b(?:complian\w+|complies|comply|conforms?\b|in conformity|presum\w+)"
        r"|\b(?:verifies|verified|confirms?|confirmed|approved|certified) (?:conformity|compliance)"
        r"|\b(?:verified|confirmed|approved|certified) by (?:us|sphinx-cra|this tool|the tool)"
    ),
    "a format that the law requires": rf"{_FORMAT}[^.]*{_NEEDED}|{_NEEDED}[^.]*{_FORMAT}",
    "an SBOM that has to be public": (
        r"(?:SBOM|bill of materials)[^.;]*\b(?:must|shall|has to|have to)\b[^.;]*\bpubli\w+"
        r"|\bpublish (?:the|your) SBOM"
    ),
    "five years as the standard": (
        r"\b(?:standard|usual|normal|regular|default|statutory) (?:support )?period"
        r"|five years (?:is|are) (?:the )?(?:standard|default|rule|norm)|\bstandard (?:of )?five years"
    ),
    "Part II as not applicable": (
        r"Part II\b[^.;]*\b(?:is|are|may be|can be) (?:not applicable|excluded|left out)"
        r"|Part II\b[^.;]*\b(?:does|do) not apply"
    ),
    "a number of the body with B+C": (
        r"B\+C (?:puts|needs|wants|asks for) (?:a|the) number|B\+C[^.;]*\bstate ce_marking\.body_number"
    ),
    "the simplified form for medium-sized firms": (
        r"\bmedium(?:-sized)?(?: enterprises?| firms?)? (?:may|can) use"
    ),
}


def claims(text: str) -> list[str]:
    """Which claims a text makes."""
    for words in PRESCRIBED:
        text = text.replace(words, "")
    return [
        f"{what}: {m.group()!r}" for what, e in CLAIMS.items() if (m := re.search(e, text, re.IGNORECASE))
    ]


# --------------------------------------------------------------------------- the texts


def rule_texts() -> Iterator[str]:
    for rule in legal.rules():
        yield from (rule.title, rule.inputs, rule.unchecked)
    for name, blocks, _ in test_legal_classes.CASES:
        found = answer(name, facts(blocks))
        yield from (found.message, found.way_out)
    for name, blocks, around, _ in test_legal_rules.CASES:
        found = answer(name, facts(blocks, **around))
        yield from (found.message, found.way_out)


def procedure_texts() -> Iterator[str]:
    yield from procedures.TITLES.values()
    for _, blocks, _ in test_legal_classes.CASES:
        given = facts(blocks)
        for route in procedures.routes(given.product, given.status):
            yield from (route.reason, route.needs)


def _text(cell: Any) -> str:
    return "".join(getattr(piece, "text", "") for piece in cell)


def page_texts(name: str) -> Iterator[str]:
    """Tables, declaration and user information of one product file, in the languages that we ship."""
    found = of_file(name)
    yield shown.tally(found.rulings)
    for table in (shown.rules(found, found.rulings), shown.procedures(found), shown.status(found)):
        yield from table.headers
        for row in table.rows:
            if not isinstance(row, Block | Spanning):
                yield from map(_text, row)
    for tag in ("en", "de"):
        spoken = load(tag)
        for paper in (
            declaration.full(found, spoken),
            declaration.simplified(found, spoken),
            user_information.paper(found, spoken),
        ):
            yield repr(paper)


def test_no_answer_of_a_rule_claims_it() -> None:
    assert not [c for text in rule_texts() for c in claims(text)]


def test_no_procedure_claims_it() -> None:
    assert not [c for text in procedure_texts() for c in claims(text)]


@pytest.mark.parametrize("name", sorted(p.stem for p in FILES.glob("*.yaml")))
def test_no_page_claims_it(name: str) -> None:
    assert not [c for text in page_texts(name) for c in claims(text)]


@pytest.mark.parametrize("command", sorted({(), *((c[0],) for c in COMMANDS), *COMMANDS}), ids=" ".join)
def test_no_help_claims_it(command: tuple[str, ...]) -> None:
    result = CliRunner().invoke(cli.app, [*command, "--help"], env={"COLUMNS": "200"})
    assert result.exit_code == 0
    assert not claims(" ".join(result.output.split()))


@pytest.mark.parametrize("name", sorted(p.stem for p in FILES.glob("*.yaml")))
def test_no_explanation_of_a_procedure_claims_it(name: str) -> None:
    path = FILES / f"{name}.yaml"
    for output in ("text", "json"):
        result = CliRunner().invoke(cli.app, ["explain", "procedure", str(path), "--format", output])
        assert result.exit_code in (0, 1, 2)
        assert not claims(result.output)
    assert json.loads(result.output)["procedures"]


@pytest.mark.parametrize(
    "text",
    [
        "The product is compliant",
        "It is presumed to be in conformity",
        "The law requires SPDX or CycloneDX",
        "The SBOM has to be public",
        "Five years is the standard",
        "The standard support period is five years",
        "Part II is not applicable",
        "Procedure B+C puts the number next to the CE marking",
        "Medium-sized firms may use the simplified form",
        "sphinx-cra verified conformity",
    ],
)
def test_each_claim_would_be_found(text: str) -> None:
    assert claims(text)


# --------------------------------------------------------------------------- the decisions


UNCITED = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["EN 40000-1-2", "EN 304 620", "IEC 62443-4-1"]),
        "edition": st.just("2026"),
        "extent": st.just("full"),
        "clauses": st.just(["CRA_ANX_I_P1_1"]),
    },
    optional={
        "kind": st.sampled_from(["harmonised", "common-specification", "other"]),
        "draft": st.booleans(),
        "oj_reference": st.sampled_from(["", "OJ L, 2026/1"]),
        "oj_date": st.sampled_from(["2020-01-01", "2026-10-06"]),
        "level": st.sampled_from(["basic", "high"]),
    },
)


@settings(max_examples=60, deadline=None)
@given(st.lists(UNCITED, max_size=3))
def test_nothing_is_presumed_from_standards_that_are_not_cited(standards: list[dict[str, Any]]) -> None:
    found = facts({**CLASSED, "conformity.procedure": "A", "standards": standards})
    chosen = procedures.route(found.product, found.status)
    assert chosen is not None
    assert chosen.allowed is False
    assert answer("R04", found).outcome is Outcome.NOT_MET
    assert answer("R05", found).outcome is Outcome.NOT_MET


@pytest.mark.parametrize("size", ["medium", "large"])
@pytest.mark.parametrize("known", [None, test_legal_rules.FORM], ids=["no-form", "form"])
def test_the_simplified_form_is_never_for_others_than_micro_and_small_firms(size: str, known: Any) -> None:
    blocks = {"document": {"simplified_form": True}, "manufacturer.size": size}
    assert answer("R28", facts(blocks, known=known)).outcome is Outcome.NOT_MET


@pytest.mark.parametrize("number", range(1, 9))
def test_no_point_of_part_ii_can_be_declared_not_applicable(number: int) -> None:
    items = [exclusion("EXCL_1", excludes=f"CRA_ANX_I_P2_{number}")]
    assert answer("R19", facts({}, items=items)).outcome is Outcome.NOT_MET


@pytest.mark.parametrize("procedure", [p.value for p in Procedure if p is not Procedure.H])
def test_only_full_quality_assurance_puts_a_number_on_the_product(procedure: str) -> None:
    blocks = {"conformity.procedure": procedure, "conformity.notified_body": test_legal_classes.BODY}
    assert answer("R10", facts(blocks)).outcome is Outcome.MET
    numbered = {**blocks, "ce_marking": {"body_number": "0123"}}
    assert answer("R10", facts(numbered)).outcome is Outcome.NOT_MET


def test_five_years_are_not_enough_where_a_product_is_used_for_longer() -> None:
    given = facts(test_legal_rules.period("2032-12", years=10))
    assert answer("R36", given).outcome is Outcome.MET
    assert answer("R37", given).outcome is Outcome.NOT_MET


def test_nobody_is_told_to_publish_the_sbom() -> None:
    assert answer("R34", facts({"sbom": {"to_users": False}})).outcome is Outcome.NOT_APPLICABLE


def test_no_shipped_page_of_texts_claims_it() -> None:
    root = Path(legal.__file__).parents[1]
    for catalogue in sorted((root / "locale").rglob("*.po")):
        english = re.findall(r'^msgid "(.*)"$', catalogue.read_text("utf-8"), re.MULTILINE)
        assert english
        assert not [c for text in english for c in claims(text)]
