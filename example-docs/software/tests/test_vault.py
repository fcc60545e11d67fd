from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegate.vault import KEY_FILE, IntegrityError, Vault


def test_what_was_written_is_read(tmp_path):
    Vault(tmp_path).write("a.txt", b"secret")
    assert Vault(tmp_path).read("a.txt") == b"secret"


def test_nothing_lies_there_in_the_clear(tmp_path):
    Vault(tmp_path).write("a.txt", b"a very secret value")
    assert b"secret" not in (tmp_path / "a.txt").read_bytes()


def test_a_file_moved_to_another_name_does_not_open(tmp_path):
    vault = Vault(tmp_path)
    vault.write("a.txt", b"secret")
    (tmp_path / "a.txt").rename(tmp_path / "b.txt")
    with pytest.raises(IntegrityError):
        vault.read("b.txt")


def test_a_file_of_another_device_does_not_open(tmp_path):
    Vault(tmp_path / "one").write("a.txt", b"secret")
    other = Vault(tmp_path / "two")
    (tmp_path / "two" / "a.txt").write_bytes((tmp_path / "one" / "a.txt").read_bytes())
    with pytest.raises(IntegrityError):
        other.read("a.txt")


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_single_changed_byte_is_found(tmp_path_factory, at, mask):
    folder = tmp_path_factory.mktemp("vault")
    vault = Vault(folder)
    vault.write("a.txt", b"some content of a stored file")
    sealed = bytearray((folder / "a.txt").read_bytes())
    sealed[at % len(sealed)] ^= mask
    (folder / "a.txt").write_bytes(sealed)
    with pytest.raises(IntegrityError):
        vault.read("a.txt")


@pytest.mark.parametrize(
    "name",
    ["", "../x", "a/b", ".hidden", KEY_FILE, "a\x00b"],
    ids=["empty", "parent", "folder", "hidden", "key", "zero"],
)
def test_a_name_that_leaves_the_folder_is_refused(tmp_path, name):
    with pytest.raises(ValueError, match="name"):
        Vault(tmp_path).write(name, b"")


def test_files_are_for_the_gateway_alone(tmp_path):
    Vault(tmp_path).write("a.txt", b"secret")
    assert ((tmp_path / "a.txt").stat().st_mode & 0o077) == 0
    assert ((tmp_path / KEY_FILE).stat().st_mode & 0o077) == 0


def test_a_power_cut_leaves_the_old_file(tmp_path, monkeypatch):
    vault = Vault(tmp_path)
    vault.write("a.txt", b"old")

    def cut(*_):
        raise OSError("power")

    monkeypatch.setattr("edgegate.vault.os.fsync", cut)
    with pytest.raises(OSError, match="power"):
        vault.write("a.txt", b"new")
    monkeypatch.undo()
    assert Vault(tmp_path).read("a.txt") == b"old"
