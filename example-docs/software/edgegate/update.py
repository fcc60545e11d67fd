"""Updates: only ours, only whole, only forwards, and back to the old one if the new one does not start.

A package is a manifest, its Ed25519 signature and an image. Two slots hold the running and the
next image. The lowest version that may ever run is kept, so that an old signed image with a
known hole cannot be installed again.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from edgegate.audit import AuditLog
from edgegate.vault import Vault

SLOTS_FILE = "slots.json"
PRODUCT = "FG-200"
MAX_IMAGE = 64 * 1024 * 1024
_VERSION = re.compile(r"(\d{1,4})\.(\d{1,4})\.(\d{1,4})")

Version = tuple[int, int, int]


class UpdateError(ValueError):
    """A package that is not installed, and why."""


def version(text: str) -> Version:
    """``2.4.0`` as numbers, so that 2.10.0 is later than 2.9.0.

    :raises UpdateError: for anything else.
    """
    if not (match := _VERSION.fullmatch(text)):
        raise UpdateError("not a version")
    return int(match[1]), int(match[2]), int(match[3])


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """What the distribution point offers."""

    manifest: bytes
    signature: bytes
    image: bytes


class Updater:
    """Checks, installs and confirms.

    :param keys: public keys that a manifest may be signed with; a second one allows for a change of key.
    """

    def __init__(
        self, keys: tuple[Ed25519PublicKey, ...], vault: Vault, audit: AuditLog, running: str
    ) -> None:
        self._keys, self._vault, self._audit = keys, vault, audit
        stored = vault.read(SLOTS_FILE)
        self._slots: dict[str, Any] = (
            json.loads(stored)
            if stored
            else {"running": running, "next": None, "previous": None, "floor": running}
        )

    @property
    def running(self) -> str:
        return str(self._slots["running"])

    @property
    def waiting(self) -> str | None:
        """The version that starts next and has not confirmed itself yet."""
        waiting: str | None = self._slots["next"]
        return waiting

    # @need control: Ed25519 over the manifest, SHA-256 over the image
    # :id: CTL_SIGNATURE
    # :implements: REQ_UPDATE_AUTHENTIC
    # :mitigates: RISK_UPDATE_FORGED
    #
    # Two public keys are accepted at a time, so that a key can be changed without a visit to every
    # machine.
    # @endneed
    def check(self, package: Package) -> dict[str, Any]:
        """The manifest of a package that may be installed.

        :raises UpdateError: at the first thing that does not fit; nothing is read before the signature holds.
        """
        if not any(_signed(key, package) for key in self._keys):
            raise UpdateError("not signed by the manufacturer")
        try:
            manifest: dict[str, Any] = json.loads(package.manifest)
            product, new = manifest["product"], version(manifest["version"])
            size, digest, floor = int(manifest["size"]), str(manifest["sha256"]), version(manifest["floor"])
        except (KeyError, TypeError, ValueError) as error:
            raise UpdateError("a manifest that does not say what it is for") from error
        if product != PRODUCT:
            raise UpdateError(f"for another product: {product}")
        if size != len(package.image) or size > MAX_IMAGE:
            raise UpdateError("the image has another size")
        if not hmac.compare_digest(hashlib.sha256(package.image).hexdigest(), digest):
            raise UpdateError("the image has another digest")
        # @need control: Lowest permitted version
        # :id: CTL_FLOOR
        # :implements: REQ_UPDATE_FORWARD
        # :mitigates: RISK_UPDATE_OLD
        #
        # Versions are compared as numbers. The floor is stored in the vault and rises when a version that
        # asks for it has proved healthy.
        # @endneed
        if new < version(self._slots["floor"]):
            raise UpdateError("older than the oldest version that may run")
        if new <= version(self.running):
            raise UpdateError("not newer than the running version")
        if floor > new:
            raise UpdateError("a manifest that forbids its own version")
        return manifest

    def install(self, package: Package, actor: str) -> str:
        """Put a package into the free slot; it runs after the next start."""
        try:
            manifest = self.check(package)
        except UpdateError as error:
            self._audit.append(actor, "update.refused", "denied", str(error))
            raise
        self._slots["next"] = manifest["version"]
        self._slots["next_floor"] = manifest["floor"]
        self._save()
        self._audit.append(actor, "update.installed", detail=str(manifest["version"]))
        return str(manifest["version"])

    # @need control: Two slots and a health report
    # :id: CTL_SLOTS
    # :implements: REQ_UPDATE_SAFE
    #
    # The running image is never overwritten.
    # @endneed
    def start(self, *, healthy: bool) -> str:
        """What happens at the next start: the new image confirms itself, or the old one goes on."""
        if self._slots["next"] is None:
            return self.running
        new, floor = self._slots["next"], self._slots.pop("next_floor")
        self._slots["next"] = None
        if healthy:
            self._slots["previous"], self._slots["running"] = self.running, new
            self._slots["floor"] = max(self._slots["floor"], floor, key=version)
            self._audit.append("system", "update.confirmed", detail=new)
        else:
            self._audit.append("system", "update.rolled-back", "alarm", f"{new} did not start")
        self._save()
        return self.running

    def _save(self) -> None:
        self._vault.write(SLOTS_FILE, json.dumps(self._slots).encode())


def _signed(key: Ed25519PublicKey, package: Package) -> bool:
    try:
        key.verify(package.signature, package.manifest)
    except InvalidSignature:
        return False
    return True
