"""Parity: whether every file of one build says the same, read with other means than wrote them.

``assessment.json`` is what the others are held against: which clauses, needs and verdicts there are, in
which state, and the totals. Decides nothing about a product, and does not look at digests, which is
what ``sphinx-cra verify`` does. What cannot be read, and what was not there, is said and never passed
over.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from sphinx_cra.parity import files, html, pdf
from sphinx_cra.parity.seen import Part, Seen, Sighting, Unreadable
from sphinx_cra.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

__all__ = ["Compared", "Difference", "Report", "Unreadable", "check"]

ASSESSMENT = "assessment.json"
SITE_DATA = "_cra"
_TABLES = (("matrix.csv", files.csv_file), ("matrix.xlsx", files.workbook))


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Difference:
    """Two files of one build that say two things."""

    file: str
    part: Part
    id: str
    what: str
    """``state``, ``outcome``; empty where it is about whether the id is there at all."""
    here: str
    """What ``file`` says."""
    there: str
    """What ``assessment.json`` says."""
    place: str = ""
    """Where in the file, as it can be found by: ``page 83``, ``sheet Clauses, row 12``."""

    def __str__(self) -> str:
        where = f" ({self.place})" if self.place else ""
        what = f" {self.what}" if self.what else ""
        values = f"{self.here!r}, in assessment.json {self.there!r}"
        named = f" {self.id}" if self.id else ""
        return f"{self.file}{where}: {self.part.value}{named}{what}: {values}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What of a file was compared."""

    file: str
    counts: tuple[tuple[str, int], ...]
    """``clause``, 305."""

    def __str__(self) -> str:
        said = ", ".join(counted(n, part) for part, n in self.counts)
        return f"{self.file}: {said or 'nothing that could be compared'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What came of it."""

    compared: tuple[Compared, ...]
    differences: tuple[Difference, ...]
    unreadable: tuple[tuple[str, str], ...]
    """File and reason."""
    not_compared: tuple[str, ...]
    """What was not there to be compared, a sentence each."""

    @property
    def code(self) -> int:
        """0: the same; 1: something differs; 2: something could not be read."""
        return 1 if self.differences else 2 if self.unreadable else 0

    def data(self) -> dict[str, Any]:
        """The report as plain data."""
        return {
            "format": "sphinx-cra parity",
            "same": self.code == 0,
            "compared": [{"file": c.file, **dict(c.counts)} for c in self.compared],
            "differences": [
                {
                    "file": d.file,
                    "place": d.place,
                    "part": d.part.value,
                    "id": d.id,
                    "what": d.what,
                    "here": d.here,
                    "there": d.there,
                }
                for d in self.differences
            ],
            "unreadable": [{"file": f, "reason": r} for f, r in self.unreadable],
            "not_compared": list(self.not_compared),
        }


@dataclass(slots=True)
class _Work:
    expected: files.Expected
    compared: list[Compared] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    not_compared: list[str] = field(default_factory=list)

    def read(self, name: str, reader: Callable[[], Seen]) -> Seen | None:
        try:
            seen = reader()
        except Unreadable as error:
            self.unreadable.append((name, str(error)))
            return None
        self.compared.append(Compared(file=name, counts=tuple(seen.counts().items())))
        self.differences.extend(differences(name, self.expected, seen))
        self.not_compared.extend(f"{name}: {sentence}" for sentence in seen.left)
        return seen


def check(folder: Path, *, site: Path | None = None, others: Sequence[Path] = ()) -> Report:
    """Compare the files of one build.

    :param folder: the technical file, or any folder with an ``assessment.json`` of a build.
    :param site: the HTML of the same build.
    :param others: exports of the same assessment that lie elsewhere (OSCAL, CycloneDX, ReqIF).
    :raises Unreadable: if there is no ``assessment.json`` that could be compared with.
    """
    work = _Work(files.expected(folder / ASSESSMENT))
    work.read(ASSESSMENT, lambda: work.expected.counted_again)
    for name, reader in _TABLES:
        if (folder / name).is_file():
            work.read(name, partial(reader, folder / name, work.expected))
        else:
            _absent(name, folder, work)
    _technical_file(folder, work)
    exports = [p for p in _exports(folder) if p.resolve() not in {o.resolve() for o in others}]
    found = set()
    for path in [*exports, *others]:
        name = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name
        seen = work.read(name, partial(files.export, path, work.expected))
        found.add(seen.form if seen else "")
    missing = [form for form in files.FORMS if form not in found]
    if missing:
        work.not_compared.append(f"{', '.join(missing)}: no export is there")
    if site is None:
        work.not_compared.append("HTML: no folder was named (--html)")
    else:
        _site(site, work)
    return Report(
        compared=tuple(work.compared),
        differences=tuple(sorted(set(work.differences))),
        unreadable=tuple(work.unreadable),
        not_compared=tuple(work.not_compared),
    )


