"""What a formatter makes of the lines of libraries, by the logger they come from."""

import json
import logging

import pytest

from apps.core.log_context import request_id
from apps.core.redaction import JsonFormatter, OwnDetails, said_address


def line(name, msg, *args, level=logging.WARNING, **more):
    record = logging.LogRecord(name, level, "/x.py", 1, msg, args, more.get("exc_info"))
    return json.loads(JsonFormatter().format(record))


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/people/Jane Example/", "/people/*/"),
        ("/records/LFR-2026-001/?q=Jane", "/records/*/"),
        ("/alerts/0198c0de-1111-4222-8333-444455556666/", "/alerts/0198c0de-1111-4222-8333-444455556666/"),
        ("/07700900123/12/", "/*/12/"),
        ("/ws/console/Jane/", "/ws/console/*/"),
    ],
)
def test_of_an_address_the_platforms_own_words_are_said(path, said):
    assert said_address(path) == said


def test_a_page_that_is_not_there_names_nobody():
    assert (
        line("django.request", "%s: %s", "Not Found", "/people/Jane Example/")["event"]
        == "Not Found: /people/*/"
    )


def test_the_access_log_says_neither_who_nor_about_whom():
    args = ("203.0.113.9:40112", "GET", "/people/Jane%20Example/?q=x", "1.1", 200)
    said = line("uvicorn.access", '%s - "%s %s HTTP/%s" %d', *args, level=logging.INFO)
    assert said["event"] == '[address] - "GET /people/*/ HTTP/1.1" 200'


def test_a_refused_request_is_not_quoted():
    assert "jane" not in str(
        line("django.security.DisallowedHost", "Invalid HTTP_HOST header: 'jane.example'")
    )
    reason = "Origin checking failed - https://jane.example does not match any trusted origins."
    said = line("django.security.csrf", "Forbidden (%s): %s", reason, "/sign-in/")["event"]
    assert said == "Forbidden (Origin checking failed): /sign-in/"


def test_what_a_task_was_given_is_not_said():
    body = '[["Jane Example"], {}, {"chord": null}] (77b)'
    said = line(
        "celery.worker.consumer.consumer", "unregistered %s: %s %s", KeyError("x"), body, {"argsrepr": "Jane"}
    )
    assert said["event"] == "unregistered KeyError: [withheld] [withheld]"
    assert (
        line("celery.beat", "Sending %s to %s", "ops.sweep", "w@host")["event"]
        == "Sending ops.sweep to w@host"
    )


def test_details_of_libraries_are_not_written_and_the_platforms_are():
    def written(name, level):
        return OwnDetails().filter(logging.LogRecord(name, level, "", 1, "x", (), None))

    assert not written("PIL.TiffImagePlugin", logging.DEBUG)
    assert not written("celery.pool", logging.DEBUG)
    assert written("apps.live.loop", logging.DEBUG)
    assert written("celery.worker", logging.INFO)


def test_a_line_is_one_line_whatever_is_in_it():
    try:
        raise ValueError("Jane\nExample")
    except ValueError as error:
        told = (type(error), error, error.__traceback__)
    record = logging.LogRecord("apps.x", logging.ERROR, "", 1, "it failed\u2028twice", (), told)
    text = JsonFormatter().format(record)
    assert text.isascii()
    assert "\n" not in text
    assert json.loads(text)["error"].endswith("\nValueError")


def test_the_request_is_named_in_each_of_its_lines():
    token = request_id.set("0198c0de-1111-4222-8333-444455556666")
    try:
        assert line("apps.x", "told")["request_id"] == "0198c0de-1111-4222-8333-444455556666"
    finally:
        request_id.reset(token)
    assert "request_id" not in line("apps.x", "told")
