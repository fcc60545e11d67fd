"""``sphinx-cra report``: reports under Article 14, drafted, rehearsed and looked after. Nothing is sent."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sphinx_cra import product as products
from sphinx_cra.cli.shared import As, Format, below, data_of, put, put_json, stop, write
from sphinx_cra.datafile import DataError
from sphinx_cra.evidence import EPOCH
from sphinx_cra.reporting import answers as saying
from sphinx_cra.reporting import checks, clock, drill, facts, register, text
from sphinx_cra.reporting.clock import Kind, Stage, TimeError
from sphinx_cra.reporting.draft import draft
from sphinx_cra.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from sphinx_cra.product import Product
    from sphinx_cra.reporting.answers import Answers
    from sphinx_cra.reporting.facts import Library

app = typer.Typer(
    help="Reports under Article 14: clocks, drafts, drills, and the register. Nothing is ever sent.",
    no_args_is_help=True,
)


Dir = Annotated[Path, typer.Option("--dir", metavar="DIR", help="Folder of conf.py and cra.yaml.")]
ProductFile = Annotated[
    str, typer.Option("--product", metavar="FILE", help="The product file, relative to the folder.")
]
Type = Annotated[Kind | None, typer.Option("--type", help="What is reported.")]
Aware = Annotated[
    str, typer.Option("--aware", metavar="TIME", help="Awareness, as 2026-11-24T09:30+01:00 (offset needed).")
]
Now = Annotated[
    str,
    typer.Option(
        "--now", metavar="TIME", help="When to look at the clocks; the word now asks the machine's clock."
    ),
]
Zone = Annotated[
    str, typer.Option("--zone", metavar="NAME", help="Show times in this zone too, as Europe/Berlin.")
]
AnswersFile = Annotated[
    Path | None,
    typer.Option("--answers", metavar="FILE", help="What people say about the case; kept for all stages."),
]
Sboms = Annotated[
    list[Path] | None,
    typer.Option("--sbom", metavar="FILE", help="An SBOM; without it, those that the last build knew."),
]
Scans = Annotated[list[Path] | None, typer.Option("--scan", metavar="FILE", help="The result of a scanner.")]
Vexes = Annotated[list[Path] | None, typer.Option("--vex", metavar="FILE", help="A VEX document.")]
Component = Annotated[
    str, typer.Option("--component", metavar="NAME", help="As the SBOM has it: NAME, NAME@VERSION, a purl.")
]
Out = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write there and not to the terminal.")
]


@app.command(name="draft")
def draft_command(
    stage: Annotated[Stage, typer.Argument(help="Which report.")],
    type_: Type = None,
    aware: Aware = "",
    vulnerability: Annotated[
        str, typer.Option("--vulnerability", metavar="ID", help="A CVE or another id.")
    ] = "",
    component: Component = "",
    answers: AnswersFile = None,
    folder: Dir = Path(),
    product: ProductFile = "cra.yaml",
    sbom: Sboms = None,
    scan: Scans = None,
    vex: Vexes = None,
    now: Now = "",
    zone: Zone = "",
    format_: As = Format.TEXT,
    output: Out = None,
) -> None:
    """Draft a report from what is known, and list what a person still has to say.

    Markdown for people, or JSON (schemas/report.schema.json) with --format json. What is given here and in
    the file of answers must agree. Exits with 0 also where points are missing: a draft is to be filled in.

    Example: sphinx-cra report draft early-warning --type vulnerability --aware 2026-11-24T09:30+01:00
    --vulnerability CVE-2026-12345 --component jsonschema --dir docs --zone Europe/Berlin

    Example: sphinx-cra report draft final --answers case-004.yaml --dir docs
    """
    said = _said(answers, type_, aware=aware, vulnerability=vulnerability, component=component)
    place, looked = _zone(zone), _now(now)
    about = _product(folder, product)
    library = _library(folder, sbom, scan, vex)
    _doubt(library, about)
    try:
        known = facts.gather(about, library, component=said.component, vulnerability=said.vulnerability)
        found = draft(stage, known, said, now=looked)
    except (facts.FactsError, TimeError) as error:
        stop(str(error))
    result = text.as_json(found) if format_ is Format.JSON else text.markdown(found, place)
    _put(result, output)
    if output:
        missing = counted(len(found.missing), "point")
        typer.echo(f"{output.name}: draft of the {stage.words}, {missing} to be filled in", err=True)


@app.command(name="answers")
def answers_command(
    type_: Annotated[Kind, typer.Option("--type", help="What is reported.")],
    output: Out = None,
) -> None:
    """Write a file of answers to fill in, with what Article 14 asks for at each stage.

    Example: sphinx-cra report answers --type incident -o case-004.yaml
    """
    if output is not None and (output.exists() or output.is_symlink()):
        stop(f"{output} is there already; answers are not overwritten")
    _put(saying.template(type_), output)


@app.command(name="deadlines")
def deadlines_command(
    type_: Type = None,
    aware: Aware = "",
    measure: Annotated[
        str,
        typer.Option(
            "--measure", metavar="TIME", help="When a corrective or mitigating measure was available."
        ),
    ] = "",
    notified: Annotated[
        str, typer.Option("--notified", metavar="TIME", help="When the notification was submitted.")
    ] = "",
    answers: AnswersFile = None,
    now: Now = "",
    zone: Zone = "",
    format_: As = Format.TEXT,
) -> None:
    """Show until when each report is due, and what is next. Exits with 1 where one is late at --now.

    Example: sphinx-cra report deadlines --type incident --aware 2026-11-24T09:30+01:00 --zone Europe/Berlin
    """
    said = _said(answers, type_, aware=aware, measure=measure)
    if notified:
        when = _time(notified, "--notified")
        stated = dict(said.submitted).get(Stage.NOTIFICATION)
        _agree(stated, when, "--notified", said.source)
        rest = [s for s in said.submitted if s[0] is not Stage.NOTIFICATION]
        said = replace(said, submitted=(*rest, (Stage.NOTIFICATION, when)))
    times, place, looked = said.times, _zone(zone), _now(now)
    if times is None:
        stop("awareness is not stated; give --aware, or aware in the file of answers")
    assert said.kind is not None
    try:
        steps = clock.steps(said.kind, times, looked)
    except TimeError as error:
        stop(str(error))
    if format_ is Format.JSON:
        aware = clock.stamp(times.aware)
        put_json({"type": said.kind.value, "aware": aware, "clocks": text.clocks(steps)})
    else:
        for step in steps:
            one = step.deadline
            due = clock.shown(one.due, place) if one.due else f"not running before {one.waits_for}"
            typer.echo(f"{one.stage.words:16}  {due}  {text.state(step, place)}  ({one.rule}, {one.clause})")
        typer.echo(text.following(steps, place))
    raise typer.Exit(1 if any(s.lateness is clock.Lateness.LATE for s in steps) else 0)


@app.command(name="drill")
def drill_command(
    component: Component = "",
    type_: Type = None,
    answers: AnswersFile = None,
    record: Annotated[
        Path | None, typer.Option("--record", metavar="FILE", help="Write a dated record, to be evidence.")
    ] = None,
    date: Annotated[
        str, typer.Option("--date", metavar="DAY", help=f"Day of the drill, as 2026-11-24; else {EPOCH}.")
    ] = "",
    aware: Aware = "",
    folder: Dir = Path(),
    product: ProductFile = "cra.yaml",
    sbom: Sboms = None,
    format_: As = Format.TEXT,
) -> None:
    """Rehearse all three reports for a component of the SBOM; exit with 1 where a point cannot be filled.

    Without --component the first by name and version is taken. The record (schemas/drill.schema.json) says
    which points could be filled and from what, never what was said; it is evidence of kind drill.

    Example: sphinx-cra report drill --component jsonschema --answers drill.yaml --record drill.json
    --date 2026-11-24 --dir docs
    """
    said = _said(
        answers, type_ or (None if answers else Kind.VULNERABILITY), aware=aware, component=component
    )
    day = _day(date, needed=record is not None)
    about = _product(folder, product)
    library = _library(folder, sbom, None, None)
    _doubt(library, about)
    try:
        if not library.sboms:
            raise facts.FactsError(facts.NO_SBOM)
        chosen = said.component or facts.first(library)
        known = facts.gather(about, library, component=chosen)
        done = drill.run(known, said, component=chosen, chosen="named" if said.component else "first")
    except (facts.FactsError, TimeError) as error:
        stop(str(error))
    start = said.aware or (dt.datetime.combine(day, dt.time(9), dt.UTC) if day else None)
    data = drill.record(done, date=day, aware=start) if day and start else None
    if record is not None and data is not None:
        write(record, drill.text(data))
    if format_ is Format.JSON:
        put_json(data or _undated(done))
    else:
        for line in _drilled(done):
            typer.echo(line)
        if record is not None:
            typer.echo(f"{record.name}: {'passed' if done.passed else 'failed'}, {day}")
    raise typer.Exit(0 if done.passed else 1)


def _undated(done: drill.Drill) -> dict[str, Any]:
    """What a drill found, where no day makes it a record."""
    data = drill.record(done, date=dt.date.min, aware=clock.STARTED)
    for key in ("date", "aware"):
        data[key] = None
    for stage in data["stages"]:
        stage["due"] = None
    return data


def _drilled(done: drill.Drill) -> Iterator[str]:
    first = done.drafts[0]
    how = "" if done.chosen == "named" else ", the first by name and version"
    where = "; ".join(f"{a}: {a.where}" for a in first.facts.affected)
    yield f"drill: {first.kind} in {done.component}{how} ({where})"
    for one in done.drafts:
        points = counted(len(one.entries), "point")
        yield f"{one.stage.words}: {points}, {counted(len(one.missing), 'point')} missing"
        for entry in one.missing:
            field = entry.field
            yield f"  {field.key} ({field.cite}): {field.ask} Write it under answers.{field.key}"
    found = first.recipient
    yield f"recipient: {'the CSIRT of ' + found.state if found.state else 'not known'}, {found.reason}"
    yield "every point could be filled" if done.passed else "the reports could not be completed"


@app.command(name="register")
def register_command(
    folder: Dir = Path(),
    product: ProductFile = "cra.yaml",
    now: Now = "",
    zone: Zone = "",
    format_: As = Format.TEXT,
) -> None:
    """Show the register of reports made, what is late at --now, and rules R63 to R70.

    Exits with 1 where a rule is not met.

    Example: sphinx-cra report register --dir docs --now 2026-11-25T12:00Z
    """
    place, looked = _zone(zone), _now(now)
    about = _product(folder, product)
    try:
        found = register.of_project(folder, about)
        ground = checks.ground(found, about, now=looked)
        results = checks.checks(ground)
        lines = list(_registered(found, looked, place))
    except DataError as error:
        stop("\n".join(error.lines()))
    except TimeError as error:
        stop(str(error))
    if format_ is Format.JSON:
        put_json({"reports": [_case(c, looked) for c in found.cases], "rules": [_check(c) for c in results]})
    else:
        for line in lines:
            typer.echo(line)
        for check in results:
            out = f"; {check.way_out}" if check.way_out else ""
            typer.echo(f"{check.rule} {check.outcome}: {check.message}{out} ({check.clause})")
    raise typer.Exit(1 if any(c.outcome is checks.Answer.NOT_MET for c in results) else 0)


def _registered(found: register.Register, now: dt.datetime | None, place: ZoneInfo | None) -> Iterator[str]:
    if not found.cases:
        yield f"{found.source}: no report recorded"
    for case in found.cases:
        yield f"{case.id}: {case.kind}, {case.status}, aware {clock.shown(case.aware, place)}"
        for step in case.steps(now):
            one = step.deadline
            due = f"due {clock.shown(one.due, place)}" if one.due else f"waits until {one.waits_for}"
            yield f"  {one.stage.words}: {text.state(step, place)}, {due}"


def _case(case: register.Case, now: dt.datetime | None) -> dict[str, Any]:
    return {
        "id": case.id,
        "type": case.kind.value,
        "status": case.status.value,
        "aware": clock.stamp(case.aware),
        "clocks": text.clocks(case.steps(now)),
    }


def _check(check: checks.Check) -> dict[str, Any]:
    return {
        "rule": check.rule,
        "clause": check.clause,
        "outcome": check.outcome.value,
        "severity": check.severity.value,
        "case": check.case,
        "message": check.message,
        "way_out": check.way_out,
    }


# ----------------------------------------------------------------------------- input


def _said(
    path: Path | None,
    kind: Kind | None,
    *,
    aware: str = "",
    measure: str = "",
    vulnerability: str = "",
    component: str = "",
) -> Answers:
    """What people say about the case: the file of answers, and what the command line adds to it."""
    said = saying.Answers()
    if path is not None:
        try:
            said = saying.load(path, source=path.name)
        except DataError as error:
            stop("\n".join(error.lines()))
    if said.kind is None and kind is None:
        stop("what is reported is not stated; give --type vulnerability or --type incident")
    given: dict[str, Any] = {
        "kind": kind,
        "aware": _time(aware, "--aware") if aware else None,
        "measure_available": _time(measure, "--measure") if measure else None,
        "vulnerability": vulnerability.strip(),
        "component": component.strip(),
    }
    for name, value in given.items():
        if value:
            option = {"kind": "type", "measure_available": "measure"}.get(name, name)
            _agree(getattr(said, name), value, f"--{option}", said.source)
            said = replace(said, **{name: value})
    if said.kind is Kind.INCIDENT and said.measure_available:
        stop("a measure starts no clock of an incident, whose final report runs from the notification")
    return said


def _agree(stated: object, given: object, option: str, source: str) -> None:
    """Stop where the command line and the file of answers contradict each other."""
    if stated and stated != given:
        one, other = (clock.stamp(v) if isinstance(v, dt.datetime) else str(v) for v in (given, stated))
        stop(f"{option} says {one}, and {source} says {other}; leave the option out, or mend the file")


def _time(value: str, option: str) -> dt.datetime:
    try:
        return clock.moment(value)
    except TimeError as error:
        stop(f"{option}: {error}")


def _now(value: str) -> dt.datetime | None:
    """The time to look at the clocks; the machine's own only where it is asked for by its name."""
    if value.strip().casefold() == "now":
        return dt.datetime.now(dt.UTC).replace(microsecond=0)
    return _time(value, "--now") if value else None


