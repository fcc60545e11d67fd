"""The state of a clause: every line of the table, in its order, with reason and counts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from build import (
    ISO,
    LAW,
    STD,
    assessed,
    clause,
    control,
    evidence,
    exclusion,
    frame,
    mapping,
    relation,
    requirement,
    risk,
    row,
    section,
    trace,
    verdicts,
)
from sphinx_cra import coverage
from sphinx_cra.model import (
    ClauseMapping,
    Item,
    Kind,
    Link,
    Outcome,
    Presence,
    Remaining,
    Row,
    Section,
    State,
    Strength,
)
from sphinx_cra.product import Iec62443, Manufacturer, Product

PROVES_NOTHING = ("void", "expired", "foreign", "missing", "unreadable", "unchecked")


# ------------------------------------------------------------------------ the table


def test_a_clause_that_nothing_names_is_open_and_says_how_to_close_it() -> None:
    found = row("LAW_B")
    assert found.state is State.OPEN
    assert found.reason == "No requirement or control satisfies it."
    assert "requirement or control" in found.way_out
    assert found.gap


def test_a_requirement_alone_is_planned_and_named() -> None:
    found = row("LAW_B", requirement("R1", satisfies="LAW_B"))
    assert (found.state, found.implemented, found.proven) == (State.PLANNED, 0, 0)
    assert found.reason == "0 of 1 carrier is implemented, 0 proven; R1 is neither."
    assert found.way_out == "declare a control that implements R1, or give evidence"


def test_one_carrier_left_behind_keeps_the_clause_planned() -> None:
    found = row(
        "LAW_B",
        requirement("R1", satisfies="LAW_B"),
        requirement("R2", satisfies="LAW_B"),
        control("C1", implements="R1"),
        control("C2", satisfies="LAW_B"),
        evidence("E1", verifies="C1 C2"),
        E1="valid",
    )
    assert (found.state, found.implemented, found.proven, len(found.carriers)) == (State.PLANNED, 2, 2, 3)
    assert "2 of 3 carriers are implemented, 2 proven; R2 is neither." in found.reason
    assert "R1" not in found.way_out


def test_an_implemented_requirement_is_covered_and_its_lack_of_proof_named() -> None:
    found = row("LAW_B", requirement("R1", satisfies="LAW_B"), control("C1", implements="R1"))
    assert (found.state, found.implemented, found.proven) == (State.COVERED, 1, 0)
    assert found.reason == "1 of 1 carrier is implemented, 0 proven; no valid evidence for R1."
    assert not found.gap
    assert [c.id for c in found.controls] == ["C1"]


def test_a_control_that_satisfies_a_clause_itself_covers_it() -> None:
    found = row("LAW_B", control("C1", satisfies="LAW_B"))
    assert (found.state, found.implemented) == (State.COVERED, 1)
    assert [c.id for c in found.controls] == ["C1"]
    assert not found.requirements


def test_a_proven_requirement_needs_no_control() -> None:
    tests = evidence("E1", kind="junit", verifies="R1")
    found = row("LAW_B", requirement("R1", satisfies="LAW_B"), tests, E1="valid")
    assert (found.state, found.implemented, found.proven) == (State.VERIFIED, 1, 1)
    assert found.reason == "1 of 1 carrier is proven."
    assert found.way_out == ""


@pytest.mark.parametrize("kind", ["file", "report", "certificate"])
def test_a_clause_that_statements_alone_verify_says_so(kind: str) -> None:
    items = (
        requirement("R1", satisfies="LAW_B"),
        control("C1", implements="R1"),
        control("C2", satisfies="LAW_B"),
        evidence("E1", kind=kind, verifies="C1"),
        evidence("E2", kind="junit", verifies="C2"),
    )
    said = "Stated by authors, with nothing read in the evidence: R1."
    assert row("LAW_B", *items, E1="valid", E2="valid").reason == f"2 of 2 carriers are proven. {said}"
    also = (*items, evidence("E3", kind="sarif", verifies="C1"))
    assert "Stated" not in row("LAW_B", *also, E1="valid", E2="valid", E3="valid").reason
    assert said in row("LAW_B", *also, E1="valid", E2="valid", E3="void").reason


def test_a_requirement_is_proven_by_all_its_controls_and_not_by_one_of_two() -> None:
    items = (
        requirement("R1", satisfies="LAW_B"),
        control("C1", implements="R1"),
        control("C2", implements="R1"),
        evidence("E1", verifies="C1"),
        evidence("E2", verifies="C2"),
    )
    assert row("LAW_B", *items, E1="valid").state is State.COVERED
    assert row("LAW_B", *items, E1="valid", E2="valid").state is State.VERIFIED


def test_one_valid_piece_is_enough_beside_others_that_show_nothing() -> None:
    found = row(
        "LAW_B",
        control("C1", satisfies="LAW_B"),
        evidence("E1", verifies="C1"),
        evidence("E2", verifies="C1"),
        E1="valid",
        E2="expired",
    )
    assert found.state is State.VERIFIED
    assert "Not counted: E2 is expired (reason of E2)." in found.reason


def test_a_clause_is_verified_only_when_every_carrier_is_proven() -> None:
    items = (
        control("C1", satisfies="LAW_B"),
        control("C2", satisfies="LAW_B"),
        evidence("E1", verifies="C1"),
    )
    found = row("LAW_B", *items, E1="valid")
    assert (found.state, found.proven) == (State.COVERED, 1)
    assert "no valid evidence for C2." in found.reason


@pytest.mark.parametrize("outcome", PROVES_NOTHING)
def test_evidence_that_shows_nothing_never_proves_and_is_named(outcome: str) -> None:
    found = row("LAW_B", control("C1", satisfies="LAW_B"), evidence("E1", verifies="C1"), E1=outcome)
    assert (found.state, found.proven) == (State.COVERED, 0)
    assert f"Not counted: E1 is {outcome} (reason of E1)." in found.reason
    assert [e.id for e in found.evidence] == ["E1"]


def test_evidence_without_a_verdict_counts_as_unchecked() -> None:
    found = row("LAW_B", control("C1", satisfies="LAW_B"), evidence("E1", verifies="C1"))
    assert found.state is State.COVERED
    assert "E1 is unchecked" in found.reason


@pytest.mark.parametrize("outcome", ["failed", "altered"])
@pytest.mark.parametrize("target", ["R1", "C1", "LAW_B"])
def test_failed_or_altered_evidence_makes_a_clause_failed(outcome: str, target: str) -> None:
    found = row(
        "LAW_B",
        requirement("R1", satisfies="LAW_B"),
        control("C1", implements="R1"),
        evidence("E0", verifies="C1"),
        evidence("E1", verifies=target),
        E0="valid",
        E1=outcome,
    )
    assert found.state is State.FAILED
    assert found.reason == f"E1 is {outcome} (reason of E1)."
    assert found.gap
    assert found.way_out


def test_failed_evidence_of_a_clause_that_nothing_carries_is_not_forgotten() -> None:
    assert row("LAW_B", evidence("E1", verifies="LAW_B"), E1="failed").state is State.FAILED


def test_evidence_of_another_requirement_s_control_does_not_spill_over() -> None:
    items = (
        requirement("R1", satisfies="LAW_B"),
        requirement("R2", satisfies="LAW_A"),
        control("C1", implements="R1"),
        control("C2", implements="R2"),
        evidence("E1", verifies="C2"),
    )
    assert row("LAW_B", *items, E1="failed").state is State.COVERED
    assert row("LAW_B", *items, E1="valid").state is State.COVERED


def test_valid_evidence_of_a_clause_itself_verifies_nothing_without_a_carrier() -> None:
    found = row("LAW_B", evidence("E1", verifies="LAW_B"), E1="valid")
    assert (found.state, found.proven) == (State.OPEN, 0)
    assert "E1 verifies it, but there is nothing to verify." in found.reason
    assert [e.id for e in found.evidence] == ["E1"]


def test_valid_evidence_of_a_clause_itself_does_not_prove_its_carriers() -> None:
    found = row("LAW_B", requirement("R1", satisfies="LAW_B"), evidence("E1", verifies="LAW_B"), E1="valid")
    assert (found.state, found.proven) == (State.PLANNED, 0)


@pytest.mark.parametrize("carried", [True, False])
def test_useless_evidence_of_a_clause_itself_is_named_too(carried: bool) -> None:
    items = [control("C1", satisfies="LAW_B")] if carried else []
    found = row("LAW_B", *items, evidence("E1", verifies="LAW_B"), E1="void")
    assert "Not counted: E1 is void (reason of E1)." in found.reason


def test_long_lists_of_names_say_how_many_more() -> None:
    found = row("LAW_B", *(requirement(f"R{n}", satisfies="LAW_B") for n in range(9)))
    assert "R0, R1, R2, R3, R4 and 4 more are neither." in found.reason


def test_an_item_that_is_listed_twice_carries_once() -> None:
    found = row("LAW_B", control("C1", satisfies="LAW_B LAW_B"))
    assert [c.id for c in found.carriers] == ["C1"]


# --------------------------------------------------------------------- exclusions


def test_an_excluded_clause_is_not_open_and_gives_its_reason() -> None:
    found = row("LAW_A", exclusion("X1", "No radio,\n  no antenna.", excludes="LAW_A"))
    assert found.state is State.EXCLUDED
    assert found.reason == "X1 excludes it: No radio, no antenna."
    assert not found.gap


@pytest.mark.parametrize(
    "reason",
    [
        *("", "  \n", "n/a", "N.A.", "not applicable", "TBD", "—", "Todo.", "...", "x"),
        *("Does not apply.", "Not applicable to our product.", "This is not relevant here", "see above"),
        *("No.", "It is not needed for this product", "Trifft nicht zu", "Entfällt", "_n/a_", "**None**"),
    ],
)
def test_an_exclusion_without_a_reason_excludes_nothing(reason: str) -> None:
    found = row("LAW_A", exclusion("X1", reason, excludes="LAW_A"))
    assert found.state is State.OPEN
    assert "X1 excludes it, but gives no reason." in found.reason


@pytest.mark.parametrize("reason", ["No radio.", "Nothing is stored.", "See CTRL_4.", "无无线接口"])
def test_a_short_reason_is_a_reason(reason: str) -> None:
    assert row("LAW_A", exclusion("X1", reason, excludes="LAW_A")).state is State.EXCLUDED


def test_of_two_exclusions_the_one_with_a_reason_speaks() -> None:
    found = row("LAW_A", exclusion("X1", "", excludes="LAW_A"), exclusion("X2", excludes="LAW_A"))
    assert found.reason == "X2 excludes it: It has no such interface."


def test_what_the_law_does_not_let_be_excluded_stays_open() -> None:
    found = row("LAW_B", exclusion("X1", excludes="LAW_B"))
    assert found.state is State.OPEN
    assert "X1 excludes it, but the law does not let it be excluded." in found.reason


@pytest.mark.parametrize(
    ("outcome", "state"), [("valid", "verified"), ("failed", "failed"), ("void", "covered")]
)
def test_a_carrier_wins_over_an_exclusion(outcome: str, state: str) -> None:
    found = row(
        "LAW_A",
        exclusion("X1", excludes="LAW_A"),
        control("C1", satisfies="LAW_A"),
        evidence("E1", verifies="C1"),
        E1=outcome,
    )
    assert found.state == state
    assert [x.id for x in found.exclusions] == ["X1"]


def test_an_exclusion_comes_before_evidence_of_the_clause_itself() -> None:
    found = row("LAW_A", exclusion("X1", excludes="LAW_A"), evidence("E1", verifies="LAW_A"), E1="failed")
    assert found.state is State.EXCLUDED


def test_an_excluded_clause_is_in_no_numerator_but_its_own() -> None:
    done = assessed(exclusion("X1", excludes="LAW_A"), control("C1", satisfies="LAW_B"))
    counts, total = done.totals(done.matrices[0].rows)
    assert (counts[State.EXCLUDED], counts[State.COVERED], counts[State.OPEN], total) == (1, 1, 0, 2)
    assert sum(counts.values()) == total


# ------------------------------------------------------------- what asks nothing


@pytest.mark.parametrize(
    ("clause_id", "reason"),
    [
        ("LAW_H", "A heading: asks nothing of the maker by itself."),
        ("LAW_O", "An option: asks nothing of the maker by itself."),
        ("LAW_I", "Addressed to the importer, not to the maker."),
    ],
)
def test_what_asks_nothing_of_the_maker_has_no_state(clause_id: str, reason: str) -> None:
    found = row(clause_id, mappings=(mapping(relation(clause_id, "STD_1")),))
    assert found.state is None
    assert found.reason == reason
    assert not found.counted
    assert not found.gap


def test_an_option_that_is_carried_has_a_state_but_does_not_count() -> None:
    done = assessed(requirement("R1", satisfies="LAW_O"))
    found = done.rows["LAW_O"]
    assert found.state is State.PLANNED
    assert not found.counted
    assert not found.gap
    assert done.totals(done.matrices[0].rows)[1] == 2


def scoped(*items: Item, **outcomes: str) -> Row:
    above = frame(
        clause("STD_1", "std", details={"lowest SL-C": "4"}),
        clause("STD_2", "std"),
        name="std",
        prefix="STD_",
    )
    product = Product(
        name="P", release="1", manufacturer=Manufacturer(name="M"), iec62443=Iec62443(target_sl=2)
    )
    return assessed(*items, catalogues=(above,), product=product, **outcomes).rows["STD_1"]


@pytest.mark.parametrize(
    "item",
    [exclusion("X1", excludes="STD_1"), evidence("E1", verifies="STD_1"), risk("K1", concerns="STD_1")],
)
def test_what_is_out_of_scope_does_not_become_a_gap_without_a_carrier(item: Item) -> None:
    found = scoped(item, E1="valid")
    assert found.state is None
    assert found.reason.startswith("Out of scope")


def test_what_is_out_of_scope_and_carried_is_shown_as_such() -> None:
    found = scoped(control("C1", satisfies="STD_1"))
    assert found.state is State.COVERED


# ------------------------------------------------------------------------ mappings


PROVEN_STD = (control("C9", satisfies="STD_1"), evidence("E9", verifies="C9"))


def test_a_clause_of_another_framework_supports_and_leaves_a_gap() -> None:
    found = row(
        "LAW_B",
        *PROVEN_STD,
        mappings=(mapping(relation("LAW_B", "STD_1"), remaining={"LAW_B": ("Do the rest.",)}),),
        E9="valid",
    )
    assert found.state is State.SUPPORTED
    assert found.reason == (
        "No requirement or control satisfies it. It is only supported, by STD point STD_1 (verified), says m."
    )
    assert found.remaining == (Remaining(mapping="m", text="Do the rest."),)
    assert found.gap
    assert found.way_out


def test_a_clause_that_is_itself_open_supports_nothing_but_is_named_once() -> None:
    both = mapping(relation("LAW_B", "STD_1"), relation("LAW_B", "STD_1", "supporting", "n"))
    found = row("LAW_B", mappings=(both,))
    assert found.state is State.OPEN
    assert found.reason.endswith("Could be supported by STD point STD_1; none is covered.")
    assert len(found.supports) == 2


@pytest.mark.parametrize("state", ["planned", "failed"])
def test_planned_or_failed_work_supports_nothing(state: str) -> None:
    items = (requirement("C9", satisfies="STD_1"),) if state == "planned" else PROVEN_STD
    found = row("LAW_B", *items, mappings=(mapping(relation("LAW_B", "STD_1")),), E9="failed")
    assert found.state is State.OPEN
    assert [s.state for s in found.supports] == [State(state)]


def test_a_mapping_row_that_supports_nothing_overall_is_left_out() -> None:
    rows = mapping(relation("LAW_B", "STD_1"), overall={"LAW_B": "none"}, remaining={"LAW_B": ("All.",)})
    found = row("LAW_B", *PROVEN_STD, mappings=(rows,), E9="valid")
    assert found.state is State.OPEN
    assert found.supports == ()
    assert found.remaining == (Remaining(mapping="m", text="All."),)


def test_support_never_changes_what_carriers_have_reached() -> None:
    items = (requirement("R1", satisfies="LAW_B"), *PROVEN_STD)
    found = row("LAW_B", *items, mappings=(mapping(relation("LAW_B", "STD_1")),), E9="valid")
    assert found.state is State.PLANNED
    assert found.supports[0].holds


def test_a_mapping_does_not_hide_that_an_exclusion_was_refused() -> None:
    items = (exclusion("X1", excludes="LAW_B"), *PROVEN_STD)
    found = row("LAW_B", *items, mappings=(mapping(relation("LAW_B", "STD_1")),), E9="valid")
    assert found.state is State.SUPPORTED
    assert "the law does not let it be excluded" in found.reason


def test_an_exclusion_wins_over_a_mapping() -> None:
    items = (exclusion("X1", excludes="LAW_A"), *PROVEN_STD)
    found = row("LAW_A", *items, mappings=(mapping(relation("LAW_A", "STD_1")),), E9="valid")
    assert found.state is State.EXCLUDED


def test_no_mapping_leads_through_two_frameworks() -> None:
    chain = (
        mapping(relation("LAW_B", "STD_1"), name="one"),
        mapping(relation("STD_1", "ISO_1"), of="std", by="iso", name="two"),
    )
    items = (control("C1", satisfies="ISO_1"), evidence("E1", verifies="C1"))
    for mappings in (chain, chain[::-1]):
        rows = assessed(*items, mappings=mappings, E1="valid").rows
        states = [rows[c].state for c in ("ISO_1", "STD_1", "LAW_B")]
        assert states == [State.VERIFIED, State.SUPPORTED, State.OPEN]


def test_a_circle_of_mappings_lifts_nothing() -> None:
    circle = (
        mapping(relation("LAW_B", "STD_1"), name="one"),
        mapping(relation("STD_1", "LAW_B"), of="std", by="law", name="two"),
    )
    rows = assessed(mappings=circle).rows
    assert {rows["LAW_B"].state, rows["STD_1"].state} == {State.OPEN}


def test_a_relation_to_a_clause_that_is_not_loaded_supports_nothing() -> None:
    assert row("LAW_B", mappings=(mapping(relation("LAW_B", "STD_99")),)).state is State.OPEN


# ------------------------------------------------------- any trace, any mapping


CATALOGUES = (LAW, STD, ISO)
CLAUSES = {c.id: c for cat in CATALOGUES for c in cat.clauses}
IDS = [f"{kind.value[:3].upper()}{n}" for kind in Kind for n in range(3)]


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[Item], dict[str, str]]:
    """Items of every kind with links of every verb, fitting or not, and outcomes for the evidence."""
    items = []
    for number, kind in enumerate(k for k in Kind for _ in range(3)):
        chosen = draw(
            st.lists(
                st.tuples(st.sampled_from(list(Link)), st.sampled_from([*CLAUSES, *IDS, "NOWHERE"])),
                max_size=3,
            )
        )
        links: dict[Link, tuple[str, ...]] = {}
        for link, target in chosen:
            links[link] = (*links.get(link, ()), target)
        content = draw(st.sampled_from(["", "A reason."]))
        items.append(
            Item(id=IDS[number], kind=kind, type=kind.value, title="t", content=content, links=links)
        )
    fitting = [  # most random links fit nothing, so add some that do
        ("REQ", Link.SATISFIES, list(CLAUSES)),
        ("CON", Link.SATISFIES, list(CLAUSES)),
        ("CON", Link.IMPLEMENTS, ["REQ0", "REQ1", "REQ2"]),
        ("EVI", Link.VERIFIES, ["REQ0", "REQ1", "CON0", "CON1", "CON2", *CLAUSES]),
        ("EXC", Link.EXCLUDES, list(CLAUSES)),
    ]
    for place, old in enumerate(items):
        links = dict(old.links)
        for prefix, link, targets in fitting:
            if old.id.startswith(prefix):
                more = draw(st.lists(st.sampled_from(targets), max_size=3))
                links[link] = (*links.get(link, ()), *more)
        items[place] = Item(
            id=old.id, kind=old.kind, type=old.type, title="t", content=old.content, links=links
        )
    outcomes = draw(
        st.fixed_dictionaries({}, optional={f"EVI{n}": st.sampled_from(list(Outcome)) for n in range(3)})
    )
    return items, {k: v.value for k, v in outcomes.items()}


@st.composite
def mapping_sets(draw: st.DrawFn) -> tuple[ClauseMapping, ...]:
    """Up to four mappings between any two frameworks, in any direction, with circles."""
    found = []
    for number in range(draw(st.integers(0, 4))):
        of, by = draw(st.permutations(CATALOGUES))[:2]
        pairs = draw(
            st.lists(
                st.tuples(
                    st.sampled_from([c.id for c in of.clauses]),
                    st.sampled_from([c.id for c in by.clauses]),
                    st.sampled_from([s.value for s in Strength]),
                ),
                max_size=6,
            )
        )
        overall = draw(
            st.dictionaries(
                st.sampled_from([c.id for c in of.clauses]),
                st.sampled_from(["partial", "supporting", "none"]),
            )
        )
        relations = (relation(a, b, s, f"m{number}") for a, b, s in pairs)
        found.append(mapping(*relations, of=of.id, by=by.id, overall=overall, name=f"m{number}"))
    return tuple(found)


class Naive:
    """The table of the design, read literally from lists, without index, order or cache."""

    def __init__(
        self, items: list[Item], outcomes: dict[str, str], mappings: tuple[ClauseMapping, ...]
    ) -> None:
        self.items, self.outcomes, self.mappings = items, outcomes, mappings

    def who(self, verb: str, target: str, *kinds: str) -> list[Item]:
        return [i for i in self.items if i.kind in kinds and target in i.links.get(Link(verb), ())]

    def outcomes_of(self, target: str) -> list[str]:
        return [self.outcomes.get(e.id, "unchecked") for e in self.who("verifies", target, "evidence")]

    def proven(self, item: Item) -> bool:
        if "valid" in self.outcomes_of(item.id):
            return True
        if item.kind != "requirement":
            return False
        controls = self.who("implements", item.id, "control")
        return controls != [] and all("valid" in self.outcomes_of(c.id) for c in controls)

    def implemented(self, item: Item) -> bool:
        if item.kind == "control" or self.proven(item):
            return True
        return self.who("implements", item.id, "control") != []

    def carriers(self, clause_id: str) -> list[Item]:
        return self.who("satisfies", clause_id, "requirement", "control")

    def direct(self, clause_id: str) -> str | None:
        the_clause = CLAUSES[clause_id]
        carriers = self.carriers(clause_id)
        exclusions = self.who("excludes", clause_id, "exclusion")
        own = self.outcomes_of(clause_id)
        if not the_clause.asked and not carriers and not exclusions and not own:
            return None
        if not carriers and the_clause.excludable and any(x.content for x in exclusions):
            return "excluded"
        seen = list(own)
        for carrier in carriers:
            seen += self.outcomes_of(carrier.id)
            if carrier.kind == "requirement":
                for c in self.who("implements", carrier.id, "control"):
                    seen += self.outcomes_of(c.id)
        if "failed" in seen or "altered" in seen:
            return "failed"
        if not carriers:
            return "open"
        if all(self.proven(c) for c in carriers):
            return "verified"
        return "covered" if all(self.implemented(c) for c in carriers) else "planned"

    def state(self, clause_id: str) -> str | None:
        state = self.direct(clause_id)
        if state != "open":
            return state
        for m in self.mappings:
            for r in m.relations:
                told = m.overall.get(clause_id) != "none"
                if r.clause == clause_id and told and self.direct(r.by) in ("covered", "verified"):
                    return "supported"
        return "open"


@settings(max_examples=120, deadline=None)
@given(worlds(), mapping_sets())
def test_the_state_of_every_clause_is_what_the_table_says(
    world: tuple[list[Item], dict[str, str]], mappings: tuple[ClauseMapping, ...]
) -> None:
    items, outcomes = world
    naive = Naive(items, outcomes, mappings)
    done = assessed(*items, mappings=mappings, **outcomes)
    for clause_id, found in done.rows.items():
        carriers = naive.carriers(clause_id)
        assert found.state == naive.state(clause_id), clause_id
        assert sorted(c.id for c in found.carriers) == sorted(c.id for c in carriers)
        assert found.implemented == sum(map(naive.implemented, carriers))
        assert found.proven == sum(map(naive.proven, carriers))
        assert found.reason.endswith((".", "...")), found.reason


@settings(max_examples=80, deadline=None)
@given(worlds(), mapping_sets())
def test_no_mapping_whatever_makes_a_clause_covered_or_verified(
    world: tuple[list[Item], dict[str, str]], mappings: tuple[ClauseMapping, ...]
) -> None:
    items, outcomes = world
    bare = assessed(*items, **outcomes)
    done = assessed(*items, mappings=mappings, **outcomes)
    for clause_id, found in done.rows.items():
        before = bare.rows[clause_id].state
        if not found.carriers:
            assert found.state not in (State.COVERED, State.VERIFIED, State.PLANNED)
        if found.state != before:
            assert (before, found.state) == (State.OPEN, State.SUPPORTED)
    for before, after in zip(bare.matrices, done.matrices, strict=True):
        was, total = bare.totals(before.rows)
        now, same = done.totals(after.rows)
        assert total == same
        assert all(was[s] == now[s] for s in State if s not in (State.OPEN, State.SUPPORTED))
        assert len(before.gaps) == len(after.gaps)


# -------------------------------------------------------------- points of Annex VII


POINT = frame(clause("CRA_ANX_VII_2_A", "cra"), name="cra", prefix="CRA_")


def annex_row(*items: Item, sections: tuple[Section, ...] = (), **outcomes: str) -> Row:
    done = assessed(*items, catalogues=(POINT,), sections=sections, **outcomes)
    return done.rows["CRA_ANX_VII_2_A"]


def test_a_claimed_section_covers_a_point_of_annex_vii() -> None:
    found = annex_row(sections=(section("2a"),))
    assert found.state is State.COVERED
    assert found.reason == "The technical file contains it: Section for 2a."


def test_a_point_of_annex_vii_without_a_section_is_open_and_says_so() -> None:
    found = annex_row()
    assert found.state is State.OPEN
    assert found.reason == "No section is claimed for it."
    assert "cra-section" in found.way_out


def test_a_point_that_does_not_apply_is_neither_open_nor_counted() -> None:
    found = annex_row(sections=(section("2a", not_applicable="No design."),))
    assert found.state is None
    assert found.reason == "Not applicable: No design."
    assert not found.counted


def test_items_traced_to_a_point_decide_and_the_file_s_lacks_stand_beside() -> None:
    found = annex_row(requirement("R1", satisfies="CRA_ANX_VII_2_A"))
    assert found.state is State.PLANNED
    assert found.reason.endswith("No section is claimed for it.")


@pytest.mark.parametrize("claimed", [True, False])
def test_a_section_does_not_hide_failed_evidence_of_its_point(claimed: bool) -> None:
    sections = (section("2a"),) if claimed else ()
    found = annex_row(evidence("E1", verifies="CRA_ANX_VII_2_A"), sections=sections, E1="failed")
    assert found.state is State.FAILED
    assert "E1 is failed" in found.reason
    assert ("No section" in found.reason) is not claimed


def test_the_matrix_of_another_framework_is_left_alone_by_the_dossier() -> None:
    before = coverage.matrices((LAW,), (), trace([]), verdicts())[0]
    file = assessed(catalogues=(POINT,)).dossier
    assert coverage.documented(before, file) == before
    assert all(p.presence is Presence.MISSING for p in file.points if p.id == "2a")
