"""Why something is as it is, what would change it, and an example: what ``sphinx-cra explain`` says.

Decides nothing: states, reasons and ways out are those of the build, general words are those of the
codes and rules.
"""

from __future__ import annotations

import functools
import itertools
import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx_cra import checking, codes, spelling
from sphinx_cra.gate import Level
from sphinx_cra.legal import rules
from sphinx_cra.model import Code, Kind, Outcome, State
from sphinx_cra.need_types import PREFIXES
from sphinx_cra.spelling import Named
from sphinx_cra.words import a, counted, did_you_mean, either, listed, nearest, sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sphinx_cra.checking import Checked
    from sphinx_cra.gate import Judged
    from sphinx_cra.model import Catalogue, Clause

_NO_BUILD = (
    "No assessment.json was found, so nothing is known of the project: build first, or name it with --from."
)

_NEW = "Say here what the product has to do"
_MANY = 10
"""How many clauses are listed one by one."""
_ID_LINE = re.compile(r"^ *- *\{? *id: *\"?([A-Z][A-Z0-9_]+)", re.MULTILINE)


class UnknownError(Exception):
    """Nothing has that name; the message says what is near."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What is to be said of one thing."""

    name: str
    kind: str
    """``clause``, ``part``, ``need``, ``rule``, ``code`` or ``finding``."""
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
    """What is to be said of a clause, a place above clauses, a need, rule, code or finding.

    :param name: an id in any case, or a clause as people cite it.
    :param found: the project; None where nothing was built.
    :raises UnknownError: where nothing has that name, or several clauses have.
    """
    name = " ".join(name.split())
    code = name.casefold().removeprefix("cra.")
    if code in list(Code):
        return _code(Code(code), found)
    ruling = next((r for r in rules() if r.id == name.upper()), None)
    if ruling is not None:
        return _rule(ruling.id, ruling, found)
    if found is not None:
        items = [i for i in found.data["items"] if i["id"].casefold() == name.casefold()]
        exact = next((i for i in items if i["id"] == name), None)
        if exact is not None or len(items) == 1:
            return _need(exact or items[0], found)
        judged = next((j for j in found.findings if j.id == name.casefold()), None)
        if judged is not None:
            return _finding(judged, found)
    return _place_of_law(name, found)


def _place_of_law(name: str, found: Checked | None) -> Explanation:
    """A clause, or what lies below a place that is none itself: of the project, else of what is shipped."""
    rows = {r["clause"]: r for r in found.data["rows"]} if found else {}
    for known in _known(found):
        exact, below = spelling.meant(name, known)
        if len(exact) > 1:
            raise UnknownError(f"{name} can be {either(exact)}; name one of them")
        if exact:
            here = exact[0]
            if found and here in rows:
                return _clause(rows[here], found)
            return _unbuilt(next(c for s in _shipped() for c in s.clauses if c.id == here), found)
        if below and below[0] in rows:
            return _part(name, [rows[b] for b in below])
        if below:
            raise UnknownError(f"{name} holds {listed(below)}; name one of them")
    known_words = [*Code, *(r.id for r in rules()), *(n.id for n in of_shipped())]
    if found is not None:
        known_words += [i["id"] for i in found.data["items"]]
    hint = spelling.refused(name) or did_you_mean(nearest(name, known_words))
    hint = hint or (_NO_BUILD if found is None else "it is no clause, need, rule, code or id of a finding")
    unseen = [u.says for u in found.unchecked if u.needs] if found else []
    raise UnknownError("; ".join([f"nothing is named {name[:100]}", hint, *unseen]))


def _known(found: Checked | None) -> Iterator[list[Named]]:
    """Clauses that can be meant: those of the project, and if it is none of them, those that are shipped."""
    if found is not None:
        short = {c["id"]: f"{c['id']} {c['short']}" for c in found.data["catalogues"]}
        yield [
            Named(id=r["clause"], printed=r["printed"], framework=short.get(r["framework"], r["framework"]))
            for r in found.data["rows"]
        ]
    yield of_shipped()


@functools.cache
def _shipped() -> tuple[Catalogue, ...]:
    from sphinx_cra import catalogue

    return tuple(catalogue.load(n, root=Path()) for n in catalogue.names())


