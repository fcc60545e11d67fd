"""Why something is as it is, what would change it, and an example: what ``sphinx-cra explain`` says.

Decides nothing: states, reasons and ways out are those of the build, general words are those of the
codes and rules.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sphinx_cra import codes
from sphinx_cra.gate import Level
from sphinx_cra.legal import rules
from sphinx_cra.model import Code, State
from sphinx_cra.words import did_you_mean, listed, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sphinx_cra.checking import Checked
    from sphinx_cra.gate import Judged
    from sphinx_cra.model import Clause

CODE_OF = {
    State.FAILED: Code.FAILED,
    State.PLANNED: Code.PLANNED,
    State.SUPPORTED: Code.SUPPORTED,
    State.OPEN: Code.OPEN,
}
_NO_BUILD = (
    "No assessment.json was found, so nothing is known of the project: build first, or name it with --from."
)


class UnknownError(Exception):
    """Nothing has that name; the message says what is near."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What is to be said of one thing."""

    name: str
    kind: str
    """``clause``, ``need``, ``rule``, ``code`` or ``finding``."""
    title: str
    why: tuple[str, ...]
    """Why it is as it is, a sentence each."""
    change: tuple[str, ...] = ()
    """What would change it."""
    example: str = ""

    def lines(self) -> Iterator[str]:
        """It as text."""
        yield f"{self.name}: {self.title}" if self.title else self.name
        yield from (f"  {sentence}" for sentence in self.why)
        if self.change:
            yield "What would change it:"
            yield from (f"  {sentence}" for sentence in self.change)
        if self.example:
            yield "Example:"
            yield from (f"  {line}".rstrip() for line in self.example.splitlines())

    def data(self) -> dict[str, Any]:
        """It as plain data."""
        return {
            "name": self.name,
            "kind": self.kind,
            "title": self.title,
            "why": list(self.why),
            "change": list(self.change),
            "example": self.example,
        }


def explain(name: str, found: Checked | None) -> Explanation:
    """What is to be said of a clause, need, rule, code or finding.

    :param found: the project; None where nothing was built.
    :raises UnknownError: where nothing has that name.
    """
    code = name.removeprefix("cra.")
    if code in list(Code):
        return _code(Code(code), found)
    upper = name.upper()
    ruling = next((r for r in rules() if r.id == upper), None)
    if ruling is not None:
        return _rule(upper, ruling, found)
    if found is not None:
        row = next((r for r in found.data["rows"] if r["clause"] == upper), None)
        if row is not None:
            return _clause(row, found)
        item = next((i for i in found.data["items"] if i["id"] == name), None)
        if item is not None:
            return _need(item, found)
        judged = next((j for j in found.findings if j.id == name), None)
        if judged is not None:
            return _finding(judged, found)
    shipped = _shipped().get(upper)
    if shipped is not None:
        more = (f"{shipped.summary}",) if shipped.summary else ()
        said = _NO_BUILD if found is None else "Its catalogue is not loaded (cra_catalogues)."
        return Explanation(
            name=upper, kind="clause", title=f"{shipped.printed}, {shipped.title}", why=(*more, said)
        )
    known = [*Code, *(r.id for r in rules()), *_shipped()]
    if found is not None:
        known += [i["id"] for i in found.data["items"]]
    near = did_you_mean(nearest(name, known))
    hint = near or (_NO_BUILD if found is None else "it is no clause, need, rule, code or id of a finding")
    raise UnknownError(f"nothing is named {name}; {hint}")


@functools.cache
def _shipped() -> Mapping[str, Clause]:
    from pathlib import Path

    from sphinx_cra import catalogue

    loaded = (catalogue.load(n, root=Path()) for n in catalogue.names())
    return {c.id: c for found in loaded for c in found.clauses}


def _code(code: Code, found: Checked | None) -> Explanation:
    help_ = codes.of(code)
    why = [help_.meaning]
    if found is not None:
        mine = [j for j in found.findings if j.finding.code is code]
        said = sum(j.said for j in mine)
        accepted = sum(j.standing.holds for j in mine)
        why.append(
            f"{len(mine)} found in this project: {said} said, {accepted} accepted, "
            f"{len(mine) - said - accepted} quiet."
        )
    if help_.gap:
        why.append("It warns only where cra_gate asks for it.")
    return Explanation(
        name=f"cra.{code.value}",
        kind="code",
        title="a gap" if help_.gap else "a mistake",
        why=tuple(why),
        change=(help_.way_out,) if help_.way_out else (),
        example=help_.example,
    )


def _rule(name: str, rule: Any, found: Checked | None) -> Explanation:
    why = [f"{', '.join(rule.cites)}. Decided from {rule.inputs}." if rule.inputs else ", ".join(rule.cites)]
    change: list[str] = []
    if rule.inputs == "":
        why.append(f"Not checked. {rule.unchecked}")
    ruling = next((r for r in found.data["rules"] if r["rule"] == name), None) if found else None
    if found is None:
        why.append(_NO_BUILD)
    elif ruling is None:
        why.append("It was not asked in this build.")
    else:
        why.append(f"{ruling['outcome'].capitalize()}: {ruling['message']}.")
        if ruling["place"]:
            why.append(f"Stated in {_place(ruling['place'])}.")
        if ruling["way_out"]:
            change.append(_sentence(ruling["way_out"]))
    if found is not None:
        why += _gate([j for j in found.findings if j.finding.rule == name])
    return Explanation(name=name, kind="rule", title=rule.title, why=tuple(why), change=tuple(change))


