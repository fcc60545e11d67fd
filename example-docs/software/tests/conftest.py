from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import settings

from edgegate.accounts import Role, Session
from edgegate.gateway import Gateway
from edgegate.update import Package

settings.register_profile("record", derandomize=True, database=None, deadline=None)
settings.load_profile("record")

PASSWORD = "Correct-Horse-7-Staple"
CONFIG = {
    "services": {
        "fieldbus": {"enabled": True},
        "maintenance": {"enabled": True},
        "audit": {"enabled": True},
        "update_check": {"enabled": True},
    },
    "controllers": [{"name": "press", "host": "127.0.0.1", "port": 502}],
    "rules": [
        {"unit": 1, "first": 100, "last": 119},
        {"unit": 1, "first": 200, "last": 203, "write": True, "low": 10, "high": 90},
    ],
}


@pytest.fixture(autouse=True)
def _name_what_is_verified(
    request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> None:
    """Write the controls of ``@pytest.mark.verifies(...)`` into the report, which makes the link."""
    for mark in request.node.iter_markers("verifies"):
        record_property("verifies", " ".join(mark.args))


class Hand:
    """A clock that a test turns."""

    def __init__(self, now: float = 1_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def turn(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def sent() -> list[bytes]:
    """Frames that reached the controller."""
    return []


@pytest.fixture
def release_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(b"example key, never on a device!!")


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def boot(state: Path, hand: Hand, sent: list[bytes], release_key: Ed25519PrivateKey) -> Callable[[], Gateway]:
    """Starts the gateway, again with the same stored state if called twice."""

    def controller(frame: bytes) -> bytes:
        sent.append(frame)
        return frame[:8] + b"\x02\x00\x2a"

    def start() -> Gateway:
        return Gateway(state, transport=controller, keys=(release_key.public_key(),), clock=hand, time=hand)

    return start


@pytest.fixture(scope="session")
def commissioned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stored state of a commissioned and configured gateway with an account of every role."""
    folder = tmp_path_factory.mktemp("commissioned") / "state"
    gateway = Gateway(folder, clock=Hand(), time=Hand())
    gateway.accounts.commission("anna", PASSWORD)
    anna = gateway.accounts.login("anna", PASSWORD)
    for account, role in (("vera", Role.VIEWER), ("otto", Role.OPERATOR), ("tina", Role.TECHNICIAN)):
        gateway.accounts.add(anna, account, PASSWORD, role)
    gateway.configure(anna, json.dumps(CONFIG).encode())
    return folder


@pytest.fixture
def gateway(commissioned: Path, state: Path, boot: Callable[[], Gateway]) -> Gateway:
    """A commissioned gateway of its own for each test."""
    shutil.copytree(commissioned, state)
    return boot()


@pytest.fixture
def login(gateway: Gateway) -> Callable[[str], Session]:
    return lambda account: gateway.accounts.login(account, PASSWORD)


@pytest.fixture
def package(release_key: Ed25519PrivateKey) -> Callable[..., Package]:
    """Makes an update package; every part of its manifest can be given wrongly."""

    def make(
        version: str = "2.4.1", image: bytes = b"firmware", key: Ed25519PrivateKey = release_key, **other
    ) -> Package:
        manifest = {
            "product": "FG-200",
            "version": version,
            "size": len(image),
            "sha256": hashlib.sha256(image).hexdigest(),
            "floor": "2.4.0",
        } | other
        text = json.dumps(manifest).encode()
        return Package(manifest=text, signature=key.sign(text), image=image)

    return make
