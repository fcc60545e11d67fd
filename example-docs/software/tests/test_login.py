from __future__ import annotations

import pytest

from edgegate.accounts import (
    FREE_TRIES,
    IDLE_SECONDS,
    LOCK_SECONDS,
    MAX_SESSIONS,
    Denied,
    Role,
)
from tests.conftest import PASSWORD


def fail(gateway, account="otto", times=1):
    for _ in range(times):
        with pytest.raises(Denied):
            gateway.accounts.login(account, "wrong-password-1")


def test_an_account_logs_in_with_its_password(gateway):
    assert gateway.accounts.login("otto", PASSWORD).role is Role.OPERATOR


def test_unknown_account_and_wrong_password_get_the_same_words(gateway):
    with pytest.raises(Denied) as unknown:
        gateway.accounts.login("nobody", PASSWORD)
    with pytest.raises(Denied) as wrong:
        gateway.accounts.login("otto", "wrong-password-1")
    assert str(unknown.value) == str(wrong.value) == "login failed"


def test_five_failures_lock_the_account_even_for_the_right_password(gateway):
    fail(gateway, times=FREE_TRIES)
    with pytest.raises(Denied):
        gateway.accounts.login("otto", PASSWORD)


def test_the_lock_opens_after_its_time(gateway, hand):
    fail(gateway, times=FREE_TRIES)
    hand.turn(LOCK_SECONDS + 1)
    assert gateway.accounts.login("otto", PASSWORD)


def test_each_further_failure_doubles_the_lock(gateway, hand):
    fail(gateway, times=FREE_TRIES)
    hand.turn(LOCK_SECONDS + 1)
    fail(gateway)
    hand.turn(LOCK_SECONDS + 1)
    with pytest.raises(Denied):
        gateway.accounts.login("otto", PASSWORD)
    hand.turn(LOCK_SECONDS)
    assert gateway.accounts.login("otto", PASSWORD)


def test_a_locked_account_locks_no_other(gateway):
    fail(gateway, times=FREE_TRIES)
    assert gateway.accounts.login("vera", PASSWORD)


def test_a_success_forgets_the_failures(gateway):
    fail(gateway, times=FREE_TRIES - 1)
    gateway.accounts.login("otto", PASSWORD)
    fail(gateway, times=FREE_TRIES - 1)
    assert gateway.accounts.login("otto", PASSWORD)


def test_failures_and_locks_are_recorded(gateway):
    fail(gateway, times=FREE_TRIES)
    actions = [(e.action, e.outcome) for e in gateway.audit.entries()]
    assert actions.count(("login", "failed")) == FREE_TRIES
    assert ("login.locked", "alarm") in actions


def test_an_idle_session_ends(gateway, hand, login):
    otto = login("otto")
    hand.turn(IDLE_SECONDS + 1)
    with pytest.raises(Denied):
        gateway.accounts.session(otto.token)


def test_a_used_session_goes_on(gateway, hand, login):
    otto = login("otto")
    for _ in range(3):
        hand.turn(IDLE_SECONDS - 1)
        assert gateway.accounts.session(otto.token) == otto


def test_a_session_ends_with_logout(gateway, login):
    otto = login("otto")
    gateway.accounts.logout(otto)
    with pytest.raises(Denied):
        gateway.accounts.session(otto.token)


def test_a_new_password_ends_the_sessions_of_the_account(gateway, login):
    otto, anna = login("otto"), login("anna")
    gateway.accounts.add(anna, "otto", "Another-Horse-8-Nail", Role.OPERATOR)
    with pytest.raises(Denied):
        gateway.accounts.session(otto.token)


def test_the_number_of_sessions_is_bounded(gateway, hand, login):
    first = login("vera")
    for _ in range(MAX_SESSIONS):
        hand.turn(1)
        login("vera")
    with pytest.raises(Denied):
        gateway.accounts.session(first.token)


def test_tokens_are_long_and_never_the_same(login):
    tokens = {login("vera").token for _ in range(8)}
    assert len(tokens) == 8
    assert all(len(t) >= 43 for t in tokens)