@functools.cache
def of_shipped() -> list[Named]:
    """The clauses of every catalogue that is shipped."""
    return [
        Named(id=clause.id, printed=clause.printed, framework=f"{found.id} {found.short}")
        for found in _shipped()
        for clause in found.clauses
    ]


def begins(incomplete: str, builds: Iterable[Path]) -> list[str]:
    """What can be explained and begins so, in any case: of what is shipped, and the needs of builds."""
    words = dict.fromkeys([*(f"cra.{c.value}" for c in Code), *(r.id for r in rules())])
    words |= dict.fromkeys(["procedure", *shipped_ids()])
    for path in builds:
        try:
            data = json.loads(path.read_bytes())
            words |= dict.fromkeys(str(i["id"]) for i in data["items"])
        except (OSError, ValueError, LookupError, TypeError, RecursionError):
            continue  # a shell shows no messages
    return [w for w in words if w.casefold().startswith(incomplete.casefold())]


def shipped_ids() -> list[str]:
    """Ids of the shipped clauses, without the cost of reading whole catalogues: somebody waits."""
    from importlib import resources

    found: list[str] = []
    for file in sorted(resources.files("sphinx_cra").joinpath("catalogues").iterdir(), key=lambda f: f.name):
        if file.name.endswith(".yaml"):
            found += _ID_LINE.findall(file.read_text("utf-8"))
    return found


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
        change=(help_.way_out,),
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
        why.append(sentence(f"{ruling['outcome']}: {ruling['message']}"))
        if ruling["place"]:
            why.append(f"Stated in {_place(ruling['place'])}.")
        if ruling["way_out"]:
            change.append(sentence(ruling["way_out"]))
    if found is not None:
        why += _gate([j for j in found.findings if j.finding.rule == name])
    return Explanation(name=name, kind="rule", title=rule.title, why=tuple(why), change=tuple(change))


def _unbuilt(clause: Clause, found: Checked | None) -> Explanation:
    """A clause of which no build says anything."""
    summary = (clause.summary,) if clause.summary else ()
    asked = clause.force == "duty"
    said = _NO_BUILD if found is None else "Its catalogue is not loaded (cra_catalogues)."
    return Explanation(
        name=clause.id,
        kind="clause",
        title=f"{clause.printed}, {clause.title}",
        why=(*summary, said),
        change=(codes.of(Code.OPEN).way_out,) if asked else (),
        example=_directive(Kind.REQUIREMENT, _NEW, {"satisfies": clause.id}, found) if asked else "",
    )


def _part(name: str, rows: list[Mapping[str, Any]]) -> Explanation:
    """A place that is no clause itself: how its clauses stand."""
    asked = [r for r in rows if r["counted"]]
    states = Counter(r["state"] for r in asked)
    said = ", ".join(f"{states[s.value]} {s.value}" for s in State if states[s.value])
    why = [
        f"{counted(len(rows), 'clause')} below it, of which {len(asked)} counted"
        + (f": {said}." if said else ".")
    ]
    gaps = [r for r in asked if r["gap"]]
    change = [sentence(f"{r['clause']} ({r['title']}) is {r['state']}: {r['way_out']}") for r in gaps[:_MANY]]
    if len(gaps) > _MANY:
        change.append(f"And {len(gaps) - _MANY} more gaps.")
    return Explanation(name=name, kind="part", title="", why=tuple(why), change=tuple(change))


def _clause(row: Mapping[str, Any], found: Checked) -> Explanation:
    state = row["state"] or "without a state"
    why = [f"It is {state}. {row['reason']}".strip()]
    total = len(row["carriers"])
    if total:
        why.append(
            f"Carried by {listed(row['carriers'])}: {row['implemented']} of {total} implemented, "
            f"{row['proven']} of {total} proven."
        )
    why += _evidence(row["evidence"], found)
    if row["exclusions"]:
        why.append(f"Excluded by {listed(row['exclusions'])}.")
    holding = [s["by"] for s in row["supports"] if s["holds"]]
    if holding:
        why.append(f"Supported by {listed(holding)}, which is never enough by itself.")
    if row["state"] in (None, State.OPEN, State.SUPPORTED):
        why += [f"Left by {r['mapping']}: {r['text']}" for r in row["remaining"]]
    elif row["remaining"]:
        why.append(f"Mappings leave {counted(len(row['remaining']), 'remark')}; the matrix prints them.")
    mine = [j for j in found.findings if j.finding.clause == row["clause"]]
    why += _gate(mine)
    change = [sentence(row["way_out"])] if row["way_out"] else []
    change += [
        sentence(j.finding.way_out) for j in mine if j.finding.way_out and j.finding.way_out != row["way_out"]
    ]
    if row["gap"] and not change:
        change = [codes.of(Code(row["state"])).way_out]
    if row["gap"] and row["excludable"] and not total:
        change.append("Where it does not apply, an exclusion that says why (Article 13(4)).")
    return Explanation(
        name=row["clause"],
        kind="clause",
        title=f"{row['printed']}, {row['title']}",
        why=tuple(why),
        change=tuple(dict.fromkeys(change)),
        example=_example(row, found),
    )


