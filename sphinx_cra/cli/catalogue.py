"""``sphinx-cra catalogue``: frameworks as files, shipped, a project's own, or another publisher's."""

from __future__ import annotations

import json
import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sphinx_cra import catalogue, datafile
from sphinx_cra.cli.shared import As, Format, data_of, put_json, stop, write
from sphinx_cra.datafile import DataError, Fault
from sphinx_cra.words import counted, is_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sphinx_cra.editions import Comparison, Touched
    from sphinx_cra.model import Catalogue, ClauseMapping

app = typer.Typer(
    help="Frameworks as files: what is shipped, one of your own, another publisher's, another edition.",
    no_args_is_help=True,
)

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
_PREFIX = re.compile(r"[A-Z][A-Z0-9_]*_")


class Ids(StrEnum):
    """What ids are made of."""

    ID = "id"
    LABEL = "label"


# --------------------------------------------------------------------------- list


@app.command(name="list")
def list_command(output: As = Format.TEXT) -> None:
    """Show the catalogues and mappings that are shipped, by the names that conf.py uses.

    Example: sphinx-cra catalogue list
    """
    shipped = [catalogue.load(name, root=Path()) for name in catalogue.names()]
    mappings = [catalogue.load_mapping(name, root=Path()) for name in catalogue.mapping_names()]
    if output is Format.JSON:
        put_json(
            {
                "format": "sphinx-cra catalogues",
                "catalogues": [
                    {"id": c.id, "short": c.short, "edition": c.edition, "clauses": len(c.clauses)}
                    for c in shipped
                ],
                "mappings": [
                    {
                        "id": m.id,
                        "clauses_of": m.clauses_of,
                        "supported_by": list(m.supported_by),
                        "relations": len(m.relations),
                    }
                    for m in mappings
                ],
            }
        )
        return
    typer.echo("Catalogues (cra_catalogues):")
    for line in _columns(
        (c.id, counted(len(c.clauses), "clause"), f"{c.short}, {c.edition}") for c in shipped
    ):
        typer.echo(f"  {line}")
    typer.echo("Mappings (cra_mappings):")
    for line in _columns(
        (
            m.id,
            counted(len(m.relations), "relation"),
            f"{m.clauses_of}, supported by {', '.join(m.supported_by)}",
        )
        for m in mappings
    ):
        typer.echo(f"  {line}")


def _columns(rows: Iterable[tuple[str, str, str]]) -> list[str]:
    rows = list(rows)
    first, second = (max((len(r[n]) for r in rows), default=0) for n in (0, 1))
    return [f"{a:<{first}}  {b:>{second}}  {c}" for a, b, c in rows]


# --------------------------------------------------------------------------- check


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Catalogues and mappings.")],
    output: As = Format.TEXT,
) -> None:
    """Look for faults in catalogue and mapping files, without a build: each with its line.

    Name a mapping together with your own catalogues that it speaks of;
    shipped ones are known. Ends with 1 where anything is wrong.

    Example: sphinx-cra catalogue check acme-rules.yaml cra-acme.yaml
    """
    faults: list[str] = []
    own: list[Catalogue] = []
    mappings: list[ClauseMapping] = []
    for path in files:
        try:
            _read(path, own, mappings)
        except DataError as error:
            faults += error.lines()
    named = {n for m in mappings for n in (m.clauses_of, *m.supported_by)} - {c.id for c in own}
    shipped = [catalogue.load(name, root=Path()) for name in catalogue.names() if name in named]
    try:
        catalogue.combine([*own, *shipped], mappings)
    except DataError as error:
        faults += error.lines()
    if output is Format.JSON:
        read = [c.id for c in own] + [m.id for m in mappings]
        put_json({"format": "sphinx-cra catalogue check", "read": read, "faults": faults})
        raise typer.Exit(1 if faults else 0)
    for fault in faults:
        typer.echo(fault)
    for found in own:
        typer.echo(f"{found.id}: {counted(len(found.clauses), 'clause')}, {found.short}, {found.edition}")
    for mapping in mappings:
        typer.echo(f"{mapping.id}: {counted(len(mapping.relations), 'relation')}")
    typer.echo(f"{counted(len(files), 'file')}, {counted(len(faults), 'fault')}")
    raise typer.Exit(1 if faults else 0)


