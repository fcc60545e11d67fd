"""One page, written by each test."""

extensions = ["sphinx.ext.graphviz", "sphinx.ext.todo", "sphinx_needs", "typst_builder"]
todo_include_todos = True
needs_types = [
    {
        "directive": "requirement",
        "title": "Requirement",
        "prefix": "REQ_",
        "color": "#bfd8d2",
        "style": "node",
    },
]