def _technical_file(folder: Path, work: _Work) -> None:
    """What only the builder ``cra`` writes."""
    if (folder / "annex-vii").is_dir():
        work.read("annex-vii", lambda: files.readmes(folder / "annex-vii", work.expected))
    else:
        _absent("annex-vii", folder, work)
    if (folder / pdf.NAME).is_file():
        work.read(pdf.NAME, lambda: pdf.read(folder / pdf.NAME, work.expected))
    else:
        _absent(pdf.NAME, folder, work)


def _absent(name: str, folder: Path, work: _Work) -> None:
    """Say that a file is not there, and whether it has to be."""
    if any(n == name or n.startswith(f"{name}/") for n in files.listed(folder)):
        work.unreadable.append((name, f"it is not there, and {files.MANIFEST} lists it"))
    else:
        work.not_compared.append(f"{name}: not there")


def _site(site: Path, work: _Work) -> None:
    if not site.is_dir():
        work.unreadable.append((str(site), "there is no such folder"))
        return
    work.read("HTML", lambda: html.read(site, work.expected))
    for name, reader in _TABLES:
        if (site / SITE_DATA / name).is_file():
            work.read(f"HTML {SITE_DATA}/{name}", partial(reader, site / SITE_DATA / name, work.expected))
    if (site / SITE_DATA / ASSESSMENT).is_file():
        work.read(f"HTML {SITE_DATA}/{ASSESSMENT}", lambda: files.assessment(site / SITE_DATA / ASSESSMENT))


def _exports(folder: Path) -> Iterator[Path]:
    """Files beside the assessment that may be exports of it."""
    for base in (folder, folder / "exchange"):
        names = sorted(p for pattern in ("*.json", "*.reqif") for p in base.glob(pattern))
        yield from (p for p in names if p.name not in (ASSESSMENT, files.MANIFEST) and files.is_export(p))


def differences(name: str, expected: files.Expected, seen: Seen) -> Iterator[Difference]:
    """Where a file says something else than the assessment."""
    for sighting in seen.sightings:
        known = expected.parts[sighting.part].get(sighting.id)
        if known is None:
            yield _difference(name, sighting, "", "is there", "is not there")
            continue
        for what, here in sighting.said.items():
            if (there := known.get(what)) is not None and here != there:
                yield _difference(name, sighting, what, here, there)
    there_are = {part: {s.id for s in seen.sightings if s.part is part} for part in seen.whole}
    for part in seen.whole:
        for missing in sorted(_wanted(expected, part, seen) - there_are[part]):
            yield Difference(file=name, part=part, id=missing, what="", here="is not there", there="is there")
        yield from _twice(name, part, (s for s in seen.sightings if s.part is part))
    for wrong in seen.wrong:
        yield Difference(file=name, **asdict(wrong))


def _wanted(expected: files.Expected, part: Part, seen: Seen) -> set[str]:
    known = expected.parts[part]
    if part is Part.CLAUSE and seen.stated_only:
        return {n for n, said in known.items() if said["state"]}
    return set(known)


def _twice(name: str, part: Part, sightings: Iterable[Sighting]) -> Iterator[Difference]:
    seen: set[str] = set()
    for sighting in sightings:
        if sighting.id in seen:
            yield _difference(name, sighting, "", "is there twice", "is there once")
        seen.add(sighting.id)


def _difference(name: str, sighting: Sighting, what: str, here: str, there: str) -> Difference:
    return Difference(
        file=name, part=sighting.part, id=sighting.id, what=what, here=here, there=there, place=sighting.place
    )