def _clause(row: Mapping[str, Any], found: Checked) -> Explanation:
    state = row["state"] or "without a state"
    why = [f"It is {state}. {row['reason']}".strip()]
    total = len(row["carriers"])
    if total:
        why.append(
            f"Carried by {listed(row['carriers'])}: {row['implemented']} of {total} implemented, "
            f"{row['proven']} of {total} proven."
        )
    outcomes = {v["item"]: v for v in found.data["verdicts"]}
    why += [
        f"{e} is {outcomes[e]['outcome']}: {outcomes[e]['reason']}" for e in row["evidence"] if e in outcomes
    ]
    if row["exclusions"]:
        why.append(f"Excluded by {listed(row['exclusions'])}.")
    holding = [s["by"] for s in row["supports"] if s["holds"]]
    if holding:
        why.append(f"Supported by {listed(holding)}, which is never enough by itself.")
    why += [f"Left by {r['mapping']}: {r['text']}" for r in row["remaining"]]
    mine = [j for j in found.findings if j.finding.clause == row["clause"]]
    why += _gate(mine)
    change = [_sentence(row["way_out"])] if row["way_out"] else []
    change += [
        _sentence(j.finding.way_out)
        for j in mine
        if j.finding.way_out and j.finding.way_out != row["way_out"]
    ]
    example = ""
    if row["gap"] and row["state"] in list(State):
        help_ = codes.of(CODE_OF[State(row["state"])])
        change = change or [help_.way_out]
        example = help_.example.replace("CRA_ANX_I_P1_2_D", row["clause"])
    return Explanation(
        name=row["clause"],
        kind="clause",
        title=f"{row['printed']}, {row['title']}",
        why=tuple(why),
        change=tuple(dict.fromkeys(change)),
        example=example,
    )


def _need(item: Mapping[str, Any], found: Checked) -> Explanation:
    name = item["id"]
    why = [f"It is a {item['kind']} (need type {item['type']}), in {_place(item['place'])}."]
    why += [f"It {verb} {listed(targets)}." for verb, targets in item["links"].items() if targets]
    why += [f"{listed(sources)}: {verb} it." for verb, sources in item["linked_from"].items()]
    verdict = next((v for v in found.data["verdicts"] if v["item"] == name), None)
    if verdict:
        why.append(f"It is {verdict['outcome']}: {verdict['reason']}")
    roles = ("carriers", "controls", "evidence", "risks", "exclusions")
    rows = [r for r in found.data["rows"] if any(name in r[role] for role in roles)]
    why += [f"{r['clause']} ({r['title']}) is {r['state'] or 'without a state'}." for r in rows[:20]]
    if not rows and item["kind"] != "risk":
        why.append("It reaches no clause, so it changes no state.")
    mine = [j for j in found.findings if j.finding.item == name]
    why += [_sentence(j.finding.message) for j in mine]
    why += _gate(mine)
    change = [_sentence(j.finding.way_out) for j in mine if j.finding.way_out]
    change += [_sentence(f"{r['clause']}: {r['way_out']}") for r in rows if r["gap"] and r["way_out"]]
    example = next((codes.of(j.finding.code).example for j in mine if codes.of(j.finding.code).example), "")
    return Explanation(
        name=name,
        kind="need",
        title=item["title"],
        why=tuple(why),
        change=tuple(dict.fromkeys(change)),
        example=example,
    )


def _finding(judged: Judged, found: Checked) -> Explanation:
    finding = judged.finding
    help_ = codes.of(finding.code)
    where = [f"It stands in {found.file(finding)}, line {finding.place.line}."] if finding.place else []
    return Explanation(
        name=judged.id,
        kind="finding",
        title=f"cra.{finding.code.value}, {finding.severity.value}",
        why=(_sentence(finding.message), help_.meaning, *where, *_gate([judged])),
        change=(_sentence(finding.way_out or help_.way_out),),
        example=help_.example,
    )


def _gate(judged: list[Judged]) -> list[str]:
    """What the gate and the baseline make of these findings, a sentence each."""
    said = []
    for j in judged:
        what = f"cra.{j.finding.code.value} ({j.id})"
        if j.acceptance and j.standing.holds:
            until = f" until {j.acceptance.until}" if j.acceptance.until else ""
            said.append(f"{what} is accepted by {j.acceptance.by}{until}: {_sentence(j.acceptance.why)}")
        elif j.level is Level.QUIET:
            said.append(f"{what} is quiet in the gate.")
        else:
            more = f"; its acceptance is {j.standing.value}" if j.acceptance else ""
            said.append(f"{what} is an {j.level.value} in the gate{more}.".replace("an warning", "a warning"))
    return said


def _place(place: Mapping[str, Any] | None) -> str:
    if not place:
        return "no document"
    return f"{place['source']}:{place['line']}" if place["line"] else str(place["source"])


def _sentence(text: str) -> str:
    words = text.strip()
    words = words[:1].upper() + words[1:] if not words[:1].isupper() and " " in words else words
    return words if not words or words[-1] in ".?!" else f"{words}."
