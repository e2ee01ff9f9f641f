"""The connection to a mail server: it ends, by TLS and without."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from smtplib import SMTPServerDisconnected

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core.mail import EmailMessage

from config.watch import smtp

Talk = Callable[[socket.socket], None]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of this machine, signed by itself, with its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail.example.com")])
    unsigned = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    unsigned = unsigned.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    signed = unsigned.add_extension(names, critical=False).sign(key, SHA256())
    path = tmp_path_factory.mktemp("tls") / "mail.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + signed.public_bytes(Encoding.PEM))
    return path


@contextmanager
def mail_server(talk: Talk) -> Iterator[smtp.EmailBackend]:
    """A loopback server that talks like this to one caller; who has called is waited for."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError), listener.accept()[0] as caller:
                talk(caller)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        host, port = listener.getsockname()
        yield smtp.EmailBackend(host=host, port=port)
        thread.join(10)
        assert not thread.is_alive()


def trickle(caller: socket.socket, piece: bytes) -> None:
    """Until the caller has left."""
    while True:
        caller.sendall(piece)
        threading.Event().wait(0.02)


def take(
    caller: socket.socket,
    mails: list[bytes],
    *,
    tls: ssl.SSLContext | None = None,
    goodbye: Talk | None = None,
    is_greeted: bool = False,
) -> None:
    """Be a mail server."""
    if not is_greeted:
        caller.sendall(b"220 hello\r\n")
    with caller.makefile("rb") as said:
        for line in said:
            command = line.strip().upper()
            if command == b"STARTTLS" and tls:
                caller.sendall(b"220 go\r\n")
                return take(tls.wrap_socket(caller, server_side=True), mails, is_greeted=True)
            if command == b"QUIT" and goodbye:
                goodbye(caller)
            if command == b"DATA":
                caller.sendall(b"354 go\r\n")
                mails.append(b"".join(iter(said.readline, b".\r\n")))
            caller.sendall(b"250-fine\r\n250 STARTTLS\r\n" if command.startswith(b"EHLO") else b"250 good\r\n")
    return None


def of_server(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


def a_mail() -> EmailMessage:
    return EmailMessage("Subject", "Body", to=["owner@example.com"])


@pytest.mark.parametrize("greeting", [b"220-", b"220-hm\r\n"], ids=["a line", "lines"])
def test_a_greeting_without_end(greeting: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "WHOLE_S", 0.3)
    with mail_server(lambda caller: trickle(caller, greeting)) as backend, pytest.raises(smtp.TookTooLong):
        backend.open()


def test_an_encrypted_greeting_without_end(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "WHOLE_S", 1.0)
    context = of_server(certificate)
    with mail_server(lambda caller: trickle(context.wrap_socket(caller, server_side=True), b"220-")) as backend:
        backend.use_ssl, backend.ssl_context = True, ssl.create_default_context(cafile=str(certificate))
        with pytest.raises(smtp.TookTooLong):
            backend.open()


def test_what_was_taken_is_sent_however_long_the_goodbye(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "WHOLE_S", 3.0)
    mails: list[bytes] = []
    with mail_server(lambda caller: take(caller, mails, goodbye=lambda to: trickle(to, b"221-"))) as backend:
        assert (backend.send_messages([a_mail()]), len(mails)) == (1, 1)


def test_a_server_that_hangs_up_is_no_slow_one() -> None:
    with mail_server(socket.socket.close) as backend, pytest.raises(SMTPServerDisconnected) as raised:
        backend.open()
    assert not isinstance(raised.value, smtp.TookTooLong)


@pytest.mark.parametrize("way", ["use_ssl", "use_tls", ""])
def test_mails_go_by_tls_and_without(certificate: Path, way: str) -> None:
    mails: list[bytes] = []
    context = of_server(certificate)

    def talk(caller: socket.socket) -> None:
        own = context.wrap_socket(caller, server_side=True) if way == "use_ssl" else caller
        take(own, mails, tls=context)

    with mail_server(talk) as backend:
        backend.ssl_context = ssl.create_default_context(cafile=str(certificate))
        backend.use_ssl, backend.use_tls = way == "use_ssl", way == "use_tls"
        assert backend.send_messages([a_mail()]) == 1
    assert b"Subject: Subject" in mails[0]