def _read(path: Path, own: list[Catalogue], mappings: list[ClauseMapping]) -> None:
    """A catalogue or a mapping, whichever the file is.

    :raises DataError: naming every fault.
    """
    source = path.as_posix()
    text = _text(path)
    data = datafile.parse(text, source=source).data
    kinds = [k for k in ("catalogue", "mapping", "overlay") if isinstance(data, dict) and k in data]
    match kinds:
        case ["catalogue"]:
            own.append(catalogue.parse(text, source=source))
        case ["mapping"]:
            mappings.append(catalogue.parse_mapping(text, source=source))
        case ["overlay"]:
            datafile.parse(text, source=source, schema="overlay.schema.json")
        case []:
            message = "has neither 'catalogue' nor 'mapping', which say what a file is"
            if isinstance(data, dict) and "catalog" in data:
                message = "is an OSCAL catalogue, not one of ours: sphinx-cra catalogue import makes it one"
            raise DataError(source, [Fault(message=message)])
        case _:
            message = f"is one thing only: it has {' and '.join(kinds)}"
            raise DataError(source, [Fault(message=message)])


def _text(path: Path) -> str:
    """The text of a file that somebody named; the command ends where there is none."""
    if not path.exists():
        stop(f"{path.as_posix()}: no such file")
    return datafile.text(path, source=path.as_posix())


# --------------------------------------------------------------------------- import


@app.command(name="import")
def import_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="OSCAL catalogue: JSON, XML or YAML.")],
    name: Annotated[str, typer.Option("--id", help="Name of the catalogue: nist-800-53.")],
    prefix: Annotated[str, typer.Option("--prefix", help="What every id begins with: SP80053_.")],
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Where it goes; without it, ID.yaml.")
    ] = None,
    short: Annotated[str, typer.Option("--short", help="Name for narrow columns.")] = "",
    title: Annotated[str, typer.Option("--title", help="Title, instead of the file's.")] = "",
    edition: Annotated[
        str, typer.Option("--edition", help="Edition of the framework, instead of the version of the file.")
    ] = "",
    prose: Annotated[
        bool,
        typer.Option(
            "--prose", help="Take the publisher's wording as summaries; its licence has to allow it."
        ),
    ] = False,
    ids: Annotated[Ids, typer.Option("--ids", help="Make ids of the controls' ids or labels.")] = Ids.ID,
    report: Annotated[
        Path | None,
        typer.Option("--report", metavar="FILE", help="Write the report too: as JSON if it ends in .json."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that are there.")] = False,
    form: As = Format.TEXT,
) -> None:
    """Make a catalogue file of an OSCAL catalogue, and say what was not carried over.

    Groups, controls and enhancements become clauses. The wording stays
    behind unless --prose asks for it; withdrawn controls are left out.

    Example: sphinx-cra catalogue import rev5.json --id nist-800-53
    --prefix SP80053_ --edition "Revision 5"
    --output docs/frameworks/nist-800-53.yaml
    """
    from sphinx_cra import oscal

    if not _NAME.fullmatch(name):
        stop(f"--id {name!r} is no name: lower-case letters, digits, dots and hyphens, as nist-800-53")
    if name in catalogue.names():
        stop(f"--id {name}: a catalogue of that name is shipped; give this one another")
    if not _PREFIX.fullmatch(prefix):
        stop(f"--prefix {prefix!r} does not fit: capitals, digits and underscores, one last, as SP80053_")
    path = output or Path(f"{name}.yaml")
    if path.suffix not in (".yaml", ".yml"):
        stop(f"--output {path}: the name has to end in .yaml, or conf.py takes it for a shipped catalogue")
    targets = [path, *([report] if report else [])]
    for target in targets:
        if target.is_symlink() or target.is_dir():
            stop(f"{target} is a {'symbolic link' if target.is_symlink() else 'folder'}, no file to write to")
        if target.exists() and not force:
            stop(f"{target} exists; name another file, or overwrite it with --force")
    if len({t.resolve() for t in (*targets, file)}) <= len(targets):
        stop("the OSCAL file, the catalogue and the report have to be different files")
    wanted = oscal.Wanted(
        id=name,
        prefix=prefix,
        short=" ".join(short.split()),
        title=" ".join(title.split()),
        edition=" ".join(edition.split()),
        prose=prose,
        ids=ids.value,
    )
    if not file.exists():
        stop(f"{file.as_posix()}: no such file")
    try:
        made = oscal.convert(oscal.read(file, source=file.name or file.as_posix()), wanted)
    except DataError as error:
        stop("\n".join(error.lines()))
    lines = list(made.report.lines())
    if report:
        as_json = report.suffix == ".json"
        said = json.dumps(made.report.data(), indent=2, ensure_ascii=False) if as_json else "\n".join(lines)
        write(report, f"{said}\n")
    write(path, made.text)
    if form is Format.JSON:
        put_json({"file": path.as_posix(), "clauses": len(made.catalogue.clauses), **made.report.data()})
        return
    for line in lines:
        typer.echo(line)
    typer.echo(f"{path.as_posix()}: {counted(len(made.catalogue.clauses), 'clause')}")


# --------------------------------------------------------------------------- diff


@app.command()
def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="Earlier edition: a shipped name, or a file.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Later edition: a shipped name, or a file.")],
    source: Annotated[
        Path | None,
        typer.Option(
            "--from", metavar="FILE", help="needs.json or assessment.json, to see which needs it touches."
        ),
    ] = None,
    form: As = Format.TEXT,
) -> None:
    """Compare two editions of a framework, and name the needs that link to what is not as it was.

    Ends with 1 where a need is touched, with 2 where the two cannot be compared.

    Example: sphinx-cra catalogue diff nist-ssdf ssdf-1.2.yaml
    --from build/needs/needs.json
    """
    from sphinx_cra import editions

    before, after = _edition(old), _edition(new)
    try:
        found = editions.compare(before, after)
    except editions.EditionError as error:
        stop(str(error))
    needs = None
    if source is not None:
        try:
            needs = editions.touched(found, editions.uses(data_of(source), {c.id for c in before.clauses}))
        except editions.EditionError as error:
            stop(f"{source} {error}")
    if form is Format.JSON:
        put_json(_as_data(found, needs))
    else:
        for line in _as_text(found, needs):
            typer.echo(line)
    raise typer.Exit(1 if needs else 0)


