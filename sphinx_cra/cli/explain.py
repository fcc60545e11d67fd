"""``sphinx-cra explain``: why something is as it is, and what would change it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from sphinx_cra import product
from sphinx_cra.cli.shared import stop
from sphinx_cra.datafile import DataError
from sphinx_cra.legal import procedures, status

app = typer.Typer(help="Why something is as it is, and what would change it.", no_args_is_help=True)

_ALLOWED = {True: "yes", False: "no", None: "not decidable"}


@app.callback()
def main() -> None:
    """Why something is as it is, and what would change it."""


@app.command(name="procedure")
def procedure(
    file: Annotated[Path, typer.Argument(metavar="[FILE]", help="The product file.")] = Path("cra.yaml"),
    facts: Annotated[
        Path | None,
        typer.Option("--status", metavar="FILE", help="Newer facts than those shipped (cra_status)."),
    ] = None,
    output: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
) -> None:
    """Say which conformity assessment procedures the product may choose (Article 32), and why.

    Exits with 1 where the chosen procedure is not open to it, and with 2 where that cannot be decided.

    Example: sphinx-cra explain procedure docs/cra.yaml
    """
    if output not in ("text", "json"):
        stop(f"{output!r} is no format; it is text or json")
    try:
        loaded = product.load(file, source=file.as_posix())
        known = status.load(facts, source=facts.as_posix()) if facts else status.shipped()
    except DataError as error:
        stop("\n".join(error.lines()))
    found = procedures.routes(loaded, known)
    chosen = procedures.route(loaded, known)
    if output == "json":
        data: dict[str, Any] = {
            "product": loaded.name,
            "chosen": chosen.procedure.value if chosen else None,
            "procedures": [
                {
                    "procedure": r.procedure.value,
                    "title": procedures.TITLES[r.procedure],
                    "allowed": r.allowed,
                    "reason": r.reason,
                    "needs": r.needs,
                    "cites": list(r.cites),
                }
                for r in found
            ],
        }
        typer.echo(json.dumps(data, ensure_ascii=False, indent=2))
    else:
        for r in found:
            mark = " (chosen)" if chosen and chosen.procedure is r.procedure else ""
            typer.echo(f"{r.procedure.value}{mark}, {procedures.TITLES[r.procedure]}: {_ALLOWED[r.allowed]}")
            typer.echo(f"  {r.reason}.")
            if r.needs:
                typer.echo(f"  {r.needs[0].upper()}{r.needs[1:]}.")
            typer.echo(f"  {', '.join(r.cites)}")
    allowed = chosen.allowed if chosen else None
    raise typer.Exit({True: 0, False: 1, None: 2}[allowed])
