"""What can never happen, whatever is drawn: another framework, a mapping or a certificate lifts the law."""

from __future__ import annotations

import io
import json
import re
import zipfile
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from build import assessed, clause, control, evidence, frame, requirement
from sphinx_cra import frameworks, security_levels
from sphinx_cra.certificates import Scope, entries, scope_of
from sphinx_cra.model import Basis, ClauseMapping, Item, Outcome, Relation, State, Strength
from sphinx_cra.render import frameworks as shown
from sphinx_cra.render import matrix_csv, views, workbook
from sphinx_cra.render.data import assessment_json
from sphinx_cra.render.table import Block, Spanning, Table

if TYPE_CHECKING:
    from sphinx_cra.assessment import Assessment

LAW = frame(*(clause(f"CRA_{n}", "cra") for n in "ABC"), name="cra", prefix="CRA_")
IEC = frame(
    *(clause(f"IEC_{n}", "iec", details={"lowest SL-C": str(n)}) for n in (1, 2, 3)),
    name="iec",
    prefix="IEC_",
)
SSDF = frame(*(clause(f"SSDF_{n}", "ssdf") for n in (1, 2)), name="ssdf", prefix="SSDF_")
ALL = (LAW, IEC, SSDF)
IDS = {f.id: [c.id for c in f.clauses] for f in ALL}
OTHERS = [*IDS["iec"], *IDS["ssdf"]]
REACHED = {State.COVERED, State.VERIFIED}


@st.composite
def mappings(draw: st.DrawFn) -> tuple[ClauseMapping, ...]:
    """Mappings between any two of the frameworks, of any strength, basis and number."""
    found = []
    for number in range(draw(st.integers(0, 5))):
        of, by = draw(st.permutations(sorted(IDS)))[:2]
        name = f"m{number}"
        pairs = st.tuples(st.sampled_from(IDS[of]), st.sampled_from(IDS[by]))
        relations = tuple(
            Relation(
                mapping=name,
                clause=a,
                by=b,
                strength=draw(st.sampled_from(list(Strength))),
                basis=draw(st.sampled_from(list(Basis))),
                source=draw(st.sampled_from(["", "S1", "S2"])),
            )
            for a, b in draw(st.lists(pairs, max_size=8, unique=True))
        )
        overall = draw(st.dictionaries(st.sampled_from(IDS[of]), st.sampled_from(["partial", "none"])))
        found.append(
            ClauseMapping(
                id=name,
                title=name,
                version="1",
                clauses_of=of,
                supported_by=(by,),
                relations=relations,
                remaining=dict.fromkeys(IDS[of], ("Do the rest.",)),
                overall=overall,
            )
        )
    return tuple(found)


@st.composite
def work(draw: st.DrawFn) -> tuple[list[Item], dict[str, str]]:
    """Items that satisfy clauses of the other frameworks only, and certificates that claim anything."""
    items: list[Item] = []
    outcomes = {}
    targets = st.lists(st.sampled_from(OTHERS), max_size=4, unique=True)
    for n in range(draw(st.integers(0, 4))):
        make = draw(st.sampled_from([control, requirement]))
        items.append(make(f"C{n}", satisfies=" ".join(draw(targets))))
        items.append(evidence(f"E{n}", verifies=f"C{n}"))
    claims = st.lists(st.sampled_from([*OTHERS, *IDS["cra"], "CRA", "IEC", "SSDF", "C"]), max_size=4)
    for n in range(draw(st.integers(0, 3))):
        said = {
            "certifies": ", ".join(draw(claims)),
            "level": draw(st.sampled_from(["", "1", "2", "4", "x"])),
        }
        verifies = " ".join(draw(st.lists(st.sampled_from([*OTHERS, *IDS["cra"]]), max_size=2, unique=True)))
        items.append(evidence(f"Z{n}", kind="certificate", verifies=verifies, **said))
    for item in items:
        if item.id[0] in "EZ":
            outcomes[item.id] = draw(st.sampled_from(list(Outcome))).value
    return items, outcomes


def built(ways: tuple[ClauseMapping, ...], drawn: tuple[list[Item], dict[str, str]]) -> Assessment:
    items, outcomes = drawn
    return assessed(*items, catalogues=ALL, mappings=ways, **outcomes)


