from __future__ import annotations

import json
import socket
import threading

import pytest

from edgegate.accounts import Denied, Role
from edgegate.config import DEFAULT
from edgegate.maintenance import MAX_MINUTES, REQUEST_SECONDS, Phase
from tests.conftest import CONFIG, PASSWORD


@pytest.fixture
def tina(login):
    return login("tina")


@pytest.fixture
def otto(login):
    return login("otto")


@pytest.fixture
def visit(gateway, tina):
    return gateway.maintenance.request(tina, "press", 30)


def test_nothing_is_reached_before_the_operator_agrees(gateway, tina, visit):
    with pytest.raises(Denied):
        gateway.maintenance.target(tina, visit.id)


def test_an_approved_session_reaches_its_controller(gateway, tina, otto, visit):
    gateway.maintenance.approve(otto, visit.id)
    assert gateway.maintenance.target(tina, visit.id) == ("127.0.0.1", 502)


def test_a_session_ends_when_its_time_is_over(gateway, tina, otto, visit, hand):
    gateway.maintenance.approve(otto, visit.id)
    hand.turn(30 * 60)
    assert gateway.maintenance.visit(visit.id).phase is Phase.ENDED
    with pytest.raises(Denied):
        gateway.maintenance.target(tina, visit.id)


def test_a_request_nobody_answers_lapses(gateway, otto, visit, hand):
    hand.turn(REQUEST_SECONDS)
    with pytest.raises(Denied):
        gateway.maintenance.approve(otto, visit.id)


def test_a_technician_does_not_approve(gateway, tina, visit):
    with pytest.raises(Denied):
        gateway.maintenance.approve(tina, visit.id)


def test_nobody_approves_their_own_request_after_a_change_of_role(gateway, login, visit):
    gateway.accounts.add(login("anna"), "tina", PASSWORD, Role.OPERATOR)
    with pytest.raises(Denied, match="nothing to approve"):
        gateway.maintenance.approve(login("tina"), visit.id)


def test_an_operator_ends_a_session_at_once(gateway, tina, otto, visit):
    gateway.maintenance.approve(otto, visit.id)
    gateway.maintenance.end(otto, visit.id)
    with pytest.raises(Denied):
        gateway.maintenance.target(tina, visit.id)


def test_an_ended_session_is_not_opened_again(gateway, otto, visit):
    gateway.maintenance.approve(otto, visit.id)
    gateway.maintenance.end(otto, visit.id)
    with pytest.raises(Denied):
        gateway.maintenance.approve(otto, visit.id)


def test_a_viewer_ends_no_session(gateway, login, otto, visit):
    gateway.maintenance.approve(otto, visit.id)
    with pytest.raises(Denied):
        gateway.maintenance.end(login("vera"), visit.id)


def test_one_session_is_open_at_a_time(gateway, tina, otto, visit):
    second = gateway.maintenance.request(tina, "press", 5)
    gateway.maintenance.approve(otto, visit.id)
    with pytest.raises(Denied, match="another"):
        gateway.maintenance.approve(otto, second.id)


@pytest.mark.parametrize("minutes", [0, -1, MAX_MINUTES + 1])
def test_a_session_has_a_longest_time(gateway, tina, minutes):
    with pytest.raises(ValueError, match="minutes"):
        gateway.maintenance.request(tina, "press", minutes)


def test_only_a_controller_of_the_machine_can_be_asked_for(gateway, tina):
    with pytest.raises(ValueError, match="controller"):
        gateway.maintenance.request(tina, "192.0.2.1", 10)


def test_maintenance_switched_off_takes_no_requests(gateway, login, tina):
    gateway.configure(login("anna"), json.dumps(DEFAULT).encode())
    with pytest.raises(Denied, match="switched off"):
        gateway.maintenance.request(tina, "press", 10)


def test_every_step_is_recorded(gateway, tina, otto, visit):
    gateway.maintenance.approve(otto, visit.id)
    gateway.maintenance.end(tina, visit.id)
    steps = [e.action for e in gateway.audit.entries() if e.action.startswith("maintenance")]
    assert steps == ["maintenance.request", "maintenance.approve", "maintenance.end"]


@pytest.fixture
def press():
    """A controller that answers in capitals."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer():
            connection, _ = server.accept()
            with connection:
                while data := connection.recv(4096):
                    connection.sendall(data.upper())

        threading.Thread(target=answer, daemon=True).start()
        yield server.getsockname()[1]


@pytest.fixture
def relay(gateway, login, tina, otto, press):
    controllers = [{"name": "press", "host": "127.0.0.1", "port": press}]
    gateway.configure(login("anna"), json.dumps(CONFIG | {"controllers": controllers}).encode())
    visit = gateway.maintenance.request(tina, "press", 30)
    gateway.maintenance.approve(otto, visit.id)
    here, there = socket.socketpair()
    here.settimeout(5)
    stop = threading.Event()
    thread = threading.Thread(target=gateway.maintenance.relay, args=(tina, visit.id, there, stop))
    thread.start()
    yield visit, here, thread
    stop.set()
    thread.join(5)
    here.close()
    there.close()


def test_bytes_pass_both_ways_while_the_session_is_open(relay):
    _, here, _ = relay
    here.sendall(b"hello")
    assert here.recv(16) == b"HELLO"


def test_a_connection_is_cut_when_the_operator_ends_the_session(gateway, otto, relay):
    visit, here, thread = relay
    here.sendall(b"hello")
    here.recv(16)
    gateway.maintenance.end(otto, visit.id)
    thread.join(5)
    assert not thread.is_alive()
    assert here.recv(16) == b""


def test_a_connection_is_cut_when_the_time_is_over(hand, relay):
    _, here, thread = relay
    hand.turn(31 * 60)
    thread.join(5)
    assert not thread.is_alive()
    assert here.recv(16) == b""
