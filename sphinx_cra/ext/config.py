"""Configuration: every ``cra_*`` value in one place, with its default and what it is for.

The Sphinx values are made from here, and so is the reference page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx
    from sphinx.config import Config


CONF = "conf.py"
SHIPPED = "shipped"
"""In ``cra_mappings``: every mapping of ours that relates the loaded catalogues."""


@dataclass(frozen=True, slots=True)
class Value:
    """One configuration value."""

    name: str
    default: Any
    help: str
    rebuild: Literal["", "env"] = ""
    """``env`` where a change makes every page be read again."""
    also: tuple[type[Any], ...] = ()
    """Other types that it may be of."""

    @property
    def types(self) -> tuple[type[Any], ...]:
        own = (list, tuple) if isinstance(self.default, list) else (type(self.default),)
        return (*own, *self.also)

    def usable(self, given: Any) -> Any:
        """What ``conf.py`` gives, as far as it is of the right kind; the default where it is not."""
        if not isinstance(given, self.types):
            return self.default
        is_list = isinstance(given, list | tuple)
        return [v for v in given if isinstance(v, str)] if is_list else given


VALUES = (
    Value(
        "cra_product",
        "cra.yaml",
        "The product file, relative to ``conf.py``. Without it the points that fill from it stay missing.",
    ),
    Value(
        "cra_catalogues",
        ["cra", "iec62443-4-1", "iec62443-4-2"],
        "Catalogues: shipped names, or YAML files of the project.",
        "env",
    ),
    Value(
        "cra_mappings",
        [SHIPPED],
        "Mappings: shipped names, or YAML files of the project. ``shipped`` stands for each of ours whose "
        "supported catalogue and at least one supporting catalogue are loaded; ``[]`` switches all off.",
        "env",
    ),
    Value("cra_overlays", [], "YAML files with wording that the project holds a licence for.", "env"),
    Value(
        "cra_types",
        {},
        "The project's own need types, and what they are to us: "
        '``{"spec": "control", "test": {"as": "evidence", "links": {"tests": "verifies"}}}``.',
        "env",
    ),
    Value(
        "cra_status",
        "",
        "A YAML file with what changes outside of the project (standards cited, forms published), where the "
        "project knows better than we did.",
    ),
    Value(
        "cra_gate",
        [],
        "Which findings are an ``error``, a ``warning`` or ``quiet``, by code, severity or framework: "
        '``{"failed": "error", "open:CRA_ANX_I": "warning", "framework:iec62443-4-1": "quiet"}``. '
        'A list names gaps that warn: ``["failed", "rule:R36"]``.',
        also=(dict,),
    ),
    Value(
        "cra_readers",
        {},
        "Readers of the project's own for kinds of evidence: kind, and the module that reads it.",
    ),
    Value(
        "cra_citations",
        True,
        "Whether citations of the Act, IEC 62443-4-1 and -4-2 and the SSDF in the prose are checked.",
        "env",
    ),
    Value("cra_base_url", "", "Where the HTML is published; links in the spreadsheet lead there."),
    Value("cra_pdf", True, "Whether ``-b cra`` writes ``technical-file.pdf`` (needs ``sphinx-cra[pdf]``)."),
    Value(
        "cra_bundle",
        False,
        "Whether ``-b cra`` writes ``technical-file.zip`` too, with a statement to sign and a program that "
        "checks both.",
    ),
    Value(
        "cra_bundle_sbom",
        False,
        "Whether the bundle has the software bill of materials in it; only if ``sbom.requests`` in "
        "``cra.yaml`` records a reasoned request for this release.",
    ),
    Value(
        "cra_pdf_font_paths",
        [],
        "Folders, relative to ``conf.py``, with fonts for scripts that the PDF's own fonts lack.",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CraConfig:
    """The ``cra_*`` values of a build."""

    product: str
    catalogues: list[str]
    mappings: list[str]
    overlays: list[str]
    types: dict[str, Any]
    status: str
    gate: list[str] | dict[str, str]
    readers: dict[str, str]
    citations: bool
    base_url: str
    pdf: bool
    bundle: bool
    bundle_sbom: bool
    pdf_font_paths: list[str]

    @classmethod
    def of(cls, config: Config) -> CraConfig:
        """The values of a Sphinx configuration, as far as they can be used."""
        return cls(**{v.name.removeprefix("cra_"): v.usable(config[v.name]) for v in VALUES})


def faults(config: Config) -> Iterator[str]:
    """Entries of lists that are no text; a value of another kind Sphinx itself warns of."""
    for value in VALUES:
        given = config[value.name]
        if isinstance(value.default, list) and isinstance(given, list | tuple):
            yield from (f"{value.name}: {v!r} is not text" for v in given if not isinstance(v, str))


def setup(app: Sphinx) -> None:
    for value in VALUES:
        app.add_config_value(value.name, value.default, value.rebuild, value.types, value.help)
