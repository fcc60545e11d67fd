"""Binding: whether a verdict is about the release, and holds on its day.

Sets what an artefact and its author state against ``cra.yaml``. Makes a verdict worse and never
better: only a valid one can become foreign or expired, and what failed stays failed whatever it
was made for. Looks at no file and at no clock.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from sphinx_cra.model import Outcome
from sphinx_cra.words import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sphinx_cra.model import Verdict
    from sphinx_cra.product import Product

EPOCH = "SOURCE_DATE_EPOCH"
"""Environment variable that states a time where ``cra.yaml`` states none."""

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_HEX = re.compile(r"[0-9a-f]{7,64}")
_SHA256 = re.compile(r"(?:sha256:)?([0-9a-f]{64})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What evidence is set against."""

    release: str = ""
    """Empty where no product file names one; then nothing is bound or foreign."""
    versions: tuple[str, ...] = ()
    """Versions that are the release or a part of it."""
    names: frozenset[str] = frozenset()
    """What may stand before a version: ``fieldgate fg-200 2.4.0``."""
    commits: tuple[str, ...] = ()
    digests: frozenset[str] = frozenset()
    all_commits: bool = False
    """Whether every part but hardware names its commit, so that another commit is another product's."""
    all_digests: bool = False
    day: dt.date | None = None
    """The reference date."""
    day_of: str = ""
    """Which day it is, as a reason says it."""
    no_day: str = "no reference date"
    valid_days: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


def terms(product: Product | None, epoch: str = "") -> Terms:
    """The terms of a product.

    :param epoch: what :data:`EPOCH` holds; counts only where the product file states no day.
    """
    if product is None:
        return _on_day(Terms(), None, epoch)
    parts = {v.part for v in product.released}
    # A part with versions of its own: hardware rev. B carries release 2.4.0 and is never called so.
    others = [v for v in product.versions if v.part not in parts] if parts and None not in parts else []
    entries = [*product.released, *(v for v in others if v.part is not None)]
    built = [v for v in entries if v.part != "hardware"]
    return _on_day(
        Terms(
            release=product.release,
            versions=tuple(dict.fromkeys([product.release, *(v.version for v in entries)])),
            names=frozenset(_folded(n) for n in (product.name, product.type) if n),
            commits=tuple(dict.fromkeys(v.commit.casefold() for v in entries if v.commit)),
            digests=frozenset(v.sha256 for v in entries if v.sha256),
            all_commits=all(v.commit for v in built),
            all_digests=all(v.sha256 for v in built),
            valid_days=product.evidence.valid_days,
        ),
        product,
        epoch,
    )


def _on_day(found: Terms, product: Product | None, epoch: str) -> Terms:
    if product is not None and (day := product.reference_date) is not None:
        placed = day == product.placed_on_market
        of = f"{product.release} is placed on the market" if placed else "the file is dated"
        return dataclasses.replace(found, day=day, day_of=f"the day {of}")
    if not epoch.strip():
        return found
    try:
        day = dt.datetime.fromtimestamp(int(epoch), dt.UTC).date()
    except (ValueError, OverflowError, OSError):
        return dataclasses.replace(found, no_day=f"{EPOCH} {epoch[:40]!r} is no number of seconds")
    return dataclasses.replace(found, day=day, day_of=f"of {EPOCH}")


def bound(verdict: Verdict, *, kind: str, fields: Mapping[str, str], terms: Terms) -> Verdict:
    """The verdict, set against the release and its day.

    :param fields: what the author wrote.
    """
    subject = _Subject(verdict, fields, terms)
    window = _Window(verdict, fields)
    verdict = dataclasses.replace(
        verdict,
        bound=subject.bound if terms.release else None,
        valid_until=window.end.isoformat() if window.end else verdict.valid_until,
    )
    if verdict.outcome is Outcome.FAILED and subject.foreign:
        return _because(verdict, Outcome.FAILED, (), subject.foreign)
    if verdict.outcome is not Outcome.VALID:
        return verdict
    if wrong := [*subject.faults, *window.faults]:
        return _because(verdict, Outcome.UNREADABLE, wrong, ())
    late, notes = _age(kind, window, terms)
    if subject.foreign:
        return _because(verdict, Outcome.FOREIGN, [*subject.foreign, *late], ())
    if late:
        return _because(verdict, Outcome.EXPIRED, late, ())
    return _because(verdict, Outcome.VALID, (), [*subject.unbound, *subject.aside, *notes])


