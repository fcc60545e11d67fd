"""Who may do what: accounts, roles, passwords, login throttling and sessions."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from enum import StrEnum

from edgegate.audit import AuditLog
from edgegate.clock import Clock, steady
from edgegate.vault import Vault

ACCOUNTS_FILE = "accounts.json"
MIN_PASSWORD = 12
MAX_PASSWORD = 256
FREE_TRIES = 5
LOCK_SECONDS = 30.0
MAX_LOCK = 3600.0
IDLE_SECONDS = 900.0
MAX_SESSIONS = 16
_COMMON = frozenset({"123456789012", "adminadmin12", "passwordpassword", "fieldgate-200", "qwertzuiop12"})
_SCRYPT = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}


class Right(StrEnum):
    """One thing that can be done at the gateway."""

    READ_VALUES = "values.read"
    WRITE_VALUES = "values.write"
    REQUEST_MAINTENANCE = "maintenance.request"
    APPROVE_MAINTENANCE = "maintenance.approve"
    READ_AUDIT = "audit.read"
    CONFIGURE = "config.write"
    UPDATE = "update.install"
    ERASE = "device.erase"
    MANAGE_ACCOUNTS = "accounts.write"


class Role(StrEnum):
    """A set of rights; nobody has more than the role gives."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    TECHNICIAN = "technician"
    ADMINISTRATOR = "administrator"


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.VIEWER: frozenset({Right.READ_VALUES}),
    Role.OPERATOR: frozenset({Right.READ_VALUES, Right.WRITE_VALUES, Right.APPROVE_MAINTENANCE}),
    Role.TECHNICIAN: frozenset({Right.READ_VALUES, Right.REQUEST_MAINTENANCE}),
    Role.ADMINISTRATOR: frozenset(
        {Right.READ_AUDIT, Right.CONFIGURE, Right.UPDATE, Right.ERASE, Right.MANAGE_ACCOUNTS}
    ),
}


class Denied(Exception):
    """The caller may not do this. The message names no reason that would help a guesser."""


class WeakPassword(ValueError):
    """A password that the policy does not accept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A logged-in account."""

    token: str
    account: str
    role: Role
    proof: str
    """Sent in a header with every change, so that another site cannot forge a request."""


