"""Connections to Cal.com: one session for a host and process, kept alive; an answer has to be whole in time.

`requests` counts its read timeout anew with every byte. Here it is the time for the whole answer, headers and body.
"""

from __future__ import annotations

import http.client
import io
import os
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from requests.utils import get_environ_proxies
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.wait import wait_for_read

from companies import meanwhile

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_POOL = 20


class _UntilThen(io.RawIOBase):
    """What the socket brings until the deadline; then TimeoutError, though bytes may still drip."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._whole_s = connection.gettimeout()
        self._until = time.monotonic() + (self._whole_s or 0)
        self._raw = connection.makefile("rb", buffering=0)

    def readable(self) -> bool:
        """Always: it is for reading."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int | None:
        """As many bytes as are there, waiting for the first at most until the deadline."""
        if self._whole_s is None:
            return self._raw.readinto(buffer)
        left_s = self._until - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("timed out")
        self._connection.settimeout(left_s)
        try:
            return self._raw.readinto(buffer)
        finally:
            # The connection is used again: what is sent next has its own time.
            self._connection.settimeout(self._whole_s)

    def close(self) -> None:
        """Let go of the socket, too."""
        self._raw.close()
        super().close()


class _File:
    """What http.client wants of a socket: a file to read from."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Buffered, with the deadline below."""
        return io.BufferedReader(_UntilThen(self._connection))


class _Own(threading.local):
    """What the thread's calls took that was work of ours, and not waiting for the server."""

    seconds = 0.0


_own = _Own()


def own_seconds() -> float:
    """How long this thread's calls have been held up by what it had put off, since the thread began."""
    return _own.seconds


def _wait_for(server: socket.socket) -> None:
    """The request is on its way: what is put off is done now. Where the answer is there by then, that took longer."""
    took_s = meanwhile.catch_up()
    if took_s and wait_for_read(server, timeout=0):
        _own.seconds += took_s


class _Answer(http.client.HTTPResponse):
    """An answer whose time, by the connection's timeout, begins when it is waited for."""

    def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:
        _wait_for(sock)
        super().__init__(_File(sock), *args, **kwargs)  # type: ignore[arg-type]


class _Plain(HTTPConnection):
    response_class = _Answer

    def connect(self) -> None:
        """It may take long until somebody answers: nothing is put off until then."""
        _own.seconds += meanwhile.catch_up()
        super().connect()


class _Encrypted(_Plain, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _EncryptedPool(HTTPSConnectionPool):
    ConnectionCls = _Encrypted


_POOLS = {"http": _PlainPool, "https": _EncryptedPool}


class _Adapter(HTTPAdapter):
    """Connections as above, with and without a proxy."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Direct connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """Connections by way of a proxy."""
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager


class _NoCookies(RequestsCookieJar):
    """Keeps nothing: companies share the connections of a host, and a cookie of one is none of another's."""

    def set_cookie(self, cookie: Any, *_args: Any, **_kwargs: Any) -> None:
        """Forget it."""


class _Session(requests.Session):
    """Sees no redirects: even when it does not follow one, `requests` would read its body whole, whatever its size."""

    def get_redirect_target(self, _resp: requests.Response) -> str | None:
        """Nowhere."""
        return None


_sessions: dict[str, requests.Session] = {}
_lock = threading.Lock()


def session_for(origin: str) -> requests.Session:
    """This process's session for a host, with its connections kept alive."""
    with _lock:
        session = _sessions.get(origin)
        if session is None:
            session = _Session()
            session.cookies = _NoCookies()
            # What the environment says of proxies and certificates is asked once, not for every call; a .netrc is not.
            session.trust_env = False
            session.proxies = get_environ_proxies(origin)
            session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True
            session.mount(f"{origin}/", _Adapter(pool_connections=1, pool_maxsize=_POOL, max_retries=0))
            _sessions[origin] = session
        return session


def is_empty() -> bool:
    """Whether this process has opened no session yet."""
    return not _sessions


def _forget_sessions() -> None:
    """A forked child must not share its parent's connections, nor a lock that was held at the fork."""
    global _lock  # noqa: PLW0603 - the only way to replace it after a fork
    _lock = threading.Lock()
    _sessions.clear()


os.register_at_fork(after_in_child=_forget_sessions)
