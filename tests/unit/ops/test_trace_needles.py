import base64

import numpy as np
import pytest

from apps.ops.tracecheck.needles import Needle, NeedleSearch, canary_needles, template_needles
from tests.support.trace_values import noise, template

CANARY = b"canary-5e7a90c1d2"


def labels(search: NeedleSearch, block: bytes) -> set[str]:
    return {needle.label for _, needle in search.search(block)}


@pytest.mark.parametrize("lead", range(5))
@pytest.mark.parametrize(
    "encode",
    [bytes, lambda b: b.hex().encode(), lambda b: b.hex().upper().encode(), base64.b64encode],
    ids=["raw", "hex", "HEX", "base64"],
)
def test_it_finds_a_canary_at_any_place_in_any_form(lead, encode):
    search = NeedleSearch(canary_needles([CANARY]))
    assert labels(search, noise(1, 999 + lead) + encode(b"x" * lead + CANARY + b"yz") + noise(2, 64))


def test_it_reports_where_the_canary_begins():
    block = noise(1, 1003) + CANARY
    assert [offset for offset, _ in NeedleSearch(canary_needles([CANARY])).search(block)] == [1003]


@pytest.mark.parametrize("dtype", ["<f4", "<f2", "<f8", ">f4", ">f2"])
@pytest.mark.parametrize("start", range(0, 112, 3))
def test_it_finds_any_sixteen_values_of_a_template(dtype, start):
    person = template()
    part = person.vector[start : start + 16].astype(dtype).tobytes()
    found = labels(NeedleSearch(template_needles([person])), noise(start, 777 + start) + part + noise(2, 50))
    assert found
    assert all("bystander" in label for label in found)


def test_it_finds_a_template_that_a_page_boundary_cut():
    person = template()
    raw = person.vector.astype("<f2").tobytes()
    block = raw[:100] + noise(5, 24) + raw[100:]
    assert len(list(NeedleSearch(template_needles([person])).search(block))) >= 10


def test_it_finds_a_template_that_postgres_printed_as_a_bytea():
    person = template()
    line = b"DETAIL: \\x" + person.vector.tobytes().hex().encode()
    assert labels(NeedleSearch(template_needles([person])), line)


def test_it_finds_nothing_of_anybody_else():
    search = NeedleSearch(template_needles([template()]) + canary_needles([CANARY]))
    other = template("another", seed=8).vector
    assert not labels(
        search, noise(1, 1 << 20) + other.tobytes() + other.astype("<f2").tobytes() + bytes(4096)
    )


def test_a_needle_too_short_to_prove_anything_is_refused():
    with pytest.raises(ValueError, match="by chance"):
        NeedleSearch([Needle("short", b"abc")])


def test_many_needles_share_a_beginning_and_all_are_found():
    needles = [Needle(f"n{i}", b"same-beginning-" + str(i).encode() * 4) for i in range(50)]
    block = b"--".join(needle.data for needle in needles)
    assert labels(NeedleSearch(needles), block) == {needle.label for needle in needles}


def test_a_constant_template_makes_no_needles_of_equal_values():
    person = type(template())("flat", np.full(128, 128**-0.5, dtype=np.float32))
    assert template_needles([person]) == []
