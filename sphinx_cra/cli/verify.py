"""``sphinx-cra verify``: whether a technical file is as it was written, who signed it, and for what."""

from __future__ import annotations

from typing import Annotated

import typer

from sphinx_cra.cli.shared import As, Format, busy, put_json, stop


def verify(
    file: Annotated[str, typer.Argument(metavar="FILE.zip|DIR", help="The bundle, or the folder.")],
    artefact: Annotated[
        list[str] | None,
        typer.Option("--artefact", metavar="FILE", help="A released file that it should be about."),
    ] = None,
    signature: Annotated[
        str,
        typer.Option(metavar="FILE", help="Signature of statement.intoto.json, or a DSSE envelope of it."),
    ] = "",
    key: Annotated[
        str, typer.Option(metavar="FILE", help="Public key or certificate of the maker, in PEM.")
    ] = "",
    digest: Annotated[
        str, typer.Option(metavar="SHA256", help="Digest that its manifest should have, as the maker says.")
    ] = "",
    output: As = Format.TEXT,
) -> None:
    """Check a technical file offline: intact or altered, signed by whom, about which artefacts.

    Reads, and unpacks and writes nothing. Exits with 0 where it is intact, with 1 where it is altered
    or not what was asked for, and with 2 where that could not be checked.

    Examples:

    sphinx-cra verify technical-file.zip

    sphinx-cra verify technical-file.zip --artefact firmware.bin --signature statement.sig --key maker.pub
    """
    from sphinx_cra.bundle import verify as verifier

    if key and not signature:
        stop("--key needs --signature: a key alone checks nothing")
    with busy("reading every byte"):
        report = verifier.verify(file, artefacts=artefact or (), signature=signature, key=key, digest=digest)
    if output is Format.JSON:
        put_json(report.data())
    else:
        for line in report.lines():
            typer.echo(line)
    raise typer.Exit(report.exit)
