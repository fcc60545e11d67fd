"""What takes the place of a placeholder: the tables of ``render.views`` as nodes, and words around them."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from docutils import nodes

from sphinx_cra.evidence import EPOCH
from sphinx_cra.ext import frameworks, papers
from sphinx_cra.ext.tables import Linker, as_html, as_nodes, none
from sphinx_cra.model import Code, Kind, Presence, State
from sphinx_cra.render import legal, overview, views
from sphinx_cra.render.table import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sphinx.builders import Builder

    from sphinx_cra.assessment import Assessment
    from sphinx_cra.ext.project import CraDomain
    from sphinx_cra.model import Catalogue, Row
    from sphinx_cra.render.table import Table


class View:
    """What a placeholder is made into: the assessment, and where things are seen from here."""

    def __init__(self, cra: CraDomain, builder: Builder, docname: str) -> None:
        self.assessment: Assessment = cra.assessment
        self.project = cra.project
        self.app = cra.app
        self.builder = builder
        self.env = cra.env
        self.linker = Linker(builder, docname, self.assessment, cra.clauses)

    def rows(self, node: Mapping[str, Any]) -> tuple[Row, ...]:
        matrix = self.assessment.matrix(node["catalogue"])
        states = node.get("states")
        return views.select(
            matrix.rows if matrix else (),
            parts=node.get("parts", ()),
            states=[State(s) for s in states] if states else None,
        )

    def catalogue(self, node: Mapping[str, Any]) -> Catalogue:
        matrix = self.assessment.matrix(node["catalogue"])
        assert matrix is not None  # the directive left a placeholder only for a loaded catalogue
        return matrix.catalogue


def _marked(table: Table, *classes: str) -> Table:
    """The table with classes that say what was chosen for it: ``parity`` reads them."""
    return replace(table, classes=(*table.classes, *classes))


def _chosen(node: Mapping[str, Any]) -> Iterator[str]:
    yield f"cra-in-{node['catalogue']}"
    yield from (f"cra-part-{part}" for part in node.get("parts", ()))
    yield from (f"cra-only-{state}" for state in node.get("states") or ())


def _matrix(view: View, node: Mapping[str, Any]) -> list[nodes.Node]:
    rows = view.rows(node)
    if not rows:
        return [none("No clause is in one of these states.")]
    table = views.matrix(view.assessment, view.catalogue(node), rows)
    return [as_nodes(_marked(table, *_chosen(node)), view.linker)]


def _gaps(view: View, node: Mapping[str, Any]) -> list[nodes.Node]:
    rows = view.rows(node)
    counts, total = view.assessment.totals(rows)
    count = sum(counts[s] for s in State if s.gap)
    said = nodes.paragraph("", f"{count} of {total} clauses that ask something of the maker are gaps.")
    if not count:
        return [said]
    return [said, as_nodes(_marked(views.gaps(view.assessment, rows), *_chosen(node)), view.linker)]


def _items(view: View, node: Mapping[str, Any]) -> list[nodes.Node]:
    table = views.items(view.assessment, [Kind(k) for k in node["kinds"]])
    table = _marked(table, *(f"cra-only-{kind}" for kind in node["kinds"]))
    if not table.rows:
        return [none("No items are declared.")]
    if view.builder.format == "html":
        return [nodes.raw("", as_html(table, view.linker), format="html")]
    return [as_nodes(table, view.linker)]


def _evidence(view: View, node: Mapping[str, Any]) -> list[nodes.Node]:
    table = views.evidence(view.assessment)
    return [as_nodes(table, view.linker)] if table.rows else [none("No evidence is declared.")]


def _accepted(view: View, node: Mapping[str, Any]) -> list[nodes.Node]:
    table = views.accepted(view.assessment)
    said = nodes.paragraph("", views.accepted_summary(view.assessment))
    return [said, as_nodes(table, view.linker)] if table.rows else [said]


def _exclusions(view: View, node: Mapping[str, Any]) -> list[nodes.Node]:
    table = views.exclusions(view.assessment)
    return [as_nodes(table, view.linker)] if table.rows else [none("Nothing is excluded.")]


def _risks(view: View, node: Mapping[str, Any]) -> list[nodes.Node]:
    table = views.risks(view.assessment)
    return [as_nodes(table, view.linker)] if table.rows else [none("No risk is declared.")]


def _vulnerabilities(view: View, node: Mapping[str, Any]) -> list[nodes.Node]:
    table = views.vulnerabilities(view.assessment)
    said = nodes.paragraph("", views.known_summary(view.assessment))
    return [said, as_nodes(table, view.linker)] if table.rows else [said]


def _rules(view: View, node: Mapping[str, Any]) -> list[nodes.Node]:
    wanted, outcomes = node["rules"], node["outcomes"]
    every = [r for r in view.assessment.rulings if not wanted or r.rule.id in wanted]
    chosen = [r for r in every if not outcomes or r.outcome.value in outcomes]
    said = nodes.paragraph("", legal.tally(every))
    if not chosen:
        return [said, none("No rule has one of these answers.")]
    return [said, as_nodes(legal.rules(view.assessment, chosen), view.linker)]


def _procedures(view: View, node: Mapping[str, Any]) -> list[nodes.Node]:
    table = legal.procedures(view.assessment)
    if not table.rows:
        return [none("There is no usable product file, so nothing can be said of procedures.")]
    return [as_nodes(table, view.linker)]


def _status(view: View, node: Mapping[str, Any]) -> list[nodes.Node]:
    return [as_nodes(legal.status(view.assessment), view.linker)]


def _overview(view: View, node: Mapping[str, Any]) -> list[nodes.Node]:
    return picture(view)


def picture(view: View) -> list[nodes.Node]:
    """Annex I at a glance: drawn where the builder takes SVG, as a table elsewhere."""
    if view.builder.format == "html":
        svg = overview.svg(view.assessment, view.linker.uri)
        return [nodes.raw("", f'<div class="cra-overview">{svg}</div>', format="html")]
    return [as_nodes(overview.table(view.assessment), view.linker)]


def _catalogue(view: View, node: Mapping[str, Any]) -> list[nodes.Node]:
    catalogue = view.catalogue(node)
    line = nodes.paragraph()
    line += view.linker.reference(Text(catalogue.title, catalogue.url, "strong"))
    line += nodes.Text(f", {catalogue.edition}.")
    result: list[nodes.Node] = [line]
    if catalogue.note:
        result.append(nodes.note("", nodes.paragraph("", catalogue.note)))
    return result


def _clauses(view: View, node: Mapping[str, Any]) -> list[nodes.Node]:
    # Another process may have read a page that shows some of them first.
    mine = [c for c in node["clauses"] if view.linker.clauses.get(c) == node["docname"]]
    if not mine:
        return []
    rows = [view.assessment.rows[c] for c in mine]
    return [as_nodes(_marked(views.clauses(view.assessment, rows), f"cra-rows-{len(rows)}"), view.linker)]


def _dossier(view: View, node: Mapping[str, Any]) -> list[nodes.Node]:
    points = view.assessment.dossier.points
    missing = sum(p.presence is Presence.MISSING for p in points)
    said = nodes.paragraph("", f"{len(points) - missing} of {len(points)} items are present or do not apply.")
    return [said, as_nodes(views.dossier(view.assessment), view.linker)]


def _point(view: View, node: Mapping[str, Any]) -> list[nodes.Node]:
    return point_content(view, node["point"])


def point_content(view: View, which: str) -> list[nodes.Node]:
    """State, lacks, claimed sections and computed tables of one point of Annex VII."""
    point = next(p for p in view.assessment.dossier.points if p.id == which)
    line = nodes.paragraph()
    line += view.linker.reference(Text(point.printed, point.clause))
    line += nodes.Text(": ")
    line += view.linker.reference(views.presence_text(point.presence))
    line += nodes.Text(f". {point.reason}" if point.reason else ".")
    result: list[nodes.Node] = [line]
    if point.lacks:
        missing = nodes.bullet_list(classes=["cra-lacks"])
        missing += [nodes.list_item("", nodes.paragraph("", sentence)) for sentence in point.lacks]
        result.append(missing)
    if point.sections:
        where = nodes.paragraph("", "Content: ")
        for number, section in enumerate(point.sections):
            where += nodes.Text(", ") if number else nodes.Text("")
            where += view.linker.reference(Text(section.title, views.place_of(section)))
        result.append(where)
    result += [as_nodes(t, view.linker) for t in views.facts(view.assessment, which) if t.rows]
    if which == "7" and view.assessment.product:
        result.append(papers.standing(view))
    return result


def _reports(view: View, node: Mapping[str, Any]) -> list[nodes.Node]:
    from sphinx_cra.render import reports  # few projects have reports
    from sphinx_cra.reporting import checks, clock, register

    found, product = view.project.reports, view.project.product
    if found is None:
        if any(f.code is Code.REPORT for f in view.project.findings):
            return [none("The register of reports cannot be used; the build says why.")]
        found = register.Register(exists=False)
    now = clock.moment(node["now"]) if node["now"] else clock.of_epoch(os.environ.get(EPOCH, ""))
    zone = clock.zone(node["zone"]) if node["zone"] else None
    said: list[nodes.Node] = [nodes.paragraph("", reports.summary(found, now, zone))]
    if found.cases:
        said.append(as_nodes(reports.table(found, now, zone), view.linker))
    if node["rules"]:
        answers = checks.checks(checks.ground(found, product, now=now))
        clauses = view.assessment.clauses
        table = reports.rules(answers, lambda c: clause.printed if (clause := clauses.get(c)) else c)
        said.append(as_nodes(table, view.linker))
    return said


VIEWS: Mapping[str, Callable[[View, Mapping[str, Any]], list[nodes.Node]]] = {
    "matrix": _matrix,
    "gaps": _gaps,
    "items": _items,
    "frameworks": frameworks.page,
    "certificate": frameworks.certificate,
    "supports": frameworks.supports,
    "security-levels": frameworks.security_levels,
    "evidence": _evidence,
    "exclusions": _exclusions,
    "accepted": _accepted,
    "risks": _risks,
    "overview": _overview,
    "vulnerabilities": _vulnerabilities,
    "reports": _reports,
    papers.DECLARATION: papers.declared,
    papers.USER_INFORMATION: papers.informed,
    "support": papers.supported,
    "rules": _rules,
    "procedures": _procedures,
    "status": _status,
    "catalogue": _catalogue,
    "clauses": _clauses,
    "dossier": _dossier,
    "point": _point,
}


def citation(view: View, node: nodes.Element) -> list[nodes.Node]:
    """The clause as people cite it, leading to its page, and to the law's own where both are known."""
    clause = view.assessment.clauses.get(node["cra_clause"])
    printed = node.astext()
    if clause is None:
        return [nodes.inline("", printed, classes=["cra-cite"])]
    reference = view.linker.reference(Text(printed, clause.id))
    if not isinstance(reference, nodes.Element):
        return [nodes.inline("", printed, classes=["cra-cite"])]
    reference["classes"].append("cra-cite")
    result: list[nodes.Node] = [reference]
    in_title = isinstance(node.parent, nodes.title)  # which search results and tables of contents repeat
    if clause.url and clause.id in view.linker.clauses and not in_title:
        official = nodes.superscript(classes=["cra-official"])
        official += view.linker.reference(Text("OJ", clause.url))
        result.append(official)
    return result
