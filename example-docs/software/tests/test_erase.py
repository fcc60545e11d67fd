from __future__ import annotations

from pathlib import Path

import pytest

from edgegate.accounts import ACCOUNTS_FILE, Denied
from edgegate.config import DEFAULT
from edgegate.vault import KEY_FILE, IntegrityError
from tests.conftest import PASSWORD


def test_a_reset_gateway_is_as_delivered(gateway, login):
    gateway.factory_reset(login("anna"))
    assert gateway.config.data == DEFAULT
    assert not gateway.accounts
    with pytest.raises(Denied):
        gateway.accounts.login("anna", PASSWORD)


def test_a_reset_gateway_can_be_commissioned_anew(gateway):
    gateway.factory_reset()
    gateway.accounts.commission("berta", PASSWORD)
    assert gateway.accounts.login("berta", PASSWORD)


@pytest.mark.parametrize("account", ["vera", "otto", "tina"])
def test_only_an_administrator_erases(gateway, login, account):
    with pytest.raises(Denied):
        gateway.factory_reset(login(account))
    assert gateway.accounts.login("anna", PASSWORD)


def test_an_interrupted_erasing_has_destroyed_the_key_already(gateway, state, monkeypatch):
    unlink = Path.unlink

    def cut_after_the_first(path, *args):
        if path.name != KEY_FILE:
            raise OSError("power")
        unlink(path, *args)

    monkeypatch.setattr(Path, "unlink", cut_after_the_first)
    with pytest.raises(OSError, match="power"):
        gateway.factory_reset()
    assert not (state / KEY_FILE).exists()
    assert (state / ACCOUNTS_FILE).exists()


def test_a_copy_of_the_flash_does_not_open_after_erasing(gateway, state):
    copies = {p.name: p.read_bytes() for p in state.iterdir() if p.name != KEY_FILE}
    gateway.factory_reset()
    for name, content in copies.items():
        (state / name).write_bytes(content)
        with pytest.raises(IntegrityError):
            gateway.vault.read(name)


def test_every_stored_file_is_named_in_the_result(gateway, state):
    names = sorted(p.name for p in state.iterdir())
    assert sorted(gateway.factory_reset()) == names


def test_sessions_end_with_the_reset(gateway, login):
    anna = login("anna")
    gateway.factory_reset(anna)
    with pytest.raises(Denied):
        gateway.accounts.session(anna.token)


def test_a_reset_does_not_bring_back_an_old_firmware(gateway, package):
    gateway.updates.install(package("2.5.0", floor="2.5.0"), "anna")
    gateway.updates.start(healthy=True)
    gateway.factory_reset()
    with pytest.raises(ValueError, match="older"):
        gateway.updates.check(package("2.4.1"))


def test_the_erasing_is_the_first_entry_of_the_new_log(gateway, login):
    gateway.factory_reset(login("anna"))
    assert [e.action for e in gateway.audit.entries()] == ["device.erase"]
