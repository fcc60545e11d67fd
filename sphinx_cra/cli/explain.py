"""``sphinx-cra explain``: why something is as it is, what would change it, and an example."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sphinx_cra.cli import shared
from sphinx_cra.cli.shared import Format, stop

if TYPE_CHECKING:
    from typing import NoReturn

_ALLOWED = {True: "yes", False: "no", None: "not decidable"}
_PROCEDURE = "procedure"


def explain(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="CLAUSE|CODE|NEED|RULE",
            help="Also the id of a finding; or the word procedure, with a product file.",
            autocompletion=shared.complete,
        ),
    ],
    folder: Annotated[
        Path, typer.Option("--dir", metavar="DIR", help="Folder of conf.py, or of a build.")
    ] = Path(),
    source: Annotated[
        Path | None,
        typer.Option(
            "--from", metavar="FILE", help="assessment.json or needs.json; without it, what is found."
        ),
    ] = None,
    facts: Annotated[
        Path | None,
        typer.Option(
            "--status", metavar="FILE", help="procedure: newer facts than those shipped (cra_status)."
        ),
    ] = None,
    output: shared.As = Format.TEXT,
) -> None:
    """Say why a clause, need, rule or finding is as it is, what would change that, and an example.

    Clauses may be written as people cite them; codes, rules and ids in any case. Without a build it
    says what is generally so.

    procedure says which conformity assessment procedures the product may choose (Article 32): exits
    with 1 where the chosen one is not open to it, and with 2 where that cannot be decided.

    Examples:

    sphinx-cra explain CRA_ANX_I_P1_2_D --dir docs

    sphinx-cra explain "Annex I, Part I, point (2)(d)"

    sphinx-cra explain CTL_LOGIN --dir docs

    sphinx-cra explain cra.planned

    sphinx-cra explain R12 --dir docs --format json

    sphinx-cra explain procedure docs/cra.yaml
    """
    if words[0] == _PROCEDURE:
        if len(words) > 2:
            stop("procedure takes one product file")
        _procedures(Path(words[1]) if len(words) == 2 else folder / "cra.yaml", facts, output)
    from sphinx_cra import explaining
    from sphinx_cra.cli import found
    from sphinx_cra.datafile import readable

    built = source is not None or shared.builds(folder)
    result = replace(found.found(folder, source), written=found.written(folder)) if built else None
    try:
        said = explaining.explain(" ".join(words), result)
    except explaining.UnknownError as error:
        stop(readable(str(error)))
    if output is Format.JSON:
        shared.put_json(said.data())
        return
    for line in said.lines():
        typer.echo(readable(line))


def _project(file: Path) -> Path:
    """The folder of ``conf.py`` that a product file lies below; its own, where there is none."""
    own = file.absolute().parent
    return next((folder for folder in (own, *own.parents) if (folder / "conf.py").is_file()), own)


def _procedures(file: Path, facts: Path | None, output: Format) -> NoReturn:
    """Say which procedures of Article 32 the product may choose, and why."""
    from sphinx_cra import product
    from sphinx_cra.datafile import DataError
    from sphinx_cra.legal import procedures, status
    from sphinx_cra.words import sentence

    try:
        loaded = product.load(file, source=file.as_posix(), root=_project(file))
        known = status.load(facts, source=facts.as_posix()) if facts else status.shipped()
    except DataError as error:
        stop("\n".join(error.lines()))
    routes = procedures.routes(loaded, known)
    chosen = procedures.route(loaded, known)
    if output is Format.JSON:
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
        shared.put_json(data)
    else:
        for r in routes:
            mark = " (chosen)" if chosen and chosen.procedure is r.procedure else ""
            typer.echo(f"{r.procedure.value}{mark}, {procedures.TITLES[r.procedure]}: {_ALLOWED[r.allowed]}")
            typer.echo(f"  {r.reason}.")
            if r.needs:
                typer.echo(f"  {sentence(r.needs)}")
            typer.echo(f"  {', '.join(r.cites)}")
    allowed = chosen.allowed if chosen else None
    raise typer.Exit({True: 0, False: 1, None: 2}[allowed])
