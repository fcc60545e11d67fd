"""What all commands share: how they stop, write, and find what a build wrote."""

from __future__ import annotations

import contextlib
import json
import shlex
import stat
import sys
import threading
import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of conf.py.")]
Source = Annotated[
    Path | None,
    typer.Option(
        "--from", metavar="FILE", help="assessment.json of a build; without it, the one that is found."
    ),
]

_FOLDERS = ("_build", "build")
_LARGEST = 256 * 1024 * 1024
"""Of a file of a build; 10,000 needs make one of about 50 MiB."""
_PATIENCE = 0.5
"""Seconds before work is long enough to be shown."""
_T = TypeVar("_T")


class Format(StrEnum):
    """How a command writes its result."""

    TEXT = "text"
    JSON = "json"


As = Annotated[Format, typer.Option("--format", help="How to write the result.")]


class Stopped(typer.Exit):
    """An end with 2, and why."""

    def __init__(self, message: str) -> None:
        super().__init__(2)
        self.message = message


def stop(message: str) -> NoReturn:
    """End with 2: what was asked could not be done."""
    typer.echo(f"sphinx-cra: {message}", err=True)
    raise Stopped(message)


def put(text: str) -> None:
    """Write what a program reads to standard output: UTF-8 wherever it goes."""
    typer.echo(text.encode("utf-8", "replace"), nl=False)


def put_json(data: Any) -> None:
    """Write data to standard output, in signs that every terminal and program has."""
    typer.echo(json.dumps(data, indent=2))


def watched(items: Sequence[_T], doing: str) -> Iterator[_T]:
    """The items, with a bar on standard error once they take long, where that is a terminal.

    :param doing: what is done with them: ``reading``.
    """
    if not sys.stderr.isatty():
        yield from items
        return
    begun, bar = time.monotonic(), None
    with contextlib.ExitStack() as stack:
        for number, item in enumerate(items):
            if bar is None and time.monotonic() - begun > _PATIENCE:
                from rich.console import Console
                from rich.progress import Progress

                bar = stack.enter_context(Progress(console=Console(stderr=True), transient=True))
                task = bar.add_task(doing, total=len(items))
            if bar is not None:
                bar.update(task, completed=number)
            yield item


@contextlib.contextmanager
def busy(doing: str) -> Iterator[None]:
    """Show on standard error that work goes on, once it takes long, where that is a terminal.

    :param doing: what is done: ``comparing``.
    """
    if not sys.stderr.isatty():
        yield
        return
    shown: list[Any] = []

    def show() -> None:
        from rich.console import Console

        status = Console(stderr=True).status(doing)
        status.start()
        shown.append(status)

    timer = threading.Timer(_PATIENCE, show)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        for status in shown:
            status.stop()


def write(path: Path, text: str) -> None:
    """Write a file, whole or not at all, and the folder that it lies in; through no symbolic link."""
    if path.is_symlink():
        stop(f"{path} is a symbolic link; it has to lie in the project itself")
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, "utf-8", newline="\n")
        part.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        stop(f"{path} cannot be written: {error.strerror or error}")


def out(folder: Path) -> Path:
    """Where our pages build a project to: beside its folder; in it, where that is where one stands."""
    # Sphinx leaves out _build where conf.py says nothing else, and a folder beside that of conf.py anyway.
    return folder.parent / "build" if folder.name not in ("", "..") else folder / "_build"


def below(folder: Path, name: str) -> Iterator[Path]:
    """Files of that name where builds usually go."""
    above = folder.parent if folder.name not in ("", "..") and not folder.is_symlink() else folder / ".."
    for base in (place / usual for place in (folder, above) for usual in _FOLDERS):
        for depth in ("", "*/", "*/*/"):
            yield from sorted(base.glob(f"{depth}{name}"))


def built(folder: Path) -> Path:
    """The ``assessment.json`` of a project, of an output folder, or itself; ends with 2 where there is none.

    Where a folder has none and a ``needs.json`` of sphinx-needs instead, it is that.
    """
    if not folder.exists():
        stop(f"there is no file and no folder {folder}")
    places = builds(folder)
    if not places:
        said = f"no assessment.json is below {folder}; build first, or name it with --from"
        if (folder / "conf.py").is_file():
            words = ["sphinx-build", "-b", "html", str(folder), str(out(folder) / "html")]
            said += f"\n  {shlex.join(words)}"
        stop(said)
    if len(places) > 1 and len({read(p) for p in places.values()}) > 1:
        *older, last = sorted(places.values(), key=lambda p: p.stat().st_mtime_ns)
        names = ", ".join(map(str, older))
        stop(f"builds differ: {last} is newer than {names}; build both again, or name one with --from")
    return next(iter(places.values()))


def builds(folder: Path) -> dict[Path, Path]:
    """What :func:`built` chooses from: resolved path -> path."""
    if folder.exists() and not folder.is_dir():
        return {folder: folder}
    if not (folder / "conf.py").is_file():
        for name in ("assessment.json", "_cra/assessment.json", "needs.json"):
            if (folder / name).is_file():
                return {folder: folder / name}
    return {p.resolve(): p for p in below(folder, "assessment.json")}


def read(path: Path) -> bytes:
    """The bytes of a file that somebody named, ``-`` for standard input; ends with 2 where there are none."""
    if str(path) == "-":
        return sys.stdin.buffer.read(_LARGEST)
    try:
        about = path.stat()
        if stat.S_ISDIR(about.st_mode):
            stop(f"{path} is a folder; name the file in it")
        if not stat.S_ISREG(about.st_mode):
            stop(f"{path} is a device or a pipe and no file; - reads the standard input")
        if about.st_size > _LARGEST:
            stop(f"{path} has {about.st_size >> 20} MiB; the largest that is read has {_LARGEST >> 20}")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        stop(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}")


def data_of(path: Path) -> Any:
    """The value in a JSON file that somebody named; ends with 2 where it cannot be read."""
    from sphinx_cra.evidence import EvidenceError, jsonfile

    try:
        data = jsonfile.load(read(path))
    except EvidenceError as error:
        stop(f"{path}: {error.reason}")
    version = str(data.get("format_version", "1"))[:20] if is_assessment(data) else "1"
    if version.partition(".")[0] != "1":
        stop(f"{path} is of format {version}, which this version of sphinx-cra does not know; update it")
    return data


def is_assessment(data: Any) -> bool:
    """Whether a value says that it is an ``assessment.json``."""
    return isinstance(data, dict) and data.get("format") == "sphinx-cra assessment"


def assessment(folder: Path, source: Path | None) -> Any:
    """The assessment that a build wrote."""
    if not (folder / "conf.py").is_file():
        stop(f"there is no conf.py in {folder}; name the folder of the project")
    path = source or built(folder)
    data = data_of(path)
    if not is_assessment(data) or "fingerprints" not in data:
        stop(f"{path} is no assessment.json of this version; build again")
    return data


def complete(incomplete: str) -> list[str]:
    """Words that ``explain`` knows and that begin so, for shells: clauses, codes, rules, needs of a build."""
    from sphinx_cra import explaining

    return explaining.begins(incomplete, [p for p in builds(Path()).values() if p.stat().st_size < _LARGEST])
