import json

import numpy as np
import pytest

from apps.ops.tracecheck.data import NamedTemplate
from apps.ops.tracecheck.vectors import VectorSearch
from tests.support.trace_values import SAME_FACE, noise, template, unit_vector


def seen_again(vector: np.ndarray, seed: int = 1) -> np.ndarray:
    """The same face a moment later: no value is equal."""
    other = vector + np.random.default_rng(seed).normal(0, 0.03, len(vector)).astype(np.float32)
    return (other / np.linalg.norm(other)).astype(np.float32)


def found(block: bytes, *people: NamedTemplate) -> list[str]:
    return [detail for _, detail in VectorSearch(people or (template(),), SAME_FACE).search(block)]


@pytest.mark.parametrize("dimension", [128, 512])
@pytest.mark.parametrize("dtype", ["<f4", "<f2"])
@pytest.mark.parametrize("shift", range(7))
def test_it_finds_a_face_that_is_only_alike_at_any_place(dimension, dtype, shift):
    person = template(dimension=dimension)
    raw = seen_again(person.vector).astype(dtype).tobytes()
    for before, after in (
        (noise(1, 8192 + shift), noise(2, 100)),
        (bytes(64 + shift), b""),
        (b"", bytes(shift)),
    ):
        assert found(before + raw + after, person)


def test_it_says_where_and_whom():
    person = template("bystander 3")
    [(offset, detail)] = VectorSearch([person, template("other", 99)], SAME_FACE).search(
        noise(1, 5001) + seen_again(person.vector).tobytes() + noise(2, 999)
    )
    assert offset == 5001
    assert "bystander 3" in detail


def test_a_stranger_to_the_list_is_not_found():
    assert not found(noise(1, 4096) + unit_vector(55).tobytes() + unit_vector(56).astype("<f2").tobytes())


@pytest.mark.parametrize(
    "block",
    [noise(4, 1 << 20), bytes(1 << 20), np.arange(1 << 18, dtype="<u4").tobytes(), b"\xff" * 4096, b""],
    ids=["noise", "zeros", "integers", "ones", "nothing"],
)
def test_other_data_is_not_found(block):
    assert not found(block)


PRINTED = {
    "pgvector": lambda v: "[" + ",".join(f"{x:.9g}" for x in v) + "]",
    "halfvec": lambda v: "[" + ",".join(f"{float(np.float16(x)):.8g}" for x in v) + "]",
    "json": lambda v: json.dumps({"template": [float(x) for x in v]}),
    "numpy array": lambda v: np.array2string(v),
    "list of numpy scalars": lambda v: repr(list(v)),
    "four decimals": lambda v: " ".join(f"{x:.4f}" for x in v),
    "lines": lambda v: "\n".join(str(float(x)) for x in v),
}


@pytest.mark.parametrize("form", PRINTED)
@pytest.mark.parametrize("values", [slice(None), slice(20, 44)], ids=["whole", "24 values"])
def test_it_finds_a_template_in_text(form, values):
    person = template()
    line = b"2026-01-01 10:00:00.123 ERROR statement: " + PRINTED[form](person.vector[values]).encode()
    assert found(line * 1 + b"\n" + b"harmless 1.5 text " * 400)


def test_it_finds_in_text_a_face_that_is_only_alike():
    assert found(PRINTED["json"](seen_again(template().vector)).encode())


def test_ordinary_logs_are_not_templates_and_cost_little():
    lines = b"2026-10-10 10:20:30.123 UTC [1234] LOG: 0.123 ms, load 0.42 0.51 0.48, 10.0.0.1\n" * 20_000
    assert not found(lines)


def test_templates_of_two_dimensions_need_two_searches():
    with pytest.raises(ValueError, match="one dimension"):
        VectorSearch([template(), template(dimension=512)], SAME_FACE)
