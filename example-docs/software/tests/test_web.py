"""The web interface, asked over the loopback by a real client."""

from __future__ import annotations

import datetime
import http.client
import ipaddress
import json
import socket
import ssl
import threading

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from edgegate.web import serve, tls
from tests.conftest import CONFIG, PASSWORD


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "fieldgate.example")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "gateway.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


class Browser:
    """A client with a cookie."""

    def __init__(self, port):
        self.port, self.cookie, self.proof = port, "", ""

    def ask(self, method, path, data=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        body = data if isinstance(data, bytes) else None if data is None else json.dumps(data).encode()
        given = {"Cookie": self.cookie, "X-Proof": self.proof} | headers
        connection.request(method, path, body, {k: v for k, v in given.items() if v})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        self.headers = answer.headers
        return answer.status, json.loads(text) if text else None

    def login(self, account):
        status, data = self.ask("POST", "/api/login", {"account": account, "password": PASSWORD})
        assert status == 200
        self.cookie = self.headers["Set-Cookie"].partition(";")[0]
        self.proof = data["proof"]
        return self


@pytest.fixture
def server(gateway, hand):
    with serve(gateway, "127.0.0.1", 0, None, clock=hand) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join(5)


@pytest.fixture
def browser(server):
    return Browser(server.server_address[1])


def test_nothing_is_shown_without_a_session(browser):
    for path in ("/api/status", "/api/audit"):
        assert browser.ask("GET", path)[0] == 403


def test_login_gives_a_cookie_that_scripts_and_other_sites_do_not_get(browser):
    browser.login("otto")
    cookie = browser.headers["Set-Cookie"]
    for word in ("HttpOnly", "Secure", "SameSite=Strict"):
        assert word in cookie


def test_a_wrong_password_is_refused(browser):
    data = {"account": "otto", "password": "wrong-password-1"}
    assert browser.ask("POST", "/api/login", data) == (403, {"error": "login failed"})


def test_the_status_is_shown_after_login(browser):
    status, data = browser.login("otto").ask("GET", "/api/status")
    assert status == 200
    assert data["running"] == "2.4.0"


def test_a_change_without_the_proof_is_refused(browser, gateway):
    browser.login("anna")
    browser.proof = ""
    assert browser.ask("POST", "/api/config", CONFIG)[0] == 403
    assert gateway.audit.entries()[-1].action == "web.forged"


def test_a_role_is_kept_over_the_web(browser):
    assert browser.login("vera").ask("POST", "/api/config", CONFIG)[0] == 403


def test_values_are_read_over_the_web(browser, sent):
    frame = "000100000006010300640001"
    assert browser.login("vera").ask("POST", "/api/values", {"frame": frame})[0] == 200
    assert [f.hex() for f in sent] == [frame]


def test_maintenance_runs_from_request_to_approval(server):
    tina, otto = (Browser(server.server_address[1]).login(a) for a in ("tina", "otto"))
    _, visit = tina.ask("POST", "/api/maintenance/request", {"controller": "press", "minutes": 20})
    assert otto.ask("POST", "/api/maintenance/approve", {"id": visit["id"]})[1]["phase"] == "open"


def test_the_audit_log_is_for_the_administrator(browser):
    assert browser.login("otto").ask("GET", "/api/audit")[0] == 403
    status, data = browser.login("anna").ask("GET", "/api/audit")
    assert status == 200
    assert data["intact"] is True


def test_logout_ends_the_session(browser):
    browser.login("otto").ask("POST", "/api/logout", {})
    assert browser.ask("GET", "/api/status")[0] == 403


def test_erasing_over_the_web_leaves_a_new_gateway(browser):
    assert browser.login("anna").ask("POST", "/api/erase", {})[0] == 200
    assert browser.ask("GET", "/api/status")[0] == 403


@pytest.mark.parametrize(
    "body", [b"{", b"[1]", b'"x"', b"\xff", b"[" * 50_000], ids=["cut", "list", "text", "not-utf8", "nested"]
)
def test_a_body_that_is_no_object_is_refused(browser, body):
    assert browser.login("anna").ask("POST", "/api/config", body)[0] == 400


def test_a_body_that_is_too_long_is_refused_unread(browser):
    browser.login("anna")
    assert browser.ask("POST", "/api/config", b"", **{"Content-Length": "999999999"})[0] == 400


@pytest.mark.parametrize(
    "path", ["/", "/../../etc/passwd", "/api/status/..", "/api/%2e%2e/x", "/api/unknown"]
)
def test_no_other_path_exists(browser, path):
    assert browser.login("anna").ask("GET", path)[0] == 404


def test_answers_say_nothing_of_what_is_inside(browser, gateway, monkeypatch):
    def broken(*_):
        raise RuntimeError("secret detail")

    browser.login("otto")
    monkeypatch.setattr(gateway.accounts, "session", broken)
    assert browser.ask("GET", "/api/status") == (500, {"error": "internal error"})
    assert browser.headers["Server"] is None


def test_security_headers_are_on_every_answer(browser):
    browser.ask("GET", "/api/status")
    assert browser.headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in browser.headers["Content-Security-Policy"]
    assert browser.headers["Cache-Control"] == "no-store"


def test_a_flood_from_one_client_is_held_back(browser):
    answers = [browser.ask("GET", "/api/status")[0] for _ in range(60)]
    assert answers.count(403) == 40
    assert answers.count(429) == 20


def test_the_gateway_serves_again_after_a_flood(browser, hand):
    for _ in range(60):
        browser.ask("GET", "/api/status")
    hand.turn(5)
    browser.login("otto")
    assert browser.ask("GET", "/api/status")[0] == 200


@pytest.mark.parametrize(
    "rubbish",
    [b"\x16\x03\x01", b"GET", b"\x00" * 5000, b"POST / HTTP/9.9\r\n\r\n"],
    ids=["tls", "cut", "zeros", "version"],
)
def test_rubbish_on_the_wire_stops_nothing(browser, rubbish):
    with socket.create_connection(("127.0.0.1", browser.port), timeout=5) as connection:
        connection.sendall(rubbish)
    browser.login("otto")
    assert browser.ask("GET", "/api/status")[0] == 200


@pytest.fixture
def secure(gateway, certificate):
    with serve(gateway, "127.0.0.1", 0, certificate) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join(5)


def handshake(port, certificate, most=None):
    context = ssl.create_default_context(cafile=certificate)
    if most is not None:
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = most
    with (
        socket.create_connection(("127.0.0.1", port), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as wrapped,
    ):
        return wrapped.version(), wrapped.cipher()[0]


def test_the_connection_is_encrypted_with_forward_secrecy(secure, certificate):
    version, cipher = handshake(secure, certificate)
    assert version == "TLSv1.3" or cipher.startswith("ECDHE")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_old_tls_is_refused(secure, certificate):
    with pytest.raises((ssl.SSLError, ConnectionError)):
        handshake(secure, certificate, ssl.TLSVersion.TLSv1_1)


def test_nothing_older_than_tls_1_2_is_configured(certificate):
    assert tls(certificate).minimum_version == ssl.TLSVersion.TLSv1_2


def test_plain_http_gets_no_answer_on_the_secure_port(secure):
    with socket.create_connection(("127.0.0.1", secure), timeout=5) as connection:
        connection.sendall(b"GET /api/status HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"403" not in connection.recv(4096)


def test_a_client_that_never_finishes_its_handshake_blocks_nobody(secure, certificate):
    with socket.create_connection(("127.0.0.1", secure), timeout=5):
        assert handshake(secure, certificate)
