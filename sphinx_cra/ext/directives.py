"""Directives and the role: they read their arguments, note the page, and leave a placeholder.

Nothing is computed here. Sections exist from the reading phase on, so that the table of contents,
numbering, search and LaTeX know them; what stands in them is filled in by ``fill`` once all needs
are known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx import addnodes
from sphinx.util.docutils import ReferenceRole, SphinxDirective

from sphinx_cra import annex_vii, certificates, suspect
from sphinx_cra.ext import needs
from sphinx_cra.ext.project import FILE, domain, shown_twice, warn
from sphinx_cra.legal import rules
from sphinx_cra.legal.rule import Outcome
from sphinx_cra.model import Code, Finding, Kind, Place, Section, State, under
from sphinx_cra.reporting import REPORTS
from sphinx_cra.words import did_you_mean, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sphinx.application import Sphinx

    from sphinx_cra.catalogue import Clauses
    from sphinx_cra.ext.project import CraDomain
    from sphinx_cra.model import Catalogue, Clause


class cra_view(nodes.General, nodes.Element):
    """Placeholder for a view; ``view`` names it, ``docname`` is where it was read."""


class cra_claim(nodes.General, nodes.Element):
    """Mark of a claimed section; gone once the document is read."""


def words(argument: str | None) -> list[str]:
    """An option that lists words, separated by commas or spaces."""
    return (argument or "").replace(",", " ").split()


def members(enum: type[State] | type[Kind]) -> Any:
    """An option that lists members of an enum."""

    def convert(argument: str | None) -> list[str]:
        values = words(argument)
        for value in values:
            if value not in list(enum):
                known = ", ".join(enum)
                raise ValueError(f"{value!r} is not one of {known}")
        return values

    return convert


def answers(argument: str | None) -> list[str]:
    """An option that lists answers of rules, separated by commas: they are several words each."""
    values = [" ".join(v.split()) for v in (argument or "").split(",") if v.strip()]
    for value in values:
        if value not in list(Outcome):
            raise ValueError(f"{value!r} is not one of {', '.join(Outcome)}")
    return values


class CraDirective(SphinxDirective):
    """What our directives share: the domain, and warnings at their line."""

    @property
    def cra(self) -> CraDomain:
        return domain(self.env)

    def warn(self, code: Code, message: str, way_out: str = "", *, about: str = "") -> None:
        place = Place(source=self.env.docname, line=self.lineno)
        about = f"{self.name} {about}" if about else ""
        warn(self.env, Finding(code=code, message=message, way_out=way_out, about=about, place=place))

    def placeholder(self, view: str, **options: Any) -> cra_view:
        self.cra.note_view(self.env.docname, view)
        node = cra_view(view=view, docname=self.env.docname, **options)
        self.set_source_info(node)
        return node

    def catalogue(self, name: str) -> Catalogue | None:
        """A loaded catalogue by its name in ``cra_catalogues``; warns where there is none."""
        self.cra.note_view(self.env.docname, "catalogue")  # also where there is none yet
        found = self.cra.project.catalogue(name)
        if found is None:
            known = [c.id for c in self.cra.project.catalogues]
            way_out = did_you_mean(nearest(name, known)) or f"loaded are {', '.join(known) or 'none'}"
            self.warn(Code.CATALOGUE, f"no catalogue {name!r} is loaded", way_out, about=name)
        return found

    def note_register(self) -> None:
        """The page rests on the register of reports."""
        product = self.cra.project.product
        path = (product.reporting.register if product else "") or REPORTS
        self.cra.note_view(self.env.docname, f"{FILE}{path}")
        if (file := self.cra.root / self.cra.project.config.product).is_file():
            self.env.note_dependency(str(file))  # it may name another register

    def check_parts(self, catalogue: Catalogue, parts: Sequence[str]) -> None:
        ids = [c.id for c in catalogue.clauses]
        for part in parts:
            if not any(under(i, part) for i in ids):
                message = f"{catalogue.id} has no clause at or below {part}"
                self.warn(Code.UNKNOWN_CLAUSE, message, did_you_mean(nearest(part, ids)), about=part)


class ViewDirective(CraDirective):
    """A directive without options that shows one view."""

    view: ClassVar[str]

    def run(self) -> list[nodes.Node]:
        return [self.placeholder(self.view)]


class MatrixDirective(CraDirective):
    """``cra-matrix``: clauses against what carries, proves and supports them."""

    optional_arguments = 1
    option_spec: ClassVar = {"part": words, "states": members(State)}
    view = "matrix"

    def run(self) -> list[nodes.Node]:
        catalogue = self.catalogue(self.arguments[0] if self.arguments else "cra")
        if catalogue is None:
            return []
        parts = self.options.get("part", [])
        self.check_parts(catalogue, parts)
        states = self.options.get("states")
        return [self.placeholder(self.view, catalogue=catalogue.id, parts=parts, states=states)]


class GapsDirective(MatrixDirective):
    """``cra-gaps``: what is not done, why, and what would close it."""

    view = "gaps"


class OverviewDirective(CraDirective):
    """``cra-overview``: Annex I at a glance."""

    def run(self) -> list[nodes.Node]:
        return [self.placeholder("overview")] if self.catalogue("cra") else []


class FrameworksDirective(CraDirective):
    """``cra-frameworks``: what other frameworks support of the Regulation, and what they leave open."""

    option_spec: ClassVar = {"part": words, "mappings": words}

    def run(self) -> list[nodes.Node]:
        catalogue = self.catalogue("cra")
        if catalogue is None:
            return []
        parts = self.options.get("part", [])
        self.check_parts(catalogue, parts)
        return [self.placeholder("frameworks", parts=parts, mappings=self.mappings())]

    def mappings(self) -> list[str] | None:
        """The mappings to show; warns of those that are not loaded. None for all."""
        stated: list[str] | None = self.options.get("mappings") or None
        known = [m.id for m in self.cra.project.mappings]
        for name in stated or ():
            if name not in known:
                way_out = did_you_mean(nearest(name, known)) or f"loaded are {', '.join(known) or 'none'}"
                self.warn(Code.CATALOGUE, f"no mapping {name!r} is loaded", way_out, about=name)
        return stated


class CertificateDirective(FrameworksDirective):
    """``cra-certificate``: what a certified scope supports of the Regulation, and what remains."""

    optional_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar = {
        "scope": words,
        "level": directives.unchanged,
        "part": words,
        "mappings": words,
    }

    def run(self) -> list[nodes.Node]:
        catalogue = self.catalogue("cra")
        if catalogue is None:
            return []
        evidence = words(self.arguments[0] if self.arguments else "")
        entries, stated = self.options.get("scope", []), self.options.get("level", "")
        if not (evidence or entries):
            way_out = "name certificates (evidence ids), or a scope for planning with :scope:"
            self.warn(Code.EVIDENCE, "cra-certificate names no certificate and no scope", way_out)
            return []
        level = certificates.level(stated)
        if stated and level is None:
            self.warn(Code.EVIDENCE, f"the level {stated!r} is no security level", "write 1, 2, 3 or 4")
        for message, way_out, code in certificates.faults(
            certificates.Scope(entries=tuple(entries)), self.cra.index, said="the scope"
        ):
            self.warn(code, message, way_out, about=message)
        parts = self.options.get("part", [])
        self.check_parts(catalogue, parts)
        here = Place(source=self.env.docname, line=self.lineno)
        named = self.cra.certificates.setdefault(self.env.docname, [])
        named += [(name, here) for name in evidence]
        view = self.placeholder(
            "certificate",
            evidence=evidence,
            scope=entries,
            level=level,
            parts=parts,
            mappings=self.mappings(),
        )
        return [view]


class SupportsDirective(CraDirective):
    """``cra-supports``: from the clauses of a framework to those that mappings say they support."""

    required_arguments = 1
    option_spec: ClassVar = {"part": words}

    def run(self) -> list[nodes.Node]:
        catalogue = self.catalogue(self.arguments[0])
        if catalogue is None:
            return []
        parts = self.options.get("part", [])
        self.check_parts(catalogue, parts)
        return [self.placeholder("supports", catalogue=catalogue.id, parts=parts)]


class SecurityLevelsDirective(CraDirective):
    """``cra-security-levels``: target and reached level of each foundational requirement."""

    def run(self) -> list[nodes.Node]:
        catalogue = self.catalogue("iec62443-4-2")
        return [self.placeholder("security-levels", catalogue=catalogue.id)] if catalogue else []


class ItemsDirective(CraDirective):
    """``cra-items``: every item with all its links."""

    option_spec: ClassVar = {"kinds": members(Kind)}

    def run(self) -> list[nodes.Node]:
        return [self.placeholder("items", kinds=self.options.get("kinds") or list(map(str, Kind)))]


class EvidenceDirective(ViewDirective):
    """``cra-evidence``: the register of evidence with its verdicts."""

    view = "evidence"


class AcceptedDirective(ViewDirective):
    """``cra-accepted``: findings that are accepted, by whom, why and until when."""

    view = "accepted"


class ExclusionsDirective(ViewDirective):
    """``cra-exclusions``: the ledger of what does not apply, and why."""

    view = "exclusions"


class RisksDirective(ViewDirective):
    """``cra-risks``: every risk with its treatment."""

    view = "risks"


class VulnerabilitiesDirective(ViewDirective):
    """``cra-vulnerabilities``: what is known of vulnerabilities in the components."""

    view = "vulnerabilities"


class RulesDirective(CraDirective):
    """``cra-rules``: the rules of the Regulation that facts can decide, and their answers."""

    option_spec: ClassVar = {"outcomes": answers, "rules": words}

    def run(self) -> list[nodes.Node]:
        wanted = self.options.get("rules", [])
        known = [r.id for r in rules()]
        for name in wanted:
            if name not in known:
                self.warn(
                    Code.CONFIG, f"there is no rule {name}", did_you_mean(nearest(name, known)), about=name
                )
        self.note_register()
        return [self.placeholder("rules", outcomes=self.options.get("outcomes"), rules=wanted)]


class ProceduresDirective(ViewDirective):
    """``cra-procedures``: the conformity assessment procedures that the product may choose, and why."""

    view = "procedures"


class StatusDirective(ViewDirective):
    """``cra-status``: what changes outside of the project and decides rules, as of when."""

    view = "status"


class ReportsDirective(CraDirective):
    """``cra-reports``: the register of reports made to CSIRT and ENISA."""

    option_spec: ClassVar = {
        "now": directives.unchanged_required,
        "zone": directives.unchanged_required,
        "rules": directives.flag,
    }

    def run(self) -> list[nodes.Node]:
        from sphinx_cra.reporting import clock  # few projects have reports

        asked = {name: self.options.get(name, "").strip() for name in ("now", "zone")}
        for name, read in (("now", clock.moment), ("zone", clock.zone)):
            try:
                if asked[name]:
                    read(asked[name])
            except clock.TimeError as error:
                self.warn(Code.REPORT, f"cra-reports: {name}: {error}")
                asked[name] = ""
        self.note_register()
        return [self.placeholder("reports", rules="rules" in self.options, **asked)]


class CatalogueDirective(CraDirective):
    """``cra-catalogue``: a framework's clauses, as needs, in its own structure."""

    required_arguments = 1
    option_spec: ClassVar = {"part": words}

    def run(self) -> list[nodes.Node]:
        catalogue = self.catalogue(self.arguments[0])
        if catalogue is None:
            return []
        parts = self.options.get("part", [])
        self.check_parts(catalogue, parts)
        here = self.env.docname
        chosen = [c for c in catalogue.clauses if not parts or any(under(c.id, p) for p in parts)]
        shown = self.cra.clauses
        twice = [c.id for c in chosen if c.id in shown]
        if twice:
            where = shown[twice[0]]
            self.cra.repeats.setdefault(here, set()).update(shown[c] for c in twice if shown[c] != here)
            warn(self.env, shown_twice(twice[0], where, Place(source=here, line=self.lineno)))
            chosen = [c for c in chosen if c.id not in shown]
        try:
            result = needs.clause_needs(self.cra.app, self.state, chosen, line=self.lineno)
        except needs.InvalidNeedException as error:
            self.warn(Code.CATALOGUE, f"{catalogue.id}: {error.message}")
            return []
        shown.update(dict.fromkeys((c.id for c in chosen), here))
        self.cra.data["lines"].update(dict.fromkeys((c.id for c in chosen), self.lineno))
        result.append(self.placeholder("catalogue", catalogue=catalogue.id))
        titles = {g.id: g.title for g in catalogue.groups}
        for group in dict.fromkeys(c.group for c in chosen):
            ids = [c.id for c in chosen if c.group == group]
            table = self.placeholder("clauses", catalogue=catalogue.id, clauses=ids)
            title = titles.get(group, group)
            result.append(_section(f"{catalogue.id}-{group}", title, table) if title else table)
        return result


