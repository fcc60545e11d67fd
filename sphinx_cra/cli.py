"""``sphinx-cra``: what is done outside of a build.

Works on what a build wrote (``assessment.json``, or ``needs.json`` of sphinx-needs) and on the
files of the project; never loads Sphinx and never reads the documents.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from sphinx_cra import suspect
from sphinx_cra.datafile import DataError
from sphinx_cra.evidence import LOCK, EvidenceError, jsonfile, lock
from sphinx_cra.model import Code, Item, Kind, Link
from sphinx_cra.trace import Trace
from sphinx_cra.words import did_you_mean, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

app = typer.Typer(
    name="sphinx-cra",
    help="Technical documentation under the Cyber Resilience Act: what is done outside of a build.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
evidence = typer.Typer(help="The artefacts that evidence points at.", no_args_is_help=True)
app.add_typer(evidence, name="evidence")
review = typer.Typer(help="Who looked at what, and what has changed since.", no_args_is_help=True)
app.add_typer(review, name="review")

_Folder = Annotated[Path, typer.Argument(metavar="[DIR]", help="Folder of conf.py.")]
_Source = Annotated[
    Path | None,
    typer.Option(
        "--from", metavar="FILE", help="assessment.json of a build; without it, the one that is found."
    ),
]

_NAMES = ("assessment.json", "needs.json")
_FOLDERS = ("_build", "build", "../_build", "../build")


@app.callback()
def main() -> None:
    """Technical documentation under the Cyber Resilience Act: what is done outside of a build."""


@evidence.command(name="lock")
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
        _stop(f"there is no conf.py in {folder}; name the folder of the project")
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
    _write(path, text)
    typer.echo(f"{LOCK}: {_files(len(found.digests))}, {_counted(len(changes), 'change')}")


@review.command(name="list")
def review_list(
    folder: _Folder = Path(),
    source: _Source = None,
) -> None:
    """Show what is suspect: what rests on something that changed since it was reviewed.

    Exits with 1 where anything is.
    """
    suspects = [g for g in _assessment(folder, source)["gaps"] if g["code"] == Code.SUSPECT]
    for finding in suspects:
        typer.echo(f"{finding['message']}; {finding['way_out']}")
    typer.echo(f"{_counted(len(suspects), 'item')} suspect")
    raise typer.Exit(1 if suspects else 0)


@review.command(name="accept")
def review_accept(
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Items that were looked at.")],
    by: Annotated[str, typer.Option("--by", help="Who looked.")],
    why: Annotated[str, typer.Option("--why", help="Why they still hold.")],
    date: Annotated[
        str, typer.Option("--date", help="When, as 2027-12-31; never taken from the clock.")
    ] = "",
    folder: Annotated[Path, typer.Option("--dir", help="Folder of conf.py.")] = Path(),
    source: _Source = None,
) -> None:
    """Record in cra-reviews.yaml that items still hold beside everything that they link to.

    Nothing is written into the documents. The change to the file is what a reviewer accepts.

    Example: sphinx-cra review accept CTRL_LOGIN --by "A. Person" --why "the new limit is still kept"
    """
    if date:
        try:
            dt.date.fromisoformat(date)
        except ValueError:
            _stop(f"{date!r} is no date; write it as 2027-12-31")
    if not (by.strip() and why.strip()):
        _stop("a review has a name and a reason")
    data = _assessment(folder, source)
    items = {item["id"]: item for item in data["items"]}
    for name in ids:
        if name not in items:
            _stop(f"there is no item {name}; {did_you_mean(nearest(name, items)) or 'build again'}")
    path = folder / suspect.NAME
    try:
        reviews = suspect.load(path)
    except DataError as error:
        _stop("\n".join(error.lines()))
    chosen = [_item(items[name]) for name in ids]
    reviews = suspect.accepted(reviews, chosen, data["fingerprints"], by=by, why=why, date=date)
    _write(path, suspect.text(reviews))
    typer.echo(f"{suspect.NAME}: {_counted(len(chosen), 'review')} by {by}, {len(reviews)} in all")


def _assessment(folder: Path, source: Path | None) -> Any:
    """The assessment that a build wrote."""
    if not (folder / "conf.py").is_file():
        _stop(f"there is no conf.py in {folder}; name the folder of the project")
    path = source
    if path is None:
        found = {p.resolve(): p for p in _below(folder, "assessment.json")}
        if not found:
            _stop(f"no assessment.json is below {folder}; build first, or name it with --from")
        if len({p.read_bytes() for p in found}) > 1:
            names = ", ".join(map(str, found.values()))
            _stop(f"builds differ: {names}; build them again, or name one with --from")
        path = next(iter(found.values()))
    try:
        data = jsonfile.load(path.read_bytes())
    except EvidenceError as error:
        _stop(f"{path}: {error.reason}")
    except OSError as error:
        _stop(f"{path} cannot be read: {error.strerror or error}")
    if (
        not isinstance(data, dict)
        or data.get("format") != "sphinx-cra assessment"
        or "fingerprints" not in data
    ):
        _stop(f"{path} is no assessment.json of this version; build again")
    return data


def _item(record: Mapping[str, Any]) -> Item:
    return Item(
        id=str(record["id"]),
        kind=Kind(record["kind"]),
        type=str(record["type"]),
        title=str(record["title"]),
        fields={name: str(value) for name, value in record["fields"].items()},
        links={Link(name): tuple(targets) for name, targets in record["links"].items()},
    )


def _write(path: Path, text: str) -> None:
    if path.is_symlink():
        _stop(f"{path.name} is a symbolic link; it has to lie in the project itself")
    try:
        path.write_text(text, "utf-8", newline="\n")
    except OSError as error:
        _stop(f"{path.name} cannot be written: {error.strerror or error}")


def _below(folder: Path, name: str) -> Iterator[Path]:
    """Files of that name where builds usually go."""
    for base in _FOLDERS:
        for depth in ("", "*/", "*/*/"):
            yield from sorted((folder / base).glob(f"{depth}{name}"))


def _files(count: int) -> str:
    return _counted(count, "file")


def _counted(count: int, word: str) -> str:
    return f"{count or 'no'} {word}" + ("s" if count != 1 else "")


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


def _stop(message: str) -> NoReturn:
    typer.echo(f"sphinx-cra: {message}", err=True)
    raise typer.Exit(2)


# ----------------------------------------------------------------------- what a build wrote


def _built(folder: Path) -> tuple[Item, ...]:
    """The evidence of the builds that are found, if they agree; assessments before bare needs."""
    for name in _NAMES:
        found = {path.resolve(): path for path in _below(folder, name)}
        known = {path: _evidence(path) for path in sorted(found.values())}
        if len({tuple((i.id, i.fields.get("file")) for i in items) for items in known.values()}) > 1:
            names = ", ".join(map(str, known))
            _stop(f"builds differ in their evidence: {names}; build them again, or name one with --from")
        if known:
            return next(iter(known.values()))
    where = " or ".join(_NAMES)
    _stop(
        f"no {where} is below {folder / '_build'} or {folder / 'build'}; build first, or name it with --from"
    )


def _evidence(source: Path) -> tuple[Item, ...]:
    """The pieces of evidence that a build knew."""
    try:
        data = jsonfile.load(source.read_bytes())
    except EvidenceError as error:
        _stop(f"{source}: {error.reason}")
    except OSError as error:
        _stop(f"{source} cannot be read: {error.strerror or error}")
    try:
        items = _items(data)
    except (AttributeError, KeyError, TypeError, ValueError):
        _stop(f"{source} is no assessment.json and no needs.json")
    if not items:
        _stop(f"{source} names no evidence")
    return items


def _items(data: Any) -> tuple[Item, ...]:
    if data.get("format") == "sphinx-cra assessment":
        return tuple(_item(item) for item in data["items"] if item["kind"] == Kind.EVIDENCE)
    version = data["versions"][data["current_version"]]
    return Trace.from_records(version["needs"].values()).of_kind(Kind.EVIDENCE)
