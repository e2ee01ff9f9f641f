"""One PostgreSQL server of our own: create its data directory, start it, stop it."""

import locale
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from devstack.account import Account, server_account
from devstack.binaries import PostgresPrograms, find_postgres
from devstack.errors import StackError
from devstack.parent import dying_with
from devstack.ports import free_port

USER = DATABASE = "slotkeeper"
_START_TRIES = 5
_START_PATIENCE_S = 60.0
_STOP_PATIENCE_S = 10.0
_FORGETFUL = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_wal_size=4GB")
_SETTINGS = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200", "log_timezone=UTC")


@dataclass
class Postgres:
    """A server whose data live in `data`; `throw_away` trades safety for speed and forgets on stop."""

    data: Path
    password: str = field(repr=False)
    throw_away: bool
    account: Account = field(default_factory=server_account)
    port: int = 0
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """For DATABASE_URL."""
        return f"postgres://{USER}:{self.password}@127.0.0.1:{self.port}/{DATABASE}"

    def start(self) -> None:
        """Create the data directory where it is missing, start, wait for an answer, create the database."""
        programs = find_postgres(self.account)
        if not (self.data / "PG_VERSION").exists():
            self._create(programs)
        self._see_off_a_former_server(programs)
        for _ in range(_START_TRIES):
            self.port = free_port()
            self._process = self._launch(programs)
            if self._answers():
                return
            time.sleep(0.2)  # the port was taken, or the processes of a killed server are still leaving
        raise StackError(f"PostgreSQL does not start; its last words:\n{self._last_words()}")

    def stop(self) -> None:
        """Stop in a fraction of a second; disconnects whoever is still there."""
        if self._process is None:
            return
        self._process.send_signal(self._farewell)
        try:
            self._process.wait(_STOP_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()
        self._process = None

    @property
    def _farewell(self) -> signal.Signals:
        """Fast shutdown with its checkpoint, or immediate shutdown, which keeps nothing in order."""
        return signal.SIGQUIT if self.throw_away else signal.SIGINT

    @property
    def _log(self) -> Path:
        return self.data.with_name(f"{self.data.name}.log")

    def _create(self, programs: PostgresPrograms) -> None:
        """Build in a draft directory: an interrupted start leaves nothing that looks complete."""
        for left in self.data.parent.glob(f"{self.data.name}.*/"):  # by a start that was killed
            shutil.rmtree(left)
        draft = Path(tempfile.mkdtemp(prefix=f"{self.data.name}.", dir=self.data.parent))
        try:
            self.account.own(draft)
            password_file = draft / "password"
            password_file.write_text(self.password)
            password_file.chmod(0o600)
            self.account.own(password_file)
            cluster = draft / "data"
            initdb: list[str | Path] = [
                *(programs.bindir / "initdb", "--pgdata", cluster, "--username", USER, "--pwfile", password_file),
                *("--auth=scram-sha-256", "--encoding=UTF8", "--no-sync", "--no-instructions", *_locale(programs)),
            ]
            self._run(initdb)
            cluster.rename(self.data)
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def _see_off_a_former_server(self, programs: PostgresPrograms) -> None:
        """After a kill -9 of its parent a server may still be on its way out, or (not on Linux) still there."""
        deadline = time.monotonic() + _STOP_PATIENCE_S
        while (pid := self._recorded_pid()) and _serves(pid, self.data):
            if time.monotonic() > deadline or sys.platform != "linux":
                self._run([programs.bindir / "pg_ctl", "stop", "--pgdata", self.data, "--mode=immediate", "--silent"])
            time.sleep(0.02)
        if pid:
            # The number may belong to a zombie or to a stranger by now, and PostgreSQL would refuse to start. It
            # overlooks its own parent's, and still checks that nobody is attached to the old shared memory.
            pid_file = self.data / "postmaster.pid"
            pid_file.write_text(pid_file.read_text().replace(str(pid), str(os.getpid()), 1))

    def _recorded_pid(self) -> int:
        """The server that used the data directory last, where it did not sign off; else 0."""
        try:
            return int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return 0

    def _launch(self, programs: PostgresPrograms) -> subprocess.Popen[bytes]:
        settings = [*_SETTINGS, *(_FORGETFUL if self.throw_away else ())]
        server: list[str | Path] = [programs.bindir / "postgres", "-D", self.data, "-p", str(self.port)]
        server += [word for setting in settings for word in ("-c", setting)]
        self._log.touch(mode=0o600)
        with self._log.open("ab") as log:
            return subprocess.Popen(
                server,
                **self.account.identity,
                cwd="/",
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=dying_with(os.getpid(), by=self._farewell),  # noqa: PLW1509 - calls prctl only
            )

    def _answers(self) -> bool:
        """Wait until the server takes our password; False when it has ended instead."""
        deadline = time.monotonic() + _START_PATIENCE_S
        while self._process is not None and self._process.poll() is None:
            try:
                self._create_database()
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    self.stop()
                    raise StackError(f"PostgreSQL does not answer; its last words:\n{self._last_words()}") from None
                time.sleep(0.02)
            else:
                return True
        return False

    def _create_database(self) -> None:
        with psycopg.connect(self.url.removesuffix(DATABASE) + "postgres", connect_timeout=5, autocommit=True) as admin:
            if not admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                admin.execute(f"CREATE DATABASE {DATABASE}")

    def _run(self, command: list[str | Path]) -> None:
        try:
            done = subprocess.run(
                command,
                **self.account.identity,
                cwd="/",
                env=_environment(),
                capture_output=True,
                text=True,
                check=False,
                preexec_fn=dying_with(os.getpid(), by=signal.SIGKILL),
            )
        except PermissionError as error:
            raise StackError(
                f"PostgreSQL refuses to run as root, and this machine does not let us change the account ({error}). "
                "Start as a normal user, or set DATABASE_URL to a running server."
            ) from error
        if done.returncode:
            raise StackError(f"PostgreSQL cannot prepare its data directory:\n{done.stderr.strip()}")

    def _last_words(self) -> str:
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-5:])


def _environment() -> dict[str, str]:
    """Nothing of ours, PGDATA and PGPORT least of all."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _locale(programs: PostgresPrograms) -> list[str]:
    """A locale that knows the case of umlauts; the wheel has no ICU, 17 and newer bring their own C.UTF-8."""
    name = next((name for name in ("C.UTF-8", "en_US.UTF-8") if _installed(name)), "C")
    chosen = [f"--locale={name}", "--lc-messages=C"]
    return [*chosen, "--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if programs.major >= 17 else chosen


def _installed(name: str) -> bool:
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        locale.setlocale(locale.LC_CTYPE, name)
    except locale.Error:
        return False
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    return True


def _serves(pid: int, data: Path) -> bool:
    """Whether `pid` is a living server of `data`."""
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cwd").readlink() == data
        except OSError:
            return False
    listed = subprocess.run(["ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return str(data) in listed.stdout
