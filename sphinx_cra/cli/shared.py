"""What all commands share: how they stop, count, write, and find what a build wrote."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from sphinx_cra.evidence import EvidenceError, jsonfile
from sphinx_cra.model import Item, Kind, Link

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Folder = Annotated[Path, typer.Argument(metavar="[DIR]", help="Folder of conf.py.")]
Source = Annotated[
    Path | None,
    typer.Option(
        "--from", metavar="FILE", help="assessment.json of a build; without it, the one that is found."
    ),
]

_FOLDERS = ("_build", "build", "../_build", "../build")


def stop(message: str) -> NoReturn:
    """End with 2: what was asked could not be done."""
    typer.echo(f"sphinx-cra: {message}", err=True)
    raise typer.Exit(2)


def counted(count: int, word: str) -> str:
    """``3 files``, ``1 file``, ``no files``."""
    return f"{count or 'no'} {word}" + ("s" if count != 1 else "")


def write(path: Path, text: str) -> None:
    """Write a file of the project, whole or not at all; through no symbolic link."""
    if path.is_symlink():
        stop(f"{path.name} is a symbolic link; it has to lie in the project itself")
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(text, "utf-8", newline="\n")
        part.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        stop(f"{path.name} cannot be written: {error.strerror or error}")


def below(folder: Path, name: str) -> Iterator[Path]:
    """Files of that name where builds usually go."""
    for base in _FOLDERS:
        for depth in ("", "*/", "*/*/"):
            yield from sorted((folder / base).glob(f"{depth}{name}"))


def assessment(folder: Path, source: Path | None) -> Any:
    """The assessment that a build wrote."""
    if not (folder / "conf.py").is_file():
        stop(f"there is no conf.py in {folder}; name the folder of the project")
    path = source
    if path is None:
        found = {p.resolve(): p for p in below(folder, "assessment.json")}
        if not found:
            stop(f"no assessment.json is below {folder}; build first, or name it with --from")
        if len({p.read_bytes() for p in found}) > 1:
            names = ", ".join(map(str, found.values()))
            stop(f"builds differ: {names}; build them again, or name one with --from")
        path = next(iter(found.values()))
    try:
        data = jsonfile.load(path.read_bytes())
    except EvidenceError as error:
        stop(f"{path}: {error.reason}")
    except OSError as error:
        stop(f"{path} cannot be read: {error.strerror or error}")
    if (
        not isinstance(data, dict)
        or data.get("format") != "sphinx-cra assessment"
        or "fingerprints" not in data
    ):
        stop(f"{path} is no assessment.json of this version; build again")
    return data


def item(record: Mapping[str, Any]) -> Item:
    """The item of a record of ``assessment.json``."""
    return Item(
        id=str(record["id"]),
        kind=Kind(record["kind"]),
        type=str(record["type"]),
        title=str(record["title"]),
        fields={name: str(value) for name, value in record["fields"].items()},
        links={Link(name): tuple(targets) for name, targets in record["links"].items()},
    )