@given(mappings(), work())
@settings(max_examples=100, deadline=None)
def test_no_mapping_and_no_certificate_makes_a_clause_of_the_law_covered_or_verified(
    ways: tuple[ClauseMapping, ...], drawn: tuple[list[Item], dict[str, str]]
) -> None:
    found = built(ways, drawn)
    for name in IDS["cra"]:
        row = found.rows[name]
        assert row.state in (State.OPEN, State.SUPPORTED, State.FAILED)
        assert row.gap
        assert row.certificates == ()
        assert (row.implemented, row.proven) == (0, 0)


@given(mappings(), work())
@settings(max_examples=100, deadline=None)
def test_mappings_lift_nothing_above_supported_and_never_chain(
    ways: tuple[ClauseMapping, ...], drawn: tuple[list[Item], dict[str, str]]
) -> None:
    found, alone = built(ways, drawn), built((), drawn)
    for name, row in found.rows.items():
        before = alone.rows[name].state
        if row.state is State.SUPPORTED:
            assert before is State.OPEN
            # What supports was reached by the product or a certificate, and not by a mapping.
            holding = [s.relation.by for s in row.supports if s.holds]
            assert holding
            assert {alone.rows[by].state for by in holding} <= REACHED
        else:
            assert row.state is before


@given(mappings(), work())
@settings(max_examples=50, deadline=None)
def test_every_relation_is_shown_under_its_own_mapping(
    ways: tuple[ClauseMapping, ...], drawn: tuple[list[Item], dict[str, str]]
) -> None:
    found = built(ways, drawn)
    for name in IDS["cra"]:
        row = found.rows[name]
        for reasons in (True, False):
            told = frameworks.voices(found, (s.relation for s in row.supports), reasons=reasons)
            seen = [(v.mapping, v.strength, v.basis, v.source, r.by) for v in told for r in v.relations]
            stated = [
                (s.relation.mapping, s.relation.strength, s.relation.basis, s.relation.source, s.relation.by)
                for s in row.supports
            ]
            assert sorted(seen) == sorted(stated)
        assert [r.mapping for r in row.remaining] == [m.id for m in ways if m.clauses_of == "cra"]


@given(mappings(), work())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_output_has_a_percentage(
    ways: tuple[ClauseMapping, ...], drawn: tuple[list[Item], dict[str, str]]
) -> None:
    found = built(ways, drawn)
    for output in outputs(found):
        assert not re.search(r"\d\s*(%|per ?cent)", output)
        assert "compliant" not in output


def outputs(found: Assessment) -> list[str]:
    """Everything that is written of an assessment, as text."""
    scopes = [scope_of(i) for i in found.trace.items.values()]
    plan = frameworks.plan(found, [*scopes, Scope(entries=entries("IEC, SSDF"), level=2)])
    tables = [views.matrix(found, m.catalogue, m.rows) for m in found.matrices]
    tables += [views.clauses(found, m.rows) for m in found.matrices]
    tables += [views.gaps(found, m.rows) for m in found.matrices]
    tables += [shown.supports_table(found, frameworks.supported(found, c)) for c in found.catalogues]
    tables += [shown.supported_table(found, plan), shown.steps_table(found, plan.steps)]
    tables += [shown.security_levels_table(security_levels.levels(found.matrices[1], None))]
    points = frameworks.points(found)
    texts = [words(t) for t in tables]
    texts += [words(b) for b in shown.point_blocks(found, points)]
    texts += [shown.point_words(points), *(shown.scope_words(found, r) for r in plan.reach)]
    texts += [assessment_json(found, generator="test"), matrix_csv.matrix_csv(found).decode("utf-8-sig")]
    book = io.BytesIO()
    workbook.workbook(found, book)
    with zipfile.ZipFile(book) as archive:
        texts += [archive.read(n).decode() for n in archive.namelist() if "sharedStrings" in n]
    json.loads(texts[-3])
    return texts


def words(what: Table | Block) -> str:
    if isinstance(what, Block):
        cells = [what.head, *(c for _, cells in what.parts for c in cells)]
        return " ".join([*(label for label, _ in what.parts), *(p.text for c in cells for p in c)])
    rows = [r.text if isinstance(r, Spanning) else "".join(p.text for c in r for p in c) for r in what.rows]
    return " ".join([*what.headers, *rows])
