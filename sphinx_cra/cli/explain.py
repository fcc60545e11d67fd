"""``sphinx-cra explain``: why something is as it is, and what would change it.

``explain procedure`` is a command of its own; every other word names a clause, a need, a rule, a code
or the id of a finding.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
import typer.core

from sphinx_cra import product
from sphinx_cra.cli import found
from sphinx_cra.cli.shared import below, stop
from sphinx_cra.datafile import DataError, readable
from sphinx_cra.legal import procedures, status


class _Words(typer.core.TyperGroup):
    """What is no command is a word to be explained."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            args = [_THING, *args]
        return super().parse_args(ctx, args)


_THING = "thing"
app = typer.Typer(
    cls=_Words,
    no_args_is_help=True,
    subcommand_metavar="CLAUSE|CODE|NEED|RULE|procedure",
)

_ALLOWED = {True: "yes", False: "no", None: "not decidable"}


@app.callback()
def main() -> None:
    """Why something is as it is, and what would change it.

    Names a clause, a need, a rule, a code of a finding, or the id of one:

    sphinx-cra explain CRA_ANX_I_P1_2_D

    sphinx-cra explain CTRL_LOGIN --dir docs

    sphinx-cra explain cra.planned
    """


@app.command(name=_THING, hidden=True)
def thing(
    name: Annotated[str, typer.Argument(metavar="CLAUSE|CODE|NEED|RULE")],
    folder: Annotated[Path, typer.Option("--dir", help="Folder of conf.py.")] = Path(),
    source: found.Source = None,
    output: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
) -> None:
    """Say why a clause, need, rule or finding is as it is, what would change that, and an example."""
    from sphinx_cra import explaining

    if output not in ("text", "json"):
        stop(f"{output!r} is no format; it is text or json")
    built = source is not None or any(True for _ in below(folder, "assessment.json"))
    result = found.found(folder, source) if built else None
    try:
        said = explaining.explain(name, result)
    except explaining.UnknownError as error:
        stop(str(error))
    if output == "json":
        typer.echo(json.dumps(said.data(), indent=1))
        return
    for line in said.lines():
        typer.echo(readable(line))


def _project(file: Path) -> Path:
    """The folder of ``conf.py`` that a product file lies below; its own, where there is none."""
    own = file.absolute().parent
    return next((folder for folder in (own, *own.parents) if (folder / "conf.py").is_file()), own)


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
        loaded = product.load(file, source=file.as_posix(), root=_project(file))
        known = status.load(facts, source=facts.as_posix()) if facts else status.shipped()
    except DataError as error:
        stop("\n".join(error.lines()))
    routes = procedures.routes(loaded, known)
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
                for r in routes
            ],
        }
        typer.echo(json.dumps(data, ensure_ascii=False, indent=2))
    else:
        for r in routes:
            mark = " (chosen)" if chosen and chosen.procedure is r.procedure else ""
            typer.echo(f"{r.procedure.value}{mark}, {procedures.TITLES[r.procedure]}: {_ALLOWED[r.allowed]}")
            typer.echo(f"  {r.reason}.")
            if r.needs:
                typer.echo(f"  {r.needs[0].upper()}{r.needs[1:]}.")
            typer.echo(f"  {', '.join(r.cites)}")
    allowed = chosen.allowed if chosen else None
    raise typer.Exit({True: 0, False: 1, None: 2}[allowed])
