"""``sphinx-cra export``: the findings of a build for other programs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from sphinx_cra.cli import found, shared


class Format(StrEnum):
    """What is written."""

    SARIF = "sarif"
    JUNIT = "junit"
    MARKDOWN = "markdown"
    JSON = "json"
    BADGE = "badge"


def export(
    folder: shared.Folder = Path(),
    format: Annotated[Format, typer.Option("--format", help="What to write.")] = Format.SARIF,  # noqa: A002
    source: found.Source = None,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Where; without it, on standard output.")
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
    """Write the findings of a build for code scanning, test views, pull requests and web pages.

    Examples:

    sphinx-cra export docs --format sarif --new --output cra.sarif

    sphinx-cra export docs --format badge --output badge.svg
    """
    result = found.found(folder, source, gate=gate, baseline=baseline, date=date)
    text = found.rendered(result, format.value, prefix=found.prefix(folder, root), only_said=new)
    for sentence in result.unchecked:
        typer.echo(f"not checked: {sentence}", err=True)
    if output is None:
        typer.echo(text, nl=False)
    else:
        shared.write(output, text)
