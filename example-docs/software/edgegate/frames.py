"""Frames of the field bus: Modbus/TCP requests, read strictly.

Only the four functions that the product needs exist here. Everything else is refused before
anything else looks at it: an unknown function, a length that does not fit, a byte too many.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

MAX_FRAME = 260
_HEADER = struct.Struct(">HHHB")
MAX_READ = 125
MAX_WRITE = 123


class FrameError(ValueError):
    """Bytes that are no request we serve."""


class Function(IntEnum):
    """What a frame asks of the controller."""

    READ_HOLDING = 3
    READ_INPUT = 4
    WRITE_ONE = 6
    WRITE_MANY = 16

    @property
    def writes(self) -> bool:
        return self in (Function.WRITE_ONE, Function.WRITE_MANY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A well-formed request: ``count`` registers from ``address``."""

    transaction: int
    unit: int
    function: Function
    address: int
    count: int
    values: tuple[int, ...] = ()

    def encode(self) -> bytes:
        """The bytes on the wire; ``parse`` of them gives this request again."""
        match self.function:
            case Function.WRITE_ONE:
                body = struct.pack(">HH", self.address, self.values[0])
            case Function.WRITE_MANY:
                head = struct.pack(">HHB", self.address, self.count, 2 * self.count)
                body = head + struct.pack(f">{self.count}H", *self.values)
            case _:
                body = struct.pack(">HH", self.address, self.count)
        return _HEADER.pack(self.transaction, 0, 2 + len(body), self.unit) + bytes([self.function]) + body


def parse(frame: bytes) -> Request:
    """The request in a frame.

    :raises FrameError: for anything else; never another exception, whatever the bytes.
    """
    if not _HEADER.size + 1 < len(frame) <= MAX_FRAME:
        raise FrameError(f"a frame of {len(frame)} bytes")
    transaction, protocol, length, unit = _HEADER.unpack_from(frame)
    if protocol != 0:
        raise FrameError(f"protocol {protocol}")
    if length != len(frame) - 6:
        raise FrameError(f"length field {length} in a frame of {len(frame)} bytes")
    try:
        function = Function(frame[7])
    except ValueError as error:
        raise FrameError(f"function {frame[7]}") from error
    address, count, values = _body(function, frame[8:])
    if address + count > 0x10000:
        raise FrameError("registers beyond the last one")
    return Request(
        transaction=transaction, unit=unit, function=function, address=address, count=count, values=values
    )


def _body(function: Function, body: bytes) -> tuple[int, int, tuple[int, ...]]:
    if function is Function.WRITE_MANY:
        if len(body) < 5:
            raise FrameError("a write without values")
        address, count, size = struct.unpack_from(">HHB", body)
        if not 1 <= count <= MAX_WRITE or size != 2 * count or len(body) != 5 + size:
            raise FrameError("number of values and length differ")
        return address, count, struct.unpack_from(f">{count}H", body, 5)
    if len(body) != 4:
        raise FrameError(f"{len(body)} bytes after the function")
    address, second = struct.unpack(">HH", body)
    if function is Function.WRITE_ONE:
        return address, 1, (second,)
    if not 1 <= second <= MAX_READ:
        raise FrameError(f"{second} registers at once")
    return address, second, ()


def refusal(frame: bytes, code: int = 1) -> bytes:
    """An exception response that fits a refused frame as well as its bytes allow."""
    transaction = int.from_bytes(frame[:2], "big") if len(frame) >= 2 else 0
    unit = frame[6] if len(frame) > 6 else 0
    function = frame[7] if len(frame) > 7 else 0
    return _HEADER.pack(transaction, 0, 3, unit) + bytes([0x80 | function, code])