class AnnexSevenDirective(CraDirective):
    """``cra-annex-vii``: the fifteen items, each with its content and what it lacks."""

    def run(self) -> list[nodes.Node]:
        result: list[nodes.Node] = [self.placeholder("dossier")]
        parent: nodes.section | None = None
        for point in annex_vii.POINTS:
            view = self.placeholder("point", point=point.id)
            section = _section(anchor_of(point.id), f"{point.number} {point.title}", view)
            if len(point.id) == 1:
                parent = section
                result.append(section)
            elif parent is not None:
                parent += section
        return result


def anchor_of(point: str) -> str:
    """Id of the section that ``cra-annex-vii`` makes for a point."""
    return f"annex-vii-{point}"


def _section(anchor: str, title: str, *content: nodes.Node) -> nodes.section:
    name = nodes.make_id(anchor)
    section = nodes.section(ids=[name], names=[name])
    section += nodes.title("", title)
    section += list(content)
    return section


class SectionDirective(CraDirective):
    """``cra-section``: the section it stands in is the content of a point of Annex VII."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar = {"not-applicable": directives.flag}

    def run(self) -> list[nodes.Node]:
        point = annex_vii.point(self.arguments[0])
        if point is None:
            known = ", ".join(p.id for p in annex_vii.POINTS)
            stated = self.arguments[0]
            self.warn(Code.SECTION, f"Annex VII has no point {stated!r}", f"it has {known}", about=stated)
            return []
        excused = "not-applicable" in self.options
        reason = " ".join(" ".join(self.content).split())
        if excused and not reason:
            self.warn(
                Code.SECTION,
                f"point {point.id} is said not to apply, without a reason",
                "write it as content",
            )
            return []
        if not excused and self.content:
            self.warn(Code.SECTION, "cra-section takes content only with :not-applicable:", "put it below")
        claim = cra_claim(point=point.id, reason=reason if excused else "", line=self.lineno)
        box = nodes.container(classes=["cra-claim"])
        line = nodes.paragraph()
        line += nodes.Text("Technical file: ")
        line += citation(point.clause, point.printed, self.env.docname)
        self.cra.note_view(self.env.docname, "role")
        if excused:
            line += nodes.Text(" does not apply.")
        box += line
        if excused:
            box += self.parse_content_to_nodes()
            return [claim, box]
        return [claim, box, *self.parse_content_to_nodes()]


def collect_sections(app: Sphinx, doctree: nodes.document) -> None:
    """Note the claimed sections of a document that has been read. ``doctree-read``."""
    env = app.env
    cra = domain(env)
    docname = env.docname
    found: list[tuple[Section, nodes.section]] = []
    for claim in list(doctree.findall(cra_claim)):
        section = claim.parent
        line = claim["line"]
        claim.parent.remove(claim)
        if not isinstance(section, nodes.section):
            message = f"cra-section {claim['point']} stands in no section"
            place = Place(source=docname, line=line)
            warn(
                env,
                Finding(
                    code=Code.SECTION,
                    message=message,
                    way_out="put it under a title",
                    about=f"nowhere {claim['point']}",
                    place=place,
                ),
            )
            continue
        first = next((f.line for f, at in found if at is section and f.point == claim["point"]), None)
        if first is not None:
            message = f"this section is claimed for point {claim['point']} already, on line {first}"
            place = Place(source=docname, line=line)
            warn(
                env,
                Finding(
                    code=Code.SECTION,
                    message=message,
                    way_out="remove one of the two",
                    about=f"twice {claim['point']}",
                    place=place,
                ),
            )
            continue
        whole = section.parent is doctree and not any(
            isinstance(n, nodes.section) for n in doctree.children if n is not section
        )
        written, named = needs.apart(section)
        claimed = Section(
            point=claim["point"],
            docname=docname,
            anchor="" if whole else section["ids"][0],
            title=section[0].astext() if isinstance(section[0], nodes.title) else docname,
            empty=not _has_content(section),
            not_applicable=claim["reason"],
            line=line,
            filled=any(n["view"] in _FILLS.get(claim["point"], ()) for n in section.findall(cra_view)),
            text=suspect.digest(written),
            needs=named,
        )
        found.append((claimed, section))
    if found:
        cra.sections[docname] = [claimed for claimed, _ in found]


_FILLS = {"1d": ("user-information",), "7": ("declaration",)}
"""Point of Annex VII -> views that show what is computed for it."""
_NO_CONTENT = (
    nodes.title,
    nodes.Invisible,
    nodes.meta,
    nodes.system_message,
    nodes.transition,
    addnodes.highlightlang,
    addnodes.tabular_col_spec,
    addnodes.toctree,
)


def _has_content(node: nodes.Element) -> bool:
    """Whether anything but titles stands in it."""
    for child in node.children:
        if isinstance(child, nodes.Text):
            if child.strip():
                return True
        elif not isinstance(child, nodes.Element) or _is_no_content(child):
            continue
        elif child.children:
            if _has_content(child):
                return True
        elif not isinstance(child, nodes.TextElement):
            return True  # an image, or a need, table or diagram that a later phase fills
    return False


def _is_no_content(node: nodes.Element) -> bool:
    return isinstance(node, _NO_CONTENT) or "cra-claim" in node["classes"]


class ClauseRole(ReferenceRole):
    """``cra``: cites a clause as people do, and leads to it."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        cra = domain(self.env)
        cra.note_view(self.env.docname, "role")
        clauses = cra.index
        clause = clauses.get(self.target)
        if clause is None:
            near = clauses.nearest(self.target)
            message = f"unknown clause {self.target}"
            place = Place(source=self.env.docname, line=self.lineno)
            warn(
                self.env,
                Finding(
                    code=Code.UNKNOWN_CLAUSE,
                    message=message,
                    way_out=did_you_mean(near),
                    about=f"cites {self.target}",
                    place=place,
                ),
            )
            return [nodes.literal(self.rawtext, self.title)], []
        printed = self.title if self.has_explicit_title else cited(clause, clauses)
        return [citation(clause.id, printed, self.env.docname)], []


