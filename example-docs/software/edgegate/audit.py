"""The audit log: who did what and when, in a chain that shows every later change.

Each entry carries a keyed digest over itself and the entry before, and the whole is sealed in
the vault. Putting back an older copy of the whole log is not found: export it to a collector.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import asdict, dataclass

from edgegate.clock import Clock, wall
from edgegate.vault import IntegrityError, Vault

LOG_FILE = "audit.log"
_START = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the log. Holds the account, never a password, a token or a process value."""

    number: int
    time: float
    actor: str
    action: str
    outcome: str
    detail: str
    digest: str


class AuditLog:
    """Appends, shows and checks; offers nothing that changes or removes a single entry.

    :param capacity: entries kept; the oldest leave first, and the chain still verifies from there.
    """

    def __init__(self, vault: Vault, clock: Clock = wall, capacity: int = 10_000) -> None:
        self._vault, self._clock, self._capacity = vault, clock, capacity
        self._key = vault.derive("audit")
        self._entries: list[Entry] = []
        self._before = _START
        self.enabled = True
        """Users may switch recording off; alarms are kept all the same."""
        self._load()

    def append(self, actor: str, action: str, outcome: str = "ok", detail: str = "") -> Entry | None:
        """Record an event; control characters and long texts are cut, so that no entry forges another."""
        if not (self.enabled or outcome == "alarm"):
            return None
        number = self._entries[-1].number + 1 if self._entries else 1
        actor, action, outcome, detail = map(_plain, (actor, action, outcome, detail))
        before = self._entries[-1].digest if self._entries else self._before
        when = round(self._clock(), 3)
        digest = self._digest(before, number, when, actor, action, outcome, detail)
        entry = Entry(
            number=number,
            time=when,
            actor=actor,
            action=action,
            outcome=outcome,
            detail=detail,
            digest=digest,
        )
        self._entries.append(entry)
        if len(self._entries) > self._capacity:
            self._before = self._entries.pop(0).digest
        self._save()
        return entry

    def entries(self) -> tuple[Entry, ...]:
        return tuple(self._entries)

    def export(self) -> str:
        """The log as JSON lines, for the operator's own collector."""
        return "".join(json.dumps(asdict(e), sort_keys=True) + "\n" for e in self._entries)

    def verify(self) -> int | None:
        """Number of the first entry that does not fit the chain, or None where all do."""
        before = self._before
        for e in self._entries:
            wanted = self._digest(before, e.number, e.time, e.actor, e.action, e.outcome, e.detail)
            if not hmac.compare_digest(wanted, e.digest):
                return e.number
            before = e.digest
        return None

    def _digest(self, *parts: object) -> str:
        return hmac.new(self._key, json.dumps(parts).encode(), hashlib.sha256).hexdigest()

    def _save(self) -> None:
        state = {"before": self._before, "entries": [asdict(e) for e in self._entries]}
        self._vault.write(LOG_FILE, json.dumps(state).encode())

    def _load(self) -> None:
        try:
            stored = self._vault.read(LOG_FILE)
        except IntegrityError:
            self.append("system", "audit.altered", "alarm", "stored log did not open; a new one begins")
            return
        if stored is not None:
            state = json.loads(stored)
            self._before = state["before"]
            self._entries = [Entry(**e) for e in state["entries"]]


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)[:200]
