import os
import stat

import pytest

from devstack import account as account_module
from devstack.account import Account, readable_copy, server_account, shared_place
from devstack.errors import StackError

STRANGER = Account(uid=64001, gid=64001, other=True)


@pytest.fixture
def shared(tmp_path, monkeypatch):
    monkeypatch.setattr(account_module, "SHARED", tmp_path)
    return tmp_path


def test_postgresql_never_runs_as_root():
    assert server_account().uid != 0


def test_a_stranger_cannot_enter_below_a_closed_directory(tmp_path):
    closed = tmp_path / "closed"
    (closed / "open").mkdir(parents=True)
    closed.chmod(0o700)
    assert not STRANGER.can_enter(closed / "open")


def test_we_can_enter_our_own_directories(tmp_path):
    assert Account(uid=os.geteuid(), gid=os.getegid(), other=False).can_enter(tmp_path)


def test_a_copy_is_readable_for_everybody_and_keeps_its_libraries(shared, tmp_path):
    package = tmp_path / "closed" / "package"
    package.mkdir(parents=True)
    (package / "program").touch(mode=0o700)
    (tmp_path / "closed" / "package.libs").mkdir()
    copy = readable_copy(package, version="18.1")
    assert stat.S_IMODE((copy / "program").stat().st_mode) == 0o755
    assert (copy.parent / "package.libs").is_dir()


def test_a_copy_is_made_once(shared, tmp_path):
    package = tmp_path / "package"
    package.mkdir()
    copy = readable_copy(package, version="18.1")
    (copy / "mark").touch()
    assert (readable_copy(package, version="18.1") / "mark").exists()


def test_a_shared_place_that_others_may_write_to_is_refused(shared, tmp_path):
    shared_place(tmp_path / "original").chmod(0o777)
    with pytest.raises(StackError, match="open to others"):
        shared_place(tmp_path / "original")
