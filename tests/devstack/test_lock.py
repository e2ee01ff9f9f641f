import pytest

from devstack.lock import AlreadyLocked, only_one


def test_a_second_holder_is_turned_away(tmp_path):
    with only_one(tmp_path / "lock"), pytest.raises(AlreadyLocked), only_one(tmp_path / "lock"):
        pass


def test_a_lock_is_free_after_an_error(tmp_path):
    with pytest.raises(RuntimeError), only_one(tmp_path / "lock"):
        raise RuntimeError
    with only_one(tmp_path / "lock"):
        pass
