"""The look from outside: is the page there for somebody without an account, and is it the right one?"""

from __future__ import annotations

import hmac
import re
import urllib.error
import urllib.request
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

from apps.notices.data import NoticeData

TIMEOUT_S = 10
MOST_BYTES = 2 * 1024 * 1024
HTTP_OK = 200
DIGEST_META = re.compile(r'<meta name="lfr-notice-digest" content="([0-9a-f]{64})">')


def path(notice: NoticeData) -> str:
    """The page's path on the public site."""
    if notice.content is None:
        raise ValueError("a notice that is not published has no page")
    return reverse("notices:notice", args=[notice.content.force_slug, notice.slug])


def address(notice: NoticeData) -> str:
    """The page's public address."""
    return str(settings.LFR_PUBLIC_BASE_URL).rstrip("/") + path(notice)


def get(url: str) -> tuple[int, str]:
    """An anonymous GET: no cookie, no credentials. Status 0 when no answer came, with the problem as body."""
    if urlsplit(url).scheme not in {"http", "https"}:
        raise ValueError(f"a public address is http or https, not {url!r}")
    request = urllib.request.Request(url, headers={"User-Agent": "lfr-notice-check"})  # noqa: S310 - checked above
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 - checked above
            return int(answer.status), answer.read(MOST_BYTES).decode("utf-8", errors="replace")
    except urllib.error.HTTPError as refused:
        return int(refused.code), ""
    except (OSError, ValueError) as failed:  # URLError and time-outs are OSErrors
        return 0, f"no answer: {failed}"


def problem(notice: NoticeData, *, status: int, body: str) -> str:
    """What is wrong with an answer; empty when the page is public and complete."""
    if status == 0:
        return body or "no answer"
    if status != HTTP_OK:
        return f"the page answered with status {status}"
    found = DIGEST_META.search(body)
    if found is None:
        return "the page does not carry the notice's digest"
    if not hmac.compare_digest(found.group(1), notice.digest):
        return "the page shows another version of the notice"
    return ""
