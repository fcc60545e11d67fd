"""The parts put together, and the factory reset that takes them apart again."""

from __future__ import annotations

import argparse
import socket
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from edgegate import __version__
from edgegate.accounts import RIGHTS, Accounts, Denied, Right, Session
from edgegate.audit import AuditLog
from edgegate.clock import Clock, steady, wall
from edgegate.config import Config
from edgegate.fieldbus import FieldBus, Transport
from edgegate.maintenance import Maintenance
from edgegate.update import Updater
from edgegate.vault import Vault

RELEASE_KEYS: tuple[bytes, ...] = (
    bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"),
)
"""Public keys of updates. This one is a published test vector, since the product is invented."""


class Gateway:
    """One gateway with its stored state in ``folder``."""

    def __init__(
        self,
        folder: Path,
        *,
        transport: Transport | None = None,
        keys: tuple[Ed25519PublicKey, ...] | None = None,
        clock: Clock = steady,
        time: Clock = wall,
    ) -> None:
        self._folder, self._transport, self._clock, self._time = folder, transport, clock, time
        self._keys = keys or tuple(Ed25519PublicKey.from_public_bytes(k) for k in RELEASE_KEYS)
        self._begin()

    def _begin(self) -> None:
        self.vault = Vault(self._folder)
        self.audit = AuditLog(self.vault, self._time)
        self.config = Config(self.vault, self.audit)
        self.accounts = Accounts(self.vault, self.audit, self._clock)
        self.updates = Updater(self._keys, self.vault, self.audit, __version__)
        self.maintenance = Maintenance(self.config, self.accounts, self.audit, self._clock)
        self._bus: FieldBus | None = None

    def configure(self, by: Session, text: bytes) -> None:
        """Use another configuration."""
        self.accounts.require(by, Right.CONFIGURE)
        self.config.replace(text, by.account)
        self._bus = None

    def fieldbus(self, by: Session, frame: bytes) -> bytes:
        """Pass a request of the plant side to the controller, where service, role and rules allow it."""
        self.accounts.require(by, Right.READ_VALUES)
        if not self.config.enabled("fieldbus"):
            raise Denied("the field bus side is switched off")
        if self._bus is None:
            transport = self._transport or self._send
            self._bus = FieldBus(transport, self.config.rules(), self.audit, clock=self._clock)
        may_write = Right.WRITE_VALUES in RIGHTS[by.role]
        return self._bus.handle(frame, by.account, may_write=may_write)

    def factory_reset(self, by: Session | None = None) -> tuple[str, ...]:
        """Erase everything and start as delivered; ``None`` stands for the button behind the front cover.

        The firmware stays: a reset must not bring back an older version with known holes.
        """
        if by is not None:
            self.accounts.require(by, Right.ERASE)
        floor = self.updates.running
        erased = self.vault.erase()
        self._begin()
        self.updates = Updater(self._keys, self.vault, self.audit, floor)
        self.audit.append(by.account if by else "button", "device.erase")
        return erased

    def _send(self, frame: bytes) -> bytes:
        controllers = self.config.data["controllers"]
        if not controllers:
            raise OSError("no controller is configured")
        with socket.create_connection(
            (controllers[0]["host"], controllers[0]["port"]), timeout=2
        ) as connection:
            connection.sendall(frame)
            return connection.recv(260)


def main(arguments: list[str] | None = None) -> None:
    """Run the gateway with its web interface."""
    from edgegate.web import serve

    parser = argparse.ArgumentParser(prog="edgegate", description=main.__doc__)
    parser.add_argument("folder", type=Path, help="where the gateway keeps its state")
    parser.add_argument("--certificate", type=Path, required=True, help="PEM file with key and certificate")
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8443)
    options = parser.parse_args(arguments)
    with serve(Gateway(options.folder), options.address, options.port, options.certificate) as server:
        server.serve_forever()
