"""Placeholders become what they stand for, once all needs are known.

Runs for each document written, and once on the assembled tree for LaTeX and singlehtml.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from sphinx_cra.ext.directives import cra_view
from sphinx_cra.ext.project import domain

if TYPE_CHECKING:
    from sphinx.application import Sphinx

    from sphinx_cra.ext.views import View


class FillViews(SphinxPostTransform):
    """Below the priority of ``ReferencesResolver``, so that views could hold references to resolve."""

    default_priority = 5

    def run(self, **kwargs: Any) -> None:
        placeholders = list(self.document.findall(cra_view))
        citations = [n for n in self.document.findall(nodes.inline) if "cra_clause" in n]
        if not placeholders and not citations:
            return
        from sphinx_cra.ext import views  # a build that shows nothing of ours needs none of it

        cra = domain(self.env)
        found: dict[str, View] = {}

        def view(docname: str) -> View:
            if docname not in found:
                found[docname] = views.View(cra, cra.app.builder, docname)
            return found[docname]

        for node in placeholders:
            node.replace_self(views.VIEWS[node["view"]](view(node["docname"]), node.attributes))
        for cite in citations:
            cite.replace_self(views.citation(view(cite["docname"]), cite))


def setup(app: Sphinx) -> None:
    app.add_post_transform(FillViews)
