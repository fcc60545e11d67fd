"""The picture of Annex I: well-formed whatever is in it, complete, and readable without colours."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from build import assessed, control, cra, evidence, exclusion, mapping, relation, requirement, verdict
from sphinx_cra.model import Catalogue, Item, State
from sphinx_cra.render import overview

if TYPE_CHECKING:
    from sphinx_cra.assessment import Assessment

SVG = "{http://www.w3.org/2000/svg}"
CRA = cra()
ANNEX_I = replace(CRA, clauses=tuple(c for c in CRA.clauses if c.id.startswith("CRA_ANX_I_")))
POINTS = [c.id for c in ANNEX_I.clauses if c.asked]
EVIL = "</title><script>alert(1)</script>\"'&<![CDATA[x]]>\x00\x0b\x1b\x7f\ud800\uffff\u202e"


def drawn(done: Assessment, **more: object) -> ElementTree.Element:
    text = overview.svg(done, **more)  # type: ignore[arg-type]
    text.encode("utf-8")
    return ElementTree.fromstring(text)


def every_state() -> Assessment:
    """A project that has each state at least once."""
    from build import STD

    items = (
        exclusion("X1", excludes="CRA_ANX_I_P1_2_A"),
        control("C1", satisfies="CRA_ANX_I_P1_1"),
        evidence("E1", verifies="C1"),
        control("C2", satisfies="CRA_ANX_I_P1_2_B"),
        requirement("R3", satisfies="CRA_ANX_I_P1_2_C"),
        control("C4", satisfies="CRA_ANX_I_P1_2_D"),
        evidence("E4", verifies="C4"),
        control("C5", satisfies="STD_1"),
    )
    rows = mapping(relation("CRA_ANX_I_P1_2_E", "STD_1"), of="cra")
    return assessed(*items, catalogues=(ANNEX_I, STD), mappings=(rows,), E1="valid", E4="failed")


DONE = every_state()


def boxes(root: ElementTree.Element) -> list[ElementTree.Element]:
    return [g for g in root if g.tag in (f"{SVG}g", f"{SVG}a")]


def test_each_of_the_22_points_has_one_box() -> None:
    assert len(POINTS) == 22
    found = boxes(drawn(DONE))
    titles = [box.findtext(f"{SVG}title") or "" for box in found]
    printed = [c.printed for c in ANNEX_I.clauses if c.asked]
    assert [t.split(", ", 1)[0] for t in titles] == [p.split(", ", 1)[0] for p in printed]
    assert all(t.startswith(f"{p}, ") for t, p in zip(titles, printed, strict=True))


def test_each_box_says_its_state_in_a_word_and_a_shape_of_its_own() -> None:
    shapes: dict[str, set[str]] = {}
    states = {r.clause.id: r.state for part, _ in overview.PARTS for r in overview.points(DONE, part)}
    assert set(states.values()) == set(State)
    for box, state in zip(boxes(drawn(DONE)), states.values(), strict=True):
        words = [t.text for t in box.findall(f"{SVG}text") if t.get("class") == "word"]
        assert words == [state]
        mark = [e for e in box if e.tag in (f"{SVG}path", f"{SVG}circle")] or box.findall(f"{SVG}rect")[1:]
        assert len(mark) == 1
        form = re.sub(r"[Mm]\s*[-\d.]+ [-\d.]+", "M", mark[0].get("d") or mark[0].tag) + (
            mark[0].get("fill") or ""
        )
        shapes.setdefault(form if "none" in form else mark[0].tag + "filled", set()).add(state or "")
    assert all(len(s) == 1 for s in shapes.values()), shapes
    assert len(shapes) == len(State)


def test_the_legend_names_every_state_and_stays_inside() -> None:
    root = drawn(DONE)
    legend = [t for t in root.findall(f"{SVG}text") if t.get("class") == "count"]
    assert [t.text for t in legend] == [s.value for s in State]
    width, height = (int(root.get(k) or 0) for k in ("width", "height"))
    for element in root.iter():
        assert 0 <= float(element.get("x") or 0) <= width
        assert 0 <= float(element.get("y") or 0) <= height


def test_boxes_do_not_overlap() -> None:
    corners = [
        (int(r.get("x") or 0), int(r.get("y") or 0), int(r.get("width") or 0), int(r.get("height") or 0))
        for r in (box.find(f"{SVG}rect") for box in boxes(drawn(DONE)))
        if r is not None
    ]
    for n, (x, y, w, h) in enumerate(corners):
        for x2, y2, _, _ in corners[n + 1 :]:
            assert abs(x - x2) >= w or abs(y - y2) >= h


def test_a_box_counts_what_is_proven_of_how_many() -> None:
    counts = [
        t.text for box in boxes(drawn(DONE)) for t in box.findall(f"{SVG}text") if t.get("class") == "count"
    ]
    assert counts[0] == "1 of 1 proven"
    assert counts[3] == "0 of 1 proven"
    assert counts[-1] is None


def test_the_description_says_the_same_in_words() -> None:
    said = overview.description(DONE)
    assert said.startswith("State of the 22 points of Annex I of the Cyber Resilience Act: ")
    assert sum(int(n) for n in re.findall(r"(\d+) [a-z]+[,.]", said)) == 22
    root = drawn(DONE)
    assert root.get("aria-label") == said
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title") == said


def test_boxes_lead_where_their_clause_is() -> None:
    root = drawn(DONE, uri=lambda c: f'a"b&c.html#{c}' if c.endswith("_A") else None)
    links = root.findall(f"{SVG}a")
    assert [a.get("href") for a in links] == ['a"b&c.html#CRA_ANX_I_P1_2_A']


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    digits = colour.lstrip("#")
    digits = digits if len(digits) == 6 else "".join(c * 2 for c in digits)
    parts = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, two: str) -> float:
    dark, light = sorted((luminance(one), luminance(two)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_computed_as_the_standard_does() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("state", list(State))
def test_every_word_can_be_read_on_its_ground(state: State) -> None:
    line, ground = overview.COLOURS[state]
    assert contrast(line, ground) > 4.5
    assert contrast(line, "#ffffff") > 3
    for fill in re.findall(r"fill:(#[0-9a-f]{3,6})", overview.svg(DONE)):
        assert contrast(fill, ground) > 4.5


def hostile(text: str) -> Assessment:
    clauses = tuple(replace(c, title=text) for c in ANNEX_I.clauses)
    catalogue = replace(ANNEX_I, clauses=clauses)
    items = [exclusion("X1", text, excludes="CRA_ANX_I_P1_2_A"), control("C1", satisfies="CRA_ANX_I_P1_1")]
    done = assessed(*items, evidence("E1", verifies="C1"), catalogues=(catalogue,))
    return assess_with(done.trace.items.values(), catalogue, text)


def assess_with(items: object, catalogue: Catalogue, reason: str) -> Assessment:
    from build import trace
    from sphinx_cra.assessment import assess

    return assess(
        product=None,
        catalogues=(catalogue,),
        mappings=(),
        trace=trace(tuple(items), (catalogue,)),  # type: ignore[call-overload]
        verdicts={"E1": verdict("failed", reason)},
    )


def test_hostile_titles_and_reasons_stay_text() -> None:
    root = drawn(hostile(EVIL), uri=lambda c: EVIL)
    assert root.find(f".//{SVG}script") is None
    assert len(boxes(root)) == 22
    assert "<script>alert(1)</script>" in (boxes(root)[0].findtext(f"{SVG}title") or "")


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(), min_size=1, max_size=30))
def test_any_title_gives_well_formed_xml(text: str) -> None:
    assert len(boxes(drawn(hostile(text)))) == 22


def test_a_long_title_is_cut_in_the_box_and_whole_in_its_tooltip() -> None:
    root = drawn(hostile("Word " * 100))
    name = next(t for t in boxes(root)[0].findall(f"{SVG}text") if t.get("class") == "name")
    assert name.text is not None
    assert len(name.text) <= 38
    assert name.text.endswith("…")
    assert "Word " * 99 in (boxes(root)[0].findtext(f"{SVG}title") or "")


def test_without_the_regulation_there_is_a_picture_without_points() -> None:
    done = assessed()
    assert boxes(drawn(done)) == []
    assert overview.description(done).endswith("Cyber Resilience Act: none.")
    assert overview.table(done).rows == ()


def test_the_table_says_what_the_picture_says() -> None:
    table = overview.table(DONE)
    cells = [row[0] for row in table.rows]  # type: ignore[index]
    assert [c[0].to for c in cells] == POINTS
    assert [row[1][0].text for row in table.rows][:2] == ["verified", "excluded"]  # type: ignore[index]


def test_the_picture_is_the_same_every_time() -> None:
    assert overview.svg(DONE) == overview.svg(every_state())


def test_an_item_of_another_catalogue_draws_nothing() -> None:
    assert isinstance(DONE.trace.items["C5"], Item)
    assert "C5" not in overview.svg(assessed(control("C5", satisfies="STD_1")))