def check_policy(account: str, password: str) -> None:
    """:raises WeakPassword: for one that is short, common, made of few characters or the account's name."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise WeakPassword(f"a password has {MIN_PASSWORD} to {MAX_PASSWORD} characters")
    if password.casefold() in _COMMON or len(set(password)) < 5:
        raise WeakPassword("this password is easy to guess")
    if account and account.casefold() in password.casefold():
        raise WeakPassword("a password does not contain the account's name")


def hash_password(password: str) -> str:
    """scrypt with a salt of its own: ``salt$digest``."""
    salt = secrets.token_bytes(16)
    return f"{salt.hex()}${hashlib.scrypt(password.encode(), salt=salt, **_SCRYPT).hex()}"


def verify_password(password: str, stored: str) -> bool:
    """Whether the password is the one; takes as long for a wrong one."""
    salt, _, digest = stored.partition("$")
    found = hashlib.scrypt(password.encode(), salt=bytes.fromhex(salt), **_SCRYPT)
    return hmac.compare_digest(found, bytes.fromhex(digest))


_NOBODY = hash_password(secrets.token_hex(16))
"""Compared against where the account does not exist, so that the time does not tell."""


class Accounts:
    """The accounts of one gateway. A new gateway has none, and no default password."""

    def __init__(self, vault: Vault, audit: AuditLog, clock: Clock = steady) -> None:
        self._vault, self._audit, self._clock = vault, audit, clock
        self._sessions: dict[str, tuple[Session, float]] = {}
        self._failures: dict[str, tuple[int, float]] = {}
        stored = vault.read(ACCOUNTS_FILE)
        self._accounts: dict[str, dict[str, str]] = json.loads(stored) if stored else {}

    def __bool__(self) -> bool:
        return bool(self._accounts)

    def commission(self, account: str, password: str) -> None:
        """Create the first administrator, once; the only call that needs no session.

        :raises Denied: when the gateway has been commissioned already.
        """
        if self._accounts:
            self._audit.append("anonymous", "accounts.commission", "denied")
            raise Denied("already commissioned")
        self._add(account, password, Role.ADMINISTRATOR)
        self._audit.append(account, "accounts.commission")

    def add(self, by: Session, account: str, password: str, role: Role) -> None:
        """Create an account or give it another password and role."""
        self.require(by, Right.MANAGE_ACCOUNTS)
        self._add(account, password, role)
        self._drop_sessions(account)
        self._audit.append(by.account, "accounts.add", detail=f"{account} as {role}")

    def remove(self, by: Session, account: str) -> None:
        """Remove an account and end its sessions; the last administrator stays."""
        self.require(by, Right.MANAGE_ACCOUNTS)
        admins = [n for n, a in self._accounts.items() if a["role"] == Role.ADMINISTRATOR]
        if account not in self._accounts or admins == [account]:
            raise ValueError(f"cannot remove {account}")
        del self._accounts[account]
        self._save()
        self._drop_sessions(account)
        self._audit.append(by.account, "accounts.remove", detail=account)

    def login(self, account: str, password: str) -> Session:
        """A session for the right password.

        :raises Denied: with the same words for an unknown account, a wrong password and a locked account.
        """
        tries, until = self._failures.get(account, (0, 0.0))
        if self._clock() < until:
            self._audit.append(account, "login", "locked")
            raise Denied("login failed")
        known = self._accounts.get(account)
        right = verify_password(password[:MAX_PASSWORD], known["password"] if known else _NOBODY)
        if not (known and right):
            self._fail(account, tries + 1)
            raise Denied("login failed")
        self._failures.pop(account, None)
        session = Session(
            token=secrets.token_urlsafe(32),
            account=account,
            role=Role(known["role"]),
            proof=secrets.token_urlsafe(32),
        )
        if len(self._sessions) >= MAX_SESSIONS:
            oldest = min(self._sessions, key=lambda t: self._sessions[t][1])
            del self._sessions[oldest]
        self._sessions[session.token] = (session, self._clock())
        self._audit.append(account, "login")
        return session

    def session(self, token: str) -> Session:
        """The session of a token, kept alive by being used.

        :raises Denied: for an unknown, ended or idle one.
        """
        session, used = self._sessions.get(token, (None, 0.0))
        if session is None:
            raise Denied("no session")
        if self._clock() - used > IDLE_SECONDS:
            del self._sessions[token]
            self._audit.append(session.account, "session.expired")
            raise Denied("no session")
        self._sessions[token] = (session, self._clock())
        return session

    def logout(self, session: Session) -> None:
        if self._sessions.pop(session.token, None):
            self._audit.append(session.account, "logout")

    def require(self, session: Session, right: Right) -> None:
        """:raises Denied: and records it, where the role of the session does not have the right."""
        if right not in RIGHTS[session.role]:
            self._audit.append(session.account, right, "denied")
            raise Denied(f"{session.role} may not do this")

    def _add(self, account: str, password: str, role: Role) -> None:
        if not (account.isascii() and account.isidentifier() and len(account) <= 32):
            raise ValueError("an account's name is a word of letters, digits and underscores")
        check_policy(account, password)
        self._accounts[account] = {"password": hash_password(password), "role": Role(role)}
        self._save()

    def _fail(self, account: str, tries: int) -> None:
        over = tries - FREE_TRIES
        lock = min(MAX_LOCK, LOCK_SECONDS * 2.0 ** min(over, 16)) if over >= 0 else 0.0
        if len(self._failures) >= 1024 and account not in self._failures:
            self._failures.pop(next(iter(self._failures)))
        self._failures[account] = (tries, self._clock() + lock)
        self._audit.append(account, "login", "failed", f"try {tries}")
        if lock:
            self._audit.append(account, "login.locked", "alarm", f"{lock:.0f} s")

    def _drop_sessions(self, account: str) -> None:
        self._sessions = {t: s for t, s in self._sessions.items() if s[0].account != account}

    def _save(self) -> None:
        self._vault.write(ACCOUNTS_FILE, json.dumps(self._accounts).encode())
