"""What users see in Sphinx: types, directives, roles, views and the builder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sphinx_cra import __version__

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, Any]:
    """Register everything."""
    return {"version": __version__, "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