def _evidence(names: Iterable[str], found: Checked) -> Iterator[str]:
    """What became of pieces of evidence: what holds in one sentence, the rest each with its reason."""
    verdicts = {v["item"]: v for v in found.data["verdicts"]}
    known = [verdicts[n] for n in names if n in verdicts]
    valid = [v["item"] for v in known if v["outcome"] == Outcome.VALID]
    if len(valid) == 1:
        yield sentence(f"{valid[0]} is valid: {verdicts[valid[0]]['reason']}")
    elif valid:
        yield f"{len(valid)} of {len(known)} pieces of evidence are valid: {listed(valid)}."
    for verdict in known:
        if verdict["outcome"] != Outcome.VALID:
            yield sentence(f"{verdict['item']} is {verdict['outcome']}: {verdict['reason']}")


def _example(row: Mapping[str, Any], found: Checked) -> str:
    """What can be pasted into a page, so that the clause gets into the next state; may be empty."""
    point = next((p["point"] for p in found.data["dossier"] if p["clause"] == row["clause"]), None)
    match row["state"]:
        case State.OPEN | State.SUPPORTED if point is not None:
            return _form(f"cra-section {point}", {}, found)
        case State.OPEN | State.SUPPORTED:
            return _directive(Kind.REQUIREMENT, _NEW, {"satisfies": row["clause"]}, found)
        case State.PLANNED:
            items = {i["id"]: i for i in found.data["items"]}
            proven = _proven(found)
            missing = [
                c
                for c in row["carriers"]
                if c in items
                and items[c]["kind"] == Kind.REQUIREMENT
                and c not in proven
                and not items[c]["linked_from"].get("implements")
            ]
            title = "Say here how the product does it"
            return (
                _directive(Kind.CONTROL, title, {"implements": ", ".join(missing)}, found) if missing else ""
            )
        case State.COVERED:
            proven = _proven(found)
            missing = [c for c in row["carriers"] if c not in proven]
            options = {"kind": "junit", "file": "reports/junit.xml", "verifies": ", ".join(missing)}
            return _directive(Kind.EVIDENCE, "Say here what is tested", options, found) if missing else ""
    return ""


def _proven(found: Checked) -> frozenset[str]:
    """Ids of the items that are proven."""
    from sphinx_cra.coverage import proven
    from sphinx_cra.model import Verdict
    from sphinx_cra.trace import Trace

    clauses = {r["clause"] for r in found.data["rows"]}
    verdicts = {
        v["item"]: Verdict(outcome=Outcome(v["outcome"]), reason=v["reason"]) for v in found.data["verdicts"]
    }
    return proven(Trace(map(checking.item, found.data["items"]), clauses=clauses), verdicts)


def _directive(kind: Kind, title: str, options: Mapping[str, str], found: Checked | None) -> str:
    """A need as the project writes it: its own need type, a free id, reStructuredText or MyST."""
    items = found.data["items"] if found else []
    types = Counter(i["type"] for i in items if i["kind"] == kind)
    begins = Counter(i["id"].partition("_")[0] for i in items if i["kind"] == kind and "_" in i["id"])
    first = f"{begins.most_common(1)[0][0]}_NEW" if begins else f"{PREFIXES[kind]}NEW"
    taken = {i["id"] for i in items}
    free = itertools.chain([first], (f"{first}_{n}" for n in itertools.count(2)))
    name = next(n for n in free if n not in taken)
    word = types.most_common(1)[0][0] if types else kind.value
    own = found.written.get(word, {}) if found else {}
    return _form(f"{word} {title}", {"id": name} | {own.get(k, k): v for k, v in options.items()}, found)


