"""SMTP that comes to an end: a server that says a little now and then is left after a while.

The timeout of a connection is for each piece that is read, and begins anew with every byte. So before each step what is
left of the whole is set, where it is less.
"""

from __future__ import annotations

import io
import smtplib
import time
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.mail.backends import smtp

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

WHOLE_S = 100.0
"""For one mail. Shorter than the lease of a message, so that nobody else begins it meanwhile."""


class TookTooLong(smtplib.SMTPServerDisconnected):
    """The server was left before it had said that it has the mail."""


class _Ending(smtplib.SMTP):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._until = time.monotonic() + WHOLE_S
        super().__init__(*args, **kwargs)

    def send(self, s: ReadableBuffer | str) -> None:
        """Send a line, or the mail."""
        if self.sock and not self.hurry():
            self.close()
            raise TookTooLong
        super().send(s)

    def getreply(self) -> tuple[int, bytes]:
        """Read an answer, of however many lines."""
        if self.file is None and self.sock:
            self.file = io.BufferedReader(_Pieces(self))
        try:
            return super().getreply()
        except smtplib.SMTPServerDisconnected as error:
            if self.left_s() <= 0:
                raise TookTooLong from error
            raise

    def left_s(self) -> float:
        """Of the whole."""
        return self._until - time.monotonic()

    def hurry(self) -> bool:
        """Let the next step take no longer than what is left. False where nothing is."""
        left_s = self.left_s()
        if left_s > 0 and self.sock:
            self.sock.settimeout(min(settings.EMAIL_TIMEOUT or left_s, left_s))
        return left_s > 0


class _EndingTls(_Ending, smtplib.SMTP_SSL):
    pass


class _Pieces(io.RawIOBase):
    """What the server says, as it comes."""

    def __init__(self, connection: _Ending) -> None:
        self._connection = connection

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        if self._connection.sock is None or not self._connection.hurry():
            raise TimeoutError
        return self._connection.sock.recv_into(buffer)


class EmailBackend(smtp.EmailBackend):
    """Django's own, whose connections end."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        """By TLS from the beginning, or not."""
        return _EndingTls if self.use_ssl else _Ending
