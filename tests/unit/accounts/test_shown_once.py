"""What is shown once is shown on the page that it was made for, and on no other."""

from __future__ import annotations

import pytest
from django.test import RequestFactory

from apps.accounts import shown_once
from apps.accounts.shown_once import show_next, shown_now


@pytest.fixture
def said(monkeypatch):
    found = []
    monkeypatch.setattr(shown_once.messages, "warning", lambda _, words: found.append(words))
    return found


def at(address, session, *, method="get"):
    request = getattr(RequestFactory(), method)(address)
    request.session = session
    return request


def test_it_is_shown_once_where_it_was_made_and_loading_again_says_so(said):
    session = {}
    assert show_next(at("/keys/", session, method="post"), key="s3cret").url == "/keys/?shown=1"
    assert "s3cret" not in str(session)
    assert shown_now(at("/keys/", session)) is None, "the form itself"
    assert shown_now(at("/keys/?shown=1", session, method="post")) is None
    assert shown_now(at("/keys/?shown=1", session)) == {"key": "s3cret"}
    assert said == []
    assert session == {}
    assert shown_now(at("/keys/?shown=1", session)) is None
    assert said == [shown_once.GONE]


def test_another_page_does_not_show_it_and_nobody_gets_it_afterwards(said):
    session = {}
    show_next(at("/keys/", session, method="post"), key="s3cret")
    assert shown_now(at("/other/?shown=1", session)) is None
    assert shown_now(at("/keys/?shown=1", session)) is None


@pytest.mark.parametrize("kept", ["", "garbage", "gAAAAAB" + "A" * 80])
def test_what_was_not_sealed_here_is_nothing(said, kept):
    assert shown_now(at("/keys/?shown=1", {shown_once.SLOT: kept})) is None
