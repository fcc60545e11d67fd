"""What a project begins with: pages for Annex VII, ``conf.py``, ``ubproject.toml``; as text.

The pages come from one list (``templates/init/pages.yaml``) in reST or in MyST. What a project has
already is read from its ``conf.py`` as text: nothing is run. Writes no file.
"""

from __future__ import annotations

import ast
import json
import tomllib
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from typing import TYPE_CHECKING, Any

from sphinx_cra import datafile
from sphinx_cra.model import Kind, Link
from sphinx_cra.need_types import CLAUSE, CLAUSE_FIELDS, FIELD_HELP, INCOMING, entry
from sphinx_cra.trace import FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

FOLDER = "cra"
"""Where the pages go."""
CLAUSES = "annex-i"
PRODUCT = "cra.yaml"
EDITORS = "ubproject.toml"
FIRST = "0.1.0"
"""The release that a product file begins with, where none is known."""
EXTENSION, MYST, NEEDS = "sphinx_cra", "myst_parser", "sphinx_needs"
_DEFAULTS = ("req", "spec", "impl", "test", "need")
"""Need types that a project with sphinx-needs has where it names none."""
_MARKDOWN = frozenset({MYST, "myst_nb"})
"""Extensions that read Markdown; two of them in one project contradict each other."""


class Markup(StrEnum):
    """What pages are written in; also how their names end."""

    RST = "rst"
    MD = "md"


# ----------------------------------------------------------------------------- the files


def files(name: str, markup: Markup, *, release: str = FIRST, clauses: bool = True) -> dict[str, str]:
    """The files that go into any project, by path: pages, product file, what editors read.

    :param name: of the product.
    :param release: of the product.
    :param clauses: whether a page shows the clauses; no two pages of a project can.
    """
    listed = [page for page in _listed() if clauses or page["file"] != CLAUSES]
    found = {f"{FOLDER}/index.{markup}": _index(listed, markup)}
    found |= {f"{FOLDER}/{page['file']}.{markup}": _page(page, markup) for page in listed}
    return {**found, PRODUCT: product(name, release), EDITORS: ubproject(name)}


def new_project(name: str, markup: Markup) -> dict[str, str]:
    """The files that a project needs beside those of :func:`files` where there is none yet."""
    extensions = [EXTENSION, *([MYST] if markup is Markup.MD else [])]
    lines = [
        '"""Sphinx configuration."""',
        "",
        f"project = {_quoted(name)}",
        f"extensions = {json.dumps(extensions)}",
        'exclude_patterns = ["_build", "build"]',
        "",
        '# Gaps that warn, and with -W fail the build: "failed", "open:CRA_ANX_I", "annex_vii", ...',
        "cra_gate = []",
    ]
    title = _title(_escaped(name), markup, 1)
    root = f"{title}\n{toctree([f'{FOLDER}/index'], markup)}"
    return {"conf.py": "\n".join(lines) + "\n", f"index.{markup}": root}


def product(name: str, release: str = FIRST) -> str:
    """The commented product file, with name and release filled in."""
    text = (resources.files("sphinx_cra") / "templates" / PRODUCT).read_text("utf-8")
    before, _, after = text.partition("  name:               # as users know it; has to be there\n")
    after = after.replace(f'  release: "{FIRST}"\n', f"  release: {_quoted(release)}\n", 1)
    return f"{before}  name: {_quoted(name)}\n{after}"


def toctree(names: Iterable[str], markup: Markup) -> str:
    """A table of contents."""
    return _directive("toctree", "", {"maxdepth": "2"}, "\n".join(names), markup)


# ----------------------------------------------------------------------------- the pages


def _listed() -> list[dict[str, Any]]:
    text = (resources.files("sphinx_cra") / "templates" / "init" / "pages.yaml").read_text("utf-8")
    found: list[dict[str, Any]] = datafile.parse(text, source="pages.yaml").data["pages"]
    return found


def _index(listed: Sequence[Mapping[str, Any]], markup: Markup) -> str:
    return f"{_title('Technical file', markup, 1)}\n{toctree((p['file'] for p in listed), markup)}"


