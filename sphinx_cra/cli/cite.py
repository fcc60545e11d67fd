"""``sphinx-cra cite``: what texts cite of the Act and the standards, and what of it does not exist."""

from __future__ import annotations

import os
import sys
from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sphinx_cra.cli.shared import As, Format, put_json, stop, watched
from sphinx_cra.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx_cra.citation import Citation
    from sphinx_cra.citation.texts import Source
    from sphinx_cra.model import Catalogue

CATALOGUES = {
    "cra": "cra",
    "iec62443-4-1": "iec62443-4-1",
    "iec62443-4-2": "iec62443-4-2",
    "ssdf": "nist-ssdf",
}
_SKIPPED = frozenset(("node_modules", "__pycache__"))


class Law(StrEnum):
    """Whose citations without a law are."""

    CRA = "cra"


def cite(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="Files and folders; - is the standard input.")
    ],
    wrong: Annotated[bool, typer.Option("--wrong", help="Only what does not exist.")] = False,
    law: Annotated[
        Law | None, typer.Option("--law", help="Take citations that name no law for ones of the Act.")
    ] = None,
    output: As = Format.TEXT,
) -> None:
    """List what texts cite of the Act, IEC 62443-4-1 and -4-2 and the SSDF, and what of it does not exist.

    Reads Markdown, reStructuredText, YAML, JSON, HTML and plain text, in English, German and French.
    Exits with 1 where a citation is wrong, and with 2 where a file could not be read.

    Examples:

    sphinx-cra cite docs README.md

    sphinx-cra cite --wrong docs --format json

    echo "Article 13(5) of the CRA" | sphinx-cra cite -
    """
    from sphinx_cra import citation

    read: list[tuple[str, Source, list[Citation]]] = []
    unread: list[tuple[str, str]] = []
    for name, source, error in _sources(files):
        if source is None:
            unread.append((name, error))
            continue
        found = citation.find(source.text, layout=source.layout, name=name, assumed=law is not None)
        read.append((name, source, [c for c in found if c.wrong or not wrong]))
    if not read and not unread:
        stop("there is no text file in what was named")
    clauses = {} if wrong else _clauses({c.law for _, _, found in read for c in found})
    records = [(name, [_record(c, source, clauses) for c in found]) for name, source, found in read]
    if output is Format.JSON:
        _json(records, unread)
    else:
        _text(records, wrong=wrong)
    for name, error in unread:
        typer.echo(f"sphinx-cra: {name}: {error}", err=True)
    bad = any(r["outcome"] == citation.Outcome.WRONG for _, found in records for r in found)
    raise typer.Exit(2 if unread else 1 if bad else 0)


# ------------------------------------------------------------------------------- the files


def _sources(names: list[str]) -> Iterator[tuple[str, Source | None, str]]:
    """Each file with its text, or with why there is none."""
    from sphinx_cra.citation import texts

    seen: set[Path] = set()
    for name in names:
        if name == "-":
            raw = sys.stdin.buffer.read(texts.LARGEST + 1)
            try:
                text = texts.decoded(raw)
                yield name, texts.source(text, texts.form_of(text)), ""
            except texts.UnreadableError as error:
                yield name, None, str(error)
            continue
        for path in watched(list(_files(Path(name))), "reading"):
            try:
                real = path.resolve()
                if real in seen:
                    continue
                seen.add(real)
                text = texts.decoded(_raw(path, texts.LARGEST))
                yield (
                    path.as_posix(),
                    texts.source(text, texts.SUFFIXES.get(path.suffix.lower(), "prose")),
                    "",
                )
            except texts.UnreadableError as error:
                yield path.as_posix(), None, str(error)
            except (OSError, RuntimeError, ValueError) as error:
                reason = getattr(error, "strerror", None) or f"cannot be read: {error}"
                yield path.as_posix(), None, reason


def _raw(path: Path, largest: int) -> bytes:
    if not path.exists():
        raise FileNotFoundError(None, "there is no such file")
    if not path.is_file():
        raise OSError(None, "not a file")
    with path.open("rb") as file:
        return file.read(largest + 1)


def _files(path: Path) -> Iterator[Path]:
    """A file, or the text files of a folder in order; links to folders are not followed."""
    from sphinx_cra.citation import texts

    try:
        folder = path.is_dir()
    except (OSError, ValueError):
        folder = False
    if not folder:
        yield path
        return
    for base, folders, files in os.walk(path, followlinks=False):
        folders[:] = sorted(f for f in folders if not f.startswith(".") and f not in _SKIPPED)
        for file in sorted(files):
            found = Path(base, file)
            if found.suffix.lower() in texts.SUFFIXES and not file.startswith(".") and found.is_file():
                yield found


# ------------------------------------------------------------------------------- the output


def _clauses(laws: set[str]) -> dict[str, Catalogue]:
    """The catalogues of what is cited, for titles and links."""
    from sphinx_cra import catalogue

    shipped = catalogue.names()
    return {
        law: catalogue.load(name, root=Path())
        for law, name in CATALOGUES.items()
        if law in laws and name in shipped
    }


def _record(citation: Citation, source: Source, catalogues: dict[str, Catalogue]) -> dict[str, Any]:
    from sphinx_cra.citation import clause_at

    line, column = source.place(citation.start)
    catalogue = catalogues.get(citation.law)
    clauses = {c.id: c for c in catalogue.clauses} if catalogue else {}
    here = clause_at(citation.ids, list(clauses))
    return {
        "line": line,
        "column": column,
        "text": citation.text,
        "law": citation.law,
        "outcome": str(citation.outcome),
        "printed": citation.printed,
        "clauses": [{"id": i, "title": clauses[i].title, "url": clauses[i].url} for i in here],
        "reason": citation.reason,
        "way_out": citation.way_out,
    }


def _text(records: list[tuple[str, list[dict[str, Any]]]], *, wrong: bool) -> None:
    counts: Counter[str] = Counter()
    for name, found in records:
        for r in found:
            counts[r["outcome"]] += 1
            if r["outcome"] == "other law":
                continue
            place = f"{name}:{r['line']}:{r['column']}"
            if r["outcome"] == "exists":
                typer.echo(f"{place}: {r['printed']}{_named(r['clauses'])}")
            else:
                way_out = f"; {r['way_out']}" if r["way_out"] else ""
                typer.echo(f"{place}: {r['outcome']}: {r['text']}: {r['reason']}{way_out}")
    if not records:
        return
    files = counted(len(records), "file")
    if wrong:
        typer.echo(f"{files}: {counted(counts['does not exist'], 'wrong citation')}")
        return
    typer.echo(
        f"{files}: {counted(sum(counts.values()), 'citation')}, of which {counts['exists']} exist, "
        f"{counts['does not exist']} do not exist, {counts['not checked']} not checked, "
        f"{counts['other law']} of other laws"
    )


def _named(clauses: list[dict[str, Any]]) -> str:
    if not clauses:
        return ""
    if len(clauses) == 1:
        return f": {clauses[0]['id']}, {clauses[0]['title']}"
    more = f" and {len(clauses) - 3} more" if len(clauses) > 3 else ""
    return f": {', '.join(c['id'] for c in clauses[:3])}{more}"


def _json(records: list[tuple[str, list[dict[str, Any]]]], unread: list[tuple[str, str]]) -> None:
    files = [{"file": name, "citations": found} for name, found in records]
    data = {
        "format": "sphinx-cra citations",
        "files": files,
        "unread": [{"file": name, "reason": reason} for name, reason in unread],
    }
    put_json(data)
