"""One Valkey (or Redis) server of our own. It keeps nothing on disk: the database's tables are the queue."""

import os
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import redis

from devstack.binaries import find_redis
from devstack.errors import StackError
from devstack.parent import dying_with
from devstack.ports import free_port

DATABASES = 256  # every test process has a database of its own
_START_TRIES = 3
_START_PATIENCE_S = 20.0
_STOP_PATIENCE_S = 5.0


@dataclass
class Valkey:
    """A server on a loopback port, with its configuration and log in `directory`."""

    directory: Path
    password: str = field(repr=False)
    port: int = 0
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """For REDIS_URL."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start and wait for an answer."""
        binary = find_redis()
        for _ in range(_START_TRIES):
            self.port = free_port()
            self._process = self._launch(binary)
            if self._answers():
                return
        raise StackError(f"{binary.name} does not start; its last words:\n{self._last_words()}")

    def stop(self) -> None:
        """Stop at once; there is nothing to save."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    @property
    def _log(self) -> Path:
        return self.directory / "valkey.log"

    def _launch(self, binary: Path) -> subprocess.Popen[bytes]:
        # The password stands in a file, not in the arguments, which every user of the machine can read.
        settings = self.directory / "valkey.conf"
        settings.touch(mode=0o600)
        settings.write_text(
            f"bind 127.0.0.1\nport {self.port}\nrequirepass {self.password}\ndatabases {DATABASES}\n"
            f'save ""\nappendonly no\ndaemonize no\nloglevel warning\n'
        )
        self._log.touch(mode=0o600)
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [binary, settings],
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=dying_with(os.getpid(), by=signal.SIGKILL),  # noqa: PLW1509 - calls prctl only
            )

    def _answers(self) -> bool:
        """Wait until the server takes our password; False when it has ended instead."""
        deadline = time.monotonic() + _START_PATIENCE_S
        with redis.Redis(port=self.port, password=self.password, socket_timeout=2) as client:
            while self._process is not None and self._process.poll() is None:
                try:
                    client.ping()
                except redis.RedisError:
                    if time.monotonic() > deadline:
                        self.stop()
                        raise StackError(f"Valkey does not answer; its last words:\n{self._last_words()}") from None
                    time.sleep(0.02)
                else:
                    return True
        return False

    def _last_words(self) -> str:
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-5:])
