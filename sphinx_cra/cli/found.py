"""What ``check``, ``export``, ``explain`` and ``baseline`` look at: a build, or the needs of one.

Reads ``assessment.json``, or makes an assessment of a ``needs.json``; ``conf.py`` is never run.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sphinx_cra import __version__
from sphinx_cra import gate as gates
from sphinx_cra.bundle.verify import FORMAT, MANIFEST
from sphinx_cra.checking import Checked, Unseen, checked
from sphinx_cra.cli.shared import builds, built, data_of, is_assessment, read, stop
from sphinx_cra.datafile import DataError
from sphinx_cra.gate import BASELINE, Gate, Level
from sphinx_cra.model import Code, Kind, under
from sphinx_cra.words import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sphinx_cra.assessment import Assessment
    from sphinx_cra.baseline import Baseline
    from sphinx_cra.gate import Judged
    from sphinx_cra.model import Verdict
    from sphinx_cra.trace import Adoption

Source = Annotated[
    Path | None,
    typer.Option(
        "--from",
        metavar="FILE",
        help="assessment.json of a build, or a needs.json; - is standard input. Without it, what is found.",
    ),
]
GateOption = Annotated[
    list[str] | None,
    typer.Option(
        "--gate",
        metavar="ENTRY[=LEVEL]",
        help="Instead of the cra_gate of the build: open:CRA_ANX_I=error, severity:info=quiet. "
        "Without a level it is an error.",
    ),
]
BaselineOption = Annotated[
    Path | None,
    typer.Option("--baseline", metavar="FILE", help="Accepted findings; without it, DIR/cra-baseline.yaml."),
]
DateOption = Annotated[
    str,
    typer.Option(
        "--date",
        metavar="DATE",
        help="When acceptances have to hold, as 2027-12-31; without it, the reference date of the product.",
    ),
]
RootOption = Annotated[
    Path | None,
    typer.Option(
        "--root", metavar="DIR", help="Root of the repository; without it, the nearest with .git above."
    ),
]

_FOREIGN = "this is no assessment.json of this version; build again"
_CATALOGUES = ("cra", "iec62443-4-1", "iec62443-4-2")
_UNKNOWN = frozenset({Code.ANNEX_VII, Code.RULE})
"""Gaps that rest on what no ``needs.json`` holds."""


def found(
    folder: Path,
    source: Path | None,
    *,
    gate: Iterable[str] | None = None,
    baseline: Path | None = None,
    date: str = "",
) -> Checked:
    """What is found in a project, and what becomes of it; ends with 2 where that cannot be told."""
    data, unchecked = load(folder, source)
    try:
        stated = _gate(gate, data) if gate else None
        own = _baseline(folder, baseline, data)
        recorded = baseline is None and not (folder / "conf.py").is_file()
        return checked(data, gate=stated, baseline=own, recorded=recorded, day=day(date), unchecked=unchecked)
    except (AttributeError, KeyError, TypeError, ValueError):
        stop(_FOREIGN)


def day(text: str) -> dt.date | None:
    """A date of the command line."""
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        stop(f"{text!r} is no date; write it as 2027-12-31")


def load(
    folder: Path, source: Path | None, *, types: Path | None = None
) -> tuple[Mapping[str, Any], tuple[Unseen, ...]]:
    """The data of a build, and what could not be looked at.

    :param types: folder of another conf.py that says what need types are, where ``folder`` has none.
    """
    path = source or built(folder)
    data = data_of(path)
    if is_assessment(data):
        if "baseline" not in data:
            stop(f"{path} is no assessment.json of this version; build again")
        late = [f for p in ([path] if source else builds(folder).values()) for f in _late(p)]
        return {**data, "mistakes": [*data["mistakes"], *late]} if late else data, ()
    try:
        needs = data["versions"][data["current_version"]]["needs"]
        records = [dict(n) for n in needs.values() if n.get("type") != "clause"]
    except (AttributeError, KeyError, TypeError, ValueError):
        stop(f"{path} is no assessment.json and no needs.json")
    try:
        return _of_needs(records, folder, types if types and not (folder / "conf.py").is_file() else folder)
    except (AttributeError, KeyError, TypeError, ValueError):
        stop(f"{path} holds needs that are not as sphinx-needs writes them")


def _late(path: Path) -> list[Any]:
    """What was found while the technical file of an assessment was written, as its manifest has it."""
    beside = path.parent / MANIFEST
    if str(path) == "-" or not beside.exists():
        return []
    data = data_of(beside)
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        return []
    try:
        digests = {f["path"]: f["sha256"] for f in data["files"]}
        late = list(data.get("findings", ()))
        if late:
            checked({**data_of(path), "mistakes": late})  # raises where one is no finding
    except (AttributeError, KeyError, TypeError, ValueError):
        stop(f"{beside} is not as sphinx-cra writes it; build again")
    return late if digests.get(path.name) == hashlib.sha256(read(path)).hexdigest() else []


def _gate(entries: Iterable[str], data: Mapping[str, Any]) -> Gate:
    given = {}
    for text in entries:
        entry, _, level = text.partition("=")
        given[entry.strip()] = level.strip() or Level.ERROR.value
    gate, faults = gates.read(given)
    from sphinx_cra.legal import rules

    clauses = [r["clause"] for r in data["rows"]]
    frameworks = [c["id"] for c in data["catalogues"]]
    faults = (*faults, *gate.idle(clauses, frameworks, [r.id for r in rules()]))
    if faults:
        stop("\n".join(f"--gate: {'; '.join(filter(None, (f.message, f.way_out)))}" for f in faults))
    return gate


def _baseline(folder: Path, stated: Path | None, data: Mapping[str, Any]) -> Baseline | None:
    path = stated or folder / BASELINE
    if stated is None and not os.path.lexists(path):
        return None
    return baseline_of(path, data)


def baseline_of(path: Path, data: Mapping[str, Any]) -> Baseline:
    """The accepted findings of a file; ends with 2 where it cannot be used."""
    from sphinx_cra import baseline

    name = (data["product"] or {}).get("name", "")
    try:
        return baseline.load(path, name, source=path.as_posix())
    except DataError as error:
        stop("\n".join(error.lines()))


# ------------------------------------------------------------------------------ needs.json


def _of_needs(
    records: list[dict[str, Any]], folder: Path, types_in: Path
) -> tuple[Mapping[str, Any], tuple[Unseen, ...]]:
    """An assessment of needs alone, with what it does not know left out and said."""
    from sphinx_cra import catalogue, evidence, footing, product, trace
    from sphinx_cra.assessment import assess
    from sphinx_cra.render.data import assessment_data

    catalogues = [catalogue.load(name, root=folder) for name in _CATALOGUES]
    mappings = [
        catalogue.load_mapping(name, root=folder) for name in catalogue.fitting_mappings(list(_CATALOGUES))
    ]
    usable, fitting = catalogue.combine(catalogues, mappings)
    clauses = catalogue.Clauses(usable)
    adopted, computed = _adopted(types_in)
    items = trace.Trace.from_records(records, adoptions=adopted, clauses=clauses)
    stated = folder / "cra.yaml"
    try:
        loaded = product.load(stated, source="cra.yaml", root=folder) if stated.is_file() else None
    except DataError as error:
        stop("\n".join(error.lines()))
    verdicts: Mapping[str, Verdict] = {}
    is_project = (folder / "conf.py").is_file()
    if is_project:
        cache = evidence.Cache()
        declared = evidence.linked(items.of_kind(Kind.EVIDENCE), folder, cache)
        items = trace.Trace([*items.items.values(), *declared], clauses=clauses, astray=items.astray)
        read = evidence.verdicts(items.of_kind(Kind.EVIDENCE), folder, cache, product=loaded)
        verdicts = footing.fallen(items, read)
    done = assess(
        product=loaded, catalogues=usable, mappings=fitting, trace=items, verdicts=verdicts, sections=()
    )
    types = {str(r.get("docname")): str(r.get("doctype") or "") for r in records}
    data = assessment_data(
        done, generator=f"sphinx-cra {__version__}", file=lambda source: source + types.get(source, "")
    )
    others = sorted({str(r.get("type")) for r in records} - set(adopted))
    return _without_file(data), tuple(_unchecked(others, done, is_project, computed))


def _adopted(folder: Path) -> tuple[Mapping[str, Adoption], bool]:
    """How need types are read by the ``cra_types`` of a conf.py, and whether they are computed there.

    The file is read and not run, so that only what is written out is known.
    """
    from sphinx_cra import starter, trace

    try:
        conf = starter.read_conf((folder / "conf.py").read_text("utf-8"))
    except (OSError, UnicodeDecodeError, starter.ConfError):
        return trace.OWN, False
    found, faults = trace.adoptions(conf.adopts or {})
    if faults:
        stop("\n".join(f"{folder / 'conf.py'}: cra_types: {fault}" for fault in faults))
    return found, conf.adopts is None


def written(folder: Path) -> dict[str, Mapping[str, str]]:
    """Need types of a project, and the fields that hold ours, as far as conf.py writes that out."""
    from sphinx_cra import starter, trace

    try:
        conf = starter.read_conf((folder / "conf.py").read_text("utf-8"))
    except (OSError, UnicodeDecodeError, starter.ConfError):
        return {}
    return {name: a.fields for name, a in trace.adoptions(conf.adopts or {})[0].items() if a.fields}


def _without_file(data: dict[str, Any]) -> dict[str, Any]:
    """The data without what rests on the sections of the technical file."""
    data["gaps"] = [g for g in data["gaps"] if g["code"] not in _UNKNOWN]
    for row in data["rows"]:
        if row["counted"] and under(row["clause"], "CRA_ANX_VII") and not row["carriers"]:
            totals = data["totals"]["catalogues"][row["framework"]]
            totals["counted"] -= 1
            totals["gaps"] -= row["gap"]
            totals["states"][row["state"]] -= 1
            row.update(state=None, counted=False, gap=False, reason="Not checked.", way_out="")
    return data


def _unchecked(others: Sequence[str], done: Assessment, is_project: bool, computed: bool) -> Iterator[Unseen]:
    yield Unseen(
        says="a needs.json holds no sections, so nothing is said of the points of Annex VII and of rules"
    )
    yield Unseen(
        says="it holds no prose and no conf.py, so nothing is said of citations, directives and cra_* values"
    )
    if not is_project and any(i.kind is Kind.EVIDENCE for i in done.trace.items.values()):
        yield Unseen(says="no file of evidence was looked at: name the folder of conf.py")
    if others:
        why = "computes its cra_types, and is not run" if computed else "(cra_types) says what they are"
        yield Unseen(says=f"needs of type {listed(others, 8)} are left out: conf.py {why}", needs=True)
    if done.product is None:
        yield Unseen(says="there is no cra.yaml beside it, so nothing is known of the product")


def undecided(result: Checked) -> bool:
    """Whether the gate asks for what could not be looked at."""
    return bool(result.unchecked) and any(result.gate.asks(code) for code in _UNKNOWN)


# ---------------------------------------------------------------------------- what is written


def prefix(folder: Path, root: Path | None) -> str:
    """The folder of ``conf.py`` relative to the root of the repository, with forward slashes."""
    home = folder.resolve()
    if not (home / "conf.py").is_file() and root is None:
        return ""
    top = root.resolve() if root else next((p for p in (home, *home.parents) if (p / ".git").exists()), home)
    if not home.is_relative_to(top):
        stop(f"{folder} does not lie in {root}")
    inside = home.relative_to(top).as_posix()
    return "" if inside == "." else inside


def rendered(result: Checked, form: str, *, prefix: str = "", only_said: bool = False) -> str:
    """The text of an export."""
    try:
        match form:
            case "sarif":
                from sphinx_cra.render.sarif import sarif

                return sarif(result, prefix=prefix, only_said=only_said)
            case "junit":
                from sphinx_cra.render.junit_xml import junit_xml

                return junit_xml(result, prefix=prefix)
            case "codequality":
                from sphinx_cra.render.codequality import codequality

                return codequality(result, prefix=prefix)
            case "markdown":
                from sphinx_cra.render.markdown import markdown

                return markdown(result, prefix=prefix)
            case "badge":
                from sphinx_cra.render.badge import badge

                return badge(result)
            case _:
                return _json(result, only_said)
    except (AttributeError, KeyError, TypeError, ValueError):
        stop(_FOREIGN)


def _json(result: Checked, only_said: bool) -> str:
    from sphinx_cra import baseline

    chosen = result.said if only_said else result.findings
    data = {
        "format": "sphinx-cra check",
        "format_version": "1.0",
        "product": result.product,
        "release": result.release,
        "reference_date": result.day.isoformat() if result.day else None,
        "gate": result.gate.given,
        "counts": {
            "errors": sum(j.level is Level.ERROR for j in result.said),
            "warnings": sum(j.level is Level.WARNING for j in result.said),
            "accepted": len(result.accepted),
            "quiet": result.quiet,
            "gone": len(result.gone),
        },
        "findings": [_record(j, result) for j in chosen],
        "gone": [baseline.record(a) for a in result.gone],
        "not_checked": list(result.not_checked),
    }
    return json.dumps(data, indent=1) + "\n"


def _record(judged: Judged, result: Checked) -> dict[str, Any]:
    finding, acceptance = judged.finding, judged.acceptance
    return {
        "id": judged.id,
        "code": f"cra.{finding.code.value}",
        "severity": finding.severity.value,
        "level": judged.level.value,
        "standing": judged.standing.value,
        "framework": judged.framework or None,
        "clause": finding.clause,
        "item": finding.item,
        "rule": finding.rule,
        "message": finding.message,
        "way_out": finding.way_out,
        "file": result.file(finding) if finding.place else None,
        "line": finding.place.line if finding.place else None,
        "accepted": {
            "by": acceptance.by,
            "why": acceptance.why,
            "until": acceptance.until.isoformat() if acceptance.until else None,
        }
        if acceptance
        else None,
    }
