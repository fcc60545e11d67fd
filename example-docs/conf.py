"""Sphinx configuration of the example product."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from sphinx.errors import ConfigError

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config

project = "FieldGate FG-200"
author = "Norderland Automation GmbH"
copyright = "2026, Norderland Automation GmbH (invented)"  # noqa: A001 (Sphinx names it so)
version = release = "2.4.0"

# sphinx_cra brings sphinx_needs along
extensions = ["sphinx_cra", "myst_parser", "sphinx_codelinks"]
exclude_patterns = ["artefacts", "build", "release", "software"]

# One file to hand over, which anybody can check (docs/howto/bundle.md)
cra_bundle = True

html_theme = "furo"
html_title = "FieldGate FG-200 technical documentation"

# Some controls are declared in comments of the gateway's code (docs/howto/codelinks.md).
if find_spec("sphinx_codelinks") is None:
    raise ConfigError(
        "the example product reads controls from its code with sphinx-codelinks, which is not installed; "
        'run "make example", or: python -m pip install "sphinx-codelinks>=2,<3"'
    )
src_trace_set_local_url = True
src_trace_local_url_field = "declared_in"
src_trace_projects = {
    "edgegate": {
        "source_discover": {"src_dir": "software/edgegate", "comment_type": "python", "gitignore": False},
        "analyse": {
            "get_need_id_refs": False,
            "get_oneline_needs": True,
            "get_multiline_needs": True,
            # @ title, id, [requirements]
            "oneline_comment_style": {
                "start_sequence": "@ ",
                "needs_fields": [
                    {"name": "title"},
                    {"name": "id"},
                    {"name": "implements", "type": "list[str]"},
                    {"name": "type", "default": "control"},
                ],
            },
        },
    },
}
# It asks git for a remote that nothing here links to; in an unpacked archive there is no git at all.
suppress_warnings = [f"codelinks.git_{what}" for what in ("root", "config", "remote", "host", "head", "ref")]


def name_code_lines(_app: Sphinx, config: Config) -> None:
    """Name a line of the code by its file, which a reader of the PDF can look for."""
    config.needs_string_links["declared_in"]["link_name"] = (
        "software/{{value | replace('../', '')}}.py, line {{lineno}}"
    )


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("config-inited", name_code_lines, priority=13)  # right after sphinx-codelinks set the links
