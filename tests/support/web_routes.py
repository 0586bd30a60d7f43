"""Every address of the platform with something in place of its arguments."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

UUID = "00000000-0000-4000-8000-0000000000aa"
SAMPLES = {"uuid": UUID, "int": "1", "slug": "north", "str": "text", "path": "a/b"}
ARGUMENT = re.compile(r"<(?:(\w+):)?(\w+)>")
GROUP = re.compile(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)")
# Arguments of addresses that are written as regular expressions.
BY_NAME = {"which": "probe"}


def every_route() -> list[tuple[str, str]]:
    """(path, view name) of every route, in the order of the addresses."""
    return list(_walk(get_resolver().url_patterns, "/", ()))


def _walk(patterns: list[object], prefix: str, names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for entry in patterns:
        path = prefix + _sample(entry.pattern)  # type: ignore[attr-defined]
        if isinstance(entry, URLResolver):
            inside = (*names, entry.namespace) if entry.namespace else names
            yield from _walk(entry.url_patterns, path, inside)
        elif isinstance(entry, URLPattern):
            yield path, ":".join((*names, entry.name or ""))


def _sample(pattern: object) -> str:
    if isinstance(pattern, RoutePattern):
        return ARGUMENT.sub(lambda found: SAMPLES[found[1] or "str"], str(pattern))
    bare = GROUP.sub(lambda found: BY_NAME.get(found[1], UUID), str(pattern))
    return bare.strip("^$").replace("\\", "").replace("?", "")
