"""JSON that is written piece by piece is the very text that is written at once: signatures are over it."""

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.audit import api as audit
from apps.audit.data import CANONICAL
from apps.core.json_text import Each, gathered, pieces

leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(allow_nan=False, allow_infinity=False)
)
texts = st.text(max_size=8) | st.sampled_from(['a\nb "c"', "\\n", "=1+1", "漢字", ""])
flat = st.recursive(leaves | texts, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner))
each = st.lists(flat, max_size=4).map(lambda items: Each(lambda: items))
contents = st.dictionaries(
    texts,
    st.recursive(
        flat | each,
        lambda inner: (
            st.dictionaries(texts, inner, max_size=3)
            | st.lists(st.dictionaries(texts, inner, max_size=2), max_size=3)
        ),
        max_leaves=8,
    ),
    max_size=5,
)


def whole(value):
    """The same with a list for each Each."""
    if isinstance(value, Each):
        return [whole(item) for item in value]
    if isinstance(value, dict):
        return {name: whole(item) for name, item in value.items()}
    return [whole(item) for item in value] if isinstance(value, list) else value


@given(contents)
def test_it_is_the_text_that_is_written_at_once(content):
    assert "".join(pieces(content, audit.READABLE)) == json.dumps(whole(content), indent=1)
    assert "".join(audit.canonical_pieces(content)) == audit.canonical(whole(content))


@given(st.lists(texts, max_size=20), st.integers(1, 9))
def test_pieces_that_are_gathered_lose_nothing_and_none_but_the_last_is_short(found, size):
    got = list(gathered(found, size=size))
    assert b"".join(got) == "".join(found).encode()
    assert all(len(piece.decode()) >= size for piece in got[:-1])


def test_items_are_made_when_they_are_written_and_anew_each_time():
    made = []
    content = {"rows": Each(lambda: (made.append(n) or [n] for n in range(3)))}
    written = pieces(content, audit.READABLE)
    assert made == []
    assert json.loads("".join(written)) == {"rows": [[0], [1], [2]]}
    list(pieces(content, audit.READABLE))
    assert made == [0, 1, 2, 0, 1, 2]


@pytest.mark.parametrize("layout", [audit.READABLE, CANONICAL])
def test_what_can_be_hashed_can_be_sent_and_nothing_else(layout):
    """Nothing may fail once the taking is on record and the first byte is out."""
    told = {"id": UUID(int=7), "at": datetime(2026, 12, 10, tzinfo=UTC)}
    assert json.loads("".join(pieces(told, layout))) == {
        "id": str(UUID(int=7)),
        "at": "2026-12-10T00:00:00.000000+00:00",
    }
    with pytest.raises(ValueError, match="JSON compliant"):
        list(pieces({"rows": Each(lambda: [float("nan")])}, layout))
    for unnamed in ({1: 2}, {None: 2}):
        with pytest.raises(TypeError, match="named by text"):
            list(pieces(unnamed, layout))
