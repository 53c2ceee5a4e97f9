"""Receivers of alerts on this machine: a webhook and an SMTP server, each keeping what it took."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Webhook:
    """What a webhook was sent; `answers` are given in turn, then 200."""

    def __init__(self) -> None:
        self.taken: list[tuple[dict[str, str], bytes]] = []
        self.refused: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.url = ""


@contextmanager
def webhook(port: int = 0) -> Iterator[Webhook]:
    """Serve a webhook for the length of the block."""
    kept = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, headers = kept.answers.pop(0) if kept.answers else (200, {})
            (kept.taken if status == 200 else kept.refused).append((dict(self.headers), body))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    kept.url = f"http://127.0.0.1:{server.server_address[1]}/alerts"
    with _served(server):
        yield kept


class Mailserver:
    """What an SMTP server took; it answers `refused` addresses with their code, at most `refusals` times."""

    def __init__(self) -> None:
        self.refused: dict[str, int] = {}
        self.refusals = 1_000
        self.taken: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.port = 0


class _Mailing(socketserver.StreamRequestHandler):
    """As much of SMTP (RFC 5321) as sending a mail takes."""

    kept: Mailserver

    def handle(self) -> None:
        self._say("220 here")
        recipients: list[str] = []
        while line := self.rfile.readline():
            command = line.decode().strip()
            verb = command[:4].upper()
            if verb == "RCPT":
                self._ask(command.partition("<")[2].rstrip(">"), recipients)
            elif verb == "DATA":
                self._say("354 go on")
                self._take(recipients)
                recipients = []
                self._say("250 taken")
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                recipients = recipients if verb != "RSET" else []
                self._say("250 ok")

    def _ask(self, address: str, recipients: list[str]) -> None:
        if address in self.kept.refused and self.kept.refusals:
            self.kept.refusals -= 1
            self._say(f"{self.kept.refused[address]} not here")
        else:
            recipients.append(address)
            self._say("250 ok")

    def _take(self, recipients: list[str]) -> None:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        self.kept.taken.append(message_from_bytes(b"".join(lines), policy=policy.default))
        self.kept.recipients.append(recipients)

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def mailserver(port: int = 0) -> Iterator[Mailserver]:
    """Serve a mail server for the length of the block."""
    kept = Mailserver()
    handler = type("Handler", (_Mailing,), {"kept": kept})
    server = socketserver.ThreadingTCPServer(("127.0.0.1", port), handler)
    kept.port = server.server_address[1]
    with _served(server):
        yield kept


@contextmanager
def _served(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
