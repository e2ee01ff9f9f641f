import stat

from cryptography.fernet import Fernet

from devstack.secrets_file import kept_secrets, new_fernet_key, write_private


def test_secrets_stay_the_same(tmp_path):
    assert kept_secrets(tmp_path / "secrets.json") == kept_secrets(tmp_path / "secrets.json")


def test_two_directories_have_different_secrets(tmp_path):
    one, other = kept_secrets(tmp_path / "one.json"), kept_secrets(tmp_path / "other.json")
    assert not set(one.values()) & set(other.values())


def test_a_missing_secret_is_added_and_the_others_are_kept(tmp_path):
    write_private(tmp_path / "secrets.json", '{"secret_key": "old"}')
    secrets = kept_secrets(tmp_path / "secrets.json")
    assert secrets["secret_key"] == "old"
    assert secrets["webhook_secret"]


def test_a_private_file_is_private_even_where_an_open_one_was(tmp_path):
    (tmp_path / "file").touch(mode=0o644)
    write_private(tmp_path / "file", "text")
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o600


def test_a_new_key_encrypts():
    assert Fernet(new_fernet_key()).encrypt(b"text")
