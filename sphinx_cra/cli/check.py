"""``sphinx-cra check``: the gate, without Sphinx."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sphinx_cra.cli import found, shared
from sphinx_cra.datafile import readable
from sphinx_cra.gate import BASELINE, Level, mended
from sphinx_cra.render.markdown import headline
from sphinx_cra.words import listed

if TYPE_CHECKING:
    from sphinx_cra.checking import Checked


class Format(StrEnum):
    """How the result is written."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    JUNIT = "junit"
    CODEQUALITY = "codequality"
    MARKDOWN = "markdown"


def check(
    folder: shared.Folder = Path(),
    source: found.Source = None,
    gate: found.GateOption = None,
    baseline: found.BaselineOption = None,
    date: found.DateOption = "",
    allow_warnings: Annotated[
        bool, typer.Option("--allow-warnings", help="Let only errors of the gate fail.")
    ] = False,
    root: found.RootOption = None,
    form: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.TEXT,
) -> None:
    """Say what the gate does not let pass: findings that are errors or warnings, and are not accepted.

    Works on what a build wrote; conf.py is not run. Exits with 0 where the gate is met, with 1 where
    something is found, and with 2 where that could not be checked.

    Examples:

    sphinx-cra check docs

    sphinx-cra check docs --gate failed --gate open:CRA_ANX_I=warning --format sarif > cra.sarif

    sphinx-cra check --from needs.json --gate unknown_clause
    """
    result = found.found(folder, source, gate=gate, baseline=baseline, date=date)
    failing = [j for j in result.said if j.level is Level.ERROR or not allow_warnings]
    if form is Format.TEXT:
        _text(result)
    else:
        place = found.prefix(folder, root)
        typer.echo(found.rendered(result, form.value, prefix=place), nl=False)
        for sentence in result.not_checked:
            typer.echo(f"not checked: {sentence}", err=True)
    if failing:
        raise typer.Exit(1)
    if found.undecided(result):
        typer.echo("sphinx-cra: the gate asks for what could not be checked; build, and check that", err=True)
        raise typer.Exit(2)


_COLOURS = {Level.ERROR: typer.colors.RED, Level.WARNING: typer.colors.YELLOW}


def _text(result: Checked) -> None:
    """A line for each finding that is said, as a compiler writes it; colours on a terminal only."""
    for judged in result.said:
        finding = judged.finding
        line = finding.place.line if finding.place else None
        where = f"{result.file(finding)}:{line}: " if line else f"{result.file(finding)}: "
        level = typer.style(f"{judged.level.value}:", fg=_COLOURS[judged.level])
        message = readable(judged.message)
        typer.echo(f"{where if finding.place else ''}{level} {message} [cra.{finding.code.value}]")
    for sentence in result.not_checked:
        typer.echo(f"not checked: {sentence}")
    for acceptance in result.gone:
        typer.echo(f"{BASELINE}: {acceptance.id} is found no more: {readable(acceptance.what)}")
    less = [(j, over) for j in result.findings if (over := mended(j))]
    for judged, over in less:
        message = readable(judged.finding.message)
        typer.echo(f"{BASELINE}: {judged.id} is found without {readable(listed(over))}: {message}")
    if result.gone or less:
        typer.echo(f"{BASELINE}: sphinx-cra baseline prune takes out what is gone")
    typer.echo(headline(result))