def _page(page: Mapping[str, Any], markup: Markup) -> str:
    parts = [_title(page["title"], markup, 1), *_views(page, markup)]
    for section in page.get("sections", ()):
        parts.append(_title(section["title"], markup, 2))
        if point := section.get("point"):
            parts.append(_directive("cra-section", point, {}, "", markup))
        if notes := section.get("notes"):
            parts.append(_comment([f"- {n}" for n in notes], markup))
        if examples := section.get("example"):
            written = [_need(e, markup) for e in examples]
            lines = [
                "For example (take the comment away, and change it):",
                "",
                *"\n".join(written).splitlines(),
            ]
            parts.append(_comment(lines, markup))
        parts += _views(section, markup)
    return "\n".join(parts)


def _views(part: Mapping[str, Any], markup: Markup) -> Iterator[str]:
    for view in part.get("views", ()):
        yield _directive(view["directive"], view.get("argument", ""), view.get("options", {}), "", markup)


def _need(need: Mapping[str, Any], markup: Markup) -> str:
    return _directive(need["type"], need["title"], need["options"], need.get("content", ""), markup)


def _title(text: str, markup: Markup, level: int) -> str:
    if markup is Markup.MD:
        return f"{'#' * level} {text}\n"
    width = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
    return f"{text}\n{' =-'[level] * width}\n"


def _directive(name: str, argument: str, options: Mapping[str, str], content: str, markup: Markup) -> str:
    lines = [f":{key}: {value}" for key, value in options.items()]
    if content:
        lines += ["", *content.splitlines()]
    if markup is Markup.MD:
        return "\n".join([f"```{{{name}}} {argument}".rstrip(), *lines, "```", ""])
    return "\n".join([f".. {name}:: {argument}".rstrip(), *(f"   {line}".rstrip() for line in lines), ""])


def _comment(lines: Iterable[str], markup: Markup) -> str:
    if markup is Markup.MD:
        return "".join(f"% {line}".rstrip() + "\n" for line in lines)
    return "..\n" + "".join(f"   {line}".rstrip() + "\n" for line in lines)


def _escaped(text: str) -> str:
    """Text that means only itself in reST and in Markdown."""
    return "".join(f"\\{c}" if c in "\\*_`|[]<>#{}" else c for c in text)


def _quoted(text: str) -> str:
    """A string of Python, TOML and YAML at once."""
    return json.dumps(text, ensure_ascii=False)


# ------------------------------------------------------------------------------- editors

DIRECTIVES: Mapping[str, str] = {
    "cra-accepted": "findings that are accepted, by whom, why and until when",
    "cra-annex-vii": "the fifteen items of Annex VII, each with its content and what it lacks",
    "cra-catalogue": "clauses of a framework",
    "cra-certificate": "what a certified scope supports of the Regulation, and what remains",
    "cra-declaration": "the EU declaration of conformity",
    "cra-evidence": "the register of evidence with its verdicts",
    "cra-exclusions": "what does not apply, and why",
    "cra-frameworks": "what other frameworks support of the Regulation, and what they leave open",
    "cra-gaps": "what is not done, why, and what would close it",
    "cra-items": "every item with its links",
    "cra-matrix": "clauses against what carries, proves and supports them",
    "cra-overview": "Annex I at a glance",
    "cra-procedures": "conformity assessment procedures that the product may choose, and why",
    "cra-reports": "the register of reports made",
    "cra-risks": "every risk with its treatment",
    "cra-rules": "rules of the Regulation that facts can decide, and their answers",
    "cra-section": "the section it stands in is the content of a point of Annex VII",
    "cra-security-levels": "target and reached security level",
    "cra-status": "what changes outside of the project and decides rules",
    "cra-support": "the support period, as users read it",
    "cra-supports": "what the clauses of a framework support",
    "cra-user-information": "the information and instructions of Annex II",
    "cra-vulnerabilities": "what is known of vulnerabilities in the components",
}
"""Our directives, for editors that read no Python; a test holds them to those of the extension."""


