"""``sphinx-cra diff``: what two assessments of one product say differently."""

from __future__ import annotations

import shutil
import sys
import textwrap
import zipfile
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sphinx_cra import difference, snapshot
from sphinx_cra.cli import inventories
from sphinx_cra.cli.shared import Stopped, busy, put_json, stop
from sphinx_cra.difference import Direction, Topic
from sphinx_cra.evidence import EvidenceError, jsonfile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sphinx_cra.difference import Change, Difference, Fact
    from sphinx_cra.snapshot import Snapshot

NAME = "assessment.json"
NEEDS = "needs.json"
_PLACES = tuple(
    Path(base, name)
    for base in ("", "_build", "build")
    for name in ("", "_cra", "html/_cra", "cra", "technical-file", "html", "needs")
)
"""Where a folder of a build has it."""
_MOST_BYTES = 512 * 1024 * 1024
_SHOWN = 50
_COMMENT = 65_000
"""Characters; GitHub takes 65,536, and whoever posts it may put something above."""


class Format(StrEnum):
    """How the difference is printed."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


def diff(
    old: Annotated[
        Path,
        typer.Argument(
            metavar="OLD", help="assessment.json or needs.json, folder of a build, or zip of one."
        ),
    ],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The later one.")],
    form: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.TEXT,
    force: Annotated[bool, typer.Option("--force", help="Compare different products all the same.")] = False,
    old_root: Annotated[
        Path | None,
        typer.Option(
            "--old-root",
            metavar="DIR",
            help="Folder of conf.py for OLD, to read its SBOM there, which builds withhold, and of a "
            "needs.json what its types are, cra.yaml and evidence.",
        ),
    ] = None,
    new_root: Annotated[
        Path | None, typer.Option("--new-root", metavar="DIR", help="The same for NEW.")
    ] = None,
    sboms: Annotated[
        list[Path] | None,
        typer.Option(
            "--sbom",
            metavar="FILE",
            help="An SBOM of OLD or NEW, which is known by its digest; may be given several times.",
        ),
    ] = None,
    most: Annotated[
        int | None,
        typer.Option(
            "--limit",
            min=0,
            help=f"Lines for each topic in text and Markdown; 0 for all. Without it {_SHOWN}, and fewer "
            "where Markdown would be too long for a comment.",
        ),
    ] = None,
) -> None:
    """Compare two assessments of one product: states, needs, evidence, SBOM, rules, facts, stale documents.

    Ends with 0 where nothing changed for the worse, with 1 where
    something did, with 2 where the two cannot be compared.

    Examples:

    sphinx-cra diff v1/assessment.json build/cra

    sphinx-cra diff v1.zip build/cra --sbom v1.cdx.json --format markdown
    """
    before, after = _snapshot(old, old_root, new_root), _snapshot(new, new_root, old_root)
    read = inventories.read(
        (inventories.Side(before, old, old_root), inventories.Side(after, new, new_root)), sboms or ()
    )
    try:
        with busy("comparing"):
            found = difference.compare(before, after, force=force, inventories=read)
    except difference.DifferenceError as error:
        stop(_printable(str(error)))
    match form:
        case Format.JSON:
            put_json(as_data(found))
        case Format.MARKDOWN:
            typer.echo(as_comment(found) if most is None else "\n".join(as_markdown(found, most)))
        case _:
            for line in as_text(found, _SHOWN if most is None else most):
                _say(line)
    raise typer.Exit(1 if found.worse else 0)


# ------------------------------------------------------------------------------- reading


def _snapshot(path: Path, root: Path | None, other: Path | None) -> Snapshot:
    """What a file says.

    :param root: folder of its conf.py.
    :param other: that of the other side, whose need types count where ``root`` has none.
    """
    source, file, content = _content(path)
    try:
        data = jsonfile.load(content)
        if not isinstance(data, dict) or "current_version" not in data or file is None:
            return snapshot.read(data, source=source)
        return _of_needs(file, source, root or file.parent, other)
    except EvidenceError as error:
        stop(f"{_printable(source)}: {_printable(error.reason)}")
    except snapshot.SnapshotError as error:
        stop("\n".join(map(_printable, error.faults)))


def _of_needs(file: Path, source: str, folder: Path, other: Path | None) -> Snapshot:
    """What a ``needs.json`` says; ends with 2 where none of its needs is of a type that we know."""
    from sphinx_cra.cli.found import load  # reads every catalogue

    data, unchecked = load(folder, file, types=other)
    types = [u.says for u in unchecked if u.needs]
    if not data["items"]:
        way_out = (
            f"{types[0]}; name its folder with --old-root or --new-root" if types else "it holds no needs"
        )
        stop(f"{_printable(source)}: {_printable(way_out)}")
    return snapshot.of_needs(
        data,
        source=source,
        unknown=["it is a needs.json", *types],
        evidence=(folder / "conf.py").is_file(),
    )


def _content(path: Path) -> tuple[str, Path | None, bytes]:
    """How messages name it, the file where it lies in no zip, and the bytes of it."""
    try:
        if path.is_dir():
            found = next((f for n in (NAME, NEEDS) for p in _PLACES if (f := path / p / n).is_file()), None)
            if found is None:
                stop(f"there is no {NAME} in {path}, and no {NEEDS}; name the file, or the folder of a build")
            path = found
        if not path.exists():
            stop(f"{path}: no such file or folder")
        if not path.is_file():
            stop(f"{path} is no regular file")
        if zipfile.is_zipfile(path):
            name, content = _unpacked(path)
            return name, None, content
        if path.stat().st_size > _MOST_BYTES:
            stop(f"{path} is larger than {_MOST_BYTES // 1024**2} MB")
        return path.as_posix(), path, path.read_bytes()
    except (OSError, ValueError) as error:
        stop(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}")


def _unpacked(path: Path) -> tuple[str, bytes]:
    """The assessment in a zip; nothing is unpacked to disk."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [i for i in archive.infolist() if i.filename.rpartition("/")[2] == NAME]
            if len(entries) != 1:
                stop(f"{path} has {len(entries) or 'no'} {NAME}; it has to have one")
            if entries[0].file_size > _MOST_BYTES or entries[0].flag_bits & 1:
                stop(f"{path}: its {NAME} is encrypted or too large")
            with archive.open(entries[0]) as file:
                content = file.read(_MOST_BYTES + 1)
    except Stopped:
        raise
    except Exception as error:  # what the decompressors raise has no class in common
        stop(f"{path} is a broken zip: {error}")
    if len(content) > _MOST_BYTES:
        stop(f"{path}: its {NAME} is too large")
    return f"{path.as_posix()}:{entries[0].filename}", content


