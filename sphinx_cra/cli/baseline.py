"""``sphinx-cra baseline``: which findings are accepted, by whom, why and until when."""

from __future__ import annotations

import os
import re
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sphinx_cra import baseline as baselines
from sphinx_cra import gate as gates
from sphinx_cra.cli import found
from sphinx_cra.cli.shared import As, Folder, Format, put_json, stop, write
from sphinx_cra.gate import BASELINE, Standing
from sphinx_cra.words import counted, listed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sphinx_cra.baseline import Baseline
    from sphinx_cra.checking import Checked

app = typer.Typer(help="Which findings are accepted, by whom, why and until when.", no_args_is_help=True)

_ID = re.compile(r"[0-9a-f]{12}(-[1-9][0-9]*)?")


@app.command(name="write")
def baseline_write(
    folder: Folder = Path(),
    by: Annotated[str, typer.Option("--by", help="Who accepts them.")] = "",
    why: Annotated[str, typer.Option("--why", help="Why.")] = "",
    until: Annotated[str, typer.Option("--until", help="Last day on which they are, as 2027-12-31.")] = "",
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only", metavar="ID|ENTRY", help="Only these: ids of findings, or entries as open:CRA_ANX_I."
        ),
    ] = None,
    source: found.Source = None,
    gate: found.GateOption = None,
    date: found.DateOption = "",
    form: As = Format.TEXT,
) -> None:
    """Accept what the gate does not let pass today, in cra-baseline.yaml, and drop what is gone.

    What was accepted before and still holds keeps its name and reason. Nothing becomes less of a gap.

    Examples:

    sphinx-cra baseline write docs --by "A. Person" --why "planned for release 2.1" --until 2027-06-30

    sphinx-cra baseline write docs --by "A. Person" --why "no such interface yet" --only open:CRA_ANX_I_P1_2_E
    """
    if not (by.strip() and why.strip()):
        stop("an acceptance has a name and a reason: --by and --why")
    last = found.day(until)
    result, before = _looked_at(folder, source, gate=gate, date=date)
    if last and result.day and last < result.day:
        stop(f"{until} is over on {result.day}, when it has to hold")
    chosen = _chosen(only, result) if only else None
    after = baselines.accepted(
        before, result.findings, product=result.product, by=by, why=why, until=last, chosen=chosen
    )
    path = folder / BASELINE
    write(path, baselines.text(after))
    old = before.acceptances if before else {}
    less = [
        j.id for j in result.findings if gates.mended(j) and after.acceptances[j.id] == baselines.shrunk(j)
    ]
    new = [i for i, a in after.acceptances.items() if old.get(i) != a and i not in less]
    if form is Format.JSON:
        left = _left(result, len(after.acceptances))
        put_json({"file": path.as_posix(), "accepted": new, "shrunk": less, **left})
        return
    said = f"{counted(len(new), 'finding')} accepted by {by}, {len(after.acceptances)} in all"
    if again := [i for i in new if i in old]:
        said += f"; {len(again)} had been accepted, and that held no longer"
    if less:
        said += f"; causes that are mended taken out of {len(less)}"
    typer.echo(f"{path}: {said}{_dropped(result)}")


@app.command(name="prune")
def baseline_prune(folder: Folder = Path(), source: found.Source = None, form: As = Format.TEXT) -> None:
    """Take out of cra-baseline.yaml what is found no more: findings, and causes of findings that are left.

    Example: sphinx-cra baseline prune docs
    """
    result, before = _looked_at(folder, source)
    if before is None:
        stop(f"there is no {BASELINE} in {folder}")
    gone = {a.id for a in result.gone}
    less = {j.id: baselines.shrunk(j) for j in result.findings if gates.mended(j)}
    kept = {i: less.get(i, a) for i, a in before.acceptances.items() if i not in gone}
    path = folder / BASELINE
    if gone or less:
        after = baselines.Baseline(product=before.product, acceptances=MappingProxyType(kept))
        write(path, baselines.text(after))
    if form is Format.JSON:
        put_json({"file": path.as_posix(), "shrunk": sorted(less), **_left(result, len(kept))})
        return
    for acceptance in result.gone:
        typer.echo(f"{acceptance.id} is found no more: {acceptance.what}")
    for judged in result.findings:
        if over := gates.mended(judged):
            typer.echo(f"{judged.id} is found without {listed(over)}: {judged.finding.message}")
    said = f"; causes taken out of {len(less)}" if less else ""
    typer.echo(f"{path}: {counted(len(gone), 'finding')} taken out, {len(kept)} in all{said}")


@app.command(name="list")
def baseline_list(
    folder: Folder = Path(),
    source: found.Source = None,
    date: found.DateOption = "",
    form: As = Format.TEXT,
) -> None:
    """Show what is accepted, and what of it holds no longer.

    Exits with 1 where an acceptance is over or does not cover what is found now.

    Example: sphinx-cra baseline list docs --date 2027-01-31
    """
    result, before = _looked_at(folder, source, date=date)
    shown = [(j.acceptance, j.standing.value) for j in result.findings if j.acceptance]
    shown += [(a, "gone") for a in result.gone]
    if form is Format.JSON:
        records = [{**baselines.record(a), "standing": standing} for a, standing in shown if a]
        put_json({"product": before.product if before else None, "accepted": records})
    else:
        for acceptance, standing in shown:
            until = f" until {acceptance.until}" if acceptance.until else ""
            typer.echo(f"{acceptance.id} {standing}: {acceptance.what}")
            typer.echo(f"  accepted by {acceptance.by}{until}: {acceptance.why}")
        typer.echo(f"{counted(len(shown), 'finding')} accepted")
    over = [j for j in result.findings if j.standing in (Standing.EXPIRED, Standing.GROWN)]
    raise typer.Exit(1 if over else 0)


def _looked_at(folder: Path, source: Path | None, **asked: Any) -> tuple[Checked, Baseline | None]:
    """What is found in the project, and its baseline as it is now."""
    if not (folder / "conf.py").is_file():
        stop(f"there is no conf.py in {folder}; name the folder of the project")
    result = found.found(folder, source, **asked)
    path = folder / BASELINE
    return result, found.baseline_of(path, result.data) if os.path.lexists(path) else None


def _chosen(only: Iterable[str], result: Checked) -> set[str]:
    """Ids of the findings that are named, whatever the gate says of them."""
    ids, entries = [o for o in only if _ID.fullmatch(o)], [o for o in only if not _ID.fullmatch(o)]
    known = {j.id for j in result.findings}
    for name in ids:
        if name not in known:
            stop(f"nothing is found with the id {name}; sphinx-cra check --format json lists them")
    asked, faults = gates.read(entries)
    if faults:
        stop("\n".join(f"--only: {'; '.join(filter(None, (f.message, f.way_out)))}" for f in faults))
    fitting = {j.id for j in result.findings if any(e.fits(j.finding, j.framework) for e in asked.entries)}
    if entries and not fitting:
        stop(f"nothing is found that {' or '.join(entries)} fits")
    return {*ids, *fitting}


def _left(result: Checked, number: int) -> dict[str, Any]:
    return {"dropped": [a.id for a in result.gone], "total": number}


def _dropped(result: Checked) -> str:
    return f"; {len(result.gone)} found no more, and taken out" if result.gone else ""
