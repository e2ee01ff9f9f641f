"""Encryption that fails: before a change was sent nothing can have been written, afterwards it may have been."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from calcom.account import access_of
from calcom.errors import CalcomUnavailable, CalcomUnclear
from calcom.guard import Lane
from calcom.transport import Call, send
from calcom.versions import Group
from companies.models import Company
from tests.factories import CompanyFactory

WRITE = Call("POST", "/bookings", "/bookings", Group.BOOKINGS, body={"start": "2027-01-04T09:00:00Z"})
READ = Call("GET", "/me", "/me")


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """For 127.0.0.1, signed by itself."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1))
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    signed = builder.add_extension(address, critical=False).sign(key, hashes.SHA256())
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = tmp_path / "server.pem"
    path.write_bytes(private + signed.public_bytes(encoding))
    return path


@pytest.fixture
def company(db: None, certificate: Path) -> Iterator[Company]:
    """Its server reads a request over TLS, and answers without."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_serve, args=(listener, context), daemon=True).start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/v2"
        yield CompanyFactory.create(calcom_api_key="cal_test_key_of_nobody_0001", calcom_base_url=url)


def _serve(listener: socket.socket, context: ssl.SSLContext) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            with suppress(OSError):
                encrypted = context.wrap_socket(connection, server_side=True)
                encrypted.recv(65_536)
                with socket.socket(fileno=encrypted.detach()) as bare:
                    bare.sendall(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")


def test_encryption_that_breaks_after_a_change_was_sent_leaves_it_unclear(company, certificate, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with pytest.raises(CalcomUnclear):
        send(access_of(company), WRITE, lane=Lane.INTERACTIVE)
    with pytest.raises(CalcomUnavailable):
        send(access_of(company), READ, lane=Lane.INTERACTIVE)


def test_a_server_that_is_not_believed_was_told_nothing(company):
    with pytest.raises(CalcomUnavailable, match="no connection"):
        send(access_of(company), WRITE, lane=Lane.INTERACTIVE)
