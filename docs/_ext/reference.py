"""Reference pages written from the code, so that they cannot drift from it.

``{from-code} NAME`` becomes the Markdown that the function of that name returns.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import typer
from sphinx.pycode import ModuleAnalyzer
from sphinx.util.docutils import SphinxDirective

from sphinx_cra import annex_vii, catalogue, cli, coverage, declaration, dossier, legal, user_information
from sphinx_cra.codes import of as codes_of
from sphinx_cra.ext import config, directives, needs, papers
from sphinx_cra.legal.rule import Basis
from sphinx_cra.legal.status import shipped
from sphinx_cra.model import (
    GAP_CODES,
    GAPS,
    Code,
    Item,
    Kind,
    Link,
    Outcome,
    Presence,
    State,
    Verdict,
)
from sphinx_cra.trace import ENDS, FIELDS, Trace
from sphinx_cra.words import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from enum import StrEnum

    from docutils import nodes
    from sphinx.application import Sphinx


def table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [headers, ["---"] * len(headers), *rows]
    return "\n".join(f"| {' | '.join(c.replace('|', chr(92) + '|') for c in line)} |" for line in lines)


def docs(enum: type[StrEnum]) -> dict[str, str]:
    """Value of a member -> its docstring."""
    found = ModuleAnalyzer.for_module(enum.__module__).find_attr_docs()
    return {m.value: " ".join(found.get((enum.__name__, m.name), ())).strip() for m in enum}


# -------------------------------------------------------------------------- configuration


def values() -> str:
    """Every ``cra_*`` value."""
    return "\n\n".join(f"`{v.name}`\n: {v.help} Default: `{v.default!r}`." for v in config.VALUES)


# ------------------------------------------------------------------------------- warnings


def mistakes() -> str:
    """Codes that always warn."""
    return _codes(c for c in Code if c not in GAP_CODES)


def gaps() -> str:
    """Codes that warn where ``cra_gate`` asks."""
    return _codes(c for c in Code if c in GAP_CODES)


def _codes(codes: Iterator[Code]) -> str:
    parts = []
    for known in map(codes_of, codes):
        example = textwrap.indent(f"```text\n{known.example}\n```", "  ")
        name = known.code.value
        parts.append(f"(cra-{name})=\n`cra.{name}`\n: {known.meaning} {known.way_out}\n\n{example}")
    return "\n\n".join(parts)


# ---------------------------------------------------------------------------------- rules


def rules() -> str:
    """Every rule of the Regulation, with what it is decided from and the tests that show its answers."""
    parts = []
    tested = _tested()
    for rule in legal.rules():
        basis = "" if rule.basis is Basis.LAW else f" ({rule.basis.value})"
        decided = f"From {rule.inputs}." if rule.inputs else f"Not checked. {rule.unchecked}."
        shown = f" *Tests show:* {', '.join(found)}." if (found := tested.get(rule.id)) else ""
        parts.append(
            f"**{rule.id}** ({rule.severity.value}) {rule.title}\n"
            f": {', '.join(rule.cites)}{basis}. {decided}{shown}"
        )
    return "\n\n".join(parts)


_ANSWERS = {"MET": "met", "NOT": "not met", "UNKNOWN": "not decidable", "NA": "does not apply"}


def _tested() -> dict[str, list[str]]:
    """Rule -> its answers that a test shows: what the cases ``("R36", ..., MET)`` end with."""
    found: dict[str, set[str]] = {}
    for path in sorted((Path(__file__).parents[2] / "tests" / "core").glob("test_legal_*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Tuple(elts=[ast.Constant(value=str(rule)), *_, ast.Name(id=answer)]):
                    if answer in _ANSWERS:
                        found.setdefault(rule, set()).add(_ANSWERS[answer])
    return {rule: [a for a in _ANSWERS.values() if a in answers] for rule, answers in found.items()}


def facts() -> str:
    """What we ship about acts, forms and standards, as of when."""
    rows = [(f"`{f.id}`", f"{f.title} ({f.cite})", f.says()) for f in shipped().facts.values()]
    return table(("Fact", "About", "Shipped"), rows)


# --------------------------------------------------------------------------------- states


def states() -> str:
    """Every state, what it means, and whether it is a gap."""
    said = docs(State)
    return table(
        ("State", "Meaning", "Gap"),
        [(f"`{s.value}`", said[s], "yes" if s in GAPS else "no") for s in State],
    )


CLAUSE = "CRA_ANX_I_P1_2_D"
_REQ = ("REQ_A", Kind.REQUIREMENT, {Link.SATISFIES: CLAUSE})
_REQ_2 = ("REQ_B", Kind.REQUIREMENT, {Link.SATISFIES: CLAUSE})
_CTRL = ("CTRL_A", Kind.CONTROL, {Link.IMPLEMENTS: "REQ_A"})
_DIRECT = ("CTRL_D", Kind.CONTROL, {Link.SATISFIES: CLAUSE})
_EXCL = ("EXCL_A", Kind.EXCLUSION, {Link.EXCLUDES: CLAUSE})


def _evid(target: str) -> tuple[str, Kind, dict[Link, str]]:
    return ("EVID_A", Kind.EVIDENCE, {Link.VERIFIES: target})


CASES: tuple[tuple[str, tuple[Any, ...], Outcome], ...] = (
    ("nothing is linked to the clause", (), Outcome.VALID),
    ("a requirement satisfies it", (_REQ,), Outcome.VALID),
    ("... and a control implements the requirement", (_REQ, _CTRL), Outcome.VALID),
    ("... and valid evidence verifies the control", (_REQ, _CTRL, _evid("CTRL_A")), Outcome.VALID),
    ("the same, but the evidence failed", (_REQ, _CTRL, _evid("CTRL_A")), Outcome.FAILED),
    ("the same, but nothing was executed", (_REQ, _CTRL, _evid("CTRL_A")), Outcome.VOID),
    ("a second requirement satisfies it, without a control", (_REQ, _CTRL, _REQ_2), Outcome.VALID),
    ("a requirement with valid evidence and no control", (_REQ, _evid("REQ_A")), Outcome.VALID),
    ("a control satisfies it directly", (_DIRECT,), Outcome.VALID),
    ("valid evidence verifies the clause itself; nothing else", (_evid(CLAUSE),), Outcome.VALID),
    (
        "evidence of the clause itself failed; its control is proven by nothing",
        (_DIRECT, _evid(CLAUSE)),
        Outcome.FAILED,
    ),
    ("an exclusion with a reason", (_EXCL,), Outcome.VALID),
    ("an exclusion with a reason, and a control", (_EXCL, _DIRECT), Outcome.VALID),
    (
        "nothing; a control satisfies IEC 62443-4-2, CR 1.1",
        (("CTRL_I", Kind.CONTROL, {Link.SATISFIES: "IEC62443_4_2_CR_1_1"}),),
        Outcome.VALID,
    ),
)


def cases() -> str:
    """Small projects, and what ``coverage`` decides for each."""
    catalogues = [catalogue.load(n, root=None) for n in catalogue.names()]  # type: ignore[arg-type]
    mappings = [catalogue.load_mapping(n, root=None) for n in catalogue.mapping_names()]  # type: ignore[arg-type]
    ids = {c.id for cat in catalogues for c in cat.clauses}
    rows = []
    for said, declared, outcome in CASES:
        items = [
            Item(
                id=name,
                kind=kind,
                type=kind.value,
                title=name,
                content="The product has no accounts.",
                links={link: (target,) for link, target in links.items()},
            )
            for name, kind, links in declared
        ]
        verdicts = {"EVID_A": Verdict(outcome=outcome, reason=f"Outcome {outcome.value}")}
        matrices = coverage.matrices(catalogues, mappings, Trace(items, clauses=ids), verdicts)
        row = next(r for m in matrices for r in m.rows if r.clause.id == CLAUSE)
        assert row.state is not None
        rows.append((said, f"`{row.state.value}`", _cut(row.reason)))
    return table((f"Declared for `{CLAUSE}`", "State", "Reason, as printed"), rows)


def _cut(reason: str) -> str:
    head, mark, _ = reason.partition(" Could be supported by")
    return f"{head} ..." if mark else head


# -------------------------------------------------------------------------------- objects


def types() -> str:
    """Need types, and the links that lead from them."""
    said = docs(Kind)
    return table(
        ("Type", "Says", "Prefix of ids made up for it"),
        [(f"`{t['directive']}`", said[t["directive"]], f"`{t['prefix']}`") for t in _registered()],
    )


def fields() -> str:
    """Fields of every need type."""
    rows = []
    for entry in _registered():
        kind = Kind(entry["directive"])
        rows += [
            (f"`{kind.value}`", f"`{name}`", entry["fields"][name]["description"]) for name in FIELDS[kind]
        ]
    return table(("Type", "Field", "Holds"), rows)


def links() -> str:
    """Links, and what they may lead from and to."""
    back = {name: link["incoming"] for t in _registered() for name, link in t["links"].items()}
    rows = []
    for link, ends in ENDS.items():
        sources = sorted(ends.sources)
        targets = [*sorted(ends.targets), *(["a clause"] if ends.clause else [])]
        rows.append((f"`{link.value}`", ", ".join(sources), ", ".join(targets), back[link.value]))
    return table(("Link", "From", "To", "Read from the other end"), rows)


def _registered() -> list[dict[str, Any]]:
    empty = SimpleNamespace(
        needs_types=[],
        needs_fields={},
        needs_extra_options=[],
        needs_links={},
        needs_extra_links=[],
        needs_default_layout="of the project's own",
    )
    needs.register(empty, {})  # type: ignore[arg-type]
    return [t for t in empty.needs_types if t["directive"] != needs.CLAUSE]


def options() -> dict[str, set[str]]:
    """Name of each of our directives -> its options. The reference page has to name them all."""
    found: dict[str, set[str]] = {}
    app = SimpleNamespace(
        add_directive=lambda name, cls: found.update({name: set(cls.option_spec or {})}),
        add_role=lambda *a: None,
        add_node=lambda *a: None,
        connect=lambda *a, **k: None,
    )
    directives.setup(app)  # type: ignore[arg-type]
    papers.setup(app)  # type: ignore[arg-type]
    return found


# --------------------------------------------------------------------------- command line


def commands() -> str:
    """Every command with its arguments and options, in the words of its help."""
    parts = []
    for name in cli.COMMANDS:
        command = cli.load(name)
        below = getattr(command, "commands", None)
        parts.append(f"## `sphinx-cra {name}`\n\n{_help(command)}")
        for part, inner in sorted((below or {}).items()):
            parts.append(f"### `sphinx-cra {name} {part}`\n\n{_help(inner)}")
    return "\n\n".join(parts)


def exits() -> str:
    """How commands end."""
    return table(("Ends with", "When"), [(str(code), said) for code, said in cli.EXITS.items()])


def _help(command: Any) -> str:
    """What a command says of itself; its examples as such."""
    told, examples = [], []
    for paragraph in (command.help or "").strip().split("\n\n"):
        if paragraph.startswith(("sphinx-cra ", "echo ")):
            examples.append(" ".join(paragraph.split()))
        elif not paragraph.startswith("Example"):
            told.append(_plain(paragraph))
    if examples:
        told.append("```sh\n" + "\n".join(examples) + "\n```")
    context = typer.Context(command)
    records = [r for p in command.params if not p.hidden and (r := p.get_help_record(context))]
    for name, said in records:
        if name != "--help":
            told.append(f"`{_typed(name)}`\n: {_plain(said)}")
    return "\n\n".join(told)


_TYPES = {"str": " TEXT", "path": " PATH", "int range": " NUMBER"}


def _typed(name: str) -> str:
    """How an argument or option is written; of an argument its name says enough."""
    spare = not name.startswith("-")
    return re.sub(r" <([\w\[\] ]+)>", lambda m: "" if spare else _TYPES.get(m[1], m[0]), name)


def _plain(text: str) -> str:
    """Words of a help as Markdown that shows them as they are; names of options as code."""
    escaped = re.sub(r"([*_<`\[])", r"\\\1", " ".join(text.split()))
    return re.sub(r"(?<![\w-])--[a-z-]+", r"`\g<0>`", escaped)


# ------------------------------------------------------------------------------ Annex VII


def points() -> str:
    """Every point, and each sentence with which ``dossier`` says that something is missing."""
    parts = []
    for point in annex_vii.POINTS:
        title = f"## {point.number} {point.title}\n\nWrite `{point.id}`; clause `{point.clause}`."
        if point.id in annex_vii.COMPUTED:
            needs_section = " Computed: no section has to be claimed for it, though one may be."
        else:
            needs_section = " A section has to be claimed for it."
        lacking = dossier._LACKS.get(point.id, dossier._nothing)
        found = [s for s in _sentences(lacking.__name__) if s != "..."]
        if asked := _RULED.get(point.id):
            found.append(f"What one of the rules {listed(sorted(asked), 20)} misses, in its words.")
        lacks = "\n".join(f"- {s}" for s in found)
        parts.append(
            f"{title}{needs_section}"
            + (f"\n\nMissing while one of these is said:\n\n{lacks}" if lacks else "")
        )
    return "\n\n".join(parts)


_RULED = {"1d": user_information.NEEDED, "7": declaration.NEEDED}
"""Points that follow from rules, where no section is claimed that says something of its own."""
_FUNCTIONS = {
    node.name: node
    for node in ast.parse(inspect.getsource(dossier)).body
    if isinstance(node, ast.FunctionDef)
}


def _sentences(function: str) -> Iterator[str]:
    """The sentences that a function of ``dossier`` and those it leads to yield, with gaps to be filled."""
    tree = _FUNCTIONS[function]
    listed = _keys(tree)
    for node in ast.walk(tree):
        match node:
            case ast.Yield(value=ast.Tuple(elts=[sentence, *_])):  # behind it stands what it names
                text = _text(sentence)
                asked = f" Asked for are: {', '.join(listed)}." if "'absent'" in ast.dump(sentence) else ""
                yield f"{text}{asked}"
            case ast.YieldFrom(value=ast.Call(func=ast.Name(id=name))):  # rules have words of their own
                yield from _sentences(name)


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    assert isinstance(node, ast.JoinedStr)
    return "".join(str(v.value) if isinstance(v, ast.Constant) else "..." for v in node.values)


def _keys(tree: ast.AST) -> list[str]:
    """The names in the table ``wanted`` of a function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
            return [k.value for k in node.value.keys if isinstance(k, ast.Constant)]
    return []


def presences() -> str:
    """What may be said of a point."""
    meaning = {
        Presence.PRESENT: "nothing that is asked for is missing",
        Presence.MISSING: "something is missing; each sentence says what",
        Presence.NOT_APPLICABLE: "`cra-section` with `:not-applicable:` gives a reason, "
        "and no other section is claimed",
    }
    return table(("State of a point", "When"), [(f"`{p.value}`", meaning[p]) for p in Presence])


# ---------------------------------------------------------------------------- the directive

PARTS: dict[str, Callable[[], str]] = {
    f.__name__: f
    for f in (
        values,
        mistakes,
        gaps,
        rules,
        facts,
        states,
        cases,
        types,
        fields,
        links,
        commands,
        points,
        presences,
        exits,
    )
}


class FromCode(SphinxDirective):
    """A part of a page that a function writes."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        return self.parse_text_to_nodes(PARTS[self.arguments[0]](), allow_section_headings=True)


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("from-code", FromCode)
    return {"parallel_read_safe": True}
