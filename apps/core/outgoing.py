"""Asking another police system a question over HTTP, and believing no more of the answer than is checked.

A force's administrator types the address, so it could lead anywhere: to this machine, to a neighbour, to
the cloud's own metadata. Only hosts that whoever runs the platform has named (`LFR_SERVICE_HOSTS`) are asked,
over TLS, at an address that is neither this machine's nor its link's; nothing is followed or waits long.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import socket
import ssl
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from apps.core.errors import DomainError

CONNECTS_WITHIN_S = 3.0
ANSWERS_WITHIN_S = 10.0
TOLD_WITHIN_S = 5.0
LARGEST_ANSWER = 4 * 1024 * 1024
MOST_PLACES = 4
# Where clouds tell a machine its own secrets, beside the link-local 169.254.169.254.
METADATA = frozenset(map(ipaddress.ip_address, ("fd00:ec2::254", "100.100.100.200", "168.63.129.16")))
HTTPS, HTTP, HTTPS_PORT, HTTP_PORT, OK = "https", "http", 443, 80, 200


class ServiceUnavailable(DomainError):
    """No answer that can be believed. The message names neither the key nor what was asked."""

    code = "service_unavailable"


def may_be_asked(url: str) -> bool:
    """Whether an address is one of a service that the platform may ask. Looks nothing up."""
    return _is_named(url, settings.LFR_SERVICE_HOSTS)


def may_be_told(url: str) -> bool:
    """Whether an address is one to which the platform may send events. Looks nothing up."""
    return _is_named(url, settings.LFR_WEBHOOK_HOSTS)


def form_problem(url: str) -> str:
    """What is wrong with an address whatever its host is, in words for whoever typed it; empty if nothing
    is."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if not host or parts.scheme not in (HTTPS, HTTP) or any(sign <= " " or sign in '\\"<>' for sign in url):
        return "Write a whole address, such as https://hooks.police.example/alerts."
    if parts.username is not None or parts.password is not None:
        return "Leave out the name and the password before the @: the address is shown and recorded."
    if parts.fragment:
        return "Leave out everything from the # on: it is never sent."
    if not settings.LFR_SERVICE_LOOPBACK and (_is_loopback(host) or _is_local_name(host)):
        return f"{host} is the machine of the platform itself. Write the address of the other system."
    if parts.scheme == HTTP and not (settings.LFR_SERVICE_LOOPBACK and _is_loopback(host)):
        return "Start the address with https://, so that nobody on the way reads what is sent."
    return ""


def _is_local_name(host: str) -> bool:
    return host.rstrip(".").rpartition(".")[2] == "localhost"


def _is_named(url: str, hosts: Collection[str]) -> bool:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if not host or parts.username is not None or parts.password is not None or parts.fragment:
        return False
    if any(letter <= " " or letter in '\\"<>' for letter in url):
        return False
    if parts.scheme == HTTP and settings.LFR_SERVICE_LOOPBACK and _is_loopback(host):
        return True
    named = {entry.casefold() for entry in hosts}
    return parts.scheme == HTTPS and f"{host}:{port or HTTPS_PORT}" in {_with_port(entry) for entry in named}


def _with_port(entry: str) -> str:
    return entry if ":" in entry else f"{entry}:{HTTPS_PORT}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def ask_json(url: str, *, key: str, question: object) -> Any:
    """POST `question` as JSON with a bearer key; the JSON of the answer. Takes sixteen seconds at most once
    the name is looked up, however slowly the other side speaks: call it where no transaction is open.

    Raises ServiceUnavailable for everything but one complete answer 200 of JSON from an address that may be
    asked.
    """
    if not may_be_asked(url):
        raise ServiceUnavailable("this address is not one that the platform may ask")
    body = json.dumps(question).encode()
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    parts = urlsplit(url)
    connection = _connection(parts)
    try:
        return _asked(connection, parts, body, headers)
    except (OSError, http.client.HTTPException, UnicodeError) as problem:
        raise ServiceUnavailable(f"the service did not answer ({type(problem).__name__})") from problem
    finally:
        connection.close()


