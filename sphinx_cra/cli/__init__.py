"""``sphinx-cra``: what is done outside of a build; one module a group of commands.

Works on what a build wrote (``assessment.json``, or ``needs.json`` of sphinx-needs) and on the
files of the project; never loads Sphinx and never reads the documents.
"""

from __future__ import annotations

import typer

from sphinx_cra.cli import (
    baseline,
    catalogue,
    check,
    cite,
    diff,
    evidence,
    exchange,
    explain,
    export,
    init,
    report,
    review,
    verify,
)

app = typer.Typer(
    name="sphinx-cra",
    help="Technical documentation under the Cyber Resilience Act: what is done outside of a build.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command(name="init")(init.init)
app.command(name="diff")(diff.diff)
app.command(name="cite")(cite.cite)
app.command(name="verify")(verify.verify)
app.command(name="check")(check.check)
app.command(name="export")(export.export)
app.command(name="import")(exchange.import_)
app.command(name="parity")(exchange.parity)
app.add_typer(baseline.app, name="baseline")
app.add_typer(catalogue.app, name="catalogue")
app.add_typer(evidence.app, name="evidence")
app.add_typer(explain.app, name="explain")
app.add_typer(report.app, name="report")
app.add_typer(review.app, name="review")


@app.callback()
def main() -> None:
    """Technical documentation under the Cyber Resilience Act: what is done outside of a build."""
