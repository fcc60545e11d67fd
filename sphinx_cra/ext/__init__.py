"""What users see in Sphinx: types, directives, the role, views and the builder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sphinx_cra import __version__
from sphinx_cra.ext import builder, citations, config, directives, fill, needs, papers, project, style

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, Any]:
    """Register everything, each module what it defines."""
    for module in (config, needs, project, directives, papers, fill, builder, style, citations):
        module.setup(app)
    return {"version": __version__, "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