def _edition(name: str) -> Catalogue:
    try:
        if is_path(name) or (name not in catalogue.names() and Path(name).is_file()):
            return catalogue.parse(_text(Path(name)), source=Path(name).as_posix())
        return catalogue.load(name, root=Path())
    except DataError as error:
        stop("\n".join(error.lines()))


def _as_text(found: Comparison, needs: Sequence[Touched] | None) -> Iterable[str]:
    from sphinx_cra.editions import Change

    counts = ", ".join(f"{found.count(c)} {c.value}" for c in Change)
    yield f"{_told(found.old)} -> {_told(found.new)}: {counts}, {found.unchanged} unchanged"
    yield from map(str, sorted(found.differences, key=lambda d: list(Change).index(d.change)))
    if needs is None:
        yield "no needs were looked at: --from names the needs.json or assessment.json of a build"
        return
    items = len({t.use.item for t in needs})
    verb = "is" if items == 1 else "are"
    yield f"{counted(items, 'need')} {verb} touched, by {counted(len(needs), 'link')}"
    yield from map(str, needs)


def _told(edition: Catalogue) -> str:
    return f"{edition.id} ({edition.edition})"


def _as_data(found: Comparison, needs: Sequence[Touched] | None) -> dict[str, Any]:
    from sphinx_cra.editions import Change

    return {
        "format": "sphinx-cra catalogue diff",
        "old": {"id": found.old.id, "edition": found.old.edition},
        "new": {"id": found.new.id, "edition": found.new.edition},
        "counts": {c.value: found.count(c) for c in Change} | {"unchanged": found.unchanged},
        "differences": [
            {
                "change": d.change.value,
                "clause": d.clause,
                "title": d.title,
                "now": list(d.now),
                "because": d.because.value if d.because else None,
                "guessed": d.guessed,
                "parts": [{"name": p.name, "before": p.before, "after": p.after} for p in d.parts],
            }
            for d in found.differences
        ],
        "needs": None
        if needs is None
        else [
            {
                "id": t.use.item,
                "title": t.use.title,
                "place": {"source": t.use.place.source, "line": t.use.place.line} if t.use.place else None,
                "link": t.use.link,
                "clause": t.use.clause,
                "change": t.difference.change.value,
                "now": list(t.difference.now),
                "guessed": t.difference.guessed,
                "way_out": t.way_out,
            }
            for t in needs
        ],
    }
