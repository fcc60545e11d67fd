"""The one module that talks to sphinx-needs.

Registers our need types where the project has none of that name, makes clauses into needs, and
turns needs into the records that the core reads. Everything else asks here.
"""

from __future__ import annotations

import copy
import hashlib
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx_needs.api import InvalidNeedException, add_need, get_needs_view
from sphinx_needs.config import DEFAULT_NEED_TYPES
from sphinx_needs.data import SphinxNeedsData
from sphinx_needs.defaults import LAYOUTS
from sphinx_needs.need_item import NeedItemSourceDirective
from sphinx_needs.nodes import Need
from sphinx_needs.roles.need_part import NeedPart
from sphinx_needs.roles.need_ref import NeedRef
from sphinx_needs.utils import add_doc

from sphinx_cra.model import Kind
from sphinx_cra.need_types import CLAUSE, CLAUSE_FIELDS, FIELD_HELP, INCOMING, entry
from sphinx_cra.trace import FIELDS, OWN, Adoption, links_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from docutils.parsers.rst.states import RSTState
    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.environment import BuildEnvironment

    from sphinx_cra.model import Clause

# ---------------------------------------------------------------------- need types

NEEDS = "sphinx_needs"


def register(config: Config, adoptions: Mapping[str, Adoption]) -> None:
    """Add our need types, fields and links where the project does not have them.

    Whole entries are appended to ``needs_types``, with fields and links of the type alone, so that
    editors and exporters that read the configuration see them. A project's type of the same name
    stays as it is and gets only the fields and links it lacks; so does an adopted one.
    """
    types: list[dict[str, Any]] = config.needs_types
    if _untouched(types) and NEEDS not in config.extensions:
        # The project declares no types and did not ask for sphinx-needs, so none of its pages rests on
        # those of sphinx-needs, ``req`` or ``test``, which have none of our links.
        types[:] = [t for t in types if t["directive"] in adoptions]
    by_name = {t["directive"]: t for t in types}
    for kind in Kind:
        name = kind.value
        if name not in by_name:
            by_name[name] = entry(name)
            types.append(by_name[name])
    if CLAUSE not in by_name:
        by_name[CLAUSE] = entry(CLAUSE)
        types.append(by_name[CLAUSE])
    global_fields = _names(config.needs_fields) | _names(config.needs_extra_options)
    global_links = _names(config.needs_links) | {
        link["option"] for link in config.needs_extra_links if isinstance(link, dict) and "option" in link
    }
    for name, adoption in {**OWN, **adoptions}.items():
        if name in by_name:
            _complete(by_name[name], adoption, global_fields, global_links)
            if config.needs_default_layout == "clean" and "layout" not in by_name[name]["fields"]:
                layout = f"cra_{adoption.kind.value}"
                config.needs_layouts.setdefault(layout, _layout(adoption, global_fields))
                by_name[name]["fields"]["layout"] = {"default": layout}
    clause_fields = by_name[CLAUSE].setdefault("fields", {})
    for name, description in CLAUSE_FIELDS.items():
        if name not in global_fields:
            clause_fields.setdefault(name, _field(description))


def _complete(
    need_type: dict[str, Any], adoption: Adoption, global_fields: set[str], global_links: set[str]
) -> None:
    # A link of the project that is called like a field of ours stays its own, and the other way round.
    renamed = set(adoption.fields)
    entry_fields = need_type.setdefault("fields", {})
    for name in FIELDS[adoption.kind]:
        if name not in global_fields | global_links | renamed:
            entry_fields.setdefault(name, _field(FIELD_HELP[name]))
    entry_links = need_type.setdefault("links", {})
    for link in links_of(adoption.kind):
        if link.value not in global_links | global_fields:
            # Dead links are ours to report: sphinx-needs can neither name the line of one in
            # every case nor suggest what was meant.
            entry_links.setdefault(
                link.value,
                {
                    "outgoing": link.value.replace("_", " "),
                    "incoming": INCOMING[link],
                    "allow_dead_links": True,
                },
            )


