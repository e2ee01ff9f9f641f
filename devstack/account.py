"""The operating system's account that runs PostgreSQL, which refuses to be run by root.

As root we take `postgres` or `nobody`. Such an account cannot look below a directory that only root may enter, so
programs and data that lie there are placed under /var/tmp instead.
"""

import hashlib
import os
import pwd
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from devstack.errors import StackError

SHARED = Path("/var/tmp")


class PopenIdentity(TypedDict, total=False):
    """The arguments of Popen that choose another account; empty where we stay who we are."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Account:
    """Whom PostgreSQL runs as; `other` is true when that is somebody else than we are."""

    uid: int
    gid: int
    other: bool

    @property
    def identity(self) -> PopenIdentity:
        """Arguments for Popen."""
        return PopenIdentity(user=self.uid, group=self.gid, extra_groups=[]) if self.other else PopenIdentity()

    def own(self, path: Path) -> None:
        """Hand `path` over to the account."""
        if self.other:
            os.chown(path, self.uid, self.gid)

    def can_enter(self, path: Path) -> bool:
        """Whether the account may pass through the existing directories that lead to `path` and use it itself."""
        if not self.other:
            return True
        path = path.resolve()
        if not all(self._may(parent, 0o1) for parent in path.parents if parent.exists()):
            return False
        return not path.exists() or self._may(path, 0o1 if path.is_dir() else 0o4)

    def _may(self, path: Path, wanted: int) -> bool:
        found = path.stat()
        shift = 6 if found.st_uid == self.uid else 3 if found.st_gid == self.gid else 0
        return (stat.S_IMODE(found.st_mode) >> shift) & wanted == wanted


def server_account() -> Account:
    """Ourselves, or as root the account `postgres` or `nobody`."""
    if os.geteuid() != 0:
        return Account(uid=os.geteuid(), gid=os.getegid(), other=False)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(uid=entry.pw_uid, gid=entry.pw_gid, other=True)
    raise StackError(
        "PostgreSQL refuses to run as root, and this machine has neither an account 'postgres' nor 'nobody'. "
        "Start as a normal user, or set DATABASE_URL to a running server."
    )


def shared_place(original: Path) -> Path:
    """A directory of ours under /var/tmp that stands for `original`; always the same one, safe to run from."""
    digest = hashlib.sha256(os.fsencode(original.resolve())).hexdigest()[:12]
    place = SHARED / f"slotkeeper-{os.geteuid()}-{digest}"
    place.mkdir(mode=0o755, exist_ok=True)
    found = place.lstat()
    # Anybody may create names in /var/tmp: trust a directory of our own only.
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise StackError(f"{place} belongs to somebody else or is open to others: remove it and start again.")
    place.chmod(0o755)
    return place


def readable_copy(package: Path, *, version: str) -> Path:
    """`package` and its sibling `.libs`, copied once to where every account can read them."""
    place = shared_place(package)
    target = place / version
    if not target.exists():
        draft = Path(tempfile.mkdtemp(dir=place))
        for source in (package, package.with_name(f"{package.name}.libs")):
            if source.exists():
                shutil.copytree(source, draft / source.name, symlinks=True)
        _open_to_readers(draft)
        try:
            draft.rename(target)
        except OSError:  # another start was faster
            shutil.rmtree(draft)
    return target / package.name


def _open_to_readers(root: Path) -> None:
    root.chmod(0o755)
    for path in root.rglob("*"):
        if path.is_symlink():
            continue
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
