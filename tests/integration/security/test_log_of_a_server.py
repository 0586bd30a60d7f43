"""A real server process, made to fail in every way that quotes something, and what it wrote about it."""

import contextlib
import http.client
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.leaky_words import PASSWORD, PLANTED

CLONE = Path(__file__).resolve().parents[3]
TOKEN = "Tt0kenTt0kenTt0ken"
SESSION = "q1w2e3r4t5y6u7i8o9p0a1s2d3f4g5h6"


@pytest.fixture(scope="module")
def log_of_a_server(services, django_db_setup, tmp_path_factory):
    """(what the process wrote, its answers)."""
    file = tmp_path_factory.mktemp("leaky") / "log"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with file.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.leaky_server", str(port)],
            cwd=CLONE,
            env={**os.environ, **services.environment()},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        answers = provoke(port, process)
    finally:
        process.terminate()
        process.wait(30)
    return file.read_text(), answers


def provoke(port, process):
    wait_for(port, process)
    requests = {
        "value": ("GET", "/leak/value/", {}, None),
        "database": ("GET", "/leak/database/", {}, None),
        "unique": ("GET", "/leak/unique/", {}, None),
        "link": ("GET", f"/join/{TOKEN}/?mail={PLANTED}@x.example", {}, None),
        "query": ("GET", f"/notices/?force={PLANTED}", {}, None),
        "cookie": ("GET", "/", {"Cookie": f"sessionid={SESSION}", "Authorization": f"Bearer {TOKEN}"}, None),
        "host": ("GET", "/", {"Host": "another.example"}, None),
        "form": ("POST", "/sign-in/", {}, f"username={PLANTED}%40x.example&password={PASSWORD}"),
    }
    answers = {}
    for name, (method, path, headers, body) in requests.items():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        answers[name] = (answer.status, answer.getheaders(), answer.read().decode())
        connection.close()
    return answers


def wait_for(port, process):
    for _ in range(3000):
        assert process.poll() is None, "the server ended"
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=0.05):
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.02)
    raise AssertionError("the server does not listen")


def test_its_log_names_nobody_and_holds_no_secret(log_of_a_server):
    log, answers = log_of_a_server
    assert [answers[name][0] for name in ("value", "database", "unique")] == [500] * 3
    # It did write about all of it.
    for told in ("ValueError", "DataError", "IntegrityError", "GET /leak/*/ HTTP", "/join/", "leak.task"):
        assert told in log
    for secret in (PLANTED, PLANTED.lower(), PASSWORD, TOKEN, SESSION):
        assert secret not in log


def test_the_page_of_an_error_says_nothing(log_of_a_server):
    _, answers = log_of_a_server
    for name in ("value", "database", "unique"):
        page = answers[name][2]
        assert "There is a problem with the service" in page
        for told in (PLANTED, PASSWORD, "Traceback", "Error:", "apps/"):
            assert told not in page


def test_no_answer_says_which_software_gave_it(log_of_a_server):
    _, answers = log_of_a_server
    for status, headers, _ in answers.values():
        names = {name.lower() for name, _ in headers}
        assert not names & {"server", "x-powered-by"}, status
        assert "content-security-policy" in names
