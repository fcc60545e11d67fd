"""``sphinx-cra export``: the findings of a build, or all of its assessment, for other programs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from sphinx_cra.cli import exchange, found, shared
from sphinx_cra.words import counted


class Format(StrEnum):
    """What is written."""

    SARIF = "sarif"
    JUNIT = "junit"
    CODEQUALITY = "codequality"
    MARKDOWN = "markdown"
    JSON = "json"
    BADGE = "badge"
    OSCAL_CATALOG = "oscal-catalog"
    OSCAL_COMPONENT = "oscal-component"
    OSCAL_RESULTS = "oscal-results"
    CYCLONEDX = "cyclonedx"
    REQIF = "reqif"


def export(
    folder: shared.Folder = Path(),
    form: Annotated[Format, typer.Option("--format", help="What to write.")] = Format.SARIF,
    source: found.Source = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="FILE", help="Where; without it, or with -, on standard output."),
    ] = None,
    new: Annotated[
        bool,
        typer.Option(
            "--new",
            help="SARIF and JSON: only what fails. GitHub code scanning shows the rest as open alerts.",
        ),
    ] = False,
    gate: found.GateOption = None,
    baseline: found.BaselineOption = None,
    date: found.DateOption = "",
    root: found.RootOption = None,
) -> None:
    """Write the findings of a build for code scanning, test views, merge requests and web pages.

    Or all of its assessment for other tools: OSCAL (a catalogue, a component
    definition, assessment results), CycloneDX attestations, ReqIF. These hold
    no findings, so a gate, a baseline and --new have no say in them.

    Examples:

    sphinx-cra export docs --format sarif --new --output cra.sarif

    sphinx-cra export docs --format badge --output badge.svg

    sphinx-cra export docs --format oscal-results --output oscal-results.json
    """
    if form.value in exchange.FORMATS:
        data, unchecked = found.load(folder, source)
        text = exchange.rendered(data, form.value)
    else:
        result = found.found(folder, source, gate=gate, baseline=baseline, date=date)
        text = found.rendered(result, form.value, prefix=found.prefix(folder, root), only_said=new)
        unchecked = result.unchecked
        if new and form is Format.SARIF:
            _tell_what_is_left_out(len(result.said))
    for unseen in unchecked:
        typer.echo(f"not checked: {unseen.says}", err=True)
    if output is None or output == Path("-"):
        typer.echo(text, nl=False)
    else:
        shared.write(output, text)


def _tell_what_is_left_out(found: int) -> None:
    from sphinx_cra.render.sarif import LIMIT

    if found > LIMIT:
        typer.echo(
            f"not written: {counted(found - LIMIT, 'finding')} more than code scanning takes", err=True
        )
