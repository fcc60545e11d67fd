"""The baseline: findings that somebody accepted, with who, why and until when (``cra-baseline.yaml``).

Accepting takes nothing away: an accepted gap is shown as a gap, and as accepted. It only keeps the
gate from failing for what is known, so that it fails for what is new. A file that cannot be trusted
(another product's, with ids that do not fit, with a conflict left in it) accepts nothing.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import re
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sphinx_cra import datafile
from sphinx_cra.datafile import DataError, Fault
from sphinx_cra.gate import BASELINE, identity, mended
from sphinx_cra.model import LATE_CODES, Code, Finding, Place

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping
    from pathlib import Path

    from sphinx_cra.gate import Judged

SCHEMA = "baseline.schema.json"
_CONFLICT = re.compile(r"(?m)^(<{7,}|\|{7,}|={7,}|>{7,})(?:[ \t].*)?\r?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """One finding, and that somebody accepts it."""

    id: str
    code: Code
    what: str
    """The message of the finding when it was accepted, for readers."""
    by: str
    why: str
    until: dt.date | None = None
    """Last day on which it is accepted."""
    clause: str | None = None
    rule: str | None = None
    item: str | None = None
    about: str = ""
    causes: tuple[str, ...] = ()
    place: Place | None = field(default=None, compare=False)
    """Where the file has it."""

    @property
    def finding(self) -> Finding:
        """What was accepted, as far as its id is made of it."""
        return Finding(
            code=self.code,
            message=self.what,
            clause=self.clause,
            rule=self.rule,
            item=self.item,
            about=self.about,
            causes=self.causes,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What a project accepted."""

    product: str
    """Name of the product; empty where the project states none."""
    acceptances: Mapping[str, Acceptance]
    """By id of the finding."""


def load(path: Path, product: str | None, *, source: str = BASELINE) -> Baseline:
    """The baseline of a product.

    :param product: name of the product; empty where it has no product file, None where that is broken.
    :raises datafile.DataError: naming every fault with its line.
    """
    text = datafile.text(path, source=source)
    if not path.resolve().is_relative_to(path.parent.resolve()):
        message = "is a link out of the project, where nobody reviews it: keep the file itself here"
        raise DataError(source, [Fault(message=message)])
    if conflict := _CONFLICT.search(text):
        line = text.count("\n", 0, conflict.start()) + 1
        message = (
            f"a merge conflict is left here ({conflict[1]}): keep whole blocks of both sides without the "
            "marks; sphinx-cra baseline prune then takes out what is gone"
        )
        raise DataError(source, [Fault(message=message, line=line)])
    file = datafile.parse(text, source=source, schema=SCHEMA)
    found = {str(i): _acceptance(str(i), said, file) for i, said in file.data["findings"].items()}
    own: str = file.data["product"]
    every = (f for a in found.values() for f in _faults(a, file))
    faults = list(itertools.islice(every, datafile.MAX_FAULTS))
    if product is None and own:
        faults.append(file.fault("whose it is cannot be told, because the product file is broken", "product"))
    elif product is not None and own != product:
        whose = f"product {product!r}" if product else "a project without a product file"
        message = (
            f"{own!r} is another product, and this is {whose}; if it was renamed, write the new name here, "
            "otherwise take the file away and write a baseline of its own"
        )
        faults.append(file.fault(message, "product"))
    if faults:
        raise DataError(source, faults)
    return Baseline(product=own, acceptances=MappingProxyType(found))


def _acceptance(name: str, said: Mapping[str, Any], file: datafile.DataFile) -> Acceptance:
    until = said.get("until")
    try:
        day = dt.date.fromisoformat(until) if until else None
    except ValueError:
        day = dt.date.min  # told as a fault below
    return Acceptance(
        id=name,
        code=Code(said["code"]) if said["code"] in list(Code) else Code.BASELINE,
        what=said["what"],
        by=said["by"],
        why=said["why"],
        until=day,
        clause=said.get("clause"),
        rule=said.get("rule"),
        item=said.get("item"),
        about=said.get("about", ""),
        causes=tuple(said.get("causes", ())),
        place=Place(source=file.source, line=file.line("findings", name)),
    )


