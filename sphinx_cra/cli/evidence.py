"""``sphinx-cra evidence``: the artefacts that evidence points at."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sphinx_cra.cli.shared import below, counted, item, stop, write
from sphinx_cra.datafile import DataError
from sphinx_cra.evidence import LOCK, EvidenceError, jsonfile, lock
from sphinx_cra.model import Item, Kind
from sphinx_cra.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Mapping

app = typer.Typer(help="The artefacts that evidence points at.", no_args_is_help=True)

_NAMES = ("assessment.json", "needs.json")


@app.command(name="lock")
def lock_command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of conf.py.")] = Path(),
    source: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="FILE",
            help="assessment.json or needs.json of a build; without it, what is found in _build or build.",
        ),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit with 1 if the lock is not up to date.")
    ] = False,
) -> None:
    """Write the digests of all evidence files into cra-evidence.lock.

    A file that changes afterwards is altered until the lock is written again and the change reviewed.
    """
    if not (folder / "conf.py").is_file():
        stop(f"there is no conf.py in {folder}; name the folder of the project")
    items = _evidence(source) if source else _built(folder)
    found = lock.found(items, folder)
    for name, why in found.left_out.items():
        typer.echo(f"{name} is left out: {why}", err=True)
    old, readable = _old(folder)
    changes = list(_changes(old, found.digests))
    for change in changes:
        typer.echo(change)
    text = lock.text(found.digests)
    path = folder / LOCK
    same = readable and not changes and path.is_file()
    if check:
        typer.echo(f"{LOCK} is {'up to date' if same else 'not up to date'}: {_files(len(found.digests))}")
        raise typer.Exit(0 if same else 1)
    write(path, text)
    typer.echo(f"{LOCK}: {_files(len(found.digests))}, {counted(len(changes), 'change')}")


def _files(count: int) -> str:
    return counted(count, "file")


def _old(folder: Path) -> tuple[Mapping[str, str], bool]:
    """What is locked so far, and whether that could be read."""
    try:
        accepted = lock.load(folder)
    except DataError as error:
        for line in error.lines():
            typer.echo(line, err=True)
        return {}, False
    return accepted.digests if accepted else {}, True


def _changes(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    """One line for each file that is added, changed or removed."""
    lines = []
    for path in sorted({*old, *new}):
        if path not in new:
            lines.append(f"removed  {path}")
        elif path not in old:
            lines.append(f"added    {path}")
        elif old[path] != new[path]:
            lines.append(f"changed  {path}  {old[path][:12]} -> {new[path][:12]}")
    return lines


def _built(folder: Path) -> tuple[Item, ...]:
    """The evidence of the builds that are found, if they agree; assessments before bare needs."""
    for name in _NAMES:
        found = {path.resolve(): path for path in below(folder, name)}
        known = {path: _evidence(path) for path in sorted(found.values())}
        if len({tuple((i.id, i.fields.get("file")) for i in items) for items in known.values()}) > 1:
            names = ", ".join(map(str, known))
            stop(f"builds differ in their evidence: {names}; build them again, or name one with --from")
        if known:
            break
    else:
        names, base = " or ".join(_NAMES), folder / "_build"
        stop(f"no {names} is below {base} or {folder / 'build'}; build first, or name it with --from")
    return next(iter(known.values()))


def _evidence(source: Path) -> tuple[Item, ...]:
    """The pieces of evidence that a build knew."""
    try:
        data = jsonfile.load(source.read_bytes())
    except EvidenceError as error:
        stop(f"{source}: {error.reason}")
    except OSError as error:
        stop(f"{source} cannot be read: {error.strerror or error}")
    try:
        items = _items(data)
    except (AttributeError, KeyError, TypeError, ValueError):
        stop(f"{source} is no assessment.json and no needs.json")
    if not items:
        stop(f"{source} names no evidence")
    return items


def _items(data: Any) -> tuple[Item, ...]:
    if data.get("format") == "sphinx-cra assessment":
        return tuple(item(record) for record in data["items"] if record["kind"] == Kind.EVIDENCE)
    version = data["versions"][data["current_version"]]
    return Trace.from_records(version["needs"].values()).of_kind(Kind.EVIDENCE)