def tell(url: str, *, body: bytes, headers: Mapping[str, str]) -> int:
    """POST `body`; the status of the answer, whose content is not read. Takes eleven seconds at most once the
    name is looked up: call it where no transaction is open.

    Raises ServiceUnavailable for an address that may not be told, and where no answer came.
    """
    if not may_be_told(url):
        raise ServiceUnavailable("this address is not one that the platform may tell")
    parts = urlsplit(url)
    connection = _connection(parts)
    try:
        with _hung_up_after(connection, TOLD_WITHIN_S):
            connection.request("POST", _target(parts), body=body, headers=dict(headers))
            return connection.getresponse().status
    except (OSError, http.client.HTTPException, UnicodeError) as problem:
        raise ServiceUnavailable(f"the receiver did not answer ({type(problem).__name__})") from problem
    finally:
        connection.close()


def _target(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


@contextmanager
def _hung_up_after(connection: http.client.HTTPConnection, seconds: float) -> Iterator[None]:
    """Connected inside. A time-out of the socket begins anew with each byte: this one does not."""
    connection.connect()
    reached = connection.sock
    reached.settimeout(seconds)
    cut = threading.Timer(seconds, _hang_up, args=[reached])
    cut.daemon = True
    cut.start()
    try:
        yield
    finally:
        cut.cancel()


def _connection(parts: SplitResult) -> http.client.HTTPConnection:
    host = parts.hostname or ""
    if parts.scheme == HTTPS:
        return _TlsConnection(
            host,
            parts.port or HTTPS_PORT,
            timeout=CONNECTS_WITHIN_S,
            context=ssl.create_default_context(),
        )
    return _Connection(host, parts.port or HTTP_PORT, timeout=CONNECTS_WITHIN_S)


class _Connection(http.client.HTTPConnection):
    """Looks at where a name leads before it goes there, and goes to what it looked at: the name may lead
    elsewhere a moment later."""

    def connect(self) -> None:
        until = time.monotonic() + CONNECTS_WITHIN_S
        found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        for *_, place in found:
            _refuse_ours(str(place[0]))
        problem: OSError = TimeoutError("nobody answered in time")
        for family, kind, protocol, _, place in found[:MOST_PLACES]:
            reached = socket.socket(family, kind, protocol)
            # Of all the places together, not of each.
            reached.settimeout(max(until - time.monotonic(), 0.001))
            try:
                reached.connect(place)
            except OSError as refused:
                reached.close()
                problem = refused
            else:
                reached.settimeout(CONNECTS_WITHIN_S)
                self.sock = reached
                return
        raise problem


class _TlsConnection(http.client.HTTPSConnection, _Connection):
    """The same under TLS, whose greeting is sent to no place that was not looked at."""


def _asked(
    connection: http.client.HTTPConnection, parts: SplitResult, body: bytes, headers: dict[str, str]
) -> Any:
    with _hung_up_after(connection, ANSWERS_WITHIN_S):
        connection.request("POST", _target(parts), body=body, headers=headers)
        answer = connection.getresponse()
        if answer.status != OK:
            raise ServiceUnavailable(f"the service answered with status {answer.status}")
        content = answer.read(LARGEST_ANSWER + 1)
    return _parsed(content, said=answer.headers.get_content_type())


def _parsed(content: bytes, *, said: str) -> Any:
    if len(content) > LARGEST_ANSWER:
        raise ServiceUnavailable("the answer of the service is too large")
    if said != "application/json":
        raise ServiceUnavailable("the service did not answer with JSON")
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as problem:
        raise ServiceUnavailable("the answer of the service is not whole, or not JSON") from problem


def _refuse_ours(place: str) -> None:
    """The name was allowed; where it leads is looked at too. A network of the police's own is fine, this
    machine, its link and what its cloud tells it are not."""
    address = ipaddress.ip_address(place.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    for one in (address, mapped):
        if one is None or (one.is_loopback and settings.LFR_SERVICE_LOOPBACK):
            continue
        if (
            one in METADATA
            or one.is_loopback
            or one.is_link_local
            or one.is_multicast
            or one.is_unspecified
            or one.is_reserved
        ):
            raise ServiceUnavailable("the name of the service leads to this machine or its own link")


def _hang_up(reached: socket.socket) -> None:
    try:
        # Under TLS too: a reader in the other thread is woken by the end of the stream, not by a lost object.
        socket.socket.shutdown(reached, socket.SHUT_RDWR)
    except OSError:
        return  # it is closed already