def ubproject(name: str) -> str:
    """``ubproject.toml``: our need types, fields, links, directives and the role, for editors (ubCode).

    A build does not read it: there the extension registers the same.
    """
    fields: dict[str, None] = dict.fromkeys(f for kind in Kind for f in FIELDS[kind])
    lines = [
        "# Need types, fields, links and directives of sphinx-cra, for editors such as ubCode.",
        "# A build does not need this file. Written by `sphinx-cra init`; add types of your own below.",
        '"$schema" = "https://ubcode.useblocks.com/ubproject.schema.json"',
        "",
        "[project]",
        f"name = {_quoted(name)}",
        'srcdir = "."',
    ]
    for type_name in (*Kind, CLAUSE):
        lines += ["", "[[needs.types]]"]
        lines += [f"{key} = {_quoted(value)}" for key, value in entry(str(type_name)).items()]
    for field in fields:
        lines += _table("needs.fields", field, {"description": FIELD_HELP[field]}, nullable=True)
    for field, description in CLAUSE_FIELDS.items():
        lines += _table("needs.fields", field, {"description": description}, nullable=True)
    for link in Link:
        names = {"outgoing": link.value.replace("_", " "), "incoming": INCOMING[link]}
        lines += _table("needs.links", link.value, names)
    for directive, description in DIRECTIVES.items():
        takes = {"argument": True, "options": True}
        if directive == "cra-section":
            takes |= {"content": True, "parse_content": True}
        about = {"description": description, "extension": EXTENSION}
        lines += _table("parse.extend_directives", directive, about, **takes)
    about = {"description": "cites a clause as people do, and leads to it", "extension": EXTENSION}
    lines += _table("parse.extend_roles", "cra", about)
    return "\n".join(lines) + "\n"


def _table(parent: str, name: str, texts: Mapping[str, str], **flags: bool) -> list[str]:
    lines = ["", f"[{parent}.{name}]"]
    lines += [f"{key} = {_quoted(value)}" for key, value in texts.items()]
    return lines + [f"{key} = {str(value).lower()}" for key, value in flags.items()]


# -------------------------------------------------------------------------- what is there


class ConfError(Exception):
    """Why a ``conf.py`` cannot be read; one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conf:
    """What a ``conf.py`` says in so many words; what it computes is not known."""

    project: str = ""
    release: str = ""
    """Its ``release``, or else its ``version``."""
    extensions: tuple[str, ...] = ()
    listed: bool = True
    """Whether ``extensions`` is a list as it stands there; a tuple takes no list by ``+=``."""
    line: int | None = None
    """Last line of what sets ``extensions``; None where nothing does."""
    root: str = "index"
    """The first document; empty where it is computed."""
    toml: str = ""
    """File that sphinx-needs reads its configuration from (``needs_from_toml``)."""
    product: str = ""
    """Its product file (``cra_product``)."""
    types: tuple[str, ...] = ()
    """Need types of the project's own."""
    adopted: bool = False
    """Whether it says what they are to us (``cra_types``)."""
    adopts: Mapping[str, Any] | None = None
    """What it says there; None where that is computed and not written out."""

    @property
    def markdown(self) -> bool:
        """Whether it reads Markdown already."""
        return not _MARKDOWN.isdisjoint(self.extensions)


def read_conf(text: str) -> Conf:
    """What a ``conf.py`` says.

    :raises ConfError: if it is no Python.
    """
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        raise ConfError(f"it is no Python: {error.msg} (line {error.lineno})") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise ConfError("it is no Python") from error
    values: dict[str, ast.expr] = {}
    extensions: list[str] = []
    listed = True
    line: int | None = None
    for top in tree.body:
        for node in _statements(top):
            for target, value in _assigned(node):
                values[target] = value
                if target == "extensions":
                    extensions += _texts(value)
                    line = top.end_lineno
                    if isinstance(node, ast.Assign | ast.AnnAssign | ast.ImportFrom):
                        listed = listed and isinstance(value, ast.List)
    return Conf(
        project=_text(values.get("project")),
        release=_text(values.get("release")) or _text(values.get("version")),
        extensions=tuple(dict.fromkeys(extensions)),
        listed=listed,
        line=line,
        root=_text(
            next((values[n] for n in ("root_doc", "master_doc") if n in values), ast.Constant("index"))
        ),
        toml=_text(values.get("needs_from_toml")),
        product=_text(values.get("cra_product")),
        types=tuple(dict.fromkeys(_directives(values["needs_types"]))) if "needs_types" in values else (),
        adopted="cra_types" in values,
        adopts=_literal(values["cra_types"]) if "cra_types" in values else {},
    )


