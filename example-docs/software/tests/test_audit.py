from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegate.audit import LOG_FILE, AuditLog
from edgegate.vault import Vault
from tests.conftest import CONFIG, PASSWORD, Hand


@pytest.fixture
def vault(tmp_path):
    return Vault(tmp_path / "log")


@pytest.fixture
def log(vault):
    log = AuditLog(vault, Hand())
    for n in range(5):
        log.append("otto", "act", detail=str(n))
    return log


def rewrite(vault, change):
    """What somebody does who has the sealed storage but not the key of the chain."""
    state = json.loads(vault.read(LOG_FILE))
    change(state)
    vault.write(LOG_FILE, json.dumps(state).encode())
    return AuditLog(vault, Hand())


@pytest.mark.verifies("CTL_CHAIN")
def test_an_untouched_chain_verifies(log, vault):
    assert log.verify() is None
    assert AuditLog(vault, Hand()).verify() is None


@pytest.mark.verifies("CTL_CHAIN")
@pytest.mark.parametrize("part", ["actor", "action", "outcome", "detail", "time", "number"])
def test_a_changed_entry_is_found(log, vault, part):
    again = rewrite(
        vault, lambda s: s["entries"][2].update({part: 99 if part in ("time", "number") else "x"})
    )
    assert again.verify() is not None


@pytest.mark.verifies("CTL_CHAIN")
def test_a_removed_entry_is_found(log, vault):
    assert rewrite(vault, lambda s: s["entries"].pop(2)).verify() == 4


@pytest.mark.verifies("CTL_CHAIN")
def test_swapped_entries_are_found(log, vault):
    assert rewrite(vault, lambda s: s["entries"].reverse()).verify() is not None


def test_an_entry_says_who_what_when_and_how_it_ended(log):
    entry = log.append("otto", "login", "failed")
    assert (entry.actor, entry.action, entry.outcome, entry.time) == ("otto", "login", "failed", 1000.0)


def test_a_full_log_drops_the_oldest_and_still_verifies(vault):
    log = AuditLog(vault, Hand(), capacity=3)
    for n in range(10):
        log.append("otto", "act", detail=str(n))
    assert [e.number for e in log.entries()] == [8, 9, 10]
    assert log.verify() is None
    assert AuditLog(vault, Hand(), capacity=3).verify() is None


def test_a_stored_log_that_does_not_open_raises_an_alarm(log, vault, tmp_path):
    (tmp_path / "log" / LOG_FILE).write_bytes(b"\x00" * 64)
    again = AuditLog(vault, Hand())
    assert [(e.action, e.outcome) for e in again.entries()] == [("audit.altered", "alarm")]


def test_the_export_is_one_json_object_a_line(log):
    lines = log.export().splitlines()
    assert [json.loads(line)["number"] for line in lines] == [1, 2, 3, 4, 5]


@settings(max_examples=40)
@given(st.text(max_size=300))
def test_no_text_forges_an_entry(tmp_path_factory, text):
    log = AuditLog(Vault(tmp_path_factory.mktemp("log")), Hand())
    log.append(text, text, text, text)
    assert len(log.export().splitlines()) == 1
    assert log.verify() is None


def test_neither_passwords_nor_tokens_are_recorded(gateway, login):
    tokens = [login(account).token for account in ("anna", "otto")]
    text = gateway.audit.export()
    assert PASSWORD not in text
    assert not any(token in text for token in tokens)


def without_log():
    return json.dumps(CONFIG | {"services": CONFIG["services"] | {"audit": {"enabled": False}}}).encode()


def test_the_user_can_switch_the_log_off(gateway, login):
    gateway.configure(login("anna"), without_log())
    before = len(gateway.audit.entries())
    login("otto")
    assert len(gateway.audit.entries()) == before


def test_switching_the_log_off_and_on_is_recorded(gateway, login):
    anna = login("anna")
    gateway.configure(anna, without_log())
    assert gateway.audit.entries()[-1].action == "config.replace"
    gateway.configure(anna, json.dumps(CONFIG).encode())
    assert gateway.audit.entries()[-1].action == "config.replace"


def test_alarms_are_recorded_with_the_log_off(gateway, login, boot, state):
    gateway.configure(login("anna"), without_log())
    path = state / "config.json"
    path.write_bytes(path.read_bytes()[:-1] + b"\x00")
    assert boot().audit.entries()[-1].action == "config.altered"


def test_a_log_switched_off_stays_off_after_a_restart(gateway, login, boot):
    gateway.configure(login("anna"), without_log())
    assert not boot().audit.enabled
