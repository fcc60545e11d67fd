"""The views of other frameworks as nodes: the gap page, a certificate, the reverse, security levels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docutils import nodes

from sphinx_cra import certificates, frameworks
from sphinx_cra.ext.tables import as_blocks, as_nodes, none
from sphinx_cra.render import frameworks as shown
from sphinx_cra.security_levels import levels

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sphinx_cra.ext.views import View


def page(view: View, node: Mapping[str, Any]) -> list[nodes.Node]:
    return content(view, parts=node["parts"], mappings=node["mappings"])


def content(
    view: View, *, parts: Sequence[str] = (), mappings: Collection[str] | None = None
) -> list[nodes.Node]:
    """What other frameworks support of the Regulation, who says so, and what they leave open."""
    points = frameworks.points(view.assessment, parts=parts, mappings=mappings)
    result: list[nodes.Node] = [nodes.paragraph("", shown.point_words(points))]
    for title, group in shown.grouped(points):
        result.append(nodes.rubric("", title))
        result += as_blocks(shown.point_blocks(view.assessment, group), view.linker)
    return [*result, *_authorities(view, mappings)]


def _authorities(view: View, mappings: Collection[str] | None) -> list[nodes.Node]:
    """Whose word is shown: the loaded mappings, what a reader must know of each, and their sources."""
    found = [m for m in view.assessment.mappings if mappings is None or m.id in mappings]
    if not found:
        return [none("No mapping is loaded, so nothing is known of what other frameworks support.")]
    result: list[nodes.Node] = [nodes.rubric("", "The mappings, and their sources")]
    result += as_blocks((shown.mapping_block(m) for m in found), view.linker)
    return result


def certificate(view: View, node: Mapping[str, Any]) -> list[nodes.Node]:
    assessment = view.assessment
    scopes = [certificates.Scope(entries=tuple(node["scope"]), level=node["level"])] if node["scope"] else []
    result: list[nodes.Node] = []
    for name in node["evidence"]:
        item = assessment.trace.items.get(name)
        if item is None or item.fields.get("kind") != "certificate":
            result.append(none(f"{name} is no certificate."))
            continue
        scopes.append(certificates.scope_of(item))
        line = nodes.paragraph()
        line += [
            view.linker.reference(piece) for piece in shown.certificate_words(assessment, item, scopes[-1])
        ]
        result.append(line)
    if node["scope"]:
        level = f" at SL-C {node['level']}" if node["level"] else ""
        said = f"A scope stated for planning: {', '.join(node['scope'])}{level}. No certificate is behind it."
        result.append(nodes.paragraph("", said))
    plan = frameworks.plan(assessment, scopes, parts=node["parts"], mappings=node["mappings"])
    reach = nodes.bullet_list()
    reach += [nodes.list_item("", nodes.paragraph("", shown.scope_words(assessment, r))) for r in plan.reach]
    result += [reach] if plan.reach else []
    result.append(nodes.rubric("", "What it contributes, point by point"))
    if plan.supported:
        result.append(as_nodes(shown.supported_table(assessment, plan), view.linker))
    else:
        result.append(none("No loaded mapping says that this scope supports a clause of the Regulation."))
    result.append(nodes.rubric("", "What remains, in the order to work through"))
    said = (
        f"{len(plan.steps)} of {plan.duties} duties of the manufacturer are left open by what the product "
        "itself shows. What applies first comes first; of that, what nothing in this scope supports, then "
        "what is supported, then what is supported in part."
    )
    result.append(nodes.paragraph("", said))
    if plan.steps:
        result.append(as_nodes(shown.steps_table(assessment, plan.steps), view.linker))
    return [*result, *_authorities(view, node["mappings"])]


def supports(view: View, node: Mapping[str, Any]) -> list[nodes.Node]:
    catalogue = view.catalogue(node)
    related = frameworks.supported(view.assessment, catalogue, parts=node["parts"])
    if not related:
        return [none(f"No loaded mapping says that a clause of {catalogue.short} supports another.")]
    return [as_nodes(shown.supports_table(view.assessment, related), view.linker)]


def security_levels(view: View, node: Mapping[str, Any]) -> list[nodes.Node]:
    matrix = view.assessment.matrix(node["catalogue"])
    found = levels(matrix, view.assessment.product) if matrix else ()
    said = nodes.paragraph("", shown.security_levels_words(view.assessment.product))
    return [said, as_nodes(shown.security_levels_table(found), view.linker)]
