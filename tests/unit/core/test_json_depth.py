"""Nested JSON is counted without being parsed."""

import pytest

from apps.core.requests import json_depth


@pytest.mark.parametrize(
    ("body", "depth"),
    [
        (b"", 0),
        (b"{}", 1),
        (b'{"a": [1, {"b": 2}]}', 3),
        (b'{"a": "[[[[[[", "b": "\\"[["}', 1),
        (b"[" * 5000, 5000),
        (b"[]" * 50, 1),
        (b'"never closed [[[', 3),
    ],
    ids=["empty", "object", "mixed", "in strings", "bomb", "side by side", "broken"],
)
def test_brackets_outside_strings_count(body, depth):
    assert json_depth(body) == depth