def _layout(adoption: Adoption, global_fields: set[str]) -> dict[str, Any]:
    """The default layout of sphinx-needs, told which of our fields a need of this kind cannot have.

    It shows the same, and saves a fifth of the time that a need takes to be laid out: sphinx-needs
    prepares each field of any type for each need, and finds out only then that it is not set.
    """
    ours = {f for fields in FIELDS.values() for f in fields} | set(CLAUSE_FIELDS)
    foreign = sorted(ours - set(FIELDS[adoption.kind]) - global_fields)
    layout: Any = copy.deepcopy(LAYOUTS["clean"])
    layout["layout"]["meta"][0] = f"<<meta_all(no_links=True, exclude={[*foreign, 'layout']!r})>>"
    found: dict[str, Any] = layout
    return found


def type_names(config: Config) -> set[str]:
    """All need types of the project, whoever declared them."""
    return {t["directive"] for t in config.needs_types}


def _untouched(types: list[dict[str, Any]]) -> bool:
    keys = ("directive", "title", "prefix")
    return [[t.get(k) for k in keys] for t in types] == [[t.get(k) for k in keys] for t in DEFAULT_NEED_TYPES]


def _names(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value)
    return {v if isinstance(v, str) else v.get("name", "") for v in value or ()}


def _field(description: str) -> dict[str, Any]:
    return {"schema": {"type": "string"}, "nullable": True, "description": description}


# -------------------------------------------------------------------------- clauses


def clause_needs(app: Sphinx, state: RSTState, clauses: Iterable[Clause], *, line: int) -> list[nodes.Node]:
    """Make clauses into hidden needs of the document that is being read.

    Hidden means data and back-links without a box: one table of ours shows them all, at a third of
    the cost of a box each.

    :raises InvalidNeedException: where sphinx-needs refuses one.
    """
    env = app.env
    note_needs(env)
    source = NeedItemSourceDirective(docname=env.docname, lineno=line, lineno_content=line)
    made: list[nodes.Node] = []
    # The project's pattern is for ids that its authors choose; those of the law are as they are.
    pattern, app.config.needs_id_regex = app.config.needs_id_regex, ""
    try:
        for clause in clauses:
            made += add_need(
                app,
                state,
                need_source=source,
                need_type=CLAUSE,
                id=clause.id,
                title=clause.title,
                hide=True,
                framework=clause.framework,
                printed=clause.printed,
            )
    finally:
        app.config.needs_id_regex = pattern
    return made


def drop_repeated_clauses(env: BuildEnvironment, other: BuildEnvironment, shown: Mapping[str, str]) -> None:
    """Drop the needs of clauses that both environments have, but for those of the page that shows them.

    :param shown: clause -> the page that shows it.
    """
    ours, theirs = (SphinxNeedsData(e).get_needs_mutable() for e in (env, other))
    for clause in ours.keys() & theirs.keys() & shown.keys():
        del (theirs if ours[clause]["docname"] == shown[clause] else ours)[clause]


def note_needs(env: BuildEnvironment) -> None:
    """Tell sphinx-needs that the document being read holds nodes it has to resolve."""
    add_doc(env, env.docname)


# -------------------------------------------------------------------------- records


def records(app: Sphinx) -> list[dict[str, Any]]:
    """All needs of the project but clauses, shaped like those of ``needs.json``.

    Only to be called once writing has started: it completes and seals the needs.
    """
    view = get_needs_view(app)
    return [_record(need) for need in view.values() if need["type"] != CLAUSE]


def _record(need: Any) -> dict[str, Any]:
    record = {name: need[name] for name in ("id", "type", "title", "content", "status", "docname", "lineno")}
    record.update(need.iter_extra_items())
    record.update(need.iter_links_items(as_str=True))
    return record


