"""Placeholders become what they stand for, once all needs are known.

Runs for each document written, and once on the assembled tree for LaTeX and singlehtml.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from sphinx_cra.ext.directives import cra_claim, cra_view
from sphinx_cra.ext.project import domain

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

    from sphinx_cra.ext.views import View


class FillViews(SphinxPostTransform):
    """Below the priority of ``ReferencesResolver``, so that views could hold references to resolve."""

    default_priority = 5

    def run(self, **kwargs: Any) -> None:
        _fill(self.env, self.document, self.env.docname)


def fill_copies(app: Sphinx, document: nodes.document, docname: str) -> None:
    """Fill what sphinx-needs copied in from other pages (``needextract``). ``doctree-resolved``."""
    if "needs" not in domain(app.env).views.get(docname, ()) and docname != app.config.root_doc:
        return
    for claim in list(document.findall(cra_claim)):
        claim.parent.remove(claim)
    _fill(app.env, document, docname)


def _fill(env: BuildEnvironment, document: nodes.document, docname: str) -> None:
    """Fill all placeholders.

    :param docname: the page that is written. Links are seen from it, and not from the page that a
        placeholder was read in, since sphinx-needs may have copied it here. Where all pages are
        written as one it is the other way round.
    """
    placeholders = list(document.findall(cra_view))
    citations = [n for n in document.findall(nodes.inline) if "cra_clause" in n]
    if not placeholders and not citations:
        return
    from sphinx_cra.ext import views  # a build that shows nothing of ours needs none of it

    cra = domain(env)
    builder = cra.app.builder
    assembled = builder.name == "singlehtml" or builder.format == "latex"
    found: dict[str, View] = {}

    def view(node: nodes.Element) -> View:
        seen_from = str(node["docname"]) if assembled else docname
        if seen_from not in found:
            found[seen_from] = views.View(cra, builder, seen_from)
        return found[seen_from]

    for node in placeholders:
        node.replace_self(views.VIEWS[node["view"]](view(node), node.attributes))
    for cite in citations:
        cite.replace_self(views.citation(view(cite), cite))


def setup(app: Sphinx) -> None:
    app.add_post_transform(FillViews)
    app.connect("doctree-resolved", fill_copies, priority=850)
