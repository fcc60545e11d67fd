"""A small product's documentation that uses most of what Sphinx projects use."""

project = "Gateway"
author = "Example Works"
extensions = ["myst_parser", "sphinx.ext.mathjax", "sphinx_needs", "sphinx_design", "typst_builder"]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath", "fieldlist", "tasklist", "attrs_inline"]
numfig = True
exclude_patterns = ["_build"]
needs_types = [
    {"directive": "risk", "title": "Risk", "prefix": "RISK_", "color": "#f6c6c6", "style": "node"},
    {
        "directive": "requirement",
        "title": "Requirement",
        "prefix": "REQ_",
        "color": "#bfd8d2",
        "style": "node",
    },
    {"directive": "control", "title": "Control", "prefix": "CTL_", "color": "#fedcd2", "style": "node"},
    {"directive": "evidence", "title": "Evidence", "prefix": "EV_", "color": "#f0dca0", "style": "node"},
]
needs_links = {
    "satisfies": {"incoming": "is satisfied by", "outgoing": "satisfies"},
    "mitigates": {"incoming": "is mitigated by", "outgoing": "mitigates"},
    "implements": {"incoming": "is implemented by", "outgoing": "implements"},
    "verifies": {"incoming": "is verified by", "outgoing": "verifies"},
}
needs_fields = {
    "asset": {"description": "What is at risk"},
    "sha256": {"description": "Digest of the artefact"},
}
rst_prolog = """
.. |product| replace:: Gateway **GX-200**
"""