def cited(clause: Clause, clauses: Clauses) -> str:
    """A clause as people cite it; the CRA is what is spoken of, so only other frameworks are named."""
    catalogue = clauses.catalogue_of(clause.id)
    if catalogue is None or catalogue.id == "cra":
        return clause.printed
    return f"{catalogue.short} {clause.printed}"


def citation(clause: str, printed: str, docname: str) -> nodes.inline:
    """A placeholder that reads well wherever it is not resolved (in titles, say)."""
    return nodes.inline("", printed, classes=["cra-cite"], cra_clause=clause, docname=docname)


def setup(app: Sphinx) -> None:
    app.add_node(cra_view)
    app.add_node(cra_claim)
    app.add_directive("cra-matrix", MatrixDirective)
    app.add_directive("cra-gaps", GapsDirective)
    app.add_directive("cra-overview", OverviewDirective)
    app.add_directive("cra-frameworks", FrameworksDirective)
    app.add_directive("cra-certificate", CertificateDirective)
    app.add_directive("cra-supports", SupportsDirective)
    app.add_directive("cra-security-levels", SecurityLevelsDirective)
    app.add_directive("cra-items", ItemsDirective)
    app.add_directive("cra-evidence", EvidenceDirective)
    app.add_directive("cra-exclusions", ExclusionsDirective)
    app.add_directive("cra-accepted", AcceptedDirective)
    app.add_directive("cra-risks", RisksDirective)
    app.add_directive("cra-vulnerabilities", VulnerabilitiesDirective)
    app.add_directive("cra-rules", RulesDirective)
    app.add_directive("cra-procedures", ProceduresDirective)
    app.add_directive("cra-status", StatusDirective)
    app.add_directive("cra-reports", ReportsDirective)
    app.add_directive("cra-catalogue", CatalogueDirective)
    app.add_directive("cra-annex-vii", AnnexSevenDirective)
    app.add_directive("cra-section", SectionDirective)
    app.add_role("cra", ClauseRole())
    app.connect("doctree-read", collect_sections)