def _zone(name: str) -> ZoneInfo | None:
    try:
        return clock.zone(name) if name else None
    except TimeError as error:
        stop(f"--zone: {error}")


def _day(value: str, *, needed: bool) -> dt.date | None:
    if value:
        try:
            return clock.moment(f"{value.strip()}T00:00Z").date()
        except TimeError:
            stop(f"--date: {value[:60]!r} is no day that can be meant; write it as 2026-11-24")
    if epoch := os.environ.get(EPOCH, "").strip():
        try:
            return dt.datetime.fromtimestamp(int(epoch), dt.UTC).date()
        except (ValueError, OverflowError, OSError):
            stop(f"{EPOCH} {epoch[:40]!r} is no number of seconds")
    if needed:
        stop(f"a record needs the day of the drill; give --date 2026-11-24, or set {EPOCH}")
    return None


def _product(folder: Path, name: str) -> Product:
    try:
        return products.load(folder / name, source=name, root=folder)
    except DataError as error:
        stop("\n".join([*error.lines(), "a report needs the product file; name its folder with --dir"]))


def _library(
    folder: Path, sbom: list[Path] | None, scan: list[Path] | None, vex: list[Path] | None
) -> Library:
    """The files named, and of kinds that none is named of, those that the last build knew."""
    named = {"sbom": sbom, "scan": scan, "vex": vex}
    files = [(kind, path) for kind, paths in named.items() for path in paths or ()]
    wanted = {kind for kind, paths in named.items() if not paths}
    files += [(kind, folder / name) for kind, name in _built(folder) if kind in wanted]
    try:
        return facts.read(folder, files)
    except facts.FactsError as error:
        stop(str(error))


def _doubt(library: Library, about: Product) -> None:
    """Say beside the result that an SBOM is of another version."""
    for line in facts.astray(library, about):
        typer.echo(f"sphinx-cra: {line}; name the SBOM of that release with --sbom", err=True)


_UNREAD = ("missing", "unreadable", "altered", "foreign")


def _built(folder: Path) -> Iterator[tuple[str, str]]:
    """Kind and file of what builds knew of components and vulnerabilities; nothing where there is none."""
    found = {path.resolve(): path for path in below(folder, "assessment.json")}
    seen: dict[tuple[str, str], None] = {}
    for path in sorted(found.values()):
        data = data_of(path)
        try:
            unread = {v["item"] for v in data["verdicts"] if v["outcome"] in _UNREAD}
            for item in data["items"]:
                kind, file = item["fields"].get("kind"), item["fields"].get("file")
                if kind in ("sbom", "scan", "vex") and file and item["id"] not in unread:
                    seen[(kind, file)] = None
        except (KeyError, TypeError, AttributeError) as error:
            stop(f"{path} is no assessment.json that can be read ({error}); build again, or name --sbom")
    yield from seen


def _put(result: str, output: Path | None) -> None:
    if output is None:
        put(result)
    else:
        write(output, result)