def _literal(value: ast.expr) -> Mapping[str, Any] | None:
    try:
        found = ast.literal_eval(value)
    except (ValueError, TypeError, RecursionError, MemoryError):
        return None
    return found if isinstance(found, dict) and all(isinstance(k, str) for k in found) else None


def toml_types(text: str) -> tuple[str, ...]:
    """Need types of a TOML file of sphinx-needs; none where it is broken, which the build says."""
    try:
        types = tomllib.loads(text)["needs"]["types"]
        return tuple(dict.fromkeys(str(t["directive"]) for t in types))
    except (tomllib.TOMLDecodeError, KeyError, TypeError):
        return ()


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """A statement and those in its blocks, in their order; not what a function or a class holds."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
        return
    yield node
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, ast.stmt | ast.excepthandler | ast.match_case):
            yield from _statements(inner)


def _assigned(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Names and values of ``x = ...``, ``x += ...``, ``x.append(...)``, ``from conf import x``."""
    match node:
        case ast.ImportFrom(names=names):
            # What another file says is not known; with * it may be anything, and extensions most of all.
            said = (alias.asname or alias.name for alias in names)
            yield from (("extensions" if name == "*" else name, ast.Constant(None)) for name in said)
        case ast.Assign(targets=targets, value=value):
            yield from ((t.id, value) for t in targets if isinstance(t, ast.Name))
        case ast.AugAssign(target=ast.Name(id=name), value=value):
            yield name, value
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            yield name, value
        case ast.Expr(
            value=ast.Call(
                func=ast.Attribute(value=ast.Name(id=name), attr="append" | "extend"), args=[value]
            )
        ):
            yield name, value


def _texts(value: ast.expr) -> list[str]:
    found = (n.value for n in ast.walk(value) if isinstance(n, ast.Constant))
    return [v for v in found if isinstance(v, str)]


def _text(value: ast.expr | None) -> str:
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else ""


def _directives(value: ast.expr) -> Iterator[str]:
    for node in ast.walk(value):
        match node:
            case ast.Dict(keys=keys, values=values):
                named = ((_text(k), _text(v)) for k, v in zip(keys, values, strict=True))
                yield from (v for k, v in named if k == "directive" and v)
            case ast.Call(func=ast.Name(id="dict"), keywords=keywords):
                yield from (_text(k.value) for k in keywords if k.arg == "directive" and _text(k.value))


def conf_lines(conf: Conf, markup: Markup) -> tuple[str, ...]:
    """The lines that a ``conf.py`` of the project's own lacks; none where it has all."""
    wanted = [EXTENSION, *([MYST] if markup is Markup.MD and not conf.markdown else [])]
    missing = [name for name in wanted if name not in conf.extensions]
    lines: list[str] = []
    if missing and conf.line and not conf.listed:
        lines.append(f"extensions = [*extensions, {json.dumps(missing)[1:-1]}]")
    elif missing:
        lines.append(f"extensions {'+=' if conf.line else '='} {json.dumps(missing)}")
    types = conf.types or (_DEFAULTS if NEEDS in conf.extensions else ())
    own = [t for t in types if t != CLAUSE]
    if own and not conf.adopted:
        kinds = ", ".join(Kind)
        lines += [
            f"# What your need types are to the Regulation: {kinds}.",
            "# Name those that are one of these, and leave out the rest.",
            "cra_types = {",
            *(f'    {_quoted(t)}: "{t}",' if t in set(Kind) else f'    # {_quoted(t)}: "...",' for t in own),
            "}",
        ]
    return tuple(lines)