def _because(verdict: Verdict, outcome: Outcome, before: Iterable[str], after: Iterable[str]) -> Verdict:
    reason = "; ".join([*before, verdict.reason.rstrip("."), *after])
    return dataclasses.replace(verdict, outcome=outcome, reason=reason)


# ------------------------------------------------------------------------------- subject


class _Subject:
    """What the evidence says it was made from, compared with the release."""

    def __init__(self, verdict: Verdict, fields: Mapping[str, str], terms: Terms) -> None:
        self.terms = terms
        self.faults: list[str] = []
        """What cannot be compared because it is not written as it has to be."""
        self.foreign: list[str] = []
        """Statements that are about something else."""
        self.aside: tuple[str, ...] = ()
        """What a reader should know of a statement that fits."""
        self._matched = False
        self._open: list[str] = []
        if not terms.release:
            return
        version = fields.get("version", "")
        if version:
            self._compare(_is_version(version, terms, terms.names), f"the author states version {version}")
        if commit := fields.get("commit", ""):
            known = _is_commit(commit.casefold(), terms) if terms.commits else None
            self._compare(known, f"the author states commit {commit[:12]}", "commit")
        if digest := fields.get("artefact_sha256", ""):
            self._digest(digest)
        vouched = self._matched
        if verdict.subject and verdict.subject != version:
            self._compare(_is_subject(verdict.subject, terms), f"the artefact states {verdict.subject[:100]}")
            if self._matched and not vouched and (name := _other_name(verdict.subject, terms)):
                self.aside = (f"it calls what it is about {name[:100]}, and only the version agrees",)

    @property
    def bound(self) -> bool:
        return self._matched and not self.foreign

    @property
    def unbound(self) -> tuple[str, ...]:
        if self._matched or not self.terms.release:
            return ()
        if not self._open:
            return ("unbound: it states no version, commit or digest of what it was made from",)
        return (f"unbound: {listed(self._open)}",)

    def _digest(self, digest: str) -> None:
        match = _SHA256.fullmatch(digest.casefold())
        if match is None:
            self.faults.append(f"artefact_sha256 {digest[:80]!r} is not a SHA-256 of 64 hexadecimal digits")
            return
        known = match[1] in self.terms.digests if self.terms.digests else None
        self._compare(known, f"the author states an artefact with SHA-256 {match[1][:12]}", "sha256")

    def _compare(self, known: bool | None, said: str, entry: str = "version, commit or sha256") -> None:
        """Note a statement: true of the release, not true of it, or not to be compared (None)."""
        release = self.terms.release
        if known:
            self._matched = True
        elif known is None:
            self._open.append(f"{said}, and cra.yaml names no {entry} of {release} to compare it with")
        else:
            self.foreign.append(f"{said}, and this file is about {release}")


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _plain(version: str) -> str:
    """A version without the ``v`` of a tag."""
    folded = _folded(version)
    return folded[1:] if re.match(r"v\d", folded) else folded


def _is_version(text: str, terms: Terms, names: Iterable[str]) -> bool:
    """Whether an author's words are a version of the release, after the product's name or alone."""
    folded = _folded(text)
    rests = [folded, *(folded[len(n) :] for n in names if folded.startswith(f"{n} "))]
    return any(_plain(r) == _plain(v) for r in rests for v in terms.versions)


def _is_commit(text: str, terms: Terms) -> bool:
    """Whether one is the beginning of the other, as git shortens it; other systems' revisions are exact."""
    return any(
        text == c
        or (_HEX.fullmatch(text) and _HEX.fullmatch(c) and (c.startswith(text) or text.startswith(c)))
        for c in terms.commits
    )


