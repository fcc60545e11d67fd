"""What other tools are handed, and what is taken from them: formats of ``export``, ``import``, ``parity``."""

from __future__ import annotations

import os
from pathlib import Path  # noqa: TC003 - typer looks at it
from typing import TYPE_CHECKING, Annotated

import typer

from sphinx_cra.cli.shared import As, Format, busy, put_json, stop, write
from sphinx_cra.datafile import DataError
from sphinx_cra.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sphinx_cra.render.exchange import Data


# --------------------------------------------------------------------------------- export


def _catalog(data: Data, epoch: str | None) -> str:
    from sphinx_cra.render.oscal.catalog import catalog

    return catalog(data, epoch=epoch)


def _component(data: Data, epoch: str | None) -> str:
    from sphinx_cra.render.oscal.component import component_definition

    return component_definition(data, epoch=epoch)


def _results(data: Data, epoch: str | None) -> str:
    from sphinx_cra.render.oscal.results import assessment_results

    return assessment_results(data, epoch=epoch)


def _cyclonedx(data: Data, epoch: str | None) -> str:
    from sphinx_cra.render.cyclonedx_attestation import attestation

    return attestation(data, epoch=epoch)


def _reqif(data: Data, epoch: str | None) -> str:
    from sphinx_cra.render.reqif import reqif

    return reqif(data, epoch=epoch)


FORMATS: Mapping[str, Callable[[Data, str | None], str]] = {
    "oscal-catalog": _catalog,
    "oscal-component": _component,
    "oscal-results": _results,
    "cyclonedx": _cyclonedx,
    "reqif": _reqif,
}
"""Name of a format -> what writes it of the data of an ``assessment.json``."""


def rendered(data: Data, form: str) -> str:
    """The text of an export; ends with 2 where it cannot be made.

    :param form: one of :data:`FORMATS`.
    """
    try:
        with busy(f"writing {form}"):
            return FORMATS[form](data, os.environ.get("SOURCE_DATE_EPOCH"))
    except ModuleNotFoundError as error:
        stop(str(error))
    except (AttributeError, KeyError, TypeError, ValueError):
        stop("this is no assessment.json of this version; build again")


# --------------------------------------------------------------------------------- import


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .reqif or .reqifz file.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            metavar="FILE",
            help="What to write: .rst, or .json for a needs.json; else only a report.",
        ),
    ] = None,
    types: Annotated[
        list[str] | None,
        typer.Option("--type", metavar="NAME=KIND", help="A type of object there, and our kind."),
    ] = None,
    links: Annotated[
        list[str] | None,
        typer.Option("--link", metavar="NAME=LINK", help="A type of relation there, and our link."),
    ] = None,
    attributes: Annotated[
        list[str] | None,
        typer.Option(
            "--attribute",
            metavar="NAME=FIELD",
            help="An attribute there, and title, content, status or a field of ours.",
        ),
    ] = None,
    prefix: Annotated[
        str, typer.Option("--prefix", metavar="TEXT", help="What stands before every id, as SYS_.")
    ] = "",
    keep_ids: Annotated[
        bool, typer.Option("--keep-ids", help="Keep ids that are not capitals, digits and underscores.")
    ] = False,
    keep_markup: Annotated[
        bool,
        typer.Option(
            "--keep-markup", help="Let lines that begin a directive stay one; only for files you trust."
        ),
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
    form: As = Format.TEXT,
) -> None:
    """Take needs from another tool: reST to go on writing in, or a needs.json, of a ReqIF file.

    What is not carried over is counted and printed. States and verdicts are never taken over.

    Examples:

    sphinx-cra import requirements.reqif --type "System Requirement=requirement"

    sphinx-cra import requirements.reqif --output docs/imported.rst
    """
    from sphinx_cra import reqif_import

    if output is not None and output.suffix not in (".rst", ".json"):
        stop(f"{output.name} is neither .rst nor .json")
    if output is not None and os.path.lexists(output) and not force:
        stop(f"{output} is there; name another file, or write over it with --force")
    try:
        with busy(f"reading {file}"):
            found = reqif_import.load(
                file,
                source=file.as_posix(),
                kinds=_pairs(types, "--type"),
                links=_pairs(links, "--link"),
                attributes=_pairs(attributes, "--attribute"),
                prefix=prefix,
                keep_ids=keep_ids,
                keep_markup=keep_markup,
            )
    except DataError as error:
        stop("\n".join(error.lines()))
    except ModuleNotFoundError as error:
        stop(str(error))
    if form is Format.TEXT:
        for said in reqif_import.said(found):
            typer.echo(said)
    if output is not None and not found.records:
        hints = found.hints if form is Format.JSON else ()  # as text they are said already
        stop("; ".join((f"no need to write; {output} was not made", *hints)))
    if output is not None:
        text = reqif_import.rst(found) if output.suffix == ".rst" else reqif_import.needs_json(found)
        write(output, text)
    if form is Format.JSON:
        put_json(
            {
                "file": output.as_posix() if output else None,
                "needs": [{key: str(r[key]) for key in ("id", "type", "title")} for r in found.records],
                "renamed": dict(found.renamed),
                "left": list(found.left),
                "notes": list(found.hints),
            }
        )
    elif output is not None:
        typer.echo(f"{output}: {counted(len(found.records), 'need')}")


def _pairs(given: Iterable[str] | None, option: str) -> dict[str, str]:
    found = {}
    for text in given or ():
        name, sign, value = text.rpartition("=")
        if not (sign and name.strip() and value.strip()):
            stop(f"{option} {text!r} is no pair; write NAME=VALUE")
        found[name.strip()] = value.strip()
    return found


# --------------------------------------------------------------------------------- parity


def parity(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="The technical file: what the builder cra wrote.")
    ],
    site: Annotated[
        Path | None,
        typer.Option("--html", metavar="DIR", help="The HTML of the same build, if there is one."),
    ] = None,
    others: Annotated[
        list[Path] | None,
        typer.Option("--with", metavar="FILE", help="An export of the same build that lies elsewhere."),
    ] = None,
    form: As = Format.TEXT,
) -> None:
    """Compare every file of one build with its assessment.json, read with other programs than wrote them.

    Exits with 1 where anything differs, and with 2 where something could not
    be read. What was not there to be compared is listed.

    Example: sphinx-cra parity build/cra --html build/html
    """
    from sphinx_cra.parity import Unreadable, check

    try:
        with busy("reading every file again"):
            report = check(folder, site=site, others=tuple(others or ()))
    except Unreadable as error:
        stop(f"{folder / 'assessment.json'}: {error}")
    if form is Format.JSON:
        put_json(report.data())
        raise typer.Exit(report.code)
    for compared in report.compared:
        typer.echo(str(compared))
    for sentence in report.not_compared:
        typer.echo(f"not compared: {sentence}")
    for name, reason in report.unreadable:
        typer.echo(f"could not be read: {name}: {reason}")
    for difference in report.differences:
        typer.echo(str(difference))
    said = counted(len(report.differences), "difference")
    typer.echo(said if report.differences or not report.unreadable else f"{said} in what could be read")
    raise typer.Exit(report.code)
