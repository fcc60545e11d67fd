from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegate.accounts import WeakPassword, check_policy, hash_password, verify_password
from tests.conftest import PASSWORD


def test_the_right_password_verifies_and_another_does_not():
    stored = hash_password(PASSWORD)
    assert verify_password(PASSWORD, stored)
    assert not verify_password(PASSWORD + "x", stored)


def test_two_hashes_of_one_password_differ():
    assert hash_password(PASSWORD) != hash_password(PASSWORD)


def test_the_hash_does_not_hold_the_password():
    assert PASSWORD not in hash_password(PASSWORD)


@pytest.mark.parametrize(
    "password", ["", "short", "a" * 11, "aaaaaaaaaaaaaaaa", "PasswordPassword", "FieldGate-200"]
)
def test_a_weak_password_is_refused(password):
    with pytest.raises(WeakPassword):
        check_policy("anna", password)


def test_a_password_with_the_name_of_the_account_is_refused():
    with pytest.raises(WeakPassword, match="name"):
        check_policy("anna", "my-Name-is-ANNA-7")


def test_a_password_of_endless_length_is_refused():
    with pytest.raises(WeakPassword):
        check_policy("anna", "xY7-" * 100)


@settings(max_examples=10)
@given(st.text(max_size=40), st.text(max_size=40))
def test_only_the_same_text_verifies(one, other):
    assert verify_password(other, hash_password(one)) == (one == other)
