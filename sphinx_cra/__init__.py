"""Cyber Resilience Act technical documentation from a Sphinx project.

The core (every module beside ``ext``) is plain Python and never loads Sphinx; ``setup``
is what Sphinx calls, and imports the extension only then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

__version__ = "0.1.0"


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension with Sphinx."""
    from sphinx_cra.ext import setup as setup_extension

    return setup_extension(app)
