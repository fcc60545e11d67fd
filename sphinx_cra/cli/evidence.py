"""``sphinx-cra evidence``: the artefacts that evidence points at."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sphinx_cra.checking import item
from sphinx_cra.cli.shared import (
    As,
    Folder,
    Format,
    below,
    busy,
    data_of,
    is_assessment,
    put_json,
    stop,
    write,
)
from sphinx_cra.datafile import DataError
from sphinx_cra.evidence import LOCK, lock
from sphinx_cra.model import Item, Kind
from sphinx_cra.trace import Trace
from sphinx_cra.words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

app = typer.Typer(help="The artefacts that evidence points at.", no_args_is_help=True)

_NAMES = ("assessment.json", "needs.json")


@app.command(name="lock")
def lock_command(
    folder: Folder = Path(),
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
    output: As = Format.TEXT,
) -> None:
    """Write the digests of all evidence files into cra-evidence.lock.

    A file that changes afterwards is altered until the lock is written again and the change reviewed.

    Examples:

    sphinx-cra evidence lock docs --check

    sphinx-cra evidence lock docs
    """
    if not (folder / "conf.py").is_file():
        stop(f"there is no conf.py in {folder}; name the folder of the project")
    items = _evidence(source) if source else _built(folder)
    with busy("reading evidence"):
        found = lock.found(items, folder)
    for name, why in found.left_out.items():
        typer.echo(f"{name} is left out: {why}", err=True)
    old, readable = _old(folder)
    changes = list(_changes(old, found.digests))
    text = lock.text(found.digests)
    path = folder / LOCK
    same = readable and not changes and path.is_file()
    if not check:
        write(path, text)
    if output is Format.JSON:
        put_json(
            {
                "format": "sphinx-cra evidence lock",
                "file": LOCK,
                "written": not check,
                "up_to_date": same or not check,
                "files": dict(sorted(found.digests.items())),
                "changes": [{"change": how, "file": file} for how, file, _ in changes],
                "left_out": dict(found.left_out),
            }
        )
    else:
        for how, file, digests in changes:
            typer.echo(f"{how:<8} {file}{digests}")
        files = counted(len(found.digests), "file")
        if check:
            typer.echo(f"{LOCK} is {'up to date' if same else 'not up to date'}: {files}")
        else:
            typer.echo(f"{LOCK}: {files}, {counted(len(changes), 'change')}")
    raise typer.Exit(1 if check and not same else 0)


def _old(folder: Path) -> tuple[Mapping[str, str], bool]:
    """What is locked so far, and whether that could be read."""
    try:
        accepted = lock.load(folder)
    except DataError as error:
        for line in error.lines():
            typer.echo(line, err=True)
        return {}, False
    return accepted.digests if accepted else {}, True


def _changes(old: Mapping[str, str], new: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Each file that is added, changed or removed: how, the file, and the two digests as text."""
    lines = []
    for path in sorted({*old, *new}):
        if path not in new:
            lines.append(("removed", path, ""))
        elif path not in old:
            lines.append(("added", path, ""))
        elif old[path] != new[path]:
            lines.append(("changed", path, f"  {old[path][:12]} -> {new[path][:12]}"))
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
    data = data_of(source)
    try:
        items = _items(data)
    except (AttributeError, KeyError, TypeError, ValueError):
        stop(f"{source} is no assessment.json and no needs.json")
    if not items:
        stop(f"{source} names no evidence")
    return items


def _items(data: Any) -> tuple[Item, ...]:
    if is_assessment(data):
        return tuple(item(record) for record in data["items"] if record["kind"] == Kind.EVIDENCE)
    version = data["versions"][data["current_version"]]
    return Trace.from_records(version["needs"].values()).of_kind(Kind.EVIDENCE)
