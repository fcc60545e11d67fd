"""The field bus side: which registers may be touched, and how often.

What no rule of the allow-list names is refused. Requests to a controller pass one rate limit,
whoever asks, because old controllers stop when they are asked too often.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from edgegate.audit import AuditLog
from edgegate.clock import Clock, steady
from edgegate.frames import FrameError, Request, parse, refusal
from edgegate.limits import TokenBucket

Transport = Callable[[bytes], bytes]
"""Sends a frame to the controller and returns what it answers."""

ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE, BUSY = 1, 2, 3, 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Registers ``first`` to ``last`` of a unit; read only, unless it says otherwise."""

    unit: int
    first: int
    last: int
    write: bool = False
    low: int = 0
    high: int = 0xFFFF
    """Values outside ``low`` to ``high`` are not written."""

    def covers(self, unit: int, address: int, *, write: bool) -> bool:
        return self.unit == unit and self.first <= address <= self.last and (self.write or not write)


class AllowList:
    """The rules of one machine."""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self._rules = tuple(rules)

    def objection(self, request: Request) -> int | None:
        """The exception code to answer with, or None where every register and value is allowed."""
        for n in range(request.count):
            address = request.address + n
            rules = [r for r in self._rules if r.covers(request.unit, address, write=request.function.writes)]
            if not rules:
                return ILLEGAL_ADDRESS
            if request.values and not any(r.low <= request.values[n] <= r.high for r in rules):
                return ILLEGAL_VALUE
        return None


class FieldBus:
    """Between the plant side and one controller."""

    def __init__(
        self,
        transport: Transport,
        rules: AllowList,
        audit: AuditLog,
        *,
        rate: float = 20.0,
        burst: int = 20,
        clock: Clock = steady,
    ) -> None:
        self._transport, self._rules, self._audit = transport, rules, audit
        self._bucket = TokenBucket(rate, burst, clock)

    def handle(self, frame: bytes, actor: str, *, may_write: bool = False) -> bytes:
        """The controller's answer, or a refusal that never reached it."""
        try:
            request = parse(frame)
        except FrameError as error:
            self._audit.append(actor, "fieldbus.malformed", "denied", str(error))
            return refusal(frame, ILLEGAL_FUNCTION)
        objection = self._rules.objection(request)
        if objection is None and request.function.writes and not may_write:
            objection = ILLEGAL_FUNCTION
        if objection is not None:
            detail = f"{request.function.name} unit {request.unit} register {request.address}"
            self._audit.append(actor, "fieldbus.refused", "denied", detail)
            return refusal(frame, objection)
        if not self._bucket.take():
            return refusal(frame, BUSY)
        if request.function.writes:
            detail = f"unit {request.unit} register {request.address} count {request.count}"
            self._audit.append(actor, "fieldbus.write", detail=detail)
        # Encoded anew: what reaches the controller is what we understood, not what was sent.
        return self._transport(request.encode())
