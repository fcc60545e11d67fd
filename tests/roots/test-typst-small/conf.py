"""One page, written by each test."""

extensions = ["sphinx_needs", "typst_builder"]
needs_types = [
    {"directive": "requirement", "title": "Requirement", "prefix": "REQ_", "color": "#bfd8d2", "style": "node"},
]