def _form(words: str, options: Mapping[str, str], found: Checked | None) -> str:
    """A directive as most pages of the project write theirs."""
    name, _, argument = words.partition(" ")
    files = Counter(f.rpartition(".")[2] for f in found.files.values()) if found else Counter[str]()
    if files["md"] > files["rst"]:
        lines = [f"```{{{name}}} {argument}", *(f":{k}: {v}" for k, v in options.items()), "```"]
    else:
        lines = [f".. {name}:: {argument}", *(f"   :{k}: {v}" for k, v in options.items())]
    return "\n".join(lines)


def _need(item: Mapping[str, Any], found: Checked) -> Explanation:
    name = item["id"]
    why = [f"It is {a(item['kind'])} (need type {item['type']}), in {_place(item['place'])}."]
    why += [f"It {verb} {listed(targets)}." for verb, targets in item["links"].items() if targets]
    back = item["linked_from"].items()
    why += [
        f"{listed(sources)} {'name' if len(sources) > 1 else 'names'} it ({verb})." for verb, sources in back
    ]
    why += _evidence(
        [name] if item["kind"] == Kind.EVIDENCE else item["linked_from"].get("verifies", ()), found
    )
    roles = ("carriers", "controls", "evidence", "risks", "exclusions")
    rows = [r for r in found.data["rows"] if any(name in r[role] for role in roles)]
    gaps = [r for r in rows if r["gap"]]
    shown = (gaps + [r for r in rows if not r["gap"]])[:_MANY]
    why += [f"{r['clause']} ({r['title']}) is {r['state'] or 'without a state'}." for r in shown]
    if len(rows) > len(shown):
        why.append(f"It reaches {len(rows) - len(shown)} more clauses.")
    if not rows and item["kind"] != Kind.RISK:
        why.append("It reaches no clause, so it changes no state.")
    mine = [j for j in found.findings if j.finding.item == name]
    why += [sentence(j.finding.message) for j in mine]
    why += _gate(mine)
    change = [sentence(j.finding.way_out) for j in mine if j.finding.way_out]
    change += [sentence(f"{r['clause']}: {r['way_out']}") for r in rows if r["way_out"]][:_MANY]
    example = codes.of(mine[0].finding.code).example if mine else ""
    carried = next((r for r in (*gaps, *rows) if name in r["carriers"]), None)
    return Explanation(
        name=name,
        kind="need",
        title=item["title"],
        why=tuple(why),
        change=tuple(dict.fromkeys(change)),
        example=example or (_example(carried, found) if carried else ""),
    )


def _finding(judged: Judged, found: Checked) -> Explanation:
    finding = judged.finding
    help_ = codes.of(finding.code)
    where = [f"It stands in {found.file(finding)}, line {finding.place.line}."] if finding.place else []
    return Explanation(
        name=judged.id,
        kind="finding",
        title=f"cra.{finding.code.value}, {finding.severity.value}",
        why=(sentence(finding.message), help_.meaning, *where, *_gate([judged])),
        change=(sentence(finding.way_out or help_.way_out),),
        example=help_.example,
    )


def _gate(judged: list[Judged]) -> list[str]:
    """What the gate and the baseline make of these findings, a sentence each."""
    said = []
    for j in judged:
        what = f"cra.{j.finding.code.value} ({j.id})"
        if j.acceptance and j.standing.holds:
            until = f" until {j.acceptance.until}" if j.acceptance.until else ""
            said.append(f"{what} is accepted by {j.acceptance.by}{until}: {sentence(j.acceptance.why)}")
        elif j.level is Level.QUIET:
            said.append(f"{what} is quiet in the gate.")
        else:
            more = f"; its acceptance is {j.standing.value}" if j.acceptance else ""
            said.append(f"{what} is {a(j.level.value)} in the gate{more}.")
    return said


def _place(place: Mapping[str, Any] | None) -> str:
    if not place:
        return "no document"
    return f"{place['source']}:{place['line']}" if place["line"] else str(place["source"])
