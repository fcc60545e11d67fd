from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgegate.accounts import Denied
from edgegate.fieldbus import BUSY, ILLEGAL_ADDRESS, ILLEGAL_FUNCTION, ILLEGAL_VALUE, AllowList, Rule
from edgegate.frames import Function, Request


def read(address, count=1, unit=1):
    return Request(
        transaction=1, unit=unit, function=Function.READ_HOLDING, address=address, count=count
    ).encode()


def write(address, *values, unit=1):
    return Request(
        transaction=1,
        unit=unit,
        function=Function.WRITE_MANY,
        address=address,
        count=len(values),
        values=values,
    ).encode()


def code(answer):
    return answer[8] if answer[7] & 0x80 else None


def test_an_allowed_register_is_read(gateway, login, sent):
    assert code(gateway.fieldbus(login("vera"), read(100, 20))) is None
    assert sent == [read(100, 20)]


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(read(99), id="below"),
        pytest.param(read(120), id="above"),
        pytest.param(read(99, 2), id="from-below"),
        pytest.param(read(119, 2), id="to-above"),
        pytest.param(read(100, unit=2), id="other-unit"),
        pytest.param(read(0), id="first"),
    ],
)
def test_a_register_no_rule_names_is_never_asked_for(gateway, login, sent, frame):
    assert code(gateway.fieldbus(login("otto"), frame)) == ILLEGAL_ADDRESS
    assert sent == []


def test_an_operator_writes_within_the_range(gateway, login, sent):
    assert code(gateway.fieldbus(login("otto"), write(200, 10, 90))) is None
    assert len(sent) == 1


@pytest.mark.parametrize("values", [(9,), (91,), (50, 91), (0xFFFF,)])
def test_a_value_outside_the_range_is_not_written(gateway, login, sent, values):
    assert code(gateway.fieldbus(login("otto"), write(200, *values))) == ILLEGAL_VALUE
    assert sent == []


def test_a_register_for_reading_is_not_written(gateway, login, sent):
    assert code(gateway.fieldbus(login("otto"), write(100, 50))) == ILLEGAL_ADDRESS
    assert sent == []


@pytest.mark.parametrize("account", ["vera", "tina"])
def test_a_viewer_or_technician_does_not_write(gateway, login, sent, account):
    assert code(gateway.fieldbus(login(account), write(200, 50))) == ILLEGAL_FUNCTION
    assert sent == []


def test_an_administrator_has_no_access_to_the_machine(gateway, login, sent):
    with pytest.raises(Denied):
        gateway.fieldbus(login("anna"), read(100))
    assert sent == []


def test_a_malformed_frame_never_reaches_the_controller(gateway, login, sent):
    assert code(gateway.fieldbus(login("otto"), b"\x00" * 20)) == ILLEGAL_FUNCTION
    assert sent == []


def test_refused_requests_and_writes_are_recorded_without_values(gateway, login):
    otto = login("otto")
    gateway.fieldbus(otto, read(0))
    gateway.fieldbus(otto, write(200, 77))
    refused, written = gateway.audit.entries()[-2:]
    assert refused.action == "fieldbus.refused"
    assert written.action == "fieldbus.write"
    assert "77" not in written.detail


def test_the_controller_is_not_asked_more_often_than_it_stands(gateway, login, sent):
    vera = login("vera")
    answers = [code(gateway.fieldbus(vera, read(100))) for _ in range(50)]
    assert len(sent) == answers.count(None) == 20
    assert answers.count(BUSY) == 30


def test_the_controller_is_asked_again_after_a_second(gateway, login, sent, hand):
    vera = login("vera")
    for _ in range(50):
        gateway.fieldbus(vera, read(100))
    hand.turn(1)
    assert code(gateway.fieldbus(vera, read(100))) is None


@given(st.integers(0, 0xFFFF), st.integers(1, 125), st.integers(0, 255), st.booleans())
def test_an_empty_list_allows_nothing(address, count, unit, writes):
    function = Function.WRITE_MANY if writes else Function.READ_INPUT
    request = Request(
        transaction=0,
        unit=unit,
        function=function,
        address=address,
        count=count,
        values=(0,) * count if writes else (),
    )
    assert AllowList().objection(request) == ILLEGAL_ADDRESS


@given(st.integers(0, 300), st.integers(1, 125))
def test_a_request_passes_only_if_all_its_registers_are_allowed(address, count):
    rules = AllowList([Rule(unit=1, first=50, last=99), Rule(unit=1, first=100, last=150)])
    request = Request(transaction=0, unit=1, function=Function.READ_HOLDING, address=address, count=count)
    assert (rules.objection(request) is None) == (address >= 50 and address + count - 1 <= 150)
