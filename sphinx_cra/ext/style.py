"""The style sheet of HTML pages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

STATIC = Path(__file__).parent / "static"


def add_static(app: Sphinx) -> None:
    """Let Sphinx copy our style sheet; before it gathers the project's own files."""
    if app.builder.format == "html":
        app.config.html_static_path.insert(0, str(STATIC))


def setup(app: Sphinx) -> None:
    app.connect("builder-inited", add_static)
    app.add_css_file("cra.css")