def _faults(acceptance: Acceptance, file: datafile.DataFile) -> Iterable[Fault]:
    route = ("findings", acceptance.id)
    said = file.data["findings"][acceptance.id]
    if said["code"] not in list(Code):
        yield file.fault(f"{said['code']!r} is no code of a finding", *route, "code")
    elif identity(acceptance.finding) != acceptance.id.partition("-")[0]:
        message = (
            "the id does not fit, so what is accepted was changed by hand: take the block out, and accept it "
            "again with sphinx-cra baseline write"
        )
        yield file.fault(message, *route)
    if acceptance.until == dt.date.min:
        yield file.fault(f"{said['until']!r} is no date; write it as 2027-12-31", *route, "until")
    for key in ("by", "why"):
        if not said[key].strip():
            yield file.fault("is empty", *route, key)


# --------------------------------------------------------------------------------- writing


def accepted(
    baseline: Baseline | None,
    judged: Iterable[Judged],
    *,
    product: str,
    by: str,
    why: str,
    until: dt.date | None = None,
    chosen: Container[str] | None = None,
) -> Baseline:
    """The baseline with today's findings accepted, and without those that are found no more.

    What was accepted before and still holds stays as it was, with its own name and reason.

    :param chosen: ids of the findings to accept; without them all that the gate would say.
    """
    before = baseline.acceptances if baseline else {}
    kept = {i: a for i, a in before.items() if a.code in LATE_CODES}
    for found in judged:
        wanted = found.said if chosen is None else found.id in chosen
        if found.acceptance is not None and not (wanted and not found.standing.holds):
            kept[found.id] = shrunk(found)
        elif wanted:
            finding = found.finding
            kept[found.id] = Acceptance(
                id=found.id,
                code=finding.code,
                what=finding.message,
                by=by,
                why=why,
                until=until,
                clause=finding.clause,
                rule=finding.rule,
                item=finding.item,
                about=finding.about,
                causes=finding.causes,
            )
    return Baseline(product=product, acceptances=MappingProxyType(kept))


def shrunk(judged: Judged) -> Acceptance:
    """The acceptance of a finding without the causes that are mended, which so cannot come back unseen."""
    assert judged.acceptance is not None
    over = mended(judged)
    return replace(judged.acceptance, causes=tuple(c for c in judged.acceptance.causes if c not in over))


def text(baseline: Baseline) -> str:
    """The file: a block for each finding, sorted by what it is about, so that a change is easy to review."""
    lines = [
        "# Findings that are accepted: the gate does not fail for them, and they are gaps all the same.",
        "# Written by `sphinx-cra baseline write`; review it like any other change.",
        f"product: {_scalar(baseline.product)}",
        "findings:" if baseline.acceptances else "findings: {}",
    ]
    for found in sorted(baseline.acceptances.values(), key=_key):
        lines.append(f'  "{found.id}":')
        for key, value in record(found).items():
            if key != "id" and value not in (None, "", []):
                lines.append(f"    {key}: {_scalar(value)}")
    return "\n".join(lines) + "\n"


def record(acceptance: Acceptance) -> dict[str, Any]:
    """An acceptance as plain data, as it stands in ``assessment.json``."""
    return {
        "id": acceptance.id,
        "code": acceptance.code.value,
        "what": acceptance.what,
        "clause": acceptance.clause,
        "rule": acceptance.rule,
        "item": acceptance.item,
        "about": acceptance.about,
        "causes": list(acceptance.causes),
        "by": acceptance.by,
        "why": acceptance.why,
        "until": acceptance.until.isoformat() if acceptance.until else None,
    }


def _key(acceptance: Acceptance) -> tuple[str, str, str]:
    subject = acceptance.rule or acceptance.clause or acceptance.item or acceptance.about
    return (acceptance.code.value, subject, acceptance.id)


def _scalar(value: Any) -> str:
    """A value in YAML, quoted, so that it reads back as the text it is."""
    if isinstance(value, list):
        return f"[{', '.join(map(_scalar, value))}]"
    return json.dumps(datafile.readable(value), ensure_ascii=False)
