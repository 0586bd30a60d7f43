"""Asking another system: which addresses, and what of its answer is believed."""

import socket
import time

import pytest

from apps.core import outgoing
from apps.core.outgoing import ServiceUnavailable, ask_json, may_be_asked
from tests.support.status_server import serving

QUESTION = {"references": ["W-1"]}


@pytest.fixture
def known(settings):
    with serving() as server:
        yield server


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://status.police.example/v1", True),
        ("https://STATUS.police.example:443/v1", True),
        ("https://other.police.example:8443/", True),
        ("https://other.police.example/", False),
        ("https://status.police.example:8443/", False),
        ("http://status.police.example/", False),
        ("https://status.police.example.evil.example/", False),
        ("https://status.police.example@evil.example/", False),
        ("https://user:word@status.police.example/", False),
        ("https://evil.example/?status.police.example", False),
        ("https://status.police.example\\@evil.example/", False),
        ("https://status.police.example/a b", False),
        ("https://status.police.example/\r\nX: y", False),
        ("https://status.police.example/#x", False),
        ("https://status.police.example:99999/", False),
        ("https://127.0.0.1/", False),
        ("https://[::1]/", False),
        ("https://169.254.169.254/latest/meta-data/", False),
        ("http://127.0.0.1:8000/", False),
        ("http://localhost/", False),
        ("ftp://status.police.example/", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
def test_only_hosts_that_the_platform_names_are_asked_and_only_over_tls(settings, url, allowed):
    settings.LFR_SERVICE_LOOPBACK = False
    settings.LFR_SERVICE_HOSTS = ["status.police.example", "other.police.example:8443"]
    assert may_be_asked(url) is allowed
    if not allowed:
        with pytest.raises(ServiceUnavailable):
            ask_json(url, key="k", question=QUESTION)


def test_an_answer_is_given_and_the_key_goes_along(known):
    known.checked_at = "2026-06-15T09:00:00+00:00"
    assert ask_json(known.url, key="a key", question=QUESTION)["people"][0]["status"] == "wanted"
    assert known.keys == ["Bearer a key"]


@pytest.mark.parametrize("manner", ["fails", "is_a_page", "breaks_off", "leads_away", "is_huge", "is_deep"])
def test_nothing_but_a_whole_answer_is_believed_and_nothing_is_followed(known, manner):
    known.manner = manner
    with pytest.raises(ServiceUnavailable) as refused:
        ask_json(known.url, key="a key", question=QUESTION)
    assert len(known.asked) == 1
    assert "a key" not in str(refused.value)


def test_a_service_that_trickles_is_cut_off(known, monkeypatch):
    monkeypatch.setattr(outgoing, "ANSWERS_WITHIN_S", 0.15)
    known.manner = "never_ends"
    began = time.monotonic()
    with pytest.raises(ServiceUnavailable):
        ask_json(known.url, key="", question=QUESTION)
    assert time.monotonic() - began < 5


def test_nobody_there_is_no_answer(known, settings):
    with pytest.raises(ServiceUnavailable):
        ask_json("http://127.0.0.1:9/", key="", question=QUESTION)


@pytest.mark.parametrize("first", [[], [("192.0.2.1", 443)]], ids=["only here", "also elsewhere"])
def test_an_allowed_name_that_leads_to_this_machine_is_not_asked(known, settings, monkeypatch, first):
    """The name is allowed; whoever answers for it in the DNS says that it is here: nothing goes there, not
    even the greeting of TLS."""
    settings.LFR_SERVICE_LOOPBACK = False
    settings.LFR_SERVICE_HOSTS = ["status.police.example"]
    with socket.create_server(("127.0.0.1", 0)) as here:
        leads_to(monkeypatch, *first, here.getsockname())
        with pytest.raises(ServiceUnavailable, match="this machine"):
            ask_json("https://status.police.example/", key="a key", question=QUESTION)
        here.settimeout(0.05)
        with pytest.raises(TimeoutError):
            here.accept()
    assert known.asked == []


def test_it_is_asked_at_the_place_that_was_looked_at(known, monkeypatch):
    """A name that leads here first and elsewhere a moment later is looked up once."""
    port = int(known.url.rsplit(":", 1)[1].rstrip("/"))
    known.checked_at = "2026-06-15T09:00:00+00:00"
    looked_up = leads_to(monkeypatch, ("127.0.0.1", port))
    ask_json(known.url, key="", question=QUESTION)
    assert len(looked_up) == 1


def leads_to(monkeypatch, *places):
    looked_up = []

    def found(host, port, **_):
        looked_up.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", place) for place in places]

    monkeypatch.setattr(outgoing.socket, "getaddrinfo", found)
    return looked_up


def test_a_name_with_many_places_that_do_not_answer_is_given_up_in_time(settings, monkeypatch):
    monkeypatch.setattr(outgoing, "CONNECTS_WITHIN_S", 0.2)
    tried = []

    class Silent(socket.socket):
        def connect(self, place):
            tried.append(self.gettimeout())
            raise TimeoutError

    leads_to(monkeypatch, *[("192.0.2.1", 443)] * 50)
    monkeypatch.setattr(outgoing.socket, "socket", Silent)
    settings.LFR_SERVICE_HOSTS = ["status.police.example"]
    with pytest.raises(ServiceUnavailable, match="TimeoutError"):
        ask_json("https://status.police.example/", key="", question=QUESTION)
    assert len(tried) == outgoing.MOST_PLACES
    assert max(tried) <= 0.2


@pytest.mark.parametrize(
    "place",
    [
        "127.0.0.1",
        "::1",
        "::ffff:127.0.0.1",
        "169.254.169.254",
        "fe80::1%eth0",
        "0.0.0.0",
        "224.0.0.1",
        "fd00:ec2::254",
        "100.100.100.200",
    ],
)
def test_addresses_of_this_machine_and_its_link_are_never_asked(settings, place):
    settings.LFR_SERVICE_LOOPBACK = False
    with pytest.raises(ServiceUnavailable):
        outgoing._refuse_ours(place)


def test_networks_of_the_police_are(settings):
    settings.LFR_SERVICE_LOOPBACK = False
    for place in ("10.1.2.3", "192.168.7.1", "8.8.8.8", "2001:4860:4860::8888"):
        outgoing._refuse_ours(place)
