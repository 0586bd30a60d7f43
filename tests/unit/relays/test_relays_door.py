"""What a box may send when it asks for a key: known fields of a known form, or words that quote nothing."""

from __future__ import annotations

import json

import pytest

from apps.core.errors import RuleViolated
from apps.relays.door import read_claim

BOX = "box-0123456789"
BAD_BODIES = {
    "no JSON": b"{",
    "a list": b"[]",
    "no code": json.dumps({"box_id": BOX}).encode(),
    "a number": json.dumps({"code": 5, "box_id": BOX}).encode(),
    "a short box": json.dumps({"code": "a.b", "box_id": "x"}).encode(),
    "a box with a line": json.dumps({"code": "a.b", "box_id": BOX + "\n"}).encode(),
    "no time": json.dumps({"code": "a.b", "box_id": BOX, "residue": {"findings": []}}).encode(),
    "no zone": json.dumps(
        {"code": "a.b", "box_id": BOX, "residue": {"findings": [], "checked_at": "2026-01-01T00:00:00"}}
    ).encode(),
    "year 1": json.dumps(
        {"code": "a.b", "box_id": BOX, "residue": {"findings": [], "checked_at": "0001-01-01T00:00:00+14:00"}}
    ).encode(),
    "too long": b" " * 20_000,
}


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES)
def test_a_body_that_is_no_claim_is_refused_in_words(body: bytes) -> None:
    with pytest.raises(RuleViolated, match="^the request has ") as refused:
        read_claim(body)
    assert refused.value.code == "malformed"


def test_a_claim_is_read() -> None:
    residue = {"findings": ["core files\x1b[2J"], "checked_at": "2027-03-01T09:00:00+00:00"}
    claim = read_claim(json.dumps({"code": "north.X", "box_id": BOX, "residue": residue}).encode())
    assert (claim.code, claim.box_id, claim.residue) == ("north.X", BOX, ("core files [2J",))
    assert "north.X" not in repr(claim), "no log quotes a code"
