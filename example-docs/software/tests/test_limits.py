from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgegate.limits import PerClient, TokenBucket
from tests.conftest import Hand


@given(st.lists(st.floats(0, 5), max_size=60))
def test_no_pattern_of_requests_gets_more_than_the_rate(pauses):
    hand = Hand()
    bucket = TokenBucket(rate=2, burst=3, clock=hand)
    passed = 0
    for pause in pauses:
        hand.turn(pause)
        passed += bucket.take()
    assert passed <= 3 + 2 * sum(pauses) + 1e-6


def test_a_clock_set_back_gives_no_tokens():
    hand = Hand()
    bucket = TokenBucket(rate=1, burst=1, clock=hand)
    assert bucket.take()
    hand.turn(-500)
    assert not bucket.take()


def test_one_client_does_not_use_up_the_rate_of_another():
    clients = PerClient(rate=1, burst=1, clock=Hand())
    assert clients.take("10.0.0.1")
    assert not clients.take("10.0.0.1")
    assert clients.take("10.0.0.2")


def test_a_flood_of_addresses_costs_no_memory():
    clients = PerClient(rate=1, burst=1, clients=8, clock=Hand())
    for n in range(1000):
        clients.take(f"10.0.{n // 256}.{n % 256}")
    assert len(clients) == 8


@pytest.mark.parametrize(("rate", "burst"), [(0, 1), (-1, 1), (1, 0)])
def test_a_limit_that_limits_nothing_is_refused(rate, burst):
    with pytest.raises(ValueError, match="positive"):
        TokenBucket(rate, burst)
