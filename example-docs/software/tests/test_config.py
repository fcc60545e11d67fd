from __future__ import annotations

import copy
import json

import pytest

from edgegate.accounts import Denied
from edgegate.config import CONFIG_FILE, DEFAULT, MAX_CONFIG, ConfigError, check
from edgegate.frames import Function, Request
from tests.conftest import CONFIG

READ = Request(transaction=1, unit=1, function=Function.READ_HOLDING, address=100, count=1).encode()


def changed(**parts):
    return json.dumps(copy.deepcopy(CONFIG) | parts).encode()


def test_a_new_gateway_offers_no_service(boot):
    gateway = boot()
    assert [s for s in DEFAULT["services"] if gateway.config.enabled(s)] == ["audit", "update_check"]


def test_a_new_gateway_has_no_account_and_no_default_password(boot):
    gateway = boot()
    assert not gateway.accounts
    for account in ("admin", "root", "service", "fieldgate"):
        with pytest.raises(Denied):
            gateway.accounts.login(account, account)


def test_a_new_gateway_reaches_no_controller(boot):
    config = boot().config
    assert config.data["controllers"] == []
    assert config.data["rules"] == []


def test_a_service_switched_off_is_not_served(gateway, login, sent):
    gateway.configure(login("anna"), json.dumps(DEFAULT).encode())
    with pytest.raises(Denied, match="switched off"):
        gateway.fieldbus(login("otto"), READ)
    assert sent == []


def test_the_defaults_fit_the_schema():
    check(DEFAULT)


@pytest.mark.parametrize(
    "parts",
    [
        {"services": {}},
        {"unknown": 1},
        {"rules": [{"unit": 1, "first": 9, "last": 3}]},
        {"rules": [{"unit": 256, "first": 0, "last": 1}]},
        {"rules": [{"unit": 1, "first": 0, "last": 1, "low": 5, "high": 4}]},
        {"rules": [{"unit": 1, "first": 0, "last": 1}] * 513},
        {"controllers": [{"name": "press", "host": "example.org", "port": 502}]},
        {"controllers": [{"name": "../press", "host": "10.0.0.9", "port": 502}]},
        {"controllers": [{"name": "press", "host": "10.0.0.9", "port": 0}]},
        {"controllers": [{"name": "press", "host": "10.0.0.9", "port": 502}] * 2},
    ],
)
def test_a_configuration_that_does_not_fit_changes_nothing(gateway, login, parts):
    before = copy.deepcopy(gateway.config.data)
    with pytest.raises(ConfigError):
        gateway.configure(login("anna"), changed(**parts))
    assert gateway.config.data == before


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"\xff\xfe", b"[" * 100_000, b" " * (MAX_CONFIG + 1)],
    ids=["empty", "cut", "not-utf8", "nested", "long"],
)
def test_what_is_no_configuration_is_refused(gateway, login, text):
    with pytest.raises(ConfigError):
        gateway.configure(login("anna"), text)


def test_every_fault_is_named(gateway, login):
    with pytest.raises(ConfigError) as error:
        gateway.configure(login("anna"), changed(services={}, rules=[{"unit": -1, "first": 0, "last": 0}]))
    assert "services" in str(error.value)
    assert "rules.0.unit" in str(error.value)


def test_a_configuration_outlives_a_restart(gateway, boot):
    assert boot().config.data == gateway.config.data


def test_a_configuration_changed_outside_is_not_used_and_raises_an_alarm(gateway, boot, state):
    path = state / CONFIG_FILE
    sealed = bytearray(path.read_bytes())
    sealed[20] ^= 1
    path.write_bytes(sealed)
    again = boot()
    assert again.config.data == DEFAULT
    assert ("config.altered", "alarm") in [(e.action, e.outcome) for e in again.audit.entries()]


def test_an_allow_list_cannot_be_put_in_place_of_the_accounts(gateway, boot, state):
    (state / CONFIG_FILE).write_bytes((state / "accounts.json").read_bytes())
    assert boot().config.data == DEFAULT
