"""Remote maintenance: asked for by a technician, allowed by an operator, over when the time is.

A session reaches one controller of the configuration and nothing else. It ends by itself, by the
operator or by the technician, and its connections end with it.
"""

from __future__ import annotations

import contextlib
import secrets
import select
import socket
import threading
from dataclasses import dataclass, replace
from enum import StrEnum

from edgegate.accounts import Accounts, Denied, Right, Session
from edgegate.audit import AuditLog
from edgegate.clock import Clock, steady
from edgegate.config import Config

MAX_MINUTES = 240
REQUEST_SECONDS = 600.0
_CHUNK = 4096


class Phase(StrEnum):
    """Where a session stands."""

    REQUESTED = "requested"
    OPEN = "open"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One maintenance session."""

    id: str
    technician: str
    controller: str
    minutes: int
    phase: Phase
    until: float
    """When the request, or the open session, lapses."""
    operator: str = ""


class Maintenance:
    """The sessions of one gateway; one is open at a time."""

    def __init__(self, config: Config, accounts: Accounts, audit: AuditLog, clock: Clock = steady) -> None:
        self._config, self._accounts, self._audit, self._clock = config, accounts, audit, clock
        self._visits: dict[str, Visit] = {}

    def request(self, by: Session, controller: str, minutes: int) -> Visit:
        """Ask for a session."""
        self._accounts.require(by, Right.REQUEST_MAINTENANCE)
        if not self._config.enabled("maintenance"):
            raise Denied("remote maintenance is switched off")
        if self._config.controller(controller) is None:
            raise ValueError("no such controller")
        if not 1 <= minutes <= MAX_MINUTES:
            raise ValueError(f"a session lasts 1 to {MAX_MINUTES} minutes")
        visit = Visit(
            id=secrets.token_urlsafe(16),
            technician=by.account,
            controller=controller,
            minutes=minutes,
            phase=Phase.REQUESTED,
            until=self._clock() + REQUEST_SECONDS,
        )
        self._visits = {v.id: v for v in self._visits.values() if self._now(v).phase is not Phase.ENDED}
        self._visits[visit.id] = visit
        self._audit.append(by.account, "maintenance.request", detail=f"{controller}, {minutes} min")
        return visit

    def approve(self, by: Session, visit_id: str) -> Visit:
        """Open a requested session; nobody approves their own."""
        self._accounts.require(by, Right.APPROVE_MAINTENANCE)
        visit = self.visit(visit_id)
        if visit.phase is not Phase.REQUESTED or visit.technician == by.account:
            raise Denied("nothing to approve")
        if any(self._now(v).phase is Phase.OPEN for v in self._visits.values()):
            raise Denied("another session is open")
        visit = replace(
            visit, phase=Phase.OPEN, operator=by.account, until=self._clock() + 60.0 * visit.minutes
        )
        self._visits[visit_id] = visit
        self._audit.append(
            by.account, "maintenance.approve", detail=f"{visit.technician}, {visit.controller}"
        )
        return visit

    def end(self, by: Session, visit_id: str) -> None:
        """End a session now; its technician and every operator may."""
        visit = self.visit(visit_id)
        if by.account != visit.technician:
            self._accounts.require(by, Right.APPROVE_MAINTENANCE)
        self._visits[visit_id] = replace(visit, phase=Phase.ENDED)
        self._audit.append(by.account, "maintenance.end", detail=visit.controller)

    def visit(self, visit_id: str) -> Visit:
        """:raises Denied: for one that does not exist."""
        visit = self._visits.get(visit_id)
        if visit is None:
            raise Denied("no such session")
        return self._now(visit)

    def target(self, by: Session, visit_id: str) -> tuple[str, int]:
        """Where the technician of an open session is connected to."""
        visit = self.visit(visit_id)
        address = self._config.controller(visit.controller)
        if visit.phase is not Phase.OPEN or visit.technician != by.account or address is None:
            self._audit.append(by.account, "maintenance.connect", "denied")
            raise Denied("no open session")
        return address

    def relay(self, by: Session, visit_id: str, plant: socket.socket, stop: threading.Event) -> int:
        """Pass bytes between the technician and the controller while the session is open.

        :returns: the number of bytes passed.
        """
        passed = 0
        with socket.create_connection(self.target(by, visit_id), timeout=5) as machine:
            other = {plant: machine, machine: plant}
            while not stop.is_set() and self.visit(visit_id).phase is Phase.OPEN:
                for side in select.select(list(other), [], [], 0.05)[0]:
                    data = side.recv(_CHUNK)
                    if not data:
                        return self._passed(by, passed)
                    other[side].sendall(data)
                    passed += len(data)
        with contextlib.suppress(OSError):
            plant.shutdown(socket.SHUT_RDWR)
        return self._passed(by, passed)

    def _passed(self, by: Session, passed: int) -> int:
        self._audit.append(by.account, "maintenance.disconnect", detail=f"{passed} bytes")
        return passed

    def _now(self, visit: Visit) -> Visit:
        over = visit.phase is not Phase.ENDED and self._clock() >= visit.until
        return replace(visit, phase=Phase.ENDED) if over else visit
