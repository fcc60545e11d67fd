"""The gap page, the plan of a certified maker, the reverse, and security levels, on hand-made frames."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from build import assessed, clause, control, evidence, exclusion, frame, mapping, relation, requirement
from sphinx_cra import frameworks, security_levels
from sphinx_cra.certificates import Scope
from sphinx_cra.frameworks import ANNEX_I
from sphinx_cra.model import Catalogue, Force, Group, State
from sphinx_cra.product import Iec62443, Manufacturer, Product
from sphinx_cra.render import frameworks as shown
from sphinx_cra.render.table import Spanning

if TYPE_CHECKING:
    from sphinx_cra.assessment import Assessment
    from sphinx_cra.model import Item

LATE, EARLY = "2027-12-11", "2026-09-11"
LAW = frame(
    clause("CRA_ANX_I_P1", "cra", force=Force.HEADING),
    clause("CRA_ANX_I_P1_1", "cra", applies_from=LATE),
    clause("CRA_ANX_I_P1_2", "cra", applies_from=LATE, excludable=True),
    clause("CRA_ANX_II_1", "cra", applies_from=LATE),
    clause("CRA_ART_13_1", "cra", applies_from=LATE),
    clause("CRA_ART_13_9", "cra", applies_from=LATE, addressees=("importer",)),
    clause("CRA_ART_14_1", "cra", applies_from=EARLY),
    clause("CRA_ART_28_1", "cra", applies_from=LATE),
    name="cra",
    prefix="CRA_",
)
STD = frame(*(clause(f"STD_{n}", "std") for n in (1, 2, 3)), name="std", prefix="STD_")
WAYS = (
    mapping(
        relation("CRA_ANX_I_P1_1", "STD_1"),
        relation("CRA_ANX_I_P1_1", "STD_2", "supporting"),
        relation("CRA_ART_13_1", "STD_1", "supporting"),
        relation("CRA_ANX_II_1", "STD_3"),
        of="cra",
        remaining={"CRA_ANX_I_P1_1": ("The assessment.",)},
    ),
    mapping(
        relation("CRA_ANX_I_P1_1", "STD_1", "supporting", "n"),
        of="cra",
        name="n",
        remaining={"CRA_ANX_I_P1_1": ("The assessment.", "Hardware.")},
    ),
)
BASE = (control("C1", satisfies="STD_1"),)


def done(*items: Item, product: Product | None = None, **outcomes: str) -> Assessment:
    return assessed(*items, catalogues=(LAW, STD), mappings=WAYS, product=product, **outcomes)


def ids(points: tuple[frameworks.Point, ...]) -> list[str]:
    return [p.row.clause.id for p in points]


def test_the_page_has_every_point_of_annex_i_and_the_further_duties_that_nothing_supports() -> None:
    found = frameworks.points(done(*BASE))
    # Article 13(1) is supported, 13(9) is the importer's, and Article 28 is none of the five parts.
    assert ids(found) == ["CRA_ANX_I_P1_1", "CRA_ANX_I_P1_2", "CRA_ANX_II_1", "CRA_ART_14_1"]
    assert ids(frameworks.points(done())) == [*ids(found)[:3], "CRA_ART_13_1", "CRA_ART_14_1"]
    assert ids(frameworks.points(done(*BASE), parts=["CRA_ART_14"])) == ["CRA_ART_14_1"]
    assert ids(frameworks.points(done(*BASE), parts=[ANNEX_I])) == ids(found)[:2]


def test_a_point_keeps_apart_what_holds_what_waits_and_who_says_what_remains() -> None:
    point = frameworks.points(done(*BASE))[0]
    assert [(s.relation.by, s.relation.mapping) for s in point.holding] == [("STD_1", "m"), ("STD_1", "n")]
    assert [s.relation.by for s in point.waiting] == ["STD_2"]
    assert dict(point.remaining) == {"m": ("The assessment.",), "n": ("The assessment.", "Hardware.")}
    only = frameworks.points(done(*BASE), mappings=["n"])[0]
    assert [s.relation.mapping for s in (*only.holding, *only.waiting)] == ["n"]
    assert list(only.remaining) == ["n"]
    assert only.row.state is State.SUPPORTED


@pytest.mark.parametrize(
    ("items", "outcome", "state", "words"),
    [
        (BASE, "valid", State.SUPPORTED, "declare a requirement or control of the product for what remains"),
        ((), "valid", State.OPEN, "declare a requirement or control that satisfies it"),
        ((requirement("R1", satisfies="CRA_ANX_I_P1_1"),), "valid", State.PLANNED, "declare a control"),
        ((control("C9", satisfies="CRA_ANX_I_P1_1"),), "void", State.COVERED, "give valid evidence for C9"),
        ((control("C9", satisfies="CRA_ANX_I_P1_1"),), "failed", State.FAILED, "mend what fails"),
        ((control("C9", satisfies="CRA_ANX_I_P1_1"),), "valid", State.VERIFIED, "see that the product's own"),
    ],
)
def test_what_to_do_next_follows_from_the_state(
    items: tuple[Item, ...], outcome: str, state: State, words: str
) -> None:
    point = frameworks.points(done(*items, evidence("E9", verifies="C9"), E9=outcome))[0]
    assert point.row.state is state
    assert point.next.startswith(words)


def test_an_excluded_point_is_on_the_page_and_asks_for_nothing() -> None:
    point = frameworks.points(done(exclusion("X1", excludes="CRA_ANX_I_P1_2")))[1]
    assert point.row.state is State.EXCLUDED
    assert point.next == ""


def test_what_remains_is_ordered_by_day_then_by_how_far_the_scope_goes() -> None:
    plan = frameworks.plan(done(), [Scope(entries=("STD_1",))])
    assert [s.point.row.clause.id for s in plan.steps] == [
        "CRA_ART_14_1",  # applies first
        "CRA_ANX_I_P1_2",  # nothing supports it
        "CRA_ANX_II_1",
        "CRA_ART_28_1",
        "CRA_ART_13_1",  # supported
        "CRA_ANX_I_P1_1",  # supported in part
    ]
    assert plan.duties == 6
    assert [s.point.row.clause.id for s in plan.supported] == ["CRA_ANX_I_P1_1", "CRA_ART_13_1"]
    assert [(r.by, r.mapping) for r in plan.supported[0].relations] == [("STD_1", "m"), ("STD_1", "n")]


def test_what_the_product_itself_has_done_is_no_step_of_a_plan() -> None:
    plan = frameworks.plan(done(control("C9", satisfies="CRA_ART_14_1")), [Scope(entries=("STD",))])
    assert "CRA_ART_14_1" not in [s.point.row.clause.id for s in plan.steps]
    assert plan.duties == 6


def test_a_plan_for_the_law_itself_or_for_nothing_supports_nothing() -> None:
    for scopes in ([], [Scope(entries=("CRA",))], [Scope(entries=("NOPE",))]):
        plan = frameworks.plan(done(*BASE), scopes)
        assert (plan.reach, plan.supported) == ((), ())
        assert len(plan.steps) == 6


def test_days_and_reach_stand_over_the_steps() -> None:
    found = done()
    table = shown.steps_table(found, frameworks.plan(found, [Scope(entries=("STD_1",))]).steps)
    assert [r.text for r in table.rows if isinstance(r, Spanning)] == [
        f"Applies from {EARLY}: nothing in this scope supports it",
        f"Applies from {LATE}: nothing in this scope supports it",
        f"Applies from {LATE}: supported by this scope",
        f"Applies from {LATE}: supported in part by this scope",
    ]


def test_the_reverse_names_what_a_clause_supports_and_who_says_so() -> None:
    found = done()
    related = frameworks.supported(found, STD)
    assert [r.clause.id for r, _ in related] == ["STD_1", "STD_2", "STD_3"]
    assert [(r.clause, r.mapping) for r in related[0][1]] == [
        ("CRA_ANX_I_P1_1", "m"),
        ("CRA_ART_13_1", "m"),
        ("CRA_ANX_I_P1_1", "n"),
    ]
    cell = "".join(p.text for p in shown.supports_table(found, related).rows[0][2])  # type: ignore[index]
    assert "in part (m: expert-judgement)." in cell
    assert "supporting only (n: expert-judgement)." in cell


# ---------------------------------------------------------------------- security levels


def levelled(name: str, level: int, group: str = "FR_1", types: str = "SAR, EDR, HDR, NDR") -> Catalogue:
    return clause(  # type: ignore[return-value]
        name, "sl", group=group, details={"lowest SL-C": str(level), "component types": types}
    )


SL = replace(
    frame(
        levelled("SL_A", 1),
        levelled("SL_B", 2),
        levelled("SL_C", 3),
        levelled("SL_D", 2, types="NDR"),
        levelled("SL_E", 4, group="FR_2"),
        clause("SL_X", "sl", group="CCSC"),
        name="sl",
        prefix="SL_",
    ),
    groups=(Group(id="CCSC", title="CCSC"), Group(id="FR_1", title="FR 1"), Group(id="FR_2", title="FR 2")),
)


def reached(
    *items: Item, types: tuple[str, ...] = (), target: int | None = None, **outcomes: str
) -> tuple[security_levels.FoundationalRequirement, ...]:
    stated = Iec62443(component_types=types, target_sl=target)
    product = Product(name="G", release="1", manufacturer=Manufacturer(name="M"), iec62443=stated)
    found = assessed(*items, catalogues=(SL,), product=product, **outcomes)
    return security_levels.levels(found.matrices[0], product)


def test_a_level_is_reached_where_nothing_at_it_or_below_is_missing() -> None:
    first, second = reached(control("C1", satisfies="SL_A SL_B"), types=("SAR",), target=3)
    assert (first.group.id, second.group.id) == ("FR_1", "FR_2")
    assert first.reached(security_levels.COVERED) == 2
    assert first.reached(security_levels.VERIFIED) == 0
    assert (first.count(security_levels.COVERED), len(first.rows)) == (2, 3)
    assert [r.clause.id for r in first.missing(security_levels.COVERED)] == ["SL_C"]
    assert [r.clause.id for r in first.missing(security_levels.VERIFIED)] == ["SL_A", "SL_B", "SL_C"]


def test_a_higher_clause_does_not_make_up_for_a_lower_one() -> None:
    (first, _) = reached(control("C1", satisfies="SL_B SL_C SL_D"), target=3)
    assert first.reached(security_levels.COVERED) == 0


def test_component_types_decide_what_is_asked() -> None:
    work = control("C1", satisfies="SL_A SL_B SL_C")
    assert reached(work, types=("SAR",), target=3)[0].reached(security_levels.COVERED) == 3
    assert reached(work, types=("NDR",), target=3)[0].reached(security_levels.COVERED) == 1
    assert reached(work, target=3)[0].reached(security_levels.COVERED) == 1


def test_no_level_above_the_target_is_claimed() -> None:
    (first, _) = reached(control("C1", satisfies="SL_A SL_B SL_C SL_D"), target=2)
    assert first.reached(security_levels.COVERED) == 2
    assert [r.clause.id for r in first.rows] == ["SL_A", "SL_B", "SL_D"]


def test_where_nothing_is_asked_no_level_is_reached() -> None:
    _, second = reached(target=3)
    assert second.rows == ()
    assert second.reached(security_levels.COVERED) is None
    table = shown.security_levels_table([second])
    assert table.rows[0][2][0].text == "nothing is asked"  # type: ignore[index]


def test_without_a_target_all_levels_are_looked_at() -> None:
    first, second = reached(control("C1", satisfies="SL_A SL_B SL_C SL_D"))
    assert first.target is None
    assert first.reached(security_levels.COVERED) == 4
    assert second.reached(security_levels.COVERED) == 0  # nothing below level 4 is asked, so none is reached


def test_a_certificate_reaches_its_level_and_no_further() -> None:
    cert = evidence("E1", kind="certificate", certifies="SL", level="2", issuer="B", number="1")
    first, _ = reached(cert, types=("NDR",), target=3, E1="valid")
    assert first.reached(security_levels.VERIFIED) == 2
    assert [r.clause.id for r in first.missing(security_levels.VERIFIED)] == ["SL_C"]
