"""Evidence: what the artefact behind an evidence need shows.

One reader a kind, each in its module; this one finds the files, compares digests and asks the
reader. Every fault of an author or of a file is a verdict with a reason, and only ``valid``
proves anything. Nothing is fetched. Which version evidence is about and how old it may be is
decided in ``binding``.
"""

from __future__ import annotations

import dataclasses
import datetime
import importlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from sphinx_cra.evidence.files import Cache, File, Project, combined
from sphinx_cra.evidence.reader import Claim, EvidenceError, Exhibit, Reader
from sphinx_cra.model import Link, Outcome, Verdict
from sphinx_cra.words import listed, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from sphinx_cra.evidence.binding import Terms
    from sphinx_cra.evidence.lock import Lock
    from sphinx_cra.model import Artefact, Item
    from sphinx_cra.product import Product

__all__ = [
    "EPOCH",
    "KINDS",
    "LOCK",
    "READERS",
    "Cache",
    "Claim",
    "EvidenceError",
    "Exhibit",
    "File",
    "Project",
    "Reader",
    "Readers",
    "combined",
    "linked",
    "unknown_kind",
    "verdict",
    "verdicts",
]

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "attestation": "in-toto statement about another artefact",
        "certificate": "certificate of a product, process or organisation",
        "coverage": "code coverage report",
        "drill": "record of a drill of the reports to authorities",
        "file": "any file that shows something by being there",
        "junit": "test results in JUnit XML",
        "report": "report of an assessment, audit or penetration test",
        "sarif": "results of static analysis or a scan in SARIF",
        "sbom": "software bill of materials",
        "scan": "result of a vulnerability scanner",
        "vex": "status of vulnerabilities",
    }
)
"""Every kind that we have a word for. Without a reader a kind is ``unchecked``."""


class Readers(Mapping[str, Reader]):
    """Readers by kind, each imported when it is first asked for: some bring large libraries.

    :param modules: kind -> name of the module that is its reader.
    """

    def __init__(self, modules: Mapping[str, str]) -> None:
        self.modules = dict(modules)

    def __getitem__(self, kind: str) -> Reader:
        module: Any = importlib.import_module(self.modules[kind])
        return cast("Reader", module)

    def __iter__(self) -> Iterator[str]:
        return iter(self.modules)

    def __len__(self) -> int:
        return len(self.modules)


READERS = Readers(
    {kind: f"sphinx_cra.evidence.{'certificate' if kind == 'report' else kind}" for kind in KINDS}
)
"""Ours. A project may add its own with ``cra_readers``."""

EPOCH = "SOURCE_DATE_EPOCH"
LOCK = "cra-evidence.lock"
"""File in the root of the project; ``lock`` reads it."""

_SHA256 = re.compile(r"(?:sha256:)?([0-9a-f]{64})", re.IGNORECASE)
_STATED = (Outcome.VALID, Outcome.VOID, Outcome.UNCHECKED)
"""Outcomes that an author's *failed* overrides."""


def verdict(item: Item, root: Path, cache: Cache, *, readers: Mapping[str, Reader] = READERS) -> Verdict:
    """What one evidence need shows.

    :param root: folder that ``file`` is relative to and may not leave.
    """
    return verdicts([item], root, cache, readers=readers)[item.id]


def verdicts(
    items: Iterable[Item],
    root: Path,
    cache: Cache,
    *,
    readers: Mapping[str, Reader] = READERS,
    product: Product | None = None,
    product_fault: str = "",
) -> dict[str, Verdict]:
    """What each of many evidence needs shows, by id; every file is looked at once.

    :param product: names the release that evidence has to be about, and the day on which it has to hold.
    :param product_fault: why the product file that is there cannot be used; then nothing is shown to be about
        the release, and nothing is valid.
    """
    from sphinx_cra.evidence import binding  # takes long to import, and a build without a change needs none

    items = tuple(items)
    accepted, fault = _accepted(root)
    bench = _Bench(
        project=Project(root, cache),
        readers=readers,
        terms=binding.terms(product, os.environ.get(EPOCH, "")),
        evidence=MappingProxyType({i.id: i.fields for i in items}),
        lock=accepted,
        lock_fault=fault,
        product_fault=product_fault,
    )
    known: dict[tuple[tuple[str, str], ...], Verdict] = {}
    result = {}
    for item in items:
        key = tuple(sorted(item.fields.items()))
        if key not in known:
            known[key] = _verdict(item, bench)
        result[item.id] = known[key]
    return result


