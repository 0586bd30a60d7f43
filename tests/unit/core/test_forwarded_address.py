"""Who asks, when proxies stand between: only what a proxy of ours wrote is believed."""

import pytest

from apps.core.address import behind_proxies, forwarded_address


@pytest.mark.parametrize(
    ("values", "proxies", "found"),
    [
        (["6.6.6.6"], 0, None),
        (["203.0.113.5"], 1, "203.0.113.5"),
        (["6.6.6.6, 203.0.113.5"], 1, "203.0.113.5"),
        (["6.6.6.6", "203.0.113.5"], 1, "203.0.113.5"),
        (["6.6.6.6, 203.0.113.5, 10.0.0.2"], 2, "203.0.113.5"),
        (["203.0.113.5"], 2, None),
        (["6.6.6.6, not an address"], 1, None),
        (["2001:db8::1"], 1, "2001:db8::1"),
        ([], 1, None),
    ],
    ids=lambda value: None,
)
def test_the_entry_of_our_outermost_proxy_counts(values, proxies, found):
    assert forwarded_address(values, proxies=proxies) == found


async def seen(settings, *, proxies, headers):
    settings.LFR_TRUSTED_PROXIES = proxies
    heard = {}

    async def application(scope, receive, send):
        heard.update(scope)

    scope = {"type": "http", "client": ("10.0.0.9", 1), "headers": headers}
    await behind_proxies(application)(scope, None, None)
    return heard


async def test_without_proxies_nobody_says_where_they_are_or_that_they_use_tls(settings):
    headers = [(b"x-forwarded-for", b"6.6.6.6"), (b"X-Forwarded-Proto", b"https"), (b"host", b"x")]
    heard = await seen(settings, proxies=0, headers=headers)
    assert heard["client"] == ("10.0.0.9", 1)
    assert heard["headers"] == [(b"host", b"x")]


async def test_the_address_takes_the_proxys_place(settings):
    heard = await seen(settings, proxies=1, headers=[(b"x-forwarded-for", b"6.6.6.6, 203.0.113.5")])
    assert heard["client"][0] == "203.0.113.5"


async def test_a_proxy_that_says_nothing_is_counted_as_itself(settings):
    assert (await seen(settings, proxies=1, headers=[]))["client"] == ("10.0.0.9", 1)