def _is_subject(text: str, terms: Terms) -> bool | None:
    """Whether what an artefact is about is the release; None where nothing can be compared.

    Readers give a version, a commit, a digest, or a name with its version: ``edgegate 2.4.0``,
    ``pkg:generic/edgegate@2.4.0``.
    """
    folded = _folded(text)
    last = re.split(r"[?#]", re.split(r"[ @]", folded)[-1])[0]
    if _is_version(folded, terms, terms.names) or _is_version(last, terms, ()):
        return True
    bare = last.removeprefix("sha256:").removeprefix("sha1:").removeprefix("git:")
    if _HEX.fullmatch(bare) and (len(bare) in (40, 64) or re.search("[a-f]", bare)):
        if bare in terms.digests or _is_commit(bare, terms):
            return True
        # What is no commit and no digest of a part may be one of a part that names none.
        known = terms.all_commits and bool(terms.commits)
        if len(bare) == 64:
            known = known or (terms.all_digests and bool(terms.digests))
        return False if known else None
    if folded in terms.names or not re.search(r"\d", last):
        return None  # a name alone
    return False


def _other_name(text: str, terms: Terms) -> str:
    """The name before a version that fits, where it has no word in common with the names of the product."""
    name, _, last = re.sub("[?#].*", "", text.replace("@", " ")).rpartition(" ")
    if not _is_version(last, terms, ()):
        return ""  # a commit or a digest says more than a name
    own = {word for n in terms.names for word in _words(n)}
    return "" if own & _words(name.rpartition("/")[2]) else name


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W_]+", text.casefold()))


# ---------------------------------------------------------------------------------- age


class _Window:
    """From which day until which the evidence holds, as far as it is stated."""

    def __init__(self, verdict: Verdict, fields: Mapping[str, str]) -> None:
        self.faults: list[str] = []
        self.start = self._stated(fields, "valid_from")
        ends = [self._stated(fields, "valid_until"), day(verdict.valid_until)]
        self.end = min(filter(None, ends), default=None)
        self.made = day(verdict.date)
        if self.end is None:
            return
        if self.start and self.start > self.end:
            self.faults.append(f"it cannot hold from {self.start} until {self.end}")
        if self.made and self.made > self.end:
            self.faults.append(f"it cannot be dated {self.made} and hold until {self.end}")

    def _stated(self, fields: Mapping[str, str], name: str) -> dt.date | None:
        stated = fields.get(name, "")
        found = day(stated) if _DAY.fullmatch(stated) else None
        if stated and found is None:
            self.faults.append(f"{name} {stated[:40]!r} is not a day of the calendar as 2027-12-31")
        return found


def day(text: str) -> dt.date | None:
    """The day of an ISO date or time; None for anything else."""
    if not _DAY.match(text):
        return None
    try:
        return dt.datetime.fromisoformat(text).date()
    except ValueError:
        return None


def _age(kind: str, window: _Window, terms: Terms) -> tuple[list[str], list[str]]:
    """Why it does not hold on the reference date, and what is to be said of its age if it does."""
    limit = terms.valid_days.get(kind)
    if terms.day is None:
        asked = limit or window.start or window.end
        return [], [f"age not checked: {terms.no_day}"] if asked else []
    notes = []
    if window.made and window.made > terms.day:
        notes.append(f"its date, {window.made}, is after {terms.day} ({terms.day_of})")
    return list(_too_old(kind, window, terms, limit)), notes


def _too_old(kind: str, window: _Window, terms: Terms, limit: int | None) -> Iterator[str]:
    assert terms.day is not None
    reference = f"{terms.day} ({terms.day_of})"
    if window.start and window.start > terms.day:
        yield f"it holds only from {window.start}, after {reference}"
    if window.end and window.end < terms.day:
        yield f"it held until {window.end}, before {reference}"
    if limit is None:
        return
    may = f"evidence of kind {kind} may be {limit} {'day' if limit == 1 else 'days'} old"
    if window.made is None:
        yield f"it states no date, and {may} on {reference}"
    elif (age := (terms.day - window.made).days) > limit:
        yield f"it is dated {window.made}, {age} days before {reference}, and {may}"
