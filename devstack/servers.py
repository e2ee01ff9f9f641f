"""The two servers together: what the environment names is used, what it does not name is started."""

import contextlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from devstack.account import SHARED, server_account, shared_place
from devstack.binaries import find_postgres
from devstack.postgres import Postgres
from devstack.valkey import Valkey

_TEST_PREFIX = "slotkeeper-test-"


@contextlib.contextmanager
def throw_away_servers() -> Iterator[dict[str, str]]:
    """Servers for one test run, gone afterwards. Yields DATABASE_URL and REDIS_URL, as far as they were not set."""
    with throw_away_directory() as directory:
        postgres = Postgres(data=directory / "postgres", password=secrets.token_urlsafe(24), throw_away=True)
        with _running(postgres, Valkey(directory=directory, password=secrets.token_urlsafe(24))) as urls:
            yield urls


@contextlib.contextmanager
def throw_away_directory() -> Iterator[Path]:
    """A directory that PostgreSQL's account can enter, gone afterwards; those of killed runs go first."""
    root = Path(tempfile.gettempdir())
    if not server_account().can_enter(root):
        root = SHARED
    _sweep_what_killed_runs_left(root)
    prefix = f"{_TEST_PREFIX}{os.getpid()}-"
    with tempfile.TemporaryDirectory(prefix=prefix, dir=root, ignore_cleanup_errors=True) as name:
        directory = Path(name)
        directory.chmod(0o711)  # to pass through, not to look around
        yield directory


@contextlib.contextmanager
def lasting_servers(directory: Path, *, database_password: str) -> Iterator[dict[str, str]]:
    """Servers whose data live in `directory`. Yields DATABASE_URL and REDIS_URL, as far as they were not set."""
    postgres = Postgres(data=directory / "postgres", password=database_password, throw_away=False)
    if not os.environ.get("DATABASE_URL"):
        postgres.data = _data_directory(directory, postgres)
    with _running(postgres, Valkey(directory=directory, password=secrets.token_urlsafe(24))) as urls:
        yield urls


def _data_directory(directory: Path, postgres: Postgres) -> Path:
    """One directory per major version; behind a link where PostgreSQL's account cannot enter ours."""
    data = directory / f"postgres-{find_postgres(postgres.account).major}"
    if not postgres.account.can_enter(directory):
        elsewhere = shared_place(directory) / data.name
        if not data.is_symlink():
            data.symlink_to(elsewhere)
    return data.resolve()


@contextlib.contextmanager
def _running(postgres: Postgres, valkey: Valkey) -> Iterator[dict[str, str]]:
    urls: dict[str, str] = {}
    with contextlib.ExitStack() as stack:
        for variable, server in (("DATABASE_URL", postgres), ("REDIS_URL", valkey)):
            if os.environ.get(variable):
                continue
            stack.callback(server.stop)
            server.start()
            urls[variable] = server.url
        yield urls


def _sweep_what_killed_runs_left(root: Path) -> None:
    for path in root.glob(f"{_TEST_PREFIX}*"):
        pid = path.name.removeprefix(_TEST_PREFIX).split("-")[0]
        with contextlib.suppress(OSError, ValueError):
            if path.stat().st_uid == os.geteuid() and not _runs(int(pid)):
                shutil.rmtree(path, ignore_errors=True)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
