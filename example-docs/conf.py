"""Sphinx configuration of the example product."""

project = "FieldGate FG-200"
author = "Norderland Automation GmbH"
copyright = "2026, Norderland Automation GmbH (invented)"  # noqa: A001 (Sphinx names it so)
version = release = "2.4.0"

extensions = ["sphinx_cra", "myst_parser"]  # sphinx_cra brings sphinx_needs along
exclude_patterns = ["artefacts", "build", "software"]

html_theme = "furo"
html_title = "FieldGate FG-200 technical documentation"
