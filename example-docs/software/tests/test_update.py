from __future__ import annotations

import dataclasses

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from edgegate.update import UpdateError, Updater, version


def test_a_signed_newer_image_is_installed_and_confirmed(gateway, package):
    assert gateway.updates.install(package("2.4.1"), "anna") == "2.4.1"
    assert gateway.updates.running == "2.4.0"
    assert gateway.updates.start(healthy=True) == "2.4.1"


def test_an_unsigned_image_is_refused(gateway, package):
    with pytest.raises(UpdateError, match="not signed"):
        gateway.updates.install(dataclasses.replace(package(), signature=b""), "anna")


def test_a_signature_of_somebody_else_is_refused(gateway, package):
    with pytest.raises(UpdateError, match="not signed"):
        gateway.updates.install(package(key=Ed25519PrivateKey.generate()), "anna")


def test_a_changed_manifest_is_refused(gateway, package):
    good = package()
    with pytest.raises(UpdateError, match="not signed"):
        gateway.updates.check(dataclasses.replace(good, manifest=good.manifest.replace(b"2.4.1", b"2.4.2")))


def test_a_changed_image_is_refused(gateway, package):
    with pytest.raises(UpdateError, match="digest"):
        gateway.updates.check(dataclasses.replace(package(), image=b"firmwarf"))


def test_a_cut_image_is_refused(gateway, package):
    with pytest.raises(UpdateError, match="size"):
        gateway.updates.check(dataclasses.replace(package(), image=b"firm"))


def test_an_image_for_another_product_is_refused(gateway, package):
    with pytest.raises(UpdateError, match="another product"):
        gateway.updates.check(package(product="FG-300"))


@pytest.mark.parametrize("old", ["2.3.9", "2.4.0", "1.99.99"])
def test_an_older_or_equal_version_is_refused(gateway, package, old):
    with pytest.raises(UpdateError, match=r"older|newer"):
        gateway.updates.check(package(old, floor=old))


def test_the_floor_rises_with_a_confirmed_version(gateway, package, boot):
    gateway.updates.install(package("2.5.0", floor="2.5.0"), "anna")
    gateway.updates.start(healthy=True)
    with pytest.raises(UpdateError, match="older"):
        boot().updates.check(package("2.4.9"))


def test_the_floor_stays_when_the_new_version_does_not_start(gateway, package):
    gateway.updates.install(package("2.5.0", floor="2.5.0"), "anna")
    assert gateway.updates.start(healthy=False) == "2.4.0"
    assert gateway.updates.install(package("2.4.1"), "anna") == "2.4.1"


def test_a_version_that_does_not_start_raises_an_alarm(gateway, package):
    gateway.updates.install(package("2.5.0"), "anna")
    gateway.updates.start(healthy=False)
    assert gateway.audit.entries()[-1].action == "update.rolled-back"


@pytest.mark.parametrize("floor", ["9.9.9", "x", None])
def test_a_manifest_that_makes_no_sense_is_refused(gateway, package, floor):
    with pytest.raises(UpdateError):
        gateway.updates.check(package(floor=floor))


def test_a_second_key_allows_for_a_change_of_key(gateway, package, release_key):
    successor = Ed25519PrivateKey.generate()
    keys = (release_key.public_key(), successor.public_key())
    updates = Updater(keys, gateway.vault, gateway.audit, "2.4.0")
    assert updates.check(package(key=successor))


def test_refused_and_installed_updates_are_recorded(gateway, package):
    with pytest.raises(UpdateError):
        gateway.updates.install(package(product="FG-300"), "anna")
    gateway.updates.install(package(), "anna")
    assert [e.action for e in gateway.audit.entries()[-2:]] == ["update.refused", "update.installed"]


def test_configuration_and_accounts_outlive_an_update(gateway, package, boot):
    gateway.updates.install(package(), "anna")
    again = boot()
    assert again.updates.start(healthy=True) == "2.4.1"
    assert again.config.data == gateway.config.data
    assert again.accounts


NUMBERS = st.tuples(st.integers(0, 9999), st.integers(0, 9999), st.integers(0, 9999))


@given(NUMBERS, NUMBERS)
def test_versions_are_ordered_as_numbers(one, other):
    texts = [".".join(map(str, v)) for v in (one, other)]
    assert (version(texts[0]) < version(texts[1])) == (one < other)


@pytest.mark.parametrize("text", ["", "2", "2.4", "2.4.0.1", "2.4.x", "-1.0.0", "2.4.0 ", "99999.0.0"])
def test_what_is_no_version_is_refused(text):
    with pytest.raises(UpdateError, match="version"):
        version(text)
