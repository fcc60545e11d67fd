"""The documentation of sphinx-cra. Build it with ``sphinx-build -n -W docs build/docs``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

from sphinx_cra import __version__
from sphinx_cra.ext.style import STATIC

project = "sphinx-cra"
author = "sphinx-cra maintainers"
copyright = author  # noqa: A001 (the name that Sphinx reads)
version = release = __version__

extensions = ["myst_parser", "reference", "tutorial"]
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = f"sphinx-cra {version}"
html_static_path = ["_static", str(STATIC)]
html_css_files = ["cra.css", "docs.css"]
