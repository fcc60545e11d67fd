from __future__ import annotations

import json

import pytest

from edgegate.accounts import ACCOUNTS_FILE, RIGHTS, Denied, Right, Role
from edgegate.vault import IntegrityError
from tests.conftest import CONFIG, PASSWORD


@pytest.mark.parametrize("right", list(Right))
@pytest.mark.parametrize("account", ["vera", "otto", "tina", "anna"])
def test_a_role_gives_its_rights_and_no_other(gateway, login, account, right):
    session = login(account)
    if right in RIGHTS[session.role]:
        gateway.accounts.require(session, right)
    else:
        with pytest.raises(Denied):
            gateway.accounts.require(session, right)


def test_nobody_asks_for_maintenance_and_approves_it():
    both = {Right.REQUEST_MAINTENANCE, Right.APPROVE_MAINTENANCE}
    assert not any(both <= rights for rights in RIGHTS.values())


def test_who_configures_does_not_write_to_the_machine():
    assert Right.WRITE_VALUES not in RIGHTS[Role.ADMINISTRATOR]


def test_a_denied_act_is_recorded(gateway, login):
    with pytest.raises(Denied):
        gateway.configure(login("otto"), json.dumps(CONFIG).encode())
    last = gateway.audit.entries()[-1]
    assert (last.actor, last.action, last.outcome) == ("otto", "config.write", "denied")


def test_the_last_administrator_cannot_be_removed(gateway, login):
    with pytest.raises(ValueError, match="anna"):
        gateway.accounts.remove(login("anna"), "anna")


def test_a_removed_account_cannot_log_in(gateway, login):
    gateway.accounts.remove(login("anna"), "otto")
    with pytest.raises(Denied):
        login("otto")


def test_commissioning_happens_once(gateway):
    with pytest.raises(Denied):
        gateway.accounts.commission("mallory", PASSWORD)


def test_accounts_outlive_a_restart(gateway, boot):
    assert boot().accounts.login("otto", PASSWORD).role is Role.OPERATOR


def test_accounts_changed_outside_stop_the_start(gateway, boot, state):
    path = state / ACCOUNTS_FILE
    path.write_bytes(path.read_bytes()[:-1] + b"\x00")
    with pytest.raises(IntegrityError):
        boot()


def test_no_password_is_stored_in_the_clear(gateway, state):
    for path in state.iterdir():
        assert PASSWORD.encode() not in path.read_bytes()
