"""The web interface: JSON over HTTPS, a session cookie, and a proof with everything that changes something.

Answers tell what was wrong with the request and never what is inside: no traceback, no path, no
version in a header. A request is bounded in size, in time and in how many a client may send.
"""

from __future__ import annotations

import hmac
import json
import ssl
import threading
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from edgegate import __version__
from edgegate.accounts import Denied, Right, Role, Session
from edgegate.clock import Clock, steady
from edgegate.config import MAX_CONFIG, ConfigError
from edgegate.gateway import Gateway
from edgegate.limits import PerClient

COOKIE = "session"
TIMEOUT = 10.0
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
}


class BadRequest(ValueError):
    """A request that cannot be understood."""


def tls(certificate: Path) -> ssl.SSLContext:
    """TLS 1.2 or later with forward secrecy; nothing older is offered."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.load_cert_chain(certificate)
    return context


class Server(ThreadingHTTPServer):
    """The gateway's web server."""

    daemon_threads = True

    def __init__(self, gateway: Gateway, address: str, port: int, clock: Clock = steady) -> None:
        self.gateway = gateway
        self.limit = PerClient(rate=10, burst=40, clock=clock)
        self.lock = threading.Lock()
        super().__init__((address, port), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A broken connection is the client's affair; nothing is printed."""


def serve(
    gateway: Gateway, address: str, port: int, certificate: Path | None, clock: Clock = steady
) -> Server:
    """A server ready to run; only the tests go without a certificate."""
    server = Server(gateway, address, port, clock)
    if certificate is not None:
        server.socket = tls(certificate).wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    return server


def _status(handler: _Handler, by: Session, data: Any) -> Any:
    services = {
        name: handler.gateway.config.enabled(name) for name in handler.gateway.config.data["services"]
    }
    return {"version": __version__, "running": handler.gateway.updates.running, "services": services}


def _values(handler: _Handler, by: Session, data: Any) -> Any:
    try:
        frame = bytes.fromhex(_text(data, "frame"))
    except ValueError as error:
        raise BadRequest("frame: not hexadecimal") from error
    return {"answer": handler.gateway.fieldbus(by, frame).hex()}


def _request(handler: _Handler, by: Session, data: Any) -> Any:
    minutes = data.get("minutes")
    if not isinstance(minutes, int) or isinstance(minutes, bool):
        raise BadRequest("minutes: a number is needed")
    visit = handler.gateway.maintenance.request(by, _text(data, "controller"), minutes)
    return {"id": visit.id, "phase": visit.phase}


def _approve(handler: _Handler, by: Session, data: Any) -> Any:
    visit = handler.gateway.maintenance.approve(by, _text(data, "id"))
    return {"id": visit.id, "phase": visit.phase}


def _audit(handler: _Handler, by: Session, data: Any) -> Any:
    handler.gateway.accounts.require(by, Right.READ_AUDIT)
    return {"intact": handler.gateway.audit.verify() is None, "log": handler.gateway.audit.export()}


def _configure(handler: _Handler, by: Session, data: Any) -> Any:
    handler.gateway.configure(by, json.dumps(data).encode())
    return {}


def _account(handler: _Handler, by: Session, data: Any) -> Any:
    try:
        role = Role(_text(data, "role"))
    except ValueError as error:
        raise BadRequest("role: unknown") from error
    handler.gateway.accounts.add(by, _text(data, "account"), _text(data, "password"), role)
    return {}


def _logout(handler: _Handler, by: Session, data: Any) -> Any:
    handler.gateway.accounts.logout(by)
    return {}


def _erase(handler: _Handler, by: Session, data: Any) -> Any:
    return {"erased": len(handler.gateway.factory_reset(by))}


ROUTES: dict[tuple[str, str], Callable[[_Handler, Session, Any], Any]] = {
    ("GET", "/api/status"): _status,
    ("GET", "/api/audit"): _audit,
    ("POST", "/api/values"): _values,
    ("POST", "/api/maintenance/request"): _request,
    ("POST", "/api/maintenance/approve"): _approve,
    ("POST", "/api/config"): _configure,
    ("POST", "/api/accounts"): _account,
    ("POST", "/api/logout"): _logout,
    ("POST", "/api/erase"): _erase,
}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = TIMEOUT
    server: Server

    @property
    def gateway(self) -> Gateway:
        return self.server.gateway

    def version_string(self) -> str:
        return "gateway"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class names it so)
        """The audit log is the log."""

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def _serve(self, method: str) -> None:
        try:
            if not self.server.limit.take(self.client_address[0]):
                self._answer(429, {"error": "too many requests"})
                return
            data = self._body() if method == "POST" else {}
            with self.server.lock:
                self._dispatch(method, data)
        except Denied as error:
            self._answer(403, {"error": str(error)})
        except (BadRequest, ConfigError, ValueError) as error:
            self._answer(400, {"error": str(error)})
        except Exception:
            self.gateway.audit.append("system", "web.error", "alarm", f"{method} {self.path}")
            self._answer(500, {"error": "internal error"})

    def _dispatch(self, method: str, data: dict[str, Any]) -> None:
        match method, self.path:
            case "POST", "/api/login":
                session = self.gateway.accounts.login(_text(data, "account"), _text(data, "password"))
                cookie = f"{COOKIE}={session.token}; Path=/; Secure; HttpOnly; SameSite=Strict"
                self._answer(200, {"role": session.role, "proof": session.proof}, cookie)
            case "POST", "/api/commission":
                self.gateway.accounts.commission(_text(data, "account"), _text(data, "password"))
                self._answer(200, {})
            case key if key in ROUTES:
                self._answer(200, ROUTES[key](self, self._session(method), data))
            case _:
                self._answer(404, {"error": "not found"})

    def _session(self, method: str) -> Session:
        try:
            morsel = SimpleCookie(self.headers.get("Cookie", "")).get(COOKIE)
        except CookieError as error:
            raise BadRequest("cookie") from error
        session = self.gateway.accounts.session(morsel.value if morsel else "")
        sent = self.headers.get("X-Proof", "").encode("utf-8", "replace")
        if method != "GET" and not hmac.compare_digest(sent, session.proof.encode()):
            self.gateway.audit.append(session.account, "web.forged", "denied", self.path)
            raise Denied("no proof")
        return session

    def _body(self) -> dict[str, Any]:
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()) or int(length) > MAX_CONFIG:
            self.close_connection = True
            raise BadRequest("a body of a known, moderate length is needed")
        try:
            data = json.loads(self.rfile.read(int(length)) or b"{}")
        except (ValueError, RecursionError) as error:
            raise BadRequest("not JSON") from error
        if not isinstance(data, dict):
            raise BadRequest("an object is needed")
        return data

    def _answer(self, status: int, data: Any, cookie: str = "") -> None:
        body = json.dumps(data).encode()
        self.send_response_only(status)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        if cookie:
            self.send_header("Set-Cookie", cookie)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _text(data: Any, key: str) -> str:
    value = data.get(key)
    if not isinstance(value, str) or len(value) > 4096:
        raise BadRequest(f"{key}: a text is needed")
    return value
