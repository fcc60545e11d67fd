"""The configuration: what it may contain, what a new gateway starts with, and how it is kept.

Everything that listens is off at first. A configuration is checked whole against a schema
before any of it is used; one that does not fit changes nothing.
"""

from __future__ import annotations

import copy
import json
from typing import Any

from jsonschema import Draft202012Validator

from edgegate.audit import AuditLog
from edgegate.fieldbus import AllowList, Rule
from edgegate.vault import IntegrityError, Vault

CONFIG_FILE = "config.json"
MAX_CONFIG = 256 * 1024

_SERVICES = ("fieldbus", "maintenance", "audit", "update_check")
_WORD = {"type": "integer", "minimum": 0, "maximum": 0xFFFF}
_SERVICE = {
    "type": "object",
    "properties": {"enabled": {"type": "boolean"}},
    "required": ["enabled"],
    "additionalProperties": False,
}
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "required": ["services", "controllers", "rules"],
    "properties": {
        "services": {
            "type": "object",
            "additionalProperties": False,
            "required": list(_SERVICES),
            "properties": dict.fromkeys(_SERVICES, _SERVICE),
        },
        "controllers": {
            "type": "array",
            "maxItems": 8,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name", "host", "port"],
                "properties": {
                    "name": {"type": "string", "pattern": "^[a-z][a-z0-9-]{0,31}$"},
                    "host": {"type": "string", "pattern": r"^(\d{1,3}\.){3}\d{1,3}$"},
                    "port": {"type": "integer", "minimum": 1, "maximum": 65535},
                },
            },
        },
        "rules": {
            "type": "array",
            "maxItems": 512,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["unit", "first", "last"],
                "properties": {
                    "unit": {"type": "integer", "minimum": 0, "maximum": 255},
                    "first": _WORD,
                    "last": _WORD,
                    "write": {"type": "boolean"},
                    "low": _WORD,
                    "high": _WORD,
                },
            },
        },
    },
}
DEFAULT: dict[str, Any] = {
    "services": {
        "fieldbus": {"enabled": False},
        "maintenance": {"enabled": False},
        "audit": {"enabled": True},
        "update_check": {"enabled": True},
    },
    "controllers": [],
    "rules": [],
}
"""Nothing listens and nothing passes; only the log is kept and the question for updates asked."""

_VALIDATOR = Draft202012Validator(SCHEMA)


class ConfigError(ValueError):
    """A configuration that cannot be used, with everything that is wrong in it."""


def check(data: Any) -> None:
    """:raises ConfigError: naming every fault."""
    faults = [
        f"{'.'.join(map(str, e.absolute_path)) or '.'}: {e.message}" for e in _VALIDATOR.iter_errors(data)
    ]
    if not faults:
        for n, rule in enumerate(data["rules"]):
            if rule["first"] > rule["last"] or rule.get("low", 0) > rule.get("high", 0xFFFF):
                faults.append(f"rules.{n}: a range that ends before it begins")
        names = [c["name"] for c in data["controllers"]]
        if len(set(names)) != len(names):
            faults.append("controllers: two of one name")
    if faults:
        raise ConfigError("; ".join(sorted(faults)))


class Config:
    """The configuration in force. One that was tampered with is not used: defaults are, and an alarm."""

    def __init__(self, vault: Vault, audit: AuditLog) -> None:
        self._vault, self._audit = vault, audit
        self.data: dict[str, Any] = copy.deepcopy(DEFAULT)
        try:
            stored = vault.read(CONFIG_FILE)
        except IntegrityError as error:
            audit.append("system", "config.altered", "alarm", str(error))
            return
        if stored is not None:
            self.data = json.loads(stored)
            audit.enabled = self.enabled("audit")

    def replace(self, text: bytes, actor: str) -> None:
        """Use another configuration, whole or not at all.

        :raises ConfigError: where it does not fit; the one in force stays.
        """
        if len(text) > MAX_CONFIG:
            raise ConfigError(f"more than {MAX_CONFIG} bytes")
        try:
            data = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ConfigError("not JSON") from error
        check(data)
        self._vault.write(CONFIG_FILE, json.dumps(data, sort_keys=True).encode())
        self.data = data
        # Recorded before the log is switched off and after it is switched on: the change itself always is.
        self._audit.enabled = True
        self._audit.append(actor, "config.replace")
        self._audit.enabled = self.enabled("audit")

    def enabled(self, service: str) -> bool:
        return bool(self.data["services"][service]["enabled"])

    def rules(self) -> AllowList:
        return AllowList(Rule(**rule) for rule in self.data["rules"])

    def controller(self, name: str) -> tuple[str, int] | None:
        """Address and port of a controller of the machine; nothing else can be reached."""
        return next(((c["host"], c["port"]) for c in self.data["controllers"] if c["name"] == name), None)
