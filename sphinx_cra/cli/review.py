"""``sphinx-cra review``: who looked at what, and what has changed since."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from sphinx_cra import suspect
from sphinx_cra.checking import item
from sphinx_cra.cli.shared import As, Folder, Format, Source, assessment, put_json, stop, write
from sphinx_cra.datafile import DataError
from sphinx_cra.model import Code
from sphinx_cra.words import counted, did_you_mean, nearest

app = typer.Typer(help="Who looked at what, and what has changed since.", no_args_is_help=True)


@app.command(name="list")
def review_list(
    folder: Folder = Path(),
    source: Source = None,
    output: As = Format.TEXT,
) -> None:
    """Show what is suspect: what rests on something that changed since it was reviewed.

    Exits with 1 where anything is.

    Example: sphinx-cra review list docs
    """
    suspects = [g for g in assessment(folder, source)["gaps"] if g["code"] == Code.SUSPECT]
    if output is Format.JSON:
        shown = ("item", "message", "way_out", "file")
        put_json({"format": "sphinx-cra reviews", "suspect": [{k: g[k] for k in shown} for g in suspects]})
    else:
        for finding in suspects:
            typer.echo(f"{finding['message']}; {finding['way_out']}")
        typer.echo(f"{counted(len(suspects), 'item')} suspect")
    raise typer.Exit(1 if suspects else 0)


@app.command(name="accept")
def review_accept(
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Items that were looked at.")],
    by: Annotated[str, typer.Option("--by", help="Who looked.")],
    why: Annotated[str, typer.Option("--why", help="Why they still hold.")],
    date: Annotated[
        str, typer.Option("--date", help="When, as 2027-12-31; never taken from the clock.")
    ] = "",
    folder: Annotated[Path, typer.Option("--dir", help="Folder of conf.py.")] = Path(),
    source: Source = None,
    output: As = Format.TEXT,
) -> None:
    """Record in cra-reviews.yaml that items still hold beside everything that they link to.

    Nothing is written into the documents. The change to the file is what a reviewer accepts.

    Example: sphinx-cra review accept CTL_LOGIN --dir docs --by "A. Person" --why "the limit is still kept"
    """
    if date:
        try:
            dt.date.fromisoformat(date)
        except ValueError:
            stop(f"{date!r} is no date; write it as 2027-12-31")
    if not (by.strip() and why.strip()):
        stop("a review has a name and a reason")
    data = assessment(folder, source)
    items = {record["id"]: record for record in data["items"]}
    for name in ids:
        if name not in items:
            stop(f"there is no item {name}; {did_you_mean(nearest(name, items)) or 'build again'}")
    path = folder / suspect.NAME
    try:
        reviews = suspect.load(path)
    except DataError as error:
        stop("\n".join(error.lines()))
    chosen = [item(items[name]) for name in ids]
    reviews = suspect.accepted(reviews, chosen, data["fingerprints"], by=by, why=why, date=date)
    write(path, suspect.text(reviews))
    if output is Format.JSON:
        done = {"file": suspect.NAME, "reviewed": [i.id for i in chosen], "by": by, "reviews": len(reviews)}
        put_json({"format": "sphinx-cra reviews", **done})
        return
    typer.echo(f"{suspect.NAME}: {counted(len(chosen), 'review')} by {by}, {len(reviews)} in all")
