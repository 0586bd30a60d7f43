"""What the formatter of every log leaves out. The real output of a server is in test_log_of_a_server.py."""

import io
import logging

import pytest

from apps.core.redaction import RedactingFormatter, redact


def logged(log):
    """What `log(logger)` writes through the formatter."""
    out = io.StringIO()
    logger = logging.Logger("planted")
    handler = logging.StreamHandler(out)
    handler.setFormatter(RedactingFormatter("%(levelname)s %(message)s"))
    logger.addHandler(handler)
    log(logger)
    return out.getvalue()


SECRETS = {
    "camera": ("cannot open rtsp://van:hunter2x@10.0.0.9/stream1", "hunter2x"),
    "database": ("postgresql://lfr_app:s3cr3tword@db/lfr refused", "s3cr3tword"),
    "bearer": ("headers: Authorization: Bearer lfr_9f8e7d6c5b4a", "lfr_9f8e7d6c5b4a"),
    "header pair": ("[(b'authorization', b'Basic dXNlcjpwYXNz')]", "dXNlcjpwYXNz"),
    "cookie": ("Cookie: sessionid=0a1b2c3d4e5f; other=x9y8z7", "x9y8z7"),
    "production cookie": ("__Host-sessionid=q1w2e3r4t5y6", "q1w2e3r4t5y6"),
    "bare session": ("no session q1w2e3r4t5y6u7i8o9p0a1s2d3f4g5h6 here", "q1w2e3r4t5y6"),
    "form": ("{'password': 'fourteen slow herons', 'x': 1}", "slow herons"),
    "json": ('{"client_secret": "abc def", "x": 1}', "abc def"),
    "keyword": ("send(password=herons, to=1)", "herons"),
    "invitation": ("Not Found: /join/AbCd1234_token/", "AbCd1234_token"),
    "onboarding": ("GET /onboard/xyz-token-1/ HTTP/1.1", "xyz-token-1"),
    "query": ("GET /audit/?q=John+Smith&page=2 HTTP/1.1", "Smith"),
    "person": ("mail to anna.smith@force.police.uk failed", "anna.smith"),
    "unique": ("Key (username)=(anna) already exists.", "(anna)"),
    "detail": ("boom\nDETAIL:  Failing row contains (1, John Smith).", "John Smith"),
    "random": ("token is Zk3nQ9vXw2LrT7yUa1BcD4eFgH5iJ6kL8mN0", "Zk3nQ9vX"),
}


@pytest.mark.parametrize(("text", "secret"), SECRETS.values(), ids=SECRETS)
def test_what_looks_like_a_secret_or_a_person_is_left_out(text, secret):
    assert secret in text
    assert secret not in redact(text)


def test_what_an_operator_needs_stays():
    line = (
        "12:00:01 relay 0198c0de-1111-4222-8333-444455556666 closed with 4403 after 3.2 s,"
        " seal 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08, GET /deployments/"
    )
    assert redact(line) == line


def raised(error, *, cause=None):
    listed_person = "Jane Example"  # a local, which a verbose traceback would print
    try:
        try:
            raise cause or KeyError(listed_person)
        except Exception as earlier:
            raise error from earlier
    except Exception as found:  # noqa: BLE001 - the test is about whatever was raised
        return found


@pytest.mark.parametrize(
    "error",
    [
        ValueError("bad entry: Jane Example"),
        KeyError("Jane Example"),
        OSError(2, "gone", "/x/Jane Example.jpg"),
    ],
    ids=["value", "key", "file name"],
)
def test_an_error_says_its_class_and_place_and_not_its_words(error):
    out = logged(lambda log: log.error("it failed", exc_info=raised(error)))
    assert type(error).__name__ in out
    assert "in raised" in out
    assert "Jane" not in out


def test_an_error_as_an_argument_or_a_cause_says_no_more():
    cause = ValueError("Jane Example")
    out = logged(lambda log: log.error("failed: %s", raised(RuntimeError("Jane Example"), cause=cause)))
    out += logged(lambda log: log.error("%(exc)s", {"exc": "ValueError('Jane Example')"}))
    out += logged(lambda log: log.exception(raised(RuntimeError("Jane Example"), cause=cause)))
    assert "Jane" not in out
    assert "RuntimeError" in out


def test_words_of_our_own_configuration_are_said():
    out = logged(lambda log: log.error("no start: %s", PermissionError(13, "Permission denied")))
    assert "Permission denied" in out


def test_nobody_writes_a_line_of_their_own():
    out = logged(lambda log: log.warning("Not Found: %s", "/x\r\n2026-01-01 INFO signed in as admin\x1b[2J"))
    assert out.count("\n") == 1
    assert "\x1b" not in out


def test_arguments_that_do_not_fit_lose_no_line():
    assert "%d of" in logged(lambda log: log.error(*("%d of", "two", "three")))