def digests(env: BuildEnvironment) -> tuple[str, dict[str, str]]:
    """A digest of all needs, and one for each document of its links from and to other documents.

    For ``env-updated``: reads the raw needs, because completing them before the environment is
    pickled breaks the next incremental build.
    """
    data = SphinxNeedsData(env)
    needs = data.get_needs_mutable()
    everything = hashlib.blake2b(digest_size=16)
    across: dict[str, list[str]] = {}
    docs = {i: need["docname"] for i, need in needs.items()}
    for need_id in sorted(needs):
        need = needs[need_id]
        if need["type"] == CLAUSE:
            everything.update(f"{need_id}\0{need['docname']}\0".encode())
            continue
        links = [(name, ids) for name, ids in need.iter_links_items(as_str=True) if ids]
        row = repr(
            (
                need_id,
                need["type"],
                need["title"],
                need["status"],
                need["content"],
                need["docname"],
                need["lineno"],
                list(need.iter_extra_items()),
                links,
            )
        )
        everything.update(row.encode("utf-8", "surrogatepass"))
        for name, ids in links:
            for target in ids:
                here, there = need["docname"], docs.get(target.partition(".")[0])
                if here == there:
                    continue
                if here:
                    across.setdefault(here, []).append(f"{need_id}\0{name}\0{target}\0{there}")
                if there:
                    row = f"{name}\0{target}\0{need_id}\0{here}\0{need['title']}"
                    across.setdefault(there, []).append(row)
    everything.update(repr(sorted(map(str, data.get_or_create_extends().items()))).encode())
    return everything.hexdigest(), {
        doc: hashlib.blake2b("\0\0".join(rows).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        for doc, rows in across.items()
    }


def shows_others(doctree: nodes.document) -> bool:
    """Whether a document shows needs of others: in a table, a diagram, or by a role in its text."""
    return any(
        type(node).__module__.startswith("sphinx_needs.") and not isinstance(node, Need | NeedPart)
        for node in doctree.findall(nodes.Element)
    )


def apart(section: nodes.Element) -> tuple[str, tuple[str, ...]]:
    """What is written in a section beside its needs, and the ids of those needs and of what it refers to."""
    texts: list[str] = []
    ids: list[str] = []
    waiting: list[nodes.Node] = list(reversed(section.children))
    while waiting:
        node = waiting.pop()
        if isinstance(node, nodes.Text):
            texts.append(node.astext())
        elif isinstance(node, Need):
            ids.append(str(node.get("refid", "")))
        elif isinstance(node, nodes.Element) and not isinstance(node, nodes.Invisible):
            if isinstance(node, NeedRef):
                ids.append(str(node.get("reftarget", "")).partition(".")[0])
            if isinstance(node, nodes.image):
                texts.append(str(node.get("uri", "")))
            waiting += reversed(node.children)
    return " ".join(texts), tuple(sorted({i for i in ids if i}))


def title_of(env: BuildEnvironment, node: nodes.Element) -> tuple[str, int | None] | None:
    """Title and line of the need that a node holds, where the author wrote one; None for other nodes."""
    if not isinstance(node, Need):
        return None
    need = SphinxNeedsData(env).get_needs_mutable().get(node.get("refid", ""))
    if need is None or need["type"] == CLAUSE:
        return None
    return str(need["title"] or ""), need["lineno"]


def field_values(env: BuildEnvironment, fields: Mapping[str, str]) -> set[str]:
    """Values of one field of the raw needs.

    :param fields: need type -> name of its field.
    """
    values = set()
    for need in SphinxNeedsData(env).get_needs_mutable().values():
        name = fields.get(need["type"])
        if name and (value := need.get(name)):
            values.add(str(value))
    return values


# ---------------------------------------------------------------------- incremental


def forget(app: Sphinx, env: BuildEnvironment, docnames: Sequence[str]) -> None:
    """Forget the needs of all pages that are about to be read.

    sphinx-needs does so page by page, so that a need which moved to a page that is read before its old
    one is taken for a second of that id, and is lost.
    """
    for docname in docnames:
        SphinxNeedsData(env).remove_doc(docname)


# --------------------------------------------------------------------- reproducible


def stabilise(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Replace the random container ids of sphinx-needs (its issue 1903) by counted ones."""
    number = 0
    for box in doctree.findall(nodes.container):
        if box["ids"] and box["ids"][0].startswith("SNCB-"):
            box["ids"] = [f"SNCB-{number}"]
            number += 1


def lead_inside(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Lead links to needs to their place on the single page; sphinx-needs names page and place."""
    if app.builder.name == "singlehtml":
        for reference in doctree.findall(nodes.reference):
            page, _, anchor = reference.get("refuri", "").rpartition("#")
            if page.startswith("#document-"):
                reference["refuri"] = f"#{anchor}"


def setup(app: Sphinx) -> None:
    app.setup_extension(NEEDS)
    app.connect("env-before-read-docs", forget, priority=900)
    app.connect("doctree-resolved", stabilise, priority=900)
    app.connect("doctree-resolved", lead_inside, priority=900)


__all__ = [
    "CLAUSE",
    "InvalidNeedException",
    "clause_needs",
    "digests",
    "drop_repeated_clauses",
    "field_values",
    "note_needs",
    "records",
    "register",
    "setup",
    "shows_others",
    "type_names",
]
