"""What may reach PostgreSQL as a template."""

import numpy as np
import pytest

from apps.watchlists.gallery import check_templates, halfvec_text


def test_the_text_form_carries_a_half_float_exactly():
    every_half = np.arange(2**16, dtype=np.uint16).view(np.float16)
    finite = every_half[np.isfinite(every_half)]
    text = halfvec_text(finite.astype(np.float32))
    back = np.array([float(value) for value in text[1:-1].split(",")], dtype=np.float16)
    assert np.array_equal(back, finite)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 70000.0, 0.0])
def test_a_malformed_template_never_reaches_the_server(bad):
    """PostgreSQL would quote it in an error message, and so in its log."""
    templates = np.zeros((2, 4), dtype=np.float32)
    templates[:, 0] = 1
    templates[1] = bad
    with pytest.raises(ValueError, match="finite and of length 1"):
        check_templates(templates)


def test_a_single_template_is_not_a_batch():
    with pytest.raises(ValueError, match=r"expected templates of shape \(N, D\), got \(4,\)"):
        check_templates(np.array([1, 0, 0, 0], dtype=np.float32))


def test_no_template_at_all_is_a_batch():
    check_templates(np.empty((0, 128), dtype=np.float32))