# --------------------------------------------------------------------------------- text


def _say(line: str) -> None:
    """A line, in colour on a terminal."""
    line = _printable(line)
    if sys.stdout.isatty():
        colour = {"worse ": "red", "better": "green"}.get(line.strip()[:6])
        typer.secho(line, fg=colour, bold=line != "" and not line.startswith(" "))
    else:
        typer.echo(line)


def _printable(text: str) -> str:
    """Text without characters that steer a terminal or turn the direction of writing."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text)


def _headline(found: Difference) -> str:
    counts = ", ".join(f"{found.count(d) or 'nothing'} {words}" for d, words in _WORDS.items())
    name = found.new.name or found.old.name or "a product without cra.yaml"
    releases = [s.release for s in (found.old, found.new)]
    release = f" {releases[0]} -> {releases[1]}" if all(releases) else ""
    return f"{name}{release}: {counts}"


_WORDS = {
    Direction.WORSE: "for the worse",
    Direction.BETTER: "for the better",
    Direction.OTHER: "otherwise",
}


def as_text(found: Difference, most: int) -> Iterator[str]:
    """The difference for a terminal."""
    yield from _wrapped(_headline(found), 2)
    for topic in Topic:
        if changes := found.of(topic):
            yield ""
            yield f"{topic.heading} ({len(changes)})"
            alike = difference.alike(changes)
            for first, said in _first(alike, most):
                yield from _wrapped(f"  {first.direction.value:<6}  {said}", 10)
            yield from (f"  {left}" for left in _left(alike, most))
    if found.changes:
        yield ""
        yield from _wrapped(
            "Facts for judging a substantial modification (Article 3(30)); the judgement is yours", 2
        )
        for fact in found.facts:
            answers = _answers(fact, most)
            if fact.found:
                yield from _wrapped(f"  {fact.question} ({fact.cite})", 4)
                for line in answers:
                    yield from _wrapped(f"    {line}", 6)
        for answer, questions in _without_change(found.facts).items():
            yield from _wrapped(f"  {answer}:", 4)
            for fact in questions:
                yield from _wrapped(f"    {fact.question} ({fact.cite})", 6)
    if found.not_compared:
        yield ""
        yield "Not compared"
        for sentence in found.not_compared:
            yield from _wrapped(f"  {sentence}", 4)


def _wrapped(line: str, indent: int) -> list[str]:
    """A line in as many as the terminal asks for; 80 columns where there is none."""
    width = min(max(shutil.get_terminal_size().columns, 40), 100)
    return textwrap.wrap(
        line,
        width,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _without_change(facts: Sequence[Fact]) -> dict[str, list[Fact]]:
    """The questions that nothing was found for, by why."""
    found: dict[str, list[Fact]] = {}
    for fact in facts:
        if not fact.found:
            answer = f"Not compared, because {fact.unknown}" if fact.unknown else "No change found"
            found.setdefault(answer, []).append(fact)
    return dict(sorted(found.items()))


def _first(what: Sequence[Any], most: int) -> Sequence[Any]:
    return what[:most] if most else what


def _left(what: Sequence[Any], most: int) -> Iterator[str]:
    if most and len(what) > most:
        yield f"... and {len(what) - most} more; --limit 0 shows all"


def _answers(fact: Fact, most: int) -> Iterator[str]:
    yield from _first(fact.found, most)
    yield from _left(fact.found, most)
    if fact.unknown:
        yield f"not compared: {fact.unknown}"


# ----------------------------------------------------------------------------- Markdown

_MARKS = str.maketrans({c: f"\\{c}" for c in "\\`*_{}[]<>#|@~"})


def _md(text: str) -> str:
    """Text that means only itself in Markdown, names nobody and starts nothing."""
    return _printable(" ".join(text.split())).translate(_MARKS)


def as_markdown(found: Difference, most: int) -> Iterator[str]:
    """The difference for a pull request or release notes."""
    yield f"### {_md(_headline(found))}"
    yield ""
    if found.changes:
        yield "| | worse | better | otherwise |"
        yield "| --- | ---: | ---: | ---: |"
    for topic in Topic:
        if changes := found.of(topic):
            by = [sum(c.direction is d for c in changes) for d in _WORDS]
            yield f"| {topic.heading} | {by[0]} | {by[1]} | {by[2]} |"
    for topic in Topic:
        if changes := found.of(topic):
            yield from ("", f"#### {topic.heading}", "")
            alike = difference.alike(changes)
            yield from (f"- {_bold(first)}{_md(said)}" for first, said in _first(alike, most))
            yield from (f"- {left}" for left in _left(alike, most))
    if found.changes:
        yield from ("", "#### Facts for judging a substantial modification", "")
        yield "Article 3(30) of Regulation (EU) 2024/2847; the judgement is a person's."
        yield ""
        for fact in found.facts:
            if fact.found:
                yield f"- {_md(fact.question)} ({_md(fact.cite)})"
                yield from (f"  - {_md(line)}" for line in _answers(fact, most))
        for answer, questions in _without_change(found.facts).items():
            yield f"- {_md(answer)}: {_md(' '.join(f'{f.question} ({f.cite})' for f in questions))}"
    if found.not_compared:
        yield from ("", "#### Not compared", "")
        yield from (f"- {_md(sentence)}" for sentence in found.not_compared)


def as_comment(found: Difference) -> str:
    """The same, with as many lines of each topic as GitHub takes for one comment."""
    for most in (_SHOWN, 20, 10, 5, 2, 1):
        text = "\n".join(as_markdown(found, most))
        if len(text) < _COMMENT:
            break
    return text


def _bold(change: Change) -> str:
    return "" if change.direction is Direction.OTHER else f"**{change.direction.value}**: "


# --------------------------------------------------------------------------------- JSON


def as_data(found: Difference) -> dict[str, Any]:
    """The difference for programs."""
    return {
        "format": "sphinx-cra diff",
        "format_version": "1.0",
        "old": _side(found.old),
        "new": _side(found.new),
        "worse": found.worse,
        "counts": {d.value: found.count(d) for d in _WORDS},
        "changes": [
            {
                "topic": c.topic.value,
                "what": c.what.value,
                "direction": c.direction.value,
                "id": c.id,
                "title": c.title,
                "before": c.before,
                "after": c.after,
                "note": c.note,
            }
            for c in found.changes
        ],
        "substantial_modification_facts": [
            {"question": f.question, "cite": f.cite, "found": list(f.found), "unknown": f.unknown}
            for f in found.facts
        ],
        "not_compared": list(found.not_compared),
    }


def _side(side: Snapshot) -> dict[str, Any]:
    return {
        "file": side.source,
        "format_version": side.version,
        "generator": side.generator,
        "product": side.name or None,
        "release": side.release or None,
    }
