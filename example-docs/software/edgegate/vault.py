"""What is stored: encrypted and sealed under one device key, and gone when the key is gone.

Every file is AES-256-GCM under the device key, bound to its name. A file that was changed,
swapped with another or written under another key does not open.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_FILE = "device.key"
_NONCE = 12


class IntegrityError(Exception):
    """A stored file is not what this device has written."""


class Vault:
    """A folder of sealed files.

    On the device the key lies in the secure element's storage; here it is a file beside the data.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._key_path = folder / KEY_FILE
        if not self._key_path.exists():
            _write(self._key_path, secrets.token_bytes(32))
        self._key = self._key_path.read_bytes()

    def write(self, name: str, content: bytes) -> None:
        """Seal ``content`` under ``name``; a power cut leaves the old or the new file, never half of one."""
        nonce = secrets.token_bytes(_NONCE)
        _write(self._path(name), nonce + AESGCM(self._key).encrypt(nonce, content, name.encode()))

    def read(self, name: str) -> bytes | None:
        """The content, or None where there is no such file.

        :raises IntegrityError: for a file that this device has not written under this name.
        """
        path = self._path(name)
        if not path.exists():
            return None
        sealed = path.read_bytes()
        try:
            return AESGCM(self._key).decrypt(sealed[:_NONCE], sealed[_NONCE:], name.encode())
        except (InvalidTag, ValueError) as error:
            raise IntegrityError(f"{name} was changed outside the gateway") from error

    def derive(self, purpose: str) -> bytes:
        """A key for one purpose; knowing it tells nothing of the device key."""
        return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose.encode()).derive(self._key)

    def erase(self) -> tuple[str, ...]:
        """Destroy the key, then overwrite and remove every file. What a flash chip keeps stays unreadable."""
        names = sorted(p.name for p in self._folder.iterdir() if p.is_file())
        for name in sorted(names, key=lambda n: n != KEY_FILE):
            path = self._folder / name
            with path.open("r+b") as file:
                file.write(secrets.token_bytes(path.stat().st_size))
                file.flush()
                os.fsync(file.fileno())
            path.unlink()
        self._key = secrets.token_bytes(32)
        _write(self._key_path, self._key)
        return tuple(names)

    def _path(self, name: str) -> Path:
        if not name or name == KEY_FILE or not all(c.isalnum() or c in "-_." for c in name) or name[0] == ".":
            raise ValueError(f"not a name for a stored file: {name!r}")
        return self._folder / name


# @ Flushed beside the old file and then renamed over it, CTL_ATOMIC, [REQ_RECOVER]
def _write(path: Path, content: bytes) -> None:
    new = path.with_name(path.name + ".new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
