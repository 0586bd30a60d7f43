"""The relay's key: its form, what is stored of it, and what is not."""

from __future__ import annotations

import hashlib
import re

import pytest

from apps.relays.credentials import matches, new_key, parse_authorization, parse_key


def test_a_new_key_has_the_agreed_form_and_names_its_force():
    text = new_key(force_slug="north-shire").text()
    assert re.fullmatch(r"lfr1\.north-shire\.[0-9a-f]{16}\.[A-Za-z0-9_-]{43}", text)


def test_it_reads_what_it_wrote():
    key = new_key(force_slug="north-shire")
    assert parse_key(key.text()) == key
    assert parse_authorization(b"Bearer " + key.text().encode()) == key
    assert parse_authorization(b"bearer  " + key.text().encode()) == key


def test_only_the_hash_of_the_secret_is_stored_and_it_proves_the_key():
    key = new_key(force_slug="x")
    assert key.sha256() == hashlib.sha256(key.secret.encode()).digest()
    assert matches(key=key, stored_sha256=key.sha256())
    assert not matches(key=new_key(force_slug="x"), stored_sha256=key.sha256())
    assert not matches(key=key, stored_sha256=bytes(32))
    assert not matches(key=key, stored_sha256=b"")


def test_a_secret_is_never_printed():
    key = new_key(force_slug="x")
    assert key.secret not in repr(key)
    assert key.secret not in f"{key}"


# Fixed, because it is part of test names, which must be the same in every test process.
GOOD = "lfr1.north.0123456789abcdef." + "A" * 43


@pytest.mark.parametrize(
    "text",
    [
        "",
        GOOD + "x",
        GOOD[:-1],
        GOOD + "\n",
        " " + GOOD,
        GOOD.replace("lfr1", "lfr2"),
        GOOD.replace("north", "North"),
        GOOD.replace("north", "nor th"),
        GOOD.replace("north", "../x"),
        GOOD.replace(".", "/"),
        GOOD + "." + GOOD,
    ],
)
def test_anything_else_is_no_key(text):
    assert parse_key(text) is None


@pytest.mark.parametrize(
    "header", [b"", b"Basic " + GOOD.encode(), GOOD.encode(), b"Bearer", b"Bearer \xff\xfe"]
)
def test_any_other_header_is_no_key(header):
    assert parse_authorization(header) is None