def linked(
    items: Iterable[Item], root: Path, cache: Cache, *, readers: Mapping[str, Reader] = READERS
) -> tuple[Item, ...]:
    """Evidence that tests declare: a piece for each need that a case of a report names itself.

    A report that is cited whole (without ``select``) may name needs in a property ``verifies`` of its
    cases. Each gets evidence of its own, ``EVID_TESTS.CTRL_LOGIN``, that is judged by just these cases.
    """
    project = Project(root, cache)
    found: list[Item] = []
    for item in items:
        if item.fields.get("kind") != "junit" or item.fields.get("select") or not item.fields.get("file"):
            continue
        try:
            reports = [f.content(readers["junit"]) for f in project.find(item.fields["file"])]
        except EvidenceError:
            continue  # the verdict says why
        named = {need: None for report in reports for need in getattr(report, "linked", ())}
        found += (
            dataclasses.replace(
                item,
                id=f"{item.id}.{need}",
                content="",
                fields=MappingProxyType({**item.fields, "select": f"verifies={need}"}),
                links=MappingProxyType({Link.VERIFIES: (need,)}),
            )
            for need in named
        )
    return tuple(found)


def unknown_kind(kind: str, readers: Mapping[str, Reader] = READERS) -> str | None:
    """Why a kind cannot be used, with the nearest one we know; None if it is known."""
    kinds = sorted({*KINDS, *readers})
    if kind in kinds:
        return None
    if not kind:
        return f"no kind is given; let its field kind be one of {', '.join(kinds)}"
    near = nearest(kind, kinds, n=1)
    return f"{kind!r} is not a kind of evidence; " + (
        f"did you mean {near[0]!r}?" if near else f"known are {', '.join(kinds)}"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bench:
    """What every piece of evidence of a build is looked at with."""

    project: Project
    readers: Mapping[str, Reader]
    terms: Terms
    evidence: Mapping[str, Mapping[str, str]]
    lock: Lock | None = None
    lock_fault: str = ""
    """Why the lock that is there cannot be used."""
    product_fault: str = ""
    """Why the product file that is there cannot be used."""


def _accepted(root: Path) -> tuple[Lock | None, str]:
    """The lock, and why the one that is there cannot be used."""
    if not os.path.lexists(root / LOCK):
        return None, ""
    from sphinx_cra.datafile import DataError  # takes long to import, and few projects have a lock
    from sphinx_cra.evidence import lock

    try:
        return lock.load(root), ""
    except DataError as error:
        return None, error.lines()[0]


def _verdict(item: Item, bench: _Bench) -> Verdict:
    stated = {name: value.strip() for name, value in item.fields.items() if value.strip()}
    claim = Claim(
        kind=stated.get("kind", ""),
        select=stated.get("select", ""),
        result=stated.get("result", "").casefold(),
        fields=MappingProxyType(stated),
        project=bench.project,
        evidence=bench.evidence,
    )
    artefacts: list[Artefact] = []
    try:
        shown = _shown(claim, artefacts, bench)
    except EvidenceError as error:
        shown = Verdict(outcome=error.outcome, reason=error.reason)
    if claim.result == "failed" and shown.outcome in _STATED:
        reason = f"the author states that it failed; {shown.reason}"
        shown = dataclasses.replace(shown, outcome=Outcome.FAILED, reason=reason)
    shown = dataclasses.replace(
        shown,
        artefacts=tuple(artefacts),
        date=shown.date or _date(stated.get("date", "")),
        subject=shown.subject or stated.get("version", ""),
    )
    from sphinx_cra.evidence.binding import bound

    shown = bound(shown, kind=claim.kind, fields=stated, terms=bench.terms)
    if bench.product_fault and shown.outcome is Outcome.VALID:
        reason = f"which release it is about is not known ({bench.product_fault}); {shown.reason}"
        shown = dataclasses.replace(shown, outcome=Outcome.UNCHECKED, reason=reason)
    return _locked(shown, bench) if artefacts else shown


def _locked(shown: Verdict, bench: _Bench) -> Verdict:
    """The verdict with what the lock does not say about its files."""
    if bench.lock_fault and shown.outcome is Outcome.VALID:
        reason = f"whether it changed is not known ({bench.lock_fault}); {shown.reason}"
        return dataclasses.replace(shown, outcome=Outcome.UNCHECKED, reason=reason)
    if bench.lock is None:
        return shown
    free = [a.path for a in shown.artefacts if a.path not in bench.lock.digests]
    return dataclasses.replace(shown, reason=f"{shown.reason}; not locked: {listed(free)}") if free else shown


def _shown(claim: Claim, artefacts: list[Artefact], bench: _Bench) -> Verdict:
    """The verdict before what the author states is added.

    :param artefacts: receives every file, also where the verdict is a refusal.
    """
    files = _files(claim, artefacts)
    if claim.result not in ("", "passed", "failed"):
        raise EvidenceError(f"the result {claim.result!r} is neither 'passed' nor 'failed'")
    if files is None:
        url = claim.fields["url"]
        raise EvidenceError(f"{url} is elsewhere, and a build never fetches anything", Outcome.UNCHECKED)
    _check_digest(claim.fields.get("sha256", ""), artefacts)
    _check_lock(bench.lock, artefacts)
    for one in files:
        if not one.size:
            raise EvidenceError(f"{one.path} is empty", Outcome.VOID)
    if (reader := bench.readers.get(claim.kind)) is None:
        raise EvidenceError(_unread(claim.kind, files, bench.readers), Outcome.UNCHECKED)
    exhibits = [Exhibit(artefact=one.artefact, content=one.content(reader)) for one in files]
    try:
        shown = reader.judge(claim, exhibits)
        _check_verdict(shown)
    except EvidenceError:
        raise
    except Exception as error:  # a reader may be the project's own, and the build goes on
        fault = f"{type(error).__name__}: {error}"
        raise EvidenceError(f"the {claim.kind} reader failed on {_names(files)}: {fault}") from error
    return shown


def _check_verdict(shown: object) -> None:
    """A reader of a project may return anything."""
    if not isinstance(shown, Verdict):
        raise TypeError(f"judge returned {type(shown).__name__}, no Verdict")
    words = ("reason", "tool", "date", "subject", "valid_until")
    wrong = [name for name in words if not isinstance(getattr(shown, name), str)]
    if not isinstance(shown.outcome, Outcome):
        wrong.append("outcome")
    counted = isinstance(shown.counts, Mapping) and all(
        isinstance(name, str) and isinstance(number, int) for name, number in shown.counts.items()
    )
    wrong += [] if counted else ["counts"]
    if wrong:
        raise TypeError(f"the verdict has a wrong {listed(wrong)}")


def _files(claim: Claim, artefacts: list[Artefact]) -> Sequence[File] | None:
    """The files that the evidence names; None if it names a URL instead."""
    if pattern := claim.fields.get("file", ""):
        files = claim.project.find(pattern)
        artefacts.extend(one.artefact for one in files)
        return files
    if "url" in claim.fields:
        return None
    raise EvidenceError("the evidence names no artefact; give it a file or a url", Outcome.MISSING)


def _check_digest(recorded: str, artefacts: Sequence[Artefact]) -> None:
    if not recorded:
        return
    if (match := _SHA256.fullmatch(recorded)) is None:
        raise EvidenceError(
            f"the recorded sha256 {recorded[:80]!r} is not a SHA-256 digest of 64 hexadecimal digits"
        )
    wanted, found = match[1].lower(), combined(artefacts)
    if wanted != found:
        names = _names(artefacts)
        reason = f"{names} changed: the digest is {found[:12]}, the recorded one {wanted[:12]}"
        raise EvidenceError(reason, Outcome.ALTERED)


def _check_lock(accepted: Lock | None, artefacts: Sequence[Artefact]) -> None:
    if accepted is None:
        return
    changed = [a for a in artefacts if accepted.digests.get(a.path, a.sha256) != a.sha256]
    if changed:
        one = changed[0]
        names = listed([a.path for a in changed])
        digests = f"; the digest is {one.sha256[:12]}, the locked one {accepted.digests[one.path][:12]}"
        reason = f"{names} changed since {LOCK} was written"
        raise EvidenceError(reason + (digests if len(changed) == 1 else ""), Outcome.ALTERED)


def _unread(kind: str, files: Sequence[File], readers: Mapping[str, Reader]) -> str:
    fault = unknown_kind(kind, readers) or f"there is no reader for {kind} yet"
    return f"{_names(files)} was not looked into: {fault}"


def _names(files: Sequence[File] | Sequence[Artefact]) -> str:
    return files[0].path if len(files) == 1 else f"{len(files)} files"


def _date(stated: str) -> str:
    """A date that an author wrote, if it is one; never a guess at another form."""
    try:
        datetime.datetime.fromisoformat(stated)
    except ValueError:
        return ""
    return stated if re.match(r"\d{4}-\d\d-\d\d", stated) else ""
