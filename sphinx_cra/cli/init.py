"""``sphinx-cra init``: a project, or what an existing one needs, written once and never over anything."""

from __future__ import annotations

import contextlib
import os
import shlex
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sphinx_cra import datafile, starter
from sphinx_cra.cli.shared import As, Format, out, put_json, stop
from sphinx_cra.datafile import DataError
from sphinx_cra.starter import Conf, ConfError, Markup
from sphinx_cra.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_BUILT = frozenset({"_build", "build", "dist", "node_modules", "site-packages", "venv", "__pycache__"})
_MOST = 20_000
"""Files that are looked at to see what a project is written in."""
_LARGE = 4 * 1024 * 1024


_DOCS = frozenset({"doc", "docs", "documentation", "source"})
"""Names of folders that say nothing of a product."""
_COPY = "sphinx-cra init NEW-FOLDER makes one whose tables can be copied"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What is to be written, and what somebody has to add by hand."""

    files: Mapping[str, str]
    left: Mapping[str, str]
    """Path -> why it is left alone."""
    conf: tuple[str, ...] = ()
    """Lines that conf.py lacks."""
    after: int | None = None
    """Line of conf.py that they go below."""
    contents: str = ""
    """What the first document lacks."""
    root: str = ""
    notes: tuple[str, ...] = field(default=())


def init(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder of conf.py, or an empty or new folder.")
    ] = Path(),
    markup: Annotated[
        Markup | None,
        typer.Option("--markup", help="reStructuredText or MyST Markdown; else what the project uses."),
    ] = None,
    name: Annotated[
        str, typer.Option("--name", help="Name of the product; else that of the project, or of its folder.")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing; say what would be.")] = False,
    form: As = Format.TEXT,
) -> None:
    """Begin a technical file: pages for Annex VII, cra.yaml, and what editors read.

    In an empty folder a whole project is made, and builds at once. In a
    Sphinx project only new files are added, in cra/ and beside conf.py;
    lines for conf.py and the table of contents are printed. A file that
    is there is never changed.

    Examples:

    sphinx-cra init docs

    sphinx-cra init docs --markup md --dry-run
    """
    existing = _look(folder)
    try:
        plan = _plan(folder, existing, markup, _name(name, folder, existing))
    except DataError as error:
        stop("\n".join(error.lines()))
    if not dry_run and plan.files:
        _write(folder, plan.files)
    if form is Format.JSON:
        put_json(_data(folder, plan, dry_run))
        return
    for line in _told(folder, plan, dry_run):
        typer.echo(line)


# ------------------------------------------------------------------------ what is there


def _look(folder: Path) -> Conf | None:
    """What the project says that is there; None for an empty or new folder."""
    if folder.is_symlink():
        stop(f"{folder} is a symbolic link; name the folder that it leads to")
    if not folder.exists():
        return None
    if not folder.is_dir():
        stop(f"{folder} is no folder")
    try:
        names = sorted(p.name for p in folder.iterdir())
    except OSError as error:
        stop(f"{folder} cannot be read: {error.strerror or error}")
    if "conf.py" in names:
        source = (folder / "conf.py").as_posix()
        try:
            conf = starter.read_conf(datafile.text(folder / "conf.py", source=source))
            types = starter.toml_types(_read(folder / conf.toml)) if conf.toml else ()
            return replace(conf, types=tuple(dict.fromkeys((*conf.types, *types))))
        except DataError as error:
            stop("\n".join(error.lines()))
        except ConfError as error:
            stop(f"{source}: {error}")
    visible = [n for n in names if not n.startswith(".")]
    if visible:
        below = next(_projects(folder), None)
        way_out = f"there is one in {below}" if below else f"name a new folder, {folder / 'docs'} say"
        stop(f"{folder} is not empty and has no conf.py; {way_out}")
    return None


def _projects(folder: Path) -> Iterator[Path]:
    """Folders of a conf.py where projects usually have it: docs, docs/source."""
    for pattern in ("*/conf.py", "*/*/conf.py"):
        for path in sorted(folder.glob(pattern)):
            if not any(p.startswith(".") or p in _BUILT for p in path.relative_to(folder).parts):
                yield path.parent


def _name(stated: str, folder: Path, existing: Conf | None) -> str:
    place = folder.resolve()
    above = (p.name for p in (place, *place.parents) if p.name.casefold() not in _DOCS)
    found = stated or (existing.project if existing else "") or next(above) or "Product"
    found = " ".join(found.split())
    if not found:
        stop("--name is empty")
    if len(found) > 200 or not found.isprintable():
        if stated:
            stop("--name is no name: up to 200 characters that can be printed")
        return "Product"
    return found


def _plan(folder: Path, existing: Conf | None, asked: Markup | None, name: str) -> _Plan:
    counts, catalogues = _sources(folder) if existing else ({}, ())
    markup = asked or (_used(existing, counts, folder) if existing else Markup.RST)
    stated = _release(existing)
    wanted = starter.files(name, markup, release=stated or starter.FIRST, clauses=not catalogues)
    if existing is None:
        wanted = {**starter.new_project(name, markup), **wanted}
    left: dict[str, str] = {}
    if above := _above(folder):
        left[starter.EDITORS] = f"{above} is there, and this one would take its place"
    if existing and existing.product and existing.product != starter.PRODUCT:
        left[starter.PRODUCT] = f"conf.py names {existing.product}"
    if catalogues:
        left[f"{starter.FOLDER}/{starter.CLAUSES}.{markup}"] = f"{catalogues[0]} shows clauses already"
    for path in wanted:
        if why := _kept(folder, path) or _twin(folder, path):
            left[path] = why
    notes = []
    if starter.PRODUCT not in left:
        guess = f"the product is {name}, release {stated or starter.FIRST}"
        notes.append(f"{starter.PRODUCT} waits for the name of the manufacturer; in it, {guess}")
    index = f"{starter.FOLDER}/index.{markup}"
    pages = [Path(p).stem for p in wanted if p.startswith(f"{starter.FOLDER}/") and p not in left]
    markdown = markup is Markup.MD and bool(pages)
    if markdown and not (existing and existing.markdown):
        notes.append("Markdown pages need myst-parser: pip install myst-parser")
    editors = above or Path(starter.EDITORS)
    if starter.EDITORS in left and "cra-section" not in _read(folder / editors):
        notes.append(f"{editors} says nothing of our need types and directives: {_COPY}")
    if index in left and pages:
        notes.append(f"{index} was there before; its table of contents has to list: {', '.join(pages)}")
    if existing is None:
        return _Plan(files=_without(wanted, left), left=left, notes=tuple(notes))
    first = existing.root
    root = next((f"{first}.{m}" for m in Markup if first and (folder / f"{first}.{m}").is_file()), "")
    into = Markup(root.rpartition(".")[2]) if root else markup
    listed = root and f"{starter.FOLDER}/index" in _read(folder / root)
    return _Plan(
        files=_without(wanted, left),
        left=left,
        conf=starter.conf_lines(existing, Markup.MD if markdown else Markup.RST),
        after=existing.line,
        contents="" if listed else starter.toctree([f"{starter.FOLDER}/index"], into),
        root=root or first,
        notes=tuple(notes),
    )


def _release(existing: Conf | None) -> str:
    """The release that conf.py writes out; empty where it does not, or where it is none."""
    found = " ".join(existing.release.split()) if existing else ""
    return found if found.isprintable() and len(found) <= 100 else ""


def _without(files: Mapping[str, str], left: Mapping[str, str]) -> dict[str, str]:
    return {path: files[path] for path in files if path not in left}


def _kept(folder: Path, path: str) -> str:
    """Why a file is not written; empty where it is.

    A link that leads out of the folder ends the command: nobody asked for anything to be written there.
    """
    inside = folder.resolve()
    step = folder
    for part in Path(path).parts:
        step /= part
        if step.is_symlink() and not step.resolve().is_relative_to(inside):
            stop(f"{step} is a symbolic link that leads out of {folder}; nothing is written")
        if not os.path.lexists(step):
            return ""
        if step != folder / path and not step.is_dir():
            stop(f"{step} is a file, where a folder is to be; nothing is written")
    stem, _, ending = path.rpartition(".")
    return "it is a folder" if step.is_dir() and ending and stem else "it is there"


def _twin(folder: Path, path: str) -> str:
    """Why a page is not written: it is there in the other markup, and to Sphinx both are one document."""
    stem, _, ending = path.rpartition(".")
    others = (f"{stem}.{m}" for m in Markup if m != ending and ending in list(Markup))
    return next((f"{other} is there" for other in others if (folder / other).is_file()), "")


def _above(folder: Path) -> Path | None:
    """The ubproject.toml of a folder above, within the repository, which speaks for this one too."""
    place = folder.resolve()
    if (place / starter.EDITORS).exists() or (place / ".git").exists():
        return None
    for parent in place.parents:
        if (found := parent / starter.EDITORS).is_file():
            return Path(os.path.relpath(found, place))
        if (parent / ".git").exists():
            return None
    return None


def _sources(folder: Path) -> tuple[dict[Markup, int], tuple[str, ...]]:
    """How many pages there are of each kind, and which of them show clauses."""
    counts = dict.fromkeys(Markup, 0)
    catalogues = []
    for path in _walk(folder):
        ending = path.suffix.removeprefix(".")
        if ending not in list(Markup):
            continue
        counts[Markup(ending)] += 1
        text = _read(path)
        if ".. cra-catalogue::" in text or "{cra-catalogue}" in text:
            catalogues.append(path.relative_to(folder).as_posix())
    own = f"{starter.FOLDER}/annex-i."
    return counts, tuple(c for c in catalogues if not c.startswith(own))


def _walk(folder: Path) -> Iterator[Path]:
    number = 0
    for base, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith((".", "_")) and f not in _BUILT)
        for name in sorted(names):
            number += 1
            if number > _MOST:
                return
            yield Path(base) / name


def _read(path: Path) -> str:
    try:
        if path.is_file() and path.stat().st_size <= _LARGE:
            return path.read_text("utf-8", errors="replace")
    except OSError:
        pass
    return ""


def _used(conf: Conf, counts: Mapping[Markup, int], folder: Path) -> Markup:
    """What the first document is written in, or else most pages."""
    for markup in Markup:
        if (folder / f"{conf.root}.{markup}").is_file():
            return markup
    return Markup.MD if counts[Markup.MD] > counts[Markup.RST] else Markup.RST


# ------------------------------------------------------------------------------ writing


def _write(folder: Path, files: Mapping[str, str]) -> None:
    """Write all files or none; over nothing, not even over what came while we wrote."""
    made: list[Path] = []
    try:
        _make(folder, made)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".sphinx-cra-init-") as work:
            for number, (path, text) in enumerate(files.items()):
                draft, target = Path(work) / str(number), folder / path
                draft.write_text(text, "utf-8", newline="\n")
                _make(target.parent, made)
                _place(draft, target)
                made.append(target)
    except BaseException as error:
        for step in reversed(made):
            with contextlib.suppress(OSError):  # somebody else put something there
                step.rmdir() if step.is_dir() else step.unlink()
        if not isinstance(error, OSError):
            raise
        where = f" ({error.filename2 or error.filename})" if error.filename else ""
        stop(f"nothing is written: {error.strerror or error}{where}")


def _place(draft: Path, target: Path) -> None:
    try:
        os.link(draft, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        with target.open("x", encoding="utf-8", newline="\n") as file:
            file.write(draft.read_text("utf-8"))


def _make(folder: Path, made: list[Path]) -> None:
    """Make a folder with those above it, and note which are new."""
    new = []
    step = folder
    while not step.exists():
        new.append(step)
        step = step.parent
    for path in reversed(new):
        path.mkdir()
        made.append(path)


# ------------------------------------------------------------------------------ telling


def _told(folder: Path, plan: _Plan, dry_run: bool) -> Iterator[str]:
    done = "would be written" if dry_run else "written"
    for path in plan.files:
        yield f"{'would write' if dry_run else 'written':<11}  {path}"
    for path, why in sorted(plan.left.items()):
        yield f"{'left alone':<11}  {path}: {why}"
    yield f"{folder}: {counted(len(plan.files), 'file')} {done}, {len(plan.left)} left alone"
    if plan.conf:
        where = f"below line {plan.after}, where extensions ends" if plan.after else "at its end"
        yield f"\nAdd to conf.py, {where}:\n"
        yield from (f"    {line}" for line in plan.conf)
    if plan.contents:
        into = plan.root or "the first document, which conf.py computes"
        yield f"\nAdd to {into}, so that the pages are in the table of contents:\n"
        yield from (f"    {line}".rstrip() for line in plan.contents.splitlines())
    if plan.notes:
        yield ""
        yield from plan.notes
    yield "\nThen build:\n"
    strict = ["-W"] if "conf.py" in plan.files else []  # a project may have warnings of its own
    for builder in ("html", "cra"):
        words = ["sphinx-build", *strict, "-b", builder, str(folder), str(out(folder) / builder)]
        yield f"    {shlex.join(words)}"


def _data(folder: Path, plan: _Plan, dry_run: bool) -> dict[str, Any]:
    contents = {"file": plan.root or None, "lines": plan.contents.splitlines()}
    return {
        "format": "sphinx-cra init",
        "folder": folder.as_posix(),
        "dry_run": dry_run,
        "written": list(plan.files),
        "left_alone": [{"path": p, "why": why} for p, why in sorted(plan.left.items())],
        "conf": {"below_line": plan.after, "lines": list(plan.conf)} if plan.conf else None,
        "contents": contents if plan.contents else None,
        "notes": list(plan.notes),
    }
